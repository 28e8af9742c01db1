"""The course as data: where its files are, and what its syllabus says.

>>> course = Course.find()                        # doctest: +SKIP
>>> course.assignment("a03").name                 # doctest: +SKIP
'a03_optimizers'
>>> course.modules_before("a03")[0]               # doctest: +SKIP
'mmcourse.foundations.multimodal_data'

Errors
------
CourseError         what is wrong, where, and what to do, in one line
    SyllabusError   a row of syllabus.toml that cannot be used
    MachineError    a disk, a database, another machine
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path

STATUSES = ("planned", "written")
SYLLABUS = "syllabus.toml"


class CourseError(Exception):
    """Something about the course that a person can put right; the message is one line."""


class SyllabusError(CourseError):
    """A row of syllabus.toml that cannot be used."""


class MachineError(CourseError):
    """A disk, a database or another machine is in the way, and nobody's words or files; the message says what helps."""


@dataclass(frozen=True)
class Lecture:
    """One lecture: a row of the syllabus."""

    number: int  # place in the order of teaching, from 1
    slug: str
    title: str
    part: int  # key of Syllabus.parts
    minutes: int  # what a student needs without the sections marked deeper
    requires: tuple[int, ...]  # numbers of earlier lectures
    modules: tuple[str, ...]  # dotted, in the order in which they are taught
    covers: tuple[str, ...]  # ids of coverage.toml
    status: str = "planned"

    @property
    def name(self) -> str:
        """The notebook's stem, such as ``07_adaptive``."""
        return f"{self.number:02d}_{self.slug}"


@dataclass(frozen=True)
class Assignment:
    """One assignment: a row of the syllabus."""

    id: str
    slug: str
    title: str
    after: int  # number of the lecture it follows; 0 is before the first
    topics: tuple[str, ...]
    status: str = "planned"

    @property
    def name(self) -> str:
        """The folder's and the notebook's name, such as ``a03_optimizers``."""
        return f"{self.id}_{self.slug}"


@dataclass(frozen=True)
class Syllabus:
    """The one table of the course, in the order of teaching."""

    lectures: tuple[Lecture, ...]
    assignments: tuple[Assignment, ...]
    parts: dict[int, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: str | Path) -> Syllabus:
        """Read and check syllabus.toml; raise SyllabusError for the first thing that is wrong."""
        path = Path(path)
        table = read_toml(path)
        known = {"part", "lecture", "assignment"}
        if unknown := sorted(set(table) - known):
            raise SyllabusError(f"{path}: unknown table `{unknown[0]}`: use {_listed(known)}")
        try:
            lectures = tuple(_row(Lecture, row, index, "lecture") for index, row in enumerate(_rows(table, "lecture")))
            assignments = tuple(
                _row(Assignment, row, index, "assignment") for index, row in enumerate(_rows(table, "assignment"))
            )
            parts = _parts(_rows(table, "part"))
            _check_lectures(lectures, parts)
            _check_assignments(assignments, lectures)
        except SyllabusError as error:
            raise SyllabusError(f"{path}: {error}") from None
        return cls(lectures, assignments, parts)

    def lecture(self, number: int) -> Lecture:
        """The lecture with this number."""
        for lecture in self.lectures:
            if lecture.number == number:
                return lecture
        raise CourseError(f"no lecture {number}: the syllabus has {len(self.lectures)}")

    @property
    def modules(self) -> dict[str, int]:
        """Every lecture module, in the order of teaching, with the number of its lecture."""
        return {module: lecture.number for lecture in self.lectures for module in lecture.modules}


