"""Arguments checked the same way everywhere: a ValueError names the argument, what was expected and what came."""

import math
from collections.abc import Callable
from itertools import chain
from numbers import Integral, Real

import numpy as np
import torch
from torch import Tensor, nn

LARGEST = (
    2**40
)  # no size and no number of the course comes near; beyond, torch fails in its own words


def real(
    name: str,
    x: Tensor,
    shape: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    finite: bool = True,
    **sizes: int,
) -> Tensor:
    """x itself: a dense floating-point tensor of this shape with finite numbers from `low` to `high`.

    `real("x", x, "N D", D=64)`: a letter is any size from 1 ("D?" from 0) or the size given here, "..." at the front any
    axes before, at the end any behind. `finite=False` lets NaN pass, and infinities where no limit forbids them.
    """
    dense(name, x)
    if not x.is_floating_point():
        raise ValueError(f"{name} must be floating-point numbers, got {x.dtype}")
    _shaped(name, x, shape, sizes)
    seen = x.detach()
    if (not finite and low == -math.inf and high == math.inf) or _inside(seen, low, high):
        return x
    outside = (seen < low) | (seen > high) | (~seen.isfinite() if finite else False)
    if bool(outside.any()):
        raise ValueError(f"{name} must {_limits(low, high)}, got {_range(seen)}")
    return x


def whole(
    name: str, x: Tensor, shape: str, *, low: int = 0, below: int | None = None, **sizes: int
) -> Tensor:
    """x as int64, whatever integer type it came in, numpy arrays and lists too: from `low`, `below` that."""
    x = _as_tensor(name, x, "whole numbers")
    if x.is_floating_point() or x.is_complex():
        raise ValueError(f"{name} must be whole numbers, got {x.dtype}")
    x = x.long()  # narrow types wrap round, and torch cannot compare all of the unsigned ones
    _shaped(name, x, shape, sizes)
    if x.numel() and (x.min() < low or (below is not None and x.max() >= below)):
        allowed = f"{low}, ..., {below - 1}" if below is not None else f"at least {low}"
        raise ValueError(f"{name} must be {allowed}, got {x.min()} to {x.max()}")
    return x


def numbers(name: str, x: Tensor, shape: str, **limits: float) -> Tensor:
    """x as float64, whatever real numbers came, numpy arrays and lists too: shape and limits as in `real`."""
    x = _as_tensor(name, x, "numbers")
    return real(name, x if x.is_complex() else x.double(), shape, **limits)


def same_size(axis: int, **tensors: Tensor) -> None:
    """Raise a ValueError that names the tensors unless all have the same size in this axis."""
    if len({x.shape[axis] for x in tensors.values()}) > 1:
        came = ", ".join(str(tuple(x.shape)) for x in tensors.values())
        names = " and ".join(tensors)
        raise ValueError(f"{names} must have the same size in axis {axis}, got {came}")


def dense(name: str, x: Tensor, shape: str = "", **sizes: int) -> Tensor:
    """x itself: a dense tensor with values, of any type, and of this shape where one is given."""
    if not isinstance(x, Tensor):
        raise ValueError(f"{name} must be a tensor, got {_kind(x)}")
    if x.layout != torch.strided or x.is_meta or x.is_quantized or x.is_nested:
        odd = "meta" if x.is_meta else "quantized" if x.is_quantized else str(x.layout)
        raise ValueError(f"{name} must be a dense tensor with values, got a {odd} one")
    if shape:
        _shaped(name, x, shape, sizes)
    return x


def alike(name: str, x: Tensor, like: Tensor) -> Tensor:
    """x in the type of `like`, whatever type it came in, and of its shape; NaN passes."""
    x = _as_tensor(name, x, "numbers")
    if x.is_complex():
        raise ValueError(f"{name} must be real numbers, got {x.dtype}")
    sizes = {f"axis{i}": size for i, size in enumerate(like.shape)}
    _shaped(name, x, " ".join(sizes), sizes)
    return x.to(like)


def into(module: nn.Module, name: str, x: Tensor, shape: str, **limits: float) -> Tensor:
    """x itself, fit for the module: `real` numbers, NaN too, of the type of its weights and where they are."""
    real(name, x, shape, finite=False, **limits)
    like = first_of(module)
    if like is not None and (x.dtype, x.device) != (like.dtype, like.device):
        raise ValueError(
            f"{name} must be {like.dtype} on {like.device} like the model, got {x.dtype} on {x.device}"
        )
    return x


def first_of(module: nn.Module) -> Tensor | None:
    """The first real-valued tensor of the module, for its type and place; None where it has none."""
    tensors = chain(module.parameters(), module.buffers())
    return next((tensor for tensor in tensors if tensor.is_floating_point()), None)


