"""Hidden tests of a09.cca."""

import numpy as np

from autograder.testing import assert_close, describe, points, value


def samples_with(rng, xx, xy, yy, count=12, x_mean=0.0, y_mean=0.0):
    """Two views whose covariances (dividing by the number of samples) are exactly these."""
    joint = np.block([[xx, xy], [xy.T, yy]])
    noise = rng.normal(size=(count, len(joint)))
    noise, _ = np.linalg.qr(noise - noise.mean(axis=0))
    both = np.sqrt(count) * noise @ np.linalg.cholesky(joint).T
    return both[:, : len(xx)] + x_mean, both[:, len(xx) :] + y_mean


def draw(rng, count=30, x_size=4, y_size=3):
    """Two views that share something, far from zero, and weights."""
    shared = rng.normal(size=(count, 2))
    x = shared @ rng.normal(size=(2, x_size)) + rng.normal(size=(count, x_size)) @ rng.normal(size=(x_size, x_size))
    y = shared @ rng.normal(size=(2, y_size)) + rng.normal(size=(count, y_size)) @ rng.normal(size=(y_size, y_size))
    return x + rng.normal(size=x_size) * 3, y + rng.normal(size=y_size) * 3, rng.uniform(0.2, 3.0, size=count)


def covariances(x, y, weights):
    """Weighted means and covariances, by a loop over the samples."""
    shares = weights / weights.sum()
    x_mean, y_mean = sum(s * a for s, a in zip(shares, x)), sum(s * b for s, b in zip(shares, y))
    xx = sum(s * np.outer(a - x_mean, a - x_mean) for s, a in zip(shares, x))
    xy = sum(s * np.outer(a - x_mean, b - y_mean) for s, a, b in zip(shares, x, y))
    yy = sum(s * np.outer(b - y_mean, b - y_mean) for s, b in zip(shares, y))
    return xx, xy, yy


def fitted(student, components, *data, **options):
    """The student's object after `fit`, and its three attributes."""
    cca = student.WeightedCCA(components, **options)
    cca.fit(*data)
    parts = [value(part) for part in (cca.correlations, cca.x_directions, cca.y_directions)]
    for name, part in zip(("correlations", "x_directions", "y_directions"), parts):
        assert isinstance(part, np.ndarray), f"{name}: expected an array, got {describe(part)}"
    return cca, *parts


@points(2)
def test_known_correlations(student, rng):
    """Views with known covariances have known correlations, with and without a ridge, wherever their means are."""
    root = np.linalg.inv(np.linalg.cholesky(np.array([[1.0, 0.5], [0.5, 1.0]])))
    mixed = np.linalg.svd(root @ [[0.6, 0.3], [0.3, 0.4]])[1]
    r, stretch = rng.uniform(0.05, 0.3), np.diag(rng.uniform(0.5, 4.0, size=2))
    for xx, xy, ridge, expected in (
        (np.diag([2.0, 1.0]), np.diag([1.0, 0.5]), 0.0, [0.5**0.5, 0.5]),
        (np.diag([2.0, 1.0]), np.diag([1.0, 0.5]), r, [1 / ((2 + r) * (1 + r)) ** 0.5, 0.5 / (1 + r)]),
        (np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([[0.6, 0.3], [0.3, 0.4]]), 0.0, mixed),
        (stretch @ [[1.0, 0.5], [0.5, 1.0]] @ stretch, stretch @ [[0.6, 0.3], [0.3, 0.4]], 0.0, mixed),
    ):
        x, y = samples_with(rng, xx, xy, np.eye(2), x_mean=rng.normal(size=2), y_mean=rng.normal(size=2))
        _, correlations, _, _ = fitted(student, 2, x, y, ridge=ridge)
        assert_close(correlations, expected, what=f"correlations with ridge={ridge:.3g}", rtol=1e-7)


@points(2)
def test_directions(student, rng):
    """Each view is white along its directions, by its own covariance, and the pairs have their correlations."""
    for ridge in (0.0, rng.uniform(0.1, 1.0), (rng.uniform(0.1, 0.5), rng.uniform(1.0, 2.0))):
        x, y, weights = draw(rng, x_size=4 if ridge == 0 else 3)
        _, correlations, u, v = fitted(student, 3, x, y, weights, ridge=ridge)
        xx, xy, yy = covariances(x, y, weights)
        x_ridge, y_ridge = np.broadcast_to(ridge, 2)
        white = u.T @ (xx + x_ridge * np.eye(len(xx))) @ u
        assert_close(white, np.eye(3), what="U.T @ (Sigma_xx + ridge) @ U", rtol=1e-6)
        assert_close(v.T @ (yy + y_ridge * np.eye(3)) @ v, np.eye(3), what="V.T @ (Sigma_yy + ridge) @ V", rtol=1e-6)
        assert_close(u.T @ xy @ v, np.diag(correlations), what="U.T @ Sigma_xy @ V", rtol=1e-6)
        assert_close(-np.sort(-correlations), correlations, what="correlations, sorted")


