"""Scores, and how they become probabilities: a linear layer and the softmax.

>>> x = np.array([[1.0, 2.0]])  # one sample with two features
>>> W, b = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 1.0]]), np.array([0.0, 0.5, 0.0])  # three classes
>>> scores = linear_scores(x, W, b)
>>> scores, softmax(scores).round(3)
(array([[1. , 2.5, 1. ]]), array([[0.154, 0.691, 0.154]]))

Shapes: B samples, D features, C classes. The last axis holds the classes; any axes may stand in front.
"""

import numpy as np


def linear_scores(x: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Score every class with a linear function of the input.

        f(x; W, b) = W x + b

    Parameters
    ----------
    x : array, shape (..., D)
        Samples, one a row.
    W : array, shape (C, D)
        A row of weights for each class.
    b : array, shape (C,)
        A bias for each class.

    Returns
    -------
    array, shape (..., C)

    Raises
    ------
    ValueError
        If the shapes do not fit together.

    Examples
    --------
    >>> linear_scores(np.array([2.0, 1.0]), W=np.array([[1.0, 0.0], [0.0, -1.0]]), b=np.array([0.0, 5.0]))
    array([2., 4.])
    """
    require_weights(x, W, b)
    return x @ np.transpose(W) + b  # (..., D) times (D, C)


def append_one(x: np.ndarray) -> np.ndarray:
    """Append a feature that is always 1, so that the bias becomes one more column of the weights.

        W x + b = [W b] [x; 1]

    Parameters
    ----------
    x : array, shape (..., D)

    Returns
    -------
    array, shape (..., D + 1)

    Examples
    --------
    >>> append_one(np.array([[2.0, 3.0]]))
    array([[2., 3., 1.]])
    """
    return np.concatenate([x, np.ones((*np.shape(x)[:-1], 1))], axis=-1)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn the scores of all classes into probabilities.

        p_k = exp(f_k) / Σ_j exp(f_j)

    Parameters
    ----------
    logits : array, shape (..., C)

    Returns
    -------
    array, shape (..., C)
        Positive numbers that add up to 1 along the last axis.

    Notes
    -----
    A constant that is added to all scores cancels, so we subtract the largest: then no exponent is above zero, and
    nothing overflows. (Without it exp(710) is infinite already.)

    References
    ----------
    Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.

    Examples
    --------
    >>> softmax(np.array([0.0, np.log(3)])), softmax(np.array([1e4, 1e4]))
    (array([0.25, 0.75]), array([0.5, 0.5]))
    """
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    unnormalised = np.exp(shifted)
    return unnormalised / unnormalised.sum(axis=-1, keepdims=True)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return the logarithms of the softmax, without ever taking the logarithm of 0.

        log p_k = f_k − log Σ_j exp(f_j)

    Parameters
    ----------
    logits : array, shape (..., C)

    Returns
    -------
    array, shape (..., C)
        Numbers of 0 at most.

    Notes
    -----
    np.log(softmax(f)) is −inf as soon as a probability rounds to 0, for a score that is 746 below the largest.

    Examples
    --------
    >>> log_softmax(np.array([0.0, 1e4]))
    array([-10000.,      0.])
    """
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def average_surprise(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return the cross-entropy of two distributions: the mean of −log q over what happens with p.

        H(p, q) = −Σ_k p_k log q_k

    Parameters
    ----------
    p : array, shape (..., C)
        What is true: probabilities along the last axis.
    q : array, shape (..., C)
        What is believed.

    Returns
    -------
    array, shape (...)
        In nats. Infinite where something possible (p > 0) is believed to be impossible (q = 0).

    References
    ----------
    Shannon (1948), A mathematical theory of communication.

    Examples
    --------
    >>> average_surprise(np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.5])).round(4)
    np.float64(1.3863)
    """
    p, q = np.broadcast_arrays(p, q)
    with np.errstate(divide="ignore"):  # log 0 = -inf is meant
        log_q = np.log(np.where(p > 0, q, 1.0))  # 0 log q counts as 0, whatever q
    return -(p * log_q).sum(axis=-1)


def entropy(p: np.ndarray) -> np.ndarray:
    """Return the entropy of a distribution: the average surprise that is left when the truth itself is believed.

        H(p) = H(p, p) = −Σ_k p_k log p_k

    Parameters
    ----------
    p : array, shape (..., C)
        Probabilities along the last axis.

    Returns
    -------
    array, shape (...)
        In nats, from 0 for a certain class to log C for C equally probable ones.

    Examples
    --------
    >>> entropy(np.array([[0.5, 0.5], [1.0, 0.0]])).round(4) + 0.0
    array([0.6931, 0.    ])
    """
    return average_surprise(p, p)


def hierarchical_log_softmax(group_logits: np.ndarray, member_logits: np.ndarray) -> np.ndarray:
    """Return log-probabilities of classes that come in groups: first the group, then the member within it.

        p(member m of group g) = p(g) · p(m | g), each a softmax

    Parameters
    ----------
    group_logits : array, shape (..., G)
        A score for each group.
    member_logits : array, shape (..., G, M)
        For each group the scores of its M members.

    Returns
    -------
    array, shape (..., G, M)
        The probabilities of all G · M classes add up to 1.

    Raises
    ------
    ValueError
        If the groups are not as many in both.

    Notes
    -----
    The loss of one sample needs the G groups and the M members of its own group, G + M scores; a flat softmax over
    the same classes needs all G · M. With a binary tree of groups the count falls to log2 of the number of classes.

    References
    ----------
    Goodman (2001), Classes for fast maximum entropy training.
    Morin & Bengio (2005), Hierarchical probabilistic neural network language model.

    Examples
    --------
    >>> np.exp(hierarchical_log_softmax(np.zeros(2), np.array([[0.0, 0.0], [0.0, np.log(3)]])))
    array([[0.25 , 0.25 ],
           [0.125, 0.375]])
    """
    require_members(group_logits, member_logits)
    return log_softmax(group_logits)[..., None] + log_softmax(member_logits)  # (..., G, 1) + (..., G, M)


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return labels as rows of zeros with a single 1.

    Parameters
    ----------
    labels : array of whole numbers from 0 to `classes` − 1, shape (...)
    classes : int

    Returns
    -------
    array, shape (..., classes)

    Examples
    --------
    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    return np.eye(classes)[np.asarray(labels)]


def require_weights(x: np.ndarray, W: np.ndarray, b: np.ndarray) -> None:
    """Raise a ValueError unless there is a weight for each feature and a bias for each class."""
    if np.ndim(W) != 2 or np.shape(x)[-1:] != np.shape(W)[1:] or np.shape(b) != np.shape(W)[:1]:
        raise ValueError(
            f"expected `x` (..., D), `W` (C, D) and `b` (C,), got {np.shape(x)}, {np.shape(W)} and {np.shape(b)}: "
            "is W transposed?"
        )


def require_members(group_logits: np.ndarray, member_logits: np.ndarray) -> None:
    """Raise a ValueError unless every group has a row of members."""
    if np.shape(member_logits)[:-1] != np.shape(group_logits):
        raise ValueError(
            f"`member_logits` must have shape (..., G, M) with (..., G) = {np.shape(group_logits)}, "
            f"got {np.shape(member_logits)}: one row of members for each group"
        )
