"""CycleGAN: translators, judges of patches, what a pool keeps, and what a cycle can and cannot say."""

import itertools
from collections import Counter

import pytest
import torch
from small import random, seeded
from torch import nn
from torch.nn.functional import conv2d, conv_transpose2d, instance_norm, leaky_relu, pad

from genlib.models import ImagePool, PatchDiscriminator, Translator
from genlib.models.cyclegan import cycle_loss, small_weights
from genlib.models.gan import least_squares_generator_loss
from genlib.models.networks import ResidualBlock


def pictures(n=4, size=8, channels=3, seed=0):
    return torch.rand(n, channels, size, size, generator=seeded(seed)).double()


def translator(**other):
    return random(Translator(**{"features": 3, "blocks": 2} | other), 0.3)


def judge(**other):
    return random(PatchDiscriminator(**{"features": 2} | other), 0.3)


def reflected(x, layer):
    """A convolution of 3 x 3 that sees the picture go on in a mirror at its border."""
    return conv2d(pad(x, (1, 1, 1, 1), mode="reflect"), layer.weight, layer.bias)


# --- the residual block


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("border", ["reflect", "zeros"])
def test_a_block_adds_two_convolutions_with_instance_norm_to_what_came(affine, border):
    block, x = random(ResidualBlock(4, affine=affine, border=border)), pictures(channels=4)
    first, norm, _, second, last = block.layers
    mode = {"reflect": "reflect", "zeros": "constant"}[border]
    h = conv2d(pad(x, (1, 1, 1, 1), mode=mode), first.weight, first.bias)
    h = instance_norm(h, weight=norm.weight, bias=norm.bias).relu()
    h = conv2d(pad(h, (1, 1, 1, 1), mode=mode), second.weight, second.bias)
    torch.testing.assert_close(block(x), x + instance_norm(h, weight=last.weight, bias=last.bias))
    assert (block(x) - x).abs().mean() > 0.1


def test_a_constant_goes_through_a_block_with_reflected_borders_as_it_is_and_not_with_zeros():
    x = torch.full((1, 4, 6, 6), 0.3).double()
    torch.testing.assert_close(random(ResidualBlock(4))(x), x)
    assert (random(ResidualBlock(4, border="zeros"))(x) - x).abs().max() > 0.1


# --- the translator


@pytest.mark.parametrize("keep", [0.0, 1.5])
def test_a_translator_is_the_convolutions_and_norms_that_it_says(keep):
    """By hand: 2x - 1 -> 3 x 3, 4 x 4 down, norm, blocks, 4 x 4 up, norm, 3 x 3, + keep (2x - 1), tanh."""
    net, x = translator(keep=keep), pictures(size=10)
    first, _, down, _, _, *blocks, up, _, _, last = net.layers
    h = reflected(2 * x - 1, first).relu()
    h = instance_norm(conv2d(h, down.weight, down.bias, stride=2, padding=1)).relu()
    assert h.shape == (4, 6, 5, 5) and len(blocks) == 2
    for block in blocks:
        h = block(h)
    h = instance_norm(conv_transpose2d(h, up.weight, up.bias, stride=2, padding=1)).relu()
    expected = ((reflected(h, last) + keep * (2 * x - 1)).tanh() + 1) / 2
    torch.testing.assert_close(net(x), expected)
    assert net(x).std() > 0.1


@pytest.mark.parametrize("height, width, channels", [(6, 6, 3), (8, 14, 1), (32, 32, 2)])
def test_a_translated_picture_has_the_size_it_had_and_lies_in_range(height, width, channels):
    net = translator(channels=channels)
    x = torch.rand(2, channels, height, width, generator=seeded()).double()
    assert net(x).shape == x.shape and net(x).min() >= 0 and net(x).max() <= 1


@pytest.mark.parametrize("keep", [0.0, 0.5, 1.5, 3.0])
def test_a_silent_network_keeps_so_much_of_the_picture_and_grey_without(keep):
    net, x = translator(keep=keep), pictures()
    nn.init.zeros_(net.layers[-1].weight)
    nn.init.zeros_(net.layers[-1].bias)
    made = (keep * (2 * x - 1)).tanh()
    torch.testing.assert_close(net(x), (made + 1) / 2)
    (slope,) = torch.autograd.grad(net(x.requires_grad_()).sum(), x)
    torch.testing.assert_close(slope, keep * (1 - made**2))
    if not keep:
        assert (net(x) == 0.5).all()


