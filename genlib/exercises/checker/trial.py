"""A student's function is tried here; whatever it does to the whole program is put back."""

import copy
import random
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

STATES = (
    (random.getstate, random.setstate),
    (torch.get_rng_state, torch.set_rng_state),
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_num_threads, torch.set_num_threads),
)


class Stopped(str):
    """How a function stopped, in at most 120 letters."""


@contextmanager
def untouched() -> Iterator[None]:
    """Begin at seed 0, with gradients, on the CPU; put back what was changed for everyone."""
    states = STATES
    if numpy := sys.modules.get("numpy"):  # who changes numpy's state has imported it
        states += ((numpy.random.get_state, numpy.random.set_state),)
    kept, device = [get() for get, _ in states], torch.get_default_device()
    try:
        _use(torch.device("cpu"))
        with warnings.catch_warnings(), torch.inference_mode(False), torch.enable_grad():
            torch.default_generator.manual_seed(0)
            yield
    finally:
        for (_, put), state in zip(states, kept, strict=True):
            put(state)
        _use(device)


def _use(device: torch.device) -> None:
    """Make new tensors on this device; where they already are, leave torch as it is."""
    if torch.get_default_device() != device:
        torch.set_default_device(device)


def run(function: Callable, values: tuple) -> Any:
    """What the function gives for copies of the values, or how it Stopped."""
    with untouched():
        try:
            return function(*copy.deepcopy(values))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - exit() must not end the notebook either
            said = " ".join("".join(traceback.format_exception_only(error)).split())
            return Stopped(said if len(said) <= 120 else said[:117] + "...")