@dataclass(frozen=True)
class Course:
    """Where everything of one course lies. Nothing is created or read until it is asked for."""

    root: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root).resolve())

    @classmethod
    def find(cls, start: str | Path | None = None) -> Course:
        """The course that `start` (by default the current folder) lies in: the nearest one upwards."""
        start = Path.cwd() if start is None else Path(start).resolve()
        for folder in (start, *start.parents):
            if (folder / SYLLABUS).is_file():
                return cls(folder)
        raise CourseError(f"no {SYLLABUS} in {start} or above it: go to the folder of the course")

    @cached_property
    def syllabus(self) -> Syllabus:
        return Syllabus.load(self.root / SYLLABUS)

    @property
    def lectures(self) -> Path:
        return self.root / "lectures"

    @property
    def solutions(self) -> Path:
        return self.root / "solutions"

    @property
    def assignments(self) -> Path:
        return self.root / "assignments"

    @property
    def submissions(self) -> Path:
        return self.root / "submissions"

    @property
    def autograded(self) -> Path:
        return self.root / "autograded"

    @property
    def feedback(self) -> Path:
        return self.root / "feedback"

    @property
    def results(self) -> Path:
        return self.root / "results"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def hidden(self) -> Path:
        """The hidden tests: the course's own, or else those beside this package."""
        own = self.root / "hidden", self.root / "autograder" / "hidden"
        return _first_folder(*own, Path(__file__).parent / "hidden")

    @property
    def checks(self) -> Path:
        """The data of the visible checks: the course's own, or else those of the package mmcourse."""
        import mmcourse

        own = self.root / "checks", self.root / "mmcourse" / "checks"
        return _first_folder(*own, Path(mmcourse.__file__).parent / "checks")

    @property
    def gradebook_url(self) -> str:
        """The gradebook's database: what nbgrader_config.py names as its `CourseDirectory.db_url`, or gradebook.db."""
        from autograder.config import read_config

        if given := read_config(self.root).CourseDirectory.get("db_url"):
            return str(given)
        if "?" in str(self.root):
            raise CourseError(f"{self.root}: a gradebook's address cannot hold a question mark; rename the folder")
        return f"sqlite:///{self.root / 'gradebook.db'}"

    @property
    def gradebook_name(self) -> str:
        """The gradebook's address as it can be shown: without a password."""
        from sqlalchemy.engine import make_url

        return make_url(self.gradebook_url).render_as_string(hide_password=True)

    def assignment(self, name: str) -> Assignment:
        """The assignment called `name`, by its full name or by its id alone."""
        for assignment in self.syllabus.assignments:
            if name in (assignment.name, assignment.id):
                return assignment
        known = [assignment.name for assignment in self.syllabus.assignments]
        if not known:
            raise CourseError(f"unknown assignment {name!r}: {self.root / SYLLABUS} lists none")
        raise CourseError(f"unknown assignment {name!r}: the syllabus has {', '.join(known)}")

    def modules_before(self, assignment: Assignment | str) -> list[str]:
        """Dotted modules of all lectures up to the one that the assignment follows, in order of teaching."""
        if isinstance(assignment, str):
            assignment = self.assignment(assignment)
        return [module for module, number in self.syllabus.modules.items() if number <= assignment.after]


def load_coverage(path: str | Path) -> dict[str, str]:
    """Every id that the course owes its students, with a line on what it is."""
    sections = read_toml(Path(path))
    return {key: line for section in sections.values() for key, line in section.items()}


