"""Typical wrong answers that go wrong in several ways at once."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product


def mistakes(build: Callable, *choices: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Every way to go wrong in one or two choices: (a hint that names them, `build` of what was chosen).

    A choice is {what is wrong: how it is done}, and "" is the right one.
    """
    for chosen in product(*(choice.items() for choice in choices)):
        named = [words for words, _ in chosen if words]
        start = {1: "Nearly: ", 2: "Two things: "}.get(len(named))
        if start:
            yield f"{start}{'; '.join(named)}.", build(*(how for _, how in chosen))
