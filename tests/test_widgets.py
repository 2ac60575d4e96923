"""What a Panel promises: the picture follows the controls, and nothing breaks it."""

import base64
import gc
import html
import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import ipywidgets
import pytest
import torch
from jupyter_client.manager import start_new_kernel
from PIL import Image

from genlib import pictures, widgets
from genlib.pictures import Figure
from genlib.widgets import Live, Panel, captioned, idle
from genlib.widgets.controls import choices_of


def even(level=0.5):
    """A sheet of one grey.

    level: how bright
    """
    return torch.full((4, 8), level), f"level {level:.2f}"


def blank(**_values):
    return torch.zeros(2, 2)


def image(panel):
    """The picture a reader sees."""
    return Image.open(io.BytesIO(panel.png))


def words(panel):
    """The markup under the picture."""
    return panel.children[-1].children[-1].value


def frame(panel):
    """The layout of the picture."""
    return panel.children[-1].children[0].layout


def settings(panel):
    return [control.value for control in panel.controls.values()]


def test_a_moved_control_changes_picture_and_line():
    panel = Panel(even, level=(0.0, 1.0))
    assert image(panel).getpixel((0, 0)) == 128
    assert panel.line == "level 0.50" and "level 0.50" in words(panel)
    panel.controls["level"].value = 1.0
    assert image(panel).getpixel((0, 0)) == 255
    assert panel.line == "level 1.00" and "level 1.00" in words(panel)


def test_controls_stand_beside_the_picture_and_the_picture_above_the_line():
    panel = Panel(lambda a=1, b=2: torch.zeros(2, 2), a=(0, 9), b=(0, 9))
    controls, shown = panel.children
    assert list(controls.children) == list(panel.controls.values())
    assert [type(child) for child in shown.children] == [ipywidgets.Image, ipywidgets.HTML]
    assert shown.children[0].value == panel.png
    assert panel.layout.flex_flow == "row wrap"


def test_a_panel_without_controls_is_its_picture_and_its_line():
    (shown,) = Panel(lambda: torch.zeros(2, 2)).children
    assert [type(child) for child in shown.children] == [ipywidgets.Image, ipywidgets.HTML]


def test_the_picture_keeps_its_size_whatever_is_drawn():
    def draw(n=1):
        if n == 4:
            raise RuntimeError
        return torch.zeros(4 * n, 8)

    panel = Panel(draw, n=(1, 4))
    layout, (width, height) = frame(panel), image(panel).size
    assert width == 2 * height
    for n in (1, 3, 4):
        panel.controls["n"].value = n
        assert layout.width == f"{width}px" and f"aspectRatio = '{width} / {height}'" in words(
            panel
        )
        assert layout.object_fit == "contain"


def test_every_kind_of_control_starts_at_the_default_of_draw():
    def draw(a=2, b=0.5, c="y", d=True, e=False):
        return torch.zeros(2, 2)

    panel = Panel(draw, a=(0, 9), b=(0.0, 1.0, 0.1), c=["x", "y"], d=False, e=True)
    assert settings(panel) == [2, 0.5, "y", True, False]
    assert panel.controls["b"].step == 0.1


def test_a_widget_keeps_its_own_value_and_words():
    own = ipywidgets.IntSlider(7, description="how many", tooltip="at least one")
    panel = Panel(lambda a=1: (torch.zeros(2, 2), f"{a} here"), a=own)
    assert panel.controls["a"] is own and panel.line == "7 here"
    assert (own.description, own.tooltip) == ("how many", "at least one")


def test_a_label_is_the_name_and_a_tooltip_is_the_docstring():
    control = Panel(even, level=(0.0, 1.0)).controls["level"]
    assert (control.description, control.tooltip) == ("level", "how bright")


@pytest.mark.parametrize(
    "wish", [(0, 9), (0.0, 1.0), ["x", "y"], True, ipywidgets.BoundedIntText(7)]
)
def test_no_control_is_without_label_and_tooltip(wish):
    control = Panel(blank, how_many=wish).controls["how_many"]
    assert (control.description, control.tooltip) == ("how many", "how many")


