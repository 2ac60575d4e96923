"""Exercises of notebook 09: a D in doubt, what the pieces ask of the picture, and how masks overlap."""

import math

import torch

from genlib.exercises.checker import Exercise, mistakes

_generator = torch.Generator().manual_seed(0)


# --- 1: a D in doubt -----------------------------------------------------------------------------------

doubt = Exercise(
    reference=1 / (1 + 1 / 2),  # yes with 1 as a real picture, no with 1/2 as a composite
    praise="Nothing is out of place in such a composite: D loses its trust in the real, for nothing.",
    wrong={
        "D cannot be sure: as a composite the very same picture is called fake, too.": 1.0,
        "Then a no would weigh as much as a yes. Composites weigh 1/2, and no fake looks like this.": (
            0.5
        ),
        "That is 1 - D, or one of three equal shares. Above the line stands the yes, of weight 1.": (
            1 / 3
        ),
        "Composites weigh 1/2, and generated pictures do not count: none looks like this one.": 0.4,
        "Both composites are the real picture, so their whole weight says no: 1/2 and not 1/4.": 0.8,
        "That is how often the picture comes among all. Ask how much of that says yes.": 0.75,
        "That is the share of the no among all that D sees. Take what comes of this picture alone.": (
            0.25
        ),
        "That is what stands below the line. Divide the weight of the yes by it.": 1.5,
        "Those are the odds, yes against no. Divide by the sum of both.": 2.0,
        "That is the logit, the logarithm of the odds. Its sigmoid is asked.": math.log(2),
        "That is D's loss. What it says of the picture is asked.": math.log(3 / 2)
        + math.log(3) / 2,
        "The real picture is called fake, but twice as loud it is called real.": 0.0,
        "That is in percent. Give a probability, from 0 to 1.": 200 / 3,
    },
    otherwise="Under which names does D see this picture, how much does each of them weigh, and to "
    "which should it say yes?",
    digits=4,
)

# --- 2: what the pieces ask of the picture -------------------------------------------------------------

DIFFERENCES = {  # what is wrong -> what is compared of m, G, M, y
    "": lambda m, g, true, y: m * g - true * y,
    "the true mask stands on both sides, but the picture goes with the predicted one": (
        lambda m, g, true, y: true * (g - y)
    ),
    "the predicted mask stands on both sides, so that a mask of 0 costs nothing": (
        lambda m, g, true, y: m * (g - y)
    ),
    "the masks are missing, but only the pieces are known": lambda m, g, true, y: g - y,
    "the predicted mask is left out, on the side of the picture": (
        lambda m, g, true, y: g - true * y
    ),
    "the true mask is left out, on the side of the real one": lambda m, g, true, y: m * g - y,
}
SIZES = {  # how large a difference is
    "": torch.abs,
    "you squared, but absolute values are asked": torch.square,
    "absolute values are missing, so that too bright makes up for too dark": lambda d: d,
}
OVER = {  # what becomes of the sizes, (B, C, H, W)
    "": lambda sizes: sizes.sum((1, 2, 3)).mean(),
    "only the batch is averaged, channels and pixels are summed": torch.mean,
    "you summed over the batch as well, where its mean is asked": torch.sum,
    "you averaged over the pixels, which are summed": lambda sizes: sizes.sum(1).mean(),
    "you averaged over the channels, which are summed": (
        lambda sizes: sizes.mean(1).sum((1, 2)).mean()
    ),
    "you have a number for each picture, of which the mean is asked": (
        lambda sizes: sizes.sum((1, 2, 3))
    ),
    "channels and pixels are not summed yet": lambda sizes: sizes.mean(0),
}


def _appearance(difference, size, over):
    return lambda *values: over(size(difference(*values)))


def _of(difference):
    """A mistake of its own kind, beside which the rest is right."""
    return _appearance(difference, SIZES[""], OVER[""])


def _pieces(*shape):
    """A mask (B, 1, H, W) with a picture (B, C, H, W), and a true mask of zeros and ones with its own."""
    mask, true = torch.rand(2, shape[0], 1, *shape[2:], generator=_generator)
    picture, real = torch.rand(2, *shape, generator=_generator)
    return mask, picture, (true > 0.6).float(), real


_right_difference = DIFFERENCES[""]
appearance = Exercise(
    reference=_of(_right_difference),
    praise="Where both masks are 0 it is blind: what stands between the pieces, only D can ask for.",
    wrong={
        "That is L_S, which compares the masks. L_A compares what they leave of the pictures.": (
            _of(lambda m, g, true, y: m - true)
        ),
        "You added the two sides. Their difference is asked.": (
            _of(lambda m, g, true, y: m * g + true * y)
        ),
        "The masks are exchanged: each picture goes with its own.": (
            _of(lambda m, g, true, y: true * g - m * y)
        ),
        "Both masks stand on both sides, so that only what they share counts.": (
            _of(lambda m, g, true, y: m * true * (g - y))
        ),
        "That is what lies outside of the pieces: take the masks, not 1 minus them.": (
            _of(lambda m, g, true, y: (1 - m) * g - (1 - true) * y)
        ),
        "Leave the mask uncut: once it is cut, no gradient comes to it.": (
            _of(lambda m, g, true, y: (m > 0.5) * g - true * y)
        ),
        "A loss below 0? A difference has two signs: take absolute values before you sum.": (
            lambda *values: -OVER[""](_right_difference(*values))
        ),
        "Take the absolute value of each number first, and sum then: errors must not cancel.": (
            lambda *values: _right_difference(*values).sum((1, 2, 3)).abs().mean()
        ),
        "Sum over the channels after the absolute values: red must not make up for blue.": (
            lambda *values: _right_difference(*values).sum(1).abs().sum((1, 2)).mean()
        ),
        "That is the length of the difference, a root of squares. Sum absolute values.": (
            lambda *values: _right_difference(*values).square().sum((1, 2, 3)).sqrt().mean()
        ),
        "You divided by the pixels of the true mask, but larger pieces may cost more.": (
            lambda m, g, true, y: (
                (m * g - true * y).abs().sum((1, 2, 3)) / true.sum((1, 2, 3))
            ).mean()
        ),
        **dict(mistakes(_appearance, DIFFERENCES, SIZES, OVER)),
    },
    otherwise="Let both pictures be 1 everywhere and only one of the masks 0: yours must count the "
    "other mask's pixels, once for each channel. Which mask goes with which picture?",
    inputs=(_pieces(2, 3, 4, 5), _pieces(3, 2, 6, 4)),
)

