"""The instant check: `check("a03.momentum", momentum_step)` says what your answer got right, `hint()` what to look at.

A check never raises, whatever the answer does (only the interrupt button gets through). It returns a `Verdict`, which
prints as a score, and in a notebook shows what failed and where. It is no grade: that comes from other inputs.
"""

import contextlib
import difflib
import io
import json
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmcourse.callscript import CallError, observe, spell
from mmcourse.comparators import COMPARATORS, SELF_EVIDENT, Difference
from mmcourse.plaindata import decode, describe, plain, shorten
from mmcourse.verdict import Hint, Line, Verdict

CHECKS = Path(__file__).parent / "checks"
FORMAT = 1  # of the data files; autograder/checkdata.py writes the same number
PRINT_LIMIT = 2000  # letters of printed output that a verdict shows

_last_key: str | None = None
_hints_shown: dict[str, int] = {}


def check(key: str, answer: Any) -> Verdict:
    """Check an answer at once, in your own kernel.

    Parameters
    ----------
    key : str
        Assignment and question, for example "a03.momentum".
    answer : object
        Usually the function you wrote.

    Returns
    -------
    Verdict
        Its score is the fraction of the checks that pass times the points of the question. An unknown key scores 0 and
        lists the keys that look like it.
    """
    verdict = _checked(key, answer)
    if not verdict.passed and os.environ.get("NBGRADER_EXECUTION") == "validate":
        print(verdict.text, file=sys.stderr)  # all that nbgrader's Validate button shows of a cell that failed
    return verdict


def _checked(key: str, answer: Any) -> Verdict:
    global _last_key
    try:
        question = _find(key)
    except UnknownKeyError as error:
        return Verdict(str(key), message=str(error))
    _last_key = key
    try:
        return judge(key, question, answer)
    except Exception as error:
        return Verdict(
            str(key), message=f"The check itself failed ({type(error).__name__}): please tell your instructor."
        )


def hint(key: str | None = None) -> Hint:
    """Show the next hint for the question that was checked last, or for `key`."""
    key = key or _last_key
    if key is None:
        return Hint('Check an answer first, or name the question: hint("a03.momentum").')
    try:
        hints = _find(key)["hints"]
    except UnknownKeyError as error:
        return Hint(str(error))
    shown = _hints_shown.get(key, 0)
    if shown >= len(hints):
        return Hint(f"There are no more hints for {key}: you have seen {'both' if shown == 2 else f'all {shown}'}.")
    _hints_shown[key] = shown + 1
    return Hint(hints[shown], f"Hint {shown + 1} of {len(hints)}, {key}")


class UnknownKeyError(Exception):
    """No check has this key; the message lists those that look like it."""


