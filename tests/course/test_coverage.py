"""Every id is taught somewhere, and a written lecture claims exactly what its row says."""

import json

import pytest

from autograder.course import Course, load_coverage
from tools.coverage import claimed, problems

COVERAGE = '[one]\nA-01 = "first"\nA-02 = "second"\n'
SYLLABUS = """
[[part]]
number = 1
title = "One"

[[lecture]]
number = 1
slug = "x"
title = "X"
part = 1
minutes = 50
requires = []
modules = []
covers = {covers}
status = "{status}"
"""


def test_the_course_teaches_what_it_owes(course):
    assert list(problems(course)) == []


def test_every_kind_of_id_is_there(course):
    ids = load_coverage(course.root / "coverage.toml")
    numbered = {id[0]: sum(other[0] == id[0] and "-" not in other for other in ids) for id in ("E01", "N01")}
    assert numbered == {"E": 93, "N": 27}
    assert all(line and line.strip() == line for line in ids.values())


@pytest.fixture
def made_up(tmp_path):
    """A course of one lecture, as a function of its row and of what its cells claim."""

    def make(covers: list[str], status: str = "written", claims: list[list[str]] | None = None) -> Course:
        (tmp_path / "coverage.toml").write_text(COVERAGE)
        (tmp_path / "syllabus.toml").write_text(SYLLABUS.format(covers=covers, status=status))
        if claims is not None:
            cells = [{"cell_type": "markdown", "metadata": {}, "source": "no claim"}]
            cells += [
                {"cell_type": "code", "metadata": {"mmcourse": {"covers": each}}, "source": ""} for each in claims
            ]
            (tmp_path / "lectures").mkdir()
            (tmp_path / "lectures" / "01_x.ipynb").write_text(json.dumps({"cells": cells}))
        return Course(tmp_path)

    return make


def test_claims_add_up_over_the_cells(made_up):
    course = made_up(["A-01", "A-02"], claims=[["A-01"], ["A-02", "A-01"]])
    assert list(problems(course)) == []
    assert claimed(course.lectures / "01_x.ipynb") == {"A-01", "A-02"}


def test_a_planned_lecture_owes_no_notebook_yet(made_up):
    assert list(problems(made_up(["A-01", "A-02"], status="planned"))) == []


def test_a_written_lecture_without_notebook_is_found(made_up):
    (found,) = problems(made_up(["A-01", "A-02"]))
    assert "01_x.ipynb does not exist" in found


def test_an_id_that_no_cell_claims_is_found(made_up):
    (found,) = problems(made_up(["A-01", "A-02"], claims=[["A-01"]]))
    assert "no cell claims A-02" in found


def test_an_id_that_no_lecture_covers_is_found_and_so_is_the_claim(made_up):
    claim, owed = problems(made_up(["A-01"], claims=[["A-01"], ["A-02"]]))
    assert "a cell claims A-02, which the syllabus does not list" in claim
    assert owed == "A-02 (second) is covered by no lecture: add it to a row of the syllabus"


def test_an_unknown_id_is_found(made_up):
    (found,) = problems(made_up(["A-01", "A-02", "A-03"], status="planned"))
    assert found == "lecture 1 covers A-03, which coverage.toml does not have"


def test_a_written_assignment_without_solution_is_found(made_up):
    course = made_up(["A-01", "A-02"], status="planned")
    with (course.root / "syllabus.toml").open("a") as file:
        file.write('[[assignment]]\nid = "a01"\nslug = "x"\ntitle = "X"\nafter = 1\ntopics = []\nstatus = "written"\n')
    (found,) = problems(course)
    assert "assignment a01 is written, but" in found
