"""A drawn world of horses and zebras: the same animal in the same place with the other coat is a pair that nobody trains on.

A scene is fifteen numbers in [0, 1], one for each name in SCENE. The coat's brown is seen in the horse alone, and where
the stripes begin in the zebra alone: no picture of the one says it of the other.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from genlib import checks
from genlib.data.painting import CHUNK, Canvas, mix, plane

SCENE = (
    *("left", "across", "height", "nearness", "tilt"),  # left: 1 where it faces left, 0 right
    *("neck", "head", "step", "legs", "horizon"),
    *("sky", "grass", "light", "coat", "stripes"),
)
BROWNS = torch.tensor([(0.44, 0.24, 0.11), (0.60, 0.36, 0.19)])
WHITE, BLACK = torch.tensor((0.94, 0.93, 0.90)), torch.tensor((0.09, 0.09, 0.10))
MANE = torch.tensor((0.14, 0.09, 0.06))
SKIES = torch.tensor([(0.52, 0.74, 0.95), (0.72, 0.84, 0.95)])
GRASSES = torch.tensor([(0.40, 0.64, 0.27), (0.56, 0.66, 0.30), (0.76, 0.68, 0.38)])
STRIPE = 0.20  # from one stripe of the body to the next, in lengths of the body's unit


def many_scenes(n: int, seed: int = 0, left: float = 0.5) -> Tensor:
    """Random scenes, in which the animal faces left with this probability: -> (n, 15)."""
    [n], [seed] = checks.at_least(1, n=n), checks.at_least(0, seed=seed)
    checks.number("left", left, low=0, high=1)
    scenes = torch.rand(n, len(SCENE), generator=torch.Generator().manual_seed(seed))
    scenes[:, 0] = (scenes[:, 0] < left).float()
    return scenes


def draw_horses(scenes: Tensor, size: int = 32) -> Tensor:
    """The horse of each scene: (N, 15) -> (N, 3, size, size)."""
    return _draw(scenes, size, lambda on, animal: _paint_animal(on, animal, zebra=False))


def draw_zebras(scenes: Tensor, size: int = 32) -> Tensor:
    """The zebra of each scene, which stands as its horse does: (N, 15) -> (N, 3, size, size)."""
    return _draw(scenes, size, lambda on, animal: _paint_animal(on, animal, zebra=True))


def animal_masks(scenes: Tensor, size: int = 32) -> Tensor:
    """The share of each pixel that the animal covers: (N, 15) -> (N, 1, size, size)."""

    def paint(on: Canvas, animal: _Animal) -> Tensor:
        parts = animal.back, animal.far, animal.near, animal.body, animal.mane
        return on.cover(on.any_of(*parts))[:, None]

    return _draw(scenes, size, paint)


def mirrored(scenes: Tensor) -> Tensor:
    """The scenes whose pictures are these ones' in a mirror: (N, 15) -> (N, 15)."""
    scenes = _scenes(scenes).clone()
    for name in ("left", "across"):  # a tilt is one towards the head
        scenes[:, SCENE.index(name)] = 1 - scenes[:, SCENE.index(name)]
    return scenes


def _scenes(scenes: Tensor) -> Tensor:
    return checks.real("scenes", scenes, "N S", S=len(SCENE), low=0, high=1).float()


def _draw(scenes: Tensor, size: int, paint: Callable) -> Tensor:
    scenes = _scenes(scenes)
    [size] = checks.at_least(16, size=size)
    pictures = []
    for part in scenes.split(CHUNK):
        scene = dict(zip(SCENE, part.T, strict=True))
        on = _paint_ground(scene, size)
        pictures.append(paint(on, _animal(on, scene)))
    return torch.cat(pictures)


def _paint_ground(scene: dict[str, Tensor], size: int) -> Canvas:
    """Sky and grass, each a little darker towards the ground."""
    light = (0.92 + 0.08 * scene["light"])[:, None]
    on = Canvas(mix(SKIES, scene["sky"]) * light, size)
    on.x = on.x + 0.08 * (on.v - 0.5)[:, None]
    horizon = 0.42 + 0.16 * scene["horizon"]
    on.paint(on.below(horizon), mix(GRASSES, scene["grass"]) * light)
    on.x = on.x * (1 - 0.25 * (on.v - plane(horizon)).clamp(min=0))[:, None]
    return on


