"""A class in a minute: releases a03, hands in what real classes hand in, grades it, and shows who got what and why.

The class is made from the assignment's own data: the solution, every correct variant, every known mistake; a blank
notebook, three broken files and hostile ones, of which only those are handed in that this machine's sandbox is seen
to contain. What each was worth is known beforehand, so the demo checks itself: a surprise is reported and makes it
fail.
"""

import itertools
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from autograder.audit import audit, blank
from autograder.batch import grade_class
from autograder.course import Course, CourseError
from autograder.doctor import examine
from autograder.export import export
from autograder.feedback import write_feedback
from autograder.gradebook import open_gradebook
from autograder.grading import load_manifest
from autograder.insight import gather, write_insight
from autograder.manifest import Manifest, Mistake, solution_sources
from autograder.release import read_released, release
from autograder.results import Result
from autograder.students import submitters
from autograder.text import number

ASSIGNMENT = "a03_optimizers"

PEOPLE = (
    """
Grace Hopper, Ada Lovelace, Alan Turing, Emmy Noether, Srinivasa Ramanujan, Maria Agnesi, Sofya Kovalevskaya,
Claude Shannon, Sophie Germain, Benjamin Banneker, Mary Cartwright, Paul Erdos, Carl Gauss, Leonhard Euler,
Katherine Johnson, Dorothy Vaughan, Mary Jackson, Julia Robinson, Maryam Mirzakhani, Frank Rosenblatt, Marvin Minsky,
John McCarthy, Seymour Papert, Geoffrey Hinton, Yann LeCun, Yoshua Bengio, Jürgen Schmidhuber, Sepp Hochreiter,
Jeffrey Elman, Michael Jordan, Kunihiko Fukushima, John Hopfield, Ludwig Boltzmann, Andrey Markov, Thomas Bayes,
Pierre Laplace, Yurii Nesterov, Boris Polyak, Andrey Kolmogorov, Pafnuty Chebyshev, David Hilbert, Pierre Fermat
""".replace("\n", " ")
    .strip()
    .split(", ")
)

HOSTILE = {
    "ends the process": ("import os\nos._exit(0)", ()),
    "loops for ever": ("while True:\n    pass", ()),
    "takes 8 GiB": ("hoard = bytearray(8 << 30)", ("take 8 GiB of memory",)),
    "is a fork bomb": ("import os\nwhile True:\n    os.fork()", ("start a process",)),
    "reads the solutions": ("secret = open({solution!r}).read()", ("read a file of the course",)),
}


@dataclass(frozen=True)
class HandIn:
    """What one student hands in: a short description, the files, and which scores are right for it."""

    what: str
    write: Callable[[Path], None]
    expected: Callable[[Result], bool]


def run(course: Course, folder: Path, console: Console, messages: Console, *, keep: bool = False) -> int:
    """Build the demo course in `folder` and take it from release to marks. Returns the exit code."""
    started = time.monotonic()
    demo = build_course(course, folder, keep)
    messages.print(f"releasing {ASSIGNMENT}", style="bold")
    release(demo, ASSIGNMENT)
    # Of the gate only what the class below does not show: it hands in every variant and every mistake.
    report = audit(demo, ASSIGNMENT, seeds=1, programs=False, say=lambda text: messages.print(f"  {text}", style="dim"))
    if not report.passed:
        raise CourseError(f"the gate refused {ASSIGNMENT}: " + "; ".join(report.findings))
    handed_in, left_out = make_class(demo)
    results = grade_all(demo, messages)
    pages = write_feedback(demo, ASSIGNMENT)
    marks = export(demo, ASSIGNMENT, "csv")
    console.print(class_table(handed_in, results))
    for what, reasons in left_out.items():
        console.print(
            f"left out: one that {what}, because this sandbox did not hold when trying to {' or '.join(reasons)}"
        )
    surprises = [student for student, one in handed_in.items() if not one.expected(results[student])]
    for student in surprises:
        console.print(
            f"surprise: {student}, {handed_in[student].what}, got {number(results[student].score)}", style="red"
        )
    show_next_steps(console, demo, marks, pages, len(results), time.monotonic() - started)
    return 1 if surprises else 0


