"""Dropout: train a network while its units blink, and switch all of them on when it is tested.

A fresh mask at every pass makes every pass a different, thinner network. Twelve hidden units that can be on or off are
2¹² networks that share their weights, and one pass with all units on stands in for their average:

>>> rng = np.random.default_rng(0)
>>> layers = initial_layers(rng, (2, 6, 6, 1))
>>> x = np.array([[1.0, -1.0]])
>>> passes = forward(layers, x, hidden_multipliers(rng, layers, p=0.5, shape=(10_000, 1)))[-1]  # (10000, 1, 1)
>>> for estimate in (passes.mean(), ensemble_mean(layers, x, p=0.5).item(), forward(layers, x)[-1].item()):
...     print(f"{estimate:.2f}")  # sampled masks, all masks, no mask
0.41
0.41
0.55
"""

from typing import NamedTuple

import numpy as np


class Layer(NamedTuple):
    """Weights (units in, units out) and bias (units out)."""

    weights: np.ndarray
    bias: np.ndarray


class Convention(NamedTuple):
    """What a convention of dropout does to a unit: how often it stays, and its factors in training and in the test."""

    keep: float
    train_scale: float
    test_scale: float

    @property
    def mean(self) -> float:
        """Expected factor in training; a sound convention has `test_scale` equal to it."""
        return self.keep * self.train_scale

    @property
    def variance(self) -> float:
        """Variance of the factor in training."""
        return self.keep * (1 - self.keep) * self.train_scale**2


def dropout_mask(rng: np.random.Generator, shape: int | tuple[int, ...], p: float | np.ndarray) -> np.ndarray:
    """Draw which units stay: each is dropped with probability p, on its own.

        mask = u ≥ p,    u uniform in [0, 1)

    Parameters
    ----------
    rng : numpy.random.Generator
        Two masks from equal generators are nested: whatever the smaller p drops, the larger p drops too.
    shape : int or tuple of ints
        Of the units to mask; with a leading axis B for a mask of its own for each of B samples.
    p : float or array that broadcasts with `shape`, in [0, 1)
        The probability to drop a unit, not to keep it.

    Returns
    -------
    array of bool, shape `shape`
        True where the unit stays.

    Raises
    ------
    ValueError
        If p is not in [0, 1).

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov (2014), Dropout: a simple way to prevent neural networks
    from overfitting. Their p is the probability to keep.

    Examples
    --------
    >>> print(dropout_mask(np.random.default_rng(0), 100_000, p=0.2).mean().round(2))
    0.8
    """
    require_drop_probability(p)
    return rng.random(shape) >= p


def convention(name: str, p: float) -> Convention:
    """Describe one of the three conventions that books and libraries use.

        "drop"      p drops:  x · mask in training,              (1 − p) · x in the test
        "keep"      p keeps:  x · mask in training,                   p · x in the test
        "inverted"  p drops:  x · mask / (1 − p) in training,             x in the test

    All are sound, each on its own. A p that changes its meaning on the way is not: a "rate" of 0.2 that was meant to
    drop, but is read as "keep", leaves a fifth of the network, and at p = 0.5 nobody notices.

    Raises a ValueError for another name, and for a p that leaves no unit.

    >>> for name in ("drop", "keep", "inverted"):
    ...     c = convention(name, 0.2)
    ...     print(f"{name:9}keeps {c.keep:.1f}  mean {c.mean:.1f}  test {c.test_scale:.1f}  variance {c.variance:.2f}")
    drop     keeps 0.8  mean 0.8  test 0.8  variance 0.16
    keep     keeps 0.2  mean 0.2  test 0.2  variance 0.16
    inverted keeps 0.8  mean 1.0  test 1.0  variance 0.25
    """
    if name not in ("drop", "keep", "inverted"):
        raise ValueError(f'`name` must be "drop", "keep" or "inverted", got {name!r}')
    if name == "keep" and not 0 < p <= 1:
        raise ValueError(f'with "keep", `p` must be in (0, 1], got {p}: it is the share of units that stay')
    if name == "keep":
        return Convention(keep=p, train_scale=1.0, test_scale=p)
    require_drop_probability(p)
    if name == "drop":
        return Convention(keep=1 - p, train_scale=1.0, test_scale=1 - p)
    return Convention(keep=1 - p, train_scale=1 / (1 - p), test_scale=1.0)


