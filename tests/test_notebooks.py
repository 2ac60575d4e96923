"""The form of the notebooks: each is run, stored whole, paired with its source, and fit to read."""

import itertools
import re
import statistics
from pathlib import Path

import jupytext
import nbformat
import pytest
from jupytext.compare import compare_notebooks

FOLDER = Path(__file__).parents[1] / "notebooks"
SOURCES = sorted(FOLDER.glob("src/*.py"))
PATHS = sorted(FOLDER.glob("*.ipynb"))
START = "00_start"  # says how to study, and has no lesson
WIDGET = "application/vnd.jupyter.widget-view+json"
LINES = 220  # of code


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture
def lengths(code):
    """The lines of code of each cell; empty ones do not count."""
    return [len([line for line in cell.source.splitlines() if line.strip()]) for cell in code]


@pytest.fixture
def prose(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def test_every_source_has_its_notebook():
    assert [path.stem for path in PATHS] == [path.stem for path in SOURCES] != []


def test_a_notebook_is_its_source(path, notebook):
    source = jupytext.read(FOLDER / "src" / f"{path.stem}.py", fmt="py:percent")
    compare_notebooks(source, notebook, fmt="py:percent")


def test_every_cell_was_run_once_from_top_to_bottom(code):
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def test_a_cell_that_ends_with_a_value_or_prints_has_its_output_stored(code):
    shows = re.compile(r"^\s*print\(|^(Panel\(|pictures\.|exercise\.)", re.MULTILINE)
    for cell in code:
        prints = shows.search(cell.source) and not cell.source.rstrip().endswith("return None")
        assert cell.outputs or not prints, cell.source


def test_no_output_is_an_error_or_a_warning_or_says_a_panel_could_not_draw(code):
    for output in (output for cell in code for output in cell.outputs):
        assert output.output_type != "error" and output.get("name") != "stderr"
        assert "could not draw" not in str(output)


def test_panels_store_a_picture_and_a_line_and_no_widget_state(path, notebook, code):
    assert "widgets" not in notebook.metadata
    panels = [o.data for c in code for o in c.outputs if WIDGET in o.get("data", {})]
    panels = [data for data in panels if "image/png" in data]
    assert len(panels) >= (1 if path.stem == START else 2)
    for data in panels:
        assert len(data["image/png"]) > 500 and len(data["text/plain"]) > 3


def test_a_notebook_keeps_its_measure(path, notebook, lengths):
    assert (10 if path.stem == START else 40) <= len(notebook.cells) <= 75
    assert sum(lengths) <= LINES
    assert statistics.median(lengths) <= 5 and max(lengths) <= 20
    assert path.stat().st_size <= 3_000_000


def test_every_code_cell_is_led_by_a_sentence_and_every_picture_followed_by_one(notebook):
    kinds = [cell.cell_type for cell in notebook.cells]
    assert ("code", "code") not in itertools.pairwise(kinds)
    assert kinds[0] == kinds[-1] == "markdown"


def test_imports_stand_in_one_cell(code):
    assert [bool(re.search(r"^(import|from) ", cell.source, re.MULTILINE)) for cell in code] == [
        True,
        *[False] * (len(code) - 1),
    ]


def test_at_most_eight_cells_go_unchecked(code):
    tags = [set(cell.metadata.get("tags", [])) for cell in code]
    assert sum("nbval-ignore-output" in t for t in tags) <= 8
    assert not any(
        t & {"nbval-skip", "raises-exception", "remove-cell", "hide-input"} for t in tags
    )


def test_nothing_is_downloaded_installed_or_tied_to_a_machine(notebook):
    everything = "\n".join(cell.source for cell in notebook.cells) + str(notebook)
    for word in (
        "!pip",
        "%pip",
        "urlopen",
        "/home/",
        "/root/",
        "/tmp/",
        "/Users/",
        "C:\\\\",
        "if CI",
    ):
        assert word not in everything, word


def test_the_template_is_followed(path, prose):
    if path.stem == START:
        return
    heads = " ".join(
        re.findall(r"^#+ (.+)$", "\n".join(c.source for c in prose), re.MULTILINE)
    ).lower()
    for section in (
        "question",
        "equations",
        "play",
        "break it",
        "exercises",
        "lecture said",
        "summary",
    ):
        assert section in heads, section
    text = "\n".join(cell.source for cell in prose)
    assert text.count("What you should have seen</summary>") >= 2
    assert len(re.findall(r"^\*\*\d\. ", text, re.MULTILINE)) >= 3  # exercises
    assert re.search(r"\([가-힣 ]+", text)  # key terms in Korean
    assert text.count("<details>") == text.count("</details>")


def test_each_closing_question_has_one_folded_answer_that_names_a_section(path, prose):
    text = "\n".join(cell.source for cell in prose)
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    _, _, questions = text.partition("\n## Ask yourself\n")
    if not questions:
        assert (
            path.stem == START or path.stem[:2] >= "08"
        )  # the first seven notebooks end with questions
        return
    found = re.split(r"^\*\*\d\.\*\* ", questions.partition("\n## ")[0], flags=re.MULTILINE)[1:]
    assert 4 <= len(found) <= 5
    for question in found:
        asked, *answers = re.split(r"<details><summary>Answer</summary>", question)
        assert asked.count("?") >= 1 and len(answers) == 1, question
        named = re.findall(r'"([^"]+)"', answers[0])
        assert any(head.startswith(name.rstrip(",.")) for name in named for head in heads), question


def test_the_table_of_the_course_grows_by_the_rows_of_each_notebook():
    """One header, the rows of the notebook before in the same words, and the new ones in bold below them."""
    head = "| model | $p(x)$? | draws how | parameters | its score | where it breaks |\n"
    before = []
    for path in PATHS[1:]:
        cells = nbformat.read(path, as_version=4).cells
        _, *found = "\n".join(cell.source for cell in cells).split(head)
        assert len(found) == 1, path.stem
        rows = found[0].partition("\n\n")[0].splitlines()[1:]
        bold = [row for row in rows if row.startswith("| **")]
        rows = [row.replace("**", "") for row in rows]
        assert bold and rows == before + [row.replace("**", "") for row in bold], path.stem
        assert all(row.count("|") == 7 for row in rows), path.stem
        before = rows


def test_the_start_page_shows_every_notebook_with_the_seconds_and_megabytes_that_were_measured():
    start = nbformat.read(FOLDER / f"{START}.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in start.cells)
    assert "results/memory.json" in text and 'row["seconds"]' in text and 'row["peak"]' in text
    places = re.findall(r'"(\d\d)": \(', text)
    assert sorted(places) == [path.stem[:2] for path in PATHS if path.stem != START]
