"""The recipes of text to image: what the players read, how codes and tokens are trained, and what is shipped."""

import copy

import pytest
import torch
from small import weights_of

from genlib import judges
from genlib.data import draw_shapes, split_captions, words_right
from genlib.data.shapes import ONE, TWO, seen_pictures
from genlib.models import TextDiscriminator
from genlib.models.gan import nonsaturating_loss
from genlib.recipes import text2image, tokens

SEEN, UNSEEN = split_captions()


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


# --- the world that all of them see


@pytest.mark.parametrize("grammar, size", [(ONE, 16), (TWO, 32)], ids=["ONE", "TWO"])
def test_no_held_out_caption_is_ever_trained_on_and_the_seen_come_about_equally_often(
    grammar, size
):
    x, text = seen_pictures(6000, size, grammar=grammar)
    seen, unseen = split_captions(grammar)
    assert x.shape == (6000, 3, size, size)
    counts = grammar.numbers(text).bincount(minlength=len(grammar.every))
    assert counts[grammar.numbers(unseen)].sum() == 0
    of_seen = counts[grammar.numbers(seen)]
    assert of_seen.max() - of_seen.min() <= 4


def test_the_judge_of_a_recipe_asks_for_every_caption_as_often_as_it_is_told():
    asked = []

    def draw(text):
        asked.append(text)
        return draw_shapes(text, generator=seeded())

    found = judges.judge_captions(draw, each=2)
    assert found["seen"]["all"] == found["unseen"]["all"] == 1
    torch.testing.assert_close(torch.cat(asked), torch.cat([SEEN, UNSEEN]).repeat_interleave(2, 0))
    turned = judges.judge_captions(lambda text: draw_shapes(text.roll(1, 0)), each=1)
    assert turned["seen"]["all"] < 0.1 < turned["seen"]["size"]


# --- the game


def read_by_D(monkeypatch, **settings):
    """The captions that D reads when D loses and when G loses, and those of the batch."""
    pair, seen = text2image.gan_pair(), []
    forward = TextDiscriminator.forward
    monkeypatch.setattr(
        TextDiscriminator,
        "forward",
        lambda net, x, text: (seen.append(text), forward(net, x, text))[1],
    )
    x, text = seen_pictures(12)
    of_D, of_G = text2image.gan_losses(pair, seeded(), **settings)
    of_D(x, text)
    for_D, seen[:] = list(seen), []
    of_G(x, text)
    return text, for_D, list(seen)


def test_d_reads_right_and_wrong_texts_and_g_is_judged_by_its_own(monkeypatch):
    text, for_D, for_G = read_by_D(monkeypatch)
    right, wrong, fake, of_r1 = for_D
    assert torch.equal(right, text) and torch.equal(fake, text) and torch.equal(of_r1, text)
    assert (wrong != text).any(1).all() and set(map(tuple, wrong.tolist())) <= set(
        map(tuple, text.tolist())
    )
    assert torch.equal(*for_G, text)


def test_without_the_mismatch_no_wrong_text_is_read_and_untold_all_texts_are_alike(monkeypatch):
    text, for_D, _ = read_by_D(monkeypatch, mismatch=False)
    assert len(for_D) == 3 and all(torch.equal(read, text) for read in for_D)
    monkeypatch.undo()
    _, for_D, for_G = read_by_D(monkeypatch, told=False)
    assert len(for_D + for_G) == 4 and all(len(read.unique()) == 1 for read in for_D + for_G)


def test_spread_and_halfway_texts_are_added_to_what_g_loses():
    pair = text2image.gan_pair().eval()
    x, text = seen_pictures(12)
    losses = {
        name: text2image.gan_losses(pair, seeded(), **setting)[1](x, text).item()
        for name, setting in {
            "plain": {},
            "spread": {"spread": 5.0},
            "mixed": {"mixed": 1.0},
        }.items()
    }
    assert losses["spread"] < losses["plain"] < losses["mixed"]
    G, D = pair["generator"], pair["discriminator"]
    plain = nonsaturating_loss(D(G(G.noise(12, seeded()), text), text)).item()
    assert losses["plain"] == pytest.approx(plain, abs=1e-6)


