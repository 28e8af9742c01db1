"""The gate before a release: does the assignment grade what it says, catch what it names, and keep its secrets?

    report = audit(course, "a03_optimizers")
    report.passed, report.findings

Everything is graded through the real sandbox: the solution must earn all points and the blank notebook none, over
many seeds; every known mistake must lose points and be diagnosed; every variant must lose none; no function the
lectures show may earn half when pasted in; and nothing hidden may stand in what students get.
"""

import ast
import difflib
import inspect
import json
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module

import nbformat

from autograder.checkdata import same_data
from autograder.course import Course
from autograder.grading import Grader, Task
from autograder.manifest import HiddenQuestion, Manifest, solution_sources
from autograder.release import canonical, check_data, checks_path, read_released, released_path
from autograder.repair import cells_to_run, fit, plain_cell
from autograder.results import Result

CLOSEST = 3  # lecture functions tried per question
SEEDS = 200


@dataclass(frozen=True)
class Attempt:
    """One program put in a question's place, and what it earned there."""

    kind: str  # solution, blank, mistake, variant or lecture
    question: str
    name: str
    score: float
    max_score: float
    lost: list[str] = field(default_factory=list)  # tests it did not pass
    diagnosed: bool = False


@dataclass
class Report:
    """What the gate found; `findings` are sentences for the author, empty when the assignment may go out."""

    assignment: str
    attempts: list[Attempt] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.findings

    def kill_table(self) -> dict[str, dict[str, list[str]]]:
        """question -> mistake -> the hidden tests that catch it."""
        table: dict[str, dict[str, list[str]]] = {}
        for attempt in self.attempts:
            if attempt.kind == "mistake":
                table.setdefault(attempt.question, {})[attempt.name] = attempt.lost
        return table


def audit(
    course: Course,
    assignment: str,
    *,
    seeds: int = SEEDS,
    jobs: int | None = None,
    programs: bool = True,
    say: Callable[[str], None] = lambda text: None,
) -> Report:
    """Try everything that must pass and everything that must not. `say` is told what is being tried.

    Without `programs`, mistakes, variants and lecture code are left out (the demo hands them in instead).
    """
    name = course.assignment(assignment).name
    report = Report(name)
    with Grader(course, name, jobs=jobs) as grader:
        trials = Trials(course, grader)
        say("solution and blank notebook")
        judge_solution(trials, report, seeds)
        if programs:
            say(f"{len(grader.manifest.mistakes)} known mistakes")
            judge_mistakes(trials, report)
            say(f"{len(grader.manifest.variants)} correct variants, {seeds} seeds each")
            judge_variants(trials, report, seeds)
            say("lecture code")
            judge_lectures(trials, report)
        say("leaks and canonical form")
        report.findings += leaks(course, grader.manifest)
        report.findings += stale(course, grader.manifest)
    return report


class Trials:
    """Builds whole notebooks out of single answers, and grades them."""

    def __init__(self, course: Course, grader: Grader) -> None:
        self.course, self.grader, self.manifest = course, grader, grader.manifest
        self.notebook = nbformat.read(
            course.solutions / self.manifest.name / f"{self.manifest.name}.ipynb", as_version=4
        )
        self.solutions = solution_sources(self.notebook)

    def cells(self, answers: dict[str, str]) -> list[tuple[int, str]]:
        """The cells of a submission whose solution cells hold `answers` (by cell) and otherwise the instructor's."""
        cells = [plain_cell(cell) for cell in self.notebook.cells]
        repaired = fit(cells, self.notebook, self.manifest, [])
        for cell in repaired.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id in answers:
                cell.source = answers[grade_id]
        return cells_to_run(repaired)

    def grade(self, answers: dict[str, str], seeds: int = 1) -> Result:
        """Grade one whole notebook."""
        return next(self.grader.grade([Task("whole", self.cells(answers), seeds=seeds)]))

    def grade_each(self, programs: dict[tuple[str, str], str], seeds: int = 1) -> dict[tuple[str, str], Result]:
        """Grade single answers, (question, name) -> source, each among the instructor's others, on its own question."""
        tasks = {}
        for number, ((question, name), source) in enumerate(programs.items()):
            cells = self.cells({self.manifest.question(question).solution_cell: source})
            tasks[str(number)] = (question, name), Task(str(number), cells, (question,), seeds)
        results = self.grader.grade([task for _, task in tasks.values()])
        return {tasks[result.student][0]: result for result in results}

    def attempt(self, kind: str, question: HiddenQuestion, name: str, result: Result) -> Attempt:
        outcomes = result.of(question.id)
        lost = [test.name for test in outcomes if test.verdict != "pass"]
        diagnosed = any(test.mistake is not None and test.mistake.name == name for test in outcomes)
        return Attempt(kind, question.id, name, result.question_score(question.id), question.points, lost, diagnosed)


