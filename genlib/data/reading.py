"""The exact judge of the drawn world: it reads a picture back into its caption by least squares.

No network: for every shape, size and place that the world can draw it knows how far each pixel is covered, the
mask m. A picture is GROUND + m (colour - GROUND); each mask has a colour that explains a picture best, and the mask
that then leaves least unexplained is what the picture shows.
"""

from functools import cache
from itertools import product

import torch
from torch import Tensor

from genlib import checks
from genlib.data.captions import Grammar
from genlib.data.shapes import (
    CENTRES,
    GROUND,
    HALVES,
    MOVES,
    ONE,
    PALETTE,
    RADII,
    SHADE,
    SHAPES,
    SIZES,
    check_world,
    coverage,
)

TONES = 5  # of a colour, that the judge knows


def read_shapes(x: Tensor, grammar: Grammar = ONE) -> Tensor:
    """The caption of each picture: (N, 3, size, size) -> (N, T).

    Of two shapes the left or upper one comes first, "left of" or "above" the other.
    """
    things, places, _ = _seen(x, grammar)
    size, colour, shape = things[:, 0].T
    if grammar is ONE:
        return grammar.tokens_of(torch.stack([size, colour, shape, places], 1))
    _, other_colour, other_shape = things[:, 1].T
    choices = [size, colour, shape, 2 * places, other_colour, other_shape]
    return grammar.tokens_of(torch.stack(choices, 1))


def words_right(x: Tensor, captions: Tensor, grammar: Grammar = ONE) -> Tensor:
    """Which words of its caption a picture shows: (N, 3, size, size), (N, T) -> booleans (N, T).

    Of two shapes the caption may mean either first, whichever makes more words right; its relation is right if the
    other one then stands where it says.
    """
    things, places, _ = _seen(x, grammar)
    asked = grammar.choices(captions)
    checks.same_size(0, x=x, captions=asked)
    if grammar is ONE:
        return torch.cat([things[:, 0], places[:, None]], 1) == asked
    ways = []
    for first in (0, 1):
        one, other = things[:, first], things[:, 1 - first]
        relation = 2 * places + first  # "right of" and "below" where the first stands second
        ways.append(torch.cat([one, relation[:, None], other[:, 1:]], 1) == asked)
    better = ways[1].sum(1) > ways[0].sum(1)
    return torch.where(better[:, None], ways[1], ways[0])


def unexplained(x: Tensor, grammar: Grammar = ONE) -> Tensor:
    """The share of a picture's ink, in squares, that the shapes which were read leave over: (N, 3, size, size) -> (N,).

    The judge names the likeliest caption of anything; this says how far it is a picture of the world at all.
    """
    _, _, explained = _seen(x, grammar)
    ink = (x.detach().float() - GROUND).square().flatten(1).sum(1)
    return (1 - explained / ink.clamp_min(1e-6)).clamp(0, 1)


def _seen(x: Tensor, grammar: Grammar) -> tuple[Tensor, Tensor, Tensor]:
    """Size, colour and shape of each thing, (N, 1 or 2, 3); the place, or 0 for beside and 1 for above; the ink explained, (N,)."""
    check_world(grammar)
    side = checks.real("x", x, "N C H W", C=3, low=-0.01, high=1.01).shape[-1]
    checks.dense("x", x, "N C H W", H=side)
    if side < 8:
        raise ValueError(f"x must be pictures of at least 8 x 8, got {tuple(x.shape)}")
    parts = [_look(part, side, grammar) for part in x.detach().float().split(500)]
    return tuple(map(torch.cat, zip(*parts, strict=True)))


def _look(x: Tensor, side: int, grammar: Grammar) -> tuple[Tensor, Tensor, Tensor]:
    ink = (x - GROUND).flatten(2)  # (N, 3, pixels)
    if grammar is ONE:
        best, things = _fit(ink, *_masks(side, ONE))
        return things[:, None, :3], things[:, 3], best
    halves = [_fit(ink, *_masks(side, grammar, half)) for half in range(4)]
    explained = torch.stack([of for of, _ in halves], 1)  # (N, 4): left, right, top, bottom
    both = explained.unflatten(1, (2, 2)).sum(2)  # beside one another, one above the other
    best, above = both.max(1)
    things = torch.stack([thing[:, :3] for _, thing in halves], 1).unflatten(1, (2, 2))
    return things[torch.arange(len(x)), above], above, best


def _fit(ink: Tensor, masks: Tensor, what: Tensor) -> tuple[Tensor, Tensor]:
    """What the best mask of (M, pixels) explains, (N,), and its size, colour, shape and place: (N, 4)."""
    power = masks.square().sum(1)
    slope = ink @ masks.T / power  # (N, 3, M), the least squares' colour minus the ground
    explained, best = (slope.square().sum(1) * power).max(1)
    colour = slope[torch.arange(len(ink)), :, best] + GROUND
    nearest = torch.cdist(colour, _shades().flatten(0, 1)).argmin(1) // TONES
    size, shape, place = what[best].T
    return explained, torch.stack([size, nearest, shape, place], 1)


def _shades() -> Tensor:
    """Each colour of the world, darker and lighter: -> (6, TONES, 3)."""
    tones = 1 + SHADE * torch.linspace(-1, 1, TONES)[:, None]
    return (PALETTE[:, None] * tones).clamp(0, 1)


@cache
def _masks(side: int, grammar: Grammar, half: int = 0) -> tuple[Tensor, Tensor]:
    """Every mask of the grammar, moved in steps: (M, side^2), and its size, shape and place, (M, 3).

    With TWO those of a half, left, right, top or bottom, and there alone: the rest is the other shape's.
    """
    centres = CENTRES if grammar is ONE else HALVES[half : half + 1]
    steps = MOVES[grammar] * torch.linspace(-1, 1, 5)
    rows = list(product(range(len(SIZES)), range(len(SHAPES)), range(len(centres)), range(25)))
    size, shape, place, move = torch.tensor(rows).T
    centre = centres[place] + torch.cartesian_prod(steps, steps)[move]
    masks = coverage(shape, centre, torch.tensor(RADII[grammar])[size], side)
    if grammar is not ONE:
        axis, second = divmod(half, 2)  # left, right, top, bottom
        here = (torch.arange(side) >= side / 2) == bool(second)
        masks = masks * (here[None, :] if axis == 0 else here[:, None])
    return masks.flatten(1), torch.stack([size, shape, place], 1)
