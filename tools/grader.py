"""The checkers for otter-grader: `grader/NAME/` with the notebook to hand out, a test per exercise, and autograder.zip.

`python tools/grader.py [NAME ...]`; without names, all of them. The zip brings genlib and the results with it.
"""

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import handout
from handout import ROOT
from lab import digest, given
from nbformat import NotebookNode

GENLIB, LOCK = ROOT / "genlib", ROOT / "requirements.lock"
CHECKERS = re.compile(r"^from genlib\.exercises import (\w+) as exercise$", re.MULTILINE)
TEST = '''\
"""Exercise {number}: the course's own checker, whose words are the message."""

from otter.test_files import test_case

from genlib.exercises import {module}

OK_FORMAT = False
name = "{number}_{asked.name}"
points = 1


@test_case()
def test({asked.given}):
    verdict = {module}.{asked.name}.check({asked.given})
    assert verdict.right, verdict
'''
# PyTorch without CUDA, gigabytes smaller, as in environment.yml
CPU_BUILD = "--extra-index-url https://download.pytorch.org/whl/cpu\n"
NO_OTTER = (
    "grader: no autograder.zip was made, because otter-grader is not installed; the tests are there. Install it with\n"
    f"  {sys.executable} -m pip install otter-grader -c {LOCK}\n"
    "and run this again"
)


def main(names: list[str]) -> int:
    """Write the folders, and return the exit status: 1 if a zip could not be made."""
    otter = importlib.util.find_spec("otter") is not None
    try:
        for path in filter(has_exercises, handout.chosen(names)):
            folder = ROOT / "grader" / path.stem
            lines = export(path, folder)
            if otter:
                lines += handout.write(autograder(folder), folder / "autograder.zip")
            made = "tests and autograder.zip" if otter else "tests"
            print(*lines, f"in grader/{path.stem}/: {made}", sep="\n", flush=True)
    except (OSError, ValueError) as error:
        print(f"grader: {error}; nothing of yours is lost", file=sys.stderr)
        return 1
    if not otter:
        print(NO_OTTER, file=sys.stderr)
        return 1
    return 0


def has_exercises(path: Path) -> bool:
    """Whether the notebook asks for anything that a checker knows: the start page does not."""
    return next(handout.asked(handout.read(path)), None) is not None


def export(path: Path, folder: Path) -> list[str]:
    """Write the notebook to hand out and its tests; return a line for each file that a teacher changed."""
    notebook = handout.read(path)
    made = {f"tests/{name}": text.encode() for name, text in tests(notebook).items()}
    for old in folder.glob("tests/*.py"):
        if f"tests/{old.name}" not in made and digest(old.read_bytes()) in given(old):
            old.unlink()  # of an exercise that is no more, or has another number now
    made[path.name] = handout.as_bytes(handout.handed_out(notebook))
    return [
        line for name, content in made.items() for line in handout.write(content, folder / name)
    ]


def tests(notebook: NotebookNode) -> dict[str, str]:
    """The file of each exercise's test, in otter's exception-based format."""
    modules = [CHECKERS.search(cell.source) for cell in notebook.cells]
    module = next(found[1] for found in modules if found)
    return {
        f"{number}_{exercise.name}.py": TEST.format(number=number, module=module, asked=exercise)
        for number, exercise in enumerate(handout.asked(notebook), start=1)
    }


def autograder(folder: Path) -> bytes:
    """The zip that `otter generate` makes of the folder's tests, with genlib and the results in it."""
    with tempfile.TemporaryDirectory() as place:
        staged = Path(place)
        unwanted = shutil.ignore_patterns("__pycache__", ".shipped", "*_trial.safetensors")
        for source in (folder / "tests", GENLIB, handout.MEASURED):
            shutil.copytree(source, staged / source.name, ignore=unwanted)
        (staged / "requirements.txt").write_text(CPU_BUILD + LOCK.read_text("utf-8"), "utf-8")
        command = ["-m", "otter", "generate", "--python-version", "3.12", "genlib", "results"]
        done = subprocess.run(
            [sys.executable, *command], cwd=staged, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ValueError(f"otter generate failed: {done.stderr.strip().splitlines()[-1:]}")
        return (staged / "autograder.zip").read_bytes()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
