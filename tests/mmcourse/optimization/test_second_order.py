"""Newton's method: exact on quadratics, indifferent to coordinates, drawn to saddles unless damped."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.optimization.second_order import damped_direction, newton_direction, quadratic_model
from mmcourse.optimization.surfaces import BUMPY, ROSENBROCK, SADDLE

seeds = st.integers(0, 2**32 - 1)


def random_problem(seed, low=0.01, high=100.0, size=5):
    """A gradient, and a Hessian with curvatures between `low` and `high` in turned axes."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(size, size)))[0]
    return rng.normal(size=size), turn @ np.diag(rng.uniform(low, high, size)) @ turn.T


def test_a_step_by_hand():
    # H = [[2, 1], [1, 3]] has the inverse [[3, -1], [-1, 2]] / 5
    H = np.array([[2.0, 1.0], [1.0, 3.0]])
    np.testing.assert_allclose(newton_direction(np.array([5.0, 10.0]), H), [-1.0, -3.0], atol=1e-14)
    # f + g · s + ½ sᵀ H s = 1 - 35 + ½ (2 + 6 + 27)
    assert quadratic_model(1.0, np.array([5.0, 10.0]), H, np.array([-1.0, -3.0])) == pytest.approx(-16.5)
    np.testing.assert_allclose(
        damped_direction(np.array([1.0, 1.0, 1.0]), np.diag([2.0, -4.0, 0.1]), 0.5), [-0.5, -0.25, -2]
    )


@pytest.mark.parametrize("surface", [ROSENBROCK, BUMPY, SADDLE])
def test_the_model_is_wrong_by_the_cube_of_the_step(surface):
    x, s = np.array([0.7, -0.4]), np.array([0.3, 0.5])
    parts = np.array([1e-2, 1e-3])
    model = quadratic_model(surface.value(x), surface.grad(x), surface.hessian(x), parts[:, None] * s)
    wrong = np.abs(surface.value(x + parts[:, None] * s) - model)
    assert wrong[1] < wrong[0] * 2e-3  # a tenth of the step: a thousandth of the error, and round-off


@given(seeds)
def test_one_step_ends_at_the_minimum_of_a_quadratic(seed):
    start, H = random_problem(seed)
    end = start + newton_direction(H @ start, H)
    np.testing.assert_allclose(end, 0, atol=1e-9)  # condition numbers up to 1e4


@given(seeds)
def test_the_step_does_not_depend_on_the_coordinates(seed):
    """With x = A z the gradient becomes Aᵀ g, the Hessian Aᵀ H A, and the step in x is the same."""
    g, H = random_problem(seed)
    A = random_problem(seed + 1, 0.5, 2.0)[1]
    np.testing.assert_allclose(A @ newton_direction(A.T @ g, A.T @ H @ A), newton_direction(g, H), rtol=1e-6, atol=1e-6)


@given(seeds)
def test_damped_leads_down_and_equals_newton_in_a_bowl(seed):
    g, H = random_problem(seed, -1e4, 1e4)
    assert g @ damped_direction(g, H) < 0
    assert np.linalg.norm(damped_direction(g, H, damping=0.5)) <= np.linalg.norm(g) / 0.5 * (1 + 1e-12)
    g, H = random_problem(seed, 0.1, 10.0)
    np.testing.assert_allclose(damped_direction(g, H), newton_direction(g, H), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("y, end", [(1.3, (0, 1)), (-0.8, (0, -1)), (0.3, (0, 0)), (-0.4, (0, 0))])
def test_newton_finds_the_nearest_level_place_and_damped_a_minimum(y, end):
    newton = damped = np.array([1.5, y])
    for _ in range(60):
        newton = newton + newton_direction(SADDLE.grad(newton), SADDLE.hessian(newton))
        damped = damped + damped_direction(SADDLE.grad(damped), SADDLE.hessian(damped))
    np.testing.assert_allclose(newton, end, atol=1e-12)
    np.testing.assert_allclose(damped, (0, np.sign(y)), atol=1e-12)


def test_near_a_minimum_the_error_is_squared():
    x, errors = np.array([-1.5, 1.0]), []
    for _ in range(6):
        x = x + newton_direction(ROSENBROCK.grad(x), ROSENBROCK.hessian(x))
        errors.append(np.linalg.norm(x - 1))
    assert errors[-1] < 1e-9 and errors[-2] > 1e-9 and errors[-1] < 10 * errors[-2] ** 2 + 1e-14


def test_mistakes_at_the_boundary():
    with pytest.raises(ValueError, match=r"`grad` \(D,\) and `hessian` \(D, D\), got \(2,\) and \(3, 3\)"):
        newton_direction(np.zeros(2), np.eye(3))
    with pytest.raises(ValueError, match="the Hessian is singular: .* `damped_direction`"):
        newton_direction(np.ones(2), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="`damping` must be positive, got 0"):
        damped_direction(np.ones(2), np.eye(2), damping=0)
