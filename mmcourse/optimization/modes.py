"""Eigen-modes: on a quadratic, each direction of curvature walks alone, and a 2 x 2 matrix tells how.

In the eigenbasis of the Hessian the coordinates do not talk to each other. One of them, x, with curvature λ and
velocity v, goes from (x, v) to the next (x, v) by a matrix that is the same at every step; only lr · λ and the momentum
enter. After many steps the distance shrinks by the matrix's spectral radius at each, and the slowest mode is the speed
of the whole:

>>> spectral_radius(lr=0.03, momentum=np.array([0.0, 0.9]), curvature=np.array([[1.0], [25.0]])).round(3)
array([[0.97 , 0.949],
       [0.25 , 0.949]])

Convention of `mmcourse.optimization.momentum`: v ← m v − lr ∇f, x ← x + v, with Nesterov's ∇f at x + m v. Writing
a = lr · λ, the eigenvalues z are the roots of

    heavy ball   z² − (1 + m − a) z + m = 0
    Nesterov     z² − (1 + m) (1 − a) z + m (1 − a) = 0

and m = 0 is gradient descent, z = 1 − a (and 0).
"""

from typing import NamedTuple

import numpy as np

REGIMES = ("monotone", "oscillating", "alternating", "divergent")


class Boundaries(NamedTuple):
    """The rates at which a mode begins to oscillate, to change sign at every step, and to diverge."""

    oscillates: np.ndarray
    alternates: np.ndarray
    diverges: np.ndarray


class Tuning(NamedTuple):
    """The best rate and momentum, and the spectral radius that they reach."""

    lr: float
    momentum: float
    radius: float


def iteration_matrix(
    lr: np.ndarray, momentum: np.ndarray, curvature: np.ndarray, method: str = "momentum"
) -> np.ndarray:
    """Return the matrix of one step of one mode, from (x, v) to (x + v', v').

        heavy ball   v' = m v − a x                      a = lr · curvature
        Nesterov     v' = m (1 − a) v − a x

    Parameters
    ----------
    lr, momentum, curvature : float, or arrays that broadcast to (...)
        Learning rate, momentum in [0, 1), eigenvalue of the Hessian.
    method : "momentum" or "nesterov"
        The heavy ball, or Nesterov's look ahead.

    Returns
    -------
    array, shape (..., 2, 2)

    Raises
    ------
    ValueError
        If the method is another.

    Examples
    --------
    >>> iteration_matrix(lr=0.1, momentum=0.5, curvature=2.0)
    array([[ 0.8,  0.5],
           [-0.2,  0.5]])
    """
    a, momentum = _broadcast(lr, momentum, curvature)
    kept = momentum if _looks_at(method) == "here" else momentum * (1 - a)
    row = np.stack([-a, kept], axis=-1)
    return np.stack([row + [1.0, 0.0], row], axis=-2)


def eigenvalues(lr: np.ndarray, momentum: np.ndarray, curvature: np.ndarray, method: str = "momentum") -> np.ndarray:
    """Return the two eigenvalues of `iteration_matrix`, the larger in modulus first, from the quadratic formula.

    Parameters
    ----------
    lr, momentum, curvature, method
        As in `iteration_matrix`.

    Returns
    -------
    complex array, shape (..., 2)
        A pair of conjugates where the mode oscillates, real numbers elsewhere.

    Examples
    --------
    >>> eigenvalues(lr=0.5, momentum=0.25, curvature=1.0).round(3)  # modulus 1/2, a turn of 41 degrees a step
    array([0.375+0.331j, 0.375-0.331j])
    """
    a, momentum = _broadcast(lr, momentum, curvature)
    if _looks_at(method) == "here":
        trace, determinant = 1 + momentum - a, momentum
    else:
        trace, determinant = (1 + momentum) * (1 - a), momentum * (1 - a)
    root = np.sqrt((trace**2 - 4 * determinant).astype(complex))
    larger = (trace + np.where(trace < 0, -root, root)) / 2
    smaller = (trace - np.where(trace < 0, -root, root)) / 2
    return np.stack([larger, smaller], axis=-1)


def spectral_radius(
    lr: np.ndarray, momentum: np.ndarray, curvature: np.ndarray, method: str = "momentum"
) -> np.ndarray:
    """Return the factor by which a mode's distance shrinks (below 1) or grows at each of many steps.

    Parameters
    ----------
    lr, momentum, curvature, method
        As in `iteration_matrix`.

    Returns
    -------
    array, shape (...)

    Notes
    -----
    Where both eigenvalues are equal (on the first two `boundaries`) the distance after t steps is about t radiusᵗ: a
    little more than elsewhere. The heavy ball's radius is √m wherever it oscillates, whatever the curvature.

    Examples
    --------
    >>> spectral_radius(lr=np.array([0.1, 1.0, 3.0]), momentum=0.81, curvature=1.0).round(6)
    array([0.9, 0.9, 0.9])
    """
    return np.abs(eigenvalues(lr, momentum, curvature, method)).max(axis=-1)


