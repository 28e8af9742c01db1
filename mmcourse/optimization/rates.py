"""Which learning rate? How to look for one, and why weights may each want their own.

Look on a logarithmic scale, with a part of the data and few steps; what diverged has lost:

>>> rates = log_rates(0.001, 1.0, 4)
>>> losses = [abs((1 - rate * 30) ** 20) for rate in rates]  # after 10 steps down 15 x², from a loss of 1
>>> best_rate(rates, losses)
0.01
"""

import numpy as np


def shared_rate(lr: float, connections: np.ndarray) -> np.ndarray:
    """Give a weight that many connections share a larger rate: lr · √connections.

    Parameters
    ----------
    lr : float, > 0
        The rate of a weight with one connection.
    connections : int, or array of any shape, >= 1
        How many connections share the weight: 1 in a dense layer, one for each position of a filter.

    Returns
    -------
    array, shape of `connections`

    Notes
    -----
    The gradient of a shared weight is a sum over its connections. Of n independent terms with mean zero the sum is √n
    times as large as one, of n equal terms n times, and the *curvature* grows with it: the rule has to be tested for
    each network, and methods that measure the gradients (the next lecture) have taken its place.

    References
    ----------
    LeCun, Bottou, Orr & Müller (1998), Efficient BackProp.

    Examples
    --------
    >>> shared_rate(0.01, np.array([1, 36]))  # a dense weight; a 3 x 3 filter on an 8 x 8 image
    array([0.01, 0.06])
    """
    return lr * np.sqrt(connections)


def rate_from_error(lr: float, error: float, gain: float, scale: float) -> float:
    """Let the rate follow the error: large while there is much to learn, small near the end.

        η ← η + gain · η · (scale · error − η)

    Parameters
    ----------
    lr : float, > 0
        η, the rate of this step.
    error : float, >= 0
        The error of this step, above the smallest that can be reached.
    gain : float, > 0
        How quickly the rate follows.
    scale : float, > 0
        The rate for an error of 1: where the error stays, the rate settles at `scale` times the error.

    Returns
    -------
    float
        The rate of the next step.

    References
    ----------
    Barkai, Seung & Sompolinsky (1995), Local and global convergence of on-line learning.
    LeCun, Bottou, Orr & Müller (1998), Efficient BackProp.

    Examples
    --------
    >>> round(rate_from_error(0.1, error=4.0, gain=0.5, scale=0.05), 6)  # 0.1 + 0.05 * (0.2 - 0.1)
    0.105
    """
    return lr + gain * lr * (scale * error - lr)


def log_rates(low: float, high: float, count: int) -> np.ndarray:
    """Spread rates to try evenly on a logarithmic scale, each the same multiple of the one before.

    Parameters
    ----------
    low, high : float, 0 < low < high
        The smallest and the largest rate.
    count : int, >= 2
        How many.

    Returns
    -------
    array, shape (count,)
        Rising rates, both ends included.

    Raises
    ------
    ValueError
        If the ends are not positive and in order, or `count` is below 2.

    Examples
    --------
    >>> log_rates(0.001, 0.1, 3)
    array([0.001, 0.01 , 0.1  ])
    """
    if not 0 < low < high:
        raise ValueError(f"`low` and `high` must satisfy 0 < low < high, got {low} and {high}: a log scale has no zero")
    if count < 2:
        raise ValueError(f"`count` must be at least 2, both ends, got {count}")
    return np.geomspace(low, high, count)


def best_rate(rates: np.ndarray, losses: np.ndarray) -> float:
    """Return the rate with the smallest loss; a loss that is not finite is a run that diverged.

    Parameters
    ----------
    rates, losses : array, shape (N,)
        What was tried, and the loss it led to after equally many steps.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the shapes differ, or no run has a finite loss.

    Notes
    -----
    If the best rate is the smallest or the largest that you tried, try more in that direction.

    Examples
    --------
    >>> best_rate(log_rates(0.001, 1.0, 4), np.array([0.9, 0.4, 0.1, np.nan]))
    0.1
    """
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    if rates.shape != losses.shape:
        raise ValueError(f"`losses` must have the shape of `rates`, {rates.shape}, got {losses.shape}: one loss a rate")
    if not np.isfinite(losses).any():
        raise ValueError(f"no loss is finite: every rate from {rates.min():g} on diverged, try smaller ones")
    return float(rates[np.argmin(np.where(np.isfinite(losses), losses, np.inf))])
