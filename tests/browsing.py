"""The browser that the tests find."""

import os
import shutil

MISSING = "no Chromium or Chrome found (BROWSER may name its path)"
# it reaches no other machine, and draws no more often than it must
FLAGS = [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-gpu",
    "--disable-smooth-scrolling",
]
BROWSERS = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
]


def find_browser():
    """The path of Chromium or Chrome; None if there is none."""
    wished = os.environ.get("BROWSER", "")  # on some machines it names quite another browser
    names = [wished] * ("chrom" in wished.lower()) + BROWSERS
    return next(filter(None, map(shutil.which, names)), None)
