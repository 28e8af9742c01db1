"""Values and frames between a student's process and the tests: exact types, rebuilt and bounded on the trusted side.

A frame is a four-byte length and one msgpack message. A value is a tree of `[tag, ...]` nodes, one tag for each type
that may cross; everything else crosses as its type's name alone (`OpaqueValue`), so a test can say what came back.
The student's side may send any bytes it likes: `receive` checks the length before it reads and counts the parts before
it decodes; `unpack` checks depth, sizes, shapes and dtypes before it allocates, builds nothing but builtins and plain
arrays, and raises `WireError` otherwise.

>>> unpack(pack({"w": (1, 2.5, None)}))
{'w': (1, 2.5, None)}
>>> unpack(pack(object()))
OpaqueValue(type_name='object')

This module travels into the sandbox: it imports numpy, msgspec and the standard library, nothing of the course.
"""

import socket
import struct
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

MAX_FRAME = 64 * 2**20  # bytes
MAX_DEPTH = 64  # nested containers
MAX_PARTS = 2**21  # of one message: a byte on the wire may claim an object of seventy
MAX_INT_DIGITS = 4096
NUMBERS = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128"
DTYPES = {np.dtype(name).str: np.dtype(name).itemsize for name in NUMBERS.split()}
ARRAYS = frozenset((np.ndarray, *np.sctypeDict.values()))  # numpy's own types: a subclass may lie about itself
DICTS = frozenset((dict, OrderedDict, defaultdict))


class WireError(Exception):
    """The other side sent something that no honest value encodes to, or more than the limits allow."""


class Disconnected(WireError):
    """The other side has gone: the socket closed before a whole frame came."""


@dataclass(frozen=True)
class OpaqueValue:
    """Stands for a value that cannot leave the sandbox: all that is known of it is the name its type claims."""

    type_name: str


# Values


def pack(value: Any, depth: int = 0) -> list:
    """Encode `value` by its exact type; a subclass, a foreign type or one nested too deep becomes opaque."""
    kind = type(value)
    if depth == MAX_DEPTH:
        return ["?", "a value nested too deep"]
    if value is None or kind is bool or kind is float or kind is str or kind is bytes:
        return ["v", value]
    if kind is int:
        return ["v", value] if -(2**63) <= value < 2**63 else _pack_big_int(value)
    if kind is complex:
        return ["c", value.real, value.imag]
    if kind is list or kind is tuple:
        return ["l" if kind is list else "t", [pack(item, depth + 1) for item in value]]
    if kind in DICTS:
        return ["d", [[pack(key, depth + 1), pack(item, depth + 1)] for key, item in value.items()]]
    if kind in ARRAYS:
        return _pack_array(value)
    return ["?", type_name(kind)]


def type_name(kind: type) -> str:
    """The name a class was given, past whatever its metaclass says."""
    return type.__dict__["__name__"].__get__(kind)[:200]


def _pack_big_int(value: int) -> list:
    if value.bit_length() > 3 * MAX_INT_DIGITS:
        return ["?", "a huge int"]
    return ["i", str(value)]


def _pack_array(value: np.ndarray | np.generic) -> list:
    dtype = value.dtype
    if not dtype.isnative:
        value, dtype = value.astype(dtype.newbyteorder("=")), dtype.newbyteorder("=")
    if dtype.str not in DTYPES:
        return ["?", f"{type(value).__name__} of dtype {dtype}"[:200]]
    return ["s" if isinstance(value, np.generic) else "a", dtype.str, list(value.shape), value.tobytes()]


def unpack(node: Any, depth: int = 0) -> Any:
    """Rebuild a value from what `pack` made. Nothing in `node` is trusted."""
    if depth > MAX_DEPTH:
        raise WireError("a value is nested too deep")
    if type(node) is not list or not node or type(node[0]) is not str:
        raise WireError("a value is not a tagged list")
    tag, body = node[0], node[1:]
    build = _BUILDERS.get(tag)
    if build is None:
        raise WireError(f"unknown tag {tag[:20]!r}")
    return build(body, depth)


def _fields(body: list, *kinds: type) -> list:
    if tuple(map(type, body)) != kinds:
        raise WireError(f"expected {', '.join(kind.__name__ for kind in kinds)}")
    return body


def _build_plain(body: list, depth: int) -> Any:
    if len(body) != 1 or type(body[0]) not in (type(None), bool, int, float, str, bytes):
        raise WireError("a plain value is of no plain type")
    return body[0]


def _build_int(body: list, depth: int) -> int:
    (digits,) = _fields(body, str)
    if len(digits) > MAX_INT_DIGITS or not digits.removeprefix("-").isascii() or not digits.removeprefix("-").isdigit():
        raise WireError("an integer is not written in digits")
    return int(digits)


def _build_items(body: list, depth: int) -> list:
    (items,) = _fields(body, list)
    return [unpack(item, depth + 1) for item in items]


