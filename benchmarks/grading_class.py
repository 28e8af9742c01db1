"""The same class twice, for benchmarks/grading.py: handed in to this course, and to a stock nbgrader course.

    answers = distinct_answers(manifest, solutions, 60)
    course = make_ours(source, "a01_tensors", folder / "ours", answers)
    make_stock(source, "a01_tensors", folder / "stock", answers)

A stock course knows no hidden folder, so its hidden tests stand in the grade cells, between nbgrader's marks. They are
the same functions: the text of the test file and of common.py, run in the kernel. There, `student` calls what the
notebook defines, with copies of the arguments, as a careful author would; `reference` is the instructor's program in
a module of its own; and the sum of points is the cell's last expression, nbgrader's way to give partial credit.
"""

import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from autograder.audit import blank
from autograder.course import Course
from autograder.grading import load_manifest
from autograder.manifest import HiddenQuestion, Manifest, program_sources, solution_sources
from autograder.release import read_released, release

ROOT = Path(__file__).parent.parent
COURSES = {"a01_tensors": ROOT / "benchmarks" / "grading_course", "a03_optimizers": ROOT}
Answers = dict[str, str]  # grade_id of a solution cell: what the student wrote there

STOCK_CONFIG = "c = get_config()\nc.CourseDirectory.course_id = 'stock'\n"
STOCK_TESTS = """{visible}

### BEGIN HIDDEN TESTS
import copy as _copy, inspect as _inspect, types as _types, warnings as _warnings, zlib as _zlib
import numpy as _numpy
from autograder.testing import PartialCredit as _PartialCredit


def _module(source, **given):
    module = _types.ModuleType("hidden")
    vars(module).update(given)
    exec(compile(source, "<hidden>", "exec"), vars(module))
    return module


def _careful(function):
    def call(*args, **kwargs):
        with _warnings.catch_warnings(), _numpy.errstate(all="ignore"):
            _warnings.simplefilter("ignore")
            return _copy.deepcopy(function(*_copy.deepcopy(args), **_copy.deepcopy(kwargs)))
    return call


class _Names:
    def __init__(self, names):
        self._names = names

    def __getattr__(self, name):
        return _careful(self._names[name])


_tests = _module({tests!r}, common=_module({common!r}))
_reference = _module({reference!r})
_score, _passed = 0.0, set()
for _name, _test in list(vars(_tests).items()):
    if not hasattr(_test, "_points") or not set(getattr(_test, "_needs", ())) <= _passed:
        continue
    _offered = {{
        "student": _Names(globals()),
        "reference": _Names(vars(_reference)),
        "rng": _numpy.random.default_rng([0, _zlib.crc32(f"{question}/{{_name}}".encode())]),
    }}
    try:
        _test(**{{_wanted: _offered[_wanted] for _wanted in _inspect.signature(_test).parameters}})
    except _PartialCredit as _error:
        _score += round(_error.fraction * _test._points, 9)
    except Exception:
        pass
    else:
        _score += _test._points
        _passed.add(_name)
float(_score)
### END HIDDEN TESTS"""


def source_of(name: str) -> tuple[Course, Manifest, Answers]:
    """The course that `name` comes from, its manifest, and the instructor's answers."""
    source = Course(COURSES[name])
    return source, load_manifest(source, name), solution_sources(notebook_of(source, name))


def notebook_of(course: Course, name: str) -> Path:
    return course.solutions / name / f"{name}.ipynb"


# Who hands in what

TRIES = 20  # for a notebook that nobody has yet


def distinct_answers(manifest: Manifest, solutions: Answers, count: int) -> list[Answers]:
    """`count` different notebooks: in each question one of the right programs, or (3 of 10) a known mistake.

    Programs come together in new ways as long as any are found; then some are the same but for who signed them.
    """
    rng, chosen, seen = random.Random(0), [], set()
    right = {q.id: [solutions[q.solution_cell]] for q in manifest.questions}
    wrong: dict[str, list[str]] = {q.id: [] for q in manifest.questions}
    for variant in manifest.variants:
        right[variant.question].append(variant.source)
    for mistake in manifest.mistakes:
        wrong[mistake.question].append(mistake.apply(solutions[manifest.question(mistake.question).solution_cell]))

    def pick() -> tuple[str, ...]:
        return tuple(rng.choice(wrong[q] if rng.random() < 0.3 and wrong[q] else right[q]) for q in right)

    while len(chosen) < count:
        picked = next((one for one in (pick() for _ in range(TRIES)) if one not in seen), None) or pick()
        seen.add(picked)
        chosen.append({q.solution_cell: text for q, text in zip(manifest.questions, picked, strict=True)})
    return [signed(answers, number) for number, answers in enumerate(chosen)]


