"""Recipes of notebook 10: the classifier of animals, and CycleGANs of horses and zebras."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from genlib import weights
from genlib.data import draw_horses, draw_zebras, many_scenes
from genlib.judges import animal_pairs, judge_cycle
from genlib.models import AttributeClassifier, ImagePool, PatchDiscriminator, Translator
from genlib.models.cyclegan import CYCLE, cycle_loss
from genlib.models.gan import least_squares_discriminator_loss, least_squares_generator_loss
from genlib.recipes import Recipe
from genlib.recipes._trainings import OnAverage, ignore, play_averaged
from genlib.training import Player, adam, fit, minibatches
from genlib.training.processes import own_seed
from genlib.weights import Record, as_shipped

DATA = "drawn horses and zebras, 32 x 32"
ANIMALS = 2000  # of each kind, in scenes of their own
HELD = 1000  # seed of others
LIVE = 600  # steps, the notebook's budget
LONG = {"features": 16, "blocks": 3}  # of the translators that are trained long


def classifier_horses(steps: int = 400) -> Recipe:
    """Train a classifier of animals: horse or zebra, and where it faces; some ten seconds of one core."""
    torch.manual_seed(0)
    model = AttributeClassifier((2, 2), features=8)
    x, labels = labelled_animals(3000, seed=100)
    batches = minibatches(x, labels, size=64, generator=torch.Generator().manual_seed(own_seed(0)))
    fit({"classifier": Player(model, model.loss, adam(model.parameters(), 2e-3))}, batches, steps)
    model, (held, true) = as_shipped(model), labelled_animals(1000, seed=101)
    right = (model.attributes(held) == true).double().mean(0)
    told = f"kind {right[0]:.4f}, direction {right[1]:.4f} of 2000 animals"
    return model, {
        "model": "AttributeClassifier((2, 2), features=8)",
        "data": DATA,
        "accuracy": told,
    }


def labelled_animals(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Horses and zebras of the same scenes, with 1 for a zebra and 1 for facing left: -> (2 n, 3, 32, 32), (2 n, 2)."""
    scenes = many_scenes(n, seed)
    kind, left = torch.arange(2).repeat_interleave(n), scenes[:, 0].long().repeat(2)
    return torch.cat([draw_horses(scenes), draw_zebras(scenes)]), torch.stack([kind, left], 1)


def cycle_four(features: int = 12, blocks: int = 2) -> nn.ModuleDict:
    """The untrained four: "to_zebra" and "to_horse" translate, "of_zebras" and "of_horses" are discriminators."""
    return nn.ModuleDict(
        {
            "to_zebra": Translator(features, blocks),
            "to_horse": Translator(features, blocks),
            "of_zebras": PatchDiscriminator(layers=1),
            "of_horses": PatchDiscriminator(layers=1),
        }
    )


def two_sides(four: nn.ModuleDict) -> tuple[nn.ModuleDict, nn.ModuleDict]:
    """The translators and the discriminators of the four, a player each."""
    of = lambda *names: nn.ModuleDict({name: four[name] for name in names})
    return of("to_zebra", "to_horse"), of("of_zebras", "of_horses")


def cycle_losses(
    four: nn.ModuleDict,
    noise: torch.Generator,
    *,
    cycle: float = CYCLE,
    identity: float = 0.0,
    pool: int = 50,
) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """What the translators and what the discriminators lose at a batch of horses and a batch of zebras, in this order.

    `cycle` and `identity` are weights, `pool` how many pictures of each kind are kept. The discriminators are asked about
    the pictures that the translators have just made.
    """
    to_zebra, to_horse = four["to_zebra"], four["to_horse"]
    of_zebras, of_horses = four["of_zebras"], four["of_horses"]
    zebras, horses, made = ImagePool(pool, noise), ImagePool(pool, noise), []

    def of_translators(horse: Tensor, zebra: Tensor) -> Tensor:
        z, h = to_zebra(horse), to_horse(zebra)
        made[:] = [z.detach(), h.detach()]
        loss = least_squares_generator_loss(of_zebras(z))
        loss = loss + least_squares_generator_loss(of_horses(h))
        if cycle:
            back = cycle_loss(horse, to_horse(z)) + cycle_loss(zebra, to_zebra(h))
            loss = loss + cycle * back
        if identity:
            same = cycle_loss(zebra, to_zebra(zebra)) + cycle_loss(horse, to_horse(horse))
            loss = loss + identity * same
        return loss

    def of_discriminators(horse: Tensor, zebra: Tensor) -> Tensor:
        z, h = made if made else (to_zebra(horse).detach(), to_horse(zebra).detach())
        loss = least_squares_discriminator_loss(of_zebras(zebra), of_zebras(zebras(z)))
        loss = loss + least_squares_discriminator_loss(of_horses(horse), of_horses(horses(h)))
        return loss / 2

    return of_translators, of_discriminators


