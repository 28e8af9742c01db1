"""Multiply what units send on by noise of mean 1: dropout as a layer, with its way back, on or off or Gaussian.

>>> rng = np.random.default_rng(0)
>>> h = np.array([[1.0, 2.0, 3.0, 4.0]])
>>> multiplier = inverted_multiplier(rng, h.shape, p=0.5)
>>> noisy(h, multiplier), noisy_backward(np.ones((1, 4)), multiplier)  # what was off hears nothing back
(array([[2., 0., 0., 0.]]), array([[2., 0., 0., 0.]]))
"""

import numpy as np

from mmcourse.generalization.dropout import dropout_mask, require_drop_probability


def inverted_multiplier(rng: np.random.Generator, shape: int | tuple[int, ...], p: float) -> np.ndarray:
    """Draw the multiplier of inverted dropout: 0 for a unit that is dropped, 1 / (1 − p) for one that stays.

        m = mask / (1 − p),    E m = 1,    Var m = p / (1 − p)

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : int or tuple of ints
        Of what is multiplied; (1, units) is one mask for a whole batch.
    p : float, in [0, 1)
        The probability to drop a unit.

    Returns
    -------
    array, shape `shape`

    Raises
    ------
    ValueError
        If p is not in [0, 1).

    Examples
    --------
    >>> m = inverted_multiplier(np.random.default_rng(0), 100_000, p=0.2)
    >>> np.unique(m), m.mean().round(2), m.var().round(2)
    (array([0.  , 1.25]), np.float64(1.0), np.float64(0.25))
    """
    return dropout_mask(rng, shape, p) / (1 - p)


def gaussian_multiplier(rng: np.random.Generator, shape: int | tuple[int, ...], p: float) -> np.ndarray:
    """Draw the multiplier of Gaussian dropout, with the mean and the variance of the inverted mask.

        m ~ N(1, p / (1 − p))

    Parameters
    ----------
    rng, shape
        As for `inverted_multiplier`.
    p : float, in [0, 1)
        The probability of the mask that it stands in for; no unit is ever off.

    Returns
    -------
    array, shape `shape`
        A multiplier may be negative.

    Raises
    ------
    ValueError
        If p is not in [0, 1).

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov (2014), section 10. They write the variance as
    (1 − p) / p, with p the probability to keep: the same number.

    Examples
    --------
    >>> m = gaussian_multiplier(np.random.default_rng(0), 100_000, p=0.2)
    >>> m.mean().round(2), m.var().round(2)
    (np.float64(1.0), np.float64(0.25))
    """
    require_drop_probability(p)
    return 1 + np.sqrt(p / (1 - p)) * rng.normal(size=shape)


def noisy(h: np.ndarray, multiplier: np.ndarray) -> np.ndarray:
    """Multiply what units send on, in training: h' = m ⊙ h. In the test, h passes as it is.

    Parameters
    ----------
    h : array, shape (..., units)
    multiplier : array that broadcasts with h
        Of mean 1; keep it for the way back.

    Returns
    -------
    array, shape (..., units)

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    require_fit(h, multiplier)
    return h * multiplier


def noisy_backward(grad: np.ndarray, multiplier: np.ndarray) -> np.ndarray:
    """Pass a gradient back through `noisy`: ∂L/∂h = m ⊙ ∂L/∂h', with the multiplier of the way in.

    Parameters
    ----------
    grad : array, shape (..., units)
        ∂L/∂h'.
    multiplier : array that broadcasts with it
        The very numbers of the forward pass: with others this is not the gradient of any loss.

    Returns
    -------
    array, shape (..., units)

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    require_fit(grad, multiplier)
    return grad * multiplier


def require_fit(h: np.ndarray, multiplier: np.ndarray) -> None:
    """Raise a ValueError unless the product has the shape of h."""
    h_shape, shape = np.shape(h), np.shape(multiplier)
    fits = len(shape) <= len(h_shape) and all(m in (1, n) for m, n in zip(shape[::-1], h_shape[::-1]))
    if not fits:
        raise ValueError(f"`multiplier` must broadcast to the shape {h_shape} of what it multiplies, got {shape}")
