"""Figures: one look, and alt text that survives, for every figure of the course.

A figure of a lecture is four lines: make it, draw, label, show it with a sentence for those who cannot see it.

>>> figure, axes = new(width=480, height=240)
>>> steps = np.arange(20)
>>> _ = axes.plot(steps, 0.8**steps, **series(1)); _ = label_line(axes, steps, 0.8**steps, "loss", 1)
>>> show(figure, alt="The loss falls by a fifth in every step, from 1 to 0.014 after 19 steps.")
The loss falls by a fifth in every step, from 1 to 0.014 after 19 steps.

In a notebook the last line shows the picture; here, without a kernel, the sentence stands for it. The colours are data
(`tokens`), the same for these figures and for the explorers.
"""

import base64
import html
import io
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHORTEST_ALT = 20  # letters
DPI = 100  # a pixel of a page is a hundredth of matplotlib's inch
POINTS = 72 / DPI  # matplotlib's points in a pixel
STROKE = 1.6  # points, width of a line
SIZE = 8.5  # points, size of letters

# Okabe-Ito with ink first and grey last. `text` are the same hues, dark (or light) enough to read as words: contrast
# 4.5 to the paper. `field` runs in even steps of lightness from the paper away, `diverging` from blue through the paper
# to orange: both even in OKLab, which the tests compute.
LIGHT = {
    "paper": "#FFFFFF",
    "ink": "#1F2328",
    "muted": "#59636E",
    "faint": "#D8DEE4",
    "soft": "#F3F5F7",
    "accent": "#5B3FD6",
    "series": ["#1F2328", "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#767676"],
    "text": ["#1F2328", "#0072B2", "#C15503", "#02835F", "#9D6B00", "#097CAE", "#AA5A87", "#757575"],
    "field": ["#F7F8EA", "#E0ECDA", "#C6E0CF", "#AAD4CC", "#92C6CC", "#80B7C8", "#72A7C4", "#6A95BE", "#6783B7"],
    "diverging": ["#4799D9", "#77B2E3", "#A4CAEB", "#CFE2F3", "#FAFAFA", "#F0DBCB", "#E5BC9D", "#D89C6F", "#CA7D3C"],
}
DARK = {
    "paper": "#16191D",
    "ink": "#E6E8EB",
    "muted": "#A3ABB5",
    "faint": "#3A4048",
    "soft": "#22272E",
    "accent": "#A78BFA",
    "series": ["#E6E8EB", "#56B4E9", "#F0803C", "#2FC79B", "#F0B429", "#9AD2F2", "#E0A0C4", "#A0A0A0"],
    "text": ["#E6E8EB", "#56B4E9", "#F0803C", "#2FC79B", "#F0B429", "#9AD2F2", "#E0A0C4", "#A0A0A0"],
    "field": ["#1D222B", "#202A38", "#213345", "#213C51", "#1D475D", "#195264", "#155D6A", "#13686D", "#1A736F"],
    "diverging": ["#1868A0", "#22567E", "#25445E", "#25333F", "#222222", "#3C2D22", "#583921", "#75441B", "#92500B"],
}
DASHES = [[], [], [6, 3], [2, 2], [8, 3, 2, 3], [6, 3], [2, 2], []]  # pixels on and off
MARKERS = ["circle", "square", "triangle up", "diamond", "plus", "cross", "triangle down", "circle"]
MARKER_CODES = {
    "circle": "o",
    "square": "s",
    "triangle up": "^",
    "diamond": "D",
    "plus": "P",
    "cross": "X",
    "triangle down": "v",
}


def tokens() -> dict:
    """Return the look as plain data: colours in light and dark, and the second cues.

    Returns
    -------
    dict
        `light` and `dark`: paper, ink, muted (words beside the point), faint (thin lines), soft (ground of
        buttons), accent (what the reader moves), `series` and `text` (8 colours each, of marks and of words), `field`
        and `diverging` (9 stops of a colour map, in between linear in sRGB). `dashes`: for each series pixels on and
        off, none when solid. `markers`: names of shapes.

    Examples
    --------
    >>> look = tokens()
    >>> look["light"]["series"][2], look["dashes"][2], look["markers"][2]
    ('#D55E00', [6, 3], 'triangle up')
    """
    return {"light": dict(LIGHT), "dark": dict(DARK), "dashes": list(DASHES), "markers": list(MARKERS)}


