"""formgrader in a real JupyterLab: it shows the class, and what a person writes there survives grading again."""

import re
from collections.abc import Callable, Iterator

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell

from autograder.batch import grade_class
from autograder.cli import DONE, cli
from autograder.course import Course
from autograder.marks import read_standings
from autograder.release import release
from tests.browser.conftest import jupyter_lab
from tests.conftest import copy_toy_course

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAME = "a01_toy"
ESSAY = {"grade": True, "solution": True, "locked": False, "task": False, "schema_version": 3}
UNTOUCHED = "*Your answer here.*"  # as it is released
ADDER = "def scale(x, factor):\n    return x + factor"
MEAN = "def total(x):\n    return np.mean(x)"
FORGED = "import os\n\ndef scale(x, factor):\n    os._exit(0)"  # takes the process that runs it along
COMMENT = "Right idea, wrong operation: `*` & not <b>+</b>."


def saved(answer) -> bool:
    return answer.request.method == "PUT" and answer.ok


class Formgrader:
    """formgrader as an instructor sees it, on the course of one JupyterLab."""

    def __init__(self, page, address: str) -> None:
        """Open it through the menu; it lives in a frame of JupyterLab's page."""
        self.page, self.address = page, address
        page.goto(f"{address}/lab")
        page.get_by_role("menuitem", name="Nbgrader").first.click(timeout=90_000)
        page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Formgrader$")).locator("visible=true").click()
        page.wait_for_function(
            "[...document.querySelectorAll('iframe')].some(one => one.src.includes('formgrader'))", timeout=60_000
        )
        page.frame_locator("iframe[src*=formgrader]").get_by_text(NAME).first.wait_for(timeout=60_000)
        self.frame = next(frame for frame in page.frames if "formgrader" in frame.url)

    def submissions(self) -> dict[str, tuple[str, str]]:
        """student -> (status, score), from the table of who handed in."""
        self.frame.goto(f"{self.address}/formgrader/manage_submissions/{NAME}")
        self.frame.locator("tbody .label").first.wait_for(timeout=60_000)
        rows = [row.locator("td").all_inner_texts() for row in self.frame.locator("tbody tr").all()]
        return {cells[1]: (cells[3], cells[4]) for cells in rows}

    def open(self, student: str) -> None:
        """The page on which a student's notebook is marked; its fields get their texts once they have been fetched."""
        self.frame.goto(f"{self.address}/formgrader/manage_students/{student}/{NAME}")
        self.frame.locator("tbody a", has_text=NAME).click(timeout=60_000)
        for field in ("essay-comment", "essay_extra_credit"):
            self.frame.locator(f"#{field}[placeholder]").wait_for(timeout=60_000)

    def write(self, field: str, text: str) -> None:
        """Type into a field of that page, and go on once the server has it."""
        with self.page.expect_response(saved):
            self.frame.locator(f"#{field}").fill(text)
            self.frame.locator(f"#{field}").press("Tab")

    def resolve(self) -> None:
        """Press the button that says of the one mark that is asked about: I have looked."""
        with self.page.expect_response(saved):
            self.frame.get_by_role("button", name="Resolve").locator("visible=true").click()

    def asks(self, field: str) -> bool:
        """Whether that page asks a person to look at a mark."""
        return "needs_manual_grade" in self.frame.locator(f"#{field}").get_attribute("class").split()

    def autograde(self, student: str) -> None:
        """Press the button beside a student in the table of who handed in."""
        self.submissions()
        self.frame.locator("tbody tr", has_text=student).locator(".autograde a").click()
        said = self.frame.locator(".modal-body")
        said.wait_for(timeout=120_000)
        assert f"Successfully autograded '{NAME}' for student '{student}'" in said.inner_text()


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """The toy course with an essay that a person marks, released."""
    toy = copy_toy_course(tmp_path_factory.mktemp("formgrader") / "toy")
    path = toy.solutions / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    metadata = {"nbgrader": {**ESSAY, "grade_id": "essay", "points": 3}}
    notebook.cells.append(new_markdown_cell("It is linear.", metadata=metadata, id="essay"))
    nbformat.write(notebook, path)
    release(toy, NAME)
    return toy


@pytest.fixture(scope="module")
def formgrader(course, chromium) -> Iterator[Formgrader]:
    with jupyter_lab(course.root) as address:
        page = chromium.new_page(viewport={"width": 1400, "height": 900})
        yield Formgrader(page, address)
        page.close()


@pytest.fixture(autouse=True)
def same_tests(course) -> Iterator[None]:
    """Each test finds the hidden tests as they were."""
    sources = {path: path.read_text() for path in (course.hidden / NAME).glob("test_*.py")}
    yield
    for path, source in sources.items():
        path.write_text(source)


