"""A Figure in words: what is drawn, with its numbers, for who cannot see it and for who checks it."""

import matplotlib.figure
import torch
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.ticker import FixedLocator

MANY = 60  # numbers of one curve; of a longer one only its ends, its least and its largest are told
CELLS = 400  # numbers of one matrix; larger ones are pictures


def described(figure: matplotlib.figure.Figure) -> str:
    """A line per axis: title and labels, each curve, bar and matrix with its numbers to 4 digits, and what is written."""
    lines = [_axis(axis) for axis in figure.axes]
    title = figure.get_suptitle()
    return "\n".join(filter(None, [title, *lines]))


def _axis(axis: Axes) -> str:
    said = [axis.get_title()]
    said += [f"{way}: {text}" for way, text in (("x", axis.get_xlabel()), ("y", axis.get_ylabel()))]
    said = [text for text in said if text and not text.endswith(": ")]
    bars = [bar for bar in axis.containers if isinstance(bar, BarContainer)]
    for bar in bars:
        said.append(f"{_name(bar)} {_numbers(bar.datavalues)}".strip())
    for line in axis.lines:
        x, y = line.get_data(orig=True)
        said.append(f"{_name(line)} at {_numbers(x)}: {_numbers(y)}".strip())
    for image in axis.images:
        values = image.get_array()
        if values.ndim == 2 and values.size <= CELLS:
            said.append(f"matrix {_numbers(values.ravel(), CELLS)}")
    said += [text.get_text().strip() for text in axis.texts]
    for scale in (axis.xaxis, axis.yaxis):
        if isinstance(scale.get_major_locator(), FixedLocator):  # names; another's would cost time
            said += [text.get_text() for text in scale.get_majorticklabels()]
    return "; ".join(filter(None, said))


def _name(drawn) -> str:
    name = str(drawn.get_label())
    return "" if name.startswith("_") else name


def _numbers(values, most: int = MANY) -> str:
    values = torch.as_tensor(values, dtype=torch.float64)
    if len(values) > most:
        values = torch.stack([values[0], values.min(), values.max(), values[-1]])
    return " ".join(f"{value:.4g}" for value in values.tolist())
