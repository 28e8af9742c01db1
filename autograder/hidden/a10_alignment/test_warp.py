"""Hidden tests of a10.warp: small grids, where every walk can be listed."""

import numpy as np

from autograder.testing import assert_close, callback, points, unpack

PLAIN = [[(1, 1, 1.0)], [(1, 0, 1.0)], [(0, 1, 1.0)]]
SLOPE_1 = [[(1, 1, 2.0)], [(1, 1, 2.0), (1, 0, 1.0)], [(1, 1, 2.0), (0, 1, 1.0)]]
BOTH_OPEN = {"open_start": True, "open_end": True}


def all_walks(d, moves, radius=None, open_start=False, open_end=False):
    """Every walk as (total, cells), by brute force."""
    n, m = d.shape
    closed = {cell for cell in np.ndindex(n, m) if radius is not None and abs(cell[0] - cell[1]) > radius}
    starts = [(0, j) for j in range(m if open_start else 1) if (0, j) not in closed]
    unfinished, walks = [(d[start], [start]) for start in starts], []
    while unfinished:
        total, cells = unfinished.pop()
        if cells[-1][0] == n - 1 and (open_end or cells[-1][1] == m - 1):
            walks.append((total, cells))
        for move in moves:
            longer, now = list(cells), total
            for di, dj, weight in move:
                cell = longer[-1][0] + di, longer[-1][1] + dj
                if cell[0] >= n or cell[1] >= m or cell in closed:
                    break
                longer.append(cell)
                now += weight * d[cell]
            else:
                unfinished.append((now, longer))
    return walks


def check_walk(student, d, moves, what, **options):
    """The cheapest walk of all, compared with the student's total and path."""
    total, path = unpack(student.warp(d, d.shape, moves, **options), "total", "path")
    best, cells = min(all_walks(d, moves, **options))
    assert_close(total, best, what=f"total, {what}")
    assert_close(path, np.array(cells).T, what=f"path, {what}")


def size(rng, low=3, high=5):
    return tuple(int(number) for number in rng.integers(low, high + 1, size=2))


@points(3)
def test_plain_moves(student, rng):
    """With the three plain moves it is the cheapest of all walks that can be listed, paid once for each cell."""
    for shape in (size(rng), (1, 4), (4, 1), (1, 1)):
        check_walk(student, rng.uniform(0.1, 2.0, size=shape), PLAIN, f"a grid of {shape[0]} x {shape[1]}")


@points(3)
def test_step_patterns(student, rng):
    """The moves are the list's: longer ones, weights other than 1, cells between that are paid and part of the path."""
    n = int(rng.integers(4, 6))
    turn = [(1, 0, 0.5), (0, 1, 0.25), (1, 0, 1.5)]
    uneven = [[(1, 1, float(rng.uniform(1.5, 3.0)))], turn, [(1, 2, 1.0)], [(2, 0, 3.0)]]
    asymmetric = [[(1, 1, 1.0)], [(1, 0, 1.0)], [(1, 2, 1.0)]]
    weighted = [[(1, 1, 2.0)], [(1, 0, 1.0)], [(0, 1, 1.0)]]
    for name, moves, shape in (
        ("slope 1/2 to 2", SLOPE_1, (n, n + 1)),
        ("slope 1/2 to 2", SLOPE_1, (n + 1, n)),
        ("a diagonal that counts twice", weighted, (n, 4)),
        ("asymmetric", asymmetric, (5, n)),
        ("uneven moves", uneven, (6, 5)),
    ):
        check_walk(student, rng.uniform(0.1, 2.0, size=shape), moves, name)


@points(2)
def test_window(student, rng):
    """No walk enters a closed cell, not even in the middle of a move, and the cells on the border are open."""
    for name, moves in (("plain moves", PLAIN), ("slope 1/2 to 2", SLOPE_1)):
        d = rng.uniform(1.0, 2.0, size=(5, 6))
        d[np.abs(np.subtract.outer(range(5), range(6))) > 1] = 0.01  # tempting
        check_walk(student, d, moves, f"{name}, radius 1", radius=1)
    d = rng.uniform(1.0, 2.0, size=(5, 5))
    d[np.abs(np.subtract.outer(range(5), range(5))) == 1] = 0.01
    check_walk(student, d, PLAIN, "radius 1, cheap cells on its border", radius=1)
    edge = [[(1, 1, 1.0)], [(2, 0, 1.0), (0, 2, 1.0)]]  # the corner of the second move is two from the diagonal
    d = rng.uniform(1.0, 2.0, size=(5, 5))
    d[range(0, 3), range(2, 5)] = d[range(2, 5), range(0, 3)] = 0.01
    check_walk(student, d, edge, "a move around a corner, radius 1", radius=1)


