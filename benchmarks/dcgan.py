"""Does a DCGAN draw all ten digits, is it better than an MLP in the same time, and what do its rules do?

    python benchmarks/dcgan.py [--seeds 5] [--split test] [equal longer rules ...]

Samples are judged in the features of the shipped classifier, which saw train alone: Frechet distance of 3000
samples to 3000 moved digits of test, share of the rarest digit among 5000, and the share the classifier is
sure of (0.9). Seconds are CPU time of one thread, to train. Kept in benchmarks/results/dcgan_*.json.
"""

import time

import torch
from parts import measure
from torch import nn

from genlib.judges import floor, judged
from genlib.models import Generator
from genlib.recipes.dcgan import BY_PAPER, MLP_SETTINGS, RULES, by_paper, mlp_players, train_gan

STEPS, LONGER = 1500, 2500  # of the DCGAN; the first is the notebook's budget, half a minute
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

    average = train_gan(*networks, steps, seed, on_step, **settings)
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
        rows["dcgan"].append(row(split, train(by_paper(seed), seed, steps, **BY_PAPER)))
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
            rows[name].append(row(split, train(networks, seed, STEPS, **BY_PAPER)))
    return {"split": split, "floor": floor(split), "rows": rows}


PARTS = {"equal": equal, "longer": longer, "rules": rules}


def main() -> None:
    measure("dcgan", __doc__, PARTS)


if __name__ == "__main__":
    main()
