"""The VAE and its bounds, in worlds so small that p(x) is a sum over a grid."""

import math

import pytest
import torch
from small import randomised, seeded
from torch import nn
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from genlib.data import every_image
from genlib.metrics import frequencies, mean_and_error, total_variation
from genlib.models import (
    VAE,
    GreyLevels,
    active_units,
    bernoulli,
    conv_decoder,
    conv_encoder,
    gaussian,
    gaussian_kl,
    grey_levels,
    mlp,
    negative_elbo,
)
from genlib.training import Player, fit

D = 4
EVERY_IMAGE = every_image(D).double()  # (16, 4)
GRID = torch.linspace(-12, 12, 4801, dtype=torch.float64)[:, None]  # (G, 1)
NUMBERS = {"bernoulli": (bernoulli, 1), "gaussian": (gaussian, 2), "grey_levels": (grey_levels, 17)}


class Constant(nn.Module):
    """The same numbers for every row."""

    def __init__(self, *numbers):
        super().__init__()
        self.numbers = nn.Parameter(torch.tensor(numbers, dtype=torch.float64))

    def forward(self, x):
        return self.numbers.expand(len(x), -1)


def tiny(likelihood=bernoulli, numbers=1, latent_dim=1):
    decoder = nn.Sequential(nn.Linear(latent_dim, 5), nn.Tanh(), nn.Linear(5, numbers * D))
    model = VAE(nn.Linear(D, 2 * latent_dim), decoder, likelihood, latent_dim)
    model = randomised(model).double()
    nn.init.normal_(model.encoder.weight, std=0.3)  # so that the grid holds all of q
    return model


def joint(model, x):
    """log p(x, z) at every z of the grid: (B, D) -> (G, B)."""
    log_prior = -(GRID**2).sum(1) / 2 - math.log(2 * math.pi) / 2
    pixels = model.decode(GRID)
    each = [pixels.log_prob(image.expand(len(GRID), -1)).sum(1) + log_prior for image in x]
    return torch.stack(each, dim=1)


def integral(values):
    """(G, B) -> (B,)."""
    return torch.trapezoid(values, GRID[:, 0], dim=0)


# --- what a decoder's numbers mean -------------------------------------------------------------------


def test_the_bernoulli_likelihood_sums_over_the_pixels():
    logits = torch.randn(3, D)
    x = EVERY_IMAGE[[3, 5, 14]].float()
    p = torch.sigmoid(logits)
    each = torch.where(x == 1, p, 1 - p).prod(1).log()
    torch.testing.assert_close(bernoulli(logits).log_prob(x).sum(1), each)


def test_the_second_half_of_the_numbers_is_the_log_of_the_standard_deviation():
    numbers = torch.tensor([[3.0, 4.0, 0.3, -0.2]], dtype=torch.float64)
    pixels = gaussian(numbers)
    assert pixels.mean.tolist() == [[3.0, 4.0]]
    expected = torch.tensor([[0.3, -0.2]]).double().exp()
    torch.testing.assert_close(pixels.stddev, expected, atol=1e-3, rtol=0)
    h = torch.zeros(1, 2, dtype=torch.float64, requires_grad=True)
    log_std = gaussian(torch.cat([h, h], -1)).stddev.log()
    assert torch.autograd.grad(log_std.sum(), h)[0].tolist() == [[1.0, 1.0]]


def test_the_encoder_gives_the_mean_and_the_log_of_the_standard_deviation():
    model = VAE(Constant(2.0, -1.0, 0.1, -0.1), Constant(0.0), bernoulli, 2)
    q = model.encode(torch.zeros(3, 1).double())
    assert (q.batch_shape, q.event_shape) == ((3,), (2,))
    assert q.mean.tolist() == [[2.0, -1.0]] * 3
    expected = torch.tensor([0.1, -0.1]).double().exp().expand(3, 2)
    torch.testing.assert_close(q.stddev, expected, atol=1e-4, rtol=0)


def test_grey_levels_read_one_image_of_logits_a_level():
    numbers = torch.randn(2, 3 * D)
    logits = numbers.view(2, 3, D)
    pixels = grey_levels(numbers, levels=3)
    assert pixels.batch_shape == (2, D)
    for level in range(3):
        torch.testing.assert_close(pixels.probs[..., level], logits.softmax(1)[:, level])


