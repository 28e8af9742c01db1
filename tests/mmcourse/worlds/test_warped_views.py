"""The world of warped views: what it says is true is true."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.worlds.warped_views import KINDS, WarpedViews, smooth_curve, warped_views


def two_clocks(first, second):
    times = tuple(np.array(t, dtype=float) for t in (first, second))
    return WarpedViews(tuple(np.zeros((1, len(t))) for t in times), times, np.zeros((2, 5)))


def test_the_error_by_hand():
    world = two_clocks([0, 0.5, 1], [0, 0.25, 0.5, 0.75, 1])
    assert world.truth().tolist() == [[0, 1, 2], [0, 2, 4]]
    assert world.partner(np.array([0.5, 2]), 1, 0).tolist() == [0.25, 1]
    path = np.array([[0, 1, 1, 2, 2], [0, 1, 2, 3, 4]])  # off by 1 there and ½ back, at the second and fourth step
    assert world.index_error(path) == pytest.approx((0 + 1.5 + 0 + 1.5 + 0) / 5 / 2)


@given(st.integers(0, 2**32 - 1), st.sampled_from(KINDS))
def test_the_truth_has_no_error_and_same_seed_same_world(seed, kind):
    one, two = (warped_views(np.random.default_rng(seed), kind, frames=(20, 30, 25)) for _ in range(2))
    for a, b in ((0, 1), (1, 2), (2, 0)):
        assert one.index_error(one.truth(a, b), a, b) < 1e-9
    assert all((np.diff(time) > 0).all() and time[0] == 0 and time[-1] == pytest.approx(1) for time in one.times)
    for x, y in zip(one.views, two.views):
        np.testing.assert_array_equal(x, y)


def test_equal_moments_look_the_same_without_noise():
    for kind, undo in (("same", False), ("rotated", True), ("linear", True)):
        world = warped_views(np.random.default_rng(0), kind, frames=(300, 320), noise=0.0)
        x, y = world.views
        partner = world.truth()[1]
        seen = np.stack([np.interp(partner, np.arange(y.shape[1]), row) for row in y])
        if undo:
            camera, *_ = np.linalg.lstsq(x.T, seen.T, rcond=None)
            x = camera.T @ x
        assert np.abs(seen - x).max() < 0.01 * np.abs(seen).max()  # frames lie a little apart


def test_rotated_views_keep_distances_and_swirled_ones_only_that_to_the_middle():
    rotated = warped_views(np.random.default_rng(1), "rotated", bend=0.0, frames=(50, 50), noise=0.0).views
    swirled = warped_views(np.random.default_rng(1), "swirled", bend=0.0, frames=(50, 50), noise=0.0).views
    for views in (rotated, swirled):
        norms = [np.linalg.norm(view, axis=0) for view in views]
        np.testing.assert_allclose(*norms, rtol=1e-9)
    gram = [view.T @ view for view in rotated]
    np.testing.assert_allclose(*gram, atol=1e-9)
    assert np.abs(swirled[0].T @ swirled[0] - swirled[1].T @ swirled[1]).max() > 0.5


def test_the_movement_is_white_and_walked_at_even_speed():
    curve = smooth_curve(np.random.default_rng(2))
    np.testing.assert_allclose(curve @ curve.T / curve.shape[1], np.eye(2), atol=1e-12)
    np.testing.assert_allclose(curve[:, 0], curve[:, -1], atol=1e-9)  # closed


def test_noise_and_bend():
    quiet, noisy = (warped_views(np.random.default_rng(3), "same", noise=noise).views[0] for noise in (0.0, 0.3))
    assert (noisy - quiet).std() == pytest.approx(0.3, rel=0.2)  # 120 numbers
    even = warped_views(np.random.default_rng(3), bend=0.0)
    np.testing.assert_allclose(even.times[0], np.linspace(0, 1, 60), atol=1e-12)
    far = warped_views(np.random.default_rng(3), bend=1e4 / 1e3)  # hardly moving, then all at once
    assert all((np.diff(time) >= 0).all() for time in far.times)


def test_errors():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="`kind` must be one of same, rotated, linear, swirled, got 'bent'"):
        warped_views(rng, "bent")
    with pytest.raises(ValueError, match=r"two views or more, of 2 frames or more each, got \(5,\)"):
        warped_views(rng, frames=(5,))
    world = warped_views(rng)
    with pytest.raises(ValueError, match=r"got \(60, 2\): transposed"):
        world.index_error(np.zeros((60, 2)))
    with pytest.raises(ValueError, match="`path` must stay in frames 0 to 59 and 0 to 69"):
        world.index_error(np.array([[0, 60], [0, 69]]))