def build_course(course: Course, folder: Path, keep: bool) -> Course:
    """A course folder of its own beside the real one, so that a demo never touches a real gradebook."""
    if folder.exists() and not keep:
        if not (folder / ".demo").exists():
            raise CourseError(f"{folder} exists and is no demo course; say where to build one with --to")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".demo").touch()
    for name in ("syllabus.toml", "nbgrader_config.py"):
        shutil.copyfile(course.root / name, folder / name)
    shutil.copytree(course.solutions / ASSIGNMENT, folder / "solutions" / ASSIGNMENT, dirs_exist_ok=True)
    shutil.copytree(course.hidden / ASSIGNMENT, folder / "hidden" / ASSIGNMENT, dirs_exist_ok=True)
    (folder / "checks").mkdir(exist_ok=True)
    return Course(folder)


# The class


def make_class(demo: Course) -> tuple[dict[str, HandIn], dict[str, tuple[str, ...]]]:
    """Write the submissions; returns who handed in what, and the hostile ones that were left out, with the reason."""
    manifest = load_manifest(demo, ASSIGNMENT)
    examination = examine(only=[name for _, must_hold in HOSTILE.values() for name in must_hold])
    hand_ins, left_out = [], {}
    hand_ins += honest(demo, manifest)
    hand_ins += broken(demo, manifest)
    for what, (source, must_hold) in HOSTILE.items():
        if examination.holds(*must_hold):
            hand_ins.append(hostile(demo, manifest, what, source))
        else:
            left_out[what] = must_hold
    handed_in = dict(zip(enrol(demo, len(hand_ins)), hand_ins, strict=True))
    for student, one in handed_in.items():
        target = demo.submissions / student / ASSIGNMENT
        target.mkdir(parents=True, exist_ok=True)
        one.write(target)
        (target / "timestamp.txt").write_text("2026-10-01 12:00:00 UTC\n")
    return handed_in, left_out


def enrol(demo: Course, count: int) -> list[str]:
    """Put `count` students into the gradebook; returns their ids, which are last names in small letters."""
    with open_gradebook(demo) as gradebook:
        students = {}
        for number in range(count):
            lap, place = divmod(number, len(PEOPLE))
            first, last = PEOPLE[place].split()
            student = f"{last.lower()}{lap or ''}"
            students[student] = gradebook.update_or_create_student(student, first_name=first, last_name=last)
    return list(students)


