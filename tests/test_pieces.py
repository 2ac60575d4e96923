"""Key pieces: where they lie, what is cut, and that nothing of their place is left in them."""

import itertools

import pytest
import torch
from small import seeded

from genlib.data import box_mask, cut_pieces, edge_energy, key_boxes, many_faces, pieces
from genlib.data.pieces import CANDIDATES, OVERLAP, SIDES, overlap

FACES, _, _ = many_faces(100)


def boxes_in(size, n=6, count=4, seed=0):
    """Boxes anywhere in a square picture, of any sides: (n, count, 4)."""
    sides = torch.randint(1, size + 1, (n, count, 2), generator=seeded(seed))
    corner = (torch.rand(n, count, 2, generator=seeded(seed + 1)) * (size - sides + 1)).long()
    return torch.cat([corner, sides], 2)


def pictures(n=6, size=32, seed=9, channels=3):
    return torch.rand(n, channels, size, size, generator=seeded(seed))


def lies_in(box, x, y):
    """Whether a pixel lies in a box, by hand."""
    left, top, width, height = box.tolist()
    return left <= x < left + width and top <= y < top + height


def flipped(boxes, size):
    left, top, width, height = boxes.unbind(-1)
    return torch.stack([size - left - width, top, width, height], -1)


# --- edges


def test_the_energy_of_an_edge_is_the_difference_to_the_right_and_below():
    x = torch.tensor([[[[1.0, 3.0, 3.0], [0.0, 3.0, 7.0]], [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]]]])
    expected = torch.tensor([[[2 + 1 + 0.5, 0 + 0 + 0.5, 0 + 4 + 0.5], [3.0, 4.0, 0.0]]])
    torch.testing.assert_close(edge_energy(x), expected)


def test_a_flat_picture_has_no_edges_and_a_shade_adds_none():
    assert edge_energy(torch.full((2, 3, 5, 4), 0.3)).max() == 0
    x = pictures()
    torch.testing.assert_close(edge_energy(x + 1), edge_energy(x), atol=1e-5, rtol=0)


# --- boxes


@pytest.mark.parametrize(
    "box, other, expected",
    [
        ([0, 0, 2, 2], [0, 0, 2, 2], 1),
        ([0, 0, 2, 2], [2, 0, 2, 2], 0),
        ([0, 0, 2, 2], [5, 7, 1, 1], 0),
        ([0, 0, 4, 2], [2, 1, 4, 2], 2 / 14),
        ([1, 1, 6, 6], [2, 3, 2, 1], 2 / 36),
    ],
)
def test_the_overlap_of_two_boxes_is_their_intersection_over_union(box, other, expected):
    box, other = torch.tensor(box), torch.tensor(other)
    assert overlap(box, other).item() == overlap(other, box).item() == pytest.approx(expected)


def test_overlaps_are_taken_row_by_row_or_with_one_for_all():
    boxes, others = boxes_in(20, seed=2), boxes_in(20, seed=5)
    found = overlap(boxes, others)
    assert found.shape == (6, 4) and found.max() > 0.1
    with_first = overlap(boxes, others[:, :1])
    torch.testing.assert_close(with_first[:, 0], found[:, 0])
    masks = [box_mask(each.view(-1, 1, 4), 20).view(6, 4, -1) for each in (boxes, others)]
    shared, either = (masks[0] * masks[1]).sum(2), torch.maximum(*masks).sum(2)
    torch.testing.assert_close(found, shared / either)


@pytest.mark.parametrize("size", [16, 32, 45])
def test_key_boxes_lie_in_the_picture_and_have_sides_as_promised(size):
    boxes = key_boxes(pictures(40, size), CANDIDATES, seeded())
    assert boxes.shape == (40, CANDIDATES, 4) and boxes.dtype == torch.int64
    assert boxes.min() >= 0 and (boxes[..., :2] + boxes[..., 2:]).max() == size
    assert boxes[..., :2].min() == 0  # up to both borders
    low, high = (round(share * size) for share in SIDES)
    assert boxes[..., 2:].min() == low and boxes[..., 2:].max() == high


def test_key_boxes_hardly_overlap():
    boxes = key_boxes(FACES, 3, seeded())
    for one, other in itertools.combinations(range(3), 2):
        assert overlap(boxes[:, one], boxes[:, other]).max() <= OVERLAP


