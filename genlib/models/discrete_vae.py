"""A VAE whose code is one of K tokens at each place of a small grid, as in DALL-E's first stage (Ramesh et al., 2021)."""

import math

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Normal
from torch.nn.functional import gumbel_softmax, softplus

from genlib import checks
from genlib.models.networks import check_data

GROUND, CONTRAST = 0.95, 2.5  # the networks see the ink: how far x lies from a light ground
NARROWEST = 1e-6  # standard deviation, and coldest draw: a float32 can still be divided by them


class DiscreteVAE(nn.Module):
    """Images (B, 3, size, size) as N tokens, each one of K, and back: N = (size / 4)^2.

    The encoder gives a vector h at each place, and q(k | x) at that place is proportional to exp(-s |h - e_k|^2), where
    the e_k are the rows of the code book and s is learnt: the nearer a code, the likelier. The decoder draws the image from the
    codes, p(x | codes) is Gaussian with this `std`, and the prior is uniform.

    Arguments:
        codes: K
        size: of the images, a multiple of 4
        width: numbers of a code
        features: maps of the networks at half the size, twice as many at a quarter
        std: of a pixel's colours given the codes

    Example:
        >>> model = DiscreteVAE(codes=32)
        >>> tokens = model.tokens(torch.rand(5, 3, 16, 16))
        >>> tokens.shape, model.decode(tokens).shape
        (torch.Size([5, 16]), torch.Size([5, 3, 16, 16]))
    """

    def __init__(
        self,
        codes: int = 128,
        size: int = 16,
        *,
        width: int = 32,
        features: int = 48,
        std: float = 0.08,
    ):
        super().__init__()
        [self.num_codes] = checks.at_least(2, codes=codes)
        size, width, features = checks.at_least(1, size=size, width=width, features=features)
        if size < 8 or size % 4:
            raise ValueError(f"size must be 8, 12, 16, ..., got {size}")
        checks.number("std", std, low=NARROWEST)
        self.shape, self.side, self.std = (3, size, size), size // 4, std
        self.encoder = nn.Sequential(
            *(nn.Conv2d(3, features, 4, stride=2, padding=1), nn.ReLU()),
            *(nn.Conv2d(features, features, 4, stride=2, padding=1), nn.ReLU()),
            *(nn.Conv2d(features, 2 * features, 3, padding=1), nn.ReLU()),
            nn.Conv2d(2 * features, width, 1),
        )
        self.book = nn.Parameter(torch.randn(self.num_codes, width))
        self.log_sharpness = nn.Parameter(torch.zeros(()))
        self.decoder = nn.Sequential(
            *(nn.Conv2d(width, 2 * features, 3, padding=1), nn.ReLU()),
            *(nn.ConvTranspose2d(2 * features, features, 4, stride=2, padding=1), nn.ReLU()),
            nn.ConvTranspose2d(features, 3, 4, stride=2, padding=1),
        )

    def extra_repr(self) -> str:
        width, features = self.book.shape[1], self.encoder[0].out_channels
        return f"codes={self.num_codes}, shape={self.shape}, width={width}, features={features}, std={self.std:g}"

    def vectors(self, x: Tensor) -> Tensor:
        """What the encoder says at each place, in raster order: (B, 3, size, size) -> (B, N, width)."""
        check_data(self, x)
        return self.encoder((GROUND - x) * CONTRAST).flatten(2).transpose(1, 2)

    def encode(self, x: Tensor) -> Categorical:
        """q(token | x) at each place: (B, 3, size, size) -> batch shape (B, N), K tokens."""
        # -|h - e|^2 without |h|^2, which is the same for all codes
        near = 2 * self.vectors(x) @ self.book.T - self.book.square().sum(1)
        return Categorical(logits=self.log_sharpness.exp() * near, validate_args=False)

    @torch.no_grad()
    def tokens(self, x: Tensor) -> Tensor:
        """The likeliest token at each place: (B, 3, size, size) -> (B, N)."""
        return self.encode(x).logits.argmax(2)

    def decode(self, tokens: Tensor) -> Tensor:
        """The image that tokens stand for: (B, N) -> (B, 3, size, size) in [0, 1]."""
        tokens = checks.whole("tokens", tokens, "B N", N=self.side**2, below=self.num_codes)
        return self.paint(self.book[tokens]).clamp(0, 1)

    def paint(self, vectors: Tensor) -> Tensor:
        """The mean of p(x | vectors at each place): (B, N, width) -> (B, 3, size, size), a little outside [0, 1] too."""
        N, width = self.side**2, self.book.shape[1]
        checks.into(self, "vectors", vectors, "B N W", N=N, W=width)
        h = vectors.transpose(1, 2).unflatten(2, (self.side, self.side))
        return GROUND - self.decoder(h) / CONTRAST

    def relaxed(self, q: Categorical, temperature: float, hard: bool = False) -> Tensor:
        """A code drawn at each place so that gradients pass, by Gumbel's noise: batch shape (B, N) -> (B, N, width).

        A mixture of the book's rows, and one row alone as the temperature goes to 0. `hard` gives one row at any
        temperature, with the gradient of the mixture (straight-through).
        """
        checks.kind("q", q, Categorical)
        checks.into(self, "q", q.logits, "B N K", N=self.side**2, K=self.num_codes)
        checks.number("temperature", temperature, low=NARROWEST)
        checks.kind("hard", hard, bool)
        return gumbel_softmax(q.logits, temperature, hard) @ self.book

    def bound(
        self, x: Tensor, temperature: float = 1.0, *, hard: bool = False
    ) -> tuple[Tensor, Tensor]:
        """log p(x | codes) of one draw, and KL(q || uniform), in nats: images -> (B,), (B,). The ELBO is their difference."""
        q = self.encode(x)
        mean = self.paint(self.relaxed(q, temperature, hard))
        return self.likelihood(x, mean), uniform_kl(q).sum(1)

    def likelihood(self, x: Tensor, mean: Tensor) -> Tensor:
        """log p(x | codes) in nats, where `paint` gives this mean for them: images, images -> (B,)."""
        check_data(self, x)
        mean = checks.alike("mean", mean, x)
        return Normal(mean, self.std, validate_args=False).log_prob(x).flatten(1).sum(1)

    @torch.no_grad()
    def start_book(self, x: Tensor, generator: torch.Generator | None = None) -> None:
        """Put the codes where the encoder's vectors of these images lie, far from one another (k-means++).

        And make q so sharp that the two nearest codes differ.
        """
        checks.noise(generator)
        h = self.vectors(checks.real("x", x, "B ...")).flatten(0, 1)
        pick = lambda weights: h[torch.multinomial(weights, 1, generator=generator)[0]]
        book = [pick(torch.ones(len(h)))]
        apart = (h - book[0]).square().sum(1)
        while len(book) < self.num_codes:
            book.append(pick(apart + 1e-9))
            apart = torch.minimum(apart, (h - book[-1]).square().sum(1))
        self.book.copy_(torch.stack(book))
        self.log_sharpness.copy_((4 / apart.mean().clamp_min(1e-6)).log())


