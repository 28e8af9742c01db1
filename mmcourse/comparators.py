"""Ways to compare an answer's results with the expected ones: a closed list, each in plain mathematics.

A comparator takes the lists of expected and of observed values (plain data, one item for each thing looked at) and
returns `None` when they agree, else the first `Difference`:

>>> close([np.array([0.1, 0.2])], [np.array([0.1, 0.3])])
Difference(path=(0,), index=(1,), text='expected 0.2, got 0.3, tolerance 2e-10')
>>> close([0.1], [np.float32(0.1)]) is None  # single precision is compared as such
True

The tolerance follows the type that came back: relative 1e-9 for double precision, 1e-4 for single, 1e-2 for half.
Where numbers nearly cancel, round-off stays as large as they were; so a hundredth of that, times the largest entry of
the array, is allowed everywhere. (Expected data have 12 significant digits, which is finer.) An array whose largest
entry is under 1e-14 is taken for the round-off of numbers near one, that is, for zeros.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from mmcourse.plaindata import Opaque, describe, plain

RTOL = {"float16": 1e-2, "float32": 1e-4, "complex64": 1e-4}  # all others: 1e-9
ROUND_OFF = 1e-14
STANDARD_ERRORS = 5.0  # a correct sampler strays further once in two million


class Difference(NamedTuple):
    """Where two values first differ: keys into the results, the index of an array's element, what is wrong there."""

    path: tuple
    index: tuple
    text: str


class _Unequal(Exception):
    """Carries a Difference out of the recursion."""


def close(expected: list, got: list, rtol: float | None = None, atol: float | None = None) -> Difference | None:
    """Compare numbers, arrays and nested lists, tuples and dictionaries, element by element.

    |got - expected| <= rtol |expected| + atol, where nan equals nan. A list passes for a tuple or an array, and
    the other way round; True is not 1.

    Parameters
    ----------
    rtol, atol : float, optional
        Instead of the tolerances that follow from the type.
    """
    return _first(lambda: _same(expected, got, (), rtol, atol))


def up_to_sign_per_column(expected: list, got: list, rtol: float | None = None) -> Difference | None:
    """Compare matrices (n, k) whose columns may each change sign, as eigenvectors may; a vector is one column."""

    def compare() -> None:
        for place, wanted, array in _arrays(expected, got):
            sign = np.where(np.sum(np.conj(wanted) * array, axis=0).real < 0, -1, 1)  # (k,)
            _same(wanted, (array * sign).astype(array.dtype), place, rtol, None)

    return _first(compare)


def same_subspace(expected: list, got: list, tolerance: float | None = None) -> Difference | None:
    """Compare the spaces that the columns of matrices (n, k) span: any basis of the right one will do.

    The sine of the largest principal angle is at most `tolerance` (default: the relative tolerance of the type).
    """

    def compare() -> None:
        for place, wanted, array in _arrays(expected, got, same_shape=False):
            if wanted.shape[0] != array.shape[0]:
                _stop(place, f"expected {wanted.shape[0]} rows, got {array.shape[0]}{_transposed(wanted, array)}")
            if not np.all(np.isfinite(array)):
                _stop(place, "expected finite numbers, got nan or inf")
            limit = tolerance or _rtol(array.dtype)
            target, basis = _basis(wanted, 1e-9), _basis(array, limit)
            if target.shape[1] != basis.shape[1]:
                _stop(place, f"expected columns that span {target.shape[1]} dimensions, got {basis.shape[1]}")
            sine = np.linalg.norm(basis - target @ (target.conj().T @ basis), ord=2)
            if sine > limit:
                angle = math.degrees(math.asin(min(sine, 1.0)))
                _stop(
                    place,
                    f"the columns span another space: it is tilted by {angle:.3g} degrees, tolerance {limit:.2g} rad",
                )

    return _first(compare)


