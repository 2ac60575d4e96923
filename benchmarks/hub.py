"""How much memory do students take who share one JupyterHub, and how long do they wait? Linux only, on 127.0.0.1 only.

    python benchmarks/hub.py [02_nade 06_dcgan ...]

JupyterHub is started for real, with a user for each notebook. All log in, in one browser with a window each. They run
their notebooks at the same time, down to the first panel and then to the end, and move that panel by key. Memory is
read when the hub is alone, when all have JupyterLab open, and at the end: MB (10^6 bytes) of the proportional set,
which shares out what several processes hold together, and of the resident set. It happens RUNS times, and what is
printed is kept in benchmarks/results/hub.json. JupyterHub is no package of the course: where it is missing this says
how to get it, and ends well.
"""

import argparse
import contextlib
import importlib.util
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import nbformat
import psutil
from parts import keep, one_of, peak
from playwright.sync_api import Page, sync_playwright

if TYPE_CHECKING:
    from reader import Reader

ROOT = Path(__file__).parents[1]
SOURCES = {source.stem: source for source in sorted(ROOT.glob("notebooks/src/*.py"))}
NOTEBOOKS = ["02_nade", "06_dcgan"]  # the second takes about as much memory as any
RUNS = 2
PASSWORD = "only-on-this-machine"
SETTLE = 5  # seconds after the last log-in, for what only starts
SECONDS = 600  # at most, for what a user waits for
PATIENCE = 30  # seconds that the hub has to end
THREADS = "1"  # for torch: on a shared server each student should keep to one core
PROXY, SERVER = "configurable-http-proxy", "jupyterhub.singleuser"
# a word in the command of a process, the first that fits
COMMANDS = {"proxy": PROXY, "server": SERVER, "kernel": "ipykernel", "hub": "jupyterhub"}
MEASURES = ("proportional", "resident", "peak")
MOMENTS = {
    "alone": "the hub alone",
    "lab": "all in JupyterLab",
    "end": "all notebooks run, panels moved",
}

# the first panel of a run: seconds until its picture is painted
FIRST = """index => {
    const {shell, commands} = window.jupyterapp, {content} = shell.currentWidget, start = performance.now();
    const old = new Set(document.querySelectorAll(PANEL));
    window.first = null;
    content.activeCellIndex = index + 1;
    commands.execute("notebook:run-all-above");
    const look = setInterval(() => {
        content.scrollToItem(index, "start");
        const panel = content.widgets[index].node.querySelector(PANEL);
        if (!panel || old.has(panel) || !(PAINTED)(panel)) return;
        clearInterval(look);
        window.first = (performance.now() - start) / 1000;
    }, 100);
}"""
# the cells below it: seconds until the last is done
REST = """index => {
    const start = performance.now();
    window.rest = null;
    window.jupyterapp.shell.currentWidget.content.activeCellIndex = index + 1;
    window.jupyterapp.commands.execute("notebook:run-all-below").finally(() => window.rest = (performance.now() - start) / 1000);
}"""


class Process(NamedTuple):
    """A process of the hub, and its memory in MB."""

    command: str
    user: str
    proportional: float
    resident: float
    peak: float


def missing() -> str:
    """What is not there, and how to get it, in a sentence; "" where all is there."""
    if not Path("/proc/self/smaps_rollup").exists():
        return "the memory of processes is read from /proc, which only Linux has"
    if importlib.util.find_spec("jupyterhub") is None:
        return "JupyterHub is not installed; get it by `pip install jupyterhub`"
    if shutil.which(PROXY) is None:
        return f"JupyterHub's proxy is not installed; get it by `npm install -g {PROXY}` (Node.js)"
    if in_tests("browsing").find_browser() is None:
        return "no Chromium or Chrome was found; install one, or name its path in BROWSER"
    return ""


def in_tests(name: str):
    """A module of the tests, which know how a browser is found and JupyterLab driven."""
    for folder in (str(ROOT / "tests"), str(ROOT / "tests" / "notebooks")):
        if folder not in sys.path:
            sys.path.append(folder)
    return importlib.import_module(name)


# --- memory


