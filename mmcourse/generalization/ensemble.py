"""Take dropout at its word as an ensemble: list all masks of a few units, and average what the thin networks say.

>>> rng = np.random.default_rng(0)
>>> h, W = rng.normal(size=6), rng.normal(size=(6, 3))
>>> masks = every_mask(6)  # 64 networks
>>> said = softmax((masks * h / 0.5) @ W)  # what each of them says about three classes
>>> chance = chances(masks, p=0.5)
>>> geometric_mean(said, chance).round(3), softmax(h @ W).round(3)  # the pass with all units on is their mean
(array([0.291, 0.343, 0.366]), array([0.291, 0.343, 0.366]))
"""

from itertools import accumulate

import numpy as np

from mmcourse.foundations.scores import softmax
from mmcourse.generalization.blinking import Layer, forward
from mmcourse.generalization.dropout import require_drop_probability

MOST_UNITS = 16


def every_mask(units: int) -> np.ndarray:
    """List all masks of some units, 1 for on and 0 for off.

    Parameters
    ----------
    units : int, 0 to 16
        n.

    Returns
    -------
    array of whole numbers, shape (2^n, n)

    Raises
    ------
    ValueError
        If there are more than 65,536 masks.

    Examples
    --------
    >>> every_mask(2).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    if not 0 <= units <= MOST_UNITS:
        raise ValueError(
            f"{units} units have 2^{units} masks; 0 to {MOST_UNITS} units can be listed: sample masks instead"
        )
    return (np.arange(2**units)[:, None] >> np.arange(units)) & 1


def chances(masks: np.ndarray, p: float) -> np.ndarray:
    """Return the probability of each mask when every unit is dropped with probability p, on its own.

        P(mask) = p^(units off) · (1 − p)^(units on)

    Parameters
    ----------
    masks : array of 0 and 1, shape (..., n)
    p : float, in [0, 1)

    Returns
    -------
    array, shape (...)

    Examples
    --------
    >>> chances(every_mask(2), p=0.25)
    array([0.0625, 0.1875, 0.1875, 0.5625])
    """
    require_drop_probability(p)
    return np.prod(np.where(masks, 1 - p, p), axis=-1)


def arithmetic_mean(said: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Average what the networks say, each with its probability: Σ P(mask) · q_mask.

    Parameters
    ----------
    said : array, shape (M, ..., C)
        Probabilities q of C classes from each of M networks; or what else they say.
    chance : array, shape (M,)

    Returns
    -------
    array, shape (..., C)
    """
    return np.tensordot(chance, said, axes=1)


def geometric_mean(said: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Multiply what the networks say, each to the power of its probability, and make the sum 1 again.

        q ∝ Π q_mask^P(mask) = exp Σ P(mask) · log q_mask

    Parameters
    ----------
    said, chance
        As for `arithmetic_mean`; probabilities above 0.

    Returns
    -------
    array, shape (..., C)

    Notes
    -----
    Behind one softmax layer log q is the logits less a number that all classes share, so the mean of logarithms is the
    mean of logits, and that is the pass with all units on. With one more bend between mask and logits it is not.

    Examples
    --------
    >>> geometric_mean(np.array([[0.9, 0.1], [0.5, 0.5]]), np.array([0.5, 0.5])).round(3)  # odds 9 and 1: mean 3
    array([0.75, 0.25])
    """
    return softmax(np.tensordot(chance, np.log(said), axes=1))


def mean_logits(layers: list[Layer], x: np.ndarray, p: float) -> np.ndarray:
    """Average the logits of one network over the masks of all its hidden units, exactly: 2ⁿ passes.

        Σ P(mask) · z_mask

    Parameters
    ----------
    layers : list of Layers
        Of a single network with n hidden units in all, 16 at most.
    x : array, shape (B, D)
    p : float, in [0, 1)
        Probability to drop a hidden unit; what stays is multiplied by 1 / (1 − p).

    Returns
    -------
    array, shape (B, C)

    Raises
    ------
    ValueError
        If there are more than 65,536 masks.

    Notes
    -----
    The pass with all units on says the same where everything behind a mask is linear, as with one hidden layer. With
    two, the relu of the second is in between.

    Examples
    --------
    >>> relu = [Layer(np.array([[1.0]]), np.zeros(1)), Layer(np.array([[1.0]]), -np.ones(1))]  # max(x, 0) - 1
    >>> deep = [relu[0], relu[1], Layer(np.array([[1.0]]), np.zeros(1))]  # and max(·, 0) of that
    >>> x = np.array([[1.0]])  # the first unit sends 2 or 0, the second max(2 - 1, 0) or 0, on average a half
    >>> mean_logits(relu, x, p=0.5), mean_logits(deep, x, p=0.5), forward(deep, x)[-1]
    (array([[0.]]), array([[0.5]]), array([[0.]]))
    """
    units = [weights.shape[-1] for weights, _ in layers[:-1]]
    masks = every_mask(sum(units))
    chance = chances(masks, p)
    multipliers = np.split(masks[:, None] / (1 - p), list(accumulate(units))[:-1], axis=-1)  # (M, 1, H) each
    logits = forward(layers, x, multipliers)[-1]  # (M, B, C)
    return arithmetic_mean(logits, chance)
