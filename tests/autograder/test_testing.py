import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.program import Program
from autograder.testing import (
    OpaqueValue,
    PartialCredit,
    StudentError,
    assert_close,
    callback,
    describe,
    needs,
    partial,
    points,
    unpack,
    value,
)

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
OPAQUE = "got an object of type 'Foo', where only plain data can be graded"
NUMBERS = st.one_of(st.booleans(), st.integers(-(2**62), 2**62), st.floats(), st.complex_numbers(allow_nan=False))
ARRAYS = hnp.arrays(
    st.sampled_from([np.float64, np.float32, np.int64, np.uint8, np.bool_, np.complex128]), hnp.array_shapes(min_dims=0)
)
LEAVES = st.one_of(st.none(), NUMBERS, st.text(max_size=5), st.binary(max_size=5), ARRAYS)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), inner, max_size=3),
    ),
    max_leaves=8,
)
HOSTILE = st.one_of(VALUES, st.builds(OpaqueValue, st.text()), st.just(np.array([None, "x"], dtype=object)))


def complaint(got, expected, **options):
    with pytest.raises(AssertionError) as caught:
        assert_close(got, expected, **options)
    return str(caught.value)


@given(VALUES)
def test_a_value_is_close_to_itself(value):
    assert_close(value, value)


@given(HOSTILE, VALUES)
def test_anything_is_accepted_or_refused_with_a_short_message(got, expected):
    said = "result"
    try:
        assert_close(got, expected)
    except AssertionError as error:
        said = str(error)
    assert said.startswith("result")
    assert len(said) < 1000


@given(HOSTILE)
def test_describe_never_fails(value):
    assert 0 < len(describe(value)) < 300


@given(st.floats(-1e3, 1e3), st.floats(-1e-3, 1e-3))
def test_the_tolerance_is_the_one_that_is_stated(expected, difference):
    got = expected + difference
    if abs(got - expected) <= 1e-6 + 1e-3 * abs(expected):
        assert_close(got, expected, rtol=1e-3, atol=1e-6)
    else:
        assert "tolerance" in complaint(got, expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (3, 3.0),
        (np.float64(3), 3),
        (np.array(3.0), 3),
        (3.0, np.array(3.0)),
        ([1.0, 2.0], np.array([1.0, 2.0])),
        ((1, 2), np.array([1.0, 2.0])),
        (np.array([1.0, 2.0]), [1.0, 2.0]),
        ([[1, 2, 3], [4, 5, 6]], A),
        ([A[0], A[1]], A),
        ([A, None], (A, None)),
        ([], np.zeros(0)),
        (np.zeros((0, 3)), np.zeros((0, 3), bool)),
        (math.inf, math.inf),
        (math.nan, math.nan),
        (1 + 0j, 1.0),
        (np.array([True, False]), [True, False]),
        (A.T.copy().T, A),
        (np.array(["a", "b"]), np.array(["a", "b"])),
        (2**62 + 1, 2**62 + 1),
    ],
)
def test_one_value_in_two_dresses(got, expected):
    assert_close(got, expected)


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [
        (None, (1, 2), "result: expected a tuple of 2, got None"),
        ((1, 2, 3), (1, 2), "result: expected a tuple of 2, got a tuple of 3"),
        (np.array(1.0), [1.0], "result: expected a list of 1, got an array of shape ()"),
        (A.T, A, "result: expected shape (2, 3), got shape (3, 2): transposed?"),
        (A[0], A, "result: expected shape (2, 3), got shape (3,)"),
        (None, A, "result: expected an array of shape (2, 3), got None"),
        (None, 2.0, "result: expected a number, got None"),
        (True, 1.0, "result: expected a number, got True"),
        (1.0, True, "result: expected True or False, got the number 1.0"),
        ("x", 1.0, "result: expected a number, got the string 'x'"),
        (1, None, "result: expected None, got the number 1"),
        ("a", "b", "result: expected the string 'b', got the string 'a'"),
        (b"a", "a", "result: expected the string 'a', got the bytes b'a'"),
        ([1.0, [2.0]], A[0, :2], "result: expected an array of shape (2,), got a list of 2"),
        ([1.0, None], A[0, :2], "result: expected an array of shape (2,), got a list of 2 that is no array of numbers"),
        (np.array([None]), 1.0, "result: expected a number, got an array of shape (1,) and dtype object"),
        (OpaqueValue("Foo"), 1.0, f"result: expected a number, {OPAQUE}"),
        (OpaqueValue("Foo"), {}, f"result: expected a dictionary with 0 keys, {OPAQUE}"),
        (10**400, 1.0, None),
        ({"a": 1}, {"a": 1, "b": 2}, "result: missing 1 key 'b'"),
        ({"a": 1, "c": 2, 3: 4}, {"a": 1, "b": 2}, "result: missing 1 key 'b', unexpected 2 keys 'c', 3"),
        ([("w", 1)], {"w": 1}, "result: expected a dictionary with 1 key, got a list of 1"),
        (math.nan, 1.0, "result: expected 1.0, got nan (tolerance 2e-09)"),
        (1.0, math.nan, "result: expected nan, got 1.0"),
        (math.inf, -math.inf, "result: expected -inf, got inf"),
        (1 + 1j, 1.0, "result: expected 1.0, got 1+1j (tolerance 2e-09)"),
        (2**62 + 1, 2**62, None),
        (np.array([True, True]), [True, False], "result[1]: expected False, got True"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_plainly(got, expected, message):
    said = complaint(got, expected)
    assert message is None or said == message


def test_the_first_element_that_differs_is_named_with_its_path():
    got = ({"w": A + [[0, 0, 0], [0, 0.5, 0.5]]}, None)
    message = "step[0]['w'][1, 1]: expected 5.0, got 5.5 (tolerance 6e-09, 2 of 6 elements differ)"
    assert complaint(got, ({"w": A}, None), what="step") == message


def test_values_are_shown_with_the_digits_that_tell_them_apart():
    assert "expected 1.00000000, got" not in complaint(1 + 1e-8, 1.0)
    assert "expected 1.0, got 1.00000001" in complaint(1 + 1e-8, 1.0)


def test_tolerance_follows_the_precision_that_came_back():
    assert_close((A + 1e-5).astype(np.float32), A)
    complaint(A + 1e-5, A)
    complaint(A.astype(np.float32) + np.float32(1e-2), A)
    complaint((A + 3e-3).astype(np.float16), A)  # half precision is no excuse
    assert_close((A + 3e-3).astype(np.float16), A.astype(np.float16))


def test_atol_0_compares_tiny_numbers():
    assert_close(2e-20, 1e-20)
    complaint(2e-20, 1e-20, atol=0)


def test_unpack_takes_a_pair_apart_or_says_what_came():
    assert unpack((1, 2), "params", "state") == unpack([1, 2], "params", "state") == (1, 2)
    for result, said in ((None, "None"), ((1,), "a tuple of 1"), ({1: 2, 3: 4}, "a dictionary with 2 keys")):
        with pytest.raises(AssertionError, match=rf"expected a tuple \(params, state\), got {said}"):
            unpack(result, "params", "state")


def test_decorators_note_points_and_needs():
    @points(2)
    @needs("test_a", "test_b")
    def test_c(): ...

    assert (test_c._points, test_c._needs) == (2, ("test_a", "test_b"))


@pytest.mark.parametrize("wrong", [0, -1, math.nan, math.inf, True, "2"])
def test_points_must_be_positive_numbers(wrong):
    with pytest.raises(ValueError, match="points must be a positive number"):
        points(wrong)


def test_needs_takes_names():
    for wrong in ((), (len,)):
        with pytest.raises(ValueError, match="needs takes names of tests"):
            needs(*wrong)


def test_partial_credit_carries_its_fraction_and_reason():
    with pytest.raises(PartialCredit, match="close") as caught:
        partial(0.5, "close")
    assert (caught.value.fraction, caught.value.message) == (0.5, "close")
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        partial(1.5, "more than all")


def test_student_error_reads_like_the_exception_it_stands_for():
    error = StudentError("error", "ZeroDivisionError", "division by zero", "line 1")
    assert str(error) == "ZeroDivisionError: division by zero"
    assert str(StudentError("timeout", message="stopped after 4 s")) == "timeout: stopped after 4 s"
    assert (error.kind, error.type_name, error.traceback) == ("error", "ZeroDivisionError", "line 1")
    with pytest.raises(ValueError, match="unknown kind of error 'oops'"):
        StudentError("oops")


# Tensors and objects


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (torch.ones(2), np.ones(2)),
        (np.ones(2, np.float32), torch.ones(2)),
        (torch.ones(2), [1.0, 1.0]),
        ([torch.tensor(1.0), 2.0], torch.tensor([1.0, 2.0], requires_grad=True)),
        ({"w": torch.ones(2)}, {"w": torch.nn.Parameter(torch.ones(2))}),
        (torch.tensor(True), True),
        (torch.tensor(3), 3),
    ],
)
def test_a_tensor_is_compared_as_an_array(got, expected):
    assert_close(got, expected)


