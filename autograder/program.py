"""Run trusted notebook cells and call what they define, as if over the wire.

`Program` has the interface of the `student` proxy, so one test runs unchanged against a submission in its sandbox, the
instructor's solution, a known mistake or a correct variant. Only for code of ours: it runs in this very process.

>>> program = Program(["import numpy as np", "def double(x):\\n    x *= 2\\n    return x"])
>>> x = np.ones(2)
>>> program.double(x), x
(array([2., 2.]), array([1., 1.]))
"""

import builtins
import copy
import functools
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

INERT = "mmcourse.check"  # the student's instant check has nothing to say here
UNCHANGING = frozenset({type(None), bool, int, float, complex, str, bytes})


class Program:
    """The names that `sources` define, run in order in one namespace.

    `program.NAME(*args, **kwargs)` calls NAME with copies of the arguments and returns a copy of the result: what a
    function changes in place stays inside, and an array that appears twice comes out as two, as behind a socket.
    Exceptions of the called function pass through as they are. A warning is no error here.
    """

    def __init__(self, sources: list[str]) -> None:
        namespace = {"__name__": "__main__", "__builtins__": _builtins()}
        with _quiet():
            for number, source in enumerate(sources, 1):
                exec(compile(source, f"<cell {number}>", "exec", dont_inherit=True), namespace)
        self.__dict__["_namespace"] = namespace

    def __getattr__(self, name: str) -> Any:
        namespace = self.__dict__["_namespace"]
        if name.startswith("__") or name not in namespace:
            raise AttributeError(f"the program defines no name {name!r}")
        value = namespace[name]
        return _as_over_the_wire(value) if callable(value) else copied(value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a program cannot be changed from outside: {name!r}")

    def __repr__(self) -> str:
        names = [name for name in self._namespace if not name.startswith("__")]
        return f"Program defining {', '.join(names) or 'nothing'}"


def _as_over_the_wire(function: Callable) -> Callable:
    @functools.wraps(function, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = copied(args), copied(kwargs)
        with _quiet():
            return copied(function(*args, **kwargs))

    return call


def copied(value: Any) -> Any:
    """A copy of plain data that shares nothing with `value`, nor one part of itself with another."""
    kind = type(value)
    if kind in UNCHANGING:
        return value
    if kind is dict:
        return {copied(key): copied(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return kind(copied(item) for item in value)
    if kind is np.ndarray:
        return value.copy()
    return copy.deepcopy(value)


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _builtins() -> dict[str, Any]:
    """Builtins whose import statement gives a silent stand-in for the visible check."""
    inert = types.ModuleType(INERT)
    inert.check = inert.hint = lambda *args, **kwargs: None
    parent = types.ModuleType("mmcourse")
    parent.check = inert

    def import_(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if name == INERT:
            return inert if fromlist else parent
        return builtins.__import__(name, globals, locals, fromlist, level)

    return {**vars(builtins), "__import__": import_}
