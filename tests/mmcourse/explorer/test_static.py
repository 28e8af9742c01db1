"""The static figure: every mark, every state, without a warning; what stands in it, and the limits by hand."""

import io
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image as Picture

from mmcourse import figures
from mmcourse.explorer import marks, static
from mmcourse.explorer.controls import Choice, LogSlider, Play, Point, Toggle
from mmcourse.explorer.extents import limits, span
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

STEP, RATE, START = Play("step", 8), LogSlider("lr", 1e-3, 1, count=7), Point("start", (-2, 2), (-1, 1), count=(5, 5))
RULE, NOISY = Choice("rule", ("plain", "momentum")), Toggle("noisy")
CONTROLS = [STEP, RATE, *START.axes, RULE, NOISY]
DEFAULT = {control.name: control.default for control in CONTROLS}
STATES = [
    DEFAULT,
    DEFAULT | {"step": 0, "lr": 1e-3, "start.x": -2.0, "start.y": 1.0, "rule": "momentum", "noisy": True},
    DEFAULT | {"step": 3, "lr": RATE.values[5]},  # where `hole` makes gaps
    DEFAULT | {"step": 7, "lr": 1.0},  # where nothing is left
]
GRID = np.linspace(-2, 2, 9)
RNG = np.random.default_rng(0)
WALK = RNG.normal(size=(8, 2)).cumsum(axis=0)


def hole(values):
    """A sweep over the learning rate that is whole at first, has gaps later, and is nothing but a gap at last."""
    values = np.asarray(values, dtype=float)
    patchy = np.where(RNG.random(values.shape) < 0.4, np.nan, values)
    return Sweep(np.stack([values] * 5 + [patchy, np.full_like(values, np.nan)]), [RATE])


BOWL = hole(GRID**2 + 3 * GRID[:, None] ** 2)
SPACE = np.column_stack([WALK[:, 0], WALK[:, 1], (WALK**2).sum(axis=1)])
EVERY_MARK = {
    "path": Panel(Path(hole(WALK), label="walk", upto=STEP, tail=3), Path(WALK), title="A walk", x="x", y="y"),
    "path of one point": Panel(Path(WALK[:1], label="here")),
    "points": Panel(Points(hole(WALK), kinds=np.arange(8), label="kinds"), Points(hole(WALK[:1]), label="one")),
    "arrows": Panel(Arrows(WALK, hole(WALK), label="many", scale=0.5), Arrows([[0, 0]], [[1, 1]], label="one")),
    "line": Panel(
        Line(np.arange(8), hole(np.exp(-np.arange(8))), label="loss", upto=STEP),
        Line(np.arange(8), np.ones(8), low=hole(np.full(8, 0.5)), high=np.full(8, 2.0), label="band"),
        yscale="log",
    ),
    "rule": Panel(Rule(RATE, label="rate"), Rule(hole(0.5), across="y", label="half"), xlim=(1e-4, 2), xscale="log"),
    "bars": Panel(Bars(hole([3, -1, 2]), names=("a", "b", "c"), label="now"), Bars([1, 1, 1], label="before")),
    "bars on a log axis": Panel(Bars([1e-3, 0, 10]), yscale="log"),
    "histogram": Panel(Histogram(hole(RNG.normal(size=50)), np.linspace(-3, 3, 13), label="activations"), title="A"),
    "field": Panel(Field(GRID, GRID, BOWL, label="loss"), Handle(START), Path(1e200 * WALK, label="gone"), equal=True),
    "field, log": Panel(Field(np.geomspace(0.1, 10, 9), GRID, BOWL, log=True, label="loss"), xscale="log"),
    "field, lines alone": Panel(Field(GRID, GRID, BOWL, heat=False)),
    "field, flat": Panel(Field(GRID, GRID, np.ones((9, 9)))),
    "regions": Panel(
        Regions(np.geomspace(1e-3, 1, 9), GRID, (GRID[:, None] > GRID).astype(int), names=("slow", "fast", "never")),
        Handle(RATE, START.axes[1], label="you"),
        xscale="log",
    ),
    "space": Panel(
        Surface(GRID, GRID, BOWL, label="loss"),
        Path(SPACE, label="walk", upto=STEP),
        Points([[0, 0, 0], [1, 1, 4]], label="places"),
        x="x",
        y="y",
    ),
    "image": Panel(Image(hole(RNG.random((6, 5))), overlay=hole(RNG.random((2, 2))), label="a picture")),
    "image in colours": Panel(Image(RNG.random((6, 5, 3))), title="Colours"),
    "matrix": Panel(
        Matrix(hole(RNG.normal(size=(2, 3))), rows=("a", "b"), columns=("some", "longer", "words")), height=90
    ),
    "matrix, large": Panel(Matrix(RNG.normal(size=(40, 30)), label="weights")),
    "matrix, zero": Panel(Matrix(np.zeros((2, 2)), digits=0)),
    "graph": Panel(
        Graph(
            [[0, 0], [1, 1], [1, -1]],
            [[0, 1], [0, 2]],
            values=hole([1, -1, 0.5]),
            weights=hole([0.5, -2]),
            active=hole([1, 0, 1]),
            names=("in", "a", "b"),
            digits=1,
        )
    ),
    "graph, bare": Panel(Graph(np.zeros((1, 2)), [[0, 0]]), Graph(WALK, [[0, 1], [2, 3]]), equal=True),
    "words": Panel(
        Text(
            "The rule is {rule}, the noise {noisy:off|on}; lr = {lr:.3g}, x = {start.x:.1f}, loss {loss:.2e}.",
            {"loss": hole(2)},
        ),
        Equation(r"x_{t+1} = x_t - \now{lr:.1e} \nabla f(x_t)"),
        Equation(r"\begin{aligned} a &= \now{step:d} \end{aligned}"),
        title="In words",
    ),
    "sound": Panel(Sound(hole(np.sin(np.arange(2000.0))), label="a tone")),
    "sound, short": Panel(Sound([0.5])),
}