def same_up_to_permutation(expected: list, got: list, rtol: float | None = None) -> Difference | None:
    """Compare lists, or the rows of arrays, in any order."""

    def compare() -> None:
        for number, (wanted, items) in enumerate(zip(expected, got, strict=True)):
            if not _is_sequence(items) or len(wanted) != len(items):
                _stop((number,), f"expected {len(wanted)} items in any order, got {describe(items)}")
            left = [plain(item) for item in items]
            for row, item in enumerate(wanted):
                matches = [i for i, other in enumerate(left) if close([plain(item)], [other], rtol) is None]
                if not matches:
                    _stop((number,), f"nothing equals the expected item {row}, {_brief(item)} (the order is free)")
                exact = (i for i in matches if close([plain(item)], [left[i]], 0.0) is None)
                del left[next(exact, matches[0])]  # items that differ by rounding do not take each other's place

    return _first(compare)


def moments(sample: Any) -> dict:
    """Summarise a sample by what `same_moments` compares: shape, mean, variance and fourth central moment."""
    sample = np.asarray(sample, dtype=float)
    central = sample - sample.mean()
    return {
        "shape": list(sample.shape),
        "mean": float(sample.mean()),
        "variance": float(np.mean(central**2)),
        "fourth": float(np.mean(central**4)),
    }


def same_moments(expected: list, got: list, standard_errors: float = STANDARD_ERRORS) -> Difference | None:
    """Compare mean and variance of random samples, whose single numbers may differ; `expected` holds `moments(...)`.

    Both samples are random, so with n numbers each the means may differ by z sqrt(2 var / n), and the variances by
    z sqrt(2 (fourth - var²) / n), z = `standard_errors`.
    """

    def compare() -> None:
        for number, (wanted, value) in enumerate(zip(expected, got, strict=True)):
            array, shape = _numbers(value, (number,)), tuple(wanted["shape"])
            if array.shape != shape:
                _stop((number,), f"expected shape {shape}, got {_shape(array)}{_transposed(np.empty(shape), array)}")
            size, found = max(array.size, 1), moments(array)
            spread = max(wanted["fourth"] - wanted["variance"] ** 2, 0.0)
            for name, error in (("mean", wanted["variance"]), ("variance", spread)):
                limit = standard_errors * math.sqrt(2 * error / size) + 1e-9 * (1 + abs(wanted[name]))
                if not abs(found[name] - wanted[name]) <= limit:
                    _stop((number,), f"the {name}: expected {_pair(wanted[name], found[name], limit)}")

    return _first(compare)


def decreasing(expected: list | None, got: list, factor: float = 1.0, slack: float = 0.0) -> Difference | None:
    """Require of each sequence of numbers that it never rises, and ends below `factor` times its first number.

    Parameters
    ----------
    slack : float
        How much one step may rise, as a fraction of the first number, for methods that do not descend at every step.
    """

    def compare() -> None:
        for number, value in enumerate(got):
            series = _numbers(value, (number,))
            if series.ndim != 1 or len(series) < 2:
                _stop((number,), f"expected a sequence of two numbers or more, got {describe(value)}")
            if not np.all(np.isfinite(series)):
                _stop((number, int(np.argmin(np.isfinite(series)))), "expected a finite number, got nan or inf")
            rises = np.flatnonzero(
                np.diff(series) > slack * abs(series[0]) + _rtol(series.dtype) / 100 * abs(series[:-1])
            )
            if rises.size:
                step = int(rises[0]) + 1
                _stop((number, step), f"{series[step]:.6g} is above the number before it, {series[step - 1]:.6g}")
            if not series[-1] < factor * series[0]:
                share = f"{factor:g} times the first number" if factor != 1 else "the first number"
                _stop(
                    (number, len(series) - 1),
                    f"the last number, {series[-1]:.6g}, is not below {share}, {series[0]:.6g}",
                )

    return _first(compare)


