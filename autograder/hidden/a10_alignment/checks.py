"""The visible checks of a10_alignment: small cases that a student can follow on paper."""

import numpy as np

from autograder.checkdata import Check, Question, Ref, call, get

# A walk under any rule

PLAIN = [[(1, 1, 1)], [(1, 0, 1)], [(0, 1, 1)]]
TWICE = [[(1, 1, 2)], [(1, 0, 1)], [(0, 1, 1)]]
SLOPE_1 = [[(1, 1, 2)], [(1, 1, 2), (1, 0, 1)], [(1, 1, 2), (0, 1, 1)]]
X, Y = np.array([0.0, 1, 3, 1, 0]), np.array([0.0, 0, 0, 2, 3, 1])
SPIKES = np.array([0.0, 0, 0, 0, 1, 0]), np.array([0.0, 1, 0, 0, 0, 0])
FILM = np.array([9.0, 0, 1, 3, 3.5, 2, 8, 1])
CORNER = [[(1, 1, 1)], [(2, 0, 1), (0, 2, 1)]]
CLOSED_CORNER = np.array([[1.0, 9, 0, 9], [9, 5, 9, 0], [0, 9, 5, 9], [9, 0, 9, 1]])


def table(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x[:, None] - y) ** 2


def walk(title: str, d: np.ndarray, moves: list, **options) -> Check:
    return Check(title, [call("found", d, d.shape, moves, **options)])


# An average

AVERAGE = np.array([[0.0, 1.0, 2.0], [5.0, 5.0, 5.0]])
VIEWS = [np.array([[0.0, 3.0], [1.0, 2.0]]), np.array([[1.0, 1.0, 4.0, 6.0], [0.0, 2.0, 2.0, 4.0]])]
PATHS = [np.array([[0, 1, 2, 2], [0, 0, 1, 1]]), np.array([[0, 0, 1, 2], [0, 1, 2, 3]])]
LOST = [np.array([[0.0, np.nan], [1.0, np.nan]]), np.array([[np.nan, 1.0, 4.0, 6.0], [0.0, 2.0, np.nan, np.nan]])]


def average(title: str, views: list, **options) -> Check:
    return Check(title, [call("result", AVERAGE, views, PATHS, **options)])


# The half-step in space

SOUND = np.array([[1.0, 2.0, 4.0, 3.0, 5.0], [0.0, 1.0, 0.0, -2.0, 1.0], [2.0, 2.0, 1.0, 0.0, 4.0]])
FILMED = np.array([[2.0, 2.0, 5.0, 7.0], [1.0, 0.0, 0.0, 3.0]])
SECOND = np.array([[8.0, 9.0, 7.0], [3.0, 5.0, 3.0], [1.0, 0.0, 2.0]]), np.array([[1.0, 3.0, 2.0], [2.0, 2.0, -1.0]])
STEPS = np.array([[0, 1, 2, 2, 3, 4, 4], [0, 1, 1, 2, 2, 2, 3]]), np.array([[0, 1, 2, 2, 2], [0, 0, 1, 2, 2]])


def space(title: str, pairs: int, k: int, look: list, **options) -> Check:
    """Looks at U and V by way of one more call: signs are free, so what is compared has none."""
    xs, ys = [SOUND, SECOND[0]][:pairs], [FILMED, SECOND[1]][:pairs]
    return Check(title, [call("result", xs, ys, list(STEPS[:pairs]), k, **options)], look)


# The loop

TURNS = [
    np.array([[0, 1, 2, 3], [0, 1, 2, 2]]),
    np.array([[0, 1, 2, 3], [0, 0, 1, 2]]),
    np.array([[0, 1, 1, 2, 3], [0, 0, 1, 2, 2]]),
    np.array([[0, 0, 1, 2, 3], [0, 1, 1, 1, 2]]),
]


