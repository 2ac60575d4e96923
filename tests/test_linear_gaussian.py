"""The linear world, where the bound, the posterior and log p(x) are all exact."""

import math

import pytest
import torch
from small import randomised, seeded
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from genlib.metrics import mean_and_error
from genlib.models import LinearGaussianVAE
from genlib.training import Player, fit

D, Z, B = 6, 3, 5
EXACT = {"atol": 1e-10, "rtol": 0}


def random_model(num_pixels=D, latent_dim=Z):
    return randomised(LinearGaussianVAE(num_pixels, latent_dim).double(), std=0.7)


def some_images(n=B, num_pixels=D):
    return torch.randn(n, num_pixels, dtype=torch.float64)


def correlated_images(n=400):
    return some_images(n) @ some_images(D) + some_images(1)


def some_guess(kind, n=B):
    """A Gaussian that is no posterior: batch shape (n,), event shape (Z,)."""
    mean = torch.randn(n, Z, dtype=torch.float64)
    if kind == "diagonal":
        return Independent(Normal(mean, torch.rand(n, Z, dtype=torch.float64) + 0.2), 1)
    half = torch.randn(n, Z, Z, dtype=torch.float64)
    return MultivariateNormal(mean, half @ half.mT + 0.1 * torch.eye(Z))


# --- the exact answers -------------------------------------------------------------------------------


def test_log_p_is_that_of_the_gaussian_whose_covariance_is_w_wt_plus_noise():
    model, x = random_model(), some_images()
    C = model.W @ model.W.T + (2 * model.log_std).exp() * torch.eye(D).double()
    centred = x - model.b
    square = (centred * torch.linalg.solve(C, centred.T).T).sum(1)
    expected = -(D * math.log(2 * math.pi) + torch.linalg.slogdet(C).logabsdet + square) / 2
    torch.testing.assert_close(model.log_prob(x), expected, **EXACT)


def test_log_p_is_the_integral_over_the_latent_variable():
    model, x = random_model(latent_dim=1), some_images()
    z = torch.linspace(-12, 12, 20_001, dtype=torch.float64)[:, None]
    log_prior = Normal(0.0, 1.0).log_prob(z)
    joint = (model.decode(z[:, None]).log_prob(x).sum(-1) + log_prior).exp()  # (G, B)
    log_p = torch.trapezoid(joint, z[:, 0], dim=0).log()
    torch.testing.assert_close(model.log_prob(x), log_p, **EXACT)


def test_with_the_exact_posterior_every_log_weight_is_log_p():
    model, x = random_model(), some_images()
    weights = model.log_weights(x, 50, model.posterior(x), seeded())
    expected = model.log_prob(x).expand(50, B)
    torch.testing.assert_close(weights, expected, **EXACT)


def test_with_the_exact_posterior_the_bound_is_log_p():
    model, x = random_model(), some_images()
    bound = model.exact_elbo(x, model.posterior(x))
    torch.testing.assert_close(bound, model.log_prob(x), **EXACT)


@pytest.mark.parametrize("kind", ["diagonal", "full"])
def test_the_gap_is_the_divergence_from_the_posterior_whatever_the_guess(kind):
    model, x, q = random_model(), some_images(), some_guess(kind)
    posterior = model.posterior(x)
    if kind == "diagonal":
        full = MultivariateNormal(q.mean, q.variance.diag_embed())
        torch.testing.assert_close(model.exact_elbo(x, q), model.exact_elbo(x, full), **EXACT)
        divergence = kl_divergence(full, posterior)
    else:
        divergence = kl_divergence(q, posterior)
    gap = model.log_prob(x) - model.exact_elbo(x, q)
    torch.testing.assert_close(gap, divergence, **EXACT)
    assert gap.min() > 0.1


@pytest.mark.parametrize("kind", ["diagonal", "full", "its own"])
def test_one_draw_after_the_other_averages_to_the_exact_bound(kind):
    model, x = random_model(), some_images(1)
    q = model.encode(x) if kind == "its own" else some_guess(kind, 1)
    exact = model.exact_elbo(x, None if kind == "its own" else q)
    many = model.elbo(x.expand(4000, D), q.expand((4000,)), seeded())
    weights = model.log_weights(x, 4000, q, seeded())[:, 0]
    for draws in (many, weights):
        found, error = mean_and_error(draws.detach())
        assert abs(found - exact.item()) < 5 * error


