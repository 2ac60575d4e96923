"""A real JupyterLab with the course's settings, and a real browser that may talk to nobody else."""

import contextlib
import functools
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
import running
import server
from reader import LAB, Reader
from server import ROOT

ALONE = str(Path(__file__).with_name("alone"))


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """A copy of what the notebooks need, laid out as in the repository; they come when they are read."""
    house = tmp_path_factory.mktemp("수업 자료")
    (house / "notebooks").mkdir()
    for results in (ROOT / "benchmarks").rglob("*.json"):
        copy = house / results.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(results, copy)
    return house


@pytest.fixture(scope="session")
def jupyter_env(tmp_path_factory):
    """A student's environment, in which Jupyter leaves the user's own files alone."""
    own = tmp_path_factory.mktemp("jupyter")
    # TQDM: the tests of stored notebooks switch the progress bars off, a student does not
    others = ("JUPYTER", "IPYTHON", "TQDM")
    env = {k: v for k, v in os.environ.items() if not k.startswith(others)}
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "user-settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    folders |= {"GENLIB_PROGRESS": "solved", "ASKED_OUTSIDE": "asked"}
    env["GENLIB_SHORT"] = "0"  # damaged weights are an error here, no short training
    # no process asks another machine
    env["PYTHONPATH"] = os.pathsep.join([ALONE, *filter(None, [env.get("PYTHONPATH")])])
    env |= {name: str(own / folder) for name, folder in folders.items()}
    course = server.course_lab()
    course.write_settings(own / "config/jupyter_config.json", course.EXPORT)
    return env | {"JUPYTER_PATH": str(Path(sys.prefix, "share/jupyter"))}


@pytest.fixture(scope="session")
def lab(house, jupyter_env, tmp_path_factory):
    """The address of a JupyterLab that serves the notebooks in `house`."""
    with server.serving(house / "notebooks", jupyter_env, tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="session")
def context(chromium):
    """What all pages share."""
    context = chromium.new_context(
        viewport={"width": 1200, "height": 1000}, reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def page(context):
    """A page of its own; what it asks of other machines it does not get."""
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture(scope="session")
def lab_page(context, lab):
    """The page of Lab in which all notebooks are read, one after the other."""
    page = context.new_page()
    page.outside = []
    page.on("request", lambda request: page.outside.append(request.url))
    return loaded(page, lab)


def loaded(page, lab):
    """The page, with Lab in it."""
    page.goto(lab)
    page.wait_for_function(LAB)
    return page


def asked_outside(page, env):
    """What a page, JupyterLab and its kernels asked of other machines so far."""
    here = ("http://127.0.0.1:", "data:", "blob:")
    outside = [address for address in page.outside if not address.startswith(here)]
    return outside + running.asked_outside(env)


@pytest.fixture
def read(lab_page, jupyter_env):
    """`read("01_chain_rule.ipynb")`: a reader who opens that notebook in Lab."""
    with contextlib.ExitStack() as readers:
        yield lambda name: readers.enter_context(contextlib.closing(Reader(lab_page, name))).open()
    assert asked_outside(lab_page, jupyter_env) == []


@pytest.fixture
def page_with_lab(page, lab):
    """Lab in a page that was loaded anew."""
    return loaded(page, lab)


@pytest.fixture(scope="session")
def ran(request, browser, house, jupyter_env):
    """`ran(path)`: what was seen of a notebook when it was run, once, in Lab or in a bare kernel."""

    @functools.cache
    def ran(path):
        shutil.copy(path, house / "notebooks")
        if browser is None:
            run = running.in_kernel(path, house / "notebooks", jupyter_env)
            run.take("outside", running.asked_outside, jupyter_env)
            return run
        page = request.getfixturevalue("lab_page")
        with contextlib.closing(Reader(page, path.name)) as reader:
            run = running.in_lab(reader, path)
        run.take("outside", asked_outside, page, jupyter_env)
        return run

    return ran


@pytest.fixture(scope="session")
def written(house):
    """`written(name, *cells)` writes a notebook beside the course's; it never ran."""

    def written(name, *cells):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(c) if isinstance(c, str) else c for c in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
        )
        nbformat.write(notebook, house / "notebooks" / name)
        return name

    return written