@pytest.mark.parametrize("wish", [None, (0, 1, 2, 3, "x"), object()])
def test_a_control_that_cannot_be_is_refused_by_name(wish):
    with pytest.raises(ValueError, match="level must be"):
        Panel(even, level=wish)


@pytest.mark.parametrize(
    "default, wish",
    [
        (5, (0, 3)),
        (0.5, (1.0, 2.0)),
        (0.5, (0, 9)),
        (None, (0, 9)),
        ("x", ["y", "z"]),
        (None, ["y", "z"]),
        (5, "words"),
    ],
)
def test_a_control_that_hides_the_default_of_draw_is_refused_by_name(default, wish):
    with pytest.raises(ValueError, match="level must allow draw's default"):
        Panel(lambda level=default: torch.zeros(2, 2), level=wish)


def test_a_control_that_draw_does_not_take_is_refused_by_name():
    with pytest.raises(TypeError, match="brightness"):
        Panel(even, brightness=(0, 1))
    with pytest.raises(TypeError, match="where"):
        Panel(lambda where: torch.zeros(2, 2))


def test_a_control_that_changes_nothing_where_the_others_stand_is_greyed():
    panel = Panel(
        lambda a=0, seed=0: torch.zeros(2, 2),
        off=lambda a, seed: ["seed"] if a == 0 else [],
        a=(0, 9),
        seed=(0, 9),
    )
    seed = panel.controls["seed"]
    assert seed.disabled and not panel.controls["a"].disabled
    panel.controls["a"].value = 3
    assert not seed.disabled
    panel.controls["a"].value = 0
    assert seed.disabled


def test_controls_of_which_no_choice_changes_the_answer_are_idle():
    off = idle(lambda a, b: a * b, a=range(3), b=[1, 2, 3])
    assert off(a=0, b=1) == ["b"] and off(a=1, b=1) == [] and off(a=2, b=0) == ["a"]


def test_a_panel_whose_off_fails_says_so():
    panel = Panel(even, off=lambda level: 1 / 0, level=(0.0, 1.0))
    assert panel.line.startswith("could not draw: ZeroDivisionError")


def test_a_broken_draw_shows_one_line_and_lives_on():
    def divide(i=0):
        if i == 3:
            raise RuntimeError("first <line>\nsecond line")
        return torch.zeros(2, 2), f"ten over i is {10 // i}"

    panel = Panel(divide, i=(0, 3))
    where = f"(divide, line {divide.__code__.co_firstlineno + 3})"
    assert panel.line.startswith("could not draw: ZeroDivisionError: ")
    assert panel.line.endswith(where) and html.escape(panel.line) in words(panel)
    panel.controls["i"].value = 2
    assert panel.line == "ten over i is 5"
    panel.controls["i"].value = 3
    assert panel.line.startswith("could not draw: RuntimeError: first <line> (divide")
    panel.controls["i"].value = 1
    assert panel.line == "ten over i is 10"


def test_a_broken_draw_leaves_no_old_picture():
    def pick(i=1):
        return torch.zeros(2, 2) if i else None

    panel = Panel(pick, i=(0, 1))
    before = panel.png
    panel.controls["i"].value = 0
    assert panel.png != before and image(panel).getextrema()[0] > 200


@pytest.mark.parametrize(
    "drawn, complaint",
    [
        (torch.zeros(2, 3, 3), r"\(2, 3, 3\)"),
        (torch.full((2, 2), -1.0), "-1 to -1"),
        (torch.full((2, 2), torch.nan), "nan"),
        (None, "NoneType"),
        ((torch.zeros(2, 2), "a", "b"), "unpack"),
    ],
)
def test_what_is_no_picture_is_named_in_the_line(drawn, complaint):
    line = Panel(lambda: drawn).line
    assert line.startswith("could not draw: ") and complaint.replace("\\", "") in line


def test_colour_is_shown_as_it_is():
    red = torch.zeros(3, 2, 2)
    red[0] = 1
    assert image(Panel(lambda: red)).getpixel((0, 0)) == (255, 0, 0)


