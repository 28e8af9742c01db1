"""Two views of the same things, whose shared and private parts are known: what correlation can and cannot find.

>>> pair = turned(np.random.default_rng(0), count=5, correlations=(0.9, 0.2))
>>> pair.x.shape, pair.y.shape, pair.shared.shape  # samples are columns
((2, 5), (2, 5), (2, 5))
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Views(NamedTuple):
    """Two views, and the truth behind them."""

    x: np.ndarray  # (D_x, N)
    y: np.ndarray  # (D_y, N)
    shared: np.ndarray  # (k, N), what both views depend on
    private: np.ndarray  # (2, N), what only x and only y depends on; empty rows, (0, N), where there is none


def turned(rng: np.random.Generator, count: int, correlations: Sequence[float] = (0.9, 0.2)) -> Views:
    """Draw two normal clouds whose canonical correlations are given, each turned, stretched and moved.

    Parameters
    ----------
    rng : numpy.random.Generator
    count : int, >= 1
    correlations : k numbers from 0 to 1
        The dimension of both views is k.

    Returns
    -------
    Views
        `shared` is the common part s of x_i = √ρ_i s_i + √(1 − ρ_i) noise, before the turn.

    Examples
    --------
    >>> pair = turned(np.random.default_rng(0), 100_000, correlations=(0.5,))
    >>> round(float(abs(np.corrcoef(pair.x[0], pair.y[0])[0, 1])), 2)
    0.5
    """
    rho = np.asarray(correlations, dtype=float)[:, None]
    if not ((rho >= 0) & (rho <= 1)).all():
        raise ValueError(f"`correlations` must be from 0 to 1, got {tuple(correlations)}")
    shared = rng.normal(size=(len(rho), count))
    views = []
    for _ in range(2):
        clean = np.sqrt(rho) * shared + np.sqrt(1 - rho) * rng.normal(size=shared.shape)
        turn = np.linalg.qr(rng.normal(size=(len(rho), len(rho))))[0]
        stretch = np.geomspace(0.6, 1.6, len(rho))  # what is shared most varies least
        views.append(turn @ (stretch[:, None] * clean) + rng.normal(size=(len(rho), 1)))
    return Views(*views, shared, np.empty((0, count)))


def discs(rng: np.random.Generator, count: int, noise: float = 0.05) -> Views:
    """Draw two discs of points that share their radius, while each has an angle of its own.

        x = r (cos θ, sin θ) + noise,   y = r (cos φ, sin φ) + noise

    Parameters
    ----------
    rng : numpy.random.Generator
    count : int, >= 1
    noise : float, >= 0
        Standard deviation of what is added to every coordinate.

    Returns
    -------
    Views
        `shared` is the radius, (1, N), evenly drawn from 0.2 to 1.2; `private` the two angles, (2, N). Every linear
        function of x is uncorrelated with every function of y, since θ is even all around.

    Examples
    --------
    >>> pair = discs(np.random.default_rng(0), 1000, noise=0.0)
    >>> bool(np.allclose(np.linalg.norm(pair.x, axis=0), np.linalg.norm(pair.y, axis=0)))
    True
    """
    radius = rng.uniform(0.2, 1.2, size=(1, count))
    angles = rng.uniform(0, 2 * np.pi, size=(2, count))
    x, y = (radius * np.stack([np.cos(angle), np.sin(angle)]) for angle in angles)
    x, y = x + noise * rng.normal(size=x.shape), y + noise * rng.normal(size=y.shape)
    return Views(x, y, radius, angles)


def strangers(rng: np.random.Generator, count: int, x_size: int, y_size: int) -> Views:
    """Draw two views that have nothing to do with each other: whatever correlates them is chance.

    Examples
    --------
    >>> strangers(np.random.default_rng(0), count=4, x_size=2, y_size=3).y.shape
    (3, 4)
    """
    x, y = rng.normal(size=(x_size, count)), rng.normal(size=(y_size, count))
    return Views(x, y, np.empty((0, count)), np.empty((0, count)))
