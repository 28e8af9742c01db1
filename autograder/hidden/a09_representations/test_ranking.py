"""Hidden tests of a09.ranking."""

from itertools import permutations

import numpy as np

from autograder.testing import assert_close, points


def by_counting(hits, k, total=None):
    """Average precision and precision at k of one list in its order."""
    precisions = [sum(hits[:place]) / place for place in range(1, len(hits) + 1) if hits[place - 1]]
    R = len(precisions) if total is None else total
    return sum(precisions) / R if R else np.nan, sum(hits[:k]) / k


def over_orders(scores, hits, k, total=None):
    """The mean of both over all orders of a list that keep better scores first."""
    found = []
    for order in permutations(range(len(scores))):
        if all(scores[a] >= scores[b] for a, b in zip(order, order[1:])):
            found.append(by_counting([bool(hits[i]) for i in order], k, total))
    return np.mean(found, axis=0)


def compare(got, expected, what=""):
    """Compare the two arrays and their mean with pairs (ap, precision)."""
    assert type(got) is dict and set(got) == {"ap", "precision", "map"}, (
        "expected a dictionary with the keys 'ap', 'precision' and 'map'"
    )
    ap, precision = np.array(expected, float).T
    assert_close(got["ap"], ap, what=f"result['ap']{what}")
    assert_close(got["precision"], precision, what=f"result['precision']{what}")
    assert_close(got["map"], np.nan if np.isnan(ap).all() else np.nanmean(ap), what=f"result['map']{what}")


def draw(rng, queries, items):
    """Different scores, and at least one relevant item for each query, which is not always the best."""
    scores = rng.permuted(np.tile(np.linspace(-3.0, 2.0, items), (queries, 1)), axis=1)
    relevant = rng.random((queries, items)) < 0.4
    relevant[np.arange(queries), rng.integers(items, size=queries)] = True
    return scores, relevant


@points(2)
def test_without_ties(student, rng):
    """Lists without ties: precisions at the places of the relevant items, their mean, and precision at k."""
    scores, relevant = draw(rng, 5, 9)
    k = int(rng.integers(2, 7))
    hits = [relevant[q, np.argsort(-scores[q])].tolist() for q in range(5)]
    compare(student.rank_quality(scores, relevant, k=k), [by_counting(row, k) for row in hits])


@points(2)
def test_ties(student, rng):
    """With ties both numbers are the mean over all orders of the tied items."""
    scores = rng.choice([-1.0, 0.5, 2.0], size=(4, 6))
    scores[0] = 0.0
    relevant = rng.random((4, 6)) < 0.5
    relevant[:, 0], relevant[:, 1] = True, False
    k = int(rng.integers(2, 5))
    compare(student.rank_quality(scores, relevant, k=k), [over_orders(*row, k) for row in zip(scores, relevant)])


@points(1)
def test_valid(student, rng):
    """Items that are not valid take no place and count nowhere, with nan as their score or marked relevant."""
    scores, relevant = draw(rng, 4, 8)
    scores = np.round(scores)
    valid = rng.random((4, 8)) < 0.6
    valid[:, :2], valid[:, 2:4], relevant[:, 0], relevant[:, 2:4] = True, False, True, True
    expected = [over_orders(s[v], r[v], 3) for s, r, v in zip(scores, relevant, valid)]
    scores[:, 2] = np.nan
    scores[:, 3] = 9.0
    compare(student.rank_quality(scores, relevant, k=3, valid=valid), expected)


@points(1)
def test_total(student, rng):
    """Relevant items that are not in the list count in the division, and in nothing else."""
    scores, relevant = draw(rng, 5, 7)
    total = relevant.sum(axis=1) + rng.permutation([0, 1, 2, 5, 9])
    hits = [relevant[q, np.argsort(-scores[q])].tolist() for q in range(5)]
    expected = [by_counting(row, 3, int(R)) for row, R in zip(hits, total)]
    compare(student.rank_quality(scores, relevant, k=3, total=total), expected)


@points(1)
def test_queries_without_an_answer(student, rng):
    """No relevant item, no AP: nan, and no part in MAP. Relevant items that were all missed: 0, and part in MAP."""
    scores, relevant = draw(rng, 4, 6)
    relevant[[0, 2]] = False
    hits = [relevant[q, np.argsort(-scores[q])].tolist() for q in range(4)]
    compare(student.rank_quality(scores, relevant, k=2), [by_counting(row, 2) for row in hits])
    total = relevant.sum(axis=1) + [3, 0, 0, 0]
    expected = [by_counting(row, 2, int(R)) for row, R in zip(hits, total)]
    compare(student.rank_quality(scores, relevant, k=2, total=total), expected, ", one query missed all")
    nothing = np.zeros_like(relevant)
    compare(student.rank_quality(scores, nothing, k=2), [(np.nan, 0.0)] * 4, ", nothing relevant")
    valid = np.zeros_like(relevant)
    valid[1:] = True
    expected = [(np.nan, 0.0), *[by_counting(row, 2) for row in hits[1:]]]
    compare(student.rank_quality(scores, relevant, k=2, valid=valid), expected, ", an empty list")


@points(1)
def test_precision_at_k(student, rng):
    """A tie that is cut at k contributes its share, and a list shorter than k is still divided by k."""
    scores = np.repeat(rng.permutation(4).astype(float), 3)[None]
    relevant = np.zeros((1, 12), bool)
    relevant[0, rng.permutation(12)[:5]] = True
    relevant[0, np.argmax(scores[0])] = True
    for k in (1, 2, 4, 5, 12, 20):
        groups = [relevant[0, scores[0] == value].sum() for value in np.unique(scores)[::-1]]
        hits = sum(r * min(max(k - 3 * place, 0), 3) / 3 for place, r in enumerate(groups))
        got = student.rank_quality(scores, relevant, k=k)
        assert type(got) is dict and "precision" in got, "expected a dictionary with the key 'precision'"
        assert_close(got["precision"], [hits / k], what=f"result['precision'] with k={k}")
