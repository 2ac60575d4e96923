"""Every number of the prose: none is written that comes from nowhere, and none changes unseen."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SPEC = importlib.util.spec_from_file_location("sources", ROOT / "tools/sources.py")
sources = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sources)

PAGES = sources.prose()
LISTED = sources.LIST.read_text("utf-8").splitlines()


class Text:
    """A page of one part with the sources of another."""

    def __init__(self, text, pools, name="01_chain_rule"):
        self.name, self.text, self.pools = name, text, pools

    def parts(self):
        yield 0, self.text

    def sources(self, place):
        return self.pools


@pytest.fixture
def no_hand(monkeypatch):
    monkeypatch.setattr(sources, "by_hand", lambda: ())


def test_every_number_has_its_source_and_the_list_is_up_to_date():
    now = list(sources.lines(PAGES))  # what it refuses has no source
    assert now == LISTED  # else: python tools/sources.py


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_number_that_changes_by_a_tenth_is_seen(page):
    """Of all numbers of a page, at least 95 % are listed, so that a change of ten per cent makes another line."""
    listed = dict(line.split(": ", 1) for line in LISTED)
    unseen, every = [], 0
    for place, text in page.parts():
        plain = sources.SKIPPED.sub(" ", text)
        here = re.findall(r"(?:^|, )(\d[\d.]*)", listed.get(f"{page.name}, part {place}", ""))
        for found in re.finditer(r"\d+(?:\.\d+)?", plain):
            changed = f"{1.1 * float(found[0]) + 0.1:.6g}"  # 0 changes too
            new = plain[: found.start()] + changed + plain[found.end() :]
            every += 1
            if [numeral.text for numeral in sources.numerals(new)] == here:
                unseen.append(plain[max(0, found.start() - 20) : found.end() + 20])
    assert len(unseen) <= 0.05 * every, unseen


def test_a_row_that_an_earlier_notebook_has_is_left_out():
    first, second = (sources.NOTEBOOKS / f"{name}.ipynb" for name in ("01_chain_rule", "02_nade"))
    rows = sources.Notebook(first).rows()
    whole, shorter = (str(list(sources.Notebook(second, of).parts())) for of in (frozenset(), rows))
    assert "fair coins 44.36" in whole and "fair coins 44.36" not in shorter
    assert "16.57 ± 0.25 nats" in shorter


def test_a_number_from_nowhere_is_refused_with_its_sentence(no_hand):
    page = Text("It ends at 0.75 nats, or 40 % of the best.", {"shown 1": [0.75]})
    with pytest.raises(
        sources.Unsourced, match=r"part 0: 40 in '... It ends at 0.75 nats, or 40 %"
    ):
        list(sources.lines([page]))
    page.pools["gan_ring"] = [0.4]
    [line] = sources.lines([page])
    assert line == "01_chain_rule, part 0: 0.75 (shown 1), 40% (gan_ring)"


@pytest.mark.parametrize(
    "text, value, tells",
    [
        ("0.75", 0.7549, True),
        ("0.75", 0.7551, False),
        ("0.75", -0.75, True),
        ("12.0", 12.04, True),
        ("12.0", 12.06, False),
        ("7.5", 0.075, False),
    ],
)
def test_a_number_tells_a_value_to_the_digits_that_are_written(text, value, tells):
    assert sources.Numeral(text, False, "").stands_in([9.0, value]) == tells


def test_a_share_may_be_told_in_per_cent():
    assert sources.Numeral("7.5", True, "").stands_in([0.075])
    assert not sources.Numeral("7.5", True, "").stands_in([0.0761])


def test_addresses_code_and_years_of_links_are_no_prose():
    text = "See [0.3 nats](https://a.b/0.5) and `rate=0.1` of arXiv 1406.2661, 1,297 digits, 64 %."
    assert [n.text for n in sources.numerals(text)] == ["0.3", "1297", "64"]


def test_what_is_written_by_hand_is_worked_out(monkeypatch):
    pools, texts = {}, "It is 0.69 nats, the logarithm of 2."
    for source, right in (("= log(2)", True), ("= log(3)", False), ("guess", False)):
        row = sources.Row("01_chain_rule", "0.69", "0.69 nats", source)
        monkeypatch.setattr(sources, "by_hand", lambda row=row: (row,))
        if right:
            assert list(sources.lines([Text(texts, pools)])) == [
                "01_chain_rule, part 0: 0.69 (by hand), 2"
            ]
        else:
            with pytest.raises(sources.Unsourced, match="0.69 in"):
                list(sources.lines([Text(texts, pools)]))


def test_a_line_by_hand_that_nobody_needs_is_refused(monkeypatch):
    row = sources.Row("01_chain_rule", "0.5", "half", "= 1 / 2")
    monkeypatch.setattr(sources, "by_hand", lambda: (row,))
    with pytest.raises(sources.Unsourced, match="nobody needs"):
        list(sources.lines([Text("Nothing.", {})]))


def test_what_a_panel_tells_is_asked_of_its_notebook():
    asked = sources.quoted("01_chain_rule")
    assert ("20.73", 2, {"memory": 12, "smoothing": 0.01}) in asked
    assert all(isinstance(place, int) and setting for _, place, setting in asked)


def test_a_notebook_reads_the_files_that_its_code_names():
    code = """
    read = lambda part: json.loads(Path(f"../benchmarks/results/gan_{part}.json").read_text())
    horses = cyclegan.unpaired(9)
    rows = read("after"), json.loads(Path("../benchmarks/results/memory.json").read_text())
    weights.load("dcgan_digits", pair)
    """
    assert set(sources.files_of(code)) == {"gan_after", "memory", "weights dcgan_digits"}
