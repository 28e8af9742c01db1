"""Hidden tests of a01.bce."""

import math
from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


def draw(rng):
    """Logits of shape (N, C), hard targets with both kinds in each column, and a weight for each column."""
    shape = int(rng.integers(3, 6)), int(rng.integers(2, 5))
    targets = rng.integers(2, size=shape).astype(float)
    targets[:2] = rng.permuted(np.tile([[0.0], [1.0]], shape[1]), axis=0)
    return 2 * rng.normal(size=shape), targets, rng.uniform(1.5, 6.0, size=shape[1])


def by_hand(logits, targets, pos_weight=1.0):
    pos_weight = np.broadcast_to(pos_weight, logits.shape)
    terms = [
        w * t * common.softplus(-z) + (1 - t) * common.softplus(z)
        for z, t, w in zip(logits.ravel().tolist(), targets.ravel().tolist(), pos_weight.ravel().tolist(), strict=True)
    ]
    return math.fsum(terms) / len(terms)


def loss_of(student, *args, **options):
    return common.number(unpack(student.weighted_bce(*args, **options), "loss", "grad")[0])


@points(1)
def test_two_classes(student, rng):
    """It is the cross-entropy of two classes with scores z and 0, averaged over all entries, for any shape."""
    logits, targets, _ = draw(rng)
    rows = [[common.log_sum_exp([z, 0.0]) - z * t for z, t in zip(*pair, strict=True)] for pair in zip(logits, targets)]
    assert_close(loss_of(student, logits, targets), np.mean(rows), what="loss")
    assert_close(loss_of(student, logits[0], targets[0]), np.mean(rows[0]), what="loss of a single row")
    assert_close(loss_of(student, np.zeros((2, 1, 3)), np.ones((2, 1, 3))), math.log(2), what="loss of zeros")


@points(2)
def test_soft_targets(student, rng):
    """For a target between no and yes the loss is least where sigmoid(z) equals it, and is its entropy there."""
    t = rng.uniform(0.05, 0.95, size=(3, 4))
    z = np.log(t / (1 - t))
    loss, grad = common.take(student.weighted_bce, z, t)
    assert_close(loss, np.mean(-t * np.log(t) - (1 - t) * np.log(1 - t)), what="loss at the minimum")
    assert_close(grad, np.zeros(t.shape), what="grad at the minimum")
    off = z + rng.normal(size=z.shape)
    assert_close(loss_of(student, off, t), by_hand(off, t), what="loss beside the minimum")


@points(2)
def test_positive_weight(student, rng):
    """What is lost on a yes counts pos_weight times, one number or one for each column; the divisor does not change."""
    logits, targets, weights = draw(rng)
    for weight in (float(weights[0]), weights, np.tile(weights, (len(logits), 1))):
        what = f"loss with pos_weight {'a number' if np.ndim(weight) == 0 else f'of shape {weight.shape}'}"
        got = loss_of(student, logits, targets, pos_weight=weight)
        assert_close(got, by_hand(logits, targets, weight), what=what)


@points(1)
def test_gradient(student, rng):
    """The gradient is the slope of your loss, and sigmoid(z) - t over the number of entries."""
    logits, targets, _ = draw(rng)
    grad = common.check_slopes(student.weighted_bce, rng, logits, targets)
    assert_close(grad, (1 / (1 + np.exp(-logits)) - targets) / logits.size, what="grad")


@points(1)
def test_gradient_with_weights(student, rng):
    """With pos_weight and soft targets too the gradient is the slope of your loss."""
    logits, targets, weights = draw(rng)
    soft = 0.1 + 0.8 * targets
    plain = loss_of(student, logits, soft)
    for weight in (float(weights[0]), weights):
        heavy = loss_of(student, logits, soft, pos_weight=weight)
        assert heavy > plain + 1e-9, "loss: the same with pos_weight as without"
        common.check_slopes(student.weighted_bce, rng, logits, soft, pos_weight=weight)
    # Where yes, w times as heavy as no, and no pull equally, sigmoid(z) = w t / (w t + 1 - t).
    balance = np.log(weights * soft / (1 - soft))
    _, grad = common.take(student.weighted_bce, balance, soft, pos_weight=weights)
    assert_close(grad, np.zeros(soft.shape), what="grad where both sides pull equally")


@points(1)
def test_very_wrong(student, rng):
    """A score of ten thousand on the wrong side costs ten thousand, and pulls with all its weight."""
    z = rng.uniform(800, 1e4, size=4) * np.array([1, -1, 1, -1])
    targets = (z < 0).astype(float)
    loss, grad = common.take(student.weighted_bce, z, targets)
    assert_close(loss, np.mean(np.abs(z)), what="loss")
    assert_close(grad, np.sign(z) / z.size, what="grad")


@points(1)
def test_nearly_right(student, rng):
    """A score that is right and sure costs exp(-|z|), as long as that is a number, and its gradient is as small."""
    # Not looked at here: it tells known mistakes apart whose small numbers are all alike to the diagnosis.
    student.weighted_bce(np.array([30.0]), np.ones(1), pos_weight=math.exp(30.0))
    for low, high in ((25, 35), (40, 60), (100, 600)):
        check_sure(student, rng.uniform(low, high))


@points(1)
def test_nearly_right_and_heavy(student, rng):
    """A yes that weighs as much as it is small costs about 1: nothing was lost before the weight came in."""
    for low, high in ((28, 33), (50, 300)):
        z = rng.uniform(low, high)
        check_sure(student, z, math.exp(z))


def check_sure(student, z, weight=1.0):
    """The loss and the gradient of a yes at z and a no at -z, to nine digits of numbers of any size."""
    what = f"of z = {z:.4g} for a yes and {-z:.4g} for a no" + f", pos_weight={weight:.4g}" * (weight != 1)
    result = student.weighted_bce(np.array([z, -z]), np.array([1.0, 0.0]), pos_weight=weight)
    loss, grad = unpack(result, "loss", "grad")
    small, tail = math.log1p(math.exp(-z)), math.exp(-z) / (1 + math.exp(-z))
    assert_close(loss, (weight + 1) * small / 2, what=f"loss {what}", rtol=1e-9, atol=0.0)
    assert_close(grad, np.array([-weight * tail, tail]) / 2, what=f"grad {what}", rtol=1e-9, atol=0.0)
