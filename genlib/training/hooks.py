"""What may be called after each step: a moving average of weights, and early stopping."""

import copy
import math
from collections.abc import Callable
from numbers import Real

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from genlib import checks


class Average:
    """An `on_step` that keeps in `module` the moving average of another module's weights.

    average <- decay average + (1 - decay) weights, from the first weights it sees. With `warm_up` the decay after t
    updates is at most t / (t + 9), so that the first weights are soon forgotten.
    """

    def __init__(self, module: nn.Module, decay: float, *, warm_up: bool = False):
        checks.kind("module", module, nn.Module)
        checks.number("decay", decay, low=0, below=1)
        checks.kind("warm_up", warm_up, bool)
        self._source, self._decay, self._warm_up = module, decay, warm_up
        self._average = AveragedModel(module, multi_avg_fn=self._update).eval()

    def __repr__(self) -> str:
        name = type(self._source).__name__
        return f"Average({name}, decay={self._decay}, warm_up={self._warm_up})"

    def _update(self, average: list[Tensor], weights: list[Tensor], updates: int | Tensor) -> None:
        t = int(updates)
        decay = min(self._decay, t / (t + 9)) if self._warm_up else self._decay
        get_ema_multi_avg_fn(decay)(average, weights, updates)

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


def _number(name: str, value: float | Tensor) -> float:
    """One number as Python's own, NaN too."""
    checks.kind(name, value, Real, Tensor, said="a function that gives one number")
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ValueError(f"{name} must give one number, got a tensor {tuple(value.shape)}")
    return float(value)