def judge_solution(trials: Trials, report: Report, seeds: int) -> None:
    stub = {cell: blank(source) for cell, source in trials.solutions.items()}
    full, empty = trials.grade({}, seeds), trials.grade(stub)
    for question in trials.manifest.questions:
        attempt = trials.attempt("solution", question, "solution", full)
        report.attempts.append(attempt)
        for test in full.of(question.id):
            if test.verdict != "pass":
                said = f"{test.verdict!r} in {test.name}: {test.message or 'no message'}"
                report.findings.append(f"{question.id}: the solution itself gets {said}")
        attempt = trials.attempt("blank", question, "blank", empty)
        report.attempts.append(attempt)
        if attempt.score > 0:
            passed = [test.name for test in empty.of(question.id) if test.points > 0]
            report.findings.append(
                f"{question.id}: the blank notebook earns {attempt.score:g} points, in {', '.join(passed)}"
            )


def blank(source: str) -> str:
    """The stub that students get, as nbgrader makes it."""
    return re.sub(
        r"(?ms)^([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION", r"\1raise NotImplementedError  # your code here", source
    )


def judge_mistakes(trials: Trials, report: Report) -> None:
    programs = {}
    for mistake in trials.manifest.mistakes:
        cell = trials.manifest.question(mistake.question).solution_cell
        programs[mistake.question, mistake.name] = mistake.apply(trials.solutions[cell])
    for (question, name), result in trials.grade_each(programs).items():
        attempt = trials.attempt("mistake", trials.manifest.question(question), name, result)
        report.attempts.append(attempt)
        if not attempt.lost:
            report.findings.append(f"{question}: no hidden test catches the mistake {name!r}")
        elif not attempt.diagnosed:
            report.findings.append(f"{question}: the mistake {name!r} loses points but is not recognised as itself")


def judge_variants(trials: Trials, report: Report, seeds: int) -> None:
    programs = {(variant.question, variant.name): variant.source for variant in trials.manifest.variants}
    for (question, name), result in trials.grade_each(programs, seeds).items():
        attempt = trials.attempt("variant", trials.manifest.question(question), name, result)
        report.attempts.append(attempt)
        for test in result.of(question):
            if test.verdict != "pass":
                report.findings.append(
                    f"{question}: the correct variant {name!r} gets {test.verdict!r} in {test.name}: {test.message}"
                )


# Lecture code pasted in


def judge_lectures(trials: Trials, report: Report) -> None:
    """A question that is no warm-up must not give half its points to the closest function a lecture shows."""
    shown = lecture_functions(trials.course.modules_before(trials.manifest.name))
    programs = {}
    for question in trials.manifest.questions:
        for name, module in closest(trials.solutions[question.solution_cell], shown):
            source = f"{inspect.getsource(import_module(module))}\n\n{question.function} = {name}\n"
            programs[question.id, f"{module}.{name}"] = source
    for (question_id, name), result in trials.grade_each(programs).items():
        question = trials.manifest.question(question_id)
        attempt = trials.attempt("lecture", question, name, result)
        report.attempts.append(attempt)
        if not question.warm_up and attempt.score >= question.points / 2:
            report.findings.append(
                f"{question_id}: {name} pasted in earns {attempt.score:g} of {question.points:g}; "
                "ask for another form, or mark it warm_up"
            )


def lecture_functions(modules: list[str]) -> dict[tuple[str, str], str]:
    """Public functions and classes of the written lecture modules: (name, module) -> source."""
    functions = {}
    for module in modules:
        try:
            loaded = import_module(module)
        except ModuleNotFoundError as error:
            if error.name is not None and module.startswith(error.name):
                continue  # planned, not written yet
            raise
        for name, shown in vars(loaded).items():
            code = inspect.isfunction(shown) or inspect.isclass(shown)
            if code and shown.__module__ == module and not name.startswith("_"):
                functions[name, module] = inspect.getsource(shown)
    return functions


