"""Known mistakes of a03_optimizers: each must lose points, and each knows what to tell the student who made it."""

from autograder.manifest import Mistake

EACH_GRADIENT = "for name, grad in grads.items():"
EACH_PARAMETER = "for name, param in params.items():\n        grad = grads.get(name, np.zeros_like(param))"

STATE_IN_A_GLOBAL = """\
MOMENTS = {}


def adam_step(
    params, grads, state=None, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False, frozen=None
):
    (beta1, beta2), moved = betas, dict(params)
    if state is None:
        MOMENTS.clear()
    for name, grad in grads.items():
        param, old = params[name], MOMENTS.get(name, (0.0, 0.0, 0))
        g = grad if decoupled else grad + weight_decay * param
        mean = beta1 * old[0] + (1 - beta1) * g
        square = beta2 * old[1] + (1 - beta2) * g**2
        count = old[2] + np.ones(np.shape(param), int)
        step = mean / (1 - beta1**count) / (np.sqrt(square / (1 - beta2**count)) + eps)
        decay = lr * weight_decay * param if decoupled else 0.0
        new_param = (param - lr * step - decay).astype(param.dtype)
        stays = (frozen or {}).get(name, False)
        MOMENTS[name] = tuple(np.where(stays, *pair) for pair in zip(old, (mean, square, count)))
        moved[name] = np.where(stays, param, new_param)
    return moved, "see MOMENTS"
"""

