"""Exercises of notebook 11: how many translators, the penalty on a slope, labels that nobody told, and an edit."""

import io
import math
from collections.abc import Callable
from contextlib import redirect_stdout

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from genlib.exercises.checker import Exercise, mistakes
from genlib.exercises.checker.measures import Measure
from genlib.exercises.checker.trial import Stopped, run

_generator = torch.Generator().manual_seed(0)


def _random(*shape):
    return torch.randn(*shape, generator=_generator)


# --- 1: how many translators ---------------------------------------------------------------------------

translators = Exercise(
    reference=7 * 6 - 1,
    praise="With each new domain the pairs grow by twice the domains before it. StarGAN gets one label more.",
    wrong={
        "Those are all the networks for pairs. StarGAN does not come without any.": 42,
        "There and back are two: from brown to blond is another network than from blond to brown.": 21,
        "The pairs have an order: there and back are two networks.": 20,
        "You paired each domain with itself as well, and StarGAN's own network counts too.": 49,
        "A domain need not be translated to itself.": 48,
        "That is how many one domain is translated to. Every one of them is a beginning, too.": 6,
        "That would be one network for each domain. Ask for each ordered pair.": 7,
        "StarGAN has no network for each domain. How many has it in all?": 36,
        "It has no network for each domain: the label tells its one network where to go.": 35,
        "One generator goes there and back, and judges do not count here.": 40,
        "StarGAN's network is taken off, not added.": 43,
        "That goes by way of one domain, to it and from it. Here each pair has a network of its own.": 12,
        "Two networks for each domain are too few: from each it goes to each other.": 14,
        "Both directions of a pair are counted already when pairs are ordered.": 84,
        "That is how many StarGAN needs. How many does it save?": 1,
        "Those are orders of seven domains. A pair has two: where it begins and where it ends.": 5040,
        "Those are sets of domains. A pair has two: where it begins and where it ends.": 128,
    },
    otherwise="From how many domains does it begin, to how many others can it go from each, and how many "
    "networks are left with StarGAN?",
)

# --- 2: the penalty on a slope -------------------------------------------------------------------------

NORMS = {  # what is wrong -> how long the slope of each picture is
    "": lambda s: s.flatten(1).norm(dim=1),
    "norm(dim=1) goes over the channels alone, and each pixel has its own then": (
        lambda s: s.norm(dim=1)
    ),
    "the norm is squared already, for its root is missing": lambda s: s.square().sum((1, 2, 3)),
    "that is the sum of absolute values, and the root of summed squares is asked": (
        lambda s: s.abs().sum((1, 2, 3))
    ),
    "you averaged the squares under the root, and they are summed there": (
        lambda s: s.square().mean((1, 2, 3)).sqrt()
    ),
}
OTHER_NORMS = {
    "the whole batch has one norm here, and each picture needs its own": lambda s: s.norm()[None],
    "each channel has a norm of its own here, and a picture has one": lambda s: s.norm(dim=(2, 3)),
    "each row of pixels has a norm of its own here, and a picture has one": lambda s: s.norm(dim=3),
    "you took the norm over the batch, and it goes over all but the batch": lambda s: s.norm(dim=0),
    "each number is compared with 1 here, before there is a norm": lambda s: s,
    "each number is its own norm here, and a picture has one": lambda s: s.abs(),
    "that is the largest number, and the root of summed squares is asked": (
        lambda s: s.abs().amax((1, 2, 3))
    ),
    "a sum lets up and down cancel, so square first": lambda s: s.sum((1, 2, 3)),
    "that is the mean of absolute values, and the root of summed squares is asked": (
        lambda s: s.abs().mean((1, 2, 3))
    ),
}
GAPS = {  # how far from 1 that is
    "": lambda n: (n - 1).square(),
    "1 is not taken off, so that a critic without any slope would be best": torch.square,
}
OTHER_GAPS = {
    "norms below 1 cost something, too": lambda n: (n - 1).relu().square(),
    "a norm alone is no penalty, so compare it with 1": lambda n: n,
    "the difference to 1 is not squared yet": lambda n: n - 1,
    "absolute values are not asked, but squares": lambda n: (n - 1).abs(),
    "norms above 1 cost something, too": lambda n: (1 - n).relu().square(),
    "take 1 off before you square": lambda n: n.square() - 1,
    "you added 1": lambda n: (n + 1).square(),
    "the penalty is not halved": lambda n: (n - 1).square() / 2,
    "the weight of 10 is not asked, only what it multiplies": lambda n: 10 * (n - 1).square(),
    "the sign is turned, but a penalty is never below 0": lambda n: -(n - 1).square(),
    "norms must be 1, and you squared once too often": lambda n: (n - 1) ** 4,
}
OVER = {  # what becomes of the pictures
    "": lambda gap, n: gap(n).mean(),
    "you summed over the batch, and the mean is asked": lambda gap, n: gap(n).sum(),
    "you averaged the norms first, so that steep and flat pictures cancel": (
        lambda gap, n: gap(n.mean())
    ),
    "one number is asked, the mean over the pictures": lambda gap, n: gap(n),
}
OTHER_OVER = {
    "the penalty has no root": lambda gap, n: gap(n).mean().sqrt(),
    "that is the worst picture, and the mean is asked": lambda gap, n: gap(n).max(),
}


