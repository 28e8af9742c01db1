"""Follow a target that moves: the mean of all that was seen, against SGD, which forgets.

>>> world = drifting("drift", steps=400, speed=0.02, noise=1.0, rng=np.random.default_rng(0))
>>> late = slice(300, None)
>>> for estimate in (running_mean(world.samples), sgd_estimates(world.samples, lr=0.1)):
...     print(f"{np.abs(estimate - world.target)[late].mean():.2f}")  # how far off it is
3.53
0.25

The mean is what full-batch descent arrives at on all data so far. Shapes: T moments; any axes may stand in front.
"""

from typing import NamedTuple

import numpy as np

KINDS = ("drift", "jump", "swing", "rest")


class Drifting(NamedTuple):
    """Where the target is at each moment, and what is seen of it, both of shape (T,)."""

    target: np.ndarray
    samples: np.ndarray


def drifting(kind: str, steps: int, speed: float, noise: float, rng: np.random.Generator) -> Drifting:
    """Make data whose source moves.

    Parameters
    ----------
    kind : one of "drift", "jump", "swing", "rest"
        The target moves evenly; stays, and is somewhere else from the middle on; goes to and fro twice; stays.
        It covers `speed` · T in all, or swings by half of that to either side.
    steps : int, >= 1
        T.
    speed : float
        Distance a moment.
    noise : float, >= 0
        Standard deviation of a sample around the target.
    rng : numpy.random.Generator

    Returns
    -------
    Drifting

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    t = np.arange(steps)
    shapes = {
        "drift": t,
        "jump": steps * (t >= steps // 2),
        "swing": steps * np.sin(4 * np.pi * t / steps) / 2,
        "rest": 0 * t,
    }
    if kind not in shapes:
        raise ValueError(f"`kind` must be one of {', '.join(KINDS)}, got {kind!r}")
    target = speed * shapes[kind]
    return Drifting(target, target + noise * rng.normal(size=steps))


def running_mean(samples: np.ndarray) -> np.ndarray:
    """Return the mean of all samples up to each moment: where the squared loss of all of them is lowest.

    Parameters
    ----------
    samples : array, shape (..., T)

    Returns
    -------
    array, shape (..., T)

    Examples
    --------
    >>> running_mean(np.array([2.0, 4.0, 9.0]))
    array([2., 3., 5.])
    """
    samples = np.asarray(samples, dtype=float)
    return samples.cumsum(axis=-1) / np.arange(1, samples.shape[-1] + 1)


def sgd_estimates(samples: np.ndarray, lr: float | np.ndarray, start: float | np.ndarray = 0.0) -> np.ndarray:
    """Take one step of SGD on the squared loss ½ (w − s)² for each sample, as it comes.

        w ← w − lr · (w − s)

    Parameters
    ----------
    samples : array, shape (..., T)
    lr : float, or array that broadcasts to (...), or array of shape (T,) with a rate for each sample
        Rates of shape (T,) need samples of shape (T,).
    start : float, or array of shape (...)
        The estimate before the first sample.

    Returns
    -------
    array, shape (..., T)
        The estimate after each sample.

    Examples
    --------
    >>> sgd_estimates(np.array([2.0, 4.0, 9.0]), lr=0.5)
    array([1.  , 2.5 , 5.75])
    >>> sgd_estimates(np.array([2.0, 4.0, 9.0]), lr=1 / np.arange(1, 4))  # the rate 1 / t is the running mean
    array([2., 3., 5.])
    """
    samples, lr = np.asarray(samples, dtype=float), np.asarray(lr, dtype=float)
    steps = samples.shape[-1]
    rates = lr if samples.ndim == 1 and lr.shape == (steps,) else np.broadcast_to(lr, (steps, *lr.shape))
    here, estimates = start, []
    for t in range(steps):
        here = here - rates[t] * (here - samples[..., t])
        estimates.append(here)
    return np.stack(estimates, axis=-1)


def tracking_error(lr: np.ndarray, speed: float, noise: float) -> np.ndarray:
    """Return the root mean squared error of SGD behind an even drift, long after the start.

        √( ((1 − lr) · speed / lr)² + lr / (2 − lr) · noise² )

    Parameters
    ----------
    lr : float, or array of them, in (0, 2)
        A small rate lags behind, the first term; a large one follows the noise, the second.
    speed : float
        Distance the target moves for each sample.
    noise : float, >= 0
        Standard deviation of a sample around the target.

    Returns
    -------
    float, or array

    Examples
    --------
    >>> tracking_error(np.array([0.01, 0.1, 1.0]), speed=0.02, noise=1.0).round(3)
    array([1.981, 0.292, 1.   ])
    """
    lag = (1 - lr) * speed / lr
    return np.sqrt(lag**2 + lr / (2 - lr) * noise**2)
