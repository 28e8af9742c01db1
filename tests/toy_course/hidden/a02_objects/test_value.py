from autograder.testing import assert_close, needs, points


@points(2)
def test_operators(student, rng):
    """Sums, products, powers and negatives hold the right number, with plain numbers on either side."""
    a, b = rng.uniform(1, 2, size=2).tolist()
    x, y = student.Value(a), student.Value(b)
    assert_close((x * y + 2).data, a * b + 2, what="(x * y + 2).data")
    assert_close((2 * x - y).data, 2 * a - b, what="(2 * x - y).data")
    assert_close((1 + -(x**3)).data, 1 - a**3, what="(1 + -(x ** 3)).data")


@points(2)
@needs("test_operators")
def test_gradients(student, reference, rng):
    """backward() finds the derivative with respect to each number that went in."""
    a, b = rng.uniform(1, 2, size=2).tolist()
    found = []
    for program in (student, reference):
        x, y = program.Value(a), program.Value(b)
        (x * y + x**3 - y).backward()
        found.append({"x": x.grad, "y": y.grad})
    assert_close(*found, what="grad")


@points(2)
@needs("test_operators")
def test_shared(student, rng):
    """A result that is used several times collects all its derivatives before it passes them on."""
    a = float(rng.uniform(1, 2))
    x = student.Value(a)
    square = x * x
    (square * square + square).backward()
    assert_close(x.grad, 4 * a**3 + 2 * a, what="x.grad")
    assert_close(square.grad, 2 * a**2 + 1, what="square.grad")
