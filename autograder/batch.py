"""A whole class: reads every submission of an assignment, grades what can be read, records all of it, loses nobody.

    for graded in grade_class(course, "a03_optimizers"):
        print(graded.student, graded.result.score)

One submission that cannot be read is a note in its own result and a score of what it contains, which may be nothing;
everyone else is graded. Whoever handed in the same code has the same result, found out once. The ledger knows what
stands in the gradebook: a batch that was killed goes on where it was, and who has nothing new is not graded again.

    for change in preview(course, "a03_optimizers"):        # what would be different if everybody were graded now
        print(change.student, change.before, change.after, change.tests)
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from autograder import keys
from autograder.config import late_rule
from autograder.course import Course, CourseError
from autograder.gradebook import Sheet, open_gradebook, overridden, record, recorded_students
from autograder.grading import Grader, Task, load_manifest
from autograder.ledger import Ledger
from autograder.recording import annotate, sheet_of, timestamp, write_autograded
from autograder.release import read_released
from autograder.repair import Submitted, Unreadable, cells_to_run, fit, plain_cells, read_bytes, read_submission
from autograder.results import Result, load_result, result_path

CHUNK = 20  # results recorded in one go
POLL = 0.5  # seconds between looks at what another batch is grading


@dataclass(frozen=True)
class Graded:
    """One student's result, as it stands in the gradebook; without what the cells printed, which its file has.

    `news` says what became of it: "graded" now, "shared" with someone who handed in the same code, "unchanged" since it
    was recorded, or "outdated": unchanged, but recorded when tests or environment were others.
    """

    student: str
    result: Result
    total: int  # students in the batch
    news: str = "graded"


def submitters(course: Course, assignment: str) -> list[str]:
    """Students with a folder for `assignment`, in order of name; a name that nothing can write down is no student's."""
    return sorted(name for name in folders(course, assignment) if writable(name))


def folders(course: Course, assignment: str) -> list[str]:
    folder = course.submissions
    found = [path for path in folder.iterdir() if (path / assignment).is_dir()] if folder.is_dir() else []
    return [path.name for path in found if not path.name.startswith(".")]


def writable(name: str) -> bool:
    """Whether a folder's name is text: gradebook, results and pages are UTF-8."""
    try:
        return bool(name.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def left_out(course: Course, assignment: str) -> list[str]:
    """Folders whose names are no text, as they can be shown: nobody can be graded under them."""
    return sorted(ascii(name) for name in folders(course, assignment) if not writable(name))


def check_students(course: Course, assignment: str, wanted: list[str]) -> list[str]:
    """The students to grade: all, or those `wanted`; an unknown one is an error that says who there is."""
    there = submitters(course, assignment)
    if not there:
        raise CourseError(
            f"no submissions of {assignment}: expected {course.submissions}/STUDENT/{assignment}/{assignment}.ipynb"
        )
    unknown = [student for student in wanted if student not in there]
    if unknown:
        shown = ", ".join(there[:8]) + (", ..." if len(there) > 8 else "")
        raise CourseError(f"no submission of {assignment} by {', '.join(unknown)}; there are {len(there)}: {shown}")
    return wanted or there


def grade_class(
    course: Course,
    assignment: str,
    students: list[str] | None = None,
    *,
    again: bool = False,
    **options: object,
) -> Iterator[Graded]:
    """Grade and record `students` (all who submitted by default), yielding each once it is recorded or known.

    Who has handed in nothing new since is not graded again, even where the tests have changed: marks move when somebody
    says `again`. `options` are those of `at_work`.
    """
    name = course.assignment(assignment).name
    students = check_students(course, name, students or [])
    with at_work(course, name, **options) as batch, open_gradebook(course) as gradebook:
        desk = Desk(batch, gradebook, again)
        try:
            yield from batch.run(students, desk)
        finally:
            desk.store()


@contextmanager
def at_work(
    course: Course,
    name: str,
    *,
    jobs: int | None = None,
    unsafe: bool = False,
    cluster: str = "",
    **options: object,
) -> Iterator["Batch"]:
    """A batch with its ledger and its grader: one of this machine, or of the Dask `cluster` at an address.

    `options` are those of the grader: another tier, other clocks.
    """
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger(course.results / "ledger.db"))
        if cluster:
            from autograder.cluster import Cluster

            found = stack.enter_context(Cluster(course, name, address=cluster, **options))
        else:
            found = stack.enter_context(Grader(course, name, jobs=jobs, **options))
        require_sandbox(found, unsafe)
        yield Batch(course, name, found, ledger)


