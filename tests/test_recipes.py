"""The recipes of weight files: what they learn from, what they keep, and what they tell."""

import copy
import signal
import sys

import pytest
import torch
from small import weights_of

from genlib import judges, recipes, weights
from genlib.data import binary_digits, digits, enlarge, moved_digits
from genlib.models.gan import r1_penalty
from genlib.recipes import __main__ as recipes_main
from genlib.recipes import _trainings, dcgan, infogan, nade, pixelrnn, vae
from genlib.training import minibatches
from genlib.weights import as_shipped


def test_a_recipe_that_is_stopped_by_hand_writes_no_file(monkeypatch):
    before, handler = set(weights.FOLDER.iterdir()), signal.getsignal(signal.SIGINT)
    press = lambda batches: signal.raise_signal(signal.SIGINT) or batches
    monkeypatch.setattr(
        _trainings, "minibatches", lambda *x, **more: map(press, minibatches(*x, **more))
    )
    monkeypatch.setattr(sys, "argv", ["recipes", "classifier_digits", "--steps", "9"])
    try:
        with pytest.raises(SystemExit, match="stopped: no file was written"):
            recipes_main.main()
    finally:
        signal.signal(signal.SIGINT, handler)
    assert set(weights.FOLDER.iterdir()) == before


STRIPES = torch.arange(64).view(8, 8) % 16 < 8


def test_a_recipe_is_found_by_its_name_and_completed():
    assert set(recipes.recipes()) == {file.stem for file in weights.FOLDER.glob("*.safetensors")}
    module, told = recipes.make("vae_digits", steps=2)
    assert list(told) == ["model", "data", "recipe", "steps", "seed", "seconds", "nats"]
    assert told["recipe"] == "python -m genlib.recipes vae_digits"
    assert (told["steps"], told["seed"]) == (2, 0) and len(module) == 2
    assert recipes.make("pixelrnn_digits", steps=1)[1]["steps"] == "1 and 401"


RASTER, BACKWARDS = torch.arange(64), torch.arange(64).flip(0)


@pytest.mark.parametrize(
    "room, recipe, order",
    [
        (nade, lambda: nade.nade_of_order(BACKWARDS), BACKWARDS),
        (pixelrnn, pixelrnn.pixelrnn_digits, RASTER),
    ],
    ids=["NADE", "PixelRNN"],
)
def test_a_recipe_of_digits_learns_from_train_and_keeps_what_valid_prefers(
    room, recipe, order, monkeypatch
):
    given = []

    def untrained(model, x, score, **settings):
        given.append((model, x, score))
        return model

    monkeypatch.setattr(room, "train_by_score", untrained)
    recipe()
    train, valid = (binary_digits(split)[:, order] for split in ("train", "valid"))
    assert given
    for model, x, score in given:
        assert torch.equal(x, train)
        assert score(model) == pytest.approx(judges.nats(model, valid).mean().item())


INK = {"train": 0.1, "valid": 0.4}  # of noise that stands for each split


@pytest.mark.parametrize(
    "train, share, each",
    [
        (lambda x, see: nade.train_nade(x, 5, 1, on_score=see), 1, judges.nats),
        (lambda x, see: pixelrnn.train_pixelcnn(x, 1, on_score=see), 10, judges.nats),
        (
            lambda x, see: vae.train_mnist_vae(vae.mnist_vae(), x, 1, on_score=see),
            20,
            judges.elbo_nats,
        ),
    ],
    ids=["NADE", "PixelCNN", "VAE"],
)
def test_a_recipe_of_large_digits_is_scored_on_an_even_share_of_valid(train, share, each):
    x = {split: torch.bernoulli(torch.full((60, 784), ink)) for split, ink in INK.items()}
    scores = []
    train(x, lambda model, step, score: scores.append((copy.deepcopy(model), score)))
    assert scores
    for model, score in scores:
        assert score == pytest.approx(each(model, x["valid"][::share]).mean().item(), rel=1e-5)


def in_half_precision(module):
    return all(torch.equal(w, w.half().float()) for w in module.parameters())


def test_a_recipe_tells_of_the_model_as_its_file_will_hold_it(monkeypatch):
    models, told = vae.vaes_of_digits([(2, 0.0)], 64, 20, "one of them")
    assert in_half_precision(models)
    assert told["nats"] == f"test {judges.mean_bounds(models[0], binary_digits('test'))}"
    judge = lambda pair, split: {"matched": float(in_half_precision(pair))}
    monkeypatch.setattr(infogan, "judge_infogan", judge)
    _, told = infogan.best_infogan([infogan.infogan_pair()])
    assert told["accuracy"].startswith("matched test 0.000, as shipped 1.000,")


