"""The recipes of notebook 12: what each player loses in a phase, what a training goes through, and one thing changed at a time."""

import copy
import inspect
import itertools
import re

import pytest
import torch
from small import random, seeded, weights_of
from torch import nn

from genlib import recipes, weights
from genlib.data import many_faces
from genlib.judges import frechet_of_faces, judge_faces
from genlib.models import ProgressiveDiscriminator, ProgressiveGenerator
from genlib.models.progressive import EqualizedConv2d, EqualizedLinear, Phase, PixelNorm
from genlib.recipes import progressive
from genlib.weights import as_shipped

REAL = torch.rand(8, 3, 16, 16, generator=seeded(1)).double()
NAMES = ["discriminator", "generator"]


def small_pair(skips=False, group=4):
    """Networks of 16 x 16 in double precision, away from zero."""
    return random(progressive.progressive_pair((3, 4, 2), skips=skips, group=group), 0.7)


def losses(pair, phase, seed=0, **settings):
    return progressive.phase_losses(pair, phase, seeded(seed), **settings)


# --- by hand


def halved(x):
    return sum(x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)) / 4


def doubled(x):
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


def shown(x, size, alpha):
    """Real pictures as a phase shows them."""
    while x.shape[-1] > size:
        x = halved(x)
    return (1 - alpha) * doubled(halved(x)) + alpha * x if size > 4 else x


def slope(D, x):
    """How steep D is at each picture."""
    x = x.detach().requires_grad_()
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return slope.square().sum((1, 2, 3)).sqrt()


def both_by_hand(pair, phase, turns, *, wasserstein=False, gamma=0.2, fade_reals=True, seed=0):
    """What D and then G lose, turn by turn."""
    G, noise = pair["generator"], seeded(seed)
    for turn in range(turns):
        alpha = min(1, phase.start + (1 - phase.start) * turn / phase.steps)
        D = lambda x, alpha=alpha: pair["discriminator"](x, alpha)
        z = torch.randn(len(REAL), G.latent_dim, generator=noise, dtype=torch.double)
        fake = G(z, phase.size, alpha)
        real = shown(REAL, phase.size, alpha if fade_reals else 1)
        if wasserstein:
            u = torch.rand(len(REAL), generator=noise, dtype=torch.double)[:, None, None, None]
            of_D = D(fake).mean() - D(real).mean() + D(real).square().mean() / 1000
            of_D = of_D + 10 * (slope(D, u * fake + (1 - u) * real) - 1).square().mean()
            yield of_D, -D(fake).mean()
        else:
            of_D = -D(real).sigmoid().log().mean() - (1 - D(fake).sigmoid()).log().mean()
            if turn in (0, 4, 8):
                of_D = of_D + 4 * gamma / 2 * slope(D, real).square().mean()
            yield of_D, -D(fake).sigmoid().log().mean()


PHASES = [Phase(4, 1.0, 9), Phase(8, 0.0, 5), Phase(8, 1.0, 5), Phase(16, 0.25, 3)]
SETTINGS = [
    {},
    {"gamma": 0.0},
    {"gamma": 3.0},
    {"fade_reals": False},
    {"wasserstein": True},
    {"wasserstein": True, "fade_reals": False},
]


@pytest.mark.parametrize("phase", PHASES, ids=str)
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_what_both_lose_is_their_formula_turn_by_turn(settings, phase):
    pair = small_pair()
    of_D, of_G = losses(pair, phase, **settings)
    for expected in both_by_hand(pair, phase, 9, **settings):
        torch.testing.assert_close(of_D(REAL), expected[0])
        torch.testing.assert_close(of_G(REAL), expected[1])


@pytest.mark.parametrize("wasserstein", [True, False])
@pytest.mark.parametrize("pair", [{"skips": True}, {"group": 0}, {"group": 8}], ids=str)
def test_what_pairs_of_other_forms_lose_is_the_same_formula(pair, wasserstein):
    pair, phase = small_pair(**pair), PHASES[3]
    of_D, of_G = losses(pair, phase, wasserstein=wasserstein)
    for expected in both_by_hand(pair, phase, 3, wasserstein=wasserstein):
        torch.testing.assert_close(of_D(REAL), expected[0])
        torch.testing.assert_close(of_G(REAL), expected[1])


