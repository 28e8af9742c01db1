"""Schedules: how a learning rate changes with time.

A schedule is a function of the step t, counted from 0; t may be an array, so a whole run is one call:

>>> step_decay(np.arange(8), lr=0.1, factor=0.5, every=3)
array([0.1  , 0.1  , 0.1  , 0.05 , 0.05 , 0.05 , 0.025, 0.025])

t counts whatever you count: steps, or epochs with ``t // steps_per_epoch``.
"""

import numpy as np


def constant(t: np.ndarray, lr: float) -> np.ndarray:
    """Keep the rate: η_t = lr.

    Parameters
    ----------
    t : int, or array of any shape, >= 0
        Step.
    lr : float, > 0
        The rate.

    Returns
    -------
    array, shape of `t`

    Examples
    --------
    >>> constant(np.arange(3), lr=0.1)
    array([0.1, 0.1, 0.1])
    """
    return np.full_like(_time(t), lr)


def linear_decay(t: np.ndarray, lr: float, last: float, steps: int) -> np.ndarray:
    """Go from the first rate to the last on a straight line, and stay there.

        η_t = (1 − α) lr + α last        α = min(t / steps, 1)

    Parameters
    ----------
    t : int, or array of any shape, >= 0
        Step.
    lr, last : float, > 0
        ε₀ and ε_τ, the rates at 0 and from `steps` on.
    steps : int, > 0
        τ, how long the way down takes.

    Returns
    -------
    array, shape of `t`

    Raises
    ------
    ValueError
        If `steps` is not positive.

    Notes
    -----
    Without the minimum the line goes on below zero, and the walk uphill. Advice of the book: `last` about 1 % of `lr`.

    References
    ----------
    Goodfellow, Bengio & Courville (2016), Deep Learning, eq. 8.14.

    Examples
    --------
    >>> linear_decay(np.array([0, 50, 100, 1000]), lr=0.1, last=0.001, steps=100)
    array([0.1   , 0.0505, 0.001 , 0.001 ])
    """
    alpha = np.minimum(_time(t) / _positive(steps=steps), 1.0)
    return (1 - alpha) * lr + alpha * last


def step_decay(t: np.ndarray, lr: float, factor: float, every: int) -> np.ndarray:
    """Multiply the rate by a factor every so many steps.

        η_t = lr · factor^⌊t / every⌋

    Parameters
    ----------
    t : int, or array of any shape, >= 0
        Step.
    lr : float, > 0
        The rate at 0.
    factor : float, in (0, 1)
        γ, by what the rate is multiplied: 1/2 or 1/10, say.
    every : int, > 0
        T, how long each rate lasts. It has nothing to do with `factor`.

    Returns
    -------
    array, shape of `t`

    Raises
    ------
    ValueError
        If `every` is not positive.

    Examples
    --------
    >>> step_decay(np.array([0, 9, 10, 20]), lr=0.1, factor=0.1, every=10)
    array([0.1  , 0.1  , 0.01 , 0.001])
    """
    return lr * factor ** (_time(t) // _positive(every=every))


def inverse_decay(t: np.ndarray, lr: float, decay: float) -> np.ndarray:
    """Let the rate fall like one over time: η_t = lr / (1 + decay · t).

    Parameters
    ----------
    t : int, or array of any shape, >= 0
        Step.
    lr : float, > 0
        The rate at 0.
    decay : float, >= 0
        ε, one over the time after which the rate has halved.

    Returns
    -------
    array, shape of `t`

    Notes
    -----
    These rates have an infinite sum and a finite sum of squares, so stochastic descent can reach any point and still
    come to rest.

    References
    ----------
    Robbins & Monro (1951), A stochastic approximation method.

    Examples
    --------
    >>> inverse_decay(np.array([0, 10, 30]), lr=0.1, decay=0.1)
    array([0.1  , 0.05 , 0.025])
    """
    return lr / (1 + decay * _time(t))


def exponential_decay(t: np.ndarray, lr: float, decay: float) -> np.ndarray:
    """Let the rate lose the same share in each step: η_t = lr · exp(−decay · t).

    Parameters
    ----------
    t : int, or array of any shape, >= 0
        Step.
    lr : float, > 0
        The rate at 0.
    decay : float, >= 0
        ε; the rate halves every ln 2 / ε steps.

    Returns
    -------
    array, shape of `t`

    Notes
    -----
    All rates to come add up to about lr / decay: under bounded gradients a walk cannot get further than that, however
    long it goes on.

    Examples
    --------
    >>> exponential_decay(np.array([0, 1, 2]), lr=0.1, decay=np.log(2)).round(6)
    array([0.1  , 0.05 , 0.025])
    """
    return lr * np.exp(-decay * _time(t))


def cosine_decay(t: np.ndarray, lr: float, last: float, steps: int) -> np.ndarray:
    """Go from the first rate to the last along half a cosine, and stay there.

        η_t = last + (lr − last) (1 + cos(π α)) / 2        α = min(t / steps, 1)

    Parameters
    ----------
    t : int, or array of any shape, >= 0
        Step.
    lr, last : float, >= 0
        The rates at 0 and from `steps` on.
    steps : int, > 0
        How long the way down takes.

    Returns
    -------
    array, shape of `t`

    Raises
    ------
    ValueError
        If `steps` is not positive.

    References
    ----------
    Loshchilov & Hutter (2017), SGDR: stochastic gradient descent with warm restarts, eq. 5.

    Examples
    --------
    >>> cosine_decay(np.array([0, 5, 10, 20]), lr=0.1, last=0.0, steps=10)
    array([0.1 , 0.05, 0.  , 0.  ])
    """
    alpha = np.minimum(_time(t) / _positive(steps=steps), 1.0)
    return last + (lr - last) * (1 + np.cos(np.pi * alpha)) / 2


def warm_up(t: np.ndarray, rates: np.ndarray, steps: int) -> np.ndarray:
    """Begin with small rates: multiply those of any schedule by a factor that grows to 1.

        η_t = min((t + 1) / steps, 1) · rates_t

    Parameters
    ----------
    t : int, or array of any shape, >= 0
        Step.
    rates : float, or array of the shape of `t`
        What another schedule returned for `t`.
    steps : int, > 0
        How many steps the warm-up takes; the last of them has the whole rate.

    Returns
    -------
    array, shape of `t`

    Raises
    ------
    ValueError
        If `steps` is not positive.

    References
    ----------
    Goyal et al. (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour, section 2.2.

    Examples
    --------
    >>> t = np.arange(5)
    >>> warm_up(t, step_decay(t, lr=0.4, factor=0.5, every=4), steps=4)
    array([0.1, 0.2, 0.3, 0.4, 0.2])
    """
    return np.minimum((_time(t) + 1) / _positive(steps=steps), 1.0) * rates


def _time(t) -> np.ndarray:
    """Return t as floats; a schedule begins at 0."""
    t = np.asarray(t, dtype=float)
    if (t < 0).any():
        raise ValueError(f"`t` must not be negative, got {t.min():g}: steps are counted from 0")
    return t


def _positive(**lengths: int) -> int:
    """Return the one length that is given by name, which must be positive."""
    ((name, length),) = lengths.items()
    if length <= 0:
        raise ValueError(f"`{name}` must be positive, got {length}: it counts steps")
    return length
