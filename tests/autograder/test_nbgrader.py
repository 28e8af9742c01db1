"""Stock nbgrader on the same course: its own commands grade through our sandbox and come to the same marks."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.batch import grade_class
from autograder.marks import read_standings

NAME = "a01_toy"
ANSWERS = {
    "right": {},
    "adder": {"scale": "def scale(x, factor):\n    return x + factor"},
    "partial": {"scale": "def scale(x, factor):\n    return x * factor if x.ndim == 1 else x"},
    "exits": {"scale": "import os\n\ndef scale(x, factor):\n    os._exit(0)"},
    "forger": {
        "total": "from IPython import get_ipython\nget_ipython().kernel.do_execute = lambda *a, **k: {}\n"
        "def total(x):\n    return type('Liar', (float,), {'__eq__': lambda *a: True})()"
    },
}


def nbgrader(course, *arguments):
    command = [str(Path(sys.executable).parent / "nbgrader"), *arguments]
    return subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=300, check=False)


def marks(course):
    return {
        standing.student: [(mark.cell, mark.auto, mark.manual, mark.needs_manual) for mark in standing.marks]
        for standing in read_standings(course, NAME)
    }


@pytest.mark.slow
def test_nbgrader_autograde_gives_the_marks_that_autograder_grade_gives(released_toy, hand_in):
    for student, answers in ANSWERS.items():
        hand_in(released_toy, student, **answers)
    done = nbgrader(released_toy, "autograde", NAME)
    assert done.returncode == 0, done.stderr
    theirs = marks(released_toy)
    assert set(theirs) == set(ANSWERS)
    page = nbformat.read(released_toy.autograded / "adder" / NAME / f"{NAME}.ipynb", as_version=4)
    texts = [
        output.data["text/html"]
        for cell in page.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    assert any("You add the factor" in text for text in texts)

    os.remove(released_toy.root / "gradebook.db")
    subprocess.run(["rm", "-rf", str(released_toy.autograded)], check=True)
    assert nbgrader(released_toy, "generate_assignment", NAME, "--force").returncode == 0
    list(grade_class(released_toy, NAME))
    assert marks(released_toy) == theirs


@pytest.mark.slow
def test_nbgrader_autograde_mends_what_students_break(released_toy, hand_in):
    path = hand_in(released_toy, "mender")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != "check-scale"
    ]
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "check-total":
            cell.metadata.nbgrader.points = 1000
            cell.source = "1000.0"
    nbformat.write(notebook, path)
    done = nbgrader(released_toy, "autograde", NAME)
    assert done.returncode == 0, done.stderr
    (standing,) = read_standings(released_toy, NAME)
    assert (standing.score, standing.max_score) == (6.0, 6.0)
