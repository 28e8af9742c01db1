"""Dropout itself: draw which units stay, and say what each of its three conventions does to a unit.

>>> p, units = 0.2, 100_000
>>> mask = dropout_mask(np.random.default_rng(0), units, p)
>>> inverted = convention("inverted", p)
>>> factors = mask * inverted.train_scale  # 0, or 1.25 for those that stay
>>> factors.mean().round(2), factors.var().round(2), inverted.test_scale, round(inverted.variance, 2)
(np.float64(1.0), np.float64(0.25), 1.0, 0.25)
"""

from typing import NamedTuple

import numpy as np


class Convention(NamedTuple):
    """What a convention of dropout does to a unit: how often it stays, and its factors in training and in the test."""

    keep: float
    train_scale: float
    test_scale: float

    @property
    def mean(self) -> float:
        """Expected factor in training; a sound convention has `test_scale` equal to it."""
        return self.keep * self.train_scale

    @property
    def variance(self) -> float:
        """Variance of the factor in training."""
        return self.keep * (1 - self.keep) * self.train_scale**2


def dropout_mask(rng: np.random.Generator, shape: int | tuple[int, ...], p: float | np.ndarray) -> np.ndarray:
    """Draw which units stay: each is dropped with probability p, on its own.

        mask = u ≥ p,    u uniform in [0, 1)

    Parameters
    ----------
    rng : numpy.random.Generator
        Two masks from equal generators are nested: whatever the smaller p drops, the larger p drops too.
    shape : int or tuple of ints
        Of the units to mask; with a leading axis B for a mask of its own for each of B samples.
    p : float or array that broadcasts with `shape`, in [0, 1)
        The probability to drop a unit, not to keep it.

    Returns
    -------
    array of bool, shape `shape`
        True where the unit stays.

    Raises
    ------
    ValueError
        If p is not in [0, 1).

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov (2014), Dropout: a simple way to prevent neural networks
    from overfitting. Their p is the probability to keep.

    Examples
    --------
    >>> print(dropout_mask(np.random.default_rng(0), 100_000, p=0.2).mean().round(2))
    0.8
    """
    require_drop_probability(p)
    return rng.random(shape) >= p


def convention(name: str, p: float) -> Convention:
    """Describe one of the three conventions that books and libraries use.

        "drop"      p drops:  x · mask in training,              (1 − p) · x in the test
        "keep"      p keeps:  x · mask in training,                   p · x in the test
        "inverted"  p drops:  x · mask / (1 − p) in training,             x in the test

    All are sound, each on its own. A p that changes its meaning on the way is not: a "rate" of 0.2 that was meant to
    drop, but is read as "keep", leaves a fifth of the network, and at p = 0.5 nobody notices.

    Raises a ValueError for another name, and for a p that leaves no unit.

    >>> for name in ("drop", "keep", "inverted"):
    ...     c = convention(name, 0.2)
    ...     print(f"{name:9}keeps {c.keep:.1f}  mean {c.mean:.1f}  test {c.test_scale:.1f}  variance {c.variance:.2f}")
    drop     keeps 0.8  mean 0.8  test 0.8  variance 0.16
    keep     keeps 0.2  mean 0.2  test 0.2  variance 0.16
    inverted keeps 0.8  mean 1.0  test 1.0  variance 0.25
    """
    if name not in ("drop", "keep", "inverted"):
        raise ValueError(f'`name` must be "drop", "keep" or "inverted", got {name!r}')
    if name == "keep" and not 0 < p <= 1:
        raise ValueError(f'with "keep", `p` must be in (0, 1], got {p}: it is the share of units that stay')
    if name == "keep":
        return Convention(keep=p, train_scale=1.0, test_scale=p)
    require_drop_probability(p)
    if name == "drop":
        return Convention(keep=1 - p, train_scale=1.0, test_scale=1 - p)
    return Convention(keep=1 - p, train_scale=1 / (1 - p), test_scale=1.0)


def require_drop_probability(p: float | np.ndarray) -> None:
    """Raise a ValueError unless every p is in [0, 1)."""
    if not np.all((np.asarray(p) >= 0) & (np.asarray(p) < 1)):
        raise ValueError(f"`p`, the probability to drop a unit, must be in [0, 1), got {p}: at 1 no unit would be left")