def _penalty(norm, gap, over):
    return lambda slope: over(gap, norm(slope))


def _slopes(longest, *shape):
    """The slope at each picture; some are longer than 1 and some shorter."""
    slope = _random(*shape)
    lengths = torch.linspace(0.3, longest, len(slope)).roll(1)
    return (slope / slope.flatten(1).norm(dim=1).div(lengths).view(-1, 1, 1, 1),)


_right_penalty = (NORMS[""], GAPS[""], OVER[""])
penalty = Exercise(
    reference=_penalty(*_right_penalty),
    praise="Each picture's slope is held at 1: a critic may not be steep at one and flat at another.",
    wrong={
        **dict(mistakes(_penalty, NORMS, GAPS, OVER)),
        **dict(mistakes(_penalty, OTHER_NORMS, {"": GAPS[""]}, {"": OVER[""]})),
        **dict(mistakes(_penalty, {"": NORMS[""]}, OTHER_GAPS, {"": OVER[""]})),
        **dict(mistakes(_penalty, {"": NORMS[""]}, {"": GAPS[""]}, OTHER_OVER)),
    },
    otherwise="Take one picture whose slope is 0 but for one number, which is 3: yours must be 4. Then "
    "move this 3 to another pixel or channel, where it must stay 4.",
    inputs=(_slopes(2.5, 4, 2, 3, 5), _slopes(1.2, 3, 4, 5, 2)),
)

# --- 3: labels that nobody told ------------------------------------------------------------------------


def _bce(logits, labels, yes=logsigmoid, no=lambda v: logsigmoid(-v)):
    return -torch.where(labels > 0.5, yes(logits), no(logits))


EACH = {  # what is wrong -> what each label costs
    "": _bce,
    "the sigmoid is taken twice, for with_logits wants the logit itself": (
        lambda logits, labels: _bce(logits.sigmoid(), labels)
    ),
    "at a logit of 200 a logarithm is -inf, so take F.logsigmoid or with_logits": (
        lambda logits, labels: _bce(
            logits, labels, lambda v: v.sigmoid().log(), lambda v: (1 - v.sigmoid()).log()
        )
    ),
    "F.binary_cross_entropy stops at 100, and its sister with_logits does not": (
        lambda logits, labels: _bce(logits, labels).clamp_max(100)
    ),
}
OTHER_EACH = {
    "softmax lets the labels of a picture compete, but each is a yes or no of its own": (
        lambda logits, labels: -labels * logits.log_softmax(1)
    ),
    "a label of 0 costs something, too, if the reader says yes": (
        lambda logits, labels: -labels * logsigmoid(logits)
    ),
    "a label of 1 costs something, too, if the reader says no": (
        lambda logits, labels: -(1 - labels) * logsigmoid(-logits)
    ),
    "yes and no are exchanged": lambda logits, labels: _bce(-logits, labels),
    "the sign is turned, but a loss falls as the reader gets better": (
        lambda logits, labels: -_bce(logits, labels)
    ),
    "that is in bits, and nats are asked": lambda logits, labels: (
        _bce(logits, labels) / math.log(2)
    ),
    "you squared, and cross entropy is asked": (
        lambda logits, labels: (logits.sigmoid() - labels).square()
    ),
    "you squared the logits' distance, and cross entropy is asked": (
        lambda logits, labels: (logits - labels).square()
    ),
    "that is how far off the probability is, and cross entropy is asked": (
        lambda logits, labels: (logits.sigmoid() - labels).abs()
    ),
}
KNOWN = {  # what counts of it
    "": lambda each, logits, labels, known: each(logits, labels) * known,
    "known is not used": lambda each, logits, labels, known: each(logits, labels),
    "labels times known makes a no of what nobody told, so multiply the losses": (
        lambda each, logits, labels, known: each(logits, labels * known)
    ),
    "a logit of 0 still costs ln 2, so multiply the losses by known": (
        lambda each, logits, labels, known: each(logits * known, labels)
    ),
}
NOT_USED = {words: KNOWN[words] for words in ("", "known is not used")}
OTHER_KNOWN = {
    "you counted the labels that nobody told": (
        lambda each, logits, labels, known: each(logits, labels) * (1 - known)
    ),
    "a picture counts here only if all of its labels are known": (
        lambda each, logits, labels, known: each(logits, labels) * known.amin(1, keepdim=True)
    ),
    "what nobody told is taken for a yes": (
        lambda each, logits, labels, known: each(logits, torch.where(known > 0, labels, 1.0))
    ),
}
READ_OVER = {  # what becomes of it
    "": lambda losses, known: losses.sum(1).mean(),
    "you averaged over the labels, which are summed": lambda losses, known: losses.mean(),
    "you divided by the known labels, where the number of pictures is asked": (
        lambda losses, known: losses.sum() / known.sum()
    ),
    "you divided by each picture's known labels, where their sum is asked": (
        lambda losses, known: (losses.sum(1) / known.sum(1)).mean()
    ),
    "you summed over the pictures, and their mean is asked": lambda losses, known: losses.sum(),
}
OTHER_READ_OVER = {
    "the pictures are summed and the labels averaged, which is the wrong way round": (
        lambda losses, known: losses.sum(0).mean()
    ),
    "each picture has a number still, of which the mean is asked": (
        lambda losses, known: losses.sum(1)
    ),
    "each label has a number still, and they are summed": lambda losses, known: losses.mean(0),
    "nothing is summed yet": lambda losses, known: losses,
}


