"""Gated PixelCNN: a stack for the rows above and one for the own row, and so no blind spot."""

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli
from torch.nn.functional import pad, relu

from genlib import checks
from genlib.models.autoregressive import Autoregressive
from genlib.models.networks import odd
from genlib.models.sampling import GreyLevels, logits_of, pixels


def gate(x: Tensor) -> Tensor:
    """tanh(a) sigmoid(b) of the two halves of the features: (B, 2F, H, W) -> (B, F, H, W)."""
    checks.real("x", x, "B F H W", finite=False)
    if x.shape[1] % 2:
        raise ValueError(f"x must be (B, 2F, H, W), got {tuple(x.shape)}")
    a, b = x.chunk(2, dim=1)
    return a.tanh() * b.sigmoid()


class GatedLayer(nn.Module):
    """One layer of both stacks: two (B, F, H, W) -> two (B, F, H, W).

        v <- v + gate(K_v * v)                  K_v is 2 x 3: a row and the one above it
        h <- h + P gate(K_h * h + Q v)          K_h is 1 x 2: a pixel and its left neighbour

    Row r of v knows only rows above r, so K_v needs no mask and leaves no corner out. `features` is F.
    """

    def __init__(self, features: int):
        super().__init__()
        [features] = checks.at_least(1, features=features)
        self.vertical = nn.Conv2d(features, 2 * features, (2, 3))
        self.horizontal = nn.Conv2d(features, 2 * features, (1, 2))
        self.across = nn.Conv2d(features, 2 * features, 1)
        self.out = nn.Conv2d(features, features, 1)

    def extra_repr(self) -> str:
        return f"features={self.out.in_channels}"

    def forward(self, v: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        checks.into(self, "v", v, "B F H W", F=self.out.in_channels)
        h = checks.alike("h", h, v)
        v = v + gate(self.vertical(pad(v, (1, 1, 1, 0))))
        h = h + self.out(gate(self.horizontal(pad(h, (1, 0))) + self.across(v)))
        return v, h


class GatedPixelCNN(Autoregressive):
    """Pixels in raster order, seen through `layers` of `GatedLayer`: (B, D), D = height width.

    The first kernels read the half of a `kernel` x `kernel` window that is past. Pixel (r, c) sees, of the
    (kernel - 1) / 2 + layers rows above it, as many columns to either side, and as many pixels to its left.
    Layers have `features` channels; a pixel takes `levels` values 0, ..., 1, two for black and white.
    (van den Oord et al., 2016, Conditional Image Generation with PixelCNN Decoders.)
    """

    def __init__(
        self,
        height: int,
        width: int,
        features: int = 32,
        layers: int = 4,
        levels: int = 2,
        kernel: int = 7,
    ):
        height, width, layers = checks.at_least(1, height=height, width=width, layers=layers)
        checks.at_least(1, features=features)
        checks.at_least(3, kernel=odd(kernel))
        super().__init__(height * width)
        self.shape, self.reach = (height, width), int(kernel) // 2
        self.above = nn.Conv2d(1, features, (self.reach, kernel))
        self.left = nn.Conv2d(1, features, (1, self.reach))
        self.position = nn.Parameter(torch.zeros(features, height, width))
        self.layers = nn.ModuleList(GatedLayer(features) for _ in range(layers))
        self.head = nn.Conv2d(features, features, 1)
        self.last = nn.Conv2d(features, logits_of(levels), 1)

    def extra_repr(self) -> str:
        height, width = self.shape
        return (
            f"height={height}, width={width}, features={self.head.in_channels}, "
            f"layers={len(self.layers)}, levels={max(2, self.last.out_channels)}, "
            f"kernel={2 * self.reach + 1}"
        )

    def conditionals(self, x: Tensor) -> Bernoulli | GreyLevels:
        """p(x_i | x_<i) for every i: (B, D) -> Bernoulli, or GreyLevels, of batch shape (B, D)."""
        self.check_shape(x)
        image, reach = (2 * x - 1).view(-1, 1, *self.shape), self.reach
        above = self.above(pad(image, (reach, reach, reach, 0)))  # (B, F, H + 1, W)
        v = above[:, :, :-1]
        h = self.left(pad(image, (reach, 0)))[..., :-1] + self.position
        for layer in self.layers:
            v, h = layer(v, h)
        return pixels(self.last(relu(self.head(relu(h)))).flatten(2).mT)  # from (B, D, logits)
