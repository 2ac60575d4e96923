"""Recipes of the models that climb the likelihood itself: NADE, PixelRNN, PixelCNN."""

import copy
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from genlib import checks
from genlib.data import binarize, digits
from genlib.models import (
    NADE,
    Autoregressive,
    DiagonalBiLSTM,
    OrderEnsemble,
    PixelCNN,
    RasterLSTM,
)
from genlib.training import Average, Player, fit, keep_best, minibatches

Recipe = tuple[nn.Module, dict[str, object]]  # the trained module, and what its file tells


def binarized_mnist(path: str | Path) -> dict[str, Tensor]:
    """The static binarized MNIST, "train", "valid" and "test": each (N, 784) in {0, 1}.

    `path` names an .npz that holds every split as packed bits, (N, 98) bytes. Test is sorted by class.
    """
    with np.load(path, allow_pickle=False) as file:
        shapes = {split: (a.dtype.name, a.shape[1:]) for split, a in file.items()}
        if any(shapes.get(s) != ("uint8", (98,)) for s in ("train", "valid", "test")):
            raise ValueError(f"path must hold train, valid and test as bytes (N, 98), got {shapes}")
        bits = {split: np.unpackbits(file[split], axis=1) for split in ("train", "valid", "test")}
    return {split: torch.tensor(x, dtype=torch.float32) for split, x in bits.items()}


def nats(model: Autoregressive | OrderEnsemble, x: Tensor) -> Tensor:
    """-log p(x) in nats, by parts that stay in the cache: (N, D) -> (N,)."""
    with torch.no_grad():
        return -torch.cat([model.log_prob(part) for part in x.split(100)])


def likelihood_loss(model: Autoregressive, x: Tensor) -> Tensor:
    """Mean of -log p(x): (B, D) -> scalar."""
    return -model.log_prob(x).mean()


def train_on_digits(
    model: Autoregressive,
    x: Tensor,
    score: Callable[[Autoregressive], float],
    noisy: Callable[[Tensor], Tensor] = lambda x: x,
    lr: float = 0.04,
    seed: int = 0,
    steps: int = 1000,
    on_step: Callable[[int, Autoregressive], None] = lambda step, model: None,
) -> Autoregressive:
    """The moving average of the weights at its best score; `noisy` is put on every batch anew."""
    optimizer = torch.optim.AdamW(model.parameters(), lr, weight_decay=0.05)
    average = Average(model, decay=0.99)
    best = keep_best(average.module, score, every=min(25, steps))

    def after(step: int) -> bool:
        average(step)
        on_step(step, average.module)
        return best(step)

    batches = minibatches(x, size=32, generator=torch.Generator().manual_seed(seed))
    fit(
        {"model": Player(model, lambda x: -model.log_prob(noisy(x)).mean(), optimizer)},
        batches,
        steps,
        after,
    )
    best.restore()
    return average.module


