"""Whatever an answer returns becomes plain data, or a description of what it was."""

import collections
import enum

import numpy as np
import pytest
import torch

from mmcourse.plaindata import Opaque, TooLargeError, decode, describe, dig, encode, plain, shorten


class Liar(float):
    def __eq__(self, other):
        return True

    def __float__(self):
        return 7.0

    __hash__ = None


class LyingArray(np.ndarray):
    def __eq__(self, other):
        return True

    def __array_ufunc__(self, *args, **kwargs):
        raise RuntimeError("no arithmetic here")

    def copy(self, order="C"):
        return "copied"


class FalseClass:
    @property
    def __class__(self):
        raise RuntimeError("whose class?")

    def __repr__(self):
        raise RuntimeError("no repr")


class LazyTuple(tuple):
    def __iter__(self):
        raise RuntimeError("no items")


State = collections.namedtuple("State", "x velocity")


class Colour(enum.IntEnum):
    RED = 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Liar(2.5), 2.5),
        (Colour.RED, 1),
        (np.float64(0.5), 0.5),
        (np.int8(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.complex128(1j), 1j),
        (State(1, [2]), (1, [2])),
        (LazyTuple((1, 2)), (1, 2)),
        (collections.OrderedDict(a=1), {"a": 1}),
        (range(3), [0, 1, 2]),
        (np.array([1, "a", None], dtype=object), [1, "a", None]),
    ],
)
def test_values_come_out_with_exact_types(value, expected):
    result = plain(value)
    assert result == expected
    assert type(result) is type(expected)


def test_arrays_are_private_exact_copies():
    original = np.arange(6.0).reshape(2, 3)
    view = original.T[::-1]
    copied = plain(view)
    original[:] = 0
    assert type(plain(view.view(LyingArray))) is np.ndarray
    np.testing.assert_array_equal(copied, [[2.0, 5.0], [1.0, 4.0], [0.0, 3.0]])
    assert copied.flags.c_contiguous
    assert copied.flags.writeable


def test_precision_is_remembered():
    assert plain(np.float32(0.1)).dtype == np.float32
    assert plain(np.ones(2, dtype=">f4")).dtype == np.dtype("float32")
    assert plain(np.ones(2, dtype=np.longdouble)).dtype == np.float64


def test_torch_tensors_become_arrays():
    tensor = torch.arange(3, dtype=torch.float32, requires_grad=True)
    np.testing.assert_array_equal(plain({"w": tensor})["w"], np.arange(3, dtype=np.float32))


@pytest.mark.parametrize(
    ("value", "description"),
    [
        (object(), "an object of type object"),
        ((x for x in "ab"), "an object of type generator"),
        (np.array(["2020"], dtype="datetime64"), "an array of datetime64[Y]"),
        (np.ndarray, "something nested more than 50 deep"),
    ],
)
def test_other_things_are_described(value, description):
    assert plain([value]) == [Opaque(description)]
    with pytest.raises(TypeError, match="not plain data"):
        encode(value)


def test_an_object_that_lies_about_its_class_is_described():
    assert plain([FalseClass()]) == [Opaque("an object of type FalseClass")]


def test_a_value_that_contains_itself_ends():
    endless = []
    endless.append(endless)
    assert "nested more than 50 deep" in str(plain(endless))


@pytest.mark.parametrize("value", [np.broadcast_to(1.0, (10**6, 10**6)), range(10**12), "a" * 10_000_001])
def test_huge_results_are_refused_before_they_are_copied(value):
    with pytest.raises(TooLargeError, match="more than 10,000,000 numbers and letters"):
        plain([value])


def test_strange_keys_become_text():
    keys = list(plain({object(): 1, 2: 2, "w": 3}))
    assert keys[1:] == [2, "w"]
    assert "object" in keys[0]


def test_decoded_arrays_are_fresh_and_writable():
    data = encode(np.ones(2))
    first = decode(data)
    first += 1
    np.testing.assert_array_equal(decode(data), [1.0, 1.0])


def test_dig_says_what_is_missing():
    assert dig(({"w": [5]},), [0, "w", 0]) == 5
    assert dig((1, 2), [2]) == Opaque("nothing at [2] of a tuple of 2")
    assert dig(None, ["w"]) == Opaque("nothing at ['w'] of None")


def test_descriptions_stay_short():
    assert describe({}) == "an empty dictionary"
    assert len(describe("x" * 10**6)) < 80
    assert len(describe({"x" * 10**6: 1})) < 140
    assert shorten("abcdef", 5) == "ab..."
