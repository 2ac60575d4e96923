"""Every public function of models and training: whatever stands in place of an argument is refused by name, or answered rightly."""

import copy
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hostile import in_place_of, law, numbers
from torch import nn
from torch.distributions import Independent, Normal

import genlib.models
from genlib import models, training
from genlib.models import (
    cyclegan,
    dcgan,
    discrete_vae,
    gan,
    gated_pixelcnn,
    infogan,
    networks,
    progressive,
    puzzle,
    recurrent,
    sampling,
    stargan,
    text2image,
    vae,
)
from genlib.training import Average, Player, fit, keep_best, minibatches

MODULES = [training.game, training.hooks, training.trainings] + [
    importlib.import_module(f"genlib.models.{module.name}")
    for module in pkgutil.iter_modules(genlib.models.__path__)
]
PLAIN = {"Guess", "Phase", "Player"}  # named tuples: whoever takes one looks into it
OTHERWISE = {"extra_repr", "check_condition"}  # see test_docs, and the laws in test_autoregressive

torch.manual_seed(0)
B, Z = 3, 2
BINARY = torch.bernoulli(torch.full((B, 4), 0.5))
IMAGES = torch.rand(B, 1, 16, 16)
LOGITS, CODE = torch.randn(B), torch.eye(3)
SIZES = {"height": 2, "width": 2}
CODES = models.Codes(3, 1)


class Row(NamedTuple):
    """A right call: the function, and its arguments by name."""

    call: Callable
    arguments: dict


ROWS = {}


def pairs(x):
    """x, complex numbers as two: what only moves numbers takes them too."""
    return torch.view_as_real(x) if x.is_complex() else x


def constructors(**rows):
    ROWS.update({name: Row(getattr(models, name), sizes) for name, sizes in rows.items()})


def methods(name, instance, **rows):
    """Rows of one instance, which its methods leave as it is."""
    for method, arguments in rows.items():
        ROWS[f"{name}.{method}"] = Row(getattr(instance, method), arguments)


def functions(module, **rows):
    ROWS.update({name: Row(getattr(module, name), arguments) for name, arguments in rows.items()})


# --- models that answer log_prob

EXPLICIT = {
    "Independent": {"num_pixels": 4, "levels": 2},
    "MarkovChain": {"num_pixels": 4, "order": 1, "levels": 2},
    "FullTable": {"num_pixels": 4, "levels": 2},
    "LogisticAutoregression": {"num_pixels": 4},
    "NADE": {"num_pixels": 4, "hidden": 3},
    "RNADE": {"num_pixels": 4, "hidden": 3, "components": 2},
    "PixelCNN": SIZES
    | {"features": 3, "layers": 1, "levels": 2, "colours": 1, "kernel": 3, "dropout": 0.0},
    "GatedPixelCNN": SIZES | {"features": 3, "layers": 1, "levels": 2, "kernel": 3},
    "RasterLSTM": SIZES | {"hidden": 3, "position": 2, "levels": 2},
    "RowLSTM": SIZES | {"features": 2, "layers": 1, "kernel": 3, "levels": 2, "colours": 1},
    "DiagonalBiLSTM": SIZES | {"features": 2, "layers": 1, "kernel": 3, "levels": 2, "colours": 1},
}
constructors(**EXPLICIT)
ROWS["Autoregressive"] = Row(lambda num_pixels: models.NADE(num_pixels, 3), {"num_pixels": 4})
DRAWS = {"n": 2, "prefix": BINARY[0, :2], "generator": None}
for name, sizes in EXPLICIT.items():
    methods(
        name,
        getattr(models, name)(**sizes),
        log_prob={"x": BINARY},
        conditionals={"x": BINARY},
        check_shape={"x": BINARY},
        sample=DRAWS,
    )
for name in ("Independent", "MarkovChain", "FullTable"):
    make = partial(getattr(models, name), **EXPLICIT[name])
    count = lambda x, add, make=make: make().count(x, add).log_probs.exp()
    ROWS[f"{name}.count"] = Row(count, {"x": BINARY, "add": 0.5})
