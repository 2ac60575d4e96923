"""What the charts are given, checked."""

from collections.abc import Mapping

from torch import Tensor

from genlib import checks


def over(x: list | Tensor, named: Mapping[str, list | Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    """x and what is drawn over it by name, (N,) each."""
    x = checks.numbers("x", x, "N").detach()
    check_named("named", named)
    drawn = {}
    for name, y in named.items():
        what = f"named[{name!r}]"
        drawn[name] = checks.numbers(what, y, "N").detach()
        checks.same_size(0, x=x, **{what: drawn[name]})
    return x, drawn


def values_of(what: str, named: Mapping[str, float], least: int = 1) -> dict[str, float]:
    """One number per name, checked."""
    check_named(what, named, least)
    return {n: checks.numbers(f"{what}[{n!r}]", x, "").item() for n, x in named.items()}


def check_named(what: str, named: Mapping[str, object], least: int = 1) -> None:
    """Raise a ValueError unless named is a mapping with at least so many names."""
    checks.kind(what, named, Mapping)
    if len(named) < least:
        raise ValueError(f"{what} must hold a name, got none")
    for name in named:
        checks.kind(f"a name in {what}", name, str, int, float, said="a text or a number")


def check_texts(**texts: str) -> None:
    """Raise a ValueError that names what is no text."""
    for name, text in texts.items():
        checks.kind(name, text, str)
