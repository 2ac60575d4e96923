"""Pictures from arrays."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from genlib import pictures


def opened(png):
    return np.asarray(Image.open(io.BytesIO(png)))


def test_a_sheet_lays_images_row_by_row_with_ink_black():
    images = torch.zeros(5, 1, 2, 3)
    images[4] = 1
    tiled = pictures.sheet(images, columns=3)
    assert tiled.shape == (5, 11)
    assert (tiled[3:5, 4:7] == 0).all() and (tiled[:2, :3] == 1).all()
    assert (tiled[2, :] == pictures.GAP).sum() > 0 and (tiled[3:, 8:] == 1).all()


def test_colour_stays_as_it_is():
    red = torch.zeros(2, 3, 2, 2)
    red[:, 0] = 1
    assert pictures.sheet(red)[:, 0, 0].tolist() == [1, 0, 0]
    assert opened(pictures.png(pictures.sheet(red)))[0, 0].tolist() == [255, 0, 0]


def test_a_picture_is_enlarged_by_a_whole_factor_without_blur():
    shown = np.asarray(pictures.show(torch.eye(8)[None, None], pixels=100))
    assert shown.shape == (96, 96) and set(np.unique(shown)) == {0, 255}
    assert (shown[:12, :12] == 0).all()


@pytest.mark.parametrize(
    "figure",
    [
        lambda: pictures.curves([1, 2], {"a": [1, 2], "b": torch.tensor([2.0, 1.0])}, "x", "y"),
        lambda: pictures.rows(
            {"a": torch.zeros(3, 1, 4, 4), "b": torch.ones(9, 1, 4, 4)}, title="two"
        ),
        lambda: pictures.matrix(torch.randn(4, 4), "j", "i"),
        lambda: pictures.lines(torch.arange(3), {"a": torch.rand(3)}, "x", (0, 1)),
    ],
    ids=["curves", "rows", "matrix", "lines"],
)
def test_figures_show_themselves_without_pyplot(figure):
    import sys

    image = opened(figure()._repr_png_())
    assert len(np.unique(image)) > 5
    assert "matplotlib.pyplot" not in sys.modules


def test_the_same_figure_is_the_same_file():
    one, two = (pictures.png(pictures.curves([1, 2], {"a": [1, 2]}, "x", "y")) for _ in range(2))
    assert one == two


SHEETS = torch.eye(2).expand(2, 1, 2, 2)


def curves(x, y, **settings):
    return pictures.curves(x, {"a": y}, "x", "y", **settings)


PIXEL = (SHEETS[0, 0], (0, 0), [0, 1], [1, 0])


def pixel(at=(0, 0), density=(1, 0)):
    return pictures.pixel(SHEETS[0, 0], at, [0, 1], density, 0.5)


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: pictures.sheet(torch.zeros(2, 2)), r"images must be .* got \(2, 2\)"),
        (lambda: pictures.sheet(torch.zeros(2, 4, 2, 2)), "images must be"),
        (lambda: pictures.sheet(torch.zeros(0, 1, 2, 2)), "images must be"),
        (lambda: pictures.sheet(torch.zeros(1, 1, 2, 2), columns=0), "columns must be"),
        (
            lambda: pictures.rows({"a": torch.full((1, 1, 2, 2), torch.nan)}),
            r"named\['a'\] must lie in",
        ),
        (lambda: pictures.show(torch.full((1, 1, 2, 2), 7.0)), r"images must lie in .* 7 to 7"),
        (lambda: pictures.png(torch.zeros(2, 3, 3)), r"picture must be .* got \(2, 3, 3\)"),
        (lambda: pictures.png(-torch.ones(2, 2)), "got -1 to -1"),
        (lambda: pictures.png(torch.full((2, 2), torch.nan)), "nan"),
        (lambda: pictures.sheet(torch.full((1, 1, 2, 2), -1.0)), r"images must lie in \[0, 1\]"),
        (lambda: pictures.png(255 * torch.ones(2, 2)), r"picture must lie in \[0, 1\]"),
        (lambda: pictures.size(b"GIF89a" + bytes(30)), "png must be a PNG file, got 36 other"),
        (lambda: pictures.rows({}), "named must hold a name, got none"),
        (lambda: pictures.rows({"a": SHEETS[:, 0]}), r"named\['a'\] must be \(N, C, H, W\)"),
        (lambda: curves([1, 2], [[1], [2]]), r"named\['a'\] must be \(N,\), got \(2, 1\)"),
        (lambda: curves([1, 2], [1, 2, 3]), r"x and named\['a'\] must have the same size"),
        (lambda: curves([1, 2], [1, torch.nan]), r"named\['a'\] must hold finite numbers"),
        (lambda: curves([0, 1], [1, 2], logx=True), "x must be above 0"),
        (lambda: pictures.bars({"a": torch.nan}, "x", 1, {}), r"named\['a'\] must hold finite"),
        (lambda: pictures.bars({"a": 1.0}, "x", -1, {}), "limit must be above 0, got -1"),
        (lambda: pictures.scores(SHEETS[0], {"a": (0, 1)}, "x"), r"named\['a'\] must be \(3,\)"),
        (lambda: pictures.matrix(torch.full((2, 2), torch.inf), "x", "y"), "values must hold"),
        (lambda: pictures.lines([1, 1], {"a": [1, 2]}, "x", (0, 1)), "x must begin and end"),
        (lambda: pictures.lines([1, 2], {"a": [1, 2]}, "x", (1, 0)), "ylim must be"),
        (lambda: pixel(at=(2, 0)), r"at must be a pixel of image \(2, 2\), got \(2, 0\)"),
        (lambda: pixel(at=(-1, 0)), "at must be at least 0"),
        (lambda: pixel(density=[-1, 0]), r"density must lie in \[0, inf\]"),
        (lambda: pictures.plane(SHEETS[0, 0], [0, 1], reach=-1.0), "reach must be above 0"),
        (lambda: pictures.plane(SHEETS[0, 0], [0, -1]), "labels must be at least 0"),
        (lambda: pictures.field(2 * SHEETS[0, 0] + 2, torch.zeros(1, 2), 3.0), "values must lie"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()


def test_a_field_is_blue_at_0_white_at_a_half_red_at_1_with_the_second_coordinate_up():
    values = torch.tensor([[0.0, 0.5], [1.0, 0.5]])  # left below, left above; right likewise
    picture = pictures.field(values, torch.tensor([[2.85, 2.85], [9.0, 0.0]]), reach=3.0, side=60)
    colour = lambda row, column: [round(v, 2) for v in picture[:, row, column].tolist()]
    assert colour(45, 15) == [0.25, 0.25, 1] and colour(45, 45) == [1, 0.25, 0.25]
    assert colour(15, 15) == colour(15, 45) == [1, 1, 1]
    assert colour(1, 58) == [0, 0, 0] and (picture.sum(0) == 0).sum() == 1


def test_a_field_needs_a_square_that_divides_the_picture_and_points_of_the_plane():
    with pytest.raises(
        ValueError, match=r"values must be \(S, S\) with S a divisor of 240, got \(7, 7\)"
    ):
        pictures.field(torch.zeros(7, 7), torch.zeros(1, 2), 3.0)
    with pytest.raises(ValueError, match=r"points must be \(N, 2\), got \(2,\)"):
        pictures.field(torch.zeros(6, 6), torch.zeros(2), 3.0)


def test_a_point_of_the_plane_stands_where_it_is_in_the_colour_of_its_class():
    points = torch.tensor([[0.0, 0.0], [2.9, 2.9], [-2.99, -2.99], [5.0, 0.0]])
    picture = pictures.plane(points, torch.tensor([0, 1, 1, 2]), reach=3.0, side=120)
    dots = (picture < 1).any(0).nonzero()  # two from the left, one from below, are at the edge
    assert picture.shape == (3, 120, 120)
    centre = picture[:, 59:61, 60:62]
    assert (centre == centre[:, :1, :1]).all() and (centre[:, 0, 0] < 1).any()
    assert torch.equal(picture[:, 1, 118], picture[:, 119, 0])  # one class, right above, left below
    assert not torch.equal(picture[:, 1, 118], picture[:, 59, 60])
    assert len(dots) == 10  # the point outside is left out


@pytest.mark.parametrize("kind", [torch.uint8, torch.int16, torch.bool, list])
def test_a_plane_takes_classes_of_every_type(kind):
    points, labels = torch.rand(4, 2), torch.tensor([0, 1, 1, 0])
    other = labels.tolist() if kind is list else labels.to(kind)
    assert torch.equal(pictures.plane(points, other), pictures.plane(points, labels))


def test_a_number_in_a_picture_may_be_a_tensor():
    half = torch.tensor(0.5)
    for one, other in (
        (pictures.bars({"a": half}, "x", 1, {}), pictures.bars({"a": 0.5}, "x", 1, {})),
        (pictures.pixel(*PIXEL, half), pictures.pixel(*PIXEL, 0.5)),
        (
            pictures.scores(SHEETS[0], {"a": (0, 1, half)}, "x"),
            pictures.scores(SHEETS[0], {"a": (0, 1, 0.5)}, "x"),
        ),
    ):
        assert pictures.png(one) == pictures.png(other)


def test_lines_and_curves_draw_every_name():
    named = {str(n): [n, n + 1] for n in range(12)}
    for figure in (
        pictures.lines([0, 1], named, "x", (0, 13)),
        pictures.curves([0, 1], named, "x", "y"),
    ):
        assert len(figure.axes[0].lines) == len(named)


def test_the_size_of_a_picture_is_read_from_its_file():
    png = pictures.png(torch.zeros(3, 5, 9))
    assert pictures.size(png) == pictures.size(memoryview(png)) == Image.open(io.BytesIO(png)).size


def test_a_plane_needs_points_and_a_class_for_each():
    with pytest.raises(
        ValueError, match=r"points and labels must .* same size in axis 0, got \(3, 2\), \(2,\)"
    ):
        pictures.plane(torch.zeros(3, 2), torch.zeros(2, dtype=torch.long))
    with pytest.raises(ValueError, match="labels must be whole numbers, got torch.float32"):
        pictures.plane(torch.zeros(2, 2), torch.zeros(2))


@pytest.mark.parametrize("least, limits", [(-2.0, (-3.0, 3.0)), (0.0, (0.0, 3.0))])
def test_white_is_zero_in_a_matrix_and_only_signed_numbers_have_a_scale_below_it(least, limits):
    axis, scale = pictures.matrix(torch.tensor([[least, 3.0]]), "j", "i").axes
    assert scale.get_ylim() == limits
    assert min(axis.images[0].to_rgba(0.0)[:3]) > 0.95


def test_the_names_of_lines_cover_none_of_them():
    x = torch.linspace(0, 1, 5)
    figure = pictures.lines(x, {name: x for name in "abcd"}, "x", (0, 1))
    pictures.png(figure)  # places the legend
    axis = figure.axes[0]
    assert not axis.get_legend().get_window_extent().overlaps(axis.get_window_extent().padded(-2))
    assert axis.get_legend().get_window_extent().x1 < figure.bbox.x1


def test_progress_shows_the_images_and_marks_their_place_on_the_curves():
    images = torch.zeros(4, 1, 3, 3)
    images[0, 0, 1, 1] = 1
    figure = pictures.progress(images, [1, 10, 100], {"a": [9, 5, 2], "b": [8, 4, 3]}, 10, "s", "n")
    left, right = figure.axes
    assert np.array_equal(left.images[0].get_array(), pictures.sheet(images, columns=4))
    curve_a, curve_b, mark = (line.get_xydata() for line in right.lines)
    assert curve_a[:, 1].tolist() == [9, 5, 2] and curve_b[:, 1].tolist() == [8, 4, 3]
    assert set(mark[:, 0]) == {10} and right.get_xscale() == "log"
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["a", "b"]
