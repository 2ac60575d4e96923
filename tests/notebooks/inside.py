"""What runs in a notebook's own kernel: every cell begun twice, then every control of every panel moved.

Nothing of it reaches the page: no message is sent meanwhile, and in the end all stands as it stood.
"""

import ast
import base64
import contextlib
import hashlib
import io
import itertools
import json
import random
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import ipykernel.comm.comm
import numpy as np
from IPython import get_ipython
from IPython.utils.capture import capture_output
from ipywidgets import Widget
from PIL import Image
from torch.optim.optimizer import register_optimizer_step_post_hook

from genlib.widgets import Live, Panel
from genlib.widgets.controls import choices_of

STEPS = 3  # of a training are compared: what starts alike, with seeds of its own, goes on alike
MOST = 4  # corners of one control
PLACES = 10  # settings by chance that are drawn in the end
EARLY = 3  # of them, drawn as soon as the panel is shown too
BETWEEN = 8  # values of a control that are tried where its corners look alike
VISIBLE = 8  # of 255: a change of grey that an eye may find
SHELL = get_ipython()
BEGUN = []  # a note of each cell that was run
SHOWN = {}  # what each panel showed at some places, right after its cell


@contextlib.contextmanager
def unsent():
    """No widget tells the page anything."""
    comm = ipykernel.comm.comm.BaseComm
    send, comm.publish_msg = comm.publish_msg, lambda *_, **__: None
    try:
        yield
    finally:
        comm.publish_msg = send


# --- every cell begun twice


CUT = "cut"


class Cut(BaseException):
    """Ends a cell that trains longer than is compared."""


def begin_cells_twice():
    """From now on every cell is begun once before it runs, and BEGUN notes how it began both times."""
    hooks = contextlib.ExitStack()

    def before(info):
        BEGUN.append(begun(info.raw_cell) | {"steps again": []})
        hooks.enter_context(trainings(BEGUN[-1]["steps again"]))

    SHELL.events.register("pre_run_cell", before)

    def after(result):
        hooks.close()
        for panel in panels_in([result.result]):
            with unsent():
                SHOWN[panel] = shown_at(panel, places(panel)[:EARLY])

    SHELL.events.register("post_run_cell", after)


def begun(cell):
    """The first steps of its training, and what the cell shows: None if it was cut there."""
    steps, there = [], set(Widget.widgets)
    with unsent():
        with trainings(steps, cut=True), capture_output() as captured:
            end = ended(cell)
        for name in set(Widget.widgets) - there:
            Widget.widgets[name].close()
    shown = [captured.stdout + end, [digests(output.data) for output in captured.outputs]]
    return {"steps": steps, "shown": None if end == CUT else shown}


def ended(cell):
    """How the cell ends when it is run as IPython runs it: empty if well."""
    try:
        evaluate(cell)
    except Cut:
        return CUT
    except Exception as error:  # noqa: BLE001 - told, for it is then shown and must be shown again
        return f"{type(error).__name__}: {error}"
    return ""


def evaluate(cell):
    """Run the cell, and show the value of its last statement."""
    code = SHELL.transform_cell(cell)
    name = SHELL.compile.cache(code, raw_code=cell)  # for inspect.getsource
    statements = ast.parse(code).body
    last = statements[-1:] if isinstance(statements[-1], ast.Expr) else []
    first = statements[: len(statements) - len(last)]
    exec(compile(ast.Module(first, []), name, "exec"), SHELL.user_ns)  # noqa: S102
    exec(compile(ast.Interactive(last), name, "single"), SHELL.user_ns)  # noqa: S102


@contextlib.contextmanager
def trainings(sums, cut=False):
    """Notes the sum of all weights after each of the first steps of any optimizer; `cut` ends the cell there."""

    def note(optimizer, *_):
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        sums.append(sum(weight.detach().double().sum().item() for weight in weights))
        if len(sums) == STEPS:
            hook.remove()
            if cut:
                raise Cut

    hook = register_optimizer_step_post_hook(note)
    try:
        yield
    finally:
        hook.remove()


