"""Generalized time warping: its halves against a reference, its step against differences, its result against truth."""

import numpy as np
import pytest

from mmcourse.multimodal.ctw import cca_step
from mmcourse.multimodal.gtw import (
    disagreement,
    gauss_newton_step,
    gtw,
    gtw_from_many,
    multiset_cca,
    time_cost,
)
from mmcourse.multimodal.monotone_bases import at_frames, frames_at, monotone_bases
from mmcourse.multimodal.warping_matrices import uniform_path
from mmcourse.worlds.warped_views import warped_views

PAIRS = ((0, 1), (0, 2), (1, 2))


def mean_error(world, frames):
    return np.mean([world.index_error(frames[[a, b]], a, b) for a, b in PAIRS])


def test_disagreement_by_hand():
    views = [np.array([[0.0, 1.0]]), np.array([[1.0, 1.0]]), np.array([[3.0, 1.0]])]
    assert disagreement(views) == 1 + 9 + 4


def test_two_views_are_cca():
    world = warped_views(np.random.default_rng(0), kind="linear")
    path = uniform_path(60, 70)
    warped = [view[:, frames] for view, frames in zip(world.views, path)]
    warped = [view - view.mean(axis=1, keepdims=True) for view in warped]
    a, b = (V.T @ view for V, view in zip(multiset_cca(warped, 2), warped))
    space = cca_step(*world.views, path, components=2)
    assert disagreement([a, b]) == pytest.approx(space.cost, abs=1e-9)  # both 2k − 2 Σρ
    np.testing.assert_allclose(np.abs(a), np.abs(space.x[:, path[0]]), atol=1e-8)


def test_the_constraint_holds_and_nothing_beats_the_optimum():
    rng = np.random.default_rng(1)
    views = [rng.normal(size=(d, 50)) for d in (3, 4, 2)]
    views = [view - view.mean(axis=1, keepdims=True) for view in views]
    directions = multiset_cca(views, 2)
    second_moment = sum(V.T @ x @ x.T @ V for V, x in zip(directions, views)) / 3
    np.testing.assert_allclose(second_moment, np.eye(2), atol=1e-10)
    best = disagreement([V.T @ x for V, x in zip(directions, views)])
    for _ in range(200):
        tried = [V + 0.1 * rng.normal(size=V.shape) for V in directions]
        root = np.linalg.cholesky(np.linalg.inv(sum(V.T @ x @ x.T @ V for V, x in zip(tried, views)) / 3))
        assert disagreement([(V @ root).T @ x for V, x in zip(tried, views)]) >= best - 1e-9


def test_the_step_is_exact_where_the_views_are_straight_lines():
    bases = monotone_bases(40, shifts=2)
    truth = np.random.default_rng(2).dirichlet(np.ones(5), size=2)
    views = [np.linspace(0, 1, n)[None] for n in (30, 50)]  # a line: v(a) is linear in a
    start = np.eye(5)[[0, 1]]
    solved = gauss_newton_step(views, bases, start)
    assert time_cost(views, bases, solved) < 1e-10 < time_cost(views, bases, start)
    assert truth.shape == solved.shape and (solved >= 0).all()


def test_the_linearisation_is_the_derivative():
    rng = np.random.default_rng(3)
    view, bases = rng.normal(size=(2, 30)), monotone_bases(25, shifts=3)
    a = rng.dirichlet(np.ones(6))
    step = 1e-7 * (rng.dirichlet(np.ones(6)) - a)
    frames = frames_at(bases, a, 30)
    _, slope = at_frames(view, frames)
    predicted = (slope[:, :, None] * 29 * bases) @ step
    measured = at_frames(view, frames_at(bases, a + step, 30))[0] - at_frames(view, frames)[0]
    np.testing.assert_allclose(measured, predicted, atol=1e-11)


@pytest.mark.parametrize("seed", range(5))
def test_weights_stay_allowed_and_time_never_costs(seed):
    world = warped_views(np.random.default_rng(seed), kind="linear", frames=(60, 70, 80))
    found = gtw(world.views, components=2)
    np.testing.assert_allclose(found.weights.sum(axis=1), 1, atol=1e-12)
    assert found.weights.min() >= 0 and (np.diff(found.frames) >= -1e-9).all()
    np.testing.assert_allclose(found.frames[:, [0, -1]], [[0, 59], [0, 69], [0, 79]], atol=1e-9)
    assert (np.diff(found.costs)[::2] <= 0).all() and found.cost == min(found.costs[::2])


def test_three_views_are_aligned():
    errors = []
    for seed in range(5):
        world = warped_views(np.random.default_rng(seed), kind="linear", frames=(60, 70, 80))
        best = gtw_from_many(world.views, components=2, rng=np.random.default_rng(seed), starts=6)[0]
        uniform = np.stack([np.linspace(0, n - 1, 80) for n in (60, 70, 80)])
        errors.append([mean_error(world, best.frames), mean_error(world, uniform)])
    best, uniform = np.median(errors, axis=0)
    assert best < 1 < uniform / 3


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_extremes(scale):
    views = warped_views(np.random.default_rng(8), kind="linear", frames=(40, 45, 50)).views
    one, other = gtw(views, 2), gtw((scale * views[0], *views[1:]), 2)
    np.testing.assert_allclose(one.frames, other.frames, atol=0.05)  # the steps halve at rounding errors


def test_errors():
    with pytest.raises(ValueError, match="two views or more to align, got 1"):
        gtw([np.zeros((2, 5))], components=1)
