"""Feel around a point with steps in random directions, and know beforehand how likely that finds the way down.

A saddle where one direction leads down as steeply as all others lead up. In a plane, half of all steps lead down; in a
hundred dimensions

>>> print(f"{chance_downhill(dimension=2):.2f} and {chance_downhill(dimension=100):.0e}")
0.50 and 1e-16
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import betainc, betaln


class Probe(NamedTuple):
    """What steps of one length in many random directions have found."""

    share: float  # of the directions that lead down by more than the tolerance
    lowest: float  # the most negative change of the value, or the least positive one
    direction: np.ndarray  # (D,), a unit vector: where that was


def random_directions(rng: np.random.Generator, draws: int, dimension: int) -> np.ndarray:
    """Draw unit vectors, shape (draws, dimension), all directions equally likely."""
    direction = rng.normal(size=(draws, dimension))
    return direction / np.linalg.norm(direction, axis=-1, keepdims=True)


def probe(
    value: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    radius: float,
    draws: int,
    rng: np.random.Generator,
    tolerance: float = 0.0,
) -> Probe:
    """Take steps of one length from x in random directions and look how the value changes.

        share of the directions u with  f(x + r u) − f(x) < −tolerance

    Parameters
    ----------
    value : function of points (draws, D) to values (draws,)
        Such as ``RAVINE.value``.
    x : array, shape (D,)
        Where to look around.
    radius : float, > 0
        r, the length of the steps.
    draws : int, >= 1
        How many directions.
    rng : numpy.random.Generator
        Draws them.
    tolerance : float, >= 0
        How far down counts as down: above the noise of the values.

    Returns
    -------
    Probe

    Raises
    ------
    ValueError
        If the radius is not positive.

    Examples
    --------
    >>> saddle = lambda x: x[..., 0] ** 2 - x[..., 1] ** 2
    >>> found = probe(saddle, np.zeros(2), radius=0.1, draws=10_000, rng=np.random.default_rng(0))
    >>> round(found.share, 2), round(float(found.lowest), 4)
    (0.5, -0.01)
    """
    if not radius > 0:
        raise ValueError(f"`radius` must be above 0, got {radius}: a step of no length finds nothing")
    directions = random_directions(rng, draws, len(x))
    change = value(x + radius * directions) - value(x)
    lowest = int(np.argmin(change))
    return Probe(float(np.mean(change < -tolerance)), change[lowest], directions[lowest])


def chance_downhill(
    dimension: np.ndarray,
    down: np.ndarray = 1,
    steepness: np.ndarray = 1.0,
    tolerance: np.ndarray = 0.0,
) -> np.ndarray:
    """Return how likely one random direction leads down from a quadratic saddle.

    Of D directions k have the curvature −s, the others 1. The share b of a random unit vector's square that falls on
    the k has a beta distribution, and the curvature along it is 1 − b − s b, so

        P(curvature < −t) = P(b > (1 + t) / (1 + s)),    b ~ Beta(k/2, (D − k)/2)

    Parameters
    ----------
    dimension, down : ints or arrays that broadcast
        D, and k from 1 to D.
    steepness, tolerance : floats or arrays, >= 0
        s, and t: by how much the curvature must be negative to be noticed.

    Returns
    -------
    array
        A probability.

    Raises
    ------
    ValueError
        If k is not between 1 and D.

    Notes
    -----
    For k = 1, s = 1 and t = 0 it halves with every two dimensions, times about 1/√D.

    Examples
    --------
    >>> chance_downhill(np.array([2, 10, 30]), down=np.array([1, 5, 15])).round(3)  # as many down as up: always half
    array([0.5, 0.5, 0.5])
    >>> float(chance_downhill(1000, down=10, steepness=4.0).round(40))
    0.0
    """
    dimension, down = np.asarray(dimension), np.asarray(down)
    if np.any(down < 1) or np.any(down > dimension):
        raise ValueError(f"`down` must be between 1 and the dimension, got {down} of {dimension}: a saddle has a way")
    needed = np.minimum((1 + np.asarray(tolerance)) / (1 + np.asarray(steepness, dtype=float)), 1.0)
    # P(b > y) = P(1 − b < 1 − y): computed from the small side, or 1e-17 would be lost in 1 − (1 − 1e-17)
    chance = betainc(np.maximum(dimension - down, 1) / 2, down / 2, 1 - needed)
    return np.where(down == dimension, needed < 1, chance)[()]  # all of them down: every direction is


def curvature_density(curvature: np.ndarray, dimension: int, down: int = 1, steepness: float = 1.0) -> np.ndarray:
    """Return how densely the curvatures along random directions lie at a saddle like that of `chance_downhill`.

    The density of c = 1 − (1 + s) b, where b ~ Beta(k/2, (D − k)/2); 0 outside of −s < c < 1. All arguments broadcast.

    >>> density = curvature_density(np.array([-0.9, 0.0, 0.9]), dimension=np.array([[2], [20]]))
    >>> print(density.round(3))  # in the plane the ends are most frequent, in 20 dimensions the upper one
    [[0.73  0.318 0.73 ]
     [0.    0.003 2.481]]
    """
    first, second = np.asarray(down) / 2, (np.asarray(dimension) - down) / 2
    b = (1 - np.asarray(curvature, dtype=float)) / (1 + np.asarray(steepness))
    inside = (b > 0) & (b < 1)
    b = np.where(inside, b, 0.5)
    logarithm = (first - 1) * np.log(b) + (second - 1) * np.log1p(-b) - betaln(first, second)
    return np.where(inside, np.exp(logarithm) / (1 + np.asarray(steepness)), 0.0)
