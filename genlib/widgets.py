"""Panel: controls above one picture, drawn anew whenever a control moves."""

import atexit
import base64
import contextlib
import functools
import html
import inspect
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable

import torch
from IPython import get_ipython
from ipywidgets import HTML, Button, HBox, Image, VBox, Widget, interactive
from traitlets import TraitError

from genlib import pictures

# JupyterLab calls back from a thread of its own, maybe from several: panels share models, so one draws at a time.
ONE_AT_A_TIME = threading.RLock()
MINUTE = 60.0  # seconds after which a running Live that nobody touches ends


class Panel(VBox):
    """Controls above a picture and a line of text: `Panel(draw, order=(0, 12), digit=[0, 1], seed=(0, 9))`.

    Arguments:
        draw: `draw(**values)` gives a sheet (H, W) or (3, H, W) in [0, 1] or a Figure, alone or as
            `picture, "2.1 nats"`. If it takes a `generator`, it gets one seeded anew at every move, by the
            control `seed`, which starts at its lowest, or with 0
        off: `off(**values)` names the controls that change nothing while the others stand as they do: these
            are greyed
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

    def __init__(self, draw: Callable, /, *, off: Callable = lambda **_: (), **controls):
        self._draw, self._off = draw, off
        self._signature = inspect.signature(draw)
        self.controls = {name: _control(draw, name, wish) for name, wish in controls.items()}
        # its TypeError names the control that does not fit
        self._signature.bind(**self._arguments())
        self._picture, self._text = Image(format="png"), HTML()
        super().__init__([*self.controls.values(), self._picture, self._text])
        self.redraw()
        width, height = pictures.size(self.png)
        self._picture.layout = {  # the first picture's size for all: nothing jumps
            "width": f"{width}px",
            "height": f"{height}px",
            "object_fit": "contain",
        }
        longest = max((len(c.description) for c in self.controls.values()), default=0)
        for control in self.controls.values():
            control.style.description_width = f"{longest + 1}ch"
            control.layout.width = "30em"
            control.observe(self._moved, names="value")

    def __repr__(self) -> str:
        return f"Panel({', '.join([_name(self._draw), *self.controls])})"

    @property
    def png(self) -> bytes:
        """The picture that is shown, as a PNG file."""
        return bytes(self._picture.value)

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
            self.line = line or ", ".join(f"{name} {value}" for name, value in self._drawn.items())
            self._text.value = _SPOKEN.format(html.escape(line), html.escape(self.line))
            for name, control in self.controls.items():
                control.disabled = name in idle

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
        """The live panel; for a page without a kernel also its picture and its line."""
        still = {"image/png": base64.b64encode(self.png).decode(), "text/plain": self.line}
        return super()._repr_mimebundle_(**kwargs) | still


class Live(VBox):
    """A training that goes on while you watch: Start, Stop and Step above a `Panel` of `draw` and the controls.

    It runs in a thread of its own, so the kernel answers meanwhile, and a control that is moved holds from the
    next advance on. An error stops it, and is shown.

    One runs in a kernel at a time: when another is made, started or stepped, this one ends first. So it does
    at `close()`, at an interrupt, with the kernel, and after a `MINUTE` in which nobody touched it.

    Arguments:
        advance: `advance(**values)` takes it a little further, in about a tenth of a second, with the controls
            as they stand
        draw: `draw(**values)` shows where it is, as a `Panel` does
        controls: those of a `Panel`

    Example:
        >>> seen = []
        >>> live = Live(lambda: seen.append(1), lambda: (torch.zeros(8, 8), f"step {len(seen)}"))
        >>> live.step.click()
        >>> live.panel.line, live.status
        ('step 1', 'stopped')
    """

    _running = None  # the one that was started last
    _thread, _ending = None, "stopped"  # why it does not go on; empty while it does

    def __init__(self, advance: Callable, draw: Callable, /, **controls):
        self._end_running()
        _hear_interrupts()
        self.panel = Panel(draw, **controls)
        self._advance = advance
        self.start, self.stop, self.step = (
            Button(description=word.capitalize(), tooltip=said)
            for word, said in (
                ("start", "let the training go on"),
                ("stop", "hold the training where it is"),
                ("step", "take the training one piece further"),
            )
        )
        self._said = HTML(self.status, layout={"width": "auto"})
        super().__init__([HBox([self.start, self.stop, self.step, self._said]), self.panel])
        self.start.on_click(lambda _: self._begin())
        self.stop.on_click(lambda _: self._hold("stopped"))
        self.step.on_click(lambda _: self._step())
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
            self._once()
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
        hint = "" if self._ending else ": it slows other cells until you press Stop"
        self._said.value = html.escape(self.status + hint)

    def _go_on(self) -> None:
        while not self._ending and self._thread is threading.current_thread():
            time.sleep(0.02)  # a control that waits for the lock comes first
            if time.monotonic() - self._touched > MINUTE:
                self._ending = "stopped: nobody had touched it for a minute"
            # it does not wait for long: whoever holds the lock may be waiting for this thread to end
            elif ONE_AT_A_TIME.acquire(timeout=0.1):
                try:
                    if not self._ending:
                        self._once()
                finally:
                    ONE_AT_A_TIME.release()
        self._say()

    def _once(self) -> None:
        with ONE_AT_A_TIME:
            try:
                self._advance(**self.panel._values())
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


# What stands under the picture. A screen reader says the new line; long numbers break instead of running out
# of the page. ipywidgets gives pictures and the handles of sliders no name: the second element, which shows
# nothing, gives them theirs as often as it is put on the page, that is, with every new line.
_SPOKEN = """<div role="status" aria-live="polite" style="white-space: pre-wrap; \
overflow-wrap: anywhere; max-width: 56em; line-height: 1.4">{}</div><style data-line="{}" onload="
    const panel = this.closest('.widget-vbox');
    panel.querySelector(':scope > img').alt = this.dataset.line;
    for (const handle of panel.querySelectorAll('.noUi-handle'))
        handle.setAttribute('aria-label', handle.closest(':has(> label)').querySelector('label').textContent);
"></style>"""


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


def _name(function: Callable) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _complaint(error: Exception) -> str:
    """One line that says what went wrong and where in draw."""
    trace = error.__traceback__.tb_next
    where = f" ({trace.tb_frame.f_code.co_name}, line {trace.tb_lineno})" if trace else ""
    return f"could not draw: {type(error).__name__}: {str(error).partition(chr(10))[0]}{where}"
