"""The visible checks of a02_autodiff: small cases that a student can follow on paper."""

import numpy as np

from autograder.checkdata import Check, Question, Ref, call, get

# Central differences


def points_of(x: np.ndarray, lengths: list) -> np.ndarray:
    """The points around x for given steps, one pair for each entry."""
    points = np.repeat(x.reshape(1, -1), 2 * x.size, axis=0)
    for k, length in enumerate(lengths):
        points[2 * k, k] += length
        points[2 * k + 1, k] -= length
    return points.reshape(-1, *x.shape)


def probe(title: str, x: np.ndarray, step: float | None, lengths: list, f=None) -> Check:
    """The points for x, and the Jacobian of f from its values there."""
    steps = [call("probe", x, step) if step else call("probe", x), get("points", "probe", "points")]
    if f is None:
        return Check(title, steps, ["points"])
    values = np.array([f(point) for point in points_of(x if x.dtype.kind == "f" else x.astype(float), lengths)])
    return Check(title, [*steps, call("jacobian", values).on("probe", "jacobian")], ["points", "jacobian"])


SINGLE = np.array([1000.0, 0.5], np.float32)
SINGLE_STEPS = float(np.finfo(np.float32).eps) ** (1 / 3) * np.array([1000.0, 1.0])

# Six operations

SQUARE = np.array([[1.0, 2.0], [3.0, 5.0]])
OTHER = np.array([[0.5, -1.0], [2.0, 1.0]])
GRAD = np.array([[1.0, -2.0], [0.5, 3.0]])
CUBE = np.array([[[1.0, 2.0], [3.0, 5.0]], [[-1.0, 0.0], [4.0, 2.0]]])
CUBE_GRAD = np.array([[[1.0, -1.0], [2.0, 0.5]], [[3.0, 1.0], [-2.0, 0.25]]])
TIED = np.array([[4.0, 4.0, 1.0], [0.0, 7.0, 2.0]])
SCORES = np.array([[0.0, 1.0, -np.inf], [-np.inf, -np.inf, -np.inf]])


def pull(title: str, op: str, grad, *inputs, **options) -> Check:
    """One call of vjp, with the output that numpy gives."""
    with np.errstate(divide="ignore"):
        output = np.asarray(FORWARD[op](*inputs, **options))
    return Check(title, [call("gradients", op, np.asarray(grad), inputs, output, **options)])


FORWARD = {
    "matmul": np.matmul,
    "sum": np.sum,
    "max": np.max,
    "logsumexp": lambda x, **options: np.logaddexp.reduce(x, **options),
    "where": np.where,
    "take": np.take,
}

# Graphs

TURN = np.array([[0.0, 1.0], [-2.0, 0.0]])
ONE, TWO, HALF = np.array([[1.0]]), np.array([[2.0]]), np.array([[0.5]])
DIAMOND = {
    "left": [("x", TWO)],
    "top": [("left", ONE), ("x", HALF), ("right", TWO)],
    "x": [],
    "right": [("left", HALF), ("x", ONE)],
}
TWICE = {
    "y": [("u", np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]]))],
    "u": [("x", np.array([1.0, 2.0, -1.0])), ("x", np.array([0.5, 0.5, 0.5]))],
    "x": [],
}
LOSSES = {
    "first": [("h", np.array([[1.0, 2.0]]))],
    "second": [("h", np.array([[0.0, -1.0]])), ("first", TWO)],
    "h": [("w", TURN)],
    "w": [],
    "alone": [],
}
FROZEN = {
    "y": [("h", TURN), ("frozen", None)],
    "frozen": [("image", None)],
    "h": [("w", np.array([3.0, 1.0])), ("image", None)],
    "w": [],
    "image": [],
    "other": [("w", None)],
}


# Numbers


def on(result, left, name, *right):
    """The step that applies an operator or a method to an earlier result."""
    return call(result, *right).on(left, name)


def slopes(step: str, *names: str) -> list:
    """Derivatives by one name after the other, and the value of each."""
    steps = []
    for number, name in enumerate(names, 1):
        steps.append(on(f"derivative_{number}", step, "derivative", name))
        steps.append(get(f"slope_{number}", f"derivative_{number}", "data"))
        step = f"derivative_{number}"
    return steps