def table(processes: list[Process]) -> dict[str, dict[str, float]]:
    """{"hub", "proxy", "NAME's server", "NAME's kernel": {"proportional", "resident", "peak"}}, sums where several are alike."""
    found = {}
    for process in processes:
        row = found.setdefault(role(process), dict.fromkeys(MEASURES, 0.0))
        for measure in MEASURES:
            row[measure] += getattr(process, measure)
    return found


def role(process: Process) -> str:
    """What a process of the hub is for."""
    kind = next((kind for kind, word in COMMANDS.items() if word in process.command), "helper")
    return f"{process.user}'s {kind}" if process.user else kind


def processes(hub: psutil.Process) -> list[Process]:
    """The hub and all that it started."""
    found = []
    for process in [hub, *hub.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):  # some are short
            command, user = " ".join(process.cmdline()), process.environ().get("JUPYTERHUB_USER")
            memory = process.memory_full_info()
            sizes = memory.pss / 1e6, memory.rss / 1e6, peak(process.pid)
            found.append(Process(command, user or "", *sizes))
    return found


# --- the hub and its users


@contextlib.contextmanager
def serving(folder: Path, users: list[str]) -> Iterator[tuple[psutil.Process, str]]:
    """A hub with these users, each with a copy of the notebooks: its process and its address; nothing of it is left."""
    server = in_tests("server")
    course = server.course_lab()
    course.write_settings(folder / "settings/overrides.json", course.SETTINGS | server.ON_REQUEST)
    for user in users:
        shutil.copytree(ROOT / "notebooks", folder / user / "notebooks")
        shutil.copytree(ROOT / "benchmarks/results", folder / user / "benchmarks/results")
    ports = [server.free_port() for _ in range(3)]
    arguments = ["--LabApp.expose_app_in_browser=True", "--allow-root"]
    arguments += [f"--LabApp.app_settings_dir={folder / 'settings'}"]
    config = configuration(folder, users, ports, arguments)
    (folder / "config.py").write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "jupyterhub", "--config", str(folder / "config.py")]
    with (folder / "log.txt").open("w") as log:
        hub = psutil.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            server.wait_for(f"http://127.0.0.1:{ports[0]}/hub/health", hub, log)
            yield hub, f"http://127.0.0.1:{ports[0]}"
        finally:
            end(hub)


def configuration(folder: Path, users: list[str], ports: list[int], arguments: list[str]) -> str:
    """What JupyterHub reads. The spawner starts processes of whoever runs this: never for a class."""
    return f"""
c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = {ports[1]}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {PASSWORD!r}
c.Authenticator.allowed_users = {set(users)!r}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/{{username}}"
c.Spawner.cmd = {[sys.executable, "-m", SERVER]!r}
c.Spawner.args = {arguments!r}
c.Spawner.environment = {{"OMP_NUM_THREADS": {THREADS!r}}}
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
"""


def end(hub: psutil.Process) -> None:
    """End the hub, kindly first: then it ends its servers, and they their kernels."""
    started = hub.children(recursive=True) if hub.is_running() else []
    hub.terminate()
    _, left = psutil.wait_procs([hub, *started], timeout=PATIENCE)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=10)
    if left:
        print(f"{len(left)} processes of the hub did not end by themselves, and were killed")


def log_in(page: Page, address: str, user: str) -> float:
    """Log a user in; seconds until JupyterLab is there."""
    page.goto(f"{address}/hub/login?next=/hub/spawn")
    page.fill("#username_input", user)
    page.fill("#password_input", PASSWORD)
    start = time.monotonic()
    page.click("#login_submit")
    page.wait_for_url(f"**/user/{user}/lab*", timeout=120_000)
    page.wait_for_function(in_tests("reader").LAB, timeout=120_000)
    return time.monotonic() - start


def first_panel(notebook: str) -> int:
    """The index of the first cell that shows a panel."""
    cells = nbformat.read(ROOT / notebook, as_version=4).cells
    widget = in_tests("reader").WIDGET
    shown = lambda cell: [
        output for output in cell.get("outputs", []) if widget in output.get("data", {})
    ]
    return next(index for index, cell in enumerate(cells) if shown(cell))


