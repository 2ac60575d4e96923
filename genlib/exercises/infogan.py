"""Exercises of notebook 07: what a guess is worth, mutual information, a Gaussian guess, and a matching."""

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
        "The sign is turned: that is the loss, minus L_I.": -math.log(5),
        "That is the logarithm to base 10. Nats have the natural one.": math.log10(5),
        "That is how many categories are as good as known. Take its logarithm.": 5.0,
    },
    otherwise="How many nats are there to know about the category, and how many stay unknown when Q "
    "says one half?",
    digits=4,
)

# --- 2: mutual information of a table ------------------------------------------------------------------


def _independent(table):
    """p(c) p(x) in every cell."""
    return table.sum(0, keepdim=True) * table.sum(1, keepdim=True)


def _information(table):
    return (torch.xlogy(table, table) - torch.xlogy(table, _independent(table))).sum()


def _reversed(table):
    independent = _independent(table)
    return (independent * (independent / table).log()).sum()


def _entropy(p):
    return -torch.xlogy(p, p).sum()


def _zeros_unseen(table):
    return (table * (table / (table.sum(0) * table.sum(1, keepdim=True))).log()).sum()


def _equally_likely(conditional):
    """The notebook's first formula: rows p(x | c), each code as likely as any other."""
    return torch.xlogy(conditional, conditional / conditional.mean(0)).sum() / len(conditional)


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
        "That is H(x), the surprise of an image. Subtract H(x|c), what is left when c is known.": (
            lambda table: _entropy(table.sum(0))
        ),
        "The codes are not equally likely here: p(c) is the sum of a row.": (
            lambda table: _equally_likely(table / table.sum(1, keepdim=True))
        ),
        "The notebook's table was p(x | c), each row summing to one. This one is p(c, x).": (
            lambda table: _equally_likely(table)
        ),
        "That is H(c|x), what stays unknown. I = H(c) - H(c|x).": (
            lambda table: _entropy(table) - _entropy(table.sum(0))
        ),
        "That is H(c, x), of the pair. I = H(c) + H(x) - H(c, x).": _entropy,
        "That is in bits. Use the natural logarithm.": (
            lambda table: _information(table) / math.log(2)
        ),
        "The sign is turned: information is never negative.": lambda table: -_information(table),
        "You averaged over the cells. Each already counts by its probability: sum.": (
            lambda table: _information(table) / table.numel()
        ),
        "Your two tables are exchanged: p(c, x) comes first, p(c) p(x) below the line.": _reversed,
        "One number is asked. You gave the share of each cell.": lambda table: (
            torch.xlogy(table, table) - torch.xlogy(table, _independent(table))
        ),
    },
    otherwise="Take a table whose rows are all alike: x tells nothing about c, and your number must "
    "be 0. What must each cell be compared with, and what does a cell that is 0 give?",
    inputs=(
        (_table(3, 4),),
        (torch.tensor([[0.3, 0.0, 0.2], [0.1, 0.3, 0.1]], dtype=torch.float64),),
    ),
)

# --- 3: the bound of continuous codes ------------------------------------------------------------------


def _log_density(mean, log_std, c):
    return -((c - mean) / log_std.exp()).square() / 2 - log_std - math.log(2 * math.pi) / 2


def _gaussian_bound(mean, log_std, c):
    return _log_density(mean, log_std, c).sum(1).mean() + c.shape[1] * math.log(2)


def _numbers(*shape):
    return torch.randn(*shape, generator=_generator)


def _example(n, codes):
    mean, log_std = _numbers(n, codes) / 3, _numbers(n, codes) / 4 - 0.5
    return mean, log_std, 2 * torch.rand(n, codes, generator=_generator) - 1


