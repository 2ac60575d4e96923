"""`python site/build.py [NAME ...]`: the course as pages that play without Python, in `_site/`.

Names choose notebooks; without any all are there. What was drawn is kept in `.site/`, and drawn anew only if the
notebook or the library has changed. SITE_REPOSITORY and SITE_HUB name addresses for the launch buttons.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TEXTS = {
    HERE / "index.md": "index.md",
    ROOT / "TEACHING.md": "teaching.md",
}  # pages that are no notebooks
MISSING = "site: {} is missing; `make site` installs what pages need, from requirements-site.lock"


def main(arguments: list[str] | None = None) -> int:
    """Build the pages, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="a notebook, such as 02_nade")
    parser.add_argument("--most", type=int, default=300, help="pictures of a panel")
    parser.add_argument("--kept", type=Path, default=ROOT / ".site", help="where work is kept")
    parser.add_argument("--out", type=Path, default=ROOT / "_site", help="where the pages go")
    wish = parser.parse_args(arguments)
    try:
        import pages
        import sphinx.cmd.build as sphinx

        names = chosen(wish.names, list(pages.notebooks()))
        launch = pages.links(os.environ.get("SITE_REPOSITORY", ""), os.environ.get("SITE_HUB", ""))
        draw_all(names, wish.kept / "drawn", wish.most)
        source = assemble(names, wish.kept, launch)
    except ModuleNotFoundError as error:
        print(MISSING.format(error.name), file=sys.stderr)
        return 1
    except (ValueError, RuntimeError, OSError) as error:
        print(f"site: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("site: stopped; what is drawn stays, and the same command goes on", file=sys.stderr)
        return 130
    fresh = wish.kept / "html"
    shutil.rmtree(fresh, ignore_errors=True)
    status = sphinx.main(
        [
            "-q",
            "-W",
            "--keep-going",
            "-E",
            "-d",
            str(wish.kept / "doctrees"),
            str(source),
            str(fresh),
        ]
    )
    if status == 0:  # the pages there were stay until the new ones are whole
        shutil.rmtree(fresh / "_sources", ignore_errors=True)
        shutil.rmtree(wish.out, ignore_errors=True)
        shutil.move(fresh, wish.out)
        files = [path.stat().st_size for path in wish.out.rglob("*") if path.is_file()]
        print(f"{wish.out}: {len(files)} files, {sum(files) / 1e6:.1f} MB")
    return status


def chosen(names: list[str], there: list[str]) -> list[str]:
    """The notebooks that are wished, all if none is named."""
    names = [Path(name).stem for name in names] or there
    for name in names:
        if name not in there:
            raise ValueError(f"no notebook {name!r}; there are: {' '.join(there)}")
    return names


def draw_all(names: list[str], folder: Path, most: int) -> None:
    """Let every notebook's panels be drawn that are not yet, a process a core."""
    late = [name for name in names if not is_drawn(folder / name, name, most)]
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        drawing = pool.map(lambda name: draw(name, folder / name, most), late)
        for name, status in zip(late, drawing, strict=True):
            if status:
                raise RuntimeError(f"{name} could not be drawn, see above")
    finally:  # an interrupt, or a notebook that fails, begins no other
        pool.shutdown(cancel_futures=True)


def draw(name: str, folder: Path, most: int) -> int:
    """Draw a notebook's panels in a process of its own, and return its exit status."""
    shutil.rmtree(folder, ignore_errors=True)
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    command = [sys.executable, str(HERE / "drawn.py"), name, str(folder), str(most)]
    status = subprocess.run(command, env=environment, check=False).returncode
    if status == 0:
        (folder / "stamp").write_text(stamp(name, most))
    return status


def is_drawn(folder: Path, name: str, most: int) -> bool:
    """Whether all is there, drawn by the same notebook and library."""
    held = folder / "stamp"
    return held.is_file() and held.read_text() == stamp(name, most)


def stamp(name: str, most: int) -> str:
    """What the drawn panels depend on, as one digest."""
    files = [ROOT / f"notebooks/src/{name}.py", HERE / "drawn.py", *(ROOT / "genlib").rglob("*.py")]
    files += [ROOT / "genlib/weights/SHA256SUMS", *(ROOT / "benchmarks/results").glob("*.json")]
    parts = [hashlib.sha256(path.read_bytes()).digest() for path in sorted(files)]
    return hashlib.sha256(b"".join(parts) + str(most).encode()).hexdigest()


def assemble(names: list[str], kept: Path, launch: dict[str, str]) -> Path:
    """Put together what Sphinx reads, and return its folder."""
    import conf
    import live
    import pages

    source = kept / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(HERE / "static", source / "_static")
    shutil.copy(HERE / "conf.py", source)
    fonts = "output/chtml/fonts/woff-v2"
    shutil.copytree(conf.MATHJAX / fonts, source / "_static/mathjax" / fonts)
    shutil.copy(conf.MATHJAX / "tex-chtml.js", source / "_static/mathjax")
    live.write_live(source / "_static/live")
    texts = {name: path.read_text("utf-8") for path, name in TEXTS.items()}
    list_of_pages = "\n".join(
        [*names, *(name.removesuffix(".md") for name in texts if name != "index.md")]
    )
    where = launch.get("Source", "").partition("/blob/")[0]
    where = (
        f"The course lies at [{where}]({where})."
        if where
        else "Ask whoever gave you this page for the course's folder."
    )
    panel = pages.plane_panel(source / "_static/live")
    for name, text in texts.items():
        text = text.replace("PAGES", list_of_pages).replace("PLANE", panel).replace("WHERE", where)
        (source / name).write_text(pages.linked(text), "utf-8")
    for name in names:
        pages.write_page(name, kept / "drawn" / name, source, launch)
    return source


if __name__ == "__main__":
    sys.exit(main())
