"""The student's names and objects, as the tests reach them: each request is answered by a value or a described error.

    objects = Objects(namespace, back)
    objects.answer(["call", "scale", args, kwargs])      # ["value", node] or ["error", kind, type, message, traceback]

Plain data cross as copies. Everything else the student made stays here: it is kept in a table and crosses as a handle,
`["h", number, type name]`, that later requests may use.

| request | does |
|---|---|
| call TARGET, args, kwargs | calls it; a target is a name of the notebook, or the number of a handle |
| get TARGET, attribute | reads an attribute |
| set TARGET, attribute, value | changes one |
| op NAME, operands | + - * / @ ** neg getitem: the answer is always a handle |
| value TARGET | its plain data: of a tensor the numbers, also where it requires grad |
| grads TARGET, state TARGET | of a torch module: the gradient of each parameter or None; its state_dict |
| keep value | puts a value here: the answer is its handle |
| drop numbers | forgets handles; nobody waits for an answer |

A function that the tests hand over arrives as a stand-in that asks them back: `back` is told its number and arguments,
and returns ["gave", node], or ["refused", code] with one of `REFUSALS`.

This module travels into the sandbox: the standard library and its neighbours, nothing else.
"""

import itertools
import operator
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from autograder import wire
from autograder.cells import describe

MAX_HANDLES = 10_000  # of one process, at a time; the next object crosses as its name alone
MAX_NESTING = 8  # calls back inside calls inside calls back

OPERATORS = {
    name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "matmul", "pow", "neg", "getitem")
}
REFUSALS = {
    "arguments": "takes other arguments",
    "shape": "takes an argument of another shape",
    "type": "takes an argument of another type",
    "size": "takes no argument as large as that",
    "calls": "was called too many times",
    "depth": "was called from calls inside calls, too deep",
    "failed": "failed",
}


class Refused(RuntimeError):
    """What the student's code gets for a call that the tests' side did not answer with a value."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the function that was handed to you {REFUSALS.get(code, 'failed')}")


class Objects:
    """What the tests may use of one submission: the names in its `namespace`, and the objects it gave away."""

    def __init__(self, namespace: dict, back: Callable[[int, list, list], list]) -> None:
        self.namespace, self.back = namespace, back
        self.table: dict[int, Any] = {}
        self.numbers = itertools.count(1)
        self.thread = threading.get_ident()
        self.special = {
            "h": self.table.__getitem__,
            "n": self.named,
            "slice": lambda *ends: slice(*(self.unpack(end) for end in ends)),
            "...": lambda: ...,
        }

    def answer(self, request: list) -> list:
        """Do what `request` asks, and describe what goes wrong, whatever it is."""
        try:
            return ["value", self.perform(request)]
        except BaseException:  # SystemExit and friends are answers too
            return ["error", *describe()]

    def perform(self, request: list) -> list:
        """Do what `request` asks; returns the node of the result, and lets exceptions pass."""
        verb, *parts = request
        return _VERBS[verb](self, *parts)

    def drop(self, numbers: list[int]) -> None:
        for number in numbers:
            self.table.pop(number, None)

    # Values

    def pack(self, value: Any) -> list:
        return wire.pack(value, self.handle)

    def unpack(self, node: list) -> Any:
        return wire.unpack(node, self.special)

    def handle(self, value: Any, name: str = "") -> list:
        name = name or wire.type_name(type(value))
        if len(self.table) >= MAX_HANDLES:
            return wire.opaque(value, name)
        number = next(self.numbers)
        self.table[number] = value
        return ["h", number, name]

    def named(self, name: str) -> Any:
        if name not in self.namespace:
            raise NameError(f"your notebook defines no `{name}`: was its cell deleted, renamed, or did it fail?")
        return self.namespace[name]

    def find(self, target: str | int) -> Any:
        return self.named(target) if isinstance(target, str) else self.table[target]

    # Requests

    def call(self, target: str | int, args: list, kwargs: list) -> list:
        function = self.find(target)
        with self._functions():
            return self.pack(function(*self.unpack(args), **self.unpack(kwargs)))

    def get(self, target: str | int, attribute: str) -> list:
        return self.pack(getattr(self.find(target), attribute))

    def set(self, target: str | int, attribute: str, value: list) -> list:
        setattr(self.find(target), attribute, self.unpack(value))
        return self.pack(None)

    def operate(self, name: str, operands: list) -> list:
        return self.handle(OPERATORS[name](*self.unpack(operands)))

    def value(self, target: str | int) -> list:
        return _numbers(self.find(target))

    def grads(self, target: str | int) -> list:
        return _numbers({name: parameter.grad for name, parameter in self.find(target).named_parameters()})

    def state(self, target: str | int) -> list:
        return _numbers(dict(self.find(target).state_dict()))

    def keep(self, value: list) -> list:
        return self.handle(self.unpack(value))

    @contextmanager
    def _functions(self) -> Iterator[None]:
        """Functions of the tests that arrive in here may be called until this request is answered, and no longer."""
        given = []

        def build(number: int) -> Callable:
            given.append(_StandIn(self, number))
            return given[-1].call

        before, self.special = self.special, {**self.special, "f": build}
        try:
            yield
        finally:
            self.special = before
            for function in given:
                function.awaited = False


class _StandIn:
    """Stands here for a function of the tests."""

    def __init__(self, objects: Objects, number: int) -> None:
        self.objects, self.number, self.awaited = objects, number, True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        if not self.awaited:
            raise RuntimeError("a function that was handed to you can be called only until your own function returns")
        if threading.get_ident() != self.objects.thread:
            raise RuntimeError("a function that was handed to you can be called only from the main thread")
        objects = self.objects
        reply, content = objects.back(self.number, objects.pack(args), objects.pack(kwargs))
        if reply != "gave":
            raise Refused(content)
        return objects.unpack(content)


def _numbers(value: Any) -> list:
    """The node of plain data in which a tensor is its numbers, also one that requires grad."""
    return wire.pack(value, _detached)


def _detached(value: Any, name: str) -> list:
    tensor = getattr(sys.modules.get("torch"), "Tensor", ())
    if isinstance(value, tensor):
        return wire.pack(value.detach().as_subclass(tensor))
    return wire.opaque(value, name)


_VERBS = {
    "call": Objects.call,
    "get": Objects.get,
    "set": Objects.set,
    "op": Objects.operate,
    "value": Objects.value,
    "grads": Objects.grads,
    "state": Objects.state,
    "keep": Objects.keep,
}
