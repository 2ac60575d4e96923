"""Does a DCGAN draw all ten digits, is it better than an MLP in the same time, and what do its rules do?

    python benchmarks/dcgan.py [--seeds 5] [--split test] [equal longer rules changes ...]

The parts equal, longer and rules train as the paper does, but for the rates; changes goes from there to the recipe of
the shipped weights.

Samples are judged in the features of the shipped classifier, which saw train alone: Frechet distance of 3000
samples to 3000 moved digits of test, share of the rarest digit among 5000, and the share the classifier is
sure of (0.9). Seconds are CPU time of one thread, to train. Kept in benchmarks/results/dcgan_*.json.
"""

import time
from collections.abc import Callable

import torch
from parts import measure
from torch import nn

from genlib.judges import floor, judged
from genlib.models import (
    DCGANDiscriminator,
    DCGANGenerator,
    Generator,
    MLPDiscriminator,
    MLPGenerator,
)
from genlib.models.dcgan import dcgan_init
from genlib.recipes.dcgan import PAPER, train_gan

SHAPE = (1, 16, 16)
LATENT = 16
STEPS, LONGER = 1500, 2500  # of the DCGAN; the first is the notebook's budget, half a minute
SECONDS = 25.0  # of each change
SAMPLES = 5000
Networks = tuple[Generator, nn.Module]


def train(
    networks: Networks, seed: int, steps: int, seconds: float = float("inf"), **settings
) -> tuple[Generator, int, float]:
    """The average of G, steps and seconds; it ends at the step that passes `seconds`."""
    start, taken = time.process_time(), []

    def on_step(step: int, average: Generator) -> bool:
        taken.append(step)
        return time.process_time() - start > seconds

    average = train_gan(*networks, steps, seed, on_step, **(PAPER | settings))
    return average, len(taken), time.process_time() - start


def dcgan(seed: int, features: int = 32, **of_D: bool | int) -> Networks:
    torch.manual_seed(seed)
    G = DCGANGenerator(latent_dim=LATENT, features=features)
    return G, DCGANDiscriminator(**of_D)


def mlp(seed: int) -> Networks:
    torch.manual_seed(seed)
    hidden = (256, 256)
    return MLPGenerator(SHAPE, LATENT, hidden), MLPDiscriminator(SHAPE, hidden, dropout=0.3)


def row(split: str, trained: tuple[Generator, int, float]) -> dict[str, float]:
    """The scores of SAMPLES samples, printed."""
    G, steps, seconds = trained
    samples = G.sample(SAMPLES, generator=torch.Generator().manual_seed(0))
    found = judged(samples, split) | {"steps": steps, "seconds": seconds}
    line = (
        "{frechet:8.1f} {kernel:7.3f} {digits:6} {rarest:7.3f} {sure:6.2f} {steps:6} {seconds:7.1f}"
    )
    print(line.format(**found), flush=True)
    return found


HEAD = "Frechet  kernel digits  rarest   sure  steps seconds"
# the rates of both were chosen on valid, seed 0
MLP_SETTINGS = {"lr": (5e-4, 5e-4), "last": 1.0, "size": 64}  # a rate that falls makes it worse


def compared(steps: int, seeds: int, split: str) -> dict:
    """DCGAN, and an MLP of as many seconds."""
    least, rows = floor(split), {"dcgan": [], "mlp": []}
    print(f"train against {split}: Frechet {least:.1f}\nDCGAN\n {HEAD}")
    for seed in range(seeds):
        rows["dcgan"].append(row(split, train(dcgan(seed), seed, steps)))
    most = max(found["seconds"] for found in rows["dcgan"])
    print(f"MLP\n {HEAD}")
    for seed in range(seeds):
        trained = train(mlp(seed), seed, 100_000, seconds=most, **MLP_SETTINGS)
        rows["mlp"].append(row(split, trained))
    worst, best = (f([r["frechet"] for r in rows[n]]) for f, n in ((max, "dcgan"), (min, "mlp")))
    print(f"the worst DCGAN {worst:.1f}, the best MLP {best:.1f}")
    return {"split": split, "floor": least, "rows": rows}


def equal(seeds: int = 5, split: str = "test") -> dict:
    return compared(STEPS, seeds, split)


