"""Differences and the check: by hand, against formulas and torch, their orders, and what the check lets pass."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcourse import gradcheck
from mmcourse.foundations import gradients
from mmcourse.foundations.gradients import (
    best_step,
    central_difference,
    complex_step,
    forward_difference,
    gradient_check,
    numerical_gradient,
    numerical_jacobian,
)

seeds = st.integers(0, 2**32 - 1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# By hand


def test_differences_of_a_parabola_by_hand():
    assert forward_difference(np.square, 3.0, 0.5) == 6.5  # (12.25 - 9) / 0.5
    assert central_difference(np.square, 3.0, 0.5) == 6.0  # (12.25 - 6.25) / 1


def test_a_jacobian_by_hand():
    found = numerical_jacobian(lambda x: np.array([x[0] * x[1], x[0] ** 2, 7.0]), [3.0, 4.0])
    np.testing.assert_allclose(found, [[4, 3], [6, 0], [0, 0]], atol=1e-8)


def test_the_gradient_has_the_shape_of_x():
    x = np.arange(6.0).reshape(2, 3)
    found = numerical_gradient(lambda x: np.sum(x**2) * x[1, 2], x)
    expected = 2 * x * 5
    expected[1, 2] += 55
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_a_jacobian_of_many_axes_has_those_of_both():
    x = np.arange(6.0).reshape(2, 3)
    found = numerical_jacobian(lambda x: x.T**2, x)
    assert found.shape == (3, 2, 2, 3)
    assert found[2, 1, 1, 2] == pytest.approx(10.0) and found[2, 1, 0, 2] == 0.0


# Errors and orders


def test_the_numbers_of_the_slide_check():
    """At h = 1e-4 the sigmoid's differences are wrong by 3.7e-6 and 1.2e-10; below 1e-8 both get worse."""
    truth = sigmoid(0.7) * (1 - sigmoid(0.7))
    error = {
        way: [abs(way(sigmoid, 0.7, h) - truth) for h in (1e-4, 1e-8, 1e-12)]
        for way in (forward_difference, central_difference)
    }
    assert error[forward_difference][0] == pytest.approx(3.7e-6, rel=0.02)
    assert error[central_difference][0] == pytest.approx(1.2e-10, rel=0.05)
    assert all(found[2] > 10 * found[1] for found in error.values())


@pytest.mark.parametrize("way, order", [(forward_difference, 1), (central_difference, 2)])
def test_halving_the_step_shows_the_order(way, order):
    errors = [abs(way(np.tanh, 0.4, h) - 1 / np.cosh(0.4) ** 2) for h in (1e-2, 5e-3)]
    assert errors[0] / errors[1] == pytest.approx(2**order, rel=0.02)  # up to terms of the next order


@pytest.mark.parametrize("way", [forward_difference, central_difference])
def test_a_straight_line_has_no_truncation(way):
    np.testing.assert_array_equal(way(lambda x: 3 * x, np.array([1.0, -2.0, 0.0]), 0.25), 3.0)


