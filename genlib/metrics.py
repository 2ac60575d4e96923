"""Numbers from tensors; nothing here knows what a model is."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from genlib import checks

MOST_IMAGES, MOST_CELLS = 2**20, 4096  # in a world that is listed, on a side of the plane
FARTHEST = 1e50  # a feature's sixth power is still a double


def bits_per_dim(nats: float | Tensor, num_pixels: int) -> float | Tensor:
    """Nats per image as bits per pixel: nats / (D ln 2). One fair coin per pixel is 1."""
    if isinstance(nats, Tensor):
        checks.real("nats", nats, "...")
    else:
        checks.number("nats", nats)
    checks.at_least(1, num_pixels=num_pixels)
    return nats / (num_pixels * math.log(2))


def mean_and_error(values: Tensor) -> tuple[float, float]:
    """The mean of N numbers and its standard error, s / sqrt(N): (N,) -> (mean, error)."""
    values = _double("values", values, "N", least=2)
    return values.mean().item(), (values.std() / math.sqrt(len(values))).item()


def frequencies(x: Tensor, levels: int = 2) -> Tensor:
    """How often each possible image occurs among x, in counting order: (N, D) -> (levels ** D,)."""
    checks.real("x", x, "N D", low=0, high=1)
    checks.at_least(2, levels=levels)
    if x.shape[1] * math.log2(levels) > math.log2(MOST_IMAGES):
        came = f"{levels} ** {x.shape[1]}"
        raise ValueError(f"x and levels must give at most {MOST_IMAGES} images, got {came}")
    exact = x.double() * (levels - 1)
    level = exact.round()
    if bool(((exact - level).abs() >= 1e-2).any()):
        raise ValueError(f"x must hold {levels} levels 0, ..., 1, got {x.min():g} to {x.max():g}")
    place_value = levels ** torch.arange(x.shape[1] - 1, -1, -1)
    index = (level.long() * place_value).sum(1)
    return torch.bincount(index, minlength=levels ** x.shape[1]) / len(x)


def total_variation(p: Tensor, q: Tensor) -> float:
    """Half the sum of |p - q| over K outcomes: 0 for equal, 1 for disjoint distributions."""
    _check_tables(p, q)
    return ((p - q).abs().sum() / 2).item()


def jensen_shannon(p: Tensor, q: Tensor) -> float:
    """KL(p, m) / 2 + KL(q, m) / 2 with m = (p + q) / 2, in nats: 0 for equal, log 2 for disjoint tables."""
    _check_tables(p, q)
    p, q = p.double(), q.double()
    middle = (p + q) / 2
    return sum(torch.xlogy(t, t / middle.where(t > 0, 1)).sum().item() for t in (p, q)) / 2


def jensen_shannon_floor(p: Tensor, n: int, generator: torch.Generator | None = None) -> float:
    """What n true samples score by `jensen_shannon`(p, their frequencies): no model's n samples mean less."""
    _check_tables(p, p)
    checks.at_least(1, n=n)
    checks.noise(generator)
    drawn = torch.multinomial(p.double(), n, replacement=True, generator=generator)
    return jensen_shannon(p, torch.bincount(drawn, minlength=len(p)) / n)


def cell_probabilities(
    log_prob: Callable[[Tensor], Tensor], limit: float, cells: int, points: int = 4
) -> Tensor:
    """A density's mass in each cell of [-limit, limit]^2, outside last: -> (cells^2 + 1,).

    The midpoint rule, points^2 a cell: keep them closer than the density changes. `log_prob`: (N, 2) -> (N,).
    """
    checks.function("log_prob", log_prob)
    checks.number("limit", limit, above=0)
    checks.at_least(1, most=MOST_CELLS, cells=cells, points=points)
    side = cells * points
    place = ((torch.arange(side, dtype=torch.float64) + 0.5) / side * 2 - 1) * limit
    nats = log_prob(torch.cartesian_prod(place, place))
    checks.real("log_prob(x)", nats, "N", N=side**2, finite=False)
    density = checks.real("exp log_prob(x)", nats.exp(), "N", low=0)
    mass = density.view(cells, points, cells, points).sum((1, 3)).flatten()
    mass = mass * (2 * limit / side) ** 2
    if mass.sum() > 1.01:
        raise ValueError(f"points must be closer for this density, got a mass of {mass.sum():.3f}")
    outside = (1 - mass.sum()).clamp(min=0)
    return torch.cat([mass, outside[None]]) / (mass.sum() + outside)


