"""Controls: the named axes of an explorer's state that the reader moves.

>>> rate = LogSlider("lr", 1e-3, 1e-1, count=5, start=0.01)
>>> rate.values
array([0.001     , 0.00316228, 0.01      , 0.03162278, 0.1       ])
>>> rate.accept(0.012)  # the nearest value of the grid
0.01

A control knows the values it can take (`values`, the axis of a sweep), the one it starts at (`default`), and how to
turn what a program or a reader sets into one of them (`accept`).
"""

import math
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[xy])?")
LONGEST_TEXT = 2000  # letters of a text entry


@dataclass(frozen=True)
class Control:
    """What all controls share: a name, which is its key in the state, and a label that the reader sees."""

    name: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"control {self.name!r}: use a name of small letters, digits and _, like 'lr' or 'step'")
        self.check()

    def check(self) -> None:
        """Raise a ValueError when the declaration makes no sense."""

    @property
    def axes(self) -> tuple["Control", ...]:
        """The scalar controls that this one consists of: itself, or the two coordinates of a point."""
        return (self,)

    @property
    def default(self) -> Any:
        """The value in the state before the reader touches anything."""
        raise NotImplementedError

    def accept(self, value: Any) -> Any:
        """Return the value of this control that `value` stands for, or raise a ValueError."""
        raise NotImplementedError

    def spec(self) -> dict:
        """Plain data for the renderer."""
        kind = type(self).__name__.lower()
        return {"kind": kind, "name": self.name, "label": self.label or self.name, "default": self.default}