@pytest.mark.slow  # together
@pytest.mark.parametrize("panel", EVERY_MARK.values(), ids=EVERY_MARK)
@pytest.mark.parametrize("state", STATES, ids=["default", "first, dark", "gaps", "empty"])
def test_every_mark_is_drawn_in_every_state(panel, state):
    figure = static.draw([panel], state, "A title", width=420, dark=state["noisy"])
    figure.canvas.draw()
    assert np.asarray(figure.canvas.buffer_rgba())[40:, :, :3].std() > 1  # something is there, below the title


def test_all_kinds_of_marks_are_among_them():
    kinds = {type(mark) for panel in EVERY_MARK.values() for mark in panel.marks}
    declared = {each for each in vars(marks).values() if isinstance(each, type) and issubclass(each, marks.Mark)}
    assert kinds == declared - {marks.Mark}


def test_a_mark_that_nobody_can_draw_is_named():
    class Cloud(marks.Mark):
        pass

    with pytest.raises(TypeError, match="no static drawing of Cloud"):
        static.draw([Panel(Cloud())], {})


# What stands in the figure


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_labels_titles_and_numbers_of_the_state():
    words = Panel(Text("At {lr:.2f} it is {rule}."), Equation(r"x^2 = \now{lr:.2f}"))
    figure = static.draw([Panel(Line([0, 1], [0, 1], label="rise"), title="Up", x="time (s)"), words], DEFAULT, "Top")
    plot, below = figure.axes
    assert (plot.get_title("left"), plot.get_xlabel(), figure.get_suptitle()) == ("Up", "time (s)", "Top")
    assert texts(figure) == ["rise", "At 0.03 it is plain.", "$x^2 = 0.03$"]


