"""Weight files: what comes back, and what is said of a file that cannot be used."""

import copy
import json
import math
import re

import numpy as np
import pytest
import torch
from torch import nn

from genlib import metrics, pretrain, weights
from genlib.data import augment, binarize, digits, enlarge
from genlib.models import NADE, DigitClassifier, OrderEnsemble, PixelCNN, active_units
from genlib.models.gan import discriminator_loss
from genlib.models.infogan import Guess, categorical_bound, continuous_bound
from genlib.training import Player, minibatches


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    return tmp_path


def test_weights_come_back_in_half_precision_with_their_story(folder):
    saved, loaded = NADE(6, hidden=4), NADE(6, hidden=4)
    path = weights.save("small", saved, {"steps": 12, "nats": "test 3.50"})
    assert path == folder / "small.safetensors"
    assert weights.load("small", loaded) == {"steps": "12", "nats": "test 3.50"}
    for (name, before), after in zip(saved.named_parameters(), loaded.parameters(), strict=True):
        assert torch.equal(before.half().float(), after), name
        assert after.dtype == torch.float32


def test_a_double_module_stays_double_and_counts_stay_whole(folder):
    class Counted(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.rand(3, dtype=torch.float64))
            self.register_buffer("count", torch.tensor([70_001]))

    loaded = Counted()
    loaded.count -= 1
    weights.save("counted", Counted(), {})
    weights.load("counted", loaded)
    assert (loaded.weight.dtype, loaded.count.item()) == (torch.float64, 70_001)


def test_a_missing_file_is_told_with_those_that_are_there(folder):
    weights.save("there", NADE(6, hidden=4), {})
    with pytest.raises(FileNotFoundError, match=r"name must be one of \['there'\], got 'gone'"):
        weights.load("gone", NADE(6, hidden=4))


@pytest.mark.parametrize("kept", [0, 5, 60, -1])
def test_a_truncated_file_is_told(folder, kept):
    path = weights.save("small", NADE(6, hidden=4), {})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(OSError, match="small.safetensors is damaged"):
        weights.load("small", NADE(6, hidden=4))


def test_a_file_that_holds_no_weights_is_told(folder):
    (folder / "note.safetensors").write_text("these are no weights, but a note")
    with pytest.raises(OSError, match="note.safetensors is damaged"):
        weights.load("note", NADE(6, hidden=4))


@pytest.mark.parametrize("other", [NADE(6, hidden=5), nn.Linear(6, 4)], ids=["size", "names"])
def test_foreign_weights_are_refused_and_leave_the_module_as_it_was(folder, other):
    weights.save("foreign", other, {})
    module = NADE(6, hidden=4)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    with pytest.raises(ValueError, match="module must hold.*'foreign'"):
        weights.load("foreign", module)
    assert all(torch.equal(before[key], value) for key, value in module.state_dict().items())


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "", ".", "/tmp/x", "a\0b", "a" * 300, "é", None, 7]
)
def test_a_name_that_is_no_plain_word_is_refused_and_nothing_is_written(folder, name):
    inside = folder / "weights"
    inside.mkdir()
    (folder / "x.safetensors").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "FOLDER", inside)
        with pytest.raises(ValueError, match="name must be"):
            weights.save(name, nn.Linear(2, 1), {})
        with pytest.raises((ValueError, FileNotFoundError), match="name must be"):
            weights.load(name, nn.Linear(2, 1))
    assert not list(inside.iterdir())


def test_a_file_is_replaced_at_once_or_not_at_all(folder, monkeypatch):
    path = weights.save("small", nn.Linear(2, 1), {})
    before, written = path.read_bytes(), []

    def broken_off(self, data):
        written.append(self)
        with self.open("wb") as file:
            file.write(data[:9])
        raise KeyboardInterrupt

    monkeypatch.setattr(type(path), "write_bytes", broken_off)
    with pytest.raises(KeyboardInterrupt):
        weights.save("small", nn.Linear(2, 1), {})
    assert written and path.read_bytes() == before and list(folder.iterdir()) == [path]


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_a_file_with_a_weight_that_is_no_number_is_told_and_not_loaded(folder, odd):
    module = nn.Linear(2, 1)
    tensors = {key: value.detach().half() for key, value in module.state_dict().items()}
    tensors["bias"] = torch.full((1,), odd, dtype=torch.half)
    (folder / "odd.safetensors").write_bytes(weights.serialize(tensors))
    with pytest.raises(OSError, match=r"odd.safetensors is damaged: \['bias'\] hold"):
        weights.load("odd", module)
    assert module.bias.isfinite().all()


