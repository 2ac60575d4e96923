"""The course's digits, small worlds, and files that the user has."""

import gzip
import math
import pickle

import numpy as np
import pytest
import torch

from genlib.data import (
    augment,
    binarize,
    binarized_mnist,
    dequantize,
    digits,
    discrete_bound,
    enlarge,
    every_image,
    labelled_mnist,
    load_images,
    moved_digits,
)

SIZES = {"train": 1297, "valid": 200, "test": 300}


@pytest.mark.parametrize("split, size", SIZES.items())
def test_digits_are_seventeen_levels_of_grey(split, size):
    images, labels = digits(split)
    assert images.shape == (size, 1, 8, 8) and images.dtype == torch.float32
    assert labels.shape == (size,) and set(labels.tolist()) == set(range(10))
    assert set((images * 16).unique().tolist()) == set(range(17))


def test_the_three_splits_are_all_the_digits_each_once():
    together = torch.cat([digits(split)[0] for split in SIZES]).flatten(1)
    from sklearn.datasets import load_digits

    every = torch.tensor(load_digits().data, dtype=torch.float32) / 16
    assert torch.equal(sorted_rows(together), sorted_rows(every))


def sorted_rows(x):
    return torch.tensor(sorted(x.tolist()))


def held_out_that_equal_one_of_train(change):
    x = {split: change(digits(split)[0]).flatten(1) for split in SIZES}
    equal = lambda held: (held[:, None] == x["train"]).all(2).any(1)
    return {split: int(equal(x[split]).sum()) for split in ("valid", "test")}


def test_no_digit_stands_in_two_splits_until_black_and_white_make_some_equal():
    assert held_out_that_equal_one_of_train(lambda x: x) == {"valid": 0, "test": 0}
    assert held_out_that_equal_one_of_train(binarize) == {"valid": 9, "test": 12}


def test_every_class_has_its_share_of_every_split():
    shares = torch.stack([digits(s)[1].bincount() / n for s, n in SIZES.items()])
    assert (shares - 0.1).abs().max() < 0.02 and (shares[0] - shares).abs().max() < 0.006


def test_the_split_is_the_one_of_the_course():
    """These labels were there when the split was made: another split is another course."""
    first = {split: digits(split)[1][:8].tolist() for split in SIZES}
    assert first == FIRST_LABELS


FIRST_LABELS = {
    "train": [1, 6, 7, 9, 9, 0, 3, 4],
    "valid": [3, 1, 2, 5, 8, 3, 0, 2],
    "test": [4, 0, 7, 8, 7, 2, 3, 6],
}


def test_an_unknown_split_is_refused_by_name():
    with pytest.raises(ValueError, match="split must be .* got 'all'"):
        digits("all")


def test_a_callers_change_does_not_reach_the_next_caller():
    digits("valid")[0].zero_()
    assert digits("valid")[0].max() == 1


def test_binary_digits_are_cut_at_level_eight():
    levels = torch.arange(17) / 16
    assert binarize(levels).tolist() == [0.0] * 8 + [1.0] * 9


def test_dequantised_grey_rounds_down_to_its_level_and_fills_the_gap():
    levels = (torch.arange(17) / 16).repeat(2000, 1)
    grey = dequantize(levels, torch.Generator().manual_seed(0))
    assert (
        torch.equal((grey * 17).floor(), (levels * 16).round())
        and 0 <= grey.min()
        and grey.max() < 1
    )
    torch.testing.assert_close(
        (grey * 17).frac().mean(0), torch.full((17,), 0.5), atol=0.03, rtol=0
    )


def test_the_blackest_level_never_reaches_one():
    assert dequantize(torch.ones(2**22), torch.Generator().manual_seed(0)).max() < 1


def test_the_discrete_bound_meets_a_density_that_is_flat_on_every_level():
    """17 steps of heights 17 p have density 17 p(level): the bound is then -log p(level), exactly."""
    p = torch.softmax(torch.randn(17), 0)
    log_density = (17 * p).log()
    torch.testing.assert_close(discrete_bound(log_density, 1), -p.log())
    assert discrete_bound(torch.zeros(1), 64).item() == pytest.approx(64 * math.log(17))


