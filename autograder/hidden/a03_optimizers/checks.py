"""The visible checks of a03_optimizers: small cases that a student can follow on paper."""

import numpy as np

from autograder.checkdata import Call, Check, Question, Ref, call

PARAMS = {"w": np.array([1.0, -2.0]), "b": np.array(0.25)}
GRADS = [
    {"w": np.array([0.5, -1.0]), "b": np.array(-0.5)},
    {"w": np.array([1.0, 0.5]), "b": np.array(1.5)},
    {"w": np.array([-0.25, 1.0]), "b": np.array(0.5)},
]
# A matrix for the pause: in the second step two entries are frozen, one with nan as its gradient, and b has none
PAUSED = {"w": np.array([[1.0, -2.0, 3.0]]), "b": np.array(0.25)}
PULLS = [
    {"w": np.array([[0.5, -1.0, 0.25]]), "b": np.array(-0.5)},
    {"w": np.array([[np.nan, 0.5, 0.75]])},
    {"w": np.array([[-0.25, 1.0, -2.0]]), "b": np.array(0.5)},
]
FROZEN = {"w": np.array([[True, False, True]])}
STEPS = ["first", "second", "third"]


def run(params: dict, grads: list, options: list) -> list[Call]:
    """Declare a step for each set of options, each from what the step before returned."""
    steps = [call("first", params, grads[0], **options[0])]
    for last, name, grad, option in zip(STEPS, STEPS[1:], grads[1:], options[1:], strict=False):
        steps.append(call(name, Ref(last, 0), grad, Ref(last, 1), **option))
    return steps


def path(title: str, *options: dict) -> Check:
    """Steps with two numbers; looks at the parameters after the first and the last. The state is the student's own."""
    steps = run({"w": PARAMS["w"]}, [{"w": grad["w"]} for grad in GRADS], options)
    return Check(title, steps, [Ref(step.name, 0) for step in (steps[0], steps[-1])])


def paused(title: str, **options: float) -> Check:
    """Three steps; in the second one, two entries of w are frozen and b has no gradient."""
    steps = run(PAUSED, PULLS, [options, {**options, "frozen": FROZEN}, options])
    return Check(title, steps, [Ref("second", 0, "w"), Ref("third", 0)])


# Schedules


def plan(title: str, steps: range, **options: object) -> Check:
    """The rates of some steps."""
    return Check(title, [call("rates", np.arange(steps.start, steps.stop), **options)])


# Rows of a table: a pair, and a gradient for all rows

TABLE = {"words": np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])}
ROWS = {"words": (np.array([2, 0]), np.array([[1.0, -2.0], [0.5, 2.0]]))}
TWICE = {"words": (np.array([2, 1, 2]), np.array([[1.0, 2.0], [-1.0, 1.0], [1.0, 4.0]]))}
DENSE = {"words": np.array([[0.5, -1.0], [2.0, 0.5], [0.0, 1.0]])}

# Clipping: the norm of these two gradients together is 5, and 10.2 for the second

LONG = [{"a": np.array([3.0]), "b": np.array([0.0, 4.0])}, {"a": np.array([6.0]), "b": np.array([8.0, -2.0])}]
SHORT = {"a": np.array([0.6]), "b": np.array([0.0, -0.8])}
TWO = {"a": np.array([1.0]), "b": np.array([2.0, -1.0])}
BAD = {"a": np.array([np.inf]), "b": np.array([1.0, 1.0])}

# Hessians: two names, three numbers

PLACE = {"w": np.array([1.0, -1.0]), "b": np.array(0.5)}
SLOPE = {"w": np.array([2.0, -1.0]), "b": np.array(1.0)}


def hessian(rows: list) -> dict:
    """The blocks of a 3 x 3 matrix for w (two numbers) and b (one)."""
    full = np.array(rows)
    return {
        "w": {"w": full[:2, :2], "b": full[:2, 2]},
        "b": {"w": full[2, :2], "b": np.array(full[2, 2])},
    }


BOWL = hessian([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]])
SKEW = hessian([[4.0, 1.5, 0.2], [0.5, 3.0, 1.4], [-0.2, 0.6, 2.0]])
SADDLE = hessian([[1.0, 2.0, 0.0], [2.0, 1.5, 0.0], [0.0, 0.0, 2.0]])


