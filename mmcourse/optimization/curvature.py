"""The curvature of a loss over thousands of weights, without ever writing down its Hessian.

A Hessian of 100 000 weights has 10¹⁰ entries. But its product with one vector costs two gradients, and from some twenty
such products Lanczos finds the largest and the smallest eigenvalue, with their directions:

>>> rng = np.random.default_rng(0)
>>> curvatures = np.concatenate([[-0.5], rng.random(997), [3.0, 4.0]])  # a thousand, three of them far from the rest
>>> found = lanczos(lambda v: curvatures * v, rng.normal(size=1000), steps=20)
>>> found.eigenvalues[[0, -2, -1]].round(6)
array([-0.5,  3. ,  4. ])
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


def hessian_vector_product(
    grad: Callable[[np.ndarray], np.ndarray], x: np.ndarray, v: np.ndarray, step: float = 1e-4
) -> np.ndarray:
    """Multiply the Hessian at x with v: how the gradient changes as one walks along v.

        H v = (∇f(x + ε v) − ∇f(x − ε v)) / 2ε + O(ε²),    ε = step / ‖v‖

    Parameters
    ----------
    grad : function of a point (D,) to a gradient (D,)
        It is called twice.
    x, v : arrays, shape (D,)
        Where, and in which direction.
    step : float, > 0
        How far to walk to each side. Shorter is truer until round-off, about 1e-16 / step, takes over.

    Returns
    -------
    array, shape (D,)

    Raises
    ------
    ValueError
        If x and v do not have the same shape.

    References
    ----------
    Pearlmutter (1994), Fast exact multiplication by the Hessian: the same product without the error, by
    differentiating the program of the gradient.

    Examples
    --------
    >>> H = np.array([[2.0, 1.0], [1.0, -3.0]])
    >>> hessian_vector_product(lambda x: H @ x, np.array([5.0, 5.0]), np.array([1.0, 0.0])).round(9)
    array([2., 1.])
    """
    x, v = np.asarray(x, dtype=float), np.asarray(v, dtype=float)
    if x.shape != v.shape:
        raise ValueError(f"`v` must have the shape of `x`, {x.shape}, got {v.shape}: one number for each coordinate")
    length = np.linalg.norm(v)
    if length == 0:
        return np.zeros_like(x)
    eps = step / length
    return (grad(x + eps * v) - grad(x - eps * v)) / (2 * eps)


def dense_hessian(grad: Callable[[np.ndarray], np.ndarray], x: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """Write down the whole Hessian (D, D), column by column: 2 D gradients, so for small D only."""
    columns = [hessian_vector_product(grad, x, unit, step) for unit in np.eye(len(x))]
    return (np.array(columns) + np.array(columns).T) / 2  # symmetric but for round-off


class Ritz(NamedTuple):
    """What k products tell of a matrix: k approximate eigenvalues, the smallest first, each with its error bound.

    Some true eigenvalue lies within `error[i]` of `eigenvalues[i]`.
    """

    eigenvalues: np.ndarray  # (k,)
    eigenvectors: np.ndarray  # (D, k), column i for eigenvalue i
    error: np.ndarray  # (k,), ‖H v − λ v‖


def lanczos(product: Callable[[np.ndarray], np.ndarray], start: np.ndarray, steps: int) -> Ritz:
    """Find the outermost eigenvalues of a symmetric matrix that is known only by its products with vectors.

        H q_j = β_{j−1} q_{j−1} + α_j q_j + β_j q_{j+1}

    In the basis q₁, q₂, ... H is tridiagonal, with α on the diagonal and β beside it. The eigenvalues of this small
    matrix approach those of H, the largest and the smallest first.

    Parameters
    ----------
    product : function of a vector (D,) to H times it (D,)
        Called `steps` times at most.
    start : array, shape (D,)
        Any vector but zero; a random one has a share of every eigenvector.
    steps : int, >= 1
        How many products; never more than D.

    Returns
    -------
    Ritz

    Raises
    ------
    ValueError
        If `start` is zero.

    Notes
    -----
    Each q is made orthogonal to all earlier ones again, twice. The recursion alone would do so in exact arithmetic;
    with round-off it loses orthogonality as soon as the first eigenvalue is found, and finds it a second time.

    References
    ----------
    Lanczos (1950), An iteration method for the solution of the eigenvalue problem; Paige (1972).
    """
    start = np.asarray(start, dtype=float)
    if not np.linalg.norm(start) > 0:
        raise ValueError("`start` must not be zero: take a random vector, rng.normal(size=D)")
    q, basis, alpha, beta = start / np.linalg.norm(start), [], [], []
    for _ in range(min(steps, len(start))):
        basis.append(q)
        w = product(q)
        alpha.append(q @ w)
        for _ in range(2):
            w = w - np.array(basis).T @ (np.array(basis) @ w)
        beta.append(np.linalg.norm(w))
        if beta[-1] <= 1e-10 * max(np.abs(alpha).max(), beta[0]):  # nothing new: the basis is complete
            break
        q = w / beta[-1]
    return ritz(np.array(alpha), np.array(beta), np.array(basis))


def ritz(alpha: np.ndarray, beta: np.ndarray, basis: np.ndarray) -> Ritz:
    """Solve the small tridiagonal problem of `lanczos`; the last β is what is left over, and bounds the errors."""
    small = np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1)  # (k, k)
    values, vectors = np.linalg.eigh(small)
    return Ritz(values, basis.T @ vectors, np.abs(beta[-1] * vectors[-1]))
