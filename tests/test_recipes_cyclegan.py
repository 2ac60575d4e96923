"""The recipes of CycleGAN: what each player loses, which fakes the judges see, that nothing is paired, and what is shipped."""

import itertools
import re

import pytest
import torch
from small import random, seeded, weights_of
from torch import nn

from genlib import recipes, weights
from genlib.data import draw_horses, draw_zebras, many_scenes
from genlib.judges import animal_pairs, animals_seen, judge_cycle, translated
from genlib.models import ImagePool, Translator
from genlib.recipes import cyclegan
from genlib.weights import as_shipped

TRANSLATORS, JUDGES = ("to_zebra", "to_horse"), ("of_zebras", "of_horses")


def pictures(n=3, size=12, seed=0):
    return torch.rand(n, 3, size, size, generator=seeded(seed)).double()


HORSE, ZEBRA = pictures(seed=1), pictures(seed=2)


@pytest.fixture
def four():
    """The four of another start, away from zero."""
    torch.manual_seed(0)
    return random(cyclegan.cycle_four(features=3, blocks=1), 0.2)


def losses(four, seed=0, **settings):
    return cyclegan.cycle_losses(four, seeded(seed), **settings)


def apart(x, y):
    return (x - y).abs().mean()


def fooled(score):
    return (score - 1).square().mean()


# --- what the translators lose


def parts_by_hand(four):
    """The adversaries, the cycles and the identities, each without its weight."""
    G, F, of_Y, of_X = (four[name] for name in TRANSLATORS + JUDGES)
    return {
        "adversary": fooled(of_Y(G(HORSE))) + fooled(of_X(F(ZEBRA))),
        "cycle": apart(F(G(HORSE)), HORSE) + apart(G(F(ZEBRA)), ZEBRA),
        "identity": apart(G(ZEBRA), ZEBRA) + apart(F(HORSE), HORSE),
    }


@pytest.mark.parametrize("cycle, identity", [(20.0, 0.0), (0.0, 0.0), (0.0, 10.0), (3.0, 0.7)])
def test_what_the_translators_lose_is_the_formula_with_each_weight(cycle, identity, four):
    part = parts_by_hand(four)
    assert min(part.values()) > 0.05
    expected = part["adversary"] + cycle * part["cycle"] + identity * part["identity"]
    found = losses(four, cycle=cycle, identity=identity)[0](HORSE, ZEBRA)
    torch.testing.assert_close(found, expected)


def test_untold_the_cycle_weighs_twenty_and_the_identity_nothing(four):
    part = parts_by_hand(four)
    torch.testing.assert_close(
        losses(four)[0](HORSE, ZEBRA), part["adversary"] + 20 * part["cycle"]
    )


@pytest.mark.parametrize("settings", [{}, {"cycle": 0}, {"cycle": 0, "identity": 1}])
def test_the_translators_loss_moves_both_of_them(settings, four):
    losses(four, **settings)[0](HORSE, ZEBRA).backward()
    for name in TRANSLATORS:
        assert all(weight.grad is not None for weight in four[name].parameters())
        assert four[name].layers[-1].weight.grad.abs().max() > 0


def test_a_weight_of_zero_asks_the_translators_no_more_than_it_needs(four):
    asked = []
    for name in TRANSLATORS:
        four[name].register_forward_hook(lambda net, x, y: asked.append(net))
    for settings, times in (({"cycle": 0}, 2), ({}, 4), ({"identity": 1}, 6)):
        asked.clear()
        losses(four, **settings)[0](HORSE, ZEBRA)
        assert len(asked) == times


# --- what the judges lose


def told_apart(real, fake):
    return fooled(real) + fake.square().mean()


def test_what_the_judges_lose_is_half_the_squared_errors_of_both(four):
    G, F, of_Y, of_X = (four[name] for name in TRANSLATORS + JUDGES)
    of_translators, of_discriminators = losses(four)
    of_translators(HORSE, ZEBRA)
    by_hand = told_apart(of_Y(ZEBRA), of_Y(G(HORSE))) + told_apart(of_X(HORSE), of_X(F(ZEBRA)))
    torch.testing.assert_close(of_discriminators(HORSE, ZEBRA), by_hand / 2)


