"""Runs a notebook's cells in the sandbox: one namespace, IPython's extras taken out, errors described, output capped.

    session = Session()
    status, failure = session.run_cell(3, "x = 1 / 0")
    waiting = end_figures()         # how many figures the cell left; draw_figures() gives their pictures

This module travels into the sandbox: the standard library and its neighbours, nothing else.
"""

import __future__

import ast
import asyncio
import io
import linecache
import re
import sys
import traceback
import types
from collections.abc import Iterator

from autograder import wire
from autograder.inert import Inert, display

TEXT_LIMIT = 20_000  # characters of output or of an error message that leave the sandbox
CELL_NAME = "<your cell {}>"


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
        text = sendable("".join(self.parts))
        self.parts, self.room = [], TEXT_LIMIT
        return text


# Running cells


def plain_python(source: str) -> str:
    """Take out of a cell what only IPython understands. What Python can read is never touched, nor is any line it can.

    A line changes only where Python stumbles over it and it looks like a magic, a shell command or a question: a `%` or
    `!` in a string or an expression stays. A cell of another language runs nothing.
    """
    source = re.sub("\r\n?", "\n", source)
    if language := re.match(r"\s*%%(\w*).*", source):
        if language[1] not in ("time", "timeit", "capture", "prun"):
            return ""
        source = source.replace(language[0].lstrip(), "", 1)
    for _ in range(source.count("\n") + 2):
        try:
            ast.parse(source)
        except SyntaxError as error:
            source, before = _without_magic(source, error), source
            if source == before:
                break
        else:
            break
    return source


def _without_magic(source: str, error: SyntaxError) -> str:
    """Mend the line that `error` is about, if only IPython understands it."""
    lines = source.split("\n")
    number = min(error.lineno or 1, len(lines)) - 1
    margin = re.match(r"\n*([ \t]*)", source)[1]
    if margin and isinstance(error, IndentationError):  # a whole cell pasted with its indentation
        return "\n".join(line.removeprefix(margin) for line in lines)
    for pattern, plain in _MAGICS:
        if re.match(pattern, lines[number]):
            following = number + 1
            while lines[following - 1].endswith("\\") and following < len(lines):
                following += 1  # a shell command over several lines
            blank = [""] * (following - number - 1)
            lines[number:following] = [re.sub(pattern, plain, lines[number]).rstrip(), *blank]
            break
    return "\n".join(lines)


_MAGICS = (  # what IPython understands, and what it means here
    (r"^(\s*)%(?:time|prun)\s+(.*)", r"\1\2"),
    (r"^(\s*)(?:%|!).*", r"\1pass"),
    (r"^(\s*)\?{1,2}\s*[%\w.*]+\s*$", r"\1pass"),
    (r"^(\s*)[%\w.*\[\]]+\?{1,2}\s*(?:#.*)?$", r"\1pass"),
    (r"^(\s*[\w.,'\"\[\] ]+=\s*)(?:%|!)\s*[\w./~{$].*", r"\1None"),
)
_FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)


class Session:
    """The notebook as it runs: one namespace, one event loop, and the `from __future__` imports of all cells so far."""

    def __init__(self) -> None:
        self.module = types.ModuleType("__main__")
        self.namespace = vars(self.module)
        self.namespace |= {"__builtins__": __builtins__, "display": display, "get_ipython": Inert(), "help": Inert()}
        self.flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.loop = asyncio.new_event_loop()  # made before the filter, which denies the sockets of another

    def run_cell(self, index: int, source: str) -> tuple[str, str]:
        """Run one cell, statement by statement; returns its status and, for an error, the trimmed traceback.

        A failed import is noted and the cell goes on, so that it costs only what needs the missing package.
        """
        failure = ""
        try:
            for statement, code in self._compiled(CELL_NAME.format(index), plain_python(source)):
                try:
                    pending = eval(code, self.namespace)
                    if asyncio.iscoroutine(pending):
                        self.loop.run_until_complete(pending)
                except ImportError:
                    if not isinstance(statement, ast.Import | ast.ImportFrom):
                        raise
                    failure = failure or describe()[3]
        except BaseException:  # whatever a student's cell raises, the next one still runs
            return "error", describe()[3]
        return ("error", failure) if failure else ("ok", "")

    def _compiled(self, name: str, source: str) -> Iterator[tuple[ast.stmt, types.CodeType]]:
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        for statement in ast.parse(source, name).body:
            one_by_one = isinstance(statement, ast.Import)  # `import numpy, torch` is two imports
            for part in [ast.Import([alias]) for alias in statement.names] if one_by_one else [statement]:
                module = ast.Module([ast.copy_location(part, statement)], [])
                code = compile(module, name, "exec", self.flags, dont_inherit=True)
                self.flags |= code.co_flags & _FUTURES
                yield part, code


# Figures: only where matplotlib is at hand (drawing.py), as in every box that a zygote has made warm


def end_figures() -> int:
    """Close the figures that a cell left open; how many wait to be drawn."""
    return _ask_drawing("collect") or 0


def draw_figures() -> list[bytes]:
    return _ask_drawing("draw") or []


def _ask_drawing(name: str) -> object:
    drawing = sys.modules.get("autograder.drawing")
    try:
        return getattr(drawing, name)() if drawing is not None else None
    except BaseException:  # a figure may be anything by now; it is no part of the answer
        return None


# Errors


def describe() -> tuple[str, str, str, str]:
    """Return (kind, type name, message, trimmed traceback) of the exception being handled, whatever its class does."""
    kind, error, trace = sys.exc_info()
    try:
        message = sendable(str.__str__(str(error))[:TEXT_LIMIT])
    except BaseException:
        message = "(its message could not be shown)"
    verdict = "error"
    if issubclass(kind, MemoryError):
        verdict = "memory"
    elif issubclass(kind, PermissionError):
        verdict = "forbidden"
    name = wire.type_name(kind)
    own = _own_frames(trace) + _syntax_lines(error)
    return verdict, name, message, sendable("".join(own) + f"{name}: {message}".removesuffix(": "))[-TEXT_LIMIT:]


def _own_frames(trace: types.TracebackType) -> list[str]:
    frames = [frame for frame in traceback.extract_tb(trace, limit=200) if frame.filename.startswith("<your cell")]
    return traceback.format_list(frames[-8:])


def _syntax_lines(error: BaseException) -> list[str]:
    """The line that Python could not read, and a mark below the place."""
    try:
        return traceback.format_exception_only(error)[:-1] if isinstance(error, SyntaxError) else []
    except BaseException:  # made by hand, of anything
        return []


def sendable(text: str) -> str:
    """`text` without the halves of characters that no encoding can hold."""
    return text.encode("utf-8", "replace").decode()
