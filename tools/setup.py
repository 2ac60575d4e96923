"""A ready `.venv`: the exact versions of requirements.lock, and genlib itself in place.

Standard library only, in words that an old Python can read, so that it can say that it is too old.
"""

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
GIGABYTES = 3
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


class Trouble(Exception):
    """One line for the reader: what is missing, and what to do about it."""


def main():
    """The exit status: 0 when the environment is ready."""
    try:
        if sys.version_info[:2] < OLDEST:
            return hand_over(sys.version_info[:3])
        make_ready()
    except Trouble as trouble:
        print(f"setup: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: stopped; run the same command to go on from here", file=sys.stderr)
        return 130
    return 0


def make_ready():
    """Install what is not there yet; nothing, if the stamp says that all is there."""
    version = version_of(VENV)
    ready = VENV / ".ready"
    if version and ready.is_file() and ready.read_text() == stamp(ROOT, version):
        return
    check_room(shutil.disk_usage(str(ROOT)).free, size_of(VENV))
    print(f"Installing into {VENV} (some minutes, once) ...", flush=True)
    if not version:
        make(VENV)
    drop_half_installed(VENV)
    pip("-r", "requirements.lock")
    pip("-e", ".", "--no-deps", "--no-build-isolation")
    ready.write_text(stamp(ROOT, version_of(VENV)))


def hand_over(version, names=NEWER):
    """The exit status of this script under the first Python of `names` that is here and starts."""
    for name in names:
        path = shutil.which(name)
        # a pyenv shim is found and yet may not start
        if path and subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return subprocess.call([path, __file__])
    raise Trouble(
        f"Python {dotted(OLDEST)} or newer is needed, this is {dotted(version)}; "
        "install one, or name it: make lab PYTHON=/path/to/python3"
    )


def dotted(version):
    """(3, 11) as 3.11"""
    return ".".join(str(part) for part in version)


def check_modules(*names):
    """Trouble, if this Python came without the means to make an environment."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise Trouble(
            f"this Python ({sys.executable}) has no module {' and no '.join(missing)}; "
            "on Debian and Ubuntu: apt install python3-venv"
        )


def check_room(free, held):
    """Trouble, if the `free` bytes and those the environment holds already are too few."""
    if free + held < GIGABYTES * 1e9:
        raise Trouble(
            f"too little disk: about {GIGABYTES} GB are needed, {free / 1e9:.1f} GB are free"
        )


def size_of(folder):
    """The bytes of all files in `folder`; 0 where there is none."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def make(venv):
    """A new, empty environment."""
    check_modules("venv", "ensurepip")
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(venv)]):
        raise Trouble(f"python could not make {venv}, see above")


def python_in(venv):
    """The path of the environment's python."""
    return str(venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def version_of(venv):
    """The version of the environment's python; None if it must be made (anew)."""
    config = venv / "pyvenv.cfg"
    # its last line tells the folder it was made for: a moved environment has wrong paths inside
    if not config.is_file() or not config.read_text().rstrip().endswith(" " + str(venv)):
        return None
    question = (
        f"import sys, pip; print(sys.version.split()[0]); sys.exit(sys.version_info < {OLDEST})"
    )
    try:
        answer = subprocess.run(
            [python_in(venv), "-c", question],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
    return None if answer.returncode else answer.stdout.decode().strip()


def stamp(root, version):
    """Another one for another lock, project file, place or Python."""
    parts = [(root / name).read_bytes() for name in ("requirements.lock", "pyproject.toml")]
    parts += [str(root).encode(), version.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def drop_half_installed(venv):
    """Let pip see that a package whose installation was interrupted is not there."""
    for folder in venv.glob("**/site-packages/*.dist-info"):
        if not (folder / "INSTALLER").is_file():  # pip writes it when the files are in place
            shutil.rmtree(str(folder))


def pip(*wishes):
    """Install `wishes` into the environment; Trouble with the reason, if pip could not."""
    log = VENV / "pip.log"
    if log.is_file():
        log.unlink()  # pip would append, and the reason must be today's
    options = ["--disable-pip-version-check", "--retries", "2", "--log", str(log)]
    command = [python_in(VENV), "-m", "pip", "install"] + options + list(wishes)
    if subprocess.call(command, cwd=str(ROOT)):
        raise Trouble(reason(log.read_text(errors="replace") if log.is_file() else ""))


def reason(log):
    """Why pip failed, in one line, read from its log."""
    if "No space left" in log or "Disk quota exceeded" in log:
        return f"the disk is full: pip needs about {GIGABYTES} GB here, and a temporary folder with room"
    if re.search(r"connection broken|ConnectionError|Connection\w*Timeout|TimeoutError", log):
        return "pip cannot reach its package index: no network, or a proxy that pip does not know"
    unmatched = re.search(r"No matching distribution found for (\S+)", log)
    if unmatched:
        return f"the package index has no {unmatched.group(1)} for this Python on this machine"
    return "pip failed, see .venv/pip.log"


if __name__ == "__main__":
    sys.exit(main())
