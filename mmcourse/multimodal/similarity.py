"""Losses that make matching pairs similar: cosine, pairwise ranking, and the softmax of the DSSM.

All of them look at one table of scores, one row for each picture of a batch and one column for each caption, with the
matching pairs on its diagonal. They return their value and their gradient with respect to the scores, so that any
program that can carry a gradient backwards can train with them:

>>> scores = np.array([[0.9, 0.3], [0.5, 0.6]])
>>> loss, grad = ranking_loss(scores, margin=0.2)
>>> round(float(loss), 12), grad  # only 0.6 is less than 0.2 above a wrong one, the 0.5 of its row
(0.1, array([[ 0.,  0.],
       [ 1., -1.]]))
"""

from typing import NamedTuple

import numpy as np


class Loss(NamedTuple):
    """A value, and its gradient with respect to the scores."""

    value: float
    grad: np.ndarray  # the shape of the scores


def normalize(x: np.ndarray) -> np.ndarray:
    """Divide each row by its length, so that a dot product of two rows is their cosine.

    Parameters
    ----------
    x : array (..., D)

    Returns
    -------
    array (..., D), rows of length 1; a row of zeros stays what it is

    Examples
    --------
    >>> normalize(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    length = np.linalg.norm(x, axis=-1, keepdims=True)
    return x / np.where(length > 0, length, 1.0)


def cosine_scores(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the cosine of each row of `a` with each row of `b`.

        S_ij = a_iᵀ b_j / (‖a_i‖ ‖b_j‖)

    Parameters
    ----------
    a : array (B, D)
    b : array (C, D)

    Returns
    -------
    array (B, C), from −1 to 1

    Examples
    --------
    >>> cosine_scores(np.array([[1.0, 0.0]]), np.array([[5.0, 0.0], [1.0, 1.0], [-2.0, 0.0]])).round(3)
    array([[ 1.   ,  0.707, -1.   ]])
    """
    if a.shape[-1] != b.shape[-1]:
        raise ValueError(f"both sides must have the same number of coordinates, got {a.shape} and {b.shape}")
    return normalize(a) @ normalize(b).T


def ranking_loss(
    scores: np.ndarray, margin: float = 0.2, hardest: bool = False, same: np.ndarray | None = None
) -> Loss:
    """Ask that each matching pair scores higher than every wrong pair of its row and of its column, by a margin.

        Σ_i Σ_{j≠i} [max(0, margin − S_ii + S_ij) + max(0, margin − S_ii + S_ji)]

    Parameters
    ----------
    scores : array (B, B)
        Picture i against caption j; matching pairs on the diagonal.
    margin : float, >= 0
        By how much.
    hardest : bool
        Count only the worst offender of each row and of each column in the place of all of them.
    same : array (B, B) of bool, or None
        Pairs that match although they do not lie on the diagonal, such as two equal captions: they are left out.

    Returns
    -------
    Loss

    Raises
    ------
    ValueError
        If the scores are no square.

    References
    ----------
    Kiros, Salakhutdinov & Zemel (2014), Unifying visual-semantic embeddings with multimodal neural language models.
    Faghri, Fleet, Kiros & Fidler (2018), VSE++: improving visual-semantic embeddings with hard negatives.
    """
    counted = wrong_pairs(scores, same)
    right = np.diagonal(scores)
    rows, columns = margin - right[:, None] + scores, margin - right[None, :] + scores  # (B, B) each
    value, grad = 0.0, np.zeros_like(scores, dtype=float)
    for excess, axis in ((rows, 1), (columns, 0)):
        on = counted & (excess > 0)
        if hardest:
            on &= excess == np.where(on, excess, -np.inf).max(axis=axis, keepdims=True)
        value += excess[on].sum()
        grad += on - np.diag(on.sum(axis=axis))
    return Loss(value, grad)


def dssm_loss(scores: np.ndarray, gamma: float = 10.0, same: np.ndarray | None = None) -> Loss:
    """Ask that the right caption is the most probable one under a softmax over all captions of the batch.

        −Σ_i log P_ii,   P_ij = exp(γ S_ij) / Σ_k exp(γ S_ik)

    Parameters
    ----------
    scores : array (B, C), C >= B
        Picture i against caption j, cosines; matching pairs on the diagonal.
    gamma : float, > 0
        Sharpness. Cosines reach from −1 to 1 only: without it the softmax stays nearly flat.
    same : array (B, C) of bool, or None
        Pairs to be left out, as in `ranking_loss`.

    Returns
    -------
    Loss

    References
    ----------
    Huang et al. (2013), Learning deep structured semantic models for web search using clickthrough data: there the
    wrong documents are four, drawn at random.

    Examples
    --------
    >>> [round(float(dssm_loss(np.array([[0.9, 0.2, 0.1, 0.0, -0.3]]), gamma).value), 6) for gamma in (1.0, 10.0)]
    [0.975947, 0.001376]
    """
    counted = wrong_pairs(scores, same) | np.eye(*scores.shape, dtype=bool)
    logits = np.where(counted, gamma * scores, -np.inf)
    logits = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)  # (B, C)
    right = np.eye(*scores.shape)
    log_right = np.diagonal(logits) - np.log(np.exp(logits).sum(axis=1))
    return Loss(-log_right.sum(), gamma * (p - right))


def wrong_pairs(scores: np.ndarray, same: np.ndarray | None = None) -> np.ndarray:
    """Say which pairs of a table of scores do not match: all but the diagonal and those of `same`."""
    if scores.ndim != 2 or scores.shape[0] > scores.shape[1]:
        raise ValueError(f"`scores` needs a column for each row, the matching ones on the diagonal, got {scores.shape}")
    return ~np.eye(*scores.shape, dtype=bool) & ~(np.zeros_like(scores, dtype=bool) if same is None else same)


def letter_trigrams(word: str) -> list[str]:
    """Cut a word into the three-letter pieces by which the DSSM knows words that it has never seen.

    Examples
    --------
    >>> letter_trigrams("blue")
    ['#bl', 'blu', 'lue', 'ue#']
    """
    marked = f"#{word}#"
    return [marked[i : i + 3] for i in range(len(marked) - 2)]
