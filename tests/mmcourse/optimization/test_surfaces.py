"""The surfaces: by hand, against scipy and differences, their symmetries, and what each is there to show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import minimize, rosen, rosen_der, rosen_hess

from mmcourse.optimization.descent import descend
from mmcourse.optimization.surfaces import (
    BOWL,
    BUMPY,
    HILL,
    HILL_TOP,
    HILL_TRAP,
    PLATEAU,
    RAVINE,
    ROSENBROCK,
    SADDLE,
    SURFACES,
    height_map,
    quadratic,
)
from mmcourse.optimization.trajectories import trajectories

points = hnp.arrays(float, 2, elements=st.floats(-3, 3))
surfaces = pytest.mark.parametrize("surface", SURFACES.values(), ids=list(SURFACES))
IS_EVEN = [BOWL, RAVINE, SADDLE, BUMPY]


def differences(function, x, step=1e-5):
    """Central differences of a function of a point, the derivative's axis last."""
    return np.stack([(function(x + e) - function(x - e)) / (2 * step) for e in step * np.eye(2)], axis=-1)


def test_by_hand():
    point = np.array([2.0, 1.0])
    assert RAVINE.value(point) == 14.5  # (4 + 25) / 2
    np.testing.assert_array_equal(RAVINE.grad(point), [2, 25])
    assert SADDLE.value(point) == 1.75  # 2 - 1/2 + 1/4
    np.testing.assert_array_equal(SADDLE.grad(point), [2, 0])
    np.testing.assert_array_equal(SADDLE.hessian(point), [[1, 0], [0, 2]])
    assert HILL.value(point) == pytest.approx(16 / 20 - 2 + 0.6 + 0.5)
    np.testing.assert_allclose(HILL.grad(point), [1.6 - 2 + 0.3, 1])
    assert BUMPY.value(np.array([np.pi / 4, 0.0])) == pytest.approx(np.pi**2 / 128 + 0.3)
    assert PLATEAU.value(np.array([-3.0, 0.0])) == pytest.approx(np.log(2), abs=1e-6)  # the wall alone
    assert PLATEAU.grad(np.array([-3.0, 0.0]))[0] == pytest.approx(-1.5, abs=1e-6)


@given(points)
def test_rosenbrock_equals_scipy(x):
    assert ROSENBROCK.value(x) == pytest.approx(rosen(x), abs=1e-9)
    np.testing.assert_allclose(ROSENBROCK.grad(x), rosen_der(x), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ROSENBROCK.hessian(x), rosen_hess(x), rtol=1e-9, atol=1e-9)


@surfaces
@given(points)
def test_slopes_and_curvatures_are_those_of_differences(surface, x):
    size = 1 + abs(surface.hessian(x)).max()
    np.testing.assert_allclose(surface.grad(x), differences(surface.value, x), atol=1e-6 * size)
    np.testing.assert_allclose(surface.hessian(x), differences(surface.grad, x), atol=1e-6 * size)


@surfaces
def test_a_grid_of_points_gives_what_each_point_gives(surface):
    grid = np.random.default_rng(0).uniform(-3, 3, (4, 3, 2))
    one_by_one = [[(surface.value(x), surface.grad(x), surface.hessian(x)) for x in row] for row in grid]
    for place, function in enumerate((surface.value, surface.grad, surface.hessian)):
        expected = np.array([[parts[place] for parts in row] for row in one_by_one])
        np.testing.assert_array_equal(function(grid), expected)
        assert function(grid).shape == (4, 3, *[2] * place)


@pytest.mark.parametrize("surface", IS_EVEN, ids=lambda s: s.name)
@given(points)
def test_even_surfaces_look_the_same_from_the_other_side(surface, x):
    assert surface.value(-x) == surface.value(x)
    np.testing.assert_array_equal(surface.grad(-x), -surface.grad(x))


