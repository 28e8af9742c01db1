"""Momentum and Nesterov: by hand, against torch, against the linear recurrence, and their symmetries."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmcourse.optimization.momentum import MomentumState, momentum_step, nesterov_step, printed_sign_step

CURVATURE = np.array([1.0, 25.0])  # of the ravine (x² + 25 y²) / 2
vectors = hnp.arrays(float, 3, elements=st.floats(-1e4, 1e4))
seeds = st.integers(0, 2**32 - 1)


def ravine(x):
    return CURVATURE * x


def run(step, x, steps, grad_at, **options):
    """Return all positions and velocities of a run that starts at rest, each (steps + 1, d)."""
    states = [(x, np.zeros_like(x))]
    for _ in range(steps):
        x, velocity = states[-1]
        states.append(step(x, velocity, grad_at if step is nesterov_step else grad_at(x), **options))
    return np.array([x for x, _ in states]), np.array([velocity for _, velocity in states])


def torch_path(x, steps, **options):
    """Positions of torch's SGD on a curved surface with a random Hessian and a sine on top."""
    parameter = torch.tensor(x, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], **options)
    path = [x]
    for _ in range(steps):
        optimizer.zero_grad()
        (0.5 * parameter @ torch.tensor(HESSIAN) @ parameter + torch.sin(parameter).sum()).backward()
        optimizer.step()
        path.append(parameter.detach().numpy().copy())
    return np.array(path)


FACTOR = np.random.default_rng(0).normal(size=(4, 4))
HESSIAN = FACTOR @ FACTOR.T / 4
START = np.random.default_rng(1).normal(size=4)


def curved(x):
    return HESSIAN @ x + np.cos(x)


def test_two_steps_by_hand():
    x, velocity = momentum_step(np.array([1.0]), np.array([0.0]), grad=np.array([2.0]), lr=0.1, momentum=0.5)
    assert (x, velocity) == (pytest.approx([0.8]), pytest.approx([-0.2]))
    x, velocity = momentum_step(x, velocity, grad=np.array([1.0]), lr=0.1, momentum=0.5)  # -0.1 - 0.1
    assert (x, velocity) == (pytest.approx([0.6]), pytest.approx([-0.2]))


def test_nesterov_by_hand_looks_ahead():
    # from 1 with velocity -0.2, the point ahead is 0.9, where the slope of x² is 1.8
    x, velocity = nesterov_step(np.array([1.0]), np.array([-0.2]), lambda x: 2 * x, lr=0.1, momentum=0.5)
    assert (x, velocity) == (pytest.approx([0.72]), pytest.approx([-0.28]))


def test_the_path_equals_torch():
    path, _ = run(momentum_step, START, 200, curved, lr=0.05, momentum=0.9)
    np.testing.assert_allclose(path, torch_path(START, 200, lr=0.05, momentum=0.9), rtol=0, atol=1e-6)


