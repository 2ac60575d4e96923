"""How soon is the published likelihood of NADE reached on static binarized MNIST?

    python benchmarks/speedrun.py --data PATH [--threads 2] [--seeds N]

The goal is 88.33 nats on the 10,000 test images, what the public code of NADE's authors reports for a NADE in a fixed
order. Any model and any training may enter that sees the 50,000 images of train and nothing else: write a function
(images, seed) -> model and add it to ENTRIES. Its seconds begin with the first weight and end with the last step.
Scoring does not count, and nothing is chosen by it. PATH is the file that `genlib.data.binarized_mnist` reads. What is
printed is kept in benchmarks/results/speedrun_entries.json.
"""

import time
from collections.abc import Callable

import torch
from parts import measure
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR

from genlib.data import binarized_mnist
from genlib.judges import nats
from genlib.models import Autoregressive, PixelCNN
from genlib.training import Average, Player, fit, minibatches

GOAL = 88.33
STEPS = 1500


def train(
    model: Autoregressive, x: Tensor, seed: int, steps: int, size: int, lr: float
) -> nn.Module:
    """The average of the last weights, AdamW's rate going up to `lr` and down to almost 0."""
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98), weight_decay=0.01)
    settings = {"pct_start": 0.1, "cycle_momentum": False, "final_div_factor": 1000}
    schedule = OneCycleLR(optimizer, lr, steps, **settings)
    average = Average(model, decay=0.98)
    player = Player(model, lambda x: -model.log_prob(x).mean(), optimizer)
    batches = minibatches(x, size=size, generator=torch.Generator().manual_seed(seed))
    fit({"model": player}, batches, steps, [lambda step: schedule.step(), average])
    return average.module


def pixelcnn(x: Tensor, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    model = PixelCNN(28, 28, features=32, layers=4)
    return train(model, x, seed, STEPS, size=24, lr=0.02)


ENTRIES: dict[str, Callable[[Tensor, int], nn.Module]] = {
    "PixelCNN, 32 features, 4 layers": pixelcnn
}


def entries(data: str, threads: int = 2, seeds: int = 3) -> dict:
    x, found = binarized_mnist(data), {}
    torch.set_num_threads(threads)
    for name, make in ENTRIES.items():
        found[name] = []
        for seed in range(seeds):
            wall, cpu = time.perf_counter(), time.process_time()
            model = make(x["train"], seed)
            row = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
            row["test"] = nats(model, x["test"]).mean().item()
            found[name].append(row)
            line = "{test:.2f} nats after {seconds:.0f} s ({cpu:.0f} s of all cores together)"
            print(f"{name}, seed {seed}: {line.format(**row)}", flush=True)
    return {"goal": GOAL, "threads": threads, "entries": found}


PARTS = {"entries": entries}


def main() -> None:
    measure("speedrun", __doc__, PARTS)


if __name__ == "__main__":
    main()