def test_a_figure_is_shown_and_follows_its_control():
    def plot(k=1):
        figure = Figure(4, 3)
        figure.subplots().plot([0, k], [0, 1])
        return figure, f"to {k}"

    panel = Panel(plot, k=(1, 3))
    before = panel.png
    assert image(panel).size == (400, 300) and frame(panel).width == "400px"
    panel.controls["k"].value = 3
    assert panel.png != before and panel.line == "to 3"


def test_no_gradient_is_kept_in_any_thread():
    seen = []
    panel = Panel(lambda a=0: [seen.append(torch.is_grad_enabled()), even()][1], a=(0, 9))
    mover = threading.Thread(target=setattr, args=(panel.controls["a"], "value", 5))
    mover.start()  # grad mode belongs to a thread: a new one starts with gradients
    mover.join()
    assert seen == [False, False] and torch.is_grad_enabled()


def test_the_same_seed_is_the_same_noise_at_every_move():
    seen = []

    def draw(a=0, generator=None):
        seen.append(torch.rand(3, generator=generator).tolist())
        return torch.zeros(2, 2)

    state = torch.get_rng_state()
    seeded, plain = Panel(draw, a=(0, 9), seed=(3, 9)), Panel(draw, a=(0, 9))
    seeded.controls["a"].value = plain.controls["a"].value = 5
    first, zero = torch.Generator().manual_seed(3), torch.Generator().manual_seed(0)
    assert seen == 2 * [torch.rand(3, generator=one).tolist() for one in (first, zero)]
    seeded.controls["seed"].value = 4
    assert seen[-1] != seen[0]
    seeded.controls["seed"].value = 3
    assert seen[-1] == seen[0]
    assert torch.equal(torch.get_rng_state(), state)


def test_the_mimebundle_carries_the_view_the_picture_and_the_line():
    panel = Panel(even, level=(0.0, 1.0))
    panel.controls["level"].value = 0.25
    bundle = panel._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id
    assert base64.b64decode(bundle["image/png"]) == captioned(panel.png, "level 0.25")
    assert bundle["text/plain"] == "level 0.25"


def still(panel):
    """The picture that a page without a kernel shows."""
    return base64.b64decode(panel._repr_mimebundle_()["image/png"])


def test_a_stored_picture_tells_the_settings_and_the_line():
    panel = Panel(lambda how_many=1: (torch.zeros(2, 2), "2.1 nats"), how_many=(0, 2))
    assert still(panel) == captioned(panel.png, "how many 1 \u2014 2.1 nats")
    bare = Panel(lambda how_many=1: torch.zeros(2, 2), how_many=(0, 2))
    assert still(bare) == captioned(bare.png, "how many 1")
    assert still(Panel(blank)) == captioned(Panel(blank).png, "")


def test_without_a_line_of_its_own_a_panel_says_its_settings():
    panel = Panel(
        lambda a_b=1, c="x", d=0.1: torch.zeros(2, 2), a_b=(0, 2), c=["x", "y"], d=(0.0, 1.0, 0.1)
    )
    panel.controls["c"].value = "y"
    panel.controls["d"].value = 0.1 + 0.2
    assert panel.line == panel.settings == "a b 1, c y, d 0.3"
    assert panel._repr_mimebundle_()["text/plain"] == panel.line and panel.line in words(panel)


# --- the caption of a stored picture


LETTERS = "\u03b2 0.5, order 3 \u2014 2.1 nats"


@pytest.mark.parametrize(
    "picture", [torch.rand(8, 8), torch.rand(3, 8, 16), Figure(3, 2)], ids=["grey", "RGB", "Figure"]
)
def test_a_caption_stands_under_the_picture_which_stays_as_it_is(picture):
    png = pictures.png(picture)
    plain, page = (Image.open(io.BytesIO(png)) for png in (png, captioned(png, LETTERS)))
    (width, height), under = plain.size, (0, plain.height, page.width, page.height)
    assert page.crop((0, 0, width, height)).tobytes() == plain.tobytes()
    ink = page.convert("L").crop(under)
    assert ink.getextrema()[0] < 80 and ink.getpixel((0, 0)) == 255
    assert captioned(png, LETTERS) == captioned(png, LETTERS) != captioned(png, LETTERS + ".")


