"""How the weight files are made, a file for each notebook, two for 08, one for large digits, and one for the last page: `python -m genlib.recipes NAME [--steps N] [--data PATH]`.

A recipe is a function that bears the name of its weight file and says in its signature that it returns a `Recipe`.
It trains with a number of steps, scores what comes out, and leaves to `make` what all weight files tell alike.
"""

import importlib
import inspect
import pkgutil
import tempfile
import time
from collections.abc import Callable

from torch import Tensor, nn

from genlib.data import write_as_mnist
from genlib.training.processes import rank_and_count
from genlib.weights import as_shipped

SHORTER = 60  # times fewer steps than the recipe has, in a short training
SECONDS = 15.0  # to which it is prolonged, where that takes less

# the trained module, and what its file tells of it: "model", "data" and one of "nats", "accuracy", "frechet"
Recipe = tuple[nn.Module, dict[str, object]]


def recipes() -> dict[str, Callable[..., Recipe]]:
    """Every recipe by its name."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            members = vars(importlib.import_module(f"{__name__}.{module.name}"))
            found |= {name: member for name, member in members.items() if _is_recipe(member)}
    return dict(sorted(found.items()))


def _is_recipe(member: object) -> bool:
    public = inspect.isfunction(member) and member.__name__[0] != "_"
    return public and inspect.signature(member).return_annotation == Recipe


def make(name: str, steps: int | None = None, data: str | None = None) -> Recipe:
    """Follow the recipe of that name, and complete what its file tells: command, steps, seed, seconds.

    `steps`, for a trial, stand in place of the recipe's own; `data` is a file of images, where a recipe reads one.
    """
    if name not in recipes():
        raise ValueError(f"name must be one of {', '.join(recipes())}, got {name!r}")
    recipe = recipes()[name]
    wished = inspect.signature(recipe).parameters
    command, given = f"python -m genlib.recipes {name}", {}
    if "data" in wished:
        if data is None:
            raise ValueError("data must name a file of images, got none: --data PATH")
        command, given = f"{command} --data PATH", {"data": data}
    steps = wished["steps"].default if steps is None else steps
    start = time.process_time()
    module, told = recipe(**given, steps=steps)
    seconds = round(time.process_time() - start)
    first = {key: told[key] for key in ("model", "data")}
    _, count = rank_and_count()
    return module, first | {
        "recipe": command,
        "steps": steps,
        "seed": 0,
        "seconds": f"{seconds}, scores included",
    } | ({"processes": count} if count > 1 else {}) | told


def make_short(name: str, data: str | None = None) -> Recipe:
    """Follow the recipe of that name with a sixtieth of its steps, or again with more where there is time.

    Without `data`, a recipe that reads a file of MNIST gets the course's digits, enlarged.
    """
    wished = inspect.signature(recipes()[name]).parameters
    whole = wished["steps"].default
    with tempfile.TemporaryDirectory() as folder:
        if "data" in wished and data is None:
            data = f"{folder}/digits.npz"
            write_as_mnist(data)
        start = time.process_time()
        steps = max(whole // SHORTER, 1)
        made = make(name, steps, data)
        longer = int(steps * SECONDS / (time.process_time() - start))
        return made if longer < 2 * steps else make(name, min(longer, whole), data)


def print_score(model: nn.Module, step: int, valid: float) -> None:
    """Print how far a long training is, as its `on_score`."""
    print(f"{step} steps, {time.process_time() / 60:.1f} min: valid {valid:.2f}", flush=True)


def told_of_mnist(
    name: str, model: nn.Module, x: dict[str, Tensor], summary: Callable[[nn.Module, Tensor], str]
) -> dict[str, str]:
    """What the file of a model of static binarized MNIST tells: its name, and nats in words by `summary`."""
    valid, test = (summary(model, x[split]) for split in ("valid", "test"))
    half = summary(as_shipped(model), x["test"])
    return {
        "model": name,
        "data": "static binarized MNIST",
        "nats": f"valid {valid}, test {test}; as shipped {half}",
    }


def told_of_captions(found: dict[str, dict[str, float]]) -> str:
    """All words right on seen and unseen captions, as `judges.judge_captions` found them, in words."""
    return ", ".join(f"{which} {scores['all']:.3f}" for which, scores in found.items())
