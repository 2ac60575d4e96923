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
from genlib.data.files import binarized_mnist, labelled_mnist, load_images
from genlib.data.reading import read_shapes, unexplained, words_right
from genlib.data.shapes import draw_shapes, split_captions

__all__ = [
    "Gaussians",
    "Grammar",
    "augment",
    "binarize",
    "binarized_mnist",
    "binary_digits",
    "dequantize",
    "digits",
    "discrete_bound",
    "draw_shapes",
    "enlarge",
    "every_image",
    "gaussian_grid",
    "gaussian_ring",
    "labelled_mnist",
    "load_images",
    "moved_digits",
    "read_shapes",
    "spiral",
    "split_captions",
    "two_moons",
    "unexplained",
    "words_right",
]
