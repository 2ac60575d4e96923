"""The checker itself: it never raises, whatever it is given, and it leaves the program as it was."""

import random
import re
import sys
import warnings

import numpy as np
import pytest
import torch

from genlib.exercises import chain_rule, gan, nade, vae
from genlib.exercises.checker import Verdict, WrongForm, gradients, growth, read, uses

KINDS = [chain_rule.dice, chain_rule.column_order, gan.best_guess, nade.running_sum]
KINDS += [gan.generator_loss, vae.importance_bound, vae.reparameterised]


class Raises:
    """Every way to look at it raises `error`, or only the ways named."""

    def __init__(self, *ways, error=None):
        self.ways, self.error = ways, error or RuntimeError("no")

    def __getattribute__(self, name):
        ways = object.__getattribute__(self, "ways")
        if name in ways or (not ways and name not in ("ways", "error")):
            raise object.__getattribute__(self, "error")
        return object.__getattribute__(self, name)

    def _raise(self, *args):
        raise object.__getattribute__(self, "error")

    __repr__ = __str__ = __eq__ = __len__ = __iter__ = __bool__ = __float__ = __int__ = _raise
    __index__ = __getitem__ = __array__ = __format__ = __deepcopy__ = _raise
    __hash__ = None


class NoFloat:
    def __float__(self):
        raise ValueError("no float")


class Exits:
    def __float__(self):
        sys.exit()


