"""What crosses between a test and one process: requests, handles, and the functions of ours that it may call.

    with exchange.request("call", ("scale", args, kwargs), link) as request:     # what to send
        exchange.unpack(node)                                                  # what came
        exchange.answer(number, args, kwargs)                                  # while it may call back

A handle belongs to one exchange, and a function that a request hands over may be called until it is answered.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from autograder import wire
from autograder.callbacks import Callback, Refused
from autograder.handles import Handle, Link, Name, Remote, subject
from autograder.objects import MAX_HANDLES, MAX_NESTING

MAX_NUMBER = 2**53


class Gone(Exception):
    """A handle of an object that is not there any more."""


@dataclass
class Asked:
    """A request in flight: who asks, about what, and which functions of ours it handed over."""

    link: Link
    about: str
    functions: dict[int, Callback] = field(default_factory=dict)


class Exchange:
    """Values to and from one process or program: its handles, and the functions of ours that it may call just now."""

    def __init__(self) -> None:
        self.gone = ""  # why its handles are worth nothing any more
        self.dropped: list[int] = []
        self.handles = 0
        self.asked: list[Asked] = []  # the innermost request last
        self.given = 0

    @contextmanager
    def request(self, verb: str, parts: tuple, link: Link) -> Iterator[list]:
        """What is sent for a request of a test. Handles that come of it will ask `link`.

        The functions that it hands over may be called inside the `with`, and no longer.
        """
        self.asked.append(Asked(link, subject(verb, parts) if verb == "get" else ""))
        try:
            yield self._request(verb, parts)
        finally:
            self.asked.pop()

    def raise_own(self) -> None:
        """Raise what a function of ours raised when the present request called it.

        But for want of memory, say: no argument of a stranger's makes a failure of ours out of an error of theirs.
        """
        for function in self.asked[-1].functions.values():
            if function.error is not None and not isinstance(function.error, MemoryError | OSError):
                raise function.error

    def _request(self, verb: str, parts: tuple) -> list:
        match verb:
            case "call":
                target, args, kwargs = parts
                return [verb, self.target(target), self.pack(args), self.pack(kwargs)]
            case "get":
                return [verb, self.target(parts[0]), parts[1]]
            case "set":
                node = [verb, self.target(parts[0]), parts[1], self.pack(parts[2])]
            case "op":
                node = [verb, parts[0], self.pack(parts[1])]
            case "keep":
                node = [verb, self.pack(parts[0])]
            case "value" | "grads" | "state":
                return [verb, self.target(parts[0])]
            case _:
                raise ValueError(f"unknown request {verb!r}")
        if self.asked[-1].functions:
            raise TypeError("a function can only be handed over in a call")
        return node

    def target(self, remote: Any) -> str | int:
        return remote if type(remote) is str else self._own(remote)._remote_target

    def pack(self, value: Any) -> list:
        """The node of a value of ours; raises `TypeError` for what cannot be sent."""
        return wire.pack(value, self._pack_foreign)

    def _own(self, remote: Any) -> Remote:
        if isinstance(remote, Handle) and remote._remote_home is not self:
            raise Gone(remote._remote_home.gone or f"{remote!r} belongs to another program")
        return remote

    def _pack_foreign(self, value: Any, name: str) -> list:
        kind = type(value)
        if kind is Handle:
            return ["h", self._own(value)._remote_target]
        if kind is Name and value._remote_link is self.asked[-1].link:
            return ["n", value._remote_target]
        if kind is slice:
            return ["slice", *(self.pack(end) for end in (value.start, value.stop, value.step))]
        if value is ...:
            return ["..."]
        tensor = getattr(sys.modules.get("torch"), "Tensor", ())
        if isinstance(value, tensor):  # a parameter of a module of ours
            node = wire.pack(value.detach().as_subclass(tensor))
            if node[0] == "T":
                return [*node[:-1], value.requires_grad]
        elif callable(value) and not isinstance(value, type):
            return self._give(value)
        raise TypeError(f"a value of type {name} cannot be sent to the student's side: plain data can, and functions")

    def _give(self, function: Callable) -> list:
        self.given += 1
        given = function if isinstance(function, Callback) else Callback(function)
        given.error, self.asked[-1].functions[self.given] = None, given
        return ["f", self.given]

    def unpack(self, node: Any) -> Any:
        """Rebuild what came; nothing in it is trusted."""
        asked = self.asked[-1]

        def build(*fields: Any) -> Handle:
            number, type_name = wire.fields(list(fields), int, str)
            if not 0 < number < MAX_NUMBER or self.handles - len(self.dropped) >= MAX_HANDLES:
                raise wire.WireError("a handle without a number, or too many of them")
            self.handles += 1
            return Handle(asked.link, self, number, asked.about or type_name[:200], type_name[:200])

        return wire.unpack(node, {"h": build})

    def take_dropped(self) -> list[int]:
        """Handles that no test holds any more, for the other side to forget."""
        dropped, self.dropped = self.dropped, []
        self.handles -= len(dropped)
        return dropped

    def answer(self, number: Any, args: Any, kwargs: Any) -> list:
        """Call a function of ours as the other side asks; raises `WireError` when it may not ask that at all."""
        function = next((asked.functions[number] for asked in self.asked if number in asked.functions), None)
        if function is None:
            raise wire.WireError("a call of a function that it was not handed just now")
        args, kwargs = self.unpack(args), self.unpack(kwargs)
        if type(args) is not tuple or type(kwargs) is not dict or not all(type(key) is str for key in kwargs):
            raise wire.WireError("a call without a list of arguments")
        if len(self.asked) > MAX_NESTING:
            raise Refused("depth")
        value = function.checked(args, kwargs)
        try:
            return self.pack(value)
        except Exception as error:  # it returned what cannot be sent
            function.error = function.error or error
            raise Refused("failed") from error
