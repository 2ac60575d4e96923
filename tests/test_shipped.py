"""The weight files that are shipped: each is as good as it says."""

import json
import re

import pytest
import torch
from torch import nn

from genlib import judges, metrics, recipes, weights
from genlib.data import binary_digits, digits, enlarge, moved_digits
from genlib.models import NADE, PixelCNN, active_units
from genlib.recipes import dcgan, infogan, mnist, vae

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
    assert name in recipes.recipes()


@pytest.mark.parametrize(
    "name, make, most",
    [
        ("nade_mnist", lambda: NADE(784, hidden=317), 120),
        ("pixelcnn_mnist", lambda: PixelCNN(28, 28, features=48, layers=8), 115),
    ],
    ids=["NADE", "PixelCNN"],
)
def test_a_shipped_model_of_large_digits_draws_strokes_and_prefers_them_to_noise(name, make, most):
    model = make()
    weights.load(name, model)
    drawn = model.sample(16, generator=torch.Generator().manual_seed(0))
    noise = drawn[:, torch.randperm(784)]
    assert 0.09 < drawn.mean() < 0.18  # 0.13 in the data
    assert 60 < judges.nats(model, drawn).mean() < most
    assert judges.nats(model, noise).mean() > 300


def test_what_is_told_of_a_file_was_measured_on_the_numbers_that_it_holds():
    pair, models = infogan.infogan_pair().eval(), nn.ModuleList(shipped_sizes().values())
    told = weights.load("infogan_digits", pair)["accuracy"]
    shipped = float(re.search(r"as shipped (0\.\d+)", told).group(1))
    assert judges.judge_infogan(pair, "test")["matched"] == pytest.approx(shipped, abs=8e-4)
    told = weights.load("vae_sizes", models)["nats"]
    stated = [float(v) for v in re.findall(r"-ELBO (\d+\.\d+)", told)]
    found = [judges.elbo_nats(model, binary_digits("test")).mean().item() for model in models]
    assert found == pytest.approx(stated, abs=0.006)


def test_the_shipped_classifier_knows_the_digits_of_test_moved_or_not():
    model = judges.shipped_classifier()
    told = weights.load("classifier_digits", model)
    images, labels = digits("test")
    assert judges.accuracy(model, enlarge(images), labels) > 0.93  # it saw them smaller
    moved = judges.accuracy(model, *moved_digits("test", copies=5, seed=2))
    stated = float(re.search(r"test (0\.\d+)", told["accuracy"]).group(1))
    assert moved > 0.97 and moved == pytest.approx(stated, abs=0.005)


def test_the_shipped_vaes_of_digits_use_what_they_have_and_keep_to_the_prior():
    models = nn.ModuleList(vae.digit_vae(latent_dim, hidden=128) for latent_dim in (2, 8))
    weights.load("vae_digits", models)
    elbo = [judges.elbo_nats(model, binary_digits("test")).mean() for model in models]
    bound = [judges.bound_nats(model, binary_digits("test"), 50).mean() for model in models]
    assert elbo[1] + 1 < elbo[0] < 20.6 and elbo[1] < 18.8
    assert bound[0] + 0.3 < elbo[0] and bound[1] + 0.3 < elbo[1] and bound[1] < 18
    for model, at_least in zip(models, (2, 4), strict=True):
        assert (active_units(model, binary_digits("test")) > 0.01).sum() >= at_least
        codes = model.encode(binary_digits("train")).sample()
        assert codes.mean(0).abs().max() < 0.3
        assert (codes.std(0) - 1).abs().max() < 0.3


def shipped_sizes() -> dict[tuple[int, float], nn.Module]:
    kinds = [(latent_dim, beta) for latent_dim in vae.SIZES for beta in vae.BETAS]
    models = nn.ModuleList(vae.digit_vae(latent_dim, hidden=64) for latent_dim, _ in kinds)
    weights.load("vae_sizes", models)
    return dict(zip(kinds, models, strict=True))


@pytest.mark.parametrize("latent_dim", vae.SIZES)
def test_the_more_beta_the_less_a_shipped_model_says_of_the_image(latent_dim):
    x, models = binary_digits("test"), shipped_sizes()
    models = [models[latent_dim, beta] for beta in vae.BETAS]
    with torch.no_grad():
        fitting = torch.stack([model.prior_fitting(x).mean() for model in models])
    elbo = torch.stack([judges.elbo_nats(model, x).mean() for model in models])
    assert (fitting.diff() < 0).all() and ((elbo - fitting).diff() > 0).all()
    assert elbo.argmin() == vae.BETAS.index(1.0)
    assert fitting[-1] < 0.2 and elbo[-1] > 24  # collapsed: no better than independent pixels