def chain(title: str, steps: list, *names: str) -> Check:
    """The value of the last step, and its derivatives of higher and higher order."""
    last = steps[-1].name
    every = [*steps, get("value", last, "data"), *slopes(last, *names)]
    return Check(title, every, ["value", *(f"slope_{number}" for number in range(1, len(names) + 1))])


X, Y = call("x", 2.0, "x"), call("y", 5.0, "y")
PRODUCT = [on("product", "x", "__mul__", Ref("y")), on("z", "product", "__sub__", 1)]
QUOTIENT = [on("top", "x", "__rsub__", 3), on("z", "top", "__truediv__", Ref("y"))]
ROOT = [on("log", "x", "log"), on("half", "log", "__truediv__", 2), on("z", "half", "exp")]

# Networks

LAYERS = [
    {"W": np.array([[0.5, -1.0], [1.5, 0.5]]), "b": np.array([0.1, -0.2])},
    {"W": np.array([[1.0, 0.5], [-0.5, 2.0]]), "b": np.array([0.0, 0.3])},
    {"W": np.array([[-1.0, 1.0], [0.5, 1.5]]), "b": np.array([0.2, -0.1])},
]
LAST = [{"W": np.array([[1.0, -1.0], [0.5, 2.0], [0.0, 1.0]]), "b": np.array([0.0, 0.5, -0.5])}]
BATCH = np.array([[1.0, 2.0], [-1.0, 0.5], [0.5, -1.0]])
LABELS = np.array([1, 0, 1])
AT_ZERO = [{"W": np.array([[1.0, -1.0], [1.0, 1.0]]), "b": np.zeros(2)}, LAYERS[2]]
PADDED = np.array([[1.0, 2.0], [np.nan, 7.0], [-1.0, 0.5], [0.5, -1.0]])


def network(title: str, layers: list, x: np.ndarray, labels: np.ndarray, **options) -> Check:
    return Check(title, [call("result", layers, x, labels, **options)])


