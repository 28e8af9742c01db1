from autograder.testing import assert_close, points


@points(2)
def test_total(student, rng):
    """All entries are added."""
    x = rng.normal(size=(2, 3))
    assert_close(student.total(x), float(x.sum()))
