"""The gradebook, nbgrader's own: a class's scores go into it a chunk at a time, and what a person wrote stays.

    with open_gradebook(course) as gradebook:
        record(gradebook, "a03_optimizers", [Sheet("hopper", {"check-adam": Scored(6.0)}, {"adam": None})])

The tables are nbgrader's; the rows are written in bulk, because nbgrader's own way takes some forty queries a student.
A chunk is one transaction: after a kill it is there or it is not, and recording it again changes nothing. Two graders
may write the same class at once, into SQLite or PostgreSQL.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.course import Course, MachineError
from autograder.lateness import Penalty, penalty, seconds_late
from autograder.ledger import GO_ON, what_to_do
from autograder.stand import Stand, counted, standings

PATIENCE = 30.0  # seconds to wait for another process that is writing
INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class GradebookError(MachineError):
    """The gradebook cannot be written; the message says why, and what to do. What was recorded before stays."""


@dataclass(frozen=True)
class Scored:
    """What we found for one graded cell: None where we could not judge; a person should look at what is `flagged`."""

    score: float | None
    flagged: bool = False


@dataclass(frozen=True)
class Sheet:
    """One student's assignment: scores by the name of the graded cell, nbgrader's comments by that of the answer."""

    student: str
    scores: Mapping[str, Scored]
    comments: Mapping[str, str | None] = field(default_factory=dict)
    timestamp: datetime | None = None  # when it was handed in, UTC


@contextmanager
def open_gradebook(course: Course):
    """The course's gradebook. A new SQLite one calls `alembic`, which lies beside this Python."""
    from nbgrader.api import Gradebook

    here = str(Path(sys.executable).parent)
    if here not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])
    with explained(course), Gradebook(patient(course.gradebook_url), "mmcourse") as gradebook:
        yield gradebook


def patient(url: str) -> str:
    """The same address; in SQLite, which knows one writer at a time, with a wait for the other one."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return url
    return address.update_query_dict({"timeout": str(PATIENCE)}).render_as_string(hide_password=False)


@contextmanager
def explained(course: Course):
    """Trouble with the database in one line that says what helps."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise GradebookError(f"the gradebook {course.gradebook_name}: {what_to_do(cause, advice(cause))}") from error


def advice(error: Exception) -> str:
    """What helps where the database says what is wrong. What people wrote is only there: it is never thrown away."""
    text = str(error)
    if "deadlock" in text or "serialize" in text:
        return "another program wrote the same rows at that moment; run the command again: it goes on"
    if "malformed" in text or "not a database" in text:
        return (
            "the file is damaged: put your last backup of it in its place and run the command again (scores and "
            "comments of people are only there, so keep the damaged one, too)"
        )
    return GO_ON


def revised(auto: float | None, manual: float | None, needs: bool, found: Scored) -> tuple[float | None, bool]:
    """The automatic score and whether a person is asked to look, after we found something; `manual` is never touched.

    A person is asked when there is no score or the submission is flagged, and again when the score changed below one
    of theirs; not for what they have marked and nothing new is found of.

    >>> revised(4.0, None, True, Scored(6.0)), revised(4.0, None, False, Scored(None))
    ((6.0, False), (None, True))
    >>> revised(4.0, 5.0, False, Scored(6.0)), revised(4.0, 5.0, False, Scored(4.0))
    ((6.0, True), (4.0, False))
    >>> revised(None, 2.5, False, Scored(None)), revised(None, 2.5, False, Scored(None, flagged=True))
    ((None, False), (None, True))
    """
    overridden, changed = manual is not None, auto != found.score
    asked = (needs or changed) if overridden else found.score is None
    return found.score, asked or found.flagged


def set_score(grade, found: Scored) -> None:
    """The same for one of nbgrader's grades."""
    grade.auto_score, grade.needs_manual_grade = revised(
        grade.auto_score, grade.manual_score, grade.needs_manual_grade, found
    )


