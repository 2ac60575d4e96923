"""Autoencoders, and the game that makes their codes look like the prior."""

import copy
import math

import pytest
import torch
from small import seeded
from torch import nn
from torch.nn.functional import softplus

from genlib.data import every_image
from genlib.metrics import frequencies, total_variation
from genlib.models import AdversarialAutoencoder, Autoencoder, bernoulli, mlp
from genlib.training import Player, fit, minibatches

D, Z = 4, 2
EVERY_IMAGE = every_image(D)


def adversarial(latent_dim=Z):
    model = AdversarialAutoencoder(
        nn.Linear(D, latent_dim),
        nn.Linear(latent_dim, D),
        bernoulli,
        latent_dim,
        mlp(latent_dim, 8, 1),
    )
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    return model


def codes_as_given(discriminator):
    """A model whose codes are the rows of x themselves."""
    return AdversarialAutoencoder(nn.Identity(), nn.Linear(Z, Z), bernoulli, Z, discriminator)


def players(model, generator=None):
    def discriminator_loss(x):
        return model.discriminator_loss(x, generator)

    return {
        "autoencoder": Player(
            nn.ModuleList([model.encoder, model.decoder]), model.reconstruction_loss
        ),
        "discriminator": Player(model.discriminator, discriminator_loss),
        "encoder": Player(model.encoder, model.encoder_loss),
    }


# --- reconstruction ----------------------------------------------------------------------------------


def test_the_reconstruction_loss_sums_over_pixels_and_averages_over_images():
    model, x = adversarial(), EVERY_IMAGE[:6]
    p = torch.sigmoid(model.decoder(model.encoder(x)))
    expected = -torch.where(x == 1, p, 1 - p).prod(1).log().mean()
    torch.testing.assert_close(model.reconstruction_loss(x), expected)


@pytest.mark.parametrize("make", [Autoencoder, AdversarialAutoencoder])
def test_as_many_codes_as_pixels_can_carry_every_image(make):
    game = [mlp(D, 8, 1)] if make is AdversarialAutoencoder else []
    model = make(mlp(D, 32, D), mlp(D, 32, D), bernoulli, D, *game)
    weights = [*model.encoder.parameters(), *model.decoder.parameters()]
    player = Player(model, model.reconstruction_loss, torch.optim.Adam(weights, lr=0.01))
    fit({"autoencoder": player}, iter([(EVERY_IMAGE,)] * 300), 300)
    assert model.reconstruction_loss(EVERY_IMAGE) < 0.05


# --- the game ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.0, 0.3, 3.0])
def test_where_codes_are_the_prior_no_discriminator_does_better_than_one_half(scale):
    discriminator = mlp(Z, 16, 1)
    for parameter in discriminator.parameters():
        nn.init.normal_(parameter, std=scale)
    codes = torch.randn(1000, Z, generator=seeded(5))  # the very draws of the prior
    loss = codes_as_given(discriminator).discriminator_loss(codes, seeded(5)).item()
    if scale == 0:
        assert loss == pytest.approx(2 * math.log(2), abs=1e-6)
    else:
        assert loss > 2 * math.log(2) + 1e-3


def test_the_loss_of_the_best_discriminator_is_the_jensen_shannon_divergence_of_prior_and_codes():
    shift = 1.5  # codes N(shift, 1) in the first dimension: the best logit is linear
    best = nn.Linear(Z, 1)
    with torch.no_grad():
        best.weight.copy_(torch.tensor([[-shift, 0.0]]))
        best.bias.fill_(shift**2 / 2)
    codes = torch.randn(200_000, Z, generator=seeded(1)) + torch.tensor([shift, 0.0])
    loss = codes_as_given(best).discriminator_loss(codes, seeded(2)).item()
    z = torch.linspace(-10, 12, 20_001, dtype=torch.float64)
    p, q = ((-((z - m) ** 2) / 2).exp() / math.sqrt(2 * math.pi) for m in (0.0, shift))
    half = (p + q) / 2
    jsd = torch.trapezoid(p * (p / half).log() + q * (q / half).log(), z) / 2
    assert loss == pytest.approx(2 * math.log(2) - 2 * jsd.item(), abs=0.01)


def test_the_prior_is_real_and_the_codes_are_fake():
    near = nn.Sequential(nn.Linear(Z, 1, bias=False))  # logit -20 z_1, with codes at z_1 = 10
    near[0].weight.data = torch.tensor([[-20.0, 0.0]])
    near.append(_Shift(100.0))
    model, codes = codes_as_given(near), torch.full((500, Z), 10.0)
    assert model.discriminator_loss(codes, seeded()) < 1e-3  # sure, and right
    assert model.encoder_loss(codes) > 99  # codes do not pass
    near[0].weight.data.neg_()
    near[1].shift = -100.0  # the same discriminator with labels reversed
    assert model.discriminator_loss(codes, seeded()) > 199
    assert model.encoder_loss(codes) < 1e-3


class _Shift(nn.Module):
    def __init__(self, shift):
        super().__init__()
        self.shift = shift

    def forward(self, x):
        return x + self.shift


def test_the_losses_meet_their_definitions():
    model, x = adversarial().double(), EVERY_IMAGE.double()
    real = torch.randn(16, Z, generator=seeded(3), dtype=torch.float64)
    D_real, D_fake = (torch.sigmoid(model.discriminator(z)) for z in (real, model.encode(x)))
    expected = -D_real.log().mean() - (1 - D_fake).log().mean()
    torch.testing.assert_close(model.discriminator_loss(x, seeded(3)), expected)
    torch.testing.assert_close(model.encoder_loss(x), -D_fake.log().mean())


