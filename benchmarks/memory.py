"""How much memory does the kernel of a notebook take, and how long does it run? Linux only.

    python benchmarks/memory.py [01_chain_rule ...]

Each notebook runs whole, in a kernel of its own, as a student runs it. Its memory is the peak of its resident set, in
MB (10^6 bytes), and beside it stands the cell that raised it most after the imports. Its seconds begin with the start
of the kernel. What is printed is kept in benchmarks/results/memory.json and in the table of README.md; notebooks that
are not named keep their rows. It ends with an error where a kernel took more than LIMIT.
"""

import argparse
import json
import math
import os
import re
import sys
import time
from itertools import pairwise
from pathlib import Path

import jupytext
import parts
from nbclient import NotebookClient
from parts import keep, one_of, peak

ROOT = Path(__file__).parents[1]
SOURCES, README = ROOT / "notebooks" / "src", ROOT / "README.md"
LIMIT = 950  # hubs give a student 2 GB, and JupyterLab and a second kernel must fit in it too


def measured(source: Path) -> list[tuple[str, float, float]]:
    """Each code cell's first line, and when it has run: the kernel's peak, and the seconds since its start."""
    notebook, found = jupytext.read(source), []
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(SOURCES.parent)}},
    )
    start = time.monotonic()
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
            if cell.cell_type == "code":
                line, megabytes = cell.source.partition("\n")[0], peak(client.km.provisioner.pid)
                found.append((line, megabytes, time.monotonic() - start))
    return found


def row(source: Path) -> dict:
    """What is kept of a notebook: its seconds, its peak, that of its imports, and the cell that raised it most."""
    found = measured(source)
    rises = [after - before for (_, before, _), (_, after, _) in pairwise(found)]
    most = max(range(len(rises)), key=rises.__getitem__)
    return {
        "notebook": source.stem,
        "seconds": found[-1][2],
        "imports": found[0][1],
        "peak": found[-1][1],
        "rise": rises[most],
        "cell": found[most + 1][0],
    }


def kept() -> dict[str, dict]:
    """The rows that were kept, by notebook."""
    path = parts.RESULTS / "memory.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    return {row["notebook"]: row for row in rows}


def page(text: str, rows: list[dict]) -> str:
    """README.md with these seconds, rounded up to five, and megabytes as the last columns of its table."""
    for row in rows:
        seconds, megabytes = 5 * math.ceil(row["seconds"] / 5), round(row["peak"])
        line = rf"(?m)(\(notebooks/{row['notebook']}\.ipynb\) \|.*\|) \d+ \| \d+ \|$"
        text = re.sub(line, rf"\1 {seconds} | {megabytes} |", text)
    return text


def write_page(rows: list[dict]) -> None:
    README.write_text(page(README.read_text(encoding="utf-8"), rows), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sources = {source.stem: source for source in sorted(SOURCES.glob("*.py"))}
    names = {"nargs": "*", "type": one_of(sources), "default": list(sources)}
    parser.add_argument("names", help="notebooks, such as 01_chain_rule (default: all)", **names)
    names = parser.parse_args().names
    # the kernel of this environment comes before one that the user may have elsewhere
    os.environ["JUPYTER_PATH"] = str(Path(sys.prefix, "share/jupyter"))
    os.environ["GENLIB_SHORT"] = "0"  # no short training in the place of weights
    for name in names:
        found = row(sources[name])
        print("{notebook:19} {seconds:4.0f} s, {peak:4.0f} MB".format(**found), end=", ")
        print("imports {imports:4.0f}, most by {rise:4.0f}: {cell}".format(**found), flush=True)
        rows = kept() | {name: found}
        rows = [rows[name] for name in sources if name in rows]
        keep("memory", {"limit": LIMIT, "rows": rows})
        write_page(rows)
    over = [found["notebook"] for found in rows if found["peak"] > LIMIT]
    if over:
        sys.exit(f"above {LIMIT} MB: {', '.join(over)}")


if __name__ == "__main__":
    main()
