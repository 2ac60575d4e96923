"""The drawn world of horses and zebras: hidden pairs, their mirror, and the distances that paint them."""

import pytest
import torch
from small import seeded
from torch.nn.functional import avg_pool2d

from genlib.data import animal_masks, draw_horses, draw_zebras, horses, many_scenes, mirrored
from genlib.data.horses import SCENE
from genlib.data.painting import Canvas, mix, plane

SCENES = many_scenes(60, seed=3)
KINDS = draw_horses, draw_zebras, animal_masks
every_kind = pytest.mark.parametrize("drawn", KINDS, ids=lambda drawn: drawn.__name__)


def moved(name, scenes=SCENES):
    """The same scenes with another value of one number, half of its range away."""
    other, column = scenes.clone(), SCENE.index(name)
    other[:, column] = 1 - other[:, column] if name == "left" else (other[:, column] + 0.5) % 1
    return other


# --- scenes


def test_scenes_come_again_from_the_same_seed_and_are_uniform_and_independent():
    scenes = many_scenes(4000, seed=5)
    assert torch.equal(scenes, many_scenes(4000, seed=5))
    assert not torch.equal(scenes, many_scenes(4000, seed=6))
    assert scenes.shape == (4000, len(SCENE)) and scenes.min() >= 0 and scenes.max() <= 1
    uniform = (torch.arange(4000) + 0.5) / 4000
    assert (scenes[:, 1:].sort(0).values - uniform[:, None]).abs().max() < 0.035
    assert (scenes.T.corrcoef() - torch.eye(len(SCENE))).abs().max() < 0.06


@pytest.mark.parametrize(
    "left, low, high", [(0, 0, 0), (1, 1, 1), (0.5, 0.47, 0.53), (0.2, 0.17, 0.23)]
)
def test_so_many_face_left_as_asked_for_and_all_else_is_the_same(left, low, high):
    scenes = many_scenes(2000, left=left)
    assert low <= scenes[:, 0].mean() <= high and set(scenes[:, 0].tolist()) <= {0.0, 1.0}
    assert torch.equal(scenes[:, 1:], many_scenes(2000)[:, 1:])


# --- pictures


@every_kind
@pytest.mark.parametrize("size", [16, 32, 45])
def test_pictures_are_in_range_and_come_again(drawn, size):
    x = drawn(SCENES, size)
    assert x.shape == (60, 1 if drawn is animal_masks else 3, size, size)
    assert x.dtype == torch.float32 and x.min() >= 0 and x.max() <= 1
    assert torch.equal(x, drawn(SCENES, size))


@every_kind
def test_a_picture_does_not_know_the_others_nor_where_a_chunk_ends(drawn, monkeypatch):
    x = drawn(SCENES)
    torch.testing.assert_close(drawn(SCENES[7:8]), x[7:8])
    monkeypatch.setattr(horses, "CHUNK", 16)
    torch.testing.assert_close(drawn(SCENES), x)
    torch.testing.assert_close(drawn(SCENES.flip(0)), x.flip(0))


@every_kind
def test_drawing_leaves_the_scenes_as_they_are(drawn):
    scenes = SCENES.clone()
    drawn(scenes, 16)
    mirrored(scenes)
    assert torch.equal(scenes, SCENES)


def test_a_horse_and_the_zebra_of_its_scene_differ_only_where_the_animal_is():
    horse, zebra, mask = (drawn(SCENES) for drawn in KINDS)
    change = (horse - zebra).abs()
    assert torch.equal(horse.where(mask == 0, 0), zebra.where(mask == 0, 0))
    inside = (mask == 1).expand_as(change)
    assert (change * inside).sum((1, 2, 3)).div(inside.sum((1, 2, 3))).min() > 0.1
    assert 0.1 < mask.mean((1, 2, 3)).min() and mask.mean((1, 2, 3)).max() < 0.3


