"""The race: every optimizer on the same track, from the same start, and yours beside them.

An optimizer is an `update(params, grads, state)` that returns new parameters and a new state, which is None before the
first step. Here they run, each with the rate that suits it best there:

>>> track = TRACKS["ravine"]
>>> rates = best_rates(track)
>>> for name in ("descent", "Nesterov"):
...     heights = track.height(walk(update_of(name, rates[name]), track))
...     print(f"{name} with rate {rates[name]}: below 0.001 after {np.argmax(heights < 1e-3)} steps")
descent with rate 0.0501: below 0.001 after 82 steps
Nesterov with rate 0.0398: below 0.001 after 25 steps

Your own is entered by name, tried on every track at once, and watched: a wrong shape, a number that is not one and an
error of yours are each told in words.

>>> def update(params, grads, state):
...     return params - 0.03 * grads, state
>>> enter(update).heights["ravine"] == track.height(walk(update_of("descent", 0.03), track)[-1])
np.True_
"""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from mmcourse.optimization import adaptive, momentum, surfaces
from mmcourse.optimization.surfaces import Surface

STEPS = 200
WINDOW = ((-3.4, 3.4), (-3.2, 3.2))  # of all tracks, so that one picture fits them all
BOUND = 8.0  # a walk that gets farther than this in any coordinate has left
NOISE = np.random.default_rng(7).normal(size=(STEPS, 2)).round(2)  # the same draws for everybody

ARRIVALS = ("never", *map(str, range(STEPS + 1)), "off the map")  # the words for when a walk arrives

Update = Callable[[np.ndarray, np.ndarray, Any], tuple[np.ndarray, Any]]


@dataclass(frozen=True)
class Track:
    """A surface to race on, the start, and the standard deviation of the noise in every slope."""

    surface: Surface
    start: tuple[float, float]
    noise: float = 0.0

    def slope(self, x: np.ndarray, step: int) -> np.ndarray:
        """The gradient that a walk sees at x in this step, shape (..., 2)."""
        return self.surface.grad(x) + self.noise * NOISE[step]

    def height(self, x: np.ndarray) -> np.ndarray:
        """Height above the lowest point of the surface, (..., 2) to (...); nan where a walk has left."""
        return self.surface.value(x) - self.surface.value(np.array(self.surface.minimum))


TRACKS = {
    "bowl": Track(surfaces.BOWL, (-2.5, 1.5)),
    "ravine": Track(surfaces.RAVINE, (-3.0, 1.2)),
    "turned ravine": Track(surfaces.TURNED, (-2.97, -1.27)),
    "saddle": Track(surfaces.SADDLE, (-2.0, 0.02)),
    "Rosenbrock": Track(surfaces.ROSENBROCK, (-1.5, 0.5)),
    "plateau": Track(surfaces.SHELF, (-3.2, 1.2)),
    "noisy": Track(surfaces.RAVINE, (-3.0, 1.2), noise=4.0),
}


# The optimizers, as `update(params, grads, state)`


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
FIELD = tuple(OPTIMIZERS)[:-1]  # those that race; without anything to decay AdamW is Adam


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


def walk(update: Update, track: Track, start: np.ndarray | None = None, steps: int = STEPS) -> np.ndarray:
    """Walk over a track with an optimizer.

    Parameters
    ----------
    update : function (params, grads, state) to (params, state)
        It is given copies, so it may change them.
    track : Track
    start : array, shape (..., 2), or None
        None is the start of the track.
    steps : int, at most STEPS

    Returns
    -------
    array, shape (steps + 1, ..., 2)
        The points, the start first; nan from where the walk has left the map.
    """
    x, state = np.asarray(track.start if start is None else start, dtype=float), None
    path = [x]
    for step in range(steps):
        x, state = update(x.copy(), track.slope(x, step), state)
        x = np.where((np.abs(x) <= BOUND).all(axis=-1, keepdims=True), x, np.nan)
        path.append(x)
    return np.stack(path)


