"""The claims of lecture 04, backpropagation: `python experiments/l04.py` tests them and writes l04.json beside it.

A signal of 32 numbers is noise with one of two patterns hidden somewhere in it; which one is to be told. A convolution
looks for patterns at every place with the same 40 weights, and takes the mean of what it sees. The multilayer
perceptron has as many units with weights of their own: the convolution is one setting of them. Accuracies are in
points of a percent, on the signals that were learned from and on 2000 new ones.
"""

from functools import cache
from pathlib import Path

import numpy as np

from mmcourse.claims import case, claim, describe, write
from mmcourse.foundations.autodiff import Tensor
from mmcourse.foundations.mlp import MLP, classify, fit, relu, scaled_init

SEEDS = 30
LENGTH, WIDTH, KERNELS = 32, 5, 8
PLACES = LENGTH - WIDTH + 1
PATTERNS = np.array([[1, 1, -1, 1, -1], [1, -1, 1, 1, -1]])  # equally strong
EXAMPLES = (100, 1000, 30_000)
LR = 2.0  # of 0.1, 0.3, 1, 2 and 3 it suits both networks well
STEPS = 600
AHEAD = "points of accuracy by which the perceptron is ahead"
BEHIND = "points of accuracy by which the perceptron is behind"


class Convolution:
    """The same small weights at every place, then the mean over places, then scores."""

    def __init__(self, rng: np.random.Generator):
        self.kernels = Tensor(scaled_init(WIDTH, KERNELS, rng))
        self.bias = Tensor(np.zeros(KERNELS))
        self.top = MLP((KERNELS, 2), rng)

    def __call__(self, signals):
        windows = np.lib.stride_tricks.sliding_window_view(signals, WIDTH, axis=1)  # (B, PLACES, WIDTH)
        windows = windows.reshape(-1, WIDTH)  # one matrix product for all of them
        seen = relu(windows @ self.kernels + self.bias).reshape(-1, PLACES, KERNELS)
        return self.top(seen.mean(axis=1))

    @property
    def parameters(self) -> list[Tensor]:
        return [self.kernels, self.bias, *self.top.parameters]


def signals(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise with a pattern in it, (count, LENGTH), and which, (count,)."""
    labels = rng.integers(2, size=count)
    values = rng.normal(size=(count, LENGTH)) * 0.5
    places = rng.integers(PLACES, size=count)[:, None] + np.arange(WIDTH)
    values[np.arange(count)[:, None], places] += 1.5 * PATTERNS[labels]
    return values, labels


@cache
def accuracies(seed: int, count: int, kind: str) -> tuple[float, float]:
    """Percent right on the signals it has learned from, and on new ones."""
    rng = np.random.default_rng(seed)
    train, test = signals(rng, count), signals(rng, 2000)
    net = Convolution(rng) if kind == "convolution" else MLP((LENGTH, KERNELS * PLACES, 2), rng)
    fit(net, *train, rng, lr=LR, epochs=STEPS * 50 // count, batch=50)
    seen, new = (100 * float(np.mean(classify(net, x) == y)) for x, y in (train, test))
    return seen, new


def ahead(seeds, count: int, which: int) -> np.ndarray:
    """Points by which the perceptron is ahead of the convolution: 0 on what was learned from, 1 on new signals."""
    return np.array([accuracies(s, count, "mlp")[which] - accuracies(s, count, "convolution")[which] for s in seeds])


def solves(seeds) -> dict:
    """What contains a convolution learns what a convolution learns."""
    cases = [case(f"{n:,} examples", ahead(seeds, n, 1), AHEAD) for n in EXAMPLES]
    return claim(
        "what the convolution solves, the multilayer perceptron that contains it solves as well",
        "Multimodal Optimization",
        cases,
    )


def headache(seeds) -> dict:
    """Its trouble is with optimization: it fits even its own examples worse."""
    cases = [case(f"{n:,} examples", -ahead(seeds, n, 0), BEHIND) for n in EXAMPLES]
    return claim(
        "its trouble is optimization: it fits the examples that it learns from worse than the convolution does",
        "Multimodal Optimization",
        cases,
    )


CLAIMS = {"solves": solves, "headache": headache}


if __name__ == "__main__":
    print(describe(write(Path(__file__), CLAIMS, SEEDS)))
