"""Gated PixelCNN: it is what its equations say, sees no future, and leaves no blind spot."""

import pytest
import torch
from small import by_hand, random, seeded

from genlib.data import every_image
from genlib.models import GatedPixelCNN


def seen(model, images=4):
    """Every pixel that the logits of a pixel answer to, in any of a few random images: (D, D)."""
    D = model.num_pixels
    logits = lambda x: model.conditionals(x[None]).logits.reshape(D, -1).T
    x = torch.rand(images, D, dtype=torch.float64, generator=seeded())
    return torch.stack([(torch.func.jacrev(logits)(image) != 0).any(0) for image in x]).any(0)


def gate(x):
    a, b = x.chunk(2)
    return torch.tanh(a) * torch.sigmoid(b)


@torch.no_grad()
def test_gated_pixelcnn_meets_the_definition():
    model = random(GatedPixelCNN(3, 4, features=3, layers=2, kernel=5))
    x = torch.bernoulli(torch.full((1, 12), 0.5, dtype=torch.float64))
    image = 2 * x.view(1, 3, 4) - 1
    v = by_hand(model.above, image, -2, -2)
    h = by_hand(model.left, image, 0, -2) + model.position
    for layer in model.layers:
        v = v + gate(by_hand(layer.vertical, v, -1, -1))
        read = by_hand(layer.horizontal, h, 0, -1) + by_hand(layer.across, v, 0, 0)
        h = h + by_hand(layer.out, gate(read), 0, 0)
    h = torch.relu(by_hand(model.head, torch.relu(h), 0, 0))
    logits = by_hand(model.last, h, 0, 0).flatten()
    torch.testing.assert_close(model.conditionals(x).logits[0], logits)


@pytest.mark.parametrize("levels, pixels", [(2, (3, 3)), (5, (2, 2)), (17, (1, 3))])
def test_all_images_of_a_small_world_sum_to_one(levels, pixels):
    model = random(GatedPixelCNN(*pixels, features=3, layers=2, kernel=3, levels=levels))
    with torch.no_grad():
        total = model.log_prob(every_image(pixels[0] * pixels[1], levels).double()).exp().sum()
    assert total.item() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("height, width, kernel", [(7, 8, 3), (5, 9, 5), (9, 5, 3)])
def test_it_sees_a_rectangle_above_and_the_pixels_to_its_left(height, width, kernel, layers):
    reach = kernel // 2 + layers
    r, c = torch.arange(height * width) // width, torch.arange(height * width) % width
    up, aside = r[:, None] - r, c - c[:, None]  # how far pixel j is above i, and to its right
    past = (up >= 1) | ((up == 0) & (aside < 0))
    expected = past & (up <= reach) & (aside.abs() <= reach)
    assert torch.equal(
        seen(
            random(GatedPixelCNN(height, width, features=12, layers=layers, kernel=kernel), std=0.2)
        ),
        expected,
    )


def test_a_network_as_deep_as_the_image_is_wide_sees_the_whole_past():
    assert torch.equal(
        seen(random(GatedPixelCNN(6, 6, features=12, layers=5, kernel=3), std=0.2)),
        torch.ones(36, 36).tril(-1).bool(),
    )


@pytest.mark.parametrize(
    "settings, complaint",
    [
        ({"height": 0}, "height must be at least 1, got 0"),
        ({"width": -1}, "width must be at least 1, got -1"),
        ({"features": 0}, "features must be at least 1, got 0"),
        ({"layers": 0}, "layers must be at least 1, got 0"),
        ({"levels": 1}, "levels must be at least 2, got 1"),
        ({"kernel": 1}, "kernel must be at least 3, got 1"),
        ({"kernel": 4}, "kernel must be odd.*got 4"),
    ],
)
def test_sizes_that_cannot_be_are_refused_by_name(settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        GatedPixelCNN(**{"height": 4, "width": 4} | settings)
