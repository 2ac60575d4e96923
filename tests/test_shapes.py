"""The drawn world of captions: its grammar, its pictures, and the judge that reads them."""

import itertools
import math

import pytest
import torch

from genlib.data import shapes
from genlib.data.captions import Grammar
from genlib.data.reading import read_shapes, unexplained, words_right
from genlib.data.shapes import GROUND, ONE, TWO, coverage, draw_shapes, split_captions

WORLDS = pytest.mark.parametrize("grammar, size", [(ONE, 16), (ONE, 32), (TWO, 32)], ids=str)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def some(grammar, n=1200):
    every = grammar.every
    return every[torch.randint(len(every), (n,), generator=seeded(5))]


# --- captions


@pytest.mark.parametrize("grammar, captions, length", [(ONE, 240, 4), (TWO, 4608, 6)], ids=str)
def test_every_caption_is_listed_once_and_numbered_in_turn(grammar, captions, length):
    every = grammar.every
    assert every.shape == (captions, length) and len(every.unique(dim=0)) == captions
    torch.testing.assert_close(grammar.numbers(every), torch.arange(captions))
    torch.testing.assert_close(grammar.tokens_of(grammar.choices(every)), every)


@pytest.mark.parametrize("grammar", [ONE, TWO], ids=["ONE", "TWO"])
def test_a_caption_is_read_back_from_its_sentence(grammar):
    for caption in some(grammar, 60):
        torch.testing.assert_close(grammar.tokens(grammar.text(caption)), caption)


def test_a_sentence_may_be_said_in_other_words_of_the_same_meaning():
    caption = ONE.tokens("a large red cross at the centre")
    for text in ("Cross, LARGE and red, in the center!", "red large centre cross"):
        torch.testing.assert_close(ONE.tokens(text), caption)
    assert TWO.text(TWO.tokens("small red circle left of a blue square")).startswith("a small red")


@pytest.mark.parametrize(
    "text, said",
    [
        ("a huge red circle at the left", "got huge; it knows small, large"),
        ("a pink dog", "got pink, dog"),
        ("a small red circle", "must name a place, one of left, right"),
        ("", "must name a size"),
        ("a small red blue circle at the left", "one thing for each slot, got blue too"),
        (3, "text must be str, got 3"),
    ],
)
def test_a_sentence_that_is_no_caption_is_refused_with_the_reason(text, said):
    with pytest.raises(ValueError, match=said):
        ONE.tokens(text)


def test_a_word_is_one_token_wherever_it_stands():
    red, square = TWO.words.index("red"), TWO.words.index("square")
    caption = TWO.tokens("a small red square above a red square")
    assert caption[[1, 4]].tolist() == [red, red] and caption[[2, 5]].tolist() == [square, square]


def test_tokens_of_the_wrong_slot_are_refused_by_name():
    wrong = ONE.every[:1].clone()
    wrong[0, 0] = ONE.words.index("red")
    with pytest.raises(ValueError, match="captions must have a size in slot 0, got 'red'"):
        ONE.choices(wrong)
    with pytest.raises(ValueError, match="captions"):
        draw_shapes(wrong)


@pytest.mark.parametrize(
    "sentence, slots",
    [
        ("a {size}", {"shape": ["circle", "cross"]}),
        ("a {size}", {"size": ["small"]}),
        ("a {size}", {"size": ["small", "small"]}),
        ("a thing", {}),
    ],
)
def test_a_grammar_needs_its_slots_and_two_different_words_in_each(sentence, slots):
    with pytest.raises(ValueError, match="sentence|slots"):
        Grammar(sentence, slots)


@pytest.mark.parametrize("grammar", [ONE, TWO], ids=["ONE", "TWO"])
def test_a_tenth_is_never_trained_on_and_each_pair_of_words_is(grammar):
    seen, unseen = split_captions(grammar)
    assert len(unseen) == len(grammar.every) // 10
    together = torch.cat([seen, unseen])
    assert len(together.unique(dim=0)) == len(together) == len(grammar.every)
    for one, other in itertools.combinations(range(grammar.length), 2):
        pairs = grammar.every[:, [one, other]].unique(dim=0)
        assert len(seen[:, [one, other]].unique(dim=0)) == len(pairs)


# --- pictures


@pytest.mark.parametrize(
    "shape, area",
    [
        ("circle", math.pi),
        ("square", (2 * 0.86) ** 2),
        ("triangle", 1.8 * (2 * 0.5 * 1.8 / 0.86) / 2),
        ("cross", 2 * (2 * 0.6) - 0.6**2),
    ],
)
def test_a_shape_covers_its_area(shape, area):
    number = torch.tensor([shapes.SHAPES.index(shape)])
    mask = coverage(number, torch.tensor([[0.48, 0.53]]), torch.tensor([0.3]), 64)
    assert mask.mean().item() == pytest.approx(area * 0.3**2, rel=0.03)
    assert 0 < ((mask > 0) & (mask < 1)).float().mean() < 0.2  # soft at its edge alone


