"""What a student reads: a page with what is right, what to look at next, and their own code as it ran.

    write_feedback(course, "a03_optimizers")    # feedback/<student>/a03_optimizers/a03_optimizers.html

Messages, code and outputs are strangers' text, which the template cleans and escapes. The page has no script, fetches
nothing, and holds no time, so that equal results give equal bytes.
"""

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec
import nbformat
from markupsafe import Markup

from autograder.course import Course, CourseError
from autograder.grading import load_manifest
from autograder.manifest import HiddenQuestion, Manifest
from autograder.marks import Mark, Standing, read_standings
from autograder.outputs import LABEL, embedded_png, text_of
from autograder.pictures import PER_CELL
from autograder.policy import in_force
from autograder.repair import MARK as PUT_BACK
from autograder.repair import Unreadable, marked_by_hand, read_bytes
from autograder.results import CellRun, Result, load_result, result_path, write_atomically
from autograder.templating import COURSE_TITLE, template
from autograder.text import counted, cut, listed, number
from autograder.verdicts import MISTAKE, NOT_STARTED, VERDICTS, Said, mistakes_in, not_started, say

SOURCE, PAGE = 30_000, 400_000  # characters shown of one cell, and of a notebook
RESERVE = {  # why a page says less than it could
    "none": "Your instructor has chosen to show points and verdicts here, and no reasons.",
    "hint": "Your instructor has chosen to show hints here: what each test is about, and no values.",
    "full": "",
}


@dataclass
class Card:
    """One question of the page: its tests, what a person said, and where its code is."""

    id: str
    title: str
    tests: list[Said]
    mark: Mark | None
    comments: list[str]
    cell: int | None = None
    blank: bool = False
    mistakes: list[tuple[str, int]] = field(default_factory=list)

    @property
    def right(self) -> list[Said]:
        return [said for said in self.tests if said.test.verdict == "pass"]

    @property
    def next(self) -> list[Said]:
        return [said for said in self.tests if said.test.verdict != "pass"]

    @property
    def common(self) -> str:
        """The message that all tests that were tried and are not right share, when there are several."""
        messages = [said.message for said in self.next if said.test.verdict != "skipped"]
        return messages[0] if len(messages) > 1 and len(set(messages)) == 1 else ""

    def known(self, said: Said) -> str:
        """Which of the card's known mistakes a test met."""
        messages = [message for message, _ in self.mistakes]
        if len(messages) == 1:
            return "the known mistake above"
        return f"known mistake {messages.index(said.test.mistake.message) + 1}, above"

    @property
    def by_tests(self) -> float:
        return sum(said.test.points for said in self.tests)

    @property
    def most(self) -> float:
        return self.mark.max_score if self.mark else sum(said.test.max_points for said in self.tests)

    @property
    def score(self) -> float:
        return self.mark.score if self.mark else self.by_tests

    @property
    def earned(self) -> str:
        """The score in words; what nobody has judged is open and no 0."""
        judged = self.mark.judged if self.mark else not self.unjudged
        return f"{number(self.score)} of {number(self.most)}" if judged else f"{number(self.most)} open"

    @property
    def waits(self) -> bool:
        """Whether a person has to look, as the gradebook says."""
        return self.mark.needs_manual if self.mark else self.unjudged

    @property
    def unjudged(self) -> bool:
        return any(said.test.verdict == "infrastructure" for said in self.tests)

    @property
    def by_person(self) -> bool:
        return self.mark is not None and self.mark.manual is not None


class Cell(NamedTuple):
    """One of the student's code cells, and what it did."""

    index: int
    lines: list[str]
    note: str
    failed: bool
    stdout: str
    error: str
    images: list[str]


def page(
    result: Result,
    notebook: nbformat.NotebookNode | None,
    manifest: Manifest,
    standing: Standing | None,
    course_title: str = COURSE_TITLE,
    title: str = "",
    policy: str = "full",
) -> str:
    """The whole page of one student: without a `standing` the tests' own points, without a `notebook` no code."""
    cards = _cards(result, notebook, manifest, standing, policy)
    used = {said.verdict for card in cards for said in card.tests}
    cells, left_out = code_cells(result, notebook)
    unread = bool(result.notes) and not result.cells and not any(card.right for card in cards)
    return template("feedback.html").render(
        css=Markup(_text("feedback.css")),
        course=course_title,
        assignment=title or result.assignment.partition("_")[2].replace("_", " ").capitalize() or result.assignment,
        number=result.assignment.partition("_")[0],
        student=standing.name if standing else result.student,
        score=standing.score if standing else result.score,
        most=standing.max_score if standing else result.max_score,
        final=not any(card.waits for card in cards),
        penalty=standing.late_penalty if standing else 0.0,
        extra=sum(mark.extra_credit for mark in standing.marks) if standing else 0.0,
        opening=opening(cards, unread),
        cards=cards,
        notes=[cut(note, 1_000, 10) for note in result.notes],
        unread=unread,
        cells=cells,
        left_out=left_out,
        widest=max((card.most for card in cards), default=0.0) or 1.0,
        verdicts=[] if unread else [verdict for verdict in (*VERDICTS.values(), NOT_STARTED) if verdict in used],
        heading=MISTAKE,
        reserve=RESERVE[policy],
    )