def _reader(each, known, over):
    return lambda logits, labels, told: over(known(each, logits, labels, told), told)


def _labelled(logits):
    """Logits, labels, and which of these are known: in each picture some are, and some are not."""
    labels = torch.rand(logits.shape, generator=_generator).round()
    known = torch.rand(logits.shape, generator=_generator)
    known = (known > known.mean(1, keepdim=True)).float()
    return logits, labels, known


_sure = torch.tensor([[200.0, -1.0, 0.5], [1.0, -200.0, 2.0]])
_of_sure = torch.tensor([[0.0, 1, 1], [0, 1, 0]]), torch.tensor([[1.0, 0, 1], [1, 1, 0]])

reader = Exercise(
    reference=_reader(EACH[""], KNOWN[""], READ_OVER[""]),
    praise="So data sets with different labels can train one reader: it is not blamed for what nobody told.",
    wrong={
        "Logits may be negative, and no logarithm takes that: it needs their sigmoid.": _reader(
            lambda logits, labels: _bce(logits, labels, torch.log, lambda v: (1 - v).log()),
            KNOWN[""],
            READ_OVER[""],
        ),
        **dict(mistakes(_reader, EACH, KNOWN, READ_OVER)),
        **dict(mistakes(_reader, OTHER_EACH, NOT_USED, {"": READ_OVER[""]})),
        **dict(mistakes(_reader, {"": EACH[""]}, OTHER_KNOWN, {"": READ_OVER[""]})),
        **dict(mistakes(_reader, {"": EACH[""]}, {"": KNOWN[""]}, OTHER_READ_OVER)),
    },
    otherwise="Let all logits be 0: your number must be ln 2 for each known label, added up in a picture. "
    "And a sure logit of 200 whose label is 0 must cost 200.",
    inputs=(_labelled(2 * _random(3, 5)), _labelled(2 * _random(7, 4)), (_sure, *_of_sure)),
)

# --- 4: another colour of hair -------------------------------------------------------------------------


def _edited(labels, hair, clear=slice(0, 3), value=1.0, first=0):
    """The labels with these columns put to 0, and then that of the hair to the value."""
    new = labels.clone()
    new[:, clear] = 0
    new[:, first + hair] = value
    return new


def _in_place(labels, hair):
    labels[:, :3] = 0
    labels[:, hair] = 1
    return labels


def _afterwards(inputs: tuple[tuple, ...]) -> Measure:
    """What the first argument is after a function was called with it."""

    def after(function: Callable, first: Tensor, *rest: object) -> Tensor:
        with redirect_stdout(io.StringIO()):
            function(first, *rest)
        return first

    def of(function: Callable) -> list[Tensor | Stopped]:
        return [run(lambda *values: after(function, *values), values) for values in inputs]

    return Measure("the labels that came in, which have changed", of)


def _faces(n):
    """Labels of n faces: one colour of hair, all three of them among the faces, and three labels more."""
    hair = torch.eye(3)[(torch.arange(n) + 1) % 3]
    return torch.cat([hair, torch.rand(n, 3, generator=_generator).round()], 1)


