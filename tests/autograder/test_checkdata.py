"""Declarations become data; the solution passes them, mistakes are recorded, and contradictions are refused."""

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.checkdata import (
    Check,
    CheckDataError,
    Question,
    Ref,
    Rng,
    build,
    call,
    get,
    gradient_check,
    repeat,
    same_data,
)
from mmcourse.check import judge
from mmcourse.plaindata import decode, encode

HALVE = "def halve(x):\n    return x / 2\n"


@dataclass
class Mistake:
    name: str
    source: str
    message: str = "look again"
    question: str = "halve"

    def apply(self, solution_source):
        return self.source


def question(*checks, **options):
    return Question(hints=["one", "two"], checks=checks, **options)


ONCE = Check("once", [call("first", 3.0)])
TWICE = Check("twice", [call("first", np.array([3.0, 5.0])), call("second", Ref("first"))], expect=["second"])


def build_one(asked, source=HALVE, mistakes=(), function="halve"):
    content = build(
        "a00",
        questions={"halve": asked},
        solution_source={"halve": source},
        mistakes=mistakes,
        points={"halve": 4},
        functions={"halve": function},
    )
    return json.loads(content)["questions"]["halve"]


def answer(source, function="halve"):
    namespace = {"np": np}
    exec(source, namespace)  # the source is in this file
    return namespace[function]


