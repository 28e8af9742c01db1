"""Course: where things are, and errors that a person can act on."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograder import course as module
from autograder.course import Course, CourseError

LECTURE = """
[[lecture]]
number = {0}
slug = "{1}"
title = "T"
part = 1
minutes = 50
requires = []
modules = {2}
covers = []
status = "planned"
"""
ASSIGNMENT = """
[[assignment]]
id = "{1}"
slug = "{2}"
title = "T"
after = {0}
topics = []
status = "planned"
"""
SMALL = (
    '[[part]]\nnumber = 1\ntitle = "One"\n'
    + LECTURE.format(1, "x", ["mmcourse.b", "mmcourse.a"])
    + LECTURE.format(2, "y", ["mmcourse.c"])
    + ASSIGNMENT.format(0, "a00", "before")
    + ASSIGNMENT.format(1, "a01", "first")
    + ASSIGNMENT.format(2, "a02", "second")
)


@pytest.fixture
def small(tmp_path: Path) -> Course:
    (tmp_path / "syllabus.toml").write_text(SMALL)
    return Course(tmp_path)


def test_find_takes_the_nearest_folder_with_a_syllabus(small):
    inner = small.root / "inner"
    (inner / "deep" / "deeper").mkdir(parents=True)
    assert Course.find(inner / "deep" / "deeper") == small
    (inner / "syllabus.toml").write_text("")
    assert Course.find(inner / "deep" / "deeper").root == inner


def test_find_starts_where_one_stands(small, monkeypatch):
    (small.root / "deep").mkdir()
    monkeypatch.chdir(small.root / "deep")
    assert Course.find() == small


def test_find_says_what_it_looked_for(tmp_path):
    with pytest.raises(CourseError, match="no syllabus.toml in .* or above it: go to the folder of the course"):
        Course.find(tmp_path)


@pytest.mark.parametrize("name", ["a01", "a01_first"])
def test_an_assignment_has_two_names(small, name):
    assert small.assignment(name).name == "a01_first"


@pytest.mark.parametrize("name", ["a1", "first", "a01_first/", "A01", "", "../a01_first"])
def test_an_unknown_assignment_is_told_the_known_ones(small, name):
    with pytest.raises(CourseError) as caught:
        small.assignment(name)
    assert str(caught.value) == f"unknown assignment {name!r}: the syllabus has a00_before, a01_first, a02_second"


def test_a_course_without_assignments_says_so(tmp_path):
    (tmp_path / "syllabus.toml").write_text("")
    with pytest.raises(CourseError, match="lists none"):
        Course(tmp_path).assignment("a01")


def test_modules_before_an_assignment_keep_the_order_of_teaching(small):
    assert small.modules_before("a00") == []
    assert small.modules_before("a01_first") == ["mmcourse.b", "mmcourse.a"]
    assert small.modules_before(small.assignment("a02")) == ["mmcourse.b", "mmcourse.a", "mmcourse.c"]


def test_paths_lie_under_the_root_and_are_not_created(small):
    names = ["lectures", "solutions", "assignments", "submissions", "autograded", "feedback", "results", "exports"]
    for name in names:
        assert getattr(small, name) == small.root / name
    assert small.gradebook_url == f"sqlite:///{small.root}/gradebook.db"
    assert [path.name for path in small.root.iterdir()] == ["syllabus.toml"]


def test_hidden_tests_and_checks_are_the_courses_own_or_else_the_packages(small):
    package = Path(module.__file__).parent
    assert small.hidden == package / "hidden"
    assert small.checks == package.parent / "mmcourse" / "checks"
    for own, other in (("autograder/hidden", "mmcourse/checks"), ("hidden", "checks")):
        (small.root / own).mkdir(parents=True)
        (small.root / other).mkdir(parents=True)
        assert (small.hidden, small.checks) == (small.root / own, small.root / other)


def test_a_relative_root_stays_right_when_one_walks_away(small, monkeypatch):
    monkeypatch.chdir(small.root)
    course = Course(".")
    monkeypatch.chdir("/")
    assert course.solutions == small.solutions


def test_importing_what_students_have_loads_no_torch():
    code = "import sys, mmcourse, mmcourse.check; sys.exit('torch' in sys.modules or 'autograder' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2]).returncode == 0
