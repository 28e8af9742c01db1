"""The student's side of the protocol, request by request: what is kept, what is copied, what is refused."""

import threading

import numpy as np
import pytest

from autograder import objects, wire
from autograder.objects import Objects

SOURCE = """
class Box:
    def __init__(self, item):
        self.item = item
    def __add__(self, other):
        return Box(self.item + (other.item if isinstance(other, Box) else other))
    def swap(self, item):
        self.item, item = item, self.item
        return item

kept = []
def keep(function):
    kept.append(function)
def late():
    return kept[0](1)
def apply(function, *args, **kwargs):
    return function(*args, **kwargs)
def many(n):
    return [Box(i) for i in range(n)]
"""


@pytest.fixture
def asked():
    """What the stand-ins asked back; the tests' side gives twice the first argument."""
    return []


@pytest.fixture
def made(asked):
    def back(number, args, kwargs):
        asked.append((number, wire.unpack(args), wire.unpack(kwargs)))
        return ["gave", wire.pack(2 * asked[-1][1][0])]

    namespace = {}
    exec(SOURCE, namespace)
    return Objects(namespace, back)


def call(objects: Objects, target, *args, **kwargs):
    return objects.perform(["call", target, wire.pack(args, _nodes), wire.pack(kwargs)])


class Node(list):
    """A node that is sent as it is."""


def _nodes(value, name):
    assert type(value) is Node
    return list(value)


def test_an_object_crosses_as_a_handle_that_later_requests_use(made):
    tag, number, name = call(made, "Box", [1, 2])
    assert (tag, name) == ("h", "Box")
    assert wire.unpack(made.perform(["get", number, "item"])) == [1, 2]
    assert made.perform(["set", number, "item", wire.pack(5)]) == wire.pack(None)
    swap = made.perform(["get", number, "swap"])
    assert swap[2] == "method"
    assert wire.unpack(call(made, swap[1], 7)) == 5
    assert wire.unpack(made.perform(["get", number, "item"])) == 7


def test_an_object_comes_back_as_itself_and_plain_data_as_a_copy(made):
    tag, number, _ = call(made, "Box", np.zeros(2))
    other = call(made, "Box", Node(["h", number]))
    inner = made.perform(["get", other[1], "item"])
    assert made.table[inner[1]] is made.table[number]
    made.perform(["get", number, "item"])[3]
    one, two = (wire.unpack(made.perform(["get", number, "item"])) for _ in range(2))
    one += 1
    np.testing.assert_array_equal(two, 0)


def test_an_operator_always_gives_a_handle(made):
    one = call(made, "Box", 1)
    sum_ = made.perform(["op", "add", wire.pack((Node(one[:2]), 2), _nodes)])
    assert sum_[0] == "h" and wire.unpack(made.perform(["get", sum_[1], "item"])) == 3
    plain = made.perform(["op", "add", wire.pack((1, 2))])
    assert plain[0] == "h" and wire.unpack(made.perform(["value", plain[1]])) == 3


@pytest.mark.parametrize("name", ["eq", "bool", "hash", "float", "len", "iter", "contains", "setitem", "__import__"])
def test_there_is_no_operator_that_asks_an_object_what_it_is(made, name):
    assert made.answer(["op", name, wire.pack((1, 2))])[0] == "error"


def test_the_value_of_an_object_is_its_name_alone(made):
    number = call(made, "Box", 1)[1]
    assert wire.unpack(made.perform(["value", number])) == wire.OpaqueValue("Box")
    assert (
        wire.unpack(made.perform(["value", "SOURCE"])) == "text" if made.namespace.setdefault("SOURCE", "text") else 0
    )


def test_dropped_handles_are_forgotten_and_unknown_ones_are_an_error(made):
    number = call(made, "Box", 1)[1]
    made.drop([number, 77])
    assert made.table == {}
    assert made.answer(["get", number, "item"])[:3] == ["error", "error", "KeyError"]


def test_objects_beyond_the_limit_cross_as_their_name(made, monkeypatch):
    monkeypatch.setattr(objects, "MAX_HANDLES", 3)
    nodes = call(made, "many", 5)[1]
    assert [node[0] for node in nodes] == ["h", "h", "h", "?", "?"] and len(made.table) == 3


