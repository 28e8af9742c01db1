"""What a hidden folder declares: questions, tests and points, known mistakes, correct variants, visible checks.

    autograder/hidden/a03_optimizers/
        manifest.toml         [[question]] tables: id, title, cells, function, points; before them, what students
                              get to read: feedback = "full" (policy.py)
        test_<question>.py    hidden tests (testing.py)
        mistakes.py           MISTAKES = [Mistake(...), ...]
        variants.py           cells "# %% question: name", each a correct solution
        checks.py             QUESTIONS = {question: ...}, the visible checks

`Manifest.load` reads it together with the instructor's notebook and refuses what does not fit, in one line that says
which file and what to do. Points and names come from here, never from a submission.
"""

import ast
import importlib.util
import inspect
import itertools
import json
import math
import re
import sys
import tomllib
import types
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.policy import LATER, POLICIES

FIXTURES = ("student", "reference", "rng")
CELL = re.compile(r"^# %%(.*)$", re.MULTILINE)
QUESTION_KEYS = {
    "id": str,
    "title": str,
    "solution_cell": str,
    "grade_cell": str,
    "function": str,
    "points": int | float,
}
OPTIONAL_KEYS = {"packages": list, "warm_up": bool, "graded_part": int}

_serial = itertools.count()


class ManifestError(Exception):
    """A hidden folder contradicts itself or its notebook; the message is one line for its author."""


@dataclass(frozen=True)
class HiddenTest:
    """One hidden test; `title` is its docstring, which the student reads."""

    name: str
    question: str
    points: float
    needs: tuple[str, ...]
    title: str


@dataclass(frozen=True)
class HiddenQuestion:
    """One graded question. `function` is the name that tests call, `packages` what its sandbox contains.

    `graded_part` is set where a result is a tuple of which one item is graded and the rest is laid out as the student
    likes: only that item tells whether a submission makes a known mistake.
    """

    id: str
    title: str
    solution_cell: str
    grade_cell: str
    function: str
    points: float
    packages: tuple[str, ...]
    warm_up: bool
    graded_part: int | None
    tests: tuple[HiddenTest, ...]


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A known wrong solution, and what to tell who made it.

    Either `edits` of the instructor's solution (old text to new text), or a whole other `source`.
    """

    question: str
    name: str
    message: str
    edits: Mapping[str, str] | None = None
    source: str | None = None
    erratum: str | None = None

    def __post_init__(self) -> None:
        if (self.edits is None) == (self.source is None):
            raise ManifestError(f"mistake {self.question}/{self.name}: give either edits or source")

    def apply(self, solution_source: str) -> str:
        """Make the mistake in the instructor's solution cell; loud when the cell does not read as the edits expect."""
        where = f"mistake {self.question}/{self.name}"
        changed = self.source if self.edits is None else _replace(solution_source, self.edits, where)
        try:
            compile(changed, f"<{where}>", "exec", dont_inherit=True)
        except SyntaxError as error:
            raise ManifestError(f"{where}: the result does not parse, line {error.lineno}: {error.msg}") from None
        return changed


@dataclass(frozen=True)
class Variant:
    """Another correct solution of a question: it must pass every test."""

    question: str
    name: str
    source: str


