"""Templates: Python's own formatting is the reference; what cannot be filled in is refused by name."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcourse.explorer.template import fill, fill_latex, latex, names, names_latex


def test_a_sentence_by_hand():
    text = "{lr} {lr:.3f} {lr:.2e} {n:d} {share:.0%} {start.x:.1f} {rule} {{{n:d}}}"
    numbers = {"lr": 0.00123456, "n": 12, "share": 0.256, "start.x": -1.25, "rule": "Nesterov"}
    assert fill(text, numbers) == "0.00123 0.001 1.23e-03 12 26% -1.2 Nesterov {12}"


@given(st.floats(-1e12, 1e12), st.integers(0, 12), st.sampled_from("efg%"))
def test_numbers_are_as_python_writes_them_but_for_the_sign_of_zero(number, digits, kind):
    written, pythons = fill(f"{{x:.{digits}{kind}}}", {"x": number}), format(number, f".{digits}{kind}")
    zero = not any(letter in "123456789" for letter in pythons.split("e")[0])
    assert written == (pythons.lstrip("-") if zero else pythons)


@pytest.mark.parametrize(
    "number, spec, text",
    [
        (1e-05, ".1e", "1.0e-05"),
        (1e-05, ".3g", "1e-05"),
        (1e-04, ".3g", "0.0001"),
        (1000.0, ".3g", "1e+03"),
        (999.4, ".3g", "999"),
        (1e120, ".2e", "1.00e+120"),
        (-0.0, ".2f", "0.00"),
        (-0.001, ".2f", "0.00"),
        (-0.0, ".3g", "0"),
        (0.125, ".2f", "0.12"),  # exact ties go to the even digit
        (0.375, ".2f", "0.38"),
        (2.5, "d", "2"),
        (-3.5, "d", "-4"),
        (True, ".3g", "1"),
        (math.nan, ".2f", "–"),
        (math.nan, "d", "–"),
        (math.nan, "slow|fast", "–"),
        (math.inf, ".2f", "∞"),
        (-math.inf, ".2e", "-∞"),
        (1, "slow|fast", "fast"),
        (True, "off|on", "on"),
        (0.0, "|!", ""),
    ],
)
def test_corners(number, spec, text):
    assert fill(f"{{x:{spec}}}", {"x": number}) == text


def test_names_in_order_each_once():
    assert names("{b:.2f}, {{not}}, {a}, {b:x|y}, {start.y}") == ["b", "a", "start.y"]
    assert names_latex(r"\frac{\now{b:.2f}}{\now{a}} \now{b} \nowhere{c}") == ["b", "a"]
    assert names("no field") == names_latex("x^{2}") == []


def test_a_formula_keeps_its_braces_and_gets_powers_of_ten():
    template = r"\frac{\now{lr:.1e}}{x_{t}} \to \now{rule}, \now{share:.0%}, \now{gap}"
    numbers = {"lr": 2e-5, "rule": "by hand", "share": 0.5, "gap": math.nan}
    assert fill_latex(template, numbers) == r"\frac{2.0 \times 10^{-5}}{x_{t}} \to \mathrm{by\ hand}, 50\%, \mathrm{–}"
    assert latex("-∞") == r"-\infty"


@pytest.mark.parametrize(
    "template, message",
    [
        ("{rate:.2f}", r"nothing is called 'rate': this template knows lr, rule"),
        ("{lr:.2x}", r"format '.2x': use .3f"),
        ("{lr:}", "format '': use"),
        ("{lr:5.2f}", "format '5.2f'"),
        ("{}", "has no name"),
        ("{lr", "a brace stands alone"),
        ("lr}", "a brace stands alone"),
        ("{rule:.2f}", "'rule' is text and takes no format"),
        ("{lr:slow|fast}", r"'lr' is 0.5, but its words slow\|fast have the numbers 0-1"),
    ],
)
def test_what_cannot_be_filled_in_is_said(template, message):
    with pytest.raises(ValueError, match=message):
        fill(template, {"lr": 0.5, "rule": "Nesterov"})


def test_now_without_a_name_is_said():
    with pytest.raises(ValueError, match=r"\\now without"):
        fill_latex(r"x \now y", {})
