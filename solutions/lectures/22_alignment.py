"""Answers to the exercises of lecture 22, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, call
from tools.exercises import Exercise, mistake


def find_query(d):
    n, m = d.shape
    D = np.full((n + 1, m + 1), np.inf)
    D[0, :] = 0.0
    for i in range(n):
        for j in range(m):
            D[i + 1, j + 1] = d[i, j] + min(D[i, j], D[i, j + 1], D[i + 1, j])
    return D[n].min()


def warped_mean(x, path_x):
    shown = np.bincount(path_x, minlength=x.shape[1])
    return x @ shown / len(path_x)


def three_way_cost(d):
    D = np.full([n + 1 for n in d.shape], np.inf)
    D[0, 0, 0] = 0.0
    for i, j, k in np.ndindex(*d.shape):
        D[i + 1, j + 1, k + 1] = d[i, j, k] + D[i : i + 2, j : j + 2, k : k + 2].min()
    return D[-1, -1, -1]


def obeys(path, n, m, radius):
    steps = np.diff(path)
    corners = tuple(path[:, 0]) == (0, 0) and tuple(path[:, -1]) == (n - 1, m - 1)
    moves = (steps >= 0).all() and (steps <= 1).all() and (steps.sum(axis=0) > 0).all()
    return bool(corners and moves and (np.abs(path[0] - path[1]) <= radius).all())


QUERY = np.array([[4.0, 0.0, 3.0, 5.0, 1.0, 9.0], [2.0, 5.0, 0.0, 0.5, 4.0, 9.0], [7.0, 6.0, 5.0, 1.0, 0.0, 9.0]])
FRAMES = np.array([[1.0, 2.0, 4.0, 8.0], [0.5, -1.0, 2.0, 0.0]])
BLOCK = np.array([[[1.0, 4.0, 2.0], [3.0, 1.0, 5.0]], [[2.0, 0.5, 6.0], [1.0, 3.0, 0.25]]])
PLAIN = np.array([[0, 1, 1, 2, 3], [0, 0, 1, 2, 2]])

EXERCISES = [
    Exercise(
        "query",
        find_query,
        hints=[
            "In the loops the border of infinities lets a walk begin at one place only, before the first cell. Which "
            "cells of the border have to be free, so that a walk may begin above any column?",
            "Set the whole row D[0, :] to zero. At the end the last frame of the query may stand in any column: take "
            "the smallest number of the last row.",
        ],
        checks=[
            Check("a short recording in the middle", [call("query", QUERY)]),
            Check("one frame in a long recording", [call("query", np.array([[3.0, 1.0, 2.0]]))]),
            Check("it starts in the last column but one", [call("query", QUERY[:2, ::-1].copy())]),
        ],
        mistakes=[
            mistake(
                "fixed_start",
                {"D[0, :] = 0.0": "D[0, 0] = 0.0"},
                "The walk still has to start in the first column: only one cell of the border is free.",
            ),
            mistake(
                "fixed_end",
                {"D[n].min()": "D[n, m]"},
                "The walk still has to end in the last column. The recording may go on after the query has ended.",
            ),
            mistake(
                "free_everywhere",
                {"D[0, :] = 0.0": "D[0, :] = 0.0\n    D[:, 0] = 0.0"},
                "Now a walk may also begin in the middle of the query: the first column of the border is free too, "
                "and frames of the query are skipped.",
            ),
        ],
    ),
    Exercise(
        "obeys",
        obeys,
        hints=[
            "Look at the differences of neighbouring columns, np.diff(path): what may they be, one by one, and what "
            "may their sum be?",
            "Each difference is 0 or 1, and not both of a column are 0. Compare the first and the last column with the "
            "corners, and the two rows with each other for the band.",
        ],
        checks=[
            Check("a path in its band", [call("obeys", PLAIN, 4, 3, 1)]),
            Check("a band too narrow", [call("obeys", PLAIN, 4, 3, 0)]),
            Check("another length", [call("obeys", PLAIN, 5, 3, 2)]),
            Check("it starts late", [call("obeys", PLAIN[:, 1:], 4, 3, 2)]),
            Check("it stops early", [call("obeys", PLAIN[:, :-1], 4, 3, 2)]),
            Check("one frame each", [call("obeys", PLAIN[:, :1], 1, 1, 0)]),
            Check("back in time", [call("obeys", np.array([[0, 1, 0, 1, 2], [0, 0, 1, 2, 2]]), 3, 3, 2)]),
            Check("a gap", [call("obeys", np.array([[0, 2], [0, 1]]), 3, 2, 2)]),
            Check("a pause", [call("obeys", np.array([[0, 1, 1, 2], [0, 1, 1, 2]]), 3, 3, 2)]),
        ],
        mistakes=[
            mistake(
                "pause_allowed",
                {" and (steps.sum(axis=0) > 0).all()": ""},
                "A pair that is repeated passes: in each step at least one recording has to go on.",
            ),
            mistake(
                "gaps",
                {" and (steps <= 1).all()": ""},
                "A step of two frames passes, and a frame is skipped.",
            ),
            mistake(
                "backwards",
                {
                    "(steps >= 0).all() and (steps <= 1).all() and (steps.sum(axis=0) > 0).all()": (
                        "(np.abs(steps) <= 1).all() and (steps != 0).any(axis=0).all()"
                    )
                },
                "A step back in time passes.",
            ),
            mistake(
                "strict_band",
                {"<= radius": "< radius"},
                "The border belongs to the band: |i − j| may be as large as the radius.",
            ),
            mistake(
                "no_end",
                {" and tuple(path[:, -1]) == (n - 1, m - 1)": " and n * m > 0"},
                "A path that stops before the last frames passes.",
            ),
        ],
    ),
    Exercise(
        "mean",
        warped_mean,
        hints=[
            "The mean of the columns of X W_x is X W_x 1 / l, with a column of ones. What is W_x 1, the sum of W_x "
            "along its rows?",
            "It counts how often each frame is shown: np.bincount(path_x), long enough for frames that are never "
            "shown at the end. Multiply by x and divide by the number of steps.",
        ],
        checks=[
            Check("some frames twice", [call("mean", FRAMES, np.array([0, 1, 1, 2, 3, 3, 3]))]),
            Check("every frame once", [call("mean", FRAMES, np.array([0, 1, 2, 3]))]),
            Check("the last frame is never shown", [call("mean", FRAMES, np.array([0, 0, 2]))]),
        ],
        mistakes=[
            mistake(
                "plain",
                {"return x @ shown / len(path_x)": "return x.mean(axis=1) + 0 * shown.sum()"},
                "That is the mean of the recording as it was. Stretched, frames that are shown more often weigh more.",
            ),
            mistake(
                "by_frames",
                {"/ len(path_x)": "/ x.shape[1]"},
                "The stretched recording has l columns, not n: the weights have to add up to 1.",
            ),
            mistake(
                "once",
                {"x @ shown / len(path_x)": "x @ (shown > 0) / np.sum(shown > 0)"},
                "Each frame that is shown counts once here. How often it is shown is its weight.",
            ),
        ],
    ),
    Exercise(
        "three",
        three_way_cost,
        hints=[
            "Give the table a border of infinities on all three sides, with one zero in its corner, as the loops of "
            "section 1 have it for two.",
            "The cell (i, j, k) of d belongs to D[i + 1, j + 1, k + 1]. The cube D[i:i+2, j:j+2, k:k+2] holds its "
            "seven predecessors, and the cell itself, which is still infinite: take the minimum of the cube.",
        ],
        checks=[
            Check("2 × 2 × 3 frames", [call("three", BLOCK)]),
            Check("one cell", [call("three", np.array([[[2.5]]]))]),
            Check("two recordings and a still picture", [call("three", QUERY[:, :, None])]),
        ],
        mistakes=[
            mistake(
                "only_single",
                {
                    "D[i : i + 2, j : j + 2, k : k + 2].min()": (
                        "min(D[i, j + 1, k + 1], D[i + 1, j, k + 1], D[i + 1, j + 1, k], 0 if i + j + k == 0 else 9e99)"
                    )
                },
                "Steps that go on in two or three recordings at once are missing: there are seven moves, not three.",
            ),
            mistake(
                "no_pairs",
                {
                    "D[i : i + 2, j : j + 2, k : k + 2].min()": (
                        "min(D[i, j, k], D[i, j + 1, k + 1], D[i + 1, j, k + 1], D[i + 1, j + 1, k])"
                    )
                },
                "Steps that go on in exactly two recordings are missing.",
            ),
            mistake(
                "smallest_end",
                {"return D[-1, -1, -1]": "return D[1:, 1:, 1:].max()"},
                "The cost of the whole walk stands in the last cell, not in the dearest one.",
            ),
        ],
    ),
]
