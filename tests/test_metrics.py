"""Numbers from tensors."""

import math
from itertools import permutations, product

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from scipy.stats import wasserstein_distance
from small import seeded
from torch.nn.functional import avg_pool2d

from genlib.data import every_image, gaussian_ring, many_faces, two_moons
from genlib.metrics import (
    bits_per_dim,
    cell_frequencies,
    cell_probabilities,
    class_shares,
    contingency,
    error_within,
    found_boxes,
    found_error,
    frechet_distance,
    frequencies,
    image_moments,
    intersection_over_union,
    jensen_shannon,
    jensen_shannon_floor,
    kernel_distance,
    laplacian,
    majority_accuracy,
    matched_accuracy,
    matching,
    mean_and_error,
    mode_shares,
    modes_covered,
    nearest_neighbours,
    patch_distance,
    sliced_wasserstein,
    total_variation,
)


def test_a_fair_coin_a_pixel_is_one_bit_a_pixel():
    assert bits_per_dim(64 * math.log(2), 64) == pytest.approx(1)
    assert bits_per_dim(8 * math.log(256), 8) == pytest.approx(8)


def test_the_standard_error_shrinks_with_the_root_of_the_number():
    mean, error = mean_and_error(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assert mean == 2.5 and error == pytest.approx(math.sqrt(5 / 3) / 2)
    many = torch.randn(10_000)
    assert mean_and_error(many)[1] == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize("levels", [2, 3])
def test_the_frequency_of_every_image_listed_once_is_one_in_their_number(levels):
    every = every_image(3, levels)
    torch.testing.assert_close(frequencies(every, levels), torch.full((levels**3,), levels**-3.0))
    assert frequencies(every[[5, 5, 7, 5]], levels)[[5, 7]].tolist() == [0.75, 0.25]


def test_total_variation_is_zero_for_equal_and_one_for_disjoint():
    p, q = torch.tensor([0.5, 0.5, 0.0, 0.0]), torch.tensor([0.0, 0.0, 0.25, 0.75])
    assert total_variation(p, p) == 0 and total_variation(p, q) == 1
    assert total_variation(p, torch.full((4,), 0.25)) == 0.5


def test_the_nearest_neighbour_of_a_row_is_itself():
    x = torch.randn(20, 5)
    assert torch.equal(nearest_neighbours(x[[3, 7]], x), torch.tensor([3, 7]))


# --- two tables


def test_the_jensen_shannon_divergence_is_zero_for_equal_and_log_two_for_disjoint():
    p, q = torch.tensor([0.5, 0.5, 0.0, 0.0]), torch.tensor([0.0, 0.0, 0.25, 0.75])
    assert jensen_shannon(p, p) == 0
    assert jensen_shannon(p, q) == pytest.approx(math.log(2), abs=1e-12)


def test_the_jensen_shannon_divergence_is_an_entropy_of_the_mixture_minus_those_of_its_parts():
    p, q = torch.rand(2, 9, dtype=torch.float64).softmax(1)
    entropy = lambda t: -(t * t.log()).sum().item()
    expected = entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2
    assert jensen_shannon(p, q) == pytest.approx(expected, abs=1e-12)
    assert jensen_shannon(p, q) == pytest.approx(jensen_shannon(q, p), abs=1e-15)


def test_the_sampling_floor_falls_as_one_over_the_number_of_samples():
    """E JSD(p, frequencies) is near (K - 1) / 8 n where every cell is hit often."""
    p = torch.full((40,), 1 / 40)
    generator = torch.Generator().manual_seed(0)
    for n in (4_000, 40_000):
        floors = [jensen_shannon_floor(p, n, generator) for _ in range(40)]
        assert sum(floors) / 40 == pytest.approx(39 / (8 * n), rel=0.1)


def test_the_sampling_floor_repeats_with_its_generator():
    p = torch.rand(9, generator=torch.Generator().manual_seed(5)).softmax(0)
    one, two, other = (
        jensen_shannon_floor(p, 50, torch.Generator().manual_seed(s)) for s in (0, 0, 1)
    )
    assert one == two != other


def test_a_jensen_shannon_divergence_from_few_samples_is_mostly_its_floor():
    """Catches a chart that calls a perfect sampler bad: its samples are too few for the cells."""
    ring, generator = gaussian_ring(), torch.Generator().manual_seed(0)
    p = cell_probabilities(ring.log_prob, limit=3, cells=60)
    found = {
        n: jensen_shannon(p, cell_frequencies(ring.sample(n, generator), 3, 60))
        for n in (100, 20_000)
    }
    assert found[100] > 0.05 and found[20_000] < 0.003
    for n, score in found.items():
        floor = sum(jensen_shannon_floor(p, n, generator) for _ in range(10)) / 10
        assert score == pytest.approx(floor, rel=0.3)


# --- points in the plane


@pytest.mark.parametrize("density", [gaussian_ring(), two_moons()], ids=["ring", "moons"])
def test_the_cells_hold_the_mass_that_samples_find_in_them(density):
    p = cell_probabilities(density.log_prob, limit=2.05, cells=20)
    assert p.shape == (401,) and p.sum().item() == pytest.approx(1, abs=1e-12)
    q = cell_frequencies(density.sample(100_000, torch.Generator().manual_seed(0)), 2.05, 20)
    assert ((p - q).abs() <= 5 * (p * (1 - p) / 100_000).sqrt() + 1e-3).all()
    assert (p[-1] > 0.01) == (q[-1] > 0.01)


def test_the_mass_outside_is_the_last_cell():
    normal = lambda x: -x.square().sum(1) / 2 - math.log(2 * math.pi)
    inside = math.erf(1 / math.sqrt(2)) ** 2  # within one standard deviation both ways
    p = cell_probabilities(normal, limit=1, cells=20)
    assert p[-1].item() == pytest.approx(1 - inside, abs=1e-4)
    assert p[:-1].view(20, 20)[0, 0] < p[:-1].view(20, 20)[10, 10]


def test_points_fall_into_their_cells_row_by_row_and_outside_last():
    x = torch.tensor(
        [[-0.9, -0.9], [-0.9, 0.9], [0.9, -0.9], [0.9, 0.9], [1.1, 0], [0, -7], [0, 1]]
    )
    assert (cell_frequencies(x, 1, 2) * 7).round().tolist() == [1, 1, 1, 1, 3]


def test_points_of_half_precision_fall_into_the_same_cells_and_modes():
    ring = gaussian_ring()
    x = ring.sample(500, torch.Generator().manual_seed(0)).half()
    assert torch.equal(cell_frequencies(x, 3, 60), cell_frequencies(x.float(), 3, 60))
    for centres in (ring.centres.half(), ring.centres.double()):
        alike = mode_shares(x, centres, 0.05), mode_shares(x.double(), centres, 0.05)
        torch.testing.assert_close(*alike, atol=0.003, rtol=0)


def test_a_density_may_be_zero_in_places():
    box = lambda x: torch.where((x.abs() < 0.5).all(1), 0.0, -math.inf)
    assert cell_probabilities(box, 1, 4)[[0, 5, 16]].tolist() == pytest.approx([0, 0.25, 0])


def test_a_mode_holds_the_points_within_four_std_that_are_nearest_to_it():
    centres = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 9.0]])
    x = torch.tensor([[0.0, 0.39], [0.0, 0.41], [0.61, 0.0], [0.5, 0.0], [1.0, 0.0]])
    assert mode_shares(x, centres, std=0.1).tolist() == pytest.approx([0.2, 0.4, 0])
    assert mode_shares(x, centres, std=0.1, within=5).tolist() == pytest.approx([0.4, 0.4, 0])
    nearest = mode_shares(x, centres, std=9.0)
    assert nearest.sum() == 1 and nearest[2] == 0


