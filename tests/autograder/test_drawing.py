"""Figures of a notebook without a screen: what becomes a picture, what costs only itself, and what is never written.

Each program runs in a Python of its own, because drawing takes over matplotlib in the whole process.
"""

import base64
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from autograder.cells import Session, draw_figures, end_figures
from autograder.pictures import PER_CELL, SIDE, SIZE, TOTAL, known_chunks, safe_png

ROOT = Path(__file__).parents[2]
RUNNER = """
import base64, json, os, sys
sys.path.insert(0, {root!r})
import autograder.drawing
from autograder.cells import CappedText, Session, draw_figures, end_figures
from autograder.inert import InertFinder
class NoIPython(InertFinder):  # no sandbox has it
    def find_spec(self, name, *rest):
        return super().find_spec(name, *rest) if name.startswith("IPython") else None
sys.meta_path.insert(0, NoIPython())
out, session, found = CappedText(), Session(), []
sys.stdout = sys.stderr = out
for number, source in enumerate(json.loads(sys.argv[1])):
    status, error = session.run_cell(number, source)
    waiting = end_figures()
    pictures = [base64.b64encode(one).decode() for one in draw_figures()]
    found.append([status, error, out.take(), waiting, pictures])
sys.__stdout__.write(json.dumps(found))
sys.__stdout__.flush()
os._exit(0)
"""
PLOT = "import matplotlib.pyplot as plt\nimport numpy as np\n"


def draw(*cells: str, environment: dict | None = None, cwd: Path | None = None) -> list[list]:
    """What each cell gave: status, error, text, how many figures waited, and their pictures."""
    command = [sys.executable, "-I", "-c", RUNNER.format(root=str(ROOT)), json.dumps([*map(textwrap.dedent, cells)])]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=environment or {}, cwd=cwd
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    return json.loads(done.stdout)


def pixels(picture: str) -> tuple[int, int]:
    data = known_chunks(base64.b64decode(picture))[0][1]
    return int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")


def size(picture: str) -> int:
    return len(picture) * 3 // 4


def test_open_figures_are_drawn_once_and_closed():
    first, second = draw(PLOT + "plt.plot([1, 2])\nplt.figure()\nplt.plot([3])", "print(plt.get_fignums())")
    assert first[:4] == ["ok", "", "", 2] and len(first[4]) == 2
    assert second == ["ok", "", "[]\n", 0, []]
    assert all(300 < side <= SIDE for picture in first[4] for side in pixels(picture))


def test_show_ends_a_figure_as_in_jupyter():
    """Without that, the second plot would be drawn over the first."""
    ((*_, waiting, pictures),) = draw(
        PLOT + "plt.plot([1])\nplt.show()\nplt.plot([2])\nplt.show(block=True)\nplt.show()"
    )
    assert waiting == 2 and len(set(pictures)) == 2


def test_displayed_figures_are_drawn_too_and_no_figure_twice():
    ((status, error, text, waiting, pictures),) = draw(
        """
        from matplotlib.figure import Figure
        import matplotlib.pyplot as plt
        from IPython.display import HTML, display as show
        alone = Figure(); alone.subplots().plot([1, 2])
        fig, ax = plt.subplots()
        display(alone, alone, fig)
        show(alone)
        show(HTML("<b>x</b>"), {"a": 1})
        """
    )
    assert (status, error, text, waiting, len(pictures)) == ("ok", "", "{'a': 1}\n", 2, 2)


def test_whatever_backend_a_notebook_asks_for():
    ((status, error, text, waiting, pictures), *_) = draw(
        """
        import matplotlib
        matplotlib.use("TkAgg")
        %matplotlib widget
        import matplotlib.pyplot as plt
        plt.switch_backend("QtAgg")
        plt.ion()
        plt.plot([1])
        plt.pause(1000)
        plt.gcf().show()
        plt.waitforbuttonpress(1000)
        plt.gcf().canvas.flush_events()
        plt.style.use("seaborn-v0_8")
        """
    )
    assert (status, error, text, waiting, len(pictures)) == ("ok", "", "", 1, 1)


