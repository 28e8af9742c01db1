"""Answers to the exercises of lecture 08, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, call
from tools.exercises import Exercise, mistake


def share_down(radius):
    cosine = (np.sqrt(1 + 4 * radius**2) - 1) / (2 * radius)
    return np.arcsin(cosine) / np.pi


def probes_needed(chance, confidence):
    if chance == 0:
        return np.inf
    return int(np.ceil(np.log1p(-confidence) / np.log1p(-chance)))


def steps_to_leave(depth, start, lr):
    start = np.asarray(start, dtype=float)
    if depth == 2:
        return np.log(1 / start) / lr
    return (start ** (2.0 - depth) - 1) / (lr * (depth - 2))


def smallest_curvature(H, largest, start, steps):
    v = start / np.linalg.norm(start)
    for _ in range(steps):
        v = H @ v - largest * v
        v = v / np.linalg.norm(v)
    return v @ (H @ v)


SADDLE = np.array([[9.0, 2.0, 0.0], [2.0, -1.0, 0.5], [0.0, 0.5, 1.0]])  # its largest eigenvalue is below 10

EXERCISES = [
    Exercise(
        "share-down",
        share_down,
        hints=[
            "With c = cos θ and s = sin θ the height is r² c² + r³ c s² = r² c (c + r s²). It is negative where c is "
            "negative and smaller in size than r s². Put s² = 1 - c² and call -c = u: for which u from 0 on does "
            "u < r (1 - u²) hold?",
            "The limit is the positive root of r u² + u - r = 0. The directions with 0 < -cos θ < u lie within "
            "arcsin(u) of the y axis, on one side of it: two arcs, one above and one below. What part of 2π is that?",
        ],
        checks=[
            Check("at the distance 1", [call("share", 1.0)]),
            Check("close up", [call("share", 0.01)]),
            Check("several distances at once", [call("share", np.array([0.1, 0.5, 3.0]))]),
        ],
        mistakes=[
            mistake(
                "one_arc",
                {"/ np.pi": "/ (2 * np.pi)"},
                "Half of what it should be: the crescent has two horns, one with y above 0 and one below.",
            ),
            mistake(
                "leading_order",
                {"cosine = (np.sqrt(1 + 4 * radius**2) - 1) / (2 * radius)": "cosine = np.minimum(radius, 1.0)"},
                "Right close to 0, too large at a distance: you have taken sin²θ for 1 in cos θ > -r sin²θ. Solve the "
                "quadratic equation with 1 - cos²θ in its place.",
            ),
            mistake(
                "angle_of_cosine",
                {"np.arcsin": "np.arccos"},
                "That is the angle from the x axis. The crescent lies along the y axis: count from there.",
            ),
        ],
    ),
    Exercise(
        "probes-needed",
        probes_needed,
        hints=[
            "What is the probability that all of n probes miss? Write down when it is at most 1 - confidence, and take "
            "logarithms.",
            "n is at least log(1 - confidence) / log(1 - chance), rounded up. For a chance of 1e-15, 1 - chance is "
            "mostly round-off: np.log1p(-chance) is the logarithm without that loss.",
        ],
        checks=[
            Check("a coin", [call("probes", 0.5, 0.9)]),
            Check("a rare event", [call("probes", 0.001, 0.99)]),
            Check("one that cannot happen", [call("probes", 0.0, 0.5)]),
            Check("one in 10¹⁵", [call("probes", 1e-15, 0.5)]),
        ],
        mistakes=[
            mistake(
                "loses_small_chances",
                {"np.log1p(-chance)": "np.log(1 - chance)"},
                "With a chance of 1e-15 the result is off by a tenth: 1 - chance has only one digit of it left in "
                "floating point. There is a function of numpy for log(1 + x) with a small x.",
            ),
            mistake(
                "expected_number",
                {"np.log1p(-confidence) / np.log1p(-chance)": "confidence / chance"},
                "You have let the chances of n probes add up to n · chance. Two probes may succeed at once: the "
                "chance that all of them fail is a product.",
            ),
            mistake(
                "rounded_down",
                {"np.ceil": "np.floor"},
                "One probe too few: with your number the probability is still a little below what is asked.",
            ),
        ],
    ),
    Exercise(
        "steps-to-leave",
        steps_to_leave,
        hints=[
            "Two cases: the formula for three and more layers divides by L - 2, so two layers need a line of their "
            "own. Which power of the start stands in the other?",
            "For depth 2: np.log(1 / start) / lr. Otherwise (start to the power 2 - depth, minus 1), divided by "
            "lr · (depth - 2). Make `start` an array of floats first: whole numbers have no negative powers in numpy.",
        ],
        checks=[
            Check("two layers", [call("steps", 2, 0.01, 0.1)]),
            Check("three layers", [call("steps", 3, 0.01, 0.1)]),
            Check("six layers, several starts", [call("steps", 6, np.array([0.1, 0.5, 0.9]), 0.02)]),
        ],
        mistakes=[
            mistake(
                "power_of_the_slope",
                {"(2.0 - depth)": "(1.0 - depth)"},
                "The power is one too high: 1/w^(L-1) is what you integrate, and integrating raises the power by one.",
            ),
            mistake(
                "forgot_where_it_ends",
                {"(start ** (2.0 - depth) - 1)": "start ** (2.0 - depth)"},
                "The walk ends at w = 1, not at infinity: what it would still need from there has to be taken off. "
                "A start of 1 needs no steps.",
            ),
            mistake(
                "always_logarithm",
                {"if depth == 2:": "if depth >= 2:"},
                "From three layers on the Hessian at the origin is zero, so nothing grows by a constant factor: "
                "the time is a power of 1/start, not a logarithm.",
            ),
        ],
    ),
    Exercise(
        "smallest-curvature",
        smallest_curvature,
        hints=[
            "Subtract `largest` times the unit matrix from H: which eigenvalues does the result have, and which of "
            "them is the farthest from zero?",
            "In each step replace v by H @ v - largest * v and divide it by its length. All eigenvalues of that "
            "matrix are zero or below, and the smallest one of H has become the farthest from zero.",
        ],
        checks=[
            Check("a saddle", [call("curvature", np.diag([3.0, -1.0, 0.5]), 3.0, np.ones(3), 200)]),
            Check(
                "the lowest is not the farthest from zero",
                [call("curvature", SADDLE, 10.0, np.array([1.0, 2.0, 3.0]), 300)],
            ),
            Check("a minimum", [call("curvature", np.diag([5.0, 2.0, 1.0]), 5.0, np.ones(3), 300)]),
            Check("after two steps", [call("curvature", np.diag([2.0, -1.0]), 2.0, np.array([1.0, 1e-3]), 2)]),
        ],
        mistakes=[
            mistake(
                "farthest_from_zero",
                {"H @ v - largest * v": "H @ v"},
                "This finds the eigenvalue with the largest modulus, which for most losses is a large positive "
                "one. Shift the matrix first.",
            ),
            mistake(
                "shifted_value",
                {"return v @ (H @ v)": "return v @ (H @ v - largest * v)"},
                "The direction is right, but the number is the eigenvalue of the shifted matrix: too small by "
                "`largest`.",
            ),
            mistake(
                "shifted_the_other_way",
                {"H @ v - largest * v": "H @ v + largest * v"},
                "Adding `largest` makes the largest eigenvalue larger still, and that is the one you have found.",
            ),
        ],
    ),
]
