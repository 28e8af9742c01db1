"""Hidden tests of attend."""

import numpy as np

from autograder.testing import assert_close, points


def draw(rng):
    """Queries (T, D), keys (S, D) and values (S, E) of random sizes."""
    T, S, D, E = (int(n) for n in rng.integers(3, 9, size=4))
    return rng.normal(size=(T, D)), rng.normal(size=(S, D)), rng.normal(size=(S, E))


@points(1)
def test_against_the_reference(student, reference, rng):
    """Without a mask every query attends to all keys."""
    query, key, value = draw(rng)
    assert_close(student.attend(query, key, value), reference.attend(query, key, value), what="attended")


@points(1)
def test_mask(student, reference, rng):
    """A key that the mask leaves out gets no weight."""
    query, key, value = draw(rng)
    mask = rng.random((len(query), len(key))) < 0.5
    mask[:, 0] = True
    assert_close(student.attend(query, key, value, mask), reference.attend(query, key, value, mask), what="attended")


@points(2)
def test_large_scores(student, reference, rng):
    """A thousand more in all scores of a query changes nothing, and gives no nan."""
    query, key, value = draw(rng)
    query = np.column_stack([query, np.full(len(query), 100.0)])
    key = np.column_stack([key, np.full(len(key), 30.0)])
    assert_close(student.attend(query, key, value), reference.attend(query, key, value), what="attended")


@points(1)
def test_equal_keys(student, rng):
    """Equal keys share the weight: the result is the mean of the values."""
    query, key, value = draw(rng)
    key[:] = key[0]
    expected = np.tile(value.mean(axis=0), (len(query), 1))
    assert_close(student.attend(query, key, value), expected, what="attended")
