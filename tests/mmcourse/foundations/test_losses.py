"""Losses of classifiers: the deck's example, torch, brute force, slopes, symmetries, and what is refused."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmcourse.foundations.binary import binary_cross_entropy, binary_hinge
from mmcourse.foundations.losses import (
    cross_entropy,
    cross_entropy_grad,
    hinge,
    hinge_grad,
    score_of,
    squared_hinge,
    zero_one,
)
from mmcourse.foundations.scores import average_surprise, one_hot, softmax

RNG = np.random.default_rng(0)
SCORES, LABELS = RNG.normal(size=(40, 6)) * 4, RNG.integers(0, 6, size=40)
EXAMPLE = np.array([[13.0, -7.0, 11.0]])
rows = hnp.arrays(float, (3, 4), elements=st.floats(-1e4, 1e4))
classes = hnp.arrays(np.int64, 3, elements=st.integers(0, 3))


def slopes(loss, f, h=1e-5):
    """Central differences of each row's loss."""
    return np.stack([(loss(f + step) - loss(f - step)) / (2 * h) for step in h * np.eye(f.shape[-1])], axis=-1)


def test_the_example_with_a_lead_of_two():
    # max(0, -7 - 13 + 10) + max(0, 11 - 13 + 10) = 0 + 8, and log(1 + e^-2 + e^-20)
    np.testing.assert_array_equal(hinge(EXAMPLE, [0], margin=10.0), [8.0])
    np.testing.assert_array_equal(squared_hinge(EXAMPLE, [0], margin=10.0), [64.0])
    np.testing.assert_allclose(cross_entropy(EXAMPLE, [0]), np.log(1 + np.exp(-2) + np.exp(-20)), rtol=1e-14)
    assert round(cross_entropy(EXAMPLE, [0])[0], 4) == 0.1269


def test_a_margin_outside_of_the_bracket_asks_for_nothing():
    """As printed: 10 with one margin at the end, 20 with one in each term, and no slope at all."""
    assert hinge(EXAMPLE, [0], margin=0.0)[0] + 10 == 10 and hinge(EXAMPLE, [0], margin=0.0)[0] + 2 * 10 == 20
    assert not hinge_grad(EXAMPLE, [0], margin=0.0).any() and hinge_grad(EXAMPLE, [0], margin=10.0).any()


def test_they_equal_torch():
    f, y = torch.tensor(SCORES), torch.tensor(LABELS)
    expected = F.cross_entropy(f, y, reduction="none").numpy()
    np.testing.assert_allclose(cross_entropy(SCORES, LABELS), expected, rtol=0, atol=1e-13)
    for power, ours in ((1, hinge), (2, squared_hinge)):  # torch divides by the number of classes
        theirs = 6 * F.multi_margin_loss(f, y, p=power, margin=2.0, reduction="none").numpy()
        np.testing.assert_allclose(ours(SCORES, LABELS, margin=2.0), theirs, rtol=1e-12)


def test_the_hinge_equals_its_sum_by_brute_force():
    for f, y in zip(SCORES, LABELS):
        expected = sum(max(0.0, f[j] - f[y] + 1.5) for j in range(6) if j != y)
        assert hinge(f, y, margin=1.5) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("loss, grad", [(cross_entropy, cross_entropy_grad), (hinge, hinge_grad)])
def test_gradients_are_slopes(loss, grad):
    got = slopes(lambda f: loss(f, LABELS), SCORES)
    np.testing.assert_allclose(grad(SCORES, LABELS), got, rtol=0, atol=1e-8)  # round-off 1e-16 * 100 / h


def test_the_gradient_equals_torch_in_a_batch_of_sequences():
    f = torch.tensor(SCORES.reshape(8, 5, 6), requires_grad=True)
    F.cross_entropy(f.reshape(-1, 6), torch.tensor(LABELS), reduction="sum").backward()
    got = cross_entropy_grad(SCORES.reshape(8, 5, 6), LABELS.reshape(8, 5))
    np.testing.assert_allclose(got, f.grad.numpy(), rtol=0, atol=1e-14)


@given(rows, classes, st.floats(-1e4, 1e4))
def test_only_differences_count(f, y, constant):
    # adding 1e4 rounds each score by up to 4e-12
    np.testing.assert_allclose(cross_entropy(f + constant, y), cross_entropy(f, y), rtol=0, atol=2e-11)
    np.testing.assert_allclose(hinge(f + constant, y), hinge(f, y), rtol=0, atol=5e-11)


@given(rows, classes)
def test_gradients_move_scores_apart_and_not_along(f, y):
    for grad in (cross_entropy_grad(f, y), hinge_grad(f, y)):
        np.testing.assert_allclose(grad.sum(axis=-1), 0, atol=1e-12)
        assert np.all(score_of(grad, y) <= 0)  # the right class is never pushed down


@given(rows, classes)
def test_a_surrogate_lies_above_the_mistakes(f, y):
    mistakes = zero_one(f, y)
    assert np.all(hinge(f, y) >= mistakes) and np.all(squared_hinge(f, y) >= mistakes)
    assert np.all(cross_entropy(f, y) / np.log(2) >= mistakes - 1e-12)


@given(hnp.arrays(float, 5, elements=st.floats(-1e4, 1e4)), hnp.arrays(np.int64, 5, elements=st.integers(0, 1)))
def test_two_classes_are_one_question(z, y):
    pair = np.stack([np.zeros(5), z], axis=-1)  # no, yes
    np.testing.assert_allclose(cross_entropy(pair, y), binary_cross_entropy(z, y), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(hinge(pair, y), binary_hinge(z, y), rtol=1e-12)


def test_a_one_hot_truth_leaves_one_logarithm():
    whole = average_surprise(one_hot(LABELS, 6), softmax(SCORES))
    np.testing.assert_allclose(cross_entropy(SCORES, LABELS), whole, rtol=1e-10)


def test_extremes():
    f = np.array([[1e4, -1e4], [1e4, -1e4]])
    np.testing.assert_array_equal(cross_entropy(f, [0, 1]), [0, 2e4])
    np.testing.assert_array_equal(hinge(f, [0, 1]), [0, 2e4 + 1])
    np.testing.assert_array_equal(zero_one(f, [0, 1]), [0, 1])
    assert np.isfinite(cross_entropy_grad(f, [0, 1])).all()


def test_knowing_nothing_costs_the_logarithm_of_the_classes():
    assert cross_entropy(np.zeros(100), 3) == pytest.approx(np.log(100))


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"shape \(40,\), got \(40, 6\): one-hot rows become classes with argmax"):
        cross_entropy(SCORES, one_hot(LABELS, 6))
    with pytest.raises(ValueError, match=r"whole numbers from 0 to 5, got \[6\]: do they count from 1\?"):
        hinge(SCORES, LABELS + 1)
    with pytest.raises(ValueError, match=r"whole numbers from 0 to 5, got \[0. 1. 2. 3. 4.\]"):
        zero_one(SCORES, LABELS * 1.0)
    with pytest.raises(ValueError, match="whole numbers from 0 to 5"):
        cross_entropy_grad(SCORES, LABELS - 1)