@pytest.mark.parametrize(
    "text", ["many words " * 30, "W" * 300, "0" * 300, "\uc7a0\uc7ac " * 90], ids=len
)
def test_a_long_caption_is_wrapped_and_nothing_of_it_cut(text):
    png = pictures.png(torch.rand(8, 8))
    lines = widgets.caption._wrapped(text, 464)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert 2 <= len(lines) and max(map(widgets.caption._font().getlength, lines)) <= 464
    short, long = pictures.size(captioned(png, "a")), pictures.size(captioned(png, text))
    assert long == (480, short[1] + 18 * (len(lines) - 1))


def test_what_cannot_have_a_caption_is_refused_by_name():
    with pytest.raises(ValueError, match="png must be a PNG file"):
        captioned(b"", "a")
    with pytest.raises(ValueError, match="text must be str"):
        captioned(pictures.png(torch.rand(8, 8)), None)


# --- a moment that plays


def test_a_panel_plays_only_where_it_is_asked_to():
    def kinds(panel):
        return [type(child) for child in panel.children[0].children]

    assert kinds(Panel(blank, moment=(0, 3))) == [ipywidgets.IntSlider]
    played = Panel(blank, play="moment", moment=(0, 3))
    assert kinds(played) == [ipywidgets.IntSlider, ipywidgets.Play]
    assert Panel(blank, moment=(0, 3)).play is None and list(played.controls) == ["moment"]


@pytest.mark.parametrize(
    "wish, seen",
    [((2, 5), [3, 4, 5]), ((0, 7, 3), [3, 6]), (["x", "y", "z"], ["y", "z"])],
    ids=["whole numbers", "steps", "list"],
)
def test_playing_moves_the_control_step_by_step_and_ends_at_its_last(wish, seen):
    panel, lines = Panel(blank, play="moment", moment=wish), []
    player, control = panel.play, panel.controls["moment"]
    if isinstance(wish, tuple):
        control.value = wish[0]
    # as the page does at every tick
    while player.value + player.step <= player.max:
        player.value += player.step
        lines.append(panel.line)
    assert lines == [f"moment {value}" for value in seen] and player.value == player.max
    assert (player.interval, player.repeat, player.show_repeat) == (500, False, False)


def test_playing_goes_on_from_where_the_control_was_put_and_is_greyed_with_it():
    panel = Panel(blank, off=lambda a, b: ["a"] * b, play="a", a=(0, 9), b=False)
    panel.controls["a"].value = 7
    assert panel.play.value == 7 and not panel.play.disabled
    panel.controls["b"].value = True
    assert panel.play.disabled


@pytest.mark.parametrize("play", ["b", "level", "how", 3])
def test_what_cannot_play_is_refused_by_name(play):
    with pytest.raises(ValueError, match="play must name a control"):
        Panel(blank, play=play, level=(0.0, 1.0), how=True)


# --- a question before the first move


ASK = ("Which comes <first>?", ["the digit", "the code"])


def test_a_question_stands_above_the_controls_and_no_answer_is_chosen():
    panel = Panel(even, ask=ASK, level=(0.0, 1.0))
    question, answers, control = panel.children[0].children
    assert "Which comes &lt;first&gt;?" in question.value and answers is panel.asked
    assert (answers.options, answers.value) == (("the digit", "the code"), None)
    assert control is panel.controls["level"] and panel.line == "level 0.50"
    assert Panel(even, level=(0.0, 1.0)).asked is None


def test_a_chosen_answer_is_repeated_and_the_panel_works_as_before():
    draws = []
    panel = Panel(lambda a=1: draws.append(a) or (torch.zeros(2, 2), f"{a}"), ask=ASK, a=(0, 3))
    panel.asked.value = "the code"
    assert panel.line == "You said: the code\n1" and panel.line in words(panel)
    panel.controls["a"].value = 3
    assert panel.line == "You said: the code\n3" and draws == [1, 3]
    panel.asked.value = "the digit"
    assert panel.line == "You said: the digit\n3" and draws == [1, 3]


