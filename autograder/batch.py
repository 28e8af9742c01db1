"""A whole class: reads every submission of an assignment, grades what can be read, records all of it, loses nobody.

    for graded in grade_class(course, "a03_optimizers"):
        print(graded.student, graded.result.score)

One submission that cannot be read is a note in its own result and a score of what it contains, which may be nothing;
everyone else is graded. Whoever handed in the same code has the same result, found out once. The ledger knows what
stands in the gradebook: a batch that was killed goes on where it was, and who has nothing new is not graded again.

    for change in preview(course, "a03_optimizers"):        # what would be different if everybody were graded again
        print(change.student, change.before, change.after, change.tests)
"""

import hashlib
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from autograder import keys
from autograder.changes import Change, Mirror
from autograder.course import Course, CourseError
from autograder.desk import Desk, Entry, Graded
from autograder.gradebook import open_gradebook
from autograder.grading import Grader, Task, load_manifest
from autograder.ledger import Ledger
from autograder.recording import timestamp
from autograder.release import read_released
from autograder.repair import Unreadable, cells_to_run, find_notebook, fit, plain_cells, read_bytes, read_submission
from autograder.results import Result
from autograder.students import check_students

POLL = 0.5  # seconds between looks at what another batch is grading
Tell = Callable[[str], None]  # of what a person should know meanwhile


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

            found = stack.enter_context(Cluster(course, name, address=cluster, tell=tell, **options))
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


class Batch:
    """Goes through the students of one assignment: what is known is given out, the rest graded, nothing twice."""

    def __init__(self, course: Course, name: str, grader: Grader, ledger: Ledger, tell: Tell) -> None:
        self.course, self.name, self.grader, self.ledger, self.tell = course, name, grader, ledger, tell
        self.released = read_released(course, name)
        self.unjudged: dict[str, Result] = {}  # by content key: tried now, in vain

    def run(self, students: list[str], desk: Desk) -> Iterator[Graded]:
        """Bring each student to the `desk`, which takes results and may know that there is nothing to do."""
        pending, told = list(students), False
        while pending:
            before = len(pending)
            pending = yield from self._pass(pending, desk)
            if len(pending) == before:  # another batch is at work on all that is left
                entry = None if told else self.read(pending[0])
                if entry and (holder := self.ledger.holder(entry.key)):
                    self.tell(f"waiting for another batch, which is at work on the {before} that are left: {holder}")
                    told = True
                time.sleep(POLL)

    def _pass(self, students: list[str], desk: Desk) -> Iterator[Graded]:
        """Once through `students`; returns those whose code is being graded for somebody else."""
        now = Pass(self, desk)
        placed = map(now.place, students)
        try:
            for task in placed:  # who needs no grading is told of at once
                yield from drained(now.ready)
                if task is not None:
                    work = itertools.chain([task], (more for more in placed if more is not None))
                    for result in self.grader.grade(work):
                        yield from drained(now.ready)
                        yield now.graded(result)
            yield from drained(now.ready)
        finally:
            if now.flying:
                self.ledger.give_back(entry.key for entry in now.flying.values())
        return now.later

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


class Pass:
    """Once through a class: who is `flying` to the grader, `ready` without it, or to be looked at `later`."""

    def __init__(self, batch: Batch, desk: Desk) -> None:
        self.batch, self.ledger, self.desk = batch, batch.ledger, desk
        self.flying: dict[str, Entry] = {}
        self.ready: list[Graded] = []
        self.later: list[str] = []

    def place(self, student: str) -> Task | None:
        """What the grader has to do for `student`; None for who needs no grading, or not now."""
        if (entry := self.batch.read(student)) is None:
            self.batch.tell(f"{student}'s folder is gone: there is nothing to grade, and what was recorded stays")
        elif (graded := self.desk.known(entry)) is not None:
            self.ready.append(graded)
        elif (result := self.batch.unjudged.get(entry.key) or self.ledger.result(entry.key)) is not None:
            self.ready.append(self.desk.take(entry, result, "shared"))
        elif any(entry.key == other.key for other in self.flying.values()) or not self.ledger.lease(entry.key):
            self.later.append(student)
        else:
            self.flying[student] = entry
            return Task(student, entry.cells)
        return None

    def graded(self, result: Result) -> Graded:
        """Keep what the grader found for everybody with this code, and record it for this student."""
        entry = self.flying.pop(result.student)
        self.ledger.keep(entry.key, result)
        if result.needs_attention:
            self.batch.unjudged[entry.key] = result
        return self.desk.take(entry, result, "graded")


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
