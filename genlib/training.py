"""Training as a game: players move in turn, each down its own loss.

A likelihood is a game for one player, a GAN for two, CycleGAN for four. Nothing here knows a model.
"""

import copy
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from numbers import Real
from types import FrameType
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LinearLR, OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from genlib import checks

SHORT = 1.0  # seconds; a training that is over sooner shows no bar in a notebook
DEVICES = ("cpu", "cuda", "mps", "xpu")


OnStep = Callable[[int], bool | None]  # called after each step; True ends the game


class Player(NamedTuple):
    """One side of the game: a loss, and the optimizer that moves weights down it.

    Arguments:
        module: set to train mode during the game, and the owner of the weights where there is no optimizer
        loss: the tensors of a batch -> a scalar
        optimizer: whatever weights it holds move, those of other modules too; None: Adam of the module's
        every: 5 moves at each fifth step

    Example:
        >>> module = nn.Linear(2, 1)
        >>> player = Player(module, loss=lambda x: module(x).square().mean())
        >>> player.optimizer is None, player.every
        (True, 1)
    """

    module: nn.Module
    loss: Callable[..., Tensor]
    optimizer: torch.optim.Optimizer | None = None
    every: int = 1


def fit(
    players: dict[str, Player],
    batches: Iterator[tuple[Tensor, ...]],
    steps: int,
    on_step: OnStep | Sequence[OnStep] | None = None,
    device: str | torch.device = "cpu",
) -> dict[str, list[float]]:
    """Train the players for up to `steps` steps, and return the losses that each saw before its moves.

    Interrupt the cell to stop early, and get the losses so far. However it ends, the modules are in eval mode and
    on the CPU. FloatingPointError for a loss or a gradient that is no number, before it moves a weight; what a
    forward pass counts, as batch norm does, has seen the batch.

    Arguments:
        players: a name -> a `Player`; in each step they move in this order
        batches: an iterator of tuples of tensors, as `minibatches` gives; all players see the same one
        steps: at most so many, fewer where the batches end
        on_step: a function of the step's number, or several: called in turn after each step. Any of them ends
            the game by returning True
        device: where the modules and the batches are during the game

    Example:
        >>> module, batches = nn.Linear(2, 1), minibatches(torch.ones(20, 2), size=5)
        >>> player = Player(module, loss=lambda x: module(x).square().mean())
        >>> losses = fit({"model": player}, batches, steps=3)
        >>> len(losses["model"]), module.training
        (3, False)
    """
    hooks = _hooks(on_step)
    _check(players, batches, steps, device)
    players = {name: _ready(name, player) for name, player in players.items()}
    losses = {name: [] for name in players}
    step = 0
    bar = _bar(steps, caller=sys._getframe(1))
    try:
        for player in players.values():
            player.module.to(device).train()
        for step, batch in zip(range(steps), batches, strict=False):
            batch = _on(device, batch)
            for name, player in players.items():
                if step % player.every == 0:
                    losses[name].append(_move(name, player, batch, step))
            bar.update()
            ends = [hook(step) for hook in hooks]  # each of them is called
            if any(ends):
                break
    except KeyboardInterrupt:
        tqdm.write(f"stopped by hand at step {step}")
    finally:
        bar.close()
        for player in players.values():
            player.module.eval().cpu()
    return losses


def minibatches(
    *tensors: Tensor, size: int, generator: torch.Generator | None = None
) -> Iterator[tuple[Tensor, ...]]:
    """Batches of `size` matching rows without end, every row once a round; a last, smaller one is left out."""
    [size] = checks.at_least(1, size=size)
    checks.noise(generator)
    lengths = [len(checks.dense("tensors", tensor, "N ...")) for tensor in tensors]
    if len(set(lengths)) != 1 or size > lengths[0]:
        raise ValueError(
            f"size must be from 1 to the one length of all tensors, got {size}, {lengths}"
        )

    def rounds() -> Iterator[tuple[Tensor, ...]]:
        while True:
            order = torch.randperm(lengths[0], generator=generator)
            for rows in order[: lengths[0] // size * size].split(size):
                yield tuple(tensor[rows] for tensor in tensors)

    return rounds()


class Average:
    """An `on_step` that keeps in `module` the moving average of another module's weights.

    average <- decay average + (1 - decay) weights, from the first weights it sees.
    """

    def __init__(self, module: nn.Module, decay: float):
        checks.kind("module", module, nn.Module)
        checks.number("decay", decay, low=0, below=1)
        self._source, self._decay = module, decay
        self._average = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(decay)).eval()

    def __repr__(self) -> str:
        return f"Average({type(self._source).__name__}, decay={self._decay})"

    @property
    def module(self) -> nn.Module:
        """The average, a module like the one it is taken of, in eval mode."""
        return self._average.module

    def __call__(self, step: int) -> None:
        self._average.update_parameters(self._source)


