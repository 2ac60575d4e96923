"""A discriminator that is told the class: what reaches its answer, and what it refuses."""

import pytest
import torch
from torch import nn

from genlib.models import Codes, ConditionalDiscriminator, ConditionalGenerator
from genlib.models.gan import discriminator_loss, nonsaturating_loss, real_and_fake
from genlib.training import Player, fit


def discriminator(code_size=3):
    D = ConditionalDiscriminator(code_size, features=4)
    for weight in D.parameters():
        nn.init.normal_(weight, std=0.3)
    return D.eval()


def test_every_number_of_the_code_and_every_pixel_moves_its_own_logit_alone():
    D = discriminator()
    x, code = torch.rand(4, 1, 16, 16, requires_grad=True), torch.rand(4, 3, requires_grad=True)
    for slope in torch.autograd.grad(D(x, code)[1], (x, code)):
        assert slope[1].abs().min() > 0 and slope[[0, 2, 3]].abs().max() == 0


def test_the_code_is_a_constant_plane_beside_the_image():
    D, x = discriminator(), torch.rand(2, 1, 16, 16)
    code = torch.tensor([[1.0, 0.0, 0.25], [0.0, 1.0, 0.5]])
    planes = code.repeat_interleave(256, dim=1).view(2, 3, 16, 16)
    seen = torch.cat([2 * x - 1, planes], dim=1)  # the image in [-1, 1], and the code as it is
    torch.testing.assert_close(D(x, code), D.body.layers(seen))


@pytest.mark.parametrize("code_size, size, channels, features", [(1, 16, 1, 4), (2, 32, 3, 5)])
def test_images_and_codes_of_every_size_get_a_logit(code_size, size, channels, features):
    D = ConditionalDiscriminator(code_size, size, channels, features=features)
    x = torch.rand(4, channels, size, size)
    assert D(x, torch.rand(4, code_size)).shape == (4,)
    assert D.body.layers[0].weight.shape == (features, channels + code_size, 4, 4)


def test_the_game_teaches_a_generator_which_picture_belongs_to_which_label():
    """Dark noise for 0 and bright noise for 1. Catches a discriminator that is not told."""
    torch.manual_seed(0)
    codes, noise = Codes(2, 0), torch.Generator().manual_seed(0)
    G, D = (
        ConditionalGenerator(codes, latent_dim=2, features=8),
        ConditionalDiscriminator(2, features=8),
    )

    def batches():
        while True:
            code = codes.sample(16, noise)
            grain = torch.rand(16, 1, 16, 16, generator=noise)
            yield 0.8 * code[:, 1, None, None, None] + 0.2 * grain, code

    of_D = lambda real, code: discriminator_loss(*real_and_fake(D, G, real, code, generator=noise))
    of_G = lambda real, code: nonsaturating_loss(D(G(G.noise(len(real), noise), code), code))
    adam = lambda module: torch.optim.Adam(module.parameters(), 1e-3, betas=(0.5, 0.999))
    fit({"D": Player(D, of_D, adam(D)), "G": Player(G, of_G, adam(G))}, batches(), 200)
    dark, bright = (G.sample(50, torch.eye(2)[[k] * 50], generator=noise).mean() for k in (0, 1))
    assert bright - dark > 0.4


@pytest.mark.parametrize("integer", [torch.uint8, torch.int32, torch.int64, torch.bool], ids=str)
def test_a_one_hot_may_be_of_whole_numbers_of_any_type(integer):
    D, x, code = discriminator().eval(), torch.rand(3, 1, 16, 16), torch.eye(3)
    assert torch.equal(D(x, code.to(integer)), D(x, code))


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: ConditionalDiscriminator(0), "code_size must be at least 1, got 0"),
        (
            lambda: discriminator()(torch.rand(2, 1, 16, 16), torch.rand(2, 4)),
            r"code must be \(2, 3\), got \(2, 4\)",
        ),
        (
            lambda: discriminator()(torch.rand(2, 1, 16, 16), torch.rand(1, 3)),
            r"code must be \(2, 3\), got \(1, 3\)",
        ),
        (
            lambda: discriminator()(torch.rand(2, 1, 8, 8), torch.rand(2, 3)),
            r"x must be \(B, 1, 16, 16\), got \(2, 1, 8, 8\)",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()


def test_images_of_other_colours_and_codes_outside_their_range_are_refused_by_name():
    images, code = torch.rand(2, 1, 16, 16), torch.rand(2, 3)
    with pytest.raises(ValueError, match=r"x must be \(B, 1, 16, 16\), got \(2, 2, 16, 16\)"):
        discriminator()(images.repeat(1, 2, 1, 1), code)
    with pytest.raises(ValueError, match=r"code must lie in \[0, 1\]"):
        discriminator()(images, -code)
