"""Arrays in .npz archives and IDX files: what they promise is known before a number is read."""

import gzip
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

import numpy as np

PIECE = 2**20  # numbers read at a time
NPY = re.compile(  # the header of an .npy file; what else it may hold is no image
    rb"\s*\{\s*'descr':\s*'([<>=|]?[biufcOSUV]\d{0,4})',\s*'fortran_order':\s*(True|False),"
    rb"\s*'shape':\s*\(([\d,\s]{0,200})\),?\s*\}\s*"
)


class Array(NamedTuple):
    """An array that is not read yet."""

    file: str  # as complaints call it: "IDX file, a.idx"
    stream: BinaryIO  # stands at the first number
    dtype: np.dtype
    shape: tuple[int, ...]
    first_axis_fastest: bool = False

    def read(self) -> np.ndarray:
        """The numbers as float32, all that are promised. OSError where the file ends before or goes on after."""
        count, stream = math.prod(self.shape), self.stream
        end = stream.tell() + count * self.dtype.itemsize
        with reading(self.file), np.errstate(over="ignore"):  # infinity is refused later
            numbers = np.empty(count, np.float32)
            for start in range(0, count, PIECE):
                piece = numbers[start : start + PIECE]
                data = stream.read(len(piece) * self.dtype.itemsize)
                if len(data) < len(piece) * self.dtype.itemsize:
                    break
                piece[:] = np.frombuffer(data, self.dtype)
            more = " or more" if stream.read(1) else ""
        if more or stream.tell() < end:
            raise OSError(
                f"path must name a whole {self.file} has {stream.tell()} bytes{more} "
                f"where {self.shape} numbers take {end}"
            )
        if self.first_axis_fastest:
            return numbers.reshape(self.shape[::-1]).T
        return numbers.reshape(self.shape)


@contextmanager
def reading(file: str) -> Iterator[None]:
    """Turn whatever zipfile, gzip and zlib say of a damaged file into an OSError that names it."""
    try:
        yield
    except (
        *(OSError, EOFError, zlib.error, zipfile.BadZipFile, struct.error, MemoryError),
        *(RuntimeError, TypeError, ValueError, LookupError, ArithmeticError),
    ) as error:
        raise OSError(f"path must name a whole {file} is damaged: {error}") from None


def find_array(name: str, file: BinaryIO, key: str | None) -> Array:
    """The array of that key in an .npz archive, or the one of an IDX file, gzipped or not."""
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    stream = gzip.GzipFile(fileobj=file) if packed else file
    kind = f"gzip file, {name}" if packed else f"IDX file, {name}"
    with reading(kind):
        start = stream.read(4)
    if start == b"PK\x03\x04":
        if packed:
            raise ValueError(
                f"path must name an .npz, {name} is one inside a gzip: gunzip it first"
            )
        return _npz(name, file, key)
    if start[:2] == b"\0\0" and len(start) == 4:
        return _idx(name, kind, stream, *start[2:])
    raise ValueError(f"path must name an .npz or IDX file, {name} begins {start!r}")


def every_array(name: str, file: BinaryIO) -> dict[str, Array]:
    """All arrays of an .npz archive by their keys."""
    return {key: _npy(name, *member) for key, member in _members(name, file).items()}


def _npz(name: str, file: BinaryIO, key: str | None) -> Array:
    members = _members(name, file)
    if key is None and len(members) > 1:
        arrays = {k: _npy(name, *member) for k, member in members.items()}
        images = [k for k, a in arrays.items() if len(a.shape) in (3, 4) and not a.dtype.hasobject]
        key = images[0] if len(images) == 1 else None
    elif key is None and members:
        (key,) = members
    if key not in members:
        raise ValueError(f"key must name one array of {name}, {list(members)}, got {key!r}")
    return _npy(name, *members[key])


def _members(name: str, file: BinaryIO) -> dict[str, tuple[zipfile.ZipFile, zipfile.ZipInfo]]:
    with reading(f".npz file, {name}"):
        archive = zipfile.ZipFile(file)
    return {
        member.filename.removesuffix(".npy"): (archive, member)
        for member in archive.infolist()
        if member.filename.endswith(".npy")
    }


def _npy(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    """NPY: the word NUMPY, a version, the length of the header, the header, the numbers."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise OSError(f"path must name an .npz that numpy wrote, {name} is packed in another way")
    with reading(f".npz file, {name}"):
        stream = archive.open(member)
        start = stream.read(10)
        header = NPY.fullmatch(stream.read(int.from_bytes(start[8:], "little")))
    if start[:8] != b"\x93NUMPY\x01\0" or not header:
        raise ValueError(f"path must hold plain arrays, {name} does not: {member.filename}")
    with reading(f".npz file, {name}"):
        dtype = np.dtype(header[1].decode())
        shape = tuple(map(int, re.findall(rb"\d+", header[3])))
    return Array(f".npz file, {name}", stream, dtype, shape, header[2] == b"True")


def _idx(name: str, file: str, stream: BinaryIO, kind: int, axes: int) -> Array:
    """IDX: two zero bytes, the type (8: unsigned bytes), the number of axes, their sizes, the bytes."""
    if kind != 8 or axes != 3:
        raise ValueError(
            f"path must name an IDX file of images (unsigned bytes, 3 axes), "
            f"{name} has type {kind} and {axes} axes"
        )
    with reading(file):
        n, height, width = struct.unpack(">3I", stream.read(12))
    return Array(file, stream, np.dtype(np.uint8), (n, height, width, 1))  # images stand first
