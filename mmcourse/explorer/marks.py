"""Marks: what an explorer draws. Each is a declaration; explorer.js and static.py know how to draw it.

>>> mark = Path([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0]], label="a walk")
>>> mark.channels()["points"].at({}).shape
(3, 2)

A field that holds numbers takes a channel, a source with a single channel, an array, or a control (its value); its
shape is written beside it, where equal letters mean equal lengths. NaN is drawn as a gap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np

from mmcourse.explorer.controls import Control, Play, Point, Slider
from mmcourse.explorer.sources import Channel, Source, as_channel

Numeric = Channel | Source | Control | Any  # what a field with numbers takes
Shape = tuple[str | int, ...]


class StateValue(Source):
    """The value of a control (of a choice its number), as a source: a mark that takes numbers takes a control too."""

    def __init__(self, control: Control) -> None:
        self.control = control

    def evaluate(self, state: Mapping[str, Any]) -> dict[str, np.ndarray]:
        value = state[self.control.name]
        number = self.control.position(value) if isinstance(value, (str, bool)) else value
        return {"value": np.asarray(float(number))}


class Mark:
    """What all marks share: the shapes of their channels, and the kind of panel they live in."""

    shapes: ClassVar[dict[str, tuple[Shape, ...]]] = {}
    increasing: ClassVar[tuple[str, ...]] = ()
    frame: ClassVar[tuple[str, ...]] = ("plane",)

    def __post_init__(self) -> None:
        for name in self.shapes:
            value = getattr(self, name)
            if value is not None:
                source = StateValue(value) if isinstance(value, Control) else value
                object.__setattr__(self, name, as_channel(source))

    def channels(self) -> dict[str, Channel]:
        """Return the channels of the mark that are there, by field."""
        return {name: getattr(self, name) for name in self.shapes if getattr(self, name) is not None}

    def with_channels(self, channels: Mapping[str, Any]) -> "Mark":
        """Return the same mark with other sources for some of its channels."""
        return replace(self, **channels)

    def plain(self) -> dict[str, Any]:
        """Return everything else, as plain data; a control becomes its name."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in self.shapes}
        return {name: value.name if isinstance(value, Control) else value for name, value in values.items()}

    def controls(self) -> tuple[Control, ...]:
        """Return the controls that the mark refers to directly."""
        values = [getattr(self, f.name) for f in fields(self) if f.name not in self.shapes]
        values += [c.source.control for c in self.channels().values() if isinstance(c.source, StateValue)]
        return tuple(axis for value in values if isinstance(value, Control) for axis in value.axes)

    def check(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Raise a ValueError unless the arrays of one state have the shapes and orders of this mark."""
        lengths: dict[str, tuple[int, str]] = {}
        for name, array in arrays.items():
            if not any(_fits(shape, array.shape, name, lengths) for shape in self.shapes[name]):
                raise ValueError(
                    f"`{name}` {_wanted(self.shapes[name], lengths)}, got {array.shape}{_advice(array.shape)}"
                )
            if array.size == 0:
                raise ValueError(f"`{name}` is empty: shape {array.shape}")
        for name in self.increasing:
            if name in arrays and not np.all(np.diff(arrays[name]) > 0):
                raise ValueError(f"`{name}` must increase strictly along its axis: sort it, and the data with it")
            if name in arrays and len(arrays[name]) < 2:
                raise ValueError(f"`{name}` has one value: a field needs 2 at least along each axis")

    def extent(self, arrays: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return all horizontal and all vertical coordinates among the arrays, for the limits of the axes."""
        return np.array([]), np.array([])


def _fits(shape: Shape, got: tuple[int, ...], name: str, lengths: dict) -> bool:
    """Whether `got` is an instance of `shape`; remembers the length of each letter."""
    if len(shape) != len(got):
        return False
    known = {letter: length for letter, (length, _) in lengths.items()}
    for letter, length in zip(shape, got):
        if (known.get(letter, length) if isinstance(letter, str) else letter) != length:
            return False
    for letter, length in zip(shape, got):
        if isinstance(letter, str):
            lengths.setdefault(letter, (length, name))
    return True


def _wanted(shapes: Sequence[Shape], lengths: dict) -> str:
    texts = []
    for shape in shapes:
        text = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
        known = [
            f"{letter} = {lengths[letter][0]} as in `{lengths[letter][1]}`" for letter in shape if letter in lengths
        ]
        texts.append(text + (f" with {', '.join(known)}" if known else ""))
    return f"must have shape {' or '.join(texts)}"


def _advice(got: tuple[int, ...]) -> str:
    return ": transposed?" if len(got) == 2 else ": is a control axis missing in `over`?" if len(got) > 2 else ""


# Marks of a plane with two axes


@dataclass(frozen=True)
class Path(Mark):
    """A trajectory, drawn up to a moment, with a fading tail and a marker at its head.

    Parameters
    ----------
    points : (T, 2), or (T, 3) beside a `Surface`
    label : str
        Drawn at the head.
    upto : Play, optional
        The control that says how much is drawn; all of it when left out.
    tail : int, optional
        Number of steps that stay visible; all when left out, older ones fainter.
    color : int, optional
        Number of the series: 0 is ink, 1 to 7 are colours, each with a marker and a dash of its own.
    """

    points: Numeric
    label: str = ""
    upto: Play | None = None
    tail: int | None = None
    color: int | None = None

    shapes = {"points": (("T", 2), ("T", 3))}
    frame = ("plane", "space")

    def extent(self, arrays):
        return arrays["points"][..., 0], arrays["points"][..., 1]


@dataclass(frozen=True)
class Points(Mark):
    """Separate points.

    Parameters
    ----------
    points : (N, 2), or (N, 3) beside a `Surface`
    kinds : (N,), optional
        Whole numbers from 0: the series, hence colour and marker, of each point.
    label : str
    size : float
        Diameter in pixels.
    color : int, optional
        As for `Path`, when there are no kinds.
    """

    points: Numeric
    kinds: Numeric = None
    label: str = ""
    size: float = 7.0
    color: int | None = None

    shapes = {"points": (("N", 2), ("N", 3)), "kinds": (("N",),)}
    frame = ("plane", "space")

    def extent(self, arrays):
        return arrays["points"][..., 0], arrays["points"][..., 1]


@dataclass(frozen=True)
class Arrows(Mark):
    """Arrows from `tails`, each as long as its vector times `scale`, in the units of the axes.

    Parameters
    ----------
    tails, vectors : (N, 2)
    label : str
    scale : float
    color : int, optional
        As for `Path`.
    """

    tails: Numeric
    vectors: Numeric
    label: str = ""
    scale: float = 1.0
    color: int | None = None

    shapes = {"tails": (("N", 2),), "vectors": (("N", 2),)}

    def extent(self, arrays):
        heads = arrays["tails"] + self.scale * arrays["vectors"]
        both = np.concatenate([np.broadcast_to(arrays["tails"], heads.shape), heads], axis=-2)
        return both[..., 0], both[..., 1]


@dataclass(frozen=True)
class Line(Mark):
    """A curve, with a band when `low` and `high` are given.

    Parameters
    ----------
    x, y : (N,)
    low, high : (N,), optional
        The band.
    label : str
        Drawn at the right end.
    upto : Play, optional
        The control whose frame is marked on the curve; what comes after is faint.
    color : int, optional
        As for `Path`.
    """

    x: Numeric
    y: Numeric
    low: Numeric = None
    high: Numeric = None
    label: str = ""
    upto: Play | None = None
    color: int | None = None

    shapes = {"x": (("N",),), "y": (("N",),), "low": (("N",),), "high": (("N",),)}

    def extent(self, arrays):
        vertical = [arrays[name].ravel() for name in ("y", "low", "high") if name in arrays]
        return arrays["x"], np.concatenate(vertical)


@dataclass(frozen=True)
class Rule(Mark):
    """A straight line across the panel at one coordinate.

    Parameters
    ----------
    at : ()
        Coordinate; a control moves it.
    across : "x" or "y"
        The axis that `at` is a coordinate of: "x" gives a vertical line.
    label : str
    """

    at: Numeric
    across: str = "x"
    label: str = ""

    shapes = {"at": ((),)}

    def check(self, arrays):
        super().check(arrays)
        if self.across not in ("x", "y"):
            raise ValueError(f"`across` must be 'x' or 'y', got {self.across!r}")


@dataclass(frozen=True)
class Bars(Mark):
    """A bar for each number, upwards from 0 or downwards.

    Parameters
    ----------
    heights : (N,)
    names : sequence of N str, optional
        Written under the bars.
    label : str
    color : int, optional
        As for `Path`.
    """

    heights: Numeric
    names: tuple[str, ...] = ()
    label: str = ""
    color: int | None = None

    shapes = {"heights": (("N",),)}

    def check(self, arrays):
        super().check(arrays)
        if self.names and len(self.names) != len(arrays["heights"]):
            raise ValueError(f"`names` has {len(self.names)} words for {len(arrays['heights'])} `heights`")

    def extent(self, arrays):
        return np.array([-0.5, arrays["heights"].shape[-1] - 0.5]), np.append(arrays["heights"].ravel(), 0.0)


@dataclass(frozen=True)
class Histogram(Mark):
    """How many samples fall between neighbouring edges.

    Parameters
    ----------
    samples : (N,)
        NaN is not counted.
    edges : (B,)
        Increasing; samples outside are not counted, the last bin includes its right edge.
    label : str
    color : int, optional
        As for `Path`.
    """

    samples: Numeric
    edges: Numeric
    label: str = ""
    color: int | None = None

    shapes = {"samples": (("N",),), "edges": (("B",),)}
    increasing = ("edges",)

    def extent(self, arrays):
        samples, edges = arrays["samples"], arrays["edges"]
        rows = samples.reshape(-1, samples.shape[-1])
        return edges, np.array(
            [0.0, max(np.histogram(row, edges.reshape(-1, edges.shape[-1])[0])[0].max() for row in rows)]
        )


@dataclass(frozen=True)
class Field(Mark):
    """A function of the plane, as colours, contours or both.

    Parameters
    ----------
    x : (W,)
    y : (H,)
        Increasing coordinates of columns and rows.
    z : (H, W)
    heat, contours : bool, int
        Whether to colour; number of contour lines, 0 for none.
    log : bool
        Equal steps of colour and contours in log z, for positive z.
    label : str
        What z is, written on the colour scale.
    limits : pair of float, optional
        Values of z at the two ends of the colours; when left out, those of all states, or for a formula and a live
        source those of the present one, so that the same colour may mean another number a moment later.
    """

    x: Numeric
    y: Numeric
    z: Numeric
    heat: bool = True
    contours: int = 12
    log: bool = False
    label: str = ""
    limits: tuple[float, float] | None = None

    shapes = {"x": (("W",),), "y": (("H",),), "z": (("H", "W"),)}
    increasing = ("x", "y")

    def check(self, arrays):
        super().check(arrays)
        if self.limits and not self.limits[0] < self.limits[1]:
            raise ValueError(f"`limits` must be a lower and a higher value of `z`, got {self.limits}")

    def extent(self, arrays):
        return arrays["x"], arrays["y"]


@dataclass(frozen=True)
class Regions(Mark):
    """A plane divided into named regions.

    Parameters
    ----------
    x : (W,)
    y : (H,)
        Increasing coordinates of columns and rows; any spacing that suits the panel's scales.
    index : (H, W)
        Number of the region of each cell, from 0.
    names : sequence of str
        The regions; written into the largest part of each.
    """

    x: Numeric
    y: Numeric
    index: Numeric
    names: tuple[str, ...] = ()

    shapes = {"x": (("W",),), "y": (("H",),), "index": (("H", "W"),)}
    increasing = ("x", "y")

    def check(self, arrays):
        super().check(arrays)
        index = arrays["index"]
        if not np.all((index >= 0) & (index < len(self.names)) & (index == np.round(index))):
            raise ValueError(
                f"`index` must hold whole numbers from 0 to {len(self.names) - 1}, one for each of `names`"
            )

    def extent(self, arrays):
        return arrays["x"], arrays["y"]


@dataclass(frozen=True)
class Handle(Mark):
    """A handle that the reader drags (or moves with the arrow keys): it sets two sliders at once.

    Parameters
    ----------
    x : Slider or Point
        A point, or the slider of the horizontal coordinate.
    y : Slider
        The slider of the vertical coordinate; none with a point.
    label : str
    """

    x: Slider | Point
    y: Slider | None = None
    label: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.x, Point):
            point = self.x
            object.__setattr__(self, "x", point.axes[0])
            object.__setattr__(self, "y", point.axes[1])
            object.__setattr__(self, "label", self.label or point.label)
        if not isinstance(self.x, Slider) or not isinstance(self.y, Slider):
            raise ValueError("Handle takes a Point, or the two sliders of its coordinates")
        super().__post_init__()

    def extent(self, arrays):
        return self.x.values, self.y.values


