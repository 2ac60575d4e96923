"""Exercises of notebook 06: widths, counts, a transposed convolution and batch normalisation."""

import torch

from genlib.exercises.checker import Exercise

_generator = torch.Generator().manual_seed(0)


def _random(*shape):
    return torch.randn(*shape, generator=_generator)


# --- 1: the width of a transposed convolution ----------------------------------------------------------

width = Exercise(
    reference=7,
    praise="A kernel of 5 does not double 4 exactly. A kernel of 4 with padding 1 does.",
    wrong={
        "Stride 2 doubles only where kernel and padding fit: (i - 1) s - 2 p + k.": 8,
        "You forgot the padding: 2 are cut off at each side.": 11,
        "The padding is cut off twice, at both sides; or you took i for i - 1.": 9,
        "That is the width after an ordinary convolution.": 2,
    },
    otherwise="(i - 1) s - 2 p + k with i = 4, s = 2, p = 2, k = 5.",
)

# --- 2: the numbers of the discriminator ---------------------------------------------------------------

numbers_in_D = Exercise(
    reference=34_465,
    praise="Nearly all stand in the middle layer. The same layer as dense weights would have 2 million.",
    wrong={
        "You left out the biases, 32 and 1.": 34_465 - 33,
        "You left out batch normalisation: a gain and a shift for each channel.": 34_465 - 128,
        "Batch normalisation has two numbers a channel, a gain and a shift.": 34_465 - 64,
        "The middle convolution has no bias: batch normalisation would take it away.": 34_465 + 64,
        "Running mean and variance are kept, but not trained.": 34_465 + 128,
        "Biases and batch normalisation are missing: 33 and 128 numbers.": 34_465 - 33 - 128,
    },
    otherwise="16 for each pair of channels, plus biases 32 and 1, plus 2 for each of 64 channels.",
)

# --- 3: a transposed convolution of a row --------------------------------------------------------------


def _up(x, kernel, s):
    y = torch.zeros((len(x) - 1) * s + len(kernel))
    for j, value in enumerate(x):
        y[j * s : j * s + len(kernel)] += value * kernel
    return y


def _overwritten(x, kernel, s):
    y = torch.zeros((len(x) - 1) * s + len(kernel))
    for j, value in enumerate(x):
        y[j * s : j * s + len(kernel)] = value * kernel
    return y


def _down(x, kernel, s):
    return x.unfold(0, len(kernel), s) @ kernel


up_a_row = Exercise(
    reference=_up,
    praise="It is the transpose of the convolution with the same kernel, and its backward pass too.",
    wrong={
        "Where stamps overlap they add up. You overwrote the first with the second.": _overwritten,
        "Your kernel is turned round. A stamp is pressed as it is.": lambda x, kernel, s: _up(
            x, kernel.flip(0), s
        ),
        "That is an ordinary convolution. It makes the row shorter.": _down,
        "You moved by 1, not by s, from stamp to stamp.": lambda x, kernel, s: _up(x, kernel, 1),
        "You left out the last pixels: the output has (W - 1) s + k.": lambda x, kernel, s: _up(
            x, kernel, s
        )[: len(x) * s],
    },
    otherwise="add x[j] * kernel at place j * s of a row of (W - 1) s + k zeros.",
    inputs=((_random(5), _random(4), 2), (_random(6), _random(5), 3)),
)

# --- 4: batch normalisation ----------------------------------------------------------------------------


def _normalised(over, correction=0):
    """The function that takes mean and variance over these dimensions of (B, C, H, W)."""

    def normalise(x, eps):
        variance = x.var(over, correction=correction, keepdim=True)
        return (x - x.mean(over, keepdim=True)) / (variance + eps).sqrt()

    return normalise


_batch_norm = _normalised((0, 2, 3))

batch_norm = Exercise(
    reference=_batch_norm,
    praise="Mean and variance come from the whole batch, so each image depends on its company.",
    wrong={
        "Each image has its own mean and variance. Take them over the batch too.": _normalised(
            (2, 3)
        ),
        "Each pixel has its own mean and variance. Take them over all places too.": _normalised(0),
        "All channels share a mean and a variance. Each channel needs its own.": _normalised(
            (0, 1, 2, 3)
        ),
        "Each image is normalised over its channels too. Each channel needs its own.": _normalised(
            (1, 2, 3)
        ),
        "Divide the variance by the number of values, not by one less: `correction=0`.": (
            _normalised((0, 2, 3), correction=1)
        ),
        "eps is added to the variance, under the root.": lambda x, eps: (
            _batch_norm(x, 0) / (1 + eps / x.std((0, 2, 3), correction=0, keepdim=True))
        ),
        "You left out eps.": lambda x, eps: _batch_norm(x, 0),
        "Divide by the root of the variance.": lambda x, eps: (
            (x - x.mean((0, 2, 3), keepdim=True))
            / (x.var((0, 2, 3), correction=0, keepdim=True) + eps)
        ),
        "You did not subtract the mean.": lambda x, eps: (
            x / (x.var((0, 2, 3), correction=0, keepdim=True) + eps).sqrt()
        ),
    },
    otherwise="(x - m) / sqrt(v + eps), m and v over dimensions 0, 2 and 3, with keepdim=True.",
    inputs=((2 + _random(3, 2, 2, 4), 0.8), (5 * _random(4, 3, 2, 2) - 1, 0.1)),
)

EXERCISES = {
    "width": width,
    "numbers_in_D": numbers_in_D,
    "up_a_row": up_a_row,
    "batch_norm": batch_norm,
}
