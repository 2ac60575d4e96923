"""A ready `.venv`: the exact versions of requirements.lock, and genlib itself in place.

Standard library only, in words that an old Python can read, so that it can say that it is too old.
"""

import contextlib
import csv
import errno
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
GIGABYTES = 3
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
READY = VENV / ".ready"  # holds the stamp of what is installed


class Trouble(Exception):
    """One line for the reader: what is missing, and what to do about it."""


def main():
    """Make the environment ready, and return the exit status: 0 when it is."""
    try:
        if is_ready():
            return 0
        if sys.version_info[:2] < OLDEST:
            return hand_over(sys.version_info[:3])
        with alone(ROOT / ".setup.lock"):
            if not is_ready():  # another set-up may have made it so
                install()
    except (Trouble, OSError) as trouble:
        print(f"setup: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: stopped; run the same command to go on from here", file=sys.stderr)
        return 130
    return 0


def is_ready():
    """Whether all is there: the stamp says so, and the environment's python runs."""
    version = version_of(VENV)
    return bool(version) and READY.is_file() and READY.read_text("utf-8") == stamp(ROOT, version)


@contextlib.contextmanager
def alone(path):
    """Hold `path` locked; wait while another set-up holds it."""
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise Trouble(
            f"nothing can be written here ({error}); copy the course into a folder of your own"
        ) from error
    with file:
        # pip holds it too: it lives on where only this process is killed
        os.set_inheritable(file.fileno(), True)
        if not locked(file):
            print("setup: another set-up is running in this folder; waiting", flush=True)
            while not locked(file):
                time.sleep(0.5)
        yield


def locked(file):
    """Lock `file`, and return whether nobody else holds it; the system lets go when its holder ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # some network folders know no locks at all: there it goes on without
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


def install():
    """Install what is not there yet, into the environment there is or a new one."""
    check_room(shutil.disk_usage(str(ROOT)).free, size_of(VENV))
    print("Installing into .venv (some minutes, once) ...", flush=True)
    if READY.is_file():
        READY.unlink()  # from here on it is not
    drop_half_installed(VENV)
    if not version_of(VENV) or not list(VENV.glob("**/site-packages/pip-*.dist-info")):
        make(VENV)
    pip("-r", "requirements.lock")
    pip("-e", ".", "--no-deps", "--no-build-isolation")
    READY.write_text(stamp(ROOT, version_of(VENV)), "utf-8")


def hand_over(version, names=NEWER):
    """Run this script under the first Python of `names` that is here and starts, and return its exit status."""
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
    """Raise Trouble if this Python came without the means to make an environment."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise Trouble(
            f"this Python ({sys.executable}) has no module {' and no '.join(missing)}; "
            "on Debian and Ubuntu: apt install python3-venv"
        )


def check_room(free, held):
    """Raise Trouble if the `free` bytes and those the environment holds already are too few."""
    if free + held < GIGABYTES * 1e9:
        raise Trouble(
            f"too little disk: about {GIGABYTES} GB are needed, {free / 1e9:.1f} GB are free"
        )


def size_of(folder):
    """The bytes of all files in `folder`; 0 where there is none."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def make(venv):
    """Make a new, empty environment."""
    check_modules("venv", "ensurepip")
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(venv)], close_fds=False):
        raise Trouble(f"python could not make {venv}, see above")


def python_in(venv):
    """The path of the environment's python."""
    return str(venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def version_of(venv):
    """The version of the environment's python; None if it must be made (anew)."""
    config = venv / "pyvenv.cfg"
    # its last line tells the folder it was made for: a moved environment has wrong paths inside
    if not config.is_file() or not config.read_text("utf-8").rstrip().endswith(" " + str(venv)):
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
    """What is to be installed and where: another one for another lock, project file, place or Python."""
    parts = [(root / name).read_bytes() for name in ("requirements.lock", "pyproject.toml")]
    parts += [os.fsencode(str(root)), version.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def drop_half_installed(venv):
    """Let pip see that a package whose installation was interrupted is not there."""
    for folder in venv.glob("**/site-packages/*.dist-info"):
        if not is_whole(folder):
            shutil.rmtree(str(folder))


def is_whole(folder):
    """Whether pip came to the end of a package, and its files are there in full length."""
    if not (folder / "INSTALLER").is_file():  # pip writes it when the files are in place
        return False
    record = folder / "RECORD"
    if not record.is_file():
        return True
    rows = [row for row in csv.reader(record.read_text("utf-8", "replace").splitlines()) if row]
    files = [(folder.parent / row[0], row[-1]) for row in rows]  # its path, hash and size
    return bool(rows) and all(
        path.is_file() and size in ("", str(path.stat().st_size)) for path, size in files
    )


def pip(*wishes):
    """Install `wishes` into the environment; raise Trouble with the reason if pip could not."""
    log = VENV / "pip.log"
    if log.is_file():
        log.unlink()  # pip would append, and the reason must be today's
    options = ["--disable-pip-version-check", "--retries", "2", "--log", str(log)]
    command = [python_in(VENV), "-m", "pip", "install"] + options + list(wishes)
    if subprocess.call(command, cwd=str(ROOT), close_fds=False):
        raise Trouble(reason(log.read_text("utf-8", "replace") if log.is_file() else ""))


def reason(log):
    """Why pip failed, in one line, read from its log."""
    if "No space left" in log or "Disk quota exceeded" in log:
        return f"the disk is full: pip needs about {GIGABYTES} GB here, and a temporary folder with room"
    if re.search(r"connection broken|ConnectionError|Connection\w*Timeout|TimeoutError", log):
        return "pip cannot reach its package index: no network, or a proxy that pip does not know"
    forbidden = re.search(r"Permission denied: (.*)", log)
    if forbidden:
        return f"pip may not write {forbidden.group(1)}; does it belong to another user?"
    unmatched = re.search(r"No matching distribution found for (\S+)", log)
    if unmatched:
        return f"the package index has no {unmatched.group(1)} for this Python on this machine"
    return "pip failed, see .venv/pip.log"


if __name__ == "__main__":
    sys.exit(main())
