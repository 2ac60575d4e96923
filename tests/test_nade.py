"""NADE, its plain ancestor and its real-valued sister, against their papers one pixel at a time."""

import math

import pytest
import torch
from small import randomised
from torch import nn
from torch.distributions import Categorical, MixtureSameFamily, Normal

from genlib.models import NADE, RNADE, LogisticAutoregression
from genlib.models.sampling import draw, pick

D = 6


def binary_images(n, dtype=torch.float32):
    return torch.bernoulli(torch.full((n, D), 0.5, dtype=dtype))


BINARY = {
    "LogisticAutoregression": lambda: LogisticAutoregression(D),
    "NADE": lambda: NADE(D, hidden=5),
}
EVERY = BINARY | {"RNADE": lambda: RNADE(D, hidden=5, components=3)}


# --- the definitions ---------------------------------------------------------------------------------


def test_logistic_autoregression_meets_the_definition():
    model, x = randomised(LogisticAutoregression(D)), binary_images(10)
    probs, W = model.conditionals(x).probs, iter(model.W)
    for i in range(D):
        logit = model.b[i] + sum(next(W) * x[:, j] for j in range(i))
        torch.testing.assert_close(probs[:, i], torch.sigmoid(logit).expand(10))


def test_nade_meets_the_definition():
    model, x = randomised(NADE(D, hidden=4)), binary_images(10)
    probs = model.conditionals(x).probs
    for i in range(D):
        h = torch.sigmoid(model.c + x[:, :i] @ model.W[:, :i].T)
        torch.testing.assert_close(probs[:, i], torch.sigmoid(model.b[i] + h @ model.V[i]))


def test_rnade_meets_the_definition():
    model = randomised(RNADE(D, hidden=4, components=3)).double()
    nn.init.uniform_(model.b[:, 6:], 3, 6)  # wide Gaussians: no density that underflows
    x, (low, high) = torch.rand(10, D, dtype=torch.float64), (model.LOW, model.HIGH)
    log_density = model.conditionals(x).log_prob(x)
    for i in range(D):
        h = torch.relu(model.rho[i] * (model.c + x[:, :i] @ model.W[:, :i].T))
        z, mean, log_std = (h @ model.V[i].T + model.b[i]).split(3, dim=1)
        middle, half = (low + high) / 2, (high - low) / 2
        std = (middle + half * (log_std / half).tanh()).exp()
        square = ((x[:, i, None] - mean) / std) ** 2
        each = torch.exp(-square / 2) / (std * math.sqrt(2 * math.pi))
        torch.testing.assert_close(log_density[:, i], (z.softmax(1) * each).sum(1).log())


@pytest.mark.parametrize(
    "model, count",
    [
        (NADE(784, 500), 785_284),
        (LogisticAutoregression(784), 307_720),
        (RNADE(64, 96, components=6), 96 * 64 + 96 + 64 + 64 * 18 * 97),
    ],
    ids=["NADE", "LogisticAutoregression", "RNADE"],
)
def test_a_model_has_as_many_numbers_as_its_formula_says(model, count):
    assert sum(parameter.numel() for parameter in model.parameters()) == count


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_every_conditional_sees_all_earlier_pixels_and_no_other(make):
    model = randomised(make()).double()
    if isinstance(model, RNADE):  # an idle relu would be blind by right
        nn.init.constant_(model.c, 9)
        nn.init.constant_(model.rho, 0.5)
    at = binary_images(1, torch.float64)

    def conditionals(x):
        return model.conditionals(x).log_prob(at)[0]

    sees = torch.autograd.functional.jacobian(conditionals, at)[:, 0]  # (D, D)
    assert sees.triu().abs().max() == 0
    assert (sees.tril(-1) != 0).sum() == D * (D - 1) / 2


# --- the same numbers, faster ------------------------------------------------------------------------


def naive_logits(x, W, c, V, b):
    """NADE's logits by autograd alone: (B, D) -> (B, D)."""
    a, logits = c.expand(len(x), -1), []
    for i in range(x.shape[1]):
        logits.append(torch.sigmoid(a) @ V[i] + b[i])
        a = a + x[:, i, None] * W[:, i]
    return torch.stack(logits, dim=1)


def fast_logits(x, W, c, V, b):
    model = NADE(x.shape[1], len(c))
    parameters = {"W": W, "c": c, "V": V, "b": b}
    return torch.func.functional_call(_Conditionals(model), _prefixed(parameters), x)


