"""Values between a student's process and the tests: exact types, rebuilt and bounded on the trusted side.

A value is a tree of `[tag, ...]` nodes, one tag for each type that may cross. What is no plain data is left to the
`foreign` of who packs: it crosses as a node that only the special builders of the other side know (a handle), or else
as its type's name alone (`OpaqueValue`), so a test can say what came back. Nothing in a node is trusted: `unpack`
checks depth, sizes, shapes and dtypes before it allocates, builds nothing but builtins, plain arrays and plain tensors,
and raises `WireError` otherwise.

>>> unpack(pack({"w": (1, 2.5, None)}))
{'w': (1, 2.5, None)}
>>> unpack(pack(object()))
OpaqueValue(type_name='object')

This module travels into the sandbox: numpy, msgspec and the standard library, nothing of the course. It never imports
torch: where nobody else did, there is no tensor to send, and one that comes is opaque.
"""

import sys
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

MAX_BYTES = 64 * 2**20  # of one array
MAX_DEPTH = 64  # nested containers
MAX_INT_DIGITS = 4096
MAX_RARE_KEYS = 1000  # of one dictionary: of complex numbers, tuples and large integers one can make any number collide
COMMON_KEYS = frozenset((str, bytes, bool, int, float, type(None)))
BIG = 2**16  # bytes of an array: from here on, copies cost more than calls
RAW = 1  # msgpack's extension type for the bytes of a big array: they are looked at where they lie
NUMBERS = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128"
DTYPES = {np.dtype(name).str: np.dtype(name).itemsize for name in NUMBERS.split()}
ARRAYS = frozenset((np.ndarray, *np.sctypeDict.values()))  # numpy's own types: a subclass may lie about itself
PLAIN = frozenset((type(None), bool, int, float, str, bytes))
DICTS = frozenset((dict, OrderedDict, defaultdict))


class WireError(Exception):
    """The other side sent something that no honest value encodes to, or more than the limits allow."""


@dataclass(frozen=True)
class OpaqueValue:
    """Stands for a value that cannot leave the sandbox: all that is known of it is the name its type claims."""

    type_name: str


def opaque(value: Any, name: str) -> list:
    return ["?", name]


def pack(value: Any, foreign: Callable[[Any, str], list] = opaque, depth: int = 0) -> list:
    """Encode `value` by its exact type; of a subclass or a foreign type, `foreign(value, its name)` makes a node.

    A big array is not copied yet: send the node, or unpack it, before the array changes.
    """
    kind = type(value)
    if depth == MAX_DEPTH:
        return ["?", "a value nested too deep"]
    if value is None or kind is bool or kind is float or kind is str or kind is bytes:
        return ["v", value]
    if kind is int:
        return ["v", value] if -(2**63) <= value < 2**63 else _pack_big_int(value)
    if kind is list or kind is tuple:
        if _is_flat(value):
            return ["fl" if kind is list else "ft", list(value)]
        return ["l" if kind is list else "t", [pack(item, foreign, depth + 1) for item in value]]
    if kind in DICTS:
        return ["d", [[pack(key, foreign, depth + 1), pack(item, foreign, depth + 1)] for key, item in value.items()]]
    if kind in ARRAYS:
        return _pack_array(value) or foreign(value, f"{kind.__name__} of dtype {value.dtype}"[:200])
    if kind is complex:
        return ["c", value.real, value.imag]
    array = plain_tensor(value)
    if array is not None:
        return ["T", *_pack_array(array)[1:], False]
    return foreign(value, type_name(kind))


def type_name(kind: type) -> str:
    """The name a class was given, past whatever its metaclass says."""
    return type.__dict__["__name__"].__get__(kind)[:200]


def _is_flat(items: list | tuple) -> bool:
    """Whether all are numbers, or all are texts, that cross as they are: most long lists, and a node each is slow."""
    kinds = set(map(type, items))
    if kinds == {int}:
        return -(2**63) <= min(items) and max(items) < 2**63
    return len(kinds) == 1 and kinds <= {float, str, bool}


def _pack_big_int(value: int) -> list:
    if value.bit_length() > 3 * MAX_INT_DIGITS:
        return ["?", "a huge int"]
    return ["i", str(value)]


def _pack_array(value: np.ndarray | np.generic) -> list | None:
    """The node of an array or a numpy scalar; None when its dtype is not on the list."""
    dtype = value.dtype
    if not dtype.isnative:
        value, dtype = value.astype(dtype.newbyteorder("=")), dtype.newbyteorder("=")
    if dtype.str not in DTYPES:
        return None
    big = value.nbytes >= BIG
    data = msgspec.msgpack.Ext(RAW, np.ascontiguousarray(value).data) if big else value.tobytes()
    return ["s" if isinstance(value, np.generic) else "a", dtype.str, list(value.shape), data]


def plain_tensor(value: Any) -> np.ndarray | None:
    """The numbers of a torch tensor, as an array.

    None when it is none, a subclass, one that requires grad, or of a kind that numpy has not.
    """
    kind = getattr(sys.modules.get("torch"), "Tensor", None)
    if kind is None or type(value) is not kind or value.requires_grad:
        return None
    try:
        array = value.resolve_conj().resolve_neg().numpy()
    except (TypeError, RuntimeError):  # sparse, quantized, bfloat16
        return None
    return array if array.dtype.str in DTYPES else None