def show(figure: "Figure", alt: str) -> None:
    """Display a figure with alt text that JupyterLab and nbconvert keep, and close it.

    Parameters
    ----------
    figure : matplotlib Figure
        Drawn; it is closed, so that it does not appear a second time.
    alt : str, 20 letters at least
        What the figure shows, for a reader who cannot see it.

    Raises
    ------
    ValueError
        If the alt text is missing or says too little.

    Notes
    -----
    What is displayed is a bundle: HTML with `<img alt>` for pages, the PNG for PDF, the sentence for terminals. Without
    IPython the sentence is printed.
    """
    require_finding(alt)
    bundle = mime_bundle(figure, alt)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        sys.modules["IPython"].display.display(bundle, raw=True)
    else:
        print(bundle["text/plain"])


def require_finding(alt: str) -> None:
    """Raise a ValueError unless `alt` is a sentence of some length."""
    if not isinstance(alt, str) or len(" ".join(alt.split())) < SHORTEST_ALT:
        raise ValueError(
            f"`alt` must be a sentence that states what the figure shows, got {alt!r}: it stands in for the figure "
            "where nobody sees it, like 'With momentum the loss passes 1e-4 after 31 steps, without it after 212.'"
        )


def mime_bundle(figure: "Figure", alt: str) -> dict[str, str]:
    """Return a figure as text/html, image/png (base64) and text/plain.

    Examples
    --------
    >>> figure, axes = new(width=200, height=100)
    >>> list(mime_bundle(figure, "An empty figure, 200 by 100 pixels."))
    ['text/html', 'image/png', 'text/plain']
    """
    file = io.BytesIO()
    options = {"facecolor": figure.get_facecolor(), "bbox_inches": "tight", "pad_inches": 0.12}
    figure.savefig(file, format="png", dpi=2 * DPI, **options)
    picture, sentence = base64.b64encode(file.getvalue()).decode(), " ".join(alt.split())
    width = (
        int.from_bytes(file.getvalue()[16:20]) // 2
    )  # where a PNG has its width; two of its pixels are one of a page
    image = f'<img alt="{html.escape(sentence)}" width="{width}" style="max-width:100%;height:auto" '
    return {
        "text/html": f'{image}src="data:image/png;base64,{picture}">',
        "image/png": picture,
        "text/plain": sentence,
    }


def style(dark: bool = False) -> ExitStack:
    """Turn the house style on: for what follows, or for a `with` block.

    Examples
    --------
    >>> import matplotlib
    >>> with style(dark=True):
    ...     matplotlib.rcParams["figure.facecolor"]
    '#16191D'
    """
    import matplotlib

    for map_ in (colormap("field", dark), colormap("diverging", dark)):
        if map_.name not in matplotlib.colormaps:
            matplotlib.colormaps.register(map_)
    new_values = rc(dark)
    restore = ExitStack()
    restore.callback(matplotlib.rcParams.update, {key: matplotlib.rcParams[key] for key in new_values})
    matplotlib.rcParams.update(new_values)
    return restore


def rc(dark: bool = False) -> dict[str, Any]:
    """Return the settings of matplotlib that make the house style."""
    from cycler import cycler

    theme = DARK if dark else LIGHT
    strokes = [series(number, dark) for number in range(1, 8)]
    thin = {f"{axis}tick.{key}": value for axis in "xy" for key, value in _TICKS.items()}
    paper = {f"{part}.facecolor": theme["paper"] for part in ("figure", "axes", "savefig")}
    muted = dict.fromkeys(["axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"], theme["muted"])
    return {
        **thin,
        **paper,
        **muted,
        "font.size": SIZE,
        "text.color": theme["ink"],
        "axes.titlecolor": theme["ink"],
        "axes.edgecolor": theme["faint"],
        "xtick.color": theme["faint"],
        "ytick.color": theme["faint"],
        "grid.color": theme["faint"],
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.7,
        "axes.labelsize": SIZE,
        "axes.titlesize": SIZE + 1.5,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=[s["color"] for s in strokes], linestyle=[s["linestyle"] for s in strokes]),
        "lines.linewidth": STROKE,
        "lines.markersize": 4.5,
        "lines.dash_capstyle": "butt",
        "lines.solid_capstyle": "round",
        "image.cmap": colormap("field", dark).name,
        "legend.frameon": False,
        "figure.dpi": DPI,
    }


