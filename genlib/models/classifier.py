"""A small classifier of digits: what it sees is what the Frechet distance compares."""

from torch import Tensor, nn

from genlib import checks
from genlib.models.networks import SHADES


class DigitClassifier(nn.Module):
    """Three convolutions and a linear layer of `hidden` units: images (B, 1, size, size) -> logits (B, classes).

    The convolutions have `features`, 2 features and 2 features channels. `size` is at least 8.
    """

    def __init__(self, features: int = 24, hidden: int = 64, classes: int = 10, size: int = 16):
        super().__init__()
        features, hidden = checks.at_least(1, features=features, hidden=hidden)
        checks.at_least(1, classes=classes)
        [self.size] = checks.at_least(8, size=size)
        layers = []
        for before, after in (
            (1, features),
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
        """The last hidden layer: images (B, 1, size, size) in [0, 1] -> (B, hidden)."""
        checks.into(self, "x", x, "B C H W", C=1, H=self.size, W=self.size, **SHADES)
        return self.body(2 * x - 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.hidden(x))
