"""What the library says of itself: examples that run, arguments that are explained, names that show sizes."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
import torch
from torch import nn

import genlib
from genlib.data import Gaussians, Grammar, load_images
from genlib.data.formats import Array
from genlib.data.painting import Canvas
from genlib.exercises.checker import Exercise, Verdict, WrongForm
from genlib.exercises.checker.measures import Measure
from genlib.exercises.checker.progress import Progress
from genlib.exercises.checker.trial import Stopped
from genlib.judges import Animals, Faces, Puzzles
from genlib.metrics import Moments
from genlib.models import (
    NADE,
    RNADE,
    VAE,
    AdversarialAutoencoder,
    AttributeClassifier,
    Autoencoder,
    Codes,
    ConditionalDiscriminator,
    ConditionalGenerator,
    DCGANDiscriminator,
    DCGANGenerator,
    DiagonalBiLSTM,
    DigitClassifier,
    DiscreteVAE,
    FullTable,
    GatedPixelCNN,
    Generator,
    GreyLevels,
    ImagePool,
    Independent,
    InfoDiscriminator,
    LinearGaussianVAE,
    LogisticAutoregression,
    MarkovChain,
    MLPDiscriminator,
    MLPGenerator,
    OrderEnsemble,
    PartEncoder,
    PatchDiscriminator,
    PixelCNN,
    ProgressiveDiscriminator,
    ProgressiveGenerator,
    PuzzleGenerator,
    RasterLSTM,
    RowLSTM,
    StarDiscriminator,
    StarGenerator,
    TextDiscriminator,
    TextEncoder,
    TextGenerator,
    TokenTransformer,
    Translator,
    bernoulli,
)
from genlib.models.gan import InstanceNoise
from genlib.models.gated_pixelcnn import GatedLayer
from genlib.models.infogan import CodeGuesser, Guess
from genlib.models.networks import MaskedConv2d, ResidualBlock, Rows
from genlib.models.progressive import EqualizedConv2d, EqualizedLinear, Phase, PixelNorm
from genlib.models.recurrent import DiagonalLayer, RowLayer
from genlib.pictures import Figure
from genlib.recipes._trainings import Settings
from genlib.recipes.course import Entry
from genlib.recipes.cyclegan import MirrorTranslator
from genlib.training import Average, Player, fit, keep_best
from genlib.weights import Record
from genlib.widgets import Live, Panel

MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(genlib.__path__, "genlib.")
    if not module.name.endswith("__main__")
]
CLASSES = {
    item
    for module in MODULES
    for name, item in vars(module).items()
    if inspect.isclass(item) and item.__module__ == module.__name__ and name[0] != "_"
}
ROOT = Path(__file__).parents[1]


# --- examples and arguments


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_give_what_they_say(module):
    assert doctest.testmod(module).failed == 0


EXPLAINED = [NADE, RNADE, PixelCNN, RasterLSTM, RowLSTM, DiagonalBiLSTM, VAE, Generator]
EXPLAINED += [fit, Player, Panel, Live, Exercise, load_images]


@pytest.mark.parametrize("item", EXPLAINED, ids=lambda item: item.__name__)
def test_every_argument_is_explained_and_an_example_shown(item):
    _, _, listed = inspect.getdoc(item).partition("\nArguments:\n")
    arguments, _, example = listed.partition("\n\nExample:\n")
    names = re.findall(r"^    ([a-z_, ]+): ", arguments, re.MULTILINE)
    assert ", ".join(names).split(", ") == list(inspect.signature(item).parameters)
    assert 2 <= len(doctest.DocTestParser().get_examples(example))


@pytest.mark.parametrize("made", sorted(CLASSES, key=repr), ids=lambda made: made.__name__)
def test_every_argument_of_a_class_is_named_in_its_docstring(made):
    if "__init__" in vars(made):
        said = f"{made.__doc__} {made.__init__.__doc__}"
        asked = list(inspect.signature(made).parameters)
        assert not [name for name in asked if not re.search(rf"\b{name}\b", said)]


# --- a value is what it is, an effect begins with its verb


def functions():
    """Every public function and method of genlib and tools, as source."""
    for path in sorted([*ROOT.glob("genlib/**/*.py"), *ROOT.glob("tools/*.py")]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        for body in (tree.body, *(c.body for c in classes if c.name[0] != "_")):
            for node in body:
                if isinstance(node, ast.FunctionDef) and node.name[0] != "_":
                    yield pytest.param(node, id=f"{path.stem}.{node.name}")


VERB = re.compile(
    "(Add|Begin|Bring|Copy|Draw|End|Fill|Follow|Grow|Hold|Install|Leave|Let|Lock|Make|Print|Put|Raise"
    r"|Record|Return|Run|Scale|Take|Train|Turn|Write)\b"
)
ACTS = re.compile(  # beside what returns None or a Recipe
    "train_.*|fit|play|load|save|count|main|fresh|hand_over|hand_out|locked|execute|vaes_of_digits|make"
    "|untouched|reading|alone|install|write|give|keep|write_all|export|check_modules|check_room|drop_half_installed|pip"
)


@pytest.mark.parametrize("node", list(functions()))
def test_an_effect_begins_with_its_verb_and_a_value_does_not(node):
    said, returns = ast.get_docstring(node), ast.unparse(node.returns) if node.returns else ""
    if said is None:
        assert node.name in ("forward", "extra_repr")  # torch's own
    elif node.name != "sample":  # a value, and an effect on the generator
        effect = returns in ("None", "Recipe") or ACTS.fullmatch(node.name)
        assert bool(VERB.match(said)) == bool(effect)


# --- what a name shows

NET, ONE = nn.Linear(64, 6), nn.Linear(3, 64)
CODES = Codes(7, 3)
ENCODER = TextEncoder(17, 4, 13, 5)


def draw(shade=1):
    return torch.zeros(8, 8), "black"


SHOWN = {  # a class -> one of it, and what its name must tell
    NADE: (NADE(61, 13), ["num_pixels=61", "hidden=13"]),
    RNADE: (RNADE(61, 13, 5), ["num_pixels=61", "hidden=13", "components=5"]),
    LogisticAutoregression: (LogisticAutoregression(61), ["num_pixels=61"]),
    Independent: (Independent(61, 17), ["num_pixels=61", "levels=17"]),
    MarkovChain: (MarkovChain(61, 3, 4), ["num_pixels=61", "order=3", "levels=4"]),
    FullTable: (FullTable(6, 4), ["num_pixels=6", "levels=4"]),
    OrderEnsemble: (
        OrderEnsemble([NADE(4, 3)] * 2, torch.arange(4).repeat(2, 1)),
        ["models=2", "num_pixels=4"],
    ),
    PixelCNN: (
        PixelCNN(5, 6, 9, 3, levels=4, colours=3, kernel=5, dropout=0.1),
        ["height=5", "width=6", "features=9", "layers=3", "levels=4", "colours=3", "kernel=5"]
        + ["dropout=0.1"],
    ),
    GatedPixelCNN: (
        GatedPixelCNN(5, 6, 9, 3, levels=4, kernel=5),
        ["height=5", "width=6", "features=9", "layers=3", "levels=4", "kernel=5"],
    ),
    RasterLSTM: (
        RasterLSTM(5, 6, 9, 3, levels=4),
        ["height=5", "width=6", "hidden=9", "position=3", "levels=4"],
    ),
    RowLSTM: (
        RowLSTM(5, 6, 9, 2, 3, levels=4, colours=3),
        ["height=5", "width=6", "features=9", "layers=2", "kernel=3", "levels=4", "colours=3"],
    ),
    DiagonalBiLSTM: (
        DiagonalBiLSTM(5, 6, 9, 2, 3),
        ["height=5", "width=6", "features=9", "layers=2", "kernel=3", "levels=2", "colours=1"],
    ),
    RowLayer: (RowLayer(9, 5), ["features=9", "kernel=5"]),
    DiagonalLayer: (DiagonalLayer(9), ["features=9"]),
    GatedLayer: (GatedLayer(9), ["features=9"]),
    MaskedConv2d: (
        MaskedConv2d("A", 3, 6, 5, 3),
        ["'A'", "3, 6", "kernel_size=(5, 5)", "colours=3"],
    ),
    Rows: (Rows(61), ["width=61"]),
    VAE: (VAE(NET, ONE, bernoulli, 3), ["latent_dim=3", "in_features=64"]),
    Autoencoder: (Autoencoder(NET, ONE, bernoulli, 3), ["latent_dim=3", "in_features=64"]),
    AdversarialAutoencoder: (
        AdversarialAutoencoder(NET, ONE, bernoulli, 3, nn.Linear(3, 1)),
        ["latent_dim=3", "discriminator"],
    ),
    LinearGaussianVAE: (LinearGaussianVAE(61, 3), ["num_pixels=61", "latent_dim=3"]),
    DigitClassifier: (
        DigitClassifier(9, 13, 7, 28),
        ["features=9", "hidden=13", "classes=7", "size=28"],
    ),
    AttributeClassifier: (
        AttributeClassifier((3, 2), 9, 13, 32),
        ["choices=(3, 2)", "features=9", "hidden=13", "size=32"],
    ),
    Codes: (CODES, ["categories=7", "continuous=3"]),
    ConditionalGenerator: (
        ConditionalGenerator(CODES, 32, 3, latent_dim=13, features=9),
        ["categories=7", "size=32", "channels=3", "latent_dim=13", "features=9"],
    ),
    ConditionalDiscriminator: (
        ConditionalDiscriminator(7, 32, 3, features=9),
        ["code_size=7", "shape=(3, 32, 32)", "features=9"],
    ),
    DCGANGenerator: (
        DCGANGenerator(32, 3, 13, 9),
        ["size=32", "channels=3", "latent_dim=13", "features=9"],
    ),
    DCGANDiscriminator: (
        DCGANDiscriminator(32, 3, 9, batch_norm=False, extra=2),
        ["size=32", "channels=3", "features=9", "batch_norm=False", "extra=2"],
    ),
    InfoDiscriminator: (
        InfoDiscriminator(CODES, 32, 3, features=9, hidden=13, own_trunk=True),
        ["categories=7", "size=32", "channels=3", "features=9", "hidden=13", "own_trunk=True"],
    ),
    CodeGuesser: (CodeGuesser(CODES, 61, 13), ["categories=7", "inputs=61", "hidden=13"]),
    MLPGenerator: (
        MLPGenerator((1, 5, 6), 3, (13, 9)),
        ["shape=(1, 5, 6)", "latent_dim=3", "hidden=(13, 9)"],
    ),
    MLPDiscriminator: (
        MLPDiscriminator((1, 5, 6), (13, 9), 0.1),
        ["shape=(1, 5, 6)", "hidden=(13, 9)", "dropout=0.1"],
    ),
    TextEncoder: (ENCODER, ["words=17", "length=4", "features=13", "width=5"]),
    TextGenerator: (
        TextGenerator(ENCODER, 32, latent_dim=3, features=9),
        ["words=17", "size=32", "latent_dim=3", "features=9"],
    ),
    TextDiscriminator: (
        TextDiscriminator(ENCODER, 32, features=9, batch_norm=False),
        ["words=17", "shape=(3, 32, 32)", "features=9", "batch_norm=False"],
    ),
    PartEncoder: (
        PartEncoder(16, 1, 9, 13),
        ["size=16", "channels=1", "features=9", "code=13"],
    ),
    PuzzleGenerator: (
        PuzzleGenerator(16, 1, 3, 9, 13),
        ["latent_dim=3", "size=16", "channels=1", "features=9", "code=13"],
    ),
    ResidualBlock: (
        ResidualBlock(9, affine=True, border="zeros"),
        ["features=9", "affine=True", "border='zeros'"],
    ),
    Translator: (
        Translator(9, 4, channels=2, keep=0.25),
        ["features=9", "blocks=4", "channels=2", "keep=0.25"],
    ),
    PatchDiscriminator: (
        PatchDiscriminator(9, 4, 2, norm=False),
        ["features=9", "layers=4", "channels=2", "norm=False"],
    ),
    MirrorTranslator: (MirrorTranslator(NET), ["in_features=64"]),
    ImagePool: (ImagePool(13), ["size=13", "kept=0"]),
    StarGenerator: (
        StarGenerator(7, 9, halvings=1, blocks=4, channels=2, masked=False),
        ["labels=7", "features=9", "halvings=1", "blocks=4", "channels=2", "masked=False"],
    ),
    StarDiscriminator: (
        StarDiscriminator(7, 64, 9, 2),
        ["labels=7", "size=64", "features=9", "channels=2"],
    ),
    PixelNorm: (PixelNorm(), ["PixelNorm()"]),
    EqualizedConv2d: (EqualizedConv2d(7, 9, 5, 0.25), ["7, 9", "kernel=5", "scale=0.0189"]),
    EqualizedLinear: (EqualizedLinear(64, 9, 0.25), ["64, 9", "scale=0.0312"]),
    ProgressiveGenerator: (
        ProgressiveGenerator((9, 7, 5), 13, 2, skips=True),
        ["widths=(9, 7, 5)", "latent_dim=13", "channels=2", "skips=True"],
    ),
    ProgressiveDiscriminator: (
        ProgressiveDiscriminator((9, 7, 5), 2, group=3, skips=True),
        ["widths=(9, 7, 5)", "channels=2", "group=3", "skips=True"],
    ),
    Phase: (Phase(8, 0.25, 13), ["size=8", "start=0.25", "steps=13"]),
    DiscreteVAE: (
        DiscreteVAE(61, 12, width=7, features=9, std=0.25),
        ["codes=61", "shape=(3, 12, 12)", "width=7", "features=9", "std=0.25"],
    ),
    TokenTransformer: (
        TokenTransformer([(4, 17), (9, 61)], 12, 2, 3),
        ["parts=[(4, 17), (9, 61)]", "width=12", "layers=2", "heads=3"],
    ),
    Grammar: (
        Grammar("a {size}", {"size": ["small", "large", "huge"]}),
        ["'a {size}'", "words=3", "captions=3"],
    ),
    Settings: (Settings(gamma=0.25, size=13), ["gamma=0.25", "size=13"]),
    InstanceNoise: (InstanceNoise(0.25), ["std=0.25"]),
    GreyLevels: (GreyLevels(torch.zeros(5, 6, 17)), ["(5, 6)", "levels=17"]),
    Gaussians: (Gaussians(torch.zeros(5, 2), 0.25), ["(5, 2)", "std=0.25"]),
    Record: (Record(frames=torch.zeros(5, 6)), ["frames=(5, 6)"]),
    Average: (Average(NET, 0.9, warm_up=True), ["Linear", "decay=0.9", "warm_up=True"]),
    keep_best: (keep_best(NET, len, 7, 3), ["Linear", "every=7", "patience=3"]),
    Player: (Player(NET, len, every=5), ["in_features=64", "every=5"]),
    Exercise: (Exercise(0.123, "", {"": 1}, "", ((1,), (2,))), ["wrong=1", "inputs=2"]),
    Panel: (Panel(draw, shade=(0, 3)), ["draw", "shade"]),
    Live: (Live(draw, draw, shade=(0, 3)), ["draw", "shade", "stopped"]),
    Figure: (Figure(6, 3), ["600x300"]),
    Guess: (Guess(1, 2, 3), ["logits=1", "mean=2", "log_std=3"]),
    Moments: (Moments(1, 2, 3, 4), ["ink=1", "slant=4"]),
    Puzzles: (Puzzles(1, 2), ["real=1", "boxes=2"]),
    Animals: (Animals(1, 2, 3, 4), ["horse=1", "zebra=2", "mask=3", "scenes=4"]),
    Faces: (Faces(1, 2, 3), ["real=1", "attributes=2", "people=3"]),
    Entry: (Entry(13, "its_file", NET, draw), ["notebook=13", "'its_file'", "in_features=64"]),
    Canvas: (Canvas(torch.zeros(5, 3), 13), ["5 pictures", "size=13"]),
    Array: (Array("IDX file", None, None, (5, 6)), ["IDX file", "(5, 6)"]),
    Measure: (Measure("its slopes", len), ["its slopes"]),
    Stopped: (Stopped("ValueError: no"), ["ValueError: no"]),
    Verdict: (Verdict("Right."), ["Right."]),
    Progress: (Progress({"02 · NADE": (1, 4)}), ["02 · NADE", "1 of 4"]),
    WrongForm: (WrongForm("a string"), ["a string"]),
}


@pytest.mark.parametrize("made", SHOWN, ids=lambda made: made.__name__)
def test_a_name_tells_the_sizes_it_was_made_with(made):
    item, told = SHOWN[made]
    shown = repr(item)
    assert type(item) is made and not [size for size in told if size not in shown], shown


def test_every_class_that_can_be_made_has_its_row():
    assert {made for made in CLASSES if not inspect.isabstract(made)} == SHOWN.keys()


def test_the_name_of_an_exercise_does_not_tell_its_solution():
    assert "0.123" not in repr(SHOWN[Exercise][0])
