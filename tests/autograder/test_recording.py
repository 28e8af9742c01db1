"""What is written where people look: figures, what a person marks, and explore cells, by our command and nbgrader's."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.batch import grade_class
from autograder.course import Course
from autograder.feedback import write_feedback
from autograder.marks import read_standings
from autograder.outputs import LABEL
from autograder.pictures import known_chunks
from autograder.release import release
from autograder.results import load_result, result_path
from tests.pngs import PLAIN as PNG

NAME = "a01_toy"


ENCODED = base64.b64encode(PNG).decode()
SCRIPT = "<script>alert(1)</script>"
OUTPUTS = [
    new_output("stream", name="stdout", text="I saw 42\n"),
    new_output("display_data", data={"image/png": ENCODED, "text/html": SCRIPT}),
    new_output("display_data", data={"image/svg+xml": "<svg onload=alert(1)>", "application/javascript": "alert(1)"}),
]


def by_hand(grade_id: str, points: int, kind: str = "markdown", **grading: bool) -> nbformat.NotebookNode:
    """A cell that a person marks, as nbgrader's own toolbar makes one."""
    metadata = {"grade": True, "solution": True, "locked": False, "task": False, **grading}
    metadata = {"nbgrader": {**metadata, "grade_id": grade_id, "points": points, "schema_version": 3}}
    make = new_code_cell if kind == "code" else new_markdown_cell
    return make("Your answer." if kind == "markdown" else "# your plot", metadata=metadata, id=grade_id)


@pytest.fixture
def course(toy) -> Course:
    """The toy course with an essay, a plot and a task to be marked by a person, and an explorer; released."""
    path = toy.solutions / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells += [
        by_hand("essay", 3),
        by_hand("plot", 2, "code"),
        by_hand("task", 5, grade=False, solution=False, locked=True, task=True),
        new_code_cell("explorer = 1\nprint('explored')", metadata={"tags": ["explore"]}, id="explore"),
    ]
    nbformat.write(notebook, path)
    release(toy, NAME)
    return toy


@pytest.fixture
def answered(course, hand_in):
    """answered(student, essay=..., plot=...) hands in a notebook whose cells for a person have outputs."""

    def write(student: str, **answers: str) -> None:
        path = hand_in(course, student, **answers)
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = [nbformat.from_dict(json.loads(json.dumps(output))) for output in OUTPUTS]
        path.write_text(nbformat.writes(notebook))

    return write


def cells_of(course: Course, student: str) -> dict:
    notebook = nbformat.read(course.autograded / student / NAME / f"{NAME}.ipynb", as_version=4)
    nbformat.validate(notebook)
    return {cell.id: cell for cell in notebook.cells}


def marks(course: Course) -> dict:
    return {
        standing.student: {mark.cell: (mark.auto, mark.manual, mark.needs_manual) for mark in standing.marks}
        for standing in read_standings(course, NAME)
    }


def grade(course: Course, how: str) -> None:
    if how == "ours":
        list(grade_class(course, NAME))
        return
    command = [str(Path(sys.executable).parent / "nbgrader"), "autograde", NAME]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("how", ["ours", "nbgrader"])
def test_what_a_person_marks_keeps_what_was_handed_in(course, answered, how):
    answered("hopper", essay="My *essay* <img src=x onerror=alert(1)>", plot="plt.plot([1])\nprint('ran')")
    answered("blank", plot="raise NotImplementedError  # your code here")
    grade(course, how)
    cells = cells_of(course, "hopper")
    plot = cells["plot"].outputs
    assert [output.get("text", "").strip() for output in plot] == [LABEL, "I saw 42", ""]
    assert plot[2].data == {"image/png": ENCODED, "text/plain": "(picture 1)"}
    assert cells["essay"].source == "My *essay* < img src=x onerror=alert(1)>"
    assert cells["explore"].outputs == [] and "explored" not in str(cells["explore"].outputs)
    assert "alert" not in json.dumps([cell.get("outputs", []) for cell in cells.values()])
    assert not any("42" in json.dumps(cell.get("outputs")) for name, cell in cells.items() if name != "plot")

    waiting, done = (None, None, True), (0.0, None, False)
    found = marks(course)
    assert [found["hopper"][name] for name in ("essay", "plot", "task")] == [waiting] * 3
    assert [found["blank"][name] for name in ("essay", "plot", "task")] == [done, done, waiting]
    assert found["hopper"]["check-scale"] == (4.0, None, False)
    result = load_result(result_path(course.results, NAME, "hopper"))
    assert "ran" not in "".join(run.stdout for run in result.cells)

    pages = {path.parts[-3]: path.read_text(encoding="utf-8") for path in write_feedback(course, NAME)}
    assert LABEL in pages["hopper"] and "I saw 42" in pages["hopper"] and ENCODED in pages["hopper"]
    assert "A person has still to look at" in pages["hopper"] and "alert(1)&gt;" not in pages["hopper"]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["ours", "nbgrader"])
