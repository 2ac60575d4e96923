"""Pictures from arrays; no model is known here, and no pyplot state is kept.

A picture is a sheet, a tensor (H, W) or (3, H, W) in [0, 1] of tiled images, or a Figure.
"""

import io
import struct
from collections.abc import Mapping
from itertools import cycle

import matplotlib
import matplotlib.figure
import torch
from PIL import Image, ImageOps
from torch import Tensor

from genlib import checks

# a sheet is enlarged by a whole factor, to at most this many pixels on its longer side
PIXELS = 480
GAP = 0.85  # the grey between the images of a sheet
LARGEST = 4096  # pixels on a side of a picture


class Figure(matplotlib.figure.Figure):
    """A matplotlib Figure that a notebook shows by itself, without pyplot.

    `width` and `height` are inches; `margins` (left, right, bottom, top) as shares save the time of finding them.
    """

    def __init__(
        self, width: float = 6.0, height: float = 3.0, margins: tuple[float, ...] | None = None
    ):
        for name, inches in (("width", width), ("height", height)):
            checks.number(name, inches, above=0, high=655)  # matplotlib's limit is 2^16 pixels
        layout = "constrained" if margins is None else None
        super().__init__(figsize=(width, height), dpi=100, layout=layout, facecolor="white")
        if margins is not None:
            margins = checks.numbers("margins", margins, "M", M=4, low=0, high=1).tolist()
            left, right, bottom, top = margins
            if left >= right or bottom >= top:
                raise ValueError(f"margins must be (left, right, bottom, top), got {margins}")
            self.subplots_adjust(left=left, right=right, bottom=bottom, top=top)

    def _repr_png_(self) -> bytes:
        return png(self)


def sheet(images: Tensor, columns: int = 8) -> Tensor:
    """Images tiled row by row, one pixel of grey between them: (N, C, H, W) -> (H', W') or (3, H', W').

    One channel is ink on paper, so that 1 is black; three are shown as they are.
    """
    return _tiled("images", images, columns)


def _tiled(name: str, images: Tensor, columns: int) -> Tensor:
    checks.real(name, images, "N C H W", low=0, high=1)
    if images.shape[1] not in (1, 3):
        raise ValueError(f"{name} must be (N, C, H, W) with C = 1 or 3, got {tuple(images.shape)}")
    checks.at_least(1, columns=columns)
    images = images.detach().float()
    n, channels, height, width = images.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    tiles = torch.full((rows * columns, channels, height + 1, width + 1), GAP)
    tiles[:n, :, :height, :width] = 1 - images if channels == 1 else images
    tiles[n:] = 1
    tiled = tiles.view(rows, columns, channels, height + 1, width + 1).permute(2, 0, 3, 1, 4)
    tiled = tiled.reshape(channels, rows * (height + 1), columns * (width + 1))[:, :-1, :-1]
    return tiled[0] if channels == 1 else tiled


def show(images: Tensor, columns: int = 8, pixels: int = PIXELS) -> Image.Image:
    """A sheet of images, enlarged to about `pixels` on its longer side, for the end of a cell."""
    checks.at_least(1, most=LARGEST, pixels=pixels)
    return _enlarged(sheet(images, columns), pixels)


def png(picture: Tensor | matplotlib.figure.Figure) -> bytes:
    """A sheet or a Figure as a PNG file. ValueError for a tensor that is neither grey nor colour."""
    checks.kind("picture", picture, Tensor, matplotlib.figure.Figure, said="a tensor or a Figure")
    file = io.BytesIO()
    if isinstance(picture, matplotlib.figure.Figure):
        picture.savefig(file, format="png", metadata={"Software": None})
    else:
        _enlarged(picture, PIXELS).save(file, "png")
    return file.getvalue()


def size(png: bytes | memoryview) -> tuple[int, int]:
    """Width and height of a PNG file in pixels."""
    checks.kind("png", png, bytes, memoryview)
    start = bytes(png[:24])
    if len(start) < 24 or not start.startswith(b"\x89PNG"):
        raise ValueError(f"png must be a PNG file, got {len(png)} other bytes")
    return struct.unpack(">2I", start[16:])


