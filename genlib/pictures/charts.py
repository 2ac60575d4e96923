"""Charts from numbers: curves, bars, scales, matrices."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from genlib import checks
from genlib.pictures.figure import BLUE, COLOURS, RED, Figure, colour_of, ruled
from genlib.pictures.given import check_named, check_texts, over, values_of
from genlib.pictures.sheets import sheet, tile


def rows(
    named: Mapping[str, Tensor], columns: int = 8, title: str = "", names: Sequence[str] = ()
) -> Figure:
    """Sheets of images (N, C, H, W) under one another, each with its name at the left.

    `names` are written into the first images, one into each, in their order.
    """
    check_named("named", named)
    check_texts(title=title)
    checks.kind("names", names, list, tuple)
    for name in names:
        check_texts(names=name)
    sheets = [tile(f"named[{name!r}]", images, columns) for name, images in named.items()]
    if len(names) > sum(map(len, named.values())):
        raise ValueError(f"names must be at most as many as the images, got {len(names)}")
    heights, across = [s.shape[-2] for s in sheets], max(s.shape[-1] for s in sheets)
    label = 0.2 + 0.08 * max(len(str(name)) for name in named)  # inches, as those below
    wide, gap, top = 5.4, 0.08, 0.05 + 0.3 * bool(title)
    high = wide * sum(heights) / across + gap * (len(named) - 1)
    size = round(label + wide + 0.1, 1), round(high + top + 0.05, 1)
    margins = label / size[0], 1 - 0.1 / size[0], 0.05 / size[1], 1 - top / size[1]
    figure = Figure(*size, margins=margins)
    space = {"hspace": gap * len(named) / max(high, 0.1)}
    axes = figure.subplots(len(named), squeeze=False, height_ratios=heights, gridspec_kw=space)[
        :, 0
    ]
    for axis, name, tiled in zip(axes, named, sheets, strict=True):
        pixels = tiled if tiled.dim() == 2 else tiled.permute(1, 2, 0)
        axis.imshow(pixels.numpy(), cmap="gray", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[], anchor="W")
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
        axis.spines[:].set_visible(False)
    left = iter(names)
    for axis, images in zip(axes, named.values(), strict=True):
        _name_images(axis, images, columns, left)
    figure.suptitle(title)
    return figure


def _name_images(axis: Axes, images: Tensor, columns: int, names: Iterator[str]) -> None:
    """Write the next names into the upper left corners of a sheet's images."""
    height, width = images.shape[2:]
    for place, name in zip(range(len(images)), names):  # noqa: B905
        row, column = divmod(place, min(columns, len(images)))
        at = (column + 0.03) * (width + 1), (row + 0.04) * (height + 1)
        paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
        axis.text(*at, name, va="top", fontsize=8, bbox=paper)


def curves(
    x: list | Tensor,
    named: Mapping[str, list | Tensor],
    xlabel: str,
    ylabel: str,
    logx: bool = False,
    marks: Mapping[str, float] = {},
) -> Figure:
    """One curve per name over the same x (N,), labelled at its end: of (N,), or of seeds (S, N) as mean and range.

    Dashed, named lines at some y are the marks: a floor, what is best possible.
    """
    check_texts(xlabel=xlabel, ylabel=ylabel)
    checks.kind("logx", logx, bool)
    marks = values_of("marks", marks, least=0)
    x = checks.numbers("x", x, "N").detach()
    check_named("named", named)
    if logx and bool((x <= 0).any()):
        raise ValueError(f"x must be above 0 for a logarithmic axis, got {x.min():g}")
    figure = Figure(6.4, 3.2)
    axis, ends = figure.subplots(), {}
    for place, (name, y) in enumerate(named.items()):
        ends[name] = _curve(axis, x, _seeds(name, y, x), name, place)
    for name, y in marks.items():
        axis.axhline(y, color="#666666", ls="--", lw=1)
        axis.annotate(
            name, (1, y), xycoords=("axes fraction", "data"), va="bottom", ha="right", fontsize=8
        )
    axis.set(xlabel=xlabel, ylabel=ylabel, xscale="log" if logx else "linear")
    ruled(axis)
    _label_ends(axis, float(x[-1]), ends)
    return figure


def _seeds(name: str, y: list | Tensor, x: Tensor) -> Tensor:
    """A curve over x as the seeds that it stands for: (N,) or (S, N) -> (S, N)."""
    what = f"named[{name!r}]"
    y = checks.numbers(what, y, "... N").detach()
    if y.dim() > 1:
        return checks.real(what, y, "S N", N=len(x))
    checks.same_size(0, x=x, **{what: y})
    return y[None]