for method in ("log_prob", "sample", "check_shape"):
    ROWS[f"Autoregressive.{method}"] = ROWS[f"FullTable.{method}"]

ORDERS = torch.tensor([[0, 1, 2, 3], [3, 1, 0, 2]])
PAIR = [models.NADE(4, 3), models.NADE(4, 3)]
constructors(OrderEnsemble={"models": PAIR, "orders": ORDERS})
methods(
    "OrderEnsemble",
    models.OrderEnsemble(PAIR, ORDERS),
    log_prob={"x": BINARY},
    sample={"n": 2, "generator": None},
)
MASK = {"kind": "A", "inputs": 2, "outputs": 2, "kernel": 3, "colours": 1}
functions(
    networks,
    causal_mask=MASK,
    odd={"kernel": 3},
    MaskedConv2d=MASK,
    bounded_log_std={"h": BINARY, "low": -2.0, "high": 1.0},
    linear_layers={"sizes": [4, 3, 2], "activation": nn.ReLU(), "dropout": 0.0},
)
methods(
    "MaskedConv2d",
    networks.MaskedConv2d(**MASK),
    forward={"x": torch.randn(B, 2, 3, 3)},
    seen={},
)
functions(models, count_parameters={"num_pixels": 4, "order": 1, "levels": 2})

# --- recurrent and gated layers

MAP = torch.randn(B, 3, 4, 4)
ROWS["skew"] = Row(lambda x: pairs(recurrent.skew(x)), {"x": MAP})
ROWS["unskew"] = Row(lambda x: pairs(recurrent.unskew(x)), {"x": MAP})
functions(
    recurrent,
    shift_down={"x": MAP},
    two_rows={"h": MAP},
    windows={"x": MAP, "left": 1, "right": 1},
    lstm_cell={"gates": torch.randn(B, 8), "c": torch.randn(B, 2)},
    RowLayer={"features": 2, "kernel": 3},
    DiagonalLayer={"features": 2},
)
for layer in (recurrent.RowLayer(2), recurrent.DiagonalLayer(2)):
    name = type(layer).__name__
    methods(name, layer, forward={"x": MAP}, carried={"n": 2, "width": 3})
functions(gated_pixelcnn, gate={"x": torch.randn(B, 2, 3, 3)}, GatedLayer={"features": 3})
methods("GatedLayer", gated_pixelcnn.GatedLayer(3), forward={"v": MAP, "h": MAP})

# --- distributions

GREY = models.GreyLevels(torch.randn(B, 4, 3))
functions(
    sampling,
    GreyLevels={"logits": torch.randn(B, 4, 3)},
    pixels={"logits": torch.randn(B, 4, 3)},
    check_values={"name": "x", "x": BINARY, "pixels": GREY},
)
ROWS["pick"] = Row(
    lambda distribution, i: models.sampling.pick(distribution, i), {"distribution": GREY, "i": 1}
)
ROWS["draw"] = Row(
    lambda distribution, generator: models.draw(distribution, generator),
    {"distribution": GREY, "generator": None},
)
functions(sampling, logits_of={"levels": 3})
methods("GreyLevels", GREY, log_prob={"value": BINARY})

# --- variational autoencoders

