"""Dynamic time warping: by hand, by loops, by brute force, and for every step pattern and window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.multimodal.dtw import (
    as_matrix,
    dtw,
    dtw_through,
    read_path,
    squared_distances,
    table_by_diagonals,
    table_by_loops,
)
from mmcourse.multimodal.step_patterns import (
    ASYMMETRIC,
    PATTERNS,
    SYMMETRIC1,
    SYMMETRIC2,
    SYMMETRIC_P1,
    all_paths,
    count_paths,
)
from mmcourse.multimodal.windows import band

X, Y = np.array([[0.0, 1, 3, 1, 0]]), np.array([[0.0, 0, 0, 2, 3, 1]])
sizes = st.integers(1, 6)


def test_by_hand():
    found = dtw(squared_distances(np.array([[1.0, 2, 3]]), np.array([[2.0, 2, 2, 3, 4]])))
    assert found.cost == 2 and found.path.T.tolist() == [[0, 0], [1, 1], [1, 2], [2, 3], [2, 4]]


# Computed with dtw-python 1.9 (step patterns symmetric1, symmetric2, symmetricP1, asymmetric; its band)
@pytest.mark.parametrize("moves, cost", [(SYMMETRIC1, 2), (SYMMETRIC2, 3), (SYMMETRIC_P1, 6), (ASYMMETRIC, 2)])
def test_patterns_agree_with_the_library(moves, cost):
    assert dtw(squared_distances(X, Y), moves).cost == cost


@pytest.mark.parametrize("radius, cost", [(1, 7), (2, 2), (5, 2)])
def test_a_window_costs(radius, cost):
    assert dtw(squared_distances(X, Y), allowed=band((5, 6), radius)).cost == cost


def test_a_pulse_four_frames_late():
    d = squared_distances(np.array([[0.0, 0, 0, 0, 1, 0]]), np.array([[0.0, 1, 0, 0, 0, 0]]))
    assert [dtw(d, allowed=band((6, 6), r)).cost for r in range(4)] == [2, 2, 2, 0]
    assert dtw(d).cost == 0 and dtw(d, SYMMETRIC_P1).cost == 3


@given(sizes, sizes, st.integers(0, 2**32 - 1), st.sampled_from(list(PATTERNS)), st.booleans())
def test_brute_force_finds_nothing_cheaper(n, m, seed, name, windowed):
    rng, moves = np.random.default_rng(seed), PATTERNS[name]
    d = rng.integers(0, 6, size=(n, m)).astype(float)
    allowed = rng.random((n, m)) < 0.8 if windowed else np.ones((n, m), dtype=bool)
    paths = all_paths((n, m), moves, allowed)
    if not paths:
        with pytest.raises(ValueError, match=f"no path leads through this {n} × {m} matrix"):
            dtw(d, moves, allowed)
        return
    costs = [sum(weight * d[i, j] for i, j, weight in path) for path in paths]
    found = dtw(d, moves, allowed)
    assert found.cost == min(costs)
    best = [[(i, j) for i, j, _ in path] for path, cost in zip(paths, costs) if cost == found.cost]
    assert [tuple(cell) for cell in found.path.T] in best


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_diagonals_are_the_loops(n, m, seed):
    d = np.random.default_rng(seed).normal(size=(n, m)) ** 2
    np.testing.assert_allclose(table_by_diagonals(d), table_by_loops(d), rtol=1e-13)


@given(st.integers(2, 20), st.integers(2, 20), st.integers(0, 2**32 - 1))
def test_symmetric(n, m, seed):
    rng = np.random.default_rng(seed)
    d = squared_distances(rng.normal(size=(2, n)), rng.normal(size=(2, m)))
    assert dtw(d).cost == pytest.approx(dtw(d.T).cost, rel=1e-12)
    if max(n, m) - 1 <= 2 * (min(n, m) - 1) and count_paths((n, m), SYMMETRIC_P1):
        assert dtw(d, SYMMETRIC_P1).cost == pytest.approx(dtw(d.T, SYMMETRIC_P1).cost, rel=1e-12)


def test_repeated_frames_are_free_and_itself_is_at_zero():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3, 9)), rng.normal(size=(3, 7))
    stretched = np.repeat(x, rng.integers(1, 4, size=9), axis=1)
    assert dtw(squared_distances(stretched, x)).cost == 0
    np.testing.assert_array_equal(dtw(squared_distances(x, x)).path, np.tile(np.arange(9), (2, 1)))
    assert dtw(squared_distances(x, y)).cost <= ((x[:, :7] - y) ** 2).sum() + ((x[:, 7:] - y[:, 6:]) ** 2).sum()


def test_the_triangle_inequality_fails():
    a, b, c = np.zeros((1, 1)), np.array([[0.0, 1.0]]), np.ones((1, 5))
    cost = [np.sqrt(dtw(squared_distances(*pair)).cost) for pair in ((a, b), (b, c), (a, c))]
    assert cost[0] + cost[1] < cost[2]  # 1 + 1 against √5


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_extremes_scale(scale):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 30)), rng.normal(size=(2, 40))
    d, scaled = squared_distances(x, y), squared_distances(scale * x, scale * y)
    assert dtw(scaled).cost == pytest.approx(scale**2 * dtw(d).cost, rel=1e-12)
    np.testing.assert_array_equal(dtw(scaled).path, dtw(d).path)


def test_ties_go_to_the_first_move():
    path = read_path(table_by_loops(np.zeros((3, 5))), np.zeros((3, 5)))
    assert path.tolist() == [[0, 0, 0, 1, 2], [0, 1, 2, 3, 4]]  # diagonals first, seen from the end


def test_the_view_of_the_diagonals_is_a_view():
    diagonals = np.arange(12.0).reshape(4, 3)
    assert as_matrix(diagonals, 3, 2).tolist() == [[0, 3], [4, 7], [8, 11]]
    as_matrix(diagonals, 3, 2)[0, 0] = 100
    assert diagonals[0, 0] == 100


def test_errors():
    with pytest.raises(ValueError, match=r"got \(4, 2\) and \(2, 5\): transposed"):
        squared_distances(np.zeros((4, 2)), np.zeros((2, 5)))
    with pytest.raises(ValueError, match="without NaN"):
        dtw(np.full((2, 2), np.nan))
    with pytest.raises(ValueError, match=r"shape of `d`, \(2, 3\), got \(3, 2\)"):
        dtw(np.zeros((2, 3)), allowed=np.ones((3, 2), dtype=bool))
    with pytest.raises(ValueError, match="widen the window or the slope"):
        dtw(np.zeros((3, 7)), SYMMETRIC_P1)


@pytest.mark.parametrize("moves", [SYMMETRIC1, SYMMETRIC_P1])
def test_through_every_cell(moves):
    d = np.random.default_rng(2).integers(0, 9, size=(4, 5)).astype(float)
    ends = {}  # the cheapest path for each cell that ends a move of it
    for path in all_paths(d.shape, moves):
        cost = sum(weight * d[i, j] for i, j, weight in path)
        for i, j, _ in path:
            ends[i, j] = min(cost, ends.get((i, j), np.inf))
    found = {}
    for cell in np.ndindex(*d.shape):
        try:
            found[cell], path = dtw_through(d, cell, moves)
        except ValueError:
            continue
        assert list(cell) in path.T.tolist() and (np.diff(path).sum(axis=0) > 0).all()
    if moves is SYMMETRIC1:
        assert found == ends
    assert min(found.values()) == dtw(d, moves).cost and all(found[cell] >= ends[cell] for cell in found)
