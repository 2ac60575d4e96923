"""Exercises of notebook 12: images until a size is there, pixel norm, a size that fades in, and how much a batch differs."""

import torch
from torch.nn.functional import avg_pool2d, interpolate, max_pool2d

from genlib.exercises.checker import Exercise, mistakes

_generator = torch.Generator().manual_seed(0)


def _random(*shape):
    return torch.randn(*shape, generator=_generator)


# --- 1: images until a size is there -------------------------------------------------------------------

PHASE = 600_000  # images
PHASES = 1 + 2 * 2 + 1  # 4 x 4 alone, 8 x 8 and 16 x 16 fade in and stay, 32 x 32 fades in

images = Exercise(
    reference=PHASES * PHASE,
    praise="Each doubling takes two phases. And the early phases are cheap, for their pictures are small.",
    wrong={
        "That is one phase, in which 4 x 4 is alone. Count all of them until 32 x 32 is there.": PHASE,
        "Then only 8 x 8 is completely faded in.": 2 * PHASE,
        "Those are three fades alone: 4 x 4 has a phase before them, and each size stays for one "
        "before the next fades in.": 3 * PHASE,
        "Then only 16 x 16 is completely faded in. A size does not only fade in, it also stays "
        "for a phase.": 4 * PHASE,
        "Then 32 x 32 only begins to fade in; or you left out the phase of 4 x 4 alone.": 5 * PHASE,
        "Then alpha is a half. It is 1 at the end of a fade.": (2 * PHASES - 1) * PHASE // 2,
        "You counted the phase in which 32 x 32 stays. It is completely there before that.": 7
        * PHASE,
        "Two phases too many: 4 x 4 does not fade in, and what comes after the fade of 32 x 32 does "
        "not count. (Or you took 800,000 images for a phase.)": 8 * PHASE,
        "From 4 to 32 the side doubles three times, not four times.": 9 * PHASE,
        "From 4 to 32 the side doubles three times. You doubled from 1.": 10 * PHASE,
        "The side is no number of phases. Go from 4 x 4 in doublings.": 32 * PHASE,
        "You counted in thousands. Write the number out.": PHASES * PHASE // 1000,
        "You counted in millions. Write the number out.": PHASES * PHASE / 1_000_000,
        "That is the number of phases. How many images are shown in them?": PHASES,
        "That is a number of phases, and one too many. Images are asked.": PHASES + 1,
        "Those are steps with 16 images each. Images are asked.": PHASES * PHASE // 16,
    },
    otherwise="Draw the phases in a row, 4 x 4 first: which sizes fade in and stay, and at the end of "
    "which phase is 32 x 32 completely there?",
)

# --- 2: pixel norm -------------------------------------------------------------------------------------


def _mean_square(h, over):
    return h.square().mean(over, keepdim=True)


def _variance(correction):
    return lambda h, over: h.var(over, correction=correction, keepdim=True)


def _as_it_is(h, over):
    return h


def _centred(h, over):
    return h - h.mean(over, keepdim=True)


OVER = {  # what is wrong -> what the mean goes over
    "": 1,
    "each channel has its own number for the whole picture, but each pixel needs its own": (2, 3),
    "the mean goes over batch and pixels, as in batch norm, and it is asked over channels": (
        0,
        2,
        3,
    ),
    "each picture has one number for all its pixels, but each pixel needs its own": (1, 2, 3),
    "the whole batch has one number, but each pixel needs its own": (0, 1, 2, 3),
}
OTHER_OVER = {
    "the mean goes over the batch, which is dimension 0, and channels are dimension 1": 0,
    "the mean goes over rows, and channels are dimension 1": 2,
    "the mean goes over columns, and channels are dimension 1": 3,
    "the mean goes over channels and batch, and pictures are not mixed here": (0, 1),
}
SQUARES = {  # what is wrong -> what is divided, and the square of what it is divided by
    "": (_as_it_is, _mean_square),
    "you summed the squares, which makes every pixel 1 long, and their mean is asked": (
        _as_it_is,
        lambda h, over: h.square().sum(over, keepdim=True),
    ),
    "you subtracted the mean, and nothing is subtracted here": (_centred, _mean_square),
    "you subtracted the mean and divided by torch's std, and nothing is subtracted here": (
        _centred,
        _variance(1),
    ),
}
OTHER_SQUARES = {
    "a deviation subtracts the mean before it squares, and nothing is subtracted here": (
        _as_it_is,
        _variance(0),
    ),
    "torch's std and var subtract the mean before they square, and nothing is subtracted here": (
        _as_it_is,
        _variance(1),
    ),
    "you averaged absolute values, and squares are asked": (
        _as_it_is,
        lambda h, over: h.abs().mean(over, keepdim=True).square(),
    ),
    "you divided by the largest value, and the root of the mean square is asked": (
        _as_it_is,
        lambda h, over: h.abs().amax(over, keepdim=True).square(),
    ),
    "you divided by the mean, and squares are to be averaged": (
        _as_it_is,
        lambda h, over: h.mean(over, keepdim=True).square(),
    ),
}
ROOTS = {  # what is wrong -> how that becomes what is divided by
    "": lambda square: (square + 1e-8).sqrt(),
    "the root is missing": lambda square: square + 1e-8,
    "1e-8 is missing under the root, and a pixel of zeros gives nan": torch.sqrt,
    "1e-8 is to be added under the root, to the mean": lambda square: square.sqrt() + 1e-8,
    "root and 1e-8 are missing": lambda square: square,
}


