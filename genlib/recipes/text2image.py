"""Recipe of notebook 08: pictures from captions by GAN-CLS."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn

from genlib import weights
from genlib.data.shapes import ONE, seen_pictures
from genlib.judges import judge_captions
from genlib.models import TextDiscriminator, TextEncoder, TextGenerator
from genlib.models.gan import discriminator_loss, nonsaturating_loss, r1_penalty
from genlib.models.text2image import derangement, matching_loss, mode_seeking
from genlib.recipes import Recipe, told_of_captions
from genlib.recipes._trainings import LAZY
from genlib.training import Average, OnStep, Player, adam, minibatches, play
from genlib.training.processes import own_seed
from genlib.weights import as_shipped

WORDS = len(ONE.words)
GAMMA = 0.05  # of R1
DATA = "drawn shapes with captions, 16 x 16; a tenth of the captions held out"


def gan_pair(latent_dim: int = 8) -> nn.ModuleDict:
    """The untrained GAN-CLS of 16 x 16 pictures: its "generator" and its "discriminator", an encoder in each."""
    encoder = lambda: TextEncoder(WORDS, ONE.length)
    generator = TextGenerator(encoder(), latent_dim=latent_dim)
    discriminator = TextDiscriminator(encoder(), batch_norm=False)
    return nn.ModuleDict({"generator": generator, "discriminator": discriminator})


def gan_losses(
    pair: nn.ModuleDict,
    noise: torch.Generator,
    *,
    mismatch: bool = True,
    told: bool = True,
    mixed: float = 0.0,
    spread: float = 0.0,
) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """What D loses and what G loses at a batch of pictures and captions.

    Without `mismatch` D never sees wrong captions; without being `told` it reads the same words under every picture. G also
    loses `mixed` times D's doubt of a caption halfway between two, and wins `spread` times `mode_seeking`.
    """
    G, D = pair["generator"], pair["discriminator"]
    turns = itertools.count()

    def of_D(real: Tensor, text: Tensor) -> Tensor:
        fake = G.sample(len(text), text, generator=noise)
        read = text if told else torch.zeros_like(text)
        right = D(real, read)
        if mismatch and told:
            wrong = D(real, text[derangement(text, noise)])
            loss = matching_loss(right, wrong, D(fake, text))
        else:
            loss = discriminator_loss(right, D(fake, read))
        if next(turns) % LAZY:
            return loss
        return loss + LAZY * GAMMA * r1_penalty(D, real, read)

    def of_G(real: Tensor, text: Tensor) -> Tensor:
        z = G.noise(len(text), noise)
        fake = G(z, text)
        read = text if told else torch.zeros_like(text)
        loss = nonsaturating_loss(D(fake, read))
        if mixed:
            loss = loss + mixed * _halfway(G, D, text, noise)
        if spread:
            w = G.noise(len(text), noise)
            loss = loss - spread * mode_seeking(fake, G(w, text), z, w)
        return loss

    return of_D, of_G


def _halfway(
    G: TextGenerator, D: TextDiscriminator, text: Tensor, noise: torch.Generator
) -> Tensor:
    """What G loses at captions halfway between two (GAN-INT), each player mixing what its own encoder says."""
    other = text[derangement(text, noise)]
    halfway = lambda net: (net.encoder(text) + net.encoder(other)) / 2
    return nonsaturating_loss(D.judge(G.paint(G.noise(len(text), noise), halfway(G)), halfway(D)))


def train_gan_cls(
    pair: nn.ModuleDict,
    steps: int,
    seed: int = 0,
    *,
    on_step: OnStep | None = None,
    **settings: float | bool,
) -> TextGenerator:
    """Train the pair on pictures of seen captions, 32 at a step, and return the moving average of G.

    Settings are those of `gan_losses`.
    """
    noise = torch.Generator().manual_seed(own_seed(seed))
    of = lambda net: adam(net.parameters(), 3e-3, betas=(0.0, 0.99), fused=False)
    G, D = pair["generator"], pair["discriminator"]
    of_D, of_G = gan_losses(pair, noise, **settings)
    players = {"discriminator": Player(D, of_D, of(D)), "generator": Player(G, of_G, of(G))}
    average = Average(G, 0.995, warm_up=True)
    batches = minibatches(*seen_pictures(12_000, seed=seed), size=32, generator=noise)
    play(players, batches, steps, [average, *([on_step] if on_step else [])])
    return average.module


def trained_gan_cls(
    steps: int, seed: int, **settings: float | bool
) -> tuple[TextGenerator, nn.Module]:
    """The averaged generator and the discriminator of a GAN-CLS trained from the first weights of that seed."""
    torch.manual_seed(seed)
    pair = gan_pair()
    return train_gan_cls(pair, steps, seed, **settings), pair["discriminator"]


def scores_of_gan(generator: TextGenerator, each: int = 10) -> dict[str, dict[str, float]]:
    """The judge on so many samples of each caption: {"seen", "unseen"} -> scores."""
    noise = torch.Generator().manual_seed(7)
    return judge_captions(lambda text: generator.sample(len(text), text, generator=noise), each)


def shipped_gan() -> tuple[TextGenerator, TextDiscriminator]:
    """Both players of `gan_cls_shapes`, in eval mode."""
    pair = gan_pair().eval()
    weights.load_or_train("gan_cls_shapes", pair)
    return pair["generator"], pair["discriminator"]


def gan_cls_shapes(steps: int = 6000, seeds: int = 3) -> Recipe:
    """Train GAN-CLS, some minutes of one core per seed, and keep the pair that draws seen captions best."""
    pairs, found = [], []
    for seed in range(seeds):
        generator, D = trained_gan_cls(steps, seed)
        pairs.append(as_shipped(nn.ModuleDict({"generator": generator, "discriminator": D})))
        found.append(scores_of_gan(pairs[-1]["generator"]))
    best = max(range(seeds), key=lambda seed: found[seed]["seen"]["all"])
    return pairs[best], {
        "model": "gan_pair()",
        "data": DATA,
        "seed": f"{best}, best on seen captions of {seeds}",
        "accuracy": "; ".join(
            f"seed {seed}: {told_of_captions(one)}" for seed, one in enumerate(found)
        ),
    }