def rows(named: Mapping[str, Tensor], columns: int = 8, title: str = "") -> Figure:
    """Sheets of images (N, C, H, W) under one another, each with its name at the left."""
    _check_named("named", named)
    _check_texts(title=title)
    sheets = [_tiled(f"named[{name!r}]", images, columns) for name, images in named.items()]
    heights = [tiled.shape[-2] for tiled in sheets]
    inches = 5.2 * sum(heights) / (9 * columns) + 0.12 * len(named) + 0.35 * bool(title)
    figure = Figure(6.4, round(inches, 1))
    axes = figure.subplots(len(named), squeeze=False, height_ratios=heights)[:, 0]
    for axis, name, tiled in zip(axes, named, sheets, strict=True):
        pixels = tiled if tiled.dim() == 2 else tiled.permute(1, 2, 0)
        axis.imshow(pixels.numpy(), cmap="gray", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
        axis.spines[:].set_visible(False)
    figure.suptitle(title)
    return figure


def curves(
    x: list | Tensor,
    named: Mapping[str, list | Tensor],
    xlabel: str,
    ylabel: str,
    logx: bool = False,
) -> Figure:
    """One curve per name over the same x, (N,) each, told apart by markers as well as colours."""
    _check_texts(xlabel=xlabel, ylabel=ylabel)
    checks.kind("logx", logx, bool)
    x, named = _over(x, named)
    if logx and bool((x <= 0).any()):
        raise ValueError(f"x must be above 0 for a logarithmic axis, got {x.min():g}")
    figure = Figure()
    axis = figure.subplots()
    for (name, y), marker in zip(named.items(), "osD^v*xP" * len(named), strict=False):
        axis.plot(x.numpy(), y.numpy(), marker=marker, markersize=4, lw=1.2, label=name)
    axis.set(xlabel=xlabel, ylabel=ylabel, xscale="log" if logx else "linear")
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


def progress(
    images: Tensor,
    x: list | Tensor,
    named: Mapping[str, list | Tensor],
    at: float,
    xlabel: str,
    ylabel: str,
) -> Figure:
    """Images (N, 1, H, W) beside curves over a logarithmic x, (M,) each; dotted is where the images are from."""
    _check_texts(xlabel=xlabel, ylabel=ylabel)
    checks.number("at", at, above=0)
    tiled, (x, named) = sheet(images, columns=4), _over(x, named)
    checks.numbers("x", x, "M", low=1e-9)
    figure = Figure(7.0, 3.0, margins=(0.02, 0.98, 0.17, 0.9))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.5), gridspec_kw={"wspace": 0.25})
    pixels = tiled if tiled.dim() == 2 else tiled.permute(1, 2, 0)
    left.imshow(pixels.numpy(), cmap="gray", vmin=0, vmax=1)
    left.set_axis_off()
    for (name, y), style in zip(named.items(), ("-", "--", "-.") * len(named), strict=False):
        right.plot(x.numpy(), y.numpy(), style, lw=1.6, label=name)
    right.axvline(at, color="#bb5566", ls=":", lw=1.5)
    right.set(xlabel=xlabel, ylabel=ylabel, xscale="log", yscale="log")
    for axis in (right.xaxis, right.yaxis):
        axis.set_major_formatter("{x:g}")
    right.yaxis.set_minor_formatter("{x:g}")
    right.legend(frameon=False)
    return figure