def books(title: str, told: list, expect: tuple = ("path", "best", "best_cost", "costs", "reason"), **options) -> Check:
    """A loop that is told (cost, number of the next path, walked), and what its attributes are then."""
    steps = [call("loop", TURNS[0], **options)]
    for number, (cost, turn, walked) in enumerate(told, 1):
        steps.append(call(f"told_{number}", cost, TURNS[turn], walked).on("loop", "tell"))
    return Check(title, steps + [get(name, "loop", name) for name in expect], list(expect))


# Three clocks

MOMENT = np.linspace(0, 1, 8)
CURVES = np.stack([MOMENT, MOMENT**0.5, MOMENT**2], axis=1)
LINES = [
    np.array([[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]),
    np.array([[0.0, 2.5, 5.0]]),
    np.array([[0.0, 1.25, 2.5, 3.75, 5.0]]),
]
WAVES = [np.sin(np.linspace(0, 2.2, n) ** power + 0.4)[None] for n, power in ((6, 1.0), (5, 1.6), (9, 0.7))]
NEAR = np.array([0.0, 0.47, 0.5, 0.53, 1.0])
NEAR = np.stack([NEAR, NEAR**0.375, NEAR**3], axis=1)
CLIFF = [np.array([[-1.5, -1.47, -1.42, -1.33, -1.1, 0.0, 1.1, 1.33, 1.42, 1.47, 1.5]]), np.zeros((1, 6))]
HALVES = [np.array([0.4, 0.4, 0.2]), np.array([0.5, 0.2, 0.3]), np.array([0.3, 0.3, 0.4])]
CORNERS = [np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])]


def clocks(title: str, views: list, weights: list, curves=CURVES, **options) -> Check:
    steps = [call("result", views, [curves] * len(views), weights[: len(views)], **options)]
    return Check(title, steps, None, "close", {"rtol": 1e-3, "atol": 1e-4})


# Two networks

MATRIX = [(np.array([[1.0, 0.5, -0.5], [0.0, 1.0, 1.0]]), np.array([0.1, -0.2]))]
NETWORK = [
    (np.array([[0.6, -0.4], [0.3, 0.8], [-0.7, 0.2]]), np.array([0.1, 0.0, -0.3])),
    (np.array([[0.9, -0.5, 0.4], [0.2, 0.7, -1.1]]), np.array([0.2, 0.1])),
]
ROWS_X, ROWS_Y = SOUND.T / 2, FILMED.T / 3
TRUST = np.array([1.0, 2.0, 0.5, 0.0, 1.0, 3.0, 1.0])


def deep(title: str, layers: tuple, method: str, *args, **options) -> Check:
    made = call("module", *layers, ridge=options.pop("ridge", 0.05))
    return Check(title, [made, call(method, *args).on("module", method)], [method], "close", {"rtol": 1e-5})


def gradient(title: str, net: str, layer: int, x_layers: list, x: np.ndarray) -> Check:
    """The gradients of one layer, after backward()."""
    steps = [
        call("module", x_layers, NETWORK, ridge=0.05),
        call("loss", x, ROWS_Y, STEPS[0]).on("module", "loss"),
        call("back").on("loss", "backward"),
        get("net", "module", net),
        call("layer", layer).on("net", "__getitem__"),
        get("weight", "layer", "weight"),
        get("slope", "weight", "grad"),
        get("bias", "layer", "bias"),
        get("bias_slope", "bias", "grad"),
    ]
    return Check(title, steps, ["slope", "bias_slope"], "close", {"rtol": 1e-5})