def require_sandbox(grader: Grader, unsafe: bool) -> None:
    if grader.tier == 0 and not unsafe:
        raise CourseError(
            f"this machine's sandbox does not protect files (tier 0: {grader.why}); "
            "grade a class elsewhere, or accept that with --unsafe"
        )


@dataclass(frozen=True)
class Entry:
    """One submission as it was read: its code, the digest of all that is recorded of it, and its content key."""

    student: str
    submitted: Submitted
    cells: list[tuple[int, str]]
    digest: str
    key: str


class Batch:
    """Goes through the students of one assignment: what is known is given out, the rest graded, nothing twice."""

    def __init__(self, course: Course, name: str, grader: Grader, ledger: Ledger) -> None:
        self.course, self.name, self.grader, self.ledger = course, name, grader, ledger
        self.released = read_released(course, name)
        self.done: list[Graded] = []

    def run(self, students: list[str], desk: "Desk") -> Iterator[Graded]:
        """Bring each student to the `desk`, which takes (entry, result) and may know that there is nothing to do."""
        pending = list(students)
        while pending:
            before = len(pending)
            pending = yield from self._pass(pending, desk, len(students))
            if len(pending) == before:  # another batch is at work on all that is left
                time.sleep(POLL)

    def _pass(self, students: list[str], desk: "Desk", total: int) -> Iterator[Graded]:
        """Once through `students`; returns those whose code is being graded for somebody else."""
        flying: dict[str, Entry] = {}
        later: list[str] = []
        ready: list[Graded] = []

        def tasks() -> Iterator[Task]:
            for student in students:
                entry = self.read(student)
                if (graded := desk.known(entry, total)) is not None:
                    ready.append(graded)
                elif (result := self.ledger.result(entry.key)) is not None:
                    ready.append(desk.take(entry, result, total, "shared"))
                elif any(entry.key == other.key for other in flying.values()) or not self.ledger.lease(entry.key):
                    later.append(student)
                else:
                    flying[student] = entry
                    yield Task(student, entry.cells)

        try:
            for result in self.grader.grade(tasks()):
                yield from drained(ready)
                entry = flying.pop(result.student)
                self.ledger.keep(entry.key, result)
                yield desk.take(entry, result, total, "graded")
            yield from drained(ready)
        finally:
            if flying:
                self.ledger.give_back(entry.key for entry in flying.values())
        return later

    def read(self, student: str) -> Entry:
        folder = self.course.submissions / student / self.name
        submitted = read_submission(folder, self.released, self.grader.manifest)
        cells = cells_to_run(submitted.notebook)
        when = timestamp(self.course, student, self.name).hex()
        said = keys.digest([submitted.notebook, submitted.notes, when])
        return Entry(student, submitted, cells, said, self.grader.key_of(cells))


def drained(ready: list[Graded]) -> list[Graded]:
    """What is ready, and the list is empty after."""
    taken = list(ready)
    ready.clear()
    return taken


class Desk:
    """Where results are recorded: the notebook and the result file at once, the gradebook a chunk at a time."""

    def __init__(self, batch: Batch, gradebook, again: bool) -> None:
        self.batch, self.gradebook, self.again = batch, gradebook, again
        self.course, self.name, self.ledger = batch.course, batch.name, batch.ledger
        self.there = recorded_students(gradebook, self.name)
        self.penalty = late_rule(self.course.root)
        self.waiting: list[tuple[Entry, Result, Sheet]] = []

    def known(self, entry: Entry, total: int) -> Graded | None:
        """What stands in the gradebook for this very submission, if it shall stay."""
        noted = self.ledger.record_of(self.name, entry.student)
        if noted is None or noted.submission != entry.digest or not self.complete(entry.student):
            return None
        if noted.key != entry.key and self.again:
            return None
        result = load_result(result_path(self.course.results, self.name, entry.student))
        return Graded(entry.student, light(result), total, "unchanged" if noted.key == entry.key else "outdated")

    def complete(self, student: str) -> bool:
        """Whether all that recording writes is there, which somebody may have deleted."""
        notebook = self.course.autograded / student / self.name / f"{self.name}.ipynb"
        return (
            student in self.there
            and notebook.is_file()
            and result_path(self.course.results, self.name, student).is_file()
        )

    def take(self, entry: Entry, result: Result, total: int, news: str) -> Graded:
        """Add what was found while reading, write the outputs into the notebook, and put both on disk."""
        result = msgspec.structs.replace(result, student=entry.student, notes=entry.submitted.notes)
        annotate(entry.submitted.notebook, result, self.batch.grader.manifest)
        write_autograded(self.course, result, entry.submitted.notebook)
        sheet = sheet_of(self.course, result, entry.submitted.notebook, self.batch.grader.manifest)
        self.waiting.append((entry, light(result), sheet))
        if len(self.waiting) == CHUNK:
            self.store()
        return Graded(entry.student, light(result), total, news)

    def store(self) -> None:
        """Write what waits into the gradebook, and then say so in the ledger.

        What could not be judged for a reason of ours is not said: the same command tries it again.
        """
        if not self.waiting:
            return
        record(self.gradebook, self.name, [sheet for *_, sheet in self.waiting], self.penalty)
        final = [entry for entry, result, _ in self.waiting if not result.needs_attention]
        self.ledger.note_recorded(self.name, [(entry.student, entry.digest, entry.key) for entry in final])
        self.waiting.clear()


