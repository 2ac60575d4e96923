"""Arguments that no function was written for, and the law for them: a ValueError by name, or a right answer."""

import re
import warnings

import numpy as np
import torch
from torch import nn
from torch.distributions import Distribution

NAN = float("nan")


class Strange:
    """An object that answers nothing."""

    def __repr__(self):
        raise RuntimeError("no repr")


def in_place_of(value):
    """{what: value} of hostile arguments where `value` would be right; like it in all but one respect where it is a tensor."""
    odd = {
        "None": None,
        "text": "abc",
        "bytes": b"abc",
        "list": [1.0, 2.0],
        "ragged list": [[1.0], [2.0, 3.0]],
        "dict": {},
        "object": Strange(),
        "function": lambda *_: None,
        "array": np.zeros((2, 3)),
        "objects": np.array([None, "x"], dtype=object),
        "nan": NAN,
        "infinite": float("inf"),
        "negative": -1,
        "zero": 0,
        "true": True,
        "tiny": 1e-300,
        "a half": 0.5,
        "vast": 1e300,
        "huge": 10**400,
        "complex number": 1j,
        "scalar": torch.tensor(2.5),
        "empty": torch.empty(0),
        "many axes": torch.zeros(1, 2, 1, 2, 1, 2),
    }
    if isinstance(value, torch.Tensor):
        odd |= like(value)
    return odd


def like(value):
    """Tensors of the value's shape or nearly so, with other numbers, types and layouts."""
    numbers = value.detach().float()
    odd = {
        "meta": torch.empty_like(value, device="meta"),
        "complex": numbers.to(torch.complex64),
        "sparse": numbers.to_sparse(),
        "quantised": quantised(numbers),
        "numpy": value.detach().numpy(),
        "nested list": value.tolist(),
        "no rows": value[:0] if value.dim() else torch.empty(0),
        "one axis more": value[None],
        "a column": value[..., None],
        "bool": numbers > 0,
        "double": numbers.double(),
        "half": numbers.half(),
        **{str(t)[6:]: numbers.to(t) for t in (torch.uint8, torch.int8, torch.int16, torch.int32)},
    }
    if value.is_floating_point():
        for name, number in (("a nan", NAN), ("an infinity", float("inf"))):
            odd[name] = value.detach().clone()
            odd[name].view(-1)[:1] = number
        odd |= {"0..255": numbers * 255, "-1..1": numbers * 2 - 1}
    if value.dim() and len(value) > 1:
        odd["a row less"] = value[:-1]
    return odd


def law(call, arguments, name, value, *, gaps=False, beside=()):
    """Assert: with this value for one argument the call raises a ValueError that names it, or answers well.

    Well is: as it answers the same numbers in the right type, and without NaN or infinity (`gaps`: NaN is
    promised). An OSError is right where the docstring promises one. `beside` are arguments that this one has to
    fit: the error may name them instead.
    """
    try:
        found = list(numbers(answered(call, arguments | {name: value})))
    except OSError:
        assert "OSError" in call.__doc__, "an OSError that nothing promises"
        return
    except ValueError as error:
        names = "|".join([name, *beside])
        assert re.search(rf"\b({names})\b.* must ", str(error)), f"does not name {names}: {error}"
        return
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {str(error)[:200]}") from error
    assert gaps or all(x.isfinite().all() for x in found), "NaN or infinity came out"
    twin = same_numbers(value, arguments[name])
    if twin is not None:
        expected = list(numbers(answered(call, arguments | {name: twin})))
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one, other, rtol=2e-3, atol=2e-3, equal_nan=True)


def answered(call, arguments):
    """What comes back, with every random number drawn anew."""
    torch.manual_seed(0)
    fresh = lambda a: a.clone_state() if isinstance(a, torch.Generator) else a
    return call(**{name: fresh(a) for name, a in arguments.items()})


def same_numbers(value, right):
    """The value's numbers in the right one's type, None where that has no type or cannot hold them."""
    if value is None or not isinstance(right, torch.Tensor):
        return None
    try:
        plain = value.tolist() if isinstance(value, torch.Tensor) else value
        array = np.asarray(plain, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return None
    twin = torch.tensor(array).to(right.dtype)
    return twin if np.allclose(twin.numpy(), array, rtol=1e-6, equal_nan=True) else None


def numbers(result):
    """Every number of a result, as double tensors: of a module its state, of a distribution its parameters."""
    if isinstance(result, (torch.Tensor, np.ndarray, int, float)):
        x = torch.as_tensor(result).detach()
        dense = x.layout == torch.strided and not (x.is_meta or x.is_complex())
        assert dense, f"no dense tensor of real numbers came out, but {x.layout} {x.dtype}"
        yield x.double()
    elif isinstance(result, (tuple, list)):
        for part in result:
            yield from numbers(part)
    elif isinstance(result, dict):
        yield from numbers(list(result.values()))
    elif isinstance(result, nn.Module):
        yield from numbers(result.state_dict())
    elif isinstance(result, Distribution):
        yield from numbers(vars(result))


def quantised(numbers):
    with warnings.catch_warnings():  # torch means to remove it
        warnings.simplefilter("ignore")
        return torch.quantize_per_tensor(numbers, 0.1, 0, torch.qint8)