def digests(data):
    """The text and the picture of what is shown, the picture as a digest of its file."""
    kept = {kind: data[kind] for kind in ("text/plain", "image/png") if kind in data}
    if "image/png" in kept:
        png = kept["image/png"]
        png = png if isinstance(png, bytes) else base64.b64decode(png)
        kept["image/png"] = hashlib.sha256(png).hexdigest()
    return kept


# --- every control of every panel moved


class Found(Exception):
    """What a reader of a panel must not meet."""


def panels():
    """The panels that the cells ended with, in order."""
    return panels_in([SHELL.user_ns["Out"][count] for count in sorted(SHELL.user_ns["Out"])])


def panels_in(values):
    values = [value.panel if isinstance(value, Live) else value for value in values]
    return [value for value in values if isinstance(value, Panel)]


def swept():
    """Of each panel its name, the size of the picture it stores, and what was found; all as it was before."""
    with unsent():
        return [
            {
                "panel": ", ".join(panel.controls),
                "size": image(stored(panel)).size,
                "found": sweep(panel),
            }
            for panel in panels()
        ]


def stored(panel):
    """The picture, with its caption, that a page without a kernel shows."""
    return base64.b64decode(panel._repr_mimebundle_()["image/png"])


def sweep(panel):
    """What is wrong with a panel, each in a line; it draws in a thread, as in JupyterLab, and at the end outside of it."""
    opened, shown = values_of(panel), (panel.png, panel.line)
    with ThreadPoolExecutor(1) as thread:
        found, again = thread.submit(moved, panel).result()
    put(panel, opened)
    panel.redraw()
    if (panel.png, panel.line) != shown:
        found.append("it does not draw the same again")
    return found or again


def moved(panel):
    """What is wrong with a panel wherever its controls stand; and where it shows something else than at first."""
    seen = Seen(panel)
    laws = [(control_matters, name) for name in panel.controls] + [(line_changes,)]
    laws += [(every_seed_matters,)] * ("seed" in panel.controls)
    found = [line for law, *about in laws if (line := broken(law, seen, *about))]
    again = broken(as_when_it_was_shown, seen)
    return found, [again] * (again is not None)


def broken(law, *about):
    """How the law does not hold; None if it does."""
    try:
        return law(*about)
    except Found as found:
        return str(found)


def control_matters(seen, name):
    """Through its corners, the others at theirs: picture or line change, or the control is off and they do not.

    Where the corners look alike, by chance, some values between them may differ.
    """
    chance, control = random.Random(name), seen.panel.controls[name]
    for setting in corners_beside(seen, name):
        every = choices_of(control)
        between = chance.sample(every, min(BETWEEN, len(every)))
        first, *rest = ({**setting, name: value} for value in (*corners(control), *between))
        moves = any(seen.differ(first, other) for other in rest)
        if moves == (name in seen.at(first)[2]):
            raise Found(f"{name} {'is off and moves' if moves else 'is dead'} at {setting}")


def every_seed_matters(seen):
    """Every seed draws, and shows something else than the one before, unless seeds are off."""
    settings = [{**seen.opened, "seed": seed} for seed in choices_of(seen.panel.controls["seed"])]
    for one, other in itertools.pairwise(settings):
        if not seen.differ(one, other) and "seed" not in seen.at(other)[2]:
            raise Found(f"seed {other['seed']} changes nothing at {seen.opened}")


def as_when_it_was_shown(seen):
    """In the middle and at places by chance, the others wherever they stand: it draws, and what it drew at first."""
    late = [seen.at(setting)[:2] for setting in places(seen.panel)]
    for setting, one, other in zip(
        places(seen.panel), SHOWN.get(seen.panel, ()), late, strict=False
    ):
        if apart(one, other):
            raise Found(f"it shows something else after the whole run at {setting}")