def test_a_horse_is_brown_and_a_zebra_black_and_white():
    """Where nothing else shines through; an eye is black in both."""
    horse, zebra, mask = (drawn(SCENES) for drawn in KINDS)
    inside = mask[:, 0] == 1
    redder, colour = horse[:, 0] - horse[:, 2], zebra.amax(1) - zebra.amin(1)
    assert redder[inside].min() > -0.02 and (redder[inside] > 0.1).float().mean() > 0.8
    assert colour[inside].max() < 0.05
    shades = zebra.mean(1)[inside]
    assert (shades < 0.2).float().mean() > 0.25 and (shades > 0.6).float().mean() > 0.25


@pytest.mark.parametrize("drawn", [draw_horses, draw_zebras], ids=["horse", "zebra"])
def test_the_ground_does_not_know_the_animal(drawn):
    """Another pose and another coat: what neither mask covers is the same, bit by bit."""
    other, ground = (
        many_scenes(60, seed=9),
        [SCENE.index(n) for n in ("horizon", "sky", "grass", "light")],
    )
    other[:, ground] = SCENES[:, ground]
    free = (animal_masks(SCENES) == 0) & (animal_masks(other) == 0)
    assert free.float().mean() > 0.5
    assert torch.equal(drawn(SCENES).where(free, 0), drawn(other).where(free, 0))


@every_kind
def test_mirrored_scenes_draw_the_pictures_in_a_mirror(drawn):
    x = drawn(SCENES)
    assert (drawn(mirrored(SCENES)) - x.flip(3)).abs().max() < 3e-5
    assert (x - x.flip(3)).abs().flatten(1).amax(1).min() > 0.5


def test_twice_mirrored_is_the_scene_itself():
    assert torch.equal(mirrored(SCENES)[:, 0], 1 - SCENES[:, 0])
    torch.testing.assert_close(mirrored(mirrored(SCENES)), SCENES)


@pytest.mark.parametrize(
    "name, horse, zebra, mask",
    [(name, True, True, True) for name in SCENE[:9]]
    + [(name, True, True, False) for name in ("horizon", "sky", "grass", "light")]
    + [("coat", True, False, False), ("stripes", False, True, False)],
)
def test_each_number_of_a_scene_shows_in_every_picture_that_it_is_part_of_and_in_no_other(
    name, horse, zebra, mask
):
    other = moved(name)
    for drawn, shows in zip(KINDS, (horse, zebra, mask), strict=True):
        change = (drawn(other) - drawn(SCENES)).abs().flatten(1).amax(1)
        assert change.min() > 0.03 if shows else change.max() == 0


def head_of(scenes):
    """Where the head is, in shares of the side: the middle of what a nod moves, (n,) from the left and (n,) from the top."""
    nod = (animal_masks(moved("head", scenes)) - animal_masks(scenes)).abs()
    grid, total = (torch.arange(32) + 0.5) / 32, nod.sum((1, 2, 3))
    return (nod.sum((1, 2)) * grid).sum(1) / total, (nod.sum((1, 3)) * grid).sum(1) / total


def test_an_animal_faces_left_where_its_number_says_so():
    across, _ = head_of(SCENES)
    left = SCENES[:, 0] == 1
    assert across[left].max() < 0.3 and across[~left].min() > 0.7


def test_a_tilt_lowers_the_head_whichever_way_it_looks():
    level, tilted = SCENES.clone(), SCENES.clone()
    level[:, SCENE.index("tilt")], tilted[:, SCENE.index("tilt")] = 0, 1
    assert (head_of(tilted)[1] - head_of(level)[1]).min() > 0.03


@every_kind
def test_another_size_is_the_same_scene(drawn):
    apart = lambda a, b: (a - b).abs().mean((1, 2, 3))
    x, large, small = (drawn(SCENES, size) for size in (32, 64, 16))
    for fine, coarse in ((avg_pool2d(large, 2), x), (avg_pool2d(x, 2), small)):
        assert apart(fine, coarse).max() < apart(fine.roll(1, 0), coarse).min()
    assert apart(avg_pool2d(large, 2), x).max() < 0.025


