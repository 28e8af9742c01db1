"""Known mistakes of the benchmark's assignment."""

from autograder.manifest import Mistake

MISTAKES = [
    Mistake(
        question="attend",
        name="not_scaled",
        edits={" / key.shape[1] ** 0.5": ""},
        message="The scores are not divided by the root of the dimension.",
    ),
    Mistake(
        question="attend",
        name="softmax_over_queries",
        edits={"softmax(dim=1)": "softmax(dim=0)"},
        message="The weights of each key add up to 1; those of each query should.",
    ),
    Mistake(
        question="attend",
        name="mask_ignored",
        edits={"if mask is not None:": "if False:"},
        message="The mask has no effect.",
    ),
    Mistake(
        question="attend",
        name="exp_overflows",
        edits={"scores.softmax(dim=1)": "(scores.exp() / scores.exp().sum(dim=1, keepdim=True))"},
        message="exp of a large score is infinite: take the largest score away first.",
    ),
    Mistake(
        question="gradient",
        name="sum_not_mean",
        edits={".mean() + strength": ".sum() + strength"},
        message="The loss is the mean of the squares, not their sum.",
    ),
    Mistake(
        question="gradient",
        name="squared_penalty",
        edits={"w.abs().sum()": "w.square().sum()"},
        message="The penalty is the sum of absolute values; these are squares.",
    ),
    Mistake(
        question="gradient",
        name="penalty_left_out",
        edits={" + strength * w.abs().sum()": ""},
        message="The penalty is no part of your loss.",
    ),
    Mistake(
        question="train",
        name="climbs",
        edits={", momentum=momentum)": ", momentum=momentum, maximize=True)"},
        message="The weights go up the slope: the loss grows.",
    ),
    Mistake(
        question="train",
        name="momentum_ignored",
        edits={", momentum=momentum)": ")"},
        message="This is the walk without momentum.",
    ),
    Mistake(
        question="train",
        name="one_step_less",
        edits={"range(steps)": "range(steps - 1)"},
        message="One step is missing.",
    ),
]
