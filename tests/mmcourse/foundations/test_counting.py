"""Elementary functions and the tally: by hand, against numpy and sympy, and derivatives against differences."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcourse.foundations import elementary
from mmcourse.foundations.counting import Counted, Work, count
from mmcourse.foundations.elementary import DERIVATIVES, FUNCTIONS, apply, exp, sigmoid, sin
from mmcourse.foundations.gradients import best_step, central_difference

names = pytest.mark.parametrize("name", FUNCTIONS)


@names
def test_functions_take_numbers_of_any_kind(name):
    x = 0.37
    expected = FUNCTIONS[name](x)
    assert getattr(elementary, name)(np.array([x, x]))[1] == expected
    assert apply(name, Counted(x, dict.fromkeys(Work._fields, 0))).value == expected
    symbol = sympy.Symbol("x", real=True)
    assert float(apply(name, symbol).subs(symbol, x)) == pytest.approx(expected, rel=1e-14)


@names
@settings(deadline=None)
@given(x=st.floats(0.01, 5.0))
def test_each_derivative_of_the_table_equals_differences(name, x):
    found = DERIVATIVES[name](x, FUNCTIONS[name](x))
    h = best_step() * min(1.0, x)
    assert found == pytest.approx(central_difference(FUNCTIONS[name], x, h), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", ["sin", "cos", "tanh", "sigmoid", "exp", "relu"])
def test_and_on_the_negative_side(name):
    found = DERIVATIVES[name](-1.3, FUNCTIONS[name](-1.3))
    assert found == pytest.approx(central_difference(FUNCTIONS[name], -1.3, 6e-6), abs=1e-9)


def test_the_slope_of_relu_at_its_kink_is_that_of_the_libraries():
    assert DERIVATIVES["relu"](0.0, 0.0) == 0.0


def test_an_unknown_function_is_named():
    with pytest.raises(ValueError, match="no elementary function is called 'cosh': there are exp, log"):
        apply("cosh", 1.0)


# Counting


def test_every_kind_of_operation_by_hand():
    work = count(lambda x: -(2 * x[0] + x[1] - 3) * x[1] / exp(x[0]) - (1 / x[0]) ** 2 + (5 - x[1]), [1.0, 2.0])
    # additions: + - and the sign, - of the power, 5 -, their sum; products: 2 x, · x, / exp, 1 / x; functions: exp, **
    assert work == Work(additions=6, multiplications=4, functions=2) and work.total == 12


def test_what_no_input_takes_part_in_is_free():
    assert count(lambda x: (3.0 * 4.0 + 1.0) * x[0], [1.0]) == Work(0, 1, 0)


@settings(deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=2, max_size=6))
def test_counted_numbers_calculate_like_floats(x):
    def program(x):
        y = x[0]
        for other in x[1:]:
            y = (2 - y) * other / (1.5 + sigmoid(y)) - sin(-other) ** 2 + 1 / (9 + y * y)
        return y

    tally = dict.fromkeys(Work._fields, 0)
    assert program([Counted(value, tally) for value in x]).value == program(x)
    assert count(program, x).total == 13 * (len(x) - 1)


def test_numbers_of_numpy_leave_the_operation_to_counted_ones():
    assert count(lambda x: np.float64(2.0) * x[0] + np.float64(1.0) - x[0] / np.float64(2.0), [1.0]) == Work(2, 2, 0)


def test_counted_numbers_can_be_compared_and_show_themselves():
    a, b = Counted(1.0, {}), Counted(2.0, {})
    assert a < b and b > a and a < 1.5 and not a > 1.5 and repr(a) == "Counted(1.0)"