S = SCENES[:2]


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: many_scenes(0), "n must be at least 1, got 0"),
        (lambda: many_scenes(3, seed=-1), "seed must be at least 0, got -1"),
        (lambda: many_scenes(3, left=1.5), "left must be .*at most 1, got 1.5"),
        (lambda: draw_horses(S[:, :14]), r"scenes must be \(N, 15\), got \(2, 14\)"),
        (lambda: draw_zebras(2 * S), r"scenes must lie in \[0, 1\]"),
        (lambda: animal_masks(S, 15), "size must be at least 16, got 15"),
        (lambda: mirrored(S - 1), r"scenes must lie in \[0, 1\]"),
        (lambda: mirrored(S.long()), "scenes must be floating-point numbers"),
    ],
)
def test_a_scene_that_cannot_be_drawn_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()


# --- painting


def canvas(n=3, size=16, seed=0):
    """A canvas of random colours in double precision; its pixels' centres are exact at 16."""
    on = Canvas(torch.rand(n, 3, generator=seeded(seed)).double(), size)
    on.u, on.v = on.u.double(), on.v.double()
    return on


def some(*limits, n=3, seed=0):
    """n numbers between each pair of limits: (n,) each."""
    noise = seeded(seed)
    return [low + (high - low) * torch.rand(n, generator=noise).double() for low, high in limits]


def test_the_distance_to_a_limb_is_that_to_the_nearest_of_its_points():
    on, (u, v, to_u, to_v, radius) = canvas(), some(*[(0, 1)] * 4, (0, 0.2))
    way = torch.linspace(0, 1, 4001).double()[:, None, None, None]
    points_u, points_v = plane(u) + way * plane(to_u - u), plane(v) + way * plane(to_v - v)
    nearest = torch.hypot(on.u - points_u, on.v - points_v).amin(0) - plane(radius)
    torch.testing.assert_close(on.limb(u, v, to_u, to_v, radius), nearest, atol=3e-4, rtol=0)
    torch.testing.assert_close(on.limb(to_u, to_v, u, v, radius), on.limb(u, v, to_u, to_v, radius))


def test_an_ellipse_of_equal_radii_is_a_circle_and_any_is_exact_where_it_is_narrowest():
    on, (u, v, r) = canvas(), some((0, 1), (0, 1), (0.1, 0.4))
    circle = torch.hypot(on.u - plane(u), on.v - plane(v)) - plane(r)
    torch.testing.assert_close(on.ellipse(u, v, r, r), circle)
    on, middle = canvas(1), 8.5 / 16
    flat = on.ellipse(middle, middle, 0.4, 0.2)
    torch.testing.assert_close(
        flat[0, :, 8], (on.v[0, :, 0] - middle).abs() - 0.2, check_dtype=False
    )
    upright = on.ellipse(middle, middle, 0.2, 0.4)
    torch.testing.assert_close(upright, flat.transpose(1, 2))


def test_an_ellipse_and_a_box_are_negative_inside_and_only_there():
    on, (u, v, ru, rv) = canvas(), some((0, 1), (0, 1), (0.1, 0.5), (0.1, 0.5))
    across, down = (on.u - plane(u)) / plane(ru), (on.v - plane(v)) / plane(rv)
    assert torch.equal(on.ellipse(u, v, ru, rv) < 0, across.square() + down.square() < 1)
    assert torch.equal(on.box(u, v, ru, rv) < 0, (across.abs() < 1) & (down.abs() < 1))
    assert torch.equal(on.below(v) < 0, (on.v > plane(v)))


def test_the_way_along_is_0_at_one_end_1_at_the_other_and_goes_on_in_a_line():
    on = canvas(1)
    way = on.along(*[(p + 0.5) / 16 for p in (2, 3, 10, 7)])[0]  # 8 across, 4 down
    ends = way[[3, 7, 5], [2, 10, 6]]
    torch.testing.assert_close(ends, torch.tensor([0, 1, 0.5]).double())
    rows, columns = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    expected = ((columns - 2) * 8 + (rows - 3) * 4) / 80
    torch.testing.assert_close(way, expected.double())


