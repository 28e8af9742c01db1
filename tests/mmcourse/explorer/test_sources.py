"""Sources: sweeps, formulas, live functions."""

import numpy as np
import pytest

from mmcourse.explorer import Choice, Formula, Live, Play, Point, Slider, Sweep, Toggle, sweep

A, B = Slider("a", 0, 1, count=3), Choice("b", ("x", "y"))


def test_a_sweep_finds_the_entry_of_a_state():
    values = np.arange(3 * 2 * 4).reshape(3, 2, 4)
    assert Sweep(values, [A, B])["value"].at({"a": 0.5, "b": "y"}).tolist() == values[1, 1].tolist()


def test_a_function_is_swept_over_all_combinations():
    found = sweep(lambda a, b, c: {"both": [a, float(b == "y"), c]}, A, B, Toggle("c"))
    assert found.arrays["both"].shape == (3, 2, 2, 3)
    assert found["both"].at({"a": 1.0, "b": "y", "c": True}).tolist() == [1, 1, 1]


def test_a_point_is_handed_over_as_two_numbers():
    start = Point("start", x=(0, 1), y=(5, 6), count=(2, 3))
    found = sweep(lambda start: 10 * start, start)
    assert found.arrays["value"].shape == (2, 3, 2)
    assert found["value"].at({"start.x": 1.0, "start.y": 5.5}).tolist() == [10, 55]


def test_a_formula_and_a_live_function_get_the_controls_they_name():
    for source in (Formula("(s) => s.a", lambda a: 2 * a), Live(lambda a: 2 * a)):
        assert source["value"].at({"a": 0.5, "step": 3, "b": "x"}) == 1.0
    assert Live(lambda **state: len(state))["value"].at({"a": 0.5, "b": "x"}) == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Sweep(np.zeros((2, 3)), [A, B]),
            r"axis 0 belongs to 'a', which has 3 values.*2 entries.*transposed\?",
        ),
        (lambda: Sweep(np.zeros(3), [A, B]), r"an axis is needed for each of a, b, got shape \(3,\)"),
        (lambda: Sweep(np.zeros((3, 2, 0)), [A, B]), r"is empty: shape \(3, 2, 0\)"),
        (lambda: Sweep({"z": np.array([0, np.inf, 1])}, [A]), r"'z' is infinite at \(1,\): clip it, or put nan"),
        (lambda: Sweep(np.array(["a", "b", "c"]), [A]), "numbers wanted"),
        (lambda: sweep(lambda a: np.zeros(1 + int(2 * a)), A), "fill up with nan"),
        (lambda: Formula("(s) => {\n" + "1;\n" * 40 + "}", len), "at most 40 lines, got 42"),
        (lambda: Sweep(np.zeros(3), [A])["path"].at({"a": 0.0}), "no channel 'path', only 'value'"),
    ],
)
def test_what_does_not_fit_says_what_and_where(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_time_is_an_axis_like_any_other():
    step = Play("step", 4)
    assert Sweep(np.arange(8).reshape(4, 2), [step])["value"].at({"step": 2}).tolist() == [4, 5]
