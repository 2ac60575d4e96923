"""Recurrent networks over pixels: PixelRNN's Row LSTM and Diagonal BiLSTM, and one LSTM along the raster.

Van den Oord, Kalchbrenner and Kavukcuoglu, 2016. The layers are those of `genlib.models.recurrent`.
"""

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli
from torch.nn import functional as F

from genlib import checks
from genlib.models.autoregressive import Autoregressive
from genlib.models.networks import MaskedConv2d
from genlib.models.recurrent import DiagonalLayer, RowLayer
from genlib.models.sampling import GreyLevels, draw, logits_of, pixels


class _PixelRNN(Autoregressive):
    """A first convolution under mask A, recurrent layers, and for each colour a small head.

    The head of colour k reads the features of the pixel and its first k colours. `position` is a learned
    bias for every pixel, zero at first.
    """

    _layer: type[RowLayer | DiagonalLayer]  # all that a subclass says

    def __init__(
        self,
        height: int,
        width: int,
        features: int = 24,
        layers: int = 1,
        kernel: int = 7,
        levels: int = 2,
        colours: int = 1,
    ):
        height, width, colours = checks.at_least(1, height=height, width=width, colours=colours)
        features, layers = checks.at_least(1, features=features, layers=layers)
        super().__init__(height * width * colours)
        self.shape = (height, width, colours)
        stack = [self._layer(features) for _ in range(layers)]
        self.first = MaskedConv2d("A", colours, 2 * features, kernel)
        self.position = nn.Parameter(torch.zeros(height, width, 2 * features))
        self.layers = nn.ModuleList(stack)
        self.heads = nn.ModuleList(
            _head(2 * features + k, features, levels) for k in range(colours)
        )

    def extra_repr(self) -> str:
        height, width, colours = self.shape
        return (
            f"height={height}, width={width}, features={self.first.out_channels // 2}, "
            f"layers={len(self.layers)}, kernel={self.first.kernel_size[0]}, "
            f"levels={max(2, self.heads[0][-1].out_features)}, colours={colours}"
        )

    def conditionals(self, x: Tensor) -> Bernoulli | GreyLevels:
        """p(x_i | x_<i) for every i: (B, D) -> Bernoulli or GreyLevels of batch shape (B, D)."""
        self.check_shape(x)
        image = x.reshape(len(x), *self.shape)
        h = self.first(image.permute(0, 3, 1, 2)).permute(0, 2, 3, 1) + self.position
        for layer in self.layers:
            h = layer(h)
        logits = [self._logits(h, image, k) for k in range(len(self.heads))]
        return pixels(torch.stack(logits, dim=3).flatten(1, 3))

    def _logits(self, h: Tensor, pixel: Tensor, k: int) -> Tensor:
        """Logits of colour k: features (..., 2F), colours (..., colours) -> (..., 1 or levels)."""
        h = h.relu()
        return self.heads[k](torch.cat([h, pixel[..., :k]], dim=-1) if k else h)

    @torch.no_grad()
    def sample(
        self, n: int, prefix: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw x_1, then x_2 given x_1, and so on, one step of every layer per pixel: -> (n, D).

        `prefix`, (k,) or (n, k), fixes the first k pixels; `generator` is the only source of noise.
        """
        x, known = self._start(n, prefix, pixels(self.heads[0][-1].bias))
        (height, width, _), image = self.shape, x.view(n, *self.shape)
        reach = self.first.kernel_size[0] // 2
        padded = F.pad(image, (0, 0, reach, reach, reach, 0))
        kernel = self.first.seen().permute(2, 3, 1, 0).flatten(0, 2)  # (rows columns colours, 2F)
        bias = self.first.bias + self.position
        carried = [layer.carried(n, width) for layer in self.layers]
        for r in range(height):
            for memory in carried:
                memory.new_row()
            for c in range(width):
                seen = padded[:, r : r + reach + 1, c : c + 2 * reach + 1].flatten(1)
                h = torch.addmm(bias[r, c], seen, kernel)
                for memory in carried:
                    h = memory.step(h, c)
                pixel = image[:, r, c]
                first = (r * width + c) * len(self.heads)
                for k in range(max(known - first, 0), len(self.heads)):
                    pixel[:, k] = draw(pixels(self._logits(h, pixel, k)), generator)
                padded[:, r + reach, c + reach] = pixel
        return x


class RowLSTM(_PixelRNN):
    """Layers of `RowLayer` behind a first convolution, over pixels in raster order, grey or coloured.

    Of the row d above (r, c) it sees no column beyond c + d - 1 + (kernel - 1) / 2, however many layers.

    Arguments:
        height, width: of an image, in pixels
        features: F, the units of a memory; the layers pass 2F features on
        layers: how many layers with a memory
        kernel: the side of the first convolution's kernel in pixels, odd
        levels: how many values a sub-pixel takes, 0, ..., 1; 2 for black and white
        colours: sub-pixels per pixel, each given those before it; an image is (D,), D = height width colours

    Example:
        >>> from genlib.data import every_image
        >>> model = RowLSTM(height=2, width=2, features=3)
        >>> model.sample(3).shape
        torch.Size([3, 4])
        >>> round(model.log_prob(every_image(4)).exp().sum().item(), 2)
        1.0
    """

    _layer = RowLayer


class DiagonalBiLSTM(_PixelRNN):
    """Layers of `DiagonalLayer` behind a first convolution, over pixels in raster order, grey or coloured.

    It sees every earlier pixel but one per row: (r, c) misses (r - 1, W - 1) where
    c + (kernel - 1) / 2 < W - 1, for the mirrored memory comes a row late and the mask ends before it.

    Arguments:
        height, width: of an image, in pixels
        features: F, the units of a memory; the layers pass 2F features on
        layers: how many layers with a memory
        kernel: the side of the first convolution's kernel in pixels, odd
        levels: how many values a sub-pixel takes, 0, ..., 1; 2 for black and white
        colours: sub-pixels per pixel, each given those before it; an image is (D,), D = height width colours

    Example:
        >>> from genlib.data import every_image
        >>> model = DiagonalBiLSTM(height=2, width=2, features=3)
        >>> model.sample(3).shape
        torch.Size([3, 4])
        >>> round(model.log_prob(every_image(4)).exp().sum().item(), 2)
        1.0
    """

    _layer = DiagonalLayer


class RasterLSTM(Autoregressive):
    """One LSTM along the raster: the next pixel given one memory of all the pixels before.

    At each pixel it reads the one to its left (in column 0 the last of the row above), the one above, and
    `position` learned numbers that say where it is. Colours are a wider image: RasterLSTM(height, 3 * width).

    Arguments:
        height, width: of an image, in pixels; an image is (D,), D = height width
        hidden: the units of the memory
        position: how many learned numbers say where a pixel is
        levels: how many values a pixel takes, 0, ..., 1; 2 for black and white

    Example:
        >>> from genlib.data import every_image
        >>> model = RasterLSTM(height=2, width=2, hidden=5)
        >>> model.sample(3).shape
        torch.Size([3, 4])
        >>> round(model.log_prob(every_image(4)).exp().sum().item(), 2)
        1.0
    """

    def __init__(
        self, height: int, width: int, hidden: int = 96, position: int = 16, levels: int = 2
    ):
        height, width = checks.at_least(1, height=height, width=width)
        hidden, position = checks.at_least(1, hidden=hidden, position=position)
        super().__init__(height * width)
        self.width = width
        self.position = nn.Parameter(0.3 * torch.randn(height * width, position))
        self.lstm = nn.LSTM(2 + position, hidden, batch_first=True)
        self.out = nn.Linear(hidden, logits_of(levels))

    def extra_repr(self) -> str:
        pixels, position = self.position.shape
        return (
            f"height={pixels // self.width}, width={self.width}, hidden={self.lstm.hidden_size}, "
            f"position={position}, levels={max(2, self.out.out_features)}"
        )

    def conditionals(self, x: Tensor) -> Bernoulli | GreyLevels:
        """p(x_i | x_<i) for every i: (B, D) -> Bernoulli or GreyLevels of batch shape (B, D)."""
        self.check_shape(x)
        before = F.pad(x, (self.width, 0))
        left, above = before[:, self.width - 1 : -1], before[:, : -self.width]
        seen = torch.stack([left, above], dim=2)
        seen = torch.cat([seen, self.position.expand(len(x), -1, -1)], dim=2)
        return pixels(self.out(self.lstm(seen)[0]))

    @torch.no_grad()
    def sample(
        self, n: int, prefix: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw x_1, then x_2 given x_1, and so on, one step of the LSTM per pixel: -> (n, D).

        `prefix`, (k,) or (n, k), fixes the first k pixels; `generator` is the only source of noise.
        """
        x, known = self._start(n, prefix, pixels(self.out.bias))
        before = F.pad(x, (self.width, 0))
        h = c = x.new_zeros(n, self.lstm.hidden_size)
        weights = self.lstm.all_weights[0]
        for i, position in enumerate(self.position):
            left, above = before[:, i + self.width - 1, None], before[:, i, None]
            seen = torch.cat([left, above, position.expand(n, -1)], dim=1)
            h, c = torch.lstm_cell(seen, (h, c), *weights)
            if i >= known:
                x[:, i] = draw(pixels(self.out(h)), generator)
                before[:, i + self.width] = x[:, i]
        return x


def _head(inputs: int, features: int, levels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, features), nn.ReLU(), nn.Linear(features, logits_of(levels))
    )