@pytest.mark.parametrize("function", [binarize, dequantize])
@pytest.mark.parametrize(
    "images, seen",
    [
        (torch.tensor([0.0, 1.5]), "to 1.5"),
        (torch.tensor([-1.0]), "-1 to -1"),
        (torch.tensor([torch.nan]), "nan"),
        (torch.tensor([0, 1]), "int64"),
        (torch.zeros(0, 64), r"\(0, 64\)"),
    ],
)
def test_what_is_no_image_is_refused_by_name(function, images, seen):
    with pytest.raises(ValueError, match=f"images must.*{seen}"):
        function(images)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64], ids=str)
def test_dequantised_grey_has_the_same_noise_in_every_precision_and_stays_below_one(dtype):
    levels = torch.ones(2**16).to(dtype)
    grey, single = (
        dequantize(x, torch.Generator().manual_seed(0)) for x in (levels, levels.float())
    )
    assert grey.dtype == dtype and grey.max() < 1
    torch.testing.assert_close(grey.float(), single, atol=0.01, rtol=0)


def test_every_image_is_listed_once_in_counting_order():
    assert every_image(3).tolist()[:3] == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]
    every = every_image(3, levels=4)
    assert every.shape == (64, 3) == every.unique(dim=0).shape
    assert (every.unique() * 3).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "pixels, levels, named",
    [
        (0, 2, "num_pixels must be at least 1"),
        (21, 2, "num_pixels and levels"),
        (5, 17, "num_pixels and levels"),
        (2**39, 2, "num_pixels and levels"),
        (3, 1, "levels must be at least 2"),
    ],
)
def test_a_world_that_cannot_be_listed_is_refused_by_name(pixels, levels, named):
    with pytest.raises(ValueError, match=named):
        every_image(pixels, levels)


# --- files -----------------------------------------------------------------------------------------

BYTES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) * 10
IDX = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in BYTES.shape) + BYTES.tobytes()


def written(folder, name, data):
    (folder / name).write_bytes(data)
    return folder / name


def test_idx_and_npz_files_give_the_same_images(tmp_path):
    np.savez(tmp_path / "a.npz", images=BYTES, labels=np.arange(2))
    expected = torch.tensor(BYTES / 255.0, dtype=torch.float32)[:, None]
    for path in (
        tmp_path / "a.npz",
        written(tmp_path, "a-idx3-ubyte", IDX),
        written(tmp_path, "a-idx3-ubyte.gz", gzip.compress(IDX)),
        str(written(tmp_path, "named.otherwise", IDX)),
    ):
        images = load_images(path)
        assert images.dtype == torch.float32 and torch.equal(images, expected)


def test_colour_floats_and_booleans_become_images(tmp_path):
    colour = np.random.default_rng(0).random((2, 4, 5, 3))
    np.savez_compressed(tmp_path / "two.npz", colour=colour, black=BYTES > 100)
    images = load_images(tmp_path / "two.npz", key="colour")
    torch.testing.assert_close(
        images, torch.tensor(colour, dtype=torch.float32).permute(0, 3, 1, 2)
    )
    assert load_images(tmp_path / "two.npz", key="black").unique().tolist() == [0, 1]


def test_which_array_is_meant_must_be_clear(tmp_path):
    np.savez(tmp_path / "two.npz", train=BYTES, test=BYTES)
    for key in (None, "valid"):
        with pytest.raises(ValueError, match=r"key must name one array of two.npz.*train.*test"):
            load_images(tmp_path / "two.npz", key)


@pytest.mark.parametrize(
    "name, data, error, complaint",
    [
        ("cut", IDX[:-1], OSError, "whole IDX file, cut has 39 bytes where .* take 40"),
        ("long", IDX + b"x", OSError, "long has 41 bytes"),
        ("head", IDX[:7], OSError, "whole IDX file"),
        ("labels", bytes([0, 0, 8, 1, 0, 0, 0, 2, 1, 2]), ValueError, "1 axes"),
        ("floats", bytes([0, 0, 13, 3]) + IDX[4:], ValueError, "type 13"),
        ("cut.gz", gzip.compress(IDX)[:-9], OSError, "whole gzip file"),
        ("bad.gz", b"\x1f\x8b" + b"not gzip at all", OSError, "whole gzip file"),
        ("a.png", b"\x89PNG\r\n\x1a\n", ValueError, "npz or IDX"),
        ("empty", b"", ValueError, "npz or IDX"),
        ("pickle", pickle.dumps({"a": 1}), ValueError, "npz or IDX"),
    ],
)
def test_a_damaged_or_foreign_file_is_named(tmp_path, name, data, error, complaint):
    with pytest.raises(error, match=complaint):
        load_images(written(tmp_path, name, data))


