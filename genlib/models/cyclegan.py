"""CycleGAN: two translators and two discriminators, trained on pictures of two domains that nobody has paired.

    L = L_GAN(G, D_Y) + L_GAN(F, D_X) + lambda (|F(G(x)) - x| + |G(F(y)) - y|)

G: X -> Y and F: Y -> X; least squares for L_GAN, means of absolute values for the cycles (Zhu et al., 2017). Pictures are in
[0, 1] here, half as wide as the paper's [-1, 1]: its lambda of 10 is 20.
"""

import torch
from torch import Tensor, nn

from genlib import checks
from genlib.models.networks import LEAK, SHADES, ResidualBlock

CYCLE = 20.0  # lambda, of pictures in [0, 1]


class Translator(nn.Module):
    """A picture of one domain in, one of the other out: (B, C, H, W) -> (B, C, H, W), both in [0, 1], H and W even.

    A convolution, one that halves the size, residual blocks, and the way back; instance norm, reflected borders. What the
    last layer says is added to `keep` times the picture before tanh, so that training begins near the picture itself.
    With keep = 0 it is the paper's, which begins with grey.

    Arguments:
        features: channels at full size; twice as many within
        blocks: residual blocks
        channels: C
        keep: how much of the picture goes round the network

    Example:
        >>> Translator()(torch.rand(2, 3, 32, 32)).shape
        torch.Size([2, 3, 32, 32])
    """

    def __init__(self, features: int = 16, blocks: int = 3, channels: int = 3, keep: float = 1.5):
        super().__init__()
        features, blocks, channels = checks.at_least(
            1, features=features, blocks=blocks, channels=channels
        )
        checks.number("keep", keep, low=0)
        self.channels, self.keep, wide = channels, keep, 2 * features
        self.layers = nn.Sequential(
            *(nn.Conv2d(channels, features, 3, padding=1, padding_mode="reflect"), nn.ReLU()),
            nn.Conv2d(features, wide, 4, stride=2, padding=1),
            *(nn.InstanceNorm2d(wide), nn.ReLU()),
            *(ResidualBlock(wide) for _ in range(blocks)),
            nn.ConvTranspose2d(wide, features, 4, stride=2, padding=1),
            *(nn.InstanceNorm2d(features), nn.ReLU()),
            nn.Conv2d(features, channels, 3, padding=1, padding_mode="reflect"),
        )
        small_weights(self)

    def extra_repr(self) -> str:
        features = self.layers[0].out_channels
        blocks = sum(isinstance(layer, ResidualBlock) for layer in self.layers)
        return f"features={features}, blocks={blocks}, channels={self.channels}, keep={self.keep}"

    def forward(self, x: Tensor) -> Tensor:
        checks.into(self, "x", x, "B C H W", C=self.channels, **SHADES)
        if min(x.shape[2:]) < 6 or x.shape[2] % 2 or x.shape[3] % 2:
            raise ValueError(f"x must have even sides of at least 6, got {tuple(x.shape)}")
        x = 2 * x - 1
        return ((self.layers(x) + self.keep * x).tanh() + 1) / 2


