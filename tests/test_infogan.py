"""Codes guessed back: what the bound on their information is worth, and whom its gradient moves."""

import copy
import math

import pytest
import torch
from torch import nn

from genlib.models import CodeGuesser, Codes, ConditionalGenerator, InfoDiscriminator
from genlib.models.gan import discriminator_loss, nonsaturating_loss
from genlib.models.infogan import (
    Guess,
    agreement,
    categorical_bound,
    continuous_bound,
    guess_back,
    information_bound,
    joint_table,
)
from genlib.training import Player, fit

# how often each of 3 codes makes each of 4 images: every code equally often, as the prior says
COUNTS = torch.tensor([[6, 3, 2, 1], [1, 1, 5, 5], [2, 8, 1, 1]])
JOINT = COUNTS.double() / COUNTS.sum()
POSTERIOR = (JOINT / JOINT.sum(0)).T  # p(c|x): (4, 3)
CODE, IMAGE = (
    place.repeat_interleave(COUNTS.flatten())
    for place in torch.cartesian_prod(torch.arange(3), torch.arange(4)).T
)


def table_bound(logits):
    """L_I of Q given as a table of logits (4, 3), every pair as often as counted."""
    return categorical_bound(logits[IMAGE], torch.eye(3, dtype=torch.float64)[CODE])


def information():
    """I(c; x) by its definition."""
    return (JOINT * (JOINT / (JOINT.sum(0) * JOINT.sum(1, keepdim=True))).log()).sum()


def normal_weights(module):
    for weight in module.parameters():
        nn.init.normal_(weight, std=0.3)
    return module


def networks(**settings):
    codes = Codes(**settings)
    D = normal_weights(InfoDiscriminator(codes, features=4, hidden=5))
    return codes, normal_weights(ConditionalGenerator(codes, latent_dim=3, features=4)), D


# --- the bound, on a table


def test_the_information_less_the_bound_is_the_mean_divergence_of_q_from_the_posterior():
    for _ in range(20):
        logits = 2 * torch.randn(4, 3, dtype=torch.float64)
        kl = (POSTERIOR * (POSTERIOR.log() - logits.log_softmax(1))).sum(1)
        expected = (JOINT.sum(0) * kl).sum()
        assert expected > 0.01
        torch.testing.assert_close(
            information() - table_bound(logits), expected, rtol=0, atol=1e-12
        )


def test_at_the_true_posterior_the_bound_is_the_information():
    found = table_bound(POSTERIOR.log())
    torch.testing.assert_close(found, information(), rtol=0, atol=1e-14)
    logits = POSTERIOR.log().requires_grad_()
    (slope,) = torch.autograd.grad(table_bound(logits), logits)
    assert slope.abs().max() < 1e-15


def test_a_q_that_ignores_the_image_knows_nothing():
    zeros = torch.zeros(4, 3, dtype=torch.float64)
    assert table_bound(zeros + 7).item() == pytest.approx(0, abs=1e-14)


def test_the_bound_is_at_most_the_entropy_and_a_sure_right_guess_reaches_it():
    """Catches the entropy of the one-hot sample, 0, in place of the prior's."""
    category = torch.eye(10, dtype=torch.float64)[torch.randint(10, (50,))]
    assert categorical_bound(1e3 * category, category).item() == pytest.approx(math.log(10))
    for _ in range(20):
        guess = 3 * torch.randn(50, 10, dtype=torch.float64)
        assert categorical_bound(guess, category) < math.log(10)
    assert categorical_bound(0 * category, category).item() == pytest.approx(0, abs=1e-14)


def test_the_entropies_are_those_of_the_priors():
    assert Codes(10, 2).entropy == pytest.approx(math.log(40))
    assert Codes(7, 0).entropy == pytest.approx(math.log(7))


def test_a_gaussian_q_of_uniform_codes_falls_short_by_the_divergence_of_a_uniform_from_a_gaussian():
    """x tells the cell of c among M. I = ln M, and KL(uniform || N) = 1/2 ln(2 pi e / 12) in each cell.

    Catches a Gaussian's entropy in place of the uniform prior's ln 2.
    """
    M = 8
    centre = (torch.arange(M, dtype=torch.float64) + 0.5) / M * 2 - 1
    std = torch.full((M,), 2 / M / math.sqrt(12), dtype=torch.float64)
    c = torch.cat([centre - std, centre + std])[:, None]  # the second moment is exact
    mean, log_std = centre.repeat(2)[:, None], std.log().repeat(2)[:, None]
    gap = math.log(M) - continuous_bound(mean, log_std, c).item()
    assert gap == pytest.approx(math.log(2 * math.pi * math.e / 12) / 2, abs=1e-12)


