"""Schedules: by hand, against torch, against their slopes, and what all of them have in common."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.optimization import schedules
from mmcourse.optimization.schedules import (
    constant,
    cosine_decay,
    exponential_decay,
    inverse_decay,
    linear_decay,
    step_decay,
    warm_up,
)

T = np.arange(60)
DECAYS = {
    "linear": lambda t: linear_decay(t, lr=0.1, last=0.001, steps=40),
    "step": lambda t: step_decay(t, lr=0.1, factor=0.5, every=10),
    "inverse": lambda t: inverse_decay(t, lr=0.1, decay=0.2),
    "exponential": lambda t: exponential_decay(t, lr=0.1, decay=0.05),
    "cosine": lambda t: cosine_decay(t, lr=0.1, last=0.001, steps=40),
}
decays = pytest.mark.parametrize("schedule", DECAYS.values(), ids=list(DECAYS))


def torch_rates(make, steps=60, lr=0.1):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return rates


def test_by_hand():
    np.testing.assert_array_equal(constant(np.arange(3), lr=0.5), [0.5, 0.5, 0.5])
    np.testing.assert_allclose(linear_decay(np.array([0, 1, 4, 9]), lr=1.0, last=0.2, steps=4), [1, 0.8, 0.2, 0.2])
    np.testing.assert_array_equal(step_decay(np.arange(5), lr=8.0, factor=0.5, every=2), [8, 8, 4, 4, 2])
    np.testing.assert_allclose(inverse_decay(np.array([0, 2, 6]), lr=1.0, decay=0.5), [1, 0.5, 0.25])
    np.testing.assert_allclose(exponential_decay(np.array([0, 2]), lr=1.0, decay=0.5), [1, 1 / math.e])
    np.testing.assert_allclose(cosine_decay(np.array([0, 2, 3, 6]), 1.0, 0.0, steps=6), [1, 0.75, 0.5, 0], atol=1e-15)
    np.testing.assert_allclose(warm_up(np.arange(4), 0.6, steps=3), [0.6 / 3, 0.4, 0.6, 0.6])


def test_equal_to_torch():
    lrs = torch.optim.lr_scheduler
    expected = {
        "linear": torch_rates(lambda o: lrs.LinearLR(o, start_factor=1.0, end_factor=0.01, total_iters=40)),
        "step": torch_rates(lambda o: lrs.StepLR(o, step_size=10, gamma=0.5)),
        "exponential": torch_rates(lambda o: lrs.ExponentialLR(o, gamma=math.exp(-0.05))),
        "inverse": torch_rates(lambda o: lrs.LambdaLR(o, lambda t: 1 / (1 + 0.2 * t))),
    }
    for name, rates in expected.items():
        np.testing.assert_allclose(DECAYS[name](T), rates, rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(constant(T, lr=0.1), torch_rates(lambda o: lrs.ConstantLR(o, factor=1.0)))
    rates = torch_rates(lambda o: lrs.LinearLR(o, start_factor=1 / 8, total_iters=7))
    np.testing.assert_allclose(warm_up(T, 0.1, steps=8), rates, rtol=1e-9)
    rates = torch_rates(lambda o: lrs.CosineAnnealingLR(o, T_max=40, eta_min=0.001), steps=41)
    np.testing.assert_allclose(DECAYS["cosine"](np.arange(41)), rates, rtol=1e-9)


def test_the_smooth_ones_solve_their_differential_equations():
    """Slopes by central differences: exponential, η' = −ε η; inverse, η' = −ε η² / η₀."""
    t, step = np.linspace(1, 50, 20), 1e-5
    for schedule, slope in (
        (DECAYS["exponential"], lambda rate: -0.05 * rate),
        (DECAYS["inverse"], lambda rate: -0.2 * rate**2 / 0.1),
    ):
        difference = (schedule(t + step) - schedule(t - step)) / (2 * step)
        np.testing.assert_allclose(difference, slope(schedule(t)), atol=1e-9)


@decays
@given(st.integers(0, 10**4))
def test_a_decay_begins_at_the_rate_and_never_rises(schedule, t):
    assert schedule(0) == pytest.approx(0.1)
    assert 0 <= schedule(t + 1) <= schedule(t) <= 0.1 + 1e-12


@decays
def test_time_may_have_any_shape(schedule):
    grid = T.reshape(3, 4, 5)
    np.testing.assert_array_equal(schedule(grid), schedule(T).reshape(3, 4, 5))
    assert np.shape(schedule(7)) == () and schedule(7) == schedule(T)[7]


@given(st.floats(1e-6, 1e3), st.integers(0, 1000))
def test_twice_the_rate_gives_twice_the_schedule(lr, t):
    for schedule in (
        lambda lr: linear_decay(t, lr, lr / 100, 40),
        lambda lr: step_decay(t, lr, 0.5, 7),
        lambda lr: inverse_decay(t, lr, 0.1),
        lambda lr: exponential_decay(t, lr, 0.01),
        lambda lr: warm_up(t, cosine_decay(t, lr, 0.0, 40), 5),
    ):
        assert schedule(2 * lr) == pytest.approx(2 * schedule(lr))


def test_after_its_end_the_line_stays_level():
    """Without the minimum the printed line is negative at last: the walk would climb."""
    assert (1 - 100 / 40) * 0.1 + 100 / 40 * 0.001 < 0
    np.testing.assert_array_equal(linear_decay(np.array([40, 100, 10**4]), 0.1, 0.001, 40), [0.001] * 3)


def test_factor_and_length_of_a_stage_are_two_choices():
    """ "η/T every T epochs" ties them together: with T = 10 the rate could only fall to a tenth every tenth epoch."""
    t = np.array([9, 10, 20])
    np.testing.assert_allclose(step_decay(t, 0.1, factor=0.1, every=10), [0.1, 0.01, 0.001])
    np.testing.assert_allclose(step_decay(t, 0.1, factor=0.5, every=10), [0.1, 0.05, 0.025])
    np.testing.assert_allclose(step_decay(t, 0.1, factor=0.1, every=20), [0.1, 0.1, 0.01])


def test_sums_of_rates_and_of_squares_tell_inverse_from_exponential():
    t = np.arange(10**6)
    inverse = inverse_decay(t, 0.1, 0.1)
    assert inverse[10**5 :].sum() == pytest.approx(math.log(10), rel=1e-3)  # each decade adds as much as the one before
    assert (inverse**2).sum() < 0.2
    assert exponential_decay(t, 0.1, 0.1).sum() == pytest.approx(0.1 / (1 - math.exp(-0.1)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: step_decay(-1, 0.1, 0.5, 10), "`t` must not be negative, got -1: steps are counted from 0"),
        (lambda: step_decay(1, 0.1, 0.5, every=0), "`every` must be positive, got 0: it counts steps"),
        (lambda: linear_decay(1, 0.1, 0.01, steps=-3), "`steps` must be positive, got -3"),
        (lambda: cosine_decay(1, 0.1, 0.01, steps=0), "`steps` must be positive, got 0"),
        (lambda: warm_up(1, 0.1, steps=0), "`steps` must be positive, got 0"),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_every_public_function_is_tried_here():
    public = {name for name, value in vars(schedules).items() if callable(value) and not name.startswith("_")}
    assert public == {"constant", "warm_up"} | {f"{name}_decay" for name in DECAYS}
