"""Exercises of notebook 03: the LSTM cell, what a Row LSTM sees, masks."""

import torch

from genlib.exercises.checker import Exercise

# --- 1: how many pixels does one Row LSTM layer see? -------------------------------------------------

row_lstm_sees = Exercise(
    reference=26,
    praise="Row 4 from column 2 to 3, and above it a triangle that grows by one to each side a row.",
    wrong={
        "That is every pixel up to this one. The triangle at the right is never seen.": 32,
        "That is the rectangle above and to the left, which one diagonal LSTM sees.": 20,
        "You left out the pixel itself, which a mask B layer does see.": 25,
        "That is what two layers see.": 28,
        "That is the triangle above alone. In its own row it sees the pixel before and itself.": 24,
    },
    otherwise="Row r - d: columns from c - 1 - d to c + d, cut off at the border. Add up the rows.",
)
# --- 2: one step of an LSTM ----------------------------------------------------------------------------


def _cell(gates, c):
    o, f, i, g = gates.chunk(4)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def _with(squash=torch.tanh, last=torch.tanh, swap=False, forget=True):
    def cell(gates, c):
        o, f, i, g = gates.chunk(4)
        f, i = (i, f) if swap else (f, i)
        kept = f.sigmoid() * c if forget else c
        c = kept + i.sigmoid() * squash(g)
        return o.sigmoid() * last(c), c

    return cell


_generator = torch.Generator().manual_seed(0)
_steps = tuple(
    (torch.randn(12, generator=_generator), torch.randn(3, generator=_generator)) for _ in range(3)
)

lstm_step = Exercise(
    reference=_cell,
    praise="The memory c is only scaled and added to, which is why it lasts over many pixels.",
    wrong={
        "g may be negative: it is squashed by tanh, not by a sigmoid.": _with(squash=torch.sigmoid),
        "You exchanged the forget gate and the input gate.": _with(swap=True),
        "The memory goes out through tanh: h = sigmoid(o) tanh(c).": _with(last=lambda c: c),
        "The forget gate is missing: the old memory is multiplied by sigmoid(f).": _with(
            forget=False
        ),
        "The order is h first, then c.": lambda gates, c: _cell(gates, c)[::-1],
        "You gave h alone. Give the pair (h, c).": lambda gates, c: _cell(gates, c)[0],
    },
    otherwise="c becomes sigmoid(f) c + sigmoid(i) tanh(g), and h is sigmoid(o) tanh(c).",
    inputs=_steps,
)

# --- 3: a mask for a kernel that must not see the future ----------------------------------------------


def _mask(kind, k):
    mask = torch.zeros(k, k)
    mask[: k // 2] = 1
    mask[k // 2, : k // 2 + (kind == "B")] = 1
    return mask


causal_mask = Exercise(
    reference=_mask,
    praise="A is for the first layer, where the pixel itself must stay hidden; B for all others.",
    wrong={
        "A and B are exchanged: A hides the pixel itself.": lambda kind, k: _mask(
            "A" if kind == "B" else "B", k
        ),
        "A must hide the pixel itself, the centre.": lambda kind, k: _mask("B", k),
        "B must let the pixel itself through.": lambda kind, k: _mask("A", k),
        "The middle row is all zero: the pixels to the left of the centre are in the past.": (
            lambda kind, k: torch.cat([torch.ones(k // 2, k), torch.zeros(k - k // 2, k)])
        ),
        "The mask is turned upside down: it shows the future.": lambda kind, k: _mask(kind, k).flip(
            0, 1
        ),
        "Rows above the centre are past in all their columns, to the right too.": lambda kind, k: (
            _mask(kind, k) * (torch.arange(k) <= k // 2)
        ),
        "The mask is transposed: rows come first.": lambda kind, k: _mask(kind, k).T,
    },
    otherwise="Ones in all rows above the centre and left of it in its row; the centre only for B.",
    inputs=(("A", 3), ("B", 3), ("A", 5), ("B", 5)),
)

EXERCISES = {
    "row_lstm_sees": row_lstm_sees,
    "lstm_step": lstm_step,
    "causal_mask": causal_mask,
}