def test_the_bounds_rise_with_the_number_of_samples_and_stay_below_log_p():
    model, x = LinearGaussianVAE.maximum_likelihood(correlated_images(), Z), some_images(1)
    with torch.no_grad():  # off by one standard deviation in every direction: Z / 2 nats
        model.encoder.bias += model.encoder_log_std.exp()
    log_p = model.log_prob(x).item()
    below, its_error = log_p - Z / 2, 0.0
    assert model.exact_elbo(x).item() == pytest.approx(below, abs=1e-9)
    found, error = mean_and_error(model.importance_bound(x.expand(40_000, D), 1, seeded()).detach())
    assert abs(found - below) < 5 * error  # L_1 is the ELBO
    for k in (2, 5, 20, 100):
        draws = model.importance_bound(x.expand(40_000 // k, D), k, seeded(k)).detach()
        bound, error = mean_and_error(draws)
        assert below + 3 * (error + its_error) < bound < log_p + 3 * error
        below, its_error = bound, error
    assert bound > log_p - 0.3


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_the_best_independent_guess_misses_by_a_formula(spread):
    model, x = random_model(), some_images()
    if spread == 0:  # orthogonal columns: then the posterior's parts are independent
        model.W.data = torch.linalg.qr(model.W.data).Q * torch.tensor([2.0, 1.0, 0.5])
    posterior = model.posterior(x)
    P = posterior.precision_matrix[0]  # the same for every image
    best = Independent(Normal(posterior.mean, P.diagonal().rsqrt()), 1)
    gap = model.log_prob(x) - model.exact_elbo(x, best)
    formula = (P.diagonal().log().sum() - P.logdet()) / 2
    torch.testing.assert_close(gap, formula.expand(B), **EXACT)
    assert (formula.abs() < 1e-10) == (spread == 0)
    for wrong in (
        Normal(posterior.mean + 0.1, P.diagonal().rsqrt()),
        Normal(posterior.mean, 1.1 * P.diagonal().rsqrt()),
        Normal(posterior.mean, posterior.stddev * 0.9),
    ):
        worse = model.log_prob(x) - model.exact_elbo(x, Independent(wrong, 1))
        assert (worse > gap + 1e-4).all()


def test_samples_have_the_mean_and_covariance_of_the_marginal():
    model = random_model(num_pixels=3, latent_dim=1)
    x, marginal = model.sample(100_000, seeded()), model.marginal()
    torch.testing.assert_close(x.mean(0), marginal.mean, atol=0.03, rtol=0)
    torch.testing.assert_close(x.T.cov(), marginal.covariance_matrix, atol=0.05, rtol=0.02)


# --- maximum likelihood ------------------------------------------------------------------------------


def test_the_best_log_likelihood_is_a_formula_of_the_eigenvalues():
    x = correlated_images()
    model = LinearGaussianVAE.maximum_likelihood(x, Z)
    eigenvalues = torch.linalg.eigvalsh(x.T.cov(correction=0)).flip(0)  # falling
    variance = eigenvalues[Z:].mean()
    logs = eigenvalues[:Z].log().sum() + (D - Z) * variance.log()
    expected = -(D * math.log(2 * math.pi) + logs + D) / 2
    torch.testing.assert_close(model.log_prob(x).mean(), expected, **EXACT)
    torch.testing.assert_close((2 * model.log_std).exp(), variance, **EXACT)


def test_at_maximum_likelihood_nothing_pulls_and_every_step_away_loses():
    x = correlated_images()
    model = LinearGaussianVAE.maximum_likelihood(x, Z)
    best = model.log_prob(x).mean()
    weights = [model.W, model.b, model.log_std]
    for gradient in torch.autograd.grad(best, weights):
        assert gradient.abs().max() < 1e-10
    for weight in weights:
        kept = weight.data.clone()
        weight.data = kept + 0.1 * torch.randn_like(kept)
        assert model.log_prob(x).mean() < best - 1e-6
        weight.data = kept


def test_at_maximum_likelihood_the_encoder_gives_the_exact_posterior():
    model, x = LinearGaussianVAE.maximum_likelihood(correlated_images(), Z), some_images()
    q, posterior = model.encode(x), model.posterior(x)
    torch.testing.assert_close(q.mean, posterior.mean, **EXACT)
    torch.testing.assert_close(q.variance.diag_embed(), posterior.covariance_matrix, **EXACT)
    torch.testing.assert_close(model.exact_elbo(x), model.log_prob(x), **EXACT)


@pytest.mark.parametrize("num_samples", [1, 64, 5000])
def test_the_importance_bound_is_exact_with_any_number_of_samples_where_the_guess_is(num_samples):
    model, x = LinearGaussianVAE.maximum_likelihood(correlated_images(), Z), some_images()
    got = model.importance_bound(x, num_samples, seeded())
    torch.testing.assert_close(got, model.log_prob(x), **EXACT)


def test_the_fitted_model_has_the_dtype_of_the_images():
    model = LinearGaussianVAE.maximum_likelihood(correlated_images().float(), Z)
    assert model.log_prob(some_images().float()).dtype == torch.float32


@pytest.mark.parametrize("seed", range(2))
def test_the_bound_alone_trains_the_model_to_maximum_likelihood(seed):
    torch.manual_seed(seed)
    x = correlated_images()
    x = (x - x.mean(0)) / x.std()
    model = LinearGaussianVAE(D, Z).double()
    adam = torch.optim.Adam(model.parameters(), lr=0.02)
    player = Player(model, lambda x: -model.exact_elbo(x).mean(), adam)
    fit({"vae": player}, iter([(x,)] * 700), 700)
    best = LinearGaussianVAE.maximum_likelihood(x, Z).log_prob(x).mean()
    assert best - 0.05 < model.exact_elbo(x).mean() <= best
    assert model.exact_elbo(x).mean() > model.log_prob(x).mean() - 0.05


# --- refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["encode", "posterior", "log_prob", "exact_elbo", "elbo"])
def test_an_image_of_the_wrong_shape_is_refused_by_name(method):
    with pytest.raises(ValueError, match=r"x must be \(B, 6\), got \(5, 7\)"):
        getattr(random_model(), method)(some_images(B, D + 1))


@pytest.mark.parametrize(
    "act, complaint",
    [
        (lambda: LinearGaussianVAE(0, 2), "num_pixels must be at least 1, got 0"),
        (lambda: LinearGaussianVAE(3, 0), "latent_dim must be at least 1, got 0"),
        (lambda: LinearGaussianVAE.maximum_likelihood(some_images(), D), "x must be .* above"),
        (lambda: LinearGaussianVAE.maximum_likelihood(torch.zeros(9, 4), 2), "x must vary in more"),
        (
            lambda: random_model().exact_elbo(some_images(4), some_guess("full")),
            "q must have batch",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(act, complaint):
    with pytest.raises(ValueError, match=complaint):
        act()
