"""Recipes of notebook 12: GANs of drawn faces that grow, and some that need not."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn

from genlib import weights
from genlib.data import many_faces
from genlib.judges import frechet_of_faces, judge_faces
from genlib.models import ProgressiveDiscriminator, ProgressiveGenerator
from genlib.models.gan import (
    critic_generator_loss,
    critic_loss,
    discriminator_loss,
    gradient_penalty,
    nonsaturating_loss,
    r1_penalty,
)
from genlib.models.progressive import (
    EqualizedConv2d,
    EqualizedLinear,
    Phase,
    PixelNorm,
    drift,
    faded,
)
from genlib.recipes import Recipe
from genlib.recipes._trainings import LAZY, OnAverage, ignore
from genlib.training import Average, Player, adam, minibatches, play
from genlib.training.processes import own_seed
from genlib.weights import as_shipped

DATA = "drawn faces, 32 x 32"
FACES = 8000  # that are trained on
WIDTHS, LARGE = (32, 32, 16, 16), (64, 48, 32, 16)  # maps at 4, 8, 16, 32; those that are shipped
BETAS = 0.0, 0.99  # of Adam, as in the paper
LIVE = (  # what a notebook waits for
    Phase(4, 1.0, 600),
    Phase(8, 0.0, 300),
    Phase(8, 1.0, 300),
    Phase(16, 0.0, 400),
    Phase(16, 1.0, 800),
)
EQUAL = (  # the same for 32 x 32, in four minutes
    *(Phase(4, 1.0, 1000), Phase(8, 0.0, 600), Phase(8, 1.0, 600)),
    *(Phase(16, 0.0, 700), Phase(16, 1.0, 1000), Phase(32, 0.0, 800), Phase(32, 1.0, 2300)),
)
ARMS = {  # three ways to 32 x 32 that take as many seconds
    "growing": {"phases": EQUAL},
    "at once": {"phases": (Phase(32, 1.0, 4200),)},
    "sizes added": {"phases": (Phase(32, 1.0, 3750),), "skips": True},
}
LONG = (  # what is shipped
    *(Phase(4, 1.0, 1000), Phase(8, 0.0, 1000), Phase(8, 1.0, 1000)),
    *(Phase(16, 0.0, 1500), Phase(16, 1.0, 2000), Phase(32, 0.0, 1500), Phase(32, 1.0, 11_000)),
)


def progressive_pair(
    widths: tuple[int, ...] = WIDTHS, *, skips: bool = False, group: int = 4
) -> nn.ModuleDict:
    """The untrained networks of faces, "discriminator" and "generator", in the memory layout that is fastest."""
    pair = {
        "discriminator": ProgressiveDiscriminator(widths, group=group, skips=skips),
        "generator": ProgressiveGenerator(widths, skips=skips),
    }
    return nn.ModuleDict(pair).to(memory_format=torch.channels_last)


def unchanged(pair: nn.ModuleDict) -> None:
    """Leave the networks as they are."""


def without_norm(pair: nn.ModuleDict) -> None:
    """Take pixel norm out of the generator, but for the noise's."""
    for block in pair["generator"].blocks:
        for place, layer in enumerate(block):
            if isinstance(layer, PixelNorm) and place:
                block[place] = nn.Identity()


def scaled_at_birth(pair: nn.ModuleDict) -> None:
    """Scale the weights once, at birth, and no more when they run: the same function, at another pace for Adam."""
    for layer in pair.modules():
        if isinstance(layer, (EqualizedConv2d, EqualizedLinear)):
            layer.weight.data *= layer.scale
            layer.scale = 1.0


def squeezed(pair: nn.ModuleDict) -> None:
    """Put a tanh behind the generator, so that its pictures are in [0, 1]."""
    pair["generator"].register_forward_hook(lambda net, z, x: ((2 * x - 1).tanh() + 1) / 2)


