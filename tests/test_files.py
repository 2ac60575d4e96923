"""Files of images that are unclear, broken, or promise more than they hold."""

import gzip
import os
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
import torch

from genlib.data import (
    binarized_mnist,
    digits,
    enlarge,
    files,
    labelled_mnist,
    load_images,
    write_as_mnist,
)

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (5, 8, 8), dtype=np.uint8)
EXPECTED = torch.tensor(BYTES / 255.0, dtype=torch.float32)[:, None]


def idx(array, shape=None):
    return bytes([0, 0, 8, 3]) + struct.pack(">3I", *(shape or array.shape)) + array.tobytes()


def npy(header, data=b""):
    header = header.encode() + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + data


def header(shape, descr="|u1"):
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


# --- which array


def test_what_lies_beside_the_images_is_not_read(tmp_path):
    names = np.array(["zero", None], dtype=object)
    np.savez(tmp_path / "a.npz", x=BYTES, names=names, cube=np.full((2, 2, 2), None))
    for key in (None, "x"):
        assert torch.equal(load_images(tmp_path / "a.npz", key), EXPECTED)
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("broken.npy", b"no array")
    assert torch.equal(load_images(tmp_path / "a.npz", key="x"), EXPECTED)
    with pytest.raises(ValueError, match=r"plain arrays, a.npz does not: it holds Python objects"):
        load_images(tmp_path / "a.npz", key="names")
    with pytest.raises(ValueError, match=r"plain arrays, a.npz does not: broken.npy"):
        load_images(tmp_path / "a.npz")


def test_arrays_are_read_in_every_order_and_precision(tmp_path):
    grey = RNG.random((5, 8, 8))
    for kind in ("<f4", ">f8", "<f2"):
        for order in (np.ascontiguousarray, np.asfortranarray):
            array = order(grey.astype(kind))
            np.savez(tmp_path / "a.npz", array)
            expected = torch.tensor(array.astype(np.float32))[:, None]
            assert torch.equal(load_images(tmp_path / "a.npz"), expected)


# --- which axes


@pytest.mark.parametrize(
    "shape",
    [
        *((5, 8, 8), (5, 8, 8, 1), (5, 8, 8, 3), (2, 3, 4), (1, 28, 28), (28, 28, 28)),
        *((1, 32, 28, 3), (400, 28, 3, 1), (3, 28, 28, 1), (60, 28, 20), (1, 1, 1, 1)),
    ],
    ids=str,
)
def test_clear_axes_are_read_as_they_stand(tmp_path, shape):
    array = RNG.random(shape)
    np.savez(tmp_path / "a.npz", array)
    images = load_images(tmp_path / "a.npz")
    expected = array if len(shape) == 4 else array[..., None]
    torch.testing.assert_close(images.permute(0, 2, 3, 1).double(), torch.tensor(expected))