# Marks of space


@dataclass(frozen=True)
class Surface(Mark):
    """A surface that turns by mouse, touch and keys. Paths and points with three coordinates lie on it.

    Parameters
    ----------
    x : (W,)
    y : (H,)
        Increasing.
    z : (H, W)
    turn, tilt : float
        Where it is seen from at first, in degrees.
    label : str
        What z is.
    """

    x: Numeric
    y: Numeric
    z: Numeric
    turn: float = 30.0
    tilt: float = 35.0
    label: str = ""

    shapes = {"x": (("W",),), "y": (("H",),), "z": (("H", "W"),)}
    increasing = ("x", "y")
    frame = ("space",)

    def extent(self, arrays):
        return arrays["x"], arrays["y"]


# Marks that fill a panel without axes


@dataclass(frozen=True)
class Image(Mark):
    """A picture, with a second one laid over it in colour.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3)
        Grey or RGB, from 0 to 1.
    overlay : (H, W) or (h, w), optional
        From 0 to 1, transparent to opaque; stretched over the picture.
    label : str
    """

    pixels: Numeric
    overlay: Numeric = None
    label: str = ""

    shapes = {"pixels": (("H", "W"), ("H", "W", 3)), "overlay": (("h", "w"),)}
    frame = ("cells",)


@dataclass(frozen=True)
class Matrix(Mark):
    """Numbers in coloured cells.

    Parameters
    ----------
    values : (R, C)
    rows, columns : sequence of str, optional
        Names of rows and columns.
    digits : int
        Decimals; -1 writes no numbers.
    limit : float, optional
        The absolute value with the strongest colour; the largest in all states when left out.
    label : str
    """

    values: Numeric
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    digits: int = 2
    limit: float | None = None
    label: str = ""

    shapes = {"values": (("R", "C"),)}
    frame = ("cells",)

    def check(self, arrays):
        super().check(arrays)
        for name, length in zip(("rows", "columns"), arrays["values"].shape):
            if getattr(self, name) and len(getattr(self, name)) != length:
                raise ValueError(f"`{name}` has {len(getattr(self, name))} words for {length} {name} of `values`")


