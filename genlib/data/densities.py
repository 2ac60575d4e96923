"""Densities in the plane that can be listed: exact log-density, exact samples, known modes."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from genlib import checks

FARTHEST, NARROWEST = 1e6, 1e-6  # so that (FARTHEST / NARROWEST)^2 is a float32


@dataclass(frozen=True, eq=False)
class Gaussians:
    """K equally likely round Gaussians in the plane.

        p(x) = 1/K sum_k Normal(x; centre_k, std^2 I)

    `centres` is (K, 2).
    """

    centres: Tensor
    std: float

    def __post_init__(self) -> None:
        checks.real("centres", self.centres, "K D", D=2, low=-FARTHEST, high=FARTHEST)
        checks.number("std", self.std, above=0)
        checks.number("std", self.std, low=NARROWEST)

    def __repr__(self) -> str:
        return f"Gaussians(centres={tuple(self.centres.shape)}, std={self.std})"

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x) in nats: (N, 2) -> (N,)."""
        checks.real("x", x, "N D", D=2, low=-FARTHEST, high=FARTHEST)
        distance = (x[:, None] - self.centres.to(x.device)).square().sum(-1)  # squared: (N, K)
        scale = math.log(2 * math.pi * self.std**2 * len(self.centres))
        return (-distance / (2 * self.std**2)).logsumexp(1) - scale

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n points, independent: -> (n, 2)."""
        checks.at_least(1, n=n)
        checks.noise(generator)
        k = torch.randint(len(self.centres), (n,), generator=generator)
        return self.centres[k] + self.std * torch.randn(n, 2, generator=generator)


def gaussian_ring(modes: int = 8, radius: float = 2.0, std: float = 0.05) -> Gaussians:
    """Gaussians evenly on a circle around 0, the first at (radius, 0)."""
    checks.at_least(1, modes=modes)
    checks.number("radius", radius, low=-FARTHEST, high=FARTHEST)
    return Gaussians(_on_circle(torch.arange(modes) * (2 * math.pi / modes), radius), std)


def gaussian_grid(side: int = 5, spacing: float = 1.0, std: float = 0.05) -> Gaussians:
    """side x side Gaussians on a square grid around 0."""
    checks.at_least(1, most=1024, side=side)
    checks.number("spacing", spacing, low=-FARTHEST / side, high=FARTHEST / side)
    place = (torch.arange(side) - (side - 1) / 2) * spacing
    return Gaussians(torch.cartesian_prod(place, place), std)


def two_moons(radius: float = 1.3, std: float = 0.1) -> Gaussians:
    """Two half circles that reach into each other, each a chain of 64 Gaussians."""
    checks.number("radius", radius, low=-FARTHEST / 2, high=FARTHEST / 2)
    arc = _on_circle((torch.arange(64) + 0.5) * (math.pi / 64), radius)
    shift = torch.tensor([radius / 2, radius / 4])
    return Gaussians(torch.cat([arc - shift, shift - arc]), std)


def spiral(turns: float = 1.75, radius: float = 2.0, std: float = 0.08) -> Gaussians:
    """One arm from 0 out to `radius`, a chain of 128 Gaussians; the root spaces them evenly."""
    checks.number("turns", turns)
    checks.number("radius", radius, low=-FARTHEST, high=FARTHEST)
    share = ((torch.arange(128) + 0.5) / 128).sqrt()
    return Gaussians(_on_circle(2 * math.pi * turns * share, radius * share), std)


def _on_circle(angle: Tensor, radius: float | Tensor) -> Tensor:
    """(K,) -> (K, 2)."""
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