def _divided(over, squares, root):
    first, square = squares

    def divided(h):
        h = first(h, over)
        return h / root(square(h, over))

    return divided


def _maps(*shape):
    """Hidden maps whose mean is not 0. One pixel is 0 in all channels, and one is tiny."""
    h = 2 * _random(*shape) + 0.7
    h[0, :, 1, 2] = 0
    h[1, :, 0, 1] *= 1e-4
    return (h,)


norm = Exercise(
    reference=_divided(OVER[""], SQUARES[""], ROOTS[""]),
    praise="No pixel can outgrow the others. And no picture depends on its company, unlike in batch norm.",
    wrong={
        "The shapes do not fit: the mean must keep its dimension, with keepdim=True.": (
            lambda h: h / (h.square().mean(1) + 1e-8).sqrt()
        ),
        "That is what h is to be divided by.": lambda h: (_mean_square(h, 1) + 1e-8).sqrt(),
        "You multiplied by the root, and h is to be divided by it.": (
            lambda h: h * (_mean_square(h, 1) + 1e-8).sqrt()
        ),
        "That is one over the root. Multiply h by it.": (
            lambda h: (_mean_square(h, 1) + 1e-8).rsqrt()
        ),
        "Each number is divided by its own size here, which leaves its sign alone.": (
            lambda h: h / (h.square() + 1e-8).sqrt()
        ),
        "You gave h as it came.": lambda h: h.clone(),
        **dict(mistakes(_divided, OVER, SQUARES, {"": ROOTS[""]})),
        **dict(mistakes(_divided, {"": OVER[""]}, SQUARES | OTHER_SQUARES, ROOTS)),
        **dict(mistakes(_divided, OTHER_OVER, {"": SQUARES[""]}, {"": ROOTS[""]})),
    },
    otherwise="Take one pixel of what you give, and average the squares of its channels: that must be "
    "nearly 1. Then multiply one pixel of h by 5: what you give must stay the same, there and elsewhere.",
    inputs=(_maps(2, 5, 3, 4), _maps(4, 3, 2, 5)),
)

# --- 3: a size that fades in ---------------------------------------------------------------------------


def _halved(x):
    return avg_pool2d(x, 2)


def _doubled(x):
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


def _with_zeros(x):
    """Doubled, each pixel once and three zeros beside it."""
    large = _doubled(torch.zeros_like(x))
    large[:, :, ::2, ::2] = x
    return large


