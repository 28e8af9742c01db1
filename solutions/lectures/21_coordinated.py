"""Answers to the exercises of lecture 21, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, call
from tools.exercises import Exercise, mistake


def both_ways(scores, gamma):
    scaled = gamma * scores
    right = np.diag(scaled)
    rows = np.log(np.exp(scaled).sum(axis=1)) - right
    columns = np.log(np.exp(scaled).sum(axis=0)) - right
    return (rows.mean() + columns.mean()) / 2


def reciprocal_rank(scores, relevant):
    order = np.argsort(-scores, axis=1)
    hits = np.take_along_axis(relevant, order, axis=1)
    first = hits.argmax(axis=1) + 1
    return np.mean(np.where(hits.any(axis=1), 1 / first, 0))


def correlation_at(theta, phi, xx, xy, yy):
    u = np.array([np.cos(theta), np.sin(theta)])
    v = np.array([np.cos(phi), np.sin(phi)])
    return u @ xy @ v / np.sqrt((u @ xx @ u) * (v @ yy @ v))


def perfect_pairs(n, d_x, d_y):
    m = n - 1  # dimensions of all centred samples
    m_x, m_y = min(d_x, m), min(d_y, m)
    return max(0, m_x + m_y - m)


TABLE = np.array([[0.9, 0.3, 0.1, 0.2], [0.3, 0.4, 0.5, 0.1], [0.2, 0.1, 0.3, 0.6], [0.7, 0.5, 0.6, 0.2]])
SCORES = np.array([[0.9, 0.1, 0.5, 0.3], [0.2, 0.8, 0.4, 0.6], [0.1, 0.2, 0.3, 0.4]])
RELEVANT = np.array([[False, True, True, False], [False, True, False, False], [True, False, False, False]])
NOBODY = np.array([[False, False, False, False], [False, False, False, True], [True, True, True, True]])
PLANE_X, PLANE_Y = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[1.0, -0.2], [-0.2, 0.5]])
PLANE_XY = np.array([[0.6, 0.1], [-0.3, 0.4]])

EXERCISES = [
    Exercise(
        "both-ways",
        both_ways,
        hints=[
            "Multiply the table by gamma. What is −log of a fraction exp(s) / Σ exp(t), written as a difference? For "
            "the columns it is the same formula with the sum along the other axis.",
            "np.log(np.exp(gamma * scores).sum(axis=1)) - np.diag(gamma * scores) has the losses of the rows, with "
            "axis=0 those of the columns. Take the mean of each, and the mean of the two.",
        ],
        checks=[
            Check("γ = 1", [call("loss", TABLE, 1.0)]),
            Check("γ = 10", [call("loss", TABLE, 10.0)]),
            Check("a small batch", [call("loss", TABLE[:2, :2], 5.0)]),
        ],
        mistakes=[
            mistake(
                "rows_only",
                {"(rows.mean() + columns.mean()) / 2": "rows.mean()"},
                "That asks each picture for its caption. The other question, each caption for its picture, is missing.",
            ),
            mistake(
                "gamma_on_wrong",
                {"np.diag(scaled)": "np.diag(scores)"},
                "γ multiplies all scores, the right one too: with γ in the denominator alone P is no probability.",
            ),
            mistake(
                "sums",
                {"rows.mean() + columns.mean()": "rows.sum() + columns.sum()"},
                "That adds up the losses of the batch. As a mean it does not grow with the number of pairs.",
            ),
            mistake(
                "not_halved",
                {"(rows.mean() + columns.mean()) / 2": "rows.mean() + columns.mean()"},
                "That is the sum of the two directions; asked is their mean.",
            ),
        ],
    ),
    Exercise(
        "reciprocal",
        reciprocal_rank,
        hints=[
            "Sort each row by its scores, the best first, and bring `relevant` into that order. What does argmax say "
            "of a row of False and True, and what does it say when there is no True?",
            "np.argsort(-scores, axis=1), then np.take_along_axis(relevant, order, axis=1). argmax gives the first "
            "True, counted from 0; where hits.any(axis=1) is False the answer is 0.",
        ],
        checks=[
            Check("three queries", [call("rank", SCORES, RELEVANT)]),
            Check("one query without an answer", [call("rank", SCORES, NOBODY)]),
        ],
        mistakes=[
            mistake(
                "upwards",
                {"np.argsort(-scores": "np.argsort(scores"},
                "The list stands upside down: the item with the lowest score comes first.",
            ),
            mistake(
                "from_zero",
                {"hits.argmax(axis=1) + 1": "np.maximum(hits.argmax(axis=1), 1)"},
                "Places begin with 1, and a relevant item in the second place is worth 1/2. Python counts from 0.",
            ),
            mistake(
                "nobody",
                {"np.where(hits.any(axis=1), 1 / first, 0)": "1 / first"},
                "A query without a relevant item counts as answered at once: argmax of a row of False is 0.",
            ),
            mistake(
                "mean_rank",
                {"np.mean(np.where(hits.any(axis=1), 1 / first, 0))": "1 / np.mean(first)"},
                "That is 1 over the mean place. The mean of the reciprocals is another number, which one bad query "
                "cannot spoil.",
            ),
        ],
    ),
    Exercise(
        "correlation-at",
        correlation_at,
        hints=[
            "The direction at the angle θ is (cos θ, sin θ). The formula for the correlation of uᵀX and vᵀY stands "
            "above, in terms of the three covariances.",
            "u @ xy @ v over the root of (u @ xx @ u) * (v @ yy @ v).",
        ],
        checks=[
            Check("two angles", [call("corr", 0.3, 2.0, PLANE_X, PLANE_XY, PLANE_Y)]),
            Check("turned round", [call("corr", 0.3 + np.pi, 2.0, PLANE_X, PLANE_XY, PLANE_Y)]),
            Check("along the axes", [call("corr", 0.0, np.pi / 2, PLANE_X, PLANE_XY, PLANE_Y)]),
        ],
        mistakes=[
            mistake(
                "covariance",
                {" / np.sqrt((u @ xx @ u) * (v @ yy @ v))": ""},
                "That is the covariance of the two projections. In other units it would be another number; a "
                "correlation would not.",
            ),
            mistake(
                "no_root",
                {"np.sqrt((u @ xx @ u) * (v @ yy @ v))": "((u @ xx @ u) * (v @ yy @ v))"},
                "The root is missing: divide by the two standard deviations, not by the variances.",
            ),
            mistake(
                "wrong_view",
                {"u @ xx @ u": "u @ yy @ u"},
                "u belongs to the first view and is measured with that view's covariance. This is the constraint as "
                "the slides print it.",
            ),
        ],
    ),
    Exercise(
        "perfect-pairs",
        perfect_pairs,
        hints=[
            "In which space do the projections of X live, seen as lists of N numbers whose mean is zero? How many "
            "dimensions has it, and how many of them can d_x variables reach?",
            "m = N - 1, m_x = min(d_x, N - 1), m_y = min(d_y, N - 1), and max(0, m_x + m_y - m).",
        ],
        checks=[
            Check("six and seven dimensions, ten samples", [call("pairs", 10, 6, 7)]),
            Check("samples enough", [call("pairs", 100, 6, 7)]),
            Check("more dimensions than samples", [call("pairs", 10, 20, 5)]),
            Check("just enough", [call("pairs", 14, 6, 7)]),
        ],
        mistakes=[
            mistake(
                "not_centred",
                {"n - 1": "n"},
                "That is right for samples that are not centred. Subtracting the mean costs one dimension.",
            ),
            mistake(
                "below_zero",
                {"max(0, m_x + m_y - m)": "m_x + m_y - m"},
                "A number of pairs cannot be below zero: with samples enough the two spaces meet in nothing.",
            ),
            mistake(
                "no_cap",
                {"min(d_x, m), min(d_y, m)": "d_x, d_y"},
                "Twenty variables measured ten times reach no more than nine dimensions: cap each rank first.",
            ),
        ],
    ),
]
