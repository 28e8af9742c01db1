"""The visible checks of a09_representations: small cases that a student can follow on paper."""

import numpy as np

from autograder.checkdata import Check, Question, Ref, call, get

# Fusion

TWO = [np.array([[2.0, 3.0]]), np.array([[5.0]])]
THREE = [np.array([[2.0], [4.0], [0.0]]), np.array([[3.0, -1.0], [np.nan, np.nan], [2.0, 1.0]]), np.array([[5.0]] * 3)]
THERE = np.array([[True, True, True], [True, False, True], [True, True, False]])
WHOLE = [np.array([[2.0], [4.0]]), np.array([[3.0, -1.0], [0.5, 7.0]]), np.array([[5.0], [6.0]])]
SINGLE = [np.array([2.0, 3.0]), np.array([5.0, 7.0])]
NARROW = [np.array([[2.0]], np.float32), np.array([[3.0]], np.float32)]
PULL_TWO = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
PULL_THREE = np.arange(1.0, 37.0).reshape(3, 12)
DROPPED = np.where([[True, True, True, False, True, False]], np.nan, PULL_TWO)  # only order 1 is kept

# A module whose numbers follow a rule, so that one can compute along: factors[m][r, d, h] = 0.5 (d + 1) (r + 1)


def filled(*sizes, outputs=1, rank=2):
    """Make a layer and fill its factors in place."""
    steps = [call("layer", list(sizes), outputs, rank), get("factors", "layer", "factors")]
    for m in range(len(sizes)):
        steps += [
            get(f"factor_{m}", Ref("factors", m), "data"),
            call(f"filled_{m}", 0.5).on(f"factor_{m}", "fill_"),
            call(f"rows_{m}", 1).on(f"factor_{m}", "cumsum_"),
            call(f"ranks_{m}", 0).on(f"factor_{m}", "cumsum_"),
        ]
    return [*steps, get("weights", "layer", "weights"), get("bias", "layer", "bias")]


def settled():
    """Give the weights of the ranks and the bias numbers of their own, too."""
    return [
        get("weights_data", "weights", "data"),
        call("weights_set", 0).on("weights_data", "cumsum_"),
        get("bias_data", "bias", "data"),
        call("bias_set", 0.25).on("bias_data", "fill_"),
    ]


PAIR = [np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([[2.0], [1.0]])]
HALF = [np.array([[1.0, -1.0], [np.nan, np.nan]]), np.array([[np.nan], [1.0]])]
HALF_THERE = np.array([[True, False], [False, True]])

# Views: the columns of a design, mixed. Their covariances are small numbers.

DESIGN = np.array([[1, 1, 1], [1, 1, -1], [1, -1, 1], [1, -1, -1], [-1, 1, 1], [-1, 1, -1], [-1, -1, 1], [-1, -1, -1]])
X = DESIGN @ np.array([[2.0, 1.0], [0.0, 1.0], [0.0, 0.0]]) + np.array([10.0, -4.0])
Y = DESIGN @ np.array([[1.0, -1.0], [0.0, 1.0], [1.0, 3.0]]) + np.array([3.0, 0.0])
COPIES = np.array([1.0, 2.0, 1.0, 0.0, 3.0, 1.0, 1.0, 2.0])
X_GONE = np.where(COPIES[:, None] == 0, np.nan, X)
WIDE = [np.hstack([view, view[:, :1] - view[:, 1:]]) for view in (X, Y)]
FIT = ["correlations", "x_directions", "y_directions"]


def fit(title, *data, components=2, look=FIT, more=(), **options):
    """Fit, look at attributes, and perhaps transform."""
    steps = [call("cca", components, **options), call("fitted", *data).on("cca", "fit")]
    steps += [get(name, "cca", name) for name in look]
    return Check(title, [*steps, *more], [*look, *(step.name for step in more)], options={"rtol": 1e-6, "atol": 1e-6})


