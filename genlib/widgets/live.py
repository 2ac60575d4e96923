"""A training that goes on while you watch."""

import atexit
import functools
import html
import inspect
import signal
import threading
import time
from collections.abc import Callable

from IPython import get_ipython
from ipywidgets import HTML, Button, HBox, VBox

from genlib import checks
from genlib.widgets.panel import ONE_AT_A_TIME, Panel, name_of

MINUTE = 60.0  # seconds after which a running Live that nobody touches ends
_RUNS = """<div role="status"><span style="color: var(--jp-success-color1, #2e7d32)" aria-hidden="true">\u25cf</span> \
<b>running</b>: it slows other cells until you press Stop</div>"""
_STOPPED = """<div role="status"><span aria-hidden="true">\u25cb</span> {}</div>"""


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
        >>> import torch
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
        return f"Live({name_of(self._advance)}, {self.panel}: {self.status})"

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


# no thread may still compute while Python is taken down; a piece that hangs does not hold it up
atexit.register(Live._end_running, "stopped", seconds=2)


def _named(function: Callable, values: dict) -> dict:
    """Those of the values that a function takes by their names."""
    parameters = inspect.signature(function).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return values
    return {name: value for name, value in values.items() if name in parameters}


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