@pytest.mark.parametrize("name", ["nade_mnist", "pixelcnn_mnist", "vae_mnist"])
def test_a_recipe_without_its_data_says_which(name):
    with pytest.raises(ValueError, match="data must name a file of images"):
        recipes.make(name)


@pytest.mark.parametrize("alike", [True, False])
def test_the_recipe_learns_and_keeps_what_was_best_on_valid(alike):
    train = torch.stack([STRIPES.flatten(), STRIPES.T.flatten()]).float().repeat(100, 1)
    valid = train[:50] if alike else torch.bernoulli(torch.full((50, 64), 0.5))
    scores = []
    model = nade.train_nade(
        {"train": train, "valid": valid},
        hidden=9,
        steps=400,
        on_score=lambda model, step, score: scores.append(score),
    )
    assert len(scores) == 20 and model.W.shape == (9, 64)
    assert judges.nats(model, valid).mean().item() == pytest.approx(min(scores), abs=1e-4)
    assert (scores[-1] < 0.3 * scores[0]) if alike else (scores[-1] > 2 * min(scores))


def test_the_recipe_of_the_classifier_learns_from_train_alone(monkeypatch):
    asked = []
    ask = lambda split: asked.append(split) or digits(split)
    monkeypatch.setattr(dcgan, "digits", ask)
    monkeypatch.setattr(sys.modules["genlib.data.augment"], "digits", ask)
    model = dcgan.train_classifier(steps=60)
    assert set(asked) == {"train", "valid"} and not model.training
    assert judges.accuracy(model, *moved_digits("valid", copies=1)) > 0.8


def test_the_recipe_of_the_classifier_gives_back_the_best_step_on_valid(monkeypatch):
    """Where valid names every digit wrongly, that is an early one: what is learnt later is given up."""

    def misnamed(split):
        images, labels = digits(split)
        return images, (labels + (split == "valid")) % 10

    monkeypatch.setattr(sys.modules["genlib.data.augment"], "digits", misnamed)
    model = dcgan.train_classifier(steps=40)
    assert judges.accuracy(model, enlarge(digits("train")[0]), digits("train")[1]) < 0.3


@pytest.mark.parametrize("alike", [True, False])
def test_a_vae_is_kept_as_it_was_best_on_valid_by_the_loss_of_its_beta(alike):
    train = torch.stack([STRIPES.flatten(), STRIPES.T.flatten()]).float().repeat(100, 1)
    valid = train[:50] if alike else torch.bernoulli(torch.full((50, 64), 0.5))
    scores, beta = [], 3.0
    model = vae.train_vae(
        vae.digit_vae(2, hidden=16),
        {"train": train, "valid": valid},
        steps=600,
        beta=beta,
        on_score=lambda model, step, score: scores.append(score),
    )
    with torch.no_grad():
        fitting = model.prior_fitting(valid).mean().item()
    score = judges.elbo_nats(model, valid).mean().item() + (beta - 1) * fitting
    assert len(scores) == 20
    assert score == pytest.approx(min(scores), abs=1e-3)
    assert (scores[-1] < 0.3 * scores[0]) if alike else (scores[-1] > 2 * min(scores))


def test_a_vae_learns_what_is_put_on_its_batches():
    train = torch.stack([STRIPES.flatten(), STRIPES.T.flatten()]).float().repeat(100, 1)
    x = {"train": train, "valid": train[:50]}
    model = vae.train_vae(vae.digit_vae(2, 16), x, steps=500, noisy=lambda x: 1 - x)
    assert judges.elbo_nats(model, 1 - train[:2]).mean() < 15
    assert judges.elbo_nats(model, train[:2]).mean() > 60


def test_a_game_on_digits_repeats_itself_and_moves_both_players():
    def played(seed):
        torch.manual_seed(0)
        pair, seen = dcgan.dcgan_pair(), []
        before = [w.clone() for w in pair.parameters()]
        G, D = pair["generator"], pair["discriminator"]
        average = _trainings.train_gan(G, D, 2, seed, lambda step, average: seen.append(step))
        assert seen == [0, 1] and average is not G
        assert not any(map(torch.equal, before, pair.parameters()))
        return torch.cat([w.flatten() for w in average.parameters()])

    assert torch.equal(played(0), played(0)) and not torch.equal(played(0), played(1))


