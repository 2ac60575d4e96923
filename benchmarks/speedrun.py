"""How soon is the published likelihood of NADE reached on static binarized MNIST?

    python benchmarks/speedrun.py --data PATH [--threads 2] [--seeds N]

The goal is 88.33 nats on the 10,000 test images, what the public code of NADE's authors reports for a NADE in a fixed
order. Any model and any training may enter that sees the 50,000 images of train and nothing else: write a function
(images, seed) -> model and add it to ENTRIES. Its seconds begin with the first weight and end with the last step.
The final scoring on test does not count. PATH is the file that `genlib.data.binarized_mnist` reads. What is printed is
kept in benchmarks/results/speedrun_entries.json.
"""

import time
from collections.abc import Callable

import torch
from parts import measure
from torch import Tensor, nn

from genlib.data import binarized_mnist
from genlib.judges import nats
from genlib.models import PixelCNN
from genlib.training import train_by_schedule

GOAL = 88.33
STEPS = 1500


def pixelcnn(x: Tensor, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    model = PixelCNN(28, 28, features=32, layers=4)
    loss = lambda model, x: -model.log_prob(x).mean()
    images = {
        "train": x,
        "valid": x[:50],
    }  # too few to choose by: the last step is the best one, or nearly
    settings = {"lr": 0.02, "size": 24, "weight_decay": 0.01, "decay": 0.98, "warm_up": 0.1}
    return train_by_schedule(model, images, STEPS, loss=loss, each=nats, seed=seed, **settings)


ENTRIES: dict[str, Callable[[Tensor, int], nn.Module]] = {
    "PixelCNN, 32 features, 4 layers": pixelcnn
}


def entries(data: str, threads: int = 2, seeds: int = 5) -> dict:
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