gaussian_bound = Exercise(
    reference=_gaussian_bound,
    praise="With log_std held at 0 it is a squared error, as in the code that the authors published.",
    wrong={
        "The entropy of the uniform codes is missing: ln 2 for each of the K.": (
            lambda mean, log_std, c: _log_density(mean, log_std, c).sum(1).mean()
        ),
        "There are K codes, and each has an entropy of ln 2: add K ln 2.": (
            lambda mean, log_std, c: _log_density(mean, log_std, c).sum(1).mean() + math.log(2)
        ),
        "You added the entropy of a unit Gaussian. The codes are uniform: ln 2 each.": (
            lambda mean, log_std, c: (
                _log_density(mean, log_std, c).sum(1).mean()
                + c.shape[1] * math.log(2 * math.pi * math.e) / 2
            )
        ),
        "A Gaussian's log density has -1/2 ln(2 pi) as well.": lambda mean, log_std, c: (
            _gaussian_bound(mean, log_std, c) + c.shape[1] * math.log(2 * math.pi) / 2
        ),
        "The log density has -log_std: a wide guess is thin everywhere.": lambda mean, log_std, c: (
            _gaussian_bound(mean, log_std, c) + log_std.sum(1).mean()
        ),
        "Divide by the standard deviation before you square.": lambda mean, log_std, c: (
            _gaussian_bound(mean, log_std, c)
            + (((c - mean) / log_std.exp()).square() - (c - mean).square() / log_std.exp())
            .sum(1)
            .mean()
            / 2
        ),
        "Independent codes: their log densities are summed over K. Only the batch is averaged.": (
            lambda mean, log_std, c: (
                _log_density(mean, log_std, c).mean() + c.shape[1] * math.log(2)
            )
        ),
        "Sum over the K codes first, and average over the batch alone. Each code adds ln 2.": (
            lambda mean, log_std, c: _log_density(mean, log_std, c).mean() + math.log(2)
        ),
        "That is the sum over the batch. Average over it: L_I is nats for one image.": (
            lambda mean, log_std, c: _log_density(mean, log_std, c).sum() + c.shape[1] * math.log(2)
        ),
        "The entropy is added: L_I = mean log Q + H(c).": lambda mean, log_std, c: (
            _log_density(mean, log_std, c).sum(1).mean() - c.shape[1] * math.log(2)
        ),
        "log_std is the logarithm of the standard deviation, not of the variance.": (
            lambda mean, log_std, c: _gaussian_bound(mean, log_std / 2, c)
        ),
        "The square is halved in the log density of a Gaussian.": lambda mean, log_std, c: (
            _gaussian_bound(mean, log_std, c)
            - ((c - mean) / log_std.exp()).square().sum(1).mean() / 2
        ),
        "The log density has -1/2 ln(2 pi), with the half.": lambda mean, log_std, c: (
            _gaussian_bound(mean, log_std, c) - c.shape[1] * math.log(2 * math.pi) / 2
        ),
        "One number is asked. Average over the batch, and keep the sum over the codes.": (
            lambda mean, log_std, c: (
                _log_density(mean, log_std, c).sum(1) + c.shape[1] * math.log(2)
            )
        ),
        "That is minus L_I, the loss.": lambda mean, log_std, c: -_gaussian_bound(mean, log_std, c),
    },
    otherwise="Take one image and one code, with mean c and log_std 0: what is the log density of a "
    "Gaussian at its mean, and how large is the entropy of a code from -1 to 1?",
    inputs=(_example(6, 2), _example(5, 3)),
)

# --- 4: a matching by hand -----------------------------------------------------------------------------

matching = Exercise(
    reference=0.625,
    praise="The best matching gives up the largest number, 10, to win 9 + 9 instead of 10 + 1.",
    wrong={
        "You were greedy: 10 first leaves 1 for category B. Try another digit for A.": 0.45,
        "That is the majority: A and B both stand for digit 2. One to one is asked.": 0.65,
        "These are the images that agree. Divide by all 40.": 25,
        "That is in percent. Give the share, from 0 to 1.": 62.5,
        "That is the diagonal. Category names mean nothing: you may permute them.": 1 / 40,
        "That is the share of images that do not agree.": 0.375,
        "You averaged the shares of the three categories. Every image counts alike.": (
            (9 / 19 + 9 / 10 + 7 / 11) / 3
        ),
    },
    otherwise="Write down the six ways to give three digits to three categories. In which of them do "
    "most images agree?",
)

EXERCISES = {
    "half_sure": half_sure,
    "information": information,
    "gaussian_bound": gaussian_bound,
    "matching": matching,
}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_game": ("Which comes first?", ["the digit", "the code"], "the code"),
    "show_world": (
        "If doubt grows, what falls?",
        ["what images tell", "what Q reads"],
        "what Q reads",
    ),
    "show_codes": (
        "With both at reach 3, what stands at the ends?",
        ["strange digits", "the same digits", "blots"],
        "blots",
    ),
}
