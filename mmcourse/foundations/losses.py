"""Losses of classifiers: how wrong are these scores, and how should each of them change?

>>> scores = np.array([[13.0, -7.0, 11.0]])  # one sample, three classes; the right one is class 0
>>> cross_entropy(scores, [0]).round(4), hinge(scores, [0], margin=10.0)
(array([0.1269]), array([8.]))

The logarithm is nearly content: class 0 has the highest score. The margin is not: class 2 comes within 10 of it.
Every loss is returned for each sample; the loss of a data set is their sum or their mean. The gradients are those of
each sample's loss with respect to its scores. Shapes: B samples, C classes; any axes may stand in front of the last.
"""

import numpy as np

from mmcourse.foundations.scores import log_softmax, one_hot, softmax


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return minus the logarithm of the probability that the softmax gives to the right class.

        L = −log p_y = −f_y + log Σ_j exp(f_j)

    Parameters
    ----------
    logits : array, shape (..., C)
        Scores.
    labels : array of whole numbers, shape (...)
        The right class y of each sample, from 0 to C − 1.

    Returns
    -------
    array, shape (...)
        0 when the right class has all the probability, log C when all classes have the same.

    Raises
    ------
    ValueError
        If the labels do not fit the scores.

    References
    ----------
    Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.

    Examples
    --------
    >>> cross_entropy(np.zeros((2, 10)), np.array([3, 9])).round(4)  # no idea among ten classes: log 10
    array([2.3026, 2.3026])
    """
    require_labels(logits, labels)
    return -score_of(log_softmax(logits), labels)


def cross_entropy_grad(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the gradient of `cross_entropy`: what the softmax says minus what is right.

        ∂L/∂f_k = p_k − [k = y]

    Parameters
    ----------
    logits : array, shape (..., C)
    labels : array of whole numbers, shape (...)

    Returns
    -------
    array, shape (..., C)
        Adds up to 0 over the classes; no entry is beyond ±1.

    Examples
    --------
    >>> cross_entropy_grad(np.array([0.0, np.log(3)]), 0)
    array([-0.75,  0.75])
    """
    require_labels(logits, labels)
    return softmax(logits) - one_hot(labels, np.shape(logits)[-1])


def hinge(logits: np.ndarray, labels: np.ndarray, margin: float = 1.0) -> np.ndarray:
    """Return how far the wrong classes come within a margin of the right one.

        L = Σ_{j ≠ y} max(0, f_j − f_y + Δ)

    Parameters
    ----------
    logits : array, shape (..., C)
        Scores.
    labels : array of whole numbers, shape (...)
        The right class y of each sample.
    margin : float, >= 0
        Δ, in the units of the scores.

    Returns
    -------
    array, shape (...)
        0 as soon as the right class leads every other by the margin.

    Raises
    ------
    ValueError
        If the labels do not fit the scores.

    References
    ----------
    Weston & Watkins (1999), Support vector machines for multi-class pattern recognition.

    Examples
    --------
    >>> hinge(np.array([[13.0, -7.0, 11.0]]), [0], margin=10.0)  # max(0, -10) + max(0, 8)
    array([8.])
    """
    return violations(logits, labels, margin).sum(axis=-1)


def squared_hinge(logits: np.ndarray, labels: np.ndarray, margin: float = 1.0) -> np.ndarray:
    """Return the hinge with every violation squared: many small ones are forgiven sooner than a large one.

        L = Σ_{j ≠ y} max(0, f_j − f_y + Δ)²

    Parameters
    ----------
    logits, labels, margin
        As for `hinge`.

    Returns
    -------
    array, shape (...)

    Examples
    --------
    >>> squared_hinge(np.array([[13.0, -7.0, 11.0]]), [0], margin=10.0)
    array([64.])
    """
    return (violations(logits, labels, margin) ** 2).sum(axis=-1)


def hinge_grad(logits: np.ndarray, labels: np.ndarray, margin: float = 1.0) -> np.ndarray:
    """Return the gradient of `hinge`: every class that violates the margin goes down, the right one up.

        ∂L/∂f_j = [f_j − f_y + Δ > 0] for j ≠ y, and ∂L/∂f_y = −(how many these are)

    Parameters
    ----------
    logits, labels, margin
        As for `hinge`.

    Returns
    -------
    array, shape (..., C)
        Adds up to 0 over the classes. At a kink, where a class is at the margin exactly, the slope of the flat side.

    Examples
    --------
    >>> hinge_grad(np.array([[13.0, -7.0, 11.0]]), [0], margin=10.0)
    array([[-1.,  0.,  1.]])
    """
    over = (violations(logits, labels, margin) > 0).astype(float)
    return over - over.sum(axis=-1, keepdims=True) * one_hot(labels, np.shape(logits)[-1])


def zero_one(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return 1 where the highest score is not that of the right class, else 0: what we really mean by an error.

    Parameters
    ----------
    logits : array, shape (..., C)
    labels : array of whole numbers, shape (...)

    Returns
    -------
    array of 0.0 and 1.0, shape (...)

    Examples
    --------
    >>> zero_one(np.array([[2.0, 1.0], [2.0, 1.0]]), [0, 1])
    array([0., 1.])
    """
    require_labels(logits, labels)
    return (np.argmax(logits, axis=-1) != labels).astype(float)


# What the functions above share


def score_of(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the entry of one class in each row: (..., C) and labels (...) give (...)."""
    return np.take_along_axis(np.asarray(logits), np.asarray(labels)[..., None], axis=-1)[..., 0]


def violations(logits: np.ndarray, labels: np.ndarray, margin: float) -> np.ndarray:
    """Return max(0, f_j − f_y + Δ) for each class j, and 0 for the right class itself, shape (..., C)."""
    require_labels(logits, labels)
    over = np.maximum(0.0, logits - score_of(logits, labels)[..., None] + margin)
    return over * (1 - one_hot(labels, np.shape(logits)[-1]))


def require_labels(logits: np.ndarray, labels: np.ndarray) -> None:
    """Raise a ValueError unless there is a whole number from 0 to C − 1 for each row of scores."""
    classes = np.shape(logits)[-1]
    if np.shape(labels) != np.shape(logits)[:-1]:
        raise ValueError(
            f"`labels` must have one class for each row of scores, shape {np.shape(logits)[:-1]}, got "
            f"{np.shape(labels)}: one-hot rows become classes with argmax(axis=-1)"
        )
    labels = np.asarray(labels)
    wrong = (labels < 0) | (labels >= classes) | (not np.issubdtype(labels.dtype, np.integer))
    if np.any(wrong):
        raise ValueError(
            f"`labels` must be whole numbers from 0 to {classes - 1}, got {np.unique(labels[wrong])[:5]}: "
            "do they count from 1?"
        )
