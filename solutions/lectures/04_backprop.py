"""Answers to the exercises of lecture 04, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, Ref, call
from tools.exercises import Exercise, mistake


def unit_gradients(w, x, b, t):
    y = 1 / (1 + np.exp(-(w * x + b)))
    from_y = 2 * (y - t)
    from_u = from_y * y * (1 - y)
    return from_u * x, from_u


def path_shares(x):
    a, b = 3 * x, np.exp(-x)
    return 2 * a * b * 3, a**2 * -b


def biased_softplus(x, b):
    u = x + b
    slope = 1 / (1 + np.exp(-u))
    return np.logaddexp(0, u), lambda g: g * slope, lambda g: (g * slope).sum(axis=0)


def multiplications(sizes, batch):
    products = [batch * m * n for m, n in zip(sizes, sizes[1:])]
    return sum(products), 2 * sum(products) - products[0]


X = np.array([[0.5, -1.0, 2.0], [0.0, 3.0, -0.5]])
B = np.array([0.1, -0.7, 0.0])
G = np.array([[1.0, -2.0, 0.5], [3.0, 1.0, -1.5]])
SHARE_OF_X, SHARE_OF_B = (call(f"share_of_{name}", G).on(Ref("made", place)) for name, place in (("x", 1), ("b", 2)))

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
        "operation",
        biased_softplus,
        hints=[
            "With u = x + b the value is softplus(u), number by number. Both functions begin with the same product: g "
            "times the local derivative σ(u). Then ask of each input how often it was used.",
            "The function for x returns g times 1 / (1 + exp(−u)), in the shape of g. Each entry of b stood in every "
            "row, so the function for b returns the sum of the same thing over the rows, axis 0.",
        ],
        checks=[
            Check("the value", [call("made", X, B)], expect=[Ref("made", 0)]),
            Check("the share of x", [call("made", X, B), SHARE_OF_X], expect=["share_of_x"]),
            Check("the share of b", [call("made", X, B), SHARE_OF_B], expect=["share_of_b"]),
            Check("an input of 800", [call("made", np.array([[800.0, -3.0]]), B[:2])], expect=[Ref("made", 0)]),
        ],
        mistakes=[
            mistake(
                "no_sum",
                {"(g * slope).sum(axis=0)": "g * slope"},
                "The share of b has the shape of g, and b has not: each of its entries was used once in every row, "
                "so the rows have to be added.",
            ),
            mistake(
                "no_incoming",
                {"lambda g: g * slope, lambda g: (g * slope).sum(axis=0)": "lambda g: slope, lambda g: slope.sum(0)"},
                "That is the local derivative alone. A share is the incoming gradient g times it.",
            ),
            mistake(
                "slope_of_value",
                {"np.exp(-u)": "np.exp(-np.logaddexp(0, u))"},
                "You have put the value of softplus into the sigmoid. Its derivative is σ(u), with what went *in*.",
            ),
            mistake(
                "wrong_axis",
                {".sum(axis=0)": ".sum(axis=1)"},
                "You have added along the rows. What was repeated is b, down the column: add over axis 0.",
            ),
            mistake(
                "overflow",
                {"np.logaddexp(0, u)": "np.log(1 + np.exp(u))"},
                "Right for small numbers, but exp(800) is more than a float can hold. `np.logaddexp(0, u)` is the "
                "same function, computed so that nothing overflows.",
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
