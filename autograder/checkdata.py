"""Visible checks: declare them in a few lines of Python, build the data file that students receive.

A hidden folder's `checks.py` declares, for each question, which calls to make on the answer and what to look at:

>>> QUESTIONS = {
...     "halve": Question(
...         hints=["What is a half of 3?", "Look at the operator: // or /?"],
...         checks=[
...             Check("once", [call("first", 3.0)]),
...             Check("twice in a row", [call("first", 3.0), call("second", Ref("first"))], expect=["second"]),
...         ],
...     )
... }

`build` runs the instructor's solution and every known mistake through the script runner of `mmcourse.check` and returns
the bytes of mmcourse/checks/aNN.json. They hold data only: no code, and nothing of the hidden tests.
"""

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from mmcourse.callscript import CallError, observe
from mmcourse.check import FORMAT, judge, quietly
from mmcourse.comparators import COMPARATORS, SELF_EVIDENT, close, moments
from mmcourse.plaindata import decode, encode

SIZE_LIMIT = 200_000  # bytes of one file: it travels to every student
DIFFERENCE_STEP = 1e-4  # of gradient_check: small enough for the neglected h² term, large against round-off over h


class Ref:
    """The result of an earlier step, or a part of it: `Ref("first", 1, "w")` is `first[1]["w"]`.

    The answer receives a copy of it, so an answer that works in place changes nothing that is looked at later.
    """

    def __init__(self, step: str, *path: str | int) -> None:
        self.step, self.path = step, path

    def __repr__(self) -> str:
        return self.step + "".join(f"[{key!r}]" for key in self.path)


@dataclass(frozen=True)
class Rng:
    """A numpy Generator as an argument, made afresh from its seed for each call."""

    seed: int


@dataclass(frozen=True)
class Call:
    """Call the answer (`target` None), or an earlier result, or a method of it."""

    name: str
    args: tuple
    kwargs: dict[str, Any]
    target: Ref | None = None
    method: str | None = None

    def on(self, step: str | Ref, method: str | None = None) -> "Call":
        """Return the same call made on an earlier result: `call("out", x).on("model", "forward")`."""
        target = step if isinstance(step, Ref) else Ref(step)
        return Call(self.name, self.args, self.kwargs, target, method)


@dataclass(frozen=True)
class Get:
    """Read an attribute of an earlier result."""

    name: str
    target: Ref
    attribute: str


@dataclass(frozen=True)
class Repeat:
    """Do steps several times; the result is the list of what `collect` refers to after each round."""

    name: str
    times: int
    steps: tuple["Step", ...]
    collect: Ref


Step = Call | Get | Repeat


def call(name: str, /, *args: Any, **kwargs: Any) -> Call:
    """Call the answer with these arguments and keep the result as `name`."""
    return Call(name, args, kwargs)


def get(name: str, target: Ref | str, attribute: str) -> Get:
    """Keep an attribute of an earlier result as `name`."""
    return Get(name, target if isinstance(target, Ref) else Ref(target), attribute)


def repeat(name: str, times: int, *steps: Step, collect: Ref | None = None) -> Repeat:
    """Do the steps `times` times and keep, as `name`, the list of what each round gave.

    Inside, a `Ref` to a name of the same loop means the latest value, so give that name a value before the loop:

        call("state", params, grads), repeat("path", 20, call("state", Ref("state", 0), grads, Ref("state", 1)))

    `collect` says what to keep of each round; without it, the result of the last step.
    """
    if not steps:
        raise ValueError(f"repeat {name!r} has no steps")
    return Repeat(name, times, steps, collect or Ref(steps[-1].name))


