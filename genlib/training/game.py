"""The game itself: players, the batches that all of them see, and the moves."""

import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
import torch._dynamo  # the first optimizer would: what is interrupted there stays half imported
from torch import Tensor, nn
from tqdm import tqdm

from genlib import checks
from genlib.training.bar import bar_of
from genlib.training.processes import agree, own_share

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

    Interrupt the cell to stop early, when the step under way is done with all that is called after it, and get the
    losses so far; a second interrupt does not wait. However it ends, the modules are in eval mode and
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
    hooks = hooks_of(on_step)
    check_game(players, batches, steps, device)
    players = {name: _ready(name, player) for name, player in players.items()}
    losses = {name: [] for name in players}
    step = 0
    bar = bar_of(steps, caller=sys._getframe(1))
    with _interrupts() as pressed:
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
                if pressed or any(ends):
                    break
        except KeyboardInterrupt:
            pressed.append(True)
        finally:
            bar.close()
            for player in players.values():
                player.module.eval().cpu()
    if pressed:
        tqdm.write(f"stopped by hand at step {step}")
    return losses


@contextmanager
def _interrupts() -> Iterator[list[bool]]:
    """A list that an interrupt fills instead of raising; a second one raises. Other handlers stay as they are."""
    pressed, default = [], signal.default_int_handler

    def press(*signal_and_frame: object) -> None:
        if pressed:
            default(*signal_and_frame)
        pressed.append(True)

    main = threading.current_thread() is threading.main_thread()  # signals reach no other
    ours = main and signal.getsignal(signal.SIGINT) is default
    if ours:
        signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        if ours:
            signal.signal(signal.SIGINT, default)


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
    size = own_share(size)

    def rounds() -> Iterator[tuple[Tensor, ...]]:
        while True:
            order = torch.randperm(lengths[0], generator=generator)
            for rows in order[: lengths[0] // size * size].split(size):
                yield tuple(tensor[rows] for tensor in tensors)

    return rounds()


def hooks_of(on_step: OnStep | Sequence[OnStep] | None) -> list[OnStep]:
    """What is called after each step, none to several."""
    if on_step is None:
        return []
    hooks = list(on_step) if isinstance(on_step, (list, tuple)) else [on_step]
    for hook in hooks:
        checks.function("on_step", hook)
    return hooks


def check_game(
    players: dict[str, Player],
    batches: Iterator[tuple[Tensor, ...]],
    steps: int,
    device: str | torch.device = "cpu",
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


def _ready(name: str, player: Player) -> Player:
    agree(player.module)
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
        weight.grad = _laid_out(weight, gradient)
    player.optimizer.step()
    return value


def _laid_out(weight: Tensor, gradient: Tensor | None) -> Tensor | None:
    """The gradient in memory as its weight is, for a fused optimizer reads one number after the other."""
    if gradient is None or gradient.is_sparse or gradient.stride() == weight.stride():
        return gradient
    return torch.empty_like(weight).copy_(gradient)


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
