"""An exercise: its reference answer, the typical wrong ones, and how an answer is told from them."""

from typing import Any, NamedTuple

from torch import Tensor

from genlib.exercises.checker import progress
from genlib.exercises.checker.comparing import close, difference, off, shape_of, short, shortened
from genlib.exercises.checker.measures import Measure
from genlib.exercises.checker.reading import WrongForm, kind, read
from genlib.exercises.checker.trial import Stopped, run, untouched
from genlib.exercises.checker.verdict import NO_RETURN, NOT_DONE, Verdict

Results = list[Tensor | Stopped]


class Exercise(NamedTuple):
    """A question with its reference answer and the typical wrong ones, each with its own hint.

    An answer is a value, or a function that is tried on every tuple of `inputs`. Whole numbers are
    compared exactly. A wrong answer may give the right values and fail by the `measure`.

    Arguments:
        reference: the right answer
        praise: why the right answer matters
        wrong: hint -> the wrong answer that it is for
        otherwise: where to look when the answer is none of these; never the solution
        inputs: the arguments of each trial, where the answer is a function
        digits: after the point, where a rounded number is asked
        measure: what counts beside the values

    Example:
        >>> exercise = Exercise(0.25, "Two coins.", {"That is one coin.": 0.5}, "Multiply.")
        >>> exercise.check(0.5)
        Not yet. That is one coin.
        >>> exercise.check(1 / 4)
        Right. Two coins.
    """

    reference: Any
    praise: str
    wrong: dict[str, Any]
    otherwise: str
    inputs: tuple[tuple, ...] = ()
    digits: int | None = None
    measure: Measure | None = None

    def __repr__(self) -> str:  # without the reference, which is the solution
        measured = f", {self.measure.what}" if self.measure else ""
        return f"Exercise(wrong={len(self.wrong)}, inputs={len(self.inputs)}{measured})"

    def check(self, answer: Any) -> Verdict:
        """Right, or which misconception it looks like; never raises."""
        if answer is None:
            return Verdict(NOT_DONE)
        try:
            with untouched():
                verdict = self._verdict(answer)
        except WrongForm as words:
            return Verdict(f"Not yet. {words}")
        if verdict.right:
            progress.keep(self)
        return verdict

    def _verdict(self, answer: Any) -> Verdict:
        given = self._given(answer)
        if not given:
            return Verdict(NO_RETURN)
        right = self._given(self.reference)
        if self._same(given, right):
            return self._measured(answer, right)
        wrongs = {hint: self._given(wrong) for hint, wrong in self.wrong.items()}
        for alike in (self._same, self._shortened):
            for hint, wrong in wrongs.items():
                if alike(given, wrong):
                    return Verdict(f"Not yet. {hint}")
        if self._shortened(given, right):
            digits = f"{self.digits} digits after the point" if self.digits else "all its digits"
            return Verdict(f"Not yet. Right so far: give {digits}.")
        return Verdict(f"Not yet. {self._difference(given, right)} {self.otherwise}")

    def _measured(self, answer: Any, right: Results) -> Verdict:
        """The verdict on an answer whose values are right."""
        came = self.measure.of(answer) if self.measure else []
        if not self.measure or _all_close(came, self.measure.of(self.reference)):
            return Verdict(f"Right. {self.praise}", right=True)
        for hint, wrong in self.wrong.items():
            if self._same(self._given(wrong), right) and _all_close(came, self.measure.of(wrong)):
                return Verdict(f"Not yet. {hint}")
        stop = next((f": it stopped with {c}" for c in came if isinstance(c, Stopped)), "")
        return Verdict(f"Not yet. The values are right, but not {self.measure.what}{stop}.")

    # --- what an answer gives

    def _given(self, answer: Any) -> Results:
        """What it gives for every input, or its value alone; nothing where return is missing."""
        if not callable(self.reference):
            return [self._value(answer)]
        if not callable(answer):
            raise WrongForm(f"Give a function, its name alone; you gave {kind(answer)}.")
        results = [run(answer, values) for values in self.inputs]
        if all(result is None for result in results):
            return []
        return [self._result(*pair) for pair in zip(self.inputs, results, strict=True)]

    def _value(self, answer: Any) -> Tensor:
        """The numbers of the answer, as many as are asked where one is."""
        size = read(self.reference).numel()
        asked = "a number" if size == 1 else f"{size} numbers in a row"
        try:
            if callable(answer) or type(answer) is bool:
                raise WrongForm(kind(answer))
            numbers = read(answer)
            if size == 1 and numbers.numel() != 1:
                raise WrongForm(f"{numbers.numel()} numbers")
            if not numbers.isfinite().all():
                raise WrongForm("nan or inf")
        except WrongForm as came:
            raise WrongForm(f"Give {asked}, you gave {came}.") from None
        return numbers

    def _result(self, values: tuple, result: Any) -> Tensor | Stopped:
        if type(result) is Stopped:
            return result
        try:
            return read(result)
        except WrongForm as came:
            words = f"For {short(values)} it gives {came}, asked is {self._asked(values)}."
            raise WrongForm(words) from None

    def _asked(self, values: tuple) -> str:
        """The form of the right answer, in words."""
        right = run(self.reference, values)
        if isinstance(right, tuple):
            return f"a tuple of {len(right)}, each {shape_of(right[0])}"
        return shape_of(right)

    # --- how two answers compare

    def _same(self, given: Results, other: Results) -> bool:
        """Whether two answers are the same, as exactly as the exercise asks."""
        if callable(self.reference):
            return _all_close(given, other)
        if not isinstance(self.reference, float):
            return close(given[0], other[0], rtol=0, atol=0)
        near = 0.55 * 10**-self.digits if self.digits else 1e-6
        return close(given[0], other[0], rtol=0, atol=near)

    def _shortened(self, given: Results, other: Results) -> bool:
        """Whether the given number is the other one with fewer digits."""
        return isinstance(self.reference, float) and shortened(given[0].item(), other[0].item())

    def _difference(self, given: Results, right: Results) -> str:
        """What came, and where it is wrong first."""
        if not callable(self.reference):
            return off(given[0], right[0], whole=isinstance(self.reference, int))
        triples = zip(self.inputs, given, right, strict=True)
        values, came, due = next(triple for triple in triples if not close(*triple[1:]))
        return difference(values, came, due, self._asked(values))


def _all_close(given: Results, other: Results) -> bool:
    return len(given) == len(other) and all(map(close, given, other))