def test_the_continuous_bound_is_the_mean_log_density_plus_the_uniform_priors_entropy():
    mean, log_std, c = torch.randn(3, 9, 2, dtype=torch.float64)
    density = torch.distributions.Normal(mean, log_std.exp()).log_prob(c).sum(1)
    expected = density.mean() + 2 * math.log(2)
    torch.testing.assert_close(continuous_bound(mean, log_std, c), expected, rtol=0, atol=1e-12)


def test_a_gaussian_q_that_ignores_the_image_has_no_information_from_a_uniform_code():
    """Its best is N(0, 1/3): -1/2 ln(2 pi e / 3) + ln 2, below 0 by what the wrong shape costs."""
    c = torch.tensor([[-1.0], [1.0]], dtype=torch.float64) / math.sqrt(3)
    log_std = torch.full_like(c, -math.log(3) / 2)
    found = continuous_bound(0 * c, log_std, c).item()
    assert found == pytest.approx(-math.log(2 * math.pi * math.e / 12) / 2, abs=1e-12)


def test_the_information_of_all_codes_is_the_sum_and_what_is_trained_weighs_numbers_a_tenth():
    codes = Codes(4, 3)
    logits, mean, log_std = torch.randn(6, 4), torch.randn(6, 3), torch.randn(6, 3)
    code = codes.sample(6)
    category = categorical_bound(logits, code[:, :4])
    numbers = continuous_bound(mean, log_std, code[:, 4:])
    guess = Guess(logits, mean, log_std)
    torch.testing.assert_close(information_bound(guess, code, 1.0), category + numbers)
    torch.testing.assert_close(information_bound(guess, code), category + numbers / 10)
    torch.testing.assert_close(information_bound(guess, code, 0.0), category)


# --- codes


def test_codes_come_from_their_prior_one_hot_and_uniform():
    """Catches Gaussian numbers for uniform codes."""
    c = Codes(10, 2).sample(20_000, torch.Generator().manual_seed(0))
    category, number = c[:, :10], c[:, 10:]
    assert c.shape == (20_000, 12)
    assert bool(((category == 0) | (category == 1)).all()) and bool((category.sum(1) == 1).all())
    assert (category.mean(0) - 0.1).abs().max() < 0.01
    assert number.abs().max() <= 1 and number.min() < -0.99 and number.max() > 0.99
    torch.testing.assert_close(number.std(0), torch.full((2,), 3**-0.5), rtol=0.02, atol=0)
    assert (c.T.corrcoef()[10:, :10].abs() < 0.03).all() and abs(number.T.corrcoef()[0, 1]) < 0.03


