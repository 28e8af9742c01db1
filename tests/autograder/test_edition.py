"""The tree that goes out: it has what a student needs, nothing of the instructors', and is refused when it would."""

import nbformat
import pytest

from autograder.course import Course, CourseError
from autograder.edition import write_edition
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

PYPROJECT = """[project.scripts]
autograder = "autograder.cli:main"

[tool.x]
include = ["mmcourse*", "autograder*"]
"""


@pytest.fixture
def course(released_toy):
    (released_toy.root / "pyproject.toml").write_text(PYPROJECT)
    (released_toy.root / "mmcourse").mkdir()
    (released_toy.root / "mmcourse" / "__init__.py").write_text("")
    return released_toy


def test_the_class_edition_has_stubs_checks_and_nothing_of_the_instructors(course, tmp_path):
    files = {str(path.relative_to(tmp_path / "out")) for path in write_edition(course, "class", tmp_path / "out")}
    assert {"assignments/a01_toy/a01_toy.ipynb", "mmcourse/checks/a01.json", "README.md", "pyproject.toml"} <= files
    assert not any(word in name for name in files for word in ("hidden", "solutions", "autograder", "gradebook"))
    assert "autograder" not in (tmp_path / "out" / "pyproject.toml").read_text()
    assert "x * factor" not in (tmp_path / "out" / "assignments/a01_toy/a01_toy.ipynb").read_text()


def test_the_open_edition_folds_a_solution_below_each_check(course, tmp_path):
    write_edition(course, "open", tmp_path / "out")
    notebook = nbformat.read(tmp_path / "out" / "assignments/a01_toy/a01_toy.ipynb", as_version=4)
    cells = [cell.id for cell in notebook.cells]
    assert cells.index("solution-scale") == cells.index("check-scale") + 1
    folded = notebook.cells[cells.index("solution-scale")].source
    assert folded.startswith("<details>") and "return x * factor" in folded and "SOLUTION" not in folded


def test_a_leak_is_refused_and_leaves_nothing_behind(course, tmp_path):
    (course.root / "mmcourse" / "helpful.py").write_text("# return np.asarray(x).sum()\n")
    with pytest.raises(CourseError, match=r"helpful\.py contains a line of the solution"):
        write_edition(course, "class", tmp_path / "out")
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out-*"))


def test_a_hidden_test_may_not_go_out_even_for_self_study(course, tmp_path):
    (course.root / "mmcourse" / "helpful.py").write_text("def test_one_number(): ...\n")
    with pytest.raises(CourseError, match="name of a hidden test"):
        write_edition(course, "open", tmp_path / "out")


def test_wrong_use_is_refused(course, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("years of work")
    with pytest.raises(CourseError, match="not empty"):
        write_edition(course, "class", tmp_path / "full")
    assert (tmp_path / "full" / "thesis.txt").read_text() == "years of work"
    with pytest.raises(CourseError, match="class and open"):
        write_edition(course, "secret", tmp_path / "out")


@pytest.mark.parametrize("edition", ["class", "open"])
def test_this_course_can_go_out(edition, tmp_path):
    """Its lectures and its solutions share lines, as programs do, and no secret stands in either edition."""
    ours = Course(ROOT)
    files = {str(path.relative_to(tmp_path / "out")) for path in write_edition(ours, edition, tmp_path / "out")}
    written = {
        f"assignments/{one.name}/{one.name}.ipynb" for one in ours.syllabus.assignments if one.status == "written"
    }
    assert len(written) >= 5 and written <= files
    assert not any(word in name for name in files for word in ("hidden", "solutions", "autograder", "mistakes"))


LECTURE = """
[[part]]
number = 1
title = "One"

[[lecture]]
number = 1
slug = "sums"
title = "Sums"
part = 1
minutes = 60
requires = []
modules = ["mmcourse.sums"]
covers = []
status = "planned"
"""


def test_a_line_that_a_lecture_teaches_is_no_leak_and_a_hidden_test_s_is_one_anywhere(course, tmp_path):
    (course.root / "syllabus.toml").write_text((course.root / "syllabus.toml").read_text() + LECTURE)
    course = Course(course.root)
    lecture = course.root / "mmcourse" / "sums.py"
    lecture.write_text("def total(x):\n    return np.asarray(x).sum()\n")
    assert write_edition(course, "class", tmp_path / "out")
    lecture.write_text("assert_close(student.total(x), float(x.sum()))\n")
    with pytest.raises(CourseError, match=r"sums\.py contains a line of test_total\.py"):
        write_edition(course, "class", tmp_path / "more")