def test_the_judges_loss_moves_both_of_them_and_no_translator(four):
    for ask_first in (True, False):
        of_translators, of_discriminators = losses(four)
        if ask_first:
            of_translators(HORSE, ZEBRA)
        four.zero_grad()
        of_discriminators(HORSE, ZEBRA).backward()
        for name in TRANSLATORS:
            assert all(weight.grad is None for weight in four[name].parameters())
        for name in JUDGES:
            assert all(weight.grad is not None for weight in four[name].parameters())


def judged(four):
    """A list of what each judge sees, as it goes on."""
    seen = {name: [] for name in JUDGES}
    for name, found in seen.items():
        four[name].register_forward_pre_hook(
            lambda net, x, found=found: found.append(x[0].detach().clone())
        )
    return seen


def test_the_judges_see_what_the_translators_made_before_they_moved(four):
    seen, made = judged(four), {}
    for name in TRANSLATORS:
        four[name].register_forward_hook(
            lambda net, x, y, name=name: made.setdefault(name, y.detach().clone())
        )
    of_translators, of_discriminators = losses(four, pool=0)
    for horse, zebra in ((HORSE, ZEBRA), (ZEBRA.flip(2), HORSE.flip(2))):
        made.clear()
        of_translators(horse, zebra)
        with torch.no_grad():
            for weight in four["to_zebra"].parameters():
                weight.mul_(1.1)
        of_discriminators(horse, zebra)
        for judge, real, fake in (
            ("of_zebras", zebra, made["to_zebra"]),
            ("of_horses", horse, made["to_horse"]),
        ):
            *_, asked, true, new = seen[judge]
            assert torch.equal(true, real)
            assert torch.equal(asked, fake) and torch.equal(new, fake)


@pytest.mark.parametrize("size", [0, 2, 50])
def test_fakes_go_through_a_pool_of_each_kind_and_that_size(size, four):
    seen, noise = judged(four), seeded()
    zebras, horses = ImagePool(size, noise), ImagePool(size, noise)
    of_translators, of_discriminators = losses(four, pool=size)
    new = 0
    for turn in range(6):
        horse, zebra = pictures(seed=10 + turn), pictures(seed=20 + turn)
        of_translators(horse, zebra)
        of_discriminators(horse, zebra)
        for judge, pool in (("of_zebras", zebras), ("of_horses", horses)):
            made, _, fake = seen[judge][-3:]
            assert torch.equal(fake, pool(made))
            new += torch.equal(fake, made)
    assert (new == 12) == (size != 2)  # 18 of each kind were made


# --- unpaired animals


def test_no_horse_has_its_partner_among_the_zebras_nor_any_held_out_animal_its_own(monkeypatch):
    monkeypatch.setattr(cyclegan, "draw_horses", lambda scenes: scenes)
    monkeypatch.setattr(cyclegan, "draw_zebras", lambda scenes: scenes)
    horses, zebras = cyclegan.unpaired(cyclegan.ANIMALS)
    assert len(horses) == len(zebras) == cyclegan.ANIMALS
    held = many_scenes(400, cyclegan.HELD)
    for one, other in itertools.combinations((horses, zebras, held), 2):
        assert torch.cdist(one, other).min() > 1e-3


@pytest.mark.parametrize("left", [0.0, 0.8, 1.0])
def test_a_share_of_both_kinds_faces_left(left, monkeypatch):
    monkeypatch.setattr(cyclegan, "draw_horses", lambda scenes: scenes[:, 0])
    monkeypatch.setattr(cyclegan, "draw_zebras", lambda scenes: scenes[:, 0])
    for found in cyclegan.unpaired(1000, left):
        assert found.double().mean().item() == pytest.approx(left, abs=0.05)


