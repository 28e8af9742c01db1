"""What the seven questions' tests share: taking a result apart, measuring slopes, and the formulas as plain loops.

A gradient is compared with central differences of the student's own loss, so a wrong loss does not cost the points of
a right gradient. The loops here are the oracle: they read like the statement, and share no code with the solution.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograder.testing import assert_close, describe, unpack

H = 1e-5  # of central differences: their error is some 1e-10 for losses and scores of size 1


def take(student: Callable, x: np.ndarray, *args: Any, what: str = "", **options: Any) -> tuple[float, np.ndarray]:
    """Call a loss, and make sure that a finite number and a finite array of the shape of `x` come back."""
    loss, grad = unpack(student(x, *args, **options), "loss", "grad")
    return number(loss, f"{what}loss"), array_like(grad, x, f"{what}grad")


def grid(x: np.ndarray, step: float = 0.1) -> np.ndarray:
    """Round to multiples of `step`: with a margin half a step beside them, no kink is near a measured slope."""
    return np.round(x / step) * step


def number(loss: Any, what: str = "loss") -> float:
    value = np.asarray(loss) if isinstance(loss, int | float | np.ndarray | np.generic) else None
    assert value is not None and value.shape == () and value.dtype.kind in "fiu", (
        f"{what}: expected a number, got {describe(loss)}"
    )
    assert np.isfinite(value), f"{what}: expected a finite number, got {value.item()}"
    return float(value)


def array_like(grad: Any, x: np.ndarray, what: str = "grad") -> np.ndarray:
    try:
        array = np.asarray(grad if type(grad) in (np.ndarray, list, tuple) else None, dtype=float)
    except (TypeError, ValueError):
        array = np.full((), np.nan)
    assert array.ndim, f"{what}: expected an array of shape {x.shape}, got {describe(grad)}"
    assert array.shape == x.shape, f"{what}: expected shape {x.shape}, got shape {array.shape}"
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise AssertionError(f"{what}{list(place)}: expected a finite number, got {array[place]}")
    return array


def check_slopes(
    student: Callable,
    rng: np.random.Generator,
    x: np.ndarray,
    *args: Any,
    counts: np.ndarray | bool = True,
    what: str = "",
    **options: Any,
) -> np.ndarray:
    """The gradient equals central differences of the loss along two random directions, and is 0 where nothing counts.

    Returns the gradient. Entries of `x` outside `counts` may be nan.
    """
    loss, grad = take(student, x, *args, what=what, **options)
    counts = np.broadcast_to(counts, x.shape)
    assert_close(grad[~counts], np.zeros(x.size - counts.sum()), what=f"{what}grad of what does not count")
    assert np.abs(grad).max() > 1e-8, f"{what}grad: 0 everywhere, though the loss can be lowered"
    for _ in range(2):
        direction = np.where(counts, rng.normal(size=x.shape), 0.0)
        ahead, behind = (
            number(unpack(student(x + h * direction, *args, **options), "loss", "grad")[0], f"{what}loss")
            for h in (H, -H)
        )
        measured, promised = (ahead - behind) / (2 * H), float(np.sum(grad * direction))
        allowed = 1e-6 * float(np.sum(np.abs(grad * direction))) + 1e-9 * max(1.0, abs(loss))
        assert abs(measured - promised) <= allowed, (
            f"{what}grad: along a random direction your loss changes at the rate {measured:.8g}, and your gradient "
            f"promises {promised:.8g} (tolerance {allowed:.2g})"
        )
    return grad


def log_sum_exp(values: Iterable[float]) -> float:
    values = [float(value) for value in values]
    top = max(values)
    return top + math.log(math.fsum(math.exp(value - top) for value in values))


def softplus(u: float) -> float:
    return max(u, 0.0) + math.log1p(math.exp(-abs(u)))


# The formulas of the statement, term by term


def cross_entropy(
    logits: np.ndarray, targets: np.ndarray, *, ignore: int, weights: np.ndarray, smoothing: float
) -> float:
    total = divisor = 0.0
    for place in np.ndindex(*targets.shape):
        y, classes = int(targets[place]), logits.shape[-1]
        if y == ignore:
            continue
        rest = log_sum_exp(logits[place])
        for c in range(classes):
            q = (1 - smoothing) * (c == y) + smoothing / classes
            total += weights[c] * q * (rest - float(logits[(*place, c)]))
        divisor += weights[y]
    return total / divisor


def hinge(scores: np.ndarray, labels: np.ndarray, margins: np.ndarray, worst: bool) -> float:
    losses = []
    for f, y in zip(scores.tolist(), labels.tolist(), strict=True):
        v = [max(0.0, f[j] - f[y] + float(margins[y, j])) for j in range(len(f)) if j != y]
        losses.append(max(v) if worst else math.fsum(v))
    return math.fsum(losses) / len(losses)


def squared_hinge(scores: np.ndarray, labels: np.ndarray, margin: float, negative_weight: float) -> float:
    total = 0.0
    for f, y in zip(scores.tolist(), labels.tolist(), strict=True):
        for c, score in enumerate(f):
            total += max(0.0, margin - score) ** 2 if c == y else negative_weight * max(0.0, margin + score) ** 2
    return total / len(scores)


def smooth_l1(predictions: np.ndarray, targets: np.ndarray, lengths: np.ndarray, beta: float, average: str) -> float:
    rows = []
    for prediction, target, length in zip(predictions, targets, lengths.tolist(), strict=True):
        sizes = np.abs(prediction[:length] - target[:length]).ravel().tolist()
        rows.append([d * d / (2 * beta) if d < beta else d - beta / 2 for d in sizes])
    if average == "sequences":
        means = [math.fsum(row) / len(row) for row in rows if row]
        return math.fsum(means) / len(means)
    return math.fsum(sum(rows, [])) / sum(map(len, rows))


def ranking(scores: np.ndarray, targets: np.ndarray, margin: float, soft: bool) -> float:
    means = []
    for f, t in zip(scores.tolist(), targets.tolist(), strict=True):
        gaps = [margin - f[p] + f[n] for p in range(len(f)) if t[p] == 1 for n in range(len(f)) if t[n] == 0]
        costs = [softplus(u) if soft else max(0.0, u) for u in gaps]
        means += [math.fsum(costs) / len(costs)] if costs else []
    return math.fsum(means) / len(means)
