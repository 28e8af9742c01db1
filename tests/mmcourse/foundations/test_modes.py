"""Forward and reverse mode: by hand, against torch and each other, how they count, and four ways to one Jacobian."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcourse.foundations import elementary, ways
from mmcourse.foundations.counting import count
from mmcourse.foundations.dual import Dual, forward_gradient, slopes
from mmcourse.foundations.gradients import gradient_check, numerical_jacobian
from mmcourse.foundations.tape import Node, backward, pass_back, reverse_gradient

MODES = pytest.mark.parametrize("mode", [forward_gradient, reverse_gradient])
seeds = st.integers(0, 2**32 - 1)


def everything(x, kit=elementary):
    """Use every operation and function, on four numbers; `kit` is torch or the functions of the lecture."""
    y = -x[0] * 3 + 2 / x[1] - x[2] / x[3] + (1 - x[0]) * x[3] - 0.5
    y = y + kit.exp(-x[0] * x[0]) * kit.tanh(x[2]) + kit.log(x[1]) / kit.sqrt(x[3])
    return y * kit.sin(x[1]) - kit.cos(y) + kit.sigmoid(x[2]) ** 3 + kit.relu(x[0] - 0.2) / (x[1] * 2)


@MODES
def test_a_product_by_hand(mode):
    assert mode(lambda x: x[0] * x[1] * x[0], [2.0, 3.0]) == [12.0, 4.0]


def test_a_dual_number_by_hand():
    product = Dual(2.0, 3.0) * Dual(5.0, 7.0)
    assert (product.value, product.slope) == (10.0, 29.0)  # 3 · 5 + 2 · 7
    ratio = 1 / Dual(2.0, 1.0)
    assert (ratio.value, ratio.slope) == (0.5, -0.25)
    assert repr(3 - Dual(1.0, 2.0)) == "Dual(2.0, -2.0)"


def test_a_tape_by_hand():
    tape = []
    a, b = Node(tape, 2.0), Node(tape, 3.0)
    y = a * b + a
    assert [node.edges for node in tape] == [(), (), ((0, 3.0), (1, 2.0)), ((2, 1.0), (0, 1.0))]
    assert y.value == 8.0 and backward(tape) == [4.0, 2.0, 1.0, 1.0]
    assert backward(tape, output=2) == [3.0, 2.0, 1.0, 0.0]  # of the product alone
    assert repr(y) == "Node(8.0, from ((2, 1.0), (0, 1.0)))"


def test_shares_add_up():
    tape = []
    a = Node(tape, 3.0)
    adjoints = [10.0, 1.0]
    pass_back(a * a, adjoints)
    assert adjoints == [16.0, 1.0]


@settings(deadline=None)
@given(seeds)
def test_both_modes_equal_torch(seed):
    x = np.random.default_rng(seed).uniform(0.3, 2.0, size=4)
    leaf = torch.tensor(x, requires_grad=True)
    everything(leaf, torch).backward()
    for mode in (forward_gradient, reverse_gradient):
        np.testing.assert_allclose(mode(everything, list(x)), leaf.grad.numpy(), rtol=1e-10, atol=1e-12)


@MODES
def test_the_gradient_check_agrees(mode):
    rng = np.random.default_rng(0)
    for x in rng.uniform(0.4, 2.0, size=(20, 4)):
        grad = np.array(mode(everything, list(x)), dtype=float)
        assert gradient_check(lambda x: everything(list(x)), grad, x, rng)


def several(x):
    return [x[0] * x[1], elementary.sin(x[2]) - x[0], x[1] / x[2]]


@settings(deadline=None)
@given(st.lists(st.floats(0.5, 3.0), min_size=3, max_size=3))
def test_columns_and_rows_are_those_of_the_jacobian(x):
    expected = numerical_jacobian(lambda x: np.array(several(x)), np.array(x))
    np.testing.assert_allclose(np.transpose(forward_gradient(several, x)), expected, atol=1e-7)
    np.testing.assert_allclose(reverse_gradient(several, x), expected, atol=1e-7)


@settings(deadline=None)
@given(seeds)
def test_the_slope_in_a_direction_is_linear_and_the_gradient_times_it(seed):
    rng = np.random.default_rng(seed)
    x, v, w = rng.uniform(0.3, 2.0, size=(3, 4))
    along = [slopes(everything, x, direction) for direction in (v, w, v + 2 * w)]
    assert along[2] == pytest.approx(along[0] + 2 * along[1], rel=1e-9, abs=1e-9)
    assert along[0] == pytest.approx(np.dot(reverse_gradient(everything, list(x)), v), rel=1e-9, abs=1e-9)


@MODES
@pytest.mark.parametrize("x", [1e4, -1e4])
def test_extremes_do_not_overflow(mode, x):
    found = mode(lambda x: elementary.tanh(x[0]) + x[0] * 1e4, [x])
    assert found == [pytest.approx(1e4)]


@MODES
def test_both_say_zero_at_a_kink_and_add_up_wrongly(mode):
    assert mode(lambda x: elementary.relu(x[0]), [0.0]) == [0.0]
    assert mode(lambda x: elementary.relu(x[0]) - elementary.relu(-x[0]), [0.0]) == [0.0]  # the function is x


def test_modes_can_be_nested():
    """Forward over reverse gives a column of the Hessian: of x² y, at (2, 3), the first is (2y, 2x)."""
    second = slopes(lambda x: reverse_gradient(lambda x: x[0] * x[0] * x[1], x), [2.0, 3.0], [1.0, 0.0])
    assert second == [6.0, 4.0]


# What they cost


@settings(deadline=None)
@given(st.integers(2, 12))
def test_reverse_mode_takes_five_times_a_product_however_long(n):
    x = [1.5] * n
    assert count(lambda x: reverse_gradient(lambda x: ways.product(x)[0], x), x).total == 5 * (n - 1)
    assert count(lambda x: forward_gradient(lambda x: ways.product(x)[0], x), x).total == 4 * n * (n - 1)


def test_the_gradient_of_a_program_of_sums_and_products_costs_five_programs_at_most():
    rng = np.random.default_rng(0)
    for _ in range(20):
        plan = rng.integers(0, 3, size=(15, 2))

        def program(x, plan=plan):
            values = list(x)
            for kind, back in plan:
                values.append(values[-1] * values[-1 - back] if kind else values[-1] - values[-1 - back])
            return values[-1]

        x = [0.9, 1.1, 1.0]
        assert count(lambda x, f=program: reverse_gradient(f, x), x).total <= 5 * count(program, x).total


def test_the_numbers_of_the_lecture():
    """Eight rounds of the logistic map: 13,824 operations as written, 88 on a tape."""
    totals = {name: ways.cost(way, ways.iterated_map(8), [0.3]).total for name, way in ways.WAYS.items()}
    assert totals["symbolic"] == 13824 and totals["reverse"] == 88 and totals["forward"] < 88
    shared = ways.cost(lambda f, n: ways.symbolic(f, n, share=True), ways.iterated_map(8), [0.3]).total
    assert shared < 2 * totals["reverse"]


# Four ways


@pytest.mark.parametrize("name", ways.WAYS)
@pytest.mark.parametrize(
    "program, x",
    [
        pytest.param(ways.product, [0.5, 2.0, -1.5, 3.0], id="product"),
        pytest.param(ways.powers(5), [1.3], id="powers"),
        pytest.param(ways.iterated_map(3), [0.3], id="map"),
        pytest.param(several, [1.0, 2.0, 3.0], id="several"),
    ],
)
def test_four_ways_give_one_jacobian(name, program, x):
    expected = torch.autograd.functional.jacobian(
        lambda x: torch.stack(list(map(torch.as_tensor, with_torch(program, x)))), torch.tensor(x, dtype=torch.float64)
    )
    found = ways.WAYS[name](program, len(x))(x)
    assert np.shape(found) == (len(program(x)), len(x))
    tolerance = 1e-8 if name == "numeric" else 1e-13
    assert ways.worst_error(found, expected.tolist()) < tolerance


def with_torch(program, x):
    """Run a program on torch's numbers; only `several` needs a sine."""
    return [x[0] * x[1], torch.sin(x[2]) - x[0], x[1] / x[2]] if program is several else program(list(x))


