"""Whole trainings: a model by its likelihood, and a game whose rates fall."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LinearLR, OneCycleLR

from genlib import checks
from genlib.training.game import OnStep, Player, check_game, fit, hooks_of, minibatches
from genlib.training.hooks import Average, keep_best
from genlib.training.processes import own_seed


def train_by_score(
    model: nn.Module,
    x: Tensor,
    score: Callable[[nn.Module], float],
    *,
    noisy: Callable[[Tensor], Tensor] = lambda x: x,
    lr: float = 0.04,
    seed: int = 0,
    steps: int = 1000,
    on_step: Callable[[int, nn.Module], None] = lambda step, model: None,
) -> nn.Module:
    """Train a model by likelihood, and return the moving average of its weights at the best score.

    AdamW at a constant rate down the mean of -model.log_prob(noisy(x)), 32 rows of x at a step. `score(model)` is
    lower for better, taken every 25 steps; `noisy` is put on every batch anew; `on_step(step, average)`.
    """
    steps, seed = _check(model, steps, seed, lr, score=score, noisy=noisy, on_step=on_step)
    if len(checks.dense("x", x, "N ...")) < 32:
        raise ValueError(f"x must have at least 32 rows, got {len(x)}")
    optimizer = torch.optim.AdamW(model.parameters(), lr, weight_decay=0.05)
    average = Average(model, decay=0.99)
    best = keep_best(average.module, score, every=min(25, steps))
    record = lambda step: on_step(step, average.module)
    changed = lambda x: checks.dense("noisy(x)", noisy(x), "N ...")
    player = Player(model, lambda x: -model.log_prob(changed(x)).mean(), optimizer)
    batches = minibatches(x, size=32, generator=torch.Generator().manual_seed(own_seed(seed)))
    fit({"model": player}, batches, steps, [average, record, best])
    best.restore()
    return average.module


def train_by_schedule(
    model: nn.Module,
    x: dict[str, Tensor],
    steps: int,
    *,
    loss: Callable[[nn.Module, Tensor], Tensor],
    each: Callable[[nn.Module, Tensor], Tensor],
    lr: float,
    size: int,
    weight_decay: float = 0.05,
    decay: float = 0.995,
    warm_up: float = 0.03,
    seed: int = 0,
    on_score: Callable[[nn.Module, int, float], None] = lambda model, step, score: None,
) -> nn.Module:
    """Train a model, and return the moving average of its weights at the step that was best on valid.

    AdamW down `loss(model, x)` in batches of `size` rows of x["train"], the learning rate up to `lr` in the share
    `warm_up` of the steps, and down to almost 0 as a cosine. About 20 times the mean of `each(model, x["valid"])`, (N,), is taken, the lower the
    better, and `on_score(model, step, mean)` is called.
    """
    steps, seed = _check(model, steps, seed, lr, loss=loss, each=each, on_score=on_score)
    checks.kind("x", x, dict, said='a dict with "train" and "valid"')
    checks.number("weight_decay", weight_decay, low=0)
    checks.number("warm_up", warm_up, above=0, below=1)
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98), weight_decay=weight_decay)
    schedule = OneCycleLR(
        optimizer, lr, steps, pct_start=float(warm_up), cycle_momentum=False, final_div_factor=1000
    )
    average = Average(model, decay=decay)
    train, valid = (
        checks.dense(f"x[{name!r}]", x.get(name), "N ...") for name in ("train", "valid")
    )

    def score(averaged: nn.Module) -> float:
        value = checks.dense("each(model, x)", each(averaged, valid), "N").mean().item()
        on_score(averaged, schedule.last_epoch, value)
        return value

    best = keep_best(average.module, score, every=max(steps // 20, 1))
    batches = minibatches(train, size=size, generator=torch.Generator().manual_seed(own_seed(seed)))
    player = Player(model, lambda x: loss(model, x), optimizer)
    fit({"model": player}, batches, steps, [lambda step: schedule.step(), average, best])
    best.restore()
    return average.module


def _check(model: nn.Module, steps: int, seed: int, lr: float, **functions: Callable) -> list[int]:
    """Steps and seed as Python's own whole numbers; ValueError for what no training can use."""
    checks.kind("model", model, nn.Module)
    checks.number("lr", lr, above=0)
    for name, function in functions.items():
        checks.function(name, function)
    return checks.at_least(1, steps=steps) + checks.at_least(0, seed=seed)


def adam(
    weights: Iterator[nn.Parameter] | Sequence[nn.Parameter],
    lr: float,
    *,
    betas: tuple[float, float] = (0.5, 0.999),
    fused: bool = True,
) -> torch.optim.Adam:
    """Adam with little momentum, as the players of a GAN have it: `betas` are those of torch's."""
    checks.kind("weights", weights, list, tuple, Iterator, said="the parameters of a module")
    checks.number("lr", lr, low=0)
    checks.kind("betas", betas, tuple, list)
    if len(betas) != 2:
        raise ValueError(f"betas must be two numbers, got {len(betas)}")
    for beta in betas:
        checks.number("betas", beta, low=0, below=1)
    checks.kind("fused", fused, bool)
    weights = list(weights)
    if not weights:
        raise ValueError("weights must not be empty, got none")
    for weight in weights:
        checks.kind("weights", weight, Tensor, said="the parameters of a module")
    return torch.optim.Adam(weights, lr, betas=tuple(betas), fused=fused)


def play(
    players: dict[str, Player],
    batches: Iterator[tuple[Tensor, ...]],
    steps: int,
    on_step: OnStep | Sequence[OnStep] | None = None,
    *,
    last: float = 0.02,
    constant: float = 0.0,
) -> dict[str, list[float]]:
    """Train the players as `fit` does, every player's rate falling in a line to `last` times what it was.

    It stays for the share `constant` of the steps first. Players may share an optimizer: its rate falls once.
    """
    check_game(players, batches, steps)
    checks.number("last", last, low=0, high=1)
    checks.number("constant", constant, low=0, below=1)
    for name, player in players.items():
        checks.kind(f"optimizer of player {name!r}", player.optimizer, torch.optim.Optimizer)
    optimizers = dict.fromkeys(player.optimizer for player in players.values())
    stays = int(constant * steps)
    falling = [LinearLR(optimizer, 1.0, last, max(1, steps - stays)) for optimizer in optimizers]

    def lower(step: int) -> None:
        for schedule in falling if step >= stays else ():
            schedule.step()

    return fit(players, batches, steps, [lower, *hooks_of(on_step)])
