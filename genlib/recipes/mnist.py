"""Recipes of large digits for notebooks 06 and 07, from a file of MNIST: a classifier, a DCGAN and an InfoGAN."""

import torch
from torch import Tensor, nn

from genlib.data import augment, labelled_mnist
from genlib.judges import accuracy, judge_large, matched
from genlib.models import (
    Codes,
    ConditionalGenerator,
    DCGANDiscriminator,
    DCGANGenerator,
    DigitClassifier,
    Generator,
    InfoDiscriminator,
)
from genlib.models.gan import discriminator_loss, nonsaturating_loss
from genlib.models.infogan import agreement, information_bound, joint_table
from genlib.recipes import Recipe, print_score
from genlib.recipes._trainings import train_gan, train_on_labels
from genlib.training import OnStep, Player, adam, minibatches, play
from genlib.training.processes import own_seed
from genlib.weights import as_shipped

Labelled = dict[str, tuple[Tensor, Tensor]]  # as `labelled_mnist` gives them
DATA = "MNIST"
GAN = {"moved": False, "size": 64}  # 55,000 images need no moves; else `Settings` of `train_gan`


def classifier_mnist(data: str, steps: int = 2600) -> Recipe:
    """Train a classifier of MNIST's digits, for the Frechet distance; two minutes of one core."""
    x = labelled_mnist(data)
    torch.manual_seed(0)
    model = train_on_labels(DigitClassifier(size=28), x["train"], x["valid"], steps)
    model = as_shipped(model)
    found = {split: accuracy(model, *x[split]) for split in ("valid", "test")}
    return model, {
        "model": "DigitClassifier(size=28)",
        "data": DATA,
        "accuracy": f"valid {found['valid']:.4f}, test {found['test']:.4f}",
    }


def large_pair() -> nn.ModuleDict:
    """The untrained DCGAN of 28 x 28 digits: its "generator" of 32 numbers and its "discriminator"."""
    generator = DCGANGenerator(28, latent_dim=32, features=40)
    discriminator = DCGANDiscriminator(28, features=32, batch_norm=False, extra=1)
    return nn.ModuleDict({"generator": generator, "discriminator": discriminator})


def judged_samples(generator: Generator, real: Tensor) -> dict[str, float]:
    """The scores of so many samples as there are real images, as `judge_large` gives them."""
    with torch.no_grad():
        x = generator.sample(len(real), generator=torch.Generator().manual_seed(0))
    return judge_large(x, real)


