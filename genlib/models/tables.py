"""Conditional tables: exact, fitted by counting, and soon unaffordable.

A table for pixel i has one row for each past it can tell apart; a row holds the probabilities of
the m grey levels. How much of the past it may read is all that the three models differ in.
"""

import math
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib import checks
from genlib.models.autoregressive import Autoregressive
from genlib.models.sampling import GreyLevels, check_values


def count_parameters(num_pixels: int, order: int, levels: int = 2) -> int:
    """Free numbers of order-k tables, (m^k - 1) + (n - k) (m - 1) m^k; k = 0 and n - 1 are the extremes.

    Order 0 is independence, n (m - 1); order n - 1 is the whole joint, m^n - 1.
    """
    n, k, m = _sizes(num_pixels, order, levels)
    return (m**k - 1) + (n - k) * (m - 1) * m**k


def _sizes(num_pixels: int, order: int, levels: int) -> list[int]:
    """The three as Python's own whole numbers, the order below the number of pixels."""
    sizes = checks.at_least(1, num_pixels=num_pixels) + checks.at_least(0, order=order)
    if sizes[1] >= sizes[0]:
        raise ValueError(f"order must be from 0 to {sizes[0] - 1}, got {order}")
    return sizes + checks.at_least(2, levels=levels)


class _Tables(Autoregressive):
    """p(x_i | the `order` pixels before it), one table per pixel, all packed into `log_probs` (rows, m).

    Untrained, every row is uniform. Pixel i owns m ** min(i, order) rows from `first_row[i]` on.
    """

    def __init__(self, num_pixels: int, order: int, levels: int):
        num_pixels, order, levels = _sizes(num_pixels, order, levels)
        super().__init__(num_pixels)
        self.order, self.levels = order, levels
        sizes = torch.tensor([levels ** min(i, order) for i in range(num_pixels)])
        self.register_buffer("first_row", sizes.cumsum(0) - sizes)
        self.register_buffer("log_probs", torch.zeros(int(sizes.sum()), levels).log_softmax(1))

    def extra_repr(self) -> str:
        return f"num_pixels={self.num_pixels}, levels={self.levels}"

    @property
    def num_parameters(self) -> int:
        """The free numbers of all rows: a row of m probabilities has m - 1."""
        rows, m = self.log_probs.shape
        return rows * (m - 1)

    def conditionals(self, x: Tensor) -> GreyLevels:
        """Each pixel's row of its table: (B, D) -> GreyLevels of batch shape (B, D)."""
        return GreyLevels(self.log_probs[self._rows(x)])

    def count(self, x: Tensor, add: float = 1.0) -> Self:
        """Fill the tables with (count + add) / (total + m add) over the images x, (B, D).

        `add` keeps what was never seen possible; with 0 it gets probability zero, and a row that was
        never seen stays uniform.
        """
        checks.number("add", add, low=0)
        rows = self._rows(x)
        check_values("x", x, self.conditionals(x))
        entry = rows * self.levels + self._level(x)
        size = self.log_probs.shape
        counts = torch.bincount(entry.flatten(), minlength=self.log_probs.numel()).view(size) + add
        counts[counts.sum(1) == 0] = 1.0
        counts = counts.double()
        self.log_probs = (counts / counts.sum(1, keepdim=True)).log().to(self.log_probs.dtype)
        return self

    def _rows(self, x: Tensor) -> Tensor:
        """The row that each pixel's past selects: (B, D) -> (B, D)."""
        self.check_shape(x)
        levels = F.pad(self._level(x), (self.order, 0))  # 0 before the first pixel
        past = torch.zeros_like(x, dtype=torch.long)
        for start in range(self.order):  # the past, oldest first, read as a number in base m
            past = past * self.levels + levels[:, start : start + self.num_pixels]
        return self.first_row + past

    def _level(self, x: Tensor) -> Tensor:
        """The level of each pixel, from 0 to m - 1; what is no level becomes the nearest one."""
        return (x * (self.levels - 1)).nan_to_num().round().long().clamp(0, self.levels - 1)


class Independent(_Tables):
    """p(x) = p(x_1) p(x_2) ... p(x_D), of m `levels` each: D (m - 1) numbers, and no pixel knows of another.

    D is `num_pixels`.
    """

    def __init__(self, num_pixels: int, levels: int = 2):
        super().__init__(num_pixels, order=0, levels=levels)


class MarkovChain(_Tables):
    """p(x) = prod_i p(x_i | x_i-k, ..., x_i-1), k the `order`: (m^k - 1) + (D - k) (m - 1) m^k numbers.

    D is `num_pixels`, each of m `levels`.
    """

    def __init__(self, num_pixels: int, order: int, levels: int = 2):
        n, k, m = _sizes(num_pixels, order, levels)
        if math.log2(n) + (k + 1) * math.log2(m) > 28:
            raise ValueError(
                f"order must leave the tables at most {2**28:,} entries, got order {k} with {m} levels, "
                f"which needs about 10^{math.log10(n) + (k + 1) * math.log10(m):.0f}"
            )
        super().__init__(num_pixels, order, levels)

    def extra_repr(self) -> str:
        return f"num_pixels={self.num_pixels}, order={self.order}, levels={self.levels}"


class FullTable(_Tables):
    """p(x) by the chain rule with the whole past in every table: m^D - 1 numbers, nothing assumed.

    D is `num_pixels`, each of m `levels`.
    """

    def __init__(self, num_pixels: int, levels: int = 2):
        n, _, m = _sizes(num_pixels, 0, levels)
        if n * math.log2(m) > 20:
            raise ValueError(
                f"num_pixels must leave at most 20 binary pixels' worth of images, got {n}: "
                f"the table would need {m}^{n} - 1 numbers, about 10^{n * math.log10(m):.0f}"
            )
        super().__init__(num_pixels, order=n - 1, levels=levels)
