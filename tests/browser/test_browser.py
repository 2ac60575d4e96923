"""The notebooks in a real JupyterLab and a real browser, as a reader meets them."""

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from reader import CONTROLS, MESSAGES, PAINTED, PICTURES, WIDGET

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("name", [n.name for n in NOTEBOOKS])
MOVES = 30

PANEL = """
import torch
from genlib.widgets import Panel

def even(level=0.5):
    return torch.full((8, 8), level), f"level {level:.2f}"

panel = Panel(even, level=(0.0, 1.0, 0.05))
panel
"""


LIVE = """
import torch
from genlib.widgets import Live

weight, pieces = torch.zeros(200, 200, requires_grad=True), []

def advance(level=0.5):
    for _ in range(50):
        (weight @ weight + level).square().mean().backward()
    pieces.append(level)

def draw(level=0.5):
    return torch.full((8, 8), level), f"{len(pieces)} pieces"

Live(advance, draw, level=(0.0, 1.0, 0.05))
"""


def stored_panels(path):
    """{index of a cell: how many panels it shows} of a notebook file"""
    count = {}
    for index, cell in enumerate(nbformat.read(path, as_version=4).cells):
        found = sum(WIDGET in output.get("data", {}) for output in cell.get("outputs", []))
        if found:
            count[index] = found
    return count


def test_there_is_a_notebook_to_read():
    assert NOTEBOOKS


def test_a_key_press_changes_the_picture(read, written):
    reader = read(written("alive.ipynb", PANEL))
    reader.run()
    (panel,) = reader.panels(0)
    pixels, line = reader.painted(panel)
    assert line == "level 0.50"
    reader.move(panel)
    reader.see_line(panel, "level 0.55")
    assert reader.painted(panel)[0] != pixels


@pytest.mark.parametrize(
    "breakage",
    ['panel.controls["level"].unobserve_all("value")', "panel._draw = lambda level: even(0.5)"],
    ids=["no callback", "no change"],
)
def test_a_dead_panel_is_noticed(read, written, breakage):
    reader = read(written("dead.ipynb", PANEL, breakage))
    reader.run()
    (panel,) = reader.panels(0)
    with pytest.raises(AssertionError, match="the panel is dead: 1 control"):
        reader.move(panel, seconds=2)


def test_a_line_is_read_as_text_and_korean_too(read, written):
    line = "1 < 2 & <b>잠재 변수</b>"
    reader = read(written("text.ipynb", PANEL.replace('f"level {level:.2f}"', repr(line))))
    reader.run()
    (panel,) = reader.panels(0)
    reader.see_line(panel, line)


def test_a_training_goes_on_while_a_control_moves_and_the_kernel_answers(read, written, capsys):
    reader = read(written("live.ipynb", LIVE, "print(len(pieces))"))
    reader.run(above=1)
    (panel,) = reader.panels(0)
    buttons = {b.inner_text(): b for b in reader.cell(0).query_selector_all("button")}
    reader.see_line(panel, "0 pieces")
    buttons["Step"].click()
    reader.see_line(panel, "1 pieces")
    buttons["Start"].click()
    for _ in range(3):  # nobody touches anything
        reader.wait_for_change(panel, reader.painted(panel))
    pixels = reader.painted(panel)[0]
    reader.push(panel.query_selector(CONTROLS))
    moved = f"([panel, pixels]) => ({PAINTED})(panel)?.[0] != pixels"
    reader.wait(moved, "the control did nothing", [panel, pixels])
    (printed,) = reader.run_one(1)
    assert int(printed["text"]) >= 4

    pressed = time.monotonic()
    buttons["Stop"].click()
    reader.wait("cell => cell.innerText.includes('stopped')", "it did not stop", reader.cell(0))
    took = time.monotonic() - pressed
    reader.page.wait_for_timeout(1000)  # the piece under way may end
    (last,) = reader.run_one(1)
    reader.see_line(panel, f"{int(last['text'])} pieces")
    reader.page.wait_for_timeout(500)
    assert reader.run_one(1)[0]["text"] == last["text"]
    with capsys.disabled():
        print(f"\na training stopped {1000 * took:.0f} ms after the press")


