"""Small classifiers, of digits, and of faces or animals by their attributes: what they see is what the Frechet distance compares."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from genlib import checks
from genlib.models.networks import SHADES


class _Classifier(nn.Module):
    """Three convolutions and a linear layer of `hidden` units: images (B, C, size, size) -> logits (B, classes).

    The convolutions have `features`, 2 features and 2 features channels. `size` is at least 8.
    """

    def __init__(self, channels: int, features: int, hidden: int, classes: int, size: int):
        super().__init__()
        features, hidden = checks.at_least(1, features=features, hidden=hidden)
        checks.at_least(1, classes=classes)
        [self.size], self.channels = checks.at_least(8, size=size), channels
        layers = []
        for before, after in (
            (channels, features),
            (features, 2 * features),
            (2 * features, 2 * features),
        ):
            layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]  # 16 -> 8 -> 4 -> 2, or 28 -> 14 -> 7 -> 3
        linear = nn.Linear(2 * features * (self.size // 8) ** 2, hidden)
        self.body = nn.Sequential(*layers, nn.Flatten(), linear, nn.ReLU())
        self.head = nn.Linear(hidden, classes)

    def extra_repr(self) -> str:
        hidden, classes = self.head.in_features, self.head.out_features
        features = self.body[0].out_channels
        return f"features={features}, hidden={hidden}, classes={classes}, size={self.size}"

    def hidden(self, x: Tensor) -> Tensor:
        """The last hidden layer: images (B, C, size, size) in [0, 1] -> (B, hidden)."""
        sizes = {"C": self.channels, "H": self.size, "W": self.size}
        checks.into(self, "x", x, "B C H W", **sizes, **SHADES)
        return self.body(2 * x - 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.hidden(x))


class DigitClassifier(_Classifier):
    """Three convolutions and a linear layer of `hidden` units: images (B, 1, size, size) -> logits (B, classes).

    The convolutions have `features`, 2 features and 2 features channels. `size` is at least 8.
    """

    def __init__(self, features: int = 24, hidden: int = 64, classes: int = 10, size: int = 16):
        super().__init__(1, features, hidden, classes, size)


class AttributeClassifier(_Classifier):
    """The same for several attributes at once: images (B, 3, size, size) -> logits (B, sum of choices), one after the other.

    `choices` says how many values each attribute has; `features`, `hidden` and `size` are those of `DigitClassifier`.
    """

    def __init__(
        self,
        choices: tuple[int, ...] = (3, 2, 2, 2, 2),
        features: int = 24,
        hidden: int = 64,
        size: int = 32,
    ):
        checks.kind("choices", choices, tuple, list)
        if not choices:
            raise ValueError("choices must hold at least one number, got none")
        choices = [checks.at_least(2, choices=count)[0] for count in choices]
        super().__init__(3, features, hidden, sum(choices), size)
        self.choices = choices

    def extra_repr(self) -> str:
        return f"choices={tuple(self.choices)}, {super().extra_repr()}"

    def attributes(self, x: Tensor) -> Tensor:
        """The likeliest value of each attribute: images -> (B, A)."""
        return self.chosen(self(x))

    def chosen(self, logits: Tensor) -> Tensor:
        """The same from logits: (B, sum of choices) -> (B, A)."""
        checks.into(self, "logits", logits, "B L", L=sum(self.choices))
        return torch.stack([part.argmax(1) for part in logits.split(self.choices, 1)], 1)

    def loss(self, x: Tensor, attributes: Tensor) -> Tensor:
        """Cross entropy in nats, the sum over the attributes: images, (B, A) -> mean, scalar."""
        logits, sizes = self(x), {"B": len(x), "A": len(self.choices)}
        attributes = checks.whole("attributes", attributes, "B A", **sizes)
        parts = zip(logits.split(self.choices, 1), attributes.T, strict=True)
        return sum(cross_entropy(part, value) for part, value in parts)
