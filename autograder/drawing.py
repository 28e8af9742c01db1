"""matplotlib without a screen or a file: a cell's figures are kept as it ends, and drawn as PNGs when asked for.

    collect()      as a cell ends: how many figures wait; all are closed, as Jupyter closes them
    draw()         the pictures of those that wait, each small enough to be sent

Importing this module imports matplotlib, so that a zygote may do it, in a way that reads and writes nothing outside
matplotlib's own folder; from then on this module is its backend, whatever a notebook asks for. To draw is a step of
its own, apart from the cell that made a figure: one that takes for ever costs the picture and not the cell.

This module travels into the sandbox: matplotlib, the standard library and its neighbours.
"""

import atexit
import contextlib
import functools
import io
import logging
import os
import tempfile
from collections.abc import Callable
from typing import Any

from autograder.pictures import PER_CELL, SIDE, SIZE, TOTAL

NOWHERE = "/dev/null/nothing"  # a folder that nobody can make, not even root
os.environ |= {"MPLBACKEND": f"module://{__name__}", "MPLCONFIGDIR": NOWHERE}
logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it would tell students about folders it cannot write to

_kept = tempfile.mkdtemp, atexit.register
tempfile.mkdtemp, atexit.register = (lambda *_, **__: NOWHERE), (lambda function, *_, **__: function)
try:  # it insists on a folder for its caches, and on clearing it up
    import matplotlib
    from matplotlib import pyplot
    from matplotlib._pylab_helpers import Gcf
    from matplotlib.animation import Animation
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
finally:
    tempfile.mkdtemp, atexit.register = _kept

_waiting: list[Figure] = []
_sent = 0  # bytes of all pictures so far


class FigureCanvas(FigureCanvasAgg):
    """What pyplot makes for each figure: it never draws by itself, and waits for nobody's mouse."""

    def draw_idle(self, *args: Any, **kwargs: Any) -> None: ...

    def start_event_loop(self, timeout: float = 0) -> None: ...


def show(*args: Any, **kwargs: Any) -> None:
    """`plt.show()`: what is open is shown and closed, so that the next `plt.plot` begins anew, as in Jupyter."""
    collect()


def keep(figure: Figure) -> None:
    """Let `figure` be drawn, once, if there is room for one more of this cell."""
    if len(_waiting) < PER_CELL and not any(figure is other for other in _waiting):
        _waiting.append(figure)


def collect() -> int:
    """Keep all open figures, close them, and say how many wait to be drawn."""
    if Gcf.figs:
        for manager in list(Gcf.get_all_fig_managers()):
            keep(manager.canvas.figure)
        Gcf.figs.clear()  # not `close`, which calls what a figure's owner hung on it
    return len(_waiting)


def draw() -> list[bytes]:
    """Draw what waits; a figure that cannot be drawn, or not small enough, is left out."""
    global _sent
    pictures = []
    for figure in _waiting:
        picture = png_of(figure)
        if picture is not None and _sent + len(picture) <= TOTAL:
            _sent += len(picture)
            pictures.append(picture)
    _waiting.clear()
    return pictures


def png_of(figure: Figure) -> bytes | None:
    """The whole figure with what reaches out of it, as large as it wants to be and is allowed to."""
    try:
        figure.draw_without_rendering()  # places everything, so that it can be measured
        box = figure.get_tightbbox().padded(0.1)
        dpi = min(figure.dpi, (SIDE - 2) / max(box.width, box.height))
        for fraction in (1, 2, 4):
            content = io.BytesIO()
            figure.savefig(content, format="png", dpi=dpi / fraction, bbox_inches=box, metadata={"Software": None})
            if content.tell() <= SIZE:
                return content.getvalue()
    except BaseException:  # whatever a student's figure does when it is drawn
        return None
    return None


def _unless_read_only(write: Callable) -> Callable:
    """`write` a file where that is possible; where it is not, the cell goes on without it."""

    @functools.wraps(write)
    def attempt(*args: Any, **kwargs: Any) -> Any:
        with contextlib.suppress(OSError):
            return write(*args, **kwargs)

    return attempt


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Stands for what chooses a screen or waits for one."""


pyplot.switch_backend(f"module://{__name__}")
matplotlib.use = pyplot.switch_backend = pyplot.pause = _nothing
Figure.savefig, pyplot.imsave = _unless_read_only(Figure.savefig), _unless_read_only(pyplot.imsave)
for name in ("save", "to_jshtml", "to_html5_video"):
    setattr(Animation, name, _unless_read_only(getattr(Animation, name)))
with contextlib.suppress(Exception):  # the fonts and the writer of PNGs are warm from now on
    png_of(Figure(figsize=(0.2, 0.2)))