def longer(seeds: int = 5, split: str = "test") -> dict:
    return compared(LONGER, seeds, split)


def swapped(module: nn.Module, old: type, new: Callable[[nn.Module], nn.Module]) -> None:
    """Every layer of type `old` becomes `new` of it."""
    for place, layer in enumerate(module.layers):
        if isinstance(layer, old):
            module.layers[place] = new(layer)


def resized(layer: nn.Module) -> nn.Module:
    """The same change of size without strides: nearest neighbours or averages, and a 3 x 3 convolution."""
    if layer.stride == (1, 1):
        return layer
    convolution = nn.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1)
    up = isinstance(layer, nn.ConvTranspose2d)
    steps = (nn.Upsample(scale_factor=2), convolution) if up else (convolution, nn.AvgPool2d(2))
    return nn.Sequential(*steps).apply(dcgan_init)


def torch_init(layer: nn.Module) -> None:
    if hasattr(layer, "reset_parameters"):
        layer.reset_parameters()


RULES = {
    "all rules": lambda G, D: None,
    "no batch norm in G": lambda G, D: swapped(G, nn.BatchNorm2d, lambda _: nn.Identity()),
    "no batch norm in D": lambda G, D: swapped(D, nn.BatchNorm2d, lambda _: nn.Identity()),
    "batch norm on G's output": lambda G, D: G.layers.insert(-1, nn.BatchNorm2d(1)),
    "batch norm on D's input": lambda G, D: D.layers.insert(0, nn.BatchNorm2d(1)),
    "upsampling, no strides in G": lambda G, D: swapped(G, nn.ConvTranspose2d, resized),
    "pooling, no strides in D": lambda G, D: swapped(D, nn.Conv2d, resized),
    "ReLU in D": lambda G, D: swapped(D, nn.LeakyReLU, lambda _: nn.ReLU()),
    "leaky ReLU in G": lambda G, D: swapped(G, nn.ReLU, lambda _: nn.LeakyReLU(0.2)),
    "torch's own initial weights": lambda G, D: [m.apply(torch_init) for m in (G, D)],
}


def rules(seeds: int = 1, split: str = "test") -> dict:
    """Each rule of the paper left out."""
    rows = {}
    for name, break_it in RULES.items():
        print(f"{name}\n {HEAD}")
        rows[name] = []
        for seed in range(seeds):
            networks = dcgan(seed)
            break_it(*networks)
            rows[name].append(row(split, train(networks, seed, STEPS)))
    return {"split": split, "floor": floor(split), "rows": rows}


# from the paper's recipe to that of the shipped weights: what each adds to the networks, and to the training
CHANGES = {
    "the paper's recipe": ({}, {}),
    "D sees all images moved": ({}, {"moved": True}),
    "R1 in place of batch norm in D": ({"batch_norm": False}, {"gamma": 1.0}),
    "both rates 0.001, betas 0 and 0.99": ({}, {"lr": (1e-3, 1e-3), "betas": (0.0, 0.99)}),
    "one more convolution in D": ({"extra": 1}, {}),
    "48 features in G": ({"features": 48}, {}),
    "a longer average": ({}, {"decay": 0.999, "warm_up": True}),
}


def steps_within(seconds: float, networks: dict, settings: dict, trial: int = 100) -> int:
    """How many steps take so many seconds, by those of a trial."""
    _, done, taken = train(dcgan(0, **networks), 0, trial, seconds, **settings)
    return max(1, round(done * seconds / taken))


def changes(seeds: int = 3, split: str = "test") -> dict:
    """One change after the other, each kept, in the same seconds."""
    rows, networks, settings = {}, {}, {}
    for name, (of_networks, of_training) in CHANGES.items():
        networks, settings = networks | of_networks, settings | of_training
        steps = steps_within(SECONDS, networks, settings)
        print(f"{name}\n {HEAD}")
        rows[name] = [
            row(split, train(dcgan(seed, **networks), seed, steps, **settings))
            for seed in range(seeds)
        ]
    return {"split": split, "floor": floor(split), "rows": rows}


PARTS = {"equal": equal, "longer": longer, "rules": rules, "changes": changes}


def main() -> None:
    measure("dcgan", __doc__, PARTS)


if __name__ == "__main__":
    main()