@pytest.mark.parametrize("method, way", [("forward", forward_difference), ("central", central_difference)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_best_step_is_near_the_best_of_a_search(method, way, dtype):
    x = np.random.default_rng(0).uniform(0.2, 2.0, size=(300, 1)).astype(dtype)
    tried = np.geomspace(1e-12, 1e-1, 200).astype(dtype)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.median(np.abs(way(np.sin, x, tried) - np.cos(x.astype(float))), axis=0)
    at_ours = np.median(np.abs(way(np.sin, x, dtype(best_step(method, dtype))) - np.cos(x.astype(float))))
    assert at_ours < 3 * error.min()
    assert error[0] > 30 * error.min() and error[-1] > 10 * error.min()


@settings(deadline=None)
@given(seeds)
def test_the_complex_step_equals_the_derivative(seed):
    x = np.random.default_rng(seed).uniform(-3, 3, size=5)
    np.testing.assert_allclose(complex_step(sigmoid, x), sigmoid(x) * (1 - sigmoid(x)), rtol=1e-13)


# Against torch


@settings(deadline=None)
@given(seeds, st.integers(1, 5), st.integers(1, 4))
def test_a_layer_equals_torch(seed, n, m):
    rng = np.random.default_rng(seed)
    W, b, x = rng.normal(size=(m, n)), rng.normal(size=m), rng.normal(size=n)
    found = numerical_jacobian(lambda x: np.tanh(W @ x + b), x)
    expected = torch.autograd.functional.jacobian(
        lambda x: torch.tanh(torch.from_numpy(W) @ x + torch.from_numpy(b)), torch.from_numpy(x)
    )
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-8)  # differences keep two thirds of 16 digits
    total = numerical_gradient(lambda x: np.tanh(W @ x + b).sum(), x)
    np.testing.assert_allclose(total, expected.numpy().sum(axis=0), atol=1e-8)


# The check


def quadratic(rng, size):
    """A random function of many numbers with its gradient."""
    A, b = rng.normal(size=(size, size)) / size, rng.normal(size=size)
    return (lambda x: np.sum(np.sin(A @ x)) + b @ x), (lambda x: A.T @ np.cos(A @ x) + b)


@settings(deadline=None)
@given(seeds, st.integers(1, 40), st.sampled_from([1e-3, 1.0, 1e4]))
def test_a_right_gradient_passes(seed, size, scale):
    rng = np.random.default_rng(seed)
    f, grad = quadratic(rng, size)
    tolerance = 1e-6 if scale < 1e4 else 1e-5  # far out the longer step truncates more: 2e-6 in 6000 draws
    assert gradient_check(f, grad, scale * rng.normal(size=size), rng, tolerance)


@settings(deadline=None)
@given(seeds, st.integers(1, 40))
def test_a_wrong_one_fails(seed, size):
    rng = np.random.default_rng(seed)
    f, grad = quadratic(rng, size)
    x = rng.normal(size=size)
    wrong = grad(x)
    wrong[rng.integers(size)] += 0.1 * np.linalg.norm(wrong)
    checks = [gradient_check(f, wrong, x, rng) for _ in range(3)]  # passing thrice by luck: once in 10^15
    assert not all(checks)


def test_the_check_takes_two_evaluations():
    calls = []
    gradient_check(lambda x: calls.append(0) or x @ x, 2 * np.ones(500), np.ones(500), np.random.default_rng(0))
    assert len(calls) == 2


def test_the_two_numbers_are_the_slope_along_a_normal_direction():
    x, rng = np.array([1.0, 2.0]), np.random.default_rng(5)
    v = np.random.default_rng(5).normal(size=2)
    found = gradient_check(lambda x: x @ x, lambda x: 4 * x, x, rng)
    assert found.analytic == pytest.approx(4 * x @ v) and found.numeric == pytest.approx(2 * x @ v, rel=1e-8)
    assert found.error == pytest.approx(abs(2 * x @ v) / np.linalg.norm(4 * x), rel=1e-6) and not found.passed


@pytest.mark.parametrize("f", [lambda x: 5.0, lambda x: 0.0, lambda x: np.cos(x[0] - x[0]) + 1e4])
def test_where_the_gradient_vanishes_rounding_passes(f):
    assert gradient_check(f, np.zeros(3), np.ones(3), np.random.default_rng(0))


def test_where_the_gradient_vanishes_and_f_rounds():
    def one(x):  # log sum exp of x, minus that of x - 1
        return np.log(np.exp(x).sum()) - np.log(np.exp(x - 1).sum())

    rng = np.random.default_rng(0)
    checks = [gradient_check(one, np.zeros(9), rng.normal(size=9), rng) for _ in range(20)]
    assert all(checks) and any(check.numeric for check in checks)


def test_a_gradient_that_is_tiny_beside_f_is_still_checked():
    wrong = np.full(3, 1.001e-4)
    rng = np.random.default_rng(0)
    assert not any(gradient_check(lambda x: 1 + 1e-4 * x.sum(), wrong, np.ones(3), rng) for _ in range(5))


def test_at_a_minimum_far_out_the_step_grows_with_x():
    x = np.full(4, 1e4)
    assert gradient_check(lambda x: np.sum((x - 1e4) ** 2 / 2 + x), lambda x: x - 1e4 + 1, x, np.random.default_rng(1))


def test_float32_fails_a_right_gradient():
    rng = np.random.default_rng(0)
    x = rng.normal(size=100).astype(np.float32)
    checks = [gradient_check(lambda x: np.sum(np.sin(x)), np.cos, x, rng) for _ in range(20)]
    assert sum(map(bool, checks)) < 3 and max(check.error for check in checks) < 1e-2


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_never_passes(bad):
    rng = np.random.default_rng(0)
    with np.errstate(invalid="ignore"):
        assert not gradient_check(lambda x: x @ x, np.array([bad, 2.0]), np.ones(2), rng)
        assert not gradient_check(lambda x: bad, np.ones(2), np.ones(2), rng)


def test_whole_numbers_become_floats_and_float32_stays():
    assert numerical_gradient(lambda x: x @ x, [1, 2]).dtype == np.float64
    assert numerical_gradient(lambda x: x @ x, np.ones(2, dtype=np.float32)).dtype == np.float32
    np.testing.assert_allclose(numerical_gradient(lambda x: x @ x, [1, 2]), [2, 4], rtol=1e-8)


# What goes wrong, with its message


def test_a_transposed_gradient_is_named():
    with pytest.raises(ValueError, match=r"must have the shape of `x`, \(2, 3\), got \(3, 2\): transposed"):
        gradient_check(np.sum, np.ones((3, 2)), np.ones((2, 3)), np.random.default_rng(0))


@pytest.mark.parametrize("use", [lambda f, x: numerical_gradient(f, x), lambda f, x: gradient_check(f, x, x, RNG)])
def test_more_than_one_number_is_named(use):
    with pytest.raises(ValueError, match=r"`f` must return one number, got shape \(3,\): sum it"):
        use(lambda x: 2 * x, np.ones(3))


RNG = np.random.default_rng(0)


def test_an_unknown_method_is_named():
    with pytest.raises(ValueError, match="forward, central, got 'backward'"):
        best_step("backward")


def test_gradcheck_is_the_check_of_the_lecture():
    assert all(getattr(gradcheck, name) is getattr(gradients, name) for name in gradcheck.__all__)