class _Animal(NamedTuple):
    """Distances to the parts of an animal, what it is painted with, and the field of its stripes, all (N, size, size)."""

    back: Tensor  # the tail
    far: Tensor  # legs
    near: Tensor
    body: Tensor  # with neck, head and ear
    mane: Tensor
    eye: Tensor
    dark: Tensor  # from 0 to 1: the share of black in a zebra's coat
    shade: Tensor  # of a horse's coat, towards its belly
    brown: Tensor  # (N, 3)


def _animal(on: Canvas, scene: dict[str, Tensor]) -> _Animal:
    """The animal in its own lengths: it faces right, its trunk is 1 long, its middle is (0, 0)."""
    on.seen_from(
        u=0.45 + 0.10 * scene["across"],
        v=0.48 + 0.08 * scene["height"],
        turn=0.24 * (scene["tilt"] - 0.5) * (1 - 2 * scene["left"]),
        unit=0.44 + 0.12 * scene["nearness"],
        mirrored=scene["left"],
    )
    up, nod = 0.5 + 0.5 * scene["neck"], 0.25 + 0.6 * scene["head"]
    poll = 0.38 + 0.30 * up.sin(), -0.12 - 0.42 * up.cos()  # where neck and head meet
    nose = poll[0] + 0.26 * nod.cos(), poll[1] + 0.26 * nod.sin()
    trunk, neck = on.ellipse(0.0, 0.0, 0.50, 0.23), on.limb(0.36, -0.08, *poll, 0.12)
    head = on.limb(*poll, *nose, 0.08)
    ear = on.limb(poll[0] - 0.02, poll[1] - 0.08, poll[0] - 0.04, poll[1] - 0.18, 0.035)
    far, near = _legs(on, scene)
    dark = _stripes(on, scene, trunk, torch.minimum(neck, head), poll)
    return _Animal(
        back=on.limb(-0.47, -0.08, -0.64, 0.22, 0.05),
        far=far,
        near=near,
        body=on.any_of(trunk, neck, head, ear),
        mane=on.limb(0.26, -0.22, poll[0] - 0.06, poll[1] - 0.08, 0.055),
        eye=on.ellipse(poll[0] + 0.09, poll[1], 0.035, 0.035),
        dark=dark,
        shade=1 - 0.25 * (2 * on.v).clamp(0, 1),
        brown=mix(BROWNS, scene["coat"]),
    )


def _legs(on: Canvas, scene: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Four legs in two parts each, that swing as in a step: the far two and the near two."""
    phase, half, legs = 2 * math.pi * scene["step"], 0.23 + 0.06 * scene["legs"], []
    for start, turn in ((-0.26, math.pi), (0.38, 0.0), (-0.36, 0.0), (0.30, math.pi)):
        swing = 0.28 * (phase + turn).sin()
        bend = swing - 0.25 * (1 + (phase + turn + 1).sin())
        knee = start + half * swing.sin(), 0.12 + half * swing.cos()
        hoof = knee[0] + half * bend.sin(), knee[1] + half * bend.cos()
        legs.append(on.any_of(on.limb(start, 0.1, *knee, 0.07), on.limb(*knee, *hoof, 0.05)))
    return on.any_of(*legs[:2]), on.any_of(*legs[2:])


def _stripes(
    on: Canvas, scene: dict[str, Tensor], trunk: Tensor, neck: Tensor, poll: tuple[Tensor, Tensor]
) -> Tensor:
    """Upright on the trunk, across the neck, level on the legs: from 0, white, to 1, black."""
    wave = lambda lengths: torch.cos(2 * math.pi * (lengths / STRIPE + plane(scene["stripes"])))
    along = 0.44 * on.along(0.36, -0.08, *poll)
    of_body = torch.where((neck < trunk) & (along > 0.01), wave(along), wave(on.u + 0.15 * on.v))
    return (0.5 + 1.6 * torch.where(on.v > 0.22, wave(on.v), of_body)).clamp(0, 1)


def _paint_animal(on: Canvas, animal: _Animal, *, zebra: bool) -> Tensor:
    """The pictures of the animals, from back to front: (N, 3, size, size)."""
    striped = WHITE[:, None, None].lerp(BLACK[:, None, None], animal.dark[:, None])
    plain = animal.brown[:, :, None, None] * animal.shade[:, None]
    coat = striped if zebra else plain
    for part, light in ((animal.back, 0.6), (animal.far, 0.75), (animal.near, 1.0)):
        on.paint(part, light * coat)
    on.paint(animal.body, coat)
    on.paint(animal.mane, BLACK if zebra else MANE)
    on.paint(animal.eye, BLACK)
    return on.x.clamp(0, 1)
