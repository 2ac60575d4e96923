"""Numbers from tensors; nothing here knows what a model is."""

import math

import torch
from torch import Tensor


def bits_per_dim(nats: float | Tensor, num_pixels: int) -> float | Tensor:
    """Nats an image as bits a pixel: nats / (D ln 2). One fair coin a pixel is 1."""
    if num_pixels < 1:
        raise ValueError(f"num_pixels must be at least 1, got {num_pixels}")
    return nats / (num_pixels * math.log(2))


def mean_and_error(values: Tensor) -> tuple[float, float]:
    """The mean of N numbers and its standard error, s / sqrt(N): (N,) -> (mean, error)."""
    if values.dim() != 1 or len(values) < 2:
        raise ValueError(f"values must be (N,) with N at least 2, got {tuple(values.shape)}")
    values = values.double()
    return values.mean().item(), (values.std() / math.sqrt(len(values))).item()


def frequencies(x: Tensor, levels: int = 2) -> Tensor:
    """How often each possible image occurs among x, in counting order: (N, D) -> (levels ** D,)."""
    if x.dim() != 2 or not len(x):
        raise ValueError(f"x must be (N, D) with N at least 1, got {tuple(x.shape)}")
    level = (x * (levels - 1)).round()
    if not bool(
        ((level >= 0) & (level < levels) & ((x * (levels - 1) - level).abs() < 1e-2)).all()
    ):
        raise ValueError(f"x must hold {levels} levels 0, ..., 1, got {x.min():g} to {x.max():g}")
    place_value = levels ** torch.arange(x.shape[1] - 1, -1, -1)
    index = (level.long() * place_value).sum(1)
    return torch.bincount(index, minlength=levels ** x.shape[1]) / len(x)


def total_variation(p: Tensor, q: Tensor) -> float:
    """Half the sum of |p - q| over K outcomes: 0 for equal, 1 for disjoint distributions."""
    for name, values in (("p", p), ("q", q)):
        total = values.double().sum().item()
        if values.shape != p.shape or not (values >= 0).all() or abs(total - 1) > 1e-3:
            raise ValueError(
                f"{name} must be {tuple(p.shape)} probabilities that sum to one, "
                f"got {tuple(values.shape)}, at least {values.min():.3f}, with sum {total:.3f}"
            )
    return ((p - q).abs().sum() / 2).item()


def nearest_neighbours(x: Tensor, among: Tensor) -> Tensor:
    """Which row of `among` is closest to each row of x (Euclidean): (N, D), (M, D) -> (N,)."""
    if x.dim() != 2 or among.dim() != 2 or x.shape[1] != among.shape[1] or not len(among):
        raise ValueError(
            f"x and among must be (N, D) and (M, D), got {tuple(x.shape)}, {tuple(among.shape)}"
        )
    x, among = x.double(), among.double()
    for name, values in (("x", x), ("among", among)):
        if not values.isfinite().all():
            raise ValueError(
                f"{name} must hold finite numbers, got {values.min()} to {values.max()}"
            )
    return torch.cdist(x, among).argmin(1)
