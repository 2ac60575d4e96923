"""How large are the course's pages, and how long does a move of a control take there? In a browser, served on 127.0.0.1.

    python benchmarks/webpages.py [02_nade ...]

It needs the pages that `make site` made, and Chromium or Chrome; where one is missing it says so, and ends well. A move
is timed in the page, from the event of the control until its picture is decoded and a frame was painted. What is
printed is kept in benchmarks/results/webpages.json when all pages are measured.
"""

import argparse
import re
import statistics
import sys
from pathlib import Path
from types import ModuleType

from axe_playwright_python.sync_playwright import Axe
from parts import keep, one_of
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_site"
PAGES = ["index", *(source.stem for source in sorted(ROOT.glob("notebooks/src/*.py")))]
SIGHTS = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 390)]
MOVES = 12  # of each panel, to places by chance
# a place of each control by chance, the same in each run; then the milliseconds to its picture
MOVE = """async ([root, moves, seed]) => {
    const panel = root.panel, { uniform } = dice(seed), found = [];
    panel.fetchAll();
    await Promise.all((panel.kept ?? []).map((image) => image.decode()));
    if (panel.told.model) await courseModels[panel.told.model];
    for (let k = 0; k < moves; k++) {
        const able = panel.controls.filter(({ input, told }) => !input.disabled && told.values.length > 1);
        const { input, told, place } = able[Math.floor(uniform() * able.length)];
        const to = (panel.at[place] + 1 + Math.floor(uniform() * (told.values.length - 1))) % told.values.length;
        const start = performance.now();
        if (told.kind === "check") input.checked = Boolean(to);
        else input.value = to;
        input.dispatchEvent(new Event(told.kind === "slider" ? "input" : "change"));
        await panel.done;
        if (panel.shown === panel.picture) await panel.picture.decode();
        await new Promise(requestAnimationFrame);
        found.push(performance.now() - start);
    }
    return found;
}"""
BYTES = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
    .reduce((sum, entry) => sum + entry.transferSize, 0)"""


def missing() -> str:
    """What is not there, in words; empty if all is."""
    if not all((SITE / f"{page}.html").is_file() for page in PAGES):
        return "the pages are not in _site/; `make site` makes them"
    return "" if pdf().find_browser() else "there is no Chromium or Chrome"


def pdf() -> ModuleType:
    """site/pdf.py, which serves pages and finds a browser."""
    if str(ROOT / "site") not in sys.path:
        sys.path.append(str(ROOT / "site"))
    import pdf

    return pdf


def measured(browser: Browser, address: str, name: str) -> dict:
    """A page's row: what its first look takes, its panels, their pictures, and the milliseconds of moves."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{address}/{name}.html", wait_until="networkidle")
    row = {"page": name, "first": page.evaluate(BYTES) / 1e6} | of_panels(page)
    row["axe"] = sum(findings(page, scheme, width) for scheme, width in SIGHTS)
    page.close()
    text = (SITE / f"{name}.html").read_text("utf-8")
    files = {*re.findall(r"[\w-]+\.webp", text)}
    sizes = {path.name: path.stat().st_size for path in (SITE / "_static").rglob("*.webp")}
    return row | {"pictures": len(files), "megabytes": sum(sizes[file] for file in files) / 1e6}


def findings(page: Page, scheme: str, width: int) -> int:
    """How many rules of axe-core the page breaks, in a theme and at a width in pixels."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    found = Axe().run(page).response["violations"]
    for each in found:
        print(f"{each['id']}: {each['nodes'][0]['html'][:120]}")
    return len(found)


def of_panels(page: Page) -> dict:
    """How many panels a page has, and the median and the slowest of their moves."""
    found = []
    panels = page.query_selector_all(".course-panel")
    for seed, panel in enumerate(panels):
        panel.scroll_into_view_if_needed()
        page.wait_for_timeout(300)  # a model that runs in the page comes when it is in view
        found += page.evaluate(MOVE, [panel, MOVES, seed])
    if not found:
        return {"panels": 0, "median": 0.0, "slowest": 0.0}
    return {"panels": len(panels), "median": statistics.median(found), "slowest": max(found)}


def rows_of(names: list[str]) -> list[dict]:
    """The rows of these pages, each printed as soon as it is there."""
    rows = []
    with pdf().served(SITE) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=pdf().find_browser())
        for name in names:
            rows.append(row := measured(browser, address, name))
            print("{page:20} {panels} panels, {pictures} pictures".format(**row), end="")
            print(", {megabytes:.1f} MB, first look {first:.2f} MB".format(**row), end="")
            print(
                ", move {median:.0f} ms, slowest {slowest:.0f}, axe {axe}".format(**row), flush=True
            )
        browser.close()
    return rows


def weight() -> dict:
    """How many files all pages are, and their MB (10^6 bytes)."""
    files = [path.stat().st_size for path in SITE.rglob("*") if path.is_file()]
    return {"files": len(files), "megabytes": sum(files) / 1e6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = {"nargs": "*", "type": one_of(PAGES), "default": PAGES}
    parser.add_argument("names", help="pages, such as 02_nade (default: all)", **names)
    names = parser.parse_args().names
    if why := missing():
        print(f"webpages is skipped: {why}")
        return
    rows, whole = rows_of(names), weight()
    print("all: {files} files, {megabytes:.1f} MB".format(**whole))
    if names == PAGES:
        keep("webpages", whole | {"rows": rows})


if __name__ == "__main__":
    main()
