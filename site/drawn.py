"""The panels of a notebook, drawn beforehand: what a page without a kernel shows when a control is moved.

`python site/drawn.py NAME FOLDER` runs notebooks/src/NAME.py cell by cell. Each panel is drawn right after its cell, at
settings that are thinned until their pictures are few and small; a training that goes on while you watch is recorded.
FOLDER gets the pictures, and `drawn.json`: of each panel its controls and what every setting shows, and the words that
stand for every other picture.
"""

import hashlib
import io
import itertools
import json
import math
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import jupytext
import matplotlib.figure
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from ipywidgets import Checkbox, Combobox, Widget
from PIL import Image

from genlib.widgets import Live, Panel
from genlib.widgets.panel import name_of

SOURCES = Path(__file__).resolve().parent.parent / "notebooks/src"
MOST = 300  # pictures of a panel
BYTES = 1_500_000  # of all pictures of a panel, about
TRIED = 12  # pictures that tell how large the others will be
QUALITY = 82  # of a picture that keeps not every pixel

# of a recorded training: the values of its controls, the others as they stand, and the pieces after which it is shown
RECORDED = {"density": None, "rate_D": (2e-4, 2e-3, 1e-2), "rate_G": (2e-4, 2e-3, 1e-2)}
PIECES = (0, 2, 4, 7, 10, 14, 19, 25, 32, 40, 50)


def draw_notebook(name: str, folder: Path, most: int = MOST) -> dict:
    """Run the notebook and draw its panels into the folder, and return what `drawn.json` holds."""
    folder.mkdir(parents=True, exist_ok=True)
    panels, words = [], {}
    for index, value in values_shown(SOURCES / f"{name}.py"):
        if isinstance(value, Panel | Live):
            draw = recorded if isinstance(value, Live) else drawn
            panels.append(draw(value, folder, most))
            print(f"{name}: panel {len(panels)}, {len(panels[-1]['files'])} pictures", flush=True)
        elif isinstance(value, matplotlib.figure.Figure):
            words[index] = in_words(value)
    found = {"panels": panels, "words": words}
    (folder / "drawn.json").write_text(json.dumps(found), "utf-8")
    return found


def values_shown(source: Path) -> Iterator[tuple[int, object]]:
    """The place of every code cell and the value that it ends with, as soon as it was run."""
    shell = InteractiveShell.instance()
    os.chdir(source.parent.parent)
    for index, cell in enumerate(jupytext.read(source, fmt="py:percent").cells):
        if cell.cell_type == "code":
            with capture_output():
                result = shell.run_cell(cell.source, store_history=True)
            result.raise_error()
            yield index, result.result
            if isinstance(result.result, Live):
                result.result.close()


def in_words(figure: matplotlib.figure.Figure) -> str:
    """What stands in a figure: of each chart its title, what its axes measure, and the names in it."""
    charts = []
    for axis in figure.axes:
        legend = axis.get_legend().get_texts() if axis.get_legend() else []
        ticks = [*axis.get_xticklabels(), *axis.get_yticklabels()]
        names = [text.get_text() for text in [*legend, *axis.texts, *ticks]]
        names = [name for name in dict.fromkeys(names) if re.search(r"[^\W\d_]", name)]
        parts = {
            "": axis.get_title(),
            "across: ": axis.get_xlabel(),
            "up: ": axis.get_ylabel(),
            "named: ": ", ".join(names),
        }
        charts.append("; ".join(f"{what}{text}" for what, text in parts.items() if text))
    told = ". ".join(dict.fromkeys(filter(None, charts))).replace("\n", " ").replace("$", "")
    return f"A figure. {told}." if told else "A figure."


# --- a panel


def drawn(panel: Panel, folder: Path, most: int) -> dict:
    """The panel at a grid of settings, as few as `most` and BYTES allow; it is left as it stood."""
    start = settings(panel)
    every = {name: values_of(control) for name, control in panel.controls.items()}
    show = lambda setting: shown(panel, setting, folder)
    sizes = [
        (folder / show(setting)[0]).stat().st_size
        for setting in spread(thinned(every, start, TRIED))
    ]
    fits = BYTES // max(1, sum(sizes) // len(sizes))
    chosen = thinned(every, start, max(1, min(most, fits)))
    shots = [show(setting) for setting in spread(chosen)]
    put(panel, start)
    return told(panel, chosen, shots, math.prod(map(len, every.values())))


def spread(chosen: dict[str, list]) -> Iterator[dict]:
    """Every setting of a grid, the last control fastest."""
    for values in itertools.product(*chosen.values()):
        yield dict(zip(chosen, values, strict=True))


def thinned(every: dict[str, list], start: dict, most: int) -> dict[str, list]:
    """Of each control some of its values, in order, so that at most so many settings are left: the longest loses first.

    The ends and the value at the start stay as long as they can. A seed counts as longer than it is, for one is like another.
    """
    counts = {name: len(values) for name, values in every.items()}
    while math.prod(counts.values()) > most:
        longest = max(counts, key=lambda name: counts[name] * (3 if name == "seed" else 1))
        counts[longest] -= 1
    return {name: some(values, start[name], counts[name]) for name, values in every.items()}


def some(values: list, start: object, count: int) -> list:
    """So many of the values, evenly spread from the first to the last, the nearest to `start` replaced by it."""
    places = {round(k * (len(values) - 1) / max(1, count - 1)) for k in range(count)}
    at = values.index(start)
    inner = sorted(places - {0, len(values) - 1}) if count > 2 else sorted(places)
    if at not in places:
        places.discard(min(inner, key=lambda place: abs(place - at)))
        places.add(at)
    return [values[place] for place in sorted(places)]


