"""Recipes of InfoGANs of digits at 16 x 16, and their scores."""

import copy
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LinearLR

from genlib import checks
from genlib.data import augment, digits, enlarge
from genlib.metrics import majority_accuracy, matched_accuracy
from genlib.models import Codes, InfoDiscriminator, InfoGenerator
from genlib.models.gan import discriminator_loss, nonsaturating_loss
from genlib.models.infogan import Guess, categorical_bound, continuous_bound, guess_back
from genlib.pretrain.gan import moved_digits
from genlib.pretrain.likelihood import Recipe, as_shipped
from genlib.training import Player, fit, minibatches

CODES = Codes(categories=10, continuous=2)


def infogan_pair(latent_dim: int = 8) -> nn.ModuleDict:
    """The untrained InfoGAN of 16 x 16 digits: its "generator" of Z numbers and CODES, its "discriminator"."""
    generator = InfoGenerator(CODES, latent_dim=latent_dim)
    return nn.ModuleDict({"generator": generator, "discriminator": InfoDiscriminator(CODES)})


def information(guess: Guess, code: Tensor) -> Tensor:
    """L_I of the category and a tenth of that of the numbers, in nats: of fakes and their codes -> scalar."""
    code = checks.alike("code", code, guess.mean.new_empty(len(guess.mean), CODES.size))
    category, value = code.split([CODES.categories, CODES.continuous], dim=1)
    numbers = continuous_bound(guess.mean, guess.log_std, value)
    return categorical_bound(guess.logits, category) + 0.1 * numbers


