"""Grading submissions on all cores: the coordinator's side. It runs no student code and reads no expected value.

    with Grader(course, "a03_optimizers", jobs=2) as grader:
        for result in grader.grade([Task("hopper", cells), Task("lovelace", cells)]):
            print(result.student, result.score)

Each job is a line to one supervisor process. A supervisor or judge that dies is started again, and what it was at tried
once more when nothing else runs. If it fails again, its tests are `infrastructure`: flagged for a person, never a 0; a
judge that died both times is a `crash`, flagged as well, so that nobody can hide in "infrastructure".
"""

import contextlib
import hashlib
import hmac
import itertools
import os
import platform
import queue
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import msgspec

from autograder import keys, sandbox, wire
from autograder.course import Course, CourseError
from autograder.manifest import Manifest
from autograder.results import CellRun, Result, TestOutcome
from autograder.supervisor import judge_environment

AHEAD = 4  # tasks a line has in hand or before it
INERT_MODULES = ("check", "explorer", "figures")  # they draw or ask; in the sandbox they do nothing
INERT_SOURCE = '''"""Does nothing while grading."""

from autograder.inert import Inert


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Inert()
'''


class Task(msgspec.Struct, frozen=True):
    """One submission to grade: its code cells as (index, source).

    A class leaves the rest alone; audit looks at single `questions`, and at the seeds 0, 1, ... A `seed` is given where
    the grader does not have the course's secret.
    """

    student: str
    cells: list[tuple[int, str]]
    questions: tuple[str, ...] = ()
    seeds: int = 0
    seed: int | None = None

    def __repr__(self) -> str:
        """Without the code and the seed: this is what logs show."""
        return f"Task({self.student!r}, {len(self.cells)} cells)"