Q = Independent(Normal(torch.randn(B, Z), 1.0), 1)
functions(
    vae,
    bernoulli={"numbers": BINARY},
    gaussian={"numbers": BINARY},
    grey_levels={"numbers": BINARY, "levels": 2},
    gaussian_kl={"mean": MAP, "log_std": MAP / 99},
    pixels_from={"likelihood": models.bernoulli, "numbers": BINARY},
)
NETWORKS = {
    "encoder": models.mlp(4, 3, 2 * Z),
    "decoder": models.mlp(Z, 3, 4),
    "likelihood": models.bernoulli,
    "latent_dim": Z,
}
CODERS = NETWORKS | {"encoder": models.mlp(4, 3, Z)}
constructors(
    VAE=NETWORKS,
    LinearGaussianVAE={"num_pixels": 4, "latent_dim": Z},
    Autoencoder=CODERS,
    AdversarialAutoencoder=CODERS | {"discriminator": models.MLPDiscriminator((Z,))},
    mlp={"inputs": 4, "hidden": 3, "outputs": 2, "dropout": 0.0},
    conv_encoder={"side": 4, "features": 2, "latent_dim": Z},
    conv_decoder={"side": 4, "features": 2, "latent_dim": Z, "numbers": 1},
)
ROWS["LatentVariableModel"] = ROWS["VAE"]
functions(networks, Rows={"width": 4})
methods("Rows", networks.Rows(4), forward={"x": BINARY})
ANY = {"x": BINARY, "q": Q, "generator": None}
for name, model in {
    "VAE": models.VAE(**NETWORKS),
    "LatentVariableModel": models.VAE(**NETWORKS),
    "LinearGaussianVAE": models.LinearGaussianVAE(4, Z),
}.items():
    methods(
        name,
        model,
        elbo=ANY,
        reconstruction=ANY,
        prior_fitting={"x": BINARY, "q": Q},
        log_weights=ANY | {"num_samples": 2},
        importance_bound={"x": BINARY, "num_samples": 2, "generator": None},
        sample={"n": 2, "generator": None},
    )
    if name != "LatentVariableModel":
        methods(name, model, encode={"x": BINARY}, decode={"z": torch.randn(B, Z)})
methods(
    "LinearGaussianVAE",
    models.LinearGaussianVAE(4, Z),
    posterior={"x": BINARY},
    log_prob={"x": BINARY},
    exact_elbo={"x": BINARY, "q": Q},
    maximum_likelihood={"x": torch.randn(9, 4), "latent_dim": Z},
    marginal={},
)
small = models.VAE(**NETWORKS)
functions(
    models,
    negative_elbo={"vae": small, "x": BINARY, "beta": 1.0, "generator": None},
    active_units={"model": small, "x": BINARY},
)
for name, model in {
    "Autoencoder": models.Autoencoder(**CODERS),
    "AdversarialAutoencoder": models.AdversarialAutoencoder(
        **CODERS, discriminator=models.MLPDiscriminator((Z,))
    ),
}.items():
    methods(
        name,
        model,
        encode={"x": BINARY},
        decode={"z": torch.randn(B, Z)},
        reconstruction_loss={"x": BINARY},
    )
methods(
    "AdversarialAutoencoder",
    model,
    discriminator_loss={"x": BINARY, "generator": None},
    encoder_loss={"x": BINARY},
    sample={"n": 2, "generator": None},
)

# --- adversarial networks

