"""Exercises of notebook 01: counting, the likelihood of a chain, the order of the pixels, Bayes' rule."""

import math
from typing import Any

import torch

from genlib.exercises.checker import Exercise, WrongForm, read

# --- 1: ten dice in a row, each looking at the one before ------------------------------------------

dice = Exercise(
    reference=275,
    praise="Five for the first die, and for each of the other nine six rows of five numbers.",
    wrong={
        "That is 2n - 1, the count for binary pixels. A die has six faces, not two.": 19,
        "You counted ten dice that know nothing of each other: n (m - 1).": 50,
        "A row of six probabilities sums to one, so only five of them are free.": 330,
        "The first die looks at nothing: it needs one row, not six.": 300,
        "One number a row would do for a coin. Here a row holds five free ones.": 59,
        "That is the whole table of all ten dice, 6^10 - 1: nothing was assumed.": 6**10 - 1,
        "You forgot the first die, which needs five numbers of its own.": 270,
        "All your later dice share one table. In this chain each has its own.": 35,
        "Only nine of the ten dice have one before them.": 305,
        "The row of the first die sums to one as well: five numbers, not six.": 276,
    },
    otherwise="How many rows has the table of the second die, and how many free numbers has a row?",
)

# --- 2: the log-likelihood of a binary Markov chain, straight from its tables -----------------------


def _chain(x, first, table):
    total = torch.log(first if x[0] == 1 else 1 - first)
    for i in range(1, len(x)):
        p = table[i - 1, int(x[i - 1])]
        total = total + torch.log(p if x[i] == 1 else 1 - p)
    return total


def _only_ones(x, first, table):
    total = torch.log(first) if x[0] == 1 else torch.zeros(())
    for i in range(1, len(x)):
        if x[i] == 1:
            total = total + torch.log(table[i - 1, int(x[i - 1])])
    return total


def _own_pixel(x, first, table):
    total = torch.log(first if x[0] == 1 else 1 - first)
    for i in range(1, len(x)):
        p = table[i - 1, int(x[i])]
        total = total + torch.log(p if x[i] == 1 else 1 - p)
    return total


def _late_row(x, first, table):
    total = torch.log(first if x[0] == 1 else 1 - first)
    for i in range(1, len(x)):
        p = table[i, int(x[i - 1])]
        total = total + torch.log(p if x[i] == 1 else 1 - p)
    return total


def _no_first(x, first, table):
    return _chain(x, first, table) - torch.log(first if x[0] == 1 else 1 - first)


def _always_black(x, first, table):
    rows = zip(table, x[:-1], strict=True)
    return torch.log(first) + sum(torch.log(row[int(before)]) for row, before in rows)


_generator = torch.Generator().manual_seed(0)
_tables = torch.rand(5, 2, generator=_generator) * 0.8 + 0.1
_images = ([1, 0, 1, 1, 0, 1], [0, 0, 1, 0, 1, 1], [1, 1, 1, 1, 1, 1])

chain_log_prob = Exercise(
    reference=_chain,
    praise="This sum of logarithms is the whole likelihood; a better model only has better tables.",
    wrong={
        "A white pixel has a probability too: when x_i is 0, add log(1 - p).": _only_ones,
        "Your row is chosen by the pixel itself. It must be chosen by the one before.": _own_pixel,
        "The first pixel is missing: begin with log p(x_0), from `first`.": _no_first,
        "You exchanged p and 1 - p: the table holds the probability of a 1.": lambda x, first, table: (
            _chain(1 - x, first, table.flip(1))
        ),
        "You multiplied probabilities: that is p(x). Asked is log p(x).": lambda *a: _chain(
            *a
        ).exp(),
        "You took the mean over the pixels. Nats an image are a sum.": lambda x, *a: (
            _chain(x, *a) / len(x)
        ),
        "The sign is turned round: log p(x) is below zero.": lambda *a: -_chain(*a),
        "The table begins with pixel 1, so the row of pixel i stands one place earlier.": _late_row,
        "Your last pixel is missing: `range` stops before its end.": lambda x, first, table: _chain(
            x[:-1], first, table
        ),
        "You took log p for every pixel. For a white one the probability is 1 - p.": _always_black,
        "That is in bits. Nats have the natural logarithm.": lambda *a: _chain(*a) / math.log(2),
    },
    otherwise="Go through one image by hand: which row of the table, and which colour was it?",
    inputs=tuple((torch.tensor(x).float(), torch.tensor(0.3), _tables) for x in _images),
)

