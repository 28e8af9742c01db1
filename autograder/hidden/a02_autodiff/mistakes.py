"""Known mistakes of a02_autodiff: each must lose points, and each knows what to tell the student who made it."""

from autograder.manifest import Mistake

STACK_OF_NODES = """\
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, finished = stack.pop()
            if finished:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack.append((node, True))
                stack.extend((source, False) for source, _ in node.edges)
"""
RECURSION = """\
        order, seen = [], set()

        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for source, _ in node.edges:
                    visit(source)
                order.append(node)

        visit(self)
"""
NEAREST_FIRST = """\
        reached, seen = [self], {id(self)}
        for node in reached:
            for source, _ in node.edges:
                if id(source) not in seen:
                    seen.add(id(source))
                    reached.append(source)
        order = reached[::-1]
"""

STACK_OF_NAMES = """\
    order, seen, stack = [], set(), [(name, False) for name in seeds]
    while stack:
        name, finished = stack.pop()
        if finished:
            order.append(name)  # after everything it was computed from
        elif name not in seen:
            seen.add(name)
            stack.append((name, True))
            stack.extend((source, False) for source, _ in graph[name])
"""

BACKWARD_GIVEN_ORDER = """\
def backward(graph, seeds, wanted):
    useful = set(wanted)
    for _ in range(60):
        useful |= {name for name, edges in graph.items() if any(source in useful for source, _ in edges)}
    grads = dict(seeds)
    for name in reversed(list(graph)):
        if name in grads:
            for source, jacobian in graph[name]:
                if source in useful:
                    pulled = jacobian.T @ grads[name] if jacobian.ndim == 2 else jacobian * grads[name]
                    grads[source] = grads[source] + pulled if source in grads else pulled
    return {name: grads.get(name) for name in wanted}
"""

BACKWARD_NEAREST_FIRST = """\
def backward(graph, seeds, wanted):
    useful, grads, reached = set(wanted), dict(seeds), list(seeds)
    for name in reached:
        reached.extend(source for source, _ in graph[name] if source not in reached)
    for name in reversed(reached):
        if any(source in useful for source, _ in graph[name]):
            useful.add(name)
    for name in reached:
        for source, jacobian in graph[name]:
            if jacobian is not None and name in grads:
                pulled = jacobian.T @ grads[name] if jacobian.ndim == 2 else jacobian * grads[name]
                grads[source] = grads[source] + pulled if source in grads else pulled
    return {name: grads.get(name) for name in wanted}
"""

BACKWARD_HANDED_ON_TWICE = """\
def backward(graph, seeds, wanted):
    grads, queue, steps = dict(seeds), list(seeds), 0
    while queue and steps < 20000:
        name, steps = queue.pop(0), steps + 1
        for source, jacobian in graph[name]:
            if jacobian is not None:
                pulled = jacobian.T @ grads[name] if jacobian.ndim == 2 else jacobian * grads[name]
                grads[source] = grads[source] + pulled if source in grads else pulled
                queue.append(source)
    return {name: grads.get(name) for name in wanted}
"""

BACKWARD_RECURSIVE = """\
def backward(graph, seeds, wanted):
    order, seen, grads = [], set(), dict(seeds)

    def visit(name):
        if name not in seen:
            seen.add(name)
            for source, _ in graph[name]:
                visit(source)
            order.append(name)

    for name in seeds:
        visit(name)
    for name in reversed(order):
        for source, jacobian in graph[name]:
            if jacobian is not None and name in grads:
                pulled = jacobian.T @ grads[name] if jacobian.ndim == 2 else jacobian * grads[name]
                grads[source] = grads[source] + pulled if source in grads else pulled
    return {name: grads.get(name) for name in wanted}
"""

