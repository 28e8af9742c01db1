"""Losses of numbers: how far is a prediction from a target, when both are vectors?

>>> prediction, target = np.array([[1.0, 2.0]]), np.array([[0.0, 5.0]])
>>> squared_error(prediction, target), absolute_error(prediction, target)
(array([10.]), array([4.]))

Every loss is returned for each sample, summed over its D outputs: (..., D) gives (...).
"""

import numpy as np


def squared_error(prediction: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the squared Euclidean distance.

        L = ‖ŷ − y‖² = Σ_j (ŷ_j − y_j)²

    Parameters
    ----------
    prediction : array, shape (..., D)
        ŷ.
    target : array, shape of `prediction`
        y.

    Returns
    -------
    array, shape (...)

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    The *mean* squared error is the mean of this over the samples (some take it over the outputs too). A factor ½ in
    front, as some write it, cancels the 2 of the gradient.

    Examples
    --------
    >>> squared_error(np.array([3.0, 0.0]), np.array([0.0, 4.0]))
    np.float64(25.0)
    """
    require_same_shape(prediction, target)
    return ((np.asarray(prediction) - target) ** 2).sum(axis=-1)


def squared_error_grad(prediction: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the gradient of `squared_error`: the farther off, the stronger the pull.

        ∂L/∂ŷ = 2 (ŷ − y)

    Parameters
    ----------
    prediction, target
        As for `squared_error`.

    Returns
    -------
    array, shape (..., D)

    Examples
    --------
    >>> squared_error_grad(np.array([3.0, 0.0]), np.array([0.0, 4.0]))
    array([ 6., -8.])
    """
    require_same_shape(prediction, target)
    return 2 * (np.asarray(prediction) - target)


def absolute_error(prediction: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the l1 distance.

        L = ‖ŷ − y‖₁ = Σ_j |ŷ_j − y_j|

    Parameters
    ----------
    prediction, target
        As for `squared_error`.

    Returns
    -------
    array, shape (...)

    Examples
    --------
    >>> absolute_error(np.array([3.0, 0.0]), np.array([0.0, 4.0]))
    np.float64(7.0)
    """
    require_same_shape(prediction, target)
    return np.abs(np.asarray(prediction) - target).sum(axis=-1)


def absolute_error_grad(prediction: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the gradient of `absolute_error`: the same pull from near and far.

        ∂L/∂ŷ_j = sign(ŷ_j − y_j)

    Parameters
    ----------
    prediction, target
        As for `squared_error`.

    Returns
    -------
    array, shape (..., D)
        At the kink, where ŷ_j = y_j, it is 0.

    Examples
    --------
    >>> absolute_error_grad(np.array([3.0, 0.0]), np.array([0.0, 4.0]))
    array([ 1., -1.])
    """
    require_same_shape(prediction, target)
    return np.sign(np.asarray(prediction) - target)


def rbf_loss(
    prediction: np.ndarray, target: np.ndarray, beta: float | np.ndarray = 1.0, weight: float | np.ndarray = 1.0
) -> np.ndarray:
    """Return a loss that stops growing: one minus a radial basis function of the distance, for each output.

        L = Σ_j u_j (1 − exp(−β_j (ŷ_j − y_j)²))

    Parameters
    ----------
    prediction, target
        As for `squared_error`.
    beta : float or array, shape (D,), > 0
        How narrow the well around the target is: beyond a few 1/√β the loss is flat.
    weight : float or array, shape (D,), >= 0
        u, the depth of the well.

    Returns
    -------
    array, shape (...)
        0 at the target, Σ_j u_j far away.

    Notes
    -----
    Near the target it is β u times the squared error. Far away its gradient vanishes: an outlier has no pull, and
    neither has a prediction that starts too far off.

    Examples
    --------
    >>> rbf_loss(np.array([[0.0], [0.1], [10.0]]), np.zeros((3, 1))).round(4)
    array([0.  , 0.01, 1.  ])
    """
    require_same_shape(prediction, target)
    return (weight * -np.expm1(-beta * (np.asarray(prediction) - target) ** 2)).sum(axis=-1)


def cosine_distance(prediction: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return a loss that looks at directions only.

        L = 1 − ŷ · y / (‖ŷ‖ ‖y‖)

    Parameters
    ----------
    prediction, target
        As for `squared_error`; no vector may be zero.

    Returns
    -------
    array, shape (...)
        0 for the same direction, 1 at right angles, 2 for opposite directions.

    Raises
    ------
    ValueError
        If the shapes differ, or a vector is zero and so has no direction.

    Examples
    --------
    >>> cosine_distance(np.array([[5.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]), np.array([[1.0, 0.0]] * 3))
    array([0., 1., 2.])
    """
    require_same_shape(prediction, target)
    lengths = np.linalg.norm(prediction, axis=-1) * np.linalg.norm(target, axis=-1)
    if np.any(lengths == 0):
        raise ValueError("a vector of zeros has no direction: leave it out, or add a small constant to it")
    return 1 - (np.asarray(prediction) * target).sum(axis=-1) / lengths


def require_same_shape(prediction: np.ndarray, target: np.ndarray) -> None:
    """Raise a ValueError unless both have the same shape: numpy would broadcast (B, 1) against (B,) to (B, B)."""
    if np.shape(prediction) != np.shape(target):
        raise ValueError(
            f"`prediction` and `target` must have the same shape, got {np.shape(prediction)} and {np.shape(target)}: "
            "numpy would broadcast them without a word; reshape one"
        )
