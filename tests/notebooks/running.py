"""One execution of a notebook, watched: in a real JupyterLab where there is a browser, or else in a bare kernel."""

import contextlib
import importlib.util
import json
from pathlib import Path

import nbformat
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError, DeadKernelError
from nbval.plugin import coalesce_streams
from playwright.sync_api import Error as BrowserError
from reader import WIDGET, answer

SPEC = importlib.util.spec_from_file_location(
    "sources", Path(__file__).resolve().parents[2] / "tools/sources.py"
)
sources = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sources)

SECONDS = 300  # for all cells, or for all panels
WRONG = (AssertionError, TimeoutError, BrowserError, CellControlSignal, DeadKernelError)
# silent code counts as no cell, and leaves no name behind
BEFORE = (
    f"__import__('sys').path.append({str(Path(__file__).parent)!r}); "
    "__import__('os').environ.update(TQDM_DISABLE='1'); "  # stored notebooks have no progress bars
    "__import__('inside').begin_cells_twice()"
)


def after(path):
    """The code that tells what was seen inside, the lines of panels among it that the prose quotes."""
    asked = [(place, setting) for _, place, setting in sources.quoted(path.stem)]
    return f"__import__('inside').told({asked!r})"


class Run:
    """What was seen at each step; a step that went wrong fails for whoever asks for it."""

    def __init__(self, path):
        self.path, self._seen, self._end = path, {}, None

    def take(self, step, look, *arguments, needed=False):
        """Look, and keep what was seen, be it an error; after one in a `needed` step, no more is looked at."""
        if self._end is None:
            try:
                self._seen[step] = look(*arguments)
            except WRONG as error:
                self._seen[step] = error
                self._end = error if needed else None

    def __getitem__(self, step):
        seen = self._seen.get(step, self._end)
        if isinstance(seen, Exception):
            raise seen
        return seen


def in_lab(reader, path):
    """The run of a notebook in Lab, from the first look to the second."""
    run, stored = Run(path), stored_panels(path)
    run.take("opened", reader.open, needed=True)
    run.take("first look", reader.see_panels, stored)
    run.take("outputs", lambda: executed_in_lab(reader), needed=True)
    run.take("inside", lambda: json.loads(reader.ask("None", after(path), SECONDS)))
    run.take("keys", reader.move_panels, stored)
    run.take("names", reader.see_names)
    run.take("second look", lambda: reader.reopen().see_panels(stored))
    run.take("no message", reader.see_no_message)
    return run


def executed_in_lab(reader):
    reader.ask(BEFORE)
    reader.run(seconds=SECONDS)
    return by_cell(reader.cells())


def in_kernel(path, folder, env):
    """The run of a notebook in a bare kernel."""
    run, notebook = Run(path), nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, kernel_name="python3", timeout=SECONDS)
    with client.setup_kernel(cwd=str(folder), env=env):
        run.take("outputs", executed, client, needed=True)
        run.take("inside", lambda: json.loads(ask(client, "None", after(path))))
    return run


def executed(client):
    ask(client, BEFORE)
    with contextlib.suppress(CellExecutionError):  # it is among the outputs
        for index, cell in enumerate(client.nb.cells):
            client.execute_cell(cell, index)
    return by_cell(client.nb.cells)


def ask(client, code, expression="None"):
    """Run code silently; the value of an expression then."""
    ask = run_sync(client.kc.execute_interactive)
    question = {"answer": expression}
    reply = ask(code, silent=True, user_expressions=question, timeout=SECONDS)
    return answer(reply["content"])


def asked_outside(env):
    """The other machines that JupyterLab and the kernels have asked for so far: see alone/."""
    noted = Path(env["ASKED_OUTSIDE"])
    return noted.read_text("utf-8").splitlines() if noted.exists() else []


def by_cell(cells):
    """The outputs of each code cell."""
    code = [nbformat.from_dict(cell) for cell in cells if cell["cell_type"] == "code"]
    return [coalesce_streams(cell.outputs) for cell in code]


def stored_panels(path):
    """{index of a cell: how many panels it shows} of a notebook file"""
    count = {}
    for index, cell in enumerate(nbformat.read(path, as_version=4).cells):
        found = sum(WIDGET in output.get("data", {}) for output in cell.get("outputs", []))
        if found:
            count[index] = found
    return count
