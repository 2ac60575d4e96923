"""Checkers: right answers are right in every form, each typical wrong one gets its own hint, and nothing ever raises."""

import importlib
import itertools
import math
import pkgutil
import re
from functools import partial
from pathlib import Path

import jupytext
import numpy as np
import pytest
import torch
from right_answers import RIGHT
from torch.distributions import Categorical
from torch.nn.functional import binary_cross_entropy, l1_loss, mse_loss
from torch.nn.functional import binary_cross_entropy_with_logits as bce

import genlib.exercises
from genlib.data import binarize, digits
from genlib.exercises import (
    chain_rule,
    cyclegan,
    dcgan,
    gan,
    infogan,
    nade,
    pixelrnn,
    progressive,
    puzzle,
    stargan,
    text2image,
    vae,
)
from genlib.exercises.checker import Exercise
from genlib.models.progressive import at_step, doubled, faded, halved, schedule
from genlib.models.puzzle import spatial_loss

MODULES = [m.name for m in pkgutil.iter_modules(genlib.exercises.__path__) if m.name != "checker"]
EXERCISES = {
    f"{module}.{name}": exercise
    for module in MODULES
    for name, exercise in importlib.import_module(f"genlib.exercises.{module}").EXERCISES.items()
}
WRONG = [(name, hint) for name, exercise in EXERCISES.items() for hint in exercise.wrong]
FORMS = [(name, i) for name, forms in RIGHT.items() for i in range(len(forms))]
OWN = {
    id(answer)
    for exercise in EXERCISES.values()
    for answer in (exercise.reference, *exercise.wrong.values())
    if callable(answer)
}


