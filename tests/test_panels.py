"""Every panel of every notebook: each control can be moved to its ends, and each one matters."""

import base64
import contextlib
import io
import linecache
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from genlib.widgets import Panel

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("[0-9]*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"
MOST = 5  # corners of one control


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    """A stored notebook, as it is read from its file."""
    return nbformat.read(request.param, as_version=4)


@pytest.fixture(scope="module")
def panels(notebook):
    """The panels that the notebook makes, when all of it has run in plain Python."""
    made, plain = [], Panel.__init__

    def noted(panel, *arguments, **controls):
        plain(panel, *arguments, **controls)
        made.append(panel)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Panel, "__init__", noted)
        patch.setenv("MPLBACKEND", "agg")
        patch.chdir(NOTEBOOKS[0].parent)
        run(notebook)
    return made


def run(notebook):
    """Execute the code cells, one after the other, in one namespace."""
    namespace = {"__name__": "__main__", "display": lambda *shown: None}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            name = f"<cell {index + 1}>"
            lines = cell.source.splitlines(keepends=True)
            linecache.cache[name] = len(cell.source), None, lines, name  # for inspect.getsource
            may_fail = "raises-exception" in cell.metadata.get("tags", [])
            with contextlib.suppress(Exception) if may_fail else contextlib.nullcontext():
                exec(compile(cell.source, name, "exec"), namespace)  # noqa: S102


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


def seen(panel):
    return panel.png, panel.line


def drawn_at(panel, name, values):
    """What is seen while one control goes through its values; AssertionError if any cannot be drawn."""
    size, shown = image(panel.png).size, {seen(panel)}
    for value in values:
        panel.controls[name].value = value
        where = {name: control.value for name, control in panel.controls.items()}
        assert not panel.line.startswith("could not draw"), f"{where}: {panel.line}"
        assert image(panel.png).size == size, where
        shown.add(seen(panel))
    return shown


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_a_notebook_has_something_to_play_with(panels):
    assert len(panels) >= 2


def back(panel, opened):
    for name, value in opened.items():
        panel.controls[name].value = value


def partner(panel, name, ends, opened):
    """Another control that has a corner where this one changes something; None if there is none."""
    for other in set(ends) - {name}:
        for value in ends[other]:
            panel.controls[other].value = value
            if len(drawn_at(panel, name, ends[name])) > 1:
                return other
        back(panel, opened)
    return None


def test_every_control_can_be_moved_to_its_ends_and_matters(panels):
    """Each goes from its first end to its last, the others as they then are, and all the way back."""
    for panel in panels:
        opened = {name: control.value for name, control in panel.controls.items()}
        ends = {name: corners(name, control) for name, control in panel.controls.items()}
        matters = set()
        for way in (1, -1):
            for name, values in ends.items():
                if len(drawn_at(panel, name, values[::way])) > 1:
                    matters.add(name)
        back(panel, opened)
        for name in set(ends) - matters:
            assert partner(panel, name, ends, opened), f"{name} changes nothing"
            back(panel, opened)


def test_a_panel_draws_the_same_again(panels):
    for panel in panels:
        before = seen(panel)
        panel.redraw()
        assert seen(panel) == before


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
