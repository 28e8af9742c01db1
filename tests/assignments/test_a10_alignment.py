"""a10_alignment: the solution equals the package, what is no answer gets nothing, and the text's numbers are right."""

import numpy as np
import pytest
import torch

from mmcourse.multimodal import ctw as lecture_ctw
from mmcourse.multimodal import dtw as lecture_dtw
from mmcourse.multimodal import gtw as lecture_gtw
from mmcourse.multimodal import step_patterns, windows
from mmcourse.multimodal.deep_cca import total_correlation
from mmcourse.multimodal.monotone_bases import monotone_bases
from mmcourse.worlds.warped_views import warped_views
from tests.assignments.bench import bench

BENCH = bench("a10_alignment")
MANIFEST, REFERENCE = BENCH.manifest, BENCH.reference
PLAIN = [[(1, 1, 1)], [(1, 0, 1)], [(0, 1, 1)]]
SYMMETRIC2 = [[(1, 1, 2)], [(1, 0, 1)], [(0, 1, 1)]]
SLOPE_1 = [[(1, 1, 2)], [(1, 1, 2), (1, 0, 1)], [(1, 1, 2), (0, 1, 1)]]
ASYMMETRIC = [[(1, 1, 1)], [(1, 0, 1)], [(1, 2, 1)]]
PATTERNS = {
    "symmetric1": (PLAIN, step_patterns.SYMMETRIC1),
    "symmetric2": (SYMMETRIC2, step_patterns.SYMMETRIC2),
    "slope": (SLOPE_1, step_patterns.SYMMETRIC_P1),
    "asymmetric": (ASYMMETRIC, step_patterns.ASYMMETRIC),
}


def namespace(question):
    """The solution's own cell, run here: torch and classes without handles."""
    names = {"np": np}
    exec(BENCH.solutions[MANIFEST.question(question).solution_cell], names)
    return names


def test_errata_of_the_decks_are_among_the_mistakes():
    assert {mistake.erratum for mistake in MANIFEST.mistakes} >= {"E76", "E78", "E93"}


def test_answers_that_are_no_answers_get_nothing():
    for source in ("return None", "raise NotImplementedError", "return args"):
        for question in MANIFEST.questions:
            body = f"def {question.function}(*args, **options):\n    {source}"
            program = BENCH.program_with(question.id, body)
            assert all(BENCH.fraction(test, program, seed=0)[0] == 0 for test in question.tests), source


# The solution against the package, which was written by others.


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("radius", [None, 3])
def test_warp_equals_the_package(name, radius):
    ours, theirs = PATTERNS[name]
    d = np.random.default_rng(1).uniform(size=(9, 11))
    allowed = None if radius is None else windows.band(d.shape, radius)
    expected = lecture_dtw.dtw(d, theirs, allowed)
    total, path = REFERENCE.warp(d, d.shape, ours, radius=radius)
    assert total == pytest.approx(expected.cost, rel=1e-12)
    np.testing.assert_array_equal(path, expected.path)


def test_space_equals_the_package():
    world = warped_views(np.random.default_rng(5), "rotated", frames=(30, 35))
    path = np.rint(np.linspace([0, 0], [29, 34], 35)).astype(int).T
    expected = lecture_ctw.cca_step(*world.views, path, 2)
    U, V, mean_x, mean_y, cost = REFERENCE.common_space([world.views[0]], [world.views[1]], [path], 2)
    assert cost == pytest.approx(expected.cost, rel=1e-9)
    ours = (U.T @ (world.views[0] - mean_x)).T @ (V.T @ (world.views[1] - mean_y))
    np.testing.assert_allclose(ours / path.shape[1], expected.x.T @ expected.y, atol=1e-10)


def test_clocks_equal_the_package():
    rng = np.random.default_rng(2)
    Q = monotone_bases(23, shifts=1)
    views = [np.sin(np.linspace(0, 4, n) ** power)[None] for n, power in ((9, 1.0), (14, 1.2), (17, 0.9))]
    weights = rng.dirichlet(np.full(4, 3.0), size=3)
    expected = lecture_gtw.gauss_newton_step(views, Q, weights)
    got, cost = REFERENCE.clocks_step(views, [Q] * 3, list(weights), damping=1e-12)
    assert cost == pytest.approx(lecture_gtw.time_cost(views, Q, expected), rel=1e-3)
    assert cost == pytest.approx(lecture_gtw.time_cost(views, Q, np.array(got)), rel=1e-9)