def _toggled(labels, hair):
    new = labels.clone()
    new[:, hair] = 1 - new[:, hair]
    return new


def _toggled_alone(labels, hair):
    return _edited(labels, hair, value=1 - labels[:, hair])


def _row(labels, hair):
    new = labels.clone()
    new[hair, :3] = 0
    new[hair, hair] = 1
    return new


_asked_hair = ((_faces(5), 0), (_faces(4), 1), (_faces(7), 2))
edit = Exercise(
    reference=_edited,
    praise="Two colours at once were in no label of the training, and a generator may paint anything then.",
    wrong={
        "The labels that came in have changed. Work on a copy: they are needed for the way back.": (
            _in_place
        ),
        "The old colour is still there: such a face has two colours of hair.": (
            lambda labels, hair: _edited(labels, hair, clear=slice(0))
        ),
        "Old, male and glasses are lost. They stay as they were.": (
            lambda labels, hair: _edited(labels, hair, clear=slice(None))
        ),
        "No colour of hair is left: clear all three first, and set the new one then.": (
            lambda labels, hair: _edited(labels, hair, value=0.0)
        ),
        "Nothing has changed. Which columns are about hair?": lambda labels, hair: labels.clone(),
        "You toggled: who has that colour already would lose it, and the old one stays.": _toggled,
        "You toggled: who has that colour already would lose it.": _toggled_alone,
        "That is the colour alone, three columns. Give all six labels, the others as they were.": (
            lambda labels, hair: _edited(labels, hair)[:, :3]
        ),
        "That is one face. Give a row for each.": lambda labels, hair: _edited(labels, hair)[0],
        "Columns count from 0: you set the one after it.": (
            lambda labels, hair: _edited(labels, hair, first=1)
        ),
        "Columns count from 0: you cleared 1 to 3, where black would stay and old is lost.": (
            lambda labels, hair: _edited(labels, hair, clear=slice(1, 4))
        ),
        "Columns count from 0: you cleared and set those after the hair.": (
            lambda labels, hair: _edited(labels, hair, clear=slice(1, 4), first=1)
        ),
        "You set the column before it: hair counts from 0.": (
            lambda labels, hair: _edited(labels, hair, first=-1)
        ),
        "There are three colours, and you cleared only two of them.": (
            lambda labels, hair: _edited(labels, hair, clear=slice(2))
        ),
        "There are three colours, and you cleared four columns: old is lost.": (
            lambda labels, hair: _edited(labels, hair, clear=slice(4))
        ),
        "A colour that is there is 1. You wrote the number of the colour.": (
            lambda labels, hair: _edited(labels, hair, value=float(hair))
        ),
        "The number of the colour says which column, not what stands in the first.": (
            lambda labels, hair: torch.cat([torch.full_like(labels[:, :1], hair), labels[:, 1:]], 1)
        ),
        "All three colours are there now. Only one is asked.": (
            lambda labels, hair: torch.cat([torch.ones_like(labels[:, :3]), labels[:, 3:]], 1)
        ),
        "1 and 0 are exchanged: the asked colour is missing, and the others are there.": (
            lambda labels, hair: torch.cat([1 - _edited(labels, hair)[:, :3], labels[:, 3:]], 1)
        ),
        "The order is hair first, then old, male and glasses.": (
            lambda labels, hair: _edited(labels, hair).roll(3, 1)
        ),
        "Old, male and glasses are turned round. They stay as they were.": (
            lambda labels, hair: torch.cat([_edited(labels, hair)[:, :3], 1 - labels[:, 3:]], 1)
        ),
        "You changed the rows, which are faces. Labels are columns.": _row,
        "Only the first face is edited. Take the column of all faces.": (
            lambda labels, hair: torch.cat([_edited(labels, hair)[:1], labels[1:]])
        ),
        "The hair moved on by that many columns. It is to be that colour, whatever it was.": (
            lambda labels, hair: torch.cat([labels[:, :3].roll(hair, 1), labels[:, 3:]], 1)
        ),
    },
    otherwise="Take one face with blond hair and ask for black: which of the six labels change, and which "
    "do not? Then ask for the colour that it has.",
    inputs=_asked_hair,
    measure=_afterwards(_asked_hair),
)

EXERCISES = {"translators": translators, "penalty": penalty, "reader": reader, "edit": edit}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_label": (
        "How far does strength 2 get with reflect?",
        ["twice as far", "nowhere"],
        "nowhere",
    ),
    "show_moment": ("Which is learnt first?", ["hair", "age", "gender or glasses"], "hair"),
}
