"""Hidden tests of a10.space: the conditions that make U and V the best ones, computed here from the recordings."""

import numpy as np

from autograder.testing import assert_close, points, unpack


def draw_path(rng, n, m):
    """A path with uneven clocks, that keeps all rules."""
    i = j = 0
    path = [(0, 0)]
    while (i, j) != (n - 1, m - 1):
        lean = rng.choice(3, p=[0.4, 0.4, 0.2] if i < n // 2 else [0.4, 0.1, 0.5])
        di, dj = [(1, 1), (1, 0), (0, 1)][lean]
        i, j = min(i + di, n - 1), min(j + dj, m - 1)
        path += [(i, j)] if path[-1] != (i, j) else []
    return np.array(path).T


def draw(rng, pairs=1, D_x=4, D_y=3, frames=9):
    """Pairs of recordings with far means, and something in common, and their paths."""
    xs, ys, paths = [], [], []
    mix_x, mix_y = rng.normal(size=(D_x, 3)), rng.normal(size=(D_y, 3))
    for _ in range(pairs):
        n, m = frames + int(rng.integers(3)), frames + int(rng.integers(3))
        path = draw_path(rng, n, m)
        # a slow drift makes the mean depend on which frames are repeated
        hidden = rng.normal(size=(3, n)) + np.linspace(-2, 2, n)
        partner = np.array([path[0][path[1] == j][0] for j in range(m)])
        xs.append(mix_x @ hidden + 0.7 * rng.normal(size=(D_x, n)) + 3)
        ys.append(mix_y @ hidden[:, partner] + 0.7 * rng.normal(size=(D_y, m)) - 2)
        paths.append(path)
    return xs, ys, paths


def stretch(xs, ys, paths):
    x = np.hstack([view[:, path[0]] for view, path in zip(xs, paths)])
    y = np.hstack([view[:, path[1]] for view, path in zip(ys, paths)])
    return x, y


def moments(x, y):
    """The three covariances of stretched recordings."""
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    return x @ x.T / x.shape[1], x @ y.T / x.shape[1], y @ y.T / x.shape[1]


def shrunk(S, shrink):
    return (1 - shrink) * S + shrink * np.trace(S) / len(S) * np.eye(len(S))


def correlations(S_xx, S_xy, S_yy):
    """The canonical correlations, as roots of the eigenvalues of one matrix."""
    values = np.linalg.eigvals(np.linalg.solve(S_xx, S_xy) @ np.linalg.solve(S_yy, S_xy.T)).real
    return np.sqrt(np.sort(np.clip(values, 0, None))[::-1])


def ask(student, *args, **options):
    return unpack(student.common_space(*args, **options), "U", "V", "mean_x", "mean_y", "cost")


def check_best(student, xs, ys, paths, k, shrink, what):
    """Constraints, and the diagonal of U' S_xy V: together they say that no other U and V are better."""
    U, V, *_ = ask(student, xs, ys, paths, k, shrink=shrink)
    S_xx, S_xy, S_yy = moments(*stretch(xs, ys, paths))
    C_x, C_y = shrunk(S_xx, shrink), shrunk(S_yy, shrink)
    assert_close(np.shape(U), (len(S_xx), k), what=f"the shape of U, {what}")
    assert_close(np.shape(V), (len(S_yy), k), what=f"the shape of V, {what}")
    U, V = np.asarray(U, dtype=float), np.asarray(V, dtype=float)
    assert_close(U.T @ C_x @ U, np.eye(k), what=f"U.T @ C_x @ U, {what}", rtol=1e-6)
    assert_close(V.T @ C_y @ V, np.eye(k), what=f"V.T @ C_y @ V, {what}", rtol=1e-6)
    rho = correlations(C_x, S_xy, C_y)[:k]
    assert_close(U.T @ S_xy @ V, np.diag(rho), what=f"U.T @ S_xy @ V, {what}", rtol=1e-6)


@points(2)
def test_means(student, rng):
    """The means are those of the stretched frames: what is shown five times counts five times."""
    for pairs in (1, 2):
        xs, ys, paths = draw(rng, pairs)
        _, _, mean_x, mean_y, _ = ask(student, xs, ys, paths, 2)
        x, y = stretch(xs, ys, paths)
        assert_close(mean_x, x.mean(axis=1, keepdims=True), what=f"mean_x, {pairs} pairs")
        assert_close(mean_y, y.mean(axis=1, keepdims=True), what=f"mean_y, {pairs} pairs")


@points(3)
def test_one_pair(student, rng):
    """For one pair and no ridge: both constraints hold, and the agreement is the largest there is."""
    for k, sizes in ((1, (4, 3)), (3, (4, 3)), (2, (2, 5))):
        check_best(student, *draw(rng, 1, *sizes), k, 0.0, f"k={k}, {sizes[0]} and {sizes[1]} numbers a frame")


@points(2)
def test_many_pairs(student, rng):
    """One U and one V serve all pairs of recordings, with one mean for all steps."""
    xs, ys, paths = draw(rng, 3, frames=5)
    xs = [x + 2 * rng.normal(size=(len(x), 1)) for x in xs]  # each recording has a level of its own, which counts
    check_best(student, xs, ys, paths, 2, 0.0, "three pairs")


@points(2)
def test_ridge(student, rng):
    """With a ridge the constraints are those of the shrunk matrices, also where there are more numbers than frames."""
    check_best(student, *draw(rng), 2, float(rng.uniform(0.1, 0.5)), "with a ridge")
    xs, ys, paths = draw(rng, 1, 12, 9, frames=6)
    check_best(student, xs, ys, paths, 2, 0.3, "more numbers than frames")
    check_best(student, [100 * x for x in xs], ys, paths, 2, 0.3, "x in another unit")


@points(2)
def test_cost(student, rng):
    """The cost is the mean of the squared distances, and two less twice the correlations without a ridge."""
    for shrink in (0.0, 0.4):
        xs, ys, paths = draw(rng, 2)
        *_, cost = ask(student, xs, ys, paths, 2, shrink=shrink)
        x, y = stretch(xs, ys, paths)
        S_xx, S_xy, S_yy = moments(x, y)
        C_x, C_y = shrunk(S_xx, shrink), shrunk(S_yy, shrink)
        if shrink == 0:
            assert_close(cost, 4 - 2 * correlations(S_xx, S_xy, S_yy)[:2].sum(), what="cost, no ridge", rtol=1e-6)
            continue
        U = np.linalg.inv(np.linalg.cholesky(C_x)).T
        V = np.linalg.inv(np.linalg.cholesky(C_y)).T
        A, _, Bt = np.linalg.svd(U.T @ S_xy @ V)
        U, V = U @ A[:, :2], V @ Bt[:2].T
        expected = np.trace(U.T @ S_xx @ U + V.T @ S_yy @ V - 2 * U.T @ S_xy @ V)
        assert_close(cost, expected, what="cost, with a ridge", rtol=1e-6)


@points(1)
def test_known_warp(student, rng):
    """Two views of one movement agree exactly along the true path, and worse along even clocks."""
    n = 12
    hidden = np.cumsum(rng.normal(size=(2, n)), axis=1)
    times = rng.permutation([1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4])
    truth = np.array([np.repeat(range(n), times), range(times.sum())])
    even = np.rint(np.linspace([0, 0], truth[:, -1], times.sum())).astype(int).T
    x, y = rng.normal(size=(3, 2)) @ hidden, rng.normal(size=(2, 2)) @ hidden[:, truth[0]]
    x = x + np.array([[0.0], [0.0], [1.0]]) * rng.normal(size=n)  # something that y knows nothing of
    U, V, mean_x, mean_y, cost = ask(student, [x], [y], [truth], 2)
    assert_close(cost, 0.0, what="cost along the true path", atol=1e-7)
    U, V = np.asarray(U, dtype=float), np.asarray(V, dtype=float)
    a, b = U.T @ (x - np.asarray(mean_x)), V.T @ (y - np.asarray(mean_y))
    assert np.abs(b).max() > 0.1, "V.T @ (y - mean_y): everything is at one place"
    assert_close(a[:, truth[0]], b, what="the two views along the true path", rtol=1e-6)
    *_, worse = ask(student, [x], [y], [even], 2)
    assert worse > 1e-6, "the cost along even clocks: expected more than along the true path"
