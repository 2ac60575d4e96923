"""Recipes of notebook 06: the digit classifier, and DCGANs of digits at 16 x 16."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from genlib.data import digits, enlarge, moved_digits
from genlib.judges import accuracy, distance_to_train, frechet_of_digits, judged
from genlib.models import (
    DCGANDiscriminator,
    DCGANGenerator,
    DigitClassifier,
    Generator,
    MLPDiscriminator,
    MLPGenerator,
)
from genlib.models.dcgan import dcgan_init
from genlib.recipes import Recipe
from genlib.recipes._trainings import PAPER, train_gan, train_on_labels
from genlib.weights import Record, as_shipped, load_or_train

DATA = "the course's digits, 16 x 16, moved"
MOMENTS = (1, 20, 50, 100, 150, 200, 300, 500, 750, 1000, 1500)  # steps after which frames are kept


def train_classifier(steps: int, seed: int = 0) -> DigitClassifier:
    """Train on moved digits of train, and return the best of 20 steps by the loss on moved valid."""
    torch.manual_seed(seed)
    (images, labels), valid = digits("train"), moved_digits("valid", copies=5, seed=1)
    return train_on_labels(DigitClassifier(), (enlarge(images), labels), valid, steps, seed)


def classifier_digits(steps: int = 1000) -> Recipe:
    """Train a classifier of the course's digits, for the Frechet distance; 20 seconds of one core."""
    model = as_shipped(train_classifier(steps))
    found = {split: accuracy(model, *moved_digits(split, 5, seed=2)) for split in ("valid", "test")}
    return model, {
        "model": "DigitClassifier()",
        "data": DATA,
        "accuracy": f"valid {found['valid']:.4f}, test {found['test']:.4f}, each digit moved 5 times",
    }


def dcgan_pair() -> nn.ModuleDict:
    """The untrained DCGAN of 16 x 16 digits: its "generator" of 16 numbers and its "discriminator"."""
    generator = DCGANGenerator(latent_dim=16, features=48)
    discriminator = DCGANDiscriminator(batch_norm=False, extra=1)
    return nn.ModuleDict({"generator": generator, "discriminator": discriminator})


def trained_dcgan(steps: int, seed: int, **settings: float) -> nn.ModuleDict:
    """A DCGAN trained from the first weights of that seed; `settings` are those of `train_gan`."""
    torch.manual_seed(seed)
    pair = dcgan_pair()
    pair["generator"] = train_gan(*pair.values(), steps, seed, **settings)
    return pair


@torch.no_grad()
def judged_dcgan(pair: nn.ModuleDict, split: str) -> dict[str, float]:
    """The scores of 5000 samples, as `judged` gives them."""
    samples = pair["generator"].sample(5000, generator=torch.Generator().manual_seed(0))
    return judged(samples, split)


def best_dcgan(pairs: dict[int, nn.ModuleDict]) -> tuple[nn.ModuleDict, dict[str, str]]:
    """Of each seed's pair the one nearest to valid, as its file holds it, and what is told of it and of every seed."""
    scores = {
        seed: {split: judged_dcgan(pair, split) for split in ("valid", "test")}
        for seed, pair in pairs.items()
    }
    best = min(scores, key=lambda seed: scores[seed]["valid"]["frechet"])
    line = "seed {}: valid {:.2f}, test {:.2f}, sure {:.3f}"
    each = "; ".join(
        line.format(seed, *(found[split]["frechet"] for split in found), found["test"]["sure"])
        for seed, found in scores.items()
    )
    shipped = as_shipped(pairs[best])
    found = judged_dcgan(shipped, "test")
    samples = shipped["generator"].sample(1000, generator=torch.Generator().manual_seed(0))
    sample, digit = map(distance_to_train, (samples, moved_digits("test", 5, seed=3)[0][:1000]))
    return shipped, {
        "seed": f"{best}, best on valid of {len(pairs)}",
        "frechet": f"{found['frechet']:.2f} to test, 3000 images each, as shipped; {each}",
        "sure": f"{found['sure']:.3f} of 5000 samples",
        "nearest": f"moved digit of train {sample:.2f} from a sample, {digit:.2f} from a digit of test",
    }


def dcgan_digits(steps: int = 12_000, seeds: tuple[int, ...] = (0, 1, 2)) -> Recipe:
    """Train DCGANs of the moved digits, three and a half minutes of one core each, and keep the best on valid."""
    best, told = best_dcgan({seed: trained_dcgan(steps, seed) for seed in seeds})
    return best, {"model": "dcgan_pair()", "data": DATA} | told


def blank_frames() -> Record:
    """To be filled: samples of five seeds at MOMENTS, levels 0 to 255 (5, M, 40, 16, 16), and Frechet distances (5, M)."""
    shape = (5, len(MOMENTS))
    levels = torch.zeros(*shape, 40, 16, 16, dtype=torch.uint8)
    return Record(levels=levels, frechet=torch.zeros(shape))


