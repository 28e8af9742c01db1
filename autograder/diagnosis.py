"""Naming the known mistake behind a failed test: the one that gives equal values in the same calls.

The failed test runs again, on the same seed, against each known mistake of its question (`Follower`), and stops at the
first call that differs from what the submission gave (`Recorder`).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from autograder.manifest import HiddenTest, Manifest, Mistake, program_sources, solution_sources
from autograder.program import Program
from autograder.results import Diagnosis
from autograder.testing import assert_close


class Recorder:
    """Stands between a test and the functions it calls, and remembers what each call gave."""

    def __init__(self, call: Callable[[str, tuple, dict], Any]) -> None:
        self._call, self.log = call, []

    def __getattr__(self, name: str) -> Callable:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                value = self._call(name, args, kwargs)
            except Exception as error:
                self._remember(name, type(error).__name__)
                raise
            self._remember(name, value)
            return value

        return call

    def _remember(self, name: str, value: Any) -> None:
        self.log.append((name, value))


class Different(Exception):
    """A known mistake gave another value than the student's function: it is not the one."""


class Follower(Recorder):
    """Records like `Recorder`, and stops at the first call that differs from a record made before."""

    def __init__(self, call: Callable[[str, tuple, dict], Any], log: list, part: int | str | None) -> None:
        super().__init__(call)
        self._expected, self._part = log, part

    def _remember(self, name: str, value: Any) -> None:
        number = len(self.log)
        if number >= len(self._expected) or not same_call((name, value), self._expected[number], self._part):
            raise Different
        super()._remember(name, value)


class Diagnostics:
    """The known mistakes of an assignment as programs, made when they are first needed."""

    def __init__(self, manifest: Manifest, solution: str) -> None:
        self.manifest, self.solution = manifest, solution
        self._programs: dict[tuple[str, str], Program] = {}

    def diagnose(self, test: HiddenTest, log: list, run: Callable[[Any], tuple]) -> Diagnosis | None:
        """The known mistake that gives the same values in the same calls: all of each, or else the graded part.

        `run(student)` runs the failed test once more; the second part of what it returns is its verdict.
        """
        mistakes = [mistake for mistake in self.manifest.mistakes if mistake.question == test.question]
        for part in dict.fromkeys((None, self.manifest.question(test.question).graded_part)):
            for mistake in mistakes if log else []:
                follower = Follower(partial(call_program, self._program(mistake)), log, part)
                try:
                    _, verdict, _ = run(follower)
                except Different:
                    continue
                if verdict != "pass" and len(follower.log) == len(log):
                    return Diagnosis(mistake.name, mistake.message, mistake.erratum)
        return None

    def _program(self, mistake: Mistake) -> Program:
        key = (mistake.question, mistake.name)
        if key not in self._programs:
            cell = self.manifest.question(mistake.question).solution_cell
            source = mistake.apply(solution_sources(self.solution)[cell])
            self._programs[key] = Program(program_sources(self.solution, {cell: source}))
        return self._programs[key]


def call_program(program: Program, name: str, args: tuple, kwargs: dict) -> Any:
    return getattr(program, name)(*args, **kwargs)


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
