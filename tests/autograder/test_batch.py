"""A class with everything that goes wrong in it: nobody is lost, nobody pays for another, people's marks stay."""

import json
import os

import nbformat
import pytest

from autograder.batch import grade_class, try_notebook
from autograder.course import CourseError
from autograder.gradebook import open_gradebook
from autograder.marks import read_standings
from autograder.release import read_released
from autograder.students import check_students

pytestmark = pytest.mark.slow

NAME = "a01_toy"


def place(course, student, content):
    path = course.submissions / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def scores(course):
    return {standing.student: standing.score for standing in read_standings(course, NAME)}


def test_a_class_with_broken_files_is_graded_to_the_end(released_toy, hand_in):
    course = released_toy
    hand_in(course, "right")
    good = nbformat.read(course.submissions / "right" / NAME / f"{NAME}.ipynb", as_version=4)
    place(course, "not_json", b'{"cells": [')
    place(course, "empty", b"")
    place(course, "a_list", [1, 2])
    (course.submissions / "no_notebook" / NAME).mkdir(parents=True)
    old = [
        {"cell_type": "code", "input": cell.source, "language": "python", "outputs": []}
        for cell in good.cells
        if cell.cell_type == "code"
    ]
    place(course, "version_3", {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": old}]})
    bare = [{"cell_type": cell.cell_type, "source": cell.source} for cell in good.cells]
    place(course, "no_metadata", {"nbformat": 4, "nbformat_minor": 5, "cells": bare})
    doubled = json.loads(nbformat.writes(good))
    doubled["cells"].insert(3, doubled["cells"][2])
    place(course, "doubled", doubled)
    deleted = json.loads(nbformat.writes(good))
    deleted["cells"] = [
        cell for cell in deleted["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") != "check-scale"
    ]
    place(course, "deleted", deleted)

    graded = {one.student: one.result for one in grade_class(course, NAME)}

    assert len(graded) == 9
    assert scores(course) == {
        "right": 6, "version_3": 6, "no_metadata": 6, "doubled": 6, "deleted": 6,
        "not_json": 0, "empty": 0, "a_list": 0, "no_notebook": 0,
    }  # fmt: skip
    says = {student: " ".join(result.notes) for student, result in graded.items()}
    assert says["right"] == ""
    assert "not JSON (line 1" in says["not_json"] and f"{NAME}.ipynb" in says["not_json"]
    assert "empty" in says["empty"] and "list" in says["a_list"] and "no notebook is there" in says["no_notebook"]
    assert "old notebook format 3" in says["version_3"]
    assert "occurs 2 times" in says["doubled"] and "'check-scale' was missing" in says["deleted"]
    for student in graded:
        notebook = nbformat.read(course.autograded / student / NAME / f"{NAME}.ipynb", as_version=4)
        nbformat.validate(notebook)
        ids = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]
        assert sorted(ids) == ["check-scale", "check-total", "scale", "total"]


def test_a_person_s_score_and_comment_survive_grading_again(released_toy, hand_in):
    course = released_toy
    hand_in(course, "hopper", total="def total(x):\n    return x.mean()")
    list(grade_class(course, NAME))
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade("check-total", NAME, NAME, "hopper")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (0.0, None, False)
        grade.manual_score = 1.5
        gradebook.find_comment("total", NAME, NAME, "hopper").manual_comment = "close: a mean is a sum"
        gradebook.db.commit()
    list(grade_class(course, NAME))
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade("check-total", NAME, NAME, "hopper")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (0.0, 1.5, False)
        assert gradebook.find_comment("total", NAME, NAME, "hopper").comment == "close: a mean is a sum"
    assert scores(course) == {"hopper": 5.5}
    hand_in(course, "hopper")
    list(grade_class(course, NAME))
    with open_gradebook(course) as gradebook:  # the automatic score changed below the person's: have a look
        grade = gradebook.find_grade("check-total", NAME, NAME, "hopper")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (2.0, 1.5, True)


def test_partial_credit_and_feedback_stand_together_in_the_grade_cell(released_toy, hand_in):
    hand_in(released_toy, "hopper", scale="def scale(x, factor):\n    return x * factor if x.ndim == 1 else x")
    list(grade_class(released_toy, NAME))
    notebook = nbformat.read(released_toy.autograded / "hopper" / NAME / f"{NAME}.ipynb", as_version=4)
    cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "check-scale")
    assert [output.output_type for output in cell.outputs] == ["execute_result", "display_data"]
    assert cell.outputs[0].data["text/plain"] == "1.0"
    assert "any shape" in cell.outputs[1].data["text/html"]


