"""Recipes of the digit classifier and of DCGANs at 16 x 16, and their scores."""

import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LinearLR

from genlib import checks, weights
from genlib.data import augment, digits, enlarge
from genlib.metrics import frechet_distance
from genlib.models import (
    DCGANDiscriminator,
    DCGANGenerator,
    DigitClassifier,
    Generator,
)
from genlib.models.gan import discriminator_loss, nonsaturating_loss, real_and_fake
from genlib.pretrain.likelihood import Recipe, as_shipped
from genlib.training import Average, Player, fit, keep_best, minibatches


def moved_digits(split: str, copies: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Each digit of a split, 16 x 16, moved `copies` times: (copies N, 1, 16, 16), (copies N,)."""
    checks.at_least(1, copies=copies)
    images, labels = digits(split)
    many = enlarge(images).repeat(copies, 1, 1, 1)
    return augment(many, torch.Generator().manual_seed(seed)), labels.repeat(copies)


def accuracy(model: nn.Module, x: Tensor, labels: Tensor) -> float:
    """The share of images whose largest logit is their class: (N, C, H, W), (N,) -> a share."""
    labels = checks.whole("labels", labels, "N", N=len(checks.dense("x", x, "N ...")))
    with torch.no_grad():
        return (model(x).argmax(1) == labels).double().mean().item()


def train_classifier(steps: int, seed: int = 0) -> DigitClassifier:
    """Moved digits of train anew in each batch; the step, among about 20, with the least loss on moved valid."""
    torch.manual_seed(seed)
    noise = torch.Generator().manual_seed(seed)
    images, labels = digits("train")
    held, held_labels = moved_digits("valid", copies=5, seed=1)
    model = DigitClassifier()
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.004, steps)
    score = lambda m: cross_entropy(m(held), held_labels).item()
    best = keep_best(model, score, every=max(steps // 20, 1))
    loss = lambda x, label: cross_entropy(model(augment(x, noise)), label)
    batches = minibatches(enlarge(images), labels, size=64, generator=noise)

    def on_step(step: int) -> bool:
        schedule.step()
        return best(step)

    fit({"classifier": Player(model, loss, optimizer)}, batches, steps, on_step)
    best.restore()
    return model


def classifier_digits(path: str | None = None, steps: int = 1000) -> Recipe:
    """A classifier of the course's digits at 16 x 16, for the Frechet distance; 20 seconds of one core."""
    start = time.process_time()
    model = as_shipped(train_classifier(steps))
    seconds = time.process_time() - start
    found = {split: accuracy(model, *moved_digits(split, 5, seed=2)) for split in ("valid", "test")}
    return model, {
        "model": "DigitClassifier()",
        "data": "the course's digits, 16 x 16, moved",
        "recipe": "python -m genlib.pretrain classifier_digits",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
        "accuracy": f"valid {found['valid']:.4f}, test {found['test']:.4f}, each digit moved 5 times",
    }


def train_gan(
    G: Generator,
    D: nn.Module,
    steps: int,
    seed: int = 0,
    on_step: Callable[[int, Generator], bool | None] = lambda step, average: None,
    *,
    lr: tuple[float, float] = (2e-4, 1e-3),
    last: float = 0.02,
    size: int = 32,
) -> Generator:
    """The moving average of G after a game with D on the moved digits, `size` at a step.

    Adam without much momentum; the rates `lr` of D and G fall in a line to `last` times that.
    `on_step(step, average)` is called after each step and may end the game by returning True.
    """
    average, noise = Average(G, decay=0.98), torch.Generator().manual_seed(seed)
    batches = minibatches(moved_digits("train", copies=10)[0], size=size, generator=noise)
    of_D = lambda real: discriminator_loss(*real_and_fake(D, G, real, generator=noise))
    of_G = lambda real: nonsaturating_loss(D(G(G.noise(len(real), noise))))
    adams = [
        torch.optim.Adam(player.parameters(), rate, betas=(0.5, 0.999))
        for player, rate in zip((D, G), lr, strict=True)
    ]
    schedules = [LinearLR(adam, 1.0, last, steps) for adam in adams]

    def after(step: int) -> bool | None:
        average(step)
        for schedule in schedules:
            schedule.step()
        return on_step(step, average.module)

    players = {"discriminator": Player(D, of_D, adams[0]), "generator": Player(G, of_G, adams[1])}
    fit(players, batches, steps, after)
    return average.module


def shipped_classifier() -> DigitClassifier:
    """The digit classifier of `classifier_digits`, in eval mode: it saw train alone."""
    classifier = DigitClassifier().eval()
    weights.load("classifier_digits", classifier)
    return classifier


@torch.no_grad()
def digit_features(x: Tensor) -> Tensor:
    """What the shipped classifier sees before its last layer: (N, 1, 16, 16) -> (N, F)."""
    classifier = shipped_classifier()
    return torch.cat([classifier.features(part) for part in x.split(500)])


def real_features(split: str, n: int, seed: int = 3) -> Tensor:
    """The same of n moved digits of a split: -> (n, F)."""
    checks.at_least(1, n=n)
    copies = -(-n // len(digits(split)[0]))
    return digit_features(moved_digits(split, copies, seed)[0][:n])


def frechet_of_digits(images: Tensor, n: int = 3000) -> float:
    """Frechet distance of the first n images to n moved digits of test, in the shipped classifier's features."""
    return frechet_distance(digit_features(images[:n]), real_features("test", n))


def dcgan_pair() -> nn.ModuleDict:
    """The untrained DCGAN of 16 x 16 digits: its "generator" of 16 numbers and its "discriminator"."""
    return nn.ModuleDict(
        {"generator": DCGANGenerator(latent_dim=16), "discriminator": DCGANDiscriminator()}
    )


def dcgan_digits(path: str | None = None, steps: int = 6000) -> Recipe:
    """A DCGAN of the moved digits, four times a notebook's steps; two minutes of one core."""
    torch.manual_seed(0)
    pair, start = dcgan_pair(), time.process_time()
    pair["generator"] = train_gan(pair["generator"], pair["discriminator"], steps)
    pair, seconds = as_shipped(pair), time.process_time() - start
    samples = pair["generator"].sample(3000, generator=torch.Generator().manual_seed(0))
    return pair, {
        "model": "DCGANGenerator(latent_dim=16) and DCGANDiscriminator()",
        "data": "the course's digits, 16 x 16, moved",
        "recipe": "python -m genlib.pretrain dcgan_digits",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
        "frechet": f"{frechet_of_digits(samples):.1f} to test, 3000 images each",
    }


# the steps after which samples are kept
MOMENTS = (1, 20, 50, 100, 150, 200, 300, 500, 750, 1000, 1500)


class Frames(nn.Module):
    """Samples of five seeds as training went: levels 0 to 255 (5, M, 40, 16, 16), Frechet distances (5, M)."""

    def __init__(self, seeds: int = 5, moments: int = len(MOMENTS), images: int = 40):
        super().__init__()
        shape = (seeds, moments, images, 16, 16)
        self.register_buffer("levels", torch.zeros(shape, dtype=torch.uint8))
        self.register_buffer("frechet", torch.zeros(shape[:2]))


def dcgan_frames(path: str | None = None, steps: int = MOMENTS[-1]) -> Recipe:
    """What five DCGANs draw as they learn, from the same noise each time; three minutes of one core."""
    frames, start = Frames(), time.process_time()

    def note(seed: int, step: int, average: Generator) -> None:
        if step + 1 in MOMENTS:
            x = average.sample(3000, generator=torch.Generator().manual_seed(0))
            at = seed, MOMENTS.index(step + 1)
            frames.levels[at] = (255 * x[:40, 0]).round().byte()
            frames.frechet[at] = frechet_of_digits(x)

    for seed in range(5):
        torch.manual_seed(seed)
        pair = dcgan_pair()
        train_gan(pair["generator"], pair["discriminator"], steps, seed, partial(note, seed))
    return frames, {
        "model": "samples of DCGANGenerator(latent_dim=16), 8 bits a pixel",
        "data": "the course's digits, 16 x 16, moved",
        "recipe": "python -m genlib.pretrain dcgan_frames",
        "steps": steps,
        "seed": "0 to 4",
        "seconds": round(time.process_time() - start),
        "frechet": "at the end " + ", ".join(f"{d:.1f}" for d in frames.frechet[:, -1]),
    }
