"""Recipes of notebook 07: the conditional GAN and InfoGANs of digits at 16 x 16."""

import copy
import itertools
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from genlib.data import augment, digits, enlarge
from genlib.judges import conditional_accuracy, judge_infogan
from genlib.models import Codes, ConditionalDiscriminator, ConditionalGenerator, InfoDiscriminator
from genlib.models.gan import discriminator_loss, nonsaturating_loss, r1_penalty
from genlib.models.infogan import guess_back, information_bound
from genlib.recipes import Recipe
from genlib.recipes._trainings import LAZY
from genlib.training import Average, OnStep, Player, adam, minibatches, play
from genlib.training.processes import own_seed
from genlib.weights import Record, as_shipped

CLASSES = Codes(categories=10, continuous=0)  # of the conditional GAN
CODES = Codes(categories=10, continuous=2)  # of the InfoGANs
DATA = "the course's digits, 16 x 16, moved"
LONG = 14_000  # steps of a shipped InfoGAN
MOMENTS = (1, 20, 40, 100, 200, 400, 800, 1200, 1800, 2400)  # steps after which sheets are kept
LAMBDAS = (
    0.001,
    1.0,
)  # of the games that are recorded: at 0.001 Q learns, but G hardly hears of it

# --- labels given


def conditional_pair(latent_dim: int = 8) -> nn.ModuleDict:
    """The untrained conditional GAN: its "generator" of Z numbers and CLASSES, its "discriminator"."""
    generator = ConditionalGenerator(CLASSES, latent_dim=latent_dim)
    discriminator = ConditionalDiscriminator(CLASSES.size, batch_norm=False, extra=1)
    return nn.ModuleDict({"generator": generator, "discriminator": discriminator})


def train_conditional(
    pair: nn.ModuleDict, steps: int, seed: int = 0, *, on_step: OnStep | None = None
) -> ConditionalGenerator:
    """Train the pair on the digits of train with their labels, 32 at a step, and return the moving average of G.

    D and G play as in the recipe of the shipped DCGAN, with R1 in D's loss at every fourth step.
    """
    G, D = pair["generator"], pair["discriminator"]
    noise, turns = torch.Generator().manual_seed(own_seed(seed)), itertools.count()
    average = Average(G, 0.998, warm_up=True)
    moved = lambda x: augment(x, noise)
    code_of = lambda label: CLASSES.join(label, torch.zeros(len(label), 0))

    def of_D(real: Tensor, label: Tensor) -> Tensor:
        code = code_of(label)
        fake = G.sample(len(real), code, generator=noise)
        loss = discriminator_loss(D(moved(real), code), D(moved(fake), code))
        if next(turns) % LAZY:
            return loss
        return loss + LAZY * r1_penalty(D, moved(real), code)

    def of_G(real: Tensor, label: Tensor) -> Tensor:
        code = code_of(label)
        return nonsaturating_loss(D(moved(G(G.noise(len(real), noise), code)), code))

    images, labels = digits("train")
    batches = minibatches(enlarge(images), labels, size=32, generator=noise)
    of = lambda net: adam(net.parameters(), 1e-3, betas=(0.0, 0.99), fused=False)
    players = {"discriminator": Player(D, of_D, of(D)), "generator": Player(G, of_G, of(G))}
    play(players, batches, steps, [average, *([on_step] if on_step else [])])
    return average.module


def trained_conditional(steps: int, seed: int) -> ConditionalGenerator:
    """The generator of a conditional GAN trained from the first weights of that seed."""
    torch.manual_seed(seed)
    return train_conditional(conditional_pair(), steps, seed)


def conditional_digits(steps: int = 4000, seeds: int = 3) -> Recipe:
    """Train conditional GANs, a minute of one core each, and keep the generator that the classifier reads best.

    The share of samples that look as told needs no held-out images.
    """
    generators = [as_shipped(trained_conditional(steps, seed)) for seed in range(seeds)]
    shares = [conditional_accuracy(generator) for generator in generators]
    best = max(range(seeds), key=shares.__getitem__)
    each = "; ".join(f"seed {seed}: {share:.3f}" for seed, share in enumerate(shares))
    return generators[best], {
        "model": 'conditional_pair()["generator"]',
        "data": f"{DATA}, with their labels",
        "seed": f"{best}, best of {seeds}",
        "accuracy": f"{shares[best]:.3f} of samples look as told; {each}",
    }


# --- no labels


def infogan_pair(latent_dim: int = 8) -> nn.ModuleDict:
    """The untrained InfoGAN of 16 x 16 digits: its "generator" of Z numbers and CODES, its "discriminator"."""
    generator = ConditionalGenerator(CODES, latent_dim=latent_dim)
    return nn.ModuleDict({"generator": generator, "discriminator": InfoDiscriminator(CODES)})


def infogan_losses(
    G: ConditionalGenerator,
    D: InfoDiscriminator,
    noise: torch.Generator,
    *,
    lam: float = 1.0,
    moved: bool = True,
    shared: bool = False,
) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
    """What D loses, and what G and Q lose, at a batch of real digits."""
    move = lambda x: augment(x, noise)
    shown = move if moved else lambda x: x

    def of_D(real: Tensor) -> Tensor:
        if shared:
            logits, guess, code = guess_back(D, G, CODES, len(real), noise, shown=shown)
            return discriminator_loss(D(move(real)), logits) - lam * information_bound(guess, code)
        fake = G.sample(len(real), CODES.sample(len(real), noise), generator=noise)
        return discriminator_loss(D(move(real)), D(shown(fake)))

    def of_G(real: Tensor) -> Tensor:
        logits, guess, code = guess_back(D, G, CODES, len(real), noise, shown=shown)
        return nonsaturating_loss(logits) - lam * information_bound(guess, code)

    return of_D, of_G


