"""What a mark needs to draw itself with matplotlib: axes, numbers, looks, and labels that keep off each other.

`draw_mark(mark, plot)` draws any mark; the modules beside this one register how.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from mmcourse import figures
from mmcourse.explorer.extents import Range
from mmcourse.explorer.marks import Mark, Panel

HEAD = 9 * figures.POINTS  # points, the marker of the present moment
FAR = 1e4  # ranges: what lies farther outside is drawn there, so that a divergent run stays a line


@singledispatch
def draw_mark(mark: Mark, plot: "Plot") -> None:
    """Draw a mark into its axes."""
    raise TypeError(f"there is no static drawing of {type(mark).__name__}")


@dataclass
class Plot:
    """Axes, and the state that is shown in them."""

    axes: Axes
    panel: Panel
    state: Mapping[str, Any]
    limits: tuple[Range, Range] = ((0.0, 1.0), (0.0, 1.0))
    pixels: tuple[float, float] = (320.0, 280.0)
    dark: bool = False
    labels: list = field(default_factory=list)
    taken: list = field(default_factory=list)
    key: list = field(default_factory=list)

    @property
    def theme(self) -> dict:
        return figures.DARK if self.dark else figures.LIGHT

    @property
    def space(self) -> bool:
        return self.panel.kind == "space"

    def arrays(self, mark: Mark) -> dict[str, np.ndarray]:
        """The arrays of a mark in the present state, as floats."""
        return {name: np.asarray(channel.at(self.state), dtype=float) for name, channel in mark.channels().items()}

    def number(self, mark: Mark) -> int:
        """The series of a mark: its own colour, or 1 and its place among the marks of the panel that have one."""
        coloured = [other for other in self.panel.marks if hasattr(other, "color")]
        place = next(place for place, other in enumerate(coloured) if other is mark)
        return (1 + place if mark.color is None else mark.color) % 8

    def look(self, number: int) -> dict:
        """Colour and dash of a series, for matplotlib."""
        return figures.series(number, self.dark)

    def marker(self, number: int) -> str:
        return figures.MARKER_CODES[figures.MARKERS[number]]

    def text_color(self, number: int) -> str:
        return self.theme["text"][number]

    def frame(self, mark: Mark, count: int) -> int:
        """The last of `count` moments that a mark with `upto` shows."""
        return count - 1 if mark.upto is None else int(min(max(self.state[mark.upto.name], 0), count - 1))

    def tame(self, values: np.ndarray, axis: int) -> np.ndarray:
        """Coordinates that can be drawn: gaps where a log axis has no place, far ones brought near."""
        scale, (low, high) = (self.panel.xscale, self.panel.yscale)[axis], self.limits[axis]
        if scale == "log":
            return np.clip(np.where(values > 0, values, np.nan), low * 1e-30, high * 1e30)
        return np.clip(values, low - FAR * (high - low), high + FAR * (high - low))

    def halo(self, width: float = 2.2) -> list:
        return [patheffects.withStroke(linewidth=width, foreground=self.theme["paper"])]

    def visible(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Which points lie within the axes."""
        (x0, x1), (y0, y1) = self.limits
        return (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)

    def share(self, x: float) -> float:
        """Where x lies between the left (0) and the right (1) end of the axes."""
        low, high = self.limits[0]
        return float(np.log(x / low) / np.log(high / low) if self.panel.xscale == "log" else (x - low) / (high - low))

    def label(self, text: str, x: float, y: float, color: str, outside: bool = False) -> None:
        """Write beside a place: to the right of it, or to the left where there is no room."""
        room = (1 - self.share(x)) * self.pixels[0] * 0.8
        left = not outside and room < 7 * len(text) + 12
        note = self.axes.annotate(
            text,
            (x, y),
            (-7 if left else 7, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            color=color,
            size=figures.SIZE,
            path_effects=self.halo(),
            zorder=9,
            annotation_clip=False,
        )
        note.set_in_layout(outside)
        self.labels.append(note)

    def take(self, x: float, y: float) -> None:
        """Keep labels off a marker."""
        self.taken.append((x, y))

    def add_to_key(self, handle: Any, text: str, number: int) -> None:
        """Name a mark that has no one place to stand beside: in the line over the axes."""
        self.key.append((handle, text, self.text_color(number)))

    def finish(self) -> None:
        """Write the title, and the key beside it, or under it where the line is too short for both."""
        handles, texts, colors = zip(*self.key) if self.key else ((), (), ())
        letters = sum(len(text) + 4 for text in texts) + len(self.panel.title)
        above = bool(self.key) and bool(self.panel.title) and 7.5 * letters > self.pixels[0]
        if self.key:
            place = ("lower left", (0, 1)) if above or not self.panel.title else ("lower right", (1, 1))
            legend = self.axes.legend(
                handles,
                texts,
                loc=place[0],
                bbox_to_anchor=place[1],
                ncols=len(texts),
                labelcolor=list(colors),
                fontsize=figures.SIZE,
                frameon=False,
                borderaxespad=0.1,
                handlelength=1.1,
                handletextpad=0.5,
                columnspacing=1.2,
            )
            legend.set_zorder(9)
        style = {"size": figures.SIZE + 1, "weight": "bold", "color": self.theme["ink"]}
        if self.panel.title:
            self.axes.set_title(self.panel.title, loc="left", pad=21 if above else 6, **style)

    def spread_labels(self, renderer: Any) -> None:
        """Move labels that lie over others up or down until they do not."""
        radius = 5 * self.axes.figure.dpi / figures.DPI
        centres = [self.axes.transData.transform(place) for place in self.taken]
        placed = [Bbox.from_extents(*(centre - radius), *(centre + radius)) for centre in centres]
        frame = self.axes.get_window_extent(renderer)
        first = {note: (-note.get_zorder(), -note.get_window_extent(renderer).y0) for note in self.labels}
        for note in sorted(self.labels, key=first.get):  # names of regions have the lower order, and move before others
            box = note.get_window_extent(renderer)
            shift = min(0.0, frame.y1 - box.y1)
            for other in placed:
                moved = box.translated(0, shift)
                if moved.overlaps(other):
                    shift += other.y0 - moved.y1 - 0.5
            placed.append(box.translated(0, shift))
            x, y = note.xyann
            note.xyann = (x, y + shift * 72 / self.axes.figure.dpi)
