"""What a teacher gives out: handouts tell no answer, solutions are right, tests grade, and nothing edited is lost."""

import copy
import importlib.util
import json
import re
import subprocess
import sys
import types
from pathlib import Path

import nbformat
import pytest

from genlib.exercises import chain_rule

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))
import grader
import handout

START, *PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))  # the start page has no exercises
HAS_OTTER = importlib.util.find_spec("otter") is not None


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def course(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def blank(course):
    return handout.handed_out(course)


@pytest.fixture
def solved(course):
    return handout.solved(course)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def exercises_of(notebook):
    return [cell for cell in code_of(notebook) if ".check(my_" in cell.source]


def inside_and_outside(notebook):
    """The lines of the prose within folds named Answer, and all others, those of code too."""
    inside, outside, fold = [], [], False
    for line in "\n".join(cell.source for cell in notebook.cells).splitlines():
        fold = fold or line == "<details><summary>Answer</summary>"
        (inside if fold else outside).append(line)
        fold = fold and line != "</details>"
    return inside, outside


# --- the handout


def test_a_handout_is_the_course_without_folded_answers(course, blank):
    inside, outside = inside_and_outside(course)
    assert inside.count("```python") == len(exercises_of(course)) >= 3
    here = "\n".join(cell.source for cell in blank.cells).splitlines()
    as_course = [line.replace('"results/', '"../benchmarks/results/') for line in here]
    assert [line for line in as_course if line] == [line for line in outside if line]


def test_no_line_of_an_answers_code_is_left(course, blank):
    text = "\n".join(cell.source for cell in blank.cells)
    inside, outside = inside_and_outside(course)
    blocks = re.findall(r"```python\n(.*?)\n```", "\n".join(inside), re.DOTALL)
    for block in blocks:
        assert block not in text
        for line in block.splitlines():  # a line may be known from the notebook itself
            assert text.splitlines().count(line) == outside.count(line), line


def test_hints_and_what_a_panel_shows_are_kept(course, blank):
    old, new = ("\n".join(cell.source for cell in each.cells) for each in (course, blank))
    for title in ("Hint", "What you should have seen"):
        fold = f"<details><summary>{title}</summary>"
        assert new.count(fold) == old.count(fold) >= 2
    assert "Answer</summary>" not in new
    assert new.count("<details>") == new.count("</details>")


def test_cells_keep_their_order_ids_and_metadata(course, blank, solved):
    for made in (blank, solved):
        nbformat.validate(json.loads(handout.as_bytes(made)))
        assert made.metadata == course.metadata and made.nbformat_minor == course.nbformat_minor
        for old, new in zip(course.cells, made.cells, strict=True):
            assert (new.id, new.cell_type, new.metadata) == (old.id, old.cell_type, old.metadata)
            assert new.source == new.source.strip() != ""
            assert ("\n\n\n" in new.source) == ("\n\n\n" in old.source)


def test_nothing_was_run(blank, solved):
    for cell in code_of(blank) + code_of(solved):
        assert cell.outputs == [] and cell.execution_count is None


def test_the_students_cells_are_as_given(course, blank):
    assert exercises_of(course)
    assert [c.source for c in exercises_of(blank)] == [c.source for c in exercises_of(course)]


def test_a_copy_finds_what_was_measured(path, blank, tmp_path):
    handout.write_all([path], tmp_path, handout.handed_out)
    for cell in code_of(blank):
        assert ".." not in re.sub(r"\.\.\.", "", cell.source)
        for name in re.findall(r'"(results/\w+\.json)"', cell.source):
            json.loads((tmp_path / name).read_text())
    there = {file.name for file in (tmp_path / "results").glob("*.json")}
    assert there == {file.name for file in (ROOT / "benchmarks/results").glob("*.json")}


def test_the_course_itself_stays_as_it_is(course):
    before = copy.deepcopy(course)
    handout.handed_out(course), handout.solved(course)
    assert course == before


def test_the_start_page_is_handed_out_and_not_graded(tmp_path):
    assert START.stem == "00_start" and not grader.has_exercises(START)
    assert handout.write_all([START], tmp_path, handout.solved) == []
    made = nbformat.read(tmp_path / START.name, as_version=4)
    assert nbformat.read(START, as_version=4).cells[0].source == made.cells[0].source
    assert all(grader.has_exercises(path) for path in PATHS)


# --- the solutions


def run(notebook):
    """The names after the imports and the exercises were run."""
    names = {}
    for cell in [code_of(notebook)[0], *exercises_of(notebook)]:
        exec(cell.source, names)  # noqa: S102 - the cells are the project's own
    return names


def verdicts(notebook):
    """What each exercise's checker says of what the notebook's cells define."""
    names = run(notebook)
    checked = [handout.CHECK.search(cell.source).groups() for cell in exercises_of(notebook)]
    return [getattr(names["exercise"], name).check(names[given]) for name, given in checked]


def test_every_solution_is_judged_right(course, solved):
    assert len(verdicts(solved)) == len(exercises_of(course))
    assert all(verdict.right for verdict in verdicts(solved)), verdicts(solved)


def test_a_solution_differs_from_the_course_in_the_students_cells_alone(course, solved):
    changed = {
        old.id
        for old, new in zip(course.cells, solved.cells, strict=True)
        if new.source.replace('"results/', '"../benchmarks/results/') != old.source
    }
    assert changed == {cell.id for cell in exercises_of(course)}


def test_an_exercise_without_an_answer_is_named_and_takes_no_other(course):
    cell = next(cell for cell in course.cells if "<summary>Answer</summary>" in cell.source)
    cell.source = handout.FOLD.sub("", cell.source, count=1)
    name = handout.CHECK.search(exercises_of(course)[0].source)[1]
    with pytest.raises(ValueError, match=f"exercise {name} has .* no folded answer"):
        handout.solved(course)


# --- a teacher's files


@pytest.fixture
def teacher(tmp_path):
    """A folder with one handout, written once, and how to write it again."""

    def again(*paths):
        return handout.write_all(list(paths) or PATHS[:1], tmp_path, handout.handed_out)

    assert again() == []
    return tmp_path / PATHS[0].name, again


def test_an_edited_handout_is_never_overwritten(teacher):
    mine, again = teacher
    written = mine.read_bytes()
    mine.write_text("mine")
    for _ in range(2):
        (line,) = again()
        assert mine.name in line and "stays" in line
        assert mine.read_text() == "mine"
    mine.rename(mine.with_suffix(".mine.ipynb"))
    assert again() == [] and mine.read_bytes() == written


def test_a_file_of_unknown_origin_is_taken_for_the_teachers(teacher):
    mine, again = teacher
    (mine.parent / ".shipped" / mine.name).unlink()
    assert again() == []  # it is what would be written
    (mine.parent / ".shipped" / mine.name).unlink()
    mine.write_text("mine")
    assert len(again()) == 1 and mine.read_text() == "mine"


def test_an_untouched_handout_follows_the_course(teacher, tmp_path):
    mine, again = teacher
    for text in ("newer", "newer still"):
        assert handout.write(text.encode(), mine) == []
        assert mine.read_text() == text
    assert again() == []


def test_a_measured_file_that_was_edited_stays_too(teacher):
    mine, again = teacher
    result = next((mine.parent / "results").glob("*.json"))
    result.write_text("{}")
    (line,) = again()
    assert f"results/{result.name}" in line and result.read_text() == "{}"


# --- as commands


def command(*arguments):
    """The finished process of a tool."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "tool", [["tools/handout.py"], ["tools/handout.py", "--solutions"], ["tools/grader.py"]]
)
def test_an_unknown_notebook_ends_in_one_line(tool):
    done = command(*tool, "99_none")
    assert done.returncode == 1 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "no notebook '99_none'" in line and "01_chain_rule 02_nade" in line


@pytest.mark.parametrize("name", ["02_nade", "02_nade.ipynb", "notebooks/02_nade.ipynb"])
def test_a_notebook_is_known_by_its_name_or_path(name):
    assert [path.stem for path in handout.chosen([name])] == ["02_nade"]
    assert handout.chosen([]) == [START, *PATHS]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Where the tools write now."""
    monkeypatch.setattr(handout, "ROOT", tmp_path)
    monkeypatch.setattr(grader, "ROOT", tmp_path)
    return tmp_path


def test_both_commands_write_where_they_say(elsewhere, capsys):
    assert handout.main(["02_nade"]) == handout.main(["--solutions", "02_nade"]) == 0
    out = capsys.readouterr().out
    assert "in handout/: 02_nade\n" in out and "in solutions/: 02_nade\n" in out
    assert "genlib installed" in out
    blank, solved = (
        nbformat.read(elsewhere / name / "02_nade.ipynb", as_version=4)
        for name in ("handout", "solutions")
    )
    assert all(verdict.right for verdict in verdicts(solved))
    assert all(verdict.startswith("Not done yet") for verdict in verdicts(blank))


def test_bad_luck_ends_in_one_line(elsewhere, capsys, monkeypatch):
    (elsewhere / "handout").write_text("a file")
    assert handout.main(["02_nade"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("handout: ") and "nothing of yours is lost" in line
    (elsewhere / "02_nade.ipynb").write_text("{")
    monkeypatch.setattr(handout, "chosen", lambda names: [elsewhere / "02_nade.ipynb"])
    assert handout.main(["--solutions"]) == 1
    assert "02_nade.ipynb cannot be read as a notebook" in capsys.readouterr().err


# --- the checkers for a grader


def bodies(notebook, monkeypatch):
    """Each test of a notebook as otter reads it: (its name, its points, its body)."""
    otter = types.ModuleType("otter.test_files")
    otter.test_case = lambda: lambda body: body
    monkeypatch.setitem(sys.modules, "otter", types.ModuleType("otter"))
    monkeypatch.setitem(sys.modules, "otter.test_files", otter)
    for file, text in grader.tests(notebook).items():
        names = {}
        exec(compile(text, file, "exec"), names)  # noqa: S102 - the project's own
        assert names["OK_FORMAT"] is False and file == f"{names['name']}.py"
        yield names["name"], names["points"], names["test"]


def test_each_exercise_has_one_test_which_gives_its_point_to_the_solution(
    course, solved, monkeypatch
):
    names, found = run(solved), list(bodies(course, monkeypatch))
    asked = [handout.CHECK.search(cell.source)[1] for cell in exercises_of(course)]
    assert [name for name, *_ in found] == [f"{i}_{of}" for i, of in enumerate(asked, start=1)]
    for _, points, test in found:
        (given,) = test.__code__.co_varnames[: test.__code__.co_argcount]
        assert points == 1
        test(names[given])


def test_no_answer_gets_no_point_and_a_wrong_one_its_hint(course, monkeypatch):
    exercises = run(course)["exercise"].EXERCISES
    for name, _, test in bodies(course, monkeypatch):
        with pytest.raises(AssertionError, match="Not done yet"):
            test(None)
        hint, wrong = next(iter(exercises[name[2:]].wrong.items()))
        with pytest.raises(AssertionError) as told:
            test(wrong)
        assert hint in str(told.value)


def test_the_notebook_beside_the_tests_is_the_handout(path, blank, tmp_path):
    assert grader.export(path, tmp_path) == []
    assert (tmp_path / path.name).read_bytes() == handout.as_bytes(blank)


def test_an_edited_test_stays_and_one_of_no_exercise_goes(tmp_path):
    assert grader.export(PATHS[1], tmp_path) == []
    tests = tmp_path / "tests"
    assert len(list(tests.glob("*.py"))) == 3
    (tests / "3_mixture.py").write_text("points = 5")
    (tests / "9_own.py").write_text("points = 1")
    handout.write(b"of an earlier course", tests / "4_old.py")
    (line,) = grader.export(PATHS[1], tmp_path)
    assert line.startswith("tests/3_mixture.py")
    assert (tests / "3_mixture.py").read_text() == "points = 5"
    assert {file.name[0] for file in tests.glob("*.py")} == {"1", "2", "3", "9"}


def test_without_otter_the_tests_are_written_and_one_is_told_what_to_install(
    elsewhere, capsys, monkeypatch
):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert grader.main(["02_nade"]) == 1
    assert "pip install otter-grader" in capsys.readouterr().err
    assert (elsewhere / "grader/02_nade/tests/1_large_size.py").exists()
    assert not (elsewhere / "grader/02_nade/autograder.zip").exists()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """How otter grades a notebook 01, of which only the imports and exercises are run."""
    folder = tmp_path_factory.mktemp("grader")
    grader.export(PATHS[0], folder)
    (folder / "autograder.zip").write_bytes(grader.autograder(folder))

    def graded(notebook):
        notebook.cells = [code_of(notebook)[0], *exercises_of(notebook)]
        nbformat.write(notebook, folder / "given.ipynb")
        where = ["-a", str(folder / "autograder.zip"), "-o", str(folder)]
        done = command("-m", "otter", "run", str(folder / "given.ipynb"), *where)
        assert done.returncode == 0, done.stderr
        told = json.loads((folder / "results.json").read_text())["tests"]
        return [(test["score"], test["output"]) for test in told if "max_score" in test]

    return graded


@pytest.mark.skipif(not HAS_OTTER, reason="otter-grader is not installed")
def test_otter_gives_all_points_to_the_solutions(graded):
    course = nbformat.read(PATHS[0], as_version=4)
    assert [score for score, _ in graded(handout.solved(course))] == [1] * 4


@pytest.mark.skipif(not HAS_OTTER, reason="otter-grader is not installed")
def test_otter_gives_no_point_but_the_hint_to_a_wrong_answer_and_goes_on_after_a_crash(graded):
    blank = handout.handed_out(nbformat.read(PATHS[0], as_version=4))
    hint, wrong = next(iter(chain_rule.EXERCISES["dice"].wrong.items()))
    first, second, *_ = exercises_of(blank)
    first.source = first.source.replace("None", str(wrong))
    second.source = "1 / 0"
    scores, told = zip(*graded(blank), strict=True)
    assert scores == (0, 0, 0, 0) and hint in told[0]
    assert all("Not done yet" in words for words in told[1:])
