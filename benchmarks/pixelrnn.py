"""How good are PixelRNN's recurrent models on the 8 x 8 digits, and what does a carried state save?

    python benchmarks/pixelrnn.py [--seeds N] [ladder deep sampling steps sizes curves ...]

Nats on the 300 test digits in black and white; learning rates and steps were chosen on the 200 of valid.
Seconds and milliseconds are CPU time of one thread. What is printed is kept in
benchmarks/results/pixelrnn_*.json.
"""

import statistics
import time
from functools import partial
from itertools import product

import torch
from nade import milliseconds
from parts import curve_of, line_of, measure, over_seeds

from genlib.data import binarize, digits
from genlib.judges import nats
from genlib.models import Autoregressive, DiagonalBiLSTM, RasterLSTM, RowLSTM
from genlib.training import train_by_score

SPLITS = ("train", "valid", "test")
BINARY = {split: binarize(digits(split)[0]).flatten(1) for split in SPLITS}  # (N, 64)
MODELS = {"RasterLSTM": RasterLSTM, "RowLSTM": RowLSTM, "DiagonalBiLSTM": DiagonalBiLSTM}
STEPS = {"RasterLSTM": 1000, "RowLSTM": 800, "DiagonalBiLSTM": 600}
SIDES = (8, 16, 28)
MOMENTS = range(50, 801, 50)  # of a curve, in steps
PAIRS = 10  # of timed samples


def trained(name: str, seed: int, curve: list, **sizes) -> tuple[Autoregressive, float]:
    """A model of the course's digits, best on valid, and the seconds it took."""
    torch.manual_seed(seed)
    score = lambda model: nats(model, BINARY["valid"]).mean().item()

    def record(step: int, model: Autoregressive) -> None:
        if seed == 0 and (step + 1) % 100 == 0:
            found = [nats(model, BINARY[split]).mean().item() for split in ("valid", "test")]
            curve.append([step + 1, *found])

    model, start = MODELS[name](8, 8, **sizes), time.process_time()
    settings = {"lr": 0.01, "seed": seed, "steps": STEPS[name], "on_step": record}
    model = train_by_score(model, BINARY["train"], score, **settings)
    return model, time.process_time() - start


def over(name: str, seeds: int, **sizes) -> dict:
    """One kind of model, a seed after the other: test nats, and the curve of the first seed."""
    curve, each, seconds = [], [], []
    for seed in range(seeds):
        model, took = trained(name, seed, curve, **sizes)
        each.append(nats(model, BINARY["test"]))
        seconds.append(took)
    row = {"model": name, "numbers": sum(p.numel() for p in model.parameters())}
    row |= {"steps": STEPS[name], "seconds": max(seconds)} | over_seeds(torch.stack(each))
    line = "{model:24} {numbers:7} {steps:7} {seconds:8.1f}".format(**row)
    print(line, line_of(row), flush=True)
    return row | {"curve": curve}


HEAD = "black and white digits   numbers   steps  seconds   test nats"


def ladder(seeds: int = 5) -> dict:
    """The three, with one layer each."""
    print(HEAD)
    return {"columns": ["step", "valid", "test"], "ladder": [over(name, seeds) for name in MODELS]}


def deep(seeds: int = 3) -> dict:
    """The best of `sizes` again, with the nats of each digit for `paired.py`."""
    print(HEAD)
    return over("DiagonalBiLSTM", seeds, layers=3)


def sampling() -> dict:
    """Milliseconds of 16 images of 8 x 8, by D full passes and by a carried state."""
    print("\n16 images, 8 x 8     D passes   carried   passes / carried   (ms)")
    table = []
    for name, make in MODELS.items():
        model = make(8, 8)
        slow, fast = partial(Autoregressive.sample, model, 16), partial(model.sample, 16)
        pairs = [(milliseconds(slow), milliseconds(fast)) for _ in range(PAIRS)]
        slow, fast = (statistics.median(times) for times in zip(*pairs, strict=True))
        ratio = statistics.median(slow / fast for slow, fast in pairs)
        table.append({"model": name, "n": 16, "full": slow, "carried": fast, "ratio": ratio})
        print(f"{name:18} {slow:10.1f} {fast:9.1f} {ratio:12.1f} x", flush=True)
    return {"samples": table}


def one_step(model: Autoregressive, x: torch.Tensor, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    (-model.log_prob(x).mean()).backward()
    optimizer.step()


def steps() -> dict:
    """Milliseconds of a train step of 32 images, and of 16 samples, by the side of the image."""
    print("\na step of 32 images, 16 samples (ms)")
    table = []
    for side in SIDES:
        x = torch.bernoulli(torch.full((32, side * side), 0.2))
        for name, make in MODELS.items():
            model = make(side, side)
            optimizer = torch.optim.AdamW(model.parameters())
            step = partial(one_step, model, x, optimizer)
            step()
            times = [milliseconds(step) for _ in range(5)]
            sample = statistics.median(milliseconds(partial(model.sample, 16)) for _ in range(3))
            row = {"model": name, "side": side, "step": statistics.median(times), "sample": sample}
            table.append(row)
            print("{side:3} {model:16} {step:8.1f} {sample:8.1f}".format(**row), flush=True)
    return {"B": 32, "n": 16, "steps": table}


def sizes(seeds: int = 3) -> dict:
    """Test nats of the two by width and depth, at the steps and the learning rate of the ladder."""
    print("\nmodel            features layers   numbers   test   seconds  each seed")
    table = []
    widths = [("RowLSTM", C) for C in (8, 24, 48)] + [("DiagonalBiLSTM", C) for C in (8, 24)]
    for (name, features), layers in product(widths, (1, 2, 3)):
        each, seconds = [], []
        for seed in range(seeds):
            model, took = trained(name, seed, [], features=features, layers=layers)
            each.append(round(nats(model, BINARY["test"]).mean().item(), 2))
            seconds.append(took)
        row = {"model": name, "features": features, "layers": layers}
        row |= {"numbers": sum(p.numel() for p in model.parameters())}
        row |= {"test": statistics.mean(each), "seconds": max(seconds), "seeds": each}
        line = "{model:16} {features:8} {layers:6} {numbers:9} {test:6.2f} {seconds:9.1f}  {seeds}"
        print(line.format(**row), flush=True)
        table.append(row)
    return {"sizes": table}


def curves(seeds: int = 3) -> dict:
    """Train and valid nats of the averaged weights over the steps, equally many for the three."""
    table = []
    of = lambda model: {s: nats(model, BINARY[s]).mean().item() for s in ("train", "valid")}
    for name, make in MODELS.items():
        for seed in range(seeds):
            torch.manual_seed(seed)
            settings = {"lr": 0.01, "seed": seed, "steps": max(MOMENTS)}
            train = partial(
                train_by_score, make(8, 8), BINARY["train"], lambda model: 0.0, **settings
            )
            row = curve_of(lambda note, train=train: train(on_step=note), seed, MOMENTS, of)
            curve = row.pop("curve")
            row |= {split: [point[split] for point in curve] for split in ("train", "valid")}
            table.append({"model": name} | row)
    return {"at": list(MOMENTS), "curves": table}


PARTS = {"ladder": ladder, "deep": deep, "sampling": sampling, "steps": steps, "sizes": sizes}
PARTS |= {"curves": curves}


def main() -> None:
    measure("pixelrnn", __doc__, PARTS)


if __name__ == "__main__":
    main()
