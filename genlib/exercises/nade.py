"""Exercises of notebook 02: counting shared weights, the running sum, the mixture of orders."""

import math

import torch

from genlib.exercises.checker import Exercise

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
    },
    otherwise="W is (H, D), c is (H,), V is (D, H), b is (D,). Add up their sizes.",
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


_generator = torch.Generator().manual_seed(0)
_D = 6  # as many hidden units as pixels, so that a row of W can be taken for a column
_parameters = tuple(
    torch.randn(size, generator=_generator) for size in ((_D, _D), (_D,), (_D, _D), (_D,))
)
_images = torch.bernoulli(torch.full((3, _D), 0.5), generator=_generator)

running_sum = Exercise(
    reference=_logits,
    praise="If you carried one sum along, that is O(HD) work where the naive loop does O(HD^2).",
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
        "Pixel i adds column i of W, which is W[:, i], not W[i].": lambda x, W, c, V, b: _logits(
            x, W.T, c, V, b
        ),
    },
    otherwise="Before the loop a = c. In it: h from a, the logit from h, then add a column to a.",
    inputs=tuple((x, *_parameters) for x in _images),
)

# --- 3: several orders as one model -----------------------------------------------------------------


def _mixture(log_probs):
    return log_probs.logsumexp(0) - math.log(len(log_probs))


mixture = Exercise(
    reference=_mixture,
    praise="The mean of joint probabilities sums to one; no other mean in this list does.",
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
    },
    otherwise="log of the mean over the K rows of exp(log_probs), in a way that does not underflow.",
    inputs=(
        (torch.log(torch.tensor([[0.5, 0.1, 0.2], [0.25, 0.3, 0.4]])),),
        (torch.randn(4, 3, generator=_generator) - 200,),
    ),
)

EXERCISES = {"large_size": large_size, "running_sum": running_sum, "mixture": mixture}
