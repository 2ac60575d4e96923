"""GAN-CLS: who reads the text, what D loses, and which D is best."""

import math

import pytest
import torch
from small import random, randomised, seeded
from torch import nn

from genlib.data.shapes import ONE
from genlib.models.gan import nonsaturating_loss
from genlib.models.text2image import (
    TextDiscriminator,
    TextEncoder,
    TextGenerator,
    derangement,
    matching_loss,
    mode_seeking,
    optimal_match,
)
from genlib.training import Player, fit


def encoder():
    return TextEncoder(17, 4, features=6, width=3)


def texts(n=5):
    return ONE.every[torch.randint(240, (n,), generator=seeded(n))]


def logits(seed, n=7):
    return 2 * torch.randn(n, generator=seeded(seed)).double()


# --- what reads the text


def test_every_word_moves_its_own_caption_alone_and_its_place_matters():
    net = randomised(encoder())
    text = texts()
    before = net(text)
    for slot in range(4):
        other = text.clone()
        other[2, slot] = (text[2, slot] + 1) % 17
        moved = (net(other) - before).abs().amax(1) > 0
        assert moved.tolist() == [False, False, True, False, False]
    turned = text.flip(1)
    assert (net(turned) - before).abs().amax(1).min() > 0


def test_the_generator_is_a_dcgan_of_noise_and_the_encoded_text():
    G = TextGenerator(encoder(), latent_dim=3, features=4).eval()
    z, text = torch.randn(5, 3), texts()
    seen = torch.cat([z, G.encoder(text)], 1)
    torch.testing.assert_close(G(z, text), G.body(seen), atol=0, rtol=0)
    torch.testing.assert_close(G.paint(z, G.encoder(text)), G(z, text), atol=0, rtol=0)
    assert G.sample(5, text, generator=seeded()).shape == (5, 3, 16, 16)


@pytest.mark.parametrize("size", [16, 32])
def test_every_word_and_every_pixel_moves_its_own_logit_alone(size):
    D = random(TextDiscriminator(encoder(), size, features=4, batch_norm=False), 0.3)
    x, text = torch.rand(4, 3, size, size).double().requires_grad_(), texts(4)
    [slope] = torch.autograd.grad(D(x, text)[1], x)
    assert slope[1].abs().max() > 0 and slope[[0, 2, 3]].abs().max() == 0
    for slot in range(4):
        other = text.clone()
        other[1, slot] = (text[1, slot] + 1) % 17
        moved = (D(x, other) - D(x, text)).abs() > 1e-12
        assert moved.tolist() == [False, True, False, False]


# --- the wrong text


