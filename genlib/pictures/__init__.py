"""Pictures from arrays; no model is known here, and no pyplot state is kept.

A picture is a sheet, a tensor (H, W) or (3, H, W) in [0, 1] of tiled images, or a Figure.
"""

from genlib.pictures.captions import captioned, verdicts
from genlib.pictures.charts import (
    bars,
    curves,
    dots,
    lines,
    matrix,
    mesh,
    pixel,
    progress,
    rows,
    scores,
)
from genlib.pictures.diagram import diagram
from genlib.pictures.figure import COLOURS, PALETTE, Figure
from genlib.pictures.frames import framed
from genlib.pictures.graphs import graph, grids
from genlib.pictures.points import cloud, field, plane
from genlib.pictures.sheets import PIXELS, png, sheet, show, size

__all__ = [
    "COLOURS",
    "PALETTE",
    "PIXELS",
    "Figure",
    "bars",
    "captioned",
    "cloud",
    "curves",
    "diagram",
    "dots",
    "field",
    "framed",
    "graph",
    "grids",
    "lines",
    "matrix",
    "mesh",
    "pixel",
    "plane",
    "png",
    "progress",
    "rows",
    "scores",
    "sheet",
    "show",
    "size",
    "verdicts",
]
