"""Make one weight file anew."""

import argparse
import signal
import sys

import torch

from genlib import recipes, weights


def main() -> None:
    """Follow the recipe that the command line names, and write its file."""
    parser = argparse.ArgumentParser(description=recipes.__doc__.splitlines()[0])
    parser.add_argument("name", choices=recipes.recipes())
    parser.add_argument("--steps", type=int, help="for a trial, which is kept as NAME_trial")
    parser.add_argument("--data", help="a file of images, for the recipes that read one")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    # `fit` takes an interrupt for "enough": here it must not pass for a whole training
    signal.signal(signal.SIGINT, lambda *_: sys.exit("stopped: no file was written"))
    module, metadata = recipes.make(arguments.name, arguments.steps, arguments.data)
    trial = arguments.steps is not None
    path = weights.save(f"{arguments.name}_trial" if trial else arguments.name, module, metadata)
    print(path.name, *metadata.items(), sep="\n")


if __name__ == "__main__":
    main()