G, D = models.MLPGenerator((2,), 2, (3,)), models.MLPDiscriminator((2,), (3,))
POINTS = torch.randn(B, 2)
BOTH, FAKE = {"real": LOGITS, "fake": LOGITS + 1}, {"fake": LOGITS}
functions(
    gan,
    value=BOTH,
    optimal_logits={"log_p": LOGITS, "log_g": LOGITS + 1},
    discriminator_loss=BOTH,
    minimax_loss=FAKE,
    nonsaturating_loss=FAKE,
    least_squares_discriminator_loss=BOTH,
    least_squares_generator_loss=FAKE,
    critic_loss=BOTH,
    critic_generator_loss=FAKE,
    gradient_penalty={"critic": D, "real": POINTS, "fake": POINTS + 1, "generator": None},
    r1_penalty={"D": D, "real": POINTS},
    real_and_fake={"D": D, "G": G, "real": POINTS, "generator": None},
    InstanceNoise={"std": 0.5},
)
functions(dcgan, dcgan_init={"layer": nn.Conv2d(1, 1, 1)})
functions(networks, check_data={"D": D, "x": POINTS})
methods("InstanceNoise", gan.InstanceNoise(0.5), forward={"x": POINTS})
FROM_16 = {"size": 16, "channels": 1, "features": 2}
constructors(
    MLPGenerator={"shape": (2,), "latent_dim": 2, "hidden": (3,)},
    MLPDiscriminator={"shape": (2,), "hidden": (3,), "dropout": 0.0},
    DCGANGenerator=FROM_16 | {"latent_dim": Z},
    DCGANDiscriminator=FROM_16 | {"batch_norm": False, "extra": 1},
    ConditionalDiscriminator=FROM_16 | {"code_size": 3, "batch_norm": False, "extra": 1},
    DigitClassifier={"features": 2, "hidden": 3, "classes": 2, "size": 8},
    AttributeClassifier={"choices": (3, 2), "features": 2, "hidden": 3, "size": 8},
    Codes={"categories": 3, "continuous": 1},
    CodeGuesser={"codes": CODES, "inputs": 4, "hidden": 3},
    ConditionalGenerator=FROM_16 | {"codes": CODES, "latent_dim": Z},
    InfoDiscriminator=FROM_16 | {"codes": CODES, "hidden": 3, "own_trunk": True},
)
ROWS["Generator"] = ROWS["MLPGenerator"]
FROM_NOISE = {
    "noise": {"n": 2, "generator": None},
    "sample": {"n": 2, "generator": None},
    "check_noise": {"z": torch.randn(B, Z)},
}
TOLD = {"z": torch.randn(B, Z), "code": CODES.sample(B)}
IG, ID = (
    models.ConditionalGenerator(CODES, latent_dim=Z, features=2),
    models.InfoDiscriminator(CODES, features=2, hidden=3),
)
methods("Generator", G, **FROM_NOISE)
methods("MLPGenerator", G, **FROM_NOISE, forward={"z": torch.randn(B, Z)})
methods(
    "DCGANGenerator",
    models.DCGANGenerator(latent_dim=Z, features=2),
    **FROM_NOISE,
    forward={"z": torch.randn(B, Z)},
)
methods("ConditionalGenerator", IG, **FROM_NOISE, forward=TOLD)
ROWS["ConditionalGenerator.sample"] = Row(
    lambda n, code, generator: IG.sample(n, code, generator=generator),
    {"n": B, "code": TOLD["code"], "generator": None},
)
methods("MLPDiscriminator", D, forward={"x": POINTS})
DD = models.DCGANDiscriminator(features=2)
methods("DCGANDiscriminator", DD, forward={"x": IMAGES}, pooled={"x": IMAGES})
methods(
    "InfoDiscriminator",
    ID,
    **{name: {"x": IMAGES} for name in ("forward", "pooled", "both", "guess")},
)
methods(
    "ConditionalDiscriminator",
    models.ConditionalDiscriminator(3, features=2),
    forward={"x": IMAGES, "code": CODE},
)
methods(
    "DigitClassifier", models.DigitClassifier(2, 3), forward={"x": IMAGES}, hidden={"x": IMAGES}
)
FACE = models.AttributeClassifier((3, 2), 2, 3, 8)
FACES, CHOSEN = {"x": torch.rand(B, 3, 8, 8)}, torch.tensor([[0, 1], [2, 0], [1, 1]])
methods(
    "AttributeClassifier",
    FACE,
    forward=FACES,
    hidden=FACES,
    attributes=FACES,
    chosen={"logits": torch.randn(B, 5)},
    loss=FACES | {"attributes": CHOSEN},
)
methods(
    "Codes",
    CODES,
    sample={"n": 2, "generator": None},
    join={"category": torch.tensor([2, 0, 1]), "continuous": torch.rand(B, 1)},
    split={"code": TOLD["code"]},
)
methods("CodeGuesser", models.CodeGuesser(CODES, 4, 3), forward={"h": BINARY})
GUESS = infogan.Guess(torch.randn(B, 3), torch.randn(B, 1), torch.randn(B, 1))
functions(
    infogan,
    categorical_bound={"logits": GUESS.logits, "category": CODE},
    joint_table={"logits": GUESS.logits, "others": GUESS.logits.flip(0)},
    agreement={"table": torch.eye(3) / 3, "running": torch.full((3, 3), 1 / 9)},
    continuous_bound={"mean": POINTS, "log_std": POINTS / 9, "value": POINTS},
    information_bound={"guess": GUESS, "code": TOLD["code"], "numbers": 0.5},
    guess_back={
        "D": ID,
        "G": IG,
        "codes": CODES,
        "n": B,
        "generator": None,
        "shown": nn.Identity(),
    },
)

