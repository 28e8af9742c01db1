"""Run trusted notebook cells and call what they define, as if over the wire.

`Program` has the interface of the `student` proxy, so one test runs unchanged against a submission in its sandbox, the
instructor's solution, a known mistake or a correct variant. Only for code of ours: it runs in this very process, but
through the same `Objects` and the same nodes, so that plain data are copied and objects stay objects in both.

>>> program = Program(["import numpy as np", "def double(x):\\n    x *= 2\\n    return x"])
>>> x = np.ones(2)
>>> program.double(x), x
(array([2., 2.]), array([1., 1.]))
"""

import builtins
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograder.callbacks import Refused
from autograder.exchange import Exchange
from autograder.handles import Link, Name
from autograder.objects import Objects
from autograder.values import DTYPES

INERT = "mmcourse.check"  # the student's instant check has nothing to say here
UNCHANGING = frozenset({type(None), bool, int, float, complex, str, bytes})
PLAIN = (type(None), bool, int, float, complex, str, bytes, list, tuple, dict, np.ndarray, np.generic)


class Program:
    """The names that `sources` define, run in order in one namespace.

    `program.NAME(*args, **kwargs)` calls NAME with copies of the arguments and returns a copy of the result: what a
    function changes in place stays inside, and an array that appears twice comes out as two, as behind a socket. What
    is no plain data comes out as a handle. Exceptions of the called function pass through as they are. A warning is no
    error here.
    """

    def __init__(self, sources: list[str]) -> None:
        namespace = {"__name__": "__main__", "__builtins__": _builtins()}
        self.__dict__["_namespace"] = namespace
        self.__dict__["_exchange"] = Exchange()
        self.__dict__["_objects"] = Objects(namespace, self._back)
        with _quiet():
            for number, source in enumerate(sources, 1):
                exec(compile(source, f"<cell {number}>", "exec", dont_inherit=True), namespace)

    def __getattr__(self, name: str) -> Any:
        namespace = self.__dict__["_namespace"]
        if name.startswith("__") or name not in namespace:
            raise AttributeError(f"the program defines no name {name!r}")
        remote = Name(self, name)
        return self.remote_ask("value", remote) if isinstance(namespace[name], PLAIN) else remote

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a program cannot be changed from outside: {name!r}")

    def __repr__(self) -> str:
        names = [name for name in self._namespace if not name.startswith("__")]
        return f"Program defining {', '.join(names) or 'nothing'}"

    def remote_ask(self, verb: str, *parts: Any, link: Link | None = None) -> Any:
        """Do a request of a test, as `Submission.remote_ask` does: handles that come back go on to ask `link`."""
        exchange, objects = self._exchange, self._objects
        if exchange.dropped:
            objects.drop(exchange.take_dropped())
        if verb == "call" and type(parts[0]) is Name:
            try:
                args, kwargs = copied(parts[1]), copied(parts[2])
            except NotPlain:
                pass
            else:
                return self._call(parts[0], args, kwargs, link or self)
        with exchange.request(verb, parts, link or self) as request, _quiet():
            return exchange.unpack(objects.perform(request))

    def _call(self, name: Name, args: tuple, kwargs: dict, link: Link) -> Any:
        """The short way of most calls, which take and give plain data: no nodes are made, only copies."""
        with _quiet():
            result = self._objects.find(name._remote_target)(*args, **kwargs)
        try:
            return copied(result)
        except NotPlain:
            with self._exchange.request("value", (name,), link):
                return self._exchange.unpack(self._objects.pack(result))

    def _back(self, number: int, args: list, kwargs: list) -> list:
        try:
            return ["gave", self._exchange.answer(number, args, kwargs)]
        except Refused as refusal:
            if refusal.__cause__ is not None:  # what the function itself raised passes through, too
                raise refusal.__cause__ from None
            return ["refused", refusal.code]


class NotPlain(Exception):
    """Here is more than plain data."""


def copied(value: Any) -> Any:
    """A copy of plain data, as behind a socket: it shares nothing with `value`, nor one part of itself with another."""
    kind = type(value)
    if kind in UNCHANGING:
        return value
    if kind is dict:
        return {copied(key): copied(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return kind(copied(item) for item in value)
    if kind is np.ndarray and value.dtype.str in DTYPES:
        return value.copy()
    raise NotPlain


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
