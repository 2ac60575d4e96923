"""Larger digits, and more of them: each a little shifted, turned and scaled."""

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate


def enlarge(images: Tensor, size: int = 16) -> Tensor:
    """Images at another size, bicubic: (N, C, H, W) -> (N, C, size, size), in [0, 1]."""
    _check(images)
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
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
    """Every image moved in its own gentle way: (N, C, H, W) -> the same shape, in [0, 1].

    Uniform within `shift` (a share of the half width), `degrees` and `scale`, around 0.9 of the size, so that
    no stroke leaves the frame. What comes in from outside is black.
    """
    _check(images)
    n = len(images)
    amount = torch.tensor([shift, shift, math.radians(degrees), scale])
    right, down, angle, zoom = (2 * torch.rand(n, 4, generator=generator) - 1).mul(amount).T
    zoom = (1 + zoom) / 0.9  # the grid says where each pixel comes from
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    rows = [torch.stack(row, dim=1) for row in ([cos, -sin, right], [sin, cos, down])]
    grid = affine_grid(torch.stack(rows, dim=1), list(images.shape), align_corners=False)
    return grid_sample(images, grid.to(images), align_corners=False).clamp(0, 1)


def _check(images: Tensor) -> None:
    if images.dim() != 4 or not images.is_floating_point():
        raise ValueError(
            f"images must be floats (N, C, H, W), got {images.dtype} {tuple(images.shape)}"
        )
