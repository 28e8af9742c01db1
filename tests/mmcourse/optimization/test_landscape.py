"""Critical points and the way out: by hand, against torch and simulation, and over the grids of an explorer."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.optimization.landscape import (
    critical_point_type,
    disguised_saddle,
    escape_time,
    first_step_outside,
    monkey_saddle,
    principal_curvatures,
    quadratic_form,
    with_walls,
)
from mmcourse.optimization.probing import random_directions
from mmcourse.optimization.surfaces import RAVINE, SADDLE
from mmcourse.optimization.trajectories import trajectories

DOUBLE_WELL = with_walls(quadratic_form(np.diag([2.0, -2.0])))
TILTED = np.array([[1.0, 0.7], [0.7, -0.5]])
TORCH = {  # the same formulas in torch, of a point (2,)
    "quadratic": lambda p: 0.5 * p @ torch.tensor(TILTED) @ p,
    "monkey": lambda p: p[0] ** 3 - 3 * p[0] * p[1] ** 2,
    "disguised": lambda p: p[0] ** 2 + p[0] * p[1] ** 2,
    "walls": lambda p: p[0] ** 2 + p[0] * p[1] ** 2 + 0.5 / 4 * (p[0] ** 2 + p[1] ** 2) ** 2,
}
SURFACES = {
    "quadratic": quadratic_form(TILTED),
    "monkey": monkey_saddle(),
    "disguised": disguised_saddle(),
    "walls": with_walls(disguised_saddle(), 0.5),
}
curvatures = st.floats(0.01, 1e4)
angles = st.floats(-np.pi, np.pi)


def grid(points=9):
    """Points of the square [-2, 2]², (points, points, 2)."""
    side = np.linspace(-2, 2, points)
    return np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1)


def turned(eigenvalues, angle):
    """Symmetric matrix with these eigenvalues whose axes are turned by `angle`."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag(eigenvalues) @ turn.T
    return (matrix + matrix.T) / 2


def descend(grad, x, lr, steps, momentum=0.0):
    """Walk from x (..., d) with room for everything that happens here."""
    return trajectories(grad, x, lr, momentum, steps, bound=1e12)


def test_the_double_well_by_hand():
    # f = x² − y² + (x² + y²)²/4 at (1, 1): 0 + 1; gradient (2, −2) + 2 (1, 1); Hessian diag(2, −2) + [[4, 2], [2, 4]]
    point = np.array([1.0, 1.0])
    assert DOUBLE_WELL.value(point) == pytest.approx(1.0)
    np.testing.assert_allclose(DOUBLE_WELL.grad(point), [4.0, 0.0])
    np.testing.assert_allclose(DOUBLE_WELL.hessian(point), [[6.0, 2.0], [2.0, 2.0]])


def test_saddles_beyond_the_hessian_by_hand():
    monkey, disguised = monkey_saddle(), disguised_saddle()
    np.testing.assert_allclose(monkey.value(np.array([[0.1, 0.0], [-0.1, 0.0]])), [0.001, -0.001])
    assert disguised.value(np.array([-0.005, 0.1])) == pytest.approx(-2.5e-5)
    for surface, hessian in ((monkey, np.zeros((2, 2))), (disguised, np.diag([2.0, 0.0]))):
        np.testing.assert_array_equal(surface.hessian(np.zeros(2)), hessian)
        eigenvalues = principal_curvatures(hessian).eigenvalues
        assert critical_point_type(eigenvalues, surface.grad(np.zeros(2))) == "degenerate"


