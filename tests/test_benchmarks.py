"""What the benchmarks say of seeds and of pairs of models."""

import importlib
from pathlib import Path

import pytest
import torch

from genlib.metrics import mean_and_error


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
    return importlib.import_module


def test_seeds_are_told_with_their_spread_and_images_with_their_error(benchmark):
    each = torch.tensor([[1.0, 5.0, 3.0], [2.0, 6.0, 7.0]])  # two seeds, three images
    found = benchmark("parts").over_seeds(each)
    mean, error = mean_and_error(torch.tensor([1.5, 5.5, 5.0]))
    assert (found["test"], found["error"]) == pytest.approx((mean, error))
    assert found["seeds"] == pytest.approx([3.0, 5.0]) and found["each"] == [1.5, 5.5, 5.0]
    assert found["spread"] == pytest.approx(2**0.5)
    assert benchmark("parts").over_seeds(each[:1])["spread"] == 0


def test_models_that_differ_by_the_same_on_each_digit_differ_without_error(benchmark):
    paired = benchmark("paired")
    hard = torch.randn(300) * 4 + 16
    one, other = paired.Model(hard + 0.5, 0.03), paired.Model(hard, 0.04)
    found = paired.compared(one, other)
    assert found["difference"] == pytest.approx(0.5, abs=1e-5) and found["error"] < 1e-5
    assert found["seeds_error"] == pytest.approx(0.05)


def test_the_differences_that_are_kept_are_those_of_the_nats_that_are_kept(benchmark):
    paired = benchmark("paired")
    models = paired.models()
    for rows in paired.kept("paired").values():
        for row in rows:
            found = paired.compared(models[row["model"]], models[row["less"]])
            assert row | found == pytest.approx(row, abs=1e-3)
            assert row["error"] < mean_and_error(models[row["less"]].nats)[1]
