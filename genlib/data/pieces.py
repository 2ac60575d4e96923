"""Key pieces of a picture: boxes where its edges are, what they hold, and the mask of where they lie.

A box is (left, top, width, height) in whole pixels of a square picture, (N, K, 4) for K boxes of each.
"""

import torch
from torch import Tensor
from torch.nn.functional import grid_sample, pad

from genlib import checks

SIDES = 0.25, 0.40  # of a box, as shares of the picture's side
CANDIDATES = 64  # boxes of a picture, of which the best are kept
OVERLAP = 0.05  # the intersection over union that two kept boxes may have
_CHUNK = 250  # pictures whose edges are looked for at once
_FARTHEST = 2**30  # an end; products of two sides are whole numbers still


def edge_energy(x: Tensor) -> Tensor:
    """How much each pixel differs from its neighbours, right and below: (N, C, H, W) -> (N, H, W)."""
    checks.real("x", x, "N C H W")
    across = pad((x[..., 1:] - x[..., :-1]).abs(), (0, 1))
    down = pad((x[..., 1:, :] - x[..., :-1, :]).abs(), (0, 0, 0, 1))
    return (across + down).sum(1)


def key_boxes(x: Tensor, count: int = 3, generator: torch.Generator | None = None) -> Tensor:
    """The boxes that hold most edges, of random ones, with hardly an overlap: (N, C, S, S) -> (N, count, 4).

    The score is the edge energy inside, divided by (width + height)^1.5 so that no box gains by its size alone, as in
    Edge Boxes (Zitnick and Dollar, 2014).
    """
    size = _side(x)
    checks.at_least(4, **{"x: side": size})  # else a box might be none
    [count] = checks.at_least(1, most=CANDIDATES, count=count)
    checks.noise(generator)
    boxes, each = _random_boxes(len(x), size, generator), torch.arange(len(x))[:, None]
    (left, top), (right, bottom) = boxes[..., :2].unbind(2), _ends(boxes).unbind(2)
    energy = torch.cat([edge_energy(part) for part in x.split(_CHUNK)])
    above = pad(energy.cumsum(1).cumsum(2), (1, 0, 1, 0))  # and to the left: all pixels' sum
    inside = above[each, bottom, right] - above[each, top, right]
    inside = inside - above[each, bottom, left] + above[each, top, left]
    score, kept = inside / boxes[..., 2:].sum(2) ** 1.5, []
    for _ in range(count):
        place = score.argmax(1, keepdim=True)
        kept.append(best := boxes[each, place])
        shared = overlap(boxes, best)
        score = score - 1e6 * (shared > OVERLAP) * (1 + shared)  # where none is free, the freest
        score = score.scatter(1, place, -torch.inf)
    return torch.cat(kept, 1)


def overlap(boxes: Tensor, others: Tensor) -> Tensor:
    """Intersection over union of boxes, (..., 4) with (..., 4) -> (...): 0 where they are apart, 1 where equal."""
    boxes = checks.whole("boxes", boxes, "... E", E=4, below=_FARTHEST)
    others = checks.whole("others", others, "... E", E=4, below=_FARTHEST)
    for name, each in (("boxes", boxes), ("others", others)):
        checks.whole(f"{name}: width and height", each[..., 2:], "... E", low=1)
    try:
        torch.broadcast_shapes(boxes.shape, others.shape)
    except RuntimeError:
        came = f"{tuple(boxes.shape)}, {tuple(others.shape)}"
        raise ValueError(f"boxes and others must have sizes that match, got {came}") from None
    low = torch.maximum(boxes[..., :2], others[..., :2])
    shared = (torch.minimum(_ends(boxes), _ends(others)) - low).clamp(min=0).prod(-1)
    return shared / (boxes[..., 2:].prod(-1) + others[..., 2:].prod(-1) - shared)


def cut_pieces(x: Tensor, boxes: Tensor, size: int = 32) -> Tensor:
    """What each box holds, scaled to one size so that place and scale are lost: (N, C, S, S) -> (N, K, C, size, size)."""
    boxes = _check_boxes(boxes, _side(x))
    checks.same_size(0, x=x, boxes=boxes)
    [size] = checks.at_least(1, size=size)
    share = (torch.arange(size) + 0.5) / size
    # a piece is made of the pixels in its box: it reads between their centres, never beyond
    reach = (boxes[..., 2:, None] * share).clamp(min=0.5).minimum(boxes[..., 2:, None] - 0.5)
    u, v = (2 * (boxes[..., :2, None] + reach) / x.shape[-1] - 1).unbind(2)  # from -1 to 1
    grid = torch.stack(
        [u[..., None, :].expand(-1, -1, size, -1), v[..., None].expand(-1, -1, -1, size)], -1
    )
    count = boxes.shape[1]
    repeated, grid = x.repeat_interleave(count, 0), grid.flatten(0, 1).to(x)
    return grid_sample(repeated, grid, align_corners=False).unflatten(0, (len(x), count))


def box_mask(boxes: Tensor, size: int = 32) -> Tensor:
    """1 where any of a picture's boxes lies: (N, K, 4) -> (N, 1, size, size)."""
    [size] = checks.at_least(1, size=size)
    boxes = _check_boxes(boxes, size)
    at, ends = torch.arange(size), _ends(boxes)[..., None]
    u, v = ((at >= boxes[..., :2, None]) & (at < ends)).unbind(2)
    return (u[..., None, :] & v[..., :, None]).any(1, keepdim=True).float()


def _random_boxes(n: int, size: int, generator: torch.Generator | None) -> Tensor:
    low, high = round(SIDES[0] * size), round(SIDES[1] * size)
    sides = torch.randint(low, high + 1, (n, CANDIDATES, 2), generator=generator)
    corner = torch.rand(n, CANDIDATES, 2, generator=generator) * (size - sides + 1)
    return torch.cat([corner.long(), sides], 2)


def _ends(boxes: Tensor) -> Tensor:
    """The first column and row behind each box: (..., 4) -> (..., 2)."""
    return boxes[..., :2] + boxes[..., 2:]


def _side(x: Tensor) -> int:
    checks.real("x", x, "N C H W")
    size = x.shape[-1]
    checks.dense("x", x, "N C H W", H=size)
    return size


def _check_boxes(boxes: Tensor, size: int) -> Tensor:
    """The boxes as whole numbers; ValueError unless each lies in a picture of this size."""
    boxes = checks.whole("boxes", boxes, "N K E", E=4, below=size + 1)
    if boxes[..., 2:].min() < 1 or _ends(boxes).max() > size:
        raise ValueError(
            f"boxes must lie in {size} x {size} pixels, got sides from "
            f"{boxes[..., 2:].min()} and ends to {_ends(boxes).max()}"
        )
    return boxes