def test_a_game_repeats_itself_and_differs_from_seed_to_seed():
    torch.manual_seed(0)
    pair = text2image.gan_pair()
    played = [
        weights_of(text2image.train_gan_cls(copy.deepcopy(pair), 2, seed)) for seed in (0, 0, 1)
    ]
    assert torch.equal(*played[:2]) and not torch.equal(*played[1:])


# --- codes and tokens


def test_codes_begin_as_an_autoencoder_and_then_the_book_starts():
    x, _ = seen_pictures(200)
    torch.manual_seed(0)
    model = tokens.code_model(codes=16)
    before, books = model.book.detach().clone(), []
    tokens.train_codes(model, x, 14, on_step=lambda step: books.append(model.book.detach().clone()))
    assert torch.equal(books[1], before)  # a seventh of the steps
    assert not torch.equal(books[2], before)
    again = tokens.code_model(codes=16)
    again.load_state_dict(model.state_dict())
    assert torch.equal(again.tokens(x[:5]), model.tokens(x[:5]))


def test_a_code_game_repeats_itself():
    first, same, other = (weights_of(tokens.trained_codes(3, seed, codes=8)) for seed in (0, 0, 1))
    assert torch.equal(first, same) and not torch.equal(first, other)


def test_rows_hold_the_caption_and_the_tokens_of_its_picture():
    stage = tokens.code_model(codes=16).eval()
    model = tokens.token_model(codes=16)
    rows = tokens.token_rows(stage, model, n=60)
    x, text = seen_pictures(60, seed=50)
    told, codes = model.split(rows)
    assert torch.equal(told, text) and torch.equal(codes, stage.tokens(x))


@pytest.mark.parametrize("text", [0.0, 0.5, 1.0])
def test_text_and_image_have_their_shares_of_the_loss(text):
    """What has no share of the loss learns nothing: the outputs that say the next word, or the next code."""
    torch.manual_seed(0)
    stage, model = tokens.code_model(codes=16).eval(), tokens.token_model(codes=16)
    rows, before = tokens.token_rows(stage, model, n=100), model.out.bias.detach().clone()
    trained = tokens.train_tokens(model, rows, 3, text=text, size=32)
    moved = (trained.out.bias - before).abs() > 1e-4
    words = len(ONE.words)
    assert (moved[:words].any().item(), moved[words:].any().item()) == (text > 0, text < 1)


def test_scores_are_those_of_the_pictures_that_are_drawn():
    stage, model = tokens.code_model(codes=16).eval(), tokens.token_model(codes=16).eval()
    found = tokens.scores_of_tokens(stage, model, each=1)
    assert found.keys() == {"seen", "unseen"} and found["seen"].keys() == {"all", *ONE.slots}
    assert found["seen"]["all"] < 0.1  # untrained
    x = tokens.draw_tokens(stage, model, UNSEEN, seeded())
    assert x.shape == (24, 3, 16, 16) and x.min() >= 0 and x.max() <= 1


# --- what is shipped


def test_the_shipped_codes_keep_the_caption():
    found = tokens.scores_of_codes(tokens.shipped_codes(), each=2)
    assert found["seen"]["all"] > 0.97 and found["unseen"]["all"] > 0.9


def test_the_shipped_transformer_draws_what_it_is_told_seen_or_not():
    found = tokens.scores_of_tokens(tokens.shipped_codes(), tokens.shipped_tokens(), 0.7, each=4)
    assert found["seen"]["all"] >= 0.93 and found["unseen"]["all"] >= 0.8


def test_the_shipped_game_draws_what_it_is_told_and_d_knows_which_text_belongs():
    G, D = text2image.shipped_gan()
    found = text2image.scores_of_gan(G, each=4)
    assert found["seen"]["all"] >= 0.9 and found["unseen"]["all"] >= 0.75
    x, text = seen_pictures(300, seed=9)
    with torch.no_grad():
        assert (D(x, text) > D(x, text.roll(1, 0))).double().mean() > 0.9


def test_the_shipped_pair_of_two_shapes_is_far_above_chance():
    stage, model = tokens.shipped_codes(TWO), tokens.shipped_tokens(TWO)
    text = split_captions(TWO)[1][:200]

    x = tokens.draw_tokens(stage, model, text, seeded(), temperature=0.7)
    assert words_right(x, text, TWO).all(1).double().mean() > 0.2  # by chance 1 of 2304
