"""How an answer is checked: by what it gives, beside what the right and the typical wrong answers give."""

import copy
import math
from typing import Any, NamedTuple

import torch

NOT_DONE = "Not done yet: your answer is still None."
NO_RETURN = "Not done yet: your function gives None. Does it end with return?"


class Verdict(str):
    """One or two sentences on an answer, shown without quotes; `right` says whether it was right."""

    right: bool

    def __new__(cls, words: str, right: bool = False):
        verdict = super().__new__(cls, words)
        verdict.right = right
        return verdict

    def __repr__(self) -> str:
        return str(self)


class Exercise(NamedTuple):
    """A question with its reference answer and the typical wrong ones, each with its own hint.

    An answer is a value, or a function that is tried on every tuple of `inputs`.
    """

    reference: Any
    praise: str  # why the right answer matters
    wrong: dict[str, Any]  # hint -> the wrong answer that it is for
    otherwise: str  # where to look when the answer is none of these
    inputs: tuple[tuple, ...] = ()

    def check(self, answer: Any) -> Verdict:
        """Right, or which misconception it looks like; never raises."""
        if answer is None:
            return Verdict(NOT_DONE)
        if callable(answer) != callable(self.reference):
            expected = "a function" if callable(self.reference) else "a value"
            return Verdict(f"The answer must be {expected}, got {_short(answer)}.")
        given = self._results(answer)
        if isinstance(given, Verdict):
            return given
        if _same(given, self._results(self.reference)):
            return Verdict(f"Right. {self.praise}", right=True)
        for hint, wrong in self.wrong.items():
            if _same(given, self._results(wrong)):
                return Verdict(f"Not yet. {hint}")
        return Verdict(f"Not yet. {self._example(given)}{self.otherwise}")

    def _results(self, answer: Any) -> Any:
        """What a function gives for every input, or the value itself; a Verdict if it stopped."""
        if not callable(answer):
            return answer
        results = []
        for values in self.inputs:
            try:
                results.append(answer(*copy.deepcopy(values)))
            except Exception as error:  # noqa: BLE001 - a wrong answer may stop in any way
                said = f"{type(error).__name__}: {error}"
                return Verdict(f"Your function stopped with {said}, for {_short(values)}.")
        return Verdict(NO_RETURN) if all(r is None for r in results) else results

    def _example(self, given: Any) -> str:
        """For a function: the first input at which it differs from the reference."""
        if not callable(self.reference):
            return ""
        pairs = zip(self.inputs, given, self._results(self.reference), strict=True)
        values, came, right = next(p for p in pairs if not _same(p[1], p[2]))
        if getattr(came, "shape", None) != getattr(right, "shape", None):
            came, right = (f"shape {tuple(getattr(r, 'shape', ()))}" for r in (came, right))
            return f"For {_short(values)} it gave {came}, not {right}. "
        return f"For {_short(values)} it gave {_short(came)}, not {_short(right)}. "


def _same(one: Any, other: Any) -> bool:
    """Equal, for floats and tensors up to rounding."""
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    try:
        one, other = (torch.as_tensor(v, dtype=torch.float64) for v in (one, other))
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return False
    return one.shape == other.shape and torch.allclose(
        one, other, rtol=1e-4, atol=1e-6, equal_nan=True
    )


def _short(value: Any) -> str:
    """At most 70 letters of a value."""
    if isinstance(value, tuple):
        words = f"({', '.join(map(_short, value))})"
    elif isinstance(value, torch.Tensor):
        first = [round(v, 3) for v in value.double().flatten()[:4].tolist()]
        words = f"{first[0]}" if value.dim() == 0 else f"[{str(first)[1:-1]}"
        words += ", ...]" if value.numel() > 4 else "]" * (value.dim() > 0)
    elif callable(value):
        words = "a function"
    else:
        words = f"{value:.6g}" if isinstance(value, float) and math.isfinite(value) else repr(value)
    return words if len(words) <= 70 else words[:67] + "..."
