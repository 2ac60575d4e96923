"""A GAN whose two players are told the class: nothing has to be guessed, for the labels are given (Mirza and Osindero, 2014).

The generator is an `InfoGenerator` of `Codes(C, 0)`, and a real image comes with its own label's one-hot:

    of_D = discriminator_loss(*real_and_fake(D, G, real, code))
    of_G = nonsaturating_loss(D(G(G.noise(len(real)), code), code))
"""

import torch
from torch import Tensor, nn

from genlib import checks
from genlib.models.gan import DCGANDiscriminator, check_data


class ConditionalDiscriminator(nn.Module):
    """A DCGAN's discriminator told the code: images (B, C', size, size), codes (B, C) in [0, 1] -> logits (B,).

    Each number of the code stands beside the image as one more channel, the same at every pixel.
    """

    def __init__(self, code_size: int, size: int = 16, channels: int = 1, *, width: int = 32):
        super().__init__()
        code_size, channels = checks.at_least(1, code_size=code_size, channels=channels)
        self.code_size, self.shape = code_size, (channels, size, size)
        self.body = DCGANDiscriminator(size, channels + code_size, width)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        check_data(self, x)
        code = checks.alike("code", code, x.new_empty(len(x), self.code_size))
        checks.real("code", code, "B C", low=0, high=1, finite=False)
        planes = code[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return self.body(torch.cat([x, planes], dim=1))
