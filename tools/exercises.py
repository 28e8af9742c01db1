"""The exercises of lectures: their answers, the data of their instant checks, and lectures with the answers put in.

    python -m tools.exercises --check    are all data files what the solutions give now?
    python -m tools.exercises --fix      write them

An exercise `swing` of lecture 06 is a cell with the id `exercise-swing` in lectures/06_momentum.ipynb, which holds a
stub, and a cell with `check("06.swing", ...)`. Its answer is a function in solutions/lectures/06_momentum.py, which
also says what the check looks at; mmcourse/checks/06.json holds the data that students get.
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.checkdata import Check, Question, build, same_data
from autograder.course import Course, Lecture
from autograder.manifest import Mistake, load_module


@dataclass(frozen=True)
class Exercise:
    """One exercise: its name, its answer, two hints, what the check looks at, and mistakes that it recognises."""

    name: str
    answer: Callable
    hints: Sequence[str]
    checks: Sequence[Check]
    mistakes: Sequence[Mistake] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The answer as it stands in a cell."""
        return inspect.getsource(self.answer)


def mistake(name: str, edits: Mapping[str, str], message: str) -> Mistake:
    """Declare a known mistake of an exercise: edits of its answer, and what to tell who made it."""
    return Mistake(question="", name=name, edits=edits, message=message)


def solutions_path(course: Course, lecture: Lecture) -> Path:
    return course.root / "solutions" / "lectures" / f"{lecture.name}.py"


def exercises(course: Course, lecture: Lecture) -> list[Exercise]:
    """The exercises of a lecture, in their order."""
    return load_module(solutions_path(course, lecture)).EXERCISES


def check_data(lecture: Lecture, exercises: Sequence[Exercise]) -> bytes:
    """What belongs into the lecture's file of mmcourse/checks/."""
    return build(
        f"{lecture.number:02d}",
        questions={e.name: Question(hints=list(e.hints), checks=list(e.checks)) for e in exercises},
        solution_source={e.name: e.source for e in exercises},
        mistakes=[replace(known, question=e.name) for e in exercises for known in e.mistakes],
        points={e.name: 1.0 for e in exercises},
        functions={e.name: e.answer.__name__ for e in exercises},
    )


def with_answers(notebook: dict, exercises: Sequence[Exercise]) -> dict:
    """A copy of a notebook (as plain JSON) with every answer in its cell; loud when a cell is missing."""
    copy = json.loads(json.dumps(notebook))
    cells = {cell["id"]: cell for cell in copy["cells"]}
    for exercise in exercises:
        cells[f"exercise-{exercise.name}"]["source"] = exercise.source
    return copy


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--fix", action="store_true", help="write the files")
    parser.add_argument("--check", action="store_true", help="only say which are not what they should be (default)")
    options = parser.parse_args(arguments)
    course, stale = Course.find(), []
    for lecture in course.syllabus.lectures:
        path = course.checks / f"{lecture.number:02d}.json"
        if lecture.status != "written" or not solutions_path(course, lecture).is_file():
            continue
        content = check_data(lecture, exercises(course, lecture))
        if not path.is_file() or not same_data(path.read_bytes(), content):
            stale.append(path)
            options.fix and path.write_bytes(content)
    for path in stale:
        print(f"{path}: " + ("written" if options.fix else "stale: run python -m tools.exercises --fix"))
    return 1 if stale and not options.fix else 0


if __name__ == "__main__":
    sys.exit(main())