@each_notebook
def test_a_notebook_lives_from_the_first_look_to_the_second(read, house, name):
    """Opened, run, moved, saved, and opened again: there is a picture at every moment."""
    stored = stored_panels(house / "notebooks" / name)
    reader = read(name)
    assert reader.panel_cells() == stored
    for index, count in stored.items():
        reader.see_pictures(index, count)

    reader.run()
    assert not reader.errors()
    assert reader.panel_cells() == stored
    for index, count in stored.items():
        panels = reader.panels(index)
        assert len(panels) == count
        for panel in panels:
            reader.move(panel)
        reader.see_pictures(index, count)

    reader.save()
    reader.leave()
    reader = read(name)
    assert reader.panel_cells() == stored
    for index, count in stored.items():
        reader.see_pictures(index, count)


@pytest.mark.parametrize("path", NOTEBOOKS[:1], ids=lambda path: path.stem)
def test_a_notebook_run_in_part_is_whole_when_opened_again(read, house, path):
    """The panels that ran have state, the others have none: none of them may be an error."""
    shutil.copy(path, house / "notebooks/in_part.ipynb")
    stored = stored_panels(path)
    reader = read("in_part.ipynb")
    reader.run(above=min(stored) + 1)
    assert reader.panels(min(stored))
    reader.save()
    reader.leave()
    reader = read("in_part.ipynb")
    for index, count in stored.items():
        reader.see_pictures(index, count)


def test_a_panel_answers_again_when_the_page_is_loaded_anew(read, written):
    name = written("anew.ipynb", PANEL)
    reader = read(name)
    reader.run()
    (panel,) = reader.panels(0)
    reader.move(panel)
    reader.see_line(panel, "level 0.55")
    reader.save()
    reader.leave(kernels=False)
    reader = read(name)
    (panel,) = reader.panels(0)
    reader.see_line(panel, "level 0.55")
    reader.move(panel)
    reader.see_line(panel, "level 0.60")


def test_a_picture_answers_a_key(read, written, house, capsys):
    """Not how fast, for machines differ, but that no move is lost; the times are printed."""
    empty = PANEL.replace("0.0, 1.0, 0.05", "0.0, 1.0, 0.01")
    visits = {"an empty panel": written("empty.ipynb", empty)}
    visits |= {f"{path.stem}, second panel": path.name for path in NOTEBOOKS[:1]}
    lines = []
    for what, name in visits.items():
        reader = read(name)
        reader.run()
        panels = [panel for index in reader.panel_cells() for panel in reader.panels(index)]
        panel = panels[min(1, len(panels) - 1)]
        slider = reader.move(panel)
        times = reader.clock(panel, slider, MOVES)
        assert len(times) == MOVES
        p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        lines.append(f"  {what:40} p50 {p50:4.0f} ms   p95 {p95:4.0f} ms")
        reader.leave()
    with capsys.disabled():
        print(f"\nfrom key to pixels, {MOVES} moves:", *lines, sep="\n")


@pytest.fixture(scope="module")
def pages(jupyter_env, tmp_path_factory):
    """A folder with each stored notebook as a web page."""
    folder = tmp_path_factory.mktemp("pages")
    command = [sys.executable, "-m", "nbconvert", "--to=html", f"--output-dir={folder}"]
    subprocess.run([*command, *NOTEBOOKS], env=jupyter_env, check=True, stderr=subprocess.PIPE)
    return folder


@each_notebook
def test_a_page_without_kernel_and_network_shows_every_panel(visit, pages, name):
    """The page asks for MathJax and for scripts of widgets; it gets none here."""
    page = visit()
    page.goto((pages / name).with_suffix(".html").as_uri(), wait_until="domcontentloaded")
    path = NOTEBOOKS[0].parent / name
    cells = nbformat.read(path, as_version=4).cells
    for index, count in stored_panels(path).items():
        cell = page.wait_for_selector(f'[id="cell-id={cells[index].id}"]')
        assert len(cell.evaluate(PICTURES)) >= count, f"cell {index + 1} shows no picture"
    text = page.inner_text("body")
    assert not [message for message in MESSAGES if message in text]