def test_an_untouched_answer_is_marked_no_response(released_toy):
    notebook = read_released(released_toy, NAME)
    place(released_toy, "blank", nbformat.writes(notebook).encode())
    list(grade_class(released_toy, NAME))
    with open_gradebook(released_toy) as gradebook:
        assert gradebook.find_comment("total", NAME, NAME, "blank").auto_comment == "No response."


def test_the_timestamp_reaches_the_gradebook_and_a_broken_one_harms_nobody(released_toy, hand_in):
    for student, text in {"early": "2026-10-01 12:00:00 UTC", "broken": "soon"}.items():
        hand_in(released_toy, student).with_name("timestamp.txt").write_text(text)
    list(grade_class(released_toy, NAME))
    with open_gradebook(released_toy) as gradebook:
        assert gradebook.find_submission(NAME, "early").timestamp.isoformat() == "2026-10-01T12:00:00"
        assert gradebook.find_submission(NAME, "broken").timestamp is None


def test_an_unknown_student_is_an_error_with_those_there_are(released_toy, hand_in):
    hand_in(released_toy, "hopper")
    with pytest.raises(CourseError, match="no submission of a01_toy by ghost; there are 1: hopper"):
        check_students(released_toy, NAME, ["ghost"])


def test_no_submissions_at_all_says_where_they_belong(released_toy):
    with pytest.raises(CourseError, match=f"STUDENT/{NAME}/{NAME}.ipynb"):
        list(grade_class(released_toy, NAME))


def test_only_the_asked_student_is_graded(released_toy, hand_in):
    hand_in(released_toy, "hopper")
    hand_in(released_toy, "turing")
    assert [one.student for one in grade_class(released_toy, NAME, ["turing"])] == ["turing"]
    assert scores(released_toy) == {"turing": 6}


def test_trying_a_notebook_writes_nothing(released_toy, hand_in, tmp_path):
    path = hand_in(released_toy, "hopper")
    before = sorted(file for file in released_toy.root.rglob("*") if file.name != ".course_secret")
    result = try_notebook(released_toy, NAME, path)
    assert result.score == 6.0
    assert sorted(file for file in released_toy.root.rglob("*") if file.name != ".course_secret") == before


def test_trying_a_file_that_is_no_notebook_names_the_file(released_toy, tmp_path):
    (tmp_path / "essay.ipynb").write_text("Dear professor,")
    with pytest.raises(CourseError, match=r"essay\.ipynb: is not JSON \(line 1, column 1\)"):
        try_notebook(released_toy, NAME, tmp_path / "essay.ipynb")
    with pytest.raises(CourseError, match="no such notebook"):
        try_notebook(released_toy, NAME, tmp_path / "missing.ipynb")


def test_a_link_to_another_s_notebook_is_not_followed(released_toy, hand_in):
    path = hand_in(released_toy, "hopper")
    stolen = released_toy.submissions / "thief" / NAME / f"{NAME}.ipynb"
    stolen.parent.mkdir(parents=True)
    os.symlink(path, stolen)
    results = {one.student: one.result for one in grade_class(released_toy, NAME)}
    assert results["thief"].score == 0 and "link" in " ".join(results["thief"].notes)
    assert results["hopper"].score == 6
