"""What scores samples and models."""

import math
import re

import pytest
import torch

from genlib import judges, weights
from genlib.data import (
    binarize,
    box_mask,
    cut_pieces,
    digits,
    draw_faces,
    gaussian_ring,
    key_boxes,
    many_faces,
    moved_digits,
)
from genlib.data.faces import CHOICES
from genlib.models import PuzzleGenerator
from genlib.recipes import infogan, nade


@pytest.mark.parametrize("integer", [torch.uint8, torch.int8, torch.int32], ids=str)
def test_labels_and_orders_of_a_recipe_are_whole_numbers_of_any_type(integer):
    x, labels = moved_digits("test", copies=1)
    model = judges.shipped_classifier()
    assert judges.accuracy(model, x, labels.to(integer)) == judges.accuracy(model, x, labels)
    with pytest.raises(ValueError, match=r"labels must be \(300,\), got \(300, 1\)"):
        judges.accuracy(model, x, labels[:, None])
    order = nade.four_orders()["column"]
    nades = [nade.nade_of_order(o, steps=1) for o in (order, order.to(integer))]
    assert torch.equal(nades[0].V, nades[1].V)


def test_real_digits_have_a_frechet_distance_near_the_floor_and_noise_has_not():
    real = moved_digits("train", copies=3, seed=4)[0][:3000]
    assert judges.frechet_of_digits(real) == pytest.approx(1.33, abs=0.1)
    noise = torch.rand(real.shape, generator=torch.Generator().manual_seed(0))
    assert judges.frechet_of_digits(noise) > 300


def test_a_category_is_the_one_of_the_largest_logit():
    D = infogan.infogan_pair().eval()["discriminator"]
    x, category = torch.rand(5, 1, 16, 16), judges.categories_of
    with torch.no_grad():
        for image, found in zip(x, category(D, x), strict=True):
            logits = D.guess(image[None]).logits[0]
            assert (logits <= logits[found]).all()


def test_a_q_that_guesses_at_random_knows_nothing_of_fakes():
    pair = infogan.infogan_pair().eval()
    assert -0.3 < judges.information_at_fakes(pair) < 0.05
    assert 1.5 < judges.information_at_fakes(infogan.trained_infogan(60, 0)) < math.log(10)


def test_information_is_that_of_moved_fakes(monkeypatch):
    """Where the move leaves nothing of an image, nothing is known of its code."""
    pair = infogan.infogan_pair().eval()
    weights.load("infogan_digits", pair)
    assert judges.information_at_fakes(pair) > 2.25
    monkeypatch.setattr(judges, "augment", lambda x, noise: 0 * x)
    assert judges.information_at_fakes(pair) < 0.01


# --- these samples, judged


def test_true_digits_score_near_the_floor_and_noise_does_not():
    real = moved_digits("train", copies=3, seed=4)[0][:3000]
    found = judges.judged(real)
    assert found["frechet"] == pytest.approx(judges.floor("test"), rel=1e-6)
    assert found["digits"] == 10 and found["sure"] > 0.9 and 0.08 < found["rarest"] < 0.1
    noise = judges.judged(torch.rand(500, 1, 16, 16))
    assert noise["frechet"] > 100 * found["frechet"] and noise["kernel"] > found["kernel"]


def test_one_digit_for_all_is_told_by_its_shares():
    x, labels = moved_digits("test", copies=5)
    found = judges.judged(x[labels == 3])
    assert found["rarest"] == 0 and found["digits"] == 1


def test_a_category_that_is_the_digit_agrees_with_it():
    x, labels = moved_digits("test", copies=1)
    right = judges.judged(x, "test", (labels + 3) % 10)["agree"]
    wrong = judges.judged(x, "test", labels[torch.randperm(300)])["agree"]
    assert right > 0.95 and wrong < 0.3


def test_a_split_judges_with_its_own_digits():
    x = moved_digits("valid", copies=2, seed=5)[0]
    assert judges.judged(x, "valid")["frechet"] < judges.judged(x, "test")["frechet"]


def test_true_rows_are_less_odd_than_coin_flips():
    test = binarize(digits("test")[0]).flatten(1)
    found, flips = judges.judged(test), judges.judged(torch.rand(200, 64).round())
    assert found["nats"] == pytest.approx(judges.nats(judges.shipped_nade(), test).mean().item())
    assert found["odd"] < 0.05 and flips["odd"] > 0.9
    assert found["nats"] < 18 and flips["nats"] > 60
    assert found["to_sample"] == 0 and flips["to_digit"] > found["to_digit"] + 5


def test_a_true_ring_scores_near_the_floor_and_one_mode_does_not():
    ring = gaussian_ring()
    x = ring.sample(3000, torch.Generator().manual_seed(1))
    found = judges.judged(x, ring)
    assert found["modes"] == 8 and found["near"] > 0.99
    assert found["jsd"] == pytest.approx(judges.floor(ring), rel=0.1)
    one = judges.judged(ring.centres[:1].repeat(50, 1), ring)
    assert one["modes"] == 1 and one["jsd"] > 5 * found["jsd"]