QUESTIONS = {
    "difference": Question(
        hints=[
            "Write the four points for x = [0, 4] and step = 0.5 on paper before you write a loop. Which of their "
            "entries differ from x? If the points are right and the Jacobian is not, print the shape of "
            "values[0::2].",
            "Work with x.ravel(): an array of 2n copies of it, in which row 2k has its entry k moved up and row 2k + "
            "1 the same entry moved down; then give it the shape (2n, *x.shape). In `jacobian`, (values[0::2] - "
            "values[1::2]) has the entries of x in front, and the result wants them at the end: np.moveaxis. The "
            "distances come from the points as float64.",
        ],
        checks=[
            probe("two numbers: the points", np.array([0.0, 4.0]), 0.5, [0.5, 2.0]),
            probe(
                "two numbers, a function with three values",
                np.array([0.0, 4.0]),
                0.5,
                [0.5, 2.0],
                lambda x: np.array([x[0] ** 2, x[0] * x[1], x[1] ** 3]),
            ),
            probe("a matrix, the default step", np.array([[1.0, -100.0], [0.0, 8.0]]), None, []),
            probe("float32, the default step, f(x) = x", SINGLE, None, SINGLE_STEPS, lambda x: x),
            probe("integers, complex values", np.array([3, -2]), 0.25, [0.75, 0.5], lambda x: x @ [1 + 2j, -1j]),
            probe("one number", np.array(2.0), 0.125, [0.25], lambda x: x**2),
        ],
    ),
    "unbroadcast": Question(
        hints=[
            "Give `grad` and `shape` as many axes as `out_shape` has, by ones in front. Then ask of each axis: does "
            "the operand have it once, or in full? Is the gradient stored once, or in full? Four cases; what happens "
            "in each?",
            "Operand once, gradient in full: sum, keepdims. Operand once, gradient once: multiply by the length in "
            "out_shape. Operand in full, gradient in full: nothing. Operand in full, gradient once: broadcast to the "
            "operand's length. At the end, reshape to `shape`.",
        ],
        checks=[
            Check("a bias", [call("g", np.array([[1.0, 2.0], [3.0, 5.0]]), (2,), (2, 2))]),
            Check("a column", [call("g", np.array([[1.0, 2.0, 4.0], [3.0, 5.0, 8.0]]), (2, 1), (2, 3))]),
            Check("a single number", [call("g", np.array([[1.0, 2.0, 4.0], [3.0, 5.0, 8.0]]), (), (2, 3))]),
            Check("one number stands for all", [call("g", np.array(0.5), (3,), (2, 3))]),
            Check("one row stands for all", [call("g", np.array([1.0, 2.0, 4.0]), (4, 1), (4, 3))]),
            Check("too large to be made", [call("g", np.array([[1.5], [2.0]]), (2, 1), (2, 10**9, 2, 10**9))]),
        ],
    ),
    "vjp": Question(
        hints=[
            "For each operation take an example that fits on a line: one matrix of two by two, one sum of two rows. "
            "Move one entry of the input by a little: which entries of the output move, and how much? Those are the "
            "gradients it collects.",
            "Give `grad` (and `output`) the reduced axes back with np.expand_dims unless keepdims has kept them; "
            "then everything broadcasts against x. Products: with a[None, :] for a vector on the left and b[:, None] "
            "for one on the right, the two lines for matrices do it all, followed by sum_to and reshape. Take: "
            "np.add.at adds repeatedly where `+=` with an index array does not. logsumexp: the softmax is exp(x - "
            "output).",
        ],
        checks=[
            pull("matmul: two square matrices", "matmul", GRAD, SQUARE, OTHER),
            pull("matmul: a batch with one matrix", "matmul", CUBE_GRAD, CUBE, OTHER),
            pull("matmul: a matrix with a vector", "matmul", np.array([1.0, -2.0]), SQUARE, np.array([3.0, 4.0])),
            pull("sum along the first axis of a square", "sum", np.array([1.0, 2.0]), SQUARE, axis=0),
            pull("sum along the last axis of a square", "sum", np.array([1.0, 2.0]), SQUARE, axis=-1),
            pull("max, with a tie", "max", np.array([[1.0], [2.0]]), TIED, axis=1, keepdims=True),
            pull("logsumexp, with masked scores", "logsumexp", np.array([2.0, 3.0]), SCORES, axis=-1),
            pull("logsumexp of large scores", "logsumexp", np.array(2.0), np.array([1e4, 1e4 - 1])),
            pull(
                "where, with inf in the gradient",
                "where",
                np.array([[1.0, np.inf, 3.0], [2.0, np.inf, 5.0]]),
                np.array([True, False, True]),
                np.ones((2, 3)),
                np.ones(3),
            ),
            pull("take: rows, one of them twice", "take", CUBE_GRAD[0], SQUARE, np.array([1, 1]), axis=0),
            pull("take: along the last axis, from the end", "take", GRAD, TIED, np.array([-1, 0]), axis=1),
        ],
    ),
    "backward": Question(
        hints=[
            "Three tasks, one after the other: an order in which every name comes before what it was computed from; "
            "which names lead to a wanted one; and the walk itself. Print the order for the diamond first. May "
            "`right` come before `top`?",
            "Order: depth first with a list as stack, where each name is pushed twice, once to open it and once to "
            "close it. Closed names come after all their inputs; walk that list backwards. Useful names: in the "
            "order of closing, a name is useful if it is wanted or one of its inputs is. The walk: for a matrix J.T "
            "@ g, for a diagonal d * g, added to what the input has.",
        ],
        checks=[
            Check(
                "one square Jacobian",
                [call("grads", {"x": [], "y": [("x", TURN)]}, {"y": np.array([1.0, 10.0])}, ["x"])],
            ),
            Check(
                "short cuts, names in a wild order", [call("grads", DIAMOND, {"top": np.array([1.0])}, ["x", "left"])]
            ),
            Check("an input used twice, diagonals", [call("grads", TWICE, {"y": np.array([1.0, 2.0])}, ["x", "y"])]),
            Check(
                "two losses, and one out of reach",
                [call("grads", LOSSES, {"first": np.ones(1), "second": np.array([0.5])}, ["w", "first", "alone"])],
            ),
            Check("what nobody asks for", [call("grads", FROZEN, {"y": np.array([1.0, 2.0])}, ["w"])]),
            Check(
                "two calls",
                [
                    call("once", TWICE, {"y": np.array([1.0, 2.0])}, ["x"]),
                    call("again", TWICE, {"y": np.array([1.0, 2.0])}, ["x"]),
                ],
            ),
        ],
        unseen=["recursion"],
    ),
    "number": Question(
        hints=[
            "Begin with + and * alone, and with first derivatives. What does each result have to remember, so that a "
            "derivative that arrives can be handed on? In which order are they visited?",
            "Remember for each operand a function from the derivative that arrives (a Number) to the operand's share "
            "(a Number again, made with the same operators): for a product `lambda grad: grad * other`. Collect "
            "shares in a dictionary by id(number), visit in topological order with a stack of your own, and add up "
            "the shares of all numbers that have the name.",
        ],
        checks=[
            chain(
                "the value of 2 * x - y",
                [X, Y, on("double", "x", "__rmul__", 2), on("z", "double", "__sub__", Ref("y"))],
            ),
            chain("x + 1, by x", [X, on("z", "x", "__add__", 1)], "x"),
            chain("x * x, twice by x", [X, on("z", "x", "__mul__", Ref("x"))], "x", "x"),
            chain("x * y - 1, by y, then by x", [X, Y, *PRODUCT], "y", "x"),
            chain("(3 - x) / y, by x", [X, Y, *QUOTIENT], "x"),
            chain("2 / x, three times by x", [X, on("z", "x", "__rtruediv__", 2)], "x", "x", "x"),
            chain("x ** 3, four times by x", [X, on("z", "x", "__pow__", 3)], "x", "x", "x", "x"),
            chain("x ** 2 at 0, three times by x", [call("x", 0.0, "x"), on("z", "x", "__pow__", 2)], "x", "x", "x"),
            chain("exp(log(x) / 2), by x", [X, *ROOT], "x"),
            chain("tanh, four times by x", [call("x", 0.5, "x"), on("z", "x", "tanh")], "x", "x", "x", "x"),
            chain("x by a stranger", [X], "stranger"),
            Check(
                "asked twice",
                [X, on("z", "x", "__pow__", 2), *slopes("z", "x"), on("again", "z", "derivative", "x")]
                + [get("same_slope", "again", "data")],
                ["slope_1", "same_slope"],
            ),
        ],
        unseen=["recursion"],
    ),
    "mlp": Question(
        parts=["loss", "grads"],
        hints=[
            "One layer first, without options: what is the gradient of the loss with respect to the scores? Write "
            "the shape beside every line. With more layers: what of the way up do you need on the way down?",
            "Throw padding away before anything else: x[labels >= 0]. Scores: (softmax - one-hot), each row times "
            "its weight over the sum of weights. Then from the last layer to the first: times the slope of f; that "
            "times the layer's input, summed over rows, is the gradient of W; @ W brings it to the layer below, and "
            "a residual path adds what came in.",
        ],
        checks=[
            network("one layer, three classes", LAST, BATCH, np.array([1, 0, 2])),
            network("three layers", LAYERS, BATCH, LABELS),
            network(
                "relu, with a unit at exactly 0",
                AT_ZERO,
                np.array([[1.0, 1.0], [0.5, 2.0]]),
                LABELS[:2],
                activation="relu",
            ),
            network("residual", LAYERS, BATCH, LABELS, residual=True),
            network("weights", LAYERS[1:], BATCH, LABELS, weights=np.array([2.0, 0.0, 0.5])),
            network("padding", LAYERS[1:], BATCH, np.array([1, -1, 0])),
            network("padding that holds nan", LAYERS[1:], PADDED, np.array([1, -1, 0, 1])),
            network("padding alone, and l2", LAYERS[1:], PADDED, np.full(4, -1), l2=0.1),
            network("weights that are all 0", LAYERS[1:], BATCH, LABELS, weights=np.zeros(3)),
            network("l2", LAYERS[1:], BATCH, LABELS, l2=0.1),
            network("large scores", [{"W": 1e4 * LAST[0]["W"], "b": LAST[0]["b"]}], BATCH, np.array([1, 0, 2])),
        ],
    ),
}
