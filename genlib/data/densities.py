"""Densities in the plane that can be listed: exact log-density, exact samples, known modes."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Gaussians:
    """K equally likely round Gaussians in the plane.

        p(x) = 1/K sum_k Normal(x; centre_k, std^2 I)

    `centres` is (K, 2).
    """

    centres: Tensor
    std: float

    def __post_init__(self) -> None:
        if self.centres.dim() != 2 or self.centres.shape[1] != 2 or not len(self.centres):
            raise ValueError(f"centres must be (K, 2), got {tuple(self.centres.shape)}")
        if not 0 < self.std < math.inf:
            raise ValueError(f"std must be above 0, got {self.std}")

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x) in nats: (N, 2) -> (N,)."""
        if x.dim() != 2 or x.shape[1] != 2:
            raise ValueError(f"x must be (N, 2), got {tuple(x.shape)}")
        distance = (x[:, None] - self.centres.to(x)).square().sum(-1)  # squared: (N, K)
        scale = math.log(2 * math.pi * self.std**2 * len(self.centres))
        return (-distance / (2 * self.std**2)).logsumexp(1) - scale

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n points, independent: -> (n, 2)."""
        k = torch.randint(len(self.centres), (n,), generator=generator)
        return self.centres[k] + self.std * torch.randn(n, 2, generator=generator)


def gaussian_ring(modes: int = 8, radius: float = 2.0, std: float = 0.05) -> Gaussians:
    """Gaussians evenly on a circle around 0, the first at (radius, 0)."""
    return Gaussians(_on_circle(torch.arange(modes) * (2 * math.pi / modes), radius), std)


def gaussian_grid(side: int = 5, spacing: float = 1.0, std: float = 0.05) -> Gaussians:
    """side x side Gaussians on a square grid around 0."""
    place = (torch.arange(side) - (side - 1) / 2) * spacing
    return Gaussians(torch.cartesian_prod(place, place), std)


def two_moons(radius: float = 1.3, std: float = 0.1) -> Gaussians:
    """Two half circles that reach into each other, each a chain of 64 Gaussians."""
    arc = _on_circle((torch.arange(64) + 0.5) * (math.pi / 64), radius)
    shift = torch.tensor([radius / 2, radius / 4])
    return Gaussians(torch.cat([arc - shift, shift - arc]), std)


def spiral(turns: float = 1.75, radius: float = 2.0, std: float = 0.08) -> Gaussians:
    """One arm from 0 out to `radius`, a chain of 128 Gaussians; the root spaces them evenly."""
    share = ((torch.arange(128) + 0.5) / 128).sqrt()
    return Gaussians(_on_circle(2 * math.pi * turns * share, radius * share), std)


def _on_circle(angle: Tensor, radius: float | Tensor) -> Tensor:
    """(K,) -> (K, 2)."""
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
