"""A Figure without pyplot, and the colours of the course."""

import matplotlib.figure
from matplotlib.axes import Axes

from genlib import checks
from genlib.pictures.sheets import png

# Okabe and Ito's palette, safe for colour-blind eyes
BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
YELLOW, BLUE, RED, PURPLE = "#f0e442", "#0072b2", "#d55e00", "#cc79a7"
DARK, FAINT, GRID = "#333333", "#b0b0b0", "#e8e8e8"  # words, frames, lines behind the data
PALETTE = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY, BLACK)
COLOURS = {"real": BLUE, "fake": RED, "D": GREEN, "G": ORANGE, "JSD": BLACK}  # the same everywhere


def ruled(axis: Axes, along: str = "both") -> None:
    """Leave only the two scales of a frame, and draw faint lines through the numbers along x, y or both."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis=along, color=GRID, linewidth=0.8)


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

    def add_subplot(self, *args, **settings) -> Axes:
        """As matplotlib's, with frame and scales in grey, so that the data is what you see first."""
        axis = super().add_subplot(*args, **settings)
        axis.spines[:].set(color=FAINT, linewidth=0.8)
        axis.tick_params(which="both", color=FAINT, labelcolor=DARK, labelsize=9)
        for text in (axis.xaxis.label, axis.yaxis.label, axis.title):
            text.set(color=DARK, fontsize=10)
        axis.set_axisbelow(True)
        return axis

    def _repr_png_(self) -> bytes:
        return png(self)