class Grader:
    """A supervisor for one assignment, with `jobs` lines.

    `.tier` is what the sandbox really is; `.why` says why it is not stronger.

    The argument `tier` asks for a weaker sandbox than there could be; `clocks` are limits other than those of
    `process.Clocks`.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        *,
        jobs: int | None = None,
        tier: int | None = None,
        wall_seconds: float = 180.0,
        clocks: dict[str, float] | None = None,
    ) -> None:
        self.course = course
        self.assignment = course.assignment(assignment).name
        self.judged_by = self._files()
        self.manifest = load_manifest(course, self.assignment)
        self.jobs = jobs or cores()
        self.wall_seconds = wall_seconds
        self.tier, self.why = sandbox.probe() if tier is None else (tier, "it was asked for")
        self.clocks = clocks or {}
        self.folder = tempfile.TemporaryDirectory(prefix="mmcourse-grader-")
        self.taught = stage_taught(course, self.assignment, Path(self.folder.name))
        hidden = self.course.hidden / self.assignment
        solution = self.course.solutions / self.assignment / f"{self.assignment}.ipynb"
        kinds = list(dict.fromkeys(question.packages for question in self.manifest.questions))
        self.crew = Crew(self.jobs, self.folder.name, self.tier, self.taught, str(hidden), str(solution), kinds)

    def __enter__(self) -> "Grader":
        return self

    def __exit__(self, *error: object) -> None:
        self.crew.close()
        self.folder.cleanup()

    @property
    def sandbox(self) -> str:
        return f"tier {self.tier}"

    @cached_property
    def environment(self) -> str:
        """A digest of all that a result depends on besides the submission; see keys.py."""
        notebook = self.course.solutions / self.assignment / f"{self.assignment}.ipynb"
        return keys.digest(
            {
                "hidden": keys.tree(self.course.hidden / self.assignment),
                "solution": hashlib.sha256(notebook.read_bytes()).hexdigest(),
                "machine": platform.machine(),
                "taught": keys.tree(Path(self.taught), "**/*.py"),
                "grader": keys.tree(Path(__file__).parent, "*.py"),
                "versions": self.versions,
                "sandbox": self.sandbox,
                "clocks": self.clocks,
                "wall": self.wall_seconds,
            }
        )

    @property
    def versions(self) -> dict[str, str]:
        """Versions of Python, of what a sandbox contains, of what judges, and of what the hidden tests import."""
        packages = {name for question in self.manifest.questions for name in question.packages}
        imported = keys.imported(self.course.hidden / self.assignment)
        return keys.versions([*packages, *imported, *sandbox.ALWAYS, "pytest"])

    @property
    def in_words(self) -> str:
        versions = ", ".join(f"{name} {found or 'missing'}" for name, found in self.versions.items())
        return f"{self.sandbox}, {versions}"

    def key_of(self, cells: list[tuple[int, str]]) -> str:
        """The content key of a submission: equal keys, equal results."""
        return keys.result_key(cells, submission_seed(self.course, self.assignment, cells), self.environment)

    def grade_one(self, cells: list, student: str = "") -> Result:
        """Grade one submission, given as cells (index, source)."""
        return next(self.grade([Task(student, cells)]))

    def grade(self, tasks: Iterable[Task]) -> Iterator[Result]:
        """Grade all `tasks` on all lines and yield each result as it comes.

        Tasks are taken as they are needed, `AHEAD` for each line, so they may be made one by one. What could not be
        judged is tried once more at the end, alone on the machine: then a starved clock or a lack of memory is no
        neighbour's doing.
        """
        again: list[Task] = []
        for task, result in self._grade_all(iter(tasks)):
            self._require_unchanged()
            if result.needs_attention:
                again.append(task)
            else:
                yield result
        for task in again:
            result = self.grade_on(0, task, last=True)
            self._require_unchanged()
            yield result

    def _files(self) -> dict[Path, tuple[int, int]]:
        """What judges: each file with its time and size."""
        solution = self.course.solutions / self.assignment / f"{self.assignment}.ipynb"
        hidden = self.course.hidden / self.assignment
        paths = [path for path in (solution, *(hidden / name for name in keys.files(hidden))) if path.is_file()]
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in paths}

    @property
    def outdated(self) -> bool:
        """Whether the files that judge are others than at the start: make a new grader."""
        return self._files() != self.judged_by

    def _require_unchanged(self) -> None:
        """Refuse a result when the files it is judged by are others than at the start: which of them nobody knows."""
        if (now := self._files()) != self.judged_by:
            path = min(path for path, _ in set(now.items()) ^ set(self.judged_by.items()))
            raise CourseError(
                f"{path} has changed while the class was being graded; what was recorded stays: run the command again"
            )

    def _grade_all(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Result]]:
        waiting: queue.SimpleQueue = queue.SimpleQueue()
        results: queue.SimpleQueue = queue.SimpleQueue()
        for line in range(self.jobs):
            threading.Thread(target=self._work, args=(line, waiting, results), daemon=True).start()
        flying = 0
        try:
            while True:
                for task in itertools.islice(tasks, AHEAD * self.jobs - flying):
                    waiting.put(task)
                    flying += 1
                if not flying:
                    return
                found = results.get()
                flying -= 1
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            with contextlib.suppress(queue.Empty):  # nobody wants the rest any more
                while True:
                    waiting.get_nowait()
            for _ in range(self.jobs):
                waiting.put(None)

    def _work(self, line: int, waiting: queue.SimpleQueue, results: queue.SimpleQueue) -> None:
        try:
            while (task := waiting.get()) is not None:
                results.put((task, self.grade_on(line, task)))
        except BaseException as error:
            results.put(error)

    def grade_on(self, line: int, task: Task, last: bool = False) -> Result:
        """Grade one submission on one line; `last` says that it is the second try, alone."""
        started = time.monotonic()
        seed = submission_seed(self.course, self.assignment, task.cells) if task.seed is None else task.seed
        job = {
            "cells": [list(cell) for cell in task.cells],
            "seeds": list(range(task.seeds)) or [seed],
            "questions": list(task.questions),
            "clocks": self.clocks,
            "last": last,
        }
        found = self.crew.grade(line, job, self.wall_seconds * max(1, task.seeds / 10))
        return Result(
            assignment=self.assignment,
            student=task.student,
            tests=self._complete(found, task, last),
            cells=each_once([msgspec.convert(record, CellRun) for record in found["cells"]]),
            sandbox=self.sandbox,
            seconds=round(time.monotonic() - started, 3),
            seed=seed,
        )

    def _complete(self, found: dict, task: Task, last: bool) -> list[TestOutcome]:
        """One outcome for each test the manifest declares, whatever was reported; the manifest's points count.

        A judge that dies twice of the same submission, or a processor that is busy even when nothing else runs, has met
        something in it: a crash or a timeout, for a person to look at.
        """
        met = {"judge": "crash", "starved": "timeout"}.get(found["died"], "") if last else ""
        verdict = "timeout" if found["over"] else met or "infrastructure"
        reported = {(record["question"], record["name"]): record for record in found["outcomes"]}
        outcomes = []
        for test in self.manifest.tests:
            if task.questions and test.question not in task.questions:
                continue
            record = reported.get((test.question, test.name))
            if record is not None:
                outcomes.append(msgspec.convert(record, TestOutcome))
                continue
            outcomes.append(
                TestOutcome(
                    test.name, test.question, 0.0, test.points, verdict, test.title, found["trouble"], flagged=bool(met)
                )
            )
        return outcomes


def unjudged(manifest: Manifest, task: Task, trouble: str, sandbox: str) -> Result:
    """The result of a submission that nobody could grade, for a reason of ours."""
    tests = [
        TestOutcome(test.name, test.question, 0.0, test.points, "infrastructure", test.title, trouble)
        for test in manifest.tests
    ]
    return Result(manifest.name, task.student, tests, sandbox, seed=task.seed or 0)


def each_once(runs: list[CellRun]) -> list[CellRun]:
    """One run a cell. Where questions need different packages a cell ran in several sandboxes: one where it worked."""
    kept: dict[int, CellRun] = {}
    for run in runs:
        if run.index not in kept or kept[run.index].status != "ok":
            kept[run.index] = run
    return [kept[index] for index in sorted(kept)]


class Crew:
    """The supervisor process with a line to it for each job; started when the first is used, and again when it dies."""

    def __init__(self, jobs: int, folder: str, *arguments: object) -> None:
        self.jobs, self.folder, self.arguments = jobs, folder, arguments
        self.process: subprocess.Popen | None = None
        self.channels: list[socket.socket] = []
        self.turn = threading.Lock()
        self.closed = False

    def start(self) -> None:
        pairs = [socket.socketpair() for _ in range(self.jobs)]
        self.channels = [ours for ours, _ in pairs]
        given = [theirs.fileno() for _, theirs in pairs]
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-c",
                f"from autograder import supervisor; supervisor.main({given}, *{self.arguments!r})",
            ],
            stdin=subprocess.DEVNULL,
            pass_fds=given,
            env=judge_environment(self.folder),
            cwd=self.folder,
        )
        for _, theirs in pairs:
            theirs.close()

    def channel(self, line: int) -> socket.socket:
        with self.turn:
            if self.closed:  # a line that was still at work when the batch was given up
                raise RuntimeError("this grader has ended: make a new one")
            if self.process is None:
                self.start()
            return self.channels[line]

    def end(self, channel: socket.socket) -> None:
        """Give up the process behind `channel`, unless another line already has: all lines of one process end."""
        with self.turn:
            if channel in self.channels:
                self.stop()

    def close(self) -> None:
        """End for good."""
        with self.turn:
            self.closed = True
            self.stop()

    def stop(self) -> None:
        if self.process is None:
            return
        for channel in self.channels:
            with contextlib.suppress(OSError):
                channel.shutdown(socket.SHUT_RDWR)  # wakes a line that waits for an answer
            channel.close()  # the supervisor ends, and with it its folder and sandboxes
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process, self.channels = None, []

    def grade(self, line: int, job: dict, wall_seconds: float) -> dict:
        channel = self.channel(line)
        try:
            wire.send(channel, ["grade", job, wall_seconds])
            return wire.receive(channel)[1]
        except (wire.WireError, OSError) as error:
            self.end(channel)
            trouble = f"the supervisor ended: {error}"
            return {"outcomes": [], "cells": [], "done": False, "over": False, "died": "", "trouble": trouble}


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_manifest(course: Course, assignment: str) -> Manifest:
    notebook = course.solutions / assignment / f"{assignment}.ipynb"
    return Manifest.load(course.hidden / assignment, notebook)


def submission_seed(course: Course, assignment: str, cells: list) -> int:
    """Seed of the hidden tests' random inputs: equal code, equal seed; unknown without the course's secret."""
    code = "\n\n".join("\n".join(line.rstrip() for line in source.strip().splitlines()) for _, source in cells)
    digest = hmac.new(course_secret(course), f"{assignment}\n{code}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:6], "big")


def course_secret(course: Course) -> bytes:
    """The course's own random secret, made at first use, readable by its owner only."""
    path = course.root / ".course_secret"
    if not path.exists():
        handle, fresh = tempfile.mkstemp(dir=course.root, prefix=".course_secret.")  # readable by its owner only
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())  # every seed comes from it: it must be there after a power cut, too
        with contextlib.suppress(FileExistsError):  # of two that start at once, one is first, and both use its secret
            os.link(fresh, path)
        os.unlink(fresh)
    return path.read_bytes()


def stage_taught(course: Course, assignment: str, folder: Path) -> str:
    """Copy of mmcourse with only what was taught before `assignment`; what draws or asks is there, and inert."""
    import mmcourse

    package = Path(mmcourse.__file__).parent
    staged = folder / "mmcourse"
    staged.mkdir()
    (staged / "__init__.py").write_text('"""What the course has taught before this assignment."""\n')
    for name in INERT_MODULES:
        (staged / f"{name}.py").write_text(INERT_SOURCE)
    for module in course.modules_before(assignment):
        source = package.joinpath(*module.split(".")[1:]).with_suffix(".py")
        if not source.is_file():
            continue  # planned, not written yet
        target = staged / source.relative_to(package)
        for parent in reversed(target.relative_to(staged).parents[:-1]):
            (staged / parent).mkdir(exist_ok=True)
            (staged / parent / "__init__.py").touch()
        shutil.copyfile(source, target)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return str(staged)
