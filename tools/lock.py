"""Write requirements.lock: one file that serves every machine, with or without a GPU. Then requirements-site.lock, for `make site`.

Arguments go to uv, for example `--upgrade` or `--find-links FOLDER`.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ["uv", "pip", "compile", "--universal", "--python-version", "3.11"]
QUIET = ["--no-header", "--no-annotate"]
# the second adds packages to the first, and changes none of its versions
WISHES = {"requirements": [], "requirements-site": ["-c", "requirements.lock"]}


def main(arguments: list[str]) -> int:
    """Write the locks, and return the exit status of uv."""
    for name, more in WISHES.items():
        lock = ROOT / f"{name}.lock"
        command = [*COMMAND, f"{name}.in", *more, *QUIET, "-o", lock.name, *arguments]
        try:
            status = subprocess.call(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        except FileNotFoundError:
            sys.exit("lock: uv is needed: pip install uv")
        if status:
            return status
        lock.write_text(plain(lock.read_text()))
    return 0


def plain(lock: str) -> str:
    """The lock with one torch for all machines; pip itself adds what a machine's torch asks for."""
    lock = re.sub(r"(?m)^(nvidia|cuda|triton).*\n", "", lock)
    lock = re.sub(r"(?m)^(torch==[\d.]+).*$", r"\1", lock)
    return "\n".join(dict.fromkeys(lock.splitlines())) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
