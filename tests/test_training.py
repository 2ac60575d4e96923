"""A game of players and batches."""

import itertools
import os
import signal
import time
from pathlib import Path

import nbformat
import pytest
import torch
from nbclient import NotebookClient
from torch import nn

from genlib.training import (
    Average,
    Player,
    adam,
    fit,
    keep_best,
    minibatches,
    play,
    train_by_schedule,
)

X = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))


def regression(lr=0.1):
    torch.manual_seed(5)
    module = nn.Linear(3, 1)
    target = X.sum(1, keepdim=True)
    player = Player(
        module, lambda x, y: ((module(x) - y) ** 2).mean(), torch.optim.SGD(module.parameters(), lr)
    )
    return (
        module,
        player,
        lambda: minibatches(X, target, size=10, generator=torch.Generator().manual_seed(0)),
    )


def test_a_player_descends_its_loss_as_the_loop_by_hand_does():
    module, player, batches = regression()
    by_hand = nn.Linear(3, 1)
    by_hand.load_state_dict(module.state_dict())
    losses = fit({"line": player}, batches(), steps=30)["line"]
    for expected, (x, y) in zip(losses, batches(), strict=False):
        loss = ((by_hand(x) - y) ** 2).mean()
        assert loss.item() == pytest.approx(expected, rel=1e-4, abs=1e-6)
        loss.backward()
        with torch.no_grad():
            for p in by_hand.parameters():
                p -= 0.1 * p.grad
                p.grad = None
    torch.testing.assert_close(module.weight, by_hand.weight)
    assert len(losses) == 30 and losses[-1] < 0.05 * losses[0] and not module.training


def test_the_same_seed_gives_the_same_game():
    def play():
        torch.manual_seed(3)
        module = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 1))
        return fit(
            {"m": Player(module, lambda x: module(x).square().mean())}, minibatches(X, size=7), 20
        )

    assert play() == play()


def test_players_move_in_turn_and_nobody_touches_another():
    a, b = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    seen = []

    def loss_a(x):
        seen.append(("a", a.weight.item(), b.weight.item()))
        return (a(x) * b(x)).sum()

    def loss_b(x):
        seen.append(("b", a.weight.item(), b.weight.item()))
        return (a(x) + b(x)).sum()

    players = {"a": Player(a, loss_a), "b": Player(b, loss_b, every=3)}
    losses = fit(players, minibatches(torch.ones(4, 1), size=2), steps=7)
    assert [name for name, *_ in seen] == list("abaaabaaab")
    assert len(losses["a"]) == 7 and len(losses["b"]) == 3
    for (who, a0, b0), (_, a1, b1) in itertools.pairwise(seen):
        assert (a0 != a1, b0 != b1) == (who == "a", who == "b")


def test_a_frozen_weight_stays_and_an_unused_one_is_left_alone():
    module = nn.ModuleDict({"used": nn.Linear(3, 1), "unused": nn.Linear(3, 1)})
    module["used"].bias.requires_grad_(False)
    before = {k: v.clone() for k, v in module.state_dict().items()}
    fit(
        {"m": Player(module, lambda x: module["used"](x).square().mean())},
        minibatches(X, size=10),
        3,
    )
    changed = {k for k, v in module.state_dict().items() if not torch.equal(v, before[k])}
    assert changed == {"used.weight"}


def test_a_true_answer_of_on_step_ends_the_game():
    _, player, batches = regression()
    assert len(fit({"m": player}, batches(), 50, on_step=lambda step: step == 4)["m"]) == 5


def test_an_interrupt_leaves_a_usable_module_and_what_there_is():
    module, player, batches = regression()

    def stop(step):
        if step == 7:
            raise KeyboardInterrupt

    losses = fit({"m": player}, batches(), 50, on_step=stop)
    assert len(losses["m"]) == 8 and not module.training
    assert torch.isfinite(module(X)).all()


@pytest.mark.parametrize("presses", [1, 2])
def test_an_interrupt_waits_for_what_is_called_after_the_step_and_a_second_does_not(presses):
    _, player, batches = regression()
    begun, done, handler = [], [], signal.default_int_handler  # not so in what a shell runs behind

    def record(step):
        begun.append(step)
        for _ in range(presses if begun.count(7) == 1 and step == 7 else 0):
            signal.raise_signal(signal.SIGINT)
        done.append(step)

    before = signal.signal(signal.SIGINT, handler)
    try:
        losses = fit({"m": player}, batches(), 50, on_step=[record, record])
        assert len(losses["m"]) == 8 and signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert begun[-1] == 7 and len(done) == (16 if presses == 1 else 14)


