"""Grey levels as a distribution, and the one place where randomness leaves a distribution.

torch.distributions takes no generator, so `draw` does what its `sample` does, with one.
"""

from functools import singledispatch

import torch
from torch import Tensor
from torch.distributions import (
    Bernoulli,
    Categorical,
    Distribution,
    Independent,
    MixtureSameFamily,
    MultivariateNormal,
    Normal,
    constraints,
)


class _Levels(constraints.Constraint):
    """The values 0, 1/(m-1), ..., 1."""

    is_discrete = True

    def __init__(self, num_levels: int):
        self.num_levels = num_levels
        super().__init__()

    def check(self, value: Tensor) -> Tensor:
        level = value * (self.num_levels - 1)
        on_a_level = (level - level.round()).abs() < 1e-2  # false for NaN
        return on_a_level & (level.round() >= 0) & (level.round() < self.num_levels)

    def __repr__(self) -> str:
        return f"{self.num_levels} levels 0, ..., 1"


class GreyLevels(Distribution):
    """One of m equally spaced grey levels 0, 1/(m-1), ..., 1; two levels are black and white.

    `logits` (..., m), maybe -inf for a level that never comes; values have the shape (...).
    """

    arg_constraints = {}  # noqa: RUF012 - torch reads it from the class

    def __init__(self, logits: Tensor):
        self.logits = logits.log_softmax(-1)
        super().__init__(logits.shape[:-1], validate_args=False)

    @property
    def num_levels(self) -> int:
        return self.logits.shape[-1]

    @property
    def support(self) -> constraints.Constraint:
        return _Levels(self.num_levels)

    @property
    def probs(self) -> Tensor:
        """The probability of every level: (..., m)."""
        return self.logits.exp()

    @property
    def mean(self) -> Tensor:
        """The expected grey: (...)."""
        return self.probs @ torch.linspace(0, 1, self.num_levels, dtype=self.logits.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        """log p(value) in nats, -inf for a level that never comes: (...) -> (...)."""
        level = (value * (self.num_levels - 1)).round().long()
        logits = self.logits.expand(*level.shape, self.num_levels)
        return logits.gather(-1, level[..., None]).squeeze(-1)


def pixels(logits: Tensor) -> Bernoulli | GreyLevels:
    """Black and white from one logit, grey from m: (..., 1) or (..., m) -> batch shape (...)."""
    if logits.shape[-1] == 1:
        return Bernoulli(logits=logits.squeeze(-1), validate_args=False)
    return GreyLevels(logits)


@singledispatch
def pick(distribution: Distribution, i: int) -> Distribution:
    """The conditionals of pixel i alone: batch shape (B, D) -> (B,)."""
    raise TypeError(f"pick must know the distribution, got {type(distribution).__name__}")


@singledispatch
def draw(distribution: Distribution, generator: torch.Generator | None = None) -> Tensor:
    """One sample of the distribution's batch shape, its noise from `generator` (None: torch's own)."""
    raise TypeError(f"draw must know the distribution, got {type(distribution).__name__}")


@pick.register
def _(distribution: Bernoulli, i: int) -> Bernoulli:
    return Bernoulli(logits=distribution.logits[:, i])


@draw.register
def _(distribution: Bernoulli, generator: torch.Generator | None = None) -> Tensor:
    return torch.bernoulli(distribution.probs, generator=generator)


@pick.register
def _(distribution: GreyLevels, i: int) -> GreyLevels:
    return GreyLevels(distribution.logits[:, i])


@draw.register
def _(distribution: GreyLevels, generator: torch.Generator | None = None) -> Tensor:
    upto = distribution.probs.cumsum(-1)
    below = upto[..., :-1] / upto[..., -1:]  # P(level <= 0), ..., P(level <= m-2)
    u = torch.rand(below.shape[:-1], generator=generator, dtype=below.dtype, device=below.device)
    return (u[..., None] >= below).sum(-1).to(below.dtype) / (distribution.num_levels - 1)


@pick.register
def _(distribution: MixtureSameFamily, i: int) -> MixtureSameFamily:
    weights, normals = distribution.mixture_distribution, distribution.component_distribution
    return MixtureSameFamily(
        Categorical(logits=weights.logits[:, i]), Normal(normals.loc[:, i], normals.scale[:, i])
    )


@draw.register
def _(distribution: MixtureSameFamily, generator: torch.Generator | None = None) -> Tensor:
    weights, normals = distribution.mixture_distribution, distribution.component_distribution
    k = torch.multinomial(weights.probs.flatten(0, -2), 1, generator=generator)
    k = k.view(*distribution.batch_shape, 1)
    mean, std = normals.loc.gather(-1, k).squeeze(-1), normals.scale.gather(-1, k).squeeze(-1)
    return mean + std * _noise(mean, generator)


@draw.register
def _(distribution: Normal, generator: torch.Generator | None = None) -> Tensor:
    """mean + std * noise, so that gradients pass to the mean and the std."""
    return distribution.loc + distribution.scale * _noise(distribution.loc, generator)


@draw.register
def _(distribution: Independent, generator: torch.Generator | None = None) -> Tensor:
    return draw(distribution.base_dist, generator)


@draw.register
def _(distribution: MultivariateNormal, generator: torch.Generator | None = None) -> Tensor:
    """mean + L noise with L L^T the covariance, so that gradients pass to both."""
    noise = _noise(distribution.loc, generator)
    return distribution.loc + (distribution.scale_tril @ noise[..., None]).squeeze(-1)


def _noise(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Standard normal numbers of the shape, dtype and device of `like`."""
    return torch.randn(like.shape, generator=generator, dtype=like.dtype, device=like.device)
