"""a09_representations: the solutions equal other programs, no answer gets nothing, the text's numbers are right."""

import itertools

import numpy as np
import pytest
import torch

from mmcourse.multimodal import cca as lecture_cca
from mmcourse.multimodal import deep_cca, retrieval, tensor_fusion
from tests.assignments.bench import bench

BENCH = bench("a09_representations")
MANIFEST, REFERENCE = BENCH.manifest, BENCH.reference


def draw_views(seed, samples=40):
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(samples, 2))
    x = np.hstack([shared, rng.normal(size=(samples, 2))]) @ rng.normal(size=(4, 4)) + 5
    return x, shared @ rng.normal(size=(2, 3)) + rng.normal(size=(samples, 3)) - 2


def test_the_misprinted_constraint_is_among_the_mistakes():
    assert "E69" in {mistake.erratum for mistake in MANIFEST.mistakes}


@pytest.mark.parametrize("question", MANIFEST.questions, ids=lambda question: question.id)
def test_answers_that_are_no_answers_get_nothing(question):
    for body in ("return None", "return args[0]", "raise NotImplementedError"):
        program = BENCH.program_with(question.id, f"def {question.function}(*args, **options):\n    {body}")
        assert all(BENCH.fraction(test, program, seed=0)[0] == 0 for test in question.tests), body


# The solutions against the lectures' programs, in the case that both can do


def test_fusion_equals_the_lectures():
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(5, size)) for size in (3, 2, 4)]
    expected = tensor_fusion.fuse_three(*parts)
    np.testing.assert_allclose(REFERENCE.fuse(parts), expected.reshape(5, -1), rtol=1e-12)
    np.testing.assert_allclose(REFERENCE.fuse(parts[:2]), tensor_fusion.fuse_two(*parts[:2]).reshape(5, -1), rtol=1e-12)
    for order in range(4):
        groups = list(itertools.combinations(range(3), order))
        mask = tensor_fusion.block_mask([3, 2, 4], groups)
        mask[-1, -1, -1] = order == 0  # the lecture keeps the corner always
        np.testing.assert_allclose(REFERENCE.fuse(parts, orders=[order]), (expected * mask).reshape(5, -1), rtol=1e-12)


def test_gradients_of_fusion_equal_autograd():
    rng = np.random.default_rng(1)
    leaves = [torch.tensor(rng.normal(size=(4, size)), requires_grad=True) for size in (2, 3, 2)]
    ones = torch.ones(4, 1, dtype=torch.float64)
    fused = torch.einsum("bi,bj,bk->bijk", *[torch.cat([leaf, ones], dim=1) for leaf in leaves]).flatten(1)
    grad = rng.normal(size=fused.shape)
    fused.backward(torch.tensor(grad))
    got = REFERENCE.fuse_backward([leaf.detach().numpy() for leaf in leaves], grad)
    for ours, leaf in zip(got, leaves, strict=True):
        np.testing.assert_allclose(ours, leaf.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_cca_equals_the_lectures():
    x, y = draw_views(seed=2)
    for ridge in (0.0, 0.3, (0.1, 1.0)):
        # the lecture divides by N - 1, so its ridge is smaller in the same proportion
        expected = lecture_cca.fit_cca(x.T, y.T, components=3, ridge=np.asarray(ridge) * 40 / 39)
        cca = REFERENCE.WeightedCCA(3, ridge=ridge)
        cca.fit(x, y)
        np.testing.assert_allclose(cca.correlations, expected.correlations, rtol=1e-9)
        ours, theirs = cca.transform_x(x), expected.project(x.T, y.T)[0].T
        np.testing.assert_allclose(np.abs(ours), np.abs(theirs) * np.sqrt(40 / 39), rtol=1e-7)


def test_loss_equals_the_lectures():
    x, y = (torch.tensor(view) for view in draw_views(seed=3))
    x, y = ((view - view.mean(dim=0)) for view in (x, y))
    x, y = (view @ torch.linalg.inv(torch.linalg.cholesky(view.T @ view / 39)).T for view in (x, y))  # variance 1
    for components in (1, 2, None):
        expected = -deep_cca.total_correlation(x.T, y.T, ridge=0.2, components=components)
        got = REFERENCE.dcca_loss(x.numpy(), y.numpy(), ridge=0.2, components=components)
        assert float(got) == pytest.approx(float(expected), rel=1e-9)


def test_ranking_equals_the_lectures_without_ties():
    rng = np.random.default_rng(4)
    scores, relevant = rng.normal(size=(6, 30)), rng.random((6, 30)) < 0.3
    got = REFERENCE.rank_quality(scores, relevant, k=7)
    np.testing.assert_allclose(got["ap"], retrieval.average_precision(scores, relevant), rtol=1e-12)
    tied = np.round(scores)
    np.testing.assert_allclose(
        REFERENCE.rank_quality(tied, relevant, k=7)["precision"],
        retrieval.precision_at_k(tied, relevant, 7),
        rtol=1e-12,
    )


def test_ranking_known_by_hand():
    hits = np.array([[True, False, True, True, False, False, True]])
    scores = -np.arange(7.0)[None]
    assert REFERENCE.rank_quality(scores, hits, k=3)["map"] == pytest.approx(0.747024, abs=1e-6)
    assert REFERENCE.rank_quality(scores, hits, k=3)["precision"] == pytest.approx(2 / 3)
    assert REFERENCE.rank_quality(scores, hits, k=3, total=np.array([6]))["map"] == pytest.approx(0.498016, abs=1e-6)
    two = REFERENCE.rank_quality(np.zeros((1, 2)), np.array([[True, False]]), k=1)
    assert two["map"] == pytest.approx(0.75)


# Numbers that the notebook's text prints


def test_numbers_of_low_rank():
    assert 33 * 33 * 129 == 140_481 and 21**8 == pytest.approx(4e10, rel=0.06)
    assert 3 * 12 + 1 == 37 and 2 * 3 * 13 + 2 + 1 == 81 and 13**3 == 2197


def test_numbers_of_chance():
    rng, found = np.random.default_rng(5), []
    for _ in range(60):
        x, y = rng.normal(size=(2, 50, 20))
        cca = REFERENCE.WeightedCCA(1)
        cca.fit(x, y)
        found.append(cca.correlations[0])
    assert np.mean(found) == pytest.approx(0.97, abs=0.005)
