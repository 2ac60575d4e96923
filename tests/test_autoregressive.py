"""Laws that every autoregressive model keeps, on images small enough to list them all."""

from typing import NamedTuple

import pytest
import torch
from small import randomised, seeded
from torch import nn
from torch.distributions import Categorical
from torch.nn.functional import pad

from genlib import checks
from genlib.data import every_image
from genlib.metrics import frequencies, total_variation
from genlib.models import (
    NADE,
    RNADE,
    Autoregressive,
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
from genlib.models.transformer import TokenTransformer
from genlib.training import Player, fit

D = 8
EVERY_IMAGE = every_image(D)  # (256, 8)


def counted(table):
    """A table filled from random images, so that every row differs from every other."""
    return table.count(torch.bernoulli(torch.rand(200, D)), add=0.2)


MODELS = {
    "Independent": lambda: counted(Independent(D)),
    "MarkovChain-1": lambda: counted(MarkovChain(D, order=1)),
    "MarkovChain-3": lambda: counted(MarkovChain(D, order=3)),
    "FullTable": lambda: counted(FullTable(D)),
    "LogisticAutoregression": lambda: randomised(LogisticAutoregression(D)),
    "NADE": lambda: randomised(NADE(D, hidden=5)),
    "RasterLSTM": lambda: randomised(RasterLSTM(2, 4, hidden=5)),
    "RowLSTM": lambda: randomised(RowLSTM(2, 4, features=3, layers=2, kernel=3), std=0.5),
    "DiagonalBiLSTM": lambda: randomised(
        DiagonalBiLSTM(4, 2, features=3, layers=2, kernel=3), std=0.5
    ),
    "PixelCNN": lambda: randomised(PixelCNN(2, 4, features=3, layers=2, kernel=3)),
    "GatedPixelCNN": lambda: randomised(GatedPixelCNN(2, 4, features=3, layers=2, kernel=3)),
}


@pytest.fixture(params=MODELS.values(), ids=MODELS)
def model(request):
    return request.param()


class Caption(Autoregressive):
    """Tokens 0, ..., m - 1, each given those before it and, where there is one, a text of two words."""

    def __init__(self, num_tokens=5, vocabulary=3, words=5, hidden=6):
        super().__init__(num_tokens, vocabulary)
        self.token = nn.Embedding(vocabulary, hidden)
        self.word = nn.Embedding(words, hidden)
        self.place = nn.Parameter(torch.zeros(num_tokens, hidden))
        self.out = nn.Linear(hidden, vocabulary)

    def conditionals(self, x, condition=None):
        self.check_shape(x)
        earlier = pad(self.token(x)[:, :-1], (0, 0, 1, 0))  # token i's row holds token i - 1
        before = earlier.cumsum(1) + self.place
        if condition is not None:
            before = before + self.word(condition).sum(1, keepdim=True)
        return Categorical(logits=self.out(before.tanh()))

    def check_condition(self, condition, n):
        checks.whole("condition", condition, "n T", n=n, T=2, below=len(self.word.weight))


TEXT = torch.tensor([[3, 1]])


class World(NamedTuple):
    """A model, all that it can draw, how many values a pixel has, and what it is conditioned on."""

    model: Autoregressive
    every: torch.Tensor
    levels: int = 2
    condition: torch.Tensor | None = None

    def given(self, n):
        return {} if self.condition is None else {"condition": self.condition.expand(n, -1)}

    def log_prob(self, x):
        return self.model.log_prob(x, **self.given(len(x)))

    def conditionals(self, x):
        return self.model.conditionals(x, **self.given(len(x)))

    def sample(self, n, prefix=None, seed=0):
        return self.model.sample(n, prefix, seeded(seed), **self.given(n))

    def frequencies(self, x):
        return frequencies(
            x.float() / (self.levels - 1 if self.model.vocabulary else 1), self.levels
        )


EVERY_CAPTION = (every_image(5, levels=3) * 2).long()
WORLDS = {name: lambda make=make: World(make(), EVERY_IMAGE) for name, make in MODELS.items()} | {
    "tokens": lambda: World(randomised(Caption()), EVERY_CAPTION, 3),
    "TokenTransformer": lambda: World(
        randomised(TokenTransformer([(5, 3)], width=8, layers=2, heads=2)), EVERY_CAPTION, 3
    ),
    "tokens given a text": lambda: World(randomised(Caption()), EVERY_CAPTION, 3, TEXT),
}


@pytest.fixture(params=WORLDS.values(), ids=WORLDS)
def world(request):
    return request.param()


GREY, RGB = {"levels": 17}, {"levels": 5, "colours": 3}
WIDE = {"features": 12, "layers": 2, "kernel": 3}
LARGER = {  # greys, colours and other shapes: too many images to list them
    "RNADE": lambda: RNADE(D, hidden=5, components=3),
    "PixelCNN, wide kernel": lambda: PixelCNN(4, 5, features=12, layers=1, kernel=7),
    "PixelCNN, grey": lambda: PixelCNN(4, 5, features=12, layers=2, kernel=5, **GREY),
    "PixelCNN, RGB": lambda: PixelCNN(3, 2, **WIDE, **RGB),
    "GatedPixelCNN, grey": lambda: GatedPixelCNN(3, 4, **WIDE, **GREY),
    "RasterLSTM, grey": lambda: RasterLSTM(4, 2, hidden=12, **GREY),
    "RasterLSTM, one row": lambda: RasterLSTM(1, 6, hidden=5),
    "RasterLSTM, one column": lambda: RasterLSTM(6, 1, hidden=5),
    "RowLSTM, grey": lambda: RowLSTM(4, 2, **WIDE, **GREY),
    "RowLSTM, RGB": lambda: RowLSTM(3, 2, **WIDE, **RGB),
    "RowLSTM, one row": lambda: RowLSTM(1, 6, **WIDE),
    "RowLSTM, one column": lambda: RowLSTM(6, 1, **WIDE),
    "DiagonalBiLSTM, grey": lambda: DiagonalBiLSTM(4, 2, **WIDE, **GREY),
    "DiagonalBiLSTM, RGB": lambda: DiagonalBiLSTM(3, 2, **WIDE, **RGB),
    "DiagonalBiLSTM, one row": lambda: DiagonalBiLSTM(1, 6, **WIDE),
    "DiagonalBiLSTM, one column": lambda: DiagonalBiLSTM(6, 1, **WIDE),
}
FRESH = WORLDS | {name: lambda make=make: World(make(), None) for name, make in LARGER.items()}
ANY = WORLDS | {
    name: lambda make=make: World(randomised(make(), std=0.5), None)
    for name, make in LARGER.items()
}
IDLE = {"tokens", "RowLSTM, one row"}  # no text to read, no row above


def each(worlds):
    return pytest.mark.parametrize("make", worlds.values(), ids=worlds)


def test_probabilities_sum_to_one(world):
    assert world.log_prob(world.every).exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_a_changed_pixel_leaves_its_own_and_earlier_conditionals_bit_identical(world):
    for j in range(world.model.num_pixels):
        changed = world.every.clone()
        changed[:, j] = (world.every[:, j] + 1) % (world.levels if world.model.vocabulary else 2)
        before, after = (
            world.conditionals(x).log_prob(world.every) for x in (world.every, changed)
        )
        assert torch.equal(before[:, : j + 1], after[:, : j + 1]), j


def test_samples_come_as_often_as_their_probability_says(world):
    found, expected = world.frequencies(world.sample(20_000)), world.log_prob(world.every).exp()
    assert total_variation(found, expected) < 0.06  # 0.04 to 0.05 is sampling noise


def test_a_later_pixel_is_drawn_given_the_earlier_ones(world):
    drawn, weights, m = world.sample(20_000), world.log_prob(world.every).exp(), world.levels
    scale = 1 if world.model.vocabulary else m - 1
    for i in range(1, world.model.num_pixels):
        joint = world.frequencies(drawn[:, i - 1 : i + 1])
        pairs = (scale * world.every[:, i - 1 : i + 1]).long() @ torch.tensor([m, 1])
        expected = torch.stack([weights[pairs == pair].sum() for pair in range(m**2)])
        assert total_variation(joint, expected) < 0.02


@pytest.mark.parametrize("prefix", [[1, 0, 1], [[0], [1]] * 25], ids=["one for all", "one each"])
def test_a_prefix_stays_as_given(world, prefix):
    prefix = torch.tensor(prefix, dtype=world.every.dtype)
    drawn = world.sample(50, prefix)
    assert (drawn[:, : prefix.shape[-1]] == prefix).all()
    assert len(drawn.unique(dim=0)) > 2


def test_the_generator_is_the_only_source_of_noise(world):
    first = world.sample(30, seed=3)
    torch.manual_seed(99)
    assert torch.equal(first, world.sample(30, seed=3))
    assert not torch.equal(first, world.sample(30, seed=4))


@each({name: make for name, make in ANY.items() if name not in IDLE})
def test_every_parameter_gets_a_gradient(make):
    world = make()
    parameters = dict(world.model.named_parameters())
    if parameters:
        (-world.log_prob(world.sample(50)).mean()).backward()
    assert not [name for name, p in parameters.items() if p.grad is None or not p.grad.any()]


@each(ANY)
def test_the_weights_in_another_model_give_bit_identical_log_probabilities(make):
    world, other = make(), make()
    x = world.sample(50)
    assert not torch.equal(other.log_prob(x), world.log_prob(x))
    other.model.load_state_dict(world.model.state_dict())
    assert torch.equal(other.log_prob(x), world.log_prob(x))


@each(ANY)
def test_training_and_evaluation_give_the_same_log_probabilities(make):
    world = make()
    x = world.sample(50)
    training = world.model.train() and world.log_prob(x)
    assert torch.equal(world.model.eval() and world.log_prob(x), training)


@each(ANY)
def test_a_model_shows_its_name(make):
    model = make().model
    assert repr(model).startswith(f"{type(model).__name__}(")


@pytest.mark.parametrize("known", [None, "three", "one each", "all"])
@each(ANY)
def test_the_fast_sampler_draws_what_the_plain_one_draws(make, known):
    world = make()
    model = world.model.double()
    own = world.sample(40, seed=3)
    prefix = {None: None, "three": own[0, :3], "one each": own[:, :1], "all": own[0]}[known]
    slow, fast = seeded(5), seeded(5)
    expected = Autoregressive.sample(model, 40, prefix, slow, **world.given(40))
    drawn = model.sample(40, prefix, fast, **world.given(40))
    torch.testing.assert_close(drawn, expected, atol=1e-9, rtol=0)
    assert torch.equal(slow.get_state(), fast.get_state())


@each(FRESH)
def test_a_single_image_can_be_learnt_by_heart(make):
    world = make()
    model, x = world.model, world.sample(1)
    before = world.log_prob(x).item()
    if weights := list(model.parameters()):
        loss = lambda x: -world.log_prob(x).mean()
        player = Player(model, loss, torch.optim.Adam(weights, lr=0.05))
        fit({"model": player}, iter([(x,)] * 80), steps=80)
    else:
        model.count(x, add=0)
    after = world.log_prob(x).item()
    assert after > before and after > -0.1


def test_an_image_depends_on_its_own_condition_alone():
    model, x = randomised(Caption()), EVERY_CAPTION[[5, 17, 201]]
    texts = torch.tensor([[0, 1], [2, 2], [4, 3]])
    each = torch.cat([model.log_prob(x[[i]], texts[[i]]) for i in range(3)])
    torch.testing.assert_close(model.log_prob(x, texts), each)
    other = texts.clone()
    other[1] = torch.tensor([0, 4])
    same = model.log_prob(x, other) == model.log_prob(x, texts)
    assert same.tolist() == [True, False, True]
    drawn = model.sample(600, condition=texts.repeat(200, 1))
    for i in range(3):  # each text has its own share of every caption
        found = frequencies(drawn[i::3].float() / 2, 3)
        expected = model.log_prob(EVERY_CAPTION, texts[[i]].expand(243, -1)).exp()
        assert total_variation(found, expected) < 0.35


@pytest.mark.parametrize(
    "condition", [torch.zeros(2, 2).long(), torch.tensor([[0, 9]] * 3), torch.zeros(3, 2)], ids=str
)
def test_a_condition_that_cannot_be_is_refused_by_name(condition):
    with pytest.raises(ValueError, match="condition must be"):
        Caption().log_prob(EVERY_CAPTION[:3], condition)


def test_a_model_that_takes_no_condition_says_so(model):
    with pytest.raises(ValueError, match=f"condition must be None, {type(model).__name__} takes"):
        model.log_prob(EVERY_IMAGE, torch.zeros(len(EVERY_IMAGE), 2))


@pytest.mark.parametrize(
    "x",
    [torch.zeros(3, 5), torch.zeros(3, 4).long(), torch.full((3, 5), 3), torch.full((3, 5), -1)],
)
def test_tokens_that_cannot_be_are_refused_by_name(x):
    with pytest.raises(ValueError, match="x must be"):
        Caption().log_prob(x)


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
    drawn = model.sample(20_000, generator=seeded())
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
