"""Images that the user has: .npz archives and IDX files (MNIST's format, gzipped or not)."""

import math
import os
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from genlib import checks
from genlib.data.augment import enlarge, moved_digits
from genlib.data.formats import Array, every_array, find_array

LARGEST = 2**28  # numbers in one array: the float32 images take 1 GB


def load_images(
    path: str | os.PathLike, key: str | None = None, *, white: float | None = None
) -> Tensor:
    """The images of a file the user has: (N, C, H, W), float32 in [0, 1].

    Nothing is ever unpickled, and no array of more than 2^28 numbers is unpacked.
    OSError for a file that is missing or cannot be read, ValueError for one that holds no images.

    Arguments:
        path: names an IDX file, or an .npz that holds (N, H, W) or (N, H, W, C) arrays, C = 1 or 3
        key: which of several such arrays in an .npz; that one alone is read
        white: the number that becomes 1, by itself 255 for bytes, 1 for floats and booleans; it must be given
            for bytes that are all 0 to 16

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     np.savez(f"{folder}/mine.npz", images=np.full((5, 8, 8), 255, np.uint8))
        ...     load_images(f"{folder}/mine.npz").shape
        torch.Size([5, 1, 8, 8])
    """
    checks.kind("path", path, str, os.PathLike, said="the path of a file")
    checks.kind("key", key, str, type(None), said="the name of an array or None")
    if white is not None:
        checks.number("white", white, low=1e-6)
    path = Path(path)
    if not path.is_file():  # a pipe or a device may never end
        raise OSError(f"path must name a file, there is none at {path}")
    with path.open("rb") as file:
        array = find_array(path.name, file, key)
        _check_promise(path.name, array)
        pixels = array.read()
    _scale(path.name, pixels, array.dtype, white)
    images = torch.from_numpy(pixels)
    images = images[:, None] if images.dim() == 3 else images.permute(0, 3, 1, 2)
    return images.contiguous()


def binarized_mnist(path: str | os.PathLike) -> dict[str, Tensor]:
    """The static binarized MNIST, "train", "valid" and "test": each (N, 784) in {0, 1}.

    `path` names an .npz that holds every split as packed bits, (N, 98) bytes. Test is sorted by class.
    OSError for a file that is missing or no .npz, ValueError for one that holds other arrays.
    """
    splits = ("train", "valid", "test")
    bits = _arrays(path, "train, valid and test as bytes (N, 98)", dict.fromkeys(splits, (98,)))
    return {
        split: torch.tensor(np.unpackbits(x.astype(np.uint8), axis=1), dtype=torch.float32)
        for split, x in bits.items()
    }


def labelled_mnist(path: str | os.PathLike, held: int = 5000) -> dict[str, tuple[Tensor, Tensor]]:
    """MNIST, "train", "valid" and "test": images (N, 1, 28, 28), float32 in [0, 1], and labels (N,).

    `path` names an .npz that holds "train_images", "train_labels", "test_images" and "test_labels" as bytes; the
    last `held` images of train become valid. OSError for a file that is missing or no .npz, ValueError for one
    that holds other arrays.
    """
    checks.at_least(1, held=held)
    said = "{0}_images as bytes (N, 28, 28) and {0}_labels as bytes (N,)"
    kinds = {f"{split}_images": (28, 28) for split in ("train", "test")}
    kinds |= {f"{split}_labels": () for split in ("train", "test")}
    arrays = _arrays(path, f"{said.format('train')}, {said.format('test')}", kinds)
    x = {name: torch.from_numpy(array) for name, array in arrays.items()}
    for split in ("train", "test"):
        images, labels = len(x[f"{split}_images"]), len(x[f"{split}_labels"])
        if images != labels:
            raise ValueError(
                f"path must hold a label for each image of {split}, got {labels} for {images}"
            )
    train, test = (
        (x[f"{split}_images"][:, None] / 255, x[f"{split}_labels"].long())
        for split in ("train", "test")
    )
    checks.at_least(1, most=len(train[0]) - 1, held=held)
    first, last = zip(*(whole.split([len(whole) - held, held]) for whole in train), strict=True)
    return {"train": first, "valid": last, "test": test}