HALVED = {  # what is wrong -> how the side becomes half of it
    "": _halved,
    "you took every second pixel, and the mean of four is asked": lambda x: x[:, :, ::2, ::2],
    "you took the largest of four pixels, and their mean is asked": lambda x: max_pool2d(x, 2),
    "you summed four pixels, and their mean is asked": lambda x: 4 * _halved(x),
}
OTHER_HALVED = {
    "you took every second pixel, beginning with the second, and the mean of four is asked": (
        lambda x: x[:, :, 1::2, 1::2]
    ),
    "align_corners=True mixes other pixels than those four": lambda x: interpolate(
        x, scale_factor=0.5, mode="bilinear", align_corners=True
    ),
    "the whole picture has one mean here, and every four pixels have one": lambda x: (
        torch.zeros_like(_halved(x)) + x.mean((2, 3), keepdim=True)
    ),
}
DOUBLED = {  # what is wrong -> how it becomes as large as before
    "": _doubled,
    "bilinear makes smooth steps, but every pixel is to be repeated": lambda x: interpolate(
        x, scale_factor=2, mode="bilinear"
    ),
    "repeat sets whole pictures side by side, and repeat_interleave repeats pixels": (
        lambda x: x.repeat(1, 1, 2, 2)
    ),
    "each pixel comes once with three zeros, and four times is asked": _with_zeros,
}
OTHER_DOUBLED = {
    "align_corners=True makes smooth steps, but every pixel is to be repeated": lambda x: (
        interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
    ),
    "bicubic makes smooth steps, but every pixel is to be repeated": lambda x: interpolate(
        x, scale_factor=2, mode="bicubic"
    ),
    "it is halved and doubled twice, and once is asked": lambda x: _doubled(_doubled(_halved(x))),
}
MIXED = {  # what is wrong -> how x and what is coarse are mixed
    "": lambda x, coarse, alpha: alpha * x + (1 - alpha) * coarse,
    "alpha and 1 - alpha are exchanged: at 1 the new size is completely there": (
        lambda x, coarse, alpha: (1 - alpha) * x + alpha * coarse
    ),
    "both weigh a half here, whatever alpha is": lambda x, coarse, alpha: (x + coarse) / 2,
    "the weights must add up to 1: what is coarse weighs 1 - alpha": (
        lambda x, coarse, alpha: alpha * x + coarse
    ),
    "the weights must add up to 1: x weighs alpha": (
        lambda x, coarse, alpha: x + (1 - alpha) * coarse
    ),
    "x is not there yet, and weighs alpha": lambda x, coarse, alpha: coarse,
}
OTHER_MIXED = {
    "alpha times x is missing": lambda x, coarse, alpha: (1 - alpha) * coarse,
    "the weights must add up to 1, and both are 1 here": lambda x, coarse, alpha: x + coarse,
    "both weigh alpha, but what is coarse weighs 1 - alpha": (
        lambda x, coarse, alpha: alpha * (x + coarse)
    ),
    "what is coarse is subtracted, and it is to be added": (
        lambda x, coarse, alpha: alpha * x - (1 - alpha) * coarse
    ),
    "x jumps in at alpha 0.5, and it is to come in gradually": (
        lambda x, coarse, alpha: x.clone() if alpha >= 0.5 else coarse
    ),
}


def _faded(halved, doubled, mixed):
    return lambda x, alpha: mixed(x, doubled(halved(x)), alpha)


def _picture(*shape):
    return torch.rand(*shape, generator=_generator)


fade = Exercise(
    reference=_faded(HALVED[""], DOUBLED[""], MIXED[""]),
    praise="Real pictures and fakes fade alike, so D cannot tell them apart by what is not there yet.",
    wrong={
        "You gave x as it came. The real pictures fade too, or D knows them by their details.": (
            lambda x, alpha: x.clone()
        ),
        "That only makes the picture darker. What is left of 1 goes to the coarse picture.": (
            lambda x, alpha: alpha * x
        ),
        "That is dark where alpha is large, and there is no coarse picture in it.": (
            lambda x, alpha: (1 - alpha) * x
        ),
        "The shapes do not fit: what is halved must be doubled before you add it.": (
            lambda x, alpha: alpha * x + (1 - alpha) * _halved(x)
        ),
        "That is the halved picture. Double it, and mix it with x.": lambda x, alpha: _halved(x),
        "That is too large: halve x before you double.": lambda x, alpha: _doubled(x),
        "Only the height is halved and doubled. Four pixels have one mean, two by two.": (
            lambda x, alpha: alpha * x + (1 - alpha) * avg_pool2d(x, (2, 1)).repeat_interleave(2, 2)
        ),
        "Only the width is halved and doubled. Four pixels have one mean, two by two.": (
            lambda x, alpha: alpha * x + (1 - alpha) * avg_pool2d(x, (1, 2)).repeat_interleave(2, 3)
        ),
        **dict(mistakes(_faded, HALVED, DOUBLED, MIXED)),
        **dict(mistakes(_faded, OTHER_HALVED, {"": DOUBLED[""]}, {"": MIXED[""]})),
        **dict(mistakes(_faded, {"": HALVED[""]}, OTHER_DOUBLED, {"": MIXED[""]})),
        **dict(mistakes(_faded, {"": HALVED[""]}, {"": DOUBLED[""]}, OTHER_MIXED)),
    },
    otherwise="At alpha 0 every four pixels must be alike and have the mean of the four in x, and at alpha "
    "1 all must be as in x. A picture that is grey all over must stay as it is at every alpha.",
    inputs=((_picture(2, 3, 4, 8), 0.3), (_picture(3, 2, 8, 4), 0.8)),
)

