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

from genlib import checks


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
        checks.real("logits", logits, "... M", finite=False)
        if logits.shape[-1] < 2:
            raise ValueError(
                f"logits must be (..., M) of at least 2 levels, got {tuple(logits.shape)}"
            )
        self.logits = logits.log_softmax(-1)
        super().__init__(logits.shape[:-1], validate_args=False)

    def __repr__(self) -> str:
        return f"GreyLevels(batch_shape={tuple(self.batch_shape)}, levels={self.num_levels})"

    @property
    def num_levels(self) -> int:
        """m."""
        return self.logits.shape[-1]

    @property
    def support(self) -> constraints.Constraint:
        """The values 0, 1/(m-1), ..., 1."""
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
        checks.real("value", value, "...", finite=False)
        if value.shape[value.dim() - len(self.batch_shape) :] != self.batch_shape:
            expected = ", ".join(["...", *map(str, self.batch_shape)])
            raise ValueError(f"value must be ({expected}), got {tuple(value.shape)}")
        check_values("value", value, self)
        level = (value * (self.num_levels - 1)).round().long()
        logits = self.logits.expand(*level.shape, self.num_levels)
        return logits.gather(-1, level[..., None]).squeeze(-1)


def check_values(name: str, x: Tensor, pixels: Distribution) -> None:
    """Raise a ValueError that names the first value of x that is infinite or outside the pixels' support."""
    checks.kind("pixels", pixels, Distribution)
    if isinstance(pixels, Categorical):
        checks.whole(name, x, "...", below=pixels.probs.shape[-1])
        return
    checks.real(name, x, "...", finite=False)
    inside = pixels.support.check(x) & x.isfinite()
    if not inside.all():
        raise ValueError(
            f"{name} must hold values of {type(pixels).__name__} pixels "
            f"({pixels.support}), got {x[~inside][0].item():g}"
        )


def logits_of(levels: int) -> int:
    """How many logits a pixel, or each of its colours, has: one for black and white, else one per level."""
    [levels] = checks.at_least(2, levels=levels)
    return 1 if levels == 2 else levels


def pixels(logits: Tensor) -> Bernoulli | GreyLevels:
    """Black and white from one logit, grey from m: (..., 1) or (..., m) -> batch shape (...)."""
    checks.real("logits", logits, "... M", finite=False)
    if logits.shape[-1] == 1:
        return Bernoulli(logits=logits.squeeze(-1), validate_args=False)
    return GreyLevels(logits)


@singledispatch
def pick(distribution: Distribution, i: int) -> Distribution:
    """The conditionals of pixel i alone: batch shape (B, D) -> (B,)."""
    raise ValueError(f"distribution must be one that pick knows, got {type(distribution).__name__}")


@singledispatch
def draw(distribution: Distribution, generator: torch.Generator | None = None) -> Tensor:
    """One sample of the distribution's batch shape, its noise from `generator` (None: torch's own)."""
    raise ValueError(f"distribution must be one that draw knows, got {type(distribution).__name__}")


@pick.register
def _(distribution: Bernoulli, i: int) -> Bernoulli:
    _check_pixel(distribution, i)
    return Bernoulli(logits=distribution.logits[:, i])


@draw.register
def _(distribution: Bernoulli, generator: torch.Generator | None = None) -> Tensor:
    checks.noise(generator)
    return torch.bernoulli(_numbers(distribution.probs), generator=generator)


@pick.register
def _(distribution: GreyLevels, i: int) -> GreyLevels:
    _check_pixel(distribution, i)
    return GreyLevels(distribution.logits[:, i])


@draw.register
def _(distribution: GreyLevels, generator: torch.Generator | None = None) -> Tensor:
    checks.noise(generator)
    upto = _numbers(distribution.probs).cumsum(-1)
    below = upto[..., :-1] / upto[..., -1:]  # P(level <= 0), ..., P(level <= m-2)
    u = torch.rand(below.shape[:-1], generator=generator, dtype=below.dtype, device=below.device)
    return (u[..., None] >= below).sum(-1).to(below.dtype) / (distribution.num_levels - 1)


@pick.register
def _(distribution: Categorical, i: int) -> Categorical:
    _check_pixel(distribution, i)
    return Categorical(logits=distribution.logits[:, i])


@draw.register
def _(distribution: Categorical, generator: torch.Generator | None = None) -> Tensor:
    """Whole numbers 0, ..., m - 1: the tokens of a vocabulary."""
    checks.noise(generator)
    probs = _numbers(distribution.probs)
    token = torch.multinomial(probs.flatten(0, -2), 1, generator=generator)
    return token.view(distribution.batch_shape)


@pick.register
def _(distribution: MixtureSameFamily, i: int) -> MixtureSameFamily:
    _check_pixel(distribution, i)
    weights, normals = distribution.mixture_distribution, distribution.component_distribution
    return MixtureSameFamily(
        Categorical(logits=weights.logits[:, i]), Normal(normals.loc[:, i], normals.scale[:, i])
    )


@draw.register
def _(distribution: MixtureSameFamily, generator: torch.Generator | None = None) -> Tensor:
    weights, normals = distribution.mixture_distribution, distribution.component_distribution
    checks.noise(generator)
    k = torch.multinomial(_numbers(weights.probs).flatten(0, -2), 1, generator=generator)
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
    checks.noise(generator)
    return torch.randn(like.shape, generator=generator, dtype=like.dtype, device=like.device)


def _numbers(probs: Tensor) -> Tensor:
    """The probabilities themselves; without this a level that is no number would be drawn as black."""
    if probs.isnan().any():
        raise ValueError("distribution must have probabilities that are numbers, got nan")
    return probs


def _check_pixel(distribution: Distribution, i: int) -> None:
    """Raise a ValueError unless the batch shape is (B, D) and i one of the D pixels."""
    shape = distribution.batch_shape
    if len(shape) != 2:
        raise ValueError(f"distribution must have batch shape (B, D), got {tuple(shape)}")
    checks.at_least(0, i=i)
    if i >= shape[1]:
        raise ValueError(f"i must be from 0 to {shape[1] - 1}, got {i}")
