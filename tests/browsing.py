"""The browser that the tests find, as the course's own command does, and how it is started."""

import importlib.util
from pathlib import Path

MISSING = "no Chromium or Chrome found (BROWSER may name its path)"
# it reaches no other machine, and draws no more often than it must
FLAGS = [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-gpu",
    "--disable-smooth-scrolling",
]
_spec = importlib.util.spec_from_file_location("pdf", Path(__file__).parents[1] / "site/pdf.py")
pdf = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pdf)
find_browser = pdf.find_browser