def moved(reader: "Reader", index: int) -> tuple[str, str]:
    """A panel's line, and what it became by a key, or by a choice; AssertionError if no control changes it."""
    (panel, *_) = reader.panels(index)
    _, before = reader.painted(panel)
    test = in_tests("reader")
    changed = f"([panel, before]) => ({test.PAINTED})(panel)?.[1] != before"
    for control in panel.query_selector_all(test.CONTROLS):
        reader.push(control)
        with contextlib.suppress(AssertionError):
            reader.wait(changed, "the line stayed", [panel, before])
            return before, reader.painted(panel)[1]
    raise AssertionError(f"no control of cell {index + 1} changes the panel's line {before!r}")


def lesson(notebooks: dict[str, str]) -> dict:
    """A lesson of {user: notebook}: seconds of each, the machine's load, and the processes at three moments."""
    reader = in_tests("reader").Reader
    with contextlib.ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        hub, address = ends.enter_context(serving(folder, list(notebooks)))
        found = {"alone": processes(hub), "students": []}
        readers = []
        pages = ends.enter_context(windows(len(notebooks)))
        for page, (user, name) in zip(pages, notebooks.items(), strict=True):
            readers.append(reader(page, f"notebooks/{name}.ipynb"))
            found["students"].append({"user": user, "notebook": name})
            found["students"][-1]["login"] = log_in(page, address, user)
        time.sleep(SETTLE)
        found["lab"] = processes(hub)
        for student, waits in zip(found["students"], taught(readers), strict=True):
            student |= waits
        return found | {"end": processes(hub), "load": os.getloadavg()[0]}


@contextlib.contextmanager
def windows(count: int) -> Iterator[list[Page]]:
    """Windows of one browser that know nothing of each other."""
    browsing = in_tests("browsing")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browsing.find_browser(), args=browsing.FLAGS)
        yield [browser.new_context().new_page() for _ in range(count)]
        browser.close()


def taught(readers: "list[Reader]") -> list[dict[str, float]]:
    """What each waited, in seconds: for the first panel, and for the rest of the notebook; all run theirs at once."""
    test = in_tests("reader")
    first = FIRST.replace("PANEL", repr(test.PANEL)).replace("PAINTED", test.PAINTED)
    panels = [first_panel(reader.name) for reader in readers]
    for reader in readers:
        reader.open()
    waits = [{} for _ in readers]
    for script, name in ((first, "first"), (REST, "rest")):
        for reader, panel in zip(readers, panels, strict=True):
            reader.page.evaluate(script, panel)
        for reader, wait in zip(readers, waits, strict=True):
            reader.wait(f"() => window.{name}", f"no answer of {reader.name}", seconds=SECONDS)
            wait[name] = reader.page.evaluate(f"() => window.{name}")
    for reader, panel in zip(readers, panels, strict=True):
        reader.rest()
        before, after = moved(reader, panel)
        print(f"{reader.name}: {before!r}\nbecame by a key {after!r}", flush=True)
    return waits


def row(found: dict) -> dict:
    """What is kept of a lesson."""
    return found | {moment: table(found[moment]) for moment in MOMENTS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = {"nargs": "*", "type": one_of(SOURCES), "default": NOTEBOOKS}
    parser.add_argument("names", help=f"a notebook for each user (default: {NOTEBOOKS})", **names)
    names = parser.parse_args().names
    if lack := missing():
        print(f"hub is skipped: {lack}")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))  # and the hub with it
    notebooks = {f"student{number}": name for number, name in enumerate(names, 1)}
    runs = []
    for _ in range(RUNS):
        runs.append(row(lesson(notebooks)))
        print("load {load:.1f}".format(**runs[-1]))
        for moment, about in MOMENTS.items():
            print(about)
            for name, sizes in runs[-1][moment].items():
                told = ", ".join(f"{measure} {size:.0f}" for measure, size in sizes.items())
                print(f"  {name:18} {told} MB")
        for student in runs[-1]["students"]:
            print("{user} waits {login:.1f} s for JupyterLab,".format(**student), end=" ")
            print("{first:.1f} for the first panel of {notebook},".format(**student), end=" ")
            print("{rest:.1f} for the rest".format(**student), flush=True)
    if names == NOTEBOOKS:
        keep("hub", {"threads": int(THREADS), "runs": runs})


if __name__ == "__main__":
    main()
