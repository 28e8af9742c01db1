"""Answers to the exercises of lecture 03, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, call
from tools.exercises import Exercise, mistake


def least_forward_error(value, second, eps):
    return np.sqrt(2 * eps * abs(value * second))


def second_difference(left, middle, right, h):
    return (right - 2 * middle + left) / h**2


def neuron_gradient(w, x, y):
    output = 1 / (1 + np.exp(-(w @ x)))
    return 2 * (output - y) * output * (1 - output) * x


def smooth_abs(x, delta):
    value = np.hypot(x, delta)
    return value, x / value


def divide(top, bottom):
    (a, b), (c, d) = top, bottom
    q = a / c
    return q, (b - q * d) / c


EXERCISES = [
    Exercise(
        "least-error",
        least_forward_error,
        hints=[
            "The table has the best step. What are the two terms of the error there? Look at one of them with "
            "h = √(2 ε |f / f''|), and then at the other.",
            "At the best step both terms are equal, and each is √(ε |f f''| / 2). Add them. In this form nothing is "
            "divided by f'', so f'' = 0 needs no line of its own.",
        ],
        checks=[
            Check("sizes of one", [call("error", 1.0, 2.0, 1e-16)]),
            Check("a large constant", [call("error", 1000.0, 0.5, 2.2e-16)]),
            Check("numbers below zero", [call("error", -3.0, 0.25, 1.2e-7)]),
            Check("a straight line", [call("error", 2.0, 0.0, 2.2e-16)]),
        ],
        mistakes=[
            mistake(
                "the_step",
                {"abs(value * second)": "abs(value / second) if second else np.inf"},
                "That is the best step, not the error there. Put it into the formula of the error.",
            ),
            mistake(
                "rule_of_thumb",
                {"2 * eps * abs(value * second)": "eps"},
                "That is the rule of thumb for sizes around 1. A large f rounds more, a large f'' bends more: both "
                "make the least error larger.",
            ),
            mistake(
                "one_term",
                {"2 * eps": "0.5 * eps"},
                "Half of it: at the best step truncation and rounding are equally large, and both count.",
            ),
            mistake(
                "no_two",
                {"2 * eps": "eps"},
                "A factor √2 too small: the truncation is h |f''| / 2, and the best step has a 2 under its root.",
            ),
        ],
    ),
    Exercise(
        "second-difference",
        second_difference,
        hints=[
            "Write both series down to h² and add them. Which terms cancel, which come twice?",
            "f(x + h) + f(x − h) = 2 f(x) + h² f''(x) + ... Bring 2 f(x) to the left side and divide.",
        ],
        checks=[
            Check("a parabola", [call("second", 4.0, 9.0, 16.0, 1.0)]),
            Check("a cube at 1, with h = 0.1", [call("second", 0.729, 1.0, 1.331, 0.1)]),
            Check(
                "arrays",
                [
                    call(
                        "second",
                        np.array([0.5, 1.0, -2.0]),
                        np.array([0.75, 1.0, 1.0]),
                        np.array([1.5, 1.0, 3.0]),
                        0.5,
                    )
                ],
            ),
        ],
        mistakes=[
            mistake(
                "divided_by_h",
                {"h**2": "h"},
                "Divided by h once. The second derivative stands in the series with h², so it takes both.",
            ),
            mistake(
                "middle_once",
                {"2 * middle": "middle"},
                "f(x) comes from both series, so it must be subtracted twice. As it stands, a constant function would "
                "have a second derivative.",
            ),
            mistake(
                "first_derivative",
                {"(right - 2 * middle + left) / h**2": "(right - left) / (2 * h)"},
                "That is the first derivative: you have subtracted the series, and f'' is gone.",
            ),
            mistake(
                "step_of_two",
                {"h**2": "(2 * h) ** 2"},
                "Four times too small: the points are h apart, and not 2h.",
            ),
        ],
    ),
    Exercise(
        "neuron-gradient",
        neuron_gradient,
        hints=[
            "Three links: the square of (output − y), the sigmoid of the sum z = w · x, and z as a function of w. "
            "What is the derivative of each?",
            "With a = σ(w · x): 2 (a − y), then a (1 − a), then ∂z/∂w = x. Multiply; the result is a vector like x.",
        ],
        checks=[
            Check("at w = 0", [call("grad", np.zeros(3), np.array([1.0, -2.0, 0.5]), 1.0)]),
            Check("a neuron that is nearly right", [call("grad", np.array([1.5, -0.5]), np.array([1.0, -1.0]), 0.9)]),
            Check("one that is sure and wrong", [call("grad", np.array([3.0, 1.0]), np.array([1.0, 2.0]), 0.0)]),
        ],
        mistakes=[
            mistake(
                "no_sigmoid_slope",
                {" * output * (1 - output)": ""},
                "The sigmoid's own slope is missing: between the error and the sum stands a(1 − a). (Without it you "
                "have, but for a factor, the gradient of another loss, the cross-entropy.)",
            ),
            mistake(
                "sign",
                {"(output - y)": "(y - output)"},
                "The sign is turned. (a − y)² has the derivative 2(a − y) with respect to a; −2(a − y) is the one with "
                "respect to y.",
            ),
            mistake(
                "no_two",
                {"2 * (output - y)": "(output - y)"},
                "The factor 2 of the square is missing: a check in any direction would show numbers that are half of "
                "what they should be.",
            ),
            mistake(
                "for_x",
                {"(1 - output) * x": "(1 - output) * w"},
                "That is the gradient with respect to x. The sum w · x has the derivative x with respect to w.",
            ),
        ],
    ),
    Exercise(
        "smooth-abs",
        smooth_abs,
        hints=[
            "The outer function is a square root, with the derivative 1 / (2 √...); the inner one is x² + δ². What is "
            "left when you multiply?",
            "The derivative is x / √(x² + δ²), x over the value. np.hypot(x, delta) is the value, without squares that "
            "overflow.",
        ],
        checks=[
            Check("at the kink that is gone", [call("both", np.array([0.0]), 0.1)]),
            Check("on both sides", [call("both", np.array([-3.0, -0.1, 0.1, 4.0]), 0.5)]),
            Check("very far out", [call("both", np.array([-1e200, 1e200]), 1.0)]),
        ],
        mistakes=[
            mistake(
                "square_of_value",
                {"x / value": "x / value**2"},
                "Divided once too often: far from 0 the slope must come close to ±1, as that of |x|.",
            ),
            mistake(
                "half",
                {"x / value": "0.5 * x / value"},
                "The ½ of the root cancels against the 2 of the square inside.",
            ),
            mistake(
                "sign_function",
                {"x / value": "np.sign(x)"},
                "That is the slope of |x| itself, with its jump at 0. The stand-in climbs smoothly from −1 to 1.",
            ),
            mistake(
                "overflow",
                {"np.hypot(x, delta)": "np.sqrt(x**2 + delta**2)"},
                "Right for sizes one meets, but the square of 1e200 is no longer a number that fits: the value becomes "
                "infinite and the slope 0.",
            ),
        ],
    ),
    Exercise(
        "dual-quotient",
        divide,
        hints=[
            "Multiply q + p ε by c + d ε with the rule for products, and compare with a + b ε: that gives one equation "
            "for the values and one for the slopes.",
            "q c = a, and q d + p c = b. Solve the first for q and the second for p.",
        ],
        checks=[
            Check("by a constant", [call("pair", (6.0, 3.0), (2.0, 0.0))]),
            Check("a constant by x, at x = 2", [call("pair", (1.0, 0.0), (2.0, 1.0))]),
            Check("both move", [call("pair", (3.0, -1.0), (1.5, 4.0))]),
            Check("x by x", [call("pair", (0.7, 1.0), (0.7, 1.0))]),
            Check("below zero", [call("pair", (-2.0, 0.5), (-0.8, -3.0))]),
        ],
        mistakes=[
            mistake(
                "each_on_its_own",
                {"(b - q * d) / c": "b / d if d else b / c"},
                "The slope of a quotient is not the quotient of the slopes: x / x would have the slope 1, and it does "
                "not move at all.",
            ),
            mistake(
                "constant_below",
                {"(b - q * d) / c": "b / c"},
                "That is right while the lower number stands still. When it moves, the quotient moves too.",
            ),
            mistake(
                "plus",
                {"b - q * d": "b + q * d"},
                "A sign: when the lower number grows, the quotient falls. q d moves to the other side of its equation.",
            ),
            mistake(
                "not_divided",
                {"(b - q * d) / c": "b - q * d"},
                "The slope is still multiplied by c, the lower number: in the equation for the slopes p stands with "
                "that factor. (In the quotient rule this is the missing square.)",
            ),
        ],
    ),
]
