"""JupyterLab on `work/`, the student's own copy of the notebooks; `--fresh NAME` brings one back.

Other arguments go to JupyterLab: `python tools/lab.py --no-browser --port 9999`.
"""

import hashlib
import itertools
import json
import os
import re
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
    except KeyboardInterrupt:
        print("lab: stopped; the same command goes on from here", file=sys.stderr)
        sys.exit(130)
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
    """Copy what is missing or was never touched, and return a line for each notebook left as the student has it."""
    lines = []
    for course in sorted(notebooks.glob("*.ipynb")):
        mine, content = work / course.name, course.read_bytes()
        if not give(content, mine) and digest(content) not in given(mine):
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
    mine, content = work / course.name, course.read_bytes()
    if not give(content, mine):
        print(f"{keep(mine).name} is yours as it was")
        note(content, mine)
        put(content, mine)
    print(f"{course.name} is the course's again")
    return 0


def keep(mine: Path) -> Path:
    """Copy it to NAME.mine.ipynb, or the first of NAME.mine2.ipynb, NAME.mine3.ipynb, ... that is not taken."""
    content = mine.read_bytes()
    for number in itertools.count(1):
        kept = mine.with_suffix(f".mine{number if number > 1 else ''}.ipynb")
        try:
            with kept.open("xb") as file:  # another may be looking for a name at once
                file.write(content)
        except FileExistsError:
            continue
        except (OSError, KeyboardInterrupt):
            kept.unlink(missing_ok=True)
            raise
        return kept


def give(content: bytes, path: Path) -> bool:
    """Write it, unless somebody changed what lies there, and return whether it lies there now.

    `.shipped` beside it lists a digest of everything that was ever given: what is not in it is somebody's own.
    """
    there = path.read_bytes() if path.exists() else None
    if there not in (None, content) and digest(there) not in given(path):
        return False
    note(content, path)  # first: a stop between the two must not make it somebody's own
    if there != content:
        put(content, path)
    return True


def note(content: bytes, path: Path) -> None:
    """Add it to the list of what was given as this file."""
    known = given(path)
    if digest(content) not in known:
        put("\n".join([*known, digest(content)]).encode(), path.parent / ".shipped" / path.name)


def given(path: Path) -> list[str]:
    """The digests of all that was given as this file."""
    shipped = path.parent / ".shipped" / path.name
    held = shipped.read_bytes() if shipped.exists() else b""
    # older courses kept the notebook itself
    return held.decode().split() if re.fullmatch(rb"[0-9a-f\s]*", held) else [digest(held)]


def digest(content: bytes) -> str:
    """64 letters that change with the content."""
    return hashlib.sha256(content).hexdigest()


def put(content: bytes, target: Path) -> None:
    """Write in one move: where it is interrupted, or the disk is full, the old file stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")  # two may do so at once
    try:
        part.write_bytes(content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_settings(path: Path, settings: dict[str, dict] = SETTINGS) -> None:
    """Add the course's settings to those in `path`."""
    try:
        held = json.loads(path.read_bytes()) if path.exists() else {}
    except ValueError as error:
        raise OSError(f"{path} holds no settings ({error}); mend or delete it") from None
    merged = held | {plugin: held.get(plugin, {}) | ours for plugin, ours in settings.items()}
    if merged != held:
        put(f"{json.dumps(merged, indent=2)}\n".encode(), path)


if __name__ == "__main__":
    main(sys.argv[1:])
