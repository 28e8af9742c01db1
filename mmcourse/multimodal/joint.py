"""Join the representations of several modalities into one: side by side, summed, multiplied, or through a layer.

Every function takes a list of parts, one a modality, and gives one array for all of them.

>>> language, vision = np.array([[1.0, 2.0]]), np.array([[3.0, -1.0]])
>>> concatenate([language, vision]), add([language, vision]), multiply([language, vision])
(array([[ 1.,  2.,  3., -1.]]), array([[4., 1.]]), array([[ 3., -2.]]))
"""

from collections.abc import Sequence

import numpy as np


def concatenate(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Put the parts side by side, h = [h_language, h_vision, ...].

    Parameters
    ----------
    parts : sequence of arrays, shapes (..., D_m)
        The D_m may differ, what stands before them may not.

    Returns
    -------
    array, shape (..., Σ D_m)

    Raises
    ------
    ValueError
        If the parts are not of the same segments.

    Examples
    --------
    >>> concatenate([np.zeros((4, 3)), np.ones((4, 2))]).shape
    (4, 5)
    """
    require_same_segments(parts)
    return np.concatenate(parts, axis=-1)


def add(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Add the parts, h = h_language + h_vision + ...

    Parameters
    ----------
    parts : sequence of arrays, all of shape (..., D)

    Returns
    -------
    array, shape (..., D)

    Notes
    -----
    w · (h_language + h_vision) is the concatenation under a linear layer whose weights are tied, [w, w].
    """
    require_same_size(parts)
    return np.sum(parts, axis=0)


def multiply(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Multiply the parts entry by entry, h = h_language ⊙ h_vision ⊙ ...

    Parameters
    ----------
    parts : sequence of arrays, all of shape (..., D)

    Returns
    -------
    array, shape (..., D)

    Notes
    -----
    One part that is zero silences all others, see `multiply_backward`.
    """
    require_same_size(parts)
    return np.prod(parts, axis=0)


def multiply_backward(parts: Sequence[np.ndarray], grad: np.ndarray) -> list[np.ndarray]:
    """Return the gradient of a loss for each part of a product.

        ∂L/∂h_m = ∂L/∂h ⊙ Π_{k ≠ m} h_k

    Parameters
    ----------
    parts : sequence of arrays, all of shape (..., D)
        As they went into `multiply`.
    grad : array, shape (..., D)
        ∂L/∂h of the product h.

    Returns
    -------
    list of arrays, shape (..., D)
        One for each part.

    Notes
    -----
    The product of the others is formed anew for each part. Dividing the whole product by the part would fail where
    the part is zero, which is where one wants to look: then only the zero part gets a gradient.

    Examples
    --------
    >>> multiply_backward([np.array([0.0]), np.array([5.0])], grad=np.array([1.0]))
    [array([5.]), array([0.])]
    """
    require_same_size(parts)
    others = [[part for k, part in enumerate(parts) if k != m] for m in range(len(parts))]
    return [grad * np.prod(rest, axis=0) if rest else grad for rest in others]


def mlp(parts: Sequence[np.ndarray], weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Send the parts, side by side, through one hidden layer, h = max([h_language, h_vision, ...] W + b, 0).

    Parameters
    ----------
    parts : sequence of arrays, shapes (..., D_m)
    weights : array, shape (Σ D_m, H)
    bias : array, shape (H,)

    Returns
    -------
    array, shape (..., H)

    Raises
    ------
    ValueError
        If the weights do not fit the parts.

    Examples
    --------
    >>> mlp([np.array([[1.0]]), np.array([[1.0]])], np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([-1.0, 1.0]))
    array([[1., 0.]])
    """
    joined = concatenate(parts)
    if weights.shape[0] != joined.shape[-1]:
        sizes = [part.shape[-1] for part in parts]
        raise ValueError(
            f"`weights` must have {joined.shape[-1]} rows, one for each of the {sizes} features, got {weights.shape}"
        )
    return np.maximum(joined @ weights + bias, 0)


def require_same_segments(parts: Sequence[np.ndarray]) -> None:
    """Raise a ValueError unless there are parts, and all agree in everything but their last axis."""
    if not len(parts):
        raise ValueError("there is nothing to join: give a list of arrays, one for each modality")
    if len({np.shape(part)[:-1] for part in parts}) > 1:
        shapes = ", ".join(str(np.shape(part)) for part in parts)
        raise ValueError(f"all parts must be of the same segments, shapes (..., D_m), got {shapes}: sort them first")


def require_same_size(parts: Sequence[np.ndarray]) -> None:
    """Raise a ValueError unless all parts have the same shape: a sum would broadcast what does not belong together."""
    require_same_segments(parts)
    if len({np.shape(part)[-1] for part in parts}) > 1:
        sizes = ", ".join(str(np.shape(part)[-1]) for part in parts)
        raise ValueError(f"to add or multiply, all parts need the same size, got {sizes}: bring them there by a layer")
