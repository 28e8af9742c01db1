"""Hidden tests of a01.squared_hinge."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


def draw(rng):
    """Scores (N, C) and labels, without "none"."""
    number, classes = int(rng.integers(3, 6)), int(rng.integers(3, 6))
    return rng.normal(size=(number, classes)), rng.integers(classes, size=number)


def loss_of(student, *args, **options):
    return common.number(unpack(student.one_against_all(*args, **options), "loss", "grad")[0])


@points(1)
def test_values(student, rng):
    """All scores 0 cost margin squared for each class; others what the formula says, averaged over examples."""
    scores, labels = draw(rng)
    margin = rng.uniform(0.5, 2.0)
    loss = loss_of(student, np.zeros(scores.shape), labels, margin=margin)
    assert_close(loss, scores.shape[1] * margin**2, what=f"loss of zeros at margin {margin:.4g}")
    expected = common.squared_hinge(scores, labels, margin, 1.0)
    assert_close(loss_of(student, scores, labels, margin=margin), expected, what=f"loss at margin {margin:.4g}")


@points(1)
def test_none_of_these(student, rng):
    """The label -1 says no to every class, and counts like any other example."""
    scores, labels = draw(rng)
    labels[rng.integers(len(labels))] = -1
    assert_close(loss_of(student, scores, labels), common.squared_hinge(scores, labels, 1.0, 1.0), what="loss")
    loss, grad = common.take(student.one_against_all, np.full((2, 3), 2.0), np.array([-1, -1]))
    assert_close(loss, 27.0, what="loss of scores of 2 with the label -1")
    assert_close(grad, np.full((2, 3), 3.0), what="grad of scores of 2 with the label -1")


@points(1)
def test_negative_weight(student, rng):
    """negative_weight multiplies what is lost on every no, and nothing of what is lost on a yes."""
    scores, labels = draw(rng)
    for weight in (0.0, rng.uniform(0.1, 0.8)):
        expected = common.squared_hinge(scores, labels, 1.0, weight)
        got = loss_of(student, scores - 1.0, labels, negative_weight=weight)
        assert_close(got, common.squared_hinge(scores - 1.0, labels, 1.0, weight), what="loss of low scores")
        assert_close(loss_of(student, scores, labels, negative_weight=weight), expected, what="loss")


@points(1)
def test_gradient(student, rng):
    """The gradient is the slope of your loss, with all options."""
    scores, labels = draw(rng)
    scores = common.grid(scores) + 0.05  # a parabola is measured exactly, but not across the end of it
    common.check_slopes(student.one_against_all, rng, scores, labels)
    labels[0] = -1
    options = {"margin": float(rng.integers(5, 20)) / 10, "negative_weight": rng.uniform(0.1, 0.8)}
    common.check_slopes(student.one_against_all, rng, scores, labels, what="with options, ", **options)


@points(1)
def test_right_enough(student, rng):
    """Scores beyond their margins cost nothing, the others pull in proportion to what is missing."""
    scores, labels = draw(rng)
    sign = np.where(labels[:, None] == np.arange(scores.shape[1]), 1.0, -1.0)
    beyond = sign * rng.uniform(1.0, 1e4, size=scores.shape)
    loss, grad = common.take(student.one_against_all, beyond, labels)
    assert_close(loss, 0.0, what="loss of scores beyond their margins")
    assert_close(grad, np.zeros(scores.shape), what="grad of scores beyond their margins")
    missing = rng.uniform(0.1, 3.0, size=scores.shape)
    _, grad = common.take(student.one_against_all, sign * (1 - missing), labels)
    assert_close(grad, -2 * sign * missing / len(scores), what="grad of scores short of their margins")
