"""The transformer over a text and an image: what each part can be, and how it is drawn. Its laws are every autoregressive model's."""

import itertools
import math

import pytest
import torch
from small import random, seeded
from torch.distributions import Categorical

from genlib.metrics import frequencies, total_variation
from genlib.models import Autoregressive
from genlib.models.transformer import TokenTransformer

SMALL = {"width": 8, "layers": 2, "heads": 2}
PARTS = [(2, 2), (3, 3)]  # two words out of two, three codes out of three


def model(parts=PARTS, std=0.8):
    return random(TokenTransformer(parts, **SMALL), std)


def every():
    """Each text and image: (4 * 27, 5)."""
    rows = itertools.product(*[range(2)] * 2, *[range(2, 5)] * 3)
    return torch.tensor(list(rows))


def test_texts_and_images_sum_to_one_and_nothing_else_can_be():
    net = model()
    anything = torch.tensor(list(itertools.product(range(5), repeat=5)))
    p = net.log_prob(anything).exp()
    assert p.sum().item() == pytest.approx(1, abs=1e-9)
    assert net.log_prob(every()).exp().sum().item() == pytest.approx(1, abs=1e-9)
    assert net.log_prob(every()).isfinite().all()


def test_images_given_a_text_sum_to_one():
    net, x = model(), every()
    text, image = net.nats(x)
    for rows in (-image).exp().view(4, 27):
        assert rows.sum().item() == pytest.approx(1, abs=1e-9)
    torch.testing.assert_close(-(text + image), net.log_prob(x))


def test_the_text_does_not_see_the_image_and_the_image_sees_the_text():
    """The Jacobian of the logits by the tokens' vectors: causal, every earlier token seen."""
    net = model(std=0.5)
    x = every()[[17]]
    vectors = net.token(x).detach().requires_grad_()
    net.token.forward = lambda _: vectors
    logits = net.conditionals(x).logits.masked_fill(~net.possible, 0)
    slopes = torch.zeros(5, 5)
    for i in range(5):
        for k in net.possible[i].nonzero().flatten():
            [slope] = torch.autograd.grad(logits[0, i, k], vectors, retain_graph=True)
            slopes[i] += slope[0].abs().sum(1).float()
    assert torch.equal(slopes > 1e-8, torch.ones(5, 5).tril(-1).bool())


def test_parts_are_joined_and_split():
    net = TokenTransformer([(4, 17), (16, 64)])
    text, image = torch.randint(17, (5, 4)), torch.randint(64, (5, 16))
    x = net.join(text, image)
    assert x[:, 4:].min() >= 17
    for part, back in zip((text, image), net.split(x), strict=True):
        torch.testing.assert_close(back, part)
    with pytest.raises(ValueError, match=r"parts\[1\] must be 0, ..., 63"):
        net.join(text, image + 1 - image.min() + 63)
    with pytest.raises(ValueError, match="parts must be 2, got 1"):
        net.join(text)


def test_what_follows_a_text_comes_as_often_as_the_probability_says():
    net, text = model(), torch.tensor([1, 0])
    drawn = net.sample(20_000, text, seeded())
    assert (drawn[:, :2] == text).all() and drawn[:, 2:].min() >= 2
    rows = every()[54:81]  # the images of this text
    expected = (-net.nats(rows)[1]).exp()
    found = frequencies((drawn[:, 2:] - 2).float() / 2, 3)
    order = frequencies((rows[:, 2:] - 2).float() / 2, 3)
    assert torch.equal(order, torch.full((27,), 1 / 27, dtype=order.dtype))
    assert total_variation(found, expected) < 0.03


class Sharpened(Autoregressive):
    """The same conditionals with their logits divided, by the plain sampler."""

    def __init__(self, net, temperature, top_k):
        super().__init__(net.num_pixels, net.vocabulary)
        self.net, self.temperature, self.top_k = net, temperature, top_k

    def conditionals(self, x):
        logits = self.net.conditionals(x).logits / self.temperature
        if self.top_k:
            ranks = logits.argsort(-1, descending=True).argsort(-1)
            logits = logits.masked_fill(ranks >= self.top_k, -torch.inf)
        return Categorical(logits=logits)


@pytest.mark.parametrize("temperature, top_k", [(0.5, None), (2.0, None), (1.0, 2), (0.7, 1)])
def test_temperature_and_top_k_are_those_of_the_sharpened_conditionals(temperature, top_k):
    net, prefix = model(), torch.tensor([0, 1])
    plain = Sharpened(net, temperature, top_k).sample(300, prefix, seeded(4))
    fast = net.sample(300, prefix, seeded(4), temperature=temperature, top_k=top_k)
    assert torch.equal(fast, plain)


def test_near_zero_temperature_the_likeliest_token_is_drawn():
    net = model()
    cold = net.sample(20, torch.tensor([1, 1]), seeded(), temperature=1e-4)
    assert torch.equal(cold, net.sample(20, torch.tensor([1, 1]), seeded(9), top_k=1))
    assert len(cold.unique(dim=0)) == 1


def test_fresh_weights_are_unsure_of_all_that_can_be():
    text, image = TokenTransformer([(4, 17), (16, 64)]).nats(
        TokenTransformer([(4, 17), (16, 64)]).sample(200, generator=seeded())
    )
    assert text.mean().item() == pytest.approx(4 * math.log(17), rel=0.15)
    assert image.mean().item() == pytest.approx(16 * math.log(64), rel=0.15)


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({"parts": []}, "parts must hold"),
        ({"parts": 3}, "parts must be"),
        ({"parts": [(0, 3)]}, "length must be at least 1"),
        ({"parts": [(2, 1)]}, "vocabulary must be at least 2"),
        ({"parts": [(2, 3)], "width": 10, "heads": 4}, "width must be a multiple of heads"),
    ],
)
def test_what_cannot_be_built_is_refused_by_name(arguments, said):
    with pytest.raises(ValueError, match=said):
        TokenTransformer(**arguments)


@pytest.mark.parametrize(
    "setting", [{"temperature": 0}, {"temperature": -1}, {"top_k": 0}], ids=str
)
def test_a_sampler_refuses_settings_that_cannot_be(setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        model().sample(3, **setting)


def test_a_prefix_of_the_wrong_kind_is_refused():
    with pytest.raises(ValueError, match="prefix must hold tokens that can stand at their places"):
        model().sample(3, torch.tensor([4, 0]))


def test_attention_is_a_share_of_what_came_before_and_makes_the_output():
    net, x = model(), every()[[3, 50, 99]]
    shares = net.attention(x)
    assert shares.shape == (3, 2, 2, 5, 5)
    torch.testing.assert_close(shares.sum(4), torch.ones(3, 2, 2, 5).double())
    assert shares.triu(1).abs().max() == 0 and shares.min() >= 0
    block, h = net.blocks[0], torch.randn(3, 5, 8, generator=seeded()).double()
    _, (_, values) = block(h)
    mixed = (block.weights(h) @ values).transpose(1, 2).flatten(2)
    by_hand = h + block.mix(mixed)
    by_hand = by_hand + block.down(torch.nn.functional.gelu(block.up(block.norm_2(by_hand))))
    torch.testing.assert_close(block(h)[0], by_hand)
