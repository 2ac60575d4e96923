"""Images that the user has: .npz archives and IDX files (MNIST's format), gzipped or not."""

import gzip
import io
import math
import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor


def load_images(path: str | Path, key: str | None = None) -> Tensor:
    """The images of a file the user has: (N, C, H, W), float32 in [0, 1].

    `path` names an IDX file, or an .npz that holds (N, H, W) or (N, H, W, C) arrays, C = 1 or 3; with
    several such arrays `key` says which. Bytes become byte / 255. Nothing is ever unpickled.
    OSError for a file that is missing or cannot be read, ValueError for one that holds no images.
    """
    path = Path(path)
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise OSError(
                f"path must name a whole gzip file, {path.name} is damaged: {error}"
            ) from None
    if data[:4] == b"PK\x03\x04":
        array = _npz(path.name, data, key)
    elif data[:2] == b"\0\0" and len(data) > 4:
        array = _idx(path.name, data)
    else:
        raise ValueError(f"path must name an .npz or IDX file, {path.name} begins {data[:8]!r}")
    return _as_images(path.name, array)


def _npz(name: str, data: bytes, key: str | None) -> np.ndarray:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {k: np.asarray(file[k]) for k in file.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise OSError(f"path must name a whole .npz file, {name} is damaged: {error}") from None
    except ValueError as error:
        raise ValueError(f"path must hold plain arrays, {name} does not: {error}") from None
    shapes = {k: array.shape for k, array in arrays.items()}
    images = [k for k, shape in shapes.items() if len(shape) in (3, 4)]
    if key is None and len(images) == 1:
        key = images[0]
    if key not in arrays:
        raise ValueError(f"key must name one array of {name}, {shapes}, got {key!r}")
    return arrays[key]


def _idx(name: str, data: bytes) -> np.ndarray:
    """IDX: two zero bytes, the type (8: unsigned bytes), the number of axes, their sizes, the bytes."""
    kind, axes = data[2], data[3]
    if kind != 8 or axes != 3:
        raise ValueError(
            f"path must name an IDX file of images (unsigned bytes, 3 axes), "
            f"{name} has type {kind} and {axes} axes"
        )
    shape = tuple(np.frombuffer(data[4:16], ">u4").tolist()) if len(data) >= 16 else (0, 0, 0)
    if len(data) != 16 + math.prod(shape):
        raise OSError(
            f"path must name a whole IDX file, {name} has {len(data)} bytes "
            f"where {shape} images take {16 + math.prod(shape)}"
        )
    return np.frombuffer(data, np.uint8, offset=16).reshape(shape)


def _as_images(name: str, array: np.ndarray) -> Tensor:
    if not array.size or not (array.ndim == 3 or (array.ndim == 4 and array.shape[-1] in (1, 3))):
        raise ValueError(
            f"path must hold (N, H, W) or (N, H, W, C) images, {name} has {array.shape}"
        )
    if array.dtype == np.uint8:
        array = array.astype(np.float32) / 255
    if array.dtype.kind not in "fb":
        raise ValueError(f"path must hold bytes, booleans or floats, {name} has {array.dtype}")
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError(
            f"path must hold floats in [0, 1], {name} has {array.min()} to {array.max()}"
        )
    images = torch.tensor(array.astype(np.float32))
    return images[:, None] if images.dim() == 3 else images.permute(0, 3, 1, 2).contiguous()
