"""Does a GAN find all eight Gaussians of a ring, whatever the seed, what makes it lose some, and what came after?

    python benchmarks/gan.py [--seeds 10] [ring collapse after exact ...]

A mode is covered by 2 % of 10,000 samples within 4 std of it. Seconds are CPU time of one thread, training
alone. What is printed is kept in benchmarks/results/gan_*.json.
"""

import time
from collections.abc import Callable, Iterator

import torch
from parts import measure
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from genlib.data import every_image, gaussian_ring
from genlib.judges import floor, judged
from genlib.metrics import frequencies
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
from genlib.training import Average, Player, fit, minibatches

RING = gaussian_ring()
STEPS = 2500
IMAGE_STEPS = 2000
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


IMAGES = every_image(9)
SQUARE = IMAGES.view(-1, 3, 3)
IN_DATA = (SQUARE == SQUARE[:, :, :1]).all((1, 2)) | (SQUARE == SQUARE[:, :1]).all((1, 2))


def draws_images(seed: int, gamma: float) -> tuple[Generator, float]:
    """A generator of the 3 x 3 images of whole rows or columns, and seconds; D sees soft pixels."""
    torch.manual_seed(seed)
    G, D = MLPGenerator((9,)), MLPDiscriminator((9,))
    soft = lambda: (G(G.noise(128)) / 0.3).sigmoid()
    of_D = lambda x: plain(D, x, soft().detach()) + gamma * r1_penalty(D, x)
    of_G = lambda x: nonsaturating_loss(D(soft()))
    steps = [torch.optim.Adam(net.parameters(), 2e-3, (0.0, 0.99)) for net in (D, G)]
    players = {"discriminator": Player(D, of_D, steps[0]), "generator": Player(G, of_G, steps[1])}
    start = time.process_time()
    fit(players, minibatches(IMAGES[IN_DATA].repeat(100, 1), size=128), IMAGE_STEPS)
    return G, time.process_time() - start


@torch.no_grad()
def probabilities(G: Generator, side: int = 400) -> Tensor:
    """The exact p(x) of all 3 x 3 images, from equal cells of z: -> (512,)."""
    z = torch.distributions.Normal(0.0, 1.0).icdf((torch.arange(side) + 0.5) / side)
    return frequencies((G(torch.cartesian_prod(z, z)) > 0).float()).double()


def exact(seeds: int = 5) -> dict:
    """How many of fourteen images a GAN can draw at all, and its nats on them where it can draw each."""
    rows = {}
    for name, gamma in (("GAN with R1", 1.0), ("GAN without R1", 0.0)):
        rows[name] = []
        for seed in range(seeds):
            G, seconds = draws_images(seed, gamma)
            p = probabilities(G)[IN_DATA]
            found = int((p > 0).sum())
            nats = -p.log().mean().item() if found == len(p) else None
            row = {"found": found, "nats": nats, "on_data": p.sum().item()}
            rows[name].append(row | {"seed": seed, "seconds": seconds})
            print(name, rows[name][-1], flush=True)
    return {"rows": rows}


PARTS = {"ring": ring, "collapse": collapse, "after": after, "exact": exact}


def main() -> None:
    measure("gan", __doc__, PARTS)


if __name__ == "__main__":
    main()