def test_horses_are_horses_and_zebras_zebras():
    horses, zebras = cyclegan.unpaired(30)
    seen = animals_seen(torch.cat([horses, zebras]))[:, 0]
    assert torch.equal(seen, torch.arange(2).repeat_interleave(30))


def test_each_kind_is_shuffled_for_itself_and_there_is_no_end():
    horses, zebras = torch.arange(12), torch.arange(8)
    found = list(itertools.islice(cyclegan.both(horses, zebras, seeded(), size=4), 30))
    horse, zebra = (torch.stack(kind) for kind in zip(*found, strict=True))
    assert horse.shape == zebra.shape == (30, 4)
    for seen, rows in ((horse, horses), (zebra, zebras)):
        rounds = seen.reshape(-1, len(rows))
        assert torch.equal(rounds.sort(1).values, rows.expand_as(rounds))
        assert len(rounds.unique(dim=0)) == len(rounds)
    assert len({*map(tuple, (horse - zebra).tolist())}) > 20


# --- the game


@pytest.fixture
def few(monkeypatch):
    """So few animals that they are soon drawn."""
    monkeypatch.setattr(cyclegan, "ANIMALS", 12)


SMALL = {"features": 3, "blocks": 1}


def test_a_game_repeats_itself_and_differs_from_seed_to_seed(few):
    played = [weights_of(cyclegan.trained_cycle(2, seed, **SMALL)) for seed in (0, 0, 1)]
    assert torch.equal(*played[:2]) and not torch.equal(*played[1:])


def test_the_seed_of_a_game_draws_the_batches_of_the_same_first_weights(few):
    def played(seed):
        torch.manual_seed(0)
        return weights_of(cyclegan.train_cycle(cyclegan.cycle_four(**SMALL), 2, seed))

    assert torch.equal(played(0), played(0)) and not torch.equal(played(0), played(1))


def test_a_game_moves_all_four_and_returns_the_average_of_the_translators(few):
    four, seen = cyclegan.cycle_four(**SMALL), []
    before = {name: weights_of(net) for name, net in four.items()}
    pair, _ = cyclegan.two_sides(four)
    follow = lambda step, average: seen.append((step, average, weights_of(pair)))
    average = cyclegan.train_cycle(four, 3, decay=0.5, on_step=follow)
    assert set(average) == set(TRANSLATORS) and not average.training
    assert all((weights_of(net) - before[name]).abs().max() > 1e-4 for name, net in four.items())
    assert [step for step, *_ in seen] == [0, 1, 2] and all(now[1] is average for now in seen)
    first, second, third = (now[2] for now in seen)
    soon = (first + 9 * second) / 10  # the first weights are soon forgotten
    torch.testing.assert_close(weights_of(average), (2 * soon + 9 * third) / 11)


def test_in_a_game_the_translators_move_first_and_the_judges_see_the_same_fakes(few):
    four, states = cyclegan.cycle_four(**SMALL), []
    seen = judged(four)
    keep = lambda net, x: states.append(weights_of(four["to_zebra"]))
    four["of_zebras"].register_forward_pre_hook(keep)
    cyclegan.train_cycle(four, 3, pool=0)
    assert [len(x) for x in seen["of_zebras"] + seen["of_horses"]] == [4] * 18
    for asked, _, fake in (s for x in seen.values() for s in zip(*[iter(x)] * 3, strict=True)):
        assert torch.equal(asked, fake)
    for asked, real, fake in zip(*[iter(states)] * 3, strict=True):
        assert not torch.equal(asked, real) and torch.equal(real, fake)


def test_the_settings_of_a_game_are_those_of_its_losses_and_of_its_animals(few):
    played = lambda **settings: weights_of(cyclegan.trained_cycle(2, 0, **SMALL, **settings))
    plain = played()
    for settings in ({"cycle": 0.0}, {"identity": 10.0}, {"left": 1.0}, {"lr": 1e-4}):
        assert not torch.equal(played(**settings), plain)
    assert torch.equal(played(pool=50, cycle=20.0, identity=0.0, left=0.5), plain)


