"""What a reader meets in a real JupyterLab and a real browser, in small notebooks written for it."""

import contextlib
import statistics
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Error as BrowserError
from reader import CONTROLS, MESSAGES, PAINTED, PICTURES, Reader
from running import stored_panels
from server import course_lab
from traitlets.config import Config

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))
FIRST = NOTEBOOKS[0]
MOVES = 10

PANEL = """
import torch
from genlib.widgets import Panel

def even(level=0.5):
    return torch.full((8, 8), level), f"level {level:.2f}"

panel = Panel(even, level=(0.0, 1.0, 0.05))
panel
"""
KOREAN = "1 < 2 & <b>잠재 변수</b>"


LIVE = """
import torch
from genlib.widgets import Live

torch.set_num_threads(1)  # two are many times slower beside other work
weight, pieces = torch.zeros(200, 200, requires_grad=True), []

def advance(level=0.5):
    for _ in range(50):
        (weight @ weight + level).square().mean().backward()
    pieces.append(level)

def draw(level=0.5):
    return torch.full((8, 8), level), f"{len(pieces)} pieces"

Live(advance, draw, new=pieces.clear, level=(0.0, 1.0, 0.05))
"""


KINDS = """
import torch
from ipywidgets import SelectionSlider
from genlib.widgets import Live, Panel

def even(level=0.5, times=1, kind="plain", inked=False, name="x", size="small"):
    return torch.full((8, 8), level * inked), f"{kind} & <{name}>, level {level:.2f}"

kinds = {"times": (1, 9), "kind": ["plain", "fancy"], "inked": False, "name": "x"}
guess = "Which one?", ["the small one", "the large one"]
size = SelectionSlider(options=["small", "large"])
Panel(even, play="times", ask=guess, level=(0.0, 1.0), size=size, **kinds)
"""
PLAYS = """
import time
import torch
from genlib.widgets import Panel

drawn = []

def late(moment=0):
    drawn.append(moment)
    time.sleep(0.8)
    return torch.full((8, 8), moment / 6), f"moment {moment}"

Panel(late, play="moment", moment=(0, 6))
"""
SMALL = {  # what the cells of one notebook show, each for one test
    "alive": PANEL,
    "no callback": PANEL.replace("\npanel\n", "\npanel.controls['level'].unobserve_all()\npanel\n"),
    "no change": PANEL.replace("level), f", "0.5), f").replace("{level:.2f}", "0.50"),
    "Korean": PANEL.replace('f"level {level:.2f}"', repr(KOREAN)),
    "kinds": KINDS,
    "live": LIVE,
    "plays": PLAYS,
    "quick": PANEL.replace("0.05", "0.01"),
    "slow": "import time\n"
    + PANEL.replace("0.05", "0.01").replace("    ", "    time.sleep(0.03)\n    "),
}


# a training in a cell of its own, one in the callback of a panel, and a cell that shows nothing
TRAININGS = """
import time
import torch
from torch import nn
from genlib.training import Player, fit
from genlib.widgets import Panel

net, seen = nn.Linear(1, 1), []

def train(seconds):
    with torch.enable_grad():
        batches = iter(lambda: (torch.ones(1, 1),), None)
        pause = lambda step: time.sleep(seconds / 20)
        seen.append(fit({"net": Player(net, lambda x: net(x).mean())}, batches, 20, pause))

def draw(level=0.0):
    train(2 * level)
    return torch.full((8, 8), level), f"{len(seen)} trainings"

train(2)
"""
CALM = "time.sleep(5)"


@pytest.fixture(scope="module")
def small(lab_page, written):
    """A reader of the notebook of small panels, which has been run."""
    with contextlib.closing(Reader(lab_page, written("small.ipynb", *SMALL.values()))) as reader:
        reader.open().run()
        yield reader


@pytest.fixture
def panel_of(small):
    """`panel_of("alive")`: that panel of the notebook of small panels."""
    small.open()
    return lambda name: small.panels(list(SMALL).index(name))[0]


def test_a_key_press_changes_the_picture(small, panel_of):
    panel = panel_of("alive")
    pixels, line = small.painted(panel)
    assert line == "level 0.50"
    small.move(panel)
    small.see_line(panel, "level 0.55")
    assert small.painted(panel)[0] != pixels


@pytest.mark.parametrize("name", ["no callback", "no change"])
def test_a_dead_panel_is_noticed(small, panel_of, name):
    with pytest.raises(AssertionError, match="the panel is dead: 1 control"):
        small.move(panel_of(name), seconds=2)


def test_what_never_ends_in_the_page_ends_here_and_is_told(small):
    with pytest.raises(BrowserError, match="not done within 1 s: no question is open"):
        small.do("() => new Promise(() => {})", seconds=1)
    assert small.do("async number => 2 * number", 4) == 8


