"""Latent variable models with an encoder: the variational autoencoder and its bounds."""

import abc
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributions import (
    Bernoulli,
    Distribution,
    Independent,
    MultivariateNormal,
    Normal,
    kl_divergence,
)

from genlib import checks
from genlib.models.networks import bounded_log_std
from genlib.models.sampling import GreyLevels, check_values, draw

ROWS = 4096  # codes decoded at once where there are many samples of each image


# --- what a decoder's numbers mean -------------------------------------------------------------------


def bernoulli(numbers: Tensor) -> Bernoulli:
    """Binary pixels from their logits: (..., D) -> batch shape (..., D)."""
    checks.real("numbers", numbers, "... D", finite=False)
    return Bernoulli(logits=numbers, validate_args=False)


def gaussian(numbers: Tensor) -> Normal:
    """Real pixels from [mean, h], log_std = 5 tanh(h / 5): (..., 2D) -> batch shape (..., D).

    Near 0 log_std is h; far away it stops, so that no density is infinite.
    """
    if checks.real("numbers", numbers, "... D", finite=False).shape[-1] % 2:
        raise ValueError(f"numbers must be (..., 2D), got {tuple(numbers.shape)}")
    mean, h = numbers.chunk(2, dim=-1)
    return Normal(mean, bounded_log_std(h).exp(), validate_args=False)


def grey_levels(numbers: Tensor, levels: int = 17) -> GreyLevels:
    """Grey pixels from the logits of all levels, level by level: (..., levels D) -> (..., D)."""
    [levels] = checks.at_least(2, levels=levels)
    if checks.real("numbers", numbers, "... D", finite=False).shape[-1] % levels:
        raise ValueError(f"numbers must be (..., {levels} D), got {tuple(numbers.shape)}")
    return GreyLevels(numbers.unflatten(-1, (levels, -1)).mT)


def pixels_from(likelihood: Callable[[Tensor], Distribution], numbers: Tensor) -> Distribution:
    """likelihood(numbers), each pixel by itself: (..., D') -> batch shape (..., D)."""
    checks.function("likelihood", likelihood)
    pixels = likelihood(checks.real("numbers", numbers, "... D", finite=False))
    checks.kind("likelihood(numbers)", pixels, Distribution)
    if pixels.batch_shape[:-1] != numbers.shape[:-1]:
        expected = ", ".join([*map(str, numbers.shape[:-1]), "D"])
        raise ValueError(
            f"likelihood(numbers) must have batch shape ({expected}), got {tuple(pixels.batch_shape)}"
        )
    return pixels


# --- the model ---------------------------------------------------------------------------------------


def gaussian_kl(mean: Tensor, log_std: Tensor) -> Tensor:
    """How far a Gaussian with independent parts is from N(0, I), in nats: (B, Z), (B, Z) -> (B,).

    KL(N(mean, std^2) || N(0, I)) = 1/2 sum_z (mean^2 + std^2 - 1 - log std^2)
    """
    log_std = checks.alike("log_std", log_std, checks.real("mean", mean, "... Z", finite=False))
    return (mean**2 + torch.expm1(2 * log_std) - 2 * log_std).sum(-1) / 2


