"""PixelRNN against its paper: the trajectory of the memory, what each pixel sees, and its fast samplers."""

import itertools

import pytest
import torch
from small import randomised
from torch import nn
from torch.nn import functional as F

from genlib.data import every_image
from genlib.models import (
    DiagonalBiLSTM,
    RasterLSTM,
    RowLSTM,
    recurrent,
    skew,
    unskew,
)
from genlib.models.networks import causal_mask
from genlib.models.recurrent import DiagonalLayer, RowLayer, lstm_cell, two_rows, windows

SHAPES = [(5, 7), (7, 5), (6, 6)]


NETWORKS = {
    "RasterLSTM": lambda h, w: RasterLSTM(h, w, hidden=5),
    "RowLSTM": lambda h, w: RowLSTM(h, w, features=3, layers=2, kernel=3),
    "DiagonalBiLSTM": lambda h, w: DiagonalBiLSTM(h, w, features=3, layers=2, kernel=3),
}
GREY = {
    "RasterLSTM": lambda h, w: RasterLSTM(h, w, hidden=5, levels=3),
    "RowLSTM": lambda h, w: RowLSTM(h, w, features=3, kernel=3, levels=3),
    "DiagonalBiLSTM": lambda h, w: DiagonalBiLSTM(h, w, features=3, kernel=5, levels=3),
}
COLOUR = {
    "RasterLSTM": lambda h, w: RasterLSTM(h, 3 * w, hidden=5),
    "RowLSTM": lambda h, w: RowLSTM(h, w, features=3, kernel=3, colours=3),
    "DiagonalBiLSTM": lambda h, w: DiagonalBiLSTM(h, w, features=3, kernel=3, colours=3),
}
EVERY = {
    f"{name}-{kind}": make
    for kind, models in (("binary", NETWORKS), ("grey", GREY), ("colour", COLOUR))
    for name, make in models.items()
}


def every_pixel(make):
    return pytest.mark.parametrize("make", make.values(), ids=make)


# --- is it a probability? ----------------------------------------------------------------------------


@pytest.mark.parametrize("height, width", [(3, 3), (2, 4), (4, 2), (1, 9), (9, 1)])
@every_pixel(NETWORKS)
def test_the_probabilities_of_all_binary_images_sum_to_one(make, height, width):
    model = randomised(make(height, width))
    total = model.log_prob(every_image(height * width)).exp().sum().item()
    assert total == pytest.approx(1, abs=1e-5)


@every_pixel(GREY)
def test_the_probabilities_of_all_images_of_three_greys_sum_to_one(make):
    greys = torch.tensor(list(itertools.product([0, 0.5, 1], repeat=6)))  # (729, 6)
    model = randomised(make(2, 3))
    assert model.log_prob(greys).exp().sum().item() == pytest.approx(1, abs=1e-5)


@every_pixel(COLOUR)
def test_the_probabilities_of_all_coloured_images_of_2_x_3_sum_to_one(make):
    model = randomised(make(2, 3))
    with torch.no_grad():
        each = [
            model.log_prob(part).exp() for part in every_image(18).split(4096)
        ]  # 262,144 images
    assert torch.cat(each).double().sum().item() == pytest.approx(1, abs=1e-5)


MISTAKES = {  # found in public code, each with what it replaces
    "no row shift": ("shift_down", lambda x: x),
    "zeros on the wrong side": ("shift_down", lambda x: F.pad(x[:, :-1], (0, 0, 0, 0, 0, 1))),
    "even kernel, padding 'same'": ("two_rows", lambda h: two_rows(h.flip(-2)).flip(-2)),
    "even kernel, padding 'same', in a row": (
        "windows",
        lambda x, left, right: windows(x, left, right) if right else windows(x, 0, left),
    ),
}