def _cards(
    result: Result, notebook: nbformat.NotebookNode | None, manifest: Manifest, standing: Standing | None, policy: str
) -> list[Card]:
    marks = {mark.cell: mark for mark in standing.marks} if standing else {}
    comments = dict(standing.comments) if standing else {}
    needs = {(test.question, test.name): test.needs for test in manifest.tests}
    where = _solution_cells(notebook)

    def card(question: HiddenQuestion) -> Card:
        outcomes = result.of(question.id)
        tests = say(outcomes, {name: needed for (owner, name), needed in needs.items() if owner == question.id}, policy)
        said = [comments[cell] for cell in (question.solution_cell, question.grade_cell) if cell in comments]
        mark, place = marks.get(question.grade_cell), where.get(question.solution_cell)
        blank, mistakes = not_started(outcomes), mistakes_in(tests)
        return Card(question.id, question.title, tests, mark, said, place, blank, mistakes)

    cards = [card(question) for question in manifest.questions]
    ours = {cell for question in manifest.questions for cell in (question.solution_cell, question.grade_cell)}
    for cell in {**marks, **comments}:
        if cell not in ours:  # marked by a person alone, or a comment beside the questions
            name = cell.replace("-", " ").replace("_", " ").capitalize()
            said = [comments[cell]] if cell in comments else []
            cards.append(Card(f"by-hand-{cell}", name, [], marks.get(cell), said, where.get(cell)))
    return cards


def opening(cards: list[Card], unread: bool) -> list[str]:
    """The first sentences: what went right, then where to look next."""
    tests = [said for card in cards for said in card.tests]
    right = sum(len(card.right) for card in cards)
    open_tests = sum(said.test.verdict == "infrastructure" for said in tests)
    todo = [card for card in cards if any(said.test.verdict != "infrastructure" for said in card.next)]
    complete = [card.title for card in cards if card.tests and not card.next]
    if unread:
        return ["None of your code ran, so there is nothing to judge yet. The note below says why, and what to do."]
    if tests and right == len(tests):
        sentences = [f"Everything is right: all {counted(right, 'test')} pass. Well done."]
    elif right:
        whole = f", and {listed(complete)} {'is' if len(complete) == 1 else 'are'} complete" if complete else ""
        sentences = [f"{right} of {counted(len(tests), 'test')} {'is' if right == 1 else 'are'} right{whole}."]
    elif todo and all(card.blank for card in cards if card.tests):
        sentences = ["Nothing is answered yet. Begin with the first question, and with its check in the notebook."]
        todo = []
    elif todo:
        sentences = ["No test is right yet. The first question is the place to begin."]
    else:
        sentences = []
    if todo and right:
        sentences.append(_next_step(todo))
    if open_tests:
        sentences.append(
            f"{counted(open_tests, 'test')} could not be judged, for a reason that is ours and not yours. "
            "A person will look; until then the total is not final."
        )
    if by_hand := [card.title for card in cards if card.waits and not card.unjudged]:
        sentences.append(f"A person has still to look at {listed(by_hand)}; until then the total is not final.")
    return sentences


def _next_step(todo: list[Card]) -> str:
    if diagnosed := [card.title for card in todo if card.mistakes]:
        whose = "each has a known mistake" if len(diagnosed) > 1 else "it has a known mistake"
        return f"Look next at {listed(diagnosed)}: {whose}, named below."
    if started := [card.title for card in todo if not card.blank]:
        return f"Look next at {listed(started[:1])}."
    return f"{listed(card.title for card in todo)} {'is' if len(todo) == 1 else 'are'} not started yet."


# Their own code


def code_cells(result: Result, notebook: nbformat.NotebookNode | None) -> tuple[list[Cell], int]:
    """The code cells besides the grade cells with what they gave, and how many are left out for their length."""
    runs, room = {run.index: run for run in result.cells}, PAGE
    cells: list[Cell] = []
    left_out = 0
    for index, cell in enumerate(notebook.cells if notebook is not None else []):
        by_hand = marked_by_hand(cell)
        if cell.cell_type != "code" or _grading(cell).get("grade") and not by_hand or not cell.source.strip():
            continue
        run = runs.get(index)
        source = cut(cell.source, SOURCE, 1_500)
        stdout = cut(run.stdout) if run else cut(printed(cell)) if by_hand else ""
        error = cut(run.error) if run and run.status != "ok" else ""
        pictures = images(cell)
        room -= len(source) + len(stdout) + len(error) + sum(map(len, pictures)) // 10
        if room < 0:
            left_out += 1
            continue
        cells.append(Cell(index, source.split("\n"), *_cell_note(cell, run), stdout, error, pictures))
    return cells, left_out


