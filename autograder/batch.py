"""A whole class: reads every submission of an assignment, grades what can be read, records all of it, loses nobody.

    for graded in grade_class(course, "a03_optimizers"):
        print(graded.student, graded.result.score)

One submission that cannot be read is a note in its own result and a score of what it contains, which may be nothing;
everyone else is graded. Whoever handed in the same code has the same result, found out once. The ledger knows what
stands in the gradebook: a batch that was killed goes on where it was, and who has nothing new is not graded again.

    for change in preview(course, "a03_optimizers"):        # what would be different if everybody were graded again
        print(change.student, change.before, change.after, change.tests)
"""

import fcntl
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from autograder import keys
from autograder.config import late_rule
from autograder.course import Course, CourseError
from autograder.gradebook import (
    GradebookError,
    Sheet,
    Stand,
    open_gradebook,
    overridden,
    record,
    rehearse,
    require_released,
    standings,
)
from autograder.grading import Grader, Task, load_manifest
from autograder.lateness import reckon
from autograder.ledger import Ledger, Record, what_to_do
from autograder.recording import annotate, scored, sheet_of, timestamp, write_autograded
from autograder.release import read_released
from autograder.repair import (
    Submitted,
    Unreadable,
    cells_to_run,
    find_notebook,
    fit,
    plain_cells,
    read_bytes,
    read_submission,
)
from autograder.results import Result, load_result, result_path

CHUNK = 20  # results recorded in one go
POLL = 0.5  # seconds between looks at what another batch is grading
NAME_LENGTH = 128  # of a student's name in nbgrader's tables
Tell = Callable[[str], None]  # of what a person should know meanwhile


@dataclass(frozen=True)
class Graded:
    """One student's result, as it stands in the gradebook; without what the cells printed, which its file has.

    `news` says what became of it: "graded" now, "shared" with someone who handed in the same code, "unchanged" since it
    was recorded, or "outdated": unchanged, but tests or environment are others now. What a second grading cannot judge
    is "kept" as it stands.
    """

    student: str
    result: Result
    total: int  # students in the batch
    news: str = "graded"


def submitters(course: Course, assignment: str) -> list[str]:
    """Students with a folder for `assignment`, in order of name; a name that cannot be written down is no student's."""
    return sorted(name for name in folders(course, assignment) if writable(name))


def folders(course: Course, assignment: str) -> list[str]:
    folder = course.submissions
    found = [path for path in folder.iterdir() if (path / assignment).is_dir()] if folder.is_dir() else []
    return [path.name for path in found if not path.name.startswith(".")]


def writable(name: str) -> bool:
    """Whether a folder's name is text, as gradebook, results and pages are, and no longer than a gradebook's names."""
    try:
        return bool(name.encode("utf-8")) and len(name) <= NAME_LENGTH
    except UnicodeEncodeError:
        return False


def left_out(course: Course, assignment: str) -> list[str]:
    """Folders whose names cannot be written down, as they can be shown: nobody can be graded under them."""
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
    return list(dict.fromkeys(wanted)) or there


def grade_class(
    course: Course,
    assignment: str,
    students: list[str] | None = None,
    *,
    again: bool = False,
    **options: object,
) -> Iterator[Graded]:
    """Grade and record `students` (all who submitted by default), yielding each once it is known; recorded is a chunk
    at a time, and all at the end.

    Who has handed in nothing new since is not graded again, even where the tests have changed: marks move when somebody
    says `again`. What lateness costs is reckoned anew for all of them: dates and rule are what somebody said. `options`
    are those of `at_work`.
    """
    name = course.assignment(assignment).name
    students = check_students(course, name, students or [])
    with open_gradebook(course) as gradebook, at_work(course, name, **options) as batch:
        desk = Desk(batch, gradebook, again)
        try:
            yield from batch.run(students, desk)
        finally:
            desk.store()
        desk.reckon(students)


