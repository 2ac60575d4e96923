"""A real JupyterLab with the course's settings, and a real browser that may talk to nobody else."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from reader import Reader

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "only-for-the-tests"
BROWSERS = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
]


def find_browser():
    """The path of Chromium or Chrome; None if there is none."""
    wished = os.environ.get("BROWSER", "")  # on some machines it names quite another browser
    names = [wished] * ("chrom" in wished.lower()) + BROWSERS
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def chromium():
    """The browser; without one the tests are skipped, or fail where REQUIRE_BROWSER is set."""
    path = find_browser()
    if path is None:
        missing = "no Chromium or Chrome found (BROWSER may name its path)"
        pytest.fail(missing) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """A copy of what the notebooks need, laid out as in the repository."""
    house = tmp_path_factory.mktemp("house")
    (house / "notebooks").mkdir()
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, house / "notebooks")
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
    env |= {name: str(own / folder) for name, folder in folders.items()}
    course_lab().write_settings(own / "config/jupyter_config.json", course_lab().EXPORT)
    return env | {"JUPYTER_PATH": str(Path(sys.prefix, "share/jupyter"))}


@pytest.fixture(scope="session")
def lab(house, jupyter_env, tmp_path_factory, chromium):
    """The address of a JupyterLab that serves the notebooks in `house`."""
    folder = tmp_path_factory.mktemp("lab")
    course_lab().write_settings(folder / "settings/overrides.json")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"),
        *(f"--ServerApp.root_dir={house / 'notebooks'}", "--LabApp.expose_app_in_browser=True"),
        f"--LabApp.app_settings_dir={folder / 'settings'}",
        # should the tests be killed, server and kernels end by themselves
        *(
            "--ServerApp.shutdown_no_activity_timeout=900",
            "--MappingKernelManager.cull_idle_timeout=600",
        ),
        *["--allow-root"] * (hasattr(os, "geteuid") and os.geteuid() == 0),
    ]
    log = (folder / "log.txt").open("w")
    server = subprocess.Popen(
        command, env=jupyter_env, stdout=log, stderr=log, start_new_session=True
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", server, log)
        yield f"http://127.0.0.1:{port}/lab"
    finally:
        stop(server)
        log.close()


def course_lab():
    """tools/lab.py, which knows the settings of Lab that the course ships."""
    spec = importlib.util.spec_from_file_location("course_lab", ROOT / "tools/lab.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wait_for(address, server, log, seconds=90):
    """Return when the server answers; AssertionError with its log if it does not."""
    deadline = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start:\n{Path(log.name).read_text()[-2000:]}")


def stop(server):
    """End the server, kindly first: then it ends its kernels too."""
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


@pytest.fixture
def visit(chromium):
    """A new page each call, as of a new reader; requests to other machines are cut and listed."""
    contexts, outside = [], []

    def cut(route):
        outside.append(route.request.url)
        route.abort()

    def visit():
        context = chromium.new_context(viewport={"width": 1200, "height": 1000})
        context.route(lambda url: not url.startswith(("http://127.0.0.1:", "file:")), cut)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    visit.outside = outside
    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def read(visit, lab):
    """`read("01_chain_rule.ipynb")`: a new reader who opens that notebook in Lab."""
    readers = []

    def read(name):
        readers.append(Reader(visit(), f"{lab}/tree/{name}?reset&token={TOKEN}"))
        return readers[-1]

    yield read
    for reader in readers:
        reader.leave()
    assert not visit.outside, "a page asked for something outside this machine"


@pytest.fixture
def written(house):
    """`written(name, *cells)` writes a notebook beside the course's; it never ran."""
    import nbformat

    def written(name, *cells):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
        )
        nbformat.write(notebook, house / "notebooks" / name)
        return name

    return written
