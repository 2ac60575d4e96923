"""PixelCNN: masked convolutions give the conditionals of all pixels in one pass."""

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli
from torch.nn.functional import dropout, pad, relu

from genlib import checks
from genlib.models.autoregressive import Autoregressive
from genlib.models.networks import MaskedConv2d
from genlib.models.sampling import GreyLevels, draw, logits_of, pixels


class PixelCNN(Autoregressive):
    """Pixels in raster order, each seen through a stack of masked convolutions.

        h_0 = A(2x - 1) + position,  h_l = h_l-1 + relu(B_l(relu(h_l-1))),  logits = B(relu(B(relu(h_L))))

    A is `kernel` x `kernel`, the B_l are 3 x 3, the last two B 1 x 1; position is (F, H, W). x is (B, D):
    D = HW, or 3HW sub-pixels, the R, G, B of a pixel side by side. To the upper right stays a blind spot.
    (van den Oord et al., 2016, residual form.)

    Arguments:
        height, width: H and W of an image, in pixels
        features: F, the channels of every hidden layer
        layers: L, how many of the residual layers h_1, ..., h_L
        levels: how many values a sub-pixel takes, 0, ..., 1; 2 for black and white
        colours: 1, or 3 for red, green and blue
        kernel: the side of the first kernel in pixels, odd
        dropout: the share of features that is set to zero in training, from 0 to below 1

    Example:
        >>> from genlib.data import every_image
        >>> model = PixelCNN(height=2, width=2, features=4, layers=1)
        >>> model.sample(3).shape
        torch.Size([3, 4])
        >>> round(model.log_prob(every_image(4)).exp().sum().item(), 2)
        1.0
    """

    def __init__(
        self,
        height: int,
        width: int,
        features: int = 32,
        layers: int = 8,
        levels: int = 2,
        colours: int = 1,
        kernel: int = 7,
        dropout: float = 0.0,
    ):
        height, width, layers = checks.at_least(1, height=height, width=width, layers=layers)
        features, colours = checks.at_least(1, features=features, colours=colours)
        checks.number("dropout", dropout, low=0, below=1)
        if colours not in (1, 3):
            raise ValueError(f"colours must be 1 or 3, got {colours}")
        super().__init__(height * width * colours)
        self.shape, self.dropout = (height, width, colours), dropout
        self.logits = logits_of(levels)  # of a sub-pixel
        self.first = MaskedConv2d("A", colours, features, kernel, colours)
        self.position = nn.Parameter(torch.zeros(features, height, width))
        self.layers = nn.ModuleList(
            MaskedConv2d("B", features, features, 3, colours) for _ in range(layers)
        )
        self.head = MaskedConv2d("B", features, features, 1, colours)
        self.last = MaskedConv2d("B", features, colours * self.logits, 1, colours)
        self.to(memory_format=torch.channels_last)  # convolutions of few maps are faster so

    def extra_repr(self) -> str:
        height, width, colours = self.shape
        features, kernel = self.first.out_channels, self.first.kernel_size[0]
        return (
            f"height={height}, width={width}, features={features}, layers={len(self.layers)}, "
            f"levels={max(2, self.logits)}, colours={colours}, kernel={kernel}, dropout={self.dropout}"
        )

    def conditionals(self, x: Tensor) -> Bernoulli | GreyLevels:
        """p(x_i | x_<i) for every i: (B, D) -> Bernoulli, or GreyLevels, of batch shape (B, D)."""
        self.check_shape(x)
        *_, h = self._features(x, self.dropout if self.training else 0)
        logits = self.last(relu(self.head(relu(h)))).permute(0, 2, 3, 1)
        return pixels(logits.reshape(len(x), self.num_pixels, self.logits))

    @torch.no_grad()
    def sample(
        self, n: int, prefix: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw x_1, then x_2 given x_1, and so on, from the features of its own pixel: -> (n, D).

        `prefix`, (k,) or (n, k), fixes the first k sub-pixels; `generator` is the only source of noise.
        """
        x, known = self._start(n, prefix, pixels(self.last.bias[: self.logits]))
        columns = _Columns(self, x)
        if known:
            columns.fill(self._features(x, 0))
        with torch.inference_mode():  # a tenth faster than no_grad
            for i in range(known, self.num_pixels):
                pixel, colour = divmod(i, self.shape[2])
                logits = columns.logits(pixel).view(n, -1, self.logits)[:, colour]
                x[:, i] = draw(pixels(logits), generator)
                columns.see(i, x[:, i])
        return x

    def _features(self, x: Tensor, drop: float) -> list[Tensor]:
        """h_0, ..., h_L of whole images: (B, D) -> each (B, F, H, W)."""
        image = (2 * x - 1).view(-1, *self.shape).permute(0, 3, 1, 2)
        features = [self.first(image) + self.position]
        for layer in self.layers:
            features.append(features[-1] + relu(layer(dropout(relu(features[-1]), drop))))
        return features


class _Columns:
    """The features of one pixel after the other, from those remembered of the pixels before.

    What the rows above add is computed once per row, what the left neighbour adds for all layers at once. Only the
    centre weight, F x F, is applied layer by layer.
    """

    def __init__(self, model: PixelCNN, x: Tensor):
        height, width, colours = self.shape = model.shape
        self.model, self.reach = model, model.first.kernel_size[0] // 2
        weight = torch.stack([layer.seen() for layer in model.layers])  # (L, F', F, 2, 3)
        self.bias = torch.stack([layer.bias for layer in model.layers])[:, None, None]
        self.from_above = weight[..., 0, :].flatten(2).mT  # (L, 3F, F')
        self.from_left = weight[..., 1, 0].mT
        self.from_here = weight[..., 1, 1].mT.unbind()
        self.first = model.first.seen().permute(2, 3, 1, 0).flatten(0, 2)
        self.position = (model.position + model.first.bias[:, None, None]).flatten(1).T.unbind()
        self.head, self.last = (layer.seen()[..., 0, 0].T for layer in (model.head, model.last))
        image = (2 * x - 1).view(-1, height, width, colours)
        self.image = pad(image, (0, 0, self.reach, self.reach, self.reach, 0))
        size = (len(weight), len(x), height + 1, width + 2, weight.shape[1])
        self.read = x.new_zeros(size)  # by layer: relu(h), with zeros around
        self.above = None

    def fill(self, features: list[Tensor]) -> None:
        """Remember the whole images' h_0, ..., h_L."""
        self.read[:, :, 1:, 1:-1] = relu(torch.stack(features[:-1])).permute(0, 1, 3, 4, 2)

    def see(self, i: int, value: Tensor) -> None:
        """Sub-pixel i is `value` from now on: (B,)."""
        pixel, colour = divmod(i, self.shape[2])
        r, c = divmod(pixel, self.shape[1])
        self.image[:, r + self.reach, c + self.reach, colour] = 2 * value - 1

    def logits(self, pixel: int) -> Tensor:
        """Of one pixel, all before it seen: -> (B, colours * logits)."""
        r, c = divmod(pixel, self.shape[1])
        if c == 0 or self.above is None:
            rows = self.read[:, :, r].unfold(2, 3, 1).flatten(3)  # (L, B, W, 3F)
            self.above = (rows @ self.from_above[:, None] + self.bias).unbind(2)
        others = torch.baddbmm(self.above[c], self.read[:, :, r + 1, c], self.from_left)
        window = self.image[:, r : r + self.reach + 1, c : c + 2 * self.reach + 1].flatten(1)
        h, read = torch.addmm(self.position[pixel], window, self.first), []
        for other, here in zip(others, self.from_here, strict=True):
            read.append(torch.relu(h))
            h += torch.addmm(other, read[-1], here).relu_()
        self.read[:, :, r + 1, c + 1] = torch.stack(read)
        h = torch.addmm(self.model.head.bias, h.relu_(), self.head).relu_()
        return torch.addmm(self.model.last.bias, h, self.last)
