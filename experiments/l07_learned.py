"""The learned optimizer of lecture 07: `python experiments/l07_learned.py` tests it and writes l07_learned.json.

Training takes about a quarter of a minute for each seed, so the weights lie beside this file, in l07_learned.npz;
`python experiments/l07_learned.py train` makes them again, from nothing but seeds.

Every effect is the log2 of a ratio of losses, each the mean over the steps of a walk and over 100 new problems. The
hand-made methods get the rate (and momentum) of a grid that is best for these very problems, more than one would know.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from mmcourse.claims import case, claim, describe, write
from mmcourse.optimization.adaptive import AdamState, adam_step
from mmcourse.optimization.learned import LearnedOptimizer, Quadratics, draw_quadratics, train, walk
from mmcourse.optimization.momentum import MomentumState, momentum_step

SEEDS = 12
WALKS = 400  # of a training
LOWER = "log2 of the ratio of losses"
RATES = np.geomspace(0.001, 10.0, 41)
METHODS = {"gradient descent": (0.0,), "momentum": (0.5, 0.6, 0.7, 0.8, 0.9, 0.95), "Adam": (0.9,)}
WEIGHTS = Path(__file__).with_suffix(".npz")
torch.set_num_threads(1)


def fresh(seed: int) -> LearnedOptimizer:
    """Train an optimizer from scratch."""
    rng = np.random.default_rng([seed, 1])
    optimizer = LearnedOptimizer(rng)
    train(optimizer, lambda: draw_quadratics(rng, count=8), WALKS)
    return optimizer


def trained(seed: int) -> LearnedOptimizer:
    """Return the optimizer whose weights lie beside this file."""
    optimizer = LearnedOptimizer(np.random.default_rng(0))
    with np.load(WEIGHTS) as stored:
        torch.nn.utils.vector_to_parameters(torch.from_numpy(stored["weights"][seed]), optimizer.parameters())
    return optimizer


def save_all() -> None:
    """Train all seeds and store their weights, shape (SEEDS, number of weights)."""
    vectors = [torch.nn.utils.parameters_to_vector(fresh(seed).parameters()) for seed in range(SEEDS)]
    np.savez_compressed(WEIGHTS, weights=torch.stack(vectors).detach().numpy())


def walk_by_hand(method: str, problem: Quadratics, lr, inertia, steps: int = 60) -> np.ndarray:
    """Losses of a hand-made method, shape (T + 1, N, R): one column for each pair of rate and momentum, both (R,)."""
    W, y, start = (part.numpy().astype(float) for part in problem)
    x = np.repeat(start[..., None], len(lr), axis=-1)  # (N, D, R)
    state = AdamState(x, 0 * x, 0 * x, 0) if method == "Adam" else MomentumState(x, 0 * x)
    losses = []
    for _ in range(steps + 1):
        residual = W @ state.x - y[..., None]
        losses.append(np.square(residual).sum(axis=1))
        grad = 2 * W.swapaxes(1, 2) @ residual
        state = adam_step(*state, grad, lr) if method == "Adam" else momentum_step(*state, grad, lr, inertia)
    return np.nan_to_num(np.stack(losses), nan=1e30, posinf=1e30)


def score(losses: np.ndarray, after: int = 0) -> np.ndarray:
    """Mean over the steps after that one, and over problems, a million at most: (T + 1, N, ...) to (...)."""
    return np.minimum(losses[after + 1 :].mean(axis=(0, 1)), 1e6)


def best_by_hand(method: str, problem: Quadratics, steps: int, after: int) -> float:
    """Score of a method with the rate and momentum of the grid that are best for these very problems."""
    lr, inertia = (grid.ravel() for grid in np.meshgrid(RATES, METHODS[method]))
    with np.errstate(all="ignore"):  # a rate that is too large runs away
        return score(walk_by_hand(method, problem, lr, inertia, steps), after).min()


def gains(seeds, draw: Callable, method: str, steps: int = 60, after: int = 0) -> np.ndarray:
    """How much lower the loss of the learned optimizer is than that of a method, one effect for each seed."""
    effects = []
    for seed in seeds:
        problem = draw(np.random.default_rng([seed, 2]))
        by_hand = best_by_hand(method, problem, steps, after)
        effects.append(np.log2(by_hand / score(walk(trained(seed), problem, steps), after)))
    return np.array(effects)


def family(rng):
    return draw_quadratics(rng, 100)


def far(rng):
    W, y, start = draw_quadratics(rng, 100)
    return Quadratics(W, y, 10 * start)


def steeper(rng):
    return draw_quadratics(rng, 100, scale=3.0)


def flatter(rng):
    return draw_quadratics(rng, 100, scale=0.1)


def wider(rng):
    return draw_quadratics(rng, 100, dim=40)


def inside(seeds) -> dict:
    """On new problems of its family."""
    cases = [
        case(f"new problems of its family, against {method}", gains(seeds, family, method), LOWER) for method in METHODS
    ]
    return claim("a learned optimizer beats those made by hand, each at its best rate", "Advanced Optimizations", cases)


def outside(seeds) -> dict:
    """On problems of other families, where momentum and Adam are tuned again."""
    places = {
        "ten times as many steps, judged by the last 60": (family, 600, 540),
        "40 dimensions": (wider, 60, 0),
        "a start ten times as far": (far, 60, 0),
        "slopes nine times as steep": (steeper, 60, 0),
        "slopes a hundredth as steep": (flatter, 60, 0),
    }
    cases = [
        case(f"{name}, against {method}", gains(seeds, draw, method, *steps), LOWER)
        for name, (draw, *steps) in places.items()
        for method in ("momentum", "Adam")
    ]
    return claim("it does so outside its family too", "ours, not a deck's", cases)


CLAIMS = {"learned": inside, "elsewhere": outside}

if __name__ == "__main__":
    if sys.argv[1:] == ["train"]:
        save_all()
    print(describe(write(Path(__file__), CLAIMS, SEEDS)))
