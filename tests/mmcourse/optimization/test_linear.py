"""Linear models: by hand, against torch and scikit-learn, gradients against differences, extremes, and errors."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, Ridge

from mmcourse.optimization.descent import descend
from mmcourse.optimization.linear import (
    LEAST_SQUARES,
    LOGISTIC,
    empirical_risk,
    least_squares_solution,
    risk_gradient,
    softmax_regression,
)

MODELS = {"squares": (LEAST_SQUARES, 3), "logistic": (LOGISTIC, 3), "softmax": (softmax_regression(4), 12)}
models = pytest.mark.parametrize("name", MODELS)


def problem(name, seed=0, size=6):
    rng = np.random.default_rng(seed)
    model, parameters = MODELS[name]
    x = rng.normal(size=(size, 3))
    y = {
        "squares": rng.normal(size=size),
        "logistic": rng.integers(2, size=size),
        "softmax": rng.integers(4, size=size),
    }
    return model, rng.normal(size=parameters), x, y[name]


def test_by_hand():
    x, y, w = np.array([[1.0, 2.0], [1.0, 0.0]]), np.array([3.0, 1.0]), np.array([1.0, 2.0])
    np.testing.assert_array_equal(LEAST_SQUARES.losses(w, x, y), [2.0, 0.0])  # 5 for 3, 1 for 1
    np.testing.assert_array_equal(LEAST_SQUARES.gradients(w, x, y), [[2.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(LOGISTIC.losses(np.zeros(2), x, np.array([1, 0])), np.log(2), rtol=1e-12)
    np.testing.assert_array_equal(LOGISTIC.gradients(np.zeros(2), x, np.array([1, 0])), [[-0.5, -1.0], [0.5, 0.0]])
    assert empirical_risk(LEAST_SQUARES, w, x, y, decay=2.0) == 1.0 + 5.0


@models
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_risks_and_gradients_are_torchs(name, decay):
    model, w, x, y = problem(name)
    tensor = torch.tensor(w, requires_grad=True)
    inputs, targets, functional = torch.tensor(x), torch.tensor(y), torch.nn.functional
    loss = {
        "squares": lambda: functional.mse_loss(inputs @ tensor, targets) / 2,
        "logistic": lambda: functional.binary_cross_entropy_with_logits(inputs @ tensor, targets.double()),
        "softmax": lambda: functional.cross_entropy(inputs @ tensor.reshape(4, 3).T, targets),
    }[name]() + decay / 2 * (tensor**2).sum()
    loss.backward()
    assert empirical_risk(model, w, x, y, decay) == pytest.approx(loss.item(), abs=1e-12)
    np.testing.assert_allclose(risk_gradient(model, w, x, y, decay), tensor.grad.numpy(), atol=1e-12)


@models
@given(seed=st.integers(0, 2**32 - 1))
def test_each_gradient_is_the_slope_of_its_own_loss(name, seed):
    model, w, x, y = problem(name, seed)
    direction = np.random.default_rng(seed + 1).normal(size=w.shape)
    ahead, behind = (model.losses(w + h * direction, x, y) for h in (1e-6, -1e-6))
    slopes = model.gradients(w, x, y) @ direction
    np.testing.assert_allclose((ahead - behind) / 2e-6, slopes, atol=1e-6, rtol=1e-6)


@models
def test_many_parameters_at_once_are_each_alone(name):
    model, w, x, y = problem(name)
    many = np.stack([[w, 0 * w], [2 * w, -w]])
    np.testing.assert_allclose(model.losses(many, x, y)[1, 0], model.losses(2 * w, x, y))
    np.testing.assert_allclose(risk_gradient(model, many, x, y)[1, 1], risk_gradient(model, -w, x, y))


@models
@given(seed=st.integers(0, 2**32 - 1), part=st.floats(0, 1))
def test_the_risk_is_convex(name, seed, part):
    model, w, x, y = problem(name, seed)
    other = np.random.default_rng([seed, 1]).normal(size=w.shape) * 3
    between = empirical_risk(model, part * w + (1 - part) * other, x, y)
    ends = [empirical_risk(model, end, x, y) for end in (w, other)]
    assert between <= part * ends[0] + (1 - part) * ends[1] + 1e-9


@models
def test_extremes_are_finite(name):
    model, w, x, y = problem(name)
    for far in (1e4 * w, -1e4 * w):
        assert np.isfinite(model.losses(far, x, y)).all() and np.isfinite(model.gradients(far, x, y)).all()


def test_the_formula_is_scikit_learns_and_its_gradient_is_zero():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(40, 5)), rng.normal(size=40)
    w = least_squares_solution(x, y, decay=0.2)
    theirs = Ridge(alpha=0.2 * 40, fit_intercept=False).fit(x, y)
    np.testing.assert_allclose(w, theirs.coef_, atol=1e-10)
    np.testing.assert_allclose(risk_gradient(LEAST_SQUARES, w, x, y, 0.2), 0, atol=1e-12)


def test_descent_arrives_where_scikit_learn_does():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(80, 2))
    y = (rng.random(80) < 1 / (1 + np.exp(-x @ [1.0, -2.0]))).astype(int)
    theirs = LogisticRegression(C=1 / (0.1 * 80), fit_intercept=False, tol=1e-10).fit(x, y)
    path = descend(lambda w: risk_gradient(LOGISTIC, w, x, y, 0.1), np.zeros(2), lr=1.0, steps=500)
    np.testing.assert_allclose(path[-1], theirs.coef_[0], atol=1e-5)  # the tolerance of its solver


def test_what_does_not_fit_is_told():
    x = np.ones((4, 3))
    with pytest.raises(ValueError, match="a missing bias"):
        LEAST_SQUARES.losses(np.zeros(2), x, np.zeros(4))
    with pytest.raises(ValueError, match="10 classes times 3 inputs, got 20"):
        softmax_regression().gradients(np.zeros(20), x, np.zeros(4, int))
    with pytest.raises(ValueError, match="4 examples do not decide 3 parameters"):
        least_squares_solution(x, np.zeros(4))