def test_codes_repeat_with_their_generator_and_touch_no_other_noise():
    before = torch.get_rng_state()
    one, two = (Codes().sample(9, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one, two) and torch.equal(before, torch.get_rng_state())


def test_codes_set_by_hand_stand_where_sampled_ones_do():
    c = Codes(3, 2).join(torch.tensor([2, 0]), torch.tensor([[0.5, -1.0], [0.0, 1.0]]))
    assert c.tolist() == [[0, 0, 1, 0.5, -1], [1, 0, 0, 0, 1]]
    assert Codes(3, 0).sample(4).shape == (4, 3)
    assert Codes(3, 2).join(torch.zeros(0).long(), torch.zeros(0, 2)).shape == (0, 5)


def test_what_was_joined_can_be_split():
    codes = Codes(5, 3)
    category, value = torch.randint(5, (40,)), 2 * torch.rand(40, 3) - 1
    found = codes.split(codes.join(category, value))
    assert torch.equal(found[0], category) and torch.equal(found[1], value)
    drawn = codes.sample(9)
    assert torch.equal(codes.join(*codes.split(drawn)), drawn)


# --- whom the loss moves


def gradients(loss, module):
    return torch.autograd.grad(
        loss, list(module.parameters()), allow_unused=True, retain_graph=True
    )


def all_reached(found):
    return all(g is not None and g.abs().max() > 0 for g in found)


def none_reached(found):
    return all(g is None or g.abs().max() == 0 for g in found)


def test_the_information_loss_reaches_every_weight_of_generator_and_q():
    codes, G, D = networks()
    _, guess, code = guess_back(D, G, codes, 8)
    loss = -information_bound(guess, code)
    assert all_reached(gradients(loss, G))
    assert all_reached(gradients(loss, D.q))


def test_the_information_loss_reaches_the_trunk_and_not_the_logits_own_weights():
    codes, G, D = networks()
    _, guess, code = guess_back(D, G, codes, 8)
    loss = -information_bound(guess, code)
    assert all_reached(gradients(loss, D.trunk))
    assert none_reached(gradients(loss, D.head))


def test_the_logits_of_fakes_reach_every_weight_of_generator_and_discriminator_and_not_q():
    codes, G, D = networks()
    logits, _, _ = guess_back(D, G, codes, 8)
    loss = nonsaturating_loss(logits)
    assert all_reached(gradients(loss, G))
    assert all_reached(gradients(loss, D.layers))
    assert none_reached(gradients(loss, D.q))


def test_the_discriminators_own_loss_leaves_q_alone():
    _, _, D = networks()
    real, fake = torch.rand(2, 8, 1, 16, 16)
    loss = discriminator_loss(D(real), D(fake))
    assert all_reached(gradients(loss, D.layers))
    assert none_reached(gradients(loss, D.q))


def test_logits_and_guess_of_one_pass_are_those_of_two():
    codes, _, D = networks()
    x = torch.rand(6, 1, 16, 16)
    logits, guess = D.eval().both(x)
    torch.testing.assert_close(logits, D(x))
    for one, two in zip(guess, D.guess(x), strict=True):
        torch.testing.assert_close(one, two)
    assert all_reached(gradients(-information_bound(D.guess(x), codes.sample(6)), D.q))


def test_what_is_guessed_back_is_the_codes_of_these_very_fakes():
    codes, G, D = networks()
    G.eval(), D.eval()
    logits, guess, code = guess_back(D, G, codes, 7, torch.Generator().manual_seed(2))
    noise = torch.Generator().manual_seed(2)
    assert torch.equal(code, codes.sample(7, noise))
    expected, expected_guess = D.both(G(G.noise(7, noise), code))
    torch.testing.assert_close(logits, expected)
    for one, two in zip(guess, expected_guess, strict=True):
        torch.testing.assert_close(one, two)


def test_d_and_q_see_what_is_shown_of_a_fake():
    codes, G, D = networks(categories=4, continuous=1)
    seed = lambda: torch.Generator().manual_seed(2)
    logits, guess, code = guess_back(D, G, codes, 7, seed(), shown=lambda x: 1 - x)
    noise = seed()
    assert torch.equal(code, codes.sample(7, noise))
    D_logits, Q_guess = D.both(1 - G(G.noise(7, noise), code))
    torch.testing.assert_close(logits, D_logits)
    torch.testing.assert_close(guess.logits, Q_guess.logits)


def test_no_guess_at_images_that_no_code_made_has_information():
    """Catches Q's loss on real images: every image beside every code, as often as it likes, gives

    L_I = -E KL(prior || Q) <= 0, whose gradient only teaches Q to know nothing.
    """
    image = torch.tensor([0, 0, 1, 2, 3, 3]).repeat(3)  # 6 images beside each of 3 codes
    code = torch.eye(3, dtype=torch.float64).repeat_interleave(6, 0)
    logits = 2 * torch.randn(4, 3, dtype=torch.float64)
    kl = -math.log(3) - logits.log_softmax(1).mean(1)
    found = categorical_bound(logits[image], code)
    torch.testing.assert_close(found, -kl[image].mean(), rtol=0, atol=1e-12)
    assert found < -0.01


@pytest.mark.parametrize("lam, moved", [(0.0, False), (1.0, True)])
def test_q_moves_with_the_generator_only_where_lambda_is_not_zero_and_the_trunk_never(lam, moved):
    codes, G, D = networks()
    before = copy.deepcopy(D)

    def loss(real):
        logits, guess, code = guess_back(D, G, codes, len(real))
        return nonsaturating_loss(logits) - lam * information_bound(guess, code)

    optimizer = torch.optim.SGD([*G.parameters(), *D.q.parameters()], 0.1)
    fit({"G": Player(G, loss, optimizer)}, iter([(torch.rand(8, 1, 16, 16),)]), 1)
    same = list(map(torch.equal, D.q.parameters(), before.q.parameters()))
    assert not any(same) if moved else all(same)
    assert all(map(torch.equal, D.layers.parameters(), before.layers.parameters()))


def test_a_few_steps_of_the_game_make_the_categories_readable():
    """On tiny networks: lambda 1 makes Q know more than half of ln 3, lambda 0 leaves it nothing."""
    found = {}
    for lam in (0.0, 1.0):
        torch.manual_seed(0)
        codes = Codes(3, 0)
        G = ConditionalGenerator(codes, latent_dim=2, features=4)
        D = InfoDiscriminator(codes, features=4, hidden=16)
        noise = torch.Generator().manual_seed(0)

        def loss(lam=lam, codes=codes, G=G, D=D, noise=noise):
            _, guess, code = guess_back(D, G, codes, 32, noise)
            return -lam * information_bound(guess, code)

        optimizer = torch.optim.Adam([*G.parameters(), *D.q.parameters()], 2e-3)
        fit({"G": Player(G, loss, optimizer)}, iter(lambda: (), None), 150)
        G.train(), D.train()
        with torch.no_grad():
            _, guess, code = guess_back(D, G, codes, 500, noise)
        found[lam] = information_bound(guess, code).item()
    assert found[1.0] > math.log(3) / 2 and found[0.0] < 0.1


# --- the agreement of two moved copies


def test_the_agreement_is_the_information_in_the_mean_table_of_both_guesses():
    logits, others = 2 * torch.randn(2, 50, 4, dtype=torch.float64)
    joint = sum(
        torch.outer(a, b) + torch.outer(b, a)
        for a, b in zip(logits.softmax(1), others.softmax(1), strict=True)
    ) / (2 * 50)
    torch.testing.assert_close(joint_table(logits, others), joint)
    torch.testing.assert_close(joint_table(others, logits), joint)
    alone = torch.outer(joint.sum(1), joint.sum(1))
    expected = (joint * (joint / alone).log()).sum()
    torch.testing.assert_close(agreement(joint), expected)


def test_sure_and_equal_guesses_of_every_category_agree_by_ln_c():
    logits = 50 * torch.eye(5).repeat(6, 1)
    agree = lambda logits, others: agreement(joint_table(logits, others)).item()
    assert agree(logits, logits) == pytest.approx(math.log(5), abs=1e-4)
    assert agree(logits[:1].repeat(9, 1), logits[:1].repeat(9, 1)) < 1e-4  # one for all
    assert agree(0 * logits, 0 * logits) < 1e-4  # no idea
    assert agree(logits, logits[torch.randperm(30)]) < agree(logits, logits)


def test_with_a_running_table_the_slope_is_that_of_its_information():
    running = joint_table(*torch.randn(2, 300, 4, dtype=torch.float64))
    one = running.clone().requires_grad_()
    (slope,) = torch.autograd.grad(agreement(one, running), one)
    whole = running.clone().requires_grad_()
    (expected,) = torch.autograd.grad(agreement(whole), whole)
    centred = lambda x: x - x.mean()  # all cells together cannot grow, the sum is 1
    torch.testing.assert_close(centred(slope), centred(expected))
    other = joint_table(*torch.randn(2, 9, 4, dtype=torch.float64)).requires_grad_()
    (slope,) = torch.autograd.grad(agreement(other, running), other)
    torch.testing.assert_close(centred(slope), centred(expected))  # whatever the batch's own table


# --- the networks


def test_a_trunk_of_its_own_makes_q_blind_to_that_of_d_and_d_to_that_of_q():
    D = InfoDiscriminator(Codes(4, 3), features=4, hidden=5, own_trunk=True).eval()
    x = torch.rand(6, 1, 16, 16)
    logits, guess = D.both(x)
    assert torch.equal(D(x), logits) and torch.equal(D.guess(x).logits, guess.logits)
    assert guess.logits.shape == (6, 4) and guess.mean.shape == (6, 3)
    gradients = lambda value, net: torch.autograd.grad(
        value.sum(), list(net.parameters()), allow_unused=True, retain_graph=True
    )
    assert all(g is None for g in gradients(guess.logits, D.layers))
    assert all(g is None for g in gradients(logits, D.q))
    assert all(g is not None for g in gradients(torch.cat([*guess], dim=1), D.q))
    assert not InfoDiscriminator(Codes(4, 3), features=4).own_trunk


@pytest.mark.parametrize("size, channels", [(16, 1), (32, 3), (28, 1)])
def test_noise_and_codes_become_images_and_images_a_logit_and_a_guess(size, channels):
    codes = Codes(4, 3)
    G = ConditionalGenerator(codes, size, channels, latent_dim=5, features=4)
    D = normal_weights(InfoDiscriminator(codes, size, channels, features=4, hidden=5))
    x = G.sample(6, codes.sample(6))
    assert x.shape == (6, channels, size, size) and x.min() >= 0 and x.max() <= 1
    logits, guess = D.both(x)
    assert logits.shape == (6,) and guess.logits.shape == (6, 4)
    assert guess.mean.shape == guess.log_std.shape == (6, 3)


def test_each_code_and_each_noise_number_moves_its_own_image_alone():
    codes, G, _ = networks()
    z, code = G.noise(3).requires_grad_(), codes.sample(3).requires_grad_()
    for found in torch.autograd.grad(G.eval()(z, code)[1].sum(), (z, code)):
        assert found[1].abs().min() > 0 and found[[0, 2]].abs().max() == 0


def test_noise_and_codes_enter_the_body_side_by_side():
    codes, G, D = networks()
    z, code = G.eval().noise(4), codes.sample(4)
    torch.testing.assert_close(G(z, code), G.body(torch.cat([z, code], dim=1)))
    assert G.body.layers[-2].in_channels == D.layers[0].out_channels == 4  # the features
    assert D.q.layers[0].weight.shape == (5, 16 * 8)


def test_q_meets_the_definition():
    """A linear layer, batch norm, leaky ReLU of slope 0.2, a linear layer; log_std = 5 tanh(free / 5)."""
    q, h = (
        normal_weights(CodeGuesser(Codes(4, 2), inputs=6, hidden=8)).double(),
        torch.randn(9, 6).double(),
    )
    first, norm, _, last = q.layers
    a = h @ first.weight.T
    a = (a - a.mean(0)) / (a.var(0, unbiased=False) + norm.eps).sqrt() * norm.weight + norm.bias
    found = torch.where(a > 0, a, 0.2 * a) @ last.weight.T + last.bias
    logits, mean, log_std = q(h)
    torch.testing.assert_close(logits, found[:, :4])
    torch.testing.assert_close(mean, found[:, 4:6])
    torch.testing.assert_close(log_std, 5 * (found[:, 6:] / 5).tanh())


def test_q_guesses_from_its_own_row_and_its_log_std_stays_within_five():
    q = normal_weights(CodeGuesser(Codes(4, 2), inputs=6, hidden=8)).eval()
    h, order = torch.randn(5, 6), torch.randperm(5)
    for one, two in zip(q(h), q(h[order]), strict=True):
        torch.testing.assert_close(one[order], two)
    wild = q(1e4 * h)
    assert 4.9 < wild.log_std.abs().max() <= 5 and wild.mean.abs().max() > 5


INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.uint16]


