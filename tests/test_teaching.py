"""TEACHING.md: what it names is there, its routes fit into their minutes, and its numbers are those that were measured."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
_, *LESSONS = sorted(ROOT.glob("notebooks/src/*.py"))  # the start page is no class
SOURCES = {path.stem: path.read_text("utf-8") for path in LESSONS}
MEMORY, HUB = (
    json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text())
    for name in ("memory", "hub")
)
ROUTES = dict(re.findall(r"^### (.+)\n((?:- .*\n)+)", PAGE, re.MULTILINE))
STEP = re.compile(r"(\d+) (?:(opening)|exercise (\d+)|\*\*(.+)\*\*|\*(.+)\*)")


def title(source: str) -> str:
    return re.search(r"^# # (.+)", source, re.MULTILINE)[1]


def sections(source: str) -> dict[str, bool]:
    """{name of a section: whether a panel stands in it, before the next one begins}, in order."""
    _, *parts = re.split(r"^# #{2,3} (.+)\n", source, flags=re.MULTILINE)
    has = [bool(re.search(r"^(Panel|Live)\(", text, re.MULTILINE)) for text in parts[1::2]]
    return dict(zip(parts[::2], has, strict=True))


def exercises(source: str) -> dict[int, int]:
    """{number of an exercise: its minutes}"""
    found = re.findall(r"^# \*\*(\d+)\. [^*]+\*\* \((\d+) minutes\)", source, re.MULTILINE)
    return {int(number): int(minutes) for number, minutes in found}


def steps(line: str) -> list[tuple]:
    """(minutes, "opening", exercise, section with a panel, section) of each step of a route, four of them None or ""."""
    found = [STEP.fullmatch(step) for step in line.split(": ", 1)[1].split(" · ")]
    assert None not in found, line
    return [step.groups() for step in found]


@pytest.fixture(params=SOURCES)
def source(request):
    return SOURCES[request.param]


def test_every_notebook_has_its_routes_in_order():
    assert list(ROUTES) == [title(source) for source in SOURCES.values()]


def test_the_minutes_of_a_route_fit_into_its_class(source):
    first, second, home = ROUTES[title(source)].splitlines()
    short, more = (sum(int(step[0]) for step in steps(line)) for line in (first, second))
    assert first.startswith("- 50 minutes: ") and 45 <= short <= 50
    assert second.startswith("- 75 minutes, also: ") and 69 <= short + more <= 75
    assert home.startswith("- At home: ")


def test_a_route_names_sections_that_are_there_once_and_in_order(source):
    there = list(sections(source))
    for line in ROUTES[title(source)].splitlines()[:2]:
        named = [step[3] or step[4] for step in steps(line) if step[3] or step[4]]
        assert set(named) <= set(there)
        assert named == sorted(set(named), key=there.index)
    short, longer = (
        {step[3] or step[4] for step in steps(line)}
        for line in ROUTES[title(source)].splitlines()[:2]
    )
    assert not (short & longer) - {None}


def test_bold_are_the_sections_with_a_panel(source):
    there = sections(source)
    for line in ROUTES[title(source)].splitlines()[:2]:
        for *_, panel, plain in steps(line):
            assert there.get(panel, True) and not there.get(plain, False)


def test_a_route_begins_with_the_opening_and_ends_with_the_summary(source):
    (first, *_), (*_, last) = (steps(ROUTES[title(source)].splitlines()[0])[i] for i in (0, -1))
    assert first == "3" and last == "Summary"


def test_every_exercise_is_named_once_with_its_minutes(source):
    first, second, home = ROUTES[title(source)].splitlines()
    named = {int(e): int(m) for line in (first, second) for m, _, e, *_ in steps(line) if e}
    told = re.search(r"exercises ([\d, and]+) \(([\d, and]+) minutes\)", home)
    numbers, minutes = ([int(n) for n in re.findall(r"\d+", part)] for part in told.groups())
    assert not set(named) & set(numbers)
    assert named | dict(zip(numbers, minutes, strict=True)) == exercises(source)


def test_what_is_left_for_home_is_there_and_not_in_a_route(source):
    first, second, home = ROUTES[title(source)].splitlines()
    named = re.findall(r"\*([^*]+)\*", home)
    assert named and set(named) <= set(sections(source))
    assert not set(named) & {step[3] or step[4] for line in (first, second) for step in steps(line)}


def test_the_seconds_of_a_notebook_are_those_of_the_first_page():
    seconds = [
        int(n) for n in re.findall(r"^\| \[\d\d · .* \| (\d+) \| \d+ \|$", README, re.MULTILINE)
    ]
    assert len(seconds) == len(SOURCES)
    assert f"takes {min(seconds)} to {max(seconds)} seconds on two cores" in words()
    before = [minutes_before_a_panel(title(source)) for source in SOURCES.values()]
    assert min(before) == 9 and "after nine minutes or more" in words()


def minutes_before_a_panel(name: str) -> int:
    """What a route takes down to its first panel."""
    route = steps(ROUTES[name].splitlines()[0])
    first = next(place for place, step in enumerate(route) if step[3])
    return sum(int(step[0]) for step in route[:first])


# --- memory


def most(kind: str, measure: str, moment: str = "end") -> float:
    """The largest number of any user's process of a kind, in any run."""
    rows = [run[moment] for run in HUB["runs"]]
    return max(row[name][measure] for row in rows for name in row if name.endswith(kind))


