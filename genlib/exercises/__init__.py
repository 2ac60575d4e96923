"""Checkers for the exercises of the notebooks, one module a notebook."""
