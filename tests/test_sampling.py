"""Grey levels, and randomness that comes from a generator alone."""

import pytest
import torch
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal, Poisson

from genlib.models.sampling import GreyLevels, draw, pick, pixels


def test_two_levels_are_a_bernoulli():
    logits = torch.randn(5, 4)
    grey = GreyLevels(torch.stack([torch.zeros(5, 4), logits], -1))
    x = torch.bernoulli(torch.rand(5, 4))
    torch.testing.assert_close(grey.log_prob(x), Bernoulli(logits=logits).log_prob(x))
    torch.testing.assert_close(grey.mean, Bernoulli(logits=logits).mean)


def test_the_probability_of_all_levels_is_one():
    grey = GreyLevels(torch.randn(3, 17))
    values = (torch.arange(17) / 16)[:, None].expand(17, 3)
    torch.testing.assert_close(grey.log_prob(values).exp().sum(0), torch.ones(3))


def test_a_level_that_never_comes_has_log_probability_minus_infinity_and_is_never_drawn():
    grey = GreyLevels(torch.tensor([-torch.inf, 0.0, -torch.inf, 0.0]).expand(10_000, 4))
    assert grey.log_prob(torch.zeros(10_000)).max() == -torch.inf
    assert set((draw(grey) * 3).round().int().tolist()) == {1, 3}


@pytest.mark.parametrize(
    "distribution",
    [
        Bernoulli(logits=torch.randn(6)),
        GreyLevels(torch.randn(6, 2)),
        GreyLevels(torch.randn(6, 17)),
    ],
    ids=["Bernoulli", "2 levels", "17 levels"],
)
def test_draws_have_the_mean_of_their_distribution(distribution):
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([draw(distribution, generator) for _ in range(4000)])
    assert torch.equal(drawn[0], draw(distribution, torch.Generator().manual_seed(0)))
    assert distribution.support.check(drawn).all()
    torch.testing.assert_close(drawn.mean(0), distribution.mean, atol=0.03, rtol=0)


@pytest.mark.parametrize(
    "distribution",
    [Bernoulli(logits=torch.randn(4, 3)), GreyLevels(torch.randn(4, 3, 17))],
    ids=["Bernoulli", "GreyLevels"],
)
def test_a_picked_pixel_keeps_its_conditional(distribution):
    x = torch.ones(4, 3)
    for i in range(3):
        torch.testing.assert_close(
            pick(distribution, i).log_prob(x[:, i]), distribution.log_prob(x)[:, i]
        )


def test_the_support_is_the_levels_and_nothing_else():
    support = GreyLevels(torch.zeros(1, 17)).support
    inside = support.check(
        torch.tensor([0.0, 1 / 16, 1.0, 0.03, -1 / 16, 17 / 16, torch.nan, torch.inf])
    )
    assert inside.tolist() == [True] * 3 + [False] * 5


def test_a_last_level_that_never_comes_is_not_drawn_by_rounding():
    logits = torch.randn(20_000, 17, dtype=torch.bfloat16)  # few digits: sums are far from one
    logits[:, -1] = -torch.inf
    assert draw(GreyLevels(logits)).max() < 1


def test_a_value_beside_the_levels_or_of_another_shape_has_no_probability():
    grey = GreyLevels(torch.randn(3, 17))
    assert grey.log_prob(torch.zeros(5, 3)).shape == (5, 3)
    for shape in ((3, 1), (1,), (), (3, 2)):
        with pytest.raises(ValueError, match=r"value must be \(..., 3\), got"):
            grey.log_prob(torch.zeros(shape))
    for odd in (0.03, -1 / 16, 17 / 16, torch.nan, torch.inf):
        with pytest.raises(ValueError, match="value must hold values of GreyLevels"):
            grey.log_prob(torch.tensor([0.0, odd, 1.0]))


def test_a_probability_that_is_no_number_is_not_drawn_as_black():
    for broken in (
        GreyLevels(torch.full((2, 3), torch.nan)),
        pixels(torch.full((2, 1), torch.nan)),
    ):
        with pytest.raises(
            ValueError, match="distribution must have probabilities that are numbers"
        ):
            draw(broken)