@pytest.mark.parametrize(
    "shape, said, mended, images",
    [
        ((32, 28, 3), r"Store array\[None\]", lambda a: a[None], (1, 3, 32, 28)),
        ((32, 28, 1), r"Store array\[None\]", lambda a: a[None], (1, 1, 32, 28)),
        (
            (3, 32, 28),
            r"Store array.transpose\(1, 2, 0\)\[None\]",
            lambda a: a.transpose(1, 2, 0)[None],
            (1, 3, 32, 28),
        ),
        (
            (3, 32, 28),
            r"Three\? Store array\[..., None\]",
            lambda a: a[..., None],
            (3, 1, 32, 28),
        ),
        (
            (28, 28, 100),
            r"Store np.moveaxis\(array, -1, 0\)",
            lambda a: np.moveaxis(a, -1, 0),
            (100, 1, 28, 28),
        ),
        (
            (28, 20, 300),
            r"First\? Store array\[..., None\]",
            lambda a: a[..., None],
            (28, 1, 20, 300),
        ),
        (
            (32, 32, 3, 50),
            r"store np.moveaxis\(array, -1, 0\)",
            lambda a: np.moveaxis(a, -1, 0),
            (50, 3, 32, 32),
        ),
        (
            (5, 3, 32, 28),
            r"store array.transpose\(0, 2, 3, 1\)",
            lambda a: a.transpose(0, 2, 3, 1),
            (5, 3, 32, 28),
        ),
        ((32, 28, 3, 1), "images last", lambda a: np.moveaxis(a, -1, 0), (1, 3, 32, 28)),
        ((32, 28, 4), r"Store np.moveaxis", lambda a: a[None, ..., :3], (1, 3, 32, 28)),
    ],
)
def test_doubtful_axes_are_refused_and_what_is_said_helps(tmp_path, shape, said, mended, images):
    array = RNG.random(shape)
    np.savez(tmp_path / "a.npz", array)
    with pytest.raises(ValueError, match=f"path must hold .*{said}"):
        load_images(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", mended(array))
    assert load_images(tmp_path / "a.npz").shape == images


def test_an_idx_file_of_one_colour_picture_is_refused_and_of_three_grey_ones_is_not(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(idx(np.full((32, 28, 3), 200, np.uint8)))
    with pytest.raises(ValueError, match="images last"):
        load_images(path)
    path.write_bytes(idx(np.full((3, 28, 28), 200, np.uint8)))
    assert load_images(path).shape == (3, 1, 28, 28)


# --- what is white


@pytest.mark.parametrize("top", [1, 2, 16])
@pytest.mark.parametrize("kind", ["npz", "idx"])
def test_dark_bytes_need_a_white(tmp_path, top, kind):
    ink = (BYTES % (top + 1)).astype(np.uint8)
    path = tmp_path / "a"
    if kind == "idx":
        path.write_bytes(idx(ink))
    else:
        np.savez(tmp_path / "a.npz", ink)
        path = tmp_path / "a.npz"
    with pytest.raises(ValueError, match=f"none above {top}: say white={top} if .* white=255"):
        load_images(path)
    for white in (top, 255):
        expected = torch.tensor(ink / np.float32(white), dtype=torch.float32)[:, None]
        assert torch.equal(load_images(path, white=white), expected)
    if top > 1:
        with pytest.raises(
            ValueError, match=rf"white must be at least .* has 0 to {top}, got {top - 1}"
        ):
            load_images(path, white=top - 1)


def test_black_is_black_whatever_is_white(tmp_path):
    np.savez(tmp_path / "a.npz", np.zeros((5, 8, 8), np.uint8))
    assert load_images(tmp_path / "a.npz").max() == 0


def test_floats_of_another_range_are_read_with_their_white_alone(tmp_path):
    np.savez(tmp_path / "a.npz", BYTES.astype(np.float32))
    with pytest.raises(ValueError, match=r"floats in \[0, 1\], a.npz has 0 to 255"):
        load_images(tmp_path / "a.npz")
    assert torch.equal(load_images(tmp_path / "a.npz", white=255), EXPECTED)


# --- what is promised


HUGE = 10**15


@pytest.mark.parametrize(
    "shape", [(HUGE, 8, 8), (2**14, 2**14, 2**14), (HUGE,) * 3, (60_000, 100, 100)], ids=str
)
def test_an_array_of_gigabytes_is_refused_before_it_is_read(tmp_path, shape):
    for kind in ("|u1", "<f8"):
        zipped(tmp_path / "a.npz", x=npy(header(shape, kind)))
        with pytest.raises(ValueError, match="path must hold at most 268,435,456 numbers, a.npz"):
            load_images(tmp_path / "a.npz")
    if max(shape) < 2**32:
        (tmp_path / "a").write_bytes(idx(BYTES, shape))
        with pytest.raises(ValueError, match="path must hold at most 268,435,456 numbers, a has"):
            load_images(tmp_path / "a")


def peak(path):
    """The most memory that loading takes, in bytes, and what came."""
    tracemalloc.start()
    try:
        found = load_images(path)
    except (OSError, ValueError) as error:
        found = error
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most, found


def test_an_archive_that_unpacks_to_more_than_it_promises_is_not_unpacked(tmp_path):
    more = b"\0" * 2**26
    (tmp_path / "a.gz").write_bytes(gzip.compress(idx(BYTES) + more, 1))
    zipped(tmp_path / "a.npz", x=npy(header((5, 8, 8)), BYTES.tobytes() + more))
    zipped(tmp_path / "b.npz", x=npy(header((5, 8, 8)).ljust(60_000), BYTES.tobytes()), y=more)
    (tmp_path / "b.gz").write_bytes(gzip.compress(more, 1))
    (tmp_path / "c.gz").write_bytes(gzip.compress(b"PK\x03\x04" + more, 1))
    for name in ("a.gz", "a.npz", "b.npz", "b.gz", "c.gz"):
        most, found = peak(tmp_path / name)
        assert isinstance(found, (OSError, ValueError)) and most < 2**21, name
    assert torch.equal(load_images(tmp_path / "b.npz", key="x"), EXPECTED)


@pytest.mark.parametrize("kind", ["|u1", "<f4", "<f8"])
def test_loading_takes_little_more_memory_than_the_images(tmp_path, kind):
    np.savez(tmp_path / "a.npz", np.ones((1000, 64, 64), kind) * (255 if kind == "|u1" else 1))
    most, images = peak(tmp_path / "a.npz")
    size = images.numel() * 4
    assert size <= most < size + 24 * 2**20


def test_a_promise_that_is_not_kept_is_told(tmp_path):
    for shape in ((5, 8, 7), (5, 8, 9), (500, 800, 600)):
        zipped(tmp_path / "a.npz", x=npy(header(shape), BYTES.tobytes()))
        with pytest.raises(OSError, match=r"path must name a whole .npz file, a.npz has \d+ bytes"):
            load_images(tmp_path / "a.npz")


# --- what is broken


def changed(path, where, value):
    """The file with two bytes changed in every local header and every entry of the directory."""
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", where), (b"PK\x01\x02", where + 2)):
        at = data.find(mark)
        while at >= 0:
            struct.pack_into("<H", data, at + offset, value)
            at = data.find(mark, at + 4)
    path.write_bytes(data)


@pytest.mark.parametrize("where, value", [(6, 1), (8, 9), (8, 99), (4, 99)])
def test_a_zip_that_is_encrypted_or_packed_in_a_strange_way_is_damaged(tmp_path, where, value):
    path = zipped(tmp_path / "a.npz", x=npy(header((5, 8, 8)), BYTES.tobytes()))
    changed(path, where, value)
    with pytest.raises(OSError, match="path must name .* a.npz is"):
        load_images(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_as_numpy_never_does_is_refused(tmp_path, method):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", method) as archive:
        archive.writestr("x.npy", npy(header((5, 8, 8)), BYTES.tobytes()))
    with pytest.raises(OSError, match=r"an .npz that numpy wrote, a.npz is packed in another way"):
        load_images(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "words",
    [
        "",
        "{}",
        "[" * 5000,
        header((5, 8, 8)).replace("|u1", "|O"),
        header((5, 8, 8)).replace("|u1", "u" * 99),
        header("(-5, 8, 8)"),
        header("5, 8, 8"),
        header((5, 8, 8)).replace("False", "None"),
        header((0, 8, 8)),
        header(()),
        header("(" + "1" * 190 + ", 1, 1)"),
        header((5, 8, 8), "<f3"),
        header((5, 8, 8), "<M8[ns]"),
        header("(5, 8, 8), 'x': __import__('os')"),
    ],
)
def test_a_strange_header_is_refused(tmp_path, words):
    zipped(tmp_path / "a.npz", x=npy(words, BYTES.tobytes()))
    with pytest.raises((ValueError, OSError), match=r"path must .*a\.npz"):
        load_images(tmp_path / "a.npz")


def test_what_is_no_file_is_refused_and_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, "", "/dev/zero", tmp_path / "pipe", tmp_path / "none", "a\0b"):
        with pytest.raises(OSError, match="path must name a file, there is none at"):
            load_images(path)


def test_what_is_packed_twice_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", BYTES)
    (tmp_path / "a.npz.gz").write_bytes(gzip.compress((tmp_path / "a.npz").read_bytes()))
    with pytest.raises(ValueError, match=r"a.npz.gz is one inside a gzip: gunzip it first"):
        load_images(tmp_path / "a.npz.gz")
    (tmp_path / "a").write_bytes(gzip.compress(gzip.compress(idx(BYTES))))
    with pytest.raises(ValueError, match=r"an .npz or IDX file, a begins b'\\x1f\\x8b"):
        load_images(tmp_path / "a")


def samples(folder):
    np.savez(folder / "stored.npz", x=BYTES, y=np.arange(3))
    np.savez_compressed(folder / "packed.npz", x=BYTES)
    (folder / "idx").write_bytes(idx(BYTES))
    (folder / "idx.gz").write_bytes(gzip.compress(idx(BYTES)))
    return [folder / name for name in ("stored.npz", "packed.npz", "idx", "idx.gz")]


def harmed(data, rng):
    """The same bytes cut off, with some changed, or with some left out."""
    for kept in rng.integers(0, len(data), 60):
        yield data[:kept]
    for at, value, step in rng.integers([0, 1, 1], [len(data), 256, 9], (200, 3)):
        yield data[:at] + bytes([data[at] ^ value]) + data[at + 1 :]
        yield data[:at] + data[at + step :]


@pytest.mark.filterwarnings("error")
def test_a_harmed_file_gives_an_error_that_can_be_expected_or_the_images(tmp_path):
    for path in samples(tmp_path):
        right = load_images(path)
        for data in harmed(path.read_bytes(), np.random.default_rng(1)):
            path.write_bytes(data)
            try:
                images = load_images(path)
            except (OSError, ValueError) as error:
                assert "must" in str(error), repr(error)
                continue
            checked = path.suffix != ""  # a bare IDX file holds no checksum
            assert torch.equal(images, right) if checked else 0 <= images.min() <= images.max() <= 1


def mnist(folder):
    """What loads a file as MNIST's readers take it, the file, and what may be in it."""
    splits = ("train", "valid", "test")
    np.savez(folder / "bits.npz", **{split: BYTES[:, 0, :1].repeat(98, 1) for split in splits})
    images, labels = RNG.integers(0, 256, (9, 28, 28), dtype=np.uint8), np.arange(9, dtype=np.uint8)
    whole = {f"{split}_images": images for split in ("train", "test")}
    whole |= {f"{split}_labels": labels for split in ("train", "test")}
    np.savez_compressed(folder / "labelled.npz", **whole)
    first = lambda x: torch.cat([part.flatten() for part in x["test"]])
    yield lambda path: binarized_mnist(path)["test"], folder / "bits.npz"
    yield lambda path: first(labelled_mnist(path, held=2)), folder / "labelled.npz"


def harmed_inside(path, rng):
    """The archive with its checksums right, and something wrong in the header of its first array."""
    with zipfile.ZipFile(path) as archive:
        members = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    first = next(iter(members))
    for at, sign in zip(
        rng.integers(0, 100, 60), rng.choice([*b"'\"()[{\\\n #,9x\xff"], 60), strict=True
    ):
        changed = members[first][:at] + bytes([sign]) + members[first][at + 1 :]
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in (members | {first: changed}).items():
                archive.writestr(name, bytes(data))
        yield path.read_bytes()


@pytest.mark.filterwarnings("error")
def test_a_harmed_file_of_mnist_gives_an_error_that_can_be_expected_or_what_it_held(tmp_path):
    for load, path in mnist(tmp_path):
        right, rng = load(path), np.random.default_rng(1)
        whole = path.read_bytes()
        for data in (*harmed(whole, rng), *harmed_inside(path, rng)):
            path.write_bytes(data)
            try:
                assert torch.equal(load(path), right)
            except (OSError, ValueError) as error:
                assert "path must" in str(error), repr(error)


def test_the_limit_is_the_one_that_is_told():
    assert files.LARGEST == 2**28 and "2^28" in load_images.__doc__


def test_the_courses_digits_are_read_as_mnist(tmp_path):
    write_as_mnist(tmp_path / "digits.npz", copies=2)
    grey = labelled_mnist(tmp_path / "digits.npz", held=94)
    black = binarized_mnist(tmp_path / "digits.npz")
    assert [len(x) for x, _ in grey.values()] == [2500, 94, 300]
    assert [len(x) for x in black.values()] == [2594, 200, 300]
    images, labels = grey["test"]
    assert torch.equal(labels, digits("test")[1])
    assert torch.equal(black["test"], (images.flatten(1) > 0.5).float())
    still = enlarge(digits("test")[0], 28)
    assert (images - still).abs().mean() < 0.15 < (images.roll(1, 0) - still).abs().mean()
