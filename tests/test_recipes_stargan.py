"""The recipes of StarGAN: what each player loses and may know, what D sees, and that the shipped generator edits."""

import itertools
import re

import pytest
import torch
from small import random, seeded, weights_of
from torch import nn
from torch.nn.functional import softplus

from genlib import recipes, weights
from genlib.data import face_labels, many_faces
from genlib.data.faces import ATTRIBUTES, LABELS
from genlib.judges import EDITS, edited_faces, judge_edits
from genlib.models import StarDiscriminator, StarGenerator
from genlib.recipes import stargan
from genlib.weights import as_shipped

REAL = torch.rand(6, 3, 16, 16, generator=seeded(1)).double()
LABEL = face_labels(many_faces(6, 16, seed=1)[1]).double()
STILL = {"std": (0.0, 0.0)}  # no noise on what D sees


def small_pair(halves=False, masked=True):
    labels = len(LABELS) + 2 * halves
    generator = StarGenerator(labels, features=2, halvings=1, blocks=1, masked=masked)
    discriminator = StarDiscriminator(len(LABELS), 16, features=3)
    pair = nn.ModuleDict({"generator": generator, "discriminator": discriminator})
    return random(pair, 0.3)


def losses(pair, seed=0, **settings):
    return stargan.star_losses(pair, seeded(seed), **settings)


# --- by hand


def read(said, label, known=1.0):
    """What is lost by reading labels, in nats a picture."""
    return (known * (softplus(said) - label * said)).sum(1).mean()


def slope_penalty(D, real, fake, noise):
    u = torch.rand(len(real), generator=noise, dtype=real.dtype)[:, None, None, None]
    between = (u * fake + (1 - u) * real).detach().requires_grad_()
    (slope,) = torch.autograd.grad(D(between).sum(), between, create_graph=True)
    return (slope.square().sum((1, 2, 3)).sqrt() - 1).square().mean()


def both_by_hand(pair, labels=1.0, reconstruction=10.0, std=0.1, seed=0):
    """What D and then G lose at their first turns."""
    G, D, noise = pair["generator"], pair["discriminator"], seeded(seed)
    blurred = lambda x: x + std * torch.randn(x.shape, generator=noise)
    target = LABEL[torch.randperm(len(LABEL), generator=noise)]
    made = G(REAL, target)
    real, fake = blurred(REAL), blurred(made)
    of_D = D(fake).mean() - D(real).mean() + labels * read(D.both(real)[1], LABEL)
    of_D = of_D + 10 * slope_penalty(D, real, fake, noise)
    score, said = D.both(blurred(made))
    of_G = -score.mean() + labels * read(said, target)
    return of_D, of_G + reconstruction * (G(made, LABEL) - REAL).abs().mean()


