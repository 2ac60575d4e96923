"""Panel: controls beside one picture, drawn anew whenever a control moves."""

import atexit
import base64
import contextlib
import functools
import html
import inspect
import io
import re
import signal
import textwrap
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import matplotlib
import torch
from IPython import get_ipython
from ipywidgets import HTML, Box, Button, HBox, Image, Play, RadioButtons, VBox, Widget, interactive
from PIL import Image as Page
from PIL import ImageDraw, ImageFont
from traitlets import TraitError, dlink, link

from genlib import checks, pictures

# JupyterLab calls back from a thread of its own, maybe from several: panels share models, so one draws at a time.
ONE_AT_A_TIME = threading.RLock()
MINUTE = 60.0  # seconds after which a running Live that nobody touches ends
TICK = 500  # milliseconds from one moment to the next, when it plays
NARROW = 480  # pixels that a line of text has, however narrow the picture is


class Panel(Box):
    """Controls beside a picture and a line of text: `Panel(draw, order=(0, 12), digit=[0, 1], seed=(0, 9))`.

    On a narrow page the controls stand above the picture.

    Arguments:
        draw: `draw(**values)` gives a sheet (H, W) or (3, H, W) in [0, 1] or a Figure, alone or as
            `picture, "2.1 nats"`. If it takes a `generator`, it gets one seeded anew at every move, by the
            control `seed`, which starts at its lowest, or with 0. Without a line, the settings are the line
        off: `off(**values)` names the controls that change nothing while the others stand as they do: these
            are greyed
        play: the name of a control, a list or whole numbers, that a button lets run to its end
        ask: a question and two to four answers, `("Which comes first?", ["the digit", "the code"])`, to
            be guessed before the first move. Nobody must, and the line only repeats what was said
        controls: each is (lo, hi), (lo, hi, step), a list, a bool or a widget. It starts at the default of
            draw's argument, and the line `order: ...` of draw's docstring is its tooltip

    Example:
        >>> def draw(grey=3):
        ...     return torch.full((8, 8), grey / 12), f"{grey} of 12"
        >>> panel = Panel(draw, grey=(0, 12))
        >>> panel.controls["grey"].value = 6
        >>> panel.line
        '6 of 12'
    """

    def __init__(
        self,
        draw: Callable,
        /,
        *,
        off: Callable = lambda **_: (),
        play: str | None = None,
        ask: tuple[str, list[str]] | None = None,
        **controls,
    ):
        self._draw, self._off = draw, off
        self._signature = inspect.signature(draw)
        self.controls = {name: _control(draw, name, wish) for name, wish in controls.items()}
        # its TypeError names the control that does not fit
        self._signature.bind(**self._arguments())
        self.play = None if play is None else _play(play, self.controls)
        self.asked = None if ask is None else _asked(ask)
        self._picture, self._text = Image(format="png"), HTML()
        super().__init__(layout=_ROW)
        self.add_class("genlib-panel")
        self._shape = None
        self.redraw()
        self._lay_out(play, ask)
        for control in self.controls.values():
            control.observe(self._moved, names="value")
        if self.asked:
            self.asked.observe(self._tell, names="value")

    def __repr__(self) -> str:
        return f"Panel({', '.join([_name(self._draw), *self.controls])})"

    @property
    def png(self) -> bytes:
        """The picture that is shown, as a PNG file."""
        return bytes(self._picture.value)

    @property
    def settings(self) -> str:
        """Where the controls stand: "order 3, seed 0"."""
        return ", ".join(map(_setting, self.controls.values()))

    def redraw(self) -> None:
        """Draw with the controls as they are: for when something else has changed."""
        with ONE_AT_A_TIME, torch.no_grad():
            self._drawn = self._values()
            try:
                drawn = self._draw(**self._arguments())
                picture, line = drawn if isinstance(drawn, tuple) else (drawn, "")
                png, line = pictures.png(picture), str(line)
                idle = set(self._off(**self._drawn))
            except Exception as error:  # noqa: BLE001 - shown, for a callback has no cell to raise in
                png, line, idle = pictures.png(torch.full((8, 8), 0.9)), _complaint(error), set()
            self._picture.value = png
            self._shape = self._shape or pictures.size(png)
            self._found = line or self.settings
            self._tell()
            for name, control in self.controls.items():
                control.disabled = name in idle

    def _lay_out(self, play: str | None, ask: tuple | None) -> None:
        width = self._shape[0]
        self._picture.layout = _PICTURE | {"width": f"{width}px"}
        shown = {"width": f"{max(width, NARROW) + 4}px", "max_width": "100%", "overflow": "visible"}
        column = self._column(play, ask)
        beside = [VBox(column, layout=_CONTROLS)] if column else []
        self.children = [*beside, VBox([self._picture, self._text], layout=shown)]

    def _column(self, play: str | None, ask: tuple | None) -> list[Widget]:
        """The question and its answers, and the controls: their labels are as wide as the longest."""
        label = f"{max((len(c.description) for c in self.controls.values()), default=0) + 1}ch"
        column = [HTML(_QUESTION.format(html.escape(ask[0]))), self.asked] if ask else []
        for name, control in self.controls.items():
            control.style.description_width = label
            control.layout.width = "auto"
            column.append(control)
            if name == play:
                self.play.layout.margin = f"2px 2px 2px calc({label} + 10px)"
                column.append(self.play)
        return column

    def _tell(self, _change=None) -> None:
        with ONE_AT_A_TIME:
            guess = self.asked and self.asked.value
            self.line = f"You said: {guess}\n{self._found}" if guess else self._found
            self._text.value = _SPOKEN.format(
                line=html.escape(self.line),
                lines=3 if self.asked else 2,
                shape="{} / {}".format(*self._shape),
            )

    def _values(self) -> dict:
        return {name: control.value for name, control in self.controls.items()}

    def _arguments(self) -> dict:
        values = self._values()
        if "generator" in self._signature.parameters:
            values["generator"] = torch.Generator().manual_seed(values.pop("seed", 0))
        return values

    def _moved(self, _change) -> None:
        # of several moves that waited here, the first draws what all of them set
        with ONE_AT_A_TIME:
            if self._values() != self._drawn:
                self.redraw()

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """The live panel; for a page without a kernel also its line, and its picture with settings and line."""
        told = " \u2014 ".join(dict.fromkeys(filter(None, (self.settings, self.line))))
        png = captioned(self.png, told)
        still = {"image/png": base64.b64encode(png).decode(), "text/plain": self.line}
        return super()._repr_mimebundle_(**kwargs) | still


