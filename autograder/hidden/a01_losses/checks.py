"""The visible checks of a01_losses: small cases that a student can follow on paper."""

import numpy as np

from autograder.checkdata import Check, Question, call, gradient_check

NAN = np.nan

WORDS = np.array([[1.0, 3.0, 2.0, 0.5], [0.0, -1.0, 2.0, 1.0]])
COUNTS = np.array([[True, True, True, False], [False, True, False, True]])
BATCH = np.array([[[1.0, 2.0, 0.0], [0.5, -1.0, 1.5]], [[-2.0, 0.0, 1.0], [3.0, 1.0, 2.0]]])  # (B, T, C)
TAGS = np.array([[2, 1], [0, -1]])
LOGITS = np.array([[0.5, -1.0], [2.0, 0.25]])
YES = np.array([[1.0, 0.0], [0.0, 1.0]])
DECK = np.array([[13.0, -7.0, 11.0]])
SCORES = np.array([[2.0, 1.5, -1.0], [0.25, 3.0, 1.0]])
MARGINS = np.array([[NAN, 1.0, 4.0], [1.0, NAN, 2.0], [3.0, 0.25, NAN]])
HANDS = np.array([[[1.0, 2.0], [0.5, -1.0]], [[3.0, 0.0], [1.5, 2.5]], [[0.25, 1.0], [4.0, -2.0]]])  # (B, T, D)
SEEN = np.array([[0.5, 4.0], [0.75, -1.25]])
TRUTH = np.stack([SEEN, SEEN[::-1], SEEN + 1])
PHOTOS = np.array([[1.0, 0.5, 1.5, 3.0], [0.0, 1.0, 0.25, -1.0]])
LABELS = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, NAN, 1.0, 0.0]])


def looks(name: str, *args: object, **options: object) -> Check:
    """One call; looks at everything that it returns."""
    return Check(name, [call("first", *args, **options)])


def sure(name: str, z: float) -> Check:
    """A yes and a no that are right and sure; every digit counts, however small the numbers."""
    return Check(name, [call("first", np.array([z, -z]), np.array([1.0, 0.0]))], options={"rtol": 1e-9, "atol": 0.0})


