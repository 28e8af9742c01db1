"""Losses of numbers: by hand, against torch, slopes, what moves them and what does not."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmcourse.foundations.distances import (
    absolute_error,
    absolute_error_grad,
    cosine_distance,
    rbf_loss,
    squared_error,
    squared_error_grad,
)

A, Y = np.random.default_rng(0).normal(size=(2, 30, 5))
vectors = hnp.arrays(float, 4, elements=st.floats(-1e4, 1e4))


def test_by_hand():
    a, y = np.array([[3.0, 0.0]]), np.array([[0.0, 4.0]])
    assert squared_error(a, y) == [25.0] and absolute_error(a, y) == [7.0]
    assert cosine_distance(a, y) == [1.0] and cosine_distance(a, -2 * a) == [2.0]
    got = rbf_loss(a, y, beta=np.array([1.0, 0.5]), weight=np.array([2.0, 3.0]))
    assert got == pytest.approx([2 * (1 - np.exp(-9)) + 3 * (1 - np.exp(-8))])


def test_they_equal_torch():
    a, y = torch.tensor(A), torch.tensor(Y)
    assert squared_error(A, Y).mean() / 5 == pytest.approx(F.mse_loss(a, y).item(), rel=1e-12)
    assert absolute_error(A, Y).mean() / 5 == pytest.approx(F.l1_loss(a, y).item(), rel=1e-12)
    np.testing.assert_allclose(cosine_distance(A, Y), 1 - F.cosine_similarity(a, y).numpy(), rtol=0, atol=1e-13)


@pytest.mark.parametrize("loss, grad", [(squared_error, squared_error_grad), (absolute_error, absolute_error_grad)])
def test_gradients_are_slopes(loss, grad):
    steps = 1e-6 * np.eye(5)
    slopes = np.stack([(loss(A + step, Y) - loss(A - step, Y)) / 2e-6 for step in steps], axis=-1)
    np.testing.assert_allclose(grad(A, Y), slopes, rtol=0, atol=1e-7)  # round-off 1e-16 * 30 / 1e-6


def test_mean_and_median_are_the_best_constants():
    y = np.array([1.0, 1.5, 2.0, 2.5, 13.0])[:, None]
    guesses = np.arange(0, 14, 0.25)
    best = [
        guesses[np.argmin([loss(np.full_like(y, guess), y).sum() for guess in guesses])]
        for loss in (squared_error, absolute_error, rbf_loss)
    ]
    assert best == [4.0, 2.0, 1.75]  # the mean, the median, the middle of those that stand together


def test_as_printed_the_radial_loss_is_largest_where_it_should_be_smallest():
    a = np.array([[0.0], [0.5], [3.0]])
    printed = np.exp(-(a[:, 0] ** 2))
    assert printed.argmax() == 0 and rbf_loss(a, 0 * a).argmin() == 0
    np.testing.assert_allclose(rbf_loss(a, 0 * a), 1 - printed, rtol=0, atol=1e-15)


@given(vectors, vectors)
def test_who_predicts_whom_does_not_matter(a, y):
    for loss in (squared_error, absolute_error, rbf_loss):
        assert loss(a, y) == loss(y, a) >= 0 == loss(a, a)


@given(vectors)
def test_near_the_target_the_radial_loss_is_the_squared_error_and_far_away_it_is_flat(direction):
    unit = direction / max(1.0, np.abs(direction).max())
    tiny, zero = 1e-4 * unit, np.zeros(4)
    np.testing.assert_allclose(rbf_loss(tiny, zero, beta=3.0), 3 * squared_error(tiny, zero), rtol=1e-7)
    assert rbf_loss(1e4 + zero, zero) == 4


@given(st.floats(1e-4, 1e4), st.floats(1e-4, 1e4))
def test_lengths_do_not_matter_for_the_cosine(one, other):
    np.testing.assert_allclose(cosine_distance(one * A, other * Y), cosine_distance(A, Y), rtol=0, atol=1e-13)


def test_the_cosine_is_half_the_squared_error_of_unit_vectors():
    a, y = (v / np.linalg.norm(v, axis=-1, keepdims=True) for v in (A, Y))
    np.testing.assert_allclose(cosine_distance(A, Y), squared_error(a, y) / 2, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    "loss", [squared_error, squared_error_grad, absolute_error, absolute_error_grad, rbf_loss, cosine_distance]
)
def test_shapes_that_numpy_would_broadcast_are_refused(loss):
    with pytest.raises(ValueError, match=r"must have the same shape, got \(3, 1\) and \(3,\): numpy would broadcast"):
        loss(np.ones((3, 1)), np.ones(3))


def test_a_vector_of_zeros_has_no_direction():
    with pytest.raises(ValueError, match="has no direction"):
        cosine_distance(np.zeros((1, 2)), np.ones((1, 2)))
