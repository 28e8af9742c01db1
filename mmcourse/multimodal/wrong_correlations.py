"""Wrong programs for the sum of canonical correlations, each with a slip that its formula invites, to try tests on.

Each takes what `total` takes and differs from it in one place. A test that none of them fails is no test:

>>> rng = np.random.default_rng(0)
>>> x, y = (np.array([[1.0, 0.0], [0.9, 0.5]]) @ rng.normal(size=(2, 200)) for _ in range(2))
>>> bool(total(x, x) <= 2 + 1e-9), bool(elementwise_root(x, x) <= 2 + 1e-9)  # two variables cannot agree more than 2
(True, False)
"""

import numpy as np

from mmcourse.multimodal.cca import covariance, inverse_root


def total(x: np.ndarray, y: np.ndarray) -> float:
    """Return the sum of all canonical correlations of two views (D, N), samples as columns."""
    return float(np.linalg.svd(whitened(x, y), compute_uv=False).sum())


def whitened(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return T = Σ_xx^(−1/2) Σ_xy Σ_yy^(−1/2), whose singular values are the canonical correlations."""
    return inverse_root(covariance(x, x)) @ covariance(x, y) @ inverse_root(covariance(y, y))


def elementwise_root(x: np.ndarray, y: np.ndarray) -> float:
    """Take the root of every entry of the inverse covariance, in the place of the root of the matrix.

    It agrees with the truth when the covariances are diagonal, and gives NaN where an entry is below zero.
    """
    with np.errstate(invalid="ignore"):
        x_root, y_root = (np.sqrt(np.linalg.inv(covariance(view, view))) for view in (x, y))
    product = x_root @ covariance(x, y) @ y_root
    return float(np.linalg.svd(product, compute_uv=False).sum()) if np.isfinite(product).all() else float("nan")


def elementwise_root_of_sizes(x: np.ndarray, y: np.ndarray) -> float:
    """Do the same with the sizes of the entries, so that no NaN gives the mistake away."""
    x_root, y_root = (np.sqrt(np.abs(np.linalg.inv(covariance(view, view)))) for view in (x, y))
    return float(np.linalg.svd(x_root @ covariance(x, y) @ y_root, compute_uv=False).sum())


def uncentred(x: np.ndarray, y: np.ndarray) -> float:
    """Forget to subtract the mean: second moments in the place of covariances.

    A view far from zero then seems to agree with anything that is far from zero too.
    """
    moment = {(a, b): v @ w.T for a, v in (("x", x), ("y", y)) for b, w in (("x", x), ("y", y))}
    product = inverse_root(moment["x", "x"]) @ moment["x", "y"] @ inverse_root(moment["y", "y"])
    return float(np.linalg.svd(product, compute_uv=False).sum())


def frobenius(x: np.ndarray, y: np.ndarray) -> float:
    """Return √tr(TᵀT), the root of the sum of squares, in the place of the sum: too small but for one pair."""
    return float(np.linalg.norm(whitened(x, y)))


def smallest(x: np.ndarray, y: np.ndarray, components: int = 1) -> float:
    """Sort upwards and keep the first: the k *smallest* singular values."""
    return float(np.sort(np.linalg.svd(whitened(x, y), compute_uv=False))[:components].sum())


def ridge_everywhere(x: np.ndarray, y: np.ndarray, ridge: float = 0.1) -> float:
    """Add the ridge to every entry of the covariances, in the place of their diagonals."""
    x_root, y_root = (inverse_root(covariance(view, view) + ridge) for view in (x, y))
    return float(np.linalg.svd(x_root @ covariance(x, y) @ y_root, compute_uv=False).sum())


def cholesky_untransposed(x: np.ndarray, y: np.ndarray) -> float:
    """Whiten with Cholesky factors, and forget the transpose of the second: L_x⁻¹ Σ_xy L_y⁻¹."""
    x_factor, y_factor = (np.linalg.cholesky(covariance(view, view)) for view in (x, y))
    product = np.linalg.solve(x_factor, covariance(x, y)) @ np.linalg.inv(y_factor)
    return float(np.linalg.svd(product, compute_uv=False).sum())
