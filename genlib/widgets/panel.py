"""A panel: controls beside one picture."""

import base64
import html
import inspect
import threading
from collections.abc import Callable

import torch
from ipywidgets import HTML, Box, Image, VBox, Widget

from genlib import pictures
from genlib.widgets.caption import NARROW, captioned
from genlib.widgets.controls import answers_to, control_for, play_for, setting_of

# JupyterLab calls back from a thread of its own, maybe from several: panels share models, so one draws at a time.
ONE_AT_A_TIME = threading.RLock()

TRIES = 3  # moves after a guess until it is judged

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
        ask: a question, two to four answers, and the right one where there is one:
            `("Which comes first?", ["the digit", "the code"], "the code")`. It is to be guessed before
            the first move. Nobody must; the line repeats what was said, and after some moves says whether it holds
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
        self.controls = {name: control_for(draw, name, wish) for name, wish in controls.items()}
        # its TypeError names the control that does not fit
        self._signature.bind(**self._arguments())
        self.play = None if play is None else play_for(play, self.controls)
        self.asked = None if ask is None else answers_to(ask)
        self.question, _, self.right = (None,) * 3 if ask is None else (*ask, None)[:3]
        self._tries = 0  # moves after the guess
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
        return f"Panel({', '.join([name_of(self._draw), *self.controls])})"

    @property
    def png(self) -> bytes:
        """The picture that is shown, as a PNG file."""
        return bytes(self._picture.value)

    @property
    def settings(self) -> str:
        """Where the controls stand: "order 3, seed 0"."""
        return ", ".join(map(setting_of, self.controls.values()))

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
            self.line = "\n".join(filter(None, [self._said(), self._found]))
            self._text.value = _SPOKEN.format(
                line=html.escape(self.line),
                lines=3 if self.asked else 2,
                shape="{} / {}".format(*self._shape),
            )

    def _said(self) -> str:
        """The guess, and after some moves whether it holds."""
        guess = self.asked and self.asked.value
        if not guess:
            return ""
        if self.right is None or self._tries < TRIES:
            return f"You said: {guess}"
        return f"You said: {guess}. " + (
            "So it is." if guess == self.right else f"It is: {self.right}."
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
                self._tries += bool(self.asked and self.asked.value)
                self.redraw()

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """The live panel; for a page without a kernel also its line, and its picture with settings and line."""
        told = " \u2014 ".join(dict.fromkeys(filter(None, (self.settings, self.line))))
        png = captioned(self.png, told)
        still = {"image/png": base64.b64encode(png).decode(), "text/plain": self.line}
        return super()._repr_mimebundle_(**kwargs) | still


def _complaint(error: Exception) -> str:
    """One line that says what went wrong and where in draw."""
    trace = error.__traceback__.tb_next
    where = f" ({trace.tb_frame.f_code.co_name}, line {trace.tb_lineno})" if trace else ""
    return f"could not draw: {type(error).__name__}: {str(error).partition(chr(10))[0]}{where}"


def name_of(function: Callable) -> str:
    """What a function is called in a repr."""
    return getattr(function, "__name__", type(function).__name__)