def test_the_translator_of_the_course_begins_near_the_picture_and_that_of_the_paper_with_grey():
    x = pictures(size=32).float()
    assert (Translator()(x) - x).abs().mean() < 0.1
    assert (Translator(keep=0.0)(x) - 0.5).abs().mean() < 0.1
    assert (Translator()(x) - x).abs().mean() < (Translator(keep=0.0)(x) - x).abs().mean() / 2


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("made", [translator, judge])
def test_each_picture_goes_through_alone(made, training):
    net, x = made().train(training), pictures(size=24)
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(net(x)[order], net(x[order]))
    torch.testing.assert_close(net(x)[1:2], net(x[1:2]))


def test_every_pixel_of_a_picture_is_seen_by_every_pixel_of_its_translation():
    """Through the means of the instance norms, as far apart as they may lie."""
    net, x = translator(), pictures(1, 16).requires_grad_()
    (slope,) = torch.autograd.grad(net(x)[0, 0, 0, 0], x)
    assert (slope.abs().amax(1) > 0).all()


def test_weights_begin_with_a_hundredth_and_biases_with_nothing():
    """From N(0, 0.02^2), in every convolution, whichever way it goes."""
    for net in (Translator(), PatchDiscriminator()):
        for layer in net.modules():
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                count = layer.weight.numel()
                assert layer.weight.std().item() == pytest.approx(0.02, rel=3 / count**0.5)
                assert abs(layer.weight.mean()) < 4 * 0.02 / count**0.5
                assert layer.bias.abs().max() == 0


def test_small_weights_need_no_bias():
    net = nn.Sequential(nn.Conv2d(8, 8, 3, bias=False))
    small_weights(net)
    assert 0.01 < net[0].weight.std() < 0.03


def test_small_weights_leaves_what_is_no_convolution():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    before = [weight.clone() for weight in net.parameters()]
    small_weights(net)
    assert all(map(torch.equal, before, net.parameters()))


# --- the discriminator of patches


def test_a_judge_is_the_convolutions_and_norms_that_it_says():
    """By hand: 4 x 4 down, leak, 4 x 4 down, norm, leak, 4 x 4, norm, leak, and a score."""
    net, x = judge(layers=2), pictures(size=24)
    convolutions = [layer for layer in net.layers if isinstance(layer, nn.Conv2d)]
    assert [layer.out_channels for layer in convolutions] == [2, 4, 8, 1]
    h = 2 * x - 1
    for k, layer in enumerate(convolutions):
        h = conv2d(h, layer.weight, layer.bias, stride=2 if k < 2 else 1, padding=1)
        h = instance_norm(h) if k in (1, 2) else h
        h = leaky_relu(h, 0.2) if k < 3 else h
    torch.testing.assert_close(net(x), h)


def test_channels_double_up_to_eight_times():
    net = PatchDiscriminator(features=2, layers=5)
    widths = [layer.out_channels for layer in net.layers if isinstance(layer, nn.Conv2d)]
    assert widths == [2, 4, 8, 16, 16, 16, 1]


def seen_by(net, size, at):
    """How much each pixel of a picture moves the score at a place: (size, size)."""
    x = pictures(1, size, 1).requires_grad_()
    (slope,) = torch.autograd.grad(net(x)[0, 0, at, at], x)
    return slope[0, 0].abs()


@pytest.mark.parametrize(
    "layers, size, at, side", [(1, 32, 7, 16), (2, 64, 7, 34), (3, 112, 6, 70), (4, 192, 5, 142)]
)
def test_a_score_sees_the_published_field_and_nothing_else(layers, size, at, side):
    """Its first pixel lies `at` strides from the border less the paddings, each in pixels of the picture."""
    net = judge(features=1, layers=layers, channels=1, norm=False)
    paddings = sum(2**k for k in range(layers)) + 2 * 2**layers
    start = at * 2**layers - paddings
    expected = torch.zeros(size, size).bool()
    expected[start : start + side, start : start + side] = True
    assert start > 0 and start + side < size
    assert torch.equal(seen_by(net, size, at) > 0, expected)


