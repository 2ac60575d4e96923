"""Densities in the plane: their log-density, their samples and their modes agree."""

import math

import pytest
import torch

from genlib.data import Gaussians, gaussian_grid, gaussian_ring, spiral, two_moons

DENSITIES = [gaussian_ring(), gaussian_grid(), two_moons(), spiral()]
NAMES = ["ring", "grid", "moons", "spiral"]
every_density = pytest.mark.parametrize("density", DENSITIES, ids=NAMES)


def square(limit=3.0, side=300):
    """The middles of side x side cells, and the area of one."""
    place = ((torch.arange(side, dtype=torch.float64) + 0.5) / side * 2 - 1) * limit
    return torch.cartesian_prod(place, place), (2 * limit / side) ** 2


@every_density
def test_the_density_integrates_to_one(density):
    x, area = square()
    assert (density.log_prob(x).exp().sum() * area).item() == pytest.approx(1, abs=1e-6)


@every_density
def test_samples_come_as_often_as_log_prob_says(density):
    n, side = 40_000, 12
    x, area = square(side=25 * side)
    mass = (density.log_prob(x).exp() * area).view(side, 25, side, 25).sum((1, 3))
    drawn = density.sample(n, torch.Generator().manual_seed(1))
    cell = ((drawn + 3) / 6 * side).long()
    assert ((cell >= 0) & (cell < side)).all()
    counts = torch.bincount(cell[:, 0] * side + cell[:, 1], minlength=side**2).view(side, side)
    error = (mass * (1 - mass) / n).sqrt()
    assert ((counts / n - mass).abs() <= 4.5 * error + 2 / n).all()


@every_density
def test_the_mean_log_prob_of_samples_is_minus_the_entropy(density):
    x, area = square()
    log_prob = density.log_prob(x)
    entropy = -(log_prob.exp() * log_prob).sum().item() * area
    drawn = density.log_prob(density.sample(20_000, torch.Generator().manual_seed(2)).double())
    assert drawn.mean().item() == pytest.approx(-entropy, abs=4 * drawn.std().item() / 20_000**0.5)


def test_one_gaussian_is_torchs_normal():
    density = Gaussians(torch.tensor([[0.3, -1.2]]), std=0.7)
    x = torch.randn(50, 2, dtype=torch.float64)
    normal = torch.distributions.Normal(density.centres[0].double(), 0.7)
    torch.testing.assert_close(density.log_prob(x), normal.log_prob(x).sum(1))


def test_points_of_half_precision_have_the_same_log_density():
    x = gaussian_ring().sample(50).half()
    torch.testing.assert_close(gaussian_ring().log_prob(x), gaussian_ring().log_prob(x.float()))


def test_far_from_every_mode_the_log_density_is_finite():
    for far in (100.0, 1e6):
        assert gaussian_ring(std=1e-6).log_prob(torch.tensor([[far, far]])).isfinite().all()


def test_the_ring_has_eight_modes_at_radius_two_and_std_one_twentieth():
    ring = gaussian_ring()
    assert ring.std == 0.05 and ring.centres.shape == (8, 2)
    torch.testing.assert_close(ring.centres.norm(dim=1), torch.full((8,), 2.0))
    side = (ring.centres - ring.centres.roll(1, 0)).norm(dim=1)
    torch.testing.assert_close(side, torch.full((8,), 4 * math.sin(math.pi / 8)))
    drawn = ring.sample(8000, torch.Generator().manual_seed(0))
    distance, nearest = torch.cdist(drawn, ring.centres).min(1)
    assert distance.square().mean().sqrt() == pytest.approx(0.05 * math.sqrt(2), rel=0.03)
    assert torch.bincount(nearest).min() > 850


def test_the_grid_is_as_told():
    grid = gaussian_grid(side=3, spacing=0.5)
    torch.testing.assert_close(grid.centres.sum(0), torch.zeros(2))
    assert sorted(set(grid.centres[:, 0].tolist())) == [-0.5, 0.0, 0.5]
    assert len(set(map(tuple, grid.centres.tolist()))) == 9


def test_two_moons_are_turned_into_each_other_and_do_not_touch():
    moons = two_moons(radius=1.3, std=0.1)
    upper, lower = moons.centres.chunk(2)
    torch.testing.assert_close(upper, -lower)
    assert torch.cdist(upper, lower).min() > 5 * moons.std
    inside = (upper[:, 0] > lower[:, 0].min()) & (upper[:, 1] < lower[:, 1].max())
    assert inside.any()  # the tip of one lies within the other


@pytest.mark.parametrize(
    "density, arms", [(two_moons(), 2), (spiral(), 1)], ids=["moons", "spiral"]
)
def test_a_curve_has_no_gaps(density, arms):
    for arm in density.centres.chunk(arms):
        assert (arm[1:] - arm[:-1]).norm(dim=1).max() < 1.6 * density.std


@pytest.mark.parametrize("density", [two_moons(), spiral()], ids=["moons", "spiral"])
def test_along_the_curve_the_density_is_even(density):
    along = density.log_prob(density.centres)
    assert along.max() - along.min() < 1.0  # nats: half at the ends of a chain


def test_the_same_generator_gives_the_same_points_and_torchs_own_noise_is_untouched():
    before = torch.get_rng_state()
    first, second = (spiral().sample(9, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, second) and torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    "call, complaint",
    [
        (lambda: Gaussians(torch.zeros(3), 0.1), r"centres must be \(K, 2\), got \(3,\)"),
        (lambda: Gaussians(torch.zeros(0, 2), 0.1), r"centres must be \(K, 2\)"),
        (lambda: gaussian_ring(std=0.0), "std must be above 0, got 0"),
        (lambda: gaussian_ring(std=math.nan), "std must be .*above 0, got nan"),
        (lambda: gaussian_ring(std=1e-30), "std must be at least"),
        (lambda: gaussian_ring().log_prob(torch.full((1, 2), 1e30)), "x must lie in"),
        (lambda: gaussian_ring(radius=1e30), "radius must be"),
        (lambda: gaussian_ring(modes=0), "modes must be at least 1"),
        (lambda: gaussian_ring().log_prob(torch.zeros(2)), r"x must be \(N, 2\), got \(2,\)"),
        (lambda: gaussian_ring().log_prob(torch.zeros(4, 3)), r"x must be \(N, 2\), got \(4, 3\)"),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
