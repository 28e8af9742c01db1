"""A written assignment with its hidden tests at hand, so that a test can run any program against them in-process."""

import inspect
import tomllib
import zlib
from functools import cache
from pathlib import Path

import numpy as np

from autograder.course import Course
from autograder.manifest import Manifest, load_module, program_sources, solution_sources
from autograder.program import Program
from autograder.testing import PartialCredit

COURSE = Course.find(Path(__file__))
WRITTEN = [assignment.name for assignment in COURSE.syllabus.assignments if assignment.status == "written"]


class Bench:
    """The hidden tests of an assignment, the instructor's answers, and which tests catch which known mistake."""

    def __init__(self, name: str) -> None:
        hidden = COURSE.hidden / name
        self.notebook = COURSE.solutions / name / f"{name}.ipynb"
        self.manifest = Manifest.load(hidden, self.notebook)
        self.solutions = solution_sources(self.notebook)
        self.reference = Program(program_sources(self.notebook))
        self.modules = {question.id: load_module(hidden / f"test_{question.id}.py") for question in self.questions}
        self.caught = tomllib.loads((Path(__file__).parent / "caught" / f"{name}.toml").read_text())

    @property
    def questions(self):
        return self.manifest.questions

    def program_with(self, question: str, source: str) -> Program:
        """The instructor's program with another answer to one question."""
        return Program(program_sources(self.notebook, {self.manifest.question(question).solution_cell: source}))

    def program_of(self, mistake) -> Program:
        cell = self.manifest.question(mistake.question).solution_cell
        return self.program_with(mistake.question, mistake.apply(self.solutions[cell]))

    def fraction(self, test, student, seed: int) -> tuple[float, str]:
        """Run one hidden test on a program; return the fraction of its points, and why not all of them."""
        function = getattr(self.modules[test.question], test.name)
        rng = np.random.default_rng([seed, zlib.crc32(f"{test.question}/{test.name}".encode())])
        offered = {"student": student, "reference": self.reference, "rng": rng}
        try:
            function(**{name: offered[name] for name in inspect.signature(function).parameters})
        except PartialCredit as credit:
            return credit.fraction, credit.message
        except Exception as error:  # a mistake may raise anything
            return 0.0, f"{type(error).__name__}: {error}"
        return 1.0, ""

    def catchers(self, mistake) -> list[str]:
        """The names of the tests that must catch a mistake."""
        return [f"test_{name}" for name in self.caught[mistake.question][mistake.name].split()]


@cache
def bench(name: str) -> Bench:
    return Bench(name)
