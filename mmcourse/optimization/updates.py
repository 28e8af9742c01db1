"""All optimizers with one face: `update(params, grads, state)` returns new parameters and a new state.

The state is whatever an optimizer remembers, and None before the first step:

>>> update, params, state = update_of("momentum", lr=0.1), np.array([4.0]), None
>>> for _ in range(3):
...     params, state = update(params, params, state)
>>> params.round(3)
array([1.944])
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from mmcourse.optimization import adaptive, momentum

Update = Callable[[np.ndarray, np.ndarray, Any], tuple[np.ndarray, Any]]


class Optimizer(NamedTuple):
    """A step `(x, *state, grad, lr)` that returns `(x, *state)`, and what its state is before the first one."""

    step: Callable
    first: Callable[[np.ndarray], tuple]


def look_ahead_step(x: np.ndarray, velocity: np.ndarray, grad: np.ndarray, lr: float, momentum: float = 0.9):
    """Take one step of Nesterov's method in the form of the libraries: x is the point ahead, where the slope is known.

    v' ← momentum · v − lr · ∇f(x)
    x ← x + (1 + momentum) · v' − momentum · v
    """
    after = momentum * velocity - lr * grad
    return x + (1 + momentum) * after - momentum * velocity, after


def _zeros(count: int, *more: int) -> Callable[[np.ndarray], tuple]:
    return lambda x: (*(np.zeros_like(x) for _ in range(count)), *more)


OPTIMIZERS = {
    "descent": Optimizer(lambda x, grad, lr: (x - lr * grad,), _zeros(0)),
    "momentum": Optimizer(momentum.momentum_step, _zeros(1)),
    "Nesterov": Optimizer(look_ahead_step, _zeros(1)),
    "Adagrad": Optimizer(adaptive.adagrad_step, _zeros(1)),
    "Adadelta": Optimizer(adaptive.adadelta_step, _zeros(2)),
    "RMSprop": Optimizer(adaptive.rmsprop_step, _zeros(1)),
    "Adam": Optimizer(adaptive.adam_step, _zeros(2, 0)),
    "AdamW": Optimizer(adaptive.adamw_step, _zeros(2, 0)),
}
FIELD = ("descent", "momentum", "Nesterov", "Adagrad", "RMSprop", "Adam")  # those that race


def update_of(name: str, lr: Any) -> Update:
    """Return an optimizer as an `update(params, grads, state)`.

    Parameters
    ----------
    name : str
        A key of OPTIMIZERS.
    lr : float, or array that broadcasts with the parameters
        Its learning rate; an array makes many walks at once.

    Raises
    ------
    ValueError
        If there is no such optimizer.

    Examples
    --------
    >>> adam = update_of("Adam", lr=0.1)
    >>> params, state = adam(np.array([3.0, 0.0]), np.array([5.0, -0.01]), None)
    >>> params.round(4), len(state)
    (array([2.9, 0.1]), 3)
    """
    if name not in OPTIMIZERS:
        raise ValueError(f"there is no optimizer {name!r}: use one of {', '.join(OPTIMIZERS)}")
    step, first = OPTIMIZERS[name]

    def update(params, grads, state):
        params, *state = step(params, *(first(params) if state is None else state), grad=grads, lr=lr)
        return params, tuple(state)

    return update
