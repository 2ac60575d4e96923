"""Exercises of notebook 02: counting shared weights, the running sum, the mixture of orders."""

import math

import torch

from genlib.exercises.checker import Exercise, growth

# --- 1: how many numbers has the NADE of 28 x 28 digits? --------------------------------------------------

large_size = Exercise(
    reference=498_157,
    praise="2HD + H + D: it grows with D, not with D squared, because all pixels share W and c.",
    wrong={
        "You left out c, the H numbers where the hidden units start.": 497_840,
        "You left out b, the D numbers of the guesses without hidden units.": 497_373,
        "You left out both b and c.": 497_056,
        "You counted one of the two matrices. W leads in, V leads out.": 249_629,
        "That is logistic regression for each pixel, which has no hidden units.": 307_720,
        "That has a hidden layer of its own for each pixel. NADE shares one.": 97_796_552,
        "That is a NADE of small digits, with 64 pixels. These digits have 28 rows.": 40_957,
        "You took 28 for the number of pixels. It is the number of rows.": 18_097,
    },
    otherwise="Which four parameters stand in the equations, and which shape has each of them?",
)

# --- 2: all logits with one running sum -----------------------------------------------------------


def _logits(x, W, c, V, b):
    a, logits = c, []
    for i in range(len(x)):
        logits.append(b[i] + V[i] @ torch.sigmoid(a))
        a = a + W[:, i] * x[i]
    return torch.stack(logits)


def _own_pixel(x, W, c, V, b):
    a, logits = c, []
    for i in range(len(x)):
        a = a + W[:, i] * x[i]
        logits.append(b[i] + V[i] @ torch.sigmoid(a))
    return torch.stack(logits)


def _last_pixel(x, W, c, V, b):
    a, logits = c, []
    for i in range(len(x)):
        logits.append(b[i] + V[i] @ torch.sigmoid(a))
        a = c + W[:, i] * x[i]
    return torch.stack(logits)


def _no_squash(x, W, c, V, b):
    a, logits = c, []
    for i in range(len(x)):
        logits.append(b[i] + V[i] @ a)
        a = a + W[:, i] * x[i]
    return torch.stack(logits)


def _naive(x, W, c, V, b):
    sums = [c + W[:, :i] @ x[:i] for i in range(len(x))]
    return torch.stack([b[i] + V[i] @ torch.sigmoid(a) for i, a in enumerate(sums)])


def _over_hidden_units(x, W, c, V, b):
    return _logits(x[: len(c)], W, c, V, b)


def _row_of_W(x, W, c, V, b):
    a, logits = c, []
    for i in range(len(x)):
        logits.append(b[i] + V[i] @ torch.sigmoid(a))
        a = a + W[i] * x[i]
    return torch.stack(logits)


def _column_of_V(x, W, c, V, b):
    a, logits = c, []
    for i in range(len(x)):
        logits.append(b[i] + V[:, i] @ torch.sigmoid(a))
        a = a + W[:, i] * x[i]
    return torch.stack(logits)


def _without_torch(*values):
    x, W, c, V, b = (value.tolist() for value in values)
    logits = []
    for i in range(len(x)):
        h = [1 / (1 + math.exp(-a)) for a in c]
        logits.append(b[i] + sum(v * unit for v, unit in zip(V[i], h, strict=True)))
        c = [a + row[i] * x[i] for a, row in zip(c, W, strict=True)]
    return logits


_generator = torch.Generator().manual_seed(0)


def _example(D, H):
    """One binary image and parameters W, c, V, b."""
    x = torch.bernoulli(torch.full((D,), 0.5), generator=_generator)
    sizes = (H, D), (H,), (D, H), (D,)
    return x, *(torch.randn(size, generator=_generator) for size in sizes)