@pytest.mark.parametrize(
    "array, complaint",
    [
        (np.zeros((2, 3)), r"\(2, 3\)"),
        (np.zeros((2, 3, 4, 5)), r"\(2, 3, 4, 5\)"),
        (np.zeros((0, 3, 4)), r"\(0, 3, 4\)"),
        (np.full((2, 3, 4), np.nan), "nan"),
        (np.full((2, 3, 4), 1.5), "1.5 to 1.5"),
        (np.full((2, 3, 4), 200, dtype=np.int64), "int64"),
    ],
)
def test_an_array_that_holds_no_images_is_named(tmp_path, array, complaint):
    np.savez(tmp_path / "a.npz", a=array)
    with pytest.raises(ValueError, match=f"path must hold.*a.npz has .*{complaint}"):
        load_images(tmp_path / "a.npz", key="a")


def test_a_missing_and_a_truncated_archive_are_named(tmp_path):
    with pytest.raises(OSError, match="nowhere.npz"):
        load_images(tmp_path / "nowhere.npz")
    np.savez(tmp_path / "a.npz", a=BYTES)
    cut = written(tmp_path, "cut.npz", (tmp_path / "a.npz").read_bytes()[:-30])
    with pytest.raises(OSError, match=r"cut.npz is damaged"):
        load_images(cut)


def test_an_archive_that_is_no_npz_is_named(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "letter.docx", "w") as file:
        file.writestr("word/document.xml", "<text/>")
    np.savez(tmp_path / "words.npz", a=np.full((2, 3, 4), "ink"))
    with pytest.raises(ValueError, match=r"one array of letter.docx"):
        load_images(tmp_path / "letter.docx")
    with pytest.raises(ValueError, match=r"words.npz has <U3"):
        load_images(tmp_path / "words.npz")