def test_a_loss_that_is_no_number_names_player_and_step_and_spares_the_weights():
    module, _, batches = regression()
    calls = iter(range(100))
    broken = Player(module, lambda x, y: module(x).mean() * (torch.nan if next(calls) == 3 else 1))
    with pytest.raises(FloatingPointError, match="player 'm' is nan at step 3"):
        fit({"m": broken}, batches(), 10)
    assert torch.isfinite(module.weight).all() and not module.training


def broken_gradient(net, x):
    """A finite loss whose gradient is no number: that of sqrt at 0, times 0."""
    return (0 * net(x)).square().sum().sqrt() + net(x).square().mean()


def test_a_gradient_that_is_no_number_names_player_step_and_weight_and_spares_the_weights():
    net, calls = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1)), itertools.count()
    loss = lambda x: broken_gradient(net, x) if next(calls) == 2 else net(x).square().mean()
    seen = []
    note = lambda step: seen.append([p.clone() for p in net.parameters()])
    with pytest.raises(
        FloatingPointError, match=r"gradient of player 'n' is nan at step 2, in 0\.weight"
    ):
        fit({"n": Player(net, loss)}, minibatches(X, size=10), 9, note)
    assert len(seen) == 2 and all(map(torch.equal, seen[-1], net.parameters()))
    assert not net.training


def test_the_last_gradient_is_looked_at_too():
    net = nn.Linear(3, 1)
    with pytest.raises(FloatingPointError, match="is nan at step 0, in weight"):
        fit({"n": Player(net, lambda x: broken_gradient(net, x))}, minibatches(X, size=10), 1)
    assert all(p.isfinite().all() for p in net.parameters())


def test_an_infinite_gradient_moves_nothing():
    weight = nn.Parameter(torch.zeros(2))
    net = nn.ParameterList([nn.Parameter(torch.ones(3)), weight])
    with pytest.raises(FloatingPointError, match="is inf at step 0, in 1"):
        fit({"n": Player(net, lambda x: weight.sqrt().sum() + net[0].sum())}, iter([(X,)]), 1)
    assert net[0].tolist() == [1, 1, 1] and weight.tolist() == [0, 0]


def test_a_gradient_whose_sum_overflows_is_a_gradient():
    net = nn.Linear(3, 1, bias=False)
    sgd = torch.optim.SGD(net.parameters(), 1e-38)
    fit({"n": Player(net, lambda x: 3e38 * net.weight.sum(), sgd)}, iter([(X,)]), 1)
    assert net.weight.isfinite().all()


def test_the_other_players_stay_where_they_are_when_one_breaks():
    one, other = nn.Linear(3, 1), nn.Linear(3, 1)
    average = Average(other, 0.5)
    players = {
        "one": Player(one, lambda x: one(x).square().mean()),
        "other": Player(other, lambda x: broken_gradient(other, x)),
    }
    before = [p.clone() for p in other.parameters()]
    with pytest.raises(FloatingPointError, match="gradient of player 'other' is nan"):
        fit(players, minibatches(X, size=5), 3, average)
    assert all(map(torch.equal, before, other.parameters()))
    assert all(p.isfinite().all() for p in [*one.parameters(), *average.module.parameters()])


def test_a_weight_that_is_not_the_players_own_is_looked_at_too():
    own, shared = nn.Linear(3, 1), nn.Linear(3, 1)
    adam = torch.optim.Adam([*own.parameters(), *shared.parameters()])
    loss = lambda x: own(x).square().mean() + broken_gradient(shared, x)
    with pytest.raises(FloatingPointError, match=r"in a weight \(1, 3\) of another module"):
        fit({"own": Player(own, loss, adam)}, minibatches(X, size=5), 3)
    assert all(p.isfinite().all() for p in [*own.parameters(), *shared.parameters()])


