"""PixelCNN: what it may see, what it does see, and its sampler, on images small enough to list."""

import itertools

import pytest
import torch
from small import by_hand, random, seeded
from torch import nn

from genlib.data import every_image
from genlib.models import PixelCNN
from genlib.models.networks import MaskedConv2d, causal_mask


def total(model, x):
    """The sum of p(x) over the images x."""
    with torch.no_grad():
        return sum(model.log_prob(part).exp().sum().item() for part in x.double().split(20_000))


def jacobian(model, x):
    """Where any logit of a sub-pixel answers to a sub-pixel of the image: (D, D)."""
    D = model.num_pixels
    logits = lambda x: model.conditionals(x).logits.reshape(D, -1).T  # (levels, D)
    slopes = torch.autograd.functional.jacobian(logits, x)
    return (slopes.view(-1, D, D) != 0).any(0)


def seen(model, images=6):
    """Every sub-pixel that a sub-pixel answers to, in any of a few random images: (D, D)."""
    x = torch.rand(images, 1, model.num_pixels, dtype=torch.float64)
    return torch.stack([jacobian(model, image) for image in x]).any(0)


# --- the definition ----------------------------------------------------------------------------------


def masked(layer, h, own_pixel):
    """One masked convolution with a single colour, by hand: (C, H, W) -> (C', H, W)."""
    kernel = layer.weight.shape[2]
    places = list(itertools.product(range(kernel), repeat=2))  # in raster order
    seen = places[: kernel**2 // 2 + own_pixel]
    return by_hand(layer, h, -(kernel // 2), -(kernel // 2), seen)


@torch.no_grad()
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_pixelcnn_meets_the_definition(kernel):
    model = random(PixelCNN(3, 4, features=3, layers=2, kernel=kernel))
    x = torch.bernoulli(torch.full((1, 12), 0.5, dtype=torch.float64))
    h = masked(model.first, 2 * x.view(1, 3, 4) - 1, own_pixel=False) + model.position
    for layer in model.layers:
        h = h + torch.relu(masked(layer, torch.relu(h), own_pixel=True))
    h = torch.relu(masked(model.head, torch.relu(h), own_pixel=True))
    logits = masked(model.last, h, own_pixel=True).flatten()
    torch.testing.assert_close(model.conditionals(x).logits[0], logits)


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
def test_a_mask_has_as_many_ones_as_its_formula_says(kernel):
    assert causal_mask("A", 2, 3, kernel).shape == (3, 2, kernel, kernel)
    for kind, ones in (("A", (kernel**2 - 1) / 2), ("B", (kernel**2 + 1) / 2)):
        assert (causal_mask(kind, 2, 3, kernel).sum((2, 3)) == ones).all()


def test_at_the_centre_green_sees_red_and_blue_sees_both():
    below = torch.tensor([[0, 0, 0], [1, 0, 0], [1, 1, 0]])  # output R, G, B by input R, G, B
    assert torch.equal(causal_mask("A", 3, 3, 5, 3)[..., 2, 2].int(), below.int())
    wide = torch.repeat_interleave(below + torch.eye(3), 2, dim=0)
    assert torch.equal(causal_mask("B", 3, 6, 3, 3)[..., 1, 1], wide)
    assert (causal_mask("B", 3, 3, 3, 3)[:, :, 0] == 1).all()


def test_the_mask_is_applied_and_the_weights_stay():
    layer, x = MaskedConv2d("A", 2, 3, 5), torch.rand(1, 2, 6, 4)
    before = layer.weight.clone()
    masked = nn.functional.conv2d(x, before * layer.mask, layer.bias, padding=2)
    torch.testing.assert_close(layer(x), masked)
    assert torch.equal(layer.weight, before)
    assert not any("mask" in name for name in layer.state_dict())


# --- is it a probability? ----------------------------------------------------------------------------


@pytest.mark.parametrize("layers, kernel", [(1, 3), (2, 3), (2, 5)])
def test_the_512_images_of_3_by_3_sum_to_one(layers, kernel):
    model = random(PixelCNN(3, 3, features=4, layers=layers, kernel=kernel))
    assert total(model, every_image(9)) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    "height, width, levels, colours",
    [(2, 3, 2, 3), (1, 2, 4, 3), (2, 2, 5, 1), (1, 3, 17, 1)],
    ids=["2x3 RGB", "1x2 RGB, 4 levels", "2x2, 5 levels", "1x3, 17 levels"],
)
def test_images_in_colours_and_greys_sum_to_one(height, width, levels, colours):
    model = random(
        PixelCNN(height, width, features=3, layers=1, kernel=3, levels=levels, colours=colours)
    )
    every = every_image(height * width * colours, levels)
    assert total(model, every) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("levels, colours", [(2, 1), (17, 1), (2, 3), (6, 3)])
def test_a_later_subpixel_leaves_conditionals_bit_identical(levels, colours):
    model = random(
        PixelCNN(3, 4, features=6, layers=2, kernel=3, levels=levels, colours=colours)
    ).float()
    x = torch.randint(levels, (20, model.num_pixels)) / (levels - 1)
    before = model.conditionals(x).logits
    for j in range(model.num_pixels):
        flipped = x.clone()
        flipped[:, j] = 1 - x[:, j] if levels == 2 else (x[:, j] < 0.5).float()
        after = model.conditionals(flipped).logits
        assert torch.equal(before[:, : j + 1], after[:, : j + 1])
        assert j + 1 == model.num_pixels or not torch.equal(before[:, j + 1 :], after[:, j + 1 :])


# --- what does it see? -------------------------------------------------------------------------------


def expected(height, width, layers, kernel):
    """The published receptive field, pixel (r, c) by pixel d rows above: (H W, H W)."""
    reach, sees = kernel // 2, torch.zeros(height, width, height, width, dtype=torch.bool)
    for r in range(height):
        for c in range(width):
            left = max(c - reach - layers, 0)
            sees[r, c, r, left:c] = True
            for d in range(1, min(r, reach + layers) + 1):
                sees[r, c, r - d, left : c + reach + min(d - 1, layers) + 1] = True
    return sees.view(height * width, -1)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("height, width, kernel", [(7, 7, 3), (5, 8, 3), (8, 5, 5), (4, 9, 7)])
def test_the_receptive_field_is_the_published_one(height, width, kernel, layers):
    model = random(PixelCNN(height, width, features=8, layers=layers, kernel=kernel))
    assert torch.equal(seen(model), expected(height, width, layers, kernel))


@pytest.mark.parametrize("layers, missing", [(1, 42), (9, 6), (12, 6)])
def test_the_blind_spot_stays_however_deep_the_network(layers, missing):
    model = random(PixelCNN(9, 9, features=8, layers=layers, kernel=3), std=0.2)
    past = 6 * 9 + 4
    sees = seen(model)[past].view(9, 9)
    assert past - sees.sum() == (missing if layers > 1 else past - expected(9, 9, 1, 3)[past].sum())
    if layers > 1:
        blind = [(3, 8), (4, 7), (4, 8), (5, 6), (5, 7), (5, 8)]
        assert [divmod(i, 9) for i in range(past) if not sees.flatten()[i]] == blind


@pytest.mark.parametrize("height, width, kernel", [(4, 8, 7), (4, 8, 3), (3, 5, 5)])
def test_the_end_of_the_row_above_is_missed_as_the_first_kernel_says(height, width, kernel):
    sees = seen(random(PixelCNN(height, width, features=8, layers=8, kernel=kernel), std=0.2))
    sees = sees.view(height, width, height, width)
    for r in range(1, height):
        for c in range(width):
            assert sees[r, c, r - 1, width - 1] == (c + (kernel - 1) // 2 >= width - 1)


def test_of_its_own_pixel_red_sees_nothing_green_red_and_blue_both():
    sees = seen(random(PixelCNN(2, 3, features=18, layers=2, kernel=3, levels=4, colours=3)))
    own = torch.stack([sees[i : i + 3, i : i + 3] for i in range(0, 18, 3)])
    assert torch.equal(own, torch.ones(3, 3).tril(-1).bool().expand(6, 3, 3))
    assert not sees.triu().any()
    earlier = sees.view(6, 3, 6, 3).permute(1, 3, 0, 2)  # (colour, colour, pixel, pixel)
    assert torch.equal(earlier[0, 2], expected(2, 3, 2, 3))  # red sees the blue of earlier pixels


# --- the sampler -------------------------------------------------------------------------------------


def test_samples_may_be_learnt_from():
    model = random(PixelCNN(4, 5, features=4, layers=1, kernel=3))
    drawn = model.sample(3).requires_grad_()
    model.log_prob(drawn).sum().backward()
    assert drawn.grad.isfinite().all()


def test_dropout_trains_the_network_and_never_reaches_a_sample():
    model = random(PixelCNN(4, 5, features=8, layers=2, kernel=3, dropout=0.5))
    x = torch.ones(3, 20, dtype=torch.float64)
    draw = lambda: model.sample(20, x[0, :7], seeded())
    quiet = draw()
    assert torch.equal(model.log_prob(x), model.log_prob(x))
    model.train()
    assert torch.equal(draw(), quiet)
    assert not torch.equal(model.log_prob(x), model.log_prob(x))


# --- learning and refusals ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings, complaint",
    [
        ({"height": 0}, "height must be at least 1, got 0"),
        ({"width": -1}, "width must be at least 1, got -1"),
        ({"features": 0}, "features must be at least 1, got 0"),
        ({"layers": 0}, "layers must be at least 1, got 0"),
        ({"levels": 1}, "levels must be at least 2, got 1"),
        ({"colours": 2}, "colours must be 1 or 3, got 2"),
        ({"colours": 3, "features": 8}, "inputs and outputs must be multiples of 3, got 3 and 8"),
        ({"kernel": 4}, "kernel must be odd.*got 4"),
        ({"dropout": 1.0}, "dropout must be at least 0 and below 1, got 1"),
    ],
)
def test_sizes_that_cannot_be_are_refused_by_name(settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        PixelCNN(**{"height": 4, "width": 4} | settings)


@pytest.mark.parametrize(
    "kind, kernel, complaint",
    [("C", 3, "kind must be"), ("A", 0, "kernel must be at"), ("B", 2, "kernel must be odd")],
)
def test_a_mask_without_a_centre_or_a_kind_is_refused(kind, kernel, complaint):
    with pytest.raises(ValueError, match=complaint):
        causal_mask(kind, 1, 1, kernel)