def read_toml(path: Path) -> dict:
    """The parsed file, or a SyllabusError that says what is wrong with it."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SyllabusError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise SyllabusError(f"{path}: not UTF-8 text: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SyllabusError(f"{path}: not valid TOML: {error}") from None


# Checks of single rows


def _rows(table: dict, kind: str) -> list:
    rows = table.get(kind, [])
    if not isinstance(rows, list):
        raise SyllabusError(f"`{kind}` must be a list of tables: write [[{kind}]], with two brackets")
    return rows


def _row(cls: type, row: dict, index: int, kind: str) -> Lecture | Assignment:
    """Build a Lecture or an Assignment from one table, after a look at each of its keys."""
    label = f"{kind} {row.get('number', row.get('id', f'in place {index + 1}'))}"
    wanted = {each.name: str(each.type) for each in fields(cls)}
    if unknown := [key for key in row if key not in wanted]:
        raise SyllabusError(f"{label}: unknown key `{unknown[0]}`: use {_listed(wanted)}")
    if missing := [key for key in wanted if key not in row]:
        raise SyllabusError(f"{label}: `{missing[0]}` is missing: add it")
    values = {key: _value(label, key, row[key], expected) for key, expected in wanted.items()}
    if values["status"] not in STATUSES:
        raise SyllabusError(f"{label}: `status` is {values['status']!r}: use {_listed(STATUSES)}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", values["slug"]):
        raise SyllabusError(f"{label}: `slug` is {values['slug']!r}: use small letters, digits and _")
    return cls(**values)


def _value(label: str, key: str, value: object, expected: str) -> object:
    """`value` as the annotation `expected` says: int, str, or a tuple of one of them."""
    kinds = {"int": (int, "a whole number"), "str": (str, "a text")}
    many = expected.startswith("tuple[")
    kind, words = kinds[expected.removeprefix("tuple[").removesuffix(", ...]")]
    items = value if many and isinstance(value, list) else [value]
    right = isinstance(value, list) if many else not isinstance(value, list)
    if not right or any(not isinstance(item, kind) or isinstance(item, bool) for item in items):
        raise SyllabusError(f"{label}: `{key}` must be {f'a list, each {words}' if many else words}, got {value!r}")
    if many and (doubled := _doubled(items)):
        raise SyllabusError(f"{label}: `{key}` has {doubled!r} twice: keep one")
    return tuple(items) if many else value


def _parts(rows: list) -> dict[int, str]:
    parts = {}
    for row in rows:
        if set(row) != {"number", "title"}:
            raise SyllabusError(f"part {row.get('number', '?')}: give it `number` and `title`, nothing else")
        if row["number"] in parts:
            raise SyllabusError(f"part {row['number']}: written twice: keep one")
        parts[row["number"]] = row["title"]
    return parts


# Checks across rows


def _check_lectures(lectures: tuple[Lecture, ...], parts: dict[int, str]) -> None:
    """Numbers run from 1 in the order of teaching, and every reference points to something taught before."""
    for place, lecture in enumerate(lectures, start=1):
        label = f"lecture {lecture.number}"
        if lecture.number != place:
            raise SyllabusError(
                f"{label}: stands in place {place}: number the lectures 1, 2, 3, ... as they are taught"
            )
        if lecture.part not in parts:
            raise SyllabusError(f"{label}: part {lecture.part} does not exist: add a [[part]], or use {_listed(parts)}")
        if late := [number for number in lecture.requires if not 0 < number < lecture.number]:
            raise SyllabusError(f"{label}: requires lecture {late[0]}, which is not taught before it: take it out")
        if odd := [module for module in lecture.modules if not re.fullmatch(r"mmcourse(\.[a-z][a-z0-9_]*)+", module)]:
            raise SyllabusError(f"{label}: module {odd[0]!r}: write it dotted, like mmcourse.optimization.momentum")
    if doubled := _doubled(lecture.slug for lecture in lectures):
        raise SyllabusError(f"two lectures have the slug {doubled!r}: rename one")
    if doubled := _doubled(module for lecture in lectures for module in lecture.modules):
        raise SyllabusError(f"module {doubled} is taught twice: leave it with the first lecture that teaches it")


def _check_assignments(assignments: tuple[Assignment, ...], lectures: tuple[Lecture, ...]) -> None:
    for assignment in assignments:
        label = f"assignment {assignment.id}"
        if not re.fullmatch(r"a\d\d", assignment.id):
            raise SyllabusError(f"{label}: `id` must be a and two digits, like a03")
        if not 0 <= assignment.after <= len(lectures):
            raise SyllabusError(f"{label}: `after` is {assignment.after}, but the lectures are 1 to {len(lectures)}")
    if doubled := _doubled(assignment.id for assignment in assignments):
        raise SyllabusError(f"assignment {doubled}: written twice: keep one")


def _doubled(items: Iterable) -> object | None:
    return next((item for item, times in Counter(items).items() if times > 1), None)


def _first_folder(*candidates: Path) -> Path:
    """The first that is there. A course outside the repository has no folders named like the packages: they would be
    imported instead."""
    return next((folder for folder in candidates if folder.is_dir()), candidates[-1])


def _listed(names: Iterable) -> str:
    *most, last = [f"`{name}`" for name in sorted(names, key=str)] or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last
