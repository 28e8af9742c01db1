"""Hidden tests of a02.vjp: each operation against differences of numpy's own, and the cases that have a closed form."""

import numpy as np

from autograder.testing import assert_close, points

STEP = 1e-3


def size(rng):
    return int(rng.integers(2, 5))


def numeric(forward, inputs, place, grad):
    """The gradient for inputs[place], by central differences of the sum of grad * output, one entry at a time."""
    x = inputs[place]
    slopes = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * STEP
            ends.append(np.sum(grad * forward(*inputs[:place], moved, *inputs[place + 1 :])))
        slopes[index] = (ends[0] - ends[1]) / (2 * STEP)
    return slopes


def pull(student, op, forward, inputs, grad=None, rng=None, **options):
    """What the student returns, as a tuple with one entry for each input; and the gradient that was given."""
    output = np.asarray(forward(*inputs))
    grad = np.asarray(rng.normal(size=output.shape)) if grad is None else grad
    got = student.vjp(op, grad, inputs, output, **options)
    assert type(got) in (tuple, list), f"vjp({op!r}, ...): expected a tuple with one entry for each input"
    assert len(got) == len(inputs), f"vjp({op!r}, ...): expected {len(inputs)} entries, got {len(got)}"
    return got, grad


def check(student, rng, op, forward, inputs, what, rtol=1e-8, **options):
    """All float inputs against differences; the others must have None."""
    got, grad = pull(student, op, forward, inputs, rng=rng, **options)
    for place, x in enumerate(inputs):
        expected = numeric(forward, inputs, place, grad) if x.dtype.kind == "f" else None
        assert_close(got[place], expected, what=f"{op}, {what}: gradient of input {place}", rtol=rtol)


def normal(rng, *shape):
    return np.asarray(rng.normal(size=shape))


def reductions(rng):
    """Random arrays with the axes to reduce, and whether they stay."""
    n, m, k = size(rng), size(rng), size(rng)
    x = normal(rng, n, m, k)
    last = int(rng.integers(-3, 3))
    for axis in (None, last, (0, 2), (-1, 1)):
        for keepdims in (False, True):
            yield x, {"axis": axis, "keepdims": keepdims}


@points(2)
def test_matmul(student, rng):
    """A product of two matrices: each gets the gradient that differences find, square matrices, too."""
    n, m, k = size(rng), size(rng), size(rng)
    for shapes in (((n, m), (m, k)), ((n, n), (n, n)), ((1, m), (m, 1))):
        check(student, rng, "matmul", np.matmul, (normal(rng, *shapes[0]), normal(rng, *shapes[1])), f"{shapes}")


@points(2)
def test_matmul_batches(student, rng):
    """Batches broadcast: what was used for many matrices collects the gradients of all of them."""
    n, m, k, batch, heads = (size(rng) for _ in range(5))
    for leading in (((batch,), (batch,)), ((batch,), ()), ((batch, 1), (heads,)), ((1, heads), (batch, 1))):
        shapes = (*leading[0], n, m), (*leading[1], m, k)
        check(student, rng, "matmul", np.matmul, (normal(rng, *shapes[0]), normal(rng, *shapes[1])), f"{shapes}")


@points(2)
def test_matmul_vectors(student, rng):
    """Vectors on either side, or on both, have gradients that are vectors."""
    n, m, batch = size(rng), size(rng), size(rng)
    for shapes in (((n,), (n,)), ((m, n), (n,)), ((n,), (n, m)), ((batch, m, n), (n,)), ((n,), (batch, n, m))):
        check(student, rng, "matmul", np.matmul, (normal(rng, *shapes[0]), normal(rng, *shapes[1])), f"{shapes}")


@points(2)
def test_sum(student, rng):
    """A sum hands its gradient to every entry, whatever the axes, kept or not."""
    for x, options in reductions(rng):
        check(student, rng, "sum", lambda x, o=options: np.sum(x, **o), (x,), f"{options}", **options)


@points(1)
def test_max(student, rng):
    """The maximum hands its gradient to the entry that has it, whatever the axes, kept or not."""
    for x, options in reductions(rng):
        x = rng.permutation(np.linspace(-1, 1, x.size)).reshape(x.shape)  # gaps are larger than a step
        check(student, rng, "max", lambda x, o=options: np.max(x, **o), (x,), f"{options}", **options)