@pytest.mark.parametrize("lead", [(), (2,), (3, 2)])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_likelihood_keeps_the_leading_dimensions(name, lead):
    likelihood, numbers = NUMBERS[name]
    assert likelihood(torch.randn(*lead, numbers * D)).batch_shape == (*lead, D)


# --- the prior-fitting term --------------------------------------------------------------------------


def test_the_closed_form_is_the_divergence_of_torch_one_number_an_image():
    mean, log_std = torch.randn(7, 3, dtype=torch.float64), torch.randn(7, 3, dtype=torch.float64)
    q = Independent(Normal(mean, log_std.exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mean), torch.ones_like(mean)), 1)
    expected = kl_divergence(q, prior)
    torch.testing.assert_close(gaussian_kl(mean, log_std), expected, atol=1e-13, rtol=0)
    torch.testing.assert_close(tiny(latent_dim=3).prior_fitting(torch.rand(7, D), q), expected)


def test_the_divergence_of_a_full_gaussian_has_a_closed_form_too():
    mean, half = torch.randn(5, 3, dtype=torch.float64), torch.randn(5, 3, 3, dtype=torch.float64)
    cov = half @ half.mT + torch.eye(3)
    trace = cov.diagonal(dim1=1, dim2=2).sum(1)
    expected = (trace + mean.square().sum(1) - 3 - cov.logdet()) / 2
    got = tiny(latent_dim=3).prior_fitting(torch.rand(5, D), MultivariateNormal(mean, cov))
    torch.testing.assert_close(got, expected)


@pytest.mark.parametrize("mean, log_std", [(1e15, 0), (-1e15, 0), (0, -1e6), (3, 40), (0, 0)])
def test_the_divergence_is_finite_and_not_negative_far_away(mean, log_std):
    mean = torch.full((2, 3), float(mean), requires_grad=True)
    log_std = torch.full((2, 3), float(log_std), requires_grad=True)
    divergence = gaussian_kl(mean, log_std)
    divergence.sum().backward()
    for tensor in (divergence, mean.grad, log_std.grad):
        assert tensor.isfinite().all()
    assert (divergence >= 0).all()


# --- the bounds, against the integral ----------------------------------------------------------------


@pytest.fixture(
    params=[(bernoulli, 1, EVERY_IMAGE), (lambda n: grey_levels(n, 3), 3, every_image(D, 3))],
    ids=["binary", "3 levels"],
)
def world(request):
    """A model and every image it can draw."""
    likelihood, numbers, images = request.param
    return tiny(likelihood, numbers), images.double()


def test_the_probabilities_of_all_images_sum_to_one(world):
    model, images = world
    assert integral(joint(model, images).exp()).sum().item() == pytest.approx(1, abs=1e-9)


def test_log_p_is_the_bound_and_the_divergence_from_the_true_posterior(world):
    model, x = world
    log_p = integral(joint(model, x).exp()).log()
    q = model.encode(x)
    log_q = q.expand((len(GRID), len(x))).log_prob(GRID[:, None].expand(-1, len(x), -1))
    gap = integral(log_q.exp() * (log_q - joint(model, x) + log_p))  # KL(q || p(z|x))
    draws = model.elbo(x.repeat(4000, 1), generator=seeded()).view(4000, -1).detach()
    error = draws.std(0) / math.sqrt(len(draws))
    assert ((draws.mean(0) - (log_p - gap)).abs() < 5 * error + 1e-6).all()


def test_the_importance_weighted_estimate_comes_to_log_p(world):
    model, x = world
    log_p = integral(joint(model, x).exp()).log()
    wide = Independent(Normal(torch.zeros(len(x), 1).double(), 1.5), 1)  # weights stay bounded
    weights = (model.log_weights(x, 5000, wide, seeded()) - log_p).exp()
    error = weights.std(0) / math.sqrt(len(weights))
    assert ((weights.mean(0) - 1).abs() < 5 * error).all()
    assert error.max() < 0.06


