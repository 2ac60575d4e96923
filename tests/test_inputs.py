"""Every public function of data, metrics, pictures and weights meets arguments that no one wrote it for."""

import inspect
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from hostile import answered, in_place_of, law
from small import seeded
from torch import nn

from genlib import data, metrics, pictures, weights
from genlib.data import faces, pieces, shapes


def drawn(call):
    """The call, with the numbers that its Figure shows in place of the Figure."""

    def numbers_of(**arguments):
        return [
            [np.asarray(line.get_xydata(), float) for line in axis.lines]
            + [np.asarray(image.get_array().data, float) for image in axis.images]
            + [np.asarray([*axis.get_xlim(), *axis.get_ylim()])]
            for axis in call(**arguments).axes
        ]

    return numbers_of


IMAGES = torch.rand(3, 1, 6, 6, generator=seeded())
BINARY = (IMAGES > 0.5).float().flatten(1)[:, :4]
POINTS = torch.randn(5, 2, generator=seeded())
LABELS, CATEGORIES = torch.tensor([0, 2, 1, 0, 2]), torch.tensor([2, 0, 0, 1, 2])
P, Q = torch.tensor([0.5, 0.25, 0.25]), torch.tensor([0.25, 0.5, 0.25])
X, Y = torch.arange(1, 5) / 4, torch.tensor([0.5, 0.25, 1.0, 0.0])
RING = data.gaussian_ring()
ONE = shapes.ONE
CAPTIONS = ONE.every[[3, 60, 200]]
DRAWN = data.draw_shapes(CAPTIONS, generator=seeded())
TEXTS = {"xlabel": "x", "ylabel": "y"}
FACES, ATTRIBUTES, PEOPLE = data.many_faces(3, 16)
BOXES = torch.tensor([[[0, 1, 5, 4], [8, 9, 4, 7]], [[3, 3, 6, 6], [10, 0, 6, 5]]])[[0, 1, 1]]
MASKS = data.box_mask(BOXES, 16)
SCENES = data.many_scenes(3)

