"""Hidden tests of a02.difference. Values are computed at the points that the student's object asks for."""

import numpy as np

from autograder.testing import assert_close, points

SHAPES = [(3,), (2, 2), (1, 2, 2), (4,)]


def draw_shape(rng):
    return SHAPES[int(rng.integers(len(SHAPES)))]


def probed(student, x, *step):
    """The student's object for x, and its points: 2n numbers of the dtype and shape of x, all finite."""
    probe = student.CentralDifference(x, *step)
    found = probe.points
    assert_close(np.zeros(np.shape(found)), np.zeros((2 * x.size, *x.shape)), what="points, all set to zero")
    found = np.asarray(found)
    assert found.dtype.kind == "f" and np.isfinite(found).all(), "points: expected finite floats"
    return probe, found


def check_moves(found, x, step, slack):
    """points[2k] is x with entry k moved up by h_k, points[2k + 1] with entry k moved down."""
    flat, moves = found.reshape(2 * x.size, x.size), []
    lengths = step * np.maximum(1.0, np.abs(x.ravel()))
    for sign in (1, -1):
        moves.append(x.ravel() + sign * np.diag(lengths))
    expected = np.stack(moves, axis=1).reshape(2 * x.size, x.size)
    moved = (flat.astype(float) - x.ravel()) / lengths.min()
    assert_close(moved, (expected - x.ravel()) / lengths.min(), what="(points - x) / the smallest h", rtol=slack)


@points(1)
def test_points(student, rng):
    """The points are x with one entry moved, up and then down, by step * max(1, |x_k|)."""
    x, step = rng.normal(size=draw_shape(rng)) * 3, 10.0 ** rng.uniform(-4, -2)
    x.flat[0] = 0.0
    check_moves(probed(student, x, step)[1], x, step, 1e-6)
    x = np.asarray(rng.normal())
    check_moves(probed(student, x, step)[1], x, step, 1e-6)


@points(1)
def test_default_step(student, rng):
    """The default step is the cube root of eps, for entries of very different size."""
    x = rng.normal(size=5) * 10.0 ** np.array([-3, 0, 2, 4, 6])
    check_moves(probed(student, x)[1], x, np.finfo(np.float64).eps ** (1 / 3), 1e-4)


@points(2)
def test_second_order(student, rng):
    """For a cubic function the error is exactly the square of the step: what the parts of order 1 and 2 do cancels."""
    x, step = rng.uniform(-0.9, 0.9, size=draw_shape(rng)), rng.uniform(0.01, 0.1)
    a, b, c = rng.normal(size=3)
    probe, at = probed(student, x, step)
    moved = at.reshape(len(at), -1) - x.ravel()
    lengths = np.abs(moved).max(axis=1)[0::2]  # the student's own: steps are graded elsewhere
    got = probe.jacobian((a * at**3 + b * at**2 + c * at).sum(axis=tuple(range(1, at.ndim))))
    expected = 3 * a * x**2 + 2 * b * x + c + a * lengths.reshape(x.shape) ** 2
    assert_close(got, expected, what="jacobian of the sum of a cubic", rtol=1e-8)


@points(1)
def test_shapes(student, rng):
    """The Jacobian has the shape of a value, then the shape of x, for values of any shape."""
    x, out = rng.normal(size=draw_shape(rng)), tuple(int(n) for n in rng.integers(1, 4, size=rng.integers(1, 3)))
    matrix = rng.normal(size=(*out, x.size))
    probe, at = probed(student, x, 1e-3)
    values = np.moveaxis(matrix @ at.reshape(len(at), -1).T, -1, 0)
    assert_close(probe.jacobian(values), matrix.reshape(*out, *x.shape), what="jacobian of a linear map", rtol=1e-8)
    x = np.asarray(rng.normal())
    probe, at = probed(student, x, 1e-3)
    assert_close(probe.jacobian(2.5 * at), np.asarray(2.5), what="jacobian of 2.5 * x, one number", rtol=1e-8)


@points(1)
def test_stored_distance(student, rng):
    """The quotient takes the points as they were rounded: a shuffle of the entries has an exact Jacobian of 0 and 1."""
    order, x = rng.permutation(4), rng.uniform(1, 9, size=4)
    probe, at = probed(student, x, 1e-11)
    assert_close(probe.jacobian(at[:, order]), np.eye(4)[order], what="jacobian of x[order], step 1e-11")


@points(1)
def test_single_precision(student, rng):
    """float32 points stay float32, have the step of float32, and a quotient in double precision."""
    x = (rng.uniform(1, 9, size=4) * 10.0 ** np.arange(4)).astype(np.float32)
    for step in ((0.01,), ()):
        probe, at = probed(student, x, *step)
        assert at.dtype == np.float32, f"points: expected float32, as x is, got {at.dtype}"
        check_moves(at, x.astype(float), *(step or (float(np.finfo(np.float32).eps) ** (1 / 3),)), 1e-2)
        order = rng.permutation(4)
        got = probe.jacobian(at[:, order])
        assert_close(got, np.eye(4)[order], what="jacobian of x[order] in float32", rtol=1e-9)


@points(1)
def test_integers_and_complex_values(student, rng):
    """Integers count as float64, and complex values have complex slopes."""
    x, a = rng.integers(-5, 6, size=3), rng.normal(size=3) + 1j * rng.normal(size=3)
    probe, at = probed(student, x, 1e-3)
    assert_close(probe.jacobian(at @ a), a, what="jacobian of a complex linear function at integers", rtol=1e-8)
