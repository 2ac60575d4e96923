"""Larger digits, and more of them: each a little shifted, turned and scaled."""

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate

from genlib import checks
from genlib.data.digits import digits

LARGEST = 4096  # pixels a side


def enlarge(images: Tensor, size: int = 16) -> Tensor:
    """Images at another size, bicubic: (N, C, H, W) -> (N, C, size, size), both in [0, 1]."""
    checks.real("images", images, "N C H W", low=0, high=1)
    checks.at_least(1, most=LARGEST, size=size)
    shape = (size, size)
    return interpolate(images, shape, mode="bicubic", align_corners=False).clamp(0, 1)


def augment(
    images: Tensor,
    generator: torch.Generator | None = None,
    *,
    shift: float = 0.06,
    degrees: float = 8.0,
    scale: float = 0.1,
    size: float = 0.9,
    stretch: float = 0.0,
    shear: float = 0.0,
    bend: float = 0.0,
) -> Tensor:
    """Every image moved in its own gentle way: (N, C, H, W) -> the same shape, both in [0, 1].

    Uniform within `shift` (a share of the half width), `degrees`, `scale`, around `size` times what it was, so that
    no stroke leaves the frame, `stretch`, by which width and height are scaled apart, and `shear`, the slope of what
    was upright. `bend` moves a grid of 4 x 4 points
    apart, each by a normal draw of this standard deviation (a share of the half width), and what lies between
    smoothly along. What comes in from outside is black.
    """
    checks.real("images", images, "N C H W", low=0, high=1)
    checks.noise(generator)
    checks.number("shift", shift, low=0)
    checks.number("degrees", degrees, low=0)
    checks.number("scale", scale, low=0, below=1)
    checks.number("size", size, low=0.1, high=10)
    checks.number("stretch", stretch, low=0, below=1)
    checks.number("shear", shear, low=0)
    checks.number("bend", bend, low=0)
    n, frame = len(images), images.shape[2:]
    amount = torch.tensor([shift, shift, math.radians(degrees), scale])
    right, down, angle, zoom = (2 * torch.rand(n, 4, generator=generator) - 1).mul(amount).T
    zoom = (1 + zoom) / size  # the grid says where each pixel comes from
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    rows = [[cos, -sin, right], [sin, cos, down]]
    if stretch:
        wide, high = 1 + stretch * (2 * torch.rand(2, n, generator=generator) - 1)
        rows = [[wide * across, high * along, far] for across, along, far in rows]
    if shear:
        slope = shear * (2 * torch.rand(n, generator=generator) - 1)
        rows = [[across, along + slope * across, far] for across, along, far in rows]
    affine = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
    grid = affine_grid(affine, list(images.shape), align_corners=False)
    if bend:
        apart = bend * torch.randn(n, 2, 4, 4, generator=generator)
        smooth = interpolate(apart, frame, mode="bicubic", align_corners=True)
        grid = grid + smooth.permute(0, 2, 3, 1)
    return grid_sample(images, grid.to(images), align_corners=False).clamp(0, 1)


def moved_digits(split: str, copies: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Each digit of a split, 16 x 16, moved `copies` times: images (copies N, 1, 16, 16), labels (copies N,)."""
    checks.at_least(1, most=1000, copies=copies)
    checks.at_least(0, seed=seed)
    images, labels = digits(split)
    many = enlarge(images).repeat(copies, 1, 1, 1)
    return augment(many, torch.Generator().manual_seed(seed)), labels.repeat(copies)
