"""Exercises of notebook 06: widths, counts, a transposed convolution and batch normalisation."""

from itertools import product

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
        "Your stamps stand side by side, one pixel apart. Stride 2 puts them two apart.": 4,
        "You left out one pixel: the last stamp is as wide as the others.": 6,
        "That is the number of pixels. Asked is the width.": 49,
    },
    otherwise="Draw the four stamps in a row: where does the last one end, and what is cut off then?",
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
        "Each of the 64 middle channels has a kernel for each of the 32 below, not one.": 2_721,
        "A kernel has 4 x 4 numbers. You counted one.": 2_305,
    },
    otherwise="Go layer by layer: how many kernels, how many numbers in each, and is there a bias? "
    "Batch normalisation comes last.",
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
        "The kernel comes out backwards. A stamp is pressed as it is; if you slide the kernel over "
        "a row with zeros instead, turn it first.": lambda x, kernel, s: _up(x, kernel.flip(0), s),
        "That is an ordinary convolution. It makes the row shorter.": _down,
        "You moved by 1, not by s, from stamp to stamp.": lambda x, kernel, s: _up(x, kernel, 1),
        "You left out the last pixels: the output has (W - 1) s + k.": lambda x, kernel, s: _up(
            x, kernel, s
        )[: len(x) * s],
        "The row with zeros needs k - 1 more at each end, so that the kernel can hang over.": (
            lambda x, kernel, s: _up(x, kernel, s)[len(kernel) - 1 : 1 - len(kernel)]
        ),
        "Zeros stand between the pixels. After the last one there is none of them.": (
            lambda x, kernel, s: torch.cat([_up(x, kernel, s), torch.zeros(s - 1)])
        ),
        "Each pixel is repeated here. It should press the whole kernel once.": (
            lambda x, kernel, s: x.repeat_interleave(s)
        ),
    },
    otherwise="Give it a row with a single 1: the kernel must come out, once and as it is. Then "
    "a row with two, a stride apart.",
    inputs=((_random(5), _random(4), 2), (_random(6), _random(5), 3)),
)

# --- 4: batch normalisation ----------------------------------------------------------------------------


CHANNELS = (0, 2, 3)
OVER = {  # what mean and variance are taken over -> what is wrong with it
    CHANNELS: "",
    (2, 3): "each image has its own mean and variance, so take them over the batch too",
    (0,): "each pixel has its own mean and variance, so take them over all places too",
    (0, 1, 2, 3): "all channels share a mean and a variance, but each needs its own",
    (1, 2, 3): "each image is normalised over its channels too, but each channel needs its own",
}
CORRECTION = {  # what is taken off the number of values
    0: "",
    1: "the variance is divided by one less than the number of values, so set `correction=0`",
}
EPS = {  # how variance and eps become what is divided by
    "root of the sum": (lambda v, eps: (v + eps).sqrt(), ""),
    "added to the std": (
        lambda v, eps: v.sqrt() + eps,
        "eps is added to the variance, in the root",
    ),
    "left out": (lambda v, eps: v.sqrt(), "eps is left out"),
    "no root": (lambda v, eps: v + eps, "divide by the root of the variance"),
}


def _normalised(over, correction, scale):
    """The function that takes mean and variance over these dimensions of (B, C, H, W)."""

    def normalise(x, eps):
        variance = x.var(over, correction=correction, keepdim=True)
        return (x - x.mean(over, keepdim=True)) / scale(variance, eps)

    return normalise


def _mistakes():
    """Every way to make one or more of these mistakes, by a hint that names them all."""
    for over, correction, (scale, about_eps) in product(OVER, CORRECTION, EPS.values()):
        named = [words for words in (OVER[over], CORRECTION[correction], about_eps) if words]
        start = {1: "Nearly: ", 2: "Two things: ", 3: "Three things: "}.get(len(named))
        if named:
            yield f"{start}{'; '.join(named)}.", _normalised(over, correction, scale)


batch_norm = Exercise(
    reference=_normalised(CHANNELS, 0, EPS["root of the sum"][0]),
    praise="Mean and variance come from the whole batch, so each image depends on its company.",
    wrong={
        "You did not subtract the mean.": lambda x, eps: (
            x / (x.var(CHANNELS, correction=0, keepdim=True) + eps).sqrt()
        ),
        "You subtracted the mean and left the variance as it was.": lambda x, eps: (
            x - x.mean(CHANNELS, keepdim=True)
        ),
        "The shapes do not fit: mean and variance must keep all dimensions, with keepdim=True.": (
            lambda x, eps: (x - x.mean(CHANNELS)) / (x.var(CHANNELS, correction=0) + eps).sqrt()
        ),
        **dict(_mistakes()),
    },
    otherwise="Take mean and variance of one channel of what you give: they must be 0 and nearly 1. "
    "Over which of the four dimensions does a channel run, and where does eps stand?",
    inputs=((2 + _random(3, 2, 4, 5), 0.8), (5 * _random(4, 3, 2, 5) - 1, 0.1)),
)

EXERCISES = {
    "width": width,
    "numbers_in_D": numbers_in_D,
    "up_a_row": up_a_row,
    "batch_norm": batch_norm,
}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_moment": (
        "When do most of them look like digits?",
        ["step 50", "step 300", "step 1000"],
        "step 300",
    ),
    "show_rule": (
        "What costs most?",
        [
            "no batch norm in G",
            "no batch norm in D",
            "batch norm on G's output",
            "batch norm on D's input",
        ],
        "batch norm on D's input",
    ),
    "show_large": (
        "What goes first at half the length?",
        ["quality", "variety", "neither"],
        "quality",
    ),
    "show_walk": (
        "What differs in the middle, for most ends?",
        ["the digit", "how dark it is", "hardly anything"],
        "hardly anything",
    ),
}
