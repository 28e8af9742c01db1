"""Choosing rates: by hand, against numpy and a simulation, their fixed points and scales."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.optimization.descent import descend
from mmcourse.optimization.rates import best_rate, log_rates, rate_from_error, shared_rate

rates = st.floats(1e-6, 1.0)


def test_by_hand():
    np.testing.assert_allclose(log_rates(0.001, 0.1, 3), [0.001, 0.01, 0.1], rtol=1e-12)
    np.testing.assert_allclose(shared_rate(0.1, np.array([1, 4, 100])), [0.1, 0.2, 1.0])
    assert rate_from_error(0.5, error=2.0, gain=0.1, scale=0.5) == pytest.approx(0.525)  # 0.5 + 0.05 (1 - 0.5)
    assert best_rate([0.1, 0.2, 0.3], [3.0, 1.0, 2.0]) == 0.2


def test_log_rates_equal_powers_of_ten():
    np.testing.assert_allclose(log_rates(1e-4, 1.0, 9), 10.0 ** np.arange(-4, 0.1, 0.5), rtol=1e-12)


@given(rates, rates, st.integers(2, 30))
def test_neighbours_have_one_ratio(low, width, count):
    tried = log_rates(low, low * (1 + width), count)
    np.testing.assert_allclose(tried[1:] / tried[:-1], (1 + width) ** (1 / (count - 1)), rtol=1e-9)
    assert tried[0] == pytest.approx(low) and tried[-1] == pytest.approx(low * (1 + width))


@given(rates, st.integers(1, 10**4))
def test_four_times_the_connections_double_the_rate(lr, connections):
    assert shared_rate(lr, 4 * connections) == pytest.approx(2 * shared_rate(lr, connections))
    assert shared_rate(lr, 1) == lr


def test_a_shared_gradient_of_noise_grows_with_the_root_of_the_connections():
    noise = np.random.default_rng(0).normal(size=(20000, 64))
    spread = noise.sum(axis=1).std() / noise[:, 0].std()
    assert spread == pytest.approx(shared_rate(1.0, 64), rel=0.03)  # two estimates from 20,000 draws, 0.5 % each


@given(st.floats(0.01, 10), st.floats(0.01, 0.5), st.floats(0.1, 3))
def test_the_rate_settles_where_it_is_in_proportion_to_the_error(error, scale, first):
    target = scale * error
    assert rate_from_error(target, error, gain=0.3, scale=scale) == pytest.approx(target)
    lr = first * target
    for _ in range(100):  # near the target the difference shrinks by 0.7 a step
        lr = rate_from_error(lr, error, 0.3 / target, scale)
    assert lr == pytest.approx(target, rel=1e-9)


def test_the_change_of_the_rate_is_the_slope_of_a_logistic_curve():
    """d change / d lr = gain (scale error − 2 lr), by central differences."""
    step = 1e-6
    for lr in (0.1, 0.5, 2.0):
        ends = [rate_from_error(at, error=3.0, gain=0.2, scale=0.4) - at for at in (lr + step, lr - step)]
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(0.2 * (1.2 - 2 * lr), abs=1e-8)


def test_the_best_rate_of_a_parabola_is_found_on_the_grid():
    tried = log_rates(0.001, 1.0, 13)
    losses = [np.abs(descend(lambda x: 10 * x, np.ones(1), rate, steps=20)[-1, 0]) for rate in tried]
    assert best_rate(tried, losses) == tried[np.abs(tried - 0.1).argmin()]  # 1 / curvature


def test_runs_that_diverged_have_lost():
    assert best_rate([0.1, 1.0, 10.0], [0.5, np.nan, -np.inf]) == 0.1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: log_rates(0.0, 1.0, 3), r"0 < low < high, got 0.0 and 1.0: a log scale has no zero"),
        (lambda: log_rates(1.0, 0.1, 3), r"0 < low < high, got 1.0 and 0.1"),
        (lambda: log_rates(0.1, 1.0, 1), "`count` must be at least 2, both ends, got 1"),
        (lambda: best_rate([0.1, 0.2], [1.0]), r"`losses` must have the shape of `rates`, \(2,\), got \(1,\)"),
        (lambda: best_rate([0.1, 0.2], [np.nan, np.inf]), "no loss is finite: every rate from 0.1 on diverged"),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()
