"""Checkers: the reference is right, each typical wrong answer gets its own hint, and nothing ever raises."""

import importlib
import itertools
import pkgutil

import pytest
import torch

import genlib.exercises

MODULES = [m.name for m in pkgutil.iter_modules(genlib.exercises.__path__) if m.name != "checker"]
EXERCISES = {
    f"{module}.{name}": exercise
    for module in MODULES
    for name, exercise in importlib.import_module(f"genlib.exercises.{module}").EXERCISES.items()
}
WRONG = [(name, hint) for name, exercise in EXERCISES.items() for hint in exercise.wrong]


@pytest.fixture(params=EXERCISES.values(), ids=EXERCISES)
def exercise(request):
    return request.param


def test_the_reference_is_right(exercise):
    verdict = exercise.check(exercise.reference)
    assert verdict.right and exercise.praise in verdict


@pytest.mark.parametrize("name, hint", WRONG)
def test_each_wrong_answer_gets_its_own_hint(name, hint):
    verdict = EXERCISES[name].check(EXERCISES[name].wrong[hint])
    assert not verdict.right and hint in verdict


def test_there_are_at_least_three_exercises_a_notebook_and_three_wrong_answers_each(exercise):
    assert len(exercise.wrong) >= 3
    for module in MODULES:
        assert sum(name.startswith(module + ".") for name in EXERCISES) >= 3


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "abc",
        [],
        {},
        float("nan"),
        torch.zeros(3),
        object(),
        10**400,
        lambda *a: None,
        lambda: 3,
        lambda *a: 1 / 0,
        lambda *a: "abc",
        lambda *a: torch.zeros(7, 7),
        lambda *a: a,
        print,
    ],
)
def test_an_unfinished_or_strange_answer_gets_a_sentence_and_is_not_right(exercise, answer):
    verdict = exercise.check(answer)
    assert not verdict.right and len(verdict) > 10 and len(verdict) < 400


def test_an_answer_that_is_not_begun_is_said_to_be_so(exercise):
    stub = (lambda *a: None) if callable(exercise.reference) else None
    assert exercise.check(stub).startswith("Not done yet")


@pytest.mark.parametrize("name", [n for n, e in EXERCISES.items() if callable(e.reference)])
def test_an_answer_that_spoils_its_inputs_spoils_nothing(name):
    def spoil(*values):
        for value in values:
            value.zero_()
        return values[0]

    EXERCISES[name].check(spoil)
    assert EXERCISES[name].check(EXERCISES[name].reference).right


def test_hints_differ_from_one_another():
    for exercise in EXERCISES.values():
        for one, other in itertools.combinations(exercise.wrong, 2):
            assert one not in other


def test_a_verdict_shows_itself_without_quotes(exercise):
    assert repr(exercise.check(None)) == str(exercise.check(None))