_TICKS = {"major.width": 0.7, "major.size": 3, "minor.size": 0, "labelsize": SIZE}


def colormap(name: str, dark: bool = False) -> Any:
    """Return the colour map `field` (from the paper away) or `diverging` (blue, paper, orange); NaN is transparent.

    Once the style is on, matplotlib knows them as "mmcourse.field", "mmcourse.diverging" (and with ".dark" behind).
    """
    from matplotlib.colors import LinearSegmentedColormap

    stops, full_name = (DARK if dark else LIGHT)[name], f"mmcourse.{name}" + (".dark" if dark else "")
    return LinearSegmentedColormap.from_list(full_name, stops).with_extremes(bad="none")


def series(number: int, dark: bool = False, marker: bool = False) -> dict[str, Any]:
    """Return what matplotlib's `plot` needs to draw a line of a series: colour, dash, and on request the marker.

    Parameters
    ----------
    number : int
        0 is ink, 1 to 7 are colours; further numbers begin again at 1.
    dark : bool
        For dark paper.
    marker : bool
        Whether each point is marked.

    Examples
    --------
    >>> series(3, marker=True)["color"], series(3, marker=True)["marker"]
    ('#009E73', 'D')
    """
    number = number if number < 8 else 1 + (number - 1) % 7
    dash = tuple(round(POINTS / STROKE * length, 2) for length in DASHES[number])  # matplotlib scales it by the width
    options = {"color": (DARK if dark else LIGHT)["series"][number], "linestyle": (0, dash) if dash else "-"}
    return options | ({"marker": MARKER_CODES[MARKERS[number]]} if marker else {})


def new(rows: int = 1, columns: int = 1, width: int = 640, height: int = 280, **options: Any) -> tuple["Figure", Any]:
    """Turn the house style on and make a figure with axes.

    Parameters
    ----------
    rows, columns : int
        Of axes.
    width, height : int
        Pixels of the whole figure.
    **options
        As for `Figure.subplots`: sharex, sharey, width_ratios, subplot_kw.

    Returns
    -------
    Figure and Axes
        One axes, or an array of them; unknown to pyplot, so nothing is displayed unless `show` does.

    Examples
    --------
    >>> figure, (left, right) = new(columns=2, sharey=True)
    >>> figure.get_size_inches()
    array([6.4, 2.8])
    """
    from matplotlib.figure import Figure

    style()
    figure = Figure(figsize=(width / DPI, height / DPI), layout="constrained")
    axes = figure.subplots(rows, columns, **options)
    for each in np.ravel(axes):
        dress(each)
    return figure, axes


def dress(axes: "Axes", dark: bool = False) -> None:
    """Give axes the house look, whatever matplotlib's settings: thin lines left and below, few ticks, quiet words."""
    theme = DARK if dark else LIGHT
    axes.set_facecolor(theme["paper"])
    for side, spine in axes.spines.items():
        spine.set(visible=side in ("left", "bottom"), color=theme["faint"], linewidth=0.7)
    axes.tick_params(which="both", color=theme["faint"], labelcolor=theme["muted"], labelsize=SIZE, width=0.7, length=3)
    axes.minorticks_off()
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set(color=theme["muted"], size=SIZE)
        if axis.get_scale() == "linear":
            axes.locator_params(axis=axis.axis_name, nbins=5)


def is_dark(figure: "Figure") -> bool:
    """Whether the paper of a figure is dark."""
    return float(np.dot(figure.get_facecolor()[:3], [0.2126, 0.7152, 0.0722])) < 0.5


def label_line(axes: "Axes", x: Any, y: Any, text: str, number: int = 0) -> Any:
    """Write `text` at the end of a curve, in the colour of its series: a label in place of a legend.

    Parameters
    ----------
    axes : Axes
        Where the curve is drawn.
    x, y : array, shape (N,)
        The curve; the label stands right of its last point that is a number.
    text : str
        The label.
    number : int
        The series.

    Returns
    -------
    Annotation, or None where the curve has no point that is a number.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    there = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not there.size:
        return None
    color = (DARK if is_dark(axes.figure) else LIGHT)["text"][number if number < 8 else 1 + (number - 1) % 7]
    end = (x[there[-1]], y[there[-1]])
    return axes.annotate(text, end, (5, 0), textcoords="offset points", va="center", color=color, size=SIZE)
