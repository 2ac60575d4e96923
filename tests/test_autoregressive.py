"""Laws that every autoregressive model keeps, on images small enough to list them all."""

import pytest
import torch
from torch import nn

from genlib.data import every_image
from genlib.metrics import frequencies, total_variation
from genlib.models import (
    NADE,
    DiagonalBiLSTM,
    FullTable,
    GatedPixelCNN,
    Independent,
    LogisticAutoregression,
    MarkovChain,
    OrderEnsemble,
    PixelCNN,
    RasterLSTM,
    RowLSTM,
)

D = 8
EVERY_IMAGE = every_image(D)  # (256, 8)


def counted(table):
    """A table filled from random images, so that every row differs from every other."""
    return table.count(torch.bernoulli(torch.rand(200, D)), add=0.2)


def randomised(model, std=1.0):
    """A network away from zero, where mistakes cancel."""
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=std)
    return model


MODELS = {
    "Independent": lambda: counted(Independent(D)),
    "MarkovChain-1": lambda: counted(MarkovChain(D, order=1)),
    "MarkovChain-3": lambda: counted(MarkovChain(D, order=3)),
    "FullTable": lambda: counted(FullTable(D)),
    "LogisticAutoregression": lambda: randomised(LogisticAutoregression(D)),
    "NADE": lambda: randomised(NADE(D, hidden=5)),
    "RasterLSTM": lambda: randomised(RasterLSTM(2, 4, hidden=5)),
    "RowLSTM": lambda: randomised(RowLSTM(2, 4, channels=3, layers=2, kernel=3), std=0.5),
    "DiagonalBiLSTM": lambda: randomised(
        DiagonalBiLSTM(4, 2, channels=3, layers=2, kernel=3), std=0.5
    ),
    "PixelCNN": lambda: randomised(PixelCNN(2, 4, channels=3, layers=2, kernel=3)),
    "GatedPixelCNN": lambda: randomised(GatedPixelCNN(2, 4, channels=3, layers=2, kernel=3)),
}


@pytest.fixture(params=MODELS.values(), ids=MODELS)
def model(request):
    return request.param()


def test_probabilities_sum_to_one(model):
    assert model.log_prob(EVERY_IMAGE).exp().sum().item() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("j", range(D))
def test_a_flipped_pixel_leaves_its_own_and_earlier_conditionals_bit_identical(model, j):
    flipped = EVERY_IMAGE.clone()
    flipped[:, j] = 1 - flipped[:, j]
    before, after = (model.conditionals(x).log_prob(EVERY_IMAGE) for x in (EVERY_IMAGE, flipped))
    assert torch.equal(before[:, : j + 1], after[:, : j + 1])


def test_samples_come_as_often_as_their_probability_says(model):
    drawn = model.sample(20_000, generator=torch.Generator().manual_seed(0))
    expected = model.log_prob(EVERY_IMAGE).exp()
    assert total_variation(frequencies(drawn), expected) < 0.06  # 0.04 to 0.05 is sampling noise


def test_a_later_pixel_is_drawn_given_the_earlier_ones(model):
    drawn = model.sample(20_000, generator=torch.Generator().manual_seed(0))
    for i in range(1, D):
        joint = frequencies(drawn[:, i - 1 : i + 1])
        images = EVERY_IMAGE[:, i - 1 : i + 1] @ torch.tensor([2.0, 1.0])
        weights = model.log_prob(EVERY_IMAGE).exp()
        expected = torch.stack([weights[images == pair].sum() for pair in range(4)])
        assert total_variation(joint, expected) < 0.02


@pytest.mark.parametrize(
    "prefix", [torch.tensor([1.0, 0.0, 1.0]), torch.tensor([[0.0], [1.0]] * 25)]
)
def test_a_prefix_stays_as_given(model, prefix):
    drawn = model.sample(50, prefix, generator=torch.Generator().manual_seed(0))
    assert (drawn[:, : prefix.shape[-1]] == prefix).all()
    assert len(drawn.unique(dim=0)) > 2


def test_the_generator_is_the_only_source_of_noise(model):
    first = model.sample(30, generator=torch.Generator().manual_seed(3))
    torch.manual_seed(99)
    assert torch.equal(first, model.sample(30, generator=torch.Generator().manual_seed(3)))
    assert not torch.equal(first, model.sample(30, generator=torch.Generator().manual_seed(4)))