def uniform_kl(q: Categorical) -> Tensor:
    """KL(q || uniform over K) = log K - H(q), from 0 to log K nats, of a distribution's batch shape."""
    checks.kind("q", q, Categorical)
    return math.log(q.logits.shape[-1]) - q.entropy()


# --- the likelihood of DALL-E's own pixels, which lie in (0, 1) as a Gaussian does not


def squeeze(x: Tensor, margin: float = 0.1) -> Tensor:
    """[0, 1] mapped evenly into [margin, 1 - margin], where a logit is finite: any shape."""
    checks.real("x", x, "...", low=0, high=1)
    checks.number("margin", margin, above=0, below=0.5)
    return margin + (1 - 2 * margin) * x


def unsqueeze(x: Tensor, margin: float = 0.1) -> Tensor:
    """The inverse of `squeeze`, and what lies outside cut off: any shape."""
    checks.real("x", x, "...")
    checks.number("margin", margin, above=0, below=0.5)
    return ((x - margin) / (1 - 2 * margin)).clamp(0, 1)


def logit_laplace(x: Tensor, location: Tensor, log_scale: Tensor) -> Tensor:
    """The log density at x in (0, 1) whose logit is Laplace's: three of one shape -> that shape.

    log f(x) = -|logit x - location| / scale - log(2 scale) - log(x (1 - x)).
    """
    checks.real("x", x, "...", low=0, high=1)
    if not ((x > 0) & (x < 1)).all():
        raise ValueError(f"x must lie in (0, 1), got {x.min():g} to {x.max():g}")
    location, log_scale = (
        checks.alike(name, value, x)
        for name, value in {"location": location, "log_scale": log_scale}.items()
    )
    logit = x.log() - (1 - x).log()
    away = (logit - location).abs() * (-log_scale).exp()
    return -away - math.log(2) - log_scale + softplus(-logit) + softplus(logit)