def test_the_importance_bound_comes_to_log_p_with_many_samples():
    model = tiny()
    nn.init.constant_(model.encoder.weight, 0)
    nn.init.constant_(model.encoder.bias, 0.2)  # q is wider than the prior: weights stay bounded
    log_p = integral(joint(model, EVERY_IMAGE).exp()).log()
    few, many = (model.importance_bound(EVERY_IMAGE, k, seeded()) - log_p for k in (1, 50_000))
    assert many.abs().max() < 0.05
    assert few.abs().max() > 0.2


def test_a_log_weight_is_the_joint_over_the_guess():
    model, x = tiny(latent_dim=2), EVERY_IMAGE[:5]
    got = model.log_weights(x, 3, generator=seeded())
    q = model.encode(x)
    z = q.mean + q.stddev * torch.randn(3, 5, 2, generator=seeded(), dtype=torch.float64)
    by_hand = torch.empty(3, 5).double()
    for k in range(3):
        for i in range(5):
            p = torch.sigmoid(model.decoder(z[k, i]))
            expected = torch.where(x[i] == 1, p, 1 - p).log().sum()
            expected = expected + Normal(0.0, 1.0).log_prob(z[k, i]).sum()
            expected = expected - Normal(q.mean[i], q.stddev[i]).log_prob(z[k, i]).sum()
            by_hand[k, i] = expected
    torch.testing.assert_close(got, by_hand)
    weights = list(model.parameters())
    pulls = (torch.autograd.grad(bound.logsumexp(0).sum(), weights) for bound in (got, by_hand))
    for found, expected in zip(*pulls, strict=True):
        torch.testing.assert_close(found, expected)


def test_the_importance_bound_is_the_log_of_the_mean_weight_and_not_the_mean_log_weight():
    model, x = tiny(), EVERY_IMAGE
    weights = model.log_weights(x, 50, generator=seeded())
    log_p = model.importance_bound(x, 50, seeded())
    torch.testing.assert_close(log_p, weights.exp().mean(0).log())
    assert (log_p > weights.mean(0) + 1e-3).all()


def test_weights_too_small_to_write_down_still_have_a_mean():
    encoder, decoder = Constant(0.0, 0.0), Constant(*[-3000.0] * D)
    model = VAE(encoder, decoder, bernoulli, 1)  # p(1, 1, 1, 1) is exp(-12000)
    torch.testing.assert_close(
        model.importance_bound(EVERY_IMAGE[[15]], 100), torch.full((1,), -12000.0).double()
    )


def test_many_samples_are_decoded_part_by_part():
    model, rows = tiny(), []
    model.decoder.register_forward_hook(lambda module, inputs, output: rows.append(len(output)))
    model.importance_bound(EVERY_IMAGE, 1000)
    assert max(rows) <= 4096 and sum(rows) == 1000 * len(EVERY_IMAGE)


def test_samples_come_as_often_as_the_integral_says(world):
    model, images = world
    drawn = model.sample(20_000, generator=seeded())
    levels = round(len(images) ** (1 / D))
    expected = integral(joint(model, images).exp())
    assert total_variation(frequencies(drawn, levels), expected) < 0.03


def test_samples_are_draws_and_not_means():
    drawn = tiny().sample(50)
    assert set(drawn.unique().tolist()) == {0.0, 1.0} and not drawn.requires_grad
    model = VAE(Constant(0.0, 0.0), Constant(0.5, 0.7, 0.0, -1.0), gaussian, 1)
    drawn = model.sample(20_000, generator=seeded())
    assert not drawn.requires_grad
    expected = Normal(torch.tensor([0.5, 0.7]), torch.tensor([1.0, math.exp(-1)]))
    torch.testing.assert_close(drawn.mean(0), expected.mean.double(), atol=0.03, rtol=0)
    torch.testing.assert_close(drawn.std(0), expected.stddev.double(), atol=0.03, rtol=0)


# --- the loss and its gradient -----------------------------------------------------------------------


def test_the_bound_is_reconstruction_minus_prior_fitting_summed_over_pixels_and_latents():
    model, x = tiny(latent_dim=2), EVERY_IMAGE[:6]
    q = model.encode(x)
    z = q.mean + q.stddev * torch.randn(6, 2, generator=seeded(), dtype=torch.float64)
    p = torch.sigmoid(model.decoder(z))
    expected = torch.zeros(6).double()
    for i in range(6):
        for d in range(D):
            expected[i] += (p[i, d] if x[i, d] == 1 else 1 - p[i, d]).log()
        for k in range(2):
            m, s = q.mean[i, k], q.stddev[i, k]
            expected[i] -= (m**2 + s**2 - 1 - 2 * s.log()) / 2
    torch.testing.assert_close(model.elbo(x, generator=seeded()), expected)
    torch.testing.assert_close(negative_elbo(model, x, generator=seeded()), -expected.mean())


