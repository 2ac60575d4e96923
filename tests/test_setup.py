"""The environment: what pip takes, and a set-up that is stopped, doubled, moved or cut off.

Each set-up is the real one, in a small course of its own with two packages of one file.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "genlib"
version = "1.0"
"""
BACKEND = """
import time
from pathlib import Path
from zipfile import ZipFile

def build_editable(folder, config_settings=None, metadata_directory=None):
    Path("reached").touch()
    for _ in range(1200):  # a minute at most
        if Path("hold").exists():
            time.sleep(0.05)
    name, info = "genlib-1.0-py3-none-any.whl", "genlib-1.0.dist-info"
    with ZipFile(Path(folder, name), "w") as wheel:
        wheel.writestr("genlib.pth", str(Path.cwd()))
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: genlib\\nVersion: 1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""
WAITING = "another set-up is running in this folder; waiting"
NOWHERE = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple"}  # nobody listens there

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and folders of POSIX")


def write_wheel(folder, name, version="1.0", tag="py3-none-any"):
    """A package of one module; the path of its wheel."""
    path, info = folder / f"{name}-{version}-{tag}.whl", f"{name}-{version}.dist-info"
    code = f"version = {version!r}\n"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", code)
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,{len(code)}\n")
    return path


def only(**pip):
    """The environment variables, with those of pip replaced and its files of settings unread."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return kept | {"PIP_CONFIG_FILE": os.devnull} | pip


class Course:
    """A small course, set up from a folder of wheels and nothing else."""

    def __init__(self, root):
        self.root, self.wheels = root, root.parent / "wheels"
        for folder in (root / "tools", self.wheels):
            folder.mkdir(parents=True)
        shutil.copy(ROOT / "tools/setup.py", root / "tools")
        (root / "pyproject.toml").write_text(PROJECT)
        (root / "backend.py").write_text(BACKEND)
        (root / "genlib.py").touch()
        self.lock("one==1.0", "two==1.0")
        for name in ("one", "two"):
            write_wheel(self.wheels, name)

    def lock(self, *lines):
        (self.root / "requirements.lock").write_text("\n".join(lines) + "\n")

    def start(self, **pip):
        """The running set-up, in a process group of its own; it may trust no machine's encoding."""
        strict = ["-X", "warn_default_encoding", "-W", "error::EncodingWarning"]
        return subprocess.Popen(
            [sys.executable, *strict, "tools/setup.py"],
            cwd=self.root,
            env=only(**(pip or {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)})),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, **pip):
        """The exit status and the lines of a whole set-up."""
        with self.start(**pip) as process:
            lines = process.communicate(timeout=120)[0].splitlines()
        return process.returncode, lines

    def place_of_genlib(self):
        """Where the environment finds genlib; it must have the other two packages too."""
        question = "import one, two, genlib; print(genlib.__file__)"
        answer = subprocess.check_output(
            [self.root / ".venv/bin/python", "-c", question], cwd="/", env=only(PYTHONPATH="")
        )
        return Path(answer.decode().strip()).parent


def wait_for(path, process):
    """Wait until `path` is there, while `process` runs."""
    while not path.exists():
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.01)


