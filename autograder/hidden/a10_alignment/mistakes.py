"""Known mistakes of a10_alignment: each must lose points, and each knows what to tell the student who made it."""

from autograder.manifest import Mistake

NEGATIVE = """\
    z = np.linalg.lstsq(np.vstack([M, heavy * sums]), np.concatenate([r, np.full(m, heavy)]), rcond=None)[0]
"""
NNLS = "    z = nnls(np.vstack([M, heavy * sums]), np.concatenate([r, np.full(m, heavy)]))[0]\n"

MISTAKES = [
    # A walk under any rule
    # (first, because its values are right: what is wrong is what it asks for)
    Mistake(
        question="warp",
        name="asks_for_all",
        edits={
            "if radius is None or abs(i - j) <= radius:\n            d[i, j] = price(i, j)": (
                "d[i, j] = price(i, j)\n"
                "        if radius is not None and abs(i - j) > radius:\n"
                "            d[i, j] = np.inf"
            )
        },  # fmt: skip
        message="You compare all frames and close the window afterwards. That a closed cell is never compared is the "
        "best thing about a window.",
    ),
    Mistake(
        question="warp",
        name="diagonal_missing",
        edits={"for move in moves:": "for move in [move for move in moves if move[-1][:2] != (1, 1)] or moves:"},
        message="Your walk never takes the diagonal. Align a recording with itself: the total must be 0, with one "
        "cell for each frame. Which of the moves does your loop pass over?",
    ),
    Mistake(
        question="warp",
        name="own_moves",
        edits={"for move in moves:": "for move in [[(1, 1, 1)], [(1, 0, 1)], [(0, 1, 1)]]:"},
        message="You take the three plain moves, whatever the list says. Give it a list with one move only, the "
        "diagonal, and a grid that is not square: there is no walk.",
    ),
    Mistake(
        question="warp",
        name="weights_ignored",
        edits={"total + weight * d[a, b]": "total + d[a, b]"},
        message="Your weights change nothing. In `symmetric2` a diagonal costs as much as the two sides that lead "
        "around the corner; without the 2 it is at half price.",
    ),
    Mistake(
        question="warp",
        name="weight_of_the_left_cell",
        edits={
            "a, b = a + di, b + dj\n                total = total + weight * d[a, b]": (
                "total = total + weight * d[a, b]\n                a, b = a + di, b + dj"
            )
        },  # fmt: skip
        message="You pay for the cell that a step leaves, so the first cell is paid at every way out of it and the "
        "last one never. A step pays for the cell it arrives at.",
    ),
    Mistake(
        question="warp",
        name="last_weight_for_all",
        edits={"total + weight * d[a, b]": "total + move[-1][2] * d[a, b]"},
        message="All cells of a move pay with the weight of its last step. In Sakoe and Chiba's P = 1 the 2 belongs "
        "to the diagonal and the 1 to the step that follows: each step has a weight of its own.",
    ),
    Mistake(
        question="warp",
        name="first_cell_weighted",
        edits={"D[i, j], came[i, j] = d[i, j], []": "D[i, j], came[i, j] = moves[0][0][2] * d[i, j], []"},
        message="Your first cell is paid with the weight of the diagonal, as in Sakoe and Chiba's g(1, 1) = 2 d(1, "
        "1). Then the weights add up nicely, but here the first cell is paid once. Try a grid of one cell.",
    ),
    Mistake(
        question="warp",
        name="cells_between_free",
        edits={"total = total + weight * d[a, b]": "total = total + weight * d[a, b] * ((a, b) == (i, j))"},
        message="Of a move with several steps you pay the last cell only. Every step pays for where it arrives.",
    ),
    Mistake(
        question="warp",
        name="cells_between_lost",
        edits={"cells[:-1]\n": "cells[:1]\n"},
        message="Your total is right, and your path jumps: the cells between, in the middle of a move, were entered "
        "and paid, so they belong to the path.",
    ),
    Mistake(
        question="warp",
        name="window_at_ends_of_moves",
        edits={
            "if radius is None or abs(i - j) <= radius:\n            d[i, j]": "if True:\n            d[i, j]",
            "if i == 0 and (j == 0 or open_start):": (
                "if radius is not None and abs(i - j) > radius:\n            continue\n"
                "        if i == 0 and (j == 0 or open_start):"
            ),
        },
        message="You close cells for the end of a move, and its middle may still step through them. You can also see "
        "it in what you ask for: a function is asked about cells that are closed.",
    ),
    Mistake(
        question="warp",
        name="band_is_strict",
        edits={"abs(i - j) <= radius": "abs(i - j) < radius"},
        message="Your band is one cell too narrow on both sides: it closes |i - j| > radius, and what is equal is "
        "open.",
    ),
    Mistake(
        question="warp",
        name="band_widened",
        edits={"d, D, came =": "radius = radius if radius is None else max(radius, abs(n - m))\n    d, D, came ="},
        message="Where the band is narrower than |n - m| you widen it, as one well-known program does, and answer "
        "another question. The last cell is closed: no walk exists, and your caller should be told.",
    ),
    Mistake(
        question="warp",
        name="way_out_of_nowhere",
        edits={
            "if total == np.inf:\n        return np.inf, np.empty((2, 0), int)": (
                "if total == np.inf:\n        return np.inf, np.array([[i], [j]])"
            )
        },  # fmt: skip
        message="Where no walk exists you return a path all the same. A caller who looks at the path only will go on "
        "with it.",
    ),
    Mistake(
        question="warp",
        name="cut_short",
        edits={
            "i, j = n - 1, int(np.argmin(D[-1])) if open_end else m - 1": (
                "i, j = n - 1, int(np.argmin(D[-1])) if open_end or D[-1, -1] == np.inf else m - 1"
            )
        },  # fmt: skip
        message="Where the last cell cannot be reached you end elsewhere in the last row. The end is open only if "
        "`open_end` says so.",
    ),
    Mistake(
        question="warp",
        name="last_of_equals",
        edits={"if total < D[i, j]:": "if total <= D[i, j] < np.inf or total < D[i, j]:"},
        message="Of equally cheap ways you take the last. The order of the list settles ties, first come first "
        "served, and starting comes before any move.",
    ),
    Mistake(
        question="warp",
        name="start_not_open",
        edits={"if i == 0 and (j == 0 or open_start):": "if i == 0 and j == 0:"},
        message="`open_start` changes nothing. With it, every cell of the first row may be the first of a walk, at "
        "its own cost.",
    ),
    Mistake(
        question="warp",
        name="start_is_free",
        edits={
            "D[i, j], came[i, j] = d[i, j], []": (
                "D[i, j], came[i, j] = 0.0 * d[i, j] if open_start and d[i, j] < np.inf else d[i, j], []"
            )
        },  # fmt: skip
        message="With an open start you do not pay for the cell in which a walk starts. Free is the choice of the "
        "start, and not the start itself.",
    ),
    Mistake(
        question="warp",
        name="end_anywhere",
        edits={
            "i, j = n - 1, int(np.argmin(D[-1])) if open_end else m - 1": (
                "i, j = np.unravel_index(D.argmin(), D.shape) if open_end else (n - 1, m - 1)"
            )
        },  # fmt: skip
        message="With an open end your walk stops where it is cheapest, in any row, and most of the clip is never "
        "found. The end is open in the last row only: the whole clip must be in the film.",
    ),
    Mistake(
        question="warp",
        name="last_of_equal_ends",
        edits={"int(np.argmin(D[-1])) if open_end": "m - 1 - int(np.argmin(D[-1, ::-1])) if open_end"},
        message="Of several ends that cost the same you take the last. The one with the smallest j is asked for.",
    ),
    Mistake(
        question="warp",
        name="asks_twice",
        edits={
            "total = total + weight * d[a, b]": (
                "total = total + weight * (price(a, b) if d[a, b] < np.inf else np.inf)"
            )
        },  # fmt: skip
        message="You ask for the cost of a cell each time that a move arrives there. A comparison may take a minute: "
        "ask once, and remember.",
    ),
    # An average of recordings
    Mistake(
        question="average",
        name="links_once",
        edits={"np.add.at(A, (path[0], path[1]), 1.0)": "A[path[0], path[1]] = 1.0"},
        message="A pair of frames that a path shows twice is in your links once. Multiply the two matrices of a path "
        "that stands still: the product counts.",
    ),
    Mistake(
        question="average",
        name="mean_of_means",
        edits={
            "total += w * (np.where(measured, view, 0.0) @ A.T)": (
                "seen = np.maximum(measured @ A.T, 1e-300)\n"
                "        total += w * (np.where(measured, view, 0.0) @ A.T) / seen"
            ),
            "count += w * (measured @ A.T)": "count += w * (measured @ A.T > 0)",
        },
        message="You average within each recording first, and then these averages. J has one term for each step, so "
        "a recording that shows a frame nine times is heard nine times.",
    ),
    Mistake(
        question="average",
        name="divided_by_recordings",
        edits={"count += w * (measured @ A.T)": "count += w"},
        message="You divide by the number of recordings, where the number of steps belongs that show the frame. Give "
        "it one recording with a path that stands still: the average grows.",
    ),
    Mistake(
        question="average",
        name="path_swapped",
        edits={"np.add.at(A, (path[0], path[1]), 1.0)": "np.add.at(A, (path[1] % len(A), path[0] % A.shape[1]), 1.0)"},
        message="You read the path the wrong way round: row 0 counts frames of the average, row 1 frames of the "
        "recording.",
    ),
    Mistake(
        question="average",
        name="weights_not_in_the_count",
        edits={"count += w * (measured @ A.T)": "count += measured @ A.T"},
        message="Your sum is weighted and what you divide it by is not: with all weights 2 the average doubles.",
    ),
    Mistake(
        question="average",
        name="weights_ignored",
        edits={"weights = [1.0] * len(views) if weights is None else weights": "weights = [1.0] * len(views)"},
        message="Your weights change nothing. A recording of weight 2 is one that is there twice.",
    ),
    Mistake(
        question="average",
        name="nan_is_zero",
        edits={
            "measured = ~np.isnan(view)": "measured = np.ones(view.shape)",
            "np.where(measured, view, 0.0)": "np.nan_to_num(view)",
        },  # fmt: skip
        message="A lost measure enters your mean as a 0. Zero is a place; nobody said that the knee was there.",
    ),
    Mistake(
        question="average",
        name="nan_spreads",
        edits={"np.where(measured, view, 0.0)": "view"},
        message="One nan spoils a whole row of your average, because nan times 0 is nan. Choose what is measured "
        "before you multiply.",
    ),
    Mistake(
        question="average",
        name="whole_frame_dropped",
        edits={"measured = ~np.isnan(view)": "measured = ~np.isnan(view) & ~np.isnan(view).any(axis=0)"},
        message="Where one marker was hidden you drop the whole frame. The other rows of that frame were measured.",
    ),
    Mistake(
        question="average",
        name="unmeasured_is_zero",
        edits={
            "np.where(count > 0, total / np.where(count > 0, count, 1.0), average)": (
                "total / np.where(count > 0, count, 1.0)"
            )
        },  # fmt: skip
        message="An entry that nobody measured becomes 0. It should stay as it was.",
    ),
    Mistake(
        question="average",
        name="cost_of_the_old",
        edits={"gaps = [new[:, path[0]]": "gaps = [average[:, path[0]]"},
        message="Your cost is that of the average that came in. Return the one of the average that goes out.",
    ),
    Mistake(
        question="average",
        name="cost_unweighted",
        edits={"cost = sum(w * np.nansum(gap**2)": "cost = sum(np.nansum(gap**2)"},
        message="Your average is weighted and your cost is not: the two belong to different problems, and the cost "
        "could rise.",
    ),
    # The half-step in space
    Mistake(
        question="space",
        name="trivial",
        erratum="E78",
        edits={"cost = ((U.T": "U, V = 0 * U, 0 * V\n    cost = ((U.T"},
        message="U = V = 0 makes everything equal, at no cost. That is what the printed objective asks for when its "
        "constraint is forgotten: U.T @ C_x @ U must be the identity.",
    ),
    Mistake(
        question="space",
        name="no_constraint",
        edits={"return np.linalg.inv(np.linalg.cholesky(C))": "return np.eye(len(C))"},
        message="You take the singular vectors of S_xy as they are: they have length 1, and the *projected "
        "variables* should. Multiply a sensor by 100: your directions turn, and should not.",
    ),
    Mistake(
        question="space",
        name="centred_before_the_warp",
        edits={
            "x = np.hstack([view[:, path[0]] for": (
                "mean_x, mean_y = (np.hstack(views).mean(axis=1, keepdims=True) for views in (xs, ys))\n"
                "    x = np.hstack([view[:, path[0]] for"
            ),
            "    mean_x, mean_y = x.mean(axis=1, keepdims=True), y.mean(axis=1, keepdims=True)\n": "",
        },
        message="Your means are those of the recordings as they came. The path repeats frames, and what is repeated "
        "counts again: after stretching, your x does not have mean 0, and S_xx is no covariance.",
    ),
    Mistake(
        question="space",
        name="not_centred",
        edits={"x, y = x - mean_x, y - mean_y\n": "\n"},
        message="You return the means and do not subtract them. A far mean is then the best agreement there is: one "
        "correlation of nearly 1, and nothing learned.",
    ),
    Mistake(
        question="space",
        name="centred_pair_by_pair",
        edits={
            "x, y = x - mean_x, y - mean_y": (
                "ends = np.cumsum([path.shape[1] for path in paths])[:-1]\n"
                "    x, y = (np.hstack([part - part.mean(axis=1, keepdims=True) for part in np.split(each, "
                "ends, axis=1)])\n"
                "            for each in (x, y))"
            )
        },  # fmt: skip
        message="You centre each pair of recordings by itself. One U, one V and one mean serve all pairs, so "
        "differences between recordings are part of what is compared.",
    ),
    Mistake(
        question="space",
        name="first_pair_only",
        edits={
            "for view, path in zip(xs, paths)": "for view, path in zip(xs[:1], paths)",
            "for view, path in zip(ys, paths)": "for view, path in zip(ys[:1], paths)",
        },  # fmt: skip
        message="Only the first pair of recordings is looked at.",
    ),
    Mistake(
        question="space",
        name="root_of_the_entries",
        edits={"return np.linalg.inv(np.linalg.cholesky(C))": "return np.diag(np.diag(C) ** -0.5)"},
        message="You scale each number by its own deviation, and what two sensors share is still there. Look at U.T "
        "@ C_x @ U: its diagonal may look right, the rest does not.",
    ),
    Mistake(
        question="space",
        name="factor_not_transposed",
        edits={"to_x.T @ A[:, :k], to_y.T @ Bt[:k].T": "to_x @ A[:, :k], to_y @ Bt[:k].T"},
        message="With C = R R.T it is R.T @ U that has columns of length 1, so U is R.T's inverse times them. You "
        "took the inverse of R; for a symmetric root it would be the same.",
    ),
    Mistake(
        question="space",
        name="smallest_first",
        edits={
            "to_x.T @ A[:, :k], to_y.T @ Bt[:k].T": (
                "to_x.T @ A[:, : len(Bt)][:, ::-1][:, :k], to_y.T @ Bt[: A.shape[0]][::-1][:k].T"
            )
        },  # fmt: skip
        message="Your first direction agrees least. Singular values come largest first; which k do you keep?",
    ),
    Mistake(
        question="space",
        name="sum_of_constraints",
        edits={"    cost = ((U.T": "    U, V = U / 2**0.5, V / 2**0.5\n    cost = ((U.T"},
        message="Your U and V fulfil the two constraints *together*: their sum is the identity, and each is one half "
        "of it. Some programs are written so. Here each view has its own.",
    ),
    Mistake(
        question="space",
        name="signs_apart",
        edits={"    cost = ((U.T": "    V = -V\n    cost = ((U.T"},
        message="Your U and V point in opposite directions: the projected recordings mirror each other. Signs are "
        "free in pairs only, U.T @ S_xy @ V has no negative diagonal.",
    ),
    Mistake(
        question="space",
        name="ridge_ignored",
        edits={
            "C = (1 - shrink) * S + shrink * np.trace(S) / len(S) * np.eye(len(S))": "C = S + 1e-12 * np.eye(len(S))"
        },
        message="Your ridge changes nothing. With more numbers than frames there is then always a correlation of 1.",
    ),
    Mistake(
        question="space",
        name="ridge_in_no_unit",
        edits={"shrink * np.trace(S) / len(S) * np.eye(len(S))": "shrink * np.eye(len(S))"},
        message="Your ridge is a number of its own, without the mean variance: measure x in millimetres instead of "
        "metres, and it has no effect any more.",
    ),
    Mistake(
        question="space",
        name="ridge_added",
        edits={"(1 - shrink) * S + shrink": "S + shrink"},
        message="You add the ridge and do not take anything away for it. Shrinking keeps the trace: compare the one "
        "of C_x with that of S_xx.",
    ),
    Mistake(
        question="space",
        name="cost_not_divided",
        edits={"** 2).sum() / N": "** 2).sum()"},
        message="Your cost is a sum over steps, your covariances are means. Without a ridge the cost should be 2k "
        "less twice the correlations, and at most 2k.",
    ),
    # The loop
    Mistake(
        question="loop",
        name="returns_the_last",
        erratum="E93",
        edits={"if cost < self.best_cost:": "if True:"},
        message="Your best is the last. The paper and a deck promise that the cost falls, and then the two would be "
        "the same; the five and four numbers of the text show that it may rise.",
    ),
    Mistake(
        question="loop",
        name="never_iterates",
        edits={"        self.costs.append(cost)\n": "        self.costs.append(cost)\n        self.sweeps = 1\n"},
        message="Your loop is over after one sweep, whatever came of it: the path of even clocks is all you ever "
        "fit. The new path is the one to go on with.",
    ),
    Mistake(
        question="loop",
        name="new_path_with_old_cost",
        edits={"self.best, self.best_cost = self.path, cost": "self.best, self.best_cost = np.array(path), cost"},
        message="You put the new path into `best`, with the cost of the old one. `cost` belongs to `self.path`, "
        "whose space it was measured in.",
    ),
    Mistake(
        question="loop",
        name="walked_counts",
        edits={
            "if cost < self.best_cost:\n            self.best, self.best_cost = self.path, cost": (
                "if walked < self.best_cost:\n            self.best, self.best_cost = self.path, walked"
            )
        },  # fmt: skip
        message="You compare what DTW made of a space. That number is low because the space was not made for the new "
        "path: its constraint does not hold there.",
    ),
    Mistake(
        question="loop",
        name="later_of_equals",
        edits={"if cost < self.best_cost:": "if cost <= self.best_cost:"},
        message="Of paths that cost the same you keep the later one.",
    ),
    Mistake(
        question="loop",
        name="stops_when_it_rises",
        edits={
            "elif len(self.costs) >= self.sweeps:": (
                "elif len(self.costs) > 1 and cost >= self.costs[-2]:\n"
                '            self.path, self.reason = None, "repeated"\n'
                "        elif len(self.costs) >= self.sweeps:"
            )
        },  # fmt: skip
        message="You stop as soon as the cost does not fall. It may rise for a sweep, or stand still, and fall again "
        "after that: ask the paths, not the costs.",
    ),
    Mistake(
        question="loop",
        name="last_path_only",
        edits={"for other in self.seen": "for other in self.seen[-1:]"},
        message="You compare with the path of this sweep only. Alternations run in circles too: a path from three "
        "sweeps ago makes the same space, the same path, and so on for ever.",
    ),
    Mistake(
        question="loop",
        name="only_the_start",
        edits={"            self.seen.append(path)\n": ""},
        message="You compare with the start and never with what came after it.",
    ),
    Mistake(
        question="loop",
        name="compares_lengths",
        edits={"np.array_equal(path, other)": "path.shape == other.shape"},
        message="Two different paths of the same length count as the same for you. Compare the pairs.",
    ),
    Mistake(
        question="loop",
        name="one_sweep_more",
        edits={"len(self.costs) >= self.sweeps": "len(self.costs) > self.sweeps"},
        message="Your loop takes one sweep more than it was given.",
    ),
    Mistake(
        question="loop",
        name="sweeps_before_repeats",
        edits={
            "if any(np.array_equal(path, other) for other in self.seen):": "if len(self.costs) >= self.sweeps:",
            'self.path, self.reason = None, "repeated"': 'self.path, self.reason = None, "sweeps"',
            "elif len(self.costs) >= self.sweeps:": "elif any(np.array_equal(path, other) for other in self.seen):",
            'None, "sweeps"\n        else': 'None, "repeated"\n        else',
        },
        message="In the last sweep a path may come back as well, and then that is the reason: the first in the list "
        "that holds. It tells your caller that more sweeps would not help.",
    ),
    Mistake(
        question="loop",
        name="nan_goes_on",
        edits={"if not np.isfinite(cost):": "if False:"},
        message="A cost of nan is put into the books, and the loop goes on. Comparisons with nan are all false, so "
        "it will neither be the best nor stop anything: ask for it.",
    ),
    Mistake(
        question="loop",
        name="failure_in_the_books",
        edits={
            '            self.path, self.reason = None, "failed"': (
                "            self.costs.append(cost)\n            self.best = self.path\n"
                '            self.path, self.reason = None, "failed"'
            )
        },  # fmt: skip
        message="The sweep that failed enters `costs` and `best`. What comes out of a failed space is of no use to "
        "anybody.",
    ),
    Mistake(
        question="loop",
        name="rise_let_through",
        edits={"if walked > cost + 1e-9 * max(1.0, cost):": "if walked > 2 * cost + 1:"},
        message="A DTW step that costs more than its space goes through. It cannot happen without a bug: the old "
        "path was one of those that DTW could choose.",
    ),
    Mistake(
        question="loop",
        name="rounding_is_a_bug",
        edits={"if walked > cost + 1e-9 * max(1.0, cost):": "if walked > cost:"},
        message="You raise an error for a last digit. The two costs were added up in different orders: allow what "
        "the text allows.",
    ),
    Mistake(
        question="loop",
        name="told_before_checked",
        edits={
            "        if walked > cost + 1e-9": "        self.costs.append(cost)\n        if walked > cost + 1e-9",
            '{walked} after {cost}")\n        self.costs.append(cost)\n': '{walked} after {cost}")\n',
        },
        message="The cost is in the books when the error is raised. Who catches it and tries again has it twice: "
        "look first, write afterwards.",
    ),
    # Three clocks
    Mistake(
        question="clocks",
        name="negative_weights",
        edits={NNLS: NEGATIVE},
        message="Some of your weights are negative: that clock runs backwards in places, and the mixture is no warp "
        "any more. The constraint belongs into the solving.",
    ),
    Mistake(
        question="clocks",
        name="cut_off",
        edits={NNLS: NEGATIVE + "    z = np.clip(z, 0.0, None)\n"},
        message="You solve without the constraint and cut off what is negative. The others would have moved "
        "elsewhere, had they known: what is left is feasible, and not the best.",
    ),
    Mistake(
        question="clocks",
        name="leaps_without_looking",
        edits={"if J(tried) < before:": "if True:"},
        message="You take the whole step without a look at the true cost. The model is a straight line where the "
        "recordings are not: here the cost rises.",
    ),
    Mistake(
        question="clocks",
        name="all_or_nothing",
        edits={"for s in 0.5 ** np.arange(8):": "for s in (1.0,):"},
        message="Where the whole step does not help you stay. Half of it, or a quarter, would have helped.",
    ),
    Mistake(
        question="clocks",
        name="cost_before_the_step",
        edits={"return tried, float(J(tried))": "return tried, float(before)"},
        message="Your cost is that of the weights that came in.",
    ),
    Mistake(
        question="clocks",
        name="neighbours_only",
        edits={
            "pairs = [(i, j) for i in range(m) for j in range(i + 1, m)]": "pairs = [(i, i + 1) for i in range(m - 1)]"
        },
        message="Your model compares each recording with the next one only. With three of them the pair of the first "
        "and the last is missing.",
    ),
    Mistake(
        question="clocks",
        name="pairs_twice",
        edits={
            "pairs = [(i, j) for i in range(m) for j in range(i + 1, m)]": (
                "pairs = [(i, j) for i in range(m) for j in range(m) if i != j]"
            ),
            "for i in range(m) for j in range(i))": "for i in range(m) for j in range(m))",
        },
        message="Each pair is counted twice, from either side. The best place would be the same, if it were not for "
        "the damping; and the cost is doubled.",
    ),
    Mistake(
        question="clocks",
        name="slope_by_time",
        edits={
            "return roots * view[:, f] + (p - f) * slope, last * slope": (
                "return roots * view[:, f] + (p - f) * slope, slope"
            )
        },  # fmt: skip
        message="Your slope is one by frames, and the weights move time from 0 to 1. Between the two stands n - 1: "
        "without it your steps are far too long, or wrong in their proportions.",
    ),
    Mistake(
        question="clocks",
        name="no_interpolation",
        edits={"return roots * view[:, f] + (p - f) * slope": "return roots * view[:, f]"},
        message="You show the frame before the moment. Between frames go on straight lines, or the cost has steps "
        "that no slope knows of.",
    ),
    Mistake(
        question="clocks",
        name="first_stays",
        edits={"    jacobians.append(G)\n": "    jacobians.append(G * (i > 0))\n"},
        message="Your first recording keeps its clock, and the others come to it. All clocks are free: what a step "
        "must not do is prefer one.",
    ),
    Mistake(
        question="clocks",
        name="damped_to_zero",
        edits={"np.concatenate([r, damping**0.5 * old])": "np.concatenate([r, np.zeros(len(old))])"},
        message="Your damping pulls the weights towards 0, that is, towards equal shares. It should hold back the "
        "step: with a very large damping nothing moves.",
    ),
    Mistake(
        question="clocks",
        name="damping_ignored",
        edits={
            "damping**0.5 * np.eye(len(old))": "1e-6 * np.eye(len(old))",
            "np.concatenate([r, damping**0.5 * old])": "np.concatenate([r, 1e-6 * old])",
        },  # fmt: skip
        message="Your damping changes nothing. With a very large one, the weights should stay where they are.",
    ),
    Mistake(
        question="clocks",
        name="moments_squared",
        edits={
            "np.sqrt(np.ones(len(bases[0])) if moments is None else moments)": (
                "np.array(np.ones(len(bases[0])) if moments is None else moments)"
            )
        },  # fmt: skip
        message="Your moments enter squared. In a sum of squares a factor c stands before the square: what is its "
        "share inside?",
    ),
    Mistake(
        question="clocks",
        name="moments_ignored",
        edits={"np.sqrt(np.ones(len(bases[0])) if moments is None else moments)": "np.ones(len(bases[0]))"},
        message="Your `moments` change nothing.",
    ),
    Mistake(
        question="clocks",
        name="one_sum_for_all",
        edits={
            "sums = np.repeat(np.eye(m), sizes, axis=1)": "sums = np.ones((1, ends[-1]))",
            "np.full(m, heavy)": "np.full(1, float(m) * heavy)",
            "z = z / ((sums @ z) @ sums)": "z = z * m / z.sum()",
        },
        message="All your weights together have the right sum, but those of a single recording do not: one clock "
        "ends early and another runs past its end.",
    ),
    # Two networks
    Mistake(
        question="deep",
        name="one_network",
        erratum="E76",
        edits={
            "self.network(x_layers), self.network(y_layers)": (
                "self.network(x_layers), self.network(y_layers)\n"
                "        if [w.shape for w, _ in x_layers] == [w.shape for w, _ in y_layers]:\n"
                "            self.y_net = self.x_net"
            )
        },  # fmt: skip
        message="One network sees both recordings, as the deck prints it, f of theta 1 twice. Its gradient is the "
        "sum of two jobs. The second network has parameters of its own, also where the shapes are the same.",
    ),
    Mistake(
        question="deep",
        name="tanh_at_the_end",
        edits={"nn.Sequential(*parts[:-1])": "nn.Sequential(*parts)"},
        message="There is a tanh behind your last layer: features cannot leave -1 to 1. It stands between two "
        "layers, and a network of one layer has none.",
    ),
    Mistake(
        question="deep",
        name="no_tanh",
        edits={"parts += [layer, nn.Tanh()]": "parts += [layer, nn.Identity()]"},
        message="Your network is a product of matrices, and that is one matrix. Where is the tanh?",
    ),
    Mistake(
        question="deep",
        name="path_ignored",
        edits={
            "path = torch.as_tensor(path)\n": (
                "path = torch.arange(min(len(f), len(g))).repeat(2, 1)\n        weights = None\n"
            )
        },  # fmt: skip
        message="You pair frame 0 with frame 0, 1 with 1 and so on. Which frames belong together is what the path "
        "says.",
    ),
    Mistake(
        question="deep",
        name="centred_before_the_warp",
        edits={
            "f, g = f - (c * f[path[0]]).sum(dim=0), g - (c * g[path[1]]).sum(dim=0)": (
                "f, g = f - f.mean(dim=0), g - g.mean(dim=0)"
            )
        },  # fmt: skip
        message="Your mean is that of all frames. The path repeats some of them, and the features that count are "
        "those along the path: their mean must be 0.",
    ),
    Mistake(
        question="deep",
        name="trace_not_nuclear",
        edits={'-torch.linalg.matrix_norm(K, "nuc")': "-torch.trace(K)"},
        message="You add up the diagonal of K. Feature 0 of one network need not go with feature 0 of the other: the "
        "correlations are the singular values.",
    ),
    Mistake(
        question="deep",
        name="frobenius",
        edits={'-torch.linalg.matrix_norm(K, "nuc")': '-torch.linalg.matrix_norm(K, "fro") ** 2'},
        message="You add up the squares of the correlations. Take the singular values themselves.",
    ),
    Mistake(
        question="deep",
        name="sign",
        edits={'-torch.linalg.matrix_norm(K, "nuc")': 'torch.linalg.matrix_norm(K, "nuc")'},
        message="Your loss rises with the correlations: a training that lowers it will make the recordings strangers.",
    ),
    Mistake(
        question="deep",
        name="variances_only",
        edits={
            "torch.linalg.cholesky(a.T @ (c * a) + small)": "torch.diag(torch.diag(a.T @ (c * a) + small) ** 0.5)",
            "torch.linalg.cholesky(b.T @ (c * b) + small)": "torch.diag(torch.diag(b.T @ (c * b) + small) ** 0.5)",
        },  # fmt: skip
        message="You divide each feature by its deviation. Two features that are copies of each other then count "
        "twice; the whole matrix must be undone.",
    ),
    Mistake(
        question="deep",
        name="factors_without_gradient",
        edits={
            "torch.linalg.cholesky(a.T @ (c * a) + small)": "torch.linalg.cholesky(a.T @ (c * a) + small).detach()",
            "torch.linalg.cholesky(b.T @ (c * b) + small)": "torch.linalg.cholesky(b.T @ (c * b) + small).detach()",
        },  # fmt: skip
        message="Your loss is right and its gradient is not: the factors are cut out of the graph. Then larger "
        "features look like a gain, and the next call divides them away.",
    ),
    Mistake(
        question="deep",
        name="one_side_detached",
        edits={"b = f[path[0]], g[path[1]]": "b = f[path[0]], g[path[1]].detach()"},
        message="No gradient reaches one of your two networks.",
    ),
    Mistake(
        question="deep",
        name="ridge_ignored",
        edits={"small = self.ridge * torch.eye": "small = 1e-12 * torch.eye"},
        message="Your ridge changes nothing. It stands on the diagonals of both covariances, as large as it was given.",
    ),
    Mistake(
        question="deep",
        name="divided_by_one_less",
        edits={
            "c = (c.double() / c.sum())[:, None]": "c = (c.double() / c.sum())[:, None]\n        l = path.shape[1]",
            "small = self.ridge * torch.eye": "small = (1 - 1 / l) * self.ridge * torch.eye",
        },  # fmt: skip
        message="Your covariances are divided by l - 1. The text divides by the sum of the weights; next to a ridge "
        "that makes a difference.",
    ),
    Mistake(
        question="deep",
        name="weights_ignored",
        edits={
            "torch.ones(path.shape[1]) if weights is None else torch.as_tensor(weights)": "torch.ones(path.shape[1])"
        },
        message="Your weights change nothing.",
    ),
    Mistake(
        question="deep",
        name="weights_not_in_the_mean",
        edits={
            "(c * f[path[0]]).sum(dim=0), g - (c * g[path[1]]).sum(dim=0)": (
                "f[path[0]].mean(dim=0), g - g[path[1]].mean(dim=0)"
            )
        },  # fmt: skip
        message="Your covariances are weighted and your means are not. A step with weight 0 should count nowhere.",
    ),
    Mistake(
        question="deep",
        name="warped_features",
        edits={
            "return ((a[:, None] - b) ** 2).sum(dim=-1)": (
                "return ((a[path[0]][:, None] - b[path[1]]) ** 2).sum(dim=-1)"
            )
        },  # fmt: skip
        message="Your table compares the *warped* features, l by l. A path through it counts steps of the old path, "
        "not frames, and each round repeats what is repeated. The table has all frames, n by m.",
    ),
    Mistake(
        question="deep",
        name="raw_features",
        edits={"return ((a[:, None] - b) ** 2).sum(dim=-1)": "return ((f[:, None] - g) ** 2).sum(dim=-1)"},
        message="Your table compares the features as the networks make them. The two have different scales and axes: "
        "they meet only after the projection.",
    ),
    Mistake(
        question="deep",
        name="not_turned",
        edits={"upper=False).T @ A\n": "upper=False).T\n", "upper=False).T @ Bt.T": "upper=False).T"},
        message="Your features are whitened and not turned: the singular vectors of K say which direction of the one "
        "goes with which of the other.",
    ),
]