# --- 3: an order of the pixels that puts the pixel above before each pixel ---------------------------

_raster = torch.arange(64)
_grid = _raster.view(8, 8)


def order(answer: Any) -> torch.Tensor:
    """The answer as an order of the pixels, (64,); raster order if it does not hold each once."""
    try:
        positions = read(answer)
    except WrongForm:
        return _raster
    fits = positions.shape == (64,) and positions.sort().values.equal(_raster.double())
    return positions.long() if fits else _raster


column_order = Exercise(
    reference=_grid.T.flatten(),
    praise="Each pixel but the top one of a column now follows the pixel above it.",
    wrong={
        "That is the raster order itself: row by row.": _raster,
        "The columns run from right to left here. Begin with the left one.": _grid.flip(
            1
        ).T.flatten(),
        "You go up each column. Go down, so that the pixel above comes first.": _grid.flip(
            0
        ).T.flatten(),
        "That is the raster order backwards.": _raster.flip(0),
        "You turn round at the end of each column. Begin every column at its top.": torch.where(
            _grid.T % 2 == 0, _grid.T, _grid.T.flip(1)
        ).flatten(),
        "You gave a grid (8, 8). Flatten it: an order is 64 positions in a row.": _grid.T,
        "Those are the numbers from 1. Python counts positions from 0.": _grid.T.flatten() + 1,
        "That is the left column eight times. Each position comes once.": _grid[:, 0].repeat(8),
        "That is the left column alone. All 64 positions are asked.": _grid[:, 0],
        "That is where it begins. All 64 positions are asked.": _grid[:3, 0],
    },
    otherwise="Draw the 8 by 8 grid with its positions: what stands below position 0, and what "
    "comes when the column ends? Each position comes once.",
)

# --- 4: from the likelihood of each class to the probability of each class ---------------------------


def _posterior(log_likelihood, log_prior):
    return (log_likelihood + log_prior).softmax(1)


_log_likelihood = torch.randn(4, 3, generator=_generator) - 20
_log_prior = torch.tensor([0.7, 0.2, 0.1]).log()

posterior = Exercise(
    reference=_posterior,
    praise="A softmax of log-joints is Bayes' rule: every explicit model is a classifier.",
    wrong={
        "The prior is missing: a rare class needs more evidence.": lambda a, b: a.softmax(1),
        "It is normalised over the images. Each image's classes must sum to one.": lambda a, b: (
            a + b
        ).softmax(0),
        "That is log p(x, class). Divide by p(x), so that each row sums to one.": lambda a, b: (
            a + b
        ),
        "That is p(x, class), not yet divided by p(x).": lambda a, b: (a + b).exp(),
        "You gave log-probabilities. Asked are probabilities.": lambda a, b: (a + b).log_softmax(1),
        "The prior is a logarithm already: add it, do not multiply by it.": lambda a, b: (
            a * b
        ).softmax(1),
        "You added the prior itself to a logarithm. Add its logarithm, which is given.": (
            lambda a, b: (a + b.exp()).softmax(1)
        ),
        "That is the best class. Asked is the probability of every class.": lambda a, b: (
            a + b
        ).argmax(1),
        "The prior comes before you normalise, not after: your rows do not sum to one.": (
            lambda a, b: a.softmax(1) * b.exp()
        ),
    },
    otherwise="Look at one row: does it sum to one, and did each class bring its likelihood and its prior?",
    inputs=((_log_likelihood, _log_prior), (_log_likelihood * 0.1, _log_prior)),
)

EXERCISES = {
    "dice": dice,
    "chain_log_prob": chain_log_prob,
    "column_order": column_order,
    "posterior": posterior,
}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_counts": (
        "At 256 levels, what costs more?",
        ["twice the pixels", "more memory"],
        "more memory",
    ),
    "show_samples": (
        "Which smoothing is best for new digits, at memory 12?",
        ["0", "0.01", "0.1"],
        "0.1",
    ),
    "show_round": (
        "What will the groups be?",
        ["digits", "writing styles", "strokes"],
        "writing styles",
    ),
}
