"""Worlds of images and of points that need no download."""

from genlib.data.augment import augment, enlarge, moved_digits
from genlib.data.captions import Grammar
from genlib.data.densities import Gaussians, gaussian_grid, gaussian_ring, spiral, two_moons
from genlib.data.digits import (
    binarize,
    binary_digits,
    dequantize,
    digits,
    discrete_bound,
    every_image,
)
from genlib.data.faces import draw_faces, face_labels, many_faces
from genlib.data.files import binarized_mnist, labelled_mnist, load_images, write_as_mnist
from genlib.data.horses import (
    animal_masks,
    draw_horses,
    draw_zebras,
    many_scenes,
    mirrored,
)
from genlib.data.pieces import box_mask, cut_pieces, edge_energy, key_boxes
from genlib.data.reading import read_shapes, unexplained, words_right
from genlib.data.shapes import draw_shapes, split_captions

__all__ = [
    "Gaussians",
    "Grammar",
    "animal_masks",
    "augment",
    "binarize",
    "binarized_mnist",
    "binary_digits",
    "box_mask",
    "cut_pieces",
    "dequantize",
    "digits",
    "discrete_bound",
    "draw_faces",
    "draw_horses",
    "draw_shapes",
    "draw_zebras",
    "edge_energy",
    "enlarge",
    "every_image",
    "face_labels",
    "gaussian_grid",
    "gaussian_ring",
    "key_boxes",
    "labelled_mnist",
    "load_images",
    "many_faces",
    "many_scenes",
    "mirrored",
    "moved_digits",
    "read_shapes",
    "spiral",
    "split_captions",
    "two_moons",
    "unexplained",
    "words_right",
    "write_as_mnist",
]
