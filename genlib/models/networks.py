"""What several models build from: plain and convolutional networks, masks, and the limits of an image.

Every network of images refuses what lies outside [0, 1], because one look at the batch costs microseconds; NaN passes
through all of them.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from genlib import checks

LEAK = 0.2  # the slope of a discriminator's units below 0
SHADES = {"low": -0.01, "high": 1.01}  # of an image: [0, 1], but for rounding
LOG_STD = 5.0  # the log of a standard deviation stays between -LOG_STD and LOG_STD


def bounded_log_std(h: Tensor, low: float = -LOG_STD, high: float = LOG_STD) -> Tensor:
    """A log standard deviation between `low` and `high`, so that no density is infinite: the shape of h.

    middle + half tanh(h / half): the middle at h = 0, with slope 1 there.
    """
    checks.real("h", h, "B ...", finite=False)
    checks.number("low", low)
    checks.number("high", high)
    if not low < high:
        raise ValueError(f"low must be below high, got {low:g} and {high:g}")
    half = (high - low) / 2
    return (low + high) / 2 + half * (h / half).tanh()


# --- fully connected


class Rows(nn.Module):
    """Rows of the right width, unchanged: (B, width) -> (B, width). ValueError for anything else."""

    def __init__(self, width: int):
        super().__init__()
        [self.width] = checks.at_least(1, width=width)
        self.register_buffer("like", torch.empty(0), persistent=False)  # of the network's type

    def extra_repr(self) -> str:
        return f"width={self.width}"

    def forward(self, x: Tensor) -> Tensor:
        return checks.into(self, "x", x, "B D", D=self.width)


def mlp(inputs: int, hidden: int, outputs: int, dropout: float = 0.0) -> nn.Sequential:
    """Two layers of `hidden` SiLU units, dropout after each: (B, inputs) -> (B, outputs)."""
    checks.at_least(1, inputs=inputs, hidden=hidden, outputs=outputs)
    checks.number("dropout", dropout, low=0, below=1)
    layers = linear_layers([inputs, hidden, hidden, outputs], nn.SiLU(), dropout)
    return nn.Sequential(Rows(inputs), *layers)


def linear_layers(sizes: list[int], activation: nn.Module, dropout: float = 0.0) -> list[nn.Module]:
    """Linear layers of these sizes, `activation` and dropout between them: (B, first) -> (B, last)."""
    checks.kind("sizes", sizes, list, tuple)
    sizes = [checks.at_least(1, sizes=size)[0] for size in sizes]
    checks.kind("activation", activation, nn.Module)
    checks.number("dropout", dropout, low=0, below=1)
    layers = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), activation, nn.Dropout(dropout)]
    return layers[:-2]


# --- convolutions


def conv_encoder(side: int, features: int, latent_dim: int) -> nn.Sequential:
    """Two convolutions that halve a square image, one linear layer: (B, side^2) -> (B, 2Z), with Z = `latent_dim`.

    The first has `features` channels, the second twice as many.
    """
    small = _quarter(side)
    side, features, latent_dim = checks.at_least(
        1, side=side, features=features, latent_dim=latent_dim
    )
    return nn.Sequential(
        Rows(side**2),
        nn.Unflatten(1, (1, side, side)),
        *(nn.Conv2d(1, features, 4, stride=2, padding=1), nn.SiLU()),
        *(nn.Conv2d(features, 2 * features, 4, stride=2, padding=1), nn.SiLU()),
        nn.Flatten(),
        nn.Linear(2 * features * small**2, 2 * latent_dim),
    )


def conv_decoder(side: int, features: int, latent_dim: int, numbers: int = 1) -> nn.Sequential:
    """The way back, with so many numbers per pixel, one after the other: (B, Z) -> (B, numbers side^2)."""
    small = _quarter(side)
    features, latent_dim = checks.at_least(1, features=features, latent_dim=latent_dim)
    checks.at_least(1, numbers=numbers)
    return nn.Sequential(
        Rows(latent_dim),
        *(nn.Linear(latent_dim, 2 * features * small**2), nn.SiLU()),
        nn.Unflatten(1, (2 * features, small, small)),
        *(nn.ConvTranspose2d(2 * features, features, 4, stride=2, padding=1), nn.SiLU()),
        nn.ConvTranspose2d(features, numbers, 4, stride=2, padding=1),
        nn.Flatten(),
    )


def _quarter(side: int) -> int:
    [side] = checks.at_least(0, side=side)
    if side < 4 or side % 4:
        raise ValueError(f"side must be a multiple of 4, got {side}")
    return side // 4


def causal_mask(kind: str, inputs: int, outputs: int, kernel: int, colours: int = 1) -> Tensor:
    """1 where a convolution may look: (outputs, inputs, kernel, kernel).

    All pixels before the centre in raster order; at the centre kind "A" sees the earlier colours, "B" its
    own too. Inputs and outputs belong to the colours in equal parts, red first. One colour: (kernel^2 - 1) / 2 ones
    for "A", one more for "B".
    """
    checks.kind("kind", kind, str)
    if kind not in ("A", "B"):
        raise ValueError(f'kind must be "A" or "B", got {kind!r}')
    kernel = odd(kernel)
    inputs, outputs, colours = checks.at_least(1, inputs=inputs, outputs=outputs, colours=colours)
    if inputs % colours or outputs % colours:
        raise ValueError(
            f"inputs and outputs must be multiples of {colours}, got {inputs} and {outputs}"
        )
    before = torch.arange(kernel**2).view(kernel, kernel) < kernel**2 // 2
    mask = before.float().repeat(outputs, inputs, 1, 1)
    of_input, of_output = (torch.arange(n) * colours // n for n in (inputs, outputs))
    sees = of_input < of_output[:, None] + (kind == "B")
    mask[:, :, kernel // 2, kernel // 2] = sees.float()
    return mask


class MaskedConv2d(nn.Conv2d):
    """A convolution through a `causal_mask`: (B, inputs, H, W) -> (B, outputs, H, W).

    `kind`, `kernel` and `colours` are those of the mask.
    """

    def __init__(self, kind: str, inputs: int, outputs: int, kernel: int, colours: int = 1):
        mask = causal_mask(kind, inputs, outputs, kernel, colours)
        super().__init__(inputs, outputs, kernel, padding=kernel // 2)
        self.register_buffer("mask", mask, persistent=False)
        self.kind, self.colours = kind, colours

    def extra_repr(self) -> str:
        return f"{self.kind!r}, {super().extra_repr()}, colours={self.colours}"

    def seen(self) -> Tensor:
        """The masked weights without the rows below the centre, which see nothing: (C', C, k // 2 + 1, k)."""
        return (self.weight * self.mask)[:, :, : self.kernel_size[0] // 2 + 1]

    def forward(self, x: Tensor) -> Tensor:
        checks.into(self, "x", x, "B C H W", C=self.in_channels)
        return conv2d(x, self.seen(), self.bias, padding=self.padding)[:, :, : x.shape[2]]


class ResidualBlock(nn.Module):
    """x plus what two convolutions of 3 x 3 with instance norm make of it: (B, features, H, W) -> the same.

    With `affine` the norm has a factor and a shift per channel, which it learns. `border` is what the convolutions
    see beyond the edge, as torch names it: "reflect" or "zeros".
    """

    def __init__(self, features: int, *, affine: bool = False, border: str = "reflect"):
        super().__init__()
        [features] = checks.at_least(1, features=features)
        checks.kind("affine", affine, bool)
        checks.kind("border", border, str)
        if border not in ("reflect", "zeros"):
            raise ValueError(f'border must be "reflect" or "zeros", got {border!r}')
        self.border = border
        conv = lambda: nn.Conv2d(features, features, 3, padding=1, padding_mode=border)
        norm = lambda: nn.InstanceNorm2d(features, affine=affine)
        self.layers = nn.Sequential(conv(), norm(), nn.ReLU(), conv(), norm())

    def extra_repr(self) -> str:
        norm = self.layers[1]
        return f"features={norm.num_features}, affine={norm.affine}, border={self.border!r}"

    def forward(self, x: Tensor) -> Tensor:
        checks.into(self, "x", x, "B C H W", C=self.layers[1].num_features)
        return x + self.layers(x)


def odd(kernel: int) -> int:
    """The kernel's size itself, which is odd, for it has a centre."""
    [kernel] = checks.at_least(1, kernel=kernel)
    if kernel % 2 == 0:
        raise ValueError(f"kernel must be odd, got {kernel}")
    return kernel


# --- what a discriminator looks at


def check_data(D: nn.Module, x: Tensor) -> None:
    """Raise a ValueError unless x is a batch of D.shape: points (2,), or images (C, H, W) in [0, 1]; NaN passes."""
    checks.kind("D", D, nn.Module)
    sizes = {f"axis{i}": size for i, size in enumerate(D.shape)}
    limits = SHADES if len(D.shape) > 1 else {}
    checks.into(D, "x", x, " ".join(["B", *sizes]), **sizes, **limits)
