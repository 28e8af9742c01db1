"""Canonical correlation analysis: the directions along which two views of the same things agree best.

Samples are columns, as in the literature: a view is an array (D, N), its directions are the columns of (D, k), and
`directions.T @ view` are the k projected variables. Two views that share one of their two dimensions:

>>> rng = np.random.default_rng(0)
>>> shared = rng.normal(size=500)
>>> x = np.stack([shared + rng.normal(size=500), rng.normal(size=500)])
>>> y = np.stack([rng.normal(size=500), shared + rng.normal(size=500)])
>>> fit_cca(x, y, components=2).correlations.round(2)  # one half by construction, and nothing
array([0.52, 0.02])
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class CCA(NamedTuple):
    """Pairs of directions, the best first, and how well they agree."""

    x_directions: np.ndarray  # (D_x, k), U
    y_directions: np.ndarray  # (D_y, k), V
    correlations: np.ndarray  # (k,), falling, from 1 to 0
    x_mean: np.ndarray  # (D_x, 1), to be subtracted from new samples
    y_mean: np.ndarray  # (D_y, 1)

    def project(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Project samples of both views, Uᵀ(X − mean) and Vᵀ(Y − mean), each (k, N); new samples are welcome."""
        return self.x_directions.T @ (x - self.x_mean), self.y_directions.T @ (y - self.y_mean)


def covariance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the cross-covariance of two views.

        Σ_xy = X̄ Ȳᵀ / (N − 1), with X̄ = X − mean of its columns

    Parameters
    ----------
    x : array (D_x, N)
    y : array (D_y, N)
        The same N samples, seen otherwise; `x` itself for the covariance of one view.

    Returns
    -------
    array (D_x, D_y)

    Examples
    --------
    >>> covariance(np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 4.0, 9.0]]))
    array([[3.5]])
    """
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    return x @ y.T / (x.shape[1] - 1)


def inverse_root(matrix: np.ndarray, tolerance: float = 1e-10) -> np.ndarray:
    """Return the symmetric inverse square root of a covariance.

        Σ^(−1/2) = Q diag(λ^(−1/2)) Qᵀ, where Σ = Q diag(λ) Qᵀ

    Parameters
    ----------
    matrix : array (D, D), symmetric, no eigenvalue below zero
    tolerance : float
        Directions whose variance is at most this part of the largest one count as empty, and are left out.

    Returns
    -------
    array (D, D)

    Notes
    -----
    It is a root of the *matrix*: the eigenvalues are rooted, not the entries.

    Examples
    --------
    >>> root = inverse_root(np.array([[5.0, 4.0], [4.0, 5.0]]))
    >>> bool(np.allclose(root @ [[5.0, 4.0], [4.0, 5.0]] @ root, np.eye(2)))
    True
    """
    variances, axes = np.linalg.eigh(matrix)
    there = variances > tolerance * max(variances[-1], 0.0)
    return axes[:, there] / np.sqrt(variances[there]) @ axes[:, there].T


def solve_cca(
    xx: np.ndarray, xy: np.ndarray, yy: np.ndarray, components: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the directions from the covariances alone.

        max tr(Uᵀ Σ_xy V)   subject to   Uᵀ Σ_xx U = Vᵀ Σ_yy V = I
        T = Σ_xx^(−1/2) Σ_xy Σ_yy^(−1/2) = A diag(ρ) Bᵀ,   U = Σ_xx^(−1/2) A,   V = Σ_yy^(−1/2) B

    Parameters
    ----------
    xx, yy : arrays (D_x, D_x) and (D_y, D_y)
        Covariance of each view, with its ridge if it has one.
    xy : array (D_x, D_y)
        Cross-covariance.
    components : int
        How many pairs.

    Returns
    -------
    U (D_x, k), V (D_y, k), correlations (k,), falling

    References
    ----------
    Hotelling (1936), Relations between two sets of variates.

    Examples
    --------
    >>> _, _, correlations = solve_cca(np.diag([2.0, 1.0]), np.diag([1.0, 0.5]), np.eye(2), components=2)
    >>> correlations.round(6)  # 1 / √2 and 1/2
    array([0.707107, 0.5     ])
    """
    x_root, y_root = inverse_root(xx), inverse_root(yy)
    a, correlations, b = np.linalg.svd(x_root @ xy @ y_root)  # (D_x, D_x), (min,), (D_y, D_y)
    return x_root @ a[:, :components], y_root @ b[:components].T, correlations[:components]


