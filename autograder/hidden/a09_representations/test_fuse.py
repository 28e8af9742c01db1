"""Hidden tests of a09.fuse."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, partial, points

common = load_module(Path(__file__).with_name("common.py"))


@points(2)
def test_two_parts(student, rng):
    """Two parts of a batch give all their products, each part alone, and 1, in reading order."""
    parts = common.draw_parts(rng, 2, (int(rng.integers(2, 5)),))
    assert_close(student.fuse(parts), common.fused_by_loops(parts), what="fused")


@points(2)
def test_three_parts(student, rng):
    """Three parts give products of three, of two, each part alone, and 1, in reading order."""
    parts = common.draw_parts(rng, 3, (int(rng.integers(2, 5)),))
    assert_close(student.fuse(parts), common.fused_by_loops(parts), what="fused")


@points(2)
def test_missing_parts(student, rng):
    """A missing part, full of nan, takes along the products it is in, and nothing else; the given arrays stay."""
    for count in (2, 3):
        present = common.draw_present(rng, 4, count)
        parts = common.draw_parts(rng, count, (len(present),))
        given = common.hidden(parts, present)
        expected = common.fused_by_loops(common.without(parts, present))
        assert_close(student.fuse(given, present), expected, what=f"fused, {count} parts")


@points(1)
def test_orders(student, rng):
    """Only products of the orders asked for are kept, with all parts there and with some missing."""
    for count, orders in ((3, [0, 1, 2]), (3, [3, 1]), (2, [2]), (3, [0])):
        present = common.draw_present(rng, 4, count)
        parts = common.draw_parts(rng, count, (len(present),))
        what = f"fused, orders={orders}"
        assert_close(student.fuse(parts, orders=orders), common.fused_by_loops(parts, orders), what=what)
        expected = common.fused_by_loops(common.without(parts, present), orders)
        assert_close(student.fuse(common.hidden(parts, present), present, orders=orders), expected, what=what)


@points(1)
def test_shapes_and_precision(student, rng):
    """A single sample, and a batch of sequences, are fused along the last axis; float32 stays float32."""
    for lead in ((), (2, 3)):
        parts = common.draw_parts(rng, 3, lead)
        present = rng.random((*lead, 3)) < 0.5
        expected = common.fused_by_loops(common.without(parts, present))
        assert_close(student.fuse(parts, present), expected, what=f"fused, parts of shape {(*lead, 'D_m')}")
    narrow = [part.astype(np.float32) for part in common.draw_parts(rng, 2, (3,))]
    got = student.fuse(narrow, np.ones((3, 2), bool), orders=[0, 1, 2])
    assert_close(got, common.fused_by_loops(narrow), what="fused, float32", rtol=1e-5)
    if np.asarray(got).dtype != np.float32:
        partial(0.5, f"the numbers are right, but float32 parts came back as {np.asarray(got).dtype}")