class Live(VBox):
    """A training that goes on while you watch: Start, Stop, Step and New above a `Panel` of `draw` and the controls.

    It runs in a thread of its own, so the kernel answers meanwhile, and a control that is moved holds from the
    next advance on. An error stops it, and is shown.

    One runs in a kernel at a time: when another is made, started or stepped, this one ends first. So it does
    at `close()`, at an interrupt, with the kernel, and after a `MINUTE` in which nobody touched it.

    Arguments:
        advance: `advance(**values)` takes it a little further, in about a tenth of a second, with those controls
            that it names, as they stand
        draw: `draw(**values)` shows where it is, as a `Panel` does, and takes every control
        new: `new(**values)` begins it anew, with those controls that it names, such as `seed`; without it
            there is no such button
        controls: those of a `Panel`, and its `off`, `play` and `ask`

    Example:
        >>> seen = []
        >>> live = Live(lambda: seen.append(1), lambda: (torch.zeros(8, 8), f"step {len(seen)}"))
        >>> live.step.click()
        >>> live.panel.line, live.status
        ('step 1', 'stopped')
    """

    _running = None  # the one that was started last
    _thread, _ending = None, "stopped"  # why it does not go on; empty while it does

    def __init__(
        self, advance: Callable, draw: Callable, /, *, new: Callable | None = None, **controls
    ):
        if new is not None:
            checks.function("new", new)
        self._end_running()
        _hear_interrupts()
        self.panel = Panel(draw, **controls)
        self._advance, self._anew = advance, new
        self.start, self.stop, self.step, self.new = (
            Button(description=word, tooltip=said, layout={"width": "auto", "min_width": "80px"})
            for word, said in (
                ("Start", "let the training go on"),
                ("Stop", "hold the training where it is"),
                ("Step", "take the training one piece further"),
                ("New", "begin the training anew"),
            )
        )
        self._said = HTML(layout={"flex": "1 1 280px"})  # as wide, whatever it says: nothing jumps
        self._say()
        buttons = [self.start, self.stop, self.step] + [self.new] * (new is not None)
        row = HBox([*buttons, self._said], layout={"flex_flow": "row wrap"})
        super().__init__([row, self.panel], layout={"overflow": "visible"})
        self.start.on_click(lambda _: self._begin())
        self.stop.on_click(lambda _: self._hold("stopped"))
        self.step.on_click(lambda _: self._step())
        self.new.on_click(lambda _: self._begin_anew())
        for control in self.panel.controls.values():
            control.observe(self._touch, names="value")

    def __repr__(self) -> str:
        return f"Live({_name(self._advance)}, {self.panel}: {self.status})"

    @property
    def status(self) -> str:
        """ "running", "stopped", or "stopped" and why."""
        return self._ending or "running"

    def close(self) -> None:
        """End the training, and take the widget off the page."""
        self._hold("stopped")
        super().close()

    def _begin(self) -> None:
        with ONE_AT_A_TIME:
            self._touch()
            if self._ending:
                self._end_running()
                Live._running, self._ending = self, ""
                self._thread = threading.Thread(target=self._go_on, daemon=True)
                self._say()
                self._thread.start()

    def _step(self) -> None:
        with ONE_AT_A_TIME:
            self._touch()
            if self._ending:
                self._end_running()
                self._ending = "stopped"
            self._call(self._advance)
            self._say()

    def _begin_anew(self) -> None:
        with ONE_AT_A_TIME:
            self._touch()
            self._call(self._anew)
            self._say()

    def _hold(self, why: str, seconds: float | None = None) -> None:
        """End the training; return when its last piece is done, or after so many seconds."""
        self._ending = self._ending or why
        if self._thread not in (None, threading.current_thread()):
            self._thread.join(seconds)

    @staticmethod
    def _end_running(why: str = "stopped: another Live took its place", seconds=None) -> None:
        if Live._running is not None:
            Live._running._hold(why, seconds)

    def _touch(self, _change=None) -> None:
        self._touched = time.monotonic()

    def _say(self) -> None:
        if self._ending:
            self._said.value = _STOPPED.format(html.escape(self.status))
        else:
            self._said.value = _RUNS

    def _go_on(self) -> None:
        while not self._ending and self._thread is threading.current_thread():
            time.sleep(0.02)  # a control that waits for the lock comes first
            if time.monotonic() - self._touched > MINUTE:
                self._ending = "stopped: nobody had touched it for a minute"
            # it does not wait for long: whoever holds the lock may be waiting for this thread to end
            elif ONE_AT_A_TIME.acquire(timeout=0.1):
                try:
                    if not self._ending:
                        self._call(self._advance)
                finally:
                    ONE_AT_A_TIME.release()
        self._say()

    def _call(self, function: Callable) -> None:
        with ONE_AT_A_TIME:
            try:
                function(**_named(function, self.panel._values()))
            except Exception as error:  # noqa: BLE001 - shown, for a thread has no cell to raise in
                self._ending = f"stopped by {type(error).__name__}: {error}"
            self.panel.redraw()

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """The live widget; for a page without a kernel the panel's picture and line."""
        still = self.panel._repr_mimebundle_(**kwargs)
        kept = {kind: still[kind] for kind in ("image/png", "text/plain")}
        return super()._repr_mimebundle_(**kwargs) | kept


