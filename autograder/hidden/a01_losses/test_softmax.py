"""Hidden tests of a01.softmax."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points

common = load_module(Path(__file__).with_name("common.py"))


def draw(rng):
    """Scores of shape (B, T), and a mask with two counted entries or more in each row, and one masked or more."""
    rows, columns = (int(n) for n in rng.integers(3, 7, size=2))
    mask = rng.random((rows, columns + 1)) < 0.6
    mask[:, :3] = rng.permuted(np.tile([True, True, False], (rows, 1)), axis=1)
    return rng.normal(size=mask.shape), mask


@points(2)
def test_shares(student, rng):
    """Shares of what counts add up to 1, and two of them are in the ratio exp of their difference in scores."""
    scores, mask = draw(rng)
    shares = common.array_like(student.masked_softmax(scores, mask), scores, "shares")
    assert_close(shares.sum(axis=1), np.ones(len(scores)), what="sums of the shares along the last axis")
    assert_close(shares[~mask], np.zeros((~mask).sum()), what="shares of masked scores")
    best = np.where(mask, scores, -np.inf).argmax(axis=1)[:, None]
    ratios = shares / np.take_along_axis(shares, best, axis=1)
    expected = np.where(mask, np.exp(scores - np.take_along_axis(scores, best, axis=1)), 0.0)
    assert_close(ratios, expected, what="shares over the largest share of the row")


@points(1)
def test_shift(student, rng):
    """Adding a number to all scores of a row changes nothing, whatever the temperature."""
    scores, _ = draw(rng)
    temperature = rng.uniform(0.5, 2.0)
    plain = common.array_like(student.masked_softmax(scores, temperature=temperature), scores, "shares")
    shifted = student.masked_softmax(scores + 100 * rng.normal(size=(len(scores), 1)), temperature=temperature)
    assert_close(shifted, plain, what="shares of shifted scores")
    assert_close(np.sum(plain, axis=1), np.ones(len(scores)), what="sums of the shares along the last axis")


@points(1)
def test_temperature(student, rng):
    """Dividing by the temperature is all it does: a tiny one leaves the best score alone, a huge one shares alike."""
    scores, _ = draw(rng)
    temperature = rng.uniform(1.5, 3.0) ** rng.choice([-1, 1])
    expected = _closed_form(scores / temperature)
    got = student.masked_softmax(scores, temperature=temperature)
    assert_close(got, expected, what=f"shares at temperature {temperature:.3g}")
    whole = rng.permuted(np.tile(np.arange(scores.shape[1], dtype=float), (len(scores), 1)), axis=1)
    best = (whole == scores.shape[1] - 1).astype(float)
    shares = student.masked_softmax(whole, temperature=1 / 60)  # the second best has exp(-60)
    assert_close(shares, best, what="shares of whole numbers at temperature 1/60")
    alike = np.full(scores.shape, 1 / scores.shape[1])
    assert_close(student.masked_softmax(scores, temperature=1e12), alike, what="shares at temperature 1e+12")


@points(1)
def test_large_scores(student, rng):
    """Scores of ten thousand and minus ten thousand give ordinary shares."""
    scores, _ = draw(rng)
    for shift in (1e4, -1e4):
        exact = scores + shift - shift  # what is left of the scores after rounding
        got = student.masked_softmax(scores + shift)
        assert_close(got, _closed_form(exact), what=f"shares of scores around {shift:g}")
    far = np.where(rng.random(scores.shape) < 0.5, 1e4, -1e4)
    assert_close(student.masked_softmax(far), _closed_form(far), what="shares of scores of +-1e4")


@points(2)
def test_masked_scores_do_not_matter(student, rng):
    """Masked scores may be huge, tiny, nan or infinite, and nobody notices."""
    scores, mask = draw(rng)
    expected = _closed_form(scores, mask)
    for junk in (1e4, -1e4, np.nan, np.inf, -np.inf):
        shares = student.masked_softmax(np.where(mask, scores, junk), mask)
        assert_close(shares, expected, what=f"shares where masked scores are {junk:g}")


@points(1)
def test_nothing_counts(student, rng):
    """Where a whole row is masked its shares are zeros, and the other rows are as ever."""
    scores, mask = draw(rng)
    mask[rng.integers(len(mask))] = False
    scores[rng.integers(len(mask))] *= 100
    expected = _closed_form(scores, mask)
    assert_close(student.masked_softmax(scores, mask), expected, what="shares with a row that is all masked")
    assert_close(
        student.masked_softmax(np.where(mask, scores, np.nan), mask), expected, what="shares, masked scores being nan"
    )


@points(1)
def test_broadcast_mask(student, rng):
    """A mask that numpy broadcasts to the scores will do, such as one row for all."""
    shape = tuple(int(n) for n in rng.integers(2, 5, size=3))
    scores = rng.normal(size=shape)
    for small in (shape[2:], (shape[0], 1, shape[2]), (1, 1, shape[2])):
        mask = rng.random(small) < 0.5
        mask[..., :2] = rng.permutation([True, False])
        expected = _closed_form(scores, np.broadcast_to(mask, shape))
        got = student.masked_softmax(scores, mask)
        assert_close(got, expected, what=f"shares of scores {shape} with a mask {mask.shape}")


@points(1)
def test_any_axis(student, rng):
    """Along any axis of an array with any number of them."""
    shape = tuple(int(n) for n in rng.integers(2, 5, size=3))
    scores = rng.normal(size=shape)
    for axis in (0, 1, -2):
        expected = np.moveaxis(_closed_form(np.moveaxis(scores, axis, -1)), -1, axis)
        assert_close(student.masked_softmax(scores, axis=axis), expected, what=f"shares along axis {axis} of {shape}")
    vector = rng.normal(size=5)
    assert_close(student.masked_softmax(vector, axis=0), _closed_form(vector), what="shares of a vector, axis 0")


def _closed_form(scores, mask=True):
    """Each share as 1 / sum of exp(differences), one by one."""
    mask, shares = np.broadcast_to(mask, scores.shape), np.zeros(scores.shape)
    for place in map(tuple, np.argwhere(mask)):
        others = scores[place[:-1]][mask[place[:-1]]]
        with np.errstate(over="ignore"):
            shares[place] = 1 / np.sum(np.exp(others - scores[place]))
    return shares
