"""Exercises of notebook 04: the prior-fitting term, the importance bound, and a draw with gradients."""

import math

import torch

from genlib.exercises.checker import Exercise, gradients, uses

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
        "The 1 that is taken off is missing: a guess like the prior costs nothing.": (
            (1 + 4 - math.log(4)) / 2
        ),
        "The sign is turned: a KL is never negative.": -(4 - math.log(4)) / 2,
        "That is the logarithm to base 2. Nats have the natural one.": (4 - math.log2(4)) / 2,
    },
    otherwise="What does the mean cost, what the spread, and is it the std or the variance that counts?",
    digits=4,
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
        "The 1 that is taken off is missing: a guess like the prior costs nothing.": (
            lambda mean, log_std: _kl(mean, log_std) + mean.shape[-1] / 2
        ),
        "You used the std. It is the variance that counts, exp(2 log_std).": lambda mean, log_std: (
            (mean**2 + log_std.exp() - 1 - 2 * log_std).sum(-1) / 2
        ),
        "The mean comes squared: being off to either side costs the same.": lambda mean, log_std: (
            (mean + (2 * log_std).exp() - 1 - 2 * log_std).sum(-1) / 2
        ),
    },
    otherwise="Take one part of z with mean 0 and log_std 0: your term must be 0 there. Then move "
    "one of the two, and look at the sum over the parts.",
    inputs=((_random(4, 3), 0.5 * _random(4, 3)), (_random(2, 5), 0.5 * _random(2, 5))),
)

# --- 3: the importance bound from log-weights ----------------------------------------------------------


def _bound(log_weights):
    top = log_weights.max(0).values
    return top + (log_weights - top).exp().mean(0).log()


def _shifted(log_weights, shift):
    return shift + (log_weights - shift).exp().mean(0).log()


_far_apart = torch.tensor([0.0, -2000.0, -1000.0, -3.0])
_columns = torch.stack([_far_apart, _far_apart.flip(0) - 2000, _random(4) - 2000], 1)
_log_weights = ((_random(5, 3) * 2,), (_random(4, 2) * 3 - 2000,), (_columns,))

importance_bound = Exercise(
    reference=_bound,
    praise="Subtracting the largest weight first keeps it finite where exp(-2000) alone is zero.",
    wrong={
        "That is the mean of the logarithms, the ELBO. Take the log of the mean.": lambda w: w.mean(
            0
        ),
        "exp of -2000 is zero, and its log is -inf. Take the largest weight out first.": lambda w: (
            w.exp().mean(0).log()
        ),
        "The mean is missing: subtract ln K after the log of the sum.": lambda w: w.logsumexp(0),
        "You added ln K. The mean divides by K.": lambda w: w.logsumexp(0) + math.log(len(w)),
        "You went over the images. The samples are the first axis.": lambda w: (
            w.logsumexp(1) - math.log(w.shape[1])
        ),
        "That keeps the best sample alone.": lambda w: w.max(0).values,
        "The numbers are right, but torch.logsumexp is what you are asked to write.": lambda w: (
            w.logsumexp(0) - math.log(len(w))
        ),
        "You shifted by the smallest weight or the mean: where weights are far apart, exp "
        "overflows to inf.": lambda w: _shifted(w, w.min(0).values),
        "You took the largest weight of all images. Each image needs its own.": lambda w: _shifted(
            w, w.max()
        ),
        "You took the largest weight out, and did not add it again.": lambda w: _bound(
            w - w.max(0).values
        ),
    },
    otherwise="Take one image with two samples of weight 1: the bound must be 0. Then move both "
    "log-weights far down: it must move with them.",
    inputs=_log_weights,
    measure=uses("logsumexp", _log_weights),
)

# --- 4: a draw that lets gradients through -------------------------------------------------------------


def _draw(mean, log_std, noise):
    return mean + log_std.exp() * noise


_draws = tuple(
    (_random(*shape), 0.5 * _random(*shape), _random(*shape)) for shape in ((4, 3), (2, 5))
)

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
        "You drew noise of your own. Use the noise that is given.": lambda m, s, e: (
            m + s.exp() * torch.randn_like(m)
        ),
        "The draw is right, but no gradient reaches mean and log_std: something cuts it off.": (
            lambda m, s, e: _draw(m, s, e).detach()
        ),
        "The draw is right, but only mean gets a gradient. log_std is cut off.": lambda m, s, e: (
            _draw(m, s.detach(), e)
        ),
        "The draw is right, but only log_std gets a gradient. The mean is cut off.": lambda m, s, e: (
            _draw(m.detach(), s, e)
        ),
        "The draw is right, but numpy knows no gradients. Stay with tensors.": lambda m, s, e: (
            m.numpy() + s.exp().numpy() * e.numpy()
        ),
    },
    otherwise="Where must z be for noise 0, and where for noise 1?",
    inputs=_draws,
    measure=gradients(_draws, of=2),
)

EXERCISES = {
    "wide_and_shifted": wide_and_shifted,
    "prior_fitting": prior_fitting,
    "importance_bound": importance_bound,
    "reparameterised": reparameterised,
}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_guess": (
        "Where is the gap smallest?",
        ["on both hills", "between", "on one hill"],
        "on one hill",
    ),
    "show_beta": ("Which beta rebuilds best and invents worst?", ["0", "1", "4"], "0"),
}
