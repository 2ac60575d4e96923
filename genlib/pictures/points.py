"""Points of the plane as pixels: crisp dots, the field of a discriminator under them, arrows at them."""

from collections.abc import Mapping, Sequence

import matplotlib
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn.functional import avg_pool2d

from genlib import checks
from genlib.pictures.figure import BLACK, colour_of
from genlib.pictures.given import check_named, check_texts
from genlib.pictures.sheets import LARGEST

RADIUS = 1 / 220  # of a dot, as a share of the side
# Tol's muted colours, safe for colour-blind eyes, and black
TEN = (
    *("#332288", "#88ccee", "#44aa99", "#117733", "#999933"),
    *("#ddcc77", "#cc6677", "#882255", "#aa4499", "#000000"),
)
FRAME = 0.8  # the grey of the line around a picture
INK = 0.55  # of one dot; dots that lie on one another are darker


def cloud(named: Mapping[str, Tensor], reach: float = 3.0, side: int = 480) -> Tensor:
    """Points of the square [-reach, reach]^2 as round dots, a colour per name: {name: (N, 2)} -> (3, side, side).

    Dots are translucent, so that many in one place are darker. The first coordinate goes to the right, the second up.
    """
    checks.at_least(1, most=LARGEST, side=side)
    return _dotted(torch.ones(3, side, side), named, reach)


def field(
    values: Tensor,
    points: Tensor | Mapping[str, Tensor],
    reach: float,
    side: int = 480,
    arrows: Tensor | None = None,
) -> Tensor:
    """Values in [0, 1] on a grid of the square [-reach, reach]^2 as colours, with points on it: -> (3, side, side).

    Arguments:
        values: (S, S), x first, as torch.cartesian_prod lists it; 0 is orange, 1/2 white, 1 blue
        points: (N, 2), black, or {name: (N, 2)} in the colours of the names
        reach: half the side of the square
        side: pixels, a multiple of S
        arrows: (M, 4), a place and a way from there: lines that get thinner towards their end
    """
    checks.real("values", values, "S T", low=0, high=1)
    checks.at_least(1, most=LARGEST, side=side)
    if len(values) != values.shape[1] or side % len(values):
        raise ValueError(
            f"values must be (S, S) with S a divisor of {side}, got {tuple(values.shape)}"
        )
    up = values.detach().float().T.flip(0)  # rows from the top, columns from the left
    high, low = (2 * up - 1).clamp(min=0), (1 - 2 * up).clamp(min=0)
    blue, orange = torch.tensor([0.55, 0.80, 0.96]), torch.tensor([0.98, 0.80, 0.50])
    ground = 1 - high * (1 - blue)[:, None, None] - low * (1 - orange)[:, None, None]
    scale = side // len(up)
    ground = ground.repeat_interleave(scale, 1).repeat_interleave(scale, 2)
    checks.kind("points", points, Tensor, Mapping, said="points or a mapping of points")
    named = points if isinstance(points, Mapping) and points else {"": points}
    if arrows is not None:
        ground = _painted(ground, _lines(arrows, reach), reach, BLACK, size=0.4)
    return _dotted(ground, named, reach)


def plane(
    points: Tensor,
    labels: Tensor,
    reach: float = 3.0,
    side: int = 480,
    names: Sequence[str] = (),
) -> Tensor:
    """Points of the square [-reach, reach]^2 as dots, one colour per class: (N, 2), (N,) -> (3, side, side).

    The first coordinate goes to the right, the second up; what lies outside is left out. `names`, one per class,
    are written at the middle of each class, the median of its points, or as near as they do not overlap.
    """
    labels = checks.whole("labels", labels, "N")
    checks.at_least(1, most=LARGEST, side=side)
    checks.real("points", points, "N D", D=2)
    checks.same_size(0, points=points, labels=labels)
    checks.kind("names", names, list, tuple)
    for name in names:
        check_texts(names=name)
    classes, picture = labels.unique().tolist(), torch.ones(3, side, side)
    if names and max(classes, default=0) >= len(names):
        raise ValueError(f"names must name class {max(classes)} too, got {len(names)} names")
    for label in classes:
        picture = _painted(picture, points[labels == label], reach, TEN[label % len(TEN)])
    written = []
    for label in classes if names else ():
        middle = points[labels == label].detach().float().median(0).values / reach
        if middle.abs().max() < 1:
            written.append(_free(middle, written))
            picture = _written(picture, names[label], written[-1], TEN[label % len(TEN)])
    return picture


