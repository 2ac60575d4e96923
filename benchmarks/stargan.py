"""What does a StarGAN reach in a minute, and what do its mask, its noise and its reader of labels buy?

    python benchmarks/stargan.py [--seeds 5] [parts]

Trained for the notebook's budget on drawn faces, judged on 240 held-out faces at the moments, by the moving average. Each
row has the scores of `judges.judge_edits` with a classifier that the generator never met, and "variety": how far
its faces are apart once they are all to be blond, by how far true ones are. "half the labels" has two data sets,
of which one tells the hair alone and the other all but the hair. Seconds are CPU time of one thread, training and
judging. Kept in benchmarks/results/stargan_parts.json.
"""

import functools
from collections.abc import Callable

import torch
from parts import curve_of, measure

from genlib.data import draw_faces, face_labels
from genlib.judges import EDITS, edited_faces, judge_edits
from genlib.models import StarGenerator
from genlib.recipes.stargan import HELD, LIVE, as_told, trained_star

MOMENTS = (25, 50, 100, 200, 350, LIVE)
ARMS = {
    "all": {},
    "no mask": {"masked": False},
    "no noise": {"std": (0.0, 0.0)},
    "no way back": {"reconstruction": 0.0},
    "half the labels": {"halves": True},
}
HELD_FACES = 240

held = functools.cache(lambda: edited_faces(HELD_FACES, HELD))


@torch.no_grad()
def variety(G: StarGenerator, labels: Callable[[torch.Tensor, str], torch.Tensor]) -> float:
    """How far 100 faces are apart from the next one once all are to be blond, by how far the true ones are."""
    x, attributes, people = (part[:100] for part in held())
    wanted = attributes.clone()
    wanted[:, 0] = EDITS["blond"][1]
    apart = lambda x: (x - x.roll(1, 0)).abs().mean().item()
    return apart(G(x, labels(wanted, "blond"))) / apart(draw_faces(wanted, people))


def of_star(seed: int, **settings: float) -> dict:
    labels = as_told if settings.get("halves") else lambda wanted, word: face_labels(wanted)
    train = lambda note: trained_star(LIVE, seed, on_step=note, **settings)
    judge = lambda G: judge_edits(G, held(), labels) | {"variety": variety(G, labels)}
    return curve_of(train, seed, MOMENTS, judge)


def parts(seeds: int = 5) -> dict:
    """The whole, and one part left out at a time with fewer seeds."""
    fewer, found = max(1, seeds - 3), {}
    for name, settings in ARMS.items():
        print(name)
        found[name] = [of_star(seed, **settings) for seed in range(fewer if settings else seeds)]
    return {"moments": MOMENTS, "rows": found}


PARTS = {"parts": parts}


def main() -> None:
    measure("stargan", __doc__, PARTS)


if __name__ == "__main__":
    main()
