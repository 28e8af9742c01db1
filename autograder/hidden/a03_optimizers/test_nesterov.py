"""Hidden tests of a03.nesterov."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points

common = load_module(Path(__file__).with_name("common.py"))


def check_marble(student, rng, rates, momenta, decay=0.0):
    """On a bowl, the points stored are those from which a marble that is kept elsewhere measures its slopes.

    Step k has the rate rates[k] and momenta[k]; momenta has one more, for the point that is stored last.
    """
    place = common.draw_params(rng)
    curvature = {name: rng.uniform(0.5, 3.0, size=array.shape) for name, array in place.items()}
    velocity, stored, state = {name: 0.0 * array for name, array in place.items()}, place, None
    pairs = []  # compared at the end: the first step alone does not tell mistakes apart
    for k, lr in enumerate(rates):
        grads = {name: np.asarray(curvature[name] * stored[name]) for name in place}
        options = {"lr": lr, "momentum": momenta[k]} | ({"weight_decay": decay} if decay else {})
        if momenta[k + 1] != momenta[k]:
            options["next_momentum"] = momenta[k + 1]
        stored, state = common.take(
            student.nesterov_step, stored, grads, state, f"after step {k + 1}, params", **options
        )
        for name, array in place.items():  # as in the lecture: the slope at x + m v
            ahead = array + momenta[k] * velocity[name]
            velocity[name] = momenta[k] * velocity[name] - lr * (curvature[name] + decay) * ahead
            place[name] = array + velocity[name]
        expected = {name: place[name] + momenta[k + 1] * velocity[name] for name in place}
        pairs.append((stored, expected))
    for number, (got, expected) in enumerate(pairs, start=1):
        assert_close(got, expected, what=f"after step {number}, params")


@points(2)
def test_marble_that_looks_ahead(student, rng):
    """On a bowl, what is stored is the point ahead of a marble that follows Nesterov's rule."""
    check_marble(student, rng, [rng.uniform(0.02, 0.2)] * 12, [rng.uniform(0.5, 0.9)] * 13)


@points(2)
def test_momentum_changes(student, rng):
    """With another rate and another momentum at each step, the point ahead is the one that the next step needs."""
    check_marble(student, rng, rng.uniform(0.02, 0.2, size=10), rng.uniform(0.2, 0.9, size=11))


@points(1)
def test_last_step(student, rng):
    """With next_momentum=0 the marble itself is stored; the first time too."""
    before, momentum = rng.uniform(0.1, 0.4), rng.uniform(0.5, 0.9)
    check_marble(student, rng, [rng.uniform(0.05, 0.2)] * 4, [before, *[momentum] * 3, 0.0])
    check_marble(student, rng, [rng.uniform(0.05, 0.2)], [momentum, 0.0])


@points(1)
def test_weight_decay(student, rng):
    """Weight decay is part of the gradient, at the point where the gradient was taken."""
    check_marble(student, rng, [rng.uniform(0.02, 0.1)] * 6, [rng.uniform(0.5, 0.9)] * 7, rng.uniform(0.2, 0.6))


@points(1)
def test_frozen_entries(student, rng):
    """Frozen entries stay, nan or not, keep their velocity, and roll on with it; the others ignore them."""
    options = {"lr": rng.uniform(0.05, 0.2), "momentum": rng.uniform(0.5, 0.9), "weight_decay": 0.1}
    common.check_frozen(student.nesterov_step, rng, options, before=2, during=2, after=2)


@points(1)
def test_missing_gradients(student, rng):
    """A name without a gradient waits: its array and its velocity stay, decay or not, and the others go on."""
    options = {"lr": 0.1, "momentum": rng.uniform(0.5, 0.9), "weight_decay": 0.1}
    common.check_missing(student.nesterov_step, rng, options)
