"""What a student has solved is kept: once, locally, and never at the cost of a verdict."""

import os
import shutil
import subprocess
import sys

import pytest

from genlib.exercises import chain_rule, nade, progress
from genlib.exercises.checker import Exercise
from genlib.exercises.checker.progress import COURSE, Progress, folder


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("GENLIB_PROGRESS", str(tmp_path / "solved"))
    return tmp_path / "solved"


def test_a_right_answer_is_kept_and_no_other(own):
    for answer in (None, 19, "many", lambda: 275):
        assert not chain_rule.dice.check(answer).right
    assert progress()["01 · The chain rule"] == (0, len(chain_rule.EXERCISES))
    assert chain_rule.dice.check(275).right
    assert progress()["01 · The chain rule"] == (1, len(chain_rule.EXERCISES))
    assert [path.name for path in own.iterdir()] == ["chain_rule.dice"]


def test_the_day_is_that_of_the_first_right_answer(own):
    chain_rule.dice.check(275)
    (own / "chain_rule.dice").write_text("2026-01-01\n")
    chain_rule.dice.check(275)
    assert (own / "chain_rule.dice").read_text() == "2026-01-01\n"


def test_an_exercise_that_is_not_the_courses_is_not_kept(own):
    assert Exercise(0.25, "Two coins.", {}, "Multiply.").check(0.25).right
    assert not own.exists()


def test_what_a_later_course_no_longer_has_does_no_harm(own):
    own.mkdir()
    (own / "chain_rule.gone").write_text("2026-01-01\n")
    (own / "alien").write_bytes(b"\xff")
    nade.large_size.check(498_157)
    assert progress()["01 · The chain rule"][0] == 0 and progress()["02 · NADE"][0] == 1


@pytest.mark.parametrize("broken", ["file", "device"])
def test_a_folder_that_cannot_be_written_costs_no_verdict(own, broken, monkeypatch):
    if broken == "file":
        own.write_text("in the way")
    else:
        monkeypatch.setenv("GENLIB_PROGRESS", os.devnull)
    assert chain_rule.dice.check(275).right
    assert progress()["01 · The chain rule"][0] == 0


def test_a_full_disk_costs_no_verdict(own, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.open", full)
    assert chain_rule.dice.check(275).right


def test_two_kernels_at_once_lose_nothing(own):
    code = (
        "from genlib.exercises import chain_rule, gan, nade, vae\n"
        "for module in (chain_rule, gan, nade, vae):\n"
        "    for exercise in module.EXERCISES.values():\n"
        "        exercise.check(exercise.reference)\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    found = progress()
    for name in ("01 · The chain rule", "02 · NADE", "04 · VAE", "05 · GAN"):
        assert found[name][0] == found[name][1] >= 3


def test_it_lies_outside_the_course_where_nothing_else_is_wished(monkeypatch):
    monkeypatch.delenv("GENLIB_PROGRESS")
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    assert folder().is_absolute() and not str(folder()).startswith(root)
    assert folder().parts[-2:] == ("genlib", "solved") or "genlib" in str(folder())


def test_every_notebook_with_exercises_is_in_it():
    import pkgutil

    import genlib.exercises

    modules = {m.name for m in pkgutil.iter_modules(genlib.exercises.__path__)} - {"checker"}
    assert set(COURSE.values()) == modules
    assert len(progress()) == 12 and all(every >= 3 for _, every in progress().values())


def test_how_it_is_shown():
    shown = Progress({"02 · NADE": (1, 4)})
    assert repr(shown) == "02 · NADE               1 of 4"
    assert 'value="1" max="4"' in shown._repr_html_() and "1 of 4" in shown._repr_html_()


def test_it_may_be_thrown_away(own):
    chain_rule.dice.check(275)
    shutil.rmtree(own)
    assert progress()["01 · The chain rule"][0] == 0
