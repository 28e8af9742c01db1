"""Your own optimizer in the race: entered by name, tried on every track at once, and watched.

A wrong shape, a number that is not one and an error of yours are each told in words.

>>> def update(params, grads, state):
...     return params - 0.03 * grads, state
>>> enter(update)
`update` is in the race. Height after 200 steps:
  bowl 2.5e-05, ravine 2.2e-05, turned ravine 2.1e-05, saddle 7.8e-05,
  Rosenbrock left the map, plateau 1, noisy 0.08
"""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from mmcourse.optimization.race import STEPS, TRACKS, logarithm, walk
from mmcourse.optimization.updates import Update


class Entry(NamedTuple):
    """An `update` of the reader's that has been tried: the height at which it ends on each track."""

    update: Update
    heights: dict[str, float]

    def __repr__(self) -> str:
        ends = [f"{name} {'left the map' if np.isnan(end) else f'{end:.2g}'}" for name, end in self.heights.items()]
        lines = ", ".join(ends[:4]), ", ".join(ends[4:])
        return f"`{self.update.__name__}` is in the race. Height after {STEPS} steps:\n  {lines[0]},\n  {lines[1]}"


_entered: list[Update] = []  # the last one races


def enter(update: Update) -> Entry:
    """Enter your optimizer in the race, after a run on every track.

    Parameters
    ----------
    update : function (params, grads, state) to (params, state)
        `params` and `grads` are arrays of shape (2,). `state` is None in the first step, and then what you returned.

    Returns
    -------
    Entry
        It says where your optimizer ends.

    Raises
    ------
    TypeError, ValueError
        If it is not such a function, or what it returns is not a pair, has another shape, or is nan. An error of
        yours comes through as it is, with a note that says in which step it was raised. The explorer of the race
        will say the same.

    Examples
    --------
    >>> enter(lambda params, grads, state: (params[:1], state))
    Traceback (most recent call last):
    ValueError: the new params must have the shape (2,) of the old ones, got (1,) in step 1 on the bowl
    """
    if not callable(update):
        raise TypeError(f"enter the function itself, `enter(update)`, got {update!r}: did you call it?")
    count = len(inspect.signature(update).parameters)
    if count != 3:
        raise TypeError(f"`update` must take (params, grads, state), it takes {count} arguments")
    _entered[:] = [update]  # what fails below will say so in the explorer too
    walks = {name: walk(watched(update, name), track) for name, track in TRACKS.items()}
    return Entry(update, {name: float(TRACKS[name].height(path[-1])) for name, path in walks.items()})


def yours(track: str, start: np.ndarray) -> dict[str, np.ndarray]:
    """Run what was entered last: `path` (STEPS + 1, 2), `height` as log₁₀, `end`, the last height, and `where`.

    The last one is the number of the track, counted from 1.

    Raises
    ------
    ValueError
        If nothing has been entered, and whatever `enter` raises.
    """
    if not _entered:
        raise ValueError("nothing is entered yet: run the cell that ends in entry.enter(update)")
    path = walk(watched(_entered[0], track), TRACKS[track], start)
    heights = TRACKS[track].height(path)
    return {"path": path, "height": logarithm(heights), "end": heights[-1], "where": [*TRACKS].index(track) + 1}


def in_a_kernel() -> Callable[[str, np.ndarray], dict[str, np.ndarray]]:
    """Return `yours` for an explorer, with nothing but nan, and 0 for `where`, as its first answer.

    A page without a kernel shows the first answer for ever, on whichever track, so that one must be no walk at all. A
    kernel is asked again as soon as the explorer is seen.

    >>> _ = enter(lambda params, grads, state: (params - 0.03 * grads, state))
    >>> ask = in_a_kernel()
    >>> [int(ask("bowl", np.ones(2))["where"]) for _ in range(3)]
    [0, 1, 1]
    """
    asked = False

    def answer(track, start):
        nonlocal asked
        found = yours(track, start)
        if asked:
            return found
        asked = True
        return {key: np.full_like(value, np.nan, dtype=float) for key, value in found.items()} | {"where": 0}

    return answer


def watched(update: Update, where: str) -> Update:
    """Return the same optimizer with a guard beside it that says what is wrong with what comes back."""
    count = 0

    def guarded(params, grads, state):
        nonlocal count
        count += 1
        here = f"in step {count} on the {where}"
        if np.isnan(params).any():  # it has left the map, and nothing it does now counts
            return params, state
        try:
            back = update(params.copy(), grads.copy(), state)
        except Exception as error:
            error.add_note(f"raised by your `{update.__name__}` {here}, with params {params} and grads {grads}")
            raise
        return _checked(back, params, here)

    return guarded


def _checked(back: Any, params: np.ndarray, here: str) -> tuple[np.ndarray, Any]:
    """Return the pair that came back if it is one, with params that are numbers."""
    if not isinstance(back, tuple) or len(back) != 2:
        kind = "nothing: is there a `return`?" if back is None else f"a {type(back).__name__}"
        raise ValueError(f"`update` must return a pair, (params, state), got {kind}, {here}")
    try:
        after = np.asarray(back[0], dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"the new params must be numbers, got {back[0]!r} {here}") from None
    if after.shape != params.shape:
        raise ValueError(f"the new params must have the shape {params.shape} of the old ones, got {after.shape} {here}")
    if np.isnan(after).any():
        raise ValueError(f"the new params are {after} {here}, before it {params}: 0/0, or the root of a negative?")
    return after, back[1]
