"""The browser that the tests find, as the course's own command does, and the files of site/."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MISSING = "no Chromium or Chrome found (BROWSER may name its path)"
# it reaches no other machine, and draws no more often than it must
FLAGS = [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-gpu",
    "--disable-smooth-scrolling",
]


def part(name):
    """A file of site/ as a module."""
    if str(ROOT / "site") not in sys.path:
        sys.path.append(str(ROOT / "site"))
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / f"site/{name}.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


find_browser = part("pdf").find_browser