QUESTIONS = {
    "softmax": Question(
        hints=[
            "Take two scores, 1 and 3, and a third one that is masked. Write the three shares down on paper, and then "
            "with 1000 added to each score. What do you subtract so that both are the same computation? Over which "
            "scores must that number be taken if the masked one is 5000?",
            "A masked score should act as minus infinity, for exp(-inf) is 0: np.where puts it there, before anything "
            "is computed. Then max with keepdims=True along the axis, subtract, divide by the temperature, exp, "
            "divide by the sum. A row without any score has the maximum -inf and the sum 0: give both another value "
            "first.",
        ],
        checks=[
            looks("two rows with a mask", WORDS, COUNTS),
            looks("a temperature of 2", WORDS, COUNTS, temperature=2.0),
            looks("one mask for both rows", WORDS, np.array([True, False, True, True])),
            looks("along the first axis", WORDS, COUNTS, axis=0),
            looks("ten thousand", WORDS * 1e4, COUNTS),
            looks("huge and nan where the mask is False", np.array([1.0, 2.0, NAN, 9e3]), np.array([1, 1, 0, 0]) > 0),
            looks("a row that is all masked", WORDS, COUNTS & np.array([[True], [False]])),
        ],
    ),
    "cross_entropy": Question(
        parts=["loss", "grad"],
        hints=[
            "Begin without weights and smoothing, and make log p first, not p: f minus its maximum, minus the "
            "logarithm of the sum of exps. Put 0 in the place of the logits that do not count, and any class in that "
            "of their targets, before you compute; choose with np.where at the end.",
            "Make an array a of shape (B, T, C) that holds w_c q_c over the divisor, and 0 where a position does not "
            "count. The loss is minus the sum of a times log p. For the gradient, the derivative of log p_c with "
            "respect to f_k is [c = k] - p_k: multiply by -a_c, sum over c, and see what the sum over c of a_c does.",
        ],
        checks=[
            looks("three positions that count", BATCH, TAGS),
            looks("ignore=0, which is a class as well", BATCH, np.array([[2, 1], [0, 2]]), ignore=0),
            looks("class weights", BATCH, TAGS, weights=np.array([0.5, 1.0, 4.0])),
            looks("smoothing", BATCH, TAGS, smoothing=0.3),
            looks("weights and smoothing", BATCH, TAGS, weights=np.array([0.5, 1.0, 4.0]), smoothing=0.3),
            gradient_check(
                "the gradient is the slope of the loss", BATCH, np.array([[2, 1], [0, 1]]), smoothing=0.3, directions=2
            ),
            looks("ten thousand", BATCH * 1e4, TAGS),
            looks("nan at a position that does not count", np.where(TAGS[..., None] == -1, NAN, BATCH), TAGS),
            looks("no position counts", BATCH, np.full((2, 2), -1)),
        ],
    ),
    "bce": Question(
        parts=["loss", "grad"],
        hints=[
            "Write -log sigmoid(z) as log(1 + exp(-z)), and -log(1 - sigmoid(z)) in the same way. Look at numpy's "
            "list of functions for one that adds two numbers of which only the logarithms are known.",
            "np.logaddexp(0, -z) is the cost of a yes, np.logaddexp(0, z) that of a no. The derivative of the first "
            "is -sigmoid(-z), of the second sigmoid(z), and exp(-cost of a no) is sigmoid(-z) without any "
            "subtraction. pos_weight and t go with the first, 1 - t with the second, and both are divided by the "
            "number of entries.",
        ],
        checks=[
            looks("four questions", LOGITS, YES),
            looks("annotators disagree", LOGITS, np.array([[0.75, 0.5], [0.25, 1.0]])),
            looks("pos_weight", LOGITS, YES, pos_weight=3.0),
            looks("a pos_weight for each column", LOGITS, YES, pos_weight=np.array([3.0, 0.5])),
            gradient_check("the gradient is the slope of the loss", LOGITS, YES, pos_weight=3.0, directions=2),
            looks("very wrong", np.array([-1e4, 1e4]), np.array([1.0, 0.0])),
            sure("right and sure", 25.0),
            sure("right and very sure", 60.0),
        ],
    ),
    "hinge": Question(
        parts=["loss", "grad"],
        hints=[
            "Compute the deck's example by hand: which two brackets are in the sum, and which one is open? If your "
            "loss is too large by the margin, look for the class that leads itself by 0.",
            "Make an array of shape (N, C): scores - (score of the right class) + margins[labels], and put 0 where "
            "the column is the label. Where it is above 0, the gradient is 1 / N; at the label it is minus the number "
            "of these over N. For worst=True, keep only the column that argmax finds in this array.",
        ],
        checks=[
            looks("the scores of the deck, margin 10", DECK, np.array([0]), margins=10.0),
            looks("two examples", SCORES, np.array([1, 0]), margins=2.0),
            looks("a margin for each pair", SCORES, np.array([0, 2]), margins=MARGINS),
            looks("exactly at the margin", np.array([[3.0, 2.0, 3.0]]), np.array([0])),
            looks("the lead is enough", np.array([[9.0, 2.0, 3.0]]), np.array([0])),
            looks(
                "the worst rival",
                np.array([[2.0, 3.0, 1.0], [0.0, 2.0, 1.0]]),
                np.array([0, 2]),
                margins=MARGINS,
                worst=True,
            ),
        ],
    ),
    "squared_hinge": Question(
        parts=["loss", "grad"],
        hints=[
            "Write the signs t down as an array of shape (N, C) for the labels 1 and -1 and three classes. Which "
            "comparison makes them for both at once?",
            "labels[:, None] == np.arange(C) is True for the right class, and nowhere for the label -1. With the "
            "signs from it, short = max(0, margin - t f) has one entry for each term, and the derivative of a * "
            "short**2 with respect to f is a * 2 * short * (-t).",
        ],
        checks=[
            looks("two examples", SCORES, np.array([1, 2])),
            looks("none of these", SCORES, np.array([-1, 0])),
            looks("a weight on every no", SCORES, np.array([2, 0]), negative_weight=0.25),
            looks("a margin of 3", np.zeros((1, 3)), np.array([2]), margin=3.0),
            gradient_check(
                "the gradient is the slope of the loss", SCORES, np.array([1, -1]), margin=1.75, directions=2
            ),
            looks("right enough", np.array([[5.0, -2.0, -1.0]]), np.array([0])),
        ],
    ),
    "l1": Question(
        parts=["loss", "grad"],
        hints=[
            "Three steps that do not know of each other: the differences d (0 in the padding), the loss and the slope "
            "of each entry from d and beta, and the share that each entry has in the average. Print the shares: they "
            "add up to 1.",
            "np.arange(T) < lengths[:, None] says which frames count. For entries every share is 1 over D times the "
            "sum of the lengths; for sequences it is 1 over D times the sequence's own length times the number of "
            "sequences that are not empty. With beta = 0 divide by something else than beta, and let |d| < beta "
            "choose.",
        ],
        checks=[
            looks("l1 of two sequences", HANDS, TRUTH, np.array([2, 1, 0])),
            looks("beta of 1", HANDS, TRUTH, np.array([2, 2, 1]), beta=1.0),
            looks("beta of 0.5", HANDS, TRUTH, np.array([2, 2, 2]), beta=0.5),
            looks("exactly right", TRUTH, TRUTH, np.array([2, 2, 2])),
            looks("averaged over sequences", HANDS, TRUTH, np.array([2, 1, 0]), average="sequences"),
            gradient_check(
                "the gradient is the slope of the loss", HANDS, TRUTH, np.array([2, 2, 2]), beta=0.9, directions=2
            ),
            looks("nan in the padding", HANDS, np.where(np.arange(2)[:, None] < 1, TRUTH, NAN), np.array([1, 1, 0])),
            looks("all sequences are empty", HANDS, TRUTH, np.array([0, 0, 0])),
        ],
    ),
    "multi_label": Question(
        parts=["loss", "grad"],
        hints=[
            "Take one example with four classes, and write its pairs down, with their u. How many are there? What "
            "changes when one target becomes nan? Beware of comparisons with nan: only == and != have an answer you "
            "can use.",
            "pairs[n, p, m] = (targets[n, p] == 1) and (targets[n, m] == 0), made with None in two places. u has the "
            "same shape. Give each pair the share 1 / (its example's number of pairs) / (number of examples with "
            "pairs), and everything else 0. A pair's share times its slope goes down at p and up at m: two sums over "
            "two axes.",
        ],
        checks=[
            looks("one photograph, four pairs", PHOTOS[:1], LABELS[:1]),
            looks("one class there: the scores of the deck", DECK, np.array([[1.0, 0.0, 0.0]]), margin=10.0),
            looks("two photographs, one label missing", PHOTOS, LABELS),
            looks("a photograph without a pair", PHOTOS, np.array([[1.0, 0.0, 0.0, 1.0], [1.0, 1.0, NAN, 1.0]])),
            looks("no pair at all", PHOTOS, np.ones((2, 4))),
            looks("nan where the label is missing", np.where(np.isnan(LABELS), NAN, PHOTOS), LABELS),
            looks("soft", PHOTOS, LABELS, soft=True),
            gradient_check(
                "soft: the gradient is the slope of the loss", PHOTOS[:1], LABELS[:1], soft=True, directions=2
            ),
            looks("soft, wrong by ten thousand", np.array([[-5e3, 5e3]]), np.array([[1.0, 0.0]]), soft=True),
        ],
    ),
}