def test_an_encoder_that_fools_nobody_still_gets_a_full_gradient():
    sure = nn.Linear(Z, 1)
    nn.init.constant_(sure.bias, -30)
    model = codes_as_given(sure)
    codes = torch.zeros(4, Z, requires_grad=True)
    gradient = torch.autograd.grad(model.encoder_loss(codes), codes)[0]
    torch.testing.assert_close(gradient, -sure.weight.detach().expand(4, Z) / 4)
    saturating = -softplus(model.discriminator(codes)).mean()  # log(1 - D): no gradient left
    assert torch.autograd.grad(saturating, codes)[0].abs().max() < 1e-10


def test_each_loss_reaches_exactly_the_networks_it_should():
    model, x = adversarial(), EVERY_IMAGE
    reaches = {
        "reconstruction": (model.reconstruction_loss(x), {"encoder", "decoder"}),
        "discriminator": (model.discriminator_loss(x), {"discriminator"}),
        "encoder": (model.encoder_loss(x), {"encoder", "discriminator"}),
    }
    for loss, expected in reaches.values():
        reached = set()
        for name, module in model.named_children():
            each = torch.autograd.grad(
                loss, list(module.parameters()), allow_unused=True, retain_graph=True
            )
            assert len({gradient is None for gradient in each}) == 1
            if each[0] is not None:
                reached.add(name)
        assert reached == expected


@pytest.mark.parametrize(
    "name, moves",
    [
        ("autoencoder", {"encoder", "decoder"}),
        ("discriminator", {"discriminator"}),
        ("encoder", {"encoder"}),
    ],
)
def test_a_player_moves_its_own_weights_and_no_others(name, moves):
    model = adversarial()
    before = copy.deepcopy(model.state_dict())
    fit({name: players(model)[name]}, iter([(EVERY_IMAGE,)] * 3), 3)
    moved = {
        key.split(".")[0]
        for key, weight in model.state_dict().items()
        if not torch.equal(weight, before[key])
    }
    assert moved == moves


@pytest.mark.parametrize("seed", range(2))
def test_the_game_gives_the_codes_the_moments_of_the_prior(seed):
    torch.manual_seed(seed)
    x = torch.bernoulli(torch.rand(512, 16))
    model = AdversarialAutoencoder(mlp(16, 32, Z), mlp(Z, 32, 16), bernoulli, Z, mlp(Z, 32, 1))
    nn.init.constant_(model.encoder[-1].bias, 4.0)  # codes begin far from the prior
    three = players(model, seeded(seed))
    for name, lr in (("autoencoder", 2e-3), ("discriminator", 5e-3), ("encoder", 2e-3)):
        weights = three[name].module.parameters()
        adam = torch.optim.Adam(weights, lr=lr, betas=(0.5, 0.9))
        three[name] = three[name]._replace(optimizer=adam)
    fit(three, minibatches(x, size=128, generator=seeded(seed)), 200)
    codes = model.encode(x)
    assert codes.mean(0).abs().max() < 0.5  # five seeds: below 0.2
    assert ((codes.std(0) > 0.75) & (codes.std(0) < 1.25)).all()  # 0.96 to 1.05


def test_samples_come_as_often_as_the_integral_says():
    model = adversarial(latent_dim=1)
    z = torch.linspace(-8, 8, 4001)[:, None]
    weights = (-(z**2) / 2).exp() / math.sqrt(2 * math.pi)
    p = torch.stack([model.decode(z).log_prob(x.expand(4001, D)).sum(1).exp() for x in EVERY_IMAGE])
    expected = torch.trapezoid(p * weights[:, 0], z[:, 0], dim=1)
    drawn = model.sample(20_000, seeded())
    assert total_variation(frequencies(drawn), expected) < 0.03
    assert torch.equal(drawn, model.sample(20_000, seeded()))


# --- refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act, complaint",
    [
        (lambda m: m.encode(torch.zeros(3, 2, 2)), r"x must be \(B, D\).*got \(3, 2, 2\)"),
        (lambda m: m.encode(torch.zeros(0, D)), r"x must be \(B, D\).*got \(0, 4\)"),
        (lambda m: m.decode(torch.zeros(3, 5)), r"z must be \(B, 2\), got \(3, 5\)"),
        (lambda m: m.decode(torch.zeros(3, Z, Z)), r"z must be \(B, 2\), got \(3, 2, 2\)"),
        (lambda m: m.reconstruction_loss(EVERY_IMAGE / 2), "x must hold.*Bernoulli.*got 0.5"),
        (lambda m: m.sample(0), "n must be at least 1, got 0"),
        (lambda m: Autoencoder(m.encoder, m.decoder, bernoulli, 0), "latent_dim must be"),
        (
            lambda m: Autoencoder(m.encoder, m.decoder, bernoulli, 3).encode(EVERY_IMAGE),
            r"encoder\(x\) must be \(16, 3\), got \(16, 2\)",
        ),
        (
            lambda m: Autoencoder(m.encoder, nn.Linear(Z, 1), bernoulli, Z).reconstruction_loss(
                EVERY_IMAGE
            ),
            r"x must be \(16, 1\), got \(16, 4\)",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(act, complaint):
    with pytest.raises(ValueError, match=complaint):
        act(adversarial())
