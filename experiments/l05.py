"""The claims of lecture 05, descent: `python experiments/l05.py` tests them and writes l05.json beside it.

Every case compares two ways seed by seed, and its effect is above zero where the claim is right. Losses, risks and
numbers of examples are compared by log2 of their ratio, which counts halvings: 1 is half, 2 a quarter. Accuracies are
compared in points of a percent. Rates are chosen for each way its own: on validation images where accuracy is compared,
by the training loss where that is.
"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmcourse.claims import case, claim, describe, write
from mmcourse.worlds.digits import digits

SEEDS = 20
LINEAR, SMALL = (64, 10), (64, 32, 10)  # units of a linear classifier, and of a small network
RATES = (0.005, 0.015, 0.05, 0.15, 0.4, 1.0, 2.5)
COSINE = "cosine above 0.9"
FEWER = "halvings of the examples"  # log2 of a ratio
LOWER = "halvings of the loss"
RISKS = "halvings of the risk"
POINTS = "points of accuracy"  # percent of the test images
MODELS = (("linear classifier", LINEAR), ("small network", SMALL))


# Classifiers on handwritten digits, for many rates and seeds at once: parameters have shape (R, S, ...)


class Data(NamedTuple):
    """Images (S, N, 64) and labels (S, N), one world for each seed."""

    x: np.ndarray
    labels: np.ndarray


class Parts(NamedTuple):
    """To learn from, to choose by, to be judged on."""

    train: Data
    valid: Data
    test: Data


def images(seeds, size: int = 1000, wrong: float = 0.0) -> Parts:
    """Digits from -1 to 1, `size` of them to learn from, of which a share `wrong` has labels drawn by lot."""
    parts = [digits(np.random.default_rng([seed, 1]), (size, 397, 400)) for seed in seeds]
    x = [np.stack([split.images * 2 - 1 for split in splits]).astype(np.float32) for splits in zip(*parts)]
    labels = [np.stack([split.labels for split in splits]) for splits in zip(*parts)]
    for row, seed in zip(labels[0], seeds):
        rng = np.random.default_rng([seed, 2])
        chosen = rng.permutation(size)[: round(wrong * size)]
        row[chosen] = rng.integers(10, size=len(chosen))
    return Parts(*(Data(*pair) for pair in zip(x, labels)))


def start(sizes: tuple[int, ...], seeds, rates: int) -> list[np.ndarray]:
    """Parameters W1, b1, W2, b2, ..., each (R, S, ...); a linear classifier starts at zero."""
    params = []
    for n, m in zip(sizes, sizes[1:]):
        scale = np.sqrt(2 / n) if len(sizes) > 2 else 0.0
        draws = [np.random.default_rng([seed, 3, n]).normal(0, 1, (n, m)) * scale for seed in seeds]
        params += [np.stack(draws).astype(np.float32), np.zeros((len(seeds), 1, m), np.float32)]
    return [np.broadcast_to(param, (rates, *param.shape)).copy() for param in params]


def forward(params, x) -> list[np.ndarray]:
    """What goes into each layer, and the scores."""
    values = [x]
    for layer in range(0, len(params), 2):
        z = values[-1] @ params[layer] + params[layer + 1]
        values.append(np.maximum(z, 0) if layer + 2 < len(params) else z)
    return values


def transposed(array: np.ndarray) -> np.ndarray:
    return np.swapaxes(array, -1, -2)


def losses(scores: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cross-entropy of each example, (..., N), and its slope in the scores, (..., N, 10)."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    p = np.exp(shifted)
    total = p.sum(axis=-1, keepdims=True)
    chosen = (labels[..., None] == np.arange(10)).astype(scores.dtype)
    return np.log(total[..., 0]) - (shifted * chosen).sum(axis=-1), p / total - chosen


def gradients(params, x, labels) -> list[np.ndarray]:
    """Gradients of the mean loss."""
    values, grads = forward(params, x), []
    slope = losses(values[-1], labels)[1] / x.shape[-2]
    for layer in range(len(params) - 2, -1, -2):
        h = values[layer // 2]
        grads = [transposed(h) @ slope, slope.sum(axis=-2, keepdims=True), *grads]
        if layer:
            slope = (slope @ transposed(params[layer])) * (h > 0)
    return grads


Picker = Callable[[list[np.ndarray]], np.ndarray]


def train(sizes, seeds, data: Data, rates, picks: Iterable, watch: Callable | None = None) -> list[np.ndarray]:
    """One update for each entry of `picks`: indices (S, B) or (R, S, B), None for all, or a function from params."""
    params, rows = start(sizes, seeds, len(rates)), np.arange(len(seeds))[:, None]
    lr = np.array(rates, dtype=np.float32)[:, None, None, None]
    with np.errstate(over="ignore", invalid="ignore"):  # a rate that is too large may run away
        for step, pick in enumerate(picks):
            pick = pick(params) if callable(pick) else pick
            chosen = data if pick is None else (data.x[rows, pick], data.labels[rows, pick])
            params = [param - lr * grad for param, grad in zip(params, gradients(params, *chosen))]
            if watch is not None and watch(step, params):
                break
    return params


def accuracy(params, data: Data) -> np.ndarray:
    """Percent of the images that are told right, (R, S)."""
    return 100 * (forward(params, data.x)[-1].argmax(axis=-1) == data.labels).mean(axis=-1)


def mean_loss(params, data: Data) -> np.ndarray:
    """Mean loss, (R, S), at most 100; a rate that ran away counts as that."""
    return np.nan_to_num(losses(forward(params, data.x)[-1], data.labels)[0].mean(axis=-1), nan=100.0).clip(1e-6, 100.0)


def judged(params, parts: Parts) -> np.ndarray:
    """Test accuracy of each seed, (S,), with the rate that is best on the validation images of all of them."""
    return accuracy(params, parts.test)[accuracy(params, parts.valid).mean(axis=1).argmax()]


def trained_loss(params, parts: Parts) -> np.ndarray:
    """Log2 of the training loss of each seed, (S,), with the rate that is best for it."""
    found = np.log2(mean_loss(params, parts.train))
    return found[found.mean(axis=1).argmin()]


# In which order the examples come


def order(kind: str, labels: np.ndarray, batch: int, epochs: int, rng) -> np.ndarray:
    """Indices of all mini-batches of a run, (U, B)."""
    size = len(labels)

    def once():
        if kind == "sorted":
            return np.argsort(labels, kind="stable")
        if kind == "replacement":
            return rng.integers(size, size=size)
        shuffled = rng.permutation(size)
        if kind != "diverse":
            return shuffled
        place = np.empty(size)  # each class evenly over the epoch, so every batch has some of all
        for label in range(10):
            own = shuffled[labels[shuffled] == label]
            place[own] = (np.arange(len(own)) + rng.random()) / len(own)
        return np.argsort(place)

    every = [once()] * epochs if kind in ("sorted", "once") else [once() for _ in range(epochs)]
    return np.concatenate([epoch[: size // batch * batch].reshape(-1, batch) for epoch in every])


def orders(kind: str, seeds, data: Data, batch: int, epochs: int) -> np.ndarray:
    """The same for all seeds, (U, S, B)."""
    runs = [order(kind, row, batch, epochs, np.random.default_rng([seed, 4])) for seed, row in zip(seeds, data.labels)]
    return np.stack(runs, axis=1)


# The claims


def cosines(sizes, seeds, epochs: int, batch: int = 32, draws: int = 30) -> np.ndarray:
    """Mean cosine between mini-batch gradients and the full one after some epochs with the rate 0.15, (S,)."""
    parts = images(seeds)
    picks = orders("every epoch", seeds, parts.train, 20, epochs) if epochs else []
    params = train(sizes, seeds, parts.train, [0.15], picks)
    full, found = flat(gradients(params, *parts.train)), []
    rows, rngs = np.arange(len(seeds))[:, None], [np.random.default_rng([seed, 5]) for seed in seeds]
    for _ in range(draws):
        pick = np.stack([rng.choice(1000, batch, replace=False) for rng in rngs])
        found.append(cosine(flat(gradients(params, parts.train.x[rows, pick], parts.train.labels[rows, pick])), full))
    return np.mean(found, axis=0)[0]


def flat(grads) -> np.ndarray:
    return np.concatenate([grad.reshape(*grad.shape[:2], -1) for grad in grads], axis=-1).astype(float)


def cosine(a, b) -> np.ndarray:
    return (a * b).sum(axis=-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)


def regression_cosine(seed: int, near: bool, batch: int = 32, size: int = 5000, dim: int = 50) -> float:
    """The same for least squares with noise 1; near the optimum: where the loss is 1 % above the lowest."""
    rng = np.random.default_rng([seed, 6])
    x, w = rng.normal(size=(size, dim)), rng.normal(size=dim)
    y = x @ w + rng.normal(size=size)
    best = np.linalg.lstsq(x, y, rcond=None)[0]
    here, lowest = np.zeros(dim), np.mean((x @ best - y) ** 2)
    while near and np.mean((x @ here - y) ** 2) > 1.01 * lowest:
        here = here - 0.05 * x.T @ (x @ here - y) / size
    each = x * (x @ here - y)[:, None]
    means = np.stack([each[rng.choice(size, batch, replace=False)].mean(axis=0) for _ in range(200)])
    return cosine(means, each.mean(axis=0)).mean()


def close(seeds) -> dict:
    """The gradient of 32 examples is extremely close to that of all."""
    regression = [np.array([regression_cosine(seed, near) for seed in seeds]) - 0.9 for near in (False, True)]
    cases = [
        case("least squares, at the start", regression[0], COSINE),
        case("least squares, loss 1 % above the lowest", regression[1], COSINE),
    ]
    for name, sizes in MODELS:
        for epochs, words in ((0, "at the start"), (1, "after 1 epoch"), (30, "after 30 epochs")):
            cases.append(case(f"{name}, {words}", cosines(sizes, seeds, epochs) - 0.9, COSINE))
    text = "the gradient of 32 points is already extremely close to that of the whole data set"
    return claim(text, "Multimodal Optimization", cases)


def examples_needed(sizes, seeds, goal: float, batch: int | None, limit: int) -> np.ndarray:
    """Examples looked at until the training loss is below a goal, for the best rate, log2, (S,)."""
    parts = images(seeds)
    every = 1 if batch is None else max(1, 100 // batch)  # how often the loss is measured, in updates
    picks = [None] * limit if batch is None else orders("every epoch", seeds, parts.train, batch, limit)
    seen = np.full((len(RATES), len(seeds)), float(limit * 1000))  # those that never arrive

    def watch(step, params):
        if (step + 1) % every == 0:
            there = (mean_loss(params, parts.train) < goal) & (seen == limit * 1000)
            seen[there] = (step + 1) * (batch or 1000)
        return (seen < limit * 1000).all(axis=1).any()  # one rate has arrived with all seeds

    train(sizes, seeds, parts.train, RATES, picks, watch)
    return np.log2(seen)[np.log2(seen).mean(axis=1).argmin()]


def regression_examples(seed: int, excess: float, batch: int | None, size: int = 1000, dim: int = 20) -> float:
    """The same for least squares, until the loss is within `excess` of the lowest, relatively; best rate."""
    rng = np.random.default_rng([seed, 7])
    x, w = rng.normal(size=(size, dim)), rng.normal(size=dim)
    y, limit = x @ w + rng.normal(size=size), 60
    best = np.linalg.lstsq(x, y, rcond=None)[0]
    lowest, found = np.mean((x @ best - y) ** 2), []
    for lr in (0.5, 1.0, 1.5) if batch is None else (0.001, 0.003, 0.01, 0.03):
        here, seen = np.zeros(dim), 0
        while seen < limit * size:
            pick = slice(None) if batch is None else rng.integers(size, size=batch)
            here = here - lr * x[pick].T @ (x[pick] @ here - y[pick]) / len(x[pick])
            seen += len(x[pick])
            if (batch is None or seen % 100 == 0) and np.mean((x @ here - y) ** 2) < (1 + excess) * lowest:
                break
        found.append(seen)
    return np.log2(min(found))


def faster(seeds) -> dict:
    """Small batches need fewer examples to get somewhere."""
    cases = []
    for name, sizes, goal in ((*MODELS[0], 0.3), (*MODELS[1], 0.1)):
        few, all_ = (examples_needed(sizes, seeds, goal, batch, 150) for batch in (10, None))
        cases.append(case(f"{name}, to the loss {goal}", all_ - few, FEWER))
    for excess, words in ((0.1, "10 %"), (0.00001, "0.001 %")):
        few, all_ = ([regression_examples(seed, excess, batch) for seed in seeds] for batch in (10, None))
        cases.append(case(f"least squares, to {words} above the lowest loss", np.subtract(all_, few), FEWER))
    return claim("SGD is much faster than gradient descent", "Advanced Optimizations", cases)


def noise(seeds) -> dict:
    """Small batches generalise better than the full one, with 100 training images."""
    cases, size, batch, epochs = [], 100, 5, 40
    for name, sizes in MODELS:
        for wrong, words in ((0.0, "right labels"), (0.3, "30 % of labels by lot")):
            parts = images(seeds, size, wrong)
            picks = orders("every epoch", seeds, parts.train, batch, epochs)
            small = judged(train(sizes, seeds, parts.train, RATES, picks), parts)
            snapshots = {}

            def keep(step, params, snapshots=snapshots):
                if step + 1 == epochs:
                    snapshots["epochs"] = judged(params, parts)  # noqa: B023

            full = judged(train(sizes, seeds, parts.train, RATES, [None] * len(picks), keep), parts)
            cases.append(case(f"{name}, {words}, as many epochs", small - snapshots["epochs"], POINTS))
            cases.append(case(f"{name}, {words}, as many updates", small - full, POINTS))
    return claim("noisy gradients act as regularization: solutions generalize better", "Advanced Optimizations", cases)


@cache
def ordered(kind: str, sizes, seeds: tuple, epochs: int = 5, batch: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Test accuracy and log2 of the training loss after some epochs in an order, each (S,)."""
    parts = images(seeds)
    params = train(sizes, seeds, parts.train, RATES, orders(kind, seeds, parts.train, batch, epochs))
    return judged(params, parts), trained_loss(params, parts)


