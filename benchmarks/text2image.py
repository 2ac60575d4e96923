"""Do pictures show their captions, seen and held out, by GAN-CLS and by tokens, and what does each ingredient buy?

    python benchmarks/text2image.py [--seeds 5] [gan tokens codes ...]

The judge of `genlib.data.reading` reads ten pictures of each of 216 seen and 24 held-out captions; "all" is the share
with all four words right. "apart" is the mean distance between two pictures of a seen caption, that of real ones beside
it. Seconds are CPU time of one thread, training alone. Kept in benchmarks/results/text2image_*.json.
"""

import time
from collections.abc import Callable

import torch
from parts import measure
from torch import Tensor

from genlib.data import draw_shapes, split_captions, words_right
from genlib.models.discrete_vae import uniform_kl
from genlib.recipes.text2image import scores_of_gan, shipped_gan, trained_gan_cls
from genlib.recipes.tokens import (
    CODES,
    draw_tokens,
    scores_of_codes,
    scores_of_tokens,
    shipped_codes,
    trained_codes,
    trained_tokens,
)

GAN_STEPS = 1800
TOKEN_STEPS = 800  # the notebook's budget
CODE_STEPS = 1500
SIZES = (4, 8, 16, 32, 64, 128, 256)  # of code books
BETAS = (0.0, 0.2, 1.0, 5.0)  # of the divergence
EACH = 10  # pictures of a caption
NUMBERS = (1, 2, 4, 8, 16)  # of candidates, of which D keeps one


SEEN, UNSEEN = split_captions()
SEEN_ONCE = draw_shapes(SEEN, generator=torch.Generator().manual_seed(5))

# --- the game


@torch.no_grad()
def apart(draw: Callable[[Tensor], Tensor]) -> float:
    """The mean distance between two of EACH pictures of a seen caption."""
    x = draw(SEEN.repeat_interleave(EACH, 0)).flatten(1).view(len(SEEN), EACH, -1)
    return torch.cdist(x, x).sum().item() / (len(SEEN) * EACH * (EACH - 1))


def of_gan(seed: int, **settings: float | bool) -> dict:
    start = time.process_time()
    G, _ = trained_gan_cls(GAN_STEPS, seed, **settings)
    found = {"seed": seed, "seconds": time.process_time() - start, **scores_of_gan(G, EACH)}
    noise = torch.Generator().manual_seed(0)
    found["apart"] = apart(lambda text: G.sample(len(text), text, generator=noise))
    told = f"seen {found['seen']['all']:.3f}, unseen {found['unseen']['all']:.3f}"
    print(f"{told}, apart {found['apart']:.2f}, {found['seconds']:.0f} s", flush=True)
    return found


def gan(seeds: int = 5) -> dict:
    """GAN-CLS, and one change at a time with fewer seeds."""
    fewer = max(1, seeds - 2)
    settings = {
        "GAN-CLS": ({}, seeds),
        "no wrong texts": ({"mismatch": False}, fewer),
        "D cannot read": ({"told": False}, fewer),
        "halfway texts": ({"mixed": 1.0}, fewer),
        "modes sought": ({"spread": 1.0}, fewer),
    }
    found = {}
    for name, (setting, n) in settings.items():
        print(name)
        found[name] = [of_gan(seed, **setting) for seed in range(n)]
    noise = torch.Generator().manual_seed(0)
    real = apart(lambda text: draw_shapes(text, generator=noise))
    print(f"real pictures: apart {real:.2f}")
    return {"steps": GAN_STEPS, "real": real, "rows": found}


# --- tokens


def of_codes(size: int, seed: int, **settings: float) -> dict:
    model, x = trained_codes(CODE_STEPS, seed, codes=size, **settings), SEEN_ONCE
    found = {"codes": size, "seed": seed, **scores_of_codes(model, each=EACH)}
    with torch.no_grad():
        found["kl"] = uniform_kl(model.encode(x)).sum(1).mean().item()
        tokens = model.tokens(x)
        found["error"] = (model.decode(tokens) - x).square().mean().item()
    found["used"] = len(tokens.unique())
    told = f"seen {found['seen']['all']:.3f}, KL {found['kl']:.1f}, {found['used']} used"
    print(f"{size} codes {settings or ''}: {told}", flush=True)
    return found


