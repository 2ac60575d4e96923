"""The recipes of the puzzle: what each player loses, which fakes both see, and that both move."""

import copy

import pytest
import torch
from small import seeded, weights_of

from genlib import recipes
from genlib.data import box_mask, cut_pieces
from genlib.judges import face_puzzles
from genlib.models import DCGANDiscriminator, PuzzleGenerator
from genlib.models.gan import discriminator_loss, nonsaturating_loss, r1_penalty
from genlib.models.puzzle import appearance_loss, composites, spatial_loss
from genlib.models.text2image import matching_loss
from genlib.recipes import puzzle
from genlib.weights import as_shipped

REAL, BOXES = face_puzzles(6, seed=5)
PIECES = face_puzzles(6, seed=5).pieces
STEPS = 10


@pytest.fixture
def pair():
    """A pair whose answers do not depend on the rest of a batch."""
    torch.manual_seed(0)
    return puzzle.puzzle_pair().eval()


def losses(pair, seed=0, **settings):
    return puzzle.puzzle_losses(pair, seeded(seed), STEPS, **settings)


def drawn(pair, seed=0):
    """What the generator first draws from that seed."""
    G = pair["generator"]
    return G(G.noise(6, seeded(seed)), PIECES)


# --- what G loses

PARTS = ("spatial", "appearance", "adversary")


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_what_g_loses_is_its_formula_alone(part, pair):
    mask, fake = drawn(pair)
    found = losses(pair, **{other: other == part for other in PARTS})[1](REAL, BOXES)
    true = box_mask(BOXES)
    expected = {
        "spatial": puzzle.FIRST * spatial_loss(mask, true),
        "appearance": puzzle.FIRST * appearance_loss(mask, fake, true, REAL),
        "adversary": nonsaturating_loss(pair["discriminator"](fake)),
    }
    torch.testing.assert_close(found, expected[part])


def test_what_g_loses_is_the_sum_of_its_parts_and_each_may_be_left_out(pair):
    alone = {
        part: losses(pair, **{other: other == part for other in PARTS})[1](REAL, BOXES)
        for part in PARTS
    }
    torch.testing.assert_close(losses(pair)[1](REAL, BOXES), sum(alone.values()))
    for part in PARTS:
        rest = sum(loss for name, loss in alone.items() if name != part)
        torch.testing.assert_close(losses(pair, **{part: False})[1](REAL, BOXES), rest)


def test_without_both_losses_of_pieces_the_true_mask_and_picture_are_never_asked(pair, monkeypatch):
    of_G = losses(pair, spatial=False, appearance=False)[1]
    expected = of_G(REAL, BOXES)
    monkeypatch.setattr(puzzle, "box_mask", lambda boxes: 1 - box_mask(boxes))
    blind = losses(pair, spatial=False, appearance=False)[1](REAL, BOXES)
    assert torch.equal(blind, expected)
    for part in ("spatial", "appearance"):
        found = losses(pair, **{part: False})[1](REAL, BOXES)
        monkeypatch.undo()
        assert not torch.equal(losses(pair, **{part: False})[1](REAL, BOXES), found)
        monkeypatch.setattr(puzzle, "box_mask", lambda boxes: 1 - box_mask(boxes))


def test_the_weight_of_the_pieces_falls_by_one_factor_from_first_to_last(pair):
    of_G = losses(pair, appearance=False, adversary=False)[1]
    found = torch.stack(
        [of_G(REAL, BOXES).detach() for _ in range(STEPS + 1)]
    )  # the mask knows no noise
    weight = found / spatial_loss(drawn(pair)[0], box_mask(BOXES)).detach()
    assert weight[0].item() == pytest.approx(puzzle.FIRST)
    assert weight[-1].item() == pytest.approx(puzzle.LAST) and puzzle.LAST < puzzle.FIRST
    factors = weight[1:] / weight[:-1]
    torch.testing.assert_close(factors, factors[:1].expand(STEPS))


