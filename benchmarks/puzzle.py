"""Does a Puzzle-GAN find the places of its pieces and keep the pieces, and what does each part of the loss buy?

    python benchmarks/puzzle.py [--seeds 5] [parts changes]

Trained for the notebook's budget and judged on 400 held-out faces. "iou" is that of masks, "found" the error with which
the pieces are found in the picture, "stranger" that of another picture's pieces, "frechet" the distance of the whole; "constant" is the IoU of the
best mask that is the same for all. Each row has the scores at the moments, of the moving average. Seconds are CPU
time of one thread, training and judging. Kept in benchmarks/results/puzzle_parts.json.

`changes` gives the shipped generator other pieces. "placed" is the share of pieces that are found best where they lie, in a
window that shares half with their box; "apart" are mean differences per number. Kept in benchmarks/results/puzzle_changes.json.
"""

import functools

import torch
from parts import curve_of, measure

from genlib.data import box_mask, cut_pieces
from genlib.data.pieces import overlap
from genlib.judges import Puzzles, face_puzzles, frechet_of_faces, judge_puzzle
from genlib.metrics import found_boxes, found_error, intersection_over_union, nearest_neighbours
from genlib.recipes.puzzle import FACES, HELD, LIVE, WITHOUT, shipped_puzzle, trained_puzzle

shipped = functools.cache(shipped_puzzle)
NOISES = 0.2, 0.5, 1.0  # standard deviations
MOMENTS = (25, 50, 100, 200, 300, 450, 600, LIVE)
HELD_FACES = 400


def constant_mask(n: int = 4000) -> torch.Tensor:
    """The mask that is the same for all and best on n faces that are trained on, by its threshold: -> (1, 1, 32, 32)."""
    masks = box_mask(face_puzzles(n).boxes)
    mean = masks.mean(0, keepdim=True)
    cut = lambda level: (mean > level).float()
    score = lambda level: intersection_over_union(cut(level).expand_as(masks), masks).mean()
    return cut(max((level / 20 for level in range(1, 20)), key=score))


def of_puzzle(seed: int, **settings: bool) -> dict:
    held = face_puzzles(HELD_FACES, HELD)
    train = lambda note: trained_puzzle(LIVE, seed, on_step=note, **settings)
    return curve_of(train, seed, MOMENTS, lambda average: judge_puzzle(average, held))


def parts(seeds: int = 5) -> dict:
    """All losses, and one part left out at a time with fewer seeds."""
    fewer, found = max(1, seeds - 2), {}
    for name, setting in WITHOUT.items():
        print(name)
        n = seeds if not setting else fewer
        found[name] = [of_puzzle(seed, **setting) for seed in range(n)]
    held = box_mask(face_puzzles(HELD_FACES, HELD).boxes)
    constant = intersection_over_union(constant_mask().expand_as(held), held).mean().item()
    floor = frechet_of_faces(face_puzzles(HELD_FACES, HELD).real)
    return {"moments": MOMENTS, "constant": constant, "floor": floor, "rows": found}


# --- the shipped generator, given something else


def changed_pieces(held: Puzzles) -> dict[str, tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """A name -> pieces, the boxes they are cut at, and the pictures they are cut from, one for each piece."""
    (real, boxes), pieces = held, held.pieces
    own = lambda count=3: real[:, None].expand(-1, count, -1, -1, -1)
    found = {f"{n} of three": (pieces[:, :n], boxes[:, :n], own(n)) for n in (3, 2, 1)}
    noise = torch.randn(pieces[:, 0].shape, generator=torch.Generator().manual_seed(0))
    for level in NOISES:
        dirty = pieces.clone()
        dirty[:, 0] = (dirty[:, 0] + level * noise).clamp(0, 1)
        found[f"noise {level:g} on the first"] = dirty, boxes, own()
    third = [torch.cat([each[:, :2], each.roll(1, 0)[:, 2:]], 1) for each in (pieces, boxes, own())]
    found["third of another face"] = tuple(third)
    corner = boxes.clone()
    corner[:, 0] = torch.tensor([0, 0, 8, 8])
    return found | {"first from the corner": (cut_pieces(real, corner), corner, own())}


@torch.no_grad()
def of_change(pieces: torch.Tensor, boxes: torch.Tensor, source: torch.Tensor) -> dict[str, float]:
    noise = torch.Generator().manual_seed(0)
    parts = [shipped().sample(len(part), part, generator=noise) for part in pieces.split(100)]
    mask, picture = (torch.cat(part) for part in zip(*parts, strict=True))
    search = lambda k: (picture, source[:, k], boxes[:, k : k + 1])
    found = torch.cat([found_error(*search(k)) for k in range(boxes.shape[1])], 1)
    places = torch.cat([found_boxes(*search(k)) for k in range(boxes.shape[1])], 1)
    return {
        "iou": intersection_over_union(mask, box_mask(boxes)).mean().item(),
        "found": found.mean().item(),
        "placed": (overlap(places, boxes) >= 0.5).double().mean().item(),
        "first covered": mask_share(mask, boxes[:, 0]),
    }


def mask_share(mask: torch.Tensor, box: torch.Tensor) -> float:
    """The share of each picture's box, (N, 4), that the mask covers, in the mean."""
    inside = box_mask(box[:, None])
    return ((mask > 0.5) * inside).sum((1, 2, 3)).div(inside.sum((1, 2, 3))).mean().item()


@torch.no_grad()
def changes() -> dict:
    """Other pieces for the shipped generator, and how far its pictures are apart."""
    held = face_puzzles(HELD_FACES, HELD)
    found = {name: of_change(*given) for name, given in changed_pieces(held).items()}
    stranger = found_boxes(held.real.roll(1, 0), *held)
    noises = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    one, two = (shipped().sample(len(held.real), held.pieces, generator=n)[1] for n in noises)
    train = face_puzzles(FACES).real
    near = lambda x: train[nearest_neighbours(x.flatten(1), train.flatten(1))]
    pairs = {
        "other noise": (one, two),
        "picture and nearest seen": (one, near(one)),
        "picture and truth": (one, held.real),
        "new face and nearest seen": (held.real, near(held.real)),
        "pictures of two faces": (one, one.roll(1, 0)),
    }
    for name, row in found.items():
        print(name, ", ".join(f"{score} {value:.3f}" for score, value in row.items()), flush=True)
    return {
        "rows": found,
        "placed in another face": (overlap(stranger, held.boxes) >= 0.5).double().mean().item(),
        "apart": {name: (a - b).abs().mean().item() for name, (a, b) in pairs.items()},
    }


PARTS = {"parts": parts, "changes": changes}


def main() -> None:
    measure("puzzle", __doc__, PARTS)


if __name__ == "__main__":
    main()