def idle(answer: Callable, **choices: Iterable) -> Callable[..., list[str]]:
    """The `off` of a panel that shows `answer(**values)`: the controls of which no choice changes it."""

    def off(**values) -> list[str]:
        found = {
            name: [answer(**values | {name: choice}) for choice in every]
            for name, every in choices.items()
        }
        return [
            name for name, answers in found.items() if answers.count(answers[0]) == len(answers)
        ]

    return off


# no thread may still compute while Python is taken down; a piece that hangs does not hold it up
atexit.register(Live._end_running, "stopped", seconds=2)


def _hear_interrupts(_info=None) -> None:
    """Let an interrupt end the training too, whether a cell runs at that moment or not."""
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if kernel:  # it begins every cell with Python's own handler
        shell.events.register("pre_run_cell", _hear_interrupts)
    if threading.current_thread() is threading.main_thread():  # signals reach no other
        signal.signal(signal.SIGINT, _heard(signal.getsignal(signal.SIGINT)))
        if hasattr(kernel, "saved_sigint_handler"):  # ipykernel puts it back when the cell ends
            kernel.saved_sigint_handler = _heard(kernel.saved_sigint_handler)


def _heard(handler):
    """A handler of signals that ends the training, and then does what `handler` did."""
    if handler in (None, signal.SIG_DFL) or getattr(handler, "func", None) is _interrupted:
        return handler
    return functools.partial(_interrupted, handler)