def test_whole_numbers_are_no_weights(folder):
    module = nn.Linear(2, 1)
    tensors = {key: value.detach().short() for key, value in module.state_dict().items()}
    (folder / "odd.safetensors").write_bytes(weights.serialize(tensors))
    with pytest.raises(ValueError, match="module must hold .*whole"):
        weights.load("odd", module)


def test_a_module_that_would_take_more_than_its_megabyte_is_refused(folder):
    with pytest.raises(ValueError, match="module must fit 1,000,000 bytes"):
        weights.save("large", nn.Linear(1000, 500), {})
    assert not list(folder.iterdir())


@pytest.mark.parametrize("broken", [1e5, torch.nan])
def test_numbers_that_half_precision_cannot_hold_are_refused(folder, broken):
    module = nn.Linear(2, 2)
    nn.init.constant_(module.bias, broken)
    with pytest.raises(ValueError, match="module must hold numbers below 65,504.*bias"):
        weights.save("broken", module, {})


SHIPPED = sorted(file.stem for file in weights.FOLDER.glob("*.safetensors"))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_is_small_tells_its_story_and_has_a_recipe(name):
    data = (weights.FOLDER / f"{name}.safetensors").read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    told = header.pop("__metadata__")
    assert len(data) <= weights.LARGEST
    assert {"model", "data", "recipe", "steps", "seed", "seconds"} <= told.keys()
    assert {"nats", "accuracy", "frechet"} & told.keys()  # how good it is
    assert {tensor["dtype"] for tensor in header.values()} <= {"F16", "I64", "U8"}
    assert name in pretrain.RECIPES


def test_the_shipped_nade_draws_strokes_and_prefers_them_to_noise():
    model = NADE(784, hidden=317)
    weights.load("nade_mnist", model)
    with torch.no_grad():
        drawn = model.sample(16, generator=torch.Generator().manual_seed(0))
        noise = drawn[:, torch.randperm(784)]
        assert 0.09 < drawn.mean() < 0.18  # 0.13 in the data
        assert 60 < -model.log_prob(drawn).mean() < 120  # nats
        assert -model.log_prob(noise).mean() > 300


@pytest.mark.parametrize("integer", [torch.uint8, torch.int8, torch.int32], ids=str)
def test_labels_and_orders_of_a_recipe_are_whole_numbers_of_any_type(integer):
    x, labels = pretrain.moved_digits("test", copies=1)
    model = pretrain.shipped_classifier()
    assert pretrain.accuracy(model, x, labels.to(integer)) == pretrain.accuracy(model, x, labels)
    with pytest.raises(ValueError, match=r"labels must be \(300,\), got \(300, 1\)"):
        pretrain.accuracy(model, x, labels[:, None])
    order = pretrain.four_orders()["column"]
    nades = [pretrain.nade_of_order(o, steps=1) for o in (order, order.to(integer))]
    assert torch.equal(nades[0].V, nades[1].V)


def test_the_shipped_order_is_what_its_recipe_makes():
    shipped = OrderEnsemble([NADE(64, 128) for _ in range(4)], torch.arange(64).expand(4, 64))
    weights.load("nade_orders", shipped)
    order = pretrain.four_orders()["column"]
    assert torch.equal(shipped.orders, torch.stack(list(pretrain.four_orders().values())))
    test = binarize(digits("test")[0]).flatten(1)[:, order]
    retrained = pretrain.nats(pretrain.nade_of_order(order), test).mean()
    assert retrained.item() == pytest.approx(
        pretrain.nats(shipped.models[1], test).mean().item(), abs=0.3
    )
    assert retrained < 17.2


RASTER, BACKWARDS = torch.arange(64), torch.arange(64).flip(0)


