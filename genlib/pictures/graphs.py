"""Drawings of pixels: graphs of who depends on whom, and grids that say what each pixel is."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import cycle

import torch
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle, FancyArrowPatch, Patch
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from torch import Tensor

from genlib import checks
from genlib.pictures.figure import BLACK, BLUE, ORANGE, PALETTE, SKY, Figure
from genlib.pictures.given import check_named, check_texts

NODE, APART = 0.21, 0.8  # the radius of a node and the distance of two neighbours, inches
KINDS = ("white", BLUE, ORANGE, BLACK, SKY, "#bbbbbb")  # the colours of a grid, in this order
CELL = 0.3  # the side of a pixel in a grid, inches


def graph(
    places: Mapping[str, tuple[float, float]],
    edges: Iterable[tuple[str, str]] = (),
    lit: Iterable[str] = (),
    strong: Iterable[tuple[str, str]] = (),
    notes: Mapping[str, str] = {},
    title: str = "",
    coloured: str = "",
) -> Figure:
    """Nodes as circles, and an arrow for each pair (from, to); between far nodes of one row it is an arc.

    Arguments:
        places: a node's name -> (right, up), where neighbours are 1 apart
        edges: pairs of names, thin grey arrows
        lit: names of filled nodes
        strong: pairs of names, thick blue arrows on top of the others
        notes: a node's name -> a word below it
        title: what stands above
        coloured: "from" or "to", and the strong arrows have a colour for each node that they leave, or reach

    Example:
        >>> graph({"x1": (0, 0), "x2": (1, 0)}, [("x1", "x2")]).get_size_inches().tolist()
        [1.6, 1.0]
    """
    check_named("places", places)
    check_texts(title=title, coloured=coloured)
    if coloured not in ("", "from", "to"):
        raise ValueError(f"coloured must be '', 'from' or 'to', got {coloured!r}")
    at = {n: checks.numbers(f"places[{n!r}]", place, "P", P=2) for n, place in places.items()}
    edges, strong = (_pairs(n, pairs, at) for n, pairs in (("edges", edges), ("strong", strong)))
    lit = _nodes("lit", lit, at)
    for name in _nodes("notes", notes, at):
        check_texts(**{f"notes[{name!r}]": notes[name]})
    low, high = (torch.stack(list(at.values())).aminmax(dim=0)[k] for k in (0, 1))
    arcs = [0.32 * reach for reach in (_reach(at, *pair) for pair in edges + strong) if reach > 1]
    room = torch.tensor([0.5, 0.5 + 0.25 * bool(notes)])  # to the left, and below
    top = 0.6 + max(arcs, default=0) / 2 + 0.35 * bool(title)
    width, height = (APART * (high - low + room + torch.tensor([0.5, top]))).tolist()
    figure = Figure(round(width, 1), round(max(height, 1.0), 1), margins=(0.0, 1.0, 0.0, 1.0))
    axis = figure.subplots()
    (left, bottom), (right, upper) = (low - room).tolist(), high.tolist()
    axis.set(xlim=(left, right + 0.5), ylim=(bottom, upper + top), aspect="equal")
    axis.set_axis_off()
    thin, thick = [{"color": "#999999", "lw": 1}] * len(edges), _thick(strong, coloured)
    for (one, other), style in zip(edges + strong, thin + thick, strict=True):
        reach = _reach(at, one, other)
        axis.add_patch(_arrow(at[one].tolist(), at[other].tolist(), reach, style))
    for name, place in at.items():
        x, y = place.tolist()
        face = SKY if name in lit else "white"
        axis.add_patch(Circle((x, y), NODE / APART, fc=face, ec="#222222", lw=1.2, zorder=3))
        axis.text(x, y, name, ha="center", va="center", fontsize=9, zorder=4)
        axis.text(x, y - 0.32, notes.get(name, ""), ha="center", va="top", fontsize=8)
    axis.text(left + 0.1, upper + top - 0.1, title, va="top", weight="bold")
    return figure


def grids(
    named: Mapping[str, Tensor],
    kinds: Sequence[str],
    texts: Mapping[str, Tensor] = {},
    title: str = "",
) -> Figure:
    """Grids of pixels side by side, each with its name above, coloured by what a pixel is, and a legend below.

    Arguments:
        named: a name -> whole numbers (H, W), each a place in `kinds`
        kinds: what the numbers mean, at most six: white, blue, orange, black, light blue, grey; an empty text is not
            in the legend
        texts: a name of `named` -> whole numbers (H, W) that are written into its pixels; a negative one is not
        title: what stands above

    Example:
        >>> grids({"seen": torch.eye(3).long()}, ["future", "seen"]).get_size_inches().tolist()
        [1.6, 1.9]
    """
    check_named("named", named)
    check_named("texts", texts, least=0)
    checks.kind("kinds", kinds, list, tuple)
    check_texts(title=title)
    for kind in kinds:
        check_texts(kinds=kind)
    checks.at_least(1, most=len(KINDS), **{"the length of kinds": len(kinds)})
    cells = {n: checks.whole(f"named[{n!r}]", x, "H W", below=len(kinds)) for n, x in named.items()}
    texts = {name: texts[name] for name in _nodes("texts", texts, cells)}
    for name, written in texts.items():
        what = f"texts[{name!r}]"
        texts[name] = checks.whole(what, written, "H W", low=-(2**31), below=2**31)
        for axis in (0, 1):
            checks.same_size(axis, **{f"named[{name!r}]": cells[name], what: texts[name]})
    widths = [max(x.shape[1], 0.3 * len(str(n))) for n, x in cells.items()]
    wide = CELL * sum(widths) + 0.3 * (len(cells) - 1) + 0.2
    said = {kind: colour for colour, kind in zip(KINDS, kinds, strict=False) if kind}
    wide = max(wide, 0.6 + max(0.08 * len(kind) for kind in kinds) * min(len(said), 2))
    lines = -(-sum(6 + len(kind) for kind in said) // max(1, int(wide / 0.08)))
    top, below = 0.3 + 0.3 * bool(title), 0.15 + 0.25 * lines
    high = CELL * max(x.shape[0] for x in cells.values())
    width, height = round(wide, 1), round(high + top + below, 1)
    margins = 0.1 / width, 1 - 0.1 / width, below / height, 1 - top / height
    figure = Figure(width, height, margins=margins)
    axes = figure.subplots(1, len(cells), squeeze=False, width_ratios=widths)[0]
    for axis, (name, x) in zip(axes, cells.items(), strict=True):
        _grid(axis, x, texts.get(name))
        axis.set_title(name, fontsize=9, pad=4)
    squares = [Patch(fc=colour, ec="#777777", label=kind) for kind, colour in said.items()]
    columns = max(1, -(-len(said) // max(1, lines)))
    style = {"frameon": False, "fontsize": 8, "handlelength": 1, "handleheight": 1}
    figure.legend(handles=squares, loc="lower center", ncols=columns, columnspacing=1, **style)
    figure.suptitle(title, x=0.1 / width, ha="left", fontsize=10, weight="bold")
    return figure


def _pairs(what: str, pairs: Iterable[tuple[str, str]], known: Mapping) -> list[tuple[str, str]]:
    """Pairs of known nodes."""
    checks.kind(what, pairs, list, tuple, set)
    for pair in pairs:
        checks.kind(f"a pair in {what}", pair, list, tuple)
        if len(pair) != 2:
            raise ValueError(f"{what} must hold pairs of nodes, got {pair!r}")
        _nodes(what, pair, known)
    return list(pairs)


def _nodes(what: str, names: Iterable[str], known: Mapping) -> list[str]:
    """Names that are all known."""
    checks.kind(what, names, list, tuple, set, Mapping)
    for name in names:
        checks.kind(f"a name in {what}", name, str, int, float, said="a text or a number")
        if name not in known:
            raise ValueError(f"{what} must name {', '.join(map(str, known))}, got {name!r}")
    return list(names)


def _thick(strong: list[tuple[str, str]], coloured: str) -> list[dict]:
    """How the strong arrows look: blue, or a colour for each node at the one of their ends."""
    ends = [pair[coloured == "to"] if coloured else "" for pair in strong]
    colours = dict(zip(dict.fromkeys(ends), cycle(PALETTE), strict=False))
    return [{"color": colours[end], "lw": 2} for end in ends]


def _reach(at: Mapping[str, Tensor], one: str, other: str) -> float:
    """How many places lie between two nodes of one row; 0 for two rows."""
    (x, y), (u, v) = at[one].tolist(), at[other].tolist()
    return abs(u - x) if y == v else 0.0


def _arrow(start: tuple, end: tuple, reach: float, style: dict) -> FancyArrowPatch:
    """An arrow between two nodes, an arc above them where others stand between."""
    bend = 0.0 if reach <= 1 else (0.32 if start[0] > end[0] else -0.32)
    shape = {"arrowstyle": "-|>", "connectionstyle": f"arc3,rad={bend}", "mutation_scale": 9}
    edge = 72 * NODE + 1  # points from the centre of a node to its rim
    return FancyArrowPatch(start, end, shrinkA=edge, shrinkB=edge, zorder=2, **shape, **style)


def _grid(axis, cells: Tensor, texts: Tensor | None) -> None:
    """Pixels (H, W) in the colours of their kinds, with lines between them."""
    height, width = cells.shape
    colours = torch.tensor([to_rgb(colour) for colour in KINDS])
    axis.imshow(colours[cells].numpy(), extent=(0, width, height, 0))
    axis.hlines(range(height + 1), 0, width, colors="#999999", lw=0.6)
    axis.vlines(range(width + 1), 0, height, colors="#999999", lw=0.6)
    axis.set(xlim=(-0.05, width + 0.05), ylim=(height + 0.05, -0.05))
    axis.set_axis_off()
    if texts is not None:
        at = (texts >= 0).nonzero()
        dark = [KINDS[kind] in (BLUE, BLACK) for kind in cells[texts >= 0].tolist()]
        numbers = PathCollection(  # one for all pixels: a text each would take five times as long
            [_number(number) for number in texts[texts >= 0].tolist()],
            facecolors=["white" if ground else "black" for ground in dark],
            linewidths=0,
            offsets=at.flip(1).numpy() + 0.5,
            offset_transform=axis.transData,
        )
        numbers.set_transform(Affine2D().scale(1 / 72) + axis.figure.dpi_scale_trans)
        axis.add_collection(numbers, autolim=False)


@cache
def _number(number: int) -> Path:
    """A number as a path, in points around its middle."""
    path = TextPath((0, 0), str(number), size=7)
    return path.transformed(Affine2D().translate(*-path.get_extents().get_points().mean(0)))
