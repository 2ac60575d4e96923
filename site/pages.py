"""A notebook as a page: what it stored stays, panels get what was drawn beforehand, pictures get words."""

import base64
import html
import io
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import drawn
import live
import nbformat
from nbformat import NotebookNode
from PIL import Image

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"
STATIC = "_static"  # in the address of a page that lies at the top
CAPTIONS = "08_text_to_image"  # its last panel is followed by one that runs in the page

_PANEL = """<div class="course-panel" role="group" aria-label="{name}">{title}
<div class="course-shown"><img src="{src}" alt="{alt}" width="{width}" height="{height}" loading="lazy">
<div class="course-line" role="status">{line}</div>
<p class="course-note"><span></span><span>{note}</span></p></div>
<script type="application/json">{told}</script></div>"""
UNCHECKED = """<p class="course-note">In JupyterLab you write your answer here, and the checker tells you what it looks like.</p>"""
START = """<p class="course-note">On these pages nothing can be run: what is said below of cells, kernels, exercises and your progress \
holds in JupyterLab.</p>"""
# controls that say what a panel is about: where a setting was not drawn, these give way last
FIRM = {
    ("02_nade", "show_density"): ["digit"],
    ("04_vae", "show_guess"): ["x"],
    ("10_cyclegan", "show_cycle"): ["begin", "noise_level"],
}
LIVE_TITLE = """<p class="course-title">In JupyterLab this game runs while you watch, with all buttons that the text names. \
Here are recorded games, all without blur.</p>"""
_FIGURE = """<a href="{src}"><img class="course-figure" src="{src}" alt="{alt}" width="{width}" height="{height}" loading="lazy"></a>"""
_LAUNCH = """<p class="course-launch">{links}</p>"""


def write_page(name: str, folder: Path, source: Path, launch: dict[str, str]) -> None:
    """Write notebook `name` into Sphinx's `source` folder, with what was drawn in `folder`; `launch` is of `links`."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    found = json.loads((folder / "drawn.json").read_text("utf-8"))
    panels = iter(enumerate(found["panels"], start=1))
    pictures = source / STATIC / name
    pictures.mkdir(parents=True, exist_ok=True)
    for panel in found["panels"]:
        for file in panel["files"]:
            (pictures / file).write_bytes((folder / file).read_bytes())
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "Not done yet" in data.get("text/html", ""):
                output["data"] = nbformat.from_dict({"text/html": UNCHECKED})
                continue
            if WIDGET in data and "image/png" in data:
                shown = panel_page(name, *next(panels), pictures)
            elif "image/png" in data:
                words = (
                    found["words"].get(str(index))
                    or f"A picture. {lead(notebook.cells[index - 1])}"
                )
                shown = figure_page(name, data["image/png"], words, pictures)
            else:
                continue
            output["data"] = nbformat.from_dict({"text/html": shown})
        cell.metadata.pop("tags", None)
    if next(panels, None):
        raise ValueError(f"{name}: more panels were drawn than the notebook stores; run it anew")
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(head(name, launch)))
    for cell in notebook.cells:
        cell.source = linked(cell.source) if cell.cell_type == "markdown" else cell.source
    nbformat.write(notebook, source / f"{name}.ipynb")


def panel_page(name: str, number: int, told: dict, pictures: Path) -> str:
    """The HTML of a panel: the picture that it starts with, and what its script must know."""
    controls = told["controls"]
    begin = [control["start"] for control in controls]
    *_, file, line, _ = next(shot for shot in told["shots"] if shot[: len(begin)] == begin)
    file, line = told["files"][file], told["lines"][line]
    labels = [(control["label"], control["labels"][control["start"]]) for control in controls]
    settings = ", ".join(f"{label} {value}" for label, value in labels if value)
    more = ""
    told = told | {"firm": FIRM.get((name, told["draw"]), [])}
    if (name, told["draw"]) in live.LIVE:
        model, alive = live.LIVE[name, told["draw"]]
        told = told | {"model": model, "base": f"{STATIC}/live/", "alive": alive}
        told["dice"] = any(control["name"] == "seed" for control in controls)
    if name == CAPTIONS and told["draw"] == "show_caption":
        more = caption_panel(pictures)
    width, height = size_of(pictures / file)
    return (
        _PANEL.format(
            title=LIVE_TITLE if told.get("live") else "",
            name=f"Panel {number}: {html.escape(', '.join(c['label'] for c in controls))}",
            src=f"{STATIC}/{name}/{file}",
            alt=html.escape(": ".join(dict.fromkeys(filter(None, (settings, line))))),
            line=html.escape(line or settings),
            note=note(told),
            told=json.dumps(told).replace("</", "<\\/"),
            width=width,
            height=height,
        )
        + more
    )


def note(told: dict) -> str:
    """How many of a panel's settings the page has."""
    shots, every = len(told["shots"]), math.prod(len(c["values"]) for c in told["controls"])
    if shots == every:
        return f"All {every:,} settings were drawn beforehand."
    return f"{shots:,} of {every:,} settings were drawn beforehand."