@dataclass(frozen=True)
class Graph(Mark):
    """Nodes and edges: units that blink, edges that carry numbers.

    Parameters
    ----------
    nodes : (N, 2)
        Positions, y upwards.
    edges : (E, 2)
        Numbers of the nodes at the two ends.
    values : (N,), optional
        Colour of the nodes, blue below 0 and orange above.
    weights : (E,), optional
        Width and colour of the edges.
    active : (N,), optional
        1 for a unit that takes part, 0 for one that is switched off: drawn hollow and dashed, its edges faint.
    names : sequence of N str, optional
    digits : int
        Decimals of the numbers on nodes and edges; -1 writes none.
    """

    nodes: Numeric
    edges: Numeric
    values: Numeric = None
    weights: Numeric = None
    active: Numeric = None
    names: tuple[str, ...] = ()
    digits: int = -1

    shapes = {
        "nodes": (("N", 2),),
        "edges": (("E", 2),),
        "values": (("N",),),
        "weights": (("E",),),
        "active": (("N",),),
    }
    frame = ("cells",)

    def check(self, arrays):
        super().check(arrays)
        edges, count = arrays["edges"], len(arrays["nodes"])
        if not np.all((edges >= 0) & (edges < count) & (edges == np.round(edges))):
            raise ValueError(f"`edges` must hold numbers of nodes, 0 to {count - 1}")
        if self.names and len(self.names) != count:
            raise ValueError(f"`names` has {len(self.names)} words for {count} `nodes`")


