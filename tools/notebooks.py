"""Execute notebooks/src/NAME.py into notebooks/NAME.ipynb, the same bytes from the same outputs.

`python tools/notebooks.py [NAME ...]`; without names, all of them.
"""

import copy
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from handout import as_bytes
from lab import put
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
MINUTES = 10  # for one cell: a cell that hangs must not hang the build
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET = "application/vnd.jupyter.widget-view+json"


class Refused(Exception):
    """The cell that must not be stored, and why."""


def main(names: list[str]) -> int:
    """Write the notebooks anew, and return the exit status: 1 if one was refused; the others are written."""
    # the kernel of this environment comes before one that the user may have elsewhere
    os.environ["JUPYTER_PATH"] = str(Path(sys.prefix, "share/jupyter"))
    os.environ["TQDM_DISABLE"] = "1"  # a stored progress bar would stand still
    os.environ["GENLIB_PROGRESS"] = os.devnull  # nobody's progress is stored
    os.environ["GENLIB_SHORT"] = "0"  # no short training in the place of weights
    sources = [NOTEBOOKS / "src" / f"{Path(name).stem}.py" for name in names]
    status = 0
    for source in sources or sorted((NOTEBOOKS / "src").glob("[0-9]*.py")):
        start = time.perf_counter()
        try:
            notebook = tidy(execute(jupytext.read(source, fmt="py:percent")))
            check_pictures(notebook)
            put(as_bytes(notebook), NOTEBOOKS / f"{source.stem}.ipynb")
        except (Refused, OSError) as error:
            print(f"{source.stem}: {error}", file=sys.stderr)
            status = 1
        else:
            print(f"{source.stem}  {time.perf_counter() - start:.1f} s", flush=True)
    return status


def execute(notebook: NotebookNode) -> NotebookNode:
    """Run the notebook, and return it with its outputs; raise Refused if a cell raises or does not end."""
    started = []
    client = NotebookClient(
        notebook,
        timeout=60 * MINUTES,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        on_cell_start=lambda cell, cell_index: started.append(cell_index),
    )
    try:
        return client.execute()
    except (CellControlSignal, DeadKernelError) as error:
        raise Refused(f"{cell_name(notebook, started[-1])}: {error}") from error


def tidy(notebook: NotebookNode) -> NotebookNode:
    """The notebook without what differs from run to run, or from machine to machine."""
    notebook = copy.deepcopy(notebook)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    language = dict(notebook.metadata.get("language_info", {"name": "python"}))
    language.pop("version", None)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": language})
    seen = set()
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's note on blank lines in the .py
        cell.id = cell_id(cell, seen)
    notebook.cells = nbformat.from_dict(with_fixed_widget_ids(notebook.cells))
    return notebook


def cell_id(cell: NotebookNode, seen: set[str]) -> str:
    """An id that changes with the cell's text only, and is not among those `seen`."""
    number = 0
    while True:
        text = f"{cell.cell_type} {number} {cell.source}"
        name = hashlib.sha256(text.encode()).hexdigest()[:8]
        if name not in seen:
            seen.add(name)
            return name
        number += 1


def with_fixed_widget_ids(cells: list[NotebookNode]) -> list[dict]:
    """The cells, the random id of each widget shown replaced by the number of its appearance."""
    text = json.dumps(cells)
    for number, name in enumerate(dict.fromkeys(widget_ids(cells)), start=1):
        text = text.replace(name, f"{number:032x}")
    return json.loads(text)


def widget_ids(cells: list[NotebookNode]) -> Iterator[str]:
    """The ids of the widgets shown, in order."""
    for _, output in outputs(cells):
        if WIDGET in output.get("data", {}):
            yield output["data"][WIDGET]["model_id"]


def outputs(cells: list[NotebookNode]) -> Iterator[tuple[int, NotebookNode]]:
    """Every output with the index of its cell."""
    for index, cell in enumerate(cells):
        for output in cell.get("outputs", []):
            yield index, output


def check_pictures(notebook: NotebookNode) -> None:
    """Raise Refused if an output says that a panel could not draw."""
    for index, output in outputs(notebook.cells):
        text = output.get("text", "") + "\n" + output.get("data", {}).get("text/plain", "")
        for line in text.splitlines():
            if line.startswith("could not draw"):
                raise Refused(f"{cell_name(notebook, index)}: {line}")


def cell_name(notebook: NotebookNode, index: int) -> str:
    """How a reader finds the cell: its number, counted from 1, and its first line."""
    return f"cell {index + 1} ({notebook.cells[index].source.strip().splitlines()[0]})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
