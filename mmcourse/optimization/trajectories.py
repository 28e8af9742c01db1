"""Many walks at once: every combination of learning rate and momentum, from one start or from many.

Sixty walks down a ravine, and which pair of rate and momentum ends nearest to the bottom:

>>> lr, momentum = np.linspace(0.01, 0.1, 10), np.linspace(0.0, 0.9, 6)
>>> paths = trajectories(lambda x: np.array([1.0, 25.0]) * x, [1.0, 1.0], lr[:, None], momentum, steps=50)
>>> distance = np.linalg.norm(paths[..., -1, :], axis=-1)
>>> row, column = np.unravel_index(np.nanargmin(distance), distance.shape)
>>> print(f"rate {lr[row]:.2f}, momentum {momentum[column]:.2f}")
rate 0.08, momentum 0.54
"""

from collections.abc import Callable

import numpy as np

from mmcourse.optimization.momentum import MomentumState, momentum_step, nesterov_step, printed_sign_step

METHODS = ("descent", "momentum", "nesterov", "printed")


def trajectories(
    grad_at: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    lr: np.ndarray,
    momentum: np.ndarray = 0.9,
    steps: int = 200,
    method: str = "momentum",
    schedule: np.ndarray | None = None,
    bound: float = 1e6,
) -> np.ndarray:
    """Walk from rest with every combination of rates and momenta at once.

    Parameters
    ----------
    grad_at : function from points to the gradients there, both of shape (..., D)
        Such as ``RAVINE.grad``.
    start : array, shape (D,) or (..., D)
        Where the walks begin.
    lr, momentum : float, or arrays whose shapes broadcast to the grid, (...)
        ``lr[:, None]`` and ``momentum`` make a table of walks.
    steps : int, >= 0
        How many steps each takes.
    method : one of "descent", "momentum", "nesterov", "printed"
        Gradient descent (whatever `momentum` is), the two steps of this module, or `printed_sign_step`.
    schedule : array, shape (steps,), or None
        What the rates are multiplied with, step by step; None is 1.
    bound : float, > 0
        A walk that gets further than this from the origin, in any coordinate, has left the map.

    Returns
    -------
    array, shape (..., steps + 1, D)
        The points, the start first; nan from where a walk has left the map, so that a drawn path ends there.

    Raises
    ------
    ValueError
        If the method is unknown, or `schedule` does not have one factor for each step.

    Notes
    -----
    Positions are ours, not the points ahead that libraries store for Nesterov (see `nesterov_step`).

    Examples
    --------
    >>> lr, momentum = np.array([0.03, 0.09]), np.array([0.0, 0.5, 0.9])
    >>> paths = trajectories(lambda x: np.array([1.0, 25.0]) * x, [1.0, 1.0], lr[:, None], momentum, steps=100)
    >>> paths.shape
    (2, 3, 101, 2)
    >>> np.isnan(paths[..., -1, 0])  # the larger rate is too large without momentum, and only without
    array([[False, False, False],
           [ True, False, False]])
    """
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {', '.join(METHODS)}, got {method!r}")
    factors = np.ones(steps) if schedule is None else np.asarray(schedule, dtype=float)
    if factors.shape != (steps,):
        raise ValueError(f"`schedule` must have shape ({steps},), one factor for each step, got {factors.shape}")
    start, lr, momentum = (np.asarray(value, dtype=float) for value in (start, lr, momentum))
    grid = np.broadcast_shapes(start.shape[:-1], lr.shape, momentum.shape)
    x = np.broadcast_to(start, (*grid, start.shape[-1])).copy()
    state, path = MomentumState(x, np.zeros_like(x)), [x]
    lr, momentum = lr[..., None], momentum[..., None] * (method != "descent")  # one for all coordinates
    for factor in factors:
        state = _step(state, grad_at, factor * lr, momentum, method)
        left = ~(np.abs(state.x) <= bound).all(axis=-1, keepdims=True)
        state = MomentumState(*(np.where(left, np.nan, part) for part in state))
        path.append(state.x)
    return np.stack(path, axis=-2)


def _step(state: MomentumState, grad_at: Callable, lr: np.ndarray, momentum: np.ndarray, method: str) -> MomentumState:
    """Take one step with the method of that name."""
    if method == "nesterov":
        return nesterov_step(*state, grad_at, lr, momentum)
    step = printed_sign_step if method == "printed" else momentum_step
    return step(*state, grad_at(state.x), lr, momentum)
