"""Hidden tests of a01.l1."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


def draw(rng):
    """Predictions and targets (B, T, D), lengths with an empty and a full one; no difference is a multiple of 0.1."""
    frames, size = int(rng.integers(3, 6)), int(rng.integers(2, 4))
    lengths = rng.permutation([0, 1, frames, int(rng.integers(2, frames))])
    shape = (4, frames, size)
    return common.grid(rng.normal(size=shape)), common.grid(rng.normal(size=shape)) + 0.05, lengths


def counted(predictions, lengths):
    return np.broadcast_to((np.arange(predictions.shape[1]) < lengths[:, None])[..., None], predictions.shape)


def loss_of(student, *args, **options):
    return common.number(unpack(student.padded_l1(*args, **options), "loss", "grad")[0])


@points(2)
def test_l1(student, rng):
    """By default it is the mean of the absolute differences over all entries that count."""
    predictions, targets, lengths = draw(rng)
    expected = common.smooth_l1(predictions, targets, lengths, 0.0, "entries")
    assert_close(loss_of(student, predictions, targets, lengths), expected, what="loss")
    off = rng.uniform(1.0, 1e4)
    everything = np.full(len(lengths), predictions.shape[1])
    assert_close(
        loss_of(student, targets - off, targets, everything), off, what=f"loss of everything {off:.4g} too low"
    )


@points(2)
def test_smooth(student, rng):
    """Below beta it is a parabola, beyond it a straight line, and they meet."""
    predictions, targets, lengths = draw(rng)
    for beta in (0.05, rng.uniform(0.5, 1.5), 50.0):
        expected = common.smooth_l1(predictions, targets, lengths, beta, "entries")
        assert_close(
            loss_of(student, predictions, targets, lengths, beta=beta), expected, what=f"loss with beta={beta:.4g}"
        )


@points(1)
def test_gradient(student, rng):
    """The gradient is the slope of your loss, and 0 beyond the lengths."""
    predictions, targets, lengths = draw(rng)
    options = {"counts": counted(predictions, lengths)}
    common.check_slopes(student.padded_l1, rng, predictions, targets, lengths, **options)
    common.check_slopes(student.padded_l1, rng, predictions, targets, lengths, beta=1.0, what="beta=1, ", **options)


@points(1)
def test_exactly_right(student, rng):
    """Where a prediction is exactly right, loss and gradient are 0, for beta=0 too, and nothing is divided by 0."""
    predictions, targets, _ = draw(rng)
    lengths = np.full(len(targets), targets.shape[1])
    off = rng.choice([-2.0, 2.0], size=targets.shape) * (rng.random(targets.shape) < 0.5)
    off.flat[:2] = 2.0, 0.0
    targets = np.round(targets)  # so that the differences are exact
    for beta in (0.0, 1.0):
        loss, grad = common.take(student.padded_l1, targets + off, targets, lengths, beta=beta, what=f"beta={beta:g}, ")
        assert_close(loss, np.mean(np.where(off != 0, 2 - beta / 2, 0.0)), what=f"beta={beta:g}, loss")
        assert_close(grad, np.sign(off) / off.size, what=f"beta={beta:g}, grad")


@points(2)
def test_padding(student, rng):
    """Nothing beyond the length of a sequence matters, nan included."""
    predictions, targets, lengths = draw(rng)
    counts = counted(predictions, lengths)
    for beta in (0.0, 0.5):
        expected = common.smooth_l1(predictions, targets, lengths, beta, "entries")
        for junk in (np.nan, np.inf, 1e4):
            padded = np.where(counts, predictions, junk), np.where(counts, targets, np.nan)
            loss, grad = common.take(student.padded_l1, *padded, lengths, beta=beta)
            assert_close(loss, expected, what=f"loss with {junk:g} in the padding, beta={beta:g}")
            assert_close(grad[~counts], np.zeros((~counts).sum()), what="grad in the padding")
            assert np.abs(grad).max() > 1e-8, "grad: 0 everywhere, though the loss can be lowered"


@points(1)
def test_sequences(student, rng):
    """Averaged over sequences, each that has a frame counts once, long or short; the gradient follows."""
    predictions, targets, lengths = draw(rng)
    options = {"average": "sequences", "beta": 0.5}
    expected = common.smooth_l1(predictions, targets, lengths, 0.5, "sequences")
    assert_close(loss_of(student, predictions, targets, lengths, **options), expected, what="loss over sequences")
    counts = counted(predictions, lengths)
    common.check_slopes(student.padded_l1, rng, predictions, targets, lengths, counts=counts, **options)
    _, grad = common.take(student.padded_l1, targets + 2.0, targets, lengths, **options)
    sums = grad.sum(axis=(1, 2))
    assert_close(sums, (lengths > 0) / np.count_nonzero(lengths), what="sums of grad over each sequence")


@points(1)
def test_nothing_counts(student, rng):
    """When all sequences are empty, loss and gradient are 0."""
    predictions, targets, lengths = draw(rng)
    for average in ("entries", "sequences"):
        what = f"average={average!r}, "
        assert loss_of(student, predictions, targets, lengths, average=average) > 0, f"{what}loss: 0 of a wrong one"
        for padding in (predictions, np.full(targets.shape, np.nan)):
            args = padding, targets, np.zeros(len(targets), int)
            loss, grad = common.take(student.padded_l1, *args, average=average, what=what)
            assert_close(loss, 0.0, what=f"{what}loss when nothing counts")
            assert_close(grad, np.zeros(targets.shape), what=f"{what}grad when nothing counts")