def test_true_samples_cover_the_ring_and_nearly_all_are_near_a_mode():
    ring = gaussian_ring()
    x = ring.sample(10_000, torch.Generator().manual_seed(0))
    near = mode_shares(x, ring.centres, ring.std).sum().item()
    assert modes_covered(x, ring.centres, ring.std) == 8
    assert near == pytest.approx(1 - math.exp(-8), abs=1e-3)


def test_a_mode_is_covered_from_two_percent_of_the_samples_on():
    centres = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    x = centres.repeat_interleave(torch.tensor([979, 20, 1]), 0)
    assert modes_covered(x, centres, std=0.1) == 2
    x = centres.repeat_interleave(torch.tensor([980, 19, 1]), 0)
    assert modes_covered(x, centres, std=0.1) == 1


# --- features


def test_the_frechet_distance_of_one_feature_is_that_of_two_normal_distributions():
    a, b = torch.randn(500, 1, dtype=torch.float64), 3 * torch.randn(400, 1).double() + 2
    expected = (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected.item(), abs=1e-9)


def test_the_frechet_distance_is_zero_for_the_same_and_the_square_of_a_shift():
    a, shift = torch.randn(80, 5, dtype=torch.float64), torch.tensor([3.0, 0, -4, 0, 0])
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, a[torch.randperm(80)]) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, a + shift) == pytest.approx(25, abs=1e-9)
    assert frechet_distance(a, -2 * a) == pytest.approx(
        a.T.cov().trace().item() + 9 * a.mean(0).square().sum().item(), abs=1e-9
    )


def test_the_frechet_distance_is_that_of_the_matrix_root():
    from scipy.linalg import sqrtm

    a, b = (
        torch.randn(60, 4, dtype=torch.float64),
        torch.randn(50, 4).double() @ torch.randn(4, 4, dtype=torch.float64),
    )
    A, B = a.T.cov(), b.T.cov()
    root = torch.tensor(sqrtm((A @ B).numpy()).real)
    expected = (a.mean(0) - b.mean(0)).square().sum() + (A + B - 2 * root).trace()
    assert frechet_distance(a, b) == pytest.approx(expected.item(), abs=1e-8)
    assert frechet_distance(b, a) == pytest.approx(expected.item(), abs=1e-8)


def test_the_frechet_distance_is_exact_where_the_covariances_are_singular():
    """Fewer rows than features, and features that never move: the usual matrix root fails here."""
    a = torch.cat([torch.randn(10, 3, dtype=torch.float64), torch.zeros(10, 61)], 1)
    b = torch.cat([torch.zeros(10, 61), torch.randn(10, 3, dtype=torch.float64)], 1)
    apart = (a.mean(0) - b.mean(0)).square().sum() + a.T.cov().trace() + b.T.cov().trace()
    assert frechet_distance(a, b) == pytest.approx(apart.item(), abs=1e-9)
    few = torch.randn(10, 64, dtype=torch.float64)
    assert frechet_distance(few, few + 1) == pytest.approx(64, abs=1e-6)


