"""Panels: controls beside one picture, drawn anew whenever a control moves; and trainings that go on while you watch."""

from genlib.widgets.caption import captioned
from genlib.widgets.controls import idle
from genlib.widgets.live import Live
from genlib.widgets.panel import Panel

__all__ = ["Live", "Panel", "captioned", "idle"]
