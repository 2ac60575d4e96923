"""Make one weight file anew."""

import argparse

import torch

from genlib import weights
from genlib.pretrain import RECIPES
from genlib.pretrain import __doc__ as told


def main() -> None:
    parser = argparse.ArgumentParser(description=told)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--steps", type=int, help="for a trial, which is kept as NAME_trial")
    parser.add_argument("--data", help="a file of images, for the recipes that read one")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    trial = {} if arguments.steps is None else {"steps": arguments.steps}
    model, metadata = RECIPES[arguments.name](arguments.data, **trial)
    path = weights.save(arguments.name + "_trial" * bool(trial), model, metadata)
    print(path.name, *metadata.items(), sep="\n")


if __name__ == "__main__":
    main()
