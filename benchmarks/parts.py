"""What the benchmarks share: where a result is kept, and a command line of parts."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import torch

RESULTS = Path(__file__).parent / "results"


def keep(name: str, found: dict) -> None:
    """Write a result to results/NAME.json, floats with three digits."""
    text = json.dumps(json.loads(json.dumps(found), parse_float=lambda f: round(float(f), 3)))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


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