# --- text to image

ENCODER, TEXT = models.TextEncoder(5, 2, 3, 2), torch.tensor([[0, 3], [1, 4], [2, 3]])
COLOURED, ENCODED = torch.rand(B, 3, 16, 16), torch.randn(B, 3)
constructors(
    TextEncoder={"words": 5, "length": 2, "features": 3, "width": 2},
    TextGenerator={"encoder": ENCODER, "size": 16, "latent_dim": Z, "features": 2},
    TextDiscriminator={"encoder": ENCODER, "size": 16, "features": 2, "batch_norm": False},
)
methods("TextEncoder", ENCODER, forward={"text": TEXT})
TG = models.TextGenerator(ENCODER, latent_dim=Z, features=2)
methods(
    "TextGenerator",
    TG,
    **FROM_NOISE,
    forward={"z": torch.randn(B, Z), "text": TEXT},
    paint={"z": torch.randn(B, Z), "encoded": ENCODED},
)
ROWS["TextGenerator.sample"] = Row(
    lambda n, text, generator: TG.sample(n, text, generator=generator),
    {"n": B, "text": TEXT, "generator": None},
)
methods(
    "TextDiscriminator",
    models.TextDiscriminator(ENCODER, features=2, batch_norm=False),
    forward={"x": COLOURED, "text": TEXT},
    judge={"x": COLOURED, "encoded": ENCODED},
)
TABLE = torch.rand(4, B) / 12
functions(
    text2image,
    derangement={"captions": TEXT, "generator": None},
    matching_loss={"right": LOGITS, "wrong": LOGITS + 1, "fake": LOGITS - 1},
    optimal_match={"real": TABLE, "fake": TABLE.flip(0)},
    mode_seeking={
        "one": IMAGES,
        "other": IMAGES.flip(0),
        "z": torch.randn(B, Z),
        "w": torch.randn(B, Z),
    },
)
SMALL = {"codes": 5, "size": 8, "width": 3, "features": 2, "std": 0.5}
DVAE, COLOURS = models.DiscreteVAE(**SMALL), torch.rand(B, 3, 8, 8)
OF_CODES = DVAE.encode(COLOURS)
SOFT = {"temperature": 0.5, "hard": False}
constructors(DiscreteVAE=SMALL)
methods(
    "DiscreteVAE",
    DVAE,
    **{name: {"x": COLOURS} for name in ("vectors", "encode", "tokens")},
    decode={"tokens": torch.tensor([[0, 1, 2, 3], [4, 0, 1, 2], [3, 4, 0, 1]])},
    paint={"vectors": torch.randn(B, 4, 3)},
    relaxed={"q": OF_CODES, **SOFT},
    bound={"x": COLOURS, **SOFT},
    likelihood={"x": COLOURS, "mean": COLOURS.flip(0)},
)


def started(x, generator):
    model = copy.deepcopy(DVAE)
    model.start_book(x, generator)
    return model