def _find(key: str) -> dict:
    """Return the data of a question."""
    assignment, _, name = str(key).partition(".")
    known = {path.stem: path for path in sorted(CHECKS.glob("*.json"))}
    if assignment in known:
        data = json.loads(known[assignment].read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise UnknownKeyError(
                f"The checks of {assignment} are of another version of the course: install mmcourse again."
            )
        if name in data["questions"]:
            return data["questions"][name]
    keys = [f"{stem}.{q}" for stem, path in known.items() for q in json.loads(path.read_text("utf-8"))["questions"]]
    near = difflib.get_close_matches(str(key), keys, n=3) or [
        other for other in keys if other.startswith(assignment + ".")
    ]
    advice = f"did you mean {' or '.join(repr(other) for other in near)}?" if near else "look at the key again."
    raise UnknownKeyError(f"There is no check {shorten(repr(key), 80)}: {advice}")


# Judging


def judge(key: str, question: dict, answer: Any) -> Verdict:
    """Run the checks of a question (its data as in the file) on an answer."""
    if not callable(answer) and any("call" in step and "on" not in step for step in question["checks"][0]["script"]):
        name = question["function"]
        message = f"check needs the function itself, {name} without brackets; it got {describe(plain(answer))}."
        return Verdict(key, 0.0, question["points"], message=message)
    with quietly() as notes:
        outcomes = [_outcome(check, answer) for check in question["checks"]]
    if all(isinstance(outcome, CallError) and outcome.kind == "NotImplementedError" for outcome in outcomes):
        message = "Not started yet: put your code where `raise NotImplementedError` is, run that cell, then this one."
        return Verdict(key, 0.0, question["points"], message=message, notes=tuple(notes), hints=len(question["hints"]))
    lines = []
    for data, outcome in zip(question["checks"], outcomes, strict=True):
        detail = _detail(data, outcome, question["parts"])
        lines.append(
            Line(data["name"], not detail, detail, spell(data["script"], question["function"]) if detail else "")
        )
    passed = sum(line.passed for line in lines)
    score = round(question["points"] * passed / len(lines), 2)
    mistake = "" if passed == len(lines) else _known_mistake(question, outcomes, lines)
    return Verdict(key, score, question["points"], tuple(lines), "", mistake, tuple(notes), len(question["hints"]))


def _outcome(check: dict, answer: Any) -> list | CallError:
    try:
        return observe(check["script"], check["expect"], answer)
    except CallError as error:
        return error


def compare(check: dict, expected: list | None, outcome: list, how: str | None = None) -> Difference | None:
    """Compare what came out of a check with expected values, both as plain data."""
    name = how or check["compare"]
    options = {key: decode(value) for key, value in check["options"].items()} if name == check["compare"] else {}
    return COMPARATORS[name](expected, outcome, **options)


def _detail(check: dict, outcome: list | CallError, parts: list) -> str:
    """Return what is wrong, in one line or two; "" when all is well."""
    if isinstance(outcome, CallError):
        name = "the" if len(check["script"]) == 1 else outcome.step.replace("_", " ")
        if outcome.kind == "MissingPart":
            return f"{name} result: the next call needs a part of it, but there is {outcome.text}"
        if outcome.kind == "TooLargeError":
            return f"{name} result: {outcome.text}"
        return f"{name} call: {outcome.kind}: {outcome.text}" + (f"\n{outcome.place}" if outcome.place else "")
    difference = compare(check, decode(check["values"]), outcome)
    if difference is None:
        return ""
    return f"{_where(check, difference, parts)}: {difference.text}"


def _where(check: dict, difference: Difference, parts: list) -> str:
    """Name a place in the results: "second result, params['w'][2, 1]"."""
    number, *keys = difference.path or (0,)
    step, *path = check["expect"][number]
    keys, definition, words = path + keys, _definition(check["script"], step), []
    if step == "answer":
        words.append("your answer")
    else:
        words.append("result" if len(check["script"]) == 1 else f"{step.replace('_', ' ')} result")
    if "repeat" in definition and keys:
        words.append(f"round {keys[0] + 1}")
        name, *collected = definition["collect"]["ref"]
        keys, definition = collected + keys[1:], _definition(definition["steps"], name)
    named = "call" in definition and "on" not in definition and keys and keys[0] in range(len(parts))
    place = (parts[keys[0]] if named else "") + "".join(f"[{key!r}]" for key in keys[1 if named else 0 :])
    place += f"[{', '.join(map(str, difference.index))}]" if difference.index else ""
    return ", ".join(words) + (f", {place}" if place else "")


def _definition(script: list, name: str) -> dict:
    """Return the step that gives `name` its last value."""
    for step in reversed(script):
        if name in (step.get("call"), step.get("get"), step.get("repeat")):
            return step
        inner = _definition(step.get("steps", []), name)
        if inner:
            return inner
    return {}


def _known_mistake(question: dict, outcomes: list, lines: list[Line]) -> str:
    """Return the message of the first mistake whose results equal the answer's in every check, or ""."""
    for mistake in question["mistakes"]:
        if all(map(_equals, question["checks"], mistake["results"], outcomes, lines)):
            return mistake["message"]
    return ""


def _equals(check: dict, result: Any, outcome: list | CallError, line: Line) -> bool:
    match result:
        case None:  # the mistake passes this check
            return line.passed
        case {"error": kind}:
            return isinstance(outcome, CallError) and outcome.kind == kind
    if isinstance(outcome, CallError) or line.passed:
        return False
    how = "close" if check["compare"] in SELF_EVIDENT else None
    try:
        return compare(check, decode(result), outcome, how) is None
    except Exception:  # the mistake's result does not even have the form that the comparator expects
        return False


@contextlib.contextmanager
def quietly() -> Iterator[list]:
    """Keep what an answer prints and warns out of the cell's output; give it as notes (title, text).

    nbgrader counts a cell that wrote to stderr as failed, so a warning would turn a right answer into a wrong one.
    """
    notes: list[tuple[str, str]] = []
    printed = _Printed()
    quiet = contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed)
    with quiet[0], quiet[1], warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        yield notes
    if printed.text:
        notes.append(("Your code printed", shorten(printed.text.rstrip("\n"), PRINT_LIMIT)))
    if caught:
        told = dict.fromkeys(_warning_text(item) for item in caught[:100])
        notes.append(("Your code warned", "\n".join(list(told)[:3])))


class _Printed(io.TextIOBase):
    """Keeps the first letters of what is printed and drops the rest."""

    text = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text[: PRINT_LIMIT + 1 - len(self.text)]
        return len(text)


def _warning_text(item: warnings.WarningMessage) -> str:
    try:
        return f"{item.category.__name__}: {shorten(str(item.message), 300)} (line {item.lineno})"
    except Exception:
        return "a warning that cannot be shown"