def test_a_sparse_gradient_moves_its_rows_and_is_looked_at_like_any_other():
    table = nn.Embedding(5, 2, sparse=True)
    sparse = torch.optim.SparseAdam(table.parameters())
    before, rows = table.weight.detach().clone(), torch.tensor([1, 3])
    fit({"t": Player(table, lambda i: table(i).square().sum(), sparse)}, iter([(rows,)]), 1)
    moved = (table.weight != before).any(1)
    assert moved.tolist() == [False, True, False, True, False]
    with pytest.raises(FloatingPointError, match="gradient of player 't' is nan"):
        broken = lambda i: (0 * table(i)).square().sum().sqrt()
        fit({"t": Player(table, broken, sparse)}, iter([(rows,)]), 1)
    assert table.weight.isfinite().all()


@pytest.mark.parametrize("fused", [False, True])
def test_a_gradient_in_another_layout_moves_the_weights_that_it_belongs_to(fused):
    net = nn.Linear(3, 2, bias=False)
    slope = torch.tensor([[1.0, -2.0], [3.0, -4.0], [-5.0, 6.0]]).T  # (2, 3), columns first

    class Turned(torch.autograd.Function):
        @staticmethod
        def forward(ctx, weight):
            return (weight * slope).sum()

        @staticmethod
        def backward(ctx, above):
            return above * slope

    before = net.weight.detach().clone()
    player = Player(
        net, lambda x: Turned.apply(net.weight), adam(net.parameters(), 0.5, fused=fused)
    )
    fit({"net": player}, [(torch.zeros(1),)], steps=1)
    torch.testing.assert_close(net.weight, before - 0.5 * slope.sign())


def test_what_a_forward_pass_counts_has_seen_the_broken_batch_and_the_weights_have_not():
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1))
    before = [p.clone() for p in net.parameters()]
    with pytest.raises(FloatingPointError, match="loss of player 'n' is nan"):
        fit({"n": Player(net, lambda x: net(x).mean())}, iter([(X * torch.nan,)]), 1)
    assert all(map(torch.equal, before, net.parameters()))
    assert net[0].running_mean.isnan().all()


def test_a_game_that_breaks_leaves_every_module_in_eval_mode():
    one, other = nn.Linear(3, 1), nn.Linear(3, 1)
    players = {"one": Player(one, lambda x: one(x).mean()), "other": Player(other, lambda x: x)}
    with pytest.raises(ValueError, match="player 'other'"):
        fit(players, minibatches(X, size=5), 3)
    assert not one.training and not other.training


def test_a_score_that_is_no_number_names_the_step():
    module, player, batches = regression()
    with pytest.raises(FloatingPointError, match="score is nan at step 1"):
        fit({"m": player}, batches(), 9, keep_best(module, lambda m: torch.nan, every=2))


@pytest.mark.parametrize(
    "make, complaint",
    [
        (lambda p, b: fit({}, b(), 3), "players must not be empty"),
        (lambda p, b: fit({"m": p}, b(), -1), "steps must be at least 0, got -1"),
        (
            lambda p, b: fit({"m": p._replace(every=0)}, b(), 3),
            "every of player 'm' must be at least 1, got 0",
        ),
        (lambda p, b: minibatches(X, X[:3], size=2), "one length"),
        (lambda p, b: minibatches(X, size=0), "size must be"),
        (lambda p, b: minibatches(X, size=41), "size must be"),
        (lambda p, b: Average(p.module, 1.0), "decay must be"),
        (lambda p, b: keep_best(p.module, abs, every=0), "every must be at least 1, got 0"),
        (lambda p, b: keep_best(p.module, abs, patience=0), "patience must be at least 1, got 0"),
        (lambda p, b: fit({"m": Player(nn.Flatten(), p.loss)}, b(), 3), "player 'm' has none"),
        (
            lambda p, b: fit({"m": p}, iter([X]), 3),
            "batches must be .* tuples of tensors, got a tensor",
        ),
        (
            lambda p, b: fit({"m": p._replace(loss=lambda *batch: X[0])}, b(), 3),
            r"loss must give a scalar with a gradient, that of player 'm' gave shape \(3,\)",
        ),
        (lambda p, b: fit({"m": p._replace(loss=lambda *batch: 1.0)}, b(), 3), "gave float"),
        (
            lambda p, b: fit({"m": p._replace(loss=lambda x, y: nn.Linear(3, 1)(x).sum())}, b(), 3),
            "loss must depend on the weights of player 'm'",
        ),
        (
            lambda p, b: fit({"m": p._replace(optimizer=torch.optim.LBFGS([X]))}, b(), 3),
            "optimizer of player 'm' must need no closure, got LBFGS",
        ),
        (lambda p, b: fit({"m": (p.module, p.loss)}, b(), 3), r"players\['m'\] must be Player"),
        (lambda p, b: fit({"m": p}, iter([(X, None)]), 3), "batches must be a tensor"),
        (lambda p, b: fit({"m": p}, iter([[X, X]]), 3), "batches must be .* tuples"),
        (lambda p, b: fit({"m": p}, b(), 3, device="meta"), "device must be one of cpu"),
        (
            lambda p, b: fit({"m": p}, b(), 3, keep_best(p.module, lambda m: None, every=1)),
            "score must be a function that gives one number, got NoneType",
        ),
        (
            lambda p, b: fit({"m": p}, b(), 3, keep_best(p.module, lambda m: X, every=1)),
            r"score must give one number, got a tensor \(40, 3\)",
        ),
    ],
)
def test_a_game_that_cannot_be_is_refused_by_name(make, complaint):
    _, player, batches = regression()
    with pytest.raises(ValueError, match=complaint):
        make(player, batches)


