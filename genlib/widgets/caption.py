"""What a page without a kernel shows of a panel: its picture with settings and line written under it."""

import functools
import io
import textwrap
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from genlib import checks, pictures

NARROW = 480  # pixels that a line of text has, however narrow the picture is


def captioned(png: bytes, text: str) -> bytes:
    """A PNG file with the text under its picture, black on white, wrapped, in the font that matplotlib brings."""
    pictures.size(png)  # a ValueError names what is no PNG file
    checks.kind("text", text, str)
    picture = Image.open(io.BytesIO(png))
    picture = picture if picture.mode in ("L", "RGB") else picture.convert("RGBA")
    width = max(picture.width, NARROW)
    lines = _wrapped(text, width - 16)
    page = Image.new(picture.mode, (width, picture.height + 18 * len(lines) + 10), "white")
    page.paste(picture)
    for row, line in enumerate(lines):
        ImageDraw.Draw(page).text((8, picture.height + 6 + 18 * row), line, "black", _font())
    file = io.BytesIO()
    page.save(file, "png")
    return file.getvalue()


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most so many pixels."""
    for columns in range(width // 3, 0, -1):
        lines = [line for row in text.splitlines() for line in textwrap.wrap(row, columns)]
        if all(_font().getlength(line) <= width for line in lines):
            break
    return lines


@functools.cache
def _font() -> ImageFont.FreeTypeFont:
    path = Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")
    return ImageFont.truetype(path, 13, layout_engine=ImageFont.Layout.BASIC)