# --- 4: how much a batch differs -----------------------------------------------------------------------

PICTURES = {  # what is wrong -> what the deviation goes over, and the mean of deviations
    "": (0, (1, 2, 3)),
    "the deviation goes over pixels here, and it is asked over pictures": ((2, 3), (0, 1, 2, 3)),
    "each picture has a deviation of its own pixels here, and it is asked over pictures": (
        (2, 3),
        (1, 2, 3),
    ),
    "the deviation goes over channels here, and it is asked over pictures": (1, (0, 1, 2, 3)),
    "each picture has a deviation of its own channels here, and it is asked over pictures": (
        1,
        (1, 2, 3),
    ),
    "each picture has a deviation of all its own numbers here, and it is asked over pictures": (
        (1, 2, 3),
        (1, 2, 3),
    ),
    "the deviation goes over all numbers at once, and it is asked over pictures alone": (
        (0, 1, 2, 3),
        (0, 1, 2, 3),
    ),
    "the deviation goes over pictures and pixels, and it is asked over pictures alone": (
        (0, 2, 3),
        (0, 1, 2, 3),
    ),
}


def _variances(correction, eps):
    return lambda h, over: h.var(over, correction=correction, keepdim=True) + eps


DEVIATIONS = {  # what is wrong -> how the deviation comes about
    "": lambda h, over: _variances(0, 1e-8)(h, over).sqrt(),
    "torch divides by one number less unless you set correction=0": (
        lambda h, over: _variances(1, 1e-8)(h, over).sqrt()
    ),
}
NEAR = {
    "1e-8 is missing under the root, whose slope is infinite where all pictures are alike": (
        lambda h, over: _variances(0, 0)(h, over).sqrt()
    ),
    "torch's std divides by B - 1 and adds no 1e-8 under the root, so begin with var": (
        lambda h, over: _variances(1, 0)(h, over).sqrt()
    ),
    "the root is missing": _variances(0, 1e-8),
    "that is the mean over pictures, and their deviation is asked": lambda h, over: h.mean(
        over, keepdim=True
    ),
}
FAR = {
    "the root is missing, and torch divides by B - 1 unless you set correction=0": (
        _variances(1, 1e-8)
    ),
    "the mean must be subtracted before you square": lambda h, over: (
        h.square().mean(over, keepdim=True) + 1e-8
    ).sqrt(),
    "you averaged how far pictures are from their mean, and squares are asked": lambda h, over: (
        (h - h.mean(over, keepdim=True)).abs().mean(over, keepdim=True)
    ),
    "that is the largest minus the smallest, and the deviation is asked": lambda h, over: (
        h.amax(over, keepdim=True) - h.amin(over, keepdim=True)
    ),
}
AVERAGES = {  # what is wrong -> what becomes of the deviations
    "": lambda each, over: each.mean(over, keepdim=True),
    "each channel has a deviation of its own still, so take their mean, too": (
        lambda each, over: each.mean((2, 3), keepdim=True)
    ),
    "each pixel has a deviation of its own still, so take their mean, too": (
        lambda each, over: each.mean(1, keepdim=True)
    ),
    "nothing is averaged yet": lambda each, over: each,
}
OTHER_AVERAGES = {
    "you summed the deviations, and their mean is asked": lambda each, over: each.sum(
        over, keepdim=True
    ),
    "you averaged before the root, and the root comes first": lambda each, over: (
        each.square().mean(over, keepdim=True).sqrt()
    ),
}


def _plane(number, h):
    """The number, or one for each picture, channel or pixel, at every pixel of h's pictures."""
    return number.expand(len(h), -1, *h.shape[2:])