def closest(solution: str, shown: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
    """The lecture functions whose code is most like the solution's, names aside."""
    ours = shape(solution)
    ranked = sorted(shown, key=lambda key: -difflib.SequenceMatcher(None, ours, shape(shown[key]), False).ratio())
    return ranked[:CLOSEST]


def shape(source: str) -> list[str]:
    return [type(node).__name__ for node in ast.walk(ast.parse(textwrap.dedent(source)))]


# Leaks


def leaks(course: Course, manifest: Manifest) -> list[str]:
    """What students get must not contain a solution, a hidden test, or a mistake's code."""
    findings = []
    released = released_path(course, manifest.name)
    given = {
        path: path.read_text(encoding="utf-8")
        for path in (released, checks_path(course, manifest.name))
        if path.is_file()
    }
    if released not in given:
        return [f"{manifest.name} has no released notebook yet"]
    texts = {path: cell_text(text) if path == released else text for path, text in given.items()}
    for extra in sorted(released.parent.rglob("*")):
        if extra.is_file() and extra != released:
            findings.append(
                f"{extra.relative_to(course.root)}: stands beside the released notebook and would go out with it"
            )
    for path, text in texts.items():
        for secret, what in secrets(course, manifest):
            if secret in text:
                findings.append(f"{path.relative_to(course.root)}: contains {what}: {secret.strip()[:80]!r}")
    return findings


def cell_text(notebook: str) -> str:
    return "\n".join("".join(cell["source"]) for cell in json.loads(notebook)["cells"])


def secrets(course: Course, manifest: Manifest) -> list[tuple[str, str]]:
    """What must never go out: lines between the solution marks, names of hidden tests and their assertions."""
    found = [
        ("### BEGIN SOLUTION", "a solution mark"),
        ("### BEGIN HIDDEN", "a hidden mark"),
        ("autograder.testing", "a test's import"),
    ]
    notebook = course.solutions / manifest.name / f"{manifest.name}.ipynb"
    given = {line.strip() for source in solution_sources(notebook).values() for line in blank(source).splitlines()}
    for source in solution_sources(notebook).values():
        for body in re.findall(r"(?ms)### BEGIN SOLUTION\n(.*?)### END SOLUTION", source):
            found += [(line.strip(), "a line of the solution") for line in body.splitlines() if telling(line, given)]
    found += [(test.name, "the name of a hidden test") for test in manifest.tests]
    for path in sorted((course.hidden / manifest.name).glob("test_*.py")):
        found += [
            (line.strip(), f"a line of {path.name}")
            for line in path.read_text().splitlines()
            if "assert" in line and telling(line, given)
        ]
    return found


def telling(line: str, given: set[str]) -> bool:
    """Whether a line of code says enough to be a leak: not a bare word, and not text that the stub shows anyway."""
    line = line.strip()
    return len(line) >= 16 and not line.startswith("#") and line not in given and re.search(r"[=(\[]", line) is not None


def stale(course: Course, manifest: Manifest) -> list[str]:
    """Released files must be what release would write now: text byte for byte, numbers but for rounding."""
    findings = []
    released = read_released(course, manifest.name)
    path = released_path(course, manifest.name)
    if path.read_bytes() != canonical(released):
        findings.append(f"{path.relative_to(course.root)}: not in canonical form; release it again")
    if not same_data(checks_path(course, manifest.name).read_bytes(), check_data(course, manifest)):
        findings.append(f"{checks_path(course, manifest.name)}: not what checks.py gives now; release it again")
    sources = {cell.metadata.nbgrader.grade_id: cell.source for cell in released.cells if "nbgrader" in cell.metadata}
    notebook = course.solutions / manifest.name / f"{manifest.name}.ipynb"
    for cell, source in solution_sources(notebook).items():
        if sources.get(cell, "").strip() != blank(source).strip():
            findings.append(
                f"{path.relative_to(course.root)}: cell {cell!r} is not the stub of the solution; release it again"
            )
    return findings