QUESTIONS = {
    "warp": Question(
        parts=["total", "path"],
        hints=[
            "Fill in the table for d = [[1, 2], [4, 1]] by hand, with the plain moves and with the diagonal at 2, and "
            "write beside each cell where it came from. Which cells does the second move of `slope_1` enter, from "
            "where, and what does it pay for each? Does your program enter the same?",
            (
                "First d: an array of infinities, into which you write each open cell's cost once. Then for each "
                "cell the best way so far, infinity at first: perhaps a start, then each move in its order, from "
                "(i, j) less the sum of its steps, walking forward and adding weight times d; keep it if it is "
                "*strictly* cheaper. An infinite d closes whatever enters it. Keep the cells before the last for "
                "each winner, and walk back."
            ),
        ],
        checks=[
            walk("plain moves", table(X, Y), PLAIN),
            walk("a diagonal that counts twice", table(X, Y) + 1, TWICE),
            walk("to the side only after a diagonal", table(X, Y) + 0.5, SLOPE_1),
            walk("spikes, and a radius of 3", table(*SPIKES), PLAIN, radius=3),
            walk("a move around a closed corner", CLOSED_CORNER, CORNER, radius=1),
            walk("a radius that is too small", table(X, Y[[0, 1, 2, 2, 3, 4, 5]]), PLAIN, radius=1),
            walk("a clip in a film", table(X[1:4], FILM) + 0.25, PLAIN, open_start=True, open_end=True),
            walk("nothing costs anything", np.zeros((2, 3)), PLAIN, open_start=True, open_end=True),
            walk("ties, sides first", np.ones((3, 3)), TWICE[1:] + TWICE[:1]),
        ],
        unseen=["asks_for_all", "asks_twice"],
    ),
    "average": Question(
        parts=["average", "links", "cost"],
        hints=[
            (
                "Write J for a single frame of the average and a single row, as a sum over all steps of all "
                "recordings that show this frame. Where is its derivative 0? Count for the first check how many "
                "terms the last frame has."
            ),
            (
                "For each recording make A by counting pairs (np.add.at does; `A[i, j] += 1` with arrays counts "
                "a pair that comes twice only once). The sum of what the frames see is w * x @ A.T with nan "
                "replaced by 0, the count is w * measured @ A.T, and the new average is their quotient wherever "
                "the count is above 0."
            ),
        ],
        checks=[
            average("two recordings", VIEWS),
            average("weights 2 and 0.5", VIEWS, weights=[2.0, 0.5]),
            average("lost measures", LOST),
            average("weights 3 and 0, lost measures", LOST, weights=[3.0, 0.0]),
        ],
    ),
    "space": Question(
        parts=["U", "V", "mean_x", "mean_y", "cost"],
        hints=[
            (
                "Check the conditions on what you return: with x stretched and centred, what is U.T @ x @ x.T @ "
                "U / N? Is U.T @ S_xy @ V diagonal? If the first is no identity, look at the factor; if the mean "
                "of U.T @ x is not 0, at the order of stretching and centring."
            ),
            (
                "With C_x = R R.T and C_y = Q Q.T (np.linalg.cholesky), U = inv(R).T @ A and V = inv(Q).T @ B, "
                "where A and B have orthonormal columns, and tr(U.T S_xy V) = tr(A.T K B) with K = inv(R) @ S_xy "
                "@ inv(Q).T. The first k singular vectors of K make it largest."
            ),
        ],
        checks=[
            space("one pair: means and cost", 1, 2, [Ref("result", 2), Ref("result", 3), Ref("result", 4)]),
            space("one number: the cost", 1, 1, [Ref("result", 4)]),
            space("two pairs: means and cost", 2, 2, [Ref("result", 2), Ref("result", 3), Ref("result", 4)]),
            space("two pairs and a ridge: the cost", 2, 2, [Ref("result", 4)], shrink=0.25),
            space("two pairs and a ridge, one number: the cost", 2, 1, [Ref("result", 4)], shrink=0.5),
        ],
    ),
    "loop": Question(
        hints=[
            (
                "Write a table by hand for the first check, one line for each `tell`: which path had its turn, "
                "what it cost, what is the best after that, and which paths have been seen. Which of the columns "
                "does your object keep?"
            ),
            (
                "Keep a list of all paths that had a turn, beginning with the start. In `tell`: first the cost "
                "that failed, then the walk that rises, and only then write: the cost, perhaps a new best "
                "(self.path, not the argument!), and then ask np.array_equal with every path in the list, then "
                "the number of sweeps."
            ),
        ],
        checks=[
            books("before anything is told", []),
            books("the second of three is the best", [(1.5, 1, 0.25), (1.25, 2, 1.25), (1.75, 3, 0.5)]),
            books("a path from long ago", [(1.5, 1, 1.0), (1.25, 2, 1.0), (1.5, 1, 1.25)]),
            books("equal costs, then the same path again", [(1.5, 1, 1.5), (1.5, 1, 1.5)]),
            books("two sweeps", [(2.0, 1, 1.5), (1.0, 2, 0.5)], sweeps=2),
            books("the start again, in the last sweep", [(2.0, 0, 2.0)], sweeps=1),
            books("a walk of the same cost, but for rounding", [(2.0, 1, 2.0 + 4e-10)]),
            books("a cost of nan", [(2.0, 1, 1.5), (float("nan"), 2, 1.5)]),
        ],
        unseen=["rise_let_through", "told_before_checked"],
    ),
    "clocks": Question(
        parts=["weights", "cost"],
        hints=[
            (
                "Test your G before anything else: move one weight by 1e-6 and compare the change of v with G's "
                "column. Then the model: with two straight lines it must bring the cost to almost 0 in one step."
            ),
            "For each pair i < j the rows of M are sqrt(c) G_i in the columns of a_i and minus sqrt(c) G_j in those of "
            "a_j, and r = M @ a - sqrt(c) (v_i - v_j). Below them sqrt(damping) times the identity, with sqrt(damping) "
            "times the old weights in r; below those a heavy row of ones for each recording. nnls gives z = a + delta.",
        ],
        checks=[
            clocks("two straight lines", LINES[:2], HALVES, damping=1e-6),
            clocks("three straight lines, damped", LINES, HALVES, damping=2.0),
            clocks("three waves", WAVES, HALVES, damping=0.02),
            clocks("three waves, from the corners", WAVES, CORNERS, damping=0.02),
            clocks("a cliff, seen from its foot", CLIFF, [np.array([0.3, 0.15, 0.55])] * 2, curves=NEAR, damping=1e-4),
            clocks("moments", WAVES, HALVES, damping=0.02, moments=np.array([1.0, 4, 0, 0, 1, 1, 3, 1])),
        ],
    ),
    "deep": Question(
        hints=[
            (
                "Test the loss with two recordings that are the same, two networks that start the same, and the "
                "path (0, 0), (1, 1), ...: with a tiny ridge it is -k. If only weighted cases fail, look for a "
                "mean or a 1 / l without weights."
            ),
            (
                "f = self.x_net(x), then the mean of f[path[0]] with weights c / c.sum(), subtracted from *all* "
                "frames; the steps of the path are a = f[path[0]] and b = g[path[1]]. S = a.T @ (c[:, None] * a) "
                "and so on, R from torch.linalg.cholesky, K by two solve_triangular. For the table use the same "
                "f and g, with R and the singular vectors of K, and no path any more."
            ),
        ],
        checks=[
            deep("loss", (MATRIX, NETWORK), "loss", ROWS_X, ROWS_Y, STEPS[0]),
            deep(
                "loss, two networks of one shape",
                (NETWORK, NETWORK),
                "loss",
                ROWS_X[:, :2],
                ROWS_Y,
                STEPS[0],
                ridge=0.2,
            ),
            deep("loss with weights", (MATRIX, NETWORK), "loss", ROWS_X, ROWS_Y, STEPS[0], TRUST),
            deep("distances", (MATRIX, NETWORK), "distances", ROWS_X, ROWS_Y, STEPS[0]),
            gradient("gradient of the matrix", "x_net", 0, MATRIX, ROWS_X),
            gradient("gradient of the network's first layer", "y_net", 0, MATRIX, ROWS_X),
            gradient("gradient of the second of two that start equal", "y_net", 2, NETWORK, ROWS_X[:, :2]),
        ],
    ),
}