@contextmanager
def at_work(
    course: Course,
    name: str,
    *,
    jobs: int | None = None,
    unsafe: bool = False,
    cluster: str = "",
    tell: Tell = lambda text: None,
    **options: object,
) -> Iterator["Batch"]:
    """A batch with its ledger and its grader: one of this machine, or of the Dask `cluster` at an address.

    `tell` is given what a person should know while it lasts; `options` are those of the grader: another tier, other
    clocks.
    """
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger(course.results / "ledger.db"))
        if cluster:
            from autograder.cluster import Cluster

            found = stack.enter_context(Cluster(course, name, address=cluster, **options))
        else:
            found = stack.enter_context(Grader(course, name, jobs=jobs, **options))
        require_sandbox(found, unsafe)
        yield Batch(course, name, found, ledger, tell)


def require_sandbox(grader: Grader, unsafe: bool) -> None:
    if grader.tier == 0 and not unsafe:
        raise CourseError(
            f"this machine's sandbox does not protect files (tier 0: {grader.why}); "
            "grade a class elsewhere, or accept that with --unsafe"
        )


@dataclass(frozen=True)
class Entry:
    """One submission as it was read: its code, when it came in, the digest of what lies there, and its content key."""

    student: str
    submitted: Submitted
    cells: list[tuple[int, str]]
    when: bytes
    digest: str
    key: str


class Batch:
    """Goes through the students of one assignment: what is known is given out, the rest graded, nothing twice."""

    def __init__(self, course: Course, name: str, grader: Grader, ledger: Ledger, tell: Tell) -> None:
        self.course, self.name, self.grader, self.ledger, self.tell = course, name, grader, ledger, tell
        self.released = read_released(course, name)
        self.unjudged: dict[str, Result] = {}  # by content key: tried now, in vain

    def run(self, students: list[str], desk: "Desk") -> Iterator[Graded]:
        """Bring each student to the `desk`, which takes (entry, result) and may know that there is nothing to do."""
        pending, told = list(students), False
        while pending:
            before = len(pending)
            pending = yield from self._pass(pending, desk, len(students))
            if len(pending) == before:  # another batch is at work on all that is left
                entry = None if told else self.read(pending[0])
                if entry and (holder := self.ledger.holder(entry.key)):
                    self.tell(f"waiting for another batch, which is at work on the {before} that are left: {holder}")
                    told = True
                time.sleep(POLL)

    def _pass(self, students: list[str], desk: "Desk", total: int) -> Iterator[Graded]:
        """Once through `students`; returns those whose code is being graded for somebody else."""
        flying: dict[str, Entry] = {}
        later: list[str] = []
        ready: list[Graded] = []

        def tasks() -> Iterator[Task]:
            for student in students:
                if (entry := self.read(student)) is None:
                    self.tell(f"{student}'s folder is gone: there is nothing to grade, and what was recorded stays")
                elif (graded := desk.known(entry, total)) is not None:
                    ready.append(graded)
                elif (result := self.unjudged.get(entry.key) or self.ledger.result(entry.key)) is not None:
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
                if result.needs_attention:
                    self.unjudged[entry.key] = result
                yield desk.take(entry, result, total, "graded")
            yield from drained(ready)
        finally:
            if flying:
                self.ledger.give_back(entry.key for entry in flying.values())
        return later

    def read(self, student: str) -> Entry | None:
        """The submission of `student` as it is now; None when somebody has taken the folder away.

        The digest is taken first: should the student hand in meanwhile, the next run finds another one.
        """
        folder = self.course.submissions / student / self.name
        when = timestamp(self.course, student, self.name)
        said = keys.digest([when.hex(), handed_in(folder, self.name)])
        submitted = read_submission(folder, self.released, self.grader.manifest)
        if not folder.is_dir():
            return None
        cells = cells_to_run(submitted.notebook)
        return Entry(student, submitted, cells, when, said, self.grader.key_of(cells))


