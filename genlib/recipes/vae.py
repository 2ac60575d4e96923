"""Recipes of notebook 04: VAEs of the course's digits, of many sizes, and one of 28 x 28 digits."""

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor, nn

from genlib.data import binarized_mnist, binary_digits
from genlib.judges import elbo_nats, mean_bounds
from genlib.models import (
    VAE,
    LatentVariableModel,
    bernoulli,
    conv_decoder,
    conv_encoder,
    mlp,
    negative_elbo,
)
from genlib.recipes import Recipe, print_score, told_of_mnist
from genlib.training import train_by_schedule
from genlib.training.processes import own_seed
from genlib.weights import as_shipped

SIZES, BETAS = (2, 8, 32), (0.0, 0.25, 1.0, 2.0, 4.0)  # of `vae_sizes`


def train_vae(
    model: LatentVariableModel,
    x: dict[str, Tensor],
    steps: int = 1600,
    beta: float = 1.0,
    noisy: Callable[[Tensor], Tensor] = lambda x: x,
    seed: int = 0,
    lr: float = 0.004,
    size: int = 128,
    weight_decay: float = 0.1,
    on_score: Callable[[LatentVariableModel, int, float], None] = lambda model, step, score: None,
) -> LatentVariableModel:
    """Train a VAE, and return the average model that was best on valid by its own loss, beta KL - reconstruction.

    `noisy` is put on every batch anew, and on valid at each score.
    """
    generator = torch.Generator().manual_seed(own_seed(seed))
    loss = lambda model, x: negative_elbo(model, noisy(x), beta, generator)

    @torch.no_grad()
    def each(model: LatentVariableModel, x: Tensor) -> Tensor:
        x = noisy(x)
        return elbo_nats(model, x) + (beta - 1) * model.prior_fitting(x)

    settings = {"lr": lr, "size": size, "weight_decay": weight_decay, "seed": seed}
    return train_by_schedule(model, x, steps, loss=loss, each=each, on_score=on_score, **settings)


def digit_vae(latent_dim: int, hidden: int, dropout: float = 0.0, seed: int = 0) -> VAE:
    """An untrained VAE of 8 x 8 binary digits, both networks with two hidden layers."""
    torch.manual_seed(seed)
    encoder = mlp(64, hidden, 2 * latent_dim)
    return VAE(encoder, mlp(latent_dim, hidden, 64, dropout), bernoulli, latent_dim)


def vaes_of_digits(
    kinds: list[tuple[int, float]], hidden: int, steps: int, name: str
) -> tuple[nn.ModuleList, dict[str, object]]:
    """Train VAEs of the course's binary digits, one for each (latent_dim, beta)."""
    x = {split: binary_digits(split) for split in ("train", "valid", "test")}
    models = [train_vae(digit_vae(z, hidden), x, steps, beta) for z, beta in kinds]
    models = as_shipped(nn.ModuleList(models))
    return models, {
        "model": name,
        "data": "the course's digits, black and white",
        "nats": "test " + "; ".join(mean_bounds(model, x["test"]) for model in models),
    }


def vae_digits(steps: int = 1600) -> Recipe:
    """Train two VAEs of the course's binary digits, Z = 2 and Z = 8; 12 seconds of one core."""
    name = "ModuleList of VAE(mlp(64, 128, 2 * Z), mlp(Z, 128, 64), bernoulli, Z), Z = 2 and 8"
    return vaes_of_digits([(2, 1.0), (8, 1.0)], 128, steps, name)


def vae_sizes(steps: int = 1000) -> Recipe:
    """Train fifteen small VAEs, every latent size with every beta; a minute of one core."""
    name = f"ModuleList of digit_vae(Z, hidden=64), for Z of {SIZES}, and for each, beta of {BETAS}"
    return vaes_of_digits(list(product(SIZES, BETAS)), 64, steps, name)


def mnist_vae(seed: int = 0) -> VAE:
    """An untrained convolutional VAE of 28 x 28 binary digits, Z = 32."""
    torch.manual_seed(seed)
    return VAE(conv_encoder(28, 32, 32), conv_decoder(28, 32, 32), bernoulli, 32)


def train_mnist_vae(
    model: LatentVariableModel,
    x: dict[str, Tensor],
    steps: int,
    seed: int = 0,
    on_score: Callable[[LatentVariableModel, int, float], None] = lambda model, step, score: None,
) -> LatentVariableModel:
    """Train in batches of 50, learning rate up to 0.005; scored on each twentieth of valid."""
    x = {"train": x["train"], "valid": x["valid"][::20]}
    settings = {"lr": 0.005, "size": 50, "weight_decay": 0.02}
    return train_vae(model, x, steps, seed=seed, on_score=on_score, **settings)


def vae_mnist(data: str, steps: int = 40_000) -> Recipe:
    """Train a convolutional VAE of static binarized MNIST in 0.75 MB; 15 minutes of one core."""
    x, name = (
        binarized_mnist(data),
        "VAE(conv_encoder(28, 32, 32), conv_decoder(28, 32, 32), bernoulli, 32)",
    )
    model = train_mnist_vae(mnist_vae(), x, steps, on_score=print_score)
    return model, told_of_mnist(name, model, x, mean_bounds)
