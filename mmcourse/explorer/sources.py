"""Sources: where the numbers that a mark shows come from.

A **sweep** holds them for every state of a few controls, in one array with the control axes in front. A **formula**
is a few lines of JavaScript beside its Python twin. A **live** source asks the kernel. Each yields named channels:

>>> from mmcourse.explorer import Play, Slider
>>> slope, step = Slider("slope", -1, 1, count=5), Play("step", 50)
>>> lines = sweep(lambda slope: {"x": np.arange(3.0), "y": slope * np.arange(3.0)}, slope)
>>> lines["y"].at({"slope": 0.5, "step": 7})
array([0. , 0.5, 1. ])

Wherever a mark wants numbers it takes a channel, a source that has a single channel, or an array that never changes.
"""

import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmcourse.explorer.controls import Control

ONLY = "value"  # the channel of a source that returns one array
LONGEST_FORMULA = 40  # lines of JavaScript


class Source:
    """A function from the state to named arrays."""

    def __getitem__(self, key: str) -> "Channel":
        return Channel(self, key)

    def evaluate(self, state: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Return every channel for a state."""
        raise NotImplementedError


@dataclass(frozen=True)
class Channel:
    """One named array of a source."""

    source: Source
    key: str = ONLY

    def at(self, state: Mapping[str, Any]) -> np.ndarray:
        """Return the array for a state."""
        channels = self.source.evaluate(state)
        if self.key not in channels:
            raise ValueError(f"the source has no channel {self.key!r}, only {', '.join(map(repr, channels))}")
        return channels[self.key]


class Sweep(Source):
    """Arrays computed for every state of a few controls, with the control axes in front.

    Parameters
    ----------
    values : array or dict of arrays, shape (*grid, ...)
        NaN draws a gap.
    over : sequence of Control
        The controls, in the order of the leading axes; a `Point` takes two axes, x and y.
    error : float, optional
        Largest rounding error the reader may see; with it the numbers are quantised to 8 or 16 bits where that
        suffices.

    Raises
    ------
    ValueError
        If a leading axis does not have the length of its control, an array is empty, or a number is infinite.
    """

    def __init__(self, values: Any, over: Sequence[Control] = (), error: float | None = None) -> None:
        self.over = tuple(axis for control in over for axis in control.axes)
        self.error = error
        self.arrays = {key: np.asarray(array) for key, array in named(values).items()}
        for key, array in self.arrays.items():
            self._check(key, array)

    def _check(self, key: str, array: np.ndarray) -> None:
        if array.dtype.kind not in "fiub":
            raise ValueError(f"sweep {key!r}: numbers wanted, got dtype {array.dtype}")
        if array.ndim < len(self.over):
            wanted = ", ".join(axis.name for axis in self.over)
            raise ValueError(f"sweep {key!r}: an axis is needed for each of {wanted}, got shape {array.shape}")
        for number, axis in enumerate(self.over):
            if array.shape[number] != len(axis.values):
                raise ValueError(
                    f"sweep {key!r}: axis {number} belongs to {axis.name!r}, which has {len(axis.values)} values, but "
                    f"the array has {array.shape[number]} entries there (shape {array.shape}): transposed?"
                )
        if array.size == 0:
            raise ValueError(f"sweep {key!r} is empty: shape {array.shape}")
        if np.isinf(array).any():
            where = tuple(int(i) for i in np.argwhere(np.isinf(array))[0])
            raise ValueError(f"sweep {key!r} is infinite at {where}: clip it, or put nan there to draw a gap")

    def evaluate(self, state: Mapping[str, Any]) -> dict[str, np.ndarray]:
        where = tuple(axis.position(state[axis.name]) for axis in self.over)
        return {key: array[where] for key, array in self.arrays.items()}


def sweep(function: Callable, *controls: Control, error: float | None = None) -> Sweep:
    """Call `function` for every combination of the controls' values and keep what it returns.

    Parameters
    ----------
    function : callable
        Takes the controls by name, returns an array or a dict of arrays, of the same shapes for every state.
    controls : Control
        Those that the function depends on; each has a list of values (no text, no editable numbers).
    error : float, optional
        As for `Sweep`.

    Notes
    -----
    When the function can work on whole arrays, compute the grid at once and hand it to `Sweep`: that is much faster.
    """
    axes = [axis for control in controls for axis in control.axes]
    states = [
        dict(zip((axis.name for axis in axes), values)) for values in itertools.product(*(a.values for a in axes))
    ]
    results = [named(function(**arguments(state))) for state in states]
    grid = tuple(len(axis.values) for axis in axes)
    arrays = {}
    for key in results[0]:
        first = np.shape(results[0][key])
        for state, result in zip(states, results):
            if np.shape(result[key]) != first:
                raise ValueError(
                    f"sweep {key!r} has shape {np.shape(result[key])} at {state}, {first} at first: fill up with nan"
                )
        arrays[key] = np.array([result[key] for result in results]).reshape(grid + first)
    return Sweep(arrays, controls, error)


class Formula(Source):
    """A few lines of JavaScript that the browser evaluates, beside its Python twin.

    Parameters
    ----------
    javascript : str, at most 40 lines
        An arrow function of the state: `(s) => ({x: [...], y: [...]})`. `s` holds the controls by name; a `Point` named
        start is `s.start`, an array of two numbers.
    python : callable
        The twin: takes the controls by name (those it names in its signature), returns the same as an array or a dict
        of arrays. The static figure is drawn with it.

    Notes
    -----
    That the two agree is tested in the browser: `tests/browser/twins.py`.
    """

    def __init__(self, javascript: str, python: Callable) -> None:
        self.javascript = inspect.cleandoc(javascript)
        lines = self.javascript.count("\n") + 1
        if lines > LONGEST_FORMULA:
            raise ValueError(f"a formula has at most {LONGEST_FORMULA} lines, got {lines}: use a sweep")
        self.python = python

    def evaluate(self, state: Mapping[str, Any]) -> dict[str, np.ndarray]:
        return call(self.python, state)


class Live(Source):
    """A Python function that runs in the kernel whenever the reader moves something.

    Parameters
    ----------
    function : callable
        Takes the controls by name (those it names in its signature), returns an array or a dict of arrays. When it
        raises, the explorer shows the traceback in its place.

    Notes
    -----
    At most one request is under way; the states that pass meanwhile are skipped. Where there is no kernel, the result
    for the first state is shown.
    """

    def __init__(self, function: Callable) -> None:
        self.function = function

    def evaluate(self, state: Mapping[str, Any]) -> dict[str, np.ndarray]:
        return call(self.function, state)


def as_channel(value: Any) -> Channel:
    """Return the channel that `value` is or stands for: a channel, a source with one channel, or constant numbers."""
    if isinstance(value, Channel):
        return value
    return Channel(value if isinstance(value, Source) else Sweep(value))


def named(values: Any) -> dict[str, Any]:
    """Return what a source gave as a dict of channels."""
    return dict(values) if isinstance(values, Mapping) else {ONLY: values}


def arguments(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state as keyword arguments: `start.x` and `start.y` become `start`, an array of two numbers."""
    points = {name[:-2] for name in state if name.endswith(".x")}
    scalars = {name: value for name, value in state.items() if "." not in name}
    return scalars | {name: np.array([state[f"{name}.x"], state[f"{name}.y"]]) for name in points}


def call(function: Callable, state: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Call a function of the state with the controls that its signature names."""
    given = arguments(state)
    wanted = inspect.signature(function).parameters
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in wanted.values()):
        given = {name: value for name, value in given.items() if name in wanted}
    return {key: np.asarray(value, dtype=float) for key, value in named(function(**given)).items()}
