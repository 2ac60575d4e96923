"""Make one weight file anew, in one process or in the several that `torchrun` starts."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Iterator

import torch
from torch import distributed

from genlib import recipes, weights
from genlib.training import processes

TORCHRUN = distributed.is_available() and distributed.is_torchelastic_launched()


def main() -> None:
    """Follow the recipe that the command line names, and write its file; of several processes the first writes."""
    parser = argparse.ArgumentParser(description=recipes.__doc__.splitlines()[0])
    parser.add_argument("name", choices=recipes.recipes())
    parser.add_argument("--steps", type=int, help="for a trial, which is kept as NAME_trial")
    parser.add_argument("--data", help="a file of images, for the recipes that read one")
    parser.add_argument("--short", metavar="FOLDER", help="a minute or two, kept in that folder")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    # `fit` takes an interrupt for "enough": here it must not pass for a whole training
    signal.signal(signal.SIGINT, lambda *_: sys.exit("stopped: no file was written"))
    if arguments.short:
        made = recipes.make_short(arguments.name, arguments.data)
        weights.save(arguments.name, *made, folder=arguments.short)
        return
    with _together() if TORCHRUN else contextlib.nullcontext(True) as writes:
        module, metadata = recipes.make(arguments.name, arguments.steps, arguments.data)
        if not processes.agreed(module):
            raise RuntimeError("the processes trained different weights: no file was written")
    if writes:
        trial = arguments.steps is not None
        name = f"{arguments.name}_trial" if trial else arguments.name
        path = weights.save(name, module, metadata)
        print(path.name, *metadata.items(), sep="\n")


@contextlib.contextmanager
def _together() -> Iterator[bool]:
    """Train with the others; whether this is the first process, which alone is heard and writes."""
    with processes.joined():
        rank, _ = processes.rank_and_count()
        if rank:
            os.environ["TQDM_DISABLE"] = "1"
        with contextlib.redirect_stdout(None if rank else sys.stdout):
            yield rank == 0


if __name__ == "__main__":
    main()