def gradient_matches_differences(
    expected: list | None, got: list, directions: list, step: float, rtol: float = 1e-6
) -> Difference | None:
    """Compare a gradient with central differences of the answer's own values: g·d = (f(x + h d) - f(x - h d)) / 2h.

    Parameters
    ----------
    got : list
        The gradient at x, then f(x + h d), f(x - h d) for each direction.
    directions : list of array
        Each of the gradient's shape.
    step : float
        h. The error allowed is rtol Σ|g_i d_i| for the neglected h² term, and ten units of round-off of f over h.
    """

    def compare() -> None:
        gradient = _numbers(got[0], (0,))
        if gradient.shape != np.shape(directions[0]):
            wanted = np.asarray(directions[0])
            _stop((0,), f"expected shape {wanted.shape}, got {_shape(gradient)}{_transposed(wanted, gradient)}")
        for number, direction in enumerate(directions):
            places = (2 * number + 1, 2 * number + 2)
            values = [_numbers(got[place], (place,)) for place in places]
            for place, value in zip(places, values, strict=True):
                if value.size != 1:
                    _stop((place,), f"expected a number, got an array of shape {value.shape}")
            above, below = (value.astype(float).item() for value in values)
            slope, claimed = (above - below) / (2 * step), float(np.sum(gradient * direction))
            unit = np.finfo(values[0].dtype if values[0].dtype.kind == "f" else float).eps
            limit = rtol * float(np.sum(np.abs(gradient * direction))) + 10 * unit * max(abs(above), abs(below)) / step
            if not abs(slope - claimed) <= limit:
                rates = _pair(slope, claimed, limit, "the gradient says")
                _stop((0,), f"along direction {number + 1} the value changes at the rate {rates}")

    return _first(compare)


COMPARATORS: dict[str, Callable[..., Difference | None]] = {
    function.__name__: function
    for function in (
        close,
        up_to_sign_per_column,
        same_subspace,
        same_up_to_permutation,
        same_moments,
        decreasing,
        gradient_matches_differences,
    )
}
SELF_EVIDENT = ("decreasing", "gradient_matches_differences")  # these need no expected values


# The parts


def _first(compare: Callable[[], None]) -> Difference | None:
    try:
        with np.errstate(all="ignore"):
            compare()
    except _Unequal as unequal:
        return unequal.args[0]
    return None


def _stop(path: tuple, text: str, index: tuple = ()) -> None:
    raise _Unequal(Difference(tuple(path), index, text))


def _same(expected: Any, got: Any, path: tuple, rtol: float | None, atol: float | None) -> None:
    match expected:
        case dict():
            if type(got) is not dict:
                _stop(path, f"expected {describe(expected)}, got {describe(got)}")
            for key in expected:
                if key not in got:
                    _stop(path, f"the key {key!r} is missing, got {describe(got)}")
            for key in got:
                if key not in expected:
                    _stop(path, f"the key {key!r} is not expected, expected {describe(expected)}")
            for key, item in expected.items():
                _same(item, got[key], (*path, key), rtol, atol)
        case list() | tuple():
            if not _is_sequence(got) or len(got) != len(expected):
                _stop(path, f"expected {describe(expected)}, got {describe(got)}")
            for number, item in enumerate(expected):
                _same(item, plain(got[number]), (*path, number), rtol, atol)
        case None | bool() | str():
            if type(got) is np.ndarray and got.ndim == 0:
                got = got.item()
            if type(got) is not type(expected) or got != expected:
                _stop(path, f"expected {describe(expected)}, got {describe(got)}")
        case _:
            _same_numbers(expected, got, path, rtol, atol)


def _same_numbers(expected: Any, got: Any, path: tuple, rtol: float | None, atol: float | None) -> None:
    wanted = np.asarray(expected)
    found = _numbers(got, path, kinds=_compatible(wanted), wanted=expected)
    if wanted.shape != found.shape:
        shape = f"shape {wanted.shape}" if wanted.ndim else "a number"
        _stop(path, f"expected {shape}, got {_shape(found)}{_transposed(wanted, found)}")
    if wanted.dtype.kind in "bU":
        wrong, allowed = found != wanted, None
    else:
        limit = _rtol(found.dtype) if rtol is None else rtol
        exact = complex if "c" in (wanted.dtype.kind, found.dtype.kind) else float
        same = wanted == found  # before the conversion, so that large integers and infinities count
        wanted, found = wanted.astype(exact), found.astype(exact)
        finite = np.isfinite(wanted)
        largest = np.max(np.abs(wanted[finite]), initial=0.0)
        floor = limit / 100 * (largest if largest > ROUND_OFF else 1.0) if atol is None else atol
        allowed = limit * np.abs(wanted) + floor
        wrong = ~(same | (finite & (np.abs(found - wanted) <= allowed)) | (np.isnan(wanted) & np.isnan(found)))
    if np.any(wrong):
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        text = f"expected {_pair(wanted[index], found[index], None if allowed is None else allowed[index])}"
        many = int(np.sum(wrong))
        share = "all" if many == wrong.size else f"{many} of"
        _stop(path, text + (f" ({share} {wrong.size} entries differ)" if many > 1 else ""), index)


