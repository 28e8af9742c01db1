"""Hashing across modalities: a coordinated code cut down to its signs, searched by counting bits that differ.

>>> codes = sign_code(np.array([[0.3, -0.1, 2.0], [-0.2, -0.4, 1.0]]))
>>> codes
array([[ 1, -1,  1],
       [-1, -1,  1]], dtype=int8)
>>> hamming(codes, codes)
array([[0, 1],
       [1, 0]])
"""

import numpy as np


def sign_code(x: np.ndarray) -> np.ndarray:
    """Keep the sign of each coordinate, b = sign(x), with sign(0) = 1.

    Parameters
    ----------
    x : array (..., K)
        Centre it first: a coordinate that is above zero for all items tells none of them apart.

    Returns
    -------
    array (..., K) of −1 and 1, in one byte each
    """
    return np.where(x >= 0, 1, -1).astype(np.int8)


def hamming(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Count the bits in which each code of `a` differs from each code of `b`.

        d = (K − aᵀb) / 2

    Parameters
    ----------
    a : array (A, K) of −1 and 1
    b : array (B, K) of −1 and 1

    Returns
    -------
    array (A, B) of whole numbers from 0 to K

    Raises
    ------
    ValueError
        If the codes are of different lengths, or hold something else.
    """
    for name, codes in (("a", a), ("b", b)):
        if not np.isin(codes, (-1, 1)).all():
            raise ValueError(f"`{name}` must hold -1 and 1 only: call sign_code first")
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"codes must have the same number of bits, got {a.shape[1]} and {b.shape[1]}")
    return (a.shape[1] - a.astype(int) @ b.astype(int).T) // 2


def random_planes(rng: np.random.Generator, dimensions: int, bits: int) -> np.ndarray:
    """Draw directions (D, bits) whose signs hash by angle: two vectors at the angle θ differ in θ/π of the bits.

    References
    ----------
    Charikar (2002), Similarity estimation techniques from rounding algorithms.

    Examples
    --------
    >>> planes = random_planes(np.random.default_rng(0), dimensions=2, bits=4000)
    >>> codes = sign_code(np.array([[1.0, 0.0], [0.0, 1.0]]) @ planes)
    >>> round(float(hamming(codes, codes)[0, 1]) / 4000, 1)  # a right angle
    0.5
    """
    return rng.normal(size=(dimensions, bits))


def packed_bytes(codes: np.ndarray) -> np.ndarray:
    """Pack codes (N, K) of −1 and 1 into (N, ⌈K/8⌉) bytes, as a search engine would keep them."""
    return np.packbits(codes > 0, axis=1)