def require_released(gradebook, assignment: str, points: Mapping[str, float]) -> None:
    """Refuse an assignment that the gradebook does not know, or with other points for a graded cell than `points`."""
    from nbgrader.api import Assignment, GradeCell, Notebook

    if gradebook.db.execute(select(Assignment.id).where(Assignment.name == assignment)).first() is None:
        raise GradebookError(f"the gradebook knows no {assignment}: run `autograder release {assignment}`")
    query = select(GradeCell.name, GradeCell.max_score).join(Notebook, GradeCell.notebook_id == Notebook.id)
    known = dict(map(tuple, gradebook.db.execute(query.join(Assignment).where(Assignment.name == assignment))))
    for cell, most in points.items():
        if known.get(cell) != most:
            there = "does not have it" if cell not in known else f"says {known[cell]:g}"
            raise GradebookError(
                f"{assignment}: the tests of {cell} are worth {most:g} points, the gradebook {there}: "
                f"run `autograder release {assignment}`"
            )


def record(gradebook, assignment: str, sheets: Sequence[Sheet], rule: Penalty | None = None) -> None:
    """Write `sheets` in one transaction: new students and submissions are added, known ones brought up to date.

    `rule` is what nbgrader's plugin takes off for lateness; without it nothing is taken off.
    """
    with written(gradebook, assignment, sheets, rule):
        gradebook.db.commit()


def rehearse(gradebook, assignment: str, sheets: Sequence[Sheet], rule: Penalty | None = None) -> dict[str, Stand]:
    """What `record` would make of the same `sheets`, by student: it is done, looked at, and taken back."""
    with written(gradebook, assignment, sheets, rule):
        return standings(gradebook, assignment, rule, [sheet.student for sheet in sheets])


@contextmanager
def written(gradebook, assignment: str, sheets: Sequence[Sheet], rule: Penalty | None):
    """`sheets` are in the gradebook for as long as this lasts; they stay if the transaction is committed."""
    try:
        writer = Writer(gradebook.db, assignment, sheets)
        writer.add_submissions()
        writer.score(rule)
        writer.comment()
        gradebook.db.flush()
        yield
    finally:
        gradebook.db.rollback()
        gradebook.db.expunge_all()


