"""A student's notebook in a real JupyterLab: what nbgrader's Validate button and the `check` cells say to them."""

import json
import shutil
from collections.abc import Iterator

import nbformat
import pytest

from autograder.edition import write_edition
from autograder.release import release
from tests.browser.conftest import jupyter_lab
from tests.browser.test_explorer_lab import NOTEBOOK, SETTINGS, open_notebook
from tests.conftest import ROOT, copy_toy_course

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAME = "a01_toy"
PATH = f"assignments/{NAME}/{NAME}.ipynb"
IMPORTS = "import numpy as np\n\nfrom mmcourse.check import check, hint"
FIND = f"{NOTEBOOK}.content.widgets.findIndex((one) => one.model.id === '%s')"
PYPROJECT = "[project]\nname = 'toy'\n"


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    """The tree that a student of the toy course gets, with the `mmcourse` it needs."""
    folder = tmp_path_factory.mktemp("student")
    course = copy_toy_course(folder / "toy")
    syllabus = course.root / "syllabus.toml"
    syllabus.write_text("[[assignment]]".join(syllabus.read_text().split("[[assignment]]")[:2]))  # a01 will do
    path = course.solutions / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = IMPORTS
    nbformat.write(notebook, path)
    (course.root / "mmcourse").mkdir()
    for module in (ROOT / "mmcourse").glob("*.py"):
        shutil.copy(module, course.root / "mmcourse")
    (course.root / "pyproject.toml").write_text(PYPROJECT)
    release(course, NAME)
    write_edition(course, "class", folder / "mine")
    return folder / "mine"


class Student:
    """What a student does with the notebook that is open, and what they read then."""

    def __init__(self, page) -> None:
        self.page = page

    def go_to(self, cell: str) -> str:
        """Make a cell the active one; returns JavaScript for it."""
        assert self.page.evaluate(f"({NOTEBOOK}.content.activeCellIndex = {FIND % cell}) >= 0"), cell
        return f"{NOTEBOOK}.content.activeCell"

    def write(self, cell: str, source: str) -> str:
        """Replace what stands in a cell, at the keyboard, run it, and read what is below it."""
        self.go_to(cell)
        self.page.evaluate(f"{NOTEBOOK}.content.mode = 'edit'")
        self.page.locator(".jp-mod-active .cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)
        return self.run(cell)

    def run(self, cell: str) -> str:
        """Run a cell to its end, and read what is below it."""
        active = self.go_to(cell)
        self.page.evaluate("jupyterapp.commands.execute('notebook:run-cell')")
        return self.page.evaluate(f"{active}.outputArea.node.innerText")

    def ask(self, source: str) -> str:
        """Write and run a line of one's own below the active cell."""
        self.page.evaluate("jupyterapp.commands.execute('notebook:insert-cell-below')")
        own = self.page.evaluate(f"{NOTEBOOK}.content.activeCell.model.id")
        return self.write(own, source)

    def validate(self) -> str:
        """Press the button, and read its dialog before closing it."""
        self.page.locator(".validate-button").locator("visible=true").click()
        dialog = self.page.locator(".jp-Dialog")
        dialog.wait_for(timeout=120_000)
        said = dialog.inner_text()
        dialog.get_by_role("button", name="Ok").click()
        return said


@pytest.fixture
def student(edition, chromium, monkeypatch) -> Iterator[Student]:
    """A student who has opened the notebook, in a JupyterLab on their tree."""
    for name, settings in SETTINGS.items():
        path = edition / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    config = {"LabApp": {"expose_app_in_browser": True}}
    (edition / ".jupyter" / "jupyter_lab_config.json").write_text(json.dumps(config))
    monkeypatch.setenv("PYTHONPATH", str(edition))  # as if `pip install .` had been run there
    context = chromium.new_context(viewport={"width": 1300, "height": 1000})
    with jupyter_lab(edition) as address:
        yield Student(open_notebook(context, (address, edition), PATH))
    context.close()


def test_a_student_is_told_what_fails_gets_hints_and_is_told_that_all_is_right(student):
    said = student.validate()
    assert said.count("The following cell failed") == said.count("Not started yet: put your code where") == 2

    student.run("imports")
    student.write("scale", "def scale(x, factor):\n    print('<b>scaling</b> & more')\n    return x + factor")
    shown = student.run("check-scale")
    assert "0 of 4 points" in shown and "twice one, two" in shown and "expected 2, got 3" in shown
    assert "You add the factor; scaling multiplies." in shown and "hint() shows the next" in shown
    assert "<b>scaling</b> & more" in shown
    said = student.validate()
    for words in ("a01.scale: 0 of 4 points", "FAILED  twice one, two", "expected 2, got 3", "You add the factor"):
        assert words in said
    assert "<b>scaling</b> & more" in said and "Partial credit" not in said and "Traceback" not in said

    assert student.ask("hint()").endswith("Hint 1 of 2, a01.scale\nMultiply.")
    assert "x * factor" in student.ask("hint()")
    assert "There are no more hints" in student.ask("hint()")

    student.write("scale", "def scale(x, factor):\n    return x * factor")
    shown = student.run("check-scale")
    assert "4 of 4 points" in shown and "failed" not in shown
    said = student.validate()
    assert said.count("The following cell failed") == 1 and "a01.scale" not in said and "Not started yet" in said
    student.write("total", "def total(x):\n    return x.sum()")
    assert "2 of 2 points" in student.run("check-total")
    assert "Success! Your notebook passes all the tests." in student.validate()
