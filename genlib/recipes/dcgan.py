"""Recipes of notebook 06: the digit classifier, and DCGANs of digits at 16 x 16."""

from collections.abc import Callable
from functools import partial

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import OneCycleLR

from genlib.data import augment, digits, enlarge, moved_digits
from genlib.judges import accuracy, frechet_of_digits
from genlib.models import DCGANDiscriminator, DCGANGenerator, DigitClassifier, Generator
from genlib.models.gan import discriminator_loss, nonsaturating_loss, real_and_fake
from genlib.recipes import Recipe
from genlib.training import Average, Player, adam, fit, keep_best, minibatches, play
from genlib.weights import Record, as_shipped

DATA = "the course's digits, 16 x 16, moved"
MOMENTS = (1, 20, 50, 100, 150, 200, 300, 500, 750, 1000, 1500)  # steps after which frames are kept


def train_classifier(steps: int, seed: int = 0) -> DigitClassifier:
    """Train on moved digits, anew in each batch, and return the best of 20 steps by the loss on moved valid."""
    torch.manual_seed(seed)
    noise = torch.Generator().manual_seed(seed)
    images, labels = digits("train")
    held, held_labels = moved_digits("valid", copies=5, seed=1)
    model = DigitClassifier()
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    schedule = OneCycleLR(optimizer, 0.004, steps)
    score = lambda m: cross_entropy(m(held), held_labels).item()
    best = keep_best(model, score, every=max(steps // 20, 1))
    loss = lambda x, label: cross_entropy(model(augment(x, noise)), label)
    batches = minibatches(enlarge(images), labels, size=64, generator=noise)
    players = {"classifier": Player(model, loss, optimizer)}
    fit(players, batches, steps, [lambda step: schedule.step(), best])
    best.restore()
    return model


def classifier_digits(steps: int = 1000) -> Recipe:
    """Train a classifier of the course's digits, for the Frechet distance; 20 seconds of one core."""
    model = as_shipped(train_classifier(steps))
    found = {split: accuracy(model, *moved_digits(split, 5, seed=2)) for split in ("valid", "test")}
    return model, {
        "model": "DigitClassifier()",
        "data": DATA,
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
    """Train G and D on the moved digits, `size` at a step, and return the moving average of G.

    The rates `lr` of D and G fall in a line to `last` times that. `on_step(step, average)` is called after each
    step and may end the game by returning True.
    """
    average, noise = Average(G, decay=0.98), torch.Generator().manual_seed(seed)
    batches = minibatches(moved_digits("train", copies=10)[0], size=size, generator=noise)
    of_D = lambda real: discriminator_loss(*real_and_fake(D, G, real, generator=noise))
    of_G = lambda real: nonsaturating_loss(D(G(G.noise(len(real), noise))))
    players = {
        "discriminator": Player(D, of_D, adam(D.parameters(), lr[0], fused=False)),
        "generator": Player(G, of_G, adam(G.parameters(), lr[1], fused=False)),
    }
    after = lambda step: on_step(step, average.module)
    play(players, batches, steps, [average, after], last=last)
    return average.module


def dcgan_pair() -> nn.ModuleDict:
    """The untrained DCGAN of 16 x 16 digits: its "generator" of 16 numbers and its "discriminator"."""
    return nn.ModuleDict(
        {"generator": DCGANGenerator(latent_dim=16), "discriminator": DCGANDiscriminator()}
    )


def dcgan_digits(steps: int = 6000) -> Recipe:
    """Train a DCGAN of the moved digits, four times a notebook's steps; two minutes of one core."""
    torch.manual_seed(0)
    pair = dcgan_pair()
    pair["generator"] = train_gan(pair["generator"], pair["discriminator"], steps)
    pair = as_shipped(pair)
    samples = pair["generator"].sample(3000, generator=torch.Generator().manual_seed(0))
    return pair, {
        "model": "dcgan_pair()",
        "data": DATA,
        "frechet": f"{frechet_of_digits(samples):.1f} to test, 3000 images each",
    }


def blank_frames() -> Record:
    """To be filled: samples of five seeds at MOMENTS, levels 0 to 255 (5, M, 40, 16, 16), and Frechet distances (5, M)."""
    shape = (5, len(MOMENTS))
    levels = torch.zeros(*shape, 40, 16, 16, dtype=torch.uint8)
    return Record(levels=levels, frechet=torch.zeros(shape))


def dcgan_frames(steps: int = MOMENTS[-1]) -> Recipe:
    """Record what DCGANs of five seeds draw as they learn; three minutes of one core."""
    frames = blank_frames()

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
        "data": DATA,
        "seed": "0 to 4",
        "frechet": "at the end " + ", ".join(f"{d:.1f}" for d in frames.frechet[:, -1]),
    }
