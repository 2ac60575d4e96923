"""Recipes of notebook 08: tokens for pictures, and the transformer that draws them one by one after a caption.

The small world, ONE, is drawn at 16 x 16, and the one of two shapes, TWO, at 32 x 32.
"""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR

from genlib import weights
from genlib.data import Grammar, draw_shapes
from genlib.data.shapes import ONE, TWO, seen_pictures
from genlib.judges import judge_captions
from genlib.models import DiscreteVAE, TokenTransformer
from genlib.recipes import Recipe, print_score, told_of_captions
from genlib.training import OnStep, Player, fit, minibatches, train_by_schedule
from genlib.training.processes import agree, own_seed
from genlib.weights import as_shipped

SIZE = {ONE: 16, TWO: 32}
DATA = {
    ONE: "drawn shapes with captions, 16 x 16; a tenth of the captions held out",
    TWO: "two drawn shapes with captions, 32 x 32; a tenth of the captions held out",
}
CODES = 128
LARGER = {"width": 96, "layers": 4}  # of the transformers that are shipped

# --- first stage: tokens of a picture


def train_codes(
    model: DiscreteVAE,
    x: Tensor,
    steps: int,
    seed: int = 0,
    *,
    beta: float = 0.2,
    coldest: float = 0.1,
    on_step: OnStep | None = None,
) -> list[float]:
    """Train the discrete VAE on images, 48 at a step, and return its losses in nats: -log p(x | codes) + beta KL.

    A seventh of the steps it is an autoencoder without codes; then the book starts, and the draws' temperature falls
    from 1 to `coldest`.
    """
    noise = torch.Generator().manual_seed(own_seed(seed))
    turns, first = itertools.count(), steps // 7
    torch.manual_seed(own_seed(seed))
    optimizer = torch.optim.Adam(model.parameters())
    schedule = OneCycleLR(
        optimizer, 3e-3, steps, pct_start=0.03, cycle_momentum=False, final_div_factor=1000
    )

    def loss(part: Tensor) -> Tensor:
        step = next(turns)
        if step < first:
            mean = model.paint(model.vectors(part))
            return -model.likelihood(part, mean).mean()
        if step == first:
            model.start_book(x[:500], noise)
            agree(model)
        done = (step - first) / (steps - first)
        likelihood, kl = model.bound(part, coldest ** min(1, done / 0.8))
        return (beta * kl - likelihood).mean()

    batches = minibatches(x, size=48, generator=noise)
    hooks = [lambda step: schedule.step(), *([on_step] if on_step else [])]
    return fit({"codes": Player(model, loss, optimizer)}, batches, steps, hooks)["codes"]


def code_model(grammar: Grammar = ONE, codes: int = CODES) -> DiscreteVAE:
    """The untrained discrete VAE of pictures of a grammar."""
    return DiscreteVAE(codes, SIZE[grammar])


def trained_codes(
    steps: int, seed: int = 0, grammar: Grammar = ONE, codes: int = CODES, **settings
) -> DiscreteVAE:
    """A discrete VAE trained from the first weights of that seed; settings are those of `train_codes`."""
    torch.manual_seed(seed)
    model = code_model(grammar, codes)
    x, _ = seen_pictures(12_000, SIZE[grammar], seed, grammar)
    train_codes(model, x, steps, seed, **settings)
    return model


def scores_of_codes(
    model: DiscreteVAE, grammar: Grammar = ONE, each: int = 10
) -> dict[str, dict[str, float]]:
    """The judge on pictures that went through the codes: {"seen", "unseen"} -> scores."""
    noise, size = torch.Generator().manual_seed(7), SIZE[grammar]
    again = lambda text: model.decode(model.tokens(draw_shapes(text, size, noise, grammar)))
    return judge_captions(again, each, grammar)


def shipped_codes(grammar: Grammar = ONE) -> DiscreteVAE:
    """The discrete VAE of `codes_shapes` or of `codes_pairs`, in eval mode."""
    model = code_model(grammar).eval()
    weights.load_or_train("codes_shapes" if grammar is ONE else "codes_pairs", model)
    return model


# --- second stage: a transformer over caption and tokens


def token_rows(
    codes: DiscreteVAE,
    model: TokenTransformer,
    grammar: Grammar = ONE,
    n: int = 12_000,
    seed: int = 50,
) -> Tensor:
    """Captions and the tokens of their pictures, as rows of the transformer: -> (n, T + N)."""
    x, text = seen_pictures(n, SIZE[grammar], seed, grammar)
    return model.join(text, torch.cat([codes.tokens(part) for part in x.split(500)]))


