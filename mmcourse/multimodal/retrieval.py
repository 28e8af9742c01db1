"""How good is a ranked list? Precision at k, recall at k and mean average precision, with ties treated fairly.

A query has one score for each item, and some items are relevant. One relevant item in first place, one in third:

>>> scores, relevant = np.array([[0.9, 0.8, 0.5, 0.1]]), np.array([[True, False, True, False]])
>>> precision_at_k(scores, relevant, k=2), average_precision(scores, relevant).round(4)  # (1/1 + 2/3) / 2
(array([0.5]), array([0.8333]))
"""

import numpy as np


def ranked(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Order the relevance of the items of each query by their scores, best first; ties stay in the order they came.

    Parameters
    ----------
    scores : array (Q, N)
        Higher is better.
    relevant : array (Q, N) of bool

    Returns
    -------
    array (Q, N) of bool
    """
    require_table(scores, relevant)
    order = np.argsort(-scores, axis=1, kind="stable")
    return np.take_along_axis(relevant, order, axis=1)


def precision_at_k(scores: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Return the share of the first k items that are relevant, for each query.

        P@k = (relevant items among the first k) / k

    Parameters
    ----------
    scores, relevant : arrays (Q, N)
    k : int, from 1 to N

    Returns
    -------
    array (Q,)

    Notes
    -----
    Items that tie at the border of the first k share its free places: what one gets on average over all orders.
    """
    return expected_hits(scores, relevant, k) / k


def recall_at_k(scores: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Return the share of the relevant items that are among the first k, for each query; NaN if none is relevant."""
    with np.errstate(invalid="ignore"):
        return expected_hits(scores, relevant, k) / relevant.sum(axis=1)


def expected_hits(scores: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Return how many of the first k items are relevant, on average over all orders of items that tie.

    Examples
    --------
    >>> expected_hits(np.array([[1.0, 0.0, 0.0, 0.0]]), np.array([[True, True, False, False]]), k=2)
    array([1.33333333])
    """
    require_table(scores, relevant)
    if not 1 <= k <= scores.shape[1]:
        raise ValueError(f"`k` must be from 1 to the number of items, {scores.shape[1]}, got {k}")
    border = -np.sort(-scores, axis=1)[:, k - 1 : k]  # (Q, 1), the k-th best score
    above, tied = scores > border, scores == border
    free = k - above.sum(axis=1)
    return (above & relevant).sum(axis=1) + free * (tied & relevant).sum(axis=1) / tied.sum(axis=1)


def average_precision(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Return the mean of the precisions at the ranks of the relevant items, for each query.

        AP = (1/R) Σ_{k: item k relevant} P@k

    Parameters
    ----------
    scores, relevant : arrays (Q, N)

    Returns
    -------
    array (Q,); NaN for a query without relevant items

    Notes
    -----
    Items with equal scores enter together: all of them get the precision at the end of their group. A constant score
    then has the share of relevant items as its average precision, whatever the order in which the items came.
    """
    hits = ranked(scores, relevant)
    ordered = -np.sort(-scores, axis=1)
    place = np.arange(1, scores.shape[1] + 1)
    # The last place of each group of ties: where the next score is lower.
    ends = np.where(np.diff(ordered, axis=1, append=-np.inf) != 0, place, np.iinfo(int).max)
    last = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]  # (Q, N)
    precision = np.take_along_axis(hits.cumsum(axis=1), last - 1, axis=1) / last
    with np.errstate(invalid="ignore"):
        return (precision * hits).sum(axis=1) / relevant.sum(axis=1)


def mean_average_precision(scores: np.ndarray, relevant: np.ndarray) -> float:
    """Return MAP: the mean of the average precision over all queries that have a relevant item.

    Raises
    ------
    ValueError
        If no query has any.
    """
    asked = relevant.any(axis=1)
    if not asked.any():
        raise ValueError("no query has a relevant item: MAP is not defined")
    return float(average_precision(scores[asked], relevant[asked]).mean())


def require_table(scores: np.ndarray, relevant: np.ndarray) -> None:
    """Raise a ValueError unless both are tables (Q, N) of one shape."""
    if np.ndim(scores) != 2 or np.shape(scores) != np.shape(relevant):
        raise ValueError(
            f"`scores` and `relevant` must both be (queries, items), got {np.shape(scores)} and {np.shape(relevant)}"
        )
    if np.asarray(relevant).dtype != bool:
        raise ValueError(f"`relevant` must be True or False for each item, got {np.asarray(relevant).dtype}")
