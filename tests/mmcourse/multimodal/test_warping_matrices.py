"""Paths as matrices: the product repeats, the norm is the cost, and repeating changes nothing that counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.multimodal.dtw import dtw, squared_distances
from mmcourse.multimodal.warping_matrices import (
    bent_path,
    broken_rules,
    frobenius_cost,
    uniform_path,
    warping_matrices,
)

sizes = st.integers(1, 12)


def test_by_hand():
    W_x, W_y = warping_matrices(np.array([[0, 1, 1], [0, 0, 1]]), 2, 2)
    assert W_x.tolist() == [[1, 0, 0], [0, 1, 1]] and W_y.tolist() == [[1, 1, 0], [0, 0, 1]]


@given(sizes, sizes, st.integers(0, 2**32 - 1))
def test_the_frobenius_form_is_the_cost(n, m, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(3, n)), rng.normal(size=(3, m))
    found = dtw(squared_distances(x, y))
    W_x, W_y = warping_matrices(found.path, n, m)
    assert (W_x.sum(axis=0) == 1).all() and W_x.shape == (n, found.path.shape[1])
    np.testing.assert_array_equal(x @ W_x, x[:, found.path[0]])
    assert frobenius_cost(x, y, W_x, W_y) == pytest.approx(found.cost, rel=1e-12)
    assert broken_rules(found.path, n, m) == []


@pytest.mark.parametrize(
    "path, broken",
    [
        ([[0, 1, 2], [0, 1, 2]], []),
        ([[0, 1, 1, 2], [0, 1, 1, 2]], []),
        ([[0, 2], [0, 2]], ["continuity"]),
        ([[0, 1, 0, 1, 2], [0, 1, 1, 1, 2]], ["monotonicity"]),
        ([[0, 1, 2], [1, 1, 2]], ["boundary"]),
        ([[0, 1], [0, 1]], ["boundary"]),
    ],
)
def test_rules(path, broken):
    assert broken_rules(np.array(path), 3, 3) == broken


@given(sizes, sizes, st.integers(0, 2**32 - 1))
def test_starts_keep_all_rules(n, m, seed):
    for path in (uniform_path(n, m), bent_path(np.random.default_rng(seed), n, m)):
        assert path.shape[1] >= max(n, m) and path.dtype.kind == "i" and broken_rules(path, n, m) == []


def test_bend_zero_is_uniform_and_more_is_farther():
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(bent_path(rng, 40, 50, bend=0.0), uniform_path(40, 50))
    off = [np.mean([leaning(bent_path(rng, 80, 80, bend)) for _ in range(50)]) for bend in (0.3, 1)]
    assert 1 < 2 * off[0] < off[1]


def leaning(path):
    return np.abs(np.diff(path, axis=0)).mean()


def test_extremes():
    path = bent_path(np.random.default_rng(0), 10, 12, bend=1e4 / 1e3)
    assert path.min() == 0 and path[0, -1] == 9 and path[1, -1] == 11


def test_errors():
    with pytest.raises(ValueError, match="frames 0 to 1 and 0 to 1, got up to"):
        warping_matrices(np.array([[0, 2], [0, 1]]), 2, 2)
    with pytest.raises(ValueError, match=r"whole numbers of shape \(2, l\), got float64"):
        warping_matrices(np.zeros((2, 3)), 2, 2)
