"""Interactive figures: declare controls and marks, get an explorer that works with and without a kernel.

>>> time = np.linspace(0, 10, 200)
>>> pull, drag = LogSlider("pull", 0.1, 10, count=40), Slider("drag", 0, 1, count=21, start=0.2)
>>> swing = sweep(lambda pull, drag: np.exp(-drag * time) * np.cos(np.sqrt(pull) * time), pull, drag, error=1e-3)
>>> Explorer(
...     controls=[pull, drag],
...     marks=[Panel(Line(time, swing, label="position"), x="time (s)", y="position (m)")],
...     title="A weight on a spring",
...     alt="With a little drag the weight swings through zero about three times while its swing dies down.",
... ).state["drag"]
0.2

`Explorer` takes the controls of `controls`, the marks of `marks` and the sources of `sources`: docs/explorers.md shows
each. `predict`, `compare` and `question` ask the reader something. What runs in the browser is in js/.
"""

from mmcourse.explorer.cards import compare, predict, question
from mmcourse.explorer.controls import Choice, Entry, LogSlider, Numbers, Play, Point, Slider, Toggle
from mmcourse.explorer.explorer import Explorer
from mmcourse.explorer.marks import (
    Arrows,
    Bars,
    Equation,
    Field,
    Graph,
    Handle,
    Histogram,
    Image,
    Line,
    Matrix,
    Panel,
    Path,
    Points,
    Regions,
    Rule,
    Sound,
    Surface,
    Text,
)
from mmcourse.explorer.sources import Formula, Live, Sweep, sweep

__all__ = [
    "Arrows",
    "Bars",
    "Choice",
    "Entry",
    "Equation",
    "Explorer",
    "Field",
    "Formula",
    "Graph",
    "Handle",
    "Histogram",
    "Image",
    "Line",
    "Live",
    "LogSlider",
    "Matrix",
    "Numbers",
    "Panel",
    "Path",
    "Play",
    "Point",
    "Points",
    "Regions",
    "Rule",
    "Slider",
    "Sound",
    "Surface",
    "Sweep",
    "Text",
    "Toggle",
    "compare",
    "predict",
    "question",
    "sweep",
]
