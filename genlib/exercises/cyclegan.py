"""Exercises of notebook 10: perfect cycles, the cycle loss, what a score sees, and a pool of old pictures."""

import math
from collections.abc import Callable
from functools import partial
from itertools import accumulate
from operator import mul
from typing import Any

import torch
from torch import Tensor

from genlib.exercises.checker import Exercise, WrongForm, mistakes, read
from genlib.exercises.checker.comparing import close, shape_of
from genlib.exercises.checker.trial import Stopped, run

_generator = torch.Generator().manual_seed(0)

# --- 1: perfect cycles ---------------------------------------------------------------------------------

cycles = Exercise(
    reference=math.factorial(2) * math.factorial(1) * math.factorial(2),
    praise="Each of them has a loss of zero, and the data do not say which of them is meant.",
    wrong={
        "That is every way to send things one to one. The probabilities must be kept as well.": 120,
        "That nothing moves is one way. Which things could change places unnoticed?": 1,
        "That is what one group of equally likely things may do. Is there another such group?": 2,
        "Different probabilities are not counted. And if you left out that nothing moves: it is one way.": (
            3
        ),
        "The ways of two groups are not added: each of one goes with each of the other.": 5,
        "A group cannot go to another, which is not as likely. Look within the groups.": 6,
        "The thing of 0.2 has nothing to change places with, and F brings no choice of its own.": 8,
        "No three things are equally likely. Look again at which are.": 12,
        "F is not chosen apart from G: in a perfect cycle it is the way back.": 16,
        "You let all but one change places, but they are not all equally likely.": 24,
        "One to one: where one thing of a group has gone, the other cannot go.": 32,
        "Those are the pairs of a thing here and a thing there. A cycle pairs all things at once.": 25,
        "Those are the twos among five things. Which of these twos are equally likely?": 10,
        "That is how many orders the five probabilities have. Ask what may move while they stay.": 30,
        "If two things went to the same one, no F could tell them apart on the way back.": 3125,
        "There is one at least: nothing moves.": 0,
    },
    otherwise="Sort the things into groups that are equally likely. Where may each thing of a group go, "
    "and how do the choices of several groups come together?",
)

# --- 2: the cycle loss ---------------------------------------------------------------------------------


class _Translator:
    """A function of pictures, with the name that the checker calls it by."""

    def __init__(self, name: str, of: Callable):
        self.name, self.of = name, of

    def __call__(self, x: Tensor) -> Tensor:
        return self.of(x)

    def __repr__(self) -> str:
        return self.name

    def __getattr__(self, name: str):  # F is elsewhere torch.nn.functional
        raise AttributeError(f"G and F are translators here, and have no {name}")


G = _Translator("G", lambda x: torch.sin(2 * x) + x / 2)
F = _Translator("F", lambda y: torch.exp(-y) - y / 3)

