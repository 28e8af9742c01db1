"""Comparing what came back with what was expected: the first difference, in words that a student can use.

>>> assert_close([1.0, 2.5], np.array([1.0, 2.0]), what="step(x)")
Traceback (most recent call last):
    ...
AssertionError: step(x)[1]: expected 2.0, got 2.5 (tolerance 3e-09, 1 of 2 elements differ)

Values under test come from a stranger's process: they were rebuilt as plain builtin types, plain arrays and plain
tensors, and nothing here relies on what they contain. A handle is asked for its plain data, and for nothing else.
"""

import reprlib
import sys
from typing import Any, NoReturn

import numpy as np

from autograder.handles import Handle, Remote
from autograder.values import OpaqueValue, plain_tensor

RTOL = {"float64": 1e-9, "float32": 1e-4, "float16": 1e-2}

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 60


def assert_close(
    got: Any, expected: Any, *, what: str = "result", rtol: float | None = None, atol: float | None = None
) -> None:
    """Assert that `got` has the structure of `expected` and its numbers, |got - expected| <= atol + rtol * |expected|.

    Parameters
    ----------
    got : the value under test
        Lists and tuples stand for each other, and for arrays; numbers, numpy scalars and 0-d arrays are one thing;
        torch tensors are arrays. Of a handle, its plain data are compared.
    expected : dictionaries, tuples, lists, arrays, tensors, numbers, strings, booleans, None, nested as you like
        A nan expects a nan.
    what : str
        Name of the value in the message: "params" gives "params['w'][2, 1]: expected 0.12, got 0.15 (...)".
    rtol : float, optional
        When None, it follows the dtype that came back: 1e-9, or 1e-4 for float32. Half precision earns 1e-2 only
        where it was expected.
    atol : float, optional
        When None, equal to rtol. Pass 0 where all numbers are tiny.

    Raises
    ------
    AssertionError
        Names the first place that differs, both values and the tolerance.
    """
    got, expected = as_plain(got), as_plain(expected)
    if isinstance(expected, dict):
        _check_dict(got, expected, what, rtol, atol)
    elif isinstance(expected, list | tuple):
        _check_sequence(got, expected, what, rtol, atol)
    elif expected is None or isinstance(expected, str | bytes):
        if type(got) is not type(expected) or got != expected:
            _fail(what, describe(expected), describe(got))
    else:
        _check_array(got, np.asarray(expected), what, rtol, atol)


def describe(value: Any) -> str:
    """Say in a few words what a value is, whatever it is: "a tuple of 2", "an array of shape (3,)"."""
    if value is None or type(value) is bool:
        return repr(value)
    if type(value) in (int, float, complex) or isinstance(value, np.number | np.bool):
        return f"the number {_short.repr(value.item() if isinstance(value, np.generic) else value)}"
    if type(value) in (str, bytes):
        return f"the {'string' if type(value) is str else 'bytes'} {_short.repr(value)}"
    if type(value) in (list, tuple):
        return f"a {type(value).__name__} of {len(value)}"
    if type(value) is dict:
        return f"a dictionary with {_count(len(value), 'key')}"
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape}" + ("" if value.dtype.kind in "biufc" else f" and dtype {value.dtype}")
    if isinstance(value, _tensor_type()):
        return f"a tensor of shape {tuple(value.shape)}"
    if type(value) in (OpaqueValue, Handle):
        name = value.type_name if type(value) is OpaqueValue else value._remote_type
        return f"an object of type {_short.repr(name)}, where only plain data can be graded"
    return f"an object of type {_short.repr(type(value).__name__)}"


def value(result: Any) -> Any:
    """Fetch the plain data of a student's object: the numbers of a tensor that requires grad, what a name stands for.

    Plain data are returned as they are; handles in lists, tuples and dictionaries are fetched, too.
    """
    if isinstance(result, Remote):
        link = result._remote_link
        return link.remote_ask("value", result, link=link)
    if type(result) in (list, tuple):
        return type(result)(map(value, result))
    if type(result) is dict:
        return {key: value(item) for key, item in result.items()}
    return result


def as_plain(data: Any) -> Any:
    """A handle as its data, a tensor as an array, all else as it is."""
    data = value(data) if isinstance(data, Remote) else data
    if isinstance(data, _tensor_type()):
        array = plain_tensor(data.detach())
        return data if array is None else array
    return data


def _tensor_type() -> type | tuple:
    return getattr(sys.modules.get("torch"), "Tensor", ())


def _check_dict(got: Any, expected: dict, what: str, rtol: float | None, atol: float | None) -> None:
    if type(got) is not dict:
        _fail(what, describe(expected), describe(got))
    missing = [key for key in expected if key not in got]
    extra = [key for key in got if key not in expected]
    if missing or extra:
        parts = [
            f"{word} {_count(len(keys), 'key')} {_listed(keys)}"
            for word, keys in (("missing", missing), ("unexpected", extra))
            if keys
        ]
        raise AssertionError(f"{what}: {', '.join(parts)}")
    for key, value in expected.items():
        assert_close(got[key], value, what=f"{what}[{_short.repr(key)}]", rtol=rtol, atol=atol)


def _check_sequence(got: Any, expected: list | tuple, what: str, rtol: float | None, atol: float | None) -> None:
    if (
        type(got) is np.ndarray
        and (got.ndim == 0 or len(got) != len(expected))
        or type(got) not in (list, tuple, np.ndarray)
    ):
        _fail(what, describe(expected), describe(got))
    if len(got) != len(expected):
        _fail(what, describe(expected), describe(got))
    for i, value in enumerate(expected):
        assert_close(got[i], value, what=f"{what}[{i}]", rtol=rtol, atol=atol)


