"""Hidden tests of a02.unbroadcast. What it must do is one equation, and sums that numpy does."""

import numpy as np

from autograder.testing import assert_close, partial, points


def lengths(rng, n):
    return tuple(int(k) for k in rng.integers(2, 5, size=n))


def shrunk(rng, shape, chance=0.5):
    """A shape that broadcasts to `shape`: some lengths 1, some leading axes gone."""
    kept = tuple(1 if rng.random() < chance else length for length in shape)
    return kept[int(rng.integers(len(kept) + 1)) :] if rng.random() < chance else kept


def check(student, rng, shape, out_shape, grad_shape, what):
    """The result against sums that are made in full."""
    grad = np.asarray(rng.normal(size=grad_shape))
    full = np.broadcast_to(grad, out_shape)
    wide = (1,) * (len(out_shape) - len(shape)) + shape
    axes = tuple(axis for axis, length in enumerate(wide) if length == 1)
    expected = full.sum(axis=axes, keepdims=True).reshape(shape)
    got = student.unbroadcast(grad, shape, out_shape)
    what = f"{what}: unbroadcast(grad of shape {grad_shape}, {shape}, {out_shape})"
    assert_close(got, expected, what=what, rtol=1e-9)


@points(1)
def test_leading_axes(student, rng):
    """Axes that numpy put in front are summed, down to a single number; equal shapes come back as they are."""
    out = lengths(rng, 3)
    for missing in range(4):
        check(student, rng, out[missing:], out, out, f"{missing} axes missing")


@points(1)
def test_inner_axes(student, rng):
    """Axes of length 1 anywhere are summed, and stay as axes of length 1."""
    n, m, k = lengths(rng, 3)
    for shape in ((n, 1, k), (1, m, k), (1, 1, 1), (m, 1), (1, k)):
        check(student, rng, shape, (n, m, k), (n, m, k), "lengths of 1")
    check(student, rng, (n, 1), (n, 1), (n, 1), "a length of 1 that was not repeated")


@points(1)
def test_lazy_gradients(student, rng):
    """A gradient that is stored once counts as often as it stands for, and spreads out where the operand is larger."""
    n, m, k = lengths(rng, 3)
    out = (n, m, k)
    for shape, grad_shape in ((out, ()), ((m, 1), (k,)), ((1, m, k), (n, 1, 1)), ((), (m, 1)), ((1, k), (1, m, 1))):
        check(student, rng, shape, out, grad_shape, "a lazy gradient")


@points(1)
def test_random_shapes(student, rng):
    """For random shapes, moving the operand changes the loss equally, counted small or counted large."""
    for _ in range(6):
        out = lengths(rng, int(rng.integers(1, 5)))
        shape, grad_shape = shrunk(rng, out), shrunk(rng, out, 0.3)
        grad, v = np.asarray(rng.normal(size=grad_shape)), np.asarray(rng.normal(size=shape))
        what = f"unbroadcast(grad of shape {grad_shape}, {shape}, {out})"
        got = student.unbroadcast(grad, shape, out)
        assert_close(np.zeros(np.shape(got)), np.zeros(shape), what=f"{what}, all set to zero")
        large = np.sum(np.broadcast_to(grad, out) * np.broadcast_to(v, out))
        assert_close(np.sum(np.asarray(got) * v), large, what=f"the sum of {what} * v")


@points(1)
def test_huge(student, rng):
    """Nothing of the size of the result is made: here it has 6e18 entries, and the gradient six."""
    many, grad = 1_000_000_000, rng.normal(size=(2, 3, 1, 1))
    out = (2, 3, many, many)
    sizes = {"rtol": 1e-9, "atol": many}  # next to sums of about 1e18
    total = many**2 * grad.sum(axis=0, keepdims=True)
    assert_close(student.unbroadcast(grad, (1, 3, 1, 1), out), total, what="for shape (1, 3, 1, 1)", **sizes)
    assert_close(student.unbroadcast(grad, (), out), total.sum(), what="for shape ()", **sizes)


@points(1)
def test_empty_and_single_precision(student, rng):
    """Empty sums are 0, an axis of length 0 stays where the operand has one, and float32 stays float32."""
    n = int(rng.integers(2, 5))
    for shape, grad_shape in (((n,), (0, n)), ((1, n), (1, n)), ((), ()), ((0, n), ()), ((0, 1), (0, n))):
        check(student, rng, shape, (0, n), grad_shape, "an empty result")
    grad = rng.normal(size=(n, 1)).astype(np.float32)
    got = student.unbroadcast(grad, (1, 3), (n, 3))
    assert_close(got, np.full((1, 3), grad.sum(dtype=float)), what="float32", rtol=1e-4)
    if np.asarray(got).dtype == np.float64:
        partial(0.5, "the numbers are right, but a float32 gradient came back as float64")
