"""Puzzle-GAN: a whole picture, and where the pieces lie in it, from a few pieces whose places are not told.

Lee et al., "Unsupervised Holistic Image Generation from Key Local Patches", 2018. The discriminator is any of images.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from genlib import checks
from genlib.models.gan import Generator
from genlib.models.networks import LEAK, SHADES


class PartEncoder(nn.Module):
    """What pieces look like, summed over them at every level: (B, K, C, S, S) -> [(B, F, S/2, S/2), ..., (B, F', 4, 4)], (B, code).

    A sum does not know an order, and takes any number of pieces. `features` counts the maps at half the size; each
    halving down to 4 x 4 doubles them. S is `size`, C is `channels`.
    """

    def __init__(self, size: int = 32, channels: int = 3, features: int = 16, code: int = 72):
        super().__init__()
        maps = _level_maps(size, features)
        channels, code = checks.at_least(1, channels=channels, code=code)
        self.shape = (channels, size, size)
        self.levels = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, 4, stride=2, padding=1), nn.LeakyReLU(LEAK))
            for before, after in pairwise([channels, *maps])
        )
        self.code = nn.Sequential(nn.Conv2d(maps[-1], code, 4), nn.LeakyReLU(LEAK))

    def extra_repr(self) -> str:
        channels, size, _ = self.shape
        features, code = self.levels[0][0].out_channels, self.code[0].out_channels
        return f"size={size}, channels={channels}, features={features}, code={code}"

    def forward(self, pieces: Tensor) -> tuple[list[Tensor], Tensor]:
        channels, size, _ = self.shape
        checks.into(self, "pieces", pieces, "B K C H W", C=channels, H=size, W=size, **SHADES)
        h, summed = 2 * pieces.flatten(0, 1) - 1, []
        for level in self.levels:
            h = level(h)
            summed.append(h.unflatten(0, pieces.shape[:2]).sum(1))
        code = self.code(h).unflatten(0, pieces.shape[:2]).sum(1)
        return summed, code.flatten(1)


class PuzzleGenerator(Generator):
    """Noise and pieces in, mask and picture out: (B, Z), (B, K, C, S, S) -> (B, 1, S, S), (B, C, S, S), both in [0, 1].

    Two ladders lead up from the pieces' code. The one of the mask sees the encoder at each level; the one of the picture
    begins with the noise too, and sees at each level the encoder and the mask's ladder: a doubled U-net. Z is
    `latent_dim`; `size`, `channels`, `features` and `code` are those of `PartEncoder`.
    """

    def __init__(
        self,
        size: int = 32,
        channels: int = 3,
        latent_dim: int = 8,
        features: int = 16,
        code: int = 72,
    ):
        super().__init__(latent_dim)
        self.encoder = PartEncoder(size, channels, features, code)
        maps = _level_maps(size, features)[::-1]  # at 4 x 4 first
        self.mask = _Ladder(code, maps, 1, joined=1)
        self.picture = _Ladder(code + self.latent_dim, maps, channels, joined=2)

    def extra_repr(self) -> str:
        return f"latent_dim={self.latent_dim}"

    def forward(self, z: Tensor, pieces: Tensor) -> tuple[Tensor, Tensor]:
        self.check_noise(z)
        levels, code = self.encoder(pieces)
        if len(z) != len(code):
            raise ValueError(f"z and pieces must be as many, got {len(z)} and {len(code)}")
        levels = [[level] for level in levels[::-1]]
        mask, own = self.mask(code, levels)
        both = [[*level, place] for level, place in zip(levels, own, strict=True)]
        picture, _ = self.picture(torch.cat([code, z], 1), both)
        return mask.sigmoid(), (picture.tanh() + 1) / 2


class _Ladder(nn.Module):
    """From a code up to an image, doubling; at each level `joined` times as many maps from outside stand beside its own."""

    def __init__(self, code: int, maps: list[int], outputs: int, joined: int):
        super().__init__()
        self.first = nn.ConvTranspose2d(code, maps[0], 4)
        self.norms = nn.ModuleList(nn.BatchNorm2d(k) for k in maps)
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d((1 + joined) * before, after, 4, stride=2, padding=1)
            for before, after in pairwise([*maps, outputs])
        )

    def forward(self, code: Tensor, outside: list[list[Tensor]]) -> tuple[Tensor, list[Tensor]]:
        """What comes out, and the ladder's own maps at each level, 4 x 4 first."""
        h, own = self.first(code[:, :, None, None]), []
        for norm, up, maps in zip(self.norms, self.ups, outside, strict=True):
            h = norm(h).relu()
            own.append(h)
            h = up(torch.cat([h, *maps], 1))
        return h, own


def _level_maps(size: int, features: int) -> list[int]:
    """How many maps there are at size / 2, size / 4, ..., 4."""
    size, features = checks.at_least(1, size=size, features=features)
    if size < 8 or size & (size - 1):
        raise ValueError(f"size must be 8, 16, 32, ..., got {size}")
    return [features * 2**k for k in range(size.bit_length() - 3)]


# --- what the pieces ask of the generator; sums over pixels, means over the batch


def spatial_loss(mask: Tensor, true_mask: Tensor) -> Tensor:
    """L_S = |m - M|, summed over the pixels: (B, 1, S, S) twice, in [0, 1] -> mean, scalar."""
    mask, true_mask = _masks(mask, true_mask)
    return (mask - true_mask).abs().flatten(1).sum(1).mean()


def appearance_loss(mask: Tensor, picture: Tensor, true_mask: Tensor, real: Tensor) -> Tensor:
    """L_A = |m G - M y|, summed over the sub-pixels, with the mask that was guessed on the side of the guess.

    Blind where both masks are 0; a mask that is 0 everywhere loses all of M y.
    (B, 1, S, S), (B, C, S, S), and the true ones -> mean, scalar.
    """
    mask, true_mask = _masks(mask, true_mask)
    picture = _pictures("picture", picture, mask)
    real = checks.alike("real", real, picture)
    return (mask * picture - true_mask * real).abs().flatten(1).sum(1).mean()


def composites(true_mask: Tensor, real: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Two pictures of two: the pieces of the other in the real one, and the other way round: -> (B, C, S, S) twice.

    Their sum is that of the pictures. Where the two are one picture, so are the composites, and nothing is fake.
    """
    mask = _mask("true_mask", true_mask)
    real = _pictures("real", real, mask)
    other = checks.alike("other", other, real)
    return mask * other + (1 - mask) * real, mask * real + (1 - mask) * other


def _masks(mask: Tensor, true_mask: Tensor) -> tuple[Tensor, Tensor]:
    mask = _mask("mask", mask)
    return mask, _mask("true_mask", checks.alike("true_mask", true_mask, mask))


def _mask(name: str, mask: Tensor) -> Tensor:
    return checks.real(name, mask, "B C H W", C=1, low=0, high=1, finite=False)


def _pictures(name: str, x: Tensor, mask: Tensor) -> Tensor:
    batch, _, height, width = mask.shape
    return checks.real(name, x, "B C H W", B=batch, H=height, W=width, finite=False)
