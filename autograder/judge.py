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
from autograder.diagnosis import Diagnostics, Different, Recorder
from autograder.manifest import Manifest, program_sources
from autograder.process import Clocks, Control
from autograder.program import Program
from autograder.results import TestOutcome
from autograder.student import Submission
from autograder.testing import PartialCredit, StudentError

JUDGE_FD = 3


class Job(msgspec.Struct):
    """What a judge is told: where the hidden tests are, the submission's code cells, the seeds of the random inputs."""

    hidden: str
    solution: str
    cells: list[tuple[int, str]]
    seeds: list[int]
    questions: list[str] = []  # only these; all when empty
    clocks: dict[str, float] = {}


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
        self.diagnostics = Diagnostics(self.manifest, job.solution)

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
            fraction, verdict, message = self._try(function, test, seed, recorder)
            if verdict != "pass":
                run = partial(self._try, function, test, seed)
                mistake = self.diagnostics.diagnose(test, recorder.log, run)
                points = round(fraction * test.points, 9)
                return TestOutcome(points=points, verdict=verdict, message=message, mistake=mistake, **made)
        return TestOutcome(points=float(test.points), verdict="pass", **made)

    def _try(self, function: Callable, test, seed: int, student: Any) -> tuple[float, str, str]:
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


def main() -> None:
    sys.dont_write_bytecode = True  # pytest leaves nothing in the hidden folder
    channel = socket.socket(fileno=JUDGE_FD)
    control = Control(channel)
    job = msgspec.convert(wire.receive(channel), Job)
    Judge(job, control).run()
    control.report("done", {})


if __name__ == "__main__":
    sys.exit(main())