def bars(
    named: Mapping[str, float], xlabel: str, limit: float, marks: Mapping[str, float]
) -> Figure:
    """One horizontal bar per name with its value, cut off at `limit`; dashed, named lines are the marks."""
    named, marks = _values("named", named), _values("marks", marks, least=0)
    _check_texts(xlabel=xlabel)
    checks.number("limit", limit, above=0)
    figure = Figure(6.4, 0.9 + 0.4 * len(named), margins=(0.3, 0.9, 0.3, 0.86))
    axis = figure.subplots()
    axis.barh(range(len(named)), list(named.values()), color="#4477aa", height=0.6)
    for row, value in enumerate(named.values()):
        axis.text(min(value, limit), row, f" {value:.1f}", va="center")
    axis.set(
        yticks=range(len(named)), yticklabels=list(named), xlabel=xlabel, xlim=(0, 1.1 * limit)
    )
    axis.invert_yaxis()
    for name, x in marks.items():
        axis.axvline(x, color="#bb5566", ls="--", lw=1)
        axis.annotate(name, (x, 1.02), xycoords=("data", "axes fraction"), ha="center", fontsize=8)
    return figure


def scores(image: Tensor, named: Mapping[str, tuple[float, float, float]], xlabel: str) -> Figure:
    """An image (1, H, W) beside one scale per name: (low, high, value), a band and a mark on it."""
    checks.real("image", image, "C H W", C=1, low=0, high=1)
    _check_named("named", named)
    _check_texts(xlabel=xlabel)
    scales = [checks.numbers(f"named[{n!r}]", scale, "S", S=3) for n, scale in named.items()]
    figure = Figure(7.0, 2.6, margins=(0.02, 0.98, 0.2, 0.96))
    left, right = figure.subplots(1, 2, width_ratios=(1, 2.2), gridspec_kw={"wspace": 0.45})
    left.imshow(1 - image[0].detach().numpy(), cmap="gray", vmin=0, vmax=1)
    left.set(xticks=[], yticks=[])
    for row, (low, high, value) in enumerate(torch.stack(scales).tolist()):
        inside = low <= value
        right.barh(row, high - low, left=low, color="#cccccc", height=0.6)
        right.plot(value, row, "o" if inside else "X", color="#4477aa" if inside else "#bb5566")
    right.set(yticks=range(len(named)), yticklabels=list(named), xlabel=xlabel)
    right.invert_yaxis()
    return figure


def pixel(image: Tensor, at: tuple[int, int], x: Tensor, density: Tensor, value: float) -> Figure:
    """A grey image (H, W) with a frame at one pixel, beside that pixel's density over x; value is dashed."""
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
    left.plot(column, row, "s", ms=17, mfc="none", mec="#bb5566", mew=2)
    left.set(xticks=[], yticks=[])
    right.plot(x.detach().numpy(), density.detach().numpy(), color="#4477aa")
    right.axvline(value, color="#bb5566", ls="--", lw=1)
    right.set(xlabel="grey", ylabel="density", ylim=(0, None))
    return figure


def matrix(values: Tensor, xlabel: str, ylabel: str) -> Figure:
    """A matrix (rows, columns) of numbers; white is zero, red above, blue below where any is."""
    values = checks.numbers("values", values, "R C").detach()
    _check_texts(xlabel=xlabel, ylabel=ylabel)
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
    x, named = _over(x, named)
    if x[0] == x[-1]:
        raise ValueError(f"x must begin and end at two places, got {x[0]:g} twice")
    low, high = checks.numbers("ylim", ylim, "L", L=2).tolist()
    if low >= high:
        raise ValueError(f"ylim must be (low, high), got {(low, high)}")
    _check_texts(xlabel=xlabel)
    figure = Figure(6.4, 3.2, margins=(0.1, 0.98, 0.16, 0.88))
    axis = figure.subplots()
    for (name, y), style in zip(named.items(), cycle(("-", "-", "--", ":", "-.")), strict=False):
        axis.plot(x.numpy(), y.numpy(), style, lw=1.6, label=name)
    axis.set(xlabel=xlabel, xlim=(float(x[0]), float(x[-1])), ylim=(low, high))
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(named), frameon=False)
    return figure