def test_expected_values_are_what_the_solution_returns():
    data = build_one(question(ONCE, TWICE))
    assert decode(data["checks"][0]["values"]) == [1.5]
    np.testing.assert_array_equal(decode(data["checks"][1]["values"])[0], [0.75, 1.25])
    assert judge("a00.halve", data, lambda x: x / 2).score == 4.0
    assert judge("a00.halve", data, lambda x: x // 2).score == 0.0


def test_the_file_is_byte_stable_stamped_and_free_of_code():
    arguments = {
        "questions": {"halve": question(ONCE, TWICE), "again": question(ONCE)},
        "solution_source": {"halve": HALVE, "again": HALVE.replace("halve", "again")},
        "mistakes": [FLOOR],
        "points": {"halve": 4, "again": 1},
        "functions": {"halve": "halve", "again": "again"},
    }
    content = build("a00", **arguments)
    backwards = {**arguments, "questions": dict(reversed(arguments["questions"].items()))}
    assert content == build("a00", **arguments) == build("a00", **backwards)
    data = json.loads(content)
    assert (data["format"], data["assignment"]) == (1, "a00")
    assert not any(word in content.decode() for word in ("return", "x // 2", "def ", "test_"))
    assert max(map(len, content.decode().splitlines())) <= 120


def test_expected_values_hold_twelve_digits_and_no_negative_zero():
    source = "def halve(x):\n    return np.array([1 / 3, -0.0, np.nan, -np.inf]), (x, None, True)\n"
    values = build_one(question(ONCE), source)["checks"][0]["values"]
    expected = {"array": "float64", "shape": [4], "data": [0.333333333333, 0.0, "nan", "-inf"]}
    assert values == [{"tuple": [expected, {"tuple": [3.0, None, True]}]}]
    assert "-0.0" not in json.dumps(values)


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | hnp.arrays(
        st.sampled_from(["float64", "float32", "complex64", "complex128", "int64", "uint8", "bool"]),
        hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


def same(one, other):
    """Tell whether two values have the same types, shapes and dtypes, and equal numbers to 12 digits."""
    if type(one) is not type(other):
        return False
    match one:
        case list() | tuple():
            return len(one) == len(other) and all(map(same, one, other))
        case dict():
            return list(one) == list(other) and all(map(same, one.values(), other.values()))
        case np.ndarray():
            return one.dtype == other.dtype and one.shape == other.shape and same(one.tolist(), other.tolist())
        case complex():
            return same(one.real, other.real) and same(one.imag, other.imag)
        case float():
            return math.isclose(one, other, rel_tol=1e-11) or (math.isnan(one) and math.isnan(other))
    return one == other


@settings(max_examples=200, deadline=None)
@given(plain_values)
def test_values_survive_the_file(value):
    data = json.loads(json.dumps(encode(value), allow_nan=False))
    assert same(value, decode(data))
    assert encode(decode(data)) == data  # twelve digits of twelve digits are the same


def test_arguments_are_sent_as_the_file_has_them():
    source = "def halve(x):\n    return x\n"
    value = build_one(question(Check("thirds", [call("first", 1 / 3)])), source)["checks"][0]["values"]
    assert value == [0.333333333333]  # not 1/3, rounded after the calculation


def test_scripts_reach_methods_attributes_rounds_and_generators():
    source = """
class Counter:
    def __init__(self, start):
        self.total = start

    def add(self, amount):
        self.total = self.total + amount
        return self.total

    def draw(self, rng):
        return rng.random(2)
"""
    steps = [
        call("counter", 10.0),
        repeat("path", 3, call("now", 2.0).on("counter", "add")),
        get("total", "counter", "total"),
        call("drawn", Rng(7)).on("counter", "draw"),
    ]
    data = build_one(question(Check("count", steps, ["path", "total", "drawn"])), source, function="Counter")
    path, total, drawn = decode(data["checks"][0]["values"])
    assert (path, total) == ([12.0, 14.0, 16.0], 16.0)
    np.testing.assert_allclose(drawn, np.random.default_rng(7).random(2), rtol=1e-11)


def test_a_gradient_is_checked_without_expected_numbers():
    source = "def halve(x, power):\n    return np.sum(x**power), power * x ** (power - 1)\n"
    data = build_one(question(gradient_check("gradient", np.array([[0.5, -1.25], [2.0, 0.1]]), 3)), source)
    assert data["checks"][0]["values"] is None
    assert judge("k", data, answer(source)).passed
    wrong = judge("k", data, answer(source.replace("power *", "2 *")))
    assert "the value changes at the rate" in wrong.lines[0].detail


def test_random_results_are_stored_as_moments():
    source = "def halve(rng):\n    return rng.normal(3.0, 2.0, size=4000)\n"
    check = Check("draws", [call("sample", Rng(0))], compare="same_moments")
    data = build_one(question(check), source)
    summary = decode(data["checks"][0]["values"])[0]
    assert set(summary) == {"shape", "mean", "variance", "fourth"}
    assert judge("k", data, lambda rng: 3.0 + 2.0 * rng.standard_normal(4000)).passed
    assert not judge("k", data, lambda rng: rng.normal(3.0, 4.0, size=4000)).passed


def test_a_mistake_is_stored_with_the_results_it_gives():
    floor = Mistake("floor", "def halve(x):\n    return x // 2\n", "That is a floor division.")
    raises = Mistake("raises", "def halve(x):\n    return x.sum()\n", "A number has no sum.")
    data = build_one(question(ONCE, TWICE), mistakes=[floor, raises])
    by_name = {mistake["name"]: mistake["results"] for mistake in data["mistakes"]}
    assert by_name["floor"][0] == [1.0]
    assert by_name["raises"][0] == {"error": "AttributeError"}
    assert judge("k", data, lambda x: x // 2).mistake == "That is a floor division."
    assert judge("k", data, lambda x: x + 1).mistake == ""


def test_results_equal_to_the_expected_ones_are_not_stored_again():
    data = build_one(question(ONCE, TWICE), mistakes=[Mistake("one", "def halve(x):\n    return x * 0 + 1.5\n")])
    assert data["mistakes"][0]["results"][0] is None


FLOOR = Mistake("floor", "def halve(x):\n    return x // 2\n")
HARMLESS = Mistake("harmless", "def halve(x):\n    return 0.5 * x\n")


@pytest.mark.parametrize(
    ("asked", "mistakes", "message"),
    [
        (question(ONCE), [HARMLESS], "'harmless' passes every visible check"),
        (question(ONCE, unseen=["floor"]), [FLOOR], "'floor' is listed as unseen, but fails 'once'"),
        (question(ONCE, unseen=["flor"]), [FLOOR], "names no mistake of this question: flor"),
        (question(ONCE), [FLOOR, Mistake("twin", FLOOR.source)], "'twin' gives the same results as 'floor'"),
        (question(ONCE), [Mistake("blank", "def halve(x):\n    raise NotImplementedError")], "was not started"),
        (question(ONCE), [Mistake("other", "def half(x):\n    return x")], "the source defines no halve"),
        (question(ONCE), [Mistake("thing", "def halve(x):\n    return object()")], "not plain data"),
        (question(ONCE, ONCE), [], "two checks have the same name"),
        (question(), [], "needs checks and hints"),
        (question(Check("c", [call("first", 1.0)], compare="near")), [], "no comparator 'near', there are close"),
        (question(Check("c", [call("first", Ref("zeroth"))])), [], "zeroth refers to no earlier step"),
        (question(Check("c", [call("first", 1.0)], expect=["last"])), [], "last refers to no earlier step"),
        (question(Check("c", [call("first one", 1.0)])), [], "must be a Python name"),
        (
            question(Check("c", [call("first", object())])),
            [],
            "an argument is not plain data: an object of type object",
        ),
        (question(Check("c", [call("first", "text")])), [], "the solution raises TypeError in 'first'"),
        (question(Check("c", [call("first", np.ones(100_000))])), [], "bytes, 200,000 are allowed"),
    ],
)
def test_contradictions_are_refused_in_one_line(asked, mistakes, message):
    with pytest.raises(CheckDataError) as refused:
        build_one(asked, mistakes=mistakes)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_solution_that_fails_its_own_checks_is_refused():
    source = "state = [0]\ndef halve(x):\n    state[0] += 1\n    return state[0]\n"
    with pytest.raises(CheckDataError, match="the solution fails its own checks"):
        build_one(question(ONCE), source)


def test_a_mistake_declared_unseen_is_left_out():
    assert build_one(question(ONCE, unseen=["harmless"]), mistakes=[HARMLESS])["mistakes"] == []


def test_other_questions_cells_run_first():
    content = build(
        "a00",
        questions={"halve": question(ONCE)},
        solution_source={
            "help": "def share(x, n):\n    return x / n\n",
            "halve": "def halve(x):\n    return share(x, 2)\n",
        },
        mistakes=[],
        points={"halve": 1},
        functions={"halve": "halve"},
    )
    assert json.loads(content)["questions"]["halve"]["checks"][0]["values"] == [1.5]


def test_an_unknown_question_is_refused():
    with pytest.raises(CheckDataError, match="no solution cell is known"):
        build("a00", questions={"x": question(ONCE)}, solution_source={}, mistakes=[], points={}, functions={})


def test_long_arrays_are_wrapped_between_numbers_and_read_back():
    numbers = np.array([-1.5e-5, 2.25e-7] * 200)
    asked = question(Check("long", [call("first", {"deep": [({"w": numbers},)]})]))
    checks = build_one(asked, "def halve(x):\n    return x\n")["checks"]
    np.testing.assert_array_equal(decode(checks[0]["values"])[0]["deep"][0][0]["w"], numbers)


def test_data_from_two_machines_is_the_same_but_for_rounding():
    assert same_data(b'{"a": [1, 2.5, "x", null, true]}', b'{"a": [1.0, 2.5000000000001, "x", null, true]}')
    assert same_data(b"[3.5e-14]", b"[-1e-16]") and same_data(b"[1e9]", b"[1000000000.0001]")
    different = b'[[1, 2], {"a": 1}, "x", true, 2.5, null]'
    for other in (
        b'[[1], {"a": 1}, "x", true, 2.5, null]', b'[[1, 2], {"b": 1}, "x", true, 2.5, null]',
        b'[[1, 2], {"a": 1}, "y", true, 2.5, null]', b'[[1, 2], {"a": 1}, "x", 1, 2.5, null]',
        b'[[1, 2], {"a": 1}, "x", true, 2.500001, null]', b'[[1, 2], {"a": 1}, "x", true, 2.5, 0]',
    ):  # fmt: skip
        assert not same_data(different, other)
