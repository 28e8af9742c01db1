"""The static figure of an explorer: its panels in one state, drawn with matplotlib.

It stands where nothing can move: on GitHub, in a PDF, in a page whose scripts do not run.

>>> from mmcourse.explorer.marks import Line, Panel
>>> figure = draw([Panel(Line([0, 1, 2, 3], [0, 1, 4, 9]), x="x", y="x²")], state={}, title="A parabola")
>>> float(figure.get_size_inches()[0])
7.2
"""

import io
import re
import textwrap
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.ticker import MaxNLocator
from PIL import Image as Picture

from mmcourse import figures
from mmcourse.explorer import static_cells, static_plane  # noqa: F401  they register how marks are drawn
from mmcourse.explorer.extents import limits
from mmcourse.explorer.marks import Equation, Panel, Text
from mmcourse.explorer.static_plot import Plot, draw_mark
from mmcourse.explorer.template import fill, fill_latex, names, names_latex

__all__ = ["draw", "limits", "png", "rows"]

WIDTH = 720  # pixels
NARROWEST = 270  # pixels of a panel, as in the page
LINE = 19  # pixels of a line of words
FORMULA = 44  # pixels of a formula
LETTERS = 92  # of a line of words, at full width
BYTES = 60_000  # of a picture; above, it gets fewer pixels


def draw(
    panels: Sequence[Panel], state: Mapping[str, Any], title: str = "", width: int = WIDTH, dark: bool = False
) -> Figure:
    """Draw all panels in one state.

    Parameters
    ----------
    panels : sequence of Panel
        In rows, as many side by side as fit.
    state : dict
        The value of each control.
    title : str
        Over the figure.
    width : int
        Pixels; the height follows from the panels.
    dark : bool
        For dark paper.

    Returns
    -------
    Figure
        Of matplotlib, unknown to pyplot.
    """
    lines, theme = rows(panels, width), figures.DARK if dark else figures.LIGHT
    heights = [max(_height(panel, width) for panel in line) for line in lines]
    headline = textwrap.wrap(title, int(width / 9.5))
    size = (width / figures.DPI, (sum(heights) + 24 * len(headline) + 8 * len(lines)) / figures.DPI)
    figure = Figure(size, dpi=figures.DPI, facecolor=theme["paper"], layout="constrained")
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(w_pad=0.09, h_pad=0.06, wspace=0.02, hspace=0.02)
    if headline:
        style = {"ha": "left", "weight": "bold", "color": theme["ink"], "size": figures.SIZE + 2.5}
        figure.suptitle("\n".join(headline), x=0.0125, **style)
    plots = []
    grid = figure.add_gridspec(len(lines), 1, height_ratios=heights)
    for number, line in enumerate(lines):
        cells = grid[number].subgridspec(1, len(line), width_ratios=[panel.width for panel in line])
        for place, panel in enumerate(line):
            pixels = (width * panel.width / sum(p.width for p in line), heights[number])
            plots += _draw_panel(figure, cells[place], panel, state, pixels, dark)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the places are known now; finding them again would take most of the time
    for plot in plots:
        plot.spread_labels(figure.canvas.get_renderer())
    return figure


def png(panels: Sequence[Panel], state: Mapping[str, Any], title: str = "", width: int = WIDTH) -> bytes:
    """Return the static figure as a PNG for a light page.

    Parameters
    ----------
    panels, state, title, width
        As for `draw`.

    Returns
    -------
    bytes
        Two pixels of the picture for one of the page, or fewer where it would take more than 60 kB: show it `width`
        pixels wide.
    """
    figure = draw(panels, state, title, width)
    picture = _compressed(figure, 2 * figures.DPI)
    for dpi, expected in ((1.5 * figures.DPI, 0.7), (figures.DPI, 0.0)):
        if len(picture) > BYTES and expected * len(picture) <= BYTES:
            picture = _compressed(figure, dpi)
    return picture


