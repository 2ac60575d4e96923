"""Does a DCGAN draw all ten digits, is it better than an MLP in the same time, and what do its rules do?

    python benchmarks/dcgan.py [--seeds 5] [--split test] [equal longer rules changes lengths ...]

The parts equal, longer and rules train as the paper does, but for the rates; changes goes from there to the recipe of
the shipped weights; lengths trains nothing, and draws large digits from shorter and longer noises.

Samples are judged in the features of the shipped classifier, which saw train alone: Frechet distance of 3000
samples to 3000 moved digits of test, share of the rarest digit among 5000, and the share the classifier is
sure of (0.9). Seconds are CPU time of one thread, to train. Kept in benchmarks/results/dcgan_*.json.
"""

import time

import torch
from parts import measure
from torch import nn

from genlib import weights
from genlib.judges import floor, judged, mnist_classifier
from genlib.models import Generator
from genlib.recipes.dcgan import MLP_SETTINGS, PAPER, RULES, by_paper, mlp_players, train_gan
from genlib.recipes.mnist import large_pair

STEPS, LONGER = 1500, 2500  # of the DCGAN; the first is the notebook's budget, half a minute
SECONDS = 25.0  # of each change
TRIAL = (20, 40)  # steps whose seconds do not count, and steps whose seconds do
SAMPLES = 5000
LENGTHS = (0.25, 0.5, 1.0, 2.0)  # of noises, beside those of training
DRAWS = 100  # seeds of the panel of large digits
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


def compared(steps: int, seeds: int, split: str) -> dict:
    """DCGAN, and an MLP of as many seconds."""
    least, rows = floor(split), {"dcgan": [], "mlp": []}
    print(f"train against {split}: Frechet {least:.1f}\nDCGAN\n {HEAD}")
    for seed in range(seeds):
        rows["dcgan"].append(row(split, train(by_paper(seed), seed, steps)))
    most = max(found["seconds"] for found in rows["dcgan"])
    print(f"MLP\n {HEAD}")
    for seed in range(seeds):
        trained = train(mlp_players(seed), seed, 100_000, seconds=most, **MLP_SETTINGS)
        rows["mlp"].append(row(split, trained))
    worst, best = (f([r["frechet"] for r in rows[n]]) for f, n in ((max, "dcgan"), (min, "mlp")))
    print(f"the worst DCGAN {worst:.1f}, the best MLP {best:.1f}")
    return {"split": split, "floor": least, "rows": rows}


def equal(seeds: int = 5, split: str = "test") -> dict:
    return compared(STEPS, seeds, split)


def longer(seeds: int = 5, split: str = "test") -> dict:
    return compared(LONGER, seeds, split)


def rules(seeds: int = 1, split: str = "test") -> dict:
    """Each rule of the paper left out."""
    rows = {}
    for name, break_it in RULES.items():
        print(f"{name}\n {HEAD}")
        rows[name] = []
        for seed in range(seeds):
            networks = by_paper(seed)
            break_it(*networks)
            rows[name].append(row(split, train(networks, seed, STEPS)))
    return {"split": split, "floor": floor(split), "rows": rows}


# from the paper's recipe to that of the shipped weights: what each adds to the networks, and to the training
CHANGES = {
    "the paper's recipe": ({}, {}),
    "D sees all images moved": ({}, {"moved": True}),
    "R1 in place of batch norm in D, torch's first weights": (
        {"batch_norm": False},
        {"gamma": 1.0},
    ),
    "both rates 0.001, betas 0 and 0.99": ({}, {"lr": (1e-3, 1e-3), "betas": (0.0, 0.99)}),
    "one more convolution in D, 48 features in G": ({"extra": 1, "features": 48}, {}),
    "a longer average": ({}, {"decay": 0.999, "warm_up": True}),
}


def steps_within(seconds: float, networks: dict, settings: dict) -> int:
    """How many steps take so many seconds, by those of a TRIAL that count."""
    clock, (first, counted) = [], TRIAL
    note = lambda step, average: clock.append(time.process_time())
    train_gan(*by_paper(0, **networks), first + counted, 0, note, **(PAPER | settings))
    return max(1, round(counted * seconds / (clock[-1] - clock[-1 - counted])))


def changes(seeds: int = 5, split: str = "test") -> dict:
    """One change after the other, each kept, in the same seconds."""
    rows, networks, settings = {}, {}, {}
    for name, (of_networks, of_training) in CHANGES.items():
        networks, settings = networks | of_networks, settings | of_training
        steps = steps_within(SECONDS, networks, settings)
        print(f"{name}\n {HEAD}")
        rows[name] = [
            row(split, train(by_paper(seed, **networks), seed, steps, **settings))
            for seed in range(seeds)
        ]
    return {"split": split, "floor": floor(split), "rows": rows}


@torch.no_grad()
def lengths() -> dict:
    """The panel of large digits at each length: of how many of twelve the judge is sure, and their distance, a number a seed."""
    pair, judge, rows = large_pair().eval(), mnist_classifier(), {}
    weights.load("dcgan_mnist", pair["generator"])
    for length in LENGTHS:
        row = rows[str(length)] = {"each_sure": [], "each_apart": []}
        for seed in range(DRAWS):
            noise = pair["generator"].noise(12, torch.Generator().manual_seed(seed))
            x = pair["generator"](length * noise)
            row["each_sure"].append((judge(x).softmax(1).amax(1) > 0.9).sum().item())
            row["each_apart"].append(torch.pdist(x.flatten(1)).mean().item())
        sure, apart = (sum(values) / DRAWS for values in row.values())
        print(f"length {length}: sure of {sure:.1f} of 12, mean distance {apart:.1f}")
    return {"rows": rows}


PARTS = {"equal": equal, "longer": longer, "rules": rules, "changes": changes, "lengths": lengths}


def main() -> None:
    measure("dcgan", __doc__, PARTS)


if __name__ == "__main__":
    main()
