"""Marks read from a gradebook that nbgrader itself made: equal to what nbgrader says, few queries, nothing written."""

import os
import sqlite3
import sys
import warnings
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError, SAWarning

from autograder.course import Course, CourseError
from autograder.marks import Mark, Standing, connect, finite, read_standings

NAME = "a01_toy"
CELLS = {"check-total": 2.0, "check-scale": 4.0, "essay": 5.0}  # not in the order of the alphabet
STUDENTS = {
    "zeno": ("Zeno", "of Elea", None),
    "hopper": ("Grace", "Hopper", "hopper@example.org"),
    "ramanujan": ("ஸ்ரீனிவாச", "Ramanujan, S.", None),
    "idle": (None, None, None),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """Three submissions: untouched automatic scores; everything a person can set; and one not fully judged."""
    course = Course(tmp_path_factory.mktemp("course"))
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader's own, when it adds a submission
        patch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        with Gradebook(course.gradebook_url, "mmcourse") as gradebook:
            fill(gradebook)
    cells = [new_code_cell("1", metadata={"nbgrader": {"grade_id": name, "grade": True}}) for name in CELLS]
    path = course.solutions / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), path)
    return course


def fill(gradebook: Gradebook) -> None:
    gradebook.add_assignment(NAME, duedate=datetime(2030, 1, 1))
    gradebook.add_notebook(NAME, NAME)
    for cell, most in CELLS.items():
        kind = "markdown" if cell == "essay" else "code"
        gradebook.add_grade_cell(cell, NAME, NAME, max_score=most, cell_type=kind)
    for cell in ("scale", "total", "essay"):
        gradebook.add_solution_cell(cell, NAME, NAME)
    gradebook.add_assignment("other")
    gradebook.add_notebook("other", "other")
    gradebook.add_grade_cell("check-scale", "other", "other", max_score=50, cell_type="code")
    for student, (first, last, email) in STUDENTS.items():
        gradebook.add_student(student, first_name=first, last_name=last, email=email)
        if student != "idle":
            gradebook.add_submission(NAME, student)
    gradebook.add_submission("other", "hopper")
    gradebook.find_grade("check-scale", "other", "other", "hopper").auto_score = 49.0

    def grade(student: str, cell: str, **values: object) -> None:
        found = gradebook.find_grade(cell, NAME, NAME, student)
        for key, value in {"needs_manual_grade": False, **values}.items():
            setattr(found, key, value)

    grade("zeno", "check-total", auto_score=2.0)
    grade("zeno", "check-scale", auto_score=1.5)
    grade("zeno", "essay", manual_score=3.0)
    grade("hopper", "check-total", auto_score=2.0, manual_score=0.0)  # a person's 0 counts
    grade("hopper", "check-scale", auto_score=1.0, manual_score=3.5, extra_credit=1.25, needs_manual_grade=True)
    grade("hopper", "essay", manual_score=5.0)
    grade("ramanujan", "check-total", auto_score=None, needs_manual_grade=True)  # could not be judged
    grade("ramanujan", "check-scale", auto_score=4.0)
    grade("ramanujan", "essay", auto_score=None, extra_credit=0.5, needs_manual_grade=True)
    gradebook.find_submission_notebook(NAME, NAME, "hopper").late_submission_penalty = 2.0
    gradebook.find_submission_notebook(NAME, NAME, "ramanujan").late_submission_penalty = 100.0
    gradebook.find_comment("scale", NAME, NAME, "hopper").manual_comment = "Nice <b>broadcast</b>"
    gradebook.find_comment("total", NAME, NAME, "hopper").auto_comment = "No response."
    gradebook.find_comment("essay", NAME, NAME, "zeno").manual_comment = "  \n"
    gradebook.db.commit()


@pytest.fixture(scope="module")
def standings(course) -> dict[str, Standing]:
    return {standing.student: standing for standing in read_standings(course, NAME)}


def test_everyone_is_there_in_order(standings):
    assert list(standings) == ["hopper", "idle", "ramanujan", "zeno"]
    assert standings["ramanujan"].first_name == "ஸ்ரீனிவாச" and standings["hopper"].email == "hopper@example.org"
    assert standings["idle"].name == "idle" and standings["zeno"].name == "Zeno of Elea"


def test_marks_stand_in_the_order_of_the_notebook(standings):
    for standing in standings.values():
        assert [(mark.cell, mark.max_score) for mark in standing.marks] == list(CELLS.items())