def phase_losses(
    pair: nn.ModuleDict,
    phase: Phase,
    noise: torch.Generator,
    *,
    wasserstein: bool = False,
    gamma: float = 0.2,
    fade_reals: bool = True,
) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """What D loses and what G loses at a batch of real pictures of the last size, in this order, in one phase.

    The non-saturating game, with `r1_penalty` in each fourth step; if `wasserstein`, the critic of the paper with its
    penalty and drift.
    """
    G, D = pair["generator"], pair["discriminator"]
    made, turns, moves = [], itertools.count(), itertools.count()

    def draw(real: Tensor) -> tuple[Tensor, float]:
        alpha = phase.alpha(next(turns))
        return G(G.noise(len(real), noise), phase.size, alpha), alpha

    def of_D(real: Tensor) -> Tensor:
        made[:] = [draw(real)]  # once for both players
        fake, alpha = made[0]
        fake, seen = fake.detach(), lambda x: D(x, alpha)
        real = faded(real, phase.size, alpha if fade_reals else 1.0)
        scores = seen(real)
        if wasserstein:
            loss = critic_loss(scores, seen(fake)) + drift(scores)
            return loss + 10 * gradient_penalty(seen, real, fake, noise)
        loss = discriminator_loss(scores, seen(fake))
        return loss if next(moves) % LAZY else loss + LAZY * gamma * r1_penalty(seen, real)

    def of_G(real: Tensor) -> Tensor:
        fake, alpha = made.pop() if made else draw(real)
        scores = D(fake, alpha)
        return critic_generator_loss(scores) if wasserstein else nonsaturating_loss(scores)

    return of_D, of_G


def train_progressive(
    pair: nn.ModuleDict,
    phases: tuple[Phase, ...],
    seed: int = 0,
    *,
    lr: float = 0.012,
    last: float = 0.1,
    decay: float = 0.99,
    reset: bool = True,
    on_step: OnAverage = ignore,
    **settings: float,
) -> ProgressiveGenerator:
    """Train the pair on drawn faces, 16 at a step, phase by phase, and return the moving average of G.

    Adam begins anew in each phase if `reset`, and the rate falls in the last one from `lr` to `last` times it.
    `on_step(step, average)` is called after each step of the whole. Other settings are those of `phase_losses`.
    """
    noise, steps = torch.Generator().manual_seed(own_seed(seed)), itertools.count()
    real = many_faces(FACES, seed=seed)[0].contiguous(memory_format=torch.channels_last)
    batches = minibatches(real, size=16, generator=noise)
    average = Average(pair["generator"], decay, warm_up=True)
    hooks = [average, lambda step: on_step(next(steps), average.module)]
    new = lambda: [adam(pair[name].parameters(), lr, betas=BETAS) for name in pair]
    optimizers = new()
    for phase in phases:
        optimizers = new() if reset else optimizers
        losses = phase_losses(pair, phase, noise, **settings)
        sides = zip(pair, losses, optimizers, strict=True)
        players = {name: Player(pair[name], loss, optimizer) for name, loss, optimizer in sides}
        play(players, batches, phase.steps, hooks, last=last if phase is phases[-1] else 1.0)
    return average.module


def trained_progressive(
    phases: tuple[Phase, ...],
    seed: int,
    *,
    widths: tuple[int, ...] = WIDTHS,
    skips: bool = False,
    group: int = 4,
    change: Callable[[nn.ModuleDict], None] = unchanged,
    **settings,
) -> ProgressiveGenerator:
    """The averaged generator of a pair trained from the first weights of that seed, once `change(pair)` has been at it."""
    torch.manual_seed(seed)
    pair = progressive_pair(widths, skips=skips, group=group)
    change(pair)
    return train_progressive(pair, phases, seed, **settings)


# --- arms, and one thing changed at a time

UNFADED = tuple(phase._replace(start=1.0) for phase in LIVE)
CHANGES = {  # the notebook's training, and what is changed in it
    "all": {},
    "at once": {"phases": (Phase(16, 1.0, 1800),)},
    "no fading": {"phases": UNFADED},
    "reals not faded": {"fade_reals": False},
    "no pixel norm": {"change": without_norm},
    "scaled at birth": {"change": scaled_at_birth},
    "no deviation": {"group": 0},
    "Adam goes on": {"reset": False},
    "tanh": {"change": squeezed},
    "WGAN-GP": {"wasserstein": True},
}
SHOWN = tuple(name for name in CHANGES if name not in ("reals not faded", "Adam goes on"))