def test_where_no_box_is_free_the_freest_is_taken():
    """A box is the less free the more of those before it overlaps, and the more it does."""
    boxes, candidates = key_boxes(FACES[:9], 12, seeded()), pieces._random_boxes(9, 32, seeded())
    taken = torch.zeros(9, CANDIDATES)
    for k in range(12):
        now = boxes[:, k : k + 1]
        same = (candidates == now).all(2)
        assert same.any(1).all()
        least, its = taken.amin(1), taken.where(same, 1e9).amin(1)
        torch.testing.assert_close(its, least, atol=1e-4, rtol=0)
        shared = overlap(candidates, now)
        taken += (shared > OVERLAP) * (1 + shared) + 1e3 * same
    assert least.min() > 1  # none is free at the end


def test_the_first_box_lies_where_the_texture_is():
    x, corner = (
        torch.full((100, 3, 32, 32), 0.5),
        torch.randint(0, 21, (100, 2), generator=seeded()),
    )
    texture = torch.cat([corner, torch.full((100, 2), 12)], 1)[:, None]
    inside = box_mask(texture).bool()
    x = torch.where(inside, pictures(100), x)
    first = key_boxes(x, 1, seeded(1))
    share = (box_mask(first) * inside).sum((1, 2, 3)) / first[..., 2:].prod(2)[:, 0]
    assert share.min() > 0.5 and share.mean() > 0.85


def test_the_first_box_scores_best_of_all_candidates_by_the_formula():
    """With one box of each picture asked for, and with all: no other has more edges for its sides."""
    every, energy = key_boxes(FACES[:40], CANDIDATES, seeded()), edge_energy(FACES[:40])
    assert torch.equal(every[:, :1], key_boxes(FACES[:40], 1, seeded()))
    candidates = pieces._random_boxes(40, 32, seeded())
    for n in range(40):
        assert sorted(every[n].tolist()) == sorted(candidates[n].tolist())  # none comes twice
        score = [
            energy[n, top : top + height, left : left + width].sum().item()
            / (width + height) ** 1.5
            for left, top, width, height in every[n].tolist()
        ]
        assert score[0] == pytest.approx(max(score), rel=1e-4)


