"""Dynamic time warping: the cheapest way to walk through two sequences together, by dynamic programming.

>>> x, y = np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 2.0, 2.0, 3.0, 4.0]])  # frames are columns
>>> found = dtw(squared_distances(x, y))
>>> found.cost
2.0
>>> found.path  # frames of x, and below them the frames of y that they go with
array([[0, 1, 1, 2, 2],
       [0, 1, 2, 3, 4]])

Shapes: x (D, n), y (D, m), frames as columns; cost matrix d (n, m); path (2, l).
"""

from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mmcourse.multimodal.step_patterns import SYMMETRIC1, Move


class Alignment(NamedTuple):
    """The cheapest path, and the table it was read from."""

    cost: float
    path: np.ndarray  # (2, l), whole numbers
    table: np.ndarray  # (n, m), the cheapest cost of coming to each cell


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the squared distance of each frame of x to each frame of y.

        d(i, j) = ‖x_i − y_j‖²

    Parameters
    ----------
    x : array (D, n)
    y : array (D, m)

    Returns
    -------
    array (n, m)

    Raises
    ------
    ValueError
        If the frames do not have the same number of dimensions.

    Examples
    --------
    >>> squared_distances(np.array([[1.0, 3.0]]), np.array([[2.0, 2.0, 5.0]]))
    array([[ 1.,  1., 16.],
           [ 1.,  1.,  4.]])
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise ValueError(
            f"frames are columns and must have the same dimensions, (D, n) and (D, m), got {x.shape} and {y.shape}: "
            "transposed, or two modalities that want a projection first?"
        )
    return sum((a[:, None] - b) ** 2 for a, b in zip(x, y))


def table_by_loops(d: np.ndarray) -> np.ndarray:
    """Fill the table cell by cell, as the recurrence says it.

        D(i, j) = d(i, j) + min(D(i−1, j−1), D(i−1, j), D(i, j−1)),   D(0, 0) = d(0, 0)

    Examples
    --------
    >>> table_by_loops(np.array([[1.0, 1.0, 16.0], [1.0, 1.0, 4.0]]))
    array([[ 1.,  2., 18.],
           [ 2.,  2.,  6.]])
    """
    n, m = d.shape
    D = np.full((n + 1, m + 1), np.inf)  # a border of cells that nobody comes from
    D[0, 0] = 0.0
    for i in range(n):
        for j in range(m):
            D[i + 1, j + 1] = d[i, j] + min(D[i, j], D[i, j + 1], D[i + 1, j])
    return D[1:, 1:]


def as_matrix(diagonals: np.ndarray, n: int, m: int) -> np.ndarray:
    """Look at an array whose row k holds the anti-diagonal i + j = k, by i, as the (n, m) matrix; nothing is copied."""
    down, right = diagonals.strides
    return as_strided(diagonals, (n, m), (down + right, down))


def table_by_diagonals(d: np.ndarray, moves: tuple[Move, ...] = SYMMETRIC1) -> np.ndarray:
    """Fill the table one anti-diagonal at a time, for any moves: all cells of one wait only for earlier ones.

        D(i, j) = min over moves of D(i − di, j − dj) + Σ w · d(cells of the move)

    Parameters
    ----------
    d : array (n, m)
        Infinity where no path may go.
    moves : tuple of Moves

    Returns
    -------
    array (n, m)

    Notes
    -----
    n + m − 1 steps of numpy in the place of n m steps of Python.
    """
    (n, m), pad = d.shape, max(sum(move.back) for move in moves)
    count = n + m - 1
    costs, D = np.full((2, count + pad, n + pad), np.inf)
    as_matrix(costs[pad:, pad:], n, m)[...] = d
    D[pad, pad] = d[0, 0]

    def pays(di: int, dj: int, weight: float) -> np.ndarray:  # for every cell; weight 1 is a view: big copies are slow
        there = costs[pad - di - dj : count + pad - di - dj, pad - di : n + pad - di]
        return there if weight == 1 else weight * there

    groups: dict[tuple, list] = {}  # moves that pay the same cells share one addition
    for back, cells in moves:
        groups.setdefault(cells, []).append((sum(back), back[0]))
    paid = [(reduce(np.add, [pays(*cell) for cell in cells]), origins) for cells, origins in groups.items()]
    for k in range(1, count):
        low, high = max(0, k - m + 1), min(n, k + 1)  # the i that this diagonal has
        here = D[k + pad, low + pad : high + pad]
        for turn, (cost, origins) in enumerate(paid):
            came = [D[k + pad - before, low + pad - di : high + pad - di] for before, di in origins]
            best = came[0] if len(came) == 1 else np.minimum(came[0], came[1])
            for other in came[2:]:
                np.minimum(best, other, out=best)
            if turn == 0:
                np.add(best, cost[k, low:high], out=here)
            else:
                np.minimum(here, best + cost[k, low:high], out=here)
    return as_matrix(D[pad:, pad:], n, m)


