"""Scores and softmax: by hand, against torch and scipy, what cancels, what must not overflow."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmcourse.foundations.binary import sigmoid
from mmcourse.foundations.scores import (
    append_one,
    average_surprise,
    entropy,
    hierarchical_log_softmax,
    linear_scores,
    log_softmax,
    one_hot,
    softmax,
)

rows = hnp.arrays(float, (3, 4), elements=st.floats(-1e4, 1e4))
distributions = hnp.arrays(float, (2, 5), elements=st.floats(0.01, 1)).map(lambda a: a / a.sum(axis=1, keepdims=True))
F = np.random.default_rng(0).normal(size=(20, 7)) * 5


def test_two_scores_by_hand():
    W, b = np.array([[1.0, -1.0], [0.0, 2.0], [3.0, 0.0]]), np.array([0.5, 0.0, -1.0])
    np.testing.assert_array_equal(linear_scores(np.array([[2.0, 1.0]]), W, b), [[1.5, 2.0, 5.0]])


def test_cifar_has_30730_parameters_either_way():
    rng = np.random.default_rng(1)
    x, W, b = rng.normal(size=(2, 5, 3072)), rng.normal(size=(10, 3072)), rng.normal(size=10)
    joint = np.column_stack([W, b])
    assert joint.shape == (10, 3073) and joint.size == W.size + b.size == 30_730
    # sums of 3072 products, round-off 1e-16 * 3072 at most
    np.testing.assert_allclose(linear_scores(x, W, b), append_one(x) @ joint.T, rtol=0, atol=1e-11)


def test_the_linear_score_equals_torch():
    layer = torch.nn.Linear(6, 4, dtype=torch.float64)
    x = np.random.default_rng(2).normal(size=(9, 6))
    got = linear_scores(x, *(part.detach().numpy() for part in (layer.weight, layer.bias)))
    np.testing.assert_allclose(got, layer(torch.tensor(x)).detach().numpy(), rtol=0, atol=1e-14)


def test_softmax_by_hand():
    # in proportion 1 : 2 : 5
    np.testing.assert_allclose(softmax(np.log([1.0, 2.0, 5.0])), [1 / 8, 2 / 8, 5 / 8], rtol=1e-14)
    np.testing.assert_allclose(log_softmax(np.log([1.0, 2.0, 5.0])), np.log([1 / 8, 2 / 8, 5 / 8]), rtol=1e-14)


def test_they_equal_scipy():
    np.testing.assert_allclose(softmax(F), scipy.special.softmax(F, axis=-1), rtol=1e-13)
    np.testing.assert_allclose(log_softmax(F), scipy.special.log_softmax(F, axis=-1), rtol=0, atol=1e-13)


@given(rows, st.floats(-1e4, 1e4))
def test_a_constant_cancels(f, constant):
    # adding 1e4 rounds the scores by up to 4e-12 each
    np.testing.assert_allclose(softmax(f + constant), softmax(f), rtol=0, atol=1e-11)


@given(rows, st.permutations(range(4)))
def test_it_is_a_distribution_that_keeps_the_order(f, order):
    p = softmax(f)
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-14)
    assert np.all(p >= 0) and np.all(np.diff(np.take_along_axis(p, np.argsort(f, axis=-1), axis=-1), axis=-1) >= 0)
    np.testing.assert_allclose(softmax(f[:, order]), p[:, order], rtol=1e-14)


def test_extremes_neither_overflow_nor_lose_the_logarithm():
    f = np.array([1e4, 0.0, -1e4])
    np.testing.assert_array_equal(softmax(f), [1, 0, 0])
    np.testing.assert_array_equal(log_softmax(f), [0, -1e4, -2e4])


@given(st.floats(-700, 700))
def test_two_classes_are_the_sigmoid(z):
    np.testing.assert_allclose(softmax(np.array([z, 0.0]))[0], sigmoid(z), rtol=1e-12)


def test_entropy_by_hand_and_against_scipy():
    p, q = np.array([0.5, 0.25, 0.25]), np.array([0.25, 0.5, 0.25])
    assert entropy(p) == pytest.approx(1.5 * np.log(2))  # a half of one bit, two quarters of two
    assert average_surprise(p, q) == pytest.approx((0.5 * 2 + 0.25 * 1 + 0.25 * 2) * np.log(2))
    assert average_surprise(p, q) - entropy(p) == pytest.approx(scipy.stats.entropy(p, q))


@given(distributions)
def test_nothing_beats_believing_the_truth(pair):
    p, q = pair
    assert average_surprise(p, q) >= entropy(p) - 1e-12
    assert 0 <= entropy(p) <= np.log(5) + 1e-12


def test_impossible_things_that_happen_surprise_without_limit():
    assert average_surprise(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == np.inf
    assert average_surprise(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0
    np.testing.assert_allclose(average_surprise(np.array([0.7, 0.3]), np.array([[0.5, 0.5], [0.7, 0.3]]))[0], np.log(2))


def test_a_hierarchy_is_a_distribution_and_equals_the_product_by_brute_force():
    rng = np.random.default_rng(3)
    groups, members = rng.normal(size=(4, 3)) * 3, rng.normal(size=(4, 3, 5)) * 3
    got = hierarchical_log_softmax(groups, members)
    np.testing.assert_allclose(np.exp(got).sum(axis=(-2, -1)), 1, rtol=1e-13)
    for sample, g, m in np.ndindex(4, 3, 5):
        expected = softmax(groups[sample])[g] * softmax(members[sample, g])[m]
        assert got[sample, g, m] == pytest.approx(np.log(expected), abs=1e-12)


def test_a_flat_softmax_is_a_hierarchy_whose_groups_score_what_is_in_them():
    f = F[:, :6].reshape(20, 2, 3)
    grouped = hierarchical_log_softmax(scipy.special.logsumexp(f, axis=-1), f)
    np.testing.assert_allclose(grouped.reshape(20, 6), log_softmax(F[:, :6]), rtol=0, atol=1e-13)


def test_one_hot_rows():
    np.testing.assert_array_equal(one_hot(np.array([[1], [0]]), 2), [[[0, 1]], [[1, 0]]])


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"got \(5, 3\), \(3, 2\) and \(2,\): is W transposed\?"):
        linear_scores(np.zeros((5, 3)), np.zeros((3, 2)), np.zeros(2))
    with pytest.raises(ValueError, match=r"\(..., G\) = \(3,\), got \(2, 5\): one row of members for each group"):
        hierarchical_log_softmax(np.zeros(3), np.zeros((2, 5)))
