"""Four ways to join modalities: by hand, against torch, their gradients, and what they refuse."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.gradcheck import numerical_gradient
from mmcourse.multimodal.joint import add, concatenate, mlp, multiply, multiply_backward


def parts_of(rng, count=3, batch=4, size=5):
    return [rng.normal(size=(batch, size)) for _ in range(count)]


def test_by_hand():
    parts = [np.array([[1.0, 2.0]]), np.array([[3.0, -1.0]]), np.array([[0.5, 2.0]])]
    assert concatenate(parts).tolist() == [[1, 2, 3, -1, 0.5, 2]]
    assert add(parts).tolist() == [[4.5, 3]] and multiply(parts).tolist() == [[1.5, -4]]
    out = mlp([np.array([[1.0]]), np.array([[-1.0, 2.0]])], np.array([[1.0, 0], [2, 0], [1, -1]]), np.array([0.0, 1]))
    assert out.tolist() == [[1.0, 0.0]]  # 1 - 2 + 2, and -2 + 1 below zero


def test_mlp_is_torchs():
    rng = np.random.default_rng(0)
    parts, weights, bias = parts_of(rng), rng.normal(size=(15, 7)), rng.normal(size=7)
    theirs = torch.relu(torch.tensor(np.concatenate(parts, axis=1)) @ torch.tensor(weights) + torch.tensor(bias))
    np.testing.assert_allclose(mlp(parts, weights, bias), theirs.numpy(), atol=1e-12)


@given(st.integers(1, 4), st.integers(0, 1000))
def test_the_gradient_of_a_product_is_that_of_differences(count, seed):
    rng = np.random.default_rng(seed)
    parts, grad = parts_of(rng, count, 2, 3), rng.normal(size=(2, 3))
    parts[0][0, 0] = 0.0  # where dividing the product by its factor would fail
    for m, found in enumerate(multiply_backward(parts, grad)):
        wanted = numerical_gradient(lambda x, m=m: (multiply([*parts[:m], x, *parts[m + 1 :]]) * grad).sum(), parts[m])
        np.testing.assert_allclose(found, wanted, atol=1e-7)


def test_under_a_linear_head_a_sum_is_a_concatenation_with_tied_weights():
    rng = np.random.default_rng(1)
    parts, head = parts_of(rng), rng.normal(size=5)
    np.testing.assert_allclose(add(parts) @ head, concatenate(parts) @ np.tile(head, 3), atol=1e-12)


def test_a_silent_part_silences_a_product_and_leaves_a_sum():
    rng = np.random.default_rng(2)
    first, second = parts_of(rng, 2)
    assert not multiply([first, 0 * second]).any()
    np.testing.assert_array_equal(add([first, 0 * second]), first)
    grads = multiply_backward([first, 0 * second], np.ones_like(first))
    assert not grads[0].any() and np.array_equal(grads[1], first)


@pytest.mark.parametrize("join", [concatenate, add, multiply])
def test_extremes_stay_finite_and_order_of_segments_is_kept(join):
    parts = [1e4 * part for part in parts_of(np.random.default_rng(3))]
    joined = join(parts)
    assert np.isfinite(joined).all()
    np.testing.assert_array_equal(join([part[::-1] for part in parts]), joined[::-1])


def test_what_does_not_belong_together_is_refused():
    with pytest.raises(ValueError, match="nothing to join"):
        concatenate([])
    with pytest.raises(ValueError, match=r"of the same segments.*got \(4, 3\), \(5, 3\): sort them first"):
        concatenate([np.zeros((4, 3)), np.zeros((5, 3))])
    for join in (add, multiply):
        with pytest.raises(ValueError, match="need the same size, got 3, 1: bring them there by a layer"):
            join([np.zeros((4, 3)), np.zeros((4, 1))])  # numpy would broadcast
    with pytest.raises(
        ValueError, match=r"`weights` must have 5 rows, one for each of the \[3, 2\] features, got \(4,"
    ):
        mlp([np.zeros((4, 3)), np.zeros((4, 2))], np.zeros((4, 2)), np.zeros(2))
