"""How an answer is checked: by what it gives, beside what the right and the typical wrong answers give."""

from genlib.exercises.checker.exercise import Exercise
from genlib.exercises.checker.measures import gradients, growth, uses
from genlib.exercises.checker.mistakes import mistakes
from genlib.exercises.checker.reading import WrongForm, read
from genlib.exercises.checker.verdict import Verdict

__all__ = ["Exercise", "Verdict", "WrongForm", "gradients", "growth", "mistakes", "read", "uses"]
