"""Derivatives from values alone: forward and central differences, whole gradients, and a check of yours that is cheap.

A gradient that somebody derived on paper is checked against one that nobody had to derive:

>>> x = np.linspace(-1.0, 1.0, 1000)
>>> rng = np.random.default_rng(3)
>>> gradient_check(lambda x: np.sum(x**3), lambda x: 3 * x**2, x, rng).passed
True
>>> gradient_check(lambda x: np.sum(x**3), lambda x: 2 * x**2, x, rng).passed
False
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

ORDERS = {"forward": 1, "central": 2}  # the error of each falls with this power of the step


def forward_difference(f: Callable, x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Estimate the derivative of a function of one number by the slope of a secant to the right.

        f'(x) ≈ (f(x + h) − f(x)) / h

    Parameters
    ----------
    f : function from an array to one of the same shape, each entry on its own
        A function of one number, such as np.tanh.
    x : array, any shape
        Where.
    h : float or array that broadcasts with `x`, > 0
        The step.

    Returns
    -------
    array
        The slope for each `x` and `h`.

    Notes
    -----
    The error is h f''(x) / 2 plus terms of higher order: of first order in h. Rounding adds up to about eps |f(x)| / h.

    Examples
    --------
    >>> forward_difference(np.square, 3.0, np.array([1.0, 0.5]))  # 2x + h
    array([7. , 6.5])
    """
    return (f(x + h) - f(x)) / h


