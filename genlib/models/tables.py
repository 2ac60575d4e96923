"""Conditional tables: exact, fitted by counting, and soon unaffordable.

A table for pixel i has one row for each past it can tell apart; a row holds the probabilities of
the m grey levels. How much of the past it may read is all that the three models differ in.
"""

import math
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.models.autoregressive import Autoregressive
from genlib.models.sampling import GreyLevels


def count_parameters(num_pixels: int, order: int, levels: int = 2) -> int:
    """Free numbers of order-k tables, (m^k - 1) + (n - k) (m - 1) m^k; k = 0 and n - 1 are the extremes.

    Order 0 is independence, n (m - 1); order n - 1 is the whole joint, m^n - 1.
    """
    n, k, m = num_pixels, order, levels
    for name, value, low in (("num_pixels", n, 1), ("levels", m, 2), ("order", k, 0)):
        if not isinstance(value, int) or value < low:
            raise ValueError(f"{name} must be a whole number, at least {low}, got {value}")
    if k >= n:
        raise ValueError(f"order must be from 0 to {n - 1}, got {k}")
    return (m**k - 1) + (n - k) * (m - 1) * m**k


class _Tables(Autoregressive):
    """p(x_i | the `order` pixels before it), one table a pixel, all packed into `log_probs` (rows, m).

    Untrained, every row is uniform. Pixel i owns m ** min(i, order) rows from `first_row[i]` on.
    """

    def __init__(self, num_pixels: int, order: int, levels: int):
        super().__init__(num_pixels)
        if levels < 2:
            raise ValueError(f"levels must be at least 2, got {levels}")
        self.order, self.levels = order, levels
        sizes = torch.tensor([levels ** min(i, order) for i in range(num_pixels)])
        self.register_buffer("first_row", sizes.cumsum(0) - sizes)
        self.register_buffer("log_probs", torch.zeros(int(sizes.sum()), levels).log_softmax(1))

    @property
    def num_parameters(self) -> int:
        """The free numbers of all rows: a row of m probabilities has m - 1."""
        rows, m = self.log_probs.shape
        return rows * (m - 1)

    def conditionals(self, x: Tensor) -> GreyLevels:
        """Look up each pixel's row: (B, D) -> GreyLevels of batch shape (B, D)."""
        return GreyLevels(self.log_probs[self._rows(x)])

    def count(self, x: Tensor, add: float = 1.0) -> Self:
        """Fill the tables with (count + add) / (total + m add) over the images x, (B, D).

        `add` keeps what was never seen possible; with 0 it gets probability zero, and a row that was
        never seen stays uniform.
        """
        if not 0 <= add < float("inf"):
            raise ValueError(f"add must be a count, at least 0, got {add}")
        rows = self._rows(x)
        self.log_prob(x)  # refuses values that are no levels
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
    """p(x) = p(x_1) p(x_2) ... p(x_D): D (m - 1) numbers, and no pixel knows of another."""

    def __init__(self, num_pixels: int, levels: int = 2):
        super().__init__(num_pixels, order=0, levels=levels)


class MarkovChain(_Tables):
    """p(x) = prod_i p(x_i | x_i-k, ..., x_i-1), k the order: (m^k - 1) + (D - k) (m - 1) m^k numbers."""

    def __init__(self, num_pixels: int, order: int, levels: int = 2):
        numbers = count_parameters(num_pixels, order, levels)  # refuses what cannot be counted
        if num_pixels * levels ** (order + 1) > 2**28:
            raise ValueError(
                f"order must leave the tables at most {2**28:,} entries, got order {order} with "
                f"{levels} levels, which needs {numbers:,} numbers"
            )
        super().__init__(num_pixels, order, levels)


class FullTable(_Tables):
    """p(x) by the chain rule with the whole past in every table: m^D - 1 numbers, nothing assumed."""

    def __init__(self, num_pixels: int, levels: int = 2):
        if levels**num_pixels > 2**20:
            raise ValueError(
                f"num_pixels must leave at most 20 binary pixels' worth of images, got {num_pixels}: "
                f"the table would need {levels}^{num_pixels} - 1 numbers, "
                f"about 10^{num_pixels * math.log10(levels):.0f}"
            )
        super().__init__(num_pixels, order=max(num_pixels - 1, 0), levels=levels)