def test_a_formula_beyond_matplotlib_is_shown_as_it_is():
    [_, text] = EVERY_MARK["words"].marks[1:]
    assert static.formula_text(text, DEFAULT) == r"\begin{aligned} a &= 7 \end{aligned}"


def test_numbers_of_a_channel_win_and_only_those_wanted_are_computed():
    def broken():
        raise AssertionError("nobody asked")

    text = Text("{loss:.1f} at {lr:.1f}", {"loss": hole(2.0), "other": Live(broken)})
    assert static.sentence(text, DEFAULT | {"lr": 0.1}) == "2.0 at 0.1"


def test_a_path_ends_at_its_frame_and_begins_where_its_tail_does():
    figure = static.draw([Panel(Path(WALK, upto=STEP, tail=2, color=2))], DEFAULT | {"step": 5})
    [axes] = figure.axes
    [tail] = axes.collections
    assert np.concatenate(tail.get_segments()) == pytest.approx(WALK[[3, 4, 4, 5]])
    assert tail.get_alpha()[0] < tail.get_alpha()[-1] == 1.0
    head = axes.lines[-1]
    assert (head.get_xdata()[0], head.get_ydata()[0]) == pytest.approx(tuple(WALK[5]))
    assert (head.get_marker(), to_hex(head.get_color()).upper()) == ("^", figures.LIGHT["series"][2])


def test_a_head_outside_waits_hollow_at_the_border():
    figure = static.draw([Panel(Path([[0, 0], [9, 0.5]], label="run"), xlim=(0, 1), ylim=(0, 1))], {})
    head = figure.axes[0].lines[-1]
    assert (head.get_xdata()[0], head.get_ydata()[0]) == (1.0, 0.5)
    assert head.get_markerfacecolor() == figures.LIGHT["paper"]
    assert texts(figure) == ["run: left the picture"]


def test_a_curve_is_faint_after_its_frame_and_marked_there():
    figure = static.draw([Panel(Line(np.arange(8), np.arange(8) ** 2, upto=STEP))], DEFAULT | {"step": 3})
    past, rest, marker = figure.axes[0].lines
    assert past.get_xdata() == pytest.approx([0, 1, 2, 3])
    assert rest.get_xdata() == pytest.approx([3, 4, 5, 6, 7])
    assert rest.get_alpha() < 0.5
    assert (marker.get_xdata()[0], marker.get_ydata()[0]) == (3, 9)


def test_series_are_counted_among_the_coloured_marks():
    panel = Panel(Rule(0.5), Line([0, 1], [0, 1]), Line([0, 1], [1, 1], color=5), Line([0, 1], [1, 0]))
    lines = static.draw([panel], {}).axes[0].lines
    blue, sky, green = (figures.LIGHT["series"][number] for number in (1, 5, 3))
    assert [line.get_color() for line in lines[1:]] == [blue, sky, green]


def test_what_the_reader_controls_has_the_accent():
    panel = Panel(Handle(START, label="start"), Rule(START.axes[0]), Rule(0.5))
    handle, moved, still = static.draw([panel], DEFAULT).axes[0].lines
    accent = figures.LIGHT["accent"]
    assert (handle.get_markeredgecolor(), moved.get_color()) == (accent, accent)
    assert still.get_color() == figures.LIGHT["muted"]


def test_histogram_counts_like_numpy():
    samples, edges = np.array([0, 0.5, 1, 2, 3, 3, np.nan, 9]), np.array([0.0, 1, 3])
    bars = static.draw([Panel(Histogram(samples, edges))], {}).axes[0].patches
    assert [bar.get_height() for bar in bars] == [2, 4]  # [0, 1) and [1, 3]


def test_a_region_is_named_inside_its_largest_part():
    index = np.zeros((20, 20), dtype=int)
    index[:, 12:], index[2, 2] = 1, 1
    figure = static.draw([Panel(Regions(np.arange(20), np.arange(20), index, names=("left", "right", "none")))], {})
    places = {text.get_text(): text.xy for text in figure.axes[0].texts}
    assert places.keys() == {"left", "right"}
    assert 14 <= places["right"][0] <= 17 and places["left"][0] < 12


