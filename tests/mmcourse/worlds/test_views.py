"""Paired views: what they share is what they say they share."""

import numpy as np
import pytest

from mmcourse.worlds.views import discs, strangers, turned


def test_canonical_correlations_are_the_given_ones():
    pair = turned(np.random.default_rng(0), 40_000, correlations=(0.9, 0.3))
    both = np.corrcoef(np.concatenate([pair.x, pair.y]))
    squares = np.linalg.solve(both[:2, :2], both[:2, 2:]) @ np.linalg.solve(both[2:, 2:], both[2:, :2])
    found = np.sqrt(np.sort(np.linalg.eigvals(squares).real)[::-1])
    np.testing.assert_allclose(found, [0.9, 0.3], atol=0.02)  # 4 / √40,000


def test_discs_share_the_radius_and_nothing_linear():
    pair = discs(np.random.default_rng(1), 40_000, noise=0.0)
    np.testing.assert_allclose(np.linalg.norm(pair.x, axis=0), pair.shared[0], rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(pair.y, axis=0), pair.shared[0], rtol=1e-12)
    both = np.corrcoef(np.concatenate([pair.x, pair.y, pair.shared]))
    assert np.abs(both - np.eye(5)).max() < 0.025  # 5 / √40,000
    np.testing.assert_allclose(pair.x / pair.shared, [np.cos(pair.private[0]), np.sin(pair.private[0])], rtol=1e-9)


def test_strangers_and_the_seed():
    one, same = (strangers(np.random.default_rng(2), 30, 3, 2) for _ in range(2))
    np.testing.assert_array_equal(one.x, same.x)
    assert one.x.shape == (3, 30) and one.y.shape == (2, 30) and one.shared.size == 0


def test_a_correlation_above_one_is_refused():
    with pytest.raises(ValueError, match="from 0 to 1"):
        turned(np.random.default_rng(0), 5, correlations=(1.2,))
