"""The claims of lecture 06, momentum: `python experiments/l06.py` tests them and writes l06.json beside it.

Every case compares two ways seed by seed, and its effect is above zero where the claim is right. Steps are compared by
log2 of their ratio (1 is twice as fast), losses likewise (1 is half the loss), accuracies in points of a percent.
Rates of networks are chosen on validation images, for each way its own, and judged on test images.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits

from mmcourse.claims import case, claim, describe, write
from mmcourse.optimization.modes import best_rate_and_momentum
from mmcourse.optimization.momentum import momentum_step
from mmcourse.optimization.schedules import (
    constant,
    cosine_decay,
    exponential_decay,
    inverse_decay,
    linear_decay,
    step_decay,
)
from mmcourse.optimization.surfaces import HILL, PLATEAU, RAVINE, Surface
from mmcourse.optimization.trajectories import trajectories

SEEDS = 12
SMALL = (64, 32, 10)  # units of a small dense network
FASTER = "log2 of the ratio of steps"
LOWER = "log2 of the ratio of losses"
POINTS = "points of test accuracy"


# Walks on surfaces


def starts(surface: Surface, seeds, spread: float = 0.2) -> np.ndarray:
    """Starts around the one of a surface, shape (S, 2)."""
    return np.array([surface.start + np.random.default_rng(seed).uniform(-spread, spread, 2) for seed in seeds])


def arrival(distance: np.ndarray, radius: float) -> np.ndarray:
    """Steps after which each walk stays within a radius of its goal, shape (..., T) to (...); T if it never does."""
    outside = ~(distance <= radius)  # nan is outside
    return np.where(outside.any(axis=-1), outside.shape[-1] - np.argmax(outside[..., ::-1], axis=-1), 1)


def steps_to(surface: Surface, start, lr, momentum, method="momentum", steps=1500, radius=0.1) -> np.ndarray:
    """Steps until walks stay near the minimum of a surface, shape (S,)."""
    path = trajectories(surface.grad, start, lr, momentum, steps, method)
    return arrival(np.linalg.norm(path - surface.minimum, axis=-1), radius)


def plateaus(seeds) -> dict:
    """Momentum passes plateaus."""
    slope = starts(PLATEAU, seeds)
    level = np.stack([slope[:, 0] + 3.0, slope[:, 1]], axis=-1)  # around x = -1, where the ground is almost level

    def gain(start, lr, other):
        return np.log2(steps_to(PLATEAU, start, other, 0.0) / steps_to(PLATEAU, start, lr, 0.9))

    steps_of = {momentum: steps_of_deep_net(seeds, momentum) for momentum in (0.0, 0.9)}
    by_rate = {momentum: np.log2(steps) for momentum, steps in steps_of.items()}
    best = {momentum: steps[steps.mean(axis=1).argmin()] for momentum, steps in by_rate.items()}
    return claim(
        "momentum speeds through plateaus",
        "Multimodal Optimization",
        [
            case("it comes down a slope, and descent has the same rate", gain(slope, 0.1, 0.1), FASTER),
            case("it starts at rest on the plateau, and descent has the same rate", gain(level, 0.1, 0.1), FASTER),
            case(
                "it starts at rest on the plateau, and descent has ten times the rate", gain(level, 0.08, 0.8), FASTER
            ),
            case("a deep sigmoid network, both with the rate 0.3", by_rate[0.0][1] - by_rate[0.9][1], FASTER),
            case("a deep sigmoid network, each with its best rate", best[0.0] - best[0.9], FASTER),
        ],
    )


def backfires(seeds) -> dict:
    """Momentum can end in a worse place."""

    def worse(surface, lr, momentum, steps=500):
        start = starts(surface, seeds)
        ends = [trajectories(surface.grad, start, lr, m, steps)[:, -1] for m in (momentum, 0.0)]
        return np.round(surface.value(ends[0]) - surface.value(ends[1]), 9)  # at the same floor there is round-off

    measure = "height of the end above that of descent"
    return claim(
        "momentum can backfire",
        "Multimodal Optimization",
        [
            case("the hill, rate 0.08, momentum 0.9", worse(HILL, 0.08, 0.9), measure),
            case("the hill, rate 0.08, momentum 0.5", worse(HILL, 0.08, 0.5), measure),
            case("the ravine, rate 0.03, momentum 0.9, 100 steps", worse(RAVINE, 0.03, 0.9, 100), measure),
        ],
    )


# Quadratics in many dimensions


def spectra(seeds, kappa: float, size: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Curvatures between 1 and kappa, both included, and starts in their eigenbasis, each (S, D)."""
    draws = [np.random.default_rng([seed, 1]) for seed in seeds]
    curvature = [np.concatenate([[1.0, kappa], kappa ** rng.uniform(size=size - 2)]) for rng in draws]
    return np.array(curvature), np.array([rng.normal(size=size) for rng in draws])