def test_switched_off_units_are_hollow_and_dashed():
    figure = static.draw([Panel(Graph([[0, 0], [1, 0]], [[0, 1]], active=[1, 0]))], {})
    edges, on, off = figure.axes[0].collections
    assert (len(on.get_offsets()), len(off.get_offsets())) == (1, 1)
    assert to_hex(off.get_facecolor()[0]).upper() == figures.LIGHT["paper"]
    assert off.get_linestyle()[0][1] is not None and on.get_linestyle()[0][1] is None
    assert edges.get_colors()[0][3] < 0.2


def test_matrix_colours_mean_the_same_in_all_states():
    matrix = Matrix(Sweep(np.array([[[1.0]], [[4.0]]]), [NOISY]))
    low, high = (static.draw([Panel(matrix)], {"noisy": noisy}).axes[0].images[0].get_array()[0, 0] for noisy in (0, 1))
    assert to_hex(high).upper() == figures.LIGHT["diverging"][-1]
    assert to_hex(low) == to_hex(figures.colormap("diverging")(0.5 + 0.5 / 4))


def test_labels_do_not_lie_over_each_other():
    lines = [Line([0, 1], [0, 0.01 * i], label=f"line {i}") for i in range(5)]
    figure = static.draw([Panel(*lines, ylim=(0, 1))], {})
    renderer = figure.canvas.get_renderer()
    boxes = sorted((text.get_window_extent(renderer) for text in figure.axes[0].texts), key=lambda box: box.y0)
    assert all(lower.y1 <= upper.y0 + 0.01 for lower, upper in zip(boxes, boxes[1:]))


# Limits


def test_limits_by_hand():
    line = Line([0.0, 10.0], [np.nan, 5.0], low=[1.0, 3.0], high=[2.0, 6.0])
    assert np.array(limits(Panel(line))) == pytest.approx(np.array([[-0.4, 10.4], [0.8, 6.2]]))
    [low, high] = limits(Panel(Line([1, 2], [1e-2, 1e2]), yscale="log"))[1]
    assert np.log10([low, high]) == pytest.approx([-2.16, 2.16])


def test_limits_are_those_of_all_states():
    walks = sweep(lambda lr: {"x": np.arange(3.0), "y": lr * np.arange(3.0)}, RATE)
    panel = Panel(Line(walks["x"], walks["y"]))
    assert limits(panel, DEFAULT)[1] == pytest.approx((-0.08, 2.08))
    assert limits(panel, DEFAULT) == limits(panel)


def test_formulas_and_live_sources_count_at_the_state():
    twice = Formula("(s) => [[s.lr, 2 * s.lr]]", lambda lr: [[lr, 2 * lr]])
    live = Live(lambda lr: [[10 * lr, 0.0]])
    panel = Panel(Points(twice), Points(live))
    assert np.array(limits(panel, {"lr": 1.0})) == pytest.approx(np.array([[0.64, 10.36], [-0.08, 2.08]]))


def test_arrays_over_different_controls_are_put_together():
    on_step = Sweep(np.arange(8.0)[:, None, None] * np.ones((1, 3, 2)), [STEP])  # tails from 0 to 7
    on_rate = Sweep(np.arange(7.0)[:, None, None] * np.ones((1, 3, 2)), [RATE])  # vectors from 0 to 6
    both = Sweep(np.arange(56.0).reshape(7, 8, 1, 1) * np.ones((1, 1, 3, 2)), [RATE, STEP])
    assert limits(Panel(Arrows(on_step, on_rate)))[0] == pytest.approx((-0.04 * 13, 13 * 1.04))
    greatest = 7 + 55.0  # at the last step and the last rate
    assert limits(Panel(Arrows(on_step, both)))[0][1] == pytest.approx(greatest * 1.04)


