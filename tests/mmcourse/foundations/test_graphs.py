"""Graphs as data: by hand, both passes against the engine and differences, and what is drawn and said of them."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mmcourse.foundations import graphs
from mmcourse.foundations.autodiff import Tensor, topological_order
from mmcourse.foundations.gradients import numerical_gradient, numerical_jacobian
from mmcourse.foundations.mlp import relu, tanh

ALL = list(graphs.PLACES)
numbers = st.floats(-3, 3).filter(lambda x: abs(x + 0.5) > 1e-3)  # the kink of the PReLU layer


def test_the_product_by_hand():
    recorded = graphs.record(graphs.product(-2.0))
    assert recorded.names == ("x", "y", "q = x + y", "z", "f = q z")
    assert recorded.values.tolist() == [-2, 5, 3, -4, -12]
    assert recorded.edges.tolist() == [[2, 4], [3, 4], [0, 2], [1, 2]] and recorded.local.tolist() == [-4, 3, 1, 1]
    last = graphs.passes(recorded)[-1]
    assert last.grads.tolist() == [-4, -4, -4, 3, 1] and last.used.tolist() == [-4, 3, 1, 1]


def test_a_node_with_two_paths_gets_two_shares():
    recorded = graphs.record(graphs.diamond(2.0))
    *_, before, last = graphs.passes(recorded)
    assert (recorded.names[last.lower], last.grads[last.lower]) == ("x", 36.0)
    assert {before.share, last.share} == {24.0, 12.0} and before.grads[last.lower] == before.share


def test_the_regularized_layer_by_hand():
    # w x + b = -1.5, h = -0.375, d = -1.375: 2 d s x + 0.2 w = -0.6875 - 0.4
    last = graphs.passes(graphs.record(graphs.regularized_prelu(-2.0)))[-1]
    output = graphs.regularized_prelu(-2.0)
    grads = dict(zip((node.name[0] for node in topological_order(output)), last.grads))
    assert grads["w"] == pytest.approx(-1.0875) and grads["s"] == pytest.approx(2 * -1.375 * -1.5)
    assert output.value == pytest.approx(1.375**2 + 0.4)


@pytest.mark.parametrize("graph", ALL, ids=lambda graph: graph.__name__)
@given(x=numbers)
@example(x=1.0)  # which is also the value of another node
def test_the_steps_end_where_the_engine_does(graph, x):
    assume(abs(x + 0.5) > 1e-3)  # there the rectifier has its corner
    output = graph(x)
    recorded = graphs.record(output)
    steps = graphs.passes(recorded)
    output.backward()
    nodes = topological_order(output)
    np.testing.assert_allclose(steps[-1].grads, [node.grad for node in nodes], rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(steps[-1].values, [node.value for node in nodes])
    names = [node.name for node in nodes]
    first = names.index("w" if "w" in names else "x")
    slope = numerical_gradient(lambda x: float(graph(x[0]).value), np.array([x]))[0]
    assert steps[-1].grads[first] == pytest.approx(slope, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("graph", ALL, ids=lambda graph: graph.__name__)
def test_every_step_adds_one_thing(graph):
    recorded = graphs.record(graph(1.0))
    steps = graphs.passes(recorded)
    N, E = len(recorded.names), len(recorded.edges)
    assert len(steps) == N + 1 + E
    known = [np.isfinite(step.values).sum() + np.isfinite(step.used).sum() for step in steps]
    assert known == [*range(1, N + 1), N, *range(N + 1, N + E + 1)]
    assert all(np.isnan(step.grads).all() for step in steps[:N]) and steps[N].grads[-1] == 1
    assert [step.reached for step in steps] == [*range(N), *[N - 1] * (E + 1)]
    assert all(step.share == step.incoming * step.local for step in steps[N + 1 :])


def test_every_node_has_a_name_and_a_place():
    for graph, places in graphs.PLACES.items():
        words = [name.partition(" ")[0] for name in graphs.record(graph(1.0)).names]
        assert sorted(words) == sorted(places) and len(set(places.values())) == len(places)


@pytest.mark.parametrize("graph", ALL, ids=lambda graph: graph.__name__)
def test_the_sheet_holds_every_step_of_every_input(graph):
    inputs = np.array([-1.0, 2.0])
    sheet = graphs.sheet(graph, inputs)
    for x, values, grads, used, said in zip(inputs, sheet.values, sheet.grads, sheet.used, sheet.said, strict=True):
        recorded = graphs.record(graph(x))
        steps = graphs.passes(recorded)
        np.testing.assert_array_equal(values, [step.values for step in steps])
        np.testing.assert_array_equal(grads, [step.grads for step in steps])
        np.testing.assert_array_equal(used, [step.used for step in steps])
        assert said.tolist() == graphs.say(recorded, steps)
        np.testing.assert_array_equal(sheet.edges, recorded.edges)
    assert sheet.places.shape == (len(sheet.names), 2) and np.isfinite(sheet.places).all()


def test_what_is_said_of_two_paths_spells_the_addition_out():
    recorded = graphs.record(graphs.diamond(2.0))
    said = graphs.say(recorded, graphs.passes(recorded))
    assert said[0] == "Up: x is given: 2." and said[1] == "Up: a = x² = 4."
    assert said[4] == "Down begins: f gets 1, its derivative by itself."
    assert said[-1] == "Down from a to x: x has 12 already, and gets 6 × 4 = 24. Together 36."


@given(x=numbers)
def test_a_share_that_is_not_the_first_is_said_to_be_added(x):
    recorded = graphs.record(graphs.regularized_prelu(x))
    said = graphs.say(recorded, graphs.passes(recorded))
    assert [sentence.startswith("Down from p to w: w has ") for sentence in said].count(True) == 1
    assert sum(" already" in sentence for sentence in said) == 1 and not any("nan" in sentence for sentence in said)


@pytest.mark.parametrize("unit", [tanh, relu, lambda x: x[[2, 0, 0]], lambda x: x.reshape(3, 1), lambda x: x.sum()])
def test_local_jacobians_are_those_of_differences(unit):
    x = np.array([0.5, -1.0, 2.0])
    numeric = numerical_jacobian(lambda x: unit(Tensor(x)).value.ravel(), x)
    np.testing.assert_allclose(graphs.local_jacobian(unit(Tensor(x)), 0), numeric, atol=1e-9)


def test_the_jacobian_of_a_matrix_product():
    W, x = np.arange(6.0).reshape(2, 3), Tensor(np.ones((3, 1)))
    np.testing.assert_array_equal(graphs.local_jacobian(W @ x, 0), W)


@given(st.floats(-1e4, 1e4), st.floats(-2, 2))
def test_prelu_is_its_two_branches(u, s):
    x, slope = Tensor(u), Tensor(s)
    y = graphs.prelu(x, slope)
    y.backward()
    assert (y.value, x.grad, slope.grad) == ((u, 1, 0) if u > 0 else (s * u, s, u))


def test_arrays_are_refused_with_their_shapes():
    with pytest.raises(ValueError, match=r"every node must be a single number, got shapes \[\(\), \(3,\)\]"):
        graphs.record(Tensor(np.ones(3)).sum())
