"""The claim of lecture 02, losses: `python experiments/l02.py` tests it and writes l02.json beside it.

In the plane the line that makes the fewest mistakes on known points can be found by trying all lines. Beside it stand
the lines with the lowest surrogate losses. An effect is how many more mistakes such a line makes than the one with the
fewest known mistakes, in mistakes per hundred points; it is above zero where the surrogate is not the best choice.
"""

from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.optimize import linprog, minimize

from mmcourse.claims import case, claim, describe, write
from mmcourse.foundations.binary import binary_cross_entropy, binary_cross_entropy_grad
from mmcourse.foundations.scores import append_one
from mmcourse.worlds.points import Cloud, blobs

SEEDS = 30
MORE = "more mistakes in 100 points"
KNOWN, NEW = 60, 20_000


# Worlds: known points and new ones, both (B, 2) with labels 0 and 1


def clouds(rng, count: int) -> Cloud:
    """Two round clouds that overlap: no line makes fewer than 16 % mistakes on new points."""
    return blobs(rng, classes=2, per_class=count // 2, spread=1.0, radius=1.0)


def with_outpost(rng, count: int) -> Cloud:
    """The same, but a quarter of class 0 stands far behind its own lines, where no sensible line makes a mistake."""
    cloud = clouds(rng, count)
    away = (cloud.labels == 0) & (np.arange(count) % 4 == 0)
    return cloud._replace(points=cloud.points + away[:, None] * np.array([8.0, 8.0]))


def with_wrong_labels(rng, count: int) -> Cloud:
    """The two clouds, with a few points far behind the lines of class 0 that are labelled 1."""
    cloud = clouds(rng, count)
    wrong = (cloud.labels == 1) & (np.arange(count) % 6 == 0)
    return cloud._replace(
        points=np.where(wrong[:, None], [9.0, 6.0] + 0.3 * (cloud.points - cloud.clean), cloud.points)
    )


# Lines: rows of (w1, w2, b), class 1 where the score is positive


def mistakes(lines: np.ndarray, cloud: Cloud) -> np.ndarray:
    """Share of mistakes of each line."""
    scores = append_one(cloud.points) @ np.atleast_2d(lines).T  # (B, lines)
    return np.mean((scores > 0) != (cloud.labels == 1)[:, None], axis=0)


def fewest_mistakes(cloud: Cloud) -> tuple[np.ndarray, float]:
    """All lines that make the fewest mistakes, (lines, 3), and the share of mistakes that they make.

    The best line can be moved until it touches two points without passing any, so it is enough to try every pair. The
    two that are touched can be had on either side, by an arbitrarily small move, and count as right.
    """
    i, j = np.array(list(combinations(range(len(cloud.points)), 2))).T
    along = cloud.points[j] - cloud.points[i]
    normal = np.stack([-along[:, 1], along[:, 0]], axis=-1)
    lines = np.column_stack([normal, -(normal * cloud.points[i]).sum(axis=-1)])
    lines, touched = np.concatenate([lines, -lines]), np.tile(np.stack([i, j]), 2)
    wrong = ((append_one(cloud.points) @ lines.T > 0) != (cloud.labels == 1)[:, None]).astype(int)
    wrong[touched, np.arange(len(lines))] = 0
    count = wrong.sum(axis=0)
    return lines[count == count.min()], count.min() / len(cloud.points)


def by_cross_entropy(cloud: Cloud) -> np.ndarray:
    """The line with the lowest cross-entropy."""
    x = append_one(cloud.points)
    return minimize(
        lambda line: binary_cross_entropy(x @ line, cloud.labels).sum(),
        np.zeros(3),
        jac=lambda line: binary_cross_entropy_grad(x @ line, cloud.labels) @ x,
        method="BFGS",
    ).x


def by_hinge(cloud: Cloud) -> np.ndarray:
    """The line with the lowest hinge loss, as a linear programme: slack_i >= 1 - side_i score_i, slack_i >= 0."""
    x, side, count = append_one(cloud.points), 2.0 * cloud.labels - 1, len(cloud.points)
    cost = np.concatenate([np.zeros(3), np.ones(count)])
    limits = [(None, None)] * 3 + [(0, None)] * count
    return linprog(cost, -np.column_stack([side[:, None] * x, np.eye(count)]), -np.ones(count), bounds=limits).x[:3]


def by_squares(cloud: Cloud) -> np.ndarray:
    """The line with the lowest squared error to the targets -1 and 1."""
    return np.linalg.lstsq(append_one(cloud.points), 2.0 * cloud.labels - 1, rcond=None)[0]


# The claim


def more_mistakes(seeds, world, fit, judge=None) -> list[float]:
    """Mistakes of a fitted line above those of the lines with the fewest known mistakes (their mean, if several)."""
    effects = []
    for seed in seeds:
        rng = np.random.default_rng([seed, 2])
        known = world(rng, KNOWN)
        lines, fewest = fewest_mistakes(known)
        judged = known
        if judge is not None:
            judged = judge(rng, NEW)
            fewest = mistakes(lines, judged).mean()
        effects.append(100 * (mistakes(fit(known), judged)[0] - fewest))
    return effects


def surrogates(seeds) -> dict:
    """The lowest surrogate loss is not the best choice."""
    names = {"cross-entropy": by_cross_entropy, "hinge": by_hinge, "squared error": by_squares}
    cases = [
        case(
            "two clouds, known points: cross-entropy",
            more_mistakes(seeds, clouds, by_cross_entropy),
            MORE,
        )
    ]
    for words, world, judge in (
        ("two clouds", clouds, clouds),
        ("points far behind their own lines", with_outpost, with_outpost),
        ("wrong labels far away", with_wrong_labels, clouds),
    ):
        cases += [
            case(f"{words}: {name}", more_mistakes(seeds, world, fit, judge), MORE) for name, fit in names.items()
        ]
    return claim(
        "the parameters with the lowest surrogate loss are not the best choice for the goal",
        "Advanced Optimizations",
        cases,
    )


CLAIMS = {"surrogates": surrogates}

if __name__ == "__main__":
    print(describe(write(Path(__file__), CLAIMS, SEEDS)))