def fit_cca(x: np.ndarray, y: np.ndarray, components: int = 1, ridge: float | Sequence[float] = 0.0) -> CCA:
    """Find the pairs of directions along which two views correlate best.

    Parameters
    ----------
    x : array (D_x, N)
        One view, samples as columns.
    y : array (D_y, N)
        The other view of the same samples, in the same order.
    components : int, from 1 to the smaller rank of the two views
        How many pairs; a rank is at most D and, since the mean is subtracted, at most N − 1.
    ridge : float >= 0, or a pair of them for the two views
        Added to the *diagonal* of each view's covariance, r: Σ + r I. It keeps directions of little variance, which
        any noise can correlate, from winning. `correlations` are then what the ridge leaves of them, tr(Uᵀ Σ_xy V)
        in parts; the projected variables' own correlation is `correlation(*fit.project(x, y))`.

    Returns
    -------
    CCA

    Raises
    ------
    ValueError
        If the views do not have the same samples, are not finite, or have not that many directions.

    Examples
    --------
    >>> x = np.array([[0.0, 1.0, 2.0, 4.0], [1.0, 0.0, 1.0, 0.0]])
    >>> float(fit_cca(x, 5 - 2 * x[:1]).correlations[0].round(9))  # turned, stretched and moved, the agreement stays
    1.0
    """
    require_two_views(x, y)
    x_ridge, y_ridge = np.broadcast_to(np.asarray(ridge, dtype=float), 2)
    if min(x_ridge, y_ridge) < 0:
        raise ValueError(f"`ridge` is added to variances and must be 0 or more, got {ridge}")
    xx = covariance(x, x) + x_ridge * np.eye(len(x))
    yy = covariance(y, y) + y_ridge * np.eye(len(y))
    most = min(np.linalg.matrix_rank(xx, hermitian=True), np.linalg.matrix_rank(yy, hermitian=True))
    if not 1 <= components <= most:
        raise ValueError(f"`components` must be from 1 to {most}, the smaller rank of the two views, got {components}")
    u, v, correlations = solve_cca(xx, covariance(x, y), yy, components)
    return CCA(u, v, correlations, x.mean(axis=1, keepdims=True), y.mean(axis=1, keepdims=True))


def correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the correlation of each row of `a` with the same row of `b`.

        ρ = Σ ā b̄ / √(Σ ā² · Σ b̄²)

    Parameters
    ----------
    a, b : arrays (k, N)

    Returns
    -------
    array (k,), each from −1 to 1; NaN for a row that never changes

    Examples
    --------
    >>> correlation(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 2.0, 1.0]]))
    array([0.])
    """
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))


def require_two_views(x: np.ndarray, y: np.ndarray) -> None:
    """Raise a ValueError unless both are finite arrays (D, N) with the same N, at least 2."""
    for name, view in (("x", x), ("y", y)):
        if np.ndim(view) != 2 or not np.isfinite(view).all():
            raise ValueError(f"`{name}` must be a finite array (D, N), samples as columns, got shape {np.shape(view)}")
    if x.shape[1] != y.shape[1] or x.shape[1] < 2:
        hint = ": samples are columns here, transposed?" if len(x) == len(y) else ""
        raise ValueError(f"both views need the same N >= 2 samples, got shapes {x.shape} and {y.shape}{hint}")