def shuffling(seeds) -> dict:
    """Shuffle anew for every epoch."""
    cases, seeds = [], tuple(seeds)
    words = {"sorted": "sorted by class", "once": "shuffled once", "replacement": "drawn by lot"}
    for name, sizes in MODELS:
        for epochs, kinds in ((5, ("sorted", "once", "replacement")), (25, ("once", "replacement"))):
            new = ordered("every epoch", sizes, seeds, epochs)[1]
            for kind in kinds:
                gain = ordered(kind, sizes, seeds, epochs)[1] - new
                cases.append(case(f"{name}, {epochs} epochs, against {words[kind]}", gain, LOWER))
    return claim("a new epoch wants newly shuffled examples", "Advanced Optimizations", cases)


def diverse(seeds) -> dict:
    """Every batch with all classes."""
    cases, seeds = [], tuple(seeds)
    for name, sizes in MODELS:
        for kind, words in (("sorted", "of one class"), ("every epoch", "merely shuffled")):
            gain = ordered("diverse", sizes, seeds)[0] - ordered(kind, sizes, seeds)[0]
            cases.append(case(f"{name}, against batches {words}", gain, POINTS))
    return claim("mini-batches should contain examples from different classes", "Advanced Optimizations", cases)


def streaming_risks(seed: int, dim: int = 20, total: int = 4000, repeats: int = 10) -> np.ndarray:
    """Log2 of the excess risk of least squares: one pass over all, ten over a tenth, the best fits to both, (4,)."""
    rng = np.random.default_rng([seed, 8])
    x, w = rng.normal(size=(total, dim)), rng.normal(size=dim)
    y = x @ w + 2 * rng.normal(size=total)

    def sgd(rows):
        here = np.zeros(dim)
        for t, i in enumerate(rows):
            here = here - x[i] * (x[i] @ here - y[i]) / (50 + t)
        return here

    few = total // repeats
    fits = [sgd(np.arange(total)), sgd(np.concatenate([rng.permutation(few) for _ in range(repeats)]))]
    fits += [np.linalg.lstsq(x[:size], y[:size], rcond=None)[0] for size in (total, few)]
    return np.log2([np.sum((fit - w) ** 2) for fit in fits])


