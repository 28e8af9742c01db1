"""Search without a slope: by hand, against closed forms, and what never happens."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.optimization.search import grid_points, probe_descent, random_search, unit_directions


def bowl(x):
    return np.square(x).sum(axis=-1)


def test_by_hand():
    assert grid_points(3, 4) == 81 and grid_points(10, 30) == 10**30
    lowest = random_search(lambda x: x[..., 0], 1, 5, np.random.default_rng(0))
    np.testing.assert_array_equal(lowest, np.minimum.accumulate(np.random.default_rng(0).uniform(-1, 1, 5)))


def test_the_lowest_of_many_darts_has_the_expected_height():
    """The least of n numbers between 0 and 1 is 1 / (n + 1) on average."""
    lowest = [random_search(lambda x: x[..., 0], 1, 9, np.random.default_rng(seed))[-1] for seed in range(4000)]
    assert (np.mean(lowest) + 1) / 2 == pytest.approx(0.1, abs=0.006)  # four standard errors


@given(st.integers(1, 200), st.integers(0, 99))
def test_directions_have_length_one(dim, seed):
    directions = unit_directions(dim, 7, np.random.default_rng(seed))
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0, rtol=1e-12)


def test_no_direction_is_preferred():
    """The cosine with any fixed direction has mean 0 and mean square 1 / D."""
    directions = unit_directions(20, 40_000, np.random.default_rng(1))
    np.testing.assert_allclose(directions.mean(axis=0), 0, atol=0.006)
    np.testing.assert_allclose((directions**2).mean(axis=0), 1 / 20, rtol=0.05)


@given(st.integers(1, 10), st.integers(0, 99), st.floats(1e-4, 1e4))
def test_probing_never_goes_up_and_steps_at_most_the_length(dim, seed, length):
    path = probe_descent(bowl, np.ones(dim), length, tries=3, steps=20, rng=np.random.default_rng(seed))
    assert (np.diff(bowl(path)) <= 0).all()
    assert (np.linalg.norm(np.diff(path, axis=0), axis=1) <= length * (1 + 1e-9)).all()


def test_probing_on_a_line_finds_the_minimum():
    path = probe_descent(lambda x: bowl(x - 0.3), np.ones(1), 0.25, tries=20, steps=200, rng=np.random.default_rng(2))
    assert path[-1] == pytest.approx(0.3, abs=1e-6)


def test_without_a_direction_there_is_no_step():
    with pytest.raises(ValueError, match="at least 1, got 0"):
        probe_descent(bowl, np.ones(2), 1.0, tries=0, steps=3, rng=np.random.default_rng(0))
