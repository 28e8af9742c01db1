"""Making the student notebook: what it holds, what it must not hold, and the same bytes every time."""

import nbformat
import pytest

from autograder.course import Course, CourseError
from autograder.gradebook import open_gradebook
from autograder.release import canonical, checks_path, load_config, read_released, release


def test_the_released_notebook_has_stubs_locked_checks_and_no_solution(released_toy):
    notebook = read_released(released_toy, "a01_toy")
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    assert cells["scale"].source.endswith("raise NotImplementedError  # your code here")
    assert '"""Multiply `x` by `factor`."""' in cells["scale"].source
    assert cells["check-scale"].metadata.nbgrader.points == 4 and cells["check-scale"].metadata.nbgrader.locked
    text = nbformat.writes(notebook)
    assert "SOLUTION" not in text and "x * factor" not in text
    for cell in cells.values():
        compile(cell.source, "cell", "exec")


def test_the_assignment_is_in_the_gradebook(released_toy):
    with open_gradebook(released_toy) as gradebook:
        cells = gradebook.find_notebook("a01_toy", "a01_toy").grade_cells
        assert {cell.name: cell.max_score for cell in cells} == {"check-scale": 4, "check-total": 2}


def test_releasing_again_gives_the_same_bytes(released_toy):
    path = released_toy.assignments / "a01_toy" / "a01_toy.ipynb"
    before = path.read_bytes(), checks_path(released_toy, "a01_toy").read_bytes()
    release(released_toy, "a01_toy")
    assert (path.read_bytes(), checks_path(released_toy, "a01_toy").read_bytes()) == before
    assert path.read_bytes() == canonical(nbformat.read(path, as_version=4))


def test_an_unknown_assignment_is_an_error_with_the_known_names(toy):
    with pytest.raises(CourseError, match="a01_toy"):
        release(toy, "a99_nothing")


def test_reading_what_was_not_released_says_how_to_release_it(toy):
    with pytest.raises(CourseError, match="autograder release a01_toy"):
        read_released(toy, "a01_toy")


def test_a_course_without_nbgrader_configuration_is_an_error(tmp_path):
    with pytest.raises(CourseError, match="nbgrader_config.py"):
        load_config(Course(tmp_path))
