"""The chain rule, written once, and the mask under which a convolution keeps it."""

import abc
import math

import torch
from torch import Tensor, nn
from torch.distributions import Distribution
from torch.nn.functional import conv2d

from genlib import checks
from genlib.models.sampling import check_values, draw, pick


class Autoregressive(nn.Module, abc.ABC):
    """p(x) = p(x_1) p(x_2 | x_1) ... p(x_D | x_<D), over D pixels in the order of the columns.

    A subclass says what its conditionals are; the log-likelihood and the sampler follow.
    """

    def __init__(self, num_pixels: int):
        super().__init__()
        [self.num_pixels] = checks.at_least(1, num_pixels=num_pixels)

    @abc.abstractmethod
    def conditionals(self, x: Tensor) -> Distribution:
        """All D conditionals at once: (B, D) -> a distribution of batch shape (B, D).

        Entry i may read x[:, :i] only. It asks for the shape and the type of x, and takes any values.
        """

    def check_shape(self, x: Tensor) -> None:
        """Raise a ValueError unless x is (B, D) with at least one image, of the model's dtype."""
        checks.into(self, "x", x, "B D", D=self.num_pixels)

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x) in nats: (B, D) -> (B,). ValueError for values that no pixel can take."""
        conditionals = self.conditionals(x)
        check_values("x", x, conditionals)
        return conditionals.log_prob(x).sum(dim=1)

    @torch.no_grad()
    def sample(
        self, n: int, prefix: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw x_1, then x_2 given x_1, and so on: -> (n, D).

        `prefix`, (k,) or (n, k), fixes the first k pixels; `generator` is the only source of noise.
        """
        blank = checks.first_of(self).new_zeros(1, self.num_pixels)
        x, known = self._start(n, prefix, self.conditionals(blank))
        for i in range(known, self.num_pixels):
            x[:, i] = draw(pick(self.conditionals(x), i), generator)
        return x

    def _start(self, n: int, prefix: Tensor | None, pixels: Distribution) -> tuple[Tensor, int]:
        """Images (n, D), the prefix and zeros behind it, and its length.

        ValueError where the prefix does not fit, or `pixels`, any of the conditionals, cannot take its values.
        """
        checks.at_least(1, n=n)
        x = checks.first_of(self).new_zeros(n, self.num_pixels)
        if prefix is None:
            return x, 0
        checks.dense("prefix", prefix)
        known = prefix.shape[-1] if prefix.dim() else 0
        if prefix.shape not in ((known,), (n, known)) or known > self.num_pixels:
            raise ValueError(
                f"prefix must be (k,) or ({n}, k) with k at most {self.num_pixels}, "
                f"got {tuple(prefix.shape)}"
            )
        if known:
            x[:, :known] = checks.alike("prefix", prefix.expand(n, -1), x[:, :known])
            check_values("prefix", x, pixels)
        return x, known


class OrderEnsemble(nn.Module):
    """The mixture of K models that read the pixels in different orders: p(x) = mean_k p_k(x[order_k]).

    Joint probabilities are averaged, never conditionals or logits: only the first sums to one.
    """

    def __init__(self, models: list[Autoregressive], orders: Tensor):
        super().__init__()
        checks.kind("models", models, list, tuple, nn.ModuleList)
        for model in models:
            checks.kind("models", model, Autoregressive)
        orders = checks.whole("orders", orders, "K D")
        pixels = torch.arange(orders.shape[1])
        if not torch.equal(orders.sort(1).values, pixels.expand_as(orders)):
            raise ValueError(
                f"orders must be (K, D), each row a permutation of 0, ..., {len(pixels) - 1}, not all are"
            )
        if len(models) != len(orders) or {m.num_pixels for m in models} != {len(pixels)}:
            raise ValueError(
                f"orders and models must be of one number and size, got orders {tuple(orders.shape)} "
                f"and models of {[m.num_pixels for m in models]} pixels"
            )
        self.models = nn.ModuleList(models)
        self.register_buffer("orders", orders.clone())

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x) in nats, x in raster order: (B, D) -> (B,)."""
        self.models[0].check_shape(x)
        joint = [
            model.log_prob(x[:, order])
            for model, order in zip(self.models, self.orders, strict=True)
        ]
        return torch.stack(joint).logsumexp(0) - math.log(len(joint))

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw a model for every image, then the image from it: -> (n, D) in raster order."""
        checks.at_least(1, n=n)
        checks.noise(generator)
        which = torch.randint(len(self.models), (n,), generator=generator)
        images = []
        for k, (model, order) in enumerate(zip(self.models, self.orders, strict=True)):
            if count := int((which == k).sum()):
                images.append(model.sample(count, generator=generator)[:, order.argsort()])
        x = torch.empty_like(torch.cat(images))
        x[which.argsort()] = torch.cat(images)
        return x


def causal_mask(kind: str, inputs: int, outputs: int, kernel: int, colours: int = 1) -> Tensor:
    """1 where a convolution may look: (outputs, inputs, kernel, kernel).

    All pixels before the centre in raster order; at the centre kind "A" sees the earlier colours, "B" its
    own too. Channels belong to the colours in equal parts, red first. One colour: (kernel^2 - 1) / 2 ones
    for "A", one more for "B".
    """
    checks.kind("kind", kind, str)
    if kind not in ("A", "B"):
        raise ValueError(f'kind must be "A" or "B", got {kind!r}')
    kernel = odd(kernel)
    inputs, outputs, colours = checks.at_least(1, inputs=inputs, outputs=outputs, colours=colours)
    if inputs % colours or outputs % colours:
        raise ValueError(f"channels must be a multiple of {colours}, got {inputs} and {outputs}")
    before = torch.arange(kernel**2).view(kernel, kernel) < kernel**2 // 2
    mask = before.float().repeat(outputs, inputs, 1, 1)
    of_input, of_output = (torch.arange(n) * colours // n for n in (inputs, outputs))
    sees = of_input < of_output[:, None] + (kind == "B")
    mask[:, :, kernel // 2, kernel // 2] = sees.float()
    return mask


class MaskedConv2d(nn.Conv2d):
    """A convolution through a `causal_mask`: (B, inputs, H, W) -> (B, outputs, H, W)."""

    def __init__(self, kind: str, inputs: int, outputs: int, kernel: int, colours: int = 1):
        mask = causal_mask(kind, inputs, outputs, kernel, colours)
        super().__init__(inputs, outputs, kernel, padding=kernel // 2)
        self.register_buffer("mask", mask, persistent=False)

    def seen(self) -> Tensor:
        """The masked weights without the rows below the centre, which see nothing: (C', C, k // 2 + 1, k)."""
        return (self.weight * self.mask)[:, :, : self.kernel_size[0] // 2 + 1]

    def forward(self, x: Tensor) -> Tensor:
        checks.into(self, "x", x, "B C H W", C=self.in_channels)
        return conv2d(x, self.seen(), self.bias, padding=self.padding)[:, :, : x.shape[2]]


def odd(kernel: int) -> int:
    """The kernel's size itself, which is odd, for it has a centre."""
    [kernel] = checks.at_least(1, kernel=kernel)
    if kernel % 2 == 0:
        raise ValueError(f"kernel must be odd, got {kernel}")
    return kernel
