"""Autoencoders with one code per image, plain and adversarial."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Normal

from genlib import checks
from genlib.models.gan import discriminator_loss, nonsaturating_loss
from genlib.models.sampling import check_values, draw
from genlib.models.vae import LatentVariableModel, pixels_from


class Autoencoder(nn.Module):
    """A code for every image and an image for every code: no prior, no p(x).

    z = encoder(x), (B, D) -> (B, Z), and back by likelihood(decoder(z)), as in a VAE. Z is `latent_dim`.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        likelihood: Callable[[Tensor], Distribution],
        latent_dim: int,
    ):
        super().__init__()
        [self.latent_dim] = checks.at_least(1, latent_dim=latent_dim)
        for name, part in {
            "encoder": encoder,
            "decoder": decoder,
            "likelihood": likelihood,
        }.items():
            checks.function(name, part)
        self.encoder, self.decoder, self.likelihood = encoder, decoder, likelihood

    def extra_repr(self) -> str:
        return f"latent_dim={self.latent_dim}"

    def encode(self, x: Tensor) -> Tensor:
        """The codes: (B, D) -> (B, Z)."""
        checks.into(self, "x", x, "B D")
        z = self.encoder(x)
        return checks.real("encoder(x)", z, "B Z", B=len(x), Z=self.latent_dim, finite=False)

    def decode(self, z: Tensor) -> Distribution:
        """p(x|z), pixels independent given z: (B, Z) -> batch shape (B, D)."""
        checks.into(self, "z", z, "B Z", Z=self.latent_dim)
        numbers = checks.real("decoder(z)", self.decoder(z), "B D", B=len(z), finite=False)
        return pixels_from(self.likelihood, numbers)

    def reconstruction_loss(self, x: Tensor) -> Tensor:
        """Mean of -log p(x|z), z = encode(x), summed over pixels: (B, D) -> scalar nats."""
        pixels = self.decode(self.encode(x))
        checks.real("x", x, "B D", B=len(x), D=pixels.batch_shape[1], finite=False)
        check_values("x", x, pixels)
        return -pixels.log_prob(x).sum(1).mean()


class AdversarialAutoencoder(Autoencoder):
    """An autoencoder whose codes a game makes look like N(0, I) (Makhzani et al., 2015).

    An `Autoencoder` of this encoder, decoder, likelihood and `latent_dim`. The discriminator, (B, Z) ->
    logits, tells draws of the prior ("real") from codes ("fake"). Three
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
        checks.function("discriminator", discriminator)
        self.discriminator = discriminator

    def discriminator_loss(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """-E log D(z) - E log(1 - D(encode(x))), z from N(0, I), D = sigmoid(logits): (B, D) -> scalar.

        2 ln 2 at best where the codes are distributed like the prior. The encoder gets no gradient.
        """
        fake = self.encode(x).detach()
        real = draw(Normal(torch.zeros_like(fake), 1.0), generator)
        return discriminator_loss(self.discriminator(real), self.discriminator(fake))

    def encoder_loss(self, x: Tensor) -> Tensor:
        """-E log D(encode(x)), which is low where codes pass for draws of the prior: (B, D) -> scalar."""
        return nonsaturating_loss(self.discriminator(self.encode(x)))

    sample = LatentVariableModel.sample  # z from N(0, I), then x from p(x|z)
