"""Swapout: its four outcomes, its moments, and the layers it becomes for special probabilities."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.generalization.noise import inverted_multiplier
from mmcourse.generalization.swapout import SPECIAL_CASES, keep_by_depth, swapout, swapout_moments
from mmcourse.gradcheck import numerical_gradient

chances = st.floats(0, 1)
numbers = st.floats(-10, 10)
X, FX = np.array([1.0, -2.0, 0.5]), np.array([10.0, 20.0, 30.0])


def test_one_unit_sends_one_of_four():
    drawn = swapout(np.random.default_rng(0), np.full(1000, 1.0), np.full(1000, 10.0), 0.5, 0.5)
    assert set(drawn) == {0.0, 1.0, 10.0, 11.0}


@given(numbers, numbers, chances, chances)
def test_moments_are_those_of_the_four_outcomes(x, Fx, keep_x, keep_F):
    mean = square = 0.0
    for a, b in itertools.product([0, 1], repeat=2):  # brute force
        chance = (keep_x if a else 1 - keep_x) * (keep_F if b else 1 - keep_F)
        mean, square = mean + chance * (a * x + b * Fx), square + chance * (a * x + b * Fx) ** 2
    got = swapout_moments(x, Fx, keep_x, keep_F)
    assert got.mean == pytest.approx(mean, abs=1e-9)
    assert got.variance == pytest.approx(square - mean**2, abs=1e-9)


@pytest.mark.parametrize("whole", [False, True])
def test_many_draws_have_these_moments(whole):
    n = 40_000
    rng, (mean, variance) = np.random.default_rng(0), swapout_moments(1.0, 2.0, 0.5, 0.8)
    assert (mean, variance) == (pytest.approx(2.1), pytest.approx(0.89))
    drawn = np.array([swapout(rng, np.ones(1), np.full(1, 2.0), 0.5, 0.8, whole)[0] for _ in range(n)])
    assert drawn.mean() == pytest.approx(2.1, abs=4 * np.sqrt(0.89 / n))
    assert drawn.var() == pytest.approx(0.89, rel=0.05)


def test_special_cases():
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(swapout(rng, X, FX, *SPECIAL_CASES["a plain layer"]), FX)
    np.testing.assert_array_equal(swapout(rng, X, FX, *SPECIAL_CASES["residual layer"]), X + FX)
    for _ in range(20):
        whole = swapout(rng, X, FX, *SPECIAL_CASES["stochastic depth"])
        assert whole.tolist() in (X.tolist(), (X + FX).tolist())  # all units or none
        assert set(swapout(rng, X, FX, *SPECIAL_CASES["dropout"]) / FX) <= {0.0, 1.0}
    drawn = swapout(rng, np.ones(40_000), np.full(40_000, 2.0), *SPECIAL_CASES["each of the four alike"])
    np.testing.assert_allclose(np.bincount(drawn.astype(int)) / 40_000, [0.25] * 4, atol=0.01)  # 4.6 deviations


def test_with_x_off_it_is_torchs_dropout_before_the_scaling():
    keep, Fx = 0.7, np.random.default_rng(1).uniform(1, 2, size=50)
    drawn = swapout(np.random.default_rng(0), np.zeros(50), Fx, 0.0, keep)
    theirs = torch.nn.functional.dropout(torch.tensor(np.ones(10**5)), 1 - keep).numpy()
    assert set(np.round(drawn / Fx / keep, 9)) == set(np.round(np.unique(theirs), 9))
    ours = swapout(np.random.default_rng(0), np.zeros(10**5), np.ones(10**5), 0.0, keep)
    masked = inverted_multiplier(np.random.default_rng(2), 10**5, 1 - keep) > 0
    assert ours.mean() == pytest.approx(masked.mean(), abs=4 * np.sqrt(2 * 0.21 / 10**5))


def test_the_draw_given_it_is_linear_in_x():
    x = np.random.default_rng(0).normal(size=5)

    def drawn(x):  # the same coins at each call
        return np.sum(swapout(np.random.default_rng(9), x, np.tanh(x), 0.5, 0.5))

    coins = [np.random.default_rng(9)]
    on_x, on_F = coins[0].random(5) < 0.5, coins[0].random(5) < 0.5
    np.testing.assert_allclose(numerical_gradient(drawn, x), on_x + on_F * (1 - np.tanh(x) ** 2), atol=1e-7)


@given(chances, chances)
def test_certain_coins_have_no_noise_and_size_is_no_trouble(keep_x, keep_F):
    for a, b in itertools.product([0.0, 1.0], repeat=2):
        assert not swapout_moments(X, FX, a, b).variance.any()
    small, large = swapout_moments(X, FX, keep_x, keep_F), swapout_moments(1e4 * X, 1e4 * FX, keep_x, keep_F)
    np.testing.assert_allclose(large.mean, 1e4 * small.mean, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(large.variance, 1e8 * small.variance, rtol=1e-9, atol=1e-12)


def test_keep_falls_with_depth():
    np.testing.assert_allclose(keep_by_depth(3), [1, 0.75, 0.5])
    assert keep_by_depth(10, last=0.2)[-1] == 0.2


def test_wrong_input_is_refused():
    for f in (swapout_moments, lambda *a: swapout(np.random.default_rng(0), *a)):
        with pytest.raises(ValueError, match=r"must have one shape, got \(3,\) and \(2,\): project x first"):
            f(X, FX[:2], 0.5, 0.5)
        with pytest.raises(ValueError, match=r"`keep_F`, a probability to keep, must be in \[0, 1\], got 1.5"):
            f(X, FX, 0.5, 1.5)