def test_the_frechet_distance_of_equals_shrinks_with_their_number():
    few, many = (frechet_distance(torch.randn(n, 16), torch.randn(n, 16)) for n in (100, 1000))
    assert few > 5 * many > 0


def naive_kernel_distance(a, b):
    k = lambda x, y: ((x * y).mean().item() + 1) ** 3
    pairs = lambda x: [k(x[i], x[j]) for i in range(len(x)) for j in range(len(x)) if i != j]
    across = [k(x, y) for x in a for y in b]
    mean = lambda values: sum(values) / len(values)
    return mean(pairs(a)) + mean(pairs(b)) - 2 * mean(across)


def test_the_kernel_distance_meets_the_definition_over_all_pairs_of_different_rows():
    a, b = torch.randn(7, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64) + 0.5
    assert kernel_distance(a, b) == pytest.approx(naive_kernel_distance(a, b), abs=1e-10)


def test_the_kernel_distance_has_mean_zero_for_equals_at_any_number_and_sees_a_shift():
    few = torch.tensor([kernel_distance(*torch.randn(2, 10, 4)) for _ in range(300)])
    assert abs(few.mean()) < 4 * few.std() / 300**0.5 and few.min() < 0
    assert kernel_distance(torch.randn(500, 4), torch.randn(500, 4) + 1) > 0.5


def test_the_share_of_every_class_is_told_even_of_a_missing_one():
    shares = class_shares(torch.tensor([2, 0, 2, 2]), 4)
    assert shares.tolist() == [0.25, 0, 0.75, 0]


# --- categories that nobody named


def test_the_contingency_counts_each_pair_of_category_and_label():
    categories, labels = torch.tensor([0, 0, 2, 2, 2]), torch.tensor([1, 1, 0, 2, 2])
    expected = torch.tensor([[0, 2, 0], [0, 0, 0], [1, 0, 2]])
    assert torch.equal(contingency(categories, labels, 3), expected)


def test_permuted_labels_match_wholly():
    labels, order = torch.randint(10, (500,)), torch.randperm(10)
    assert matched_accuracy(order[labels], labels) == 1 == majority_accuracy(order[labels], labels)
    assert torch.equal(matching(order[labels], labels)[order], torch.arange(10))


def test_renaming_the_categories_changes_no_accuracy():
    labels, order = torch.randint(10, (500,)), torch.randperm(10)
    guess = torch.where(torch.rand(500) < 0.5, labels, torch.randint(10, (500,)))
    for accuracy in (matched_accuracy, majority_accuracy):
        assert accuracy(order[guess], labels) == accuracy(guess, labels) < 0.8


def test_the_matching_is_the_best_of_all_permutations():
    """Catches a greedy one: the largest count first leaves 5 + 0 here, the best has 4 + 4."""
    categories = torch.tensor([0] * 9 + [1] * 4)
    labels = torch.tensor([0] * 5 + [1] * 4 + [0] * 4)
    assert matching(categories, labels, 2).tolist() == [1, 0]
    assert matched_accuracy(categories, labels, 2) == pytest.approx(8 / 13)
    assert majority_accuracy(categories, labels, 2) == pytest.approx(9 / 13)
    guess, labels = torch.randint(4, (2, 30))
    best = max(
        (torch.tensor(p)[guess] == labels).double().mean().item() for p in permutations(range(4))
    )
    assert matched_accuracy(guess, labels, 4) == pytest.approx(best)