def test_a_line_is_read_as_text_and_korean_too(small, panel_of):
    small.see_line(panel_of("Korean"), KOREAN)


@pytest.mark.parametrize("name", ["quick", "slow"])
def test_a_panel_answers_every_key(small, panel_of, name, capsys):
    """Not how fast, for machines differ, but that no move is lost; the times are printed."""
    panel = panel_of(name)
    times = small.clock(panel, small.move(panel), MOVES)
    assert len(times) == MOVES
    middle, longest = statistics.median(times), max(times)
    with capsys.disabled():
        print(f"\nfrom key to pixels, {name}: median {middle:.0f} ms, longest {longest:.0f} ms")


def test_a_reader_who_does_not_see_is_told_every_control_and_every_picture(small, panel_of):
    panel = panel_of("kinds")
    handles = [h.get_attribute("aria-label") for h in panel.query_selector_all(".noUi-handle")]
    assert handles == ["level", "size", "times"]
    picture = panel.query_selector("img")
    assert picture.get_attribute("alt") == "plain & <x>, level 0.50"
    small.push(panel.query_selector(CONTROLS))
    small.see_line(panel, "plain & <x>, level 0.60")
    told = "picture => picture.alt == 'plain & <x>, level 0.60'"
    small.wait(told, "the picture is not told anew", picture)
    panel_of("live")
    small.see_names()


SIZES = {"wide": (1280, 720, False), "files": (1280, 720, True), "narrow": (900, 900, True)}
# where controls, picture and line stand, how much of the notebook is on screen, and what sticks out
PLACES = """cell => {
    const panel = cell.querySelector(".genlib-panel"), output = cell.querySelector(".jp-OutputArea-output");
    output.scrollIntoView();
    const place = part => panel.querySelector(part).getBoundingClientRect().toJSON();
    return {
        controls: place(".widget-vbox"), picture: place("img"), line: place("img ~ .widget-html"),
        all: output.getBoundingClientRect().toJSON(),
        room: cell.closest(".jp-WindowedPanel-outer").getBoundingClientRect().toJSON(),
        cut: [output, ...output.querySelectorAll(".widget-box")].filter(
            box => box.scrollWidth > box.clientWidth).length,
    };
}"""
FILES = "open => window.jupyterapp.shell[open ? 'expandLeft' : 'collapseLeft']()"


@pytest.fixture
def resized(lab_page):
    """`resized(width, height, files)`: Lab in a window of that size, with its list of files or without."""
    before = lab_page.viewport_size

    def resized(width, height, files):
        lab_page.set_viewport_size({"width": width, "height": height})
        lab_page.evaluate(FILES, files)
        lab_page.wait_for_timeout(500)

    yield resized
    resized(*before.values(), files=True)


@pytest.mark.parametrize("name", ["kinds", "live"])
@pytest.mark.parametrize("size", SIZES)
def test_controls_stand_beside_the_picture_where_there_is_room_and_all_is_on_the_screen(
    small, panel_of, resized, size, name
):
    panel_of(name)
    resized(*SIZES[size])
    at = small.cell(list(SMALL).index(name)).evaluate(PLACES)
    controls, picture, line = at["controls"], at["picture"], at["line"]
    if size == "narrow":
        assert controls["bottom"] <= picture["top"]
    else:
        assert controls["right"] < picture["left"] and controls["top"] == picture["top"] - 2
        assert at["all"]["height"] <= at["room"]["height"]
    assert at["cut"] == 0
    assert picture["bottom"] <= line["top"] and picture["left"] == line["left"]
    assert max(picture["right"], line["right"]) <= at["all"]["right"]


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_what_is_shown_has_names_and_can_be_read_in_both_themes(small, panel_of, theme):
    change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
    small.do(change, f"JupyterLab {theme}")
    try:
        for name in ("kinds", "live"):
            panel_of(name)
            small.see_names()
    finally:
        small.do(change, "JupyterLab Light")


def test_a_moment_plays_to_its_end_and_what_is_late_is_skipped(small, panel_of):
    panel = panel_of("plays")
    buttons = panel.query_selector_all(".widget-play button")
    shown = {b.get_attribute("title"): b for b in buttons if b.is_visible()}
    assert list(shown) == ["play or pause", "back to the start"]
    shown["play or pause"].click()
    small.see_line(panel, "moment 6", seconds=15)
    small.page.wait_for_timeout(1500)  # it does not begin again
    drawn = small.ask("None", "drawn")
    assert drawn == sorted(set(drawn)) and drawn[-1] == 6 and 3 <= len(drawn) < 7
    assert small.painted(panel)[1] == "moment 6"


def test_a_guess_is_repeated_under_the_picture(small, panel_of):
    panel = panel_of("kinds")
    group = panel.query_selector("[role=radiogroup]")
    assert group.get_attribute("aria-label") == "Which one?"
    before = small.painted(panel)[1]
    small.push(group.query_selector("input"))
    small.see_line(panel, f"You said: the small one\n{before}")


