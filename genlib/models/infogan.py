"""InfoGAN: a generator whose codes can be guessed back from its images (Chen et al., 2016).

    min over G, Q, max over D:  V(D, G) - lambda L_I,   L_I = E log Q(c|x) + H(c) <= I(c; x)

Nobody gives labels: c is drawn, x = G(z, c) is made of it, and Q guesses c from x. As a game of `training.fit`:

    logits, guess, code = guess_back(D, G, codes, len(real))
    of_G = nonsaturating_loss(logits) + lam * information_loss(guess, code)    moves G and D.q
    of_D = discriminator_loss(D(real), logits)                                 moves D.layers

In the line above the trunk belongs to both D and Q. The authors' code gives of_D the information loss as well, so that
the trunk learns for Q too. Without it the trunk serves D alone, and `fit` moves nobody but the optimizer's own weights.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from genlib import checks
from genlib.models.gan import LEAK, DCGANDiscriminator, DCGANGenerator, Generator, check_data

LOG_STD = 5  # log_std stays between -5 and 5, so that no density is infinite


class Guess(NamedTuple):
    """Q(c|x): a category's logits (B, C), and a Gaussian's mean and log_std (B, K) of continuous codes."""

    logits: Tensor
    mean: Tensor
    log_std: Tensor


class Codes:
    """One of C categories, and K numbers in [-1, 1]: as a row, the one-hot and then the numbers, (B, C + K)."""

    def __init__(self, categories: int = 10, continuous: int = 2):
        [self.categories] = checks.at_least(2, categories=categories)
        [self.continuous] = checks.at_least(0, continuous=continuous)

    @property
    def size(self) -> int:
        """C + K."""
        return self.categories + self.continuous

    @property
    def entropy(self) -> float:
        """Of the prior, in nats: ln C + K ln 2. The numbers' part is differential."""
        return categorical_entropy(self.categories) + uniform_entropy(self.continuous)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """From the prior, uniform in all: -> (n, C + K)."""
        checks.at_least(1, n=n)
        checks.noise(generator)
        category = torch.randint(self.categories, (n,), generator=generator)
        return self.join(category, 2 * torch.rand(n, self.continuous, generator=generator) - 1)

    def join(self, category: Tensor, continuous: Tensor) -> Tensor:
        """Codes set by hand: categories 0, ..., C - 1 (B,) and numbers (B, K) -> (B, C + K)."""
        category = checks.whole("category", category, "B?", below=self.categories)
        checks.real("continuous", continuous, "B K", B=len(category), K=self.continuous)
        return torch.cat([one_hot(category, self.categories).to(continuous), continuous], dim=1)


# --- information, in nats


def categorical_entropy(categories: int) -> float:
    """H(c) of the uniform prior of C categories: ln C. That of a drawn one-hot would be 0."""
    checks.at_least(1, categories=categories)
    return math.log(categories)


def uniform_entropy(continuous: int) -> float:
    """h(c) of K independent numbers uniform in [-1, 1]: K ln 2. A unit Gaussian's would be K 1.42."""
    [continuous] = checks.at_least(0, continuous=continuous)
    return continuous * math.log(2)


def categorical_bound(logits: Tensor, category: Tensor) -> Tensor:
    """L_I = mean log Q(c|x) + ln C <= I(c; x) <= ln C: logits (B, C), one-hot (B, C) -> scalar.

    I - L_I = E KL(p(c|x) || Q(c|x)): nothing is lost where Q is the true posterior.
    """
    category = checks.alike(
        "category", category, checks.real("logits", logits, "B C", finite=False)
    )
    log_q = (category * logits.log_softmax(1)).sum(1)
    return log_q.mean() + categorical_entropy(logits.shape[1])


def continuous_bound(mean: Tensor, log_std: Tensor, value: Tensor) -> Tensor:
    """L_I = mean log N(c; mean, std^2) + K ln 2 <= I(c; x): (B, K) three times -> scalar.

    log N(c) = sum_k -1/2 ((c - mean) / std)^2 - log_std - 1/2 ln 2 pi. The prior is uniform in [-1, 1];
    only the guess is Gaussian.
    """
    checks.real("mean", mean, "B K?", finite=False)
    log_std, value = checks.alike("log_std", log_std, mean), checks.alike("value", value, mean)
    error = (value - mean) * (-log_std).exp()
    log_q = -(error.square() / 2 + log_std + math.log(2 * math.pi) / 2).sum(1)
    return log_q.mean() + uniform_entropy(mean.shape[1])


