"""Exercises of notebook 05: the best opponent, the divergence it measures, the generator's loss and its step."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from genlib.exercises.checker import Exercise, WrongForm, read
from genlib.exercises.checker.comparing import close
from genlib.exercises.checker.trial import Stopped, run

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

# --- 4: one step of the generator ----------------------------------------------------------------------

STEPS = 10


def _weights(network: nn.Module) -> Tensor:
    return torch.cat([weight.detach().flatten() for weight in network.parameters()]).clone()


def _trained(step: Callable, seed: Tensor) -> Any:
    """The losses of ten steps, what stopped G from moving, and what G and D are at the end.

    What the step returns, where that is no single number.
    """
    noise = torch.Generator().manual_seed(int(seed))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(seed))
        G, D = (nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, out)) for out in (2, 1))
    G, D = G.double(), nn.Sequential(D, nn.Flatten(0)).double()
    optimizer = torch.optim.SGD(G.parameters(), lr=0.2)
    start, arrived, losses = _weights(G), [], []
    for weight in G.parameters():
        weight.register_hook(lambda slope: arrived.append(slope.abs().sum().item()))
    for _ in range(STEPS):
        z = torch.randn(16, 2, generator=noise, dtype=torch.float64)
        loss = step(G, D, z, optimizer)
        try:
            if (number := read(loss)).numel() != 1:
                return loss
        except WrongForm:
            return loss
        losses.append(number.item())
    reached = any(weight.grad is not None for weight in D.parameters())
    kept = any(weight.grad is not None for weight in G.parameters())
    still = float(torch.equal(start, _weights(G)))  # if it has not moved: how far the gradient came
    still *= 1 + reached + 2 * bool(arrived) + 4 * kept
    return torch.cat([torch.tensor([*losses, still]).double(), _weights(G), _weights(D)])


class _Update(Exercise):
    """An exercise whose answer is one update, tried for ten steps on small networks of the checker's own."""

    def _given(self, answer: Any) -> list[Tensor | Stopped]:
        if not callable(answer):
            return super()._given(answer)
        results = [run(partial(_trained, answer), values) for values in self.inputs]
        if all(result is None for result in results):
            return []
        return [self._result(*pair) for pair in zip(self.inputs, results, strict=True)]

    def _asked(self, values: tuple) -> str:
        return "one number, the loss before the step"

    def _difference(self, given: list, right: list) -> str:
        came, due = given[0], right[0]
        if isinstance(came, Stopped):
            raise WrongForm(f"Your function stopped with {came.rstrip('.')}.")
        if came.shape != due.shape:
            numbers = f"{came.numel()} numbers"
            raise WrongForm(f"It gives {numbers}, asked is {self._asked(())}.")
        losses, last = came[:STEPS], STEPS + 1 + (len(due) - STEPS - 1) // 2
        if not close(losses[0], due[0]):
            return f"In the first step it gives the loss {losses[0]:.4g}, not {due[0]:.4g}."
        if came[STEPS]:
            return "The first loss is right, but G does not move."
        if not close(losses, due[:STEPS]):
            wrong = int((~torch.isclose(losses, due[:STEPS], rtol=1e-4)).nonzero()[0]) + 1
            return f"The first loss is right; from step {wrong} on G has moved elsewhere."
        where = "G" if not close(came[:last], due[:last]) else "D"
        return f"The losses are right, but after ten steps {where} is not where it is to be."


def _step(
    G: nn.Module,
    D: nn.Module,
    z: Tensor,
    optimizer: torch.optim.Optimizer,
    loss: Callable = lambda logits: softplus(-logits).mean(),
    fake: Callable = lambda G, z: G(z),
    moves: str = "zero backward step",
) -> Tensor:
    """The right step, or one with another loss, another fake or other moves."""
    value = loss(D(fake(G, z)))
    for move in moves.split():
        if move == "zero":
            optimizer.zero_grad()
        elif move == "backward":
            value.backward()
        elif move == "step":
            optimizer.step()
    return value.detach()


def _step_of_both(G, D, z, optimizer):
    both = torch.optim.SGD([*G.parameters(), *D.parameters()], lr=0.2)
    return _step(G, D, z, both)


generator_step = _Update(
    reference=_step,
    praise="The gradient went through D to G, and the optimizer moved G alone: D stood still.",
    wrong={
        "G does not move: the fake is detached, or made without gradients. That belongs to D's step.": (
            partial(_step, fake=lambda G, z: G(z).detach())
        ),
        "G does not move: no gradient was computed. Call backward on the loss.": (
            partial(_step, moves="zero step")
        ),
        "G does not move: the gradient is there, and the optimizer was not asked to step.": (
            partial(_step, moves="zero backward")
        ),
        "G does not move: the gradient is cleared after backward, just before the step. Clear it first.": (
            partial(_step, moves="backward zero step")
        ),
        "Gradients of earlier steps add up. Call zero_grad before backward.": (
            partial(_step, moves="backward step")
        ),
        "D moved too, so that it helps G. Leave D's weights alone: the optimizer knows G's only.": (
            _step_of_both
        ),
        "That is the minimax loss, mean log(1 - D). Asked is the non-saturating one.": (
            partial(_step, loss=lambda logits: -softplus(logits).mean())
        ),
        "G goes the wrong way: its loss is -mean log D, and you have it without the minus.": (
            partial(_step, loss=lambda logits: -softplus(-logits).mean())
        ),
        "That is D's loss on fakes, with label 0. G wants them to be called real, label 1.": (
            partial(_step, loss=lambda logits: softplus(logits).mean())
        ),
        "Take the mean over the batch, not the sum.": (
            partial(_step, loss=lambda logits: softplus(-logits).sum())
        ),
        "D gives logits, and you took them for probabilities squashed twice.": (
            partial(_step, loss=lambda logits: softplus(-logits.sigmoid()).mean())
        ),
        "You drew noise of your own. Use the z that is given.": (
            partial(_step, fake=lambda G, z: G(torch.randn_like(z)))
        ),
        "The optimizer steps twice for one gradient. Once is enough.": (
            partial(_step, moves="zero backward step step")
        ),
    },
    otherwise="Look at what the fakes are made from, at the label that G wants for them, and at the order "
    "in which gradients are cleared, computed and used.",
    inputs=((torch.tensor(0),), (torch.tensor(1),)),
)

EXERCISES = {
    "best_guess": best_guess,
    "jensen_shannon": jensen_shannon,
    "generator_loss": generator_loss,
    "generator_step": generator_step,
}

# what is asked before a panel is moved: the question, its answers, the right one, which the notebook must not tell
ASKED = {
    "show_best": ("Where is V lowest?", ["g equal to p", "g far away", "g narrow"], "g equal to p"),
    "show_moment_0": ("Does G need the blur to find the modes?", ["yes", "no"], "no"),
    "show_moment": (
        "With which loss does G recover?",
        ["both", "minimax", "non-saturating"],
        "both",
    ),
    "show_moment_2": (
        "How many of eight modes will G keep?",
        ["eight", "four", "one at most"],
        "one at most",
    ),
}
