"""The drawn world of faces: its people, and what an edit of one attribute may change."""

import pytest
import torch
from torch.nn.functional import avg_pool2d

from genlib.data import draw_faces, faces, many_faces
from genlib.data.faces import ATTRIBUTES, CHOICES, NUMBERS


def edited(name, n=480, size=32):
    """How much each pixel of every person changes with another value of one attribute: (n, size, size)."""
    x, attributes, people = many_faces(n, size, seed=3)
    other = attributes.clone()
    column = list(ATTRIBUTES).index(name)
    other[:, column] = (other[:, column] + 1) % CHOICES[column]
    return (draw_faces(other, people, size) - x).abs().amax(1)


@pytest.mark.parametrize("size", [16, 32, 45])
def test_faces_are_in_range_and_come_again_from_the_same_seed(size):
    found, same, other = (many_faces(60, size, seed) for seed in (0, 0, 1))
    x, attributes, people = found
    assert x.shape == (60, 3, size, size) and attributes.shape == (60, 5)
    assert people.shape == (60, NUMBERS) and people.min() >= 0 and people.max() <= 1
    assert x.min() >= 0 and x.max() <= 1
    assert all(map(torch.equal, found, same)) and not any(map(torch.equal, found, other))
    assert torch.equal(x, draw_faces(attributes, people, size))


def test_no_two_people_look_alike():
    x, attributes, people = many_faces(200)
    other = draw_faces(attributes, people.roll(1, 0))
    assert (x - other).abs().mean((1, 2, 3)).min() > 0.02


@pytest.mark.parametrize("number", range(NUMBERS))
def test_each_number_of_a_person_shows(number):
    x, attributes, people = many_faces(48)
    people[:, number] = (people[:, number] + 0.5) % 1
    assert (draw_faces(attributes, people) - x).abs().flatten(1).amax(1).min() > 0.003


@pytest.mark.parametrize(
    "name, pixels", [("hair", 150), ("age", 150), ("gender", 200), ("glasses", 45), ("smile", 15)]
)
def test_an_edit_shows_in_every_face(name, pixels):
    change = edited(name).flatten(1)
    assert change.amax(1).min() > 0.05 and (change > 0).sum(1).min() > pixels


@pytest.mark.parametrize(
    "name, top, bottom, left, right",
    [("glasses", 11, 20, 5, 27), ("smile", 18, 25, 10, 22), ("gender", 2, 32, 0, 32)]
    + [("hair", 2, 32, 3, 29), ("age", 2, 32, 3, 29)],
)
def test_an_edit_shows_only_where_its_attribute_can(name, top, bottom, left, right):
    """Rows and columns of 32: glasses leave forehead, mouth and chin, a smile all but the mouth, hair the ground."""
    change = edited(name)
    change[:, top:bottom, left:right] = 0
    assert change.max() < 1e-6


def test_another_hair_leaves_the_nose_and_another_age_the_clothes():
    assert edited("hair")[:, 16:19, 13:19].max() < 1e-6
    assert edited("age")[:, 30:, 12:20].max() < 1e-6


def test_an_edit_and_its_reverse_are_the_same_face():
    x, attributes, people = many_faces(20)
    edit = attributes.clone()
    edit[:, 4] = 1 - edit[:, 4]
    draw_faces(edit, people)
    edit[:, 4] = 1 - edit[:, 4]
    assert torch.equal(draw_faces(edit, people), x)


def test_a_person_is_drawn_alone():
    x, attributes, people = many_faces(30)
    order = torch.randperm(30, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(draw_faces(attributes[order], people[order]), x[order])
    torch.testing.assert_close(draw_faces(attributes[4:5], people[4:5]), x[4:5])


def test_every_kind_comes_about_as_often():
    place = torch.tensor([16, 8, 4, 2, 1])
    for n in (96, 470, 480):
        _, attributes, _ = many_faces(n, 16)
        counts, rounds = (attributes * place).sum(1).bincount(minlength=48), -(-n // 48)
        assert len(counts) == 48 and counts.sum() == n
        assert counts.max() == rounds and counts.min() >= rounds - (48 * rounds - n)
    assert not torch.equal(attributes[:48], attributes[48:96])  # in another order each round


def test_hair_is_as_its_colour_is_called():
    every = torch.cartesian_prod(*map(torch.arange, CHOICES))
    young = every[every[:, 1] == 0]
    x = draw_faces(young, torch.full((len(young), NUMBERS), 0.5))
    light = x[:, :, 5, 16].mean(1)  # the hair over the forehead
    black, blond, brown = (light[young[:, 0] == colour] for colour in range(3))
    assert black.max() < brown.min() and brown.max() < blond.min()


def test_chunks_are_small_and_do_not_change_a_face(monkeypatch):
    x, attributes, people = many_faces(50)
    sizes, paint = [], faces._paint_face
    monkeypatch.setattr(faces, "CHUNK", 16)
    monkeypatch.setattr(
        faces, "_paint_face", lambda a, *rest: (sizes.append(len(a)), paint(a, *rest))[1]
    )
    torch.testing.assert_close(draw_faces(attributes, people), x, atol=1e-6, rtol=0)
    assert sizes == [16, 16, 16, 2]


def test_a_larger_picture_is_the_same_face():
    x, attributes, people = many_faces(200)
    apart = lambda a, b: (a - b).abs().mean((1, 2, 3))
    smaller = avg_pool2d(draw_faces(attributes, people, 64), 2)
    assert apart(smaller, x).max() < 0.01 and apart(smaller.roll(1, 0), x).min() > 0.02


def test_an_edge_is_one_pixel_wide_at_every_size():
    """Catches one that grows with the picture: from the white of an eye to the dark of its lashes or iris."""
    for size in (32, 64, 128):
        x, _, _ = many_faces(60, size)
        steps = [x.diff(dim=axis).abs().flatten(1).amax(1) for axis in (2, 3)]
        assert torch.maximum(*steps).min() > 0.35


@pytest.mark.parametrize(
    "attributes, people, size, complaint",
    [
        ([[0, 0, 0, 0]], torch.rand(1, 11), 32, r"attributes must be \(N, 5\), got \(1, 4\)"),
        ([[3, 0, 0, 0, 0]], torch.rand(1, 11), 32, "attributes: hair must be 0, ..., 2, got 3"),
        ([[0, 0, 0, 2, 0]], torch.rand(1, 11), 32, "attributes: glasses must be 0, ..., 1"),
        ([[0] * 5], torch.rand(1, 10), 32, r"people must be \(N, 11\)"),
        ([[0] * 5], 1 + torch.rand(1, 11), 32, r"people must lie in \[0, 1\]"),
        ([[0] * 5], torch.rand(2, 11), 32, "attributes and people must have the same size"),
        ([[0] * 5], torch.rand(1, 11), 8, "size must be at least 16, got 8"),
    ],
)
def test_a_face_that_cannot_be_drawn_is_refused_by_name(attributes, people, size, complaint):
    with pytest.raises(ValueError, match=complaint):
        draw_faces(torch.tensor(attributes), people, size)
