"""Painting by distances: a shape is how far each pixel lies from its edge, and covers where that is negative.

A distance is in shares of the picture's side, so that a picture of any size shows the same scene, with edges one pixel soft.
"""

import functools

import torch
from torch import Tensor

CHUNK = 250  # pictures that are painted at once


class Canvas:
    """Pictures (N, 3, size, size) that are painted from back to front. Lengths are shares of the side, y points down.

    Arguments:
        colour: of the ground, (N, 3)
        size: pixels of a side

    Example:
        >>> on = Canvas(torch.ones(1, 3), size=32)
        >>> on.paint(on.ellipse(0.5, 0.5, 0.3, 0.2), torch.zeros(3))
        >>> on.x[0, 0, 16, 16], on.x[0, 0, 0, 0]
        (tensor(0.), tensor(1.))
    """

    def __init__(self, colour: Tensor, size: int):
        grid = (torch.arange(size) + 0.5) / size
        self.size, self.u, self.v = size, grid[None, None, :], grid[None, :, None]
        self.unit = 1.0  # of lengths, as a share of the side
        self.x = colour[:, :, None, None].repeat(1, 1, size, size)

    def __repr__(self) -> str:
        return f"Canvas({len(self.x)} pictures, size={self.size})"

    def cover(self, distance: Tensor) -> Tensor:
        """The share of each pixel that lies inside: distances (N, size, size) -> (N, size, size)."""
        return (0.5 - distance * self.unit * self.size).clamp(0, 1)

    def paint(self, distance: Tensor, colour: Tensor, where: Tensor | None = None) -> None:
        """Put a colour (3,), (N, 3) or (N, 3, size, size) where the distance is negative; in some pictures, or a share of it."""
        cover = self.cover(distance)[:, None]
        if where is not None:
            cover = cover * where[:, None, None, None]
        if colour.dim() < 4:
            colour = colour.expand(len(self.x), 3)[:, :, None, None]
        self.x = self.x + cover * (colour - self.x)

    def seen_from(self, u: Tensor, v: Tensor, turn: Tensor, unit: Tensor, mirrored: Tensor) -> None:
        """Let lengths be in units of a body at (u, v) from now on, that is turned, and mirrored where so: (N,) each."""
        u, v, turn, unit, mirrored = map(plane, (u, v, turn, unit, mirrored))
        across, down = (self.u - u) / unit, (self.v - v) / unit
        self.u = (turn.cos() * across + turn.sin() * down) * (1 - 2 * mirrored)
        self.v = turn.cos() * down - turn.sin() * across
        self.unit = unit

    def ellipse(self, u: Tensor, v: Tensor, ru: Tensor, rv: Tensor) -> Tensor:
        """About the distance to an ellipse with this centre and these radii, (N,) each or one number, negative inside."""
        u, v, ru, rv = map(plane, (u, v, ru, rv))
        far = (((self.u - u) / ru).square() + ((self.v - v) / rv).square()).sqrt() - 1
        return far * torch.minimum(ru, rv)

    def box(self, u: Tensor, v: Tensor, ru: Tensor, rv: Tensor) -> Tensor:
        """The distance to the nearest side of a box."""
        u, v, ru, rv = map(plane, (u, v, ru, rv))
        return torch.maximum((self.u - u).abs() - ru, (self.v - v).abs() - rv)

    def limb(self, u: Tensor, v: Tensor, to_u: Tensor, to_v: Tensor, radius: Tensor) -> Tensor:
        """The distance to a line from one point to another with a thickness and round ends."""
        u, v, to_u, to_v, radius = map(plane, (u, v, to_u, to_v, radius))
        along = self.along(u, v, to_u, to_v).clamp(0, 1)
        across, down = self.u - u - along * (to_u - u), self.v - v - along * (to_v - v)
        return (across.square() + down.square()).sqrt() - radius

    def along(self, u: Tensor, v: Tensor, to_u: Tensor, to_v: Tensor) -> Tensor:
        """How far each pixel lies on the way from one point to another: 0 at the first, 1 at the second."""
        u, v, to_u, to_v = map(plane, (u, v, to_u, to_v))
        across, down = to_u - u, to_v - v
        way = (self.u - u) * across + (self.v - v) * down
        return way / (across.square() + down.square())

    def below(self, v: Tensor) -> Tensor:
        """The distance to the half of the picture that lies below this height."""
        return plane(v) - self.v

    def within(self, *distances: Tensor) -> Tensor:
        """The distance to what lies inside of all of them."""
        return functools.reduce(torch.maximum, distances)

    def any_of(self, *distances: Tensor) -> Tensor:
        """The distance to what lies inside of at least one of them."""
        return functools.reduce(torch.minimum, distances)


def plane(value: Tensor | float) -> Tensor:
    """One number for each picture, against all of its pixels: (N,) -> (N, 1, 1)."""
    return torch.as_tensor(value).reshape(-1, 1, 1)


def mix(palette: Tensor, share: Tensor) -> Tensor:
    """Between the colours of a palette, in their order: (K, 3), (N,) in [0, 1] -> (N, 3)."""
    at = share * (len(palette) - 1)
    low = at.long().clamp(max=len(palette) - 2)
    return palette[low].lerp(palette[low + 1], (at - low)[:, None])
