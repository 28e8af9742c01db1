"""Canonical correlation: hand-computed cases, scikit-learn's, a closed form, invariances, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import eigh
from sklearn.cross_decomposition import CCA as Theirs

from mmcourse.multimodal.cca import correlation, covariance, fit_cca, inverse_root, solve_cca
from mmcourse.worlds.views import turned

seeds = st.integers(0, 10_000)


def two_views(seed, count=60, sizes=(4, 3)):
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(2, count))
    return tuple(rng.normal(size=(d, 2)) @ shared + rng.normal(size=(d, count)) + 3 for d in sizes)


def test_two_cases_by_hand():
    """Diagonal covariances: 1/√2 and 1/2; a ridge of 0.1 makes of them 1/√(2.1·1.1) and 0.5/1.1."""
    xx, xy, yy, eye = np.diag([2.0, 1.0]), np.diag([1.0, 0.5]), np.eye(2), np.eye(2)
    np.testing.assert_allclose(solve_cca(xx, xy, yy, 2)[2], [0.5**0.5, 0.5], rtol=1e-12)
    found = solve_cca(xx + 0.1 * eye, xy, yy + 0.1 * eye, 2)[2]
    np.testing.assert_allclose(found, [1 / np.sqrt(2.1 * 1.1), 0.5 / 1.1], rtol=1e-12)


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_correlations_are_the_roots_of_the_generalized_eigenvalues(ridge):
    """Σ_xy Σ_yy⁻¹ Σ_yx u = ρ² Σ_xx u, solved by scipy."""
    x, y = two_views(1)
    xx, yy, xy = covariance(x, x) + ridge * np.eye(4), covariance(y, y) + ridge * np.eye(3), covariance(x, y)
    squares = eigh(xy @ np.linalg.solve(yy, xy.T), xx, eigvals_only=True)[::-1]
    np.testing.assert_allclose(fit_cca(x, y, 3, ridge).correlations ** 2, squares[:3], rtol=1e-9)


def test_it_is_scikit_learns():
    x, y = two_views(2, count=200)
    theirs = Theirs(n_components=2, scale=False, tol=1e-12, max_iter=10_000).fit(x.T, y.T).transform(x.T, y.T)
    ours = fit_cca(x, y, 2)
    np.testing.assert_allclose(ours.correlations, correlation(*(scores.T for scores in theirs)), rtol=1e-6)
    for mine, their in zip(ours.project(x, y), theirs):  # the same variables, up to a sign and a scale
        np.testing.assert_allclose(np.abs(correlation(mine, their.T)), 1, rtol=1e-6)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_projected_variables_have_the_covariance_of_the_picture_of_blocks(seed):
    x, y = two_views(seed)
    fit = fit_cca(x, y, 3)
    both = np.concatenate(fit.project(x, y))
    blocks = np.block([[np.eye(3), np.diag(fit.correlations)], [np.diag(fit.correlations), np.eye(3)]])
    np.testing.assert_allclose(covariance(both, both), blocks, atol=1e-9)
    a, b = fit.project(x, y)
    np.testing.assert_allclose(((a - b) ** 2).sum() / (x.shape[1] - 1), 6 - 2 * fit.correlations.sum(), rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([1e-4, 1.0, 1e4]))
def test_turning_stretching_and_moving_a_view_changes_nothing(seed, scale):
    x, y = two_views(seed)
    rng = np.random.default_rng(seed + 1)
    mixed = scale * (np.linalg.qr(rng.normal(size=(4, 4)))[0] * [1.0, 2.0, 3.0, 4.0]) @ x + rng.normal(size=(4, 1))
    np.testing.assert_allclose(fit_cca(mixed, y, 3).correlations, fit_cca(x, y, 3).correlations, atol=1e-8)
    shifted = fit_cca(x + 1e4, y - 1e4, 3).correlations
    np.testing.assert_allclose(shifted, fit_cca(x, y, 3).correlations, atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(0, 10))
def test_no_other_directions_do_better_and_a_ridge_only_lowers_it(seed, ridge):
    x, y = two_views(seed)
    best = fit_cca(x, y).correlations[0]
    rng = np.random.default_rng(seed)
    others = correlation(rng.normal(size=(200, 4)) @ x, rng.normal(size=(200, 3)) @ y)
    assert np.abs(others).max() <= best <= 1 + 1e-12
    assert fit_cca(x, y, 1, ridge).correlations[0] <= best + 1e-12


def test_a_ridge_changes_with_the_scale_of_a_view():
    x, y = two_views(3)
    assert fit_cca(10 * x, y, 1, 0.5).correlations[0] > fit_cca(x, y, 1, 0.5).correlations[0] + 0.01
    pair = fit_cca(10 * x, y, 1, (50.0, 0.5)).correlations[0]  # 100 times the variance, 100 times the ridge
    np.testing.assert_allclose(pair, fit_cca(x, y, 1, 0.5).correlations[0], rtol=1e-9)


def test_it_finds_the_correlations_of_a_world_that_knows_them():
    pair = turned(np.random.default_rng(0), 50_000, correlations=(0.9, 0.5, 0.1))
    np.testing.assert_allclose(fit_cca(pair.x, pair.y, 3).correlations, [0.9, 0.5, 0.1], atol=0.01)  # 2 / √50,000


def test_noise_with_fewer_samples_than_dimensions_correlates_perfectly():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 20, 12))
    np.testing.assert_allclose(fit_cca(x, y, 11).correlations, 1, rtol=1e-9)
    with pytest.raises(ValueError, match="from 1 to 11"):
        fit_cca(x, y, 12)


def test_new_samples_are_projected_with_the_old_mean():
    x, y = two_views(4)
    fit = fit_cca(x, y, 2)
    np.testing.assert_allclose(fit.project(x[:, :1], y[:, :1])[0], fit.project(x, y)[0][:, :1], rtol=1e-12)


def test_the_root_is_one_of_the_matrix_and_leaves_out_empty_directions():
    root = inverse_root(np.array([[5.0, 4.0], [4.0, 5.0]]))  # eigenvalues 9 and 1
    np.testing.assert_allclose(root, [[2 / 3, -1 / 3], [-1 / 3, 2 / 3]], rtol=1e-12)
    np.testing.assert_allclose(inverse_root(np.diag([4.0, 0.0])), [[0.5, 0], [0, 0]], rtol=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "options", "words"),
    [
        (np.ones((5, 3)), np.ones((5, 4)), {}, r"same N >= 2 samples, got shapes \(5, 3\) and \(5, 4\).*transposed"),
        (np.ones((2, 1)), np.ones((2, 1)), {}, "N >= 2"),
        (np.full((2, 4), np.nan), np.ones((2, 4)), {}, "finite array"),
        (np.ones(4), np.ones((2, 4)), {}, "samples as columns"),
        (np.eye(3), np.eye(3), {"components": 4}, "`components` must be from 1 to 2"),
        (np.eye(3), np.eye(3), {"ridge": -1.0}, "must be 0 or more"),
    ],
)
def test_mistakes_are_told(x, y, options, words):
    with pytest.raises(ValueError, match=words):
        fit_cca(x, y, **options)
