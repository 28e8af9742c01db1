"""A whole class: reads every submission of an assignment, grades what can be read, records all of it, loses nobody.

    for graded in grade_class(course, "a03_optimizers"):
        print(graded.student, graded.result.score)

One submission that cannot be read is a note in its own result and a score of what it contains, which may be nothing;
everyone else is graded. The gradebook is written as results come, so a batch that is killed keeps what it has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import nbformat

from autograder.course import Course, CourseError
from autograder.grading import Grader, Task, load_manifest
from autograder.recording import annotate, record, write_autograded
from autograder.release import read_released
from autograder.repair import Submitted, Unreadable, cells_to_run, fit, plain_cells, read_bytes, read_submission
from autograder.results import Result

CHUNK = 20  # results recorded in one go


@dataclass(frozen=True)
class Graded:
    """One student's result, as recorded."""

    student: str
    result: Result
    notebook: nbformat.NotebookNode
    total: int  # students in the batch


def submitters(course: Course, assignment: str) -> list[str]:
    """Students with a folder for `assignment`, in order of name; a name that nothing can write down is no student's."""
    return sorted(name for name in folders(course, assignment) if writable(name))


def folders(course: Course, assignment: str) -> list[str]:
    folder = course.submissions
    found = [path for path in folder.iterdir() if (path / assignment).is_dir()] if folder.is_dir() else []
    return [path.name for path in found if not path.name.startswith(".")]


def writable(name: str) -> bool:
    """Whether a folder's name is text: gradebook, results and pages are UTF-8."""
    try:
        return bool(name.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def left_out(course: Course, assignment: str) -> list[str]:
    """Folders whose names are no text, as they can be shown: nobody can be graded under them."""
    return sorted(ascii(name) for name in folders(course, assignment) if not writable(name))


def check_students(course: Course, assignment: str, wanted: list[str]) -> list[str]:
    """The students to grade: all, or those `wanted`; an unknown one is an error that says who there is."""
    there = submitters(course, assignment)
    if not there:
        raise CourseError(
            f"no submissions of {assignment}: expected {course.submissions}/STUDENT/{assignment}/{assignment}.ipynb"
        )
    unknown = [student for student in wanted if student not in there]
    if unknown:
        shown = ", ".join(there[:8]) + (", ..." if len(there) > 8 else "")
        raise CourseError(f"no submission of {assignment} by {', '.join(unknown)}; there are {len(there)}: {shown}")
    return wanted or there


def grade_class(
    course: Course,
    assignment: str,
    students: list[str] | None = None,
    *,
    jobs: int | None = None,
    unsafe: bool = False,
    **options: object,
) -> Iterator[Graded]:
    """Grade and record `students` (all who submitted by default), yielding each as it is done.

    `options` are those of `Grader`: another tier, other clocks.
    """
    name = course.assignment(assignment).name
    students = check_students(course, name, students or [])
    released = read_released(course, name)
    with Grader(course, name, jobs=jobs, **options) as grader:
        require_sandbox(grader, unsafe)
        submitted = {
            student: read_submission(course.submissions / student / name, released, grader.manifest)
            for student in students
        }
        tasks = [Task(student, cells_to_run(one.notebook)) for student, one in submitted.items()]
        waiting: list[Graded] = []
        try:
            for result in grader.grade(tasks):
                graded = finish(course, grader, result, submitted[result.student], len(students))
                waiting.append(graded)
                if len(waiting) == CHUNK:
                    store(course, grader, waiting)
                yield graded
        finally:
            store(course, grader, waiting)


def require_sandbox(grader: Grader, unsafe: bool) -> None:
    if grader.tier == 0 and not unsafe:
        raise CourseError(
            f"this machine's sandbox does not protect files (tier 0: {grader.why}); "
            "grade a class elsewhere, or accept that with --unsafe"
        )


def finish(course: Course, grader: Grader, result: Result, submitted: Submitted, total: int) -> Graded:
    """Add what was found while reading, write the outputs into the notebook, and put both on disk."""
    result = msgspec.structs.replace(result, notes=submitted.notes)
    annotate(submitted.notebook, result, grader.manifest)
    write_autograded(course, result, submitted.notebook)
    return Graded(result.student, result, submitted.notebook, total)


def store(course: Course, grader: Grader, waiting: list[Graded]) -> None:
    if waiting:
        record(course, [(graded.result, graded.notebook) for graded in waiting], grader.manifest)
        waiting.clear()


def try_notebook(course: Course, assignment: str, path: Path) -> Result:
    """Grade one notebook file and write nothing."""
    name = course.assignment(assignment).name
    if not path.exists():
        raise CourseError(f"{path}: no such notebook")
    manifest = load_manifest(course, name)
    notes: list[str] = []
    try:
        cells = plain_cells(read_bytes(path), notes, path.name)
    except Unreadable as error:
        raise CourseError(f"{path}: {error}") from None
    notebook = fit(cells, read_released(course, name), manifest, notes)
    with Grader(course, name, jobs=1) as grader:
        result = grader.grade_one(cells_to_run(notebook), path.stem)
    return msgspec.structs.replace(result, notes=notes)
