"""Every notebook once, in random order, without a network and from a folder where nothing can be written.

    python tests/offline.py [SEED]

For Linux and root. A copy of the course, in a folder with a space and Korean letters in its name, is mounted read-only
where there is no network but the machine itself. It ends with an error if a cell fails, or if a kernel or a JupyterLab
that starts there asks another machine.
"""

import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLOSED = 'ip link set lo up && mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "_site", "pdf", "work")


def main() -> None:
    """Copy the course, and run the copy of this file in namespaces of its own."""
    seed = sys.argv[1] if len(sys.argv) > 1 else str(random.randrange(1000))
    with tempfile.TemporaryDirectory(prefix="수업 자료 ") as folder:
        course, home = Path(folder, "course"), Path(folder, "home")
        shutil.copytree(ROOT, course, ignore=LEFT_OUT)
        home.mkdir()
        env = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "IPYTHON"))}
        env |= {"HOME": str(home), "ASKED_OUTSIDE": str(home / "asked"), "TQDM_DISABLE": "1"}
        env |= {"JUPYTER_PATH": str(Path(sys.prefix, "share/jupyter"))}
        env |= {"PYTHONPATH": f"{course / 'tests/notebooks/alone'}:{course}"}
        closed = "unshare", "--net", "--mount", "sh", "-c", CLOSED, "sh", course
        here = sys.executable, course / "tests/offline.py", seed, "inside"
        sys.exit(subprocess.run([*closed, *here], env=env, check=False).returncode)


def inside(seed: str) -> None:
    """Run all notebooks and start JupyterLab, as the folder and the network are."""
    sys.path.append(str(ROOT / "tests/notebooks"))
    import nbformat
    import server
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    failed = []
    paths = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    print(f"seed {seed}, {ROOT}", flush=True)
    for path in random.Random(seed).sample(paths, len(paths)):
        notebook, start = nbformat.read(path, as_version=4), time.monotonic()
        resources = {"metadata": {"path": str(path.parent)}}
        try:
            NotebookClient(
                notebook, timeout=600, kernel_name="python3", resources=resources
            ).execute()
        except CellExecutionError as error:
            failed.append(f"{path.stem}: {error}")
        print(f"{path.stem:19} {time.monotonic() - start:4.0f} s", flush=True)
    home = Path(os.environ["HOME"])
    with server.serving(ROOT / "notebooks", os.environ, home) as address:
        print(f"JupyterLab answers: {address}")
        time.sleep(5)
    with contextlib.suppress(FileNotFoundError):
        failed.append(f"asked outside: {Path(os.environ['ASKED_OUTSIDE']).read_text()}")
    sys.exit("\n".join(failed) or 0)


if __name__ == "__main__":
    inside(sys.argv[1]) if sys.argv[2:] == ["inside"] else main()
