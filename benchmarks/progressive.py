"""What does growing buy at equal seconds, and what does each ingredient of the Progressive GAN?

    python benchmarks/progressive.py [--seeds 3] arms
    python benchmarks/progressive.py [--seeds 5] parts

`arms`: three ways to drawn faces of 32 x 32, each with about 240 seconds of one thread: growing from 4 x 4, at the full
size from the beginning, and at the full size with the colours of all sizes added up. All have the same number of weights.
Scores are of 2000 faces that the moving average draws: the Frechet distance at moments, with the seconds until then; at the
end those of `judges.judge_faces`, the Frechet distance of the faces made smaller, and 1000 times the sliced Wasserstein
distance of patches of what is finer than half the size at 32 and at 16, and of the faces at 8. "true" has
what other drawn faces score. `parts`: the notebook's training to 16 x 16, as it is with `seeds`, and with one thing
changed at a time with three seeds fewer, by the Frechet distance at 16. Seconds are CPU time of one thread without judging.
Kept in benchmarks/results/progressive_arms.json and progressive_parts.json.
"""

import time

import torch
from parts import measure
from torch import Tensor
from torch.nn.functional import avg_pool2d

from genlib.data import many_faces
from genlib.judges import frechet_of_faces, judge_faces
from genlib.metrics import laplacian, patch_distance
from genlib.models import ProgressiveGenerator
from genlib.models.progressive import at_step
from genlib.recipes.progressive import (
    ARMS,
    CHANGES,
    shortened,
    steps_of,
    trained_arm,
    trained_part,
)

FACES, MOMENTS, SHARE = 2000, 8, 1.0


def drawn(G: ProgressiveGenerator, size: int) -> Tensor:
    """Faces of the average as it is now, for a look: (FACES, 3, size, size) in [0, 1]."""
    noise = torch.Generator().manual_seed(1)
    return torch.cat(
        [G.sample(500, size, generator=noise) for _ in range(FACES // 500 or 1)]
    ).clamp(0, 1)


def smaller(x: Tensor, size: int) -> Tensor:
    return avg_pool2d(x, x.shape[-1] // size)


def levels(x: Tensor, true: Tensor) -> dict[str, float]:
    """The distance of patches of what is finer than half the size, at 32 and 16, and of the rest at 8."""
    noise = torch.Generator().manual_seed(0)
    found = {}
    for size in (32, 16):
        a, b = (laplacian(smaller(part, size)) for part in (x, true))
        found[str(size)] = patch_distance(a, b, generator=noise)
    return found | {"8": patch_distance(smaller(x, 8), smaller(true, 8), generator=noise)}


def scores(x: Tensor) -> dict:
    sizes = {str(size): frechet_of_faces(smaller(x, size)) for size in (4, 8, 16, 32)}
    true = many_faces(len(x), seed=2000)[0]
    return judge_faces(x) | {"sizes": sizes, "patches": levels(x, true)}


def of_arm(name: str, seed: int) -> dict:
    """One training: at moments the step, the seconds, the size and the Frechet distance of the faces, enlarged.

    There is no look while a size fades in.
    """
    phases = shortened(ARMS[name]["phases"], SHARE)
    steps = steps_of(phases)
    every, judging, curve = max(1, steps // MOMENTS), 0.0, []
    start = time.process_time()

    def note(step: int, average: torch.nn.Module) -> None:
        nonlocal judging
        size, alpha = at_step(phases, step)
        if alpha < 1 or ((step + 1) % every and step + 1 < steps):
            return
        now = time.process_time()
        x = drawn(average, size).repeat_interleave(32 // size, 2).repeat_interleave(32 // size, 3)
        curve.append([step + 1, now - start - judging, size, frechet_of_faces(x)])
        judging += time.process_time() - now

    G = trained_arm(name, seed, SHARE, note)
    seconds = time.process_time() - start - judging
    found = scores(drawn(G, 32))
    print(f"{name}: {found['frechet']:.1f}, {found['kinds']} kinds, {seconds:.0f} s", flush=True)
    return {"seed": seed, "seconds": seconds, "curve": curve} | found


def arms(seeds: int = 3) -> dict:
    """The three arms, and what true faces score."""
    found = {name: [of_arm(name, seed) for seed in range(seeds)] for name in ARMS}
    return {"rows": found, "true": scores(many_faces(FACES, seed=2001)[0])}


def of_part(name: str, seed: int) -> dict:
    start = time.process_time()
    G = trained_part(name, seed, SHARE)
    seconds = time.process_time() - start
    found = frechet_of_faces(drawn(G, 16))
    print(f"{name}: {found:.1f}, {seconds:.0f} s", flush=True)
    return {"seed": seed, "seconds": seconds, "frechet": found}


def parts(seeds: int = 5) -> dict:
    """The notebook's training, and one thing changed at a time with fewer seeds."""
    fewer = max(1, seeds - 3)
    rows = {
        name: [of_part(name, s) for s in range(fewer if of else seeds)]
        for name, of in CHANGES.items()
    }
    return {"rows": rows, "true": frechet_of_faces(smaller(many_faces(FACES, seed=2001)[0], 16))}


PARTS = {"arms": arms, "parts": parts}


def main() -> None:
    measure("progressive", __doc__, PARTS)


if __name__ == "__main__":
    main()