def test_the_plain_game_has_a_small_penalty_and_its_parts_all_count():
    pair, phase = small_pair(), PHASES[3]
    first = lambda **settings: losses(pair, phase, **settings)[0](REAL).item()
    plain = first()
    assert first(wasserstein=False, gamma=0.2, fade_reals=True) == plain
    others = [first(**settings) for settings in SETTINGS[1:]]
    assert len({round(loss, 9) for loss in [plain, *others]}) == 6


def test_another_phase_begins_anew_with_alpha_and_with_the_penalty():
    pair, phase = small_pair(), PHASES[1]
    noise = seeded()
    for _ in range(2):
        of_D, _ = progressive.phase_losses(pair, phase, noise)
        state = noise.get_state()
        found = of_D(REAL), of_D(REAL)
        noise.set_state(state)
        again = progressive.phase_losses(pair, phase, noise)[0]
        assert found == (again(REAL), again(REAL))
        noise.set_state(state)
        without = progressive.phase_losses(pair, phase, noise, gamma=0.0)[0]
        assert found[0] > without(REAL) and found[1] == without(REAL)


# --- who sees and makes what


def seen(pair):
    """Lists of (picture, alpha) that D sees, and of (noise, size, alpha, picture) of G, as they go on."""
    judged, made = [], []
    pair["discriminator"].register_forward_pre_hook(
        lambda net, given: judged.append((given[0].detach(), *given[1:]))
    )
    pair["generator"].register_forward_hook(lambda net, given, x: made.append((*given, x.detach())))
    return judged, made


@pytest.mark.parametrize("wasserstein", [True, False])
def test_g_is_judged_by_the_fake_that_d_saw_and_at_its_alpha(wasserstein):
    pair, phase = small_pair(), Phase(8, 0.0, 4)
    judged, made = seen(pair)
    of_D, of_G = losses(pair, phase, wasserstein=wasserstein)
    for turn in range(6):
        judged.clear(), made.clear()
        of_D(REAL)
        with torch.no_grad():
            for weight in pair["generator"].parameters():
                weight.mul_(1.1)
        of_G(REAL)
        ((_, size, alpha, fake),) = made
        assert (size, alpha) == (8, min(1, turn / 4))
        assert {at for _, at in judged} == {alpha}
        (real, _), (shown_to_D, _), *_, (shown_to_G, _) = judged
        assert torch.equal(shown_to_D, fake) and torch.equal(shown_to_G, fake)
        torch.testing.assert_close(real, shown(REAL, 8, alpha))


def test_d_sees_reals_of_the_size_of_the_phase_even_where_they_are_not_faded():
    for phase, fade in itertools.product(PHASES, [True, False]):
        pair = small_pair()
        judged, _ = seen(pair)
        losses(pair, phase, fade_reals=fade)[0](REAL)
        assert {x.shape[-1] for x, _ in judged} == {phase.size}
        torch.testing.assert_close(
            judged[0][0], shown(REAL, phase.size, phase.start if fade else 1)
        )
        assert {alpha for _, alpha in judged} == {phase.start}


def test_every_turn_has_fakes_of_its_own_and_g_draws_some_where_d_rests():
    pair = small_pair()
    _, made = seen(pair)
    of_D, of_G = losses(pair, Phase(8, 0.0, 4))
    for turn in (of_D, of_D, of_G, of_G, of_G, of_D, of_G):
        turn(REAL)
    drawn = [(alpha, round(z[0, 0].item(), 6)) for z, _, alpha, _ in made]
    assert [alpha for alpha, _ in drawn] == [0, 0.25, 0.5, 0.75, 1]
    assert len({z for _, z in drawn}) == 5 and all(len(z) == 8 for z, *_ in made)


@pytest.mark.parametrize("wasserstein", [True, False])
def test_d_never_moves_the_generator_and_g_learns_of_d(wasserstein):
    pair = small_pair()
    of_D, of_G = losses(pair, Phase(16, 0.5, 4), wasserstein=wasserstein)
    of_D(REAL).backward()
    G, D = pair["generator"], pair["discriminator"]
    assert all(weight.grad is None for weight in G.parameters())
    without = {name for name, weight in D.named_parameters() if weight.grad is None}
    assert {name[:9] for name in without} == {"colours.0"}  # the colours of 4 x 4 play no part
    of_G(REAL).backward()
    without = {name for name, weight in G.named_parameters() if weight.grad is None}
    assert {name[:9] for name in without} == {"colours.0"}


