"""docs/term.md: a term as the page tells it, command by command, on a course of two questions and three students."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.marks import read_standings
from autograder.release import release

DOC = Path(__file__).parents[2] / "docs" / "term.md"
BLOCK = re.compile(r"^(?:## (?P<title>[^\n]*)|```(?P<kind>\w+)\n(?P<text>.*?)^```)$", re.MULTILINE | re.DOTALL)
NAME = "a01_toy"
MEAN = "def total(x):\n    return x.mean()"
ROUNDED = "def scale(x, factor):\n    return (x * factor).round(4)"

pytestmark = pytest.mark.slow


def test_the_page_tells_a_term_that_works(toy, hand_in):
    term = Term(toy, hand_in)
    for block in BLOCK.finditer(DOC.read_text(encoding="utf-8")):
        if block["title"]:
            term.begin(block["title"])
        elif block["kind"] == "csv":
            (toy.root / "students.csv").write_text(block["text"])
        elif block["kind"] == "sh":
            term.run(block["text"])
    assert {one.student: (one.score, one.late_penalty) for one in read_standings(toy, NAME)} == {
        "hopper": (0, 6), "noether": (6, 0), "turing": (6, 0),
    }  # fmt: skip
    assert "nothing was recorded" in term.said["autograder regrade a01_toy --preview"]
    assert "turing has until 2026-12-03 18:00 UTC" in term.said["autograder extend a01_toy turing --days 2"]
    pages = {path.parts[-3]: path.read_text() for path in toy.feedback.rglob("*.html")}
    assert set(pages) == {"hopper", "noether", "turing"} and "late" in pages["hopper"]
    assert (toy.root.parent / "mmcourse-class" / "assignments" / NAME / f"{NAME}.ipynb").is_file()
    assert filled(toy.exports / f"{NAME}_canvas.csv", "SIS Login ID") == {"turing": "6", "noether": "6", "hopper": "0"}
    assert filled(toy.exports / f"{NAME}_moodle.csv", "ID number") == {"turing": "6", "noether": "6", "hopper": "0"}


class Term:
    """The course's folder, and what other people do to it between the commands of the page."""

    def __init__(self, course, hand_in) -> None:
        self.course, self.hand_in, self.said = course, hand_in, {}
        self.path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    def begin(self, title: str) -> None:
        """What has happened when a section begins."""
        happened = {
            "An assignment goes out": self.there_is_a_package,
            "Work comes in": self.students_hand_in,
            "A test was wrong": self.somebody_mends_a_test,
            "Marks go out": self.platforms_export_their_lists,
        }
        happened.pop(title, lambda: None)()

    def run(self, commands: str) -> None:
        """Each line as a person types it, for this assignment; the gate is asked once, with few seeds, for time."""
        for line in commands.replace("a03_optimizers", NAME).splitlines():
            quick = re.sub(r"^(autograder release \w+)$", r"\1 --no-gate", line)
            quick = re.sub(r"^(autograder audit \w+)$", r"\1 --seeds 2", quick)
            done = subprocess.run(
                ["bash", "-c", quick], cwd=self.course.root, env={**os.environ, "PATH": self.path},
                capture_output=True, text=True, timeout=300,
            )  # fmt: skip
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
            self.said[line] = done.stdout + done.stderr

    def there_is_a_package(self) -> None:
        root = self.course.root
        release(self.course, "a02_objects")
        (root / "pyproject.toml").write_text('[project.scripts]\n[tool.x]\ninclude = ["mmcourse*", "autograder*"]\n')
        (root / "mmcourse").mkdir()
        config = root / "nbgrader_config.py"
        config.write_text(config.read_text() + '\nc.LateSubmissionPlugin.penalty_method = "zero"\n')

    def students_hand_in(self) -> None:
        """hopper and turing are late, turing is wrong in what a hidden test asks by mistake."""
        days = {"hopper": "2026-12-02 10:00", "turing": "2026-12-02 11:00", "noether": "2026-11-30 12:00"}
        for student, when in days.items():
            path = self.hand_in(self.course, student, **({"scale": ROUNDED} if student == "turing" else {}))
            path.with_name("timestamp.txt").write_text(f"{when}:00 UTC")

    def somebody_mends_a_test(self) -> None:
        assert {one.student: one.score for one in read_standings(self.course, NAME)}["turing"] < 6
        path = self.course.hidden / NAME / "test_scale.py"
        text = path.read_text()
        assert "reference.scale(x, 2.5))" in text and "x * factor)" in text
        text = text.replace("reference.scale(x, 2.5))", "reference.scale(x, 2.5), atol=1e-3)")
        path.write_text(text.replace("x * factor)", "x * factor, atol=1e-3)"))

    def platforms_export_their_lists(self) -> None:
        root = self.course.root
        (root / "canvas.csv").write_text(
            "Student,ID,SIS User ID,SIS Login ID,Section,A toy assignment (4711)\n    Points Possible,,,,,6\n"
            + "".join(f'"{one}, A",{n},,{one},S,\n' for n, one in enumerate(["turing", "noether", "hopper"]))
        )
        (root / "moodle.csv").write_text(
            "First name,Last name,ID number,Email address\n"
            "Alan,Turing,turing,\nEmmy,Noether,noether,\nGrace,Hopper,hopper,\n"
        )


def filled(path: Path, key: str) -> dict[str, str]:
    """The marks in a platform's list, by login."""
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    mark = list(rows[0])[-1]
    return {row[key]: f"{float(row[mark]):g}" for row in rows if row[key]}