MISTAKES = [
    # Momentum
    Mistake(
        question="momentum",
        name="deck_sign",
        erratum="E20",
        edits={"momentum * velocity - lr *": "-momentum * velocity - lr *"},
        message="This is the rule as the deck prints it: the last move is taken and subtracted. Follow one entry for "
        "two steps with the same gradient: the second step comes out shorter than the first, and should be "
        "longer.",
    ),
    Mistake(
        question="momentum",
        name="rate_outside_velocity",
        edits={
            "velocity - lr * (grad + weight_decay * param)": "velocity + grad + weight_decay * param",
            "param + new_velocity)": "param - lr * new_velocity)",
        },
        message="Your velocity is a sum of gradients, and `lr` enters when the parameter moves. With one rate that is "
        "the same walk. Change the rate between two steps, or set it to 0: which rates should the old part of "
        "the move have?",
    ),
    Mistake(
        question="momentum",
        name="averaged_gradient",
        edits={"- lr * (grad + weight_decay * param)": "- lr * (1 - momentum) * (grad + weight_decay * param)"},
        message="Your velocity is an average of steps, with weights that add up to 1; momentum adds them up. Look at "
        "the very first step from rest: it should be as long as one of plain gradient descent.",
    ),
    Mistake(
        question="momentum",
        name="state_not_kept",
        edits={"return moved, velocities": "return moved, None"},
        message="Every call starts from rest, so this is plain gradient descent. What the function returns as its "
        "second value is all that it will know at the next step.",
    ),
    Mistake(
        question="momentum",
        name="moves_before_update",
        edits={"param + new_velocity)": "param + velocity)"},
        message="The parameter moves with the velocity of the step before: the first step from rest goes nowhere. "
        "Look at the order of the two lines.",
    ),
    Mistake(
        question="momentum",
        name="decay_beside_velocity",
        edits={
            "(grad + weight_decay * param)": "grad",
            "param + new_velocity)": "(1 - lr * weight_decay) * param + new_velocity)",
        },
        message="Your weights decay beside the velocity. That is a respectable choice (AdamW makes it), but not this "
        "question's: here the decay is part of the gradient, so the velocity remembers it.",
    ),
    Mistake(
        question="momentum",
        name="frozen_ignored",
        edits={"(frozen or {}).get(name, False)": "False"},
        message="Frozen entries move. Nothing in your function depends on `frozen`.",
    ),
    Mistake(
        question="momentum",
        name="only_gradient_frozen",
        edits={
            EACH_GRADIENT: EACH_GRADIENT + "\n        grad = np.where((frozen or {}).get(name, False), 0.0, grad)",
            "stays = (frozen or {}).get(name, False)": "stays = False",
        },
        message="You set the gradient of frozen entries to zero, and they still move: what has a velocity rolls on "
        "without any gradient, and decay pulls as well.",
    ),
    Mistake(
        question="momentum",
        name="mask_multiplied",
        edits={
            "np.where(stays, velocity, new_velocity)": "velocity + (1 - np.asarray(stays)) * (new_velocity - velocity)",
            "np.where(stays, param, param + new_velocity)": "param + (1 - np.asarray(stays)) * new_velocity",
        },
        message="You multiply with the mask. Zero times nan is nan, so one bad gradient of a frozen entry spoils the "
        "entry and its velocity for good. Choose between old and new instead of multiplying.",
    ),
    Mistake(
        question="momentum",
        name="frozen_velocity_lost",
        edits={"np.where(stays, velocity, new_velocity)": "np.where(stays, 0.0, new_velocity)"},
        message="Frozen entries stay, and lose their velocity. It belongs to the state, which stays as well: set "
        "free, the entry rolls on from where it was stopped.",
    ),
    Mistake(
        question="momentum",
        name="missing_means_zero",
        edits={EACH_GRADIENT: EACH_PARAMETER},
        message="You take a missing gradient for a gradient of zero. Zero is a measurement: the marble rolls on and "
        "decays. A name without a gradient waits, with all that belongs to it.",
    ),
    # RMSprop
    Mistake(
        question="rmsprop",
        name="deck_r",
        erratum="E22",
        edits={
            "alpha * square + (1 - alpha) * g**2": "square + g**2",
            "else new_square": "else alpha * square + (1 - alpha) * g",
        },
        message="This is the formula as the deck prints it: a sum of old squares that forgets nothing, and the new "
        "gradient without its square. Try a first gradient of -1: you take the root of a negative number.",
    ),
    Mistake(
        question="rmsprop",
        name="gradient_not_squared",
        erratum="E22",
        edits={"(1 - alpha) * g**2": "(1 - alpha) * g"},
        message="The average is one of gradients, not of their squares, so it can be negative and its root is nan. "
        "Half of the deck's formula is like that.",
    ),
    Mistake(
        question="rmsprop",
        name="sum_without_decay",
        erratum="E22",
        edits={"alpha * square + (1 - alpha) * g**2": "square + (1 - alpha) * g**2"},
        message="Your squares add up and nothing is ever forgotten, so the steps get shorter and shorter: that is "
        "Adagrad's idea. Here the old average must lose a share when a new square comes in.",
    ),
    Mistake(
        question="rmsprop",
        name="alpha_swapped",
        edits={
            "alpha * square + (1 - alpha) * g**2": "(1 - alpha) * square + alpha * g**2",
            "alpha * mean + (1 - alpha) * g\n": "(1 - alpha) * mean + alpha * g\n",
        },
        message="`alpha` and `1 - alpha` have changed places: with alpha = 0.99 your average remembers one step "
        "instead of a hundred. Its first step is lr long; it should be lr / sqrt(1 - alpha).",
    ),
    Mistake(
        question="rmsprop",
        name="eps_inside_root",
        edits={"(np.sqrt(spread) + eps)": "np.sqrt(spread + eps)"},
        message="Your `eps` stands inside the root, where it acts as its own root: 1e-8 becomes 1e-4, and gradients "
        "smaller than that take short steps.",
    ),
    Mistake(
        question="rmsprop",
        name="root_missing",
        edits={"np.sqrt(spread)": "spread"},
        message="You divide by the mean square and not by its root: a gradient ten times as large makes a step ten "
        "times as short. Divide by something that has the unit of a gradient.",
    ),
    Mistake(
        question="rmsprop",
        name="old_average_divides",
        edits={"else new_square": "else np.asarray(square)"},
        message="You divide by the average as it was before this gradient came in. At the first step that is zero, "
        "and only `eps` keeps the step finite. Look at the order of the lines.",
    ),
    Mistake(
        question="rmsprop",
        name="state_not_kept",
        edits={"return moved, averages": "return moved, None"},
        message="Every call starts with averages of zero, so every step is a first step. What the function returns as "
        "its second value is all that it will know at the next step.",
    ),
    Mistake(
        question="rmsprop",
        name="centered_ignored",
        edits={"np.maximum(new_square - new_mean**2, 0.0) if centered else new_square": "new_square"},
        message="`centered=True` changes nothing in your function. It should divide by the spread around the average "
        "gradient.",
    ),
    Mistake(
        question="rmsprop",
        name="centered_by_old_mean",
        edits={"new_square - new_mean**2": "new_square - mean**2"},
        message="You centre with the mean of the step before. The spread is a variance only if both averages have "
        "seen the same gradients.",
    ),
    Mistake(
        question="rmsprop",
        name="spread_below_zero",
        edits={"np.maximum(new_square - new_mean**2, 0.0)": "new_square - new_mean**2"},
        message="All is right until the gradients stop changing: then rounding makes the spread of some entries "
        "-1e-17, and the root of that is nan. A variance is never negative; say so in the code.",
    ),
    Mistake(
        question="rmsprop",
        name="decay_decoupled",
        erratum="E37",
        edits={
            "g = grad + weight_decay * param": "g = grad",
            "param - lr * g /": "(1 - lr * weight_decay) * param - lr * g /",
        },
        message="Your weights decay beside the step. Here the decay is part of the gradient, so it is squared, "
        "averaged and divided like the rest. (Whether that is a good idea is question 3's topic.)",
    ),
    Mistake(
        question="rmsprop",
        name="decay_not_averaged",
        edits={
            "(1 - alpha) * g**2": "(1 - alpha) * grad**2",
            "(1 - alpha) * g\n": "(1 - alpha) * grad\n",
        },
        message="Your averages see the gradient without the decay, and the step has it. Both belong to the same g.",
    ),
    Mistake(
        question="rmsprop",
        name="frozen_ignored",
        edits={"(frozen or {}).get(name, False)": "False"},
        message="Frozen entries move. Nothing in your function depends on `frozen`.",
    ),
    Mistake(
        question="rmsprop",
        name="frozen_state_updated",
        edits={"np.where(stays, square, new_square), np.where(stays, mean, new_mean)": "new_square, new_mean"},
        message="Frozen entries stay, but their averages go on, and take in whatever stands in their gradient, nan "
        "included. The state of a frozen entry is frozen too.",
    ),
    Mistake(
        question="rmsprop",
        name="decay_on_frozen",
        edits={"np.where(stays, param, new_param)": "np.where(stays, (1 - lr * weight_decay) * param, new_param)"},
        message="Frozen entries do not follow their gradient, but they decay. Frozen means that the number stays.",
    ),
    Mistake(
        question="rmsprop",
        name="missing_means_zero",
        edits={EACH_GRADIENT: EACH_PARAMETER},
        message="You take a missing gradient for a gradient of zero, so the averages shrink and the weights decay. A "
        "name without a gradient waits, with all that belongs to it.",
    ),
    # Adam
    Mistake(
        question="adam",
        name="no_bias_correction",
        erratum="E21",
        edits={
            "mean / (1 - beta1**count)": "mean",
            "square / (1 - beta2**count)": "square",
        },
        message="This is what you get without the two divisions, as on the deck: the first step is 3.2 times lr, and "
        "under a constant gradient the twelfth is 6.6 times lr.",
    ),
    Mistake(
        question="adam",
        name="count_starts_at_zero",
        edits={
            "mean / (1 - beta1**count)": "mean / (1 - beta1 ** (count - 1))",
            "square / (1 - beta2**count)": "square / (1 - beta2 ** (count - 1))",
        },
        message="You correct the first step for no gradients at all and divide by 1 - 1, so everything is nan from "
        "then on. After one gradient, `count` is 1.",
    ),
    Mistake(
        question="adam",
        name="count_one_ahead",
        edits={
            "mean / (1 - beta1**count)": "mean / (1 - beta1 ** (count + 1))",
            "square / (1 - beta2**count)": "square / (1 - beta2 ** (count + 1))",
        },
        message="Your count is one ahead of the gradients: at the first step you correct for two. The first step "
        "should be lr long, for any gradient.",
    ),
    Mistake(
        question="adam",
        name="square_not_corrected",
        edits={"square / (1 - beta2**count)": "square"},
        message="You correct the mean and not the mean square. The first step is lr / sqrt(1 - beta2) long, thirty "
        "times too far with the usual betas.",
    ),
    Mistake(
        question="adam",
        name="correction_kept",
        edits={"(mean, square, count)": "(mean / (1 - beta1**count), square / (1 - beta2**count), count)"},
        message="You store the corrected averages, so the next step corrects them again. What is kept are the "
        "averages as they are; the correction is for this step alone.",
    ),
    Mistake(
        question="adam",
        name="eps_inside_root",
        edits={"(np.sqrt(square / (1 - beta2**count)) + eps)": "np.sqrt(square / (1 - beta2**count) + eps)"},
        message="Your `eps` stands inside the root, where it acts as its own root: 1e-8 becomes 1e-4, and gradients "
        "smaller than that take short steps.",
    ),
    Mistake(
        question="adam",
        name="gradient_not_squared",
        edits={"(1 - beta2) * g**2": "(1 - beta2) * g"},
        message="The second average is one of gradients, not of their squares: for a negative gradient you take the "
        "root of a negative number.",
    ),
    Mistake(
        question="adam",
        name="betas_swapped",
        edits={"(beta1, beta2), moments": "(beta2, beta1), moments"},
        message="The two betas have changed places. The first belongs to the mean, the second to the mean square.",
    ),
    Mistake(
        question="adam",
        name="state_not_kept",
        edits={"return moved, moments": "return moved, None"},
        message="Every call is a first call, so every step is lr times the sign of its gradient. What the function "
        "returns as its second value is all that it will know at the next step.",
    ),
    Mistake(
        question="adam",
        name="state_in_a_global",
        source=STATE_IN_A_GLOBAL,
        message="You keep the averages in a global variable. One run works; a run that goes back to its state of an "
        "hour ago finds the averages of now. Return everything you need, and use what you are given.",
    ),
    Mistake(
        question="adam",
        name="coupled_for_decoupled",
        erratum="E37",
        edits={
            "g = grad if decoupled else grad + weight_decay * param": "g = grad + weight_decay * param",
            "decay = lr * weight_decay * param if decoupled else 0.0": "decay = 0.0",
        },
        message="With `decoupled=True` your decay still goes through the gradient, so it is divided by the root: "
        "entries with large gradients hardly decay. Decoupled, every entry loses the same share.",
    ),
    Mistake(
        question="adam",
        name="always_decoupled",
        erratum="E37",
        edits={
            "g = grad if decoupled else grad + weight_decay * param": "g = grad",
            "decay = lr * weight_decay * param if decoupled else 0.0": "decay = lr * weight_decay * param",
        },
        message="Your decay is decoupled, whatever `decoupled` says. By default it is part of the gradient.",
    ),
    Mistake(
        question="adam",
        name="decayed_twice",
        edits={"g = grad if decoupled else grad + weight_decay * param": "g = grad + weight_decay * param"},
        message="With `decoupled=True` your weights decay twice, once beside the step and once in the gradient.",
    ),
    Mistake(
        question="adam",
        name="decay_without_rate",
        edits={"decay = lr * weight_decay * param if": "decay = weight_decay * param if"},
        message="Your decoupled decay does not know the rate: each step multiplies by 1 - weight_decay. Here it is 1 "
        "- lr * weight_decay, so a schedule of rates slows the decay as well.",
    ),
    Mistake(
        question="adam",
        name="decay_after_step",
        edits={"weight_decay * param if decoupled": "weight_decay * (param - lr * step) if decoupled"},
        message="Your decay takes its share of the parameter after the step. It should take it of the parameter that "
        "came in.",
    ),
    Mistake(
        question="adam",
        name="frozen_ignored",
        edits={"(frozen or {}).get(name, False)": "False"},
        message="Frozen entries move. Nothing in your function depends on `frozen`.",
    ),
    Mistake(
        question="adam",
        name="only_gradient_frozen",
        edits={
            EACH_GRADIENT: EACH_GRADIENT + "\n        grad = np.where((frozen or {}).get(name, False), 0.0, grad)",
            "stays = (frozen or {}).get(name, False)": "stays = False",
        },
        message="You set the gradient of frozen entries to zero, and they still move: their mean is not zero yet, and "
        "decay pulls as well.",
    ),
    Mistake(
        question="adam",
        name="shared_count",
        edits={
            "count = old[2] + ": 'count = moments.get("count", 0) + ',
            "return moved, moments": 'return moved, {**moments, "count": moments.get("count", 0) + 1}',
        },
        message="One count for all: right as long as everything moves at every step. An entry that was frozen for a "
        "hundred steps has averages of no gradient at all, and you correct them as if there were a hundred. "
        "Its first step should be lr.",
    ),
    Mistake(
        question="adam",
        name="count_per_name",
        edits={
            "old[2] + np.ones(np.shape(param), int)": "old[2] + 1",
            "zip(old, (mean, square, count)))": "zip(old[:2], (mean, square))) + (count,)",
        },
        message="You count the steps of each array. A mask can freeze a part of it: those entries have averaged fewer "
        "gradients than their neighbours, and need a count of their own.",
    ),
    Mistake(
        question="adam",
        name="missing_means_zero",
        edits={EACH_GRADIENT: EACH_PARAMETER},
        message="You take a missing gradient for a gradient of zero, so the averages shrink, the count goes on and "
        "the weights decay. A name without a gradient waits, with all that belongs to it.",
    ),
    Mistake(
        question="adam",
        name="float64_back",
        edits={".astype(param.dtype)": ""},
        message="The numbers are right, and float32 parameters come back as float64: an integer array of counts makes "
        "its powers float64, and they pull the rest along.",
    ),
]
