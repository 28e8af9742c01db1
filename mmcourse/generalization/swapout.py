"""Swapout: each unit of a layer draws whether its input passes, what the layer makes of it, both, or nothing.

>>> x, Fx = np.array([1.0, 1.0, 1.0, 1.0]), np.array([2.0, 2.0, 2.0, 2.0])
>>> print(swapout(np.random.default_rng(1), x, Fx, keep_x=0.5, keep_F=0.8))
[2. 2. 1. 2.]
>>> mean, variance = swapout_moments(1.0, 2.0, keep_x=0.5, keep_F=0.8)
>>> print(f"{mean:.2f} {variance:.2f}")
2.10 0.89
"""

from typing import NamedTuple

import numpy as np

# (keep_x, keep_F, one draw for the whole layer): what swapout becomes for these settings
SPECIAL_CASES = {
    "a plain layer": (0.0, 1.0, False),
    "dropout": (0.0, 0.5, False),
    "residual layer": (1.0, 1.0, False),
    "each of the four alike": (0.5, 0.5, False),
    "stochastic depth": (1.0, 0.5, True),
}


class Moments(NamedTuple):
    """Mean and variance of one unit's output, arrays of the shape of its input."""

    mean: np.ndarray
    variance: np.ndarray


def swapout(
    rng: np.random.Generator,
    x: np.ndarray,
    Fx: np.ndarray,
    keep_x: float,
    keep_F: float,
    whole_layer: bool = False,
) -> np.ndarray:
    """Draw for each unit whether its input and whether its layer's output go on.

        y = Θ₁ ⊙ x + Θ₂ ⊙ F(x),    Θ₁ ~ Bernoulli(θ₁),  Θ₂ ~ Bernoulli(θ₂)

    Parameters
    ----------
    rng : numpy.random.Generator
    x, Fx : arrays of one shape (..., units)
        What goes into the layer, and what the layer makes of it.
    keep_x, keep_F : float, in [0, 1]
        θ₁ and θ₂, probabilities to **keep**.
    whole_layer : bool
        One draw of each for all units, as in stochastic depth.

    Returns
    -------
    array, shape (..., units)
        Not rescaled: the test either averages passes or uses the mean of `swapout_moments`.

    Raises
    ------
    ValueError
        If the shapes differ, or a probability is not in [0, 1].

    References
    ----------
    Singh, Hoiem & Forsyth (2016), Swapout: learning an ensemble of deep architectures.
    """
    require_swapout(x, Fx, keep_x, keep_F)
    shape = () if whole_layer else np.shape(x)
    theta_x, theta_F = rng.random(shape) < keep_x, rng.random(shape) < keep_F
    return theta_x * x + theta_F * Fx


def swapout_moments(x: np.ndarray, Fx: np.ndarray, keep_x: float, keep_F: float) -> Moments:
    """Return mean and variance of `swapout`, unit by unit.

        E y = θ₁ x + θ₂ F(x),    Var y = θ₁(1 − θ₁) x² + θ₂(1 − θ₂) F(x)²

    Parameters
    ----------
    x, Fx, keep_x, keep_F
        As for `swapout`; one draw for the whole layer does not change a unit's moments.

    Returns
    -------
    Moments

    Raises
    ------
    ValueError
        As `swapout` does.
    """
    require_swapout(x, Fx, keep_x, keep_F)
    mean = keep_x * np.asarray(x) + keep_F * np.asarray(Fx)
    variance = keep_x * (1 - keep_x) * np.square(x) + keep_F * (1 - keep_F) * np.square(Fx)
    return Moments(mean, variance)


def keep_by_depth(layers: int, last: float = 0.5) -> np.ndarray:
    """Return probabilities to keep that fall in equal steps from 1 in the first layer to `last` in the last.

    >>> keep_by_depth(5)
    array([1.   , 0.875, 0.75 , 0.625, 0.5  ])
    """
    return np.linspace(1.0, last, layers)


def require_swapout(x: np.ndarray, Fx: np.ndarray, keep_x: float, keep_F: float) -> None:
    """Raise a ValueError unless shapes agree and both probabilities are in [0, 1]."""
    if np.shape(x) != np.shape(Fx):
        raise ValueError(f"`x` and `Fx` must have one shape, got {np.shape(x)} and {np.shape(Fx)}: project x first")
    for name, keep in (("keep_x", keep_x), ("keep_F", keep_F)):
        if not 0 <= keep <= 1:
            raise ValueError(f"`{name}`, a probability to keep, must be in [0, 1], got {keep}")
