"""Similarity losses: by hand, against torch, their gradients, and what they do not care for."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity

from mmcourse.gradcheck import numerical_gradient
from mmcourse.multimodal.similarity import cosine_scores, dssm_loss, letter_trigrams, normalize, ranking_loss

seeds = st.integers(0, 10_000)


def table(seed, size=6):
    return np.random.default_rng(seed).uniform(-1, 1, size=(size, size))


def test_ranking_by_hand():
    """Rows: 0.2 - 0.9 + 0.3 < 0, 0.2 - 0.6 + 0.5 = 0.1; columns: 0.2 - 0.9 + 0.5 and 0.2 - 0.6 + 0.3 < 0."""
    loss = ranking_loss(np.array([[0.9, 0.3], [0.5, 0.6]]), margin=0.2)
    assert loss.value == pytest.approx(0.1, abs=1e-12)
    np.testing.assert_array_equal(loss.grad, [[0, 0], [1, -1]])


def test_the_diagonal_is_no_wrong_pair():
    """Left in, it would add the margin for every item and direction."""
    assert ranking_loss(2 * np.eye(4) - 1, margin=0.2).value == 0


@pytest.mark.parametrize("gamma, expected", [(1.0, 0.975947), (10.0, 0.001376)])
def test_dssm_by_hand(gamma, expected):
    assert dssm_loss(np.array([[0.9, 0.2, 0.1, 0.0, -0.3]]), gamma).value == pytest.approx(expected, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_dssm_is_torchs_cross_entropy(seed):
    scores = torch.tensor(table(seed), requires_grad=True)
    theirs = torch.nn.functional.cross_entropy(7 * scores, torch.arange(6), reduction="sum")
    theirs.backward()
    ours = dssm_loss(scores.detach().numpy(), gamma=7.0)
    assert ours.value == pytest.approx(theirs.item(), rel=1e-10)
    np.testing.assert_allclose(ours.grad, scores.grad.numpy(), atol=1e-10)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_ranking_is_torchs_margin_loss_both_ways(seed):
    scores = torch.tensor(table(seed))
    margins = [torch.nn.functional.multi_margin_loss(s, torch.arange(6), margin=0.2) for s in (scores, scores.T)]
    assert ranking_loss(scores.numpy(), 0.2).value == pytest.approx(
        36 * sum(margins).item(), rel=1e-10
    )  # means of means


@pytest.mark.parametrize("loss", [ranking_loss, lambda s, **o: ranking_loss(s, hardest=True, **o), dssm_loss])
@pytest.mark.parametrize("with_same", [False, True])
def test_gradients_are_those_of_differences(loss, with_same):
    scores, same = table(1), np.zeros((6, 6), dtype=bool)
    same[0, 3] = same[3, 0] = with_same
    np.testing.assert_allclose(
        loss(scores, same=same).grad, numerical_gradient(lambda s: loss(s, same=same).value, scores.copy()), atol=1e-6
    )


@settings(max_examples=30, deadline=None)
@given(seeds, st.floats(0, 1))
def test_the_hardest_are_a_part_of_all_and_order_does_not_matter(seed, margin):
    scores, order = table(seed), np.random.default_rng(seed).permutation(6)
    every, worst = ranking_loss(scores, margin), ranking_loss(scores, margin, hardest=True)
    assert 0 <= worst.value <= every.value + 1e-12 and every.value <= 5 * worst.value + 1e-12
    shuffled = scores[order][:, order]
    assert ranking_loss(shuffled, margin).value == pytest.approx(every.value, rel=1e-10, abs=1e-12)
    assert ranking_loss(shuffled.T, margin).value == pytest.approx(every.value, rel=1e-10, abs=1e-12)  # both directions


@pytest.mark.parametrize("loss", [ranking_loss, dssm_loss])
def test_adding_a_number_to_all_scores_changes_nothing_even_at_the_extremes(loss):
    scores = table(2)
    assert loss(scores + 1e4).value == pytest.approx(loss(scores).value, rel=1e-6)
    far = loss(1e4 * scores)
    assert np.isfinite(far.value) and np.isfinite(far.grad).all()


@pytest.mark.parametrize("loss", [ranking_loss, dssm_loss])
def test_pairs_that_match_are_left_out(loss):
    scores, same = table(3), np.zeros((6, 6), dtype=bool)
    same[1, 4] = True
    low = scores.copy()
    low[1, 4] = -1e4 if loss is dssm_loss else -10
    assert loss(scores, same=same).value == pytest.approx(loss(low).value, rel=1e-9)
    assert loss(scores, same=same).grad[1, 4] == 0


def test_cosines_are_scikit_learns_and_do_not_care_for_length():
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    np.testing.assert_allclose(cosine_scores(a, b), cosine_similarity(a, b), rtol=1e-12)
    np.testing.assert_allclose(cosine_scores(1e4 * a, b / 1e4), cosine_scores(a, b), rtol=1e-10)
    np.testing.assert_array_equal(normalize(np.zeros((1, 3))), np.zeros((1, 3)))


def test_trigrams():
    assert letter_trigrams("a") == ["#a#"]
    assert len(letter_trigrams("circle")) == len("circle")


@pytest.mark.parametrize("loss", [ranking_loss, dssm_loss])
def test_a_table_without_a_column_for_each_row_is_refused(loss):
    with pytest.raises(ValueError, match=r"a column for each row.*got \(3, 2\)"):
        loss(np.ones((3, 2)))
    with pytest.raises(ValueError, match="same number of coordinates"):
        cosine_scores(np.ones((2, 3)), np.ones((2, 4)))
