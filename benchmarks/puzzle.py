"""Does a Puzzle-GAN find the places of its pieces and keep the pieces, and what does each part of the loss buy?

    python benchmarks/puzzle.py [--seeds 5] [parts]

Trained for the notebook's budget and judged on 400 held-out faces. "iou" is that of masks, "found" the error with which
the pieces are found in the picture, "stranger" that of another picture's pieces, "frechet" the distance of the whole; "constant" is the IoU of the
best mask that is the same for all. Each row has the scores at the moments, of the moving average. Seconds are CPU
time of one thread, training and judging. Kept in benchmarks/results/puzzle_parts.json.
"""

import time

import torch
from parts import measure

from genlib.data import box_mask
from genlib.judges import face_puzzles, frechet_of_faces, judge_puzzle
from genlib.metrics import intersection_over_union
from genlib.models import PuzzleGenerator
from genlib.recipes.puzzle import HELD, LIVE, WITHOUT, trained_puzzle

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
    start, held = time.process_time(), face_puzzles(HELD_FACES, HELD)
    curve = []

    def note(step: int, average: PuzzleGenerator) -> None:
        if step + 1 in MOMENTS:
            curve.append(judge_puzzle(average, held))

    trained_puzzle(LIVE, seed, on_step=note, **settings)
    last, seconds = curve[-1], time.process_time() - start
    told = ", ".join(f"{name} {score:.3f}" for name, score in last.items())
    print(f"{told}, {seconds:.0f} s", flush=True)
    return {"seed": seed, "seconds": seconds, "curve": curve}


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


PARTS = {"parts": parts}


def main() -> None:
    measure("puzzle", __doc__, PARTS)


if __name__ == "__main__":
    main()
