"""The claims of lecture 03, gradients: `python experiments/l03.py` tests them and writes l03.json beside it.

Every case compares two ways seed by seed, and its effect is above zero where the claim is right: powers of ten between
two errors, powers of two between two counts of operations, percents of a loss, or how far a check lies above its
tolerance. The programs that are differentiated are drawn at random, one for each seed.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mmcourse.claims import case, claim, describe, write
from mmcourse.foundations import ways
from mmcourse.foundations.elementary import sigmoid, sin, tanh
from mmcourse.foundations.gradients import (
    best_step,
    central_difference,
    forward_difference,
    gradient_check,
    numerical_gradient,
)

SEEDS = 12
DIGITS = "digits lost, against the tape"
COST = "doublings of the work of reverse mode"
LOSS = "higher final loss than with the formula, in %"
MARGIN = "powers of ten above the tolerance"
BELOW = "powers of ten below the tolerance"
DECK = "Introduction to Deep Learning (continued)"


# Programs


OPERATIONS = (
    lambda a, b: a * b,
    lambda a, b: a * b,
    lambda a, b: a + b,
    lambda a, b: sin(a) + b,
    lambda a, b: a - sigmoid(b),
    lambda a, b: tanh(a) * b,
)


def random_program(
    rng: np.random.Generator, inputs: int, outputs: int = 1, lines: int = 24, reuse: int = 4
) -> Callable:
    """Draw a program of one operation a line, on its inputs and on the results of the lines before.

    The first lines take one input each, so that all matter; later ones draw from the last `reuse` results.
    """
    lines = max(lines, inputs - 1)
    kinds, places = rng.integers(len(OPERATIONS), size=lines), rng.integers(1, reuse + 1, size=(lines, 2))

    def program(x: list) -> list:
        values = [x[0]]
        for i, (kind, (first, second)) in enumerate(zip(kinds, places)):
            other = x[i + 1] if i + 1 < inputs else values[-min(second, len(values))]
            values.append(OPERATIONS[kind](values[-min(first, len(values))], other))
        return [tanh(value) for value in values[-outputs:]]

    return program


def drawn(seeds, inputs: int, outputs: int = 1, **options) -> list[tuple]:
    """A program and a point for each seed."""
    draws = [np.random.default_rng([seed, inputs, outputs]) for seed in seeds]
    return [
        (random_program(rng, inputs, outputs, **options), list(rng.uniform(0.3, 1.2, size=inputs))) for rng in draws
    ]


# Numeric: not accurate


def errors(seeds, numeric: Callable) -> np.ndarray:
    """Powers of ten by which a numeric derivative is farther from the truth than the tape's, for each seed."""
    found = []
    for seed in seeds:
        rng = np.random.default_rng([seed, 7])
        depth, x = 6, rng.uniform(0.2, 0.8)
        program = ways.iterated_map(depth)
        theta = np.arcsin(np.sqrt(np.longdouble(x)))  # the map has a closed form: sin²(2^depth θ)
        truth = 2**depth * np.sin(2 ** (depth + 1) * theta) / (2 * np.sqrt(np.longdouble(x) * (1 - np.longdouble(x))))
        ours = abs(ways.reverse(program, 1)([x])[0][0] - truth)
        theirs = abs(numeric(lambda x, program=program: program([x])[0], x) - truth)
        floor = np.finfo(float).eps * 2**depth
        found.append(np.log10((theirs + floor) / (ours + floor)))
    return np.array(found, dtype=float)


def descent_loss(seeds, gradient: Callable) -> np.ndarray:
    """Loss of logistic regression after 100 steps of descent, with gradient(loss, formula, w)."""
    losses = []
    for seed in seeds:
        rng = np.random.default_rng([seed, 8])
        x, side, w = rng.normal(size=(50, 10)), rng.choice([-1.0, 1.0], size=50), np.zeros(10)

        def loss(w, x=x, side=side):
            return np.mean(np.log1p(np.exp(-side * (x @ w))))

        def formula(w, x=x, side=side):
            return -(side / (1 + np.exp(side * (x @ w)))) @ x / 50

        for _ in range(100):
            w = w - 0.3 * gradient(loss, formula, w)
        losses.append(loss(w))
    return np.array(losses)