@pytest.mark.parametrize("n", [2, 3, 8, 33])
def test_no_row_of_a_derangement_has_its_own_caption(n):
    for seed in range(40):
        few = (
            torch.randint(2, (n, 1), generator=seeded(seed)) if n > 3 else torch.arange(n)[:, None]
        )
        few[: n // 2] = torch.arange(n // 2)[:, None] + 5
        wrong = derangement(few, seeded(seed))
        assert (few[wrong] != few).any(1).all()
        torch.testing.assert_close(wrong.sort().values, torch.arange(n))


def test_a_derangement_is_found_wherever_there_is_one():
    """Every row of captions of length six over three captions, in which none fills more than half."""
    every = torch.cartesian_prod(*[torch.arange(3)] * 6)
    for row in every:
        if row.bincount().max() > 3:
            with pytest.raises(
                ValueError, match="captions must not be one caption in more than half"
            ):
                derangement(row[:, None])
        else:
            assert (row[derangement(row[:, None], seeded())] != row).all()


def test_a_derangement_differs_from_seed_to_seed():
    text = ONE.every[:12]
    assert len({tuple(derangement(text, seeded(k)).tolist()) for k in range(20)}) > 15


# --- the losses


def test_what_d_loses_is_the_formula_of_the_paper():
    right, wrong, fake = (logits(k) for k in range(3))
    s = [x.sigmoid() for x in (right, wrong, fake)]
    naive = -(s[0].log().mean() + ((1 - s[1]).log().mean() + (1 - s[2]).log().mean()) / 2)
    torch.testing.assert_close(matching_loss(right, wrong, fake), naive)
    by_hand = -(math.log(0.5) + 0.5 * math.log(0.5) + 0.5 * math.log(0.5))
    zero = torch.zeros(1)
    assert matching_loss(zero, zero, zero).item() == pytest.approx(by_hand)


def test_a_sure_d_has_a_finite_loss_and_a_slope():
    far = torch.tensor([200.0], requires_grad=True)
    loss = matching_loss(-far, far, far)
    assert loss.item() == pytest.approx(400) and loss.isfinite()
    [slope] = torch.autograd.grad(loss, far)
    assert slope.item() == pytest.approx(2)


def world():
    """p(x, t) and g(x, t) of four pictures and three captions, each caption as likely in both."""
    p, g = (torch.rand(4, 3, generator=seeded(k)).double() for k in (1, 2))
    return p / p.sum(0) / 3, g / g.sum(0) / 3


def expected_loss(p, g, d):
    """What D loses over the whole world, by sums."""
    apart = p.sum(1, keepdim=True) * p.sum(0, keepdim=True)
    return -(p * d.log() + (apart + g) / 2 * (1 - d).log()).sum()


def test_the_best_d_is_a_minimum_and_no_logit_is_better():
    p, g = world()
    best = optimal_match(p, g)
    logit = (best / (1 - best)).log().requires_grad_()
    [slope] = torch.autograd.grad(expected_loss(p, g, logit.sigmoid()), logit)
    assert slope.abs().max() < 1e-12
    for seed in range(5):
        other = logit + 0.1 * torch.randn(4, 3, generator=seeded(seed)).double()
        assert expected_loss(p, g, other.sigmoid()) > expected_loss(p, g, best)


def test_with_the_right_generator_d_still_tells_right_from_wrong_texts():
    p, _ = world()
    apart = p.sum(1, keepdim=True) * p.sum(0, keepdim=True)
    torch.testing.assert_close(optimal_match(p, p), p / (1.5 * p + apart / 2))
    free = (
        p.sum(1, keepdim=True) * torch.full((1, 3), 1 / 3).double()
    )  # pictures that do not heed the text
    torch.testing.assert_close(optimal_match(free, free), torch.full((4, 3), 0.5).double())


def test_what_never_comes_gets_nothing():
    p, g = torch.tensor([[1.0, 0], [0, 0]]), torch.tensor([[0.5, 0], [0.5, 0]])
    found = optimal_match(p, g)
    assert found[1, 1] == 0 and found[1, 0] == 0 and found.isfinite().all()
    assert found[0, 0].item() == pytest.approx(1 / (1 + 0.5 + 0.25))


def test_an_unheeded_text_costs_g_nothing_without_d_that_reads_and_something_with_it():
    """In the listed world, the divergence of the game is least at g = p only where D sees both together."""
    p, _ = world()
    deaf = p.sum(1, keepdim=True) * p.sum(0, keepdim=True)  # right pictures under any caption
    loss = lambda g: expected_loss(p, g, optimal_match(p, g))
    assert loss(p) > loss(deaf) + 1e-3  # D loses most at g = p
    blind = lambda g: -(torch.xlogy(p.sum(1), p.sum(1) / (p.sum(1) + g.sum(1)))).sum()
    torch.testing.assert_close(blind(p), blind(deaf))


def test_far_images_of_near_noises_seek_more_modes():
    one, z = torch.zeros(3, 1, 2, 2), torch.zeros(3, 4)
    other, w = torch.full((3, 1, 2, 2), 0.5), torch.full((3, 4), 0.25)
    assert mode_seeking(one, other, z, w).item() == pytest.approx(2)
    assert mode_seeking(one, one, z, w).item() == 0
    assert mode_seeking(one, other, z, z).isfinite()  # the same noise twice


def test_the_game_teaches_a_generator_to_heed_a_word():
    """Dark for word 0 and bright for word 1. Catches a D that is not told, and wrong texts that are right."""
    torch.manual_seed(0)
    make = lambda: TextEncoder(2, 1, features=4, width=4)
    G = TextGenerator(make(), latent_dim=2, features=8)
    D = TextDiscriminator(make(), features=8, batch_norm=False)
    noise = seeded()

    def batches():
        while True:
            text = torch.arange(16)[:, None] % 2
            grain = torch.rand(16, 3, 16, 16, generator=noise)
            yield 0.8 * text[:, :, None, None] + 0.2 * grain, text

    def of_D(real, text):
        fake = G.sample(len(real), text, generator=noise)
        wrong = text[derangement(text, noise)]
        return matching_loss(D(real, text), D(real, wrong), D(fake, text))

    of_G = lambda real, text: nonsaturating_loss(D(G(G.noise(len(real), noise), text), text))
    adam = lambda module: torch.optim.Adam(module.parameters(), 1e-3, betas=(0.0, 0.99))
    fit({"D": Player(D, of_D, adam(D)), "G": Player(G, of_G, adam(G))}, batches(), 150)
    dark, bright = (
        G.sample(50, torch.full((50, 1), word), generator=noise).mean() for word in (0, 1)
    )
    assert bright - dark > 0.3


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: encoder()(torch.zeros(2, 3).long()), "text must be"),
        (lambda: encoder()(torch.full((2, 4), 17)), "text must be 0, ..., 16"),
        (lambda: TextGenerator(nn.Linear(2, 2)), "encoder must be TextEncoder"),
        (
            lambda: TextGenerator(encoder(), latent_dim=2)(torch.zeros(2, 2), texts(3)),
            "z and text must have the same size",
        ),
        (
            lambda: TextDiscriminator(encoder())(torch.rand(3, 3, 16, 16), texts(2)),
            "x and text must have the same size",
        ),
        (lambda: matching_loss(torch.zeros(2), torch.zeros(2), torch.zeros(2).long()), "fake must"),
        (lambda: derangement(torch.zeros(4, 2)), "captions must be whole numbers"),
        (lambda: optimal_match(torch.rand(3, 2), torch.rand(2, 2)), "fake must be"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()