def test_instance_norm_lets_a_score_see_the_whole_picture_and_the_far_of_it_much_less():
    seen, field = seen_by(judge(channels=1), 64, 7), torch.zeros(64, 64).bool()
    field[17:51, 17:51] = True  # of 34 x 34
    assert (seen > 0).all()
    assert seen[field].mean() > 5 * seen[~field].mean()


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_without_norm_a_picture_moved_by_the_stride_has_its_scores_moved_by_one(layers):
    """But for three scores at each border, whose fields reach beyond it."""
    net, step = judge(layers=layers, norm=False), 2**layers
    x = pictures(1, 128 + step)
    here, there = net(x[..., :128, :128]), net(x[..., step:, step:])
    torch.testing.assert_close(there[..., 3:-4, 3:-4], here[..., 4:-3, 4:-3])
    assert here.std() > 0.1 and (there - here).abs().max() > 0.1


@pytest.mark.parametrize(
    "layers, size, side", [(3, 256, 30), (3, 128, 14), (1, 32, 14), (2, 32, 6), (2, 64, 14)]
)
def test_maps_of_scores_have_the_published_sizes(layers, size, side):
    x = torch.zeros(1, 3, size, size + 2**layers)
    assert PatchDiscriminator(2, layers)(x).shape == (1, 1, side, side + 1)


def test_the_judge_of_the_paper_has_as_many_weights_as_the_published_one():
    """70 x 70, 64 channels, a bias in every convolution as where instance norm has no shift of its own."""
    net = PatchDiscriminator(features=64, layers=3, channels=3)
    assert sum(weight.numel() for weight in net.parameters()) == 2_764_737


@pytest.mark.parametrize("norm, least", [(True, 20), (False, 12)])
def test_the_smallest_picture_that_is_judged_has_a_score_and_a_smaller_one_is_refused(norm, least):
    net = judge(norm=norm)
    assert net(pictures(size=least)).isfinite().all() and net(pictures(size=least)).std() > 0
    with pytest.raises(ValueError, match=f"x must have sides of at least {least}"):
        net(pictures(size=least - 1))


# --- the pool


def stream(pool, start, end, at_once=1):
    """What a pool gives back for the numbers from start to end, each of them a picture."""
    come = torch.arange(start, end).float().view(-1, at_once, 1, 1, 1)
    return torch.cat([pool(x) for x in come]).flatten().int().tolist()


def test_a_pool_of_none_gives_back_what_came():
    pool = ImagePool(0, seeded())
    assert stream(pool, 0, 200) == list(range(200)) and len(pool) == 0


def test_while_a_pool_fills_it_gives_back_what_came():
    pool = ImagePool(7, seeded())
    for start, end in ((0, 3), (3, 7)):
        assert stream(pool, start, end) == list(range(start, end)) and len(pool) == end
    stream(pool, 7, 100)
    assert len(pool) == 7


def test_every_picture_that_comes_out_had_come_in_and_an_old_one_has_left():
    """Distinct numbers: once the pool is full no number comes out twice."""
    pool = ImagePool(10, seeded())
    stream(pool, 0, 10)
    out = stream(pool, 10, 2010)
    assert max(Counter(out).values()) == 1
    assert all(number <= now for now, number in enumerate(out, 10))
    assert set(range(10)) < set(out)  # every place is changed once
    missing = set(range(2010)) - set(out)
    assert len(missing) == 10  # those that are kept


def test_half_of_what_a_full_pool_gives_back_is_old_and_of_any_age():
    pool = ImagePool(10, seeded())
    stream(pool, 0, 10)
    ages = torch.arange(10, 2010) - torch.tensor(stream(pool, 10, 2010))
    assert 0.46 < (ages > 0).double().mean() < 0.54
    assert 17 < ages[ages > 0].double().mean() < 23  # 10 places, one changed in every two steps


def test_a_pool_comes_again_from_the_same_generator_and_however_pictures_are_batched():
    first, same, other = (ImagePool(5, seeded(seed)) for seed in (0, 0, 1))
    expected = stream(first, 0, 300)
    assert stream(same, 0, 300, at_once=20) == expected != stream(other, 0, 300)


