"""How far to go along a direction: a search that needs no learning rate.

A line search looks along one line only. It tries lengths, and takes the first with which the loss has fallen enough
and the slope has flattened enough. From x = 3 down the parabola (x − 1)², in the direction −1:

>>> along = line(lambda x: (x[0] - 1) ** 2, lambda x: 2 * (x - 1), np.array([3.0]), np.array([-1.0]))
>>> along(0.5)  # the height and the slope after half a unit
LinePoint(height=2.25, slope=-3.0)
>>> strong_wolfe(along, first=0.01), strong_wolfe(along, first=100.0)
(0.32, 3.125)
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class LinePoint(NamedTuple):
    """The height of a function at a place of a line, and its slope along the line there."""

    height: float
    slope: float


Line = Callable[[float], LinePoint]


def line(
    value: Callable[[np.ndarray], float],
    grad: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    direction: np.ndarray,
) -> Line:
    """Cut a function along a line: return the function of the length a that gives f and its slope at x + a d.

    φ(a) = f(x + a d),    φ'(a) = ∇f(x + a d) · d
    """

    def at(length: float) -> LinePoint:
        there = x + length * direction
        return LinePoint(float(value(there)), float(grad(there) @ direction))

    return at


def backtrack(along: Line, first: float = 1.0, c1: float = 1e-4, tries: int = 60) -> float:
    """Halve the length until the loss has fallen enough.

        φ(a) ≤ φ(0) + c1 · a · φ'(0)        (Armijo)

    Parameters
    ----------
    along : function of a length
        As `line` returns it; its slope at 0 is negative.
    first : float, > 0
        The length to try first.
    c1 : float, in (0, 1)
        The part of the fall that the slope promises which is enough.
    tries : int, >= 1
        How many lengths to try.

    Returns
    -------
    float
        The length; 0 if none of them will do.

    Raises
    ------
    ValueError
        If the direction does not lead down.

    References
    ----------
    Armijo (1966), Minimization of functions having Lipschitz continuous first partial derivatives.

    Examples
    --------
    >>> backtrack(lambda a: LinePoint((a - 1) ** 2, 2 * (a - 1)), first=8.0)
    1.0
    """
    start = downhill(along(0.0))
    for halvings in range(tries):
        length = first / 2**halvings
        if along(length).height <= start.height + c1 * length * start.slope:
            return length
    return 0.0


def strong_wolfe(along: Line, first: float = 1.0, c1: float = 1e-4, c2: float = 0.9, tries: int = 60) -> float:
    """Find a length after which the loss has fallen enough and the slope is flat enough.

        φ(a) ≤ φ(0) + c1 · a · φ'(0)        (Armijo)
        |φ'(a)| ≤ c2 · |φ'(0)|              (curvature)

    Parameters
    ----------
    along : function of a length
        As `line` returns it; its slope at 0 is negative.
    first : float, > 0
        The length to try first; 1 for Newton's methods, whose steps know how long they should be.
    c1, c2 : floats, 0 < c1 < c2 < 1
        How far the loss must fall, as a part of what the slope promises, and which part of the slope may be left.
    tries : int, >= 1
        How many lengths to try.

    Returns
    -------
    float
        The length; 0 if none of them will do, near a minimum because of round-off.

    Raises
    ------
    ValueError
        If the direction does not lead down, or c1 and c2 are not as above.

    Notes
    -----
    A length that is too short becomes `low`, one that is too long `high`, and between the two there is always one that
    will do. At `low` the function lies below the Armijo line and falls faster than it; at `high` it lies above that
    line or climbs. So the distance between the two has a lowest point in between, where φ' = c1 · φ'(0): there both
    conditions hold. Halving finds it. Libraries guess with a cubic instead of halving, and need fewer tries.

    References
    ----------
    Wolfe (1969), Convergence conditions for ascent methods. Nocedal & Wright (2006), Numerical optimization, chapter 3.

    Examples
    --------
    >>> strong_wolfe(lambda a: LinePoint((a - 1) ** 2, 2 * (a - 1)), first=8.0, c2=0.1)
    1.0
    """
    if not 0 < c1 < c2 < 1:
        raise ValueError(f"expected 0 < c1 < c2 < 1, got {c1} and {c2}: 1e-4 and 0.9 are usual")
    start, length, low, high = downhill(along(0.0)), first, 0.0, np.inf
    for _ in range(tries):
        here = along(length)
        if not here.height <= start.height + c1 * length * start.slope:  # nan is too far as well
            high = length
        elif here.slope < c2 * start.slope:  # still steeply down
            low = length
        elif here.slope > -c2 * start.slope:  # steeply up again
            high = length
        else:
            return length
        length = 2 * low if high == np.inf else (low + high) / 2
    return 0.0


def exact(along: Line) -> float:
    """Find the lowest point of a parabola from two slopes: the exact search, for quadratic functions only.

    >>> exact(lambda a: LinePoint((a - 3) ** 2, 2 * (a - 3)))
    3.0
    """
    slope, later = downhill(along(0.0)).slope, along(1.0).slope
    return slope / (slope - later)


def downhill(start: LinePoint) -> LinePoint:
    """Return the start of a line; raise a ValueError unless it leads down."""
    if not start.slope < 0:
        raise ValueError(
            f"the direction must lead down, its slope is {start.slope:.3g}: "
            "where a Hessian is not positive definite, Newton's direction may climb"
        )
    return start