class PatchDiscriminator(nn.Module):
    """One score for each patch of a picture, instead of one for all of it: (B, C, H, W) in [0, 1] -> (B, 1, H', W').

    `layers` convolutions of 4 x 4 halve the size, one more of 4 x 4 keeps it, and a last one scores. With the paper's three
    a score sees 70 x 70 pixels, with two 34, with one 16. But instance norm, which all but the first have, lets each
    score know a mean of the whole picture; `norm` False leaves it out.

    Arguments:
        features: channels of the first convolution; each next one has twice as many, up to 8 times
        layers: how many of them halve the size
        channels: C
        norm: whether instance norm stands behind all but the first

    Example:
        >>> PatchDiscriminator(layers=3)(torch.rand(1, 3, 128, 128)).shape
        torch.Size([1, 1, 14, 14])
    """

    def __init__(self, features: int = 24, layers: int = 2, channels: int = 3, norm: bool = True):
        super().__init__()
        features, layers, channels = checks.at_least(
            1, features=features, layers=layers, channels=channels
        )
        checks.kind("norm", norm, bool)
        self.channels, self.halvings, self.norm = channels, layers, norm
        widths = [features * min(2**k, 8) for k in range(layers + 1)]
        body = [nn.Conv2d(channels, features, 4, stride=2, padding=1), nn.LeakyReLU(LEAK)]
        for k in range(1, layers + 1):
            stride = 2 if k < layers else 1
            body.append(nn.Conv2d(widths[k - 1], widths[k], 4, stride=stride, padding=1))
            body += [nn.InstanceNorm2d(widths[k])] if norm else []
            body.append(nn.LeakyReLU(LEAK))
        self.layers = nn.Sequential(*body, nn.Conv2d(widths[-1], 1, 4, padding=1))
        small_weights(self)

    def extra_repr(self) -> str:
        features = self.layers[0].out_channels
        return (
            f"features={features}, layers={self.halvings}, channels={self.channels}, "
            f"norm={self.norm}"
        )

    def forward(self, x: Tensor) -> Tensor:
        checks.into(self, "x", x, "B C H W", C=self.channels, **SHADES)
        least = 2 ** (self.halvings + 1) * (2 if self.norm else 1) + 2**self.halvings
        if min(x.shape[2:]) < least:
            raise ValueError(f"x must have sides of at least {least}, got {tuple(x.shape)}")
        return self.layers(2 * x - 1)


def small_weights(module: nn.Module) -> None:
    """Begin as the paper does: every convolution's weights from N(0, 0.02^2), its bias, if it has one, 0."""
    checks.kind("module", module, nn.Module)
    for layer in module.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, 0.0, 0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


class ImagePool:
    """Up to `size` pictures that a translator made earlier, so that its discriminator does not forget them (Shrivastava et al., 2017).

    While it fills, what comes is kept and given back. Then each picture is given back as it is, or, with probability 1/2,
    put in the place of one that is kept, which is given back instead. What is kept has no gradient. Size 0 keeps nothing.

    Arguments:
        size: how many pictures are kept
        generator: where its chances come from

    Example:
        >>> pool = ImagePool(size=2)
        >>> len(pool(torch.rand(5, 3, 8, 8))), len(pool)
        (5, 2)
    """

    def __init__(self, size: int = 50, generator: torch.Generator | None = None):
        [self.size] = checks.at_least(0, size=size)
        checks.noise(generator)
        self._generator, self._kept = generator, []

    def __repr__(self) -> str:
        return f"ImagePool(size={self.size}, kept={len(self)})"

    def __len__(self) -> int:
        return len(self._kept)

    def __call__(self, x: Tensor) -> Tensor:
        """As many pictures as came, new ones and old ones, without a gradient: (B, ...) -> (B, ...)."""
        x = checks.real("x", x, "B ...", finite=False).detach()
        if self._kept and x.shape[1:] != self._kept[0].shape:
            kept = ", ".join(map(str, ("B", *self._kept[0].shape)))
            raise ValueError(f"x must be ({kept}) as what is kept, got {tuple(x.shape)}")
        return torch.stack([self._exchange(one) for one in x])

    def _exchange(self, one: Tensor) -> Tensor:
        if len(self._kept) < self.size:
            self._kept.append(one.clone())
            return one
        if not self.size or torch.rand((), generator=self._generator) < 0.5:
            return one
        place = int(torch.randint(self.size, (), generator=self._generator))
        old, self._kept[place] = self._kept[place], one.clone()
        return old


def cycle_loss(x: Tensor, back: Tensor) -> Tensor:
    """mean |F(G(x)) - x| per number, of a batch and what came back: (B, ...) twice -> scalar.

    The same of G(y) and y is the identity loss: what is a zebra already, a translator to zebras leaves as it is.
    """
    back = checks.alike("back", back, checks.real("x", x, "B ...", finite=False))
    return (back - x).abs().mean()