class keep_best:
    """An `on_step` for early stopping: every so many steps it scores the module and remembers the best.

    `score(module)` -> a number, the lower the better, taken in eval mode without gradients. It ends
    the game after `patience` scores in a row with no better one; `restore()` puts the best weights back.
    """

    def __init__(
        self,
        module: nn.Module,
        score: Callable[[nn.Module], float],
        every: int = 50,
        patience: int | None = None,
    ):
        checks.kind("module", module, nn.Module)
        checks.function("score", score)
        checks.at_least(1, every=every, **({} if patience is None else {"patience": patience}))
        self._module, self._score, self._every, self._patience = module, score, every, patience
        self._weights, self._worse = copy.deepcopy(module.state_dict()), 0
        self.score = math.inf  # the best
        self.step = -1  # after which it was taken

    def __repr__(self) -> str:
        name = type(self._module).__name__
        return f"keep_best({name}, every={self._every}, patience={self._patience})"

    def __call__(self, step: int) -> bool:
        if (step + 1) % self._every:
            return False
        training = self._module.training
        with torch.no_grad():
            score = _number("score", self._score(self._module.eval()))
        self._module.train(training)
        if math.isnan(score):
            raise FloatingPointError(f"the score is nan at step {step}")
        if score < self.score:
            self.score, self.step, self._worse = score, step, 0
            self._weights = copy.deepcopy(self._module.state_dict())
        else:
            self._worse += 1
        return self._patience is not None and self._worse >= self._patience

    def restore(self) -> None:
        """Put the best weights back."""
        self._module.load_state_dict(self._weights)