KINDS = [
    *(torch.uint8, torch.int8, torch.int16, torch.int32, torch.uint16, torch.uint32),
    *("u1", "i1", ">i2", ">u4", "u8", list),
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_whole_numbers_count_alike_in_every_type(kind):
    labels = torch.arange(26).repeat(4)
    labels[:9] = 25

    def retyped(x):
        if isinstance(kind, torch.dtype):
            return x.to(kind)
        return x.tolist() if kind is list else x.numpy().astype(kind)

    assert torch.equal(class_shares(retyped(labels), 26), class_shares(labels, 26))
    other = labels.roll(1)
    for call in (contingency, matching, matched_accuracy, majority_accuracy):
        expected = torch.as_tensor(call(other, labels, 26))
        for pair in ((other, retyped(labels)), (retyped(other), labels)):
            assert torch.equal(torch.as_tensor(call(*pair, 26)), expected)
    assert matched_accuracy(retyped(labels), retyped(labels), 26) == 1


def test_categories_of_chance_score_a_little_above_a_tenth_and_one_category_the_commonest_label():
    labels, guess = torch.arange(20_000) % 10, torch.randint(10, (20_000,))
    for accuracy in (matched_accuracy, majority_accuracy):
        assert 0.1 <= accuracy(guess, labels) < 0.12
    few = torch.tensor([0, 0, 0, 1, 2])
    assert matched_accuracy(few * 0, few) == 0.6 == majority_accuracy(few * 0, few)


def test_two_digits_in_one_category_cost_the_matching_one_of_them():
    labels = torch.arange(100) % 10
    shared = labels.where(labels != 9, 8)
    assert matched_accuracy(shared, labels) == 0.9 == majority_accuracy(shared, labels)
    split = labels.where((labels != 9) | (torch.arange(100) < 50), 8)
    assert matched_accuracy(split, labels) == 0.95


P = torch.tensor([0.5, 0.25, 0.25])
M, BOX = torch.ones(2, 1, 4, 4), torch.tensor([[[0, 1, 2, 3]]] * 2)


def masses(log_prob):
    return cell_probabilities(log_prob, limit=1, cells=2, points=2)


@pytest.mark.parametrize(
    "call, complaint",
    [
        (
            lambda: matched_accuracy(torch.tensor([0, 10]), torch.tensor([0, 1])),
            "categories must be 0, ..., 9, got 0 to 10",
        ),
        (
            lambda: majority_accuracy(torch.tensor([0, 1]), torch.tensor([0.0, 1.0])),
            "labels must be whole numbers",
        ),
        (
            lambda: matched_accuracy(torch.tensor([0, 1]), torch.tensor([0])),
            r"categories and labels must have the same size in axis 0, got \(2,\), \(1,\)",
        ),
        (lambda: bits_per_dim(1.0, 0), "num_pixels must be at least 1"),
        (lambda: mean_and_error(torch.ones(1)), "values must have N at least 2"),
        (lambda: mean_and_error(torch.ones(2, 2)), "values must be"),
        (lambda: frequencies(torch.zeros(0, 3)), "x must be"),
        (lambda: frequencies(torch.full((2, 3), 0.4)), "x must hold 2 levels"),
        (lambda: frequencies(torch.full((2, 3), 3.0)), r"x must lie in \[0, 1\], got 3 to 3"),
        (lambda: frequencies(torch.full((2, 3), torch.nan)), r"x must lie in \[0, 1\]"),
        (lambda: total_variation(torch.tensor([1.5, -0.5]), torch.ones(2) / 2), "p must lie in"),
        (
            lambda: nearest_neighbours(torch.full((1, 2), torch.nan), torch.zeros(2, 2)),
            "x must hold",
        ),
        (lambda: total_variation(torch.ones(2), torch.ones(2) / 2), "p must be"),
        (lambda: total_variation(torch.ones(2) / 2, torch.ones(3) / 3), "p and q must have"),
        (lambda: total_variation(torch.ones(2) / 2, torch.full((2,), torch.nan)), "q must lie in"),
        (lambda: nearest_neighbours(torch.zeros(2, 3), torch.zeros(2, 4)), r"\(2, 3\), \(2, 4\)"),
        (lambda: jensen_shannon(torch.ones(2), torch.ones(2) / 2), "p must be"),
        (lambda: jensen_shannon(torch.ones(2) / 2, torch.ones(3) / 3), "p and q must have"),
        (lambda: jensen_shannon_floor(torch.ones(2) / 2, 0), "n must be at least 1, got 0"),
        (lambda: cell_probabilities(gaussian_ring().log_prob, 3, 3, 1), "points must be closer"),
        (lambda: cell_frequencies(torch.zeros(3, 1), 1, 4), r"x must be \(N, 2\).*\(3, 1\)"),
        (lambda: cell_frequencies(torch.full((1, 2), torch.nan), 1, 4), "x must hold finite"),
        (lambda: mode_shares(torch.zeros(3, 2), torch.zeros(2), 1.0), "centres must be"),
        (lambda: frechet_distance(torch.zeros(3, 2), torch.zeros(3, 4)), "a and b must have"),
        (
            lambda: frechet_distance(torch.zeros(3, 2), torch.zeros(1, 2)),
            "b must have N at least 2",
        ),
        (lambda: kernel_distance(torch.full((3, 2), torch.inf), torch.zeros(3, 2)), "finite"),
        (lambda: class_shares(torch.tensor([0, 3]), 3), "labels must be 0, ..., 2, got 0 to 3"),
        (lambda: class_shares(torch.rand(3), 3), "labels must be whole numbers"),
        (lambda: class_shares(np.array([2**64 - 1], "u8"), 3), "labels must be 0, ..., 2"),
        (lambda: contingency([[0], [1]], [0, 1]), r"categories must be \(N,\), got \(2, 1\)"),
        (lambda: mean_and_error(torch.ones(3, 1)), r"values must be \(N,\), got \(3, 1\)"),
        (lambda: total_variation(P[:, None], P), r"p must be \(K,\), got \(3, 1\)"),
        (lambda: jensen_shannon(P, P[None]), r"q must be \(K,\), got \(1, 3\)"),
        (lambda: frequencies(torch.zeros(2, 64)), r"x and levels must give at most .* 2 \*\* 64"),
        (lambda: masses(lambda x: x[:, :1]), r"log_prob\(x\) must be \(16,\), got \(16, 1\)"),
        (lambda: masses(lambda x: x[:, 0] * math.nan), r"log_prob\(x\) must .* got nan to nan"),
        (lambda: masses(lambda x: x[:, 0] + 1e9), r"log_prob\(x\) must .* got inf to inf"),
        (lambda: masses(lambda x: x.norm(dim=1).tolist()), r"log_prob\(x\) must be a tensor"),
        (
            lambda: frechet_distance(
                torch.full((3, 2), 1e60, dtype=torch.double), torch.zeros(3, 2)
            ),
            "a must",
        ),
        (lambda: intersection_over_union(2 * M, M), r"mask must lie in \[0, 1\]"),
        (lambda: intersection_over_union(M, -M), r"true_mask must lie in \[0, 1\]"),
        (lambda: intersection_over_union(M, M[:1]), "mask and true_mask must have the same size"),
        (lambda: error_within(M, M[..., :3], M), "x and y must have the same size in axis 3"),
        (lambda: error_within(M, M, M[:1]), r"mask must be \(2, 1, 4, 4\)"),
        (lambda: error_within(M, M, 2 + M), r"mask must lie in \[0, 1\]"),
        (lambda: error_within(M, M, 0 * M), "mask must be somewhere, got 0 everywhere"),
        (lambda: error_within(M, M / 0, M), "y must"),
        (lambda: found_error(M, M[..., :3], BOX), "x and source must have the same size in axis 3"),
        (lambda: found_error(M, M, BOX[:1]), "x and boxes must have the same size in axis 0"),
        (
            lambda: found_error(M, M, BOX + BOX.new_tensor([3, 0, 0, 0])),
            "boxes must lie in the pictures",
        ),
        (lambda: found_error(M, M, 0 * BOX), "boxes must lie in the pictures"),
        (lambda: found_error(M, M, BOX + 2**62), "boxes must be 0, ..., 4"),
        (lambda: image_moments(255 * torch.ones(1, 1, 2, 2)), r"x must lie in \[0, 1\]"),
        (lambda: sliced_wasserstein(P, P), r"a must be \(N, D\), got \(3,\)"),
        (
            lambda: sliced_wasserstein(M[0, 0], M[0, 0, :3]),
            "a and b must have the same size in axis 0",
        ),
        (
            lambda: sliced_wasserstein(M[0, 0], M[0, 0, :, :3]),
            "a and b must have the same size in axis 1",
        ),
        (lambda: sliced_wasserstein(M[0, 0], M[0, 0] / 0), "b must hold finite numbers"),
        (lambda: sliced_wasserstein(M[0, 0] / 0, M[0, 0]), "a must hold finite numbers"),
        (lambda: sliced_wasserstein(M[0, 0], M[0, 0], 0), "directions must be at least 1, got 0"),
        (lambda: sliced_wasserstein(M[0, 0], M[0, 0], 4, 5), "generator must be"),
        (lambda: laplacian(M[0]), r"x must be \(N, C, H, W\), got \(1, 4, 4\)"),
        (lambda: laplacian(M / 0), "x must hold finite numbers"),
        (lambda: laplacian(M[:, :, :3]), r"x must have even sides, got \(2, 1, 3, 4\)"),
        (lambda: laplacian(M[..., :1]), r"x must have even sides, got \(2, 1, 4, 1\)"),
        (lambda: patch_distance(M, M, 5), "side must be at most the pictures' 4, got 5"),
        (lambda: patch_distance(M[:, :, :2], M[:, :, :2], 3), "side must be at most .* 2, got 3"),
        (lambda: patch_distance(M, M, 0), "side must be at least 1, got 0"),
        (lambda: patch_distance(M, M, 2, 0), "each must be at least 1, got 0"),
        (lambda: patch_distance(M, M, 2, 3, 5), "generator must be"),
        (lambda: patch_distance(M, M[:1], 2), "a and b must have the same size in axis 0"),
        (lambda: patch_distance(M, M[..., :3], 2), "a and b must have the same size in axis 3"),
        (lambda: patch_distance(M[0], M[0], 2), r"a must be \(N, C, H, W\), got \(1, 4, 4\)"),
        (lambda: patch_distance(M / 0, M, 2), "a must hold finite numbers"),
        (lambda: patch_distance(M, M / 0, 2), "b must hold finite numbers"),
    ],
)
def test_bad_input_is_refused_by_name(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()


# --- how ink lies


def test_moments_are_those_of_points_on_a_line():
    """Three pixels on a line that goes one to the right for each two up; rows count from the top."""
    x = torch.zeros(1, 1, 12, 10)
    for k in range(3):
        x[0, 0, 9 - 2 * k, 2 + k] = 0.5
    ink, width, height, slant = image_moments(x)
    assert ink.item() == pytest.approx(1.5 / 120)
    assert width.item() == pytest.approx(math.sqrt(2 / 3))
    assert height.item() == pytest.approx(2 * math.sqrt(2 / 3))
    assert slant.item() == pytest.approx(0.5)


def test_moments_do_not_move_with_the_image_and_ink_alone_knows_how_black_it_is():
    x = torch.zeros(6, 1, 20, 20)
    x[:, :, 4:12, 5:13] = torch.rand(6, 1, 8, 8)
    moved, paler = x.roll((3, -2), (2, 3)), x / 2
    for one, two in zip(image_moments(x), image_moments(moved), strict=True):
        torch.testing.assert_close(one, two)
    before, after = image_moments(x), image_moments(paler)
    torch.testing.assert_close(after.ink, before.ink / 2)
    for one, two in zip(before[1:], after[1:], strict=True):
        torch.testing.assert_close(one, two)


def test_a_sheared_image_slants_by_the_shear_and_a_mirrored_one_the_other_way():
    x = torch.zeros(1, 1, 21, 41)
    x[..., 5:16, 18:23] = 1
    sheared = torch.stack([row.roll(10 - y) for y, row in enumerate(x[0, 0])])[None, None]
    assert image_moments(x).slant.item() == pytest.approx(0, abs=1e-12)
    assert image_moments(sheared).slant.item() == pytest.approx(1)
    assert image_moments(sheared.flip(3)).slant.item() == pytest.approx(-1)
    one, two = image_moments(x), image_moments(x.transpose(2, 3))
    assert one.width.item() == pytest.approx(two.height.item())


def test_ink_in_one_row_has_no_slant_whatever_rounding_says():
    x = torch.zeros(400, 1, 8, 8)
    x[torch.arange(400), 0, torch.arange(400) % 8] = torch.rand(400, 8)
    assert image_moments(x).slant.isnan().all() and image_moments(x).width.isfinite().all()


def test_an_image_without_ink_has_no_place():
    blank = image_moments(torch.zeros(1, 1, 4, 4))
    assert blank.ink.item() == 0 and all(value.isnan().all() for value in blank[1:])
    with pytest.raises(ValueError, match=r"x must be \(N, 1, H, W\), got \(2, 3, 4, 4\)"):
        image_moments(torch.zeros(2, 3, 4, 4))


# --- pieces of pictures


def test_an_error_within_a_mask_is_the_mean_of_its_pixels_each_as_much_as_it_is_masked():
    x, y = torch.zeros(2, 3, 1, 2), torch.zeros(2, 3, 1, 2)
    y[0, :, 0, 0], y[0, :, 0, 1] = torch.tensor([0.3, -0.6, 0.0]), 1.0
    y[1, :, 0, 1] = -0.5
    mask = torch.tensor([[1.0, 0.5], [0.0, 0.25]])[:, None, None]
    expected = (1 * 0.3 + 0.5 * 1 + 0.25 * 0.5) / 1.75
    assert error_within(x, y, mask) == error_within(y, x, mask) == pytest.approx(expected)
    assert error_within(x, y, torch.ones(2, 1, 1, 2)) == pytest.approx((x - y).abs().mean().item())


def test_an_error_within_a_mask_does_not_know_what_lies_outside():
    x, y = torch.rand(4, 3, 5, 6), torch.rand(4, 3, 5, 6)
    mask = torch.rand(4, 1, 5, 6).round()
    assert error_within(x, y.where(mask == 1, 9), mask) == error_within(x, y, mask)
    assert error_within(x, x.where(mask == 1, 9), mask) == 0
    assert error_within(x, x.where(mask == 0, 9), mask) > 8


def test_intersection_over_union_counts_pixels_cut_at_one_half():
    mask = torch.tensor([[0.9, 0.6, 0.4], [0.0, 0.51, 0.5]])
    true = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    both, either = 2, 4
    found = intersection_over_union(mask[None, None], true[None, None])
    assert found.tolist() == [both / either]


def test_equal_masks_agree_wholly_even_empty_ones_and_disjoint_ones_not_at_all():
    empty, left = torch.zeros(4, 4), torch.zeros(4, 4)
    left[:, :2] = 1
    masks = torch.stack([empty, left, left, empty, left])[:, None]
    others = torch.stack([empty, left, 1 - left, left, empty + 1])[:, None]
    assert intersection_over_union(masks, others).tolist() == [1, 1, 0, 0, 0.5]


def boxes_of(n, count, height, width):
    """Boxes of all sides, anywhere in a picture of height x width: (n, count, 4)."""
    sides = torch.stack([torch.randint(1, s + 1, (n, count)) for s in (width, height)], 2)
    free = torch.tensor([width, height]) - sides + 1
    return torch.cat([(torch.rand(n, count, 2) * free).long(), sides], 2)


def found_by_hand(x, source, boxes):
    error = torch.empty(boxes.shape[:2])
    for n, k in product(*map(range, boxes.shape[:2])):
        left, top, width, height = boxes[n, k].tolist()
        piece = source[n, :, top : top + height, left : left + width]
        error[n, k] = min(
            (x[n, :, i : i + height, j : j + width] - piece).abs().mean()
            for i in range(x.shape[2] - height + 1)
            for j in range(x.shape[3] - width + 1)
        )
    return error


def test_the_error_of_finding_pieces_is_the_least_of_all_places():
    x, source = torch.rand(2, 5, 2, 6, 7)
    boxes = boxes_of(5, 4, 6, 7)
    torch.testing.assert_close(found_error(x, source, boxes), found_by_hand(x, source, boxes))


def test_a_piece_that_is_anywhere_in_the_picture_is_found():
    source, boxes = torch.rand(30, 3, 12, 12), boxes_of(30, 2, 5, 6)
    x = torch.rand(30, 3, 12, 12)
    x[:, :, 7:, 6:] = source[:, :, :5, :6]  # all that the boxes hold, elsewhere
    assert found_error(source, source, boxes).max() == 0 == found_error(x, source, boxes).max()
    x[:, :, 7:, 6:] = 1 - x[:, :, 7:, 6:]
    assert found_error(x, source, boxes).max() > 0.1


def test_many_boxes_of_one_size_are_found_as_each_alone():
    """Catches an error in the hundreds that are compared at once."""
    x, source = torch.rand(2, 130, 1, 5, 5)
    boxes = boxes_of(130, 2, 5, 5)
    boxes[..., 2:], boxes[..., :2] = 2, boxes[..., :2].clamp(max=3)
    alone = [found_error(x[n : n + 1], source[n : n + 1], boxes[n : n + 1]) for n in range(130)]
    torch.testing.assert_close(found_error(x, source, boxes), torch.cat(alone))


def test_a_piece_is_found_where_it_lies_and_where_it_was_moved_to():
    source = torch.rand(3, 2, 9, 9, generator=torch.Generator().manual_seed(0))
    boxes = torch.tensor(
        [[[0, 1, 3, 4], [5, 5, 4, 4]], [[2, 3, 3, 4], [4, 0, 5, 2]], [[0, 0, 9, 9]] * 2]
    )
    assert torch.equal(found_boxes(source, source, boxes), boxes)
    moved = found_boxes(source.roll((2, 1), (2, 3))[:2], source[:2], boxes[:2, :1])
    assert torch.equal(moved, boxes[:2, :1] + torch.tensor([1, 2, 0, 0]))


def test_of_places_that_are_as_good_the_first_is_told():
    x = torch.zeros(1, 1, 4, 6)
    x[0, 0, 1:3, 3:5] = 1
    assert found_boxes(x, torch.zeros(1, 1, 4, 6), torch.tensor([[[2, 2, 2, 2]]])).tolist() == [
        [[0, 0, 2, 2]]
    ]
    assert found_boxes(x, x, torch.tensor([[[3, 1, 2, 2]]])).tolist() == [[[3, 1, 2, 2]]]


# --- sets of points and of pictures, sorted along lines


def sliced(a, b, *directions, seed=0):
    return sliced_wasserstein(a, b, *directions, generator=seeded(seed))


@pytest.mark.parametrize("directions", [1, 2, 77])
def test_in_one_dimension_slices_measure_the_wasserstein_distance_whatever_their_number(directions):
    for _ in range(5):
        a, b = torch.randn(60, 1), 3 * torch.rand(60, 1) - 1
        expected = wasserstein_distance(a[:, 0], b[:, 0])
        assert sliced(a, b, directions) == pytest.approx(expected, rel=1e-6)


def test_a_sliced_distance_is_the_mean_of_the_distances_along_each_line():
    a, b = torch.randn(40, 3).double(), torch.rand(40, 3).double()
    lines = torch.randn(4000, 3).double()
    lines /= lines.norm(dim=1, keepdim=True)
    each = [wasserstein_distance(a @ line, b @ line) for line in lines]
    assert sliced(a, b, 4000) == pytest.approx(sum(each) / 4000, rel=0.02)


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_a_set_is_at_no_distance_from_itself_in_whatever_order(dimensions):
    a = torch.randn(50, dimensions)
    assert sliced(a, a) == 0
    assert sliced(a, a[torch.randperm(50)]) == pytest.approx(0, abs=1e-12)
    assert sliced(a, a + 1e-3) > 1e-4


@pytest.mark.parametrize("dimensions, mean", [(1, 1), (2, 2 / math.pi), (3, 1 / 2), (5, 3 / 8)])
def test_a_shift_is_seen_by_what_of_it_lies_along_the_lines(dimensions, mean):
    """The mean |cosine| to directions that are all as likely, whichever way the shift goes."""
    a = torch.randn(7, dimensions).double()
    for way in (torch.eye(dimensions)[0], torch.ones(dimensions), torch.randn(dimensions)):
        found = sliced(a, a + way, 20_000) / way.norm().item()
        assert found == pytest.approx(mean, rel=0.02)


def test_a_sliced_distance_is_symmetric_grows_with_the_scale_and_moves_with_both_sets():
    a, b = torch.randn(30, 4).double(), torch.rand(30, 4).double()
    found = sliced(a, b)
    assert sliced(b, a) == pytest.approx(found)
    assert sliced(-3 * a, -3 * b) == pytest.approx(3 * found)
    assert sliced(a + 7, b + 7) == pytest.approx(found)


def test_no_sliced_distance_is_above_that_of_the_best_pairs():
    for _ in range(5):
        a, b = torch.randn(20, 3), torch.randn(20, 3) * torch.rand(3)
        apart = torch.cdist(a, b)
        row, column = linear_sum_assignment(apart)
        assert 0 < sliced(a, b) < apart[row, column].mean()


def test_the_lines_are_those_of_the_generator():
    a, b = torch.randn(2, 30, 4)
    assert sliced(a, b) == sliced(a, b) == sliced(a, b, 512) != sliced(a, b, seed=1)
    found = torch.tensor([[sliced(a, b, n, seed=seed) for seed in range(20)] for n in (2, 200)])
    assert found[1].std() < found[0].std() / 4


def twice(x):
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


def test_the_laplacian_of_a_doubled_picture_is_zero_and_of_any_other_what_is_left():
    small, x = torch.rand(2, 3, 3, 5), torch.rand(2, 3, 6, 10)
    assert not laplacian(twice(small)).any()
    blocks = [x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    torch.testing.assert_close(laplacian(x) + twice(sum(blocks) / 4), x)


def test_the_mean_of_each_block_of_a_laplacian_is_zero():
    found = laplacian(torch.rand(2, 3, 6, 10))
    assert found.shape == (2, 3, 6, 10) and found.abs().max() > 0.2
    assert avg_pool2d(found, 2).abs().max() < 1e-6
    x = torch.tensor([[1.0, 0.0, 5.0, 5.0], [0.0, 3.0, 5.0, 5.0]])[None, None]
    assert laplacian(x)[0, 0].tolist() == [[0, -1, 0, 0], [-1, 2, 0, 0]]


PEOPLE = many_faces(80, seed=3)[0]
HERE, THERE = PEOPLE[:40], PEOPLE[40:]


def patches(a, b, *sizes, seed=0):
    return patch_distance(a, b, *sizes, generator=seeded(seed))


def standard(x):
    """Each colour of a set with mean 0 and deviation 1."""
    axes = {"dim": (0, 2, 3), "keepdim": True}
    return (x - x.mean(**axes)) / x.std(**axes)


def test_pictures_of_one_pixel_are_as_far_apart_as_their_numbers_in_thousandths():
    a, b = torch.rand(200, 1, 1, 1), torch.rand(200, 1, 1, 1) ** 4
    expected = wasserstein_distance(standard(a).flatten(), standard(b).flatten())
    assert patches(a, b, 1, 1) == pytest.approx(1000 * expected, rel=1e-4)
    assert patches(a, b, 1, 9) == pytest.approx(1000 * expected, rel=1e-2)


def test_patches_as_large_as_the_pictures_are_the_pictures_with_all_colours():
    a, b = torch.rand(50, 2, 3, 3), torch.rand(50, 2, 3, 3).cumsum(1)
    expected = sliced(standard(a).flatten(1), standard(b).flatten(1), 20_000)
    assert patches(a, b, 3, 1) == pytest.approx(1000 * expected, rel=0.1)
    assert patches(a, a.flip(0), 3, 5) == pytest.approx(0, abs=1e-3)


def test_patches_do_not_know_how_bright_and_how_strong_the_colours_of_a_set_are():
    scale, shift = torch.rand(2, 3, 1, 1) + 0.2
    found = patches(HERE, THERE)
    assert found > 1
    assert patches(scale * HERE + shift, THERE) == pytest.approx(found, rel=1e-3)
    assert patches(HERE, scale * THERE - 5 * shift) == pytest.approx(found, rel=1e-3)
    alone = THERE * torch.linspace(0, 1, 40)[:, None, None, None]  # each picture in its own way
    assert patches(HERE, alone) > 2 * found


def test_patches_see_blur_and_most_of_all_in_what_is_fine():
    blurred = HERE
    for axis in (2, 3, 2, 3):
        blurred = (blurred + blurred.roll(1, axis)) / 2
    seen = lambda *pictures: patches(*pictures, 3, 64)
    whole, fine = seen(HERE, blurred) / seen(HERE, HERE), laplacian(blurred)
    assert seen(laplacian(HERE), fine) / seen(laplacian(HERE), laplacian(HERE)) > 2.2
    assert whole > 1.5


@pytest.mark.parametrize(
    "change",
    [lambda x: x.flip(2), lambda x: x.roll(1, 1), lambda x: 1 - x],
    ids=["upside down", "colours change places", "negative"],
)
def test_patches_see_what_is_upside_down_or_in_other_colours(change):
    assert patches(HERE, change(THERE)) > 1.3 * patches(HERE, THERE)


def test_colours_of_a_patch_are_from_one_place():
    """Grey noise, and noise whose colours are as often but do not know of each other."""
    grey, other = torch.rand(2, 60, 1, 6, 6).expand(-1, -1, 3, -1, -1)
    apart = torch.rand(60, 3, 6, 6)
    assert patches(grey, other, 1) < 60 < patches(grey, apart, 1) / 2


def test_all_places_are_looked_at_and_as_often():
    for corner in [(0, 0), (0, 1), (2, 0), (2, 1)]:
        a, b = torch.zeros(2, 30, 1, 3, 2)
        a[:, 0, corner[0], corner[1]] = 1
        b[:, 0, 1, 1] = 1
        assert patches(a, b, 1, 100) < 100


@pytest.mark.parametrize("axis", [2, 3])
def test_a_patch_may_begin_at_every_row_and_column(axis):
    """Stripes, and their negative: patches of both begin as often with either colour."""
    stripes = torch.zeros(30, 1, 9, 9)
    stripes.transpose(axis, 3)[..., ::2] = 1
    assert patches(stripes, 1 - stripes, 2, 100) < 100


def test_a_set_is_the_nearer_to_itself_the_more_patches_are_taken():
    x = HERE[:, :, 8:20, 8:20]
    found = [patches(x, x, 7, each) for each in (1, 16, 100)]
    assert found[0] > 3 * found[1] > 6 * found[2] > 0
    assert patches(x, x) == found[1] != patches(x, x, seed=1)
    assert patches(x, x, 12) == 0


def test_pictures_of_one_grey_are_at_no_distance_and_not_nan():
    a, b = torch.full((3, 2, 8, 8), 0.25), torch.full((3, 2, 8, 8), 0.5)
    assert patches(a, a) == patches(a, b) == 0