def test_boxes_come_again_from_the_same_generator():
    first, same, other = (key_boxes(FACES, 3, seeded(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, same) and not torch.equal(first, other)


def test_fewer_boxes_are_the_first_of_more():
    assert torch.equal(key_boxes(FACES, 2, seeded()), key_boxes(FACES, 3, seeded())[:, :2])


# --- what is cut


def moved(x, boxes, size, seed):
    """The contents of the boxes (one a picture) somewhere in other pictures of this size, and where."""
    other, places = pictures(len(x), size, seed), []
    for image, source, (left, top, width, height) in zip(
        other, x, boxes[:, 0].tolist(), strict=True
    ):
        across, down = (
            torch.randint(0, size - side + 1, (), generator=seeded(seed + width)).item()
            for side in (width, height)
        )
        content = source[:, top : top + height, left : left + width]
        image[:, down : down + height, across : across + width] = content
        places.append([across, down, width, height])
    return other, torch.tensor(places)[:, None]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [32, 45, 64])
def test_a_piece_does_not_know_where_its_box_lay_nor_what_was_around_it(size, seed):
    x, boxes = pictures(20), boxes_in(32, 20, 1, seed=10 * seed)
    other, places = moved(x, boxes, size, seed)
    assert not torch.equal(places[..., :2], boxes[..., :2])
    atol = 1e-6 if size == 32 else 2e-5  # places by 45 are no binary fractions
    torch.testing.assert_close(cut_pieces(other, places), cut_pieces(x, boxes), atol=atol, rtol=0)


def test_a_piece_reads_no_pixel_outside_of_its_box_and_every_one_inside():
    x = pictures(4, channels=1).requires_grad_()
    boxes = boxes_in(32, 4, 1, seed=3)
    (slope,) = torch.autograd.grad(cut_pieces(x, boxes).sum(), x)
    assert torch.equal((slope > 0).float(), box_mask(boxes))
    far = torch.where(box_mask(boxes).bool(), x, 1e6)
    assert torch.equal(cut_pieces(far, boxes), cut_pieces(x, boxes))


def test_a_box_of_the_size_asked_for_gives_its_pixels_themselves():
    x = pictures(1, 24)
    boxes = torch.tensor([[[3, 10, 7, 7], [0, 0, 7, 7], [17, 17, 7, 7]]])
    found = cut_pieces(x, boxes, 7)
    for piece, (left, top, width, height) in zip(found[0], boxes[0].tolist(), strict=True):
        torch.testing.assert_close(piece, x[0, :, top : top + height, left : left + width])


def test_a_piece_is_read_between_the_centres_of_its_pixels():
    """A box of two pixels, black and white, four times as wide: 1/8 of a step from centre to centre, and the ends."""
    x = torch.tensor([0.0, 1.0, 5.0, 5.0]).expand(1, 1, 4, 4)
    piece = cut_pieces(x, torch.tensor([[[0, 1, 2, 3]]]), 8)
    expected = torch.tensor([0, 0, 1 / 8, 3 / 8, 5 / 8, 7 / 8, 1, 1])
    torch.testing.assert_close(piece, expected.expand(1, 1, 1, 8, 8))


def test_pieces_are_those_of_their_own_picture_in_the_order_of_the_boxes():
    x, boxes = pictures(5), boxes_in(32, 5, 3)
    found = cut_pieces(x, boxes, 16)
    assert found.shape == (5, 3, 3, 16, 16)
    for n, k in itertools.product(range(5), range(3)):
        alone = cut_pieces(x[n : n + 1], boxes[n : n + 1, k : k + 1], 16)
        torch.testing.assert_close(found[n, k], alone[0, 0])
    torch.testing.assert_close(cut_pieces(x, boxes.flip(1), 16), found.flip(1))


def test_pieces_of_a_mirrored_picture_are_mirrored():
    x, boxes = pictures(), boxes_in(32)
    found = cut_pieces(x.flip(3), flipped(boxes, 32))
    torch.testing.assert_close(found, cut_pieces(x, boxes).flip(4))
    turned = cut_pieces(x.transpose(2, 3), boxes[..., [1, 0, 3, 2]])
    torch.testing.assert_close(turned, cut_pieces(x, boxes).transpose(3, 4))


def test_pieces_lie_between_the_darkest_and_the_lightest_pixel_of_their_box():
    x, boxes = pictures(6), boxes_in(32, 6, 1)
    found, inside = cut_pieces(x, boxes), box_mask(boxes).bool()
    assert (found.amax((1, 2, 3, 4)) <= x.where(inside, 0).amax((1, 2, 3)) + 1e-6).all()
    assert (found.amin((1, 2, 3, 4)) >= x.where(inside, 1).amin((1, 2, 3)) - 1e-6).all()


# --- masks


def test_a_mask_is_one_in_any_box_and_zero_elsewhere():
    boxes = boxes_in(9, 3, 2)
    found = box_mask(boxes, 9)
    assert found.shape == (3, 1, 9, 9) and found.dtype == torch.float32
    for n, y, x in itertools.product(range(3), range(9), range(9)):
        assert found[n, 0, y, x] == any(lies_in(box, x, y) for box in boxes[n])


def test_a_mask_is_as_large_as_its_boxes_where_they_are_apart_and_never_larger():
    boxes = boxes_in(32, 100, 2)
    area, sides = box_mask(boxes).sum((1, 2, 3)), boxes[..., 2:].prod(2).sum(1)
    apart = overlap(boxes[:, 0], boxes[:, 1]) == 0
    assert 10 < apart.sum() < 90
    assert (area[apart] == sides[apart]).all() and (area[~apart] < sides[~apart]).all()


def test_mirrored_boxes_have_the_mirrored_mask():
    boxes = boxes_in(32)
    assert torch.equal(box_mask(flipped(boxes, 32)), box_mask(boxes).flip(3))
    assert torch.equal(box_mask(boxes[..., [1, 0, 3, 2]]), box_mask(boxes).transpose(2, 3))


ONE = torch.tensor([[[0, 0, 4, 4]]])


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: key_boxes(torch.rand(1, 3, 32, 30)), r"x must be \(N, C, 30, W\)"),
        (lambda: key_boxes(torch.rand(1, 3, 3, 3)), "x: side must be at least 4, got 3"),
        (lambda: key_boxes(FACES, CANDIDATES + 1), "count must be at most 64"),
        (lambda: cut_pieces(FACES[:1], ONE + 29), "boxes must be|boxes must lie in 32 x 32"),
        (
            lambda: cut_pieces(FACES[:1], ONE * 0),
            "boxes must lie in 32 x 32 pixels, got sides from 0",
        ),
        (lambda: cut_pieces(FACES[:2], ONE), "x and boxes must have the same size in axis 0"),
        (lambda: cut_pieces(FACES[:1], ONE, 0), "size must be at least 1"),
        (lambda: cut_pieces(FACES[:1], ONE.float()), "boxes must be whole numbers"),
        (lambda: box_mask(ONE + 1, 4), "boxes must"),
        (lambda: box_mask(torch.tensor([[[2**63 - 1, 0, 1, 1]]])), "boxes must be 0, ..., 32"),
        (lambda: overlap(ONE * 0, ONE), "boxes: width and height must be at least 1, got 0"),
        (lambda: overlap(ONE.expand(2, -1, -1), ONE.expand(3, -1, -1)), "boxes and others must"),
    ],
)
def test_what_is_no_box_in_a_square_picture_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
