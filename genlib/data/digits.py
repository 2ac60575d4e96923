"""Real handwritten digits, 8 x 8 pixels of 17 grey levels, and worlds so small that one can list them."""

import math
from functools import cache
from itertools import product

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor

from genlib import checks

LEVELS = 17  # ink from 0 (none) to 16, stored as level / 16


@cache
def _rows() -> dict[str, np.ndarray]:
    """The one split of the course: which of the 1797 digits are for what, stratified by class."""
    target = load_digits().target
    rest, test = train_test_split(
        np.arange(len(target)), test_size=300, random_state=0, stratify=target
    )
    train, valid = train_test_split(rest, test_size=200, random_state=0, stratify=target[rest])
    return {"train": train, "valid": valid, "test": test}


def digits(split: str) -> tuple[Tensor, Tensor]:
    """The digits of one split: images (N, 1, 8, 8), level / 16, and labels (N,).

    `split` is "train" (N = 1297), "valid" (200) or "test" (300). From the UCI collection
    "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, 1998), as in scikit-learn.
    The split is random, so it shares its writers. No two images are equal, but once they are `binarize`d
    12 of test and 9 of valid equal one of train.
    """
    checks.kind("split", split, str, said='"train", "valid" or "test"')
    if split not in ("train", "valid", "test"):
        raise ValueError(f'split must be "train", "valid" or "test", got {split!r}')
    bunch, rows = load_digits(), _rows()[split]
    images = torch.tensor(bunch.images[rows], dtype=torch.float32)[:, None] / (LEVELS - 1)
    return images, torch.tensor(bunch.target[rows])


def binarize(images: Tensor) -> Tensor:
    """Black or white: 1 where the level is at least 8 of 16, in the shape that came."""
    checks.real("images", images, "... D", low=0, high=1)
    return (images >= 0.5).to(images.dtype)


def binary_digits(split: str) -> Tensor:
    """The digits of a split as black and white rows of pixels: (N, 64)."""
    return binarize(digits(split)[0]).flatten(1)


def dequantize(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """(level + u) / 17 with u uniform in [0, 1): continuous grey in [0, 1), in the shape that came."""
    checks.real("images", images, "... D", low=0, high=1)
    checks.noise(generator)
    levels = (images * (LEVELS - 1)).round()
    last = 1 - 16 * torch.finfo(images.dtype).eps  # 16 + u must not round up to 17
    u = torch.rand(images.shape, generator=generator).clamp(max=last)
    return ((levels + u) / LEVELS).to(images.dtype)


def discrete_bound(log_density: Tensor, num_pixels: int) -> Tensor:
    """Nats that bound -log P(levels) from above in the mean: -log density + D ln 17, (..., B) -> (..., B).

    `log_density` belongs to `dequantize`d images; the bound is Jensen's (Theis et al., 2016).
    """
    checks.real("log_density", log_density, "... B")
    checks.at_least(1, num_pixels=num_pixels)
    return -log_density + num_pixels * math.log(LEVELS)


def every_image(num_pixels: int, levels: int = 2) -> Tensor:
    """All levels ** D images in counting order, the last pixel turning fastest: (levels ** D, D)."""
    checks.at_least(1, num_pixels=num_pixels)
    checks.at_least(2, levels=levels)
    if num_pixels * math.log2(levels) > 20:
        raise ValueError(
            f"num_pixels and levels must give at most {2**20} images, got {levels} ** {num_pixels}"
        )
    return torch.tensor(list(product(range(levels), repeat=num_pixels))) / (levels - 1)
