"""Drawings of models: boxes and arrows from a few lines of text."""

import re
from collections.abc import Iterable, Mapping

from matplotlib.patches import FancyBboxPatch

from genlib import checks
from genlib.pictures.figure import DARK, Figure, colour_of
from genlib.pictures.given import check_named, check_texts

STEP, LINE = 1.75, 1.0  # inches from box to box, from line to line
APART = 0.8  # of a line, the least between two names in one column
BOX, HEIGHT = 1.2, 0.46  # of a box, inches
ARC = 0.4  # how high an arrow back goes, inches
ARROW = re.compile(r"\s*(?:-(?:\[([^\]]*)\]-?)?>|~(?:\[([^\]]*)\]~?)?>)\s*")


def diagram(
    text: str,
    shapes: Mapping[str, str] = {},
    learns: Iterable[str] = (),
    frozen: Iterable[str] = (),
    title: str = "",
) -> Figure:
    """A drawing of a model: data as plain words, networks as boxes, who learns in colour, who is frozen hatched.

    Arguments:
        text: a chain per line, `z -> G -> fake -> D`. A name that stands in several lines is one box between them.
            `-[moved]->` writes a word at the arrow, `~>` or `~[gradient]~>` draws it dashed, and back
        shapes: a name -> what stands under it, such as "(B, 16)"
        learns: names of the networks whose weights move
        frozen: names of networks whose weights stay
        title: what stands above

    Example:
        >>> diagram("z -> G -> fake -> D", learns=["D"], frozen=["G"]).get_size_inches().tolist()
        [7.1, 1.2]
    """
    check_texts(text=text, title=title)
    check_named("shapes", shapes, least=0)
    for name, shape in shapes.items():
        checks.kind(f"shapes[{name!r}]", shape, str)
    chains = [_chain(line) for line in text.splitlines() if line.strip()]
    if not chains:
        raise ValueError("text must hold a chain such as 'z -> G -> x', got none")
    places = _places(chains)
    learns, frozen = _known("learns", learns, places), _known("frozen", frozen, places)
    for name in shapes:
        _known("shapes", [name], places)
    columns, lines = (1 + max(place[axis] for place in places.values()) for axis in (0, 1))
    back = any(back for _, arrows in chains for _, back in arrows)
    top = 0.3 * bool(title) + ARC * back
    width, height = columns * STEP + 0.1, lines * LINE + 0.2 + top
    figure = Figure(round(width, 1), round(height, 1), margins=(0.0, 1.0, 0.0, 1.0))
    axis = figure.subplots()
    axis.set(xlim=(0, width), ylim=(height, 0))
    axis.set_axis_off()
    at = {
        name: ((column + 0.5) * STEP + 0.05, (row + 0.5) * LINE + top)
        for name, (column, row) in places.items()
    }
    half = {name: _half(name, name in learns | frozen) for name in places}
    for names, arrows in chains:
        for one, other, (word, back) in zip(names, names[1:], arrows, strict=False):
            _arrow(axis, (*at[one], half[one]), (*at[other], half[other]), word, back)
    for place, (name, (x, y)) in enumerate(at.items()):
        kind = "learns" if name in learns else "frozen" if name in frozen else ""
        _box(axis, x, y, name, shapes.get(name, ""), kind, colour_of(name.split()[0], place))
    if title:
        axis.text(0.1, 0.2, title, va="center", weight="bold", color=DARK)
    return figure


def _chain(line: str) -> tuple[list[str], list[tuple[str, bool]]]:
    """The names of a line, and the word at each arrow between them with whether it is dashed."""
    names, arrows, end = [], [], 0
    for found in ARROW.finditer(line):
        names.append(line[end : found.start()].strip())
        arrows.append((found[1] or found[2] or "", found[0].strip().startswith("~")))
        end = found.end()
    names.append(line[end:].strip())
    if not all(names) or len(names) < 2:
        raise ValueError(f"text must hold chains such as 'z -> G -> x', got {line.strip()!r}")
    return names, arrows


