"""Are the categories of an InfoGAN digits, and what do lambda, moved fakes and the trunk do to that?

    python benchmarks/infogan.py [--seeds 5] [--split test] [--data PATH] [seeds zero conditional large ...]

Q sees real digits of a split that nobody trained on, each moved five times; categories are matched to digits
one to one. Information is the bound L_I of the categories at 2000 fakes, at most ln 10 = 2.303. Frechet
compares 3000 moved samples with 3000 moved digits of the split. Seconds are CPU time of one thread, training
alone. Kept in benchmarks/results/infogan_*.json.
"""

import time
from collections.abc import Callable

import torch
from parts import measure
from sklearn.cluster import KMeans
from torch import Tensor, nn

from genlib.data import augment, digits, enlarge, labelled_mnist, moved_digits
from genlib.judges import categories_of, conditional_accuracy, judge_infogan, judged, matched
from genlib.metrics import contingency, image_moments, matched_accuracy
from genlib.models import ConditionalGenerator
from genlib.models.infogan import information_bound
from genlib.recipes.infogan import (
    CODES,
    infogan_losses,
    infogan_pair,
    trained_conditional,
    trained_infogan,
)
from genlib.recipes.mnist import trained_large_infogan
from genlib.training import Player, adam, minibatches, play

STEPS = 2400  # the notebook's budget
LABELLED_STEPS = 4000  # of a conditional GAN
SAMPLES = 3000
CLUSTERINGS = 3  # of which k-means keeps the tightest


def drawn(G: ConditionalGenerator, split: str, move: bool = True) -> dict[str, float]:
    """The scores of SAMPLES samples, moved too unless G was taught to draw moved digits."""
    noise = torch.Generator().manual_seed(0)
    code = G.codes.sample(SAMPLES, noise)
    x = G.sample(len(code), code, generator=noise)
    category, _ = G.codes.split(code)
    found = judged(augment(x, noise) if move else x, split, category)
    return {name: found[name] for name in ("frechet", "digits", "agree")}


def k_means(split: str) -> float:
    """Matched accuracy of ten clusters of the training pixels, on the same images as Q's."""
    x, labels = moved_digits(split, copies=5, seed=2)
    clusters = KMeans(10, n_init=CLUSTERINGS, random_state=0)
    clusters.fit(moved_digits("train", copies=10)[0].flatten(1).numpy())
    found = torch.from_numpy(clusters.predict(x.flatten(1).numpy())).long()
    return matched_accuracy(found, labels)


HEAD = "  valid matched majority  information (nats)  Frechet digits agree seconds"


def trained(seed: int, **settings) -> tuple[nn.ModuleDict, float]:
    start = time.process_time()
    return trained_infogan(STEPS, seed, **settings), time.process_time() - start


def row(seed: int, split: str, move: bool, train: Callable = trained, **settings) -> dict:
    """All numbers of one training, with the counts of category by digit; `move`: samples are moved."""
    pair, seconds = train(seed, **settings)
    x, labels = moved_digits(split, copies=5, seed=2)
    table = contingency(categories_of(pair["discriminator"], x), labels)
    found = judge_infogan(pair, split) | drawn(pair["generator"], split, move)
    valid = judge_infogan(pair, "valid")["matched"]
    found |= {"seed": seed, "valid": valid, "seconds": seconds, "table": table.tolist()}
    line = (
        "{valid:7.3f} {matched:7.3f} {majority:8.3f} {information:19.2f} {frechet:8.1f} {digits:6} "
        "{agree:5.2f} {seconds:7.1f}"
    )
    print(line.format(**found), flush=True)
    return found


def rows(name: str, seeds: int, split: str, move: bool = True, **settings) -> list[dict]:
    print(f"{name}\n{HEAD}")
    return [row(seed, split, move, **settings) for seed in range(seeds)]


def plain(seeds: int = 5, split: str = "test") -> dict:
    """The notebook's training, and k-means."""
    found = rows("as in the notebook", seeds, split)
    means = k_means(split)
    print(f"k-means: matched {means:.3f}")
    return {"split": split, "rows": found, "k_means": means}


def lambdas(seeds: int = 3, split: str = "test") -> dict:
    """At 0.001 Q learns, because Adam does not mind how small a slope is, but G's slope is almost all D's.

    Lambda 1 is the part `seeds`.
    """
    sizes = (0.001, 0.1, 10.0)
    found = {f"{lam:g}": rows(f"lambda {lam:g}", seeds, split, lam=lam) for lam in sizes}
    return {"split": split, "rows": found}


def unpaid(seed: int) -> tuple[nn.ModuleDict, float]:
    """A game in which Q learns as ever, and G gets nothing for it: its images reach Q without a slope."""
    torch.manual_seed(seed)
    pair, start = infogan_pair(), time.process_time()
    G, D = pair["generator"], pair["discriminator"]
    noise = torch.Generator().manual_seed(seed)
    of_D, of_G = infogan_losses(G, D, noise, lam=0.0)

    def of_Q(real: Tensor) -> Tensor:
        code = CODES.sample(len(real), noise)
        fake = G.sample(len(real), code, generator=noise)
        return -information_bound(D.guess(augment(fake, noise)), code)

    players = {
        "discriminator": Player(D, of_D, adam(D.layers.parameters(), 5e-4)),
        "generator": Player(G, of_G, adam(G.parameters(), 1e-3)),
        "Q": Player(D, of_Q, adam(D.q.parameters(), 1e-3)),
    }
    play(players, minibatches(enlarge(digits("train")[0]), size=32, generator=noise), STEPS)
    return pair, time.process_time() - start


