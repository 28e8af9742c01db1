"""The claims of lecture 08, saddles: `python experiments/l08.py` tests them and writes l08.json beside it.

Every case gives one effect for each seed, above zero where the claim is right. Steps are compared by log2 of their
ratio: 1 is twice as many. Shares are compared with one half: +0.5 is always, -0.5 is never.
"""

from functools import cache
from pathlib import Path

import numpy as np
from scipy.optimize import root

from mmcourse.claims import case, claim, describe, write
from mmcourse.optimization.curvature import dense_hessian
from mmcourse.optimization.escape import deep_product, perturbed_descent
from mmcourse.optimization.landscape import critical_point_type, quadratic_form, with_walls
from mmcourse.optimization.probing import probe, random_directions
from mmcourse.optimization.surfaces import PLATEAU
from mmcourse.optimization.trajectories import trajectories
from mmcourse.optimization.weightspace import WeightSpace, join, network_loss
from mmcourse.worlds.digits import digits

SEEDS = 12
STEPS = "log2 of steps"
SHARE = "share − ½"


def first_below(values: np.ndarray, level: float) -> np.ndarray:
    """Return the first step at which a loss is below a level, shape (..., T) to (...); T if it never is."""
    below = values < level
    return np.where(below.any(axis=-1), np.maximum(below.argmax(axis=-1), 1), values.shape[-1])


# Saddles with one way down, and walls around them


def saddle(dimension: int, steepness: float = 1.0):
    """A saddle whose first direction leads down; its floor lies at -steepness² / 4."""
    return with_walls(quadratic_form(np.diag([-steepness, *np.ones(dimension - 1)])))


def beside_the_ridge(seeds, dimension: int, offset: float) -> np.ndarray:
    """Starts at the distance 0.5 from a saddle and at `offset` from the ridge that leads into it, shape (S, D)."""
    starts = []
    for seed in seeds:
        rng = np.random.default_rng([seed, 1])
        side = np.concatenate([[0.0], random_directions(rng, 1, dimension - 1)[0]])
        starts.append(0.5 * side + offset * np.eye(dimension)[0] * rng.choice([-1, 1]))
    return np.array(starts)


def anywhere(seeds, dimension: int) -> np.ndarray:
    """Starts at the distance 0.5 from a saddle, in random directions, shape (S, D)."""
    return 0.5 * np.array([random_directions(np.random.default_rng([seed, 2]), 1, dimension)[0] for seed in seeds])


