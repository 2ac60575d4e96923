"""How good is PixelCNN on 8 x 8 digits, grey and binary, and how fast does it draw?

    python benchmarks/pixelcnn.py [--seeds N] [grey public binary gated speed ...]
    python benchmarks/pixelcnn.py --data PATH mnist    28 x 28 digits: test nats against minutes

Nats on test digits; every choice was made on valid. Seconds are CPU time of one thread, training with its
scoring on valid. PATH is the static binarized MNIST (see `genlib.data.binarized_mnist`). What is printed is kept in
benchmarks/results/pixelcnn_*.json.
"""

import math
import statistics
import time

import torch
from nade import milliseconds
from parts import line_of, measure, over_minutes, over_seeds
from sklearn.datasets import load_digits
from torch import Tensor

from genlib.data import binarize, binarized_mnist, digits
from genlib.judges import nats
from genlib.metrics import mean_and_error
from genlib.models import Autoregressive, GatedPixelCNN, PixelCNN
from genlib.recipes.pixelrnn import train_pixelcnn
from genlib.training import train_by_schedule

SPLITS = ("train", "valid", "test")
GREY = {split: digits(split)[0].flatten(1) for split in SPLITS}  # (N, 64), 17 levels
BINARY = {split: binarize(x) for split, x in GREY.items()}


def file_order() -> dict[str, Tensor]:
    """scikit-learn's digits as they stand in its file: the first 1000, the next 350, the last 447."""
    x = torch.tensor(load_digits().data, dtype=torch.float32) / 16
    return dict(zip(SPLITS, x.split([1000, 350, 447]), strict=True))


def train(
    x: dict[str, Tensor], make: type, levels: int, steps: int, seed: int, **settings
) -> tuple[Autoregressive, float]:
    """The average model of the step that was best on valid, and its seconds."""
    torch.manual_seed(seed)
    model = make(8, 8, levels=levels, **settings)
    loss, start = lambda model, x: -model.log_prob(x).mean(), time.process_time()
    rates = {"lr": 0.01, "size": 32, "weight_decay": 0.2, "decay": 0.99}
    model = train_by_schedule(model, x, steps, loss=loss, each=nats, seed=seed, **rates)
    return model, time.process_time() - start


def table(title: str, x: dict[str, Tensor], seeds: int, make: type = PixelCNN, **settings) -> dict:
    """One model, a seed after the other: nats on valid and test, and seconds."""
    print(f"\n{title}, {settings}\nseed   valid    test  seconds")
    runs, each = [], []
    for seed in range(seeds):
        model, seconds = train(x, make, seed=seed, **settings)
        each.append(nats(model, x["test"]))
        runs.append(
            {"valid": nats(model, x["valid"]).mean().item(), "test": each[-1].mean().item()}
        )
        runs[-1]["seconds"] = round(seconds, 1)
        print("{:4} {valid:7.2f} {test:7.2f} {seconds:8.1f}".format(seed, **runs[-1]), flush=True)
    found = over_seeds(torch.stack(each))
    print(line_of(found))
    numbers = sum(parameter.numel() for parameter in model.parameters())
    return {"numbers": numbers, "runs": runs} | found | settings


SIZES = {"features": 48, "layers": 4, "kernel": 5, "dropout": 0.25}
GREY_SIZES = SIZES | {"levels": 17, "steps": 800}
BINARY_SIZES = SIZES | {"levels": 2, "steps": 700, "kernel": 7}
GATED_SIZES = {"features": 32, "layers": 4, "kernel": 7, "levels": 2, "steps": 700}
MNIST_STEPS = 14_000  # of the PixelCNN of 28 x 28 digits, as `recipes.pixelrnn.pixelcnn_mnist`
DRAWN = [(8, 16, 9), (8, 64, 5), (16, 16, 1), (28, 16, 1)]  # side, images, times by D passes


def grey(seeds: int = 5) -> dict:
    found = table("17 grey levels, the course's split", GREY, seeds, **GREY_SIZES)
    return {"uniform": 64 * math.log(17)} | found


def public(seeds: int = 5) -> dict:
    """The split of a public course, whose model reaches 89.5 nats on valid after 25 minutes."""
    return table("17 grey levels in file order", file_order(), seeds, **GREY_SIZES)


def binary(seeds: int = 10) -> dict:
    return table("black and white digits", BINARY, seeds, **BINARY_SIZES)


def gated(seeds: int = 10) -> dict:
    """Two stacks and no blind spot, on the same black and white digits."""
    return table("black and white digits, gated", BINARY, seeds, make=GatedPixelCNN, **GATED_SIZES)


def draw_times(size: int, n: int, passes: int, **settings) -> dict:
    """Median milliseconds of n images by D full passes and by remembered columns."""
    torch.manual_seed(0)
    model = PixelCNN(size, size, **settings).eval()
    model.sample(n)  # once to warm up
    fast = statistics.median(milliseconds(lambda: model.sample(n)) for _ in range(10))
    full = statistics.median(
        milliseconds(lambda: Autoregressive.sample(model, n)) for _ in range(passes)
    )
    found = {"size": size, "n": n, "full": full, "columns": fast, "ratio": full / fast}
    return found | settings


def speed() -> dict:
    print("\n                 D passes   columns   passes / columns   (ms)")
    found = []
    for size, n, passes in DRAWN:
        settings = SIZES if size == 8 else {"features": 32, "layers": 8}
        found.append(row := draw_times(size, n, passes, **settings))
        line = "{size:2} pixels, n {n:3} {full:10.1f} {columns:9.1f} {ratio:11.1f} x"
        print(line.format(**row), flush=True)
    return {"samples": found}


def mnist(data: str) -> dict:
    """The recipe of `genlib.recipes.pixelrnn`, with the nats of each tenth image of test along the way."""
    x = binarized_mnist(data)
    curve, on_score = over_minutes(lambda m: {"test": nats(m, x["test"][::10]).mean().item()})
    print("static binarized MNIST, nats of a tenth of valid and of test")
    model = train_pixelcnn(x, MNIST_STEPS, on_score=on_score)
    mean, error = mean_and_error(nats(model, x["test"]))
    print(f"kept, by valid: all of test {mean:.2f} +- {error:.2f}")
    return {"curve": curve, "test": mean, "error": error}


PARTS = {
    "grey": grey,
    "public": public,
    "binary": binary,
    "gated": gated,
    "speed": speed,
    "mnist": mnist,
}


def main() -> None:
    measure("pixelcnn", __doc__, PARTS)


if __name__ == "__main__":
    main()