def test_a_tensor_that_differs_says_where():
    assert complaint(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0])).startswith("result[1]: expected 3.0, got 2.0")
    assert "expected shape (2,), got shape (3,)" in complaint(torch.ones(3), torch.ones(2))
    assert describe(torch.ones(2)) == "a tensor of shape (2,)"


OBJECTS = """
import torch
class Box:
    def __init__(self, number): self.number = number
    def __add__(self, other): return self.number + other
w = torch.ones(2, requires_grad=True)
def pair(): return w * 2, Box(1)
"""


def test_a_handle_is_fetched_and_compared_by_its_plain_data():
    program = Program([OBJECTS])
    doubled, box = program.pair()
    assert_close(doubled, [2.0, 2.0])
    assert_close([doubled, doubled], np.full((2, 2), 2.0))
    assert_close(box + 2, 3)
    assert complaint(box + 2, 4).startswith("result: expected 4, got 3")
    assert complaint(doubled, [2.0, 2.5]).startswith("result[1]: expected 2.5, got 2.0")
    assert (
        complaint(box, 1)
        == "result: expected a number, got an object of type 'Box', where only plain data can be graded"
    )
    assert value({"a": [doubled, 1], "b": (box,)})["b"] == (OpaqueValue("Box"),)


@pytest.mark.parametrize("shape", [3, "ab", [2], ("a",), (2.0,), None])
def test_a_shape_that_is_none_is_refused_when_the_test_is_written(shape):
    with pytest.raises(ValueError, match="a shape is a tuple of lengths"):
        callback(len, shape)


def test_a_callback_is_still_the_function():
    assert callback(max, calls=1)(1, 2) == callback(max)(2, 1) == 2