def backward(title, x, y, **options):
    """The gradients of the loss with respect to both views."""
    return Check(
        title,
        [
            call("plain", x, y, **options),
            call("x", x, requires_grad=True).on("plain", "new_tensor"),
            call("y", y, requires_grad=True).on("plain", "new_tensor"),
            call("f", 1.0).on("x", "mul"),  # outputs of two networks, as it were
            call("g", 1.0).on("y", "mul"),
            call("loss", Ref("f"), Ref("g"), **options),
            call("done").on("loss", "backward"),
            get("x_grad", "x", "grad"),
            get("y_grad", "y", "grad"),
        ],
        ["x_grad", "y_grad"],
        options={"rtol": 1e-6, "atol": 1e-7},
    )


WHITE = DESIGN[::2, :2].astype(float)  # two columns, exactly white
THIRD = np.array([[1.0, 1.0], [0.0, -1.0], [-1.0, 0.5], [2.0, -1.0], [1.0, 0.5], [-3.0, 0.0]])
FOURTH = np.array([[1.0, 0.0], [1.0, -1.0], [-1.0, 0.0], [1.0, -2.0], [0.5, 1.0], [-2.0, 1.0]])
SOME = np.array([1.0, 2.0, 0.5, 1.0, 0.0, 1.5])
THIRD_GONE = np.where(SOME[:, None] == 0, np.nan, THIRD)

NETWORKS = {
    "f": np.array([[1.0], [0.5]]),
    "g": np.array([[0.5], [-1.0]]),
    "p": np.array([[0.5, 1.0]]),
    "q": np.array([[1.0, -0.5]]),
}


def chunks(title, chunk, networks=NETWORKS, look=(0, 1), **options):
    """The loss and the gradients of linear networks."""
    options = {"weight": 0.5, "ridge": 0.1} | options
    return Check(
        title,
        [call("result", THIRD, FOURTH, networks, chunk=chunk, **options)],
        [Ref("result", part) for part in look],
        options={"rtol": 1e-6, "atol": 1e-8},
    )


SCORES = np.array([[0.9, 0.7, 0.8, 0.2, 0.1], [0.1, 0.3, 0.5, 0.7, 0.2]])
HITS = np.array([[True, False, True, False, True], [False, True, False, False, True]])
TIED = np.array([[2.0, 1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0]])
PADDED = np.array([[0.9, 0.8, np.nan, 0.4], [0.5, 0.6, 0.7, 0.1]])
MARKED = np.array([[False, True, True, False], [False, False, True, True]])
VALID = np.array([[True, True, False, True], [True, True, False, True]])