def central_difference(f: Callable, x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Estimate the derivative of a function of one number by the slope of a secant around it.

        f'(x) ≈ (f(x + h) − f(x − h)) / (2h)

    Parameters
    ----------
    f : function from an array to one of the same shape, each entry on its own
        A function of one number, such as np.tanh. For the gradient of a function of many numbers there is
        `numerical_gradient`.
    x : array, any shape
        Where.
    h : float or array that broadcasts with `x`, > 0
        The step to either side.

    Returns
    -------
    array
        The slope for each `x` and `h`.

    Notes
    -----
    The error is h² f'''(x) / 6 plus terms of higher order: of second order in h. Rounding adds up to about
    eps |f(x)| / (2h).

    Examples
    --------
    >>> central_difference(lambda x: x**3, 2.0, np.array([1.0, 0.5]))  # 3x² + h²
    array([13.  , 12.25])
    """
    return (f(x + h) - f(x - h)) / (2 * h)


def best_step(method: str = "central", dtype: type = np.float64) -> float:
    """Return the step at which truncation and rounding are about equally large.

        h = eps^(1 / (order + 1)):  √eps for forward, ∛eps for central differences

    Parameters
    ----------
    method : "forward" or "central"
    dtype : a type of floating point numbers
        Its eps is the distance from 1 to the next number.

    Returns
    -------
    float
        For an x and a function whose size and derivatives are about 1; for a larger x multiply it by its `stretch`.

    Raises
    ------
    ValueError
        If there is no such method.

    Examples
    --------
    >>> print(f"{best_step('forward'):.1e} {best_step('central'):.1e} {best_step('central', np.float32):.1e}")
    1.5e-08 6.1e-06 4.9e-03
    """
    if method not in ORDERS:
        raise ValueError(f"`method` must be one of {', '.join(ORDERS)}, got {method!r}")
    return float(np.finfo(dtype).eps) ** (1 / (ORDERS[method] + 1))


def numerical_jacobian(f: Callable, x: np.ndarray, h: float | None = None) -> np.ndarray:
    """Estimate all partial derivatives of a function by central differences, one entry of x at a time.

        J[i, j] = ∂f_i / ∂x_j ≈ (f_i(x + h e_j) − f_i(x − h e_j)) / (2h)

    Parameters
    ----------
    f : function from an array of the shape of `x` to a number or an array
    x : array, any shape
        Where; whole numbers become floats.
    h : float, > 0
        The step; when left out, ∛eps times the `stretch` of x.

    Returns
    -------
    array, shape of f(x) followed by the shape of `x`
        For f from R^n to R^m the matrix (m, n); for a scalar f its gradient, with the shape of `x`.

    Notes
    -----
    Calls f twice for each entry of `x`.

    Examples
    --------
    >>> numerical_jacobian(lambda x: np.array([x[0] * x[1], x[0] + 2 * x[1], 5.0]), [3, 4]).round(6)
    array([[4., 3.],
           [1., 2.],
           [0., 0.]])
    """
    x = as_float(x)
    h = x.dtype.type(best_step("central", x.dtype) * stretch(x) if h is None else h)
    columns = []
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        columns.append((np.asarray(f(x + step)) - np.asarray(f(x - step))) / (2 * h))
    return np.stack(columns, axis=-1).reshape(columns[0].shape + x.shape)


def numerical_gradient(f: Callable, x: np.ndarray, h: float | None = None) -> np.ndarray:
    """Estimate the gradient of a function of many numbers to one by central differences.

        ∇f(x)_j ≈ (f(x + h e_j) − f(x − h e_j)) / (2h)

    Parameters
    ----------
    f : function from an array of the shape of `x` to one number
    x : array, any shape
        Where.
    h : float, > 0
        The step; when left out, ∛eps times the `stretch` of x.

    Returns
    -------
    array, shape of `x`

    Raises
    ------
    ValueError
        If f gives more than one number.

    Notes
    -----
    Calls f twice for each entry of `x`: too slow to train with, and just right to check with.

    Examples
    --------
    >>> numerical_gradient(lambda x: np.sum(x**2), np.array([[1.0, 2.0], [3.0, 4.0]])).round(6)
    array([[2., 4.],
           [6., 8.]])
    """
    return numerical_jacobian(lambda point: require_number(f(point)), x, h)


class GradientCheck(NamedTuple):
    """What a check has found; true where it has passed."""

    analytic: float  # ∇f(x) · v, from the gradient that is checked
    numeric: float  # the same from two values of f
    error: float  # their distance, in units of the length of the gradient
    passed: bool

    def __bool__(self) -> bool:
        return self.passed


def gradient_check(
    f: Callable, grad: Callable | np.ndarray, x: np.ndarray, rng: np.random.Generator, tolerance: float = 1e-6
) -> GradientCheck:
    """Check a gradient in one random direction v, with two values of f however many entries x has.

        ∇f(x) · v  against  (f(x + hv) − f(x − hv)) / (2h),    v ~ N(0, I)

    Parameters
    ----------
    f : function from an array of the shape of `x` to one number
    grad : function from such an array to the gradient there, or the gradient at `x`
        What is checked.
    x : array, any shape
        Where; float64, if the check is to tell anything.
    rng : numpy.random.Generator
        Draws the direction.
    tolerance : float, > 0
        The largest relative error that passes.

    Returns
    -------
    GradientCheck
        The two numbers, their relative error, and whether the check has passed.

    Raises
    ------
    ValueError
        If the gradient does not have the shape of `x`, or f gives more than one number.

    Notes
    -----
    ∇f(x) · v is normal with mean 0 and standard deviation ‖∇f(x)‖, so the error is measured in units of ‖∇f(x)‖, or of
    the numeric value where that is larger. Where both are tiny beside f, rounding would be all that is measured: the
    unit is never less than a thousandth of |f(x)| (divided by the `stretch` of x). A wrong gradient passes only if its
    error e has |e · v| below the tolerance: with e as long as ∇f(x) that happens about once in a million times. Values
    that are infinite or not a number never pass. To see which entry is wrong, compare with `numerical_gradient`.

    Examples
    --------
    >>> found = gradient_check(np.prod, lambda x: np.prod(x) / x, np.arange(1.0, 6.0), np.random.default_rng(0))
    >>> bool(found), found.error < 1e-9
    (True, True)
    """
    x = as_float(x)
    gradient = np.asarray(grad(x) if callable(grad) else grad)
    if gradient.shape != x.shape:
        raise ValueError(f"the gradient must have the shape of `x`, {x.shape}, got {gradient.shape}: transposed?")
    longer = stretch(x)
    h, direction = best_step("central", x.dtype) * longer, rng.normal(size=x.shape).astype(x.dtype)
    right, left = (float(require_number(f(x + x.dtype.type(sign * h) * direction))) for sign in (1, -1))
    analytic, numeric = float(np.sum(gradient * direction)), (right - left) / (2 * h)
    scale = max(float(np.linalg.norm(gradient)), abs(numeric), 1e-3 * abs(right) / longer)
    error = abs(analytic - numeric) / scale if scale else 0.0
    return GradientCheck(analytic, numeric, error, bool(error <= tolerance))


def complex_step(f: Callable, x: np.ndarray, h: float = 1e-200) -> np.ndarray:
    """Return the derivative of a function of one number through the complex plane: nothing is subtracted.

        f'(x) ≈ Im f(x + ih) / h

    Parameters
    ----------
    f : function from an array to one of the same shape, each entry on its own
        Must take complex numbers and be analytic: np.abs, np.maximum and the like are not.
    x : array, any shape
        Where.
    h : float, > 0
        The step; the error is h² f'''(x) / 6, so it can be as small as floats go.

    Returns
    -------
    array, shape of `x`

    References
    ----------
    Squire & Trapp (1998), Using complex variables to estimate derivatives of real functions.

    Examples
    --------
    >>> float(complex_step(np.exp, 1.0) - np.exp(1.0))
    0.0
    """
    return np.imag(f(x + 1j * h)) / h


def as_float(x: np.ndarray) -> np.ndarray:
    """Return an array of floats; float32 stays float32."""
    x = np.asarray(x)
    return x if np.issubdtype(x.dtype, np.floating) else x.astype(float)


def stretch(x: np.ndarray) -> float:
    """Return by how much steps at x should be longer: the root of the size of its largest entry, and 1 at least.

    A step of 1e-5 at x = 10,000 would be lost in the rounding of x itself; a step of 10,000 times that would jump over
    what a function like the sine does there. The root is in the middle.
    """
    return float(np.sqrt(max(1.0, np.max(np.abs(x), initial=0.0))))


def require_number(value: np.ndarray) -> np.floating:
    """Return a number that may come as an array with one entry, or raise a ValueError."""
    if np.size(value) != 1:
        raise ValueError(
            f"`f` must return one number, got shape {np.shape(value)}: sum it, or multiply it with fixed random weights"
        )
    return np.asarray(value).reshape(())[()]
