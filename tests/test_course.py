"""The models of the course's last page: what each draws, with which parameters, and that none is forgotten."""

import pytest
import torch
from small import seeded

from genlib import weights
from genlib.data import face_labels
from genlib.recipes import course

COURSE = course.course()
DIGITS, MOVED, SHAPES, FACES = (1, 8, 8), (1, 16, 16), (3, 16, 16), (3, 32, 32)
ENTRIES = {  # the size of a picture, and the parameters that draw, as the notebooks' tables tell them
    "four orders of NADE": (DIGITS, 66_304),
    "Diagonal BiLSTM": (DIGITS, 26_497),
    "VAE": (DIGITS, 25_920),  # of the decoder
    "DCGAN": (MOVED, 99_361),
    "InfoGAN": (MOVED, 53_953),
    "GAN-CLS": (SHAPES, 112_659),
    "tokens and transformer": (SHAPES, 477_457 + 107_923),  # the latter of decoder and book
    "Puzzle-GAN": (FACES, 479_580),
    "CycleGAN": (FACES, 72_803),
    "StarGAN": (FACES, 235_668),
    "Progressive GAN": (FACES, 149_740),
}
LEFT_OUT = {
    **dict.fromkeys(("classifier_digits", "classifier_faces", "classifier_horses"), "a judge"),
    "classifier_mnist": "a judge",
    **dict.fromkeys(("nade_mnist", "pixelcnn_mnist", "vae_mnist"), "large digits"),
    **dict.fromkeys(("dcgan_mnist", "infogan_mnist"), "large digits"),
    **dict.fromkeys(("codes_pairs", "tokens_pairs"), "large shapes"),
    **dict.fromkeys(("dcgan_frames", "infogan_frames"), "pictures as training went on"),
    **dict.fromkeys(("dcgan_rules", "puzzle_parts", "cyclegan_losses"), "pictures of what if not"),
    "vae_sizes": "VAEs of other sizes",
    "conditional_digits": "what the InfoGAN is compared with",
}
OF_NOTEBOOK_12 = {"progressive_arms", "progressive_parts"}  # its arms and what is switched off
IDLE = {  # the mask, which the Puzzle-GAN draws as well, and the colours of smaller pictures
    "Puzzle-GAN": {"mask.ups.2.weight", "mask.ups.2.bias"},
    "Progressive GAN": {f"colours.{k}.{of}" for k in range(3) for of in ("weight", "bias")},
}
each_entry = pytest.mark.parametrize("name", ENTRIES)


def test_the_entries_are_in_the_order_of_the_notebooks():
    notebooks = [entry.notebook for entry in COURSE.values()]
    assert list(COURSE) == list(ENTRIES)
    assert notebooks == sorted(notebooks) and set(notebooks) == {2, 3, 4, *range(6, 13)}


def test_no_shipped_model_that_draws_is_forgotten():
    shipped = {file.stem for file in weights.FOLDER.glob("*.safetensors")}
    shown = {name for entry in COURSE.values() for name in entry.weights.split(" + ")}
    assert not shown & LEFT_OUT.keys()
    assert shown | LEFT_OUT.keys() == shipped - OF_NOTEBOOK_12


@each_entry
def test_an_entry_draws_pictures_that_depend_on_the_seed_alone(name):
    entry, (shape, _) = COURSE[name], ENTRIES[name]
    torch.manual_seed(5)
    x = entry.draw(6, seeded(1))
    torch.manual_seed(6)
    assert x.shape == (6, *shape) and x.dtype == torch.float32 and not x.requires_grad
    assert 0 <= x.min() < x.max() <= 1
    assert torch.equal(entry.draw(6, seeded(1)), x)
    assert torch.equal(course.course()[name].draw(6, seeded(1)), x)
    assert not torch.equal(entry.draw(6, seeded(2)), x)
    assert entry.draw(1, seeded(1)).shape == (1, *shape)
    assert len(x.flatten(1).unique(dim=0)) == 6


@pytest.mark.parametrize("name", list(ENTRIES)[:3])
def test_the_digits_of_the_explicit_models_are_black_and_white(name):
    assert COURSE[name].draw(20, seeded()).unique().tolist() == [0, 1]  # samples, no means


@each_entry
def test_an_entry_has_the_parameters_that_draw_and_no_others(name):
    module = COURSE[name].module
    assert sum(p.numel() for p in module.parameters()) == ENTRIES[name][1]
    assert not any(part.training for part in module.modules())


def drawn(name):
    """What it draws, or None where it cannot."""
    try:
        return COURSE[name].draw(16, seeded())  # enough for each of four orders
    except (ValueError, RuntimeError):
        return None


@each_entry
def test_no_parameter_of_an_entry_is_idle(name):
    before, idle = drawn(name), set()
    for key, p in COURSE[name].module.named_parameters():
        kept = p.detach().clone()
        p.data.fill_(torch.nan)
        after = drawn(name)
        idle |= {key} if after is not None and torch.equal(after, before) else set()
        p.data.copy_(kept)
    assert torch.equal(drawn(name), before)
    assert idle == IDLE.get(name, set())


@pytest.mark.parametrize("name", ["Puzzle-GAN", "CycleGAN", "StarGAN"])
def test_what_is_given_is_prepared_once_for_all_draws(name, monkeypatch):
    x = COURSE[name].draw(3, seeded())
    for maker in ("face_puzzles", "many_scenes", "draw_horses", "edited_faces"):
        monkeypatch.delattr(course, maker)
    assert torch.equal(COURSE[name].draw(3, seeded()), x)
    many = COURSE[name].draw(course.GIVEN + 2, seeded())  # more than there are
    assert len(many) == course.GIVEN + 2


def test_given_pictures_differ_as_long_as_there_are_enough():
    n = course.GIVEN
    assert course._some(n, seeded()).sort().values.tolist() == list(range(n))
    assert course._some(2 * n, seeded()).bincount().tolist() == [2] * n


def test_faces_get_the_labels_of_other_faces():
    real, attributes, _ = course._faces()
    noise = seeded(3)
    given, wanted = (course._some(8, noise) for _ in range(2))
    G = COURSE["StarGAN"].module
    with torch.no_grad():
        made = G(real[given], face_labels(attributes[wanted]))
    assert torch.equal(COURSE["StarGAN"].draw(8, seeded(3)), made)
    assert not torch.equal(given, wanted)