def train_cycle(
    four: nn.ModuleDict,
    steps: int,
    seed: int = 0,
    *,
    left: float = 0.5,
    lr: float = 1e-3,
    decay: float = 0.99,
    on_step: OnAverage = ignore,
    **settings: float,
) -> nn.ModuleDict:
    """Train the four on unpaired animals, 4 of each kind at a step, and return the moving average of the translators.

    The rate stays for half of the steps, and falls to a fiftieth in the other half. `left` is the share of animals that face
    left; `on_step(step, average)` is called after each. Other settings are those of `cycle_losses`.
    """
    noise = torch.Generator().manual_seed(own_seed(seed))
    horses, zebras = unpaired(ANIMALS, left)
    of_translators, of_discriminators = cycle_losses(four, noise, **settings)
    pair, opponents = two_sides(four)
    players = {
        "translators": Player(pair, of_translators, adam(pair.parameters(), lr)),
        "discriminators": Player(opponents, of_discriminators, adam(opponents.parameters(), lr)),
    }
    batches = both(horses, zebras, noise)
    return play_averaged(players, pair, batches, steps, decay=decay, on_step=on_step, constant=0.5)


def unpaired(n: int, left: float = 0.5) -> tuple[Tensor, Tensor]:
    """n horses and n zebras of other scenes: no horse here has its partner among the zebras."""
    return draw_horses(many_scenes(n, 11, left)), draw_zebras(many_scenes(n, 22, left))


def both(horses: Tensor, zebras: Tensor, noise: torch.Generator, size: int = 4):
    """Endless batches of horses and of zebras, each shuffled for itself."""
    of = lambda x: minibatches(x, size=size, generator=noise)
    return ((*horse, *zebra) for horse, zebra in zip(of(horses), of(zebras), strict=False))


def trained_cycle(
    steps: int, seed: int, features: int = 12, blocks: int = 2, **settings
) -> nn.ModuleDict:
    """The averaged translators of a CycleGAN trained from the first weights of that seed."""
    torch.manual_seed(seed)
    return train_cycle(cycle_four(features, blocks), steps, seed, **settings)


def shipped_cycle() -> nn.ModuleDict:
    """The translators of `cyclegan_horses`, in eval mode: "to_zebra" and "to_horse"."""
    pair, _ = two_sides(cycle_four(**LONG))
    weights.load_or_train("cyclegan_horses", pair)
    return pair.eval()


def cyclegan_horses(steps: int = 20000) -> Recipe:
    """Train a CycleGAN of horses and zebras, half an hour of one core."""
    pair = as_shipped(trained_cycle(steps, 1, decay=0.998, **LONG))
    found = judge_cycle(pair["to_zebra"], pair["to_horse"], animal_pairs(400, HELD))
    told = ", ".join(f"{name} {score:.4f}" for name, score in found.items())
    model = "to_zebra and to_horse, Translator(features=16, blocks=3)"
    return pair, {"model": model, "data": DATA, "seed": 1, "accuracy": told}


CYCLES, IDENTITIES = (0, 5, 20, 80), (0, 10)  # weights whose results are recorded
SHOWN = 6  # animals


def blank_losses() -> Record:
    """What `cyclegan_losses` records, all 0, 8 bits a number: (weights of the cycle, of the identity, animals, 3, 32, 32)."""
    shape = len(CYCLES), len(IDENTITIES), SHOWN, 3, 32, 32
    blank = lambda: torch.zeros(shape, dtype=torch.uint8)
    return Record(zebra=blank(), back=blank(), horse=blank())


def cyclegan_losses(steps: int = LIVE) -> Recipe:
    """Record what CycleGANs of one seed make of animals, with each pair of weights; five minutes of one core."""
    record, shown = blank_losses(), animal_pairs(SHOWN, HELD)
    for row, cycle in enumerate(CYCLES):
        for column, identity in enumerate(IDENTITIES):
            pair = trained_cycle(steps, 0, cycle=cycle, identity=identity)
            with torch.no_grad():
                zebra, horse = pair["to_zebra"](shown.horse), pair["to_horse"](shown.zebra)
                made = {"zebra": zebra, "back": pair["to_horse"](zebra), "horse": horse}
            for name, x in made.items():
                getattr(record, name)[row, column] = (255 * x).round().byte()
    told = f"{SHOWN} held-out animals, cycle weights {CYCLES}, identity weights {IDENTITIES}"
    return record, {
        "model": "pictures of Translator(), 8 bits a number",
        "data": DATA,
        "accuracy": told,
    }


class MirrorTranslator(nn.Module):
    """A translator behind a mixture of a picture and its mirror image: (B, C, H, W) -> (B, C, H, W).

    net(s mirror(x) + (1 - s) x), and s = sigmoid(20 w) is learnt too, from 1/2: at s = 1 it is a translator that mirrors. The
    factor lets one weight go as far as many others do together.
    """

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net, self.free = net, nn.Parameter(torch.zeros(()))

    @property
    def share(self) -> Tensor:
        """s, from 0 to 1."""
        return (20 * self.free).sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return self.net(torch.lerp(x, x.flip(3), self.share))


def mirror_four() -> nn.ModuleDict:
    """The four of `cycle_four`, smaller, with translators that can mirror."""
    four = cycle_four(features=8, blocks=1)
    for name in ("to_zebra", "to_horse"):
        four[name] = MirrorTranslator(four[name])
    return four
