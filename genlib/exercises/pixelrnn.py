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
        "The triangle ends at the border: a row has only seven pixels.": 30,
        "In its own row it sees the pixel before too, so each row of the triangle is one wider.": 23,
        "That is the whole image, the future too.": 49,
    },
    otherwise="Draw the 7 by 7 grid and colour it row by row, from the pixel's own row upwards. "
    "How many columns does each row see, and where does the border end it?",
)
# --- 2: one step of an LSTM ----------------------------------------------------------------------------


def _cell(gates, c):
    o, f, i, g = gates.chunk(4)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def _with(squash=torch.tanh, last=torch.tanh, gate=torch.sigmoid, order="ofig", forget=True):
    """The cell with one thing done otherwise; `order` names the four quarters of the gates."""

    def cell(gates, c):
        parts = dict(zip(order, gates.chunk(4), strict=True))
        o, f, i = (gate(parts[name]) for name in "ofi")
        c = (f * c if forget else c) + i * squash(parts["g"])
        return o * last(c), c

    return cell


def _old_memory_out(gates, c):
    return gates.chunk(4)[0].sigmoid() * c.tanh(), _cell(gates, c)[1]


_generator = torch.Generator().manual_seed(0)
_steps = tuple(
    (torch.randn(12, generator=_generator), torch.randn(3, generator=_generator)) for _ in range(3)
)

lstm_step = Exercise(
    reference=_cell,
    praise="The memory c is only scaled and added to, which is why it lasts over many pixels.",
    wrong={
        "g may be negative: it is squashed by tanh, not by a sigmoid.": _with(squash=torch.sigmoid),
        "You exchanged the forget gate and the input gate.": _with(order="oifg"),
        "The memory goes out through tanh: h = sigmoid(o) tanh(c).": _with(last=lambda c: c),
        "The forget gate is missing: the old memory is multiplied by sigmoid(f).": _with(
            forget=False
        ),
        "The order is h first, then c.": lambda gates, c: _cell(gates, c)[::-1],
        "You gave h alone. Give the pair (h, c).": lambda gates, c: _cell(gates, c)[0],
        "You gave c alone. Give the pair, h first.": lambda gates, c: _cell(gates, c)[1],
        "The gates stand in the order o, f, i, g here. torch's own cell has i, f, g, o.": _with(
            order="ifgo"
        ),
        "The old memory goes out in h. Make the new one first.": _old_memory_out,
        "The three gates need their sigmoid: a gate is between 0 and 1.": _with(gate=lambda v: v),
    },
    otherwise="Take c first: how much is kept, and how much of what is added? Then h: which gate "
    "lets the new memory out?",
    inputs=_steps,
)

# --- 3: a mask for a kernel that must not see the future ----------------------------------------------


def _mask(kind, k):
    mask = torch.zeros(k, k)
    mask[: k // 2] = 1
    mask[k // 2, : k // 2 + (kind == "B")] = 1
    return mask


def _middle_row_alone(kind, k):
    mask = _mask(kind, k)
    mask[: k // 2] = 0
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
        "`tril` cuts along the diagonal. The past is what comes earlier in reading order.": (
            lambda kind, k: torch.ones(k, k).tril(-1 if kind == "A" else 0)
        ),
        "The rows above the centre are missing: they are in the past too.": _middle_row_alone,
        "1 and 0 are exchanged: 1 is where it may look.": lambda kind, k: 1 - _mask(kind, k),
    },
    otherwise="Number the places of the kernel in reading order: which come before the centre? "
    "And what do A and B do with the centre itself?",
    inputs=(("A", 3), ("B", 3), ("A", 5), ("B", 5)),
)

EXERCISES = {
    "row_lstm_sees": row_lstm_sees,
    "lstm_step": lstm_step,
    "causal_mask": causal_mask,
}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_walks": (
        "Which walk arrives first?",
        ["raster", "Row LSTM", "the diagonals"],
        "Row LSTM",
    ),
    "show_field": (
        "What moves the right edge of what a Row LSTM sees?",
        ["layers", "kernel", "neither"],
        "kernel",
    ),
}