@pytest.mark.parametrize(
    "x, against, complaint",
    [
        (torch.rand(5, 3), gaussian_ring(), "x must be"),
        (torch.rand(5, 7), "test", "x must be"),
        (torch.rand(5, 1, 8, 8), "test", "x must be"),
        (torch.rand(5, 1, 16, 16), None, "against must be"),
        (torch.rand(5, 1, 16, 16), "none", "split must be"),
    ],
)
def test_samples_that_cannot_be_judged_are_refused_by_name(x, against, complaint):
    with pytest.raises(ValueError, match=complaint):
        judges.judged(x, against)


# --- faces and pieces


def test_the_shipped_classifier_reads_all_attributes_of_new_faces_and_their_edits():
    x, attributes, people = many_faces(600, seed=7)
    assert (judges.face_attributes(x) == attributes).all(1).double().mean() >= 0.99
    for column, choices in enumerate(CHOICES):
        edit = attributes.clone()
        edit[:, column] = (edit[:, column] + 1) % choices
        found = judges.face_attributes(draw_faces(edit, people))
        assert (found == edit).all(1).double().mean() >= 0.98


def test_the_shipped_classifier_of_faces_is_as_good_as_it_says():
    told = weights.load("classifier_faces", judges.face_classifier())["accuracy"]
    x, attributes, _ = many_faces(2000, seed=101)
    right = (judges.face_attributes(x) == attributes).all(1).double().mean().item()
    assert right == pytest.approx(float(re.search(r"right: ([01]\.\d+)", told).group(1)), abs=0.002)
    assert right >= 0.99 and not judges.face_classifier().training


def test_drawn_faces_have_a_small_frechet_distance_and_noise_and_one_face_have_not():
    real = many_faces(500, seed=7)[0]
    near = judges.frechet_of_faces(real)
    assert 0 < near < 3
    noise = torch.rand(real.shape, generator=torch.Generator().manual_seed(0))
    assert judges.frechet_of_faces(noise) > 300
    assert judges.frechet_of_faces(real[:1].repeat(500, 1, 1, 1)) > 30 * near


def test_a_frechet_distance_of_faces_is_of_the_first_n_alone():
    x = many_faces(300, seed=7)[0]
    changed = x.clone()
    changed[200:] = 0
    expected = judges.frechet_of_faces(x[:200])
    assert judges.frechet_of_faces(changed, 200) == pytest.approx(expected, rel=1e-6)
    assert judges.frechet_of_faces(changed) > 10 * expected


def test_puzzles_are_drawn_faces_and_their_key_pieces():
    puzzles = judges.face_puzzles(20, seed=4, count=2)
    (real, boxes), pieces = puzzles, puzzles.pieces
    assert torch.equal(real, many_faces(20, seed=4)[0])
    assert torch.equal(boxes, key_boxes(real, 2, torch.Generator().manual_seed(4)))
    assert torch.equal(pieces, cut_pieces(real, boxes)) and pieces.shape == (20, 2, 3, 32, 32)


class Oracle:
    """Answers the pieces, a hundred pictures at a time, with what they were cut from, or another mask and picture."""

    def __init__(self, mask, picture):
        self.answers, self.sizes = zip(mask.split(100), picture.split(100), strict=True), []

    def sample(self, n, pieces, generator=None):
        assert n == len(pieces) and isinstance(generator, torch.Generator)
        self.sizes.append(n)
        return next(self.answers)


PUZZLES = judges.face_puzzles(230, seed=6)


def test_who_knows_mask_and_picture_solves_every_puzzle():
    oracle = Oracle(box_mask(PUZZLES.boxes), PUZZLES.real)
    found = judges.judge_puzzle(oracle, PUZZLES)
    assert list(found) == ["iou", "found", "stranger", "frechet"] and oracle.sizes == [100, 100, 30]
    assert found["iou"] == 1 and found["found"] == 0 and found["stranger"] > 0.03
    assert found["frechet"] == pytest.approx(judges.frechet_of_faces(PUZZLES.real), rel=1e-6)


def test_each_score_of_a_puzzle_sees_what_it_is_named_after():
    real, boxes = PUZZLES
    mask = box_mask(boxes)
    pieces = judges.judge_puzzle(Oracle(1 - mask, torch.where(mask.bool(), real, 0.5)), PUZZLES)
    assert pieces["iou"] == pieces["found"] == 0
    assert pieces["stranger"] > 0.03 and pieces["frechet"] > 10
    next_mask, next_real = mask.roll(1, 0).bool(), real.roll(1, 0)
    others = judges.judge_puzzle(Oracle(mask, torch.where(next_mask, next_real, 0.5)), PUZZLES)
    assert others["iou"] == 1 and others["stranger"] == 0 and others["found"] > 0.03


def test_an_untrained_generator_is_judged_the_same_again_and_badly():
    generator, few = PuzzleGenerator().eval(), judges.Puzzles(*(part[:50] for part in PUZZLES))
    found = judges.judge_puzzle(generator, few)
    assert found == judges.judge_puzzle(generator, few)
    assert found["iou"] < 0.6 and found["found"] > 0.05 and found["frechet"] > 100
