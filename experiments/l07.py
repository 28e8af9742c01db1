"""The claims of lecture 07, adaptive methods: `python experiments/l07.py` tests them and writes l07.json beside it.

Every case compares two ways seed by seed, and its effect is above zero where the claim is right. Losses are compared by
log2 of their ratio: 1 is half the loss. Best rates are chosen, of 16 from 1e-4 to 10, on validation data of all seeds,
for each method its own; test data judge. All methods see the same batches of 32, for 400 steps.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmcourse.claims import case, claim, describe, write
from mmcourse.optimization.line_search import line, strong_wolfe
from mmcourse.optimization.quasi_newton import LBFGS, Pair, minimize
from mmcourse.optimization.updates import update_of
from mmcourse.training import train
from mmcourse.worlds.digits import digits

SEEDS = 10
RATES = np.logspace(-4, 1, 16)
STEPS, BATCH = 400, 32
UNTUNED = 3  # the place of 0.001, Adam's rate as libraries have it, in RATES
LOWER = "log2 of the ratio of test losses"
DECADES = "decades of good rates more than with momentum"
LONGER = "log2 of (step of the late weight / step of the busy one)"
EXCESS = "log2 of (loss above the lowest, L-BFGS / SGD with momentum)"


# Four worlds: arrays with the seeds in front


class World(NamedTuple):
    """Data to learn from, to choose by and to be judged on, (S, N, D) and (S, N), and the sizes of a network."""

    train: tuple
    valid: tuple
    test: tuple
    sizes: tuple


def written(seeds, sizes, uneven=False) -> World:
    """The digits; `uneven` measures each pixel in a unit of its own, between a tenth and ten times as large."""
    worlds = [digits(np.random.default_rng([seed, 1])) for seed in seeds]
    units = [10 ** np.random.default_rng([seed, 2]).uniform(-1, 1, 64) if uneven else 1.0 for seed in seeds]
    parts = []
    for place in range(3):
        images = np.stack([world[place].images * unit for world, unit in zip(worlds, units)])
        parts.append((images.astype(np.float32), np.stack([world[place].labels for world in worlds])))
    return World(*parts, sizes)


def words(seeds, power: float, count: int = 300) -> World:
    """Texts of two kinds as bags of 300 words; word j is in a text with probability 0.5 / j^power, or 0.02 if 0."""
    frequency = 0.5 / np.arange(1, count + 1) ** power if power else np.full(count, 0.02)
    parts = [([], []) for _ in range(3)]
    for seed in seeds:
        rng = np.random.default_rng([seed, 3])
        weights = rng.normal(size=count) * 2
        for (texts, kinds), size in zip(parts, (4000, 1000, 2000)):
            drawn = (rng.random((size, count)) < frequency).astype(np.float32)
            score = (drawn - frequency) @ weights
            texts.append(drawn)
            kinds.append((rng.random(size) < 1 / (1 + np.exp(-score))).astype(int))
    return World(*[(np.stack(texts), np.stack(kinds)) for texts, kinds in parts], (count, 2))


WORLDS = {
    "digits, a network": lambda seeds: written(seeds, (64, 32, 10)),
    "digits, a linear classifier": lambda seeds: written(seeds, (64, 10)),
    "digits, pixels in uneven units": lambda seeds: written(seeds, (64, 10), uneven=True),
    "texts, most words rare": lambda seeds: words(seeds, 1.0),
    "texts, all words equally frequent": lambda seeds: words(seeds, 0.0),
}


# Networks for every rate and seed at once: arrays (R, S, in, out)


def beginning(world: World, seeds) -> list[np.ndarray]:
    """Weights of He's size and biases of zero, the same for every rate; a linear classifier starts at zero."""
    shapes, params = list(zip(world.sizes, world.sizes[1:])), []
    for layer, (into, out) in enumerate(shapes):
        scale = np.sqrt(2 / into) if len(shapes) > 1 else 0.0
        draws = [np.random.default_rng([seed, 4, layer]).normal(size=(into, out)) for seed in seeds]
        weights = np.broadcast_to(scale * np.stack(draws), (len(RATES), len(seeds), into, out))
        params += [weights.astype(np.float32), np.zeros((len(RATES), len(seeds), 1, out), np.float32)]
    return params


def forward(params, x) -> list[np.ndarray]:
    """Every layer's inputs, and the scores at last."""
    inputs = [x]
    for place in range(0, len(params), 2):
        z = inputs[-1] @ params[place] + params[place + 1]
        inputs.append(z if place == len(params) - 2 else np.maximum(z, 0))
    return inputs