# --- whole trainings


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
    checks.kind("model", model, nn.Module)
    if len(checks.dense("x", x, "N ...")) < 32:
        raise ValueError(f"x must have at least 32 rows, got {len(x)}")
    checks.number("lr", lr, above=0)
    steps, seed = checks.at_least(1, steps=steps) + checks.at_least(0, seed=seed)
    for name, function in {"score": score, "noisy": noisy, "on_step": on_step}.items():
        checks.function(name, function)
    optimizer = torch.optim.AdamW(model.parameters(), lr, weight_decay=0.05)
    average = Average(model, decay=0.99)
    best = keep_best(average.module, score, every=min(25, steps))
    record = lambda step: on_step(step, average.module)
    changed = lambda x: checks.dense("noisy(x)", noisy(x), "N ...")
    player = Player(model, lambda x: -model.log_prob(changed(x)).mean(), optimizer)
    batches = minibatches(x, size=32, generator=torch.Generator().manual_seed(seed))
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
    seed: int = 0,
    on_score: Callable[[nn.Module, int, float], None] = lambda model, step, score: None,
) -> nn.Module:
    """Train a model, and return the moving average of its weights at the step that was best on valid.

    AdamW down `loss(model, x)` in batches of `size` rows of x["train"], the learning rate up to `lr` and down to
    almost 0 as a cosine. About 20 times the mean of `each(model, x["valid"])`, (N,), is taken, the lower the
    better, and `on_score(model, step, mean)` is called.
    """
    checks.kind("model", model, nn.Module)
    checks.kind("x", x, dict, said='a dict with "train" and "valid"')
    steps, seed = checks.at_least(1, steps=steps) + checks.at_least(0, seed=seed)
    checks.number("lr", lr, above=0)
    checks.number("weight_decay", weight_decay, low=0)
    for name, function in {"loss": loss, "each": each, "on_score": on_score}.items():
        checks.function(name, function)
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98), weight_decay=weight_decay)
    schedule = OneCycleLR(
        optimizer, lr, steps, pct_start=0.03, cycle_momentum=False, final_div_factor=1000
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
    batches = minibatches(train, size=size, generator=torch.Generator().manual_seed(seed))
    player = Player(model, lambda x: loss(model, x), optimizer)
    fit({"model": player}, batches, steps, [lambda step: schedule.step(), average, best])
    best.restore()
    return average.module


def adam(
    weights: Iterator[nn.Parameter] | Sequence[nn.Parameter], lr: float, *, fused: bool = True
) -> torch.optim.Adam:
    """Adam with little momentum, as the players of a GAN have it."""
    checks.kind("weights", weights, list, tuple, Iterator, said="the parameters of a module")
    checks.number("lr", lr, low=0)
    checks.kind("fused", fused, bool)
    weights = list(weights)
    if not weights:
        raise ValueError("weights must not be empty, got none")
    for weight in weights:
        checks.kind("weights", weight, Tensor, said="the parameters of a module")
    return torch.optim.Adam(weights, lr, betas=(0.5, 0.999), fused=fused)


def play(
    players: dict[str, Player],
    batches: Iterator[tuple[Tensor, ...]],
    steps: int,
    on_step: OnStep | Sequence[OnStep] | None = None,
    *,
    last: float = 0.02,
) -> dict[str, list[float]]:
    """Train the players as `fit` does, every player's rate falling in a line to `last` times what it was."""
    _check(players, batches, steps, "cpu")
    checks.number("last", last, low=0, high=1)
    for name, player in players.items():
        checks.kind(f"optimizer of player {name!r}", player.optimizer, torch.optim.Optimizer)
    falling = [LinearLR(player.optimizer, 1.0, last, steps) for player in players.values()]
    lower = [lambda step, schedule=schedule: schedule.step() for schedule in falling]
    return fit(players, batches, steps, [*lower, *_hooks(on_step)])


def _hooks(on_step: OnStep | Sequence[OnStep] | None) -> list[OnStep]:
    """What is called after each step, none to several."""
    if on_step is None:
        return []
    hooks = list(on_step) if isinstance(on_step, (list, tuple)) else [on_step]
    for hook in hooks:
        checks.function("on_step", hook)
    return hooks


def _check(
    players: dict[str, Player],
    batches: Iterator[tuple[Tensor, ...]],
    steps: int,
    device: str | torch.device,
) -> None:
    """Raise a ValueError that names what `fit` cannot use."""
    checks.kind("players", players, dict)
    if not players:
        raise ValueError("players must not be empty, got {}")
    for name, player in players.items():
        checks.kind("name of a player in players", name, str)
        checks.kind(f"players[{name!r}]", player, Player)
        _check_player(name, player)
    checks.kind("batches", batches, Iterator, list, tuple, said="an iterator of tuples of tensors")
    checks.at_least(0, steps=steps)
    checks.kind("device", device, str, torch.device)
    if str(device).split(":")[0] not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}, got {device}")


def _check_player(name: str, player: Player) -> None:
    module, loss, optimizer, every = player
    checks.kind(f"module of player {name!r}", module, nn.Module)
    checks.function(f"loss of player {name!r}", loss)
    if optimizer is not None:
        checks.kind(f"optimizer of player {name!r}", optimizer, torch.optim.Optimizer)
        if isinstance(optimizer, torch.optim.LBFGS):
            raise ValueError(f"optimizer of player {name!r} must need no closure, got LBFGS")
    checks.at_least(1, **{f"every of player {name!r}": every})