@dataclass(frozen=True)
class Manifest:
    """All that a hidden folder declares. `checks` maps question ids to visible checks; empty without checks.py."""

    name: str
    questions: tuple[HiddenQuestion, ...]
    mistakes: tuple[Mistake, ...]
    variants: tuple[Variant, ...]
    checks: Mapping[str, Any]
    feedback: str = "full"
    feedback_full_after: datetime | None = None  # for "after deadline"

    @property
    def tests(self) -> tuple[HiddenTest, ...]:
        return tuple(test for question in self.questions for test in question.tests)

    @property
    def points(self) -> float:
        return math.fsum(question.points for question in self.questions)

    def question(self, id: str) -> HiddenQuestion:
        for question in self.questions:
            if question.id == id:
                return question
        raise ManifestError(f"{self.name} has no question {id!r}: it has {_listed(q.id for q in self.questions)}")

    @classmethod
    def load(cls, hidden_folder: Path | str, notebook_path: Path | str) -> "Manifest":
        """Read a hidden folder and check it against the instructor's notebook.

        Raises
        ------
        ManifestError
            The first thing that does not fit, in one line.
        """
        folder = Path(hidden_folder)
        content = _content(folder / "manifest.toml")
        policy = _policy(content, folder / "manifest.toml")
        questions = tuple(_question(table, folder) for table in content["question"])
        for key in ("id", "solution_cell", "grade_cell"):
            _refuse_duplicates((getattr(question, key) for question in questions), f"{folder / 'manifest.toml'}: {key}")
        ids = [question.id for question in questions]
        for path in sorted(folder.glob("test_*.py")):
            if path.stem.removeprefix("test_") not in ids:
                raise ManifestError(f"{path}: no such question in manifest.toml, which has {_listed(ids)}")
        mistakes, variants = _mistakes(folder / "mistakes.py", ids), _variants(folder / "variants.py", ids)
        manifest = cls(folder.name, questions, mistakes, variants, _checks(folder / "checks.py", ids), *policy)
        _fit_to_notebook(manifest, Path(notebook_path))
        return manifest


# The instructor's notebook as plain cells. Read as json: nothing here needs nbformat, and the judge starts faster.