@points(1)
def test_no_walk(student, rng):
    """Where no walk exists, the total is infinite and the path empty: nothing is widened and nothing cut short."""
    n = int(rng.integers(3, 6))
    for moves, shape, radius in ((PLAIN, (n, n + 2), 1), (PLAIN, (n + 3, n), 2), (SLOPE_1, (3, 7), None)):
        total, path = unpack(student.warp(rng.uniform(size=shape), shape, moves, radius=radius), "total", "path")
        what = f"{shape[0]} x {shape[1]}, {'slope 1/2 to 2' if radius is None else f'radius {radius}'}"
        assert_close(total, np.inf, what=f"total, {what}")
        assert_close(np.shape(path), (2, 0), what=f"the shape of path, {what}")
    shape = (n, n + 1)
    total, _ = unpack(student.warp(rng.uniform(0.1, 1.0, size=shape), shape, PLAIN, radius=1), "total", "path")
    assert np.isfinite(total), f"total, {n} x {n + 1}, radius 1: expected a number, a walk exists"


@points(2)
def test_open_ends(student, rng):
    """With open ends a walk may start anywhere in the first row, and end anywhere in the last one."""
    for options in ({"open_start": True}, {"open_end": True}, BOTH_OPEN, {**BOTH_OPEN, "radius": 3}):
        name = ", ".join(options)
        check_walk(student, rng.uniform(0.1, 2.0, size=(3, 6)), PLAIN, name, **options)
    d = rng.uniform(1.0, 2.0, size=(3, 7))
    place = int(rng.integers(1, 4))
    d[range(3), range(place, place + 3)] = 0.1
    check_walk(student, d, SLOPE_1, "a clip in the middle of a film", **BOTH_OPEN)


@points(1)
def test_ties(student, reference, rng):
    """Of equally cheap ways the first in the list is taken, a start before any move, and the first of equal ends."""
    for moves in (PLAIN, PLAIN[::-1], [PLAIN[1], PLAIN[2], PLAIN[0]]):
        for options in ({}, BOTH_OPEN):
            costs = rng.integers(0, 2, size=(4, 5)).astype(float)
            _, path = unpack(student.warp(costs, (4, 5), moves, **options), "total", "path")
            what = f"path, moves {[move[0][:2] for move in moves]}{', open ends' if options else ''}"
            assert_close(path, reference.warp(costs, (4, 5), moves, **options)[1], what=what)
    nothing = np.zeros((2, 4))
    total, path = unpack(student.warp(nothing, (2, 4), PLAIN, **BOTH_OPEN), "total", "path")
    assert_close(path, np.array([[0, 1], [0, 0]]), what="path, where nothing costs anything, open ends")


@points(1)
def test_costs_that_are_asked_for(student, rng):
    """A function is asked once at most for each cell, never for a closed one, and gives what the array gives."""
    d, asked = rng.uniform(0.1, 2.0, size=(4, 5)), []
    d[np.abs(np.subtract.outer(range(4), range(5))) > 1] = 0.01  # tempting

    def cost(i, j):
        asked.append((int(i), int(j)))
        return float(d[asked[-1]]) + 0.5 * (asked.count(asked[-1]) - 1)  # it drifts: who asks again hears another cost

    result = student.warp(callback(cost, (), (), calls=200), (4, 5), SLOPE_1, radius=1)
    outside = [cell for cell in asked if abs(cell[0] - cell[1]) > 1]
    assert not outside, f"the function was asked for the cell {outside[0]}, which is closed"
    again = len(asked) - len(set(asked))
    assert not again, f"the function was asked {len(asked)} times for {len(set(asked))} cells"
    total, path = unpack(result, "total", "path")
    best, cells = min(all_walks(d, SLOPE_1, radius=1))
    assert_close(total, best, what="total, with a function")
    assert_close(path, np.array(cells).T, what="path, with a function")


@points(1)
def test_known_warp(student, rng):
    """A recording whose frames were repeated is aligned at no cost, by exactly these repeats, from either side."""
    times = rng.integers(1, 4, size=5)
    x = rng.normal(size=(3, 5))
    y = np.repeat(x, times, axis=1)
    d = ((x[:, :, None] - y[:, None]) ** 2).sum(axis=0)
    truth = np.array([np.repeat(range(5), times), range(times.sum())])
    for costs, expected, what in ((d, truth, "x to y"), (d.T.copy(), truth[::-1].copy(), "y to x")):
        total, path = unpack(student.warp(costs, costs.shape, PLAIN), "total", "path")
        assert_close(total, 0.0, what=f"total, {what}")
        assert_close(path, expected, what=f"path, {what}")