class LikePandas:
    """A column of a table: numbers behind `__array__`."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values)


class BadList(list):
    def __iter__(self):
        raise RuntimeError("no")


class BadError(Exception):
    def __str__(self):
        raise RuntimeError("no words either")


def deep(levels):
    value = [1.0]
    for _ in range(levels):
        value = [value]
    return value


def doubled(levels):
    """A short list that holds 2^levels numbers."""
    value = [1.0]
    for _ in range(levels):
        value = [value, value]
    return value


def circle():
    value = []
    value.append(value)
    return value


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # torch warns of some kinds of tensors
    ODD = {
        "sparse": torch.eye(3).to_sparse(),
        "csr": torch.eye(3).to_sparse_csr(),
        "large sparse": torch.sparse_coo_tensor([[0], [0]], [1.0], (10**6, 10**6)),
        "quantised": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "complex": torch.ones(3, dtype=torch.complex64),
        "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        "jagged": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged),
    }
ODD |= {
    "meta": torch.tensor(1.0, device="meta"),
    "expanded": torch.zeros(1).expand(10**9, 10**9),
    "huge meta": torch.empty(2**40, device="meta"),
    "with gradient": torch.ones(3, requires_grad=True) * 2,
    "empty": torch.empty(0, 3),
    "bool tensor": torch.tensor(True),
    "half": torch.ones(3, dtype=torch.bfloat16),
    "nan": torch.full((3,), float("nan")),
    "bad everything": Raises(),
    "bad repr": Raises("__repr__"),
    "bad class": Raises("__class__"),
    "bad float": NoFloat(),
    "exit in float": Exits(),
    "bad list": BadList([1]),
    "list of bad": [Raises(), 1.0],
    "deep": deep(100_000),
    "doubled": doubled(60),
    "circle": circle(),
    "mixed lengths": [[1.0], [1.0, 2.0]],
    "mixed kinds": [1.0, "two", None],
    "empty lists": [[], []],
    "objects": np.array([object(), 1.0], dtype=object),
    "numpy texts": np.array(["a", "b"]),
    "times": np.array(["2024-01-01"], dtype="datetime64[D]"),
    "endless array": np.broadcast_to(np.float64(0), (10**9, 10**9)),
    "column": LikePandas([1.0, 2.0]),
    "column of texts": LikePandas(["a"]),
    "megabyte": "x" * 10**6,
    "bytes": b"\xff" * 10**6,
    "generator": (v for v in range(3)),
    "range": range(10**9),
    "million": [0.0] * 10**6,
    "complex number": 1j,
    "inf": float("inf"),
    "large": 10**400,
    "dict": {"a": 1},
    "set": {1},
    "not implemented": NotImplemented,
    "ellipsis": ...,
    "a class": dict,
    "a long name": type("N" * 10**6, (), {})(),
    "an error": ValueError("a value"),
    "parameter": torch.nn.Parameter(torch.ones(())),
    "module": torch.nn.Linear(2, 2),
    "true": True,
}


@pytest.mark.parametrize("exercise", KINDS)
@pytest.mark.parametrize("name", ODD)
def test_a_strange_answer_gets_a_short_sentence(exercise, name):
    for answer in (ODD[name], lambda *args: ODD[name]):
        verdict = exercise.check(answer)
        assert not verdict.right and 10 < len(repr(verdict)) < 400, verdict
        assert re.match("Not (done )?yet", verdict)


def test_a_list_of_any_depth_gets_a_sentence():
    assert "too deep to read" in gan.best_guess.check(deep(900))


def raising(error):
    def answer(*args):
        raise error

    return answer


@pytest.mark.parametrize("exercise", [nade.running_sum, vae.reparameterised])
@pytest.mark.parametrize(
    "error",
    [
        SystemExit(3),
        GeneratorExit(),
        BadError(),
        StopIteration(),
        RecursionError("deep"),
        MemoryError(),
        ValueError("long " * 10**6),
        UnicodeDecodeError("utf8", b"a", 0, 1, "why"),
        ExceptionGroup("two", [ValueError(1)]),
        type("Own", (BaseException,), {})("own"),
    ],
    ids=repr,
)
def test_a_function_that_stops_in_any_way_gets_a_sentence(exercise, error):
    verdict = exercise.check(raising(error))
    assert verdict.startswith("Not yet. Your function stopped with") and len(verdict) < 400
    assert type(error).__name__ in verdict


def test_the_students_own_interrupt_goes_through():
    with pytest.raises(KeyboardInterrupt):
        nade.running_sum.check(raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        gan.best_guess.check(Raises("__array__", error=KeyboardInterrupt()))


def test_a_function_that_stops_only_when_it_is_measured_gets_a_sentence():
    def small_only(x, *parameters):
        assert len(x) < 10, "too long"
        return nade.running_sum.reference(x, *parameters)

    verdict = nade.running_sum.check(small_only)
    assert not verdict.right and "AssertionError: too long" in verdict


# --- nothing is left behind


def disturb(*values):
    """Change what everyone uses."""
    torch.manual_seed(7)
    random.seed(7)
    np.random.seed(7)
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_grad_enabled(False)
    torch.set_num_threads(2)
    warnings.simplefilter("ignore")


def everything():
    numbers = torch.rand(2).tolist(), random.random(), np.random.rand()
    made = torch.ones(1)
    settings = made.dtype, made.device, torch.is_grad_enabled(), torch.get_num_threads()
    return *numbers, *settings, len(warnings.filters)


@pytest.mark.parametrize("end", [lambda *a: None, raising(ValueError()), raising(SystemExit())])
@pytest.mark.parametrize("exercise", KINDS)
def test_what_a_function_changes_for_everyone_is_put_back(exercise, end):
    def answer(*values):
        disturb()
        return end()

    states = []
    for do in (lambda: None, lambda: exercise.check(answer)):
        torch.manual_seed(0), random.seed(0), np.random.seed(0)
        do()
        states.append(everything())
    assert states[0] == states[1]


def test_an_interrupt_leaves_everything_as_it_was():
    def answer(*values):
        disturb()
        raise KeyboardInterrupt

    before = everything()[3:]
    for exercise in (nade.running_sum, vae.reparameterised):
        with pytest.raises(KeyboardInterrupt):
            exercise.check(answer)
    assert everything()[3:] == before


def test_an_interrupt_while_operations_are_counted_ends_the_counting():
    def answer(x, *parameters):
        if len(x) > 10:
            raise KeyboardInterrupt
        return nade.running_sum.reference(x, *parameters)

    with pytest.raises(KeyboardInterrupt):
        nade.running_sum.check(answer)
    assert torch.utils._python_dispatch._get_current_dispatch_mode() is None


@pytest.mark.parametrize("around", [torch.no_grad, torch.inference_mode])
def test_gradients_are_judged_where_the_notebook_has_switched_them_off(around):
    with around():
        assert vae.reparameterised.check(vae.reparameterised.reference).right
        detached = vae.reparameterised.check(lambda *a: vae.reparameterised.reference(*a).detach())
        assert not detached.right


def test_what_a_function_prints_is_printed_once_an_input(capsys):
    def answer(*values):
        print("here")
        return nade.running_sum.reference(*values)

    assert nade.running_sum.check(answer).right
    assert capsys.readouterr().out == "here\n" * len(nade.running_sum.inputs)


def test_a_random_answer_is_told_the_same_whenever_it_is_checked():
    def noisy(mean, log_std, noise):
        return mean + torch.randn_like(mean)

    verdicts = set()
    for seed in (1, 2):
        torch.manual_seed(seed)
        verdicts.add(vae.reparameterised.check(noisy))
    assert len(verdicts) == 1


# --- reading


@pytest.mark.parametrize(
    "value",
    [
        [[1, 2], [3, 4]],
        ([1.0, 2.0], (3.0, 4.0)),
        [torch.tensor([1, 2]), torch.tensor([3.0, 4.0], requires_grad=True)],
        [[torch.tensor(1), np.float32(2)], np.array([3, 4])],
        np.array([[1, 2], [3, 4]], dtype=object),
        LikePandas([[1, 2], [3, 4]]),
        [range(1, 3), range(3, 5)],
        torch.tensor([[1, 2], [3, 4]]).to_sparse(),
        torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float16),
    ],
)
def test_what_can_be_read_without_doubt_is_read(value):
    assert read(value).equal(torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64))


@pytest.mark.parametrize(
    "value, words",
    [
        ("1", "a text"),
        ([1, "2"], "a text"),
        ([[1], [2, 3]], "a list whose rows differ in length"),
        (1j, "a complex number"),
        (torch.empty(3, device="meta"), "meta"),
        (torch.zeros(1).expand(10**5, 10**5), "a tensor of 10,000,000,000 numbers"),
        ([0] * 20_000, "more than 10,000 numbers"),
        ({}, "a dict"),
        (print, "a function"),
        (object(), "an object of type object"),
        (NoFloat(), "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(value, words):
    with pytest.raises(WrongForm, match=re.escape(words)):
        read(value)


# --- measuring


def test_work_is_counted_in_numbers_that_operations_go_through():
    def least(x):
        return x * 2

    def squared(x):
        return x[:, None] * x

    def by_rows(x):
        return [torch.dot(x, x) for _ in x]

    def picks(x):
        return [x[[i]] + x.index_select(0, torch.tensor([i])) for i in range(len(x))]

    def cubic(x):
        return torch.ones(len(x), len(x)) @ torch.ones(len(x), len(x))

    power = growth((torch.ones(32),), (torch.ones(64),), least=64)
    powers = [power.of(f)[0].item() for f in (least, squared, by_rows, picks, cubic)]
    assert powers == [1, 2, 2, 1, 3]
    assert power.of(lambda x: x.tolist())[0].item() == 0


def test_counting_changes_no_result():
    seen = []

    def answer(*values):
        seen.append(nade.running_sum.reference(*values))
        return seen[-1]

    nade.running_sum.measure.of(answer)
    small, large = seen
    assert len(large) == 2 * len(small) and not torch.equal(small, large[: len(small)])


def test_a_call_is_seen_however_it_is_spelt():
    x = torch.ones(3, 2)
    sees = uses("logsumexp", ((x,),))
    for answer in (lambda v: torch.logsumexp(v, 0), lambda v: v.double().logsumexp(1)):
        assert sees.of(answer)[0].item() == 1

    def logsumexp(v):
        return v.exp().sum(0).log()

    assert sees.of(logsumexp)[0].item() == 0


def test_slopes_are_those_of_every_input_that_is_named():
    inputs = ((torch.tensor([1.0, 2.0]), torch.tensor([3.0]), torch.tensor([5.0])),)
    (slopes,) = gradients(inputs, of=2).of(lambda a, b, c: (a * b * c).detach() + a)
    assert slopes.tolist() == [1, 2, 0]


# --- how it looks


def test_right_and_not_yet_look_different():
    right, wrong = (gan.best_guess.check(v)._repr_html_() for v in (0.75, 0.25))
    assert "solid" in right and "dashed" in wrong
    assert re.findall("#[0-9a-f]{6}", right) != re.findall("#[0-9a-f]{6}", wrong)


def test_the_words_of_a_verdict_are_no_markup():
    assert "&lt;b&gt; &amp;" in Verdict("<b> &")._repr_html_()
