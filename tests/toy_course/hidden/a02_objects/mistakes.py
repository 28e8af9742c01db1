from autograder.manifest import Mistake

MISTAKES = [
    Mistake(
        question="value",
        name="overwrites",
        edits={"parent.grad += slope": "parent.grad = slope"},
        message="A number that is used twice gets two derivatives: add them up.",
    ),
    Mistake(
        question="value",
        name="power_kept",
        edits={"n * self.data ** (n - 1)": "n * self.data**n"},
        message="The derivative of x ** n has one power less.",
    ),
    Mistake(
        question="value",
        name="negates_sum",
        edits={"self + -1 * other": "-1 * (self + other)"},
        message="Only what is subtracted changes its sign.",
    ),
    Mistake(
        question="affine",
        name="shift_first",
        edits={"x * self.scale + self.shift": "(x + self.shift) * self.scale"},
        message="You scale the shift, too: it comes last.",
    ),
    Mistake(
        question="affine",
        name="detached",
        edits={"x * self.scale": "x * self.scale.detach()"},
        message="No gradient reaches the scale.",
    ),
    Mistake(
        question="affine",
        name="begins_at_zero",
        edits={"torch.ones(features)": "torch.zeros(features)"},
        message="A scale of zero hides the input: begin with one.",
    ),
]
