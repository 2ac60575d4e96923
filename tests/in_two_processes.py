"""What `test_torchrun.py` starts by `torchrun`: each process leaves in a folder what it has seen and made.

`in_two_processes.py FOLDER trainings`, or in place of `trainings` the process that fails in an endless recipe, or "none".
The folder of weight files is another one in each process.
"""

import os
import runpy
import sys
from pathlib import Path

import torch
from torch import nn

from genlib import recipes, weights
from genlib.data import binary_digits
from genlib.judges import nats
from genlib.models import NADE, DCGANDiscriminator, DCGANGenerator, DiscreteVAE
from genlib.recipes._trainings import train_gan
from genlib.recipes.tokens import train_codes
from genlib.training import Player, fit, game, minibatches, train_by_score
from genlib.training.processes import agree, agreed, own_seed, rank_and_count

SEEDS = range(5)


def by_slope(x, size):
    """Weights after four steps of gradient descent down a loss that is no call of a module, `size` rows of x at a step."""
    torch.manual_seed(own_seed(0))  # of the first process, then of all
    net = nn.Linear(3, 1)
    loss = lambda x: (net.weight * x).sum(1).exp().mean() + net.bias.square().sum()
    batches = [(part,) for part in x.split(size)]
    fit({"net": Player(net, loss, torch.optim.SGD(net.parameters(), 0.1))}, batches, steps=4)
    return net.state_dict()


def likelihood(seed):
    """Nats on valid that a small NADE of the digits reaches."""
    torch.manual_seed(seed)
    train, valid = binary_digits("train"), binary_digits("valid")
    score = lambda model: nats(model, valid).mean().item()
    return score(train_by_score(NADE(64, 32), train, score, lr=0.02, seed=seed, steps=75))


def trainings():
    """A name -> what this process has of it."""
    seen, move = [], game._move

    def noted(name, player, batch, step):
        seen.append(batch[0])
        return move(name, player, batch, step)

    print("heard once")
    rank, _ = rank_and_count()
    x = torch.randn(16, 3, generator=torch.Generator().manual_seed(0))
    made = {"slope": by_slope(x.view(4, 2, 2, 3)[:, rank].flatten(0, 1), 2)}
    made["likelihoods"] = [likelihood(seed) for seed in SEEDS]
    game._move = noted
    torch.manual_seed(0)
    gan = nn.ModuleDict({"G": DCGANGenerator(latent_dim=16), "D": DCGANDiscriminator()})
    fakes = []
    gan["G"].register_forward_hook(lambda net, z, x: fakes.append(z[0].detach()))
    train_gan(*gan.values(), steps=3)
    made["gan"], made["batches"] = gan.state_dict(), torch.stack(seen[::2])
    made["noise"] = torch.stack(fakes)
    made["agreed"] = agreed(gan)
    noise = torch.Generator().manual_seed(own_seed(0))
    codes = DiscreteVAE(8, 16)
    train_codes(codes, torch.rand(96, 3, 16, 16, generator=noise), steps=8)
    made["codes"], made["seed"] = codes.state_dict(), torch.initial_seed()
    own = nn.Linear(2, 2)
    own.weight.data.fill_(rank)
    made["not agreed"] = agreed(own)
    agree(own)
    made["after all"] = agreed(own)
    try:
        minibatches(x, size=3)
    except ValueError as error:
        made["odd"] = str(error)
    return made


def recipe(folder, steps, first):
    """Follow a recipe by its command line, its file in a folder of this process's own, and do something first."""
    make, weights.FOLDER = recipes.make, folder
    recipes.make = lambda *asked: first() or make(*asked)
    sys.argv[1:] = ["vae_digits", "--steps", str(steps)]
    runpy.run_module("genlib.recipes", run_name="__main__")


def leave_word(folder, failing):
    """Leave word at the third step; this process may fail there."""
    move = game._move

    def noted(name, player, batch, step):
        if step == 3:
            (folder / "begun").touch()
            if failing:
                raise RuntimeError("this process is out of paper")
        return move(name, player, batch, step)

    game._move = noted


if __name__ == "__main__":
    rank, what = os.environ["RANK"], sys.argv[2]
    folder = Path(sys.argv[1]) / rank
    folder.mkdir()
    if what == "trainings":
        recipe(folder, 2, lambda: torch.save(trainings(), folder / "made.pt"))
    else:  # more steps than anyone waits for
        recipe(folder, 1_000_000, lambda: leave_word(folder, failing=what == rank))