@dataclass(frozen=True)
class Moved:
    """One test whose points would change; None before when it is new, after when it is gone."""

    question: str
    test: str
    before: float | None
    after: float | None
    message: str = ""  # what it says now


@dataclass(frozen=True)
class Change:
    """What recording a student's result now would change; `before` is None for who has no result yet.

    `by_hand` names the questions whose points a person gave: there a person's score stands, whatever the tests say.
    """

    student: str
    before: float | None
    after: float
    tests: tuple[Moved, ...] = ()
    by_hand: tuple[str, ...] = ()

    @property
    def different(self) -> bool:
        return self.before is None or bool(self.tests)


class Mirror:
    """A desk that records nothing: it compares each result with what stands."""

    def __init__(self, batch: Batch, gradebook) -> None:
        self.batch, self.changes = batch, {}
        self.overridden = overridden(gradebook, batch.name)

    def known(self, entry: Entry, total: int) -> None:
        return None

    def take(self, entry: Entry, result: Result, total: int, news: str) -> Graded:
        path = result_path(self.batch.course.results, self.batch.name, entry.student)
        old = load_result(path) if path.is_file() else None
        cells = {question.grade_cell: question.id for question in self.batch.grader.manifest.questions}
        by_hand = tuple(cells[cell] for cell in self.overridden.get(entry.student, ()) if cell in cells)
        before = None if old is None else old.score
        tests = () if old is None else moved(old, result)
        self.changes[entry.student] = Change(entry.student, before, result.score, tests, by_hand)
        return Graded(entry.student, light(result), total, news)


def preview(course: Course, assignment: str, students: list[str] | None = None, **options: object) -> Iterator[Change]:
    """Grade `students` against the tests as they are now and say what would change; nothing is recorded.

    The results are kept in the ledger, so applying them afterwards, `grade_class(..., again=True)`, takes no grading.
    """
    name = course.assignment(assignment).name
    students = check_students(course, name, students or [])
    with at_work(course, name, **options) as batch, open_gradebook(course) as gradebook:
        mirror = Mirror(batch, gradebook)
        for graded in batch.run(students, mirror):
            yield mirror.changes.pop(graded.student)


def moved(old: Result, new: Result) -> tuple[Moved, ...]:
    """The tests whose points differ between two results, those of the new one first."""
    before = {(test.question, test.name): test.points for test in old.tests}
    now = {(test.question, test.name): test for test in new.tests}
    found = [
        Moved(*key, before.get(key), test.points, test.message)
        for key, test in now.items()
        if before.get(key) != test.points
    ]
    return (*found, *(Moved(*key, points, None) for key, points in before.items() if key not in now))


def light(result: Result) -> Result:
    """A result without what the cells printed and drew."""
    return msgspec.structs.replace(result, cells=[])


def try_notebook(course: Course, assignment: str, path: Path) -> Result:
    """Grade one notebook file and write nothing."""
    name = course.assignment(assignment).name
    if not path.exists():
        raise CourseError(f"{path}: no such notebook")
    manifest = load_manifest(course, name)
    notes: list[str] = []
    try:
        cells = plain_cells(read_bytes(path), notes, path.name)
    except Unreadable as error:
        raise CourseError(f"{path}: {error}") from None
    notebook = fit(cells, read_released(course, name), manifest, notes)
    with Grader(course, name, jobs=1) as grader:
        result = grader.grade_one(cells_to_run(notebook), path.stem)
    return msgspec.structs.replace(result, notes=notes)