def unpack(node: Any, special: Mapping[str, Callable[..., Any]] = {}, depth: int = 0) -> Any:
    """Rebuild a value from what `pack` made. Nothing in `node` is trusted.

    `special` maps further tags to their builders, which get the fields of a node and check them.
    """
    if depth > MAX_DEPTH:
        raise WireError("a value is nested too deep")
    if type(node) is not list or not node or type(node[0]) is not str:
        raise WireError("a value is not a tagged list")
    tag, body = node[0], node[1:]
    build = _BUILDERS.get(tag)
    if build is not None:
        return build(body)
    build = _CONTAINERS.get(tag)
    if build is not None:
        return build(body, special, depth + 1)
    build = special.get(tag)
    if build is None:
        raise WireError(f"unknown tag {tag[:20]!r}")
    return build(*body)


def fields(body: list, *kinds: type) -> list:
    if tuple(map(type, body)) != kinds:
        raise WireError(f"expected {', '.join(kind.__name__ for kind in kinds)}")
    return body


def _build_plain(body: list) -> Any:
    if len(body) != 1 or type(body[0]) not in PLAIN:
        raise WireError("a plain value is of no plain type")
    return body[0]


def _build_flat(body: list) -> list:
    (items,) = fields(body, list)
    if not PLAIN.issuperset(map(type, items)):
        raise WireError("a flat list of something that is no plain value")
    return list(items)


def _build_int(body: list) -> int:
    (digits,) = fields(body, str)
    if len(digits) > MAX_INT_DIGITS or not digits.removeprefix("-").isascii() or not digits.removeprefix("-").isdigit():
        raise WireError("an integer is not written in digits")
    return int(digits)


def _build_items(body: list, special: Mapping, depth: int) -> list:
    (items,) = fields(body, list)
    return [unpack(item, special, depth) for item in items]


def _build_dict(body: list, special: Mapping, depth: int) -> dict:
    (pairs,) = fields(body, list)
    result, rare = {}, 0
    for pair in pairs:
        if type(pair) is not list or len(pair) != 2:
            raise WireError("a dictionary entry is not a pair")
        key, item = (unpack(part, special, depth) for part in pair)
        rare += type(key) not in COMMON_KEYS or (type(key) is int and key.bit_length() > 64)
        if rare > MAX_RARE_KEYS:
            raise WireError(f"a dictionary with more than {MAX_RARE_KEYS} keys of rare types")
        try:
            result[key] = item
        except TypeError:  # unhashable
            raise WireError(f"a dictionary key of type {type(key).__name__}") from None
    return result


def _build_array(body: list) -> np.ndarray:
    if len(body) != 3:
        raise WireError("an array is a dtype, a shape and data")
    (dtype, shape), data = fields(body[:2], str, list), _raw(body[2])
    size = DTYPES.get(dtype)
    if size is None:
        raise WireError(f"dtype {dtype[:20]!r} may not cross")
    if len(shape) > 32 or any(type(length) is not int or length < 0 for length in shape):
        raise WireError("an array's shape is not a short list of sizes")
    span = size
    for length in shape:
        size, span = size * length, span * (length or 1)  # numpy multiplies the sizes of an empty array, too
    if span > MAX_BYTES:
        raise WireError("an array's shape is too large")
    if size != (data.nbytes if type(data) is memoryview else len(data)):
        raise WireError("an array's data do not fill its shape")
    if dtype == "|b1" and size and np.frombuffer(data, np.uint8).max() > 1:
        raise WireError("an array of booleans holds something else")
    return np.frombuffer(data, dtype).reshape(shape).copy()


def _raw(data: Any) -> Any:
    """The bytes of an array; those of a big one lie in a frame or, where no frame was made, in the array itself."""
    data = data.data if type(data) is msgspec.msgpack.Ext else data
    if type(data) not in (bytes, memoryview):
        raise WireError("the data of an array are no bytes")
    return data


def _build_tensor(body: list) -> Any:
    if len(body) != 4 or type(body[3]) is not bool:
        raise WireError("a tensor is a dtype, a shape, data, and whether it requires grad")
    array, torch = _build_array(body[:3]), sys.modules.get("torch")
    if torch is None:
        return OpaqueValue("Tensor")
    try:
        return torch.from_numpy(array).requires_grad_(body[3])
    except (TypeError, RuntimeError):  # torch knows no such dtype, or integers that require grad
        raise WireError(f"no tensor is like this: {array.dtype}") from None


_BUILDERS = {
    "v": _build_plain,
    "i": _build_int,
    "fl": _build_flat,
    "ft": lambda body: tuple(_build_flat(body)),
    "c": lambda body: complex(*fields(body, float, float)),
    "a": _build_array,
    "s": lambda body: _build_array(body)[()],
    "T": _build_tensor,
    "?": lambda body: OpaqueValue(fields(body, str)[0][:200]),
}
_CONTAINERS = {
    "l": _build_items,
    "t": lambda body, special, depth: tuple(_build_items(body, special, depth)),
    "d": _build_dict,
}