def line(seeds) -> dict:
    """One pass of single samples over fresh data, on a straight line, against passes and fits of other kinds."""
    stream, again, best, few = np.transpose([streaming_risks(seed) for seed in seeds])
    cases = [
        case("4000 once, against 400 ten times", again - stream, RISKS),
        case("4000 once, against the best fit to 400", few - stream, RISKS),
        case("4000 once, against the best fit to them", best - stream, RISKS),
    ]
    text = "on a stream of new data SGD minimizes the generalization error, on a straight line"
    return claim(text, "Advanced Optimizations", cases)


def streaming(seeds) -> dict:
    """One pass over fresh images minimises the generalisation error."""
    cases = []
    for name, sizes in MODELS:
        once, few = images(seeds, 1000), images(seeds, 100)
        fresh = judged(train(sizes, seeds, once.train, RATES, orders("once", seeds, once.train, 10, 1)), once)
        tired = judged(train(sizes, seeds, few.train, RATES, orders("every epoch", seeds, few.train, 10, 10)), few)
        long = judged(train(sizes, seeds, once.train, RATES, orders("every epoch", seeds, once.train, 10, 10)), once)
        cases.append(case(f"{name}, 1000 once, against 100 ten times", fresh - tired, POINTS))
        cases.append(case(f"{name}, 1000 once, against the same ten times", fresh - long, POINTS))
    return claim("on a stream of new data SGD minimizes the generalization error", "Advanced Optimizations", cases)


