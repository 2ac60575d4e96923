"""Puzzle-GAN: a sum over pieces, two ladders, and what the pieces ask of mask and picture."""

import pytest
import torch
from small import random, seeded
from torch.nn.functional import leaky_relu

from genlib import weights
from genlib.models import PartEncoder, PuzzleGenerator
from genlib.models.puzzle import appearance_loss, composites, spatial_loss

SMALL = {"size": 16, "features": 3, "code": 5}


def model(**more):
    return random(PuzzleGenerator(**SMALL | {"latent_dim": 2} | more), 0.3)


def pieces(n=3, count=4, size=16, seed=0):
    return torch.rand(n, count, 3, size, size, generator=seeded(seed)).double()


def noise(n=3, seed=7):
    return torch.randn(n, 2, generator=seeded(seed)).double()


def pictures(n=4, seed=0, channels=3, size=6):
    return torch.rand(n, channels, size, size, generator=seeded(seed)).double()


def masks(n=4, seed=20, size=6):
    return pictures(n, seed, 1, size).round()


# --- the sum over the pieces


def test_what_is_read_of_pieces_is_a_sum_over_each_alone_at_every_level():
    encoder, x = model().encoder, pieces()
    levels, code = encoder(x)
    assert [tuple(level.shape) for level in levels] == [(3, 3, 8, 8), (3, 6, 4, 4)]
    assert code.shape == (3, 5)
    alone = [encoder(x[:, k : k + 1]) for k in range(4)]
    torch.testing.assert_close(code, sum(found for _, found in alone))
    for k, level in enumerate(levels):
        torch.testing.assert_close(level, sum(found[k] for found, _ in alone))


def test_the_first_level_reads_pieces_from_minus_one_to_one_by_a_convolution():
    encoder, x = model().encoder, pieces(count=1)
    expected = leaky_relu(encoder.levels[0][0](2 * x[:, 0] - 1), 0.2)
    torch.testing.assert_close(encoder(x)[0][0], expected)


@pytest.mark.parametrize("training", [False, True])
def test_the_order_of_the_pieces_changes_nothing(training):
    net, x, z = model().train(training), pieces(), noise()
    order = torch.tensor([2, 0, 3, 1])
    (levels, code), (same_levels, same_code) = net.encoder(x), net.encoder(x[:, order])
    torch.testing.assert_close(same_code, code, atol=1e-5, rtol=0)
    for same, level in zip(same_levels, levels, strict=True):
        torch.testing.assert_close(same, level, atol=1e-5, rtol=0)
    for same, found in zip(net(z, x[:, order]), net(z, x), strict=True):
        torch.testing.assert_close(same, found, atol=1e-5, rtol=0)


def test_every_pixel_of_every_piece_moves_mask_and_picture_of_its_own_row():
    net, x = model(), pieces().requires_grad_()
    for found in net(noise(), x):
        (slope,) = torch.autograd.grad(found[1].square().sum(), x, retain_graph=True)
        assert (slope[1].abs().amax(1) > 0).all() and slope[[0, 2]].abs().max() == 0


def test_a_piece_that_comes_twice_counts_twice():
    net, x = model(), pieces(count=1)
    (_, once), (_, twice) = net.encoder(x), net.encoder(x.repeat(1, 2, 1, 1, 1))
    torch.testing.assert_close(twice, 2 * once)
    assert (net(noise(), x)[0] - net(noise(), x.repeat(1, 2, 1, 1, 1))[0]).abs().max() > 1e-3


@pytest.mark.parametrize("count", [1, 2, 7])
def test_any_number_of_pieces_makes_a_mask_and_a_picture(count):
    mask, picture = model()(noise(), pieces(count=count))
    assert mask.shape == (3, 1, 16, 16) and picture.shape == (3, 3, 16, 16)
    assert mask.min() > 0 and mask.max() < 1 and picture.min() >= 0 and picture.max() <= 1
    assert mask.std() > 0.01 and picture.std() > 0.01


# --- the two ladders


