"""The VAE of tokens: its code, its bound in nats, and the density of pixels that DALL-E takes."""

import itertools
import math

import pytest
import torch
from small import random, seeded
from torch.distributions import Categorical, kl_divergence

from genlib.data.shapes import ONE, draw_shapes
from genlib.models.discrete_vae import (
    DiscreteVAE,
    logit_laplace,
    squeeze,
    uniform_kl,
    unsqueeze,
)


def small(codes=5, size=8, **settings):
    return random(DiscreteVAE(codes, size, width=4, features=4, **settings), 0.3)


def images(n=6, size=8):
    return torch.rand(n, 3, size, size, generator=seeded()).double()


def test_a_token_is_the_code_nearest_to_what_the_encoder_says():
    model, x = small(), images()
    h = model.vectors(x)
    apart = (h[:, :, None] - model.book).square().sum(-1)  # (B, N, K)
    torch.testing.assert_close(model.tokens(x), apart.argmin(2))
    naive = (-model.log_sharpness.exp() * apart).softmax(2)
    torch.testing.assert_close(model.encode(x).probs, naive)


def test_tokens_are_drawn_by_their_own_rows_of_the_book():
    model, tokens = small(), torch.randint(5, (3, 4))
    torch.testing.assert_close(
        model.decode(tokens), model.paint(model.book[tokens]).clamp(0, 1), atol=0, rtol=0
    )


def test_one_token_moves_the_image_near_its_place_alone():
    model = small(size=32)
    tokens = torch.randint(5, (1, 64), generator=seeded())
    other = tokens.clone()
    other[0, 0] = (tokens[0, 0] + 1) % 5  # the upper left place
    moved = (model.decode(tokens) - model.decode(other)).abs().amax((0, 1)) > 0
    assert moved[:6, :6].any() and not moved[12:].any() and not moved[:, 12:].any()


def test_the_divergence_from_the_uniform_prior_is_torchs_and_within_its_limits():
    q = Categorical(logits=torch.randn(40, 7, generator=seeded()).double() * 4)
    uniform = Categorical(logits=torch.zeros(40, 7).double())
    found = uniform_kl(q)
    torch.testing.assert_close(found, kl_divergence(q, uniform))
    assert found.min() >= 0 and found.max() <= math.log(7)
    sure = Categorical(logits=torch.tensor([0.0, 900.0, 0.0]).double())
    assert uniform_kl(sure).item() == pytest.approx(math.log(3))
    assert uniform_kl(Categorical(logits=torch.zeros(3))).item() == pytest.approx(0, abs=1e-7)


def test_a_hard_draw_is_exactly_a_row_of_the_book_with_the_gradient_of_the_soft_one():
    model, x = small(), images()
    q = model.encode(x)
    torch.manual_seed(0)
    hard = model.relaxed(q, 0.7, hard=True)
    rows = (hard[:, :, None] - model.book).abs().amax(-1).min(2).values
    assert rows.max() < 1e-12
    [slope] = torch.autograd.grad(hard.sum(), q.logits, retain_graph=True)
    torch.manual_seed(0)
    soft = model.relaxed(q, 0.7)
    [same] = torch.autograd.grad(soft.sum(), q.logits)
    torch.testing.assert_close(slope, same)
    assert slope.abs().max() > 0


def test_a_cold_draw_is_one_row_as_often_as_q_says():
    model = small()
    q = Categorical(logits=torch.tensor([0.0, 1.0, 2.0, -1.0, 0.5]).double().expand(4000, 4, 5))
    torch.manual_seed(0)
    drawn = model.relaxed(q, 1e-4)
    apart = (drawn[:, :, None] - model.book).abs().amax(-1)
    assert apart.min(2).values.quantile(0.99) < 1e-3
    shares = apart.argmin(2).flatten().bincount(minlength=5) / 16_000
    torch.testing.assert_close(shares.double(), q.probs[0, 0], atol=0.02, rtol=0)


def test_the_bound_lies_below_the_likelihood_that_is_summed_over_all_codes():
    """Two codes at four places: 16 images of the prior, all listed."""
    model, x = small(codes=2, std=0.4), images(3)
    every = torch.tensor(list(itertools.product(range(2), repeat=4)))
    means = model.paint(model.book[every])  # (16, 3, 8, 8)
    normal = torch.distributions.Normal(means, model.std)
    given = normal.log_prob(x[:, None]).sum((2, 3, 4))  # (3, 16)
    log_p = given.logsumexp(1) - math.log(16)
    chosen = model.encode(x).logits[:, torch.arange(4), every].sum(2)  # log q of each
    exact = (chosen.exp() * given).sum(1) - uniform_kl(model.encode(x)).sum(1)
    assert (exact <= log_p + 1e-9).all()
    torch.manual_seed(0)
    # the two terms of one cold draw, averaged
    terms = [model.bound(x, 1e-4) for _ in range(3000)]
    found = torch.stack([of_x - kl for of_x, kl in terms]).mean(0)
    torch.testing.assert_close(found, exact, atol=0.15 * given.std().item(), rtol=0)