def handed_in(folder: Path, name: str) -> str:
    """What lies in a student's folder: the notebook's bytes, or why there is none; whatever was released since."""
    notes: list[str] = []
    path = find_notebook(folder, f"{name}.ipynb", notes)
    linked = folder.is_symlink() or folder.parent.is_symlink()
    try:
        return keys.digest([linked, notes, path and hashlib.sha256(read_bytes(path)).hexdigest()])
    except Unreadable as error:
        return keys.digest([linked, notes, str(error)])


def drained(ready: list) -> list:
    """What is ready, and the list is empty after."""
    taken = list(ready)
    ready.clear()
    return taken


class Desk:
    """Where results are recorded, a chunk at a time: notebooks, result files, the gradebook, and then the ledger."""

    def __init__(self, batch: Batch, gradebook, again: bool) -> None:
        self.batch, self.gradebook, self.again = batch, gradebook, again
        self.course, self.name, self.ledger = batch.course, batch.name, batch.ledger
        self.manifest = batch.grader.manifest
        require_released(gradebook, self.name, {one.grade_cell: one.points for one in self.manifest.questions})
        self.rule = late_rule(self.course.root)
        self.stands: dict[str, Stand] = standings(gradebook, self.name, self.rule)
        gradebook.db.rollback()  # reading is over: nothing is held while the class is graded
        self.waiting: list[tuple[Entry, Result, Sheet]] = []

    def known(self, entry: Entry, total: int) -> Graded | None:
        """What stands in the gradebook for this very submission, if it shall stay."""
        noted, result = self.noted(entry), self.last(entry.student)
        if noted is None or result is None:
            return None
        current = noted.key == entry.key and self.confirmed(result)
        if self.again and not current:
            return None
        return Graded(entry.student, light(result), total, "unchanged" if current else "outdated")

    def noted(self, entry: Entry) -> Record | None:
        """The ledger's record, where it is of this very submission."""
        record = self.ledger.record_of(self.name, entry.student)
        return record if record is not None and record.submission == entry.digest else None

    def last(self, student: str) -> Result | None:
        """What was recorded last, where all of it is there: somebody may have deleted or damaged some of it."""
        notebook = self.course.autograded / student / self.name / f"{self.name}.ipynb"
        if student not in self.stands or not notebook.is_file():
            return None
        with suppress(OSError, msgspec.DecodeError):
            return load_result(result_path(self.course.results, self.name, student))
        return None

    def confirmed(self, result: Result) -> bool:
        """Whether the gradebook says what `result` does: another machine's grader may have written there, too."""
        scores = self.stands[result.student].scores
        return all(
            scores.get(question.grade_cell) == scored(result.of(question.id)).score
            for question in self.manifest.questions
        )

    def take(self, entry: Entry, result: Result, total: int, news: str) -> Graded:
        """Keep what was found, with what was noted while reading, until the chunk is full.

        A submission that has its marks does not lose them to a trouble of ours: it is left as it stands.
        """
        result = msgspec.structs.replace(result, student=entry.student, notes=entry.submitted.notes)
        noted = self.noted(entry)
        if result.needs_attention and noted and self.last(entry.student):
            return Graded(entry.student, light(result), total, "kept")
        sheet = sheet_of(result, entry.submitted.notebook, self.manifest, entry.when, anew=noted is None)
        self.waiting.append((entry, result, sheet))
        if len(self.waiting) >= CHUNK:
            self.store()
        return Graded(entry.student, light(result), total, news)

    def store(self) -> None:
        """Write what waits: files first, then the gradebook, and then say so in the ledger.

        Of a student whose files are being written nothing is known: after a kill all of it is written again. One batch
        writes at a time on this machine, or the files could be one's and the marks another's. What could not be judged
        for a reason of ours is not said: the same command tries it again.
        """
        if not self.waiting:
            return
        with alone(self.course.results / self.name):
            self.ledger.forget(self.name, [entry.student for entry, *_ in self.waiting])
            for entry, result, _ in self.waiting:
                annotate(entry.submitted.notebook, result, self.manifest)
                write_autograded(self.course, result, entry.submitted.notebook, entry.when)
            record(self.gradebook, self.name, [sheet for *_, sheet in self.waiting], self.rule)
            final = [entry for entry, result, _ in self.waiting if not result.needs_attention]
            self.ledger.note_recorded(self.name, [(entry.student, entry.digest, entry.key) for entry in final])
        self.waiting.clear()

    def reckon(self, students: list[str]) -> None:
        """Bring what lateness costs up to date, by the dates, extensions and the rule as they are now."""
        reckon(self.gradebook.db, self.name, self.rule, set(students))
        self.gradebook.db.commit()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else on this machine is here meanwhile; trouble with the files is explained."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".recording").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # ends with this process, however it ends
            yield
    except OSError as error:
        raise GradebookError(f"{error.filename or folder}: {what_to_do(error)}") from error


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
    """What recording a student's result now would change in what counts: a person's scores and lateness are in it.

    `before` is None for who is not in the gradebook yet; `by_hand` names the questions whose points a person gave,
    which stand whatever the tests say; `penalties` is what lateness costs, before and after. Who is `unjudged`, for a
    reason of ours, keeps what there is.
    """

    student: str
    before: float | None
    after: float
    tests: tuple[Moved, ...] = ()
    by_hand: tuple[str, ...] = ()
    penalties: tuple[float, float] = (0.0, 0.0)
    unjudged: bool = False

    @property
    def different(self) -> bool:
        return self.before != self.after or self.penalties[0] != self.penalties[1] or bool(self.tests) or self.unjudged