running_sum = Exercise(
    reference=_logits,
    praise="One sum is carried along: that is O(DH) work where the naive loop does O(D^2 H).",
    wrong={
        "Pixel i is in the sum when it is guessed. Guess first, add its column afterwards.": _own_pixel,
        "A white pixel adds nothing: its column is multiplied by x_i.": lambda x, *a: _logits(
            torch.ones_like(x), *a
        ),
        "The sum must hold all earlier pixels, not only the last one.": _last_pixel,
        "The sum must start at c, not at zero.": lambda x, W, c, V, b: _logits(x, W, 0 * c, V, b),
        "b is missing: the guess without hidden units.": lambda x, W, c, V, b: _logits(
            x, W, c, V, 0 * b
        ),
        "You gave probabilities. Asked are logits: leave the last sigmoid out.": lambda *a: _logits(
            *a
        ).sigmoid(),
        "The hidden units need their sigmoid: h = sigmoid(a).": _no_squash,
        "Pixel i adds column i of W, which is W[:, i], not W[i].": _row_of_W,
        "The weights that lead to logit i are row i of V, not its column.": _column_of_V,
        "You went over the H hidden units. There is one logit for each of the D pixels.": (
            _over_hidden_units
        ),
        "The logits are right, but the work grows with D squared: at each pixel the loop goes "
        "through all pixels again. Carry the sum along.": _naive,
        "The logits are right, but their work is counted in operations of torch, and there are "
        "too few. Keep the sum in a tensor.": _without_torch,
    },
    otherwise="Follow the sum by hand: what does it hold when pixel 0 is guessed, and what at pixel 1?",
    inputs=tuple(_example(D=6, H=4) for _ in range(3)),
    measure=growth(_example(D=24, H=20), _example(D=48, H=20), least=48 * 20),
)

# --- 3: several orders as one model -----------------------------------------------------------------


def _mixture(log_probs):
    return log_probs.logsumexp(0) - math.log(len(log_probs))


mixture = Exercise(
    reference=_mixture,
    praise="The mean of joint probabilities sums to one over all images. A mean of logarithms or of guesses does not.",
    wrong={
        "That is the mean of the logarithms. Average the probabilities, then take the logarithm.": (
            lambda log_probs: log_probs.mean(0)
        ),
        "That is the sum of the probabilities. Their mean has 1/K: subtract log K.": (
            lambda log_probs: log_probs.logsumexp(0)
        ),
        "That is the probability. Asked is its logarithm.": lambda log_probs: _mixture(
            log_probs
        ).exp(),
        "You took the best order for each image. That sums to more than one.": (
            lambda log_probs: log_probs.max(0).values
        ),
        "You multiplied the probabilities of all orders.": lambda log_probs: log_probs.sum(0),
        "You averaged over the images. Average over the orders, the first axis.": (
            lambda log_probs: log_probs.logsumexp(1) - math.log(log_probs.shape[1])
        ),
        "exp(-200) is zero for a computer, and its logarithm is -inf. Stay with logarithms.": (
            lambda log_probs: log_probs.exp().mean(0).log()
        ),
        "You divided the logarithm by K. Divide the sum of the probabilities.": (
            lambda log_probs: log_probs.logsumexp(0) / len(log_probs)
        ),
        "You divided by the number of images. The mean is over the orders.": (
            lambda log_probs: log_probs.logsumexp(0) - math.log(log_probs.shape[1])
        ),
    },
    otherwise="Take two orders and one image by hand: first the probabilities, then their mean, "
    "then its logarithm. Log-probabilities may be as low as -200.",
    inputs=(
        (torch.log(torch.tensor([[0.5, 0.1, 0.2], [0.25, 0.3, 0.4]])),),
        (torch.randn(4, 3, generator=_generator) - 200,),
    ),
)

EXERCISES = {"large_size": large_size, "running_sum": running_sum, "mixture": mixture}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_finish": (
        "Which order is best from 16 pixels?",
        ["raster", "column", "random"],
        "random",
    ),
    "show_training": (
        "What do 2 hidden units draw at the end?",
        ["noise", "blobs", "digits"],
        "blobs",
    ),
    "show_density": ("Where is it narrowest?", ["at the border", "in the middle"], "at the border"),
}
