"""Hidden tests of penalised_gradient."""

import numpy as np

from autograder.testing import assert_close, points


def draw(rng):
    """Inputs (B, D), targets (B,) and weights (D,) of random sizes."""
    B, D = (int(n) for n in rng.integers(4, 12, size=2))
    return rng.normal(size=(B, D)), rng.normal(size=B), rng.uniform(0.1, 1.0, size=D) * rng.choice([-1, 1], size=D)


@points(1)
def test_without_penalty(student, rng):
    """Without a penalty it is the gradient of the mean squared error."""
    inputs, targets, weights = draw(rng)
    expected = 2 * inputs.T @ (inputs @ weights - targets) / len(targets)
    assert_close(student.penalised_gradient(weights, inputs, targets, 0.0), expected, what="gradient")


@points(2)
def test_penalty(student, rng):
    """The penalty adds strength times the sign of each weight."""
    inputs, targets, weights = draw(rng)
    strength = rng.uniform(0.5, 2.0)
    expected = 2 * inputs.T @ (inputs @ weights - targets) / len(targets) + strength * np.sign(weights)
    assert_close(student.penalised_gradient(weights, inputs, targets, strength), expected, what="gradient")


@points(1)
def test_twice(student, rng):
    """A second call starts from zero: gradients do not add up."""
    inputs, targets, weights = draw(rng)
    first = student.penalised_gradient(weights, inputs, targets, 0.3)
    assert_close(student.penalised_gradient(weights, inputs, targets, 0.3), first, what="second gradient")