def codes(seeds: int = 2) -> dict:
    """Books of several sizes: what of a caption survives, and how many nats the tokens of a picture hold."""
    found = [of_codes(size, seed) for size in SIZES for seed in range(seeds)]
    return {"steps": CODE_STEPS, "rows": found}


def kl(seeds: int = 2) -> dict:
    """The divergence left out, or weighed otherwise than by 0.2, with the book of notebook 08."""
    found = {f"{b:g}": [of_codes(CODES, s, beta=b) for s in range(seeds)] for b in BETAS}
    return {"steps": CODE_STEPS, "rows": found}


def of_tokens(seed: int, **settings: float) -> dict:
    stage, start = shipped_codes(), time.process_time()
    model = trained_tokens(stage, TOKEN_STEPS, seed, **settings)
    found = {"seed": seed, "seconds": time.process_time() - start}
    for temperature in (1.0, 0.7):
        found[f"{temperature}"] = scores_of_tokens(stage, model, temperature, each=EACH)
        noise = torch.Generator().manual_seed(0)
        draw = lambda text: draw_tokens(stage, model, text, noise, temperature=temperature)  # noqa: B023
        found[f"apart at {temperature}"] = apart(draw)
    cool = found["0.7"]
    told = f"at 0.7 seen {cool['seen']['all']:.3f}, unseen {cool['unseen']['all']:.3f}"
    print(f"{told}, apart {found['apart at 0.7']:.2f}, {found['seconds']:.0f} s", flush=True)
    return found


def tokens(seeds: int = 5) -> dict:
    """The transformer as in the notebook, on the shipped codes."""
    return {"steps": TOKEN_STEPS, "rows": [of_tokens(seed) for seed in range(seeds)]}


def loss(seeds: int = 2) -> dict:
    """How much of the loss is the text's: 1/8 is the part `tokens`."""
    found = {
        f"{text:g}": [of_tokens(s, text=text) for s in range(seeds)] for text in (0.0, 0.5, 0.9)
    }
    return {"steps": TOKEN_STEPS, "rows": found}


@torch.no_grad()
def rerank(seeds: int = 2) -> dict:
    """Of N pictures by tokens the one that the GAN's D likes best, and the best by the judge, over all captions."""
    _, D = shipped_gan()
    stage, every = shipped_codes(), torch.cat([SEEN, UNSEEN])
    found = {"numbers": list(NUMBERS), "D": [], "judge": []}
    for seed in range(seeds):
        with torch.enable_grad():
            model = trained_tokens(stage, TOKEN_STEPS, seed)
        noise, text = torch.Generator().manual_seed(0), every.repeat_interleave(max(NUMBERS), 0)
        x = torch.cat([draw_tokens(stage, model, part, noise) for part in text.split(400)])
        right = words_right(x, text).all(1).view(len(every), -1)
        liked = torch.cat([D(*both) for both in zip(x.split(400), text.split(400), strict=True)])
        liked = liked.view_as(right)
        best = [right[torch.arange(len(every)), liked[:, :n].argmax(1)] for n in NUMBERS]
        found["D"].append([share.double().mean().item() for share in best])
        found["judge"].append([right[:, :n].any(1).double().mean().item() for n in NUMBERS])
        print(f"D {found['D'][-1]}, judge {found['judge'][-1]}", flush=True)
    return found


PARTS = {"gan": gan, "codes": codes, "kl": kl, "tokens": tokens, "loss": loss, "rerank": rerank}


def main() -> None:
    measure("text2image", __doc__, PARTS)


if __name__ == "__main__":
    main()
