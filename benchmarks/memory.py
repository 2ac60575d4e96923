"""How much memory does the kernel of a notebook take? The peak of its resident set, in MB (10^6 bytes), Linux only.

    python benchmarks/memory.py [01_chain_rule ...]

Each notebook runs whole, in a kernel of its own, as a student runs it. Named beside the peak is the cell that
raised it most after the imports. It ends with an error where a kernel took more than LIMIT. What is printed is
kept in benchmarks/results/memory.json.
"""

import argparse
import os
import sys
from itertools import pairwise
from pathlib import Path

import jupytext
from nbclient import NotebookClient
from parts import keep, one_of, peak

SOURCES = Path(__file__).parents[1] / "notebooks" / "src"
LIMIT = 900  # hubs give a student 2 GB, and JupyterLab and a second kernel must fit in it too


def peaks(source: Path) -> list[tuple[str, float]]:
    """Each code cell's first line, and the kernel's peak when the cell has run."""
    notebook, found = jupytext.read(source), []
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(SOURCES.parent)}},
    )
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
            if cell.cell_type == "code":
                found.append((cell.source.partition("\n")[0], peak(client.km.provisioner.pid)))
    return found


def row(source: Path) -> dict:
    """What is kept of a notebook: its peak, that of its imports, and the cell that raised it most."""
    found = peaks(source)
    rises = [after - before for (_, before), (_, after) in pairwise(found)]
    most = max(range(len(rises)), key=rises.__getitem__)
    return {
        "notebook": source.stem,
        "imports": found[0][1],
        "peak": found[-1][1],
        "rise": rises[most],
        "cell": found[most + 1][0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sources = {source.stem: source for source in sorted(SOURCES.glob("*.py"))}
    names = {"nargs": "*", "type": one_of(sources), "default": list(sources)}
    parser.add_argument("names", help="notebooks, such as 01_chain_rule (default: all)", **names)
    names = parser.parse_args().names
    # the kernel of this environment comes before one that the user may have elsewhere
    os.environ["JUPYTER_PATH"] = str(Path(sys.prefix, "share/jupyter"))
    rows = []
    for name in names:
        rows.append(row(sources[name]))
        print("{notebook:16} {peak:5.0f} MB, imports {imports:4.0f}".format(**rows[-1]), end="")
        print(", most by {rise:4.0f}: {cell}".format(**rows[-1]), flush=True)
    if names == list(sources):
        keep("memory", {"limit": LIMIT, "rows": rows})
    over = [found["notebook"] for found in rows if found["peak"] > LIMIT]
    if over:
        sys.exit(f"above {LIMIT} MB: {', '.join(over)}")


if __name__ == "__main__":
    main()