def test_noise_moves_the_picture_and_not_the_mask():
    net, x = model(), pieces()
    (mask, picture), (same, other) = net(noise(), x), net(noise(seed=8), x)
    assert torch.equal(mask, same)
    assert (picture - other).abs().flatten(1).amax(1).min() > 1e-3


def test_the_picture_sees_the_ladder_of_the_mask_and_not_the_other_way_round():
    net, x, z = model(), pieces(), noise()
    mask, picture = net(z, x)
    own = list(net.mask.first.parameters())
    assert all(s.abs().max() > 0 for s in torch.autograd.grad(picture.square().sum(), own))
    of_picture = list(net.picture.parameters())
    slopes = torch.autograd.grad(mask.square().sum(), of_picture, allow_unused=True)
    assert all(slope is None for slope in slopes)


def test_each_level_of_the_encoder_and_of_the_mask_is_seen_at_its_own_size():
    """By hand: what stands beside a ladder's own maps, from 4 x 4 up."""
    net, x, z = model(), pieces(), noise()
    levels, code = net.encoder(x)
    outside, own = [[level] for level in levels[::-1]], []
    logits, own = net.mask(code, outside)
    torch.testing.assert_close(net(z, x)[0], logits.sigmoid())
    both = [[level, place] for level, place in zip(levels[::-1], own, strict=True)]
    shades, _ = net.picture(torch.cat([code, z], 1), both)
    torch.testing.assert_close(net(z, x)[1], (shades.tanh() + 1) / 2)
    assert [tuple(place.shape[1:]) for place in own] == [(6, 4, 4), (3, 8, 8)]


def test_a_ladder_rises_by_transposed_convolutions_of_normed_maps_beside_those_from_outside():
    net = model()
    ladder, (levels, code) = net.mask, net.encoder(pieces())
    h = ladder.first(code[:, :, None, None])
    for norm, up, level in zip(ladder.norms, ladder.ups, levels[::-1], strict=True):
        assert h.shape == level.shape
        h = up(torch.cat([norm(h).relu(), level], 1))
    torch.testing.assert_close(ladder(code, [[level] for level in levels[::-1]])[0], h)


def losses(net):
    true, real = masks(3, size=16), pictures(3, size=16)
    mask, picture = net(noise(), pieces())
    asked = spatial_loss(mask, true), appearance_loss(mask, picture, true, real)
    return *asked, picture.mean()


def test_slopes_reach_every_weight_and_those_of_the_mask_alone_no_picture():
    net = model()
    sum(losses(net)).backward()
    for name, weight in net.named_parameters():
        assert weight.grad.abs().max() > 0, name
    net.zero_grad(set_to_none=True)
    losses(net)[0].backward()
    for name, weight in net.named_parameters():
        assert (weight.grad is None) == name.startswith("picture."), name


@pytest.mark.parametrize("size, channels", [(8, 1), (32, 3)])
def test_a_size_may_be_any_power_of_two(size, channels):
    net = PuzzleGenerator(size, channels, features=2, code=3)
    mask, picture = net.sample(2, torch.rand(2, 3, channels, size, size), generator=seeded())
    assert mask.shape == (2, 1, size, size) and picture.shape == (2, channels, size, size)


def test_the_generator_of_the_course_is_small_and_comes_back_from_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    net = PuzzleGenerator().eval()
    assert sum(weight.numel() for weight in net.parameters()) < 500_000
    weights.save("puzzle", net, {})
    again = PuzzleGenerator().eval()
    weights.load("puzzle", again)
    x = torch.rand(2, 3, 3, 32, 32, generator=seeded())
    kept = weights.as_shipped(net).sample(2, x, generator=seeded())
    for found, expected in zip(again.sample(2, x, generator=seeded()), kept, strict=True):
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


# --- what the pieces ask


def test_the_true_mask_and_the_real_picture_inside_lose_nothing():
    true, real, other = masks(), pictures(seed=1), pictures(seed=2)
    inside = true * real + (1 - true) * other
    assert spatial_loss(true, true) == 0
    assert appearance_loss(true, inside, true, real) == 0
    assert appearance_loss(true, other, true, real) > 1


