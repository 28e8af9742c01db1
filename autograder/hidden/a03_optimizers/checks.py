"""The visible checks of a03_optimizers: small cases that a student can follow on paper."""

import numpy as np

from autograder.checkdata import Call, Check, Question, Ref, call

PARAMS = {"w": np.array([[1.0, -2.0], [0.5, 3.0]]), "b": np.array(0.25)}
GRADS = [
    {"w": np.array([[0.5, -1.0], [2.0, 0.25]]), "b": np.array(-0.5)},
    {"w": np.array([[1.0, 0.5], [-0.5, 0.75]]), "b": np.array(1.5)},
    {"w": np.array([[-0.25, 1.0], [1.5, -2.0]]), "b": np.array(0.5)},
]
FROZEN = {"w": np.array([[True, False], [False, True]])}
UNSEEN = {"w": np.array([[np.nan, 0.5], [-0.5, 0.75]])}  # no gradient for b, and nan in one of the frozen places
STEPS = ["first", "second", "third"]


def run(params: dict, grads: list, options: list) -> list[Call]:
    """Declare a step for each set of options, each from what the step before returned."""
    steps = [call("first", params, grads[0], **options[0])]
    for last, name, grad, option in zip(STEPS, STEPS[1:], grads[1:], options[1:], strict=False):
        steps.append(call(name, Ref(last, 0), grad, Ref(last, 1), **option))
    return steps


def path(title: str, *options: dict) -> Check:
    """Steps with one matrix; looks at the parameters after each. The state is the student's own."""
    steps = run({"w": PARAMS["w"]}, [{"w": grad["w"]} for grad in GRADS], options)
    return Check(title, steps, [Ref(step.name, 0) for step in steps])


def paused(title: str, **options: float) -> Check:
    """Three steps; in the second one, two entries of w are frozen and b has no gradient."""
    steps = run(PARAMS, [GRADS[0], UNSEEN, GRADS[2]], [options, {**options, "frozen": FROZEN}, options])
    return Check(title, steps, [Ref("second", 0), Ref("third", 0)])


QUESTIONS = {
    "momentum": Question(
        parts=["params", "state"],
        hints=[
            "Write down, for a single number and two steps, what the velocity is after each. Which of the numbers you "
            "wrote down does the second step need from the first? That is the state. For frozen entries: is there a "
            "way to choose between the old and the new value, instead of switching the gradient off?",
            "For each name that has a gradient, the new velocity is momentum times the old one, less lr times the "
            "gradient with its decay; a velocity that is not there yet is 0. Then np.where(mask, old, new), once for "
            "the velocity and once for the parameter. All other names are copied over as they are.",
        ],
        checks=[
            path("two steps from rest", {"lr": 0.1, "momentum": 0.5}, {"lr": 0.1, "momentum": 0.5}),
            path("the rate is turned down, then off", {"lr": 0.1}, {"lr": 0.05}, {"lr": 0.0}),
            path("weight decay", *[{"lr": 0.1, "momentum": 0.5, "weight_decay": 0.5}] * 2),
            paused("a pause: two frozen entries, one missing gradient", lr=0.1, momentum=0.5, weight_decay=0.5),
        ],
    ),
    "rmsprop": Question(
        parts=["params", "state"],
        hints=[
            "What does the average hold after one gradient, and after two? Compute both on paper for g = 1 and "
            "alpha = 0.9, and print yours. If a root comes out as nan, ask what can be negative under it.",
            "Four lines for each name: g with its decay, the new square, the new mean, and the spread (square, or "
            "square - mean**2, but not below 0). The step is lr * g / (np.sqrt(spread) + eps). Keep square and mean "
            "for the next call, and use np.where(mask, old, new) on all three: parameter, square, mean.",
        ],
        checks=[
            path("three steps with a large eps", *[{"lr": 0.1, "alpha": 0.75, "eps": 0.5}] * 3),
            path("centered", *[{"lr": 0.1, "alpha": 0.75, "centered": True}] * 3),
            path("weight decay", *[{"lr": 0.1, "alpha": 0.75, "weight_decay": 0.5}] * 2),
            paused("a pause: two frozen entries, one missing gradient", lr=0.1, alpha=0.75, weight_decay=0.5),
        ],
        unseen=["spread_below_zero"],
    ),
    "adam": Question(
        parts=["params", "state"],
        hints=[
            "Give it the same gradient three times: with the two divisions, every step is lr long. If only the first "
            "is not, print your count there. If the pause fails, count on paper how many gradients a frozen entry's "
            "averages have seen.",
            "The state of a name is three arrays of its shape: mean, square and count, all zero at first. After this "
            "step's gradient, divide mean by 1 - beta1**count and square by 1 - beta2**count, but keep them "
            "undivided. np.where(mask, old, new) on all three and on the parameter; decoupled decay subtracts "
            "lr * weight_decay * param at the end and appears nowhere else.",
        ],
        checks=[
            path("three steps with a large eps", *[{"lr": 0.1, "betas": (0.5, 0.75), "eps": 0.5}] * 3),
            path("weight decay in the gradient", *[{"lr": 0.1, "weight_decay": 0.5}] * 2),
            path("decoupled weight decay", *[{"lr": 0.1, "weight_decay": 0.5, "decoupled": True}] * 2),
            paused("a pause: two frozen entries, one missing gradient", lr=0.1, weight_decay=0.5),
        ],
        unseen=["state_in_a_global", "float64_back"],
    ),
}
