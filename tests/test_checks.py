"""What a check lets through, and that its refusal names the argument, what was expected and what came."""

import numpy as np
import pytest
import torch

from genlib import checks

NAN = float("nan")


def test_what_fits_comes_back_itself():
    x = torch.rand(3, 4)
    assert checks.real("x", x, "N D") is x
    assert checks.real("x", x, "N D", D=4, low=0, high=1) is x
    assert checks.real("x", torch.zeros(2, 3, 4), "... D", D=4).shape == (2, 3, 4)
    assert checks.real("x", torch.zeros(3, 0), "N K", K=0).shape == (3, 0)


@pytest.mark.parametrize(
    "x, said",
    [
        (torch.zeros(3, 5), r"x must be \(N, 4\), got \(3, 5\)"),
        (torch.zeros(4), r"x must be \(N, 4\), got \(4,\)"),
        (torch.zeros(0, 4), r"x must be \(N, 4\), got \(0, 4\)"),
        (torch.full((2, 4), 2.0), r"x must lie in \[0, 1\], got 2 to 2"),
        (torch.full((2, 4), -0.5), r"x must lie in \[0, 1\], got -0.5 to -0.5"),
        (torch.full((2, 4), NAN), r"x must lie in \[0, 1\], got nan to nan"),
        (torch.zeros(2, 4, dtype=torch.long), "x must be floating-point numbers, got torch.int64"),
        (torch.zeros(2, 4, dtype=torch.complex64), "x must be floating-point numbers"),
        (torch.zeros(2, 4).to_sparse(), "x must be a dense tensor with values"),
        (torch.zeros(2, 4, device="meta"), "x must be a dense tensor with values, got a meta one"),
        (np.zeros((2, 4)), "x must be a tensor, got ndarray"),
        (None, "x must be a tensor, got NoneType"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(x, said):
    with pytest.raises(ValueError, match=said):
        checks.real("x", x, "N D", D=4, low=0, high=1)


def test_without_limits_numbers_need_only_be_finite():
    assert checks.real("x", torch.tensor([-9.0, 9.0]), "N").shape == (2,)
    for odd in (NAN, float("inf")):
        with pytest.raises(ValueError, match="x must hold finite numbers"):
            checks.real("x", torch.tensor([odd]), "N")


def test_nan_passes_where_it_may_and_what_is_outside_never_does():
    assert checks.real("x", torch.tensor([NAN, 1.0]), "N", low=0, high=1, finite=False)[0].isnan()
    with pytest.raises(ValueError, match=r"x must lie in \[0, 1\]"):
        checks.real("x", torch.tensor([NAN, 2.0]), "N", low=0, high=1, finite=False)


TYPES = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.uint16, torch.uint32)


@pytest.mark.parametrize("x", [torch.tensor([0, 3, 25]).to(t) for t in TYPES], ids=str)
def test_whole_numbers_of_every_type_become_the_same(x):
    assert torch.equal(checks.whole("y", x, "N", below=26), torch.tensor([0, 3, 25]))


@pytest.mark.parametrize("kind", ["u1", "i1", "<i2", ">i4", ">u4", "u8"])
def test_whole_numbers_of_numpy_and_lists_too(kind):
    came = np.array([25, 3, 0], kind)[::-1]
    for values in (came, came.tolist(), list(came)):
        assert torch.equal(checks.whole("y", values, "N", below=26), torch.tensor([0, 3, 25]))


@pytest.mark.parametrize(
    "y, said",
    [
        (torch.tensor([0, 26]), "y must be 0, ..., 25, got 0 to 26"),
        (torch.tensor([-1]).to(torch.int8), "y must be 0, ..., 25, got -1 to -1"),
        (torch.tensor([0.0]), "y must be whole numbers, got torch.float32"),
        (np.array([0.5]), "y must be whole numbers, got torch.float64"),
        ([[1], [2, 3]], "y must be whole numbers, got list"),
        ("12", "y must be whole numbers, got str"),
        (None, "y must be whole numbers, got NoneType"),
        (torch.tensor(3), r"y must be \(N,\), got \(\)"),
    ],
)
def test_what_are_no_such_whole_numbers_is_refused_by_name(y, said):
    with pytest.raises(ValueError, match=said):
        checks.whole("y", y, "N", below=26)


@pytest.mark.parametrize(
    "size, said",
    [
        (0, "at least 1, got 0"),
        (10**400, "at most"),
        (2.0, "a whole number, got 2.0"),
        (True, "a whole number, got True"),
        ("2", "a whole number, got str"),
    ],
)
def test_a_size_is_a_whole_number_from_its_lowest(size, said):
    checks.at_least(1, n=1, k=np.int64(2))
    with pytest.raises(ValueError, match=f"n must be {said}"):
        checks.at_least(1, k=3, n=size)


def test_a_size_may_have_a_highest():
    checks.at_least(1, most=9, n=9)
    with pytest.raises(ValueError, match="n must be at most 9, got more"):
        checks.at_least(1, most=9, n=10)


def test_numbers_of_every_kind_become_doubles():
    right = torch.tensor([0.0, 0.5, 2.0], dtype=torch.float64)
    for x in (right.half(), right.numpy(), right.tolist(), np.array([0, 0.5, 2], ">f4")):
        assert torch.equal(checks.numbers("x", x, "N"), right)
    assert torch.equal(checks.numbers("x", [True, False], "N"), right.new_tensor([1, 0]))
    for x in ("0", ["0", "1"], [0, None], [[0], [1, 2]], [1j], {}, right.to(torch.complex64)):
        with pytest.raises(ValueError, match="x must be"):
            checks.numbers("x", x, "N")
    with pytest.raises(ValueError, match=r"x must lie in \[0, 1\], got 0 to 2"):
        checks.numbers("x", right.tolist(), "N", low=0, high=1)


def test_tensors_that_do_not_fit_are_named_together():
    checks.same_size(0, a=torch.zeros(3, 1), b=torch.zeros(3))
    said = r"a and b must have the same size in axis 0, got \(3, 1\), \(2,\)"
    with pytest.raises(ValueError, match=said):
        checks.same_size(0, a=torch.zeros(3, 1), b=torch.zeros(2))


@pytest.mark.parametrize("value", [0, -1.0, 1.0, NAN, 10**400, "a", None, torch.zeros(2)])
def test_a_number_keeps_its_limits(value):
    checks.number("rate", 0.5, above=0, below=1)
    with pytest.raises(ValueError, match="rate must be"):
        checks.number("rate", value, above=0, below=1)


def test_limits_that_are_allowed_are_allowed():
    checks.number("rate", 0, low=0, high=1)
    checks.number("rate", np.float32(1), low=0, high=1)
    with pytest.raises(ValueError, match="rate must be at least 0 and at most 1, got 1.5"):
        checks.number("rate", 1.5, low=0, high=1)


def test_wrong_kinds_are_named():
    checks.noise(None)
    checks.noise(torch.Generator())
    checks.function("score", len)
    with pytest.raises(ValueError, match="generator must be a torch.Generator or None, got 3"):
        checks.noise(3)
    with pytest.raises(ValueError, match="score must be a function, got 3"):
        checks.function("score", 3)
    with pytest.raises(ValueError, match="module must be Linear, got NoneType"):
        checks.kind("module", None, torch.nn.Linear)
