"""Written lectures, each run once in a test session however many tests look at it."""

import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nbformat

from autograder.course import Course, Lecture
from tools.pages import run

COURSE = Course.find(Path(__file__))
WRITTEN = [lecture for lecture in COURSE.syllabus.lectures if lecture.status == "written"]
STRICT = "import warnings\nwarnings.simplefilter('error')"


class Executed(NamedTuple):
    """A lecture that has been run from a clean kernel, and how long that took, in seconds."""

    notebook: nbformat.NotebookNode
    seconds: float


def read(lecture: Lecture) -> nbformat.NotebookNode:
    return nbformat.read(COURSE.lectures / f"{lecture.name}.ipynb", as_version=4)


def execute(lecture: Lecture) -> Executed:
    """The lecture as released, with warnings as errors. Nobody may change what comes back."""
    return _execute(lecture.number)


@cache
def _execute(number: int) -> Executed:
    lecture = next(one for one in WRITTEN if one.number == number)
    notebook = read(lecture)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(STRICT, id="strict"))
    start = time.perf_counter()
    run(notebook, COURSE.lectures)
    seconds = time.perf_counter() - start
    del notebook.cells[0]
    return Executed(notebook, seconds)