def _interrupted(handler, *signal_and_frame) -> None:
    if Live._running is not None:  # its thread sees to the rest: a handler must not wait
        Live._running._ending = Live._running._ending or "stopped by an interrupt"
    if callable(handler):
        handler(*signal_and_frame)


_ROW = {"flex_flow": "row wrap", "grid_gap": "4px 16px", "overflow": "visible"}
_CONTROLS = {"flex": "1 1 220px", "max_width": "420px", "overflow": "visible"}
_PICTURE = {"max_width": "calc(100% - 4px)", "object_fit": "contain", "object_position": "left top"}
# What stands under the picture. A screen reader says the new line; long numbers break instead of running out
# of the page. ipywidgets gives pictures, the handles of sliders, the buttons of Play and groups of answers no name:
# the second element, which shows nothing, gives them theirs as often as it is put on the page, with every new line.
# And it gives all pictures the shape of the first: nothing jumps.
_SPOKEN = """<div role="status" aria-live="polite" style="white-space: pre-wrap; overflow-wrap: anywhere; \
line-height: 1.4; min-height: calc({lines} * 1.4em); color: var(--jp-content-font-color1, #000)">{line}</div>\
<style data-line="{line}" onload="
    const panel = this.closest('.genlib-panel'), picture = panel.querySelector('img.widget-image');
    picture.alt = this.dataset.line;
    picture.style.aspectRatio = '{shape}';
    for (const handle of panel.querySelectorAll('.noUi-handle'))
        handle.setAttribute('aria-label', handle.closest(':has(> label)').querySelector('label').textContent);
    panel.querySelectorAll('.widget-play button').forEach(
        (button, place) => button.title = ['play or pause', 'back to the start', 'repeat'][place]);
    for (const answers of panel.querySelectorAll('.widget-radio-box')) {{
        answers.setAttribute('role', 'radiogroup');
        answers.setAttribute('aria-label', panel.querySelector('.genlib-question').textContent);
    }}
"></style>"""
_QUESTION = """<div class="genlib-question" style="line-height: 1.4; font-weight: bold">{}</div>"""
_RUNS = """<div role="status"><span style="color: var(--jp-success-color1, #2e7d32)" aria-hidden="true">\u25cf</span> \
<b>running</b>: it slows other cells until you press Stop</div>"""
_STOPPED = """<div role="status"><span aria-hidden="true">\u25cb</span> {}</div>"""


