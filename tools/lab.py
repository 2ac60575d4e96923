"""JupyterLab on `work/`, the student's own copy of the notebooks; `--fresh NAME` brings one back.

Other arguments go to JupyterLab: `python tools/lab.py --no-browser --port 9999`.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS, WORK = ROOT / "notebooks", ROOT / "work"
SETTINGS = {
    # a notebook saved with its panels shows them when it is opened again
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}
# a page exported as HTML shows a panel's picture: the panel itself needs scripts from the network to show anything
PICTURES_FIRST = [
    "application/javascript",
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "text/vnd.mermaid",
    "text/latex",
    "image/png",
    "image/jpeg",
    "application/vnd.jupyter.widget-view+json",
    "text/plain",
]
EXPORT = {"HTMLExporter": {"NbConvertBase": {"display_data_priority": PICTURES_FIRST}}}
FILES = {  # in the environment: JupyterLab reads both, `jupyter nbconvert` the second
    "share/jupyter/lab/settings/overrides.json": SETTINGS,
    "etc/jupyter/jupyter_config.json": EXPORT,
}


def main(arguments: list[str]) -> None:
    """Bring the notebooks up to date, then serve them until Ctrl-C."""
    try:
        if arguments[:1] == ["--fresh"]:
            sys.exit(fresh("".join(arguments[1:]), NOTEBOOKS, WORK))
        for line in hand_out(NOTEBOOKS, WORK):
            print(line)
        from jupyterlab.labapp import LabApp

        for place, settings in FILES.items():
            write_settings(Path(sys.prefix, place), settings)
    except ImportError:
        sys.exit("lab: this Python has no JupyterLab; run `make lab`, or first tools/setup.py")
    except OSError as error:
        sys.exit(f"lab: {error}; nothing of yours is lost")
    # the kernel of this environment comes before one that the user may have elsewhere
    os.environ["JUPYTER_PATH"] = str(Path(sys.prefix, "share/jupyter"))
    LabApp.launch_instance(options(sorted(NOTEBOOKS.glob("*.ipynb"))) + arguments)


def options(notebooks: list[Path]) -> list[str]:
    """What JupyterLab is told before the user's own arguments."""
    first = f"/tree/{notebooks[0].name}" if notebooks else ""
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        "--ip=127.0.0.1",
        f"--ServerApp.root_dir={WORK}",
        f"--LabApp.default_url=/lab{first}",
        "--ServerApp.answer_yes=True",  # one Ctrl-C ends it
        f"--HTMLExporter.NbConvertBase.display_data_priority={PICTURES_FIRST}",
        *root,
    ]


def hand_out(notebooks: Path, work: Path) -> list[str]:
    """Copy what is missing or was never touched, and return a line for each notebook left as the student has it.

    `work/.shipped` holds each notebook as it was handed out: what differs from it is the student's.
    """
    lines = []
    for course in sorted(notebooks.glob("*.ipynb")):
        mine, shipped = work / course.name, work / ".shipped" / course.name
        if not mine.exists() or same(mine, shipped) or same(mine, course):
            place(course, mine)  # first: a stop between the two must not make it the student's
            place(course, shipped)
        elif not same(shipped, course):
            lines.append(
                f"{course.name}: the course has a newer one, yours was changed and stays; "
                f"to get it (yours is kept): make fresh NOTEBOOK={course.stem}"
            )
    return lines


def fresh(name: str, notebooks: Path, work: Path) -> int:
    """Bring the course's notebook back, the student's kept beside it, and return the exit status."""
    course = notebooks / f"{Path(name).name.removesuffix('.ipynb')}.ipynb"
    if not course.exists():
        names = " ".join(sorted(path.stem for path in notebooks.glob("*.ipynb")))
        print(f"lab: no notebook {name!r}; there are: {names}", file=sys.stderr)
        return 1
    mine, shipped = work / course.name, work / ".shipped" / course.name
    if mine.exists() and not same(mine, shipped) and not same(mine, course):
        kept = free_name(mine)
        mine.rename(kept)
        print(f"{kept.name} is yours as it was")
    place(course, mine)
    place(course, shipped)
    print(f"{course.name} is the course's again")
    return 0


def free_name(mine: Path) -> Path:
    """NAME.mine.ipynb, or the first of NAME.mine2.ipynb, NAME.mine3.ipynb, ... that is not taken."""
    number, kept = 1, mine.with_suffix(".mine.ipynb")
    while kept.exists():
        number += 1
        kept = mine.with_suffix(f".mine{number}.ipynb")
    return kept


def same(one: Path, other: Path) -> bool:
    """Whether both are there and hold the same bytes."""
    return one.exists() and other.exists() and one.read_bytes() == other.read_bytes()


def place(source: Path, target: Path) -> None:
    """Copy, unless it is there already."""
    if not same(source, target):
        put(source.read_bytes(), target)


def put(content: bytes, target: Path) -> None:
    """Write in one move: where it is interrupted, or the disk is full, the old file stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")  # two may do so at once
    try:
        part.write_bytes(content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_settings(path: Path, settings: dict[str, dict] = SETTINGS) -> None:
    """Add the course's settings to those in `path`."""
    held = json.loads(path.read_text("utf-8")) if path.exists() else {}
    merged = held | {plugin: held.get(plugin, {}) | ours for plugin, ours in settings.items()}
    if merged != held:
        put(f"{json.dumps(merged, indent=2)}\n".encode(), path)


if __name__ == "__main__":
    main(sys.argv[1:])