def steps_on_quadratic(seeds, kappa, lr, momentum, method, steps=4000) -> np.ndarray:
    """Steps until the distance stays below a millionth of the first."""
    curvature, start = spectra(seeds, kappa)
    path = trajectories(lambda x: curvature * x, start, lr, momentum, steps, method)
    distance = np.linalg.norm(path, axis=-1)
    return arrival(distance / distance[:, :1], 1e-6)


def tuned(seeds, kappa, method) -> np.ndarray:
    """The same with the best rate and momentum of that method; more steps for a worse condition."""
    lr, momentum, radius = best_rate_and_momentum(1.0, kappa, method)
    return steps_on_quadratic(seeds, kappa, lr, momentum, method, steps=int(25 / -np.log(radius)) + 50)


def noisy_loss(seeds, method, kappa=100.0, steps=2000) -> np.ndarray:
    """Mean loss of the second half of a walk whose gradients are noisy, both methods with the same noise."""
    curvature, start = spectra(seeds, kappa)
    noise = np.stack([np.random.default_rng([seed, 2]).normal(size=(steps, start.shape[1])) for seed in seeds], axis=1)
    draws = iter(noise)
    path = trajectories(lambda x: curvature * x + next(draws), start, 0.5 / kappa, 0.9, steps, method)
    return (curvature[:, None] * path[:, steps // 2 :] ** 2).sum(axis=-1).mean(axis=-1) / 2


def kinked_slope(x: np.ndarray) -> np.ndarray:
    """Slope of a convex function with curvatures 25, 1, 25 (Lessard, Recht & Packard 2016)."""
    return np.where(x < 1, 25 * x, np.where(x < 2, x + 24, 25 * x - 24))


def kinked_steps(seeds, method) -> np.ndarray:
    """Steps to the minimum of that function with the best tuning for quadratics of these curvatures."""
    start = np.array([[np.random.default_rng(seed).uniform(3.07, 3.46)] for seed in seeds])
    lr, momentum, _ = best_rate_and_momentum(1.0, 25.0, method)
    return arrival(np.abs(trajectories(kinked_slope, start, lr, momentum, 1000, method)[..., 0]), 1e-6)


def nesterov(seeds) -> dict:
    """Nesterov converges better."""

    def gain(other, kappa):
        return np.log2(tuned(seeds, kappa, other) / tuned(seeds, kappa, "nesterov"))

    def same(kappa, lr):
        steps = [steps_on_quadratic(seeds, kappa, lr / kappa, 0.9, method) for method in ("momentum", "nesterov")]
        return np.log2(steps[0] / steps[1])

    kinked = np.log2(kinked_steps(seeds, "momentum") / kinked_steps(seeds, "nesterov"))
    noisy = np.log2(noisy_loss(seeds, "momentum") / noisy_loss(seeds, "nesterov"))
    logistic = {method: convex_loss(seeds, method) for method in ("descent", "momentum", "nesterov")}
    quadratics = [
        case(f"quadratics of condition {kappa}, best tunings, against {words}", gain(other, kappa), FASTER)
        for other, words in (("descent", "gradient descent"), ("momentum", "momentum"))
        for kappa in (10, 100, 1000)
    ]
    return claim(
        "Nesterov's momentum converges better",
        "Advanced Optimizations",
        [
            *quadratics,
            case("quadratics of condition 100, rate 1/L and momentum 0.9, against momentum", same(100, 1.0), FASTER),
            case("quadratics of condition 100, rate 2/L and momentum 0.9, against momentum", same(100, 2.0), FASTER),
            case("a convex function with kinks in its slope, best tunings, against momentum", kinked, FASTER),
            case(
                "logistic regression, rate 1/L and momentum 0.9, against gradient descent",
                np.log2(logistic["descent"] / logistic["nesterov"]),
                LOWER,
            ),
            case(
                "logistic regression, rate 1/L and momentum 0.9, against momentum",
                np.log2(logistic["momentum"] / logistic["nesterov"]),
                LOWER,
            ),
            case("noisy gradients, rate 1/(2L) and momentum 0.9, against momentum", noisy, LOWER),
            case("a small dense network, against momentum", nesterov_gain("dense", tuple(seeds)), POINTS),
        ],
    )


# Small networks on handwritten digits, trained for many rates and seeds at once: parameters have shape (R, S, ...)


class Digits(NamedTuple):
    """Images (S, N, 64), labels (S, N); the first 1000 of each seed are for training, then 397 for validation."""

    x: np.ndarray
    labels: np.ndarray

    def part(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        where = {"train": slice(0, 1000), "validation": slice(1000, 1397), "test": slice(1397, None)}[name]
        return self.x[:, where], self.labels[:, where]


class Net(NamedTuple):
    """`start(rng)` gives parameters; `forward(params, x)` gives scores and a function from their slope to the grads."""

    start: Callable
    forward: Callable


def digits(seeds) -> Digits:
    """Shuffle the real handwritten digits of scikit-learn, for each seed its own way."""
    x, labels = load_digits(return_X_y=True)
    orders = [np.random.default_rng([seed, 3]).permutation(len(x)) for seed in seeds]
    return Digits(np.stack([x[order] / 8 - 1 for order in orders]), np.stack([labels[order] for order in orders]))


def dense(sizes: tuple[int, ...], activation: str = "relu") -> Net:
    """A network of dense layers; parameters are W1, b1, W2, b2, ..."""

    def start(rng):
        gain = 2.0 if activation == "relu" else 1.0
        pairs = [(rng.normal(0, np.sqrt(gain / n), (n, m)), np.zeros((1, m))) for n, m in zip(sizes, sizes[1:])]
        return [array for pair in pairs for array in pair]

    def forward(params, x):
        inputs, last = [x], len(sizes) - 2
        for layer in range(last + 1):
            z = inputs[-1] @ params[2 * layer] + params[2 * layer + 1]
            inputs.append(z if layer == last else np.maximum(z, 0) if activation == "relu" else sigmoid(z))

        def backward(slope):
            grads = []
            for layer in range(last, -1, -1):
                grads = [transposed(inputs[layer]) @ slope, slope.sum(axis=-2, keepdims=True), *grads]
                h = inputs[layer]
                slope = slope @ transposed(params[2 * layer]) if layer else slope
                slope = slope * ((h > 0) if activation == "relu" else h * (1 - h)) if layer else slope
            return grads

        return inputs[-1], backward

    return Net(start, forward)


def convolutional(filters: int = 8) -> Net:
    """One layer of 3 x 3 filters, relu, the mean of 2 x 2 neighbours, and a dense layer."""
    rows, columns = np.indices((6, 6)).reshape(2, 36, 1)
    offset_rows, offset_columns = np.indices((3, 3)).reshape(2, 1, 9)
    pixels = 8 * (rows + offset_rows) + columns + offset_columns  # (36, 9), where each patch looks

    def start(rng):
        shapes = (9, filters), (1, filters), (9 * filters, 10), (1, 10)
        scales = np.sqrt(2 / 9), 0.0, np.sqrt(2 / (9 * filters)), 0.0
        return [scale * rng.normal(size=shape) for shape, scale in zip(shapes, scales)]

    def forward(params, x):
        kernel, bias, weight, offset = params
        count = x.shape[-2]
        patches = x[..., pixels].reshape(*x.shape[:-2], count * 36, 9)
        h = np.maximum(patches @ kernel + bias, 0)  # (R, S, N * 36, F)
        pooled = h.reshape(*h.shape[:-2], count, 3, 2, 3, 2, filters).mean(axis=(-4, -2))
        features = pooled.reshape(*h.shape[:-2], count, 9 * filters)

        def backward(slope):
            back = (slope @ transposed(weight)).reshape(pooled.shape)[..., :, None, :, None, :] / 4
            back = np.broadcast_to(back, (*h.shape[:-2], count, 3, 2, 3, 2, filters)).reshape(h.shape) * (h > 0)
            first = transposed(patches) @ back, back.sum(axis=-2, keepdims=True)
            return [*first, transposed(features) @ slope, slope.sum(axis=-2, keepdims=True)]

        return features @ weight + offset, backward

    return Net(start, forward)


def transposed(array: np.ndarray) -> np.ndarray:
    return np.swapaxes(array, -1, -2)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(z / 2)) / 2


def cross_entropy(scores: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean loss (...,) of scores (..., N, 10), and its slope in the scores."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    chosen = np.broadcast_to(labels[..., None] == np.arange(10), scores.shape)
    return -(log_p * chosen).sum(axis=(-1, -2)) / scores.shape[-2], (np.exp(log_p) - chosen) / scores.shape[-2]


def train(net: Net, seeds, data, rates, momentum, method="momentum", steps=300, batch=32, watch=None) -> list:
    """Train for each rate and seed; `rates` has shape (R,) or (R, steps), `batch` None takes all images."""
    x, labels = data
    stacks = zip(*[net.start(np.random.default_rng([seed, 4])) for seed in seeds])
    rates = np.broadcast_to(np.asarray(rates).reshape(len(rates), -1), (len(rates), steps))
    params = [np.broadcast_to(np.stack(stack), (len(rates), len(seeds), *stack[0].shape)).copy() for stack in stacks]
    velocities = [np.zeros_like(param) for param in params]
    draws = [np.random.default_rng([seed, 5]) for seed in seeds]
    picked, rows = (x, labels), np.arange(len(seeds))[:, None]
    for step in range(steps):
        if batch is not None:
            chosen = np.stack([rng.integers(x.shape[1], size=batch) for rng in draws])
            picked = x[rows, chosen], labels[rows, chosen]
        ahead = momentum if method == "nesterov" else 0.0
        scores, backward = net.forward([p + ahead * v for p, v in zip(params, velocities)], picked[0])
        loss, slope = cross_entropy(scores, picked[1])
        lr = rates[:, step, None, None, None]
        moved = [momentum_step(p, v, g, lr, momentum) for p, v, g in zip(params, velocities, backward(slope))]
        params, velocities = [state.x for state in moved], [state.velocity for state in moved]
        if watch is not None:
            watch.append(loss)
    return params


def accuracy(net: Net, params, part) -> np.ndarray:
    """Percent of the images that are told right, shape (R, S)."""
    x, labels = part
    return 100 * (net.forward(params, x)[0].argmax(axis=-1) == labels).mean(axis=-1)


def tuned_accuracy(net: Net, seeds, data: Digits, rates, momentum, method="momentum", steps=300) -> np.ndarray:
    """Test accuracy of each seed, shape (S,), with the rate that is best on the validation images of all of them."""
    with np.errstate(over="ignore", invalid="ignore"):  # a rate that is too large may run away
        params = train(net, seeds, data.part("train"), rates, momentum, method, steps)
        best = accuracy(net, params, data.part("validation")).mean(axis=1).argmax()
        return accuracy(net, params, data.part("test"))[best]


@cache  # two claims ask for it
def nesterov_gain(kind: str, seeds: tuple[int, ...]) -> np.ndarray:
    """Points of accuracy that Nesterov has more than momentum, each with its best rate."""
    net, rates = {"dense": dense(SMALL), "convolutional": convolutional()}[kind], [0.01, 0.03, 0.1, 0.2, 0.4]
    data = digits(seeds)
    scores = [tuned_accuracy(net, seeds, data, rates, 0.9, method) for method in ("nesterov", "momentum")]
    return scores[0] - scores[1]


def convex_loss(seeds, method, momentum=0.9, steps=200) -> np.ndarray:
    """Loss of logistic regression on 300 images, all of them in each step, with the rate 1/L."""
    x, labels = (part[:, :300] for part in digits(seeds).part("train"))
    steepest = max(np.linalg.norm(np.hstack([images, np.ones((300, 1))]), 2) ** 2 / 300 / 2 for images in x)
    net, losses = dense((64, 10)), []
    momentum = 0.0 if method == "descent" else momentum
    train(net, seeds, (x, labels), [1 / steepest], momentum, method, steps, batch=None, watch=losses)
    return losses[-1][0]


def steps_of_deep_net(seeds, momentum, steps=800) -> np.ndarray:
    """Steps until a sigmoid network with three hidden layers gets the loss below 1.5, shape (R, S)."""
    net, losses = dense((64, 24, 24, 24, 10), "sigmoid"), []
    train(net, seeds, digits(seeds).part("train"), [0.1, 0.3, 1.0, 3.0, 10.0], momentum, steps=steps, watch=losses)
    smooth = np.stack(losses, axis=-1).reshape(5, len(seeds), -1, 20).mean(axis=-1)  # of 20 batches
    return 20 * np.where((smooth < 1.5).any(axis=-1), np.argmax(smooth < 1.5, axis=-1) + 1, smooth.shape[-1])


def convolution(seeds) -> dict:
    """Nesterov's momentum works better with convolutional networks."""
    ours, dense_gain = (nesterov_gain(kind, tuple(seeds)) for kind in ("convolutional", "dense"))
    return claim(
        "Nesterov's momentum works better with convolutional networks",
        "Advanced Optimizations",
        [
            case("a network with one layer of eight filters, against momentum", ours, POINTS),
            case("the gain of that network, against the gain of a dense one", ours - dense_gain, POINTS),
        ],
    )


# Schedules


def schedules(steps: int) -> dict[str, np.ndarray]:
    """Factors for each step; all decays but the inverse go to about 1 % of the rate."""
    t = np.arange(steps)
    return {
        "step decay": step_decay(t, 1.0, 0.2, int(np.ceil(steps / 4))),
        "a constant rate": constant(t, 1.0),
        "inverse decay": inverse_decay(t, 1.0, 20 / steps),
        "exponential decay": exponential_decay(t, 1.0, np.log(100) / steps),
        "linear decay": linear_decay(t, 1.0, 0.01, steps),
        "cosine decay": cosine_decay(t, 1.0, 0.01, steps),
    }


def scheduled_ravine(seeds, factors: np.ndarray) -> np.ndarray:
    """Height at the end of a noisy walk in the ravine, with the rate of four that is best on average."""
    steps, rates = len(factors), np.array([0.01, 0.02, 0.04, 0.07])
    noise = np.stack([np.random.default_rng([seed, 6]).normal(size=(steps, 50, 2)) for seed in seeds], axis=1)
    draws, start = iter(noise), starts(RAVINE, seeds)[:, None]
    path = trajectories(
        lambda x: RAVINE.grad(x) + next(draws), start, rates[:, None, None], np.zeros(50), steps, schedule=factors
    )
    heights = RAVINE.value(path[..., -1, :]).mean(axis=-1)  # of 50 walks for each seed
    return heights[np.log(heights).mean(axis=1).argmin()]


def preferred_step_decay(seeds, steps=300) -> dict:
    """Step decay is preferred."""
    net, data = dense(SMALL), digits(seeds)
    factors = schedules(steps)
    heights = {name: scheduled_ravine(seeds, factor) for name, factor in factors.items()}
    rates = np.array([0.1, 0.3, 0.6, 1.2])[:, None]
    scores = {name: tuned_accuracy(net, seeds, data, rates * factor, 0.0) for name, factor in factors.items()}
    others = [name for name in factors if name != "step decay"]
    ours = "step decay"
    ravine = [case(f"a noisy ravine, against {o}", np.log2(heights[o] / heights[ours]), LOWER) for o in others]
    network = [case(f"a small dense network, against {o}", scores[ours] - scores[o], POINTS) for o in others]
    return claim("step decay is preferred", "Advanced Optimizations", [*ravine, *network])


CLAIMS = {
    "plateaus": plateaus,
    "backfires": backfires,
    "nesterov": nesterov,
    "convolution": convolution,
    "step decay": preferred_step_decay,
}

if __name__ == "__main__":
    print(describe(write(Path(__file__), CLAIMS, SEEDS)))
