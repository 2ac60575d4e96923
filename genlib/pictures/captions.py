"""Pictures with words: a caption under each, or a mark under each for every word that is right or wrong."""

import textwrap
from collections.abc import Sequence

import torch
from torch import Tensor

from genlib import checks
from genlib.pictures.figure import GREEN, RED, Figure
from genlib.pictures.given import check_texts
from genlib.pictures.sheets import tile

FACTOR, BAR = 4, 8  # how far images are enlarged, and the height of the marks under them, pixels


def verdicts(images: Tensor, right: Tensor, columns: int = 8) -> Tensor:
    """A sheet of images, enlarged, with a mark under each for each of T words: -> (3, H', W').

    Green and whole where the word is right, red and cut in two where it is wrong. Images (N, 3, H, W), right (N, T).
    """
    checks.real("images", images, "N C H W", C=3, low=0, high=1)
    right = checks.dense("right", right, "N T").bool()
    checks.same_size(0, images=images, right=right)
    large = images.detach().float().repeat_interleave(FACTOR, 2).repeat_interleave(FACTOR, 3)
    n, _, height, width = large.shape
    framed = torch.ones(n, 3, height + BAR, width)
    framed[:, :, :height] = large
    words = right.shape[1]
    for k in range(words):
        first, last = width * k // words + 1, width * (k + 1) // words - 1
        for colour, rows in ((GREEN, right[:, k]), (RED, ~right[:, k])):
            rgb = torch.tensor([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
            framed[rows, :, height + 2 : -1, first:last] = rgb[:, None, None]
        gap = (first + last) // 2
        framed[~right[:, k], :, height + 2 : -1, gap - 1 : gap + 1] = 1.0
    return tile("images", framed, columns)


def captioned(images: Tensor, texts: Sequence[str], columns: int = 4) -> Figure:
    """Images with a text under each: (N, C, H, W), N texts."""
    checks.real("images", images, "N C H W", low=0, high=1)
    checks.kind("texts", texts, list, tuple)
    if len(texts) != len(images):
        raise ValueError(f"texts and images must be as many, got {len(texts)} and {len(images)}")
    [columns] = checks.at_least(1, columns=columns)
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    figure = Figure(7.4, rows * (7.0 / columns + 0.25))
    for axis in figure.subplots(rows, columns, squeeze=False).flat:
        axis.set_axis_off()
    for axis, image, text in zip(figure.axes, images, texts, strict=False):
        check_texts(texts=text)
        shown = tile("images", image[None], 1)
        if shown.dim() == 3:
            shown = shown.movedim(0, -1)
        axis.imshow(shown.numpy(), "gray", vmin=0, vmax=1)
        lines = textwrap.wrap(text, 92 // columns)
        axis.set_title("\n".join(lines), y=0, va="top", fontsize=9, pad=-4)
    return figure