@pytest.mark.parametrize("flip", [0.0, 1.0])
def test_a_body_is_drawn_where_it_stands_turned_scaled_and_mirrored(flip):
    """A circle at (a, b) of the body's own, against one that is put into the picture by hand."""
    (u, v, turn, unit), (a, b, r) = (
        some((0.3, 0.7), (0.3, 0.7), (-2, 2), (0.2, 0.9)),
        some((-1, 1), (-1, 1), (0.1, 0.5), seed=1),
    )
    on, by_hand = canvas(), canvas()
    on.seen_from(u, v, turn, unit, torch.full((3,), flip).double())
    side = (1 - 2 * flip) * a
    at_u = u + unit * (turn.cos() * side - turn.sin() * b)
    at_v = v + unit * (turn.sin() * side + turn.cos() * b)
    own, its = on.ellipse(a, b, r, r), by_hand.ellipse(at_u, at_v, unit * r, unit * r)
    torch.testing.assert_close(own * plane(unit), its)
    torch.testing.assert_close(on.cover(own), by_hand.cover(its))


def test_an_edge_is_one_pixel_soft():
    distance = torch.tensor([-9, -0.5, -0.25, 0, 0.25, 0.5, 9]).double() / 16
    expected = torch.tensor([1, 1, 0.75, 0.5, 0.25, 0, 0]).double()
    torch.testing.assert_close(canvas().cover(distance), expected)


def test_what_lies_inside_of_all_and_of_any():
    on = canvas()
    shapes = [
        on.ellipse(*some((0.3, 0.7), (0.3, 0.7), (0.2, 0.5), (0.2, 0.5), seed=k)) for k in range(3)
    ]
    inside = torch.stack(shapes) < 0
    assert torch.equal(on.within(*shapes) < 0, inside.all(0)) and inside.all(0).any()
    assert torch.equal(on.any_of(*shapes) < 0, inside.any(0)) and not inside.any(0).all()


def test_paint_covers_by_shares_with_one_colour_one_each_or_one_for_each_pixel():
    circle, colours = canvas().ellipse(0.5, 0.4, 0.3, 0.3), torch.rand(3, 3, 16, 16).double()
    for colour in (colours, colours[:, :, 0, 0], colours[0, :, 0, 0]):
        on, ground = canvas(), canvas().x
        on.paint(circle, colour)
        each = colour if colour.dim() == 4 else colour.expand(3, 3)[:, :, None, None]
        torch.testing.assert_close(
            on.x, ground.lerp(each.expand_as(ground), on.cover(circle)[:, None].expand_as(ground))
        )


def test_paint_leaves_the_pictures_that_are_not_meant_and_takes_a_share_where_one_is_said():
    circle, white = canvas().ellipse(0.5, 0.4, 0.3, 0.3), torch.ones(3).double()
    ground, on, shared = canvas().x, canvas(), canvas()
    on.paint(circle, white)
    shared.paint(circle, white, torch.tensor([0, 1, 0.5]).double())
    assert torch.equal(shared.x[0], ground[0]) and torch.equal(shared.x[1], on.x[1])
    torch.testing.assert_close(shared.x[2], (ground + on.x)[2] / 2)


def test_what_is_painted_last_lies_in_front():
    on, circle = canvas(), canvas().ellipse(0.5, 0.5, 0.2, 0.2)
    for shade in (0.0, 0.3):
        on.paint(circle, torch.full((3,), shade).double())
    torch.testing.assert_close(on.x[:, :, 8, 8], torch.full((3, 3), 0.3).double())


def test_colours_of_a_palette_are_met_in_their_order_and_mixed_between():
    palette = torch.rand(4, 3, generator=seeded())
    found = mix(palette, torch.linspace(0, 1, 7))
    torch.testing.assert_close(found[::2], palette)
    torch.testing.assert_close(found[1::2], (palette[1:] + palette[:-1]) / 2)