DIFFERENCES = {  # what is wrong -> what is to be 0 for x, and what for y
    "": lambda G, F, x, y: (F(G(x)) - x, G(F(y)) - y),
    "nothing has come back yet, and you compare the translation itself": (
        lambda G, F, x, y: (G(x) - x, F(y) - y)
    ),
    "that is the identity loss, where nothing goes there and back": (
        lambda G, F, x, y: (F(x) - x, G(y) - y)
    ),
    "G reads x and F reads y, so each begins with the wrong one": (
        lambda G, F, x, y: (G(F(x)) - x, F(G(y)) - y)
    ),
    "one translator is used twice, but the other brings back": (
        lambda G, F, x, y: (G(G(x)) - x, F(F(y)) - y)
    ),
    "compare what came back with the beginning, not with the translation": (
        lambda G, F, x, y: (F(G(x)) - G(x), G(F(y)) - F(y))
    ),
    "you added where a difference is asked": lambda G, F, x, y: (F(G(x)) + x, G(F(y)) + y),
}
ONE_SIDED = {
    "x goes through F first, which reads y": lambda G, F, x, y: (G(F(x)) - x, G(F(y)) - y),
    "y goes through G first, which reads x": lambda G, F, x, y: (F(G(x)) - x, F(G(y)) - y),
    "x has not come back yet": lambda G, F, x, y: (G(x) - x, G(F(y)) - y),
    "y has not come back yet": lambda G, F, x, y: (F(G(x)) - x, F(y) - y),
    "of x you took the identity loss": lambda G, F, x, y: (F(x) - x, G(F(y)) - y),
    "of y you took the identity loss": lambda G, F, x, y: (F(G(x)) - x, G(y) - y),
}
SIZES = {  # how large a difference is
    "": lambda d: d.abs().mean(),
    "you squared, but absolute values are asked": lambda d: d.square().mean(),
    "you summed over all numbers, where the mean is asked": lambda d: d.abs().sum(),
}
OTHER_SIZES = {
    "you summed over a picture, where the mean over all numbers is asked": (
        lambda d: d.abs().flatten(1).sum(1).mean()
    ),
    "absolute values are missing, so that too bright makes up for too dark": torch.mean,
    "absolute values come before the mean, for errors must not cancel": lambda d: d.mean().abs(),
    "that is the root of a mean of squares, but absolute values are asked": (
        lambda d: d.square().mean().sqrt()
    ),
    "that is a length, a root of squares, but absolute values are asked": (
        lambda d: d.square().sum().sqrt()
    ),
    "each picture's length is a root of squares, but absolute values are asked": (
        lambda d: d.flatten(1).norm(dim=1).mean()
    ),
    "that is the largest error, and the mean is asked": lambda d: d.abs().max(),
}
TOGETHER = {  # what becomes of the two
    "": lambda of_x, of_y: of_x + of_y,
    "you halved the sum of the two": lambda of_x, of_y: (of_x + of_y) / 2,
    "the cycle that begins with y is missing": lambda of_x, of_y: of_x,
    "the cycle that begins with x is missing": lambda of_x, of_y: of_y,
}
OTHER_ENDS = {
    "you took the difference of the two cycles": lambda of_x, of_y: of_x - of_y,
    "you multiplied the two, and one perfect cycle would hide the other": (
        lambda of_x, of_y: of_x * of_y
    ),
    "one number is asked, and you gave the two apart": lambda of_x, of_y: torch.stack([of_x, of_y]),
    "lambda is not asked, only what it multiplies": lambda of_x, of_y: 10 * (of_x + of_y),
    "the sign is turned, but a loss falls as the cycles close": lambda of_x, of_y: -of_x - of_y,
}


def _cycle(differences, size, together):
    return lambda *values: together(*map(size, differences(*values)))


def _over_both(*values):
    return torch.cat([d.abs().flatten() for d in DIFFERENCES[""](*values)]).mean()


def _pictures(rows, more, *shape):
    """G, F, some x, and another number of y."""
    return (G, F, *(torch.rand(n, *shape, generator=_generator) for n in (rows, more)))


cycle = Exercise(
    reference=_cycle(DIFFERENCES[""], SIZES[""], TOGETHER[""]),
    praise="No pairs are needed: each picture is its own answer, once it has been there and back.",
    wrong={
        "That is the mean over both batches at once. Each cycle has a mean of its own, and both count.": (
            _over_both
        ),
        "Over both batches at once, the larger batch counts more. Each cycle has a mean of its own.": (
            lambda *values: 2 * _over_both(*values)
        ),
        **dict(mistakes(_cycle, DIFFERENCES, SIZES, TOGETHER)),
        **dict(mistakes(_cycle, ONE_SIDED, {"": SIZES[""]}, {"": TOGETHER[""]})),
        **dict(mistakes(_cycle, {"": DIFFERENCES[""]}, OTHER_SIZES, {"": TOGETHER[""]})),
        **dict(mistakes(_cycle, {"": DIFFERENCES[""]}, {"": SIZES[""]}, OTHER_ENDS)),
    },
    otherwise="Let each translator undo the other: your number must be 0. Let all that comes back be "
    "too bright by 1: it must be 2, however many pictures there are.",
    inputs=(_pictures(5, 2, 3), _pictures(2, 7, 3, 4, 5)),
)

# --- 3: how many pixels a score sees -------------------------------------------------------------------


def _before(strides):
    return list(accumulate(strides, mul, initial=1))[:-1]