def field(values: Tensor, points: Tensor, reach: float, side: int = 240) -> Tensor:
    """Values in [0, 1] on a grid of the square [-reach, reach]^2 as colours, with points as dots: -> (3, side, side).

    `values` (S, S) has x first, as torch.cartesian_prod lists it; 0 is blue, 1/2 white, 1 red. `points` is (N, 2).
    """
    checks.real("values", values, "S T", low=0, high=1)
    checks.at_least(1, most=LARGEST, side=side)
    if len(values) != values.shape[1] or side % len(values):
        raise ValueError(
            f"values must be (S, S) with S a divisor of {side}, got {tuple(values.shape)}"
        )
    row, column, _ = _places(points, reach, side)
    up = values.detach().T.flip(0)  # rows from the top, columns from the left
    pale = 1 - 0.75 * (2 * up - 1).abs()
    red, blue = torch.where(up > 0.5, 1.0, pale), torch.where(up < 0.5, 1.0, pale)
    picture = torch.stack([red, pale, blue])
    picture = picture.repeat_interleave(side // len(up), 1).repeat_interleave(side // len(up), 2)
    picture[:, row, column] = 0
    return picture


def plane(points: Tensor, labels: Tensor, reach: float = 3.0, side: int = 120) -> Tensor:
    """Points of the square [-reach, reach]^2 as dots, one colour per class: (N, 2), (N,) -> (3, side, side).

    The first coordinate goes to the right, the second up; what lies outside is left out.
    """
    labels = checks.whole("labels", labels, "N")
    checks.at_least(1, most=LARGEST, side=side)
    row, column, inside = _places(points, reach, side)
    checks.same_size(0, points=points, labels=labels)
    colours = torch.tensor(matplotlib.colormaps["tab10"].colors)
    picture = torch.ones(3, side, side)
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):  # a dot is 2 x 2
        at = (row + down).clamp(max=side - 1), (column + right).clamp(max=side - 1)
        picture[:, *at] = colours[labels[inside] % len(colours)].T.float()
    return picture


def _enlarged(picture: Tensor, pixels: int) -> Image.Image:
    checks.real("picture", picture, "... H W", low=0, high=1)
    if picture.dim() != 2 and (picture.dim() != 3 or len(picture) != 3):
        raise ValueError(f"picture must be (H, W) or (3, H, W), got {tuple(picture.shape)}")
    levels = (picture.detach().cpu().float() * 255).round().byte()
    image = Image.fromarray((levels if levels.dim() == 2 else levels.permute(1, 2, 0)).numpy())
    return ImageOps.scale(image, max(1, pixels // max(image.size)), Image.Resampling.NEAREST)


def _places(points: Tensor, reach: float, side: int) -> tuple[Tensor, Tensor, Tensor]:
    """Row and column of each point (N, 2) that lies in the square [-reach, reach]^2, and which do: (N,)."""
    checks.real("points", points, "N D", D=2)
    checks.number("reach", reach, above=0)
    points = points.detach().to(torch.promote_types(points.dtype, torch.float32))
    places = ((points / reach + 1) / 2 * side).floor()
    inside = ((places >= 0) & (places < side)).all(1)
    column, up = places[inside].long().unbind(1)
    return side - 1 - up, column, inside


def _over(x: list | Tensor, named: Mapping[str, list | Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    """x and what is drawn over it by name, (N,) each."""
    x = checks.numbers("x", x, "N").detach()
    _check_named("named", named)
    drawn = {}
    for name, y in named.items():
        what = f"named[{name!r}]"
        drawn[name] = checks.numbers(what, y, "N").detach()
        checks.same_size(0, x=x, **{what: drawn[name]})
    return x, drawn


def _values(what: str, named: Mapping[str, float], least: int = 1) -> dict[str, float]:
    """One number per name, checked."""
    _check_named(what, named, least)
    return {n: checks.numbers(f"{what}[{n!r}]", x, "").item() for n, x in named.items()}


def _check_named(what: str, named: Mapping[str, object], least: int = 1) -> None:
    checks.kind(what, named, Mapping)
    if len(named) < least:
        raise ValueError(f"{what} must hold a name, got none")
    for name in named:
        checks.kind(f"a name in {what}", name, str, int, float, said="a text or a number")


def _check_texts(**texts: str) -> None:
    for name, text in texts.items():
        checks.kind(name, text, str)