def newton(title: str, matrix: dict, *, grads: dict = SLOPE, **options: float) -> Check:
    """One step; two of the three parameters and the report."""
    return Check(title, [call("result", PLACE, grads, matrix, **options)], [Ref("result", 0, "w"), Ref("result", 1)])


QUESTIONS = {
    "schedule": Question(
        hints=[
            (
                "Write down the rates of ten steps for peak=1, warmup=2, cycle=4, shape='linear', and which k "
                "and which cycle each step has. Which step is k = 0 of cycle 1? Then see where your function "
                "says something else."
            ),
            (
                "Keep three numbers, where the cycle begins, how long it is and where its top is, and go from "
                "cycle to cycle until all steps are behind. In each round, np.where(step < begin, what there "
                "was, this cycle's rates) overwrites what comes after; k is step - begin."
            ),
        ],
        checks=[
            plan("a climb of four steps, then a line", range(10), peak=0.4, warmup=4, cycle=8, shape="linear"),
            plan("cosines that restart", range(8), peak=1.0, cycle=4, floor=0.2),
            plan("cycles that grow", range(16), peak=1.0, warmup=1, cycle=2, shape="linear", growth=2),
            plan(
                "a constant that shrinks to its floor",
                range(9),
                peak=8,
                cycle=2,
                shape="constant",
                shrink=0.25,
                floor=1,
            ),
            Check("single steps", [call("first", 0, peak=1, cycle=4, warmup=2), call("fourth", 3, peak=1, cycle=4)]),
        ],
    ),
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
    "nesterov": Question(
        parts=["params", "state"],
        hints=[
            (
                "Three places: the marble, the point ahead of it, and the two again after the step. Draw them "
                "for a single number, with the velocities between them. Which arrows lead from the first point "
                "ahead to the second?"
            ),
            (
                "The marble before the step is param - momentum * velocity. It moves by the new velocity, and "
                "the new point ahead lies next_momentum times the new velocity further. What is kept is the new "
                "velocity alone, and np.where(mask, old, new) for both."
            ),
        ],
        checks=[
            path("two steps from rest", {"lr": 0.1, "momentum": 0.5}, {"lr": 0.1, "momentum": 0.5}),
            path(
                "the momentum changes, then ends",
                {"lr": 0.1, "momentum": 0.5, "next_momentum": 0.75},
                {"lr": 0.1, "momentum": 0.75, "next_momentum": 0.25},
                {"lr": 0.1, "momentum": 0.25, "next_momentum": 0.0},
            ),
            path("weight decay", *[{"lr": 0.1, "momentum": 0.5, "weight_decay": 0.5}] * 3),
            paused("a pause: two frozen entries, one missing gradient", lr=0.1, momentum=0.5, weight_decay=0.5),
        ],
    ),
    "adagrad": Question(
        parts=["params", "state"],
        hints=[
            (
                "Make the pair (rows, values) into an array of the table's shape first, and look at it for rows "
                "[3, 1, 3]. Is row 3 the sum of two values? After that, pairs and arrays are the same."
            ),
            (
                "np.add.at(array, rows, values) adds repeated rows up. Then squares grows by the square of that "
                "array, and the step is lr / (1 + count * lr_decay) times it over (np.sqrt(squares) + eps). For "
                "each name keep two things: squares, and how many gradients it has had."
            ),
        ],
        checks=[
            path("three steps with a large eps", *[{"lr": 0.1, "eps": 0.5}] * 3),
            Check(
                "two rows, then all, then a row named twice",
                run(TABLE, [ROWS, DENSE, TWICE], [{"lr": 0.1}] * 3),
                [Ref("second", 0), Ref("third", 0)],
            ),
            Check("a row named twice", [call("first", TABLE, TWICE, lr=0.1, start=1.0)], [Ref("first", 0)]),
            Check(
                "the rate decays; b waits once",
                run(PARAMS, [GRADS[0], {"w": GRADS[1]["w"]}, GRADS[2]], [{"lr": 0.1, "lr_decay": 0.5}] * 3),
                [Ref("third", 0)],
            ),
            path("a start of 2", *[{"lr": 0.1, "start": 2.0}] * 3),
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
    "adadelta": Question(
        parts=["params", "state"],
        hints=[
            (
                "Compute two steps on paper for g = 1 and g = 2, rho = 0.5 and eps = (0.5, 0.25), and print your "
                "two averages after each line. Which of them may already know the gradient of this step when the "
                "move is made?"
            ),
            (
                "Four lines for each name, in this order: the new square; the move, from the new square and the "
                "OLD moves; the new moves; the parameter plus lr times the move. Both averages are kept, and lr "
                "is in none of them."
            ),
        ],
        checks=[
            path("three steps with large eps", *[{"rho": 0.5, "eps": (0.5, 0.25)}] * 3),
            path("half the rate", *[{"lr": 0.5, "rho": 0.5, "eps": (0.01, 0.01)}] * 2),
            path("weight decay", *[{"rho": 0.5, "eps": (0.5, 0.25), "weight_decay": 0.5}] * 2),
            Check(
                "b has no gradient in the second step",
                run(
                    PARAMS, [GRADS[0], {"w": GRADS[1]["w"]}, GRADS[2]], [{"eps": (0.5, 0.25), "weight_decay": 0.5}] * 3
                ),
                [Ref("third", 0)],
            ),
        ],
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
    "adamw": Question(
        parts=["params", "state"],
        hints=[
            (
                "Before the loop over names come two questions about all gradients together. Is every entry "
                "finite? How long is the one vector they make? For gradients [3] and [0, 4] it is 5, and with "
                "clip=1 they become [0.6] and [0, 0.8]."
            ),
            (
                "If not all are finite, return params and state and do nothing else. Otherwise one factor, "
                "min(1, clip / norm), with the squares summed in float64, multiplies every gradient before the "
                "averages see it. The decay of a name is 0 or weight_decay, times lr times the parameter that "
                "came in."
            ),
        ],
        checks=[
            path(
                "three steps with a large eps",
                *[{"lr": 0.1, "betas": (0.5, 0.75), "eps": 0.5, "weight_decay": 0.5}] * 3,
            ),
            Check(
                "b does not decay; w waits once",
                run(
                    PARAMS,
                    [GRADS[0], {"b": GRADS[1]["b"]}, GRADS[2]],
                    [{"lr": 0.1, "weight_decay": 0.5, "no_decay": ["b"]}] * 3,
                ),
                [Ref("third", 0)],
            ),
            Check(
                "clip=5, for gradients of norm 5, 10.2 and 1",
                run(TWO, [*LONG, SHORT], [{"lr": 0.1, "eps": 0.5, "clip": 5.0}] * 3),
                [Ref("second", 0), Ref("third", 0)],
            ),
            Check(
                "an infinite gradient between two others",
                run(TWO, [LONG[0], BAD, SHORT], [{"lr": 0.1, "eps": 0.5}] * 3),
                [Ref("second", 0), Ref("third", 0)],
            ),
        ],
        unseen=["norm_in_float32"],
    ),
    "newton": Question(
        parts=["params", "report"],
        hints=[
            (
                "Build g and the matrix first, print them for the first check, and compare with what you would "
                "write by hand: row and column i belong to the i-th number of params, names in the order of "
                "params. Is hessian['w']['b'] where you expect it?"
            ),
            (
                "np.block makes a matrix of a list of lists of blocks, each reshaped to (size of a, size of b). "
                "try: np.linalg.cholesky(H + damping * identity), except np.linalg.LinAlgError: raise the "
                "damping and try again. Solve, change the sign, shorten, and only then predict, with H."
            ),
        ],
        checks=[
            newton("a bowl", BOWL, grads=dict(reversed(SLOPE.items()))),
            newton("a bowl, and a radius of 0.25", BOWL, radius=0.25),
            newton("a bowl, damped, and a radius of 9", BOWL, damping=0.5, radius=9.0),
            newton("a measured Hessian", SKEW),
            newton("a saddle", SADDLE),
        ],
    ),
}
