"""BFGS and L-BFGS: against each other, the true Hessian, and scipy."""

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcourse.optimization import linear
from mmcourse.optimization.line_search import exact
from mmcourse.optimization.quasi_newton import BFGS, LBFGS, Pair, bfgs_update, first_scale, minimize, two_loop
from mmcourse.optimization.surfaces import BUMPY, ROSENBROCK
from mmcourse.worlds.digits import digits

seeds = st.integers(0, 2**32 - 1)


def quadratic(seed, size=6, condition=50.0):
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(size, size)))[0]
    return turn @ np.diag(np.geomspace(1, condition, size)) @ turn.T, rng.normal(size=size)


def good_pairs(seed, count, size=6):
    H, _ = quadratic(seed, size)
    rng = np.random.default_rng(seed)
    return [Pair(s, H @ s) for s in rng.normal(size=(count, size))]


def test_an_update_by_hand():
    # s = (1, 0), y = (2, 1), ρ = 1/2: I − ρ s yᵀ = [[0, −½], [0, 1]]; its product with its transpose, and ρ s sᵀ
    found = bfgs_update(np.eye(2), Pair(np.array([1.0, 0.0]), np.array([2.0, 1.0])))
    np.testing.assert_allclose(found, [[0.75, -0.5], [-0.5, 1.0]], atol=1e-15)


@given(seeds, st.integers(1, 12), st.floats(0.01, 100))
def test_the_two_loops_equal_the_matrix(seed, count, scale):
    pairs, inverse = good_pairs(seed, count), scale * np.eye(6)
    for pair in pairs:
        inverse = bfgs_update(inverse, pair)
    grad = np.random.default_rng(seed + 1).normal(size=6)
    np.testing.assert_allclose(
        two_loop(grad, pairs, scale), inverse @ grad, rtol=1e-6, atol=1e-8 * np.abs(inverse).max()
    )


@given(seeds)
def test_an_update_keeps_what_it_must(seed):
    first, second = good_pairs(seed, 2)
    inverse = bfgs_update(bfgs_update(np.eye(6), first), second)
    np.testing.assert_allclose(inverse @ second.change, second.step, atol=1e-9)
    np.testing.assert_allclose(inverse, inverse.T, atol=1e-9)
    assert np.linalg.eigvalsh(inverse).min() > 0


@given(seeds, st.integers(2, 8))
@settings(max_examples=30)
def test_after_as_many_exact_steps_as_dimensions_the_inverse_is_known(seed, size):
    H, start = quadratic(seed, size)
    estimate = BFGS()
    found = minimize(lambda x: x @ H @ x / 2, lambda x: H @ x, start, estimate, steps=size, tol=0, search=exact)
    np.testing.assert_allclose(estimate.inverse @ H, np.eye(size), atol=1e-5)
    np.testing.assert_allclose(found.path[-1], 0, atol=1e-7)


@pytest.mark.parametrize("scaled", [False, True])
def test_with_all_of_its_memory_lbfgs_is_bfgs(scaled):
    """On a real walk; scaled, L-BFGS takes its scale from the newest pair, so only the first update is the same."""
    options = {"value": ROSENBROCK.value, "grad": ROSENBROCK.grad, "start": ROSENBROCK.start}
    steps = 2 if scaled else 15
    full = minimize(**options, estimate=BFGS(scaled), steps=steps).path
    limited = minimize(**options, estimate=LBFGS(memory=100, scaled=scaled), steps=steps).path
    np.testing.assert_allclose(limited, full, atol=1e-8)


def test_the_first_scale_is_a_curvature():
    assert first_scale(Pair(np.array([2.0, 0.0]), np.array([8.0, 0.0]))) == 0.25


@pytest.fixture(scope="module")
def regression():
    world = digits(np.random.default_rng(0), sizes=(200, 0, 0))
    model, ink = linear.softmax_regression(10), world.train.images

    def value(w):
        return float(linear.empirical_risk(model, w, ink, world.train.labels, decay=0.01))

    def grad(w):
        return linear.risk_gradient(model, w, ink, world.train.labels, decay=0.01)

    return value, grad, np.zeros(640)


@pytest.mark.parametrize("estimate, method", [(BFGS, "BFGS"), (LBFGS, "L-BFGS-B")])
def test_scipy_finds_the_same_minimum(estimate, method, regression):
    H, start = quadratic(0)
    problems = [
        (lambda x: x @ H @ x / 2, lambda x: H @ x, start),
        (ROSENBROCK.value, ROSENBROCK.grad, np.array(ROSENBROCK.start)),
    ]
    for value, grad, start in problems + [regression] * (method == "L-BFGS-B"):
        ours = minimize(value, grad, start, estimate(), tol=1e-6)
        theirs = scipy.optimize.minimize(value, start, jac=grad, method=method, tol=1e-12, options={"gtol": 1e-6})
        assert ours.converged and np.abs(grad(ours.path[-1])).max() <= 1e-6
        np.testing.assert_allclose(ours.path[-1], theirs.x, atol=2e-3)  # the flat directions have a curvature of 0.01
        assert value(ours.path[-1]) == pytest.approx(theirs.fun, abs=1e-7)
        assert ours.evaluations < 5 * theirs.nfev + 10  # halving against a cubic guess


@given(st.tuples(st.floats(-4, 4), st.floats(-4, 4)), st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_it_goes_down_and_ends_where_it_is_level(start, memory):
    found = minimize(BUMPY.value, BUMPY.grad, np.array(start), LBFGS(memory))
    assert np.all(np.diff(BUMPY.value(found.path)) <= 0)
    assert found.converged and np.abs(BUMPY.grad(found.path[-1])).max() <= 1e-8


def test_a_bad_pair_is_refused():
    pair = Pair(np.array([1.0, 0.0]), np.array([-1.0, 0.0]))
    with pytest.raises(ValueError, match=r"y · s must be positive, got -1: search the line"):
        bfgs_update(np.eye(2), pair)
    few, all_of_it = LBFGS(), BFGS()
    few.learn(pair)
    all_of_it.learn(pair)
    assert (few.refused, len(few.pairs), all_of_it.inverse) == (1, 0, None)
    np.testing.assert_array_equal(few.direction(np.array([1.0, 2.0])), [-1.0, -2.0])


def test_a_memory_of_nothing_is_refused():
    with pytest.raises(ValueError, match="`memory` must be at least 1, got 0"):
        LBFGS(memory=0)


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_scale_does_not_matter(scale):
    """A loss 1e4 times as large, or as small, is walked down as well."""

    def value(x):
        return scale * ROSENBROCK.value(x)

    def grad(x):
        return scale * ROSENBROCK.grad(x)

    found = minimize(value, grad, ROSENBROCK.start, LBFGS(), tol=1e-8 * scale)
    np.testing.assert_allclose(found.path[-1], 1, atol=1e-5)