def test_figures_are_seen_in_the_notebook_and_on_the_page(course, answered, how):
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('drawn')\n\ndef total(x):\n    return x.sum()"
    answered("hopper", total=source)
    grade(course, how)
    text, drawn = cells_of(course, "hopper")["total"].outputs
    assert text.text == "drawn\n" and drawn.data["text/plain"] == "(picture 1)"
    picture = drawn.data["image/png"]
    assert [kind for kind, _ in known_chunks(base64.b64decode(picture))][0] == b"IHDR"
    (run,) = [run for run in load_result(result_path(course.results, NAME, "hopper")).cells if run.images]
    assert base64.b64encode(run.images[0]).decode() == picture
    (page,) = write_feedback(course, NAME)
    assert f"data:image/png;base64,{picture}" in page.read_text(encoding="utf-8")
    assert marks(course)["hopper"]["check-total"] == (2.0, None, False)


@pytest.mark.slow
def test_a_persons_marks_survive_grading_again(course, answered):
    from autograder.gradebook import open_gradebook

    answered("hopper", essay="An essay.")
    grade(course, "ours")
    with open_gradebook(course) as gradebook:
        one = gradebook.find_grade("essay", NAME, NAME, "hopper")
        one.manual_score, one.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    path = course.hidden / NAME / "test_total.py"
    path.write_text(path.read_text() + "\n# another edition of the tests\n")
    (graded,) = grade_class(course, NAME, again=True)
    assert (graded.news, marks(course)["hopper"]["essay"]) == ("graded", (None, 2.5, False))
    answered("hopper", essay="Another essay.")
    grade(course, "ours")
    assert marks(course)["hopper"]["essay"] == (None, 2.5, True)


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "values", "sentence"), [("none", 0, 0), ("hint", 0, 1), ("full", 1, 1)])
def test_the_autograded_notebook_follows_the_policy(course, answered, policy, values, sentence):
    manifest = course.hidden / NAME / "manifest.toml"
    manifest.write_text(f'feedback = "{policy}"\n{manifest.read_text()}')
    answered("turing", scale="def scale(x, factor):\n    return x + factor")
    grade(course, "ours")
    said = json.dumps(cells_of(course, "turing")["check-scale"].outputs)
    assert ("expected" in said, "One number is multiplied" in said) == (bool(values), bool(sentence))
    assert ("You add the factor" in said) == bool(sentence)
    result = load_result(result_path(course.results, NAME, "turing"))
    assert any("expected" in test.message and test.mistake for test in result.tests), "the instructor keeps everything"


def test_before_the_deadline_and_after_it_the_notebook_says_the_same(course, answered):
    manifest = course.hidden / NAME / "manifest.toml"
    text, said = manifest.read_text(), []
    answered("turing", scale="def scale(x, factor):\n    return x + factor")
    for year in (2001, 9000):
        manifest.write_text(f'feedback = "after deadline"\nfeedback_full_after = {year}-12-01T00:00:00Z\n{text}')
        grade(course, "ours")
        said.append(json.dumps(cells_of(course, "turing")["check-scale"].outputs))
    assert said[0] == said[1] and "expected" not in said[0] and "You add the factor" in said[0]


TOTAL = "\n\ndef total(x):\n    return x.sum()"
DRAWS = {"hangs": "while True: pass", "ends the process": "import os; os._exit(0)"}


@pytest.mark.hostile
@pytest.mark.slow
@pytest.mark.parametrize("what", DRAWS)
def test_a_figure_that_hangs_or_crashes_when_it_is_drawn_costs_no_points(course, answered, what):
    figure = f"class Bad(plt.Figure):\n    def draw(self, renderer):\n        {DRAWS[what]}\n"
    source = f"import matplotlib.pyplot as plt\n{figure}\nplt.figure(FigureClass=Bad)\nprint('made'){TOTAL}"
    answered("eve", total=source)
    grade(course, "ours")
    result = load_result(result_path(course.results, NAME, "eve"))
    assert result.score == result.max_score
    (run,) = [run for run in result.cells if run.stdout == "made\n"]
    assert (run.status, run.images) == ("ok", [])


LIES = {
    "no pictures": "[b'<svg onload=alert(1)>', 'text', None, 3, [], b'\\x89PNG\\r\\n\\x1a\\n' * 9]",
    "no list": "{'a': 1}",
    "a flood": f"[{PNG!r}] * 5000",
}


@pytest.mark.hostile
@pytest.mark.slow
@pytest.mark.parametrize("what", LIES)
def test_pictures_that_are_none_stay_outside(course, answered, what):
    source = (
        f"import autograder.drawing as d\nd.collect = lambda: 5\nd.draw = lambda: {LIES[what]}\nprint('lied'){TOTAL}"
    )
    answered("eve", total=source)
    grade(course, "ours")
    result = load_result(result_path(course.results, NAME, "eve"))
    assert result.score == result.max_score
    (run,) = [run for run in result.cells if run.stdout == "lied\n"]
    assert run.images == ([PNG] * 10 if what == "a flood" else [])
