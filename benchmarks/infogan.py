"""How well do categories that nobody named match the digits, beside k-means?

    python benchmarks/infogan.py [--seeds 1] [--first 0] [--steps 2600] [--split valid] [--paper]

Q sees held-out real digits of one split, each moved five times; categories are matched to labels one to one.
Information is the bound L_I of the categories at 2000 fakes, at most ln 10 = 2.303. Seconds are CPU time of one
thread, training alone. --paper trains D's trunk for Q as well.
"""

import argparse
import time

import torch
from sklearn.cluster import KMeans
from torch.optim.lr_scheduler import LinearLR

from genlib.metrics import majority_accuracy, matched_accuracy
from genlib.models import Codes, InfoDiscriminator, InfoGenerator
from genlib.models.gan import discriminator_loss, nonsaturating_loss
from genlib.models.infogan import categorical_bound, continuous_bound, guess_back
from genlib.pretrain import moved_digits
from genlib.training import Player, fit, minibatches

CONTINUOUS = 0.1  # lambda of the continuous codes; 1 for the categories
CODES = Codes(categories=10, continuous=2)


def train(seed: int, steps: int, paper: bool) -> tuple[InfoGenerator, InfoDiscriminator, float]:
    """G, D and seconds, batches of 32; both rates fall in a line to a fiftieth."""
    torch.manual_seed(seed)
    G, D = InfoGenerator(CODES), InfoDiscriminator(CODES)
    noise = torch.Generator().manual_seed(seed)
    batches = minibatches(moved_digits("train", copies=10)[0], size=32, generator=noise)

    def information(guess, code):
        category, value = code.split([CODES.categories, CODES.continuous], dim=1)
        continuous = continuous_bound(guess.mean, guess.log_std, value)
        return categorical_bound(guess.logits, category) + CONTINUOUS * continuous

    def of_D(real):
        if not paper:
            fake = G.sample(len(real), CODES.sample(len(real), noise), generator=noise)
            return discriminator_loss(D(real), D(fake))
        logits, guess, code = guess_back(D, G, CODES, len(real), noise)
        return discriminator_loss(D(real), logits) - information(guess, code)

    def of_G(real):
        logits, guess, code = guess_back(D, G, CODES, len(real), noise)
        return nonsaturating_loss(logits) - information(guess, code)

    adams = [
        torch.optim.Adam(weights, lr, betas=(0.5, 0.999))
        for weights, lr in (
            (D.layers.parameters(), 5e-4),
            ([*G.parameters(), *D.q.parameters()], 1e-3),
        )
    ]
    schedules = [LinearLR(adam, 1.0, 0.02, steps) for adam in adams]
    players = {"discriminator": Player(D, of_D, adams[0]), "generator": Player(G, of_G, adams[1])}
    start = time.process_time()

    def on_step(step: int) -> None:
        for schedule in schedules:
            schedule.step()

    fit(players, batches, steps, on_step)
    return G, D, time.process_time() - start


@torch.no_grad()
def judge(G: InfoGenerator, D: InfoDiscriminator, split: str) -> dict[str, float]:
    """Accuracies of Q's categories on a split, and the information in its guesses at fakes."""
    x, labels = moved_digits(split, copies=5, seed=2)
    found = torch.cat([D.guess(part).logits.argmax(1) for part in x.split(500)])
    noise = torch.Generator().manual_seed(0)
    code = CODES.sample(2000, noise)
    guess = D.guess(G.sample(2000, code, generator=noise))
    return {
        "matched": matched_accuracy(found, labels),
        "majority": majority_accuracy(found, labels),
        "information": categorical_bound(guess.logits, code[:, : CODES.categories]).item(),
    }


def k_means(split: str) -> float:
    """Matched accuracy of ten clusters of the same training pixels, on the same split."""
    x, labels = moved_digits(split, copies=5, seed=2)
    clusters = KMeans(10, n_init=3, random_state=0)
    clusters.fit(moved_digits("train", copies=10)[0].flatten(1).numpy())
    found = torch.from_numpy(clusters.predict(x.flatten(1).numpy())).long()
    return matched_accuracy(found, labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--steps", type=int, default=2600)
    parser.add_argument("--split", default="valid", choices=["valid", "test"])
    parser.add_argument("--paper", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for seed in range(options.first, options.first + options.seeds):
        G, D, seconds = train(seed, options.steps, options.paper)
        found = judge(G, D, options.split)
        line = "matched {matched:.3f}, majority {majority:.3f}, information {information:.2f}"
        print(f"seed {seed}: {line.format(**found)}, {seconds:.1f} s", flush=True)
    print(f"k-means: matched {k_means(options.split):.3f}")


if __name__ == "__main__":
    main()
