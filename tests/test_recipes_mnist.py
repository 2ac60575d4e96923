"""The recipes of large digits: what they learn from, what they keep, and what they tell."""

import pytest
import torch
from small import weights_of

from genlib import judges
from genlib.data import digits, enlarge
from genlib.recipes import mnist
from genlib.weights import as_shipped


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Three splits of the course's digits, enlarged, in the place of MNIST's."""
    images, labels = digits("train")
    images = enlarge(images[:120], 28)
    parts = {"train": slice(0, 80), "valid": slice(80, 100), "test": slice(100, 120)}
    x = {split: (images[part], labels[:120][part]) for split, part in parts.items()}
    monkeypatch.setattr(mnist, "labelled_mnist", lambda path: x)
    return x


def mnist_pair():
    torch.manual_seed(0)
    return mnist.large_infogan_pair()


def played(steps, seed=0, **settings):
    pair = mnist_pair()
    losses = mnist.train_large_infogan(
        pair, mnist.labelled_mnist("")["train"][0], steps, seed, **settings
    )
    return pair, losses


def test_a_game_of_large_digits_repeats_itself_and_moves_everybody():
    (pair, _), (again, _), (other, _) = played(2), played(2), played(2, seed=1)
    assert torch.equal(weights_of(pair), weights_of(again))
    assert not torch.equal(weights_of(pair), weights_of(other))
    before = played(0)[0].state_dict()
    still = {name for name, w in pair.named_parameters() if torch.equal(w, before[name])}
    assert not still and not pair["discriminator"].training


def test_both_players_of_a_step_see_fakes_of_the_same_noise_and_codes(monkeypatch):
    asked = []
    monkeypatch.setattr(
        mnist.ConditionalGenerator,
        "forward",
        lambda G, *of, forward=mnist.ConditionalGenerator.forward: (
            asked.append(of) or forward(G, *of)
        ),
    )
    played(2)
    first, second = asked[:2], asked[2:4]
    for (z, code), (again, same) in (first, second):
        assert torch.equal(z, again) and torch.equal(code, same)
    assert not torch.equal(first[0][0], second[0][0])


def test_the_agreement_of_real_images_moves_q_even_where_no_code_is_read():
    before = weights_of(mnist_pair()["discriminator"].q)
    q_after = lambda **settings: weights_of(played(1, **settings)[0]["discriminator"].q)
    assert torch.equal(q_after(lam=0.0, alike=0.0), before)
    assert not torch.equal(q_after(lam=0.0), before)


def test_the_loss_of_g_and_q_is_the_old_one_less_information_and_agreement(small):
    losses = {alike: played(1, alike=alike)[1]["generator"][0] for alike in (0.0, 0.5, 1.0)}
    first, second = (losses[0.0] - losses[alike] for alike in (0.5, 1.0))
    assert second == pytest.approx(2 * first, abs=1e-5) and 0 < second < 2.31


def test_of_all_starts_those_go_on_that_agree_best_and_the_best_on_valid_is_kept(small):
    pair, told = mnist.infogan_mnist("", steps=6, starts=3, kept=2)
    train, (valid, _) = small["train"][0], small["valid"]
    begun = [
        mnist.agreed(mnist.trained_large_infogan(train, 6, k, until=2), valid) for k in range(3)
    ]
    seeds = [k for k in range(3) if begun[k] > min(begun)]
    found = {k: mnist.trained_large_infogan(train, 6, k) for k in seeds}
    shares = {k: judges.matched(p["discriminator"], *small["valid"]) for k, p in found.items()}
    best = int(told["seed"][0])
    assert len(seeds) == 2 and best in seeds and shares[best] == max(shares.values())
    assert torch.equal(weights_of(pair), weights_of(as_shipped(found[best])))
    share = judges.matched(pair["discriminator"], *small["test"])
    assert told["accuracy"].startswith(f"matched test {share:.3f}")
    assert all(f"seed {k}: valid {share:.3f}" in told["accuracy"] for k, share in shares.items())


@pytest.mark.parametrize("best", [0, 1])
def test_the_large_infogan_that_is_best_on_valid_is_kept_though_another_is_better_on_test(
    small, monkeypatch, best
):
    pairs = {seed: mnist.trained_large_infogan(small["train"][0], 1, seed) for seed in (0, 1)}
    scores = {id(pairs[k]["discriminator"]): (k == best, k != best) for k in pairs}
    split = lambda x: int(x is small["test"][0])
    share = lambda D, x, labels: float(scores.get(id(D), (0.5, 0.5))[split(x)])
    monkeypatch.setattr(mnist, "matched", share)
    pair, told = mnist.best_large_infogan(pairs, small)
    assert torch.equal(weights_of(pair), weights_of(as_shipped(pairs[best])))
    assert (
        told["seed"].startswith(f"{best},") and "matched test 0.500, as shipped" in told["accuracy"]
    )
    assert f"seed {best}: valid 1.000, test 0.000" in told["accuracy"]


def test_the_table_of_agreement_remembers_earlier_batches(monkeypatch):
    first, second = (played(steps, lam=0.0)[0] for steps in (1, 3))
    monkeypatch.setattr(mnist, "KEPT", 0.0)
    assert torch.equal(weights_of(played(1, lam=0.0)[0]), weights_of(first))
    assert not torch.equal(weights_of(played(3, lam=0.0)[0]), weights_of(second))


def test_a_start_is_the_beginning_of_the_whole_game(small):
    train = small["train"][0]
    stopped = mnist.trained_large_infogan(train, 6, 0, until=2)
    assert not torch.equal(
        weights_of(stopped), weights_of(mnist.trained_large_infogan(train, 2, 0))
    )
    seen = []
    torch.manual_seed(0)
    pair = mnist.large_infogan_pair()
    keep = lambda step: seen.append(weights_of(pair))
    mnist.train_large_infogan(pair, train, 6, 0, on_step=keep)
    assert torch.equal(weights_of(stopped), seen[1])


def test_the_recipe_of_the_large_classifier_tells_what_its_file_reads(small):
    model, told = mnist.classifier_mnist("", steps=20)
    shares = [judges.accuracy(model, *small[split]) for split in ("valid", "test")]
    assert told["accuracy"] == "valid {:.4f}, test {:.4f}".format(*shares)
    assert model.size == 28


def test_the_recipe_of_a_large_dcgan_keeps_the_average_and_judges_it_on_test(small):
    generator, told = mnist.dcgan_mnist("", steps=5)
    found = mnist.judged_samples(generator, small["test"][0])
    floor = judges.judge_large(small["train"][0][:20], small["test"][0])
    assert told["frechet"].startswith(f"{found['frechet']:.2f} to test")
    assert f"of train {floor['frechet']:.2f}" in told["frechet"]
    assert told["sure"].startswith(f"{found['sure']:.3f} of samples")
    assert torch.equal(weights_of(generator), weights_of(as_shipped(generator)))
