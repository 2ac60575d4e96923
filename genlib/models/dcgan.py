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
    C is `channels`.
    """

    def __init__(self, size: int = 16, channels: int = 1, latent_dim: int = 64, features: int = 32):
        super().__init__(latent_dim)
        maps = _maps(size, channels, features)[::-1]  # at 4 x 4 first
        layers = [nn.Unflatten(1, (self.latent_dim, 1, 1)), _up(latent_dim, maps[0], stride=1)]
        for wide, narrow in pairwise(maps):
            layers += [nn.BatchNorm2d(wide), nn.ReLU(), _up(wide, narrow)]
        layers += [nn.BatchNorm2d(maps[-1]), nn.ReLU(), _up(maps[-1], channels, bias=True)]
        self.layers = nn.Sequential(*layers, nn.Tanh()).apply(dcgan_init)

    def extra_repr(self) -> str:
        ups = [layer for layer in self.layers if isinstance(layer, nn.ConvTranspose2d)]
        return (
            f"size={2 ** (len(ups) + 1)}, channels={ups[-1].out_channels}, "
            f"latent_dim={self.latent_dim}, features={ups[-1].in_channels}"
        )

    def forward(self, z: Tensor) -> Tensor:
        self.check_noise(z)
        return (self.layers(z) + 1) / 2


class DCGANDiscriminator(nn.Module):
    """Strided convolutions down to 4 x 4, each halving: images (B, C, size, size) in [0, 1] -> logits (B,).

    Leaky ReLU after all but the last; batch norm after all but the first and the last, unless `batch_norm` is False,
    as `r1_penalty` wants it. So many `extra` convolutions, 3 x 3, follow at 4 x 4. `features` counts the maps at half
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
        layers += [nn.Conv2d(maps[-1], 1, 4), nn.Flatten(0)]
        self.layers = nn.Sequential(*layers).apply(dcgan_init)

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
        """All but the last convolution, which a second head may share: (B, C, size, size) -> (B, F, 4, 4)."""
        return self.layers[:-2]

    @property
    def head(self) -> nn.Sequential:
        """The last convolution: (B, F, 4, 4) -> logits (B,)."""
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


def _up(before: int, after: int, stride: int = 2, bias: bool = False) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(before, after, 4, stride, padding=stride - 1, bias=bias)


def _down(before: int, after: int, bias: bool = False) -> nn.Conv2d:
    return nn.Conv2d(before, after, 4, stride=2, padding=1, bias=bias)


def _maps(size: int, channels: int, features: int) -> list[int]:
    """How many maps there are at size / 2, size / 4, ..., 4."""
    size, _, features = checks.at_least(1, size=size, channels=channels, features=features)
    if size < 16 or size & (size - 1):
        raise ValueError(f"size must be a power of two from 16, got {size}")
    return [features * 2**k for k in range(size.bit_length() - 3)]