def zero(seeds: int = 3, split: str = "test") -> dict:
    """Lambda 0, where nothing moves Q; and Q learns on its own while G gets nothing for readable codes."""
    found = {
        "lambda 0": rows("lambda 0", seeds, split, lam=0.0),
        "Q alone": rows("Q alone", seeds, split, train=unpaid),
    }
    return {"split": split, "rows": found}


def shared(seeds: int = 5, split: str = "test") -> dict:
    """As in the code of the paper's authors, the trunk that Q reads learns for Q too. Beside it stands the part `seeds`."""
    return {"split": split, "rows": rows("shared", seeds, split, shared=True)}


def still(seeds: int = 5, split: str = "test") -> dict:
    """Fakes are not moved before D and Q see them: a category may be a slant. Beside it stands the part `seeds`."""
    return {"split": split, "rows": rows("still", seeds, split, move=False, moved=False)}


@torch.no_grad()
def meaning(G: ConditionalGenerator) -> dict[str, list[list[float]]]:
    """Correlation of both numbers with ink, width, height and slant within a category, averaged over categories.

    "signed": as it is, so that only a meaning common to all categories counts; "absolute": without its sign.
    """
    noise = torch.Generator().manual_seed(0)
    code = G.codes.sample(5000, noise)
    kind, value = G.codes.split(code)
    moments = torch.stack(image_moments(G.sample(len(code), code, generator=noise))).float()
    within = [
        torch.corrcoef(torch.cat([value[rows].T, moments[:, rows]]))[:2, 2:]
        for rows in (kind == category for category in range(G.codes.categories))
    ]
    each = torch.stack(within)
    return {"signed": each.mean(0).tolist(), "absolute": each.abs().mean(0).tolist()}


def numbers(seeds: int = 3) -> dict:
    """What the two numbers have found, with fakes moved and not."""
    found = {}
    for name, moved in (("moved", True), ("still", False)):
        found[name] = [meaning(trained(seed, moved=moved)[0]["generator"]) for seed in range(seeds)]
        for row in found[name]:
            for kind in row:
                print(
                    name, kind, *[f"{r:+.2f}" for number in row[kind] for r in number], flush=True
                )
    return found


def conditional(seeds: int = 3, split: str = "test") -> dict:
    """A GAN with labels: no category has to be found, and what is asked for comes."""
    found = []
    for seed in range(seeds):
        start = time.process_time()
        generator = trained_conditional(LABELLED_STEPS, seed)
        seconds = time.process_time() - start
        told = conditional_accuracy(generator)
        scores = drawn(generator, split)
        found.append(scores | {"as_told": told, "seconds": seconds, "seed": seed})
        print("as told {as_told:.3f}, Frechet {frechet:.1f}, {seconds:.1f} s".format(**found[-1]))
    return {"split": split, "rows": found}


LARGE_STEPS = 1500  # of each training of large digits but the shipped ones


def pixels_of_mnist(x: dict, split: str) -> float:
    """Matched accuracy of k-means on the pixels of 10,000 training images."""
    train, (images, labels) = x["train"][0][:10_000], x[split]
    clusters = KMeans(10, n_init=CLUSTERINGS, random_state=0).fit(train.flatten(1).numpy())
    found = torch.from_numpy(clusters.predict(images.flatten(1).numpy())).long()
    return matched_accuracy(found, labels)


def large(data: str, seeds: int = 3, split: str = "test") -> dict:
    """Large digits of MNIST: the bound and the agreement of moved copies together, and each of them alone."""
    x, found = labelled_mnist(data), {}
    settings = {"both": {}, "bound alone": {"alike": 0.0}, "agreement alone": {"lam": 0.0}}
    for name, setting in settings.items():
        found[name] = []
        for seed in range(seeds):
            start = time.process_time()
            pair = trained_large_infogan(x["train"][0], LARGE_STEPS, seed, **setting)
            seconds = time.process_time() - start
            share = matched(pair["discriminator"], *x[split])
            found[name].append({"matched": share, "seconds": seconds, "seed": seed})
            print(f"{name}: matched {share:.3f}, {seconds:.0f} s", flush=True)
    means = pixels_of_mnist(x, split)
    print(f"k-means: matched {means:.3f}")
    return {"split": split, "steps": LARGE_STEPS, "rows": found, "k_means": means}


PARTS = {
    "seeds": plain,
    "lambdas": lambdas,
    "zero": zero,
    "shared": shared,
    "numbers": numbers,
    "conditional": conditional,
    "still": still,
    "large": large,
}


def main() -> None:
    measure("infogan", __doc__, PARTS)


if __name__ == "__main__":
    main()