ROWS = {
    # --- data
    data.augment: {
        "images": IMAGES,
        "generator": seeded(),
        "shift": 0.1,
        "degrees": 5.0,
        "scale": 0.1,
        "size": 0.8,
        "stretch": 0.1,
        "shear": 0.2,
        "bend": 0.05,
    },
    data.binarize: {"images": IMAGES},
    data.binary_digits: {"split": "valid"},
    data.binarized_mnist: {"path": "bits.npz"},
    data.labelled_mnist: {"path": "labelled.npz", "held": 2},
    data.write_as_mnist: {"path": "mine.npz", "copies": 1},
    data.dequantize: {"images": IMAGES, "generator": seeded()},
    data.digits: {"split": "valid"},
    data.discrete_bound: {"log_density": Y, "num_pixels": 64},
    data.enlarge: {"images": IMAGES, "size": 9},
    data.every_image: {"num_pixels": 3, "levels": 2},
    data.Gaussians: {"centres": POINTS, "std": 0.5},
    RING.log_prob: {"x": POINTS},
    RING.sample: {"n": 3, "generator": seeded()},
    data.gaussian_grid: {"side": 3, "spacing": 1.0, "std": 0.1},
    data.gaussian_ring: {"modes": 3, "radius": 1.0, "std": 0.1},
    data.load_images: {"path": "own.npz", "key": "x", "white": 255},
    data.moved_digits: {"split": "valid", "copies": 1, "seed": 0},
    data.spiral: {"turns": 1.0, "radius": 1.0, "std": 0.1},
    data.two_moons: {"radius": 1.0, "std": 0.1},
    data.Grammar: {"sentence": "a {size}", "slots": {"size": ["small", "large"]}},
    ONE.choices: {"captions": CAPTIONS},
    ONE.tokens_of: {"choices": ONE.choices(CAPTIONS)},
    ONE.numbers: {"captions": CAPTIONS},
    ONE.text: {"caption": CAPTIONS[0]},
    ONE.tokens: {"text": "a small red cross at the left"},
    data.draw_shapes: {
        "captions": CAPTIONS,
        "size": 16,
        "generator": seeded(),
        "grammar": ONE,
    },
    data.split_captions: {"grammar": ONE},
    shapes.seen_pictures: {"n": 3, "size": 16, "seed": 0, "grammar": ONE},
    shapes.check_world: {"grammar": ONE},
    shapes.coverage: {
        "shape": torch.tensor([0, 3, 1]),
        "centre": torch.full((3, 2), 0.5),
        "radius": torch.full((3,), 0.25),
        "size": 16,
    },
    data.read_shapes: {"x": DRAWN, "grammar": ONE},
    data.unexplained: {"x": DRAWN, "grammar": ONE},
    data.words_right: {"x": DRAWN, "captions": CAPTIONS, "grammar": ONE},
    data.draw_faces: {"attributes": ATTRIBUTES, "people": PEOPLE, "size": 16},
    data.many_faces: {"n": 3, "size": 16, "seed": 0},
    data.face_labels: {"attributes": ATTRIBUTES},
    data.many_scenes: {"n": 3, "seed": 0, "left": 0.5},
    data.draw_horses: {"scenes": SCENES, "size": 16},
    data.draw_zebras: {"scenes": SCENES, "size": 16},
    data.animal_masks: {"scenes": SCENES, "size": 16},
    data.mirrored: {"scenes": SCENES},
    data.edge_energy: {"x": FACES},
    data.key_boxes: {"x": FACES, "count": 2, "generator": seeded()},
    pieces.overlap: {"boxes": BOXES, "others": BOXES.flip(1)},
    data.cut_pieces: {"x": FACES, "boxes": BOXES, "size": 8},
    data.box_mask: {"boxes": BOXES, "size": 16},
    # --- metrics
    metrics.bits_per_dim: {"nats": Y, "num_pixels": 64},
    metrics.mean_and_error: {"values": Y},
    metrics.frequencies: {"x": BINARY, "levels": 2},
    metrics.total_variation: {"p": P, "q": Q},
    metrics.jensen_shannon: {"p": P, "q": Q},
    metrics.jensen_shannon_floor: {"p": P, "n": 9, "generator": seeded()},
    metrics.cell_probabilities: {
        "log_prob": data.gaussian_ring(std=0.5).log_prob,
        "limit": 3.0,
        "cells": 4,
        "points": 3,
    },
    metrics.cell_frequencies: {"x": POINTS, "limit": 3.0, "cells": 4},
    metrics.mode_shares: {"x": POINTS, "centres": RING.centres, "std": 0.5, "within": 4.0},
    metrics.modes_covered: {
        "x": POINTS,
        "centres": RING.centres,
        "std": 0.5,
        "within": 4.0,
        "share": 0.1,
    },
    metrics.frechet_distance: {"a": POINTS, "b": RING.centres},
    metrics.kernel_distance: {"a": POINTS, "b": RING.centres},
    metrics.class_shares: {"labels": LABELS, "classes": 3},
    metrics.contingency: {"categories": CATEGORIES, "labels": LABELS, "classes": 3},
    metrics.matching: {"categories": CATEGORIES, "labels": LABELS, "classes": 3},
    metrics.matched_accuracy: {"categories": CATEGORIES, "labels": LABELS, "classes": 3},
    metrics.majority_accuracy: {"categories": CATEGORIES, "labels": LABELS, "classes": 3},
    metrics.image_moments: {"x": IMAGES},
    metrics.nearest_neighbours: {"x": POINTS, "among": RING.centres},
    metrics.error_within: {"x": FACES, "y": FACES.flip(0), "mask": MASKS},
    metrics.intersection_over_union: {"mask": MASKS, "true_mask": MASKS.flip(0)},
    metrics.found_error: {"x": FACES, "source": FACES.flip(0), "boxes": BOXES},
    metrics.found_boxes: {"x": FACES, "source": FACES.flip(0), "boxes": BOXES},
    metrics.sliced_wasserstein: {
        "a": POINTS,
        "b": POINTS.flip(1),
        "directions": 4,
        "generator": seeded(),
    },
    metrics.laplacian: {"x": FACES},
    metrics.patch_distance: {
        "a": FACES,
        "b": FACES.flip(0),
        "side": 3,
        "each": 4,
        "generator": seeded(),
    },
    # --- pictures
    pictures.Figure: {"width": 3.0, "height": 2.0, "margins": (0.1, 0.9, 0.1, 0.9)},
    pictures.sheet: {"images": IMAGES, "columns": 2},
    pictures.verdicts: {
        "images": IMAGES[:2, :1].repeat(1, 3, 1, 1),
        "right": torch.tensor([[True, False], [False, False]]),
        "columns": 2,
    },
    pictures.captioned: {"images": IMAGES[:2], "texts": ["one", "two"], "columns": 2},
    pictures.show: {"images": IMAGES, "columns": 2, "pixels": 40},
    pictures.framed: {"images": FACES, "boxes": BOXES, "scale": 2},
    pictures.png: {"picture": IMAGES[0, 0]},
    pictures.size: {"png": pictures.png(IMAGES[0, 0])},
    pictures.rows: {
        "named": {"a": IMAGES, "b": IMAGES},
        "columns": 2,
        "title": "two",
        "names": ["x"],
    },
    pictures.progress: {
        "images": IMAGES,
        "x": X,
        "named": {"a": Y + 1, "b": X},
        "at": 0.5,
        "lit": "a",
        **TEXTS,
    },
    pictures.curves: {
        "x": X,
        "named": {"a": Y, "b": X},
        "logx": True,
        "marks": {"c": 1.0},
        **TEXTS,
    },
    pictures.dots: {"named": {"a": Y, "b": X}, "xlabel": "x", "marks": {"c": 1.0}, "logx": False},
    pictures.mesh: {"grid": POINTS.view(1, 5, 2).repeat(3, 1, 1), "reach": 3.0, "points": POINTS},
    pictures.diagram: {
        "text": "z -> G",
        "shapes": {"z": "(B,)"},
        "learns": ["G"],
        "frozen": [],
        "title": "G",
    },
    pictures.graph: {
        "places": {"a": (0.0, 0.0), "b": (1.0, 0.0)},
        "edges": [("a", "b")],
        "lit": ["a"],
        "strong": [("a", "b")],
        "notes": {"a": "first"},
        "title": "G",
        "coloured": "from",
    },
    pictures.grids: {
        "named": {"a": torch.eye(3).long()},
        "kinds": ["future", "seen"],
        "texts": {"a": torch.arange(9).view(3, 3)},
        "title": "G",
    },
    pictures.cloud: {"named": {"a": POINTS}, "reach": 3.0, "side": 12},
    pictures.bars: {"named": {"a": 1.0}, "xlabel": "x", "limit": 2.0, "marks": {"b": 1.0}},
    pictures.scores: {"image": IMAGES[0], "named": {"a": (0.0, 1.0, 0.5)}, "xlabel": "x"},
    pictures.pixel: {
        "image": IMAGES[0, 0],
        "at": torch.tensor([1, 2]),
        "x": X,
        "density": Y,
        "value": 0.5,
    },
    pictures.matrix: dict(values=POINTS, **TEXTS),
    pictures.lines: {"x": X, "named": {"a": Y}, "xlabel": "x", "ylim": (0.0, 1.0)},
    pictures.field: {
        "values": IMAGES[0, 0],
        "points": POINTS,
        "reach": 3.0,
        "side": 12,
        "arrows": POINTS.repeat(1, 2),
    },
    pictures.plane: {
        "points": POINTS,
        "labels": LABELS,
        "reach": 3.0,
        "side": 12,
        "names": [*"0123456789"],
    },
    # --- weights
    weights.as_shipped: {"module": nn.Linear(2, 1)},
    weights.load: {"name": "small", "module": nn.Linear(2, 1)},
    weights.load_or_train: {"name": "small", "module": nn.Linear(2, 1)},
    weights.save: {
        "name": "small",
        "module": nn.Linear(2, 1),
        "metadata": {"steps": 1},
        "folder": ".",
    },
}
FIGURES = {f for f in ROWS if getattr(f, "__annotations__", {}).get("return") is pictures.Figure}
STRINGS = ("", "../x", "a/b", "/", "/etc/passwd", "..", "a\0b", "a" * 5000, "\udcff", "*", "%s{}")
ARGUMENTS = [(call, name) for call, arguments in ROWS.items() for name in arguments]