def cell_frequencies(x: Tensor, limit: float, cells: int) -> Tensor:
    """The share of points in each cell of [-limit, limit]^2, outside last: (N, 2) -> (cells^2 + 1,)."""
    x = _points("x", x)
    checks.number("limit", limit, above=0)
    checks.at_least(1, most=MOST_CELLS, cells=cells)
    cell = ((x / limit + 1) / 2 * cells).floor()
    inside = ((cell >= 0) & (cell < cells)).all(1)
    column, row = cell.where(inside[:, None], 0).long().unbind(1)
    index = (column * cells + row).where(inside, cells**2)
    return torch.bincount(index, minlength=cells**2 + 1) / len(x)


def mode_shares(x: Tensor, centres: Tensor, std: float, within: float = 4.0) -> Tensor:
    """The share of points nearest to each mode and less than `within` std from it: (N, 2), (K, 2) -> (K,)."""
    x, centres = _points("x", x), _points("centres", centres)
    checks.number("std", std, above=0)
    checks.number("within", within, above=0)
    distance, mode = (x[:, None] - centres).norm(dim=2).min(1)
    return torch.bincount(mode[distance < within * std], minlength=len(centres)) / len(x)


def modes_covered(
    x: Tensor, centres: Tensor, std: float, within: float = 4.0, share: float = 0.02
) -> int:
    """How many modes hold at least `share` of the points: (N, 2), (K, 2) -> 0, ..., K."""
    checks.number("share", share, low=0, high=1)
    return int((mode_shares(x, centres, std, within) >= share).sum())


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """|mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)) of two sets of features: (N, F), (M, F).

    The squared 2-Wasserstein distance between the Gaussians fitted to both (Heusel et al., 2017). It grows
    as the sets shrink: compare at equal numbers only. tr (A B)^(1/2) is the sum of the singular values
    of A^(1/2) B^(1/2), which are real even where A or B is singular.
    """
    a, b = _features(a, b)
    roots = []
    for features in (a, b):
        variance, axes = torch.linalg.eigh(features.T.cov().view(a.shape[1], -1))
        roots.append(axes * variance.clamp(min=0).sqrt() @ axes.T)
    shift = (a.mean(0) - b.mean(0)).square().sum()
    spread = sum(root.square().sum() for root in roots)
    return (shift + spread - 2 * torch.linalg.svdvals(roots[0] @ roots[1]).sum()).item()


def kernel_distance(a: Tensor, b: Tensor) -> float:
    """Squared maximum mean discrepancy with the kernel (x . y / F + 1)^3, unbiased: (N, F), (M, F).

    0 in the mean for two sets from one distribution, so sometimes negative (Binkowski et al., 2018).
    """
    a, b = _features(a, b)
    kernel = lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3

    def within(x: Tensor) -> Tensor:
        similar = kernel(x, x)
        return (similar.sum() - similar.trace()) / (len(x) * (len(x) - 1))

    return (within(a) + within(b) - 2 * kernel(a, b).mean()).item()


def class_shares(labels: Tensor, classes: int) -> Tensor:
    """The share of each class among labels 0, ..., classes - 1: (N,) -> (classes,)."""
    checks.at_least(1, classes=classes)
    labels = checks.whole("labels", labels, "N", below=classes)
    return torch.bincount(labels, minlength=classes) / len(labels)


def contingency(categories: Tensor, labels: Tensor, classes: int = 10) -> Tensor:
    """How many rows have each category and label: (N,), (N,) -> (classes, classes)."""
    checks.at_least(1, most=MOST_CELLS, classes=classes)
    categories = checks.whole("categories", categories, "N", below=classes)
    labels = checks.whole("labels", labels, "N", below=classes)
    checks.same_size(0, categories=categories, labels=labels)
    index = categories * classes + labels
    return torch.bincount(index, minlength=classes**2).view(classes, classes)


def matching(categories: Tensor, labels: Tensor, classes: int = 10) -> Tensor:
    """The label of each category, one to one, that makes most rows agree: (N,), (N,) -> (classes,).

    By the Hungarian method (Kuhn, 1955).
    """
    _, label = linear_sum_assignment(contingency(categories, labels, classes), maximize=True)
    return torch.from_numpy(label)


def matched_accuracy(categories: Tensor, labels: Tensor, classes: int = 10) -> float:
    """The share of rows whose category stands for their label in the best one-to-one `matching`.

    (N,), (N,) of whole numbers 0, ..., classes - 1. Chance is a little above 1 / classes, as the matching
    is chosen after the fact; categories that are all one get the share of the commonest label.
    """
    counts = contingency(categories, labels, classes)
    label = matching(categories, labels, classes)
    return counts[torch.arange(classes), label].sum().item() / len(labels)


def majority_accuracy(categories: Tensor, labels: Tensor, classes: int = 10) -> float:
    """The share of rows that have the commonest label of their category: (N,), (N,), never below matched.

    Several categories may stand for one label. Chance is the share of the commonest label or a little
    above it.
    """
    return contingency(categories, labels, classes).max(1).values.sum().item() / len(labels)


