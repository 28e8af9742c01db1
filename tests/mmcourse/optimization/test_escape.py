"""Perturbed descent and the smallest deep network: by hand, against torch, and at the saddles they are made for."""

import numpy as np
import pytest
import torch

from mmcourse.optimization.escape import ball_points, deep_product, perturbed_descent
from mmcourse.optimization.landscape import monkey_saddle, quadratic_form, with_walls
from mmcourse.optimization.surfaces import SADDLE
from mmcourse.optimization.trajectories import trajectories

WELLS = with_walls(quadratic_form(np.diag([1.0, 1.0, -1.0])))


def test_without_pushes_it_is_plain_descent():
    start, rng = np.array([[-1.5, 0.3], [0.0, 0.0], [1.0, 1.0]]), np.random.default_rng(0)
    path = perturbed_descent(SADDLE.grad, start, 0.1, 80, rng, radius=0.0)
    np.testing.assert_allclose(path, trajectories(SADDLE.grad, start, 0.1, 0.0, 80), rtol=0, atol=1e-15)


def test_it_pushes_once_and_then_waits():
    """On level ground nothing else moves it, so the places say when it was pushed."""
    path = perturbed_descent(np.zeros_like, np.zeros(4), 0.1, 25, np.random.default_rng(0), radius=0.5, wait=10)
    moved = np.flatnonzero(np.abs(np.diff(path, axis=0)).sum(axis=1))
    assert moved.tolist() == [0, 11, 22]
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() <= 0.5


def test_a_steep_slope_is_left_alone():
    rng = np.random.default_rng(0)
    path = perturbed_descent(lambda x: np.ones_like(x), np.zeros(2), 0.1, 5, rng, radius=9.0, threshold=1.0)
    np.testing.assert_allclose(path[:, 0], -0.1 * np.arange(6), atol=1e-15)


def test_plain_descent_stays_and_a_push_ends_in_a_well():
    start = np.array([1.0, 0.5, 0.0])  # on the ridge
    plain = trajectories(WELLS.grad, start, 0.1, 0.0, 500)[-1]
    np.testing.assert_allclose(plain, 0, atol=1e-12)
    rng = np.random.default_rng(1)
    ends = perturbed_descent(WELLS.grad, np.tile(start, (20, 1)), 0.1, 500, rng)[:, -1]
    np.testing.assert_allclose(WELLS.value(ends), -0.25, atol=1e-5)  # pushes go on in the well
    assert {*np.sign(ends[:, 2])} == {-1.0, 1.0}


def test_it_leaves_a_saddle_that_the_hessian_does_not_see():
    place = with_walls(monkey_saddle())
    path = perturbed_descent(place.grad, np.zeros(2), 0.05, 3000, np.random.default_rng(2), radius=0.05)
    assert place.value(path[-1]) < -1


def test_the_ball_is_filled_evenly():
    points = ball_points(np.random.default_rng(0), 2.0, (20_000, 3))
    distance = np.linalg.norm(points, axis=1)
    assert distance.max() <= 2
    np.testing.assert_allclose(np.mean((distance / 2) ** 3), 0.5, atol=0.01)  # the part of the ball inside is uniform
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=0.03)


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_the_product_equals_torch(depth):
    place, points = deep_product(), np.random.default_rng(depth).normal(size=(6, depth))
    points[0] = 0
    points[1, 0] = 0
    for point, value, grad, hessian in zip(points, place.value(points), place.grad(points), place.hessian(points)):
        w = torch.tensor(point, requires_grad=True)
        expected = 0.5 * (w.prod() - 1) ** 2
        assert value == pytest.approx(expected.item(), rel=1e-12)
        np.testing.assert_allclose(grad, torch.autograd.grad(expected, w)[0], rtol=1e-12, atol=1e-12)
        theirs = torch.autograd.functional.hessian(lambda v: 0.5 * (v.prod() - 1) ** 2, w.detach())
        np.testing.assert_allclose(hessian, theirs, rtol=1e-12, atol=1e-12)


def test_gradient_and_hessian_of_the_product_are_differences():
    place, rng, step = deep_product(), np.random.default_rng(9), 1e-5
    x, direction = rng.normal(size=(2, 40, 4))
    slope = (place.value(x + step * direction) - place.value(x - step * direction)) / (2 * step)
    np.testing.assert_allclose((place.grad(x) * direction).sum(axis=-1), slope, atol=1e-7)
    bend = (place.grad(x + step * direction) - place.grad(x - step * direction)) / (2 * step)
    np.testing.assert_allclose(np.einsum("nij,nj->ni", place.hessian(x), direction), bend, atol=1e-7)


def test_the_origin_is_a_plain_saddle_for_two_layers_and_flat_for_more():
    np.testing.assert_array_equal(np.linalg.eigvalsh(deep_product().hessian(np.zeros(2))), [-1, 1])
    for depth in (3, 4, 9):
        assert not deep_product().grad(np.zeros(depth)).any()
        assert not deep_product().hessian(np.zeros(depth)).any()


def test_a_wait_of_nothing_is_refused():
    with pytest.raises(ValueError, match="`wait` must be at least 1 step, got 0: a push needs time to grow"):
        perturbed_descent(np.zeros_like, np.zeros(2), 0.1, 5, np.random.default_rng(0), wait=0)
