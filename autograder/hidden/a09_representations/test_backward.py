"""Hidden tests of a09.backward."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points

common = load_module(Path(__file__).with_name("common.py"))


def draw(rng, count, lead):
    """Parts, and a gradient of their tensor."""
    parts = common.draw_parts(rng, count, lead)
    length = int(np.prod([part.shape[-1] + 1 for part in parts]))
    return parts, rng.normal(size=(*lead, length))


@points(2)
def test_two_parts(student, rng):
    """For two parts each gets its own share and the products with the other, also where a number is exactly 0."""
    parts, grad = draw(rng, 2, (3,))
    for part in parts:
        part[0, 0] = 0.0
    assert_close(student.fuse_backward(parts, grad), common.gradients_by_loops(parts, grad), what="gradients")


@points(2)
def test_three_parts(student, rng):
    """For three parts the gradient of each has the products of the two others, also where numbers are exactly 0."""
    parts, grad = draw(rng, 3, (3,))
    for part in parts:
        part[int(rng.integers(3))] = 0.0
    assert_close(student.fuse_backward(parts, grad), common.gradients_by_loops(parts, grad), what="gradients")


@points(2)
def test_missing_parts(student, rng):
    """A missing part, full of nan, has the gradient 0; the others have theirs without it."""
    for count in (2, 3):
        present = common.draw_present(rng, 3, count)
        parts, grad = draw(rng, count, (len(present),))
        expected = common.gradients_by_loops(common.without(parts, present), grad)
        expected = common.without(expected, present)
        got = student.fuse_backward(common.hidden(parts, present), grad, present)
        assert_close(got, expected, what=f"gradients of {count} parts")


@points(1)
def test_orders(student, rng):
    """Products that were not kept send nothing back, whatever the gradient says there."""
    for count, orders in ((3, [0, 1, 2]), (3, [3, 1]), (2, [1]), (2, [0])):
        parts, grad = draw(rng, count, (2,))
        expected = common.gradients_by_loops(parts, grad, orders)
        for place, factors in common.entries(parts, orders):
            if factors is None:
                grad[:, place] = rng.choice([np.nan, 5.0])
        assert_close(student.fuse_backward(parts, grad, orders=orders), expected, what=f"gradients, orders={orders}")


@points(1)
def test_shapes(student, rng):
    """A single sample, and a batch of sequences with parts missing here and there, keep their shapes."""
    for lead in ((), (2, 3)):
        parts, grad = draw(rng, 3, lead)
        present = rng.random((*lead, 3)) < 0.6
        expected = common.without(common.gradients_by_loops(common.without(parts, present), grad), present)
        got = student.fuse_backward(parts, grad, present)
        assert_close(got, expected, what=f"gradients, parts of shape {(*lead, 'D_m')}")
