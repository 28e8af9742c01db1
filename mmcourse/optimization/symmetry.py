"""Networks that are the same function: reorder hidden units, turn their signs, find the copy that lies nearest.

>>> from mmcourse.optimization.weightspace import WeightSpace
>>> rng, space = np.random.default_rng(0), WeightSpace((64, 8, 10))
>>> theta, images = space.draw(rng), rng.random((5, 64))
>>> copy = flip_units(space, permute_units(space, theta, rng.permutation(8)), [0, 3])
>>> bool(np.allclose(space.scores(theta, images), space.scores(copy, images))), np.linalg.norm(copy - theta) > 3
(True, np.True_)
>>> bool(np.allclose(match_units(space, theta, copy), theta))
True
"""

from collections.abc import Sequence
from math import factorial

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmcourse.optimization.weightspace import WeightSpace, join


def copies(units: int) -> int:
    """Count the points in weight space that are the same tanh network with this many hidden units: n! · 2ⁿ.

    >>> copies(2), copies(16)
    (8, 1371195958099968000)
    """
    return factorial(units) * 2**units


def permute_units(space: WeightSpace, theta: np.ndarray, order: Sequence[int], layer: int = 0) -> np.ndarray:
    """Reorder the units of a hidden layer: columns of W and b, and rows of the next W.

    Parameters
    ----------
    space : WeightSpace
        The layers.
    theta : array, shape (D,)
        A network.
    order : sequence of int
        Each unit once: ``order[i]`` is the old place of the new unit i.
    layer : int
        Which hidden layer; 0 is the first.

    Returns
    -------
    array, shape (D,)
        Another point, the same function.

    Raises
    ------
    ValueError
        If `order` does not name every unit of the layer once.
    """
    units, order = space.sizes[layer + 1], list(order)
    if sorted(order) != list(range(units)):
        raise ValueError(
            f"`order` must name each of the {units} hidden units once, got {order}: rng.permutation makes one"
        )
    parts = space.split(theta)
    first = 2 * layer
    parts[first], parts[first + 1] = parts[first][:, order], parts[first + 1][order]
    parts[first + 2] = parts[first + 2][order]
    return join(parts)


def flip_units(space: WeightSpace, theta: np.ndarray, units: Sequence[int], layer: int = 0) -> np.ndarray:
    """Turn the sign of everything that goes into these units and of everything that leaves them.

    For an odd activation, tanh(−z) = −tanh(z), the two cancel and the function is the same.
    """
    sign = np.ones(space.sizes[layer + 1])
    sign[list(units)] = -1
    return scale_units(space, theta, sign, layer)


def scale_units(space: WeightSpace, theta: np.ndarray, factors: np.ndarray, layer: int = 0) -> np.ndarray:
    """Multiply what goes into each hidden unit by a factor, and divide what leaves it by the same.

    The same function for relu if the factors are positive, for tanh if they are 1 or −1.
    """
    parts = [part.copy() for part in space.split(theta)]
    first, factors = 2 * layer, np.broadcast_to(factors, space.sizes[layer + 1])
    parts[first] *= factors
    parts[first + 1] *= factors
    parts[first + 2] /= factors[:, None]
    return join(parts)


def match_units(space: WeightSpace, theta: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Bring the hidden units of `other` into the order and the signs in which they are most like those of `theta`.

    Parameters
    ----------
    space : WeightSpace
        With one hidden layer of tanh.
    theta, other : arrays, shape (D,)
        Two networks.

    Returns
    -------
    array, shape (D,)
        The copy of `other` whose distance to `theta` is the smallest of all n! · 2ⁿ.

    Raises
    ------
    ValueError
        If there is not exactly one hidden layer: with more, each layer's best order depends on the others'.

    Notes
    -----
    ‖θ − θ'‖² is smallest where the sum of the inner products of paired units is largest, so this is an assignment
    problem. It costs n³ steps, not n!.

    References
    ----------
    Kuhn (1955), The Hungarian method for the assignment problem; Ainsworth, Hayase & Srinivasa (2023), Git re-basin.
    """
    if len(space.sizes) != 3:
        raise ValueError(f"`match_units` is for one hidden layer, got layers {space.sizes}")
    ours, theirs = (unit_vectors(space, point) for point in (theta, other))
    alike = ours @ theirs.T  # (n, n): inner products of all pairs of units
    _, order = linear_sum_assignment(-np.abs(alike))
    sign = np.where(alike[np.arange(len(order)), order] < 0, -1.0, 1.0)
    return scale_units(space, permute_units(space, other, order), sign)


def unit_vectors(space: WeightSpace, theta: np.ndarray) -> np.ndarray:
    """Return all that belongs to each unit of the first hidden layer, in a row each: weights in, bias, weights out."""
    W, b, V = space.split(theta)[:3]
    return np.concatenate([W.T, b[:, None], V], axis=1)  # (n, in + 1 + out)


def straight_path(theta: np.ndarray, other: np.ndarray, count: int = 31) -> np.ndarray:
    """Return points on the straight line from one network to another, both included, shape (count, D)."""
    share = np.linspace(0, 1, count)[:, None]
    return (1 - share) * theta + share * other


def barrier(losses: np.ndarray) -> float:
    """Return how far the loss on a path rises above the straight line between its ends, shape (..., count) to (...).

    >>> float(barrier(np.array([1.0, 5.0, 3.0])))  # 3 above the 2 halfway
    3.0
    """
    share = np.linspace(0, 1, losses.shape[-1])
    return (losses - (1 - share) * losses[..., :1] - share * losses[..., -1:]).max(axis=-1)


def make_twins(space: WeightSpace, theta: np.ndarray) -> np.ndarray:
    """Make the hidden units 0 and 1 equal, 2 and 3, and so on: each pair gets its mean.

    Swapping two such twins changes nothing, so the gradient treats both alike, and gradient descent keeps them equal
    for ever.

    >>> space = WeightSpace((3, 2, 2))
    >>> theta = make_twins(space, space.draw(np.random.default_rng(0)))
    >>> bool((permute_units(space, theta, [1, 0]) == theta).all())
    True
    """
    if space.sizes[1] % 2:
        raise ValueError(f"twins come in pairs, got {space.sizes[1]} hidden units")
    swap = np.arange(space.sizes[1]).reshape(-1, 2)[:, ::-1].ravel()
    return (theta + permute_units(space, theta, swap)) / 2