def _compatible(wanted: np.ndarray) -> str:
    return {"b": "b", "U": "U"}.get(wanted.dtype.kind, "iufc")


def _numbers(value: Any, path: tuple, kinds: str = "iufc", wanted: Any = None) -> np.ndarray:
    """Return an array made of the value, or stop with what it is instead."""
    expected = "numbers" if wanted is None else describe(wanted)
    if not isinstance(value, np.ndarray | list | tuple | int | float | complex | str) or isinstance(value, Opaque):
        _stop(path, f"expected {expected}, got {describe(value)}{_forgotten(value)}")
    try:
        array = np.asarray(value)
    except ValueError:
        _stop(path, f"expected {expected}, got {describe(value)} whose items have different lengths")
    if array.dtype.kind not in kinds and array.size:
        what = {"b": "True and False", "U": "text"}.get(array.dtype.kind)
        what = describe(value) if what is None or array.ndim == 0 else what
        _stop(path, f"expected {expected}, got {what}")
    return array


def _arrays(expected: list, got: list, same_shape: bool = True):
    """Yield (path, expected array, array that came) for each thing looked at."""
    for number, (wanted, value) in enumerate(zip(expected, got, strict=True)):
        array = _numbers(value, (number,), wanted=wanted)
        if array.ndim != wanted.ndim or (same_shape and array.shape != wanted.shape):
            _stop((number,), f"expected shape {wanted.shape}, got {_shape(array)}{_transposed(wanted, array)}")
        yield (number,), wanted, array


def _basis(matrix: np.ndarray, rtol: float) -> np.ndarray:
    """Return orthonormal columns (n, rank) that span the columns of a matrix."""
    matrix = matrix.astype(complex if matrix.dtype.kind == "c" else float)
    left, values, _ = np.linalg.svd(matrix.reshape(len(matrix), -1), full_matrices=False)
    return left[:, values > rtol * np.max(values, initial=0.0)]


def _rtol(dtype: np.dtype) -> float:
    return RTOL.get(dtype.name, 1e-9)


def _is_sequence(value: Any) -> bool:
    return type(value) in (list, tuple) or (type(value) is np.ndarray and value.ndim > 0)


def _shape(array: np.ndarray) -> str:
    return f"shape {array.shape}" if array.ndim else "a number"


def _transposed(wanted: np.ndarray, got: np.ndarray) -> str:
    return ": transposed?" if wanted.ndim > 1 and wanted.shape == got.shape[::-1] else ""


def _forgotten(value: Any) -> str:
    return ": does every path of the function end in `return`?" if value is None else ""


def _brief(value: Any) -> str:
    """Write a value in one short line."""
    if isinstance(value, np.ndarray):
        return np.array2string(value, precision=6, threshold=8, separator=", ").replace("\n", "")
    return describe(value)


def _pair(expected: Any, got: Any, allowed: float | None, verb: str = "got") -> str:
    """Write two numbers with as many digits as it takes to tell them apart, and the tolerance."""
    if allowed is None:
        return f"{expected.item()!r}, {verb} {got.item()!r}"
    for digits in (6, 9, 12, 15, 17):
        texts = f"{_drop_imaginary(expected):.{digits}g}", f"{_drop_imaginary(got):.{digits}g}"
        if texts[0] != texts[1]:
            break
    return f"{texts[0]}, {verb} {texts[1]}, tolerance {allowed:.2g}"


def _drop_imaginary(number: Any) -> Any:
    return number.real if np.iscomplexobj(number) and number.imag == 0 else number
