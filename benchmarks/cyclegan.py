"""What does each loss of a CycleGAN buy, and which of two perfect answers does it find?

    python benchmarks/cyclegan.py [--seeds 5] [parts mirror]

`parts`: trained for the notebook's budget on unpaired animals, judged on 200 held-out pairs at the moments, by the moving
average. Each row has the scores of `judges.judge_cycle`; "floor" is the Frechet distance of other true zebras. Seconds are
CPU time of one thread, training and judging. Kept in benchmarks/results/cyclegan_parts.json.

`mirror`: translators that can mirror, where half or four fifths of all animals face left. "share" is how much of the mirror
image is in the mixture, at the moments; "left" the share of the zebras made of held-out horses that face left. Kept in
benchmarks/results/cyclegan_mirror.json.
"""

import functools

import torch
from parts import curve_of, measure
from torch import nn

from genlib.judges import animal_pairs, animals_seen, frechet_of_animals, judge_cycle, translated
from genlib.recipes.cyclegan import HELD, LIVE, mirror_four, train_cycle, trained_cycle

MOMENTS = (50, 100, 200, 300, 450, LIVE)
ARMS = {
    "cycle": {},
    "cycle, identity": {"identity": 10.0},
    "identity": {"cycle": 0.0, "identity": 10.0},
    "neither": {"cycle": 0.0},
    "no pool": {"pool": 0},
}
SIDES, TURNS = (0.5, 0.8), (0, 10, 20, 40, 80, 150, 300)
HELD_PAIRS = 200

held = functools.cache(lambda left=0.5: animal_pairs(HELD_PAIRS, HELD, left))


def of_cycle(seed: int, **settings: float) -> dict:
    train = lambda note: trained_cycle(LIVE, seed, on_step=note, **settings)
    judge = lambda pair: judge_cycle(pair["to_zebra"], pair["to_horse"], held())
    return curve_of(train, seed, MOMENTS, judge)


def parts(seeds: int = 5) -> dict:
    """The cycle loss alone, and every other choice of losses with fewer seeds."""
    fewer, found = max(1, seeds - 2), {}
    for name, settings in ARMS.items():
        print(name)
        n = fewer if settings else seeds
        found[name] = [of_cycle(seed, **settings) for seed in range(n)]
    floor = frechet_of_animals(animal_pairs(HELD_PAIRS, HELD + 1).zebra, held().zebra)
    return {"moments": MOMENTS, "floor": floor, "rows": found}


def of_mirror(seed: int, left: float) -> dict:
    torch.manual_seed(seed)
    four, shares = mirror_four(), []

    def note(step: int, pair: nn.ModuleDict) -> None:
        if step in TURNS or step + 1 in TURNS[-1:]:
            shares.append(four["to_zebra"].share.item())

    pair = train_cycle(four, TURNS[-1], seed, left=left, on_step=note)
    animals = held(left)
    scores = judge_cycle(pair["to_zebra"], pair["to_horse"], animals)
    zebras = translated(pair["to_zebra"], animals.horse)
    faces_left = animals_seen(zebras)[:, 1].double().mean().item()
    row = {"seed": seed, "share": shares, "left": faces_left}
    row |= {name: scores[name] for name in ("cycle of horse", "body of horse", "frechet")}
    print(left, ", ".join(f"{k} {v}" for k, v in row.items()), flush=True)
    return row


def mirror(seeds: int = 5) -> dict:
    """Translators that can mirror, where the mirror is a perfect answer, too, and where it is not."""
    rows = {
        f"{left:.1f} face left": [of_mirror(seed, left) for seed in range(seeds)] for left in SIDES
    }
    return {"moments": TURNS, "rows": rows}


PARTS = {"parts": parts, "mirror": mirror}


def main() -> None:
    measure("cyclegan", __doc__, PARTS)


if __name__ == "__main__":
    main()