def train_by_schedule(
    model: nn.Module,
    x: dict[str, Tensor],
    steps: int,
    lr: float,
    size: int,
    weight_decay: float = 0.05,
    decay: float = 0.995,
    seed: int = 0,
    on_score: Callable[[nn.Module, int, float], None] | None = None,
    loss: Callable[[nn.Module, Tensor], Tensor] = likelihood_loss,
    each: Callable[[nn.Module, Tensor], Tensor] = nats,
) -> nn.Module:
    """The moving average of the weights at the step that was best on valid, among about 20.

    AdamW in batches of `size` down `loss(model, x)`, learning rate up to `lr` and down to almost 0 as a
    cosine; best by the mean of `each(model, x)`, (N,), and `on_score(model, step, mean)` is called then.
    """
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98), weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, steps, pct_start=0.03, cycle_momentum=False, final_div_factor=1000
    )
    average = Average(model, decay=decay)

    def score(average_model: nn.Module) -> float:
        value = each(average_model, x["valid"]).mean().item()
        if on_score is not None:
            on_score(average_model, schedule.last_epoch, value)
        return value

    best = keep_best(average.module, score, every=max(steps // 20, 1))

    def on_step(step: int) -> bool:
        schedule.step()
        average(step)
        return best(step)

    batches = minibatches(x["train"], size=size, generator=torch.Generator().manual_seed(seed))
    fit({"model": Player(model, lambda x: loss(model, x), optimizer)}, batches, steps, on_step)
    best.restore()
    return average.module


def as_shipped(module: nn.Module) -> nn.Module:
    """A copy with the numbers that a weight file holds, those of half precision: what is told of a file."""
    return copy.deepcopy(module).half().float()


def mean_nats(model: Autoregressive | OrderEnsemble, x: Tensor) -> str:
    return f"{nats(model, x).mean():.2f}"


def of_mnist(
    name: str,
    told: str,
    train: Callable[..., nn.Module],
    path: str | None,
    steps: int,
    summary: Callable[[nn.Module, Tensor], str] = mean_nats,
) -> Recipe:
    """A model of static binarized MNIST; `told` is the model in words, `summary` tells its nats on images."""
    if path is None:
        raise ValueError("data must name the static binarized MNIST, got none: --data PATH")
    x, start = binarized_mnist(path), time.process_time()

    def on_score(model: nn.Module, step: int, valid: float) -> None:
        minutes = (time.process_time() - start) / 60
        print(f"{step} steps, {minutes:.1f} min: valid {valid:.2f}", flush=True)

    model = train(x, steps=steps, on_score=on_score)
    seconds = time.process_time() - start
    valid, test = (summary(model, x[split]) for split in ("valid", "test"))
    half = summary(as_shipped(model), x["test"])
    return model, {
        "model": told,
        "data": "static binarized MNIST",
        "recipe": f"python -m genlib.pretrain {name} --data PATH",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
        "nats": f"valid {valid}, test {test}; as shipped {half}",
    }


def four_orders() -> dict[str, Tensor]:
    """Raster, down the columns, and two random orders of the 64 pixels."""
    raster, generator = torch.arange(64), torch.Generator().manual_seed(0)
    random = {f"random {k}": torch.randperm(64, generator=generator) for k in "ab"}
    return {"raster": raster, "column": raster.view(8, 8).T.flatten()} | random


def nade_of_order(order: Tensor, steps: int = 1000, seed: int = 0) -> NADE:
    """A NADE of the course's binary digits in one order, best on valid."""
    order = checks.whole("order", order, "D", D=64, below=64)
    torch.manual_seed(seed)
    train, valid = (binarize(digits(s)[0]).flatten(1)[:, order] for s in ("train", "valid"))
    return train_on_digits(
        NADE(64, hidden=128), train, lambda m: nats(m, valid).mean().item(), seed=seed, steps=steps
    )


def nade_orders(path: str | None = None, steps: int = 1000) -> Recipe:
    """Four NADEs of the course's binary digits as one mixture; 15 seconds of one core, no data needed."""
    start = time.process_time()
    orders = torch.stack(list(four_orders().values()))
    model = as_shipped(OrderEnsemble([nade_of_order(order, steps) for order in orders], orders))
    seconds = time.process_time() - start
    x = {split: binarize(digits(split)[0]).flatten(1) for split in ("valid", "test")}
    found = {split: nats(model, images).mean().item() for split, images in x.items()}
    metadata = {
        "model": "OrderEnsemble of 4 NADE(64, hidden=128)",
        "data": "the course's digits, black and white",
        "recipe": "python -m genlib.pretrain nade_orders",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
        "nats": f"valid {found['valid']:.2f}, test {found['test']:.2f}",
    }
    return model, metadata


def train_nade(
    x: dict[str, Tensor],
    hidden: int,
    steps: int,
    seed: int = 0,
    on_score: Callable[[NADE, int, float], None] | None = None,
) -> NADE:
    """A NADE in batches of 50, learning rate up to 0.02."""
    torch.manual_seed(seed)
    model = NADE(x["train"].shape[1], hidden)
    return train_by_schedule(model, x, steps, lr=0.02, size=50, seed=seed, on_score=on_score)


def nade_mnist(path: str | None, steps: int = 12_000) -> Recipe:
    """The largest NADE that fits 1 MB in half precision, on static binarized MNIST; 11 minutes of one core."""
    make = partial(train_nade, hidden=317)
    return of_mnist("nade_mnist", "NADE(784, hidden=317)", make, path, steps)


def train_pixelcnn(
    x: dict[str, Tensor],
    steps: int,
    seed: int = 0,
    on_score: Callable[[PixelCNN, int, float], None] | None = None,
) -> PixelCNN:
    """A PixelCNN of 28 x 28 images in batches of 24, learning rate up to 0.01; scored on each tenth of valid."""
    torch.manual_seed(seed)
    model = PixelCNN(28, 28, channels=32, layers=8)
    x = {"train": x["train"], "valid": x["valid"][::10]}
    return train_by_schedule(
        model, x, steps, lr=0.01, size=24, weight_decay=0.01, seed=seed, on_score=on_score
    )


def pixelcnn_mnist(path: str | None, steps: int = 9_000) -> Recipe:
    """A PixelCNN of static binarized MNIST in a quarter of a megabyte; 20 minutes of one core."""
    model = "PixelCNN(28, 28, channels=32, layers=8)"
    return of_mnist("pixelcnn_mnist", model, train_pixelcnn, path, steps)


def pixelrnn_digits(path: str | None = None, steps: int = 600) -> Recipe:
    """A Diagonal BiLSTM and a raster LSTM of the course's binary digits; 30 seconds of one core."""
    start = time.process_time()
    train, valid, test = (binarize(digits(s)[0]).flatten(1) for s in ("train", "valid", "test"))
    models = nn.ModuleList()
    for make, more in ((DiagonalBiLSTM, 0), (RasterLSTM, 400)):
        torch.manual_seed(0)
        score = lambda m: nats(m, valid).mean().item()
        models.append(train_on_digits(make(8, 8), train, score, lr=0.01, steps=steps + more))
    found = [f"{nats(model, test).mean().item():.2f}" for model in as_shipped(models)]
    metadata = {
        "model": "ModuleList of DiagonalBiLSTM(8, 8) and RasterLSTM(8, 8)",
        "data": "the course's digits, black and white",
        "recipe": "python -m genlib.pretrain pixelrnn_digits",
        "steps": f"{steps} and {steps + 400}",
        "seed": 0,
        "seconds": round(time.process_time() - start),
        "nats": f"test {' and '.join(found)}",
    }
    return models, metadata