def test_a_round_of_minibatches_shows_every_row_once_and_keeps_rows_together():
    rows = torch.arange(12)
    batches = minibatches(rows, rows * 10, size=4)
    for _ in range(2):
        pairs = [next(batches) for _ in range(3)]
        assert sorted(torch.cat([a for a, _ in pairs]).tolist()) == rows.tolist()
        assert all(torch.equal(b, 10 * a) for a, b in pairs)
    assert not torch.equal(pairs[0][0], rows[:4])


def test_an_average_is_the_moving_average_of_the_weights_it_saw():
    module, player, batches = regression()
    average, seen = Average(module, decay=0.9), []

    def watch(step):
        seen.append(module.weight.detach().clone())
        average(step)

    fit({"m": player}, batches(), 6, on_step=watch)
    expected = seen[0]
    for weight in seen[1:]:
        expected = 0.9 * expected + 0.1 * weight
    torch.testing.assert_close(average.module.weight.detach(), expected)
    assert not torch.allclose(average.module.weight, module.weight)


def test_an_average_that_warms_up_forgets_its_first_weights_soon():
    weight = nn.Linear(1, 1, bias=False)
    long, warm = Average(weight, 0.9), Average(weight, 0.9, warm_up=True)
    seen = []
    for step in range(200):
        weight.weight.data.fill_(float(step))
        long(step), warm(step)
        seen.append((long.module.weight.item(), warm.module.weight.item()))
    assert (
        seen[0] == (0, 0) and seen[1][1] == pytest.approx(0.9) and seen[1][0] == pytest.approx(0.1)
    )
    assert seen[2][1] == pytest.approx(2 / 11 * 0.9 + 9 / 11 * 2)
    assert seen[-1][1] == pytest.approx(seen[-1][0], abs=0.01)


def test_the_best_weights_come_back_and_patience_ends_the_game():
    module, player, batches = regression()
    scores, weights = iter([3.0, 1.0, 2.0, 4.0, 0.0]), []

    def score(m):
        assert m is module and not m.training and not torch.is_grad_enabled()
        weights.append(m.weight.detach().clone())
        return next(scores)

    best = keep_best(module, score, every=2, patience=2)
    losses = fit({"m": player}, batches(), 100, on_step=best)
    assert len(losses["m"]) == 8 and (best.score, best.step) == (1.0, 3)
    assert not torch.equal(module.weight, weights[1])
    best.restore()
    assert torch.equal(module.weight, weights[1])


# --- the progress bar

