"""The course's pages as a static host serves them."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def part(name):
    """A file of site/ as a module."""
    if str(ROOT / "site") not in sys.path:
        sys.path.append(str(ROOT / "site"))
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / f"site/{name}.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


served = part("pdf").served