def read_cells(notebook: Path | str | Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cells of a notebook of ours, with `source` as one string."""
    if not isinstance(notebook, Mapping):
        try:
            notebook = json.loads(Path(notebook).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ManifestError(f"{notebook}: cannot read this notebook: {error}") from None
    return [{**cell, "source": "".join(cell["source"])} for cell in notebook["cells"]]


def solution_sources(notebook: Path | str | Mapping[str, Any]) -> dict[str, str]:
    """The instructor's solutions: grade_id of the solution cell to its source, in the order of the notebook."""
    cells = [cell for cell in read_cells(notebook) if _is_code(cell) and _grading(cell).get("solution")]
    _refuse_duplicates((_grading(cell)["grade_id"] for cell in cells), "solution cells of the notebook: grade_id")
    return {_grading(cell)["grade_id"]: cell["source"] for cell in cells}


def setup_sources(notebook: Path | str | Mapping[str, Any]) -> list[str]:
    """The code cells besides solutions that a program needs: imports, given helpers; no checks, no `explore` cells."""
    return [cell["source"] for cell in read_cells(notebook) if _is_setup(cell)]


def program_sources(notebook: Path | str | Mapping[str, Any], replace: Mapping[str, str] | None = None) -> list[str]:
    """A whole program: setup and solutions in the order of the notebook.

    `replace` maps grade_ids of solution cells to sources that take their place.
    """
    solutions = {**solution_sources(notebook), **(replace or {})}
    cells = [
        cell for cell in read_cells(notebook) if _is_setup(cell) or _is_code(cell) and _grading(cell).get("solution")
    ]
    return [
        solutions[_grading(cell)["grade_id"]] if _grading(cell).get("solution") else cell["source"] for cell in cells
    ]


def load_module(path: Path | str) -> types.ModuleType:
    """Import a file of a hidden folder under a name of its own: sys.path stays as it is, no two files collide."""
    path = Path(path)
    name = f"_hidden_{next(_serial)}_{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles of doctests look their module up
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # nothing of ours appears in an instructor's folder
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        if isinstance(error, ManifestError):
            raise ManifestError(f"{path}: {error}") from None
        raise ManifestError(f"{path}: cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        sys.dont_write_bytecode = writes
    return module


def _content(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path}: {error}") from None
    unknown = set(content) - {"question", "feedback", "feedback_full_after"}
    if unknown or not isinstance(content.get("question"), list) or not content["question"]:
        raise ManifestError(
            f"{path}: expected one or more [[question]] tables, and before them at most feedback and "
            f"feedback_full_after; got {_listed(content)}"
        )
    return content


def _policy(content: dict[str, Any], path: Path) -> tuple[str, datetime | None]:
    policy, moment = content.get("feedback", "full"), content.get("feedback_full_after")
    if policy not in POLICIES:
        raise ManifestError(f"{path}: feedback is one of {_listed(POLICIES)}, got {policy!r}")
    if (moment is not None) != (policy == LATER):
        raise ManifestError(f'{path}: feedback_full_after and feedback = "{LATER}" go together')
    if moment is not None and not (isinstance(moment, datetime) and moment.tzinfo):
        raise ManifestError(
            f"{path}: feedback_full_after is a moment with its distance from UTC, such as 2026-12-01T23:59:00+01:00"
        )
    return policy, moment


def _question(table: dict[str, Any], folder: Path) -> HiddenQuestion:
    where = f"{folder / 'manifest.toml'}: question {table.get('id', '?')}"
    known = {**QUESTION_KEYS, **OPTIONAL_KEYS}
    if unknown := table.keys() - known:
        raise ManifestError(f"{where}: unknown key {_listed(sorted(unknown))}")
    if missing := QUESTION_KEYS.keys() - table.keys():
        raise ManifestError(f"{where}: missing {_listed(sorted(missing))}")
    for key, value in table.items():
        if not isinstance(value, known[key]) or isinstance(value, bool) != (key == "warm_up"):
            raise ManifestError(f"{where}: {key} has the wrong type, {type(value).__name__}")
    if not (math.isfinite(table["points"]) and table["points"] > 0):
        raise ManifestError(f"{where}: points must be positive, got {table['points']}")
    tests = _hidden_tests(folder / f"test_{table['id']}.py", table["id"])
    total = math.fsum(test.points for test in tests)
    if not math.isclose(total, table["points"]):
        raise ManifestError(f"{where}: is worth {table['points']:g} points, but its tests add up to {total:g}")
    defaults = {"packages": ["numpy"], "warm_up": False, "graded_part": None}
    table = {**defaults, **table, "tests": tests}
    return HiddenQuestion(**{**table, "packages": tuple(table["packages"])})


def _hidden_tests(path: Path, question: str) -> tuple[HiddenTest, ...]:
    if not path.is_file():
        raise ManifestError(f"{path}: question {question} has no test file")
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    _refuse_duplicates(defined, f"{path}: test")  # python itself would silently keep the last one
    module = load_module(path)
    tests: list[HiddenTest] = []
    for name in defined:
        tests.append(_hidden_test(getattr(module, name), question, [test.name for test in tests], f"{path}: {name}"))
    return tuple(tests)


def _hidden_test(function: Any, question: str, earlier: list[str], where: str) -> HiddenTest:
    worth, needed = getattr(function, "_points", None), getattr(function, "_needs", ())
    if worth is None:
        raise ManifestError(f"{where}: has no points, decorate it with @points(n)")
    if not (function.__doc__ or "").strip():
        raise ManifestError(f"{where}: has no docstring, which is what the student reads")
    if unknown := set(inspect.signature(function).parameters) - set(FIXTURES):
        raise ManifestError(f"{where}: takes {_listed(sorted(unknown))}; a hidden test may take {_listed(FIXTURES)}")
    if unknown := [name for name in needed if name not in earlier]:
        raise ManifestError(f"{where}: needs {_listed(unknown)}, which is no earlier test of this file")
    return HiddenTest(function.__name__, question, worth, tuple(needed), " ".join(function.__doc__.split()))


def _mistakes(path: Path, ids: list[str]) -> tuple[Mistake, ...]:
    if not path.is_file():
        return ()
    mistakes = getattr(load_module(path), "MISTAKES", None)
    if not isinstance(mistakes, list) or not all(isinstance(mistake, Mistake) for mistake in mistakes):
        raise ManifestError(f"{path}: MISTAKES must be a list of Mistake")
    _refuse_strangers(mistakes, ids, path)
    return tuple(mistakes)


def _variants(path: Path, ids: list[str]) -> tuple[Variant, ...]:
    if not path.is_file():
        return ()
    _, *parts = CELL.split(path.read_text(encoding="utf-8"))  # heading, source, heading, source, ...
    variants = []
    for heading, source in zip(parts[::2], parts[1::2], strict=True):
        question, colon, name = (part.strip() for part in heading.partition(":"))
        if not (question and colon and name):
            raise ManifestError(f'{path}: a cell begins "# %% question: name", got "# %%{heading}"')
        variants.append(Variant(question, name, source.strip("\n") + "\n"))
    _refuse_strangers(variants, ids, path)
    return tuple(variants)


def _checks(path: Path, ids: list[str]) -> Mapping[str, Any]:
    if not path.is_file():
        return types.MappingProxyType({})
    questions = getattr(load_module(path), "QUESTIONS", None)
    if not isinstance(questions, dict) or set(questions) != set(ids):
        got = _listed(questions) if isinstance(questions, dict) else type(questions).__name__
        raise ManifestError(f"{path}: QUESTIONS must be a dictionary of {_listed(ids)}, got {got}")
    return types.MappingProxyType(questions)


def _fit_to_notebook(manifest: Manifest, path: Path) -> None:
    """Refuse a manifest whose cells, function names, points or mistakes are not those of the notebook."""
    solutions = solution_sources(path)
    grades = {_grading(cell)["grade_id"]: _grading(cell) for cell in read_cells(path) if _grading(cell).get("grade")}
    for question in manifest.questions:
        if question.solution_cell not in solutions:
            raise ManifestError(
                f"{path}: question {question.id} has no solution cell {question.solution_cell!r}, "
                f"only {_listed(solutions)}"
            )
        if question.grade_cell not in grades:
            raise ManifestError(
                f"{path}: question {question.id} has no grade cell {question.grade_cell!r}, only {_listed(grades)}"
            )
        if grades[question.grade_cell].get("points") != question.points:
            raise ManifestError(
                f"{path}: cell {question.grade_cell!r} is worth {grades[question.grade_cell].get('points')} points, "
                f"the manifest says {question.points:g}"
            )
        names = {node.name for node in ast.parse(solutions[question.solution_cell]).body if hasattr(node, "name")}
        if question.function not in names:
            raise ManifestError(f"{path}: cell {question.solution_cell!r} does not define {question.function!r}")
    for mistake in manifest.mistakes:
        mistake.apply(solutions[manifest.question(mistake.question).solution_cell])


def _replace(source: str, edits: Mapping[str, str], where: str) -> str:
    spans = []
    for old, new in edits.items():
        if not old or (count := source.count(old)) != 1:
            found = f"{count} times" if old else "everywhere"
            raise ManifestError(f"{where}: the text {old!r} occurs {found} in the solution cell, expected once")
        spans.append((source.index(old), old, new))
    for (start, old, _), (following, *_) in itertools.pairwise(sorted(spans)):
        if start + len(old) > following:
            raise ManifestError(f"{where}: two edits overlap at {old!r}")
    for start, old, new in sorted(spans, reverse=True):
        source = source[:start] + new + source[start + len(old) :]
    return source


def _refuse_duplicates(names: Iterable[str], where: str) -> None:
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ManifestError(f"{where} {_listed(twice)} occurs more than once")


def _refuse_strangers(items: Iterable[Mistake | Variant], ids: list[str], path: Path) -> None:
    items = list(items)
    for item in items:
        if item.question not in ids:
            raise ManifestError(f"{path}: {item.name!r} belongs to no question of manifest.toml: {item.question!r}")
    _refuse_duplicates((f"{item.question}/{item.name}" for item in items), f"{path}:")


def _is_code(cell: Mapping[str, Any]) -> bool:
    return cell["cell_type"] == "code"


def _is_setup(cell: Mapping[str, Any]) -> bool:
    grading, tags = _grading(cell), cell.get("metadata", {}).get("tags", [])
    return _is_code(cell) and not grading.get("solution") and not grading.get("grade") and "explore" not in tags


def _grading(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    return cell.get("metadata", {}).get("nbgrader", {})


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names) or "nothing"
