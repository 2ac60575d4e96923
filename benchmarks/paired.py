"""Which models of the black and white digits differ, when every test digit is compared with itself?

    python benchmarks/paired.py

Trains nothing. It reads the nats of each of the 300 digits, means over seeds, that others have kept:

    python benchmarks/nade_digits.py ladder
    python benchmarks/pixelrnn.py ladder deep
    python benchmarks/pixelcnn.py binary gated
    python benchmarks/vae.py binary

All models find the same digits hard, so a difference is known much better than either mean. Its first error is
that of 300 digits, its second that of so few seeds. What is printed is kept in benchmarks/results/paired.json.
"""

import argparse
import json
import math
from typing import NamedTuple

import torch
from parts import RESULTS, keep
from torch import Tensor

from genlib.metrics import mean_and_error


def kept(name: str) -> dict:
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


class Model(NamedTuple):
    """The nats of each test digit, (300,), and the standard error of their mean by the seeds."""

    nats: Tensor
    seeds: float


def model_of(row: dict) -> Model:
    spread = row["spread"] / math.sqrt(len(row["seeds"])) if "seeds" in row else 0.0
    return Model(torch.tensor(row["each"]), spread)


def models() -> dict[str, Model]:
    nade, vae = kept("nade_ladder"), kept("vae_binary")
    rows = [*nade["ladder"], *nade["orders"].values(), *kept("pixelrnn_ladder")["ladder"]]
    rows += [kept("pixelrnn_deep") | {"model": "DiagonalBiLSTM, three layers"}]
    rows += [kept("pixelcnn_binary") | {"model": "PixelCNN"}]
    rows += [kept("pixelcnn_gated") | {"model": "GatedPixelCNN"}]
    for name, key in {"VAE, -ELBO": "elbo", "VAE, -L_1000": "bound"}.items():
        spread, each = vae[f"{key}_spread"], vae[f"each_{key}"]
        rows.append({"model": name, "each": each, "spread": spread, "seeds": vae["runs"]})
    return {row["model"]: model_of(row) for row in rows}


PAIRS = {  # by the file that trains the first
    "nade": [
        ("NADE, raster", "LogisticAutoregression"),
        ("NADE, column", "NADE, raster"),
        ("NADE, random b", "NADE, random c"),
        ("NADE, four orders together", "NADE, column"),
        ("NADE, four orders together", "NADE, raster"),
    ],
    "pixelrnn": [
        ("RasterLSTM", "NADE, raster"),
        ("RowLSTM", "NADE, raster"),
        ("DiagonalBiLSTM", "NADE, raster"),
        ("DiagonalBiLSTM, three layers", "NADE, raster"),
        ("DiagonalBiLSTM, three layers", "NADE, four orders together"),
    ],
    "pixelcnn": [
        ("PixelCNN", "NADE, raster"),
        ("GatedPixelCNN", "NADE, raster"),
        ("GatedPixelCNN", "PixelCNN"),
    ],
    "vae": [("VAE, -ELBO", "NADE, raster"), ("VAE, -L_1000", "NADE, raster")],
}


def compared(one: Model, other: Model) -> dict[str, float]:
    difference, error = mean_and_error(one.nats - other.nats)
    seeds = math.hypot(one.seeds, other.seeds)
    return {"difference": difference, "error": error, "seeds_error": seeds}


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    found, all_models = {}, models()
    print("test nats of a model less those of another, +- by the digits, +- by the seeds")
    for part, pairs in PAIRS.items():
        found[part] = []
        for model, less in pairs:
            row = compared(all_models[model], all_models[less])
            found[part].append({"model": model, "less": less} | row)
            line = "{model:28} - {less:26} {difference:+.2f} +- {error:.2f} +- {seeds_error:.2f}"
            print(line.format(**found[part][-1]))
    keep("paired", found)


if __name__ == "__main__":
    main()
