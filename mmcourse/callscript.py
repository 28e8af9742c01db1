"""A call script is data: which calls to make on an answer, as JSON. Here they are made, and what comes back is noted.

>>> script = [{"call": "first", "args": [3.0]}, {"call": "second", "args": [{"ref": ["first"]}]}]
>>> observe(script, [["first"], ["second"]], lambda x: x / 2)
[1.5, 0.75]
>>> print(spell(script, "halve"))
first = halve(3.0)
second = halve(first)
"""

import contextlib
import copy
import os
import re
import traceback
from collections.abc import Iterator
from typing import Any

from mmcourse.plaindata import decode, describe, dig, plain, shorten


class CallError(Exception):
    """A step of a script failed: which step, the type of the exception, its text, and the line of code it came from."""

    def __init__(self, step: str, kind: str, text: str, place: str = "") -> None:
        super().__init__(f"{step}: {kind}: {text}")
        self.step, self.kind, self.text, self.place = step, kind, text, place


def observe(script: list, expect: list, answer: Any) -> list:
    """Make the calls of `script` on `answer`; return what the paths in `expect` lead to, as plain data.

    Each result is noted as it comes back, before a later call could change it. References pass on a copy.

    Parameters
    ----------
    script : list of dict
        Steps `{"call": name, "args": [...], "kwargs": {...}, "on": ref, "method": str}`,
        `{"get": name, "on": ref, "attribute": str}`, `{"repeat": name, "times": n, "steps": [...], "collect": ref}`.
    expect : list of path
        A path is the name of a step, then keys into its result. The name "answer" is the answer itself.
    answer : object
        Usually a function.

    Raises
    ------
    CallError
        If a step raises anything but KeyboardInterrupt.
    """
    run = _Run(answer)
    if any(path[0] == "answer" for path in expect):
        run.note("answer", answer)
    for step in script:
        run.do(step)
    return [dig(run.seen[name], path) for name, *path in expect]


class _Run:
    def __init__(self, answer: Any) -> None:
        self.live = {"answer": answer}  # what the answer returned, for later steps to use
        self.seen = {}  # plain copies of it, for the comparison

    def do(self, step: dict) -> None:
        match step:
            case {"call": name}:
                with _errors_of(name):
                    result = self.call(step)
            case {"get": name, "on": target, "attribute": attribute}:
                with _errors_of(name):
                    result = getattr(self.find(target["ref"]), attribute)
            case {"repeat": name, "times": times, "steps": steps, "collect": kept}:
                result = [self.round(steps, kept) for _ in range(times)]
        self.note(name, result)

    def call(self, step: dict) -> Any:
        function = self.find(step["on"]["ref"] if "on" in step else ["answer"])
        if "method" in step:
            function = getattr(function, step["method"])
        args = decode(step.get("args", []), self.lend)
        kwargs = {key: decode(value, self.lend) for key, value in step.get("kwargs", {}).items()}
        return function(*args, **kwargs)

    def round(self, steps: list, kept: dict) -> Any:
        for step in steps:
            self.do(step)
        with _errors_of(kept["ref"][0]):
            return self.lend(kept["ref"])

    def note(self, name: str, result: Any) -> None:
        with _errors_of(name):
            self.live[name], self.seen[name] = result, plain(result)

    def find(self, reference: list) -> Any:
        name, *path = reference
        value = self.live[name]
        for depth, key in enumerate(path, start=1):
            try:
                value = value[key]
            except Exception:
                missing = dig(self.seen[name], path[:depth])
                raise CallError(name, "MissingPart", describe(missing)) from None
        return value

    def lend(self, reference: list) -> Any:
        value = self.find(reference)
        try:
            return copy.deepcopy(value)
        except Exception:  # a generator, say, cannot be copied: then the thing itself
            return value


@contextlib.contextmanager
def _errors_of(step: str) -> Iterator[None]:
    """Turn whatever the answer raises into a `CallError` (KeyboardInterrupt is the user's, and passes)."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except CallError as error:
        raise CallError(error.step or step, error.kind, error.text, error.place) from None
    except BaseException as error:  # SystemExit too: `exit()` in an answer must not end the check
        try:
            text = shorten(str(error), 400)
        except Exception:
            text = "(its message cannot be shown)"
        raise CallError(step, shorten(type(error).__name__, 60), text, _place(error)) from None


def _place(error: BaseException) -> str:
    """Return the innermost line of the student's own code in the traceback, for example "line 7: v = params['x']"."""
    try:
        frames = traceback.extract_tb(error.__traceback__)
        library = ("site-packages", os.path.dirname(os.__file__), __file__)
        own = [frame for frame in frames if not any(part in frame.filename for part in library)]
        return f"line {own[-1].lineno}" + (f": {shorten(own[-1].line, 200)}" if own[-1].line else "") if own else ""
    except Exception:
        return ""


def spell(script: list, function: str) -> str:
    """Write a script as Python that can be pasted into a cell; `function` is the name of the answer."""
    return "\n".join(line for step in script for line in _lines(step, function))


def _lines(step: dict, function: str) -> list[str]:
    match step:
        case {"call": name}:
            target = _literal(step["on"]) if "on" in step else function
            method = f".{step['method']}" if "method" in step else ""
            args = [_literal(item) for item in step.get("args", [])]
            args += [f"{key}={_literal(item)}" for key, item in step.get("kwargs", {}).items()]
            return [f"{name} = {target}{method}({', '.join(args)})"]
        case {"get": name, "on": target, "attribute": attribute}:
            return [f"{name} = {_literal(target)}.{attribute}"]
        case {"repeat": name, "times": times, "steps": steps, "collect": kept}:
            body = [line for inner in steps for line in _lines(inner, function)]
            body.append(f"{name}.append({_literal(kept)})")
            return [f"{name} = []", f"for _ in range({times}):", *("    " + line for line in body)]
    raise ValueError(f"no such step: {step}")


def _literal(data: Any) -> str:
    """Write one encoded value as Python."""
    match data:
        case {"ref": [step, *path]}:
            return step + "".join(f"[{key!r}]" for key in path)
        case {"rng": seed}:
            return f"np.random.default_rng({seed})"
        case {"tuple": items}:
            return f"({', '.join(map(_literal, items))}{',' if len(items) == 1 else ''})"
        case {"dict": pairs}:
            return "{" + ", ".join(f"{_literal(key)}: {_literal(value)}" for key, value in pairs) + "}"
        case list():
            return f"[{', '.join(map(_literal, data))}]"
        case {"array": kind, "shape": shape}:
            if 0 in shape:
                return f"np.zeros({tuple(shape)})"
            dtype = "" if kind in ("float64", "int64", "bool", "complex128", "str") else f", dtype=np.{kind}"
            return f"np.array({_numpy_names(repr(decode(data).tolist()))}{dtype})"
        case {"float": text}:
            return _numpy_names(text)
    return repr(decode(data))


def _numpy_names(text: str) -> str:
    return re.sub(r"\b(nan|inf)\b", r"np.\1", text)
