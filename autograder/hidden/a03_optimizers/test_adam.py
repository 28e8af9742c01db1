"""Hidden tests of a03.adam."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


@points(2)
def test_constant_gradient(student, rng):
    """Under a constant gradient every step is lr * |g| / (|g| + eps) long, the first as the fiftieth, for any betas."""
    params, lr, eps = common.draw_params(rng), rng.uniform(0.01, 0.1), rng.uniform(0.05, 0.5)
    betas = rng.uniform(0.5, 0.95), rng.uniform(0.9, 0.999)
    grads = common.draw_like(rng, params)
    place, state = params, None
    for number in range(1, 21):
        place, state = unpack(student.adam_step(place, grads, state, lr=lr, betas=betas, eps=eps), "params", "state")
        distance = number * lr
        expected = {n: p - distance * grads[n] / (np.abs(grads[n]) + eps) for n, p in params.items()}
        assert_close(place, expected, what=f"params after step {number}")


@points(1)
def test_size_of_gradients(student, reference, rng):
    """The first step is lr for any gradient, and later ones do not care either what all gradients are multiplied by."""
    params, lr = common.draw_params(rng), rng.uniform(0.01, 0.1)
    grads = [common.draw_like(rng, params) for _ in range(6)]
    first = {name: array - lr * np.sign(grads[0][name]) for name, array in params.items()}
    common.check_sizes(student.adam_step, reference.adam_step, params, grads, first, {"lr": lr, "eps": 1e-15})


@points(1)
def test_trajectory(student, reference, rng):
    """A run of 20 to 60 steps goes where it should, and goes there again from a state saved half way."""
    params, betas = common.draw_params(rng), (rng.uniform(0.7, 0.95), rng.uniform(0.9, 0.999))
    rates = rng.uniform(0.01, 0.05, size=rng.integers(20, 61))
    calls = [(common.draw_like(rng, params), {"lr": lr, "betas": betas}) for lr in rates]
    common.resume_twice(student.adam_step, reference.adam_step, params, calls)


@points(1)
def test_coupled_decay(student, reference, rng):
    """By default weight decay is part of the gradient: alone, it moves every entry by lr towards zero, large or small."""
    params, lr, decay = common.draw_params(rng), rng.uniform(0.01, 0.05), rng.uniform(0.2, 1.0)
    options = {"lr": lr, "eps": 1e-3, "weight_decay": decay}
    zeros = {name: np.zeros_like(array) for name, array in params.items()}
    place, _ = unpack(student.adam_step(params, zeros, **options), "params", "state")
    expected = {n: p - lr * decay * p / (np.abs(decay * p) + 1e-3) for n, p in params.items()}
    assert_close(place, expected, what="params after one step without gradient")
    calls = [(common.draw_like(rng, params), options) for _ in range(10)]
    common.follow(student.adam_step, reference.adam_step, params, calls)


@points(1)
def test_decoupled_decay(student, reference, rng):
    """Decoupled, weight decay multiplies by 1 - lr * weight_decay, beside the step and not divided by anything."""
    params, lr, decay = common.draw_params(rng), rng.uniform(0.05, 0.2), rng.uniform(0.2, 1.0)
    options = {"lr": lr, "weight_decay": decay, "decoupled": True}
    zeros = {name: np.zeros_like(array) for name, array in params.items()}
    place, _ = unpack(student.adam_step(params, zeros, **options), "params", "state")
    expected = {name: (1 - lr * decay) * array for name, array in params.items()}
    assert_close(place, expected, what="params after one step without gradient")
    grads = common.draw_like(rng, params)
    place, _ = unpack(student.adam_step(params, grads, **options), "params", "state")
    expected = {n: (1 - lr * decay) * p - lr * grads[n] / (np.abs(grads[n]) + 1e-8) for n, p in params.items()}
    assert_close(place, expected, what="params after one step")
    calls = [(common.draw_like(rng, params), options) for _ in range(10)]
    common.follow(student.adam_step, reference.adam_step, params, calls)


@points(1)
def test_frozen_entries(student, reference, rng):
    """Frozen entries stay, whatever their averages, decay or gradient, nan included, and the others ignore them."""
    for decoupled in (False, True):
        options = {"lr": rng.uniform(0.01, 0.05), "weight_decay": 0.1, "decoupled": decoupled}
        common.check_frozen(student.adam_step, reference.adam_step, rng, options)


@points(1)
def test_own_count(student, reference, rng):
    """Every entry counts its own steps: one that was frozen from the start moves by lr when it is free at last."""
    params, lr = common.draw_params(rng), rng.uniform(0.01, 0.05)
    frozen, last = common.draw_masks(rng, params), common.draw_like(rng, params)
    calls = [(common.draw_like(rng, params), {"lr": lr}) for _ in range(rng.integers(3, 9))]
    place, state = common.walk(student.adam_step, params, None, [(g, {"lr": lr, "frozen": frozen}) for g, _ in calls])
    place, _ = unpack(student.adam_step(place, last, state, lr=lr), "params", "state")
    free, _ = common.walk(reference.adam_step, params, None, [*calls, (last, {"lr": lr})])
    late = {name: p - lr * last[name] / (np.abs(last[name]) + 1e-8) for name, p in params.items()}
    expected = {name: np.where(frozen.get(name, False), late[name], free[name]) for name in params}
    assert_close(place, expected, what=f"params after step {len(calls) + 1}, the first with all entries free")


@points(1)
def test_missing_gradients(student, reference, rng):
    """A name without a gradient waits: array, averages and count stay, decay or not, and the others go on."""
    for decoupled in (False, True):
        options = {"lr": 0.02, "betas": (0.8, rng.uniform(0.9, 0.99)), "weight_decay": 0.1, "decoupled": decoupled}
        common.check_missing(student.adam_step, reference.adam_step, rng, options)


@points(1)
def test_single_precision(student, reference, rng):
    """float32 parameters give the same numbers to float32 accuracy, and come back as float32."""
    options = {"lr": 0.02, "betas": (0.9, 0.99), "eps": 1e-4, "weight_decay": 0.01}
    common.check_single_precision(student.adam_step, reference.adam_step, rng, options)
