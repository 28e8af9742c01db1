"""Hidden tests of a01.cross_entropy."""

import math
from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


def draw(rng, ignore=-1):
    """Logits (B, T, C) and targets (B, T) with two ignored positions in the first sequence; one at least counts."""
    shape = int(rng.integers(2, 4)), int(rng.integers(3, 6)), int(rng.integers(3, 6))
    targets = rng.integers(shape[2], size=shape[:2])
    places, labels = rng.permutation(shape[1]), [c for c in range(shape[2]) if c != ignore]
    targets[0, places[:2]] = ignore
    targets[[0, 1], places[2]] = rng.choice(labels, size=2, replace=False)
    return 2 * rng.normal(size=shape), targets


def loss_of(student, *args, **options):
    return common.number(unpack(student.sequence_cross_entropy(*args, **options), "loss", "grad")[0])


@points(1)
def test_no_idea(student, rng):
    """Equal scores for all C classes cost log C, whatever the targets; the gradient follows."""
    _, targets = draw(rng)
    classes = int(rng.integers(targets.max() + 1, 9))
    logits = np.repeat(100 * rng.normal(size=(*targets.shape, 1)), classes, axis=2)
    loss, grad = common.take(student.sequence_cross_entropy, logits, targets)
    assert_close(loss, math.log(classes), what=f"loss of equal scores for {classes} classes")
    counts = (targets != -1)[..., None]
    expected = np.where(counts, 1 / classes - (targets[..., None] == np.arange(classes)), 0.0) / counts.sum()
    assert_close(grad, expected, what="grad of equal scores")


@points(1)
def test_scores_of_the_deck(student, rng):
    """The deck's scores 13, -7 and 11 with class 0 right cost 0.1269 at every position that counts."""
    shape = int(rng.integers(1, 4)), int(rng.integers(3, 5))
    order = rng.permutation(3)
    logits = np.broadcast_to(np.array([13.0, -7.0, 11.0])[order], (*shape, 3)).copy()
    targets = np.full(shape, int(np.argmin(order)))
    targets[0, 0] = -1
    expected = math.log1p(math.exp(-2) + math.exp(-20))
    assert 0.1269 <= expected < 0.12695
    assert_close(loss_of(student, logits, targets), expected, what="loss")


@points(1)
def test_mean_over_what_counts(student, rng):
    """The mean is over the positions that count in the whole batch."""
    check_ignore(student, rng, -1)


@points(1)
def test_any_number_to_ignore(student, rng):
    """Positions to ignore are marked by any number, far from the classes or one of them."""
    for ignore in (-100, 0, 1):
        check_ignore(student, rng, ignore)


def check_ignore(student, rng, ignore):
    logits, targets = draw(rng, ignore)
    expected = common.cross_entropy(logits, targets, ignore=ignore, weights=np.ones(logits.shape[-1]), smoothing=0.0)
    assert_close(loss_of(student, logits, targets, ignore=ignore), expected, what=f"loss with ignore={ignore}")


@points(2)
def test_class_weights(student, rng):
    """With class weights the loss is a weighted mean: their ratio matters, and equal scores cost log C."""
    logits, targets = draw(rng)
    classes = logits.shape[-1]
    weights = rng.uniform(0.1, 3.0, size=classes)
    expected = common.cross_entropy(logits, targets, ignore=-1, weights=weights, smoothing=0.0)
    for scale in (1.0, 7.0):
        got = loss_of(student, logits, targets, weights=scale * weights)
        assert_close(got, expected, what=f"loss with class weights, times {scale:g}")
    equal = loss_of(student, np.ones(logits.shape), targets, weights=weights)
    assert_close(equal, math.log(classes), what="loss of equal scores with class weights")


@points(1)
def test_smoothing(student, rng):
    """Smoothing gives each class an equal part of what it takes from the right one."""
    check_smoothing(student, rng, weighted=False)


@points(1)
def test_smoothing_and_weights(student, rng):
    """With smoothing and class weights, each class has its own weight in the loss of a position."""
    check_smoothing(student, rng, weighted=True)