def honest(demo: Course, manifest: Manifest) -> list[HandIn]:
    """The solution, every variant and every mistake (one per question in each notebook), and a blank notebook."""
    solutions = solution_sources(demo.solutions / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    found = [HandIn("the instructor's solution", notebook_writer(demo, solutions), full)]
    by_question = {q.id: [v for v in manifest.variants if v.question == q.id] for q in manifest.questions}
    for place in range(max(map(len, by_question.values()))):
        chosen = {question: variants[place] for question, variants in by_question.items() if place < len(variants)}
        answers = {manifest.question(question).solution_cell: variant.source for question, variant in chosen.items()}
        what = "right, otherwise written: " + ", ".join(dict.fromkeys(variant.name for variant in chosen.values()))
        found.append(HandIn(what, notebook_writer(demo, {**solutions, **answers}), full))
    wrong = [[m for m in manifest.mistakes if m.question == q.id] for q in manifest.questions]
    for made in itertools.zip_longest(*wrong):
        made = [mistake for mistake in made if mistake is not None]
        answers = dict(solutions)
        for mistake in made:
            cell = manifest.question(mistake.question).solution_cell
            answers[cell] = mistake.apply(solutions[cell])
        what = "mistakes: " + ", ".join(mistake.name.replace("_", " ") for mistake in made)
        found.append(HandIn(what, notebook_writer(demo, answers), caught(made)))
    found.append(
        HandIn("a blank notebook", notebook_writer(demo, {c: blank(s) for c, s in solutions.items()}), nothing)
    )
    return found


def broken(demo: Course, manifest: Manifest) -> list[HandIn]:
    solutions = solution_sources(demo.solutions / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")

    def not_json(folder: Path) -> None:
        notebook_writer(demo, solutions)(folder)
        path = folder / f"{ASSIGNMENT}.ipynb"
        path.write_bytes(path.read_bytes()[:2000])

    def old_format(folder: Path) -> None:
        cells = [
            {"cell_type": "code", "language": "python", "input": s, "outputs": []}
            for s in ["import numpy as np", *solutions.values()]
        ]
        old = {
            "nbformat": 3,
            "nbformat_minor": 0,
            "metadata": {"name": ""},
            "worksheets": [{"cells": cells, "metadata": {}}],
        }
        (folder / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(old))

    def no_notebook(folder: Path) -> None:
        (folder / "answers.txt").write_text("my laptop broke, here is my text instead\n")

    return [
        HandIn("a file cut off in the middle", not_json, nothing),
        HandIn("the old notebook format 3, no metadata", old_format, full),
        HandIn("a folder without a notebook", no_notebook, nothing),
    ]


def hostile(demo: Course, manifest: Manifest, what: str, source: str) -> HandIn:
    """The first answer does harm when it is called; the others are right and must keep their points."""
    solutions = solution_sources(demo.solutions / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    first = manifest.questions[0]
    source = source.format(solution=str(demo.solutions / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"))
    body = "\n".join(f"    {line}" for line in source.splitlines())
    attack = f"def {first.function}(*args, **kwargs):\n{body}\n    return secret\n"
    return HandIn(
        f"hostile: {what}", notebook_writer(demo, {**solutions, first.solution_cell: attack}), only_lost(first.id)
    )


def notebook_writer(demo: Course, answers: dict[str, str]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        notebook = read_released(demo, ASSIGNMENT)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id in answers:
                cell.source = answers[grade_id]
        nbformat.write(notebook, folder / f"{ASSIGNMENT}.ipynb")

    return write


# What is right for each


def full(result: Result) -> bool:
    return result.score == result.max_score


def nothing(result: Result) -> bool:
    return result.score == 0 and not result.needs_attention


def caught(made: list[Mistake]) -> Callable[[Result], bool]:
    """Each mistake costs points and is named in the feedback; a question without one has all its points."""

    def expected(result: Result) -> bool:
        named = {(test.question, test.mistake.name) for test in result.tests if test.mistake is not None}
        wrong = {mistake.question for mistake in made}
        right = all(test.verdict == "pass" for test in result.tests if test.question not in wrong)
        return right and {(mistake.question, mistake.name) for mistake in made} <= named

    return expected


def only_lost(question: str) -> Callable[[Result], bool]:
    def expected(result: Result) -> bool:
        return all((test.points == 0) == (test.question == question) for test in result.tests)

    return expected


# What is shown


def grade_all(demo: Course, messages: Console) -> dict[str, Result]:
    results = {}
    columns = [TextColumn("[bold]grading"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[last]}")]
    with Progress(*columns, console=messages) as bar:
        task = bar.add_task("grading", total=len(submitters(demo, ASSIGNMENT)), last="")
        for done, one in enumerate(grade_class(demo, ASSIGNMENT, unsafe=True), 1):
            results[one.student] = one.result
            bar.update(task, completed=done, last=one.student)
    return results


def class_table(handed_in: dict[str, HandIn], results: dict[str, Result]) -> Table:
    questions = list(dict.fromkeys(test.question for test in next(iter(results.values())).tests))
    table = Table(box=None, pad_edge=False)
    for name in ("student", "handed in"):
        table.add_column(name, overflow="fold")
    for name in ("score", *questions):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for student, one in handed_in.items():
        result = results[student]
        scores = [number(result.question_score(question)) for question in questions]
        table.add_row(
            student, one.what, f"{number(result.score)}/{number(result.max_score)}", *scores, in_short(result)
        )
    return table


def in_short(result: Result) -> str:
    """Why a score is what it is: what was read, what was recognised, what else cost points."""
    if result.notes:
        return result.notes[0].partition("; ")[0].removeprefix(f"{ASSIGNMENT}.ipynb: ")
    lost = Counter(
        test.verdict for test in result.tests if test.verdict not in ("pass", "skipped") and not test.mistake
    )
    named = len({(test.question, test.mistake.name) for test in result.tests if test.mistake})
    parts = [f"{named} recognised"] if named else []
    return ", ".join(parts + [f"{count} tests: {verdict}" for verdict, count in lost.items()]) or "all tests passed"


def show_next_steps(console: Console, demo: Course, marks: Path, pages: list[Path], count: int, seconds: float) -> None:
    shown = next((page for page in pages if "shannon" in page.parts), pages[0])  # one with mistakes in it
    jupyter = Path(sys.executable).with_name("jupyter")
    root = " --allow-root" if os.geteuid() == 0 else ""
    console.print(
        f"\n{count} submissions from release to marks in {seconds:.0f} s. What to open next:\n"
        f"  {shown}    a feedback page, one of {len(pages)}\n"
        f"  {write_insight(demo, gather(demo, ASSIGNMENT))}    how the class did\n"
        f"  {marks}    the marks\n"
        f"  the gradebook, to look into it and override marks:\n"
        f"      cd {demo.root} && {jupyter} lab{root}    then Nbgrader > Formgrader in the menu",
        highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip
