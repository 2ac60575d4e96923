"""What the benchmarks share: where a result is kept, and a command line of parts."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from genlib.metrics import mean_and_error

RESULTS = Path(__file__).parent / "results"


def keep(name: str, found: dict) -> None:
    """Write a result to results/NAME.json, floats with five digits: two of them are shown."""
    text = json.dumps(json.loads(json.dumps(found), parse_float=lambda f: round(float(f), 5)))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def over_seeds(each: Tensor) -> dict:
    """Of S seeds' nats on N images, (S, N): mean, standard error over images, each seed's mean, their spread.

    The spread is a standard deviation. "each" has the N nats, means over seeds: see `paired.py`.
    """
    mean, error = mean_and_error(each.mean(0))
    seeds = each.double().mean(1)
    spread = seeds.std(correction=min(1, len(seeds) - 1)).item()  # one seed has none
    found = {"test": mean, "error": error, "spread": spread, "seeds": seeds.tolist()}
    return found | {"each": each.mean(0).tolist()}


def line_of(found: dict) -> str:
    """What `over_seeds` found, in a line."""
    least, most = min(found["seeds"]), max(found["seeds"])
    seeds = f"{len(found['seeds'])} seeds {least:.2f} to {most:.2f}, std {found['spread']:.2f}"
    return f"{found['test']:7.2f} +- {found['error']:.2f}  {seeds}"


def measure(
    name: str,
    about: str,
    parts: dict[str, Callable[..., dict]],
    seeds: int = 5,
    splits: bool = False,
) -> None:
    """Run the parts that the command line names, or all, on one thread, and keep each as NAME_PART.

    A part gets the number of seeds, and with `splits` the split that judges.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(parts)} (default: all)")
    parser.add_argument("--seeds", type=int, default=seeds)
    if splits:
        parser.add_argument("--split", default="test", help="valid while a setting is chosen")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    given = [arguments.seeds, arguments.split] if splits else [arguments.seeds]
    for part in arguments.parts or parts:
        keep(f"{name}_{part}", parts[part](*given))