def check_smoothing(student, rng, weighted):
    logits, targets = draw(rng)
    smoothing, classes = rng.uniform(0.1, 0.5), logits.shape[-1]
    weights = rng.uniform(0.1, 3.0, size=classes) if weighted else np.ones(classes)
    expected = common.cross_entropy(logits, targets, ignore=-1, weights=weights, smoothing=smoothing)
    got = loss_of(student, logits, targets, weights=weights if weighted else None, smoothing=smoothing)
    assert_close(got, expected, what=f"loss with smoothing={smoothing:.3g}" + " and class weights" * weighted)


@points(1)
def test_gradient(student, rng):
    """The gradient is the slope of your loss, and adds up to 0 over the classes at every position."""
    logits, targets = draw(rng)
    for shift in (0.0, 50.0):
        check_gradient(student, rng, logits + shift, targets)


@points(1)
def test_gradient_with_weights(student, rng):
    """The gradient is the slope of your loss with class weights, too."""
    logits, targets = draw(rng)
    check_gradient(student, rng, logits, targets, weights=rng.uniform(0.1, 3.0, size=logits.shape[-1]))


@points(1)
def test_gradient_with_smoothing(student, rng):
    """The gradient is the slope of your loss with smoothing, too."""
    check_gradient(student, rng, *draw(rng), smoothing=0.3)


@points(1)
def test_gradient_with_both(student, rng):
    """The gradient is the slope of your loss with class weights and smoothing at once."""
    logits, targets = draw(rng)
    weights = rng.uniform(0.1, 3.0, size=logits.shape[-1])
    check_gradient(student, rng, logits, targets, weights=weights, smoothing=0.3)


def check_gradient(student, rng, logits, targets, **options):
    """Compare with differences of the student's own loss, which must depend on each option, and add up the classes."""
    counts, what = (targets != -1)[..., None], f"with {' and '.join(options)}, " if options else ""
    for name in options:
        fewer = {other: value for other, value in options.items() if other != name}
        change = loss_of(student, logits, targets, **options) - loss_of(student, logits, targets, **fewer)
        assert abs(change) > 1e-9, f"{what}loss: the same without {name}"
    function = student.sequence_cross_entropy
    grad = common.check_slopes(function, rng, logits, targets, counts=counts, what=what, **options)
    assert_close(grad.sum(axis=-1), np.zeros(targets.shape), what=f"{what}sums of grad over the classes")


@points(1)
def test_large_scores(student, rng):
    """With scores of ten thousand the loss is the gap in scores, and the gradient is still a gradient."""
    logits, targets = np.full((2, 2, 3), -1e4), np.array([[0, 1], [2, -1]])
    best = rng.integers(3, size=(2, 2))
    best[0, 0] = 1  # wrong
    np.put_along_axis(logits, best[..., None], 1e4, axis=2)
    loss, grad = common.take(student.sequence_cross_entropy, logits, targets)
    wrong = (best != targets) & (targets != -1)
    assert_close(loss, 2e4 * wrong.sum() / 3, what="loss")
    chosen, right = np.eye(3)[best], targets[..., None] == np.arange(3)
    assert_close(grad, np.where((targets != -1)[..., None], (chosen - right) / 3, 0.0), what="grad")


@points(1)
def test_ignored_positions(student, rng):
    """Nothing at an ignored position matters: nan and infinite scores there change neither loss nor gradient."""
    logits, targets = draw(rng)
    ignored = (targets == -1)[..., None]
    expected = common.cross_entropy(logits, targets, ignore=-1, weights=np.ones(logits.shape[-1]), smoothing=0.0)
    for junk in (np.nan, np.inf, 1e4):
        loss, grad = common.take(student.sequence_cross_entropy, np.where(ignored, junk, logits), targets)
        assert_close(loss, expected, what=f"loss with {junk:g} at ignored positions")
        assert_close(np.where(ignored, grad, 0.0), np.zeros(grad.shape), what="grad at ignored positions")


@points(1)
def test_nothing_counts(student, rng):
    """When no position counts, the loss is 0 and pulls at nothing."""
    logits, targets = draw(rng)
    assert loss_of(student, logits, targets) > 0, "loss: 0 where some positions count"
    for padding in (logits, np.full(logits.shape, np.nan)):
        loss, grad = common.take(student.sequence_cross_entropy, padding, np.full_like(targets, -1))
        assert_close(loss, 0.0, what="loss when nothing counts")
        assert_close(grad, np.zeros(logits.shape), what="grad when nothing counts")