def steps_of(phases: tuple[Phase, ...]) -> int:
    """How many steps a schedule has."""
    return sum(phase.steps for phase in phases)


def shortened(phases: tuple[Phase, ...], share: float) -> tuple[Phase, ...]:
    """The same phases with that share of their steps, at least one each."""
    return tuple(phase._replace(steps=max(1, round(share * phase.steps))) for phase in phases)


def trained_arm(
    name: str, seed: int, share: float = 1.0, on_step: OnAverage = ignore
) -> ProgressiveGenerator:
    """The averaged generator of one of `ARMS`, 32 x 32, after that share of its steps."""
    settings = ARMS[name] | {"phases": shortened(ARMS[name]["phases"], share)}
    return trained_progressive(seed=seed, on_step=on_step, **settings)


def trained_part(
    name: str, seed: int, share: float = 1.0, on_step: OnAverage = ignore
) -> ProgressiveGenerator:
    """The averaged generator of the notebook's training, 16 x 16, changed as `CHANGES` says, after that share of its steps."""
    settings = {"phases": LIVE, "widths": WIDTHS[:3]} | CHANGES[name]
    settings["phases"] = shortened(settings["phases"], share)
    return trained_progressive(seed=seed, on_step=on_step, **settings)


def untrained_arms() -> nn.ModuleDict:
    """The generators of `progressive_arms`, by the name of the arm."""
    made = {name: progressive_pair(skips="skips" in of) for name, of in ARMS.items()}
    return nn.ModuleDict({name: pair["generator"] for name, pair in made.items()})


def untrained_parts() -> nn.ModuleDict:
    """The generators of `progressive_parts`, by what is changed."""
    found = {}
    for name in SHOWN:
        pair = progressive_pair(WIDTHS[:3])
        CHANGES[name].get("change", unchanged)(pair)
        found[name] = pair["generator"]
    return nn.ModuleDict(found)


def shipped_progressive() -> ProgressiveGenerator:
    """The generator of `progressive_faces`, in eval mode."""
    generator = ProgressiveGenerator(LARGE).eval()
    weights.load_or_train("progressive_faces", generator)
    return generator


def progressive_faces(steps: int = steps_of(LONG)) -> Recipe:
    """Grow faces from 4 x 4 to 32 x 32, half an hour of one core, and keep the average of the weights."""
    phases = shortened(LONG, steps / steps_of(LONG))
    settings = {"widths": LARGE, "last": 0.02, "decay": 0.999}
    generator = as_shipped(trained_progressive(phases, 0, **settings))
    found = judge_faces(generator.sample(3000, generator=torch.Generator().manual_seed(1)))
    told = ", ".join(f"{name} {score:.3g}" for name, score in found.items())
    return generator, {"model": f"ProgressiveGenerator({LARGE})", "data": DATA, "frechet": told}


def progressive_arms(steps: int = steps_of(EQUAL)) -> Recipe:
    """Train the three arms, four minutes each, of which the notebook shows pictures; `steps` are those of the first."""
    return _together(untrained_arms(), trained_arm, steps / steps_of(EQUAL))


def progressive_parts(steps: int = steps_of(LIVE)) -> Recipe:
    """Train the notebook's generator as it is and with one thing changed at a time, a minute each, for its panel."""
    return _together(untrained_parts(), trained_part, steps / steps_of(LIVE))


def _together(generators: nn.ModuleDict, train: Callable[..., nn.Module], share: float) -> Recipe:
    """All generators in one file, and what each reaches."""
    found = {}
    for name, generator in generators.items():
        generator.load_state_dict(train(name, 0, share).state_dict())
        made = as_shipped(generator).sample(3000, generator=torch.Generator().manual_seed(1))
        found[name] = frechet_of_faces(made.clamp(0, 1))
    told = ", ".join(f"{name} {score:.1f}" for name, score in found.items())
    model = f"{len(generators)} ProgressiveGenerator, {made.shape[-1]} x {made.shape[-1]}"
    return generators, {"model": model, "data": DATA, "frechet": told}
