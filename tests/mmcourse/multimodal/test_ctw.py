"""Canonical time warping: what each half step promises, what the whole does not, and whether it finds the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import subspace_angles
from sklearn.cross_decomposition import CCA

from mmcourse.multimodal.ctw import cca_step, ctw, ctw_from_many
from mmcourse.multimodal.dtw import dtw, squared_distances
from mmcourse.multimodal.warping_matrices import bent_path, uniform_path
from mmcourse.worlds.warped_views import warped_views

RISES = np.array([[-1.0, 2, 0, 0, 0]]), np.array([[-1.0, -1, 1, 0]])


def test_the_smallest_example_in_which_the_cost_rises():
    found = ctw(*RISES, components=1)
    # by hand: the start pairs (-1, 2, 0, 0, 0) with (-1, -1, 1, 1, 0), whose correlation is 3 / √172.8 = 0.2282
    assert found.costs[0] == pytest.approx(2 - 2 * 3 / np.sqrt(172.8), abs=1e-12)
    np.testing.assert_allclose(found.costs, [1.5436, 1.3849, 1.5636], atol=5e-5)
    assert found.cost == found.costs[0]  # the best, not the last
    np.testing.assert_array_equal(found.path, uniform_path(5, 4))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_each_half_step_keeps_its_promise(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(3, 14)).cumsum(axis=1), rng.normal(size=(2, 17)).cumsum(axis=1)
    path = bent_path(rng, 14, 17)
    space = cca_step(x, y, path, components=2)
    assert space.cost == pytest.approx(4 - 2 * space.correlations.sum(), abs=1e-9)  # 2k − 2 Σρ
    for view, frames in ((space.x, path[0]), (space.y, path[1])):
        np.testing.assert_allclose(view[:, frames] @ view[:, frames].T, np.eye(2), atol=1e-9)
        np.testing.assert_allclose(view[:, frames].sum(axis=1), 0, atol=1e-9)
    assert dtw(squared_distances(space.x, space.y)).cost <= space.cost + 1e-12


@pytest.mark.parametrize("seed", range(6))
def test_costs_never_rise_in_time_and_the_cheapest_is_returned(seed):
    world = warped_views(np.random.default_rng(seed), kind="rotated")
    found = ctw(*world.views, components=2, start=bent_path(np.random.default_rng(seed), 60, 70))
    in_time = np.diff(found.costs)[::2]
    assert len(found.costs) == 2 * len(found.paths) - 1 and (in_time <= 1e-12).all()
    assert found.cost == min(found.costs[::2])
    again = cca_step(*world.views, found.path, components=2)
    np.testing.assert_allclose([again.cost, again.x[0, 0]], [found.cost, found.x[0, 0]], atol=1e-12)


def test_the_common_space_is_scikit_learns():
    world = warped_views(np.random.default_rng(4), kind="linear")
    path = np.rint(world.truth()).astype(int)
    space = cca_step(*world.views, path, components=2)
    warped = [view[:, frames].T for view, frames in zip(world.views, path)]
    theirs = CCA(2, scale=False, tol=1e-12, max_iter=5000).fit(*warped).transform(*warped)
    for ours, other, frames in zip((space.x, space.y), theirs, path):
        assert np.abs(subspace_angles(ours[:, frames].T, other)).max() < 1e-4


def test_it_recovers_the_warp_that_dtw_cannot():
    errors = []
    for seed in range(6):
        world = warped_views(np.random.default_rng(seed), kind="rotated")
        best = ctw_from_many(*world.views, components=2, rng=np.random.default_rng(seed))[0]
        blind = dtw(squared_distances(*world.views)).path
        errors.append([world.index_error(path) for path in (best.path, uniform_path(60, 70), blind)])
    best, uniform, blind = np.mean(errors, axis=0)
    assert best < 1 and best < uniform / 4 and best < blind / 4


def test_a_turned_and_stretched_view_changes_nothing():
    world = warped_views(np.random.default_rng(5), kind="linear")
    x, y = world.views
    mixed = np.random.default_rng(0).normal(size=(3, 3)) @ x + 7
    one, other = (ctw(view, y, components=2) for view in (x, mixed))
    np.testing.assert_array_equal(one.path, other.path)
    np.testing.assert_allclose(one.costs, other.costs, atol=1e-8)


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_extremes(scale):
    x, y = warped_views(np.random.default_rng(6), kind="rotated").views
    one, other = ctw(x, y, components=2), ctw(scale * x, y, components=2)
    np.testing.assert_array_equal(one.path, other.path)


def test_two_identical_views_stay_on_the_diagonal():
    x = warped_views(np.random.default_rng(7), kind="same").views[0]
    found = ctw(x, x, components=2)
    np.testing.assert_array_equal(found.path, np.tile(np.arange(60), (2, 1)))
    assert found.cost < 1e-12 and len(found.paths) == 1


def test_many_starts_come_cheapest_first():
    world = warped_views(np.random.default_rng(0), kind="rotated", frames=(30, 35))
    found = ctw_from_many(*world.views, components=2, rng=np.random.default_rng(0), starts=4)
    costs = [one.cost for one in found]
    assert len(costs) == 5 and costs == sorted(costs)
    assert ctw(*world.views, components=2).cost in costs


def test_errors():
    with pytest.raises(ValueError, match="`sweeps` must be 1 or more, got 0"):
        ctw(*RISES, components=1, sweeps=0)
    with pytest.raises(ValueError, match="`components` must be from 1 to 1"):
        ctw(*RISES, components=2)
