"""Hidden tests of a03.momentum."""

from pathlib import Path

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


@points(1)
def test_constant_gradient(student, rng):
    """Under a constant gradient the first step is lr * grad, and the steps grow towards lr * grad / (1 - momentum)."""
    params, momentum, lr = common.draw_params(rng), rng.uniform(0.3, 0.6), rng.uniform(0.01, 0.1)
    grads, place, state = common.draw_like(rng, params), params, None
    for number in range(1, 16):
        place, state = unpack(student.momentum_step(place, grads, state, lr=lr, momentum=momentum), "params", "state")
        step = lr * (1 - momentum**number) / (1 - momentum)  # a geometric series, per unit of gradient
        params = {name: array - step * grads[name] for name, array in params.items()}
        assert_close(place, params, what=f"after step {number}, params")


@points(2)
def test_trajectory(student, reference, rng):
    """A run of 16 to 32 steps goes where it should, and goes there again from a state saved half way."""
    params = common.draw_params(rng)
    options = {"lr": rng.uniform(0.01, 0.1), "momentum": rng.uniform(0.7, 0.95)}
    calls = [(common.draw_like(rng, params), options) for _ in range(rng.integers(16, 33))]
    common.check_trajectory(student.momentum_step, reference.momentum_step, params, calls)


@points(2)
def test_rate_schedule(student, reference, rng):
    """The velocity keeps the rates it was built with: at lr=0 the marble rolls on, and a schedule is followed."""
    params, lr, momentum = common.draw_params(rng), rng.uniform(0.05, 0.2), rng.uniform(0.5, 0.9)
    grads = common.draw_like(rng, params)
    place, state = unpack(student.momentum_step(params, grads, lr=lr, momentum=momentum), "params", "state")
    for number in (2, 3):  # each step of rolling is the last one times momentum
        place, state = unpack(student.momentum_step(place, grads, state, lr=0.0, momentum=momentum), "params", "state")
        distance = lr * (1 - momentum**number) / (1 - momentum)
        expected = {name: array - distance * grads[name] for name, array in params.items()}
        assert_close(place, expected, what=f"after step {number}, with lr=0 since step 2, params")
    calls = [(common.draw_like(rng, params), {"lr": lr / (1 + k), "momentum": momentum}) for k in range(8)]
    common.follow(student.momentum_step, reference.momentum_step, params, calls)


@points(1)
def test_weight_decay(student, rng):
    """Weight decay pulls through the velocity: it does what a gradient larger by weight_decay * param would do."""
    options = {"lr": rng.uniform(0.02, 0.05), "momentum": rng.uniform(0.5, 0.9)}
    common.check_coupled_decay(student.momentum_step, rng, options, rng.uniform(0.1, 0.5))


@points(1)
def test_frozen_entries_stay(student, rng):
    """Frozen entries stay, whatever their velocity, decay or gradient, nan included, and the others ignore them."""
    options = {"lr": rng.uniform(0.05, 0.2), "momentum": rng.uniform(0.5, 0.9), "weight_decay": 0.1}
    common.check_frozen(student.momentum_step, rng, options, before=1, during=4, after=0)


@points(1)
def test_thawed_entries_roll_on(student, rng):
    """An entry that is frozen for a while keeps its velocity, and rolls on with it when it is free again."""
    options = {"lr": rng.uniform(0.05, 0.2), "momentum": rng.uniform(0.5, 0.9)}
    common.check_frozen(student.momentum_step, rng, options, before=2, during=3, after=3)


@points(1)
def test_missing_gradients(student, rng):
    """A name without a gradient waits: its array and its velocity stay, decay or not, and the others go on."""
    options = {"lr": 0.1, "momentum": rng.uniform(0.5, 0.9), "weight_decay": 0.1}
    common.check_missing(student.momentum_step, rng, options)


@points(1)
def test_single_precision(student, rng):
    """float32 parameters give the same numbers to float32 accuracy, and come back as float32."""
    common.check_single_precision(student.momentum_step, rng, {"lr": 0.1, "momentum": 0.9})