def dcgan_frames(steps: int = MOMENTS[-1]) -> Recipe:
    """Record what DCGANs of five seeds draw as they learn the paper's way; three minutes of one core."""
    frames = blank_frames()

    def note(seed: int, step: int, average: Generator) -> None:
        if step + 1 in MOMENTS:
            x = average.sample(3000, generator=torch.Generator().manual_seed(0))
            at = seed, MOMENTS.index(step + 1)
            frames.levels[at] = (255 * x[:40, 0]).round().byte()
            frames.frechet[at] = frechet_of_digits(x)

    for seed in range(5):
        torch.manual_seed(seed)
        G, D = DCGANGenerator(latent_dim=16), DCGANDiscriminator()
        train_gan(G, D, steps, seed, partial(note, seed), **PAPER)
    return frames, {
        "model": "samples of DCGANGenerator(latent_dim=16), 8 bits a pixel",
        "data": DATA,
        "seed": "0 to 4",
        "frechet": "at the end " + ", ".join(f"{d:.1f}" for d in frames.frechet[:, -1]),
    }


# --- the rules of the paper, left out one by one

# the rates were chosen on valid, seed 0; a rate that falls makes the MLP worse
MLP_SETTINGS = PAPER | {"lr": (5e-4, 5e-4), "last": 1.0, "size": 64}


def by_paper(seed: int, features: int = 32, **of_D: bool | int) -> tuple[Generator, nn.Module]:
    """The DCGAN of 16 x 16 digits that keeps every rule of the paper, untrained, unless `of_D` changes D."""
    torch.manual_seed(seed)
    return DCGANGenerator(latent_dim=16, features=features), DCGANDiscriminator(**of_D)


def mlp_players(seed: int) -> tuple[Generator, nn.Module]:
    """Fully connected opponents of the DCGAN, untrained."""
    torch.manual_seed(seed)
    shape, hidden = (1, 16, 16), (256, 256)
    return MLPGenerator(shape, 16, hidden), MLPDiscriminator(shape, hidden, dropout=0.3)


def _swapped(module: nn.Module, old: type, new: Callable[[nn.Module], nn.Module]) -> None:
    """Every layer of type `old` becomes `new` of it."""
    for place, layer in enumerate(module.layers):
        if isinstance(layer, old):
            module.layers[place] = new(layer)


def _resized(layer: nn.Module) -> nn.Module:
    """The same change of size without strides: nearest neighbours or averages, and a 3 x 3 convolution."""
    if layer.stride == (1, 1):
        return layer
    convolution = nn.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1)
    up = isinstance(layer, nn.ConvTranspose2d)
    steps = (nn.Upsample(scale_factor=2), convolution) if up else (convolution, nn.AvgPool2d(2))
    return nn.Sequential(*steps).apply(dcgan_init)


def _torch_init(layer: nn.Module) -> None:
    if hasattr(layer, "reset_parameters"):
        layer.reset_parameters()


RULES = {  # what is left out -> how a G and a D that keep every rule are changed in place
    "all rules": lambda G, D: None,
    "no batch norm in G": lambda G, D: _swapped(G, nn.BatchNorm2d, lambda _: nn.Identity()),
    "no batch norm in D": lambda G, D: _swapped(D, nn.BatchNorm2d, lambda _: nn.Identity()),
    "batch norm on G's output": lambda G, D: G.layers.insert(-1, nn.BatchNorm2d(1)),
    "batch norm on D's input": lambda G, D: D.layers.insert(0, nn.BatchNorm2d(1)),
    "upsampling, no strides in G": lambda G, D: _swapped(G, nn.ConvTranspose2d, _resized),
    "pooling, no strides in D": lambda G, D: _swapped(D, nn.Conv2d, _resized),
    "ReLU in D": lambda G, D: _swapped(D, nn.LeakyReLU, lambda _: nn.ReLU()),
    "leaky ReLU in G": lambda G, D: _swapped(G, nn.ReLU, lambda _: nn.LeakyReLU(0.2)),
    "torch's own initial weights": lambda G, D: [m.apply(_torch_init) for m in (G, D)],
}
SHEETS = (*RULES, "MLP")


def blank_rules() -> Record:
    """To be filled: 20 samples for each of SHEETS, levels 0 to 255 (R, 20, 16, 16), and Frechet distances (R,)."""
    levels = torch.zeros(len(SHEETS), 20, 16, 16, dtype=torch.uint8)
    return Record(levels=levels, frechet=torch.zeros(len(SHEETS)))


def sheets_of_rules() -> dict[str, Tensor]:
    """What the weight file holds: a name of SHEETS -> its 20 samples, (20, 1, 16, 16) in [0, 1]."""
    record = blank_rules()
    load_or_train("dcgan_rules", record)
    return {name: x[:, None] / 255 for name, x in zip(SHEETS, record.levels, strict=True)}


def dcgan_rules(steps: int = 1500) -> Recipe:
    """Record what a DCGAN draws without each rule, and an MLP in as many seconds; five minutes of one core."""
    record = blank_rules()
    for row, name in enumerate(SHEETS):
        if name == "MLP":  # its steps are shorter
            G = train_gan(*mlp_players(0), steps * 9 // 4, **MLP_SETTINGS)
        else:
            networks = by_paper(0)
            RULES[name](*networks)
            G = train_gan(*networks, steps, **PAPER)
        x = G.sample(3000, generator=torch.Generator().manual_seed(0))
        record.levels[row] = (255 * x[:20, 0]).round().byte()
        record.frechet[row] = frechet_of_digits(x)
    found = zip(SHEETS, record.frechet, strict=True)
    return record, {
        "model": "samples of a DCGAN without one rule each, and of an MLP, 8 bits a pixel",
        "data": DATA,
        "frechet": ", ".join(f"{name} {distance:.1f}" for name, distance in found),
    }
