"""Progressive GAN: what keeps a new size from making a jump, the ingredients, and the authors' own numbers."""

import itertools
import math

import pytest
import torch
from small import random, randomised, seeded
from torch.nn.functional import conv2d, leaky_relu, linear

from genlib.models import ProgressiveDiscriminator, ProgressiveGenerator
from genlib.models.gan import discriminator_loss, nonsaturating_loss, r1_penalty
from genlib.models.progressive import (
    EqualizedConv2d,
    EqualizedLinear,
    Phase,
    PixelNorm,
    at_step,
    doubled,
    drift,
    faded,
    halved,
    multiplications,
    paper_widths,
    schedule,
    with_deviation,
)

WIDTHS, SIZES = (5, 4, 3), (4, 8, 16)
GROWN = SIZES[1:]
ROOT = 2**0.5


def generator(**other):
    return random(ProgressiveGenerator(**{"widths": WIDTHS, "latent_dim": 6} | other), 1.0)


def discriminator(**other):
    return random(ProgressiveDiscriminator(**{"widths": WIDTHS, "group": 2} | other), 1.0)


def pictures(n=4, size=16, channels=3, seed=0):
    """Of any numbers, for nothing says that pictures are in [0, 1]."""
    return torch.randn(n, channels, size, size, generator=seeded(seed)).double()


def noise(n=4, size=6, seed=1):
    return torch.randn(n, size, generator=seeded(seed)).double()


def parameters(net):
    return sum(weight.numel() for weight in net.parameters())


def slopes_by(value, module):
    """How large the gradient of each parameter is, by its name; 0 where the value does not see it."""
    names, weights = zip(*module.named_parameters(), strict=True)
    found = torch.autograd.grad(value, weights, allow_unused=True, retain_graph=True)
    sizes = [0.0 if slope is None else slope.abs().max().item() for slope in found]
    return dict(zip(names, sizes, strict=True))


def moved(value, module):
    """The parts of the module, as "colours.1" or "last", that the value has a slope by."""
    parts = {}
    for name, slope in slopes_by(value, module).items():
        part = ".".join(name.split(".")[: 1 if name.startswith("last") else 2])
        parts[part] = max(parts.get(part, 0), slope)
    return {part for part, slope in parts.items() if slope > 0}


def up_to(size, *kinds):
    """The names of all parts that are there at a size."""
    return {f"{kind}.{k}" for kind in kinds for k in range(SIZES.index(size) + 1)}


# --- by hand


def equalized(block):
    return [layer for layer in block if isinstance(layer, EqualizedConv2d | EqualizedLinear)]


def scaled(layer, gain=ROOT):
    return layer.weight * gain / math.sqrt(layer.weight[0].numel())


