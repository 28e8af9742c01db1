"""Train many small classifiers at once while their hidden units blink: N networks, each with its own data and masks.

>>> data = cohort(seeds=[0, 0], n=100)
>>> twins = [np.random.default_rng(0), np.random.default_rng(0)]  # only one of them learns with dropout
>>> nets = train(twins, *data.train, p=[0.0, 0.5], hidden=(20,), steps=100)
>>> accuracy(nets, *data.test).round(2)
array([0.85, 0.82])

Shapes: N networks, B images in a batch, D pixels, H hidden units, C classes. Everything that belongs to a network has N
in front: weights (N, D, H), biases (N, 1, H), activations (N, B, H), multipliers (N, B, H) or (N, 1, H).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from mmcourse.foundations.losses import cross_entropy, cross_entropy_grad
from mmcourse.foundations.mlp import scaled_init
from mmcourse.generalization.noise import inverted_multiplier
from mmcourse.optimization.momentum import momentum_step
from mmcourse.worlds.digits import Digits, Split, digits

HOW_OFTEN = ("sample", "batch", "epoch")


class Layer(NamedTuple):
    """What one layer of N networks has learned; a single network has no N in front, or N = 1."""

    weights: np.ndarray  # (N, units in, units out)
    bias: np.ndarray  # (N, 1, units out)


def start(rngs: Sequence[np.random.Generator], sizes: Sequence[int], dtype: type = np.float64) -> list[Layer]:
    """Draw the weights of one network for each generator; biases are zero."""
    gains = [2**0.5] * (len(sizes) - 2) + [1.0]
    stacks = [np.stack([scaled_init(m, n, rng, g) for rng in rngs]) for m, n, g in zip(sizes, sizes[1:], gains)]
    return [Layer(W.astype(dtype), np.zeros((len(W), 1, W.shape[-1]), dtype)) for W in stacks]


def forward(layers: list[Layer], x: np.ndarray, multipliers: Sequence[np.ndarray] | None = None) -> list[np.ndarray]:
    """Run images through relu layers and a linear last one; return what every layer sends on.

        h₀ = x,    h_l = m_l ⊙ max(h_{l−1} W_l + b_l, 0),    logits = h_{L−1} W_L + b_L

    Parameters
    ----------
    layers : list of L Layers
    x : array, shape (N, B, D), or (B, D) for all networks
    multipliers : list of L − 1 arrays, or None
        m_l in training; None is the test: all units on, nothing scaled.

    Returns
    -------
    list of L + 1 arrays
        The images, the hidden activations after their multipliers, the logits (N, B, C).
    """
    sent = [x]
    for depth, (weights, bias) in enumerate(layers[:-1]):
        h = np.maximum(sent[-1] @ weights + bias, 0)  # (N, B, H)
        sent.append(h if multipliers is None else h * multipliers[depth])
    return [*sent, sent[-1] @ layers[-1].weights + layers[-1].bias]


def backward(
    layers: list[Layer], sent: list[np.ndarray], labels: np.ndarray, multipliers: Sequence[np.ndarray] | None = None
) -> list[Layer]:
    """Differentiate each network's mean cross-entropy, with the multipliers of the forward pass.

    Parameters
    ----------
    layers, multipliers
        As in `forward`.
    sent : list of arrays
        What `forward` returned.
    labels : array of whole numbers, shape (N, B)

    Returns
    -------
    list of L Layers
        The gradients.
    """
    delta = (cross_entropy_grad(sent[-1], labels) / labels.shape[-1]).astype(sent[-1].dtype)  # (N, B, C)
    grads = []
    for depth in range(len(layers) - 1, -1, -1):
        grads.insert(0, Layer(np.swapaxes(sent[depth], -1, -2) @ delta, delta.sum(axis=-2, keepdims=True)))
        if depth > 0:
            delta = delta @ np.swapaxes(layers[depth].weights, -1, -2) * (sent[depth] != 0)  # through weights and relu
            delta = delta if multipliers is None else delta * multipliers[depth - 1]
    return grads


def draw(
    rngs: Sequence[np.random.Generator],
    widths: Sequence[int],
    p: Sequence[float],
    rows: int,
    noise: Callable[..., np.ndarray] = inverted_multiplier,
) -> list[np.ndarray]:
    """Draw the multipliers of all hidden layers, each (N, rows, units); with `rows` 1 a batch shares one mask."""
    return [np.stack([noise(rng, (rows, units), drop) for rng, drop in zip(rngs, p)]) for units in widths]


def train(
    rngs: Sequence[np.random.Generator],
    images: np.ndarray,
    labels: np.ndarray,
    p: float | Sequence[float] = 0.5,
    hidden: Sequence[int] = (100,),
    mask: str = "sample",
    noise: Callable[..., np.ndarray] = inverted_multiplier,
    lr: float | Sequence[float] = 0.05,
    momentum: float = 0.9,
    steps: int = 2000,
    batch: int = 50,
    way_back: Callable[..., list[Layer]] = backward,
    watch: Callable[[int, list[Layer], list[np.ndarray]], None] | None = None,
) -> list[Layer]:
    """Train N networks with momentum on mini-batches, and draw new multipliers for each sample, batch or epoch.

    Parameters
    ----------
    rngs : sequence of N generators
        Start, order of the images and masks of each network. Equal generators give equal starts and orders, whatever p.
    images, labels : arrays, shape (N, n, D) and (N, n)
        What each network learns from. Weights have the type of the images; float32 takes half the time.
    p : float, or one for each network, in [0, 1)
        Probability to drop a hidden unit.
    hidden : sequence of int
        Units of each hidden layer.
    mask : "sample", "batch" or "epoch"
        How often a mask is drawn, and for whom.
    noise : function of rng, shape and p
        Draws multipliers: `inverted_multiplier` or `gaussian_multiplier`.
    lr : float, or one for each network, > 0
    momentum : float, in [0, 1)
    steps, batch : int
        Steps, and images in each; those left over at the end of an epoch wait for the next shuffle.
    way_back : function
        Computes the gradients; in place of `backward` to see what happens with another.
    watch : function or None
        Called after each step with its number from 1, the layers and the multipliers that were used.

    Returns
    -------
    list of Layers
        Each with N in front.

    Raises
    ------
    ValueError
        For another `mask`, or a batch that is larger than the data.
    """
    N, n, D = images.shape
    if mask not in HOW_OFTEN or not 0 < batch <= n:
        raise ValueError(f"`mask` must be one of {HOW_OFTEN} and `batch` 1 to {n}, got {mask!r} and {batch}")
    p, lr = np.broadcast_to(p, N), np.broadcast_to(lr, N)[:, None, None].astype(images.dtype)
    masks_from = [rng.spawn(1)[0] for rng in rngs]  # masks do not disturb the order of the images
    layers = start(rngs, (D, *hidden, int(labels.max()) + 1), images.dtype)
    velocities = [Layer(np.zeros_like(W), np.zeros_like(b)) for W, b in layers]
    per_epoch, each = n // batch, np.arange(N)[:, None]
    for step in range(steps):
        if step % per_epoch == 0:
            order = np.stack([rng.permutation(n) for rng in rngs])
        if step % per_epoch == 0 or mask != "epoch":
            rows = batch if mask == "sample" else 1
            multipliers = [m.astype(images.dtype) for m in draw(masks_from, hidden, p, rows, noise)]
        chosen = order[:, batch * (step % per_epoch) :][:, :batch]
        sent = forward(layers, images[each, chosen], multipliers)
        grads = way_back(layers, sent, labels[each, chosen], multipliers)
        moved = [
            [momentum_step(w, v, g, lr, momentum) for w, v, g in zip(*three)]
            for three in zip(layers, velocities, grads)
        ]
        layers = [Layer(*(state.x for state in layer)) for layer in moved]
        velocities = [Layer(*(state.velocity for state in layer)) for layer in moved]
        if watch is not None:
            watch(step + 1, layers, multipliers)
    return layers


def loss(layers: list[Layer], images: np.ndarray, labels: np.ndarray, multipliers=None) -> np.ndarray:
    """Return each network's mean cross-entropy, shape (N,), with all units on unless there are multipliers."""
    logits = forward(layers, images, multipliers)[-1]
    return cross_entropy(logits, np.broadcast_to(labels, logits.shape[:-1])).mean(axis=-1)


def accuracy(layers: list[Layer], images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the share of images that each network tells right with all units on, shape (N,)."""
    return np.mean(forward(layers, images)[-1].argmax(axis=-1) == labels, axis=-1)


def cohort(seeds: Sequence[int], n: int, dtype: type = np.float64) -> Digits:
    """Give each seed its own shuffle of the digits: n images to learn from, 397 to choose by, 400 for the test.

    >>> cohort([0, 1, 2], n=100).train.images.shape
    (3, 100, 64)
    """
    worlds = [digits(np.random.default_rng([seed, 12])) for seed in seeds]
    parts = [[world.train.images[:n], world.train.labels[:n]] for world in worlds]
    train, valid, test = (
        Split(np.stack([images for images, _ in part]).astype(dtype), np.stack([labels for _, labels in part]))
        for part in (parts, [world.valid for world in worlds], [world.test for world in worlds])
    )
    return Digits(train, valid, test)
