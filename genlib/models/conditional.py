"""Codes that say what to draw, and the conditional GAN: both players see the class (Mirza and Osindero, 2014).

The generator is a `ConditionalGenerator` of `Codes(C, 0)`, and a real image comes with its own label's one-hot:

    of_D = discriminator_loss(*real_and_fake(D, G, real, code))
    of_G = nonsaturating_loss(D(G(G.noise(len(real)), code), code))
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from genlib import checks
from genlib.models.dcgan import DCGANDiscriminator, DCGANGenerator
from genlib.models.gan import Generator
from genlib.models.networks import check_data


class Codes:
    """One of C categories, and K numbers in [-1, 1]: as a row, the one-hot and then the numbers, (B, C + K).

    C is `categories`, K is `continuous`.
    """

    def __init__(self, categories: int = 10, continuous: int = 2):
        [self.categories] = checks.at_least(2, categories=categories)
        [self.continuous] = checks.at_least(0, continuous=continuous)

    @property
    def size(self) -> int:
        """C + K."""
        return self.categories + self.continuous

    @property
    def entropy(self) -> float:
        """Of the prior, in nats: ln C + K ln 2, the numbers' part differential. That of a drawn one-hot would be 0."""
        return math.log(self.categories) + self.continuous * math.log(2)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """From the prior, uniform in all: -> (n, C + K)."""
        checks.at_least(1, n=n)
        checks.noise(generator)
        category = torch.randint(self.categories, (n,), generator=generator)
        return self.join(category, 2 * torch.rand(n, self.continuous, generator=generator) - 1)

    def join(self, category: Tensor, continuous: Tensor) -> Tensor:
        """Codes set by hand: categories 0, ..., C - 1 (B,) and numbers (B, K) -> (B, C + K)."""
        category = checks.whole("category", category, "B?", below=self.categories)
        checks.real("continuous", continuous, "B K", B=len(category), K=self.continuous)
        return torch.cat([one_hot(category, self.categories).to(continuous), continuous], dim=1)

    def split(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """What `join` put together: codes (B, C + K) -> categories (B,) and numbers (B, K)."""
        checks.real("code", code, "B S", S=self.size)
        one_hots, continuous = code.split([self.categories, self.continuous], dim=1)
        return one_hots.argmax(1), continuous

    def __repr__(self) -> str:
        return f"Codes(categories={self.categories}, continuous={self.continuous})"


class ConditionalGenerator(Generator):
    """A DCGAN's generator of noise and codes side by side: (B, Z), (B, C + K) -> (B, C', size, size).

    `codes` say C and K, `channels` is C', `latent_dim` is Z, and `features` are those of `DCGANGenerator`.
    """

    def __init__(
        self,
        codes: Codes,
        size: int = 16,
        channels: int = 1,
        *,
        latent_dim: int = 16,
        features: int = 32,
    ):
        super().__init__(latent_dim)
        checks.kind("codes", codes, Codes)
        self.codes = codes
        self.body = DCGANGenerator(size, channels, self.latent_dim + codes.size, features)

    def extra_repr(self) -> str:
        return f"{self.codes}, latent_dim={self.latent_dim}"

    def forward(self, z: Tensor, code: Tensor) -> Tensor:
        self.check_noise(z)
        code = checks.alike("code", code, z.new_empty(len(z), self.codes.size))
        return self.body(torch.cat([z, code], dim=1))


class ConditionalDiscriminator(nn.Module):
    """A DCGAN's discriminator that sees the code: images (B, C', size, size), codes (B, code_size) in [0, 1] -> logits (B,).

    Each number of the code stands beside the image as one more plane, the same at every pixel. `code_size` is C,
    `channels` is C', and `features`, `batch_norm` and `extra` are those of `DCGANDiscriminator`.
    """

    def __init__(
        self,
        code_size: int,
        size: int = 16,
        channels: int = 1,
        *,
        features: int = 32,
        batch_norm: bool = True,
        extra: int = 0,
    ):
        super().__init__()
        code_size, channels = checks.at_least(1, code_size=code_size, channels=channels)
        self.code_size, self.shape = code_size, (channels, size, size)
        settings = {"batch_norm": batch_norm, "extra": extra}
        self.body = DCGANDiscriminator(size, channels + code_size, features, **settings)

    def extra_repr(self) -> str:
        return f"code_size={self.code_size}, shape={self.shape}"

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        check_data(self, x)
        code = checks.alike("code", code, x.new_empty(len(x), self.code_size))
        checks.real("code", code, "B C", low=0, high=1, finite=False)
        # the body stretches [0, 1] to [-1, 1], and a code shall stay itself
        planes = (1 + code) / 2
        planes = planes[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return self.body(torch.cat([x, planes], dim=1))
