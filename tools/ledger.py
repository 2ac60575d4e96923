"""Write notebooks/LECTURE.md: every sentence of the lecture, whether it holds, and where that is shown.

The claims stand in the notebooks, in the tables of "What the lecture said". `lecture.tsv` numbers all sentences
of a student's notes of the lecture; those that are no claim have their English and a reason there.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SOURCES, LEDGER = ROOT / "notebooks/src", ROOT / "notebooks/LECTURE.md"
SENTENCES = ROOT / "tools/lecture.tsv"
TITLE = "What the lecture said"
VERDICTS = ("holds", "holds in part", "does not hold", "not tested here", "no claim")
HEAD = """# What the lecture said

<!-- written by `make ledger`; change the tables in notebooks/src, or tools/lecture.tsv -->

Every sentence of the lecture, in its order, with a verdict and the sections that show it. The numbers count the
sentences of a student's notes, whose words stand in quotation marks. They are quoted as far as you need to find
them there. A row without a number comes from the slides, or from what students often note, and its Korean is ours.

On GitHub a link opens the notebook, and the name of the section says where to look. In JupyterLab (*Open With*,
*Markdown Preview*) it goes on to the section, or near it: Lab does not know how tall the pictures above are before it
has drawn them, and a second click mostly gets there.

| | the lecture | verdict | where |
|---|---|---|---|
"""


class Refused(ValueError):
    """What is wrong with a row, and in which notebook."""


class Row(NamedTuple):
    """A row of the ledger: the sentences that it answers, and its three cells."""

    numbers: list[int]
    said: str
    verdict: str
    where: str


def main(arguments: list[str]) -> int:
    """Write the ledger, and return the exit status."""
    if arguments:
        print(f"ledger: takes no arguments, got {' '.join(arguments)}", file=sys.stderr)
        return 1
    try:
        LEDGER.write_text(ledger(), "utf-8")
    except Refused as error:
        print(f"ledger: {error}", file=sys.stderr)
        return 1
    return 0


def ledger() -> str:
    """The whole file."""
    lines = [
        f"| {', '.join(map(str, row.numbers))} | {row.said} | {row.verdict} | {row.where} |"
        for row in rows()
    ]
    return HEAD + "\n".join(lines) + "\n"


def rows() -> list[Row]:
    """All rows in the order of the lecture; one without a number stays after the row before it."""
    numbers = {text: number for number, text, *_ in sentences()}
    placed = [(number, no_claim(number, *told)) for number, *told in sentences() if told[1:]]
    for path in sorted(SOURCES.glob("[0-9]*.py")):
        found = list(of_notebook(path.stem, path.read_text("utf-8"), numbers))
        place = next((min(row.numbers) for row in found if row.numbers), 0)
        for row in found:
            place = min(row.numbers, default=place)
            placed.append((place, row))
    return [row for _, row in sorted(placed, key=lambda one: one[0])]


def sentences() -> Iterator[tuple]:
    """(number, sentence), and for what is no claim also its English and the reason."""
    for line in SENTENCES.read_text("utf-8").splitlines():
        number, *told = line.split("\t")
        yield int(number), *told


def no_claim(number: int, text: str, english: str, reason: str) -> Row:
    """The row of a sentence that claims nothing."""
    text = f"<{text}>" if text.startswith("http") else f"“{text}”"
    return Row([number], f"{english} ({text})", f"no claim: {reason}", "")


def of_notebook(name: str, source: str, numbers: dict[str, int]) -> Iterator[Row]:
    """The rows of a notebook's table, their sections linked; Refused if one says what it may not."""
    heads = re.findall(r"^# #+ (.+)", source, re.MULTILINE)
    section = source.partition(f"\n# ## {TITLE}\n")[2].partition("\n# ## ")[0]
    for line in re.findall(r"^# \| (.+) \|$", section, re.MULTILINE)[1:]:
        cells = line.split(" | ")
        if len(cells) != 3:
            raise Refused(f"{name}: a row has three cells, got {line!r}")
        said, verdict, where = cells
        quoted = re.findall(r"“(.+?)”", said)
        for text in quoted:
            if text not in numbers:
                raise Refused(f"{name}: “{text}” is not in {SENTENCES.name}")
        if re.split("[:;,]", verdict)[0] not in VERDICTS:
            raise Refused(f"{name}: a verdict begins with one of {VERDICTS}, got {verdict!r}")
        places = [link(name, place, heads) for place in where.split("; ")]
        said_by = sorted(numbers[text] for text in quoted)
        yield Row(said_by, said, verdict, f"{name[:2]}: {' · '.join(places)}")


def link(name: str, place: str, heads: list[str]) -> str:
    """A link to the heading that is called `place`, or the only one that begins so."""
    found = [head for head in heads if head == place] or [
        head for head in heads if head.startswith(place)
    ]
    if len(found) != 1:
        raise Refused(f"{name}: {place!r} should name one heading, and names {len(found)}")
    return f"[{found[0]}]({name}.ipynb#{found[0].replace(' ', '-')})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
