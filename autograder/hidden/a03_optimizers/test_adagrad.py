"""Hidden tests of a03.adagrad."""

from pathlib import Path

import numpy as np

from autograder.manifest import load_module
from autograder.testing import assert_close, points, unpack

common = load_module(Path(__file__).with_name("common.py"))


def draw_rows(rng, table, count, *, repeated=False):
    """A gradient of `count` parts: a pair, and the same as one array. Repeated rows stand next to each other or not."""
    rows = rng.choice(len(table), size=count, replace=False)
    if repeated:
        rows = rng.permutation(np.concatenate([rows, rows[: count // 2 + 1]]))
    values = rng.uniform(0.1, 2.0, size=(len(rows), *table.shape[1:])) * rng.choice([-1.0, 1.0])
    full = np.zeros_like(table)
    for row, value in zip(rows, values):
        full[row] += value
    return (rows, values), full


@points(1)
def test_constant_gradient(student, rng):
    """Under a constant gradient step t is lr * |g| / (sqrt(t) * |g| + eps) long, for a large eps too."""
    params, lr, eps = common.draw_params(rng), rng.uniform(0.05, 0.2), rng.uniform(0.1, 0.5)
    grads, place, state = common.draw_like(rng, params), params, None
    for number in range(1, 9):
        place, state = unpack(student.adagrad_step(place, grads, state, lr=lr, eps=eps), "params", "state")
        root = np.sqrt(number)
        params = {name: p - lr * grads[name] / (root * np.abs(grads[name]) + eps) for name, p in params.items()}
        assert_close(place, params, what=f"after step {number}, params")


@points(2)
def test_long_run(student, reference, rng):
    """A run with arrays and pairs, and now and then no gradient, goes where it should, also from a saved state."""
    params = {"words": rng.normal(size=(6, 3)), "bias": rng.normal(size=3), "scale": np.asarray(rng.normal())}
    calls = []
    for _ in range(14):
        grads = common.draw_like(rng, params)
        if rng.random() < 0.7:
            grads["words"] = draw_rows(rng, params["words"], int(rng.integers(1, 4)))[0]
        calls.append(({n: g for n, g in grads.items() if rng.random() < 0.8}, {"lr": rng.uniform(0.05, 0.2)}))
    common.check_trajectory(student.adagrad_step, reference.adagrad_step, params, calls)


@points(2)
def test_repeated_rows(student, rng):
    """A row that is named several times has one gradient, the sum of its parts: the same as an array of those sums."""
    table, options = {"words": rng.normal(size=(7, 2))}, {"lr": rng.uniform(0.05, 0.2), "start": rng.uniform(0.5, 2.0)}
    pairs, arrays, pair_state, array_state = table, table, None, None
    for number in range(1, 4):
        pair, full = draw_rows(rng, table["words"], 3, repeated=True)
        what = f"after step {number}, with rows {pair[0].tolist()}, params"
        before = arrays
        pairs, pair_state = common.take(student.adagrad_step, pairs, {"words": pair}, pair_state, what, **options)
        arrays, array_state = common.take(
            student.adagrad_step, arrays, {"words": full}, array_state, f"after step {number}, params", **options
        )
        assert not np.allclose(arrays["words"], before["words"]), f"after step {number}: no row has moved"
        assert_close(pairs, arrays, what=what)


@points(1)
def test_rows_that_are_not_named(student, rng):
    """Rows that are not named do not move, and when their time comes their first step is lr long; no rows is fine."""
    table, lr = {"words": rng.normal(size=(6, 2))}, rng.uniform(0.05, 0.2)
    order, place, state = rng.permutation(6), table, None
    for rows in (order[:2], order[2:5], order[:0], order[5:]):
        signs = rng.choice([-1.0, 1.0], size=(len(rows), 2))
        grads = {"words": (rows, signs * rng.uniform(0.5, 2.0, size=signs.shape))}
        place, state = common.take(student.adagrad_step, place, grads, state, lr=lr)
        expected = table["words"].copy()
        expected[rows] -= lr * signs
        table = {"words": expected}
        assert_close(place, table, what=f"after a gradient for rows {rows.tolist()}, params")


@points(1)
def test_rate_decay(student, rng):
    """The rate decays by each name's own count: it is lr at its first gradient, and a pause does not count."""
    params, lr, lr_decay = {"a": rng.normal(size=2), "b": rng.normal(size=(2, 2))}, 0.1, rng.uniform(0.2, 0.8)
    grads, place, state, count = common.draw_like(rng, params), params, None, dict.fromkeys(params, 0)
    for names in ("a", "ab", "a", "b", "ab"):
        now = {name: grads[name] for name in names}
        place, state = common.take(student.adagrad_step, place, now, state, lr=lr, lr_decay=lr_decay)
        for name in names:
            count[name] += 1
            length = lr / (1 + (count[name] - 1) * lr_decay) / np.sqrt(count[name])
            params = {**params, name: params[name] - length * np.sign(grads[name])}
        assert_close(place, params, what=f"after {count['a']} gradients for a and {count['b']} for b, params")


@points(1)
def test_start(student, rng):
    """`start` is in every entry's sum from the beginning, once: step t is lr * g / sqrt(start + t * g**2)."""
    params, start, lr = common.draw_params(rng), rng.uniform(0.5, 3.0), rng.uniform(0.05, 0.2)
    grads, place, state = common.draw_like(rng, params), params, None
    for number in range(1, 5):
        place, state = common.take(student.adagrad_step, place, grads, state, lr=lr, start=start)
        params = {n: p - lr * grads[n] / np.sqrt(start + number * grads[n] ** 2) for n, p in params.items()}
        assert_close(place, params, what=f"after step {number} with start={start:.3g}, params")