NOTEBOOK = """
import threading
import ipywidgets
import torch
from torch import nn
from genlib import training
from genlib.exercises import nade
from genlib.training import Player, fit, keep_best
from genlib.widgets import Live, Panel

training.bar.SHORT = 0  # seconds
net = nn.Linear(1, 1)

def train(steps=5, on_step=None):
    with torch.enable_grad():
        batches = iter(lambda: (torch.ones(1, 1),), None)
        fit({"net": Player(net, lambda x: net(x).mean())}, batches, steps, on_step)

def stop(step):
    if step == 3:
        raise KeyboardInterrupt

def score(module):
    train(9)
    return 1.0

def draw(a=0):
    train()
    return torch.zeros(2, 2)

def whole(steps=8):
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    batches = iter(lambda: (torch.ones(1, 1),), None)
    training.play({"net": Player(net, lambda x: net(x).mean(), optimizer)}, batches, steps)

train()
models = len(ipywidgets.widgets.widget._instances)
"""
ONE_BAR = {
    "train()": "5 of 5 steps",
    "for _ in range(30):\n    train(7)": "7 of 7 steps",
    "train(5, lambda step: step == 2)": "3 of 5 steps",
    "train(5, lambda step: train(9))": "5 of 5 steps",
    "train(6, keep_best(net, score, every=2))": "6 of 6 steps",
    "whole()": "8 of 8 steps",
    "train(5, lambda step: whole())": "5 of 5 steps",
}
NO_BAR = [
    "thread = threading.Thread(target=train)\nthread.start()\nthread.join()",
    "button = ipywidgets.Button()\nbutton.on_click(lambda _: train())\nbutton.click()",
    "panel = Panel(draw, a=(0, 9))\npanel.controls['a'].value = 9",
    "Live(train, lambda: torch.zeros(2, 2)).step.click()",
    "verdict = nade.running_sum.check(lambda *inputs: train())",
    "training.bar.SHORT = 60\ntrain()",
]
STOPPED = "train(5, stop)"
GROWN = "print(len(ipywidgets.widgets.widget._instances) - models)"


@pytest.fixture(scope="module")
def outputs():
    """{cell: its outputs} of a notebook that trains, run as a student runs it."""
    sources = [NOTEBOOK, *ONE_BAR, STOPPED, GROWN, *NO_BAR]
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)))
    folder = {"metadata": {"path": str(Path(__file__).parents[1])}}
    bars_on = {name: value for name, value in os.environ.items() if name != "TQDM_DISABLE"}
    client = NotebookClient(notebook, timeout=60, kernel_name="python3", resources=folder)
    client.execute(env=bars_on)
    return {cell.source: cell.outputs for cell in notebook.cells}


@pytest.mark.parametrize("cell, line", ONE_BAR.items())
def test_a_cell_that_trains_shows_one_bar_as_plain_text(outputs, cell, line):
    (bar,) = outputs[cell]
    assert list(bar.data) == ["text/plain"] and bar.data["text/plain"].startswith(line)


@pytest.mark.parametrize("cell", NO_BAR)
def test_no_bar_comes_from_elsewhere_or_from_a_short_training(outputs, cell):
    assert outputs[cell] == []


def test_a_training_that_was_stopped_by_hand_says_so(outputs):
    bar, said = outputs[STOPPED]
    assert bar.data["text/plain"].startswith("4 of 5 steps")
    assert (said.name, said.text) == ("stdout", "stopped by hand at step 3\n")


def test_a_bar_leaves_no_widget_behind(outputs):
    (grown,) = outputs[GROWN]
    assert grown.text == "0\n"


def test_a_terminal_shows_a_bar_and_clears_it(monkeypatch, capsys):
    monkeypatch.delenv("TQDM_DISABLE")
    _, player, batches = regression()
    fit({"line": player}, batches(), 7, on_step=lambda step: time.sleep(0.05))
    bar = capsys.readouterr().err
    assert "/7 [" in bar and bar.endswith("\r")


def test_of_equal_scores_the_first_is_kept_and_an_equal_one_counts_as_no_better():
    module, player, batches = regression()
    scores, weights = iter([3.0, 1.0, 1.0, 1.0]), []

    def score(m):
        weights.append(m.weight.detach().clone())
        return next(scores)

    best = keep_best(module, score, every=1, patience=2)
    losses = fit({"m": player}, batches(), 100, on_step=best)
    assert len(losses["m"]) == 4 and (best.score, best.step) == (1.0, 1)
    best.restore()
    assert torch.equal(module.weight, weights[1])


def test_every_rate_falls_in_a_line_to_a_fiftieth():
    weight, rates = nn.Linear(1, 1), []
    optimizer = adam(weight.parameters(), 0.5)
    players = {"one": Player(weight, lambda x: weight(x).sum(), optimizer)}
    batches = iter([(torch.ones(1, 1),)] * 4)
    play(players, batches, 4, lambda step: rates.append(optimizer.param_groups[0]["lr"]))
    assert rates == pytest.approx([0.3775, 0.255, 0.1325, 0.01])


