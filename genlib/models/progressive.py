"""Progressive GAN: a generator and a discriminator that grow from 4 x 4, one doubling at a time (Karras et al., 2018).

A new size is faded in by a number alpha from 0 to 1, in the generator, in the discriminator and in the real pictures:

    picture = (1 - alpha) doubled(old picture) + alpha new picture

Pictures are about 0 to 1 and not bounded: nothing squeezes what leaves the generator. Clamp what is to be looked at.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate, linear

from genlib import checks
from genlib.models.gan import Generator
from genlib.models.networks import LEAK, odd

SMALLEST = 4  # the side of the first pictures
LARGEST = 1024
HE = 2**0.5  # the gain of a layer before a ReLU (He et al., 2015)
IMAGES = 600_000  # in each phase, in the authors' code

# --- the ingredients


class PixelNorm(nn.Module):
    """x / sqrt(mean of x^2 over channels + 1e-8): (B, C, ...) -> the same shape; the length of a pixel is then sqrt(C)."""

    def forward(self, x: Tensor) -> Tensor:
        checks.real("x", x, "B C ...", finite=False)
        return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


class EqualizedConv2d(nn.Module):
    """A convolution whose weights are kept as N(0, 1) and scaled when it runs, by gain / sqrt(fan-in): (B, C, H, W) -> (B, C', H, W).

    Adam moves every weight by about the rate. As all of them are of size 1, all layers learn at one pace.
    `inputs` and `outputs` are C and C', and `kernel` is the side of the kernel, odd.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, gain: float = HE):
        super().__init__()
        inputs, outputs, kernel = checks.at_least(
            1, inputs=inputs, outputs=outputs, kernel=odd(kernel)
        )
        checks.number("gain", gain, above=0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain / (inputs * kernel**2) ** 0.5

    def extra_repr(self) -> str:
        outputs, inputs, kernel, _ = self.weight.shape
        return f"{inputs}, {outputs}, kernel={kernel}, scale={self.scale:.3g}"

    def forward(self, x: Tensor) -> Tensor:
        checks.into(self, "x", x, "B C H W", C=self.weight.shape[1])
        return conv2d(x, self.scale * self.weight, self.bias, padding=self.weight.shape[2] // 2)


class EqualizedLinear(nn.Module):
    """The same for a linear layer, scaled by gain / sqrt(inputs): (B, inputs) -> (B, outputs)."""

    def __init__(self, inputs: int, outputs: int, gain: float = HE):
        super().__init__()
        inputs, outputs = checks.at_least(1, inputs=inputs, outputs=outputs)
        checks.number("gain", gain, above=0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain / inputs**0.5

    def extra_repr(self) -> str:
        outputs, inputs = self.weight.shape
        return f"{inputs}, {outputs}, scale={self.scale:.3g}"

    def forward(self, x: Tensor) -> Tensor:
        checks.into(self, "x", x, "B D", D=self.weight.shape[1])
        return linear(x, self.scale * self.weight, self.bias)


def with_deviation(x: Tensor, group: int = 4) -> Tensor:
    """One more channel: how much pictures of a group differ, in the mean over channels and pixels: (B, C, H, W) -> (B, C + 1, H, W).

    The batch is cut into B / group groups, of every (B / group)-th picture; a batch that is smaller is one group. All pictures of
    a group, and all of their pixels, get the same number, sqrt(variance + 1e-8) in the mean.
    """
    checks.real("x", x, "B C H W", finite=False)
    [group] = checks.at_least(1, group=group)
    batch, channels, high, wide = x.shape
    group = min(group, batch)
    if batch % group:
        raise ValueError(f"x must have a batch that group = {group} divides, got {tuple(x.shape)}")
    grouped = x.view(group, -1, channels, high, wide)
    deviation = (grouped.var(0, correction=0) + 1e-8).sqrt().mean((1, 2, 3))
    plane = deviation.repeat(group).view(-1, 1, 1, 1).expand(-1, 1, high, wide)
    return torch.cat([x, plane], 1)


def doubled(x: Tensor) -> Tensor:
    """Every pixel four times: (B, C, H, W) -> (B, C, 2H, 2W)."""
    return interpolate(checks.real("x", x, "B C H W", finite=False), scale_factor=2)


def halved(x: Tensor) -> Tensor:
    """The mean of every four pixels: (B, C, H, W) -> (B, C, H / 2, W / 2)."""
    checks.real("x", x, "B C H W", finite=False)
    if x.shape[2] % 2 or x.shape[3] % 2:
        raise ValueError(f"x must have even sides, got {tuple(x.shape)}")
    return avg_pool2d(x, 2)


def faded(x: Tensor, size: int, alpha: float = 1.0) -> Tensor:
    """Real pictures as the game shows them now, (1 - alpha) doubled(halved) + alpha x at that size: (B, C, H, H) -> (B, C, size, size)."""
    checks.real("x", x, "B C H W", finite=False)
    size, alpha = _size(size, _side(x)), _alpha(alpha)
    while x.shape[-1] > size:
        x = halved(x)
    return x if alpha == 1 or size == SMALLEST else torch.lerp(doubled(halved(x)), x, alpha)


def drift(scores: Tensor) -> Tensor:
    """mean D(real)^2 / 1000, which holds a critic's scores near 0: (B,) -> scalar. Add it to the critic's loss."""
    return 1e-3 * checks.real("scores", scores, "B", finite=False).square().mean()


# --- the two networks


class ProgressiveGenerator(Generator):
    """Noise to pictures of a size from 4 up to the last: (B, Z), size, alpha -> (B, C, size, size), about 0 to 1.

    A convolution follows the linear layer at 4 x 4, and two follow each doubling, with leaky ReLU and pixel norm. Each size has
    a convolution of its own, 1 x 1, that makes colours of the maps.

    Arguments:
        widths: how many maps there are at 4, 8, 16, ...
        latent_dim: Z
        channels: C
        skips: the colours of all sizes are added up, and the game need not grow (Karnewar and Wang, 2020; Karras et al., 2020)

    Example:
        >>> G = ProgressiveGenerator(widths=(32, 24, 12))
        >>> G(G.noise(5)).shape, G(G.noise(5), 8, 0.5).shape
        (torch.Size([5, 3, 16, 16]), torch.Size([5, 3, 8, 8]))
    """

    def __init__(
        self,
        widths: tuple[int, ...] = (32, 32, 24, 12),
        latent_dim: int = 32,
        channels: int = 3,
        *,
        skips: bool = False,
    ):
        super().__init__(latent_dim)
        self.widths, self.channels = _widths(widths, channels), channels
        checks.kind("skips", skips, bool)
        self.skips = skips
        wide = self.widths[0]
        shape = (wide, SMALLEST, SMALLEST)
        first = EqualizedLinear(self.latent_dim, wide * SMALLEST**2, gain=HE / 4)
        blocks = [[PixelNorm(), first, nn.Unflatten(1, shape), *_unit(), *_conv(wide, wide)]]
        for before, after in pairwise(self.widths):
            blocks += [[nn.Upsample(scale_factor=2), *_conv(before, after), *_conv(after, after)]]
        self.blocks = nn.ModuleList(nn.Sequential(*block) for block in blocks)
        self.colours = nn.ModuleList(
            EqualizedConv2d(wide, channels, 1, gain=1) for wide in self.widths
        )

    @property
    def size(self) -> int:
        """The side of the largest pictures."""
        return SMALLEST * 2 ** (len(self.widths) - 1)

    def extra_repr(self) -> str:
        return (
            f"widths={self.widths}, latent_dim={self.latent_dim}, "
            f"channels={self.channels}, skips={self.skips}"
        )

    def forward(self, z: Tensor, size: int | None = None, alpha: float = 1.0) -> Tensor:
        self.check_noise(z)
        size, alpha = self.size if size is None else _size(size, self.size), _alpha(alpha)
        maps = [z]
        for block in self.blocks[: _place(size) + 1]:
            maps.append(block(maps[-1]))
        return (self._painted(maps[1:], alpha) + 1) / 2

    def _painted(self, maps: list[Tensor], alpha: float = 1.0) -> Tensor:
        """The picture that the maps of 4 x 4, 8 x 8, ... make, about -1 to 1."""
        *smaller, h = maps
        new = self.colours[len(smaller)](h)
        if not smaller or (alpha == 1 and not self.skips):
            return new
        old = doubled(self._painted(smaller))
        return old + alpha * new if self.skips else torch.lerp(old, new, alpha)


class ProgressiveDiscriminator(nn.Module):
    """The way back, from pictures of any of the sizes: (B, C, size, size), alpha -> logits or scores (B,).

    Pictures need not be in [0, 1]. At 4 x 4 the deviation over groups is added as a channel. `widths`, `channels` and
    `skips` are those of the generator: with skips the picture, halved, is looked at again at every size.

    Arguments:
        group: of `with_deviation`, 0 for none

    Example:
        >>> D = ProgressiveDiscriminator(widths=(32, 24, 12))
        >>> D(torch.rand(8, 3, 16, 16), 0.5).shape
        torch.Size([8])
    """

    def __init__(
        self,
        widths: tuple[int, ...] = (32, 32, 24, 12),
        channels: int = 3,
        *,
        group: int = 4,
        skips: bool = False,
    ):
        super().__init__()
        self.widths, self.channels = _widths(widths, channels), channels
        [self.group] = checks.at_least(0, group=group)
        checks.kind("skips", skips, bool)
        self.skips = skips
        unit = nn.LeakyReLU(LEAK)
        self.colours = nn.ModuleList(
            nn.Sequential(EqualizedConv2d(channels, wide, 1), unit) for wide in self.widths
        )
        self.blocks = nn.ModuleList(
            nn.Sequential(
                *(EqualizedConv2d(wide, wide), unit),
                *(EqualizedConv2d(wide, narrow), unit, nn.AvgPool2d(2)),
            )
            for narrow, wide in pairwise(self.widths)
        )
        wide = self.widths[0]
        self.last = nn.Sequential(
            *(EqualizedConv2d(wide + (self.group > 0), wide), unit, nn.Flatten()),
            *(EqualizedLinear(wide * SMALLEST**2, wide), unit),
            *(EqualizedLinear(wide, 1, gain=1), nn.Flatten(0)),
        )

    @property
    def size(self) -> int:
        """The side of the largest pictures."""
        return SMALLEST * 2 ** (len(self.widths) - 1)

    def extra_repr(self) -> str:
        return (
            f"widths={self.widths}, channels={self.channels}, "
            f"group={self.group}, skips={self.skips}"
        )

    def forward(self, x: Tensor, alpha: float = 1.0) -> Tensor:
        checks.into(self, "x", x, "B C H W", C=self.channels)
        place, alpha = _place(_side(x, self.size)), _alpha(alpha)
        entered = lambda x, place: self.colours[place](2 * x - 1)
        h = entered(x, place)
        for k in range(place, 0, -1):
            h = self.blocks[k - 1](h)
            x, fading = halved(x), k == place and alpha < 1
            if self.skips:
                h = (alpha * h if fading else h) + entered(x, k - 1)
            elif fading:
                h = torch.lerp(entered(x, k - 1), h, alpha)
        return self.last(with_deviation(h, self.group) if self.group else h)


def paper_widths(size: int = LARGEST) -> tuple[int, ...]:
    """How many maps the paper has at 4, 8, ..., size: min(512, 16384 / side)."""
    return tuple(
        min(512, 16 * LARGEST // (SMALLEST * 2**k)) for k in range(_place(_size(size)) + 1)
    )


def multiplications(size: int, widths: tuple[int, ...], latent_dim: int) -> int:
    """How many multiplications it takes to draw one picture of this size and to judge it, without skips.

    `widths` are those of a generator and its discriminator at 4, 8, ..., up to the size or further.
    """
    wide = _widths(widths, 1)
    size = _size(size, SMALLEST * 2 ** (len(wide) - 1))
    place = _place(size)
    [latent_dim] = checks.at_least(1, latent_dim=latent_dim)
    first, pixels = wide[0], SMALLEST**2
    dense = pixels * first * (latent_dim + first) + first
    smallest = 9 * pixels * first * (first + first + 1)  # with the channel of deviations
    pairs = zip(range(1, place + 1), wide, wide[1:], strict=False)
    blocks = sum(2 * 9 * pixels * 4**k * (old + new) * new for k, old, new in pairs)
    return dense + smallest + blocks + 2 * 3 * size**2 * wide[place]


# --- when what is shown


class Phase(NamedTuple):
    """Some steps at one size, alpha going in a line from `start` to 1."""

    size: int
    start: float
    steps: int

    def alpha(self, step: int) -> float:
        """alpha at a step of the phase, from 0."""
        [step] = checks.at_least(0, step=step)
        return self.start + (1 - self.start) * min(1.0, step / max(1, self.steps))


def schedule(size: int = LARGEST, steps: int = IMAGES) -> tuple[Phase, ...]:
    """The authors': 4 x 4 for so many steps, or images, then each next size fades in for as many and stays for as many."""
    size, [steps] = _size(size), checks.at_least(1, steps=steps)
    sides = [SMALLEST * 2**k for k in range(1, _place(size) + 1)]
    later = [Phase(side, start, steps) for side in sides for start in (0.0, 1.0)]
    return (Phase(SMALLEST, 1.0, steps), *later)


def at_step(phases: tuple[Phase, ...], step: int) -> tuple[int, float]:
    """Size and alpha at a step of a whole schedule; after its end the last size, and 1."""
    _check_phases(phases)
    [step] = checks.at_least(0, step=step)
    for phase in phases:
        if step < phase.steps:
            return phase.size, phase.alpha(step)
        step -= phase.steps
    return phases[-1].size, 1.0


# --- sizes


def _place(size: int) -> int:
    return (size // SMALLEST).bit_length() - 1


def _is_size(side: int, largest: int) -> bool:
    return SMALLEST <= side <= largest and not side & (side - 1)


def _size(size: int, largest: int = LARGEST) -> int:
    [size] = checks.at_least(1, size=size)
    if not _is_size(size, largest):
        raise ValueError(f"size must be a power of two from {SMALLEST} to {largest}, got {size}")
    return size


def _side(x: Tensor, largest: int = LARGEST) -> int:
    """The side of square pictures, which is one of the sizes."""
    high, wide = x.shape[2:]
    if high != wide or not _is_size(wide, largest):
        raise ValueError(
            f"x must have equal sides, a power of two from {SMALLEST} to {largest}, "
            f"got {tuple(x.shape)}"
        )
    return wide


def _check_phases(phases: tuple[Phase, ...]) -> None:
    checks.kind("phases", phases, tuple, list)
    if not phases:
        raise ValueError("phases must hold at least one, got none")
    for place, phase in enumerate(phases):
        checks.kind(f"phases[{place}]", phase, Phase)
        _size(phase.size)
        checks.number("start", phase.start, low=0, high=1)
        checks.at_least(0, steps=phase.steps)


def _alpha(alpha: float) -> float:
    checks.number("alpha", alpha, low=0, high=1)
    return float(alpha)


def _widths(widths: tuple[int, ...], channels: int) -> tuple[int, ...]:
    checks.at_least(1, channels=channels)
    checks.kind("widths", widths, tuple, list)
    most = _place(LARGEST) + 1
    if not 1 <= len(widths) <= most:
        raise ValueError(f"widths must hold 1 to {most} numbers, got {len(widths)}")
    return tuple(checks.at_least(1, widths=wide)[0] for wide in widths)


def _unit() -> Iterator[nn.Module]:
    yield from (nn.LeakyReLU(LEAK), PixelNorm())


def _conv(before: int, after: int) -> Iterator[nn.Module]:
    yield from (EqualizedConv2d(before, after), *_unit())