@points(2)
def test_weights(student, rng):
    """Weights are numbers of copies, up to a common factor; a sample of weight 0, with nan, is not there."""
    x, y, _ = draw(rng, count=14)
    copies = rng.permutation([0, 0, *rng.integers(1, 4, size=12)])
    _, *plain = fitted(student, 2, np.repeat(x, copies, axis=0), np.repeat(y, copies, axis=0), ridge=0.2)
    x[copies == 0] = np.nan
    y[np.flatnonzero(copies == 0)[0]] = np.nan
    for factor in (1.0, rng.uniform(2.0, 10.0)):
        _, *weighted = fitted(student, 2, x, y, factor * copies, ridge=0.2)
        for name, got, expected in zip(("correlations", "x_directions", "y_directions"), weighted, plain):
            assert_close(got, expected, what=f"{name}, weights times {factor:.2g}", rtol=1e-6)


@points(2)
def test_degenerate_views(student, rng):
    """With a column that repeats others, or fewer samples than columns, directions without variance are left out."""
    x, y, weights = draw(rng)
    _, correlations, u, _ = fitted(student, 3, x, y, weights)
    mixing = np.hstack([np.eye(4), rng.normal(size=(4, 2))])
    cca, got, wide, _ = fitted(student, 5, x @ mixing, y, weights)
    assert_close(got, correlations, what="correlations with two columns that are sums of others", rtol=1e-6)
    centred = x - x.mean(axis=0)
    signs = np.sign((centred @ u * (centred @ mixing @ wide)).sum(axis=0))
    assert_close(centred @ mixing @ wide * signs, centred @ u, what="projections with these columns", rtol=1e-5)
    shared = rng.normal(size=(4, 1))
    few = [np.hstack([shared, rng.normal(size=(4, size))]) for size in (5, 7)]
    _, got, wide, narrow = fitted(student, 6, *few)
    assert_close(got, np.ones(3), what="correlations of 4 samples in 6 and 8 columns", rtol=1e-6)
    assert_close([*wide.shape, *narrow.shape], [6, 3, 8, 3], what="shapes of the directions")


@points(1)
def test_signs(student, rng):
    """The entry of largest size of each x direction is positive, and no correlation of projections is negative."""
    for flip in (1.0, -1.0):
        x, y, _ = draw(rng)
        cca, correlations, u, _ = fitted(student, 3, flip * x, y)
        largest = u[np.abs(u).argmax(axis=0), np.arange(3)]
        assert_close(np.sign(largest), np.ones(3), what="signs of the largest entries of x_directions")
        a, b = value(cca.transform_x(flip * x)), value(cca.transform_y(y))
        agreed = [np.corrcoef(a[:, i], b[:, i])[0, 1] for i in range(3)]
        assert_close(agreed, correlations, what="correlations of the projections", rtol=1e-6)


@points(2)
def test_new_data(student, rng):
    """New samples, even one alone, are projected with the training samples' weighted mean, one view at a time."""
    x, y, weights = draw(rng)
    cca, _, u, v = fitted(student, 2, x, y, weights, ridge=0.1)
    shares = weights / weights.sum()
    for count in (1, 5):
        new_x, new_y, _ = draw(rng, count=count)
        assert_close(cca.transform_x(new_x), (new_x - shares @ x) @ u, what=f"transform_x of {count}", rtol=1e-6)
        assert_close(cca.transform_y(new_y), (new_y - shares @ y) @ v, what=f"transform_y of {count}", rtol=1e-6)
    assert np.abs(u).max() > 1e-3, "all directions are zero"


@points(1)
def test_invariance(student, rng):
    """Turning, stretching and moving a view changes no correlation; fewer components are the first ones of more."""
    x, y, weights = draw(rng)
    _, correlations, *_ = fitted(student, 3, x, y, weights)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0] * rng.uniform(0.5, 3.0, size=4)
    _, got, *_ = fitted(student, 3, x @ turn - 7.0, -2.0 * y + 5.0, weights)
    assert_close(got, correlations, what="correlations of a turned and moved view", rtol=1e-6)
    assert (correlations > 1e-3).all() and (correlations < 1).all(), "expected correlations between 0 and 1"
    _, first, u, v = fitted(student, 1, x, y, weights)
    assert_close([first.shape[0], u.shape[1], v.shape[1]], [1, 1, 1], what="numbers of pairs with components=1")
    assert_close(first, correlations[:1], what="correlations with components=1", rtol=1e-6)
