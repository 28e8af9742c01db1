"""Ranked lists: by hand, against scikit-learn, against all orders of ties, and what they refuse."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from mmcourse.multimodal.retrieval import average_precision, mean_average_precision, precision_at_k, ranked, recall_at_k

seeds = st.integers(0, 10_000)


def lists(seed, queries=4, items=9, ties=False):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, size=(queries, items)).astype(float) if ties else rng.normal(size=(queries, items))
    relevant = rng.random((queries, items)) < 0.4
    relevant[:, 0] = True
    return scores, relevant


def test_by_hand():
    """Relevant in places 1, 3 and 4 of five: (1 + 2/3 + 3/4) / 3."""
    scores, relevant = np.array([[5.0, 4, 3, 2, 1]]), np.array([[True, False, True, True, False]])
    assert average_precision(scores, relevant)[0] == pytest.approx((1 + 2 / 3 + 3 / 4) / 3, rel=1e-12)
    assert [precision_at_k(scores, relevant, k)[0] for k in (1, 2, 3, 5)] == pytest.approx([1, 1 / 2, 2 / 3, 3 / 5])
    assert [recall_at_k(scores, relevant, k)[0] for k in (1, 2, 3, 5)] == pytest.approx([1 / 3, 1 / 3, 2 / 3, 1])
    assert ranked(scores[:, ::-1], relevant[:, ::-1]).tolist() == relevant.tolist()


@settings(max_examples=30, deadline=None)
@given(seeds, st.booleans())
def test_it_is_scikit_learns_with_and_without_ties(seed, ties):
    scores, relevant = lists(seed, ties=ties)
    theirs = [average_precision_score(r, s) for r, s in zip(relevant, scores)]
    np.testing.assert_allclose(average_precision(scores, relevant), theirs, rtol=1e-10)
    assert mean_average_precision(scores, relevant) == pytest.approx(np.mean(theirs), rel=1e-10)


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(1, 5))
def test_precision_with_ties_is_the_mean_over_all_orders(seed, k):
    scores, relevant = lists(seed, queries=1, items=5, ties=True)
    shares = []
    for order in permutations(range(5)):
        first = np.argsort(-scores[0, list(order)], kind="stable")[:k]
        shares.append(relevant[0, list(order)][first].mean())
    assert precision_at_k(scores, relevant, k)[0] == pytest.approx(np.mean(shares), rel=1e-10)


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_only_the_order_counts_and_the_best_order_is_perfect(seed):
    scores, relevant = lists(seed)
    np.testing.assert_allclose(
        average_precision(1e4 * scores - 1e4, relevant), average_precision(scores, relevant), rtol=1e-12
    )
    np.testing.assert_array_equal(average_precision(relevant.astype(float), relevant), 1)
    some = average_precision(scores, relevant)
    assert ((some > 0) & (some <= 1)).all()


def test_a_constant_score_earns_the_share_of_relevant_items_wherever_they_stand():
    relevant = np.array([[True, True, False, False, False], [False, False, False, True, True]])
    np.testing.assert_allclose(average_precision(np.zeros((2, 5)), relevant), 0.4, rtol=1e-12)
    np.testing.assert_allclose(precision_at_k(np.zeros((2, 5)), relevant, 3), 0.4, rtol=1e-12)


def test_queries_without_relevant_items_do_not_count():
    scores, relevant = lists(0)
    relevant[2] = False
    assert np.isnan(average_precision(scores, relevant)[2])
    kept = [0, 1, 3]
    assert mean_average_precision(scores, relevant) == mean_average_precision(scores[kept], relevant[kept])
    with pytest.raises(ValueError, match="no query has a relevant item"):
        mean_average_precision(scores, np.zeros_like(relevant))


def test_mistakes_are_told():
    scores, relevant = lists(1)
    with pytest.raises(ValueError, match=r"\(4, 9\) and \(9, 4\)"):
        average_precision(scores, relevant.T)
    with pytest.raises(ValueError, match="from 1 to the number of items, 9, got 10"):
        precision_at_k(scores, relevant, 10)
    with pytest.raises(ValueError, match="True or False"):
        ranked(scores, relevant.astype(float))