@points(1)
def test_max_ties(student, rng):
    """Entries that share the maximum share its gradient evenly."""
    x = rng.integers(0, 2, size=(4, size(rng), 3)).astype(float)
    for axis in (1, (0, -1), None):
        (got,), grad = pull(student, "max", lambda x, a=axis: np.max(x, axis=a), (x,), rng=rng, axis=axis)
        top = x == np.max(x, axis=axis, keepdims=True)
        wide = grad if axis is None else np.expand_dims(grad, axis)
        assert_close(got, top * wide / top.sum(axis=axis, keepdims=True), what=f"max with ties, axis={axis}")


def logsumexp(x, **options):
    return np.log(np.sum(np.exp(x), **options))


@points(1)
def test_logsumexp(student, rng):
    """The gradient of logsumexp is the softmax times the gradient that comes in."""
    for x, options in reductions(rng):
        check(student, rng, "logsumexp", lambda x, o=options: logsumexp(x, **o), (x,), f"{options}", 1e-5, **options)


@points(1)
def test_logsumexp_extremes(student, rng):
    """Scores of 1e4 do not overflow, masked entries get 0, and a sum of masked entries only hands on nothing."""
    n = size(rng)
    x, grad = rng.normal(size=(4, n)), rng.normal(size=4)
    softmax = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    for shift in (1e4, -1e4):
        large = np.round(x, 1) + shift
        parts = np.exp(large - shift)
        total = np.log(parts.sum(axis=1)) + shift
        (got,), _ = pull(student, "logsumexp", lambda _, t=total: t, (large,), grad=grad, axis=1)
        expected = grad[:, None] * parts / parts.sum(axis=1, keepdims=True)
        assert_close(got, expected, what=f"logsumexp of scores around {shift:g}", rtol=1e-7)
    masked = np.concatenate([x, np.full((4, 1), -np.inf)], axis=1)
    masked[2] = -np.inf
    expected = np.concatenate([softmax, np.zeros((4, 1))], axis=1) * grad[:, None]
    expected[2] = 0.0
    with np.errstate(divide="ignore"):
        total = np.log(np.exp(masked).sum(axis=1))
    (got,), _ = pull(student, "logsumexp", lambda _: total, (masked,), grad=grad, axis=1)
    assert_close(got, expected, what="logsumexp with masked entries")


@points(1)
def test_where(student, rng):
    """Each entry of the gradient goes where the value came from, back through any broadcasting."""
    n, m, k = size(rng), size(rng), size(rng)
    for shapes in (
        ((n, m), (n, m), (n, m)),
        ((n, 1), (m,), ()),
        ((k, 1, m), (1, n, 1), (n, m)),
        ((m,), (n, m), (n, 1)),
    ):
        condition = rng.random(shapes[0]) < 0.5
        check(
            student, rng, "where", np.where, (condition, normal(rng, *shapes[1]), normal(rng, *shapes[2])), f"{shapes}"
        )


@points(1)
def test_where_keeps_nan_out(student, rng):
    """A gradient of inf or nan reaches the operand that was chosen there, and not the other one."""
    n = size(rng)
    condition = np.resize([True, False], (n, 4))
    grad = np.where(condition, rng.normal(size=(n, 4)), rng.choice([np.inf, np.nan], size=(n, 4)))
    inputs = condition, rng.normal(size=(1, 4)), rng.normal(size=(n, 4))
    got, _ = pull(student, "where", np.where, inputs, grad=grad)
    assert_close(got[1], np.where(condition, grad, 0).sum(axis=0, keepdims=True), what="where: gradient of input 1")
    assert_close(got[2], np.where(condition, 0, grad), what="where: gradient of input 2")


@points(1)
def test_take(student, rng):
    """Indices of any shape, along any axis, negative ones too: each entry collects all its uses."""
    n, m, k = size(rng), size(rng), size(rng)
    for shape, axis in (((3, 2), 1), ((2, 1, 2), 0), ((), -1), ((6,), -2)):
        x = normal(rng, n, m, k)
        indices = np.asarray(rng.integers(-x.shape[axis], x.shape[axis], size=shape))
        forward = lambda x, indices, a=axis: np.take(x, indices, axis=a)  # noqa: E731
        check(student, rng, "take", forward, (x, indices), f"indices of shape {shape}, axis={axis}", axis=axis)


@points(1)
def test_embedding(student, rng):
    """A table whose rows are looked up many times: word w collects the gradients of all places where it stands."""
    words, places = size(rng), (3, 5)
    table, text, grad = rng.normal(size=(words, 2)), rng.integers(0, words, size=places), rng.normal(size=(*places, 2))
    got, _ = pull(student, "take", lambda x, i: np.take(x, i, axis=0), (table, text), grad=grad, axis=0)
    expected = np.array([grad[text == word].sum(axis=0) for word in range(words)])
    assert_close(got[0], expected, what="take: gradient of the table")
