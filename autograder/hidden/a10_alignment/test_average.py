"""Hidden tests of a10.average: every promise is computed here, step by step of each path."""

import numpy as np

from autograder.testing import assert_close, points, unpack


def draw_path(rng, n, m, repeats=True):
    """A path that keeps all rules; with `repeats`, some of its pairs come several times."""
    i = j = 0
    path = [(0, 0)]
    while (i, j) != (n - 1, m - 1):
        di, dj = [(1, 1), (1, 0), (0, 1)][rng.integers(3)]
        i, j = min(i + di, n - 1), min(j + dj, m - 1)
        path += [(i, j)] if path[-1] != (i, j) else []
    times = rng.integers(1, 3, size=len(path)) if repeats else np.ones(len(path), int)
    return np.repeat(np.array(path), times, axis=0).T


def draw(rng, repeats=True):
    """An average, three recordings of different lengths, and paths."""
    D, T = 2, int(rng.integers(4, 6))
    lengths = rng.permutation([3, 5, 6]).tolist()
    views = [rng.normal(size=(D, n)) for n in lengths]
    return rng.normal(size=(D, T)), views, [draw_path(rng, T, n, repeats) for n in lengths]


def mean_of_steps(average, views, paths, weights):
    """The weighted mean over all steps, entry by entry."""
    new = average.copy()
    for r, t in np.ndindex(average.shape):
        seen = [(w, view[r, j]) for view, path, w in zip(views, paths, weights) for s, j in path.T if s == t]
        seen = [(w, value) for w, value in seen if not np.isnan(value) and w > 0]
        if seen:
            new[r, t] = sum(w * value for w, value in seen) / sum(w for w, _ in seen)
    return new


def cost_of(average, views, paths, weights):
    """The cost in its matrix form."""
    total = 0.0
    for view, path, w in zip(views, paths, weights):
        stretched = [np.eye(average.shape[1])[:, path[0]], np.eye(view.shape[1])[:, path[1]]]
        gap = average @ stretched[0] - np.where(np.isnan(view), 0, view) @ stretched[1]
        total += w * (gap[~np.isnan(view[:, path[1]])] ** 2).sum()
    return total


def ask(student, *args, **options):
    return unpack(student.average_step(*args, **options), "average", "links", "cost")


@points(2)
def test_links(student, rng):
    """Each link counts how often a path pairs two frames: the product of its two matrices."""
    average, views, paths = draw(rng)
    _, links, _ = ask(student, average, views, paths)
    T = average.shape[1]
    expected = [np.eye(T)[:, p[0]] @ np.eye(view.shape[1])[:, p[1]].T for view, p in zip(views, paths)]
    assert_close(links, expected, what="links")


@points(3)
def test_average(student, rng):
    """A frame of the average is the mean over all steps, of all recordings, that show it."""
    for repeats, what in ((False, "average"), (True, "average, paths that stand still")):
        average, views, paths = draw(rng, repeats)
        new, _, _ = ask(student, average, views, paths)
        assert_close(new, mean_of_steps(average, views, paths, [1, 1, 1]), what=what)
    average, views, paths = draw(rng)
    new, _, _ = ask(student, average, views[:1], [np.tile(np.arange(3), (2, 1))])
    assert_close(new[:, :3], views[0][:, :3], what="average[:, :3], of one recording along the diagonal")


@points(1)
def test_weights(student, rng):
    """A weight of 2 is a recording that is there twice, a weight of 0 one that is not there."""
    average, views, paths = draw(rng)
    expected, _, _ = ask(student, average, [*views[:2], views[0]], [*paths[:2], paths[0]])
    got, _, _ = ask(student, average, views, paths, weights=[2.0, 1.0, 0.0])
    assert_close(got, expected, what="average, weights 2, 1, 0")
    weights = rng.uniform(0.2, 3.0, size=3).tolist()
    got, _, _ = ask(student, average, views, paths, weights=weights)
    assert_close(got, mean_of_steps(average, views, paths, weights), what="average, uneven weights")


@points(2)
def test_lost_measures(student, rng):
    """A nan counts nowhere, its neighbours do, and an entry that nobody measured stays as it was."""
    average, views, paths = draw(rng)
    views = [np.where(rng.random(view.shape) < 0.3, np.nan, view) for view in views]
    new, _, cost = ask(student, average, views, paths)
    expected = mean_of_steps(average, views, paths, [1, 1, 1])
    assert_close(new, expected, what="average, with lost measures")
    assert_close(cost, cost_of(expected, views, paths, [1, 1, 1]), what="cost, with lost measures")
    for view in views:
        view[1] = np.nan
    new, _, _ = ask(student, average, views, paths)
    expected = mean_of_steps(average, views, paths, [1, 1, 1])
    assert_close(new, expected, what="average, with a row that nobody measured")


@points(2)
def test_cost(student, rng):
    """The cost is the Frobenius form at the new average, and never above that of the old one."""
    for _ in range(2):
        average, views, paths = draw(rng)
        weights = rng.uniform(0.2, 3.0, size=3).tolist()
        new, _, cost = ask(student, average, views, paths, weights=weights)
        best = cost_of(mean_of_steps(average, views, paths, weights), views, paths, weights)
        assert cost <= cost_of(average, views, paths, weights) * (1 + 1e-9), "the cost rises"
        assert_close(cost, best, what="cost, uneven weights")