def test_an_image_seen_twice_counts_twice_beside_the_same_prior_fitting():
    """A mean over D pixels, beside a sum over latents, would be a hidden beta of D."""
    model, x = tiny(), EVERY_IMAGE[:6]
    twice = VAE(model.encoder, model.decoder, lambda n: bernoulli(torch.cat([n, n], -1)), 1)
    q, xx = model.encode(x), torch.cat([x, x], 1)
    one, two = (m.reconstruction(y, q, seeded()) for m, y in ((model, x), (twice, xx)))
    torch.testing.assert_close(two, 2 * one)
    torch.testing.assert_close(twice.prior_fitting(xx, q), model.prior_fitting(x, q))


@pytest.mark.parametrize("beta", [0.0, 0.5, 4.0])
def test_beta_weighs_the_prior_fitting_alone(beta):
    model, x = tiny(), EVERY_IMAGE
    loss = negative_elbo(model, x, beta, seeded())
    reconstruction = model.reconstruction(x, generator=seeded()).mean()
    torch.testing.assert_close(loss, beta * model.prior_fitting(x).mean() - reconstruction)


def test_both_terms_of_the_bound_belong_to_one_guess():
    model, calls = tiny(), []
    model.encoder.register_forward_hook(lambda *_: calls.append(1))
    model.elbo(EVERY_IMAGE)
    assert len(calls) == 1  # two passes would drop different units
    negative_elbo(model, EVERY_IMAGE)
    assert len(calls) == 2


def test_the_reparameterised_gradient_is_the_score_function_gradient_and_the_exact_one():
    model, x = tiny(), EVERY_IMAGE[[6]]
    mean, log_std = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.4, -0.3))
    log_likelihood = (joint(model, x) - Normal(0.0, 1.0).log_prob(GRID)).detach()  # (G, 1)
    expected = integral(Normal(mean, log_std.exp()).log_prob(GRID).exp() * log_likelihood)
    exact = torch.autograd.grad(expected.sum(), [mean, log_std])

    rows = [v.detach().expand(40_000, 1).clone().requires_grad_() for v in (mean, log_std)]
    x = x.expand(40_000, -1)
    q = Independent(Normal(rows[0], rows[1].exp()), 1)
    smooth = torch.autograd.grad(model.reconstruction(x, q, seeded()).sum(), rows)

    q = Independent(Normal(rows[0], rows[1].exp()), 1)
    z = q.sample()
    value = model.decode(z).log_prob(x).sum(1).detach()
    rough = torch.autograd.grad((value * q.log_prob(z)).sum(), rows)
    for truth, *found in zip(exact, smooth, rough, strict=True):
        (one, its_error), (other, other_error) = (mean_and_error(each[:, 0]) for each in found)
        assert abs(one - truth) < 5 * its_error
        assert abs(other - truth) < 5 * other_error
        assert its_error < other_error / 2  # why everyone reparameterises


def test_the_generator_is_the_only_source_of_noise():
    model, x = tiny(), EVERY_IMAGE
    for noisy in (
        lambda g: model.elbo(x, generator=g),
        lambda g: model.importance_bound(x, 3, g),
        lambda g: model.sample(10, g),
        lambda g: negative_elbo(model, x, generator=g),
    ):
        state = torch.get_rng_state()
        assert torch.equal(noisy(seeded(3)), noisy(seeded(3)))
        assert not torch.equal(noisy(seeded(3)), noisy(seeded(4)))
        assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("far", [1e3, -1e3, 1e6, -1e6])