def test_a_guess_is_judged_after_some_moves_and_not_before():
    panel = Panel(even, ask=(*ASK, "the code"), level=(0.0, 1.0))
    panel.controls["level"].value = 0.25  # a move before the guess
    panel.asked.value = "the digit"
    for level in (0.5, 0.75):
        panel.controls["level"].value = level
        assert panel.line == f"You said: the digit\nlevel {level:.2f}"
    panel.controls["level"].value = 0.25
    assert panel.line == "You said: the digit. It is: the code.\nlevel 0.25"
    panel.asked.value = "the code"
    assert panel.line == "You said: the code. So it is.\nlevel 0.25"


@pytest.mark.parametrize(
    "ask",
    ["Which?", ("Which?", ["one"]), ("Which?", list("abcde")), ("Which?", ["a", "a"]), (1, ["a"])]
    + [("Which?", "ab"), ("Which?", ["a", "b"], 0), ("Which?", ["a", "b"], "c")]
    + [("Which?", ["a", "b"], "a", "b")],
)
def test_what_is_no_question_is_refused_by_name(ask):
    with pytest.raises(ValueError, match=r"ask must be \(question, two to four"):
        Panel(blank, ask=ask)


def test_the_line_is_text_and_no_markup():
    panel = Panel(lambda: (torch.zeros(2, 2), "1 < 2 & <b>bold</b>"))
    assert "1 &lt; 2 &amp; &lt;b&gt;bold&lt;/b&gt;" in words(panel)
    assert panel.line == "1 < 2 & <b>bold</b>"


def test_a_number_may_stand_for_the_line():
    panel = Panel(lambda: (torch.zeros(2, 2), 2.5))
    assert panel.line == "2.5" and "2.5" in words(panel)


