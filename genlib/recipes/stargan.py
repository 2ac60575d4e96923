"""Recipes of notebook 11: StarGANs of drawn faces."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn

from genlib import weights
from genlib.data import face_labels, many_faces
from genlib.data.faces import LABELS
from genlib.judges import EDITS, edited_faces, judge_edits
from genlib.models import StarDiscriminator, StarGenerator
from genlib.models.cyclegan import cycle_loss
from genlib.models.gan import (
    critic_generator_loss,
    critic_loss,
    gradient_penalty,
)
from genlib.models.stargan import known_labels, label_loss
from genlib.recipes import Recipe
from genlib.recipes._trainings import OnAverage, ignore, play_averaged
from genlib.training import Player, adam, keep_best, minibatches
from genlib.training.processes import own_seed
from genlib.weights import as_shipped

DATA = "drawn faces, 32 x 32"
FACES, VALID, HELD = 6000, 2000, 1000  # how many faces are trained on; seeds of others
LIVE = 500  # steps, the notebook's budget
# of a long training
LONG = {"lr": 5e-4, "last": 0.02, "decay": 0.998, "std": (0.3, 0.0)}
PENALTY, RECONSTRUCTION = 10.0, 10.0
HALVES = 3, 3  # labels of two data sets: of the hair, and the rest
NOISE = 0.1, 0.1  # standard deviation on all that D sees, at the start and at the end


def star_pair(*, halves: bool = False, masked: bool = True) -> nn.ModuleDict:
    """The untrained StarGAN of faces: its "generator", with a mask or without, and its "discriminator".

    With `halves` the generator is told labels of two data sets, and which of them it is.
    """
    labels = len(LABELS)
    generator = StarGenerator(labels + len(HALVES) if halves else labels, masked=masked)
    return nn.ModuleDict({"generator": generator, "discriminator": StarDiscriminator(labels)})


def star_losses(
    pair: nn.ModuleDict,
    noise: torch.Generator,
    *,
    labels: float = 1.0,
    reconstruction: float = RECONSTRUCTION,
    steps: int = 1,
    std: tuple[float, float] = NOISE,
    halves: bool = False,
) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """What D loses and what G loses at a batch of pictures and their labels, in this order.

    The target of a picture are the labels of another one of the batch. `labels` is the weight of what D reads. All that
    D sees is blurred by noise, so that nothing can be written for it that no eye would find; its `std` goes in a line from the
    first to the second number in so many steps. With `halves`
    the first half of a batch is from a data set that tells the hair alone, the rest from one that tells all else.
    """
    G, D = pair["generator"], pair["discriminator"]
    made, turns = [], itertools.count()
    levels = lambda step: std[0] + (std[1] - std[0]) * min(1.0, step / steps)

    def blurred(x: Tensor, level: float) -> Tensor:
        return x + level * torch.randn(x.shape, generator=noise)

    def source(label: Tensor) -> Tensor:
        return (torch.arange(len(label)) >= len(label) // 2).long()

    def told(label: Tensor) -> Tensor:
        return known_labels(label, source(label), HALVES) if halves else label

    def known(label: Tensor) -> Tensor:  # which of them D reads
        every = torch.ones_like(label)
        return known_labels(every, source(label), HALVES)[:, : len(LABELS)] if halves else every

    def draw(real: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        half = len(label) // 2 if halves else 0  # no target is from the other data set
        parts = [part for part in (label[:half], label[half:]) if len(part)]
        target = torch.cat([part[torch.randperm(len(part), generator=noise)] for part in parts])
        return target, G(real, told(target))

    def of_D(real: Tensor, label: Tensor) -> Tensor:
        made[:] = [(*draw(real, label), level := levels(next(turns)))]  # once for both players
        real, fake = blurred(real, level), blurred(made[0][1].detach(), level)
        score, said = D.both(real)
        loss = critic_loss(score, D(fake)) + labels * label_loss(said, label, known(label))
        return loss + PENALTY * gradient_penalty(D, real, fake, noise)

    def of_G(real: Tensor, label: Tensor) -> Tensor:
        target, fake, level = made.pop() if made else (*draw(real, label), levels(next(turns)))
        score, said = D.both(blurred(fake, level))
        loss = critic_generator_loss(score) + labels * label_loss(said, target, known(target))
        return loss + reconstruction * cycle_loss(real, G(fake, told(label)))

    return of_D, of_G


def train_star(
    pair: nn.ModuleDict,
    steps: int,
    seed: int = 0,
    *,
    lr: float = 1e-3,
    last: float = 0.4,
    every: int = 2,
    decay: float = 0.99,
    on_step: OnAverage = ignore,
    **settings: float,
) -> StarGenerator:
    """Train the pair on drawn faces, 16 at a step, and return the moving average of G.

    G moves at each second step, or what `every` says; the rate falls from `lr` to `last` times it. `on_step(step, average)` is called
    after each. Other settings are those of `star_losses`.
    """
    noise = torch.Generator().manual_seed(own_seed(seed))
    real, attributes, _ = many_faces(FACES, seed=seed)
    of_D, of_G = star_losses(pair, noise, steps=steps, **settings)
    G, D = pair["generator"], pair["discriminator"]
    players = {
        "D": Player(D, of_D, adam(D.parameters(), lr)),
        "G": Player(G, of_G, adam(G.parameters(), lr), every),
    }
    batches = minibatches(real, face_labels(attributes), size=16, generator=noise)
    return play_averaged(players, G, batches, steps, decay=decay, on_step=on_step, last=last)


def trained_star(
    steps: int, seed: int, *, halves: bool = False, masked: bool = True, **settings
) -> StarGenerator:
    """The averaged generator of a StarGAN trained from the first weights of that seed."""
    torch.manual_seed(seed)
    return train_star(
        star_pair(halves=halves, masked=masked), steps, seed, halves=halves, **settings
    )


def as_told(attributes: Tensor, word: str) -> Tensor:
    """What a generator of two data sets is told when it is to change one thing, from that thing's set: (N, 5) -> (N, 8)."""
    place, _ = EDITS[word]
    source = torch.full((len(attributes),), int(place > 0))
    return known_labels(face_labels(attributes), source, HALVES)


def shipped_star() -> StarGenerator:
    """The generator of `stargan_faces`, in eval mode."""
    generator = StarGenerator(len(LABELS)).eval()
    weights.load_or_train("stargan_faces", generator)
    return generator


def stargan_faces(steps: int = 8000) -> Recipe:
    """Train a StarGAN of drawn faces, a quarter of an hour of one core, and keep the average that is best on valid faces."""
    valid, best = edited_faces(240, VALID), []

    def score(average: StarGenerator) -> float:
        found = judge_edits(average, valid)
        return -found["reached"] - found["kept"]

    def note(step: int, average: StarGenerator) -> None:
        if not best:
            best.append(keep_best(average, score, every=max(steps // 16, 1)))
        best[0](step)

    generator = trained_star(steps, 1, on_step=note, **LONG)
    best[0].restore()
    generator = as_shipped(generator)
    found = judge_edits(generator, edited_faces(480, HELD))
    told = ", ".join(f"{name} {score:.3f}" for name, score in found.items())
    model = f"StarGenerator({len(LABELS)})"
    return generator, {"model": model, "data": DATA, "seed": 1, "accuracy": told}
