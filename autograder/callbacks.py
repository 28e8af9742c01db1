"""Functions of a test that student code may call: which arguments they take, how often, and what a refusal says.

    student.minimize(callback(loss, (3,), calls=1000), start)

What the student's side passes is checked before `loss` sees it: the number of arguments, the shape of each, the size of
them all. What goes wrong goes back as one of a few fixed codes, never as text: a hidden input stays hidden.
"""

import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.handles import Remote
from autograder.objects import REFUSALS

CALLS = 10_000
MAX_SIZE = 1_000_000  # numbers in all arguments of one call


class Refused(Exception):
    """A function of a test does not answer this call: `code` is one of objects.REFUSALS."""

    def __init__(self, code: str) -> None:
        super().__init__(f"this function {REFUSALS[code]}")
        self.code = code


class Callback:
    """A function with the bounds within which student code may call it; `shapes` None takes anything of any number."""

    def __init__(self, function: Callable, shapes: tuple | None = None, calls: int = CALLS) -> None:
        self.function, self.shapes, self.calls = function, shapes, calls
        self.error: Exception | None = None  # the first that the function itself raised

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def checked(self, args: tuple, kwargs: dict) -> Any:
        """Call the function within its bounds; raises `Refused` else, and when the function itself fails."""
        if self.calls <= 0:
            raise Refused("calls")
        self.calls -= 1
        if size(args) + size(kwargs) > MAX_SIZE:
            raise Refused("size")
        if not self._takes(args, kwargs):
            raise Refused("arguments")
        if self.shapes is not None:
            args = [_fitting(value, shape) for value, shape in zip(args, self.shapes)]
        try:
            return self.function(*args, **kwargs)
        except Exception as error:
            self.error = self.error or error
            raise Refused("failed") from error

    def _takes(self, args: tuple, kwargs: dict) -> bool:
        if self.shapes is not None:
            return not kwargs and len(args) == len(self.shapes)
        if isinstance(self.function, Remote):  # of another program: it says so itself
            return True
        try:
            inspect.signature(self.function).bind(*args, **kwargs)
        except TypeError:
            return False
        except ValueError:  # a builtin that does not say what it takes
            return True
        return True


def callback(function: Callable, *shapes: tuple | type(...), calls: int = CALLS) -> Callback:
    """Let student code call `function`, at most `calls` times, with arguments of these `shapes`.

    A shape is a tuple of lengths, None for any length; `()` is a number, and `...` takes whatever comes: a dictionary,
    an object of the student's. Without shapes, all arguments may be anything. A function that is handed over bare gets
    the default bounds.
    """
    for shape in shapes:
        if shape is not ... and not (
            isinstance(shape, tuple) and all(length is None or isinstance(length, int) for length in shape)
        ):
            raise ValueError(f"a shape is a tuple of lengths (None: any), or ... for anything, got {shape!r}")
    return Callback(function, shapes or None, calls)


def size(value: Any) -> int:
    """How many numbers and texts a value holds."""
    if type(value) in (list, tuple):
        return sum(map(size, value))
    if type(value) is dict:
        return sum(map(size, value.values())) + len(value)
    if type(value) in (str, bytes):
        return 1 + len(value)
    return int(np.prod(value.shape)) if is_array(value) else 1


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic | getattr(sys.modules.get("torch"), "Tensor", np.ndarray))


def _fitting(value: Any, shape: tuple | type(...)) -> Any:
    """The argument, a list as an array; raises `Refused` when its shape is another."""
    if shape is ...:
        return value
    if type(value) in (list, tuple):
        try:
            value = np.asarray(value)
        except (ValueError, TypeError):  # ragged, or objects of the student's
            raise Refused("shape") from None
    if type(value) not in (bool, int, float, complex) and not (is_array(value) and _is_numeric(value)):
        raise Refused("type")
    got = tuple(value.shape) if is_array(value) else ()
    if len(got) != len(shape) or any(length is not None and length != real for length, real in zip(shape, got)):
        raise Refused("shape")
    return value


def _is_numeric(value: Any) -> bool:
    return not isinstance(value, np.ndarray | np.generic) or value.dtype.kind in "biufc"
