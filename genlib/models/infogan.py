"""InfoGAN: a generator whose codes can be guessed back from its images (Chen et al., 2016).

    min over G, Q, max over D:  V(D, G) - lambda L_I,   L_I = E log Q(c|x) + H(c) <= I(c; x)

Nobody gives labels: c is drawn, x = G(z, c) is made of it, and Q guesses c from x. As a game of `training.fit`:

    logits, guess, code = guess_back(D, G, codes, len(real))
    of_G = nonsaturating_loss(logits) - lam * information_bound(guess, code)   moves G and D.q
    of_D = discriminator_loss(D(real), logits)                                 moves D.layers

In the line above the trunk belongs to both D and Q. The authors' code gives of_D the information loss as well, so that
the trunk learns for Q too. Without it the trunk serves D alone, and `fit` moves nobody but the optimizer's own weights.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from genlib import checks
from genlib.models.conditional import Codes
from genlib.models.dcgan import DCGANDiscriminator
from genlib.models.gan import Generator
from genlib.models.networks import LEAK, bounded_log_std, check_data

NUMBERS = 0.1  # what a nat of the continuous codes counts beside one of the category


class Guess(NamedTuple):
    """Q(c|x): a category's logits (B, C), and a Gaussian's mean and log_std (B, K) of continuous codes."""

    logits: Tensor
    mean: Tensor
    log_std: Tensor


# --- information, in nats


def categorical_bound(logits: Tensor, category: Tensor) -> Tensor:
    """L_I = mean log Q(c|x) + ln C <= I(c; x) <= ln C: logits (B, C), one-hot (B, C) -> scalar.

    I - L_I = E KL(p(c|x) || Q(c|x)): nothing is lost where Q is the true posterior.
    """
    category = checks.alike(
        "category", category, checks.real("logits", logits, "B C", finite=False)
    )
    log_q = (category * logits.log_softmax(1)).sum(1)
    return log_q.mean() + math.log(logits.shape[1])


def continuous_bound(mean: Tensor, log_std: Tensor, value: Tensor) -> Tensor:
    """L_I = mean log N(c; mean, std^2) + K ln 2 <= I(c; x): (B, K) three times -> scalar.

    log N(c) = sum_k -1/2 ((c - mean) / std)^2 - log_std - 1/2 ln 2 pi. The prior is uniform in [-1, 1];
    only the guess is Gaussian.
    """
    checks.real("mean", mean, "B K?", finite=False)
    log_std, value = checks.alike("log_std", log_std, mean), checks.alike("value", value, mean)
    error = (value - mean) * (-log_std).exp()
    log_q = -(error.square() / 2 + log_std + math.log(2 * math.pi) / 2).sum(1)
    return log_q.mean() + mean.shape[1] * math.log(2)


def information_bound(guess: Guess, code: Tensor, numbers: float = NUMBERS) -> Tensor:
    """L_I of the category plus `numbers` times that of the continuous codes, which G and Q raise: -> scalar nats.

    From Q's guess at fakes and their codes, (B, C + K), and never from real images: no code made them. A category
    has at most ln C nats, the continuous part no upper limit, so it weighs less (in the paper too). With numbers = 1
    this is the bound on I(c; x) of all codes.
    """
    checks.number("numbers", numbers, low=0)
    checks.kind("guess", guess, Guess)
    logits, mean, log_std = guess
    checks.real("guess.logits", logits, "B C", finite=False)
    checks.real("guess.mean", mean, "B K?", B=len(logits), finite=False)
    sizes = logits.shape[1], mean.shape[1]
    code = checks.alike("code", code, logits.new_empty(len(logits), sum(sizes)))
    category, value = code.split(sizes, dim=1)
    return categorical_bound(logits, category) + numbers * continuous_bound(mean, log_std, value)


def joint_table(logits: Tensor, others: Tensor) -> Tensor:
    """How often Q finds category i in one moved copy of an image, and j in another: (B, C) twice -> (C, C), sum 1.

    From the logits of both copies, as the mean over the B images, the same for i, j and j, i.
    """
    checks.real("logits", logits, "B C", finite=False)
    others = checks.alike("others", others, logits)
    table = logits.softmax(1).T @ others.softmax(1) / len(logits)
    return (table + table.T) / 2


def agreement(table: Tensor, running: Tensor | None = None) -> Tensor:
    """I(c; c') <= ln C in nats of a `joint_table` (C, C): -> scalar.

    It is ln C where the categories are sure, equally frequent and the same in both copies, and needs no fakes (Ji et
    al., 2019). A batch has few images for C^2 cells. With `running`, a mean of many batches' tables without
    gradient, it is the mean of log p(i, j) / (p(i) p(j)) by that table, and so has the slope of that table's I.
    """
    checks.real("table", table, "C C", low=-1e-6, high=1 + 1e-6)
    running = table if running is None else checks.alike("running", running, table)
    running = running.clamp(min=1e-9)
    log_shares = running.sum(1).log()
    return (table * (running.log() - log_shares[:, None] - log_shares)).sum()


# --- networks


class CodeGuesser(nn.Module):
    """Q: a layer of `hidden` units and a guess at the codes, (B, inputs) -> `Guess`."""

    def __init__(self, codes: Codes, inputs: int, hidden: int = 96):
        super().__init__()
        checks.kind("codes", codes, Codes)
        inputs, hidden = checks.at_least(1, inputs=inputs, hidden=hidden)
        self.sizes = [codes.categories, codes.continuous, codes.continuous]
        first = nn.Linear(inputs, hidden, bias=False)
        last = nn.Linear(hidden, sum(self.sizes))
        self.layers = nn.Sequential(first, nn.BatchNorm1d(hidden), nn.LeakyReLU(LEAK), last)

    def extra_repr(self) -> str:
        codes, (hidden, inputs) = Codes(*self.sizes[:2]), self.layers[0].weight.shape
        return f"{codes}, inputs={inputs}, hidden={hidden}"

    def forward(self, h: Tensor) -> Guess:
        checks.into(self, "h", h, "B F", F=self.layers[0].in_features)
        logits, mean, free = self.layers(h).split(self.sizes, dim=1)
        return Guess(logits, mean, bounded_log_std(free))


class InfoDiscriminator(DCGANDiscriminator):
    """A DCGAN's discriminator with Q as a second head: both read the trunk, all but the last convolution.

    Called, it answers logits (B,) alone. D is `layers`, Q is `q`: who moves is the optimizers' matter. `codes` and
    `hidden` are those of `CodeGuesser`; `size`, `channels` and `features` those of `DCGANDiscriminator`. With
    `own_trunk`, Q does not read the trunk of D, but has one like it within `q`.
    """

    def __init__(
        self,
        codes: Codes,
        size: int = 16,
        channels: int = 1,
        *,
        features: int = 32,
        hidden: int = 96,
        own_trunk: bool = False,
    ):
        super().__init__(size, channels, features)
        checks.kind("own_trunk", own_trunk, bool)
        last = self.head[0]  # as many numbers as it reads
        self.q = CodeGuesser(codes, last.weight.numel(), hidden)
        if own_trunk:
            trunk = DCGANDiscriminator(size, channels, features).trunk
            self.q = nn.Sequential(trunk, nn.Flatten(), self.q)

    def both(self, x: Tensor) -> tuple[Tensor, Guess]:
        """Logits (B,) and Q's guess, from one pass of the trunk unless Q has its own."""
        check_data(self, x)
        h = self.trunk(2 * x - 1)
        return self.head(h), self.q(2 * x - 1) if self.own_trunk else self.q(h.flatten(1))

    def guess(self, x: Tensor) -> Guess:
        """Q's guess at the codes of images, real ones too: a classifier that nobody gave labels."""
        if not self.own_trunk:
            return self.both(x)[1]
        check_data(self, x)
        return self.q(2 * x - 1)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, own_trunk={self.own_trunk}"

    @property
    def own_trunk(self) -> bool:
        """Whether Q has a trunk of its own."""
        return isinstance(self.q, nn.Sequential)


def guess_back(
    D: InfoDiscriminator,
    G: Generator,
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