def at_least(low: int, *, most: int = LARGEST, **sizes: int) -> list[int]:
    """The sizes as Python's own whole numbers, which never wrap round.

    A ValueError names one that is no whole number, below `low` or above `most`.
    """
    for name, size in sizes.items():
        if not isinstance(size, Integral) or isinstance(
            size, bool
        ):  # torch takes no bool for a size
            raise ValueError(f"{name} must be a whole number, got {_kind(size)}")
        if size < low:
            raise ValueError(f"{name} must be at least {low}, got {_kind(size)}")
        if size > most:
            raise ValueError(f"{name} must be at most {most:,}, got more")
    return [int(size) for size in sizes.values()]


def number(
    name: str,
    value: float,
    *,
    low: float = -math.inf,
    above: float = -math.inf,
    below: float = math.inf,
    high: float = math.inf,
) -> None:
    """Raise a ValueError unless value is one finite number: at least `low`, at most `high`, or strictly inside."""
    if not isinstance(value, Real):
        raise ValueError(f"{name} must be a number, got {_kind(value)}")
    if not (abs(value) < LARGEST and low <= value <= high and above < value < below):
        far = [] if abs(value) < LARGEST else ["finite"]
        limits = {"at least": low, "above": above, "at most": high, "below": below}
        wish = [f"{word} {limit:g}" for word, limit in limits.items() if abs(limit) < math.inf]
        raise ValueError(f"{name} must be {' and '.join(far + wish)}, got {_kind(value)}")


def kind(name: str, value: object, *kinds: type, said: str | None = None) -> None:
    """Raise a ValueError unless value is of one of the kinds."""
    if not isinstance(value, kinds):
        wish = said or " or ".join(kind.__name__ for kind in kinds)
        raise ValueError(f"{name} must be {wish}, got {_kind(value)}")


def noise(generator: torch.Generator | None) -> None:
    """Raise a ValueError unless generator is a torch.Generator or None."""
    kind("generator", generator, torch.Generator, type(None), said="a torch.Generator or None")


def function(name: str, value: Callable) -> None:
    """Raise a ValueError unless value can be called."""
    if not callable(value):
        raise ValueError(f"{name} must be a function, got {_kind(value)}")


def _as_tensor(name: str, x: object, wish: str) -> Tensor:
    if isinstance(x, Tensor):
        dense(name, x)
        return x
    try:
        array = np.asarray(x)
    except (TypeError, ValueError, RuntimeError):
        array = np.asarray(None)  # rows of several lengths, or what no array can hold
    if array.dtype.kind not in "iubf" or isinstance(x, (str, bytes)):
        raise ValueError(f"{name} must be {wish}, got {_kind(x)}")
    return torch.from_numpy(array.astype(np.float64 if array.dtype.kind == "f" else np.int64))


def _shaped(name: str, x: Tensor, shape: str, sizes: dict[str, int]) -> None:
    letters = shape.split()
    axes = [letter for letter in letters if letter != "..."]
    came = x.shape
    if letters[:1] == ["..."]:
        came = x.shape[max(x.dim() - len(axes), 0) :]
    elif letters[-1:] == ["..."]:
        came = x.shape[: len(axes)]
    fits = len(came) == len(axes) and all(
        size == sizes[letter] if letter in sizes else size >= 1 or letter[-1] == "?"
        for letter, size in zip(axes, came, strict=True)
    )
    if not fits or (letters[:1] == ["..."] and not x.numel()):
        wish = ", ".join(str(sizes.get(letter, letter.rstrip("?"))) for letter in letters)
        comma = "," if len(letters) == 1 and axes else ""
        raise ValueError(f"{name} must be ({wish}{comma}), got {tuple(x.shape)}")


def _inside(x: Tensor, low: float, high: float) -> bool:
    """Whether all numbers are finite and within the limits, in one pass; False where it cannot tell."""
    if not x.numel():
        return True
    least, most = (number.item() for number in x.aminmax())  # NaN where any is
    return math.isfinite(least) and math.isfinite(most) and low <= least and most <= high


def _limits(low: float, high: float) -> str:
    if low == -math.inf and high == math.inf:
        return "hold finite numbers"
    return f"lie in [{low:g}, {high:g}]"


def _range(x: Tensor) -> str:
    return f"{x.min():g} to {x.max():g}" if x.numel() else "none"


def _kind(value: object) -> str:
    """A number as itself, anything else by its type: its repr may be long, or fail."""
    if isinstance(value, Integral) and abs(value) > LARGEST:
        return "a huge whole number"
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)}"
    return str(value) if isinstance(value, (bool, Real)) else type(value).__name__
