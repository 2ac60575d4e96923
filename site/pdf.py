"""`python site/pdf.py [NAME ...]`: the pages in `_site/` as PDF, one file a notebook, in `pdf/`. Needs Chromium or Chrome."""

import contextlib
import functools
import http.server
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as BrowserError

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
]
MARGIN = {"top": "15mm", "bottom": "15mm", "left": "14mm", "right": "14mm"}
# a page is whole when its formulas are set and every picture of it has come
WHOLE = """async () => {
    document.querySelectorAll("details").forEach((fold) => (fold.open = true));
    document.querySelectorAll("img").forEach((image) => (image.loading = "eager"));
    await window.MathJax?.startup?.promise;
    await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
}"""


def main(names: list[str], pages: Path = ROOT / "_site", folder: Path = ROOT / "pdf") -> int:
    """Print the pages, and return the exit status."""
    there = sorted(path.stem for path in pages.glob("[0-9]*.html"))
    names = [Path(name).stem for name in names] or there
    strange = [name for name in names if name not in there]
    browser = find_browser()
    if not there:
        print(f"pdf: no pages in {pages.name}/; make them with `make site`", file=sys.stderr)
    elif strange:
        print(f"pdf: no page {strange[0]!r}; there are: {' '.join(there)}", file=sys.stderr)
    elif browser is None:
        print("pdf: no Chromium or Chrome found (BROWSER may name its path)", file=sys.stderr)
    else:
        try:
            print_all(names, pages, folder, browser)
            return 0
        except (BrowserError, OSError) as error:
            print(f"pdf: {error}", file=sys.stderr)
    return 1


def find_browser() -> str | None:
    """The path of Chromium or Chrome, if there is one."""
    wished = os.environ.get("BROWSER", "")  # on some machines it names quite another browser
    names = [wished] * ("chrom" in wished.lower()) + [*BROWSERS]
    return next(filter(None, map(shutil.which, names)), None)


def print_all(names: list[str], pages: Path, folder: Path, path: str) -> None:
    """Print each page into its file; a file that was there stays until the new one is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    with served(pages) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        for name in names:
            part = folder / f"{name}.part"
            try:
                part.write_bytes(printed(browser, f"{address}/{name}.html"))
                part.replace(folder / f"{name}.pdf")
            finally:
                part.unlink(missing_ok=True)
            print(
                f"pdf/{name}.pdf  {(folder / f'{name}.pdf').stat().st_size / 1e6:.1f} MB",
                flush=True,
            )
        browser.close()


def printed(browser: Browser, address: str) -> bytes:
    """A page as a PDF of A4 sheets, all folds open."""
    page = browser.new_page(color_scheme="light", viewport={"width": 1000, "height": 1400})
    page.goto(address)
    page.evaluate(WHOLE)
    pdf = page.pdf(format="A4", margin=MARGIN, scale=0.8, outline=True, tagged=True)
    page.close()
    return pdf


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: object) -> None:
        """Leave it unsaid."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which a folder is served on this machine."""
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
