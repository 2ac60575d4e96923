"""One notebook full of faults: a run of it must find each of them, and nothing else."""

import base64
import subprocess
import sys

import inside
import nbformat
import pytest
import running
import torch
from nbformat.v4 import new_code_cell, new_notebook, new_output
from reader import WIDGET
from test_run import changed, changed_when_begun_again, errors, stored_sizes

from genlib import pictures

PNG = base64.b64encode(pictures.png(torch.zeros(4, 8))).decode()
SETUP = """
import torch
from torch import nn
from genlib.training import Player, fit
from genlib.widgets import Panel

counted, late, old = [], [], nn.Linear(1, 1)
calls = iter(range(1000))

def train(net):
    ones = iter(lambda: (torch.ones(1, 1),), None)
    fit({"net": Player(net, lambda x: net(x).mean())}, ones, steps=5)

def new():
    torch.manual_seed(0)
    return nn.Linear(1, 1)

def grey(level, line=None):
    return torch.full((4, 4), level / 4), f"level {level}" if line is None else line

def no_product(a, b):
    return ["b"] * (a == 0) + ["a"] * (b == 0)
"""
STORED = {"print('as stored')": False, "print('new')": True}  # and whether it has changed
AGAIN = {  # and whether it comes out otherwise when it is begun twice
    "print(3)": False,
    "counted.append(1)\nlen(counted)": True,
    "train(new())": False,
    "train(old)": True,
    "new().weight": False,
    "torch.rand(1)": True,
}
PANELS = {  # and what is wrong with it
    "lambda a=0, b=0: grey(a), a=(0, 3), b=(0, 3)": "b is dead at {'a': 0",
    "lambda a=0: grey(a), off=lambda a: ['a'], a=(0, 3)": "a is off and moves at {",
    "lambda a=0: grey(a // (3 - a)), a=(0, 3)": "could not draw: ZeroDivisionError",
    "lambda a=0: (torch.zeros(4, 4 + a), f'{a}'), a=(0, 3)": "the picture has (",
    "lambda a=0: grey(a, 'the same'), a=(0, 3)": "the line never changes",
    "lambda seed=0: grey(seed // 2), seed=(0, 7)": "seed 1 changes nothing at {'seed': 0}",
    "lambda a=0: grey(a, f'{next(calls)}'), a=(0, 3)": "it does not draw the same again",
    "lambda a=0: grey(a, f'{a} of {len(late)}'), a=(0, 3)": "it does not draw the same again",
    "lambda a=0: grey(a, f'{a} of {len(late) * a}'), a=(0, 3)": "it shows something else after",
    "lambda a=0, b=0: grey(a * b), off=no_product, a=(0, 2), b=(0, 2)": None,
}
IGNORED = {"tags": ["nbval-ignore-output"]}


@pytest.fixture(scope="module")
def run(tmp_path_factory, jupyter_env):
    """The run, in a bare kernel, of a notebook of the cells above, and one that raises."""
    path = tmp_path_factory.mktemp("faults") / "faults.ipynb"
    panels = [f"Panel({panel})" for panel in PANELS]
    unchecked = [
        new_code_cell(cell, metadata=IGNORED) for cell in (*AGAIN, *panels, "late.append(1)\n1 / 0")
    ]
    unchecked[-2].outputs = [new_output("execute_result", {WIDGET: {}, "image/png": PNG})]
    said = [new_output("stream", text="as stored\n")]
    stored = [new_code_cell(cell, outputs=said) for cell in STORED]
    nbformat.write(new_notebook(cells=[new_code_cell(SETUP), *stored, *unchecked]), path)
    return running.in_kernel(path, path.parent, jupyter_env)


def test_a_cell_that_raises_is_found(run):
    (error,) = errors(run)
    assert error.endswith("ZeroDivisionError: division by zero")


def test_an_output_that_is_not_the_stored_one_is_found(run, request):
    (line,) = changed(run, request.session)
    assert line.startswith("cell 3\n") and "as stored" in line and "new" in line


def test_a_cell_that_begins_otherwise_when_it_is_run_again_is_found(run):
    cells = range(2 + len(STORED), 2 + len(STORED) + len(AGAIN))
    wrong = [number for number, wrong in zip(cells, AGAIN.values(), strict=True) if wrong]
    assert [number for number in changed_when_begun_again(run) if number in cells] == wrong


def test_a_training_is_cut_where_it_is_begun_for_comparison(run):
    trains = [note for note in run["inside"]["begun"] if note["steps"]]
    assert [note["shown"] for note in trains] == [None, None]
    assert all(len(note["steps"]) == len(note["steps again"]) == inside.STEPS for note in trains)


@pytest.mark.parametrize("number, wrong", list(enumerate(PANELS.values())))
def test_what_is_wrong_with_a_panel_is_found_and_nothing_where_all_is_right(run, number, wrong):
    found = run["inside"]["swept"][number]["found"]
    assert found[0].startswith(wrong) if wrong else found == []


def test_a_stored_picture_of_another_size_is_found(run):
    sizes = [tuple(panel["size"]) for panel in run["inside"]["swept"]]
    assert len(sizes) == len(PANELS) and stored_sizes(run.path) == [(480, 240)] != sizes[-1:]


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org"])
def test_who_asks_another_machine_is_refused_and_noted(host, jupyter_env, tmp_path):
    env = jupyter_env | {"ASKED_OUTSIDE": str(tmp_path / "asked")}
    asks = f"import socket; socket.create_connection(('{host}', 80), 1)"
    ended = subprocess.run(
        [sys.executable, "-c", asks], env=env, stderr=subprocess.PIPE, check=False
    )
    assert f"{host} is another machine" in ended.stderr.decode()
    assert running.asked_outside(env) == [host]
