"""Hidden tests of a10.loop: the books, for half-steps that are played to them."""

import numpy as np

from autograder.testing import StudentError, assert_close, describe, points, value

SMALL = np.array([[-1.0, 2, 0, 0, 0]]), np.array([[-1.0, -1, 1, 0]])


def draw_paths(rng, number):
    """Different paths through one grid, two of them of one length."""
    paths = []
    while len(paths) < number:
        i = j = 0
        path = [(0, 0)]
        while (i, j) != (4, 5):
            di, dj = [(1, 1), (1, 0), (0, 1)][rng.integers(3)]
            i, j = min(i + di, 4), min(j + dj, 5)
            path += [(i, j)] if path[-1] != (i, j) else []
        path = np.array(path).T
        if not any(np.array_equal(path, other) for other in paths):
            paths.append(path)
    return paths


def look(loop, attribute):
    return value(getattr(loop, attribute))


def over(loop, reason, what):
    assert look(loop, "path") is None, f"path, {what}: expected None, the loop is over, got {describe(loop.path)}"
    assert look(loop, "reason") == reason, f"reason, {what}: expected {reason!r}, got {describe(loop.reason)}"


def going_on(loop, path, what):
    assert look(loop, "path") is not None, f"path, {what}: the loop has ended, because {describe(loop.reason)}"
    assert_close(look(loop, "path"), path, what=f"path, {what}")
    assert look(loop, "reason") is None, f"reason, {what}: expected None, got {describe(loop.reason)}"


def play(loop, costs, paths, lower=0.1):
    """Tell costs and the paths that follow."""
    for cost, path in zip(costs, paths, strict=True):
        loop.tell(float(cost), path, float(cost - lower))


@points(3)
def test_best(student, rng):
    """The best path and its cost are kept, wherever in the walk it came, and not the last."""
    for place in (0, 2, 4):
        paths = draw_paths(rng, 6)
        costs = rng.uniform(1.5, 2.0, size=5)
        costs[place] = 1.0
        loop = student.Alternation(paths[0], sweeps=5)
        assert_close(look(loop, "best"), paths[0], what="best, before the first tell")
        assert_close(look(loop, "best_cost"), np.inf, what="best_cost, before the first tell")
        play(loop, costs, paths[1:], lower=0.9)  # what DTW made of it is lower than any cost, and means nothing
        assert_close(look(loop, "best"), paths[place], what=f"best, the lowest cost was number {place} of 0 to 4")
        assert_close(look(loop, "best_cost"), 1.0, what="best_cost")
        assert_close(look(loop, "costs"), costs, what="costs")
    loop = student.Alternation(paths[0], sweeps=5)
    play(loop, [3.0, 2.0, 2.0, 2.5, 2.0], paths[1:])
    assert_close(look(loop, "best"), paths[1], what="best, three equal costs")


@points(3)
def test_repeats(student, rng):
    """The loop goes on until a path comes back, be it the last one or one long ago, and whatever the costs do."""
    paths = draw_paths(rng, 5)
    for again in (0, 2, 3, 4):
        loop = student.Alternation(paths[0])
        for turn, cost in enumerate((4.0, 3.0, 3.0, 5.0)):
            going_on(loop, paths[turn], f"in sweep {turn}")
            loop.tell(cost, paths[turn + 1], cost - 0.5)
        going_on(loop, paths[4], "in sweep 4")
        loop.tell(4.5, paths[again].astype(np.int32), 4.4)
        over(loop, "repeated", f"the path of sweep {again} came back in sweep 4")
        assert_close(look(loop, "costs"), [4.0, 3.0, 3.0, 5.0, 4.5], what="costs")


@points(1)
def test_sweeps(student, rng):
    """After as many sweeps as asked for the loop is over; if a path repeats in the same sweep, that is the reason."""
    sweeps = int(rng.integers(1, 5))
    paths = draw_paths(rng, sweeps + 1)
    loop = student.Alternation(paths[0], sweeps=sweeps)
    play(loop, rng.uniform(1, 2, size=sweeps - 1), paths[1:-1])
    going_on(loop, paths[-2], f"before the last of {sweeps} sweeps")
    loop.tell(0.5, paths[-1], 0.4)
    over(loop, "sweeps", f"after {sweeps} sweeps")
    assert_close(look(loop, "best"), paths[-2], what=f"best, the last of {sweeps} sweeps")
    loop = student.Alternation(paths[0], sweeps=1)
    loop.tell(0.5, paths[0], 0.5)
    over(loop, "repeated", "a path that repeats in the last sweep")


@points(1)
def test_failure(student, rng):
    """A cost that is nan or infinite ends the loop, and leaves costs and best alone."""
    for bad in (np.nan, np.inf):
        paths = draw_paths(rng, 3)
        loop = student.Alternation(paths[0])
        loop.tell(2.0, paths[1], 1.5)
        loop.tell(bad, paths[2], 1.5)
        over(loop, "failed", f"after a cost of {bad}")
        assert_close(look(loop, "costs"), [2.0], what=f"costs, after a cost of {bad}")
        assert_close(look(loop, "best"), paths[0], what=f"best, after a cost of {bad}")
    loop = student.Alternation(paths[0])
    loop.tell(np.nan, paths[1], np.nan)
    over(loop, "failed", "after a first cost of nan")
    assert_close(look(loop, "best"), paths[0], what="best, after a first cost of nan")


@points(1)
def test_walk_that_rises(student, rng):
    """A DTW step that costs more than its space is a ValueError and changes nothing; rounding is let through."""
    paths = draw_paths(rng, 3)
    loop = student.Alternation(paths[0])
    raised = None
    try:
        loop.tell(2.0, paths[1], 2.0 + float(rng.uniform(1e-6, 1e-2)))
    except Exception as error:
        raised = error.type_name if isinstance(error, StudentError) else type(error).__name__
    assert raised == "ValueError", f"a walk that rises: expected a ValueError, got {raised or 'none'}"
    going_on(loop, paths[0], "after the ValueError")
    assert_close(look(loop, "costs"), [], what="costs, after the ValueError")
    loop.tell(2.0, paths[1], 2.0 * (1 + 1e-12))
    going_on(loop, paths[1], "after a walk that costs the same but for rounding")


@points(1)
def test_small_example(student, reference):
    """The loop on the five and four numbers of the text: its second space is worse, and its first path is returned."""
    moves = [[(1, 1, 1)], [(1, 0, 1)], [(0, 1, 1)]]
    start = np.array([[0, 1, 2, 3, 4], [0, 1, 2, 2, 3]])
    loop, costs = student.Alternation(start), []
    for _ in range(6):
        path = look(loop, "path")
        if path is None:
            break
        path = np.asarray(path).astype(int)
        U, V, mean_x, mean_y, cost = reference.common_space([SMALL[0]], [SMALL[1]], [path], 1)
        d = ((U.T @ (SMALL[0] - mean_x)).T - V.T @ (SMALL[1] - mean_y)) ** 2
        total, found = reference.warp(d, d.shape, moves)
        costs.append(cost)
        loop.tell(cost, found, total / path.shape[1])
    over(loop, "repeated", "the example of the text")
    assert_close(len(costs), 2, what="sweeps, the example of the text")
    assert_close(look(loop, "best"), start, what="best, the example of the text")
    assert_close(look(loop, "best_cost"), costs[0], what="best_cost, the example of the text")