def boundaries(momentum: np.ndarray, curvature: np.ndarray = 1.0, method: str = "momentum") -> Boundaries:
    """Return the rates at which a mode changes its regime, in closed form.

                     oscillates above         alternates above   diverges above
        heavy ball   (1 − √m)² / λ            (1 + √m)² / λ      (2 + 2m) / λ
        Nesterov     ((1 − m) / (1 + m))² / λ      1 / λ         (2 + 2m) / (1 + 2m) / λ

    Parameters
    ----------
    momentum : float, or array, in [0, 1)
        m.
    curvature : float, or array that broadcasts with it, > 0
        λ.
    method : "momentum" or "nesterov"
        The heavy ball, or Nesterov's look ahead.

    Returns
    -------
    Boundaries
        Arrays of the broadcast shape, in rising order.

    Raises
    ------
    ValueError
        If the method is another, or a curvature is not positive.

    Notes
    -----
    The first two are where the discriminant of the quadratic for z is zero, the third where z = −1 solves it. With
    momentum 0.9 the heavy ball can take rates up to 3.8 / λ, gradient descent up to 2 / λ, Nesterov up to 1.36 / λ:
    looking ahead costs rate.

    References
    ----------
    O'Donoghue & Candès (2015), Adaptive restart for accelerated gradient schemes.
    Goh (2017), Why momentum really works, Distill.

    Examples
    --------
    >>> [float(rate.round(4)) for rate in boundaries(0.81)]
    [0.01, 3.61, 3.62]
    >>> [float(rate.round(4)) for rate in boundaries(0.81, method="nesterov")]
    [0.011, 1.0, 1.3817]
    """
    m, curvature = np.broadcast_arrays(np.asarray(momentum, dtype=float), np.asarray(curvature, dtype=float))
    if not (curvature > 0).all():
        raise ValueError(f"`curvature` must be positive, got {curvature.min():g}: a mode that curves down has no rate")
    if _looks_at(method) == "here":
        products = (1 - np.sqrt(m)) ** 2, (1 + np.sqrt(m)) ** 2, 2 + 2 * m
    else:
        products = ((1 - m) / (1 + m)) ** 2, np.ones_like(m), (2 + 2 * m) / (1 + 2 * m)
    return Boundaries(*(product / curvature for product in products))


def regime(lr: np.ndarray, momentum: np.ndarray, curvature: np.ndarray, method: str = "momentum") -> np.ndarray:
    """Tell how a mode moves: the number of its name in `REGIMES`.

    Parameters
    ----------
    lr, momentum, curvature, method
        As in `iteration_matrix`; rates and curvatures positive.

    Returns
    -------
    int array, shape (...)
        0 monotone: two positive eigenvalues, in the end the mode comes from one side. 1 oscillating: a complex pair,
        it swings through the minimum. 2 alternating: the larger eigenvalue is negative, it jumps over the minimum at
        each step, and still converges. 3 divergent: it does not converge.

    Examples
    --------
    >>> [REGIMES[code] for code in regime(lr=np.array([0.2, 1.0, 2.4, 2.6]), momentum=0.25, curvature=1.0)]
    ['monotone', 'oscillating', 'alternating', 'divergent']
    """
    limits = boundaries(momentum, curvature, method)
    return (lr > limits.oscillates).astype(int) + (lr > limits.alternates) + (lr >= limits.diverges)


def best_rate_and_momentum(smallest: float, largest: float, method: str = "momentum") -> Tuning:
    """Return what makes the slowest of all modes as fast as it can be, for curvatures between two ends.

                     lr                  m                          radius, κ = L / μ
        descent      2 / (L + μ)         0                          (κ − 1) / (κ + 1)
        heavy ball   4 / (√L + √μ)²      ((√κ − 1) / (√κ + 1))²     (√κ − 1) / (√κ + 1)
        Nesterov     4 / (3L + μ)        (√(3κ+1) − 2) / (√(3κ+1) + 2)    1 − 2 / √(3κ + 1)

    Parameters
    ----------
    smallest, largest : float, 0 < smallest <= largest
        μ and L, the smallest and the largest eigenvalue of the Hessian.
    method : "descent", "momentum" or "nesterov"
        Which walk to tune.

    Returns
    -------
    Tuning

    Raises
    ------
    ValueError
        If the ends are not positive and in order, or the method is unknown.

    Notes
    -----
    Best on quadratics. On other functions with the same bounds on the curvature Nesterov keeps his promise, while the
    heavy ball with this tuning may run in circles for ever.

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods.
    Lessard, Recht & Packard (2016), Analysis and design of optimization algorithms via integral quadratic constraints,
    for all three, and for the circles.

    Examples
    --------
    >>> for method in ("descent", "nesterov", "momentum"):
    ...     print(method, *(round(float(part), 4) for part in best_rate_and_momentum(1.0, 25.0, method)))
    descent 0.0769 0.0 0.9231
    nesterov 0.0526 0.6268 0.7706
    momentum 0.1111 0.4444 0.6667
    """
    if not 0 < smallest <= largest:
        raise ValueError(f"curvatures must satisfy 0 < smallest <= largest, got {smallest} and {largest}")
    kappa = largest / smallest
    if method == "descent":
        return Tuning(2 / (largest + smallest), 0.0, (kappa - 1) / (kappa + 1))
    if _looks_at(method) == "here":
        radius = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
        return Tuning(4 / (np.sqrt(largest) + np.sqrt(smallest)) ** 2, radius**2, radius)
    root = np.sqrt(3 * kappa + 1)
    return Tuning(4 / (3 * largest + smallest), (root - 2) / (root + 2), 1 - 2 / root)


def _broadcast(lr, momentum, curvature) -> list[np.ndarray]:
    """Return a = lr · curvature and the momentum as float arrays of one shape."""
    a = np.asarray(lr, dtype=float) * np.asarray(curvature, dtype=float)
    return np.broadcast_arrays(a, np.asarray(momentum, dtype=float))


def _looks_at(method: str) -> str:
    """Return where the method measures the slope, "here" or "ahead"."""
    places = {"momentum": "here", "nesterov": "ahead"}
    if method not in places:
        raise ValueError(f"`method` must be momentum or nesterov, got {method!r}")
    return places[method]
