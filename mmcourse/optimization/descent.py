"""Gradient descent: look at the slope where you stand, take a step against it, repeat.

>>> path = descend(lambda x: 2 * x, start=np.array([1.0]), lr=0.1, steps=3)  # down the parabola x²
>>> path[:, 0].round(6)  # each step keeps 80 % of the distance
array([1.   , 0.8  , 0.64 , 0.512])

How long a step may be before it leads up is a question of curvature: `critical_rate`.
"""

from collections.abc import Callable

import numpy as np


def gradient_step(x: np.ndarray, grad: np.ndarray, lr: float) -> np.ndarray:
    """Take one step of gradient descent.

        x ← x − lr · ∇f(x)

    Parameters
    ----------
    x : array, any shape
        Where we are.
    grad : array, shape of `x`
        ∇f(x).
    lr : float, > 0
        Learning rate.

    Returns
    -------
    array, shape of `x`
        Where we are then; the argument stays as it was.

    Raises
    ------
    ValueError
        If `grad` does not have the shape of `x`.

    References
    ----------
    Cauchy (1847), Méthode générale pour la résolution des systèmes d'équations simultanées.

    Examples
    --------
    >>> gradient_step(np.array([1.0, 1.0]), grad=np.array([1.0, 25.0]), lr=0.03)
    array([0.97, 0.25])
    """
    if np.shape(grad) != np.shape(x):
        raise ValueError(
            f"`grad` must have the shape of `x`, {np.shape(x)}, got {np.shape(grad)}: it belongs to other parameters"
        )
    return x - lr * grad


def steepest_direction(grad: np.ndarray) -> np.ndarray:
    """Return the unit direction along which the cost falls fastest, to first order.

        f(x + h u) − f(x) ≈ h ∇f(x) · u, lowest for u = −∇f(x) / ‖∇f(x)‖

    Parameters
    ----------
    grad : array, shape (..., D)
        ∇f(x), not zero.

    Returns
    -------
    array, shape (..., D)
        Vectors of length 1.

    Raises
    ------
    ValueError
        If a gradient is zero: there no direction is better than the others.

    Examples
    --------
    >>> steepest_direction(np.array([3.0, 4.0]))
    array([-0.6, -0.8])
    """
    length = np.linalg.norm(grad, axis=-1, keepdims=True)
    if not np.all(length > 0):
        raise ValueError("`grad` is zero: to first order all directions are level here")
    return -np.asarray(grad) / length


def descend(
    grad_at: Callable[[np.ndarray], np.ndarray], start: np.ndarray, lr: float | np.ndarray, steps: int
) -> np.ndarray:
    """Walk downhill, and keep every point on the way.

    Parameters
    ----------
    grad_at : function from points to the gradients there, both of the shape of `start`
        It is called once a step.
    start : array, shape (..., D)
        Where each walk begins.
    lr : float, or array of shape (steps,)
        Learning rate, or one for each step: what a schedule returns for ``np.arange(steps)``.
    steps : int, >= 0
        How many steps to take.

    Returns
    -------
    array, shape (..., steps + 1, D)
        The points, the start first.

    Raises
    ------
    ValueError
        If `lr` is neither one rate nor one for each step.

    Examples
    --------
    >>> descend(lambda x: x, np.array([8.0, 4.0]), lr=np.array([0.5, 0.25]), steps=2)
    array([[8. , 4. ],
           [4. , 2. ],
           [3. , 1.5]])
    """
    if np.shape(lr) not in [(), (steps,)]:
        raise ValueError(f"`lr` must be one rate or have shape ({steps},), one for each step, got {np.shape(lr)}")
    path = [np.asarray(start, dtype=float)]
    for rate in np.broadcast_to(lr, (steps,)):
        path.append(gradient_step(path[-1], grad_at(path[-1]), rate))
    return np.stack(path, axis=-2)


def taylor_change(grad: np.ndarray, hessian: np.ndarray, lr: np.ndarray) -> np.ndarray:
    """Return how much a step of gradient descent changes the cost, by the Taylor series up to second order.

        f(x − lr · g) − f(x) ≈ −lr gᵀg + ½ lr² gᵀHg

    Parameters
    ----------
    grad : array, shape (..., D)
        g.
    hessian : array, shape (..., D, D)
        H.
    lr : float, or array that broadcasts to (...)
        Learning rate; it enters the second term squared.

    Returns
    -------
    array, shape (...)
        Exact on a quadratic.

    References
    ----------
    Goodfellow, Bengio & Courville (2016), Deep Learning, eq. 4.9 and section 8.2.1.

    Examples
    --------
    >>> taylor_change(np.array([1.0]), np.array([[4.0]]), lr=np.array([0.25, 0.5, 1.0]))
    array([-0.125,  0.   ,  1.   ])
    """
    return -lr * (grad**2).sum(axis=-1) + np.square(lr) / 2 * _bend(grad, hessian)


def critical_rate(grad: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """Return the rate above which a step of gradient descent raises the cost: 2 gᵀg / gᵀHg.

    Parameters
    ----------
    grad : array, shape (..., D)
        g, not zero.
    hessian : array, shape (..., D, D)
        H.

    Returns
    -------
    array, shape (...)
        Infinite where the surface does not curve up along the gradient: then no step is too long, to second order.

    Notes
    -----
    Exact on a quadratic, where it lies between 2 / L and 2 / μ: it depends on where you stand.

    Examples
    --------
    >>> ravine = np.diag([1.0, 25.0])
    >>> critical_rate(ravine @ [1.0, 1.0], ravine).round(4), critical_rate(ravine @ [1.0, 0.0], ravine)
    (np.float64(0.0801), np.float64(2.0))
    """
    bend = _bend(grad, hessian)
    length = (np.asarray(grad) ** 2).sum(axis=-1)
    return 2 * np.divide(length, bend, out=np.full_like(bend, np.inf), where=bend > 0)[()]


def _bend(grad: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """Return gᵀHg, after checking that the shapes belong together."""
    grad, hessian = np.asarray(grad, dtype=float), np.asarray(hessian, dtype=float)
    size = grad.shape[-1:]
    if hessian.shape[-2:] != size + size:
        raise ValueError(f"`hessian` must have shape (..., D, D) with D = {size[0]}, got {hessian.shape}")
    return np.einsum("...i,...ij,...j->...", grad, hessian, grad)
