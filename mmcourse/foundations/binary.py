"""One question, yes or no: the sigmoid, its log-odds, and the losses of a binary answer.

>>> z = np.array([0.0, 2.0, -2.0])  # scores, the log-odds of yes
>>> sigmoid(z).round(3), binary_cross_entropy(z, targets=np.array([1, 1, 1])).round(3)
(array([0.5  , 0.881, 0.119]), array([0.693, 0.127, 2.127]))

Everything works output by output, on arrays of any shape: with several labels a sample, (B, C), every label is a
question of its own, and the loss of the sample is the sum over its row.
"""

import numpy as np


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Turn a score into the probability of "yes".

        σ(z) = 1 / (1 + exp(−z))

    Parameters
    ----------
    logits : array, any shape

    Returns
    -------
    array, shape of `logits`
        Between 0 and 1; 0.5 at 0.

    Notes
    -----
    It is computed as exp(−log(1 + exp(−z))), because `np.logaddexp` does not overflow where exp(−z) would.

    Examples
    --------
    >>> sigmoid(np.array([0.0, np.log(3), -1e4]))
    array([0.5 , 0.75, 0.  ])
    """
    return np.exp(-np.logaddexp(0.0, -np.asarray(logits, dtype=float)))


def log_odds(p: np.ndarray) -> np.ndarray:
    """Turn a probability into a score, the inverse of `sigmoid`.

        z = log(p / (1 − p))

    Parameters
    ----------
    p : array, any shape
        Strictly between 0 and 1.

    Returns
    -------
    array, shape of `p`

    Raises
    ------
    ValueError
        If a probability is 0 or 1, or outside: its log-odds would not be finite.

    Examples
    --------
    >>> log_odds(np.array([0.5, 0.75])).round(3)  # 1 : 1 and 3 : 1
    array([0.   , 1.099])
    """
    p = np.asarray(p, dtype=float)
    if not np.all((p > 0) & (p < 1)):
        raise ValueError(
            f"`p` must lie strictly between 0 and 1, got values from {p.min()} to {p.max()}: "
            "certainty would need an infinite score"
        )
    return np.log(p) - np.log1p(-p)


def binary_cross_entropy(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return minus the logarithm of the probability that the sigmoid gives to the truth, for each output.

        L = −y log σ(z) − (1 − y) log(1 − σ(z))

    Parameters
    ----------
    logits : array, any shape
        A score z for each yes-or-no question: the log-odds of yes.
    targets : array, shape of `logits`
        y, 1 for yes and 0 for no; in between is allowed.

    Returns
    -------
    array, shape of `logits`
        With several labels a sample, the sum over the last axis is the sample's loss.

    Raises
    ------
    ValueError
        If the targets do not have the shape of the logits, or do not lie between 0 and 1.

    Notes
    -----
    −log σ(z) = log(1 + exp(−z)) and −log(1 − σ(z)) = log(1 + exp(z)): `np.logaddexp` computes both without overflow,
    and no logarithm of a rounded 0 is ever taken.

    Examples
    --------
    >>> binary_cross_entropy(np.array([0.0, 1e4, -1e4]), np.array([1, 1, 1])).round(4)
    array([6.931e-01, 0.000e+00, 1.000e+04])
    """
    y = require_targets(logits, targets)
    return y * np.logaddexp(0.0, np.negative(logits)) + (1 - y) * np.logaddexp(0.0, logits)


def binary_cross_entropy_grad(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the gradient of `binary_cross_entropy`.

        ∂L/∂z = σ(z) − y

    Parameters
    ----------
    logits, targets
        As for `binary_cross_entropy`.

    Returns
    -------
    array, shape of `logits`

    Examples
    --------
    >>> binary_cross_entropy_grad(np.array([0.0, 0.0]), np.array([0, 1]))
    array([ 0.5, -0.5])
    """
    return sigmoid(logits) - require_targets(logits, targets)


def binary_hinge(logits: np.ndarray, targets: np.ndarray, margin: float = 1.0) -> np.ndarray:
    """Return how far the score of a yes-or-no question falls short of a margin, for each output.

        L = max(0, Δ − z) where the answer is yes, max(0, Δ + z) where it is no

    Parameters
    ----------
    logits : array, any shape
        Scores z, positive for yes.
    targets : array of 0 and 1, shape of `logits`
        The answers.
    margin : float, >= 0
        Δ, in the units of the scores.

    Returns
    -------
    array, shape of `logits`

    Raises
    ------
    ValueError
        As for `binary_cross_entropy`.

    Examples
    --------
    >>> binary_hinge(np.array([0.5, 0.5, 3.0]), np.array([1, 0, 1]))
    array([0.5, 1.5, 0. ])
    """
    side = 2 * require_targets(logits, targets) - 1  # +1 for yes, -1 for no
    return np.maximum(0.0, margin - side * logits)


def require_targets(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return targets as floats; raise a ValueError unless they have the shape of the logits and lie in [0, 1]."""
    targets = np.asarray(targets, dtype=float)
    if targets.shape != np.shape(logits):
        raise ValueError(f"`targets` must have the shape of `logits`, {np.shape(logits)}, got {targets.shape}")
    if np.any((targets < 0) | (targets > 1)):
        raise ValueError(
            f"`targets` must lie between 0 and 1, got {targets.min()} to {targets.max()}: labels of −1 and 1?"
        )
    return targets
