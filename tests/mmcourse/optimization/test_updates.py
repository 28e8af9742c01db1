"""All optimizers with one face: equality with torch, turned landscapes, and an unknown name."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.optimization.surfaces import RAVINE
from mmcourse.optimization.updates import FIELD, OPTIMIZERS, look_ahead_step, update_of

NAMES = {
    "descent": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "Nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "Adagrad": ("Adagrad", {}),
    "Adadelta": ("Adadelta", {}),
    "RMSprop": ("RMSprop", {"alpha": 0.9}),
    "Adam": ("Adam", {}),
    "AdamW": ("AdamW", {}),
}
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


@every_optimizer
def test_the_path_equals_torch(name):
    theirs, options = NAMES[name]
    x = torch.tensor(RAVINE.start, dtype=torch.float64)
    optimizer, update = getattr(torch.optim, theirs)([x], lr=0.02, **options), update_of(name, 0.02)
    params, state = np.array(RAVINE.start), None
    for _ in range(200):
        x.grad = torch.from_numpy(RAVINE.grad(x.numpy()) + np.cos(x.numpy()))
        optimizer.step()
        params, state = update(params, RAVINE.grad(params) + np.cos(params), state)
        np.testing.assert_allclose(params, x.numpy(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["descent", "momentum", "Nesterov"])
@given(angle=st.floats(0, 2 * np.pi), lr=st.floats(1e-3, 0.03))
def test_without_division_a_turned_landscape_gives_the_turned_walk(name, angle, lr):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    curves, params = np.diag([1.0, 25.0]), np.array([-3.0, 1.0])
    turned, states, update = turn @ params, [None, None], update_of(name, lr)
    for _ in range(20):
        params, states[0] = update(params, curves @ params, states[0])
        turned, states[1] = update(turned, turn @ curves @ turn.T @ turned, states[1])
    np.testing.assert_allclose(turned, turn @ params, atol=1e-9)


def test_a_step_that_looks_ahead_by_hand():
    x, velocity = look_ahead_step(np.array([1.0]), np.array([2.0]), grad=np.array([3.0]), lr=0.1)
    np.testing.assert_allclose([x[0], velocity[0]], [1 + 1.9 * 1.5 - 1.8, 1.5], atol=1e-15)


@every_optimizer
@pytest.mark.parametrize("slope", [1e-4, 1e4])
def test_extreme_slopes_give_finite_steps_downhill(name, slope):
    params, state = update_of(name, 1e-3)(np.zeros(2), np.array([slope, -slope]), None)
    assert params[0] < 0 < params[1] and np.isfinite(params).all()
    assert isinstance(state, tuple)


def test_without_anything_to_decay_adamw_is_adam_and_does_not_race():
    params = [update_of(name, 0.1)(np.zeros(2), np.array([1.0, -3.0]), None)[0] for name in ("Adam", "AdamW")]
    np.testing.assert_array_equal(*params)
    assert set(FIELD) < set(OPTIMIZERS) and "AdamW" not in FIELD


def test_there_is_no_such_optimizer():
    with pytest.raises(ValueError, match="no optimizer 'adam': use one of descent, momentum"):
        update_of("adam", 0.1)
