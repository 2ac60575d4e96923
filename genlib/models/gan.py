"""Generative adversarial networks: the two players, and what each of them loses.

A GAN is `training.fit` with two players; the generator's loss leaves the discriminator's weights alone:

    fit({"discriminator": Player(D, lambda real: discriminator_loss(*real_and_fake(D, G, real))),
         "generator": Player(G, lambda real: nonsaturating_loss(D(G(G.noise(len(real))))))}, batches, steps)

Losses take logits, log D / (1 - D), and give a mean over the batch (Goodfellow et al., 2014).
"""

import abc
import math

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from genlib import checks
from genlib.models.networks import LEAK, check_data, linear_layers


class Generator(nn.Module, abc.ABC):
    """Noise in, data out: (B, Z) -> (B, *shape), images in [0, 1] or unbounded points (B, 2).

    A subclass says in `forward` how; noise and samples follow.

    Arguments:
        latent_dim: Z, how many numbers of noise make one image

    Example:
        >>> G = MLPGenerator(shape=(1, 8, 8), latent_dim=3)
        >>> G.noise(5).shape, G.sample(5).shape
        (torch.Size([5, 3]), torch.Size([5, 1, 8, 8]))
    """

    def __init__(self, latent_dim: int):
        super().__init__()
        [self.latent_dim] = checks.at_least(1, latent_dim=latent_dim)

    @abc.abstractmethod
    def forward(self, z: Tensor, *condition: Tensor) -> Tensor:
        """(B, Z) and whatever the data is to be like -> (B, *shape)."""

    def noise(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Standard normal numbers, of the network's type and where it is: -> (n, Z)."""
        checks.at_least(1, n=n)
        checks.noise(generator)
        like = checks.first_of(self)
        shape = (n, self.latent_dim)
        return torch.randn(shape, generator=generator, dtype=like.dtype, device=like.device)

    @torch.no_grad()
    def sample(
        self, n: int, *condition: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """n draws without a gradient, in the mode (train or eval) the module is in: -> (n, *shape)."""
        return self(self.noise(n, generator), *condition)

    def check_noise(self, z: Tensor) -> None:
        """Raise a ValueError unless z is (B, Z), of the generator's type."""
        checks.into(self, "z", z, "B Z", Z=self.latent_dim)


# --- what the players lose


def _outputs(**outputs: Tensor) -> None:
    """Raise a ValueError that names outputs which are no numbers, or none; a mean takes them in any shape."""
    for name, output in outputs.items():
        checks.real(name, output, "...", finite=False)


def value(real: Tensor, fake: Tensor) -> Tensor:
    """V = mean log D(real) + mean log(1 - D(fake)) from logits: (B,), (B',) -> scalar.

    The discriminator's best is D = p / (p + g), and V is then 2 JSD(p, g) - log 4.
    """
    _outputs(real=real, fake=fake)
    return -softplus(-real).mean() - softplus(fake).mean()


def optimal_logits(log_p: Tensor, log_g: Tensor) -> Tensor:
    """The logits of the best discriminator, D* = p / (p + g): log p - log g, (B,), (B,) -> (B,)."""
    return log_p - checks.alike("log_g", log_g, checks.real("log_p", log_p, "...", finite=False))


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """-V: binary cross entropy with real as 1 and fake as 0, from logits: (B,), (B',) -> scalar."""
    return -value(real, fake)


def minimax_loss(fake: Tensor) -> Tensor:
    """mean log(1 - D(fake)), the generator's part of V: (B,) -> scalar.

    Saturates: where D is sure that a sample is fake, the slope by its logit, -D, is almost 0.
    """
    _outputs(fake=fake)
    return -softplus(fake).mean()


def nonsaturating_loss(fake: Tensor) -> Tensor:
    """-mean log D(fake): (B,) -> scalar. The slope by a logit is D - 1: steepest for the worst samples."""
    _outputs(fake=fake)
    return softplus(-fake).mean()


def least_squares_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """mean (D(real) - 1)^2 + mean D(fake)^2, of plain outputs: (B,), (B',) -> scalar (Mao et al., 2017)."""
    _outputs(real=real, fake=fake)
    return (real - 1).square().mean() + fake.square().mean()


def least_squares_generator_loss(fake: Tensor) -> Tensor:
    """mean (D(fake) - 1)^2, of plain outputs: (B,) -> scalar."""
    _outputs(fake=fake)
    return (fake - 1).square().mean()


def critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """mean C(fake) - mean C(real): minus the Wasserstein distance, were C the best of slope at most 1.

    Plain outputs, (B,), (B',) -> scalar (Arjovsky et al., 2017). Add 10 `gradient_penalty`.
    """
    _outputs(real=real, fake=fake)
    return fake.mean() - real.mean()


def critic_generator_loss(fake: Tensor) -> Tensor:
    """-mean C(fake), of plain outputs: (B,) -> scalar."""
    _outputs(fake=fake)
    return -fake.mean()


def gradient_penalty(
    critic: nn.Module, real: Tensor, fake: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """mean (|dC/dx| - 1)^2 at a random point between each real and its fake: (B, ...) twice -> scalar.

    Leave batch norm out of the critic: it ties the images of a batch together (Gulrajani et al., 2017).
    """
    checks.function("critic", critic)
    checks.noise(generator)
    fake = checks.alike("fake", fake, checks.real("real", real, "B D ...", finite=False))
    u = torch.rand(len(real), generator=generator, dtype=real.dtype, device=real.device)
    between = torch.lerp(real, fake, u.view(-1, *[1] * (real.dim() - 1))).detach()
    between.requires_grad_()
    scores = checks.real("critic(x)", critic(between), "...", finite=False)
    (slope,) = torch.autograd.grad(scores.sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


def r1_penalty(D: nn.Module, real: Tensor, *condition: Tensor) -> Tensor:
    """R1 = mean |dD/dx|^2 / 2 at real images, D in logits: (B, ...) -> scalar (Mescheder et al., 2018).

    Add gamma times it to the discriminator's loss: where real and fake agree, D comes to rest. Every k-th step is
    enough, with k gamma (Karras et al., 2020). Leave batch norm out of D: it ties the images of a batch together.
    """
    checks.function("D", D)
    real = checks.real("real", real, "B D ...", finite=False).detach().requires_grad_()
    logits = checks.real("D(x)", D(real, *condition), "...", finite=False)
    (slope,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
    return slope.flatten(1).square().sum(1).mean() / 2


def real_and_fake(
    D: nn.Module,
    G: Generator,
    real: Tensor,
    *condition: Tensor,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """D's logits of a batch and of as many fresh fakes, without a gradient to G: -> (B,), (B,).

    Two passes: in one, batch norm would take its statistics over real and fake together.
    """
    checks.function("D", D)
    checks.kind("G", G, Generator)
    checks.real("real", real, "B ...", finite=False)
    fake = G.sample(len(real), *condition, generator=generator)
    return D(real, *condition), D(fake, *condition)


class InstanceNoise(nn.Module):
    """x + std e, e standard normal, in training alone: for the entrance of a discriminator.

    It blurs real and fake alike, so that both cover the gaps between modes, and a generator feels a mode that it
    does not reach yet. Lower `std` to 0 as training goes. From torch's own noise, as dropout is (Sonderby
    et al., 2017; Arjovsky and Bottou, 2017). A blurred image leaves [0, 1]: put the noise behind the look at it,
    `D.layers.insert(0, InstanceNoise(std))`.
    """

    def __init__(self, std: float):
        super().__init__()
        checks.number("std", std, low=0)
        self.std = std

    def extra_repr(self) -> str:
        return f"std={self.std}"

    def forward(self, x: Tensor) -> Tensor:
        checks.real("x", x, "...", finite=False)
        return x + self.std * torch.randn_like(x) if self.training else x


# --- plain networks


class MLPGenerator(Generator):
    """Fully connected, ReLU: (B, Z) -> points (B, 2) for shape (2,), images in [0, 1] for (C, H, W).

    Z is `latent_dim`; `hidden` says how many units each hidden layer has.
    """

    def __init__(
        self, shape: tuple[int, ...], latent_dim: int = 2, hidden: tuple[int, ...] = (64, 64)
    ):
        super().__init__(latent_dim)
        self.shape, hidden = _sizes("shape", shape), _sizes("hidden", hidden)
        widths = [self.latent_dim, *hidden, math.prod(self.shape)]
        self.layers = nn.Sequential(nn.Flatten(), *linear_layers(widths, nn.ReLU()))

    def extra_repr(self) -> str:
        return f"shape={self.shape}, latent_dim={self.latent_dim}, hidden={_hidden(self.layers)}"

    def forward(self, z: Tensor) -> Tensor:
        self.check_noise(z)
        x = self.layers(z).view(-1, *self.shape)
        return x if len(self.shape) == 1 else (x.tanh() + 1) / 2


class MLPDiscriminator(nn.Module):
    """Fully connected, leaky ReLU: points (B, 2) or images (B, C, H, W) in [0, 1] -> logits (B,).

    `shape` is (2,) or (C, H, W); `hidden` says how many units each hidden layer has, `dropout` which share of
    them is set to zero in training.
    """

    def __init__(
        self, shape: tuple[int, ...], hidden: tuple[int, ...] = (64, 64), dropout: float = 0.0
    ):
        super().__init__()
        self.shape, hidden = _sizes("shape", shape), _sizes("hidden", hidden)
        checks.number("dropout", dropout, low=0, below=1)
        layers = linear_layers([math.prod(self.shape), *hidden, 1], nn.LeakyReLU(LEAK), dropout)
        self.dropout = dropout
        self.layers = nn.Sequential(nn.Flatten(), *layers)

    def extra_repr(self) -> str:
        return f"shape={self.shape}, hidden={_hidden(self.layers)}, dropout={self.dropout}"

    def forward(self, x: Tensor) -> Tensor:
        check_data(self, x)
        return self.layers(x if len(self.shape) == 1 else 2 * x - 1).squeeze(1)


def _hidden(layers: nn.Sequential) -> tuple[int, ...]:
    """How many units each hidden layer has."""
    return tuple(layer.out_features for layer in layers if isinstance(layer, nn.Linear))[:-1]


def _sizes(name: str, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes as a tuple of Python's own whole numbers, all at least 1."""
    checks.kind(name, sizes, tuple, list)
    return tuple(checks.at_least(1, **{name: size})[0] for size in sizes)