# Words and sound


@dataclass(frozen=True)
class Text(Mark):
    """A sentence with the current numbers in it.

    Parameters
    ----------
    template : str
        `{lr:.3f}` becomes the number of the control or of the entry in `numbers`; formats are Python's .3f, .2e, .3g, d
        and .0%, and `{regime:slow|fast}` picks a word by number.
    numbers : dict of (), optional
        Numbers that are no controls, by name.
    """

    template: str
    numbers: Mapping[str, Numeric] | None = None

    frame = ("words",)

    def __post_init__(self) -> None:
        given = {name: as_channel(value) for name, value in (self.numbers or {}).items()}
        object.__setattr__(self, "numbers", given)

    def channels(self):
        return dict(self.numbers)

    def with_channels(self, channels):
        return replace(self, numbers={**self.numbers, **channels})

    def plain(self):
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "numbers"}

    def controls(self):
        return ()

    def check(self, arrays):
        for name, array in arrays.items():
            if array.shape != ():
                raise ValueError(f"number `{name}` must be one number for each state, got shape {array.shape}")


@dataclass(frozen=True)
class Equation(Text):
    r"""A formula with the current numbers in it.

    Parameters
    ----------
    template : str
        LaTeX; `\now{lr:.3f}` becomes the number, in the formats of `Text`.
    numbers : dict of (), optional
        As for `Text`.
    """