ROWS["DiscreteVAE.start_book"] = Row(started, {"x": COLOURS, "generator": None})
functions(
    discrete_vae,
    uniform_kl={"q": OF_CODES},
    squeeze={"x": COLOURS, "margin": 0.1},
    unsqueeze={"x": COLOURS, "margin": 0.1},
    logit_laplace={
        "x": discrete_vae.squeeze(COLOURS),
        "location": COLOURS,
        "log_scale": COLOURS / 99,
    },
)
PARTS = {"parts": [(2, 5), (2, 3)], "width": 4, "layers": 2, "heads": 2}
TT, IMAGE_CODES = models.TokenTransformer(**PARTS), torch.tensor([[0, 2], [1, 1], [2, 0]])
TOKENS = TT.join(TEXT, IMAGE_CODES)
constructors(TokenTransformer=PARTS)
methods(
    "TokenTransformer",
    TT,
    **{name: {"x": TOKENS} for name in ("log_prob", "check_shape", "split", "nats", "attention")},
    read={"vectors": torch.randn(B, TT.num_pixels, 4)},
    sample={
        "n": 2,
        "prefix": TEXT[0],
        "generator": None,
        "condition": None,
        "temperature": 0.5,
        "top_k": 2,
    },
)
ROWS["TokenTransformer.conditionals"] = Row(
    lambda x: TT.conditionals(x).probs,
    {"x": TOKENS},  # the logit of what cannot be is -inf
)
ROWS["TokenTransformer.join"] = Row(lambda parts: TT.join(parts, IMAGE_CODES), {"parts": TEXT})

# --- pictures of pieces

PIECES = torch.rand(B, 2, 3, 8, 8)
PART = {"size": 8, "channels": 3, "features": 2, "code": 4}
PG = models.PuzzleGenerator(**PART, latent_dim=Z).eval()
constructors(PartEncoder=PART, PuzzleGenerator=PART | {"latent_dim": Z})
methods("PartEncoder", PG.encoder, forward={"pieces": PIECES})
methods("PuzzleGenerator", PG, **FROM_NOISE, forward={"z": torch.randn(B, Z), "pieces": PIECES})
ROWS["PuzzleGenerator.sample"] = Row(
    lambda n, pieces, generator: PG.sample(n, pieces, generator=generator),
    {"n": B, "pieces": PIECES, "generator": None},
)
MASKS = {"mask": torch.rand(B, 1, 8, 8), "true_mask": torch.rand(B, 1, 8, 8).round()}
functions(
    puzzle,
    spatial_loss=MASKS,
    appearance_loss=MASKS | {"picture": COLOURS, "real": COLOURS.flip(0)},
    composites={"true_mask": MASKS["mask"], "real": COLOURS, "other": COLOURS.flip(0)},
)

# --- pictures of two domains

BLOCK = {"features": 3, "affine": True, "border": "zeros"}
functions(networks, ResidualBlock=BLOCK)
methods("ResidualBlock", networks.ResidualBlock(**BLOCK), forward={"x": COLOURS})
TRANSLATOR = {"features": 2, "blocks": 1, "channels": 3, "keep": 1.5}
PATCHES = {"features": 2, "layers": 1, "channels": 3, "norm": False}
constructors(
    Translator=TRANSLATOR,
    PatchDiscriminator=PATCHES,
    ImagePool={"size": 2, "generator": None},
)
methods("Translator", models.Translator(**TRANSLATOR), forward={"x": COLOURS})
methods("PatchDiscriminator", models.PatchDiscriminator(**PATCHES), forward={"x": COLOURS})
functions(
    cyclegan,
    small_weights={"module": nn.Conv2d(1, 1, 1)},
    cycle_loss={"x": COLOURS, "back": COLOURS.flip(0)},
)

# --- pictures of several domains

STAR = {"labels": 3, "features": 2, "halvings": 1, "blocks": 1, "channels": 3, "masked": True}
STAR_D = {"labels": 3, "size": 8, "features": 2, "channels": 3}
constructors(StarGenerator=STAR, StarDiscriminator=STAR_D)
TO_CODE = {"x": COLOURS, "target": CODE}
methods("StarGenerator", models.StarGenerator(**STAR), forward=TO_CODE, paint=TO_CODE)
methods(
    "StarDiscriminator",
    models.StarDiscriminator(**STAR_D),
    forward={"x": COLOURS},
    both={"x": COLOURS},
)
functions(
    stargan,
    label_planes={"labels": CODE, "x": COLOURS},
    label_loss={"logits": GUESS.logits, "labels": CODE, "known": CODE.flip(0)},
    known_labels={"labels": CODE, "source": torch.tensor([1, 0, 1]), "sizes": (2, 1)},
)

