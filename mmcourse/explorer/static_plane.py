"""How the marks of a plane are drawn with matplotlib. Registered with `draw_mark`; nothing here is called by name."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import Normalize, to_rgb, to_rgba
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from mmcourse.explorer.extents import span
from mmcourse.explorer.marks import (
    Arrows,
    Bars,
    Field,
    Handle,
    Histogram,
    Line,
    Path,
    Points,
    Regions,
    Rule,
    StateValue,
)
from mmcourse.explorer.static_plot import HEAD, Plot, draw_mark
from mmcourse.figures import POINTS, SIZE, STROKE, colormap

FEW = 120  # steps, up to which each is a dot
SHADES = 64  # steps of a coloured field
HATCHES = ["", "", "////", "....", "\\\\\\\\", "xxxx", "----", "||||"]


# Paths and points


@draw_mark.register
def _(mark: Path, plot: Plot) -> None:
    points, number = plot.arrays(mark)["points"], plot.number(mark)
    last = plot.frame(mark, len(points))
    first = 0 if mark.tail is None else max(0, last - mark.tail)
    shown = _tamed(plot, points[first : last + 1])
    color = plot.theme["series"][number]
    _tail(plot, shown, color)
    if len(shown) <= FEW:
        plot.axes.plot(*shown[:-1].T, ".", color=color, markersize=2.6, alpha=0.75, zorder=4)
    there = np.flatnonzero(np.isfinite(shown).all(axis=1))
    if there.size:
        _head(plot, mark.label, shown[there[-1]], number)


def _tamed(plot: Plot, points: np.ndarray) -> np.ndarray:
    """The points of a plane, or of space, ready to be drawn."""
    if plot.space:
        return points
    return np.stack([plot.tame(points[:, 0], 0), plot.tame(points[:, 1], 1)], axis=1)


def _tail(plot: Plot, points: np.ndarray, color: str) -> None:
    """Draw the way to the present, older parts fainter."""
    if len(points) < 2:
        return
    pieces = np.stack([points[:-1], points[1:]], axis=1)  # (T - 1, 2, d)
    alphas = np.linspace(0.3, 1.0, len(pieces))
    if plot.space:
        plot.axes.plot(*points.T, color=plot.theme["paper"], linewidth=3 * STROKE, alpha=0.7, zorder=4)
        for piece, alpha in zip(pieces, alphas):
            plot.axes.plot(*piece.T, color=color, alpha=alpha, linewidth=STROKE, zorder=5)
    else:
        style = {"linewidths": STROKE, "capstyle": "round", "zorder": 4}
        plot.axes.add_collection(LineCollection(pieces, colors=color, alpha=alphas, **style), autolim=False)


def _head(plot: Plot, label: str, place: np.ndarray, number: int) -> None:
    """Draw the marker of the present moment; outside the axes it waits at their border, hollow."""
    color, face = plot.theme["series"][number], plot.theme["series"][number]
    if plot.space:
        plot.axes.plot(*place[:, None], plot.marker(number), color=color, markersize=HEAD, zorder=6)
        style = {"color": plot.text_color(number), "size": SIZE, "path_effects": plot.halo(), "zorder": 9}
        return plot.axes.text(*place, f"  {label}", **style)
    inside = np.array([np.clip(place[axis], *plot.limits[axis]) for axis in (0, 1)])
    if not np.array_equal(inside, place):
        face, label = plot.theme["paper"], f"{label}: left the picture" if label else "left the picture"
    style = {"markeredgecolor": color, "markeredgewidth": STROKE, "clip_on": False, "zorder": 7}
    plot.axes.plot(*inside, plot.marker(number), color=face, markersize=HEAD, path_effects=plot.halo(1), **style)
    if label:
        plot.label(label, *inside, plot.text_color(number))


@draw_mark.register
def _(mark: Points, plot: Plot) -> None:
    arrays, own = plot.arrays(mark), plot.number(mark)
    points = _tamed(plot, arrays["points"])
    kinds = np.asarray(arrays.get("kinds", np.full(len(points), own)))
    there = np.isfinite(points).all(axis=1) & np.isfinite(kinds)
    for kind in np.unique(kinds[there]):
        dots = _dots(plot, points[there & (kinds == kind)], int(kind) % 8, mark.size)
    if mark.label and there.sum() == 1 and not plot.space:
        plot.label(mark.label, *points[there][0], plot.text_color(int(kinds[there][0]) % 8))
    elif mark.label and there.any():
        plot.add_to_key(dots, mark.label, own)


def _dots(plot: Plot, points: np.ndarray, number: int, size: float) -> PathCollection:
    style = {"s": (size * POINTS) ** 2, "marker": plot.marker(number), "zorder": 5}
    edge = {"linewidths": 0.5, "edgecolors": plot.theme["paper"]}
    return plot.axes.scatter(*points.T, color=plot.theme["series"][number], **style, **edge)


@draw_mark.register
def _(mark: Arrows, plot: Plot) -> None:
    arrays, number = plot.arrays(mark), plot.number(mark)
    tails, heads = arrays["tails"], arrays["tails"] + mark.scale * arrays["vectors"]
    ends = np.concatenate([_tamed(plot, tails), _tamed(plot, heads)], axis=1)
    ends = ends[np.isfinite(ends).all(axis=1)]
    color = plot.theme["series"][number]
    style = {"arrowstyle": "-|>,head_width=0.22,head_length=0.42", "color": color, "linewidth": 1.3}
    for x0, y0, x1, y1 in ends:
        arrow = {**style, "shrinkA": 0, "shrinkB": 0}
        plot.axes.annotate("", (x1, y1), (x0, y0), arrowprops=arrow, annotation_clip=False, zorder=4).set_in_layout(
            False
        )
    if mark.label and len(ends) == 1:
        plot.label(mark.label, *ends[0, 2:], plot.text_color(number))
    elif mark.label and len(ends):
        handle = plot.axes.plot([], [], color=color, marker=">", linewidth=1.3, markersize=4)[0]
        plot.add_to_key(handle, mark.label, number)


# Curves, rules and bars


@draw_mark.register
def _(mark: Line, plot: Plot) -> None:
    arrays, number = plot.arrays(mark), plot.number(mark)
    x, y, look = plot.tame(arrays["x"], 0), plot.tame(arrays["y"], 1), plot.look(number)
    now = plot.frame(mark, len(x))
    if "low" in arrays and "high" in arrays:
        band = [plot.tame(arrays[name], 1) for name in ("low", "high")]
        plot.axes.fill_between(x, *band, color=look["color"], alpha=0.18, linewidth=0, zorder=2)
    plot.axes.plot(x[: now + 1], y[: now + 1], linewidth=STROKE, zorder=4, **look)
    if now < len(x) - 1:
        plot.axes.plot(x[now:], y[now:], linewidth=STROKE, zorder=3, alpha=0.3, **look)
    if mark.upto is not None and plot.visible(x[now], y[now]):
        plot.axes.plot(x[now], y[now], plot.marker(number), color=look["color"], markersize=HEAD, zorder=7)
    seen = np.flatnonzero(plot.visible(x, y))
    if mark.label and seen.size:
        end = seen[-1]
        plot.label(mark.label, x[end], y[end], plot.text_color(number), outside=plot.share(x[end]) > 0.9)


@draw_mark.register
def _(mark: Rule, plot: Plot) -> None:
    at = float(plot.arrays(mark)["at"])
    (x0, _), (_, y1) = plot.limits
    low, high = plot.limits[mark.across == "y"]
    if not low <= at <= high:
        return
    color = plot.theme["accent" if isinstance(mark.at.source, StateValue) else "muted"]
    rule = plot.axes.axvline if mark.across == "x" else plot.axes.axhline
    rule(at, color=color, linewidth=1, linestyle=(0, (4, 3)), zorder=3)
    if mark.label:
        end, offset = ((at, y1), (4, -7)) if mark.across == "x" else ((x0, at), (6, 6))
        style = {"color": color, "size": SIZE, "path_effects": plot.halo(), "zorder": 9, "va": "center"}
        right = mark.across == "x" and (1 - plot.share(at)) * plot.pixels[0] * 0.8 < 7 * len(mark.label)
        style |= {"ha": "right" if right else "left", "textcoords": "offset points"}
        note = plot.axes.annotate(mark.label, end, (-4, -7) if right else offset, **style)
        note.set_in_layout(False)
        plot.labels.append(note)


@draw_mark.register
def _(mark: Bars, plot: Plot) -> None:
    heights = plot.arrays(mark)["heights"]
    _bars(plot, mark, np.arange(len(heights)), heights, np.array(0.72))
    if mark.names:
        plot.axes.set_xticks(range(len(mark.names)), mark.names)
    elif not any(getattr(other, "names", ()) for other in plot.panel.marks):
        plot.axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))


@draw_mark.register
def _(mark: Histogram, plot: Plot) -> None:
    arrays = plot.arrays(mark)
    samples, edges = arrays["samples"], arrays["edges"]
    counts, _ = np.histogram(samples[np.isfinite(samples)], edges)
    _bars(plot, mark, (edges[:-1] + edges[1:]) / 2, counts.astype(float), np.diff(edges))


def _bars(
    plot: Plot, mark: Bars | Histogram, places: np.ndarray, heights: np.ndarray, width: float | np.ndarray
) -> None:
    number, there = plot.number(mark), np.isfinite(heights)
    color, width = plot.theme["series"][number], np.broadcast_to(width, heights.shape)
    several = sum(isinstance(other, (Bars, Histogram)) for other in plot.panel.marks) > 1
    look = {"facecolor": color, "alpha": 0.62, "edgecolor": plot.theme["paper"], "linewidth": 0.6}
    look |= {"hatch": HATCHES[number]} if several else {}
    plot.axes.bar(places[there], plot.tame(heights[there], 1), width[there], zorder=3, **look)
    if mark.label:
        plot.add_to_key(Patch(**look), mark.label, number)


# Maps, and the handle on them


@draw_mark.register
def _(mark: Field, plot: Plot) -> None:
    arrays = plot.arrays(mark)
    x, y, z = arrays["x"], arrays["y"], arrays["z"]
    low, high = mark.limits or span(mark.channels()["z"], plot.state)
    if mark.log:
        z = np.log10(np.where(z > 0, z, np.nan))
    if not np.isfinite(z).any():
        return
    if mark.log:
        low, high = (np.log10(low) if low > 0 else np.nanmin(z)), np.log10(high)
    if high == low:
        low, high = low - 0.5, high + 0.5
    if mark.heat:
        cmap, levels = colormap("field", plot.dark), np.linspace(low, high, SHADES + 1)
        plot.axes.contourf(x, y, z, levels, cmap=cmap, vmin=low, vmax=high, zorder=1, extend="both")
        if mark.label:
            _colour_scale(plot, mark, ScalarMappable(Normalize(low, high), cmap))
    if mark.contours:
        levels = np.linspace(low, high, mark.contours + 2)[1:-1]
        style = {"colors": plot.theme["ink"], "alpha": 0.32, "linewidths": 0.6, "linestyles": "solid", "zorder": 1.5}
        plot.axes.contour(x, y, z, levels[(levels > np.nanmin(z)) & (levels < np.nanmax(z))], **style)


def _colour_scale(plot: Plot, mark: Field, colours: ScalarMappable) -> None:
    quiet = {"length": 2, "width": 0.7, "color": plot.theme["faint"], "labelcolor": plot.theme["muted"]}
    ticks = MaxNLocator(4, integer=mark.log and colours.norm.vmax - colours.norm.vmin > 2)
    bar = plot.axes.figure.colorbar(colours, ax=plot.axes, ticks=ticks, aspect=28, pad=0.02, fraction=0.05)
    bar.outline.set_visible(False)
    bar.set_label(mark.label, color=plot.theme["muted"], size=SIZE)
    bar.ax.tick_params(labelsize=SIZE, **quiet)
    if mark.log:
        bar.ax.yaxis.set_major_formatter(lambda power, _: f"$10^{{{power:g}}}$")


@draw_mark.register
def _(mark: Regions, plot: Plot) -> None:
    arrays = plot.arrays(mark)
    x, y, index = arrays["x"], arrays["y"], arrays["index"]
    edges = [_edges(values, scale) for values, scale in ((x, plot.panel.xscale), (y, plot.panel.yscale))]
    shades = [_tint(plot, 1 + number % 7) for number in range(len(mark.names))]
    colors = np.array(shades)[index.astype(int)]
    plot.axes.pcolormesh(*edges, colors, zorder=1, antialiased=False, linewidth=0)
    _borders(plot, edges, index)
    for number, name in enumerate(mark.names):
        row, column = _deepest(index == number)
        if row >= 0:
            style = {"ha": "center", "va": "center", "weight": "bold", "size": SIZE, "color": plot.theme["ink"]}
            offset = {"xytext": (0, 0), "textcoords": "offset points", "path_effects": plot.halo(), "zorder": 8}
            note = plot.axes.annotate(name, (x[column], y[row]), **offset, **style)
            note.set_in_layout(False)
            plot.labels.append(note)


def _tint(plot: Plot, number: int) -> np.ndarray:
    """A pale form of a series' colour."""
    return 0.8 * np.array(to_rgb(plot.theme["paper"])) + 0.2 * np.array(to_rgb(plot.theme["series"][number]))