def hardest(seeds, data: Data, batch: int, of: int, updates: int) -> list[Picker]:
    """Draw `of` examples for each update and keep the `batch` that are most wrong now."""
    rngs, rows = [np.random.default_rng([seed, 9]) for seed in seeds], np.arange(len(seeds))[:, None]

    def pick(params):
        drawn = np.stack([rng.choice(data.labels.shape[1], of, replace=False) for rng in rngs])
        if of == batch:
            return drawn
        found = losses(forward(params, data.x[rows, drawn])[-1], data.labels[rows, drawn])[0]
        top = np.argsort(-found, axis=-1)[..., :batch]
        return np.take_along_axis(np.broadcast_to(drawn, found.shape), top, axis=-1)

    return [pick] * updates


@cache
def hard_scores(seeds: tuple, wrong: float, of: int, batch: int = 20, updates: int = 200) -> np.ndarray:
    """Test accuracy of a small network that learns from the hardest `batch` of `of` examples, (S,)."""
    parts = images(seeds, 1000, wrong)
    return judged(train(SMALL, seeds, parts.train, RATES, hardest(seeds, parts.train, batch, of, updates)), parts)


LABELS = {0.0: "right labels", 0.2: "20 % of labels by lot"}
SHARES = {40: "the harder half", 200: "the hardest tenth"}


def hard(seeds) -> dict:
    """Prefer hard examples."""
    cases = [
        case(f"{share}, {words}", hard_scores(tuple(seeds), wrong, of) - hard_scores(tuple(seeds), wrong, 20), POINTS)
        for wrong, words in LABELS.items()
        for of, share in SHARES.items()
    ]
    return claim("prefer samples likely to generate larger errors", "Advanced Optimizations", cases)


def overdone(seeds) -> dict:
    """Do not overdo it."""
    cases = [
        case(
            f"half against tenth, {words}",
            hard_scores(tuple(seeds), wrong, 40) - hard_scores(tuple(seeds), wrong, 200),
            POINTS,
        )
        for wrong, words in LABELS.items()
    ]
    return claim("don't overdo it, beware of outliers", "Advanced Optimizations", cases)


CLAIMS = {
    "close": close,
    "faster": faster,
    "generalise": noise,
    "shuffling": shuffling,
    "diverse": diverse,
    "streaming": streaming,
    "line": line,
    "hard": hard,
    "overdone": overdone,
}

if __name__ == "__main__":
    print(describe(write(Path(__file__), CLAIMS, SEEDS)))