# --- pictures that grow

GROWS = {"widths": (3, 2), "channels": 3, "skips": False}
functions(
    progressive,
    PixelNorm={},
    EqualizedConv2d={"inputs": 2, "outputs": 3, "kernel": 3, "gain": 1.0},
    EqualizedLinear={"inputs": 2, "outputs": 3, "gain": 1.0},
    with_deviation={"x": COLOURS, "group": 3},
    doubled={"x": COLOURS},
    halved={"x": COLOURS},
    faded={"x": COLOURS, "size": 8, "alpha": 0.5},
    drift={"scores": LOGITS},
    paper_widths={"size": 8},
    multiplications={"size": 8, "widths": (3, 2), "latent_dim": Z},
    schedule={"size": 8, "steps": 2},
    at_step={"phases": progressive.schedule(8, 2), "step": 3},
)
methods("PixelNorm", progressive.PixelNorm(), forward={"x": COLOURS})
methods("EqualizedConv2d", progressive.EqualizedConv2d(3, 2), forward={"x": COLOURS})
methods("EqualizedLinear", progressive.EqualizedLinear(Z, 3), forward={"x": POINTS})
methods("Phase", progressive.Phase(8, 0.0, 2), alpha={"step": 1})
constructors(
    ProgressiveGenerator=GROWS | {"latent_dim": Z},
    ProgressiveDiscriminator=GROWS | {"group": 3},
)
methods(
    "ProgressiveGenerator",
    models.ProgressiveGenerator(**GROWS, latent_dim=Z),
    **FROM_NOISE,
    forward={"z": torch.randn(B, Z), "size": 8, "alpha": 0.5},
)
methods(
    "ProgressiveDiscriminator",
    models.ProgressiveDiscriminator(**GROWS),
    forward={"x": COLOURS, "alpha": 0.5},
)

# --- training

NET = nn.Linear(2, 1)
squares = lambda x: NET(x).square().mean()


def fitted(module, loss, optimizer, every):
    return fit({"m": Player(module, loss, optimizer, every)}, [(POINTS,)] * 2, 2)


def batch_of(batches):
    return fit(FIT["players"], [batches], 1)


FIT = {
    "players": {"m": Player(NET, squares, torch.optim.SGD(NET.parameters(), 0.0))},
    "batches": [(POINTS,)] * 2,
    "steps": 2,
    "on_step": None,
    "device": "cpu",
}
functions(
    training.game,
    hooks_of={"on_step": lambda step: None},
    check_game={name: value for name, value in FIT.items() if name != "on_step"},
)
ROWS |= {
    "fit": Row(fit, FIT),
    "minibatches": Row(
        lambda tensors, **rest: pairs(next(minibatches(tensors, **rest))[0]),
        {"tensors": POINTS, "size": 2, "generator": None},
    ),
    "Average": Row(
        lambda module, decay, warm_up: Average(module, decay, warm_up=warm_up).module,
        {"module": NET, "decay": 0.5, "warm_up": True},
    ),
    "keep_best": Row(keep_best, {"module": NET, "score": len, "every": 1, "patience": 2}),
    "keep_best.restore": Row(keep_best(NET, len).restore, {}),
}
STEP = {"model": models.NADE(4, 3), "lr": 0.01, "seed": 0, "steps": 1}


def of_a_copy(train):
    """The same training, of a copy of the model: the next call begins as this one did."""
    return lambda model, **rest: train(copy.deepcopy(model), **rest)


