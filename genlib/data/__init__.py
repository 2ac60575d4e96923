"""Worlds of images that need no download."""

from genlib.data.digits import binarize, dequantize, digits, discrete_bound, every_image
from genlib.data.files import load_images

__all__ = ["binarize", "dequantize", "digits", "discrete_bound", "every_image", "load_images"]
