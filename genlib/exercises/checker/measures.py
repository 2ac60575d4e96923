"""What is measured of a function beside what it gives: gradients, growth of work, what it calls.

Whatever is measured of a function is a list of tensors, or of how the function Stopped.
"""

import io
import math
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from genlib.exercises.checker.reading import as_numbers
from genlib.exercises.checker.trial import Stopped, run

PRODUCTS = {"mm", "bmm", "mv", "dot", "vdot", "addmm", "addmv", "baddbmm"}
PICKS = {"index", "index_select", "gather", "take", "embedding"}


class Measure(NamedTuple):
    """What is measured, in words, and how: from a function to a list of tensors."""

    what: str
    of: Callable[[Callable], list]


def gradients(inputs: tuple[tuple, ...], of: int) -> Measure:
    """The slopes of a weighted sum of all outputs by the first `of` arguments; 0 where none flows."""
    return Measure(
        "its gradients",
        lambda function: [_quietly(partial(_slopes, function, of), values) for values in inputs],
    )


def growth(small: tuple, large: tuple, least: int) -> Measure:
    """The power of D with which the work grows, whole; D of `large` is twice that of `small`.

    It is 0 if torch does less than the `least` work that any answer needs on `large`.
    """

    def of(function):
        work = [_quietly(partial(_work, function), values) for values in (small, large)]
        stopped = [w for w in work if isinstance(w, Stopped)]
        enough = not stopped and work[1] >= least
        return stopped or [torch.tensor(round(math.log2(work[1] / work[0])) if enough else 0)]

    return Measure("the growth of the work", of)


def uses(name: str, inputs: tuple[tuple, ...]) -> Measure:
    """1 for each input on which the operation of this name is called, however it is spelt; else 0."""
    return Measure(
        "what it calls",
        lambda function: [_quietly(partial(_calls, name, function), values) for values in inputs],
    )


def _quietly(function: Callable, values: tuple) -> Any:
    """What `run` gives; what the function prints was printed when its values were looked at."""
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run(function, values)


def _slopes(function: Callable, of: int, *values: Tensor) -> Tensor:
    leaves = [value.requires_grad_() for value in values[:of]]
    given = function(*(leaf.clone() for leaf in leaves), *values[of:])
    with torch.enable_grad():
        numbers = as_numbers(given).flatten()
        if not numbers.requires_grad:
            return torch.zeros(sum(leaf.numel() for leaf in leaves))
        weights = torch.linspace(1, 2, len(numbers), dtype=torch.float64)  # no two slopes cancel
        slopes = torch.autograd.grad(numbers @ weights, leaves, allow_unused=True)
    pairs = zip(slopes, leaves, strict=True)
    return torch.cat([(torch.zeros_like(v) if s is None else s).flatten() for s, v in pairs])


def _work(function: Callable, *values: Tensor) -> int:
    with _Watch() as watch:
        function(*values)
    return sum(cost for _, cost in watch.done)


def _calls(name: str, function: Callable, *values: Tensor) -> Tensor:
    with _Watch() as watch:
        function(*values)
    return torch.tensor(int(name in {called for called, _ in watch.done}))


class _Watch(TorchDispatchMode):
    """Writes down torch's operations: the name of each, and how many numbers it goes through."""

    def __init__(self):
        super().__init__()
        self.done: list[tuple[str, int]] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        self.done.append((name, 0 if func.is_view else _cost(name, args, result)))
        return result


def _cost(name: str, args: tuple, result: Any) -> int:
    """How many numbers an operation goes through."""
    came, given = _tensors(args), _tensors([result])
    if name in PRODUCTS:
        left, right = came[-2:]
        return left.numel() * (right.shape[-1] if right.dim() > 1 else 1)
    if name in PICKS:
        came = []
    return max((tensor.numel() for tensor in came + given), default=0)


def _tensors(values: Any) -> list[Tensor]:
    """The tensors among the values, and among lists of them."""
    lists = [value if isinstance(value, (list, tuple)) else [value] for value in values]
    return [value for values in lists for value in values if isinstance(value, Tensor)]
