"""Controls: the axes of the state."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.explorer import Choice, Entry, LogSlider, Numbers, Play, Point, Slider, Toggle


def test_a_slider_goes_from_end_to_end_in_equal_steps():
    assert Slider("momentum", 0, 1, count=5).values.tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_a_log_slider_goes_in_equal_ratios():
    assert LogSlider("lr", 0.001, 10, count=5).values == pytest.approx([0.001, 0.01, 0.1, 1, 10])


@given(st.floats(0.001, 10))
def test_what_a_slider_accepts_is_the_nearest_of_its_values(value):
    slider, log = Slider("a", 0.001, 10, count=37), LogSlider("a", 0.001, 10, count=37)
    assert abs(slider.accept(value) - value) == pytest.approx(np.abs(slider.values - value).min(), abs=1e-12)
    assert abs(np.log(log.accept(value) / value)) == pytest.approx(np.abs(np.log(log.values / value)).min(), abs=1e-12)


@pytest.mark.parametrize(
    "control",
    [Slider("a", -1, 1), LogSlider("a", 1, 9), Play("a", 10), Choice("a", ("x", "y")), Toggle("a"), Entry("a", "word")],
)
def test_the_default_is_acceptable_and_stays_what_it_is(control):
    assert control.accept(control.default) == control.default
    assert control.spec()["default"] == control.default


def test_the_figure_shows_the_end_before_anything_plays():
    assert Play("step", 50).default == 49


def test_frames_outside_are_brought_back():
    assert [Play("step", 50).accept(frame) for frame in (-3, 12.4, 70)] == [0, 12, 49]


def test_a_point_is_two_sliders():
    x, y = Point("start", x=(-2, 2), y=(0, 1), count=(5, 3), start=(1, 0.5)).axes
    assert (x.name, y.name) == ("start.x", "start.y")
    assert (len(x.values), len(y.values), x.default, y.default) == (5, 3, 1.0, 0.5)


def test_numbers_keep_their_shape_and_their_limits():
    kernel = Numbers("kernel", start=[[0, 1], [1, 0]], low=-2, high=2)
    assert kernel.default == [[0, 1], [1, 0]]
    with pytest.raises(ValueError, match=r"'kernel' must have shape \(2, 2\), got \(1, 2\)"):
        kernel.accept([[0, 1]])
    with pytest.raises(ValueError, match="from -2 to 2"):
        kernel.accept([[0, 1], [1, 3]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Slider("lr", 0, 1, count=1), "'lr' has 1 value: an axis needs 2"),
        (lambda: Slider("lr", 1, 1), "low must be less than high, got 1 and 1"),
        (lambda: Slider("lr", 0, float("inf")), "low must be less than high"),
        (lambda: Slider("lr", 0, 1, start=2), r"start 2 is outside \[0, 1\]"),
        (lambda: LogSlider("lr", 0, 1), "low must be above 0, got 0"),
        (lambda: Play("step", 1), "'step' has 1 frame"),
        (lambda: Play("step", 10, start=10), "not one of the frames 0-9"),
        (lambda: Play("step", 10, rate=0), "rate must be in"),
        (lambda: Choice("rule", ("sgd",)), "two or more different options"),
        (lambda: Choice("rule", ("sgd", "sgd")), "two or more different options"),
        (lambda: Choice("rule", ("a", "b"), start="c"), "'rule' must be one of 'a', 'b', got 'c'"),
        (lambda: Slider("Learning rate", 0, 1), "use a name of small letters"),
        (lambda: Numbers("k", start=[1, 2]), r"1 to 64 numbers in rows, got shape \(2,\)"),
    ],
)
def test_a_declaration_that_makes_no_sense_says_why(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("control", "value"),
    [
        (Slider("a", 0, 1), "0.5"),
        (Slider("a", 0, 1), float("nan")),
        (Slider("a", 0, 1), True),
        (LogSlider("a", 1, 2), -1.0),
        (Play("a", 5), None),
        (Toggle("a"), 1),
        (Choice("a", ("x", "y")), "z"),
        (Entry("a"), "x" * 3000),
    ],
)
def test_what_a_control_cannot_be_is_refused_by_name(control, value):
    with pytest.raises(ValueError, match="'a'"):
        control.accept(value)
