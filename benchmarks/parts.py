"""What the benchmarks share: where a result is kept, and a command line of parts."""

import argparse
import inspect
import json
import os
import time
from collections.abc import Callable, Collection
from pathlib import Path

import torch
from torch import Tensor

from genlib.metrics import mean_and_error

RESULTS = Path(__file__).parent / "results"


def keep(name: str, found: dict) -> None:
    """Write a result to results/NAME.json in one move, floats with five digits: two of them are shown."""
    text = json.dumps(json.loads(json.dumps(found), parse_float=lambda f: round(float(f), 5)))
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    part = path.with_suffix(f".{os.getpid()}.part")  # two may do so at once
    try:  # where it breaks off the old result stays
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(path)
    except OSError:  # hours of work: they are not lost
        print(f"{path.name} was not written; it would hold\n{text}", flush=True)
        raise
    finally:
        part.unlink(missing_ok=True)


def peak(process: int) -> float:
    """The largest resident set that a process has had so far, in MB (10^6 bytes)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kibibytes) * 1024 / 1e6


def curve_of(
    train: Callable[[Callable], object],
    seed: int,
    moments: Collection[int],
    judge: Callable[[torch.nn.Module], dict[str, float]],
) -> dict:
    """One training as a row: the seed, CPU seconds with the judgements, and the scores after so many steps each.

    `train(on_step)` calls `on_step(step, average)` after each step, and `judge(average)` gives the scores.
    """
    start, curve = time.process_time(), []

    def note(step: int, average: torch.nn.Module) -> None:
        if step + 1 in moments:
            curve.append(judge(average))

    train(note)
    seconds = time.process_time() - start
    told = ", ".join(f"{name} {score:.3f}" for name, score in curve[-1].items())
    print(f"{told}, {seconds:.0f} s", flush=True)
    return {"seed": seed, "seconds": seconds, "curve": curve}


def over_minutes(judge: Callable[[torch.nn.Module], dict[str, float]]) -> tuple[list, Callable]:
    """A curve, and the `on_score(model, step, valid)` that adds a row to it: both, minutes, and what `judge(model)` finds.

    Minutes are CPU time from now on, without what the judge takes.
    """
    curve, start = [], time.process_time()

    def on_score(model: torch.nn.Module, step: int, valid: float) -> None:
        nonlocal start
        stopped = time.process_time()
        curve.append({"step": step, "minutes": (stopped - start) / 60, "valid": valid})
        curve[-1] |= judge(model)
        print(*[f"{name} {value:.2f}" for name, value in curve[-1].items()], sep=", ", flush=True)
        start += time.process_time() - stopped

    return curve, on_score


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


def one_of(names: Collection[str]) -> Callable[[str], str]:
    """The type of an argument of the command line that must be one of these names."""

    def check(name: str) -> str:
        if name not in names:
            raise argparse.ArgumentTypeError(f"there is no {name!r}, only {', '.join(names)}")
        return name

    return check


def measure(name: str, about: str, parts: dict[str, Callable[..., dict]]) -> None:
    """Run the parts that the command line names, or all, on one thread, and keep each as NAME_PART.

    The parameters of a part are its options (`--seeds 3`), and their defaults make what is kept. A part with a
    parameter that has no default, such as a file of images, is skipped where that is not given.
    """
    wished = {part: inspect.signature(run).parameters for part, run in parts.items()}
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    names = {"nargs": "*", "type": one_of(parts), "default": list(parts)}
    parser.add_argument("parts", help=f"of {', '.join(parts)} (default: all)", **names)
    for option, of in {o: p for wish in wished.values() for o, p in wish.items()}.items():
        parser.add_argument(f"--{option}", type=of.annotation)
    arguments = vars(parser.parse_args())
    torch.set_num_threads(1)
    for part in arguments["parts"]:
        given = {o: arguments[o] for o in wished[part] if arguments[o] is not None}
        missing = [o for o, of in wished[part].items() if of.default is of.empty and o not in given]
        if missing:
            print(f"{name}_{part} is skipped: it needs --{missing[0]}")
        else:
            keep(f"{name}_{part}", parts[part](**given))
