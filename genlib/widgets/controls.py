"""The controls of a panel: sliders, lists and boxes, the button that plays one of them, and a question's answers."""

import contextlib
import inspect
import re
from collections.abc import Callable, Iterable

from ipywidgets import Play, RadioButtons, Widget, interactive
from traitlets import TraitError, dlink, link

TICK = 500  # milliseconds from one moment to the next, when it plays


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


def control_for(draw: Callable, name: str, wish) -> Widget:
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


def choices_of(control: Widget) -> list:
    """All the values that a slider, a list or a box can take, in order; a TypeError for what has no such values."""
    if hasattr(control, "options"):
        return [option[1] if isinstance(option, tuple) else option for option in control.options]
    if hasattr(control, "max"):
        steps, kind = round((control.max - control.min) / control.step), type(control.value)
        return [kind(round(control.min + k * control.step, 9)) for k in range(steps + 1)]
    if isinstance(control.value, bool):
        return [False, True]
    raise TypeError(f"control must be a slider, a list or a box, got a {type(control).__name__}")


def play_for(name: str, controls: dict[str, Widget]) -> Play:
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


def answers_to(ask: tuple) -> RadioButtons:
    """The answers to a question, of which none is chosen yet; ValueError unless they are as `Panel` says."""
    match ask:
        case (str(), [*answers]) | (str(), [*answers], str()):
            words = [*map(str, answers)]
            if 2 <= len(words) <= 4 and len({*words}) == len(words) and {*ask[2:]} <= {*words}:
                return RadioButtons(options=words, value=None, layout={"width": "auto"})
    raise ValueError(
        f"ask must be (question, two to four different answers, the right one if there is one), got {ask!r}"
    )


def setting_of(control: Widget) -> str:
    """ "order 3": a control's label, and where it stands as a reader sees it."""
    value = getattr(control, "label", control.value)
    return (
        f"{control.description} {value:g}"
        if isinstance(value, float)
        else f"{control.description} {value}"
    )