@pytest.mark.parametrize("i", [-1, 3, None, 1.0, torch.tensor(1, dtype=torch.uint8)], ids=repr)
def test_a_pixel_that_is_none_is_not_picked(i):
    with pytest.raises(ValueError, match="i must be"):
        pick(GreyLevels(torch.randn(4, 3, 17)), i)


def test_an_unknown_distribution_is_named():
    with pytest.raises(ValueError, match="distribution must be one that draw knows, got Poisson"):
        draw(Poisson(1.0), None)
    with pytest.raises(ValueError, match="distribution must be one that pick knows, got Normal"):
        pick(Normal(0.0, 1.0), 0)


# --- Gaussians ---------------------------------------------------------------------------------------

HALF = torch.tensor([[1.0, 0.0], [-0.8, 0.6]], dtype=torch.float64)  # the factor of a covariance
MEAN = torch.tensor([[0.0, 2.0], [3.0, -1.0], [0.5, 0.5]], dtype=torch.float64)
GAUSSIANS = {
    "Normal": lambda: Normal(MEAN, torch.tensor([0.5, 2.0]).double()),
    "Independent": lambda: Independent(Normal(MEAN, torch.tensor([0.5, 2.0]).double()), 1),
    "MultivariateNormal": lambda: MultivariateNormal(MEAN, HALF @ HALF.T),
}


@pytest.mark.parametrize("make", GAUSSIANS.values(), ids=GAUSSIANS)
def test_gaussian_draws_have_the_mean_and_covariance_of_their_distribution(make):
    gaussian, generator = make(), torch.Generator().manual_seed(0)
    drawn = torch.stack([draw(gaussian, generator) for _ in range(20_000)])  # (20000, 3, 2)
    assert drawn.dtype == torch.float64 and torch.equal(
        drawn[0], draw(make(), generator.manual_seed(0))
    )
    torch.testing.assert_close(drawn.mean(0), MEAN, atol=0.06, rtol=0)
    full = isinstance(gaussian, MultivariateNormal)
    covariance = gaussian.covariance_matrix if full else gaussian.variance.diag_embed()
    for i in range(3):
        found = drawn[:, i].T.cov()
        torch.testing.assert_close(found, covariance[i], atol=0.05, rtol=0.05)
    across = torch.cat([drawn[:, 0], drawn[:, 1]], 1).T.corrcoef()[:2, 2:]
    assert across.abs().max() < 0.04  # rows have noise of their own


@pytest.mark.parametrize("make", GAUSSIANS.values(), ids=GAUSSIANS)
def test_a_gaussian_expanded_to_many_samples_draws_each_anew(make):
    gaussian = make()
    drawn = draw(gaussian.expand((5, *gaussian.batch_shape)), torch.Generator().manual_seed(0))
    assert drawn.shape == (5, 3, 2) and len(drawn.unique()) == 30


def test_a_gaussian_draw_is_mean_plus_std_times_noise_and_so_are_its_gradients():
    mean = torch.randn(4, 3, requires_grad=True)
    std = torch.rand(4, 3, requires_grad=True)
    for gaussian in (Normal(mean, std), Independent(Normal(mean, std), 1)):
        drawn = draw(gaussian, torch.Generator().manual_seed(1))
        noise = torch.randn(4, 3, generator=torch.Generator().manual_seed(1))
        torch.testing.assert_close(drawn, mean + std * noise)
        by_mean, by_std = torch.autograd.grad(drawn.sum(), [mean, std])
        torch.testing.assert_close(by_mean, torch.ones(4, 3))
        torch.testing.assert_close(by_std, noise)


def test_a_full_gaussian_draw_passes_gradients_to_the_mean_and_the_factor():
    mean = torch.randn(4, 2, requires_grad=True)
    factor = torch.tensor([[1.0, 0.0], [0.5, 2.0]], requires_grad=True)
    drawn = draw(MultivariateNormal(mean, scale_tril=factor), torch.Generator().manual_seed(1))
    noise = torch.randn(4, 2, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(drawn, mean + noise @ factor.T)
    by_mean, by_factor = torch.autograd.grad(drawn.sum(), [mean, factor])
    torch.testing.assert_close(by_mean, torch.ones(4, 2))
    torch.testing.assert_close(by_factor.tril(), noise.sum(0).expand(2, 2).tril())
