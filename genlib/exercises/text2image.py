"""Exercises of notebook 08: the best D of GAN-CLS, its loss, the KL of a code, and sharper draws."""

import math
from itertools import product

import torch
from torch.nn.functional import logsigmoid

from genlib.exercises.checker import Exercise, mistakes

_generator = torch.Generator().manual_seed(0)


def _random(*shape):
    return torch.randn(*shape, generator=_generator)


# --- 1: the best D of GAN-CLS --------------------------------------------------------------------------

best_match = Exercise(
    reference=8 / (8 + 1 + 4),  # p(x, t), p(x) p(t) / 2 and g(x, t) / 2, in parts of 32
    praise="Even beside a perfect generator D stays above one half: fakes are only half of its no.",
    wrong={
        "A plain GAN ends with one half. Here a real pair weighs 1, and each of the others 1/2.": 0.5,
        "The wrong captions are missing: 1 in 4 drawn at random is right after all.": 8 / (8 + 4),
        "p(x) p(t) comes with a half: it shares the no with the fakes.": 8 / (8 + 2 + 4),
        "g comes with a half: it shares the no with the wrong captions.": 8 / (8 + 1 + 8),
        "The halves are missing: fakes and wrong captions share one no.": 8 / (8 + 2 + 8),
        "The generator is missing: it makes this pair as often as the data.": 8 / (8 + 1),
        "The generator is missing, and p(x) p(t) comes with a half.": 8 / (8 + 2),
        "3/16 falls on the pairs that do not match. Take this pair alone.": 8 / (8 + 3 + 4),
        "You gave all three sources one share. p(x) p(t) is small, 1/16.": 1 / 3,
        "p(x, t) of the pair is 1/4, not 1: there are four, equally likely.": 32 / (32 + 1 + 16),
        "That is 1 - D. Above the line stands the right pair.": 5 / 13,
        "Those are the odds, yes against no. Divide by the sum of both.": 8 / 5,
        "That is what stands below the line. Divide p(x, t) by it.": 13 / 32,
        "That is p(x, t), above the line. Divide it by the sum of all three.": 0.25,
        "D cannot be sure: a perfect generator shows it the very same pair.": 1.0,
        "That is in percent. Give a probability, from 0 to 1.": 800 / 13,
    },
    otherwise="From which three sources can this pair come, how often does each of them give it, "
    "and how much does each weigh in D's loss?",
    digits=4,
)

# --- 2: the loss of D ----------------------------------------------------------------------------------

WEIGHTS = {  # what is wrong -> how log s of right, wrong and fake counts, and how log(1 - s) of them
    "": (1, 0, 0, 0, 0.5, 0.5),
    "the halves are missing, so D hears no twice as loud as yes": (1, 0, 0, 0, 1, 1),
    "you halved all three, but a real pair weighs 1": (0.5, 0, 0, 0, 0.5, 0.5),
    "all three weigh alike, but a real pair weighs twice as much": (1 / 3, 0, 0, 0, 1 / 3, 1 / 3),
    "that is the plain GAN, which sees no wrong caption": (1, 0, 0, 0, 0, 1),
    "the wrong captions are missing, half of the no": (1, 0, 0, 0, 0, 0.5),
    "the fakes are missing, half of the no": (1, 0, 0, 0, 0.5, 0),
    "the real pairs are missing, to which D says yes": (0, 0, 0, 0, 0.5, 0.5),
    "a wrong caption counts as real, but D must say no to it": (1, 0.5, 0, 0, 0, 0.5),
    "the fakes count as real, which is G's wish and not D's": (1, 0, 0.5, 0, 0.5, 0),
    "right and fake are exchanged": (0, 0, 1, 0.5, 0.5, 0),
    "right and wrong are exchanged": (0, 1, 0, 0.5, 0, 0.5),
    "s and 1 - s are exchanged, so D says no to real pairs": (0, 0.5, 0.5, 1, 0, 0),
    "the sign is turned, but a loss falls as D gets better": (-1, 0, 0, 0, -0.5, -0.5),
}
OVER_BATCH = {  # what becomes of the loss of each row
    "": torch.mean,
    "you summed over the batch, where the mean is asked": torch.sum,
    "one number is asked, the mean over the batch": lambda losses: losses,
}
LOGS = {  # how log s comes from logits, and log(1 - s)
    "": (logsigmoid, lambda v: logsigmoid(-v)),
    "at logits of 200 a logarithm is -inf, so take F.logsigmoid of the logit or of minus it": (
        lambda v: v.sigmoid().log(),
        lambda v: (1 - v.sigmoid()).log(),
    ),
    "F.binary_cross_entropy stops at 100, and its sister with_logits does not": (
        lambda v: v.sigmoid().log().clamp_min(-100),
        lambda v: (1 - v.sigmoid()).log().clamp_min(-100),
    ),
}