def test_the_losses_are_sums_over_a_picture_and_means_over_the_batch():
    mask = torch.tensor([[[[0.25, 1.0], [0.0, 0.0]]], [[[0.0, 0.5], [0.0, 1.0]]]])
    true = torch.tensor([[[[1.0, 1.0], [0.0, 1.0]]], [[[0.0, 0.0], [0.0, 1.0]]]])
    assert spatial_loss(mask, true).item() == pytest.approx((0.75 + 1 + 0.5) / 2)
    picture, real = torch.full((2, 3, 2, 2), 0.4), torch.full((2, 3, 2, 2), 0.6)
    first = abs(0.1 - 0.6) + abs(0.4 - 0.6) + 0.6
    second = 0.2 + abs(0.4 - 0.6)
    expected = 3 * (first + second) / 2  # three colours
    assert appearance_loss(mask, picture, true, real).item() == pytest.approx(expected)


def test_an_empty_mask_loses_the_whole_of_both():
    true, real, picture = masks(), pictures(seed=1), pictures(seed=2)
    empty = torch.zeros_like(true)
    whole = (true * real).sum((1, 2, 3)).mean()
    torch.testing.assert_close(appearance_loss(empty, picture, true, real), whole)
    torch.testing.assert_close(spatial_loss(empty, true), true.sum((1, 2, 3)).mean())


def test_the_appearance_is_blind_outside_of_both_masks_and_sees_the_whole_inside():
    true, real, picture = masks(), pictures(seed=1), pictures(seed=2).requires_grad_()
    mask = pictures(seed=30, channels=1) * masks(seed=31)
    (slope,) = torch.autograd.grad(appearance_loss(mask, picture, true, real), picture)
    assert torch.equal(slope != 0, (mask > 0).expand_as(slope))
    blind = (mask == 0) & (true == 0)
    far = torch.where(blind, 1 - real, real)
    torch.testing.assert_close(
        appearance_loss(mask, picture, true, far), appearance_loss(mask, picture, true, real)
    )


def test_composites_hold_the_pieces_of_one_picture_in_the_other_and_add_up():
    true, real, other = masks(), pictures(seed=1), pictures(seed=2)
    first, second = composites(true, real, other)
    torch.testing.assert_close(first + second, real + other)
    inside = true.bool()
    assert torch.equal(first, torch.where(inside, other, real))
    assert torch.equal(second, torch.where(inside, real, other))


def test_composites_of_one_picture_are_that_picture():
    real = pictures()
    for found in composites(masks(), real, real):
        torch.testing.assert_close(found, real)


X, M = torch.rand(2, 3, 16, 16), torch.ones(2, 1, 16, 16)


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: PartEncoder(size=12), "size must be 8, 16, 32, ..., got 12"),
        (lambda: PuzzleGenerator(size=4), "size must be 8, 16, 32, ..., got 4"),
        (lambda: PuzzleGenerator(features=0), "features must be at least 1"),
        (lambda: PuzzleGenerator(code=0), "code must be at least 1"),
        (
            lambda: PuzzleGenerator(**SMALL).sample(3, X[:, None]),
            "z and pieces must be as many, got 3 and 2",
        ),
        (lambda: PuzzleGenerator(**SMALL).sample(2, X), r"pieces must be \(B, K, 3, 16, 16\)"),
        (
            lambda: PuzzleGenerator(**SMALL).sample(2, 255 * X[:, None]),
            r"pieces must lie in \[-0.01, 1.01\]",
        ),
        (lambda: spatial_loss(2 * M, M), r"mask must lie in \[0, 1\]"),
        (lambda: spatial_loss(M, -M), r"true_mask must lie in \[0, 1\]"),
        (lambda: spatial_loss(M, M[:1]), r"true_mask must be \(2, 1, 16, 16\)"),
        (lambda: appearance_loss(M, X[:1], M, X), r"picture must be \(2, C, 16, 16\)"),
        (lambda: appearance_loss(M, X, M, X[:, :1]), r"real must be \(2, 3, 16, 16\)"),
        (lambda: composites(X, X, X), r"true_mask must be \(B, 1, H, W\)"),
        (lambda: composites(M, X, X[:1]), r"other must be \(2, 3, 16, 16\)"),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
