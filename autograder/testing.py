"""What a hidden test imports: its points, what it depends on, comparison of values, partial credit.

    from autograder.testing import assert_close, needs, points

    @points(2)
    def test_first_step(student, reference, rng):
        '''The first step is right.'''
        x = rng.normal(size=3)
        assert_close(student.step(x), reference.step(x), what="step(x)")

A test passes by returning, fails by `AssertionError`, and earns a part of its points by `partial`. What goes wrong
inside the student's function arrives as `StudentError`, which a test lets through.

Plain data and torch tensors come back as such. An object of a class of the student's stays on their side: what comes
back is a handle, which a test uses like the object (calls, attributes, assignments, + - * / @ ** neg []).

    net = student.Net(4, 3)
    loss = ((net(x) - y) ** 2).mean()
    loss.backward()
    assert_close(net.weight.grad, expected)     # or grads(net), state(net), value(loss)
"""

import math
from collections.abc import Callable
from typing import Any, NoReturn

from autograder.callbacks import callback
from autograder.comparing import assert_close, describe, value
from autograder.handles import Handle, Remote
from autograder.wire import OpaqueValue

__all__ = [
    "Handle",
    "OpaqueValue",
    "PartialCredit",
    "StudentError",
    "assert_close",
    "callback",
    "describe",
    "grads",
    "keep",
    "needs",
    "partial",
    "points",
    "state",
    "unpack",
    "value",
]


class PartialCredit(Exception):
    """Ends a test with `fraction` of its points, and says why not all of them."""

    def __init__(self, fraction: float, message: str) -> None:
        if not 0 <= fraction <= 1:
            raise ValueError(f"a fraction of the points lies in [0, 1], got {fraction}")
        super().__init__(message)
        self.fraction, self.message = float(fraction), message


class StudentError(Exception):
    """The student's function did not return; `kind` is one of `KINDS`, the rest describes the student's exception."""

    KINDS = ("error", "timeout", "memory", "crash", "forbidden")

    def __init__(self, kind: str, type_name: str = "", message: str = "", traceback: str = "") -> None:
        if kind not in self.KINDS:
            raise ValueError(f"unknown kind of error {kind!r}: expected one of {', '.join(self.KINDS)}")
        super().__init__(": ".join(part for part in (type_name or kind, message) if part))
        self.kind, self.type_name, self.message, self.traceback = kind, type_name, message, traceback


def points(n: float) -> Callable:
    """Decorate a hidden test with the points it is worth."""
    if isinstance(n, bool) or not isinstance(n, int | float) or not (math.isfinite(n) and n > 0):
        raise ValueError(f"points must be a positive number, got {n!r}")

    def decorate(test: Callable) -> Callable:
        test._points = n
        return test

    return decorate


def needs(*names: str) -> Callable:
    """Decorate a hidden test with the tests that must have passed before it is worth running."""
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError('needs takes names of tests: @needs("test_first_step")')

    def decorate(test: Callable) -> Callable:
        test._needs = names
        return test

    return decorate


def partial(fraction: float, message: str) -> NoReturn:
    """End the running test with `fraction` of its points."""
    raise PartialCredit(fraction, message)


def unpack(result: Any, *names: str) -> tuple:
    """Take a returned tuple apart, or fail in words: "expected a tuple (params, state), got None"."""
    if type(result) not in (tuple, list) or len(result) != len(names):
        raise AssertionError(f"expected a tuple ({', '.join(names)}), got {describe(result)}")
    return tuple(result)


def grads(module: Any) -> dict:
    """The gradient of each parameter of a student's torch module, by name; None where there is none."""
    return _asked("grads", module)


def state(module: Any) -> dict:
    """The state_dict of a student's torch module, as plain tensors."""
    return _asked("state", module)


def keep(student: Any, value: Any) -> Handle:
    """Put `value` on the student's side: what comes back is its handle, as if their code had made it.

    A tensor that requires grad is a leaf there, so the gradient with respect to an input can be asked for:

        x = keep(student, torch.ones(3, requires_grad=True))
        student.layer(x).sum().backward()
        x.grad
    """
    return student.remote_ask("keep", value, link=student)


def _asked(verb: str, module: Any) -> dict:
    if not isinstance(module, Remote):
        raise AssertionError(f"expected a torch module, got {describe(module)}")
    link = module._remote_link
    return link.remote_ask(verb, module, link=link)
