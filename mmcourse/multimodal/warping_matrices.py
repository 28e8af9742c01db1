"""Warping paths as matrices of zeros and ones: repeating frames is a product, and the cost of a path a Frobenius norm.

>>> x, y = np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 2.0, 2.0, 3.0, 4.0]])
>>> path = np.array([[0, 1, 1, 2, 2], [0, 1, 2, 3, 4]])
>>> W_x, W_y = warping_matrices(path, 3, 5)
>>> x @ W_x, frobenius_cost(x, y, W_x, W_y)
(array([[1., 2., 2., 3., 3.]]), 2.0)
"""

import numpy as np


def warping_matrices(path: np.ndarray, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Turn a path into two matrices that repeat frames.

        W_x[i, t] = 1 where i = p^x_t,   W_y[j, t] = 1 where j = p^y_t,   else 0

    Parameters
    ----------
    path : array of whole numbers (2, l)
    n, m : int
        Frames of the two sequences.

    Returns
    -------
    W_x (n, l) and W_y (m, l)
        Exactly one 1 in each column; x @ W_x is x, stretched to l frames.

    Raises
    ------
    ValueError
        If the path names frames that are not there.

    Examples
    --------
    >>> warping_matrices(np.array([[0, 1, 1], [0, 0, 1]]), 2, 2)[0]
    array([[1., 0., 0.],
           [0., 1., 1.]])
    """
    path = np.asarray(path)
    if path.ndim != 2 or len(path) != 2 or not np.issubdtype(path.dtype, np.integer):
        raise ValueError(f"`path` must be whole numbers of shape (2, l), got {path.dtype} of shape {path.shape}")
    if path.min() < 0 or path[0].max() >= n or path[1].max() >= m:
        raise ValueError(f"`path` must name frames 0 to {n - 1} and 0 to {m - 1}, got up to {path.max(axis=1)}")
    return np.eye(n)[:, path[0]], np.eye(m)[:, path[1]]


def frobenius_cost(x: np.ndarray, y: np.ndarray, W_x: np.ndarray, W_y: np.ndarray) -> float:
    """Return the cost of a path in matrix form.

        ‖x W_x − y W_y‖²_F = Σ over all entries of their squares

    Parameters
    ----------
    x, y : arrays (D, n) and (D, m)
    W_x, W_y : arrays (n, l) and (m, l)

    Returns
    -------
    float
    """
    return float(((x @ W_x - y @ W_y) ** 2).sum())


def broken_rules(path: np.ndarray, n: int, m: int) -> list[str]:
    """Name the rules that a path breaks: "boundary", "monotonicity", "continuity".

    Parameters
    ----------
    path : array of whole numbers (2, l)
    n, m : int

    Returns
    -------
    list of str
        Boundary: it starts with the first frames and ends with the last. Monotonicity: it never goes back in time.
        Continuity: it skips no frame. (A step that stays where it is breaks none: it repeats a pair.)

    Examples
    --------
    >>> broken_rules(np.array([[0, 2, 1], [0, 1, 2]]), 3, 3)
    ['boundary', 'monotonicity', 'continuity']
    """
    steps = np.diff(path)
    rules = {
        "boundary": tuple(path[:, 0]) == (0, 0) and tuple(path[:, -1]) == (n - 1, m - 1),
        "monotonicity": bool((steps >= 0).all()),
        "continuity": bool((steps <= 1).all()),
    }
    return [name for name, kept in rules.items() if not kept]


def uniform_path(n: int, m: int) -> np.ndarray:
    """Return the path along the straight line from corner to corner: both clocks run evenly, whatever was seen.

    Parameters
    ----------
    n, m : int, >= 1

    Returns
    -------
    array of whole numbers (2, max(n, m))

    Examples
    --------
    >>> uniform_path(3, 5)
    array([[0, 0, 1, 2, 2],
           [0, 1, 2, 3, 4]])
    """
    along = np.linspace(0, 1, max(n, m))
    return np.rint(np.stack([along * (n - 1), along * (m - 1)])).astype(int)


def bent_path(rng: np.random.Generator, n: int, m: int, bend: float = 1.0) -> np.ndarray:
    """Draw a path at random: two clocks that run unevenly, as `uniform_path` with both frame numbers warped.

    Parameters
    ----------
    rng : numpy.random.Generator
    n, m : int, >= 1
    bend : float, >= 0
        Standard deviation of the logarithm of a clock's speed, roughly; 0 gives the uniform path.

    Returns
    -------
    array of whole numbers (2, l)
        A path that keeps all rules.
    """
    waves, along = np.arange(1, 4), np.linspace(0, 1, max(n, m))
    rows = []
    for last in (n - 1, m - 1):
        phase = 2 * np.pi * waves[:, None] * along + rng.uniform(0, 2 * np.pi, size=(3, 1))
        speed = np.exp(bend * (rng.normal(size=3) / waves) @ np.sin(phase))
        passed = np.r_[0, np.cumsum((speed[1:] + speed[:-1]) / 2)]
        rows.append(passed / max(passed[-1], 1e-12) * last)
    path = np.stack(rows)
    effort = np.r_[0, np.cumsum(np.abs(np.diff(path)).max(axis=0))]  # frames that the quicker clock has passed
    even = np.linspace(0, effort[-1], int(np.ceil(effort[-1])) + 1)  # so that no step skips a frame
    return np.rint([np.interp(even, effort, row) for row in path]).astype(int)
