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
from collections.abc import Iterable, Iterator
from pathlib import Path

import jupytext
import matplotlib.figure
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from ipywidgets import Checkbox, Combobox, Widget
from PIL import Image

from genlib.widgets import Live, Panel
from genlib.widgets.controls import choices_of
from genlib.widgets.panel import name_of

SOURCES = Path(__file__).resolve().parent.parent / "notebooks/src"
MOST = 300  # pictures of a panel
BYTES = 3_500_000  # of all pictures of a panel, about
TRIED = 12  # pictures that tell how large the others will be
QUALITY = 72  # of a picture that keeps not every pixel

# of a recorded training: the values of its controls, the others as they stand, and the pieces after which it is shown
RECORDED = {"density": None, "rate_D": (2e-4, 2e-3, 1e-2), "rate_G": (2e-4, 2e-3, 1e-2)}
PIECES = (0, 2, 4, 7, 10, 14, 19, 25, 32, 40, 50)

# (notebook, draw of a panel) -> settings that its text names, as grids: the values of controls, None for all of them;
# controls that are not named rest where they start
TENTHS = [k / 10 for k in range(-20, 21)]
NAMED = {
    ("01_chain_rule", "show_drawing"): [{"memory": None, "moment": None}],
    ("01_chain_rule", "show_samples"): [{"memory": None, "smoothing": None}],
    ("02_nade", "show_finish"): [{"order": None, "known": None, "digit": [0, 3]}],
    ("02_nade", "show_large"): [{"rows": None, "image": [0, 5]}],
    ("03_pixelrnn", "show_field"): [
        {"model": None, "layers": None, "kernel": None, "row": [5], "column": [4]},
        {"model": None, "row": None, "column": None},
    ],
    ("03_pixelrnn", "show_drawing"): [{"step": None}],
    ("04_vae", "show_guess"): [
        {"x": [2.0], "mean": TENTHS, "width": [0.2, 0.4, 0.8, 1.2]},
        {"x": [0.0, 1.0], "mean": TENTHS[::4], "width": [0.2, 0.4, 0.8]},
    ],
    ("05_gan", "show_best"): [
        {"mean": [0.0, 4.0, 6.0], "width": None},
        {"mean": None, "width": [1.0]},
    ],
    ("07_infogan", "show_world"): [{"blur": None, "doubt": None}],
    ("07_infogan", "show_codes"): [{"moving": None, "reach": None}],
    ("10_cyclegan", "show_cycle"): [{"begin": None, "noise_level": None, "across": None}],
}


def draw_notebook(name: str, folder: Path, most: int = MOST) -> dict:
    """Run the notebook and draw its panels into the folder, and return what `drawn.json` holds."""
    folder.mkdir(parents=True, exist_ok=True)
    panels, words = [], {}
    for index, value in values_shown(SOURCES / f"{name}.py"):
        if isinstance(value, Panel | Live):
            draw = recorded if isinstance(value, Live) else drawn
            panels.append(draw(value, folder, most, name))
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
        names = [name for name in dict.fromkeys(names) if is_name(name)]
        parts = {
            "": axis.get_title(),
            "across: ": axis.get_xlabel(),
            "up: ": axis.get_ylabel(),
            "named: ": ", ".join(names),
        }
        charts.append("; ".join(f"{what}{text}" for what, text in parts.items() if text))
    told = ". ".join(dict.fromkeys(filter(None, charts))).replace("\n", " ").replace("$", "")
    return f"A figure. {told}." if told else ""


def is_name(text: str) -> bool:
    """Whether it says something, and is neither a formula nor a number that was measured: another run has others."""
    return bool(re.search(r"[^\W\d_]{2}", text)) and not re.search(r"[\\{}^]|\d\.\d|\binf\b", text)


# --- a panel

Places = tuple[int, ...]  # of each control, the place of its value among all that it can take