def test_scores_are_nbgraders(course, standings):
    """Equal to nbgrader's own columns, computed by its SQL, and to the rule of its export plugin for penalties."""
    with Gradebook(course.gradebook_url, "mmcourse") as gradebook:
        for submission in gradebook.assignment_submissions(NAME):
            ours = standings[submission.student.id]
            assert sum(mark.score for mark in ours.marks) == pytest.approx(submission.score, abs=1e-12)
            assert ours.max_score == submission.max_score
            assert ours.needs_manual == submission.needs_manual_grade
            assert ours.late_penalty == submission.late_submission_penalty
            assert ours.score == max(0.0, submission.score - submission.late_submission_penalty)
            for grade in submission.notebooks[0].grades:
                mark = next(mark for mark in ours.marks if mark.cell == grade.name)
                assert mark.score == grade.score and mark.needs_manual == grade.needs_manual_grade


def test_a_few_by_hand(standings):
    assert standings["zeno"].score == 6.5 and not standings["zeno"].needs_manual
    assert standings["hopper"].score == 0.0 + 4.75 + 5.0 - 2.0
    assert standings["ramanujan"].score == 0.0  # 4 less a penalty of 100
    assert standings["ramanujan"].marks[2].score == 0.0  # extra credit waits for a score, as nbgrader has it
    unjudged = standings["ramanujan"].marks[0]
    assert unjudged == Mark("ramanujan", "check-total", None, None, 0.0, 2.0, needs_manual=True)
    assert not unjudged.judged and standings["hopper"].marks[0].judged


def test_who_handed_in_nothing_has_nothing(standings):
    idle = standings["idle"]
    assert (idle.submitted, idle.score, idle.max_score, idle.needs_manual) == (False, 0.0, 11.0, False)
    assert [name for name, one in standings.items() if one.submitted] == ["hopper", "ramanujan", "zeno"]


def test_only_what_a_person_wrote_is_a_comment(standings):
    assert standings["hopper"].comments == (("scale", "Nice <b>broadcast</b>"),)
    assert standings["zeno"].comments == ()


def test_few_queries_whatever_the_size_of_the_class(course):
    statements = []

    def count(connection, cursor, statement, *rest):
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        read_standings(course, NAME)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert 0 < len(statements) <= 8 and all(statement.lstrip().startswith("SELECT") for statement in statements)


def test_the_connection_cannot_write(course):
    before = (course.root / "gradebook.db").read_bytes()
    read_standings(course, NAME)
    with pytest.raises(CourseError, match="readonly"), connect(course.gradebook_url) as connection:
        connection.execute(text("UPDATE grade SET manual_score = 99"))
    assert (course.root / "gradebook.db").read_bytes() == before


def test_what_is_no_number_is_no_mark(course, tmp_path):
    """SQLite keeps an infinity (and turns a nan into NULL); neither may reach a sum, and a person has to look."""
    target = Course(tmp_path)
    (tmp_path / "gradebook.db").write_bytes((course.root / "gradebook.db").read_bytes())
    database = sqlite3.connect(tmp_path / "gradebook.db")
    database.execute("UPDATE grade SET auto_score = ?, manual_score = NULL, needs_manual_grade = 0", (float("inf"),))
    database.execute("UPDATE grade SET extra_credit = ?", (float("nan"),))
    database.commit()
    database.close()
    for standing in read_standings(target, NAME):
        assert standing.score == 0.0
        assert standing.needs_manual == standing.submitted
    assert [finite(value) for value in (float("nan"), float("inf"), None, 2)] == [None, None, None, 2.0]


def test_without_a_notebook_marks_are_sorted_by_name(course, tmp_path):
    (tmp_path / "gradebook.db").write_bytes((course.root / "gradebook.db").read_bytes())
    first = read_standings(Course(tmp_path), NAME)[0]
    assert [mark.cell for mark in first.marks] == ["check-scale", "check-total", "essay"]


def test_a_folder_name_may_hold_anything(course, tmp_path):
    odd = tmp_path / "50% of #2 & ünï"
    odd.mkdir()
    (odd / "gradebook.db").write_bytes((course.root / "gradebook.db").read_bytes())
    assert len(read_standings(Course(odd), NAME)) == 4


def test_what_is_missing_is_named(course, tmp_path):
    with pytest.raises(CourseError, match=r"gradebook\.db is missing.*autograder grade"):
        read_standings(Course(tmp_path), NAME)
    assert not (tmp_path / "gradebook.db").exists()
    with pytest.raises(CourseError, match="knows no a99_none"):
        read_standings(course, "a99_none")
    (tmp_path / "gradebook.db").write_bytes(b"this is no database" * 99)
    with pytest.raises(CourseError, match=r"cannot be read: file is not a database") as caught:
        read_standings(Course(tmp_path), NAME)
    assert isinstance(caught.value.__cause__, DatabaseError)