def first_line(process):
    """The first line it prints, without waiting for its end."""
    return process.stdout.readline()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in a folder whose name has a space and Korean letters, set up by two at once."""
    course = Course(tmp_path_factory.mktemp("students") / "생성 모델")
    hold = course.root / "hold"
    hold.touch()
    with course.start() as one:
        wait_for(course.root / "reached", one)
        with course.start() as other:
            assert WAITING in first_line(other)
            hold.unlink()
            assert "Installing" not in other.communicate(timeout=120)[0]
        assert "Installing" in one.communicate(timeout=120)[0]
    assert (one.returncode, other.returncode) == (0, 0)
    return course


def test_two_at_once_install_once(course):
    assert course.place_of_genlib() == course.root


def test_once_installed_nothing_is_asked_of_a_network(course):
    assert course.run(**NOWHERE) == (0, [])


def test_once_installed_any_python_will_do(course):
    here = filter(None, map(shutil.which, ("python3.10", "python3.9", "python3.8")))
    # a pyenv shim is found and yet may not start
    old = [
        path for path in here if not subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL)
    ]
    if not old:
        pytest.skip("no Python here is too old")
    subprocess.check_call([old[0], "tools/setup.py"], cwd=course.root, env={"PATH": "/nowhere"})


def test_a_new_lock_without_a_network_ends_in_one_line_and_the_old_lock_still_works(course):
    course.lock("one==1.0", "two==1.0", "three==1.0")
    status, lines = course.run(**NOWHERE)
    assert status == 1
    assert [line for line in lines if line.startswith("setup: ")] == lines[-1:]
    assert "pip cannot reach its package index" in lines[-1]
    course.lock("one==1.0", "two==1.0")
    assert course.run(**NOWHERE)[0] == 0
    assert course.place_of_genlib() == course.root


def test_an_update_that_was_stopped_is_not_taken_for_the_version_before(course):
    write_wheel(course.wheels, "one", "2.0")
    course.lock("one==2.0", "two==9.9")  # the second is nowhere
    assert course.run()[0] == 1
    (course.root / "hold").touch()
    course.lock("one==2.0", "two==1.0")
    (course.root / "reached").unlink()
    with course.start() as process:
        wait_for(course.root / "reached", process)  # one is new, genlib is not yet in place
        os.killpg(process.pid, signal.SIGKILL)
    (course.root / "hold").unlink()
    course.lock("one==1.0", "two==1.0")
    assert course.run()[0] == 0
    assert list(course.root.glob(".venv/lib/*/site-packages/one-1.0.dist-info"))


def test_a_packages_file_cut_short_is_installed_again(course):
    (file,) = course.root.glob(".venv/lib/*/site-packages/two.py")
    file.write_text("")  # as after a loss of power
    (course.root / ".venv/.ready").unlink()
    assert course.run()[0] == 0
    assert file.read_text() == "version = '1.0'\n"


def test_a_folder_that_was_moved_is_set_up_anew(course):
    old = course.root
    course.root = old.rename(old.with_name("moved"))
    status, lines = course.run()
    assert status == 0 and any("Installing" in line for line in lines)
    assert course.place_of_genlib() == course.root
    subprocess.check_call(
        [course.root / ".venv/bin/pip", "--version"]
    )  # no script asks the old place


@pytest.mark.parametrize("moment", [".venv/pyvenv.cfg", ".venv/lib/*/site-packages/pip", "reached"])
def test_a_set_up_that_was_killed_goes_on_when_run_again(tmp_path, moment):
    course = Course(tmp_path / "course")
    (course.root / "hold").touch()
    with course.start() as process:
        while not list(course.root.glob(moment)):
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
    (course.root / "hold").unlink()
    assert course.run()[0] == 0
    assert course.place_of_genlib() == course.root
    assert course.run() == (0, [])


def test_a_pip_that_outlives_its_set_up_is_waited_for(course):
    (course.root / ".venv/.ready").unlink()
    (course.root / "reached").unlink()
    (course.root / "hold").touch()
    with course.start() as killed:
        wait_for(course.root / "reached", killed)
        killed.kill()
        killed.wait()
        with course.start() as other:
            assert WAITING in first_line(other)
            (course.root / "hold").unlink()
            other.communicate(timeout=120)
    assert other.returncode == 0
    assert course.place_of_genlib() == course.root


def test_a_folder_that_cannot_be_written_ends_in_one_line(tmp_path):
    course = Course(tmp_path / "course")
    (course.root / ".setup.lock").mkdir()  # no right of root's opens a folder for writing
    status, lines = course.run()
    assert (status, len(lines)) == (1, 1)
    assert lines[0].startswith("setup: nothing can be written here")


# --- which torch


def torch_that_pip_takes(folder, second_tag):
    """The version, where a first index has 2.13.0 and a second one 2.13.0+cpu for `second_tag`."""
    for index, version, tag in (
        ("all", "2.13.0", "py3-none-any"),
        ("cpu", "2.13.0+cpu", second_tag),
    ):
        place = folder / index / "torch"
        place.mkdir(parents=True)
        path = write_wheel(place, "torch", version, tag)
        (place / "index.html").write_text(f'<a href="{path.as_uri()}">{path.name}</a>')
    (conda,) = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"][2].values()
    address, *_ = (line.split()[1] for line in conda if line.startswith("--extra-index-url"))
    (torch,) = [
        line
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if line.startswith("torch==")
    ]
    (folder / "requirements.lock").write_text(torch + "\n")
    wishes = "\n".join(conda).replace(address, (folder / "cpu").as_uri()).replace("-e .", "")
    (folder / "wishes.txt").write_text(wishes)
    options = ["--dry-run", "--ignore-installed", "--quiet", "--report", "-", "-r", "wishes.txt"]
    report = subprocess.check_output(
        [sys.executable, "-m", "pip", "install", *options],
        cwd=folder,
        env=only(PIP_INDEX_URL=(folder / "all").as_uri(), PIP_DISABLE_PIP_VERSION_CHECK="1"),
    )
    (torch,) = json.loads(report)["install"]
    return torch["metadata"]["version"]


def test_conda_and_binder_take_the_cpu_build_of_torch(tmp_path):
    assert torch_that_pip_takes(tmp_path, "py3-none-any") == "2.13.0+cpu"


def test_a_machine_without_a_cpu_build_takes_the_plain_torch(tmp_path):
    assert torch_that_pip_takes(tmp_path, "py3-none-elsewhere") == "2.13.0"