STEPS = {  # what is wrong -> how many pixels apart the things are that each layer reads
    "": _before,
    "a layer's own stride does not change what it sees, only what later layers see": (
        lambda strides: list(accumulate(strides, mul))
    ),
    "you read the strides from the wrong end": lambda strides: _before(strides[::-1])[::-1],
    "the strides are missing, and behind a stride a kernel reaches further": (
        lambda strides: [1] * len(strides)
    ),
    "you took one stride for each layer, but several before it act together": (
        lambda strides: [1, *strides[:-1]]
    ),
}
OTHER_STEPS = {
    "you read the strides from the wrong end, with each layer's own": (
        lambda strides: list(accumulate(strides[::-1], mul))[::-1]
    ),
    "you took each layer's own stride, and not those before it": lambda strides: strides,
    "strides multiply, and you added them": (
        lambda strides: [1 + sum(strides[:i]) for i in range(len(strides))]
    ),
    "not every layer stands behind all the strides": (
        lambda strides: [math.prod(strides)] * len(strides)
    ),
}
TAPS = {  # how much a kernel adds, in such steps
    "": lambda kernel: kernel - 1,
    "a kernel of 1 must add nothing": lambda kernel: kernel,
}
OTHER_TAPS = {
    "a kernel reaches to both sides, and you took half of it": lambda kernel: kernel // 2,
    "a kernel's two sides are both in its size already": lambda kernel: 2 * (kernel - 1),
}
START = {  # what becomes of the sum
    "": lambda total: 1 + total,
    "no layer at all sees one pixel, not none": lambda total: total,
    "that is the area, and the side is asked": lambda total: (1 + total) ** 2,
}


def _field(steps, taps, start):
    def field(layers):
        kernels, strides = zip(*layers, strict=True)
        pairs = zip(kernels, steps(strides), strict=True)
        return torch.tensor(start(sum(taps(kernel) * step for kernel, step in pairs)))

    return field


def _back(seen, step):
    """From the last layer to the first: how many of its inputs one score sees."""

    def field(layers):
        sees = seen
        for kernel, stride in layers[::-1]:
            sees = step(sees, kernel, stride)
        return torch.tensor(sees)

    return field


def _of(function):
    """A number of the kernels and the strides."""
    return lambda layers: torch.tensor(function(*zip(*layers, strict=True)))


PAPER = [(4, 2), (4, 2), (4, 2), (4, 1), (4, 1)]
_right_field = _field(STEPS[""], TAPS[""], START[""])
field = Exercise(
    reference=_right_field,
    praise="Such a score knows stripes and grass, but never whether the horse has four legs.",
    wrong={
        "You multiplied the kernels. Each layer adds to what is seen.": _of(
            lambda kernels, strides: math.prod(kernels)
        ),
        "You added up the kernels. They overlap, and behind a stride they reach further.": _of(
            lambda kernels, strides: sum(kernels)
        ),
        "That is how far apart two neighbouring scores look, not how much one sees.": _of(
            lambda kernels, strides: math.prod(strides)
        ),
        "That is the largest kernel alone. The layers before and after widen what is seen.": _of(
            lambda kernels, strides: max(kernels)
        ),
        "On the way back n neighbours have n - 1 strides between them, and you took n.": (
            _back(1, lambda sees, kernel, stride: sees * stride + kernel)
        ),
        "On the way back the strides are one too many, and a kernel of 1 must add nothing.": (
            _back(1, lambda sees, kernel, stride: sees * stride + kernel - 1)
        ),
        "On the way back begin with one score, not with none.": (
            _back(0, lambda sees, kernel, stride: (sees - 1) * stride + kernel)
        ),
        "The first kernel counts twice: you began with it, and met it again.": (
            lambda layers: _right_field(layers) + layers[0][0] - 1
        ),
        "The last layer is missing.": lambda layers: _right_field(layers[:-1] or [(1, 1)]),
        "The first layer is missing.": lambda layers: _right_field(layers[1:] or [(1, 1)]),
        "You began with two pixels, but without any layer a score sees one.": (
            lambda layers: _right_field(layers) + 1
        ),
        **dict(mistakes(_field, STEPS, TAPS, START)),
        **dict(mistakes(_field, OTHER_STEPS, {"": TAPS[""]}, {"": START[""]})),
        **dict(mistakes(_field, {"": STEPS[""]}, OTHER_TAPS, {"": START[""]})),
    },
    otherwise="Take one layer alone: its kernel says what it sees. Put a layer of stride 2 before it: "
    "how far apart do the things lie that it reads now?",
    inputs=((PAPER,), ([(3, 1), (5, 3), (2, 2), (7, 1)],), ([(6, 2)],), ([(3, 2), (4, 3)],)),
)

# --- 4: a pool of old pictures -------------------------------------------------------------------------