class Mirror(Desk):
    """A desk that records nothing: what it would write is written, looked at and taken back, a chunk at a time."""

    def __init__(self, batch: Batch, gradebook) -> None:
        super().__init__(batch, gradebook, again=True)
        self.overridden = overridden(gradebook, batch.name)
        self.cells = {question.grade_cell: question.id for question in self.manifest.questions}
        self.changes: list[Change] = []

    def known(self, entry: Entry, total: int) -> Graded | None:
        graded = super().known(entry, total)
        if graded is not None:
            self.changes.append(self.change(entry.student, self.later(entry.student), graded.result))
        return graded

    def take(self, entry: Entry, result: Result, total: int, news: str) -> Graded:
        graded = super().take(entry, result, total, news)
        if graded.news == "kept":
            self.changes.append(self.change(entry.student, self.later(entry.student), None))
        return graded

    def later(self, student: str) -> Stand:
        """What will stand of somebody whose scores stay: lateness is reckoned anew."""
        return replace(self.stands[student], penalty=self.stands[student].due)

    def store(self) -> None:
        sheets = [sheet for *_, sheet in self.waiting]
        after = rehearse(self.gradebook, self.name, sheets, self.rule) if sheets else {}
        self.changes += [self.change(entry.student, after[entry.student], result) for entry, result, _ in self.waiting]
        self.waiting.clear()

    def change(self, student: str, after: Stand, result: Result | None) -> Change:
        before, old = self.stands.get(student), self.last(student)
        return Change(
            student,
            None if before is None else before.counts,
            after.counts,
            moved(old, result) if old and result else (),
            tuple(self.cells[cell] for cell in self.overridden.get(student, ()) if cell in self.cells),
            (before.penalty if before else 0.0, after.penalty),
            unjudged=result is None or result.needs_attention,
        )


def preview(course: Course, assignment: str, students: list[str] | None = None, **options: object) -> Iterator[Change]:
    """Grade `students` as `grade_class(..., again=True)` would and say what would change; nothing is recorded.

    The results are kept in the ledger, so applying them afterwards, `grade_class(..., again=True)`, takes no grading.
    """
    name = course.assignment(assignment).name
    students = check_students(course, name, students or [])
    with open_gradebook(course) as gradebook, at_work(course, name, **options) as batch:
        mirror = Mirror(batch, gradebook)
        for _ in batch.run(students, mirror):
            yield from drained(mirror.changes)
        mirror.store()
        yield from drained(mirror.changes)


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