def test_a_pickle_inside_an_archive_is_never_read(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    np.savez(tmp_path / "trap.npz", a=np.array([Trap()], dtype=object))
    with pytest.raises(ValueError, match=r"plain arrays, trap.npz does not"):
        load_images(tmp_path / "trap.npz")
    assert not (tmp_path / "sprung").exists()


# --- larger digits, and more of them


def test_enlarged_digits_stay_in_range_and_look_like_the_small_ones():
    small = digits("valid")[0]
    large = enlarge(small)
    assert large.shape == (200, 1, 16, 16) and large.min() >= 0 and large.max() <= 1
    back = torch.nn.functional.avg_pool2d(large, 2)
    assert (back - small).abs().mean() < 0.05
    torch.testing.assert_close(enlarge(small, 8), small)


def test_augmentation_keeps_range_shape_and_the_class():
    images, labels = digits("train")
    images, moved = enlarge(images), augment(enlarge(images), torch.Generator().manual_seed(0))
    assert moved.shape == images.shape and moved.dtype == images.dtype
    assert moved.min() >= 0 and 0.9 < moved.max() <= 1
    near = torch.cdist(moved.flatten(1), moved.flatten(1)).fill_diagonal_(torch.inf).argmin(1)
    assert (labels[near] == labels).float().mean() > 0.9  # neighbours still share a class


def test_an_augmentation_of_nothing_only_shrinks_by_a_tenth():
    images = torch.rand(3, 1, 16, 16)
    moved = augment(images, shift=0, degrees=0, scale=0)
    theta = torch.tensor([[1 / 0.9, 0, 0], [0, 1 / 0.9, 0]]).expand(3, 2, 3)
    grid = torch.nn.functional.affine_grid(theta, (3, 1, 16, 16), align_corners=False)
    expected = torch.nn.functional.grid_sample(images, grid, align_corners=False)
    torch.testing.assert_close(moved, expected)


def moments(images):
    """Centre of the ink (right, down), its spread, and the direction of its main axis in degrees."""
    place = (torch.arange(64) + 0.5) / 32 - 1
    weight = images[:, 0] / images.sum((1, 2, 3))[:, None, None]
    right, down = (weight.sum(1) * place).sum(1), (weight.sum(2) * place).sum(1)
    x, y = place[None, None, :] - right[:, None, None], place[None, :, None] - down[:, None, None]
    xx, yy, xy = ((weight * m).sum((1, 2)) for m in (x * x, y * y, x * y))
    return right, down, (xx + yy).sqrt(), torch.rad2deg(torch.atan2(2 * xy, xx - yy) / 2)


def test_every_image_is_moved_by_its_own_amounts_within_the_bounds():
    bar = torch.zeros(400, 1, 64, 64)
    bar[:, :, 28:36, 12:52] = 1
    untouched = augment(bar[:1], shift=0, degrees=0, scale=0)
    generator = torch.Generator().manual_seed(0)
    right, down, spread, angle = moments(
        augment(bar, generator, shift=0.1, degrees=10.0, scale=0.2)
    )
    for shift in (right, down):  # 0.1 of the half width, in the zoomed frame
        assert 0.08 < shift.abs().max() < 0.1 * 0.9 / 0.8 + 0.01 and abs(shift.mean()) < 0.015
    assert 9 < angle.abs().max() < 10.5 and abs(angle.mean()) < 1
    ratio = spread / moments(untouched)[2]
    assert 1 / 1.2 - 0.02 < ratio.min() < 0.86 and 1.2 < ratio.max() < 1 / 0.8 + 0.02
    assert abs(torch.corrcoef(torch.stack([right, down, angle, ratio])) - torch.eye(4)).max() < 0.2


def test_a_shear_leans_an_upright_bar_and_leaves_the_height_of_its_ends():
    bar = torch.zeros(300, 1, 64, 64)
    bar[:, :, 12:52, 30:34] = 1
    still = {"shift": 0.0, "degrees": 0.0, "scale": 0.0}
    leaning = augment(bar, torch.Generator().manual_seed(0), **still, shear=0.3)
    upright = augment(bar[:1], **still)
    rows = lambda x: x.sum((1, 3))
    torch.testing.assert_close(rows(leaning), rows(upright).expand(300, 64), atol=0.2, rtol=0.05)
    slope = moments(leaning)[3].sub(90).mul(torch.pi / 180).tan().abs()  # away from upright
    assert 0.26 < slope.max() < 0.33 and slope.min() < 0.02


def test_a_stretch_scales_width_and_height_apart_and_a_size_both():
    disc = (torch.cartesian_prod(*[torch.linspace(-1, 1, 64)] * 2).norm(dim=1) < 0.5).float()
    disc = disc.view(1, 1, 64, 64).repeat(300, 1, 1, 1)
    still = {"shift": 0.0, "degrees": 0.0, "scale": 0.0}
    moved = augment(disc, torch.Generator().manual_seed(0), **still, stretch=0.2)[:, 0]
    wide, high = (moved.amax(axis).gt(0.5).sum(1) / 64 / 0.5 / 0.9 for axis in (1, 2))
    for ratio in (wide, high):
        assert 0.8 < ratio.min() < 0.9 and 1.1 < ratio.max() < 1.3
    assert abs(torch.corrcoef(torch.stack([wide, high]))[0, 1]) < 0.2
    small, large = (augment(disc[:1], **still, size=size).sum() for size in (0.5, 1.0))
    assert large / small == pytest.approx(4, rel=0.05)


def test_a_bend_moves_each_place_its_own_way_and_by_as_much_as_is_said():
    place = torch.linspace(0, 1, 33)
    ramp = place.expand(200, 1, 33, 33).clone()  # the shade of a pixel tells its column
    still = {"shift": 0.0, "degrees": 0.0, "scale": 0.0}
    plain, bent = (
        augment(ramp, torch.Generator().manual_seed(0), **still, bend=b) for b in (0.0, 0.05)
    )
    away = (bent - plain)[:, 0, 10:23, 10:23]
    # at a point of the grid 0.05 of the half width is 0.025 of the width; between points it is less
    assert 0.012 < away.std() < 0.03 and abs(away.mean()) < 0.005
    assert away[:, 0, 0].sub(away[:, -1, -1]).abs().mean() > 0.01  # not one shift for all


def test_the_same_generator_augments_alike_and_another_does_not():
    images = enlarge(digits("valid")[0])
    first, second, third = (augment(images, torch.Generator().manual_seed(s)) for s in (0, 0, 1))
    assert torch.equal(first, second) and not torch.equal(first, third)


@pytest.mark.parametrize("call", [enlarge, augment])
def test_what_is_no_batch_of_images_is_refused(call):
    with pytest.raises(ValueError, match=r"images must be \(N, C, H, W\), got \(3, 8, 8\)"):
        call(torch.rand(3, 8, 8))
    with pytest.raises(ValueError, match="images must be floating-point numbers"):
        call(torch.ones(1, 1, 8, 8, dtype=torch.long))


@pytest.mark.parametrize("call", [enlarge, augment, binarize, dequantize])
@pytest.mark.parametrize(
    "change",
    [lambda x: x * 255, lambda x: x * 2 - 1, lambda x: x / 0],
    ids=["0..255", "-1..1", "infinite"],
)
def test_images_of_another_range_are_refused_and_not_clipped(call, change):
    with pytest.raises(ValueError, match=r"images must lie in \[0, 1\], got"):
        call(change(digits("valid")[0]))


def test_a_gradient_passes_through_an_augmentation_to_every_image():
    images = enlarge(digits("valid")[0][:5]).requires_grad_()
    augment(images, torch.Generator().manual_seed(0)).square().sum().backward()
    assert (images.grad.abs().sum((1, 2, 3)) > 0).all() and images.grad.isfinite().all()


def test_a_size_below_one_is_refused():
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        enlarge(torch.rand(1, 1, 8, 8), 0)


def test_moved_digits_come_in_rounds_with_their_labels():
    images, labels = moved_digits("valid", copies=3)
    plain, plain_labels = digits("valid")
    assert images.shape == (600, 1, 16, 16) and torch.equal(labels, plain_labels.repeat(3))
    assert not torch.equal(images[:200], images[200:400])  # each copy moved anew
    near = torch.cdist(images.flatten(1), enlarge(plain).flatten(1)).argmin(1)
    assert (plain_labels[near] == labels).float().mean() > 0.9


def test_a_file_of_other_images_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", train=np.zeros((2, 28, 28), np.uint8))
    with pytest.raises(
        ValueError, match=r"path must hold train, valid and test as bytes \(N, 98\)"
    ):
        binarized_mnist(tmp_path / "other.npz")


def labelled(folder, **change):
    """A file as `labelled_mnist` reads it: 20 images of train, whose shade is their number, and 3 of test."""
    shades = np.arange(20, dtype=np.uint8)[:, None, None]
    arrays = {
        "train_images": shades + np.zeros((20, 28, 28), np.uint8),
        "train_labels": np.arange(20, dtype=np.uint8) % 10,
        "test_images": np.full((3, 28, 28), 255, np.uint8),
        "test_labels": np.array([7, 2, 1], np.uint8),
    }
    np.savez(folder / "digits.npz", **arrays | change)
    return folder / "digits.npz"


def test_labelled_mnist_gives_three_splits_and_keeps_every_image_with_its_label(tmp_path):
    x = labelled_mnist(labelled(tmp_path), held=4)
    assert {split: len(images) for split, (images, _) in x.items()} == {
        "train": 16,
        "valid": 4,
        "test": 3,
    }
    images, labels = (torch.cat(both) for both in zip(x["train"], x["valid"], strict=True))
    assert images.shape == (20, 1, 28, 28) and images.dtype == torch.float32
    torch.testing.assert_close(images[:, 0, 3, 5], torch.arange(20) / 255)
    assert torch.equal(labels, torch.arange(20) % 10)
    assert x["test"][0].unique().tolist() == [1.0] and x["test"][1].tolist() == [7, 2, 1]


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"train_images": np.zeros((20, 8, 8), np.uint8)}, "train_images as bytes"),
        ({"test_labels": np.zeros(3)}, "test_labels as bytes"),
        ({"train_labels": np.zeros(19, np.uint8)}, "label for each image of train, got 19 for 20"),
    ],
)
def test_a_file_that_is_not_labelled_mnist_is_refused(tmp_path, change, complaint):
    with pytest.raises(ValueError, match=complaint):
        labelled_mnist(labelled(tmp_path, **change), held=4)


def test_as_many_held_images_as_there_are_is_refused(tmp_path):
    with pytest.raises(ValueError, match="held must be at most 19"):
        labelled_mnist(labelled(tmp_path), held=20)
