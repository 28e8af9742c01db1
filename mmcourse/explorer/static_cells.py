"""How the marks without axes, and the surface, are drawn with matplotlib. Registered with `draw_mark`."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from mmcourse.explorer.extents import span
from mmcourse.explorer.marks import Graph, Image, Matrix, Sound, Surface
from mmcourse.explorer.static_plot import Plot, draw_mark
from mmcourse.figures import POINTS, SIZE, colormap

WAVE = 600  # columns of a wave


def strongest(channel, state) -> float:
    """The greatest absolute value of a channel over all states; 1 where there is none."""
    ends = np.abs(span(channel, state))
    return float(ends.max()) or 1.0 if np.isfinite(ends).all() else 1.0


def diverge(plot: Plot, values: np.ndarray, limit: float) -> np.ndarray:
    """Colours of numbers from -limit (blue) through 0 (paper) to limit (orange), (..., 4)."""
    return colormap("diverging", plot.dark)(np.clip(0.5 + 0.5 * values / limit, 0, 1))


@draw_mark.register
def _(mark: Image, plot: Plot) -> None:
    arrays = plot.arrays(mark)
    pixels = arrays["pixels"]
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    seen = np.isfinite(pixels).all(axis=2, keepdims=True)
    frame = {"extent": (0, pixels.shape[1], pixels.shape[0], 0), "interpolation": "nearest"}
    plot.axes.imshow(np.concatenate([np.clip(np.nan_to_num(pixels), 0, 1), seen], axis=2), **frame)
    if "overlay" in arrays:
        overlay = np.clip(np.nan_to_num(arrays["overlay"]), 0, 1)
        tint = np.broadcast_to(to_rgba(plot.theme["series"][2]), (*overlay.shape, 4)).copy()
        tint[..., 3] = 0.85 * overlay
        plot.axes.imshow(tint, **frame)
    _bare(plot, mark.label)


def _bare(plot: Plot, label: str) -> None:
    """No lines and no ticks; the label below."""
    plot.axes.set(xticks=[], yticks=[])
    plot.axes.spines[:].set_visible(False)
    if label:
        plot.axes.set_xlabel(label, color=plot.theme["muted"], size=SIZE)


@draw_mark.register
def _(mark: Matrix, plot: Plot) -> None:
    values = plot.arrays(mark)["values"]
    limit = mark.limit or strongest(mark.values, plot.state)
    plot.axes.imshow(diverge(plot, values, limit), interpolation="nearest")
    _bare(plot, mark.label)
    rows, columns = values.shape
    cell = min(0.8 * plot.pixels[0] / columns, 0.75 * plot.pixels[1] / rows)  # pixels
    _names(plot, mark, cell)
    if values.size <= 900:
        style = {"color": plot.theme["paper"], "linewidth": min(1.5, cell / 12)}
        plot.axes.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, **style)
        plot.axes.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, **style)
    texts = {place: f"{value:z.{mark.digits}f}" for place, value in _numbers(values, mark.digits)}
    longest = max(map(len, texts.values()), default=1)
    size = min(SIZE, 0.85 * cell / (0.62 * longest) * POINTS, 0.6 * cell * POINTS)
    for (row, column), text in texts.items() if size >= 4 else ():
        plot.axes.text(column, row, text, ha="center", va="center", size=size, color=plot.theme["ink"])


def _numbers(values: np.ndarray, digits: int):
    return [(place, value) for place, value in np.ndenumerate(values) if digits >= 0 and np.isfinite(value)]


def _names(plot: Plot, mark: Matrix, cell: float) -> None:
    style = {"labelcolor": plot.theme["muted"], "labelsize": SIZE, "length": 0}
    plot.axes.tick_params(axis="both", top=False, labeltop=True, labelbottom=False, **style)
    if mark.rows:
        plot.axes.set_yticks(range(len(mark.rows)), mark.rows)
    if mark.columns:
        upright = max(map(len, mark.columns)) * 6.5 > cell
        turn = {"rotation": 90} if upright else {}
        plot.axes.set_xticks(range(len(mark.columns)), mark.columns, **turn)


@draw_mark.register
def _(mark: Graph, plot: Plot) -> None:
    arrays = plot.arrays(mark)
    nodes, edges = arrays["nodes"], arrays["edges"].astype(int)
    active = np.nan_to_num(arrays.get("active", np.ones(len(nodes)))) > 0.5
    size = _node_size(plot, nodes)
    _edges(plot, mark, nodes, edges, arrays.get("weights"), active)
    there = np.isfinite(arrays["weights"]) if "weights" in arrays else np.ones(len(edges), bool)
    _nodes(plot, mark, nodes, arrays.get("values"), active, size, _edges_below(plot, nodes, edges[there]))
    x, y = nodes[:, 0], nodes[:, 1]
    _bare(plot, "")
    for low, high, side in ((np.nanmin(x), np.nanmax(x), "x"), (np.nanmin(y), np.nanmax(y), "y")):
        room = 0.12 * (high - low) or 0.5
        plot.axes.set(**{f"{side}lim": (low - room, high + room)})
    if plot.panel.equal:
        plot.axes.set_aspect("equal")


def _node_size(plot: Plot, nodes: np.ndarray) -> float:
    """Diameter in pixels: a good half of the smallest distance between two nodes."""
    reach = np.maximum(np.nanmax(nodes, axis=0) - np.nanmin(nodes, axis=0), 1e-12)
    places = (nodes - np.nanmin(nodes, axis=0)) / reach * 0.7 * np.array(plot.pixels)
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2)
    gaps = gaps[np.isfinite(gaps) & (gaps > 1)]
    return float(np.clip(0.55 * gaps.min(), 7, 34)) if gaps.size else 34.0


def _edges(plot: Plot, mark: Graph, nodes, edges, weights, active) -> None:
    both = active[edges].all(axis=1)
    if weights is None:
        colors, widths = np.tile(to_rgba(plot.theme["muted"]), (len(edges), 1)), np.full(len(edges), 0.9)
    else:
        strength = np.nan_to_num(np.abs(weights)) / strongest(mark.weights, plot.state)
        ends = np.array([to_rgba(plot.theme["text"][1]), to_rgba(plot.theme["series"][4])])
        colors, widths = ends[(np.nan_to_num(weights) > 0).astype(int)], 0.5 + 3.2 * strength
        colors[:, 3] = 0.35 + 0.6 * np.clip(strength, 0, 1)
        there = np.isfinite(weights)
        edges, colors, widths, both, weights = (a[there] for a in (edges, colors, widths, both, weights))
    colors[~both, 3] = 0.14
    plot.axes.add_collection(LineCollection(nodes[edges], colors=colors, linewidths=widths, zorder=2))
    if weights is None or mark.digits < 0:
        return
    for (start, end), weight in zip(nodes[edges[both]], weights[both]):
        style = {"size": SIZE - 1.5, "color": plot.theme["ink"], "path_effects": plot.halo(4), "zorder": 3}
        plot.axes.text(*(0.62 * start + 0.38 * end), f"{weight:z.{mark.digits}f}", ha="center", va="center", **style)


def _edges_below(plot: Plot, nodes, edges) -> np.ndarray:
    """Whether an edge leaves a node through the place below it, where its name would stand; shape (nodes,)."""
    reach = np.maximum(np.nanmax(nodes, axis=0) - np.nanmin(nodes, axis=0), 1e-12)
    places = nodes / reach * np.array(plot.pixels)
    found = np.zeros(len(nodes), bool)
    for start, end in np.concatenate([edges, edges[:, ::-1]]):
        across, down = places[start] - places[end]
        found[start] |= abs(across) < down
    return found


def _nodes(plot: Plot, mark: Graph, nodes, values, active, size: float, crossed: np.ndarray) -> None:
    if values is None:
        colors = np.tile(to_rgba(plot.theme["field"][3]), (len(nodes), 1))
    else:
        colors = diverge(plot, values, strongest(mark.values, plot.state))
    there = np.isfinite(nodes).all(axis=1)
    area, edge = (size * POINTS) ** 2, plot.theme["ink"]
    on, off = there & active, there & ~active
    plot.axes.scatter(*nodes[on].T, s=area, c=colors[on], edgecolors=edge, linewidths=0.9, zorder=4)
    hollow = {"facecolors": plot.theme["paper"], "edgecolors": plot.theme["muted"], "linestyles": (0, (2, 2))}
    plot.axes.scatter(*nodes[off].T, s=area, linewidths=0.9, zorder=4, **hollow)
    small = size < 8 + 5.5 * max([*map(len, mark.names), 5 if mark.digits >= 0 else 0])
    away = size * POINTS / 2
    for number in np.flatnonzero(there):
        words = [mark.names[number]] if mark.names else []
        if values is not None and mark.digits >= 0 and active[number] and np.isfinite(values[number]):
            words.append(f"{values[number]:z.{mark.digits}f}")
        if not words:
            continue
        beside = small and crossed[number]
        where = (away + 4, 0) if beside else (0, -away - 6 if small else 0)
        style = {"ha": "left" if beside else "center", "va": "center", "size": SIZE - 1, "zorder": 6}
        style |= {"color": plot.theme["ink"], "path_effects": plot.halo() if small else None}
        plot.axes.annotate(" ".join(words), nodes[number], xytext=where, textcoords="offset points", **style)


@draw_mark.register
def _(mark: Sound, plot: Plot) -> None:
    samples = plot.arrays(mark)["samples"]
    pieces = np.array_split(samples, min(WAVE, len(samples)))
    pieces = [piece[np.isfinite(piece)] for piece in pieces]
    low = np.array([piece.min() if piece.size else np.nan for piece in pieces])
    high = np.array([piece.max() if piece.size else np.nan for piece in pieces])
    time = (np.arange(len(pieces)) + 0.5) / len(pieces) * len(samples) / mark.rate
    thin = np.where(high - low < 0.01, 0.005, 0.0)
    plot.axes.fill_between(time, low - thin, high + thin, color=plot.theme["series"][1], linewidth=0.3)
    plot.axes.set(xlim=(0, len(samples) / mark.rate), ylim=(-1.05, 1.05), yticks=[])
    plot.axes.spines["left"].set_visible(False)
    plot.axes.set_xlabel(f"{mark.label}, time (s)", color=plot.theme["muted"], size=SIZE)


@draw_mark.register
def _(mark: Surface, plot: Plot) -> None:
    arrays, axes = plot.arrays(mark), plot.axes
    x, y = np.meshgrid(arrays["x"], arrays["y"])
    low, high = span(mark.z, plot.state)
    cmap, z = colormap("field", plot.dark), arrays["z"]
    look = {"cmap": cmap, "vmin": low, "vmax": high, "linewidth": 0.25, "edgecolor": to_rgba(plot.theme["ink"], 0.25)}
    if np.isfinite(z).any():
        axes.plot_surface(x, y, z, rcount=36, ccount=36, antialiased=True, zorder=1, **look)
        axes.set_zlim(low - 0.02 * (high - low) - 1e-9, high + 0.02 * (high - low) + 1e-9)
    axes.view_init(elev=mark.tilt, azim=mark.turn - 90)
    axes.set_box_aspect((1, 1, 0.7), zoom=1.1)
    if mark.label:
        axes.set_zlabel(mark.label, color=plot.theme["muted"], size=SIZE, labelpad=-4)
