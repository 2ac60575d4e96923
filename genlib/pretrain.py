"""How the weight files were made: `python -m genlib.pretrain NAME [--steps N] [--data PATH]`."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from genlib import weights
from genlib.models import NADE
from genlib.training import Average, Player, fit, keep_best, minibatches


def binarized_mnist(path: str | Path) -> dict[str, Tensor]:
    """The static binarized MNIST, "train", "valid" and "test": each (N, 784) in {0, 1}.

    `path` names an .npz that holds every split as packed bits, (N, 98) bytes. Test is sorted by class.
    """
    with np.load(path, allow_pickle=False) as file:
        bits = {split: np.unpackbits(file[split], axis=1) for split in ("train", "valid", "test")}
    return {split: torch.tensor(x, dtype=torch.float32) for split, x in bits.items()}


def nats(model: NADE, x: Tensor) -> Tensor:
    """-log p(x) in nats, by parts that stay in the cache: (N, D) -> (N,)."""
    with torch.no_grad():
        return -torch.cat([model.log_prob(part) for part in x.split(500)])


def train_nade(
    x: dict[str, Tensor],
    hidden: int,
    steps: int,
    seed: int = 0,
    on_score: Callable[[NADE, int, float], None] | None = None,
) -> NADE:
    """The average NADE of the step that was best on valid, among 20 of a cosine schedule.

    AdamW in batches of 50, learning rate up to 0.02 and down to almost 0; `on_score(model, step, nats)`
    is called at each of the 20.
    """
    torch.manual_seed(seed)
    model = NADE(x["train"].shape[1], hidden)
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 0.02, steps, pct_start=0.03, cycle_momentum=False, final_div_factor=1000
    )
    average = Average(model, decay=0.995)

    def score(average_model: NADE) -> float:
        value = nats(average_model, x["valid"]).mean().item()
        if on_score is not None:
            on_score(average_model, schedule.last_epoch, value)
        return value

    best = keep_best(average.module, score, every=max(steps // 20, 1))

    def on_step(step: int) -> bool:
        schedule.step()
        average(step)
        return best(step)

    batches = minibatches(x["train"], size=50, generator=torch.Generator().manual_seed(seed))
    player = Player(model, lambda x: -model.log_prob(x).mean(), optimizer)
    fit({"NADE": player}, batches, steps, on_step)
    best.restore()
    return average.module


def nade_mnist(path: str | Path, steps: int = 12_000) -> None:
    """The largest NADE that fits 1 MB in half precision, on static binarized MNIST; 11 minutes of one core."""
    x, start = binarized_mnist(path), time.process_time()

    def on_score(model: NADE, step: int, valid: float) -> None:
        minutes, test = (time.process_time() - start) / 60, nats(model, x["test"]).mean().item()
        print(f"{step} steps, {minutes:.1f} min: valid {valid:.2f}, test {test:.2f}", flush=True)

    model = train_nade(x, hidden=317, steps=steps, on_score=on_score)
    seconds = time.process_time() - start
    full = {split: nats(model, x[split]).mean().item() for split in ("valid", "test")}
    metadata = {
        "model": "NADE(784, hidden=317)",
        "data": "static binarized MNIST",
        "recipe": "python -m genlib.pretrain nade_mnist",
        "steps": steps,
        "seed": 0,
        "seconds": round(seconds),
    }
    weights.save("nade_mnist", model, metadata)
    weights.load("nade_mnist", model)  # the same numbers, rounded to half precision
    half = nats(model, x["test"]).mean().item()
    metadata["nats"] = f"valid {full['valid']:.2f}, test {full['test']:.2f}; as shipped {half:.2f}"
    weights.save("nade_mnist", model, metadata)
    print(*metadata.items(), sep="\n")


RECIPES = {"nade_mnist": nade_mnist}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--steps", type=int, help="fewer than the recipe's, for a trial")
    parser.add_argument("--data", required=True, help="the file of images that the recipe reads")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    steps = {} if arguments.steps is None else {"steps": arguments.steps}
    RECIPES[arguments.name](arguments.data, **steps)


if __name__ == "__main__":
    main()
