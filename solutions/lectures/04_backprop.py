"""Answers to the exercises of lecture 04, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, call
from tools.exercises import Exercise, mistake


def unit_gradients(w, x, b, t):
    y = 1 / (1 + np.exp(-(w * x + b)))
    from_y = 2 * (y - t)
    from_u = from_y * y * (1 - y)
    return from_u * x, from_u


def path_shares(x):
    a, b = 3 * x, np.exp(-x)
    return 2 * a * b * 3, a**2 * -b


def axes_to_sum(small, big):
    extra = len(big) - len(small)
    repeated = [extra + k for k, size in enumerate(small) if size == 1 and big[extra + k] != 1]
    return list(range(extra)) + repeated


def multiplications(sizes, batch):
    products = [batch * m * n for m, n in zip(sizes, sizes[1:])]
    return sum(products), 2 * sum(products) - products[0]


EXERCISES = [
    Exercise(
        "unit",
        unit_gradients,
        hints=[
            "Name every node: u = w x + b, y = σ(u), d = y − t, L = d². Write the local derivative on each edge, then "
            "come down from L with the gradient 1. From u on the ways of w and b differ.",
            "At y the gradient is 2 (y − t); at u it is that times y (1 − y). The local derivative of u by w is x, and "
            "of u by b it is 1.",
        ],
        checks=[
            Check("at the middle of the sigmoid", [call("gradients", 0.0, 3.0, 0.0, 1.0)]),
            Check("an answer that is too large", [call("gradients", 1.2, -0.7, 2.0, 0.0)]),
            Check("a saturated unit", [call("gradients", 4.0, 2.0, -1.0, 0.0)]),
        ],
        mistakes=[
            mistake(
                "slope_of_u",
                {"y * (1 - y)": "(w * x + b) * (1 - w * x - b)"},
                "The derivative of the sigmoid is y (1 − y) with y its *output*, the value kept on the way up; you "
                "have put its input there.",
            ),
            mistake(
                "no_sigmoid",
                {" * y * (1 - y)": ""},
                "One edge is missing: between y and u stands the sigmoid, and its local derivative is not 1.",
            ),
            mistake(
                "no_two",
                {"2 * (y - t)": "(y - t)"},
                "Everything is half of what it should be: the local derivative of d² is 2 d.",
            ),
            mistake(
                "turned",
                {"(y - t)": "(t - y)"},
                "The signs are turned: raising y lowers the loss only while y is below t.",
            ),
        ],
    ),
    Exercise(
        "paths",
        path_shares,
        hints=[
            "f is made from a and b: what are ∂f/∂a and ∂f/∂b, with the values of a and b at this x? Each is the "
            "gradient that comes in at one of the two nodes.",
            "Through a: 2 a b times da/dx = 3. Through b: a² times db/dx, and the derivative of exp(−x) is −exp(−x).",
        ],
        checks=[
            Check("x = 1", [call("shares", 1.0)]),
            Check("x = −0.5", [call("shares", -0.5)]),
            Check("x = 2, far out", [call("shares", 2.0)]),
        ],
        mistakes=[
            mistake(
                "no_inner",
                {" * 3": ""},
                "The first share is a third of what it should be: 2 a b is ∂f/∂a, and a = 3x still has to be "
                "differentiated by x.",
            ),
            mistake(
                "sign",
                {"a**2 * -b": "a**2 * b"},
                "The second share has the wrong sign: exp(−x) falls when x rises.",
            ),
            mistake(
                "forgot_b",
                {"2 * a * b * 3": "2 * a * 3"},
                "In the first share a factor is missing: f is a² *times b*, so ∂f/∂a is 2 a b.",
            ),
        ],
    ),
    Exercise(
        "axes",
        axes_to_sum,
        hints=[
            "Broadcasting lines shapes up at their right ends. Write `small` below `big` that way: which axes of `big` "
            "have nothing below them, and which have a 1 below a larger number?",
            "With extra = len(big) - len(small), the axes 0 to extra - 1 have nothing below them. Axis k of `small` is "
            "axis extra + k of `big`.",
        ],
        checks=[
            Check("a bias", [call("axes", (64,), (50, 64))]),
            Check("a column", [call("axes", (50, 1), (50, 64))]),
            Check("new axes, and one that was stretched", [call("axes", (5, 1), (32, 3, 5, 10))]),
            Check("nothing was repeated", [call("axes", (4, 1), (4, 1))]),
            Check("one number", [call("axes", (), (4, 3))]),
        ],
        mistakes=[
            mistake(
                "from_the_left",
                {"extra + k for k": "k for k", "big[extra + k] != 1": "big[k] != 1"},
                "You have counted from the left. Shapes are lined up at their right ends, so axis k of `small` stands "
                "above a later axis of `big`.",
            ),
            mistake(
                "ones_always",
                {" and big[extra + k] != 1": ""},
                "An axis of size 1 that is still 1 in `big` was not repeated, and does not belong into the list.",
            ),
            mistake(
                "front_only",
                {" + repeated": ""},
                "The axes that numpy put in front are all there. An axis of size 1 that was stretched is missing.",
            ),
        ],
    ),
    Exercise(
        "count",
        multiplications,
        hints=[
            "A product of a (B, m) by an (m, n) matrix takes B · m · n multiplications. On the way down there are two "
            "products for it, one for each factor. Which of the factors wants no gradient?",
            "The way down costs twice the way up, less the product of the first layer that would give the gradient of "
            "the data: batch · sizes[0] · sizes[1].",
        ],
        checks=[
            Check("two layers", [call("counts", (64, 64, 10), 50)]),
            Check("one layer", [call("counts", (3, 2), 1)]),
            Check("four layers", [call("counts", (8, 16, 4, 4, 2), 10)]),
        ],
        mistakes=[
            mistake(
                "data_too",
                {" - products[0]": ""},
                "The way down is counted with a gradient for the data, which nobody wants: the first layer needs one "
                "product there, not two.",
            ),
            mistake(
                "as_many",
                {"2 * sum(products) - products[0]": "sum(products)"},
                "On the way down most products are done twice: once for the weights, once for the layer below.",
            ),
            mistake(
                "no_batch",
                {"batch * m * n": "m * n"},
                "That is for a single example: every row of the batch is multiplied too.",
            ),
        ],
    ),
]
