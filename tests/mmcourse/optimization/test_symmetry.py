"""Copies of a network: exactly the same function, found again by brute force, and barriers between them."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.foundations.mlp import relu
from mmcourse.optimization.symmetry import (
    barrier,
    copies,
    flip_units,
    make_twins,
    match_units,
    permute_units,
    scale_units,
    straight_path,
)
from mmcourse.optimization.weightspace import WeightSpace, network_loss

SPACE = WeightSpace((6, 4, 3))
RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(15, 6)), RNG.integers(3, size=15)
THETA, OTHER = RNG.normal(size=(2, SPACE.dimension))


def all_copies(theta):
    for order in permutations(range(4)):
        for flips in product([False, True], repeat=4):
            yield flip_units(SPACE, permute_units(SPACE, theta, order), np.flatnonzero(flips))


def test_two_units_by_hand():
    space = WeightSpace((1, 2, 1))
    theta = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])  # w₁ w₂, b₁ b₂, v₁ v₂, c
    np.testing.assert_array_equal(permute_units(space, theta, [1, 0]), [2, 1, 4, 3, 6, 5, 7])
    np.testing.assert_array_equal(flip_units(space, theta, [1]), [1, -2, 3, -4, 5, -6, 7])
    np.testing.assert_array_equal(make_twins(space, theta), [1.5, 1.5, 3.5, 3.5, 5.5, 5.5, 7])


def test_all_copies_are_different_points_and_one_function():
    points = np.array(list(all_copies(THETA)))
    assert len(np.unique(points.round(9), axis=0)) == copies(4) == 24 * 16
    scores = np.array([SPACE.scores(point, X) for point in points])
    np.testing.assert_allclose(scores, np.broadcast_to(scores[0], scores.shape), atol=1e-13)
    loss = network_loss(SPACE, X, LABELS, decay=0.1)
    np.testing.assert_allclose([loss.value(point) for point in points], loss.value(THETA), rtol=1e-14)


def test_matching_equals_the_best_of_all_copies():
    nearest = min(all_copies(OTHER), key=lambda point: np.linalg.norm(point - THETA))
    np.testing.assert_allclose(match_units(SPACE, THETA, OTHER), nearest, atol=1e-14)


@given(st.permutations(range(4)), st.sets(st.integers(0, 3)))
def test_a_copy_is_matched_back_exactly(order, flips):
    copy = flip_units(SPACE, permute_units(SPACE, THETA, order), sorted(flips))
    np.testing.assert_allclose(match_units(SPACE, THETA, copy), THETA, atol=1e-14)


def test_deeper_layers_and_relu_have_their_copies():
    space = WeightSpace((6, 4, 5, 3), relu)
    theta = RNG.normal(size=space.dimension)
    moved = scale_units(space, permute_units(space, theta, [4, 2, 0, 1, 3], layer=1), np.array([1e-4, 1, 2, 3, 1e4]), 1)
    np.testing.assert_allclose(space.scores(moved, X), space.scores(theta, X), rtol=1e-10, atol=1e-10)


def test_the_gradient_of_a_copy_is_the_copy_of_the_gradient():
    loss, order = network_loss(SPACE, X, LABELS), [2, 0, 3, 1]
    moved = loss.grad(permute_units(SPACE, THETA, order))
    np.testing.assert_allclose(moved, permute_units(SPACE, loss.grad(THETA), order), atol=1e-14)


def test_twins_stay_twins():
    loss, theta = network_loss(SPACE, X, LABELS), make_twins(SPACE, THETA)
    grad = loss.grad(theta)
    np.testing.assert_allclose(make_twins(SPACE, grad), grad, atol=1e-15)
    assert np.linalg.norm(grad) > 0.01


def test_a_path_and_its_barrier():
    path = straight_path(THETA, OTHER, 5)
    np.testing.assert_allclose(path[[0, 2, 4]], [THETA, (THETA + OTHER) / 2, OTHER])
    assert barrier(np.array([2.0, 2.0, 2.0])) == 0 and barrier(np.array([0.0, 1.0, 2.0])) == 0
    np.testing.assert_allclose(barrier(np.array([[1.0, 5.0, 3.0], [1.0, 0.0, 1.0]])), [3.0, 0.0])


def test_wrong_input_is_refused_with_advice():
    with pytest.raises(ValueError, match=r"`order` must name each of the 4 hidden units once, got \[0, 1, 1, 2\]"):
        permute_units(SPACE, THETA, [0, 1, 1, 2])
    with pytest.raises(ValueError, match=r"`match_units` is for one hidden layer, got layers \(2, 3, 4, 1\)"):
        match_units(WeightSpace((2, 3, 4, 1)), np.zeros(30), np.zeros(30))
    with pytest.raises(ValueError, match="twins come in pairs, got 3 hidden units"):
        make_twins(WeightSpace((2, 3, 1)), np.zeros(13))