def values_of(control: Widget) -> list:
    """All the values that a control can take; of a text, the one that stands there."""
    if isinstance(control, Combobox):
        return [control.value]
    if hasattr(control, "options"):
        return [option[1] if isinstance(option, tuple) else option for option in control.options]
    if isinstance(control, Checkbox):
        return [False, True]
    steps = round((control.max - control.min) / control.step)
    kind = type(control.value)
    return [kind(round(control.min + k * control.step, 9)) for k in range(steps + 1)]


def settings(panel: Panel) -> dict:
    """Where the controls stand: a slider's value rounded as its steps are."""
    nice = lambda value: round(value, 9) if isinstance(value, float) else value
    return {name: nice(control.value) for name, control in panel.controls.items()}


def put(panel: Panel, setting: dict) -> None:
    """Move the controls; the panel is drawn once."""
    with torch.no_grad():
        for control in panel.controls.values():
            control.unobserve_all("value")
        for name, value in setting.items():
            panel.controls[name].value = value
        panel.redraw()


def shown(panel: Panel, setting: dict, folder: Path) -> tuple[str, str, list[str]]:
    """What the panel shows at a setting: its picture's file, its line, and the controls that are greyed."""
    put(panel, setting)
    if panel.line.startswith("could not draw"):
        raise RuntimeError(f"{panel}: {panel.line} at {setting}")
    off = [name for name, control in panel.controls.items() if control.disabled]
    line = "" if panel.line == panel.settings else panel.line
    return keep(panel.png, folder), line, off


def keep(png: bytes, folder: Path) -> str:
    """Write the picture as WebP, exact where that is no larger, and return the file's name, which its bytes give."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    sorts = []
    for options in ({"lossless": True}, {"quality": QUALITY}):
        file = io.BytesIO()
        image.save(file, "webp", method=4, **options)
        sorts.append(file.getvalue())
    webp = min(sorts, key=len)
    name = f"{hashlib.sha256(webp).hexdigest()[:12]}.webp"
    (folder / name).write_bytes(webp)
    return name


# --- a training that goes on while you watch


def recorded(live: Live, folder: Path, most: int) -> dict:
    """Games from the start at some rates, each shown after some pieces; the stored one comes first."""
    panel, start = live.panel, settings(live.panel)
    every = {name: RECORDED[name] or values_of(panel.controls[name]) for name in RECORDED}
    grid = thinned(
        {name: list(values) for name, values in every.items()}, start, most // len(PIECES)
    )
    shots = []
    for setting in spread(grid):
        put(panel, start | setting)
        live.new.click()
        for piece in range(PIECES[-1] + 1):
            if piece in PIECES:
                shots.append(shown(panel, start | setting, folder))
            live.step.click()
    put(panel, start)
    kept = told(panel, grid, shots, len(shots))
    # the moment is a control of the page alone
    kept["controls"].append(
        {
            "name": "pieces",
            "label": "pieces of 30 steps",
            "tooltip": "how far the game is",
            "kind": "slider",
            "values": list(PIECES),
            "labels": [*map(str, PIECES)],
            "start": len(PIECES) - 1,
        }
    )
    return kept | {"play": "pieces", "live": True}


# --- what the page must know


def told(panel: Panel, chosen: dict, shots: list, all_settings: int) -> dict:
    """A panel as the page needs it: controls, the question, and picture, line and greyed controls of each setting."""
    start = settings(panel)
    files, file_of = numbered([shot[0] for shot in shots])
    lines, line_of = numbered([shot[1] for shot in shots])
    offs, off_of = numbered([tuple(shot[2]) for shot in shots])
    return {
        "controls": [
            as_control(name, panel.controls[name], values, start[name])
            for name, values in chosen.items()
        ],
        "draw": name_of(panel._draw),
        "play": name_played(panel),
        "ask": panel.asked and {"question": panel.question, "answers": list(panel.asked.options)},
        "files": files,
        "lines": lines,
        "offs": offs,
        "shots": [*zip(file_of, line_of, off_of, strict=True)],
        "settings": all_settings,
    }


def as_control(name: str, control: Widget, values: list, start: object) -> dict:
    """A control as the page draws it: its kind, its label, and the values that were drawn with their labels."""
    names = dict(zip(values_of(control), labels_of(control), strict=False))
    kind = "list" if hasattr(control, "options") else "slider"
    return {
        "name": name,
        "label": control.description,
        "tooltip": control.tooltip,
        "kind": "check" if isinstance(control, Checkbox) else kind,
        "values": values,
        "labels": [names.get(value, readout(value)) for value in values],
        "start": values.index(start),
    }


def labels_of(control: Widget) -> list[str]:
    if hasattr(control, "_options_labels"):
        return list(control._options_labels)
    return [*map(readout, values_of(control))]


def readout(value: object) -> str:
    """A value as a slider tells it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def name_played(panel: Panel) -> str | None:
    """The name of the control that a button plays."""
    column = panel.children[0].children
    if panel.play is None:
        return None
    before = column[column.index(panel.play) - 1]
    return next(name for name, control in panel.controls.items() if control is before)


def numbered(values: list) -> tuple[list, list[int]]:
    """The different values in the order of their coming, and of each the number of its place there."""
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return list(places), [places[value] for value in values]


if __name__ == "__main__":
    torch.set_num_threads(1)
    os.environ["TQDM_DISABLE"] = "1"
    draw_notebook(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
