"""Hidden tests of train."""

import numpy as np

from autograder.testing import assert_close, points


def draw(rng):
    """Inputs (B, 3) around four corners, and which corner each belongs to (B,)."""
    labels = rng.integers(0, 4, size=40)
    return rng.normal(size=(4, 3))[labels] * 2 + rng.normal(size=(40, 3)) * 0.3, labels


@points(1)
def test_one_step(student, rng):
    """The first step from zero follows the closed form of the gradient."""
    inputs, labels = draw(rng)
    error = np.full((40, 4), 0.25) - np.eye(4)[labels]
    expected = -0.5 * inputs.T @ error / 40
    assert_close(student.train(inputs, labels, 4, lr=0.5, steps=1), expected, what="weights", rtol=1e-6)


@points(2)
def test_many_steps(student, reference, rng):
    """Thirty steps with momentum end where they should."""
    inputs, labels = draw(rng)
    options = {"lr": float(rng.uniform(0.1, 0.3)), "momentum": float(rng.uniform(0.5, 0.9)), "steps": 30}
    expected = reference.train(inputs, labels, 4, **options)
    assert_close(student.train(inputs, labels, 4, **options), expected, what="weights", rtol=1e-6)


@points(1)
def test_it_learns(student, rng):
    """The loss of a trained model is well below the one it began with."""
    inputs, labels = draw(rng)
    scores = inputs @ np.asarray(student.train(inputs, labels, 4, lr=0.3, momentum=0.8, steps=60))
    scores -= scores.max(axis=1, keepdims=True)
    losses = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(40), labels]
    assert losses.mean() < 0.7 * np.log(4), f"mean loss {losses.mean():.3f}, it began with {np.log(4):.3f}"
