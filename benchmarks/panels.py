"""How long does one move of a control take? CPU milliseconds of `draw` and of the PNG, every panel of every notebook.

    python benchmarks/panels.py [01_chain_rule ...]

The median of 30 moves, each with other values of all controls, and the slowest of them. It prints and keeps nothing.
"""

import argparse
import contextlib
import io
import random
import statistics
import time
from pathlib import Path

import jupytext
import torch
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets import Combobox
from parts import one_of

from genlib import pictures
from genlib.widgets import Panel
from genlib.widgets.controls import choices_of

SOURCES = Path(__file__).parents[1] / "notebooks" / "src"
MOVES = 30


def panels_of(source: Path) -> list[Panel]:
    """The panels that the cells of a notebook end with, after all of them ran."""
    shell, panels = InteractiveShell.instance(), []
    for cell in jupytext.read(source).cells:
        if cell.cell_type == "code":
            with contextlib.chdir(SOURCES.parent), contextlib.redirect_stdout(io.StringIO()):
                result = shell.run_cell(cell.source)
            result.raise_error()
            panels += [result.result] if isinstance(result.result, Panel) else []
    return panels


def shuffle(panel: Panel, chance: random.Random) -> None:
    """Set every control to some value that it allows, without drawing."""
    for control in panel.controls.values():
        with control.hold_trait_notifications():
            if not isinstance(control, Combobox):  # a text of one's own
                control.value = chance.choice(choices_of(control))


def milliseconds(panel: Panel) -> tuple[list[float], list[float]]:
    """CPU time of `draw`, and of turning its picture into a PNG, for each move."""
    chance, drawing, encoding = random.Random(0), [], []
    for _ in range(MOVES):
        shuffle(panel, chance)
        with torch.no_grad():
            start = time.process_time()
            drawn = panel._draw(**panel._arguments())
            middle = time.process_time()
            pictures.png(drawn[0] if isinstance(drawn, tuple) else drawn)
        drawing.append(1000 * (middle - start))
        encoding.append(1000 * (time.process_time() - middle))
    return drawing, encoding


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sources = {source.stem: source for source in sorted(SOURCES.glob("*.py"))}
    names = {"nargs": "*", "type": one_of(sources), "default": list(sources)}
    parser.add_argument("names", help="notebooks, such as 01_chain_rule (default: all)", **names)
    print(
        f"{'notebook':20} {'panel':16} {'draw':>8} {'slowest':>8} {'png':>8}   CPU ms, median of {MOVES}"
    )
    for notebook in parser.parse_args().names:
        for panel in panels_of(sources[notebook]):
            drawing, encoding = milliseconds(panel)
            middles = statistics.median(drawing), max(drawing), statistics.median(encoding)
            name = getattr(panel._draw, "func", panel._draw).__name__  # of a partial, too
            print(f"{notebook:20} {name:16} " + " ".join(f"{ms:8.1f}" for ms in middles))


if __name__ == "__main__":
    main()
