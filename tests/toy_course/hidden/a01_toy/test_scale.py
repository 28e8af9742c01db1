from autograder.testing import assert_close, needs, points


@points(1)
def test_one_number(student, rng):
    """One number is multiplied by the factor."""
    x, factor = rng.normal(size=1), rng.uniform(2, 3)
    assert_close(student.scale(x, factor), x * factor)


@points(2)
def test_matrix(student, reference, rng):
    """A matrix of any shape is multiplied by the factor."""
    x = rng.normal(size=rng.integers(1, 5, size=2))
    assert_close(student.scale(x, 2.5), reference.scale(x, 2.5))


@points(1)
@needs("test_matrix")
def test_zero(student, rng):
    """The factor zero gives zeros."""
    assert_close(student.scale(rng.normal(size=3), 0.0), [0.0, 0.0, 0.0])
