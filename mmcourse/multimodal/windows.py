"""Windows: the cells that a warping path may enter, so that it does not wander far from the diagonal.

>>> band((4, 5), radius=1).astype(int)
array([[1, 1, 0, 0, 0],
       [1, 1, 1, 0, 0],
       [0, 1, 1, 1, 0],
       [0, 0, 1, 1, 1]])
"""

import numpy as np


def band(shape: tuple[int, int], radius: float) -> np.ndarray:
    """Allow frames whose numbers differ by `radius` at most, |i − j| ≤ r.

    Parameters
    ----------
    shape : two ints, >= 1
        Frames of the two sequences, n and m.
    radius : float
        In frames, |n − m| at least: the last cell must be inside.

    Returns
    -------
    boolean array of this shape

    Raises
    ------
    ValueError
        If the last cell would be outside.

    References
    ----------
    Sakoe & Chiba (1978), Dynamic programming algorithm optimization for spoken word recognition.
    """
    n, m = shape
    if radius < abs(n - m):
        raise ValueError(
            f"`radius` must be {abs(n - m)} or more for {n} and {m} frames, got {radius}: the last cell lies outside; "
            "or use slanted_band"
        )
    return np.abs(np.arange(n)[:, None] - np.arange(m)) <= radius


def slanted_band(shape: tuple[int, int], radius: float) -> np.ndarray:
    """Allow cells within `radius` frames of the straight line between the two corners.

        |i (m − 1) / (n − 1) − j| ≤ r

    Parameters
    ----------
    shape : two ints, >= 1
    radius : float, >= 0
        In frames of the second sequence.

    Returns
    -------
    boolean array of this shape
        With a radius below half a row's advance the cells do not hang together: then no path goes through.

    Raises
    ------
    ValueError
        If the radius is negative.

    Examples
    --------
    >>> slanted_band((3, 5), radius=1).astype(int)
    array([[1, 1, 0, 0, 0],
           [0, 1, 1, 1, 0],
           [0, 0, 0, 1, 1]])
    """
    n, m = shape
    if radius < 0:
        raise ValueError(f"`radius` is a number of frames, 0 or more, got {radius}")
    line = np.arange(n) * (m - 1) / max(n - 1, 1) if n > 1 else np.full(1, (m - 1) / 2)
    return np.abs(line[:, None] - np.arange(m)) <= radius + 1e-9


def parallelogram(shape: tuple[int, int], slope: float) -> np.ndarray:
    """Allow what can be reached from the first cell, and reach the last one, with a mean slope of 1/s to s.

        i ≤ s j,   j ≤ s i,   and the same seen from the last cell (borders included)

    Parameters
    ----------
    shape : two ints, >= 1
    slope : float, >= 1
        s. The corners must fit too: (n − 1) ≤ s (m − 1) and the other way round.

    Returns
    -------
    boolean array of this shape

    Raises
    ------
    ValueError
        If the slope leaves out the last cell.

    References
    ----------
    Itakura (1975), Minimum prediction residual principle applied to speech recognition. (His rule also forbids two
    level steps in a row, which a window cannot.)

    Examples
    --------
    >>> parallelogram((5, 5), slope=2).astype(int)
    array([[1, 0, 0, 0, 0],
           [0, 1, 1, 0, 0],
           [0, 1, 1, 1, 0],
           [0, 0, 1, 1, 0],
           [0, 0, 0, 0, 1]])
    """
    n, m = shape
    if slope < 1 or n - 1 > slope * (m - 1) or m - 1 > slope * (n - 1):
        least = max(n - 1, m - 1) / max(min(n, m) - 1, 1)
        raise ValueError(f"`slope` must be {least:.3g} or more for {n} and {m} frames, got {slope}")
    i, j = np.arange(n)[:, None], np.arange(m)
    from_first = (i <= slope * j + 1e-9) & (j <= slope * i + 1e-9)
    return from_first & from_first[::-1, ::-1]
