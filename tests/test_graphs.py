"""Drawings of pixels: graphs and grids."""

import io

import numpy as np
import pytest
import torch
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle, FancyArrowPatch
from PIL import Image

from genlib import pictures
from genlib.pictures.graphs import KINDS, _number

ROW = {"a": (0, 0), "b": (1, 0), "c": (2, 0), "d": (0, 1)}


def parts(figure, kind):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, kind)]


def words(axis):
    return {text.get_text() for text in axis.texts}


def test_a_graph_has_a_circle_for_each_node_where_it_stands_and_fills_the_lit_ones():
    figure = pictures.graph(ROW, lit=["b"], notes={"d": "above"}, title="four")
    circles = parts(figure, Circle)
    assert [circle.center for circle in circles] == [(0, 0), (1, 0), (2, 0), (0, 1)]
    filled = [circle.get_facecolor()[:3] != (1, 1, 1) for circle in circles]
    assert filled == [False, True, False, False]
    assert {"a", "b", "c", "d", "above", "four"} <= words(figure.axes[0])


def test_an_arrow_leads_from_the_first_to_the_second_and_the_strong_ones_are_thicker():
    figure = pictures.graph(ROW, [("a", "b"), ("d", "c")], strong=[("b", "a")])
    arrows = parts(figure, FancyArrowPatch)
    assert [arrow._posA_posB for arrow in arrows] == [
        [[0, 0], [1, 0]],
        [[0, 1], [2, 0]],
        [[1, 0], [0, 0]],
    ]
    assert arrows[2].get_linewidth() > arrows[0].get_linewidth() == arrows[1].get_linewidth()


def test_only_an_arrow_that_would_cross_a_node_is_an_arc():
    figure = pictures.graph(ROW, [("a", "b"), ("a", "c"), ("c", "a"), ("d", "c")])
    bends = [arrow.get_connectionstyle().rad for arrow in parts(figure, FancyArrowPatch)]
    assert bends[0] == bends[3] == 0 and bends[1] == -bends[2] != 0


def test_the_widest_arc_lies_inside_the_picture():
    names = [f"x{i}" for i in range(9)]
    figure = pictures.graph({name: (i, 0) for i, name in enumerate(names)}, [("x0", "x8")])
    figure.canvas.draw()
    axis, [arrow] = figure.axes[0], parts(figure, FancyArrowPatch)
    top = axis.transData.inverted().transform(arrow.get_window_extent().corners())[:, 1].max()
    assert top < axis.get_ylim()[1]


def test_a_grid_has_the_colours_of_its_kinds_and_names_them_in_a_legend():
    seen = torch.tensor([[0, 1, 1], [1, 2, 3]])
    figure = pictures.grids({"one": seen, "two": seen.T}, ["future", "seen", "missed", "itself"])
    drawn = torch.from_numpy(figure.axes[0].images[0].get_array().data)
    expected = torch.tensor([to_rgb(colour) for colour in KINDS])[seen]
    assert drawn.shape == (2, 3, 3) and torch.allclose(drawn.double(), expected.double())
    assert [axis.get_title() for axis in figure.axes] == ["one", "two"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["future", "seen", "missed", "itself"]


def test_numbers_are_written_into_the_pixels_that_they_belong_to_and_negative_ones_are_not():
    steps = torch.tensor([[5, -1], [0, 7]])
    figure = pictures.grids({"a": torch.zeros(2, 2).long()}, ["white"], {"a": steps}, "walk")
    [numbers] = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    written = dict(zip(numbers.get_paths(), map(tuple, numbers.get_offsets()), strict=True))
    assert written == {_number(5): (0.5, 0.5), _number(0): (0.5, 1.5), _number(7): (1.5, 1.5)}


def test_a_number_stands_in_the_middle_of_its_pixel_and_is_legible_on_dark_ground():
    steps = torch.tensor([[8, 11]])
    figure = pictures.grids({"a": torch.tensor([[0, 1]])}, ["white", "blue"], {"a": steps})
    image = Image.open(io.BytesIO(pictures.png(figure))).convert("L")
    drawn = torch.from_numpy(np.array(image))
    axis, ink = figure.axes[0], []
    for left in (0, 1):
        corners = (
            axis.transData.transform([(left + 0.1, 0.9), (left + 0.9, 0.1)]).round().astype(int)
        )
        (x, bottom), (u, top) = corners
        cell = drawn[len(drawn) - top : len(drawn) - bottom, x:u].float()
        marked = (cell - cell[0, 0]).abs() > 90
        ink.append((cell[marked].mean() - cell[0, 0]).item())
        middle = marked.nonzero().float().mean(0) - torch.tensor(cell.shape) / 2
        assert 10 < marked.sum() < 0.4 * marked.numel() and middle.abs().max() < 1.5
    assert ink[0] < -90 and ink[1] > 90


def test_lines_part_all_pixels():
    lines = pictures.grids({"a": torch.zeros(2, 3).long()}, ["white"]).axes[0].collections
    assert sorted(len(one.get_paths()) for one in lines) == [3, 4]


@pytest.mark.parametrize(
    "draw, arguments, complaint",
    [
        ("graph", {"places": {}}, "places must hold a name"),
        ("graph", {"places": ROW, "edges": [("a", "x")]}, "edges must name a, b, c, d, got 'x'"),
        ("graph", {"places": ROW, "strong": [("a",)]}, "strong must hold pairs of nodes"),
        ("graph", {"places": ROW, "lit": ["x"]}, "lit must name a, b, c, d, got 'x'"),
        ("graph", {"places": {"a": (0, 0, 0)}}, r"places\['a'\] must be"),
        ("grids", {"named": {"a": torch.ones(2, 2)}, "kinds": ["x"]}, "whole numbers"),
        ("grids", {"named": {"a": torch.ones(2, 2).long()}, "kinds": ["x"]}, "named"),
        ("grids", {"named": {"a": torch.zeros(2, 2).long()}, "kinds": ["x"] * 7}, "kinds"),
        (
            "grids",
            {
                "named": {"a": torch.zeros(2, 2).long()},
                "kinds": ["x"],
                "texts": {"b": torch.zeros(2, 2).long()},
            },
            "texts must name a, got 'b'",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(draw, arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        getattr(pictures, draw)(**arguments)
