"""Hidden tests of a01.hinge."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


def draw(rng):
    """Scores (N, C), labels, and margins of pairs with nan on the diagonal, far from symmetric; nothing at a kink."""
    number, classes = int(rng.integers(3, 6)), int(rng.integers(3, 6))
    margins = common.grid(rng.uniform(0.2, 4.0, size=(classes, classes))) + 0.05
    np.fill_diagonal(margins, np.nan)
    return common.grid(2 * rng.normal(size=(number, classes))), rng.integers(classes, size=number), margins


def loss_of(student, *args, **options):
    return common.number(unpack(student.pair_hinge(*args, **options), "loss", "grad")[0])


@points(2)
def test_scores_of_the_deck(student, rng):
    """The deck's scores 13, -7 and 11 with class 0 right cost 8 at a margin of 10, and what they should at others."""
    order = rng.permutation(3)
    scores, label = np.array([[13.0, -7.0, 11.0]])[:, order], np.array([int(np.argmin(order))])
    loss, grad = common.take(student.pair_hinge, scores, label, margins=10.0)
    assert_close(loss, 8.0, what="loss at margin 10")
    assert_close(grad, np.array([[-1.0, 0.0, 1.0]])[:, order], what="grad at margin 10")
    for margin in (rng.uniform(0.1, 1.9), rng.uniform(3, 19), rng.uniform(21, 40)):
        expected = max(0.0, margin - 20) + max(0.0, margin - 2)
        assert_close(loss_of(student, scores, label, margins=margin), expected, what=f"loss at margin {margin:.4g}")


@points(1)
def test_mean_over_examples(student, rng):
    """The mean is over the examples: a batch that is repeated has the same loss, and each copy half the gradient."""
    scores, labels, _ = draw(rng)
    loss, grad = common.take(student.pair_hinge, scores, labels, margins=6.0)
    expected = common.hinge(scores, labels, np.full((scores.shape[1],) * 2, 6.0), False)
    assert_close(loss, expected, what="loss")
    twice, half = common.take(student.pair_hinge, np.tile(scores, (2, 1)), np.tile(labels, 2), margins=6.0)
    assert_close(twice, loss, what="loss of the batch repeated")
    assert np.abs(grad).max() > 1e-8, "grad: 0 everywhere, though the loss can be lowered"
    assert_close(half, np.tile(grad / 2, (2, 1)), what="grad of the batch repeated")


@points(2)
def test_margins_of_pairs(student, rng):
    """margins[y, j] is how far class j must stay behind y; the diagonal means nothing, nan included."""
    scores, labels, margins = draw(rng)
    margins += rng.uniform(0.0, 0.04, size=margins.shape)
    scores[0], labels[0] = 0.0, rng.integers(1, len(margins))  # all margins of this label are violated
    for name, used in (("margins", margins), ("margins.T", margins.T.copy()), ("zeros", np.zeros_like(margins))):
        expected = common.hinge(scores, labels, used, False)
        assert_close(loss_of(student, scores, labels, margins=used), expected, what=f"loss with {name}")


@points(2)
def test_gradient(student, rng):
    """The gradient is the slope of your loss, adds up to 0 over the classes, and is 0 where the lead is enough."""
    scores, labels, margins = draw(rng)
    scores[0, labels[0]] += 20.0  # content
    scores[1, labels[1]] -= 20.0  # everybody is ahead
    for margin in (float(rng.integers(10, 30)) / 10 + 0.05, margins):
        what = "with margins of pairs, " if np.ndim(margin) else ""
        grad = common.check_slopes(student.pair_hinge, rng, scores, labels, margins=margin, what=what)
        assert_close(grad.sum(axis=1), np.zeros(len(scores)), what=f"{what}sums of grad over the classes")
        assert_close(grad[0], np.zeros(scores.shape[1]), what=f"{what}grad where the lead is enough")
        assert_close(grad[1, labels[1]] * len(scores), 1.0 - scores.shape[1], what=f"{what}grad[1, y] times N")


@points(1)
def test_kink(student, rng):
    """A class that is exactly at its margin adds nothing to the gradient."""
    scores = np.array([[3.0, 1.0, 2.0, 3.0], [5.0, 5.0, 7.0, 4.0]])  # whole numbers: the kinks are exact
    shift = float(rng.integers(-9, 10))
    loss, grad = common.take(student.pair_hinge, scores + shift, np.array([0, 2]), margins=2.0)
    assert_close(loss, (1.0 + 2.0) / 2, what="loss")
    expected = np.array([[-2.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]) / 2
    assert_close(grad, expected, what="grad with classes exactly at the margin")


@points(2)
def test_worst(student, rng):
    """With worst=True only the largest violation of each example counts, in the loss and in the gradient."""
    scores, labels, margins = draw(rng)
    scores = np.clip(scores, -1.5, 1.5)
    # The highest of the others is not the worst one: the class beside y has a lower score and a much larger margin.
    beside, above = (labels + 1) % len(margins), (labels + 2) % len(margins)
    rows = np.arange(len(labels))
    scores[rows, above] = scores[rows, labels] + rng.uniform(2.0, 2.5, size=len(labels))
    scores[rows, beside] = scores[rows, above] - 1.0
    margins[labels, beside] += 9.0
    expected = common.hinge(scores, labels, margins, True)
    assert_close(loss_of(student, scores, labels, margins=margins, worst=True), expected, what="loss, worst")
    options = {"margins": margins, "worst": True}
    grad = common.check_slopes(student.pair_hinge, rng, scores, labels, what="worst, ", **options)
    assert_close(grad.sum(axis=1), np.zeros(len(scores)), what="worst, sums of grad over the classes")
    lead = scores.copy()
    lead[rows, labels] += 100.0
    loss, grad = common.take(student.pair_hinge, lead, labels, what="worst, ", **options)
    assert_close([loss, np.abs(grad).sum()], [0.0, 0.0], what="worst, loss and grad where every lead is enough")
