"""Recipes of variational autoencoders, and their scores."""

import time
from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor, nn

from genlib import checks
from genlib.data import binarize, digits
from genlib.models import (
    VAE,
    LatentVariableModel,
    bernoulli,
    conv_decoder,
    conv_encoder,
    mlp,
    negative_elbo,
)
from genlib.pretrain.likelihood import Recipe, as_shipped, of_mnist, train_by_schedule


def elbo_nats(model: LatentVariableModel, x: Tensor, draws: int = 10, seed: int = 0) -> Tensor:
    """-ELBO in nats, mean over so many draws of z: (N, D) -> (N,)."""
    checks.at_least(1, draws=draws)
    generator = torch.Generator().manual_seed(seed)

    def one(x: Tensor) -> Tensor:
        return sum(model.elbo(x, generator=generator) for _ in range(draws)) / draws

    with torch.no_grad():
        return -torch.cat([one(part) for part in x.split(1000)])


def bound_nats(model: LatentVariableModel, x: Tensor, num_samples: int, seed: int = 0) -> Tensor:
    """-L_K in nats, K importance samples an image: (N, D) -> (N,)."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        return -torch.cat([model.log_prob(x, num_samples, generator) for x in x.split(100)])


def mean_bounds(model: LatentVariableModel, x: Tensor) -> str:
    """-ELBO and -L_500 in words, the latter on about 1,000 of the images where there are more."""
    elbo = elbo_nats(model, x).mean()
    bound = bound_nats(model, x[:: max(1, len(x) // 1000)], 500).mean()
    return f"-ELBO {elbo:.2f}, -L_500 {bound:.2f}"


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
    on_score: Callable[[LatentVariableModel, int, float], None] | None = None,
) -> LatentVariableModel:
    """The average model that was best on valid by its own loss, beta KL - reconstruction.

    `noisy` is put on every batch anew, and on valid at each score.
    """
    generator = torch.Generator().manual_seed(seed)

    @torch.no_grad()
    def each(model: LatentVariableModel, x: Tensor) -> Tensor:
        x = noisy(x)
        return elbo_nats(model, x) + (beta - 1) * model.prior_fitting(x)

    return train_by_schedule(
        model,
        x,
        steps,
        lr,
        size,
        weight_decay,
        seed=seed,
        on_score=on_score,
        loss=lambda model, x: negative_elbo(model, noisy(x), beta, generator),
        each=each,
    )


def digit_vae(latent_dim: int, hidden: int, dropout: float = 0.0, seed: int = 0) -> VAE:
    """An untrained VAE of 8 x 8 binary digits, both networks with two hidden layers."""
    torch.manual_seed(seed)
    encoder = mlp(64, hidden, 2 * latent_dim)
    return VAE(encoder, mlp(latent_dim, hidden, 64, dropout), bernoulli, latent_dim)


def vaes_of_digits(
    name: str, kinds: list[tuple[int, float]], hidden: int, told: str, steps: int
) -> Recipe:
    """VAEs of the course's binary digits, one for each (latent_dim, beta)."""
    start = time.process_time()
    x = {split: binarize(digits(split)[0]).flatten(1) for split in ("train", "valid", "test")}
    models = [train_vae(digit_vae(z, hidden), x, steps, beta) for z, beta in kinds]
    models, seconds = as_shipped(nn.ModuleList(models)), time.process_time() - start
    return models, {
        "model": told,
        "data": "the course's digits, black and white",
        "recipe": f"python -m genlib.pretrain {name}",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
        "nats": "test " + "; ".join(mean_bounds(model, x["test"]) for model in models),
    }


def vae_digits(path: str | None = None, steps: int = 1600) -> Recipe:
    """Two VAEs of the course's binary digits, Z = 2 and Z = 8; 12 seconds of one core."""
    told = "ModuleList of VAE(mlp(64, 128, 2 * Z), mlp(Z, 128, 64), bernoulli, Z), Z = 2 and 8"
    return vaes_of_digits("vae_digits", [(2, 1.0), (8, 1.0)], 128, told, steps)


SIZES, BETAS = (2, 8, 32), (0.0, 0.25, 1.0, 2.0, 4.0)


def vae_sizes(path: str | None = None, steps: int = 1000) -> Recipe:
    """Fifteen small VAEs, every latent size with every beta; a minute of one core."""
    told = f"ModuleList of digit_vae(Z, hidden=64), for Z of {SIZES}, and for each, beta of {BETAS}"
    return vaes_of_digits("vae_sizes", list(product(SIZES, BETAS)), 64, told, steps)


def mnist_vae(seed: int = 0) -> VAE:
    """An untrained convolutional VAE of 28 x 28 binary digits, Z = 32."""
    torch.manual_seed(seed)
    return VAE(conv_encoder(28, 32, 32), conv_decoder(28, 32, 32), bernoulli, 32)


def train_mnist_vae(
    model: LatentVariableModel,
    x: dict[str, Tensor],
    steps: int,
    seed: int = 0,
    on_score: Callable[[LatentVariableModel, int, float], None] | None = None,
) -> LatentVariableModel:
    """Batches of 50, learning rate up to 0.005; scored on each twentieth of valid."""
    x = {"train": x["train"], "valid": x["valid"][::20]}
    return train_vae(
        model, x, steps, seed=seed, lr=0.005, size=50, weight_decay=0.02, on_score=on_score
    )


def vae_mnist(path: str | None, steps: int = 16_000) -> Recipe:
    """A convolutional VAE of static binarized MNIST in three quarters of a megabyte; 7 minutes of one core."""
    told = "VAE(conv_encoder(28, 32, 32), conv_decoder(28, 32, 32), bernoulli, 32)"
    train = lambda x, **settings: train_mnist_vae(mnist_vae(), x, **settings)
    return of_mnist("vae_mnist", told, train, path, steps, mean_bounds)
