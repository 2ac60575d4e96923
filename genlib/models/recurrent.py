"""Layers with a memory that walks over an image, a row at a time or along both diagonals.

PixelRNN's layers (van den Oord, Kalchbrenner and Kavukcuoglu, 2016). Features are (B, H, W, 2F) here, the
features last, so that every kernel is a matrix; a memory has F of them.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from genlib import checks
from genlib.models.networks import odd

# --- the pieces ------------------------------------------------------------------------------------


def skew(x: Tensor) -> Tensor:
    """Row r moved r places to the right, zeros around it: (..., H, W) -> (..., H, W + H - 1)."""
    checks.dense("x", x, "... H W")
    height, width = x.shape[-2:]
    padded = F.pad(x, (0, height)).flatten(-2)  # read as rows one place shorter, each slips by one
    return padded[..., :-height].unflatten(-1, (height, width + height - 1))


def unskew(x: Tensor) -> Tensor:
    """What `skew` was given: (..., H, W + H - 1) -> (..., H, W)."""
    if checks.dense("x", x, "... H L").shape[-1] < x.shape[-2]:
        raise ValueError(f"x must be (..., H, W + H - 1), got {tuple(x.shape)}")
    height, length = x.shape[-2:]
    padded = F.pad(x.flatten(-2), (0, height)).unflatten(-1, (height, length + 1))
    return padded[..., : length + 1 - height]


def shift_down(x: Tensor) -> Tensor:
    """Row r holds what row r - 1 held, row 0 zeros: (B, H, W, F) -> (B, H, W, F)."""
    checks.real("x", x, "B H W F", finite=False)
    return torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], dim=1)


def two_rows(h: Tensor) -> Tensor:
    """What a 2 x 1 kernel reads, each row and the one above it: (..., H, F) -> (..., H, 2F)."""
    checks.real("h", h, "... H F", finite=False)
    return torch.cat([h, F.pad(h, (0, 0, 1, 0))[..., :-1, :]], dim=-1)


def windows(x: Tensor, left: int, right: int) -> Tensor:
    """Each place with its neighbours in the row: (..., W, F) -> (..., W, (left + 1 + right) C)."""
    checks.real("x", x, "... W F", finite=False)
    left, right = checks.at_least(0, left=left, right=right)
    padded, width = F.pad(x, (0, 0, left, right)), x.shape[-2]
    return torch.cat([padded[..., i : i + width, :] for i in range(left + 1 + right)], dim=-1)


def lstm_cell(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """The new (h, c) from the gates before their nonlinearities: (..., 4F), (..., F) -> 2 x (..., F).

    o, f, i = sigmoid, g = tanh;  c <- f c + i g;  h = o tanh(c)
    """
    features = checks.real("c", c, "... F", finite=False).shape[-1]
    expected = (*c.shape[:-1], 4 * features)
    if checks.real("gates", gates, "... G", finite=False).shape != expected:
        raise ValueError(f"gates must be {expected}, got {tuple(gates.shape)}")
    o, f, i = gates[..., : 3 * features].sigmoid().chunk(3, dim=-1)
    c = f * c + i * gates[..., 3 * features :].tanh()
    return o * c.tanh(), c


# --- the layers ------------------------------------------------------------------------------------


class RowLayer(nn.Module):
    """A memory that goes down the image, a row at a time: (B, H, W, 2F) -> (B, H, W, 2F).

        gates_r = K_is * x_r + K_ss * h_r-1;   x + up h

    K_is is kernel x 1 under mask B (the half that the mask hides is not stored), K_ss kernel x 1 unmasked. F is
    `features`.
    """

    def __init__(self, features: int, kernel: int = 3):
        super().__init__()
        [features] = checks.at_least(1, features=features)
        kernel = odd(kernel)
        self.features, self.reach = features, kernel // 2
        self.input_to_state = nn.Linear(2 * features * (self.reach + 1), 4 * features)
        self.state_to_state = nn.Linear(features * kernel, 4 * features, bias=False)
        self.up = nn.Linear(features, 2 * features)

    def extra_repr(self) -> str:
        return f"features={self.features}, kernel={2 * self.reach + 1}"

    def forward(self, x: Tensor) -> Tensor:
        checks.into(self, "x", x, "B H W F", F=2 * self.features)
        gates = self.input_to_state(windows(x, self.reach, 0))
        h = c = x.new_zeros(*x[:, 0].shape[:2], self.features)  # (B, W, F)
        rows = []
        for gates_r in gates.unbind(1):
            h, c = lstm_cell(gates_r + self._from_above(h), c)
            rows.append(h)
        return x + self.up(torch.stack(rows, dim=1))

    def _from_above(self, h: Tensor) -> Tensor:
        """What the row above adds to the gates: (B, W, F) -> (B, W, 4F)."""
        return self.state_to_state(windows(h, self.reach, self.reach))

    def carried(self, n: int, width: int) -> "_CarriedRow":
        """The layer one pixel at a time, for n images of this width."""
        return _CarriedRow(self, n, width)


class DiagonalLayer(nn.Module):
    """Two memories that go along the diagonals: (B, H, W, 2F) -> (B, H, W, 2F).

        gates_r,c = K_is x_r,c + K_ss [h_r,c-1; h_r-1,c];   x + up (h_left + shift_down h_right)

    In the skewed map both neighbours stand in the column before, so a column is one step. The second
    memory reads the mirrored map; its output moves down a row, or (r, c) would see (r, c + 1). F is `features`.
    """

    def __init__(self, features: int):
        super().__init__()
        [features] = checks.at_least(1, features=features)
        self.features = features
        self.input_to_state = nn.Linear(2 * features, 8 * features)  # of both directions
        self.state_to_state = nn.Parameter(torch.randn(2, 2 * features, 4 * features))
        nn.init.normal_(self.state_to_state, std=0.5 / features**0.5)
        self.up = nn.Linear(features, 2 * features)

    def extra_repr(self) -> str:
        return f"features={self.features}"

    def forward(self, x: Tensor) -> Tensor:
        checks.into(self, "x", x, "B H W F", F=2 * self.features)
        left, right = self.input_to_state(x).chunk(2, dim=-1)
        gates = torch.stack([left, right.flip(2)])  # (2, B, H, W, 4F)
        left, right = self._along_diagonals(gates)
        return x + self.up(left + shift_down(right.flip(2)))

    def _along_diagonals(self, gates: Tensor) -> Tensor:
        """(2, B, H, W, 4F) -> (2, B, H, W, F), a weight matrix for each of the two."""
        columns = skew(gates.movedim(-1, 2)).movedim((-1, 2), (0, -1)).contiguous()
        h = c = columns.new_zeros(*columns.shape[1:-1], self.features)  # (2, B, H, F)
        outputs = []
        for gates_t in columns.unbind(0):  # zeros stay zeros outside the image: no bias here
            both = two_rows(h).flatten(1, 2)
            gates_t = torch.baddbmm(gates_t.flatten(1, 2), both, self.state_to_state)
            h, c = lstm_cell(gates_t.view(*h.shape[:-1], -1), c)
            outputs.append(h)
        return unskew(torch.stack(outputs).movedim((0, -1), (-1, 2))).movedim(2, -1)

    def carried(self, n: int, width: int) -> "_CarriedDiagonal":
        """The layer one pixel at a time, for n images of this width."""
        return _CarriedDiagonal(self, n, width)


# --- what a sampler carries from pixel to pixel ----------------------------------------------------


class _CarriedRow:
    """A `RowLayer` one pixel at a time: the states of the row above and of this row so far."""

    def __init__(self, layer: RowLayer, n: int, width: int):
        n, width = checks.at_least(1, n=n, width=width)
        self.layer, zeros = layer, layer.up.weight.new_zeros(n, 3 * layer.features)
        self.edge = [zeros[:, layer.features :]] * layer.reach
        self.h = [zeros[:, : layer.features]] * width  # a (n, F) a column
        self.c = list(self.h)

    def new_row(self) -> None:
        self.above = self.layer._from_above(torch.stack(self.h, dim=1)).unbind(1)
        self.x = list(self.edge)

    def step(self, x: Tensor, j: int) -> Tensor:
        """The layer's output in column j of this row: (n, 2F) -> (n, 2F)."""
        self.x.append(x)
        gates = self.layer.input_to_state(torch.cat(self.x[j:], dim=1)) + self.above[j]
        self.h[j], self.c[j] = lstm_cell(gates, self.c[j])
        return x + self.layer.up(self.h[j])