def information_bound(guess: Guess, code: Tensor) -> Tensor:
    """L_I of all codes, the sum of both bounds: Q's guess at fakes and their codes (B, C + K) -> scalar."""
    checks.kind("guess", guess, Guess)
    logits, mean, log_std = guess
    checks.real("guess.logits", logits, "B C", finite=False)
    checks.real("guess.mean", mean, "B K?", B=len(logits), finite=False)
    sizes = logits.shape[1], mean.shape[1]
    code = checks.alike("code", code, logits.new_empty(len(logits), sum(sizes)))
    category, value = code.split(sizes, dim=1)
    return categorical_bound(logits, category) + continuous_bound(mean, log_std, value)


def information_loss(guess: Guess, code: Tensor) -> Tensor:
    """-L_I: of fakes, whose codes are known, and never of real images. lambda is the caller's factor."""
    return -information_bound(guess, code)


# --- networks


class InfoGenerator(Generator):
    """A DCGAN's generator of noise and codes side by side: (B, Z), (B, C + K) -> (B, C', size, size)."""

    def __init__(
        self,
        codes: Codes,
        size: int = 16,
        channels: int = 1,
        *,
        latent_dim: int = 16,
        width: int = 32,
    ):
        super().__init__(latent_dim)
        checks.kind("codes", codes, Codes)
        self.code_size = codes.size
        self.body = DCGANGenerator(size, channels, self.latent_dim + codes.size, width)

    def forward(self, z: Tensor, code: Tensor) -> Tensor:
        self.check_noise(z)
        code = checks.alike("code", code, z.new_empty(len(z), self.code_size))
        return self.body(torch.cat([z, code], dim=1))


class Q(nn.Module):
    """A hidden layer and a guess at the codes: features (B, F) -> `Guess`."""

    def __init__(self, codes: Codes, features: int, hidden: int = 96):
        super().__init__()
        checks.kind("codes", codes, Codes)
        features, hidden = checks.at_least(1, features=features, hidden=hidden)
        self.features = features
        self.sizes = [codes.categories, codes.continuous, codes.continuous]
        first = nn.Linear(features, hidden, bias=False)
        last = nn.Linear(hidden, sum(self.sizes))
        self.layers = nn.Sequential(first, nn.BatchNorm1d(hidden), nn.LeakyReLU(LEAK), last)

    def forward(self, h: Tensor) -> Guess:
        checks.into(self, "h", h, "B F", F=self.features)
        logits, mean, free = self.layers(h).split(self.sizes, dim=1)
        return Guess(logits, mean, LOG_STD * (free / LOG_STD).tanh())


class InfoDiscriminator(DCGANDiscriminator):
    """A DCGAN's discriminator with Q as a second head: both read the trunk, all but the last convolution.

    Called, it answers logits (B,) alone. D is `layers`, Q is `q`: who moves is the optimizers' matter.
    """

    def __init__(
        self,
        codes: Codes,
        size: int = 16,
        channels: int = 1,
        *,
        width: int = 32,
        hidden: int = 96,
    ):
        super().__init__(size, channels, width)
        self.q = Q(codes, 16 * self.layers[-2].in_channels, hidden)

    def both(self, x: Tensor) -> tuple[Tensor, Guess]:
        """Logits (B,) and Q's guess from one pass of the trunk."""
        h = self.trunk(x)
        return self.layers[-2:](h), self.q(h.flatten(1))

    def guess(self, x: Tensor) -> Guess:
        """Q's guess at the codes of images, real ones too: a classifier that nobody gave labels."""
        return self.both(x)[1]

    def trunk(self, x: Tensor) -> Tensor:
        """The last hidden map, that Q sees: images (B, C', size, size) -> (B, F / 16, 4, 4)."""
        check_data(self, x)
        return self.layers[:-2](2 * x - 1)


def guess_back(
    D: InfoDiscriminator,
    G: InfoGenerator,
    codes: Codes,
    n: int,
    generator: torch.Generator | None = None,
    *,
    shown: Callable[[Tensor], Tensor] = lambda x: x,
) -> tuple[Tensor, Guess, Tensor]:
    """D's logits of n fresh fakes, Q's guess at their codes, and these codes: -> (n,), Guess, (n, C + K).

    With gradients to D, Q and G. No real image takes part: none has a code to be guessed.
    D and Q see `shown(fake)`, (n, C', H, W) in [0, 1]; show them real images likewise.
    """
    checks.kind("D", D, InfoDiscriminator)
    checks.kind("G", G, Generator)
    checks.kind("codes", codes, Codes)
    checks.function("shown", shown)
    code = codes.sample(n, generator)
    fake = shown(G(G.noise(n, generator), code))
    logits, guess = D.both(checks.dense("shown(fake)", fake, "n ...", n=n))
    return logits, guess, code
