"""Which steps a warping path may take, and what each of them pays: slope constraints as data.

A path through the grid of all pairs (i, j) of frames reaches a cell by one of a few moves. A pattern is a list of them:

>>> SYMMETRIC1[1]  # from (i − 1, j), paying d(i, j) once
Move(back=(1, 0), cells=((0, 0, 1.0),))
>>> count_paths((3, 5), SYMMETRIC1), count_paths((3, 5), SYMMETRIC_P1)  # a slope constraint leaves few of them
(41, 1)
"""

from typing import NamedTuple

import numpy as np


class Move(NamedTuple):
    """One way to reach the cell (i, j)."""

    back: tuple[int, int]  # it comes from (i − back[0], j − back[1])
    cells: tuple[tuple[int, int, float], ...]  # the cells it enters, as walked: (di, dj, w) pays w · d(i − di, j − dj)


HERE, TWICE = ((0, 0, 1.0),), ((0, 0, 2.0),)

# The order settles ties: the first of equally good moves is taken.
SYMMETRIC1 = (Move((1, 1), HERE), Move((1, 0), HERE), Move((0, 1), HERE))
SYMMETRIC2 = (Move((1, 1), TWICE), Move((1, 0), HERE), Move((0, 1), HERE))
SYMMETRIC_P1 = (
    Move((1, 1), TWICE),
    Move((2, 1), ((1, 0, 2.0), (0, 0, 1.0))),  # one to the side only after a diagonal
    Move((1, 2), ((0, 1, 2.0), (0, 0, 1.0))),
)
ASYMMETRIC = (Move((1, 1), HERE), Move((1, 0), HERE), Move((1, 2), HERE))

PATTERNS = {"symmetric1": SYMMETRIC1, "symmetric2": SYMMETRIC2, "slope ½ to 2": SYMMETRIC_P1, "asymmetric": ASYMMETRIC}


def count_paths(shape: tuple[int, int], moves: tuple[Move, ...] = SYMMETRIC1, allowed: np.ndarray | None = None) -> int:
    """Count the paths from the first cell to the last one: Delannoy's numbers for the three plain moves.

        N(i, j) = Σ over moves of N(i − di, j − dj),   N(0, 0) = 1

    Parameters
    ----------
    shape : two ints, >= 1
        Frames of the two sequences.
    moves : tuple of Moves
    allowed : boolean array of this shape, or None
        A window: the cells that a path may enter.

    Returns
    -------
    int, of any size

    Examples
    --------
    >>> count_paths((2, 2)), f"{count_paths((40, 44)):.0e}"
    (3, '2e+30')
    """
    open_cells = np.ones(shape, dtype=bool) if allowed is None else np.asarray(allowed, dtype=bool)
    ways = {(0, 0): int(open_cells[0, 0])}
    for i, j in np.ndindex(*shape):
        if (i, j) != (0, 0):
            ways[i, j] = sum(
                ways.get((i - move.back[0], j - move.back[1]), 0)
                for move in moves
                if all(i >= di and j >= dj and open_cells[i - di, j - dj] for di, dj, _ in move.cells)
            )
    return ways[shape[0] - 1, shape[1] - 1]


def all_paths(
    shape: tuple[int, int], moves: tuple[Move, ...] = SYMMETRIC1, allowed: np.ndarray | None = None
) -> list[list[tuple[int, int, float]]]:
    """List every path with the weight of each of its cells: brute force, for grids of a few cells.

    Parameters
    ----------
    shape, moves, allowed
        As in `count_paths`.

    Returns
    -------
    list of paths, each a list of (i, j, weight)

    Raises
    ------
    ValueError
        If there are more than a million.

    Examples
    --------
    >>> all_paths((1, 2))
    [[(0, 0, 1.0), (0, 1, 1.0)]]
    """
    if (number := count_paths(shape, moves, allowed)) > 1_000_000:
        raise ValueError(f"a {shape[0]} × {shape[1]} grid has {number:.1e} paths: list those of a smaller one")
    open_cells = np.ones(shape, dtype=bool) if allowed is None else np.asarray(allowed, dtype=bool)

    def to(i: int, j: int) -> list:
        if min(i, j) < 0 or not open_cells[i, j]:
            return []
        if (i, j) == (0, 0):
            return [[(0, 0, 1.0)]]
        found = []
        for (di, dj), cells in moves:
            walked = [(i - a, j - b, weight) for a, b, weight in cells]
            if all(min(a, b) >= 0 and open_cells[a, b] for a, b, _ in walked):
                found += [way + walked for way in to(i - di, j - dj)]
        return found

    return to(shape[0] - 1, shape[1] - 1)


def divisor(shape: tuple[int, int], moves: tuple[Move, ...]) -> int | None:
    """Return the number that makes costs of sequences of different lengths comparable: the total weight of a path.

    Parameters
    ----------
    shape : two ints
    moves : tuple of Moves

    Returns
    -------
    int or None
        n_x + n_y where all paths weigh the same but for the first cell, n_x for the asymmetric pattern, None where a
        path's weight depends on its way (symmetric1: a diagonal pays less than a corner).

    Examples
    --------
    >>> divisor((5, 6), SYMMETRIC2), divisor((5, 6), ASYMMETRIC), divisor((5, 6), SYMMETRIC1)
    (11, 5, None)
    """
    weights = [sum(weight for *_, weight in move.cells) for move in moves]
    if all(weight == sum(move.back) for weight, move in zip(weights, moves)):
        return sum(shape)
    if all(weight == move.back[0] for weight, move in zip(weights, moves)):
        return shape[0]
    return None