def write_as_mnist(path: str | os.PathLike, copies: int = 10) -> None:
    """Write the course's digits as a file that both readers of MNIST take: 28 x 28, moved, those of train `copies` times.

    For trials where MNIST itself is not at hand. `path` names an .npz. OSError where it cannot be written.
    """
    checks.kind("path", path, str, os.PathLike, said="the path of a file")
    arrays = {}
    for split in ("train", "valid", "test"):
        images, labels = moved_digits(split, copies if split == "train" else 1)
        grey = enlarge(images, 28)[:, 0]
        arrays[split] = np.packbits((grey > 0.5).flatten(1).numpy(), axis=1)
        arrays[f"{split}_images"] = (255 * grey).round().byte().numpy()
        arrays[f"{split}_labels"] = labels.byte().numpy()
    try:
        np.savez(path, **arrays)
    except ValueError as error:
        raise ValueError(f"path must name an .npz, got {path!r}: {error}") from None


def _arrays(
    path: str | os.PathLike, said: str, kinds: dict[str, tuple[int, ...]]
) -> dict[str, np.ndarray]:
    """The arrays of these names in an .npz, bytes each of whose rows has this shape, as float32."""
    checks.kind("path", path, str, os.PathLike, said="the path of a file")
    path = Path(path)
    if not path.is_file():
        raise OSError(f"path must name a file, there is none at {path}")
    if not zipfile.is_zipfile(path):
        raise OSError(f"path must name an .npz, got {path.name}")
    with path.open("rb") as file:
        arrays = every_array(path.name, file)
        came = {name: (array.dtype.name, array.shape[1:]) for name, array in arrays.items()}
        if any(came.get(name) != ("uint8", kind) for name, kind in kinds.items()):
            raise ValueError(f"path must hold {said}, got {came}")
        for name in kinds:
            _check_size(path.name, arrays[name])
        return {name: arrays[name].read() for name in kinds}


def _check_promise(name: str, array: Array) -> None:
    """Refuse what is no images, and what is too much, before a number is read."""
    dtype, shape = array.dtype, array.shape
    if dtype.hasobject:
        raise ValueError(f"path must hold plain arrays, {name} does not: it holds Python objects")
    if dtype != np.uint8 and dtype.kind not in "fb":
        raise ValueError(f"path must hold bytes, booleans or floats, {name} has {dtype}")
    doubt = _doubt(*shape) if len(shape) in (3, 4) and 0 not in shape else "neither"
    if doubt:
        raise ValueError(
            f"path must hold (N, H, W) or (N, H, W, C) images, {name} has {shape}: {doubt}"
        )
    _check_size(name, array)


def _check_size(name: str, array: Array) -> None:
    if math.prod(array.shape) > LARGEST:
        raise ValueError(f"path must hold at most {LARGEST:,} numbers, {name} has {array.shape}")


def _doubt(first: int, height: int, width: int, channels: int | None = None) -> str:
    """What axes are that are not (N, H, W, C), or not surely (N, H, W), and what to do; "" where all is clear.

    It seems that images stand last where the first two axes are nearer to a square than the next two.
    """
    last = abs(math.log(first / height)) < abs(math.log(height / width))
    if channels is None:
        if width in (1, 3):
            return "one picture? Store array[None]. Images so narrow? Store array[..., None]"
        if first == 3:
            return (
                "one picture? Store array.transpose(1, 2, 0)[None]. Three? Store array[..., None]"
            )
        if last:
            return "images last? Store np.moveaxis(array, -1, 0). First? Store array[..., None]"
    elif width in (1, 3) and (last or channels not in (1, 3)):
        return "images last, it seems; store np.moveaxis(array, -1, 0)"
    elif channels not in (1, 3):
        return "C must stand last; store array.transpose(0, 2, 3, 1) where it stands second"
    return ""


def _scale(name: str, pixels: np.ndarray, dtype: np.dtype, white: float | None) -> None:
    """Divide the pixels by what is white, in place."""
    least, most = pixels.min(), pixels.max()
    if white is None and dtype == np.uint8 and 0 < most <= 16:
        raise ValueError(
            f"path must hold bytes up to 255, {name} has none above {most:g}: "
            f"say white={most:g} if that is white, white=255 if all is so dark"
        )
    if white is not None and most > white:
        raise ValueError(
            f"white must be at least what the file holds, {name} has {least:g} to {most:g}, got {white}"
        )
    if white is None:
        white = 255 if dtype == np.uint8 else 1
    if not (least >= 0 and most <= white):
        kind = "bytes" if dtype == np.uint8 else "floats"
        raise ValueError(
            f"path must hold {kind} in [0, {white:g}], {name} has {least:g} to {most:g}"
        )
    pixels /= float(white)