def test_the_points_ahead_equal_torch_with_nesterov():
    path, velocities = run(nesterov_step, START, 200, curved, lr=0.05, momentum=0.9)
    expected = torch_path(START, 200, lr=0.05, momentum=0.9, nesterov=True)
    np.testing.assert_allclose(path + 0.9 * velocities, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("step", [momentum_step, nesterov_step])
def test_on_a_parabola_a_run_is_a_matrix_power(step):
    lr, momentum, curvature = 0.1, 0.8, 3.0
    seen = curvature if step is momentum_step else curvature * np.array([1.0, momentum])  # slope of x + momentum v
    velocity_row = np.array([0.0, momentum]) - lr * np.array([1.0, 0.0 if step is momentum_step else 1.0]) * seen
    matrix = np.array([[1.0, 0.0] + velocity_row, velocity_row])  # (x, v) -> (x + v', v')
    path, velocities = run(step, np.array([2.0]), 30, lambda x: curvature * x, lr=lr, momentum=momentum)
    expected = np.linalg.matrix_power(matrix, 30) @ [2.0, 0.0]
    np.testing.assert_allclose([path[-1, 0], velocities[-1, 0]], expected, rtol=1e-10)


def test_under_damping_the_error_shrinks_by_the_root_of_momentum():
    # the eigenvalues of the recurrence are complex with modulus sqrt(momentum), so the energy of 100 steps shrinks by
    # momentum^100, up to an oscillating factor of order one
    path, velocities = run(momentum_step, np.array([1.0]), 400, lambda x: x, lr=0.1, momentum=0.81)
    energy = np.hypot(path[:, 0], velocities[:, 0])
    assert np.log(energy[400] / energy[200]) / 200 == pytest.approx(np.log(0.9), abs=0.02)


def test_under_a_constant_gradient_the_velocity_reaches_ten_steps():
    _, velocities = run(momentum_step, np.zeros(1), 300, lambda x: np.ones(1), lr=0.1, momentum=0.9)
    expected = -0.1 * (1 - 0.9 ** np.arange(301)) / 0.1  # a geometric series
    np.testing.assert_allclose(velocities[:, 0], expected, atol=1e-12)


def test_the_ravine_needs_the_right_sign():
    """The printed rule w - (lr grad + momentum (w_t - w_{t-1})) is a velocity that enters with a minus."""
    size = {
        m: np.linalg.norm(run(momentum_step, np.ones(2), 200, ravine, lr=0.03, momentum=m)[0][-1]) for m in (0.9, 0.0)
    }
    assert size[0.9] < size[0.0] / 50
    path, _ = run(momentum_step, np.ones(2), 200, ravine, lr=0.03, momentum=-0.9)
    assert np.linalg.norm(path[-1]) > 1e20
    literal = [np.ones(2), np.ones(2)]
    for _ in range(200):
        literal.append(literal[-1] - (0.03 * ravine(literal[-1]) + 0.9 * (literal[-1] - literal[-2])))
    np.testing.assert_allclose(literal[1:], path, rtol=1e-9)


def test_the_numbers_of_the_printed_rule():
    """The heights after 150 steps from (10, 1): with the right sign, without momentum, and as printed."""
    start = np.array([10.0, 1.0])
    right, plain, printed = (
        run(step, start, 150, ravine, lr=0.03, momentum=m)[0][-1]
        for step, m in ((momentum_step, 0.9), (momentum_step, 0.0), (printed_sign_step, 0.9))
    )
    height = {name: CURVATURE @ x**2 / 2 for name, x in (("right", right), ("plain", plain))}
    assert (f"{height['right']:.0e}", f"{height['plain']:.0e}") == ("9e-06", "5e-03")
    assert abs(printed[1]) > 1e15 > 1 > abs(printed[0])  # along the floor it is only slow


def test_the_printed_step_by_hand():
    # the last step was -0.2: 1 - (0.1 * 2 + 0.5 * -0.2)
    x, velocity = printed_sign_step(np.array([1.0]), np.array([-0.2]), grad=np.array([2.0]), lr=0.1, momentum=0.5)
    assert (x, velocity) == (pytest.approx([0.9]), pytest.approx([-0.1]))


@pytest.mark.parametrize("lr", [0.199, 0.201])
def test_the_printed_rule_diverges_above_a_tenth_of_the_usual_limit(lr):
    # z = -1 solves z² - (1 - m - a) z - m = 0 where a = 2 (1 - m), 0.2 for m = 0.9
    path, _ = run(printed_sign_step, np.ones(1), 10000, lambda x: x, lr=lr, momentum=0.9)
    assert (abs(path[-1, 0]) > 10) == (lr > 0.2) and (abs(path[-1, 0]) < 0.1) == (lr < 0.2)


def test_when_the_rate_changes_torch_carries_its_velocity_over_to_the_new_rate():
    """Rescaled by the ratio of the rates our velocity gives torch's path; as it is, it coasts further."""
    rates = np.where(np.arange(60) < 20, 0.05, 0.005)
    parameter = torch.tensor(START, requires_grad=True)
    optimizer, expected = torch.optim.SGD([parameter], lr=1.0, momentum=0.9), [START]
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        (0.5 * parameter @ torch.tensor(HESSIAN) @ parameter + torch.sin(parameter).sum()).backward()
        optimizer.step()
        expected.append(parameter.detach().numpy().copy())
    ours = rescaled = MomentumState(START, np.zeros_like(START))
    for step, rate in enumerate(rates):
        ours = momentum_step(*ours, curved(ours.x), rate)
        velocity = rescaled.velocity * (rate / rates[step - 1] if step else 1.0)
        rescaled = momentum_step(rescaled.x, velocity, curved(rescaled.x), rate)
        np.testing.assert_allclose(rescaled.x, expected[step + 1], rtol=0, atol=1e-6)
        if step < 20:
            np.testing.assert_allclose(ours.x, expected[step + 1], rtol=0, atol=1e-6)
    assert np.linalg.norm(ours.x - expected[-1]) > 0.01


@given(vectors, vectors, st.floats(1e-6, 1e3))
def test_without_momentum_both_are_gradient_descent(x, grad, lr):
    forgotten = np.full(3, 7.0)
    for got in (
        momentum_step(x, forgotten, grad, lr, momentum=0.0),
        nesterov_step(x, forgotten, lambda at: grad, lr, momentum=0.0),
    ):
        np.testing.assert_array_equal(got.x, x - lr * grad)


@given(vectors, vectors, vectors, seeds)
def test_a_turned_world_gives_a_turned_path(x, velocity, grad, seed):
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    straight = momentum_step(x, velocity, grad, lr=0.1)
    turned = momentum_step(turn @ x, turn @ velocity, turn @ grad, lr=0.1)
    np.testing.assert_allclose(turned.x, turn @ straight.x, atol=1e-10)  # round-off of numbers up to 1e4
    np.testing.assert_allclose(turned.velocity, turn @ straight.velocity, atol=1e-10)


@given(vectors, vectors, vectors)
def test_the_arguments_stay_as_they_were(x, velocity, grad):
    before = x.copy(), velocity.copy(), grad.copy()
    momentum_step(x, velocity, grad, lr=0.1)
    nesterov_step(x, velocity, lambda at: grad, lr=0.1)
    for now, then in zip((x, velocity, grad), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_wrong_shapes_are_refused_with_advice():
    x = np.zeros((3, 2))
    message = r"`velocity` must have the shape of `x`, \(3, 2\), got \(2,\): start with np.zeros_like\(x\)"
    with pytest.raises(ValueError, match=message):
        momentum_step(x, np.zeros(2), x, lr=0.1)
    with pytest.raises(ValueError, match=r"`grad` must have .* got \(2, 3\): it belongs to other parameters"):
        momentum_step(x, x, x.T, lr=0.1)
    with pytest.raises(ValueError, match=r"`grad` must have .* got \(\)"):
        nesterov_step(x, x, lambda at: 1.0, lr=0.1)