def test_two_threads_never_draw_at_once_and_the_last_values_win():
    inside, most = 0, 0

    def draw(a=0, b=0):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.001)
        inside -= 1
        return torch.full((2, 2), a / 30), f"{a} {b}"

    panels = [Panel(draw, a=(0, 30), b=(0, 30)) for _ in range(2)]

    def move(name):
        for value in range(1, 31):
            for panel in panels:
                panel.controls[name].value = value

    threads = [threading.Thread(target=move, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert [panel.line for panel in panels] == ["30 30", "30 30"]


def test_moves_made_while_it_draws_are_drawn_once():
    draws, movers = [], []

    def draw(a=0, b=0):
        draws.append((a, b))
        if a == 1 and not movers:
            for name in "ab":
                mover = threading.Thread(target=setattr, args=(panel.controls[name], "value", 9))
                movers.append(mover)
                mover.start()
            deadline = time.monotonic() + 5
            while settings(panel) != [9, 9] and time.monotonic() < deadline:
                time.sleep(0.001)
        return torch.zeros(2, 2), f"{a} {b}"

    panel = Panel(draw, a=(0, 9), b=(0, 9))
    panel.controls["a"].value = 1
    for mover in movers:
        mover.join()
    assert draws == [(0, 0), (1, 0), (9, 9)] and panel.line == "9 9"


def test_redraw_shows_what_changed_elsewhere():
    sheet = torch.zeros(2, 2)
    panel = Panel(lambda: sheet)
    sheet += 1
    assert image(panel).getpixel((0, 0)) == 0
    panel.redraw()
    assert image(panel).getpixel((0, 0)) == 255


# --- Live: a training that goes on while you watch ---------------------------------------------------


class Counting:
    """A training that counts its pieces, and remembers the controls of each."""

    def __init__(self, fails_at=None):
        self.seen, self.fails_at = [], fails_at

    def advance(self, rate=1):
        if len(self.seen) == self.fails_at:
            raise FloatingPointError("the loss is <nan>")
        self.seen.append(rate)
        time.sleep(0.01)

    def draw(self, rate=1):
        return torch.full((8, 8), 0.5), f"{len(self.seen)} pieces at rate {rate}"


def live(**settings):
    training = Counting(**settings)
    return training, Live(training.advance, training.draw, rate=(1, 9))


def until(condition, seconds=10):
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def test_a_step_takes_the_training_one_piece_further_and_shows_it():
    training, game = live()
    game.step.click()
    assert training.seen == [1] and game.panel.line == "1 pieces at rate 1"
    assert game.status == "stopped"


def test_started_it_goes_on_with_the_controls_as_they_stand_until_it_is_stopped():
    training, game = live()
    game.start.click()
    assert game.status == "running" and until(lambda: len(training.seen) > 3)
    game.panel.controls["rate"].value = 5
    assert until(lambda: 5 in training.seen)
    game.stop.click()
    assert game.status == "stopped" and until(lambda: not game._thread.is_alive())
    count = len(training.seen)
    time.sleep(0.1)
    assert len(training.seen) == count and training.seen[-1] == 5
    assert game.panel.line == f"{count} pieces at rate 5"


def test_a_second_start_does_not_train_twice_and_a_stopped_one_starts_again():
    training, game = live()
    game.start.click()
    thread = game._thread
    game.start.click()
    assert game._thread is thread
    game.stop.click()
    game.start.click()
    assert game._thread is not thread and not thread.is_alive()
    count = len(training.seen)
    assert until(lambda: len(training.seen) > count)
    game.stop.click()


def test_an_error_stops_the_training_and_is_shown():
    training, game = live(fails_at=2)
    game.start.click()
    assert until(lambda: game.status != "running")
    assert game.status == "stopped by FloatingPointError: the loss is <nan>"
    assert "<nan>" not in game._said.value and len(training.seen) == 2
    training.fails_at = None
    game.step.click()
    assert len(training.seen) == 3


def test_a_training_may_use_gradients_in_its_thread_and_keeps_a_picture_for_pages_without_a_kernel():
    weight = torch.zeros(1, requires_grad=True)
    game = Live(
        lambda rate: (weight * rate).sum().backward(), lambda rate=1: torch.ones(4, 4), rate=(1, 3)
    )
    game.start.click()
    assert until(lambda: weight.grad is not None)
    game.stop.click()
    bundle = game._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"])[:4] == b"\x89PNG"
    assert bundle["text/plain"] == "rate 1"
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == game.model_id


# --- one Live at a time, and none for ever


def running(**settings):
    """A Live of which at least one piece is done, and another may be under way."""
    training, game = live(**settings)
    game.start.click()
    assert until(lambda: training.seen)
    return training, game


def assert_ended(training, game, why="stopped"):
    """No piece is under way, none comes, and the page says so."""
    count = len(training.seen)
    assert game.status.startswith(why) and not game._thread.is_alive()
    assert game._said.value.endswith(f" {game.status}</div>")
    time.sleep(0.1)
    assert len(training.seen) == count


def test_a_cell_that_is_run_again_ends_the_training_before_anything_of_it_is_made_anew():
    training, game = running()
    drawn = []
    Live(training.advance, lambda: drawn.append(game._thread.is_alive()) or torch.zeros(2, 2))
    assert drawn == [False]
    assert_ended(training, game, "stopped: another Live")


@pytest.mark.parametrize("button", ["start", "step"])
def test_the_older_of_two_may_be_taken_up_again_and_ends_the_newer(button):
    training, game = live()
    newer, new_game = running()
    getattr(game, button).click()
    assert_ended(newer, new_game, "stopped: another Live")
    assert until(lambda: training.seen)
    game.close()


def test_a_training_that_runs_says_how_to_stop_it():
    _, game = running()
    assert game.status == "running" and "<b>running</b>" in game._said.value
    assert "press Stop" in game._said.value
    game.stop.click()
    assert "press Stop" not in game._said.value and "<b>" not in game._said.value


def buttons(game):
    return [child for child in game.children[0].children if isinstance(child, ipywidgets.Button)]


def test_only_a_training_that_can_begin_anew_has_such_a_button():
    _, game = live()
    assert [button.description for button in buttons(game)] == ["Start", "Stop", "Step"]
    game = Live(lambda: None, lambda: torch.zeros(2, 2), new=lambda: None)
    assert [button.description for button in buttons(game)] == ["Start", "Stop", "Step", "New"]
    with pytest.raises(ValueError, match="new must be a function"):
        Live(lambda: None, lambda: torch.zeros(2, 2), new=3)


def test_a_training_begins_anew_with_the_controls_that_it_names_and_goes_on_if_it_ran():
    training, begun = Counting(), []

    def new(seed):
        begun.append(seed)
        training.seen.clear()

    def draw(rate=1, seed=0):
        return training.draw(rate)

    game = Live(training.advance, draw, new=new, rate=(1, 9), seed=(0, 9))
    game.step.click()
    game.panel.controls["seed"].value = 4
    game.new.click()
    assert begun == [4] and game.panel.line == "0 pieces at rate 1" and game.status == "stopped"
    game.start.click()
    assert until(lambda: training.seen)
    game.new.click()
    assert game.status == "running" and begun == [4, 4] and until(lambda: training.seen)
    game.close()


def test_a_training_that_cannot_begin_anew_stops_and_says_why():
    game = Live(lambda: None, lambda: torch.zeros(2, 2), new=lambda: 1 / 0)
    game.new.click()
    assert game.status == "stopped by ZeroDivisionError: division by zero"


def test_whatever_takes_any_name_gets_every_control():
    seen = []
    game = Live(lambda **values: seen.append(values), blank, rate=(1, 3), seed=(0, 9))
    game.step.click()
    assert seen == [settings_of(game.panel)] and len(seen[0]) == 2


def settings_of(panel):
    return {name: control.value for name, control in panel.controls.items()}


def test_a_step_while_it_runs_is_one_more_piece_and_lets_it_go_on():
    training, game = running()
    game.step.click()
    assert game.status == "running"
    game.stop.click()
    assert_ended(training, game)


def test_a_closed_one_trains_no_longer():
    training, game = running()
    game.close()
    assert_ended(training, game)


def test_one_that_nobody_touches_ends_after_a_minute_and_a_touch_gives_it_another(monkeypatch):
    monkeypatch.setattr(widgets.live, "MINUTE", 0.3)
    training, game = running()
    for rate in (2, 3, 4, 5, 6, 7):
        time.sleep(0.1)
        game.panel.controls["rate"].value = rate
    assert game.status == "running"
    assert until(lambda: not game._thread.is_alive())
    assert_ended(training, game, "stopped: nobody had touched it for a minute")


@pytest.fixture
def heard():
    """An interrupt is heard here, though a shell that starts the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_it_and_goes_on_to_what_it_would_have_stopped(heard):
    training, game = running()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert until(lambda: not game._thread.is_alive())
    assert_ended(training, game, "stopped by an interrupt")


def test_whoever_draws_meanwhile_may_make_start_or_stop_one():
    _, game = running()
    others = []

    def draw(a=0):
        if a == 1:
            others.append(running_soon())
        if a == 2:
            game.start.click()
        if a == 3:
            game.stop.click()
        return torch.zeros(2, 2)

    def running_soon():
        return live()[1]

    panel = Panel(draw, a=(0, 3))
    for a, status in ((1, "stopped: another Live took its place"), (2, "running"), (3, "stopped")):
        panel.controls["a"].value = a
        assert "could not draw" not in panel.line and game.status == status
    assert len(others) == 1


def test_a_training_may_stop_itself_and_start_another():
    training, other = live()

    def advance():
        other.start.click()

    game = Live(advance, lambda: torch.zeros(2, 2))
    game.start.click()
    assert until(lambda: len(training.seen) > 2) and until(lambda: not game._thread.is_alive())
    assert (game.status, other.status) == ("stopped: another Live took its place", "running")
    other.close()


def test_a_training_that_starts_itself_anew_is_still_one():
    threads = []

    def advance():
        threads.append(threading.current_thread())
        if len(threads) == 1:
            game.stop.click()
            game.start.click()

    game = Live(advance, lambda: torch.zeros(2, 2))
    game.start.click()
    assert until(lambda: len(threads) > 5)
    game.close()
    assert len(set(threads[1:])) == 1


def test_never_do_two_train_whoever_presses_the_buttons():
    inside, most = 0, 0

    def advance():
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.001)
        inside -= 1

    games = [Live(advance, lambda: torch.zeros(2, 2)) for _ in range(3)]

    def press(game):
        for _ in range(10):
            game.start.click()
            game.step.click()
            game.stop.click()

    pressing = [threading.Thread(target=press, args=(game,)) for game in games]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join()
    assert most == 1
    assert not any(game._thread.is_alive() for game in games)


def test_one_that_cannot_be_made_leaves_nothing():
    with pytest.raises(ValueError, match="rate must allow"):
        Live(print, lambda rate=1: torch.zeros(2, 2), rate=(2, 9))
    gc.collect()  # an error in its end would be a warning


ROOT = Path(__file__).parents[1]
GAME = """
import time
import torch
from genlib.widgets import Live

pieces, weight = [], torch.nn.Parameter(torch.zeros(100, 100))

def advance():
    (weight @ weight).square().mean().backward()
    pieces.append(1)

game = Live(advance, lambda: torch.zeros(2, 2))
game.start.click()
time.sleep(0.5)
"""
SLEEP = "time.sleep(60)"
SLEEP_AND_GO_ON = """
try:  # as `fit` does
    time.sleep(60)
except KeyboardInterrupt:
    pass
"""


def test_a_program_that_comes_to_its_end_lets_the_training_end_first_and_without_a_word():
    last = "import atexit\natexit.register(lambda: print(game.status, game._thread.is_alive()))\n"
    done = subprocess.run(
        [sys.executable, "-c", last + GAME + "print(len(pieces) > 1, game.status)"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("True running\nstopped False\n", "")


@pytest.fixture
def kernel(tmp_path):
    """A kernel as JupyterLab starts one, its client, and the file of its complaints."""
    complaints = tmp_path / "stderr.txt"
    with complaints.open("w") as file:
        manager, client = start_new_kernel(cwd=str(ROOT), stderr=file)
        yield manager, client, complaints
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def printed(client, code):
    """What a cell prints."""
    texts = []
    client.execute_interactive(
        code, output_hook=lambda said: texts.append(said["content"].get("text", "")), timeout=60
    )
    return "".join(texts)


def test_the_kernels_interrupt_ends_it_whatever_runs_and_the_kernels_end_waits_for_nothing(kernel):
    manager, client, complaints = kernel
    for cell in (None, SLEEP, SLEEP_AND_GO_ON):
        assert printed(client, GAME + "print(game.status)") == "running\n"
        interrupt = manager.provisioner.pid, signal.SIGINT  # what Lab's button sends
        pressed = threading.Timer(1, os.kill, interrupt)
        pressed.start()
        if cell:
            printed(client, cell)
        pressed.join()
        ended = "game._thread.join(5); print(game.status, game._thread.is_alive())"
        assert printed(client, ended) == "stopped by an interrupt False\n", cell
    printed(client, GAME)
    start = time.monotonic()
    manager.shutdown_kernel()
    assert time.monotonic() - start < 4  # a kernel that does not end is killed after 5
    assert "Traceback" not in complaints.read_text()


def test_the_values_of_a_control_are_those_it_can_take():
    panel = Panel(blank, whole=(2, 8, 3), part=(0.0, 0.3, 0.1), name=["a", "b"], on=False)
    found = {name: choices_of(control) for name, control in panel.controls.items()}
    assert found == {
        "whole": [2, 5, 8],
        "part": [0.0, 0.1, 0.2, 0.3],
        "name": ["a", "b"],
        "on": [False, True],
    }
    assert choices_of(ipywidgets.Dropdown(options=[("one", 1), ("two", 2)])) == [1, 2]
    for name, values in found.items():
        for value in values:
            panel.controls[name].value = value
            assert panel.controls[name].value == value
    with pytest.raises(TypeError, match="control must be a slider, a list or a box, got a Text"):
        choices_of(ipywidgets.Text("free"))