def token_model(
    grammar: Grammar = ONE, codes: int = CODES, width: int = 64, layers: int = 3
) -> TokenTransformer:
    """The untrained transformer over a caption and then the codes of its picture."""
    parts = [(grammar.length, len(grammar.words)), ((SIZE[grammar] // 4) ** 2, codes)]
    return TokenTransformer(parts, width, layers)


def shipped_tokens(grammar: Grammar = ONE) -> TokenTransformer:
    """The transformer of `tokens_shapes` or of `tokens_pairs`, in eval mode."""
    model = token_model(grammar, **LARGER).eval()
    weights.load_or_train("tokens_shapes" if grammar is ONE else "tokens_pairs", model)
    return model


def train_tokens(
    model: TokenTransformer,
    rows: Tensor,
    steps: int,
    seed: int = 0,
    *,
    text: float = 1 / 8,
    lr: float = 5e-3,
    size: int = 64,
    on_score: Callable[[nn.Module, int, float], None] = lambda model, step, score: None,
) -> TokenTransformer:
    """Train the transformer on rows of tokens, and return the moving average of its weights, best on a 20th held out.

    The loss is `text` times the mean nats per word, and the rest of 1 times the mean nats per code.
    """
    words, codes = (length for length, _ in model.parts)

    def loss(model: TokenTransformer, rows: Tensor) -> Tensor:
        of_text, of_image = model.nats(rows)
        return (text * of_text / words + (1 - text) * of_image / codes).mean()

    image_nats = lambda model, rows: torch.cat([model.nats(part)[1] for part in rows.split(500)])
    held = len(rows) // 20
    x = {"train": rows[held:], "valid": rows[:held]}
    how = {"lr": lr, "size": size, "decay": 0.99, "seed": seed, "on_score": on_score}
    return train_by_schedule(model, x, steps, loss=loss, each=image_nats, **how)


def trained_tokens(
    codes: DiscreteVAE, steps: int, seed: int, **settings: float
) -> TokenTransformer:
    """A transformer over the codes of 16 x 16 pictures, trained from the first weights of that seed."""
    torch.manual_seed(seed)
    model = token_model(codes=codes.num_codes)
    return train_tokens(model, token_rows(codes, model), steps, seed, **settings)


def draw_tokens(
    codes: DiscreteVAE,
    model: TokenTransformer,
    text: Tensor,
    generator: torch.Generator | None = None,
    **sharper: float,
) -> Tensor:
    """A picture of each caption by both stages: (B, T) -> (B, 3, size, size); `sharper` as in `TokenTransformer.sample`."""
    drawn = model.sample(len(text), text, generator, **sharper)
    return codes.decode(model.split(drawn)[1])


def scores_of_tokens(
    codes: DiscreteVAE,
    model: TokenTransformer,
    temperature: float = 0.7,
    grammar: Grammar = ONE,
    each: int = 10,
) -> dict[str, dict[str, float]]:
    """The judge on samples of each caption: {"seen", "unseen"} -> scores."""
    noise = torch.Generator().manual_seed(7)
    draw = lambda text: draw_tokens(codes, model, text, noise, temperature=temperature)
    return judge_captions(draw, each, grammar)


# --- what is shipped


def codes_shapes(steps: int = 5000) -> Recipe:
    """Train the discrete VAE of single shapes, some minutes of one core."""
    return _codes(ONE, steps)


def codes_pairs(steps: int = 5000) -> Recipe:
    """Train the discrete VAE of two shapes, some ten minutes of one core."""
    return _codes(TWO, steps)


def _codes(grammar: Grammar, steps: int) -> Recipe:
    model = as_shipped(trained_codes(steps, 0, grammar))
    found = scores_of_codes(model, grammar, each=10 if grammar is ONE else 1)
    return model, {
        "model": f"code_model({'ONE' if grammar is ONE else 'TWO'})",
        "data": DATA[grammar],
        "accuracy": f"all words right after the codes: {told_of_captions(found)}",
    }


def tokens_shapes(steps: int = 4000) -> Recipe:
    """Train the larger transformer on the shipped codes of single shapes, some minutes of one core."""
    return _tokens(ONE, steps, n=24_000)


def tokens_pairs(steps: int = 5000) -> Recipe:
    """Train the larger transformer on the shipped codes of two shapes, 64 a picture, half an hour of one core."""
    return _tokens(TWO, steps, n=40_000)


def _tokens(grammar: Grammar, steps: int, n: int) -> Recipe:
    stage = shipped_codes(grammar)
    torch.manual_seed(0)
    model = token_model(grammar, **LARGER)
    rows = token_rows(stage, model, grammar, n)
    model = as_shipped(train_tokens(model, rows, steps, lr=2e-3, on_score=print_score))
    found = scores_of_tokens(stage, model, 0.7, grammar, each=10 if grammar is ONE else 1)
    return model, {
        "model": f"token_model({'ONE' if grammar is ONE else 'TWO'}, **LARGER)",
        "data": DATA[grammar],
        "accuracy": f"all words right at temperature 0.7: {told_of_captions(found)}",
    }