def test_a_map_has_its_own_edges_and_cuts_the_rest():
    field = Field(GRID, GRID[:5], np.zeros((5, 9)))
    assert limits(Panel(field, Path(100 * WALK))) == ((-2, 2), (-2, 0))
    assert limits(Panel(field, Handle(START)), DEFAULT) == ((-2, 2), (-2, 1))


def test_bars_stand_on_the_axis():
    assert limits(Panel(Bars([1, 2])))[1] == pytest.approx((0, 2.08))
    assert limits(Panel(Bars([-1, -2])))[1] == pytest.approx((-2.08, 0))
    assert limits(Panel(Bars([-1, 1])))[1] == pytest.approx((-1.08, 1.08))


@pytest.mark.parametrize(
    "values, options, expected",
    [
        ([[3, 7]], {}, ((2.5, 3.5), (6.5, 7.5))),
        ([[10, 10]], {"xscale": "log"}, ((10**0.5, 10**1.5), (9.5, 10.5))),
        ([[np.nan, np.nan]], {}, ((0, 1), (0, 1))),
        ([[-1, -2]], {"xscale": "log"}, ((1, 10), (-2.5, -1.5))),
        ([[3, 7]], {"xlim": (0, 9), "ylim": (1, 2)}, ((0, 9), (1, 2))),
    ],
)
def test_limits_of_little(values, options, expected):
    assert np.array(limits(Panel(Points(values), **options))) == pytest.approx(np.array(expected))


def test_span_covers_all_states():
    assert span(Sweep(np.array([[1.0, np.nan], [-4.0, 2.0]]), [NOISY])["value"]) == (-4, 2)
    assert np.isnan(span(Sweep([np.nan])["value"])).all()


# The picture


def test_png_is_small_light_and_as_wide_as_asked():
    page = [EVERY_MARK[name] for name in ("field", "line", "regions", "histogram", "words")]
    data = static.png(page, DEFAULT, "Five panels", width=720)
    assert len(data) <= 60_000
    picture = Picture.open(io.BytesIO(data))
    assert picture.width in (720, 1080, 1440)
    assert picture.convert("RGBA").getpixel((2, 2)) == (255, 255, 255, 255)
    accent = tuple(int(figures.LIGHT["accent"][i : i + 2], 16) for i in (1, 3, 5))
    assert accent in {color for _, color in picture.convert("RGB").getcolors(1 << 24)}  # few pixels, kept all the same


def test_a_simple_figure_is_sharp():
    picture = Picture.open(io.BytesIO(static.png([Panel(Line([0, 1], [0, 1]))], {}, width=400)))
    assert picture.width == 800


def test_rows_fit_the_width():
    plot, words = Panel(Rule(0.0)), Panel(Text("words"))
    assert static.rows([plot, plot, words, plot], 720) == [[plot, plot], [words], [plot]]
    assert [len(row) for row in static.rows([plot] * 5, 900)] == [3, 2]
    assert [len(row) for row in static.rows([plot] * 2, 320)] == [1, 1]


def test_panels_share_a_row_by_their_widths():
    wide, narrow = Panel(Rule(0.5), width=3.0), Panel(Rule(0.5))
    left, right = (axes.get_position().width for axes in static.draw([wide, narrow], {}).axes)
    assert left / right == pytest.approx(3, rel=0.15)  # tick labels take the same from both


def test_it_leaves_settings_and_pyplot_alone_and_may_run_in_threads():
    import matplotlib

    assert matplotlib.rcParams["backend"]  # it is chosen when somebody looks
    before = matplotlib.rcParams.copy()
    panels = [EVERY_MARK["field"], EVERY_MARK["line"]]
    once = static.png(panels, DEFAULT, "Threads")
    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(lambda _: static.png(panels, DEFAULT, "Threads"), range(3))) == {once}
    assert matplotlib.rcParams == before
    assert isinstance(static.draw(panels, DEFAULT), Figure)
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