def test_the_rate_of_a_shared_optimizer_falls_once():
    weight, rates = nn.Linear(1, 1), []
    optimizer = adam(weight.parameters(), 0.5, betas=(0.0, 0.9))
    player = Player(weight, lambda x: weight(x).sum(), optimizer)
    batches = iter([(torch.ones(1, 1),)] * 4)
    players = {"one": player, "other": player._replace(every=2)}
    play(players, batches, 4, lambda step: rates.append(optimizer.param_groups[0]["lr"]))
    assert rates == pytest.approx([0.3775, 0.255, 0.1325, 0.01])
    assert optimizer.defaults["betas"] == (0.0, 0.9)


def rates_of(steps, **settings):
    """The rate after each step of a game that begins at 0.5."""
    weight, rates = nn.Linear(1, 1), []
    optimizer = adam(weight.parameters(), 0.5)
    players = {"one": Player(weight, lambda x: weight(x).sum(), optimizer)}
    batches = iter([(torch.ones(1, 1),)] * steps)
    note = lambda step: rates.append(optimizer.param_groups[0]["lr"])
    play(players, batches, steps, note, **settings)
    return rates


def test_a_rate_stays_for_its_share_of_the_steps_and_falls_in_a_line_for_the_rest():
    assert rates_of(8, constant=0.5) == pytest.approx([0.5] * 4 + [0.3775, 0.255, 0.1325, 0.01])
    assert rates_of(8, constant=0.5)[:4] == [0.5] * 4  # exactly
    assert rates_of(5, constant=0.2, last=0.0) == pytest.approx([0.5, 0.375, 0.25, 0.125, 0.0])
    assert rates_of(2, constant=0.9) == pytest.approx([0.5, 0.01])


def test_a_rate_that_stays_for_no_step_falls_from_the_first():
    assert rates_of(4, constant=0.0) == rates_of(4) == pytest.approx([0.3775, 0.255, 0.1325, 0.01])


@pytest.mark.parametrize("share", [-0.1, 1, 1.5, float("nan"), "half", None])
def test_a_share_that_leaves_no_step_to_fall_is_refused(share):
    with pytest.raises(ValueError, match="constant must be"):
        rates_of(4, constant=share)


def test_every_function_given_is_called_after_each_step_and_any_may_end_the_game():
    _, player, batches = regression()
    seen = []
    first = lambda step: seen.append(("first", step)) or step == 1
    second = lambda step: seen.append(("second", step))
    losses = fit({"line": player}, batches(), 9, [first, second])["line"]
    assert seen == [("first", 0), ("second", 0), ("first", 1), ("second", 1)]
    assert len(losses) == 2


@pytest.mark.parametrize("on_step", [[], (), None])
def test_none_to_call_is_well(on_step):
    _, player, batches = regression()
    assert len(fit({"line": player}, batches(), 3, on_step)["line"]) == 3


@pytest.mark.parametrize("on_step", [[print, None], [3], "print"])
def test_what_cannot_be_called_after_a_step_is_refused(on_step):
    _, player, batches = regression()
    with pytest.raises(ValueError, match="on_step must be a function"):
        fit({"line": player}, batches(), 3, on_step)


@pytest.mark.parametrize("warm_up", [0.25, 0.5])
def test_a_schedule_rises_in_that_share_of_the_steps_and_ends_near_zero(warm_up, monkeypatch):
    made, rates, adamw = [], [], torch.optim.AdamW
    keep = lambda *given, **more: made.append(adamw(*given, **more)) or made[-1]
    monkeypatch.setattr(torch.optim, "AdamW", keep)
    train_by_schedule(
        nn.Linear(3, 1),
        {"train": X, "valid": X},
        steps=20,
        loss=lambda module, x: module(x).square().mean(),
        each=lambda module, x: module(x).detach()[:, 0].square(),
        lr=0.1,
        size=10,
        warm_up=warm_up,
        on_score=lambda *_: rates.append(made[0].param_groups[0]["lr"]),
    )
    assert len(rates) == 20 and max(rates) == pytest.approx(0.1, rel=0.02)
    assert abs(rates.index(max(rates)) + 1 - 20 * warm_up) <= 1 and rates[-1] < 0.005
