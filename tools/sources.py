"""Write tests/sources.txt: every number in the prose, in its order, and where each measured one comes from.

A number with a point or a per cent sign must stand, to as many digits, in what a cell of its notebook shows or draws
(a stored figure tells its numbers) or is given in code, in a benchmark file that the notebook reads, or in what a
weight file that it loads says of itself. Any other has a line in tests/sources_by_hand.tsv: the file, the number,
words beside it, and its source, which is one of

    = 64 * log(2)          arithmetic; of("gan_ring") is all numbers of a benchmark file
    panel 2 memory=12      the line of the second panel at these settings, which the notebook's own test reads
    from vae_binary        a benchmark file, or `weights NAME`, that the notebook does not read itself
    in 02_nade             it stands in the prose of that file, where it has its source
    given: ...             the text chooses it, and says so
    cited: ...             somebody else says it

A row of a table that stands in an earlier notebook is left out: it has its sources there.

`python tools/sources.py` refuses what has no source; a test writes the same again and compares.
"""

import ast
import base64
import io
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from safetensors import safe_open

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS, RESULTS = ROOT / "notebooks", ROOT / "benchmarks/results"
WEIGHTS = ROOT / "genlib/weights"
LIST, BY_HAND = ROOT / "tests/sources.txt", ROOT / "tests/sources_by_hand.tsv"
PAGES = ("README.md", "TEACHING.md", "benchmarks/README.md")
NUMERAL = re.compile(r"(\d{1,3}(?:,\d{3})+(?!\d)|\d+)(\.\d+)?(\s?%)?")
SHOWN = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
GIVEN = re.compile(r"(?<![\w.])\d[\d_]*\.?\d*(?:e-?\d+)?")
# what is no prose: addresses, code, marks of HTML, versions
SKIPPED = re.compile(
    r"\]\([^)]*\)|`[^`]*`|<[^>]+>|https?://\S+|arXiv:? \d+\.\d+|(?:DOI|doi) \S+|\d+\.\d+\.\d+|^```.*?^```",
    re.MULTILINE | re.DOTALL,
)
BESIDE = 4  # cells
MANY = 20  # a longer list of results has no seeds, so that nobody quotes its mean


class Numeral(NamedTuple):
    """A number as it is written, whether a per cent sign follows, and the words around it."""

    text: str
    percent: bool
    words: str

    @property
    def measured(self) -> bool:
        """Whether it has a point or a per cent sign."""
        return "." in self.text or self.percent

    def stands_in(self, values: Sequence[float]) -> bool:
        """Whether one of the values is this number, to the digits that are written."""
        digits = len(self.text.partition(".")[2])
        values = np.abs(np.asarray(values, dtype=float))
        off = np.abs(values - float(self.text))
        if self.percent:
            off = np.minimum(off, np.abs(100 * values - float(self.text)))
        return bool((off <= 0.5000001 * 10**-digits).any())


class Unsourced(ValueError):
    """Every number that comes from nowhere."""


def numerals(text: str) -> Iterator[Numeral]:
    """The numbers of a piece of prose, in their order."""
    text = SKIPPED.sub(" ", text)
    for found in NUMERAL.finditer(text):
        whole, part, percent = found.groups()
        words = " ".join(text[max(0, found.start() - 60) : found.end() + 60].split())
        yield Numeral(whole.replace(",", "") + (part or ""), bool(percent), words)


def results(x: object) -> Iterator[float]:
    """All numbers of a benchmark file; of a list of seeds also mean, spread, least and largest."""
    if isinstance(x, dict):
        for value in x.values():
            yield from results(value)
    elif isinstance(x, list) and x and all(map(_number, x)):
        yield from map(float, x)
        if 1 < len(x) <= MANY:
            yield from (float(np.mean(x)), float(np.std(x, ddof=1)))
    elif isinstance(x, list):
        for value in x:
            yield from results(value)
        if x and all(isinstance(row, dict) for row in x):
            for key in x[0]:
                column = [row.get(key) for row in x]
                if all(map(_number, column)):
                    yield from results(column)
    elif _number(x):
        yield float(x)