# --- 3: how masks overlap ------------------------------------------------------------------------------


def _half(mask):
    return (mask > 0.5).float()


CUTS = {  # what is wrong -> what counts of the mask and of the true one
    "": lambda m, true: (_half(m), _half(true)),
    "the masks are not cut at 1/2": lambda m, true: (m, true),
    "the predicted mask is not cut at 1/2": lambda m, true: (m, _half(true)),
    "the true mask is not cut at 1/2": lambda m, true: (_half(m), true),
}
SHARES = {  # what is divided: of pixels in both, in the mask, in the true one, and of all there are
    "": lambda both, m, true, pixels: both / (m + true - both),
    "the union is too large, for pixels in both count twice": (
        lambda both, m, true, pixels: both / (m + true)
    ),
    "that is Dice, and the sum of two masks is not their union": (
        lambda both, m, true, pixels: 2 * both / (m + true)
    ),
    "you divided by the true mask, and a mask of all pixels would be perfect": (
        lambda both, m, true, pixels: both / true
    ),
    "you divided by the predicted mask, and one right pixel would be perfect": (
        lambda both, m, true, pixels: both / m
    ),
    "that is the intersection, to be divided by the union": lambda both, m, true, pixels: both,
}
OF_ALL = {  # the same, for a batch as for its pictures, which have equally many
    "you divided by all pixels, and not by those in either mask": (
        lambda both, m, true, pixels: both / pixels
    ),
    "that is the share of pixels that agree, most of them in no mask": (
        lambda both, m, true, pixels: (pixels - m - true + 2 * both) / pixels
    ),
}
BATCH = {"you took the batch as one picture": lambda share, *m: share(*(v.flatten() for v in m))}
PICTURES = {  # what becomes of the shares
    "": lambda share, *m: share(*(v.flatten(1) for v in m)),
    "each picture has its own share, of which no mean is asked": (
        lambda share, *m: share(*(v.flatten(1) for v in m)).mean()
    ),
    "the channel is left over, so sum over it as well": (
        lambda share, *m: share(*(v.flatten(2) for v in m))
    ),
    "that is in percent, where a share from 0 to 1 is asked": (
        lambda share, *m: 100 * share(*(v.flatten(1) for v in m))
    ),
}


def _overlap(cut, share, shown):
    def of_pixels(m, true):
        return share((m * true).sum(-1), m.sum(-1), true.sum(-1), m.shape[-1])

    return lambda *masks: shown(of_pixels, *cut(*masks))


def _soft_masks(*shape):
    """Two masks with numbers from 0 to 1, both among them; neither is empty after any cut."""
    return tuple((3 * torch.rand(2, *shape, generator=_generator) - 1).clamp(0, 1))


_right_overlap = _overlap(CUTS[""], SHARES[""], PICTURES[""])
overlap = Exercise(
    reference=_right_overlap,
    praise="Where pieces are small, an empty mask has most pixels right, but an overlap of 0.",
    wrong={
        "You cut at 0, as bool() does: cut at 1/2.": lambda m, true: _right_overlap(
            m.ceil(), true.ceil()
        ),
        "You cut at 1, as int() does: cut at 1/2.": lambda m, true: _right_overlap(
            m.floor(), true.floor()
        ),
        "You took the pixels below 1/2. The pieces are above.": lambda m, true: _right_overlap(
            1 - m, 1 - true
        ),
        "The least and the largest of uncut masks tell how sure they are: cut at 1/2 first.": (
            lambda m, true: (
                torch.minimum(m, true).sum((1, 2, 3)) / torch.maximum(m, true).sum((1, 2, 3))
            )
        ),
        "That is 1 minus the share: what is only in one of the masks.": lambda *masks: (
            1 - _right_overlap(*masks)
        ),
        "It is upside down: the union stands below the line.": lambda *masks: (
            1 / _right_overlap(*masks)
        ),
        "You counted in each row of pixels alone: sum over all of a picture.": (
            _overlap(CUTS[""], SHARES[""], lambda share, *masks: share(*masks))
        ),
        **dict(mistakes(_overlap, CUTS, SHARES, PICTURES | BATCH)),
        **dict(mistakes(_overlap, CUTS, OF_ALL, PICTURES)),
    },
    otherwise="Take one mask twice: your number must be 1. Take two that share no pixel: it must be 0. "
    "Are the pixels cut first, and those in both counted once?",
    inputs=(_soft_masks(4, 1, 5, 6), _soft_masks(3, 1, 7, 5)),
)

EXERCISES = {
    "doubt": doubt,
    "appearance": appearance,
    "overlap": overlap,
}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_losses": (
        "Both losses 0: what can be wrong?",
        ["nothing", "all but pieces"],
        "all but pieces",
    ),
    "show_moment": ("What comes first?", ["the places", "colours", "faces"], "the places"),
}