class Moments(NamedTuple):
    """What an image's ink weighs and how it lies, (N,) each: see `image_moments`."""

    ink: Tensor
    width: Tensor
    height: Tensor
    slant: Tensor


def image_moments(x: Tensor) -> Moments:
    """Mean ink, the ink's standard deviation across and up in pixels, and its slant: (N, 1, H, W) each -> (N,).

    Slant is how many pixels a stroke goes to the right for each pixel up, by least squares. The last three are
    nan where there is no ink, and the slant where all ink is in one row.
    """
    checks.real("x", x, "N C H W", C=1, low=0, high=1)
    ink = x[:, 0].double()
    weight = ink / ink.sum((1, 2), keepdim=True)
    right, up = torch.arange(x.shape[3]).double(), -torch.arange(x.shape[2]).double()[:, None]
    mean = lambda values: (weight * values).sum((1, 2))[:, None, None]
    right, up = right - mean(right), up - mean(up)
    across, along, both = (
        mean(a * b).flatten() for a, b in ((right, right), (up, up), (right, up))
    )
    leans = (ink > 0).any(2).sum(1) > 1  # in one row `along` is 0 but for rounding
    slant = (both / along).where(leans, math.nan)
    return Moments(ink.mean((1, 2)), across.sqrt(), along.sqrt(), slant)


def nearest_neighbours(x: Tensor, among: Tensor) -> Tensor:
    """Which row of `among` is closest to each row of x (Euclidean): (N, D), (M, D) -> (N,)."""
    x, among = _double("x", x, "N D"), _double("among", among, "N D")
    checks.same_size(1, x=x, among=among)
    return torch.cdist(x, among).argmin(1)


def _check_tables(p: Tensor, q: Tensor) -> None:
    for name, table in (("p", p), ("q", q)):
        checks.real(name, table, "K", low=0, high=1)
        total = table.double().sum().item()
        if abs(total - 1) > 1e-3:
            raise ValueError(f"{name} must be probabilities that sum to one, got {total:.3f}")
    checks.same_size(0, p=p, q=q)