def test_the_shipped_vae_draws_strokes_and_prefers_them_to_noise():
    model = vae.mnist_vae()
    weights.load("vae_mnist", model)
    drawn = model.sample(64, generator=torch.Generator().manual_seed(0))
    noise = drawn[:, torch.randperm(784)]
    assert 0.09 < drawn.mean() < 0.18  # 0.13 in the data
    assert 60 < judges.elbo_nats(model, drawn).mean() < 140
    assert judges.elbo_nats(model, noise).mean() > 300


def test_the_shipped_dcgan_draws_all_ten_digits_as_well_as_it_says():
    pair = dcgan.dcgan_pair().eval()
    told = weights.load("dcgan_digits", pair)
    x = pair["generator"].sample(3000, generator=torch.Generator().manual_seed(0))
    stated = float(told["frechet"].split()[0])
    assert stated < 4 and judges.frechet_of_digits(x) == pytest.approx(stated, abs=0.3)
    assert judges.judged(x)["digits"] == 10


def test_the_shipped_frames_come_closer_to_the_digits_on_every_seed():
    frames = dcgan.blank_frames()
    weights.load("dcgan_frames", frames)
    at = {step: frames.frechet[:, dcgan.MOMENTS.index(step)] for step in (1, 150, 500, 1500)}
    assert (at[1] > 500).all() and (at[150] < 250).all()
    assert (at[500] < 40).all() and (at[1500] < at[500]).all()
    contrast = (frames.levels / 255).flatten(2).std(2)
    assert (contrast[:, 0] < 0.05).all() and (contrast[:, -1] > 0.25).all()  # grey, then ink


def test_the_shipped_infogan_found_the_digits_as_well_as_it_says():
    pair = infogan.infogan_pair().eval()
    told = weights.load("infogan_digits", pair)
    found = judges.judge_infogan(pair, "test")
    stated = float(re.search(r"matched test (0\.\d+)", told["accuracy"]).group(1))
    assert found["matched"] == pytest.approx(stated, abs=0.005)
    assert found["matched"] > 0.7 and found["information"] > 2.25
    valid = [float(v) for v in re.findall(r"valid (0\.\d+)", told["accuracy"])]
    assert len(valid) >= 3 and valid[int(told["seed"][0])] == max(valid)


def test_without_its_information_the_shipped_game_tells_less_of_its_codes():
    frames = infogan.blank_sheets()
    weights.load("infogan_frames", frames)
    deaf, led = frames.information
    assert deaf[0] < 0.3 and led[0] < 0.3  # in nats, of 2.303; after one step nobody knows
    assert led[-1] > 2.2 and deaf[-1] < led[-1]
    assert frames.matched[1, -1] > 0.5 and frames.matched[1, -1] > frames.matched[0, -1]


def test_the_shipped_told_generator_draws_the_digit_it_is_told():
    G = infogan.conditional_pair().eval()["generator"]
    told = weights.load("conditional_digits", G)
    share = judges.conditional_accuracy(G)
    assert share > 0.85 and share == pytest.approx(float(told["accuracy"].split()[0]), abs=0.01)


def test_the_shipped_large_dcgan_draws_all_digits_and_its_judge_is_sure_of_most():
    G = mnist.large_pair()["generator"].eval()
    told = weights.load("dcgan_mnist", G)
    with torch.no_grad():
        x = G.sample(1000, generator=torch.Generator().manual_seed(1))
    found = judges.judge_large(x, x.flip(0))
    assert found["frechet"] < 1e-3  # the same images in another order
    assert found["rarest"] > 0.04
    assert found["sure"] == pytest.approx(float(told["sure"].split()[0]), abs=0.06)


def test_the_shipped_large_infogan_draws_another_digit_in_each_category():
    pair = mnist.large_infogan_pair().eval()
    told = weights.load("infogan_mnist", pair)
    G, D = pair["generator"], pair["discriminator"]
    category = torch.arange(1000) % 10
    code = mnist.CODES.join(category, torch.zeros(1000, 2))
    with torch.no_grad():
        x = G.sample(1000, code, generator=torch.Generator().manual_seed(0))
        digit = judges.mnist_classifier()(x).argmax(1)
    assert metrics.matched_accuracy(category, digit) > 0.8
    assert metrics.matched_accuracy(category, judges.categories_of(D, x)) > 0.95
    assert float(told["accuracy"].split()[2].rstrip(",")) > 0.85