@pytest.fixture(scope="module", autouse=True)
def known():
    """What the checkers' own answers give is worked out once here, and not in every check anew."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in {Exercise, *map(type, EXERCISES.values())}:
            if "_given" in vars(kind):
                patch.setattr(kind, "_given", once(kind._given))
        yield


def once(given):
    found = {}

    def given_once(exercise, answer):
        if id(answer) not in OWN:
            return given(exercise, answer)
        key = id(exercise), id(answer)
        if key not in found:
            found[key] = given(exercise, answer)
        return found[key]

    return given_once


def anew(answer):
    """The same answer, as one that is not known."""
    return partial(answer) if callable(answer) else answer


@pytest.fixture(params=EXERCISES.values(), ids=EXERCISES)
def exercise(request):
    return request.param


def test_the_reference_is_right(exercise):
    verdict = exercise.check(anew(exercise.reference))
    assert verdict.right and exercise.praise in verdict


@pytest.mark.parametrize("name, i", FORMS)
def test_a_right_answer_is_right_in_every_form(name, i):
    verdict = EXERCISES[name].check(RIGHT[name][i])
    assert verdict.right, verdict


def test_every_exercise_is_answered_in_at_least_four_forms():
    assert set(RIGHT) == set(EXERCISES)
    assert min(map(len, RIGHT.values())) >= 4


@pytest.mark.parametrize("name, hint", WRONG)
def test_each_wrong_answer_gets_its_own_hint(name, hint):
    verdict = EXERCISES[name].check(anew(EXERCISES[name].wrong[hint]))
    assert not verdict.right and hint in verdict


def test_there_are_at_least_three_exercises_a_notebook_and_five_wrong_answers_each(exercise):
    assert len(exercise.wrong) >= 5
    for module in MODULES:
        assert sum(name.startswith(module + ".") for name in EXERCISES) >= 3


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "abc",
        [],
        {},
        float("nan"),
        torch.zeros(3),
        object(),
        10**400,
        lambda *a: None,
        lambda: 3,
        lambda *a: 1 / 0,
        lambda *a: "abc",
        lambda *a: torch.zeros(7, 7),
        lambda *a: a,
        print,
    ],
)
def test_an_unfinished_or_strange_answer_gets_a_sentence_and_is_not_right(exercise, answer):
    verdict = exercise.check(answer)
    assert not verdict.right and len(verdict) > 10 and len(verdict) < 400


def test_an_answer_that_is_not_begun_is_said_to_be_so(exercise):
    stub = (lambda *a: None) if callable(exercise.reference) else None
    assert exercise.check(stub).startswith("Not done yet")


@pytest.mark.parametrize("name", [n for n, e in EXERCISES.items() if callable(e.reference)])
def test_an_answer_that_spoils_its_inputs_spoils_nothing(name):
    def spoil(*values):
        for value in values:
            value.zero_()
        return values[0]

    EXERCISES[name].check(spoil)
    assert EXERCISES[name].check(anew(EXERCISES[name].reference)).right


def test_hints_differ_from_one_another():
    for exercise in EXERCISES.values():
        for one, other in itertools.combinations(exercise.wrong, 2):
            assert one not in other


def test_a_verdict_shows_itself_without_quotes(exercise):
    assert repr(exercise.check(None)) == str(exercise.check(None))


# --- what each exercise claims is measured


def my_naive_loop(x, W, c, V, b):
    logits = []
    for i in range(len(x)):
        a = c.clone()
        for j in range(i):
            a = a + W[:, j] * x[j]
        logits.append(b[i] + V[i] @ torch.sigmoid(a))
    return torch.stack(logits)


def my_masked_matrix(x, W, c, V, b):
    past = torch.ones(len(x), len(x)).tril(-1) * x
    return b + (V * torch.sigmoid(c + past @ W.T)).sum(1)


def my_broadcast(x, W, c, V, b):
    past = torch.ones(len(x), len(x)).tril(-1) * x
    return b + (V * torch.sigmoid(c + (past[:, None] * W).sum(-1))).sum(1)


def my_logits_all_anew(x, W, c, V, b):
    logits = []
    for i in range(len(x)):
        logits.append((b + V @ torch.sigmoid(c))[i])
        c = c + W[:, i] * x[i]
    return logits


@pytest.mark.parametrize(
    "answer", [my_naive_loop, my_masked_matrix, my_broadcast, my_logits_all_anew]
)
def test_work_that_grows_with_D_squared_is_no_running_sum(answer):
    assert "grows with D squared" in nade.running_sum.check(answer)


def test_work_that_torch_does_not_do_cannot_be_judged():
    def my_logits(*values):
        x, W, c, V, b = (value.numpy() for value in values)
        sums = np.array([c + W[:, :i] @ x[:i] for i in range(len(x))])
        return torch.tensor(b + (V / (1 + np.exp(-sums))).sum(1))

    assert "counted in operations of torch" in nade.running_sum.check(my_logits)


def test_a_loop_over_hidden_units_is_told_from_one_over_pixels():
    def my_logits(x, W, c, V, b):
        a, logits = c, []
        for i in range(len(c)):
            logits.append(b[i] + V[i] @ torch.sigmoid(a))
            a = a + W[:, i] * x[i]
        return torch.stack(logits)

    assert "one logit for each of the D pixels" in nade.running_sum.check(my_logits)


def test_no_two_axes_of_an_input_have_the_same_length(exercise):
    tensors = [v for values in exercise.inputs for v in values if isinstance(v, torch.Tensor)]
    assert all(len(set(tensor.shape)) == tensor.dim() for tensor in tensors)


@torch.no_grad()
def my_draw_without_gradient(mean, log_std, noise):
    return mean + log_std.exp() * noise


@pytest.mark.parametrize(
    "answer, words",
    [
        (lambda m, s, e: (m + s.exp() * e).detach(), "no gradient"),
        (lambda m, s, e: m.data + s.data.exp() * e, "no gradient"),
        (my_draw_without_gradient, "no gradient"),
        (lambda m, s, e: torch.tensor((m + s.exp() * e).tolist()), "no gradient"),
        (lambda m, s, e: m.detach() + s.exp().detach() * e, "no gradient"),
        (lambda m, s, e: torch.from_numpy(m.numpy() + s.exp().numpy() * e.numpy()), "numpy"),
        (lambda m, s, e: m + torch.from_numpy(s.exp().numpy()) * e, "numpy"),
        (lambda m, s, e: m + s.exp().data * e, "only mean gets"),
        (lambda m, s, e: m.data + s.exp() * e, "only log_std gets"),
        (lambda m, s, e: m + s.exp().detach() * s / s.detach() * e, "not its gradients"),
        (lambda m, s, e: m.add_(s.exp_().mul_(e)), "not its gradients"),
        (lambda m, s, e: torch.normal(m, s.exp()), "noise of your own"),
    ],
)
def test_a_draw_is_right_only_if_both_get_their_gradient(answer, words):
    verdict = vae.reparameterised.check(answer)
    assert not verdict.right and words in verdict


def shifted(by):
    return lambda w: by(w) + (w - by(w)).exp().mean(0).log()


@pytest.mark.parametrize(
    "answer, words",
    [
        (lambda w: torch.logsumexp(w, 0) - math.log(len(w)), "torch.logsumexp"),
        (lambda w: w.double().logsumexp(0) - math.log(len(w)), "torch.logsumexp"),
        (lambda w: torch.special.logsumexp(w, 0) - math.log(len(w)), "torch.logsumexp"),
        (lambda w: w.exp().mean(0).log(), "-inf"),
        (lambda w: w.double().exp().mean(0).log(), "-inf"),
        (shifted(lambda w: w.min(0).values), "smallest weight or the mean"),
        (shifted(lambda w: w.mean(0)), "smallest weight or the mean"),
        (shifted(lambda w: w.double().mean(0)), "smallest weight or the mean"),
        (shifted(lambda w: w.max()), "Each image needs its own"),
    ],
)
def test_a_bound_is_right_only_if_it_shifts_by_the_largest_weight_itself(answer, words):
    verdict = vae.importance_bound.check(answer)
    assert not verdict.right and words in verdict


@pytest.mark.parametrize("form", [int, float, np.int64, torch.tensor, lambda v: [v]])
@pytest.mark.parametrize("name", [n for n, e in EXERCISES.items() if isinstance(e.reference, int)])
def test_a_count_is_exact(name, form):
    for off_by in (-1, 1):
        assert not EXERCISES[name].check(form(EXERCISES[name].reference + off_by)).right
    assert "whole number" in EXERCISES[name].check(EXERCISES[name].reference + 0.01)


def test_a_count_that_is_near_is_said_to_be_near():
    assert "near, but a count is exact" in nade.large_size.check(498_120)


@pytest.mark.parametrize("name", [n for n, e in EXERCISES.items() if callable(e.reference)])
def test_values_that_are_off_by_one_part_in_a_thousand_are_not_right(name):
    def slightly_off(*values):
        right = EXERCISES[name].reference(*values)
        return [1.001 * part for part in right] if isinstance(right, tuple) else 1.001 * right

    assert not EXERCISES[name].check(slightly_off).right


def test_a_size_is_there_when_the_schedule_says_so():
    asked, phases = progressive.images.reference, schedule(1024, progressive.PHASE)
    (before, alpha), after = at_step(phases, asked - 1), at_step(phases, asked)
    assert (before, after) == (32, (32, 1.0)) and 1 - 1e-5 < alpha < 1
    assert schedule(1024)[0].steps == progressive.PHASE


def test_what_fades_is_what_the_game_shows():
    x = torch.rand(3, 2, 16, 16, generator=torch.Generator().manual_seed(0))
    for alpha in (0, 0.25, 1):
        assert torch.allclose(progressive.fade.reference(x, alpha), faded(x, 16, alpha))


# --- typical mistakes in other spellings than the checker's own


def my_zeros_way(x, kernel, s):
    row = torch.zeros((len(x) - 1) * s + 1)
    row[::s] = x
    k = len(kernel)
    padded = torch.nn.functional.pad(row, (k - 1, k - 1))
    return torch.nn.functional.conv1d(padded[None, None], kernel[None, None])[0, 0]


def my_norm(over, **settings):
    def norm(x, eps):
        std = x.std(over, keepdim=True, **settings)
        return (x - x.mean(over, keepdim=True)) / (std + eps)

    return norm


def my_torch_default(over):
    return lambda x, eps: (x - x.mean(over, True)) / (x.var(over, keepdim=True) + eps).sqrt()


def my_cross_entropies(wrong=0.0, no=1.0, **settings):
    def loss(right, *others):
        targets = torch.full_like(right, wrong), torch.zeros_like(right)
        said = [bce(row, target, **settings) for row, target in zip(others, targets, strict=True)]
        return bce(right, torch.ones_like(right), **settings) + no * sum(said)

    return loss


def my_surprise(logits):
    return -Categorical(logits=logits).entropy()


def my_cut(z, k, largest=True):
    values, places = z.topk(k, largest=largest)
    return torch.full_like(z, -torch.inf).scatter(1, places, values).softmax(1)


def uniform(logits):
    return torch.full_like(logits, 1 / logits.shape[-1])


def kl_div(a, b, **settings):
    return torch.nn.functional.kl_div(a, b, **settings)


def in_either(mask, true_mask, axes=(1, 2, 3)):
    return ((mask > 0.5) | (true_mask > 0.5)).sum(axes)


def in_both(mask, true_mask, axes=(1, 2, 3)):
    return ((mask > 0.5) & (true_mask > 0.5)).sum(axes)


def my_field(start=1, step=1, seen=lambda kernel, step: (kernel - 1) * step, reverse=False):
    def field(layers):
        total, apart = start, 1
        for kernel, stride in layers[::-1] if reverse else layers:
            total += seen(kernel, apart)
            apart *= stride if step else 1
        return total

    return field


def my_pool(filled, swapped, low=lambda kept, x, place: x, coin_says=lambda coin: coin >= 0.5):
    def pool(kept, size, x, coin, place):
        if len(kept) < size:
            return filled(kept, x, place)
        return (swapped if coin_says(coin) else low)(kept, x, place)

    return pool


def my_filling(kept, x, place):
    kept.append(x)
    return x


def my_swap(kept, x, place):
    old, kept[place] = kept[place], x
    return old


def my_overwriting(kept, x, place):
    kept[place] = x
    return kept[place]


def my_overwriting_within(kept, x, place):
    old = kept[place]
    kept[place].copy_(x)
    return old


def my_other_list(kept, x, place):
    kept = [*kept, x]
    return kept[-1]


def my_other_list_later(kept, x, place):
    old = kept[place]
    kept = [*kept[:place], x, *kept[place + 1 :]]
    return old


def my_moving(kept, x, place):
    old = kept.pop(place)
    kept.append(x)
    return old


def my_pool_without_return(kept, size, x, coin, place):
    if len(kept) < size:
        kept.append(x)
    elif coin < 0.5:
        return x
    else:
        return my_swap(kept, x, place)


def my_pool_that_falls_through(kept, size, x, coin, place):
    if len(kept) < size:
        kept.append(x)
    return x if coin < 0.5 else my_swap(kept, x, place)


def lengths(slope):
    return slope.flatten(1).norm(dim=1)


def my_edit(clear=slice(3), first=0, of=torch.clone):
    def edit(labels, hair):
        new = of(labels)
        new[:, clear] = 0
        new[:, first + hair] = 1
        return new

    return edit


def my_pixel_norm(square=lambda h: (h**2).mean(1, keepdim=True), eps=1e-8):
    return lambda h: h / torch.sqrt(square(h) + eps)


def my_fade(coarse=lambda x: doubled(halved(x)), new=lambda alpha: alpha):
    return lambda x, alpha: new(alpha) * x + (1 - new(alpha)) * coarse(x)


def my_deviation(number):
    return lambda h: torch.cat([h, number(h).expand(len(h), 1, *h.shape[2:])], 1)


@pytest.mark.parametrize(
    "exercise, answer, words",
    [
        (dcgan.up_a_row, my_zeros_way, ["turn it first"]),
        (dcgan.batch_norm, my_torch_default((0, 2, 3)), ["correction=0"]),
        (dcgan.batch_norm, my_torch_default(0), ["each pixel", "correction=0"]),
        (dcgan.batch_norm, my_torch_default((2, 3)), ["each image has", "correction=0"]),
        (dcgan.batch_norm, my_torch_default((1, 2, 3)), ["over its channels", "correction=0"]),
        (dcgan.batch_norm, my_norm((0, 2, 3), correction=0), ["eps is added to the variance"]),
        (dcgan.batch_norm, my_norm((0, 2, 3)), ["Two things", "correction=0", "eps is added"]),
        (dcgan.batch_norm, my_norm((2, 3)), ["Three things", "each image has"]),
        (
            gan.jensen_shannon,
            lambda p, g: (
                (
                    kl_div(p.log(), (p + g) / 2, reduction="sum")
                    + kl_div(g.log(), (p + g) / 2, reduction="sum")
                )
                / 2
            ),
            ["middle comes first", "F.kl_div"],
        ),
        (
            gan.jensen_shannon,
            lambda p, g: (kl_div(((p + g) / 2).log(), p) + kl_div(((p + g) / 2).log(), g)) / 2,
            ["averaged over the K cells"],
        ),
        (nade.running_sum, lambda x, W, c, V, b: c + W[0] * x[0], ["column i of W"]),
        (nade.large_size, np.int64(497_056), ["both b and c"]),
        (infogan.half_sure, -0.693, ["H(c)"]),
        (infogan.half_sure, 2.303, ["always sure"]),
        (text2image.best_match, 0.667, ["wrong captions are missing"]),
        (text2image.best_match, np.float32(4 / 7), ["p(x) p(t) comes with a half"]),
        (text2image.best_match, 0.471, ["g comes with a half"]),
        (text2image.best_match, 0.89, ["generator is missing: "]),
        (text2image.best_match, 61.54, ["in percent"]),
        (text2image.matching, my_cross_entropies(), ["halves are missing"]),
        (text2image.matching, my_cross_entropies(no=0.5, wrong=1.0), ["counts as real"]),
        (text2image.matching, my_cross_entropies(reduction="sum"), ["Two things", "summed"]),
        (
            text2image.matching,
            lambda r, w, f: bce(
                torch.cat([r, w, f]), torch.cat([torch.ones_like(r), torch.zeros(2 * len(r))])
            ),
            ["all three weigh alike"],
        ),
        (
            text2image.matching,
            lambda r, w, f: (
                -(
                    r.sigmoid().log() + ((1 - w.sigmoid()).log() + (1 - f.sigmoid()).log()) / 2
                ).mean()
            ),
            ["Nearly: at logits of 200", "F.logsigmoid"],
        ),
        (
            text2image.matching,
            lambda r, w, f: -(r.sigmoid().log() + (1 - f.sigmoid()).log()).mean(),
            ["Two things", "plain GAN", "F.logsigmoid"],
        ),
        (
            text2image.matching,
            lambda r, w, f: (
                binary_cross_entropy(r.sigmoid(), torch.ones_like(r))
                + (
                    binary_cross_entropy(w.sigmoid(), torch.zeros_like(w))
                    + binary_cross_entropy(f.sigmoid(), torch.zeros_like(f))
                )
                / 2
            ),
            ["stops at 100"],
        ),
        (text2image.matching, lambda r, w, f: -r.log().mean(), ["may be negative"]),
        (text2image.code_kl, lambda v: Categorical(logits=v).entropy(), ["that is H(q)"]),
        (
            text2image.code_kl,
            lambda v: kl_div(v.log_softmax(2), uniform(v), reduction="none").sum(2),
            ["KL(uniform || q)"],
        ),
        (
            text2image.code_kl,
            lambda v: (v.softmax(2) * (v.softmax(2) * v.shape[2]).log()).sum(2),
            ["Nearly: a probability may round to 0"],
        ),
        (
            text2image.code_kl,
            lambda v: (v.softmax(2) * v.softmax(2).log2()).sum(2) + math.log2(v.shape[2]),
            ["Two things", "in bits", "round to 0"],
        ),
        (
            text2image.code_kl,
            lambda v: (math.log(v.shape[-1]) - Categorical(logits=v).entropy()).sum(1),
            ["added up the places"],
        ),
        (
            text2image.code_kl,
            lambda v: math.log(v.shape[1]) + my_surprise(v),
            ["ln K and not ln N"],
        ),
        (text2image.sharpen, lambda v, T, k: my_cut(v * T, k), ["divide by the temperature"]),
        (text2image.sharpen, lambda v, T, k: my_cut(v, k), ["temperature is not used"]),
        (text2image.sharpen, lambda v, T, k: (v / T).softmax(1), ["top_k is not used"]),
        (text2image.sharpen, lambda v, T, k: my_cut(v / T, k, largest=False), ["the smallest"]),
        (
            text2image.sharpen,
            lambda v, T, k: my_cut(v.softmax(1) / T, k),
            ["divides logits, not probabilities"],
        ),
        (
            text2image.sharpen,
            lambda v, T, k: (v / T).softmax(1) * (my_cut(v, k) > 0),
            ["Nearly: leave out first"],
        ),
        (
            text2image.sharpen,
            lambda v, T, k: v.softmax(1).pow(1 / T) * (my_cut(v, k) > 0),
            ["divide by the new sum"],
        ),
        (
            text2image.sharpen,
            lambda v, T, k: v.masked_fill(v < v.topk(k).values[:, -1:], 0).mul(T).softmax(1),
            ["Two things", "divide by the temperature", "put -inf"],
        ),
        (text2image.sharpen, lambda v, T, k: (v / T).topk(k)[0].softmax(1), ["others are missing"]),
        (puzzle.doubt, 1, ["D cannot be sure"]),
        (puzzle.doubt, np.float32(0.5), ["no would weigh as much as a yes"]),
        (puzzle.doubt, 0.33, ["1 - D"]),
        (puzzle.doubt, 0.4, ["generated pictures do not count"]),
        (puzzle.doubt, [4 / 5], ["1/2 and not 1/4"]),
        (puzzle.doubt, 66.67, ["in percent"]),
        (puzzle.doubt, 2, ["the odds"]),
        (puzzle.appearance, lambda m, g, t, y: l1_loss(m * g, t * y), ["Nearly: only the batch"]),
        (
            puzzle.appearance,
            lambda m, g, t, y: l1_loss(m * g, t * y, reduction="sum"),
            ["Nearly: you summed over the batch"],
        ),
        (
            puzzle.appearance,
            lambda m, g, t, y: l1_loss(m * g, t * y, reduction="none"),
            ["(2, 3, 4, 5), asked is one number"],
        ),
        (
            puzzle.appearance,
            lambda m, g, t, y: [(a - b).abs().sum() for a, b in zip(m * g, t * y, strict=True)],
            ["Nearly: you have a number for each picture"],
        ),
        (
            puzzle.appearance,
            lambda m, g, t, y: mse_loss(m * g, t * y, reduction="sum") / len(m),
            ["Nearly: you squared"],
        ),
        (
            puzzle.appearance,
            lambda m, g, t, y: mse_loss(m * g, t * y),
            ["Two things", "you squared", "only the batch"],
        ),
        (
            puzzle.appearance,
            lambda m, g, t, y: l1_loss(t * g, t * y, reduction="sum") / len(g),
            ["Nearly: the true mask stands on both sides"],
        ),
        (
            puzzle.appearance,
            lambda m, g, t, y: l1_loss(m * y, m * g),
            ["Two things", "the predicted mask stands on both sides", "only the batch"],
        ),
        (
            puzzle.appearance,
            lambda m, g, t, y: (g - y).abs().sum() / g.shape[0],
            ["Nearly: the masks are missing"],
        ),
        (
            puzzle.appearance,
            lambda m, g, t, y: (g - t * y).abs().mean(0).sum(),
            ["Nearly: the predicted mask is left out"],
        ),
        (
            puzzle.appearance,
            lambda m, g, t, y: (y - m * g).flatten(1).norm(p=1, dim=1).mean(),
            ["Nearly: the true mask is left out"],
        ),
        (
            puzzle.appearance,
            lambda m, g, t, y: (m * g - t * y).sum() / len(m),
            ["Nearly: absolute values are missing"],
        ),
        (puzzle.appearance, lambda m, g, t, y: (t * y - m * g).sum() / len(m), ["below 0"]),
        (
            puzzle.appearance,
            lambda m, g, t, y: (m * g - t * y).flatten(1).norm(dim=1).mean(),
            ["a root of squares"],
        ),
        (puzzle.appearance, lambda m, g, t, y: spatial_loss(m, t), ["That is L_S"]),
        (
            puzzle.overlap,
            lambda m, t: in_both(m, t) / ((m > 0.5).sum((1, 2, 3)) + (t > 0.5).sum((1, 2, 3))),
            ["Nearly: the union is too large"],
        ),
        (
            puzzle.overlap,
            lambda m, t: 2 * in_both(m, t) / (in_both(m, t) + in_either(m, t)),
            ["Nearly: that is Dice"],
        ),
        (
            puzzle.overlap,
            lambda m, t: in_both(m, t) / in_both(t, t),
            ["Nearly: you divided by the true mask"],
        ),
        (
            puzzle.overlap,
            lambda m, t: in_both(m, t) / in_both(m, m),
            ["Nearly: you divided by the predicted mask"],
        ),
        (
            puzzle.overlap,
            lambda m, t: ((m > 0.5) == (t > 0.5)).float().mean((1, 2, 3)),
            ["Nearly: that is the share of pixels that agree"],
        ),
        (
            puzzle.overlap,
            lambda m, t: (m.round() == t.round()).double().mean(),
            ["Two things", "pixels that agree", "its own share"],
        ),
        (
            puzzle.overlap,
            lambda m, t: ((m > 0.5) & (t > 0.5)).float().mean((1, 2, 3)),
            ["Nearly: you divided by all pixels"],
        ),
        (
            puzzle.overlap,
            lambda m, t: (in_both(m, t) / in_either(m, t)).mean(),
            ["Nearly: each picture has its own share"],
        ),
        (
            puzzle.overlap,
            lambda m, t: in_both(m, t, (0, 1, 2, 3)) / in_either(m, t, (0, 1, 2, 3)),
            ["Nearly: you took the batch as one picture"],
        ),
        (
            puzzle.overlap,
            lambda m, t: in_both(m, t, (2, 3)) / in_either(m, t, (2, 3)),
            ["Nearly: the channel is left over"],
        ),
        (
            puzzle.overlap,
            lambda m, t: in_both(m, t, (2, 3)) / in_both(t, t, (2, 3)),
            ["Two things", "the true mask", "the channel is left over"],
        ),
        (
            puzzle.overlap,
            lambda m, t: (m * t).sum((1, 2, 3)) / (m + t - m * t).sum((1, 2, 3)),
            ["Nearly: the masks are not cut"],
        ),
        (
            puzzle.overlap,
            lambda m, t: torch.min(m, t).sum((1, 2, 3)) / torch.max(m, t).sum((1, 2, 3)),
            ["The least and the largest"],
        ),
        (
            puzzle.overlap,
            lambda m, t: (
                (m.round() * t).sum((1, 2, 3)) / (m.round() + t - m.round() * t).sum((1, 2, 3))
            ),
            ["Nearly: the true mask is not cut"],
        ),
        (
            puzzle.overlap,
            lambda m, t: 2 * (m * t).sum((1, 2, 3)) / (m + t).sum((1, 2, 3)),
            ["Two things", "not cut", "Dice"],
        ),
        (
            puzzle.overlap,
            lambda m, t: (
                (m.bool() & t.bool()).sum((1, 2, 3)) / (m.bool() | t.bool()).sum((1, 2, 3))
            ),
            ["You cut at 0"],
        ),
        (
            puzzle.overlap,
            lambda m, t: (m.int() & t.int()).sum((1, 2, 3)) / (m.int() | t.int()).sum((1, 2, 3)),
            ["You cut at 1"],
        ),
        (
            puzzle.overlap,
            lambda m, t: 100 * in_both(m, t) / in_either(m, t),
            ["Nearly: that is in percent"],
        ),
        (puzzle.overlap, lambda m, t: in_both(m, t), ["Nearly: that is the intersection"]),
        (cyclegan.cycles, math.factorial(5), ["probabilities must be kept"]),
        (cyclegan.cycles, 1, ["could change places"]),
        (cyclegan.cycles, [2], ["another such group"]),
        (cyclegan.cycles, np.int64(8), ["nothing to change places with"]),
        (cyclegan.cycles, 4.0**2, ["F is not chosen apart from G"]),
        (cyclegan.cycles, 30, ["how many orders"]),
        (cyclegan.cycles, 7, ["It is not 7", "Sort the things into groups"]),
        (
            cyclegan.cycle,
            lambda G, F, x, y: mse_loss(F(G(x)), x) + mse_loss(G(F(y)), y),
            ["Nearly: you squared"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: (
                l1_loss(F(G(x)), x, reduction="sum") + l1_loss(G(F(y)), y, reduction="sum")
            ),
            ["Nearly: you summed over all numbers"],
        ),
        (cyclegan.cycle, lambda G, F, x, y: l1_loss(F(G(x)), x), ["Nearly", "y is missing"]),
        (cyclegan.cycle, lambda G, F, x, y: l1_loss(y, G(F(y))), ["Nearly", "x is missing"]),
        (
            cyclegan.cycle,
            lambda G, F, x, y: mse_loss(F(G(x)), x),
            ["Two things: you squared", "y is missing"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: l1_loss(G(x), x) + l1_loss(F(y), y),
            ["Nearly: nothing has come back"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: l1_loss(F(x), x) + l1_loss(G(y), y),
            ["Nearly: that is the identity loss"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: l1_loss(F(G(y)), y) + l1_loss(G(F(x)), x),
            ["Nearly: G reads x and F reads y"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: l1_loss(F(G(x)), x) + l1_loss(F(G(y)), y),
            ["Nearly: y goes through G first"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: torch.stack([l1_loss(F(G(x)), x), l1_loss(G(F(y)), y)]).mean(),
            ["Nearly: you halved"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: (l1_loss(F(G(x)), x), l1_loss(G(F(y)), y)),
            ["Nearly: one number is asked"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: mse_loss(F(G(x)), x).sqrt() + mse_loss(G(F(y)), y) ** 0.5,
            ["Nearly: that is the root of a mean of squares"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: (F(G(x)) - x).norm() + (G(F(y)) - y).norm(),
            ["Nearly: that is a length"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: (F(G(x)) - x).mean().abs() + (G(F(y)) - y).mean().abs(),
            ["Nearly: absolute values come before the mean"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: l1_loss(torch.cat([F(G(x)), G(F(y))]), torch.cat([x, y])),
            ["mean over both batches at once"],
        ),
        (
            cyclegan.cycle,
            lambda G, F, x, y: F.l1_loss(F(G(x)), x) + F.l1_loss(G(F(y)), y),
            ["G and F are translators here, and have no l1_loss"],
        ),
        (cyclegan.cycle, lambda G, F, x, y: l1_loss(G(x), y), ["stopped with", "(G, F, ["]),
        (cyclegan.field, my_field(reverse=True), ["Nearly: you read the strides from the wrong"]),
        (cyclegan.field, my_field(step=0), ["Nearly: the strides are missing"]),
        (cyclegan.field, my_field(start=0), ["Nearly: no layer at all sees one"]),
        (cyclegan.field, my_field(start=0, step=0), ["Two things", "strides are missing"]),
        (
            cyclegan.field,
            my_field(seen=lambda kernel, step: kernel * step),
            ["Nearly: a kernel of 1 must add nothing"],
        ),
        (
            cyclegan.field,
            lambda layers: 1 + sum((kernel - 1) * stride for kernel, stride in layers),
            ["Nearly: you took each layer's own stride"],
        ),
        (
            cyclegan.field,
            lambda layers: (
                1
                + sum(
                    (kernel - 1) * math.prod(stride for _, stride in layers[: i + 1])
                    for i, (kernel, _) in enumerate(layers)
                )
            ),
            ["Nearly: a layer's own stride does not change what it sees"],
        ),
        (cyclegan.field, lambda layers: math.prod(k for k, _ in layers), ["multiplied the kern"]),
        (cyclegan.field, lambda layers: sum(k for k, _ in layers), ["added up the kernels"]),
        (cyclegan.field, lambda layers: math.prod(s for _, s in layers), ["two neighbouring"]),
        (cyclegan.field, lambda layers: my_field()(layers) ** 2, ["Nearly: that is the area"]),
        (cyclegan.field, lambda layers: my_field(layers[0][0])(layers), ["counts twice"]),
        (cyclegan.field, lambda layers: my_field()(layers[1:]), ["first layer is missing"]),
        (cyclegan.field, lambda layers: 70, ["it gives 70, not 46", "Take one layer alone"]),
        (cyclegan.pool, my_pool(my_other_list, my_swap), ["Nearly", "makes another list"]),
        (cyclegan.pool, my_pool(my_filling, my_other_list_later), ["Nearly: x must take the"]),
        (cyclegan.pool, my_pool(my_filling, my_overwriting), ["Nearly: the old picture must"]),
        (cyclegan.pool, my_pool(my_filling, my_overwriting_within), ["Nearly: the old picture"]),
        (cyclegan.pool, my_pool(my_filling, my_moving), ["Nearly: x belongs where"]),
        (
            cyclegan.pool,
            my_pool(my_filling, lambda kept, x, place: kept[place]),
            ["Nearly: x must take the place"],
        ),
        (
            cyclegan.pool,
            my_pool(my_filling, lambda kept, x, place: kept.pop(place)),
            ["Nearly: the old picture left"],
        ),
        (
            cyclegan.pool,
            my_pool(my_filling, my_swap, coin_says=lambda coin: coin < 0.5),
            ["Nearly: the coin is turned"],
        ),
        (
            cyclegan.pool,
            my_pool(my_filling, my_overwriting, coin_says=lambda coin: coin < 0.5),
            ["Two things: the old picture must come back", "the coin is turned"],
        ),
        (
            cyclegan.pool,
            my_pool(my_filling, my_swap, coin_says=lambda coin: True),
            ["Nearly: the coin is not used"],
        ),
        (cyclegan.pool, my_pool(my_filling, my_swap, my_filling), ["Nearly: at a low coin"]),
        (cyclegan.pool, my_pool(my_filling, lambda kept, x, place: x), ["never gives an old"]),
        (cyclegan.pool, my_pool_that_falls_through, ["nothing is exchanged, so return at once"]),
        (
            cyclegan.pool,
            my_pool(my_filling, lambda kept, x, place: my_swap(kept, x, 0)),
            ["Nearly: the first picture makes way"],
        ),
        (cyclegan.pool, lambda kept, size, x, coin, place: x, ["The list never changes"]),
        (cyclegan.pool, my_pool_without_return, ["kept [], size 3", "it gives None, asked is"]),
        (
            cyclegan.pool,
            my_pool(my_filling, lambda kept, x, place: kept.pop(place - 1)),
            ["kept [1, 2, 3], size 3, x 4, coin 0.9, place 1 it gives 1, not 2", "three cases"],
        ),
        (
            cyclegan.pool,
            my_pool(my_filling, lambda kept, x, place: [my_swap(kept, x, place), kept.clear()][0]),
            ["coin 0.9, place 1 it keeps [] then, not [1, 4, 3]"],
        ),
        (
            cyclegan.pool,
            my_pool(my_filling, lambda kept, x, place: (my_swap(kept, x, place), kept)),
            ["it gives a tuple whose rows differ in length"],
        ),
        (
            cyclegan.pool,
            my_pool(lambda kept, x, place: my_filling(kept, x[0], place), my_swap),
            ["it gives a tensor of shape (2, 3), asked is one picture"],
        ),
        (
            cyclegan.pool,
            my_pool(lambda kept, x, place: [kept.append(x.mean()), x][1], my_swap),
            ["it keeps a tensor of shape (1,), asked is a list of pictures"],
        ),
        (
            cyclegan.pool,
            my_pool(my_filling, lambda kept, x, place: kept.remove(x)),
            ["For kept [1, 2, 3], size 3", "your function stopped with RuntimeError"],
        ),
        (stargan.translators, 7 * 6, ["does not come without any"]),
        (stargan.translators, 21, ["There and back are two"]),
        (stargan.translators, [20], ["The pairs have an order"]),
        (stargan.translators, np.int64(48), ["need not be translated to itself"]),
        (stargan.translators, 1.0, ["How many does it save"]),
        (stargan.translators, 17, ["It is not 17", "From how many domains"]),
        (
            stargan.penalty,
            lambda slope: ((slope.norm(2, dim=1) - 1) ** 2).mean(),
            ["Nearly: norm(dim=1) goes over the channels alone"],
        ),
        (
            stargan.penalty,
            lambda slope: (slope.norm(2, dim=1) - 1).square().sum(),
            ["Two things: norm(dim=1)", "summed over the batch"],
        ),
        (stargan.penalty, lambda slope: (slope.norm() - 1) ** 2, ["Nearly: the whole batch"]),
        (
            stargan.penalty,
            lambda slope: ((slope**2).sum((1, 2, 3)) - 1).square().mean(),
            ["Nearly: the norm is squared already"],
        ),
        (
            stargan.penalty,
            lambda slope: (slope.flatten(1).norm(1, dim=1) - 1).square().mean(),
            ["Nearly: that is the sum of absolute values"],
        ),
        (
            stargan.penalty,
            lambda slope: (slope.norm(dim=(2, 3)) - 1).square().mean(),
            ["Nearly: each channel has a norm of its own"],
        ),
        (
            stargan.penalty,
            lambda slope: (lengths(slope).clamp(min=1) - 1).square().mean(),
            ["Nearly: norms below 1 cost something"],
        ),
        (stargan.penalty, lambda s: (lengths(s) - 1).mean(), ["Nearly", "not squared yet"]),
        (stargan.penalty, lambda s: l1_loss(lengths(s), torch.ones(len(s))), ["absolute values a"]),
        (stargan.penalty, lambda s: (lengths(s).mean() - 1) ** 2, ["averaged the norms first"]),
        (stargan.penalty, lambda s: (lengths(s) - 1).square().sum(), ["summed over the batch"]),
        (stargan.penalty, lambda s: lengths(s).square().mean(), ["1 is not taken off"]),
        (stargan.penalty, lambda s: (lengths(s) - 1) ** 2, ["one number is asked"]),
        (stargan.penalty, lambda s: (s - 1).square().mean(), ["each number is compared with 1"]),
        (stargan.penalty, lambda s: 10 * (lengths(s) - 1).square().mean(), ["weight of 10"]),
        (
            stargan.penalty,
            lambda slope: (lengths(slope) - 1).norm(),
            ["gives 1.82, not 0.832", "Take one picture"],
        ),
        (
            stargan.reader,
            lambda z, t, known: (bce(z, t, reduction="none") * known).mean(),
            ["Nearly: you averaged over the labels"],
        ),
        (stargan.reader, lambda z, t, known: bce(z, t, weight=known), ["averaged over the labels"]),
        (
            stargan.reader,
            lambda z, t, known: bce(z, t * known, reduction="none").sum(1).mean(),
            ["Nearly: labels times known makes a no"],
        ),
        (
            stargan.reader,
            lambda z, t, known: bce(z * known, t * known, reduction="sum") / len(z),
            ["Nearly: a logit of 0 still costs ln 2"],
        ),
        (stargan.reader, lambda z, t, known: bce(z[known > 0], t[known > 0]), ["Nearly: you div"]),
        (
            stargan.reader,
            lambda z, t, known: (
                (bce(z, t, reduction="none") * known).sum(1) / known.sum(1)
            ).mean(),
            ["Nearly: you divided by each picture's known labels"],
        ),
        (stargan.reader, lambda z, t, known: bce(z, t), ["Two things: known is not used"]),
        (
            stargan.reader,
            lambda z, t, known: torch.nn.functional.cross_entropy(z, t),
            ["Two things: softmax lets the labels", "known is not used"],
        ),
        (
            stargan.reader,
            lambda z, t, known: torch.nn.functional.cross_entropy(z, t * known),
            ["Nearly: softmax lets the labels"],
        ),
        (
            stargan.reader,
            lambda z, t, known: bce(z.sigmoid(), t, weight=known, reduction="sum") / len(z),
            ["Nearly: the sigmoid is taken twice"],
        ),
        (
            stargan.reader,
            lambda z, t, known: bce(z, t, weight=known, reduction="sum"),
            ["Nearly: you summed over the pictures"],
        ),
        (
            stargan.reader,
            lambda z, t, known: bce(z, t, weight=known, reduction="sum") / math.log(2) / len(z),
            ["Nearly: that is in bits"],
        ),
        (
            stargan.reader,
            lambda z, t, known: binary_cross_entropy(z.sigmoid(), t, weight=known),
            ["Two things: F.binary_cross_entropy stops at 100", "averaged over the labels"],
        ),
        (
            stargan.reader,
            lambda z, t, known: (
                -((t * z.sigmoid().log() + (1 - t) * (1 - z.sigmoid()).log()) * known).sum(1).mean()
            ),
            ["Nearly: at a logit of 200"],
        ),
        (
            stargan.reader,
            lambda z, t, known: bce(-z, t, weight=known, reduction="sum") / len(z),
            ["Nearly: yes and no are exchanged"],
        ),
        (
            stargan.reader,
            lambda z, t, known: bce(z, t, weight=1 - known, reduction="sum") / len(z),
            ["Nearly: you counted the labels that nobody told"],
        ),
        (
            stargan.reader,
            lambda z, t, known: (bce(z, t, reduction="none") * known).sum(1),
            ["Nearly: each picture has a number"],
        ),
        (stargan.reader, binary_cross_entropy, ["stopped with"]),
        (stargan.edit, my_edit(of=lambda labels: labels), ["Work on a copy"]),
        (stargan.edit, my_edit(of=lambda labels: labels[:]), ["Work on a copy"]),
        (stargan.edit, my_edit(of=lambda labels: labels.detach()), ["Work on a copy"]),
        (stargan.edit, my_edit(of=lambda labels: labels.numpy()), ["Work on a copy"]),
        (stargan.edit, my_edit(clear=slice(0)), ["two colours of hair"]),
        (stargan.edit, my_edit(clear=slice(0), of=lambda labels: labels), ["two colours of hair"]),
        (stargan.edit, my_edit(of=torch.zeros_like), ["Old, male and glasses are lost"]),
        (stargan.edit, my_edit(clear=slice(1, 4), first=1), ["cleared and set those after"]),
        (stargan.edit, my_edit(clear=slice(1, 4)), ["you cleared 1 to 3"]),
        (stargan.edit, my_edit(first=1), ["you set the one after it"]),
        (stargan.edit, my_edit(first=-1), ["the column before it"]),
        (stargan.edit, my_edit(clear=slice(2)), ["only two of them"]),
        (stargan.edit, lambda labels, hair: labels, ["Nothing has changed"]),
        (stargan.edit, lambda labels, hair: torch.eye(6)[hair].expand(len(labels), 6), ["lost"]),
        (stargan.edit, lambda labels, hair: torch.eye(3)[hair].expand(len(labels), 3), ["all six"]),
        (
            stargan.edit,
            lambda labels, hair: labels.index_fill(1, torch.arange(3), 0),
            ["clear all"],
        ),
        (
            stargan.edit,
            lambda labels, hair: torch.cat([torch.eye(3)[hair].expand(len(labels), 3), labels], 1),
            ["(5, 9), asked is a tensor of shape (5, 6)"],
        ),
        (progressive.images, 600_000, ["4 x 4 is alone"]),
        (progressive.images, 600e3 * 3, ["three fades alone"]),
        (progressive.images, [2_400_000], ["only 16 x 16"]),
        (progressive.images, np.int64(4_200_000), ["in which 32 x 32 stays"]),
        (progressive.images, 6 * 800_000, ["800,000"]),
        (progressive.images, 3600, ["in thousands"]),
        (progressive.images, 3.6, ["in millions"]),
        (progressive.images, 6, ["the number of phases"]),
        (progressive.images, 1_000_000, ["It is not 1000000", "Draw the phases"]),
        (
            progressive.norm,
            torch.nn.functional.normalize,
            ["Two things: you summed the squares", "1e-8 is to be added"],
        ),
        (
            progressive.norm,
            lambda h: h / h.norm(dim=1, keepdim=True),
            ["Two things: you summed the squares", "a pixel of zeros gives nan"],
        ),
        (
            progressive.norm,
            lambda h: torch.nn.functional.normalize(h) * h.shape[1] ** 0.5,
            ["Nearly: 1e-8 is to be added under the root"],
        ),
        (
            progressive.norm,
            my_pixel_norm(lambda h: h.square().sum(1, True)),
            ["Nearly: you summed the squares"],
        ),
        (progressive.norm, my_pixel_norm(eps=0), ["Nearly: 1e-8 is missing under the root"]),
        (
            progressive.norm,
            my_pixel_norm(lambda h: h.square().mean((2, 3), True)),
            ["Nearly: each channel has its own number"],
        ),
        (
            progressive.norm,
            lambda h: torch.nn.functional.instance_norm(h, eps=1e-8),
            ["Two things: each channel has its own number", "subtracted the mean"],
        ),
        (
            progressive.norm,
            lambda h: torch.nn.functional.batch_norm(h, None, None, training=True, eps=1e-8),
            ["Two things: the mean goes over batch and pixels", "subtracted the mean"],
        ),
        (
            progressive.norm,
            my_pixel_norm(lambda h: h.square().mean((1, 2, 3), True)),
            ["Nearly: each picture has one number"],
        ),
        (progressive.norm, my_pixel_norm(lambda h: h.square().mean()), ["the whole batch has one"]),
        (
            progressive.norm,
            lambda h: (h - h.mean(1, True)) / h.std(1, keepdim=True),
            ["Two things: you subtracted the mean and divided by torch's std", "gives nan"],
        ),
        (
            progressive.norm,
            lambda h: h / (h.std(1, keepdim=True) + 1e-8),
            ["Two things: torch's std and var subtract", "1e-8 is to be added"],
        ),
        (
            progressive.norm,
            lambda h: h / (h.square().mean(1, keepdim=True) + 1e-8),
            ["Nearly: the root is missing"],
        ),
        (progressive.norm, lambda h: h * h.square().mean(1).add(1e-8).rsqrt(), ["keepdim=True"]),
        (progressive.norm, lambda h: h * (h**2 + 1e-8).rsqrt(), ["leaves its sign alone"]),
        (progressive.norm, lambda h: h.softmax(1), ["Take one pixel of what you give"]),
        (progressive.fade, lambda x, alpha: x, ["You gave x as it came"]),
        (progressive.fade, my_fade(lambda x: x), ["You gave x as it came"]),
        (progressive.fade, lambda x, alpha: x * alpha, ["only makes the picture darker"]),
        (progressive.fade, my_fade(new=lambda alpha: 1 - alpha), ["Nearly: alpha and 1 - alpha"]),
        (
            progressive.fade,
            lambda x, alpha: torch.lerp(x, doubled(halved(x)), alpha),
            ["Nearly: alpha and 1 - alpha"],
        ),
        (progressive.fade, my_fade(halved), ["must be doubled before you add"]),
        (progressive.fade, my_fade(lambda x: doubled(x[..., ::2, ::2])), ["every second pixel,"]),
        (
            progressive.fade,
            my_fade(
                lambda x: doubled(torch.nn.functional.interpolate(x, scale_factor=0.5)),
                lambda alpha: 1 - alpha,
            ),
            ["Two things: you took every second pixel", "exchanged"],
        ),
        (
            progressive.fade,
            my_fade(
                torch.nn.Sequential(
                    torch.nn.AvgPool2d(2), torch.nn.Upsample(scale_factor=2, mode="bilinear")
                )
            ),
            ["Nearly: bilinear makes smooth steps"],
        ),
        (progressive.fade, my_fade(lambda x: halved(x).repeat(1, 1, 2, 2)), ["side by side"]),
        (progressive.fade, lambda x, alpha: doubled(halved(x)), ["Nearly: x is not there yet"]),
        (progressive.fade, lambda x, alpha: doubled(x), ["too large"]),
        (
            progressive.fade,
            my_fade(new=lambda alpha: alpha**2),
            ["At alpha 0 every four pixels"],
        ),
        (
            progressive.deviation,
            my_deviation(lambda h: h.std(0).mean()),
            ["Nearly: torch's std divides by B - 1 and adds no 1e-8"],
        ),
        (
            progressive.deviation,
            my_deviation(lambda h: h.std(0, correction=0).mean()),
            ["Nearly: 1e-8 is missing"],
        ),
        (
            progressive.deviation,
            my_deviation(lambda h: (h.var(0) + 1e-8).sqrt().mean()),
            ["Nearly: torch divides by one number less"],
        ),
        (
            progressive.deviation,
            my_deviation(lambda h: (h.var((2, 3), correction=0) + 1e-8).sqrt().mean()),
            ["Nearly: the deviation goes over pixels"],
        ),
        (
            progressive.deviation,
            my_deviation(lambda h: h.std((2, 3)).mean(1).view(-1, 1, 1, 1)),
            ["Two things: each picture has a deviation of its own pixels", "correction=0"],
        ),
        (
            progressive.deviation,
            my_deviation(lambda h: h.std(correction=0)),
            ["Nearly: the deviation goes over all numbers at once"],
        ),
        (
            progressive.deviation,
            lambda h: torch.cat(
                [h, (h.var(0, correction=0) + 1e-8).sqrt().mean((1, 2), True).expand_as(h)], 1
            ),
            ["Nearly: each channel has a deviation of its own"],
        ),
        (
            progressive.deviation,
            my_deviation(lambda h: (h.var(0, correction=0) + 1e-8).sqrt().mean(0)),
            ["Nearly: each pixel has a deviation of its own"],
        ),
        (
            progressive.deviation,
            my_deviation(lambda h: (h.var(0, correction=0) + 1e-8).mean().sqrt()),
            ["Nearly: you averaged before the root"],
        ),
        (progressive.deviation, my_deviation(lambda h: h.mean()), ["that is the mean over pic"]),
        (
            progressive.deviation,
            lambda h: (h.var(0, correction=0) + 1e-8).sqrt().mean().expand(len(h), 1, *h.shape[2:]),
            ["Nearly: h is lost"],
        ),
        (
            progressive.deviation,
            lambda h: (h.var(0, correction=0) + 1e-8).sqrt().mean(),
            ["the number alone"],
        ),
        (
            progressive.deviation,
            lambda h: torch.cat([h, h.std(0).mean()], 1),
            ["cat wants four dimensions"],
        ),
        (
            progressive.deviation,
            lambda h: torch.cat([h, h.std(0).mean().expand(1, 1, *h.shape[2:])], 1),
            ["every picture needs the new channel"],
        ),
        (
            progressive.deviation,
            my_deviation(lambda h: h.flatten().median()),
            ["Give it a batch of one picture"],
        ),
        (vae.wide_and_shifted, [0.81], ["left out the mean"]),
        (pixelrnn.lstm_step, lambda gates, c: gates.chunk(4)[0], ["gives a tensor of shape (3,)"]),
    ],
)
@pytest.mark.filterwarnings("ignore:reduction")
def test_a_mistake_is_known_in_the_spellings_of_students(exercise, answer, words):
    verdict = exercise.check(answer)
    assert not verdict.right and all(word in verdict for word in words), verdict


# --- form and mathematics are told apart


@pytest.mark.parametrize(
    "answer, words",
    [
        ("0.75", "you gave a text"),
        ("75%", "you gave a text"),
        (b"0.75", "you gave a text"),
        ((7, 7), "you gave 2 numbers"),
        ([], "you gave 0 numbers"),
        (True, "you gave True or False"),
        (0.75 + 0j, "you gave a complex number"),
        (float("inf"), "you gave nan or inf"),
        (lambda: 0.75, "you gave a function"),
        ({"p": 0.75}, "you gave a dict"),
        ({0.75}, "you gave an object of type set"),
        ((v for v in [0.75]), "you gave a generator"),
        (10**400, "a number that cannot be read"),
    ],
)
@pytest.mark.parametrize("name", ["gan.best_guess", "chain_rule.dice", "vae.wide_and_shifted"])
def test_what_is_no_number_is_answered_by_its_form_alone(name, answer, words):
    verdict = EXERCISES[name].check(answer)
    assert verdict.startswith("Not yet. Give a number") and words in verdict
    assert EXERCISES[name].otherwise not in verdict


@pytest.mark.parametrize("given", [1.307, 1.31, 1.3, 1.306, np.float32(1.307), [1.307]])
def test_fewer_digits_than_asked_for_are_right_so_far(given):
    verdict = vae.wide_and_shifted.check(given)
    assert verdict == "Not yet. Right so far: give 4 digits after the point."


@pytest.mark.parametrize(
    "exercise, given",
    [(infogan.half_sure, 1.609), (infogan.half_sure, 1.61), (infogan.matching, 0.63)]
    + [(text2image.best_match, given) for given in (0.615, 0.62, 0.61)]
    + [(puzzle.doubt, given) for given in (0.667, 0.67, 0.66)],
)
def test_fewer_digits_are_right_so_far_in_every_exercise(exercise, given):
    assert "Right so far" in exercise.check(given)


@pytest.mark.parametrize(
    "exercise, given",
    [(gan.best_guess, 0.8), (gan.best_guess, 0.74), (vae.wide_and_shifted, 1.32)],
)
def test_one_digit_or_another_number_is_not_right_so_far(exercise, given):
    verdict = exercise.check(given)
    assert not verdict.right and "so far" not in verdict


@pytest.mark.parametrize("factor", [1 + 2e-4, 1 + 1e-3, 1.02])
@pytest.mark.parametrize("name", ["gan.jensen_shannon", "infogan.information", "dcgan.batch_norm"])
def test_two_numbers_that_differ_are_shown_with_digits_that_differ(name, factor):
    verdict = EXERCISES[name].check(lambda *a: EXERCISES[name].reference(*a) * factor)
    came, right = re.search(r"it gives (\S+), not ([^\s,]+?)( at .*?)?\. ", verdict).groups()[:2]
    assert came != right and float(came) == pytest.approx(float(right), rel=0.03)


@pytest.mark.parametrize(
    "answer, words",
    [
        (lambda gates, c: 0.3, "gives one number, asked is a tuple of 2, each a tensor"),
        (lambda gates, c: torch.cat(pixelrnn.lstm_step.reference(gates, c)), "(6,), asked is"),
        (lambda gates, c: ("h", "c"), "gives a text, asked is"),
        (lambda gates, c: [[1.0], [1.0, 2.0]], "rows differ in length, asked is"),
        (lambda gates, c: torch.ones(3, device="meta"), "without numbers"),
    ],
)
def test_a_function_that_gives_another_form_is_told_what_came_and_what_is_asked(answer, words):
    verdict = pixelrnn.lstm_step.check(answer)
    assert words in verdict and pixelrnn.lstm_step.otherwise not in verdict


def test_right_numbers_in_another_shape_are_said_to_be_right():
    verdict = vae.prior_fitting.check(lambda *a: vae.prior_fitting.reference(*a)[:, None])
    assert "The numbers are right, their shape is not" in verdict and "(4, 1)" in verdict


# --- the first answer to an unknown mistake


def test_where_to_look_is_no_solution(exercise):
    assert not re.search(r"[=*/^]|\w\(", exercise.otherwise), exercise.otherwise
    if not callable(exercise.reference) and not isinstance(exercise.reference, torch.Tensor):
        assert f"{exercise.reference:.4g}" not in exercise.check(-88.5)


# --- the notebooks

NOTEBOOKS = Path(__file__).parents[1] / "notebooks" / "src"
CHECK = re.compile(r"^exercise\.(\w+)\.check\((\w+)\)$", re.MULTILINE)


def cells_of(path):
    return jupytext.read(path).cells


def asked_in(path):
    """The exercise, the student's cell and the prose after it, of each exercise of a notebook."""
    cells = cells_of(path)
    for i, cell in enumerate(cells):
        if cell.cell_type == "code" and CHECK.search(cell.source):
            prose = next(c for c in cells[i + 1 :] if "<summary>Answer</summary>" in c.source)
            yield CHECK.search(cell.source).group(1), cell.source, prose.source