def initial_layers(rng: np.random.Generator, sizes: tuple[int, ...]) -> list[Layer]:
    """Draw weights of variance 1 / (units in), and zero biases, for layers of these sizes, input and output too."""
    return [Layer(rng.normal(size=(n, m)) / np.sqrt(n), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]


def hidden_multipliers(
    rng: np.random.Generator, layers: list[Layer], p: float, shape: tuple[int, ...] = ()
) -> list[np.ndarray]:
    """Draw mask / (1 − p) for each hidden layer: factors of mean 1 and variance p / (1 − p), arrays (*shape, units).

    `shape` () is one mask for the whole batch, (B,) one for each sample, (draws, 1) one for each of many passes.
    """
    return [dropout_mask(rng, (*shape, layer.bias.size), p) / (1 - p) for layer in layers[:-1]]


def forward(layers: list[Layer], x: np.ndarray, multipliers: list[np.ndarray] | None = None) -> list[np.ndarray]:
    """Run x through tanh layers and a linear last one; return what every unit sends on.

        h₀ = x,    h_l = m_l ⊙ tanh(h_{l−1} W_l + b_l),    logit = h_{L−1} W_L + b_L

    Parameters
    ----------
    layers : list of L Layers
        Of a network with L − 1 hidden layers.
    x : array (..., units in)
        One sample or many.
    multipliers : list of L − 1 arrays that broadcast with (..., units), or None
        m_l, from `hidden_multipliers`, in training. None is the test: all units on, nothing scaled.

    Returns
    -------
    list of L + 1 arrays (..., units)
        The input, the hidden activations after their multipliers, and the logits.

    Raises
    ------
    ValueError
        If there is not one array of multipliers for each hidden layer.
    """
    if multipliers is None:
        multipliers = [np.ones(())] * (len(layers) - 1)
    if len(multipliers) != len(layers) - 1:
        raise ValueError(
            f"`multipliers` must have one array for each of {len(layers) - 1} hidden layers, got {len(multipliers)}: "
            "input and output are never dropped here"
        )
    activations = [x]
    for (weights, bias), multiplier in zip(layers, multipliers):
        activations.append(multiplier * np.tanh(activations[-1] @ weights + bias))
    weights, bias = layers[-1]
    return [*activations, activations[-1] @ weights + bias]


def logistic_loss(logits: np.ndarray, targets: np.ndarray) -> float:
    """Average log(1 + e^z) − t · z over logits z and targets t of 0 and 1, arrays of one shape (B, 1)."""
    return float(np.mean(np.logaddexp(0, logits) - targets * logits))


def gradients(
    layers: list[Layer], x: np.ndarray, targets: np.ndarray, multipliers: list[np.ndarray] | None = None
) -> list[Layer]:
    """Differentiate the logistic loss of x (B, units in) and targets (B, 1); the way back wears the mask of the way in.

    A unit that was off sends nothing on and hears nothing back: the gradients of its weights are zero.
    """
    if multipliers is None:
        multipliers = [np.ones(())] * (len(layers) - 1)
    *activations, logits = forward(layers, x, multipliers)
    delta = (np.exp(-np.logaddexp(0, -logits)) - targets) / logits.size  # (B, 1), sigmoid(z) − t
    grads = [Layer(activations[-1].T @ delta, delta.sum(axis=0))]
    for depth in range(len(layers) - 1, 0, -1):
        tanh = np.tanh(activations[depth - 1] @ layers[depth - 1].weights + layers[depth - 1].bias)
        delta = delta @ layers[depth].weights.T * multipliers[depth - 1] * (1 - tanh**2)  # (B, units)
        grads.insert(0, Layer(activations[depth - 1].T @ delta, delta.sum(axis=0)))
    return grads


def train(
    rng: np.random.Generator,
    layers: list[Layer],
    x: np.ndarray,
    targets: np.ndarray,
    p: float,
    lr: float = 0.5,
    steps: int = 1000,
) -> list[Layer]:
    """Descend the loss with all samples at every step and a fresh mask for each of them; return the new layers."""
    for _ in range(steps):
        grads = gradients(layers, x, targets, hidden_multipliers(rng, layers, p, (len(x),)))
        layers = [Layer(*(value - lr * grad for value, grad in zip(*pair))) for pair in zip(layers, grads)]
    return layers


def two_moons(rng: np.random.Generator, samples: int, noise: float = 0.15) -> tuple[np.ndarray, np.ndarray]:
    """Draw points of two interlocked half circles, x (samples, 2), and their targets 0 or 1, (samples, 1)."""
    targets = rng.integers(0, 2, size=(samples, 1)).astype(float)
    angle = np.pi * (rng.random((samples, 1)) + targets)  # the second half circle is the lower one
    center = np.array([-0.5, -0.25]) + targets * np.array([1.0, 0.5])
    x = center + np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    return x + noise * rng.normal(size=x.shape), targets


def ensemble_mean(layers: list[Layer], x: np.ndarray, p: float) -> np.ndarray:
    """Average the logits over all masks, each with its probability: exact, at the cost of 2^(hidden units) passes.

    x is (..., units in), the result (..., 1). The test pass equals it only where everything after a mask is linear.
    """
    require_drop_probability(p)
    units = [layer.bias.size for layer in layers[:-1]]
    if sum(units) > 16:
        raise ValueError(f"{sum(units)} hidden units have 2^{sum(units)} masks, 16 are the limit: sample masks instead")
    masks = (np.arange(2 ** sum(units))[:, None] >> np.arange(sum(units))) & 1  # (masks, units)
    chance = np.prod(np.where(masks, 1 - p, p), axis=1)
    logits = np.stack([forward(layers, x, np.split(mask / (1 - p), np.cumsum(units))[:-1])[-1] for mask in masks])
    return np.tensordot(chance, logits, axes=1)


def require_drop_probability(p: float | np.ndarray) -> None:
    """Raise a ValueError unless every p is in [0, 1)."""
    if not np.all((np.asarray(p) >= 0) & (np.asarray(p) < 1)):
        raise ValueError(f"`p`, the probability to drop a unit, must be in [0, 1), got {p}: at 1 no unit would be left")
