"""What all tests share: this course, a course small enough to know by heart, and a browser."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis
import nbformat
import pytest

from autograder.course import Course
from autograder.manifest import solution_sources
from autograder.release import read_released, release

ROOT = Path(__file__).parent.parent
CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# A shared runner is slow at times; that is no failure of the code. CI tries the same examples every time, so that a
# change is judged by what it changes; everywhere else each run looks for new ones.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "course")

# A new SQLite gradebook calls `alembic`, which lies beside this Python.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


@pytest.fixture(scope="session")
def course() -> Course:
    """The course in this repository; tests only read it."""
    return Course(ROOT)


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests; each opens pages of its own."""
    from playwright.sync_api import sync_playwright

    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: install chromium, or leave these tests out with SKIP=browser")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=OPTIONS)
        yield browser
        browser.close()


def copy_toy_course(folder: Path) -> Course:
    """The course of tests/toy_course in a folder of its own, not released."""
    shutil.copytree(ROOT / "tests" / "toy_course", folder)
    shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
    (folder / "checks").mkdir()
    return Course(folder)


@pytest.fixture
def toy(tmp_path) -> Course:
    """The toy course, not released."""
    return copy_toy_course(tmp_path / "toy")


@pytest.fixture(scope="session")
def _released(tmp_path_factory) -> Path:
    course = copy_toy_course(tmp_path_factory.mktemp("released") / "toy")
    for assignment in course.syllabus.assignments:
        release(course, assignment.name)
    return course.root


@pytest.fixture
def released_toy(_released, tmp_path) -> Course:
    """The toy course with its assignment released into its gradebook."""
    shutil.copytree(_released, tmp_path / "toy")
    return Course(tmp_path / "toy")


@pytest.fixture
def hand_in() -> Callable[..., Path]:
    """hand_in(course, student, scale=..., total=...) writes a submission whose answers are the given sources."""

    def write(course: Course, student: str, **answers: str) -> Path:
        notebook = read_released(course, "a01_toy")
        solutions = {**solution_sources(course.solutions / "a01_toy" / "a01_toy.ipynb"), **answers}
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id in solutions:
                cell.source = solutions[grade_id]
        path = course.submissions / student / "a01_toy" / "a01_toy.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return write
