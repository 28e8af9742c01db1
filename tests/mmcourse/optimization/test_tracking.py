"""Tracking: by hand, against brute force and the closed form, properties, and errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.signal import lfilter

from mmcourse.optimization.linear import least_squares_solution
from mmcourse.optimization.tracking import KINDS, drifting, running_mean, sgd_estimates, tracking_error

series = hnp.arrays(float, st.integers(1, 30), elements=st.floats(-1e4, 1e4))


def test_by_hand():
    np.testing.assert_array_equal(running_mean([[2.0, 4.0, 9.0], [1.0, 1.0, 4.0]]), [[2, 3, 5], [1, 1, 2]])
    np.testing.assert_array_equal(sgd_estimates([2.0, 4.0, 9.0], 0.5), [1, 2.5, 5.75])
    np.testing.assert_array_equal(sgd_estimates([2.0, 4.0], np.array([0.5, 1.0, 0.0]), start=1.0)[:, 1], [2.75, 4, 1])


@given(series)
def test_the_mean_is_the_best_fit_to_all_so_far(samples):
    fits = [least_squares_solution(np.ones((t + 1, 1)), samples[: t + 1])[0] for t in range(len(samples))]
    np.testing.assert_allclose(running_mean(samples), fits, rtol=1e-9, atol=1e-9)


@given(series)
def test_with_the_rate_one_over_t_sgd_is_the_mean(samples):
    rates = 1 / np.arange(1, len(samples) + 1)
    np.testing.assert_allclose(sgd_estimates(samples, rates, start=7.0), running_mean(samples), rtol=1e-9, atol=1e-8)


@given(series, st.floats(0.01, 1.0))
def test_with_a_constant_rate_it_is_an_exponential_filter(samples, lr):
    expected = lfilter([lr], [1, lr - 1], samples)
    np.testing.assert_allclose(sgd_estimates(samples, lr), expected, rtol=1e-9, atol=1e-8)


def test_the_error_behind_a_drift_is_the_formulas():
    rates = np.array([0.02, 0.1, 0.5])
    worlds = [drifting("drift", 3000, 0.05, 1.0, np.random.default_rng(seed)) for seed in range(40)]
    estimates = sgd_estimates(np.stack([world.samples for world in worlds]), rates[:, None])
    errors = estimates - worlds[0].target
    measured = np.sqrt(np.square(errors[..., 1000:]).mean(axis=(1, 2)))
    np.testing.assert_allclose(measured, tracking_error(rates, 0.05, 1.0), rtol=0.02)  # of 40 runs


def test_limits():
    assert tracking_error(1.0, speed=3.0, noise=0.5) == 0.5  # the last sample itself
    assert tracking_error(0.5, speed=0.0, noise=1e4) == pytest.approx(1e4 / 3**0.5)
    assert tracking_error(0.01, speed=1.0, noise=0.0) == pytest.approx(99)


@pytest.mark.parametrize("kind", KINDS)
def test_worlds_move_as_told(kind):
    world = drifting(kind, 400, 0.5, 0.0, np.random.default_rng(0))
    np.testing.assert_array_equal(world.samples, world.target)
    reach = {"drift": 199.5, "jump": 200.0, "swing": 200.0, "rest": 0.0}[kind]
    assert np.ptp(world.target) == pytest.approx(reach)
    noisy = drifting(kind, 4000, 0.0, 2.0, np.random.default_rng(0))
    assert (noisy.samples - noisy.target).std() == pytest.approx(2.0, rel=0.05)


def test_an_unknown_kind_is_told():
    with pytest.raises(ValueError, match="one of drift, jump, swing, rest, got 'walk'"):
        drifting("walk", 10, 1.0, 1.0, np.random.default_rng(0))
