"""Hidden tests of a01.multi_label."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


def draw(rng):
    """Scores (N, C) and targets: each row has classes that are there and that are not, in unequal numbers."""
    number, classes = int(rng.integers(3, 5)), int(rng.integers(5, 8))
    targets = rng.integers(2, size=(number, classes)).astype(float)
    targets[:, :3] = 1.0, 0.0, 0.0
    targets[0] = [1.0, *np.zeros(classes - 1)]  # C - 1 pairs; row 1 has more
    targets[1] = [1.0, 1.0, *np.zeros(classes - 2)]
    return rng.normal(size=(number, classes)), rng.permuted(targets, axis=1)


def hide(rng, targets):
    """Put nan into one place that is there and one that is not, where a pair is left; row 0 loses one that is not."""
    known = targets.copy()
    for row in range(len(targets)):
        for value in (0.0, 1.0):
            places = np.flatnonzero(targets[row] == value)
            if len(places) > 1:
                known[row, rng.choice(places)] = np.nan
    return known


def loss_of(student, *args, **options):
    return common.number(unpack(student.ranking_loss(*args, **options), "loss", "grad")[0])


@points(2)
def test_pairs(student, rng):
    """Each example is the mean over its pairs, however many they are, and the loss the mean over examples."""
    scores, targets = draw(rng)
    margin = rng.uniform(0.5, 2.0)
    expected = common.ranking(scores, targets, margin, False)
    assert_close(loss_of(student, scores, targets, margin=margin), expected, what=f"loss at margin {margin:.4g}")
    equal = loss_of(student, np.full(scores.shape, 3.0), targets, margin=margin)
    assert_close(equal, margin, what=f"loss of equal scores at margin {margin:.4g}")


@points(1)
def test_one_label(student, rng):
    """With a single class there, it is the multi-class hinge divided by C - 1: the deck's scores cost 8 / 2."""
    scores = np.array([[13.0, -7.0, 11.0]])
    order = rng.permutation(3)
    loss, grad = common.take(student.ranking_loss, scores[:, order], np.array([[1.0, 0.0, 0.0]])[:, order], margin=10.0)
    assert_close(loss, 4.0, what="loss")
    assert_close(grad, np.array([[-0.5, 0.0, 0.5]])[:, order], what="grad")


@points(2)
def test_missing_labels(student, rng):
    """An unknown label is in no pair: its score does not matter, nan included, and gets no gradient."""
    scores, targets = draw(rng)
    targets = hide(rng, targets)
    known = ~np.isnan(targets)
    expected = common.ranking(scores, targets, 1.0, False)
    for junk in (0.0, 1e4, np.nan):
        what = f"scores of unknown labels {junk:g}, "
        loss, grad = common.take(student.ranking_loss, np.where(known, scores, junk), targets, what=what)
        assert_close(loss, expected, what=f"{what}loss")
        assert_close(grad[~known], np.zeros((~known).sum()), what=f"{what}grad of unknown labels")
        assert np.abs(grad).max() > 1e-8, f"{what}grad: 0 everywhere, though the loss can be lowered"


@points(1)
def test_examples_without_pairs(student, rng):
    """An example where all is there, nothing is, or nothing is known does not count; if none does, all is 0."""
    scores, targets = draw(rng)
    classes = targets.shape[1]
    empty = np.stack([np.ones(classes), np.zeros(classes), np.full(classes, np.nan)])
    more = np.concatenate([scores, rng.normal(size=(3, classes))]), np.concatenate([targets, empty])
    expected = common.ranking(scores, targets, 1.0, False)
    assert_close(loss_of(student, *more), expected, what="loss with examples that have no pair")
    loss, grad = common.take(student.ranking_loss, more[0][-3:], empty)
    assert_close(loss, 0.0, what="loss when no example has a pair")
    assert_close(grad, np.zeros((3, classes)), what="grad when no example has a pair")


@points(2)
def test_gradient(student, rng):
    """The gradient is the slope of your loss, adds up to 0 for each example, and ends when the ranking is right."""
    scores, targets = draw(rng)
    margin = float(rng.integers(8, 20)) / 10 + 0.05  # between two kinks
    scores = common.grid(scores)
    grad = common.check_slopes(student.ranking_loss, rng, scores, targets, margin=margin)
    assert_close(grad.sum(axis=1), np.zeros(len(scores)), what="sums of grad over the classes")
    right = np.where(targets == 1, 5.0, -5.0) + rng.uniform(-1, 1, size=scores.shape)
    loss, grad = common.take(student.ranking_loss, right, targets)
    assert_close(loss, 0.0, what="loss of a right ranking")
    assert_close(grad, np.zeros(scores.shape), what="grad of a right ranking")


@points(2)
def test_soft(student, rng):
    """With soft=True each pair costs log(1 + exp(u)), for a u of ten thousand too; the gradient follows."""
    scores, targets = draw(rng)
    margin = rng.uniform(-1.0, 2.0)
    expected = common.ranking(scores, targets, margin, True)
    assert_close(loss_of(student, scores, targets, margin=margin, soft=True), expected, what="soft loss")
    grad = common.check_slopes(student.ranking_loss, rng, scores, targets, margin=margin, soft=True, what="soft, ")
    assert_close(grad.sum(axis=1), np.zeros(len(scores)), what="soft, sums of grad over the classes")
    far = np.where(targets == 1, -5e3, 5e3)
    loss, _ = common.take(student.ranking_loss, far, targets, soft=True, what="soft, scores of +-5000, ")
    assert_close(loss, 1e4 + 1, what="soft loss of scores that are wrong by 10000")
    loss, grad = common.take(student.ranking_loss, -far, targets, soft=True, what="soft, scores of +-5000, ")
    assert_close([loss, np.abs(grad).sum()], [0.0, 0.0], what="soft loss and grad of scores that are right by 10000")
