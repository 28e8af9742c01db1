"""Gradient descent and its Taylor argument: by hand, against torch and closed forms, and when it goes uphill."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmcourse.optimization.descent import critical_rate, descend, gradient_step, steepest_direction, taylor_change
from mmcourse.optimization.surfaces import ROSENBROCK, quadratic

vectors = hnp.arrays(float, 3, elements=st.floats(-100, 100))
seeds = st.integers(0, 2**32 - 1)


def positive_definite(seed, size=3):
    factor = np.random.default_rng(seed).normal(size=(size, size))
    return factor @ factor.T + 0.1 * np.eye(size)


def test_by_hand():
    np.testing.assert_array_equal(gradient_step(np.array([1.0, 2.0]), np.array([4.0, -4.0]), lr=0.25), [0, 3])
    path = descend(lambda x: x, np.array([[16.0], [8.0]]), lr=np.array([0.5, 0.25]), steps=2)
    np.testing.assert_array_equal(path, [[[16], [8], [6]], [[8], [4], [3]]])


def test_on_a_quadratic_each_coordinate_is_a_geometric_series():
    curvature = np.array([1.0, 25.0])
    path = descend(lambda x: curvature * x, np.array([3.0, -2.0]), lr=0.07, steps=50)
    expected = np.array([3.0, -2.0]) * (1 - 0.07 * curvature) ** np.arange(51)[:, None]
    np.testing.assert_allclose(path, expected, rtol=1e-10)


def test_the_path_equals_torch_with_a_rate_for_each_step():
    rates = np.linspace(1e-3, 1e-4, 60)
    x = torch.tensor([-1.5, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer, path = torch.optim.SGD([x], lr=1.0), [x.detach().numpy().copy()]
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        ((1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2).backward()
        optimizer.step()
        path.append(x.detach().numpy().copy())
    np.testing.assert_allclose(descend(ROSENBROCK.grad, path[0], rates, steps=60), path, atol=1e-9)


@given(vectors, vectors, st.floats(1e-6, 10))
def test_two_half_steps_along_one_slope_are_one_step(x, grad, lr):
    half = gradient_step(gradient_step(x, grad, lr / 2), grad, lr / 2)
    np.testing.assert_allclose(half, gradient_step(x, grad, lr), atol=1e-10)


@given(vectors, seeds)
def test_the_taylor_change_is_exact_on_a_quadratic(x, seed):
    hessian = positive_definite(seed)
    grad = hessian @ x

    def cost(x):
        return x @ hessian @ x / 2

    for lr in (0.001, 0.1, 1.0):
        exact = cost(gradient_step(x, grad, lr)) - cost(x)
        assert taylor_change(grad, hessian, lr) == pytest.approx(exact, rel=1e-6, abs=1e-6)


@given(vectors.filter(lambda x: np.linalg.norm(x) > 1e-3), seeds)
def test_the_cost_rises_exactly_above_the_critical_rate(x, seed):
    hessian = positive_definite(seed)
    grad = hessian @ x
    rate = critical_rate(grad, hessian)
    curvatures = np.linalg.eigvalsh(hessian)
    assert 2 / curvatures[-1] * (1 - 1e-9) <= rate <= 2 / curvatures[0] * (1 + 1e-9)
    for factor, sign in ((0.99, -1), (1.01, 1)):
        after = gradient_step(x, grad, factor * rate)
        assert np.sign(after @ hessian @ after - x @ hessian @ x) == sign


def test_the_printed_expansion_forgets_a_square():
    """At (1, 1) on (x² + 50 y²) / 2 the cost rises above 0.0400; ε for ε² makes the second term 25 times too large."""
    surface, x = quadratic((1.0, 50.0)), np.array([1.0, 1.0])
    grad, hessian = surface.grad(x), surface.hessian(x)
    rate = critical_rate(grad, hessian)
    assert f"{rate:.4f}" == "0.0400"
    cost = [surface.value(gradient_step(x, grad, lr)) for lr in (0.0399, 0.0401)]
    assert cost[0] < surface.value(x) < cost[1]
    printed = -rate * grad @ grad + rate * grad @ hessian @ grad / 2
    assert printed / (rate * grad @ grad) == pytest.approx(1 / rate - 1)
    assert taylor_change(grad, hessian, rate) == pytest.approx(0, abs=1e-9)


def test_off_a_quadratic_the_taylor_error_is_of_third_order():
    x = np.array([-1.2, 1.0])
    grad, hessian = ROSENBROCK.grad(x), ROSENBROCK.hessian(x)
    error = [
        abs(ROSENBROCK.value(x - lr * grad) - ROSENBROCK.value(x) - taylor_change(grad, hessian, lr))
        for lr in (1e-6, 1e-7)
    ]
    assert error[0] / error[1] == pytest.approx(1000, rel=0.01)  # the fourth order is 1 % of it


def test_many_points_at_once_and_no_upward_curve():
    hessian = np.diag([1.0, -1.0])
    rates = critical_rate(np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]]), np.broadcast_to(hessian, (3, 2, 2)))
    np.testing.assert_allclose(rates, [2, np.inf, 10 / 3])


def test_wrong_shapes_are_refused_with_advice():
    with pytest.raises(ValueError, match=r"`grad` must have the shape of `x`, \(2,\), got \(3,\): it belongs to other"):
        gradient_step(np.zeros(2), np.zeros(3), lr=0.1)
    with pytest.raises(ValueError, match=r"`lr` must be one rate or have shape \(5,\), one for each step, got \(4,\)"):
        descend(lambda x: x, np.ones(2), lr=np.ones(4), steps=5)
    with pytest.raises(ValueError, match=r"`hessian` must have shape \(..., D, D\) with D = 2, got \(3, 3\)"):
        critical_rate(np.ones(2), np.eye(3))


@given(vectors.filter(lambda x: np.linalg.norm(x) > 1e-3), seeds)
def test_no_direction_falls_faster_than_the_steepest(grad, seed):
    directions = np.random.default_rng(seed).normal(size=(50, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    steepest = steepest_direction(grad)
    assert np.linalg.norm(steepest) == pytest.approx(1.0)
    assert grad @ steepest == pytest.approx(-np.linalg.norm(grad))
    assert (directions @ grad >= grad @ steepest - 1e-9).all()


def test_level_ground_has_no_steepest_direction():
    with pytest.raises(ValueError, match="all directions are level"):
        steepest_direction(np.array([[1.0, 0.0], [0.0, 0.0]]))