def _points(name: str, x: Tensor) -> Tensor:
    """x, checked, with no less than single precision."""
    checks.real(name, x, "N D", D=2)
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _features(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    a, b = _double("a", a, "N F", least=2), _double("b", b, "N F", least=2)
    checks.same_size(1, a=a, b=b)
    return a, b


def _double(name: str, x: Tensor, shape: str, least: int = 1) -> Tensor:
    """x, checked, in double precision: at least so many rows of numbers whose powers are numbers too."""
    checks.real(name, x, shape)
    checks.real(name, x, shape, low=-FARTHEST, high=FARTHEST)
    if len(x) < least:
        raise ValueError(f"{name} must have N at least {least}, got {tuple(x.shape)}")
    return x.double()


# --- pieces of pictures


def error_within(x: Tensor, y: Tensor, mask: Tensor) -> float:
    """The mean |x - y| per number where a mask is: (N, C, H, W) twice, (N, 1, H, W) in [0, 1] -> one number."""
    checks.real("x", x, "N C H W")
    y = checks.real("y", y, "N C H W").to(x)
    _check_alike(x=x, y=y)
    sizes = {"N": len(x), "C": 1, "H": x.shape[2], "W": x.shape[3]}
    checks.real("mask", mask, "N C H W", low=0, high=1, **sizes)
    if not bool(mask.any()):
        raise ValueError("mask must be somewhere, got 0 everywhere")
    return (((x - y).abs().mean(1, keepdim=True) * mask).sum() / mask.sum()).item()


def intersection_over_union(mask: Tensor, true_mask: Tensor) -> Tensor:
    """Pixels in both masks by pixels in either, each cut at 1/2: (N, 1, H, W) twice, in [0, 1] -> (N,); 1 where both are empty."""
    checks.real("mask", mask, "N C H W", C=1, low=0, high=1)
    checks.real("true_mask", true_mask, "N C H W", C=1, low=0, high=1)
    _check_alike(mask=mask, true_mask=true_mask)
    mask, true_mask = (m.flatten(1) > 0.5 for m in (mask, true_mask))
    both, either = (mask & true_mask).sum(1), (mask | true_mask).sum(1)
    return torch.where(either > 0, both / either.clamp(min=1), 1.0)


def found_error(x: Tensor, source: Tensor, boxes: Tensor) -> Tensor:
    """How well a picture holds what the boxes (left, top, width, height) cut from a source, wherever it is.

    The least mean |difference| to any window of the box's size: (N, C, H, W) twice, (N, K, 4) -> (N, K); 0 if it is there.
    """
    error, _ = _search(x, source, boxes)
    return error


def found_boxes(x: Tensor, source: Tensor, boxes: Tensor) -> Tensor:
    """Where a picture holds it best, the window of that least difference: the same -> (N, K, 4); the first of equals."""
    _, corner = _search(x, source, boxes)
    return torch.cat([corner, checks.whole("boxes", boxes, "N K E")[..., 2:]], 2)


def _search(x: Tensor, source: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """The least mean |difference| of each piece to a window, and that window's left and top: (N, K), (N, K, 2)."""
    checks.real("x", x, "N C H W")
    source = checks.real("source", source, "N C H W").to(x)
    _check_alike(x=x, source=source)
    boxes = checks.whole("boxes", boxes, "N K E", E=4, below=max(x.shape[2:]) + 1)
    checks.same_size(0, x=x, boxes=boxes)
    ends = boxes[..., :2] + boxes[..., 2:]
    if boxes[..., 2:].min() < 1 or (ends > torch.tensor([x.shape[3], x.shape[2]])).any():
        raise ValueError("boxes must lie in the pictures, got others")
    error, corner = x.new_empty(boxes.shape[:2]), torch.empty_like(boxes[..., :2])
    for width, height in boxes[..., 2:].flatten(0, 1).unique(dim=0).tolist():
        n, k = ((boxes[..., 2] == width) & (boxes[..., 3] == height)).nonzero().T
        windows = x.unfold(2, height, 1).unfold(3, width, 1)  # (N, C, rows, columns, height, width)
        left, top = boxes[n, k, :2].T
        pieces = source.unfold(2, height, 1).unfold(3, width, 1)[n, :, top, left]
        for part in torch.arange(len(n)).split(100):
            apart = (windows[n[part]] - pieces[part, :, None, None]).abs().mean((1, 4, 5))
            error[n[part], k[part]], place = apart.flatten(1).min(1)
            columns = windows.shape[3]
            corner[n[part], k[part]] = torch.stack([place % columns, place // columns], 1)
    return error, corner


def _check_alike(**pictures: Tensor) -> None:
    for axis in range(4):
        checks.same_size(axis, **pictures)


def sliced_wasserstein(
    a: Tensor, b: Tensor, directions: int = 512, generator: torch.Generator | None = None
) -> float:
    """The mean over random directions of the distance between sorted projections of two sets of as many points: (N, D) twice.

    For one dimension it is the Wasserstein distance itself (Rabin et al., 2011).
    """
    a, b = _double("a", a, "N D"), _double("b", b, "N D")
    for axis in range(2):
        checks.same_size(axis, a=a, b=b)
    [directions] = checks.at_least(1, directions=directions)
    checks.noise(generator)
    ways = torch.randn(a.shape[1], directions, generator=generator, dtype=a.dtype)
    ways /= ways.norm(dim=0)
    return ((a @ ways).sort(0).values - (b @ ways).sort(0).values).abs().mean().item()


def laplacian(x: Tensor) -> Tensor:
    """What is finer than half the size, x - doubled(halved(x)): (N, C, H, W) -> the same."""
    checks.real("x", x, "N C H W")
    if x.shape[2] % 2 or x.shape[3] % 2:
        raise ValueError(f"x must have even sides, got {tuple(x.shape)}")
    return x - interpolate(avg_pool2d(x, 2), scale_factor=2)


def patch_distance(
    a: Tensor, b: Tensor, side: int = 7, each: int = 16, generator: torch.Generator | None = None
) -> float:
    """`sliced_wasserstein` between patches of two sets of pictures, times 1000: (N, C, H, W) twice (Karras et al., 2018).

    So many patches of each picture, at random places; each colour of all patches of a set has mean 0 and deviation 1.
    """
    checks.real("a", a, "N C H W")
    b = checks.real("b", b, "N C H W").to(a)
    _check_alike(a=a, b=b)
    side, each = checks.at_least(1, side=side, each=each)
    if side > min(a.shape[2:]):
        raise ValueError(f"side must be at most the pictures' {min(a.shape[2:])}, got {side}")
    checks.noise(generator)
    rows = [_described(x, side, each, generator) for x in (a, b)]
    return 1000 * sliced_wasserstein(*rows, generator=generator)


def _described(x: Tensor, side: int, each: int, generator: torch.Generator | None) -> Tensor:
    """Patches as rows: (N, C, H, W) -> (each N, C side^2)."""
    places = x.unfold(2, side, 1).unfold(3, side, 1).flatten(2, 3)  # (N, C, places, side, side)
    at = torch.randint(places.shape[2], (len(x), each), generator=generator)
    picked = places[torch.arange(len(x))[:, None], :, at].flatten(0, 1)  # (each N, C, side, side)
    spread, mean = torch.std_mean(picked, (0, 2, 3), keepdim=True)
    return ((picked - mean) / spread.clamp(min=1e-8)).flatten(1)
