"""The student's side (S): runs the submission's cells, then answers calls of its functions on one socket.

It runs inside the sandbox and has never seen a test. Every request comes from the tests' side (T) and gets one reply:

    ["cell", index, source]                   -> ["ran", status, stdout, error]
    ["call", name, args, kwargs]              -> ["value", value, stdout] or ["error", kind, type, message, traceback]

This module travels into the sandbox: numpy, msgspec, the standard library and its two neighbours, nothing else.
"""

import __future__

import ast
import asyncio
import dis
import importlib.abc
import importlib.machinery
import io
import linecache
import os
import re
import socket
import sys
import traceback
import types

if __name__ == "__main__":  # started by path in the sandbox: what it may import comes as arguments
    sys.path[:0] = sys.argv[1:]

from autograder import seccomp, wire

TEXT_LIMIT = 20_000  # characters of output or of an error message that leave the sandbox
CELL_NAME = "<your cell {}>"
INERT = ("matplotlib", "mpl_toolkits", "seaborn", "plotly", "ipywidgets", "anywidget", "IPython")


class Inert(types.ModuleType):
    """Stands for what only draws or asks: takes any attribute, call, item, loop or arithmetic, and does nothing."""

    __version__ = "0"
    __array_ufunc__ = None  # array * inert is inert

    def __init__(self, *args: object, **kwargs: object) -> None:  # also of a student's class that inherits from it
        super().__init__("inert")

    def __mro_entries__(self, bases: tuple) -> tuple:
        return (Inert,)

    def __getattr__(self, name: str) -> "Inert":
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Inert()

    def __setitem__(self, key: object, value: object) -> None: ...

    def __delitem__(self, key: object) -> None: ...

    def __iter__(self):
        return iter([Inert() for _ in range(_names_to_fill(sys._getframe(1)))])

    def __len__(self) -> int:
        return 2

    def __bool__(self) -> bool:
        return True

    def __contains__(self, item: object) -> bool:
        return False

    def __int__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0

    def __enter__(self) -> "Inert":
        return self

    def __exit__(self, *error: object) -> None: ...

    def __repr__(self) -> str:
        return "(not drawn while grading)"


def _inert(self: Inert, *args: object, **kwargs: object) -> Inert:
    return Inert()


for _name in "add sub mul matmul truediv floordiv mod pow and or xor".split():
    setattr(Inert, f"__{_name}__", _inert)
    setattr(Inert, f"__r{_name}__", _inert)
for _name in "call getitem neg pos abs invert round array".split():
    setattr(Inert, f"__{_name}__", _inert)
for _name in "lt le gt ge".split():
    setattr(Inert, f"__{_name}__", lambda self, other: False)


def _names_to_fill(frame: types.FrameType) -> int:
    """How many values the statement under way asks for: `fig, (left, right) = ...` and `line, = ...` are all served."""
    operation, count = frame.f_code.co_code[frame.f_lasti : frame.f_lasti + 2]
    if dis.opname[operation] == "UNPACK_EX":  # first, *rest = ...
        return count + 1
    return count if dis.opname[operation] == "UNPACK_SEQUENCE" else 2


class InertFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Lets a submission import drawing packages that its sandbox does not contain."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in INERT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Inert()

    def exec_module(self, module) -> None:
        module.__path__ = []


class CappedText(io.TextIOBase):
    """A stream that keeps the first `TEXT_LIMIT` characters and forgets the rest."""

    def __init__(self) -> None:
        self.parts, self.room = [], TEXT_LIMIT

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.room > 0:
            self.parts.append(text[: self.room])
            self.room -= len(text)
            if self.room <= 0:
                self.parts.append("\n... (output cut here)\n")
        return len(text)

    def take(self) -> str:
        text = "".join(self.parts)
        self.parts, self.room = [], TEXT_LIMIT
        return text


# Running cells


def plain_python(source: str) -> str:
    """Blank out what only IPython understands: line magics and shell lines; a cell of another language runs nothing."""
    first = source.lstrip().split("\n", 1)[0]
    if first.startswith("%%"):
        language = first[2:].split(" ", 1)[0].strip()
        if language not in ("time", "timeit", "capture", "prun"):
            return ""
        source = source.replace(first, "", 1)
    lines, depth = [], 0
    for line in source.split("\n"):
        special = re.match(r"\s*(%|!)\s*[A-Za-z./~]", line) or re.match(r"\s*[\w.]+\?{1,2}\s*$", line) or line.startswith("?")
        lines.append(re.match(r"\s*", line)[0] + "pass" if special and depth == 0 else line)
        depth = max(0, depth + sum(map(line.count, "([{")) - sum(map(line.count, ")]}")))
    return "\n".join(lines)