def _curve(axis, x: Tensor, seeds: Tensor, name: str, place: int) -> float:
    """Draw the mean of seeds (S, N) over x (N,), and their range; return where it ends."""
    mean, colour = seeds.mean(0), colour_of(name, place)
    marker = {"marker": "osD^v*xP"[place % 8], "ms": 4, "mec": "white", "mew": 0.5}
    axis.plot(x.numpy(), mean.numpy(), color=colour, lw=2, label=name, **marker)
    if len(seeds) > 1:
        low, high = seeds.min(0).values, seeds.max(0).values
        axis.fill_between(x.numpy(), low.numpy(), high.numpy(), color=colour, alpha=0.18, lw=0)
    return float(mean[-1])


def _label_ends(axis, x: float, ends: Mapping[str, float]) -> None:
    """Write each name where its curve ends, as far apart as words are high."""
    low, high = axis.get_ylim()
    apart, last = 0.065 * (high - low), -torch.inf
    for name, y in sorted(ends.items(), key=lambda end: end[1]):
        last = max(y, last + apart)
        colour = colour_of(name, list(ends).index(name))
        place = {"xytext": (6, 0), "textcoords": "offset points", "va": "center"}
        axis.annotate(name, (x, last), color=colour, annotation_clip=False, **place)


def dots(
    named: Mapping[str, list | Tensor],
    xlabel: str,
    marks: Mapping[str, float] = {},
    logx: bool = False,
) -> Figure:
    """A row per name: its seeds (S,) as dots, their mean as a bar and a number; dashed, named lines are the marks."""
    check_named("named", named)
    check_texts(xlabel=xlabel)
    checks.kind("logx", logx, bool)
    marks = values_of("marks", marks, least=0)
    seeds = {n: checks.numbers(f"named[{n!r}]", y, "S").detach() for n, y in named.items()}
    longest = max(len(str(name)) for name in seeds)
    figure = Figure(6.8, 1.0 + 0.36 * len(seeds))
    axis = figure.subplots()
    style = {"ms": 5.5, "alpha": 0.75, "mew": 0, "clip_on": False}
    every = torch.cat([*seeds.values(), torch.tensor([] if logx else [0.0])])
    for row, (name, values) in enumerate(seeds.items()):
        colour = colour_of(name, 0)
        mean = values.mean().item()
        if logx:  # a logarithmic axis has no zero where a bar could begin
            axis.plot(mean, row, "|", color=colour, ms=16, mew=2.5)
        else:
            axis.barh(row, mean, color=colour, alpha=0.22, height=0.62)
        heights = row + _apart(values, every)
        axis.plot(values.numpy(), heights.numpy(), "o", color=colour, label=name, **style)
        axis.annotate(
            f"mean {mean:.3g}" if len(values) > 1 else f"{mean:.3g}",
            (max(mean, values.max().item()), row),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            # a mark's line may run through here
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    for name, x in marks.items():
        axis.axvline(x, color="#666666", ls="--", lw=1, zorder=0.5)
        axis.annotate(name, (x, 1.01), xycoords=("data", "axes fraction"), ha="center", fontsize=8)
    axis.set(yticks=range(len(seeds)), xlabel=xlabel, xscale="log" if logx else "linear")
    axis.set_yticklabels(list(seeds), fontsize=9 if longest < 30 else 8)
    axis.margins(x=0.12)
    axis.set_ylim(len(seeds) - 0.5, -0.5)
    if logx:
        axis.xaxis.set_major_formatter("{x:g}")
    ruled(axis, "x")
    axis.tick_params(axis="y", length=0)
    return figure


def _apart(values: Tensor, every: Tensor) -> Tensor:
    """How much higher or lower each dot of a row is drawn, so that those in one place are all seen."""
    span = float(every.max() - every.min()) or 1.0
    places = (40 * values / span).round()
    heights = torch.zeros(len(values))
    for place in places.unique():
        here = places == place
        heights[here] = torch.linspace(-0.2, 0.2, int(here.sum())) if here.sum() > 1 else 0.0
    return heights


def progress(
    images: Tensor,
    x: list | Tensor,
    named: Mapping[str, list | Tensor],
    at: float,
    xlabel: str,
    ylabel: str,
    lit: str = "",
) -> Figure:
    """Images (N, 1, H, W) beside curves over a logarithmic x, (M,) each; dotted is where the images are from.

    The curve that is called `lit` is thick, and a dot on it is where the images are from.
    """
    check_texts(xlabel=xlabel, ylabel=ylabel, lit=lit)
    checks.number("at", at, above=0)
    tiled, (x, named) = sheet(images, columns=4), over(x, named)
    checks.numbers("x", x, "M", low=1e-9)
    figure = Figure(7.0, 3.0, margins=(0.02, 0.98, 0.17, 0.9))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.5), gridspec_kw={"wspace": 0.25})
    pixels = tiled if tiled.dim() == 2 else tiled.permute(1, 2, 0)
    left.imshow(pixels.numpy(), cmap="gray", vmin=0, vmax=1)
    left.set_axis_off()
    if lit and lit not in named:
        raise ValueError(f"lit must be one of {', '.join(map(str, named))}, got {lit!r}")
    for place, ((name, y), style) in enumerate(zip(named.items(), cycle(("-", "--", "-.")))):
        colour, width = colour_of(name, place), 3.2 if name == lit else 1.4
        right.plot(x.numpy(), y.numpy(), style, color=colour, lw=width, label=name)
        if name == lit:
            nearest = (x.log() - math.log(at)).abs().argmin()
            right.plot(x[nearest].item(), y[nearest].item(), "o", color=colour, ms=8)
    right.axvline(at, color=RED, ls=":", lw=1.5)
    right.set(xlabel=xlabel, ylabel=ylabel, xscale="log", yscale="log")
    for axis in (right.xaxis, right.yaxis):
        axis.set_major_formatter("{x:g}")
    right.yaxis.set_minor_formatter("{x:g}")
    ruled(right)
    right.legend(frameon=False)
    return figure


