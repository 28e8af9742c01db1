"""Quasi-Newton methods: learn the curvature from the steps that one takes anyway.

Each step s changes the gradient by y, and y ≈ H s: a measurement of the Hessian along one direction. BFGS collects
them in a matrix, L-BFGS keeps the last few pairs. On Rosenbrock's valley:

>>> from mmcourse.optimization.surfaces import ROSENBROCK
>>> found = minimize(ROSENBROCK.value, ROSENBROCK.grad, [-1.5, 1.0], BFGS())
>>> found.path[-1].round(6), len(found.path) - 1
(array([1., 1.]), 21)

Shapes: D coordinates; T steps.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from mmcourse.optimization.line_search import Line, line, strong_wolfe


class Pair(NamedTuple):
    """A step, and how the gradient changed with it, both (D,)."""

    step: np.ndarray
    change: np.ndarray


class Found(NamedTuple):
    """The path (T + 1, D), how often value and gradient were asked for, and whether the gradient vanished."""

    path: np.ndarray
    evaluations: int
    converged: bool


class Estimate(Protocol):
    """What `minimize` asks of an estimate of the curvature."""

    def direction(self, grad: np.ndarray) -> np.ndarray: ...

    def learn(self, pair: Pair) -> None: ...


def bfgs_update(inverse: np.ndarray, pair: Pair) -> np.ndarray:
    """Correct an estimate of the inverse Hessian so that it agrees with the last step.

        ρ = 1 / (y · s)
        B ← (I − ρ s yᵀ) B (I − ρ y sᵀ) + ρ s sᵀ,    hence B y = s

    Parameters
    ----------
    inverse : array, shape (D, D)
        B, an estimate of H⁻¹, symmetric and positive definite.
    pair : Pair
        s and y, with y · s > 0.

    Returns
    -------
    array, shape (D, D)
        Symmetric and positive definite again.

    Raises
    ------
    ValueError
        If y · s is not positive: then no positive definite matrix maps y to s.

    Notes
    -----
    Of all symmetric matrices with B y = s it is the nearest to the old one, in a norm weighted by the curvature.

    References
    ----------
    Broyden, Fletcher, Goldfarb and Shanno found it independently in 1970. Nocedal & Wright (2006), Numerical
    optimization, eq. 6.17.

    Examples
    --------
    >>> bfgs_update(np.eye(2), Pair(step=np.array([1.0, 0.0]), change=np.array([4.0, 0.0])))
    array([[0.25, 0.  ],
           [0.  , 1.  ]])
    """
    s, y = pair
    if not y @ s > 0:
        raise ValueError(f"y · s must be positive, got {y @ s:.3g}: search the line for the strong Wolfe conditions")
    rho = 1 / (y @ s)
    across = np.eye(len(s)) - rho * np.outer(s, y)
    return across @ inverse @ across.T + rho * np.outer(s, s)


def two_loop(grad: np.ndarray, pairs: list[Pair], scale: float = 1.0) -> np.ndarray:
    """Multiply a gradient with the BFGS inverse of these pairs, without forming the matrix.

        newest pair first    α = ρ s · q,    q ← q − α y
                             r = scale · q
        oldest pair first    r ← r + (α − ρ y · r) s

    Parameters
    ----------
    grad : array, shape (D,)
        q at the start.
    pairs : list of pairs, the oldest first
    scale : float, > 0
        The estimate before the first pair is this number times the identity.

    Returns
    -------
    array, shape (D,)
        r = B q.

    Notes
    -----
    4 M D multiplications and a memory of 2 M D numbers for M pairs; BFGS takes D² of both.

    References
    ----------
    Nocedal (1980), Updating quasi-Newton matrices with limited storage.

    Examples
    --------
    >>> two_loop(np.array([8.0, 1.0]), [Pair(np.array([1.0, 0.0]), np.array([4.0, 0.0]))])
    array([2., 1.])
    """
    q, alphas = np.array(grad, dtype=float), []
    for s, y in reversed(pairs):
        alphas.append(s @ q / (y @ s))
        q -= alphas[-1] * y
    r = scale * q
    for (s, y), alpha in zip(pairs, reversed(alphas)):
        r += (alpha - y @ r / (y @ s)) * s
    return r


class BFGS:
    """An estimate of the whole inverse Hessian: D² numbers.

    Parameters
    ----------
    scaled : bool
        Take (y · s) / (y · y) times the identity before the first pair, as scipy does not and L-BFGS does.
    """

    def __init__(self, scaled: bool = False):
        self.inverse, self.scaled = None, scaled

    def direction(self, grad: np.ndarray) -> np.ndarray:
        """Return −B g; before the first pair, −g."""
        return -grad if self.inverse is None else -self.inverse @ grad

    def learn(self, pair: Pair) -> None:
        """Put a pair in, unless y · s is not positive."""
        if pair.step @ pair.change <= 0:
            return
        if self.inverse is None:
            self.inverse = np.eye(len(pair.step)) * (first_scale(pair) if self.scaled else 1.0)
        self.inverse = bfgs_update(self.inverse, pair)


class LBFGS:
    """The last few pairs: 2 · memory · D numbers.

    Parameters
    ----------
    memory : int, >= 1
        How many pairs to keep; 5 to 20 are usual.
    scaled : bool
        Start the loops from the curvature of the newest pair instead of 1.

    Raises
    ------
    ValueError
        If `memory` is below 1.
    """

    def __init__(self, memory: int = 10, scaled: bool = True):
        if memory < 1:
            raise ValueError(f"`memory` must be at least 1, got {memory}: with no pair it is gradient descent")
        self.pairs, self.scaled, self.refused = deque(maxlen=memory), scaled, 0

    def direction(self, grad: np.ndarray) -> np.ndarray:
        """Return −B g by the two loops; before the first pair, −g."""
        scale = first_scale(self.pairs[-1]) if self.pairs and self.scaled else 1.0
        return -two_loop(grad, list(self.pairs), scale)

    def learn(self, pair: Pair) -> None:
        """Keep a pair and forget the oldest, unless y · s is not positive: such a pair is counted and refused."""
        if pair.step @ pair.change > 0:
            self.pairs.append(pair)
        else:
            self.refused += 1


def first_scale(pair: Pair) -> float:
    """Return (y · s) / (y · y), the inverse curvature along the newest step."""
    return float(pair.change @ pair.step / (pair.change @ pair.change))


def minimize(
    value: Callable[[np.ndarray], float],
    grad: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    estimate: Estimate,
    steps: int = 1000,
    tol: float = 1e-8,
    search: Callable[[Line], float] = strong_wolfe,
) -> Found:
    """Go down with an estimate of the curvature and a line search.

        d = −B ∇f(x)
        x ← x + a d         a from the line search
        B ← learns (s, y) = (a d, the change of ∇f)

    Parameters
    ----------
    value, grad : functions of a point (D,)
    start : array, shape (D,)
    estimate : BFGS(), LBFGS(), or anything with `direction` and `learn`
        Changed in place.
    steps : int, >= 0
        At most so many.
    tol : float, >= 0
        Stop where no component of the gradient is larger.
    search : function from a line to a length
        `strong_wolfe`, `exact`, or one of your own.

    Returns
    -------
    Found

    Examples
    --------
    >>> found = minimize(lambda x: x @ x, lambda x: 2 * x, [3.0, 4.0], LBFGS(memory=1))
    >>> found.path
    array([[3., 4.],
           [0., 0.]])
    """
    count = 0

    def looked(x):  # f and its slope are asked for together, once for each length that is tried
        nonlocal count
        count += 1
        return value(x)

    path = [np.array(start, dtype=float)]
    slope = grad(path[-1])
    while np.abs(slope).max() > tol and len(path) <= steps:
        direction = estimate.direction(slope)
        length = search(line(looked, grad, path[-1], direction))
        if length == 0:  # round-off: no length is better
            break
        path.append(path[-1] + length * direction)
        slope, before = grad(path[-1]), slope
        estimate.learn(Pair(length * direction, slope - before))
    return Found(np.stack(path), count, bool(np.abs(slope).max() <= tol))