def test_far_numbers_give_a_finite_bound_and_finite_gradients(name, far):
    likelihood, numbers = NUMBERS[name]
    model = VAE(nn.Linear(D, 2), nn.Linear(1, numbers * D), likelihood, 1)
    for layer in (model.encoder, model.decoder):
        nn.init.constant_(layer.weight, far)
        nn.init.normal_(layer.bias, std=abs(far))
    loss = (
        negative_elbo(model, EVERY_IMAGE.float())
        - model.importance_bound(EVERY_IMAGE.float()).mean()
    )
    loss.backward()
    assert loss.isfinite()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())


# --- what the codes carry ----------------------------------------------------------------------------


def test_a_latent_variable_is_active_where_its_posterior_mean_varies_over_the_images():
    model = VAE(nn.Linear(D, 6), Constant(0.0), bernoulli, 3)
    nn.init.zeros_(model.encoder.weight)
    nn.init.normal_(model.encoder.bias)
    with torch.no_grad():
        model.encoder.weight[0, 0] = 0.5  # the first mean reads pixel 0: variance 1/16
        model.encoder.weight[5, 1] = 9.0  # a std that varies carries no mean
    x = EVERY_IMAGE.float().repeat(500, 1)
    active = active_units(model, x)
    torch.testing.assert_close(active, torch.tensor([0.0625, 0.0, 0.0]), atol=1e-4, rtol=0)
    assert not active.requires_grad


# --- networks to train -------------------------------------------------------------------------------


def built(kind, likelihood, numbers, latent_dim=3):
    if kind == "mlp":
        decoder = mlp(latent_dim, 32, numbers * 64)
        return VAE(mlp(64, 32, 2 * latent_dim), decoder, likelihood, latent_dim)
    decoder = conv_decoder(8, 6, latent_dim, numbers)
    return VAE(conv_encoder(8, 6, latent_dim), decoder, likelihood, latent_dim)


@pytest.mark.parametrize("kind", ["mlp", "conv"])
@pytest.mark.parametrize("name", NUMBERS)
def test_training_starts_near_the_prior_and_every_number_moves(kind, name):
    likelihood, numbers = NUMBERS[name]
    model, x = built(kind, likelihood, numbers), torch.bernoulli(torch.rand(50, 64))
    assert model.prior_fitting(x).mean() < 0.5
    pixels = model.decode(torch.randn(50, 3))
    if name == "gaussian":
        assert pixels.mean.abs().max() < 1.5 and (pixels.stddev.log().abs() < 1.5).all()
    else:
        fair = 64 * math.log(2 if name == "bernoulli" else 17)
        assert -model.elbo(x).mean().item() == pytest.approx(fair, rel=0.05)
    negative_elbo(model, x).backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in model.parameters())


@pytest.mark.parametrize("kind", ["mlp", "conv"])
@pytest.mark.parametrize("name", NUMBERS)
def test_two_images_are_learnt_by_heart(kind, name):
    likelihood, numbers = NUMBERS[name]
    model, x = built(kind, likelihood, numbers), torch.bernoulli(torch.rand(1, 64))
    x = torch.cat([x, 1 - x])
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    player = Player(model, lambda x: negative_elbo(model, x), adam)
    losses = fit({"vae": player}, iter([(x.repeat(16, 1),)] * 250), 250)["vae"]
    learnt = torch.tensor(losses[-50:]).median()  # one of two images is ln 2
    bars = {"bernoulli": 8, "gaussian": -32, "grey_levels": 20}  # before training 44, 64 and 181
    assert (learnt > math.log(2) or name == "gaussian") and learnt < bars[name]


@pytest.mark.parametrize("side", [4, 8, 28])
def test_convolutions_take_and_give_flat_square_images(side):
    encoder, decoder = conv_encoder(side, 3, 2), conv_decoder(side, 3, 2, numbers=17)
    assert encoder(torch.rand(5, side**2)).shape == (5, 4)
    assert decoder(torch.randn(5, 2)).shape == (5, 17 * side**2)


def test_a_convolutional_decoder_gives_one_image_a_number():
    decoder = conv_decoder(8, 3, 2, numbers=2)
    nn.init.zeros_(decoder[-2].weight)
    with torch.no_grad():
        decoder[-2].bias.copy_(torch.tensor([0.7, -0.5]))
        pixels = gaussian(decoder(torch.randn(5, 2)))
    torch.testing.assert_close(pixels.mean, torch.full((5, 64), 0.7))
    torch.testing.assert_close(pixels.stddev, torch.full((5, 64), 0.607), atol=2e-3, rtol=0)


