"""Hidden tests of a03.schedule."""

import numpy as np

from autograder.testing import assert_close, points

FALLS = {
    "constant": lambda u: np.zeros_like(u),
    "linear": lambda u: u,
    "cosine": lambda u: (1 - np.cos(np.pi * u)) / 2,
}


def one_after_the_other(count, *, peak, cycle, warmup, shape, growth, shrink, floor):
    """The first `count` rates of a plan, made cycle by cycle."""
    rates, number = [peak * np.arange(1, warmup + 1) / max(warmup, 1)], 0
    while sum(map(len, rates)) < count:
        length, top = cycle * growth**number, max(peak * shrink**number, floor)
        rates.append(top - (top - floor) * FALLS[shape](np.arange(length) / length))
        number += 1
    return np.concatenate(rates)[:count]


@points(2)
def test_climb(student, rng):
    """The climb ends at the peak with its last step, and its first step is not 0; without a climb the peak is first."""
    warmup, peak = int(rng.integers(3, 9)), rng.uniform(0.1, 1.0)
    rates = student.learning_rate(np.arange(warmup), peak=peak, cycle=50, warmup=warmup)
    assert_close(rates, np.linspace(peak / warmup, peak, warmup), what=f"the rates of a climb of {warmup} steps")
    assert_close(student.learning_rate(0, peak=peak, cycle=5), np.array(peak), what="the first rate, with warmup=0")


@points(2)
def test_shapes(student, rng):
    """In the first cycle the rate falls from the peak towards the floor: not at all, on a line, on half a cosine."""
    warmup, cycle, peak = int(rng.integers(1, 5)), int(rng.integers(6, 13)), rng.uniform(0.1, 1.0)
    k = np.arange(cycle)
    for shape, fall in FALLS.items():
        floor = peak * rng.uniform(0.1, 0.3)
        rates = student.learning_rate(warmup + k, peak=peak, cycle=cycle, warmup=warmup, shape=shape, floor=floor)
        assert_close(rates, peak - (peak - floor) * fall(k / cycle), what=f"the first cycle, shape={shape!r}")


@points(2)
def test_cycles(student, rng):
    """Each cycle begins when the one before it is over, longer and lower by the factors given."""
    for shape, growth in zip(rng.permutation(list(FALLS)), (1, 2, 3)):
        plan = {"peak": rng.uniform(0.1, 1.0), "cycle": int(rng.integers(2, 6)), "warmup": int(rng.integers(1, 4))}
        plan |= {"shape": str(shape), "growth": growth, "shrink": rng.uniform(0.5, 0.9), "floor": 0.0}
        got = student.learning_rate(np.arange(60), **plan)
        assert_close(got, one_after_the_other(60, **plan), what=f"60 rates, shape={shape!s}, growth={growth}")


@points(1)
def test_floor(student, rng):
    """Tops that would come below the floor are at the floor, and so is their whole cycle."""
    for shape in FALLS:
        plan = {"peak": 1.0, "cycle": 4, "warmup": 2, "shape": shape, "growth": 1, "shrink": 0.3}
        plan["floor"] = rng.uniform(0.04, 0.08)  # above 0.3**3
        got = student.learning_rate(np.arange(30), **plan)
        assert_close(got, one_after_the_other(30, **plan), what=f"30 rates, shape={shape!r}, shrink=0.3")


@points(1)
def test_any_steps(student, rng):
    """Steps may be a number or an array of any shape and order, and small rates do not become whole numbers."""
    plan = {"peak": 2, "cycle": 5, "warmup": 3, "shape": "linear", "growth": 2, "shrink": 0.5, "floor": 0}
    rates, steps = one_after_the_other(40, **plan), rng.permutation(40).reshape(5, 8)
    assert_close(student.learning_rate(steps, **plan), rates[steps], what="the rates of steps of shape (5, 8)")
    for step in (int(steps[0, 0]), int(rng.integers(20, 40))):
        assert_close(student.learning_rate(step, **plan), np.array(rates[step]), what=f"the rate of step {step}")