QUESTIONS = {
    "fuse": Question(
        hints=[
            (
                "Write down the six entries for parts [2, 3] and [5], with their 1, and for each of them how "
                "many of the two parts it multiplies. Which of them are left when the 5 is missing?"
            ),
            (
                "np.where(present[..., m, None], part, 0) leaves a missing part out, before the 1 is appended. "
                "Then go from part to part: the tensor so far, shape (..., A), and the next part, shape (..., "
                "B), give (..., A, B), flattened to (..., A * B). The orders of the entries can be built on the "
                "same way, by adding where the tensor multiplies."
            ),
        ],
        checks=[
            Check("two parts of one sample", [call("fused", TWO)]),
            Check("three parts, two samples", [call("fused", WHOLE)]),
            Check("three parts, some missing", [call("fused", THREE, THERE)]),
            Check(
                "singles and the constant, then the products of three and of one",
                [call("up_to_one", WHOLE, orders=[0, 1]), call("odd", WHOLE, orders=[3, 1])],
            ),
            Check("no batch at all", [call("fused", SINGLE, np.array([False, True]))]),
        ],
        unseen=["float64_back"],
    ),
    "backward": Question(
        hints=[
            (
                "Take two parts [2] and [5]. The four entries are 10, 2, 5, 1. If the first part grows by a "
                "little, which of them grow, and by how much? The gradient of the 2 adds up those shares, each "
                "times its entry of grad."
            ),
            (
                "Give grad the shape (..., D_1 + 1, D_2 + 1, ...). For two parts np.einsum('...ij,...j->...i', "
                "grad, y1), with y and its 1 in y1, is the gradient of x and its 1; cut the last entry off. For "
                "three there are two such factors. Set grad to 0 with np.where where it was not kept, and the "
                "result where a part was missing."
            ),
        ],
        checks=[
            Check("two parts of one sample", [call("gradients", TWO, PULL_TWO)]),
            Check("a part that is zero", [call("gradients", [np.zeros((1, 2)), np.array([[5.0]])], PULL_TWO)]),
            Check("three parts, two samples", [call("gradients", WHOLE, PULL_THREE[:2])]),
            Check("three parts, some missing", [call("gradients", THREE, PULL_THREE, THERE)]),
            Check("order 1 alone", [call("gradients", TWO, PULL_TWO, orders=[1])]),
            Check("order 1 alone, nan elsewhere", [call("gradients", TWO, DROPPED, orders=[1])]),
            Check("no batch at all", [call("gradients", SINGLE, np.arange(9.0), np.array([False, True]))]),
        ],
    ),
    "low_rank": Question(
        hints=[
            (
                "Compute the first check on paper: one output and two ranks, so two brackets for each part. "
                "Multiply the two brackets of rank 1, then those of rank 2, and only then add. What does a "
                "missing part contribute to its bracket?"
            ),
            (
                "part @ factor, (B, D + 1) with (R, D + 1, outputs), is (R, B, outputs): all brackets of a part "
                "at once. Multiply these over the parts, then add over R with the weights. "
                "torch.where(present[:, m, None], part, 0.0) comes before everything else, or nan finds its way "
                "into a gradient."
            ),
        ],
        checks=[
            Check(
                "two parts, by the rule 0.5 (d + 1) (r + 1)",
                [*filled(2, 1), call("out", PAIR).on("layer")],
                ["weights", "bias", "out"],
                options={"rtol": 1e-5},
            ),
            Check(
                "weights 1, 2 and bias 0.25",
                [*filled(2, 1), *settled(), call("out", PAIR).on("layer")],
                ["out"],
                options={"rtol": 1e-5},
            ),
            Check(
                "missing parts",
                [*filled(2, 1), call("out", HALF, HALF_THERE).on("layer")],
                ["out"],
                options={"rtol": 1e-5},
            ),
            Check(
                "the gradients, with missing parts",
                [
                    *filled(2, 1),
                    *settled(),
                    call("out", HALF, HALF_THERE).on("layer"),
                    call("total").on("out", "sum"),
                    call("done").on("total", "backward"),
                    get("weights_grad", "weights", "grad"),
                    get("factor_grad", Ref("factors", 0), "grad"),
                ],
                ["weights_grad", "factor_grad"],
                options={"rtol": 1e-5},
            ),
        ],
    ),
    "cca": Question(
        hints=[
            (
                "Print the two covariances of the first check, and the inverse roots. Is root @ Sigma @ root the "
                "identity, for each view? If so, the singular values are the correlations. If all is right "
                "without weights and wrong with them: what is the mean of two samples of weights 1 and 3?"
            ),
            (
                "Take samples of weight 0 out first. With shares that add up to 1, the mean is shares @ x "
                "and the covariance (shares[:, None] * x).T @ x of the centred x. In the inverse root keep the "
                "eigenvectors whose eigenvalue is above 1e-10 times the largest, and count them. The sign of "
                "each column of U comes from U[np.abs(U).argmax(axis=0), np.arange(k)], and both views are "
                "multiplied by it."
            ),
        ],
        checks=[
            fit("two views far from zero", X, Y),
            fit("a ridge of 0.5, then one for each view", X, Y, ridge=0.5),
            fit("two ridges", X, Y, ridge=(0.1, 2.0), look=["correlations"]),
            fit("weights, one of them 0 with nan", X_GONE, Y, COPIES, ridge=0.5),
            fit("ten times the weights, one pair", X_GONE, Y, 10 * COPIES, components=1, ridge=0.5),
            fit("a column that is the difference of two others, in each view", *WIDE, components=3),
            fit(
                "one new sample of each view",
                X,
                Y,
                look=[],
                more=[
                    call("a", np.array([[1.0, 2.0]])).on("cca", "transform_x"),
                    call("b", np.array([[3.0, -1.0]])).on("cca", "transform_y"),
                ],
            ),
        ],
    ),
    "dcca": Question(
        hints=[
            (
                "Check the value first, with y = x and a tiny ridge: each correlation must be 1. If the value is "
                "right and a gradient is nan, follow it back: does it pass through eigh, through svd with its "
                "vectors, or through a sample that should not be there?"
            ),
            (
                "x[weights > 0] takes samples out, and their gradient is then 0 by itself. torch.linalg.cholesky "
                "gives a lower triangle L with L @ L.T = S. torch.linalg.solve_triangular(L, B, upper=False) is "
                "L^-1 B; what has to be applied from the right as L_y^-T is the same with the transposed matrix, "
                "and transposed once more."
            ),
        ],
        checks=[
            Check("two views", [call("loss", THIRD, FOURTH)], options={"rtol": 1e-6}),
            Check(
                "a large ridge, and a view times 1000",
                [call("loss", THIRD, FOURTH, ridge=0.5), call("same", 1000 * THIRD, FOURTH, ridge=0.5)],
                options={"rtol": 1e-6},
            ),
            Check("one component", [call("loss", THIRD, FOURTH, components=1)], options={"rtol": 1e-6}),
            Check("weights, one of them 0 with nan", [call("loss", THIRD_GONE, FOURTH, SOME)], options={"rtol": 1e-6}),
            backward("the gradients", THIRD, FOURTH, ridge=0.5),
            backward("the gradients where one view is white", WHITE, FOURTH[:4], ridge=0.5),
        ],
    ),
    "dccae": Question(
        hints=[
            (
                "Set weight to 0 and chunk to N: then only the encoders have a gradient, and it is what "
                "backward() of the correlation says at the codes, pulled through them. Next weight = 1. How does "
                "a change of the code reach the loss now? There are two ways."
            ),
            (
                "torch.tensor(codes, requires_grad=True) for both views, loss = -total_correlation(a.T, b.T, "
                "ridge), backward(). For each chunk the decoder's pull gets 2 * weight / N * (reconstruction - "
                "view); the first thing it returns is added to the gradient of the codes of this chunk, and that "
                "is what the encoder's pull gets. Add the second things up."
            ),
        ],
        checks=[
            chunks("all samples in one chunk", 6),
            chunks("chunks of 4 and 2", 4),
            chunks("chunks of 3, correlation alone", 3, weight=0.0),
        ],
        unseen=["empty_chunk", "all_at_once", "encoded_twice"],
    ),
    "ranking": Question(
        hints=[
            (
                "Two tied items, one of them relevant, nothing before: it stands first or second, so AP is 1 or "
                "1/2, and the mean is 3/4. What does your function say? And for a tie of three with two relevant "
                "ones, by hand?"
            ),
            (
                "Go through the different scores of a query from the best to the worst, np.unique(values)[::-1]. "
                "For each: n and r of its tie, add the formula, then add n and r to what was seen. What is not "
                "valid is taken out before. For P@k a tie contributes r / n times as many of its places as lie "
                "before k."
            ),
        ],
        checks=[
            Check("two lists without ties", [call("result", SCORES, HITS, k=2)]),
            Check("ties, cut at 2 and at 7", [call("at_2", TIED, HITS, k=2), call("at_7", TIED, HITS, k=7)]),
            Check("items that are not valid", [call("result", PADDED, MARKED, k=2, valid=VALID)]),
            Check(
                "relevant items that are not in the list",
                [call("result", SCORES, HITS, k=3, total=np.array([4, 2]))],
            ),
            Check(
                "a query without an answer, and one that missed all",
                [
                    call("result", SCORES, HITS & [[True], [False]], k=3),
                    call("missed", SCORES, HITS & [[True], [False]], k=3, total=np.array([3, 2])),
                    call("nothing", SCORES, HITS & False, k=3),
                ],
            ),
        ],
    ),
}