# --- the game


@pytest.fixture
def few(monkeypatch):
    """So few faces that they are soon drawn, and narrow networks."""
    pair_of = progressive.progressive_pair
    narrow = lambda widths=progressive.WIDTHS, **form: pair_of((4,) * len(widths), **form)
    monkeypatch.setattr(progressive, "FACES", 40)
    monkeypatch.setattr(progressive, "progressive_pair", narrow)
    monkeypatch.setattr(progressive, "LARGE", (4,) * 4)


SHORT = (Phase(4, 1.0, 2), Phase(8, 0.0, 3), Phase(8, 1.0, 1), Phase(16, 0.5, 2))
SIZES = [4, 4, 8, 8, 8, 8, 16, 16]
ALPHAS = [1, 1, 0, 1 / 3, 2 / 3, 1, 0.5, 0.75]


def trained(seed=0, phases=SHORT, **settings):
    return progressive.trained_progressive(phases, seed, **{"widths": (4, 4, 4)} | settings)


def test_a_training_goes_through_its_phases_in_order(few):
    pair = progressive.progressive_pair((4, 4, 4))
    judged, made = seen(pair)
    progressive.train_progressive(pair, SHORT, 0)
    assert [size for _, size, _, _ in made] == SIZES
    assert [alpha for _, _, alpha, _ in made] == pytest.approx(ALPHAS)
    assert all(len(z) == 16 for z, *_ in made)
    assert {len(x) for x, _ in judged} == {16}
    assert sorted({x.shape[-1] for x, _ in judged}) == [4, 8, 16]


def test_on_step_counts_through_and_is_given_the_average(few):
    found = []
    average = trained(on_step=lambda *now: found.append(now))
    assert [step for step, _ in found] == list(range(8))
    assert all(module is average for _, module in found)
    assert isinstance(average, ProgressiveGenerator) and not average.training


def test_a_training_returns_the_moving_average_of_g_through_all_phases(few):
    pair, found = progressive.progressive_pair((4, 4, 4)), []
    follow = lambda *now: found.append(weights_of(pair["generator"]))
    average = progressive.train_progressive(pair, SHORT, 0, decay=0.5, on_step=follow)
    expected = found[0]
    for t, now in enumerate(found[1:], 1):
        decay = min(0.5, t / (t + 9))  # the first weights are soon forgotten
        expected = decay * expected + (1 - decay) * now
    torch.testing.assert_close(weights_of(average), expected)
    assert not torch.equal(weights_of(average), found[-1])


def test_a_training_repeats_itself_and_differs_from_seed_to_seed(few):
    one, two, other = (weights_of(trained(seed)) for seed in (0, 0, 1))
    assert torch.equal(one, two) and not torch.equal(one, other)
    torch.manual_seed(3)
    pair, same = progressive.progressive_pair((4, 4, 4)), []
    for seed in (5, 5, 6):  # the same first weights
        average = progressive.train_progressive(copy.deepcopy(pair), SHORT, seed)
        same.append(weights_of(average))
    assert torch.equal(same[0], same[1]) and not torch.equal(same[0], same[2])


def test_another_seed_has_other_noise(few):
    first = []
    for seed in (5, 5, 6):
        pair = progressive.progressive_pair((4, 4, 4))
        _, made = seen(pair)
        progressive.train_progressive(pair, SHORT[:1], seed)
        first.append(made[0][0])
    assert torch.equal(first[0], first[1]) and (first[0] - first[2]).abs().mean() > 0.5


def test_first_weights_are_those_of_the_seed_and_changed_before_the_training(few):
    given = []
    trained(4, change=lambda pair: given.append(copy.deepcopy(pair)), phases=(Phase(4, 1.0, 0),))
    torch.manual_seed(4)
    assert torch.equal(weights_of(given[0]), weights_of(progressive.progressive_pair((4, 4, 4))))
    kept = trained(4, phases=(Phase(4, 1.0, 0),))
    assert torch.equal(weights_of(kept), weights_of(given[0]["generator"]))