def _number(x: object) -> bool:
    return isinstance(x, (int, float)) and not isinstance(x, bool)


@cache
def kept(name: str) -> np.ndarray:
    """The numbers of a benchmark file."""
    return np.array(list(results(json.loads((RESULTS / f"{name}.json").read_text()))))


@cache
def said_of(weights: str) -> list[float]:
    """The numbers in the metadata of a weight file."""
    with safe_open(WEIGHTS / f"{weights}.safetensors", "pt") as file:
        return numbers(" ".join(file.metadata().values()))


def numbers(text: str) -> list[float]:
    """All numbers of a text, with their signs."""
    return [float(x) for x in SHOWN.findall(text.replace(",", ""))]


def shown(cell: dict) -> list[float]:
    """The numbers that a code cell prints, and those of the figures that it stores."""
    said = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        said += ["".join(output.get("text", "")), "".join(data.get("text/plain", ""))]
        if "image/png" in data:
            picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
            said.append(picture.text.get("Description", ""))
    return numbers(" ".join(said))


def plain(line: str) -> str:
    """A line of a table as it reads without bold letters."""
    return line.replace("**", "").rstrip()


class Notebook:
    """The prose of a notebook, and where its numbers may come from."""

    def __init__(self, path: Path, earlier: frozenset[str] = frozenset()):
        self.name, self.cells = path.stem, json.loads(path.read_text("utf-8"))["cells"]
        self.earlier = earlier
        code = {k: cell for k, cell in enumerate(self.cells) if cell["cell_type"] == "code"}
        source = {k: "".join(cell["source"]) for k, cell in code.items()}
        given = {
            k: [float(x.replace("_", "")) for x in GIVEN.findall(s)] for k, s in source.items()
        }
        self.pools = {k: {f"shown {k}": shown(c), f"code {k}": given[k]} for k, c in code.items()}
        self.files = files_of("\n".join(source.values()))

    def parts(self) -> Iterator[tuple[int, str]]:
        """The place and the text of each markdown cell."""
        for place, cell in enumerate(self.cells):
            if cell["cell_type"] == "markdown":
                lines = "".join(cell["source"]).splitlines(keepends=True)
                yield place, "".join(line for line in lines if plain(line) not in self.earlier)

    def rows(self) -> frozenset[str]:
        """The rows of its tables that no earlier notebook has."""
        lines = (plain(line) for _, text in self.parts() for line in text.splitlines())
        return frozenset(line for line in lines if line.startswith("|"))

    def sources(self, place: int) -> dict[str, Sequence[float]]:
        """Where a number of a cell may come from, the nearest first: cells beside it, files, cells far away."""
        near = sorted(self.pools, key=lambda k: abs(k - place))
        beside = {k: v for n in near if abs(n - place) <= BESIDE for k, v in self.pools[n].items()}
        return beside | self.files | {k: v for n in near for k, v in self.pools[n].items()}


def files_of(code: str) -> dict[str, Sequence[float]]:
    """What code reads: benchmark files, also as `results/gan_{part}.json` with a part in quotes, and weight files."""
    quoted = set(re.findall(r"[\"'](\w+)[\"']", code))
    begins = re.findall(r"results/(\w*)\{\w+\}\.json", code)
    read = {begin + part for begin in begins for part in quoted}
    read |= set(re.findall(r"results/(\w+)\.json", code))
    found = {p.stem: kept(p.stem) for p in sorted(RESULTS.glob("*.json")) if p.stem in read}
    loaded = sorted(p.stem for p in WEIGHTS.glob("*.safetensors") if p.stem in quoted)
    return found | {f"weights {name}": said_of(name) for name in loaded}


