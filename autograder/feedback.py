"""What a student reads: one page each, and one fragment a question for the autograded notebook.

    write_feedback(course, "a03_optimizers")    # feedback/<student>/a03_optimizers/a03_optimizers.html
    question_html(outcomes), question_text(outcomes)

Messages, code and outputs are strangers' text. Everything that a template prints passes through `clean` and is escaped;
the page has no script, fetches nothing, and holds no time, so that equal results give equal bytes.
"""

import base64
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import msgspec
import nbformat
from markupsafe import Markup

from autograder.course import Course, CourseError
from autograder.grading import load_manifest
from autograder.manifest import HiddenQuestion, Manifest
from autograder.marks import Mark, Standing, read_standings
from autograder.outputs import LABEL, embedded_png, text_of
from autograder.pictures import PER_CELL
from autograder.policy import in_force, permitted
from autograder.repair import MARK as PUT_BACK
from autograder.repair import marked_by_hand
from autograder.results import CellRun, Result, TestOutcome, load_result, result_path, write_atomically
from autograder.text import clean, counted, cut, listed, number, prose

COURSE_TITLE = "Deep learning for many modalities"
SOURCE, PAGE = 30_000, 400_000  # characters shown of one cell, and of a notebook


class Verdict(NamedTuple):
    """How a verdict is shown: a mark, a word, a kind that carries the colour, and what the word means."""

    mark: str
    word: str
    kind: str
    meaning: str


VERDICTS = {
    "pass": Verdict("✓", "right", "right", "The result is what was asked for."),
    "partial": Verdict("◐", "partly right", "part", "Part of it is what was asked for, and so are some of the points."),
    "fail": Verdict("✗", "not yet", "next", "Your function gave a result, but not the one that was asked for."),
    "error": Verdict("!", "error", "next", "Your function ended with an exception. Lines of code are yours."),
    "timeout": Verdict("∞", "too slow", "next", "Your function took longer than the limit and was stopped."),
    "memory": Verdict("▲", "too large", "next", "Your function asked for more memory than there is."),
    "crash": Verdict("×", "crashed", "next", "The process that ran your function ended without an answer."),
    "forbidden": Verdict("⊘", "not allowed", "next", "Your function did something that is closed off while grading."),
    "skipped": Verdict("–", "not tried", "wait", "It builds on another test, which has to be right first."),
    "infrastructure": Verdict("?", "not judged", "person", "The grader failed, not you. A person looks; it is no 0."),
}
NOT_STARTED = Verdict("○", "not started", "wait", "The function is still the one you were given.")


# One question


class Said(NamedTuple):
    """One test as it is shown. `repeats` is True when its message has just been shown for another test."""

    test: TestOutcome
    verdict: Verdict
    message: str
    repeats: bool
    builds_on: tuple[TestOutcome, ...] = ()

    @property
    def brief(self) -> str:
        """The points without their unit: "1 of 2", or "2 open" where nobody could judge."""
        most = number(self.test.max_points)
        return f"{most} open" if self.test.verdict == "infrastructure" else f"{number(self.test.points)} of {most}"

    @property
    def points(self) -> str:
        return f"{self.brief} point{'' if self.test.max_points == 1 else 's'}"

    @property
    def share(self) -> float:
        return 100 * self.test.points / self.test.max_points


def say(
    outcomes: list[TestOutcome], needs: dict[str, tuple[str, ...]] | None = None, policy: str = "full"
) -> list[Said]:
    """Each test with its verdict in words; a message that repeats is shown once, and a stub's needs none."""
    by_name = {test.name: permitted(test, number, policy) for number, test in enumerate(outcomes, 1)}
    needs = needs or {}
    shown, said = set(), []
    blank = not_started(outcomes)
    for name, test in by_name.items():
        verdict = NOT_STARTED if blank else VERDICTS[test.verdict]
        message = cut(test.message) if test.verdict != "pass" and not blank else ""
        known = tuple(by_name[needed] for needed in needs.get(name, ()) if needed in by_name)
        builds_on = tuple(other for other in known if other.verdict != "pass") if test.verdict == "skipped" else ()
        said.append(Said(test, verdict, message, bool(message) and message in shown, builds_on))
        shown.add(message)
    return said


def mistakes_in(tests: list[Said]) -> list[tuple[str, int]]:
    """The known mistakes whose numbers these are: what to tell, and in how many tests."""
    return list(Counter(said.test.mistake.message for said in tests if said.test.mistake is not None).items())


def not_started(outcomes: list[TestOutcome]) -> bool:
    """Whether the stub is still there: every test that was tried met its NotImplementedError."""
    tried = [test for test in outcomes if test.verdict != "skipped"]
    return bool(tried) and all(
        test.verdict == "error" and test.message.strip().rpartition("\n")[2].startswith("NotImplementedError")
        for test in tried
    )


def question_html(outcomes: list[TestOutcome], policy: str = "full") -> str:
    """One question as a fragment for the autograded notebook, readable on light and dark ground."""
    return template("question.html").render(**_question_parts(outcomes, policy))


def question_text(outcomes: list[TestOutcome], policy: str = "full") -> str:
    """The same in plain text, where no HTML is shown."""
    parts = _question_parts(outcomes, policy)
    lines = [parts["total"]]
    for message, count in parts["mistakes"]:
        lines += [f"{MISTAKE} ({counted(count, 'test')}): {clean(message)}"]
    for said in parts["tests"]:
        lines += [f"{said.verdict.mark} {said.verdict.word}, {said.points}: {clean(said.test.title or said.test.name)}"]
        if said.message and not said.repeats:
            lines += [f"    {line}" for line in said.message.split("\n")]
    return "\n".join(lines)


MISTAKE = "Your numbers are those of a known mistake"


def _question_parts(outcomes: list[TestOutcome], policy: str) -> dict[str, Any]:
    points, most = sum(test.points for test in outcomes), sum(test.max_points for test in outcomes)
    unjudged = sum(test.verdict == "infrastructure" for test in outcomes)
    total = f"{number(points)} of {number(most)} point{'' if most == 1 else 's'}"
    if unjudged:
        total = f"{total} so far" if unjudged < len(outcomes) else f"{number(most)} open points"
        total += f"; {counted(unjudged, 'test')} could not be judged, a person will look"
    tests = say(outcomes, policy=policy)
    return {"total": total, "tests": tests, "mistakes": mistakes_in(tests), "heading": MISTAKE}


# The page

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
        paths.append(path)
    return paths


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


@cache
def template(name: str) -> jinja2.Template:
    """A template whose every value is cleaned and escaped before it is printed."""

    def harmless(value: Any) -> Any:
        return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    settings = {"autoescape": True, "finalize": harmless, "trim_blocks": True, "lstrip_blocks": True}
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, **settings)
    environment.filters |= {"prose": prose, "number": number}
    environment.globals["counted"] = counted
    return environment.get_template(name)


def _text(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