def _cell_note(cell: nbformat.NotebookNode, run: CellRun | None) -> tuple[str, bool]:
    """What to say beside a cell's number, and whether it is bad news."""
    if PUT_BACK in cell.metadata:
        return "was missing from your file and has been put back, unanswered", True
    if marked_by_hand(cell):
        return LABEL, False
    if run is None or run.status == "skipped":
        return "not run while grading", False
    return {"ok": ("", False), "timeout": ("∞ too slow, stopped", True)}.get(
        run.status, ("! ended with an exception", True)
    )


def images(cell: nbformat.NotebookNode) -> list[str]:
    """The PNG pictures of a cell's outputs, each rebuilt, in base64."""
    found = [png for png in map(embedded_png, cell.get("outputs", [])) if png is not None]
    return [base64.b64encode(png).decode() for png in found[:PER_CELL]]


def printed(cell: nbformat.NotebookNode) -> str:
    """The text of a cell's outputs; our own first line is said elsewhere."""
    streams = [text_of(output) for output in cell.get("outputs", []) if output.get("output_type") == "stream"]
    return "".join(streams[1:])


def _solution_cells(notebook: nbformat.NotebookNode | None) -> dict[str, int]:
    cells = notebook.cells if notebook is not None else []
    shown = ((index, _grading(cell).get("grade_id")) for index, cell in enumerate(cells) if cell.cell_type == "code")
    return {name: index for index, name in shown if name and not _grading(cells[index]).get("grade")}


def _grading(cell: nbformat.NotebookNode) -> dict:
    return cell.get("metadata", {}).get("nbgrader", {})


# Files


def write_feedback(
    course: Course, assignment: str, students: list[str] | None = None, *, policy: str | None = None
) -> list[Path]:
    """Write the page of each student who has a result, in the place where `nbgrader release_feedback` looks.

    What the pages say follows the manifest's policy, as it is at this moment, or `policy`.

    Raises
    ------
    CourseError
        A student of `students` who is not in the gradebook, before anything is written.
    """
    manifest = load_manifest(course, assignment)
    policy = in_force(policy or manifest.feedback, manifest.feedback_full_after)
    standings = _chosen(course, assignment, students)
    title = next((row.title for row in course.syllabus.assignments if row.name == assignment), "")
    paths = []
    for student, standing in standings.items():
        result = _result(course, assignment, student)
        if result is None:
            continue
        notebook = _notebook(course, assignment, student)
        content = page(result, notebook, manifest, standing, COURSE_TITLE, title, policy)
        path = course.feedback / student / assignment / f"{assignment}.html"
        write_atomically(path, content.encode())
        put_notes(course.submissions / student / assignment, path.parent)
        paths.append(path)
    return paths


def put_notes(submission: Path, target: Path) -> None:
    """Put beside a page what `nbgrader release_feedback` needs to give it to its student: when, and their secret."""
    for name in ("timestamp.txt", "submission_secret.txt"):
        try:
            text = read_bytes(submission / name)
        except (Unreadable, OSError):
            (target / name).unlink(missing_ok=True)
        else:
            write_atomically(target / name, text)


def without_result(course: Course, assignment: str, students: list[str] | None = None) -> list[str]:
    """Students who handed in, as the gradebook says, but have no result that can be read: they got no page."""
    standings = _chosen(course, assignment, students)
    return [name for name, one in standings.items() if one.submitted and _result(course, assignment, name) is None]


def _chosen(course: Course, assignment: str, students: list[str] | None) -> dict[str, Standing]:
    standings = {standing.student: standing for standing in read_standings(course, assignment)}
    if students is None:
        return standings
    if unknown := [name for name in students if name not in standings]:
        raise CourseError(f"the gradebook knows no student {unknown[0]!r}: it has {counted(len(standings), 'student')}")
    return {name: standings[name] for name in sorted(set(students))}


def _result(course: Course, assignment: str, student: str) -> Result | None:
    if Path(student).name != student:
        return None  # no folder of a submission can be called so
    try:
        return load_result(result_path(course.results, assignment, student))
    except (OSError, msgspec.MsgspecError):
        return None


def _notebook(course: Course, assignment: str, student: str) -> nbformat.NotebookNode | None:
    path = course.autograded / student / assignment / f"{assignment}.ipynb"
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError):
        return None


def _text(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
