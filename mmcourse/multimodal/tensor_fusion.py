"""Multiply everything with everything: tensor fusion, what each block of it carries, and its low-rank form.

>>> language, vision = np.array([[1.0, 2.0]]), np.array([[3.0]])
>>> fuse_two(language, vision)[0]  # the last column is the language alone, the last row the vision alone
array([[3., 1.],
       [6., 2.],
       [3., 1.]])
"""

from collections.abc import Sequence
from math import prod

import numpy as np


def with_one(part: np.ndarray) -> np.ndarray:
    """Append a constant 1, [z; 1]: shape (B, D) to (B, D + 1)."""
    return np.concatenate([part, np.ones((*np.shape(part)[:-1], 1))], axis=-1)


def fuse_two(language: np.ndarray, vision: np.ndarray) -> np.ndarray:
    """Form the outer product of two representations, each with a 1 appended.

        [x; 1] ⊗ [y; 1] = [[x ⊗ y, x], [yᵀ, 1]]

    Parameters
    ----------
    language : array, shape (B, D_l)
    vision : array, shape (B, D_v)

    Returns
    -------
    array, shape (B, D_l + 1, D_v + 1)
        Entry (i, j) is x_i y_j; the last column holds x, the last row y, the corner 1.

    References
    ----------
    Zadeh, Chen, Poria, Cambria & Morency (2017), Tensor fusion network for multimodal sentiment analysis, eq. 3-4.

    Examples
    --------
    >>> fuse_two(np.array([[1.0, 2.0]]), np.array([[3.0]])).shape
    (1, 3, 2)
    """
    require_batches(language, vision)
    return np.einsum("bi,bj->bij", with_one(language), with_one(vision))


def fuse_three(language: np.ndarray, vision: np.ndarray, acoustic: np.ndarray) -> np.ndarray:
    """Form the outer product of three representations, each with a 1 appended.

    Parameters
    ----------
    language, vision, acoustic : arrays, shapes (B, D_l), (B, D_v), (B, D_a)

    Returns
    -------
    array, shape (B, D_l + 1, D_v + 1, D_a + 1)
        Eight blocks: one product of three, three of two, the three representations alone, and 1. `blocks` says where.

    Notes
    -----
    Costs Π (D_m + 1) multiplications a segment, and a linear layer on it as many weights for each of its outputs.

    Examples
    --------
    >>> tensor = fuse_three(np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]]))
    >>> tensor.ravel()  # all three, language-vision, language-acoustic, language, vision-acoustic, vision, acoustic, 1
    array([30.,  6., 10.,  2., 15.,  3.,  5.,  1.])
    """
    require_batches(language, vision, acoustic)
    return np.einsum("bi,bj,bk->bijk", with_one(language), with_one(vision), with_one(acoustic))


def blocks(sizes: Sequence[int]) -> dict[tuple[int, ...], tuple[slice, ...]]:
    """Say where each block of a tensor lies.

    Parameters
    ----------
    sizes : sequence of M ints
        D_m of each modality, without the 1.

    Returns
    -------
    dict
        From groups of modalities, such as (0, 2), to slices of the last M axes; () is the constant 1.

    Examples
    --------
    >>> places = blocks([3, 2])
    >>> places[(0,)], places[(0, 1)]
    ((slice(0, 3, None), slice(2, 3, None)), (slice(0, 3, None), slice(0, 2, None)))
    """
    groups = [tuple(m for m in range(len(sizes)) if number >> m & 1) for number in range(2 ** len(sizes))]
    return {
        group: tuple(slice(0, D) if m in group else slice(D, D + 1) for m, D in enumerate(sizes)) for group in groups
    }


def block_mask(sizes: Sequence[int], groups: Sequence[tuple[int, ...]]) -> np.ndarray:
    """Return 1 in the blocks of these groups and in the corner, 0 elsewhere, shape (D_1 + 1, ..., D_M + 1).

    Examples
    --------
    >>> block_mask([2, 1], groups=[(0,)])  # the first modality alone
    array([[0., 1.],
           [0., 1.],
           [0., 1.]])
    """
    mask = np.zeros([D + 1 for D in sizes])
    for group in [(), *groups]:
        mask[blocks(sizes)[group]] = 1
    return mask


def low_rank(parts: Sequence[np.ndarray], factors: Sequence[np.ndarray]) -> np.ndarray:
    """Apply a linear layer to the fused tensor without ever forming the tensor.

        h = Σ_i ⊙_m ( [z_m; 1] W_m^{(i)} )

    Parameters
    ----------
    parts : sequence of M arrays, shapes (B, D_m)
    factors : sequence of M arrays, shapes (R, D_m + 1, H)
        For each modality R matrices; R is the rank.

    Returns
    -------
    array, shape (B, H)
        What `full_weights(factors)` would give from the fused tensor.

    Raises
    ------
    ValueError
        If the factors do not fit the parts.

    Notes
    -----
    Costs R H Σ (D_m + 1) instead of H Π (D_m + 1). The authors' program learns a weight for each i and adds a bias.

    References
    ----------
    Liu, Shen, Lakshminarasimhan, Liang, Zadeh & Morency (2018), Efficient low-rank multimodal fusion with
    modality-specific factors.

    Examples
    --------
    >>> one = np.ones((1, 2, 1))  # rank 1, one feature and the 1, one output
    >>> low_rank([np.array([[2.0]]), np.array([[3.0]])], [one, one])  # (2 + 1) · (3 + 1)
    array([[12.]])
    """
    require_batches(*parts)
    for part, factor in zip(parts, factors, strict=True):
        if factor.ndim != 3 or factor.shape[1] != part.shape[-1] + 1:
            raise ValueError(
                f"a factor must have shape (rank, D + 1, H) = (rank, {part.shape[-1] + 1}, H), got {factor.shape}: "
                "is the row for the 1 missing?"
            )
    projected = [np.einsum("bd,rdh->rbh", with_one(part), factor) for part, factor in zip(parts, factors)]
    return np.prod(projected, axis=0).sum(axis=0)


def full_weights(factors: Sequence[np.ndarray]) -> np.ndarray:
    """Write out the tensor that low-rank factors stand for, W = Σ_i ⊗_m W_m^{(i)}.

    Parameters
    ----------
    factors : sequence of M arrays, shapes (R, D_m + 1, H)

    Returns
    -------
    array, shape (D_1 + 1, ..., D_M + 1, H)

    Examples
    --------
    >>> full_weights([np.array([[[1.0], [2.0]]]), np.array([[[3.0], [4.0]]])])[..., 0]
    array([[3., 4.],
           [6., 8.]])
    """
    weights = factors[0]  # (R, D_1 + 1, H)
    for factor in factors[1:]:
        weights = np.einsum("r...h,rdh->r...dh", weights, factor)
    return weights.sum(axis=0)


def count_weights(sizes: Sequence[int], outputs: int = 1, rank: int | None = None) -> int:
    """Count the weights of a linear layer on the fused tensor; with a rank, those of its low-rank form.

    Examples
    --------
    >>> count_weights([32, 32, 128]), count_weights([32, 32, 128], rank=4)
    (140481, 780)
    """
    if rank is None:
        return outputs * prod(D + 1 for D in sizes)
    return outputs * rank * sum(D + 1 for D in sizes)


def require_batches(*parts: np.ndarray) -> None:
    """Raise a ValueError unless all parts are (B, D) with the same B."""
    if any(np.ndim(part) != 2 for part in parts) or len({len(part) for part in parts}) > 1:
        shapes = ", ".join(str(np.shape(part)) for part in parts)
        raise ValueError(f"each part must have shape (B, D) with the same B, got {shapes}")
