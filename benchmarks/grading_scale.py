"""What holds for a thousand students: recording, an even rate, even memory, and a second Dask worker.

    python -m benchmarks.grading --scale                     # everything; some ten minutes
    python -m benchmarks.grading --scale --submissions 100   # a look

prints the tables and writes benchmarks/grading_scale.md. Targets are those of the project; what misses one is marked.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.batch import at_work, grade_class
from autograder.course import Course
from autograder.desk import Desk
from autograder.gradebook import open_gradebook
from autograder.results import Result, TestOutcome
from benchmarks.grading_class import distinct_answers, make_ours, source_of, unanswered
from benchmarks.grading_report import machine, met, row
from benchmarks.processes import private_mib

REPORT = Path(__file__).with_suffix(".md")
SUBMISSIONS = 1000
JOBS = 2
NAME = "a01_tensors"  # torch allowed, ten tests
SECOND = "\nimport time as _time\n_end = _time.process_time() + 1.0\nwhile _time.process_time() < _end: pass\n"


@dataclass(frozen=True)
class Line:
    """One measurement beside its target."""

    what: str
    found: str
    target: str
    good: bool


def coordinator(folder: Path, count: int) -> Iterator[Line]:
    """What one process does for all workers: reading, and recording results at hand, all of them new."""
    course, name = a_class(folder, NAME, unanswered, count)
    students = sorted(path.name for path in course.submissions.iterdir())
    with at_work(course, name, jobs=1, unsafe=True) as batch, open_gradebook(course) as gradebook:
        desk = Desk(batch, gradebook, again=False)
        with Rate(count) as reading:
            entries = [batch.read(student) for student in students]
        manifest = batch.grader.manifest
        tests = [TestOutcome(test.name, test.question, 0.0, test.points, "fail", test.title) for test in manifest.tests]
        result = Result(name, "", tests, batch.grader.sandbox)
        with Rate(count) as noting:
            for entry in entries:
                batch.ledger.result(entry.key)
                batch.ledger.lease(entry.student)  # as if all of them differed
                batch.ledger.keep(entry.student, result)
        with Rate(count) as recording:
            for entry in entries:
                desk.take(entry, result, "graded")
            desk.store()
    rate = recording.found
    yield Line(f"recording, {count} new students", f"{rate:.0f} a second", "150 or more", rate >= 150)
    yield Line("reading their notebooks", f"{reading.found:.0f} a second", "", True)
    yield Line("looking up, leasing and keeping in the ledger", f"{noting.found:.0f} a second", "", True)
    both = 1 / sum(1 / one.found for one in (reading, noting, recording))
    yield Line("all three: what one coordinator can keep up with", f"{both:.0f} a second", "", True)


class Rate:
    """So many a second, in a block of `count` of them."""

    def __init__(self, count: int) -> None:
        self.count, self.found = count, 0.0

    def __enter__(self) -> "Rate":
        self.started = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.found = self.count / (time.perf_counter() - self.started)


def evenness(folder: Path, count: int) -> Iterator[Line]:
    """A whole class, every program different: the first part of it against the last, and what the coordinator holds."""
    course, name = a_class(folder, NAME, distinct_answers, count)
    part = count // 10
    moments, memory = [time.perf_counter()], []
    for _ in grade_class(course, name, jobs=JOBS, unsafe=True):
        moments.append(time.perf_counter())
        if len(moments) - 1 in (part, count):
            memory.append(private_mib(os.getpid()))
    head = moments[part // 5]  # the first ones pay for the start
    first = (part - part // 5) / (moments[part] - head)
    last = part / (moments[-1] - moments[-1 - part])
    yield Line(
        f"{count} submissions: rate of the last {part} by that of the first",
        f"{last / first:.2f} ({last:.1f} and {first:.1f} a second)", "0.90 or more", last >= 0.9 * first,
    )  # fmt: skip
    grown = memory[-1] - memory[0]
    yield Line(
        f"growth of the coordinator from the {part}th to the last", f"{grown:.1f} MiB", "20 or less", grown <= 20
    )
    yield Line("whole class, start included", f"{count / (moments[-1] - moments[0]):.1f} a second", "", True)


def workers(folder: Path, count: int) -> Line:
    """One Dask worker against two, on submissions that compute for a second of CPU."""
    from distributed import LocalCluster

    rates = []
    for number in (1, 2):
        course, name = a_class(folder / str(number), NAME, slow_answers, count)
        with LocalCluster(n_workers=number, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
            found = grade_class(course, name, cluster=cluster.scheduler_address, unsafe=True)
            next(found)  # start and the first chunk
            started = time.perf_counter()
            rest = sum(1 for _ in found)
            rates.append(rest / (time.perf_counter() - started))
    gain = rates[1] / rates[0]
    return Line(
        f"two Dask workers by one, {count} submissions of a second of CPU",
        f"{gain:.2f} ({rates[1]:.2f} and {rates[0]:.2f} a second)", "1.5 or more", gain >= 1.5,
    )  # fmt: skip


def slow_answers(manifest, solutions, count: int) -> list[dict[str, str]]:
    """Right answers, the first cell of which computes for a second."""
    answers = distinct_answers(manifest, solutions, count)
    first = manifest.questions[0].solution_cell
    return [{**answer, first: answer[first] + SECOND} for answer in answers]


def a_class(folder: Path, name: str, kind, count: int) -> tuple[Course, str]:
    source, manifest, solutions = source_of(name)
    answers = kind(solutions, count) if kind is unanswered else kind(manifest, solutions, count)
    return make_ours(source, name, folder, answers), name


def measure(submissions: int) -> int:
    """Measure, print the table and write it beside this module; 1 when a target is missed."""
    with tempfile.TemporaryDirectory(prefix="mmcourse-scale-") as name:
        folder = Path(name)
        lines = [
            *coordinator(folder / "recording", submissions),
            *evenness(folder / "even", submissions),
            workers(folder / "workers", max(20, submissions // 20)),
        ]
    given = "" if submissions == SUBMISSIONS else f" --submissions {submissions}"
    text = "\n".join(
        [
            "# What holds for a thousand students",
            "",
            f"Written by `python -m benchmarks.grading --scale{given}`. {machine()}. {JOBS} jobs, {NAME} (torch, "
            "ten hidden tests). Memory is the coordinator's own (USS). Recording is the annotated notebook, the result "
            "file, the gradebook and the ledger, all on disk.",
            "",
            row("", "measured", "target", "met"),
            row("---", "---", "---", "---"),
            *(row(line.what, line.found, line.target, met(line.good) if line.target else "") for line in lines),
        ]
    )
    if submissions >= SUBMISSIONS:
        REPORT.write_text(text + "\n", encoding="utf-8")
    print(text)
    return int(not all(line.good for line in lines))
