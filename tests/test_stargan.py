"""StarGAN: labels as planes, a mask that leaves the rest alone, and a critic that reads labels too."""

import itertools
import math

import pytest
import torch
from small import random, seeded
from torch.nn.functional import (
    conv2d,
    conv_transpose2d,
    instance_norm,
    l1_loss,
    leaky_relu,
    pad,
)

from genlib.data import face_labels
from genlib.data.faces import ATTRIBUTES, CHOICES, LABELS
from genlib.models import StarDiscriminator, StarGenerator
from genlib.models.gan import gradient_penalty
from genlib.models.stargan import known_labels, label_loss, label_planes

SMALL = {"labels": 3, "features": 4, "halvings": 1, "blocks": 1, "channels": 3, "masked": True}
NARROW = {"labels": 3, "size": 16, "features": 4, "channels": 3}


def generator(**other):
    return random(StarGenerator(**SMALL | other), 0.3)


def discriminator(**other):
    return random(StarDiscriminator(**NARROW | other), 0.2)


def pictures(n=4, size=8, channels=3, seed=0):
    return torch.rand(n, channels, size, size, generator=seeded(seed)).double()


def targets(n=4, labels=3, seed=1):
    return torch.rand(n, labels, generator=seeded(seed)).round().double()


def every_kind():
    return torch.cartesian_prod(*map(torch.arange, CHOICES))


def apart(x, y):
    """How far each picture of x is from that of y, at its worst pixel: -> (B,)."""
    return (x - y).abs().flatten(1).amax(1)


def slopes_by(value, module):
    """The gradient of each parameter by its name, None where the value does not see it."""
    names, weights = zip(*module.named_parameters(), strict=True)
    found = torch.autograd.grad(value, weights, allow_unused=True, retain_graph=True)
    return dict(zip(names, found, strict=True))


# --- labels as planes


def test_a_label_is_a_constant_plane_of_the_size_of_the_picture():
    labels, x = torch.rand(2, 5), torch.zeros(2, 3, 4, 6)
    planes = label_planes(labels, x)
    assert planes.shape == (2, 5, 4, 6)
    for r, c in itertools.product(range(4), range(6)):
        assert torch.equal(planes[:, :, r, c], labels)