def test_a_convolution_reads_the_raster_as_a_square():
    encoder = conv_encoder(8, 2, 1)
    x = torch.rand(1, 64, requires_grad=True)
    features = encoder[:3](x)  # (1, 2, 4, 4): the first convolution
    seen = torch.autograd.grad(features[0, :, 1, 2].sum(), x)[0].view(8, 8) != 0
    expected = torch.zeros(8, 8, dtype=torch.bool)
    expected[1:5, 3:7] = True
    assert torch.equal(seen, expected)


def test_dropout_is_on_in_training_alone():
    network, x = mlp(4, 50, 3, dropout=0.5), torch.rand(6, 4)
    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))


# --- refusals ----------------------------------------------------------------------------------------

binary = torch.zeros(3, D).double()


@pytest.mark.parametrize(
    "act, complaint",
    [
        (lambda m: m.elbo(torch.zeros(3, 2, 2).double()), r"x must be \(B, D\).*got \(3, 2, 2\)"),
        (lambda m: m.elbo(torch.zeros(0, D).double()), r"x must be \(B, D\).*got \(0, 4\)"),
        (lambda m: m.elbo(binary + 0.5), r"x must hold values of Bernoulli.*got 0.5"),
        (
            lambda m: m.importance_bound(binary * torch.nan),
            r"x must hold values of Bernoulli.*got nan",
        ),
        (
            lambda m: m.elbo(binary, Independent(Normal(torch.zeros(3, 2), 1.0), 1)),
            r"event shape \(1,\), got \(3,\) and \(2,\)",
        ),
        (lambda m: m.importance_bound(binary, 0), "num_samples must be at least 1, got 0"),
        (lambda m: m.importance_bound(binary, -3), "num_samples must be at least 1, got -3"),
        (lambda m: m.log_weights(binary, 0), "num_samples must be at least 1, got 0"),
        (lambda m: m.sample(0), "n must be at least 1, got 0"),
        (lambda m: m.decode(torch.zeros(3, 2).double()), r"z must be .*, 1\), got \(3, 2\)"),
        (
            lambda m: m.elbo(binary, Normal(torch.zeros(3, 1), 1.0)),
            r"q must have batch shape \(3,\)",
        ),
        (
            lambda m: m.elbo(binary, m.encode(binary[:2])),
            r"q must have batch shape \(3,\).*got \(2",
        ),
        (
            lambda m: VAE(nn.Linear(D, 3), m.decoder, bernoulli, 1).double().encode(binary),
            "encoder",
        ),
        (lambda m: VAE(m.encoder, Constant(0.0), bernoulli, 1).elbo(binary), r"x must be \(B, 1\)"),
        (lambda m: VAE(m.encoder, m.decoder, bernoulli, 0), "latent_dim must be at least 1, got 0"),
        (lambda m: mlp(D, 5, 2)(torch.zeros(3, 5)), r"x must be \(B, 4\), got \(3, 5\)"),
        (lambda m: mlp(D, 5, 2)(torch.zeros(3, 2, D)), r"x must be \(B, 4\), got \(3, 2, 4\)"),
        (lambda m: conv_encoder(8, 3, 2)(torch.zeros(3, 8, 8)), r"x must be \(B, 64\)"),
        (lambda m: conv_encoder(10, 3, 2), "side must be a multiple of 4, got 10"),
        (lambda m: conv_decoder(0, 3, 2), "side must be a multiple of 4, got 0"),
        (lambda m: gaussian(torch.zeros(3, 5)), r"numbers must be \(..., 2D\), got \(3, 5\)"),
        (
            lambda m: grey_levels(torch.zeros(3, 18)),
            r"numbers must be \(..., 17 D\), got \(3, 18\)",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(act, complaint):
    with pytest.raises(ValueError, match=complaint):
        act(tiny())


def test_grey_images_are_refused_off_their_levels():
    model = tiny(grey_levels, 17)
    assert isinstance(model.decode(torch.zeros(1, 1).double()), GreyLevels)
    with pytest.raises(ValueError, match="x must hold values of GreyLevels.*got 0.5"):
        tiny(lambda n: grey_levels(n, 4), 4).elbo(binary + 0.5)
