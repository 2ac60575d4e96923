"""Trainings that several recipes follow: a classifier of images, and a GAN with or without the paper's settings."""

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import OneCycleLR

from genlib.data import augment, moved_digits
from genlib.models import DigitClassifier, Generator
from genlib.models.gan import discriminator_loss, nonsaturating_loss, r1_penalty
from genlib.training import Average, Player, adam, fit, keep_best, minibatches, play
from genlib.training.processes import own_seed

LAZY = 4  # steps from one penalty to the next
# called after each step with its number and the average of G; True ends the game
OnAverage = Callable[[int, Generator], bool | None]


def train_on_labels(
    model: DigitClassifier,
    train: tuple[Tensor, Tensor],
    valid: tuple[Tensor, Tensor],
    steps: int,
    seed: int = 0,
) -> DigitClassifier:
    """Train on images, moved anew in each batch, and return the model, the best of 20 steps by the loss on valid."""
    noise = torch.Generator().manual_seed(own_seed(seed))
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    schedule = OneCycleLR(optimizer, 0.004, steps)
    held, labels = valid

    def score(model: nn.Module) -> float:
        logits = torch.cat([model(part) for part in held.split(1000)])
        return cross_entropy(logits, labels).item()

    best = keep_best(model, score, every=max(steps // 20, 1))
    loss = lambda x, label: cross_entropy(model(augment(x, noise)), label)
    batches = minibatches(*train, size=64, generator=noise)
    players = {"classifier": Player(model, loss, optimizer)}
    fit(players, batches, steps, [lambda step: schedule.step(), best])
    best.restore()
    return model


def ignore(step: int, average: Generator) -> None:
    """Let the game go on."""


# the settings of the paper, but for the rates
PAPER = {"moved": False, "gamma": 0.0, "lr": (2e-4, 1e-3), "betas": (0.5, 0.999)}
PAPER |= {"decay": 0.98, "warm_up": False}


def play_averaged(
    players: dict[str, Player],
    net: nn.Module,
    batches: Iterator[tuple[Tensor, ...]],
    steps: int,
    *,
    decay: float,
    on_step: OnAverage = ignore,
    **rates: float,
) -> nn.Module:
    """Play a game, and return the moving average of a network; `on_step(step, average)` is called after each step.

    `rates` are those of `play`.
    """
    average = Average(net, decay, warm_up=True)
    hooks = [average, lambda step: on_step(step, average.module)]
    play(players, batches, steps, hooks, **rates)
    return average.module


class Settings(NamedTuple):
    """How `train_gan` trains."""

    moved: bool = True  # D sees real and fake moved once more
    gamma: float = 1.0  # of `r1_penalty`, 0 for none
    lr: tuple[float, float] = (1e-3, 1e-3)  # of D and of G
    last: float = 0.02  # times that is what both rates fall to, in a line
    betas: tuple[float, float] = (0.0, 0.99)  # of Adam
    decay: float = 0.999  # of the average
    warm_up: bool = True  # of the average
    size: int = 32  # of a batch


def train_gan(
    G: Generator,
    D: nn.Module,
    steps: int,
    seed: int = 0,
    on_step: OnAverage = ignore,
    x: Tensor | None = None,
    **settings,
) -> Generator:
    """Train G and D on images x, or the moved digits, by `Settings`, and return the moving average of G."""
    how, noise = Settings(**settings), torch.Generator().manual_seed(own_seed(seed))
    average = Average(G, how.decay, warm_up=how.warm_up)
    shown = lambda x: augment(x, noise) if how.moved else x
    fakes = lambda real: G.sample(len(real), generator=noise)
    turns = itertools.count()

    def of_D(real: Tensor) -> Tensor:
        loss = discriminator_loss(D(shown(real)), D(shown(fakes(real))))
        if not how.gamma or next(turns) % LAZY:
            return loss
        # in a step of its own Adam would make the penalty as large as the loss
        return loss + LAZY * how.gamma * r1_penalty(D, shown(real))

    of_G = lambda real: nonsaturating_loss(D(shown(G(G.noise(len(real), noise)))))
    of = lambda net, lr: adam(net.parameters(), lr, betas=how.betas, fused=False)
    players = {
        "discriminator": Player(D, of_D, of(D, how.lr[0])),
        "generator": Player(G, of_G, of(G, how.lr[1])),
    }
    real = moved_digits("train", copies=10)[0] if x is None else x
    batches = minibatches(real, size=how.size, generator=noise)
    after = lambda step: on_step(step, average.module)
    play(players, batches, steps, [average, after], last=how.last)
    return average.module