def drawn(panel: Panel, folder: Path, most: int, notebook: str) -> dict:
    """The panel at some of its settings, as few as `most` and BYTES allow; it is left as it stood."""
    start, every = settings(panel), {n: choices(c) for n, c in panel.controls.items()}
    counts = [len(values) for values in every.values()]
    begin = tuple(values.index(start[name]) for name, values in every.items())
    seeds = [name == "seed" for name in every]

    def show(places: Places) -> tuple[str, str, list[str]]:
        setting = {name: values[k] for (name, values), k in zip(every.items(), places, strict=True)}
        return shown(panel, setting, folder)

    tried = [show(places)[0] for places in grid(counts, begin, seeds, TRIED)]
    size = sum((folder / file).stat().st_size for file in tried) // len(tried)
    most = max(1, min(most, BYTES // max(1, size)))
    wished = named_places(NAMED.get((notebook, name_of(panel._draw)), []), every, begin)
    chosen = spread(counts, begin, seeds, most, wished)
    shots = {places: show(places) for places in chosen}
    put(panel, start)
    return told(panel, every, shots)


def named_places(grids: list[dict], every: dict[str, list], begin: Places) -> list[Places]:
    """The settings of such grids: the named values of controls, all for None, and of the others the start alone."""
    found = []
    for wish in grids:
        rows = [
            [values.index(value) for value in wish[name] or values] if name in wish else [start]
            for (name, values), start in zip(every.items(), begin, strict=True)
        ]
        found += itertools.product(*rows)
    return found


def spread(
    counts: list[int], begin: Places, seeds: list[bool], most: int, wished: Iterable[Places] = ()
) -> list[Places]:
    """At most so many settings: all, or the start, those wished, each control's values while the others rest, a grid."""
    if math.prod(counts) <= most:
        return list(itertools.product(*map(range, counts)))
    wished = [*wished]
    wished = wished[:: max(1, -(-len(wished) * 10 // (most * 9)))]  # at most nine tenths
    fair = max(2, (most - len(wished)) // (2 * len(counts)))
    found = {begin: None}
    for k, count in enumerate(counts):
        for place in thinned(count, begin[k], -(-count // fair)):
            found[(*begin[:k], place, *begin[k + 1 :])] = None
    found |= dict.fromkeys(wished)
    rest = grid(counts, begin, seeds, max(1, most - len(found)))
    return list(dict.fromkeys([*found, *rest]))[:most]


def grid(counts: list[int], begin: Places, seeds: list[bool], most: int) -> list[Places]:
    """At most so many settings, all combinations of some values of each control: the longest loses values first.

    A seed counts as three times as long as it is, for one is like another.
    """
    steps = [1] * len(counts)
    chosen = lambda: [thinned(*each) for each in zip(counts, begin, steps, strict=True)]
    while math.prod(map(len, chosen())) > most:
        lengths = [
            len(each) * (3 if seed else 1) for each, seed in zip(chosen(), seeds, strict=True)
        ]
        longest = max(range(len(counts)), key=lambda k: lengths[k] if steps[k] < counts[k] else 0)
        if steps[longest] >= counts[longest]:
            return [begin]
        steps[longest] += 1
    return list(itertools.product(*chosen()))


def thinned(count: int, start: int, step: int) -> list[int]:
    """Every so many-th place of so many, and the start; all of them with a step of 1, the start alone with the largest."""
    return [start] if step >= count > 1 else sorted({*range(0, count, step), start})


def choices(control: Widget) -> list:
    """All the values that a control can take; of a text, the one that stands there."""
    return [control.value] if isinstance(control, Combobox) else choices_of(control)


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


def recorded(live: Live, folder: Path, most: int, _notebook: str) -> dict:
    """Games from the start at some rates, each shown after some pieces; of `most` pictures at least one game's."""
    panel, start = live.panel, settings(live.panel)
    every = {n: list(RECORDED[n] or choices(panel.controls[n])) for n in RECORDED}
    counts, begin = (
        [len(values) for values in every.values()],
        tuple(values.index(start[name]) for name, values in every.items()),
    )
    shots = {}
    for places in grid(counts, begin, [False] * len(counts), max(1, most // len(PIECES))):
        setting = start | {n: every[n][k] for n, k in zip(every, places, strict=True)}
        put(panel, setting)
        live.new.click()
        for piece in range(PIECES[-1] + 1):
            if piece in PIECES:
                shots[(*places, PIECES.index(piece))] = shown(panel, setting, folder)
            live.step.click()
    put(panel, start)
    kept = told(panel, every, shots)
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


def told(panel: Panel, every: dict[str, list], shots: dict[Places, tuple]) -> dict:
    """A panel as the page needs it: controls, the question, and picture, line and greyed controls of what was drawn."""
    start = settings(panel)
    files, file_of = numbered([shot[0] for shot in shots.values()])
    lines, line_of = numbered([shot[1] for shot in shots.values()])
    offs, off_of = numbered([tuple(shot[2]) for shot in shots.values()])
    return {
        "controls": [
            as_control(name, panel.controls[name], values, start[name])
            for name, values in every.items()
        ],
        "draw": name_of(panel._draw),
        "play": name_played(panel),
        "ask": panel.asked
        and {
            "question": panel.question,
            "answers": list(panel.asked.options),
            "right": panel.right,
        },
        "files": files,
        "lines": lines,
        "offs": offs,
        "shots": [[*at, *what] for at, *what in zip(shots, file_of, line_of, off_of, strict=True)],
    }


def as_control(name: str, control: Widget, values: list, start: object) -> dict:
    """A control as the page draws it: its kind, its label, and the values that were drawn with their labels."""
    names = dict(zip(choices(control), labels_of(control), strict=False))
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
    return [*map(readout, choices(control))]


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
    os.environ["GENLIB_SHORT"] = "0"  # no short training in the place of weights
    draw_notebook(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
