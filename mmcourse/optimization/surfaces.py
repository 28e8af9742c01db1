"""Surfaces to walk on: eight landscapes with closed-form slopes and curvatures, and one where speed is a trap.

Each is a `Surface`, whose functions take one point or a whole grid of points, so a map of heights is one line:

>>> x, y, heights = height_map(ROSENBROCK, count=201)
>>> y[heights.argmin(axis=0)[[50, 100, 150]]], heights.shape  # the floor of its valley, at x = -1, 0, 1: a parabola
(array([1., 0., 1.]), (201, 201))

Writing x and y for the two coordinates of a point:

    BOWL         (x² + y²) / 2
    RAVINE       (x² + 25 y²) / 2, the deck's example; `quadratic` makes others
    TURNED       the same ravine, turned by 45°: 6.5 x² − 12 xy + 6.5 y²
    SADDLE       x² / 2 − y² / 2 + y⁴ / 4
    ROSENBROCK   (1 − x)² + 100 (y − x²)²
    PLATEAU      a slope, four units of almost level ground, a pit, a wall
    SHELF        a shorter plateau, out of sums, products and roots
    BUMPY        a bowl with ripples
    HILL         a deep basin, a hill, and a worse basin behind it
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class Surface:
    """A function of a point, with what one needs to walk on it and to draw it.

    `value`, `grad` and `hessian` take points of shape (..., 2) and return arrays of shape (...), (..., 2) and
    (..., 2, 2).
    """

    name: str
    value: Callable[[np.ndarray], np.ndarray]
    grad: Callable[[np.ndarray], np.ndarray]
    hessian: Callable[[np.ndarray], np.ndarray]
    start: tuple[float, float]  # where a walk that shows something begins
    minimum: tuple[float, float] | None  # the lowest point (one of them, if there are several); None: there is none
    limits: tuple[tuple[float, float], tuple[float, float]]  # of x and of y, for drawing


class HeightMap(NamedTuple):
    """Coordinates (nx,) and (ny,) of a grid, and the heights on it, shape (ny, nx)."""

    x: np.ndarray
    y: np.ndarray
    heights: np.ndarray


def height_map(surface: Surface, count: int = 101) -> HeightMap:
    """Evaluate a surface on a grid within its limits.

    Parameters
    ----------
    surface : Surface
        What to measure.
    count : int, >= 2
        Points along each axis.

    Returns
    -------
    HeightMap
        x and y, shape (count,), and heights, shape (count, count), rows along y, as contour plots want them.

    Raises
    ------
    ValueError
        If `count` is below 2.

    Examples
    --------
    >>> height_map(BOWL, count=3).heights
    array([[9. , 4.5, 9. ],
           [4.5, 0. , 4.5],
           [9. , 4.5, 9. ]])
    """
    if count < 2:
        raise ValueError(f"`count` must be at least 2, got {count}: a map needs two points along each axis")
    x, y = (np.linspace(*limits, count) for limits in surface.limits)
    return HeightMap(x, y, surface.value(np.stack(np.meshgrid(x, y), axis=-1)))


def quadratic(curvature: Sequence[float] = (1.0, 25.0), name: str = "ravine", start=(-10.0, 1.0)) -> Surface:
    """Make the quadratic surface ½ Σᵢ λᵢ xᵢ², whose Hessian is the same everywhere.

    Parameters
    ----------
    curvature : two floats
        λ. Both positive: a bowl, and their ratio is the condition number. One negative: a saddle without a floor.
    name : str
        What to call it.
    start : two floats
        Where walks begin.

    Returns
    -------
    Surface
        Its minimum is the origin, or None where a curvature is not positive.

    Raises
    ------
    ValueError
        If there are not exactly two finite curvatures.

    Examples
    --------
    >>> ravine = quadratic((1.0, 100.0))
    >>> ravine.value(np.array([2.0, 1.0])), ravine.grad(np.array([2.0, 1.0]))
    (np.float64(52.0), array([  2., 100.]))
    """
    curves = np.asarray(curvature, dtype=float)
    if curves.shape != (2,) or not np.isfinite(curves).all():
        raise ValueError(f"`curvature` must be two finite numbers, such as (1, 25), got {curvature!r}")

    def value(x):
        return 0.5 * (curves * np.square(_points(x))).sum(axis=-1)

    def grad(x):
        return curves * _points(x)

    def hessian(x):
        return np.broadcast_to(np.diag(curves), (*_points(x).shape, 2)).copy()

    minimum = (0.0, 0.0) if (curves > 0).all() else None
    reach = 1.2 * max(abs(start[0]), abs(start[1]))
    return Surface(name, value, grad, hessian, tuple(start), minimum, ((-reach, reach), (-reach / 2, reach / 2)))


def _points(x) -> np.ndarray:
    """Return x as an array of floats; the last axis must hold the two coordinates."""
    x = np.asarray(x, dtype=float)
    if x.ndim == 0 or x.shape[-1] != 2:
        advice = "coordinates on the first axis? use np.stack(..., axis=-1)"
        raise ValueError(f"`x` must have shape (..., 2), one pair of coordinates a point, got {x.shape}: {advice}")
    return x


def _surface(name, heights, slopes, curves, start, minimum, limits) -> Surface:
    """Make a Surface from functions of x and y: the height, its two slopes, its three curvatures xx, xy, yy."""

    def value(x):
        return heights(*np.moveaxis(_points(x), -1, 0))

    def grad(x):
        return np.stack(np.broadcast_arrays(*slopes(*np.moveaxis(_points(x), -1, 0))), axis=-1)

    def hessian(x):
        xx, xy, yy = np.broadcast_arrays(*curves(*np.moveaxis(_points(x), -1, 0)))
        return np.stack([np.stack([xx, xy], axis=-1), np.stack([xy, yy], axis=-1)], axis=-2)

    return Surface(name, value, grad, hessian, start, minimum, limits)


BOWL = _surface(
    "bowl",
    lambda x, y: (x**2 + y**2) / 2,
    lambda x, y: (x, y),
    lambda x, y: (np.ones_like(x), 0.0, 1.0),
    start=(-2.5, 1.5),
    minimum=(0.0, 0.0),
    limits=((-3.0, 3.0), (-3.0, 3.0)),
)

RAVINE = quadratic((1.0, 25.0))

TURNED = _surface(  # u²/2 + 25 v²/2 with u = (x + y)/√2, v = (y − x)/√2
    "turned ravine",
    lambda x, y: 6.5 * x**2 - 12 * x * y + 6.5 * y**2,
    lambda x, y: (13 * x - 12 * y, 13 * y - 12 * x),
    lambda x, y: (np.full_like(x, 13.0), -12.0, 13.0),
    start=(-2.97, -1.27),
    minimum=(0.0, 0.0),
    limits=((-3.0, 3.0), (-3.0, 3.0)),
)

SADDLE = _surface(
    "saddle",
    lambda x, y: x**2 / 2 - y**2 / 2 + y**4 / 4,
    lambda x, y: (x, y**3 - y),
    lambda x, y: (np.ones_like(x), 0.0, 3 * y**2 - 1),
    start=(-1.8, 0.01),  # on y = 0 exactly, no method that follows the slope ever leaves
    minimum=(0.0, 1.0),  # and (0, -1)
    limits=((-2.0, 2.0), (-1.6, 1.6)),
)

ROSENBROCK = _surface(
    "rosenbrock",
    lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    lambda x, y: (-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)),
    lambda x, y: (2 - 400 * (y - 3 * x**2), -400 * x, np.full_like(x, 200.0)),
    start=(-1.5, 1.0),
    minimum=(1.0, 1.0),
    limits=((-2.0, 2.0), (-1.0, 3.0)),
)


def _pit(x):
    """Height, slope and curvature of −exp(−(x − 2)² / 1.28), the pit at the end of the plateau."""
    height = -np.exp(-((x - 2) ** 2) / 1.28)
    return height, -height * (x - 2) / 0.64, height * ((x - 2) ** 2 / 0.64 - 1) / 0.64


PLATEAU_FLOOR = 1.9953191183011636  # where the slopes of the pit and of both walls cancel


def _wall(u):
    """Height, slope and curvature of log(1 + exp(3 u)): level before u = 0, three up for one on after it."""
    share = (1 + np.tanh(1.5 * u)) / 2
    height = np.maximum(3 * u, 0) + np.log1p(np.exp(-3 * np.abs(u)))  # no overflow on either side
    return height, 3 * share, 9 * share * (1 - share)


PLATEAU = _surface(
    "plateau",
    lambda x, y: _wall(-3 - x)[0] + _pit(x)[0] + _wall(x - 4)[0] + y**2 / 2,
    lambda x, y: (-_wall(-3 - x)[1] + _pit(x)[1] + _wall(x - 4)[1], y),
    lambda x, y: (_wall(-3 - x)[2] + _pit(x)[2] + _wall(x - 4)[2], 0.0, 1.0),
    start=(-4.0, 1.0),
    minimum=(PLATEAU_FLOOR, 0.0),
    limits=((-4.5, 5.0), (-1.6, 1.6)),
)


def _ramp(u):
    """Height, slope and curvature of 1.5 (u + √(u² + 0.04)): level before u = 0, three up for one on after it."""
    root = np.sqrt(u * u + 0.04)
    return 1.5 * (u + root), 1.5 * (1 + u / root), 0.06 / (root * root * root)


def _dip(x):
    """Height, slope and curvature of −1 / (1 + z²)³ with z = (x − 2) / 1.2."""
    z = (x - 2) / 1.2
    q = 1 / (1 + z * z)
    return -(q * q * q), 5 * z * (q * q * q * q), 5 / 1.2 * (1 - 7 * (z * z)) * (q * q * q * q * q)


SHELF_FLOOR = 1.9954504225857566  # where the slopes of the dip and of both ramps cancel

SHELF = _surface(  # a plateau of sums, products and roots alone: every machine gives the same last digit
    "shelf",
    lambda x, y: _ramp(-2.8 - x)[0] + _dip(x)[0] + _ramp(x - 3.2)[0] + y * y / 2,
    lambda x, y: (-_ramp(-2.8 - x)[1] + _dip(x)[1] + _ramp(x - 3.2)[1], y),
    lambda x, y: (_ramp(-2.8 - x)[2] + _dip(x)[2] + _ramp(x - 3.2)[2], 0.0, 1.0),
    start=(-3.2, 1.2),
    minimum=(SHELF_FLOOR, 0.0),
    limits=((-3.4, 3.4), (-2.0, 2.0)),
)

BUMPY = _surface(
    "bumpy",
    lambda x, y: (x**2 + y**2) / 8 + 0.15 * (2 - np.cos(4 * x) - np.cos(4 * y)),
    lambda x, y: (x / 4 + 0.6 * np.sin(4 * x), y / 4 + 0.6 * np.sin(4 * y)),
    lambda x, y: (0.25 + 2.4 * np.cos(4 * x), 0.0, 0.25 + 2.4 * np.cos(4 * y)),
    start=(-3.5, 2.6),
    minimum=(0.0, 0.0),
    limits=((-4.0, 4.0), (-4.0, 4.0)),
)

# The tilted double well: 0.2 x³ − x + 0.3 = 0 at the floor of the deep basin, the top of the hill, the worse floor.
HILL_FLOOR, HILL_TOP, HILL_TRAP = (float(root) for root in np.sort(np.roots([0.2, 0.0, -1.0, 0.3]).real))

HILL = _surface(
    "hill",
    lambda x, y: x**4 / 20 - x**2 / 2 + 0.3 * x + y**2 / 2,
    lambda x, y: (0.2 * x**3 - x + 0.3, y),
    lambda x, y: (0.6 * x**2 - 1, 0.0, 1.0),
    start=(-4.1, 0.8),  # with the rate 0.08 descent settles in the deep basin, momentum 0.9 in the worse one
    minimum=(HILL_FLOOR, 0.0),
    limits=((-4.6, 3.6), (-2.0, 2.0)),
)

SURFACES = {s.name: s for s in (BOWL, RAVINE, TURNED, SADDLE, ROSENBROCK, PLATEAU, SHELF, BUMPY, HILL)}
