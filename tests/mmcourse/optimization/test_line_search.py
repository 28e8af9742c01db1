"""Line searches: the conditions that they promise hold for what they return."""

import numpy as np
import pytest
import scipy.optimize
from hypothesis import assume, given
from hypothesis import strategies as st

from mmcourse.optimization.line_search import LinePoint, backtrack, exact, line, strong_wolfe
from mmcourse.optimization.surfaces import BUMPY, HILL, PLATEAU, RAVINE, ROSENBROCK, SADDLE

surfaces = st.sampled_from([BUMPY, HILL, PLATEAU, RAVINE, ROSENBROCK, SADDLE])
places = st.tuples(st.floats(-2, 2), st.floats(-2, 2)).map(np.array)
firsts = st.floats(1e-4, 1e4)


def parabola(a):
    return LinePoint((a - 1) ** 2, 2 * (a - 1))


def test_a_line_by_hand():
    # from (3, 1) in the direction (-1, 0) in x² + y²: the height is (3 - a)² + 1
    along = line(lambda x: x @ x, lambda x: 2 * x, np.array([3.0, 1.0]), np.array([-1.0, 0.0]))
    assert along(1.0) == (5.0, -4.0)


def test_searches_by_hand():
    # from 8 halved: 8, 4 and 2 are too high, 1 is the minimum; to fall by 1.9 · a of 2 a, a must be 0.1 at most
    assert backtrack(parabola, first=8.0) == 1.0
    assert backtrack(parabola, first=0.8, c1=0.95) == 0.1
    # 0.01 is too short until the slope is 0.1 of the first: 0.95 to 1.05; doubled to 1.28, then between 0.64 and 1.28
    assert strong_wolfe(parabola, first=0.01, c2=0.1) == pytest.approx(0.96)
    assert exact(parabola) == 1.0


@given(surfaces, places, firsts, st.floats(0.01, 0.95))
def test_the_strong_wolfe_conditions_hold(surface, x, first, c2):
    grad = surface.grad(x)
    assume(np.linalg.norm(grad) > 1e-3)
    along = line(surface.value, surface.grad, x, -grad)
    start = along(0.0)
    length = strong_wolfe(along, first, c1=1e-4, c2=c2)
    if surface is SADDLE or length == 0:  # no floor below: all of ours have one
        assert length > 0
    here = along(length)
    assert here.height <= start.height + 1e-4 * length * start.slope
    assert abs(here.slope) <= c2 * abs(start.slope)


@given(surfaces, places, firsts)
def test_backtracking_returns_the_first_that_will_do(surface, x, first):
    grad = surface.grad(x)
    assume(np.linalg.norm(grad) > 1e-3)
    along = line(surface.value, surface.grad, x, -grad)
    start, length = along(0.0), backtrack(along, first)

    def enough(a):
        return along(a).height <= start.height + 1e-4 * a * start.slope

    assert length > 0 and enough(length)
    assert length == first or not enough(2 * length)


def test_scipy_accepts_our_lengths():
    """scipy's search, told to begin where ours ended, sees no reason to go on."""
    for surface in (RAVINE, ROSENBROCK, BUMPY):
        x = np.array(surface.start)
        d = -surface.grad(x)
        length = strong_wolfe(line(surface.value, surface.grad, x, d), first=1e-3)
        theirs = scipy.optimize.line_search(surface.value, surface.grad, x, length * d, c1=1e-4, c2=0.9)
        assert theirs[0] == 1.0


def test_after_a_step_the_slope_has_risen():
    """The second condition makes y · s positive, which is what BFGS needs."""
    x = np.array([0.3, -1.2])
    d = -ROSENBROCK.grad(x)
    s = strong_wolfe(line(ROSENBROCK.value, ROSENBROCK.grad, x, d)) * d
    assert (ROSENBROCK.grad(x + s) - ROSENBROCK.grad(x)) @ s > 0


def test_where_there_is_no_floor_or_no_number_the_length_is_zero():
    assert strong_wolfe(lambda a: LinePoint(-a, -1.0)) == 0
    assert backtrack(lambda a: LinePoint(0.0 if a == 0 else np.nan, -1.0)) == 0


def test_a_cliff_of_infinities_is_too_far():
    def well(a):
        return parabola(a) if a < 2 else LinePoint(np.inf, np.nan)

    assert strong_wolfe(well, first=100.0) == pytest.approx(1.5625)


@pytest.mark.parametrize("search", [backtrack, strong_wolfe, exact])
def test_a_direction_that_climbs_is_refused(search):
    with pytest.raises(ValueError, match="must lead down, its slope is 2: where a Hessian is not positive definite"):
        search(lambda a: LinePoint(2 * a, 2.0))


@pytest.mark.parametrize("c1, c2", [(0.9, 0.1), (0.0, 0.9), (0.1, 1.0)])
def test_impossible_conditions_are_refused(c1, c2):
    with pytest.raises(ValueError, match="expected 0 < c1 < c2 < 1"):
        strong_wolfe(parabola, c1=c1, c2=c2)
