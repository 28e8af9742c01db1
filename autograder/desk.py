"""Where the results of a class are recorded, a chunk at a time: notebooks and result files, the gradebook, the ledger.

    desk = Desk(batch, gradebook, again=False)
    if (graded := desk.known(entry)) is None:       # nothing whole stands for what this student handed in
        graded = desk.take(entry, result, "graded")
    desk.store()                                    # what waits is written now

A kill at any moment leaves what the same command puts right: a student whose files are being written is marked in the
ledger until all of it stands.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from autograder.config import late_rule
from autograder.gradebook import GradebookError, Sheet, record, require_released
from autograder.ledger import Record, what_to_do
from autograder.recording import annotate, scored, sheet_of, write_autograded
from autograder.repair import Submitted
from autograder.results import Result, load_result, result_path
from autograder.stand import Stand, reckon, standings

CHUNK = 20  # results recorded in one go


@dataclass(frozen=True)
class Entry:
    """One submission as it was read: its code, when it came in, the digest of what lies there, and its content key."""

    student: str
    submitted: Submitted
    cells: list[tuple[int, str]]
    when: bytes
    digest: str
    key: str


@dataclass(frozen=True)
class Graded:
    """One student's result, as it stands in the gradebook; without what the cells printed, which its file has.

    `news` says what became of it: "graded" now, "shared" with someone who handed in the same code, "unchanged" since it
    was recorded, or "outdated": unchanged, but tests or environment are others now. What a second grading cannot judge
    is "kept" as it stands.
    """

    student: str
    result: Result
    news: str = "graded"


class Desk:
    """Where the results of one `batch` are recorded; with `again`, whoever was judged by other tests is judged anew."""

    def __init__(self, batch, gradebook, again: bool) -> None:
        self.gradebook, self.again = gradebook, again
        self.course, self.name, self.ledger = batch.course, batch.name, batch.ledger
        self.manifest = batch.grader.manifest
        require_released(gradebook, self.name, {one.grade_cell: one.points for one in self.manifest.questions})
        self.rule = late_rule(self.course.root)
        self.stands: dict[str, Stand] = standings(gradebook, self.name, self.rule)
        gradebook.db.rollback()  # reading is over: nothing is held while the class is graded
        self.waiting: list[tuple[Entry, Result, Sheet]] = []

    def known(self, entry: Entry) -> Graded | None:
        """What stands in the gradebook for this very submission, if it shall stay."""
        noted, result = self.noted(entry), self.last(entry.student)
        if noted is None or not noted.whole or result is None:
            return None
        current = noted.key == entry.key and self.confirmed(result)
        if self.again and not current:
            return None
        return Graded(entry.student, light(result), "unchanged" if current else "outdated")

    def noted(self, entry: Entry) -> Record | None:
        """The ledger's record, where it is of this very submission; it may not be whole."""
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

    def take(self, entry: Entry, result: Result, news: str) -> Graded:
        """Keep what was found, with what was noted while reading, until the chunk is full.

        A submission that has its marks does not lose them to a trouble of ours: it is left as it stands.
        """
        result = msgspec.structs.replace(result, student=entry.student, notes=entry.submitted.notes)
        noted = self.noted(entry)
        if result.needs_attention and noted and noted.whole and self.last(entry.student):
            return Graded(entry.student, light(result), "kept")
        sheet = sheet_of(result, entry.submitted.notebook, self.manifest, entry.when, anew=noted is None)
        self.waiting.append((entry, result, sheet))
        if len(self.waiting) >= CHUNK:
            self.store()
        return Graded(entry.student, light(result), news)

    def store(self) -> None:
        """Write what waits: files first, then the gradebook, and then say so in the ledger.

        Whose files are being written is marked: after a kill all of it is written again. One batch writes at a time on
        this machine, or the files could be one's and the marks another's. What could not be judged for a reason of
        ours stays marked: the same command tries it again.
        """
        if not self.waiting:
            return
        with alone(self.course.results / self.name):
            sweep(self.course.results / self.name)
            self.ledger.mark(self.name, [entry.student for entry, *_ in self.waiting])
            for entry, result, _ in self.waiting:
                sweep(self.course.autograded / entry.student / self.name)
                annotate(entry.submitted.notebook, result, self.manifest)
                write_autograded(self.course, result, entry.submitted.notebook, entry.when)
            record(self.gradebook, self.name, [sheet for *_, sheet in self.waiting], self.rule)
            final = [entry for entry, result, _ in self.waiting if not result.needs_attention]
            self.ledger.note_recorded(self.name, [(entry.student, entry.digest, entry.key) for entry in final])
        self.waiting.clear()

    def reckon(self, students: list[str]) -> None:
        """Bring what lateness costs up to date, by the dates, extensions and the rule as they are now."""
        stands = standings(self.gradebook, self.name, self.rule)
        reckon(self.gradebook, [stands[student] for student in students if student in stands])


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


def sweep(folder: Path) -> None:
    """Remove what a batch that was killed had half written here; nobody else writes here now."""
    for path in folder.glob(".new-*"):
        path.unlink(missing_ok=True)


def light(result: Result) -> Result:
    """A result without what the cells printed and drew."""
    return msgspec.structs.replace(result, cells=[])