def bars(
    named: Mapping[str, float], xlabel: str, limit: float, marks: Mapping[str, float]
) -> Figure:
    """One horizontal bar per name with its value, cut off at `limit`; dashed, named lines are the marks."""
    named, marks = values_of("named", named), values_of("marks", marks, least=0)
    check_texts(xlabel=xlabel)
    checks.number("limit", limit, above=0)
    figure = Figure(6.4, 0.9 + 0.4 * len(named), margins=(0.3, 0.9, 0.3, 0.86))
    axis = figure.subplots()
    axis.barh(range(len(named)), list(named.values()), color=BLUE, height=0.6)
    for row, value in enumerate(named.values()):
        axis.text(min(value, limit), row, f" {value:.1f}", va="center")
    axis.set(
        yticks=range(len(named)), yticklabels=list(named), xlabel=xlabel, xlim=(0, 1.1 * limit)
    )
    axis.invert_yaxis()
    for name, x in marks.items():
        axis.axvline(x, color=RED, ls="--", lw=1)
        axis.annotate(name, (x, 1.02), xycoords=("data", "axes fraction"), ha="center", fontsize=8)
    ruled(axis, "x")
    return figure


def scores(image: Tensor, named: Mapping[str, tuple[float, float, float]], xlabel: str) -> Figure:
    """An image (1, H, W) beside one scale per name: (low, high, value), a band and a mark on it."""
    checks.real("image", image, "C H W", C=1, low=0, high=1)
    check_named("named", named)
    check_texts(xlabel=xlabel)
    scales = [checks.numbers(f"named[{n!r}]", scale, "S", S=3) for n, scale in named.items()]
    figure = Figure(7.0, 2.6, margins=(0.02, 0.98, 0.2, 0.96))
    left, right = figure.subplots(1, 2, width_ratios=(1, 2.2), gridspec_kw={"wspace": 0.45})
    left.imshow(1 - image[0].detach().numpy(), cmap="gray", vmin=0, vmax=1)
    left.set(xticks=[], yticks=[])
    right.use_sticky_edges = False  # a mark at the end of the axis is whole
    for row, (low, high, value) in enumerate(torch.stack(scales).tolist()):
        inside = low <= value
        right.barh(row, high - low, left=low, color="#cccccc", height=0.6)
        right.plot(value, row, "o" if inside else "X", color=BLUE if inside else RED)
    right.set(yticks=range(len(named)), yticklabels=list(named), xlabel=xlabel)
    right.locator_params(axis="x", nbins=6)
    right.invert_yaxis()
    ruled(right, "x")
    return figure


