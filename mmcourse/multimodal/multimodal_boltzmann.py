"""A Boltzmann machine over two modalities: learn what goes together, hold one modality fixed, and sample the other.

>>> rng = np.random.default_rng(0)
>>> coin = rng.integers(2, size=(500, 1))
>>> x = np.concatenate([coin, coin], axis=1)  # one bit of vision, one tag, always the same
>>> machine = train(rng, x, hidden=4, epochs=60, lr=0.2)
>>> given = conditional(machine, np.array([1.0, 0.0]), known=np.array([True, False]))
>>> bool(given.probability[1] > 0.9)  # seen a 1, the tag is 1
True
"""

from typing import NamedTuple

import numpy as np

LARGEST = 16  # unknown units over which `conditional` sums


class Machine(NamedTuple):
    """A restricted Boltzmann machine: visible units of all modalities in a row, and hidden units they share."""

    weights: np.ndarray  # (D, H)
    visible_bias: np.ndarray  # (D,)
    hidden_bias: np.ndarray  # (H,)


class Conditional(NamedTuple):
    """All states of the unknown units, and how probable each is."""

    states: np.ndarray  # (2^U, D), the known units as given
    probability: np.ndarray  # (2^U,)


def energy(machine: Machine, x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Return the energy of states of all units, E = −xᵀ W h − bᵀ x − cᵀ h.

    Parameters
    ----------
    machine : Machine
    x : array, shape (..., D), of 0 and 1
    h : array, shape (..., H), of 0 and 1

    Returns
    -------
    array, shape (...)
        A state has the probability exp(−E) / Z, where Z makes all probabilities add up to 1.
    """
    agreement = np.einsum("...d,dh,...h->...", x, machine.weights, h)
    return -agreement - x @ machine.visible_bias - h @ machine.hidden_bias


def hidden_given(machine: Machine, x: np.ndarray) -> np.ndarray:
    """Return how probably each hidden unit is 1, p(h_j = 1 | x) = σ(c_j + Σ_i x_i W_ij): (..., D) to (..., H)."""
    return sigmoid(machine.hidden_bias + x @ machine.weights)


def visible_given(machine: Machine, h: np.ndarray) -> np.ndarray:
    """Return how probably each visible unit is 1, p(x_i = 1 | h) = σ(b_i + Σ_j W_ij h_j): (..., H) to (..., D)."""
    return sigmoid(machine.visible_bias + h @ machine.weights.T)


def free_energy(machine: Machine, x: np.ndarray) -> np.ndarray:
    """Return the energy of visible states once all hidden states are summed over.

        F(x) = −bᵀ x − Σ_j log(1 + exp(c_j + Σ_i x_i W_ij)),    p(x) = exp(−F(x)) / Z

    Parameters
    ----------
    machine : Machine
    x : array, shape (..., D)

    Returns
    -------
    array, shape (...)
    """
    return -x @ machine.visible_bias - np.logaddexp(0, machine.hidden_bias + x @ machine.weights).sum(axis=-1)


def contrastive_divergence(
    rng: np.random.Generator, machine: Machine, x: np.ndarray, lr: float, steps: int = 1
) -> Machine:
    """Take one step of contrastive divergence: lower the energy of data, raise that of what the machine makes of it.

        W ← W + lr · ( ⟨x hᵀ⟩ over data − ⟨x hᵀ⟩ after some steps of sampling that begin at the data )

    Parameters
    ----------
    rng : numpy.random.Generator
    machine : Machine
    x : array, shape (B, D), of 0 and 1
        A batch.
    lr : float, > 0
    steps : int, >= 1
        How often hidden and visible units are sampled.

    Returns
    -------
    Machine
        A new one.

    References
    ----------
    Hinton (2002), Training products of experts by minimizing contrastive divergence.
    """
    h = hidden_given(machine, x)
    dream, dreaming = x, h
    for _ in range(steps):
        dream = flip(rng, visible_given(machine, flip(rng, dreaming)))
        dreaming = hidden_given(machine, dream)
    return Machine(
        machine.weights + lr * (x.T @ h - dream.T @ dreaming) / len(x),
        machine.visible_bias + lr * (x - dream).mean(axis=0),
        machine.hidden_bias + lr * (h - dreaming).mean(axis=0),
    )


def train(
    rng: np.random.Generator, x: np.ndarray, hidden: int, epochs: int = 20, batch: int = 20, lr: float = 0.05
) -> Machine:
    """Train a machine by contrastive divergence with one step.

    Parameters
    ----------
    rng : numpy.random.Generator
    x : array, shape (N, D), of 0 and 1
        All modalities of each example in a row.
    hidden : int
        H.
    epochs, batch : int
    lr : float

    Returns
    -------
    Machine

    Raises
    ------
    ValueError
        If there are other values than 0 and 1.
    """
    if not np.isin(x, (0, 1)).all():
        raise ValueError("units are 0 or 1: compare pixels with a threshold first, x = images > 0.5")
    x = np.asarray(x, dtype=float)
    mean = np.clip(x.mean(axis=0), 0.01, 0.99)
    machine = Machine(0.01 * rng.normal(size=(x.shape[1], hidden)), np.log(mean / (1 - mean)), np.zeros(hidden))
    for _ in range(epochs):
        for _ in range(0, len(x), batch):
            chosen = rng.integers(len(x), size=batch)
            machine = contrastive_divergence(rng, machine, x[chosen], lr)
    return machine


def clamped_gibbs(
    rng: np.random.Generator, machine: Machine, x: np.ndarray, known: np.ndarray, steps: int
) -> np.ndarray:
    """Hold the known units fixed and let the others dream: sample hidden from visible and back, again and again.

    Parameters
    ----------
    rng : numpy.random.Generator
    machine : Machine
    x : array, shape (B, D)
        The known units, and where the unknown ones begin.
    known : array of bool, shape (D,) or (B, D)
    steps : int, >= 1

    Returns
    -------
    array, shape (steps, B, D)
        The probabilities of the visible units after each step; their mean over late steps estimates those given what is
        known.

    Raises
    ------
    ValueError
        If `known` does not fit.
    """
    if known.shape not in (x.shape, x.shape[-1:]):
        raise ValueError(f"`known` must have shape {x.shape[-1:]} or {x.shape}, got {known.shape}")
    history = np.empty((steps, *x.shape))
    for step in range(steps):
        h = flip(rng, hidden_given(machine, x))
        chance = np.where(known, x, visible_given(machine, h))
        history[step], x = chance, flip(rng, chance)  # a known unit is 0 or 1 with certainty
    return history


def conditional(machine: Machine, x: np.ndarray, known: np.ndarray) -> Conditional:
    """Return the exact probability of each state of the unknown units given the known ones.

    Parameters
    ----------
    machine : Machine
    x : array, shape (D,)
        The entries that are not known do not matter.
    known : array of bool, shape (D,)

    Returns
    -------
    Conditional
        p(unknown | known) = exp(−F) / Σ exp(−F) over all states of the unknown.

    Raises
    ------
    ValueError
        If there are too many to list.
    """
    unknown = np.flatnonzero(~known)
    if len(unknown) > LARGEST:
        raise ValueError(f"{len(unknown)} unknown units have 2^{len(unknown)} states; at most {LARGEST} can be listed")
    states = np.tile(np.asarray(x, dtype=float), (2 ** len(unknown), 1))
    states[:, unknown] = all_states(len(unknown))
    score = -free_energy(machine, states)
    weight = np.exp(score - score.max())
    return Conditional(states, weight / weight.sum())


def all_states(units: int) -> np.ndarray:
    """List all states of some units, counting upwards, shape (2^units, units).

    >>> all_states(2)
    array([[0., 0.],
           [0., 1.],
           [1., 0.],
           [1., 1.]])
    """
    return np.array(list(np.ndindex((2,) * units)), dtype=float).reshape(2**units, units)


def flip(rng: np.random.Generator, chance: np.ndarray) -> np.ndarray:
    """Flip a coin for each unit: 1 with its chance, else 0."""
    return (rng.random(chance.shape) < chance).astype(float)


def sigmoid(s: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(−s)), for any s without overflow."""
    return np.exp(-np.logaddexp(0, -s))