def _played(answer: Callable, kept: list, size: int, x: Tensor, coin: float, place: int) -> Any:
    """What is given back, and what is kept then; None where nothing is given back."""
    given = answer(kept, size, x, coin, place)
    return None if given is None else (given, kept)


def _told(pictures: Tensor) -> str:
    """Pictures by their shade: each of the checker's own has one."""
    return ", ".join(f"{picture.flatten()[0]:.4g}" for picture in pictures)


def _case(kept: list, size: int, x: Tensor, coin: float, place: int) -> str:
    """Where a pool is tried, in words."""
    names = _told(torch.stack(kept)) if kept else ""
    return f"For kept [{names}], size {size}, x {_told(x[None])}, coin {coin}, place {place}"


class _Pool(Exercise):
    """An exercise whose answer gives a picture back, and changes the list of those that are kept."""

    def _given(self, answer: Any) -> list[Tensor | Stopped]:
        if not callable(answer):
            return super()._given(answer)
        results = [run(partial(_played, answer), values) for values in self.inputs]
        if all(result is None for result in results):
            return []
        return [self._result(*pair) for pair in zip(self.inputs, results, strict=True)]

    def _result(self, values: tuple, result: Any) -> Tensor | Stopped:
        """The picture that is given back, and behind it those that are kept."""
        if type(result) is Stopped:
            return result
        start, x = _case(*values), values[2]
        if result is None:
            raise WrongForm(f"{start} it gives None, asked is a picture.")
        given, kept = (
            self._pictures(start, *part) for part in zip(("gives", "keeps"), result, strict=True)
        )
        if given.shape != x.shape:
            raise WrongForm(f"{start} it gives {shape_of(given)}, asked is one picture.")
        if len(kept) and kept.shape[1:] != x.shape:
            raise WrongForm(f"{start} it keeps {shape_of(kept)}, asked is a list of pictures.")
        return torch.cat([given[None], *kept.split(1)])

    @staticmethod
    def _pictures(start: str, does: str, value: Any) -> Tensor:
        try:
            return read(value)
        except WrongForm as came:
            raise WrongForm(f"{start} it {does} {came}, asked are pictures.") from None

    def _difference(self, given: list, right: list) -> str:
        triples = zip(self.inputs, given, right, strict=True)
        values, came, due = next(triple for triple in triples if not close(*triple[1:]))
        start = _case(*values)
        if isinstance(came, Stopped):
            raise WrongForm(f"{start} your function stopped with {came.rstrip('.')}.")
        if not close(came[0], due[0]):
            return f"{start} it gives {_told(came[:1])}, not {_told(due[:1])}."
        return f"{start} it keeps [{_told(came[1:])}] then, not [{_told(due[1:])}]."


def _keep(kept, x, coin, place):
    kept.append(x)
    return x


def _keep_first(kept, x, coin, place):
    kept.insert(0, x)
    return x


def _keep_some(kept, x, coin, place):
    if coin < 0.5:
        kept.append(x)
    return x


def _keep_and_give_old(kept, x, coin, place):
    kept.append(x)
    return kept[0]


def _swap(kept, x, coin, place):
    old, kept[place] = kept[place], x
    return old


def _keep_and_swap(kept, x, coin, place):
    kept.append(x)
    return x if coin < 0.5 else _swap(kept, x, coin, place)


def _lost(kept, x, coin, place):
    kept[place] = x
    return x


def _only_given(kept, x, coin, place):
    return kept[place]


def _taken_out(kept, x, coin, place):
    return kept.pop(place)


def _to_the_end(kept, x, coin, place):
    kept.append(x)
    return kept.pop(place)


def _longer(kept, x, coin, place):
    kept.append(x)
    return kept[place]


def _put_between(kept, x, coin, place):
    kept.insert(place, x)
    return kept[place + 1]


def _unchanged(kept, x, coin, place):
    return x