@WORLDS
def test_pictures_are_in_range_differ_and_come_again_from_the_same_seed(grammar, size):
    captions = some(grammar, 50)
    x = draw_shapes(captions, size, seeded(), grammar)
    assert x.shape == (50, 3, size, size) and x.min() >= 0 and x.max() <= 1
    torch.testing.assert_close(x, draw_shapes(captions, size, seeded(), grammar))
    again = draw_shapes(captions, size, seeded(1), grammar)
    assert (x - again).abs().flatten(1).max(1).values.min() > 0.02


def test_the_corners_are_ground():
    x = draw_shapes(ONE.tokens("a small red cross at the centre")[None], 16, seeded())
    torch.testing.assert_close(x[0, :, 0, 0], torch.full((3,), GROUND))


def test_the_first_shape_stands_where_the_relation_says():
    told = {"left of": (0, -1), "right of": (0, 1), "above": (1, -1), "below": (1, 1)}
    for relation, (axis, side) in told.items():
        caption = TWO.tokens(f"a large red square {relation} a blue square")
        x = draw_shapes(caption.expand(20, -1), 32, seeded(), TWO)
        redness = (x[:, 0] - x[:, 2]).clamp_min(0)  # (20, 32, 32)
        along = redness.sum(2 if axis else 1)
        middle = (along * torch.arange(32)).sum(1) / along.sum(1)
        assert ((middle - 15.5) * side > 3).all()


@pytest.mark.parametrize("call", [draw_shapes, split_captions], ids=lambda call: call.__name__)
def test_a_world_of_another_grammar_is_refused(call):
    strange = Grammar("a {size}", {"size": ["small", "large"]})
    with pytest.raises(ValueError, match="grammar must be shapes.ONE or shapes.TWO"):
        call(**({"captions": strange.every} if call is draw_shapes else {}), grammar=strange)


# --- the judge


@WORLDS
def test_the_judge_reads_true_pictures(grammar, size):
    captions = some(grammar)
    right = words_right(draw_shapes(captions, size, seeded(), grammar), captions, grammar)
    assert right.all(1).double().mean() >= 0.99


@WORLDS
def test_what_the_judge_reads_it_calls_right(grammar, size):
    x = draw_shapes(some(grammar), size, seeded(), grammar)
    assert words_right(x, read_shapes(x, grammar), grammar).all()


@WORLDS
def test_the_judge_names_the_word_that_is_wrong(grammar, size):
    captions = some(grammar, 400)
    if grammar is TWO:  # two of a kind stand both ways round
        captions = captions[(captions[:, 1:3] != captions[:, 4:]).any(1)]
    x = draw_shapes(captions, size, seeded(), grammar)
    for slot, name in enumerate(grammar.slots):
        choices = grammar.choices(captions)
        choices[:, slot] = (choices[:, slot] + 1) % len(grammar.slots[name])
        right = words_right(x, grammar.tokens_of(choices), grammar)
        assert not right.all(1).any()
        others = [k for k in range(grammar.length) if k != slot]
        clear = right[:, others].all(1) & ~right[:, slot]
        assert clear.double().mean() > (0.99 if grammar is ONE else 0.85)


def test_either_of_two_shapes_may_be_the_first():
    said = TWO.tokens("a large red square left of a blue circle")
    turned = TWO.tokens("a large blue circle right of a red square")
    x = draw_shapes(said.expand(30, -1), 32, seeded(), TWO)
    found = words_right(x, turned.expand(30, -1), TWO)
    assert (
        found[:, 1:].all() and 0.2 < found[:, 0].double().mean() < 0.8
    )  # the other's size is free


def test_the_judge_does_not_call_noise_or_ground_right():
    captions = some(ONE, 500)
    noise = torch.rand(500, 3, 16, 16, generator=seeded())
    assert words_right(noise, captions).all(1).double().mean() < 0.03
    assert words_right(torch.full_like(noise, GROUND), captions).all(1).double().mean() < 0.03


def test_the_judge_refuses_what_is_no_batch_of_square_colour_pictures():
    for x in (torch.rand(2, 1, 16, 16), torch.rand(2, 3, 16, 12), torch.rand(3, 16, 16), None):
        with pytest.raises(ValueError, match="x must"):
            read_shapes(x)
    with pytest.raises(ValueError, match="same size"):
        words_right(torch.rand(2, 3, 16, 16), ONE.every[:3])


@WORLDS
def test_hardly_any_ink_of_a_true_picture_is_unexplained_and_most_of_noise_is(grammar, size):
    true = unexplained(draw_shapes(some(grammar), size, seeded(), grammar), grammar)
    noise = unexplained(torch.rand(200, 3, size, size, generator=seeded()), grammar)
    assert true.min() >= 0 and true.max() < 0.12 and noise.min() > 0.3


def test_what_is_added_to_a_picture_is_unexplained():
    x = draw_shapes(ONE.tokens("a large red square at the left").expand(20, -1), 16, seeded())
    x[:, :, :5, 12:] = 0.3  # a grey patch far from the shape
    assert (unexplained(x) > 0.1).all()
