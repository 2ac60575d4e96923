"""Recipes of notebook 03: two recurrent models of the course's digits, and a PixelCNN of 28 x 28 digits."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from genlib.data import binarized_mnist, binary_digits
from genlib.judges import mean_nats, nats
from genlib.models import DiagonalBiLSTM, PixelCNN, RasterLSTM
from genlib.recipes import Recipe, print_score, told_of_mnist
from genlib.training import train_by_schedule, train_by_score
from genlib.weights import as_shipped


def pixelrnn_digits(steps: int = 600) -> Recipe:
    """Train a Diagonal BiLSTM and a raster LSTM of the course's binary digits; 30 seconds of one core."""
    train, valid, test = (binary_digits(s) for s in ("train", "valid", "test"))
    score = lambda model: nats(model, valid).mean().item()
    models = nn.ModuleList()
    for make, more in ((DiagonalBiLSTM, 0), (RasterLSTM, 400)):
        torch.manual_seed(0)
        models.append(train_by_score(make(8, 8), train, score, lr=0.01, steps=steps + more))
    return models, {
        "model": "ModuleList of DiagonalBiLSTM(8, 8) and RasterLSTM(8, 8)",
        "data": "the course's digits, black and white",
        "steps": f"{steps} and {steps + 400}",
        "nats": "test " + " and ".join(mean_nats(model, test) for model in as_shipped(models)),
    }


def train_pixelcnn(
    x: dict[str, Tensor],
    steps: int,
    seed: int = 0,
    on_score: Callable[[PixelCNN, int, float], None] = lambda model, step, score: None,
) -> PixelCNN:
    """Train a PixelCNN of 28 x 28 images, learning rate up to 0.01; scored on each tenth of valid."""
    torch.manual_seed(seed)
    model = PixelCNN(28, 28, features=48, layers=8)
    x = {"train": x["train"], "valid": x["valid"][::10]}
    loss = lambda model, x: -model.log_prob(x).mean()
    settings = {"lr": 0.01, "size": 24, "weight_decay": 0.01, "seed": seed, "on_score": on_score}
    return train_by_schedule(model, x, steps, loss=loss, each=nats, **settings)


def pixelcnn_mnist(data: str, steps: int = 14_000) -> Recipe:
    """Train a PixelCNN of static binarized MNIST in 0.4 MB; 40 minutes of one core."""
    x = binarized_mnist(data)
    model = train_pixelcnn(x, steps, on_score=print_score)
    return model, told_of_mnist("PixelCNN(28, 28, features=48, layers=8)", model, x, mean_nats)