def _loss(weights, over_batch, logs):
    def loss(*rows):
        terms = zip(weights, product(logs, rows), strict=True)
        return over_batch(-sum(weight * log(row) for weight, (log, row) in terms if weight))

    return loss


_right_loss = _loss(WEIGHTS[""], torch.mean, LOGS[""])
matching = Exercise(
    reference=_right_loss,
    praise="Without wrong captions a good picture would pass under any text, and D need not read.",
    wrong={
        "You took the sigmoid twice: F.logsigmoid and with_logits want the logit itself.": (
            lambda *rows: _right_loss(*(row.sigmoid() for row in rows))
        ),
        "These are logits, which may be negative: a logarithm needs their sigmoid.": (
            _loss(WEIGHTS[""], torch.mean, (torch.log, lambda v: (1 - v).log()))
        ),
        **dict(mistakes(_loss, WEIGHTS, OVER_BATCH, LOGS)),
    },
    otherwise="To which of the three rows should D say yes? And with all logits at 0 the loss is "
    "twice ln 2: does yours come to that?",
    inputs=(tuple(2 * _random(3, 5)), tuple(torch.tensor([[200.0, -200.0, 1.0]] * 3))),
)

# --- 3: the KL of a code -------------------------------------------------------------------------------

KLS = {  # what is wrong -> the function of q log(K q), -q log q and log(K q), each (B, N, K)
    "": lambda kl, h, r: kl.sum(2),
    "KL(uniform || q) is the other way round": lambda kl, h, r: -r.mean(2),
    "that is H(q), which is taken from ln K": lambda kl, h, r: h.sum(2),
    "the sign is turned, for a KL is never below 0": lambda kl, h, r: -kl.sum(2),
    "ln K is missing, and a uniform q must give 0": lambda kl, h, r: -h.sum(2),
    "you added H(q), but an unsure q costs less": lambda kl, h, r: (kl + 2 * h).sum(2),
    "that is in bits, and nats are asked": lambda kl, h, r: kl.sum(2) / math.log(2),
    "take ln K and not ln N": lambda kl, h, r: kl.sum(2) + math.log(kl.shape[1] / kl.shape[2]),
    "you averaged over the codes, but q weighs them already": lambda kl, h, r: kl.mean(2),
    "H(q) is a sum over the codes, no mean": lambda kl, h, r: (kl + h).sum(2) - h.mean(2),
    "the codes are not summed yet, the last axis": lambda kl, h, r: kl,
    "you summed over the places, not over the codes": lambda kl, h, r: kl.sum(1),
    "you added up the places, but each has its own number": lambda kl, h, r: kl.sum((1, 2)),
    "you averaged over the places, but each counts": lambda kl, h, r: kl.sum(2).mean(1),
    "you averaged over the images, but each counts": lambda kl, h, r: kl.sum(2).mean(0),
    "one number is too few, for each place has its own": lambda kl, h, r: kl.sum(2).mean(),
}
LOG_Q = {  # how log q comes from logits
    "": lambda logits: logits.log_softmax(2),
    "a probability may round to 0, so take log_softmax": lambda logits: logits.softmax(2).log(),
}
NOT_NORMALISED = {
    "exp of logits does not sum to one, so normalise over the codes": lambda logits: logits,
    "you normalised over the places, not over the codes": lambda logits: logits.log_softmax(1),
    "you normalised over the images, not over the codes": lambda logits: logits.log_softmax(0),
}