@surfaces
def test_the_minimum_is_the_lowest_point_and_level(surface):
    lowest = np.array(surface.minimum)
    np.testing.assert_allclose(surface.grad(lowest), 0, atol=1e-12)
    assert (np.linalg.eigvalsh(surface.hessian(lowest)) > 0).all()
    x, y, heights = height_map(surface, count=201)
    assert surface.value(lowest) <= heights.min()
    assert (x[0], x[-1]) == surface.limits[0] and (y[0], y[-1]) == surface.limits[1]
    found = minimize(surface.value, lowest + 0.05, jac=surface.grad, tol=1e-10)
    np.testing.assert_allclose(found.x, lowest, atol=1e-5)  # where quasi-Newton stops


@surfaces
@pytest.mark.parametrize("far", [1e4, -1e4])
def test_far_away_all_numbers_are_finite(surface, far):
    for x in ([far, 0.0], [0.0, far], [far, far]):
        for function in (surface.value, surface.grad, surface.hessian):
            assert np.isfinite(function(np.array(x))).all()


def test_the_hill_has_two_basins_and_the_second_is_worse():
    floor, top, trap = HILL.minimum, (HILL_TOP, 0.0), (HILL_TRAP, 0.0)
    np.testing.assert_allclose(HILL.grad(np.array([top, trap])), 0, atol=1e-12)
    assert HILL.hessian(np.array(top))[0, 0] < 0 < HILL.hessian(np.array(trap))[0, 0]
    assert HILL.value(floor) < HILL.value(trap) - 1.3 < HILL.value(top) - 1.9


def test_on_the_hill_momentum_backfires():
    lr = np.array([0.04, 0.06, 0.08, 0.10])
    still = trajectories(HILL.grad, HILL.start, lr, steps=500, method="descent")[:, -1]
    np.testing.assert_allclose(still, np.broadcast_to(HILL.minimum, (4, 2)), atol=1e-3)
    moved = trajectories(HILL.grad, HILL.start, lr, 0.9, steps=500)[:, -1]
    np.testing.assert_allclose(moved, np.tile([HILL_TRAP, 0.0], (4, 1)), atol=1e-3)


def test_on_the_plateau_momentum_helps():
    """From the start, with the same rate: the first step after which the walk stays within 0.1 of the minimum."""

    def arrival(momentum):
        path = trajectories(PLATEAU.grad, PLATEAU.start, 0.1, momentum, steps=2000)
        outside = np.linalg.norm(path - PLATEAU.minimum, axis=-1) > 0.1
        return np.flatnonzero(outside)[-1] + 1

    assert arrival(0.9) < arrival(0.0) / 5 < 2000 / 5


def test_exactly_on_the_ridge_of_the_saddle_descent_never_leaves():
    assert descend(SADDLE.grad, np.array([-1.8, 0.0]), lr=0.1, steps=500)[-1] == pytest.approx([0, 0], abs=1e-9)
    assert descend(SADDLE.grad, np.array(SADDLE.start), lr=0.1, steps=500)[-1] == pytest.approx([0, 1], abs=1e-9)


def test_a_quadratic_that_curves_down_has_no_minimum():
    assert quadratic((1.0, -1.0)).minimum is None
    assert quadratic((1.0, 1.0), start=(2.0, -4.0)).limits[0] == (-4.8, 4.8)


def test_wrong_shapes_are_refused_with_advice():
    with pytest.raises(ValueError, match=r"`x` must have shape \(..., 2\).* got \(2, 5\): coordinates on the first"):
        BOWL.value(np.zeros((2, 5)))
    with pytest.raises(ValueError, match=r"`x` must have shape .* got \(\)"):
        RAVINE.grad(1.0)
    with pytest.raises(ValueError, match=r"`curvature` must be two finite numbers, such as \(1, 25\), got \[1\]"):
        quadratic([1])
    with pytest.raises(ValueError, match="`count` must be at least 2, got 1"):
        height_map(BOWL, count=1)