def test_the_last_weight_may_be_another(pair):
    of_G = losses(pair, appearance=False, adversary=False, last=puzzle.FIRST / 4)[1]
    found = [of_G(REAL, BOXES).item() for _ in range(STEPS + 1)]
    assert found[0] / found[-1] == pytest.approx(4)


def test_the_turns_of_d_do_not_lower_the_weight(pair):
    of_D, of_G = losses(pair, appearance=False, adversary=False)
    of_D(REAL, BOXES), of_D(REAL, BOXES)
    expected = puzzle.FIRST * spatial_loss(drawn(pair)[0], box_mask(BOXES))
    torch.testing.assert_close(of_G(REAL, BOXES), expected)


# --- what D loses


def of_D_by_hand(pair, fake, shuffled):
    D = pair["discriminator"]
    if not shuffled:
        return discriminator_loss(D(REAL), D(fake))
    first, second = composites(box_mask(BOXES), REAL, REAL[[5, 0, 1, 2, 3, 4]])
    return matching_loss(D(REAL), torch.cat([D(first), D(second)]), D(fake))


@pytest.mark.parametrize("shuffled", [True, False])
def test_what_d_loses_is_its_formula_and_every_fourth_time_a_penalty(shuffled, pair):
    of_D = losses(pair, shuffled=shuffled)[0]
    found = [of_D(REAL, BOXES) for _ in range(6)]
    noise, G = seeded(), pair["generator"]
    by_hand = [of_D_by_hand(pair, G(G.noise(6, noise), PIECES)[1], shuffled) for _ in range(6)]
    rest = torch.stack(found) - torch.stack(by_hand)
    penalty = 4 * puzzle.GAMMA * r1_penalty(pair["discriminator"], REAL).item()
    expected = torch.tensor([penalty, 0, 0, 0, penalty, 0])
    assert penalty > 1e-6
    torch.testing.assert_close(rest.detach(), expected, atol=1e-6, rtol=1e-3)


@pytest.mark.parametrize("shuffled", [True, False])
def test_d_never_moves_the_generator(shuffled, pair):
    losses(pair, shuffled=shuffled)[0](REAL, BOXES).backward()
    assert all(weight.grad is None for weight in pair["generator"].parameters())
    assert all(weight.grad is not None for weight in pair["discriminator"].parameters())


def seen(monkeypatch):
    """Lists of what D judges and of what G draws, as they go on."""
    judged, made, judge, make = [], [], DCGANDiscriminator.forward, PuzzleGenerator.forward
    monkeypatch.setattr(
        DCGANDiscriminator, "forward", lambda net, x: (judged.append(x.detach()), judge(net, x))[1]
    )

    def forward(net, z, pieces):
        mask, picture = make(net, z, pieces)
        made.append(picture.detach())
        return mask, picture

    monkeypatch.setattr(PuzzleGenerator, "forward", forward)
    return judged, made


def test_g_is_judged_by_the_fakes_that_d_saw_and_draws_its_own_where_d_rests(pair, monkeypatch):
    judged, made = seen(monkeypatch)
    of_D, of_G = losses(pair, shuffled=False)
    of_D(REAL, BOXES)
    assert len(made) == 1 and torch.equal(judged[1], made[0])
    for turn in range(3):
        of_G(REAL, BOXES).backward()
        assert len(made) == turn + 1 and torch.equal(judged[-1], made[turn])
    of_D(REAL, BOXES)
    of_G(REAL, BOXES)
    assert len(made) == 4 and torch.equal(judged[-1], made[3])
    assert not torch.equal(made[0], made[1])


def test_pieces_are_those_of_the_batch(pair, monkeypatch):
    given = []
    monkeypatch.setattr(
        puzzle, "cut_pieces", lambda x, boxes: (given.append((x, boxes)), PIECES)[1]
    )
    losses(pair)[1](REAL, BOXES)
    ((x, boxes),) = given
    assert torch.equal(x, REAL) and torch.equal(boxes, BOXES)
    assert torch.equal(cut_pieces(REAL, BOXES), PIECES)


# --- the game


@pytest.fixture
def few(monkeypatch):
    """So few faces that they are soon drawn."""
    monkeypatch.setattr(puzzle, "FACES", 40)


