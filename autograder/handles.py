"""What a hidden test holds of the student's code: names to call, and handles of objects that stay on their side.

    model = student.Net(4, 3)              # a Handle
    loss = ((model(x) - y) ** 2).mean()    # calls, operators and attributes are requests; so are assignments
    loss.backward()
    model.weight.grad                      # plain data again: a tensor

A handle never asks the student's side whether it is equal, true, long or a number: such questions raise `TypeError`
here, so an object that lies decides nothing. `Link` is how the requests of a test reach one program.
"""

from collections.abc import Callable
from typing import Any, NoReturn, Protocol


class Link(Protocol):
    """Takes the requests of a test to a student's program, or to one of ours."""

    def remote_ask(self, verb: str, *parts: Any, link: "Link | None" = None) -> Any:
        """Do `verb` there; handles that come back go on to ask `link`. The name is none that a student would use."""


# What tests hold


class Remote:
    """Something on the other side. Attributes of ours begin with `_remote`, all others are the student's."""

    __slots__ = ("_remote_link", "_remote_target")
    __array_ufunc__ = None  # `array + handle` asks the handle, not every element

    def __init__(self, link: Link, target: Any) -> None:
        for name, value in (("_remote_link", link), ("_remote_target", target)):
            object.__setattr__(self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _ask(self, "call", self, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name.startswith("_remote"):
            raise AttributeError(name)
        return _ask(self, "get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        _ask(self, "set", self, name, value)

    @classmethod
    def __torch_function__(cls, function: Callable, types: Any, args: tuple = (), kwargs: Any = None) -> Any:
        """What torch asks for `tensor + handle`: the operator, where it is one of ours."""
        name = getattr(function, "__name__", "").strip("_")
        name = {"div": "truediv", "rdiv": "rtruediv", "true_divide": "truediv"}.get(name, name)
        reverse = name.startswith("r") and name[1:] in _BINARY
        if len(args) != 2 or kwargs or not (reverse or name in _BINARY):
            raise TypeError(f"torch.{name} cannot take an object of the student's: take value(...) of it first")
        left, right = reversed(args) if reverse else args
        own = left if isinstance(left, Remote) else right
        return _ask(own, "op", name[1:] if reverse else name, (left, right))

    __hash__ = object.__hash__


class Name(Remote):
    """A name of the student's notebook: a function, a class, a value. Nothing is asked before it is used."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<the student's {self._remote_target}>"


class Handle(Remote):
    """An object of the student's, of the exchange `_remote_home`.

    Its type claims the name `_remote_type`; `_remote_label` is how it was reached.
    """

    __slots__ = ("_remote_home", "_remote_label", "_remote_type")

    def __init__(self, link: Link, home: Any, number: int, label: str, type_name: str) -> None:
        super().__init__(link, number)
        for name, value in (("home", home), ("label", label), ("type", type_name)):
            object.__setattr__(self, f"_remote_{name}", value)

    def __repr__(self) -> str:
        return f"<an object of the student's, type {self._remote_type}>"

    def __del__(self) -> None:
        self._remote_home.dropped.append(self._remote_target)


def _ask(remote: Remote, verb: str, *parts: Any) -> Any:
    link = remote._remote_link
    return link.remote_ask(verb, *parts, link=link)


_BINARY = ("add", "sub", "mul", "truediv", "matmul", "pow")


def _operator(name: str, reverse: bool = False) -> Callable:
    def operate(self: Remote, *other: Any) -> Any:
        return _ask(self, "op", name, (*other, self) if reverse else (self, *other))

    return operate


def _refusal(what: str) -> Callable:
    def refuse(self: Remote, *other: Any) -> NoReturn:
        raise TypeError(f"{self!r} {what} here: take value(...) of it, or an attribute that is plain data")

    return refuse


for _name in (*_BINARY, "neg", "getitem"):
    setattr(Remote, f"__{_name}__", _operator(_name))
for _name in _BINARY:
    setattr(Remote, f"__r{_name}__", _operator(_name, reverse=True))
for _name in ("eq", "ne", "lt", "le", "gt", "ge", "contains"):
    setattr(Remote, f"__{_name}__", _refusal("cannot be compared"))
for _name in ("bool", "len", "iter", "next", "reversed", "float", "int", "index", "complex", "setitem", "delattr"):
    setattr(Remote, f"__{_name}__", _refusal(f"has no {_name}"))


def subject(verb: str, parts: tuple) -> str:
    """What a request is about, in a word or two: "adam_step", "Value.backward", "mul"."""
    if verb in ("op", "keep"):
        return str(parts[0]) if verb == "op" else verb
    remote = parts[0]
    name = remote if isinstance(remote, str) else getattr(remote, "_remote_label", remote._remote_target)
    return name if verb == "call" else f"{name}.{parts[1] if verb in ('get', 'set') else verb}"
