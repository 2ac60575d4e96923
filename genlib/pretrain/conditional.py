"""The recipe of a GAN that is told the class, of digits at 16 x 16: the same game as InfoGAN's, with labels."""

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from genlib.data import augment, digits, enlarge
from genlib.models import Codes, ConditionalDiscriminator, InfoGenerator
from genlib.models.gan import discriminator_loss, nonsaturating_loss
from genlib.pretrain.gan import accuracy, shipped_classifier
from genlib.pretrain.infogan import adam, play
from genlib.pretrain.likelihood import Recipe, as_shipped
from genlib.training import Player, minibatches

CLASSES = Codes(categories=10, continuous=0)


def conditional_pair(latent_dim: int = 8) -> nn.ModuleDict:
    """The untrained pair that is told the class: its "generator" of Z numbers and CLASSES, its "discriminator"."""
    generator = InfoGenerator(CLASSES, latent_dim=latent_dim)
    discriminator = ConditionalDiscriminator(CLASSES.size)
    return nn.ModuleDict({"generator": generator, "discriminator": discriminator})


def train_conditional(
    pair: nn.ModuleDict,
    steps: int,
    seed: int = 0,
    *,
    on_step: Callable[[int], None] = lambda step: None,
) -> dict[str, list[float]]:
    """The players' losses in the same game with labels: real digits come with theirs, and so do fakes."""
    G, D = pair["generator"], pair["discriminator"]
    noise = torch.Generator().manual_seed(seed)
    moved = lambda x: augment(x, noise)

    def of_D(real: Tensor, label: Tensor) -> Tensor:
        code = CLASSES.join(label, real.new_zeros(len(real), 0))
        fake = G.sample(len(real), code, generator=noise)
        return discriminator_loss(D(moved(real), code), D(moved(fake), code))

    def of_G(real: Tensor, label: Tensor) -> Tensor:
        code = CLASSES.join(label, real.new_zeros(len(real), 0))
        return nonsaturating_loss(D(moved(G(G.noise(len(real), noise), code)), code))

    images, labels = digits("train")
    batches = minibatches(enlarge(images), labels, size=32, generator=noise)
    players = {
        "discriminator": Player(D, of_D, adam(D.parameters(), 5e-4)),
        "generator": Player(G, of_G, adam(G.parameters(), 1e-3)),
    }
    return play(players, batches, steps, on_step)


@torch.no_grad()
def share_as_told(G: InfoGenerator, n: int = 2000) -> float:
    """The share of n moved samples in which the shipped classifier sees the digit that G was told."""
    noise = torch.Generator().manual_seed(0)
    label = torch.arange(n) % CLASSES.categories
    code = CLASSES.join(label, torch.zeros(n, 0))
    return accuracy(shipped_classifier(), augment(G.sample(n, code, generator=noise), noise), label)


def conditional_digits(path: str | None = None, steps: int = 4000) -> Recipe:
    """The generator of a GAN that is told the class; a minute and a half of one core."""
    torch.manual_seed(0)
    pair, start = conditional_pair(), time.process_time()
    train_conditional(pair, steps)
    generator, seconds = as_shipped(pair["generator"]), time.process_time() - start
    return generator, {
        "model": 'conditional_pair()["generator"]',
        "data": "the course's digits, 16 x 16, moved, with their labels",
        "recipe": "python -m genlib.pretrain conditional_digits",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
        "accuracy": f"{share_as_told(generator):.3f} of samples look as told",
    }
