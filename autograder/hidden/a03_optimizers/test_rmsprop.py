"""Hidden tests of a03.rmsprop."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


@points(1)
def test_constant_gradient(student, rng):
    """Under a constant gradient, step t is lr * |g| / (sqrt(1 - alpha**t) * |g| + eps) long, for a large eps too."""
    params, alpha, lr = common.draw_params(rng), rng.uniform(0.8, 0.99), rng.uniform(0.01, 0.1)
    grads, eps = common.draw_like(rng, params), rng.uniform(0.1, 0.5)
    place, state = params, None
    for number in range(1, 13):
        result = student.rmsprop_step(place, grads, state, lr=lr, alpha=alpha, eps=eps)
        place, state = unpack(result, "params", "state")
        root = np.sqrt(1 - alpha**number)
        params = {name: p - lr * grads[name] / (root * np.abs(grads[name]) + eps) for name, p in params.items()}
        assert_close(place, params, what=f"after step {number}, params")


@points(1)
def test_size_of_gradients(student, reference, rng):
    """The size of the gradients does not matter: gradients a thousand times smaller or larger walk the same path."""
    params, alpha, lr = common.draw_params(rng), rng.uniform(0.8, 0.95), rng.uniform(0.01, 0.1)
    options = {"lr": lr, "alpha": alpha, "eps": 1e-30}
    grads = [common.draw_like(rng, params) for _ in range(6)]
    first = {name: array - lr / np.sqrt(1 - alpha) * np.sign(grads[0][name]) for name, array in params.items()}
    common.check_sizes(student.rmsprop_step, reference.rmsprop_step, params, grads, first, options)


@points(2)
def test_trajectory(student, reference, rng):
    """A run of 16 to 32 steps goes where it should, and goes there again from a state saved half way."""
    params, alpha = common.draw_params(rng), rng.uniform(0.8, 0.99)
    rates = rng.uniform(0.01, 0.05, size=rng.integers(16, 33))
    calls = [(common.draw_like(rng, params), {"lr": lr, "alpha": alpha, "eps": common.SHORT}) for lr in rates]
    common.check_trajectory(student.rmsprop_step, reference.rmsprop_step, params, calls)


@points(1)
def test_centered(student, reference, rng):
    """Centered, the step is divided by the spread of the gradients around their average."""
    params, alpha, lr = common.draw_params(rng), rng.uniform(0.8, 0.95), rng.uniform(0.01, 0.05)
    options = {"lr": lr, "alpha": alpha, "eps": common.SHORT, "centered": True}
    grads = common.draw_like(rng, params)
    root = np.sqrt(alpha * (1 - alpha))  # one gradient g in: square - mean**2 = (1 - alpha) * alpha * g**2
    expected = {name: array - lr / root * np.sign(grads[name]) for name, array in params.items()}
    place, _ = unpack(student.rmsprop_step(params, grads, **options), "params", "state")
    assert_close(place, expected, what="after step 1, params")
    calls = [(common.draw_like(rng, params), options) for _ in range(20)]
    common.follow(student.rmsprop_step, reference.rmsprop_step, params, calls)


@points(1)
def test_centered_without_spread(student, rng):
    """When the gradients stop changing the spread is zero, whatever rounding says, and eps alone divides the step."""
    params, grads = {"weight": rng.normal(size=60)}, {"weight": rng.uniform(0.5, 2.0, size=60)}
    options = {"lr": 0.01, "alpha": 0.5, "eps": 1.0, "centered": True}
    place, _ = common.walk(student.rmsprop_step, params, None, [(grads, options)] * 80)
    spread = 0.5 ** np.arange(1, 81) * (1 - 0.5 ** np.arange(1, 81))  # after t steps, per squared gradient
    roots = np.sqrt(spread)[:, None] * grads["weight"]  # (80, 60)
    expected = {"weight": params["weight"] - 0.01 * (grads["weight"] / (roots + 1.0)).sum(axis=0)}
    assert_close(place, expected, what="after 80 equal gradients, params", rtol=1e-3, atol=1e-3)


@points(1)
def test_weight_decay(student, rng):
    """Weight decay is part of the gradient: it is squared, averaged and divided like the rest."""
    options = {"lr": rng.uniform(0.01, 0.03), "alpha": rng.uniform(0.8, 0.95), "eps": common.SHORT}
    common.check_coupled_decay(student.rmsprop_step, rng, options, rng.uniform(0.1, 0.5))


@points(1)
def test_frozen_entries(student, rng):
    """Frozen entries stay, nan or not, and keep their averages for the day they are free again; others ignore them."""
    options = {"lr": rng.uniform(0.01, 0.05), "alpha": rng.uniform(0.8, 0.95), "eps": common.SHORT, "weight_decay": 0.1}
    common.check_frozen(student.rmsprop_step, rng, options, before=2, during=4, after=2)


@points(1)
def test_missing_gradients(student, rng):
    """A name without a gradient waits: its array and its averages stay, decay or not, and the others go on."""
    options = {"lr": 0.02, "alpha": rng.uniform(0.8, 0.95), "eps": common.SHORT, "weight_decay": 0.1}
    common.check_missing(student.rmsprop_step, rng, options)


@points(1)
def test_single_precision(student, rng):
    """float32 parameters give the same numbers to float32 accuracy, and come back as float32."""
    common.check_single_precision(student.rmsprop_step, rng, {"lr": 0.02, "alpha": 0.9, "eps": common.SHORT})
