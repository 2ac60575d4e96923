"""Checkers for the exercises of the notebooks, one module a notebook, and what you have solved so far: `progress()`."""

from genlib.exercises.checker.progress import progress

__all__ = ["progress"]
