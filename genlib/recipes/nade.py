"""Recipes of notebook 02: NADEs of the course's digits in four orders, and one of 28 x 28 digits."""

from collections.abc import Callable

import torch
from torch import Tensor

from genlib import checks
from genlib.data import binarized_mnist, binary_digits
from genlib.judges import mean_nats, nats
from genlib.models import NADE, OrderEnsemble
from genlib.recipes import Recipe, print_score, told_of_mnist
from genlib.training import train_by_schedule, train_by_score
from genlib.weights import as_shipped


def four_orders() -> dict[str, Tensor]:
    """Raster, down the columns, and two random orders of the 64 pixels."""
    raster, generator = torch.arange(64), torch.Generator().manual_seed(0)
    random = {f"random {k}": torch.randperm(64, generator=generator) for k in "ab"}
    return {"raster": raster, "column": raster.view(8, 8).T.flatten()} | random


def nade_of_order(order: Tensor, steps: int = 1000, seed: int = 0) -> NADE:
    """A trained NADE of the course's binary digits in one order, best on valid."""
    order = checks.whole("order", order, "D", D=64, below=64)
    torch.manual_seed(seed)
    train, valid = (binary_digits(s)[:, order] for s in ("train", "valid"))
    score = lambda model: nats(model, valid).mean().item()
    return train_by_score(NADE(64, hidden=128), train, score, seed=seed, steps=steps)


def nade_orders(steps: int = 1000) -> Recipe:
    """Train four NADEs of the course's binary digits as one mixture; 15 seconds of one core."""
    orders = torch.stack(list(four_orders().values()))
    model = as_shipped(OrderEnsemble([nade_of_order(order, steps) for order in orders], orders))
    x = {split: binary_digits(split) for split in ("valid", "test")}
    return model, {
        "model": "OrderEnsemble of 4 NADE(64, hidden=128)",
        "data": "the course's digits, black and white",
        "nats": ", ".join(f"{split} {mean_nats(model, images)}" for split, images in x.items()),
    }


def train_nade(
    x: dict[str, Tensor],
    hidden: int,
    steps: int,
    seed: int = 0,
    on_score: Callable[[NADE, int, float], None] = lambda model, step, score: None,
) -> NADE:
    """Train a NADE in batches of 50, learning rate up to 0.02, and return the average that was best on valid."""
    torch.manual_seed(seed)
    model = NADE(x["train"].shape[1], hidden)
    loss = lambda model, x: -model.log_prob(x).mean()
    settings = {"lr": 0.02, "size": 50, "seed": seed, "on_score": on_score}
    return train_by_schedule(model, x, steps, loss=loss, each=nats, **settings)


def nade_mnist(data: str, steps: int = 16_000) -> Recipe:
    """Train the largest NADE that fits 1 MB, on static binarized MNIST; 15 minutes of one core."""
    x = binarized_mnist(data)
    model = train_nade(x, 317, steps, on_score=print_score)
    return model, told_of_mnist("NADE(784, hidden=317)", model, x, mean_nats)
