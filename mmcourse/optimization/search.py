"""Search without a slope: a grid, darts thrown by lot, and directions that are tried out.

They need nothing but the height of a place, and they drown as soon as there are many dimensions:

>>> grid_points(per_axis=10, dim=2), grid_points(per_axis=10, dim=100)
(100, 10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000)

Shapes: D dimensions; `value` takes points (..., D) and returns their heights (...).
"""

from collections.abc import Callable

import numpy as np


def grid_points(per_axis: int, dim: int) -> int:
    """Return how many points a grid has: per_axis to the power dim, a whole number of any size."""
    return int(per_axis) ** int(dim)


def random_search(
    value: Callable[[np.ndarray], np.ndarray], dim: int, tries: int, rng: np.random.Generator, reach: float = 1.0
) -> np.ndarray:
    """Throw darts into a cube and remember the lowest place so far.

    Parameters
    ----------
    value : function from points (..., D) to heights (...)
    dim : int, >= 1
        D.
    tries : int, >= 1
        How many darts.
    rng : numpy.random.Generator
    reach : float, > 0
        Every coordinate is drawn between -reach and reach.

    Returns
    -------
    array, shape (tries,)
        The lowest height after each dart; it never rises.

    References
    ----------
    Brooks (1958), A discussion of random methods for seeking maxima.

    Examples
    --------
    >>> lowest = random_search(lambda x: (x**2).sum(axis=-1), dim=2, tries=1000, rng=np.random.default_rng(0))
    >>> lowest[[0, 9, 99]].round(4)
    array([0.287 , 0.1844, 0.0224])
    """
    return np.minimum.accumulate(value(rng.uniform(-reach, reach, size=(tries, dim))))


def unit_directions(dim: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw directions, all equally likely.

    Parameters
    ----------
    dim : int, >= 1
        D.
    count : int, >= 1
        How many.
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (count, D)
        Vectors of length 1.
    """
    drawn = rng.normal(size=(count, dim))  # round: its density depends on the length alone
    return drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)


def probe_descent(
    value: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    length: float,
    tries: int,
    steps: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Try some directions, go where it is lowest, and repeat; where none leads down, halve the length.

    Parameters
    ----------
    value : function from points (..., D) to heights (...)
    start : array, shape (D,)
        Where to begin.
    length : float, > 0
        Of the first step.
    tries : int, >= 1
        Directions to try for each step; each costs one evaluation.
    steps : int, >= 0
        How often to do so.
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (steps + 1, D)
        The points, the start first; their heights never rise.

    Raises
    ------
    ValueError
        If no direction may be tried.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> path = probe_descent(lambda x: (x**2).sum(axis=-1), np.ones(2), length=0.5, tries=8, steps=30, rng=rng)
    >>> print(f"{np.linalg.norm(path[-1]):.1e}")
    6.5e-06
    """
    if tries < 1:
        raise ValueError(f"`tries` must be at least 1, got {tries}: without a direction there is no step")
    path = [np.asarray(start, dtype=float)]
    for _ in range(steps):
        around = path[-1] + length * unit_directions(len(start), tries, rng)
        heights = value(around)
        better = heights.min() < value(path[-1])
        path.append(around[heights.argmin()] if better else path[-1])
        length = length if better else length / 2
    return np.stack(path)
