"""The VAE in which everything is exact: linear networks, Gaussian pixels."""

import math

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, MultivariateNormal, Normal

from genlib import checks
from genlib.models.vae import LatentVariableModel


class LinearGaussianVAE(LatentVariableModel):
    """Probabilistic PCA with a linear encoder: p(x|z) = N(W z + b, std^2 I).

        p(x) = N(b, W W^T + std^2 I),  p(z|x) = N(M^-1 W^T (x - b), std^2 M^-1),  M = W^T W + std^2 I

    q(z|x) = N(encoder(x), encoder_std^2), its parts independent. W is (D, Z), b (D,), log_std a
    number, encoder_log_std (Z,), with D = `num_pixels` and Z = `latent_dim`. (Tipping and Bishop, 1999.)
    """

    def __init__(self, num_pixels: int, latent_dim: int):
        super().__init__(latent_dim)
        checks.at_least(1, num_pixels=num_pixels)
        self.W = nn.Parameter(0.1 * torch.randn(num_pixels, latent_dim))
        self.b = nn.Parameter(torch.zeros(num_pixels))
        self.log_std = nn.Parameter(torch.zeros(()))
        self.encoder = nn.Linear(num_pixels, latent_dim)
        self.encoder_log_std = nn.Parameter(torch.zeros(latent_dim))

    def extra_repr(self) -> str:
        return f"num_pixels={len(self.b)}, latent_dim={self.latent_dim}"

    @classmethod
    def maximum_likelihood(cls, x: Tensor, latent_dim: int) -> "LinearGaussianVAE":
        """The model under which x is most probable, its q the exact posterior: (N, D) -> model.

        std^2 is the mean of the D - Z smallest eigenvalues l of the covariance of x; the columns of W
        are the other eigenvectors, each times sqrt(l - std^2). W^T W is then diagonal, and so is M.
        """
        [latent_dim] = checks.at_least(1, latent_dim=latent_dim)
        if checks.real("x", x, "N D").shape[1] <= latent_dim:
            raise ValueError(
                f"x must be (N, D) with D above latent_dim, got {tuple(x.shape)} and {latent_dim}"
            )
        mean = x.double().mean(0)
        centred = x.double() - mean
        eigenvalues, vectors = torch.linalg.eigh(centred.T @ centred / len(x))  # rising
        variance = eigenvalues[:-latent_dim].mean()
        if not variance > 1e-12 * eigenvalues[-1]:
            raise ValueError(f"x must vary in more than {latent_dim} directions, it does not")
        kept = eigenvalues[-latent_dim:].flip(0)
        W = vectors[:, -latent_dim:].flip(1) * (kept - variance).clamp(min=0).sqrt()
        return cls._exact(W, mean, variance).to(x.dtype)

    @classmethod
    @torch.no_grad()
    def _exact(cls, W: Tensor, mean: Tensor, variance: Tensor) -> "LinearGaussianVAE":
        """The float64 model of these numbers, whose q is the posterior where W^T W is diagonal."""
        model = cls(*W.shape).double()
        M = (W**2).sum(0) + variance  # the diagonal
        model.W.copy_(W)
        model.b.copy_(mean)
        model.log_std.copy_(variance.log() / 2)
        model.encoder.weight.copy_(W.T / M[:, None])
        model.encoder.bias.copy_(-(mean @ W) / M)
        model.encoder_log_std.copy_((variance / M).log() / 2)
        return model

    def encode(self, x: Tensor) -> Independent:
        """q(z|x), the model's own guess: (B, D) -> batch shape (B,), event shape (Z,)."""
        self._check(x)
        normal = Normal(self.encoder(x), self.encoder_log_std.exp(), validate_args=False)
        return Independent(normal, 1, validate_args=False)

    def decode(self, z: Tensor) -> Normal:
        """p(x|z): (..., Z) -> batch shape (..., D)."""
        checks.into(self, "z", z, "... Z", Z=self.latent_dim)
        return Normal(z @ self.W.T + self.b, self.log_std.exp(), validate_args=False)

    def marginal(self) -> MultivariateNormal:
        """p(x), exactly: event shape (D,)."""
        noise = (2 * self.log_std).exp() * torch.eye(len(self.b)).to(self.b)
        return MultivariateNormal(self.b, self.W @ self.W.T + noise)

    def posterior(self, x: Tensor) -> MultivariateNormal:
        """p(z|x), exactly: (B, D) -> batch shape (B,), event shape (Z,)."""
        self._check(x)
        variance = (2 * self.log_std).exp()
        M = self.W.T @ self.W + variance * torch.eye(self.latent_dim).to(self.b)
        mean = torch.linalg.solve(M, self.W.T @ (x - self.b).T).T
        return MultivariateNormal(mean, precision_matrix=M / variance)

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x) in nats, exactly and in closed form: (B, D) -> (B,)."""
        self._check(x)
        return self.marginal().log_prob(x)

    def exact_elbo(self, x: Tensor, q: Distribution | None = None) -> Tensor:
        """E_q log p(x|z) - KL(q || p(z)) without a draw, for the model's q or any other: (B, D) -> (B,).

        E_q |x - W z - b|^2 = |x - W mean - b|^2 + trace(W cov W^T)
        """
        self._check(x)
        q = self._guess(x, q)
        full = isinstance(q, MultivariateNormal)
        cov = q.covariance_matrix if full else q.variance.diag_embed()  # (B, Z, Z)
        square = (x - q.mean @ self.W.T - self.b).square().sum(-1)
        square = square + (cov * (self.W.T @ self.W)).sum((-2, -1))
        log_scale = self.log_std + math.log(2 * math.pi) / 2
        expected = -square / (2 * self.log_std).exp() / 2 - len(self.b) * log_scale
        return expected - self.prior_fitting(x, q)

    def _check(self, x: Tensor) -> None:
        checks.real("x", checks.into(self, "x", x, "B D", D=len(self.b)), "B D")