def test_d_sees_real_and_fake_moved_and_is_kept_flat_at_moved_real_digits(monkeypatch):
    """The move is a mirror here, so that it shows, and a step has three passes of D and one penalty."""
    monkeypatch.setattr(_trainings, "augment", lambda x, noise: x.flip(3))
    pair, seen, drawn, flat = dcgan.dcgan_pair(), [], [], []
    G, D = pair["generator"], pair["discriminator"]
    D.layers[0].register_forward_pre_hook(lambda layer, x: seen.append((x[0].detach() + 1) / 2))
    G.register_forward_hook(lambda net, z, x: drawn.append(x.detach()))
    penalty = lambda D, real: flat.append(real) or r1_penalty(D, real)
    monkeypatch.setattr(_trainings, "r1_penalty", penalty)
    _trainings.train_gan(G, D, 5)
    digits_of_train = moved_digits("train", copies=10)[0].flatten(1)
    known = lambda x: torch.cdist(x.flip(3).flatten(1), digits_of_train).min(1).values.max() < 1e-2
    for passes in (seen[:4], seen[4:7]):  # at the first step with a penalty, at the next without
        assert known(passes[0]) and not known(passes[1])
    assert len(seen) == 5 * 3 + 2 and len(drawn) == 10
    assert len(flat) == 2 and all(known(x) for x in flat)
    torch.testing.assert_close(seen[1], drawn[0].flip(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(seen[3], drawn[1].flip(3), atol=1e-5, rtol=0)


def test_the_penalty_weighs_gamma_times_the_steps_that_it_waits(monkeypatch):
    """A penalty that asks D for one bias, downwards: Adam's own scale is taken away by SGD."""
    sgd = lambda weights, lr, **more: torch.optim.SGD(weights, lr)
    monkeypatch.setattr(_trainings, "adam", sgd)
    monkeypatch.setattr(_trainings, "r1_penalty", lambda D, real: D.layers[0].bias.sum())
    monkeypatch.setattr(_trainings, "discriminator_loss", lambda real, fake: 0 * real.sum())
    pair = dcgan.dcgan_pair()
    bias = pair["discriminator"].layers[0].bias
    before = bias.detach().clone()
    for steps in (1, _trainings.LAZY):  # once in so many steps, and at the first
        _trainings.train_gan(*pair.values(), steps, gamma=0.5, lr=(0.1, 0.0), last=1.0)
        moved = torch.full_like(bias, -0.1 * 0.5 * _trainings.LAZY)
        torch.testing.assert_close(bias - before, moved)
        before = bias.detach().clone()


def test_of_several_dcgans_the_nearest_to_valid_is_kept_though_another_is_nearer_to_test(
    monkeypatch,
):
    pairs = [dcgan.dcgan_pair() for _ in range(2)]
    scores = {"valid": [3.0, 2.0], "test": [1.0, 4.0]}
    place = lambda pair: int(not torch.equal(weights_of(pair), weights_of(pairs[0])))

    def scored(pair, split):
        one = place(pair) if not in_half_precision(pair) else 0
        return {"frechet": scores[split][one] + 5 * in_half_precision(pair), "sure": 0.5}

    monkeypatch.setattr(dcgan, "judged_dcgan", scored)
    best, told = dcgan.best_dcgan(dict(enumerate(pairs)))
    assert torch.equal(weights_of(best), weights_of(as_shipped(pairs[1])))
    assert told["seed"].startswith("1,") and told["frechet"].startswith("6.00 to test")
    assert "seed 0: valid 3.00, test 1.00" in told["frechet"]
    assert "seed 1: valid 2.00, test 4.00" in told["frechet"]


def test_copies_of_train_lie_at_distance_zero():
    x = moved_digits("train", copies=10)[0][5000:5040]
    assert judges.distance_to_train(x) < 1e-3 < judges.distance_to_train(1 - x)


def test_a_game_on_digits_keeps_its_settings_and_ends_when_it_is_told_to():
    def moved(on_step=lambda step, average: None, **settings):
        torch.manual_seed(0)
        pair = dcgan.dcgan_pair()
        before = [w.clone() for w in pair.parameters()]
        _trainings.train_gan(pair["generator"], pair["discriminator"], 3, 0, on_step, **settings)
        return [(w - b).abs().sum().item() for w, b in zip(pair.parameters(), before, strict=True)]

    G = len(list(dcgan.dcgan_pair()["generator"].parameters()))
    still = moved(lr=(0.0, 1e-3))
    assert min(still[:G]) > 0 and max(still[G:]) == 0
    still = moved(lr=(2e-4, 0.0))
    assert max(still[:G]) == 0 and min(still[G:]) > 0
    for setting in (
        {"last": 0.0},
        {"size": 16},
        {"moved": False},
        {"gamma": 0.0},
        {"betas": (0.9, 0.9)},
    ):
        assert moved(**setting) != moved()
    seen = []
    moved(lambda step, average: seen.append(step) or step == 1)
    assert seen == [0, 1]