@cache
def best_rate(name: str, track: Track) -> float:
    """Return the rate with which an optimizer does best on a track, of 61 rates from 1e-4 to 100.

    The measure is the mean of log₁₀(height + 1e-6) over all steps, so who arrives early wins; a step outside the window
    costs as much as a height of 1e9. It is the worse one of a rate and the next larger one that counts: nobody is to
    win at the edge where it flies apart.
    """
    rates = np.logspace(-4, 2, 61)
    start = np.broadcast_to(track.start, (len(rates), 2))
    with np.errstate(all="ignore"):  # the largest of them do fly apart
        path = walk(update_of(name, rates[:, None]), track, start)
        heights = np.where(np.isfinite(track.height(path)) & in_window(path), track.height(path), np.nan)
    measure = np.nan_to_num(np.log10(np.maximum(heights, 0) + 1e-6), nan=9.0).mean(axis=0)
    return float(f"{rates[np.argmin(np.maximum(measure[:-1], measure[1:]))]:.3g}")


def in_window(path: np.ndarray) -> np.ndarray:
    """Return where points, shape (..., 2), lie within the picture, shape (...)."""
    low, high = np.transpose(WINDOW)
    return ((path >= low) & (path <= high)).all(axis=-1)


def best_rates(track: Track) -> dict[str, float]:
    """Return the best rate of everybody in the field on a track."""
    return {name: best_rate(name, track) for name in FIELD}


# The same in the reader's browser


def race(track: str, start: np.ndarray, scale: float) -> dict[str, np.ndarray]:
    """Run the whole field: every path (STEPS + 1, 2), its height as log₁₀, its arrival and its rate, by name.

    Parameters
    ----------
    track : str
        A key of TRACKS.
    start : array, shape (2,)
    scale : float, > 0
        Everybody's rate is this times its best one.
    """
    found, start = {}, np.reshape(start, (1, 2))  # numpy squares arrays exactly as a browser does, single numbers not
    with np.errstate(all="ignore"):
        for name, lr in best_rates(TRACKS[track]).items():
            path = walk(update_of(name, scale * lr), TRACKS[track], start)[:, 0]
            height = logarithm(TRACKS[track].height(path))
            found |= {
                name: path,
                f"{name} height": height,
                f"{name} arrival": arrival(height),
                f"{name} rate": scale * lr,
            }
    return found


def logarithm(heights: np.ndarray) -> np.ndarray:
    """Return log₁₀ of heights for drawing: everything from 1e-6 downwards is −6."""
    return np.log10(np.maximum(heights, 1e-6))


def arrival(height: np.ndarray) -> int:
    """Return which of ARRIVALS tells when a walk, given by log₁₀ of its heights (T,), first came below 0.001.

    >>> ARRIVALS[arrival(np.array([1.0, -2.0, -3.5]))], ARRIVALS[arrival(np.array([1.0, 2.0, np.nan]))]
    ('2', 'off the map')
    """
    below = height < -3
    if below.any():
        return int(np.argmax(below)) + 1
    return len(ARRIVALS) - 1 if np.isnan(height[-1]) else 0


def javascript() -> str:
    """Return `race` as the formula that a browser evaluates, with the rates and the noise put in."""
    text = files("mmcourse.optimization").joinpath("race.js").read_text(encoding="utf-8")
    rates = {name: best_rates(track) for name, track in TRACKS.items()}
    floors = {name: float(track.surface.value(np.array(track.surface.minimum))) for name, track in TRACKS.items()}
    for key, value in {"RATES": rates, "NOISE": NOISE.tolist(), "FLOORS": floors}.items():
        text = text.replace(f"/*{key}*/", json.dumps(value))
    return text


# Yours


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

    The last one is the number of the track: without a kernel the explorer shows the first answer for ever, and says so.

    Raises
    ------
    ValueError
        If nothing has been entered, and whatever `enter` raises.
    """
    if not _entered:
        raise ValueError("nothing is entered yet: run the cell that ends in race.enter(update)")
    path = walk(watched(_entered[0], track), TRACKS[track], start)
    heights = TRACKS[track].height(path)
    return {"path": path, "height": logarithm(heights), "end": heights[-1], "where": [*TRACKS].index(track)}


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