def test_pictures_of_a_pool_take_no_slope_and_no_memory_of_what_came():
    pool, x = ImagePool(2, seeded()), pictures(2).requires_grad_()
    given = pool(x)
    assert not given.requires_grad and torch.equal(given, x)
    before = x.detach().clone()
    with torch.no_grad():
        x.fill_(7)
    assert torch.equal(given, before)
    given.fill_(8)
    zeros = torch.zeros(40, 3, 8, 8, requires_grad=True).double()
    later = pool(zeros)
    old = later[later.flatten(1).amax(1) > 0]
    assert not later.requires_grad and len(old) == 2
    assert {tuple(one.flatten().tolist()) for one in old} == {
        tuple(one.flatten().tolist()) for one in before
    }


def test_what_is_exchanged_shares_no_memory_with_what_came_either():
    pool = ImagePool(1, seeded())
    pool(torch.zeros(1, 1))
    for number in range(1, 30):
        x = torch.full((1, 1), float(number))
        given = pool(x)
        x.fill_(-1)
        assert given >= 0
        given.fill_(-1)


# --- the cycle


def test_a_cycle_loses_the_mean_difference_of_a_number():
    x, back = (
        torch.tensor([[0.5, 1.0, 0.0], [0.25, 0.0, 1.0]]),
        torch.tensor([[0.0, 1.0, 0.25]] * 2),
    )
    expected = (0.5 + 0 + 0.25 + 0.25 + 1 + 0.75) / 6
    assert cycle_loss(x, back).item() == cycle_loss(back, x).item() == pytest.approx(expected)
    torch.testing.assert_close(
        cycle_loss(x.expand(4, 2, 3), back.expand(4, 2, 3)), cycle_loss(x, back)
    )


def test_any_linear_map_and_its_inverse_lose_nothing():
    for seed in range(5):
        A = torch.eye(4).double() + 0.3 * torch.randn(4, 4, generator=seeded(seed)).double()
        x = torch.randn(50, 4, generator=seeded(9)).double()
        there = x @ A.T
        assert cycle_loss(x, there @ A.inverse().T) < 1e-12 and cycle_loss(x, there) > 0.1


def standard(n=4000):
    """Points in the plane whose mean is 0 and whose covariance is 1, exactly: (n, 2)."""
    x = torch.randn(n, 2, generator=seeded()).double()
    x = x - x.mean(0)
    root = torch.linalg.cholesky(x.T @ x / n)
    return torch.linalg.solve_triangular(root, x.T, upper=False).T


@pytest.mark.parametrize("degrees", [10, 90, 123, 180])
def test_every_turn_of_a_gaussian_keeps_it_and_loses_nothing_in_a_cycle(degrees):
    x, angle = standard(), torch.tensor(degrees).double().deg2rad()
    R = torch.stack(
        [torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])]
    )
    turned = x @ R.T
    assert cycle_loss(x, turned @ R) < 1e-12
    assert turned.mean(0).abs().max() < 1e-12
    torch.testing.assert_close(turned.T @ turned / len(x), torch.eye(2).double())
    mean = (
        2 / torch.pi
    ) ** 0.5  # of |x|; the step from x to its turn is a Gaussian 2 sin(angle / 2) as wide
    expected = 2 * (angle / 2).sin().item() * mean
    assert cycle_loss(x, turned).item() == pytest.approx(expected, rel=0.03)


SIXTH = [1 / 6] * 6


@pytest.mark.parametrize(
    "shares, labels, count",
    [
        (SIXTH, [0] * 6, 720),
        (SIXTH, [0, 0, 0, 1, 1, 1], 36),
        ([k / 21 for k in range(1, 7)], [0] * 6, 1),
        ([0.1, 0.1, 0.2, 0.2, 0.2, 0.2], [0] * 6, 48),
    ],
    ids=["alike", "two labels", "all different", "two and four alike"],
)
def test_every_renaming_has_a_cycle_without_loss_and_shares_and_labels_say_which_remain(
    shares, labels, count
):
    things, shares, labels = torch.arange(6.0), torch.tensor(shares), torch.tensor(labels)
    kept = 0
    for order in itertools.permutations(range(6)):
        there = torch.tensor(order)
        back = there.argsort()
        assert cycle_loss(things, things[there][back]) == 0
        pushed = torch.zeros(6).index_add_(0, there, shares)
        kept += torch.equal(pushed, shares) and torch.equal(labels[there], labels)
    assert kept == count