def test_the_logistic_map_has_a_closed_form():
    x, k = 0.3, 6
    theta = np.arcsin(np.sqrt(x))
    assert ways.iterated_map(k)([x])[0] == pytest.approx(np.sin(2**k * theta) ** 2, rel=1e-10)
    exact = 2**k * np.sin(2 ** (k + 1) * theta) / (2 * np.sqrt(x * (1 - x)))
    assert ways.reverse(ways.iterated_map(k), 1)([x])[0][0] == pytest.approx(exact, rel=1e-12)


def test_sharing_equal_parts_changes_the_cost_and_not_the_result():
    f, x = ways.iterated_map(4), [0.3]
    written, shared = (ways.symbolic(f, 1, share=share)(x)[0][0] for share in (False, True))
    assert written == pytest.approx(shared, rel=1e-12)


# What goes wrong, with its message


def test_a_direction_of_another_length_is_named():
    with pytest.raises(ValueError, match="one slope for each input, 2, got 3"):
        slopes(lambda x: x[0] * x[1], [1.0, 2.0], [1.0, 0.0, 0.0])


def test_an_output_that_is_not_on_the_tape_is_named():
    with pytest.raises(ValueError, match="must return numbers computed from its inputs, got 3.0: a constant"):
        reverse_gradient(lambda x: 3.0, [1.0])
