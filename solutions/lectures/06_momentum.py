"""Answers to the exercises of lecture 06, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, call
from tools.exercises import Exercise, mistake


def steps_needed(lr, curvature, factor):
    shrink = abs(1 - lr * curvature)
    if shrink >= 1:
        return np.inf
    if shrink == 0:
        return 1
    return int(np.ceil(np.log(factor) / np.log(shrink)))


def milestone_decay(t, lr, factor, milestones):
    passed = np.sum(np.asarray(t)[..., None] >= np.asarray(milestones), axis=-1)
    return lr * factor**passed


def velocity_after(steps, lr, momentum, grad):
    return -lr * grad * (1 - momentum**steps) / (1 - momentum)


def steps_per_swing(lr, momentum, curvature):
    cosine = (1 + momentum - lr * curvature) / (2 * np.sqrt(momentum))
    if abs(cosine) >= 1:
        return np.inf
    return 2 * np.pi / np.arccos(cosine)


EXERCISES = [
    Exercise(
        "steps-needed",
        steps_needed,
        hints=[
            "After t steps the distance is |1 - lr λ|ᵗ times what it was. Write down when that is at most `factor`, "
            "and take logarithms on both sides. Which way does the inequality turn when you divide by a negative "
            "number?",
            "t is at least log(factor) / log(shrink) with shrink = abs(1 - lr * curvature): round up. Two cases "
            "need a line of their own: shrink of 1 or more, where the distance never shrinks, and 0, where one step "
            "is enough.",
        ],
        checks=[
            Check("a tenth of the distance", [call("steps", 0.03, 1.0, 0.1)]),
            Check("a step that jumps over the minimum", [call("steps", 0.06, 25.0, 0.001)]),
            Check("a step that lands in it", [call("steps", 0.25, 4.0, 0.001)]),
            Check("a rate that is too large", [call("steps", 0.09, 25.0, 0.001)]),
        ],
        mistakes=[
            mistake(
                "rounded_down",
                {"np.ceil": "np.floor"},
                "One step too few: with the number you return the distance is still a little larger than asked.",
            ),
            mistake(
                "no_modulus",
                {"abs(1 - lr * curvature)": "1 - lr * curvature"},
                "For lr λ between 1 and 2 the factor 1 - lr λ is negative: the walk changes sides at every step, "
                "and still comes nearer. Its distance has a modulus around it.",
            ),
            mistake(
                "no_divergence",
                {"if shrink >= 1:\n        return np.inf": "if shrink == 1:\n        return np.inf"},
                "With a factor above 1 the distance grows: no number of steps is enough, yet a number comes out.",
            ),
        ],
    ),
    Exercise(
        "milestones",
        milestone_decay,
        hints=[
            "How many milestones have been passed at step 0, at step 30, at step 31? The rate is lr times `factor` "
            "to that power. For a single t you could count in a loop.",
            "Compare every t with every milestone at once: np.asarray(t)[..., None] >= np.asarray(milestones) has "
            "one more axis than t, and its sum over the last axis is the power.",
        ],
        checks=[
            Check("before, at and after a milestone", [call("rates", np.array([0, 29, 30, 31]), 0.1, 0.1, [30])]),
            Check(
                "three uneven milestones", [call("rates", np.array([0, 30, 60, 79, 80, 90]), 1.0, 0.5, [30, 60, 80])]
            ),
            Check("a single step", [call("rate", 65, 0.2, 0.1, [30, 60, 80])]),
        ],
        mistakes=[
            mistake(
                "one_step_late",
                {">=": ">"},
                "The rate drops one step late: at a milestone the new rate holds already, as in step decay, where "
                "⌊t / every⌋ jumps at t = every.",
            ),
            mistake(
                "once_only",
                {"lr * factor**passed": "lr * np.where(passed > 0, factor, 1.0)"},
                "The rate drops at the first milestone and never again: each milestone multiplies it once more.",
            ),
        ],
    ),
    Exercise(
        "velocity",
        velocity_after,
        hints=[
            "Write down the velocity after one, two and three steps from rest, for momentum m. Each is a sum of "
            "powers of m: which one?",
            "-lr g (1 + m + m² + ... + m to the power steps - 1) is a geometric series. Its sum is (1 - m^steps) / "
            "(1 - m).",
        ],
        checks=[
            Check("the first step", [call("velocity", 1, 0.1, 0.9, 2.0)]),
            Check("three steps", [call("velocity", 3, 0.1, 0.5, np.array([1.0, -4.0]))]),
            Check("a long slope", [call("velocity", 500, 0.01, 0.95, 1.0)]),
        ],
        mistakes=[
            mistake(
                "uphill",
                {"return -lr": "return lr"},
                "The sign is turned: the gradient points uphill, and the marble rolls down.",
            ),
            mistake(
                "the_limit",
                {" * (1 - momentum**steps)": ""},
                "That is the velocity after very many steps. From rest the marble needs time: after one step it has "
                "only -lr times the gradient.",
            ),
            mistake(
                "one_too_many",
                {"momentum**steps": "momentum ** (steps + 1)"},
                "One term too many: after one step from rest the velocity is -lr times the gradient, whatever the "
                "momentum.",
            ),
        ],
    ),
    Exercise(
        "swing",
        steps_per_swing,
        hints=[
            "A complex eigenvalue turns the pair (x, v) by its angle θ at each step. How many steps make a full "
            "turn? And the angle: the two eigenvalues are √m (cos θ ± i sin θ), so what is their sum?",
            "Their sum is the trace, 1 + m - lr λ, so cos θ = (1 + m - lr λ) / (2 √m). Where that is not between -1 "
            "and 1 the eigenvalues are real: no turn, and the answer is infinity.",
        ],
        checks=[
            Check("a slow swing along the floor", [call("steps", 0.03, 0.9, 1.0)]),
            Check("a quick one between the walls", [call("steps", 0.03, 0.9, 25.0)]),
            Check("a mode that does not swing", [call("steps", 0.03, 0.25, 1.0)]),
        ],
        mistakes=[
            mistake(
                "half_a_swing",
                {"2 * np.pi": "np.pi"},
                "That is half a swing: after it the marble is on the other side. A full swing brings it back.",
            ),
            mistake(
                "no_root",
                {"(2 * np.sqrt(momentum))": "2"},
                "The eigenvalues lie on a circle of radius √m, not 1: cos θ is half their sum divided by that radius.",
            ),
            mistake(
                "always_swings",
                {"if abs(cosine) >= 1:\n        return np.inf": "cosine = np.clip(cosine, -1, 0.999)"},
                "Where the eigenvalues are real nothing turns, and no number of steps makes a swing: infinity says so.",
            ),
        ],
    ),
]