def marks(course: Course, student: str) -> dict[str, tuple]:
    """cell -> (automatic score, a person's, extra credit, whether a person is asked), as the gradebook has them."""
    (standing,) = [one for one in read_standings(course, NAME) if one.student == student]
    return {mark.cell: (mark.auto, mark.manual, mark.extra_credit, mark.needs_manual) for mark in standing.marks}


def change_test(course: Course, question: str, before: str, after: str) -> None:
    path = course.hidden / NAME / f"test_{question}.py"
    source = path.read_text()
    assert before in source
    path.write_text(source.replace(before, after))


@pytest.fixture
def regrade(course, capsys) -> Callable[..., str]:
    """regrade(option, ...) gives the command, and what it prints in one line."""

    def run(*options: str) -> str:
        assert cli(["--course", str(course.root), "regrade", NAME, *options], standalone_mode=False) == DONE
        return " ".join(capsys.readouterr().out.split())

    return run


def test_what_a_person_wrote_there_survives_a_regrade_with_other_tests(course, formgrader, hand_in, regrade):
    hand_in(course, "hopper", essay="Multiplication is *linear*.")
    hand_in(course, "turing", essay="I do not know.", scale=ADDER)
    hand_in(course, "lovelace", essay=UNTOUCHED, total=MEAN)
    list(grade_class(course, NAME))
    asked = "needs manual grading"
    shown = {"hopper": (asked, "6 / 9"), "turing": (asked, "2 / 9"), "lovelace": ("graded", "4 / 9")}
    assert formgrader.submissions() == shown

    formgrader.open("turing")
    assert formgrader.frame.get_by_text("You add the factor; scaling multiplies.").is_visible()
    assert formgrader.asks("essay") and not formgrader.asks("check-scale")
    formgrader.write("check-scale", "3")
    formgrader.write("check-scale_extra_credit", "1")
    formgrader.write("scale-comment", COMMENT)
    formgrader.write("essay", "0.5")
    shown["turing"] = ("graded", "6.5 / 9")  # 3 + 1 of a person, 2 of the tests, 0.5 of a person
    assert formgrader.submissions() == shown

    change_test(course, "total", "float(x.sum())", "float(student.total(x))")
    change_test(course, "scale", "rng.uniform(2, 3)\n    assert_close(student.scale(x, factor), x * factor)", "1.0")
    said = regrade("--preview")
    assert re.search(r"lovelace 4 6 \S* ?total: test_total 0 -> 2", said) and "hopper" not in said
    assert re.search(r"turing .* scale: test_one_number 0 -> 1 .*\(a person's score stands\)", said)
    assert formgrader.submissions() == shown, "a preview changes nothing"

    regrade()
    # The essay was marked and is the same: nobody is asked again. Beneath the 3 the automatic score has moved.
    assert marks(course, "turing") == {
        "check-scale": (1.0, 3.0, 1.0, True), "check-total": (2.0, None, 0.0, False), "essay": (None, 0.5, 0.0, False)
    }  # fmt: skip
    shown |= {"turing": (asked, "6.5 / 9"), "lovelace": ("graded", "6 / 9")}
    assert formgrader.submissions() == shown
    formgrader.open("turing")
    assert formgrader.frame.locator("#scale-comment").input_value() == COMMENT
    assert formgrader.asks("check-scale") and not formgrader.asks("essay")
    formgrader.resolve()
    assert formgrader.submissions() == shown | {"turing": ("graded", "6.5 / 9")}


def test_its_own_button_grades_in_our_sandbox_with_the_tests_of_today(course, formgrader, hand_in):
    hand_in(course, "mallory", essay="It is linear.", scale=FORGED, total=MEAN)
    assert formgrader.submissions()["mallory"] == ("needs autograding", "")
    formgrader.autograde("mallory")
    assert [marks(course, "mallory")[cell][0] for cell in ("check-scale", "check-total", "essay")] == [0.0, 0.0, None]
    assert formgrader.submissions()["mallory"][0] == "needs manual grading"
    formgrader.open("mallory")
    formgrader.write("check-scale", "1.5")
    formgrader.write("essay", "3")
    formgrader.write("scale-comment", COMMENT)

    change_test(course, "total", "float(x.sum())", "float(student.total(x))")
    formgrader.autograde("mallory")
    # nbgrader's own way does not know whether the essay is the one that was marked, so it asks again.
    assert marks(course, "mallory") == {
        "check-scale": (0.0, 1.5, 0.0, False), "check-total": (2.0, None, 0.0, False), "essay": (None, 3.0, 0.0, True)
    }  # fmt: skip
    assert formgrader.submissions()["mallory"] == ("needs manual grading", "6.5 / 9")
    formgrader.open("mallory")
    assert formgrader.frame.locator("#scale-comment").input_value() == COMMENT
