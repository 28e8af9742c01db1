"""Known mistakes of a01_losses: each must lose points, and each knows what to tell the student who made it."""

from autograder.manifest import Mistake

MISTAKES = [
    # Softmax
    Mistake(
        question="softmax",
        name="one_numerator",
        erratum="E15",
        edits={"return shares / np.where": "return np.where(counts, shares.take([0], axis), 0.0) / np.where"},
        message="Every score that counts gets the same share, the one of the first: this is the formula as the deck "
        "prints it, with one index in the numerator and another one on the left. Add your shares up: they make 1 only "
        "by accident.",
    ),
    Mistake(
        question="softmax",
        name="overflow",
        edits={"np.exp((kept - top) / temperature)": "np.exp(kept / temperature)"},
        message="Right, until a score reaches 710: then exp is infinite, and infinity over infinity is nan. At -1000 "
        "everything is 0 over 0. Adding the same number to all scores changes no share: which number makes every exp "
        "harmless?",
    ),
    Mistake(
        question="softmax",
        name="largest_of_all",
        edits={"top = kept.max(axis=axis, keepdims=True)": "top = scores.max(axis=axis, keepdims=True)"},
        message="You take off the largest of all scores, the masked ones too. A masked 10000 pushes every score that "
        "counts so far down that all exps are 0, and a masked nan makes all of them nan. Look at which scores your "
        "maximum runs over.",
    ),
    Mistake(
        question="softmax",
        name="mask_ignored",
        edits={"True if mask is None else mask": "True"},
        message="Masked scores get a share like the others: nothing in your function depends on `mask`.",
    ),
    Mistake(
        question="softmax",
        name="masked_to_zero",
        edits={"np.where(counts, scores, -np.inf)": "np.where(counts, scores, 0.0)"},
        message="You set masked scores to 0. A score of 0 is a score like any other and gets exp(0) = 1, before "
        "dividing. Add up the shares of what counts: less than 1. What score would give a share of 0?",
    ),
    Mistake(
        question="softmax",
        name="masked_afterwards",
        edits={
            "kept = np.where(counts, scores, -np.inf)": "kept = scores",
            "return shares / np.where(total > 0, total, 1.0)": "return np.where(counts, shares / total, 0.0)",
        },
        message="You share among all scores and then take away what the masked ones got. What they got is missing: "
        "add up the shares that are left. The sum below the line runs over what counts.",
    ),
    Mistake(
        question="softmax",
        name="mask_multiplied",
        edits={
            "kept = np.where(counts, scores, -np.inf)": "kept = scores",
            "np.exp((kept - top) / temperature)": "np.exp((kept - top) / temperature) * counts",
        },
        message="You multiply with the mask. That works while masked scores are harmless, but 0 times nan is nan, and "
        "a masked score far above the others leaves 0 for everything that counts. Choose instead of multiplying.",
    ),
    Mistake(
        question="softmax",
        name="nothing_left_nan",
        edits={
            "top = np.where(np.isfinite(top), top, 0.0)": "top = top + 0",
            "np.where(total > 0, total, 1.0)": "total",
        },
        message="Where nothing counts you divide 0 by 0, and the row comes out as nan. It should be zeros: there is "
        "nobody to share with.",
    ),
    Mistake(
        question="softmax",
        name="nothing_left_alike",
        edits={"np.where(counts, scores, -np.inf)": "np.where(counts, scores, -1e30)"},
        message="You give masked scores a very low number in place of none. Where everything is masked they are all "
        "equally low, and share alike: padding attends to padding. Such a row should be zeros.",
    ),
    Mistake(
        question="softmax",
        name="temperature_multiplies",
        edits={"(kept - top) / temperature": "(kept - top) * temperature"},
        message="Your temperature multiplies: a high one makes the best score win. It is the other way round: heat "
        "makes everything alike.",
    ),
    Mistake(
        question="softmax",
        name="temperature_on_shares",
        edits={"np.exp((kept - top) / temperature)": "np.exp(kept - top) / temperature"},
        message="You divide the exps by the temperature, and it cancels when the shares are made to add up to 1. What "
        "has to be divided are the scores.",
    ),
    Mistake(
        question="softmax",
        name="always_last_axis",
        edits={
            "kept.max(axis=axis, keepdims=True)": "kept.max(axis=-1, keepdims=True)",
            "shares.sum(axis=axis, keepdims=True)": "shares.sum(axis=-1, keepdims=True)",
        },
        message="You share along the last axis, whatever `axis` says.",
    ),
    Mistake(
        question="softmax",
        name="sum_over_everything",
        edits={"total = shares.sum(axis=axis, keepdims=True)": "total = shares.sum()"},
        message="All entries of the array together share 1. Each row should: what does the sum run along?",
    ),
    # Cross-entropy
    Mistake(
        question="cross_entropy",
        name="numerator_of_the_position",
        erratum="E15",
        edits={
            "labels = np.where(counts, targets, 0)": (
                "labels = np.where(counts, np.arange(targets.size).reshape(targets.shape) % classes, 0)"
            )
        },
        message="The class in your numerator is counted by the position in the batch and not by the target: one "
        "deck's formula mixes up these two indices as well. Give the same position another target: your loss stays.",
    ),
    Mistake(
        question="cross_entropy",
        name="log_of_the_softmax",
        edits={
            "log_p = f - np.log(np.exp(f).sum(axis=-1, keepdims=True))": (
                "log_p = np.log(np.exp(f) / np.exp(f).sum(axis=-1, keepdims=True))"
            )
        },
        message="You compute probabilities first and take their logarithm after. A class that is 800 behind has a "
        "probability that rounds to 0, whose logarithm is infinite; its loss is 800. Work the logarithm of the "
        "fraction out on paper before any exp is taken.",
    ),
    Mistake(
        question="cross_entropy",
        name="overflow",
        edits={"f = f - f.max(axis=-1, keepdims=True)": "f = f + 0"},
        message="Right, until a score reaches 710, where exp is infinite, and the loss is nan from then on. What can "
        "be added to all scores of a position without changing p?",
    ),
    Mistake(
        question="cross_entropy",
        name="sum_for_mean",
        edits={"np.sum(weights[labels], where=counts)": "float(np.sum(weights[labels], where=counts) > 0)"},
        message="You return the sum over positions and not their mean: twice the batch gives twice the loss and twice "
        "the step.",
    ),
    Mistake(
        question="cross_entropy",
        name="mean_over_all_positions",
        edits={"np.sum(weights[labels], where=counts)": "weights[labels].mean() * counts.any() * counts.size"},
        message="You divide by all positions, the ignored ones too. Add padding to a batch: your loss gets smaller "
        "while the model is as wrong as before.",
    ),
    Mistake(
        question="cross_entropy",
        name="ignored_as_a_class",
        edits={
            "counts, classes = targets != ignore, logits.shape[-1]": (
                "counts, classes = np.full(targets.shape, True), logits.shape[-1]"
            ),
            "labels = np.where(counts, targets, 0)": "labels = targets % logits.shape[-1]",
        },
        message="Ignored positions count. A target of -1 does not even fail: as an index it means the last class, so "
        "your model learns to say the last class wherever there is padding.",
    ),
    Mistake(
        question="cross_entropy",
        name="ignores_negative_targets",
        edits={"targets != ignore": "targets >= 0"},
        message="You ignore whatever is negative, and `ignore` changes nothing. When padding has a number of the "
        "vocabulary, 0 for example, its positions count in your loss.",
    ),
    Mistake(
        question="cross_entropy",
        name="mask_multiplied",
        edits={
            "f = np.where(counts[..., None], logits, 0.0)": "f = logits + 0",
            "np.where(counts[..., None], weights * q, 0.0) / divisor": "weights * q * counts[..., None] / divisor",
        },
        message="You multiply with the mask, and 0 times nan is nan: what stands in the padding spoils the whole "
        "batch. Put something harmless there before you compute.",
    ),
    Mistake(
        question="cross_entropy",
        name="nothing_counts",
        edits={"if divisor == 0:": "if divisor < 0:"},
        message="When no position counts, you divide 0 by 0. A batch of padding should have the loss 0, and pull at "
        "nothing.",
    ),
    Mistake(
        question="cross_entropy",
        name="weights_ignored",
        edits={"np.ones(classes) if weights is None else weights": "np.ones(classes)"},
        message="Nothing in your function depends on `weights`.",
    ),
    Mistake(
        question="cross_entropy",
        name="divided_by_the_count",
        edits={"np.sum(weights[labels], where=counts)": "np.count_nonzero(counts) * np.any(weights[labels])"},
        message="You weight the classes and divide by the number of positions. Then equal scores no longer cost log "
        "C, and doubling all weights doubles the loss. A weighted mean is divided by its weights.",
    ),
    Mistake(
        question="cross_entropy",
        name="weight_of_the_target_only",
        edits={"weights * q, 0.0)": "weights[labels][..., None] * q, 0.0)"},
        message="Your whole position is multiplied by the weight of its target. With smoothing each class c has its "
        "own part q_c, and its own weight w_c stands inside the sum over the classes.",
    ),
    Mistake(
        question="cross_entropy",
        name="gradient_without_weights",
        edits={
            "share.sum(axis=-1, keepdims=True) * np.exp(log_p) - share": (
                "np.where(counts[..., None], np.exp(log_p) - q, 0.0) / np.count_nonzero(counts)"
            )
        },
        message="Your gradient is p - q over the number of positions, the one without class weights. Weights change "
        "the loss, so they change its slope: compare the two columns of `slopes`.",
    ),
    Mistake(
        question="cross_entropy",
        name="gradient_p_minus_q_weighted",
        edits={
            "share.sum(axis=-1, keepdims=True) * np.exp(log_p) - share": (
                "np.where(counts[..., None], weights * (np.exp(log_p) - q), 0.0) / divisor"
            )
        },
        message="Your gradient is w_k (p_k - q_k), as if each class were weighted for itself. Add it up over the "
        "classes of one position: it should be 0, because adding a number to all scores changes nothing. Each log p_c "
        "depends on every score.",
    ),
    Mistake(
        question="cross_entropy",
        name="gradient_of_the_sum",
        edits={"np.exp(log_p) - share\n": "np.exp(log_p) * divisor - share * divisor\n"},
        message="Your loss is a mean and your gradient that of a sum: it is too long by the divisor. The division is "
        "part of the loss that you return.",
    ),
    Mistake(
        question="cross_entropy",
        name="gradient_uphill",
        edits={
            "share.sum(axis=-1, keepdims=True) * np.exp(log_p) - share": (
                "share - share.sum(axis=-1, keepdims=True) * np.exp(log_p)"
            )
        },
        message="Your gradient has the other sign: it is the direction of descent. The derivative of the loss is "
        "negative for the right class, because a higher score there lowers the loss.",
    ),
    Mistake(
        question="cross_entropy",
        name="smoothing_to_the_others",
        edits={
            "q = (1 - smoothing) * right + smoothing / classes": (
                "q = np.where(right, 1 - smoothing, smoothing / (classes - 1))"
            )
        },
        message="You share the smoothing among the other C - 1 classes. Here the right class gets its part of it too: "
        "with smoothing 1 all classes are alike.",
    ),
    Mistake(
        question="cross_entropy",
        name="smoothing_ignored",
        edits={"q = (1 - smoothing) * right + smoothing / classes": "q = 1.0 * right"},
        message="Nothing in your function depends on `smoothing`.",
    ),
    Mistake(
        question="cross_entropy",
        name="smoothing_not_in_gradient",
        edits={
            "share.sum(axis=-1, keepdims=True) * np.exp(log_p) - share": (
                "np.where(counts[..., None], weights[labels][..., None] * (np.exp(log_p) - right), 0.0) / divisor"
            )
        },
        message="Your gradient still aims at the right class alone: the smoothing is in the loss, and not in its "
        "slope. Where q is the target, the gradient is 0 at p = q (without weights).",
    ),
    Mistake(
        question="cross_entropy",
        name="mean_of_sequence_means",
        edits={
            "divisor = np.sum(weights[labels], where=counts)": (
                "each = np.sum(weights[labels], axis=1, where=counts)[:, None, None]\n"
                "    divisor = np.where(each > 0, each, 1.0) * np.count_nonzero(each)"
            ),
            "if divisor == 0:": "if not np.any(divisor):",
        },
        message="You take the mean of each sequence and then the mean of these. Here all positions of the batch that "
        "count are alike, wherever they stand: one sum, one division.",
    ),
    # Binary cross-entropy
    Mistake(
        question="bce",
        name="slide_formula",
        edits={
            "cost_of_yes, cost_of_no = np.logaddexp(0.0, -logits), np.logaddexp(0.0, logits)": (
                "p = 1 / (1 + np.exp(-logits))\n    cost_of_yes, cost_of_no = -np.log(p), -np.log(1 - p)"
            ),
        },
        message="This is the slide's formula: first the sigmoid, then its logarithm. From z = 37 on 1 - sigmoid(z) is "
        "0 in a computer, so a wrong answer costs infinity and a right one nothing at all.",
    ),
    Mistake(
        question="bce",
        name="clipped",
        edits={
            "cost_of_yes, cost_of_no = np.logaddexp(0.0, -logits), np.logaddexp(0.0, logits)": (
                "p = np.clip(np.exp(-np.logaddexp(0.0, -logits)), 1e-7, 1 - 1e-7)\n"
                "    cost_of_yes, cost_of_no = -np.log(p), -np.log(1 - p)"
            ),
        },
        message="You clip the probability. The loss is finite now, and wrong on both sides: no answer costs more than "
        "16.1, and none less than 1e-7, however right it is.",
    ),
    Mistake(
        question="bce",
        name="log_of_one_plus",
        edits={
            "np.logaddexp(0.0, -logits), np.logaddexp(0.0, logits)": (
                "(np.maximum(z, 0) + np.log(1 + np.exp(-np.abs(z))) for z in (-logits, logits))"
            ),
        },
        message="Nothing overflows, and large losses are right. But 1 + exp(-40) is 1 in a computer, and its "
        "logarithm 0: small losses are lost, and the digits go one by one before that. numpy has a logarithm of 1 + x "
        "for small x.",
    ),
    Mistake(
        question="bce",
        name="cancelled",
        edits={"np.mean(yes * cost_of_yes + no * cost_of_no)": "np.mean(no * logits + (yes + no) * cost_of_yes)"},
        message="You compute what is lost on a no as z plus what is lost on a yes, which is true and overflows "
        "nowhere. Put in z = -40: minus 40 plus 40 and a little, and the little is gone.",
    ),
    Mistake(
        question="bce",
        name="gradient_from_one_minus",
        edits={"yes * np.exp(-cost_of_no)": "yes * (1 - np.exp(-cost_of_yes))"},
        message="Your loss is right everywhere, and your gradient loses its digits where a yes is sure: 1 - "
        "sigmoid(z) takes two numbers that are nearly equal. Which sigmoid is it, without a subtraction?",
    ),
    Mistake(
        question="bce",
        name="sum_for_mean",
        edits={
            "np.mean(yes * cost_of_yes": "np.sum(yes * cost_of_yes",
            "yes * np.exp(-cost_of_no)) / logits.size": ("yes * np.exp(-cost_of_no))"),
        },
        message="You return the sum over the entries, and its gradient. The mean is asked for: a batch of twice the "
        "size should not make steps of twice the length.",
    ),
    Mistake(
        question="bce",
        name="mean_over_rows",
        edits={
            "np.mean(yes * cost_of_yes + no * cost_of_no)": "np.sum(yes * cost_of_yes + no * cost_of_no) / len(logits)",
            "/ logits.size": "/ len(logits)",
        },
        message="You divide by the number of rows. Each row has several yes-or-no questions, and the mean is over all "
        "entries.",
    ),
    Mistake(
        question="bce",
        name="gradient_of_the_sum",
        edits={" / logits.size": ""},
        message="Your loss is a mean and your gradient that of a sum: it is too long by the number of entries.",
    ),
    Mistake(
        question="bce",
        name="only_yes_costs",
        edits={"no * cost_of_no)": "0 * cost_of_no)", "(no * np.exp(-cost_of_yes)": "(0 * np.exp(-cost_of_yes)"},
        message="A no costs nothing in your function. With C classes the other probabilities follow from the right "
        "one; here yes for everything would be perfect. What is lost when the answer is no?",
    ),
    Mistake(
        question="bce",
        name="weight_ignored",
        edits={"pos_weight * targets, 1 - targets": "targets, 1 - targets"},
        message="Nothing in your function depends on `pos_weight`.",
    ),
    Mistake(
        question="bce",
        name="weight_on_both",
        edits={"pos_weight * targets, 1 - targets": "pos_weight * targets, pos_weight * (1 - targets)"},
        message="Your weight multiplies every entry, yes or no. It belongs to what is lost on a yes; multiplying all "
        "of it would only change the rate.",
    ),
    Mistake(
        question="bce",
        name="weight_on_no",
        edits={"pos_weight * targets, 1 - targets": "targets, pos_weight * (1 - targets)"},
        message="Your weight stands at the no. Take a target of 1: the loss should grow with `pos_weight`.",
    ),
    Mistake(
        question="bce",
        name="divided_by_weights",
        edits={
            "np.mean(yes * cost_of_yes + no * cost_of_no)": (
                "np.sum(yes * cost_of_yes + no * cost_of_no) / np.sum(yes + no)"
            ),
            "/ logits.size": "/ np.sum(yes + no)",
        },
        message="You divide by the sum of the weights, as in question 2. Here the divisor is the number of entries, "
        "whatever the weights.",
    ),
    Mistake(
        question="bce",
        name="weight_not_in_gradient",
        edits={"- yes * np.exp(-cost_of_no)": "- targets * np.exp(-cost_of_no)"},
        message="Your gradient is sigmoid(z) - t whatever `pos_weight` is. The weight is in the loss, so it is in the "
        "slope: where do a heavy yes and a light no pull equally?",
    ),
    Mistake(
        question="bce",
        name="targets_rounded",
        edits={"pos_weight * targets, 1 - targets": "pos_weight * (targets > 0.5), (targets <= 0.5)"},
        message="You take every target for a clear yes or a clear no. A target of 0.7 is a bit of both, and costs a "
        "bit of both.",
    ),
    Mistake(
        question="bce",
        name="gradient_uphill",
        edits={
            "(no * np.exp(-cost_of_yes) - yes * np.exp(-cost_of_no))": (
                "(yes * np.exp(-cost_of_no) - no * np.exp(-cost_of_yes))"
            )
        },
        message="Your gradient has the other sign: it is the direction of descent. For a yes the loss falls as z "
        "grows, so the derivative is negative.",
    ),
    # Hinge
    Mistake(
        question="hinge",
        name="margin_after_the_bracket",
        erratum="E01",
        edits={
            "[:, None] + room": "[:, None]",
            "loss = np.sum(over, where=active) / number": (
                "rivals = columns != labels[:, None]\n"
                "    added = np.where(rivals, np.where(over > 0, over, 0.0) + room, -np.inf)\n"
                "    loss = (added.max(axis=1) if worst else np.sum(added, axis=1, where=rivals)).sum() / number"
            ),
        },
        message="Your margin is added after the bracket, for every class: this is the deck's formula, which gives 20 "
        "for its own example. What is added there changes no gradient: it asks for no margin, and is charged all the "
        "same.",
    ),
    Mistake(
        question="hinge",
        name="margin_after_the_sum",
        erratum="E01",
        edits={
            "[:, None] + room": "[:, None]",
            "loss = np.sum(over, where=active) / number": (
                "rivals = columns != labels[:, None]\n"
                "    most = np.max(room, axis=1, initial=0.0, where=rivals)\n"
                "    loss = (np.sum(over, axis=1, where=active) + most).sum() / number"
            ),
        },
        message="Your margin is added once to each example, after the sum: one way to read the deck's formula, and 10 "
        "for its example. A constant in a loss teaches nothing. The margin decides who is too close.",
    ),
    Mistake(
        question="hinge",
        name="right_class_counts",
        edits={"over = np.where(columns == labels[:, None], 0.0, over)": "over = np.nan_to_num(over)"},
        message="The right class is one of the rivals in your sum. It is never ahead of itself, but it comes within "
        "the margin: the loss is too large by the margin, and never 0.",
    ),
    Mistake(
        question="hinge",
        name="sum_for_mean",
        edits={
            "np.sum(over, where=active) / number": "np.sum(over, where=active)",
            "grad = active / number": "grad = active / 1.0",
            "-active.sum(axis=1) / number": "-active.sum(axis=1)",
        },
        message="You return the sum over the examples, and its gradient. The mean is asked for: repeat a batch, and "
        "the loss should stay.",
    ),
    Mistake(
        question="hinge",
        name="mean_over_classes_too",
        edits={
            "np.sum(over, where=active) / number": "np.sum(over, where=active) / scores.size",
            "grad = active / number": "grad = active / scores.size",
            "-active.sum(axis=1) / number": "-active.sum(axis=1) / scores.size",
        },
        message="You divide by N times C. The sum over the rivals is a sum, and only the examples are averaged.",
    ),
    Mistake(
        question="hinge",
        name="differences_turned_round",
        edits={"scores - scores[rows, labels][:, None] + room": "scores[rows, labels][:, None] - scores + room"},
        message="Your difference is f_y - f_j, so a right class that leads is punished for it. Who should be ahead?",
    ),
    Mistake(
        question="hinge",
        name="gradient_without_the_right_class",
        edits={"grad[rows, labels] = -active.sum(axis=1) / number": "grad[rows, labels] = 0.0"},
        message="Your gradient pushes the rivals down and leaves the right class alone. f_y stands in every bracket "
        "of the sum. Adding a number to all scores changes no loss, so each row of the gradient adds up to 0.",
    ),
    Mistake(
        question="hinge",
        name="right_class_pushed_once",
        edits={"-active.sum(axis=1) / number": "-1.0 * active.any(axis=1) / number"},
        message="Your gradient pushes the right class up once, however many rivals are too close. f_y stands in every "
        "bracket: add up a row of your gradient.",
    ),
    Mistake(
        question="hinge",
        name="violations_in_gradient",
        edits={
            "grad = active / number": "grad = active * over / number",
            "-active.sum(axis=1) / number": ("-(active * over).sum(axis=1) / number"),
        },
        message="Your gradient is as long as the violation, as if it had been squared. A hinge has the slope 0 or 1, "
        "however far it is open.",
    ),
    Mistake(
        question="hinge",
        name="gradient_of_the_sum",
        edits={"grad = active / number": "grad = active / 1.0", "-active.sum(axis=1) / number": "-active.sum(axis=1)"},
        message="Your loss is a mean and your gradient that of a sum: it is too long by the number of examples.",
    ),
    Mistake(
        question="hinge",
        name="gradient_at_the_kink",
        edits={"active = over > 0": "active = (over >= 0) & (columns != labels[:, None])"},
        message="A class that stands exactly at its margin is pushed down by your gradient. At the kink the contract "
        "says 0: the class has just reached what was asked.",
    ),
    Mistake(
        question="hinge",
        name="margins_transposed",
        edits={
            "np.broadcast_to(margins, (classes, classes))[labels]": (
                "np.broadcast_to(margins, (classes, classes)).T[labels]"
            )
        },
        message="You read margins[j, y]. A truck taken for a husky may cost something else than a husky taken for a "
        "truck: the row is the right class.",
    ),
    Mistake(
        question="hinge",
        name="margins_of_the_rows",
        edits={
            "np.broadcast_to(margins, (classes, classes))[labels]": (
                "np.broadcast_to(margins, (classes, classes))[rows % classes]"
            )
        },
        message="Example n gets row n of the margins. Which row it needs depends on its label.",
    ),
    Mistake(
        question="hinge",
        name="diagonal_not_skipped",
        edits={
            "over = np.where(columns == labels[:, None], 0.0, over)": (
                "over = np.maximum(over, 0.0) * (columns != labels[:, None])"
            ),
            "np.sum(over, where=active)": "np.sum(over * active)",
        },
        message="You remove the right class by multiplying with 0, and the diagonal of the margins may be nan: 0 "
        "times nan is nan. Choose instead of multiplying.",
    ),
    Mistake(
        question="hinge",
        name="worst_ignored",
        edits={"active &= columns == over.argmax(axis=1)[:, None]": "pass"},
        message="worst=True changes nothing in your function.",
    ),
    Mistake(
        question="hinge",
        name="worst_by_score",
        edits={"over.argmax(axis=1)": "np.where(columns == labels[:, None], -np.inf, scores).argmax(axis=1)"},
        message="For the worst rival you take the one with the highest score. One with a lower score and a larger "
        "margin can be the worse offence: compare the violations.",
    ),
    Mistake(
        question="hinge",
        name="worst_in_loss_only",
        edits={
            "loss = np.sum(over, where=active) / number": (
                "loss = np.sum(over, where=active) / number\n    active = over > 0"
            )
        },
        message="With worst=True your loss is that of the worst rival, and your gradient still pushes all of them. "
        "The others could move a little without changing the loss.",
    ),
    # Squared hinge
    Mistake(
        question="squared_hinge",
        name="not_squared",
        edits={
            "weight * short**2)": "weight * short)",
            "-2 * weight * sign * short /": "-1.0 * weight * sign * (short > 0) /",
        },
        message="This is the hinge without its square. Leave one score at 0 with margin 3: it should cost 9.",
    ),
    Mistake(
        question="squared_hinge",
        name="square_of_the_sum",
        edits={
            "np.sum(weight * short**2)": "np.sum((weight * short).sum(axis=1) ** 2)",
            "-2 * weight * sign * short /": (
                "-2 * weight * sign * (short > 0) * (weight * short).sum(1, keepdims=True) /"
            ),
        },
        message="You add up first and square the sum. Every class is a question of its own: its violation is squared "
        "alone.",
    ),
    Mistake(
        question="squared_hinge",
        name="margin_to_the_right_class",
        edits={
            "short = np.maximum(margin - sign * scores, 0.0)": (
                "lead = np.sum(np.where(right, scores, 0.0), axis=1, keepdims=True) - scores\n"
                "    short = np.where(right, 0.0, np.maximum(margin - lead, 0.0))"
            ),
            "-2 * weight * sign * short / len(scores)": (
                "2 * (weight * short - right * (weight * short).sum(1, keepdims=True)) / len(scores)"
            ),
        },
        message="You square the hinge of question 4, where classes are compared with the right one. One against all, "
        "no class looks at another: each score is compared with 0, on the side where its answer lies.",
    ),
    Mistake(
        question="squared_hinge",
        name="factor_two_missing",
        edits={"-2 * weight": "-1.0 * weight"},
        message="Your gradient is half as long as the slope of your loss. Every square has a 2 to hand down.",
    ),
    Mistake(
        question="squared_hinge",
        name="gradient_uphill",
        edits={"-2 * weight": "2 * weight"},
        message="Your gradient has the other sign: for the right class the loss falls as its score grows.",
    ),
    Mistake(
        question="squared_hinge",
        name="sign_not_in_gradient",
        edits={"-2 * weight * sign * short": "-2 * weight * short"},
        message="Your gradient pushes all scores up, those of the wrong classes too. The bracket holds t_c f_c: what "
        "does its derivative bring along?",
    ),
    Mistake(
        question="squared_hinge",
        name="sum_for_mean",
        edits={"short**2) / len(scores)": "short**2)", "sign * short / len(scores)": "sign * short"},
        message="You return the sum over the examples, and its gradient. The mean is asked for.",
    ),
    Mistake(
        question="squared_hinge",
        name="mean_over_classes_too",
        edits={
            "short**2) / len(scores)": "short**2) / scores.size",
            "sign * short / len(scores)": ("sign * short / scores.size"),
        },
        message="You divide by N times C. The sum over the classes is a sum, and only the examples are averaged.",
    ),
    Mistake(
        question="squared_hinge",
        name="none_is_the_last_class",
        edits={
            "right = labels[:, None] == np.arange(scores.shape[1])": (
                "right = labels[:, None] % scores.shape[1] == np.arange(scores.shape[1])"
            )
        },
        message="The label -1 means none of these, and in your function it means the last class: that is what -1 does "
        "as an index. Nothing failed, and the last class learned what it should not.",
    ),
    Mistake(
        question="squared_hinge",
        name="none_does_not_count",
        edits={
            "weight = np.where(right, 1.0, -1.0), np.where(right, 1.0, negative_weight)": (
                "weight = np.where(right, 1.0, -1.0), np.where(right, 1.0, negative_weight) * (labels >= 0)[:, None]"
            )
        },
        message="Examples with the label -1 cost nothing in your function. They are no padding: none of these is an "
        "answer, and every class has to say no to it.",
    ),
    Mistake(
        question="squared_hinge",
        name="weight_ignored",
        edits={"np.where(right, 1.0, negative_weight)": "np.ones(right.shape)"},
        message="Nothing in your function depends on `negative_weight`.",
    ),
    Mistake(
        question="squared_hinge",
        name="weight_on_yes",
        edits={"np.where(right, 1.0, negative_weight)": "np.where(right, negative_weight, 1.0)"},
        message="Your weight multiplies the yes. It belongs to the classes that are not the label.",
    ),
    Mistake(
        question="squared_hinge",
        name="weight_squared",
        edits={"weight * short**2": "(weight * short) ** 2", "-2 * weight *": "-2 * weight**2 *"},
        message="Your weight stands inside the square: a weight of 0.5 acts as 0.25.",
    ),
    Mistake(
        question="squared_hinge",
        name="no_bracket",
        edits={"np.maximum(margin - sign * scores, 0.0)": "margin - sign * scores"},
        message="Without the maximum a score beyond its margin is squared too: being very right costs as much as "
        "being wrong, and all scores are drawn to their margins. That is the squared error.",
    ),
    # l1
    Mistake(
        question="l1",
        name="one_output_for_all",
        erratum="E14",
        edits={"np.where(counts, predictions - targets, 0.0)": "np.where(counts, predictions[..., :1] - targets, 0.0)"},
        message="You compare every target with the first output, as the deck's formula does, whose two sides have "
        "different indices. Change the other outputs: your loss does not notice.",
    ),
    Mistake(
        question="l1",
        name="squared",
        edits={
            "cost = np.where(near, d**2 / (2 * bend), np.abs(d) - beta / 2)": "cost = d**2 / 2",
            "slope = np.where(near, d / bend, np.sign(d))": "slope = d",
        },
        message="You return half the square, the loss of the mean. The l1 loss grows by 1 for each unit, however far "
        "away.",
    ),
    Mistake(
        question="l1",
        name="sum_for_mean",
        edits={
            "1 / max(entries.sum(), 1)": "1.0",
            "1 / np.maximum(entries, 1) / max": "entries / np.maximum(entries, 1) / max",
        },
        message="You return a sum and not a mean: a batch of twice the size costs twice as much.",
    ),
    Mistake(
        question="l1",
        name="mean_over_padding",
        edits={
            "1 / max(entries.sum(), 1)": "1 / predictions.size",
            "1 / np.maximum(entries, 1) / max": ("1 / np.full(len(lengths), frames * size) / max"),
        },
        message="Padding costs nothing in your function, and is counted all the same when you divide: the more "
        "padding, the smaller your loss.",
    ),
    Mistake(
        question="l1",
        name="mean_over_frames",
        edits={"entries = size * lengths": "entries = 1 * lengths"},
        message="You divide by the number of frames. Each frame has D entries, and the mean is over entries.",
    ),
    Mistake(
        question="l1",
        name="lengths_ignored",
        edits={
            "(np.arange(frames) < lengths[:, None])[..., None]": "np.ones((len(lengths), frames, 1), bool)",
            "entries = size * lengths": "entries = np.full(len(lengths), size * frames)",
        },
        message="All frames count in your function, padding too: nothing depends on `lengths`.",
    ),
    Mistake(
        question="l1",
        name="one_frame_too_many",
        edits={"np.arange(frames) < lengths[:, None]": "np.arange(frames) <= lengths[:, None]"},
        message="Frame number `length` is in your sum. Frames are counted from 0: the last one that counts has the "
        "number length - 1, and an empty sequence has none.",
    ),
    Mistake(
        question="l1",
        name="mask_multiplied",
        edits={"np.where(counts, predictions - targets, 0.0)": "(predictions - targets) * counts"},
        message="You multiply with the mask, and 0 times nan is nan: what stands in the padding spoils the whole "
        "batch.",
    ),
    Mistake(
        question="l1",
        name="straight_line_too_high",
        edits={"np.abs(d) - beta / 2": "np.abs(d)"},
        message="Parabola and straight line do not meet in your function: at |d| = beta the loss jumps by beta / 2. "
        "The gradient does not notice; the value does.",
    ),
    Mistake(
        question="l1",
        name="huber_scale",
        edits={
            "cost = np.where(near, d**2 / (2 * bend), np.abs(d) - beta / 2)": (
                "cost = np.where(near, d**2 / (2 * bend), np.abs(d) - beta / 2) * (beta or 1)"
            ),
            "slope = np.where(near, d / bend, np.sign(d))": (
                "slope = np.where(near, d / bend, np.sign(d)) * (beta or 1)"
            ),
        },
        message="Yours is beta times what is asked: the form of Huber, whose parabola is d**2 / 2 for any beta. Here "
        "the straight ends have the slope 1 for any beta.",
    ),
    Mistake(
        question="l1",
        name="half_missing",
        edits={"d**2 / (2 * bend)": "d**2 / bend"},
        message="Your parabola is twice as high as asked, and does not meet the straight line at |d| = beta. Its "
        "slope there should be 1.",
    ),
    Mistake(
        question="l1",
        name="beta_ignored",
        edits={"near = np.abs(d) < beta": "near = np.full(d.shape, False)", "np.abs(d) - beta / 2": "np.abs(d)"},
        message="Nothing in your function depends on `beta`.",
    ),
    Mistake(
        question="l1",
        name="divided_by_zero",
        edits={"np.abs(d) < beta": "np.abs(d) <= beta", "bend = beta if beta > 0 else 1.0": "bend = np.float64(beta)"},
        message="With beta = 0 a prediction that is exactly right gives 0 / 0, and nan is the loss of the whole "
        "batch. np.where chooses after both sides have been computed; look also at < and <=.",
    ),
    Mistake(
        question="l1",
        name="slope_at_zero",
        edits={"np.sign(d)": "np.where(d >= 0, 1.0, -1.0)"},
        message="A prediction that is exactly right is pushed down by your gradient. At the kink the slope is 0: "
        "nothing is wrong there.",
    ),
    Mistake(
        question="l1",
        name="gradient_uphill",
        edits={"share * slope\n": "-share * slope\n"},
        message="Your gradient has the other sign, perhaps because d was target minus prediction. A prediction that "
        "is too high has a positive slope.",
    ),
    Mistake(
        question="l1",
        name="gradient_of_the_sum",
        edits={"share * slope\n": "np.where(share > 0, slope, 0.0)\n"},
        message="Your loss is a mean and your gradient that of a sum: the division is missing in it.",
    ),
    Mistake(
        question="l1",
        name="average_ignored",
        edits={'average == "sequences"': "False"},
        message="Nothing in your function depends on `average`: long sequences always count more.",
    ),
    Mistake(
        question="l1",
        name="empty_sequences_counted",
        edits={"max(np.count_nonzero(lengths), 1)": "len(lengths)"},
        message="With average='sequences' you divide by all sequences, the empty ones too. They have no mean, so they "
        "cannot be part of one.",
    ),
    Mistake(
        question="l1",
        name="sequence_weight_not_in_gradient",
        edits={"share * slope\n": "np.where(counts, slope / max(entries.sum(), 1), 0.0)\n"},
        message="With average='sequences' your gradient is still the one over entries: an entry of a short sequence "
        "should pull harder.",
    ),
    Mistake(
        question="l1",
        name="nothing_counts",
        edits={
            "np.maximum(entries, 1) / max(np.count_nonzero(lengths), 1)": (
                "np.maximum(entries, 1) / np.float64(np.count_nonzero(lengths))"
            ),
            "share = np.where(counts, share[:, None, None], 0.0)": "share = share[:, None, None] * counts",
            "1 / max(entries.sum(), 1)": "1 / np.float64(entries.sum())",
        },
        message="When all sequences are empty you divide by 0. A batch of padding should have the loss 0, and pull at "
        "nothing.",
    ),
    # Multi-label
    Mistake(
        question="multi_label",
        name="missing_is_absent",
        edits={"targets == 1, targets == 0": "targets == 1, targets != 1"},
        message="You take unknown for absent, and push down every class that nobody looked for, the ones in the "
        "picture too. Unknown is neither.",
    ),
    Mistake(
        question="multi_label",
        name="missing_is_there",
        edits={"targets == 1, targets == 0": "targets != 0, targets == 0"},
        message="Unknown labels count as there. A test such as `targets != 0` or `astype(bool)` is True for nan.",
    ),
    Mistake(
        question="multi_label",
        name="mask_multiplied",
        edits={
            "np.where(pairs, margin - scores[:, :, None] + scores[:, None, :], 0.0)": (
                "(margin - scores[:, :, None] + scores[:, None, :]) * pairs"
            )
        },
        message="You multiply with the mask of pairs, and 0 times nan is nan: the score of an unknown label spoils "
        "the batch.",
    ),
    Mistake(
        question="multi_label",
        name="sum_over_pairs",
        edits={"pairs / np.maximum(number, 1)[:, None, None] /": "pairs /"},
        message="You add up the pairs of an example, so an example with many labels counts more. Its loss is the mean "
        "over its pairs.",
    ),
    Mistake(
        question="multi_label",
        name="divided_by_classes",
        edits={"np.maximum(number, 1)[:, None, None]": "scores.shape[1]"},
        message="You divide by the number of classes. Equal scores should cost the margin, however many pairs there "
        "are: count the pairs.",
    ),
    Mistake(
        question="multi_label",
        name="all_pairs_alike",
        edits={"np.maximum(number, 1)[:, None, None] / max(np.count_nonzero(number), 1)": "max(number.sum(), 1)"},
        message="You take the mean over all pairs of the batch. First each example has its own mean, then the "
        "examples are averaged: one with many pairs counts no more than one with a single pair.",
    ),
    Mistake(
        question="multi_label",
        name="sum_over_examples",
        edits={" / max(np.count_nonzero(number), 1)": ""},
        message="You add up the examples. The mean over those that have a pair is asked for.",
    ),
    Mistake(
        question="multi_label",
        name="mean_over_all_examples",
        edits={"max(np.count_nonzero(number), 1)": "len(scores)"},
        message="You divide by all examples, and those without a pair make your loss smaller. They have nothing to "
        "say and do not count.",
    ),
    Mistake(
        question="multi_label",
        name="no_pairs_nan",
        edits={
            "np.maximum(number, 1)[:, None, None] / max(np.count_nonzero(number), 1)": (
                "number[:, None, None] / np.float64(np.count_nonzero(number))"
            )
        },
        message="An example without a pair is 0 / 0 in your function, and its nan is in the mean. Such an example "
        "does not count; when none is left, the loss is 0.",
    ),
    Mistake(
        question="multi_label",
        name="ranking_turned_round",
        edits={
            "margin - scores[:, :, None] + scores[:, None, :]": "margin + scores[:, :, None] - scores[:, None, :]",
            "pull.sum(axis=1) - pull.sum(axis=2)": "pull.sum(axis=2) - pull.sum(axis=1)",
        },
        message="Your loss falls when what is absent leads. In u the lead of what is there is taken off.",
    ),
    Mistake(
        question="multi_label",
        name="gradient_uphill",
        edits={"pull.sum(axis=1) - pull.sum(axis=2)": "pull.sum(axis=2) - pull.sum(axis=1)"},
        message="Your gradient has the other sign: a higher score of a class that is there lowers the loss, so the "
        "derivative there is negative.",
    ),
    Mistake(
        question="multi_label",
        name="only_there_is_pulled",
        edits={"pull.sum(axis=1) - pull.sum(axis=2)": "-pull.sum(axis=2)"},
        message="Your gradient lifts what is there and leaves the rest alone. Both scores of a pair stand in u: each "
        "row of the gradient adds up to 0.",
    ),
    Mistake(
        question="multi_label",
        name="gradient_without_means",
        edits={"pull = share * slope": "pull = pairs * slope"},
        message="Your gradient counts pairs and forgets that the loss is a mean over pairs and examples.",
    ),
    Mistake(
        question="multi_label",
        name="margin_ignored",
        edits={"np.where(pairs, margin - scores": "np.where(pairs, 1.0 - scores"},
        message="Your margin is 1, whatever `margin` says.",
    ),
    Mistake(
        question="multi_label",
        name="hardest_pair",
        edits={
            "share = pairs / np.maximum(number, 1)[:, None, None] /": (
                "worst = np.where(pairs, u, -np.inf).reshape(len(u), -1).argmax(axis=1)\n"
                "    chosen = np.arange(pairs[0].size) == worst[:, None]\n"
                "    share = (pairs & chosen.reshape(pairs.shape)) * 1.0 /"
            )
        },
        message="Only the hardest pair of each example costs something in your function. The mean over all its pairs "
        "is asked for.",
    ),
    Mistake(
        question="multi_label",
        name="soft_ignored",
        edits={"if soft:": "if False:"},
        message="soft=True changes nothing in your function.",
    ),
    Mistake(
        question="multi_label",
        name="soft_overflow",
        edits={
            "np.logaddexp(0.0, u), np.exp(-np.logaddexp(0.0, -u))": "np.log(1 + np.exp(u)), np.exp(u) / (1 + np.exp(u))"
        },
        message="Right, until u reaches 710 and exp is infinite. For a large u, log(1 + exp(u)) is u.",
    ),
    Mistake(
        question="multi_label",
        name="soft_slope_of_the_hinge",
        edits={"np.exp(-np.logaddexp(0.0, -u))": "(u > 0).astype(float)"},
        message="With soft=True your loss is smooth, and your gradient still that of the hinge. The derivative of "
        "log(1 + exp(u)) is a function you know.",
    ),
]
