"""The trusted side (T): runs the hidden tests with pytest against a submission it can only reach over a socket.

Started by a supervisor with one socket. It reads the job, asks for sandboxed processes, and reports one outcome a test:

    ["job", {...}]  ->  ["cell", record]*  ["outcome", record]*  ["done", {}]

It owns the expected values, the random numbers and the verdict. Nothing here imports, unpickles or evaluates anything
of the student's; what comes back was rebuilt by `wire`.
"""

import inspect
import socket
import sys
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from autograder import wire
from autograder.manifest import Manifest, Mistake, program_sources, solution_sources
from autograder.program import Program
from autograder.results import Diagnosis, TestOutcome
from autograder.student import Clocks, Control, Submission
from autograder.testing import PartialCredit, StudentError, assert_close

JUDGE_FD = 3


class Job(msgspec.Struct):
    """What a judge is told: where the hidden tests are, the submission's code cells, the seeds of the random inputs."""

    hidden: str
    solution: str
    cells: list[tuple[int, str]]
    seeds: list[int]
    questions: list[str] = []  # only these; all when empty
    clocks: dict[str, float] = {}


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


class Plugin:
    """Tells pytest what the hidden tests may ask for, and hands each collected test to the judge."""

    def __init__(self, judge: "Judge") -> None:
        self._judge = judge

    @pytest.fixture
    def student(self): ...

    @pytest.fixture
    def reference(self): ...

    @pytest.fixture
    def rng(self): ...

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        question = pyfuncitem.path.stem.removeprefix("test_")
        self._judge.judge(question, pyfuncitem.originalname, pyfuncitem.obj)
        return True


class Judge:
    """Owns the expected values and the verdicts of one submission."""

    def __init__(self, job: Job, control: Control) -> None:
        self.job, self.control = job, control
        self.manifest = Manifest.load(job.hidden, job.solution)
        self.tests = {(test.question, test.name): test for test in self.manifest.tests}
        self.reference = Program(program_sources(job.solution))
        self.submissions: dict[tuple[str, ...], Submission] = {}
        self.verdicts: dict[tuple[str, str], str] = {}
        self._mistaken: dict[tuple[str, str], Program] = {}

    def run(self) -> None:
        questions = [one for one in self.manifest.questions if not self.job.questions or one.id in self.job.questions]
        for question in questions:
            if question.packages not in self.submissions:
                submission = Submission(self.control, self.job.cells, question.packages, Clocks(**self.job.clocks))
                self.submissions[question.packages] = submission
                submission.warm_up()
        files = [str(Path(self.job.hidden) / f"test_{question.id}.py") for question in questions]
        options = ["-q", "--no-header", "--assert=plain", "--import-mode=importlib", "-p", "no:cacheprovider"]
        options += ["-c", "/dev/null", "--rootdir", self.job.hidden, "--noconftest"]
        pytest.main([*options, *files], plugins=[Plugin(self)])
        for submission in self.submissions.values():
            submission.end()

    def judge(self, question: str, name: str, function: Callable) -> None:
        """Run one collected test and report its outcome."""
        outcome = self.outcome(self.tests[question, name], function)
        self.verdicts[question, name] = outcome.verdict
        self.control.report("outcome", msgspec.to_builtins(outcome))

    def outcome(self, test, function: Callable) -> TestOutcome:
        """Run one test, over all seeds until one does not pass, and say what came out."""
        made = {"name": test.name, "question": test.question, "max_points": test.points, "title": test.title}
        for needed in test.needs:
            if self.verdicts.get((test.question, needed)) != "pass":
                why = f"not tried: it builds on {needed.removeprefix('test_').replace('_', ' ')!r}, which did not pass"
                return TestOutcome(points=0.0, verdict="skipped", message=why, **made)
        submission = self.submissions[self.manifest.question(test.question).packages]
        for seed in self.job.seeds:
            submission.start_test()
            recorder = Recorder(submission.call)
            fraction, verdict, message = self._try(function, test, recorder, seed)
            if verdict != "pass":
                mistake = self._diagnose(function, test, recorder.log, seed)
                points = round(fraction * test.points, 9)
                return TestOutcome(points=points, verdict=verdict, message=message, mistake=mistake, **made)
        return TestOutcome(points=float(test.points), verdict="pass", **made)

    def _try(self, function: Callable, test, student: Any, seed: int) -> tuple[float, str, str]:
        """One run of a test: the fraction of its points, the verdict, and the message."""
        offered = {
            "student": student,
            "reference": self.reference,
            "rng": np.random.default_rng([seed, zlib.crc32(f"{test.question}/{test.name}".encode())]),
        }
        try:
            function(**{name: offered[name] for name in inspect.signature(function).parameters})
        except AssertionError as error:
            return 0.0, "fail", str(error)
        except PartialCredit as error:
            return error.fraction, "partial", error.message
        except StudentError as error:
            return 0.0, error.kind, error.traceback or error.message
        except Different:
            raise
        except (MemoryError, OSError) as error:
            return 0.0, "infrastructure", f"the grader itself ran into {type(error).__name__}"
        except Exception as error:  # the test choked on what came back
            return 0.0, "fail", f"what your function returned could not be used ({type(error).__name__} in the test)"
        return 1.0, "pass", ""

    def _diagnose(self, function: Callable, test, log: list, seed: int) -> Diagnosis | None:
        """The known mistake that gives the same values in the same calls: all of each, or else the graded part."""
        mistakes = [mistake for mistake in self.manifest.mistakes if mistake.question == test.question]
        for part in dict.fromkeys((None, self.manifest.question(test.question).graded_part)):
            for mistake in mistakes if log else []:
                follower = Follower(partial(call_program, self._program(mistake)), log, part)
                try:
                    _, verdict, _ = self._try(function, test, follower, seed)
                except Different:
                    continue
                if verdict != "pass" and len(follower.log) == len(log):
                    return Diagnosis(mistake.name, mistake.message, mistake.erratum)
        return None

    def _program(self, mistake: Mistake) -> Program:
        key = (mistake.question, mistake.name)
        if key not in self._mistaken:
            cell = self.manifest.question(mistake.question).solution_cell
            source = mistake.apply(solution_sources(self.job.solution)[cell])
            self._mistaken[key] = Program(program_sources(self.job.solution, {cell: source}))
        return self._mistaken[key]


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


def main() -> None:
    sys.dont_write_bytecode = True  # pytest leaves nothing in the hidden folder
    channel = socket.socket(fileno=JUDGE_FD)
    control = Control(channel)
    job = msgspec.convert(wire.receive(channel), Job)
    Judge(job, control).run()
    control.report("done", {})


if __name__ == "__main__":
    sys.exit(main())