class Writer:
    """One chunk on its way into the gradebook.

    Rows are written in the same order by everyone: two graders wait for each other, and never both at once.
    """

    def __init__(self, db, assignment: str, sheets: Sequence[Sheet]) -> None:
        from nbgrader.api import Assignment, BaseCell, Notebook

        self.db, self.sheets = db, {sheet.student: sheet for sheet in sorted(sheets, key=lambda sheet: sheet.student)}
        self.insert = INSERTS.get(db.get_bind().dialect.name)
        self.assignment = db.execute(select(Assignment).where(Assignment.name == assignment)).scalar_one()
        cells = select(BaseCell.id, BaseCell.name, BaseCell.type, BaseCell.notebook_id).join(Notebook)
        self.cells = db.execute(cells.where(Notebook.assignment_id == self.assignment.id)).all()

    def add_submissions(self) -> None:
        """Students, submissions and the empty rows of their grades and comments, as nbgrader makes them."""
        from nbgrader.api import Comment, Grade, Notebook, Student, SubmittedAssignment, SubmittedNotebook, new_uuid

        self.add(Student, [{"id": student} for student in self.sheets], ("id",))
        mine = self.assignment.id
        self.add(
            SubmittedAssignment,
            [{"id": new_uuid(), "assignment_id": mine, "student_id": student} for student in self.sheets],
            ("assignment_id", "student_id"),
        )
        query = select(SubmittedAssignment).where(SubmittedAssignment.assignment_id == mine)
        query = query.where(SubmittedAssignment.student_id.in_(self.sheets)).order_by(SubmittedAssignment.student_id)
        found = self.db.execute(query).scalars()
        self.submissions = {submission.id: submission for submission in found}
        for submission in self.submissions.values():
            if (when := self.sheets[submission.student_id].timestamp) is not None:
                submission.timestamp = when
        notebooks = self.db.execute(select(Notebook.id).where(Notebook.assignment_id == mine)).scalars().all()
        self.add(
            SubmittedNotebook,
            [
                {"id": new_uuid(), "assignment_id": submission, "notebook_id": notebook, "flagged": False}
                for submission in self.submissions
                for notebook in notebooks
            ],
            ("notebook_id", "assignment_id"),
        )
        query = select(SubmittedNotebook).where(SubmittedNotebook.assignment_id.in_(self.submissions))
        self.notebooks = {notebook.id: notebook for notebook in self.db.execute(query).scalars()}
        for model, kinds, rest in (
            (Grade, ("GradeCell", "TaskCell"), {"needs_manual_grade": True}),
            (Comment, ("SolutionCell", "TaskCell"), {}),
        ):
            rows = [
                {"id": new_uuid(), "cell_id": cell.id, "notebook_id": notebook.id, **rest}
                for notebook in self.notebooks.values()
                for cell in self.cells
                if cell.notebook_id == notebook.notebook_id and cell.type in kinds
            ]
            self.add(model, rows, ("cell_id", "notebook_id"))

    def add(self, model, rows: list[dict], key: tuple[str, ...]) -> None:
        """Insert those rows whose key is not there yet; another grader may insert the same ones meanwhile."""
        columns = [getattr(model, name) for name in key]
        last = columns[-1]  # the one that differs most
        query = select(*columns).where(last.in_({row[key[-1]] for row in rows}))
        there = {tuple(row) for row in self.db.execute(query)}
        missing = [row for row in rows if tuple(row[name] for name in key) not in there]
        if missing and self.insert:
            self.db.execute(self.insert(model.__table__).on_conflict_do_nothing(), missing)
        elif missing:
            self.db.execute(model.__table__.insert(), missing)

    def score(self, rule: Penalty | None) -> None:
        from nbgrader.api import Grade

        names = {cell.id: cell.name for cell in self.cells}
        query = select(
            Grade.id, Grade.cell_id, Grade.notebook_id, Grade.auto_score, Grade.manual_score, Grade.extra_credit,
            Grade.needs_manual_grade,
        ).where(Grade.notebook_id.in_(self.notebooks)).order_by(Grade.id).with_for_update()  # fmt: skip
        totals: dict[str, float] = defaultdict(float)
        changed = []
        for row in self.db.execute(query).all():
            auto, needs = row.auto_score, row.needs_manual_grade
            found = self.sheet(row.notebook_id).scores.get(names[row.cell_id])
            if found is not None:
                auto, needs = revised(auto, row.manual_score, needs, found)
            if (auto, needs) != (row.auto_score, row.needs_manual_grade):
                changed.append({"id": row.id, "auto_score": auto, "needs_manual_grade": needs})
            totals[row.notebook_id] += counted(auto, row.manual_score, row.extra_credit)
        if changed:
            self.db.execute(update(Grade), changed)
        for notebook in self.notebooks.values():
            submission = self.submissions[notebook.assignment_id]
            late = seconds_late(self.assignment.duedate, submission.timestamp, submission.extension)
            notebook.late_submission_penalty = penalty(rule, submission.student_id, totals[notebook.id], late)

    def comment(self) -> None:
        from nbgrader.api import Comment

        names = {cell.id: cell.name for cell in self.cells}
        query = select(Comment.id, Comment.cell_id, Comment.notebook_id, Comment.auto_comment)
        changed = []
        for row in self.db.execute(query.where(Comment.notebook_id.in_(self.notebooks))).all():
            said = self.sheet(row.notebook_id).comments.get(names[row.cell_id])
            if said != row.auto_comment:
                changed.append({"id": row.id, "auto_comment": said})
        if changed:
            self.db.execute(update(Comment), changed)

    def sheet(self, notebook: str) -> Sheet:
        return self.sheets[self.submissions[self.notebooks[notebook].assignment_id].student_id]
