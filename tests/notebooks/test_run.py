"""Each notebook, run once: it shows what is stored, its cells and its panels keep their promises, and its page lives."""

import base64
from pathlib import Path

import nbformat
import pytest
from inside import digests
from nbval.plugin import IPyNbFile, coalesce_streams
from reader import WIDGET
from running import sources

from genlib import pictures

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def run(request, ran):
    return ran(request.param)


@pytest.fixture
def run_in_lab(chromium, run):
    return run


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_no_cell_raises(run):
    assert errors(run) == []


def errors(run):
    return [
        f"cell {number}: {output.ename}: {output.evalue}"
        for number, outputs in enumerate(run["outputs"], start=1)
        for output in outputs
        if output.output_type == "error"
    ]


def test_every_output_is_the_stored_one(run, request):
    """By the rules, and with the code, of `pytest --nbval`."""
    assert changed(run, request.session) == []


def changed(run, session):
    """How the outputs of the code cells differ from the stored ones."""
    cells = list(IPyNbFile.from_parent(session, path=run.path).collect())
    both = zip(cells, run["outputs"], strict=True)
    return [line for cell, outputs in both if (line := difference(cell, outputs))]


def difference(cell, outputs):
    """How the outputs differ from those of nbval's stored cell; empty if they do not, or may."""
    stored = coalesce_streams(cell.cell.outputs)
    if not cell.options["check"] or cell.compare_outputs(outputs, stored):
        return ""
    return "\n".join([f"cell {cell.cell_num + 1}", *cell.comparison_traceback])


def test_a_cell_that_is_begun_twice_shows_the_same(run):
    assert changed_when_begun_again(run) == []


def changed_when_begun_again(run):
    """The numbers of the code cells that began otherwise, or showed something else, when they were run."""
    notes = zip(run["inside"]["begun"], run["outputs"], strict=True)
    return [
        number
        for number, (note, outputs) in enumerate(notes, start=1)
        if note["steps"] != note["steps again"] or note["shown"] not in (None, shown(outputs))
    ]


def shown(outputs):
    """What a cell printed, and the text and picture of all else that it shows."""
    printed = "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stdout")
    return [printed, [digests(output.data) for output in outputs if "data" in output]]


def test_every_control_matters_or_is_greyed_wherever_the_others_stand(run):
    """And every setting can be drawn, in a picture of one size, and the same again."""
    assert [line for panel in run["inside"]["swept"] for line in panel["found"]] == []


def test_a_panel_says_what_the_prose_quotes(run):
    asked, lines = sources.quoted(run.path.stem), run["inside"]["lines"]
    missing = [
        (number, place + 1, setting, line)
        for (number, place, setting), line in zip(asked, lines, strict=True)
        if not sources.Numeral(number, False, "").stands_in(sources.numbers(line))
    ]
    assert missing == []


def test_a_stored_panel_shows_a_picture_as_large_as_the_live_one(run):
    assert stored_sizes(run.path) == [tuple(panel["size"]) for panel in run["inside"]["swept"]]


def stored_sizes(path):
    """The sizes of the pictures of the panels that a notebook file shows."""
    cells = nbformat.read(path, as_version=4).cells
    data = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    pngs = [base64.b64decode(bundle["image/png"]) for bundle in data if WIDGET in bundle]
    return [pictures.size(png) for png in pngs]


def test_the_first_look_finds_the_picture_of_every_panel(run_in_lab):
    run_in_lab["first look"]


def test_a_key_press_changes_every_panel(run_in_lab):
    run_in_lab["keys"]


def test_all_that_is_shown_has_a_name_for_a_reader_who_does_not_see_it(run_in_lab):
    run_in_lab["names"]


def test_a_notebook_saved_and_opened_again_shows_every_panel_and_no_message(run_in_lab):
    run_in_lab["second look"]
    run_in_lab["no message"]


def test_nothing_is_asked_of_another_machine(run):
    assert run["outside"] == []