def one_sided(loss: Callable, w: np.ndarray, h: float) -> np.ndarray:
    """The gradient by forward differences, one weight at a time."""
    return np.array([(loss(w + step) - loss(w)) / h for step in h * np.eye(len(w))])


def not_accurate(seeds) -> dict:
    """Numerical differentiation is not accurate."""

    def single(f, x):
        return float(
            central_difference(lambda x: np.float32(f(x)), np.float32(x), np.float32(best_step("central", np.float32)))
        )

    return claim(
        "numerical differentiation is not accurate",
        DECK,
        [
            case(
                "forward differences with h = 1e-4", errors(seeds, lambda f, x: forward_difference(f, x, 1e-4)), DIGITS
            ),
            case(
                "forward differences with the best step",
                errors(seeds, lambda f, x: forward_difference(f, x, best_step("forward"))),
                DIGITS,
            ),
            case(
                "central differences with the best step",
                errors(seeds, lambda f, x: central_difference(f, x, best_step())),
                DIGITS,
            ),
            case("central differences in float32", errors(seeds, single), DIGITS),
        ],
    )


def train_badly(seeds) -> dict:
    """Descent with numerical gradients ends at a higher loss."""
    exact = descent_loss(seeds, lambda loss, formula, w: formula(w))

    def higher(gradient):
        return np.round(100 * (descent_loss(seeds, gradient) / exact - 1), 4)

    return claim(
        "numerical differentiation is not accurate enough to train with",
        DECK,
        [
            case("forward differences, h = 0.1", higher(lambda loss, formula, w: one_sided(loss, w, 0.1)), LOSS),
            case(
                "forward differences, the best step",
                higher(lambda loss, formula, w: one_sided(loss, w, best_step("forward"))),
                LOSS,
            ),
            case(
                "central differences, the best step",
                higher(lambda loss, formula, w: numerical_gradient(loss, w)),
                LOSS,
            ),
        ],
    )


# Symbolic: intractable; forward: expensive


def operations(way: Callable, programs: list[tuple]) -> np.ndarray:
    """Operations that a way takes for each program."""
    return np.array([max(1, ways.cost(way, program, x).total) for program, x in programs])


def shared(f, n):
    """Symbolic, with parts that occur more than once computed once."""
    return ways.symbolic(f, n, share=True)


def intractable(seeds) -> dict:
    """Symbolic differentiation is intractable."""

    def against(way, programs):
        return np.log2(operations(way, programs) / operations(ways.reverse, programs))

    iterated = [(ways.iterated_map(8), [np.random.default_rng(seed).uniform(0.2, 0.8)]) for seed in seeds]
    products = [(ways.product, list(np.random.default_rng(seed).uniform(0.5, 1.5, size=24))) for seed in seeds]
    short, long = drawn(seeds, 2, lines=4), drawn(seeds, 2, lines=14)
    return claim(
        "symbolic differentiation is intractable",
        DECK,
        [
            case("the logistic map done 8 times, as written", against(ways.symbolic, iterated), COST),
            case("random programs of 14 lines, as written", against(ways.symbolic, long), COST),
            case("random programs of 4 lines, as written", against(ways.symbolic, short), COST),
            case("a product of 24 numbers, as written", against(ways.symbolic, products), COST),
            case("the logistic map, equal parts computed once", against(shared, iterated), COST),
            case("random programs of 14 lines, equal parts computed once", against(shared, long), COST),
        ],
    )


def expensive(seeds) -> dict:
    """Forward mode is computationally expensive."""

    def gain(inputs, outputs):
        programs = drawn(seeds, inputs, outputs, lines=max(24, inputs))
        return np.log2(operations(ways.forward, programs) / operations(ways.reverse, programs))

    return claim(
        "forward mode is computationally expensive (against reverse mode)",
        DECK,
        [
            case("32 inputs, 1 output", gain(32, 1), COST),
            case("8 inputs, 1 output", gain(8, 1), COST),
            case("4 inputs, 4 outputs", gain(4, 4), COST),
            case("1 input, 1 output", gain(1, 1), COST),
            case("1 input, 8 outputs", gain(1, 8), COST),
        ],
    )