def read_path(table: np.ndarray, d: np.ndarray, moves: tuple[Move, ...] = SYMMETRIC1) -> np.ndarray:
    """Walk back from the last cell to the first, each time to where the cheapest move came from.

    Parameters
    ----------
    table : array (n, m)
        As `table_by_diagonals` returns it, for the same costs and moves.
    d : array (n, m)
    moves : tuple of Moves
        Of equally cheap ones the first is taken.

    Returns
    -------
    array of whole numbers (2, l)
        With moves of several cells, all of these.
    """
    i, j = table.shape[0] - 1, table.shape[1] - 1
    path = [(i, j)]
    while i or j:
        options = [through(move, table, d, i, j) for move in moves]
        (di, dj), cells = moves[options.index(min(options))]
        path += [(i - a, j - b) for a, b, _ in cells[-2::-1]]  # cells between, if any: the last is (i, j) itself
        i, j = i - di, j - dj
        path.append((i, j))
    return np.array(path[::-1]).T


def through(move: Move, table: np.ndarray, d: np.ndarray, i: int, j: int) -> float:
    """Return what it costs to come to the cell (i, j) by this move; infinity if it would come from outside."""
    (di, dj), cells = move
    if i < di or j < dj:
        return np.inf
    cost = table[i - di, j - dj]
    for a, b, weight in cells:
        cost = cost + weight * d[i - a, j - b]
    return cost


def dtw(d: np.ndarray, moves: tuple[Move, ...] = SYMMETRIC1, allowed: np.ndarray | None = None) -> Alignment:
    """Find the cheapest path through a matrix of costs.

    Parameters
    ----------
    d : array (n, m)
        What it costs to pair frame i of the one with frame j of the other sequence.
    moves : tuple of Moves
        The step pattern; the default are the three plain moves.
    allowed : boolean array (n, m), or None
        A window: the cells that the path may enter.

    Returns
    -------
    Alignment

    Raises
    ------
    ValueError
        If no path goes through the window with these moves, or the costs are not numbers.

    References
    ----------
    Sakoe & Chiba (1978), Dynamic programming algorithm optimization for spoken word recognition.

    Examples
    --------
    >>> d = squared_distances(np.array([[0.0, 1, 3, 1, 0]]), np.array([[0.0, 0, 0, 2, 3, 1]]))
    >>> dtw(d).cost, dtw(d, allowed=np.abs(np.subtract.outer(range(5), range(6))) <= 1).cost
    (2.0, 7.0)
    """
    d = np.asarray(d, dtype=float)
    if d.ndim != 2 or 0 in d.shape or np.isnan(d).any():
        raise ValueError(f"`d` must be a matrix of costs (n, m) without NaN, got shape {d.shape}")
    if allowed is not None:
        if np.shape(allowed) != d.shape:
            raise ValueError(f"`allowed` must have the shape of `d`, {d.shape}, got {np.shape(allowed)}")
        d = np.where(allowed, d, np.inf)
    table = table_by_diagonals(d, moves)
    if not np.isfinite(table[-1, -1]):
        raise ValueError(
            f"no path leads through this {d.shape[0]} × {d.shape[1]} matrix: widen the window or the slope"
        )
    return Alignment(float(table[-1, -1]), read_path(table, d, moves), table)


def dtw_through(
    d: np.ndarray, cell: tuple[int, int], moves: tuple[Move, ...] = SYMMETRIC1, allowed: np.ndarray | None = None
) -> tuple[float, np.ndarray]:
    """Find the cheapest path that passes a given cell: the best way there, and the best way on.

    Parameters
    ----------
    d, moves, allowed
        As in `dtw`.
    cell : two ints
        (i, j), which the path must enter by the end of a move.

    Returns
    -------
    cost, and path (2, l)

    Raises
    ------
    ValueError
        If no path passes the cell.

    Examples
    --------
    >>> d = np.array([[0.0, 9, 9], [1, 0, 9], [1, 1, 0]])
    >>> dtw(d).cost, dtw_through(d, (2, 0))[0]
    (0.0, 3.0)
    """
    i, j = cell
    d = np.asarray(d, dtype=float) if allowed is None else np.where(allowed, d, np.inf)
    before, after = dtw(d[: i + 1, : j + 1], moves), dtw(d[i:, j:], moves)
    path = np.hstack([before.path, after.path[:, 1:] + [[i], [j]]])
    return before.cost + after.cost - float(d[i, j]), path
