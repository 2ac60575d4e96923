"""How two answers are told apart, and in what words."""

import math
from typing import Any

import torch
from torch import Tensor

from genlib.exercises.checker.reading import WrongForm
from genlib.exercises.checker.trial import Stopped


def close(one: Tensor | Stopped, other: Tensor | Stopped, rtol=1e-4, atol=1e-6) -> bool:
    """Equal up to rounding, or stopped alike; a single number may stand in brackets."""
    if isinstance(one, Stopped) or isinstance(other, Stopped):
        return type(one) is type(other) and one == other
    if other.dim() == 0 and one.numel() == 1:
        one = one.view(())
    same = one.shape == other.shape
    return same and torch.allclose(one, other.to(one.dtype), rtol, atol, equal_nan=True)


def shortened(given: float, truth: float) -> bool:
    """Whether given is the truth, rounded or cut off after at least two digits."""
    for places in range(1, 8):
        scaled = truth * 10**places
        for shorter in (math.floor(scaled + 0.5), math.trunc(scaled)):
            if abs(shorter) >= 10 and math.isclose(given * 10**places, shorter, rel_tol=1e-7):
                return True
    return False


def difference(values: tuple, came: Tensor | Stopped, right: Tensor, asked: str) -> str:
    """Where what a function gives for these values is not right; WrongForm if it is not as `asked`."""
    if isinstance(came, Stopped):
        raise WrongForm(f"Your function stopped with {came.rstrip('.')}, for {short(values)}.")
    start = f"For {short(values)} it gives"
    if came.shape != right.shape and (right.dim() or came.numel() != 1):
        fits = came.numel() == right.numel() and close(came.flatten(), right.flatten())
        start = f"The numbers are right, their shape is not: f{start[1:]}" if fits else start
        raise WrongForm(f"{start} {shape_of(came)}, asked is {asked}.")
    came = came.view(right.shape)
    same = torch.isclose(came, right, rtol=1e-4, atol=1e-6, equal_nan=True)
    place = tuple((~same).nonzero()[0].tolist())
    one, other = apart(came[place].item(), right[place].item())
    where = f" at {list(place)}" if right.dim() else ""
    return f"{start} {one}, not {other}{where}."


def off(came: Tensor, right: Tensor, whole: bool) -> str:
    """What a value is, and what can be said of it without giving the right one away."""
    if came.shape != right.shape and right.dim():
        raise WrongForm(f"It is {shape_of(came)}, asked are {len(right)} numbers in a row.")
    if right.dim():
        return f"The first {(came != right).nonzero()[0].item()} are right."
    number, due = came.item(), right.item()
    if whole and number != round(number):
        return f"{number:.10g} is no whole number, and a count is one."
    if whole and abs(number - due) < due / 1000:
        return f"{number:.10g} is near, but a count is exact."
    return f"It is not {number:.10g}."


def shape_of(tensor: Tensor) -> str:
    """What a tensor is beside its numbers."""
    return f"a tensor of shape {tuple(tensor.shape)}" if tensor.dim() else "one number"


def apart(one: float, other: float) -> tuple[str, str]:
    """Both numbers, with as many digits as it takes to tell them apart, and at least three."""
    pairs = ((f"{one:.{digits}g}", f"{other:.{digits}g}") for digits in range(3, 18))
    return next(pair for pair in pairs if pair[0] != pair[1])


def short(value: Any) -> str:
    """At most 70 letters of an exercise's own inputs."""
    if isinstance(value, tuple):
        words = ", ".join(map(short, value))
        return f"({words})" if len(words) <= 68 else f"({words[:65]}...)"
    if not isinstance(value, Tensor):
        return repr(value)
    first = ", ".join(f"{v:.3g}" for v in value.flatten()[:4].tolist())
    if value.dim() == 0:
        return first
    return f"[{first}, ...]" if value.numel() > 4 else f"[{first}]"