def convolved(h, layer, gain=ROOT):
    side = layer.weight.shape[-1]
    return conv2d(h, scaled(layer, gain), layer.bias, padding=side // 2)


def leaky(h):
    return leaky_relu(h, 0.2)


def normed(h):
    return h / (h.square().mean(1, keepdim=True) + 1e-8).sqrt()


def twice(h):
    return h.repeat_interleave(2, 2).repeat_interleave(2, 3)


def half(h):
    b, c, height, width = h.shape
    return h.reshape(b, c, height // 2, 2, width // 2, 2).mean((3, 5))


def deviations(x, group):
    """The number that each picture gets, with the group of every (B / group)-th one in a loop: -> (B,)."""
    apart = len(x) // group
    found = torch.zeros(len(x)).double()
    for picture in range(len(x)):
        rest = picture % apart
        members = torch.stack([x[rest + apart * k] for k in range(group)])
        centred = members - sum(members) / group
        variance = sum(centred.square()) / group
        found[picture] = (variance + 1e-8).sqrt().mean()
    return found


def drawn(G, z, size, alpha):
    """The picture of a generator by hand."""
    first, second = equalized(G.blocks[0])
    h = linear(normed(z), scaled(first, ROOT / 4), first.bias).view(len(z), -1, 4, 4)
    h = normed(leaky(convolved(normed(leaky(h)), second)))
    maps = [h]
    for block in G.blocks[1 : SIZES.index(size) + 1]:
        h = twice(h)
        for layer in equalized(block):
            h = normed(leaky(convolved(h, layer)))
        maps.append(h)
    colours = [convolved(h, layer, 1) for h, layer in zip(maps, G.colours, strict=False)]
    *smaller, new = colours
    if not smaller:
        x = new
    elif G.skips:
        x = alpha * new
        for times, old in enumerate(reversed(smaller), 1):
            for _ in range(times):
                old = twice(old)
            x = x + old
    else:
        x = (1 - alpha) * twice(smaller[-1]) + alpha * new
    return (x + 1) / 2


def judged(D, x, alpha):
    """The logits of a discriminator by hand."""
    place = SIZES.index(x.shape[-1])
    seen = {place: 2 * x - 1}
    for k in range(place, 0, -1):
        seen[k - 1] = half(seen[k])
    entered = lambda k: leaky(convolved(seen[k], equalized(D.colours[k])[0]))
    h = entered(place)
    for k in range(place, 0, -1):
        for layer in equalized(D.blocks[k - 1]):
            h = leaky(convolved(h, layer))
        h, share = half(h), alpha if k == place else 1.0
        if D.skips:
            h = share * h + entered(k - 1)
        elif k == place:
            h = (1 - share) * entered(k - 1) + share * h
    if D.group:
        plane = deviations(h, D.group)[:, None, None, None].expand(-1, 1, 4, 4)
        h = torch.cat([h, plane], 1)
    conv, dense, last = equalized(D.last)
    h = leaky(convolved(h, conv)).flatten(1)
    h = leaky(linear(h, scaled(dense), dense.bias))
    return linear(h, scaled(last, 1), last.bias)[:, 0]


@pytest.mark.parametrize("size, alpha", [(4, 1), (8, 1), (8, 0.3), (16, 1), (16, 0.75)])
@pytest.mark.parametrize("skips", [False, True])
def test_a_generator_is_the_layers_that_it_says(size, alpha, skips):
    G, z = generator(skips=skips), noise()
    torch.testing.assert_close(G(z, size, alpha), drawn(G, z, size, alpha))
    assert G(z, size, alpha).std() > 0.1


@pytest.mark.parametrize("size, alpha", [(4, 1), (8, 1), (8, 0.3), (16, 1), (16, 0.75)])
@pytest.mark.parametrize("skips, group", [(False, 2), (True, 4), (False, 0)])
def test_a_discriminator_is_the_layers_that_it_says(size, alpha, skips, group):
    """And its slopes by the picture are theirs."""
    D, x = discriminator(skips=skips, group=group), pictures(size=size).requires_grad_()
    found, expected = D(x, alpha), judged(D, x, alpha)
    torch.testing.assert_close(found, expected)
    assert found.std() > 0.01
    slopes = [torch.autograd.grad(scores.square().sum(), x)[0] for scores in (found, expected)]
    torch.testing.assert_close(*slopes)


@pytest.mark.parametrize("skips", [False, True])
def test_a_size_that_is_not_named_is_the_last_one_all_there(skips):
    G, D = generator(skips=skips), discriminator(skips=skips)
    assert torch.equal(G(noise()), G(noise(), 16, 1.0))
    assert torch.equal(D(pictures()), D(pictures(), 1.0))


# --- nothing jumps


def fresh(net):
    return net.double()


@pytest.mark.parametrize("size", GROWN)
@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("state", [fresh, random], ids=["fresh", "any weights"])
def test_at_alpha_0_a_new_size_draws_the_old_picture_doubled_bit_by_bit(size, skips, state):
    torch.manual_seed(0)
    G = state(ProgressiveGenerator(WIDTHS, 6, skips=skips))
    old, new = G(noise(), size // 2), G(noise(), size, 0.0)
    assert torch.equal(new, twice(old)) and old.std() > 0.01


@pytest.mark.parametrize("size", GROWN)
@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("state", [fresh, random], ids=["fresh", "any weights"])
def test_at_alpha_0_a_new_size_says_what_the_old_one_says_of_the_picture_halved(size, skips, state):
    torch.manual_seed(0)
    D, x = state(ProgressiveDiscriminator(WIDTHS, group=2, skips=skips)), pictures(size=size)
    assert torch.equal(D(x, 0.0), D(halved(x))) and D(x, 0.0).std() > 1e-4


@pytest.mark.parametrize("size", GROWN)
@pytest.mark.parametrize("skips", [False, True])
def test_at_alpha_0_both_networks_play_the_game_of_the_old_size(size, skips):
    """What D says of what G draws is what it said before, though both have grown."""
    G, D = generator(skips=skips), discriminator(skips=skips)
    torch.testing.assert_close(D(G(noise(), size, 0.0), 0.0), D(G(noise(), size // 2)))


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("alpha", [0.0, 0.4])
def test_at_4_x_4_there_is_nothing_to_fade(alpha, skips):
    G, D, x = generator(skips=skips), discriminator(skips=skips), pictures(size=4)
    assert torch.equal(G(noise(), 4, alpha), G(noise(), 4))
    assert torch.equal(D(x, alpha), D(x))


@pytest.mark.parametrize("size", GROWN)
@pytest.mark.parametrize("skips", [False, True])
def test_in_between_a_picture_goes_in_a_line_from_the_old_one_to_the_new(size, skips):
    G, z = generator(skips=skips), noise()
    old, new = G(z, size, 0.0), G(z, size, 1.0)
    assert (new - old).abs().max() > 0.1
    for alpha in (1e-6, 0.25, 0.5, 0.7, 1 - 1e-6):
        torch.testing.assert_close(G(z, size, alpha), (1 - alpha) * old + alpha * new)
    step = (G(z, size, 1e-6) - old).abs().max().item()
    assert step == pytest.approx(1e-6 * (new - old).abs().max().item(), rel=1e-6)


@pytest.mark.parametrize("size", GROWN)
@pytest.mark.parametrize("skips", [False, True])
def test_with_a_small_alpha_the_score_moves_by_a_multiple_of_it(size, skips):
    D, x = discriminator(skips=skips), pictures(size=size)
    speed = (D(x, 1e-6) - D(x, 0.0)) / 1e-6
    torch.testing.assert_close((D(x, 1e-7) - D(x, 0.0)) / 1e-7, speed, rtol=1e-3, atol=1e-4)
    assert 0 < speed.abs().min() and speed.abs().max() < 100
    torch.testing.assert_close(D(x, 1 - 1e-9), D(x, 1.0))


@pytest.mark.parametrize("size", GROWN)
@pytest.mark.parametrize("skips", [False, True])
def test_at_alpha_0_what_is_new_is_not_learnt_and_what_is_old_is(size, skips):
    G, D = generator(skips=skips), discriminator(skips=skips)
    found = moved(G(noise(), size, 0.0).square().sum(), G)
    old = up_to(size // 2, "blocks", "colours") if skips else up_to(size // 2, "blocks")
    last = f"colours.{SIZES.index(size) - 1}"
    assert found == old | {last}
    found = moved(D(pictures(size=size), 0.0).square().sum(), D)
    blocks = {f"blocks.{k}" for k in range(SIZES.index(size) - 1)}
    old = up_to(size // 2, "colours") if skips else {last}
    assert found == blocks | old | {"last"}


@pytest.mark.parametrize("size", GROWN)
@pytest.mark.parametrize("skips", [False, True])
def test_at_alpha_1_only_with_skips_do_the_old_colours_and_entrances_remain(size, skips):
    G, D = generator(skips=skips), discriminator(skips=skips)
    place = SIZES.index(size)
    colours = up_to(size, "colours") if skips else {f"colours.{place}"}
    assert moved(G(noise(), size).square().sum(), G) == up_to(size, "blocks") | colours
    blocks = {f"blocks.{k}" for k in range(place)}
    assert moved(D(pictures(size=size)).square().sum(), D) == blocks | colours | {"last"}


@pytest.mark.parametrize("size", GROWN)
def test_while_a_size_fades_in_two_of_the_colours_and_entrances_are_learnt(size):
    G, D, place = generator(), discriminator(), SIZES.index(size)
    two = {f"colours.{place - 1}", f"colours.{place}"}
    assert moved(G(noise(), size, 0.5).square().sum(), G) == up_to(size, "blocks") | two
    blocks = {f"blocks.{k}" for k in range(place)}
    assert moved(D(pictures(size=size), 0.5).square().sum(), D) == blocks | two | {"last"}


def test_with_skips_the_picture_is_the_sum_of_the_colours_of_all_sizes():
    """What is missing where the colours of one size are silent, size by size."""
    x, parts = 2 * generator(skips=True)(noise()) - 1, []
    for k in range(len(SIZES)):
        G = generator(skips=True)
        randomised(G.colours[k], 0.0)
        parts.append(x - (2 * G(noise()) - 1))
        assert parts[-1].std() > 0.1
    torch.testing.assert_close(sum(parts), x)


# --- pictures, doubled, halved and faded


def test_what_is_doubled_has_each_pixel_four_times():
    x = torch.rand(2, 3, 4, 6, generator=seeded())
    found = doubled(x)
    assert found.shape == (2, 3, 8, 12)
    for r, c in itertools.product(range(8), range(12)):
        assert torch.equal(found[..., r, c], x[..., r // 2, c // 2])


def test_what_is_halved_has_the_mean_of_each_four_pixels():
    x = torch.randn(2, 3, 4, 6, generator=seeded()).double()
    found = halved(x)
    assert found.shape == (2, 3, 2, 3)
    for r, c in itertools.product(range(2), range(3)):
        four = x[..., 2 * r, 2 * c] + x[..., 2 * r + 1, 2 * c]
        four = four + x[..., 2 * r, 2 * c + 1] + x[..., 2 * r + 1, 2 * c + 1]
        torch.testing.assert_close(found[..., r, c], four / 4)


def test_to_halve_what_was_doubled_gives_it_back_and_not_the_other_way_round():
    x = torch.randn(5, 3, 8, 8, generator=seeded())
    assert torch.equal(halved(doubled(x)), x)
    assert (doubled(halved(x)) - x).abs().max() > 0.1


@pytest.mark.parametrize("size", GROWN)
def test_real_pictures_fade_in_a_line_from_the_halved_one_to_themselves(size):
    x = pictures(size=size)
    old = twice(half(x))
    torch.testing.assert_close(faded(x, size, 0.0), old)
    assert torch.equal(faded(x, size, 0.0), doubled(halved(x)))
    assert torch.equal(faded(x, size, 1.0), x) and torch.equal(faded(x, size), x)
    assert (x - old).abs().max() > 0.1
    for alpha in (0.2, 0.5, 0.9):
        torch.testing.assert_close(faded(x, size, alpha), (1 - alpha) * old + alpha * x)


@pytest.mark.parametrize("size", SIZES)
def test_at_a_smaller_size_a_real_picture_is_the_mean_of_its_squares(size):
    x = pictures(size=16)
    side = 16 // size
    means = x.view(4, 3, size, side, size, side).mean((3, 5))
    torch.testing.assert_close(faded(x, size), means)
    if size > 4:
        torch.testing.assert_close(faded(x, size, 0.3), 0.7 * twice(half(means)) + 0.3 * means)


@pytest.mark.parametrize("alpha", [0.0, 0.4, 1.0])
def test_the_smallest_pictures_do_not_fade(alpha):
    x = pictures(size=8)
    assert torch.equal(faded(x, 4, alpha), halved(x))


@pytest.mark.parametrize("alpha", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_a_picture_that_was_doubled_looks_the_same_however_far_it_has_faded(alpha):
    x = doubled(torch.rand(5, 3, 8, 8, generator=seeded()))
    assert torch.equal(faded(x, 16, alpha), x)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.8, 1.0])
def test_fading_keeps_the_mean_of_every_four_pixels(alpha):
    """So that D's old entrance sees in a faded picture what it saw in the picture."""
    x = pictures()
    torch.testing.assert_close(halved(faded(x, 16, alpha)), halved(x))


# --- pixel norm


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 4, 6)])
def test_a_normed_pixel_has_a_mean_square_of_1_over_channels_and_a_length_of_their_root(shape):
    x = 3 * torch.randn(shape, generator=seeded()).double()
    found = PixelNorm()(x)
    ones = torch.ones_like(found[:, 0])
    torch.testing.assert_close(found.square().mean(1), ones, rtol=0, atol=1e-6)
    torch.testing.assert_close(found.norm(dim=1), ones * 7**0.5, rtol=0, atol=1e-6)
    assert found.mean(1).abs().max() > 0.1  # no mean is taken off
    torch.testing.assert_close(found, normed(x), rtol=1e-12, atol=0)


@pytest.mark.parametrize("scale", [0.1, 10.0, 1e5])
def test_pixel_norm_does_not_see_how_large_a_pixel_was(scale):
    x = torch.randn(5, 7, 4, 6, generator=seeded()).double()
    torch.testing.assert_close(PixelNorm()(scale * x), PixelNorm()(x), rtol=1e-4, atol=0)


def test_pixel_norm_leaves_every_other_pixel_alone():
    x = torch.randn(5, 7, 4, 6, generator=seeded()).double()
    changed = x.clone()
    changed[2, 3, 1, 5] += 4
    same = (PixelNorm()(x) == PixelNorm()(changed)).all(1)
    assert not same[2, 1, 5] and same.sum() == same.numel() - 1


def test_a_pixel_of_zeros_stays_one_and_a_very_dark_one_stays_dark():
    x = torch.tensor([[0.0, 0.0], [1e-4, -1e-4], [1e-6, 1e-6]]).double().requires_grad_()
    found = PixelNorm()(x)
    expected = torch.tensor([[0.0, 0.0], [0.5**0.5, -(0.5**0.5)], [1e-2, 1e-2]]).double()
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=0)
    (slope,) = torch.autograd.grad(found[0].sum(), x)
    torch.testing.assert_close(slope[0], torch.full((2,), 1e4).double())


# --- layers that learn at one pace


def layers(gain=None):
    """Of several fan-ins, and what it is."""
    more = {} if gain is None else {"gain": gain}
    yield from ((EqualizedLinear(n, 200, **more).double(), n) for n in (20, 500))
    for inputs, kernel in ((40, 1), (10, 3), (60, 3), (8, 5)):
        layer = EqualizedConv2d(inputs, 200, kernel, **more).double()
        yield layer, inputs * kernel**2


def response(layer):
    """What a layer adds to its outputs for each 1 among all its inputs, away from borders: -> (fan-in, outputs)."""
    if isinstance(layer, EqualizedLinear):
        eye = torch.eye(layer.weight.shape[1]).double()
        return layer(eye) - layer(0 * eye)
    _, inputs, side, _ = layer.weight.shape
    x = torch.eye(inputs * side**2).double().view(-1, inputs, side, side)
    middle = (..., side // 2, side // 2)
    return layer(x)[middle] - layer(0 * x)[middle]


def test_raw_weights_begin_as_a_standard_gaussian_whatever_the_fan_in_and_biases_with_nothing():
    torch.manual_seed(0)
    for layer, fan_in in layers():
        count = layer.weight.numel()
        assert count == 200 * fan_in
        assert layer.weight.std().item() == pytest.approx(1, abs=4 / (2 * count) ** 0.5)
        assert abs(layer.weight.mean()) < 4 / count**0.5
        assert layer.bias.shape == (200,) and layer.bias.abs().max() == 0


@pytest.mark.parametrize("gain, square", [(None, 2), (1, 1), (3.0, 9)])
def test_of_inputs_of_variance_1_comes_the_square_of_the_gain_whatever_the_fan_in(gain, square):
    """The variance is the sum of the squared weights, exactly so where all raw weights are 1 or -1."""
    torch.manual_seed(0)
    for layer, fan_in in layers(gain):
        found = response(layer)
        assert found.shape == (fan_in, 200)
        mean = found.square().sum(0).mean().item()
        assert mean == pytest.approx(square, rel=4 * (2 / (200 * fan_in)) ** 0.5)
        with torch.no_grad():
            layer.weight.sign_()
        torch.testing.assert_close(
            response(layer).square().sum(0), torch.full((200,), square).double()
        )


@pytest.mark.parametrize("inputs", [4, 64])
def test_noise_through_a_convolution_has_a_variance_of_2_away_from_borders(inputs):
    torch.manual_seed(0)
    layer, x = EqualizedConv2d(inputs, 500), torch.randn(4, inputs, 16, 16)
    found = layer(x)[..., 1:-1, 1:-1]
    assert found.var().item() == pytest.approx(2, rel=0.06)
    assert layer(x)[..., 0, :].var() < 0.8 * found.var()  # zeros stand beyond the border


def test_a_bias_is_not_scaled():
    for layer in (random(EqualizedLinear(50, 3), 1.0), random(EqualizedConv2d(50, 3), 1.0)):
        zeros = torch.zeros(2, 50, *[4] * (layer.weight.dim() - 2)).double()
        found = layer(zeros).transpose(1, -1)
        assert torch.equal(found, layer.bias.expand_as(found)) and layer.bias.abs().min() > 0


def test_the_first_step_of_adam_moves_each_weight_that_works_by_its_own_share_of_the_rate():
    torch.manual_seed(0)
    for layer, fan_in in layers():
        raw, works = layer.weight.detach().clone(), response(layer).detach()
        optimizer = torch.optim.Adam(layer.parameters(), lr=0.01)
        (response(layer) * torch.randn(fan_in, 200).double().sign()).sum().backward()
        optimizer.step()
        step = (layer.weight.detach() - raw).abs()
        torch.testing.assert_close(step, torch.full_like(raw, 0.01), rtol=1e-3, atol=0)
        share = 0.01 * (2 / fan_in) ** 0.5
        step = (response(layer).detach() - works).abs()
        torch.testing.assert_close(step, torch.full_like(works, share), rtol=1e-3, atol=0)


def test_every_layer_with_weights_of_both_networks_is_one_of_these():
    for net in (ProgressiveGenerator(WIDTHS), ProgressiveDiscriminator(WIDTHS)):
        leaves = [
            layer for layer in net.modules() if next(layer.parameters(False), None) is not None
        ]
        assert {type(layer) for layer in leaves} == {EqualizedConv2d, EqualizedLinear}


def test_new_networks_carry_noise_of_unit_variance_through_every_size():
    """Pixel norm sees to it in G; in D it is the gain."""
    torch.manual_seed(0)
    G = ProgressiveGenerator((32, 32, 32, 32), 32)
    for size in (4, 8, 16, 32):
        assert 0.3 < (2 * G(G.noise(100), size) - 1).std() < 1.5


# --- the deviation over groups


@pytest.mark.parametrize("batch, group", [(8, 4), (8, 2), (6, 3), (6, 6), (4, 1), (12, 4)])
def test_one_channel_more_tells_how_much_pictures_of_a_group_differ(batch, group):
    x = pictures(batch, 4, channels=5)[..., :3]
    found = with_deviation(x, group)
    assert found.shape == (batch, 6, 4, 3) and torch.equal(found[:, :5], x)
    numbers = deviations(x, group)[:, None, None].expand(-1, 4, 3)
    torch.testing.assert_close(found[:, 5], numbers)
    assert torch.equal(found[:, 5], found[:, 5, :1, :1].expand(-1, 4, 3))


def test_four_make_a_group_if_nothing_else_is_said():
    x = pictures(8, 4)
    assert torch.equal(with_deviation(x), with_deviation(x, 4))
    assert (with_deviation(x)[:, 3] - with_deviation(x, 2)[:, 3]).abs().max() > 0.01


def numbers_of(x, group=4):
    return with_deviation(x, group)[:, -1, 0, 0]


def test_of_eight_pictures_in_groups_of_four_the_even_ones_are_one_and_the_odd_ones_the_other():
    x = pictures(8, 4)
    before = numbers_of(x)
    assert len(set(before.tolist())) == 2
    for picture in range(8):
        changed = x.clone()
        changed[picture] += 5 * torch.randn(3, 4, 4, generator=seeded(picture))
        differ = numbers_of(changed) != before
        assert differ.nonzero().flatten().tolist() == list(range(picture % 2, 8, 2))


def test_a_new_order_inside_a_group_changes_nothing_and_one_across_groups_does():
    x = pictures(8, 4)
    inside = x[torch.tensor([6, 1, 4, 7, 0, 5, 2, 3])]
    torch.testing.assert_close(numbers_of(inside), numbers_of(x))
    across = x[torch.tensor([1, 0, 2, 3, 4, 5, 6, 7])]
    assert (numbers_of(across) - numbers_of(x)).abs().min() > 1e-3


@pytest.mark.parametrize("group", [1, 2, 4])
def test_pictures_that_are_all_the_same_get_a_ten_thousandth_and_a_slope_that_is_a_number(group):
    x = pictures(1, 4).expand(4, -1, -1, -1).clone().requires_grad_()
    found = numbers_of(x, group)
    expected = torch.full((4,), 1e-4, dtype=torch.double)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=0)
    (slope,) = torch.autograd.grad(found.sum(), x)
    assert slope.isfinite().all()


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_batch_smaller_than_the_group_is_one_group(batch):
    x = pictures(batch, 4)
    assert torch.equal(with_deviation(x, 4), with_deviation(x, batch))
    assert len(set(numbers_of(x).tolist())) == 1


def test_only_a_discriminator_with_groups_sees_what_else_is_in_the_batch():
    x = pictures(4)
    alone = discriminator(group=0)
    torch.testing.assert_close(alone(x)[:1], alone(x[:1]))
    D = discriminator(group=2)
    changed = torch.cat([x[:2], 3 * x[2:3], x[3:]])
    assert ((D(changed) - D(x)).abs() > 1e-6).tolist() == [True, False, True, False]
    assert parameters(D) - parameters(alone) == 9 * WIDTHS[0]


def test_a_generator_draws_each_picture_alone():
    G, z = generator(), noise()
    torch.testing.assert_close(G(z)[[2, 0]], G(z[[2, 0]]))
    torch.testing.assert_close(G(z, 8, 0.5)[1:2], G(z[1:2], 8, 0.5))


# --- pictures of every size, and of any numbers


@pytest.mark.parametrize("widths, channels", [((3,), 1), ((4, 3), 2), ((3, 5, 2, 4, 3), 3)])
@pytest.mark.parametrize("skips", [False, True])
def test_there_are_pictures_of_each_power_of_two_up_to_the_last(widths, channels, skips):
    G = generator(widths=widths, channels=channels, skips=skips)
    D = discriminator(widths=widths, channels=channels, skips=skips)
    assert G.size == D.size == 4 * 2 ** (len(widths) - 1)
    for k in range(len(widths)):
        x = G(noise(), 4 * 2**k, 0.5)
        assert x.shape == (4, channels, 4 * 2**k, 4 * 2**k) and D(x, 0.5).shape == (4,)
    assert G(noise()).shape[-1] == G.size
    for size in (2, 6, 12, 2 * D.size):
        with pytest.raises(ValueError, match="x must have equal sides, a power of two from 4 to"):
            D(pictures(size=size, channels=channels))
        with pytest.raises(ValueError, match=f"size must be a power of two from 4 to {G.size}"):
            G(noise(), size)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_squeezes_a_picture(size):
    """Ten times the last colours are ten times the picture, as far out as they lead."""
    G, D, z = generator(), discriminator(), noise()
    x = 2 * G(z, size) - 1
    with torch.no_grad():
        for parameter in G.colours[SIZES.index(size)].parameters():
            parameter *= 10
    far = G(z, size)
    torch.testing.assert_close(2 * far - 1, 10 * x)
    assert far.min() < -1 and far.max() > 2
    assert (D(far) - D(far.clamp(0, 1))).abs().min() > 0.01


def test_noise_is_normed_before_it_is_used():
    G, z = generator(), noise()
    torch.testing.assert_close(G(7 * z), G(z), rtol=1e-6, atol=1e-6)


def test_a_sample_has_the_size_and_the_alpha_that_are_asked_for():
    G = generator()
    z = G.noise(3, seeded(5))
    assert torch.equal(G.sample(3, generator=seeded(5)), G(z))
    assert torch.equal(G.sample(3, 8, 0.25, generator=seeded(5)), G(z, 8, 0.25))


# --- the numbers of the paper

TABLE = (512, 512, 512, 512, 256, 128, 64, 32, 16)


def test_widths_are_those_of_the_paper_s_table():
    assert paper_widths() == TABLE
    for k in range(9):
        assert paper_widths(4 * 2**k) == TABLE[: k + 1]


def weights_by_formula(widths, latent):
    """Those of G and those of D, one layer after the other."""
    wide, pairs = widths[0], list(itertools.pairwise(widths))
    conv = lambda inputs, outputs, taps=9: (taps * inputs + 1) * outputs
    G = (latent + 1) * 16 * wide + conv(wide, wide)
    G += sum(conv(old, new) + conv(new, new) for old, new in pairs)
    G += sum(conv(new, 3, 1) for new in widths)
    D = sum(conv(3, new, 1) for new in widths)
    D += sum(conv(new, new) + conv(new, old) for old, new in pairs)
    D += conv(wide + 1, wide) + conv(16 * wide, wide, 1) + conv(wide, 1, 1)
    return G, D


def test_networks_have_as_many_weights_as_the_published_ones():
    """23.1 million each."""
    with torch.device("meta"):
        G = ProgressiveGenerator(paper_widths(), 512)
        D = ProgressiveDiscriminator(paper_widths())
    assert (parameters(G), parameters(D)) == (23_086_795, 23_087_249)
    assert weights_by_formula(TABLE, 512) == (23_086_795, 23_087_249)
    assert G.size == D.size == 1024


@pytest.mark.parametrize("skips", [False, True])
def test_weights_of_small_networks_are_those_of_the_formula_with_skips_or_without(skips):
    found = parameters(generator(skips=skips)), parameters(discriminator(skips=skips))
    assert found == weights_by_formula(WIDTHS, 6)


@pytest.mark.parametrize("size", SIZES)
def test_multiplications_are_those_that_the_layers_make_for_one_picture(size):
    G, D, made = generator(), discriminator(), []

    def count(layer, _, answer):
        made.append(answer[0, 0].numel() * layer.weight.numel())  # pixels times weights

    for layer in [*G.modules(), *D.modules()]:
        if isinstance(layer, EqualizedConv2d | EqualizedLinear):
            layer.register_forward_hook(count)
    D(G(noise(1), size))
    assert multiplications(size, WIDTHS, 6) == sum(made)


@pytest.mark.parametrize("c", [0.0, 3.0, -20.0])
def test_a_constant_score_drifts_by_a_thousandth_of_its_square(c):
    assert drift(torch.full((7,), c)).item() == pytest.approx(c**2 / 1000)


def test_the_drift_of_scores_is_that_of_their_mean_square_and_leads_to_0():
    scores = torch.tensor([1.0, -3.0, 2.0, 0.0]).requires_grad_()
    assert drift(scores).item() == pytest.approx((1 + 9 + 4) / 4 / 1000)
    (slope,) = torch.autograd.grad(drift(scores), scores)
    torch.testing.assert_close(slope, 2 * scores.detach() / 4 / 1000)


# --- when what is shown


def detail(images, size):
    """The level of detail in the authors' code: halvings that are left, 0 at full size."""
    phase, inside = divmod(images, 1_200_000)
    return max(0.0, math.log2(size / 4) - phase - max(inside - 600_000, 0) / 600_000)


def left(phases, images, size):
    now, alpha = at_step(phases, images)
    return math.log2(size / now) + 1 - alpha


@pytest.mark.parametrize(
    "images, lod",
    [(0, 2.0), (600_000, 2.0), (900_000, 1.5), (1_200_000, 1.0), (1_800_000, 1.0)]
    + [(2_100_000, 0.5), (2_400_000, 0.0), (2_999_999, 0.0), (10**9, 0.0)],
)
def test_a_schedule_for_16_x_16_has_the_authors_level_of_detail(images, lod):
    assert detail(images, 16) == lod
    assert left(schedule(16), images, 16) == pytest.approx(lod, abs=1e-12)


@pytest.mark.parametrize("size", [4, 16, 1024])
def test_every_level_of_detail_is_the_authors_and_none_is_jumped_over(size):
    phases = schedule(size)
    assert sum(phase.steps for phase in phases) == (2 * math.log2(size / 4) + 1) * 600_000
    images = range(0, 12_000_000, 70_001)
    found = [left(phases, n, size) for n in images]
    assert found == pytest.approx([detail(n, size) for n in images], abs=1e-9)
    ends = [600_000 * k for k in range(1, 2 * len(phases))]
    for end in ends:
        step = left(phases, end - 1, size) - left(phases, end, size)
        assert 0 <= step <= 1.001 / 600_000


def test_each_next_size_fades_in_and_then_stays():
    first, *later = schedule(16, 10)
    assert first == Phase(4, 1.0, 10)
    assert later == [Phase(size, start, 10) for size in (8, 16) for start in (0.0, 1.0)]
    assert schedule(4, 7) == (Phase(4, 1.0, 7),) and schedule()[-1] == Phase(1024, 1.0, 600_000)


def test_alpha_goes_in_a_line_from_the_start_to_1_and_stays():
    alphas = [Phase(8, 0.2, 4).alpha(step) for step in range(7)]
    assert alphas == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0])
    assert [Phase(8, 1.0, 4).alpha(step) for step in range(7)] == [1.0] * 7


def test_steps_are_those_of_the_whole_schedule_and_after_its_end_all_is_there():
    phases = (Phase(4, 1.0, 2), Phase(8, 0.0, 0), Phase(8, 0.0, 4), Phase(16, 0.5, 1))
    found = [at_step(phases, step) for step in range(9)]
    fade = [(8, 0.0), (8, 0.25), (8, 0.5), (8, 0.75)]
    assert found == [(4, 1.0)] * 2 + fade + [(16, 0.5)] + [(16, 1.0)] * 2
    assert found == [at_step(list(phases), step) for step in range(9)]


def test_one_picture_is_learnt_finer_than_the_small_size_can_tell_it():
    """By a game that grows from 4 x 4 to 8 x 8; mean differences of a number."""
    torch.manual_seed(0)
    real = torch.rand(1, 3, 8, 8).expand(8, -1, -1, -1)
    G, D = ProgressiveGenerator((8, 8), 4), ProgressiveDiscriminator((8, 8))
    of_G, of_D = (torch.optim.Adam(net.parameters(), 0.01, betas=(0.0, 0.99)) for net in (G, D))
    apart = lambda x: (x - real[:1]).abs().mean().item()
    before, coarse = apart(G.sample(50)), apart(doubled(halved(real)))
    for step in range(300):
        size, alpha = at_step((Phase(4, 1.0, 60), Phase(8, 0.0, 60), Phase(8, 1.0, 180)), step)
        seen = lambda x, alpha=alpha: D(x, alpha)
        x, fake = faded(real, size, alpha), G(G.noise(8), size, alpha)
        of_D.zero_grad()
        loss = discriminator_loss(seen(x), seen(fake.detach())) + 0.2 * r1_penalty(seen, x)
        loss.backward()
        of_D.step()
        of_G.zero_grad()
        nonsaturating_loss(seen(fake)).backward()
        of_G.step()
    assert apart(G.sample(50)) < 0.75 * coarse < before / 2


# --- what is refused

X, Z = torch.rand(6, 3, 8, 8), torch.randn(6, 6)
G = ProgressiveGenerator(WIDTHS, 6)
D = ProgressiveDiscriminator(WIDTHS, group=3)
WIDE = "x must have equal sides, a power of two from 4 to"


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: PixelNorm()(X.long()), "x must be floating-point numbers"),
        (lambda: PixelNorm()(X[0, 0, 0]), r"x must be \(B, C, ...\), got \(8,\)"),
        (lambda: EqualizedConv2d(0, 1), "inputs must be at least 1, got 0"),
        (lambda: EqualizedConv2d(1, 0), "outputs must be at least 1, got 0"),
        (lambda: EqualizedConv2d(1, 1, 2), "kernel must be odd, got 2"),
        (lambda: EqualizedConv2d(1, 1, gain=0), "gain must be .*above 0, got 0"),
        (lambda: EqualizedConv2d(2, 1)(X), r"x must be \(B, 2, H, W\), got \(6, 3, 8, 8\)"),
        (lambda: EqualizedConv2d(3, 1)(X.double()), "x must be torch.float32"),
        (lambda: EqualizedLinear(0, 1), "inputs must be at least 1, got 0"),
        (lambda: EqualizedLinear(1, 0), "outputs must be at least 1, got 0"),
        (lambda: EqualizedLinear(1, 1, -1), "gain must be .*above 0, got -1"),
        (lambda: EqualizedLinear(5, 1)(Z), r"x must be \(B, 5\), got \(6, 6\)"),
        (lambda: with_deviation(X), r"x must have a batch that group = 4 divides, got \(6, 3, 8,"),
        (lambda: with_deviation(X, 0), "group must be at least 1, got 0"),
        (lambda: with_deviation(X[0]), r"x must be \(B, C, H, W\)"),
        (lambda: doubled(X[0]), r"x must be \(B, C, H, W\)"),
        (lambda: halved(X[0]), r"x must be \(B, C, H, W\)"),
        (lambda: halved(X[..., 1:]), r"x must have even sides, got \(6, 3, 8, 7\)"),
        (lambda: halved(X[:, :, 1:]), r"x must have even sides, got \(6, 3, 7, 8\)"),
        (lambda: faded(None, 4), "x must be a tensor, got NoneType"),
        (lambda: faded(X[..., 4:], 4), rf"{WIDE} 1024, got \(6, 3, 8, 4\)"),
        (lambda: faded(torch.rand(1, 3, 12, 12), 8), rf"{WIDE} 1024, got \(1, 3, 12, 12\)"),
        (lambda: faded(X, 16), "size must be a power of two from 4 to 8, got 16"),
        (lambda: faded(X, 6), "size must be a power of two from 4 to 8, got 6"),
        (lambda: faded(X, 8, 1.5), "alpha must be .*at most 1, got 1.5"),
        (lambda: drift(X), r"scores must be \(B,\)"),
        (lambda: ProgressiveGenerator(()), "widths must hold 1 to 9 numbers, got 0"),
        (lambda: ProgressiveGenerator((1,) * 10), "widths must hold 1 to 9 numbers, got 10"),
        (lambda: ProgressiveGenerator((3, 0)), "widths must be at least 1, got 0"),
        (lambda: ProgressiveGenerator(3), "widths must be tuple or list, got 3"),
        (lambda: ProgressiveGenerator(channels=0), "channels must be at least 1, got 0"),
        (lambda: ProgressiveGenerator(latent_dim=0), "latent_dim must be at least 1, got 0"),
        (lambda: ProgressiveGenerator(skips=1), "skips must be bool, got 1"),
        (lambda: G(Z[:, 1:]), r"z must be \(B, 6\), got \(6, 5\)"),
        (lambda: G(Z, 12), "size must be a power of two from 4 to 16, got 12"),
        (lambda: G(Z, 8.0), "size must be a whole number, got 8.0"),
        (lambda: G(Z, 8, -0.1), "alpha must be .*at least 0 .*got -0.1"),
        (lambda: ProgressiveDiscriminator((3, 0)), "widths must be at least 1, got 0"),
        (lambda: ProgressiveDiscriminator(group=-1), "group must be at least 0, got -1"),
        (lambda: ProgressiveDiscriminator(skips=1), "skips must be bool, got 1"),
        (lambda: ProgressiveDiscriminator(channels=0), "channels must be at least 1, got 0"),
        (lambda: D(None), "x must be a tensor, got NoneType"),
        (lambda: D(X[:, :1]), r"x must be \(B, 3, H, W\), got \(6, 1, 8, 8\)"),
        (lambda: D(X[..., 4:]), rf"{WIDE} 16, got \(6, 3, 8, 4\)"),
        (lambda: D(X[:4]), "x must have a batch that group = 3 divides"),
        (lambda: D(X, 2), "alpha must be .*at most 1, got 2"),
        (lambda: D(X.double()), "x must be torch.float32"),
        (lambda: paper_widths(12), "size must be a power of two from 4 to 1024, got 12"),
        (lambda: paper_widths(2048), "size must be a power of two from 4 to 1024, got 2048"),
        (lambda: multiplications(32, WIDTHS, 6), "size must be a power of two from 4 to 16"),
        (lambda: multiplications(8, (3, -1), 6), "widths must be at least 1, got -1"),
        (lambda: multiplications(8, WIDTHS, 0), "latent_dim must be at least 1, got 0"),
        (lambda: schedule(12), "size must be a power of two from 4 to 1024, got 12"),
        (lambda: schedule(8, 0), "steps must be at least 1, got 0"),
        (lambda: Phase(8, 0.0, 2).alpha(-1), "step must be at least 0, got -1"),
        (lambda: at_step((), 0), "phases must hold at least one, got none"),
        (lambda: at_step(Phase(8, 0.0, 2), 0), r"phases\[0\] must be Phase, got 8"),
        (lambda: at_step([Phase(8, 0.0, 2)], -1), "step must be at least 0, got -1"),
        (lambda: at_step([Phase(9, 0.0, 2)], 0), "size must be a power of two .* got 9"),
        (lambda: at_step([Phase(8, 2.0, 2)], 0), "start must be .*at most 1, got 2"),
        (lambda: at_step([Phase(8, 0.0, -2)], 0), "steps must be at least 0, got -2"),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
