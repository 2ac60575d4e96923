"""The JupyterLab that the tests start, with the course's settings, and the browser that they find."""

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "only-for-the-tests"
# while a test saves, a save of Lab's own would end in a question that nobody answers
ON_REQUEST = {"@jupyterlab/docmanager-extension:plugin": {"autosave": False}}


@contextlib.contextmanager
def serving(notebooks, env, folder):
    """The address of a JupyterLab that serves a folder of notebooks; its own files lie in another."""
    course = course_lab()
    course.write_settings(folder / "settings/overrides.json", course.SETTINGS | ON_REQUEST)
    port = free_port()
    with (folder / "log.txt").open("w") as log:
        server = subprocess.Popen(
            command(notebooks, port, folder),
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", server, log)
            yield f"http://127.0.0.1:{port}/lab?reset&token={TOKEN}"
        finally:
            stop(server)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def command(notebooks, port, folder):
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"),
        *(f"--ServerApp.root_dir={notebooks}", "--LabApp.expose_app_in_browser=True"),
        f"--LabApp.app_settings_dir={folder / 'settings'}",
        # should the tests be killed, server and kernels end by themselves
        *(
            "--ServerApp.shutdown_no_activity_timeout=900",
            "--MappingKernelManager.cull_idle_timeout=600",
        ),
        *["--allow-root"] * (hasattr(os, "geteuid") and os.geteuid() == 0),
    ]


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
