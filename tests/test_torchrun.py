"""Recipes in two processes that `torchrun` starts: they end as one process does, and one of them writes."""

import ast
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import in_two_processes as child
import pytest
import torch

from genlib import recipes, training

CHILD = Path(child.__file__)
LIMIT = 300  # seconds in which a run must end by itself


def started(folder, what):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", str(CHILD), str(folder), what]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    given = os.environ | {"TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, **pipes, env=given, cwd=CHILD.parents[1])


def ended(run):
    """Exit status, stdout, stderr; a run that hangs is ended, and fails the test."""
    try:
        out, err = run.communicate(timeout=LIMIT)
    finally:
        run.terminate()  # and `torchrun` its processes
        run.communicate()
    return run.returncode, out, err


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """What each of two processes made and saw, the folder of each, and what was printed."""
    folder = tmp_path_factory.mktemp("two")
    status, out, err = ended(started(folder, "trainings"))
    assert status == 0, err
    folders = [folder / str(rank) for rank in (0, 1)]
    return [torch.load(one / "made.pt") for one in folders], folders, out


@pytest.fixture(scope="module")
def made(run):
    return run[0]


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


@pytest.mark.parametrize("what", ["slope", "gan", "codes"])
def test_two_processes_end_with_the_same_weights_and_statistics(made, what):
    assert same(made[0][what], made[1][what])


def test_the_mean_slope_of_two_shares_is_the_slope_of_the_batch(made):
    x = torch.randn(16, 3, generator=torch.Generator().manual_seed(0))
    for key, weight in child.by_slope(x, 4).items():
        torch.testing.assert_close(made[0]["slope"][key], weight)
    assert not same(child.by_slope(x[:8], 2), made[0]["slope"])


def test_two_processes_reach_the_likelihood_of_one_within_the_spread_of_seeds(made):
    one, two = [child.likelihood(seed) for seed in child.SEEDS], made[0]["likelihoods"]
    assert two == made[1]["likelihoods"] and len(set(two)) == len(two)
    assert min(one) < statistics.mean(two) < max(one)


@pytest.mark.parametrize("what, times", [("batches", 3), ("noise", 6)])
def test_each_process_sees_rows_and_noise_of_its_own_and_its_share_of_them(made, what, times):
    first, second = (one[what] for one in made)
    assert first.shape[:2] == second.shape[:2] == (times, 16)
    assert torch.cdist(first.flatten(2), second.flatten(2)).min() > 0
    assert made[0]["seed"] != made[1]["seed"]
    assert "size must be a multiple of the 2 processes, got 3" in made[0]["odd"]


TRAIN = {"fit", "minibatches", "play", "play_averaged", "train_by_schedule", "train_by_score"}
TRAININGS = [*Path(recipes.__file__).parent.glob("*.py"), Path(training.trainings.__file__)]


@pytest.mark.parametrize("path", TRAININGS, ids=lambda path: path.stem)
def test_what_a_training_draws_has_a_seed_of_the_process(path):
    for function in ast.parse(path.read_text(encoding="utf-8")).body:
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        if TRAIN & {ast.unparse(call.func) for call in calls}:
            for call in calls:
                if ast.unparse(call.func) == "torch.Generator().manual_seed":
                    assert ast.unparse(call.args[0]).startswith("own_seed("), call.lineno


def test_processes_that_differ_are_found_out(made):
    for one in made:
        assert one["agreed"] and not one["not agreed"] and one["after all"]


def test_the_first_process_alone_writes_and_speaks_and_the_file_says_how_many_there_were(run):
    _, (first, second), out = run
    name = "vae_digits_trial.safetensors"
    assert (first / name).exists() and not list(second.glob("*.safetensors"))
    assert out.count("heard once") == out.count(name) == 1 and "('processes', 2)" in out


def test_a_process_that_fails_ends_the_other_too(tmp_path):
    status, _, err = ended(started(tmp_path, "1"))
    assert status != 0 and "this process is out of paper" in err
    assert not list(tmp_path.rglob("*.safetensors"))


def test_an_interrupt_ends_both_and_no_file_is_written(tmp_path):
    run, begun = started(tmp_path, "none"), time.monotonic()
    while not all((tmp_path / rank / "begun").exists() for rank in "01"):
        assert run.poll() is None and time.monotonic() < begun + LIMIT
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    status, _, err = ended(run)
    assert status != 0 and "stopped: no file was written" in err
    assert not list(tmp_path.rglob("*.safetensors"))
