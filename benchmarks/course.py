"""What does each model of the course cost, and what does it reach?

    python benchmarks/course.py

Every shipped model of notebooks 2 to 12 that draws pictures. Seconds of training and scores are those that the weight
files tell; a file may hold more trainings than the one that is shown, and "trainings" says how many its seconds paid for.
Parameters are those that a draw needs. Milliseconds per picture are CPU time (`process_time`) of one thread, because other
work shares the machine: 64 pictures at once, the median of five draws after one that is not counted. What a model is given,
pieces or faces or horses, is prepared by then. Kept in benchmarks/results/course_page.json.
"""

import re
import statistics

import torch
from nade import milliseconds
from parts import measure
from safetensors import safe_open

from genlib import weights
from genlib.recipes.course import Entry, course

PICTURES, DRAWS = 64, 5
ABOUT = {  # what p(x) is, how many trainings its seconds paid for, and where the file tells its score
    "four orders of NADE": ("exact", 1, "nats", r"test .*"),
    "Diagonal BiLSTM": ("exact", 2, "nats", r"test [\d.]+"),  # and a raster LSTM
    "VAE": ("a bound", 2, "nats", r"(?<=; ).*"),  # Z = 2 and Z = 8
    "DCGAN": ("none", 3, "frechet", r"[\d.]+ to test"),
    "InfoGAN": ("none", 8, "accuracy", r"matched test .*? as shipped [\d.]+"),
    "GAN-CLS": ("none", 3, "accuracy", r"(?<=seed {seed}: )[^;]*"),
    "tokens and transformer": ("a bound", 1, "accuracy", r".+"),
    "Puzzle-GAN": ("none", 1, "accuracy", r"iou .*"),
    "CycleGAN": ("none", 1, "accuracy", r"ground of zebra [\d.]+|body of horse [\d.]+|frechet .*"),
    "StarGAN": ("none", 1, "accuracy", r"reached .*?(?=, no edit)"),
    "Progressive GAN": ("none", 1, "frechet", r".+"),
}


def told_by(name: str) -> dict[str, str]:
    """What a weight file tells of itself."""
    with safe_open(weights.FOLDER / f"{name}.safetensors", framework="pt") as file:
        return file.metadata()


def row_of(name: str, entry: Entry) -> dict:
    """One model of the table."""
    files = [told_by(file) for file in entry.weights.split(" + ")]
    likelihood, trainings, kind, words = ABOUT[name]
    told = files[-1][kind]
    score = re.findall(words.format(seed=files[-1]["seed"][0]), told)
    draw = lambda: entry.draw(PICTURES, torch.Generator().manual_seed(0))
    draw()
    took = statistics.median(milliseconds(draw) for _ in range(DRAWS))
    return {
        "model": name,
        "notebook": entry.notebook,
        "weights": entry.weights,
        "p(x)": likelihood,
        "parameters": sum(p.numel() for p in entry.module.parameters()),
        "seconds": sum(int(re.match(r"\d+", file["seconds"]).group()) for file in files),
        "trainings": trainings,
        "kind": kind,
        "score": ", ".join(score),
        "told": told,
        "milliseconds": took / PICTURES,
    }


def page() -> dict:
    """The table of the course's last page."""
    rows = []
    line = "{notebook:2} {model:22} {p(x):8} {parameters:8,} {seconds:5} s {milliseconds:6.3f} ms"
    for name, entry in course().items():
        row = row_of(name, entry)
        print(line.format(**row), f"  {row['kind']}: {row['score']}", flush=True)
        rows.append(row)
    return {"pictures": PICTURES, "rows": rows}


PARTS = {"page": page}


def main() -> None:
    measure("course", __doc__, PARTS)


if __name__ == "__main__":
    main()