@pytest.mark.parametrize("name", SURFACES)
def test_surfaces_equal_torch(name):
    surface, points = SURFACES[name], grid(4)
    value, gradient, hessian = surface.value(points), surface.grad(points), surface.hessian(points)
    for i, j in np.ndindex(4, 4):
        point = torch.tensor(points[i, j], requires_grad=True)
        expected = TORCH[name](point)
        np.testing.assert_allclose(value[i, j], expected.item(), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(gradient[i, j], torch.autograd.grad(expected, point)[0], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(
            hessian[i, j], torch.autograd.functional.hessian(TORCH[name], point.detach()), rtol=1e-12, atol=1e-12
        )


@pytest.mark.parametrize("name", SURFACES)
def test_gradient_and_hessian_are_differences(name):
    surface, rng, step = SURFACES[name], np.random.default_rng(0), 1e-5
    x, direction = rng.normal(size=(2, 50, 2))
    slope = (surface.value(x + step * direction) - surface.value(x - step * direction)) / (2 * step)
    np.testing.assert_allclose(np.sum(surface.grad(x) * direction, axis=-1), slope, atol=1e-8)
    turn = (surface.grad(x + step * direction) - surface.grad(x - step * direction)) / (2 * step)
    np.testing.assert_allclose(np.einsum("nij,nj->ni", surface.hessian(x), direction), turn, atol=1e-8)


def test_a_family_of_surfaces_is_one_array():
    family = np.stack([turned([1.0, b], 0.4) for b in np.linspace(1, -1, 5)])[:, None, None]  # (5, 1, 1, 2, 2)
    surface = with_walls(quadratic_form(family))
    value, gradient, hessian = surface.value(grid()), surface.grad(grid()), surface.hessian(grid())
    assert (value.shape, gradient.shape, hessian.shape) == ((5, 9, 9), (5, 9, 9, 2), (5, 9, 9, 2, 2))
    alone = with_walls(quadratic_form(family[3, 0, 0]))
    np.testing.assert_allclose(value[3], alone.value(grid()), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(hessian[3], alone.hessian(grid()), rtol=1e-12, atol=1e-14)


@given(curvatures, curvatures, angles)
def test_the_signs_of_the_curvatures_tell_the_type(a, b, angle):
    for pair, expected in {(a, b): "minimum", (-a, -b): "maximum", (a, -b): "saddle"}.items():
        eigenvalues = principal_curvatures(turned(pair, angle)).eigenvalues
        assert critical_point_type(eigenvalues, grad=np.zeros(2)) == expected
        assert critical_point_type(eigenvalues, grad=np.array([0.0, 1e-3])) == "not critical"


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), angles)
def test_curvatures_rebuild_the_hessian(a, b, angle):
    hessian = turned([a, b], angle)
    found = principal_curvatures(hessian)
    np.testing.assert_allclose(found.eigenvalues, sorted([a, b]), atol=1e-10)  # round-off of numbers up to 1e4
    np.testing.assert_allclose(found.eigenvectors * found.eigenvalues @ found.eigenvectors.T, hessian, atol=1e-10)


def test_semi_definite_is_undecided_and_mixed_signs_are_not():
    at_rest = np.zeros(3)
    for eigenvalues, expected in {
        (1.0, 2.0, 0.0): "degenerate",
        (-1.0, 0.0, 0.0): "degenerate",
        (0.0, 0.0, 0.0): "degenerate",
        (1.0, 1e-12, 1.0): "degenerate",  # zero, but for round-off
        (1.0, 0.0, -1.0): "saddle",  # there is a way up and a way down, whatever the third direction does
    }.items():
        assert critical_point_type(np.array(eigenvalues), at_rest) == expected


def test_a_loss_that_stands_still_is_no_critical_point():
    """f = x² with a rate of 1 jumps between 3 and −3: the loss is 9 for ever, the slope 6."""
    path = descend(lambda x: 2 * x, np.array([3.0]), lr=1.0, steps=50)
    np.testing.assert_array_equal(path**2, 9.0)
    assert critical_point_type(np.array([2.0]), grad=2 * path[-1]) == "not critical"


def test_on_the_ridge_descent_ends_at_the_saddle_and_beside_it_in_a_well():
    starts = np.array([[1.0, 0.0], [1.0, 1e-6], [1.0, -1e-6]])
    ends = descend(DOUBLE_WELL.grad, starts, lr=0.1, steps=200)[:, -1]
    np.testing.assert_allclose(ends, [[0, 0], [0, 2**0.5], [0, -(2**0.5)]], atol=1e-9)
    np.testing.assert_allclose(DOUBLE_WELL.value(ends), [0, -1, -1], atol=1e-9)
    curvatures = principal_curvatures(DOUBLE_WELL.hessian(ends)).eigenvalues
    grads = DOUBLE_WELL.grad(ends)
    assert critical_point_type(curvatures, grads).tolist() == ["saddle", "minimum", "minimum"]


def test_the_path_equals_torch():
    start = np.array([1.0, 0.01])
    path = descend(DOUBLE_WELL.grad, start, lr=0.05, steps=60, momentum=0.9)
    parameter = torch.tensor(start, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=0.05, momentum=0.9)
    for expected in path:
        np.testing.assert_allclose(parameter.detach(), expected, atol=1e-10)
        optimizer.zero_grad()
        (parameter[0] ** 2 - parameter[1] ** 2 + (parameter**2).sum() ** 2 / 4).backward()
        optimizer.step()


def test_a_whole_family_is_left_at_once():
    """Curvatures turn from minimum to maximum; a nudge comes back where both are positive, and nowhere else."""
    turn = np.radians(np.linspace(45, -135, 37))
    matrices = np.stack([turned([np.cos(t), np.sin(t)], 0.3) for t in turn])[:, None]  # (37, 1, 2, 2)
    family = with_walls(quadratic_form(matrices))
    nudges = 1e-3 * random_directions(np.random.default_rng(0), 6, 2)
    momentum = np.array([0.0, 0.9])[:, None, None]
    paths = descend(family.grad, np.broadcast_to(nudges, (37, 6, 2)), 0.2, steps=1500, momentum=momentum)
    assert paths.shape == (2, 37, 6, 1501, 2)
    assert np.isfinite(paths).all() and np.abs(paths).max() < 2
    kept = np.linalg.norm(paths[..., -1, :], axis=-1) <= 1e-3
    assert kept[:, :10].all() and not kept[:, 10:].any()  # the tenth is degenerate, and a minimum thanks to its walls
    minima = critical_point_type(np.linalg.eigvalsh(family.hessian(paths[..., -1, :])), family.grad(paths[..., -1, :]))
    assert set(minima[:, 11:27].ravel()) == {"minimum"}  # of saddles, each left for one of two wells


def test_surfaces_of_the_course_may_stand_for_landscapes():
    eigenvalues = principal_curvatures(SADDLE.hessian(np.zeros(2))).eigenvalues
    assert critical_point_type(eigenvalues, SADDLE.grad(np.zeros(2))) == "saddle"
    assert with_walls(RAVINE, 4.0).value(np.array([1.0, 1.0])) == pytest.approx(13 + 4)  # ‖x‖⁴ = 4


@pytest.mark.parametrize("surface", [*map(with_walls, SURFACES.values()), DOUBLE_WELL])
def test_small_rates_never_go_up_and_stay_in_the_picture(surface):
    # no curvature on this square is above 6 · √8 (monkey) + 3 · 8 (walls) = 41, and 0.02 · 41 < 2
    path = descend(surface.grad, grid(), lr=0.02, steps=300)
    value = surface.value(path)
    assert np.isfinite(value).all()
    assert np.diff(value, axis=-1).max() <= 1e-12
    assert np.linalg.norm(path, axis=-1).max() < 4


def test_every_kind_of_point_over_the_turning_family():
    turn = np.radians(np.linspace(45, -135, 181))
    matrices = np.stack([turned([np.cos(t), np.sin(t)], 0.3) for t in turn])
    surface = with_walls(quadratic_form(matrices))
    found = critical_point_type(
        principal_curvatures(surface.hessian(np.zeros(2))).eigenvalues, surface.grad(np.zeros(2))
    )
    expected = ["minimum"] * 45 + ["degenerate"] + ["saddle"] * 89 + ["degenerate"] + ["maximum"] * 45
    assert found.tolist() == expected


def test_escape_time_by_hand():
    # rate 0.1 and curvature −2: ×1.2 a step. With momentum 0.9: z² − 2.1 z + 0.9 = (z − 1.5)(z − 0.6), A = 1 / 1.5:
    # a start from rest costs one step
    assert escape_time(1.2**-7, 0.1, -2.0) == pytest.approx(7)
    assert escape_time(1.5**-7, 0.1, -2.0, 0.9) == pytest.approx(8)


@pytest.mark.parametrize("lr", [0.003, 0.03, 0.3])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.99])
def test_escape_time_equals_the_simulation(lr, momentum):
    distance = np.logspace(-12, -3, 7)
    predicted = escape_time(distance, lr, -2.0, momentum)
    starts = np.stack([np.zeros(7), distance], axis=-1)
    gradient = quadratic_form(np.diag([1.0, -2.0])).grad
    paths = descend(gradient, starts, lr, steps=int(predicted.max()) + 2, momentum=momentum)
    np.testing.assert_array_equal(first_step_outside(paths, np.zeros(2), radius=1.0), np.ceil(predicted))


