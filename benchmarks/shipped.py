"""Do the recipes still make what is shipped? Two of the smallest weights, trained anew: half a minute.

    python benchmarks/shipped.py

It ends with an error where a model came out otherwise than the file says, by more than machines differ.
"""

import argparse
import sys

import torch
from torch import nn

from genlib import weights
from genlib.data import binarize, digits
from genlib.judges import elbo_nats, nats, shipped_nade
from genlib.recipes import nade, vae

TEST = binarize(digits("test")[0]).flatten(1)


def column_order(steps: int = 1000) -> tuple[float, float]:
    """Test nats of the NADE that reads down the columns: as shipped, and trained anew."""
    order = nade.four_orders()["column"]
    models = shipped_nade().models[1], nade.nade_of_order(order, steps)
    return tuple(nats(model, TEST[:, order]).mean().item() for model in models)


def vae_of_beta_two(steps: int = 1000) -> tuple[float, float]:
    """-ELBO on test of the VAE with Z = 2 and beta = 2: as shipped, and trained anew."""
    kinds = [(z, beta) for z in vae.SIZES for beta in vae.BETAS]
    shipped = nn.ModuleList(vae.digit_vae(z, hidden=64) for z, _ in kinds)
    weights.load("vae_sizes", shipped)
    (anew,), _ = vae.vaes_of_digits([(2, 2.0)], 64, steps, "one of them")
    models = shipped[kinds.index((2, 2.0))], anew
    return tuple(elbo_nats(model, TEST).mean().item() for model in models)


PARTS = {
    "NADE, down the columns": (column_order, 0.3),
    "VAE, Z = 2, beta = 2": (vae_of_beta_two, 0.5),
}


def main() -> None:
    """Train each part anew, and exit with an error where it came out otherwise."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    torch.set_num_threads(1)
    far = []
    for name, (part, most) in PARTS.items():
        shipped, anew = part()
        print(f"{name:24} shipped {shipped:.2f} nats, trained anew {anew:.2f}")
        far += [name] * (abs(shipped - anew) > most)
    if far:
        sys.exit(f"came out otherwise: {', '.join(far)}")


if __name__ == "__main__":
    main()