@dataclass(frozen=True)
class Check:
    """One line of the verdict: a name in plain words, the steps, which results to look at, and how to compare them.

    `expect` lists names of steps or `Ref`s (default: the results of all steps in order). The name "answer" is the
    answer itself, so a check without steps compares a plain value. `compare` is one of the names in
    mmcourse.comparators.COMPARATORS, `options` are its keyword arguments (for example `{"rtol": 1e-6}`).
    """

    name: str
    steps: Sequence[Step]
    expect: Sequence[str | Ref] | None = None
    compare: str = "close"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """The visible checks of one question, and its hints, from gentle to plain.

    `parts` names the items of a tuple that the answer returns, so that messages can say `params['w']` for `[0]['w']`.
    `unseen` lists known mistakes that these checks cannot see, on purpose; every other mistake must fail a check.
    """

    hints: Sequence[str]
    checks: Sequence[Check]
    parts: Sequence[str] = ()
    unseen: Sequence[str] = ()


def gradient_check(
    name: str, x: Any, *args: Any, value: int = 0, gradient: int = 1, directions: int = 3, seed: int = 0, **kwargs: Any
) -> Check:
    """Declare that the answer's gradient equals central differences of the value it returns.

    The answer is called as `answer(x, *args, **kwargs)` at x and at points near it, and returns a tuple: `value` and
    `gradient` are the places of the two in it. No expected numbers are stored.
    """
    x = np.round(
        np.asarray(x, dtype=float), 8
    )  # with a step of 1e-4 times 4 decimals, 12 digits hold each point exactly
    random = np.random.default_rng(seed)
    along = [np.round(random.standard_normal(x.shape), 4) for _ in range(directions)]
    steps, expect = [call("at_x", x, *args, **kwargs)], [Ref("at_x", gradient)]
    for number, direction in enumerate(along, start=1):
        for word, sign in (("above", 1), ("below", -1)):
            steps.append(call(f"{word}_{number}", x + sign * DIFFERENCE_STEP * direction, *args, **kwargs))
            expect.append(Ref(f"{word}_{number}", value))
    options = {"directions": along, "step": DIFFERENCE_STEP}
    return Check(name, steps, expect, "gradient_matches_differences", options)


# Building the file


class CheckDataError(Exception):
    """The declarations, the solution and the mistakes do not fit together; the message is one line for the author."""


class KnownMistake(Protocol):
    """What `build` needs of a mistake (manifest.Mistake is one)."""

    question: str
    name: str
    message: str

    def apply(self, solution_source: str) -> str: ...


def same_data(one: bytes, other: bytes) -> bool:
    """Whether two files of check data say the same: numbers may differ by what processors round differently.

    >>> same_data(b'{"a": [1e-17, 2.0]}', b'{"a": [0.0, 2.0000000000001]}'), same_data(b"[1.0]", b"[1.001]")
    (True, False)
    """
    return _same(json.loads(one), json.loads(other))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int) and bool not in (type(one), type(other)):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


def build(
    assignment: str,
    *,
    questions: Mapping[str, Question],
    solution_source: Mapping[str, str],
    mistakes: Sequence[KnownMistake],
    points: Mapping[str, float],
    functions: Mapping[str, str],
    preamble: str = "import numpy as np\n",
) -> bytes:
    """Return the bytes of an assignment's check data.

    Parameters
    ----------
    assignment : str
        Its short id, "a03": the first half of the keys.
    questions : mapping
        QUESTIONS of checks.py.
    solution_source : mapping from question to source
        The instructor's solution cells, run in this order after `preamble`. A mistake replaces its question's cell.
    mistakes : sequence
        Those of questions without visible checks are passed over.
    points, functions : mapping from question
        Points of the question; name of the function that is the answer.

    Raises
    ------
    CheckDataError
        When the solution fails a check, a mistake passes all of them and is not declared `unseen` (or is, and fails
        one), two mistakes cannot be told apart, or the file grows beyond 200 kB.
    """
    built = {}
    for name, question in questions.items():
        where = f"{assignment}.{name}"
        for table, what in ((solution_source, "solution cell"), (points, "points"), (functions, "function")):
            if name not in table:
                raise CheckDataError(f"{where}: no {what} is known for this question")
        own = [mistake for mistake in mistakes if mistake.question == name]
        unknown = set(question.unseen) - {mistake.name for mistake in own}
        if unknown:
            raise CheckDataError(f"{where}: `unseen` names no mistake of this question: {', '.join(sorted(unknown))}")

        data = _question_data(question, points[name], functions[name], where)
        _add_expected(data, _answer([preamble, *solution_source.values()], functions[name], where), where)
        for mistake in own:
            spot = f"{where}, mistake {mistake.name!r}"
            cells = {**solution_source, name: mistake.apply(solution_source[name])}
            answer = _answer([preamble, *cells.values()], functions[name], spot)
            _add_mistake(data, mistake, answer, mistake.name in question.unseen, spot)
        built[name] = data
    content = (_layout({"format": FORMAT, "assignment": assignment, "questions": built}) + "\n").encode()
    if len(content) > SIZE_LIMIT:
        raise CheckDataError(f"{assignment}: the check data take {len(content):,} bytes, {SIZE_LIMIT:,} are allowed")
    return content


