"""The trusted side (T): runs the hidden tests against a submission that it can only reach over a socket.

Its zygote is a pytest session that stops before its first test: what takes long (pytest, numpy, collecting the hidden
tests, the instructor's solution) is done once for an assignment, and a fork of it judges one submission. It reads the
job, asks the supervisor for sandboxed processes, and reports one outcome a test:

    {"cells", "seeds", ...}  ->  ["cell", record]*  ["outcome", record]*  ["done", {}]

It owns the expected values, the random numbers and the verdict. Nothing here imports, unpickles or evaluates anything
of the student's; what comes back was rebuilt by `wire`.
"""

import inspect
import os
import resource
import socket
import sys
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pytest

from autograder import wire, zygote
from autograder.diagnosis import Diagnostics, Different, Recorder
from autograder.manifest import FIXTURES, Manifest, ManifestError, program_sources
from autograder.process import Clocks, Control, Starved
from autograder.program import Program
from autograder.results import TestOutcome
from autograder.student import Submission
from autograder.testing import PartialCredit, StudentError

MEMORY = 4 * 2**30  # bytes of address space of a judge: what strangers send is bounded, and so is what it makes of it
PYTEST = (  # quiet, and without what looks at files beside the tests or collects garbage
    "-s --assert=plain --import-mode=importlib --noconftest --continue-on-collection-errors -c /dev/null "
    "-p no:cacheprovider -p no:terminal -p no:unraisableexception -p no:threadexception -p no:faulthandler"
).split()


class Job(msgspec.Struct):
    """What a judge is told: the submission's code cells, the seeds of the random inputs, and what to look at."""

    cells: list[tuple[int, str]]
    seeds: list[int]
    questions: list[str] = []  # only these; all when empty
    clocks: dict[str, float] = {}
    last: bool = False  # tried alone, for the second time


class Bench:
    """What all judges of an assignment share: the hidden tests, what is expected, and the known mistakes."""

    def __init__(self, hidden: str, solution: str) -> None:
        self.hidden = hidden
        self.manifest = Manifest.load(hidden, solution)
        self.tests = {(test.question, test.name): test for test in self.manifest.tests}
        self.reference = Program(program_sources(solution))
        self.diagnostics = Diagnostics(self.manifest, solution)
        self.diagnostics.prepare()

    @property
    def files(self) -> list[str]:
        return [f"{self.hidden}/test_{question.id}.py" for question in self.manifest.questions]


class Plugin:
    """Tells pytest what hidden tests may ask for; instead of running them it waits, and forks a judge for each job."""

    def __init__(self, bench: Bench, channel: socket.socket) -> None:
        self.bench, self.channel = bench, channel

    @pytest.fixture
    def student(self): ...

    @pytest.fixture
    def reference(self): ...

    @pytest.fixture
    def rng(self): ...

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            sys.stderr.write(f"{report.longrepr}\n"[-4000:])

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item in session.items:
            refuse_more_than_a_function(item)
        zygote.serve(self.channel, partial(self.become_judge, session.items))
        return True

    def become_judge(self, items: list[pytest.Item]) -> None:
        """In a fork: judge one submission."""
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        channel = socket.socket(fileno=zygote.CHANNEL_FD)
        job = msgspec.convert(wire.receive(channel), Job)
        Judge(self.bench, job, Control(channel)).run(items)


def question_of(item: pytest.Item) -> str:
    return item.path.stem.removeprefix("test_")


def refuse_more_than_a_function(item: pytest.Function) -> None:
    """Refuse what pytest would do around a test: fixtures of its own, set-up functions, marks.

    A judge calls the collected functions itself: pytest's protocol around each was a fifth of a short submission's
    work.
    """
    more = [name for name in item.fixturenames if name not in FIXTURES] + [mark.name for mark in item.iter_markers()]
    if more:
        raise ManifestError(f"{item.path}: {item.name}: a hidden test is a function and no more, without {more[0]!r}")


class Judge:
    """Owns the expected values and the verdicts of one submission."""

    def __init__(self, bench: Bench, job: Job, control: Control) -> None:
        self.bench, self.manifest, self.job, self.control = bench, bench.manifest, job, control
        self.submissions: dict[tuple[str, ...], Submission] = {}
        self.verdicts: dict[tuple[str, str], str] = {}
        self.starved = False

    def run(self, items: list[pytest.Item]) -> None:
        """Run the collected tests, all or those of some questions, each with the submission warm in its sandbox."""
        chosen = [one for one in self.manifest.questions if not self.job.questions or one.id in self.job.questions]
        for question in chosen:
            if question.packages not in self.submissions:
                submission = Submission(self.control, self.job.cells, question.packages, Clocks(**self.job.clocks))
                self.submissions[question.packages] = submission
                submission.warm_up()
        names = {question.id for question in chosen}
        for item in items:
            if question_of(item) in names:
                self.judge(question_of(item), item.originalname, item.obj)
        for submission in self.submissions.values():
            submission.end()
        self.control.report("done", {})

    def judge(self, question: str, name: str, function: Callable) -> None:
        """Run one collected test and report its outcome."""
        outcome = self.outcome(self.bench.tests[question, name], function)
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
        self.starved = False
        for seed in self.job.seeds:
            submission.start_test()
            recorder = Recorder(submission.remote_ask)
            fraction, verdict, message = self._try(function, test, seed, recorder)
            if verdict != "pass":
                run = partial(self._try, function, test, seed)
                mistake = self.bench.diagnostics.diagnose(test, recorder.remote_log, run)
                points = round(fraction * test.points, 9)
                found = {"verdict": verdict, "message": message, "mistake": mistake, "flagged": self.starved}
                return TestOutcome(points=points, **found, **made)
        return TestOutcome(points=float(test.points), verdict="pass", **made)

    def _try(self, function: Callable, test, seed: int, student: Any) -> tuple[float, str, str]:
        """One run of a test: the fraction of its points, the verdict, and the message."""
        offered = {
            "student": student,
            "reference": self.bench.reference,
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
        except Starved as error:  # a neighbour's doing, or its own: alone on the machine, a person has to look
            self.starved = self.job.last
            return 0.0, "timeout" if self.job.last else "infrastructure", str(error)
        except (MemoryError, OSError) as error:
            return 0.0, "infrastructure", f"the grader itself ran into {type(error).__name__}"
        except Exception as error:  # the test choked on what came back
            return 0.0, "fail", f"what your function returned could not be used ({type(error).__name__} in the test)"
        return 1.0, "pass", ""


def main(channel: int, hidden: str, solution: str) -> None:
    """Become the zygote of the judges of one assignment: collect its tests, then wait."""
    zygote.die_with_parent(os.getppid())
    sys.dont_write_bytecode = True  # pytest leaves nothing in the hidden folder
    bench = Bench(hidden, solution)
    if "torch" in sys.modules or any("torch" in question.packages for question in bench.manifest.questions):
        import torch._dynamo  # the first optimizer imports it, and takes a second for that

        torch.set_num_threads(1)
    if sys.platform == "linux":
        threads = len(os.listdir("/proc/self/task"))
        assert threads == 1, f"{threads} threads in a zygote: a fork would hang"
    pytest.main([*PYTEST, "--rootdir", hidden, *bench.files], plugins=[Plugin(bench, socket.socket(fileno=channel))])