def _compressed(figure: Figure, dpi: float) -> bytes:
    """A PNG with 256 colours: those of the look, and those that the picture has most of."""
    figure.dpi = dpi
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
    kept = np.array([list(bytes.fromhex(color[1:])) for color in _colors(figures.LIGHT)])
    picture, palette = Picture.fromarray(pixels), Picture.new("P", (1, 1))
    own = picture.quantize(256 - len(kept)).getpalette()
    palette.putpalette([*kept.ravel().tolist(), *own][:768])
    codes = np.array(picture.quantize(palette=palette, dither=Picture.Dither.NONE))
    whole = pixels @ np.array([65536, 256, 1])  # one number for each pixel
    for code, color in enumerate(kept @ np.array([65536, 256, 1])):
        codes[whole == color] = code  # Pillow rounds
    exact, file = Picture.fromarray(codes), io.BytesIO()
    exact.putpalette(palette.getpalette())
    exact.save(file, format="png", optimize=True)
    return file.getvalue()


def _colors(theme: Mapping[str, Any]) -> list[str]:
    """The colours of the look that a picture has to keep."""
    single = [theme[name] for name in ("paper", "ink", "muted", "faint", "accent")]
    return list(dict.fromkeys(single + theme["series"] + theme["text"]))


def rows(panels: Sequence[Panel], width: int = WIDTH) -> list[list[Panel]]:
    """Return the panels in rows, as the page lays them out: each 270 pixels wide at least, words across the whole.

    Examples
    --------
    >>> from mmcourse.explorer.marks import Bars, Panel
    >>> [len(row) for row in rows([Panel(Bars([1, 2]))] * 3)]
    [2, 1]
    """
    lines: list[list[Panel]] = []
    most = max(1, width // NARROWEST)
    for panel in panels:
        alone = panel.kind == "words" or not lines or lines[-1][-1].kind == "words"
        if alone or len(lines[-1]) == most:
            lines.append([])
        lines[-1].append(panel)
    return lines


def _height(panel: Panel, width: int) -> float:
    """Pixels of a panel with its title; that of words follows from how many they may be."""
    title = 20 if panel.title else 0
    if panel.kind != "words":
        return max(panel.height, 120) + title
    lines = [FORMULA if isinstance(mark, Equation) else LINE * _line_count(mark, width) for mark in panel.marks]
    return sum(lines) + title + 6


def _line_count(mark: Text, width: int) -> int:
    return max(1, -(-len(mark.template) * WIDTH // (LETTERS * width)))


def _draw_panel(figure: Figure, cell: Any, panel: Panel, state: Mapping, pixels: tuple, dark: bool) -> list[Plot]:
    """Draw a panel into a cell of the figure's grid; return what has labels that may need to move."""
    painter = {"plane": _plane, "space": _space, "cells": _cells, "words": _words}[panel.kind]
    plots = painter(figure, cell, Plot(None, panel, state, pixels=pixels, dark=dark))
    return [plot for plot in plots if plot.labels]


def _plane(figure: Figure, cell: Any, plot: Plot) -> list[Plot]:
    panel, axes = plot.panel, figure.add_subplot(cell)
    plot.axes, plot.limits = axes, limits(panel, plot.state)
    scales = [scale.replace("log10", "linear") for scale in (panel.xscale, panel.yscale)]
    axes.set(xscale=scales[0], yscale=scales[1], xlabel=panel.x, ylabel=panel.y)
    figures.dress(axes, plot.dark)
    axes.autoscale(False)  # the limits are ours; on a log axis it may end in two equal ones, and a warning
    for mark in panel.marks:
        draw_mark(mark, plot)
    axes.set(xlim=plot.limits[0], ylim=plot.limits[1])
    for axis, scale in ((axes.xaxis, panel.xscale), (axes.yaxis, panel.yscale)):
        if scale == "log10":  # the numbers are powers of ten
            axis.set_major_locator(MaxNLocator(5, integer=True))
            axis.set_major_formatter(lambda power, _: f"$10^{{{power:g}}}$")
    if panel.equal:
        axes.set_aspect("equal", adjustable="box")
    plot.finish()
    return [plot]


def _space(figure: Figure, cell: Any, plot: Plot) -> list[Plot]:
    panel, theme = plot.panel, plot.theme
    axes = plot.axes = figure.add_subplot(cell, projection="3d", computed_zorder=False)
    axes.set_facecolor(theme["paper"])
    axes.set(xlabel=panel.x, ylabel=panel.y)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((0, 0, 0, 0))
        axis.line.set(color=theme["faint"], linewidth=0.7)
        axis._axinfo["grid"] |= {"color": theme["faint"], "linewidth": 0.4}
        axis.label.set(color=theme["muted"], size=figures.SIZE)
        axis.set_tick_params(labelcolor=theme["muted"], labelsize=figures.SIZE - 1.5, pad=-2, color=theme["faint"])
        axis.labelpad = -4
        axis.get_major_locator().set_params(nbins=4)
    for mark in panel.marks:
        draw_mark(mark, plot)
    plot.limits = limits(panel, plot.state)
    axes.set(xlim=plot.limits[0], ylim=plot.limits[1])
    plot.finish()
    return [plot]


def _cells(figure: Figure, cell: Any, plot: Plot) -> list[Plot]:
    """Marks without axes stand side by side."""
    marks = plot.panel.marks
    parts, (width, height) = cell.subgridspec(1, len(marks)), plot.pixels
    plots = []
    for number, mark in enumerate(marks):
        axes = figure.add_subplot(parts[number])
        figures.dress(axes, plot.dark)
        plots.append(Plot(axes, plot.panel, plot.state, pixels=(width / len(marks), height), dark=plot.dark))
        draw_mark(mark, plots[-1])
    plots[0].finish()
    return plots


# Words


def _words(figure: Figure, cell: Any, plot: Plot) -> list[Plot]:
    axes = plot.axes = figure.add_subplot(cell)
    axes.set_axis_off()
    width, height = plot.pixels
    axes.set(xlim=(0, width), ylim=(height, 0))
    plot.finish()
    top = 2.0
    for mark in plot.panel.marks:
        formula = isinstance(mark, Equation)
        text = formula_text(mark, plot.state) if formula else sentence(mark, plot.state)
        text = text if formula else textwrap.fill(text, int(LETTERS * width / WIDTH))
        high = FORMULA if formula else LINE * _line_count(mark, width)
        size = figures.SIZE + 2.5 if formula else figures.SIZE + 0.5
        words = axes.text(0, top + high / 2 if formula else top, text, size=size, va="center" if formula else "top")
        words.set(color=plot.theme["ink"], in_layout=False, math_fontfamily="stix", linespacing=1.35)
        words.set_parse_math(formula and text.startswith("$"))
        top += high
    return []


def sentence(mark: Text, state: Mapping[str, Any]) -> str:
    """Return a sentence with the numbers of a state."""
    return fill(mark.template, _known(mark, state, names(mark.template)))


def formula_text(mark: Equation, state: Mapping[str, Any]) -> str:
    """Return a formula with the numbers of a state: what matplotlib can set, or the LaTeX as it is when it cannot."""
    text = fill_latex(mark.template, _known(mark, state, names_latex(mark.template)))
    line = re.sub(r"\s+", " ", text).strip()
    return f"${line}$" if can_be_set(f"${line}$") else line


def _known(mark: Text, state: Mapping[str, Any], wanted: Sequence[str]) -> dict[str, Any]:
    channels = mark.channels()
    return dict(state) | {name: float(channels[name].at(state)) for name in wanted if name in channels}


@lru_cache(maxsize=256)
def can_be_set(formula: str) -> bool:
    """Whether matplotlib's own TeX understands a formula."""
    try:
        MathTextParser("path").parse(formula)
    except (ValueError, RuntimeError):
        return False
    return True
