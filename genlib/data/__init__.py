"""Worlds of images and of points that need no download."""

from genlib.data.augment import augment, enlarge
from genlib.data.densities import Gaussians, gaussian_grid, gaussian_ring, spiral, two_moons
from genlib.data.digits import binarize, dequantize, digits, discrete_bound, every_image
from genlib.data.files import load_images

__all__ = [
    "Gaussians",
    "augment",
    "binarize",
    "dequantize",
    "digits",
    "discrete_bound",
    "enlarge",
    "every_image",
    "gaussian_grid",
    "gaussian_ring",
    "load_images",
    "spiral",
    "two_moons",
]