SETTINGS = [
    {},
    {"labels": 0.0},
    {"labels": 3.0},
    {"reconstruction": 0.0},
    {"reconstruction": 2.0},
    {"std": 0.0},
    {"std": 0.5},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("masked", [True, False], ids=["masked", "bare"])
def test_what_both_lose_is_their_formula_with_each_weight(settings, masked):
    pair = small_pair(masked=masked)
    given = settings | ({"std": (settings["std"],) * 2} if "std" in settings else {})
    of_D, of_G = losses(pair, **given)
    found = of_D(REAL, LABEL), of_G(REAL, LABEL)
    for loss, expected in zip(found, both_by_hand(pair, **settings), strict=True):
        torch.testing.assert_close(loss, expected)


def test_d_never_moves_the_generator_and_g_learns_of_d():
    pair = small_pair()
    of_D, of_G = losses(pair)
    of_D(REAL, LABEL).backward()
    G, D = pair["generator"], pair["discriminator"]
    assert all(weight.grad is None for weight in G.parameters())
    assert all(weight.grad is not None for weight in D.parameters())
    of_G(REAL, LABEL).backward()
    assert all(weight.grad is not None for weight in G.parameters())


# --- what D sees, and what G is told


def seen(pair):
    """Lists of what D sees, in [0, 1], and of what G is given and makes, as they go on."""
    judged, given = [], []
    pair["discriminator"].layers.register_forward_pre_hook(
        lambda net, x: judged.append((x[0].detach() + 1) / 2)
    )
    pair["generator"].register_forward_hook(lambda net, x, y: given.append((*x, y.detach())))
    return judged, given


def test_without_noise_d_sees_the_pictures_themselves_and_g_is_judged_by_the_same_fake():
    pair = small_pair()
    judged, given = seen(pair)
    of_D, of_G = losses(pair, **STILL)
    of_D(REAL, LABEL)
    with torch.no_grad():
        pair["generator"].layers[0].weight.mul_(1.1)
    of_G(REAL, LABEL)
    real, fake, between, asked = judged
    torch.testing.assert_close(real, REAL, atol=1e-12, rtol=0)
    for x in (fake, asked):
        torch.testing.assert_close(x, given[0][-1], atol=1e-12, rtol=0)
    assert len(given) == 2  # there, once for both, and back
    inside = ((between - real) / (fake - real)).flatten(1)
    torch.testing.assert_close(inside, inside[:, :1].expand_as(inside))


def test_the_noise_that_d_sees_goes_in_a_line_and_is_as_strong_for_g():
    pair = small_pair()
    judged, given = seen(pair)
    of_D, of_G = losses(pair, steps=4, std=(0.4, 0.2))
    for level in (0.4, 0.35, 0.3, 0.25, 0.2, 0.2):
        judged.clear(), given.clear()
        of_D(REAL, LABEL), of_G(REAL, LABEL)
        real, fake, _, asked = judged
        made = given[0][-1]
        noises = [real - REAL, fake - made, asked - made]
        for noise in noises:
            assert noise.std().item() == pytest.approx(level, rel=0.05)
            assert noise.mean().abs() < 0.1 * level
        assert all((noises[k] - noises[k - 1]).abs().mean() > 0.1 for k in range(3))


def permutation(target, label):
    rows = lambda x: sorted(map(tuple, x.tolist()))
    return rows(target) == rows(label)


def test_the_targets_are_the_labels_of_the_batch_in_another_order_each_time():
    pair = small_pair()
    _, given = seen(pair)
    of_D, of_G = losses(pair)
    for _ in range(8):
        of_D(REAL, LABEL)
    targets = [target for _, target, _ in given]
    assert all(permutation(target, LABEL) for target in targets)
    assert len({str(target.tolist()) for target in targets}) > 4
    given.clear()
    of_G(REAL, LABEL)  # at the last of these fakes
    ((_, told, _),) = given
    assert torch.equal(told, LABEL)  # on the way back


def test_g_draws_its_own_fakes_where_d_rests():
    pair = small_pair()
    _, given = seen(pair)
    of_G = losses(pair)[1]
    for turn in range(2):
        of_G(REAL, LABEL)
        assert len(given) == 2 * (turn + 1)
        (x, target, made), (again, told, _) = given[-2:]
        assert torch.equal(x, REAL) and permutation(target, LABEL)
        assert torch.equal(again, made) and torch.equal(told, LABEL)


# --- two data sets


HAIR, REST = slice(0, 3), slice(3, 6)


def untold(label):
    """Other labels wherever a picture's data set does not tell them."""
    label = label.clone()
    label[:3, REST], label[3:, HAIR] = 1 - label[:3, REST], 1 - label[3:, HAIR]
    return label


def test_with_halves_no_label_of_the_other_data_set_reaches_any_player():
    pair = small_pair(halves=True)
    found = []
    for label in (LABEL, untold(LABEL), 1 - LABEL):
        of_D, of_G = losses(pair, halves=True)
        found.append(torch.stack([of_D(REAL, label), of_G(REAL, label)]).detach())
    assert torch.equal(found[0], found[1])
    assert ((found[0] - found[2]).abs() > 1e-3).all()


@pytest.mark.parametrize("row, column", [(0, 0), (2, 1), (3, 3), (5, 5)])
def test_with_halves_each_label_that_is_told_counts(row, column):
    other = LABEL.clone()
    other[row, column] = 1 - other[row, column]
    pair = small_pair(halves=True)
    one, two = (losses(pair, halves=True) for _ in range(2))
    for turn in range(2):
        assert one[turn](REAL, LABEL) != two[turn](REAL, other)


def test_with_halves_g_is_told_its_own_labels_and_which_data_set_they_are_from():
    pair = small_pair(halves=True)
    _, given = seen(pair)
    of_D, of_G = losses(pair, halves=True)
    of_D(REAL, LABEL), of_G(REAL, LABEL)
    (_, target, _), (_, told, _) = given
    none = torch.zeros(3, 3).double()
    first, second = torch.eye(2).double()[:, None].expand(-1, 3, -1)
    expected = [
        torch.cat([LABEL[:3, HAIR], none, first], 1),
        torch.cat([none, LABEL[3:, REST], second], 1),
    ]
    torch.testing.assert_close(told, torch.cat(expected), atol=0, rtol=0)
    assert permutation(target[:3], expected[0]) and permutation(target[3:], expected[1])


def test_with_halves_d_reads_what_is_told_alone():
    pair = small_pair(halves=True)
    D, known = pair["discriminator"], torch.zeros_like(LABEL)
    known[:3, HAIR], known[3:, REST] = 1, 1
    of_D = losses(pair, halves=True, **STILL)[0](REAL, LABEL)
    without = losses(pair, halves=True, labels=0.0, **STILL)[0](REAL, LABEL)
    torch.testing.assert_close(of_D - without, read(D.both(REAL)[1], LABEL, known))


def test_what_is_told_for_a_word_is_what_the_set_of_that_word_tells():
    attributes = many_faces(12, 16, seed=2)[1]
    label, none = face_labels(attributes), torch.zeros(12, 3)
    sets = torch.eye(2)[:, None].expand(-1, 12, -1)
    for word in EDITS:
        told = stargan.as_told(attributes, word)
        if word in ATTRIBUTES["hair"]:
            expected = torch.cat([label[:, HAIR], none, sets[0]], 1)
        else:
            expected = torch.cat([none, label[:, REST], sets[1]], 1)
        assert torch.equal(told, expected), word


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("halves", [True, False])
def test_a_pair_has_planes_for_what_it_is_told_and_a_reader_of_all_labels(halves, masked):
    pair = stargan.star_pair(halves=halves, masked=masked)
    G, D = pair["generator"], pair["discriminator"]
    assert (G.labels, G.masked, D.labels) == (6 + 2 * halves, masked, 6)
    x, where = torch.rand(2, 3, 32, 32), G.paint(torch.rand(2, 3, 32, 32), torch.zeros(2, G.labels))
    assert D(x).shape == (2,) and bool((where[1] == 1).all()) != masked


# --- the game


@pytest.fixture
def few(monkeypatch):
    """So few faces that they are soon drawn, and a small pair."""
    monkeypatch.setattr(stargan, "FACES", 40)

    def small(*, halves=False, masked=True):
        generator = StarGenerator(6 + 2 * halves, features=2, blocks=0, masked=masked)
        discriminator = StarDiscriminator(6, features=4)
        return nn.ModuleDict({"generator": generator, "discriminator": discriminator})

    monkeypatch.setattr(stargan, "star_pair", small)


def test_a_game_repeats_itself_and_differs_from_seed_to_seed(few):
    played = [weights_of(stargan.trained_star(2, seed)) for seed in (0, 0, 1)]
    assert torch.equal(*played[:2]) and not torch.equal(*played[1:])


@pytest.mark.parametrize("every", [1, 2, 3])
def test_d_moves_at_each_step_and_g_at_each_second_or_what_is_said(every, few):
    torch.manual_seed(0)
    pair = stargan.star_pair()
    now = lambda: [weights_of(pair[name]) for name in ("discriminator", "generator")]
    seen = [now()]
    settings = {"every": every} if every != 2 else {}
    stargan.train_star(pair, 5, on_step=lambda *step: seen.append(now()), **settings)
    for step, (before, after) in enumerate(itertools.pairwise(seen)):
        D, G = (not torch.equal(a, b) for a, b in zip(before, after, strict=True))
        assert D and G == (step % every == 0)


def test_a_game_returns_the_average_of_g(few):
    pair, seen = stargan.star_pair(), []
    follow = lambda *now: seen.append((*now, weights_of(pair["generator"])))
    average = stargan.train_star(pair, 3, every=1, decay=0.5, on_step=follow)
    assert isinstance(average, StarGenerator) and not average.training
    assert [step for step, *_ in seen] == [0, 1, 2] and all(now[1] is average for now in seen)
    first, second, third = (now[2] for now in seen)
    soon = (first + 9 * second) / 10  # the first weights are soon forgotten
    torch.testing.assert_close(weights_of(average), (2 * soon + 9 * third) / 11)


def test_the_settings_of_a_game_are_those_of_its_losses(few):
    played = lambda **settings: weights_of(stargan.trained_star(3, 0, **settings))
    plain = played()
    for settings in (
        {"labels": 0.0},
        {"reconstruction": 0.0},
        STILL,
        {"std": (0.1, 0.5)},
        {"lr": 1e-4},
    ):
        assert not torch.equal(played(**settings), plain)
    same = {"labels": 1.0, "reconstruction": 10.0, "std": (0.1, 0.1), "every": 2}
    assert torch.equal(played(**same), plain)
    assert len(played(masked=False)) < len(plain) < len(played(halves=True))


def test_a_game_is_played_on_faces_and_their_own_labels(few, monkeypatch):
    given, star_losses = [], stargan.star_losses

    def watched(*pair, **settings):
        of_D, of_G = star_losses(*pair, **settings)
        return lambda x, label: given.append((x, label)) or of_D(x, label), of_G

    monkeypatch.setattr(stargan, "star_losses", watched)
    stargan.trained_star(3, 5)
    faces, attributes, _ = many_faces(40, seed=5)
    for x, label in given:
        assert len(x) == 16
        rows = torch.cdist(x.flatten(1), faces.flatten(1)).argmin(1)
        assert torch.equal(x, faces[rows]) and torch.equal(label, face_labels(attributes[rows]))


def test_the_faces_that_judge_are_not_those_that_are_trained_on():
    trained, *others = (
        edited_faces(50, seed).real.flatten(1) for seed in (1, 0, stargan.VALID, stargan.HELD)
    )
    assert all(torch.cdist(trained, other).min() > 1 for other in others)
    assert torch.cdist(*others[1:]).min() > 1


# --- what is shipped


def test_a_recipe_is_found_by_its_name_and_keeps_the_average_that_valid_prefers(few, monkeypatch):
    asked, states = [], []
    scores = iter([0.2, 0.5, 0.9, 0.8, 0.6, 0.7])  # of five averages, and then of what is shipped
    monkeypatch.setattr(stargan, "edited_faces", lambda n, seed: seed)

    def judge(generator, given):
        asked.append(given)
        states.append(weights_of(generator))
        return {"reached": next(scores), "kept": 0.05}

    monkeypatch.setattr(stargan, "judge_edits", judge)
    generator, told = recipes.make("stargan_faces", steps=5)
    assert asked == [stargan.VALID] * 5 + [stargan.HELD]
    assert not any(torch.equal(states[2], states[other]) for other in (0, 1, 3, 4))
    torch.testing.assert_close(weights_of(generator), states[2].half().float(), atol=0, rtol=0)
    assert torch.equal(weights_of(generator), states[5])
    assert torch.equal(weights_of(generator), weights_of(as_shipped(generator)))
    assert told["accuracy"] == "reached 0.700, kept 0.050" and told["steps"] == 5
    assert told["model"] == "StarGenerator(6)" and told["seed"] == 1


@pytest.mark.skipif(
    not (weights.FOLDER / "stargan_faces.safetensors").exists(), reason="is not shipped yet"
)
def test_the_shipped_generator_is_as_good_as_it_says_and_better_than_doing_nothing():
    G = stargan.shipped_star()
    assert not G.training and (G.labels, G.masked) == (len(LABELS), True)
    told = weights.load("stargan_faces", G)["accuracy"]
    told = {what: float(v) for what, v in re.findall(r"([a-z][a-z ]*) (\d+\.\d+)", told)}
    found = judge_edits(G, edited_faces(96, stargan.HELD))
    assert set(told) == set(found)
    for what in found:
        band = 0.003 if what in ("apart", "no edit") else 0.05
        assert found[what] == pytest.approx(told[what], abs=band), what
    assert found["reached"] >= 0.93 and found["kept"] >= 0.95
    assert found["apart"] < 0.8 * found["no edit"]
    assert min(found["female"], found["male"]) >= 0.8
