"""Answers to the exercises of lecture 02, and what their instant checks look at."""

import numpy as np

from autograder.checkdata import Check, call
from tools.exercises import Exercise, mistake


def signed_distance(x, w, b):
    return (x @ w + b) / np.linalg.norm(w)


def lead_needed(p, classes):
    return np.log((classes - 1) * p / (1 - p))


def blind_loss(counts):
    counts = np.asarray(counts, dtype=float)
    p = counts[counts > 0] / counts.sum()
    return -np.sum(p * np.log(p))


def own_margin(scores, label):
    wrong = np.delete(scores, label)
    return scores[label] - np.max(wrong)


EXERCISES = [
    Exercise(
        "distance",
        signed_distance,
        hints=[
            "On the wall the score is 0. By how much does the score w · x + b grow when you take a step of length 1 at "
            "a right angle to the wall, in the direction of w?",
            "By ‖w‖: the step is w / ‖w‖, and w · w / ‖w‖ = ‖w‖. So the distance is the score divided by "
            "np.linalg.norm(w), and its sign is right already.",
        ],
        checks=[
            Check(
                "a wall through the origin",
                [call("distances", np.array([[3.0, 4.0], [0.0, 1.0]]), np.array([1.0, 0.0]), 0.0)],
            ),
            Check(
                "a tilted wall", [call("distances", np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([3.0, 4.0]), -10.0)]
            ),
            Check(
                "twice the weights, twice the bias",
                [call("distances", np.array([[3.0, 4.0]]), np.array([6.0, 8.0]), -20.0)],
            ),
        ],
        mistakes=[
            mistake(
                "the_score",
                {"(x @ w + b) / np.linalg.norm(w)": "x @ w + b"},
                "That is the score. Its unit is not that of the input: with twice the weights and twice the bias the "
                "wall is the same, and the score has doubled.",
            ),
            mistake(
                "no_side",
                {"(x @ w + b)": "abs(x @ w + b)"},
                "The sign is lost: points behind the wall have a negative distance.",
            ),
            mistake(
                "squared_length",
                {"np.linalg.norm(w)": "(w @ w)"},
                "That is divided by the squared length of w. A step of length 1 along w raises the score by ‖w‖.",
            ),
            mistake(
                "bias_outside",
                {"(x @ w + b) / np.linalg.norm(w)": "x @ w / np.linalg.norm(w) + b"},
                "The bias is in the units of the score, as x @ w is. Both have to be divided.",
            ),
        ],
    ),
    Exercise(
        "lead",
        lead_needed,
        hints=[
            "Only differences count, so let the other classes have the score 0 and the right one the score d. Write "
            "down the softmax for the right class.",
            "p = e^d / (e^d + C - 1). The odds p / (1 - p) are then e^d / (C - 1): solve for d.",
        ],
        checks=[
            Check("two classes: the log-odds", [call("leads", np.array([0.5, 0.75, 0.9]), 2)]),
            Check("99 % among ten classes", [call("lead", 0.99, 10)]),
            Check("a guess among a thousand", [call("lead", 0.001, 1000)]),
        ],
        mistakes=[
            mistake(
                "only_two",
                {"(classes - 1) * p": "p"},
                "That is right for two classes. Every further class adds its own exponential to the sum below.",
            ),
            mistake(
                "itself_among_the_others",
                {"(classes - 1)": "classes"},
                "The right class is counted among the others too: only C - 1 of the terms below have the score 0.",
            ),
            mistake(
                "log_p",
                {"p / (1 - p)": "p"},
                "log p alone is not a lead. What grows with the exponential of the lead are the odds, p to 1 - p.",
            ),
        ],
    ),
    Exercise(
        "blind",
        blind_loss,
        hints=[
            "The samples have the classes with the frequencies p, and the classifier believes in some q, the same for "
            "all. Its mean loss is H(p, q). Which q is best, and what is H then?",
            "q = p, so the answer is the entropy -Σ p log p of the frequencies p = counts / counts.sum(). A class "
            "with no samples adds nothing: leave it out before you take logarithms.",
        ],
        checks=[
            Check("three equal classes", [call("loss", np.array([20, 20, 20]))]),
            Check("seven days of rain in ten", [call("loss", np.array([7, 3]))]),
            Check("a class without samples", [call("loss", np.array([5, 0, 15]))]),
        ],
        mistakes=[
            mistake(
                "log_classes",
                {"-np.sum(p * np.log(p))": "np.log(len(p))"},
                "log C is the loss of equal probabilities. A blind classifier that has learned how frequent the "
                "classes are does better when they are not equally frequent.",
            ),
            mistake(
                "base_two",
                {"np.log(p)": "np.log2(p)"},
                "These are bits. The logarithms of this lecture are natural ones.",
            ),
            mistake(
                "not_weighted",
                {"-np.sum(p * np.log(p))": "-np.mean(np.log(p))"},
                "Every class counts the same here. Frequent classes have more samples, so their surprise counts more.",
            ),
            mistake(
                "most_frequent",
                {"-np.sum(p * np.log(p))": "-np.log(p.max())"},
                "That is the surprise at the most frequent class only. The other samples are in the mean too.",
            ),
        ],
    ),
    Exercise(
        "margin",
        own_margin,
        hints=[
            "The hinge loss is zero when every wrong class stays at least Δ below the right one. Which of the wrong "
            "classes is the first to break that as Δ grows?",
            "The highest of the wrong ones. Take the right class out with np.delete(scores, label), and subtract the "
            "largest of the rest from scores[label].",
        ],
        checks=[
            Check("the example of the page", [call("margin", np.array([13.0, -7.0, 11.0]), 0)]),
            Check("a wrong answer", [call("margin", np.array([13.0, -7.0, 11.0]), 2)]),
            Check("all scores negative", [call("margin", np.array([-5.0, -1.0, -4.0, -2.5]), 1)]),
        ],
        mistakes=[
            mistake(
                "all_classes",
                {"wrong = np.delete(scores, label)": "wrong = scores"},
                "The right class is among those it is compared with, so the answer is never above 0.",
            ),
            mistake(
                "lowest",
                {"np.max(": "np.min("},
                "That is the lead over the weakest of the wrong classes. The strongest one is where the margin breaks.",
            ),
            mistake(
                "not_negative",
                {"scores[label] - np.max(wrong)": "max(0.0, scores[label] - np.max(wrong))"},
                "When another class scores higher the answer is negative: it says how far the right class is behind.",
            ),
        ],
    ),
]
