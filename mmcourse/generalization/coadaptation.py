"""Ablate hidden units one by one, in pairs and by halves, and see how much the others had relied on them.

>>> # three hidden units, two classes, one image of class 0; the third unit speaks against the other two
>>> net = Readout(np.array([[[1.0, 1.0, 1.0]]]), np.array([[[2.0, 0], [2, 0], [-1, 0]]]), np.zeros((1, 1, 2)),
...               np.array([[0]]))
>>> rises(net).round(3)  # without unit 0 or 1 the loss rises, without the third it falls
array([[ 0.265,  0.265, -0.03 ]])
>>> cancellation(net).round(2)  # 5 are said in all, 3 arrive: two fifths cancel
array([0.4])

A unit's part in the function is known once its fellows are: what the last hidden layer sends on, and the weights with
which the logits add it up. Shapes: N networks, B images, H hidden units, C classes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmcourse.foundations.losses import cross_entropy
from mmcourse.generalization.blinking import Layer


class Readout(NamedTuple):
    """The last hidden layer of N networks, and the linear layer that reads it."""

    hidden: np.ndarray  # (N, B, H)
    weights: np.ndarray  # (N, H, C)
    bias: np.ndarray  # (N, 1, C)
    labels: np.ndarray  # (N, B)


def last_layer(layers: list[Layer], sent: list[np.ndarray], labels: np.ndarray) -> Readout:
    """Take the readout of networks from their layers and what `blinking.forward` has returned."""
    return Readout(sent[-2], layers[-1].weights, layers[-1].bias, labels)


def loss_of(net: Readout, company: np.ndarray | float = 1.0) -> np.ndarray:
    """Return the mean cross-entropy when unit j's output is multiplied by company[..., j].

    Parameters
    ----------
    net : Readout
    company : array that broadcasts to (N, H), or 1
        1 for a unit that is there, 0 for one that is ablated.

    Returns
    -------
    array, shape (N,)
    """
    weights = net.weights * np.broadcast_to(company, net.weights.shape[:2])[..., None]
    return cross_entropy(net.hidden @ weights + net.bias, net.labels).mean(axis=-1)


def rises(net: Readout, company: np.ndarray | float = 1.0) -> np.ndarray:
    """Return how much the loss rises when a unit leaves, for each unit on its own.

        rise_j = L(company without j) − L(company)

    Parameters
    ----------
    net : Readout
    company : array that broadcasts to (N, H), or 1
        Who else is there; 1 is everybody.

    Returns
    -------
    array, shape (N, H)
        Below zero where the others do better without it; zero for a unit that is not there.
    """
    company = np.broadcast_to(company, net.weights.shape[:2])
    logits = net.hidden @ (net.weights * company[..., None]) + net.bias  # (N, B, C)
    before = cross_entropy(logits, net.labels).mean(axis=-1)
    after = np.empty(company.shape)
    for j in range(company.shape[1]):
        part = net.hidden[..., j, None] * (net.weights[:, j] * company[:, j, None])[:, None]  # (N, B, C)
        after[:, j] = cross_entropy(logits - part, net.labels).mean(axis=-1)
    return after - before[:, None]


def pair_excess(net: Readout, units: Sequence[int] | None = None) -> np.ndarray:
    """Return how much more the loss rises when two units leave together than their two rises add up to.

        excess_ij = rise_ij − rise_i − rise_j

    Zero says that two units have nothing to do with each other. Above zero each covers for the other; below, one only
    makes sense as long as the other is there: without its fellow it is no loss, or even a gain.

    Parameters
    ----------
    net : Readout
    units : sequence of U ints, or None
        The units i of the pairs; None is all H, at the cost of H passes of `rises`.

    Returns
    -------
    array, shape (N, U, H)
        Zero where i is j.
    """
    single = rises(net)
    N, H = single.shape
    units = range(H) if units is None else units
    excess = np.zeros((N, len(units), H))
    for row, i in enumerate(units):
        company = np.ones(H)
        company[i] = 0
        excess[:, row] = rises(net, company) - single  # j's rise without i, less its rise with i
        excess[:, row, i] = 0
    return excess


def accuracy_of(net: Readout, company: np.ndarray | float = 1.0) -> np.ndarray:
    """Return the share of right answers of a company of units, given as in `loss_of`; shape (N,)."""
    weights = net.weights * np.broadcast_to(company, net.weights.shape[:2])[..., None]
    return np.mean((net.hidden @ weights + net.bias).argmax(axis=-1) == net.labels, axis=-1)


def accuracy_left(rng: np.random.Generator, net: Readout, left: int, draws: int = 20) -> np.ndarray:
    """Return the share of right answers when only `left` units, drawn at random, are there.

    Parameters
    ----------
    rng : numpy.random.Generator
    net : Readout
    left : int, 0 to H
    draws : int
        Random companies to average over.

    Returns
    -------
    array, shape (N,)
    """
    H = net.weights.shape[1]
    if not 0 <= left <= H:
        raise ValueError(f"`left` must be between 0 and the {H} units that there are, got {left}")
    return np.mean([accuracy_of(net, rng.permutation(H) < left) for _ in range(draws)], axis=0)


def departures(net: Readout, order: Sequence[int] | None = None) -> np.ndarray:
    """List the companies that are left as all units leave one by one.

    Parameters
    ----------
    net : Readout
    order : sequence of H ints, or None
        Who leaves first, the same for all networks. None: in each network always the unit whose leaving costs most.

    Returns
    -------
    array of 0 and 1, shape (H + 1, N, H)
        Everybody first, nobody last.
    """
    N, H = net.weights.shape[:2]
    companies = [np.ones((N, H))]
    for step in range(H):
        there = companies[-1]
        if order is None:
            leaves = np.where(there > 0, rises(net, there), -np.inf).argmax(axis=-1)
        else:
            leaves = order[step]
        companies.append(there.copy())
        companies[-1][np.arange(N), leaves] = 0
    return np.stack(companies)


def cancellation(net: Readout) -> np.ndarray:
    """Return the share of what the units say that other units take back.

        1 − Σ |Σ_j h_j w_jc| / Σ Σ_j |h_j w_jc|,    sums over images and classes outside

    Parameters
    ----------
    net : Readout

    Returns
    -------
    array, shape (N,), from 0 to 1
        0 when all units pull a logit the same way, 1 when nothing is left of what they say.
    """
    arrives = np.abs(net.hidden @ net.weights).sum(axis=(-1, -2))
    said = (np.abs(net.hidden) @ np.abs(net.weights)).sum(axis=(-1, -2))
    return 1 - arrives / said


def correlation(net: Readout) -> np.ndarray:
    """Return the mean absolute correlation between the outputs of two units, shape (N,); without stuck units.

    >>> hidden = np.array([[[0.0, 0, 1], [1, -1, 1], [2, -2, 1]]])  # two mirror each other, one is stuck
    >>> print(correlation(Readout(hidden, np.zeros((1, 3, 2)), np.zeros((1, 1, 2)), np.zeros((1, 3), int))).round(6))
    [1.]
    """
    found = []
    for h in net.hidden:
        alive = h[:, h.std(axis=0) > 1e-6]
        c = np.corrcoef(alive.T)
        found.append(np.abs(c[np.triu_indices(len(c), 1)]).mean())
    return np.array(found)


def carriers(single: np.ndarray, share: float = 0.5) -> np.ndarray:
    """Return how few units carry a share of the function: of the sum of all rises above zero.

    Parameters
    ----------
    single : array, shape (..., H)
        From `rises`.
    share : float, in (0, 1]

    Returns
    -------
    array of int, shape (...)
        0 where nobody is missed.

    Examples
    --------
    >>> carriers(np.array([[1.0, 1, 1, 1], [9, 1, 1, -1]]))
    array([2, 1])
    """
    largest = np.sort(np.maximum(single, 0), axis=-1)[..., ::-1]
    total = largest.sum(axis=-1)
    short = np.cumsum(largest, axis=-1) < (share - 1e-12) * total[..., None]
    return np.where(total > 0, 1 + short.sum(axis=-1), 0)


def help_in_company(rng: np.random.Generator, net: Readout, draws: int = 20) -> np.ndarray:
    """Return how much each unit lowers the loss when it joins a random half of the others, on average.

    Parameters
    ----------
    rng : numpy.random.Generator
    net : Readout
    draws : int
        Random halves.

    Returns
    -------
    array, shape (N, H)
        Above zero for a unit that is of use whoever else is there; below for one that needs certain fellows.
    """
    N, H = net.weights.shape[:2]
    total, counts = np.zeros((N, H)), np.zeros(H)
    for _ in range(draws):
        company = (rng.permutation(H) < H // 2).astype(float)
        total += rises(net, company)
        counts += company
    return total / np.maximum(counts, 1)
