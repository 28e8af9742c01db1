"""Look at a loss of thousands of weights: its heights over a plane through one network.

>>> from mmcourse.optimization.weightspace import WeightSpace, network_loss
>>> rng, space = np.random.default_rng(0), WeightSpace((64, 8, 10))
>>> loss = network_loss(space, rng.random((20, 64)), rng.integers(10, size=20))
>>> theta = space.draw(rng)
>>> first, second = (filter_normalized(space, theta, rng.normal(size=theta.shape)) for _ in range(2))
>>> heights = plane_slice(loss.value, theta, first, second, np.linspace(-1, 1, 5))
>>> heights.shape, bool(heights[2, 2] == loss.value(theta))
((5, 5), True)
"""

from collections.abc import Callable

import numpy as np

from mmcourse.optimization.weightspace import WeightSpace, join


def filter_normalized(space: WeightSpace, theta: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Give a direction in weight space the scale of the network at which it is used.

        d_u ← d_u · ‖w_u‖ / ‖d_u‖    for the weights w_u into each unit u, and 0 for biases

    Parameters
    ----------
    space : WeightSpace
        The layers.
    theta : array, shape (D,)
        The network.
    direction : array, shape (D,)
        Mostly random normal numbers.

    Returns
    -------
    array, shape (D,)
        One step along it changes the weights into each unit by as much as there is of them: "100 %".

    Raises
    ------
    ValueError
        If the weights of one unit have no direction.

    Notes
    -----
    With relu, multiplying a layer by 10 and dividing the next by 10 is the same function. In a plain slice the loss
    around the first looks ten times wider along one layer and narrower along the other; in a normalised slice nothing
    changes.

    References
    ----------
    Li, Xu, Taylor, Studer & Goldstein (2018), Visualizing the loss landscape of neural nets, equation 1.
    """
    return join([_like(d, w) for d, w in zip(space.split(direction), space.split(theta))])


def _like(d: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Scale each column of d to the length of that column of w; biases do not move."""
    if w.ndim == 1:
        return np.zeros_like(w)
    lengths = np.linalg.norm(d, axis=0)
    if not (lengths > 0).all():
        raise ValueError("`direction` is zero for all weights into a unit: draw it with rng.normal(size=theta.shape)")
    return d * np.linalg.norm(w, axis=0) / lengths


def plane_slice(
    value: Callable[[np.ndarray], float], theta: np.ndarray, first: np.ndarray, second: np.ndarray, reach: np.ndarray
) -> np.ndarray:
    """Measure f(θ + a · first + b · second) for all a and b of `reach` (n,): heights (n, n), b along the rows.

    Costs n² evaluations.
    """
    return np.array([[float(value(theta + a * first + b * second)) for a in reach] for b in reach])


def line_slice(
    value: Callable[[np.ndarray], float], theta: np.ndarray, direction: np.ndarray, reach: np.ndarray
) -> np.ndarray:
    """Measure f(θ + a · direction) for all a of `reach` (n,)."""
    return np.array([float(value(theta + a * direction)) for a in reach])
