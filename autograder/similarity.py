"""Which submissions are alike, and like what the course itself wrote: for a person to look at, who alone can judge.

    found = gather(course, "a03_optimizers", least=0.5)      # plain records
    found.pairs[0].left, found.pairs[0].right, found.pairs[0].likeness

Three lists: pairs of submissions; submissions and the modules of the lectures, which everybody may read; submissions
and the instructor's solution, which nobody should have. The number is the likeness of likeness.py. It says how much
code two texts have in common, and nothing about how that came about.

Why no library does the comparing. copydetect 0.5 is the nearest: winnowing as here, and it takes boilerplate. But it
compares whole files, each with each. On a class of fifteen with known copies it gave one copied question of nine 37 %
and 26 %, among honest pairs of up to 25 %; here such a question is 100 %, and no honest pair is above 38 %. A thousand
submissions are half a million pairs, at 0.6 ms each. Questions, what a class writes alike, the lists of lectures and
solutions and the page would be ours all the same, and they are most of this code. JPlag compares whole submissions too
and needs a Java runtime beside Python; pycode_similar parses, and what is handed in need not.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.grading import load_manifest
from autograder.likeness import EVIDENCE, Class, prints
from autograder.manifest import Manifest, solution_sources
from autograder.marks import read_standings
from autograder.passages import Passage, passages, turned
from autograder.release import read_released
from autograder.repair import Submitted, cells_to_run, grade_id, read_submission, shown
from autograder.students import check_students

LEAST = 0.5
SHOWN = 60  # of each list, with its passages
CUSTOM = 0.25  # fingerprints of less weight, which twice the usual tenth of the class has, begin no passage
READ = 200_000  # characters of a submission's code; nobody writes more
SOLUTION = "the instructor's solution"
ELSEWHERE = "cells of their own"


@dataclass(frozen=True)
class Part:
    """One question of two texts: how alike, from 0 to 1, and what they share."""

    id: str  # "" for cells that belong to no question
    title: str
    likeness: float
    passages: list[Passage] = field(default_factory=list)


@dataclass(frozen=True)
class Alike:
    """Two texts; the likeness is that of their most similar part. The parts come in the order of the assignment."""

    left: str  # a student
    right: str  # a student, a module, or the solution
    likeness: float
    parts: list[Part]


@dataclass(frozen=True)
class Similarity:
    """All of it. Students stand by their ids; `names` gives those the gradebook knows."""

    assignment: str
    title: str
    submissions: int
    least: float
    pairs: list[Alike]
    groups: list[list[str]]  # three and more who hang together by pairs
    lectures: list[Alike]
    solutions: list[Alike]
    left_out: dict[str, int]  # how many more each list has
    notes: list[str]
    names: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)  # of the questions


def gather(course: Course, assignment: str, least: float = LEAST, show: int = SHOWN) -> Similarity:
    """Compare all submissions of `assignment`; everything from the likeness `least` on, at most `show` of a kind."""
    name = course.assignment(assignment).name
    manifest, notes = load_manifest(course, name), []
    cells = read_texts(course, manifest, notes)
    compared = Compared(course, manifest, cells)
    pairs, lectures, solutions = compared.pairs(least), compared.lectures(least), compared.solutions(least)
    return Similarity(
        assignment=name,
        title=course.assignment(name).title,
        submissions=len(cells),
        least=least,
        pairs=[compared.with_passages(one, compared.texts[one.right], compared.taught) for one in pairs[:show]],
        groups=groups(pairs),
        lectures=[
            compared.with_passages(one, {"": compared.modules[one.right]}, frozenset()) for one in lectures[:show]
        ],
        solutions=[compared.with_passages(one, compared.solution, compared.taught) for one in solutions[:show]],
        left_out={
            kind: len(found[show:])
            for kind, found in (("pairs", pairs), ("lectures", lectures), ("solutions", solutions))
        },
        notes=notes,
        names=names(course, name, list(cells)),
        titles=compared.titles,
    )


def names(course: Course, name: str, students: list[str]) -> dict[str, str]:
    """What people are called, as far as a gradebook tells: one may look before anything has been graded."""
    try:
        known = {standing.student: standing.name for standing in read_standings(course, name)}
    except CourseError:
        known = {}
    return {student: known.get(student, student) for student in students}


# Texts


def read_texts(course: Course, manifest: Manifest, notes: list[str]) -> dict[str, dict[str, list[str]]]:
    """Student -> question -> its cells; "" holds those that belong to none."""
    released, texts = read_released(course, manifest.name), {}
    for student in check_students(course, manifest.name, []):
        submitted = read_submission(course.submissions / student / manifest.name, released, manifest)
        if not submitted.readable:
            notes.append(f"{shown(student)} is left out: {'; '.join(submitted.notes)}")
            continue
        texts[student] = parts_of(submitted, manifest)
        if sum(len(source) for cells in texts[student].values() for source in cells) > READ:
            notes.append(f"of {shown(student)} only the first {READ:,} characters of each part are compared")
            texts[student] = {part: [joined(cells)[:READ]] for part, cells in texts[student].items()}
    return texts


def parts_of(submitted: Submitted, manifest: Manifest) -> dict[str, list[str]]:
    questions = {question.solution_cell: question.id for question in manifest.questions}
    texts: dict[str, list[str]] = {}
    for index, source in cells_to_run(submitted.notebook):
        part = questions.get(grade_id(submitted.notebook.cells[index]), "")
        texts.setdefault(part, []).append(source)
    return texts


def joined(cells: Sequence[str]) -> str:
    return "\n\n".join(cells)


def module_texts() -> dict[str, str]:
    """Dotted name -> source of what every student can read: the course's own package."""
    import mmcourse

    root = Path(mmcourse.__file__).parent
    paths = sorted(path for path in root.rglob("*.py") if path.stat().st_size)
    return {
        ".".join(path.relative_to(root.parent).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in paths
    }


def solution_texts(course: Course, manifest: Manifest) -> dict[str, str]:
    sources = solution_sources(course.solutions / manifest.name / f"{manifest.name}.ipynb")
    return {question.id: sources[question.solution_cell] for question in manifest.questions}


# Comparing


class Compared:
    """A class beside itself, the lectures and the solution."""

    def __init__(self, course: Course, manifest: Manifest, cells: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self.texts = {student: {id: joined(own) for id, own in parts.items()} for student, parts in cells.items()}
        self.titles = {question.id: question.title for question in manifest.questions} | {"": ELSEWHERE}
        self.modules, self.solution = module_texts(), solution_texts(course, manifest)
        self.module_prints = {module: prints(source) for module, source in self.modules.items()}
        given = [cell.source for cell in read_released(course, manifest.name).cells if cell.cell_type == "code"]
        self.given = prints(*given)
        self.taught = frozenset().union(*self.module_prints.values())
        self.class_ = Class(cells, self.given, self.taught)
        self.custom = {value for value, weight in self.class_.weights.items() if weight < CUSTOM}

    def pairs(self, least: float) -> list[Alike]:
        """Pairs of submissions from `least` on, the most alike first."""
        found = [self.alike(*pair, self.class_.shares(*pair, least), least) for pair in self.class_.candidates(least)]
        return ranked(found)

    def lectures(self, least: float) -> list[Alike]:
        """Each submission beside those modules of which a part of it has enough."""
        holders: dict[int, list[str]] = {}
        for module, values in self.module_prints.items():
            for value in values:
                holders.setdefault(value, []).append(module)
        found = []
        for student, whole in self.class_.wholes.items():
            counts = Counter(module for value in whole & self.taught for module in holders[value])
            for module in sorted(module for module, count in counts.items() if count >= least * EVIDENCE):
                shares = self.class_.shares_of(student, self.module_prints[module])
                found.append(self.alike(student, module, shares, least))
        return ranked(found)

    def solutions(self, least: float) -> list[Alike]:
        source = prints(*self.solution.values())
        shares = ((student, self.class_.shares_of(student, source, taught=False)) for student in self.class_.works)
        return ranked([self.alike(student, SOLUTION, share, least) for student, share in shares])

    def alike(self, left: str, right: str, shares: Mapping[str, float], least: float) -> Alike | None:
        """The parts that are alike enough, or None where none is."""
        parts = [Part(id, title, shares[id]) for id, title in self.titles.items() if shares.get(id, 0.0) >= least]
        return Alike(left, right, max(part.likeness for part in parts), parts) if parts else None

    def with_passages(self, one: Alike, rights: Mapping[str, str], ignored: frozenset[int]) -> Alike:
        """The same with what both have in common, laid side by side."""
        parts = []
        for part in one.parts:
            lefts, ignored = self.texts[one.left], ignored | self.given | self.custom
            texts = {id: rights[id] for id in sorted(rights, key=lambda id: (id != part.id, id))}
            shared = passages(lefts.get(part.id, ""), texts, part.id, ignored)
            shared = shared or [turned(one) for one in passages(rights.get(part.id, ""), lefts, part.id, ignored)]
            parts.append(Part(part.id, part.title, part.likeness, shared))
        return Alike(one.left, one.right, one.likeness, parts)


def ranked(found: list[Alike | None]) -> list[Alike]:
    alike = [one for one in found if one is not None]
    return sorted(alike, key=lambda one: (-round(one.likeness, 9), -len(one.parts), one.left, one.right))


def groups(pairs: list[Alike]) -> list[list[str]]:
    """Three and more students who hang together by pairs; the largest group first."""
    group = {student: {student} for one in pairs for student in (one.left, one.right)}
    for one in pairs:
        if group[one.left] is not group[one.right]:
            joined = group[one.left] | group[one.right]
            group |= dict.fromkeys(joined, joined)
    found = {id(members): sorted(members) for members in group.values() if len(members) > 2}
    return sorted(found.values(), key=lambda members: (-len(members), members))
