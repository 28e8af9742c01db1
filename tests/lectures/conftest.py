"""Every written lecture, read once and run once."""

import time
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest

from autograder.course import Course
from tools.pages import run

COURSE = Course.find(Path(__file__))
WRITTEN = [lecture for lecture in COURSE.syllabus.lectures if lecture.status == "written"]
STRICT = "import warnings\nwarnings.simplefilter('error')"


class Executed(NamedTuple):
    """A lecture that has been run from a clean kernel, and how long that took, in seconds."""

    notebook: nbformat.NotebookNode
    seconds: float


def read(lecture) -> nbformat.NotebookNode:
    return nbformat.read(COURSE.lectures / f"{lecture.name}.ipynb", as_version=4)


@pytest.fixture(scope="session", params=WRITTEN, ids=lambda lecture: lecture.name)
def lecture(request):
    return request.param


@pytest.fixture(scope="session")
def notebook(lecture):
    return read(lecture)


@pytest.fixture(scope="session")
def executed(lecture) -> Executed:
    """The lecture as released, with warnings as errors."""
    copy = read(lecture)
    copy.cells.insert(0, nbformat.v4.new_code_cell(STRICT, id="strict"))
    start = time.perf_counter()
    run(copy, COURSE.lectures)
    seconds = time.perf_counter() - start
    del copy.cells[0]
    return Executed(copy, seconds)