def _free(middle: Tensor, taken: list[Tensor], apart: float = 0.11) -> Tensor:
    """The place of [-1, 1]^2 nearest to the middle that keeps apart from all that are taken."""
    steps = torch.linspace(-0.5, 0.5, 51)
    ways = torch.cartesian_prod(steps, steps)
    places = middle + ways[ways.norm(dim=1).argsort(stable=True)]
    places = places[places.abs().amax(1) < 1]
    free = [(places - other).norm(dim=1) >= apart for other in taken]
    return places[torch.stack(free).all(0).int().argmax()] if free else places[0]


def _written(picture: Tensor, name: str, at: Tensor, colour: str) -> Tensor:
    """The picture (3, side, side) with a name on a white patch, its middle at a place of [-1, 1]^2."""
    side = picture.shape[1]
    place = (side / 2 * (1 + at * torch.tensor([1.0, -1.0]))).tolist()
    levels = (picture * 255).round().byte().permute(1, 2, 0).contiguous()
    image = Image.fromarray(levels.numpy())
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(max(8, side // 18))
    ink = [int(150 * part) for part in matplotlib.colors.to_rgb(colour)]  # darker than the dots
    style = {"anchor": "mm", "font": font, "fill": tuple(ink), "stroke_fill": "white"}
    pen.text(place, name, stroke_width=max(2, side // 120), **style)
    levels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
    return levels.view(side, side, 3).permute(2, 0, 1) / 255


def _dotted(picture: Tensor, named: Mapping[str, Tensor], reach: float) -> Tensor:
    check_named("named", named)
    for place, (name, points) in enumerate(named.items()):
        colour = colour_of(name, place) if name else BLACK
        checks.real(f"named[{name!r}]" if name else "points", points, "N D", D=2)
        picture = _painted(picture, points, reach, colour)
    for edge in (0, -1):  # a thin frame, so that white ground does not melt into the page
        picture[:, edge] = picture[:, :, edge] = FRAME
    return picture


def _painted(
    picture: Tensor, points: Tensor, reach: float, colour: str, size: float = 1.0
) -> Tensor:
    """The picture (3, side, side) with round dots of a colour, drawn at twice the size and averaged."""
    checks.number("reach", reach, above=0)
    side = picture.shape[1]
    radius = max(0.75, size * RADIUS * side)
    big = int(2 * radius)
    stamp = torch.cartesian_prod(*[torch.arange(-big, big + 1)] * 2)
    stamp = stamp[stamp.square().sum(1) <= (2 * radius) ** 2]
    points = points.detach().to(torch.promote_types(points.dtype, torch.float32))
    places = ((points / reach + 1) / 2 * 2 * side).floor()
    inside = ((places >= 0) & (places < 2 * side)).all(1)
    at = (places[inside].long()[:, None] + stamp).flatten(0, 1)  # (dots stamps, 2)
    at = at[((at >= 0) & (at < 2 * side)).all(1)]
    index = (2 * side - 1 - at[:, 1]) * 2 * side + at[:, 0]
    count = torch.bincount(index, minlength=4 * side**2).view(1, 1, 2 * side, 2 * side)
    ink = avg_pool2d(1 - (1 - INK) ** count.float(), 2)[0]
    rgb = torch.tensor(matplotlib.colors.to_rgb(colour))[:, None, None]
    return picture + ink * (rgb - picture)


def _lines(arrows: Tensor, reach: float) -> Tensor:
    """Points along arrows (M, 4), closer where they begin: -> (48 M, 2)."""
    start, way = checks.real("arrows", arrows, "M A", A=4).detach().float().chunk(2, dim=1)
    t = torch.linspace(0, 1, 48).square()[:, None, None]
    return (start + t * way).flatten(0, 1)
