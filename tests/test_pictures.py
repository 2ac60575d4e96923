"""Pictures from arrays."""

import io

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.patches import FancyArrowPatch
from PIL import Image

from genlib import pictures
from genlib.pictures.points import TEN


def opened(png):
    return np.asarray(Image.open(io.BytesIO(png)))


def test_a_sheet_lays_images_row_by_row_with_ink_black():
    images = torch.zeros(5, 1, 2, 3)
    images[4] = 1
    tiled = pictures.sheet(images, columns=3)
    assert tiled.shape == (5, 11)
    assert (tiled[3:5, 4:7] == 0).all() and (tiled[:2, :3] == 1).all()
    assert (tiled[2, :] == pictures.sheets.GAP).sum() > 0 and (tiled[3:, 8:] == 1).all()


def test_colour_stays_as_it_is():
    red = torch.zeros(2, 3, 2, 2)
    red[:, 0] = 1
    assert pictures.sheet(red)[:, 0, 0].tolist() == [1, 0, 0]
    assert opened(pictures.png(pictures.sheet(red)))[0, 0].tolist() == [255, 0, 0]


def test_a_frame_lies_inside_its_box_and_each_box_has_a_colour_of_its_own():
    images = torch.rand(2, 3, 8, 8)
    boxes = torch.tensor([[[1, 2, 4, 3], [5, 5, 3, 3]], [[0, 0, 8, 8], [0, 0, 2, 2]]])
    framed = pictures.framed(images, boxes, scale=4)
    large = images.repeat_interleave(4, 2).repeat_interleave(4, 3)
    assert framed.shape == (2, 3, 32, 32)
    changed = (framed != large).any(1)
    for k, places in enumerate(4 * boxes):
        expected = torch.zeros(32, 32, dtype=torch.bool)
        for left, top, width, height in places.tolist():
            box = expected[top : top + height, left : left + width]
            box[:] = True
            box[2:-2, 2:-2] = False
        assert k == 1 or torch.equal(changed[k], expected)
    first, second = (to_rgba(colour)[:3] for colour in pictures.PALETTE[:2])
    assert framed[0, :, 8, 4].tolist() == pytest.approx(first, abs=1e-3)
    assert framed[0, :, 31, 31].tolist() == pytest.approx(second, abs=1e-3)


def test_grey_images_are_framed_in_colour():
    framed = pictures.framed(torch.zeros(1, 1, 6, 6), torch.tensor([[[0, 0, 6, 6]]]), scale=1)
    assert framed.shape == (1, 3, 6, 6) and framed[0, 2, 0, 0] > 0 and framed[0, :, 3, 3].sum() == 0


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