@pytest.fixture
def rates(few, monkeypatch):
    """The optimizers of a training, as they are made."""
    made, adam = [], progressive.adam

    def watched(weights, lr, **settings):
        weights = list(weights)
        made.append((adam(weights, lr, **settings), weights, lr, settings))
        return made[-1][0]

    monkeypatch.setattr(progressive, "adam", watched)
    return made


def turns(optimizer):
    """How often an optimizer has moved the weights that it moves most often."""
    return max(int(of["step"]) for of in optimizer.state.values())


def test_adam_begins_anew_in_each_phase_unless_it_goes_on(rates):
    pair = progressive.progressive_pair((4, 4, 4))
    progressive.train_progressive(pair, SHORT, 0)
    assert all((lr, settings) == (0.012, {"betas": (0.0, 0.99)}) for *_, lr, settings in rates)
    used = [(optimizer, of) for optimizer, of, *_ in rates if optimizer.state]
    assert [turns(optimizer) for optimizer, _ in used] == [2, 2, 3, 3, 1, 1, 2, 2]
    owner = {id(weight): name for name in NAMES for weight in pair[name].parameters()}
    assert [{owner[id(w)] for w in of} for _, of in used] == [{name} for name in NAMES] * 4
    count = {name: len(list(pair[name].parameters())) for name in NAMES}
    assert [len(of) for _, of in used] == [count[name] for name in NAMES] * 4
    rates.clear()
    trained(reset=False, lr=0.5)
    assert [turns(optimizer) for optimizer, *_ in rates] == [8, 8]
    assert all(lr == 0.5 for *_, lr, _ in rates)


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("last", [0.1, 0.5])
def test_the_rate_falls_in_a_line_and_only_in_the_last_phase(last, reset, rates):
    found, phases = [], (*SHORT[:3], Phase(16, 0.5, 4))
    note = lambda *now: found.append([rates[k][0].param_groups[0]["lr"] for k in (-2, -1)])
    trained(phases=phases, reset=reset, on_step=note, **({"last": last} if last != 0.1 else {}))
    expected = [1] * 6 + [1 - (1 - last) * k / 4 for k in range(1, 5)]  # after each step
    assert [one for one, _ in found] == pytest.approx([0.012 * part for part in expected])
    assert all(one == two for one, two in found)


