"""Exercises of notebook 07: what a guess is worth, mutual information, the bound, and a matching."""

import math

import torch

from genlib.exercises.checker import Exercise

_generator = torch.Generator().manual_seed(0)

# --- 1: a Q that is half sure --------------------------------------------------------------------------

half_sure = Exercise(
    reference=math.log(5),
    praise="Each halving of Q's probability costs ln 2, wherever it starts.",
    wrong={
        "That is a Q that is always sure and right: ln 10.": math.log(10),
        "Half the probability is not half the information: take the logarithm of 0.5.": (
            math.log(10) / 2
        ),
        "That is mean log Q alone. Add H(c) = ln 10.": math.log(0.5),
        "That is the surprise left, ln 2. What has been learnt is ln 10 minus that.": math.log(2),
        "That is in bits. Take the natural logarithm.": math.log2(5),
        "You added ln 2 to ln 10. A guess that is not sure makes the bound smaller.": math.log(20),
    },
    otherwise="L_I = mean log Q + H(c), with Q = 0.5 at the right category each time.",
)

# --- 2: mutual information of a table ------------------------------------------------------------------


def _information(table):
    independent = table.sum(0, keepdim=True) * table.sum(1, keepdim=True)
    return (torch.xlogy(table, table) - torch.xlogy(table, independent)).sum()


def _entropy(p):
    return -torch.xlogy(p, p).sum()


def _zeros_unseen(table):
    return (table * (table / (table.sum(0) * table.sum(1, keepdim=True))).log()).sum()


def _table(*shape):
    return torch.rand(*shape, generator=_generator).double().flatten().softmax(0).view(shape)


information = Exercise(
    reference=_information,
    praise="It is symmetric: x tells as much about c as c tells about x.",
    wrong={
        "0 log 0 is 0, but the computer says nan: use torch.xlogy, or leave the zeros out.": (
            _zeros_unseen
        ),
        "That is H(c), which is what is to be known. Subtract what stays unknown, H(c|x).": (
            lambda table: _entropy(table.sum(1))
        ),
        "That is H(c|x), what stays unknown. I = H(c) - H(c|x).": (
            lambda table: _entropy(table) - _entropy(table.sum(0))
        ),
        "That is H(c, x), of the pair. I = H(c) + H(x) - H(c, x).": _entropy,
        "That is in bits. Use the natural logarithm.": (
            lambda table: _information(table) / math.log(2)
        ),
        "The sign is turned: information is never negative.": lambda table: -_information(table),
    },
    otherwise="sum p(c, x) log(p(c, x) / (p(c) p(x))), over all cells that are not 0.",
    inputs=(
        (_table(3, 4),),
        (torch.tensor([[0.5, 0.0], [0.2, 0.3]], dtype=torch.float64),),
    ),
)

# --- 3: the bound --------------------------------------------------------------------------------------


def _bound(logits, category):
    log_q = logits.log_softmax(1)[torch.arange(len(category)), category]
    return log_q.mean() + math.log(logits.shape[1])


def _logits(*shape):
    return 2 * torch.randn(*shape, generator=_generator)


bound = Exercise(
    reference=_bound,
    praise="Its first part is minus the cross entropy: Q is trained as any classifier is.",
    wrong={
        "H(c) is missing: add ln C, with C the number of categories.": lambda logits, category: (
            _bound(logits, category) - math.log(logits.shape[1])
        ),
        "That is minus L_I, the loss.": lambda logits, category: -_bound(logits, category),
        "You took the logits for log probabilities. They need log_softmax.": (
            lambda logits, category: (
                logits[torch.arange(len(category)), category].mean() + math.log(logits.shape[1])
            )
        ),
        "That is the sum over the batch. Take the mean.": lambda logits, category: (
            len(category) * (_bound(logits, category) - math.log(logits.shape[1]))
            + math.log(logits.shape[1])
        ),
        "You took the mean of Q first, then the logarithm. A mean of logarithms is smaller.": (
            lambda logits, category: (
                logits.softmax(1)[torch.arange(len(category)), category].mean().log()
                + math.log(logits.shape[1])
            )
        ),
        "You normalised over the batch. Each row is a distribution over categories: dim 1.": (
            lambda logits, category: (
                logits.log_softmax(0)[torch.arange(len(category)), category].mean()
                + math.log(logits.shape[1])
            )
        ),
    },
    otherwise="log_softmax over dim 1, the entry of each row's category, the mean, plus ln C.",
    inputs=(
        (_logits(5, 10), torch.tensor([3, 0, 9, 3, 7])),
        (_logits(8, 4), torch.tensor([0, 1, 2, 3, 3, 2, 1, 0])),
    ),
)

# --- 4: a matching by hand -----------------------------------------------------------------------------

matching = Exercise(
    reference=0.625,
    praise="The best matching gives up the largest number, 10, to win 9 + 9 instead of 10 + 1.",
    wrong={
        "You were greedy: 10 first leaves 1 for category B. Try another digit for A.": 0.45,
        "That is the majority: A and B both stand for digit 2. One to one is asked.": 0.65,
        "These are the rows that agree. Divide by all 40.": 25,
        "That is the diagonal. Category names mean nothing: you may permute them.": 1 / 40,
    },
    otherwise="try all 6 ways to give the digits to A, B and C; the best sum, divided by 40.",
)

EXERCISES = {
    "half_sure": half_sure,
    "information": information,
    "bound": bound,
    "matching": matching,
}
