"""What scores samples and models."""

import math

import pytest
import torch

from genlib import judges, weights
from genlib.data import binarize, digits, gaussian_ring, moved_digits
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
