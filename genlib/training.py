"""Training as a game: players move in turn, each down its own loss.

A likelihood is a game for one player, a GAN for two, CycleGAN for four. Nothing here knows a model.
"""

import copy
import math
import os
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

SHORT = 1.0  # seconds; a training that is over sooner shows no bar in a notebook


class Player(NamedTuple):
    """Who moves (`module`), and the loss it descends: the tensors of a batch -> a scalar."""

    module: nn.Module
    loss: Callable[..., Tensor]
    optimizer: torch.optim.Optimizer | None = None  # None: Adam with torch's defaults
    every: int = 1  # 5: moves at each fifth step


def fit(
    players: dict[str, Player],
    batches: Iterator[tuple[Tensor, ...]],
    steps: int,
    on_step: Callable[[int], bool | None] | None = None,
    device: str | torch.device = "cpu",
) -> dict[str, list[float]]:
    """The losses each player saw before its moves, after at most `steps` steps of the game.

    `on_step(step)` may end it by returning True. Stop the cell, and what there is comes back. However
    it ends, the modules are in eval mode and on the CPU. FloatingPointError for a loss that is no number.
    """
    _check(players, steps)
    players = {name: _ready(name, player) for name, player in players.items()}
    losses = {name: [] for name in players}
    step = 0
    bar = _bar(steps, caller=sys._getframe(1))
    try:
        for player in players.values():
            player.module.to(device).train()
        for step, batch in zip(range(steps), batches, strict=False):
            if not isinstance(batch, tuple):
                raise ValueError(f"batches must give tuples of tensors, got {type(batch).__name__}")
            batch = tuple(tensor.to(device) for tensor in batch)
            for name, player in players.items():
                if step % player.every == 0:
                    losses[name].append(_move(name, player, batch, step))
            bar.update()
            if on_step is not None and on_step(step):
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
    lengths = [len(tensor) for tensor in tensors]
    if len(set(lengths)) != 1 or not 1 <= size <= lengths[0]:
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
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be in [0, 1), got {decay}")
        self._source = module
        self._average = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(decay)).eval()

    @property
    def module(self) -> nn.Module:
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
        if every < 1 or (patience is not None and patience < 1):
            raise ValueError(f"every and patience must be at least 1, got {every} and {patience}")
        self._module, self._score, self._every, self._patience = module, score, every, patience
        self._weights, self._worse = copy.deepcopy(module.state_dict()), 0
        self.score = math.inf  # the best
        self.step = -1  # after which it was taken

    def __call__(self, step: int) -> bool:
        if (step + 1) % self._every:
            return False
        training = self._module.training
        with torch.no_grad():
            score = float(self._score(self._module.eval()))
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
        self._module.load_state_dict(self._weights)


def _check(players: dict[str, Player], steps: int) -> None:
    if not players or steps < 0:
        raise ValueError(
            f"players must not be empty and steps not negative, got {players}, {steps}"
        )
    for name, player in players.items():
        if player.every < 1:
            raise ValueError(f"every must be at least 1, got {player.every} for player {name!r}")


def _bar(steps: int, caller: FrameType) -> tqdm:
    """A progress bar where somebody looks at it: in a terminal, or in the cell of a notebook that calls `fit`.

    In a notebook only the notebook's own functions may stand between the two. A widget that calls back, a thread,
    an exercise's checker or another `fit` would put its bar into a cell that has nothing to do with it.
    """
    hidden = bool(os.environ.get("TQDM_DISABLE"))  # in a stored notebook a bar would stand still
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if not hasattr(shell, "get_parent"):  # no kernel: a terminal
        return tqdm(total=steps, leave=False, disable=hidden)
    while caller is not None and caller.f_globals.get("__name__") == "__main__":
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
    if not (isinstance(loss, Tensor) and loss.dim() == 0 and loss.requires_grad):
        came = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(
            f"loss must give a scalar with a gradient, that of player {name!r} gave {came}"
        )
    if not math.isfinite(value := loss.item()):
        raise FloatingPointError(f"the loss of player {name!r} is {value} at step {step}")
    weights = [
        w for group in player.optimizer.param_groups for w in group["params"] if w.requires_grad
    ]
    gradients = torch.autograd.grad(loss, weights, allow_unused=True)
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = gradient
    player.optimizer.step()
    return value