class _CarriedDiagonal:
    """A `DiagonalLayer` one pixel at a time; its mirrored memory reads a row when the row is whole."""

    def __init__(self, layer: DiagonalLayer, n: int, width: int):
        n, width = checks.at_least(1, n=n, width=width)
        self.layer, self.x = layer, []
        own, above = layer.state_to_state.chunk(2, dim=1)  # of its row, of the one above
        left, right = layer.input_to_state.weight.T.chunk(2, dim=1)  # (2F, 4F)
        self.bias_left, self.bias_right = layer.input_to_state.bias.chunk(2)
        self.from_left = torch.cat([left, own[0]])  # (3F, 4F): of the input and its left neighbour
        self.above_left, self.from_right = above[0], own[1]
        self.into_right = torch.cat([right, above[1]])  # (3F, 4F): of the input and the row above
        self.zeros = left.new_zeros(n, layer.features)
        self.left = [self.zeros] * width  # a (n, F) a column
        self.right = list(self.left)

    def new_row(self) -> None:
        if self.x:
            self._mirrored()
        left = torch.stack(self.left, dim=1)
        self.above = (left @ self.above_left + self.bias_left).unbind(1)
        self.h = self.c = self.zeros
        self.x = []

    def _mirrored(self) -> None:
        """Take the mirrored memory along the row that is whole now, from right to left."""
        seen = torch.cat([torch.stack(self.x, dim=1), torch.stack(self.right, dim=1)], dim=2)
        gates = (seen @ self.into_right + self.bias_right).unbind(1)
        h = c = self.zeros
        for j in reversed(range(len(gates))):
            h, c = lstm_cell(torch.addmm(gates[j], h, self.from_right), c)
            self.right[j] = h

    def step(self, x: Tensor, j: int) -> Tensor:
        """The layer's output in column j of this row: (n, 2F) -> (n, 2F)."""
        self.x.append(x)
        seen = torch.cat([x, self.h], dim=1)
        self.h, self.c = lstm_cell(torch.addmm(self.above[j], seen, self.from_left), self.c)
        self.left[j] = self.h
        return x + self.layer.up(self.h + self.right[j])
