"""Hidden tests of a03.adadelta."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


def draw_eps(rng):
    return rng.uniform(0.02, 0.1), rng.uniform(0.2, 0.5)


@points(1)
def test_first_steps(student, rng):
    """The first two moves, from the formula, with two numbers for eps that are large and not equal."""
    params, rho, (small, large) = common.draw_params(rng), rng.uniform(0.5, 0.9), draw_eps(rng)
    first, second = common.draw_like(rng, params), common.draw_like(rng, params)
    options, state, place = {"rho": rho, "eps": (small, large)}, None, params
    moves, squares = dict.fromkeys(params, 0.0), dict.fromkeys(params, 0.0)
    for number, grads in enumerate((first, second), start=1):
        place, state = unpack(student.adadelta_step(place, grads, state, **options), "params", "state")
        for name, g in grads.items():
            squares[name] = rho * squares[name] + (1 - rho) * g * g
            move = -g * np.sqrt((moves[name] + small) / (squares[name] + large))
            moves[name] = rho * moves[name] + (1 - rho) * move * move
            params = {**params, name: params[name] + move}
        assert_close(place, params, what=f"after step {number}, params")


@points(1)
def test_long_run(student, reference, rng):
    """A run of 24 steps goes where it should, and goes there again from a state saved half way."""
    params, options = common.draw_params(rng), {"rho": rng.uniform(0.7, 0.95), "eps": draw_eps(rng)}
    calls = [(common.draw_like(rng, params), options) for _ in range(24)]
    common.check_trajectory(student.adadelta_step, reference.adadelta_step, params, calls)


@points(1)
def test_units(student, rng):
    """Measured in other units, a walk is the same walk: metres or millimetres, and no rate to be changed."""
    params, factor, (small, large) = common.draw_params(rng), 10.0 ** rng.uniform(-2, 2), draw_eps(rng)
    steps = [common.draw_like(rng, params) for _ in range(6)]
    metres = common.path_of(student.adadelta_step, params, steps, eps=(small, large))
    scaled = {name: np.asarray(factor * array) for name, array in params.items()}
    other = [{name: np.asarray(grad / factor) for name, grad in grads.items()} for grads in steps]
    state, eps = None, (small * factor**2, large / factor**2)
    for number, grads in enumerate(other, start=1):
        what = f"after step {number} in units of 1/{factor:.3g}, params"
        scaled, state = common.take(student.adadelta_step, scaled, grads, state, what, eps=eps)
        assert_close({name: array / factor for name, array in scaled.items()}, metres[number], what=what)
    common.check_memory(student.adadelta_step, rng, {"eps": (small, large)})


@points(1)
def test_rate(student, rng):
    """`lr` multiplies the moves and is not remembered: with half the rate a run goes half as far, step by step."""
    params, lr = common.draw_params(rng), rng.uniform(0.2, 0.6)
    steps, options = [common.draw_like(rng, params) for _ in range(6)], {"eps": draw_eps(rng)}
    whole = common.path_of(student.adadelta_step, params, steps, **options)
    part = common.path_of(student.adadelta_step, params, steps, lr=lr, **options)
    for number in range(1, 7):
        expected = {name: array + lr * (whole[number][name] - array) for name, array in params.items()}
        assert_close(part[number], expected, what=f"after step {number} with lr={lr:.3g}, params")


@points(1)
def test_weight_decay(student, rng):
    """Weight decay is part of the gradient: it is squared, averaged and divided like the rest."""
    common.check_coupled_decay(student.adadelta_step, rng, {"eps": draw_eps(rng)}, rng.uniform(0.1, 0.5))


@points(1)
def test_missing_gradients(student, rng):
    """A name without a gradient waits: its array and its averages stay, decay or not, and the others go on."""
    options = {"rho": rng.uniform(0.7, 0.9), "eps": draw_eps(rng), "weight_decay": 0.1}
    common.check_missing(student.adadelta_step, rng, options)
