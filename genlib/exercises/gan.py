"""Exercises of notebook 05: the best opponent, the divergence it measures, two losses of the generator."""

import math

import torch
from torch.nn.functional import softplus

from genlib.exercises.checker import Exercise

_generator = torch.Generator().manual_seed(0)

# --- 1: what the best opponent says --------------------------------------------------------------------

best_guess = Exercise(
    reference=0.75,
    praise="Three of four points found there are real, so no opponent can say better than 3 in 4.",
    wrong={
        "That is the share of the generator. D says how likely the point is *real*.": 0.25,
        "That is p / g, the odds. A probability is p / (p + g).": 3.0,
        "That is the density itself. D compares it with the generator's.": 0.3,
        "That is p - g. Divide p by the sum of both.": 0.2,
        "That would be an opponent that cannot tell: there p and g are equal.": 0.5,
        "That is the logit, log p - log g. The question asks for a probability.": math.log(3),
        "That is g / p. Compare p with all that falls there, p + g.": 1 / 3,
        "That is p + g, all that falls there. Which share of it is real?": 0.4,
        "It cannot be sure: the generator puts points there too.": 1.0,
    },
    otherwise="Think of many points that fall there: some are real, some are made. Which share is real?",
)

# --- 2: how far two tables are apart -------------------------------------------------------------------


def _kl(p, q):
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum()


def _jensen_shannon(p, g):
    middle = (p + g) / 2
    return (_kl(p, middle) + _kl(g, middle)) / 2


def _tables(*shape):
    return tuple(torch.rand(*shape, generator=_generator).softmax(0) for _ in range(2))


def _swapped(p, g):
    middle = (p + g) / 2
    return (_kl(middle, p) + _kl(middle, g)) / 2


jensen_shannon = Exercise(
    reference=_jensen_shannon,
    praise="It is never above log 2, and the best opponent's V is twice it, minus log 4.",
    wrong={
        "That is KL(p || g). Compare both with their middle, (p + g) / 2.": _kl,
        "That is KL(g || p). Compare both with their middle, (p + g) / 2.": lambda p, g: _kl(g, p),
        "Half is missing: take the mean of the two, not the sum.": lambda p, g: (
            2 * _jensen_shannon(p, g)
        ),
        "That is only the half with p. Add the one with g.": lambda p, g: _kl(p, (p + g) / 2) / 2,
        "The middle is (p + g) / 2. Without the half it is no probability.": lambda p, g: (
            (_kl(p, p + g) + _kl(g, p + g)) / 2
        ),
        "That is the value V of the best opponent, 2 JSD - log 4.": lambda p, g: (
            2 * _jensen_shannon(p, g) - math.log(4)
        ),
        "The middle comes first in your KL: p and g must. F.kl_div(a.log(), b) is KL(b || a).": (
            _swapped
        ),
        "That is KL(m || p) of the middle and p. p comes first, and g needs its half.": (
            lambda p, g: _kl((p + g) / 2, p)
        ),
        "The middle comes first in your KL, and half is missing too.": lambda p, g: (
            2 * _swapped(p, g)
        ),
        "You averaged over the K cells, as F.kl_div does by itself. Sum them.": lambda p, g: (
            _jensen_shannon(p, g) / len(p)
        ),
        "The middle comes first in your KL, and the cells are averaged, not summed.": lambda p, g: (
            _swapped(p, g) / len(p)
        ),
        "That is the mean of KL(p || g) and KL(g || p), with no middle.": lambda p, g: (
            (_kl(p, g) + _kl(g, p)) / 2
        ),
        "That is in bits. Use the natural logarithm.": lambda p, g: (
            _jensen_shannon(p, g) / math.log(2)
        ),
        "That is its root, the Jensen-Shannon distance. Asked is the divergence.": lambda p, g: (
            _jensen_shannon(p, g).sqrt()
        ),
    },
    otherwise="Try two equal tables, where it is 0, and two that share no cell, where it is ln 2.",
    inputs=(_tables(4), _tables(6)),
)

# --- 3: the generator's loss ---------------------------------------------------------------------------

generator_loss = Exercise(
    reference=lambda logits: softplus(-logits).mean(),
    praise="It is steepest where the opponent is surest, so a bad generator learns fastest.",
    wrong={
        "That is the minimax loss, mean log(1 - D). It saturates where D is sure.": lambda logits: (
            -softplus(logits).mean()
        ),
        "The sign is turned: the generator *lowers* its loss, and log D is to rise.": lambda logits: (
            -softplus(-logits).mean()
        ),
        "That is the loss of the discriminator on fakes, which calls them fake.": lambda logits: (
            softplus(logits).mean()
        ),
        "The logarithm is missing: that is -D.": lambda logits: -logits.sigmoid().mean(),
        "log(sigmoid(-200)) is -inf. Write it by softplus, or by logsigmoid.": lambda logits: (
            -logits.sigmoid().log().mean()
        ),
        "One number is asked, the mean. You gave the loss of each fake.": lambda logits: softplus(
            -logits
        ),
        "You averaged D first. The logarithm comes before the mean.": lambda logits: (
            -logits.sigmoid().mean().log()
        ),
        "That is minus the mean logit: there is no D in it yet.": lambda logits: -logits.mean(),
        "Take the mean over the batch, not the sum.": lambda logits: softplus(-logits).sum(),
        "That takes the logits for probabilities already squashed.": lambda logits: softplus(
            -logits.sigmoid()
        ).mean(),
    },
    otherwise="Take one logit by hand: what is D there, and what does the generator lose? Then look "
    "at a very low logit, where the loss must stay finite, and at the mean.",
    inputs=((torch.tensor([-200.0, 0.5, 2.0]),), (torch.randn(8, generator=_generator),)),
)

EXERCISES = {
    "best_guess": best_guess,
    "jensen_shannon": jensen_shannon,
    "generator_loss": generator_loss,
}