def run(source, names):
    """Run a notebook's cell where these names are known, and what it defines after it."""
    exec(source, names)  # noqa: S102 - the cells are the project's own
    return names


def imports_of(path):
    """What the notebook's import cell brings, and nothing else."""
    first = next(cell for cell in cells_of(path) if cell.cell_type == "code")
    return run(first.source, {})


LESSONS = [path for path in sorted(NOTEBOOKS.glob("*.py")) if path.stem != "00_start"]


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_every_printed_answer_is_right_when_it_is_pasted(path):
    names = imports_of(path)
    asked = list(asked_in(path))
    assert [name for name, *_ in asked] == list(names["exercise"].EXERCISES)
    for name, cell, prose in asked:
        answer = re.search(r"<summary>Answer</summary>\n\n```python\n(.*?)\n```", prose, re.DOTALL)
        body = answer.group(1).replace("\n", "\n    ")
        pasted = cell.replace("return None  # your code", body)
        pasted = re.sub(r"^my_\w+ = None.*", lambda _, body=body: body, pasted, flags=re.MULTILINE)
        assert pasted != cell
        verdict = run(pasted.replace("exercise.", "verdict = exercise."), dict(names))["verdict"]
        assert verdict.right, f"{name}: {verdict}"


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_hint_and_answer_stand_in_two_folds(path):
    text = "\n".join(c.source for c in cells_of(path) if c.cell_type == "markdown")
    text = text.split("## Ask yourself")[0]  # whose answers are words, without a hint
    folds = re.findall(r"<details><summary>(.*?)</summary>(.*?)</details>", text, re.DOTALL)
    asked = [(title, words) for title, words in folds if title in ("Hint", "Answer")]
    assert [title for title, _ in asked] == ["Hint", "Answer"] * len(list(asked_in(path)))
    assert not [title for title, _ in folds if "answer" in title]
    for (_, hint), (_, answer) in zip(asked[::2], asked[1::2], strict=True):
        assert "Answer" not in hint and answer.strip().startswith("```python")


