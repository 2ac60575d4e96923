"""The house: what is pinned, what a bare machine is told, and that a student's work is safe."""

import ast
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from unittest import mock

import nbformat
import pytest
import yaml
from jupyter_core.paths import jupyter_config_path
from nbconvert import HTMLExporter, LatexExporter
from nbconvert.nbconvertapp import NbConvertApp
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from traitlets.config import Config

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))  # they import one another


def tool(name):
    spec = importlib.util.spec_from_file_location(f"house_{name}", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


setup, lab, notebooks, lock = (tool(name) for name in ("setup", "lab", "notebooks", "lock"))
LOCK = (ROOT / "requirements.lock").read_text().splitlines()
WISHES = [line for line in (ROOT / "requirements.in").read_text().splitlines() if line[0] != "#"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]

CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def package(line):
    return re.match(r"[\w.-]+", line).group().lower().replace("_", "-")


# --- what is pinned


def test_the_lock_holds_plain_versions_that_every_machine_can_find():
    odd = [line for line in LOCK if not re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+( ; [^/@]+)?", line)]
    assert odd == []  # no local build, no path, no address
    assert [line for line in LOCK if re.match("nvidia|cuda|triton", line)] == []


def test_every_wish_is_pinned():
    assert {package(line) for line in WISHES} <= {package(line) for line in LOCK}


def test_torch_is_the_same_one_everywhere():
    wished, pinned = (
        [line for line in lines if package(line) == "torch"] for lines in (WISHES, LOCK)
    )
    assert wished == pinned == ["torch==2.13.0"]


def test_what_the_library_needs_is_among_the_wishes():
    assert {package(name) for name in PROJECT["dependencies"]} <= {package(line) for line in WISHES}


def test_conda_installs_the_lock_and_the_library_and_nothing_else():
    python, pip, wishes = CONDA
    assert (python.split("=")[0], pip) == ("python", "pip")
    cpu = f"--extra-index-url {CPU_INDEX}"  # Binder has no card, and 2 GB of memory
    assert wishes == {"pip": [cpu, "-r requirements.lock", "-e ."]}


def test_all_agree_on_the_oldest_python():
    assert PROJECT["requires-python"] == f">={setup.dotted(setup.OLDEST)}"
    assert lock.COMMAND[-1] == setup.dotted(setup.OLDEST)
    assert setup.NEWER[-1] == f"python{setup.dotted(setup.OLDEST)}"
    conda = tuple(int(part) for part in CONDA[0].split("=")[1].split("."))
    assert conda >= setup.OLDEST


def test_a_new_lock_names_one_torch_and_no_gpu():
    raw = (
        "anyio==4.16.0\ncuda-bindings==13.0.1 ; sys_platform == 'linux'\n"
        "nvidia-nccl-cu13==2.1\ntorch==2.13.0 ; sys_platform == 'darwin'\n"
        "torch==2.13.0+cpu ; sys_platform != 'darwin'\ntriton==3.7.0\nzipp==1.0\n"
    )
    assert lock.plain(raw) == "anyio==4.16.0\ntorch==2.13.0\nzipp==1.0\n"


def test_help_names_every_command():
    makefile = (ROOT / "Makefile").read_text()
    commands = set(re.search(r"\.PHONY: (.*)", makefile).group(1).split()) - {"help"}
    assert commands == set(re.findall(r'@echo "make (\w+)', makefile))


def test_a_container_is_set_up_as_everywhere_without_cuda():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    version = re.fullmatch(r"mcr\.microsoft\.com/devcontainers/python:(3\.\d+)", container["image"])
    assert tuple(int(part) for part in version.group(1).split(".")) >= setup.OLDEST
    assert container["postCreateCommand"] == "make setup"
    assert container["containerEnv"] == {"PIP_EXTRA_INDEX_URL": CPU_INDEX}
    assert container["forwardPorts"] == [8888]  # JupyterLab's own
    code = container["customizations"]["vscode"]
    assert {"ms-python.python", "ms-toolsai.jupyter"} <= set(code["extensions"])
    assert code["settings"] == {
        "python.defaultInterpreterPath": "${containerWorkspaceFolder}/.venv/bin/python"
    }


# --- whose it is


def test_the_citation_has_what_the_format_requires_and_no_other_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    required = {"cff-version", "message", "title", "authors"}
    known = {"abstract", "keywords", "license", "type", "version"}  # of all those in schema 1.2.0
    assert required <= set(citation) <= required | known
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software"
    assert citation["authors"] == [{"name": "The authors of this course"}]
    assert citation["version"] == PROJECT["version"]
    assert all(isinstance(citation[key], str) for key in set(citation) - {"authors", "keywords"})


def test_the_code_is_under_mit_and_the_prose_under_cc_by():
    code, prose = ((ROOT / name).read_text() for name in PROJECT["license-files"])
    assert code.startswith("MIT License") and "authors of this course" in code
    assert "https://creativecommons.org/licenses/by/4.0/" in prose
    assert PROJECT["license"] == "MIT AND CC-BY-4.0"
    readme = (ROOT / "README.md").read_text()
    assert all(f"]({name})" in readme for name in [*PROJECT["license-files"], "CITATION.cff"])


# --- what a bare machine is told


def test_an_old_python_can_read_what_tells_it_that_it_is_old():
    ast.parse((ROOT / "tools/setup.py").read_text(), feature_version=(3, 7))


def test_an_old_python_is_told_which_one_is_needed():
    with pytest.raises(setup.Trouble, match=r"^Python 3\.11 or newer is needed, this is 3\.8\.10;"):
        setup.hand_over((3, 8, 10), names=["python-that-is-not-here"])


def test_a_python_without_venv_is_told_what_to_install():
    with pytest.raises(setup.Trouble, match=r"no module venv_gone and no pip_gone; .*python3-venv"):
        setup.check_modules("sys", "venv_gone", "pip_gone")


def test_a_full_disk_is_told_before_anything_is_installed():
    with pytest.raises(setup.Trouble, match=r"about 3 GB are needed, 1\.5 GB are free"):
        setup.check_room(free=1.5e9, held=1e9)
    setup.check_room(free=1.5e9, held=1.6e9)  # an interrupted installation counts


@pytest.mark.parametrize(
    "line, told",
    [
        ("Retrying (...) after connection broken by 'NewConnectionError(...)'", "no network"),
        ("Retrying (...) after connection broken by 'NameResolutionError(...)'", "no network"),
        ("urllib3.exceptions.ReadTimeoutError: Read timed out.", "no network"),
        ("ERROR: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: [Errno 13] Permission denied: '/x/.venv/bin'", "may not write '/x/.venv/bin'"),
        ("", "no torch==2.13.0 for this Python"),
    ],
)
def test_the_reason_of_a_failed_installation_is_one_line(line, told):
    log = f"Collecting torch\n{line}\nERROR: No matching distribution found for torch==2.13.0\n"
    assert told in setup.reason(log) and "\n" not in setup.reason(log)


def test_an_unknown_failure_points_to_the_log():
    assert setup.reason("ERROR: something new") == "pip failed, see .venv/pip.log"


def test_the_stamp_tells_another_lock_project_place_or_python(tmp_path):
    stamps = set()
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        for text in ("old", "new"):
            (tmp_path / place / "pyproject.toml").write_text(text)
            for versions in ("a==1", "a==2"):
                (tmp_path / place / "requirements.lock").write_text(versions)
                stamps |= {setup.stamp(tmp_path / place, python) for python in ("3.11.7", "3.12.1")}
    assert len(stamps) == 2**4
    assert setup.stamp(tmp_path / "there", "3.12.1") in stamps


def test_an_environment_that_was_moved_or_half_made_is_made_anew(tmp_path):
    place = tmp_path / ".venv"
    assert setup.version_of(place) is None
    venv.create(place, symlinks=sys.platform != "win32")
    assert setup.version_of(place) is None  # no pip yet
    next(place.glob("[Ll]ib/**/site-packages")).joinpath("pip.py").touch()
    assert setup.version_of(place) == sys.version.split()[0]
    place.rename(tmp_path / "moved")
    assert setup.version_of(tmp_path / "moved") is None


def test_a_package_whose_installation_was_interrupted_is_installed_again(tmp_path):
    site = tmp_path / "lib/python3.11/site-packages"
    for name in ("whole-1.0.dist-info", "half-1.0.dist-info"):
        (site / name).mkdir(parents=True)
        (site / name / "METADATA").touch()
    (site / "whole-1.0.dist-info/INSTALLER").touch()
    setup.drop_half_installed(tmp_path)
    assert [path.name for path in site.iterdir()] == ["whole-1.0.dist-info"]


@pytest.mark.parametrize(
    "record",
    ["", "\0\0\0\0", "code.py,,5\n", "code.py,,4\ngone.py,,4\n", "code.py,,4\ngone.pyc,,\n"],
)
def test_a_package_that_lost_files_to_a_loss_of_power_is_installed_again(tmp_path, record):
    site = tmp_path / "lib/python3.11/site-packages"
    (site / "one-1.0.dist-info").mkdir(parents=True)
    (site / "one-1.0.dist-info/INSTALLER").touch()
    (site / "code.py").write_text("1234")
    (site / "one-1.0.dist-info/RECORD").write_text(
        "code.py,sha256=x,4\none-1.0.dist-info/RECORD,,\n"
    )
    setup.drop_half_installed(tmp_path)
    assert (site / "one-1.0.dist-info").is_dir()
    (site / "one-1.0.dist-info/RECORD").write_text(record)
    setup.drop_half_installed(tmp_path)
    assert not (site / "one-1.0.dist-info").exists()


# --- a student's work


@pytest.fixture
def course(tmp_path):
    """A course of two notebooks, handed out once."""
    folder, work = tmp_path / "notebooks", tmp_path / "work"
    folder.mkdir()
    for name in ("01_a", "02_b"):
        (folder / f"{name}.ipynb").write_text(f"{name} as shipped")
    assert lab.hand_out(folder, work) == []
    return folder, work


def test_every_notebook_is_handed_out(course):
    _, work = course
    texts = {path.name: path.read_text() for path in work.glob("*.ipynb")}
    assert texts == {"01_a.ipynb": "01_a as shipped", "02_b.ipynb": "02_b as shipped"}


def test_an_untouched_notebook_follows_the_course(course):
    folder, work = course
    for text in ("newer", "newer still"):
        (folder / "01_a.ipynb").write_text(text)
        assert lab.hand_out(folder, work) == []
        assert (work / "01_a.ipynb").read_text() == text


def test_a_students_changes_are_never_overwritten(course):
    folder, work = course
    (work / "01_a.ipynb").write_text("mine")
    assert lab.hand_out(folder, work) == []  # the course has nothing new to tell
    (folder / "01_a.ipynb").write_text("newer")
    for _ in range(2):
        (line,) = lab.hand_out(folder, work)
        assert "01_a.ipynb" in line and "make fresh NOTEBOOK=01_a" in line
        assert (work / "01_a.ipynb").read_text() == "mine"


def test_a_notebook_of_unknown_origin_is_taken_for_the_students(course):
    folder, work = course
    (work / ".shipped/01_a.ipynb").unlink()
    (work / "01_a.ipynb").write_text("mine")
    assert len(lab.hand_out(folder, work)) == 1
    assert (work / "01_a.ipynb").read_text() == "mine"


# a command that waits before its n-th move of a file into place
SLOW = """
import sys
from pathlib import Path
tools, folder, work, n = sys.argv[1:]
sys.path.insert(0, tools)
import lab
moves = []
def wait(event, arguments):
    if event == "os.rename":
        moves.append(event)
        if len(moves) == int(n):
            print("waiting", flush=True)
            sys.stdin.readline()
sys.addaudithook(wait)
lab.WHAT
"""


def slow(folder, work, n, what="hand_out(Path(folder), Path(work))"):
    """The process, before its n-th move."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW.replace("WHAT", what), ROOT / "tools", folder, work, str(n)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert b"waiting\n" in iter(process.stdout.readline, b"")
    return process


@pytest.mark.parametrize("n", [1, 2])
def test_a_hand_out_that_was_killed_leaves_an_untouched_notebook_the_courses(course, n):
    folder, work = course
    (folder / "01_a.ipynb").write_text("newer")
    with slow(folder, work, n) as process:
        process.kill()
    assert (work / "01_a.ipynb").read_text() in ("01_a as shipped", "newer")
    (folder / "01_a.ipynb").write_text("newest")
    assert lab.hand_out(folder, work) == []
    assert (work / "01_a.ipynb").read_text() == "newest"


def test_two_hand_outs_at_once_both_end_well(course):
    folder, work = course
    (folder / "01_a.ipynb").write_text("newer")
    with slow(folder, work, 1) as process:
        assert lab.hand_out(folder, work) == []
        process.communicate(b"\n")
    assert process.returncode == 0
    assert (work / "01_a.ipynb").read_text() == "newer"
    assert list(work.rglob("*.part")) == []


@pytest.mark.parametrize("n", [1, 2])
def test_two_at_once_that_bring_a_notebook_back_keep_the_students(course, n):
    folder, work = course
    (folder / "01_a.ipynb").write_text("newer")
    (work / "01_a.ipynb").write_text("mine")
    with slow(folder, work, n, "fresh('01_a', Path(folder), Path(work))") as process:
        assert lab.fresh("01_a", folder, work) == 0
        process.communicate(b"\n")
    assert process.returncode == 0
    assert (work / "01_a.ipynb").read_text() == "newer"
    assert "mine" in [path.read_text() for path in work.glob("01_a.mine*.ipynb")]


def test_a_full_disk_keeps_the_students_notebook_where_it_is(course, monkeypatch):
    folder, work = course
    (work / "01_a.ipynb").write_text("mine")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    for function in ("open", "write_bytes"):  # of the copy, of the course's
        with monkeypatch.context() as patch:
            patch.setattr(Path, function, full)
            with pytest.raises(OSError, match="No space left"):
                lab.fresh("01_a", folder, work)
        assert (work / "01_a.ipynb").read_text() == "mine"


def test_an_older_course_that_kept_the_notebook_itself_is_understood(course):
    folder, work = course
    (work / ".shipped/01_a.ipynb").write_text("01_a as shipped")
    (folder / "01_a.ipynb").write_text("newer")
    assert lab.hand_out(folder, work) == []
    assert (work / "01_a.ipynb").read_text() == "newer"


def test_an_interrupt_and_damaged_settings_end_in_one_line(tmp_path, monkeypatch, capsys):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(lab, "hand_out", pressed)
    with pytest.raises(SystemExit, match="130"):
        lab.main([])
    assert capsys.readouterr().err == "lab: stopped; the same command goes on from here\n"
    (tmp_path / "a.json").write_text('{"half": ')
    with pytest.raises(OSError, match=r"a.json holds no settings \(.*; mend or delete it"):
        lab.write_settings(tmp_path / "a.json")


@pytest.mark.skipif(sys.platform == "win32", reason="ulimit is a shell's of POSIX")
def test_a_full_disk_leaves_the_old_notebook_and_one_line(course):
    folder, work = course
    (folder.parent / "tools").mkdir()
    shutil.copy(ROOT / "tools/lab.py", folder.parent / "tools")
    (folder / "01_a.ipynb").write_text("newer" * 1000)
    command = f"ulimit -f 1; exec '{sys.executable}' tools/lab.py"  # no file above 1 KiB
    answer = subprocess.run(
        ["bash", "-c", command], cwd=folder.parent, capture_output=True, text=True, check=False
    )
    (line,) = answer.stderr.splitlines()
    assert answer.returncode == 1 and line.startswith("lab: ")
    assert (work / "01_a.ipynb").read_text() == "01_a as shipped"
    assert list(work.rglob("*.part")) == []
    assert lab.hand_out(folder, work) == []
    assert (work / "01_a.ipynb").read_text() == "newer" * 1000


def test_fresh_brings_the_courses_notebook_and_keeps_every_one_of_the_student(course, capsys):
    folder, work = course
    for text, kept in [("one", "01_a.mine"), ("two", "01_a.mine2"), ("three", "01_a.mine3")]:
        (work / "01_a.ipynb").write_text(text)
        assert lab.fresh("01_a", folder, work) == 0
        assert f"{kept}.ipynb" in capsys.readouterr().out
        assert (work / "01_a.ipynb").read_text() == "01_a as shipped"
        assert (work / f"{kept}.ipynb").read_text() == text


def test_a_notebook_that_is_the_courses_again_follows_it_again(course):
    folder, work = course
    (work / ".shipped/02_b.ipynb").unlink()  # lost, but the notebook itself tells
    assert lab.hand_out(folder, work) == []
    (work / "01_a.ipynb").write_text("mine")
    (folder / "01_a.ipynb").write_text("newer")
    assert lab.fresh("01_a", folder, work) == 0
    for name in ("01_a.ipynb", "02_b.ipynb"):
        (folder / name).write_text("newest")
        assert lab.hand_out(folder, work) == []
        assert (work / name).read_text() == "newest"


def test_fresh_keeps_no_copy_of_what_the_student_never_changed(course):
    folder, work = course
    (folder / "02_b.ipynb").write_text("newer")
    assert lab.fresh("notebooks/02_b.ipynb", folder, work) == 0
    assert (work / "02_b.ipynb").read_text() == "newer"
    assert sorted(path.name for path in work.glob("*.ipynb")) == ["01_a.ipynb", "02_b.ipynb"]


def test_fresh_of_no_notebook_names_those_there_are(course, capsys):
    assert lab.fresh("03_c", *course) == 1
    assert "01_a 02_b" in capsys.readouterr().err


def test_the_courses_settings_leave_the_others_as_they_are(tmp_path):
    path = tmp_path / "settings/overrides.json"
    lab.write_settings(path)
    assert json.loads(path.read_text()) == lab.SETTINGS
    plugin = "@jupyter-widgets/jupyterlab-manager:plugin"
    path.write_text(json.dumps({"theme": {"dark": True}, plugin: {"saveState": False, "more": 1}}))
    lab.write_settings(path)
    held = json.loads(path.read_text())
    assert held["theme"] == {"dark": True} and held[plugin] == {"saveState": True, "more": 1}


# --- an exported page


@pytest.fixture
def saved():
    """A notebook as Lab saves it with a panel's state."""
    data = {notebooks.WIDGET: {"model_id": "a" * 32}, "image/png": "UE5H", "text/plain": "a line"}
    cell = new_code_cell("panel", outputs=[new_output("display_data", data)])
    state = {"state": {"a" * 32: {}}, "version_major": 2, "version_minor": 0}
    widgets = {"application/vnd.jupyter.widget-state+json": state}
    return new_notebook(cells=[cell], metadata={"widgets": widgets})


def page(notebook, exporter, config):
    return exporter(config=Config(config)).from_notebook_node(notebook)[0]


def test_a_page_shows_the_picture_of_a_panel_whose_controls_cannot_come(saved):
    picture = "data:image/png;base64,UE5H"
    assert picture not in page(saved, HTMLExporter, {})  # what the setting is for
    command_line = NbConvertApp()
    command_line.parse_command_line([o for o in lab.options([]) if "Exporter" in o])
    for config in (lab.EXPORT, command_line.config):
        assert picture in page(saved, HTMLExporter, config)


def test_a_page_that_is_no_html_stays_as_it_would_be(saved):
    saved.cells[0].outputs[0].data["text/html"] = "<b>bold</b>"
    assert page(saved, LatexExporter, lab.EXPORT) == page(saved, LatexExporter, {})


def test_every_program_of_jupyter_finds_how_to_export():
    (file,) = [Path(sys.prefix, place) for place in lab.FILES if lab.FILES[place] == lab.EXPORT]
    assert file.stem == "jupyter_config" and str(file.parent) in jupyter_config_path()


# --- the notebooks as they are stored


def notebook(first, second, version="3.11.7"):
    """A small executed notebook; `first` and `second` are the ids of its widgets."""
    views = [
        new_output(
            "display_data", {notebooks.WIDGET: {"model_id": name}, "text/plain": "level 0.5"}
        )
        for name in (first, second, first)
    ]
    state = new_output("display_data", {"application/json": {"children": [f"IPY_MODEL_{second}"]}})
    cells = [
        new_markdown_cell("Twice the same."),
        new_markdown_cell("Twice the same.", metadata={"lines_to_next_cell": 2}),
        new_code_cell("show(\n    all)", outputs=[*views, state], metadata={"tags": ["kept"]}),
    ]
    metadata = {"language_info": {"name": "python", "version": version}, "widgets": {"state": {}}}
    return new_notebook(cells=cells, metadata=metadata | {"jupytext": {"version": version}})


def test_two_executions_are_stored_as_the_same_bytes():
    one = nbformat.writes(notebooks.tidy(notebook("a" * 32, "b" * 32)))
    other = nbformat.writes(notebooks.tidy(notebook("c" * 32, "0d" * 16, version="3.11.9")))
    assert one == other


def test_widgets_stay_the_same_and_apart():
    cell = notebooks.tidy(notebook("a" * 32, "b" * 32)).cells[-1]
    first, second, again, state = (output.data for output in cell.outputs)
    names = [data[notebooks.WIDGET].model_id for data in (first, second, again)]
    assert names[0] == names[2] != names[1]
    assert state["application/json"].children == [f"IPY_MODEL_{names[1]}"]


def test_cell_ids_are_unique_and_change_with_the_cells_own_text_only():
    plain, changed = notebook("a" * 32, "b" * 32), notebook("a" * 32, "b" * 32)
    changed.cells.insert(0, new_markdown_cell("Something new."))
    changed.cells[-1].source += "  # another text"
    before, after = ([cell.id for cell in notebooks.tidy(each).cells] for each in (plain, changed))
    assert len(set(after)) == 4
    assert after[1:3] == before[:2] and after[3] != before[2]


def test_a_stored_notebook_is_valid_and_holds_no_widget_state():
    tidy = notebooks.tidy(notebook("a" * 32, "b" * 32))
    nbformat.validate(tidy)
    assert (tidy.nbformat, tidy.nbformat_minor) == (4, 5)
    assert tidy.metadata == {"kernelspec": notebooks.KERNEL, "language_info": {"name": "python"}}
    assert tidy.metadata.kernelspec.display_name == "Python 3 (ipykernel)"
    assert [cell.metadata for cell in tidy.cells] == [{}, {}, {"tags": ["kept"]}]


@pytest.mark.parametrize(
    "output",
    [
        new_output("display_data", {"text/plain": "could not draw: ValueError: x"}),
        new_output("stream", text="fine\ncould not draw: ValueError: x\n"),
    ],
)
def test_a_panel_that_could_not_draw_is_refused_with_its_cell(output):
    broken = notebook("a" * 32, "b" * 32)
    notebooks.check_pictures(broken)
    broken.cells[-1].outputs.append(output)
    with pytest.raises(notebooks.Refused, match=r"^cell 3 \(show\(\): could not draw: ValueError"):
        notebooks.check_pictures(broken)


def test_a_notebook_is_stored_with_whole_weights_alone(monkeypatch):
    def execute(notebook):
        raise notebooks.Refused(f"short trainings: {os.environ['GENLIB_SHORT']}")

    monkeypatch.setattr(notebooks, "execute", execute)
    with mock.patch.dict(os.environ), mock.patch("sys.stderr", io.StringIO()) as said:
        assert notebooks.main(["01_chain_rule"]) == 1
    assert "short trainings: 0" in said.getvalue()


def test_a_cell_that_raises_is_refused_by_name():
    broken = new_notebook(cells=[new_markdown_cell("Why."), new_code_cell("1 / 0")])
    with pytest.raises(notebooks.Refused, match=r"(?s)^cell 2 \(1 / 0\): .*ZeroDivisionError"):
        notebooks.execute(broken)
