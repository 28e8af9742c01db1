import numpy as np

from autograder.checkdata import Check, Question, call

QUESTIONS = {
    "scale": Question(
        hints=["Multiply.", "x * factor"],
        checks=[Check("twice one, two", [call("doubled", np.array([1.0, 2.0]), 2.0)], expect=["doubled"])],
    ),
    "total": Question(
        hints=["Add.", "x.sum()"],
        checks=[Check("one and two", [call("sum", np.array([[1.0, 2.0]]))], expect=["sum"])],
    ),
}