def _kl(form, log_q):
    def kl(logits):
        log = log_q(logits)
        q, ratio = log.exp(), log + math.log(log.shape[2])
        return form(q * ratio, -q * log, ratio)

    return kl


code_kl = Exercise(
    reference=_kl(KLS[""], LOG_Q[""]),
    praise="It is ln K at a place where q is sure: that is what one of K equal codes costs to name.",
    wrong={
        "Logits are no log-probabilities: normalise them with log_softmax first.": lambda logits: (
            math.log(logits.shape[2]) + (logits.softmax(2) * logits).sum(2)
        ),
        **dict(mistakes(_kl, KLS, LOG_Q)),
        **dict(mistakes(_kl, {"": KLS[""]}, NOT_NORMALISED)),
    },
    otherwise="Make all logits of a place alike: your number there must be 0. Then let one be far "
    "above the others: it must come near ln K.",
    inputs=((2 * _random(2, 3, 5) + 1,), (_random(4, 2, 3) - 1,), (200 * _random(2, 4, 3),)),
)

# --- 4: sharper draws ----------------------------------------------------------------------------------


def _only(z, k):
    """The k largest of each row; the others are -inf."""
    return z.masked_fill(z < z.topk(k).values[:, -1:], -torch.inf)


HEATED = {  # what the temperature does
    "": lambda logits, T: logits / T,
    "divide by the temperature, for a low one pulls logits apart": lambda logits, T: logits * T,
    "the temperature is not used": lambda logits, T: logits,
    "the temperature divides logits, not probabilities": lambda logits, T: logits.softmax(1) / T,
}
CUT = {  # how probabilities come from it, of which k are left
    "": lambda z, k: _only(z, k).softmax(1),
    "top_k is not used": lambda z, k: z.softmax(1),
    "you kept the smallest": lambda z, k: (-_only(-z, k)).nan_to_num(posinf=-1e9).softmax(1),
    "put -inf, for 0 is a logit too": lambda z, k: _only(z, k).nan_to_num(neginf=0).softmax(1),
    "leave out first, so that a row sums to one": lambda z, k: _only(z.softmax(1), k).clamp_min(0),
    "you lost the last of the top_k": lambda z, k: _only(z, k - 1).softmax(1),
    "you kept one too many": lambda z, k: _only(z, k + 1).softmax(1),
    "each row has its own largest": lambda z, k: _only(z.view(1, -1), k).view_as(z).softmax(1),
    "each row must sum to one, not each column": lambda z, k: _only(z, k).softmax(0),
    "these are logarithms of probabilities": lambda z, k: _only(z, k).log_softmax(1),
    "exp is not divided by its sum": lambda z, k: _only(z, k).exp(),
    "the others are missing, whose probability is 0": lambda z, k: z.topk(k).values.softmax(1),
    "leave each at its place, unsorted": lambda z, k: _only(z, k).softmax(1).sort(1, True).values,
}


def _drawn(heated, cut):
    return lambda logits, temperature, top_k: cut(heated(logits, temperature), top_k)


sharpen = Exercise(
    reference=_drawn(HEATED[""], CUT[""]),
    praise="A picture of many codes needs each of them to be likely. The price is variety.",
    wrong={
        "A power of probabilities does not sum to one: divide by the new sum.": lambda logits, T, k: (
            _only(logits.softmax(1) ** (1 / T), k).clamp_min(0)
        ),
        "You divided the probabilities: now they do not sum to one. Divide the logits.": (
            lambda logits, T, k: _only(logits.softmax(1) / T, k).clamp_min(0)
        ),
        **dict(mistakes(_drawn, HEATED, CUT)),
    },
    otherwise="Does each row sum to one, with as many numbers above 0 as asked? And does the largest "
    "of them grow as the temperature falls?",
    inputs=((_random(3, 7), 0.5, 3), (2 * _random(4, 6), 1.5, 4)),
)

EXERCISES = {
    "best_match": best_match,
    "matching": matching,
    "code_kl": code_kl,
    "sharpen": sharpen,
}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_change": (
        "How many pixels change?",
        ["16 of 256", "some more", "nearly all"],
        "some more",
    ),
    "show_caption": ("Whose sixteen differ more?", ["the game's", "the tokens'"], "the tokens'"),
}