def test_a_picture_that_cannot_be_saved_stops_nothing(tmp_path):
    source = """
        import matplotlib.pyplot as plt
        from matplotlib.animation import FuncAnimation
        fig, ax = plt.subplots()
        (line,) = ax.plot([1, 2])
        plt.savefig("/no/such/folder/plot.png")
        fig.savefig("plot.pdf")
        plt.imsave("/no/such/folder/image.png", [[1, 2]])
        moving = FuncAnimation(fig, lambda i: [line], frames=2)
        moving.save("/no/such/folder/moving.gif", writer="pillow")
        print("on")
        """
    ((status, error, text, waiting, pictures),) = draw(source, cwd=tmp_path)
    assert (status, error, text, waiting, len(pictures)) == ("ok", "", "on\n", 1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["plot.pdf"], "where a file can be written, it is"


def test_no_more_than_ten_pictures_a_cell():
    ((*_, waiting, pictures),) = draw(PLOT + "for i in range(14):\n    plt.plot([i])\n    plt.show()")
    assert waiting == len(pictures) == PER_CELL


def test_pictures_are_small_enough_to_send():
    noise = "plt.figure(figsize=({0}, {0}), dpi={1}).figimage(np.random.rand(900, 900, 3))\n"
    (*cells,) = draw(
        PLOT + "plt.figure(figsize=(90, 3)); plt.plot([1])",
        noise.format(9, 100),
        PLOT + "plt.plot([1]); plt.text(50, 1, 'far away', transform=plt.gca().transAxes)",
        *[noise.format(4.5, 100) * 5] * 3,
    )
    sent = [picture for *_, pictures in cells for picture in pictures]
    assert [len(pictures) for *_, pictures in cells][:3] == [1, 1, 1], "shrunk, not lost"
    assert all(max(pixels(picture)) <= SIDE and size(picture) <= SIZE for picture in sent)
    assert TOTAL * 0.7 < sum(map(size, sent)) <= TOTAL and len(sent) < 3 + 15
    assert all(safe_png(base64.b64decode(picture)) for picture in sent)


HOSTILE = {
    "raises": "raise ValueError('no')",
    "exits": "raise SystemExit(0)",
    "raises something without a text": "raise type('E', (BaseException,), {'__str__': lambda s: 1 / 0})()",
    "runs out of stack": "return self.draw(renderer)",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_figure_that_cannot_be_drawn_costs_only_its_picture(what):
    source = f"""
        import matplotlib.pyplot as plt
        class Bad(plt.Figure):
            def draw(self, renderer):
                {HOSTILE[what]}
        bad, good = plt.figure(FigureClass=Bad), plt.figure()
        x = 3
        """
    first, second = draw(source, "print(x)")
    assert first[:4] == ["ok", "", "", 2] and len(first[4]) == 1
    assert second[2] == "3\n"


@pytest.mark.parametrize("shape", ["(1e9, 1)", "(1e-9, 1)", "(float('nan'), 1)", "(1, 1), dpi=1e9", "(1, 1), dpi=-5"])
def test_impossible_sizes_are_no_trouble(shape):
    first, second = draw(PLOT + f"x = 3\nplt.figure(figsize={shape})", "print(x)")
    assert second[2] == "3\n" and all(max(pixels(picture)) <= SIDE for picture in first[4])


def test_what_a_cell_did_to_matplotlib_is_its_own_loss():
    first, second = draw(
        PLOT + "x = 3\nplt.close = plt.get_fignums = None\nimport matplotlib._pylab_helpers as h\nh.Gcf.figs = 5",
        "print(x)",
    )
    assert first[0] == "ok" and second == ["ok", "", "3\n", 0, []]


def test_nothing_is_written_anywhere(tmp_path):
    """No cache, no configuration, no folder in the place for temporary files; and none of the reader's own is read."""
    home = tmp_path / "home"
    (home / ".config" / "matplotlib").mkdir(parents=True)
    (home / ".config" / "matplotlib" / "matplotlibrc").write_text("figure.figsize: 1, 1\n")
    before = sorted(tmp_path.rglob("*"))
    environment = {"HOME": str(home), "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    ((status, error, text, _, pictures),) = draw(
        PLOT + "plt.plot([1]); plt.title('$x^2$')", environment=environment, cwd=tmp_path
    )
    assert (status, error, text) == ("ok", "", "") and min(pixels(pictures[0])) > 300
    assert sorted(tmp_path.rglob("*")) == before


def test_without_matplotlib_there_are_no_figures_and_no_trouble():
    assert "autograder.drawing" not in sys.modules
    assert (end_figures(), draw_figures()) == (0, [])
    session = Session()
    assert session.run_cell(0, "display(3); display(get_ipython())") == ("ok", "")
    session.loop.close()