@pytest.mark.parametrize("integer", INTEGERS, ids=str)
def test_categories_and_one_hots_are_whole_numbers_of_any_type(integer):
    codes, category = Codes(120, 1), torch.tensor([119, 0, 7])
    value = torch.tensor([[-1.0], [0.0], [1.0]])
    code = codes.join(category, value)
    assert torch.equal(codes.join(category.to(integer), value), code)
    assert torch.equal(
        codes.join(category.to(integer).numpy()[::-1].copy(), value[[2, 1, 0]]), code[[2, 1, 0]]
    )
    one_hot, logits = code[:, :120], torch.randn(3, 120)
    found = categorical_bound(logits, one_hot.to(integer))
    assert torch.equal(found, categorical_bound(logits, one_hot))
    G = ConditionalGenerator(Codes(120, 0), features=2).eval()
    z = G.noise(3)
    assert torch.equal(G(z, one_hot.to(integer)), G(z, one_hot))


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: Codes(1), "categories must be at least 2, got 1"),
        (lambda: Codes(continuous=-1), "continuous must be at least 0, got -1"),
        (
            lambda: Codes(3).join(torch.tensor([3]), torch.zeros(1, 2)),
            "category must be 0, ..., 2, got 3 to 3",
        ),
        (
            lambda: Codes(3).join(torch.tensor([0, -1]), torch.zeros(2, 2)),
            "category must be 0, ..., 2, got -1 to 0",
        ),
        (
            lambda: Codes(3).join(torch.zeros(2), torch.zeros(2, 2)),
            "category must be whole numbers",
        ),
        (
            lambda: Codes(3).join(torch.zeros(2, 1).long(), torch.zeros(2, 2)),
            r"category must be \(B,\), got \(2, 1\)",
        ),
        (
            lambda: Codes(3).join(torch.tensor([1, 0]), torch.zeros(1, 2)),
            r"continuous must be \(2, 2\), got \(1, 2\)",
        ),
        (
            lambda: Codes(3).join(torch.tensor([1]), torch.zeros(1, 3)),
            r"continuous must be \(1, 2\), got \(1, 3\)",
        ),
        (
            lambda: ConditionalGenerator(Codes())(torch.zeros(2, 16), torch.zeros(2, 10)),
            r"code must be \(2, 12\), got \(2, 10\)",
        ),
        (
            lambda: ConditionalGenerator(Codes())(torch.zeros(2, 16), torch.zeros(1, 12)),
            r"code must be \(2, 12\), got \(1, 12\)",
        ),
        (
            lambda: ConditionalGenerator(Codes())(torch.zeros(2, 28), torch.zeros(2, 12)),
            r"z must be \(B, 16\), got \(2, 28\)",
        ),
        (
            lambda: ConditionalGenerator(Codes(), latent_dim=0),
            "latent_dim must be at least 1, got 0",
        ),
        (
            lambda: InfoDiscriminator(Codes()).both(torch.zeros(2, 1, 8, 8)),
            r"x must be \(B, 1, 16, 16\), got \(2, 1, 8, 8\)",
        ),
        (lambda: CodeGuesser(Codes(), 0), "inputs must be at least 1, got 0"),
        (lambda: CodeGuesser(Codes(), 4, hidden=0), "hidden must be at least 1, got 0"),
        (lambda: CodeGuesser(Codes(), 4)(torch.zeros(2, 3)), r"h must be \(B, 4\), got \(2, 3\)"),
        (
            lambda: CodeGuesser(Codes(), 4)(torch.zeros(2, 4, 1)),
            r"h must be \(B, 4\), got \(2, 4, 1\)",
        ),
        (
            lambda: categorical_bound(torch.zeros(2, 3), torch.tensor([0, 1])),
            r"category must be \(2, 3\), got \(2,\)",
        ),
        (
            lambda: categorical_bound(torch.zeros(3), torch.zeros(3)),
            r"logits must be \(B, C\), got \(3,\)",
        ),
        (
            lambda: continuous_bound(torch.zeros(2, 1), torch.zeros(2, 2), torch.zeros(2, 1)),
            r"log_std must be \(2, 1\), got \(2, 2\)",
        ),
        (
            lambda: continuous_bound(torch.zeros(2, 1), torch.zeros(2, 1), torch.zeros(2)),
            r"value must be \(2, 1\), got \(2,\)",
        ),
        (
            lambda: information_bound(
                Guess(torch.zeros(2, 3), torch.zeros(2, 1), torch.zeros(2, 1)), torch.zeros(2, 3)
            ),
            r"code must be \(2, 4\), got \(2, 3\)",
        ),
        (
            lambda: information_bound(
                Guess(torch.zeros(2, 3), torch.zeros(2, 1), torch.zeros(2, 1)), torch.zeros(1, 4)
            ),
            r"code must be \(2, 4\), got \(1, 4\)",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