def test_both_players_move_at_each_step(few):
    pair = progressive.progressive_pair((4, 4, 4))
    now = lambda: [weights_of(pair[name]) for name in NAMES]
    found = [now()]
    progressive.train_progressive(pair, SHORT, 0, on_step=lambda *_: found.append(now()))
    for before, after in itertools.pairwise(found):
        assert not any(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_a_training_sees_the_faces_of_its_seed(few, monkeypatch):
    given, phase_losses = [], progressive.phase_losses

    def watched(*phase, **settings):
        of_D, of_G = phase_losses(*phase, **settings)
        return lambda real: given.append(real) or of_D(real), of_G

    monkeypatch.setattr(progressive, "phase_losses", watched)
    trained(5)
    faces = many_faces(40, seed=5)[0]
    rows = [torch.cdist(x.flatten(1), faces.flatten(1)).argmin(1) for x in given]
    assert len(given) == 8
    for x, row in zip(given, rows, strict=True):
        assert torch.equal(x, faces[row])
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        assert len({*first.tolist(), *second.tolist()}) == 32  # each once a round


def test_the_settings_of_a_training_are_those_of_its_losses_and_networks(few):
    plain = weights_of(trained())
    assert torch.equal(weights_of(trained(lr=0.012, last=0.1, decay=0.99, reset=True)), plain)
    for settings in (
        *({"wasserstein": True}, {"gamma": 2.0}, {"fade_reals": False}, {"lr": 0.01}),
        *({"last": 0.9}, {"decay": 0.05}, {"reset": False}, {"group": 0}, {"skips": True}),
    ):
        assert not torch.equal(weights_of(trained(**settings)), plain), settings
    assert trained(skips=True).skips and not trained().skips
    wider = trained(widths=(4, 4, 4, 4), phases=(*SHORT, Phase(32, 1.0, 1)))
    assert wider.size == 32 and trained().size == 16


# --- one thing changed at a time


@pytest.mark.parametrize("form", [{}, {"skips": True}, {"group": 0}], ids=str)
def test_a_pair_is_of_one_form_and_lies_in_memory_as_is_fastest(form):
    pair = progressive.progressive_pair((5, 4, 3), **form)
    G, D = pair["generator"], pair["discriminator"]
    assert list(pair) == NAMES and isinstance(D, ProgressiveDiscriminator)
    assert G.widths == D.widths == (5, 4, 3) and G.size == 16
    assert G.skips == D.skips == form.get("skips", False) and D.group == form.get("group", 4)
    kernels = [w for w in pair.parameters() if w.dim() == 4 and w.shape[-1] > 1]
    assert all(w.is_contiguous(memory_format=torch.channels_last) for w in kernels)
    assert progressive.progressive_pair()["generator"].widths == progressive.WIDTHS


@pytest.fixture
def pair():
    return small_pair()


def answers(pair, size=16, alpha=0.7):
    """What G draws, and what D says of it."""
    G = pair["generator"]
    x = G(G.noise(8, seeded(2)), size, alpha)
    return x, pair["discriminator"](x, alpha)


def test_unchanged_leaves_a_pair_as_it_is(pair):
    before, kept = answers(pair), weights_of(pair)
    progressive.unchanged(pair)
    assert all(torch.equal(a, b) for a, b in zip(before, answers(pair), strict=True))
    assert torch.equal(weights_of(pair), kept)


def test_without_norm_no_norm_is_left_but_that_of_the_noise(pair):
    before, names = answers(pair)[0], list(pair.state_dict())
    kept = [[type(layer) for layer in block] for block in pair["generator"].blocks]
    progressive.without_norm(pair)
    G = pair["generator"]
    assert [layer for layer in G.modules() if isinstance(layer, PixelNorm)] == [G.blocks[0][0]]
    for block, old in zip(G.blocks, kept, strict=True):
        assert len(block) == len(old)
        for place, (layer, kind) in enumerate(zip(block, old, strict=True)):
            gone = kind is PixelNorm and (place or block is not G.blocks[0])
            assert type(layer) is (nn.Identity if gone else kind)
    assert list(pair.state_dict()) == names
    assert (answers(pair)[0] - before).abs().max() > 0.01
    z = G.noise(4, seeded(3))
    torch.testing.assert_close(G(5 * z), G(z))  # the noise's norm
    with torch.no_grad():  # without a bias nothing is left that knows a scale
        for name, weight in G.named_parameters():
            weight.mul_(0 if name.endswith("bias") else 1)
        once = 2 * G(z) - 1
        G.blocks[0][1].weight.mul_(7)
    torch.testing.assert_close(2 * G(z) - 1, 7 * once)


def test_scaled_at_birth_is_the_same_function_with_other_weights(pair):
    sizes = list(itertools.product((4, 8, 16), (0.3, 1.0)))
    before = [answers(pair, *size) for size in sizes]
    old, ran = copy.deepcopy(pair), pair.state_dict()
    progressive.scaled_at_birth(pair)
    after = [answers(pair, *size) for size in sizes]
    for one, two in zip(itertools.chain(*before), itertools.chain(*after), strict=True):
        torch.testing.assert_close(one, two)
    kinds = EqualizedConv2d, EqualizedLinear
    layers, olds = ([m for m in p.modules() if isinstance(m, kinds)] for p in (pair, old))
    assert len(layers) > 15
    for layer, was in zip(layers, olds, strict=True):
        assert layer.scale == 1 != was.scale and layer.weight.requires_grad
        torch.testing.assert_close(layer.weight, was.weight * was.scale)
        assert torch.equal(layer.bias, was.bias)
    assert list(pair.state_dict()) == list(ran)


def test_scaled_at_birth_adam_takes_another_pace(pair):
    """A step of Adam is as long for every weight, so a small weight turns more."""
    changed = copy.deepcopy(pair)
    progressive.scaled_at_birth(changed)
    moved = []
    for one in (pair, changed):
        before, D = answers(one)[1].detach(), one["discriminator"]
        optimizer = torch.optim.Adam(D.parameters(), 1e-4)
        D(REAL).sum().backward()
        optimizer.step()
        moved.append((answers(one)[1] - before).abs().mean().item())
    assert moved[1] > 2 * moved[0] > 0


def test_squeezed_pictures_are_a_tanh_of_what_they_were_in_0_to_1(pair):
    with torch.no_grad():
        pair["generator"].colours[2].weight.mul_(3)
    before, D = answers(pair)[0], weights_of(pair["discriminator"])
    assert before.min() < -0.2 and before.max() > 1.2
    progressive.squeezed(pair)
    after = answers(pair)[0]
    assert 0 < after.min() < 0.1 and 0.9 < after.max() < 1
    torch.testing.assert_close(2 * after - 1, torch.tanh(2 * before - 1))
    G = pair["generator"]
    assert 0 <= G.sample(50, 8, generator=seeded()).min() and G.sample(50).max() <= 1
    assert torch.equal(weights_of(pair["discriminator"]), D)
    copied = copy.deepcopy(G)
    assert torch.equal(copied(G.noise(8, seeded(2)), 16, 0.7), after)  # as an average is taken


def growing(phases, largest):
    """Whether sizes double from 4 to the largest, each after the first fading in and then staying."""
    sides = [4 * 2**k for k in range((largest // 4).bit_length())]
    expected = [(side, start) for side in sides for start in (0.0, 1.0)][1:]
    return [(phase.size, phase.start) for phase in phases] == expected


def test_the_schedules_grow_to_their_size():
    assert growing(progressive.LIVE, 16)
    assert growing(progressive.EQUAL, 32) and growing(progressive.LONG, 32)
    for phases in (progressive.LIVE, progressive.EQUAL, progressive.LONG):
        assert progressive.steps_of(phases) == sum(steps for _, _, steps in phases)
    unfaded = [phase._replace(start=1.0) for phase in progressive.LIVE]
    assert list(progressive.UNFADED) == unfaded


def test_a_share_of_a_schedule_has_the_same_phases_and_at_least_a_step_each():
    phases = (Phase(4, 1.0, 100), Phase(8, 0.0, 10), Phase(8, 0.5, 3))
    assert progressive.shortened(phases, 1.0) == phases and progressive.steps_of(phases) == 113
    assert progressive.shortened(phases, 0.26) == (
        Phase(4, 1.0, 26),
        Phase(8, 0.0, 3),
        Phase(8, 0.5, 1),
    )
    for share in (0, 1e-9):
        assert progressive.steps_of(progressive.shortened(phases, share)) == 3
    assert progressive.steps_of(progressive.shortened(phases, 3)) == 339
    assert progressive.steps_of(()) == 0


# --- arms and parts


def test_the_arms_are_three_ways_to_the_same_size_with_as_many_weights():
    pairs = [progressive.progressive_pair(skips="skips" in of) for of in progressive.ARMS.values()]
    assert len({sum(w.numel() for w in pair.parameters()) for pair in pairs}) == 1
    assert list(progressive.ARMS) == ["growing", "at once", "sizes added"]
    for name, of in progressive.ARMS.items():
        phases = of["phases"]
        assert phases[-1].size == 32 == pairs[0]["generator"].size
        assert growing(phases, 32) or [phase[:2] for phase in phases] == [(32, 1.0)], name
        assert set(of) - {"phases"} == ({"skips"} if name == "sizes added" else set())


def test_changes_change_one_thing_each():
    assert progressive.CHANGES["all"] == {}
    assert all(len(of) == 1 for name, of in progressive.CHANGES.items() if name != "all")
    assert set(progressive.SHOWN) == set(progressive.CHANGES) - {"reals not faded", "Adam goes on"}
    assert progressive.SHOWN[0] == "all"
    [at_once] = progressive.CHANGES["at once"]["phases"]
    assert at_once[:2] == (16, 1.0)


def drawn(generator):
    return generator.sample(8, generator=seeded(3))


def test_each_change_leads_elsewhere_and_each_shown_one_fits_its_untrained_network(few):
    made = {name: progressive.trained_part(name, 0, 1 / 200) for name in progressive.CHANGES}
    pictures = {name: drawn(generator) for name, generator in made.items()}
    for one, two in itertools.combinations(made, 2):
        assert (pictures[one] - pictures[two]).abs().max() > 1e-4, (one, two)
    assert {x.shape for x in pictures.values()} == {(8, 3, 16, 16)}
    untrained = progressive.untrained_parts()
    assert list(untrained) == list(progressive.SHOWN)
    for name, generator in untrained.items():
        generator.load_state_dict(made[name].state_dict())
        assert torch.equal(drawn(generator), pictures[name]), name


def test_each_arm_leads_elsewhere_and_fits_its_untrained_network(few):
    made = {name: progressive.trained_arm(name, 0, 1e-9) for name in progressive.ARMS}
    untrained = progressive.untrained_arms()
    assert list(untrained) == list(progressive.ARMS)
    for name, generator in untrained.items():
        assert generator.skips == made[name].skips == (name == "sizes added")
        generator.load_state_dict(made[name].state_dict())
        assert torch.equal(drawn(generator), drawn(made[name]))
        assert drawn(generator).shape == (8, 3, 32, 32)
    assert not torch.equal(drawn(made["growing"]), drawn(made["at once"]))


def test_a_share_of_an_arm_or_part_is_that_of_its_steps(few, monkeypatch):
    asked = []
    note = lambda phases, seed, **settings: asked.append((phases, seed, settings))
    monkeypatch.setattr(progressive, "trained_progressive", lambda phases, **of: note(phases, **of))
    see = lambda *now: None
    for train, kept in (
        (progressive.trained_arm, progressive.ARMS),
        (progressive.trained_part, progressive.CHANGES),
    ):
        for name, of in kept.items():
            whole = of.get("phases", progressive.LIVE)
            train(name, 7, 0.5, see), train(name, 8)
            (half, seed, settings), (all_of_it, other, _) = asked[-2:]
            assert (seed, other, settings["on_step"]) == (7, 8, see) and all_of_it == whole
            assert half == progressive.shortened(whole, 0.5)
            assert {**settings, "phases": 0}.items() >= {**of, "phases": 0}.items()
    assert progressive.CHANGES["all"] == {}  # which a training must not write into


# --- what is shipped


SCORES = {"frechet": 12.3456, "sure": 0.98765, "kinds": 47}


@pytest.fixture
def judged(few, monkeypatch):
    """What is judged, which is not waited for."""
    given = []
    monkeypatch.setattr(progressive, "judge_faces", lambda x: given.append(x) or SCORES)
    monkeypatch.setattr(
        progressive, "frechet_of_faces", lambda x: given.append(x) or 10.0 * len(given)
    )
    return given


def default_steps(recipe):
    return inspect.signature(recipe).parameters["steps"].default


def shipped_draws(generator, first=3000):
    """The first of the 3000 pictures that are judged."""
    with torch.no_grad():
        return generator(generator.noise(3000, seeded(1))[:first])


def test_the_recipe_of_faces_is_completed_and_tells_of_the_network_as_its_file_will_hold_it(judged):
    generator, told = recipes.make("progressive_faces", steps=9)
    assert told["model"] == "ProgressiveGenerator((4, 4, 4, 4))" and told["steps"] == 9
    assert told["data"] == "drawn faces, 32 x 32" and told["seed"] == 0
    assert told["recipe"] == "python -m genlib.recipes progressive_faces"
    assert told["frechet"] == "frechet 12.3, sure 0.988, kinds 47"
    assert torch.equal(weights_of(generator), weights_of(as_shipped(generator)))
    [x] = judged
    assert x.shape == (3000, 3, 32, 32)
    torch.testing.assert_close(x[:50], shipped_draws(generator, 50))
    assert generator.size == 32 and not generator.training


def test_a_trial_of_faces_has_that_share_of_the_steps_and_the_settings_of_what_is_shipped(
    judged, monkeypatch
):
    asked = []

    def train(phases, seed, **settings):
        asked.append((phases, seed, settings))
        return ProgressiveGenerator(progressive.LARGE)

    monkeypatch.setattr(progressive, "trained_progressive", train)
    progressive.progressive_faces(1900)
    [(phases, seed, settings)] = asked
    whole = progressive.steps_of(progressive.LONG)
    assert phases == progressive.shortened(progressive.LONG, 1900 / whole)
    assert default_steps(progressive.progressive_faces) == whole
    assert seed == 0 and settings["widths"] == progressive.LARGE
    assert 0 < settings["last"] < 0.1 and settings["decay"] > 0.99


@pytest.mark.parametrize("name, train", [("arms", "trained_arm"), ("parts", "trained_part")])
def test_a_recipe_of_several_is_completed_and_tells_what_each_reaches(
    name, train, judged, monkeypatch
):
    asked, kept = [], getattr(progressive, train)

    def quick(*which):
        asked.append((*which, kept(which[0], which[1], 1e-9)))
        return asked[-1][-1]

    monkeypatch.setattr(progressive, train, quick)
    generators, told = recipes.make(f"progressive_{name}", steps=30)
    schedule, size = (progressive.EQUAL, 32) if name == "arms" else (progressive.LIVE, 16)
    names = list(progressive.ARMS if name == "arms" else progressive.SHOWN)
    whole = progressive.steps_of(schedule)
    assert default_steps(recipes.recipes()[f"progressive_{name}"]) == whole
    assert [which[:3] for which in asked] == [(each, 0, 30 / whole) for each in names]
    assert list(generators) == names and told["steps"] == 30
    assert told["model"] == f"{len(names)} ProgressiveGenerator, {size} x {size}"
    expected = [f"{each} {10 * (k + 1)}.0" for k, each in enumerate(names)]
    assert told["frechet"] == ", ".join(expected)
    assert told["recipe"] == f"python -m genlib.recipes progressive_{name}" and told["seed"] == 0
    for x, generator, which in zip(judged, generators.values(), asked, strict=True):
        assert torch.equal(weights_of(generator), weights_of(which[-1]))
        assert x.shape == (3000, 3, size, size)
        expected = shipped_draws(as_shipped(generator), 50).clamp(0, 1)
        torch.testing.assert_close(x[:50], expected)


def test_each_file_is_small_enough_and_fits_its_network_again(tmp_path, monkeypatch):
    """Real widths: what the long trainings will leave."""
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    faces = ProgressiveGenerator(progressive.LARGE)
    modules = {
        "progressive_faces": faces,
        "progressive_arms": progressive.untrained_arms(),
        "progressive_parts": progressive.untrained_parts(),
    }
    for name, module in modules.items():
        weights.save(name, module, {"steps": 1})
    weights.load("progressive_arms", progressive.untrained_arms())
    weights.load("progressive_parts", progressive.untrained_parts())
    loaded = progressive.shipped_progressive()
    assert not loaded.training and loaded.size == 32
    assert torch.equal(weights_of(loaded), weights_of(as_shipped(faces)))


def is_shipped(name):
    there = (weights.FOLDER / f"{name}.safetensors").exists()
    return pytest.mark.skipif(not there, reason="is not shipped yet")


@is_shipped("progressive_faces")
def test_the_shipped_generator_is_as_good_as_it_says():
    G = progressive.shipped_progressive()
    told = weights.load("progressive_faces", G)["frechet"]
    told = {what: float(v) for what, v in re.findall(r"([a-z]+) (\d+(?:\.\d+)?)", told)}
    found = judge_faces(shipped_draws(G))
    assert set(told) == set(found)
    assert found["frechet"] == pytest.approx(told["frechet"], rel=0.02, abs=0.1)
    assert found["sure"] == pytest.approx(told["sure"], abs=0.003)
    assert found["kinds"] == pytest.approx(told["kinds"], abs=1)
    assert G.widths == progressive.LARGE and not G.training


@pytest.mark.parametrize(
    "name, untrained",
    [
        pytest.param(name, untrained, marks=is_shipped(name))
        for name, untrained in (
            ("progressive_arms", progressive.untrained_arms),
            ("progressive_parts", progressive.untrained_parts),
        )
    ],
)
def test_the_shipped_generators_that_are_compared_are_as_good_as_they_say(name, untrained):
    generators = untrained().eval()
    told = weights.load(name, generators)["frechet"]
    told = dict(part.rsplit(" ", 1) for part in told.split(", "))
    assert list(told) == list(generators)
    first = next(iter(generators))
    found = frechet_of_faces(shipped_draws(generators[first]).clamp(0, 1))
    assert found == pytest.approx(float(told[first]), rel=0.02, abs=0.1)
