"""Autoencoders with one code an image, plain and adversarial, and small networks to build them from."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Normal
from torch.nn.functional import softplus

from genlib.models.autoregressive import check_values
from genlib.models.sampling import draw


class Autoencoder(nn.Module):
    """A code for every image and an image for every code: no prior, no p(x).

    z = encoder(x), (B, D) -> (B, Z), and back by likelihood(decoder(z)), as in a VAE.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        likelihood: Callable[[Tensor], Distribution],
        latent_dim: int,
    ):
        super().__init__()
        if latent_dim < 1:
            raise ValueError(f"latent_dim must be at least 1, got {latent_dim}")
        self.encoder, self.decoder, self.likelihood = encoder, decoder, likelihood
        self.latent_dim = latent_dim

    def encode(self, x: Tensor) -> Tensor:
        """The codes: (B, D) -> (B, Z)."""
        if x.dim() != 2 or not len(x):
            raise ValueError(f"x must be (B, D) with B at least 1, got {tuple(x.shape)}")
        z = self.encoder(x)
        if z.shape != (len(x), self.latent_dim):
            raise ValueError(
                f"encoder must give ({len(x)}, {self.latent_dim}), got {tuple(z.shape)}"
            )
        return z

    def decode(self, z: Tensor) -> Distribution:
        """p(x|z), pixels independent given z: (B, Z) -> batch shape (B, D)."""
        if z.dim() != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"z must be (B, {self.latent_dim}), got {tuple(z.shape)}")
        return self.likelihood(self.decoder(z))

    def reconstruction_loss(self, x: Tensor) -> Tensor:
        """Mean of -log p(x|z), z = encode(x), summed over pixels: (B, D) -> scalar nats."""
        pixels = self.decode(self.encode(x))
        if x.shape != pixels.batch_shape:
            raise ValueError(f"x must be {tuple(pixels.batch_shape)}, got {tuple(x.shape)}")
        check_values("x", x, pixels)
        return -pixels.log_prob(x).sum(1).mean()


class AdversarialAutoencoder(Autoencoder):
    """An autoencoder whose codes a game makes look like N(0, I) (Makhzani et al., 2015).

    The discriminator, (B, Z) -> logits, tells draws of the prior ("real") from codes ("fake"). Three
    players: encoder and decoder descend `reconstruction_loss`, the discriminator `discriminator_loss`,
    the encoder alone `encoder_loss`.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        likelihood: Callable[[Tensor], Distribution],
        latent_dim: int,
        discriminator: nn.Module,
    ):
        super().__init__(encoder, decoder, likelihood, latent_dim)
        self.discriminator = discriminator

    def discriminator_loss(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """-E log D(z) - E log(1 - D(encode(x))), z from N(0, I), D = sigmoid(logits): (B, D) -> scalar.

        2 ln 2 at best where the codes are distributed like the prior. The encoder gets no gradient.
        """
        fake = self.encode(x).detach()
        real = draw(Normal(torch.zeros_like(fake), 1.0), generator)
        return (
            softplus(-self.discriminator(real)).mean() + softplus(self.discriminator(fake)).mean()
        )

    def encoder_loss(self, x: Tensor) -> Tensor:
        """-E log D(encode(x)), which is low where codes pass for draws of the prior: (B, D) -> scalar."""
        return softplus(-self.discriminator(self.encode(x))).mean()

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw z from N(0, I), then x from p(x|z): -> (n, D)."""
        if n < 1:
            raise ValueError(f"n must be at least 1, got {n}")
        like = next(self.parameters())
        prior = Normal(like.new_zeros(n, self.latent_dim), 1.0)
        return draw(self.decode(draw(prior, generator)), generator)


# --- networks ----------------------------------------------------------------------------------------


class Rows(nn.Module):
    """Rows of the right width, unchanged: (B, width) -> (B, width). ValueError for anything else."""

    def __init__(self, width: int):
        super().__init__()
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() != 2 or x.shape[1] != self.width:
            raise ValueError(f"x must be (B, {self.width}), got {tuple(x.shape)}")
        return x


def mlp(inputs: int, hidden: int, outputs: int, dropout: float = 0.0) -> nn.Sequential:
    """Two hidden layers of SiLU, dropout after each: (B, inputs) -> (B, outputs)."""
    return nn.Sequential(
        Rows(inputs),
        *(nn.Linear(inputs, hidden), nn.SiLU(), nn.Dropout(dropout)),
        *(nn.Linear(hidden, hidden), nn.SiLU(), nn.Dropout(dropout)),
        nn.Linear(hidden, outputs),
    )


def conv_encoder(side: int, channels: int, latent_dim: int) -> nn.Sequential:
    """Two convolutions that halve a square image, one linear layer: (B, side^2) -> (B, 2Z)."""
    small = _quarter(side)
    return nn.Sequential(
        Rows(side**2),
        nn.Unflatten(1, (1, side, side)),
        *(nn.Conv2d(1, channels, 4, stride=2, padding=1), nn.SiLU()),
        *(nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1), nn.SiLU()),
        nn.Flatten(),
        nn.Linear(2 * channels * small**2, 2 * latent_dim),
    )


def conv_decoder(side: int, channels: int, latent_dim: int, numbers: int = 1) -> nn.Sequential:
    """The way back, with so many numbers a pixel, one after the other: (B, Z) -> (B, numbers side^2)."""
    small = _quarter(side)
    return nn.Sequential(
        Rows(latent_dim),
        *(nn.Linear(latent_dim, 2 * channels * small**2), nn.SiLU()),
        nn.Unflatten(1, (2 * channels, small, small)),
        *(nn.ConvTranspose2d(2 * channels, channels, 4, stride=2, padding=1), nn.SiLU()),
        nn.ConvTranspose2d(channels, numbers, 4, stride=2, padding=1),
        nn.Flatten(),
    )


def _quarter(side: int) -> int:
    if side < 4 or side % 4:
        raise ValueError(f"side must be a multiple of 4, got {side}")
    return side // 4