def _question_data(question: Question, points: float, function: str, where: str) -> dict:
    """Return everything about a question that is known without running it."""
    if not question.checks or not question.hints:
        raise CheckDataError(f"{where}: a question needs checks and hints")
    names = [check.name for check in question.checks]
    if len(set(names)) < len(names):
        raise CheckDataError(f"{where}: two checks have the same name")
    return {
        "points": float(points),
        "function": function,
        "parts": list(question.parts),
        "hints": list(question.hints),
        "checks": [_check_data(check, f"{where}, check {check.name!r}") for check in question.checks],
        "mistakes": [],
    }


def _check_data(check: Check, where: str) -> dict:
    if check.compare not in COMPARATORS:
        raise CheckDataError(f"{where}: no comparator {check.compare!r}, there are {', '.join(COMPARATORS)}")
    known = {"answer"}
    script = [_step_data(step, known, where) for step in check.steps]
    expect = [step.name for step in check.steps] if check.expect is None else check.expect
    paths = [_path(entry if isinstance(entry, Ref) else Ref(entry), known, where) for entry in expect]
    if not paths:
        raise CheckDataError(f"{where}: nothing is looked at")
    options = {key: encode(value) for key, value in check.options.items()}
    return {"name": check.name, "script": script, "expect": paths, "compare": check.compare, "options": options}


def _step_data(step: Step, known: set[str], where: str) -> dict:
    """Return a step as JSON-ready data, and add its name to the known ones."""
    if not step.name.isidentifier() or step.name == "answer":
        raise CheckDataError(f"{where}: the name of a step must be a Python name, but not 'answer': {step.name!r}")
    match step:
        case Call():
            data = {"call": step.name, "args": [_argument(item, known, where) for item in step.args]}
            data["kwargs"] = {key: _argument(item, known, where) for key, item in step.kwargs.items()}
            data |= {"on": _argument(step.target, known, where)} if step.target else {}
            data |= {"method": step.method} if step.method else {}
        case Get():
            data = {"get": step.name, "on": _argument(step.target, known, where), "attribute": step.attribute}
        case Repeat():
            steps = [_step_data(inner, known, where) for inner in step.steps]
            collect = _argument(step.collect, known, where)
            data = {"repeat": step.name, "times": step.times, "steps": steps, "collect": collect}
    known.add(step.name)
    return data


def _argument(value: Any, known: set[str], where: str) -> Any:
    """Return an argument as JSON-ready data; references and generators may stand anywhere in it."""
    match value:
        case Ref():
            return {"ref": _path(value, known, where)}
        case Rng():
            return {"rng": value.seed}
        case list():
            return [_argument(item, known, where) for item in value]
        case tuple():
            return {"tuple": [_argument(item, known, where) for item in value]}
        case dict():
            return {"dict": [[encode(key), _argument(item, known, where)] for key, item in value.items()]}
    try:
        return encode(value)
    except TypeError as error:
        raise CheckDataError(f"{where}: an argument is {error}") from None


def _path(reference: Ref, known: set[str], where: str) -> list:
    if reference.step not in known:
        raise CheckDataError(f"{where}: {reference!r} refers to no earlier step, there are {', '.join(sorted(known))}")
    return [reference.step, *reference.path]