def log_softmax(scores) -> np.ndarray:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def losses(params, part) -> np.ndarray:
    """Mean cross-entropy of every network, (R, S)."""
    x, labels = part
    log_p = log_softmax(forward(params, x)[-1])
    return -np.take_along_axis(log_p, labels[None, ..., None], axis=-1)[..., 0].mean(axis=-1)


def gradients(params, x, labels) -> list[np.ndarray]:
    """Backpropagation through a network with relus."""
    *inputs, scores = forward(params, x)
    slope = np.exp(log_softmax(scores)) - (labels[..., None] == np.arange(scores.shape[-1]))
    slope, grads = (slope / x.shape[-2]).astype(np.float32), []
    for layer in range(len(inputs) - 1, -1, -1):
        h = inputs[layer]
        grads = [np.swapaxes(h, -1, -2) @ slope, slope.sum(axis=-2, keepdims=True), *grads]
        slope = (slope @ np.swapaxes(params[2 * layer], -1, -2)) * (h > 0) if layer else slope
    return grads


@cache  # several claims ask for it
def trained(name: str, method: str, seeds: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Validation and test losses of networks after training with every rate, each (R, S); inf where it blew up."""
    world = WORLDS[name](seeds)
    x, labels = world.train
    draws, rows = [np.random.default_rng([seed, 5]) for seed in seeds], np.arange(len(seeds))[:, None]

    def grads_at(params, step):
        chosen = np.stack([rng.integers(x.shape[1], size=BATCH) for rng in draws])
        return gradients(params, x[rows, chosen], labels[rows, chosen])

    rates = RATES.astype(np.float32)[:, None, None, None]
    with np.errstate(all="ignore"):  # the largest rates may fly apart
        params = train(beginning(world, seeds), grads_at, update_of(method, rates), STEPS)
        found = [losses(params, part) for part in (world.valid, world.test)]
    return tuple(np.where(np.isfinite(loss), loss, np.inf) for loss in found)


def tuned(name: str, method: str, seeds) -> np.ndarray:
    """Test loss with the rate that is best on the validation data of all seeds, (S,)."""
    valid, test = trained(name, method, tuple(seeds))
    return test[np.log(valid).mean(axis=1).argmin()]


def width(name: str, method: str, seeds) -> np.ndarray:
    """Decades of rates whose validation loss is at most half again the best, (S,)."""
    valid, _ = trained(name, method, tuple(seeds))
    return (valid <= 1.5 * valid.min(axis=0)).sum(axis=0) * np.log10(RATES[1] / RATES[0])


# The claims


def tuning(seeds) -> dict:
    """Adam has more good rates than SGD with momentum."""
    cases = [case(name, width(name, "Adam", seeds) - width(name, "momentum", seeds), DECADES) for name in WORLDS]
    return claim("Adam needs less tuning: more rates are good", "what one hears of Adam", cases)


def untuned(seeds) -> dict:
    """Adam with the rate 0.001 is as good as SGD with momentum with its best rate."""
    cases = []
    for name in WORLDS:
        _, test = trained(name, "Adam", tuple(seeds))
        cases.append(case(name, np.log2(tuned(name, "momentum", seeds) / test[UNTUNED]), LOWER))
    return claim("Adam as it comes, with the rate 0.001, beats tuned momentum", "what one hears of Adam", cases)


def momentum_works(seeds) -> dict:
    """SGD with momentum is better than Adam, each with its best rate."""
    cases = [case(name, np.log2(tuned(name, "Adam", seeds) / tuned(name, "momentum", seeds)), LOWER) for name in WORLDS]
    return claim(
        "in practice SGD with some good momentum works just fine: better than Adam", "Advanced Optimizations", cases
    )


def rare(seeds) -> dict:
    """Adagrad helps where features are rare."""
    cases = [
        case(name, np.log2(tuned(name, "momentum", seeds) / tuned(name, "Adagrad", seeds)), LOWER) for name in WORLDS
    ]
    return claim("a rate for every weight helps: Adagrad beats momentum", "Advanced Optimizations", cases)


def late_step(seed: int, method: str, wait: int = 1000, noise: float = 1.0) -> float:
    """Log2 of how much longer the 20 first steps of a late weight are than those of a busy one, with equal slopes."""
    slopes = 1 + noise * np.random.default_rng([seed, 6]).normal(size=(wait + 20, 50, 1))
    slopes = np.concatenate([slopes, slopes * (np.arange(wait + 20) >= wait)[:, None, None]], axis=-1)
    update, x, state, path = update_of(method, 0.01), np.zeros((50, 2)), None, []
    for slope in slopes:
        x, state = update(x, slope, state)
        path.append(x)
    busy, late = np.abs(np.diff(path[-21:], axis=0)).mean(axis=(0, 1))
    return np.log2(late / busy)


def late(seeds) -> dict:
    """A weight whose gradients begin late takes larger steps than one that always had them."""
    methods = ("Adagrad", "RMSprop", "Adadelta", "Adam", "momentum", "descent")
    cases = [case(name, [late_step(seed, name) for seed in seeds], LONGER) for name in methods]
    return claim("neurons that just started learning have a huge learning rate", "Multimodal Optimization", cases)


class Classifier(NamedTuple):
    """A linear classifier of the digits with weight decay: a convex problem with 650 weights, flat in one array."""

    x: np.ndarray  # (1000, 65), the last column is 1
    targets: np.ndarray  # (1000, 10)

    def cost(self, weights, rows) -> float:
        W = weights.reshape(65, 10)
        return -(log_softmax(self.x[rows] @ W) * self.targets[rows]).sum() / len(rows) + 5e-4 * weights @ weights

    def slope(self, weights, rows) -> np.ndarray:
        W = weights.reshape(65, 10)
        error = np.exp(log_softmax(self.x[rows] @ W)) - self.targets[rows]
        return (self.x[rows].T @ error).ravel() / len(rows) + 1e-3 * weights


def searching(problem: Classifier, draw, batch: int, images: int) -> np.ndarray:
    """L-BFGS with a line search on each batch, until it has looked at so many images; all are one batch that stays."""
    weights, estimate, seen, before = np.zeros(650), LBFGS(), 0, None
    while seen < images:
        rows = draw.permutation(1000)[:batch]
        slope = problem.slope(weights, rows)
        if before is not None:
            estimate.learn(Pair(weights - before[0], slope - before[1]))
        looked = []

        def height(w, rows=rows, looked=looked):
            looked.append(batch)
            return problem.cost(w, rows)

        direction = estimate.direction(slope)
        length = strong_wolfe(line(height, lambda w, rows=rows: problem.slope(w, rows), weights, direction))
        before, weights, seen = (weights, slope), weights + length * direction, seen + sum(looked)
        if length == 0:
            break
    return weights


def momentum_walk(problem: Classifier, draw, batch: int, images: int, lr: float) -> np.ndarray:
    """SGD with momentum 0.9 on batches, until it has looked at so many images."""
    update, weights, state = update_of("momentum", lr), np.zeros(650), None
    for _ in range(images // batch):
        weights, state = update(weights, problem.slope(weights, draw.permutation(1000)[:batch]), state)
    return weights


def excess_of(seed: int, batch: int, images: int) -> float:
    """Log2 of the loss above the lowest one, of L-BFGS over that of SGD with momentum, with batches of this size."""
    part = digits(np.random.default_rng([seed, 7])).train
    problem = Classifier(np.column_stack([part.images, np.ones(1000)]), np.eye(10)[part.labels])
    everything = np.arange(1000)
    cost, slope = (lambda w: problem.cost(w, everything)), (lambda w: problem.slope(w, everything))
    lowest = cost(minimize(cost, slope, np.zeros(650), LBFGS(), tol=1e-7).path[-1])
    ours = searching(problem, np.random.default_rng([seed, 8]), batch, images)
    walks = [momentum_walk(problem, np.random.default_rng([seed, 8]), batch, images, lr) for lr in (0.03, 0.1, 0.3, 1)]
    above = [max(cost(weights) - lowest, 1e-9) for weights in (ours, *walks)]
    return np.log2(min(above[0], 100.0) / min(above[1:]))


def stale(seeds) -> dict:
    """L-BFGS does not work with mini-batches."""
    cases = []
    for batch, passes in ((1000, 100), (500, 20), (250, 20), (64, 20), (16, 20)):
        name = f"batches of {batch}" if batch < 1000 else "all 1000 images in every step"
        effects = [excess_of(seed, batch, 1000 * passes) for seed in seeds]
        cases.append(case(f"{name}, {passes} passes", effects, EXCESS))
    return claim(
        "L-BFGS does not work with stochastic and batch methods",
        "Optimization and Convolutional Neural Networks",
        cases,
    )


CLAIMS = {
    "tuning": tuning,
    "untuned": untuned,
    "momentum": momentum_works,
    "rare": rare,
    "late": late,
    "stale": stale,
}

if __name__ == "__main__":
    print(describe(write(Path(__file__), CLAIMS, SEEDS)))