def places(panel):
    """Settings of all controls: the middle of each, and some by chance, the same for the same panel."""
    every = {name: choices_of(control) for name, control in panel.controls.items()}
    chance = random.Random(", ".join(every))
    middle = {name: values[len(values) // 2] for name, values in every.items()}
    by_chance = lambda: {name: chance.choice(values) for name, values in every.items()}
    return [middle, *(by_chance() for _ in range(PLACES))]


def shown_at(panel, settings):
    """Picture and line at each setting; the controls then stand where they stood."""
    opened, shown = values_of(panel), []
    for setting in [*settings, opened]:
        put(panel, setting)
        shown.append((panel.png, own_line(panel)))
    return shown[:-1]


def own_line(panel):
    """The line that `draw` gave; empty if it gave none, for then the panel tells its settings, which prove nothing."""
    return "" if panel.line == panel.settings else panel.line


def line_changes(seen):
    lines = {line for _, line, _ in seen.known.values()}
    if len(lines) == 1 and lines != {""}:
        raise Found("the line never changes")


def apart(one, other):
    """Whether a reader sees two pictures with their lines apart: another line, or a pixel that is clearly other."""
    (png, line, *_), (png_too, line_too, *_) = one, other
    if line != line_too:
        return True
    return png != png_too and abs(pixels(png) - pixels(png_too)).max() >= VISIBLE


class Seen:
    """What a panel shows at a setting, each drawn once; Found where it cannot be drawn."""

    def __init__(self, panel):
        self.panel, self.opened = panel, values_of(panel)
        self.known, self.size = {}, image(panel.png).size

    def at(self, setting):
        """The picture, the line, and the names of the controls that are greyed."""
        key = tuple(setting.items())
        if key not in self.known:
            self.known[key] = self._drawn(setting)
        return self.known[key]

    def _drawn(self, setting):
        put(self.panel, setting)
        line, size = own_line(self.panel), image(self.panel.png).size
        if line.startswith("could not draw"):
            raise Found(f"{line} at {setting}")
        if size != self.size:
            raise Found(f"the picture has {size} pixels, not {self.size}, at {setting}")
        off = {name for name, control in self.panel.controls.items() if control.disabled}
        return self.panel.png, line, off

    def differ(self, one, other):
        """Whether a reader sees two settings apart: another line, or a pixel that is clearly other."""
        return apart(self.at(one), self.at(other))


def put(panel, setting):
    """Move the controls; the panel draws once."""
    with mock.patch.object(panel, "redraw"):
        for name, value in setting.items():
            panel.controls[name].value = value
    panel._moved(None)


def values_of(panel):
    return {name: control.value for name, control in panel.controls.items()}


def corners_beside(seen, name):
    """Settings of the other controls: each of them at each of its corners, and one of all by chance."""
    others = {other: control for other, control in seen.panel.controls.items() if other != name}
    for other, control in others.items():
        for value in corners(control):
            yield seen.opened | {other: value}
    chance = random.Random(name)
    yield seen.opened | {other: chance.choice(choices_of(others[other])) for other in others}


def corners(control):
    """The values of a control between which all others lie; of a long list, some."""
    if hasattr(control, "max"):
        return [control.min, control.max]
    every = choices_of(control)
    step = max(1, -(-(len(every) - 1) // (MOST - 1)))
    return [*every[:-1:step], every[-1]]


def image(png):
    return Image.open(io.BytesIO(png))


def pixels(png):
    return np.asarray(image(png).convert("RGB")).astype(int)


def told(asked=()):
    """What was noted and found, as JSON, and the line of a panel for each (its place, a setting) that is asked."""
    lines = [line_at(panels()[place], setting) for place, setting in asked]
    return json.dumps({"begun": BEGUN, "swept": swept(), "lines": lines})


def line_at(panel, setting):
    """The line of a panel at a setting; it stands as it stood then."""
    opened = values_of(panel)
    with unsent():
        put(panel, opened | setting)
        line = panel.line
        put(panel, opened)
    return line
