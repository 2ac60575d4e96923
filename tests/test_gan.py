"""The game: what theory says of its value and its gradients, and what the players may touch."""

import copy
import math
from functools import partial

import pytest
import torch
from small import weights_of
from torch import nn
from torch.nn.functional import conv2d, conv_transpose2d

from genlib.metrics import jensen_shannon
from genlib.models import (
    Codes,
    ConditionalDiscriminator,
    DCGANDiscriminator,
    DCGANGenerator,
    DigitClassifier,
    InfoDiscriminator,
    MLPDiscriminator,
    MLPGenerator,
)
from genlib.models.gan import (
    InstanceNoise,
    critic_generator_loss,
    critic_loss,
    discriminator_loss,
    gradient_penalty,
    least_squares_discriminator_loss,
    least_squares_generator_loss,
    minimax_loss,
    nonsaturating_loss,
    optimal_logits,
    r1_penalty,
    real_and_fake,
    value,
)
from genlib.training import Average, Player, fit

K = 6
# p and g as counts, so that a mean over rows is an expectation without error
P_COUNTS, G_COUNTS = torch.tensor([[9, 1, 4, 2, 3, 1], [2, 5, 1, 6, 2, 4]])
P, G = P_COUNTS.double() / 20, G_COUNTS.double() / 20


def rows(logits, counts):
    """A logit a state -> a logit a draw, each state as often as counted."""
    return logits.repeat_interleave(counts)


def kl(p, q):
    return (p * (p / q).log()).sum()


def double_jsd(p, q):
    return kl(p, (p + q) / 2) + kl(q, (p + q) / 2)


# --- the best discriminator, on a table of K states


