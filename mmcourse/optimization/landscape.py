"""Critical points: which kind they are, and how long it takes to leave one.

Where the gradient vanishes, the eigenvalues of the Hessian tell a minimum from a saddle, unless one of them is zero.
Turn the two curvatures around a circle, from minimum to maximum, and all kinds pass by:

>>> turn = np.radians([45, 0, -45, -90, -135])
>>> curvatures = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
>>> print(*critical_point_type(curvatures, grad=np.zeros(2)))
minimum degenerate saddle degenerate maximum
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Landscape(NamedTuple):
    """Three functions of points x (..., d): value (...), gradient (..., d) and Hessian (..., d, d).

    They have the names that they have in a `mmcourse.optimization.surfaces.Surface`, which may stand wherever a
    landscape is asked for. What that knows besides (a start, a minimum) a whole family of landscapes has not.
    """

    value: Callable[[np.ndarray], np.ndarray]
    grad: Callable[[np.ndarray], np.ndarray]
    hessian: Callable[[np.ndarray], np.ndarray]


class Curvatures(NamedTuple):
    """Eigenvalues (..., d), the smallest first, and unit eigenvectors (..., d, d), column i for eigenvalue i."""

    eigenvalues: np.ndarray
    eigenvectors: np.ndarray


def quadratic_form(hessian: np.ndarray) -> Landscape:
    """Build f(x) = ½ xᵀ H x from a symmetric H (..., d, d); leading axes are a family of landscapes.

    >>> bowl = quadratic_form(np.diag([2.0, 4.0]))
    >>> bowl.value(np.array([1.0, 1.0])), bowl.grad(np.array([1.0, 1.0]))
    (np.float64(3.0), array([2., 4.]))
    """
    hessian = require_symmetric(hessian)

    def grad(x):
        return np.einsum("...ij,...j->...i", hessian, x)

    return Landscape(
        value=lambda x: np.einsum("...i,...i->...", x, grad(x)) / 2,
        grad=grad,
        hessian=lambda x: np.broadcast_to(hessian, grad(x).shape + hessian.shape[-1:]),
    )


def monkey_saddle() -> Landscape:
    """Build f(x, y) = x³ − 3xy²: three ways down (two legs and a tail), and a Hessian of zeros in the middle."""
    return Landscape(
        value=at(lambda x, y: x**3 - 3 * x * y**2),
        grad=at(lambda x, y: np.stack([3 * x**2 - 3 * y**2, -6 * x * y], -1)),
        hessian=at(lambda x, y: np.stack([6 * x, -6 * y, -6 * y, -6 * x], -1).reshape(*x.shape, 2, 2)),
    )


def disguised_saddle() -> Landscape:
    """Build f(x, y) = x² + xy²: semi-definite and without slope at 0, yet f(−y²/2, y) = −y⁴/4 leads down."""
    return Landscape(
        value=at(lambda x, y: x**2 + x * y**2),
        grad=at(lambda x, y: np.stack([2 * x + y**2, 2 * x * y], -1)),
        hessian=at(lambda x, y: np.stack([2 + 0 * x, 2 * y, 2 * y, 2 * x], -1).reshape(*x.shape, 2, 2)),
    )


def at(function: Callable) -> Callable[[np.ndarray], np.ndarray]:
    """Turn a function of (x, y) into one of points (..., 2)."""
    return lambda point: function(*np.moveaxis(np.asarray(point, dtype=float), -1, 0))


def with_walls(landscape: Landscape, strength: float = 1.0) -> Landscape:
    """Add ¼ · strength · ‖x‖⁴, so that what runs away from the middle stays in the picture.

    Slope and curvature at 0 stay as they were. On a quadratic saddle this makes two wells, on a maximum a moat:

    >>> double_well = with_walls(quadratic_form(np.diag([2.0, -2.0])))
    >>> double_well.value(np.array([[0.0, 0.0], [0.0, 2**0.5]])).round(12)
    array([ 0., -1.])

    The disguised saddle remains one for strengths below 1 only: its way down is as flat as the walls.
    """

    def square(x):
        return np.sum(x**2, axis=-1)

    def hessian(x):
        bend = square(x)[..., None, None] * np.eye(x.shape[-1]) + 2 * x[..., :, None] * x[..., None, :]
        return landscape.hessian(x) + strength * bend

    return Landscape(
        value=lambda x: landscape.value(x) + strength / 4 * square(x) ** 2,
        grad=lambda x: landscape.grad(x) + strength * square(x)[..., None] * x,
        hessian=hessian,
    )


def principal_curvatures(hessian: np.ndarray) -> Curvatures:
    """Find the curvatures of a surface and the directions in which it has them, H v = λ v, for H (..., d, d).

    >>> principal_curvatures(np.array([[0.0, 1.0], [1.0, 0.0]])).eigenvalues  # f = xy: down one diagonal, up the other
    array([-1.,  1.])
    """
    return Curvatures(*np.linalg.eigh(require_symmetric(hessian)))


def critical_point_type(eigenvalues: np.ndarray, grad: np.ndarray, tol: float = 1e-8) -> np.ndarray:
    """Say what a point is, as far as its gradient and the eigenvalues of its Hessian can tell.

    Parameters
    ----------
    eigenvalues : array (..., d)
        Of the Hessian at the point, in any order.
    grad : array (..., d)
        The gradient at the same point: without it a Hessian says nothing.
    tol : float, >= 0
        Numbers up to `tol` count as zero, both for ‖∇f‖ and for the eigenvalues.

    Returns
    -------
    array of strings (...), or one string
        "not critical", where the gradient is not zero, whatever the Hessian; else "saddle", where the eigenvalues have
        both signs; "minimum" or "maximum", where all are positive or all negative; and "degenerate", where some are
        zero and the others agree: x² + y⁴ and x² − y⁴ have the same Hessian at 0. A ValueError if one is not finite.

    Examples
    --------
    >>> print(critical_point_type(np.array([2.0, -2.0]), grad=np.zeros(2)))
    saddle
    >>> print(critical_point_type(np.array([2.0, -2.0]), grad=np.array([10.0, 0.0])))  # x² − y² + 10x at 0
    not critical
    """
    eigenvalues, grad = np.asarray(eigenvalues, dtype=float), np.asarray(grad, dtype=float)
    if not (np.isfinite(eigenvalues).all() and np.isfinite(grad).all()):
        raise ValueError("`eigenvalues` and `grad` must be finite, got inf or nan: has the descent diverged?")
    up, down = eigenvalues > tol, eigenvalues < -tol
    steep, both = np.linalg.norm(grad, axis=-1) > tol, up.any(axis=-1) & down.any(axis=-1)
    cases = np.broadcast_arrays(steep, both, up.all(axis=-1), down.all(axis=-1))
    return np.select(cases, ["not critical", "saddle", "minimum", "maximum"], default="degenerate")[()]


def escape_time(distance, lr, curvature, momentum=0.0, radius=1.0) -> np.ndarray:
    """Count the steps that a descent, at rest at first, needs to leave a quadratic saddle.

        without momentum    log(radius / distance) / log(1 + lr · |λ|)
        with it             log(radius / (A · distance)) / log z,    A = (z − momentum) / (z − momentum / z)

    where z, the growth per step, is the larger root of z² − (1 + momentum + lr · |λ|) z + momentum = 0.

    Parameters
    ----------
    distance, lr, curvature, momentum, radius : floats or arrays that broadcast
        First distance from the saddle along the eigenvector of λ, the learning rate, λ (the most negative eigenvalue;
        where it is not negative there is no way out), the momentum, and the distance that counts as outside.

    Returns
    -------
    array
        Steps, not rounded to a whole number; 0 if outside at the start, infinite if there is no escape.

    Raises
    ------
    ValueError
        If anything but `curvature` is negative, or the momentum reaches 1.

    Notes
    -----
    The time grows with the logarithm of 1/distance only: any noise is better than none, and more noise helps little.
    With momentum the formula leaves out a part (momentum / z)^t that fades.

    Examples
    --------
    >>> escape_time(distance=1e-6, lr=0.1, curvature=-2.0, momentum=np.array([0.0, 0.9])).round(2)
    array([75.78, 35.07])
    """
    for name, value in {"distance": distance, "lr": lr, "momentum": momentum, "radius": radius}.items():
        if not np.all(np.asarray(value) >= 0):
            raise ValueError(f"`{name}` must not be negative, got {np.min(value)}: only `curvature` is, at a saddle")
    if np.any(np.asarray(momentum) >= 1):
        raise ValueError(f"`momentum` must be in [0, 1), got {np.max(momentum)}: the velocity would never fade")
    push = np.asarray(lr) * np.maximum(0.0, -np.asarray(curvature))
    middle = (1 + np.asarray(momentum) + push) / 2
    growth = middle + np.sqrt((middle - 1) ** 2 + push)  # middle² − momentum, without cancellation near 1
    share = (growth - momentum) / (growth - momentum / growth)
    with np.errstate(divide="ignore", invalid="ignore"):  # distance 0 and growth 1 mean: never
        steps = np.maximum(0.0, np.log(radius / (share * distance)) / np.log(growth))
    return np.where(np.asarray(distance) >= radius, 0.0, np.where(push > 0, steps, np.inf))


def first_step_outside(path: np.ndarray, center: np.ndarray, radius: float) -> np.ndarray:
    """Find the first step of each path (..., T, d) that is at least `radius` from `center`; infinite if none is."""
    outside = np.linalg.norm(path - center, axis=-1) >= radius
    return np.where(outside.any(axis=-1), outside.argmax(axis=-1), np.inf)


def require_symmetric(hessian: np.ndarray) -> np.ndarray:
    """Return `hessian` as floats; raise a ValueError unless it equals its transpose (numpy reads only one half)."""
    hessian = np.asarray(hessian, dtype=float)
    if hessian.ndim < 2 or hessian.shape[-1] != hessian.shape[-2]:
        raise ValueError(f"a Hessian must have shape (..., d, d), got {hessian.shape}: np.diag makes one of curvatures")
    if not np.allclose(hessian, hessian.swapaxes(-1, -2), rtol=1e-8, atol=1e-12):
        raise ValueError("a Hessian must equal its transpose, and this one does not: try (H + H.T) / 2")
    return hessian
