"""A drawn world with captions: coloured shapes on a light ground, one or two of them, and its exact reader.

A picture is `GROUND + coverage (colour - GROUND)`. Every picture of a caption is different: the place moves a little,
and the colour is a little darker or lighter.
"""

import torch
from torch import Tensor

from genlib import checks
from genlib.data.captions import Grammar

GROUND = 0.95  # of red, green and blue
COLOURS = {
    "red": (0.85, 0.1, 0.1),
    "green": (0.1, 0.6, 0.2),
    "blue": (0.1, 0.3, 0.9),
    "yellow": (0.95, 0.8, 0.0),
    "purple": (0.55, 0.15, 0.75),
    "cyan": (0.0, 0.75, 0.85),
}
SHAPES = ("circle", "square", "triangle", "cross")
SIZES, PLACES = ("small", "large"), ("left", "right", "top", "bottom", "centre")
RELATIONS = ("left of", "right of", "above", "below")
PALETTE = torch.tensor(list(COLOURS.values()))  # (6, 3)

ONE = Grammar(
    "a {size} {colour} {shape} at the {place}",
    {"size": [*SIZES], "colour": [*COLOURS], "shape": [*SHAPES], "place": [*PLACES]},
)
TWO = Grammar(
    "a {size} {colour} {shape} {relation} a {other_colour} {other_shape}",
    {
        "size": [*SIZES],
        "colour": [*COLOURS],
        "shape": [*SHAPES],
        "relation": [*RELATIONS],
        "other_colour": [*COLOURS],
        "other_shape": [*SHAPES],
    },
)
CENTRES = torch.tensor([(0.3, 0.5), (0.7, 0.5), (0.5, 0.3), (0.5, 0.7), (0.5, 0.5)])  # of PLACES
HALVES = torch.tensor([(0.27, 0.5), (0.73, 0.5), (0.5, 0.27), (0.5, 0.73)])  # for two shapes
RADII = {ONE: (0.19, 0.31), TWO: (0.12, 0.19)}  # of small and large
MOVES = {ONE: 0.04, TWO: 0.03}  # the most that a place moves, both ways
SHADE = 0.12  # the most that a colour gets darker or lighter, as a share
_CHUNK = 2000  # pictures that are drawn at once


def check_world(grammar: Grammar) -> None:
    """Raise a ValueError unless the grammar is ONE or TWO."""
    checks.kind("grammar", grammar, Grammar, said="shapes.ONE or shapes.TWO")
    if grammar is not ONE and grammar is not TWO:
        raise ValueError(f"grammar must be shapes.ONE or shapes.TWO, got {grammar!r}")


def coverage(shape: Tensor, centre: Tensor, radius: Tensor, size: int) -> Tensor:
    """How far a shape covers each pixel, from 0 to 1: choices (N,), x and y (N, 2), (N,) -> (N, size, size).

    Lengths are shares of the side. An edge is one pixel wide: the distance to it, in pixels, cut to [-1/2, 1/2].
    """
    shape = checks.whole("shape", shape, "N", below=len(SHAPES))
    checks.real("centre", centre, "N D", D=2)
    checks.real("radius", radius, "N")
    checks.same_size(0, shape=shape, centre=centre, radius=radius)
    [size] = checks.at_least(8, size=size)
    grid = (torch.arange(size) + 0.5) / size
    x = grid[None, None, :] - centre[:, 0, None, None]
    y = grid[None, :, None] - centre[:, 1, None, None]
    r = radius[:, None, None]
    far, near = torch.maximum(x.abs(), y.abs()), torch.minimum(x.abs(), y.abs())
    distances = torch.stack(
        [
            (x.square() + y.square()).sqrt() - r,
            far - 0.86 * r,
            torch.maximum(y - 0.8 * r, (0.86 * x.abs() - 0.5 * (y + r))),
            torch.maximum(near - 0.3 * r, far - r),
        ]
    )
    distance = distances[shape, torch.arange(len(shape))]
    return (0.5 - distance * size).clamp(0, 1)


def draw_shapes(
    captions: Tensor,
    size: int = 16,
    generator: torch.Generator | None = None,
    grammar: Grammar = ONE,
) -> Tensor:
    """A picture of each caption of the grammar, ONE or TWO: (N, T) -> (N, 3, size, size) in [0, 1]."""
    check_world(grammar)
    choices = grammar.choices(captions)
    [size] = checks.at_least(8, size=size)
    checks.noise(generator)
    parts = [_paint(part, size, generator, grammar) for part in choices.split(_CHUNK)]
    return torch.cat(parts)


def _paint(
    choices: Tensor, size: int, generator: torch.Generator | None, grammar: Grammar
) -> Tensor:
    n, radii = len(choices), torch.tensor(RADII[grammar])
    uniform = lambda *shape: 2 * torch.rand(*shape, generator=generator) - 1
    x = torch.full((n, 3, size, size), GROUND)
    if grammar is ONE:
        centres = [CENTRES[choices[:, 3]]]
        sizes, colours, shapes = choices[:, :1], choices[:, 1:2], choices[:, 2:3]
    else:
        # of "right of" and "below" the first shape stands in the second half
        relation = choices[:, 3]
        first, second = relation, relation + 1 - 2 * (relation % 2)
        centres = [HALVES[first], HALVES[second]]
        other = torch.randint(2, (n,), generator=generator)
        sizes = torch.stack([choices[:, 0], other], 1)
        colours, shapes = choices[:, [1, 4]], choices[:, [2, 5]]
    for k, centre in enumerate(centres):
        centre = centre + MOVES[grammar] * uniform(n, 2)
        mask = coverage(shapes[:, k], centre, radii[sizes[:, k]], size)[:, None]
        colour = PALETTE[colours[:, k]] * (1 + SHADE * uniform(n, 1))
        x = x + mask * (colour.clamp(0, 1)[:, :, None, None] - GROUND)
    return x.clamp(0, 1)


def split_captions(grammar: Grammar = ONE) -> tuple[Tensor, Tensor]:
    """The captions that are trained on, and a tenth that never is, (N, T) both: each pair of words stays in the first."""
    check_world(grammar)
    every = grammar.every
    order = torch.randperm(len(every), generator=torch.Generator().manual_seed(8))
    held = len(every) // 10
    return every[order[held:].sort().values], every[order[:held].sort().values]


def seen_pictures(
    n: int, size: int = 16, seed: int = 0, grammar: Grammar = ONE
) -> tuple[Tensor, Tensor]:
    """Pictures of captions that are trained on, each about as often: -> (n, 3, size, size), (n, T)."""
    [n] = checks.at_least(1, n=n)
    seen, _ = split_captions(grammar)
    noise = torch.Generator().manual_seed(*checks.at_least(0, seed=seed))
    order = torch.randperm(-(-n // len(seen)) * len(seen), generator=noise)[:n]
    captions = seen[order % len(seen)]
    return draw_shapes(captions, size, noise, grammar), captions