class LatentVariableModel(nn.Module, abc.ABC):
    """p(x) = integral of p(x|z) p(z) dz with the prior p(z) = N(0, I), over Z = `latent_dim` latent variables.

    A subclass says what p(x|z) is and guesses the posterior p(z|x) by a Gaussian q(z|x); the bounds
    on log p(x) follow, for this q or for any other: a distribution of batch shape (B,) and event
    shape (Z,), Independent(Normal, 1) or MultivariateNormal.
    """

    def __init__(self, latent_dim: int):
        super().__init__()
        [self.latent_dim] = checks.at_least(1, latent_dim=latent_dim)

    def extra_repr(self) -> str:
        return f"latent_dim={self.latent_dim}"

    @abc.abstractmethod
    def encode(self, x: Tensor) -> Independent | MultivariateNormal:
        """q(z|x): (B, D) -> batch shape (B,), event shape (Z,)."""

    @abc.abstractmethod
    def decode(self, z: Tensor) -> Distribution:
        """p(x|z), pixels independent given z: (..., Z) -> batch shape (..., D)."""

    def elbo(
        self, x: Tensor, q: Distribution | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """A one-sample estimate of the lower bound log p(x) - KL(q || p(z|x)): (B, D) -> (B,) nats."""
        q = self._guess(x, q)
        return self.reconstruction(x, q, generator) - self.prior_fitting(x, q)

    def reconstruction(
        self, x: Tensor, q: Distribution | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """A one-sample estimate of E_q log p(x|z), differentiable in q: (B, D) -> (B,) nats."""
        return self._log_likelihood(x, draw(self._guess(x, q), generator))

    def prior_fitting(self, x: Tensor, q: Distribution | None = None) -> Tensor:
        """KL(q(z|x) || p(z)) in closed form: (B, D) -> (B,) nats."""
        q = self._guess(x, q)
        if isinstance(q, MultivariateNormal):
            identity = torch.eye(self.latent_dim).to(q.loc)
            return kl_divergence(q, MultivariateNormal(torch.zeros_like(q.loc), identity))
        return gaussian_kl(q.base_dist.loc, q.base_dist.scale.log())

    def log_weights(
        self,
        x: Tensor,
        num_samples: int,
        q: Distribution | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """log p(x, z) - log q(z|x) of K draws z from q: (B, D) -> (K, B) nats.

        Their mean estimates the ELBO; the mean of their exponentials p(x), whatever q is.
        """
        checks.at_least(1, num_samples=num_samples)
        q = self._guess(x, q)
        z = draw(q.expand((num_samples, len(x))), generator)  # (K, B, Z)
        log_likelihood = self._log_likelihood(x, z)
        return log_likelihood + Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z)

    def importance_bound(
        self, x: Tensor, num_samples: int = 64, generator: torch.Generator | None = None
    ) -> Tensor:
        """log 1/K sum_k p(x, z_k) / q(z_k|x), which on average rises to log p(x): (B, D) -> (B,) nats.

        The importance-weighted bound L_K (Burda et al., 2016): a draw, below log p(x) on average. Under no_grad
        it takes little memory.
        """
        checks.at_least(1, num_samples=num_samples)
        q, at_once = self.encode(x), max(1, ROWS // len(x))
        weights = [
            self.log_weights(x, min(at_once, num_samples - done), q, generator)
            for done in range(0, num_samples, at_once)
        ]
        return torch.cat(weights).logsumexp(0) - math.log(num_samples)

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw z from the prior, then x from p(x|z), never its mean: -> (n, D)."""
        checks.at_least(1, n=n)
        like = checks.first_of(self)
        prior = Normal(like.new_zeros(n, self.latent_dim), 1.0)
        return draw(self.decode(draw(prior, generator)), generator)

    def _guess(self, x: Tensor, q: Distribution | None) -> Distribution:
        """q, or the model's own q(z|x) where it is None; ValueError unless it fits x."""
        checks.real("x", x, "B D", finite=False)
        q = self.encode(x) if q is None else q
        checks.kind("q", q, Distribution)
        if q.batch_shape != (len(x),) or q.event_shape != (self.latent_dim,):
            raise ValueError(
                f"q must have batch shape ({len(x)},) and event shape ({self.latent_dim},), "
                f"got {tuple(q.batch_shape)} and {tuple(q.event_shape)}"
            )
        checks.kind("q", getattr(q, "base_dist", q), Normal, MultivariateNormal)
        return q

    def _log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x|z), summed over the pixels: (B, D), (..., B, Z) -> (..., B)."""
        pixels = self.decode(z)
        checks.real("x", x, "B D", D=pixels.batch_shape[-1], finite=False)
        check_values("x", x, pixels)
        return pixels.log_prob(x.expand(pixels.batch_shape)).sum(-1)


class VAE(LatentVariableModel):
    """A variational autoencoder: two networks (Kingma and Welling, 2014).

    q(z|x) = N(mean, std^2) from encoder(x), (B, D) -> (B, 2Z), read as `gaussian` says;
    p(x|z) = likelihood(decoder(z)).

    Arguments:
        encoder: a network, images (B, D) -> (B, 2Z)
        decoder: a network, codes (B, Z) -> the numbers that the likelihood reads, (B, D) for `bernoulli`
        likelihood: from these numbers to a distribution of the pixels, as `bernoulli` or `gaussian`
        latent_dim: Z, how many latent variables

    Example:
        >>> from genlib.models import mlp
        >>> vae = VAE(mlp(64, 32, 4), mlp(2, 32, 64), bernoulli, latent_dim=2)
        >>> x = vae.sample(5)
        >>> x.shape, vae.elbo(x).shape
        (torch.Size([5, 64]), torch.Size([5]))
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        likelihood: Callable[[Tensor], Distribution],
        latent_dim: int,
    ):
        super().__init__(latent_dim)
        for name, part in {
            "encoder": encoder,
            "decoder": decoder,
            "likelihood": likelihood,
        }.items():
            checks.function(name, part)
        self.encoder, self.decoder, self.likelihood = encoder, decoder, likelihood

    def encode(self, x: Tensor) -> Independent:
        """q(z|x): (B, D) -> batch shape (B,), event shape (Z,)."""
        checks.into(self, "x", x, "B D")
        numbers = self.encoder(x)
        checks.real("encoder(x)", numbers, "B Z", B=len(x), Z=2 * self.latent_dim, finite=False)
        return Independent(gaussian(numbers), 1, validate_args=False)

    def decode(self, z: Tensor) -> Distribution:
        """p(x|z): (..., B, Z) -> batch shape (..., B, D)."""
        checks.into(self, "z", z, "... B Z", Z=self.latent_dim)
        numbers = self.decoder(z.flatten(0, -2))
        checks.real("decoder(z)", numbers, "B D", B=z.shape[:-1].numel(), finite=False)
        return pixels_from(self.likelihood, numbers.unflatten(0, z.shape[:-1]))


def negative_elbo(
    vae: LatentVariableModel,
    x: Tensor,
    beta: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """The loss: mean of beta KL(q(z|x) || p(z)) - log p(x|z) over images, z from q: (B, D) -> scalar nats.

    beta = 1 is the bound itself, above 1 a looser one, below 1 none (Higgins et al., 2017).
    """
    checks.kind("vae", vae, LatentVariableModel)
    checks.number("beta", beta, low=0)
    q = vae.encode(x)
    return (beta * vae.prior_fitting(x, q) - vae.reconstruction(x, q, generator)).mean()


@torch.no_grad()
def active_units(model: LatentVariableModel, x: Tensor) -> Tensor:
    """How much each posterior mean varies over the images, Var_x E_q[z]: (N, D) -> (Z,).

    A latent variable is active above 0.01 (Burda et al., 2016); the others carry nothing of x.
    """
    checks.kind("model", model, LatentVariableModel)
    if len(checks.into(model, "x", x, "N D")) < 2:
        raise ValueError(f"x must be (N, D) with N at least 2, got {tuple(x.shape)}")
    return model.encode(x).mean.var(0)