def test_the_rate_stays_for_half_of_the_game_and_then_falls_to_a_fiftieth(few, monkeypatch):
    made, adam = [], cyclegan.adam
    monkeypatch.setattr(cyclegan, "adam", lambda *x: made.append(adam(*x)) or made[-1])
    rates = []
    note = lambda step, average: rates.append([o.param_groups[0]["lr"] for o in made])
    cyclegan.trained_cycle(8, 0, **SMALL, lr=1.0, on_step=note)
    assert len(made) == 2 and all(one == other for one, other in rates)
    falls = [1 - 0.98 * k / 4 for k in range(5)]
    assert [rate for rate, _ in rates] == pytest.approx([1.0] * 4 + falls[1:])


# --- translators that can mirror


@pytest.mark.parametrize("free, mirror", [(5.0, True), (-5.0, False)])
def test_at_either_end_it_is_the_translator_of_a_picture_or_of_its_mirror_image(free, mirror):
    net = random(Translator(3, 1), 0.3)
    model, x = cyclegan.MirrorTranslator(net), pictures()
    with torch.no_grad():
        model.free.fill_(free)
    assert model.share.item() == pytest.approx(float(mirror))
    torch.testing.assert_close(model(x), net(x.flip(3) if mirror else x))
    assert (net(x) - net(x.flip(3))).abs().max() > 0.01


def test_its_share_begins_in_the_middle_and_learns_as_the_weights_do():
    net = random(Translator(3, 1), 0.3)
    model, x = cyclegan.MirrorTranslator(net).double(), pictures()
    assert model.share == 0.5
    torch.testing.assert_close(model(x), net((x + x.flip(3)) / 2))
    (model(x) - x).square().mean().backward()
    assert model.free.grad.abs() > 1e-4 and net.layers[0].weight.grad.abs().max() > 0


def test_the_four_that_can_mirror_learn_their_shares(few):
    torch.manual_seed(0)
    four = cyclegan.mirror_four()
    assert all(isinstance(four[name], cyclegan.MirrorTranslator) for name in TRANSLATORS)
    cyclegan.train_cycle(four, 3)
    assert all(abs(four[name].share - 0.5) > 1e-3 for name in TRANSLATORS)


# --- what is shipped


def test_a_recipe_is_found_by_its_name():
    assert {"classifier_horses", "cyclegan_horses", "cyclegan_losses"} <= set(recipes.recipes())


def test_labels_of_animals_are_their_kind_and_direction():
    x, labels = cyclegan.labelled_animals(6, seed=3)
    scenes = many_scenes(6, 3)
    assert torch.equal(x, torch.cat([draw_horses(scenes), draw_zebras(scenes)]))
    assert labels.tolist() == [[kind, left] for kind in (0, 1) for left in scenes[:, 0].tolist()]
    assert set(labels[:, 1].tolist()) == {0, 1}


@pytest.mark.parametrize(
    "name, model",
    [
        ("classifier_horses", "AttributeClassifier((2, 2), features=8)"),
        ("cyclegan_horses", "to_zebra and to_horse, Translator(features=16, blocks=3)"),
    ],
)
def test_a_recipe_tells_what_it_made_and_how_good_the_numbers_of_its_file_are(
    name, model, few, monkeypatch
):
    labelled = cyclegan.labelled_animals
    monkeypatch.setattr(cyclegan, "labelled_animals", lambda n, seed: labelled(40, seed))
    monkeypatch.setattr(cyclegan, "animal_pairs", lambda n, seed: animal_pairs(10, seed))
    module, told = recipes.make(name, steps=2)
    assert told["model"] == model and told["steps"] == 2 and told["accuracy"]
    assert torch.equal(weights_of(module), weights_of(as_shipped(module)))


def of_record(record):
    return {name: (x.shape, x.dtype) for name, x in record.state_dict().items()}