@dataclass(frozen=True)
class Slider(Control):
    """A number between `low` and `high`, `count` values in equal steps.

    Parameters
    ----------
    name : str
        Key in the state.
    low, high : float
        Ends of the scale, both reachable.
    count : int, at least 2
        Number of values; a sweep has as many entries along this axis.
    start : float, optional
        Where it stands at first (the nearest value); the middle when left out.
    label : str
        What the reader sees; the name when left out.
    """

    low: float
    high: float
    count: int = 101
    start: float | None = None
    label: str = ""

    def check(self) -> None:
        if self.count < 2:
            raise ValueError(f"slider {self.name!r} has {self.count} value: an axis needs 2 at least, or leave it out")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"slider {self.name!r}: low must be less than high, got {self.low} and {self.high}")
        if self.start is not None and not self.low <= self.start <= self.high:
            raise ValueError(f"slider {self.name!r}: start {self.start} is outside [{self.low}, {self.high}]")

    @cached_property
    def values(self) -> np.ndarray:
        return np.linspace(self.low, self.high, self.count)

    def position(self, value: float) -> int:
        """Index of the value nearest to `value`."""
        return int(np.argmin(np.abs(self.values - value)))

    @property
    def default(self) -> float:
        return self.accept(self.values[self.count // 2] if self.start is None else self.start)

    def accept(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not math.isfinite(value):
            raise ValueError(f"{self.name!r} must be a number from {self.low:g} to {self.high:g}, got {value!r}")
        return float(self.values[self.position(value)])

    def spec(self) -> dict:
        return super().spec() | {"values": self.values.tolist()}


@dataclass(frozen=True)
class LogSlider(Slider):
    """A positive number between `low` and `high`, `count` values in equal ratios; parameters as for `Slider`."""

    def check(self) -> None:
        if not self.low > 0:
            raise ValueError(f"log slider {self.name!r}: low must be above 0, got {self.low}")
        super().check()

    @cached_property
    def values(self) -> np.ndarray:
        return np.geomspace(self.low, self.high, self.count)

    def position(self, value: float) -> int:
        if value <= 0:
            raise ValueError(f"{self.name!r} must be above 0, got {value}")
        return int(np.argmin(np.abs(np.log(self.values / value))))


@dataclass(frozen=True)
class Play(Control):
    """Time: the integers 0 to `count` - 1, with play, pause, step, scrub, speed and loop.

    Parameters
    ----------
    name : str
        Key in the state.
    count : int, at least 2
        Number of frames.
    start : int
        The frame shown at first; the last when left out, so that the figure shows the whole before anything plays.
    rate : float
        Frames a second at speed 1; as many as play the whole in six seconds when left out, 60 at most.
    loop : bool
        Whether it starts again at the end.
    label : str
        What the reader sees; the name when left out.
    """

    count: int
    start: int | None = None
    rate: float | None = None
    loop: bool = False
    label: str = ""

    def check(self) -> None:
        if self.count < 2:
            raise ValueError(f"play axis {self.name!r} has {self.count} frame: it needs 2 at least")
        if self.start is not None and not 0 <= self.start < self.count:
            raise ValueError(f"play axis {self.name!r}: start {self.start} is not one of the frames 0-{self.count - 1}")
        if self.rate is not None and not 0 < self.rate <= 240:
            raise ValueError(f"play axis {self.name!r}: rate must be in (0, 240] frames a second, got {self.rate}")

    @cached_property
    def values(self) -> np.ndarray:
        return np.arange(self.count)

    @property
    def default(self) -> int:
        return self.count - 1 if self.start is None else self.start

    def position(self, value: int) -> int:
        return int(value)

    def accept(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not math.isfinite(value):
            raise ValueError(f"{self.name!r} must be a frame from 0 to {self.count - 1}, got {value!r}")
        return int(min(max(round(value), 0), self.count - 1))

    def spec(self) -> dict:
        rate = self.rate or min(60.0, max(4.0, self.count / 6))
        return super().spec() | {"count": self.count, "rate": rate, "loop": self.loop}


@dataclass(frozen=True)
class Choice(Control):
    """One of a few words.

    Parameters
    ----------
    name : str
        Key in the state.
    options : sequence of str, at least 2
        The words, all different.
    start : str, optional
        The one chosen at first; the first when left out.
    label : str
        What the reader sees; the name when left out.
    """

    options: tuple[str, ...]
    start: str | None = None
    label: str = ""

    def check(self) -> None:
        object.__setattr__(self, "options", tuple(self.options))
        if len(self.options) < 2 or len(set(self.options)) < len(self.options):
            raise ValueError(f"choice {self.name!r} needs two or more different options, got {self.options}")
        if self.start is not None:
            self.accept(self.start)

    @property
    def values(self) -> tuple[str, ...]:
        return self.options

    @property
    def default(self) -> str:
        return self.options[0] if self.start is None else self.start

    def position(self, value: str) -> int:
        return self.options.index(value)

    def accept(self, value: Any) -> str:
        if value not in self.options:
            raise ValueError(f"{self.name!r} must be one of {', '.join(map(repr, self.options))}, got {value!r}")
        return str(value)

    def spec(self) -> dict:
        return super().spec() | {"values": list(self.options)}


@dataclass(frozen=True)
class Toggle(Control):
    """Yes or no; `start` says which at first."""

    start: bool = False
    label: str = ""

    @property
    def values(self) -> tuple[bool, bool]:
        return (False, True)

    @property
    def default(self) -> bool:
        return bool(self.start)

    def position(self, value: bool) -> int:
        return int(value)

    def accept(self, value: Any) -> bool:
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(f"{self.name!r} must be True or False, got {value!r}")
        return bool(value)

    def spec(self) -> dict:
        return super().spec() | {"values": [False, True]}


@dataclass(frozen=True)
class Point(Control):
    """A point of the plane that can be dragged: two sliders `name.x` and `name.y`, and a handle where it is drawn.

    Parameters
    ----------
    name : str
        A function of the state gets the point under this name, as an array of two numbers.
    x, y : pair of float
        The rectangle in which it moves.
    count : pair of int
        Values along each side: a coarse grid (21, 21) for a sweep, the default (401, 401) feels free.
    start : pair of float, optional
        Where it is at first; the middle when left out.
    label : str
        What the reader sees; the name when left out.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    count: tuple[int, int] = (401, 401)
    start: tuple[float, float] | None = None
    label: str = ""
    sliders: tuple[Slider, Slider] = field(init=False, repr=False, compare=False)

    def check(self) -> None:
        starts = (None, None) if self.start is None else self.start
        label = self.label or self.name
        sliders = [
            Slider(f"{self.name}.{axis}", *ends, count=count, start=start, label=f"{label}, {axis}")
            for axis, ends, count, start in zip("xy", (self.x, self.y), self.count, starts, strict=True)
        ]
        object.__setattr__(self, "sliders", tuple(sliders))

    @property
    def axes(self) -> tuple[Slider, Slider]:
        return self.sliders


@dataclass(frozen=True)
class Entry(Control):
    """A line of text; `start` stands in it at first. For formulas and live sources."""

    start: str = ""
    label: str = ""

    @property
    def default(self) -> str:
        return self.accept(self.start)

    def accept(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            raise ValueError(f"{self.name!r} must be text of at most {LONGEST_TEXT} letters, got {value!r:.80}")
        return value


@dataclass(frozen=True)
class Numbers(Control):
    """A small grid of numbers to edit, like a kernel. For formulas and live sources.

    Parameters
    ----------
    name : str
        Key in the state; the value is a list of rows.
    start : array, shape (rows, columns), at most 64 numbers
        The numbers at first.
    low, high, step : float
        Limits and step of each number.
    label : str
        What the reader sees; the name when left out.
    """

    start: Any = ((0.0,),)
    low: float = -10.0
    high: float = 10.0
    step: float = 0.1
    label: str = ""

    def check(self) -> None:
        grid = np.asarray(self.start, dtype=float)
        if grid.ndim != 2 or not 1 <= grid.size <= 64:
            raise ValueError(f"numbers {self.name!r}: start must be 1 to 64 numbers in rows, got shape {grid.shape}")
        object.__setattr__(self, "start", tuple(map(tuple, grid.tolist())))
        self.accept(self.start)

    @property
    def default(self) -> list[list[float]]:
        return [list(row) for row in self.start]

    def accept(self, value: Any) -> list[list[float]]:
        grid, shape = np.asarray(value, dtype=float), np.shape(self.start)
        if grid.shape != shape:
            raise ValueError(f"{self.name!r} must have shape {shape}, got {grid.shape}")
        if not np.all((grid >= self.low) & (grid <= self.high)):
            raise ValueError(f"{self.name!r}: every number must be from {self.low:g} to {self.high:g}")
        return grid.tolist()

    def spec(self) -> dict:
        return super().spec() | {"low": self.low, "high": self.high, "step": self.step}
