"""Does a GAN find all eight Gaussians of a ring, whatever the seed, and what makes it lose some?

    python benchmarks/gan.py [--seeds 10] [ring collapse ...]

A mode is covered by 2 % of 10,000 samples within 4 std of it. Seconds are CPU time of one thread, training
alone. What is printed is kept in benchmarks/results/gan_*.json.
"""

import time
from collections.abc import Callable, Iterator

import torch
from parts import measure
from torch import Tensor, nn

from genlib.data import gaussian_ring
from genlib.judges import floor, judged
from genlib.models import Generator, MLPDiscriminator, MLPGenerator
from genlib.models.gan import (
    InstanceNoise,
    discriminator_loss,
    minimax_loss,
    nonsaturating_loss,
    real_and_fake,
)
from genlib.training import Average, Player, fit

RING = gaussian_ring()
STEPS = 2500
SAMPLES = 10_000


def adam(module: nn.Module, lr: float, beta: float = 0.5) -> torch.optim.Adam:
    return torch.optim.Adam(module.parameters(), lr, betas=(beta, 0.999))


def points(size: int, seed: int) -> Iterator[tuple[Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    while True:
        yield (RING.sample(size, generator),)


def train(
    seed: int,
    lr: tuple[float, float] = (2e-3, 2e-3),
    beta: float = 0.5,
    loss: Callable[[Tensor], Tensor] = nonsaturating_loss,
    every: tuple[int, int] = (1, 1),
    blur: float = 1.0,
) -> tuple[Generator, Generator, float]:
    """A GAN on the ring: the average of G, G itself, seconds. `lr` and `every` are D's and G's.

    `blur` is the std of D's instance noise, which falls to 0 over the first 70 % of the steps.
    """
    torch.manual_seed(seed)
    G, noise = MLPGenerator((2,)), InstanceNoise(blur)
    D = nn.Sequential(noise, MLPDiscriminator((2,)))
    average = Average(G, decay=0.98)
    of_D = lambda real: discriminator_loss(*real_and_fake(D, G, real))
    of_G = lambda real: loss(D(G(G.noise(len(real)))))
    players = {
        "discriminator": Player(D, of_D, adam(D, lr[0], beta), every[0]),
        "generator": Player(G, of_G, adam(G, lr[1], beta), every[1]),
    }

    def on_step(step: int) -> None:
        noise.std = max(0.0, blur * (1 - step / (0.7 * STEPS)))
        average(step)

    start = time.process_time()
    fit(players, points(128, seed), STEPS, on_step)
    return average.module, G, time.process_time() - start


def scores(G: Generator) -> dict[str, float]:
    """Modes covered, share of samples near a mode, and nats of Jensen-Shannon divergence on the cells."""
    return judged(G.sample(SAMPLES, generator=torch.Generator().manual_seed(0)), RING)


def table(title: str, seeds: int, **settings) -> list[dict[str, float]]:
    """One setting, a seed after the other."""
    print(f"\n{title}\nseed   modes    near    JSD   seconds   (G itself: modes, near)")
    rows = []
    for seed in range(seeds):
        average, G, seconds = train(seed, **settings)
        itself = scores(G)
        row = scores(average) | {"modes_itself": itself["modes"], "near_itself": itself["near"]}
        rows.append(row | {"seed": seed, "seconds": seconds})
        line = "{seed:4} {modes:7} {near:7.3f} {jsd:6.3f} {seconds:9.1f}"
        line += "   ({modes_itself} {near_itself:.3f})"
        print(line.format(**rows[-1]), flush=True)
    return rows


def ring(seeds: int = 10) -> dict:
    """The notebook's own setting."""
    rows = table("ring of eight: non-saturating loss, instance noise", seeds)
    least = floor(RING, SAMPLES)
    good = sum(row["modes"] == 8 and row["near"] >= 0.75 for row in rows)
    print(f"8 modes and 75 % near one: {good} of {seeds}; a perfect sampler's JSD: {least:.4f}")
    return {"floor": least, "good": good, "rows": rows}


SETTINGS = {
    "ten steps of G to one of D": {"every": (10, 1), "blur": 0.0},
    "a slow D, momentum 0.9": {"lr": (2e-4, 2e-3), "beta": 0.9, "blur": 0.0},
    "minimax loss, five steps of D to one of G": {
        "every": (1, 5),
        "loss": minimax_loss,
        "blur": 0.0,
    },
    "the same, non-saturating": {"every": (1, 5), "blur": 0.0},
    "one step each, equal rates": {"blur": 0.0},
    "one step each, equal rates, instance noise": {},
}


def collapse(seeds: int = 5) -> dict:
    """Settings that lose modes, and two repairs, all in the same number of steps."""
    return {"rows": {name: table(name, seeds, **more) for name, more in SETTINGS.items()}}


PARTS = {"ring": ring, "collapse": collapse}


def main() -> None:
    measure("gan", __doc__, PARTS)


if __name__ == "__main__":
    main()
