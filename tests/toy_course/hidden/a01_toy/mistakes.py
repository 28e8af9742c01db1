from autograder.manifest import Mistake

MISTAKES = [
    Mistake(
        question="scale",
        name="adds",
        edits={"x * factor": "x + factor"},
        message="You add the factor; scaling multiplies.",
    ),
    Mistake(
        question="scale",
        name="squares",
        edits={"x * factor": "x * factor * factor"},
        message="The factor enters twice.",
    ),
    Mistake(question="total", name="mean", edits={".sum()": ".mean()"}, message="That is the mean, not the sum."),
]
