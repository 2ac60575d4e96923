"""A drawn world of faces with attributes: hair, age, gender presentation, glasses, smile.

A face is drawn from its attributes, which have names, and from eleven numbers in [0, 1], which have none: place and
build of the head, skin, eyes, hair, clothes, ground. The same numbers with other attributes are the same person, edited.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from genlib import checks
from genlib.data.painting import CHUNK, Canvas, mix

ATTRIBUTES = {
    "hair": ("black", "blond", "brown"),
    "age": ("young", "old"),
    "gender": ("female", "male"),
    "glasses": ("no glasses", "glasses"),
    "smile": ("no smile", "smile"),
}
CHOICES = tuple(map(len, ATTRIBUTES.values()))  # (3, 2, 2, 2, 2)
KINDS = math.prod(CHOICES)  # of face, 48
LABELS = "black", "blond", "brown", "old", "male", "glasses"
NUMBERS = 11  # of a person
HAIR = torch.tensor([(0.10, 0.09, 0.10), (0.93, 0.76, 0.32), (0.42, 0.23, 0.10)])
GREY = torch.tensor((0.80, 0.80, 0.82))
SKIN = torch.tensor(
    [(0.99, 0.86, 0.74), (0.93, 0.73, 0.55), (0.72, 0.50, 0.34), (0.50, 0.33, 0.22)]
)
EYES = torch.tensor([(0.22, 0.13, 0.07), (0.16, 0.36, 0.62), (0.20, 0.42, 0.22)])
GROUNDS = torch.tensor(
    [(0.62, 0.80, 0.93), (0.70, 0.87, 0.68), (0.96, 0.85, 0.62), (0.86, 0.72, 0.90)]
)
CLOTHES = torch.tensor(
    [(0.80, 0.22, 0.24), (0.18, 0.32, 0.66), (0.16, 0.50, 0.36), (0.56, 0.30, 0.62)]
)
LIPS, RED_LIPS = torch.tensor((0.72, 0.38, 0.33)), torch.tensor((0.82, 0.16, 0.22))
WHITE, DARK = torch.tensor((0.97, 0.97, 0.97)), torch.tensor((0.13, 0.11, 0.13))


def draw_faces(attributes: Tensor, people: Tensor, size: int = 32) -> Tensor:
    """The face of each person with these attributes: choices (N, 5), numbers in [0, 1] (N, 11) -> (N, 3, size, size)."""
    attributes = _attributes(attributes)
    people = checks.real("people", people, "N P", P=NUMBERS, low=0, high=1).float()
    checks.same_size(0, attributes=attributes, people=people)
    [size] = checks.at_least(16, size=size)
    chunks = zip(attributes.split(CHUNK), people.split(CHUNK), strict=True)
    return torch.cat([_paint_face(a, p, size) for a, p in chunks])


def many_faces(n: int, size: int = 32, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Faces of n people, of each of the 48 kinds about as often: -> images, attributes (n, 5), people (n, 11)."""
    [n], [seed] = checks.at_least(1, n=n), checks.at_least(0, seed=seed)
    noise = torch.Generator().manual_seed(seed)
    every = torch.cartesian_prod(*map(torch.arange, CHOICES))
    attributes = every[
        torch.randperm(-(-n // len(every)) * len(every), generator=noise)[:n] % KINDS
    ]
    people = torch.rand(n, NUMBERS, generator=noise)
    return draw_faces(attributes, people, size), attributes, people


def face_labels(attributes: Tensor) -> Tensor:
    """The labels of what StarGAN edits, numbers 0 and 1: choices (N, 5) -> (N, 6), for the names in LABELS.

    Hair is three labels, of which one is 1; age, gender and glasses are one each. A smile is not told.
    """
    attributes = _attributes(attributes)
    hair = torch.eye(3)[attributes[:, 0]]
    return torch.cat([hair, attributes[:, 1:4].float()], 1)


def _attributes(attributes: Tensor) -> Tensor:
    attributes = checks.whole("attributes", attributes, "N A", A=len(CHOICES))
    for column, (name, words) in zip(attributes.T, ATTRIBUTES.items(), strict=True):
        checks.whole(f"attributes: {name}", column, "N", below=len(words))
    return attributes


class _Person(NamedTuple):
    """Attributes as numbers 0 and 1 (N,), colours (N, 3), and where the head is (u, v) and its radii (ru, rv) (N,)."""

    old: Tensor
    male: Tensor
    glasses: Tensor
    smile: Tensor
    hair: Tensor
    skin: Tensor
    eyes: Tensor
    clothes: Tensor
    ground: Tensor
    parting: Tensor
    u: Tensor
    v: Tensor
    ru: Tensor
    rv: Tensor


def _person(attributes: Tensor, people: Tensor) -> _Person:
    old, male, glasses, smile = attributes[:, 1:].T.float()
    to_u, to_v, wide, tall, tan, eyes, shade, parting, clothes, ground, light = people.T
    hair = HAIR[attributes[:, 0]] * (0.85 + 0.3 * shade)[:, None]
    return _Person(
        *(old, male, glasses, smile),
        hair=hair.lerp(GREY, 0.68 * old[:, None]),
        skin=mix(SKIN, tan),
        eyes=mix(EYES, eyes),
        clothes=mix(CLOTHES, clothes),
        ground=mix(GROUNDS, ground) * (0.85 + 0.15 * light)[:, None],
        parting=0.16 * (parting - 0.5),
        u=0.475 + 0.05 * to_u,
        v=0.48 + 0.04 * to_v,
        ru=0.215 + 0.03 * wide + 0.01 * male,
        rv=0.275 + 0.03 * tall,
    )


def _paint_face(attributes: Tensor, people: Tensor, size: int) -> Tensor:
    person = _person(attributes, people)
    canvas = Canvas(person.ground, size)
    for paint in (_paint_bust, _paint_head, _paint_eyes, _paint_age, _paint_mouth, _paint_glasses):
        paint(canvas, person)
    return canvas.x.clamp(0, 1)


def _paint_bust(on: Canvas, p: _Person) -> None:
    """What is behind the face: long hair, clothes, neck, ears."""
    on.paint(on.ellipse(p.u, p.v + 0.10, p.ru + 0.10, p.rv + 0.10), p.hair, 1 - p.male)
    on.paint(on.ellipse(p.u, 1.06, 0.38 + 0.06 * p.male, 0.22), p.clothes)
    on.paint(on.box(p.u, p.v + 0.32, 0.085 + 0.02 * p.male, 0.11), 0.86 * p.skin)
    for side in (-1, 1):
        on.paint(on.ellipse(p.u + side * p.ru, p.v + 0.03, 0.045, 0.065), 0.92 * p.skin, p.male)


def _paint_head(on: Canvas, p: _Person) -> None:
    """The head, the shadow of a beard, and the hair around the forehead."""
    head = on.ellipse(p.u, p.v, p.ru, p.rv)
    on.paint(head, p.skin)
    cheeks = on.ellipse(p.u, p.v - 0.10, 0.93 * p.ru, 0.88 * p.rv)
    beard = on.within(head, -cheeks, on.below(p.v + 0.09))
    on.paint(beard, 0.55 * p.skin + 0.45 * p.hair, 0.75 * p.male)
    forehead = on.ellipse(p.u + p.parting, p.v + 0.12, 1.02 * p.ru, 0.98 * p.rv)
    skull = on.ellipse(p.u, p.v - 0.03, p.ru + 0.025, p.rv + 0.035)
    lowest = p.v + 0.18 - 0.16 * p.male
    on.paint(on.within(skull, -forehead, -on.below(lowest)), p.hair)


def _paint_eyes(on: Canvas, p: _Person) -> None:
    """Brows and eyes; lashes and red cheeks of a woman."""
    for side in (-1, 1):
        u = p.u + side * 0.095
        on.paint(on.box(u, p.v - 0.07, 0.05, 0.012 + 0.006 * p.male), 0.65 * p.hair + 0.04)
        on.paint(on.ellipse(u, p.v + 0.005, 0.056, 0.04 - 0.004 * p.male), WHITE)
        on.paint(on.ellipse(u, p.v + 0.008, 0.026, 0.032), p.eyes)
        on.paint(on.box(u, p.v - 0.029, 0.06, 0.011), DARK, 1 - p.male)
        cheek = on.ellipse(u + side * 0.04, p.v + 0.105, 0.05, 0.036)
        on.paint(cheek, p.skin.lerp(RED_LIPS, 0.35), 0.8 * (1 - p.male) * (1 - p.old))


def _paint_age(on: Canvas, p: _Person) -> None:
    """Wrinkles on the forehead, under the eyes and beside the mouth."""
    for row in (0.115, 0.155):
        on.paint(on.box(p.u, p.v - row, 0.10, 0.008), 0.68 * p.skin, 0.9 * p.old)
    for side in (-1, 1):
        under = on.ellipse(p.u + side * 0.14, p.v + 0.06, 0.045, 0.012)
        on.paint(under, 0.62 * p.skin, p.old)
        on.paint(on.box(p.u + side * 0.125, p.v + 0.135, 0.010, 0.045), 0.66 * p.skin, 0.9 * p.old)


def _paint_mouth(on: Canvas, p: _Person) -> None:
    """Nose and lips, closed or laughing with teeth."""
    on.paint(on.ellipse(p.u, p.v + 0.075, 0.026, 0.034), 0.82 * p.skin)
    lips = RED_LIPS.lerp(LIPS, p.male[:, None])
    closed = on.ellipse(p.u, p.v + 0.165, 0.075, 0.024 - 0.006 * p.male)
    on.paint(closed, lips, 1 - p.smile)
    half = on.below(p.v + 0.147)
    on.paint(on.within(on.ellipse(p.u, p.v + 0.135, 0.115, 0.085), half), lips, p.smile)
    on.paint(on.within(on.ellipse(p.u, p.v + 0.135, 0.085, 0.058), half), WHITE, p.smile)


def _paint_glasses(on: Canvas, p: _Person) -> None:
    for side in (-1, 1):
        rim = on.ellipse(p.u + side * 0.095, p.v + 0.005, 0.082, 0.075).abs() - 0.013
        on.paint(rim, DARK, p.glasses)
        arm = on.box(p.u + side * (p.ru - 0.02), p.v - 0.005, 0.03, 0.011)
        on.paint(arm, DARK, p.glasses)
    on.paint(on.box(p.u, p.v - 0.005, 0.02, 0.011), DARK, p.glasses)
