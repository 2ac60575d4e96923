"""Sheets: tensors (H, W) or (3, H, W) in [0, 1] of tiled images, and any picture as a PNG file."""

import io
import struct

import matplotlib.figure
import torch
from PIL import Image, ImageOps
from torch import Tensor

from genlib import checks
from genlib.pictures.described import described

# a sheet is enlarged by a whole factor, to at most this many pixels on its longer side
PIXELS = 480
GAP = 0.85  # the grey between the images of a sheet
LARGEST = 4096  # pixels on a side of a picture


def sheet(images: Tensor, columns: int = 8) -> Tensor:
    """Images tiled row by row, one pixel of grey between them: (N, C, H, W) -> (H', W') or (3, H', W').

    One channel is ink on paper, so that 1 is black; three are shown as they are.
    """
    return tile("images", images, columns)


def tile(name: str, images: Tensor, columns: int) -> Tensor:
    """The sheet of images, which an error calls by this name: (N, C, H, W) -> (H', W') or (3, H', W')."""
    checks.real(name, images, "N C H W", low=0, high=1)
    if images.shape[1] not in (1, 3):
        raise ValueError(f"{name} must be (N, C, H, W) with C = 1 or 3, got {tuple(images.shape)}")
    checks.at_least(1, columns=columns)
    images = images.detach().float()
    n, channels, height, width = images.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    tiles = torch.full((rows * columns, channels, height + 1, width + 1), GAP)
    tiles[:n, :, :height, :width] = 1 - images if channels == 1 else images
    tiles[n:] = 1
    tiled = tiles.view(rows, columns, channels, height + 1, width + 1).permute(2, 0, 3, 1, 4)
    tiled = tiled.reshape(channels, rows * (height + 1), columns * (width + 1))[:, :-1, :-1]
    return tiled[0] if channels == 1 else tiled


def show(images: Tensor, columns: int = 8, pixels: int = PIXELS) -> Image.Image:
    """A sheet of images, enlarged to about `pixels` on its longer side, for the end of a cell."""
    checks.at_least(1, most=LARGEST, pixels=pixels)
    return enlarge(sheet(images, columns), pixels)


def png(picture: Tensor | matplotlib.figure.Figure) -> bytes:
    """A sheet or a Figure as a PNG file. ValueError for a tensor that is neither grey nor colour."""
    checks.kind("picture", picture, Tensor, matplotlib.figure.Figure, said="a tensor or a Figure")
    file = io.BytesIO()
    if isinstance(picture, matplotlib.figure.Figure):
        words = {"Description": described(picture), "Software": None}
        picture.savefig(file, format="png", metadata=words)
    else:
        enlarge(picture, PIXELS).save(file, "png")
    return file.getvalue()


def size(png: bytes | memoryview) -> tuple[int, int]:
    """Width and height of a PNG file in pixels."""
    checks.kind("png", png, bytes, memoryview)
    start = bytes(png[:24])
    if len(start) < 24 or not start.startswith(b"\x89PNG"):
        raise ValueError(f"png must be a PNG file, got {len(png)} other bytes")
    return struct.unpack(">2I", start[16:])


def enlarge(picture: Tensor, pixels: int) -> Image.Image:
    """A sheet as an image whose pixels are squares, its longer side of at most so many pixels if it fits."""
    checks.real("picture", picture, "... H W", low=0, high=1)
    if picture.dim() != 2 and (picture.dim() != 3 or len(picture) != 3):
        raise ValueError(f"picture must be (H, W) or (3, H, W), got {tuple(picture.shape)}")
    levels = (picture.detach().cpu().float() * 255).round().byte()
    image = Image.fromarray((levels if levels.dim() == 2 else levels.permute(1, 2, 0)).numpy())
    return ImageOps.scale(image, max(1, pixels // max(image.size)), Image.Resampling.NEAREST)
