"""What counts: the marks of a class as nbgrader's gradebook holds them, read in a handful of queries and never written.

    for standing in read_standings(course, "a03_optimizers"):
        print(standing.student, standing.score, "of", standing.max_score)

>>> mark = Mark("hopper", "check-adam", auto=6.0, manual=8.0, extra_credit=1.0, max_score=10.0)
>>> Standing("hopper", "Grace", "Hopper", None, late_penalty=2.0, marks=(mark,)).score
7.0
"""

import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Select, create_engine, func, select
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.course import Course, CourseError
from autograder.manifest import ManifestError, read_cells


@dataclass(frozen=True)
class Mark:
    """One graded cell of one student. `auto` and `manual` are None where nobody has judged; `comment` is a person's."""

    student: str
    cell: str
    auto: float | None
    manual: float | None
    extra_credit: float
    max_score: float
    needs_manual: bool = False
    comment: str = ""

    @property
    def judged(self) -> bool:
        return self.manual is not None or self.auto is not None

    @property
    def score(self) -> float:
        """nbgrader's rule: a person's score before the automatic one, extra credit on top; 0 where nobody judged."""
        if not self.judged:
            return 0.0
        return (self.manual if self.manual is not None else self.auto) + self.extra_credit


@dataclass(frozen=True)
class Standing:
    """One student in one assignment. `comments` are all that a person wrote, by the name of the cell they stand at."""

    student: str
    first_name: str | None
    last_name: str | None
    email: str | None
    late_penalty: float
    marks: tuple[Mark, ...]
    comments: tuple[tuple[str, str], ...] = ()
    submitted: bool = True

    @property
    def score(self) -> float:
        """What counts, as nbgrader exports it: the marks less the penalty, never below 0."""
        return max(0.0, math.fsum(mark.score for mark in self.marks) - self.late_penalty)

    @property
    def max_score(self) -> float:
        return math.fsum(mark.max_score for mark in self.marks)

    @property
    def needs_manual(self) -> bool:
        return any(mark.needs_manual for mark in self.marks)

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.student


def read_standings(course: Course, assignment: str) -> list[Standing]:
    """Every student of the gradebook in `assignment`, sorted by id; marks in the order of the notebook.

    Who handed in nothing is there too, with `submitted` False and a score of 0, as in nbgrader's own export.
    """
    with connect(course.gradebook_url) as connection:
        rows = {name: connection.execute(query).all() for name, query in _queries(assignment).items()}
    if not rows["assignments"]:
        raise CourseError(f"the gradebook knows no {assignment}: run `autograder grade {assignment}` first")
    cells = {name: finite(most) or 0.0 for name, most in rows["grade_cells"] + rows["task_cells"]}
    cells = in_notebook_order(course, assignment, cells)
    grades = {(student, cell): values for student, cell, *values in rows["grades"]}
    comments = _by_student(rows["comments"])
    judged = {student for (student, _), values in grades.items() if any(score is not None for score in values[:2])}
    submitted = {
        student: finite(penalty) or 0.0
        for student, when, extension, penalty in rows["submissions"]
        if when is not None or extension is None or student in judged  # else it only notes that time was given
    }

    def standing(student: str, first: str | None, last: str | None, email: str | None) -> Standing:
        said, here = comments.get(student, {}), student in submitted
        marks = tuple(
            _mark(student, cell, most, grades.get((student, cell)) if here else None, said.get(cell, ""))
            for cell, most in cells.items()
        )
        penalty = max(0.0, submitted.get(student, 0.0))
        return Standing(student, first, last, email, penalty, marks, tuple(said.items()), here)

    return [standing(*row) for row in sorted(rows["students"], key=lambda row: row[0])]


def in_notebook_order(course: Course, assignment: str, cells: dict[str, float]) -> dict[str, float]:
    """`cells` in the order in which the instructor's notebook has them; what it does not have comes last, by name."""
    try:
        notebook = read_cells(course.solutions / assignment / f"{assignment}.ipynb")
    except ManifestError:
        notebook = []
    names = [cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") for cell in notebook]
    place = {name: number for number, name in enumerate(names)}
    return {name: cells[name] for name in sorted(cells, key=lambda name: (place.get(name, len(names)), name))}


def finite(value: float | None) -> float | None:
    """A number that can be added up, or None: what a database holds besides finite numbers is no mark."""
    return float(value) if value is not None and math.isfinite(value) else None


def _mark(student: str, cell: str, most: float, grade: list | None, comment: str) -> Mark:
    if grade is None:
        return Mark(student, cell, None, None, 0.0, most, comment=comment)
    auto, manual, extra, waiting = grade
    lost = any(value is not None and finite(value) is None for value in (auto, manual, extra))
    return Mark(student, cell, finite(auto), finite(manual), finite(extra) or 0.0, most, bool(waiting) or lost, comment)


def _queries(assignment: str) -> dict:
    """One query each for a whole class. nbgrader is imported here, when it is needed: that alone takes a second."""
    from nbgrader.api import (
        Assignment,
        BaseCell,
        Comment,
        Grade,
        GradeCell,
        Notebook,
        Student,
        SubmittedAssignment,
        SubmittedNotebook,
        TaskCell,
    )

    def graded(kind: type) -> Select:
        query = select(kind.name, kind.max_score).join(Notebook, kind.notebook_id == Notebook.id)
        return query.join(Assignment).where(Assignment.name == assignment)

    def submitted(*columns: object) -> Select:
        query = select(SubmittedAssignment.student_id, *columns).select_from(SubmittedAssignment)
        query = query.join(Assignment).where(Assignment.name == assignment)
        return query.outerjoin(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)

    values = (Grade.auto_score, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade)
    grades = submitted(BaseCell.name, *values).join(Grade, Grade.notebook_id == SubmittedNotebook.id)
    comments = submitted(BaseCell.name, Comment.manual_comment)
    comments = comments.join(Comment, Comment.notebook_id == SubmittedNotebook.id)
    return {
        "assignments": select(Assignment.id).where(Assignment.name == assignment),
        "students": select(Student.id, Student.first_name, Student.last_name, Student.email),
        "grade_cells": graded(GradeCell),
        "task_cells": graded(TaskCell),
        "grades": grades.join(BaseCell, BaseCell.id == Grade.cell_id),
        "comments": comments.join(BaseCell, BaseCell.id == Comment.cell_id).order_by(BaseCell.name),
        "submissions": submitted(
            SubmittedAssignment.timestamp,
            SubmittedAssignment.extension,
            func.sum(SubmittedNotebook.late_submission_penalty),
        ).group_by(SubmittedAssignment.student_id, SubmittedAssignment.timestamp, SubmittedAssignment.extension),
    }


def _by_student(rows: list) -> dict[str, dict[str, str]]:
    comments: dict[str, dict[str, str]] = {}
    for student, cell, text in rows:
        if text and text.strip():
            comments.setdefault(student, {})[cell] = text
    return comments


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """A connection that can only read. nbgrader's own `Gradebook` writes to the database when it is opened."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "")
        if not path.is_file():
            raise CourseError(f"there is no gradebook yet ({path} is missing): run `autograder grade` first")
        address = f"file:{quote(str(path.resolve()))}?mode=ro"
        engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))
    else:
        engine = create_engine(parsed, execution_options={"postgresql_readonly": True})
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or error
        raise CourseError(f"the gradebook {parsed.render_as_string()} cannot be read: {reason}") from error
    finally:
        engine.dispose()
