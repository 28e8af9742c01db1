"""Writing results where nbgrader and people look: the autograded notebook and the gradebook.

A grade cell always gets one finite score as its result, followed by the feedback, so that partial credit and feedback
stand together and nbgrader, which reads a cell without output as full marks, never has to guess. What could not be
judged for a reason of ours is left without a score and marked for a person; a score or comment that a person wrote is
never touched.
"""

import os
import sys
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat.v4 import new_output

from autograder.course import Course
from autograder.manifest import Manifest
from autograder.outputs import outputs_of
from autograder.policy import strictest
from autograder.repair import Unreadable, marked_by_hand, read_bytes
from autograder.results import Result, TestOutcome, save_result, write_atomically
from autograder.verdicts import question_html, question_text

UNJUDGED = "mmcourse_unjudged"  # metadata of a grade cell whose tests could not be judged
FLAGGED = "mmcourse_flagged"  # ... of one that was judged, and at which a person should look


def annotate(notebook: nbformat.NotebookNode, result: Result, manifest: Manifest) -> None:
    """Fill the outputs of a repaired notebook: what each cell printed and drew, and each question's score and feedback.

    A cell that a person marks keeps what it came with. The feedback is what the assignment's policy gives to students,
    who may receive this notebook too, and at any time: what is for after the deadline is not in it.
    """
    runs = {run.index: run for run in result.cells}
    questions = {question.grade_cell: question for question in manifest.questions}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        cell.execution_count = None
        if not marked_by_hand(cell):
            cell.outputs = outputs_of(runs[index]) if index in runs else []
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in questions:
            give_score(cell, result.of(questions[grade_id].id), strictest(manifest.feedback))


def give_score(cell: nbformat.NotebookNode, outcomes: list[TestOutcome], policy: str = "full") -> None:
    """The score as the cell's result, then the feedback as HTML and as text."""
    unjudged = any(test.verdict == "infrastructure" for test in outcomes)
    cell.metadata[UNJUDGED] = unjudged
    cell.metadata[FLAGGED] = any(test.flagged for test in outcomes)
    points = float(cell.metadata.nbgrader.points)
    score = min(max(sum(test.points for test in outcomes), 0.0), points)
    cell.execution_count = 1
    said = {"text/html": question_html(outcomes, policy), "text/plain": question_text(outcomes, policy)}
    cell.outputs = [
        new_output("execute_result", data={"text/plain": repr(float(score))}, execution_count=1),
        new_output("display_data", data=said),
    ]


def write_autograded(course: Course, result: Result, notebook: nbformat.NotebookNode) -> Path:
    """Write the autograded notebook in nbgrader's place, with the submission's timestamp beside it."""
    folder = course.autograded / result.student / result.assignment
    path = folder / f"{result.assignment}.ipynb"
    write_atomically(path, (nbformat.writes(notebook) + "\n").encode())
    if text := timestamp(course, result):
        write_atomically(folder / "timestamp.txt", text)
    save_result(result, course.results)
    return path


@contextmanager
def open_gradebook(course: Course):
    """The course's gradebook. A new SQLite one calls `alembic`, which lies beside this Python."""
    from nbgrader.api import Gradebook

    here = str(Path(sys.executable).parent)
    if here not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])
    with Gradebook(course.gradebook_url, "mmcourse") as gradebook:
        yield gradebook


def record(course: Course, graded: Iterable[tuple[Result, nbformat.NotebookNode]], manifest: Manifest) -> None:
    """Write a batch of results into the gradebook, one transaction a student; manual scores stay as they are."""
    with open_gradebook(course) as gradebook:
        for result, notebook in graded:
            gradebook.update_or_create_student(result.student)
            when = submitted_at(course, result)
            extra = {"timestamp": when} if when is not None else {}
            with gradebook.db.no_autoflush:  # nbgrader adds the parts of a submission before the whole
                submission = gradebook.update_or_create_submission(result.assignment, result.student, **extra)
            record_grades(submission, result, manifest)
            record_by_hand(submission, notebook)
            record_comments(submission, notebook)
            gradebook.db.commit()


def submitted_at(course: Course, result: Result):
    """When the submission came in, from nbgrader's timestamp file; None when there is none that can be read."""
    from nbgrader.utils import parse_utc

    try:
        return parse_utc(timestamp(course, result).decode("utf-8").strip())
    except (ValueError, OverflowError):
        return None


def timestamp(course: Course, result: Result) -> bytes:
    """nbgrader's timestamp file, where it is one: a plain short file that can be read; else nothing."""
    try:
        text = read_bytes(course.submissions / result.student / result.assignment / "timestamp.txt")
    except (Unreadable, OSError):
        return b""
    return text if len(text) < 1000 else b""


def record_grades(submission, result: Result, manifest: Manifest) -> None:
    for question in manifest.questions:
        outcomes = result.of(question.id)
        grade = next(g for notebook in submission.notebooks for g in notebook.grades if g.name == question.grade_cell)
        unjudged = any(test.verdict == "infrastructure" for test in outcomes)
        score = None if unjudged else min(sum(test.points for test in outcomes), float(grade.max_score))
        set_score(grade, score, any(test.flagged for test in outcomes))


def record_by_hand(submission, notebook: nbformat.NotebookNode) -> None:
    """What a person marks: an answer nobody touched is 0, as nbgrader has it; any other waits for a person."""
    touched = {cell.metadata.nbgrader.grade_id: not unanswered(cell) for cell in notebook.cells if is_answer(cell)}
    for submitted in submission.notebooks:
        for grade in submitted.grades:
            if grade.name in touched:
                set_score(grade, None if touched[grade.name] else 0.0)


def is_answer(cell: nbformat.NotebookNode) -> bool:
    grading = cell.metadata.get("nbgrader", {})
    return bool(grading.get("solution") and grading.get("grade"))


def unanswered(cell: nbformat.NotebookNode) -> bool:
    """Whether an answer is still what was released."""
    from nbgrader.utils import compute_checksum

    return cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)


def set_score(grade, score: float | None, flagged: bool = False) -> None:
    """Give a grade its automatic score (None: we could not judge), and never touch `manual_score`.

    A person is asked to look when there is no score or the submission is `flagged`, and again when the score changed
    below one of theirs.
    """
    overridden, changed = grade.manual_score is not None, grade.auto_score != score
    grade.auto_score = score
    grade.needs_manual_grade = score is None or flagged or overridden and (grade.needs_manual_grade or changed)


def record_comments(submission, notebook: nbformat.NotebookNode) -> None:
    """nbgrader's own note on an answer nobody touched."""
    untouched = {
        cell.metadata.nbgrader.grade_id: unanswered(cell)
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    for submitted in submission.notebooks:
        for comment in submitted.comments:
            comment.auto_comment = "No response." if untouched.get(comment.name) else None
