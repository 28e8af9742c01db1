"""Many walks at once: by hand, against torch, against walks one by one, and where walks leave the map."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.optimization.descent import descend
from mmcourse.optimization.schedules import step_decay
from mmcourse.optimization.surfaces import RAVINE, ROSENBROCK, SURFACES
from mmcourse.optimization.trajectories import METHODS, trajectories

HEIGHTS = {
    "ravine": lambda x: (x[0] ** 2 + 25 * x[1] ** 2) / 2,
    "rosenbrock": lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2,
    "hill": lambda x: x[0] ** 4 / 20 - x[0] ** 2 / 2 + 0.3 * x[0] + x[1] ** 2 / 2,
}
seeds = st.integers(0, 2**32 - 1)


def torch_path(height, start, steps, **options):
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer, path = torch.optim.SGD([x], **options), [x.detach().numpy().copy()]
    for _ in range(steps):
        optimizer.zero_grad()
        height(x).backward()
        optimizer.step()
        path.append(x.detach().numpy().copy())
    return np.array(path)


def test_two_steps_by_hand():
    # down x²/2 from 1 with lr 1/2, momentum 1/2: v = -1/2; then heavy ball -1/4 - 1/4, Nesterov -1/4 - (1/2 - 1/4)/2
    expected = {
        "descent": [1, 0.5, 0.25],
        "momentum": [1, 0.5, 0],
        "nesterov": [1, 0.5, 0.125],
        "printed": [1, 0.5, 0.5],
    }
    for method in METHODS:
        path = trajectories(lambda x: x, [1.0], lr=0.5, momentum=0.5, steps=2, method=method)
        np.testing.assert_allclose(path[:, 0], expected[method], err_msg=method)


@pytest.mark.parametrize("name", HEIGHTS)
@pytest.mark.parametrize("nesterov", [False, True])
def test_equal_to_torch(name, nesterov):
    """The positions; for Nesterov torch stores x + momentum v, and v is the last step."""
    surface, lr, momentum = SURFACES[name], 5e-4 if name == "rosenbrock" else 0.03, 0.9
    method = "nesterov" if nesterov else "momentum"
    path = trajectories(surface.grad, surface.start, lr, momentum, steps=300, method=method)
    stored = path + momentum * np.diff(path, axis=0, prepend=path[:1]) * nesterov
    expected = torch_path(HEIGHTS[name], surface.start, 300, lr=lr, momentum=momentum, nesterov=nesterov)
    np.testing.assert_allclose(stored, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_table_of_walks_holds_each_walk(method):
    lr, momentum = np.array([1e-4, 3e-4, 1e-3]), np.array([0.0, 0.5])
    table = trajectories(ROSENBROCK.grad, ROSENBROCK.start, lr[:, None], momentum, steps=40, method=method)
    assert table.shape == (3, 2, 41, 2)
    for row, column in np.ndindex(3, 2):
        alone = trajectories(ROSENBROCK.grad, ROSENBROCK.start, lr[row], momentum[column], steps=40, method=method)
        np.testing.assert_array_equal(table[row, column], alone)


@pytest.mark.parametrize("method", METHODS)
def test_without_momentum_and_with_a_schedule_all_are_descent(method):
    factors = step_decay(np.arange(50), lr=1.0, factor=0.5, every=20)
    path = trajectories(RAVINE.grad, RAVINE.start, 0.05, 0.0, steps=50, method=method, schedule=factors)
    expected = descend(RAVINE.grad, np.array(RAVINE.start), 0.05 * factors, steps=50)
    np.testing.assert_allclose(path, expected, atol=1e-12)


@given(seeds)
def test_many_starts_on_a_quadratic_walk_in_proportion(seed):
    """The walk is linear in its start: twice the start is twice the path, a sum of starts the sum of paths."""
    first, second = np.random.default_rng(seed).normal(size=(2, 2))
    starts = np.array([first, second, first + second, -2 * first])
    for method in METHODS:
        paths = trajectories(RAVINE.grad, starts, 0.005, 0.5, steps=30, method=method)
        np.testing.assert_allclose(paths[0] + paths[1], paths[2], atol=1e-10)
        np.testing.assert_allclose(-2 * paths[0], paths[3], atol=1e-10)


def test_a_walk_that_leaves_the_map_ends_there():
    paths = trajectories(RAVINE.grad, [1.0, 1.0], np.array([0.03, 0.1, 1e4]), 0.0, steps=5000)
    assert np.isfinite(paths[0]).all()
    gone = np.isnan(paths).any(axis=-1)
    for path, nan in zip(paths[1:], gone[1:]):
        last = np.flatnonzero(~nan)[-1]
        assert not nan[: last + 1].any() and nan[last + 1 :].all() and np.isnan(path[last + 1 :]).all()
        assert np.abs(path[: last + 1]).max() <= 1e6
    # |1 - 0.1 * 25|^t = 1.5^t leaves a million behind at t = 35; 10,000 * 25 is within it, its square is not
    assert [int(np.flatnonzero(nan)[0]) for nan in gone[1:]] == [35, 2]


def test_the_gradient_is_that_of_differences_along_every_path():
    """What the walks are told is downhill is downhill on the map: d f(path) by central differences."""
    for surface in SURFACES.values():
        path = trajectories(surface.grad, surface.start, 1e-4, 0.9, steps=50)
        along, step = np.diff(path, axis=0), 1e-3
        middle = (path[1:] + path[:-1]) / 2
        change = surface.value(middle + step * along) - surface.value(middle - step * along)
        expected = 2 * step * (surface.grad(middle) * along).sum(axis=-1)
        np.testing.assert_allclose(change, expected, rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=list(SURFACES))
@pytest.mark.parametrize("method", METHODS)
def test_extreme_rates_make_gaps_and_no_warnings(surface, method):
    lr = np.array([0.0, 1e-8, 1.0, 1e4])
    paths = trajectories(surface.grad, surface.start, lr, 0.99, steps=100, method=method)
    np.testing.assert_array_equal(paths[0], np.tile(surface.start, (101, 1)))
    assert np.nanmax(np.abs(paths)) <= 1e6


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="`method` must be one of descent, momentum, nesterov, printed, got 'adam'"):
        trajectories(RAVINE.grad, [1.0, 1.0], 0.1, method="adam")
    with pytest.raises(ValueError, match=r"`schedule` must have shape \(7,\), one factor for each step, got \(8,\)"):
        trajectories(RAVINE.grad, [1.0, 1.0], 0.1, steps=7, schedule=np.ones(8))
    with pytest.raises(ValueError, match="shape mismatch"):
        trajectories(RAVINE.grad, [1.0, 1.0], np.ones(3), np.ones(4))
