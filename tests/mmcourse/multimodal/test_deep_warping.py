"""Deep canonical time warping: its objective, its loop, and what it can and cannot find."""

import numpy as np
import pytest
import torch

from mmcourse.multimodal.ctw import cca_step, ctw_from_many
from mmcourse.multimodal.deep_cca import total_correlation
from mmcourse.multimodal.deep_warping import common_space, deep_ctw, network, standardized
from mmcourse.multimodal.dtw import dtw, squared_distances
from mmcourse.multimodal.warping_matrices import uniform_path
from mmcourse.worlds.warped_views import warped_views


@pytest.fixture(scope="module")
def world():
    return warped_views(np.random.default_rng(4), kind="swirled", frames=(120, 140), waves=5, bend=0.6)


def test_standardized_by_hand():
    np.testing.assert_allclose(standardized(np.array([[1.0, 3.0], [0.0, 4.0]])), [[-1, 1], [-1, 1]])


def test_the_common_space_of_raw_frames_is_that_of_ctw():
    x, y = warped_views(np.random.default_rng(0), kind="rotated").views
    path = uniform_path(60, 70)
    a, b = common_space(torch.from_numpy(x), torch.from_numpy(y), path, ridge=0.0)
    space = cca_step(x, y, path, components=2)
    np.testing.assert_allclose(a / np.sqrt(69), space.x, atol=1e-12)
    np.testing.assert_allclose(b / np.sqrt(69), space.y, atol=1e-12)


def test_the_gradient_through_repeated_frames():
    rng = np.random.default_rng(1)
    net, y = network(2, 3, 2, rng), torch.from_numpy(rng.normal(size=(2, 9)))
    x, path = torch.from_numpy(rng.normal(size=(7, 2))), uniform_path(7, 9)
    weight = net[0].weight.detach().clone().requires_grad_()

    def total(weight):
        f = torch.func.functional_call(net, {"0.weight": weight}, x).T
        return total_correlation(f[:, path[0]], y[:, path[1]], 1e-2)

    assert torch.autograd.gradcheck(total, weight, eps=1e-6, atol=1e-6)


def test_the_loop_is_gradient_then_dtw_of_unwarped_features():
    x, y = warped_views(np.random.default_rng(2), kind="swirled", frames=(30, 36)).views
    found = deep_ctw(x, y, 2, uniform_path(30, 36), np.random.default_rng(0), hidden=(4, 5), steps=1, lr=0.03)
    rng = np.random.default_rng(0)
    second, first = network(2, 5, 2, rng), network(2, 4, 2, rng)
    X, Y = (torch.from_numpy(standardized(view).T.copy()) for view in (x, y))
    i, j = uniform_path(30, 36)
    (-total_correlation(first(X)[i].T, second(Y)[j].T, 1e-2)).backward()
    with torch.no_grad():
        for parameter in [*first.parameters(), *second.parameters()]:
            parameter -= 0.03 * parameter.grad / (parameter.grad.abs() + 1e-8)  # Adam's first step
    a, b = common_space(first(X).T, second(Y).T, uniform_path(30, 36), 1e-2)
    assert a.shape == (2, 30) and b.shape == (2, 36)
    np.testing.assert_array_equal(found.path, dtw(squared_distances(a, b)).path)


def test_it_aligns_what_no_matrix_can(world):
    start = ctw_from_many(*world.views, components=2, rng=np.random.default_rng(4), starts=6)[0].path
    runs = [deep_ctw(*world.views, 2, start, np.random.default_rng(seed)) for seed in (0, 2)]
    found = max(runs, key=lambda run: run.correlations[-1])  # as one chooses without the truth
    before, after = world.index_error(start), world.index_error(found.path)
    assert after < 0.75 * before
    assert found.correlations[-20:].mean() > found.correlations[:20].mean()
    assert len(found.paths) == 201 and all(path[:, -1].tolist() == [119, 139] for path in found.paths)


def test_one_network_for_both_cannot_take_two_sizes_and_is_worse_here(world):
    with pytest.raises(ValueError, match="one network cannot take frames of 3 and of 4 numbers"):
        deep_ctw(np.zeros((3, 9)), np.zeros((4, 9)), 2, uniform_path(9, 9), np.random.default_rng(0), shared=True)
    rng = np.random.default_rng(0)
    truth = np.rint(world.truth()).astype(int)
    own = deep_ctw(*world.views, 2, truth, rng, hidden=(8, 8), steps=60, every=100)
    shared = deep_ctw(*world.views, 2, truth, rng, hidden=(8, 8), steps=60, every=100, shared=True)
    assert own.correlations[-1] > shared.correlations[-1] + 0.05


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_extremes(scale):
    x, y = warped_views(np.random.default_rng(3), kind="swirled", frames=(20, 24)).views
    runs = [deep_ctw(view, y, 2, uniform_path(20, 24), np.random.default_rng(0), steps=3) for view in (x, scale * x)]
    np.testing.assert_allclose(runs[0].correlations, runs[1].correlations, rtol=1e-9)