def test_instance_norm_takes_a_label_away_behind_reflected_borders_and_not_behind_zeros():
    """conv([x, c]) is conv(x) + a constant for each channel where no zeros stand at the border."""
    weight, x, c = generator().layers[0].weight, pictures(), targets()
    reach = [weight.shape[2] // 2] * 4

    def normed(label, border):
        both = torch.cat([2 * x - 1, label_planes(label, x)], 1)
        return instance_norm(conv2d(pad(both, reach, mode=border), weight))

    for other in (1 - c, 0 * c, 100 * c, c + 0.3):
        assert (normed(c, "reflect") - normed(other, "reflect")).abs().max() < 1e-10
        assert apart(normed(c, "constant"), normed(other, "constant")).min() > 0.1


def test_each_label_of_the_target_reaches_painting_and_mask_of_its_own_picture_alone():
    G, x, c = generator(), pictures(), targets().requires_grad_()
    for found in G.paint(x, c):
        (slope,) = torch.autograd.grad(found[1].square().sum(), c, retain_graph=True)
        assert slope[1].abs().min() > 0 and slope[[0, 2, 3]].abs().max() == 0
    assert apart(G(x, c), G(x, 1 - c)).min() > 0.01


def test_between_two_targets_the_picture_moves_without_a_jump():
    G, x = generator(), pictures(1).expand(41, -1, -1, -1)
    shares = torch.linspace(0, 1, 41).double()[:, None]
    one, other = torch.tensor([1.0, 0.0, 0.0]).double(), torch.tensor([0.0, 0.0, 1.0]).double()
    way = G(x, one.lerp(other, shares))
    torch.testing.assert_close(way[[0, 40]], G(x[:2], torch.stack([one, other])))
    steps = apart(way[1:], way[:-1])
    assert steps.min() > 0 and steps.max() < steps.sum() / 10


# --- the generator


@pytest.mark.parametrize("masked", [True, False])
def test_a_generator_is_the_convolutions_and_norms_that_it_says(masked):
    """By hand: [2x - 1, c] -> 5 x 5, norm, 4 x 4 down, norm, a residual block, 4 x 4 up, norm, 5 x 5."""
    G, x, c = generator(masked=masked), pictures(), targets()
    w = dict(G.named_parameters())

    def normed(h, name):
        return instance_norm(h, weight=w[f"{name}.weight"], bias=w[f"{name}.bias"])

    h = conv2d(torch.cat([2 * x - 1, label_planes(c, x)], 1), w["layers.0.weight"], padding=2)
    h = normed(h, "layers.1").relu()
    h = normed(conv2d(h, w["layers.3.weight"], stride=2, padding=1), "layers.4").relu()
    inner = conv2d(h, w["layers.6.layers.0.weight"], w["layers.6.layers.0.bias"], padding=1)
    inner = normed(inner, "layers.6.layers.1").relu()
    inner = conv2d(inner, w["layers.6.layers.3.weight"], w["layers.6.layers.3.bias"], padding=1)
    h = h + normed(inner, "layers.6.layers.4")
    h = normed(conv_transpose2d(h, w["layers.7.weight"], stride=2, padding=1), "layers.8").relu()
    h = conv2d(h, w["layers.10.weight"], w["layers.10.bias"], padding=2)
    painting, mask = G.paint(x, c)
    torch.testing.assert_close(painting, (h[:, :3].tanh() + 1) / 2)
    torch.testing.assert_close(mask, h[:, 3:].sigmoid() if masked else torch.ones_like(x[:, :1]))


def test_the_picture_is_the_painting_where_the_mask_is_and_the_old_one_elsewhere():
    G, x, c = generator(), pictures(), targets()
    painting, mask = G.paint(x, c)
    assert painting.shape == x.shape and mask.shape == (4, 1, 8, 8)
    assert mask.std() > 0.01 and apart(painting, x).min() > 0.1
    torch.testing.assert_close(G(x, c), x + mask * (painting - x))


def shut(G, by):
    """G with a mask of sigmoid(by) everywhere, whatever it sees."""
    with torch.no_grad():
        G.layers[-1].weight[-1] = 0
        G.layers[-1].bias[-1] = by
    return G


def test_a_mask_of_0_leaves_the_picture_bit_by_bit_and_of_1_takes_the_painting():
    x, c = pictures(), targets()
    assert torch.equal(shut(generator(), -1e4)(x, c), x)
    G = shut(generator(), 1e4)
    assert torch.equal(G(x, c), G.paint(x, c)[0])


def test_there_and_back_with_a_mask_of_0_loses_nothing():
    G, x, c = shut(generator(), -1e4), pictures(), targets()
    assert l1_loss(G(G(x, 1 - c), c), x) == 0
    assert l1_loss(generator()(generator()(x, 1 - c), c), x) > 0.01


def test_without_a_mask_all_is_painted():
    G, x, c = generator(masked=False), pictures(), targets()
    painting, where = G.paint(x, c)
    assert torch.equal(where, torch.ones_like(x[:, :1])) and torch.equal(G(x, c), painting)


@pytest.mark.parametrize("masked", [True, False])
def test_a_picture_stays_in_0_to_1_however_large_the_weights(masked):
    G = random(StarGenerator(**SMALL | {"masked": masked}), 5.0)
    found = G(pictures(), targets())
    assert found.min() >= 0 and found.max() <= 1
    assert found.min() < 0.01 and found.max() > 0.99


@pytest.mark.parametrize("training", [True, False])
def test_a_picture_is_translated_alone(training):
    G, x, c = generator().train(training), pictures(), targets()
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(G(x[order], c[order]), G(x, c)[order])
    torch.testing.assert_close(G(x[1:2], c[1:2]), G(x, c)[1:2])


@pytest.mark.parametrize("halvings, size", [(0, (2, 5)), (1, (4, 6)), (2, (8, 12)), (2, (16, 16))])
@pytest.mark.parametrize("channels, masked", [(1, True), (3, False)])
def test_a_size_may_be_any_that_the_halvings_divide(halvings, size, channels, masked):
    G = generator(halvings=halvings, channels=channels, masked=masked)
    x = torch.rand(2, channels, *size).double()
    painting, mask = G.paint(x, targets(2))
    assert painting.shape == G(x, targets(2)).shape == x.shape and mask.shape == (2, 1, *size)


def parameters(net):
    return sum(weight.numel() for weight in net.parameters())


def test_the_weights_of_a_small_generator_counted_by_hand():
    first, down, up = (3 + 3) * 4 * 25 + 2 * 4, 4 * 8 * 16 + 2 * 8, 8 * 4 * 16 + 2 * 4
    block, last = 2 * (8 * 8 * 9 + 8 + 2 * 8), 4 * (3 + 1) * 25 + 3 + 1
    assert parameters(StarGenerator(**SMALL)) == first + down + block + up + last
    other = StarGenerator(**SMALL | {"blocks": 3, "masked": False})
    assert parameters(other) == first + down + 3 * block + up + last - 4 * 25 - 1
    wider = 8 * 16 * 16 + 2 * 16 + 16 * 8 * 16 + 2 * 8
    twice = StarGenerator(**SMALL | {"halvings": 2, "blocks": 0})
    assert parameters(twice) == first + down + wider + up + last


def test_one_generator_serves_every_ordered_pair_of_domains_and_one_domain_more_is_one_plane_more():
    """Translators in pairs are k (k - 1) networks."""
    k, x = 4, pictures(1).expand(4, -1, -1, -1)
    found = generator(labels=k)(x, torch.eye(k).double())
    pairs = list(itertools.permutations(range(k), 2))
    assert len(pairs) == k * (k - 1)
    assert min(apart(found[[a]], found[[b]]).item() for a, b in pairs) > 0.01
    more = StarGenerator(**SMALL | {"labels": k + 1}), StarGenerator(**SMALL | {"labels": k})
    assert parameters(more[0]) - parameters(more[1]) == 25 * SMALL["features"]


# --- the discriminator


def test_scores_are_means_over_patches_and_labels_are_read_from_all_of_the_last_4_x_4():
    D, x = discriminator(), pictures(size=16)
    w = dict(D.named_parameters())
    h = 2 * x - 1
    for k in (0, 2):
        h = conv2d(h, w[f"layers.{k}.weight"], w[f"layers.{k}.bias"], stride=2, padding=1)
        h = leaky_relu(h, 0.2)
    assert h.shape == (4, 8, 4, 4)
    patches = conv2d(h, w["score.weight"], w["score.bias"], padding=1)
    labels = torch.einsum("bchw, lchw -> bl", h, w["label.weight"]) + w["label.bias"]
    scores, logits = D.both(x)
    torch.testing.assert_close(scores, patches.flatten(1).mean(1))
    torch.testing.assert_close(logits, labels)
    assert torch.equal(D(x), scores)


def test_a_picture_is_scored_and_read_alone():
    D, x = discriminator(), pictures(size=16)
    for found, alone in zip(D.both(x), D.both(x[1:2]), strict=True):
        torch.testing.assert_close(alone, found[1:2])


@pytest.mark.parametrize("size, channels", [(8, 1), (16, 3), (32, 1)])
def test_the_trunk_ends_at_4_x_4_with_twice_the_features_at_each_halving(size, channels):
    D = discriminator(size=size, channels=channels, labels=5)
    scores, logits = D.both(pictures(2, size, channels))
    assert scores.shape == (2,) and logits.shape == (2, 5)
    h = D.layers(pictures(2, size, channels))
    assert h.shape == (2, 4 * size // 8, 4, 4)


def test_the_penalty_is_each_picture_s_own_and_that_of_its_slope():
    """Where real and fake are the same picture the point between them is known."""
    D, x = discriminator(), pictures(size=16).requires_grad_()
    slopes = torch.stack([torch.autograd.grad(D(x)[k], x)[0][k].norm() for k in range(4)])
    found = gradient_penalty(D, x.detach(), x.detach())
    torch.testing.assert_close(found, (slopes - 1).square().mean())
    alone = [gradient_penalty(D, x[[k]].detach(), x[[k]].detach()) for k in range(4)]
    torch.testing.assert_close(found, torch.stack(alone).mean())


def test_the_penalty_of_scores_moves_trunk_and_score_and_never_what_reads_labels():
    D, real, fake = discriminator(), pictures(size=16), pictures(size=16, seed=5)
    moved = slopes_by(gradient_penalty(D, real, fake, seeded()), D)
    for name in ("layers.0.weight", "layers.2.weight", "score.weight"):
        assert moved[name].abs().max() > 0, name
    assert moved["label.weight"] is None and moved["label.bias"] is None


def test_what_is_read_of_labels_moves_the_trunk_and_not_the_score():
    D = discriminator()
    moved = slopes_by(label_loss(D.both(pictures(size=16))[1], targets()), D)
    assert moved.pop("score.weight") is None and moved.pop("score.bias") is None
    assert all(slope.abs().max() > 0 for slope in moved.values())


# --- what labels lose


def guesses(n=4, labels=3, seed=2):
    return 2 * torch.randn(n, labels, generator=seeded(seed)).double()


@pytest.mark.parametrize("soft", [False, True])
def test_labels_lose_binary_cross_entropies_summed_over_them_and_the_mean_over_pictures(soft):
    logits, labels = guesses(), targets().lerp(torch.full((4, 3), 0.3).double(), 0.5 * soft)
    total = 0.0
    for said, true in zip(logits.tolist(), labels.tolist(), strict=True):
        for logit, y in zip(said, true, strict=True):
            p = 1 / (1 + math.exp(-logit))
            total += -y * math.log(p) - (1 - y) * math.log(1 - p)
    assert label_loss(logits, labels).item() == pytest.approx(total / 4, rel=1e-12)


def test_the_slope_by_a_logit_is_how_far_the_guess_is_off_for_each_picture():
    logits, labels = guesses().requires_grad_(), targets()
    (slope,) = torch.autograd.grad(label_loss(logits, labels), logits)
    torch.testing.assert_close(slope, (logits.sigmoid() - labels).detach() / 4)


def test_labels_that_nobody_told_lose_nothing_and_have_no_slope():
    logits, labels = guesses().requires_grad_(), targets()
    known = torch.tensor([[1, 0, 1]] * 4)
    found = label_loss(logits, labels, known)
    torch.testing.assert_close(found, label_loss(logits[:, [0, 2]], labels[:, [0, 2]]))
    (slope,) = torch.autograd.grad(found, logits)
    assert torch.equal(slope != 0, known.bool())
    assert torch.equal(found, label_loss(logits, labels.where(known.bool(), 1 - labels), known))


def test_labels_that_are_all_told_are_as_without_a_word_and_none_are_nothing():
    logits, labels = guesses(), targets()
    assert torch.equal(label_loss(logits, labels, torch.ones(4, 3)), label_loss(logits, labels))
    assert label_loss(logits, labels, torch.zeros(4, 3)) == 0


def test_each_picture_may_know_other_labels_and_all_of_them_are_in_the_mean():
    logits, labels = guesses(2), targets(2)
    known = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    torch.testing.assert_close(
        label_loss(logits, labels, known), label_loss(logits[:1, :2], labels[:1, :2]) / 2
    )


@pytest.mark.parametrize("label", [0.0, 1.0])
@pytest.mark.parametrize("logit", [60.0, -60.0])
def test_a_guess_that_is_all_but_sure_loses_exactly_as_much_as_it_should(logit, label):
    found = label_loss(torch.tensor([[logit]]).double(), torch.tensor([[label]]).double()).item()
    rest, wrong = math.log1p(math.exp(-60)), (logit > 0) != (label > 0)
    assert found == pytest.approx(60 + rest if wrong else rest, abs=1e-12)


def test_permuted_labels_keep_their_shares_so_a_constant_guess_loses_their_entropies_still():
    labels = face_labels(every_kind()).double()
    shares = labels.mean(0)
    entropies = -(shares * shares.log() + (1 - shares) * (1 - shares).log()).sum()
    asked = labels[torch.randperm(48, generator=seeded())]
    constant = shares.logit().expand(48, -1)
    for drawn in (labels, asked):
        torch.testing.assert_close(label_loss(constant, drawn), entropies)
        assert label_loss(constant + 0.1, drawn) > entropies > label_loss(10 * drawn - 5, drawn)


# --- labels of several data sets


def test_each_picture_keeps_the_labels_of_its_own_set_and_a_mask_says_which():
    labels = torch.tensor([[1.0, 0.0, 0.25, 1.0, 0.5, 1.0]] * 3)
    found = known_labels(labels, torch.tensor([0, 1, 2]), (2, 1, 3))
    expected = [
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0, 0.5, 1.0, 0.0, 0.0, 1.0],
    ]
    assert torch.equal(found, torch.tensor(expected))


def test_hidden_labels_have_no_slope_and_told_ones_have_all_of_theirs():
    labels = torch.rand(2, 5, generator=seeded()).requires_grad_()
    found = known_labels(labels, torch.tensor([1, 0]), (3, 2))
    (slope,) = torch.autograd.grad(found.sum(), labels)
    assert torch.equal(slope, torch.tensor([[0.0, 0, 0, 1, 1], [1, 1, 1, 0, 0]]))


def test_to_have_none_of_its_labels_is_told_apart_from_not_being_told():
    none = torch.zeros(3, 5)
    found = known_labels(none, torch.tensor([0, 1, 2]), (1, 2, 2))
    assert torch.equal(found[:, :5], none) and len(found.unique(dim=0)) == 3


def test_of_one_set_all_is_known():
    labels = torch.rand(4, 3)
    found = known_labels(labels, torch.zeros(4).long(), (3,))
    assert torch.equal(found, torch.cat([labels, torch.ones(4, 1)], 1))


# --- labels of drawn faces


def test_labels_of_a_face_are_its_attributes_by_name_and_a_smile_is_not_told():
    for face, found in zip(every_kind(), face_labels(every_kind()), strict=True):
        pairs = zip(ATTRIBUTES.values(), face, strict=True)
        words = {choices[choice] for choices, choice in pairs}
        assert found.tolist() == [float(label in words) for label in LABELS]


def test_labels_of_faces_hold_one_hair_and_tell_all_kinds_apart_but_for_the_smile():
    found = face_labels(every_kind())
    assert len(found) == 48 and torch.equal(found[:, :3].sum(1), torch.ones(48))
    assert len(found.unique(dim=0)) == 24 and torch.equal(found[::2], found[1::2])


# --- what is refused

X, C, G = torch.rand(2, 3, 8, 8), torch.zeros(2, 3), StarGenerator(**SMALL)
D = StarDiscriminator(**NARROW)


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: StarGenerator(**SMALL | {"labels": 0}), "labels must be at least 1, got 0"),
        (lambda: StarGenerator(**SMALL | {"features": 0}), "features must be at least 1"),
        (lambda: StarGenerator(**SMALL | {"channels": 0}), "channels must be at least 1"),
        (lambda: StarGenerator(**SMALL | {"halvings": -1}), "halvings must be at least 0, got -1"),
        (lambda: StarGenerator(**SMALL | {"blocks": -1}), "blocks must be at least 0, got -1"),
        (lambda: StarGenerator(**SMALL | {"masked": 1}), "masked must be bool, got 1"),
        (lambda: G(X[:, :1], C), r"x must be \(B, 3, H, W\)"),
        (lambda: G(255 * X, C), r"x must lie in \[-0.01, 1.01\]"),
        (lambda: G(X, C[:, :2]), r"target must be \(2, 3\), got \(2, 2\)"),
        (lambda: G(X, C[:1]), r"target must be \(2, 3\), got \(1, 3\)"),
        (lambda: G(X, C.double()), "target must be torch.float32"),
        (lambda: G(X[:, :, :7], C), "x must have sides that 2 divides, at least 4, got"),
        (lambda: G(X[..., :7], C), "x must have sides that 2 divides, at least 4, got"),
        (lambda: G(X[:, :, :2], C), "x must have sides that 2 divides, at least 4, got"),
        (lambda: StarDiscriminator(3, 4), "size must be 8, 16, 32, ..., got 4"),
        (lambda: StarDiscriminator(3, 24), "size must be 8, 16, 32, ..., got 24"),
        (lambda: StarDiscriminator(0, 16), "labels must be at least 1, got 0"),
        (lambda: D(X), r"x must be \(B, 3, 16, 16\)"),
        (lambda: label_planes(C[:1], X), r"labels must be \(2, L\), got \(1, 3\)"),
        (lambda: label_loss(C, C[:, :2]), r"labels must be \(2, 3\), got \(2, 2\)"),
        (lambda: label_loss(C, C + 2), r"labels must lie in \[0, 1\]"),
        (lambda: label_loss(C, C, C[:1]), r"known must be \(2, 3\), got \(1, 3\)"),
        (lambda: known_labels(C, [0, 1], (2, 2)), r"labels must be \(B, 4\), got \(2, 3\)"),
        (lambda: known_labels(C, [0, 2], (2, 1)), "source must be 0, ..., 1, got 0 to 2"),
        (lambda: known_labels(C, [0], (2, 1)), r"source must be \(2,\), got \(1,\)"),
        (lambda: known_labels(C, [0, 1], (3, 0)), "sizes must be at least 1, got 0"),
        (lambda: face_labels([[0] * 4]), r"attributes must be \(N, 5\), got \(1, 4\)"),
        (lambda: face_labels([[3, 0, 0, 0, 0]]), "attributes: hair must be 0, ..., 2, got 3"),
        (lambda: face_labels([[0, 0, 0, 0, 2]]), "attributes: smile must be 0, ..., 1, got 2"),
        (lambda: face_labels([[0, -1, 0, 0, 0]]), "attributes must be at least 0, got -1 to 0"),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