def unanswered(solutions: Answers, count: int) -> list[Answers]:
    """`count` notebooks nobody touched, but for a comment: no two are equal, so none is known from another."""
    return [signed({cell: blank(source) for cell, source in solutions.items()}, number) for number in range(count)]


def signed(answers: Answers, number: int) -> Answers:
    return {cell: f"{source.rstrip()}\n# written by student {number}\n" for cell, source in answers.items()}


# Their courses


def make_ours(source: Course, name: str, folder: Path, answers: list[Answers]) -> Course:
    """A course folder of its own, released, with the class's submissions in it."""
    (folder / "checks").mkdir(parents=True)
    shutil.copyfile(source.root / "syllabus.toml", folder / "syllabus.toml")
    shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
    shutil.copytree(source.solutions / name, folder / "solutions" / name)
    shutil.copytree(source.hidden / name, folder / "hidden" / name)
    course = Course(folder)
    release(course, name)
    hand_in(read_released(course, name), course.submissions, name, answers)
    return course


def make_stock(source: Course, name: str, folder: Path, answers: list[Answers]) -> None:
    """A course as stock nbgrader has it: its own folders, its own steps, hidden tests in the grade cells."""
    manifest = load_manifest(source, name)
    notebook = nbformat.read(notebook_of(source, name), as_version=4)
    questions = {question.grade_cell: question for question in manifest.questions}
    for cell in notebook.cells:
        question = questions.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if question is not None:
            cell.source = stock_cell(source, name, question, cell.source)
    (folder / "source" / name).mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(STOCK_CONFIG)
    nbformat.write(notebook, folder / "source" / name / f"{name}.ipynb")
    nbgrader(folder, "generate_assignment", name)
    released = nbformat.read(folder / "release" / name / f"{name}.ipynb", as_version=4)
    hand_in(released, folder / "submitted", name, answers)


def stock_cell(source: Course, name: str, question: HiddenQuestion, visible: str) -> str:
    """The grade cell of a question: the visible check, then its hidden tests as text."""
    hidden = source.hidden / name
    tests, common = (hidden / f"test_{question.id}.py").read_text(), hidden / "common.py"
    tests = re.sub(r"(?m)^common = load_module\(.*\n", "", tests)  # it is given
    reference = "\n\n".join(program_sources(notebook_of(source, name)))
    return STOCK_TESTS.format(
        visible=visible,
        tests=tests,
        common=common.read_text() if common.is_file() else "",
        reference=re.sub(
            r"(?m)^ *### (BEGIN|END) SOLUTION\n?", "", reference
        ),  # nbgrader would look for its marks here
        question=question.id,
    )


def hand_in(released: nbformat.NotebookNode, folder: Path, name: str, answers: list[Answers]) -> None:
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in released.cells}
    for number, answer in enumerate(answers):
        for grade_id, text in answer.items():
            cells[grade_id].source = text
        target = folder / f"student{number:03d}" / name
        target.mkdir(parents=True)
        nbformat.write(released, target / f"{name}.ipynb")
        (target / "timestamp.txt").write_text("2026-10-01 12:00:00 UTC\n")


def nbgrader(folder: Path, *arguments: str) -> None:
    """Run a command of stock nbgrader in its course; what it says is shown when it fails."""
    here = Path(sys.executable).parent  # where alembic lies, too, which a new gradebook calls
    environment = {**os.environ, "PATH": os.pathsep.join([str(here), os.environ.get("PATH", "")])}
    command = [str(here / "nbgrader"), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} failed in the stock course:\n{done.stderr[-3000:]}")


def scores(url: str, name: str, manifest: Manifest) -> dict[str, dict[str, float | None]]:
    """What a gradebook holds: for each student the automatic score of each question."""
    from nbgrader.api import Gradebook

    cells = {question.grade_cell: question.id for question in manifest.questions}
    with Gradebook(url, "stock") as gradebook:
        return {
            submission.student.id: {cells[grade.name]: grade.auto_score for grade in submission.notebooks[0].grades}
            for submission in gradebook.assignment_submissions(name)
        }