def _edges(centres: np.ndarray, scale: str) -> np.ndarray:
    """Borders of cells with these centres: halfway, by ratio on a log axis; the outer ones at the first and last."""
    if scale == "log":
        return np.exp(_edges(np.log(centres), "linear"))
    return np.concatenate([centres[:1], (centres[:-1] + centres[1:]) / 2, centres[-1:]])


def _borders(plot: Plot, edges: list[np.ndarray], index: np.ndarray) -> None:
    """Draw a line wherever neighbouring cells belong to different regions."""
    x, y = edges
    rows, columns = np.nonzero(index[:, 1:] != index[:, :-1])
    upright = [[(x[c + 1], y[r]), (x[c + 1], y[r + 1])] for r, c in zip(rows, columns)]
    rows, columns = np.nonzero(index[1:] != index[:-1])
    level = [[(x[c], y[r + 1]), (x[c + 1], y[r + 1])] for r, c in zip(rows, columns)]
    style = {"colors": plot.theme["muted"], "linewidths": 0.8, "capstyle": "projecting", "zorder": 1.5}
    plot.axes.add_collection(LineCollection(upright + level, **style), autolim=False)


def _deepest(inside: np.ndarray) -> tuple[int, int]:
    """Row and column of the cell farthest from the outside of a region, in steps of the grid; -1, -1 without a cell."""
    found, rest = (-1, -1), inside
    while rest.any():
        cells = np.argwhere(rest)
        middle = cells.mean(axis=0)
        found = tuple(int(i) for i in cells[np.argmin(((cells - middle) ** 2).sum(axis=1))])
        padded = np.pad(rest, 1)
        rest = rest & padded[2:, 1:-1] & padded[:-2, 1:-1] & padded[1:-1, 2:] & padded[1:-1, :-2]
    return found


@draw_mark.register
def _(mark: Handle, plot: Plot) -> None:
    x, y = float(plot.state[mark.x.name]), float(plot.state[mark.y.name])
    style = {"markerfacecolor": to_rgba(plot.theme["paper"], 0.75), "markeredgecolor": plot.theme["accent"]}
    plot.axes.plot(x, y, "o", markersize=10, markeredgewidth=2.2, clip_on=False, zorder=8, **style)
    plot.take(x, y)
    if mark.label:
        plot.label(mark.label, x, y, plot.theme["accent"])