@pytest.mark.parametrize(
    "answer",
    [None, [0, 8, 16], torch.arange(64).view(8, 8), "columns", torch.arange(64) + 1, object()]
    + [list(range(0, 64, 8)) * 8, [0.5] * 64, 7, torch.zeros(64, device="meta")],
)
def test_an_order_that_is_none_leaves_the_pixels_as_they_are(answer, capsys):
    run(cell_after_the_order(), order_names(answer))
    assert capsys.readouterr().out == "24.09 nats with 127 numbers in raster order\n"


@pytest.mark.parametrize("i", range(len(RIGHT["chain_rule.column_order"])))
def test_the_columns_are_better_in_whatever_form_they_come(i, capsys):
    run(cell_after_the_order(), order_names(RIGHT["chain_rule.column_order"][i]))
    assert capsys.readouterr().out == "22.30 nats with 127 numbers in your order\n"


def cell_after_the_order():
    cells = [c.source for c in cells_of(NOTEBOOKS / "01_chain_rule.py") if c.cell_type == "code"]
    return next(after for cell, after in itertools.pairwise(cells) if "column_order" in cell)


def order_names(answer):
    train, test = (binarize(digits(split)[0]).flatten(1) for split in ("train", "test"))
    names = imports_of(NOTEBOOKS / "01_chain_rule.py")
    return names | {"my_order": answer, "train": train, "test": test, "exercise": chain_rule}


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_each_question_before_a_panel_has_its_answers_where_the_notebook_does_not_tell(path):
    code = "\n".join(c.source for c in cells_of(path) if c.cell_type == "code")
    module = imports_of(path)["exercise"]
    used = re.findall(r'exercise\.ASKED\["(\w+)"\]', code)
    assert sorted(used) == sorted(getattr(module, "ASKED", {})) and len(used) >= 1
    for question, answers, right in module.ASKED.values():
        assert question.endswith("?") and 2 <= len({*answers}) == len(answers) <= 4
        assert right in answers
    assert not re.search(r'^\w+ = \(?".*\?", ', code, re.MULTILINE)
