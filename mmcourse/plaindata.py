"""Plain data: what a check sends to an answer and what comes back, as exact built-in types, arrays, and JSON.

JSON has 12 significant digits a number; what JSON lacks wears a tag:

>>> encode((np.array([0.1 + 0.2, np.inf]), -0.0))
{'tuple': [{'array': 'float64', 'shape': [2], 'data': [0.3, 'inf']}, 0.0]}
>>> decode({"tuple": [{"array": "float64", "shape": [2], "data": [0.3, "inf"]}, 0.0]})
(array([0.3, inf]), 0.0)
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

SIZE_LIMIT = 10_000_000  # numbers and letters in one result: more is a mistake, and would only fill the memory
DEPTH_LIMIT = 50
_KINDS = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128"
DTYPES = {name: np.dtype(name) for name in _KINDS.split()}
_NARROW = ("float16", "float32", "complex64")  # such a scalar stays an array, so that its precision is not forgotten


class Opaque(NamedTuple):
    """Stands for something that is not plain data; only its description is kept."""

    description: str


class TooLargeError(Exception):
    """A result holds more numbers and letters than a check looks at."""


def encode(value: Any) -> Any:
    """Return plain data as JSON-ready data, floats with 12 significant digits and no negative zero.

    Raises
    ------
    TypeError
        If the value, or a part of it, is not plain data.
    """
    value = plain(value)
    match value:
        case Opaque():
            raise TypeError(f"not plain data: {value.description}; look at an attribute or a part of it")
        case None | bool() | int() | str():
            return value
        case float():
            return _rounded(value) if math.isfinite(value) else {"float": str(value)}
        case complex():
            return {"complex": [encode(value.real), encode(value.imag)]}
        case list():
            return [encode(item) for item in value]
        case tuple():
            return {"tuple": [encode(item) for item in value]}
        case dict():
            return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    flat = value.ravel()
    if value.dtype.kind == "c":  # real and imaginary parts alternate
        flat = np.stack([flat.real, flat.imag], axis=1).ravel()
    items = [_rounded(item) if isinstance(item, float) else item for item in flat.tolist()]
    return {"array": "str" if value.dtype.kind == "U" else value.dtype.name, "shape": list(value.shape), "data": items}


def decode(data: Any, resolve: Callable[[list], Any] | None = None) -> Any:
    """Return the value that `encode` was given, built afresh; `resolve` says what a reference [step, *path] means."""
    match data:
        case list():
            return [decode(item, resolve) for item in data]
        case {"ref": reference}:
            return resolve(reference)
        case {"rng": seed}:
            return np.random.default_rng(seed)
        case {"float": text}:
            return float(text)
        case {"complex": [real, imag]}:
            return complex(decode(real), decode(imag))
        case {"tuple": items}:
            return tuple(decode(item, resolve) for item in items)
        case {"dict": pairs}:
            return {decode(key): decode(item, resolve) for key, item in pairs}
        case {"array": name, "shape": shape, "data": items}:
            return _decode_array(name, items).reshape(shape)
    return data


def _decode_array(name: str, items: list) -> np.ndarray:
    if name == "str":
        return np.array(items, dtype=str)
    dtype = DTYPES[name]
    if dtype.kind == "c":
        return np.array(items, dtype=float).view(complex).astype(dtype)
    return np.array(items, dtype=float if dtype.kind == "f" else dtype).astype(dtype)  # float reads "nan" and "inf"


def _rounded(number: float) -> float | str:
    if not math.isfinite(number):
        return str(number)  # "nan", "inf", "-inf": JSON has no such numbers
    short = float(f"{number:.12g}") + 0.0  # adding 0.0 turns -0.0 into 0.0
    return short if math.isfinite(short) else number  # the largest float would round up to inf


def plain(value: Any) -> Any:
    """Return a private copy of `value` in exact built-in types and arrays; whatever else is in it becomes `Opaque`.

    Subclasses come out as what they hold: a list whose `==` is always true, say, as an ordinary list.

    Raises
    ------
    TooLargeError
        If it holds more than `SIZE_LIMIT` numbers and letters.
    """
    return _Copier().copy(value, depth=0)


class _Copier:
    def __init__(self) -> None:
        self.size = 0

    def copy(self, value: Any, depth: int) -> Any:
        if depth > DEPTH_LIMIT:
            return Opaque(f"something nested more than {DEPTH_LIMIT} deep")
        try:
            return self.convert(value, depth)
        except (TooLargeError, KeyboardInterrupt):
            raise
        except BaseException:  # an object whose own methods fail is not plain data
            return Opaque(_type_name(value))

    def convert(self, value: Any, depth: int) -> Any:
        kind = type(value)  # never isinstance: it believes a false `__class__`
        if value is None or kind in (bool, Opaque):
            return value
        if issubclass(kind, np.ndarray | np.generic):
            return self.array(value, depth)
        for base in (int, float, complex):
            if issubclass(kind, base):
                return base.__pos__(value)  # of the exact type
        if issubclass(kind, str):
            self.spend(str.__len__(value))
            return str.__str__(value)
        for base in (list, tuple):
            if issubclass(kind, base):
                self.spend(base.__len__(value))
                return base(self.copy(item, depth + 1) for item in base.__iter__(value))
        if issubclass(kind, dict):
            self.spend(dict.__len__(value))
            return {self.key(key): self.copy(item, depth + 1) for key, item in dict.items(value)}
        if kind is range:
            self.spend(len(value))
            return list(value)
        if hasattr(value, "__array__"):  # a torch tensor, for example
            return self.array(np.asarray(value.detach() if hasattr(value, "detach") else value), depth)
        return Opaque(_type_name(value))

    def array(self, value: np.ndarray | np.generic, depth: int) -> Any:
        self.spend(value.size)  # before anything is copied: a broadcast view can claim any size
        array = np.array(value, subok=False)
        if array.dtype == object:
            return self.copy(array.tolist(), depth + 1)
        if array.dtype.kind == "U":
            return array if array.ndim else str(array)
        if array.dtype == np.longdouble:
            array = array.astype(float)
        if array.dtype.name not in DTYPES:
            return Opaque(f"an array of {array.dtype.name}")
        if issubclass(type(value), np.generic) and array.dtype.name not in _NARROW:
            return array.item()
        return np.ascontiguousarray(array, DTYPES[array.dtype.name]).reshape(array.shape)  # native byte order, too

    def key(self, key: Any) -> Any:
        key = self.copy(key, DEPTH_LIMIT)
        return key if type(key) in (str, int, float, bool, type(None)) else shorten(str(key), 80)

    def spend(self, amount: int) -> None:
        self.size += int(amount)
        if self.size > SIZE_LIMIT:
            raise TooLargeError(f"the result holds more than {SIZE_LIMIT:,} numbers and letters")


def _type_name(value: Any) -> str:
    name = str(type.__dict__["__name__"].__get__(type(value)))  # a metaclass may lie about `__name__`
    return f"an object of type {shorten(name, 60)}"


def dig(value: Any, path: list) -> Any:
    """Return the part of a plain value that a path of keys leads to, or an `Opaque` that says what is missing."""
    for key in path:
        try:
            value = value[key]
        except (TypeError, KeyError, IndexError):
            return Opaque(f"nothing at [{key!r}] of {describe(value)}")
    return value


def describe(value: Any) -> str:
    """Say in a few words what kind of plain value this is.

    >>> describe({"w": np.zeros((3, 2))}), describe(np.zeros((3, 2)))
    ("a dictionary with the key 'w'", 'an array of shape (3, 2)')
    """
    match value:
        case Opaque():
            return value.description
        case None | bool():
            return str(value)
        case int() | float() | complex():
            return f"the number {value:.6g}"
        case str():
            return f"the text {shorten(repr(value), 60)}"
        case dict() if value:
            keys = ", ".join(repr(key) for key in list(value)[:6]) + (", ..." if len(value) > 6 else "")
            return f"a dictionary with the key{'s' if len(value) > 1 else ''} {shorten(keys, 100)}"
        case list() | tuple() | dict():
            name = {list: "list", tuple: "tuple", dict: "dictionary"}[type(value)]
            return f"a {name} of {len(value)}" if value else f"an empty {name}"
    return f"an array of shape {value.shape}" if value.ndim else f"the number {value.item():.6g}"


def shorten(text: str, limit: int) -> str:
    """Cut a text to `limit` letters, the last three of them dots."""
    return text if len(text) <= limit else text[: limit - 3] + "..."