def steps_down(place, start: np.ndarray, momentum: float = 0.0, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """Steps with the rate 0.1 until nine tenths of the way to the floor are done; noise in every step."""
    rng = np.random.default_rng([seed, 3])
    path = trajectories(lambda x: place.grad(x) + noise * rng.normal(size=x.shape), start, 0.1, momentum, steps=600)
    return first_below(place.value(path), -0.225)


def kicked(place, start: np.ndarray) -> np.ndarray:
    """The same for perturbed descent: a push of 0.01 where the slope is below 0.01."""
    rng = np.random.default_rng(4)
    path = perturbed_descent(place.grad, start, 0.1, 600, rng, radius=0.01, threshold=0.01, wait=100)
    return first_below(place.value(path), -0.225)


def product_steps(seeds, depth: int, scale: float, radius: float = 0.0) -> np.ndarray:
    """Steps with the rate 0.1 until the product of some weights is learned; they start at about `scale`."""
    place = deep_product()
    start = np.array([scale * np.random.default_rng([seed, 5]).uniform(0.8, 1.2, depth) for seed in seeds])
    path = perturbed_descent(place.grad, start, 0.1, 4000, np.random.default_rng(6), radius, threshold=0.01, wait=100)
    return first_below(place.value(path), 0.05)


# Networks on the digits, for all seeds at once: parameters W1, b1, W2, b2, ... have shape (S, ...)


@cache
def images(seeds: tuple[int, ...], count: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """Digits, shuffled for each seed its own way, (S, B, 64), and their classes as unit vectors, (S, B, 10)."""
    splits = [digits(np.random.default_rng(seed)).train for seed in seeds]
    return np.stack([s.images[:count] for s in splits]), np.eye(10)[np.stack([s.labels[:count] for s in splits])]


def draw(seeds, sizes, gain: float = 1.0) -> list[np.ndarray]:
    """Draw networks to start from, one for each seed."""
    space = WeightSpace(sizes)
    nets = [space.split(space.draw(np.random.default_rng([seed, 8]), gain)) for seed in seeds]
    return [np.stack(parts) if parts[0].ndim == 2 else np.stack(parts)[:, None] for parts in zip(*nets)]


def loss_and_grads(params, x, targets, decay) -> tuple[np.ndarray, list[np.ndarray]]:
    """Mean cross-entropy with weight decay, shape (S,), and its gradients; all hidden layers are tanh."""
    h = [x]
    for W, b in zip(params[:-2:2], params[1:-2:2]):
        h.append(np.tanh(h[-1] @ W + b))
    z = h[-1] @ params[-2] + params[-1]
    z = z - z.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    squares = sum((part**2).sum(axis=(-1, -2)) for part in params)
    loss = -(log_p * targets).sum(axis=-1).mean(axis=-1) + decay / 2 * squares
    slope, grads = (np.exp(log_p) - targets) / x.shape[-2], []
    for layer in range(len(h) - 1, -1, -1):
        grads = [h[layer].swapaxes(-1, -2) @ slope, slope.sum(axis=-2, keepdims=True), *grads]
        slope = slope @ params[2 * layer].swapaxes(-1, -2) * (1 - h[layer] ** 2)
    return loss, [grad + decay * part for grad, part in zip(grads, params)]


def train(params, x, targets, steps=400, lr=0.2, momentum=0.0, decay=1e-3, batch=None, keep=None):
    """Train, and return the networks and the losses of all steps, shape (S, steps); `keep` is done after each step."""
    rng, rows, losses = np.random.default_rng(7), np.arange(len(x))[:, None], []
    velocity = [np.zeros_like(part) for part in params]
    for _ in range(steps):
        loss, grads = loss_and_grads(params, x, targets, decay)
        losses.append(loss)
        if batch:
            chosen = rng.integers(x.shape[1], size=(len(x), batch))
            grads = loss_and_grads(params, x[rows, chosen], targets[rows, chosen], decay)[1]
        velocity = [momentum * v - lr * g for v, g in zip(velocity, grads)]
        params = [part + v for part, v in zip(params, velocity)]
        params = keep(params) if keep else params
    return params, np.stack(losses, axis=-1)


def steps_to_learn(seeds, sizes, level=1.0, gain=1.0, **options) -> np.ndarray:
    """Steps until the loss is below a level, from a start of a certain size."""
    return first_below(train(draw(seeds, sizes, gain), *images(tuple(seeds)), **options)[1], level)


def as_twins(params: list[np.ndarray]) -> list[np.ndarray]:
    """Make hidden units 0 and 1 equal, 2 and 3, and so on: both get the mean of the two."""
    swap = np.arange(params[0].shape[-1]).reshape(-1, 2)[:, ::-1].ravel()
    W, b, V, c = params
    return [(W + W[..., swap]) / 2, (b + b[..., swap]) / 2, (V + V[:, swap]) / 2, c]


@cache
def twins(seeds: tuple[int, ...], units: int = 4) -> tuple[list[np.ndarray], np.ndarray]:
    """Train networks whose hidden units come in equal pairs, and keep them equal: they end at saddles."""
    start = as_twins(draw(seeds, (64, units, 10), 2.0))
    params, losses = train(start, *images(seeds), 1500, 0.2, 0.9, 1e-2, keep=as_twins)
    return params, losses[:, -1]


def twin_steps(seeds, offset=1e-4, **options) -> np.ndarray:
    """Steps until networks that begin beside such a saddle have left a tenth of their loss behind."""
    rng = np.random.default_rng(10)
    params, level = twins(tuple(seeds))
    start = [part + offset * rng.normal(size=part.shape) for part in params]
    losses = train(start, *images(tuple(seeds)), steps=800, lr=0.1, decay=1e-2, **options)[1]
    return first_below(losses / level[:, None], 0.9)


def slow(seeds) -> dict:
    """Saddles slow plain descent down."""
    small, large = saddle(10), saddle(300)
    along = [steps_down(place, 0.5 * np.eye(1, size)) for place, size in ((small, 10), (large, 300))]
    ridge = steps_down(small, beside_the_ridge(seeds, 10, 1e-6))
    nets = {
        (sizes, gain): steps_to_learn(seeds, sizes, gain=gain)
        for sizes in ((64, 16, 10), (64, 16, 16, 10))
        for gain in (1.0, 0.05)
    }
    return claim(
        "saddles slow plain descent down",
        "Multimodal Optimization",
        [
            case("it starts a millionth beside the ridge, 10 dimensions", np.log2(ridge / along[0]), STEPS),
            case(
                "it starts anywhere around a saddle, 10 dimensions",
                np.log2(steps_down(small, anywhere(seeds, 10)) / along[0]),
                STEPS,
            ),
            case(
                "it starts anywhere around a saddle, 300 dimensions",
                np.log2(steps_down(large, anywhere(seeds, 300)) / along[1]),
                STEPS,
            ),
            case(
                "two weights in a row start at 0.01, not 0.5",
                np.log2(product_steps(seeds, 2, 0.01) / product_steps(seeds, 2, 0.5)),
                STEPS,
            ),
            case(
                "three weights in a row start at 0.01, not 0.5",
                np.log2(product_steps(seeds, 3, 0.01) / product_steps(seeds, 3, 0.5)),
                STEPS,
            ),
            *[
                case(
                    f"digits, {name}, a start a twentieth of the usual size",
                    np.log2(nets[sizes, 0.05] / nets[sizes, 1.0]),
                    STEPS,
                )
                for name, sizes in (("one hidden layer", (64, 16, 10)), ("two hidden layers", (64, 16, 16, 10)))
            ],
        ],
    )


def noise(seeds) -> dict:
    """Noise escapes sooner."""
    place = saddle(10)
    ridge, free = beside_the_ridge(seeds, 10, 1e-6), anywhere(seeds, 10)
    plain, full = steps_down(place, ridge), twin_steps(seeds)
    ordinary = steps_to_learn(seeds, (64, 16, 10), level=0.5)
    return claim(
        "noise escapes sooner",
        "often said",
        [
            case("beside the ridge, pushes of 0.01 where it is level", np.log2(plain / kicked(place, ridge)), STEPS),
            case(
                "beside the ridge, noise of 0.01 in every step",
                np.log2(plain / steps_down(place, ridge, noise=0.01)),
                STEPS,
            ),
            case(
                "the same noise, against momentum 0.9 without",
                np.log2(steps_down(place, ridge, 0.9) / steps_down(place, ridge, noise=0.01)),
                STEPS,
            ),
            case(
                "it starts anywhere, pushes of 0.01 where it is level",
                np.log2(steps_down(place, free) / kicked(place, free)),
                STEPS,
            ),
            case(
                "three weights in a row start at 0.01, pushes of 0.1",
                np.log2(product_steps(seeds, 3, 0.01) / product_steps(seeds, 3, 0.01, 0.1)),
                STEPS,
            ),
            case("a network of twins, a push of 0.01, not 0.0001", np.log2(full / twin_steps(seeds, 1e-2)), STEPS),
            case("a network of twins, mini-batches of 20", np.log2(full / twin_steps(seeds, batch=20)), STEPS),
            case(
                "a network from an ordinary start, mini-batches of 20",
                np.log2(ordinary / steps_to_learn(seeds, (64, 16, 10), level=0.5, batch=20)),
                STEPS,
            ),
        ],
    )


# How many critical points of random landscapes are saddles


def field_saddles(seed: int, dimension: int, waves: int = 40, starts: int = 100) -> float:
    """Share of saddles among the critical points of a sum of random waves that Newton's method finds."""
    rng = np.random.default_rng([seed, 11])
    k, phase = rng.normal(size=(waves, dimension)), rng.uniform(0, 2 * np.pi, waves)
    first = rng.uniform(-3, 3, (starts, dimension))

    def slopes(x):
        angle = x @ k.T + phase
        return -np.sin(angle) @ k, -(np.cos(angle)[:, None] * k.T) @ k  # (N, D) and (N, D, D)

    x = first
    for _ in range(20):
        grad, hessian = slopes(x)
        step = np.linalg.solve(hessian + 1e-12 * np.eye(dimension), grad[..., None])[..., 0]
        x = x - step / np.maximum(1, 2 * np.linalg.norm(step, axis=-1, keepdims=True))
    grad, hessian = slopes(x)
    arrived = (np.linalg.norm(grad, axis=-1) < 1e-8) & (np.abs(x - first).max(axis=-1) < 6)
    _, distinct = np.unique(x[arrived].round(4), axis=0, return_index=True)
    values = np.linalg.eigvalsh(hessian[arrived][distinct])
    return np.mean((values[:, 0] < 0) & (values[:, -1] > 0))


def network_saddles(seed: int, units: int, enough: int = 5) -> float:
    """The same for a network on the four corners of exclusive or: roots of its gradient from random starts."""
    rng, space = np.random.default_rng([seed, 12]), WeightSpace((2, units, 2))
    corners = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    loss = network_loss(space, corners, np.array([0, 1, 1, 0]), decay=0.02)
    kinds = []
    while len(kinds) < enough:
        found = root(loss.grad, 2 * rng.normal(size=space.dimension), options={"maxfev": 400})
        grad = loss.grad(found.x)
        if np.linalg.norm(grad) < 1e-7:
            kinds.append(critical_point_type(np.linalg.eigvalsh(dense_hessian(loss.grad, found.x)), grad, tol=1e-6))
    return np.mean(np.array(kinds) == "saddle")


def most(seeds) -> dict:
    """Most critical points are saddles."""
    return claim(
        "most critical points are saddles",
        "Multimodal Optimization",
        [
            *[
                case(
                    f"random waves in {d} dimension{'s' * (d > 1)}",
                    [field_saddles(seed, d) - 0.5 for seed in seeds],
                    SHARE,
                )
                for d in (1, 2, 4, 8)
            ],
            *[
                case(
                    f"a network with {n} hidden units on four points",
                    [network_saddles(seed, n) - 0.5 for seed in seeds],
                    SHARE,
                )
                for n in (2, 6)
            ],
        ],
    )


def probing(seeds) -> dict:
    """Checking the surroundings finds the way down."""

    def found(value, x, radius, seed, trials=20):
        rng = np.random.default_rng([seed, 13])
        return np.mean([probe(value, x, radius, 100, rng).share > 0 for _ in range(trials)]) - 0.5

    def on(dimension, steepness=1.0):
        place = saddle(dimension, steepness)
        return [found(place.value, np.zeros(dimension), 0.01, seed) for seed in seeds]

    space, (nets, _) = WeightSpace((64, 4, 10)), twins(tuple(seeds))
    shown, classes = images(tuple(seeds))

    def at_twins(i):
        loss = network_loss(space, shown[i], classes[i].argmax(axis=-1), 1e-2)
        theta = join([part[i] for part in nets])
        return found(lambda x: np.array([loss.value(point) for point in np.atleast_2d(x)]), theta, 0.1, i, 2)

    words = "100 probes, {} dimensions"
    return claim(
        "quickly checking the surroundings finds the way down",
        "Multimodal Optimization",
        [
            *[case(words.format(d), on(d), SHARE) for d in (2, 10, 30, 100)],
            case(words.format(100) + ", the way down 30 times as steep", on(100, 30.0), SHARE),
            case("100 probes, a network of twins, 310 dimensions", [at_twins(i) for i in range(len(seeds))], SHARE),
        ],
    )


# Plateaus


def left_on_plateau(seeds, lr: float, momentum: float, steps: int = 1000) -> np.ndarray:
    """Share of the height above the pit that is left, less a half; it starts at rest on level ground."""
    start = np.array([[np.random.default_rng([seed, 14]).uniform(-1.2, -0.8), 0.5] for seed in seeds])
    floor = PLATEAU.value(np.array(PLATEAU.minimum))
    end = trajectories(PLATEAU.grad, start, lr, momentum, steps)[:, -1]
    return (PLATEAU.value(end) - floor) / (PLATEAU.value(start) - floor) - 0.5


UNITS = {  # loss and slope of a unit that should say 1, by its weighted sum z
    "squared": lambda z, p: ((p - 1) ** 2 / 2, (p - 1) * p * (1 - p)),
    "cross-entropy": lambda z, p: (-np.log(p), p - 1),
    "relu": lambda z, p: ((np.maximum(z, 0) - 1) ** 2 / 2, (np.maximum(z, 0) - 1) * (z > 0)),
}


def left_of_unit(seeds, kind: str, steps: int = 1000, lr: float = 0.5) -> np.ndarray:
    """The same for one unit that is far on the wrong side: w x + b is -8 for all of 50 examples, all of them 1."""
    x = np.stack([np.random.default_rng([seed, 15]).uniform(0, 1, 50) for seed in seeds])
    w, b, losses = np.zeros((len(x), 1)), np.full((len(x), 1), -8.0), []
    for _ in range(steps + 1):
        z = w * x + b
        loss, slope = UNITS[kind](z, 1 / (1 + np.exp(-z)))
        losses.append(loss.mean(axis=1))
        w = w - lr * np.mean(slope * x, axis=1, keepdims=True)
        b = b - lr * np.mean(slope, axis=1, keepdims=True)
    return losses[-1] / losses[0] - 0.5


def plateaus(seeds) -> dict:
    """On a plateau the game is over."""
    measure = "loss left − ½"
    return claim(
        "on a plateau the game is over",
        "Multimodal Optimization",
        [
            case("nearly level ground, rate 0.02", left_on_plateau(seeds, 0.02, 0.0), measure),
            case("nearly level ground, rate 0.2", left_on_plateau(seeds, 0.2, 0.0), measure),
            case("nearly level ground, rate 0.02 and momentum 0.9", left_on_plateau(seeds, 0.02, 0.9), measure),
            case("a sigmoid unit far on the wrong side, squared error", left_of_unit(seeds, "squared"), measure),
            case("the same with cross-entropy", left_of_unit(seeds, "cross-entropy"), measure),
            case("a relu unit that is off for all examples", left_of_unit(seeds, "relu"), measure),
        ],
    )


# Different minima


def end_losses(seeds, units: int, runs: int = 10) -> np.ndarray:
    """Losses at which networks end that learn 40 noisy points of exclusive or, shape (S, runs)."""
    corners = np.tile([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]], (10, 1))
    targets = np.eye(2)[(corners[:, 0] * corners[:, 1] > 0).astype(int)]
    x = np.stack([corners + 0.2 * np.random.default_rng([seed, 16]).normal(size=corners.shape) for seed in seeds])
    start = draw([1000 * seed + run for seed in seeds for run in range(runs)], (2, units, 2), 2.0)
    everything = np.repeat(x, runs, axis=0), np.broadcast_to(targets, (len(x) * runs, *targets.shape))
    return train(start, *everything, steps=800, momentum=0.9, decay=1e-4)[1][:, -1].reshape(-1, runs)


def alike(seeds) -> dict:
    """Many minima are almost as good as the best."""

    def share(units):
        ends = end_losses(seeds, units)
        return np.mean(ends - ends.min(axis=1, keepdims=True) < 0.05 * np.log(2), axis=1) - 0.5

    return claim(
        "many minima are almost as good as the best",
        "Multimodal Optimization",
        [case(f"exclusive or, {n} hidden units", share(n), SHARE) for n in (2, 3, 16)],
    )


CLAIMS = {
    "slow": slow,
    "noise": noise,
    "most": most,
    "probing": probing,
    "plateaus": plateaus,
    "alike": alike,
}

if __name__ == "__main__":
    print(describe(write(Path(__file__), CLAIMS, SEEDS)))