def moved(pair, before):
    """How far each player went."""
    return {
        name: (weights_of(pair[name]) - weights_of(before[name])).abs().max().item()
        for name in pair
    }


def test_a_game_moves_both_players_and_returns_the_average_of_g(few):
    pair, seen = puzzle.puzzle_pair(), []
    before = copy.deepcopy(pair)
    follow = lambda *now: seen.append((*now, weights_of(pair["generator"])))
    average = puzzle.train_puzzle(pair, 3, on_step=follow)
    assert min(moved(pair, before).values()) > 1e-4
    assert len(seen) == 3 and all(now[1] is average for now in seen)
    assert isinstance(average, PuzzleGenerator) and not average.training
    first, second, third = (now[2] for now in seen)
    soon = (first + 9 * second) / 10  # the first weights are soon forgotten
    torch.testing.assert_close(weights_of(average), (2 * soon + 9 * third) / 11)


def test_without_the_adversary_d_rests(few):
    pair = puzzle.puzzle_pair()
    before = copy.deepcopy(pair)
    puzzle.train_puzzle(pair, 2, adversary=False)
    far = moved(pair, before)
    assert far["discriminator"] == 0 and far["generator"] > 1e-4


def test_d_moves_at_each_second_step_and_both_see_one_fake_a_step(few, monkeypatch):
    judged, made = seen(monkeypatch)
    puzzle.train_puzzle(puzzle.puzzle_pair(), 4, shuffled=False)
    assert [len(x) for x in made] == [16] * 4
    real_fake_penalty, real_fake, of_G = 3, 2, 4
    assert len(judged) == real_fake_penalty + real_fake + of_G


def test_a_game_repeats_itself_and_differs_from_seed_to_seed(few):
    played = [weights_of(puzzle.trained_puzzle(2, seed)) for seed in (0, 0, 1)]
    assert torch.equal(*played[:2]) and not torch.equal(*played[1:])


def test_the_faces_that_judge_are_not_those_that_are_trained_on():
    held, trained = face_puzzles(50, puzzle.HELD).real, face_puzzles(50, 0).real
    assert torch.cdist(held.flatten(1), trained.flatten(1)).min() > 1


def draw_few(monkeypatch):
    """Let the recipes draw few faces."""
    many = puzzle.many_faces
    monkeypatch.setattr(puzzle, "many_faces", lambda n, **more: many(min(n, 64), **more))
    monkeypatch.setattr(puzzle, "face_puzzles", lambda n, seed: face_puzzles(min(n, 64), seed))


@pytest.mark.parametrize(
    "name, model",
    [
        ("classifier_faces", "AttributeClassifier(features=12)"),
        ("puzzle_faces", "PuzzleGenerator()"),
    ],
)
def test_a_recipe_tells_what_it_made_and_how_good_the_numbers_of_its_file_are(
    name, model, monkeypatch
):
    draw_few(monkeypatch)
    module, told = recipes.make(name, steps=2)
    assert told["model"] == model and told["steps"] == 2 and told["accuracy"]
    assert torch.equal(weights_of(module), weights_of(as_shipped(module)))


def test_a_record_of_the_parts_holds_what_is_drawn_without_each(monkeypatch):
    draw_few(monkeypatch)
    record, told = recipes.make("puzzle_parts", steps=2)
    blank = puzzle.blank_parts().state_dict()
    assert {k: (v.shape, v.dtype) for k, v in record.state_dict().items()} == {
        k: (v.shape, v.dtype) for k, v in blank.items()
    }
    for place, (name, settings) in enumerate(puzzle.WITHOUT.items()):
        drawn = puzzle.trained_puzzle(2, 0, **settings).sample(
            8, face_puzzles(8, puzzle.HELD).pieces, generator=seeded()
        )
        for found, expected in zip((record.mask, record.picture), drawn, strict=True):
            torch.testing.assert_close(found[place] / 255, expected, atol=0.5 / 255 + 1e-4, rtol=0)
        assert name in told["accuracy"]
    assert len(record.picture.flatten(1).unique(dim=0)) == len(puzzle.WITHOUT)
