import numpy as np

from autograder.checkdata import Check, Question, Ref, call, get

X = np.array([[1.0, 2.0], [3.0, 5.0]])


def on(left, name, right):
    """The step that applies an operator of an earlier result."""
    return call(f"{left}_{name}", right).on(left, f"__{name}__")


QUESTIONS = {
    "value": Question(
        hints=["What is the derivative of a product?", "A number that is used twice gets two of them."],
        checks=[
            Check(
                "a difference",
                [call("x", 3.0), call("y", 5.0), on("x", "sub", Ref("y")), get("data", "x_sub", "data")],
                expect=["data"],
            ),
            Check("a cube", [call("x", 3.0), on("x", "pow", 3), get("data", "x_pow", "data")], expect=["data"]),
        ],
        unseen=["overwrites", "power_kept"],
    ),
    "affine": Question(
        hints=["Which one is done first?", "x * self.scale + self.shift"],
        checks=[
            Check("its parameters", [call("module", 2), get("scale", "module", "scale")], expect=["scale"]),
        ],
        unseen=["shift_first", "detached"],
    ),
}
