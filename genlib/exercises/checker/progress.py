"""Which exercises you have solved: a small file for each in a folder of your own; nothing is sent anywhere.

The folder lies outside the course, so that a new version of the course finds it. GENLIB_PROGRESS names another one.
"""

import contextlib
import html
import importlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

COURSE = {  # a notebook -> the module of its exercises
    "01 · The chain rule": "chain_rule",
    "02 · NADE": "nade",
    "03 · PixelRNN": "pixelrnn",
    "04 · VAE": "vae",
    "05 · GAN": "gan",
    "06 · DCGAN": "dcgan",
    "07 · InfoGAN": "infogan",
    "08 · Text to image": "text2image",
    "09 · Puzzle-GAN": "puzzle",
    "10 · CycleGAN": "cyclegan",
    "11 · StarGAN": "stargan",
    "12 · Progressive GAN": "progressive",
}
_ROW = """<tr><td style="text-align: left">{notebook}</td><td style="text-align: left"><progress value="{done}" max="{all}" \
aria-label="{notebook}: {done} of {all}"></progress></td><td style="text-align: left">{done} of {all}</td></tr>"""


def folder() -> Path:
    """Where the files lie."""
    wished = os.environ.get("GENLIB_PROGRESS")
    return Path(wished) if wished else platformdirs.user_data_path("genlib") / "solved"


def keep(exercise: object) -> None:
    """Record that this exercise of the course was solved today, unless it was before or nothing can be written."""
    for module in COURSE.values():
        every = getattr(sys.modules.get(f"genlib.exercises.{module}"), "EXERCISES", {})
        for name, known in every.items():
            if known is exercise:
                with contextlib.suppress(OSError):  # a verdict is worth more than its note
                    folder().mkdir(parents=True, exist_ok=True)
                    with (folder() / f"{module}.{name}").open("x", encoding="utf-8") as file:
                        file.write(f"{datetime.now(UTC):%Y-%m-%d}\n")


class Progress(dict):
    """Notebook -> how many of its exercises are solved, and how many there are; shown as bars.

    Example:
        >>> Progress({"01 · The chain rule": (1, 4)})
        01 · The chain rule     1 of 4
    """

    def __repr__(self) -> str:
        return "\n".join(f"{name:22}{done:3} of {every}" for name, (done, every) in self.items())

    def _repr_html_(self) -> str:
        rows = [
            _ROW.format(notebook=html.escape(name), done=done, all=every)
            for name, (done, every) in self.items()
        ]
        return f"<table>{''.join(rows)}</table>"


def progress() -> Progress:
    """What you have solved so far, notebook by notebook."""
    solved = {path.name for path in folder().glob("*.*")}
    found = Progress()
    for notebook, module in COURSE.items():
        every = importlib.import_module(f"genlib.exercises.{module}").EXERCISES
        found[notebook] = sum(f"{module}.{name}" in solved for name in every), len(every)
    return found
