"""Clouds of points in the plane, in classes: blobs, moons, spirals, XOR, as many as one asks for.

>>> cloud = blobs(np.random.default_rng(0), classes=3, per_class=2)
>>> cloud.points.shape, cloud.labels
((6, 2), array([0, 0, 1, 1, 2, 2]))
>>> bool(np.abs(cloud.points - cloud.clean).max() < 3)  # the truth: where each point would be without noise
True
"""

from typing import NamedTuple

import numpy as np


class Cloud(NamedTuple):
    """Points, their classes, and the truth behind them."""

    points: np.ndarray  # (B, 2)
    labels: np.ndarray  # (B,), whole numbers from 0
    clean: np.ndarray  # (B, 2), the same points without their noise


def blobs(
    rng: np.random.Generator, classes: int = 3, per_class: int = 50, spread: float = 0.6, radius: float = 2.0
) -> Cloud:
    """Draw round clouds around centres on a circle.

    Parameters
    ----------
    rng : numpy.random.Generator
    classes : int, >= 1
        How many clouds.
    per_class : int, >= 0
        Points in each.
    spread : float, >= 0
        Standard deviation of a cloud, the same in all directions.
    radius : float
        Of the circle; the first centre is on its top, the others follow clockwise.

    Returns
    -------
    Cloud
        `clean` is the centre of each point. No classifier beats "the nearest centre".

    Examples
    --------
    >>> blobs(np.random.default_rng(0), classes=4, per_class=1, spread=0.0).points.round(1) + 0.0
    array([[ 0.,  2.],
           [ 2.,  0.],
           [ 0., -2.],
           [-2.,  0.]])
    """
    labels = np.repeat(np.arange(classes), per_class)
    angle = 2 * np.pi * labels / classes
    return noisy(rng, radius * np.stack([np.sin(angle), np.cos(angle)], axis=-1), labels, spread)


def moons(rng: np.random.Generator, per_class: int = 50, spread: float = 0.15) -> Cloud:
    """Draw two half circles that reach into each other.

    Parameters
    ----------
    rng, per_class, spread
        As for `blobs`.

    Returns
    -------
    Cloud
        `clean` lies on the half circles, of radius 1; no straight line separates them.

    Examples
    --------
    >>> cloud = moons(np.random.default_rng(0), per_class=30, spread=0.0)
    >>> centres = np.array([[-0.5, -0.25], [0.5, 0.25]])[cloud.labels]
    >>> bool(np.allclose(np.linalg.norm(cloud.points - centres, axis=-1), 1))
    True
    """
    labels = np.repeat([0, 1], per_class)
    angle = rng.uniform(0, np.pi, size=2 * per_class)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=-1)  # (B, 2)
    return noisy(rng, np.where(labels[:, None] == 0, upper, -upper), labels, spread)


def spirals(
    rng: np.random.Generator, classes: int = 2, per_class: int = 50, spread: float = 0.05, turns: float = 1.0
) -> Cloud:
    """Draw the arms of a spiral, each a class.

    Parameters
    ----------
    rng, per_class, spread
        As for `blobs`.
    classes : int, >= 1
        How many arms.
    turns : float
        How often an arm goes around before it reaches radius 2.

    Returns
    -------
    Cloud
        `clean` lies on the arms: the radius grows evenly with the angle.

    Examples
    --------
    >>> cloud = spirals(np.random.default_rng(0), classes=3, per_class=40)
    >>> bool(np.linalg.norm(cloud.clean, axis=-1).max() <= 2)
    True
    """
    labels = np.repeat(np.arange(classes), per_class)
    along = rng.uniform(0.1, 1, size=classes * per_class)  # from the middle, which all arms share, outwards
    angle = 2 * np.pi * (turns * along + labels / classes)
    return noisy(rng, 2 * along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1), labels, spread)


def xor(rng: np.random.Generator, per_class: int = 50, spread: float = 0.3) -> Cloud:
    """Draw four clouds on the corners of a square, opposite corners of the same class.

    Parameters
    ----------
    rng, per_class, spread
        As for `blobs`.

    Returns
    -------
    Cloud
        `clean` is the corner, (±1, ±1). Class 1 where the two coordinates differ in sign: no line gets more than
        three of the four corners right.

    Examples
    --------
    >>> cloud = xor(np.random.default_rng(0), per_class=2, spread=0.0)
    >>> cloud.points[cloud.labels == 1]
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    labels = np.repeat([0, 1], per_class)
    first = np.where(np.arange(2 * per_class) % 2 == 0, 1.0, -1.0)
    return noisy(rng, np.stack([first, np.where(labels == 1, -first, first)], axis=-1), labels, spread)


def noisy(rng: np.random.Generator, clean: np.ndarray, labels: np.ndarray, spread: float) -> Cloud:
    """Add normal noise of one standard deviation to every point."""
    if spread < 0:
        raise ValueError(f"`spread` is a standard deviation, 0 or more, got {spread}")
    return Cloud(clean + spread * rng.normal(size=clean.shape), labels, clean)
