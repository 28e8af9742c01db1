"""Multipliers of mean 1: by hand, against torch, against differences, and their moments."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.generalization.noise import gaussian_multiplier, inverted_multiplier, noisy, noisy_backward
from mmcourse.gradcheck import gradient_check

DRAWS = {"mask": inverted_multiplier, "Gaussian": gaussian_multiplier}
draws = pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
rates = st.floats(0, 0.95)
seeds = st.integers(0, 2**32 - 1)


def test_by_hand():
    h, multiplier = np.array([[1.0, -2.0, 3.0]]), np.array([[0.0, 2.0, 2.0]])
    assert noisy(h, multiplier).tolist() == [[0.0, -4.0, 6.0]]
    assert noisy_backward(np.array([[5.0, 6.0, 7.0]]), multiplier).tolist() == [[0.0, 12.0, 14.0]]


@given(seeds, rates)
def test_given_its_mask_it_is_torchs_dropout_forward_and_backward(seed, p):
    rng = np.random.default_rng(seed)
    h = torch.tensor(rng.uniform(1, 2, size=(7, 5)), requires_grad=True)  # not zero: zeros show the mask
    theirs = torch.nn.functional.dropout(h, p=p)
    weight = rng.normal(size=(7, 5))
    (theirs * torch.tensor(weight)).sum().backward()
    multiplier = (theirs.detach().numpy() != 0) / (1 - p)
    np.testing.assert_allclose(noisy(h.detach().numpy(), multiplier), theirs.detach(), rtol=1e-12)
    np.testing.assert_allclose(noisy_backward(weight, multiplier), h.grad, rtol=1e-12)


@draws
@pytest.mark.parametrize("p", [0.1, 0.2, 0.5, 0.8])
def test_mean_one_and_variance_p_over_one_minus_p(draw, p):
    n, variance = 10**6, p / (1 - p)
    m = draw(np.random.default_rng(0), n, p)
    assert m.mean() == pytest.approx(1, abs=4 * np.sqrt(variance / n))  # four standard errors
    assert m.var() == pytest.approx(variance, rel=0.01)  # of 10⁶ draws: 4 √(2/n) is 0.006, a little more for the mask


@draws
def test_the_noise_of_a_sum_grows_with_the_squares_of_its_terms(draw):
    terms = np.array([10.0, -9.0])
    sums = draw(np.random.default_rng(1), (10**6, 2), 0.5) @ terms
    assert sums.mean() == pytest.approx(1, abs=4 * np.sqrt(181 / 10**6))
    assert sums.var() == pytest.approx(181, rel=0.01)


@given(seeds, st.floats(0.1, 0.9))
def test_a_mask_has_two_values_and_a_normal_draw_has_many(seed, p):
    rng = np.random.default_rng(seed)
    assert set(np.unique(inverted_multiplier(rng, 200, p))) <= {0.0, 1 / (1 - p)}
    assert len(np.unique(gaussian_multiplier(rng, 200, p))) == 200


@draws
def test_without_dropout_nothing_happens(draw):
    assert (draw(np.random.default_rng(0), (3, 4), 0.0) == 1).all()


@draws
def test_backward_is_the_gradient_with_the_same_multiplier_and_not_with_another(draw):
    rng = np.random.default_rng(3)
    x, v = rng.normal(size=(6, 4)), rng.normal(size=4)
    used, other = (draw(rng, (6, 4), 0.5) for _ in range(2))

    def loss(x):
        return np.sum(np.tanh(noisy(x, used) @ v))

    def grad_with(multiplier):
        return lambda x: noisy_backward((1 - np.tanh(noisy(x, used) @ v) ** 2)[:, None] * v, multiplier)

    assert gradient_check(loss, grad_with(used), x, rng).passed
    assert not gradient_check(loss, grad_with(other), x, rng).passed


@pytest.mark.parametrize("size", [1e-4, 1e4])
def test_it_scales_with_what_goes_in(size):
    rng = np.random.default_rng(0)
    h, m = rng.normal(size=(3, 4)), gaussian_multiplier(rng, (1, 4), 0.9)
    np.testing.assert_allclose(noisy(size * h, m), size * noisy(h, m), rtol=1e-12)


def test_wrong_shapes_and_rates_are_refused():
    for f in (noisy, noisy_backward):
        with pytest.raises(
            ValueError, match=r"must broadcast to the shape \(3, 4\) of what it multiplies, got \(4, 3\)"
        ):
            f(np.ones((3, 4)), np.ones((4, 3)))
        with pytest.raises(ValueError, match=r"got \(2, 3, 4\)"):  # would make the result larger
            f(np.ones((3, 4)), np.ones((2, 3, 4)))
    for draw in DRAWS.values():
        with pytest.raises(ValueError, match=r"`p`, the probability to drop a unit, must be in \[0, 1\), got 1"):
            draw(np.random.default_rng(0), 3, 1.0)
