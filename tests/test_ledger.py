"""The ledger of the lecture: no sentence is missing, each row says where it is shown, and the file is up to date."""

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
SPEC = importlib.util.spec_from_file_location("ledger", ROOT / "tools/ledger.py")
ledger = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(ledger)

COUNT = 100  # sentences of the notes
ROWS = ledger.rows()
NUMBERS = {text: number for number, text, *_ in ledger.sentences()}
SOURCES = sorted((ROOT / "notebooks/src").glob("[0-9]*.py"))


def test_the_file_is_what_the_tool_writes():
    assert ledger.LEDGER.read_text("utf-8") == ledger.ledger()  # else: make ledger


def test_the_sentences_are_numbered_and_none_is_twice():
    assert [number for number, *_ in ledger.sentences()] == list(range(1, COUNT + 1))
    assert len(NUMBERS) == COUNT


def test_every_sentence_has_a_row_and_only_a_claim_has_one_in_a_notebook():
    told = [row.numbers[0] for row in ROWS if not row.where]
    claimed = {number for row in ROWS if row.where for number in row.numbers}
    assert sorted([*claimed, *told]) == list(range(1, COUNT + 1))


def test_every_lesson_has_rows():
    places = {row.where[:2] for row in ROWS if row.where}
    assert places == {path.name[:2] for path in SOURCES[1:]}  # the start page has no lesson


def test_every_row_is_in_english_and_in_korean():
    for row in ROWS:
        claim = r"[^가-힣]+\(.*[가-힣].*\)"  # the English, then the Korean in brackets
        assert re.fullmatch(claim if row.where else r"[^가-힣]+[가-힣].*", row.said), row.said
        assert re.search("[A-Za-z]{2}", row.said.split(" (")[0]), row.said


def test_every_verdict_is_one_of_the_words():
    assert {re.split("[:;,]", row.verdict)[0] for row in ROWS} == set(ledger.VERDICTS)
    assert all(row.where or row.verdict.startswith("no claim: ") for row in ROWS)


def test_every_place_is_a_heading_of_its_stored_notebook():
    links = re.findall(r"\[([^]]+)\]\((\w+\.ipynb)#", ledger.LEDGER.read_text("utf-8"))
    assert len(links) >= len([row for row in ROWS if row.where])
    for head, name in links:
        cells = nbformat.read(ROOT / "notebooks" / name, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert re.search(rf"^#+ {re.escape(head)}$", text, re.MULTILINE), (name, head)


SMALL = """
# ## Look
#
# ### Look twice
#
# ## What the lecture said
#
# | the lecture | verdict | where |
# |---|---|---|
# | It is red. (“빨갛다.” “정말.”) | holds: measured | Look |
# | It is blue. (파랗다.) | does not hold | Look twice |
#
# ## Summary
#
# | a table | of other | things |
"""


def read(source):
    return list(ledger.of_notebook("01_a", source, {"빨갛다.": 2, "정말.": 1}))


def test_a_row_tells_its_sentences_and_links_its_headings():
    red, blue = read(SMALL)
    assert (red.numbers, red.verdict) == ([1, 2], "holds: measured")
    assert red.where == "01: [Look](01_a.ipynb#Look)"
    assert (blue.numbers, blue.where) == ([], "01: [Look twice](01_a.ipynb#Look-twice)")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("“빨갛다.”", "“빨갛네.”", "01_a: “빨갛네.” is not in lecture.tsv"),
        ("holds: measured", "true: measured", "01_a: a verdict begins with one of"),
        ("| Look |", "| Loo |", "01_a: 'Loo' should name one heading, and names 2"),
        ("| Look |", "| Listen |", "01_a: 'Listen' should name one heading, and names 0"),
        ("| Look |", "| Look | more |", "01_a: a row has three cells, got"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused(old, new, message):
    assert SMALL.count(old) == 1
    with pytest.raises(ledger.Refused, match=re.escape(message)):
        read(SMALL.replace(old, new))


def test_the_tool_writes_the_file_or_says_why_not(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(ledger, "LEDGER", tmp_path / "LECTURE.md")
    assert ledger.main([]) == 0
    assert (tmp_path / "LECTURE.md").read_text("utf-8") == ledger.ledger()
    monkeypatch.setattr(ledger, "VERDICTS", ())
    assert ledger.main([]) == ledger.main(["01_chain_rule"]) == 1
    assert [line.split(": ")[0] for line in capsys.readouterr().err.splitlines()] == ["ledger"] * 2