ROWS |= {
    "train_by_score": Row(
        of_a_copy(training.train_by_score),
        STEP
        | {
            "x": torch.bernoulli(torch.full((40, 4), 0.5)),
            "score": lambda model: 1.0,
            "noisy": nn.Identity(),
            "on_step": lambda step, model: None,
        },
    ),
    "train_by_schedule": Row(
        of_a_copy(training.train_by_schedule),
        STEP
        | {
            "x": {"train": BINARY, "valid": BINARY},
            "loss": lambda model, x: -model.log_prob(x).mean(),
            "each": lambda model, x: -model.log_prob(x).detach(),
            "size": 2,
            "weight_decay": 0.1,
            "decay": 0.5,
            "warm_up": 0.1,
            "on_score": lambda model, step, score: None,
        },
    ),
    "adam": Row(
        lambda weights, lr, betas, fused: training.adam(
            weights, lr, betas=betas, fused=fused
        ).defaults["lr"],
        {"weights": list(NET.parameters()), "lr": 0.1, "betas": (0.5, 0.9), "fused": False},
    ),
    "play": Row(
        training.play,
        {
            "players": {"m": Player(NET, squares, torch.optim.SGD(NET.parameters(), 0.0))},
            "batches": [(POINTS,)] * 2,
            "steps": 2,
            "on_step": None,
            "last": 0.5,
            "constant": 0.5,
        },
    ),
}
STILL = torch.optim.SGD(NET.parameters(), 0.0)
OTHER = {
    "a player": Row(fitted, {"module": NET, "loss": squares, "optimizer": STILL, "every": 1}),
    "a pool": Row(lambda x: models.ImagePool(1)(x), {"x": COLOURS}),
    "a batch": Row(batch_of, {"batches": (POINTS,)}),
    "another part": Row(lambda parts: TT.join(TEXT, parts), {"parts": IMAGE_CODES}),
}


# --- the law


def public(module):
    """The functions and classes that a module defines and, with a dot, the methods of the classes."""
    for name, item in vars(module).items():
        if name.startswith("_") or getattr(item, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(item) or inspect.isroutine(item):
            yield name
        if inspect.isclass(item):
            for method in dir(item):
                found = inspect.getattr_static(item, method)
                found = getattr(found, "__func__", found)
                own = str(getattr(found, "__module__", "")).startswith("genlib")
                made = callable(found) and not getattr(found, "__isabstractmethod__", False)
                if own and made and method[0] != "_" and method not in OTHERWISE:
                    yield f"{name}.{method}"


def test_every_public_name_has_its_row():
    names = {name for module in MODULES for name in public(module)} | set(models.__all__)
    assert names - PLAIN - set(ROWS) == set()
    assert set(ROWS) - names == set()


CASES = [(row, name) for row, found in (ROWS | OTHER).items() for name in found.arguments]
WHOLE = (np.int64, np.uint8, np.int8)


@pytest.mark.parametrize("row, name", CASES, ids=map(".".join, CASES))
def test_an_argument_is_refused_by_name_or_answered_rightly(row, name):
    row, broken = (ROWS | OTHER)[row], {}
    for what, value in in_place_of(row.arguments[name]).items():
        beside = [*row.arguments, "x"] if isinstance(value, torch.Tensor) else ()
        not_finite = what in ("a nan", "an infinity")
        try:
            law(row.call, row.arguments, name, value, gaps=not_finite, beside=beside)
        except AssertionError as error:
            broken[what] = str(error)
    assert broken == {}


@pytest.mark.parametrize(
    "row, name", [case for case in CASES if type((ROWS | OTHER)[case[0]].arguments[case[1]]) is int]
)
def test_a_size_may_be_a_whole_number_of_any_type(row, name):
    row = (ROWS | OTHER)[row]
    expected = answer(row.call, row.arguments)
    for kind in WHOLE:
        found = answer(row.call, row.arguments | {name: kind(row.arguments[name])})
        assert all(map(torch.equal, found, expected)) and len(found) == len(expected)


def answer(call, arguments):
    torch.manual_seed(0)
    return list(numbers(call(**arguments)))


@pytest.mark.parametrize("row", ROWS)
def test_the_right_call_is_answered(row):
    ROWS[row].call(**ROWS[row].arguments)