def test_the_value_is_its_definition_in_probabilities():
    real, fake = torch.randn(7, dtype=torch.float64), torch.randn(5, dtype=torch.float64)
    expected = real.sigmoid().log().mean() + (1 - fake.sigmoid()).log().mean()
    torch.testing.assert_close(value(real, fake), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(discriminator_loss(real, fake), -expected, rtol=0, atol=1e-12)


def test_the_optimal_logits_are_those_of_p_over_p_plus_g():
    found = optimal_logits(P.log(), G.log()).sigmoid()
    torch.testing.assert_close(found, P / (P + G), rtol=0, atol=1e-14)


def test_at_the_best_discriminator_the_value_is_twice_the_jensen_shannon_divergence_minus_log_four():
    best = optimal_logits(P.log(), G.log())
    found = value(rows(best, P_COUNTS), rows(best, G_COUNTS)).item()
    assert found == pytest.approx(2 * jensen_shannon(P, G) - math.log(4), abs=1e-10)
    assert found == pytest.approx(double_jsd(P, G).item() - math.log(4), abs=1e-10)


def test_no_other_discriminator_has_a_larger_value():
    best = optimal_logits(P.log(), G.log())
    most = value(rows(best, P_COUNTS), rows(best, G_COUNTS))
    for _ in range(200):
        other = best + 0.3 * torch.randn(K, dtype=torch.float64)
        assert value(rows(other, P_COUNTS), rows(other, G_COUNTS)) < most


def test_logits_trained_on_the_table_become_the_best_ones():
    table = nn.Embedding(K, 1).double()
    states = torch.arange(K)
    real, fake = rows(states, P_COUNTS), rows(states, G_COUNTS)
    loss = lambda: discriminator_loss(table(real).squeeze(1), table(fake).squeeze(1))
    optimizer = torch.optim.LBFGS(
        table.parameters(), tolerance_grad=1e-12, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def closure():
        optimizer.zero_grad()
        found = loss()
        found.backward()
        return found

    for _ in range(5):
        optimizer.step(closure)
    torch.testing.assert_close(
        table.weight.detach().squeeze(1), optimal_logits(P.log(), G.log()), rtol=0, atol=1e-6
    )


def test_equal_distributions_leave_the_discriminator_at_one_half():
    best = optimal_logits(P.log(), P.log())
    assert torch.equal(best.sigmoid(), torch.full_like(best, 0.5))
    assert value(best, best).item() == pytest.approx(-math.log(4), abs=1e-15)


def test_disjoint_distributions_have_value_zero():
    sure = torch.tensor([torch.inf], dtype=torch.float64)
    assert value(sure, -sure).item() == 0


# --- the generator's gradients, in a world where G is a softmax over K states


@pytest.mark.parametrize(
    "loss, theory",
    [
        (minimax_loss, double_jsd),
        (nonsaturating_loss, lambda p, g: kl(g, p) - double_jsd(p, g)),
    ],
    ids=["minimax: 2 JSD", "non-saturating: KL(g, p) - 2 JSD"],
)
def test_at_the_best_discriminator_a_generator_loss_has_the_gradient_that_theory_names(
    loss, theory
):
    weights = torch.randn(K, dtype=torch.float64, requires_grad=True)
    g = weights.softmax(0)
    best = optimal_logits(P.log(), g.log()).detach()  # D holds still while G moves
    each = torch.stack([loss(logit[None]) for logit in best])
    (found,) = torch.autograd.grad((g * each).sum(), weights, retain_graph=True)
    (expected,) = torch.autograd.grad(theory(P, g), weights)
    assert expected.abs().max() > 0.01
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def slope(loss, logit):
    logit = torch.tensor([logit], dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(loss(logit), logit)[0].item()


def test_the_minimax_loss_saturates_where_the_discriminator_is_sure_and_the_other_does_not():
    assert slope(minimax_loss, -10.0) == pytest.approx(-1 / (1 + math.exp(10)), rel=1e-9)
    assert slope(nonsaturating_loss, -10.0) == pytest.approx(-1 / (1 + math.exp(-10)), rel=1e-9)
    assert slope(nonsaturating_loss, 0.0) == slope(minimax_loss, 0.0) == -0.5


def test_losses_of_huge_logits_are_finite_and_exact():
    huge = torch.tensor([1e4, -1e4])
    assert discriminator_loss(huge, huge).item() == pytest.approx(1e4)
    assert minimax_loss(huge).item() == pytest.approx(-5e3)
    assert nonsaturating_loss(huge).item() == pytest.approx(5e3)


def test_a_sigmoid_before_the_loss_leaves_a_floor_that_no_discriminator_passes():
    """The public mistake: probabilities where logits belong."""
    right = torch.full((9,), 40.0)  # a discriminator that knows everything
    assert discriminator_loss(right, -right) < 1e-15
    twice = discriminator_loss(right.sigmoid(), (-right).sigmoid()).item()
    assert twice == pytest.approx(math.log(1 + math.exp(-1)) + math.log(2))


def test_networks_answer_logits_not_probabilities():
    images = torch.rand(64, 1, 16, 16)
    for D, x in [
        (MLPDiscriminator((1, 16, 16)), images),
        (DCGANDiscriminator(), images),
        (MLPDiscriminator((2,)), torch.randn(64, 2)),
    ]:
        for parameter in D.parameters():
            nn.init.normal_(parameter)
        logits = D(x)
        assert logits.min() < -1 and logits.max() > 2


JUDGES = {
    "MLP": (lambda: MLPDiscriminator((1, 16, 16)), lambda D, x: D(x)),
    "DCGAN": (DCGANDiscriminator, lambda D, x: D(x)),
    "DCGAN's features": (DCGANDiscriminator, lambda D, x: D.pooled(x)),
    "InfoGAN": (lambda: InfoDiscriminator(Codes()), lambda D, x: D(x)),
    "InfoGAN's two heads": (lambda: InfoDiscriminator(Codes()), lambda D, x: D.both(x)),
    "told": (lambda: ConditionalDiscriminator(1), lambda D, x: D(x, x[:, 0, 0, :1])),
    "classifier": (DigitClassifier, lambda D, x: D(x)),
    "classifier's features": (DigitClassifier, lambda D, x: D.hidden(x)),
}


@pytest.mark.parametrize("make, judge", JUDGES.values(), ids=JUDGES)
def test_the_first_layer_of_a_judge_of_images_sees_zero_as_minus_one_and_one_as_one(make, judge):
    D, seen = make().eval(), []
    first = next(m for m in D.modules() if isinstance(m, (nn.Linear, nn.Conv2d)))
    first.register_forward_pre_hook(lambda layer, x: seen.append(x[0][:, :1]))  # the image
    for grey, expected in ((0.0, -1.0), (0.5, 0.0), (1.0, 1.0)):
        judge(D, torch.full((2, 1, 16, 16), grey))
        assert torch.equal(seen[-1], torch.full_like(seen[-1], expected))


def test_the_first_layer_of_a_judge_of_points_sees_them_as_they_are():
    D, x, seen = MLPDiscriminator((2,)), torch.randn(5, 2), []
    D.layers[1].register_forward_pre_hook(lambda layer, x: seen.append(x[0]))
    D(x)
    assert torch.equal(seen[0], x)


# --- least squares, and the Wasserstein critic


def test_the_best_least_squares_output_is_p_over_p_plus_g_and_leaves_the_harmonic_sum():
    best = P / (P + G)
    loss = lambda d: least_squares_discriminator_loss(rows(d, P_COUNTS), rows(d, G_COUNTS))
    assert loss(best).item() == pytest.approx((P * G / (P + G)).sum().item(), abs=1e-12)
    for _ in range(100):
        assert loss(best + 0.3 * torch.randn(K, dtype=torch.float64)) > loss(best)


def test_the_least_squares_generator_wants_its_samples_called_real():
    fake = torch.tensor([1.0, 3.0, 0.0])
    assert least_squares_generator_loss(fake).item() == pytest.approx(5 / 3)
    assert least_squares_generator_loss(torch.ones(3)) == 0


def test_a_critic_of_slope_one_measures_how_far_a_shifted_copy_is():
    real = torch.randn(50, 2, dtype=torch.float64)
    fake = real + torch.tensor([3.0, -4.0])
    critic = lambda x: x @ torch.tensor([-0.6, 0.8], dtype=torch.float64)
    assert critic_loss(critic(real), critic(fake)).item() == pytest.approx(-5)
    assert critic_generator_loss(critic(fake)) == -critic(fake).mean()


@pytest.mark.parametrize("shape", [(2,), (3, 4, 4)])
def test_the_penalty_of_a_linear_critic_is_the_square_of_its_slope_minus_one(shape):
    weight = torch.randn(shape, dtype=torch.float64)
    real, fake = torch.randn(2, 8, *shape, dtype=torch.float64)
    for length in (1.0, 0.0, 2.5):
        scaled = weight / weight.norm() * length
        linear = lambda x, scaled=scaled: (x * scaled).flatten(1).sum(1) + 7
        found = gradient_penalty(linear, real, fake).item()
        assert found == pytest.approx((length - 1) ** 2, abs=1e-12)


def test_the_penalty_is_taken_at_one_random_point_between_each_real_and_its_fake():
    seen = []

    def critic(x):
        seen.append(x.detach())
        return x.square().flatten(1).sum(1)

    real, fake = (
        torch.zeros(500, 1, 2, 2),
        torch.ones(500, 1, 2, 2) * torch.arange(1.0, 501)[:, None, None, None],
    )
    gradient_penalty(critic, real, fake, torch.Generator().manual_seed(0))
    share = seen[0] / fake
    assert torch.allclose(share, share[:, :, :1, :1].expand_as(share))  # one share an image
    u = share[:, 0, 0, 0]
    assert u.min() >= 0 and u.max() <= 1 and 0.45 < u.mean() < 0.55 and 0.26 < u.std() < 0.32


def test_the_penalty_is_a_mean_of_squares_not_the_square_of_a_mean():
    """Slopes of 0 and 2 are both wrong by one, though their mean is right."""
    real, fake = torch.tensor([[-5.0], [5.0]]), torch.tensor([[-6.0], [6.0]])
    bent = lambda x: 2 * x.relu()
    assert gradient_penalty(bent, real, fake).item() == pytest.approx(1)


def test_the_penalty_reaches_the_critics_weights_and_repeats_with_its_generator():
    critic = MLPDiscriminator((2,))
    real, fake = torch.randn(2, 16, 2)
    one, two = (
        gradient_penalty(critic, real, fake, torch.Generator().manual_seed(4)) for _ in range(2)
    )
    assert torch.equal(one, two)
    gradients = torch.autograd.grad(one, list(critic.parameters()), allow_unused=True)
    assert all(g is not None and g.abs().max() > 0 for g in gradients[::2])  # the weights


@pytest.mark.parametrize("shape", [(2,), (3, 4, 4)])
def test_r1_of_a_quadric_is_half_the_mean_square_of_its_slope(shape):
    """D = a |x|^2 / 2 + b x has the slope a x + b, at a constant D no matter how high."""
    real, b = torch.randn(8, *shape, dtype=torch.float64), torch.randn(shape, dtype=torch.float64)
    for a in (0.0, 1.5):
        D = lambda x, a=a: (a * x.square() / 2 + b * x).flatten(1).sum(1) + 7
        expected = (a * real + b).square().flatten(1).sum(1).mean() / 2
        assert r1_penalty(D, real).item() == pytest.approx(expected.item(), rel=1e-12)
    assert r1_penalty(lambda x: 0 * x.flatten(1).sum(1) + 7, real) == 0


def test_r1_is_taken_at_the_real_images_under_their_condition():
    real, codes = torch.rand(3, 2), torch.tensor([[1.0], [2.0], [4.0]])
    D = lambda x, code: (code * x).sum(1)
    assert r1_penalty(D, real, codes).item() == pytest.approx((2 * (1 + 4 + 16) / 3) / 2)
    assert not real.requires_grad


def test_r1_reaches_the_weights_of_d_and_lowers_its_slope():
    D, real = DCGANDiscriminator(features=4, batch_norm=False, extra=1), torch.rand(16, 1, 16, 16)
    for layer in D.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, std=0.2)
    before = r1_penalty(D, real)
    gradients = torch.autograd.grad(before, [layer.weight for layer in D.layers[::2][:-1]])
    assert all(gradient.abs().max() > 0 for gradient in gradients)
    player = Player(D, lambda x: r1_penalty(D, x), torch.optim.Adam(D.parameters(), 0.01))
    fit({"D": player}, iter([(real,)] * 20), 20)
    assert r1_penalty(D, real) < 0.2 * before


# --- who may touch what


def small_game():
    """DCGAN networks small enough for a test, their weights not near 0."""
    G, D = DCGANGenerator(latent_dim=3, features=4), DCGANDiscriminator(features=4)
    for module in (G, D):
        for parameter in module.parameters():
            nn.init.normal_(parameter, std=0.3)
    return G, D


def same(module, before):
    return torch.equal(weights_of(module), before)


def test_a_step_of_one_player_leaves_the_other_one_as_it_was():
    G, D = small_game()
    batch = iter([(torch.rand(8, 1, 16, 16),)])
    d, g = weights_of(D), weights_of(G)
    fit({"D": Player(D, lambda x: discriminator_loss(*real_and_fake(D, G, x)))}, batch, 1)
    assert same(G, g) and not same(D, d)
    d, batch = weights_of(D), iter([(torch.rand(8, 1, 16, 16),)])
    fit({"G": Player(G, lambda x: nonsaturating_loss(D(G(G.noise(len(x))))))}, batch, 1)
    assert same(D, d) and not same(G, g)


def test_the_discriminators_loss_has_no_gradient_for_the_generator():
    """Catches fakes that are not detached."""
    G, D = small_game()
    real, fake = real_and_fake(D, G, torch.rand(8, 1, 16, 16))
    discriminator_loss(real, fake).backward()
    assert all(parameter.grad is None for parameter in G.parameters())
    assert all(parameter.grad is not None for parameter in D.parameters())


def test_the_generators_loss_reaches_every_weight_of_the_generator():
    G, D = small_game()
    nonsaturating_loss(D(G(G.noise(8)))).backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in G.parameters())


def batch_norms(module):
    return [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]


def test_real_and_fake_never_share_the_statistics_of_batch_norm():
    """Catches the mixed batch: with it, the logits of real images depend on the fakes."""
    G, D = small_game()
    real = torch.rand(8, 1, 16, 16)
    alone = copy.deepcopy(D)(real)
    for seed in range(3):
        noise = torch.Generator().manual_seed(seed)
        beside, fake = real_and_fake(copy.deepcopy(D), G, real, generator=noise)
        torch.testing.assert_close(beside, alone, rtol=0, atol=0)
        assert fake.std() > 0
    mixed = D(torch.cat([real, G.sample(8)]))[:8]
    assert not torch.allclose(mixed, alone, atol=1e-3)


def test_there_is_a_fake_for_every_real_and_its_noise_comes_from_the_generator_alone():
    G, D = small_game()
    G.eval(), D.eval()
    before = torch.get_rng_state()
    one, two = (
        real_and_fake(D, G, torch.rand(5, 1, 16, 16, generator=torch.Generator()), generator=g)
        for g in (torch.Generator().manual_seed(1), torch.Generator().manual_seed(1))
    )
    assert one[1].shape == (5,) and torch.equal(one[1], two[1])
    assert torch.equal(before, torch.get_rng_state())


def test_a_condition_reaches_both_players():
    class Scaled(MLPGenerator):
        def forward(self, z, scale):
            return super().forward(z) * scale

    G = Scaled((2,))
    D = lambda x, scale: x[:, 0] / scale[:, 0]
    scale, noise = torch.rand(6, 1) + 1, torch.Generator().manual_seed(0)
    z = G.noise(6, torch.Generator().manual_seed(0))
    real, fake = real_and_fake(D, G, torch.ones(6, 2), scale, generator=noise)
    torch.testing.assert_close(real, 1 / scale[:, 0])
    torch.testing.assert_close(fake, MLPGenerator.forward(G, z)[:, 0])


# --- the networks

NETWORKS = {
    "MLP points": lambda: (MLPGenerator((2,)), MLPDiscriminator((2,), dropout=0.3)),
    "MLP images": lambda: (MLPGenerator((3, 8, 8), 5), MLPDiscriminator((3, 8, 8))),
    "DCGAN 16": lambda: (DCGANGenerator(16, 1, 7, 4), DCGANDiscriminator(16, 1, 4)),
    "DCGAN 32": lambda: (DCGANGenerator(32, 3, 7, 4), DCGANDiscriminator(32, 3, 4)),
    "DCGAN 64": lambda: (DCGANGenerator(64, 3, 7, 2), DCGANDiscriminator(64, 3, 2)),
}
SHAPES = {"MLP points": (2,), "MLP images": (3, 8, 8)} | {
    "DCGAN 16": (1, 16, 16),
    "DCGAN 32": (3, 32, 32),
    "DCGAN 64": (3, 64, 64),
}


@pytest.fixture(params=NETWORKS)
def networks(request):
    """A pair with weights that are not near 0, and the shape of its data."""
    G, D = NETWORKS[request.param]()
    for module in (G, D):
        for parameter in module.parameters():
            nn.init.normal_(parameter, std=0.3)
    return G, D, SHAPES[request.param]


def test_noise_becomes_data_and_data_becomes_one_logit_each(networks):
    G, D, shape = networks
    x = G(G.noise(3))
    assert x.shape == (3, *shape) and D(x).shape == (3,)
    if len(shape) == 3:
        assert x.min() >= 0 and x.max() <= 1 and x.min() < 0.3 and x.max() > 0.7
    else:
        assert G.sample(200).abs().max() > 1  # points are unbounded


def test_in_eval_mode_permuted_rows_give_permuted_answers(networks):
    G, D, _ = networks
    G.eval(), D.eval()
    z, order = G.noise(6), torch.randperm(6)
    torch.testing.assert_close(G(z)[order], G(z[order]), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(D(G(z))[order], D(G(z[order])), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(G(z)[:1], G(z[:1]), rtol=1e-4, atol=1e-5)


def test_every_logit_depends_on_its_own_image_alone_in_eval_mode(networks):
    _, D, shape = networks
    x = torch.rand(4, *shape, requires_grad=True)
    (gradient,) = torch.autograd.grad(D.eval()(x)[1], x)
    assert gradient[1].abs().max() > 0 and gradient[[0, 2, 3]].abs().max() == 0


def test_a_sample_is_the_noise_of_its_generator_sent_through_and_has_no_gradient(networks):
    G, _, _ = networks
    G.eval()
    z = G.noise(5, torch.Generator().manual_seed(9))
    x = G.sample(5, generator=torch.Generator().manual_seed(9))
    torch.testing.assert_close(x, G(z).detach())
    assert not x.requires_grad and z.shape == (5, G.latent_dim)
    many = G.noise(40_000 // G.latent_dim)
    assert abs(many.mean()) < 0.03 and abs(many.std() - 1) < 0.03


def test_a_double_generator_has_double_noise():
    assert MLPGenerator((2,)).double().sample(3).dtype == torch.float64


def test_first_weights_are_the_papers_small_ones_only_where_batch_norm_widens_what_they_give():
    torch.manual_seed(0)
    first = lambda D: D.layers[0].weight.std().item()
    assert first(DCGANDiscriminator()) == pytest.approx(0.02, rel=0.2)
    bound = 1 / math.sqrt(16)  # of torch's own, uniform: 16 numbers go in
    expected = pytest.approx(bound / math.sqrt(3), rel=0.2)
    assert first(DCGANDiscriminator(batch_norm=False)) == expected
    G = DCGANGenerator().layers[1].weight.std().item()
    assert G == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize("size, steps", [(16, 2), (32, 3), (64, 4), (28, 2), (56, 3)])
def test_dcgan_keeps_the_papers_rules(size, steps):
    G, D = DCGANGenerator(size, 3, 5, 8), DCGANDiscriminator(size, 3, 8)
    ups = [layer for layer in G.modules() if isinstance(layer, nn.ConvTranspose2d)]
    downs = [layer for layer in D.modules() if isinstance(layer, nn.Conv2d)]
    assert G.sample(2).shape == (2, 3, size, size) and D(G.sample(2)).shape == (2,)
    assert [u.stride for u in ups] == [(1, 1)] + [(2, 2)] * steps
    assert [d.stride for d in downs] == [(2, 2)] * steps + [(1, 1)]
    assert [u.in_channels for u in ups] == [5] + [8 * 2**k for k in range(steps)][::-1]
    assert [d.out_channels for d in downs] == [8 * 2**k for k in range(steps)] + [1]
    assert {type(layer) for layer in [*G.layers, *D.layers]} == {
        nn.Unflatten,
        nn.ConvTranspose2d,
        nn.BatchNorm2d,
        nn.ReLU,
        nn.Tanh,
        nn.Conv2d,
        nn.LeakyReLU,
        nn.Flatten,
    }
    assert not [layer for layer in G.layers if isinstance(layer, (nn.LeakyReLU, nn.Conv2d))]
    assert {layer.negative_slope for layer in D.layers if isinstance(layer, nn.LeakyReLU)} == {0.2}
    order = [type(layer) for layer in G.layers[1:]]
    assert order == [nn.ConvTranspose2d, nn.BatchNorm2d, nn.ReLU] * steps + [
        nn.ConvTranspose2d,
        nn.Tanh,
    ]
    inner = [nn.Conv2d, nn.BatchNorm2d, nn.LeakyReLU] * (steps - 1)
    assert [type(layer) for layer in D.layers] == [
        nn.Conv2d,
        nn.LeakyReLU,
        *inner,
        nn.Conv2d,
        nn.Flatten,
    ]
    with_bias = [layer.bias is not None for layer in ups + downs]
    assert with_bias == [False] * steps + [True, True] + [False] * (steps - 1) + [True]


def test_batch_norm_averages_slowly_and_divides_by_the_spread_alone():
    """Catches BatchNorm2d(n, 0.8): the second argument is eps, not momentum."""
    for module in small_game():
        norms = batch_norms(module)
        assert norms
        for norm in norms:
            x = 0.05 * torch.randn(64, norm.num_features, 4, 4) + 3
            nn.init.ones_(norm.weight), nn.init.zeros_(norm.bias)
            assert norm.train()(x).std().item() == pytest.approx(1, abs=0.02)
            torch.testing.assert_close(norm.running_mean, 0.1 * x.mean((0, 2, 3)))


def test_dcgan_starts_from_the_papers_distribution():
    for module in (DCGANGenerator(features=64), DCGANDiscriminator(features=64)):
        for layer in module.modules():
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                assert abs(layer.weight.mean()) < 0.002
                assert layer.weight.std().item() == pytest.approx(0.02, rel=0.1)
            if isinstance(layer, nn.BatchNorm2d):
                assert layer.weight.mean().item() == pytest.approx(1, abs=0.01)
                assert layer.weight.std().item() == pytest.approx(0.02, rel=0.35)
            if getattr(layer, "bias", None) is not None:
                assert torch.equal(layer.bias, torch.zeros_like(layer.bias))


def test_a_discriminator_without_batch_norm_judges_each_image_alone_and_keeps_its_biases():
    D, x = DCGANDiscriminator(32, 3, 4, batch_norm=False, extra=2).train(), torch.rand(5, 3, 32, 32)
    torch.testing.assert_close(D(x)[:1], D(x[:1]))
    convolutions = [layer for layer in D.layers if isinstance(layer, nn.Conv2d)]
    assert [layer.kernel_size[0] for layer in convolutions] == [4, 4, 4, 3, 3, 4]
    assert all(layer.bias is not None for layer in convolutions)
    assert D.trunk(2 * x - 1).shape == (5, 16, 4, 4)
    whole = DCGANDiscriminator(32, 3, 4)
    assert sum(isinstance(layer, nn.BatchNorm2d) for layer in whole.layers) == 2
    assert sum(isinstance(layer, nn.BatchNorm2d) for layer in D.layers) == 0


def test_the_discriminators_features_are_every_map_pooled_to_four_by_four():
    D, x = DCGANDiscriminator(32, 3, 4).eval(), torch.rand(2, 3, 32, 32)
    found = D.pooled(x)
    assert found.shape == (2, 16 * (4 + 8 + 16))
    first = nn.functional.max_pool2d(D.layers[:2](2 * x - 1), 4)  # 16 x 16 to 4 x 4
    torch.testing.assert_close(found[:, : 16 * 4], first.flatten(1))
    torch.testing.assert_close(found[:, -16 * 16 :], D.trunk(2 * x - 1).flatten(1))


def test_dropout_hides_units_in_training_and_none_in_eval_mode():
    D, x = MLPDiscriminator((2,), dropout=0.5), torch.randn(4, 2)
    assert not torch.equal(D(x), D(x))
    D.eval()
    assert torch.equal(D(x), D(x))


def test_instance_noise_widens_what_a_discriminator_sees_in_training_and_nothing_in_eval_mode():
    noise, x = InstanceNoise(0.5), torch.randn(20_000, 2) * 1.2
    assert noise(x).std().item() == pytest.approx(1.3, rel=0.02)
    assert (noise(x) - x).std().item() == pytest.approx(0.5, rel=0.02)
    assert torch.equal(noise.eval()(x), x)
    noise.train().std = 0.0  # the end of a schedule
    assert torch.equal(noise(x), x)


# --- transposed convolution


@pytest.mark.parametrize("kernel, stride, padding", [(4, 2, 1), (4, 1, 0), (3, 2, 1), (5, 3, 2)])
def test_a_transposed_convolution_inserts_zeros_and_convolves(kernel, stride, padding):
    x = torch.randn(2, 3, 5, 5, dtype=torch.float64)
    weight = torch.randn(3, 4, kernel, kernel, dtype=torch.float64)
    apart = x.new_zeros(2, 3, 4 * stride + 1, 4 * stride + 1)
    apart[:, :, ::stride, ::stride] = x
    turned = weight.flip(2, 3).transpose(0, 1)
    expected = conv2d(apart, turned, padding=kernel - 1 - padding)
    found = conv_transpose2d(x, weight, stride=stride, padding=padding)
    assert found.shape[-1] == (5 - 1) * stride - 2 * padding + kernel
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_a_generators_layer_is_the_adjoint_of_a_discriminators():
    up = DCGANGenerator(features=4).double().layers[4]
    down = nn.Conv2d(up.out_channels, up.in_channels, 4, 2, 1, bias=False).double()
    down.weight = up.weight
    small = torch.randn(2, up.in_channels, 4, 4, dtype=torch.float64)
    large = torch.randn(2, up.out_channels, 8, 8, dtype=torch.float64)
    torch.testing.assert_close((up(small) * large).sum(), (small * down(large)).sum())


# --- training, as `fit` does it


def test_the_average_of_a_small_game_lies_on_the_data():
    noise, centre = torch.Generator().manual_seed(0), torch.tensor([1.5, -0.5])
    G, D = MLPGenerator((2,), hidden=(32,)), MLPDiscriminator((2,), hidden=(32,))
    average = Average(G, decay=0.98)
    batches = iter(lambda: (centre + 0.3 * torch.randn(64, 2, generator=noise),), None)
    adam = lambda module: torch.optim.Adam(module.parameters(), 1e-3, betas=(0.5, 0.999))
    players = {
        "D": Player(D, lambda real: discriminator_loss(*real_and_fake(D, G, real)), adam(D)),
        "G": Player(G, lambda real: nonsaturating_loss(D(G(G.noise(len(real))))), adam(G)),
    }
    losses = fit(players, batches, 800, average)
    drawn = average.module.sample(2000)
    assert (drawn.mean(0) - centre).norm() < 0.3 and 0.08 < drawn.std(0).mean() < 0.5
    assert losses["D"][-1] == pytest.approx(math.log(4), abs=0.3)  # as good as a coin


OF_IMAGES = {
    "MLPDiscriminator": MLPDiscriminator((1, 16, 16)),
    "DCGANDiscriminator": DCGANDiscriminator(features=4),
    "its maps": DCGANDiscriminator(features=4).pooled,
    "InfoDiscriminator": InfoDiscriminator(Codes(), features=4),
    "its guess": InfoDiscriminator(Codes(), features=4).guess,
    "ConditionalDiscriminator": partial(
        ConditionalDiscriminator(3, features=4), code=torch.eye(3)[[0, 1, 2, 0]]
    ),
    "DigitClassifier": DigitClassifier(features=4),
    "its last layer": DigitClassifier(features=4).hidden,
}


@pytest.mark.parametrize("network", OF_IMAGES.values(), ids=OF_IMAGES)
def test_a_network_of_images_refuses_what_lies_outside_zero_to_one_and_passes_nan_on(network):
    x = torch.rand(4, 1, 16, 16)
    for outside in (x * 255, x * 2 - 1, x + 0.1, x - 0.1, x / 0):
        with pytest.raises(ValueError, match=r"x must lie in \[-0.01, 1.01\], got"):
            network(outside)
    network(x + 1e-6)  # rounding is no fault
    network(torch.where(x < 0.5, x, torch.nan))


def test_points_may_lie_anywhere_and_blurred_images_too_behind_the_look_at_them():
    MLPDiscriminator((2,))(100 * torch.randn(5, 2))
    D, x = DCGANDiscriminator(features=4), torch.rand(4, 1, 16, 16)
    D.layers.insert(0, InstanceNoise(0.5))
    assert not torch.equal(D(x), D(x))
    with pytest.raises(ValueError, match="x must lie in"):
        D(x * 255)


@pytest.mark.parametrize("other", [(5,), (5, 1), (1, 5), (1,), ()], ids=str)
def test_logits_of_two_shapes_never_become_a_table(other):
    column, other = torch.zeros(5, 1), torch.zeros(other)
    if other.shape == column.shape:
        assert optimal_logits(column, other).shape == (5, 1)
        return
    for pair in ((column, other), (other, column)):
        with pytest.raises(ValueError, match="log_g must be"):
            optimal_logits(*pair)


def test_means_take_real_and_fake_in_any_shape():
    real, fake = torch.randn(6), torch.randn(4)
    for loss in (value, discriminator_loss, least_squares_discriminator_loss, critic_loss):
        assert torch.isclose(loss(real[:, None], fake.view(2, 2)), loss(real, fake))
        with pytest.raises(ValueError, match="fake must be"):
            loss(real, fake[:0])


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: InstanceNoise(-1.0), "std must be at least 0, got -1"),
        (lambda: MLPGenerator((2,), 0), "latent_dim must be at least 1, got 0"),
        (lambda: MLPGenerator((2,), hidden=(0,)), "hidden must be at least 1, got 0"),
        (lambda: MLPGenerator((2,))(torch.zeros(4, 3)), r"z must be \(B, 2\), got \(4, 3\)"),
        (lambda: DCGANGenerator()(torch.zeros(64)), r"z must be \(B, 64\), got \(64,\)"),
        (lambda: MLPDiscriminator((2,))(torch.zeros(2)), r"x must be \(B, 2\), got \(2,\)"),
        (
            lambda: DCGANDiscriminator()(torch.zeros(2, 1, 8, 8)),
            r"x must be \(B, 1, 16, 16\), got \(2, 1, 8, 8\)",
        ),
        (lambda: DCGANDiscriminator().pooled(torch.zeros(1, 16, 16)), r"x must be \(B, 1"),
        (lambda: DCGANGenerator(8), "size must be 16, 32, 64, ... or 28, 56, ..., got 8"),
        (lambda: DCGANDiscriminator(24), "size must be 16, 32, 64, ... or 28, 56, ..., got 24"),
        (lambda: DCGANDiscriminator(features=0), "features must be at least 1, got 0"),
        (lambda: DCGANGenerator(channels=0), "channels must be at least 1, got 0"),
        (
            lambda: gradient_penalty(nn.Identity(), torch.zeros(2, 2), torch.zeros(3, 2)),
            r"fake must be \(2, 2\), got \(3, 2\)",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