class _Conditionals(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model.conditionals(x).logits


def _prefixed(parameters):
    return {f"model.{name}": value for name, value in parameters.items()}


def nade_inputs(num_pixels, hidden, batch):
    shapes = [(batch, num_pixels), (hidden, num_pixels), hidden, (num_pixels, hidden), num_pixels]
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


@pytest.mark.parametrize("num_pixels, hidden, batch", [(1, 1, 1), (2, 3, 1), (30, 7, 5)])
def test_the_fast_logits_and_all_their_gradients_are_the_naive_ones(num_pixels, hidden, batch):
    inputs = nade_inputs(num_pixels, hidden, batch)  # any x, not 0 and 1 alone
    fast, naive = fast_logits(*inputs), naive_logits(*inputs)
    torch.testing.assert_close(fast, naive, atol=1e-10, rtol=0)
    weight = torch.randn_like(naive)
    for name, got, expected in zip(
        ["x", "W", "c", "V", "b"],
        torch.autograd.grad((fast * weight).sum(), inputs),
        torch.autograd.grad((naive * weight).sum(), inputs, allow_unused=True),
        strict=True,
    ):
        expected = torch.zeros_like(got) if expected is None else expected
        torch.testing.assert_close(got, expected, atol=1e-8, rtol=0, msg=f"gradient of {name}")


def test_the_gradient_may_be_taken_twice_from_one_graph():
    inputs = nade_inputs(9, 4, 3)
    loss = fast_logits(*inputs).square().sum()
    first = torch.autograd.grad(loss, inputs, retain_graph=True)
    for one, two in zip(first, torch.autograd.grad(loss, inputs), strict=True):
        assert torch.equal(one, two)


def test_training_remembers_no_tensor_of_every_image_pixel_and_hidden_unit():
    model, x = NADE(64, 50), torch.bernoulli(torch.rand(40, 64))
    sizes = []

    def note(tensor):
        sizes.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        model.log_prob(x)
    assert 0 < sum(sizes) < 40 * 64 * 50 / 5


# --- the sampler -------------------------------------------------------------------------------------


# --- densities ---------------------------------------------------------------------------------------


def test_the_density_integrates_to_one_over_one_pixel():
    model = randomised(RNADE(1, hidden=3, components=3)).double()
    x = torch.linspace(-40, 40, 200_001, dtype=torch.float64)
    density = model.log_prob(x[:, None]).exp()
    assert torch.trapezoid(density, x).item() == pytest.approx(1, abs=1e-6)


def test_the_density_integrates_to_one_over_two_pixels():
    model = randomised(RNADE(2, hidden=3, components=2)).double()
    nn.init.uniform_(model.b[:, 4:], 1, 3)  # wide enough for the grid
    x = torch.linspace(-30, 30, 1501, dtype=torch.float64)
    grid = torch.cartesian_prod(x, x)
    density = torch.cat([model.log_prob(part).exp() for part in grid.split(100_000)])
    density = density.view(len(x), len(x))
    assert torch.trapezoid(torch.trapezoid(density, x), x).item() == pytest.approx(1, abs=1e-3)


def test_one_component_is_a_gaussian_regression():
    model, x = randomised(RNADE(D, hidden=4, components=1)), torch.rand(10, D)
    normal = model.conditionals(x).component_distribution
    expected = Normal(normal.loc[..., 0], normal.scale[..., 0]).log_prob(x).sum(1)
    torch.testing.assert_close(model.log_prob(x), expected)


def test_untrained_components_spread_over_the_greys():
    means = RNADE(D, hidden=4, components=4).b[:, 4:8]
    torch.testing.assert_close(means, torch.tensor([0.125, 0.375, 0.625, 0.875]).expand(D, 4))


def test_training_on_constant_pixels_stays_finite():
    model, x = RNADE(D, hidden=8), torch.full((20, D), 0.25)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(500):
        optimizer.zero_grad()
        loss = -model.log_prob(x).mean()
        loss.backward()
        optimizer.step()
    assert all(parameter.isfinite().all() for parameter in model.parameters())
    peak = -model.LOW - math.log(2 * math.pi) / 2  # of the narrowest Gaussian
    assert D * (peak - 2) < -loss.item() <= D * peak


@pytest.mark.parametrize("far", [1e3, -1e3, 1e6, -1e6])
def test_far_outliers_stay_finite(far):
    model, x = RNADE(D, hidden=8), torch.rand(4, D)
    x[0, 0] = x[1, D - 1] = x[2, :] = far
    log_density = model.log_prob(x)
    log_density.sum().backward()
    assert log_density.isfinite().all()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())


def test_samples_fall_where_the_density_says():
    model = randomised(RNADE(2, hidden=4, components=3))
    drawn = model.sample(20_000, generator=torch.Generator().manual_seed(0))
    edges = torch.linspace(-8, 8, 33)
    for i in range(2):  # of the second pixel given the first one's samples
        below = model.conditionals(drawn).cdf(drawn)[:, i].sort().values
        uniform = (torch.arange(len(below)) + 0.5) / len(below)
        assert (below - uniform).abs().max() < 0.02  # Kolmogorov-Smirnov: 0.012 in 1 of 200
    first = pick(model.conditionals(torch.zeros(1, 2)), 0)
    expected = first.cdf(edges).diff()
    frequency = torch.histc(drawn[:, 0], bins=32, min=-8, max=8) / len(drawn)
    assert (frequency - expected).abs().sum() / 2 < 0.03


def test_a_mixture_is_drawn_and_picked_image_by_image():
    weights = Categorical(logits=torch.randn(7, D, 3) / 2)
    normals = Normal(3 * torch.randn(7, D, 3), torch.rand(7, D, 3) + 0.1)
    mixture = MixtureSameFamily(weights, normals)
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([draw(mixture, generator) for _ in range(4000)])
    assert drawn.shape == (4000, 7, D)
    below = mixture.cdf(drawn).sort(dim=0).values  # (4000, 7, D)
    uniform = ((torch.arange(4000) + 0.5) / 4000)[:, None, None]
    assert (below - uniform).abs().max() < 0.04  # 0.03 in 1 of 40 lots of 42
    for i in range(D):
        expected = mixture.log_prob(drawn[0])[:, i]
        torch.testing.assert_close(pick(mixture, i).log_prob(drawn[0, :, i]), expected)


# --- refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make, complaint",
    [
        (lambda: NADE(D, hidden=0), "hidden must be at least 1, got 0"),
        (lambda: NADE(0, hidden=3), "num_pixels must be at least 1, got 0"),
        (lambda: RNADE(D, hidden=3, components=0), "components must be at least 1, got 0"),
    ],
)
def test_sizes_that_cannot_be_are_refused_by_name(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_pixel_that_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match=f"x must hold.*got {value}"):
        RNADE(D, hidden=3).log_prob(torch.full((2, D), value))