# Check by numeric


def margin(seeds, spoil: Callable, dtype: type = np.float64, tolerance: float = 1e-6, size: int = 10_000) -> np.ndarray:
    """Powers of ten by which the check of a spoilt gradient lies above its tolerance, for each seed."""
    found = []
    for seed in seeds:
        rng = np.random.default_rng([seed, 9])
        x, side, w = rng.normal(size=(60, size)) / 100, rng.choice([-1.0, 1.0], size=60), rng.normal(size=size)
        x, side, w = x.astype(dtype), side.astype(dtype), w.astype(dtype)
        grad = -(side / (1 + np.exp(side * (x @ w)))) @ x / 60
        checked = gradient_check(
            lambda w, x=x, side=side: np.mean(np.log1p(np.exp(-side * (x @ w)))),
            spoil(grad.copy(), rng),
            w,
            rng,
            tolerance,
        )
        found.append(np.log10(max(checked.error, 1e-16) / tolerance))
    return np.array(found)


def one_entry(part: float) -> Callable:
    """Spoil one entry of average size, by a part of what it is."""

    def spoil(grad, rng):
        grad[np.argsort(np.abs(grad))[len(grad) // 2]] *= 1 + part
        return grad

    return spoil


def relu_margin(seeds, units: int = 500, tolerance: float = 1e-6) -> np.ndarray:
    """The same for a right gradient of a network with a layer of ReLUs, with respect to the weights below it."""
    found = []
    for seed in seeds:
        rng = np.random.default_rng([seed, 10])
        x, y, top = rng.normal(size=(60, 20)), rng.normal(size=60), rng.normal(size=units) / np.sqrt(units)
        w = rng.normal(size=(20, units)) / np.sqrt(20)
        far = np.maximum(x @ w, 0) @ top - y
        grad = x.T @ ((x @ w > 0) * np.outer(far, top)) * 2 / 60
        checked = gradient_check(
            lambda w, x=x, y=y, top=top: np.mean((np.maximum(x @ w, 0) @ top - y) ** 2), grad, w, rng, tolerance
        )
        found.append(np.log10(max(checked.error, 1e-16) / tolerance))
    return np.array(found)


def finds_mistakes(seeds) -> dict:
    """A check by differences finds mistakes."""
    return claim(
        "a check by differences, in one random direction, finds the mistake",
        "Optimization and Convolutional Neural Networks",
        [
            case("a factor of 2", margin(seeds, lambda grad, rng: 2 * grad), MARGIN),
            case("one sign among 10,000 entries", margin(seeds, one_entry(-2)), MARGIN),
            case("one entry among 10,000, wrong by 1 %", margin(seeds, one_entry(0.01)), MARGIN),
            case("one entry among 10,000, wrong by a millionth", margin(seeds, one_entry(1e-6)), MARGIN),
        ],
    )


def right_passes(seeds) -> dict:
    """A right gradient passes the check."""

    def keep(grad, rng):
        return grad

    return claim(
        "a check by differences lets a right gradient pass",
        "Optimization and Convolutional Neural Networks",
        [
            case("10,000 weights, float64", -margin(seeds, keep), BELOW),
            case("10,000 weights, float32", -margin(seeds, keep, np.float32), BELOW),
            case("a layer of 500 ReLUs, float64", -relu_margin(seeds), BELOW),
        ],
    )


CLAIMS = {
    "accuracy": not_accurate,
    "training": train_badly,
    "symbolic": intractable,
    "forward": expensive,
    "mistakes": finds_mistakes,
    "right": right_passes,
}

if __name__ == "__main__":
    print(describe(write(Path(__file__), CLAIMS, SEEDS)))
