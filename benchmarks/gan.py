"""Does a GAN find all eight Gaussians of a ring, whatever the seed, what makes it lose some, and what came after?

    python benchmarks/gan.py [--seeds 10] [ring collapse after ...]

A mode is covered by 2 % of 10,000 samples within 4 std of it. Seconds are CPU time of one thread, training
alone. What is printed is kept in benchmarks/results/gan_*.json.
"""

import time
from collections.abc import Callable, Iterator

import torch
from parts import measure
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from genlib.data import gaussian_ring
from genlib.judges import floor, judged
from genlib.models import Generator, MLPDiscriminator, MLPGenerator
from genlib.models.gan import (
    InstanceNoise,
    critic_generator_loss,
    critic_loss,
    discriminator_loss,
    gradient_penalty,
    minimax_loss,
    nonsaturating_loss,
    r1_penalty,
)
from genlib.training import Average, Player, fit

RING = gaussian_ring()
STEPS = 2500
SAMPLES = 10_000
KEPT = 600  # points of a generator, for a picture


def adam(module: nn.Module, lr: float, beta: float = 0.5) -> torch.optim.Adam:
    return torch.optim.Adam(module.parameters(), lr, betas=(beta, 0.999))


def points(size: int, seed: int) -> Iterator[tuple[Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    while True:
        yield (RING.sample(size, generator),)


def plain(D: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """What D of the first GAN descends."""
    return discriminator_loss(D(real), D(fake))


def wasserstein(weight: float) -> Callable[..., Tensor]:
    """What a critic with a gradient penalty of this weight descends."""
    return lambda D, real, fake: (
        critic_loss(D(real), D(fake)) + weight * gradient_penalty(D, real, fake)
    )


def with_r1(gamma: float) -> Callable[..., Tensor]:
    """What D with this much of the penalty R1 descends."""
    return lambda D, real, fake: plain(D, real, fake) + gamma * r1_penalty(D, real)


def discriminator(spectral: bool) -> MLPDiscriminator:
    """D, each of its matrices divided by its largest singular value where it is spectral."""
    D = MLPDiscriminator((2,))
    if spectral:
        for layer in filter(lambda layer: isinstance(layer, nn.Linear), list(D.layers)):
            spectral_norm(layer)
    return D


def train(
    seed: int,
    lr: tuple[float, float] = (2e-3, 2e-3),
    beta: float = 0.5,
    loss: Callable[[Tensor], Tensor] = nonsaturating_loss,
    every: tuple[int, int] = (1, 1),
    blur: float = 1.0,
    of_D: Callable[[nn.Module, Tensor, Tensor], Tensor] = plain,
    spectral: bool = False,
) -> tuple[Generator, Generator, float]:
    """A GAN on the ring: the average of G, G itself, seconds. `lr` and `every` are D's and G's.

    `loss` is G's, of D's logits, and `of_D` D's, of D, real and fake.

    `blur` is the std of D's instance noise, which falls to 0 over the first 70 % of the steps.
    """
    torch.manual_seed(seed)
    G, noise = MLPGenerator((2,)), InstanceNoise(blur)
    D = nn.Sequential(noise, discriminator(spectral))
    average = Average(G, decay=0.98)
    against = lambda real: of_D(D, real, G.sample(len(real)))
    of_G = lambda real: loss(D(G(G.noise(len(real)))))
    players = {
        "discriminator": Player(D, against, adam(D, lr[0], beta), every[0]),
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


AFTER = {
    "plain GAN": {},
    "WGAN, penalty 10": {"of_D": wasserstein(10), "loss": critic_generator_loss},
    "WGAN, penalty 1": {"of_D": wasserstein(1), "loss": critic_generator_loss},
    "R1, gamma 0.1": {"of_D": with_r1(0.1)},
    "spectral norm": {"spectral": True},
}


def after(seeds: int = 5) -> dict:
    """The first GAN and what came after it: no instance noise, no momentum; equal turns, and five of D to one of G."""
    rows = {}
    for turns, every in (("equal turns", (1, 1)), ("five turns of D", (1, 5))):
        for name, more in AFTER.items():
            rows[f"{name}, {turns}"] = kept = []
            print(f"\n{name}, {turns}\nseed   modes    near    JSD   seconds")
            for seed in range(seeds):
                average, _, seconds = train(seed, beta=0.0, blur=0.0, every=every, **more)
                kept.append(scores(average) | {"seed": seed, "seconds": seconds})
                print("{seed:4} {modes:7} {near:7.3f} {jsd:6.3f} {seconds:9.1f}".format(**kept[-1]))
                if seed == 0:
                    x = average.sample(KEPT, generator=torch.Generator().manual_seed(1))
                    kept[-1]["points"] = [[round(v, 3) for v in point] for point in x.tolist()]
    return {"rows": rows}


PARTS = {"ring": ring, "collapse": collapse, "after": after}


def main() -> None:
    measure("gan", __doc__, PARTS)


if __name__ == "__main__":
    main()
