"""Yes or no: by hand, against torch and scipy, slopes, symmetries, and what is refused."""

import numpy as np
import pytest
import scipy.special
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import hinge_loss

from mmcourse.foundations.binary import (
    binary_cross_entropy,
    binary_cross_entropy_grad,
    binary_hinge,
    log_odds,
    sigmoid,
)

logits = hnp.arrays(float, 6, elements=st.floats(-1e4, 1e4))
answers = hnp.arrays(np.int64, 6, elements=st.integers(0, 1))
RNG = np.random.default_rng(0)
Z, Y = RNG.normal(size=(50, 4)) * 5, RNG.integers(0, 2, size=(50, 4))


def test_odds_by_hand():
    # odds of 3 to 1 are a probability of 3/4, odds of 1 to 3 one of 1/4
    np.testing.assert_allclose(sigmoid(np.log([3, 1 / 3, 1])), [0.75, 0.25, 0.5], rtol=1e-15)
    np.testing.assert_allclose(log_odds(np.array([0.75, 0.25])), [np.log(3), -np.log(3)], rtol=1e-14)


def test_the_loss_by_hand():
    # p = 3/4: yes costs -log 3/4, no costs -log 1/4
    got = binary_cross_entropy(np.log([3.0, 3.0]), np.array([1, 0]))
    np.testing.assert_allclose(got, [np.log(4 / 3), np.log(4)], rtol=1e-14)
    # scores 0.5 and 2 with margin 1: yes lacks 0.5 and nothing, no exceeds by 1.5 and 3
    np.testing.assert_array_equal(binary_hinge(np.array([0.5, 2, 0.5, 2]), np.array([1, 1, 0, 0])), [0.5, 0, 1.5, 3])


def test_they_equal_scipy_torch_and_scikit_learn():
    np.testing.assert_allclose(sigmoid(Z), scipy.special.expit(Z), rtol=1e-13)
    expected = F.binary_cross_entropy_with_logits(torch.tensor(Z), torch.tensor(Y * 1.0), reduction="none")
    # absolute, because torch forms log(1 + e^-|z|) with a rounding error of 1e-16
    np.testing.assert_allclose(binary_cross_entropy(Z, Y), expected.numpy(), rtol=0, atol=1e-14)
    assert binary_hinge(Z[:, 0], Y[:, 0]).mean() == pytest.approx(hinge_loss(2 * Y[:, 0] - 1, Z[:, 0]))


def test_the_gradient_is_the_slope():
    h = 1e-5
    slope = (binary_cross_entropy(Z + h, Y) - binary_cross_entropy(Z - h, Y)) / (2 * h)
    np.testing.assert_allclose(binary_cross_entropy_grad(Z, Y), slope, rtol=0, atol=1e-9)  # round-off 1e-16 * 20 / h


@given(logits, answers)
def test_yes_and_no_are_mirror_images(z, y):
    np.testing.assert_array_equal(binary_cross_entropy(z, y), binary_cross_entropy(-z, 1 - y))
    np.testing.assert_allclose(sigmoid(z) + sigmoid(-z), 1, rtol=1e-12)
    np.testing.assert_array_equal(binary_hinge(z, y, 2.0), binary_hinge(-z, 1 - y, 2.0))


@given(logits, answers)
def test_the_loss_lies_between_0_and_the_score(z, y):
    """Up to log 2 it is max(0, -z) for yes: the logarithm is a rounded hinge without margin."""
    apart = binary_cross_entropy(z, y) - binary_hinge(z, y, margin=0.0)
    assert np.all(apart >= 0) and np.all(apart <= np.log(2) + 1e-12)


def test_nothing_overflows_and_a_tiny_loss_is_not_rounded_away():
    z = np.array([1e4, -1e4, 1e4, -1e4, 50.0])
    got = binary_cross_entropy(z, np.array([1, 0, 0, 1, 1]))
    np.testing.assert_allclose(got, [0, 0, 1e4, 1e4, np.exp(-50)], rtol=1e-12)
    np.testing.assert_array_equal(sigmoid(np.array([1e4, -1e4])), [1, 0])


@given(hnp.arrays(float, 5, elements=st.floats(1e-6, 1 - 1e-6)))
def test_log_odds_undoes_the_sigmoid(p):
    np.testing.assert_allclose(sigmoid(log_odds(p)), p, rtol=1e-9)


def test_soft_targets_are_a_mixture_of_the_two_answers():
    mixed = 0.3 * binary_cross_entropy(Z, np.ones_like(Z)) + 0.7 * binary_cross_entropy(Z, np.zeros_like(Z))
    np.testing.assert_allclose(binary_cross_entropy(Z, np.full(Z.shape, 0.3)), mixed, rtol=1e-12)


def test_what_is_no_target_is_refused():
    with pytest.raises(ValueError, match=r"shape of `logits`, \(3,\), got \(3, 1\)"):
        binary_cross_entropy(np.zeros(3), np.zeros((3, 1)))
    with pytest.raises(ValueError, match=r"between 0 and 1, got -1.0 to 1.0: labels of −1 and 1\?"):
        binary_hinge(np.zeros(2), np.array([-1, 1]))
    with pytest.raises(ValueError, match=r"strictly between 0 and 1, got values from 0.5 to 1.0: certainty"):
        log_odds(np.array([0.5, 1.0]))
