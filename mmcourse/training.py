"""Training: hand any optimizer the gradients of a few arrays, again and again.

An optimizer is an `update(params, grads, state)` for one array, and every array of a model gets a state of its own. A
line through two points, found by momentum:

>>> from mmcourse.optimization.updates import update_of
>>> x, y = np.array([0.0, 1.0]), np.array([3.0, 5.0])
>>> def grads_at(params, step):
...     error = params[0] * x + params[1] - y
...     return [(error * x).mean(), error.mean()]
>>> slope, height = train([np.zeros(()), np.zeros(())], grads_at, update_of("momentum", 0.1), steps=500)
>>> round(float(slope), 3), round(float(height), 3)
(2.0, 3.0)
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mmcourse.optimization.minibatch import epoch
from mmcourse.optimization.updates import Update


def train(
    params: Sequence[np.ndarray],
    grads_at: Callable[[list[np.ndarray], int], Sequence[np.ndarray]],
    update: Update,
    steps: int,
    watch: Callable[[list[np.ndarray], list], None] | None = None,
) -> list[np.ndarray]:
    """Take steps with one optimizer for all arrays of a model.

    Parameters
    ----------
    params : sequence of arrays
        Where training begins; they stay as they are.
    grads_at : function (params, step) to the gradients, in the same order and of the same shapes
        It may look at another batch in every step.
    update : function (params, grads, state) to (params, state)
        For one array, such as ``update_of("Adam", 0.001)``.
    steps : int, >= 0
    watch : function (params, states), optional
        Called before the first step and after every one; the states are None before the first.

    Returns
    -------
    list of arrays

    Raises
    ------
    ValueError
        If there is not one gradient for every array.

    Notes
    -----
    With arrays that have more axes in front, and an array of rates, many models are trained at once.

    Examples
    --------
    >>> from mmcourse.optimization.updates import update_of
    >>> train([np.array([4.0])], lambda params, step: [params[0]], update_of("descent", 0.5), steps=2)
    [array([1.])]
    """
    params, states = list(params), [None] * len(params)
    if watch is not None:
        watch(params, states)
    for step in range(steps):
        grads = grads_at(params, step)
        if len(grads) != len(params):
            raise ValueError(f"`grads_at` must return {len(params)} gradients, one for each array, got {len(grads)}")
        pairs = [update(*triple) for triple in zip(params, grads, states)]
        params, states = [new for new, _ in pairs], [state for _, state in pairs]
        if watch is not None:
            watch(params, states)
    return params


def batches(rng: np.random.Generator, count: int, size: int) -> Iterator[np.ndarray]:
    """Yield batches of indices for ever: every one of `count` once, in a new order each time around.

    Parameters
    ----------
    rng : numpy.random.Generator
    count, size : int
        Examples in all, and in a batch; what is left over at the end of a pass is not used in it.

    Raises
    ------
    ValueError
        If a batch would be empty, or larger than everything.

    Examples
    --------
    >>> pass_of_three = batches(np.random.default_rng(0), 6, 2)
    >>> sorted(np.concatenate([next(pass_of_three) for _ in range(3)]).tolist())
    [0, 1, 2, 3, 4, 5]
    """
    if not 0 < size <= count:
        raise ValueError(f"a batch must have between 1 and {count} examples, got {size}")
    while True:
        yield from (rows for rows in epoch(count, size, rng) if len(rows) == size)