def _control(draw: Callable, name: str, wish) -> Widget:
    """The widget for draw's argument `name`: labelled, explained, at the argument's default."""
    control = interactive.widget_from_abbrev(wish)
    if not isinstance(control, Widget):
        raise ValueError(
            f"{name} must be (lo, hi), (lo, hi, step), a list, a bool or a widget, got {wish!r}"
        )
    parameter = inspect.signature(draw).parameters.get(name)
    default = parameter.default if parameter else inspect.Parameter.empty
    if parameter is None and name == "seed":
        default = getattr(control, "min", control.value)
    if control is not wish and default is not inspect.Parameter.empty:
        with contextlib.suppress(TraitError):
            control.value = default
        if control.value is None or control.value != default:  # a slider clips, a list unselects
            raise ValueError(f"{name} must allow draw's default {default!r}, got {wish!r}")
    said = re.search(rf"^\s*{name}: *(.+)$", inspect.getdoc(draw) or "", re.MULTILINE)
    control.description = control.description or name.replace("_", " ")
    control.tooltip = control.tooltip or (said[1] if said else control.description)
    return control


def _play(name: str, controls: dict[str, Widget]) -> Play:
    """A button that moves the control of this name to its end, one step a tick; a late tick is skipped."""
    control = controls.get(name)
    if hasattr(control, "options"):
        trait, low, high, step = "index", 0, len(control.options) - 1, 1
    elif isinstance(getattr(control, "min", None), int):
        trait, low, high, step = "value", control.min, control.max, control.step
    else:
        raise ValueError(f"play must name a control, a list or whole numbers, got {name!r}")
    last = high - (high - low) % step
    play = Play(min=low, max=last, step=step, interval=TICK, show_repeat=False)
    link((control, trait), (play, "value"))
    dlink((control, "disabled"), (play, "disabled"))
    return play


def _asked(ask: tuple[str, list[str]]) -> RadioButtons:
    """The answers, of which none is chosen yet."""
    match ask:
        case (str(), [*answers]) if 2 <= len(answers) <= 4 and len({*map(str, answers)}) == len(
            answers
        ):
            return RadioButtons(options=[*map(str, answers)], value=None, layout={"width": "auto"})
    raise ValueError(f"ask must be (question, two to four different answers), got {ask!r}")


def _setting(control: Widget) -> str:
    """ "order 3": a control's label, and where it stands as a reader sees it."""
    value = getattr(control, "label", control.value)
    return (
        f"{control.description} {value:g}"
        if isinstance(value, float)
        else f"{control.description} {value}"
    )


def _named(function: Callable, values: dict) -> dict:
    """Those of the values that a function takes by their names."""
    parameters = inspect.signature(function).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return values
    return {name: value for name, value in values.items() if name in parameters}


def captioned(png: bytes, text: str) -> bytes:
    """A PNG file with the text under its picture, black on white, wrapped, in the font that matplotlib brings."""
    pictures.size(png)  # a ValueError names what is no PNG file
    checks.kind("text", text, str)
    picture = Page.open(io.BytesIO(png))
    picture = picture if picture.mode in ("L", "RGB") else picture.convert("RGBA")
    width = max(picture.width, NARROW)
    lines = _wrapped(text, width - 16)
    page = Page.new(picture.mode, (width, picture.height + 18 * len(lines) + 10), "white")
    page.paste(picture)
    for row, line in enumerate(lines):
        ImageDraw.Draw(page).text((8, picture.height + 6 + 18 * row), line, "black", _font())
    file = io.BytesIO()
    page.save(file, "png")
    return file.getvalue()


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most so many pixels."""
    for columns in range(width // 3, 0, -1):
        lines = [line for row in text.splitlines() for line in textwrap.wrap(row, columns)]
        if all(_font().getlength(line) <= width for line in lines):
            break
    return lines


@functools.cache
def _font() -> ImageFont.FreeTypeFont:
    path = Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")
    return ImageFont.truetype(path, 13, layout_engine=ImageFont.Layout.BASIC)


def _name(function: Callable) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _complaint(error: Exception) -> str:
    """One line that says what went wrong and where in draw."""
    trace = error.__traceback__.tb_next
    where = f" ({trace.tb_frame.f_code.co_name}, line {trace.tb_lineno})" if trace else ""
    return f"could not draw: {type(error).__name__}: {str(error).partition(chr(10))[0]}{where}"
