"""Exercises of notebook 06: widths, counts, a transposed convolution, and a point on a great circle."""

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
    praise="Nearly all stand in the middle layer. The same layer as dense weights would have 8 million.",
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

# --- 4: a point on a great circle ----------------------------------------------------------------------


def _angle(a, b):
    return torch.acos(a @ b / (a.norm() * b.norm()))


def _slerp(a, b, t):
    w = _angle(a, b)
    return (torch.sin((1 - t) * w) * a + torch.sin(t * w) * b) / torch.sin(w)


def _straight(a, b, t):
    return (1 - t) * a + t * b


def _unit(a):
    return a / a.norm()


on_the_circle = Exercise(
    reference=_slerp,
    praise="Every point has about the length of the two ends, so G has seen noises like it.",
    wrong={
        "That is the straight line: in the middle it is too short.": _straight,
        "You went from b to a. t = 0 must give a.": lambda a, b, t: _slerp(a, b, 1 - t),
        "You forgot to divide by the sine of the angle.": lambda a, b, t: (
            _slerp(a, b, t) * torch.sin(_angle(a, b))
        ),
        "Your points have length 1. Keep the lengths of a and b.": lambda a, b, t: _slerp(
            _unit(a), _unit(b), t
        ),
        "That is the straight line, stretched. Its steps are not equal angles.": lambda a, b, t: (
            _unit(_straight(a, b, t)) * ((1 - t) * a.norm() + t * b.norm())
        ),
    },
    otherwise="(sin((1 - t) w) a + sin(t w) b) / sin(w), where w is the angle between a and b.",
    inputs=((_random(6), _random(6), 0.3), (_random(16), _random(16), 0.8)),
)

EXERCISES = {
    "width": width,
    "numbers_in_D": numbers_in_D,
    "up_a_row": up_a_row,
    "on_the_circle": on_the_circle,
}