def test_a_record_of_the_losses_holds_what_is_made_with_each_pair_of_weights(few, monkeypatch):
    trained = []

    def train(steps, seed, cycle, identity):
        trained.append((steps, seed, cycle, identity))
        to_zebra, to_horse = (Darker(light ** len(trained)) for light in (0.9, 0.8))
        return nn.ModuleDict({"to_zebra": to_zebra, "to_horse": to_horse})

    monkeypatch.setattr(cyclegan, "trained_cycle", train)
    record, told = recipes.make("cyclegan_losses", steps=2)
    assert of_record(record) == of_record(cyclegan.blank_losses())
    places = list(itertools.product(cyclegan.CYCLES, cyclegan.IDENTITIES))
    assert trained == [(2, 0, *place) for place in places] and told["steps"] == 2
    shown = animal_pairs(cyclegan.SHOWN, cyclegan.HELD)
    for k, place in enumerate(itertools.product(range(4), range(2)), 1):
        made = {"zebra": shown.horse * 0.9**k, "horse": shown.zebra * 0.8**k}
        made["back"] = made["zebra"] * 0.8**k
        for name, x in made.items():
            assert torch.equal(getattr(record, name)[place], (255 * x).round().byte())


class Darker(nn.Module):
    """Makes a picture so many times as bright."""

    def __init__(self, light):
        super().__init__()
        self.light = light

    def forward(self, x):
        return x * self.light


ANIMALS = animal_pairs(60, 77)


def test_the_shipped_pair_is_as_good_as_it_says_and_better_than_doing_nothing():
    pair = cyclegan.shipped_cycle()
    assert not pair.training and set(pair) == set(TRANSLATORS)
    found = judge_cycle(pair["to_zebra"], pair["to_horse"], ANIMALS)
    told = weights.load("cyclegan_horses", pair)["accuracy"]
    told = {what: float(v) for what, v in re.findall(r"([a-z][a-z ]*) (\d+\.\d+)", told)}
    assert set(told) == set(found)
    for what in set(found) - {"frechet"}:  # that is of all animals together
        assert found[what] == pytest.approx(told[what], abs=0.01), what
    assert min(found["zebra"], found["horse"]) >= 0.95
    assert max(found["ground of zebra"], found["ground of horse"]) <= 0.02
    assert found["body of horse"] <= 0.08
    nothing = judge_cycle(nn.Identity(), nn.Identity(), ANIMALS)
    assert nothing["body of horse"] > 2 * found["body of horse"]
    assert nothing["frechet"] > 10 * found["frechet"]


def test_with_the_shipped_pair_every_horse_comes_back_nearer_to_itself_than_to_any_other():
    pair = cyclegan.shipped_cycle()
    for there, back, x in ((*TRANSLATORS, ANIMALS.horse), (*TRANSLATORS[::-1], ANIMALS.zebra)):
        again = translated(pair[back], translated(pair[there], x))
        far = torch.cdist(again.flatten(1), x.flatten(1))
        assert torch.equal(far.argmin(1), torch.arange(len(x)))
        others = far + torch.eye(len(x)) * 1e3
        assert (2 * far.diagonal() < others.min(1).values).double().mean() > 0.9


def test_the_recorded_losses_have_the_shapes_of_their_file_and_show_what_a_cycle_buys():
    record = cyclegan.blank_losses()
    told = weights.load("cyclegan_losses", record)
    assert str(cyclegan.CYCLES) in told["accuracy"] and str(cyclegan.IDENTITIES) in told["accuracy"]
    assert record.zebra.shape[:3] == (4, 2, 6) and record.zebra.dtype == torch.uint8
    horse = animal_pairs(cyclegan.SHOWN, cyclegan.HELD).horse
    error = (record.back / 255 - horse).abs().mean((2, 3, 4, 5))
    assert error[1:].max() < 0.7 * error[0].min()
    seen = animals_seen(record.zebra.flatten(0, 2) / 255)[:, 0]
    assert seen.double().mean() > 0.8