PUT = {  # what is wrong -> what becomes of h
    "": lambda h, number: torch.cat([h, _plane(number, h)], 1),
    "h is lost, and one channel more is asked": lambda h, number: _plane(number, h).clone(),
}
OTHER_PUT = {
    "you added it to the numbers in h, and a channel of its own is asked": (
        lambda h, number: h + number
    ),
    "the new channel comes first here, and last is asked": (
        lambda h, number: torch.cat([_plane(number, h), h], 1)
    ),
    "the last channel of h is lost, and one more is asked": (
        lambda h, number: torch.cat([h[:, :-1], _plane(number, h)], 1)
    ),
}


def _deviating(pictures, deviation, average, put):
    over, of = pictures
    return lambda h: put(h, average(deviation(h, over), of))


def _right_number(h):
    return DEVIATIONS[""](h, 0).mean()


def _of_groups(h, cut):
    """Each picture gets the number of its own group of four; `cut` says which pictures are one."""
    groups = torch.arange(len(h)).view(cut)
    numbers = torch.zeros(len(h))
    for group in groups if cut[1] == 4 else groups.T:
        numbers[group] = _right_number(h[group])
    return torch.cat([h, numbers.view(-1, 1, 1, 1).expand(-1, 1, *h.shape[2:])], 1)


def _averaged_first(over):
    """The deviation of means, which are those over these dimensions."""

    def first(h):
        number = DEVIATIONS[""](h.mean(over, keepdim=True), 0).mean()
        return PUT[""](h, number.view(1, 1, 1, 1))

    return first


_of, _average, _put = {"": PICTURES[""]}, {"": AVERAGES[""]}, {"": PUT[""]}
_collapsed = _random(1, 2, 3, 5).repeat(4, 1, 1, 1)
deviation = Exercise(
    reference=_deviating(PICTURES[""], DEVIATIONS[""], AVERAGES[""], PUT[""]),
    praise="A batch of fakes that are all alike shows as a channel near 0, and D learns to look at it.",
    wrong={
        "The shapes do not fit: cat wants four dimensions, and one number for each pixel.": (
            lambda h: torch.cat([h, _right_number(h)], 1)
        ),
        "The shapes do not fit: every picture needs the new channel, and every pixel its number.": (
            lambda h: torch.cat([h, _right_number(h).view(1, 1, 1, 1)], 1)
        ),
        "You added a picture. A channel is asked, which is dimension 1.": (
            lambda h: torch.cat([h, _right_number(h).expand(1, *h.shape[1:])])
        ),
        "That is the number alone. Put it behind h, as a channel.": _right_number,
        "You gave h as it came.": lambda h: h.clone(),
        "You averaged over pixels first. The deviation of every pixel comes before that.": (
            _averaged_first((2, 3))
        ),
        "You averaged over channels first. The deviation of every channel comes before that.": (
            _averaged_first(1)
        ),
        "You averaged each picture first. The deviation of all its numbers comes before that.": (
            _averaged_first((1, 2, 3))
        ),
        "You cut the batch into groups of four neighbours. Here it is one group.": (
            lambda h: _of_groups(h, (-1, 4))
        ),
        "You cut the batch into groups of four. Here it is one group.": (
            lambda h: _of_groups(h, (4, -1))
        ),
        **dict(mistakes(_deviating, PICTURES, DEVIATIONS, _average, PUT)),
        **dict(mistakes(_deviating, _of, DEVIATIONS | NEAR, AVERAGES | OTHER_AVERAGES, _put)),
        **dict(mistakes(_deviating, _of, DEVIATIONS | NEAR, _average, PUT | OTHER_PUT)),
        **dict(mistakes(_deviating, _of, FAR, _average, _put)),
    },
    otherwise="Give it a batch of one picture, several times: the new channel must be nearly 0. Then give "
    "one of them another colour in a corner: the new channel must grow by the same everywhere.",
    inputs=((_random(8, 3, 2, 5),), (_random(4, 3, 5, 2),), (_collapsed,)),
)

EXERCISES = {"images": images, "norm": norm, "fade": fade, "deviation": deviation}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_fade": (
        "What is at alpha 1 at first?",
        ["a blurred face", "a sharp face", "no face"],
        "no face",
    ),
}