def test_names_stand_in_the_first_images_of_all_rows_each_in_its_own():
    sheets = {"a": torch.zeros(3, 1, 40, 40), "b": torch.zeros(2, 1, 40, 40)}
    figure = pictures.rows(sheets, columns=2, names=["1", "2", "3", "4"])
    first, second = (
        {text.get_text(): text.get_position() for text in axis.texts} for axis in figure.axes
    )
    assert list(first) == ["1", "2", "3"] and list(second) == ["4"]
    cells = [tuple(int(x // 41) for x in place) for place in (*first.values(), *second.values())]
    assert cells == [(0, 0), (1, 0), (0, 1), (0, 0)]  # columns, rows
    assert not pictures.rows(sheets, columns=2).axes[0].texts


def test_the_same_figure_is_the_same_file():
    one, two = (pictures.png(pictures.curves([1, 2], {"a": [1, 2]}, "x", "y")) for _ in range(2))
    assert one == two


def told(figure):
    return Image.open(io.BytesIO(pictures.png(figure))).text["Description"]


def test_a_figure_tells_its_numbers_in_the_file():
    seeds = {"D": [[1.0, 2.0], [2.0, 4.0]], "G": [0.5, 0.25]}
    figure = pictures.curves([1, 2], seeds, "step", "nats", marks={"floor": 0.125})
    said = told(figure)
    for part in ("x: step", "y: nats", "D at 1 2: 1.5 3", "G at 1 2: 0.5 0.25", "0.125", "floor"):
        assert part in said
    assert told(pictures.bars({"a": 1.5}, "nats", 9, {})) == "x: nats; 1.5; 1.5; a"
    assert "2.25 -1" in told(pictures.matrix(torch.tensor([[2.25, -1.0]]), "j", "i"))
    long = torch.linspace(0, 1, 1000)
    assert "p at 0 0 1 1: 0 0 2 1" in told(
        pictures.lines(long, {"p": torch.where(long == long[500], 2, long)}, "x", (0, 2))
    )


def test_bars_begin_at_zero_and_a_logarithmic_scale_has_none():
    seeds = {"a": [1.0, 3.0], "b": [20.0]}
    plain, log = (pictures.dots(seeds, "x", logx=logx).axes[0] for logx in (False, True))
    assert [(bar.get_x(), bar.get_width()) for bar in plain.patches] == [(0, 2), (0, 20)]
    means = [line.get_xdata()[0] for line in log.lines if line.get_marker() == "|"]
    assert not log.patches and means == [2, 20]


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
        (lambda: pictures.rows({"a": SHEETS}, names=[1]), "names must be str, got 1"),
        (
            lambda: pictures.rows({"a": SHEETS[:1]}, names=["x", "y"]),
            "names must be at most as many as the images, got 2",
        ),
        (lambda: pictures.rows({"a": SHEETS[:, 0]}), r"named\['a'\] must be \(N, C, H, W\)"),
        (lambda: curves([1, 2], [[1], [2]]), r"named\['a'\] must be \(S, 2\), got \(2, 1\)"),
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
        (
            lambda: pictures.progress(SHEETS[:1], [1], {"a": [1]}, 1, "s", "n", "c"),
            "lit must be one of a",
        ),
        (
            lambda: pictures.graph({"a": (0, 0)}, coloured="by"),
            "coloured must be '', 'from' or 'to'",
        ),
        (lambda: pixel(density=[-1, 0]), r"density must lie in \[0, inf\]"),
        (lambda: pictures.plane(SHEETS[0, 0], [0, 1], reach=-1.0), "reach must be above 0"),
        (lambda: pictures.plane(SHEETS[0, 0], [0, -1]), "labels must be at least 0"),
        (lambda: pictures.field(2 * SHEETS[0, 0] + 2, torch.zeros(1, 2), 3.0), "values must lie"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()


def test_a_field_is_orange_at_0_white_at_a_half_blue_at_1_with_the_second_coordinate_up():
    values = torch.tensor([[0.0, 0.5], [1.0, 0.5]])  # left below, left above; right likewise
    picture = pictures.field(values, torch.tensor([[2.5, 2.5], [9.0, 0.0]]), reach=3.0, side=60)
    red, green, blue = picture[:, 45, 15].tolist()
    assert red > green > blue  # orange
    red, green, blue = picture[:, 45, 45].tolist()
    assert blue > green > red
    assert picture[:, 15, 15].tolist() == picture[:, 20, 30].tolist() == [1, 1, 1]
    rows, columns = (picture.sum(0) < 1.5).nonzero().T  # one black dot
    assert 0 < len(rows) < 25
    assert abs(rows.float().mean() - 4.5) < 1 and abs(columns.float().mean() - 54.5) < 1


def test_an_arrow_goes_from_its_place_along_its_way():
    half = torch.full((2, 2), 0.5)
    arrow = torch.tensor([[-2.0, 0.0, 1.0, 1.0]])
    far = torch.full((1, 2), 9.0)
    picture = pictures.field(half, far, 3.0, side=60, arrows=arrow)
    row, column = 1 + (picture[:, 1:-1, 1:-1].sum(0) < 2.5).nonzero().T
    assert column.min() in (9, 10) and column.max() in (19, 20)  # from -2 to -1
    assert row.max() in (29, 30) and row.min() in (19, 20)  # from 0 up to 1


@pytest.mark.parametrize("name", ["real", "fake"])
def test_dots_have_the_colour_of_their_name_and_lie_on_one_another_darker(name):
    one = pictures.cloud({name: torch.zeros(1, 2)}, side=60)
    many = pictures.cloud({name: torch.zeros(40, 2)}, side=60)
    colour = torch.tensor(matplotlib.colors.to_rgb(pictures.COLOURS[name]))
    torch.testing.assert_close(many[:, 29, 30], colour, atol=0.01, rtol=0)
    assert (one[:, 29, 30] > many[:, 29, 30] - 0.01).all() and one.sum() > many.sum()
    assert (one[:, 1:20, 1:-1] == 1).all()  # nothing elsewhere
    for edge in (one[:, 0], one[:, -1], one[:, :, 0], one[:, :, -1]):
        assert (edge == pictures.points.FRAME).all()


def test_a_field_needs_a_square_that_divides_the_picture_and_points_of_the_plane():
    with pytest.raises(
        ValueError, match=r"values must be \(S, S\) with S a divisor of 480, got \(7, 7\)"
    ):
        pictures.field(torch.zeros(7, 7), torch.zeros(1, 2), 3.0)
    with pytest.raises(ValueError, match=r"points must be \(N, 2\), got \(2,\)"):
        pictures.field(torch.zeros(6, 6), torch.zeros(2), 3.0)


def test_a_point_of_the_plane_stands_where_it_is_in_the_colour_of_its_class():
    points = torch.tensor([[0.0, 0.0], [2.5, 2.5], [-2.5, -2.5], [5.0, 0.0]])
    picture = pictures.plane(points, torch.tensor([0, 1, 1, 2]), reach=3.0, side=480)
    assert picture.shape == (3, 480, 480)
    centre, right, left = picture[:, 239, 240], picture[:, 39, 440], picture[:, 439, 40]
    assert torch.equal(right, left) and (right < 1).any()  # one class, right above, left below
    assert not torch.equal(right, centre) and (centre < 1).any()
    rows, _ = (picture < 0.9).any(0).nonzero().T
    assert len(rows) < 3 * 25  # the point outside is left out
    for ink, colour in ((centre, TEN[0]), (right, TEN[1])):
        assert ((1 - ink) / (1 - torch.tensor(to_rgb(colour)))).std() < 0.01  # that colour on white


def test_a_name_is_written_at_the_middle_of_its_class_and_every_class_has_one():
    points, labels = torch.tensor([[-2.0, 0.0], [2.0, 0.0]]), torch.tensor([0, 1])
    plain, named = pictures.plane(points, labels), pictures.plane(points, labels, names=["A", "B"])
    changed = (plain != named).any(0).nonzero()
    for middle in (80, 400):
        near = changed[(changed - torch.tensor([240, middle])).abs().amax(1) < 20]
        assert len(near) > 50
    assert (changed[:, 0] - 240).abs().max() < 20
    close = pictures.plane(points / 50, labels, names=["A", "B"])
    _, columns = (close != pictures.plane(points / 50, labels)).any(0).nonzero().T
    assert columns.max() - columns.min() > 40  # two names side by side, not on one another
    with pytest.raises(ValueError, match="names must name class 1 too, got 1 names"):
        pictures.plane(points, labels, names=["A"])


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


def test_progress_makes_the_curve_that_is_lit_thick_and_puts_a_dot_where_the_images_are_from():
    named = {"a": [9, 5, 2], "b": [8, 4, 3]}
    figure = pictures.progress(torch.zeros(4, 1, 3, 3), [1, 10, 100], named, 10, "s", "n", "b")
    curve_a, curve_b, dot, _ = figure.axes[1].lines
    assert curve_b.get_linewidth() > 2 * curve_a.get_linewidth()
    assert dot.get_xydata().tolist() == [[10, 4]] and dot.get_color() == curve_b.get_color()


def test_the_density_of_a_pixel_hides_it_and_all_pixels_behind_it():
    figure = pictures.pixel(torch.zeros(3, 3), (1, 1), [0, 1], [1, 0], 0.5)
    hidden = [patch.get_bbox() for patch in figure.axes[0].patches if patch.get_hatch()]
    covered = [
        [any(box.x0 < x < box.x1 and box.y0 < y < box.y1 for box in hidden) for x in range(3)]
        for y in range(3)
    ]
    assert covered == [[False] * 3, [False, True, True], [True] * 3]


# --- drawings of models


def boxes(figure):
    """{word: its place in inches} of a diagram."""
    return {text.get_text(): text.get_position() for text in figure.axes[0].texts}


def test_a_diagram_goes_from_left_to_right_and_a_shared_box_stands_between_its_lines():
    at = boxes(pictures.diagram("z -> G -> fake -> D\nreal -> D -> logit"))
    x = {name: place[0] for name, place in at.items()}
    assert x["z"] < x["G"] < x["fake"] < x["D"] < x["logit"]
    assert x["real"] == x["fake"]  # what leads to a late box stands before it
    assert at["z"][1] == at["G"][1] < at["D"][1] < at["real"][1]


def test_names_that_share_a_column_and_a_line_stand_one_below_the_other():
    at = boxes(pictures.diagram("z -> G -> fake -> D\nG -> mask\nG -> other"))
    column = [at[name] for name in ("fake", "mask", "other")]
    assert len({x for x, _ in column}) == 1
    heights = [y for _, y in column]
    assert heights[1] - heights[0] > 0.7 and heights[2] - heights[1] > 0.7
    crossed = boxes(pictures.diagram("a -> b -> c -> d\nb -> e\nc -> f"))
    assert abs(crossed["c"][1] - crossed["e"][1]) > 0.7


def test_a_diagram_says_who_learns_who_is_frozen_and_what_shape_things_have():
    figure = pictures.diagram(
        "z -> G -[moved]-> D", shapes={"z": "(B, 2)"}, learns=["G"], frozen=["D"], title="one move"
    )
    words = set(boxes(figure))
    assert {"learns", "frozen", "(B, 2)", "moved", "one move", "z", "G", "D"} <= words
    learning, frozen = figure.axes[0].patches[-2:]
    assert frozen.get_hatch() and not learning.get_hatch()


def test_an_arrow_back_moves_no_box():
    plain = boxes(pictures.diagram("z -> G -> loss"))
    back = boxes(pictures.diagram("z -> G -> loss\nloss ~[gradient]~> G"))
    assert all(plain[name][0] == back[name][0] for name in plain) and "gradient" in back


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        ({"text": ""}, "text must hold a chain"),
        ({"text": "z"}, "text must hold chains"),
        ({"text": "z -> -> x"}, "text must hold chains"),
        ({"text": "z -> x", "learns": ["G"]}, "learns must name boxes of text, z, x, got 'G'"),
        ({"text": "z -> x", "shapes": {"G": "(B,)"}}, "shapes must name boxes of text"),
    ],
)
def test_a_diagram_that_cannot_be_is_refused_by_name(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        pictures.diagram(**arguments)


# --- seeds as dots, curves with their range


def test_seeds_are_dots_and_their_mean_a_bar():
    figure = pictures.dots({"one": [1.0, 3.0], "two": [5.0]}, "nats", marks={"floor": 0.5})
    axis = figure.axes[0]
    assert [bar.get_width() for bar in axis.patches] == [2, 5]
    assert [line.get_xdata().tolist() for line in axis.lines[:2]] == [[1, 3], [5]]
    assert {"mean 2", "5", "floor"} <= {text.get_text() for text in axis.texts}


def test_a_curve_of_seeds_is_their_mean_with_their_range():
    seeds = torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    axis = pictures.curves([0, 1], {"D": seeds}, "x", "y", marks={"best": 1.0}).axes[0]
    assert axis.lines[0].get_ydata().tolist() == [2, 4] and len(axis.collections) == 1
    band = axis.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == 1 and band[:, 1].max() == 6
    assert {"D", "best"} <= {text.get_text() for text in axis.texts}


def test_a_mesh_is_drawn_along_both_of_its_ways():
    grid = torch.stack(torch.meshgrid(torch.arange(3.0), torch.arange(4.0), indexing="ij"), -1)
    assert len(pictures.mesh(grid).axes[0].lines) == 7


def test_a_box_has_the_colour_of_its_player_whatever_is_said_after_its_name():
    names = ["D 2", "G 1", "G 2", "D 1"]
    figure = pictures.diagram("z -> G 1 -> G 2 -> D 1 -> D 2", learns=names)
    edges = {patch.get_edgecolor() for patch in figure.axes[0].patches}
    expected = {to_rgba(pictures.COLOURS[player]) for player in "GD"}
    assert expected == {edge for edge in edges if edge in expected} and len(edges) == 2


def test_smooth_lines_have_the_colours_of_the_course():
    figure = pictures.lines([0, 1], {"p": [1, 2], "D": [2, 1], "G": [0, 1]}, "x", (0, 3))
    drawn = [line.get_color() for line in figure.axes[0].lines]
    assert drawn == [pictures.PALETTE[0], pictures.COLOURS["D"], pictures.COLOURS["G"]]


# --- pictures with words


def test_each_word_has_its_mark_green_if_right_and_broken_if_wrong():
    images = torch.full((2, 3, 8, 8), 0.5)
    right = torch.tensor([[True, False], [True, True]])
    drawn = pictures.verdicts(images, right, columns=2)
    assert drawn.shape == (3, 40, 65)
    green, red = torch.tensor([0, 158, 115]) / 255, torch.tensor([213, 94, 0]) / 255
    marks = drawn[:, 36]  # the row through all marks
    close = lambda colour, at: (marks[:, at] - colour).abs().max() < 0.01
    assert close(green, 8) and close(green, 33 + 8) and close(green, 33 + 24)
    assert close(red, 19) and close(torch.ones(3), 24) and close(red, 28)
    torch.testing.assert_close(drawn[:, :32, :32], torch.full((3, 32, 32), 0.5))


def test_each_image_has_its_text_below():
    texts = ["a small red cross", "b", "c"]
    figure = pictures.captioned(torch.rand(3, 3, 8, 8), texts, columns=2)
    assert [axis.get_title().replace("\n", " ") for axis in figure.axes] == [*texts, ""]
    assert [len(axis.images) for axis in figure.axes] == [1, 1, 1, 0]


def test_words_that_do_not_fit_the_images_are_refused_by_name():
    with pytest.raises(ValueError, match="texts and images must be as many, got 2 and 3"):
        pictures.captioned(torch.rand(3, 3, 8, 8), ["a", "b"])
    with pytest.raises(ValueError, match="images and right must have"):
        pictures.verdicts(torch.rand(3, 3, 8, 8), torch.ones(2, 4))


def test_strong_arrows_of_a_graph_are_coloured_by_where_they_come_from_or_lead_to():
    places = {"a": (0, 0), "b": (1, 0), "c": (0, 1), "d": (1, 1)}
    strong = [("a", "c"), ("a", "d"), ("b", "d")]

    def colours(coloured):
        patches = pictures.graph(places, strong=strong, coloured=coloured).axes[0].patches
        arrows = [patch.get_edgecolor() for patch in patches if isinstance(patch, FancyArrowPatch)]
        return [arrows.index(colour) for colour in arrows]

    assert (colours(""), colours("from"), colours("to")) == ([0, 0, 0], [0, 0, 2], [0, 1, 1])


def test_seeds_in_one_place_are_all_seen():
    axis = pictures.dots({"a": [3.0, 3.0, 3.0, 9.0], "b": [1.0]}, "x").axes[0]
    first, second = (line.get_ydata() for line in axis.lines)
    assert len(set(first[:3].tolist())) == 3 and abs(first - 0).max() < 0.3
    assert first[3] == 0 and second.tolist() == [1]