def pixel(image: Tensor, at: tuple[int, int], x: Tensor, density: Tensor, value: float) -> Figure:
    """A grey image (H, W) with a frame at one pixel, beside that pixel's density over x; value is dashed.

    The pixel itself and those behind it in raster order are hatched, because the density has not seen them.
    """
    checks.real("image", image, "H W", low=0, high=1)
    row, column = checks.whole("at", at, "A", A=2).tolist()
    if row >= image.shape[0] or column >= image.shape[1]:
        raise ValueError(f"at must be a pixel of image {tuple(image.shape)}, got {(row, column)}")
    x, density = checks.numbers("x", x, "N"), checks.numbers("density", density, "N", low=0)
    checks.same_size(0, x=x, density=density)
    value = checks.numbers("value", value, "").item()
    figure = Figure(7.0, 2.6, margins=(0.02, 0.98, 0.2, 0.94))
    left, right = figure.subplots(1, 2, width_ratios=(1, 2.2), gridspec_kw={"wspace": 0.3})
    left.imshow(1 - image.detach().numpy(), cmap="gray", vmin=0, vmax=1)
    height, width = image.shape
    unseen = (column, row, width - column, 1), (0, row + 1, width, height - row - 1)
    for x0, y0, wide, high in unseen:
        style = {"fc": "#dddddd", "ec": "#999999", "hatch": "////", "lw": 0}
        left.add_patch(Rectangle((x0 - 0.5, y0 - 0.5), wide, high, **style))
    left.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, ec=RED, lw=2.5))
    left.set(xticks=[], yticks=[])
    right.plot(x.detach().numpy(), density.detach().numpy(), color=BLUE)
    right.axvline(value, color=RED, ls="--", lw=1)
    right.margins(x=0)
    right.set(xlabel="grey", ylabel="density", ylim=(0, None))
    right.xaxis.set_major_locator(MaxNLocator(4))
    ruled(right)
    return figure


def matrix(values: Tensor, xlabel: str, ylabel: str) -> Figure:
    """A matrix (rows, columns) of numbers; white is zero, red above, blue below where any is."""
    values = checks.numbers("values", values, "R C").detach()
    check_texts(xlabel=xlabel, ylabel=ylabel)
    figure = Figure(4.2, 3.4)
    axis = figure.subplots()
    largest = float(values.abs().max()) or 1.0
    image = axis.imshow(values.numpy(), cmap="RdBu_r", vmin=-largest, vmax=largest)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    scale = figure.colorbar(image).ax
    if bool((values >= 0).all()):
        scale.set_ylim(0, largest)
    return figure


def lines(x: Tensor, named: Mapping[str, Tensor], xlabel: str, ylim: tuple[float, float]) -> Figure:
    """One smooth line per name over the same x, (N,) each, in a frame that does not move; names stand above it."""
    x, named = over(x, named)
    if x[0] == x[-1]:
        raise ValueError(f"x must begin and end at two places, got {x[0]:g} twice")
    low, high = checks.numbers("ylim", ylim, "L", L=2).tolist()
    if low >= high:
        raise ValueError(f"ylim must be (low, high), got {(low, high)}")
    check_texts(xlabel=xlabel)
    figure = Figure(6.4, 3.2, margins=(0.1, 0.98, 0.16, 0.88))
    axis = figure.subplots()
    styles = cycle(("-", "-", "--", ":", "-."))
    for place, ((name, y), style) in enumerate(zip(named.items(), styles, strict=False)):
        colour = colour_of(name, place)
        axis.plot(x.numpy(), y.numpy(), style, color=colour, lw=2, label=name)
    axis.set(xlabel=xlabel, xlim=(float(x[0]), float(x[-1])), ylim=(low, high))
    ruled(axis)
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(named), frameon=False)
    return figure


def mesh(grid: Tensor, reach: float = 3.0, points: Tensor | None = None) -> Figure:
    """Where a map takes a square grid: (R, C, 2) as lines, and points (N, 2) of the target as dots behind them."""
    grid = checks.numbers("grid", grid, "R C D", D=2).detach()
    checks.number("reach", reach, above=0)
    figure = Figure(4.2, 4.2, margins=(0.02, 0.98, 0.02, 0.98))
    axis = figure.subplots()
    if points is not None:
        places = checks.real("points", points, "N D", D=2).detach().T.numpy()
        axis.plot(*places, ".", color=COLOURS["real"], ms=3, alpha=0.3, mew=0)
    for lines in (grid, grid.transpose(0, 1)):
        for line in lines:
            axis.plot(*line.T.numpy(), color=COLOURS["fake"], lw=0.7, alpha=0.8)
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal")
    return figure
