"""Numbers from tensors."""

import math

import pytest
import torch

from genlib.data import every_image
from genlib.metrics import (
    bits_per_dim,
    frequencies,
    mean_and_error,
    nearest_neighbours,
    total_variation,
)


def test_a_fair_coin_a_pixel_is_one_bit_a_pixel():
    assert bits_per_dim(64 * math.log(2), 64) == pytest.approx(1)
    assert bits_per_dim(8 * math.log(256), 8) == pytest.approx(8)


def test_the_standard_error_shrinks_with_the_root_of_the_number():
    mean, error = mean_and_error(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assert mean == 2.5 and error == pytest.approx(math.sqrt(5 / 3) / 2)
    many = torch.randn(10_000)
    assert mean_and_error(many)[1] == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize("levels", [2, 3])
def test_the_frequency_of_every_image_listed_once_is_one_in_their_number(levels):
    every = every_image(3, levels)
    torch.testing.assert_close(frequencies(every, levels), torch.full((levels**3,), levels**-3.0))
    assert frequencies(every[[5, 5, 7, 5]], levels)[[5, 7]].tolist() == [0.75, 0.25]


def test_total_variation_is_zero_for_equal_and_one_for_disjoint():
    p, q = torch.tensor([0.5, 0.5, 0.0, 0.0]), torch.tensor([0.0, 0.0, 0.25, 0.75])
    assert total_variation(p, p) == 0 and total_variation(p, q) == 1
    assert total_variation(p, torch.full((4,), 0.25)) == 0.5


def test_the_nearest_neighbour_of_a_row_is_itself():
    x = torch.randn(20, 5)
    assert torch.equal(nearest_neighbours(x[[3, 7]], x), torch.tensor([3, 7]))


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: bits_per_dim(1.0, 0), "num_pixels must be at least 1"),
        (lambda: mean_and_error(torch.ones(1)), "values must be"),
        (lambda: mean_and_error(torch.ones(2, 2)), "values must be"),
        (lambda: frequencies(torch.zeros(0, 3)), "x must be"),
        (lambda: frequencies(torch.full((2, 3), 0.4)), "x must hold 2 levels"),
        (lambda: frequencies(torch.full((2, 3), 3.0)), "x must hold 2 levels"),
        (lambda: frequencies(torch.full((2, 3), torch.nan)), "x must hold 2 levels"),
        (lambda: total_variation(torch.tensor([1.5, -0.5]), torch.ones(2) / 2), "p must be"),
        (
            lambda: nearest_neighbours(torch.full((1, 2), torch.nan), torch.zeros(2, 2)),
            "x must hold",
        ),
        (lambda: total_variation(torch.ones(2), torch.ones(2) / 2), "p must be"),
        (lambda: total_variation(torch.ones(2) / 2, torch.ones(3) / 3), "q must be"),
        (lambda: total_variation(torch.ones(2) / 2, torch.full((2,), torch.nan)), "q must be"),
        (lambda: nearest_neighbours(torch.zeros(2, 3), torch.zeros(2, 4)), r"\(2, 3\), \(2, 4\)"),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
