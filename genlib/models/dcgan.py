"""DCGAN: a generator and a discriminator of convolutions alone (Radford et al., 2016)."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_max_pool2d

from genlib import checks
from genlib.models.gan import Generator
from genlib.models.networks import LEAK, check_data


class DCGANGenerator(Generator):
    """Transposed convolutions from 4 x 4 up, each doubling: (B, Z) -> (B, C, size, size) in [0, 1].

    Batch norm and ReLU after all but the last, whose tanh is rescaled. `features` counts the maps at half
    the size; each halving down to 4 x 4 doubles them. Kernel 4 at stride 2 overlaps evenly. Z is `latent_dim`,
    C is `channels`. The sizes are 16, 32, 64, ..., and 28, 56, ..., which begin at 7 x 7.
    """

    def __init__(self, size: int = 16, channels: int = 1, latent_dim: int = 64, features: int = 32):
        super().__init__(latent_dim)
        maps = _maps(size, channels, features)[::-1]  # at 4 x 4 first
        first = nn.ConvTranspose2d(self.latent_dim, maps[0], _smallest(size), bias=False)
        layers = [nn.Unflatten(1, (self.latent_dim, 1, 1)), first]
        for wide, narrow in pairwise(maps):
            layers += [nn.BatchNorm2d(wide), nn.ReLU(), _up(wide, narrow)]
        layers += [nn.BatchNorm2d(maps[-1]), nn.ReLU(), _up(maps[-1], channels, bias=True)]
        self.layers = nn.Sequential(*layers, nn.Tanh()).apply(dcgan_init)

    def extra_repr(self) -> str:
        ups = [layer for layer in self.layers if isinstance(layer, nn.ConvTranspose2d)]
        size = ups[0].kernel_size[0] * 2 ** (len(ups) - 1)
        return (
            f"size={size}, channels={ups[-1].out_channels}, "
            f"latent_dim={self.latent_dim}, features={ups[-1].in_channels}"
        )

    def forward(self, z: Tensor) -> Tensor:
        self.check_noise(z)
        return (self.layers(z) + 1) / 2


class DCGANDiscriminator(nn.Module):
    """Strided convolutions down to 4 x 4, each halving: images (B, C, size, size) in [0, 1] -> logits (B,).

    The sizes are those of `DCGANGenerator`: 28 ends at 7 x 7.

    Leaky ReLU after all but the last; batch norm after all but the first and the last, unless `batch_norm` is False,
    as `r1_penalty` wants it; then the first weights are torch's own. So many `extra` convolutions, 3 x 3, follow at 4 x 4. `features` counts the maps at half
    the size; C is `channels`.
    """

    def __init__(
        self,
        size: int = 16,
        channels: int = 1,
        features: int = 32,
        *,
        batch_norm: bool = True,
        extra: int = 0,
    ):
        super().__init__()
        checks.kind("batch_norm", batch_norm, bool)
        [extra] = checks.at_least(0, extra=extra)
        maps = _maps(size, channels, features)
        self.shape = (channels, size, size)
        layers = [_down(channels, maps[0], bias=True), nn.LeakyReLU(LEAK)]
        bias = not batch_norm
        hidden = [_down(narrow, wide, bias) for narrow, wide in pairwise(maps)]
        hidden += [nn.Conv2d(wide, wide, 3, padding=1, bias=bias) for wide in maps[-1:] * extra]
        for layer in hidden:
            norm = [nn.BatchNorm2d(layer.out_channels)] if batch_norm else []
            layers += [layer, *norm, nn.LeakyReLU(LEAK)]
        layers += [nn.Conv2d(maps[-1], 1, _smallest(size)), nn.Flatten(0)]
        self.layers = nn.Sequential(*layers)
        if batch_norm:  # weights so small would let nothing through without it
            self.layers.apply(dcgan_init)

    def extra_repr(self) -> str:
        channels, size, _ = self.shape
        norm = any(isinstance(layer, nn.BatchNorm2d) for layer in self.layers)
        features = self.layers[0].out_channels
        extra = sum(getattr(layer, "kernel_size", None) == (3, 3) for layer in self.layers)
        return f"size={size}, channels={channels}, features={features}, batch_norm={norm}, extra={extra}"

    def forward(self, x: Tensor) -> Tensor:
        check_data(self, x)
        return self.layers(2 * x - 1)

    @property
    def trunk(self) -> nn.Sequential:
        """All but the last convolution, which a second head may share: (B, C, size, size) -> (B, F, 4, 4), or 7, 7."""
        return self.layers[:-2]

    @property
    def head(self) -> nn.Sequential:
        """The last convolution: what `trunk` gives -> logits (B,)."""
        return self.layers[-2:]

    def pooled(self, x: Tensor) -> Tensor:
        """Every layer's maps, max-pooled to 4 x 4, for a linear classifier: -> (B, 16 (sum of maps))."""
        check_data(self, x)
        h, found = 2 * x - 1, []
        for layer in self.trunk:
            h = layer(h)
            if isinstance(layer, nn.LeakyReLU):
                found.append(adaptive_max_pool2d(h, 4).flatten(1))
        return torch.cat(found, dim=1)


def dcgan_init(layer: nn.Module) -> None:
    """Draw weights from N(0, 0.02^2) and gains of batch norm from N(1, 0.02^2), biases 0: for `module.apply`."""
    checks.kind("layer", layer, nn.Module)
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d)):
        mean = 1.0 if isinstance(layer, nn.BatchNorm2d) else 0.0
        nn.init.normal_(layer.weight, mean, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _up(before: int, after: int, bias: bool = False) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=bias)


def _down(before: int, after: int, bias: bool = False) -> nn.Conv2d:
    return nn.Conv2d(before, after, 4, stride=2, padding=1, bias=bias)


def _smallest(size: int) -> int:
    """The side of the smallest maps: halved from `size`, 4 or 7."""
    while size >= 8 and size % 2 == 0:
        size //= 2
    return size


def _maps(size: int, channels: int, features: int) -> list[int]:
    """How many maps there are at size / 2, size / 4, ..., 4 or 7."""
    size, _, features = checks.at_least(1, size=size, channels=channels, features=features)
    if size < 16 or _smallest(size) not in (4, 7):
        raise ValueError(f"size must be 16, 32, 64, ... or 28, 56, ..., got {size}")
    halvings = (size // _smallest(size)).bit_length() - 1
    return [features * 2**k for k in range(halvings)]
