"""Answers to the exercises of lecture 12, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, call
from tools.exercises import Exercise, mistake


def excess_of(losses, full):
    single = np.diag(losses)
    excess = losses - single[:, None] - single[None, :] + full
    np.fill_diagonal(excess, 0)
    return excess


def blink(h, u, p):
    multiplier = (u >= p) / (1 - p)
    return h * multiplier, multiplier


def to_inverted(weights, bias, p):
    return (1 - p) * weights, bias


def first_grad(x, W, b, multiplier, grad):
    on = x @ W + b > 0
    return x.T @ (grad * multiplier * on)


def passes_needed(h, w, p, error):
    variance = p / (1 - p) * np.sum((h * w) ** 2)
    return int(np.ceil(variance / error**2))


LOSSES = np.array([[0.7, 1.5, 0.6], [1.5, 0.8, 1.6], [0.6, 1.6, 0.6]])
X = np.array([[1.0, -2.0], [0.5, 1.0], [-1.0, 0.25]])
W = np.array([[1.0, -1.0, 0.5], [0.5, 2.0, -1.0]])
B = np.array([0.1, -0.2, 0.3])
COINS = np.array([[0.1, 0.2, 0.9], [0.6, 0.5, 0.0], [0.3, 0.95, 0.7]])
GRAD = np.array([[1.0, 2.0, -1.0], [0.5, -1.0, 3.0], [2.0, 1.0, 1.0]])
MASK = np.array([[2.0, 0.0, 2.0], [2.0, 2.0, 0.0], [0.0, 2.0, 2.0]])
NOISE = np.array([[1.3, -0.4, 0.2], [-0.5, 1.9, 2.2], [0.7, 0.6, -1.1]])

EXERCISES = [
    Exercise(
        "excess",
        excess_of,
        hints=[
            "Put the definition of a rise into the definition of the excess: each of the three rises is a loss less "
            "`full`. How often is `full` left over when you have added everything up?",
            "excess_ij = L_ij - L_i - L_j + full, and L_i stands on the diagonal of `losses`: np.diag gives all of "
            "them. Subtract them once along the rows and once along the columns, and set the diagonal to zero.",
        ],
        checks=[
            Check("three units", [call("excess", LOSSES, 0.5)]),
            Check("a better network", [call("excess", LOSSES, 0.1)]),
            Check(
                "two units that have nothing to do with each other",
                [call("excess", np.array([[2.0, 4.0], [4.0, 3.0]]), 1.0)],
            ),
        ],
        mistakes=[
            mistake(
                "full_forgotten",
                {" + full": ""},
                "The loss of the whole network has been subtracted once too often: two units that have nothing to do "
                "with each other get an excess that is not zero.",
            ),
            mistake(
                "full_twice",
                {" + full": " - full"},
                "Count the full losses: each rise is a loss less `full`, and two of the three rises are subtracted.",
            ),
            mistake(
                "diagonal_left",
                {"    np.fill_diagonal(excess, 0)\n": ""},
                "The diagonal is no pair: a unit cannot leave twice. It should be zero.",
            ),
        ],
    ),
    Exercise(
        "blink",
        blink,
        hints=[
            "Make the mask first: compare the numbers with p. On average over many draws, which share of the units "
            "stays, and by what has a unit that stays to be multiplied for the mean to be what it was?",
            "(u >= p) is 1 for who stays. Divided by 1 - p it is the multiplier; broadcasting takes care of a mask "
            "that the batch shares.",
        ],
        checks=[
            Check("coins for each sample", [call("blink", GRAD, COINS, 0.2)]),
            Check("one mask for the batch", [call("blink", GRAD, COINS[:1], 0.5)]),
            Check("nothing is dropped", [call("blink", GRAD, COINS, 0.0)]),
        ],
        mistakes=[
            mistake(
                "keep",
                {"u >= p": "u < p"},
                "That keeps where it should drop: with p = 0 nobody would be left, and p is the probability to drop.",
            ),
            mistake(
                "not_scaled",
                {" / (1 - p)": " * 1.0"},
                "The mean is too small: only a share of 1 - p of the units sends on anything, and nothing makes up for "
                "it.",
            ),
            mistake(
                "wrong_scale",
                {" / (1 - p)": " * (1 - p)"},
                "What is sent on in training gets smaller twice, by the mask and by the factor. The factor has to make "
                "up for the mask; multiplying by 1 - p is what another convention does in the test.",
            ),
            mistake(
                "mask_returned",
                {"return h * multiplier, multiplier": "return h * multiplier, (u >= p) * 1.0"},
                "The way back needs the very numbers that h was multiplied by, with their scale, not the mask of zeros "
                "and ones alone.",
            ),
        ],
    ),
    Exercise(
        "to-inverted",
        to_inverted,
        hints=[
            "Write down what the next layer receives in training, once in each convention: (m ⊙ h) W + b, and "
            "(m ⊙ h / (1 - p)) W' + b'. They have to be equal for every mask m, also for the one in which everybody "
            "is off.",
            "With everybody off only the biases are left, so b' = b. Then W' / (1 - p) has to be W. Check the test: "
            "(1 - p) h W + b there, and h W' + b' here.",
        ],
        checks=[
            Check("a fifth is dropped", [call("layer", W, B, 0.2)]),
            Check("a half", [call("layer", W, B, 0.5)]),
            Check("nothing is dropped", [call("layer", W, B, 0.0)]),
        ],
        mistakes=[
            mistake(
                "other_way",
                {"(1 - p) * weights": "weights / (1 - p)"},
                "The other way round: the library already makes what comes in larger by 1 / (1 - p), and now it is "
                "made larger twice.",
            ),
            mistake(
                "keep",
                {"(1 - p) * weights": "p * weights"},
                "That takes p for the share that stays. With p = 0.5 it would be right, and with p = 0 nothing would "
                "be left of the weights.",
            ),
            mistake(
                "bias_too",
                {"(1 - p) * weights, bias": "(1 - p) * weights, (1 - p) * bias"},
                "The bias does not pass through the mask: with every unit off, the old network says b and the new one "
                "says something else.",
            ),
        ],
    ),
    Exercise(
        "first-grad",
        first_grad,
        hints=[
            "Go backwards one step at a time: from h' to h = max(o, 0), from h to o = x W + b, from o to W. Which "
            "factor does each step contribute?",
            "∂L/∂h = grad * multiplier, then * (o > 0) for the relu, then x.T @ ... for the weights. Take the sign of "
            "o itself, not of h': with Gaussian noise h' is negative where the multiplier is.",
        ],
        checks=[
            Check("an inverted mask", [call("grad", X, W, B, MASK, GRAD)]),
            Check("Gaussian noise, with negative multipliers", [call("grad", X, W, B, NOISE, GRAD)]),
            Check("one mask for the batch", [call("grad", X, W, B, np.array([[0.0, 1.25, 1.25]]), GRAD)]),
        ],
        mistakes=[
            mistake(
                "no_mask",
                {"grad * multiplier * on": "grad * on"},
                "Units that were off get a gradient: the multiplier of the way in is missing on the way back.",
            ),
            mistake(
                "squared",
                {"grad * multiplier * on": "grad * multiplier**2 * on"},
                "The multiplier stands in there twice. `grad` is the gradient of what the layer sends on, behind the "
                "multiplier: one factor leads back through it.",
            ),
            mistake(
                "no_relu",
                {"grad * multiplier * on": "grad * multiplier"},
                "The relu is missing: where x W + b is below zero, nothing goes back.",
            ),
            mistake(
                "sign_of_sent",
                {"on = x @ W + b > 0": "on = multiplier * np.maximum(x @ W + b, 0) > 0"},
                "The relu looked at xW + b, before the noise. Where the multiplier is negative, what the unit sends "
                "on is negative too, and the unit was on all the same.",
            ),
        ],
    ),
    Exercise(
        "passes",
        passes_needed,
        hints=[
            "The variance of one pass is in section 3. What is the variance of an average of n independent passes, "
            "and what its standard deviation?",
            "√(V / n) is at most `error` when n is at least V / error², with V = p / (1 - p) · Σ (h w)². Round up.",
        ],
        checks=[
            Check("two units that cancel", [call("passes", np.array([10.0, 9.0]), np.array([1.0, -1.0]), 0.5, 0.1)]),
            Check("p = 0.2", [call("passes", np.array([1.0, 2.0, 0.5]), np.array([0.3, -1.0, 2.0]), 0.2, 0.05)]),
            Check("p = 0.8", [call("passes", np.array([1.0, 2.0, 0.5]), np.array([0.3, -1.0, 2.0]), 0.8, 0.05)]),
        ],
        mistakes=[
            mistake(
                "square_of_sum",
                {"np.sum((h * w) ** 2)": "np.sum(h * w) ** 2"},
                "That is the square of the sum. Each unit has a coin of its own, so the variances add up, not the "
                "terms: units that cancel in the mean do not cancel in the noise.",
            ),
            mistake(
                "plain_mask",
                {"p / (1 - p)": "p * (1 - p)"},
                "p (1 - p) is the variance of a mask of zeros and ones. Inverted dropout divides it by 1 - p, so its "
                "variance by (1 - p)².",
            ),
            mistake(
                "not_squared",
                {"error**2": "error"},
                "Four times as many passes halve the error: n goes with the square of 1 / error.",
            ),
            mistake(
                "rounded_down",
                {"np.ceil": "np.floor"},
                "One pass too few: with the number you return the standard deviation is still above `error`.",
            ),
        ],
    ),
]