def test_only_what_loses_nothing_can_come_back():
    """Of the 27 maps of three things into three, the six that are one-to-one have a way back without loss."""
    things, maps = (
        torch.arange(3.0),
        [torch.tensor(m) for m in itertools.product(range(3), repeat=3)],
    )
    least = {
        tuple(m.tolist()): min(cycle_loss(things, things[back[m]]) for back in maps) for m in maps
    }
    assert {m for m, loss in least.items() if loss == 0} == set(itertools.permutations(range(3)))


def slopes_by(loss, module):
    """The largest slope of each parameter by its name, None where the loss does not see it."""
    names, weights = zip(*module.named_parameters(), strict=True)
    found = torch.autograd.grad(loss, weights, allow_unused=True, retain_graph=True)
    return {
        n: None if s is None else s.abs().max().item() for n, s in zip(names, found, strict=True)
    }


def test_the_cycle_reaches_every_weight_of_both_translators_and_no_judge():
    """A bias before an instance norm changes nothing, whatever it is."""
    there, back, D = translator(), random(Translator(3, 2), 0.3, seed=5), judge(layers=1)
    x = pictures(size=16)
    z = there(x)
    cycle, game = cycle_loss(x, back(z)), least_squares_generator_loss(D(z))
    for net in (there, back):
        normed = {f"layers.{k}.bias" for k in (2, 7)}
        normed |= {f"layers.{k}.layers.{j}.bias" for k in (5, 6) for j in (0, 3)}
        for name, slope in slopes_by(cycle, net).items():
            assert (slope < 1e-12) if name in normed else (slope > 1e-6), name
    assert set(slopes_by(cycle, D).values()) == {None}
    assert slopes_by(game + 20 * cycle, D) == slopes_by(game, D)
    assert all(slope is None for slope in slopes_by(game, back).values())


X = torch.rand(2, 3, 32, 32)


def full_pool():
    pool = ImagePool(2)
    pool(X)
    return pool


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: Translator(features=0), "features must be at least 1, got 0"),
        (lambda: Translator(blocks=0), "blocks must be at least 1, got 0"),
        (lambda: Translator(keep=-0.5), "keep must be .*at least 0, got -0.5"),
        (lambda: Translator()(X[:, :1]), r"x must be \(B, 3, H, W\), got \(2, 1, 32, 32\)"),
        (lambda: Translator()(X[..., 1:]), r"x must have even sides .* got \(2, 3, 32, 31\)"),
        (lambda: Translator()(X[:, :, 1:]), r"x must have even sides .* got \(2, 3, 31, 32\)"),
        (lambda: Translator()(X[..., :4]), r"x must have even sides of at least 6"),
        (lambda: Translator()(255 * X), r"x must lie in \[-0.01, 1.01\]"),
        (lambda: Translator()(X.double()), "x must be torch.float32"),
        (lambda: ResidualBlock(3, border="mirror"), 'border must be "reflect" or "zeros"'),
        (lambda: ResidualBlock(3, border=None), "border must be str, got None"),
        (lambda: ResidualBlock(4)(X), r"x must be \(B, 4, H, W\)"),
        (lambda: PatchDiscriminator(layers=0), "layers must be at least 1, got 0"),
        (lambda: PatchDiscriminator(norm=1), "norm must be bool, got 1"),
        (lambda: PatchDiscriminator(channels=1)(X), r"x must be \(B, 1, H, W\)"),
        (lambda: ImagePool(-1), "size must be at least 0, got -1"),
        (lambda: ImagePool(3, 5), "generator must be a torch.Generator or None"),
        (lambda: ImagePool(3)(X.long()), "x must be floating-point numbers"),
        (lambda: full_pool()(X[..., 2:]), r"x must be \(B, 3, 32, 32\) .* got \(2, 3, 32, 30\)"),
        (lambda: cycle_loss(X, X[:1]), r"back must be \(2, 3, 32, 32\), got \(1, 3, 32, 32\)"),
        (lambda: cycle_loss(X.long(), X), "x must be floating-point numbers"),
        (lambda: small_weights("net"), "module must be Module"),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
