"""A network as a point: the same numbers as torch, gradients that are differences, and shapes that are refused."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.foundations.mlp import relu
from mmcourse.optimization.weightspace import WeightSpace, join, network_loss

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(12, 5)), RNG.integers(3, size=12)


def torch_loss(space, theta, decay):
    parts = [part.clone() for part in torch.split(theta, [int(np.prod(shape)) for shape in space.shapes])]
    parts = [part.reshape(shape) for part, shape in zip(parts, space.shapes)]
    h, bend = torch.tensor(X), torch.relu if space.activation is relu else torch.tanh
    for W, b in zip(parts[:-2:2], parts[1:-2:2]):
        h = bend(h @ W + b)
    scores = h @ parts[-2] + parts[-1]
    return torch.nn.functional.cross_entropy(scores, torch.tensor(LABELS)) + decay / 2 * theta @ theta


def test_one_unit_by_hand():
    space = WeightSpace((1, 1, 2))
    theta = np.array([2.0, -1.0, 3.0, 0.0, 0.5, 0.0])  # w, b, two weights out, two biases
    np.testing.assert_allclose(space.scores(theta, np.array([[0.5]])), [[0.5, 0.0]])  # tanh(0) = 0
    loss = network_loss(space, np.array([[0.5]]), np.array([1]))
    assert loss.value(theta) == pytest.approx(np.log1p(np.exp(0.5)))


@pytest.mark.parametrize("sizes", [(5, 3), (5, 4, 3), (5, 4, 6, 3)])
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("activation", [None, relu])
def test_loss_and_gradient_equal_torch(sizes, decay, activation):
    space = WeightSpace(sizes, activation) if activation else WeightSpace(sizes)
    theta, loss = RNG.normal(size=space.dimension), network_loss(space, X, LABELS, decay)
    there = torch.tensor(theta, requires_grad=True)
    expected = torch_loss(space, there, decay)
    assert loss.value(theta) == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(loss.grad(theta), torch.autograd.grad(expected, there)[0], rtol=1e-10, atol=1e-12)


def test_the_gradient_is_differences():
    space = WeightSpace((5, 4, 3))
    loss, (theta, v) = network_loss(space, X, LABELS, 0.1), RNG.normal(size=(2, space.dimension))
    difference = (loss.value(theta + 1e-5 * v) - loss.value(theta - 1e-5 * v)) / 2e-5
    assert loss.grad(theta) @ v == pytest.approx(difference, rel=1e-7)


@given(st.lists(st.integers(1, 5), min_size=2, max_size=4))
def test_splitting_and_joining_are_each_others_way_back(sizes):
    space = WeightSpace(tuple(sizes))
    theta = np.arange(space.dimension, dtype=float)
    parts = space.split(theta)
    assert [part.shape for part in parts] == space.shapes
    np.testing.assert_array_equal(join(parts), theta)


def test_parts_are_views_and_a_loss_leaves_its_point_alone():
    space = WeightSpace((5, 4, 3))
    theta = space.draw(np.random.default_rng(1))
    before = theta.copy()
    network_loss(space, X, LABELS).grad(theta)
    np.testing.assert_array_equal(theta, before)
    space.split(theta)[0][0, 0] = 7
    assert theta[0] == 7


def test_scores_of_enormous_networks_stay_finite():
    space = WeightSpace((5, 4, 3))
    loss = network_loss(space, X, LABELS)
    theta = 1e4 * RNG.normal(size=space.dimension)
    assert np.isfinite(loss.value(theta)) and np.isfinite(loss.grad(theta)).all()


def test_wrong_shapes_are_refused_with_advice():
    with pytest.raises(ValueError, match=r"is a point of shape \(39,\), got \(38,\): `join` makes one"):
        WeightSpace((5, 4, 3)).split(np.zeros(38))
    with pytest.raises(ValueError, match="got 12 examples and 11 labels: one label for each example"):
        network_loss(WeightSpace((5, 3)), X, LABELS[:-1])