def _on(device: str | torch.device, batch: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The tensors of a batch on this device."""
    checks.kind("batches", batch, tuple, said="an iterator that gives tuples of tensors")
    return tuple(checks.dense("batches", tensor).to(device) for tensor in batch)


def _number(name: str, value: float | Tensor) -> float:
    """One number as Python's own, NaN too."""
    checks.kind(name, value, Real, Tensor, said="a function that gives one number")
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ValueError(f"{name} must give one number, got a tensor {tuple(value.shape)}")
    return float(value)


def _bar(steps: int, caller: FrameType) -> tqdm:
    """A progress bar where somebody looks at it: in a terminal, or in the cell of a notebook that calls `fit`.

    In a notebook only the notebook's own functions, recipes and whole trainings may stand between the two. A widget
    that calls back, a thread, an exercise's checker or another `fit` would put its bar into a cell that has nothing
    to do with it.
    """
    hidden = bool(os.environ.get("TQDM_DISABLE"))  # in a stored notebook a bar would stand still
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if not hasattr(shell, "get_parent"):  # no kernel: a terminal
        return tqdm(total=steps, leave=False, disable=hidden)
    while caller is not None and _may_train(caller):
        caller = caller.f_back
    in_a_cell = caller is not None and caller.f_globals.get("__name__", "").startswith("IPython.")
    return tqdm(
        total=steps,
        disable=hidden or not in_a_cell,
        delay=SHORT,
        file=_Line(shell),
        ascii=False,
        ncols=80,
        bar_format="{n_fmt} of {total_fmt} steps |{bar}| {elapsed}",
    )


def _may_train(frame: FrameType) -> bool:
    """Whether a bar below this function belongs into the cell that called it."""
    name = frame.f_globals.get("__name__", "")
    whole = (
        name == __name__ and frame.f_code is not fit.__code__
    )  # trainings here, but no other `fit`
    return name == "__main__" or whole or name.startswith("genlib.recipes.")


class _Line:
    """A file of which the last line is shown, as plain text in the running cell; a cell has one.

    tqdm's own bar for notebooks is a widget: each stays in the kernel, and a saved page shows it as an error.
    """

    cell = None  # the run of a cell that shows a line

    def __init__(self, shell):
        self._shell = shell

    def write(self, text: str) -> None:
        """Show the text in place of the line before; tqdm's line feeds show nothing."""
        if text.strip():
            cell = self._shell.get_parent()["header"]["msg_id"]
            self._shell.display_pub.publish(
                {"text/plain": text.strip()},
                transient={"display_id": f"steps of {cell}"},
                update=cell == _Line.cell,
            )
            _Line.cell = cell

    def flush(self) -> None:
        """Nothing waits: each line is shown at once."""


def _ready(name: str, player: Player) -> Player:
    if player.optimizer is not None:
        return player
    weights = list(player.module.parameters())
    if not weights:
        raise ValueError(f"module must have parameters to train, player {name!r} has none")
    return player._replace(optimizer=torch.optim.Adam(weights))


def _move(name: str, player: Player, batch: tuple[Tensor, ...], step: int) -> float:
    """One step of one player down its loss; nobody else's gradients are touched."""
    loss = player.loss(*batch)
    scalar = isinstance(loss, Tensor) and loss.dim() == 0 and loss.is_floating_point()
    if not (scalar and loss.requires_grad):
        came = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(
            f"loss must give a scalar with a gradient, that of player {name!r} gave {came}"
        )
    if not math.isfinite(value := loss.item()):
        raise FloatingPointError(f"the loss of player {name!r} is {value} at step {step}")
    weights = [
        w for group in player.optimizer.param_groups for w in group["params"] if w.requires_grad
    ]
    gradients = torch.autograd.grad(loss, weights, allow_unused=True) if weights else ()
    _check_gradients(name, player, weights, gradients, step)
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = gradient
    player.optimizer.step()
    return value


def _check_gradients(
    name: str,
    player: Player,
    weights: list[Tensor],
    gradients: tuple[Tensor | None, ...],
    step: int,
) -> None:
    """Raise an error unless the player has gradients, all of them numbers: nothing else undoes a step."""
    sums = [gradient.sum() for gradient in gradients if gradient is not None]
    if not sums:
        raise ValueError(f"loss must depend on the weights of player {name!r}, it does on none")
    if torch.stack(sums).sum().isfinite():
        return  # one look at all; a sum of large numbers may overflow though each is one
    names = {id(weight): told for told, weight in player.module.named_parameters()}
    for weight, gradient in zip(weights, gradients, strict=True):
        if gradient is None:
            continue
        values = gradient.coalesce().values() if gradient.is_sparse else gradient
        odd = values[~values.isfinite()]
        if odd.numel():
            told = names.get(id(weight), f"a weight {tuple(weight.shape)} of another module")
            raise FloatingPointError(
                f"the gradient of player {name!r} is {odd[0]:g} at step {step}, in {told}"
            )
