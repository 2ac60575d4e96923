"""Notebooks for a class: `handout/` without answers and outputs; with `--solutions`, `solutions/` with the answers in place.

`python tools/handout.py [--solutions] [NAME ...]`; without names, all of them. What a teacher changed is never overwritten.
"""

import copy
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

import nbformat
from lab import give
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS, MEASURED = ROOT / "notebooks", ROOT / "benchmarks/results"
CHECK = re.compile(r"^exercise\.(\w+)\.check\((\w+)\)$", re.MULTILINE)
BLANK = re.compile(r"^( *)(return None|my_\w+ = None)\b.*$", re.MULTILINE)
FOLD = re.compile(r"\n*<details><summary>Answer</summary>\n(.*?)</details>", re.DOTALL)
CODE = re.compile(r"```python\n(.*?)\n```", re.DOTALL)


class Asked(NamedTuple):
    """An exercise of a notebook: the student's cell, its checker, what is checked, the answer as code."""

    cell: NotebookNode
    name: str
    given: str
    answer: str


def main(arguments: list[str]) -> int:
    """Write the notebooks that are asked for, and return the exit status: 1 if one could not be written."""
    solutions = arguments[:1] == ["--solutions"]
    folder = ROOT / ("solutions" if solutions else "handout")
    try:
        paths = chosen(arguments[solutions:])
        lines = write_all(paths, folder, solved if solutions else handed_out)
    except (OSError, ValueError) as error:
        print(f"{folder.name}: {error}; nothing of yours is lost", file=sys.stderr)
        return 1
    print(*lines, f"in {folder.name}/: {' '.join(path.stem for path in paths)}", sep="\n")
    print("To run elsewhere they need genlib installed, and the folder results/ beside them")
    return 0


def chosen(names: list[str]) -> list[Path]:
    """The notebooks of these names, or all; a ValueError names those there are."""
    there = {path.stem: path for path in sorted(NOTEBOOKS.glob("*.ipynb"))}
    stems = [Path(name).name.removesuffix(".ipynb") for name in names]
    for stem in stems:
        if stem not in there:
            raise ValueError(f"no notebook {stem!r}; there are: {' '.join(there)}")
    return [there[stem] for stem in stems] or list(there.values())


def write_all(paths: list[Path], folder: Path, change: Callable) -> list[str]:
    """Write each notebook, changed, and the results that they read; return a line for each file left as it was."""
    made = {path.name: as_bytes(change(read(path))) for path in paths}
    made |= {f"results/{path.name}": path.read_bytes() for path in sorted(MEASURED.glob("*.json"))}
    return [line for name, content in made.items() for line in write(content, folder / name)]


def read(path: Path) -> NotebookNode:
    """The notebook of a file; a ValueError says that it is none."""
    try:
        return nbformat.read(path, as_version=4)
    except ValueError as error:
        raise ValueError(f"{path.name} cannot be read as a notebook") from error


# --- what a class is given


def handed_out(notebook: NotebookNode) -> NotebookNode:
    """The notebook without outputs and folded answers, of closing questions too; hints, and what a panel shows, stay."""
    notebook = without_outputs(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = FOLD.sub("", cell.source)
    return notebook


def solved(notebook: NotebookNode) -> NotebookNode:
    """The notebook without outputs, the answer of each exercise in the student's cell."""
    notebook = without_outputs(notebook)
    for cell, _, _, answer in asked(notebook):
        cell.source = BLANK.sub(lambda to, by=answer: indent(by, to[1]), cell.source, count=1)
    return notebook


def without_outputs(notebook: NotebookNode) -> NotebookNode:
    """The notebook as never run; what was measured it reads beside it, not in the course's folders."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.source = cell.source.replace("../benchmarks/results/", "results/")
    return notebook


def asked(notebook: NotebookNode) -> Iterator[Asked]:
    """The exercises in order; a ValueError names one without a blank to fill, or without an answer."""
    ends = [i for i, cell in enumerate(notebook.cells) if CHECK.search(cell.source)]
    for start, end in itertools.pairwise([*ends, None]):
        cell, *rest = notebook.cells[start:end]
        name, given = CHECK.search(cell.source).groups()
        fold = FOLD.search("\n".join(other.source for other in rest))
        answer = CODE.search(fold[1]) if fold else None
        if not answer or not BLANK.search(cell.source):
            raise ValueError(f"exercise {name} has no blank to fill, or no folded answer in code")
        yield Asked(cell, name, given, answer[1])


def as_bytes(notebook: NotebookNode) -> bytes:
    """The notebook as a file holds it."""
    return f"{nbformat.writes(notebook)}\n".encode()


# --- a teacher's files


def write(content: bytes, path: Path) -> list[str]:
    """Write it, unless somebody changed what lies there; return a line if it stays."""
    if give(content, path):
        return []
    return [f"{path.parent.name}/{path.name} was changed and stays; rename it for a new one"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