def train_infogan(
    pair: nn.ModuleDict,
    steps: int,
    seed: int = 0,
    *,
    on_step: OnStep | None = None,
    **settings: float | bool,
) -> dict[str, list[float]]:
    """Train the pair on the digits of train, 32 at a step, and return the players' losses.

    Settings are those of `infogan_losses`: `lam` is lambda. With `moved`, D and Q see every image moved anew, real
    and fake alike, so G may draw upright digits; without it, real ones alone. With `shared`, the trunk that Q
    reads learns for Q too, as in the code of the paper's authors.
    """
    G, D = pair["generator"], pair["discriminator"]
    noise = torch.Generator().manual_seed(own_seed(seed))
    of_D, of_G = infogan_losses(G, D, noise, **settings)
    batches = minibatches(enlarge(digits("train")[0]), size=32, generator=noise)
    players = {
        "discriminator": Player(D, of_D, adam(D.layers.parameters(), 5e-4)),
        "generator": Player(G, of_G, adam([*G.parameters(), *D.q.parameters()], 1e-3)),
    }
    return play(players, batches, steps, on_step)


def trained_infogan(steps: int, seed: int, **settings: float | bool) -> nn.ModuleDict:
    """An InfoGAN trained from the first weights of that seed; `settings` are those of `train_infogan`."""
    torch.manual_seed(seed)
    pair = infogan_pair()
    train_infogan(pair, steps, seed, **settings)
    return pair


def best_infogan(pairs: list[nn.ModuleDict]) -> tuple[nn.ModuleDict, dict[str, str]]:
    """The pair whose categories match valid best, and what every seed reached on valid and test."""
    found = [
        {split: judge_infogan(pair, split)["matched"] for split in ("valid", "test")}
        for pair in pairs
    ]
    best = max(range(len(pairs)), key=lambda seed: found[seed]["valid"])
    each = "; ".join(
        f"seed {seed}: valid {one['valid']:.3f}, test {one['test']:.3f}"
        for seed, one in enumerate(found)
    )
    shipped = judge_infogan(as_shipped(pairs[best]), "test")["matched"]
    matched = f"matched test {found[best]['test']:.3f}, as shipped {shipped:.3f}"
    return pairs[best], {
        "seed": f"{best}, best on valid of {len(pairs)}",
        "accuracy": f"{matched}, each digit moved 5 times; {each}",
    }


def infogan_digits(steps: int = LONG, seeds: int = 8) -> Recipe:
    """Train eight InfoGANs, five minutes of one core each, and keep the best on valid."""
    best, told = best_infogan([trained_infogan(steps, seed) for seed in range(seeds)])
    return best, {"model": "infogan_pair()", "data": DATA} | told


# --- as training goes


def blank_sheets() -> Record:
    """To be filled: what is drawn at MOMENTS for each of LAMBDAS, levels 0 to 255 (2, M, 10, 6, 16, 16).

    A row of a sheet is a category, its columns the same six noises and numbers at every moment.
    Beside it "information", L_I of the category in nats, and "matched" accuracy on valid, both (2, M).
    """
    shape = (len(LAMBDAS), len(MOMENTS))
    levels = torch.zeros(*shape, CODES.categories, 6, 16, 16, dtype=torch.uint8)
    return Record(levels=levels, information=torch.zeros(shape), matched=torch.zeros(shape))


@torch.no_grad()
def sheet_of_codes(G: ConditionalGenerator, columns: int = 6, seed: int = 0) -> Tensor:
    """Every category with the same noises and numbers: -> (10, columns, 16, 16) in [0, 1]."""
    noise, rows = torch.Generator().manual_seed(seed), G.codes.categories
    z = G.noise(columns, noise).repeat(rows, 1)
    _, value = G.codes.split(G.codes.sample(columns, noise))
    category = torch.arange(rows).repeat_interleave(columns)
    return G(z, G.codes.join(category, value.repeat(rows, 1))).view(rows, columns, 16, 16)


def infogan_frames(steps: int = MOMENTS[-1]) -> Recipe:
    """Record what two InfoGANs draw as they learn, with and without their information; two minutes of one core."""
    frames = blank_sheets()

    def note(game: int, pair: nn.ModuleDict, step: int) -> None:
        if step + 1 in MOMENTS:
            at, now = (game, MOMENTS.index(step + 1)), copy.deepcopy(pair).eval()
            found = judge_infogan(now, "valid")
            frames.levels[at] = (255 * sheet_of_codes(now["generator"])).round().byte()
            frames.information[at], frames.matched[at] = found["information"], found["matched"]

    for game, lam in enumerate(LAMBDAS):
        torch.manual_seed(0)
        pair = infogan_pair()
        train_infogan(pair, steps, lam=lam, on_step=partial(note, game, pair))
    last = zip(frames.matched[:, -1], LAMBDAS, strict=True)
    ends = ", ".join(f"{matched:.3f} (lambda {lam:g})" for matched, lam in last)
    return frames, {
        "model": "sheets of infogan_pair(), 8 bits a pixel",
        "data": DATA,
        "accuracy": f"matched valid at the end {ends}",
    }