class Page:
    """A page of text, whose numbers may come from any benchmark file."""

    def __init__(self, path: Path):
        self.name, self.text = str(path.relative_to(ROOT)), path.read_text("utf-8")

    def parts(self) -> Iterator[tuple[int, str]]:
        """The place and the text of each paragraph."""
        yield from enumerate(self.text.split("\n\n"))

    def sources(self, place: int) -> dict[str, Sequence[float]]:
        """All benchmark files, and what all weight files say of themselves."""
        weights = {
            f"weights {p.stem}": said_of(p.stem) for p in sorted(WEIGHTS.glob("*.safetensors"))
        }
        return {path.stem: kept(path.stem) for path in sorted(RESULTS.glob("*.json"))} | weights


def prose() -> list[Notebook | Page]:
    """All notebooks and pages."""
    notebooks, rows = [], frozenset()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebooks.append(Notebook(path, rows))
        rows |= notebooks[-1].rows()
    return notebooks + [Page(ROOT / name) for name in PAGES]


class Row(NamedTuple):
    """A number whose source is written by hand."""

    file: str
    text: str
    words: str
    source: str


@cache
def by_hand() -> tuple[Row, ...]:
    """The rows that are written by hand."""
    return tuple(Row(*line.split("\t")) for line in BY_HAND.read_text("utf-8").splitlines())


def quoted(name: str) -> list[tuple[str, int, dict[str, object]]]:
    """The numbers of a notebook that a panel tells: the number, which panel, and where its controls stand then."""
    rows = [row for row in by_hand() if row.file == name and row.source.startswith("panel ")]
    said = [(row.text, row.source.split()[1:]) for row in rows]
    return [(text, int(k) - 1, dict(map(_setting, moved))) for text, (k, *moved) in said]


def _setting(text: str) -> tuple[str, object]:
    name, _, value = text.partition("=")
    try:
        return name, ast.literal_eval(value)
    except ValueError:
        return name, value


def worked_out(expression: str) -> float:
    """The value of an expression: arithmetic, functions of math, and the numbers `of` a benchmark file."""
    known = vars(math) | {"min": min, "max": max, "sum": sum, "of": kept, "__builtins__": {}}
    return float(eval(expression, known))


def holds(row: Row, numeral: Numeral, texts: Mapping[str, str]) -> bool:
    """Whether the source that is written by hand gives this number, as far as it can be seen here."""
    kind, _, rest = row.source.partition(" ")
    if kind == "=":
        return numeral.stands_in([worked_out(rest)])
    if kind == "from":
        name = rest.removeprefix("weights ")
        return numeral.stands_in(kept(rest) if name == rest else said_of(name))
    if kind == "in":
        return any(numeral.text == other.text for other in numerals(texts[rest]))
    return kind in ("panel", "given:", "cited:") and bool(rest)


def lines(pages: list[Notebook | Page]) -> Iterator[str]:
    """The lines of the list; raises Unsourced, with all that has no source."""
    texts = {page.name: "\n\n".join(text for _, text in page.parts()) for page in pages}
    missing, used = [], set()
    for page in pages:
        for place, text in page.parts():
            said, sources = [], page.sources(place)
            for numeral in numerals(text):
                source = ""
                if numeral.measured:
                    written = _written(page.name, numeral)
                    if written and holds(written, numeral, texts):
                        used.add(written)
                        source = "by hand"
                    elif not written:
                        found = (k for k, pool in sources.items() if numeral.stands_in(pool))
                        source = next(found, "")
                    if not source:
                        words = f"'... {numeral.words} ...'"
                        missing.append(f"{page.name}, part {place}: {numeral.text} in {words}")
                said.append(numeral.text + "%" * numeral.percent + f" ({source})" * bool(source))
            if said:
                yield f"{page.name}, part {place}: {', '.join(said)}"
    missing += [f"{BY_HAND.name}: nobody needs {row}" for row in by_hand() if row not in used]
    if missing:
        raise Unsourced("\n".join(missing))


def _written(name: str, numeral: Numeral) -> Row | None:
    for row in by_hand():
        if row.file == name and row.text == numeral.text and row.words in numeral.words:
            return row
    return None


def main() -> int:
    """Write the list, and return the exit status."""
    try:
        LIST.write_text("\n".join(lines(prose())) + "\n", "utf-8")
    except Unsourced as error:
        print(f"{error}\nThese numbers have no source: see the head of {__file__}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