def run_cell(index: int, source: str, namespace: dict, out: CappedText) -> tuple[str, str]:
    """Run one cell, statement by statement; returns its status and, for an error, the trimmed traceback.

    A failed import is noted and the cell goes on, so that it costs only what needs the missing package.
    """
    name = CELL_NAME.format(index)
    source = plain_python(source)
    linecache.cache[name] = (len(source), None, [line + "\n" for line in source.split("\n")], name)
    failure = ""
    try:
        statements = ast.parse(source, name).body
        for statement in statements:
            code = compile(ast.Module([statement], []), name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            try:
                pending = eval(code, namespace)
                if asyncio.iscoroutine(pending):
                    asyncio.run(pending)
            except ImportError:
                if not isinstance(statement, (ast.Import, ast.ImportFrom)):
                    raise
                failure = failure or describe()[3]
    except BaseException:  # noqa: BLE001 - whatever a student's cell raises, the next one still runs
        return "error", describe()[3]
    return ("error", failure) if failure else ("ok", "")


# Errors


def describe() -> tuple[str, str, str, str]:
    """Return (kind, type name, message, trimmed traceback) of the exception being handled, whatever its class does."""
    kind, error, trace = sys.exc_info()
    try:
        message = str(error)[:TEXT_LIMIT]
    except BaseException:  # noqa: BLE001
        message = "(its message could not be shown)"
    verdict = "error"
    if issubclass(kind, MemoryError):
        verdict = "memory"
    elif issubclass(kind, PermissionError):
        verdict = "forbidden"
    return verdict, kind.__name__[:200], message, _own_frames(kind, message, trace, error)


def _own_frames(kind: type, message: str, trace, error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(trace, limit=200) if frame.filename.startswith("<your cell")]
    lines = traceback.format_list(frames[-8:])
    if isinstance(error, SyntaxError) and type(error) is SyntaxError:
        lines = traceback.format_exception_only(kind, error)[:-1]
        message = str(error.msg)
    return ("".join(lines) + f"{kind.__name__}: {message}".removesuffix(": "))[-TEXT_LIMIT:]


# Answering


class Worker:
    """One submission's namespace and its answers. Requests are trusted, replies are not: the other side checks them."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel, self.out = channel, CappedText()
        self.namespace = {"__name__": "__main__", "__builtins__": __builtins__}

    def serve(self) -> None:
        sys.stdout = sys.stderr = self.out
        sys.meta_path.append(InertFinder())
        wire.send(self.channel, ["ready"])
        while True:
            request = wire.receive(self.channel)
            answer = self.run(*request[1:]) if request[0] == "cell" else self.call(*request[1:])
            try:
                wire.send(self.channel, answer)
            except wire.Disconnected:
                raise
            except wire.WireError as error:
                wire.send(self.channel, ["error", "error", "WireError", f"the result is too large to send: {error}", ""])

    def run(self, index: int, source: str) -> list:
        status, failure = run_cell(index, source, self.namespace, self.out)
        return ["ran", status, self.out.take(), failure]

    def call(self, name: str, args: list, kwargs: list) -> list:
        try:
            if name not in self.namespace:
                raise NameError(f"your notebook defines no `{name}`: was its cell deleted, renamed, or did it fail?")
            result = self.namespace[name](*wire.unpack(args), **wire.unpack(kwargs))
            return ["value", wire.pack(result), self.out.take()]
        except BaseException:  # noqa: BLE001 - SystemExit and friends are answers too
            return ["error", *describe()]


def main() -> None:
    import numpy  # noqa: F401 - warm before the filter, so that a student's first import is quick

    os.environ.clear()
    sys.setrecursionlimit(3000)
    channel = socket.socket(fileno=3)
    seccomp.deny()
    try:
        Worker(channel).serve()
    except wire.Disconnected:
        os._exit(0)


if __name__ == "__main__":
    main()