def infogan_losses(
    G: InfoGenerator,
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
            return discriminator_loss(D(move(real)), logits) - lam * information(guess, code)
        fake = G.sample(len(real), CODES.sample(len(real), noise), generator=noise)
        return discriminator_loss(D(move(real)), D(shown(fake)))

    def of_G(real: Tensor) -> Tensor:
        logits, guess, code = guess_back(D, G, CODES, len(real), noise, shown=shown)
        return nonsaturating_loss(logits) - lam * information(guess, code)

    return of_D, of_G


def train_infogan(
    pair: nn.ModuleDict,
    steps: int,
    seed: int = 0,
    *,
    on_step: Callable[[int], None] = lambda step: None,
    **settings: float | bool,
) -> dict[str, list[float]]:
    """The players' losses in a game on the digits of train, 32 at a step, that trains the pair.

    Settings are those of `infogan_losses`: `lam` is lambda. With `moved`, D and Q see every image moved anew, real
    and fake alike, so G may draw upright digits; without it, real ones alone. With `shared`, the trunk that Q
    reads learns for Q too, as in the code of the paper's authors.
    """
    G, D = pair["generator"], pair["discriminator"]
    noise = torch.Generator().manual_seed(seed)
    of_D, of_G = infogan_losses(G, D, noise, **settings)
    batches = minibatches(enlarge(digits("train")[0]), size=32, generator=noise)
    players = {
        "discriminator": Player(D, of_D, adam(D.layers.parameters(), 5e-4)),
        "generator": Player(G, of_G, adam([*G.parameters(), *D.q.parameters()], 1e-3)),
    }
    return play(players, batches, steps, on_step)


def adam(weights: Iterable[nn.Parameter], lr: float) -> torch.optim.Adam:
    """Adam without much momentum."""
    return torch.optim.Adam(weights, lr, betas=(0.5, 0.999), fused=True)


def play(
    players: dict[str, Player],
    batches: Iterator[tuple[Tensor, ...]],
    steps: int,
    on_step: Callable[[int], None],
) -> dict[str, list[float]]:
    """The losses of `fit`; every player's rate falls in a line to 2 % of what it was."""
    schedules = [LinearLR(player.optimizer, 1.0, 0.02, steps) for player in players.values()]

    def after(step: int) -> None:
        for schedule in schedules:
            schedule.step()
        on_step(step)

    return fit(players, batches, steps, after)


# --- scores


@torch.no_grad()
def categories_of(D: InfoDiscriminator, x: Tensor) -> Tensor:
    """The category that Q finds likeliest for each image, real or not: (N, 1, 16, 16) -> (N,)."""
    return torch.cat([D.guess(part).logits.argmax(1) for part in x.split(500)])


@torch.no_grad()
def information_at_fakes(pair: nn.ModuleDict, n: int = 2000) -> float:
    """L_I of the category in nats, at most ln 10 = 2.303, at n fakes moved as in training."""
    noise = torch.Generator().manual_seed(0)
    code = CODES.sample(n, noise)
    fake = pair["generator"].sample(n, code, generator=noise)
    logits = pair["discriminator"].guess(augment(fake, noise)).logits
    return categorical_bound(logits, code[:, : CODES.categories]).item()


def judge_infogan(pair: nn.ModuleDict, split: str) -> dict[str, float]:
    """How far Q's categories are digits, on a split moved five times, and what Q knows of fakes.

    "matched" and "majority" are accuracies, "information" is in nats; the pair is in eval mode.
    """
    x, labels = moved_digits(split, copies=5, seed=2)
    found = categories_of(pair["discriminator"], x)
    return {
        "matched": matched_accuracy(found, labels),
        "majority": majority_accuracy(found, labels),
        "information": information_at_fakes(pair),
    }


# --- recipes

LONG = 14_000  # steps of a shipped InfoGAN


def trained_infogan(steps: int, seed: int, **settings: float | bool) -> nn.ModuleDict:
    """An InfoGAN from the first weights of that seed; `settings` are those of `train_infogan`."""
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


def infogan_digits(path: str | None = None, steps: int = LONG, seeds: int = 8) -> Recipe:
    """The best on valid of eight InfoGANs, each of about six times a notebook's steps and five minutes of one core."""
    start = time.process_time()
    pairs = [trained_infogan(steps, seed) for seed in range(seeds)]
    seconds = time.process_time() - start
    best, told = best_infogan(pairs)
    return best, {
        "model": "infogan_pair()",
        "data": "the course's digits, 16 x 16, moved",
        "recipe": "python -m genlib.pretrain infogan_digits",
        "steps": steps,
        "seconds": f"{seconds:.0f}, all seeds together",
    } | told


# the steps after which sheets are kept, and lambda of each game: at 0.001 Q learns, but G hardly hears of it
SHEET_MOMENTS = (1, 20, 40, 100, 200, 400, 800, 1200, 1800, 2400)
LAMBDAS = (0.001, 1.0)


class InfoFrames(nn.Module):
    """What is drawn as training goes, for each of LAMBDAS: levels 0 to 255 (2, M, 10, 6, 16, 16).

    A row of a sheet is a category, its columns the same six noises and numbers at every moment.
    Beside it L_I of the category in nats and the matched accuracy on valid, both (2, M).
    """

    def __init__(self, games: int = len(LAMBDAS), moments: int = len(SHEET_MOMENTS)):
        super().__init__()
        shape = (games, moments, CODES.categories, 6, 16, 16)
        self.register_buffer("levels", torch.zeros(shape, dtype=torch.uint8))
        self.register_buffer("information", torch.zeros(shape[:2]))
        self.register_buffer("matched", torch.zeros(shape[:2]))


@torch.no_grad()
def sheet(G: InfoGenerator, columns: int = 6, seed: int = 0) -> Tensor:
    """Every category with the same noises and numbers: -> (10, columns, 16, 16) in [0, 1]."""
    noise = torch.Generator().manual_seed(seed)
    rows, z = CODES.categories, G.noise(columns, noise).repeat(CODES.categories, 1)
    value = CODES.sample(columns, noise)[:, rows:].repeat(rows, 1)
    category = torch.arange(rows).repeat_interleave(columns)
    return G(z, CODES.join(category, value)).view(rows, columns, 16, 16)


def infogan_frames(path: str | None = None, steps: int = SHEET_MOMENTS[-1]) -> Recipe:
    """What two InfoGANs draw as they learn, with and without their information; two minutes of one core."""
    frames, start = InfoFrames(), time.process_time()

    def note(game: int, pair: nn.ModuleDict, step: int) -> None:
        if step + 1 in SHEET_MOMENTS:
            at, now = (game, SHEET_MOMENTS.index(step + 1)), copy.deepcopy(pair).eval()
            found = judge_infogan(now, "valid")
            frames.levels[at] = (255 * sheet(now["generator"])).round().byte()
            frames.information[at], frames.matched[at] = found["information"], found["matched"]

    for game, lam in enumerate(LAMBDAS):
        torch.manual_seed(0)
        pair = infogan_pair()
        train_infogan(pair, steps, lam=lam, on_step=partial(note, game, pair))
    last = zip(frames.matched[:, -1], LAMBDAS, strict=True)
    ends = ", ".join(f"{matched:.3f} (lambda {lam:g})" for matched, lam in last)
    return frames, {
        "model": "sheets of infogan_pair(), 8 bits a pixel",
        "data": "the course's digits, 16 x 16, moved",
        "recipe": "python -m genlib.pretrain infogan_frames",
        "steps": steps,
        "seed": 0,
        "seconds": round(time.process_time() - start),
        "accuracy": f"matched valid at the end {ends}",
    }