FILLING = {  # what is wrong -> what is done while there is room
    "": _keep,
    "while there is room x is put into the list, and kept = kept + [x] makes another list": (
        _unchanged
    ),
    "while there is room nothing is exchanged, so return at once": _keep_and_swap,
}
OTHER_FILLING = {
    "while there is room x comes to the end of the list": _keep_first,
    "while there is room every picture is kept, whatever the coin says": _keep_some,
    "while there is room x itself is given back": _keep_and_give_old,
    "while there is room no old picture makes way": (
        lambda kept, *rest: _swap(kept, *rest) if kept else _keep(kept, *rest)
    ),
}
SWAPPING = {  # what is done when the coin says so
    "": _swap,
    "the old picture must come back, so take it out before x overwrites it": _lost,
    "x must take the place of the old picture, in the list itself": _only_given,
    "the old picture left, and x did not come in its place": _taken_out,
    "x belongs where the old picture was, not at the end": _to_the_end,
    "the old picture stays in the list, which grows": _longer,
}
OTHER_SWAPPING = {
    "x is put between the others, and the list grows": _put_between,
    "the first picture makes way, whatever place says": (
        lambda kept, x, coin, place: _swap(kept, x, coin, 0)
    ),
    "the last picture makes way, whatever place says": (
        lambda kept, x, coin, place: _swap(kept, x, coin, -1)
    ),
    "places are counted from 0": lambda kept, x, coin, place: _swap(kept, x, coin, place - 1),
}
WHEN = {  # whether the coin says so
    "": lambda coin: coin >= 0.5,
    "the coin is turned, and a low one gives the new picture back": lambda coin: coin < 0.5,
    "the coin is not used, so that the discriminator sees old pictures alone": lambda coin: True,
}
STAYING = {  # what is done otherwise
    "at a low coin the list stays as it is, and x overwrites none": _lost,
    "at a low coin the list stays as it is, and x is not added": _keep,
}


def _pool(filling, swapping, when, staying, room=lambda kept, size: len(kept) < size):
    def pool(kept, size, x, coin, place):
        move = filling if room(kept, size) else swapping if when(coin) else staying
        return move(kept, x, coin, place)

    return pool


def _trial(kept, size, coin, place):
    """Pictures 1, 2, ... that are kept, and the next as x."""
    *old, x = (torch.full((1, 2, 3), float(i + 1)) for i in range(kept + 1))
    return old, size, x, coin, place


_right_pool = (_keep, _swap, WHEN[""], _unchanged)
pool = _Pool(
    reference=_pool(*_right_pool),
    praise="Half of what a discriminator sees is old, so a trick that was caught before cannot win again.",
    wrong={
        "It never gives an old picture back. What is the pool for?": _pool(
            _keep, _unchanged, WHEN[""], _unchanged
        ),
        "The list never changes. What is to come back must be kept first.": _pool(
            _unchanged, _unchanged, WHEN[""], _unchanged
        ),
        "You put x into the list before you ask whether there is room.": _pool(
            _keep, _keep_and_swap, WHEN[""], _keep
        ),
        "The list grows beyond its size: there is room only while fewer are kept.": _pool(
            *_right_pool, room=lambda kept, size: True
        ),
        "The last place stays empty: there is room until all are taken.": _pool(
            *_right_pool, room=lambda kept, size: len(kept) < size - 1
        ),
        "The list never fills: an empty one has room as well.": _pool(
            *_right_pool, room=lambda kept, size: 0 < len(kept) < size
        ),
        **dict(mistakes(_pool, FILLING, SWAPPING, WHEN, {"": _unchanged})),
        **dict(mistakes(_pool, OTHER_FILLING, {"": _swap}, {"": WHEN[""]}, {"": _unchanged})),
        **dict(mistakes(_pool, {"": _keep}, OTHER_SWAPPING, {"": WHEN[""]}, {"": _unchanged})),
        **dict(mistakes(_pool, {"": _keep}, {"": _swap}, {"": WHEN[""]}, STAYING)),
    },
    otherwise="Go through three cases: there is room, a low coin, a high coin. In each of them, which "
    "picture is given back, and what is in the list then?",
    inputs=(
        _trial(kept=0, size=3, coin=0.7, place=0),
        _trial(kept=2, size=4, coin=0.8, place=1),
        _trial(kept=2, size=3, coin=0.1, place=0),
        _trial(kept=3, size=3, coin=0.3, place=1),
        _trial(kept=3, size=3, coin=0.9, place=1),
        _trial(kept=4, size=4, coin=0.6, place=2),
    ),
)

EXERCISES = {"cycles": cycles, "cycle": cycle, "field": field, "pool": pool}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_turn": ("How many angles have a cycle loss of 0?", ["one", "two", "all"], "all"),
    "show_moment": (
        "What comes first?",
        ["white and black", "sharp stripes", "a way back"],
        "a way back",
    ),
}