def _answer(cells: Sequence[str], function: str, where: str) -> Any:
    """Run cells and return the function they define."""
    namespace: dict[str, Any] = {"__name__": "answer"}
    with quietly():
        for cell in cells:
            exec(compile(cell, f"<{where}>", "exec", dont_inherit=True), namespace)  # the instructor's code
    if function not in namespace:
        raise CheckDataError(f"{where}: the source defines no {function}")
    return namespace[function]


def _add_expected(data: dict, answer: Any, where: str) -> None:
    """Store what the solution returns, and make sure that it passes, read back from its 12 digits."""
    for check in data["checks"]:
        spot = f"{where}, check {check['name']!r}"
        outcome = _outcome(check, answer)
        if isinstance(outcome, CallError):
            raise CheckDataError(f"{spot}: the solution raises {outcome.kind} in {outcome.step!r}: {outcome.text}")
        check["values"] = None if check["compare"] in SELF_EVIDENT else _recorded(check, outcome, spot)
    verdict = judge(where, data, answer)
    if not verdict.passed:
        raise CheckDataError(f"the solution fails its own checks: {verdict.text}")


def _add_mistake(data: dict, mistake: KnownMistake, answer: Any, unseen: bool, where: str) -> None:
    """Store what a mistake returns in the checks that it fails."""
    lines = judge(where, data, answer).lines
    if not lines:
        raise CheckDataError(f"{where} cannot be told from an answer that was not started")
    failed = [line.name for line in lines if not line.passed]
    if unseen != (not failed):
        if unseen:
            raise CheckDataError(f"{where} is listed as unseen, but fails {failed[0]!r}")
        raise CheckDataError(f"{where} passes every visible check: add one that sees it, or list it in `unseen`")
    if unseen:
        return
    results = []
    for check in data["checks"]:
        outcome = _outcome(check, answer) if check["name"] in failed else None  # None: as expected
        is_error = isinstance(outcome, CallError)
        results.append({"error": outcome.kind} if is_error else outcome and _recorded(check, outcome, where))
    for other in data["mistakes"]:
        if _alike(other["results"], results):
            raise CheckDataError(f"{where} gives the same results as {other['name']!r}: add a check to tell them apart")
    data["mistakes"].append({"name": mistake.name, "message": mistake.message, "results": results})


def _outcome(check: dict, answer: Any) -> list | CallError:
    try:
        with quietly():
            return observe(check["script"], check["expect"], answer)
    except CallError as error:
        return error


def _recorded(check: dict, outcome: list, where: str) -> list:
    """Return results in the form that the check's comparator expects, ready for JSON."""
    try:
        return encode([moments(sample) for sample in outcome] if check["compare"] == "same_moments" else outcome)
    except (TypeError, ValueError) as error:
        raise CheckDataError(f"{where}: {error}") from None


def _alike(first: list, second: list) -> bool:
    """Tell whether two mistakes give the same results, as nearly as a comparison of a student's results would."""
    for one, other in zip(first, second, strict=True):
        numbers = isinstance(one, list) and isinstance(other, list)
        if close(decode(one), decode(other)) if numbers else one != other:
            return False
    return True


def _layout(data: Any, depth: int = 0, used: int = 0, width: int = 120) -> str:
    """Return sorted JSON in which whatever fits stands on one line, so that two versions can be compared by eye.

    `depth` is the indentation of the line that this begins on, `used` its letters so far.
    """
    line = json.dumps(data, sort_keys=True, ensure_ascii=False, allow_nan=False)
    if used + len(line) < width or not isinstance(data, dict | list):
        return line
    margin = "\n" + " " * (depth + 1)
    if isinstance(data, list) and all(isinstance(item, int | float) for item in data):
        rows = textwrap.wrap(line, width - depth - 2, break_on_hyphens=False, break_long_words=False)
        return margin.join(rows)
    rows = []
    for key, item in sorted(data.items()) if isinstance(data, dict) else enumerate(data):
        name = json.dumps(key, ensure_ascii=False) + ": " if isinstance(data, dict) else ""
        rows.append(name + _layout(item, depth + 1, depth + 2 + len(name), width))
    return ("{%s}" if isinstance(data, dict) else "[%s]") % f",{margin}".join(rows)
