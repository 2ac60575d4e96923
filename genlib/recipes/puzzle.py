"""Recipes of notebook 09: the classifier of faces, and a Puzzle-GAN of faces."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn

from genlib import weights
from genlib.data import box_mask, cut_pieces, many_faces
from genlib.judges import face_puzzles, judge_puzzle
from genlib.models import AttributeClassifier, DCGANDiscriminator, PuzzleGenerator
from genlib.models.gan import discriminator_loss, nonsaturating_loss, r1_penalty
from genlib.models.puzzle import appearance_loss, composites, spatial_loss
from genlib.models.text2image import matching_loss
from genlib.recipes import Recipe
from genlib.recipes._trainings import LAZY, OnAverage, ignore, play_averaged
from genlib.training import Player, adam, fit, keep_best, minibatches
from genlib.training.processes import own_seed
from genlib.weights import Record, as_shipped

DATA = "drawn faces, 32 x 32"
FIRST, LAST = 0.1, 0.05  # the weight of L_S and L_A, at the start and at the end
GAMMA = 0.5  # of R1
# of a long training
LONG = {"last": 0.02, "gamma": 0.1, "lr": 1e-3, "slowest": 0.02, "every": 1, "decay": 0.998}
LIVE = 750  # steps, the notebook's budget
FACES, VALID, HELD = 4000, 2000, 1000  # how many faces are trained on; seeds of others


def classifier_faces(steps: int = 600) -> Recipe:
    """Train a classifier of the attributes of drawn faces, some 20 seconds of one core."""
    torch.manual_seed(0)
    model = AttributeClassifier(features=12)
    x, attributes, _ = many_faces(6000, seed=100)
    batches = minibatches(
        x, attributes, size=64, generator=torch.Generator().manual_seed(own_seed(0))
    )
    fit({"classifier": Player(model, model.loss, adam(model.parameters(), 2e-3))}, batches, steps)
    model, (held, true, _) = as_shipped(model), many_faces(2000, seed=101)
    right = (model.attributes(held) == true).all(1).double().mean()
    told = f"all five attributes right: {right:.4f} of 2000 faces"
    return model, {"model": "AttributeClassifier(features=12)", "data": DATA, "accuracy": told}


def puzzle_pair() -> nn.ModuleDict:
    """The untrained Puzzle-GAN of 32 x 32 faces: its "generator" and its "discriminator"."""
    discriminator = DCGANDiscriminator(32, channels=3, features=16, batch_norm=False)
    return nn.ModuleDict({"generator": PuzzleGenerator(), "discriminator": discriminator})


def puzzle_losses(
    pair: nn.ModuleDict,
    noise: torch.Generator,
    steps: int,
    *,
    last: float = LAST,
    gamma: float = GAMMA,
    spatial: bool = True,
    appearance: bool = True,
    shuffled: bool = True,
    adversary: bool = True,
) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """What D loses and what G loses at a batch of pictures and boxes, each part of which may be left out.

    The weight of L_S and L_A falls from FIRST to `last` in so many steps, by the same factor in each. `shuffled`: D sees
    composites with the next picture of the batch as fakes, too. `gamma` is the weight of D's R1 penalty.
    """
    G, D = pair["generator"], pair["discriminator"]
    turns, factor = itertools.count(), (last / FIRST) ** (1 / steps)
    lazy, drawn = itertools.cycle([True] + [False] * (LAZY - 1)), []

    def draw(real: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        return G(G.noise(len(real), noise), cut_pieces(real, boxes))

    def of_D(real: Tensor, boxes: Tensor) -> Tensor:
        drawn[:] = [draw(real, boxes)]  # once for both players
        fake = drawn[0][1].detach()
        if shuffled:
            mixed = torch.cat(composites(box_mask(boxes), real, real.roll(1, 0)))
            loss = matching_loss(D(real), D(mixed), D(fake))
        else:
            loss = discriminator_loss(D(real), D(fake))
        return loss + LAZY * gamma * r1_penalty(D, real) if next(lazy) else loss

    def of_G(real: Tensor, boxes: Tensor) -> Tensor:
        weight, true_mask = FIRST * factor ** next(turns), box_mask(boxes)
        mask, fake = drawn.pop() if drawn else draw(real, boxes)
        loss = nonsaturating_loss(D(fake)) if adversary else 0.0
        if spatial:
            loss = loss + weight * spatial_loss(mask, true_mask)
        if appearance:
            loss = loss + weight * appearance_loss(mask, fake, true_mask, real)
        return loss

    return of_D, of_G


def train_puzzle(
    pair: nn.ModuleDict,
    steps: int,
    seed: int = 0,
    *,
    lr: float = 2e-3,
    slowest: float = 0.1,
    every: int = 2,
    decay: float = 0.99,
    on_step: OnAverage = ignore,
    **settings: bool | float,
) -> PuzzleGenerator:
    """Train the pair on drawn faces and their key pieces, 16 at a step, and return the moving average of G.

    The rate falls from `lr` to `slowest` times it; D moves at each second step, or what `every` says, if G heeds it.
    `on_step(step, average)` is called after each. Other settings are those of `puzzle_losses`.
    """
    noise = torch.Generator().manual_seed(own_seed(seed))
    real, boxes = face_puzzles(FACES, seed)
    of_D, of_G = puzzle_losses(pair, noise, steps, **settings)
    G, D = pair["generator"], pair["discriminator"]
    of = lambda net: adam(net.parameters(), lr, betas=(0.0, 0.99))
    players = {"D": Player(D, of_D, of(D), every), "G": Player(G, of_G, of(G))}
    if not settings.get("adversary", True):
        del players["D"]
    batches = minibatches(real, boxes, size=16, generator=noise)
    return play_averaged(players, G, batches, steps, decay=decay, on_step=on_step, last=slowest)


def trained_puzzle(steps: int, seed: int, **settings: bool | float) -> PuzzleGenerator:
    """The averaged generator of a Puzzle-GAN trained from the first weights of that seed."""
    torch.manual_seed(seed)
    return train_puzzle(puzzle_pair(), steps, seed, **settings)


WITHOUT = {  # which part of the loss is left out
    "all parts": {},
    "no mask loss": {"spatial": False},
    "no pieces' loss": {"appearance": False},
    "no composites": {"shuffled": False},
    "no adversary": {"adversary": False},
}


def blank_parts(n: int = 8) -> Record:
    """What `puzzle_parts` records, all 0: masks and pictures of n faces without each part, 8 bits a number."""
    parts, byte = len(WITHOUT), {"dtype": torch.uint8}
    return Record(
        mask=torch.zeros(parts, n, 1, 32, 32, **byte),
        picture=torch.zeros(parts, n, 3, 32, 32, **byte),
    )


def puzzle_parts(steps: int = LIVE) -> Recipe:
    """Record what Puzzle-GANs of one seed draw when a part of the loss is left out; five minutes of one core."""
    record, pieces = blank_parts(), face_puzzles(8, HELD).pieces
    for place, settings in enumerate(WITHOUT.values()):
        generator = trained_puzzle(steps, 0, **settings)
        found = generator.sample(8, pieces, generator=torch.Generator().manual_seed(0))
        record.mask[place], record.picture[place] = ((255 * x).round().byte() for x in found)
    told = "eight held-out faces, with " + ", ".join(WITHOUT)
    return record, {
        "model": "samples of PuzzleGenerator(), 8 bits a number",
        "data": DATA,
        "accuracy": told,
    }


def shipped_puzzle() -> PuzzleGenerator:
    """The generator of `puzzle_faces`, in eval mode."""
    generator = PuzzleGenerator().eval()
    weights.load_or_train("puzzle_faces", generator)
    return generator


def puzzle_faces(steps: int = 8000) -> Recipe:
    """Train a Puzzle-GAN of drawn faces, a quarter of an hour of one core, and keep the average that is nearest to valid faces."""
    valid, best = face_puzzles(500, VALID), []

    def note(step: int, average: PuzzleGenerator) -> None:
        score = lambda average: judge_puzzle(average, valid)["frechet"]
        if not best:
            best.append(keep_best(average, score, every=max(steps // 16, 1)))
        best[0](step)

    generator = trained_puzzle(steps, 1, on_step=note, **LONG)
    best[0].restore()
    generator = as_shipped(generator)
    found = judge_puzzle(generator, face_puzzles(500, HELD))
    told = ", ".join(f"{name} {score:.3f}" for name, score in found.items())
    return generator, {"model": "PuzzleGenerator()", "data": DATA, "seed": 1, "accuracy": told}
