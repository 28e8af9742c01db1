"""Newton's method: fit a quadratic to the surface where you stand, and jump to where the quadratic is level.

On a quadratic that is one step, whatever its condition. On a curved valley it takes a few, where gradient descent needs
thousands:

>>> from mmcourse.optimization.surfaces import ROSENBROCK
>>> x = np.array([-1.5, 1.0])
>>> for _ in range(6):
...     x = x + newton_direction(ROSENBROCK.grad(x), ROSENBROCK.hessian(x))
>>> x.round(6)
array([1., 1.])

Shapes: D coordinates.
"""

import numpy as np


def quadratic_model(value, grad: np.ndarray, hessian: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Predict the height after a step from what is known before it: Taylor's series up to second order.

        q(s) = f + g · s + ½ sᵀ H s

    Parameters
    ----------
    value : float
        f, the height here.
    grad : array, shape (D,)
        g, the gradient here.
    hessian : array, shape (D, D)
        H, the second derivatives here, Hᵢⱼ = ∂²f / ∂xᵢ ∂xⱼ.
    step : array, shape (..., D)
        s.

    Returns
    -------
    array, shape (...)

    Examples
    --------
    >>> quadratic_model(1.0, np.array([2.0, 0.0]), np.diag([2.0, 4.0]), np.array([-1.0, 1.0]))
    np.float64(2.0)
    """
    step = np.asarray(step, dtype=float)
    return value + step @ grad + np.einsum("...i,ij,...j->...", step, hessian, step) / 2


def newton_direction(grad: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """Return the step to the point where the quadratic model is level.

        ∇q(s) = g + H s = 0,    s = −H⁻¹ g

    Parameters
    ----------
    grad : array, shape (D,)
        g.
    hessian : array, shape (D, D)
        H, symmetric.

    Returns
    -------
    array, shape (D,)

    Raises
    ------
    ValueError
        If the shapes do not fit, or the Hessian is singular: then the model is level nowhere, or on a whole line.

    Notes
    -----
    The system is solved, the inverse never formed: D³/3 multiplications instead of D³, and less round-off.

    The level point is a minimum of the model only if H is positive definite. With an eigenvalue below zero the step
    *climbs* along its eigenvector: Newton's method looks for level places of any kind, and finds saddles.

    Examples
    --------
    >>> newton_direction(np.array([10.0, 25.0]), np.diag([1.0, 25.0]))
    array([-10.,  -1.])
    """
    grad, hessian = np.asarray(grad, dtype=float), np.asarray(hessian, dtype=float)
    if grad.ndim != 1 or hessian.shape != (len(grad), len(grad)):
        raise ValueError(f"expected `grad` (D,) and `hessian` (D, D), got {grad.shape} and {hessian.shape}")
    try:
        return -np.linalg.solve(hessian, grad)
    except np.linalg.LinAlgError:
        raise ValueError("the Hessian is singular: no single level point, try `damped_direction`") from None


def damped_direction(grad: np.ndarray, hessian: np.ndarray, damping: float = 1e-3) -> np.ndarray:
    """Return Newton's step for a Hessian made safe: no curvature counts as less than `damping`, none as negative.

        s = −Σᵢ uᵢ (uᵢ · g) / max(|λᵢ|, damping)

    Parameters
    ----------
    grad : array, shape (D,)
        g.
    hessian : array, shape (D, D)
        H, symmetric, with eigenvalues λᵢ and eigenvectors uᵢ.
    damping : float, > 0
        The least curvature; it bounds the step by |g| / damping.

    Returns
    -------
    array, shape (D,)
        It always leads down.

    Raises
    ------
    ValueError
        If `damping` is not positive.

    References
    ----------
    Dauphin et al. (2014), Identifying and attacking the saddle point problem in high-dimensional non-convex
    optimization: the same with |λ|.

    Examples
    --------
    >>> damped_direction(np.array([1.0, 1.0]), np.diag([2.0, -4.0]))  # Newton's would be (-0.5, +0.25)
    array([-0.5 , -0.25])
    """
    if not damping > 0:
        raise ValueError(f"`damping` must be positive, got {damping}: it is what a level direction is divided by")
    curvature, direction = np.linalg.eigh(hessian)
    return -direction @ (direction.T @ grad / np.maximum(np.abs(curvature), damping))
