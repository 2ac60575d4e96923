"""The numbers that an answer consists of, or in plain words what came instead."""

import math
from collections.abc import Iterator
from types import GeneratorType
from typing import Any

import torch
from torch import Tensor

MOST = 10_000  # numbers: no answer needs more, and a huge one must not fill the memory
DEEPEST = 8  # lists within lists
KINDS = {
    type(None): "None",
    str: "a text",
    bytes: "a text",
    complex: "a complex number",
    dict: "a dict",
    bool: "True or False",
    int: "a number",
    float: "a number",
    list: "a list",
    tuple: "a tuple",
    Tensor: "a tensor",
    GeneratorType: "a generator, which list(...) would turn into a list",
}


class WrongForm(ValueError):
    """What is wrong with the form of an answer, in words; its mathematics was not looked at."""


def kind(value: Any) -> str:
    """What a value is, in plain words."""
    if callable(value):
        return "a function"
    known = (KINDS[cls] for cls in KINDS if issubclass(type(value), cls))
    return next(known, f"an object of type {type(value).__name__[:40]}")


def read(value: Any) -> Tensor:
    """The numbers of an answer in a plain float64 tensor; WrongForm says what it is if it has none."""
    try:
        numbers = as_numbers(value)
        return torch.tensor(numbers.tolist(), dtype=torch.float64).view(tuple(numbers.shape))
    except (WrongForm, KeyboardInterrupt):
        raise
    except BaseException as error:  # an object that is asked for its numbers may do anything
        raise WrongForm(f"{kind(value)} that cannot be read") from error


def as_numbers(value: Any) -> Tensor:
    """The answer as one float64 tensor, rows stacked, gradients kept."""
    return _as_numbers(value, iter(range(MOST)), DEEPEST)


def _as_numbers(value: Any, left: Iterator[int], depth: int) -> Tensor:
    if next(left, None) is None:
        raise WrongForm(f"more than {MOST:,} numbers")
    if isinstance(value, Tensor):
        return _dense(value)
    if isinstance(value, (list, tuple, range)):
        return _stacked(value, left, depth)
    if isinstance(value, (str, bytes, complex)):
        raise WrongForm(kind(value))
    if hasattr(value, "__array__"):  # of numpy or pandas
        array = value.__array__()
        _check_size("an array", array.shape)
        return _as_numbers(array.tolist(), left, depth)
    if hasattr(value, "__float__"):
        return torch.tensor(float(value), dtype=torch.float64)
    raise WrongForm(kind(value))


def _stacked(rows: list | tuple | range, left: Iterator[int], depth: int) -> Tensor:
    if depth == 0:
        raise WrongForm("lists within lists, too deep to read")
    tensors = [_as_numbers(row, left, depth - 1) for row in rows]
    if len({tensor.shape for tensor in tensors}) > 1:
        raise WrongForm(f"{kind(rows)} whose rows differ in length")
    return torch.stack(tensors) if tensors else torch.empty(0, dtype=torch.float64)


def _dense(tensor: Tensor) -> Tensor:
    if tensor.is_meta:
        raise WrongForm("a tensor without numbers, on the device meta")
    if tensor.is_complex():
        raise WrongForm("a tensor of complex numbers")
    if tensor.is_nested:
        raise WrongForm("a tensor whose rows differ in length")
    _check_size("a tensor", tensor.shape)
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    return tensor.to("cpu", torch.float64)


def _check_size(what: str, shape: tuple[int, ...]) -> None:
    if math.prod(shape) > MOST:
        raise WrongForm(f"{what} of {math.prod(shape):,} numbers")
