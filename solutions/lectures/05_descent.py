"""Answers to the exercises of lecture 05, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, call
from tools.exercises import Exercise, mistake


def full_batch_step(w, x, y, lr, decay):
    gradient = x.T @ (x @ w - y) / len(y) + decay * w
    return w - lr * gradient


def iterations(size, batch, epochs, drop_last):
    full, rest = divmod(size, batch)
    each = full if drop_last or rest == 0 else full + 1
    return epochs * each


def batch_for_cosine(wanted, sigma, norm):
    needed = (sigma / norm) ** 2 * wanted**2 / (1 - wanted**2)
    return max(1, int(np.ceil(needed)))


def weights_of_past(lr, count):
    return lr * (1 - lr) ** np.arange(count)


X = np.array([[1.0, 0.5], [1.0, -1.0], [1.0, 2.0], [1.0, 0.0]])
Y = np.array([1.0, 0.0, 3.0, -1.0])
W = np.array([0.5, -1.0])

EXERCISES = [
    Exercise(
        "full-batch-step",
        full_batch_step,
        hints=[
            "The risk is the mean of ½ (x_i · w − y_i)², plus ½ λ ‖w‖². What is its derivative with respect to one "
            "weight w_k? Which sum over the examples is in it?",
            "All errors at once are x @ w - y, of shape (N,). Weight k needs their mean, each times the input k of "
            "its example: that is one product with x.T, divided by N. Then comes the price, decay * w, and the step.",
        ],
        checks=[
            Check("one step", [call("after", W, X, Y, 0.1, 0.0)]),
            Check("with a price", [call("after", W, X, Y, 0.1, 0.5)]),
            Check("where every example fits", [call("after", W, X, X @ W, 0.1, 0.0)]),
            Check("a single example", [call("after", W, X[:1], Y[:1], 0.2, 0.1)]),
        ],
        mistakes=[
            mistake(
                "sum",
                {" / len(y)": ""},
                "You add the gradients up where the risk asks for their mean: with twice the data your step is twice "
                "as long.",
            ),
            mistake(
                "uphill",
                {"w - lr * gradient": "w + lr * gradient"},
                "The step leads up: the gradient points to where the risk grows.",
            ),
            mistake(
                "decay_forgotten",
                {" + decay * w": ""},
                "The price for large weights has a slope too, and it is missing.",
            ),
            mistake(
                "double",
                {"x.T @ (x @ w - y)": "2 * x.T @ (x @ w - y)"},
                "The errors count twice: the half in front of the square cancels the 2 of its derivative.",
            ),
            mistake(
                "decay_doubled",
                {"decay * w": "2 * decay * w"},
                "The price counts twice: Ω is half the squared length, so its gradient is w, not 2 w.",
            ),
        ],
    ),
    Exercise(
        "iterations",
        iterations,
        hints=[
            "How many full mini-batches does one epoch have? When is something left, and what becomes of it? Each "
            "epoch starts with all examples again.",
            "divmod(size, batch) gives the full mini-batches and the rest. A rest above 0 is one more iteration in "
            "every epoch, unless it is dropped.",
        ],
        checks=[
            Check("what fits exactly", [call("count", 1000, 20, 3, False), call("dropped", 1000, 20, 3, True)]),
            Check("something left over", [call("count", 1000, 32, 10, False)]),
            Check("what is left over is dropped", [call("count", 1000, 32, 10, True)]),
            Check("the two extremes", [call("full", 1797, 1797, 5, False), call("single", 1797, 1, 5, False)]),
        ],
        mistakes=[
            mistake(
                "rest_forgotten",
                {"full if drop_last or rest == 0 else full + 1": "full"},
                "The last, smaller mini-batch of each epoch is missing where it should be used.",
            ),
            mistake(
                "never_dropped",
                {"drop_last or rest": "rest"},
                "With drop_last what is left at the end of an epoch is not used, and you count it.",
            ),
            mistake(
                "always_one_more",
                {"drop_last or rest == 0": "drop_last"},
                "Where the batch size divides the number of examples nothing is left over: you count an empty batch.",
            ),
            mistake(
                "epochs_run_on",
                {
                    "divmod(size, batch)": "divmod(size * epochs, batch)",
                    "epochs * each": "each",
                },
                "You let mini-batches run on from one epoch into the next. Each epoch ends with its own rest.",
            ),
        ],
    ),
    Exercise(
        "batch-for-cosine",
        batch_for_cosine,
        hints=[
            "Set 1 / √(1 + σ² / (m ‖g‖²)) equal to the wanted cosine and solve for m: take the reciprocal and square "
            "both sides first.",
            "You get σ² / (m ‖g‖²) = 1 / c² − 1. Round m up, and a batch has at least one example.",
        ],
        checks=[
            Check("a right good direction", [call("m", 0.9, 3.77, 0.446)]),
            Check("the same, near a minimum", [call("m", 0.9, 0.97, 0.052)]),
            Check("a modest wish", [call("m", 0.5, 3.77, 0.446)]),
            Check("examples that agree", [call("m", 0.3, 0.1, 1.0)]),
        ],
        mistakes=[
            mistake(
                "rounded_down",
                {"np.ceil": "np.floor"},
                "One example too few: the cosine is still a little below the wanted one.",
            ),
            mistake(
                "no_squares",
                {"(sigma / norm) ** 2": "(sigma / norm)"},
                "The ratio of spread and length enters squared: twice the noise needs four times the batch.",
            ),
            mistake(
                "cosine_not_squared",
                {"wanted**2 / (1 - wanted**2)": "wanted / (1 - wanted)"},
                "There is a root around the sum: squaring both sides squares the cosine too.",
            ),
            mistake(
                "upside_down",
                {"wanted**2 / (1 - wanted**2)": "(1 - wanted**2) / wanted**2"},
                "Your batch shrinks when the wish grows: a cosine nearer to 1 needs more examples, not fewer.",
            ),
            mistake(
                "no_example",
                {"max(1, int(np.ceil(needed)))": "int(needed)"},
                "A batch of no examples has no gradient, and of a part of one there is none: round up.",
            ),
        ],
    ),
    Exercise(
        "weights-of-past",
        weights_of_past,
        hints=[
            "The newest sample enters with the weight lr. What has the next step done to the one before it? Write "
            "down the estimate after three samples, with all brackets multiplied out.",
            "Each further step multiplies all older weights by 1 - lr. The sample that is k steps old has met k of "
            "these factors: lr times a power, with the powers from np.arange(count).",
        ],
        checks=[
            Check("three samples", [call("weights", 0.5, 3)]),
            Check("a long memory", [call("weights", 0.01, 50)]),
            Check("no memory at all", [call("weights", 1.0, 4)]),
            Check("a single sample", [call("weights", 0.1, 1)]),
        ],
        mistakes=[
            mistake(
                "oldest_first",
                {"np.arange(count)": "np.arange(count)[::-1]"},
                "The order is turned round: the newest sample comes first and weighs most.",
            ),
            mistake(
                "no_rate",
                {"lr * (1 - lr)": "(1 - lr)"},
                "The newest sample would replace the estimate: a step takes only the part lr of it.",
            ),
            mistake(
                "one_step_old",
                {"np.arange(count)": "np.arange(1, count + 1)"},
                "The newest sample has been kept for no step yet: its weight is lr itself.",
            ),
            mistake(
                "made_to_sum",
                {
                    "return lr * (1 - lr) ** np.arange(count)": (
                        "weights = lr * (1 - lr) ** np.arange(count)\n    return weights / weights.sum()"
                    )
                },
                "Your weights add up to 1. Those of SGD do not: what is missing, (1 - lr) to the power count, is still "
                "with the start.",
            ),
        ],
    ),
]
