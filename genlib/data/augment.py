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
) -> Tensor:
    """Every image moved in its own gentle way: (N, C, H, W) -> the same shape, both in [0, 1].

    Uniform within `shift` (a share of the half width), `degrees` and `scale`, around 0.9 of the size, so that
    no stroke leaves the frame. What comes in from outside is black.
    """
    checks.real("images", images, "N C H W", low=0, high=1)
    checks.noise(generator)
    checks.number("shift", shift, low=0)
    checks.number("degrees", degrees, low=0)
    checks.number("scale", scale, low=0, below=1)
    n = len(images)
    amount = torch.tensor([shift, shift, math.radians(degrees), scale])
    right, down, angle, zoom = (2 * torch.rand(n, 4, generator=generator) - 1).mul(amount).T
    zoom = (1 + zoom) / 0.9  # the grid says where each pixel comes from
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    rows = [torch.stack(row, dim=1) for row in ([cos, -sin, right], [sin, cos, down])]
    grid = affine_grid(torch.stack(rows, dim=1), list(images.shape), align_corners=False)
    return grid_sample(images, grid.to(images), align_corners=False).clamp(0, 1)


def moved_digits(split: str, copies: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Each digit of a split, 16 x 16, moved `copies` times: images (copies N, 1, 16, 16), labels (copies N,)."""
    checks.at_least(1, most=1000, copies=copies)
    checks.at_least(0, seed=seed)
    images, labels = digits(split)
    many = enlarge(images).repeat(copies, 1, 1, 1)
    return augment(many, torch.Generator().manual_seed(seed)), labels.repeat(copies)
