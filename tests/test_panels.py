"""Every panel of every notebook: each control can be moved to its ends, and each one matters."""

import base64
import io
import random
from pathlib import Path

import nbformat
import numpy as np
import pytest
import running
from PIL import Image

from genlib.widgets import Live, Panel

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("[0-9]*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"
MOST = 4  # corners of one control
VISIBLE = 8  # of 255: a change of grey that an eye may find


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    """A stored notebook, as it is read from its file."""
    return nbformat.read(request.param, as_version=4)


@pytest.fixture(scope="module")
def ran(notebook):
    """What all of the notebook, run in plain Python, ends its cells with, and the cells that came out otherwise again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "agg")
        patch.setenv("TQDM_DISABLE", "1")
        patch.chdir(NOTEBOOKS[0].parent)
        return running.run(notebook)


@pytest.fixture(scope="module")
def panels(ran):
    """The panels that the notebook shows."""
    panels = [value.panel if isinstance(value, Live) else value for value in ran[0]]
    return [panel for panel in panels if isinstance(panel, Panel)]


def test_a_cell_that_is_run_again_shows_the_same(ran):
    assert ran[1] == []


def corners(name, control):
    """The values of a control between which all others lie; of a long list, some."""
    if hasattr(control, "options"):
        values = [option[1] if isinstance(option, tuple) else option for option in control.options]
        step = max(1, -(-(len(values) - 1) // (MOST - 1)))
        return [*values[:-1:step], values[-1]]
    if hasattr(control, "max"):
        return [control.min, control.max]
    if isinstance(control.value, bool):
        return [False, True]
    raise TypeError(f"how far can {name}, a {type(control).__name__}, be moved?")


def image(png):
    return Image.open(io.BytesIO(png))


def pixels(png):
    return np.asarray(image(png).convert("RGB")).astype(int)


def corners_beside(panel, name, ends):
    """Settings of the other controls: each of them at each of its corners, and one of all by chance."""
    opened = {other: control.value for other, control in panel.controls.items()}
    others = {other: values for other, values in ends.items() if other != name}
    for other, values in others.items():
        for value in values:
            yield opened | {other: value}
    chance = random.Random(name)
    yield opened | {other: chance.choice(within(panel.controls[other])) for other in others}


def within(control):
    """All the values that a control can take."""
    if hasattr(control, "options"):
        return [option[1] if isinstance(option, tuple) else option for option in control.options]
    if isinstance(control.value, bool):
        return [False, True]
    steps = round((control.max - control.min) / control.step)
    return [type(control.value)(control.min + k * control.step) for k in range(steps + 1)]


class Seen:
    """What a panel shows at a setting, each drawn once; AssertionError where it cannot be drawn."""

    def __init__(self, panel):
        self.panel, self.known, self.size = panel, {}, image(panel.png).size

    def at(self, setting):
        """The picture, the line, and the names of the controls that are greyed."""
        setting = tuple(setting.items())
        if setting not in self.known:
            for name, value in setting:
                self.panel.controls[name].value = value
            line = self.panel.line
            if line == ", ".join(f"{name} {value}" for name, value in setting):
                line = ""  # the settings themselves, for draw gave none: they prove nothing
            assert not line.startswith("could not draw"), f"{setting}: {line}"
            assert image(self.panel.png).size == self.size, setting
            off = {name for name, control in self.panel.controls.items() if control.disabled}
            self.known[setting] = self.panel.png, line, off
        return self.known[setting]

    def differ(self, one, other):
        """Whether a reader sees two settings apart: another line, or a pixel that is clearly other."""
        (png, line, _), (png_too, line_too, _) = self.at(one), self.at(other)
        if line != line_too:
            return True
        return png != png_too and abs(pixels(png) - pixels(png_too)).max() >= VISIBLE


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_a_notebook_has_something_to_play_with(panels):
    assert len(panels) >= 2


def test_every_control_matters_or_is_greyed_wherever_the_others_stand(panels):
    """Through its corners, the others at theirs: picture or line change, or the control is off and they do not.

    Where the corners look alike, by chance, some values between them may differ.
    """
    for panel in panels:
        seen, chance = Seen(panel), random.Random(0)
        ends = {name: corners(name, control) for name, control in panel.controls.items()}
        all_of = {name: within(control) for name, control in panel.controls.items()}
        for name, values in ends.items():
            for setting in corners_beside(panel, name, ends):
                more = chance.sample(all_of[name], min(8, len(all_of[name])))
                first, *rest = ({**setting, name: value} for value in (*values, *more))
                moves = any(seen.differ(first, other) for other in rest)
                off = name in seen.at(first)[2]
                assert moves != off, (
                    f"{name} {'is off and moves' if off else 'is dead'} at {setting}"
                )
        lines = {line for _, line, _ in seen.known.values()}
        assert len(lines) > 1 or lines == {""}, "the line never changes"


def test_a_panel_draws_the_same_again(panels):
    for panel in panels:
        before = panel.png, panel.line
        panel.redraw()
        assert (panel.png, panel.line) == before


def test_a_stored_panel_shows_its_picture_and_its_line(notebook, panels):
    """What GitHub, nbconvert and Lab show before anything ran."""
    data = [out.get("data", {}) for cell in notebook.cells for out in cell.get("outputs", [])]
    stored = [bundle for bundle in data if WIDGET in bundle]
    assert len(stored) == len(panels)
    for bundle, panel in zip(stored, panels, strict=True):
        picture = image(base64.b64decode(bundle["image/png"]))
        assert picture.size == image(panel.png).size
        assert bundle["text/plain"] and "could not draw" not in bundle["text/plain"]
    assert "widgets" not in notebook.metadata  # with widget state a viewer prefers the dead widget
