"""Answers to the exercises of lecture 07, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, call
from tools.exercises import Exercise, mistake


def steps_to_travel(distance, lr):
    steps, moved = 0, 0.0
    while moved < distance:
        steps += 1
        moved += lr / np.sqrt(steps)
    return steps


def late_length(k, waited, beta1=0.9, beta2=0.999):
    mean = (1 - beta1**k) / (1 - beta1 ** (waited + k))
    square = (1 - beta2**k) / (1 - beta2 ** (waited + k))
    return mean / np.sqrt(square)


def lion(params, grads, state):
    mean = np.zeros_like(params) if state is None else state
    params = params - 0.05 * np.sign(0.9 * mean + 0.1 * grads)
    return params, 0.99 * mean + 0.01 * grads


def secant_step(x, x_before, g, g_before, lr):
    curvature = (g - g_before) / (x - x_before)
    if curvature <= 0:
        return x - lr * g
    return x - g / curvature


def unpack(pair, p=10.0):
    pair = np.asarray(pair)
    return pair[..., 1] * np.exp(p * pair[..., 0])


PARAMS, GRADS, MEAN = np.array([1.0, -2.0]), np.array([3.0, -0.5]), np.array([-1.0, -0.01])

EXERCISES = [
    Exercise(
        "travel",
        steps_to_travel,
        hints=[
            "How far has the weight come after one step, after two, after three? Add the lengths up until they are "
            "enough.",
            "A loop: count a step, add lr / √(number of the step), and go on while the sum is below the distance.",
        ],
        checks=[
            Check("one step is enough", [call("steps", 0.05, 0.1)]),
            Check("a few steps", [call("steps", 0.25, 0.1)]),
            Check("a longer way", [call("steps", 0.6, 0.1)]),
        ],
        mistakes=[
            mistake(
                "constant",
                {"lr / np.sqrt(steps)": "lr"},
                "That is how far steps of a constant length get. The sum of squares grows with every step, and the "
                "steps shrink.",
            ),
            mistake(
                "linear",
                {"np.sqrt(steps)": "steps"},
                "These steps shrink like 1/t, and the weight would need ages. The sum of t squares is under a root.",
            ),
            mistake(
                "one_more",
                {"return steps": "return steps + 1"},
                "One too many: the distance had been reached a step before.",
            ),
        ],
    ),
    Exercise(
        "late",
        late_length,
        hints=[
            "A running average of zeros is 0. From there on, after k ones, it has reached 1 - βᵏ. And what does Adam "
            "divide it by: how many steps does its count say?",
            "m̂ is (1 - β₁ᵏ) / (1 - β₁ⁿ) with n = waited + k, and r̂ is the same with β₂. The step is m̂ / √r̂.",
        ],
        checks=[
            Check("a weight that never waited", [call("length", 5, 0)]),
            Check("the first step after a long wait", [call("length", 1, 100_000)]),
            Check("the twelfth after a thousand", [call("length", 12, 1000)]),
            Check("other memories", [call("length", 3, 10, 0.5, 0.9)]),
        ],
        mistakes=[
            mistake(
                "uncorrected",
                {" / (1 - beta1 ** (waited + k))": "", " / (1 - beta2 ** (waited + k))": ""},
                "That is the step without bias correction. With waited = 0 it should be 1: Adam divides both averages "
                "by 1 - βⁿ, where n counts all steps of the run.",
            ),
            mistake(
                "own_count",
                {"beta1 ** (waited + k)": "beta1**k", "beta2 ** (waited + k)": "beta2**k"},
                "Now every step is 1, as if the weight had a count of its own. Adam's count is that of the run.",
            ),
            mistake(
                "no_root",
                {"np.sqrt(square)": "square"},
                "The average of the squares stands under a root.",
            ),
        ],
    ),
    Exercise(
        "lion",
        lion,
        hints=[
            "In the first step `state` is None: take zeros of the shape of `params`. Which of the two lines needs the "
            "old m? Both do.",
            "Compute the new params from 0.9 * m + 0.1 * grads with np.sign, and return them together with "
            "0.99 * m + 0.01 * grads: a pair.",
        ],
        checks=[
            Check("the first step", [call("new", PARAMS, GRADS, None)]),
            Check("a step with a memory", [call("new", PARAMS, GRADS, MEAN)]),
            Check("a large gradient against the average", [call("new", PARAMS, np.array([20.0, -0.5]), MEAN)]),
        ],
        mistakes=[
            mistake(
                "one_average",
                {"0.9 * mean + 0.1 * grads": "0.99 * mean + 0.01 * grads"},
                "Both lines use the same mixture here. The step listens to the newest gradient with a tenth, the "
                "average that is kept with a hundredth.",
            ),
            mistake(
                "no_sign",
                {"np.sign(0.9 * mean + 0.1 * grads)": "(0.9 * mean + 0.1 * grads)"},
                "These steps have the size of the gradients. Lion takes only their sign: every weight moves by 0.05.",
            ),
            mistake(
                "uphill",
                {"params - 0.05": "params + 0.05"},
                "The weights move along the gradient, uphill.",
            ),
        ],
    ),
    Exercise(
        "secant-step",
        secant_step,
        hints=[
            "The last step was x - x_before, and over it the slope has changed by g - g_before. What is the curvature, "
            "if the slope changes evenly?",
            "curvature = (g - g_before) / (x - x_before). Newton's step is -g / curvature, and where the curvature is "
            "zero or negative take -lr * g.",
        ],
        checks=[
            Check("a parabola: the next place is its bottom", [call("place", 3.0, 4.0, 6.0, 8.0, 0.1)]),
            Check("from the other side", [call("place", -1.0, 2.0, -5.0, 4.0, 0.1)]),
            Check("on a hilltop", [call("place", 0.5, 1.0, -0.5, -1.0, 0.1)]),
            Check("a slope that has not changed", [call("place", 0.5, 1.0, 2.0, 2.0, 0.1)]),
        ],
        mistakes=[
            mistake(
                "upside_down",
                {"x - g / curvature": "x - g * curvature"},
                "A step that gets longer where the surface bends more. Newton divides by the curvature.",
            ),
            mistake(
                "no_guard",
                {"if curvature <= 0:": "if curvature == 0:"},
                "Where the curvature is negative this step leads uphill, to the top of the model.",
            ),
            mistake(
                "gradient_only",
                {"x - g / curvature": "x - lr * g"},
                "That is gradient descent, and the curvature that was measured is not used.",
            ),
        ],
    ),
    Exercise(
        "unpack",
        unpack,
        hints=[
            "For a large gradient, size = log |g| / p: solve for |g| and put the sign on. For a small one size is -1 "
            "and the second number is not quite a sign: what is it?",
            "sign * exp(p * size) is right for both kinds. The last axis holds (size, sign): pair[..., 0] and "
            "pair[..., 1].",
        ],
        checks=[
            Check("a gradient of one", [call("grad", np.array([0.0, 1.0]))]),
            Check(
                "large and small, of both signs", [call("grad", np.array([[-0.46, -1.0], [-1.0, 0.022], [0.3, 1.0]]))]
            ),
            Check("another threshold", [call("grad", np.array([[-0.5, 1.0], [-1.0, -0.5]]), 5.0)]),
            Check("a whole batch", [call("grad", np.array([[[0.1, -1.0]], [[-0.2, 1.0]]]))]),
        ],
        mistakes=[
            mistake(
                "no_scale",
                {"np.exp(p * pair[..., 0])": "np.exp(pair[..., 0])"},
                "The size was divided by p, and that has to be undone before the exponential.",
            ),
            mistake(
                "only_the_sign",
                {"pair[..., 1] *": "np.sign(pair[..., 1]) *"},
                "Right for large gradients. For a small one the second number holds more than the sign: how far it is "
                "below the threshold.",
            ),
            mistake(
                "no_sign",
                {"pair[..., 1] *": "1.0 *"},
                "These are sizes: every gradient comes out positive.",
            ),
        ],
    ),
]