def words() -> str:
    return " ".join(PAGE.split())


def test_the_memory_of_the_page_was_measured():
    peaks = [row["peak"] for row in MEMORY["rows"]]
    assert f"{min(peaks):.0f} to {max(peaks):.0f} MB" in words()
    assert f"at most {most('server', 'peak'):.0f} MB" in words()
    assert f"at most {most('kernel', 'peak'):.0f} MB" in words()
    base = max(
        run["end"]["hub"]["resident"] + run["end"]["proxy"]["resident"] for run in HUB["runs"]
    )
    assert f"{base:.0f} MB for the hub and its proxy" in words()
    idle = [
        size["proportional"]
        for run in HUB["runs"]
        for name, size in run["lab"].items()
        if name.endswith("server")
    ]
    assert f"about {round(max(idle), -1):.0f} MB before anything is opened" in words()


def test_the_rule_for_a_server_is_above_what_was_measured_and_the_limit_above_the_rule():
    (rule,) = re.findall(r"RAM = 1 GB \+ N × ([\d.]+) GB", PAGE)
    server = most("server", "peak")
    worst = server + max(most("kernel", "peak"), *(row["peak"] for row in MEMORY["rows"]))
    assert 0 <= 1000 * float(rule) - worst < 200
    limits = re.findall(r"limits\.memory ([\d.]+)G|limit: ([\d.]+)G", PAGE)
    assert len(limits) == 2 and len({a or b for a, b in limits}) == 1
    limit = float(max(limits[0]))
    assert limit >= 1.2 * worst / 1000  # a fifth of room, as TLJH's guide advises
    assert re.findall(r"guarantee: ([\d.]+)G", PAGE) == [rule]
    for students in (30, 100):
        assert f"{students} students need {1 + students * float(rule):.0f} GB" in words()
    readme = " ".join(README.split())
    assert f"plan {rule} GB a student" in readme
    assert f"{most('kernel', 'peak'):.0f} MB, and its JupyterLab {server:.0f} MB" in readme


def test_the_first_page_leads_here():
    assert "](TEACHING.md)" in README


def test_every_link_inside_the_repository_leads_somewhere():
    inside = [link for link in re.findall(r"\]\(([^)]+)\)", PAGE) if not link.startswith("http")]
    assert inside and all((ROOT / link.partition("#")[0]).exists() for link in inside)