def _build_dict(body: list, depth: int) -> dict:
    (pairs,) = _fields(body, list)
    result = {}
    for pair in pairs:
        if type(pair) is not list or len(pair) != 2:
            raise WireError("a dictionary entry is not a pair")
        key, item = (unpack(part, depth + 1) for part in pair)
        try:
            result[key] = item
        except TypeError:  # unhashable
            raise WireError(f"a dictionary key of type {type(key).__name__}") from None
    return result


def _build_array(body: list, depth: int) -> np.ndarray:
    dtype, shape, data = _fields(body, str, list, bytes)
    size = DTYPES.get(dtype)
    if size is None:
        raise WireError(f"dtype {dtype[:20]!r} may not cross")
    if len(shape) > 32 or any(type(length) is not int or length < 0 for length in shape):
        raise WireError("an array's shape is not a short list of sizes")
    span = size
    for length in shape:
        size, span = size * length, span * (length or 1)  # numpy multiplies the sizes of an empty array, too
    if span > MAX_FRAME:
        raise WireError("an array's shape is too large")
    if size != len(data):
        raise WireError("an array's data do not fill its shape")
    if dtype == "|b1" and data.strip(b"\0\1"):
        raise WireError("an array of booleans holds something else")
    return np.frombuffer(data, dtype).reshape(shape).copy()


_BUILDERS = {
    "v": _build_plain,
    "i": _build_int,
    "c": lambda body, depth: complex(*_fields(body, float, float)),
    "l": _build_items,
    "t": lambda body, depth: tuple(_build_items(body, depth)),
    "d": _build_dict,
    "a": _build_array,
    "s": lambda body, depth: _build_array(body, depth)[()],
    "?": lambda body, depth: OpaqueValue(_fields(body, str)[0][:200]),
}


# Frames


def send(channel: socket.socket, message: Any) -> None:
    """Send one message; raises `WireError` when it is over the limit, `Disconnected` when nobody listens."""
    try:
        body = msgspec.msgpack.encode(message)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise WireError(f"not a message: {error}") from None
    if len(body) > MAX_FRAME:
        raise WireError(f"a message of {len(body)} bytes is over the limit of {MAX_FRAME}")
    try:
        channel.sendall(struct.pack("!I", len(body)) + body)
    except TimeoutError:
        raise Disconnected("the other side does not read") from None
    except (BrokenPipeError, ConnectionResetError):
        raise Disconnected("the other side has gone") from None


def receive(channel: socket.socket, patience: Callable[[], None] | None = None) -> Any:
    """Read one message as plain builtins. Length first: nothing over the limit is ever allocated.

    With a timeout set on `channel`, `patience()` is asked after each of them, and after each piece that came, whether
    to go on waiting: it raises when not.
    """
    (length,) = struct.unpack("!I", _read_exactly(channel, 4, patience))
    if length > MAX_FRAME:
        raise WireError(f"a frame of {length} bytes is over the limit of {MAX_FRAME}")
    body = _read_exactly(channel, length, patience)
    if count_parts(body) > MAX_PARTS:
        raise WireError(f"a message of more than {MAX_PARTS} parts")
    try:
        return msgspec.msgpack.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise WireError(f"not a message: {error}") from None


def count_parts(body: bytes) -> int:
    """Count the values in a msgpack message, nested ones too, by their heads alone; stops beyond `MAX_PARTS`."""
    position = parts = 0
    while position < len(body) and parts <= MAX_PARTS:
        head, parts = body[position], parts + 1
        position += 1
        if 0xA0 <= head <= 0xBF:  # a short string: its length is in the head
            position += head & 0x1F
        elif head in _LENGTH:  # bytes, extension or string: a length, then as many bytes
            width, extra = _LENGTH[head]
            position += width + extra + int.from_bytes(body[position : position + width], "big")
        else:  # a number, or the head of a container, whose items come next
            position += _WIDTH.get(head, 0)
    return parts


_LENGTH = {first + n: (2**n, extra) for first, extra in ((0xC4, 0), (0xC7, 1), (0xD9, 0)) for n in range(3)}
_WIDTH = {0xCA: 4, 0xCB: 8} | {first + n: 2**n for first in (0xCC, 0xD0) for n in range(4)}
_WIDTH |= {0xD4 + n: 1 + 2**n for n in range(5)} | {0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}


def _read_exactly(channel: socket.socket, count: int, patience: Callable[[], None] | None) -> bytes:
    chunks = bytearray()
    while len(chunks) < count:
        try:
            chunk = channel.recv(min(count - len(chunks), 2**20))
        except TimeoutError:
            if patience is None:
                raise
            chunk = None
        except ConnectionResetError:
            chunk = b""
        if chunk == b"":
            raise Disconnected("the other side has gone")
        chunks += chunk or b""
        if patience is not None:
            patience()
    return bytes(chunks)