@pytest.mark.parametrize(
    "recipe, order",
    [(lambda: pretrain.nade_of_order(BACKWARDS), BACKWARDS), (pretrain.pixelrnn_digits, RASTER)],
    ids=["NADE", "PixelRNN"],
)
def test_a_recipe_of_digits_learns_from_train_and_keeps_what_valid_prefers(
    recipe, order, monkeypatch
):
    given = []

    def untrained(model, x, score, **settings):
        given.append((model, x, score))
        return model

    monkeypatch.setattr(pretrain.likelihood, "train_on_digits", untrained)
    recipe()
    train, valid = (binary(split)[:, order] for split in ("train", "valid"))
    assert given
    for model, x, score in given:
        assert torch.equal(x, train)
        assert score(model) == pytest.approx(pretrain.nats(model, valid).mean().item())


INK = {"train": 0.1, "valid": 0.4}  # of noise that stands for each split


@pytest.mark.parametrize(
    "train, share, each",
    [
        (lambda x, see: pretrain.train_nade(x, 5, 1, on_score=see), 1, pretrain.nats),
        (lambda x, see: pretrain.train_pixelcnn(x, 1, on_score=see), 10, pretrain.nats),
        (
            lambda x, see: pretrain.train_mnist_vae(pretrain.mnist_vae(), x, 1, on_score=see),
            20,
            pretrain.elbo_nats,
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


def test_what_is_told_of_a_file_was_measured_on_the_numbers_that_it_holds():
    pair, models = pretrain.infogan_pair().eval(), nn.ModuleList(shipped_sizes().values())
    told = weights.load("infogan_digits", pair)["accuracy"]
    shipped = float(re.search(r"as shipped (0\.\d+)", told).group(1))
    assert pretrain.judge_infogan(pair, "test")["matched"] == pytest.approx(shipped, abs=8e-4)
    told = weights.load("vae_sizes", models)["nats"]
    stated = [float(v) for v in re.findall(r"-ELBO (\d+\.\d+)", told)]
    found = [pretrain.elbo_nats(model, binary("test")).mean().item() for model in models]
    assert found == pytest.approx(stated, abs=0.006)


def in_half_precision(module):
    return all(torch.equal(w, w.half().float()) for w in module.parameters())


def test_a_recipe_tells_of_the_model_as_its_file_will_hold_it(monkeypatch):
    models, told = pretrain.vaes_of_digits("vae_sizes", [(2, 0.0)], 64, "one of them", 20)
    assert in_half_precision(models)
    assert told["nats"] == f"test {pretrain.mean_bounds(models[0], binary('test'))}"
    judge = lambda pair, split: {"matched": float(in_half_precision(pair))}
    monkeypatch.setattr(pretrain.infogan, "judge_infogan", judge)
    _, told = pretrain.best_infogan([pretrain.infogan_pair()])
    assert told["accuracy"].startswith("matched test 0.000, as shipped 1.000,")


def test_a_refused_module_leaves_the_file_that_was_there(folder):
    path = weights.save("here", NADE(6, hidden=4), {})
    before = path.read_bytes()
    with pytest.raises(ValueError, match="must fit"):
        weights.save("here", nn.Linear(1000, 500), {})
    assert path.read_bytes() == before


def test_a_file_of_other_images_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", train=np.zeros((2, 28, 28), np.uint8))
    with pytest.raises(
        ValueError, match=r"path must hold train, valid and test as bytes \(N, 98\)"
    ):
        pretrain.binarized_mnist(tmp_path / "other.npz")


@pytest.mark.parametrize(
    "recipe", [pretrain.nade_mnist, pretrain.pixelcnn_mnist, pretrain.vae_mnist]
)
def test_a_recipe_without_its_data_says_which(folder, recipe):
    with pytest.raises(ValueError, match="data must name the static binarized MNIST"):
        recipe(None)


STRIPES = torch.arange(64).view(8, 8) % 16 < 8


@pytest.mark.parametrize("alike", [True, False])
def test_the_recipe_learns_and_keeps_what_was_best_on_valid(alike):
    train = torch.stack([STRIPES.flatten(), STRIPES.T.flatten()]).float().repeat(100, 1)
    valid = train[:50] if alike else torch.bernoulli(torch.full((50, 64), 0.5))
    scores = []
    model = pretrain.train_nade(
        {"train": train, "valid": valid},
        hidden=9,
        steps=400,
        on_score=lambda model, step, score: scores.append(score),
    )
    assert len(scores) == 20 and model.W.shape == (9, 64)
    assert pretrain.nats(model, valid).mean().item() == pytest.approx(min(scores), abs=1e-4)
    assert (scores[-1] < 0.3 * scores[0]) if alike else (scores[-1] > 2 * min(scores))


def test_the_shipped_pixelcnn_draws_strokes_and_prefers_them_to_noise():
    model = PixelCNN(28, 28, channels=32, layers=8)
    weights.load("pixelcnn_mnist", model)
    with torch.no_grad():
        drawn = model.sample(16, generator=torch.Generator().manual_seed(0))
        noise = drawn[:, torch.randperm(784)]
        assert 0.09 < drawn.mean() < 0.18  # 0.13 in the data
        assert 60 < -model.log_prob(drawn).mean() < 115  # nats
        assert -model.log_prob(noise).mean() > 300


def test_the_shipped_classifier_knows_the_digits_of_test_moved_or_not():
    model = DigitClassifier().eval()
    told = weights.load("classifier_digits", model)
    images, labels = digits("test")
    assert pretrain.accuracy(model, enlarge(images), labels) > 0.93  # it saw them smaller
    moved = pretrain.accuracy(model, *pretrain.moved_digits("test", copies=5, seed=2))
    stated = float(re.search(r"test (0\.\d+)", told["accuracy"]).group(1))
    assert moved > 0.97 and moved == pytest.approx(stated, abs=0.005)


def test_moved_digits_come_in_rounds_with_their_labels():
    images, labels = pretrain.moved_digits("valid", copies=3)
    plain, plain_labels = digits("valid")
    assert images.shape == (600, 1, 16, 16) and torch.equal(labels, plain_labels.repeat(3))
    assert not torch.equal(images[:200], images[200:400])  # each copy moved anew
    near = torch.cdist(images.flatten(1), enlarge(plain).flatten(1)).argmin(1)
    assert (plain_labels[near] == labels).float().mean() > 0.9


def test_the_recipe_of_the_classifier_learns_from_train_alone(monkeypatch):
    asked = []
    monkeypatch.setattr(pretrain.gan, "digits", lambda split: asked.append(split) or digits(split))
    model = pretrain.train_classifier(steps=60)
    assert set(asked) == {"train", "valid"} and not model.training
    assert pretrain.accuracy(model, *pretrain.moved_digits("valid", copies=1)) > 0.8


def test_the_recipe_of_the_classifier_gives_back_the_best_step_on_valid(monkeypatch):
    """Where valid names every digit wrongly, that is an early one: what is learnt later is given up."""

    def misnamed(split):
        images, labels = digits(split)
        return images, (labels + (split == "valid")) % 10

    monkeypatch.setattr(pretrain.gan, "digits", misnamed)
    model = pretrain.train_classifier(steps=40)
    assert pretrain.accuracy(model, enlarge(digits("train")[0]), digits("train")[1]) < 0.3


def binary(split: str) -> torch.Tensor:
    return binarize(digits(split)[0]).flatten(1)


def test_the_shipped_vaes_of_digits_use_what_they_have_and_keep_to_the_prior():
    models = nn.ModuleList(pretrain.digit_vae(latent_dim, hidden=128) for latent_dim in (2, 8))
    weights.load("vae_digits", models)
    elbo = [pretrain.elbo_nats(model, binary("test")).mean() for model in models]
    bound = [pretrain.bound_nats(model, binary("test"), 50).mean() for model in models]
    assert elbo[1] + 1 < elbo[0] < 20.6 and elbo[1] < 18.8
    assert bound[0] + 0.3 < elbo[0] and bound[1] + 0.3 < elbo[1] and bound[1] < 18
    for model, at_least in zip(models, (2, 4), strict=True):
        assert (active_units(model, binary("test")) > 0.01).sum() >= at_least
        codes = model.encode(binary("train")).sample()
        assert codes.mean(0).abs().max() < 0.3
        assert (codes.std(0) - 1).abs().max() < 0.3


def shipped_sizes() -> dict[tuple[int, float], nn.Module]:
    kinds = [(latent_dim, beta) for latent_dim in pretrain.SIZES for beta in pretrain.BETAS]
    models = nn.ModuleList(pretrain.digit_vae(latent_dim, hidden=64) for latent_dim, _ in kinds)
    weights.load("vae_sizes", models)
    return dict(zip(kinds, models, strict=True))


@pytest.mark.parametrize("latent_dim", pretrain.SIZES)
def test_the_more_beta_the_less_a_shipped_model_says_of_the_image(latent_dim):
    x, models = binary("test"), shipped_sizes()
    models = [models[latent_dim, beta] for beta in pretrain.BETAS]
    with torch.no_grad():
        fitting = torch.stack([model.prior_fitting(x).mean() for model in models])
    elbo = torch.stack([pretrain.elbo_nats(model, x).mean() for model in models])
    assert (fitting.diff() < 0).all() and ((elbo - fitting).diff() > 0).all()
    assert elbo.argmin() == pretrain.BETAS.index(1.0)
    assert fitting[-1] < 0.2 and elbo[-1] > 24  # collapsed: no better than independent pixels


def test_a_shipped_vae_is_what_its_recipe_makes():
    models, told = pretrain.vaes_of_digits("vae_sizes", [(2, 2.0)], 64, "one of them", 1000)
    elbo = pretrain.elbo_nats(models[0], binary("test")).mean().item()
    shipped = {
        beta: pretrain.elbo_nats(shipped_sizes()[2, beta], binary("test")).mean().item()
        for beta in pretrain.BETAS
    }
    assert elbo == pytest.approx(shipped[2.0], abs=0.5)
    assert shipped[1.0] + 0.7 < elbo < shipped[4.0] - 0.7  # it was that beta
    assert f"-ELBO {elbo:.2f}" in told["nats"]


def test_the_shipped_vae_draws_strokes_and_prefers_them_to_noise():
    model = pretrain.mnist_vae()
    weights.load("vae_mnist", model)
    drawn = model.sample(64, generator=torch.Generator().manual_seed(0))
    noise = drawn[:, torch.randperm(784)]
    assert 0.09 < drawn.mean() < 0.18  # 0.13 in the data
    assert 60 < pretrain.elbo_nats(model, drawn).mean() < 140
    assert pretrain.elbo_nats(model, noise).mean() > 300


@pytest.mark.parametrize("alike", [True, False])
def test_a_vae_is_kept_as_it_was_best_on_valid_by_the_loss_of_its_beta(alike):
    train = torch.stack([STRIPES.flatten(), STRIPES.T.flatten()]).float().repeat(100, 1)
    valid = train[:50] if alike else torch.bernoulli(torch.full((50, 64), 0.5))
    scores, beta = [], 3.0
    model = pretrain.train_vae(
        pretrain.digit_vae(2, hidden=16),
        {"train": train, "valid": valid},
        steps=600,
        beta=beta,
        on_score=lambda model, step, score: scores.append(score),
    )
    with torch.no_grad():
        fitting = model.prior_fitting(valid).mean().item()
    score = pretrain.elbo_nats(model, valid).mean().item() + (beta - 1) * fitting
    assert len(scores) == 20
    assert score == pytest.approx(min(scores), abs=1e-3)
    assert (scores[-1] < 0.3 * scores[0]) if alike else (scores[-1] > 2 * min(scores))


def test_a_vae_learns_what_is_put_on_its_batches():
    train = torch.stack([STRIPES.flatten(), STRIPES.T.flatten()]).float().repeat(100, 1)
    x = {"train": train, "valid": train[:50]}
    model = pretrain.train_vae(pretrain.digit_vae(2, 16), x, steps=500, noisy=lambda x: 1 - x)
    assert pretrain.elbo_nats(model, 1 - train[:2]).mean() < 15
    assert pretrain.elbo_nats(model, train[:2]).mean() > 60


def test_the_shipped_dcgan_draws_all_ten_digits_as_well_as_it_says():
    pair = pretrain.dcgan_pair().eval()
    told = weights.load("dcgan_digits", pair)
    x = pair["generator"].sample(3000, generator=torch.Generator().manual_seed(0))
    stated = float(told["frechet"].split()[0])
    assert stated < 13 and pretrain.frechet_of_digits(x) == pytest.approx(stated, abs=0.3)
    classifier = DigitClassifier().eval()
    weights.load("classifier_digits", classifier)
    with torch.no_grad():
        digit = classifier(x).argmax(1)
    assert (metrics.class_shares(digit, 10) >= 0.02).all()


def test_the_shipped_frames_come_closer_to_the_digits_on_every_seed():
    frames = pretrain.Frames()
    weights.load("dcgan_frames", frames)
    at = {step: frames.frechet[:, pretrain.MOMENTS.index(step)] for step in (1, 150, 500, 1500)}
    assert (at[1] > 500).all() and (at[150] < 250).all()
    assert (at[500] < 40).all() and (at[1500] < at[500]).all()
    contrast = (frames.levels / 255).flatten(2).std(2)
    assert (contrast[:, 0] < 0.05).all() and (contrast[:, -1] > 0.25).all()  # grey, then ink


def test_a_game_on_digits_repeats_itself_and_moves_both_players():
    def played(seed):
        torch.manual_seed(0)
        pair, seen = pretrain.dcgan_pair(), []
        before = [w.clone() for w in pair.parameters()]
        G, D = pair["generator"], pair["discriminator"]
        average = pretrain.train_gan(G, D, 2, seed, lambda step, average: seen.append(step))
        assert seen == [0, 1] and average is not G
        assert not any(map(torch.equal, before, pair.parameters()))
        return torch.cat([w.flatten() for w in average.parameters()])

    assert torch.equal(played(0), played(0)) and not torch.equal(played(0), played(1))


def test_a_game_on_digits_keeps_its_settings_and_ends_when_it_is_told_to():
    def moved(on_step=lambda step, average: None, **settings):
        torch.manual_seed(0)
        pair = pretrain.dcgan_pair()
        before = [w.clone() for w in pair.parameters()]
        pretrain.train_gan(pair["generator"], pair["discriminator"], 3, 0, on_step, **settings)
        return [(w - b).abs().sum().item() for w, b in zip(pair.parameters(), before, strict=True)]

    G = len(list(pretrain.dcgan_pair()["generator"].parameters()))
    still = moved(lr=(0.0, 1e-3))
    assert min(still[:G]) > 0 and max(still[G:]) == 0
    still = moved(lr=(2e-4, 0.0))
    assert max(still[:G]) == 0 and min(still[G:]) > 0
    assert moved(last=0.0) != moved() != moved(size=16)
    seen = []
    moved(lambda step, average: seen.append(step) or step == 1)
    assert seen == [0, 1]


def test_real_digits_have_a_frechet_distance_near_the_floor_and_noise_has_not():
    real = pretrain.moved_digits("train", copies=3, seed=4)[0][:3000]
    assert pretrain.frechet_of_digits(real) == pytest.approx(1.33, abs=0.1)
    noise = torch.rand(real.shape, generator=torch.Generator().manual_seed(0))
    assert pretrain.frechet_of_digits(noise) > 300


# --- InfoGAN


def played_infogan(steps, seed=0, **settings):
    """A pair from the same first weights, trained."""
    torch.manual_seed(0)
    pair = pretrain.infogan_pair()
    pretrain.train_infogan(pair, steps, seed, **settings)
    return pair


def weights_of(module):
    return torch.cat([weight.detach().flatten() for weight in module.parameters()])


def test_an_infogan_game_repeats_itself_and_tells_each_step():
    seen = []
    first = played_infogan(2, on_step=seen.append)
    assert seen == [0, 1] and not first["discriminator"].training
    assert torch.equal(weights_of(first), weights_of(played_infogan(2)))
    assert not torch.equal(weights_of(first), weights_of(played_infogan(2, seed=1)))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("moved", [False, True])
def test_d_and_q_see_every_real_digit_moved_and_every_fake_where_it_is_said(
    shared, moved, monkeypatch
):
    """The move is a mirror here, so that it shows. First D loses, then G and Q."""
    mirror = lambda x, noise=None: x.flip(3)
    monkeypatch.setattr(pretrain.infogan, "augment", mirror)
    pair, seen, drawn = pretrain.infogan_pair(), [], []
    G, D = pair["generator"], pair["discriminator"]
    D.layers[0].register_forward_pre_hook(lambda layer, x: seen.append((x[0] + 1) / 2))
    G.register_forward_hook(lambda net, z, x: drawn.append(x.detach()))
    shown = mirror if moved else lambda x: x
    noise, real = torch.Generator().manual_seed(0), enlarge(digits("train")[0][:6])
    losses = pretrain.infogan_losses(G, D, noise, moved=moved, shared=shared)
    for loss, expected in zip(losses, (2, 1), strict=True):  # passes
        seen.clear(), drawn.clear()
        loss(real)
        (fake,) = drawn
        among = lambda x: sum(torch.allclose(x, one, atol=1e-6) for one in seen)
        assert len(seen) == expected
        assert among(shown(fake)) == 1 and among(mirror(real)) == expected - 1


@pytest.mark.parametrize("shared", [False, True])
def test_the_information_moves_the_trunk_only_where_it_is_shared(shared):
    """After one step: D moves first, and draws the same whatever lambda is."""
    deaf, led = (played_infogan(1, lam=lam, shared=shared) for lam in (0.0, 1.0))
    trunks = [weights_of(pair["discriminator"].layers) for pair in (deaf, led)]
    assert torch.equal(*trunks) != shared
    assert not torch.equal(weights_of(deaf["generator"]), weights_of(led["generator"]))
    torch.manual_seed(0)
    untouched = pretrain.infogan_pair()["discriminator"].q
    assert torch.equal(weights_of(deaf["discriminator"].q), weights_of(untouched))
    assert not torch.equal(weights_of(led["discriminator"].q), weights_of(untouched))


def test_a_category_weighs_ten_times_a_number():
    codes = pretrain.CODES
    guess = Guess(torch.randn(6, 10), torch.randn(6, 2), torch.randn(6, 2))
    code = codes.sample(6)
    expected = categorical_bound(guess.logits, code[:, :10])
    expected += continuous_bound(guess.mean, guess.log_std, code[:, 10:]) / 10
    torch.testing.assert_close(pretrain.information(guess, code), expected)


def test_every_rate_falls_in_a_line_to_a_fiftieth():
    weight, rates = nn.Linear(1, 1), []
    optimizer = pretrain.adam(weight.parameters(), 0.5)
    players = {"one": Player(weight, lambda x: weight(x).sum(), optimizer)}
    batches = iter([(torch.ones(1, 1),)] * 4)
    pretrain.play(players, batches, 4, lambda step: rates.append(optimizer.param_groups[0]["lr"]))
    assert rates == pytest.approx([0.3775, 0.255, 0.1325, 0.01])


def test_a_sheet_has_a_category_a_row_and_the_same_noise_down_each_column():
    G = pretrain.infogan_pair().eval()["generator"]
    x, noise = pretrain.sheet(G, columns=3), torch.Generator().manual_seed(0)
    z, value = G.noise(3, noise), pretrain.CODES.sample(3, noise)[:, 10:]
    assert x.shape == (10, 3, 16, 16)
    for category in (0, 7):
        code = pretrain.CODES.join(torch.full((3,), category), value)
        torch.testing.assert_close(G(z, code)[:, 0], x[category])


def test_of_several_seeds_the_best_on_valid_is_kept_though_another_is_best_on_test():
    def random_pair(seed):
        torch.manual_seed(seed)
        pair = pretrain.infogan_pair().eval()
        for weight in pair.parameters():
            nn.init.normal_(weight, std=0.3)
        return pair

    pairs = [random_pair(2), random_pair(9)]
    best, told = pretrain.best_infogan(pairs)
    valid, test = (
        [pretrain.judge_infogan(pair, split)["matched"] for pair in pairs]
        for split in ("valid", "test")
    )
    assert valid[1] > valid[0] and test[1] < test[0]
    assert best is pairs[1] and told["seed"].startswith("1,")
    assert told["accuracy"].startswith(f"matched test {test[1]:.3f}")
    assert all(
        f"valid {v:.3f}, test {t:.3f}" in told["accuracy"] for v, t in zip(valid, test, strict=True)
    )


def test_a_category_is_the_one_of_the_largest_logit():
    D = pretrain.infogan_pair().eval()["discriminator"]
    x, category = torch.rand(5, 1, 16, 16), pretrain.categories_of
    with torch.no_grad():
        for image, found in zip(x, category(D, x), strict=True):
            logits = D.guess(image[None]).logits[0]
            assert (logits <= logits[found]).all()


def test_a_told_discriminator_first_loses_what_its_game_says():
    """Real digits come with their own label, and fakes with the label they were made for."""
    torch.manual_seed(0)
    pair = pretrain.conditional_pair()
    G, D = copy.deepcopy(pair["generator"]), copy.deepcopy(pair["discriminator"])
    losses = pretrain.train_conditional(pair, 1)
    noise, (images, labels) = torch.Generator().manual_seed(0), digits("train")
    x, label = next(minibatches(enlarge(images), labels, size=32, generator=noise))
    code = torch.eye(10)[label]
    fake = G.sample(32, code, generator=noise)
    expected = discriminator_loss(D(augment(x, noise), code), D(augment(fake, noise), code))
    assert losses["discriminator"][0] == pytest.approx(expected.item(), abs=1e-5)


def test_a_q_that_guesses_at_random_knows_nothing_of_fakes():
    pair = pretrain.infogan_pair().eval()
    assert -0.3 < pretrain.information_at_fakes(pair) < 0.05
    assert 1.5 < pretrain.information_at_fakes(played_infogan(60)) < math.log(10)


def test_information_is_that_of_moved_fakes(monkeypatch):
    """Where the move leaves nothing of an image, nothing is known of its code."""
    pair = pretrain.infogan_pair().eval()
    weights.load("infogan_digits", pair)
    assert pretrain.information_at_fakes(pair) > 2.25
    monkeypatch.setattr(pretrain.infogan, "augment", lambda x, noise: 0 * x)
    assert pretrain.information_at_fakes(pair) < 0.01


def test_a_told_generator_learns_which_digit_is_which_and_repeats_itself():
    def played(steps):
        torch.manual_seed(0)
        pair = pretrain.conditional_pair()
        pretrain.train_conditional(pair, steps)
        return pair

    assert torch.equal(weights_of(played(2)), weights_of(played(2)))
    assert pretrain.share_as_told(played(0).eval()["generator"]) < 0.2
    assert pretrain.share_as_told(played(150)["generator"]) > 0.6


def test_the_recipe_of_an_infogan_keeps_one_of_its_seeds_and_tells_all():
    best, told = pretrain.infogan_digits(steps=2, seeds=2)
    seed = int(told["seed"][0])
    assert torch.equal(weights_of(best), weights_of(pretrain.trained_infogan(2, seed)))
    assert all(f"seed {seed}: valid 0." in told["accuracy"] for seed in (0, 1))


def test_the_recipe_of_frames_keeps_each_game_at_its_moments():
    frames, _ = pretrain.infogan_frames(steps=20)
    for game, lam in enumerate(pretrain.LAMBDAS):
        pair = pretrain.trained_infogan(20, 0, lam=lam)
        expected = (255 * pretrain.sheet(pair["generator"])).round().byte()
        found = pretrain.judge_infogan(pair, "valid")
        assert torch.equal(frames.levels[game, 1], expected)
        assert frames.matched[game, 1].item() == pytest.approx(found["matched"])
        assert frames.information[game, 1].item() == pytest.approx(found["information"])
    assert not torch.equal(frames.levels[0, 1], frames.levels[1, 1])
    assert frames.levels[:, :2].any() and not frames.levels[:, 2:].any()


def test_the_recipe_of_a_told_generator_tells_how_often_it_obeys():
    G, told = pretrain.conditional_digits(steps=2)
    assert told["accuracy"].startswith(f"{pretrain.share_as_told(G):.3f}")


def test_the_shipped_infogan_found_the_digits_as_well_as_it_says():
    pair = pretrain.infogan_pair().eval()
    told = weights.load("infogan_digits", pair)
    found = pretrain.judge_infogan(pair, "test")
    stated = float(re.search(r"matched test (0\.\d+)", told["accuracy"]).group(1))
    assert found["matched"] == pytest.approx(stated, abs=0.005)
    assert found["matched"] > 0.7 and found["information"] > 2.25
    valid = [float(v) for v in re.findall(r"valid (0\.\d+)", told["accuracy"])]
    assert len(valid) >= 3 and valid[int(told["seed"][0])] == max(valid)


def test_without_its_information_the_shipped_game_tells_less_of_its_codes():
    frames = pretrain.InfoFrames()
    weights.load("infogan_frames", frames)
    deaf, led = frames.information
    assert deaf[0] < 0.3 and led[0] < 0.3  # in nats, of 2.303; after one step nobody knows
    assert led[-1] > 2.2 and deaf[-1] < led[-1]
    assert frames.matched[1, -1] > 0.5 and frames.matched[1, -1] > frames.matched[0, -1]


def test_the_shipped_told_generator_draws_the_digit_it_is_told():
    G = pretrain.conditional_pair().eval()["generator"]
    told = weights.load("conditional_digits", G)
    share = pretrain.share_as_told(G)
    assert share > 0.85 and share == pytest.approx(float(told["accuracy"].split()[0]), abs=0.01)
