"""What crosses between the processes: every allowed type comes back equal, and no bytes whatsoever do harm."""

import math
import socket
import struct
import subprocess
import sys
import threading
from collections import OrderedDict, defaultdict, namedtuple

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder import values, wire
from autograder.wire import Disconnected, OpaqueValue, WireError, pack, receive, send, unpack

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**3000), 10**3000),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    st.binary(),
)
ARRAYS = st.sampled_from(sorted(values.DTYPES)).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
KEYS = st.one_of(SCALARS, st.tuples(SCALARS, SCALARS))
VALUES = st.recursive(
    st.one_of(SCALARS, ARRAYS, ARRAYS.map(lambda array: array.dtype.type(1))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=12,
)


def there_and_back(value):
    """As a value really travels: packed, as msgpack bytes, unpacked."""
    return unpack(msgspec.msgpack.decode(msgspec.msgpack.encode(pack(value))))


def same(one, other) -> bool:
    """Equal in value and in type, throughout; nan equals nan, and a zero's sign counts."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, complex):
        return same(one.real, other.real) and same(one.imag, other.imag)
    return one == other


# Values


@given(VALUES)
def test_every_allowed_value_comes_back_the_same(value):
    assert same(there_and_back(value), value)


@pytest.mark.parametrize(
    "array",
    [
        np.array(3.5),
        np.empty((0, 3)),
        np.arange(24.0).reshape(2, 3, 4)[::2, ::-1, 1:],
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.broadcast_to(np.float32(2), (3, 2)),
        np.arange(5).astype(">i4"),
        np.array([np.nan, np.inf, -0.0], dtype=">f8"),
        np.array([1 + 2j], dtype=np.complex64),
        np.array([True, False]),
    ],
    ids=["0-d", "empty", "strided", "fortran", "broadcast", "big-endian", "non-finite", "complex", "bool"],
)
def test_arrays_of_any_layout_come_back_fresh_contiguous_and_writable(array):
    back = there_and_back(array)
    np.testing.assert_array_equal(back, array)
    assert back.dtype == array.dtype.newbyteorder("=") and back.shape == array.shape
    assert type(back) is np.ndarray and back.flags.c_contiguous and back.flags.writeable and back.base is None


@pytest.mark.parametrize(
    "items",
    [[0.5, math.inf], [1, -(2**63)], [1, 2**63], [True, False], ["a", "b"], [1, True], [1.0, 2], [], [None, 1], [[1]]],
)
def test_lists_of_one_kind_and_of_several_come_back_alike(items):
    for value in (items, tuple(items)):
        back = there_and_back(value)
        assert same(back, value)
    assert unpack(pack(items)) is not items


@pytest.mark.parametrize("scalar", [np.float32(0.1), np.longlong(3), np.bool_(True), np.complex128(1j), np.uint8(200)])
def test_numpy_scalars_stay_scalars_of_their_dtype(scalar):
    back = there_and_back(scalar)
    assert back == scalar and back.dtype == scalar.dtype and isinstance(back, np.generic)


def test_dictionaries_of_the_standard_library_arrive_as_dictionaries():
    counts = defaultdict(int, a=1)
    assert same(there_and_back([OrderedDict(b=2), counts]), [{"b": 2}, {"a": 1}])


def test_a_dictionary_may_have_any_hashable_key_and_foreign_ones_are_named():
    keys = [True, None, 2.5, "w", b"w", (1, ("a", None)), np.int64(7), wire.Disconnected]
    assert list(there_and_back(dict.fromkeys(keys))) == [*keys[:-1], OpaqueValue("type")]


def through_a_socket(value):
    left, right = socket.socketpair()
    with left, right:
        sender = threading.Thread(target=send, args=(left, pack(value)))
        sender.start()
        back = unpack(receive(right))
        sender.join()
    return back


@pytest.mark.parametrize("way", [lambda value: unpack(pack(value)), through_a_socket], ids=["no frame", "socket"])
@pytest.mark.parametrize("dtype", sorted(values.DTYPES))
def test_big_arrays_come_back_as_small_ones_do(dtype, way):
    small = np.random.default_rng(0).integers(0, 2, size=(50, 2)).astype(dtype)
    big = np.tile(small, (values.BIG // 40, 1))[::2, ::-1]
    back = way([big, small])
    assert big.nbytes >= values.BIG and same(back, [np.ascontiguousarray(big), small])
    assert all(one.flags.writeable and one.base is None for one in back)


def test_a_big_array_that_never_became_a_frame_is_copied():
    big = np.zeros(values.BIG)
    back = unpack(pack(big))
    big += 1
    assert not back.any()


# Tensors

TENSORS = {
    "matrix": torch.arange(6.0).reshape(2, 3),
    "strided": torch.arange(24.0, dtype=torch.float64).reshape(4, 6)[::2, 1:].T,
    "number": torch.tensor(2.5),
    "empty": torch.empty(0, 3),
    "integers": torch.arange(3),
    "bool": torch.tensor([True, False]),
    "half": torch.ones(2, dtype=torch.float16),
    "complex": torch.tensor([1 + 2j]),
    "conjugate": torch.tensor([1 + 2j]).conj(),
    "big": torch.rand(2**15),
}


@pytest.mark.parametrize("way", [there_and_back, through_a_socket, lambda value: unpack(pack(value))])
@pytest.mark.parametrize("name", TENSORS)
def test_tensors_come_back_as_tensors_of_their_dtype(name, way):
    tensor = TENSORS[name]
    (back,) = way([tensor])
    assert type(back) is torch.Tensor and back.dtype == tensor.dtype and not back.requires_grad
    assert torch.equal(back, tensor)


@pytest.mark.parametrize(
    ("tensor", "name"),
    [
        (torch.ones(2, requires_grad=True), "Tensor"),
        (torch.nn.Parameter(torch.ones(2)), "Parameter"),
        (torch.ones(2).as_subclass(type("Liar", (torch.Tensor,), {})), "Liar"),
        (torch.ones(2, dtype=torch.bfloat16), "Tensor"),
        (torch.eye(2).to_sparse(), "Tensor"),
    ],
    ids=["requires grad", "parameter", "subclass", "bfloat16", "sparse"],
)
def test_other_tensors_are_foreign(tensor, name):
    assert there_and_back(tensor) == OpaqueValue(name)


def test_a_tensor_is_opaque_where_torch_was_never_imported(monkeypatch):
    node = pack(torch.ones(2))
    monkeypatch.delitem(sys.modules, "torch")
    assert unpack(node) == OpaqueValue("Tensor")


def test_wire_itself_never_imports_torch():
    program = "import sys; from autograder import wire; wire.unpack(wire.pack([sys])); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# What is left to others


def test_foreign_values_are_encoded_by_who_packs_and_rebuilt_by_who_unpacks():
    node = pack({"a": [range(3)], 2: np.array(["x"])}, lambda value, name: ["mine", name])
    assert unpack(node, {"mine": lambda name: f"<{name}>"}) == {"a": ["<range>"], 2: "<ndarray of dtype <U1>"}
    with pytest.raises(WireError, match="unknown tag 'mine'"):
        unpack(node)


class LyingFloat(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class LyingArray(np.ndarray):
    def __array_ufunc__(self, *args, **kwargs):
        return np.True_


class LyingScalar(np.float64):
    def __eq__(self, other):
        return True

    __hash__ = np.float64.__hash__


class Nameless(type):
    @property
    def __name__(cls):
        raise RuntimeError("no name for you")


Pair = namedtuple("Pair", "left right")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (LyingFloat(1), "LyingFloat"),
        (np.zeros(2).view(LyingArray), "LyingArray"),
        (LyingScalar(1), "LyingScalar"),
        (Pair(1, 2), "Pair"),
        (type("Text", (str,), {})("x"), "Text"),
        (type("Items", (list,), {})(), "Items"),
        (type("Table", (dict,), {})(), "Table"),
        (Nameless("Blank", (), {})(), "Blank"),
        (type("Long" * 100, (), {})(), "Long" * 50),
        (object(), "object"),
        ({1, 2}, "set"),
        (range(3), "range"),
        ((n for n in "ab"), "generator"),
        (print, "builtin_function_or_method"),
        (np.array(["text"]), "ndarray of dtype <U4"),
        (np.array([object()]), "ndarray of dtype object"),
        (np.zeros(1, dtype="f4,i4"), "ndarray of dtype [('f0', '<f4'), ('f1', '<i4')]"),
        (np.longdouble(1), "longdouble of dtype float128"),
        (np.datetime64("2020-01-01"), "datetime64 of dtype datetime64[D]"),
        (1 << 100_000, "a huge int"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_foreign_types_and_subclasses_cross_as_their_name_alone(value, name):
    assert there_and_back([value]) == [OpaqueValue(name)]


def test_what_is_nested_too_deep_becomes_opaque_even_when_it_holds_itself():
    loop = []
    loop.append(loop)
    inner = there_and_back(loop)
    for _ in range(values.MAX_DEPTH):
        (inner,) = inner
    assert inner == OpaqueValue("a value nested too deep")


# What a stranger may send instead

NODES = st.recursive(
    st.one_of(
        SCALARS.filter(lambda value: type(value) is not complex),
        st.sampled_from([*"viclTtdas?hfn", "fl", "ft", *sorted(values.DTYPES), "|O", "<M8[ns]", "<U4"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.tuples(st.sampled_from([*"vicltdasT?hfn", "fl", "ft"]), inner).map(list),
        st.tuples(st.sampled_from("as"), st.sampled_from(sorted(values.DTYPES)), inner, inner).map(list),
        st.tuples(st.just("T"), st.sampled_from(sorted(values.DTYPES)), inner, inner, inner).map(list),
    ),
    max_leaves=20,
)


@settings(max_examples=300)
@given(NODES)
@example(["a", "<f8", [0, 2**40, 2**40], b""])
@example(["a", "<f8", [2**62, 4], b""])
@example(["a", "<f8", [0] * 33, b""])
@example(["a", "<f8", [-1, -8], b"\0" * 64])
@example(["a", "<f8", [True], b"\0" * 8])
@example(["a", "|O", [1], b"\0" * 8])
@example(["a"])
@example(["a", "<f8", [1]])
@example(["a", "<f8", [1], memoryview(b"\0" * 8)])
@example(["T", "<f8", [1], b"\0" * 8, 1])
@example(["T", "|b1", [1], b"\1", True])
@example(["T", "<u8", [1], b"\0" * 8, False])
@example(["T", "<f8", [0, 2**40, 2**40], b"", False])
@example(["d", [[["l", []], ["v", 1]]]])
@example(["d", [[["t", [["a", "<f8", [0], b""]]], ["v", 1]]]])
@example(["i", "-"])
@example(["i", "٣"])
@example(["i", "9" * 5000])
@example(["c", 1, 2.0])
@example(["l"])
@example([["v"], 1])
@example([])
def test_no_tree_makes_unpack_raise_anything_but_a_wire_error(node):
    try:
        unpack(node)
    except WireError:
        pass


@pytest.mark.parametrize(
    ("node", "why"),
    [
        ({"v": 1}, "tagged list"),
        (["x", 1], "unknown tag 'x'"),
        (["v", [1]], "no plain type"),
        (["fl", [1.0, [2.0]]], "flat list of something"),
        (["ft", (1.0,)], "expected list"),
        (["a", "<f8", [3], b"\0" * 16], "do not fill"),
        (["a", "<f8", [2**20, 2**20], b""], "too large"),
        (["a", "<f8", [0, 2**40, 2**40], b""], "too large"),
        (["a", "|O", [1], b"\0" * 8], "may not cross"),
        (["a", "|b1", [2], b"\1\2"], "booleans"),
        (["a", "<f8", [3]], "a dtype, a shape and data"),
        (["a", "<f8", [1], "12345678"], "no bytes"),
        (["T", "<f8", [1], b"\0" * 8], "whether it requires grad"),
        (["T", "<i8", [1], b"\0" * 8, True], "no tensor is like this"),
        (["d", [[["l", []], ["v", 1]]]], "key of type list"),
        (["d", [[["v", 1]]]], "not a pair"),
        (["i", "12a"], "digits"),
    ],
)
def test_dishonest_values_are_refused_by_name(node, why):
    with pytest.raises(WireError, match=why):
        unpack(node)


def test_nesting_beyond_the_limit_is_refused():
    node = ["v", 1]
    for _ in range(values.MAX_DEPTH + 1):
        node = ["l", [node]]
    with pytest.raises(WireError, match="nested too deep"):
        unpack(node)


# Frames


@pytest.fixture
def line():
    left, right = socket.socketpair()
    with left, right:
        left.settimeout(5)
        right.settimeout(5)
        yield left, right


def frame(body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + body


def test_messages_arrive_in_order_and_whole(line):
    left, right = line
    big = np.random.default_rng(0).normal(size=200_000)
    sender = threading.Thread(target=lambda: [send(left, ["value", pack(value)]) for value in (1, big, "end")])
    sender.start()
    first, second, third = (unpack(receive(right)[1]) for _ in range(3))
    sender.join()
    assert (first, third) == (1, "end")
    np.testing.assert_array_equal(second, big)


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=200), NODES.map(lambda node: msgspec.msgpack.encode(repr(node)))))
@example(b"\x81\x90\xc0")  # an array as a key
@example(b"\x81\x80\xc0")  # a map as a key
@example(b"\xd6\xff\x00\x00\x00\x01")  # a timestamp
@example(b"\xd4\x05\x01")  # an extension
@example(b"\xd4\x01\x01")  # ours, but where no array is
@example(b"\x81\xd4\x01\x01\xc0")  # as a key
@example(b"\xc7\xff")  # cut short
@example(b"\xdd\xff\xff\xff\xff")  # four billion items, it says
@example(b"\x91" * 100_000)
@example(b"\xa1\xff")  # not UTF-8
@example(b"")
def test_no_bytes_make_receive_or_unpack_raise_anything_but_a_wire_error(body):
    left, right = socket.socketpair()
    with left, right:
        right.settimeout(5)
        left.sendall(frame(body))
        left.close()
        try:
            unpack(receive(right))
        except WireError:
            pass


@settings(max_examples=100)
@given(st.binary(max_size=64))
def test_raw_bytes_without_a_frame_end_in_a_wire_error(data):
    left, right = socket.socketpair()
    with left, right:
        right.settimeout(5)
        left.sendall(data)
        left.close()
        with pytest.raises(WireError):
            while True:
                receive(right)


def test_a_length_over_the_limit_is_refused_before_anything_is_read(line):
    left, right = line
    left.sendall(struct.pack("!I", wire.MAX_FRAME + 1))
    with pytest.raises(WireError, match="over the limit"):
        receive(right)


def test_a_message_over_the_limit_is_not_sent(line):
    left, right = line
    with pytest.raises(WireError, match="over the limit"):
        send(left, bytes(wire.MAX_FRAME))
    send(left, "still in step")
    assert receive(right) == "still in step"


@pytest.mark.parametrize(
    "message", [object(), {1: [2**70]}, "\ud800", [[...]]], ids=["object", "huge", "surrogate", "dots"]
)
def test_what_msgpack_cannot_hold_is_not_sent(line, message):
    left, right = line
    with pytest.raises(WireError, match="not a message"):
        send(left, message)
    send(left, 1)
    assert receive(right) == 1


@given(NODES)
def test_parts_are_counted_as_they_are_decoded(node):
    def count(value) -> int:
        return 1 + sum(map(count, value)) if isinstance(value, list) else 1

    try:
        body = msgspec.msgpack.encode(node)
    except OverflowError:  # an int of more than 64 bits
        return
    assert wire.count_parts(body) == count(node)


def test_heads_of_all_kinds_are_counted_once():
    values = [None, True, 5, -5, 200, 2**15, 2**31, 2**63, -100, -(2**15), -(2**31), -(2**62), 1.5]
    values += ["x" * n for n in (0, 31, 32, 255, 256, 2**16)] + [b"\x93" * n for n in (0, 255, 256, 2**16)]
    values += [msgspec.msgpack.Ext(5, b"\x93" * n) for n in (1, 2, 4, 8, 16, 17, 300, 2**16)]
    lists = [[0] * n for n in (0, 15, 16, 2**16)]
    tables = [dict.fromkeys(range(n)) for n in (0, 15, 16, 2**16)]
    expected = 1 + len(values) + sum(1 + len(one) for one in lists) + sum(1 + 2 * len(one) for one in tables)
    assert wire.count_parts(msgspec.msgpack.encode([*values, *lists, *tables])) == expected


def test_a_frame_of_very_many_small_objects_is_refused_before_it_is_decoded(line):
    """Sixteen million empty lists would take more than a gigabyte of memory."""
    left, right = line
    body = b"\xdd" + struct.pack("!I", 2**24) + b"\x90" * 2**24
    sender = threading.Thread(target=left.sendall, args=(frame(body),))
    sender.start()
    with pytest.raises(WireError, match="parts"):
        receive(right)
    sender.join()


# Slow, silent and vanishing peers


@pytest.mark.parametrize("part", [b"", b"\0\0", frame(b"abc")[:5]], ids=["nothing", "half a length", "half a body"])
def test_a_peer_that_goes_away_midway_is_disconnected(line, part):
    left, right = line
    left.sendall(part)
    left.close()
    with pytest.raises(Disconnected):
        receive(right)


def test_sending_to_nobody_is_disconnected(line):
    left, right = line
    right.close()
    with pytest.raises(Disconnected):
        send(left, 1)


def test_sending_to_one_who_does_not_read_is_disconnected(line):
    left, _ = line
    left.settimeout(0.05)
    with pytest.raises(Disconnected, match="does not read"):
        send(left, bytes(2**22))


def test_patience_is_asked_at_every_drop_and_every_pause(line):
    left, right = line
    right.settimeout(0.01)
    asked = 0

    def patience(came):
        nonlocal asked
        asked += 1
        if asked == 4:
            left.sendall(frame(msgspec.msgpack.encode("at last")))

    assert receive(right, patience) == "at last"
    assert asked >= 4


def test_impatience_ends_the_reading_of_a_frame_that_drips(line):
    left, right = line
    stop = threading.Event()

    def drip():
        left.sendall(struct.pack("!I", 1000))
        while not stop.wait(0.001):
            left.sendall(b"\0")

    class Enough(Exception): ...

    pieces = iter(range(20))

    def patience(came):
        if next(pieces, None) is None:
            raise Enough

    dripping = threading.Thread(target=drip)
    dripping.start()
    with pytest.raises(Enough):
        receive(right, patience)
    stop.set()
    dripping.join()


def test_without_patience_a_silent_peer_is_a_timeout(line):
    _, right = line
    right.settimeout(0.01)
    with pytest.raises(TimeoutError):
        receive(right)