def test_every_public_name_has_a_row():
    names = {getattr(data, name) for name in data.__all__} | {RING.log_prob, RING.sample}
    names |= {ONE.choices, ONE.tokens_of, ONE.numbers, ONE.text, ONE.tokens}
    for module in (shapes, faces, pieces, metrics, pictures, weights):
        names |= {
            thing
            for name, thing in vars(module).items()
            if callable(thing) and thing.__module__.startswith(module.__name__) and name[0] != "_"
        }
    assert names - {metrics.Moments, weights.Record} == ROWS.keys()


def test_a_row_names_every_argument():
    for call, arguments in ROWS.items():
        assert set(inspect.signature(call).parameters) == set(arguments), call


def hostile(name, right):
    """Hostile values for one argument; for one that maps names to values, for each of its values too."""
    odd = in_place_of(right)
    if name in ("path", "key", "name", "split"):
        odd |= {f"text {text[:9]!r}": text for text in STRINGS}
    if isinstance(right, Mapping):
        key, value = next(iter(right.items()))
        odd |= {f"{what} by name": right | {key: v} for what, v in in_place_of(value).items()}
    if isinstance(right, tuple):
        odd |= {f"{what} inside": (v, *right[1:]) for what, v in in_place_of(right[0]).items()}
    return odd


@pytest.mark.parametrize("call, name", ARGUMENTS, ids=lambda part: getattr(part, "__name__", part))
def test_a_hostile_argument_is_refused_by_name_or_answered_right(call, name, tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    monkeypatch.chdir(tmp_path)
    weights.save("small", nn.Linear(2, 1), {})
    np.savez("own.npz", x=np.full((2, 4, 4), 200, np.uint8))
    bits = np.full((2, 98), 7, np.uint8)
    np.savez("bits.npz", train=bits, valid=bits, test=bits)
    images, labels = np.zeros((5, 28, 28), np.uint8), np.arange(5, dtype=np.uint8)
    train, test = ({f"{s}_images": images, f"{s}_labels": labels} for s in ("train", "test"))
    np.savez("labelled.npz", **train, **test)
    arguments = ROWS[call]
    answered(call, arguments)
    shown = drawn(call) if call in FIGURES else call
    broken = []
    for what, value in hostile(name, arguments[name]).items():
        try:
            law(shown, arguments, name, value, gaps=call is metrics.image_moments)
        except AssertionError as error:
            broken.append(f"{what}: {error}")
    assert not broken, "\n".join(broken)
    assert {path.suffix for path in tmp_path.iterdir()} == {".safetensors", ".npz", ""}
