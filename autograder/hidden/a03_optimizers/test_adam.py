"""Hidden tests of a03.adam."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


@points(1)
def test_constant_gradient(student, rng):
    """Under a constant gradient every step is lr * |g| / (|g| + eps) long, the first as the last, for any betas."""
    params, lr, eps = common.draw_params(rng), rng.uniform(0.01, 0.1), rng.uniform(0.05, 0.5)
    betas = rng.uniform(0.5, 0.95), rng.uniform(0.9, 0.999)
    grads, place, state = common.draw_like(rng, params), params, None
    for number in range(1, 16):
        place, state = unpack(student.adam_step(place, grads, state, lr=lr, betas=betas, eps=eps), "params", "state")
        params = {name: array - lr * grads[name] / (np.abs(grads[name]) + eps) for name, array in params.items()}
        assert_close(place, params, what=f"after step {number}, params")


@points(1)
def test_size_of_gradients(student, reference, rng):
    """The first step is lr for any gradient, and later ones do not care either what all gradients are multiplied by."""
    params, lr = common.draw_params(rng), rng.uniform(0.01, 0.1)
    grads = [common.draw_like(rng, params) for _ in range(6)]
    first = {name: array - lr * np.sign(grads[0][name]) for name, array in params.items()}
    common.check_sizes(student.adam_step, reference.adam_step, params, grads, first, {"lr": lr, "eps": 1e-30})


@points(2)
def test_trajectory(student, reference, rng):
    """A run of 16 to 32 steps goes where it should, and goes there again from a state saved half way."""
    params, betas = common.draw_params(rng), (rng.uniform(0.7, 0.95), rng.uniform(0.9, 0.999))
    rates = rng.uniform(0.01, 0.05, size=rng.integers(16, 33))
    calls = [(common.draw_like(rng, params), {"lr": lr, "betas": betas, "eps": common.SHORT}) for lr in rates]
    common.check_trajectory(student.adam_step, reference.adam_step, params, calls)


@points(1)
def test_coupled_decay(student, rng):
    """By default weight decay is part of the gradient: it is averaged, squared and divided like the rest."""
    options = {"lr": rng.uniform(0.01, 0.03), "eps": common.SHORT}
    common.check_coupled_decay(student.adam_step, rng, options, rng.uniform(0.1, 0.5))


@points(1)
def test_decoupled_decay(student, rng):
    """Decoupled, weight decay takes lr * weight_decay * param away, beside the step and not divided by anything."""
    params, decay, lr = common.draw_params(rng), rng.uniform(0.2, 1.0), rng.uniform(0.05, 0.2)
    options, place, state = {"lr": lr, "eps": common.SHORT}, params, None
    common.path_of(student.adam_step, params, [common.draw_like(rng, params)], **options)
    for number in range(1, 7):
        grads = common.draw_like(rng, params)
        what = f"after step {number} with weight_decay={decay:.3g}, decoupled, params"
        plain, _ = common.take(student.adam_step, place, grads, state, what, **options)
        expected = {name: array - lr * decay * place[name] for name, array in plain.items()}
        options_now = {**options, "weight_decay": decay, "decoupled": True}
        place, state = common.take(student.adam_step, place, grads, state, what, **options_now)
        assert_close(place, expected, what=what)


@points(1)
def test_frozen_entries(student, rng):
    """Frozen entries stay, whatever their averages, decay or gradient, nan included, and the others ignore them."""
    for decoupled in (False, True):
        options = {"lr": rng.uniform(0.01, 0.05), "eps": common.SHORT, "weight_decay": 0.1, "decoupled": decoupled}
        common.check_frozen(student.adam_step, rng, options, before=1, during=4, after=0)


@points(1)
def test_own_count(student, rng):
    """Every entry counts its own steps: one that was frozen for a while goes on as if that time had not been."""
    options = {"lr": rng.uniform(0.01, 0.05), "eps": common.SHORT}
    common.check_frozen(student.adam_step, rng, options, before=0, during=int(rng.integers(3, 9)), after=3)
    common.check_frozen(student.adam_step, rng, options, before=2, during=4, after=2)


@points(1)
def test_missing_gradients(student, rng):
    """A name without a gradient waits: array, averages and count stay, decay or not, and the others go on."""
    for decoupled in (False, True):
        options = {"lr": 0.02, "eps": common.SHORT, "weight_decay": 0.1, "decoupled": decoupled}
        common.check_missing(student.adam_step, rng, options)


@points(1)
def test_single_precision(student, rng):
    """float32 parameters give the same numbers to float32 accuracy, and come back as float32."""
    common.check_single_precision(student.adam_step, rng, {"lr": 0.02, "betas": (0.9, 0.99), "eps": common.SHORT})