@dataclass(frozen=True)
class Sound(Mark):
    """Sound to listen to, with its wave.

    Parameters
    ----------
    samples : (N,)
        From -1 to 1.
    rate : int
        Samples a second.
    label : str
        What the button plays.
    """

    samples: Numeric
    rate: int = 8000
    label: str = "sound"

    shapes = {"samples": (("N",),)}
    frame = ("cells",)


@dataclass(frozen=True)
class Panel:
    """Marks that share a pair of axes.

    Parameters
    ----------
    marks : Mark
        Drawn in this order.
    title, x, y : str
        Title, and names of the axes.
    xlim, ylim : pair of float, optional
        Limits; those of all data in all states when left out.
    xscale, yscale : "linear", "log" or "log10"
        With "log10" the numbers are logarithms already (which quantise well), and the axis names what they stand for.
    equal : bool
        Same scale on both axes: where geometry matters.
    width : float
        Relative to the panels beside it.
    height : int
        Pixels.
    """

    marks: tuple[Mark, ...]
    title: str = ""
    x: str = ""
    y: str = ""
    xlim: tuple[float, float] | None = None
    ylim: tuple[float, float] | None = None
    xscale: str = "linear"
    yscale: str = "linear"
    equal: bool = False
    width: float = 1.0
    height: int = 280

    def __init__(self, *marks: Mark, **options: Any) -> None:
        object.__setattr__(self, "marks", marks)
        known = {f.name: f.default for f in fields(self) if f.name != "marks"}
        for name in options:
            if name not in known:
                raise TypeError(f"Panel has no option {name!r}, only {', '.join(known)}")
        for name, default in known.items():
            object.__setattr__(self, name, options.get(name, default))
        self._check()

    def _check(self) -> None:
        if not self.marks:
            raise ValueError("a panel needs a mark at least")
        for scale in (self.xscale, self.yscale):
            if scale not in ("linear", "log", "log10"):
                raise ValueError(f"a scale is 'linear', 'log' or 'log10', got {scale!r}")
        if not self.kinds:
            names = ", ".join(type(mark).__name__ for mark in self.marks)
            raise ValueError(f"these marks need panels of their own: {names}")

    @property
    def kinds(self) -> list[str]:
        """The kinds of panel in which all its marks can be drawn."""
        return [kind for kind in ("plane", "space", "cells", "words") if all(kind in m.frame for m in self.marks)]

    @property
    def kind(self) -> str:
        """One of plane, space, cells, words."""
        return self.kinds[0]