def caption_panel(pictures: Path) -> str:
    """The panel under notebook 08's own: GAN-CLS draws what it is told, here."""
    empty = Image.new("RGB", (519, 147), "white")
    name = "Only on this page: say something, and the game draws it here"
    return live_panel(live.caption_panel(), name, empty, pictures, f"{STATIC}/{CAPTIONS}/")


def plane_panel(pictures: Path) -> str:
    """The panel of the first page."""
    side, shown = live.SIDE, live.plane()
    image = Image.new("RGB", (2 * side + 1, side), "white")
    image.paste(shown)
    name = "What lies between the digits? A walk over the plane of a VAE"
    return live_panel(live.plane_panel(), name, image, pictures, f"{STATIC}/live/")


def live_panel(told: dict, name: str, image: Image.Image, pictures: Path, folder: str) -> str:
    """The HTML of a panel that only runs in the page; `image` is shown until it does."""
    file = f"{told['model']}-first.webp"
    image.save(pictures / file, lossless=True)
    line = "It begins as soon as its weights are here."
    told = told | {"base": f"{STATIC}/live/", "files": [file], "lines": [line], "offs": [[]]}
    begin = [control["start"] for control in told["controls"]]
    told |= {"shots": [[*begin, 0, 0, 0]]}
    return _PANEL.format(
        title=f'<p class="course-title">{name}</p>',
        name=name,
        src=folder + file,
        alt=line,
        line=line,
        note="",
        told=json.dumps(told).replace("</", "<\\/"),
        width=image.width,
        height=image.height,
    )


def figure_page(name: str, png: str, words: str, pictures: Path) -> str:
    """The HTML of a picture that is not a panel."""
    file = drawn.keep(base64.b64decode(png), pictures)
    width, height = size_of(pictures / file)
    src = f"{STATIC}/{name}/{file}"
    return _FIGURE.format(src=src, alt=html.escape(words), width=width, height=height)


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        return image.size


def lead(cell: NotebookNode) -> str:
    """The last sentence of a text, which says what the next cell shows, without its markup."""
    text = re.sub(r"<[^>]+>|[*`#$>]|\]\([^)]*\)|\[", "", cell.source).strip()
    sentence = re.split(r"(?<=[.?!])\s+(?=[A-Z(])", " ".join(text.split()))[-1]
    return sentence.rstrip(":") + "." * sentence.endswith(":")


# --- around the notebook


def head(name: str, launch: dict[str, str]) -> str:
    """What stands under a page's title: where it can be run, and what the panels on the page are."""
    links = [
        f'<a href="{html.escape(address.format(name=name))}">{text}</a>'
        for text, address in launch.items()
    ]
    links.append('<a href="index.html#run-it-yourself">Run it yourself</a>')
    return _LAUNCH.format(links=" ".join(links)) + (START if name == "00_start" else "")


def links(repository: str, hub: str) -> dict[str, str]:
    """Launch button -> address, with {name} for the notebook; of a repository on GitHub or GitLab, and a hub.

    Empty texts stand for "there is none". ValueError for an address that is no https one.
    """
    for what, address in (("SITE_REPOSITORY", repository), ("SITE_HUB", hub)):
        if address and not re.fullmatch(r"https://[\w.-]+(:\d+)?(/[\w./~-]+)?/?", address):
            raise ValueError(f"{what} must be an address like https://..., got {address!r}")
    if hub and not repository:
        raise ValueError("SITE_HUB needs SITE_REPOSITORY, which the hub is to fetch; got none")
    repository, hub = repository.removesuffix("/").removesuffix(".git"), hub.removesuffix("/")
    if not repository:
        return {}
    host, _, path = repository.removeprefix("https://").partition("/")
    found = {}
    provider = {"github.com": "gh", "gitlab.com": "gl"}.get(host)
    if provider:
        place = path if provider == "gh" else quote(path, safe="")
        lab = "?urlpath=lab/tree/notebooks/{name}.ipynb"
        found["Open in Binder"] = f"https://mybinder.org/v2/{provider}/{place}/HEAD{lab}"
    if hub:
        folder = repository.rpartition("/")[2]
        wish = urlencode({"repo": repository, "urlpath": f"lab/tree/{folder}/notebooks/NAME.ipynb"})
        found["Open on your hub"] = f"{hub}/hub/user-redirect/git-pull?{wish}".replace(
            "NAME", "{name}"
        )
    return found | {"Source": f"{repository}/blob/HEAD/notebooks/{{name}}.ipynb"}


def linked(text: str) -> str:
    """Markdown whose links into the repository lead to pages where there is one."""
    return re.sub(r"\]\((?:\.\./)?(?:notebooks/)?(\d\d_\w+)\.ipynb", r"](\1.html", text)


def notebooks() -> Iterator[str]:
    """The names of all notebooks in their order."""
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
        yield path.stem