def _check_array(got: Any, expected: np.ndarray, what: str, rtol: float | None, atol: float | None) -> None:
    got = _as_array(got, expected, what)
    if got.shape != expected.shape:
        hint = ": transposed?" if got.ndim > 1 and got.shape == expected.shape[::-1] else ""
        raise AssertionError(f"{what}: expected shape {expected.shape}, got shape {got.shape}{hint}")
    integers = got.dtype.kind in "iu" and expected.dtype.kind in "iu"
    if expected.dtype.kind not in "iufc" or (integers and rtol is None and atol is None):
        _raise_first(got != expected, got, expected, what)
    else:
        rtol = _default_rtol(got.dtype, expected.dtype) if rtol is None else rtol
        _check_numbers(got, expected, what, rtol, rtol if atol is None else atol)


def _check_numbers(got: np.ndarray, expected: np.ndarray, what: str, rtol: float, atol: float) -> None:
    wide = np.complex128 if "c" in got.dtype.kind + expected.dtype.kind else np.float64
    with np.errstate(all="ignore"):
        g, e = got.astype(wide), expected.astype(wide)
        tolerance = atol + rtol * np.abs(e)
        finite = np.isfinite(g) & np.isfinite(e)
        close = (g == e) | (np.isnan(g) & np.isnan(e)) | (finite & (np.abs(g - e) <= tolerance))
    _raise_first(~close, got, expected, what, np.asarray(tolerance))


def _default_rtol(got: np.dtype, expected: np.dtype) -> float:
    """The tolerance that the returned precision earns; half precision is no excuse unless it was asked for."""
    if got.itemsize <= 2 and got.kind == "f":
        return RTOL["float16"] if expected == got else RTOL["float32"]
    return RTOL["float32"] if got in (np.float32, np.complex64) else RTOL["float64"]


def _as_array(got: Any, expected: np.ndarray, what: str) -> np.ndarray:
    """The value under test as an array of what `expected` holds, or an AssertionError that says why it is none."""
    wanted = "a number" if expected.ndim == 0 else f"an array of shape {expected.shape}"
    if expected.dtype == bool:
        wanted = "True or False" if expected.ndim == 0 else f"an array of booleans of shape {expected.shape}"
    try:
        if type(got) not in (bool, int, float, complex, list, tuple, np.ndarray, str) and not isinstance(
            got, np.generic
        ):
            raise ValueError
        if expected.dtype.kind in "biufc" and has_text(got):  # numpy would make each as wide as the longest
            raise ValueError
        array = np.asarray([as_plain(item) for item in got] if type(got) in (list, tuple) else got)
    except Exception:  # ragged or too deep lists, and whatever else a stranger's list makes of an array
        _fail(what, wanted, describe(got))
    if expected.size == 0 and array.size == 0:
        return array.astype(expected.dtype) if array.dtype.kind in "biufc" else np.empty(array.shape, expected.dtype)
    same_family = expected.dtype.kind == array.dtype.kind or {expected.dtype.kind, array.dtype.kind} <= set("iufc")
    if not same_family:
        _fail(
            what,
            wanted,
            describe(got)
            if array.dtype.kind != "O" or type(got) is np.ndarray
            else f"{describe(got)} that is no array of numbers",
        )
    return array


def has_text(value: Any) -> bool:
    """Whether there is a string anywhere in nested lists and tuples."""
    if type(value) in (list, tuple):
        return any(map(has_text, value))
    return type(value) in (str, bytes)


def _raise_first(
    wrong: np.ndarray, got: np.ndarray, expected: np.ndarray, what: str, tolerance: np.ndarray | None = None
) -> None:
    """Raise for the first True in `wrong`, in reading order."""
    wrong = np.asarray(wrong)
    if not wrong.any():
        return
    index = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
    place = what + (f"[{', '.join(str(int(i)) for i in index)}]" if index else "")
    one, two = _show(expected[index].item(), got[index].item())
    notes = []
    if tolerance is not None and np.isfinite(tolerance[index]):
        notes.append(f"tolerance {tolerance[index]:.3g}")
    if wrong.size > 1:
        notes.append(f"{int(wrong.sum())} of {wrong.size} elements differ")
    raise AssertionError(f"{place}: expected {one}, got {two}" + (f" ({', '.join(notes)})" if notes else ""))


def _show(expected: Any, got: Any) -> tuple[str, str]:
    """Both values with as few digits as tell them apart, but six at least."""
    if not all(type(value) in (int, float, complex) for value in (expected, got)):
        return _short.repr(expected), _short.repr(got)
    for digits in (6, 9, 12):
        one, two = (_number(value, digits) for value in (expected, got))
        if one != two:
            return one, two
    return repr(expected), repr(got)


def _number(value: complex, digits: int) -> str:
    text = f"{value:.{digits}g}"
    return text + ".0" if type(value) is float and text.lstrip("-").isdigit() else text


def _fail(what: str, expected: str, got: str) -> NoReturn:
    raise AssertionError(f"{what}: expected {expected}, got {got}")


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")


def _listed(keys: list) -> str:
    return ", ".join(_short.repr(key) for key in keys[:5]) + (", ..." if len(keys) > 5 else "")
