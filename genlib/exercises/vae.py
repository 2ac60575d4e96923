"""Exercises of notebook 04: the prior-fitting term, the importance bound, and a draw with gradients."""

import math

import torch

from genlib.exercises.checker import Exercise

_generator = torch.Generator().manual_seed(0)


def _random(*shape):
    return torch.randn(*shape, generator=_generator)


# --- 1: one posterior, one number ------------------------------------------------------------------------

wide_and_shifted = Exercise(
    reference=(1 + 4 - 1 - math.log(4)) / 2,
    praise="Being off by one costs 0.5 nats, being twice too wide another 0.81: the two simply add.",
    wrong={
        "You left out the spread: a std of 2 costs something even at mean 0.": 0.5,
        "You left out the mean: being off by 1 costs half of 1 squared.": (4 - 1 - math.log(4)) / 2,
        "You put 2 in as the variance. The std is 2, so the variance is 4.": (2 - math.log(2)) / 2,
        "The factor 1/2 is missing.": 4 - math.log(4),
        "The logarithm is that of the variance, ln 4, not that of the std.": (4 - math.log(2)) / 2,
        "That is KL(p || q). The guess q comes first.": (1 / 4 + 1 / 4 - 1 + math.log(4)) / 2,
    },
    otherwise="1/2 (mean^2 + std^2 - 1 - ln std^2) with mean 1 and std 2.",
)

# --- 2: the prior-fitting term ---------------------------------------------------------------------------


def _kl(mean, log_std):
    return (mean**2 + (2 * log_std).exp() - 1 - 2 * log_std).sum(-1) / 2


prior_fitting = Exercise(
    reference=_kl,
    praise="It is zero only where mean is 0 and std is 1 in every part, and it needs no draw at all.",
    wrong={
        "You took log_std for log-variance: the variance is exp(2 log_std).": lambda mean, log_std: (
            _kl(mean, log_std / 2)
        ),
        "You averaged over the parts of z. KL adds up over them.": lambda mean, log_std: (
            _kl(mean, log_std) / mean.shape[-1]
        ),
        "You added up over the images too. Give one number an image, (B,).": lambda mean, log_std: (
            _kl(mean, log_std).sum()
        ),
        "You averaged over the images. Give one number an image, (B,).": lambda mean, log_std: _kl(
            mean, log_std
        ).mean(),
        "The sign is turned: a KL is never below zero.": lambda mean, log_std: -_kl(mean, log_std),
        "The factor 1/2 is missing.": lambda mean, log_std: 2 * _kl(mean, log_std),
        "You added up over the images and kept the parts: sum the last axis.": lambda mean, log_std: (
            (mean**2 + (2 * log_std).exp() - 1 - 2 * log_std).sum(0) / 2
        ),
    },
    otherwise="1/2 (mean^2 + exp(2 log_std) - 1 - 2 log_std), summed over the last axis.",
    inputs=((_random(4, 3), 0.5 * _random(4, 3)), (_random(2, 5), 0.5 * _random(2, 5))),
)

# --- 3: the importance bound from log-weights ----------------------------------------------------------


def _bound(log_weights):
    return log_weights.logsumexp(0) - math.log(len(log_weights))


importance_bound = Exercise(
    reference=_bound,
    praise="Subtracting the largest weight first keeps it finite where exp(-600) alone is zero.",
    wrong={
        "That is the mean of the logarithms, the ELBO. Take the log of the mean.": lambda w: w.mean(
            0
        ),
        "exp of -600 is zero, and its log is -inf. Take the largest weight out first.": lambda w: (
            w.exp().mean(0).log()
        ),
        "The mean is missing: subtract ln K after the log of the sum.": lambda w: w.logsumexp(0),
        "You added ln K. The mean divides by K.": lambda w: w.logsumexp(0) + math.log(len(w)),
        "You went over the images. The samples are the first axis.": lambda w: (
            w.logsumexp(1) - math.log(w.shape[1])
        ),
        "That keeps the best sample alone.": lambda w: w.max(0).values,
    },
    otherwise="log (1/K) sum_k exp(w_k) over the first axis: torch.logsumexp, minus ln K.",
    inputs=((_random(5, 3) * 2,), (_random(4, 2) * 3 - 600,)),
)

# --- 4: a draw that lets gradients through -------------------------------------------------------------


def _draw(mean, log_std, noise):
    return mean + log_std.exp() * noise


reparameterised = Exercise(
    reference=_draw,
    praise="The noise is fixed, so z moves smoothly with mean and log_std: both get a gradient.",
    wrong={
        "The std is exp(log_std), not log_std.": lambda m, s, e: m + s * e,
        "You used the variance, exp(2 log_std). The noise is scaled by the std.": lambda m, s, e: (
            m + (2 * s).exp() * e
        ),
        "You halved log_std, as if it were a log-variance.": lambda m, s, e: m + (s / 2).exp() * e,
        "The mean is missing.": lambda m, s, e: s.exp() * e,
        "The noise is missing: that is the mean, and no draw.": lambda m, s, e: m,
        "The std must scale the noise, not the sum of mean and noise.": lambda m, s, e: (
            s.exp() * (m + e)
        ),
    },
    otherwise="z = mean + exp(log_std) * noise.",
    inputs=((_random(4, 3), 0.5 * _random(4, 3), _random(4, 3)),),
)

EXERCISES = {
    "wide_and_shifted": wide_and_shifted,
    "prior_fitting": prior_fitting,
    "importance_bound": importance_bound,
    "reparameterised": reparameterised,
}