def test_from_the_double_well_the_closed_form_holds_until_the_walls_matter():
    directions = random_directions(np.random.default_rng(1), 20, 2)
    starts = np.logspace(-8, -2, 4)[:, None, None] * directions  # (4, 20, 2)
    paths = descend(DOUBLE_WELL.grad, starts, lr=0.05, steps=400)
    measured = first_step_outside(paths, np.zeros(2), radius=0.1)
    predicted = escape_time(np.abs(starts[..., 1]), 0.05, -2.0, radius=0.1)
    np.testing.assert_allclose(measured, predicted, atol=1.1)  # rounding up, and walls of 1 % of the slope at 0.1


def test_ten_times_less_noise_costs_the_same_steps_again():
    steps = escape_time(np.logspace(-1, -9, 9), 0.1, -2.0, np.array([[0.0], [0.9]]))
    np.testing.assert_allclose(np.diff(steps), np.log(10) / np.log([[1.2], [1.5]]) * np.ones(8), rtol=1e-9)


def test_escape_time_at_the_edges():
    assert escape_time(0.0, 0.1, -2.0) == np.inf  # nothing pushes it off
    assert escape_time(1e-3, 0.1, 0.0) == escape_time(1e-3, 0.1, 2.0, 0.9) == escape_time(1e-3, 0.0, -2.0) == np.inf
    assert escape_time(2.0, 0.1, 2.0) == 0
    assert escape_time(1e-4, 1e-4, -1e-4) == pytest.approx(np.log(1e4) / 1e-8, rel=1e-7)  # log(1 + u) is u(1 − u/2)
    assert escape_time(1e-4, 1e4, -1e4) == pytest.approx(np.log(1e4) / np.log(1e8), rel=1e-7)


def test_a_path_that_stays_inside_never_gets_out():
    assert first_step_outside(np.zeros((3, 8, 2)), np.zeros(2), radius=1.0).tolist() == [np.inf] * 3
    assert first_step_outside(np.ones((8, 2)), np.zeros(2), radius=1.0) == 0


def test_wrong_input_is_refused_with_advice():
    with pytest.raises(ValueError, match=r"must have shape \(..., d, d\), got \(2,\): np.diag makes one"):
        quadratic_form(np.array([1.0, -1.0]))
    with pytest.raises(ValueError, match=r"must equal its transpose.*try \(H \+ H.T\) / 2"):
        principal_curvatures(np.array([[1.0, 2.0], [0.0, 1.0]]))
    with pytest.raises(ValueError, match="must be finite, got inf or nan: has the descent diverged?"):
        critical_point_type(np.array([1.0, np.nan]), np.zeros(2))
    with pytest.raises(ValueError, match="`distance` must not be negative, got -1.0"):
        escape_time(-1.0, 0.1, -2.0)
    with pytest.raises(ValueError, match=r"`momentum` must be in \[0, 1\), got 1.0: the velocity would never fade"):
        escape_time(1e-3, 0.1, -2.0, momentum=1.0)
