"""A Figure without pyplot, and the colours of the course."""

import matplotlib.figure

from genlib import checks
from genlib.pictures.sheets import png

# Okabe and Ito's palette, safe for colour-blind eyes
BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
YELLOW, BLUE, RED, PURPLE = "#f0e442", "#0072b2", "#d55e00", "#cc79a7"
PALETTE = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY, BLACK)
COLOURS = {"real": BLUE, "fake": RED, "D": GREEN, "G": ORANGE, "JSD": BLACK}  # the same everywhere


def colour_of(name: str, place: int) -> str:
    """The colour of a name, its own or the palette's at its place."""
    return COLOURS.get(name, PALETTE[place % len(PALETTE)])


class Figure(matplotlib.figure.Figure):
    """A matplotlib Figure that a notebook shows by itself, without pyplot.

    `width` and `height` are inches; `margins` (left, right, bottom, top) as shares save the time of finding them.
    """

    def __init__(
        self, width: float = 6.0, height: float = 3.0, margins: tuple[float, ...] | None = None
    ):
        for name, inches in (("width", width), ("height", height)):
            checks.number(name, inches, above=0, high=655)  # matplotlib's limit is 2^16 pixels
        layout = "constrained" if margins is None else None
        super().__init__(figsize=(width, height), dpi=100, layout=layout, facecolor="white")
        if margins is not None:
            margins = checks.numbers("margins", margins, "M", M=4, low=0, high=1).tolist()
            left, right, bottom, top = margins
            if left >= right or bottom >= top:
                raise ValueError(f"margins must be (left, right, bottom, top), got {margins}")
            self.subplots_adjust(left=left, right=right, bottom=bottom, top=top)

    def _repr_png_(self) -> bytes:
        return png(self)