@pytest.mark.parametrize("name, mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_known_from_public_code_moves_the_sum_away_from_one(monkeypatch, name, mistake):
    make = NETWORKS["RowLSTM" if name == "windows" else "DiagonalBiLSTM"]
    monkeypatch.setattr(recurrent, name, mistake)
    models = [randomised(make(3, 3)) for _ in range(10)]  # a leak may be faint in one
    away = [model.log_prob(every_image(9)).exp().sum().item() - 1 for model in models]
    assert max(map(abs, away)) > 1e-3


@every_pixel({name: NETWORKS[name] for name in ("RowLSTM", "DiagonalBiLSTM")})
def test_mask_b_in_the_first_layer_moves_the_sum_away_from_one(make):
    model = randomised(make(3, 3), std=0.5)
    model.first.mask.copy_(causal_mask("B", 1, 1, 3))
    assert abs(model.log_prob(every_image(9)).exp().sum().item() - 1) > 1e-2


@every_pixel(EVERY)
def test_images_may_lie_in_memory_in_any_order(make):
    model = randomised(make(2, 2))
    x = torch.bernoulli(torch.full((5, model.num_pixels), 0.5))
    torch.testing.assert_close(model.log_prob(x.T.contiguous().T), model.log_prob(x))


@every_pixel(EVERY)
def test_a_flipped_pixel_leaves_its_own_and_earlier_conditionals_bit_identical(make):
    model = randomised(make(4, 3))
    x = torch.bernoulli(torch.full((8, model.num_pixels), 0.5))
    before = model.conditionals(x)
    for j in range(model.num_pixels):
        flipped = x.clone()
        flipped[:, j] = 1 - flipped[:, j]
        after = model.conditionals(flipped)
        assert torch.equal(before.logits[:, : j + 1], after.logits[:, : j + 1])


# --- the pieces --------------------------------------------------------------------------------------


def test_skewing_moves_every_row_one_place_further_than_the_row_above():
    x = torch.arange(1.0, 7).view(2, 3)
    assert torch.equal(skew(x), torch.tensor([[1.0, 2, 3, 0], [0, 4, 5, 6]]))
    tall = torch.tensor([[0.0, 0], [1, 0], [0, 2]])
    assert torch.equal(skew(tall), torch.tensor([[0.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 2]]))


@pytest.mark.parametrize("height, width", [(3, 5), (5, 3), (4, 4), (1, 4), (4, 1), (1, 1)])
def test_unskewing_gives_back_what_was_skewed(height, width):
    x = torch.randn(2, 3, height, width)
    skewed = skew(x)
    assert skewed.shape == (2, 3, height, width + height - 1)
    assert torch.equal(unskew(skewed), x)
    for r, c in itertools.product(range(height), range(width)):
        assert torch.equal(skewed[..., r, r + c], x[..., r, c])
    assert torch.isclose(skewed.abs().sum(), x.abs().sum())  # zeros elsewhere


@pytest.mark.parametrize("call", [skew, unskew])
def test_a_row_alone_cannot_be_skewed(call):
    with pytest.raises(ValueError, match=r"x must be \(..., H, .*got \(4,\)"):
        call(torch.zeros(4))
    with pytest.raises(ValueError, match=r"got \(5, 4\)"):
        unskew(torch.zeros(5, 4))


def test_the_cell_is_that_of_torch():
    C, torch_cell = 3, nn.LSTMCell(2, 3)
    x, h, c = torch.randn(4, 2), torch.randn(4, C), torch.randn(4, C)
    gates = x @ torch_cell.weight_ih.T + torch_cell.bias_ih
    gates = gates + h @ torch_cell.weight_hh.T + torch_cell.bias_hh
    i, f, g, o = gates.chunk(4, dim=1)
    torch.testing.assert_close(lstm_cell(torch.cat([o, f, i, g], 1), c), torch_cell(x, (h, c)))


# --- the definitions ---------------------------------------------------------------------------------


def sigmoid_cell(gates, c):
    """The paper's equations: gates 4 x (C,) and c (C,) -> h, c."""
    o, f, i, g = gates.chunk(4)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def test_a_row_layer_meets_the_definition():
    H, W, C, k = 3, 4, 2, 5
    layer, x = randomised(RowLayer(C, kernel=k)), torch.randn(H, W, 2 * C)
    K_is = layer.input_to_state.weight.view(4 * C, k // 2 + 1, 2 * C)  # columns c-2, c-1, c
    K_ss = layer.state_to_state.weight.view(4 * C, k, C)  # columns c-2, ..., c+2
    states, out = {}, torch.empty(H, W, 2 * C)
    zero = torch.zeros(C), torch.zeros(C)
    for r, c in itertools.product(range(H), range(W)):
        gates = layer.input_to_state.bias.clone()
        for d in range(-2, 1):
            if c + d >= 0:
                gates = gates + K_is[:, d + 2] @ x[r, c + d]
        for d in range(-2, 3):
            gates = gates + K_ss[:, d + 2] @ states.get((r - 1, c + d), zero)[0]
        states[r, c] = sigmoid_cell(gates, states.get((r - 1, c), zero)[1])
        out[r, c] = x[r, c] + layer.up(states[r, c][0])
    torch.testing.assert_close(layer(x[None])[0], out)


def test_a_diagonal_layer_meets_the_definition():
    H, W, C = 3, 4, 2
    layer, x = randomised(DiagonalLayer(C)), torch.randn(H, W, 2 * C)
    zero = torch.zeros(C), torch.zeros(C)

    def states(direction, before):
        K_is, bias = (
            part.chunk(2)[direction]
            for part in (layer.input_to_state.weight, layer.input_to_state.bias)
        )
        same_row, above = layer.state_to_state[direction].chunk(2)
        found = {}
        for r in range(H):
            for c in range(W)[::-before]:
                beside = found.get((r, c + before), zero)
                gates = K_is @ x[r, c] + bias + beside[0] @ same_row
                gates = gates + found.get((r - 1, c), zero)[0] @ above
                found[r, c] = sigmoid_cell(gates, beside[1])
        return found

    left, right = states(0, before=-1), states(1, before=1)
    out = torch.empty(H, W, 2 * C)
    for r, c in itertools.product(range(H), range(W)):
        out[r, c] = x[r, c] + layer.up(left[r, c][0] + right.get((r - 1, c), zero)[0])
    torch.testing.assert_close(layer(x[None])[0], out)


def test_the_raster_lstm_meets_the_definition():
    H, W = 3, 4
    model = randomised(RasterLSTM(H, W, hidden=5, position=2))
    x = torch.bernoulli(torch.full((6, H * W), 0.5))
    cell = nn.LSTMCell(4, 5)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(cell, name, getattr(model.lstm, f"{name}_l0"))
    logits, state, nothing = model.conditionals(x).logits, None, torch.zeros(6)
    for i in range(H * W):
        left, above = (x[:, i - d] if i >= d else nothing for d in (1, W))
        where = model.position[i].expand(6, 2)
        state = cell(torch.cat([torch.stack([left, above], 1), where], 1), state)
        torch.testing.assert_close(logits[:, i], model.out(state[0]).squeeze(1))


# --- what does it see? -------------------------------------------------------------------------------


def seen_by(network, height, width, r, c, features):
    """The places whose features have a gradient at (r, c): a set of (row, column)."""
    x = torch.randn(1, height, width, features, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(x)[0, r, c].square().sum(), x)
    return {tuple(place) for place in gradient[0].abs().sum(-1).nonzero().tolist()}


def pixels_seen_by(model, r, c):
    """The pixels whose flip changes the conditional of (r, c), at a random image, by gradient."""
    height, width, _ = model.shape
    x = torch.rand(1, height * width, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(model.conditionals(x).logits[0, r * width + c], x)
    return {divmod(int(i), width) for i in gradient[0].nonzero()}


def awake(model):
    """The model away from zero, and none of its relu idle."""
    model = randomised(model, std=0.5).double()
    nn.init.constant_(model.layers[-1].up.bias, 20)
    for head in model.heads:
        nn.init.constant_(head[0].bias, 1000)
    return model


def bare(layer, count):
    return randomised(nn.Sequential(*[layer() for _ in range(count)]), std=0.5).double()


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("height, width", SHAPES)
def test_row_layers_see_a_triangle_that_depth_widens_to_the_left_alone(
    height, width, kernel, layers
):
    network, k = bare(lambda: RowLayer(2, kernel), layers), kernel // 2
    for r, c in itertools.product(range(height), range(width)):
        triangle = {
            (r - d, j)
            for d in range(r + 1)
            for j in range(width)
            if c - k * (layers + d) <= j <= c + k * d
        }
        assert seen_by(network, height, width, r, c, features=4) == triangle


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("height, width", SHAPES)
def test_diagonal_layers_see_all_earlier_places_and_their_own(height, width, layers):
    network = bare(lambda: DiagonalLayer(2), layers)
    for r, c in itertools.product(range(height), range(width)):
        earlier = {divmod(i, width) for i in range(r * width + c + 1)}
        assert seen_by(network, height, width, r, c, features=4) == earlier


@pytest.mark.parametrize("height, width", SHAPES)
def test_one_direction_of_a_diagonal_layer_sees_the_rectangle_above_and_to_the_left(height, width):
    network = bare(lambda: DiagonalLayer(2), 1)
    with torch.no_grad():  # silence the mirrored memory: all its gates 0, and so g
        network[0].input_to_state.weight[8:] = network[0].input_to_state.bias[8:] = 0
    for r, c in itertools.product(range(height), range(width)):
        rectangle = set(itertools.product(range(r + 1), range(c + 1)))
        assert seen_by(network, height, width, r, c, features=4) == rectangle


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("height, width", SHAPES)
def test_the_diagonal_network_misses_one_earlier_pixel_where_its_first_kernel_ends_before_it(
    height, width, kernel, layers
):
    model = DiagonalBiLSTM(height, width, features=2, layers=layers, kernel=kernel)
    model = awake(model)
    for r, c in itertools.product(range(height), range(width)):
        earlier = {divmod(i, width) for i in range(r * width + c)}
        missed = {(r - 1, width - 1)} if r and c + (kernel - 1) / 2 < width - 1 else set()
        assert pixels_seen_by(model, r, c) == earlier - missed


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("height, width", SHAPES)
def test_the_row_network_sees_its_triangle_through_the_first_kernel(height, width, layers):
    model = RowLSTM(height, width, features=2, layers=layers, kernel=3)
    model = awake(model)
    for r, c in itertools.product(range(height), range(width)):
        features = {(r - d, j) for d in range(r + 1) for j in range(c - layers - d, c + d + 1)}
        kernel = [(0, -1), (-1, -1), (-1, 0), (-1, 1)]
        through = {(i + di, j + dj) for i, j in features if 0 <= j < width for di, dj in kernel}
        inside = {(i, j) for i, j in through if 0 <= i and 0 <= j < width}
        assert pixels_seen_by(model, r, c) == inside


@every_pixel({name: COLOUR[name] for name in ("RowLSTM", "DiagonalBiLSTM")})
def test_red_sees_no_colour_of_its_pixel_green_sees_red_and_blue_both(make):
    model = awake(make(2, 3))
    x = torch.rand(1, 18, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda x: model.conditionals(x).logits[0], x)
    blocks = jacobian[:, 0].view(6, 3, 6, 3)
    for p in range(6):
        assert torch.equal(blocks[p, :, p] != 0, torch.ones(3, 3).tril(-1).bool())


# --- the samplers ------------------------------------------------------------------------------------


# --- what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [RowLSTM, DiagonalBiLSTM])
@pytest.mark.parametrize(
    "settings, complaint",
    [
        ({"kernel": 4}, "kernel must be odd, got 4"),
        ({"kernel": 0}, "kernel must be at least 1, got 0"),
        ({"features": 0}, "features must be at least 1, got 0"),
        ({"layers": 0}, "layers must be at least 1, got 0"),
        ({"levels": 1}, "levels must be at least 2, got 1"),
        ({"colours": 0}, "colours must be at least 1, got 0"),
    ],
    ids=str,
)
def test_a_size_that_cannot_be_is_refused_by_name(model, settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        model(3, 3, **settings)


@pytest.mark.parametrize("model", [RasterLSTM, RowLSTM, DiagonalBiLSTM])
@pytest.mark.parametrize("height, width", [(0, 3), (3, 0), (-1, -3)])
def test_an_image_without_pixels_is_refused_by_name(model, height, width):
    with pytest.raises(ValueError, match="must be at least 1, got"):
        model(height, width)


def test_a_grey_value_between_two_levels_is_refused_by_name():
    with pytest.raises(ValueError, match="x must hold.*got 0.25"):
        RowLSTM(1, 2, levels=3).log_prob(torch.tensor([[0.5, 0.25]]))
    with pytest.raises(ValueError, match="prefix must hold.*got 0.25"):
        RowLSTM(1, 2, levels=3).sample(2, torch.tensor([0.25]))
