"""Writing results where nbgrader and people look: the autograded notebook, and what the gradebook is told.

A grade cell always gets one finite score as its result, followed by the feedback, so that partial credit and feedback
stand together and nbgrader, which reads a cell without output as full marks, never has to guess. What could not be
judged for a reason of ours is left without a score and marked for a person; a score or comment that a person wrote is
never touched.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec
import nbformat

from autograder.course import Course
from autograder.gradebook import Scored, Sheet
from autograder.manifest import Manifest
from autograder.outputs import new_output, outputs_of
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


def write_autograded(course: Course, result: Result, notebook: nbformat.NotebookNode, when: bytes = b"") -> Path:
    """Write the autograded notebook in nbgrader's place, with the submission's timestamp (`when`) beside it."""
    folder = course.autograded / result.student / result.assignment
    path = folder / f"{result.assignment}.ipynb"
    write_atomically(path, in_json(notebook))
    if when:
        write_atomically(folder / "timestamp.txt", when)
    save_result(result, course.results)
    return path


def in_json(notebook: nbformat.NotebookNode) -> bytes:
    """A notebook as a file. nbformat's own function copies and checks it first: half of recording."""
    return msgspec.json.format(msgspec.json.encode(notebook, order="sorted"), indent=1) + b"\n"


def sheet_of(
    result: Result, notebook: nbformat.NotebookNode, manifest: Manifest, when: bytes, anew: bool = True
) -> Sheet:
    """What the gradebook is told of one student: scores of the questions, what waits for a person, nbgrader's notes.

    `when` is the submission's timestamp as it was read with it; `anew` says that this is not the submission that was
    recorded last.
    """
    scores = {question.grade_cell: scored(result.of(question.id)) for question in manifest.questions}
    scores |= by_hand(notebook.cells, anew)
    return Sheet(result.student, scores, untouched(notebook.cells), moment(when))


def scored(outcomes: list[TestOutcome]) -> Scored:
    """The sum of a question's tests; no score where one could not be judged for a reason of ours."""
    if any(test.verdict == "infrastructure" for test in outcomes):
        return Scored(None)
    most = sum(test.max_points for test in outcomes)
    return Scored(min(sum(test.points for test in outcomes), most), any(test.flagged for test in outcomes))


def moment(when: bytes) -> datetime | None:
    """What nbgrader's timestamp file says, in UTC; None when that is nothing that can be read."""
    from nbgrader.utils import parse_utc

    try:
        return parse_utc(when.decode("utf-8").strip())
    except (ValueError, OverflowError):
        return None


def timestamp(course: Course, student: str, assignment: str) -> bytes:
    """nbgrader's timestamp file, where it is one: a plain short file that can be read; else nothing."""
    try:
        text = read_bytes(course.submissions / student / assignment / "timestamp.txt")
    except (Unreadable, OSError):
        return b""
    return text if len(text) < 1000 else b""


def is_answer(cell: nbformat.NotebookNode) -> bool:
    """Whether a person marks this cell."""
    grading = cell.metadata.get("nbgrader", {})
    return bool(grading.get("solution") and grading.get("grade"))


def unanswered(cell: nbformat.NotebookNode) -> bool:
    """Whether an answer is still what was released."""
    from nbgrader.utils import compute_checksum

    return cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)


def by_hand(cells: Iterable[nbformat.NotebookNode], anew: bool = True) -> dict[str, Scored]:
    """What a person marks: an answer nobody touched is 0, as nbgrader has it; any other waits for a person.

    What was handed in `anew` waits again, whatever was given before.
    """
    waits = Scored(None, flagged=anew)
    return {
        cell.metadata.nbgrader.grade_id: Scored(0.0) if unanswered(cell) else waits for cell in filter(is_answer, cells)
    }


def untouched(cells: Iterable[nbformat.NotebookNode]) -> dict[str, str | None]:
    """nbgrader's own note on each answer: on one that nobody touched."""
    return {
        cell.metadata.nbgrader.grade_id: "No response." if unanswered(cell) else None
        for cell in cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
