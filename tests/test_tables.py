"""Conditional tables against their definition, and their parameters against the closed forms."""

import numpy as np
import pytest
import torch

from genlib.data import every_image
from genlib.models import FullTable, Independent, MarkovChain, count_parameters


@pytest.mark.parametrize("levels", [2, 3, 5])
def test_probabilities_sum_to_one_for_more_than_two_levels(levels):
    every = every_image(4, levels)
    train = every[torch.randint(len(every), (60,))]
    for table in (Independent(4, levels), MarkovChain(4, 2, levels), FullTable(4, levels)):
        assert table.count(train, add=0.3).log_prob(every).exp().sum().item() == pytest.approx(
            1, abs=1e-5
        )


@pytest.mark.parametrize("levels, order", [(2, 0), (2, 1), (2, 3), (3, 2), (4, 1)])
def test_meets_the_definition(levels, order):
    n, add = 6, 0.7
    x = torch.randint(levels, (40, n)) / (levels - 1)
    probs = MarkovChain(n, order, levels).count(x, add).conditionals(x).probs
    for b in range(len(x)):
        for i in range(n):
            same_past = (x[:, max(0, i - order) : i] == x[b, max(0, i - order) : i]).all(1)
            for level in range(levels):
                hits = (same_past & (x[:, i] == x.new_tensor(level / (levels - 1)))).sum()
                expected = (hits + add) / (same_past.sum() + levels * add)
                assert probs[b, i, level].item() == pytest.approx(expected.item(), abs=1e-6)


def test_a_full_table_of_many_samples_is_their_frequency():
    x = every_image(4)[torch.randint(16, (500,))]
    share = torch.bincount((x @ torch.tensor([8.0, 4.0, 2.0, 1.0])).long(), minlength=16) / 500
    torch.testing.assert_close(FullTable(4).count(x, add=0).log_prob(every_image(4)).exp(), share)


def test_what_was_never_seen_is_impossible_without_smoothing_and_possible_with_it():
    x, unseen = torch.tensor([[0.0, 0.0], [1.0, 1.0]]), torch.tensor([[0.0, 1.0]])
    assert FullTable(2).count(x, add=0).log_prob(unseen).item() == -torch.inf
    never = FullTable(3).count(torch.zeros(4, 3), add=0).conditionals(torch.ones(1, 3))
    assert never.probs[0, 1:].tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert FullTable(2).count(x, add=0.5).log_prob(unseen).exp().item() == pytest.approx(0.5 * 0.25)


def test_a_markov_chain_of_the_highest_order_is_the_full_table():
    x = torch.bernoulli(torch.rand(50, 5))
    full, chain = FullTable(5).count(x), MarkovChain(5, order=4).count(x)
    assert torch.equal(full.log_prob(every_image(5)), chain.log_prob(every_image(5)))


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("m", [2, 3])
def test_the_numbers_in_a_table_are_as_many_as_the_closed_form_says(n, m):
    assert Independent(n, m).num_parameters == n * (m - 1) == count_parameters(n, 0, m)
    assert FullTable(n, m).num_parameters == m**n - 1 == count_parameters(n, n - 1, m)
    for k in range(n):
        by_hand = sum((m - 1) * m ** min(k, i) for i in range(n))
        assert MarkovChain(n, k, m).num_parameters == by_hand == count_parameters(n, k, m)


def test_the_counts_of_the_lecture():
    assert count_parameters(1, 0, 256**3) == 16_777_215
    assert count_parameters(784, 1) == 2 * 784 - 1
    assert len(str(count_parameters(784, 783))) == 237


@pytest.mark.parametrize(
    "make, complaint",
    [
        (lambda: FullTable(21), r"at most 20 .* got 21: .*2\^21 - 1 numbers, about 10\^6"),
        (lambda: FullTable(9, levels=17), r"17\^9"),
        (lambda: FullTable(100_000, levels=256), r"about 10\^240824"),
        (lambda: MarkovChain(64, order=64), "order must be from 0 to 63, got 64"),
        (lambda: MarkovChain(64, order=-1), "order must be"),
        (lambda: MarkovChain(784, order=40), "got order 40"),
        (lambda: Independent(0), "num_pixels must be at least 1, got 0"),
        (lambda: Independent(4, levels=1), "levels must be at least 2, got 1"),
        (lambda: MarkovChain(3, order=1.5), "order must be a whole number.*1.5"),
        (lambda: MarkovChain(0, order=0), "num_pixels must be at least 1, got 0"),
        (lambda: MarkovChain(3, order=1, levels=1), "levels must be at least 2, got 1"),
        (lambda: count_parameters(4, 4), "order must be"),
    ],
)
def test_a_table_that_cannot_be_is_refused_by_name(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


def test_a_count_of_parameters_never_wraps_round():
    for kind in (np.int64, np.uint8):
        found = count_parameters(kind(100), kind(99), kind(17))
        assert found == 17**100 - 1
    with pytest.raises(ValueError, match="order must leave the tables"):
        MarkovChain(2**30, order=2**29)  # not a second, and no number of 2^29 digits


@pytest.mark.parametrize(
    "x, add, complaint",
    [
        (torch.zeros(5, 3), -1.0, "add must be at least 0, got -1"),
        (torch.zeros(5, 3), torch.nan, "add must be finite and at least 0, got nan"),
        (torch.zeros(5, 3), torch.inf, "add must be finite and at least 0, got inf"),
        (torch.zeros(5, 4), 1.0, "x must be"),
        (torch.zeros(0, 3), 1.0, r"x must be \(B, 3\), got \(0, 3\)"),
        (torch.full((5, 3), 0.5), 1.0, "x must hold"),
        (torch.full((5, 3), torch.nan), 1.0, "x must hold.*nan"),
        (torch.full((5, 3), 7.0), 1.0, "x must hold.*7"),
    ],
)
def test_counting_refuses_by_name_and_loses_nothing(x, add, complaint):
    table = MarkovChain(3, order=1).count(torch.eye(3))
    before = table.log_probs.clone()
    with pytest.raises(ValueError, match=complaint):
        table.count(x, add)
    assert torch.equal(before, table.log_probs)