def test_the_bound_is_a_gaussian_of_the_picture_and_the_divergence_of_all_places():
    model, x = small(std=0.3), images(3)
    torch.manual_seed(0)
    of_x, kl = model.bound(x, 0.5)
    torch.manual_seed(0)
    mean = model.paint(model.relaxed(model.encode(x), 0.5))
    gauss = -((x - mean) / 0.3).square() / 2 - math.log(0.3) - math.log(2 * math.pi) / 2
    torch.testing.assert_close(of_x, gauss.sum((1, 2, 3)))
    torch.testing.assert_close(kl, uniform_kl(model.encode(x)).sum(1))


def test_no_place_gets_two_codes_of_a_started_book_while_another_has_none():
    """One picture, fifty times: sixteen places, sixteen codes."""
    torch.manual_seed(0)
    model = DiscreteVAE(codes=16)
    x = draw_shapes(ONE.every[:1], generator=seeded()).repeat(50, 1, 1, 1)
    distinct = len(model.vectors(x[:1])[0].detach().round(decimals=5).unique(dim=0))
    model.start_book(x, seeded())
    assert len(model.book.detach().round(decimals=5).unique(dim=0)) == min(16, distinct)


def test_a_started_book_lies_where_the_images_are():
    torch.manual_seed(0)
    model = DiscreteVAE(codes=16)
    x = draw_shapes(ONE.every, generator=seeded())
    model.start_book(x, seeded())
    h = model.vectors(x).flatten(0, 1)
    nearest = torch.cdist(model.book.detach(), h).min(1).values
    assert nearest.max() < 1e-3 and len(model.book.detach().unique(dim=0)) == 16
    assert len(model.tokens(x).unique()) == 16  # each of them is used


def test_a_short_training_draws_the_images_again():
    torch.manual_seed(0)
    model, x = DiscreteVAE(codes=16, features=8), draw_shapes(ONE.every, generator=seeded())
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    for step in range(150):
        if step == 50:
            model.start_book(x, seeded())
        if step < 50:
            loss = (model.paint(model.vectors(x[::4])) - x[::4]).square().mean()
        else:
            likelihood, kl = model.bound(x[::4], 0.5)
            loss = (0.2 * kl - likelihood).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    error = (model.decode(model.tokens(x)) - x).square().mean()
    assert error < 0.7 * (x - x.mean(0)).square().mean()


# --- DALL-E's pixels


def test_the_density_of_a_pixel_integrates_to_one_inside_0_and_1():
    # even steps of the logit: dx = x (1 - x) d logit
    logit = torch.linspace(-30, 30, 100_001, dtype=torch.float64)
    x = logit.sigmoid()
    for location, log_scale in ((0.0, 0.0), (1.5, -1.0), (-2.0, 0.7)):
        place = torch.full_like(x, location), torch.full_like(x, log_scale)
        inside = (x > 0) & (x < 1)
        f = logit_laplace(x[inside], place[0][inside], place[1][inside]).exp()
        total = (f * x[inside] * (1 - x[inside])).sum() * (logit[1] - logit[0])
        assert total.item() == pytest.approx(1, abs=1e-3)


def test_the_density_of_a_pixel_is_that_of_its_logit_by_the_change_of_variables():
    x = torch.linspace(0.1, 0.9, 9, dtype=torch.float64)
    laplace = torch.distributions.Laplace(0.3, 0.5)
    base = torch.distributions.TransformedDistribution(
        laplace, [torch.distributions.SigmoidTransform()]
    )
    place = torch.full_like(x, 0.3), torch.full_like(x, math.log(0.5))
    torch.testing.assert_close(logit_laplace(x, *place), base.log_prob(x), atol=1e-6, rtol=0)


def test_pixels_are_squeezed_and_back():
    x = torch.linspace(0, 1, 11).double()
    assert squeeze(x).min().item() == pytest.approx(0.1)
    assert squeeze(x).max().item() == pytest.approx(0.9)
    torch.testing.assert_close(unsqueeze(squeeze(x)), x)
    assert unsqueeze(torch.tensor([0.0, 1.0])).tolist() == [0, 1]


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({"codes": 1}, "codes must be at least 2"),
        ({"size": 10}, "size must be 8, 12, 16"),
        ({"size": 4}, "size must be 8, 12, 16"),
        ({"std": 0}, "std must be"),
    ],
    ids=str,
)
def test_what_cannot_be_built_is_refused_by_name(arguments, said):
    with pytest.raises(ValueError, match=said):
        DiscreteVAE(**arguments)


def test_images_and_tokens_that_cannot_be_are_refused_by_name():
    model = small()
    with pytest.raises(ValueError, match="x must"):
        model.encode(images(size=12))
    with pytest.raises(ValueError, match="tokens must be 0, ..., 4"):
        model.decode(torch.full((2, 4), 5))
    with pytest.raises(ValueError, match="tokens must be"):
        model.decode(torch.zeros(2, 5).long())
    with pytest.raises(ValueError, match="temperature must"):
        model.relaxed(model.encode(images()), 0)