@pytest.mark.parametrize(
    "x, complaint",
    [
        (torch.zeros(3, D + 1), rf"x must be \(B, {D}\), got \(3, {D + 1}\)"),
        (torch.zeros(D), "x must be"),
        (torch.zeros(3, 2, 4), "x must be"),
        (torch.zeros(0, D), rf"x must be \(B, {D}\), got \(0, {D}\)"),
        (torch.full((3, D), 0.5), "x must hold.*got 0.5"),
        (torch.full((3, D), 2.0), "x must hold.*got 2"),
        (torch.full((3, D), -1.0), "x must hold.*got -1"),
        (torch.full((3, D), torch.nan), "x must hold.*got nan"),
        (torch.full((3, D), torch.inf), "x must hold.*got inf"),
        (torch.zeros(3, D, dtype=torch.long), "x must be floating-point numbers, got torch.int64"),
    ],
    ids=lambda value: tuple(value.shape) if isinstance(value, torch.Tensor) else "",
)
def test_an_image_that_cannot_be_is_refused_by_name(model, x, complaint):
    with pytest.raises(ValueError, match=complaint):
        model.log_prob(x)


@pytest.mark.parametrize("n", [0, -1])
def test_no_samples_are_refused(model, n):
    with pytest.raises(ValueError, match="n must be at least 1"):
        model.sample(n)


@pytest.mark.parametrize(
    "prefix",
    [
        torch.ones(D + 1),
        torch.ones(2, 3),
        torch.tensor(1.0),
        torch.full((2,), 0.5),
        torch.full((2,), torch.nan),
    ],
    ids=["long", "rows", "scalar", "grey", "nan"],
)
def test_a_prefix_that_cannot_be_is_refused_by_name(model, prefix):
    with pytest.raises(ValueError, match="prefix must"):
        model.sample(3, prefix)


# --- the mixture of orders -------------------------------------------------------------------------


def ensemble():
    torch.manual_seed(2)
    orders = torch.stack([torch.randperm(D) for _ in range(3)])
    x = torch.bernoulli(torch.rand(200, D))
    return OrderEnsemble([MarkovChain(D, order=2).count(x[:, order]) for order in orders], orders)


def test_an_ensemble_of_orders_is_the_mean_of_its_joint_probabilities():
    model = ensemble()
    joint = [
        m.log_prob(EVERY_IMAGE[:, o]).exp() for m, o in zip(model.models, model.orders, strict=True)
    ]
    torch.testing.assert_close(model.log_prob(EVERY_IMAGE).exp(), torch.stack(joint).mean(0))
    assert model.log_prob(EVERY_IMAGE).exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_an_ensemble_draws_as_often_as_its_probability_says():
    model = ensemble()
    drawn = model.sample(20_000, generator=torch.Generator().manual_seed(0))
    assert total_variation(frequencies(drawn), model.log_prob(EVERY_IMAGE).exp()) < 0.06
    some = frequencies(drawn[:5000])  # the models are mixed: any part is like the whole
    assert total_variation(some, model.log_prob(EVERY_IMAGE).exp()) < 0.12


@pytest.mark.parametrize("integer", [torch.uint8, torch.int8, torch.int16, torch.int32], ids=str)
def test_orders_and_prefixes_are_whole_numbers_of_any_type(integer):
    model = ensemble()
    again = OrderEnsemble(list(model.models), model.orders.to(integer))
    assert torch.equal(again.log_prob(EVERY_IMAGE), model.log_prob(EVERY_IMAGE))
    assert torch.equal(
        OrderEnsemble(list(model.models), model.orders.tolist()).orders, model.orders
    )
    drawn = model.models[0].sample(5, torch.tensor([1, 0, 1], dtype=integer))
    assert drawn[:, :3].tolist() == [[1, 0, 1]] * 5


@pytest.mark.parametrize("n", [0, -1])
def test_an_ensemble_refuses_to_draw_nothing(n):
    with pytest.raises(ValueError, match="n must be at least 1"):
        ensemble().sample(n)


@pytest.mark.parametrize(
    "orders",
    [
        torch.zeros(1, D, dtype=torch.long),
        torch.arange(D),
        torch.arange(4)[None],
        torch.arange(8.0)[None],
        torch.tensor(3),
    ],
)
def test_orders_that_are_no_permutations_are_refused_by_name(orders):
    with pytest.raises(ValueError, match="orders must be|models must be"):
        OrderEnsemble([Independent(D)], orders)
