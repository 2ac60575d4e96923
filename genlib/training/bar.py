"""The progress bar of a training, where somebody looks at it."""

import os
import sys
from types import FrameType

from tqdm import tqdm

SHORT = 1.0  # seconds; a training that is over sooner shows no bar in a notebook
BETWEEN = ("__main__", "genlib.training.trainings", "genlib.recipes")  # a cell and `fit`


def bar_of(steps: int, caller: FrameType) -> tqdm:
    """A progress bar where somebody looks at it: in a terminal, or in the cell of a notebook that calls `fit`.

    In a notebook only the notebook's own functions, recipes and whole trainings may stand between the two. A widget
    that calls back, a thread, an exercise's checker or another `fit` would put its bar into a cell that has nothing
    to do with it.
    """
    hidden = bool(os.environ.get("TQDM_DISABLE"))  # in a stored notebook a bar would stand still
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if not hasattr(shell, "get_parent"):  # no kernel: a terminal
        return tqdm(total=steps, leave=False, disable=hidden)
    while caller is not None and _may_train(caller):
        caller = caller.f_back
    in_a_cell = caller is not None and caller.f_globals.get("__name__", "").startswith("IPython.")
    return tqdm(
        total=steps,
        disable=hidden or not in_a_cell,
        delay=SHORT,
        file=_Line(shell),
        ascii=False,
        ncols=80,
        bar_format="{n_fmt} of {total_fmt} steps |{bar}| {elapsed}",
    )


def _may_train(frame: FrameType) -> bool:
    """Whether a bar below this function belongs into the cell that called it."""
    name = frame.f_globals.get("__name__", "")
    return any(name == room or name.startswith(f"{room}.") for room in BETWEEN)


class _Line:
    """A file of which the last line is shown, as plain text in the running cell; a cell has one.

    tqdm's own bar for notebooks is a widget: each stays in the kernel, and a saved page shows it as an error.
    """

    cell = None  # the run of a cell that shows a line

    def __init__(self, shell):
        self._shell = shell

    def write(self, text: str) -> None:
        """Show the text in place of the line before; tqdm's line feeds show nothing."""
        if text.strip():
            cell = self._shell.get_parent()["header"]["msg_id"]
            self._shell.display_pub.publish(
                {"text/plain": text.strip()},
                transient={"display_id": f"steps of {cell}"},
                update=cell == _Line.cell,
            )
            _Line.cell = cell

    def flush(self) -> None:
        """Nothing waits: each line is shown at once."""
