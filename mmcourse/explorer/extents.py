"""Extents: the limits that hold for all states, so that axes and colours stay put while the reader moves something.

>>> from mmcourse.explorer.marks import Line, Panel
>>> limits(Panel(Line([0.0, 1.0, 2.0], [5.0, np.nan, 10.0])))
((-0.08, 2.08), (4.8, 10.2))
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from mmcourse.explorer.marks import Bars, Field, Handle, Histogram, Mark, Panel, Regions, Surface
from mmcourse.explorer.sources import Channel, Sweep

PADDING = 0.04  # of the range, on each side
Range = tuple[float, float]


def limits(panel: Panel, state: Mapping[str, Any] | None = None) -> tuple[Range, Range]:
    """Return the limits of both axes of a panel, over all states.

    Parameters
    ----------
    panel : Panel
        Its own `xlim` and `ylim` win; the other limits are those of all coordinates of its marks.
    state : dict, optional
        Where formulas, live functions and controls are evaluated; sweeps are taken whole.

    Returns
    -------
    (x0, x1), (y0, y1)
        With 4 % of the range on both sides (of the range of logarithms on a log axis, where only positive numbers
        count); half a unit (half a decade) around a single value; 0 to 1 (1 to 10) without any.

    Notes
    -----
    A `Field`, `Regions` or `Surface` is a map: its edges are the limits, without padding, widened only for a `Handle`
    that reaches beyond; what else lies outside is cut. Bars and histograms stand on the axis: a limit of exactly 0 is
    not padded.
    """
    maps = [mark for mark in panel.marks if isinstance(mark, (Field, Regions, Surface))]
    marks = maps + [mark for mark in panel.marks if isinstance(mark, Handle)] if maps else panel.marks
    xs, ys = zip(*(_extent(mark, state or {}) for mark in marks)) if marks else ((), ())
    stands = any(isinstance(mark, (Bars, Histogram)) for mark in panel.marks)
    padding = 0.0 if maps else PADDING
    x = _around(xs, panel.xscale, padding) if panel.xlim is None else _given(panel.xlim)
    y = _around(ys, panel.yscale, padding, stands) if panel.ylim is None else _given(panel.ylim)
    return x, y


def span(channel: Channel, state: Mapping[str, Any] | None = None) -> Range:
    """Return the least and the greatest number of a channel, over all states; (nan, nan) where there is none.

    Examples
    --------
    >>> span(Channel(Sweep([3.0, np.nan, -1.0])))
    (-1.0, 3.0)
    """
    return _range(np.ravel(_whole(channel, state or {})))


def _extent(mark: Mark, state: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    return mark.extent(_aligned(mark.channels(), state))


def _whole(channel: Channel, state: Mapping[str, Any]) -> np.ndarray:
    source = channel.source
    return (
        source.arrays[channel.key] if isinstance(source, Sweep) and channel.key in source.arrays else channel.at(state)
    )


def _aligned(channels: Mapping[str, Channel], state: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The whole arrays, the control axes in one order for all, so that arrays over different controls broadcast."""
    every = list(dict.fromkeys(axis.name for c in channels.values() for axis in getattr(c.source, "over", ())))
    aligned = {}
    for name, channel in channels.items():
        array, own = _whole(channel, state), [axis.name for axis in getattr(channel.source, "over", ())]
        inner = array.shape[len(own) :]
        array = np.moveaxis(array, range(len(own)), np.argsort(np.argsort([every.index(axis) for axis in own])))
        lengths = dict(zip(own, _whole(channel, state).shape))
        aligned[name] = array.reshape(tuple(lengths.get(axis, 1) for axis in every) + inner)
    return aligned


def _range(values: np.ndarray) -> Range:
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if values.size else (np.nan, np.nan)


def _given(ends: Iterable[float]) -> Range:
    low, high = ends
    return float(low), float(high)


def _around(arrays: Iterable[np.ndarray], scale: str, padding: float, stands: bool = False) -> Range:
    values = np.concatenate([np.ravel(array).astype(float) for array in arrays] or [np.zeros(0)])
    log = scale == "log"
    low, high = _range(np.log10(values[values > 0]) if log else values)
    if np.isnan(low):
        return (1.0, 10.0) if log else (0.0, 1.0)
    room = padding * (high - low) if high > low else 0.5
    bottom = low if stands and low == 0 and high > 0 and not log else low - room
    top = high if stands and high == 0 and low < 0 and not log else high + room
    return (float(10**bottom), float(10**top)) if log else (float(bottom), float(top))