def test_a_function_of_the_tests_can_be_called_with_values_and_keywords(made, asked):
    assert wire.unpack(call(made, "apply", Node(["f", 4]), 3.0, scale=2)) == 6.0
    assert asked == [(4, (3.0,), {"scale": 2})]


def test_a_function_of_the_tests_is_dead_once_the_call_is_answered(made, asked):
    call(made, "keep", Node(["f", 1]))
    _, kind, name, message, _ = made.answer(["call", "late", wire.pack(()), wire.pack({})])
    assert (kind, name) == ("error", "RuntimeError") and "until your own function returns" in message
    assert asked == []


def test_a_function_of_the_tests_answers_the_main_thread_only(made, asked):
    made.namespace["Thread"] = threading.Thread
    exec(
        "def other(function):\n    said = []\n    def run():\n        try:\n            function(1)\n"
        "        except RuntimeError as error:\n            said.append(str(error))\n"
        "    thread = Thread(target=run)\n    thread.start()\n    thread.join()\n    return said",
        made.namespace,
    )
    (said,) = wire.unpack(call(made, "other", Node(["f", 1])))
    assert "main thread" in said and asked == []


@pytest.mark.parametrize("code", [*objects.REFUSALS, "a code of tomorrow"])
def test_a_refusal_is_an_exception_with_fixed_words(made, code):
    made.back = lambda *request: ["refused", code]
    _, kind, name, message, _ = made.answer(["call", "apply", ["t", [["f", 1]]], wire.pack({})])
    assert (kind, name) == ("error", "Refused") and message.startswith("the function that was handed to you")


def test_a_slice_and_an_ellipsis_arrive(made):
    x = wire.pack(np.arange(6.0).reshape(2, 3))
    index = ["t", [["..."], ["slice", wire.pack(None), wire.pack(None), wire.pack(2)]]]
    number = made.perform(["op", "getitem", ["t", [x, index]]])[1]
    np.testing.assert_array_equal(wire.unpack(made.perform(["value", number])), [[0, 2], [3, 5]])


@pytest.mark.parametrize("request_", [["call", "none", ["t", []], ["d", []]], ["get", "Box", "no"], ["forget"], []])
def test_a_request_that_fails_is_a_described_error(made, request_):
    assert made.answer(request_)[0] == "error"


# Torch

NET = """
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(3))
        self.unused = torch.nn.Parameter(torch.ones(2))
        self.register_buffer("mean", torch.zeros(3))
    def forward(self, x):
        return (self.weight * x).sum()
    half = torch.zeros(2, dtype=torch.bfloat16)
"""


@pytest.fixture
def net(made):
    exec(NET, made.namespace)
    return made, call(made, "Net")[1]


def test_gradients_and_state_of_a_module_are_plain_tensors(net):
    made, number = net
    assert wire.unpack(made.perform(["grads", number])) == {"weight": None, "unused": None}
    loss = call(made, number, made.namespace["torch"].full((3,), 2.0))
    assert loss[0] == "h"
    assert float(wire.unpack(made.perform(["value", loss[1]]))) == 6.0
    call(made, made.perform(["get", loss[1], "backward"])[1])
    found = wire.unpack(made.perform(["grads", number]))
    assert found["weight"].tolist() == [2, 2, 2] and found["unused"] is None
    state = wire.unpack(made.perform(["state", number]))
    assert list(state) == ["weight", "unused", "mean"] and not state["weight"].requires_grad


def test_a_tensor_that_requires_grad_stays_and_its_gradient_crosses(net):
    made, number = net
    assert made.perform(["get", number, "weight"])[::2] == ["h", "Parameter"]
    assert made.perform(["get", number, "mean"])[0] == "T"
    leaf = made.perform(["keep", ["T", "<f4", [1], b"\0\0\x80?", True]])
    doubled = made.perform(["op", "mul", ["t", [["h", leaf[1]], wire.pack(2.0)]]])
    call(made, made.perform(["get", doubled[1], "backward"])[1])
    assert wire.unpack(made.perform(["get", leaf[1], "grad"])).tolist() == [2.0]


def test_a_tensor_that_numpy_has_no_dtype_for_is_a_handle_and_has_no_value(net):
    made, number = net
    half = made.perform(["get", number, "half"])
    assert half[0] == "h"
    assert wire.unpack(made.perform(["value", half[1]])) == wire.OpaqueValue("Tensor")
