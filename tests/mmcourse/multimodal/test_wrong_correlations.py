"""The wrong programs are wrong where the lecture says, and the property tests catch every one of them."""

import numpy as np
import pytest

from mmcourse.multimodal import wrong_correlations as wrong
from mmcourse.multimodal.cca import covariance, fit_cca, inverse_root

WRONG = [
    wrong.elementwise_root,
    wrong.elementwise_root_of_sizes,
    wrong.uncentred,
    wrong.frobenius,
    wrong.smallest,
    wrong.ridge_everywhere,
    wrong.cholesky_untransposed,
]


def sample(seed=0, count=80):
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(2, count))
    mixes = rng.normal(size=(2, 3, 2))
    return tuple(mix @ shared + 0.5 * rng.normal(size=(3, count)) + 2 for mix in mixes)


def caught(program):
    """Which properties of the sum of canonical correlations a program violates."""
    x, y = sample()
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    value = program(x, y)
    found = {
        "at most the number of variables": not program(x, x) <= 3 + 1e-9,
        "a view agrees with itself": not np.isclose(program(x, x), 3, atol=1e-9),
        "moving changes nothing": not np.isclose(program(x + 5, y), value, atol=1e-8),
        "turning changes nothing": not np.isclose(program(turn @ x, y), value, atol=1e-8),
        "stretching changes nothing": not np.isclose(program(2 * x, y), value, atol=1e-8),
    }
    return {name for name, violated in found.items() if violated}


def test_the_right_program_has_all_properties_and_is_the_sum():
    x, y = sample()
    assert caught(wrong.total) == set()
    assert wrong.total(x, y) == pytest.approx(fit_cca(x, y, 3).correlations.sum(), rel=1e-10)


@pytest.mark.parametrize("program", WRONG, ids=lambda program: program.__name__)
def test_every_wrong_program_is_caught(program):
    assert caught(program)


def test_what_catches_the_two_of_the_lecture():
    assert "at most the number of variables" in caught(wrong.elementwise_root_of_sizes)
    assert "moving changes nothing" in caught(wrong.uncentred)


def with_covariance(matrix, count=50):
    """Samples whose covariance is exactly this."""
    z = np.random.default_rng(0).normal(size=(len(matrix), count))
    z -= z.mean(axis=1, keepdims=True)
    return np.linalg.cholesky(matrix) @ inverse_root(covariance(z, z)) @ z


def test_a_case_by_hand():
    """Σ_xx = [[1, .5], [.5, 1]], Σ_yy = I, Σ_xy = [[.6, .3], [.3, .4]]: 0.685146 and 0.252800."""
    joint = np.block([[np.array([[1, 0.5], [0.5, 1]]), np.array([[0.6, 0.3], [0.3, 0.4]])], [np.zeros((2, 4))]])
    joint = np.triu(joint, 1) + np.triu(joint, 1).T + np.eye(4)
    both = with_covariance(joint)
    x, y = both[:2], both[2:]
    assert wrong.total(x, y) == pytest.approx(0.937946, abs=1e-6)
    assert wrong.frobenius(x, y) == pytest.approx(np.hypot(0.685146, 0.2528), abs=1e-6)
    assert wrong.smallest(x, y) == pytest.approx(0.2528, abs=1e-6)
    assert np.isnan(wrong.elementwise_root(x, y))  # the inverse covariance has entries below zero


def test_without_correlation_inside_the_views_the_elementwise_root_is_right():
    """Which is why a test on independent variables misses it."""
    both = with_covariance(np.array([[2.0, 0, 1, 0], [0, 1, 0, 0.5], [1, 0, 1, 0], [0, 0.5, 0, 1]]))
    np.testing.assert_allclose(wrong.elementwise_root_of_sizes(both[:2], both[2:]), 0.5**0.5 + 0.5, atol=1e-6)