def dcgan_mnist(data: str, steps: int = 10_000) -> Recipe:
    """Train a DCGAN of MNIST's digits and keep the average of its generator; ten minutes of one core."""
    x = labelled_mnist(data)
    train, valid, test = (x[split][0] for split in ("train", "valid", "test"))
    torch.manual_seed(0)

    def say(step: int, average: Generator) -> None:
        if (step + 1) % max(steps // 10, 1) == 0:
            found = judged_samples(average.eval(), valid)
            print_score(average, step + 1, found["frechet"])

    generator = as_shipped(train_gan(*large_pair().values(), steps, 0, say, train, **GAN))
    told = {"model": 'large_pair()["generator"]', "data": DATA}
    return generator, told | told_of_large(generator, train, test)


def told_of_large(generator: Generator, train: Tensor, test: Tensor) -> dict[str, str]:
    """What a file tells of so many samples as there are images of test, and of images of train beside them."""
    found, floor = judged_samples(generator, test), judge_large(train[: len(test)], test)
    real = judge_large(test, test)["sure"]
    return {
        "frechet": f"{found['frechet']:.2f} to test, {len(test)} images each; of train {floor['frechet']:.2f}",
        "sure": f"{found['sure']:.3f} of samples, {real:.3f} of test",
    }


# --- codes that are read back

CODES = Codes(categories=10, continuous=2)
# D and Q see real and fake moved so, with slopes and bends too: what a move changes cannot be a category
MOVES = {"shift": 0.1, "degrees": 15.0, "scale": 0.0, "size": 0.95}
MOVES |= {"stretch": 0.2, "shear": 0.3, "bend": 0.05}
KEPT = 0.9  # of the running table of agreement at each step


def large_infogan_pair() -> nn.ModuleDict:
    """The untrained InfoGAN of 28 x 28 digits: its "generator" of 8 numbers and CODES, its "discriminator"."""
    generator = ConditionalGenerator(CODES, 28, latent_dim=8)
    return nn.ModuleDict(
        {"generator": generator, "discriminator": InfoDiscriminator(CODES, 28, own_trunk=True)}
    )


def train_large_infogan(
    pair: nn.ModuleDict,
    x: Tensor,
    steps: int,
    seed: int = 0,
    *,
    lam: float = 1.0,
    alike: float = 0.1,
    on_step: OnStep | None = None,
) -> dict[str, list[float]]:
    """Train the pair on images x, 64 at a step, and return the players' losses.

    G and Q raise lam L_I as ever, and Q also raises `alike` times the `agreement` of its categories between two
    moved copies of each real image. With lam = 0 that is all that Q learns from.
    """
    G, D = pair["generator"], pair["discriminator"]
    noise = torch.Generator().manual_seed(own_seed(seed))
    move = lambda x: augment(x, noise, **MOVES)
    asked, running = [], []  # noise and codes of a step, the same for both players; a table

    def of_D(real: Tensor) -> Tensor:
        asked[:] = G.noise(len(real), noise), CODES.sample(len(real), noise)
        with torch.no_grad():
            fake = G(*asked)
        return discriminator_loss(D(move(real)), D(move(fake)))

    def of_G(real: Tensor) -> Tensor:
        logits, guess = D.both(move(G(*asked)))
        loss = nonsaturating_loss(logits) - lam * information_bound(guess, asked[1])
        if not alike:
            return loss
        table = joint_table(*(D.guess(move(real)).logits for _ in range(2)))
        now = table.detach()
        running[:] = [KEPT * running[0] + (1 - KEPT) * now] if running else [now]
        return loss - alike * agreement(table, running[0])

    players = {
        "discriminator": Player(D, of_D, adam(D.layers.parameters(), 5e-4)),
        "generator": Player(G, of_G, adam([*G.parameters(), *D.q.parameters()], 1e-3)),
    }
    return play(players, minibatches(x, size=64, generator=noise), steps, on_step)


def trained_large_infogan(
    x: Tensor, steps: int, seed: int, until: int | None = None, **settings: float
) -> nn.ModuleDict:
    """An InfoGAN trained on images x from the first weights of that seed; `settings` are those of `train_large_infogan`.

    With `until`, the game ends after so many of its steps.
    """
    torch.manual_seed(seed)
    pair = large_infogan_pair()
    ends = lambda step: step + 1 == until
    train_large_infogan(pair, x, steps, seed, on_step=ends, **settings)
    return pair


@torch.no_grad()
def agreed(pair: nn.ModuleDict, x: Tensor) -> float:
    """The agreement in nats of Q's categories at images x, each moved in two ways: no label is needed."""
    D, noise = pair["discriminator"], torch.Generator().manual_seed(0)
    tables = [
        joint_table(*(D.guess(augment(part, noise, **MOVES)).logits for _ in range(2)))
        for part in x.split(500)
    ]
    return agreement(torch.stack(tables).mean(0)).item()


def infogan_mnist(data: str, steps: int = 6000, starts: int = 12, kept: int = 3) -> Recipe:
    """Train InfoGANs of MNIST's digits, and keep the best on valid; three quarters of an hour of one core.

    Most games end with two digits in one category, and another digit in two. So `starts` games are begun, and those
    `kept` go on whose categories agree best at moved copies of valid, after a third of the steps and without labels.
    """
    x = labelled_mnist(data)
    train, valid = x["train"][0], x["valid"][0]
    begun = {}
    for seed in range(starts):
        begun[seed] = agreed(trained_large_infogan(train, steps, seed, steps // 3), valid)
        print(f"seed {seed}: agreement {begun[seed]:.2f} nats", flush=True)
    seeds = sorted(begun, key=begun.get)[-kept:]
    return best_large_infogan({s: trained_large_infogan(train, steps, s) for s in seeds}, x)


def best_large_infogan(
    pairs: dict[int, nn.ModuleDict], x: Labelled
) -> tuple[nn.ModuleDict, dict[str, str]]:
    """The pair, of those of some seeds, whose categories match valid best, and what each of them reached."""
    found = {
        seed: {split: matched(pair["discriminator"], *x[split]) for split in ("valid", "test")}
        for seed, pair in pairs.items()
    }
    best = max(found, key=lambda seed: found[seed]["valid"])
    each = "; ".join(
        f"seed {seed}: valid {one['valid']:.3f}, test {one['test']:.3f}"
        for seed, one in found.items()
    )
    shipped = as_shipped(pairs[best])
    share = matched(shipped["discriminator"], *x["test"])
    return shipped, {
        "model": "large_infogan_pair()",
        "data": DATA,
        "seed": f"{best}, best on valid of {len(pairs)}",
        "accuracy": f"matched test {share:.3f}, as shipped; {each}",
    }
