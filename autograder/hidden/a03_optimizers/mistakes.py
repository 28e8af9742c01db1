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

TO_THE_SADDLE = """\
def newton_step(params, grads, hessian, *, damping=0.0, radius=None):
    names, sizes = list(params), [params[name].size for name in params]
    g = np.concatenate([grads[name].ravel() for name in names])
    H = np.vstack([np.hstack([hessian[a][b].reshape(params[a].size, -1) for b in names]) for a in names])
    H = (H + H.T) / 2
    step = -np.linalg.inv(H + damping * np.eye(len(g))) @ g
    if radius is not None:
        step = step * min(1.0, radius / np.linalg.norm(step))
    moved, begin = {}, 0
    for name, size in zip(names, sizes):
        moved[name] = params[name] + step[begin : begin + size].reshape(params[name].shape)
        begin += size
    return moved, {"damping": damping, "predicted": g @ step + step @ H @ step / 2}
"""

MISTAKES = [
    # Schedule
    Mistake(
        question="schedule",
        name="climb_from_zero",
        edits={"(step + 1) / max(warmup, 1)": "step / max(warmup, 1)"},
        message="Your climb begins at rate 0, so the first batch is read for nothing, and its last step is not yet "
        "at the peak. How many of the climb's steps have been taken once step 0 is done?",
    ),
    Mistake(
        question="schedule",
        name="clock_not_reset",
        edits={
            "begin, length, top = warmup, cycle, peak": "begin, length, top = 0, cycle, peak",
            "step < begin": "step < warmup",
        },
        message="Your first cycle begins at step 0, behind the climb: when the climb is over, its fall is under way. "
        "Look at the first rate after the climb. It should be the peak.",
    ),
    Mistake(
        question="schedule",
        name="climb_one_too_long",
        edits={"begin, length, top = warmup, cycle, peak": "begin, length, top = warmup + 1, cycle, peak"},
        message="Your first cycle begins one step late, and in the gap the rate is above the peak. The steps of the "
        "climb are 0 to warmup - 1.",
    ),
    Mistake(
        question="schedule",
        name="floor_at_last_step",
        edits={"u = (step - begin) / length": "u = (step - begin) / max(length - 1, 1)"},
        message="Your last step of a cycle is at the floor. It is the first step of the *next* cycle that would have "
        "been there, had no new cycle begun: k runs to n - 1, and u stays below 1.",
    ),
    Mistake(
        question="schedule",
        name="restart_one_late",
        edits={"rates = np.where(step < begin,": "rates = np.where(step < begin + (top < peak),"},
        message="Your new cycles begin one step late: the step at which one should start still belongs to the old "
        "one. Compare the number of equal rates of a constant plan with `cycle`.",
    ),
    Mistake(
        question="schedule",
        name="floor_added",
        edits={"top - (top - floor) * fall": "floor + top * (1 - fall)"},
        message="You add the floor to the whole curve, so the rate begins above its peak. It should fall from the "
        "top to the floor: what is the distance between the two?",
    ),
    Mistake(
        question="schedule",
        name="fall_and_rise",
        edits={"(1 - np.cos(np.pi * u)) / 2": "(1 - np.cos(2 * np.pi * u)) / 2"},
        message="Your cosine goes down and up again within a cycle. Half of its period is what falls.",
    ),
    Mistake(
        question="schedule",
        name="divided_by_cycle",
        edits={"max(shrink * top, floor)": "max(top / cycle, floor)"},
        erratum="E25",
        message="You divide the top by the number of steps of a cycle, as the deck does. How often the rate falls "
        "and how far are two numbers: the second one is `shrink`.",
    ),
    Mistake(
        question="schedule",
        name="shrunk_at_once",
        edits={
            "begin, length, top = warmup, cycle, peak": "begin, length, top = warmup, cycle, max(shrink * peak, floor)"
        },
        message="The first cycle is already shrunk. Cycles are counted from 0, and the top of cycle 0 is the peak.",
    ),
    Mistake(
        question="schedule",
        name="growth_added",
        edits={"begin + length, growth * length,": "begin + length, length + (growth - 1) * cycle,"},
        message="Your cycles grow by the same number of steps each time. They should grow by the same factor: 4, 8, "
        "16 with growth=2, and not 4, 8, 12.",
    ),
    Mistake(
        question="schedule",
        name="below_the_floor",
        edits={"max(shrink * top, floor)": "shrink * top"},
        message="After some cycles your top is below the floor, and the rate rises towards the floor within a cycle. "
        "No cycle goes below it, tops included.",
    ),
    Mistake(
        question="schedule",
        name="whole_numbers",
        edits={"return rates": "return rates.astype(step.dtype) if isinstance(peak, int) else rates"},
        message="Your rates are whole numbers where the peak is one. Numpy keeps the kind of the array it writes "
        "into: make the array of rates one of floats.",
    ),
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
        message="Your velocity is a sum of gradients, and `lr` enters when the parameter moves. With one rate that "
        "is the same walk. Change the rate between two steps, or set it to 0: which rates should the old "
        "part of the move have?",
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
    # Nesterov
    Mistake(
        question="nesterov",
        name="polyak",
        edits={
            "marble = param - momentum * velocity + new_velocity": "marble = param + new_velocity",
            "marble + after * new_velocity)": "marble)",
        },
        message="This is the momentum of question 2: right if `params` were the marble. They are the point ahead of "
        "it, and so is what you return.",
    ),
    Mistake(
        question="nesterov",
        name="look_ahead_adds_up",
        edits={"marble = param - momentum * velocity + new_velocity": "marble = param + new_velocity"},
        message="You look ahead from the point ahead: at every step another look is added, and none is taken back. "
        "Where was the marble before this step, when `params` were handed in?",
    ),
    Mistake(
        question="nesterov",
        name="old_velocity_ahead",
        edits={"marble + after * new_velocity)": "marble + after * velocity)"},
        message="Your new point ahead is reached with the velocity of before. The next step will start with the new "
        "one.",
    ),
    Mistake(
        question="nesterov",
        name="next_ignored",
        edits={"momentum if next_momentum is None else next_momentum": "momentum"},
        message="`next_momentum` changes nothing. The point that you store is for the next step, which looks ahead "
        "with its own momentum.",
    ),
    Mistake(
        question="nesterov",
        name="next_momentum_everywhere",
        edits={"new_velocity = momentum * velocity -": "new_velocity = after * velocity -"},
        message="You build the velocity with the momentum of the next step. That one is for the look ahead only; the "
        "velocity belongs to this step.",
    ),
    Mistake(
        question="nesterov",
        name="zero_is_none",
        edits={"momentum if next_momentum is None else next_momentum": "next_momentum or momentum"},
        message="With next_momentum=0 you use `momentum`: in Python 0 counts as false, and `or` goes on to the next. "
        "None and 0 are two answers to two questions.",
    ),
    Mistake(
        question="nesterov",
        name="move_remembered",
        edits={
            ("np.where(stays, velocity, new_velocity)"): (
                "np.where(stays, velocity, marble + after * new_velocity - param)"
            )
        },
        message="You remember how far the stored point has moved. The velocity is how far the marble has moved, and "
        "the two differ when the velocity changes.",
    ),
    Mistake(
        question="nesterov",
        name="deck_sign",
        erratum="E20",
        edits={
            "new_velocity = momentum * velocity - lr": "new_velocity = -momentum * velocity - lr",
            "param - momentum * velocity": "param + momentum * velocity",
            "marble + after": "marble - after",
        },
        message="Your momentum has the sign of the deck's rule: the old velocity is taken back instead of kept. "
        "Under a constant gradient the moves should grow.",
    ),
    Mistake(
        question="nesterov",
        name="decay_at_the_marble",
        edits={"(grad + weight_decay * param)": "(grad + weight_decay * (param - momentum * velocity))"},
        message="Your decay is measured at the marble, your gradient at the point ahead. Both belong to the point "
        "ahead: decay is a part of the gradient.",
    ),
    Mistake(
        question="nesterov",
        name="frozen_ignored",
        edits={"(frozen or {}).get(name, False)": "False"},
        message="Frozen entries move. Nothing in your function depends on `frozen`.",
    ),
    Mistake(
        question="nesterov",
        name="frozen_velocity_lost",
        edits={"np.where(stays, velocity, new_velocity)": "np.where(stays, 0.0, new_velocity)"},
        message="Frozen entries stay, and lose their velocity. It belongs to the state, which stays as well.",
    ),
    Mistake(
        question="nesterov",
        name="missing_means_zero",
        edits={EACH_GRADIENT: EACH_PARAMETER},
        message="You take a missing gradient for a gradient of zero. Zero is a measurement: the marble rolls on and "
        "decays. A name without a gradient waits, with all that belongs to it.",
    ),
    Mistake(
        question="nesterov",
        name="state_not_kept",
        edits={"return moved, velocities": "return moved, None"},
        message="Every call starts from rest. What the function returns as its second value is all that it will know "
        "at the next step.",
    ),
    # Adagrad
    Mistake(
        question="adagrad",
        name="repeats_lost",
        edits={"np.add.at(grad, rows, values)": "grad[rows] += values"},
        message="Of a row that is named three times, you take one part and lose two. `grad[rows] += values` reads, "
        "adds and writes once for the whole list, so the last one wins. Try it with rows [2, 2].",
    ),
    Mistake(
        question="adagrad",
        name="squares_of_parts",
        edits={
            ("np.add.at(grad, rows, values)\n"): (
                "np.add.at(grad, rows, values)\n"
                "            parts = np.zeros_like(param)\n"
                "            np.add.at(parts, rows, values**2)\n"
                "            squares = squares + parts - grad**2\n"
            )
        },
        message="You square the parts of a row's gradient and add the squares up. The row has one gradient, the sum "
        "of its parts, and what is squared is that sum: for parts 1 and 1 it is 4 and not 2.",
    ),
    Mistake(
        question="adagrad",
        name="mean_of_parts",
        edits={
            ("np.add.at(grad, rows, values)\n"): (
                "np.add.at(grad, rows, values)\n"
                "            times = np.bincount(rows, minlength=len(param)).reshape(-1, *[1] * (param.ndim - "
                "1))\n"
                "            grad = grad / np.maximum(times, 1)\n"
            )
        },
        message="You average the parts of a row that is named several times. They are parts of one gradient, and add "
        "up.",
    ),
    Mistake(
        question="adagrad",
        name="average_of_squares",
        edits={"squares = squares + grad**2": "squares = 0.9 * squares + 0.1 * grad**2"},
        message="Your squares are a moving average: that is RMSprop, of the next question. Adagrad's sum forgets "
        "nothing, so that under a constant gradient step t is lr / sqrt(t) long.",
    ),
    Mistake(
        question="adagrad",
        name="not_squared",
        edits={"squares = squares + grad**2": "squares = squares + np.abs(grad)"},
        message="You sum the sizes of the gradients and not their squares, and then take the root. Look at the first "
        "step: for a gradient of 4 it is twice as long as for one of 1, and should be the same.",
    ),
    Mistake(
        question="adagrad",
        name="root_missing",
        edits={"np.sqrt(squares)": "squares"},
        message="You divide by the sum of squares and not by its root: the larger a gradient, the shorter its step. "
        "Divide by something that has the unit of a gradient.",
    ),
    Mistake(
        question="adagrad",
        name="eps_inside_root",
        edits={"(np.sqrt(squares) + eps)": "np.sqrt(squares + eps)"},
        message="Your `eps` stands inside the root. Here it is added to the root.",
    ),
    Mistake(
        question="adagrad",
        name="old_sum_divides",
        edits={"(np.sqrt(squares) + eps)": "(np.sqrt(squares - grad**2) + eps)"},
        message="You divide by the sum as it was before this gradient came in. At the first step that is zero, and "
        "only `eps` keeps the step finite.",
    ),
    Mistake(
        question="adagrad",
        name="rate_decays_at_once",
        edits={"(1 + count * lr_decay)": "(1 + (count + 1) * lr_decay)"},
        message="Your rate has decayed before the first step. The count is 0 when the first gradient is used, and "
        "goes up afterwards.",
    ),
    Mistake(
        question="adagrad",
        name="one_count_for_all",
        edits={
            "1 + count * lr_decay": '1 + memory.get("steps", 0) * lr_decay',
            "return moved, memory": 'return moved, {**memory, "steps": memory.get("steps", 0) + 1}',
        },
        message="You count the calls, for all names together. A name that waits does not get older: each has a count "
        "of its own.",
    ),
    Mistake(
        question="adagrad",
        name="one_sum_per_row",
        edits={
            ("squares = squares + grad**2"): (
                "squares = squares + np.sum(grad**2, axis=tuple(range(1, grad.ndim)), keepdims=True)"
            )
        },
        message="You keep one sum for a whole row, so all its entries get the same rate. Every entry has a sum of "
        "its own.",
    ),
    Mistake(
        question="adagrad",
        name="start_every_time",
        edits={"(np.sqrt(squares) + eps)": "(np.sqrt(squares + start * count) + eps)"},
        message="You add `start` at every step. It is what the sum is before the first gradient, once.",
    ),
    Mistake(
        question="adagrad",
        name="start_ignored",
        edits={"np.full_like(param, start)": "np.zeros_like(param)"},
        message="`start` changes nothing. It is what every entry's sum is before its first gradient.",
    ),
    Mistake(
        question="adagrad",
        name="last_gradient_only",
        edits={"memory[name] = squares, count + 1": "memory[name] = np.full_like(param, start) + grad**2, count + 1"},
        message="You remember the square of the last gradient only. All of them add up, from the first on.",
    ),
    Mistake(
        question="adagrad",
        name="state_not_kept",
        edits={"return moved, memory": "return moved, None"},
        message="Every call starts with an empty sum, so every step is a first step. What the function returns as "
        "its second value is all that it will know at the next step.",
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
        message="Every call starts with averages of zero, so every step is a first step. What the function returns "
        "as its second value is all that it will know at the next step.",
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
        "averaged and divided like the rest. (Whether that is a good idea is question 7's topic.)",
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
    # Adadelta
    Mistake(
        question="adadelta",
        name="roots_swapped",
        edits={
            ("np.sqrt(moves + eps[0]) / np.sqrt(new_square + eps[1])"): (
                "np.sqrt(new_square + eps[1]) / np.sqrt(moves + eps[0])"
            )
        },
        message="Your two averages have changed places: you divide by the size of the moves. Check the units: a "
        "gradient divided by the size of gradients, times the size of moves.",
    ),
    Mistake(
        question="adadelta",
        name="moves_averaged_first",
        edits={
            ("move = -np.sqrt(moves + eps[0]) /"): (
                "move = -np.sqrt(rho * moves + (1 - rho) * (np.sqrt(moves + eps[0]) / np.sqrt(new_square + "
                "eps[1]) * g) ** 2 + eps[0]) /"
            ),
        },
        message="You put the move into its average before you use the average, so it is measured by itself. First "
        "the move is made with the average of the moves before it, then the average takes it in.",
    ),
    Mistake(
        question="adadelta",
        name="old_square_divides",
        edits={"np.sqrt(new_square + eps[1])": "np.sqrt(square + eps[1])"},
        message="You divide by the average of the gradients before this one. At the first step that is 0, and "
        "`eps[1]` alone keeps the move finite.",
    ),
    Mistake(
        question="adadelta",
        name="eps_outside_roots",
        edits={
            ("np.sqrt(moves + eps[0]) / np.sqrt(new_square + eps[1])"): (
                "(np.sqrt(moves) + eps[0]) / (np.sqrt(new_square) + eps[1])"
            )
        },
        message="Your `eps` are added to the roots. Here they stand inside, and it matters: the first move of all is "
        "proportional to the root of `eps[0]`.",
    ),
    Mistake(
        question="adadelta",
        name="eps_swapped",
        edits={"eps[0]": "eps[1]", "new_square + eps[1]": "new_square + eps[0]"},
        message="The two numbers of `eps` have changed places. The first is in the unit of squared moves.",
    ),
    Mistake(
        question="adadelta",
        name="one_eps",
        edits={"new_square + eps[1]": "new_square + eps[0]"},
        message="You use `eps[0]` in both roots. With the usual numbers, which are equal, nobody sees it; change to "
        "millimetres and the walk is another one.",
    ),
    Mistake(
        question="adadelta",
        name="gradients_for_moves",
        edits={"(1 - rho) * move**2": "(1 - rho) * g**2"},
        message="Your second average takes in gradients as well, so the two roots cancel and the move is the "
        "gradient itself. It should remember the moves.",
    ),
    Mistake(
        question="adadelta",
        name="moves_not_squared",
        edits={"(1 - rho) * move**2": "(1 - rho) * np.abs(move)"},
        message="You average the sizes of the moves, not their squares, and then take a root of a length. Squares go "
        "in, and the root brings the unit back.",
    ),
    Mistake(
        question="adadelta",
        name="rate_remembered",
        edits={"(1 - rho) * move**2": "(1 - rho) * (lr * move) ** 2"},
        message="Your average of moves has `lr` in it, so that a small rate shrinks all moves to come once more. "
        "What is remembered are the moves before the rate is applied.",
    ),
    Mistake(
        question="adadelta",
        name="rate_for_moves",
        edits={"np.sqrt(moves + eps[0])": "1e-2"},
        message="Your moves are as long as a constant says, which is RMSprop. Here the length comes from the moves "
        "before.",
    ),
    Mistake(
        question="adadelta",
        name="rho_swapped",
        edits={
            "rho * square + (1 - rho) * g**2": "(1 - rho) * square + rho * g**2",
            "rho * moves + (1 - rho) * move**2": "(1 - rho) * moves + rho * move**2",
        },
        message="`rho` and `1 - rho` have changed places: with rho = 0.9 your averages remember one step instead of "
        "ten.",
    ),
    Mistake(
        question="adadelta",
        name="uphill",
        edits={"move = -np.sqrt": "move = np.sqrt"},
        message="Your first move goes the way of the gradient: uphill. The squares hide the sign from everything "
        "that comes after; it has to be in the move.",
    ),
    Mistake(
        question="adadelta",
        name="decay_decoupled",
        erratum="E37",
        edits={
            "g = grad + weight_decay * param": "g = grad",
            "param + lr * move": "param + lr * (move - weight_decay * param)",
        },
        message="Your weights decay beside the move. Here the decay is part of the gradient, so it is squared, "
        "averaged and divided like the rest.",
    ),
    Mistake(
        question="adadelta",
        name="missing_means_zero",
        edits={EACH_GRADIENT: EACH_PARAMETER},
        message="You take a missing gradient for a gradient of zero, so the averages shrink and the weights decay. A "
        "name without a gradient waits, with all that belongs to it.",
    ),
    Mistake(
        question="adadelta",
        name="state_not_kept",
        edits={"return moved, averages": "return moved, None"},
        message="Every call starts with averages of zero, so every move is a first move. What the function returns "
        "as its second value is all that it will know at the next step.",
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
        message="You set the gradient of frozen entries to zero, and they still move: their mean is not zero yet, "
        "and decay pulls as well.",
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
        message="You count the steps of each array. A mask can freeze a part of it: those entries have averaged "
        "fewer gradients than their neighbours, and need a count of their own.",
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
        message="The numbers are right, and float32 parameters come back as float64: an integer array of counts "
        "makes its powers float64, and they pull the rest along.",
    ),
    # AdamW
    Mistake(
        question="adamw",
        name="clipped_by_name",
        edits={
            ("g, count = factor * grad, count + 1"): (
                "g, count = grad * (1.0 if clip is None else clip / max(clip, np.linalg.norm(np.ravel(grad)))), "
                "count + 1"
            )
        },
        message="You shorten each array by itself, so those with long gradients lose more than the others, and the "
        "step points elsewhere. There is one norm, of all gradients together, and one factor.",
    ),
    Mistake(
        question="adamw",
        name="clipped_by_entry",
        edits={
            ("g, count = factor * grad, count + 1"): (
                "g, count = grad if clip is None else np.clip(grad, -clip, clip), count + 1"
            )
        },
        message="You cut every entry off at `clip`. That turns the gradient, and leaves a vector of many small "
        "entries as long as it was. One factor for all entries keeps the direction.",
    ),
    Mistake(
        question="adamw",
        name="always_to_the_norm",
        edits={"1.0 if clip is None or norm <= clip else": "1.0 if clip is None or norm == 0 else"},
        message="You bring every gradient to the norm `clip`, the short ones too: those are made longer. Clipping "
        "changes only what is too long.",
    ),
    Mistake(
        question="adamw",
        name="squared_norm",
        edits={
            ("norm = np.sqrt(sum(np.square(grad, dtype=np.float64).sum() for grad in grads.values()))"): (
                "norm = sum(np.square(grad, dtype=np.float64).sum() for grad in grads.values())"
            )
        },
        message="You compare the squared norm with `clip`, and divide by it. The root is missing.",
    ),
    Mistake(
        question="adamw",
        name="sum_of_norms",
        edits={
            ("norm = np.sqrt(sum(np.square(grad, dtype=np.float64).sum() for grad in grads.values()))"): (
                "norm = sum(np.sqrt(np.square(grad, dtype=np.float64).sum()) for grad in grads.values())"
            )
        },
        message="You add up the norms of the arrays. Of one long vector it is the squares that add up, and the root "
        "comes last.",
    ),
    Mistake(
        question="adamw",
        name="step_clipped",
        edits={
            "g, count = factor * grad, count + 1": "g, count = grad, count + 1",
            "param - lr * step - lr": "param - lr * factor * step - lr",
        },
        message="You shorten the step and not the gradient: the averages have taken in the loud one, and will "
        "remember it for a thousand steps.",
    ),
    Mistake(
        question="adamw",
        name="norm_in_float32",
        edits={"np.square(grad, dtype=np.float64)": "np.square(grad)"},
        message="You square float32 gradients in float32. From 2e19 on the square is infinite, so is the norm, and "
        "clip / inf makes all gradients 0: the step is lost without a word.",
    ),
    Mistake(
        question="adamw",
        name="bad_batch_by_name",
        edits={
            ("if not all(np.isfinite(grad).all() for grad in grads.values()):\n        return params, state"): (
                "grads = {name: grad for name, grad in grads.items() if np.isfinite(grad).all()}"
            ),
        },
        message="You leave out the name whose gradient is not finite, and move the others. A batch that made one "
        "`inf` has made the other gradients too: the whole step is off.",
    ),
    Mistake(
        question="adamw",
        name="bad_entries_are_zero",
        edits={
            ("if not all(np.isfinite(grad).all() for grad in grads.values()):\n        return params, state"): (
                "grads = {name: np.nan_to_num(grad, nan=0.0, posinf=0.0, neginf=0.0) for name, grad in grads.items()}"
            ),
        },
        message="You set what is not finite to 0 and go on. The averages shrink, the weights decay, and the rest of "
        "the bad batch is believed. The whole step is off.",
    ),
    Mistake(
        question="adamw",
        name="bad_batch_counted",
        edits={
            ("        return params, state"): (
                "        return params, {name: (mean, square, count + 1) for name, (mean, square, count) in "
                "(state or {}).items()}"
            ),
        },
        message="Your parameters stay at a bad batch, and your count goes on. It counts the gradients in the "
        "averages, and this one is in none.",
    ),
    Mistake(
        question="adamw",
        name="only_nan_is_bad",
        edits={
            ("not all(np.isfinite(grad).all() for grad in grads.values())"): (
                "any(np.isnan(grad).any() for grad in grads.values())"
            )
        },
        message="You look for `nan` only. A gradient that is infinite does as much harm: the averages are infinite "
        "from then on.",
    ),
    Mistake(
        question="adamw",
        name="state_lost_at_bad_batch",
        edits={"        return params, state": "        return params, None"},
        message="At a bad batch your parameters stay, and the state is thrown away: the run starts anew, with a step "
        "of length lr. The state comes back as it was.",
    ),
    Mistake(
        question="adamw",
        name="everything_decays",
        edits={"0.0 if name in no_decay else weight_decay": "weight_decay"},
        message="`no_decay` changes nothing: biases and scales decay like the weights.",
    ),
    Mistake(
        question="adamw",
        name="list_reversed",
        edits={"if name in no_decay": "if name not in no_decay"},
        message="What is in `no_decay` decays, and the rest does not. It is the other way round.",
    ),
    Mistake(
        question="adamw",
        name="decay_in_gradient",
        erratum="E37",
        edits={
            ("g, count = factor * grad, count + 1"): (
                "g, count = factor * grad + (0.0 if name in no_decay else weight_decay) * param, count + 1"
            ),
            "0.0 if name in no_decay else weight_decay\n": "0.0\n",
        },
        message="Your decay goes through the gradient, so it is averaged and divided by the root: entries with large "
        "gradients hardly decay. In AdamW every entry loses the same share, beside the step.",
    ),
    Mistake(
        question="adamw",
        name="decay_without_rate",
        edits={"- lr * decay * param": "- decay * param"},
        message="Your decay does not know the rate: each step multiplies by 1 - weight_decay. Here it is lr * "
        "weight_decay that is lost, so a schedule of rates slows the decay as well.",
    ),
    Mistake(
        question="adamw",
        name="no_bias_correction",
        erratum="E21",
        edits={"mean / (1 - beta1**count)": "mean", "square / (1 - beta2**count)": "square"},
        message="This is what you get without the two divisions: under a constant gradient the first step is 3.2 "
        "times lr, and the twelfth 6.6 times.",
    ),
    Mistake(
        question="adamw",
        name="count_from_zero",
        edits={"beta1**count)": "beta1 ** (count - 1))", "beta2**count)": "beta2 ** (count - 1))"},
        message="You correct the first step for no gradients at all, and divide 0 by 0. After one gradient the count "
        "is 1.",
    ),
    Mistake(
        question="adamw",
        name="eps_inside_root",
        edits={"(np.sqrt(square / (1 - beta2**count)) + eps)": "np.sqrt(square / (1 - beta2**count) + eps)"},
        message="Your `eps` stands inside the root. Here it is added to the root.",
    ),
    Mistake(
        question="adamw",
        name="missing_means_zero",
        edits={EACH_GRADIENT: EACH_PARAMETER},
        message="You take a missing gradient for a gradient of zero, so the averages shrink, the count goes on and "
        "the weights decay. A name without a gradient waits.",
    ),
    Mistake(
        question="adamw",
        name="state_not_kept",
        edits={"return moved, moments": "return moved, None"},
        message="Every call is a first call. What the function returns as its second value is all that it will know "
        "at the next step.",
    ),
    # Newton
    Mistake(
        question="newton",
        name="uphill",
        edits={"step = -np.linalg.solve": "step = np.linalg.solve"},
        message="Your step has the wrong sign: it goes from the bottom of a bowl as far up the other way. Where is "
        "the model's gradient, g + H s, zero?",
    ),
    Mistake(
        question="newton",
        name="to_the_saddle",
        source=TO_THE_SADDLE,
        message="You solve without looking at the signs of the eigenvalues. Along a negative one the solution lies "
        "*up* the hill, at the saddle, and a zero one has no solution at all. Damp until the matrix is "
        "positive definite.",
    ),
    Mistake(
        question="newton",
        name="own_blocks_only",
        edits={
            ("np.reshape(hessian[a][b], (sizes[a], sizes[b]))"): (
                "np.reshape(hessian[a][b], (sizes[a], sizes[b])) * (a == b)"
            )
        },
        message="Your matrix has the blocks of each name with itself, and zeros for the others. How the slope of one "
        "parameter changes with another is what tells Newton's step from seven separate ones.",
    ),
    Mistake(
        question="newton",
        name="diagonal_only",
        edits={"H = (H + H.T) / 2": "H = np.diag(np.diag(H))"},
        message="You use the diagonal of the Hessian only. In a valley that lies across the axes, that step is not "
        "even close: the other entries say how the axes mix.",
    ),
    Mistake(
        question="newton",
        name="one_triangle",
        edits={"    H = (H + H.T) / 2\n": ""},
        message="You take the matrix as it was measured. Cholesky reads its lower triangle and never sees the upper "
        "one, so half of the measurements are lost. H is the mean of the matrix and its transpose.",
    ),
    Mistake(
        question="newton",
        name="damping_in_proportion",
        edits={"H + damping * np.eye(g.size)": "H + damping * np.diag(np.diag(H))"},
        message="You damp each direction in proportion to its own curvature (Marquardt's way). A curvature of zero "
        "stays zero then. Here the same number is added to all of the diagonal.",
    ),
    Mistake(
        question="newton",
        name="damped_everywhere",
        edits={"H + damping * np.eye(g.size)": "H + damping"},
        message="You add the damping to every entry of the matrix: `H + number` does that. It belongs on the diagonal.",
    ),
    Mistake(
        question="newton",
        name="damping_added_up",
        edits={
            ("factor = np.linalg.cholesky(H + damping * np.eye(g.size))"): (
                "H = H + damping * np.eye(g.size)\n            factor = np.linalg.cholesky(H)"
            ),
        },
        message="Each try adds its damping to what the tries before it have added, and the prediction is made with "
        "the damped matrix. Every try starts from H.",
    ),
    Mistake(
        question="newton",
        name="doubled",
        edits={"max(10 * damping, 1e-3)": "max(2 * damping, 1e-3)"},
        message="Your damping goes up by another factor than ten.",
    ),
    Mistake(
        question="newton",
        name="one_notch_too_far",
        edits={
            ("    step = -np"): (
                "    damping = max(10 * damping, 1e-3) if damping >= 1e-3 else damping\n"
                "    factor = np.linalg.cholesky(H + damping * np.eye(g.size))\n"
                "    step = -np"
            )
        },
        message="You raise the damping once more after the matrix has become positive definite. The first one that "
        "is enough is the one to use.",
    ),
    Mistake(
        question="newton",
        name="never_without_damping",
        edits={"    while True:": "    damping = max(damping, 1e-3)\n    while True:"},
        message="You damp where nothing asks for it: in a bowl with damping=0 one step should end at the bottom "
        "exactly.",
    ),
    Mistake(
        question="newton",
        name="absolute_gradient",
        edits={"length = np.linalg.norm(step)": "length = np.linalg.norm(g)"},
        message="You compare the radius with the length of the gradient. It is the step that must not be longer.",
    ),
    Mistake(
        question="newton",
        name="always_to_the_radius",
        edits={"radius is not None and length > radius": "radius is not None"},
        message="You bring every step to the length of the radius, the short ones too. Near the minimum that throws "
        "you out again.",
    ),
    Mistake(
        question="newton",
        name="cut_by_entry",
        edits={"step = step * (radius / length)": "step = np.clip(step, -radius, radius)"},
        message="You cut every entry off at the radius. That turns the step, and its length as one vector may still "
        "be more.",
    ),
    Mistake(
        question="newton",
        name="prediction_of_full_step",
        edits={
            "    length = np": "    predicted = g @ step + step @ H @ step / 2\n    length = np",
            "    predicted = g @ step + step @ H @ step / 2\n    parts": "    parts",
        },
        message="You predict what the step would have done before it was shortened. The prediction is for the step "
        "that is taken.",
    ),
    Mistake(
        question="newton",
        name="square_lost",
        erratum="E23",
        edits={
            "    length = np": "    first, second, scale = g @ step, step @ H @ step / 2, 1.0\n    length = np",
            "step = step * (radius / length)": "scale = radius / length\n        step = step * scale",
            "predicted = g @ step + step @ H @ step / 2": "predicted = scale * first + second",
        },
        message="You shorten the step to a share of its length and take the curvature's term as it was. This is the "
        "square that the deck loses: with a tenth of the step the first term is a tenth, and the second a "
        "hundredth.",
    ),
    Mistake(
        question="newton",
        name="half_forgotten",
        edits={"step @ H @ step / 2": "step @ H @ step"},
        message="The half in front of the curvature's term is missing. In a bowl, your full step promises no change "
        "at all.",
    ),
    Mistake(
        question="newton",
        name="prediction_with_damping",
        edits={"step @ H @ step / 2": "step @ (H + damping * np.eye(g.size)) @ step / 2"},
        message="You predict with the damped matrix. The damping is your caution, not a property of the loss: the "
        "model is made with H.",
    ),
    Mistake(
        question="newton",
        name="order_of_the_dictionary",
        edits={
            ("np.concatenate([np.ravel(grads[name]) for name in params])"): (
                "np.concatenate([np.ravel(grad) for grad in grads.values()])"
            )
        },
        message="You string the gradients together in the order of their own dictionary. It need not be that of the "
        "parameters: names go by name.",
    ),
]