def test_deep_loss_and_gradient_equal_the_package():
    rng = np.random.default_rng(3)
    module = namespace("deep")["DeepWarp"](
        [(rng.normal(size=(2, 4)), rng.normal(size=2))],
        [(rng.normal(size=(5, 3)), rng.normal(size=5)), (rng.normal(size=(2, 5)), rng.normal(size=2))],
        ridge=0.1,
    )
    x, y = torch.from_numpy(rng.normal(size=(9, 4))), torch.from_numpy(rng.normal(size=(11, 3)))
    path = np.rint(np.linspace([0, 0], [8, 10], 11)).astype(int).T
    module.loss(x, y, path).backward()
    ours = {name: parameter.grad.clone() for name, parameter in module.named_parameters()}
    module.zero_grad()
    f, g = module.x_net(x)[path[0]].T, module.y_net(y)[path[1]].T
    theirs = total_correlation(f, g, ridge=0.1 * 11 / 10)  # they divide by l - 1
    assert float(module.loss(x, y, path).detach()) == pytest.approx(-theirs.item(), rel=1e-9)
    (-theirs).backward()
    for name, parameter in module.named_parameters():
        torch.testing.assert_close(ours[name], parameter.grad, rtol=1e-7, atol=1e-10)


# Numbers that the notebook's text prints.


def test_numbers_of_the_paths():
    d = np.subtract.outer([0, 1, 3, 1, 0], [0, 0, 0, 2, 3, 1]) ** 2.0
    assert [REFERENCE.warp(d, d.shape, moves)[0] for moves, _ in PATTERNS.values()] == [2, 3, 6, 2]
    assert [REFERENCE.warp(d, d.shape, PLAIN, radius=radius)[0] for radius in (0, 1, 2)] == [np.inf, 7, 2]
    d = np.subtract.outer([0, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 0]) ** 2.0
    assert [REFERENCE.warp(d, d.shape, PLAIN, radius=radius)[0] for radius in (0, 1, 2, 3)] == [2, 2, 2, 0]
    assert REFERENCE.warp(d, d.shape, SLOPE_1)[0] == 3


def run_ctw(x, y, k, path):
    """The loop of the text, with the solution's own class."""
    loop, history = namespace("loop")["Alternation"](path), []
    while loop.path is not None:
        l = loop.path.shape[1]  # noqa: E741
        U, V, mean_x, mean_y, cost = REFERENCE.common_space([x], [y], [loop.path], k)
        a, b = U.T @ (x - mean_x), V.T @ (y - mean_y)
        d = ((a[:, :, None] - b[:, None]) ** 2).sum(axis=0)
        total, found = REFERENCE.warp(d, d.shape, PLAIN)
        assert total / l <= cost + 1e-9  # a DTW step never raises the cost of a fixed space
        history += [cost, total / l]
        loop.tell(cost, found, total / l)
    return loop, history


def test_numbers_of_the_loop_that_rises():
    start = np.array([[0, 1, 2, 3, 4], [0, 1, 2, 2, 3]])
    loop, history = run_ctw(np.array([[-1.0, 2, 0, 0, 0]]), np.array([[-1.0, -1, 1, 0]]), 1, start)
    np.testing.assert_allclose(history[:3], [1.5436, 1.3849, 1.5636], atol=5e-5)
    assert loop.reason == "repeated"
    np.testing.assert_array_equal(loop.best, start)


def test_the_loop_recovers_a_warp():
    world = warped_views(np.random.default_rng(5), "rotated", frames=(60, 70))
    start = np.rint(np.linspace([0, 0], [59, 69], 70)).astype(int).T
    loop, _ = run_ctw(*world.views, 2, start)
    assert np.argmin(loop.costs) == 8 and len(loop.costs) == 11 and loop.costs[9] > loop.costs[8]
    assert world.index_error(loop.best) < 1 < 8 < world.index_error(start)


def test_average_goes_down_by_turns():
    rng = np.random.default_rng(7)
    views = [np.cumsum(rng.normal(size=(2, n)), axis=1) for n in (8, 10, 11)]
    average, last = views[1], np.inf
    for _ in range(5):
        squares = [((average[:, :, None] - view[:, None]) ** 2).sum(axis=0) for view in views]
        found = [REFERENCE.warp(d, d.shape, PLAIN) for d in squares]
        assert sum(total for total, _ in found) <= last + 1e-9
        average, _, cost = REFERENCE.average_step(average, views, [path for _, path in found])
        assert cost <= sum(total for total, _ in found) + 1e-9
        last = cost
