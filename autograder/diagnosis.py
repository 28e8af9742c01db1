"""Naming the known mistake behind a failed test: the one that gives equal values in the same calls.

The failed test runs again, on the same seed, against each known mistake of its question (`Follower`), and stops at the
first call that differs from what the submission gave (`Recorder`).
"""

from collections.abc import Callable
from typing import Any

from autograder.handles import Name, Remote, subject
from autograder.manifest import HiddenTest, Manifest, program_sources, solution_sources
from autograder.program import Program
from autograder.results import Diagnosis
from autograder.testing import OpaqueValue, StudentError, assert_close


class Recorder:
    """The `student` of a test: passes each request on, and remembers what it gave, those of handles too."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask, self.remote_log = ask, []

    def __getattr__(self, name: str) -> Name:
        if name.startswith("_"):
            raise AttributeError(name)
        return Name(self, name)

    def remote_ask(self, verb: str, *parts: Any, link: Any = None) -> Any:
        what = f"{verb} {subject(verb, parts).rpartition('.')[2]}"
        try:
            value = self._ask(verb, *parts, link=self)
        except Exception as error:
            self._remember(what, in_words(error))
            raise
        self._remember(what, without_handles(value))
        return value

    def _remember(self, what: str, value: Any) -> None:
        self.remote_log.append((what, value))


class Different(BaseException):
    """A known mistake gave another value than the student's function: it is not the one. No test catches this."""


class Follower(Recorder):
    """Records like `Recorder`, and stops at the first request that differs from a record made before."""

    def __init__(self, ask: Callable[..., Any], log: list, part: int | str | None) -> None:
        super().__init__(ask)
        self._expected, self._part = log, part

    def _remember(self, what: str, value: Any) -> None:
        number = len(self.remote_log)
        if number >= len(self._expected) or not same_call((what, value), self._expected[number], self._part):
            raise Different
        super()._remember(what, value)


class Diagnostics:
    """The known mistakes of an assignment as programs."""

    def __init__(self, manifest: Manifest, solution: str) -> None:
        self.manifest, self.solution = manifest, solution
        self._programs: dict[tuple[str, str], Program] = {}

    def prepare(self) -> None:
        """Make all programs now, before the forks that use them."""
        solutions = solution_sources(self.solution)
        for mistake in self.manifest.mistakes:
            cell = self.manifest.question(mistake.question).solution_cell
            sources = program_sources(self.solution, {cell: mistake.apply(solutions[cell])})
            self._programs[mistake.question, mistake.name] = Program(sources)

    def diagnose(self, test: HiddenTest, log: list, run: Callable[[Any], tuple]) -> Diagnosis | None:
        """The known mistake that gives the same values in the same calls: all of each, or else the graded part.

        `run(student)` runs the failed test once more; the second part of what it returns is its verdict.
        """
        mistakes = [mistake for mistake in self.manifest.mistakes if mistake.question == test.question]
        if not log or unanswered(log[0][1]):
            return None
        for part in dict.fromkeys((None, self.manifest.question(test.question).graded_part)):
            for mistake in mistakes:
                program = self._programs[mistake.question, mistake.name]
                follower = Follower(program.remote_ask, log, part)
                try:
                    _, verdict, _ = run(follower)
                except Different:
                    continue
                if verdict != "pass" and len(follower.remote_log) == len(log):
                    return Diagnosis(mistake.name, mistake.message, mistake.erratum)
        return None


def unanswered(value: Any) -> bool:
    """Whether a call met the stub, or nothing at all: that is no mistake."""
    return isinstance(value, str) and value.startswith(("NotImplementedError", "NameError: your notebook defines no"))


OBJECT = "an object"


def in_words(error: Exception) -> str:
    """What was raised in the student's code, or in a known mistake, as one text: two that agree are the same error."""
    if isinstance(error, StudentError):
        return f"{error.type_name or error.kind}: {error.message}"
    return f"{type(error).__name__}: {error}"


def without_handles(value: Any) -> Any:
    """A value to remember: an object of the student's is one like any other, and a log keeps none of them alive."""
    if isinstance(value, Remote | OpaqueValue):
        return OBJECT
    if type(value) in (list, tuple):
        return type(value)(map(without_handles, value))
    if type(value) is dict:
        return {without_handles(key): without_handles(item) for key, item in value.items()}
    return value


def same_call(mistaken: tuple[str, Any], seen: tuple[str, Any], part: int | str | None = None) -> bool:
    """Whether two recorded calls agree: the same function, and equal values within rounding; or equal `part`s of them.

    A question says which part is graded when the rest, such as a state, is laid out as each student likes.
    """
    if mistaken[0] != seen[0]:
        return False
    ours, theirs = mistaken[1], seen[1]
    try:
        if part is not None and not isinstance(ours, str):  # a string names the exception that was raised
            ours, theirs = ours[part], theirs[part]
        assert_close(theirs, ours, rtol=1e-6, atol=1e-9)
    except (AssertionError, LookupError, TypeError):
        return False
    except Exception:  # a value that no mistake of ours returns
        return False
    return True