def test_a_training_goes_on_while_a_control_moves_and_the_kernel_answers(read, written, capsys):
    reader = read(written("live.ipynb", LIVE, "print(len(pieces))"))
    reader.run(above=1)
    (panel,) = reader.panels(0)
    buttons = {b.inner_text(): b for b in reader.cell(0).query_selector_all("button")}
    reader.see_line(panel, "0 pieces")
    buttons["Step"].click()
    reader.see_line(panel, "1 pieces", seconds=20)
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

    buttons["Start"].click()
    says = "([cell, words]) => cell.innerText.includes(words)"
    reader.wait(
        says,
        "it does not say that it runs",
        [reader.cell(0), "running: it slows other cells until you press Stop"],
    )
    reader.interrupt()
    reader.wait(says, "it did not stop", [reader.cell(0), "stopped by an interrupt"])
    reader.page.wait_for_timeout(1000)
    buttons["New"].click()
    reader.see_line(panel, "0 pieces")


def test_a_bar_stands_in_the_cell_that_trains_and_in_no_other_and_leaves_a_line(read, written):
    cells = TRAININGS, "Panel(draw, level=(0.0, 1.0, 1.0))", CALM
    reader = read(written("bars.ipynb", *cells))
    reader.run(above=2)
    (panel,) = reader.panels(1)
    reader.begin(2)
    reader.push(panel.query_selector(CONTROLS))
    reader.see_line(panel, "2 trainings")
    reader.rest()
    shown = {index: output["data"] for index, output in reader.outputs()}
    assert list(shown) == [0, 1]
    assert list(shown[0]) == ["text/plain"] and "20 of 20 steps" in shown[0]["text/plain"]
    reader.reopen()
    assert [index for index, _ in reader.outputs()] == [0, 1]
    reader.see_no_message()


def test_a_page_exported_from_a_saved_notebook_shows_its_panels_without_a_network(
    read, page, written, house, jupyter_env, tmp_path
):
    """Once by Lab's own menu, once by `jupyter nbconvert`."""
    name = written("export.ipynb", PANEL, LIVE)
    reader = read(name)
    reader.run()
    for index in (0, 1):
        reader.panels(index)
    reader.save()
    saved = house / "notebooks" / name
    assert "widgets" in nbformat.read(saved, as_version=4).metadata
    pages = [tmp_path / "by Lab.html", tmp_path / "by nbconvert.html"]
    pages[0].write_text(reader.export(), encoding="utf-8")
    command = [sys.executable, "-m", "nbconvert", "--to=html", f"--output={pages[1]}", saved]
    subprocess.run(command, env=jupyter_env, check=True, stderr=subprocess.PIPE)
    for path in pages:
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        cells = page.query_selector_all(".jp-CodeCell")
        assert [len(cell.evaluate(PICTURES)) for cell in cells] == [1, 1], path.name


def test_a_notebook_run_in_part_is_whole_when_opened_again(read, written):
    """A panel that ran has state, one of the course's that did not has none: neither may be an error."""
    cells = nbformat.read(FIRST, as_version=4).cells
    reader = read(written("in_part.ipynb", PANEL, cells[min(stored_panels(FIRST))]))
    reader.run(above=1)
    assert reader.panels(0)
    reader.reopen().see_panels({0: 1, 1: 1})


def test_a_panel_answers_again_when_the_page_is_loaded_anew(read, written, page_with_lab):
    reader = read(written("anew.ipynb", PANEL))
    reader.run()
    (panel,) = reader.panels(0)
    reader.move(panel)
    reader.see_line(panel, "level 0.55")
    reader.save()
    reader.close(kernel=False)
    with contextlib.closing(Reader(page_with_lab, reader.name)) as reader:
        (panel,) = reader.open().panels(0)
        reader.see_line(panel, "level 0.55")
        reader.move(panel)
        reader.see_line(panel, "level 0.60")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_without_kernel_and_network_shows_every_panel(page, path, tmp_path):
    """The page asks for MathJax and for scripts of widgets; it gets none here."""
    html = tmp_path / "page.html"
    html.write_text(exported(path), encoding="utf-8")
    page.goto(html.as_uri(), wait_until="domcontentloaded")
    cells = nbformat.read(path, as_version=4).cells
    for index, count in stored_panels(path).items():
        cell = page.wait_for_selector(f'[id="cell-id={cells[index].id}"]')
        assert len(cell.evaluate(PICTURES)) >= count, f"cell {index + 1} shows no picture"
    text = page.inner_text("body")
    assert not [message for message in MESSAGES if message in text]


def exported(path):
    """A stored notebook as a web page, by the course's settings."""
    return HTMLExporter(config=Config(course_lab().EXPORT)).from_filename(path)[0]