MISTAKES = [
    # Central differences
    Mistake(
        question="difference",
        name="forward_difference",
        erratum="E05",
        edits={"points[2 * k + 1, k] -= length": "pass"},
        message="Your second point of each pair is x itself: that is a forward difference, with an error as large as "
        "the step instead of its square. Try f(x) = x**2 at 0: the slope is 0, and you get the step.",
    ),
    Mistake(
        question="difference",
        name="divided_by_one_step",
        edits={"np.diagonal(flat[0::2] - flat[1::2])": "np.diagonal(flat[0::2] - flat[1::2]) / 2"},
        message="Every slope is twice too large: you divide by one step, and the two points of a pair are two steps "
        "apart.",
    ),
    Mistake(
        question="difference",
        name="wanted_distance",
        edits={
            "self.points = points.reshape": "self.lengths = lengths\n        self.points = points.reshape",
            "np.diagonal(flat[0::2] - flat[1::2])": "2 * self.lengths",
        },
        message="You divide by the distance you asked for. x + h was rounded when it was stored, so the function was "
        "asked somewhere else. Take f(x) = x with a step of 1e-11: the slope should be 1, to the last digit.",
    ),
    Mistake(
        question="difference",
        name="one_step_for_all",
        edits={"step * np.maximum(1.0, np.abs(x.ravel()))": "step * np.ones(x.size)"},
        message="All entries move by the same step. Next to 1e7 a step of 1e-5 leaves hardly a digit of the "
        "difference: look at the formula of h_k again.",
    ),
    Mistake(
        question="difference",
        name="relative_step_only",
        edits={"np.maximum(1.0, np.abs(x.ravel()))": "np.abs(x.ravel())"},
        message="Your step is proportional to the entry, so an entry of 0 does not move at all, and its slope is 0 / "
        "0.",
    ),
    Mistake(
        question="difference",
        name="step_by_largest",
        edits={"np.maximum(1.0, np.abs(x.ravel()))": "max(1.0, np.abs(x).max()) * np.ones(x.size)"},
        message="Every entry moves by the step of the largest one, as in the lecture. Beside a population of 1e7 a "
        "voltage of 1e-3 is moved by 60: each entry needs its own.",
    ),
    Mistake(
        question="difference",
        name="entries_not_put_back",
        edits={
            "points[2 * k, k] += length": "points[2 * k :, k] += length",
            "points[2 * k + 1, k] -= length": "points[2 * k + 1 :, k] -= 2 * length",
        },
        message="An entry that was moved stays moved in all the points after it. Look at your last point: all of its "
        "entries differ from x, and only one should.",
    ),
    Mistake(
        question="difference",
        name="inputs_first",
        edits={
            "slopes = np.moveaxis(values[0::2] - values[1::2], 0, -1) / distances": "slopes = "
            "((values[0::2] - values[1::2]).T / distances).T",
            "values.shape[1:] + self.points.shape[1:]": "self.points.shape[1:] + values.shape[1:]",
        },
        message="Your axes are the other way round: the entries of x come first. In a Jacobian a row belongs to an "
        "output: first the shape of a value, then the shape of x.",
    ),
    Mistake(
        question="difference",
        name="double_points",
        edits={'x if x.dtype.kind == "f" else x.astype(np.float64)': "x.astype(np.float64)"},
        message="float32 came in, and your points are float64: the function would be asked for something it is not "
        "made for, with a step of another precision.",
    ),
    Mistake(
        question="difference",
        name="step_of_double",
        edits={"np.finfo(x.dtype).eps ** (1 / 3)": "np.finfo(np.float64).eps ** (1 / 3)"},
        message="Your default step is that of float64, whatever x is. In float32 a step of 6e-6 moves an entry of 1 "
        "by 50 roundings, so the second digit of the slope is noise already.",
    ),
    Mistake(
        question="difference",
        name="integers_kept",
        edits={'x if x.dtype.kind == "f" else x.astype(np.float64)': 'x if x.dtype.kind in "fi" else x.astype(float)'}
        | {
            "np.finfo(x.dtype).eps ** (1 / 3)": "np.finfo(np.float64).eps ** (1 / 3)",
            "points[2 * k, k] += length": "points[2 * k, k] = points[2 * k, k] + length",
            "points[2 * k + 1, k] -= length": "points[2 * k + 1, k] = points[2 * k + 1, k] - length",
        },
        message="An array of integers cannot hold 3 + 1e-5: your points are rounded back to where they came from, "
        "and the quotient is 0 / 0 or worse.",
    ),
    Mistake(
        question="difference",
        name="real_part_only",
        edits={"values.astype(np.result_type(values.dtype, np.float64))": "np.real(values).astype(np.float64)"},
        message="Complex values have lost their imaginary part on the way to float64.",
    ),
    # Unbroadcast
    Mistake(
        question="unbroadcast",
        name="inner_axes_forgotten",
        edits={
            "if length == 1)": "if axis < len(out_shape) - len(shape))",
            "np.broadcast_to(total, wanted).reshape(shape)": "np.broadcast_to(total, "
            "np.broadcast_shapes(total.shape, wanted)).reshape(np.broadcast_shapes(total.shape, wanted)"
            "[len(out_shape) - len(shape) :])",
        },
        message="You sum the axes that numpy put in front, and no others. An axis of length 1 was repeated as well: "
        "the gradient for shape (3, 1) has come back with the columns of the result.",
    ),
    Mistake(
        question="unbroadcast",
        name="leading_axes_forgotten",
        edits={
            "if length == 1)": "if length == 1 and axis >= len(out_shape) - len(shape))",
            "np.broadcast_to(total, wanted).reshape(shape)": "np.broadcast_to(total, "
            "np.broadcast_shapes(total.shape, wanted))",
        },
        message="You sum axes of length 1, and leave the axes that the operand lacks altogether. numpy put them in "
        "front of its shape, and repeated it along each.",
    ),
    Mistake(
        question="unbroadcast",
        name="mean_for_sum",
        edits={".sum(axis=repeated, keepdims=True) * copies": ".mean(axis=repeated, keepdims=True)"},
        message="You take means over the repeated axes. Each use of a number adds its share to the loss, so the "
        "shares are added: a bias that is used in 32 rows has 32 of them.",
    ),
    Mistake(
        question="unbroadcast",
        name="axes_of_one_dropped",
        edits={
            "np.broadcast_to(total, wanted).reshape(shape)": "np.squeeze(np.broadcast_to(total, wanted), axis=repeated)"
        },
        message="The summed axes are gone from your result. An operand of shape (3, 1) needs a gradient of shape (3, "
        "1): one of shape (3,) would be read as a row by whoever uses it next.",
    ),
    Mistake(
        question="unbroadcast",
        name="laziness_ignored",
        edits={"copies *= out_shape[axis] if given[axis] == 1 else 1": "copies *= 1"},
        message="An axis along which the gradient is stored once still counts as often as the result is long there. "
        "For a result of 1000 equal gradients you return one of them.",
    ),
    Mistake(
        question="unbroadcast",
        name="all_copies_counted",
        edits={"for axis in repeated:": "for axis in range(len(out_shape)):"},
        message="You multiply by the length of every axis along which the gradient is lazy. Where the operand has "
        "that axis in full, nothing is summed: each of its entries gets one share.",
    ),
    Mistake(
        question="unbroadcast",
        name="summed_and_counted",
        edits={"out_shape[axis] if given[axis] == 1 else 1": "out_shape[axis]"},
        message="Where the gradient is there in full you sum it, and multiply by the length on top. Each repetition "
        "counts once: either it is summed, or it is stored once and multiplied.",
    ),
    Mistake(
        question="unbroadcast",
        name="not_spread_out",
        edits={
            "np.broadcast_to(total, wanted).reshape(shape)": "total.reshape(total.shape[len(out_shape) - len(shape) :])"
        },
        message="Your result keeps the small shape of a lazy gradient where the operand is larger: shape (3,) asks "
        "for three entries, even if they are equal.",
    ),
    Mistake(
        question="unbroadcast",
        name="lined_up_left",
        edits={
            "given = (1,) * (len(out_shape) - grad.ndim) + grad.shape": "given = grad.shape + "
            "(1,) * (len(out_shape) - grad.ndim)",
            "wanted = (1,) * (len(out_shape) - len(shape)) + tuple(shape)": "wanted = tuple(shape) + "
            "(1,) * (len(out_shape) - len(shape))",
        },
        message="You line shapes up from the left. numpy lines them up from the right: (10,) beside (32, 10) is a row.",
    ),
    Mistake(
        question="unbroadcast",
        name="made_in_full",
        edits={
            "grad = np.asarray(grad)\n": "grad = np.asarray(grad) * np.ones(out_shape, np.asarray(grad).dtype)\n",
        },
        message="You write the whole gradient into memory before you sum it. The point of a lazy gradient is that "
        "nobody has to: count repetitions instead of making them.",
    ),
    # Six operations
    Mistake(
        question="vjp",
        name="transpose_missing",
        erratum="E07",
        edits={"columns.swapaxes(-1, -2)": "columns", "rows.swapaxes(-1, -2) @": "rows @"},
        message="This is Jacobian times gradient, as two decks print it. The Jacobian has to be transposed: with "
        "oblong matrices the shapes tell you, with square ones nothing does.",
    ),
    Mistake(
        question="vjp",
        name="factors_swapped",
        edits={
            "grad @ columns.swapaxes(-1, -2)": "columns @ grad.swapaxes(-1, -2)",
            "rows.swapaxes(-1, -2) @ grad": "grad.swapaxes(-1, -2) @ rows",
        },
        message="Each of the two gradients comes out transposed: the right numbers for b.T and a.T. Compare the "
        "shapes for oblong matrices: the gradient for a must have as many columns as a.",
    ),
    Mistake(
        question="vjp",
        name="batches_not_summed",
        edits={
            "sum_to(grad @ columns.swapaxes(-1, -2), rows.shape)": "grad @ columns.swapaxes(-1, -2)",
            "sum_to(rows.swapaxes(-1, -2) @ grad, columns.shape)": "rows.swapaxes(-1, -2) @ grad",
        },
        message="A matrix that was used by the whole batch gets one gradient for each use; they belong to one "
        "matrix, so they add up.",
    ),
    Mistake(
        question="vjp",
        name="vectors_refused",
        edits={
            "rows, columns = np.atleast_2d(a), b[:, None] if b.ndim == 1 else b": "rows, columns = a, b",
            "grad = grad[..., None] if b.ndim == 1 else grad\n": "grad = grad + 0.0\n",
            "grad = np.expand_dims(grad, -2) if a.ndim == 1 else grad\n": "grad = grad * 1.0\n",
        },
        message="Vectors are treated as matrices, and their products do not fit. numpy gives a vector an axis before "
        "it multiplies and takes it away afterwards; on the way back, the gradient needs that axis, too.",
    ),
    Mistake(
        question="vjp",
        name="reduced_axes_not_restored",
        edits={"spread = grad if keepdims or axis is None else np.expand_dims(grad, axis)": "spread = grad"},
        message="The gradient of a sum lacks the axes that were summed, and numpy lines it up with the last ones: "
        "with square arrays that runs, and rows become columns.",
    ),
    Mistake(
        question="vjp",
        name="sum_as_mean",
        edits={"np.broadcast_to(spread, x.shape),": "np.broadcast_to(spread, x.shape) * spread.size / x.size,"},
        message="You divide by the number of summands. That is the gradient of a mean: when one summand grows by 1, "
        "the sum grows by 1.",
    ),
    Mistake(
        question="vjp",
        name="ties_counted_in_full",
        edits={"grad * winners / winners.sum(axis=axis, keepdims=True)": "grad * winners"},
        message="Entries that share the maximum each get all of its gradient, so more comes out than went in. Raise "
        "them together by 1: the maximum grows by 1, not by their number.",
    ),
    Mistake(
        question="vjp",
        name="first_of_the_ties",
        edits={
            "winners = (x == output).astype(x.dtype)": "winners = (x == output).astype(x.dtype)\n"
            "    order = np.arange(x.size, 0, -1).reshape(x.shape) * winners\n"
            "    winners = (order == order.max(axis=axis, keepdims=True)).astype(x.dtype)"
        },
        message="Of several equal maxima the first one gets everything, as argmax would have it. The question asks "
        "for even shares: no entry is first when the axes are permuted.",
    ),
    Mistake(
        question="vjp",
        name="max_to_everybody",
        edits={"winners = (x == output).astype(x.dtype)": "winners = np.ones_like(x)"},
        message="Everybody gets a share of the gradient of the maximum. Move an entry a little that is not the "
        "largest: the maximum does not notice.",
    ),
    Mistake(
        question="vjp",
        name="exp_overflows",
        edits={"grad * np.exp(x - finite)": "grad * np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)"},
        message="exp(1e4) is infinite, and infinity over infinity is nan. You were given the output, which is as "
        "large as the scores: subtract before you take the exponential.",
    ),
    Mistake(
        question="vjp",
        name="all_masked_is_nan",
        edits={"np.where(np.isfinite(output), output, 0.0)": "output"},
        message="Where all scores are -inf you compute -inf minus -inf, which is nan. One such row, a sentence of "
        "padding, turns every weight of the network into nan at the next step.",
    ),
    Mistake(
        question="vjp",
        name="softmax_without_gradient",
        edits={"grad * np.exp(x - finite)": "np.exp(x - finite)"},
        message="This is the softmax, the local slopes; the gradient that came in is not in it. With a gradient of 1 "
        "nobody would notice.",
    ),
    Mistake(
        question="vjp",
        name="where_multiplied",
        edits={
            "np.where(condition, grad, 0)": "condition * grad",
            "np.where(condition, 0, grad)": "(1 - condition) * grad",
        },
        message="You multiply with the condition. Zero times inf is nan, so a bad gradient on one side leaks to the "
        "other. Choose instead of multiplying.",
    ),
    Mistake(
        question="vjp",
        name="where_both",
        edits={"np.where(condition, grad, 0)": "grad + 0 * condition", "np.where(condition, 0, grad)": "grad"},
        message="Both operands get the whole gradient. Where a was chosen, b was never looked at: its gradient there "
        "is 0.",
    ),
    Mistake(
        question="vjp",
        name="where_not_summed",
        edits={
            "sum_to(np.where(condition, grad, 0), a.shape)": "np.where(condition, grad, 0)",
            "sum_to(np.where(condition, 0, grad), b.shape)": "np.where(condition, 0, grad)",
        },
        message="Your gradients have the shape of the output. An operand that was broadcast gets the sum over its "
        "copies, in the shape that it came in.",
    ),
    Mistake(
        question="vjp",
        name="take_overwrites",
        edits={
            "np.add.at(np.moveaxis(total, axis, 0), indices.ravel(), np.moveaxis(picked, axis, 0))": "np.moveaxis("
            "total, axis, 0)[indices.ravel()] = np.moveaxis(picked, axis, 0)"
        },
        message="An index that occurs twice keeps only its last gradient. `total[indices] += ...` does the same: it "
        "reads, adds and writes once for each place, and the second write wins. Every use counts.",
    ),
    Mistake(
        question="vjp",
        name="take_first_axis_only",
        edits={"axis = axis % x.ndim": "axis = 0"},
        message="Your rows are put back along the first axis, whatever the axis they were taken from.",
    ),
    # Graph
    Mistake(
        question="backward",
        name="transpose_missing",
        erratum="E07",
        edits={"jacobian.T @ grads[name]": "jacobian @ grads[name]"},
        message="This is Jacobian times gradient, as two decks print it. An oblong Jacobian does not even fit; a "
        "square one does, and gives another vector. Which index of the Jacobian belongs to the output?",
    ),
    Mistake(
        question="backward",
        name="overwrites",
        edits={"grads[source] + pulled if source in grads else pulled": "pulled"},
        message="Where two paths meet, only the last one counts: you overwrite what had arrived before. Put a print "
        "there and send a gradient through a diamond.",
    ),
    Mistake(
        question="backward",
        name="order_as_given",
        source=BACKWARD_GIVEN_ORDER,
        message="You go through the names in the order in which they are written down, backwards. That is right when "
        "they were written down in the order of computing; nobody promised it.",
    ),
    Mistake(
        question="backward",
        name="nearest_first",
        source=BACKWARD_NEAREST_FIRST,
        message="You visit what is nearest to the seeds first. A name can be near along one path and far along "
        "another: you hand its gradient on before the long path has arrived.",
    ),
    Mistake(
        question="backward",
        name="handed_on_twice",
        source=BACKWARD_HANDED_ON_TWICE,
        message="Each time something arrives at a name, all that it has is handed on once more, so what came first "
        "is counted twice below. Hand on once, when everything has arrived.",
    ),
    Mistake(
        question="backward",
        name="recursion",
        source=BACKWARD_RECURSIVE,
        message="All gradients are right, and a long chain ends in a RecursionError: Python's stack is about 1000 "
        "calls deep. Keep a list of your own in place of the calls.",
    ),
    Mistake(
        question="backward",
        name="reuse_counted_once",
        edits={
            "for source, jacobian in graph[name]:\n            if source in useful:": "for source, jacobian in "
            "dict(graph[name]).items():\n            if source in useful:"
        },
        message="An input that was used several times by one value is counted once: the list of pairs has become a "
        "dictionary, or a set, on the way.",
    ),
    Mistake(
        question="backward",
        name="seeds_overwritten",
        edits={
            "grads[source] + pulled if source in grads else pulled": "grads[source] + pulled if source in grads and "
            "source not in seeds else pulled"
        },
        message="A name that has a seed and also gets a gradient from above keeps only one of them. The seed is one "
        "more path that ends there.",
    ),
    Mistake(
        question="backward",
        name="one_seed_only",
        edits={
            "[(name, False) for name in seeds]": "[(name, False) for name in list(seeds)[:1]]",
            "for name, seed in seeds.items()}": "for name, seed in list(seeds.items())[:1]}",
        },
        message="Only the first of the seeds is followed. With two losses the gradient is the sum of theirs.",
    ),
    Mistake(
        question="backward",
        name="kept_from_last_call",
        edits={
            "grads = {name: np.asarray(seed) for name, seed in seeds.items()}": "grads = backward.__dict__.setdefault("
            '"grads", {})\n    for name, seed in seeds.items():\n        grads[name] = grads.get(name, 0) + seed',
            "grads[source] + pulled if source in grads else pulled": "grads.get(source, 0) + pulled",
        },
        message="The second call begins with the gradients of the first. A dictionary that is made once, as a global "
        "or as a default argument, lives as long as the function.",
    ),
    Mistake(
        question="backward",
        name="unreached_is_zero",
        edits={"grads.get(name) for name in wanted": "grads.get(name, 0.0) for name in wanted"},
        message="A name that nothing reaches gets 0 from you, and the question asks for None: a gradient of 0 is a "
        "measurement, no path at all is another thing.",
    ),
    Mistake(
        question="backward",
        name="all_is_computed",
        edits={"if source in useful:": "if True:"},
        message="You use Jacobians that lie on no path to a wanted name. They were not computed, because nobody "
        "asked: find out first which names lead to one that is wanted.",
    ),
    Mistake(
        question="backward",
        name="diagonal_as_matrix",
        edits={
            "jacobian.T @ grads[name] if jacobian.ndim == 2 else jacobian * grads[name]": "jacobian.T @ grads[name]"
        },
        message="A Jacobian of shape (n,) is a diagonal. Multiplied with @ two vectors give one number, which then "
        "spreads over all entries.",
    ),
    # Numbers
    Mistake(
        question="number",
        name="slopes_forget",
        edits={"return sum((grads[id(node)] for": "return sum((Number(grads[id(node)].data) for"},
        message="The first derivatives are right, and all second ones are 0: what you return is a number without a "
        "past. Look for the place where a derivative becomes a plain float.",
    ),
    Mistake(
        question="number",
        name="overwrites",
        edits={"grads[id(source)] + share if id(source) in grads else share": "share"},
        message="A number that is used twice keeps only one of its two shares: x * x has the slope x. Shares add up.",
    ),
    Mistake(
        question="number",
        name="nearest_first",
        edits={STACK_OF_NODES: NEAREST_FIRST},
        message="Numbers hand their derivative on before all of it has arrived: those nearest to the result go "
        "first. A number that is used early and late shows it.",
    ),
    Mistake(
        question="number",
        name="recursion",
        edits={STACK_OF_NODES: RECURSION},
        message="The derivatives are right until the chain is long: then a function that calls itself reaches the "
        "end of Python's stack. Keep a list of your own.",
    ),
    Mistake(
        question="number",
        name="kept_from_last_question",
        edits={
            "grads = {id(self): Number(1.0)}": "grads = KEPT\n        grads[id(self)] = Number(1.0)",
            "self.data, self.name = float(data), name": "self.data, self.name = float(data), name\n"
            "        ALIVE.append(self)",
            "class Number:": "KEPT, ALIVE = {}, []\n\n\nclass Number:",
        },
        message="The second question has another answer than the first: derivatives from the last call are still "
        "there, and the new ones are added to them.",
    ),
    Mistake(
        question="number",
        name="reflected_difference",
        edits={"return -self + other": "return self - other"},
        message="3 - x comes out as x - 3. For a plain number on the left Python calls __rsub__, with the sides "
        "exchanged.",
    ),
    Mistake(
        question="number",
        name="reflected_quotient",
        edits={"return self**-1 * other": "return self / other"},
        message="2 / x comes out as x / 2. For a plain number on the left Python calls __rtruediv__, with the sides "
        "exchanged.",
    ),
    Mistake(
        question="number",
        name="product_shares_swapped",
        edits={
            "(self, lambda grad: grad * other), (other, lambda grad: grad * self)": "(self, lambda grad: grad * self), "
            "(other, lambda grad: grad * other)"
        },
        message="In a product each side gets itself as its slope. When x grows by 1, x * y grows by y.",
    ),
    Mistake(
        question="number",
        name="power_kept",
        edits={"grad * n * self ** (n - 1)": "grad * n * self**n"},
        message="The slope of x**n has one power less than x**n.",
    ),
    Mistake(
        question="number",
        name="power_at_zero",
        edits={"if n == 0:": "if False:"},
        message="At 0 the derivatives of x**2 end in 0 times 0 ** -1, which is an error and should be nothing. The "
        "derivative of x**0 is 0 everywhere, and no formula is needed for it.",
    ),
    Mistake(
        question="number",
        name="tanh_not_squared",
        edits={"grad * (1 - result**2)": "grad * (1 - result)"},
        message="The slope of tanh is 1 - tanh**2. You have left out the square: at large x both vanish, at 0 both "
        "are 1, and in between they differ.",
    ),
    Mistake(
        question="number",
        name="independent_is_none",
        edits={"return sum((grads": "return None if name not in [node.name for node in order] else sum((grads"},
        message="Where the result does not depend on a variable you return None. Here the derivative is the Number "
        "0, so that formulas with it go on.",
    ),
    # Network
    Mistake(
        question="mlp",
        name="transpose_missing",
        erratum="E07",
        edits={'grad_z @ layer["W"] + (grad if path else 0.0)': 'grad_z @ layer["W"].T + (grad if path else 0.0)'},
        message="On the way down you multiply with W as on the way up. The backward pass uses the other index of W: "
        "with square layers the shapes fit either way, and the network learns from noise.",
    ),
    Mistake(
        question="mlp",
        name="gradient_transposed",
        edits={"grad_z.T @ h +": "(h.T @ grad_z).reshape(layer['W'].shape) +"},
        message="The gradient for W is laid out as (in, out). It has the shape of W, (out, in): a row for each unit.",
    ),
    Mistake(
        question="mlp",
        name="divided_by_all_rows",
        edits={
            "kept = labels >= 0": "kept, rows_given = labels >= 0, max(1, len(labels))",
            "weights / weights.sum() if": "weights / rows_given if",
        },
        message="You divide by the number of rows. Padding is no example, and an example of weight 2 counts like "
        "two: divide by the sum of the weights that count.",
    ),
    Mistake(
        question="mlp",
        name="padding_multiplied",
        edits={
            "x, labels = x[kept], labels[kept]": "mask = kept.astype(float)",
            "np.ones(len(x)) if weights is None else weights[kept]": "mask * (1.0 if weights is None else weights)",
        },
        message="You multiply what padding contributes by 0. Zero times nan is nan: one bad row spoils every "
        "gradient. Leave the rows out instead.",
    ),
    Mistake(
        question="mlp",
        name="padding_is_last_class",
        edits={"kept = labels >= 0": "kept = labels >= -1"},
        message="A label of -1 counts as an example: Python reads index -1 as the last class.",
    ),
    Mistake(
        question="mlp",
        name="weights_ignored",
        edits={"np.ones(len(x)) if weights is None else weights[kept]": "np.ones(len(x))"},
        message="All examples count alike: nothing in your function depends on `weights`.",
    ),
    Mistake(
        question="mlp",
        name="nothing_over_nothing",
        edits={"weights / weights.sum() if weights.sum() > 0 else np.zeros(len(x))": "weights / weights.sum()"},
        message="When no example counts you divide 0 by 0, and a nan from one empty batch spoils the weights for good.",
    ),
    Mistake(
        question="mlp",
        name="penalty_on_biases",
        edits={
            'np.sum(layer["W"] ** 2) for': 'np.sum(layer["W"] ** 2) + np.sum(layer["b"] ** 2) for',
            '"b": grad_z.sum(axis=0)}': '"b": grad_z.sum(axis=0) + l2 * layer["b"]}',
        },
        message="Your penalty reaches the biases. A bias has no size to be afraid of, it says where a unit begins to "
        "respond; here l2 is for W only.",
    ),
    Mistake(
        question="mlp",
        name="penalty_twice",
        edits={'grad_z.T @ h + l2 * layer["W"]': 'grad_z.T @ h + 2 * l2 * layer["W"]'},
        message="The gradient of the penalty is twice too large: with the half in l2 / 2 * W**2, the 2 of the square "
        "is used up.",
    ),
    Mistake(
        question="mlp",
        name="penalty_without_gradient",
        edits={'grad_z.T @ h + l2 * layer["W"]': "grad_z.T @ h"},
        message="The penalty is in your loss and not in your gradients, so no weight will ever notice it.",
    ),
    Mistake(
        question="mlp",
        name="residual_path_forgotten",
        edits={"(grad if path else 0.0)": "0.0"},
        message="The residual path carries values up and no gradient down. It is one side of a diamond: what went "
        "both ways comes back both ways.",
    ),
    Mistake(
        question="mlp",
        name="residual_inside",
        edits={
            "grad_z = grad * slope\n": "grad_z = grad * (slope + path)\n",
        }
        | {"(grad if path else 0.0)": "0.0"},
        message="You send the residual gradient through W: adding the input to f changes the slope by the input "
        "itself, not by a 1 in front of W.",
    ),
    Mistake(
        question="mlp",
        name="residual_at_the_end",
        edits={"residual and hidden and": "residual and"},
        message="Your last layer adds its input to the scores when it is square. The last layer is plain: no f, no "
        "residual.",
    ),
    Mistake(
        question="mlp",
        name="activation_at_the_end",
        edits={"if hidden:": "if True:"},
        message="Your scores go through the activation as well. A tanh holds every score between -1 and 1, so no "
        "class can ever be certain.",
    ),
    Mistake(
        question="mlp",
        name="slope_of_the_sum",
        edits={"slope = 1 - f**2 if": "slope = 1 - z**2 if"},
        message="The slope of tanh is 1 - tanh(z)**2. Yours takes the sum before the activation, and is negative as "
        "soon as that is larger than 1.",
    ),
    Mistake(
        question="mlp",
        name="relu_open_at_zero",
        edits={"(z > 0).astype(float)": "(z >= 0).astype(float)"},
        message="At exactly 0 your relu has slope 1. It is a matter of convention, and the question's (and "
        "PyTorch's) is 0: a unit that is off stays off.",
    ),
    Mistake(
        question="mlp",
        name="bias_averaged",
        edits={"grad_z.sum(axis=0)": "grad_z.mean(axis=0)"},
        message="You average the bias gradient over the rows. The division by the number of examples is in the loss "
        "already; what is left is a sum over the uses.",
    ),
    Mistake(
        question="mlp",
        name="scores_overflow",
        edits={"scores = h - h.max(axis=1, keepdims=True)": "scores = h * 1.0"},
        message="exp(1e4) is infinite: your loss or its gradient becomes inf or nan. Subtract the largest score of "
        "each row first; the softmax does not change.",
    ),
]