def _places(chains: list) -> dict[str, tuple[float, float]]:
    """Column and row of each name: right of all that lead to it, in the middle of its lines or below who stands there."""
    rows, leads = {}, []
    forward = [chain for chain in chains if not all(back for _, back in chain[1])]
    for row, (names, arrows) in enumerate(forward):
        for name in names:
            rows.setdefault(name, []).append(row)
        pairs = zip(names, names[1:], arrows, strict=False)
        leads += [(one, other) for one, other, (_, back) in pairs if not back]
    order = list(rows)
    columns = dict.fromkeys(order, 0)
    for _ in order:  # an arrow back, to a name that came before, moves nothing
        for one, other in leads:
            if order.index(one) < order.index(other):
                columns[other] = max(columns[other], columns[one] + 1)
    for one, other in reversed(leads):  # what leads somewhere late stands just before it
        if all(first != one or second == other for first, second in leads) and not any(
            second == one for _, second in leads
        ):
            columns[one] = max(columns[one], columns[other] - 1)
    places, lowest = {}, {}
    for name in sorted(order, key=lambda name: sum(rows[name]) / len(rows[name])):
        column, row = columns[name], sum(rows[name]) / len(rows[name])
        lowest[column] = max(row, lowest.get(column, -APART) + APART)
        places[name] = column, lowest[column]
    return {name: places[name] for name in order}


def _known(what: str, names: Iterable[str], places: Mapping) -> set[str]:
    checks.kind(what, names, list, tuple, set, Mapping)
    for name in names:
        checks.kind(f"a name in {what}", name, str)
        if name not in places:
            raise ValueError(f"{what} must name boxes of text, {', '.join(places)}, got {name!r}")
    return set(names)


def _box(axis, x: float, y: float, name: str, shape: str, kind: str, colour: str) -> None:
    """A word, or a box for a network; below it its shape and whether it learns."""
    if kind:
        style = {"facecolor": colour + "33", "edgecolor": colour, "lw": 1.8}
        if kind == "frozen":
            style = {"facecolor": "#f4f4f4", "edgecolor": "#9a9a9a", "lw": 1.2, "hatch": "///"}
        corner = (x - BOX / 2, y - HEIGHT / 2)
        box = FancyBboxPatch(corner, BOX, HEIGHT, boxstyle="round,pad=0,rounding_size=0.12")
        box.set(**style)
        axis.add_patch(box)
    plain = {"facecolor": "white", "edgecolor": "none", "pad": 1.0} if kind != "learns" else None
    axis.text(x, y, name, ha="center", va="center", fontsize=12, color=DARK, bbox=plain)
    said = "\n".join(filter(None, [kind, shape]))
    below = HEIGHT / 2 + 0.03 if kind else 0.13
    axis.text(x, y + below, said, ha="center", va="top", fontsize=8, color="#555555")


def _half(name: str, network: bool) -> float:
    """Half the width of a box, or of a word with some room, in inches."""
    return BOX / 2 if network else min(BOX / 2, 0.05 * len(name) + 0.1)


def _arrow(axis, start: tuple, end: tuple, word: str, back: bool) -> None:
    (x, y, before), (u, v, after) = start, end
    side = 1 if u > x else -1
    if u == x:  # one above the other
        ends = (
            (x, y + (0.5 if v > y else -0.5) * HEIGHT),
            (u, v - (0.5 if v > y else -0.5) * HEIGHT),
        )
    else:
        ends = (x + side * before, y), (u - side * after, v)
    style = {"arrowstyle": "-|>", "color": "#777777" if back else DARK, "lw": 1.4}
    style["ls"] = (0, (4, 2)) if back else "-"
    if back:
        style["connectionstyle"] = f"arc3,rad={-2 * side * ARC / max(abs(u - x), 1)}"
        ends = (x, y - HEIGHT / 2), (u, v - HEIGHT / 2)
    axis.annotate("", xy=ends[1], xytext=ends[0], arrowprops=style | {"shrinkA": 0, "shrinkB": 0})
    if word:
        middle = (ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2
        lift = 0.06 + ARC * back
        axis.text(
            middle[0], middle[1] - lift, word, ha="center", va="bottom", fontsize=9, color="#555555"
        )
