"""Marks into the gradebook of Canvas or Moodle: their own export in, the same file with our column filled out.

    done = fill(course, "a03_optimizers", "canvas", Path("Grades-MM101.csv"))
    done.path, done.written             # exports/a03_optimizers_canvas.csv, 31
    done.ours, done.theirs              # who is not in their list, and which of their rows are nobody of ours

Rows, order, other columns, quotes, encoding and line ends are theirs and stay, byte for byte. A mark goes only to a
student who is found in exactly one row (matching.py). What nobody has judged, or was never handed in, is not written;
nor is anything over `EX` (excused) and `N/A` (not assigned), which somebody decided there.

What Canvas and Moodle read and write, and where that was looked up, is in dialects.py.

Formulas: what they wrote is not guarded, since a name with an apostrophe in front is another name to an importer. The
numbers are ours, and no formulas; comments are guarded as in export.py.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from autograder.course import Assignment, Course, CourseError
from autograder.dialects import (
    COMMENTS,
    GRADE,
    LOCKED,
    MOST,
    OTHER,
    about_nobody,
    bare_title,
    check_header,
    decimal_comma,
    extra,
    is_worksheet,
    key_columns,
    name_columns,
    place,
    points_of,
    titles,
)
from autograder.export import finished, guard
from autograder.listing import Listing, Row
from autograder.marks import Standing, read_standings
from autograder.matching import Matching, Person, match
from autograder.results import write_atomically
from autograder.text import number

TEST_STUDENTS = ("student, test", "test student")  # Canvas's own, for trying a course out
DECIDED = ("EX", "N/A")
NEW = {  # what becomes of a column that is new
    "canvas": "importing it makes a new assignment there",
    "moodle": "while importing, map it to a new grade item",
}


@dataclass(frozen=True)
class Filled:
    """What became of an export. `ours` and `theirs` are left over and name the reason; `notes` are worth a look."""

    path: Path
    column: str
    written: int
    ours: list[str] = field(default_factory=list)
    theirs: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def fill(
    course: Course, assignment: str, system: str, students: Path, path: Path | None = None, column: str = ""
) -> Filled:
    """Write their list with the marks of `assignment`, by default to exports/<assignment>_<system>.csv."""
    about = course.assignment(assignment)
    listing = Listing.read(Path(students).read_bytes())
    path = course.exports / f"{about.name}_{system}.csv" if path is None else Path(path)
    filled = Filling(listing, system, about).fill(read_standings(course, about.name), column)
    write_atomically(path, listing.content())
    return Filled(path, *filled)


class Filling:
    """One list while it is being filled."""

    def __init__(self, listing: Listing, system: str, about: Assignment) -> None:
        self.listing, self.system, self.about = listing, system, about
        check_header(listing, system)
        self.worksheet = system == "moodle" and is_worksheet(listing.header)
        self.keys = key_columns(listing, system)
        self.names = name_columns(listing.header)
        self.rows = listing.body
        self.heads = [row for row in self.rows if about_nobody(listing, row, system)]
        self.people = [self.person(index, row) for index, row in enumerate(self.rows) if row not in self.heads]
        self.comma = decimal_comma(listing)

    def fill(self, standings: list[Standing], wanted: str = "") -> tuple:
        """Write the marks; returns the parts of `Filled` after its path."""
        found = match(standings, self.people)
        column, new = self.find_column(wanted)
        title = self.listing.header[column]
        notes = [self.about_new(title)] if new else self.other_points(column, standings)
        reasons = defaultdict(list)
        for standing in standings:
            if standing.student in found.rows:
                reasons[self.write(self.rows[found.rows[standing.student]], column, standing)].append(standing.student)
        written = len(reasons.pop("", []))
        notes += [f"{reason}: {', '.join(students)}" for reason, students in reasons.items()]
        if new:
            self.finish_column(column, standings)
        if self.system == "moodle":
            notes += self.comment(title, standings, found) + self.about_keys()
        return (title, written, *self.left_over(found, standings), self.by_name(found) + notes)

    # Who is there

    def person(self, index: int, row: Row) -> Person:
        keys = {title: self.listing.value(row, column) for title, column in self.keys.items()}
        return Person(index, " ".join(self.listing.value(row, column) for column in self.names), keys)

    # The column

    def find_column(self, wanted: str) -> tuple[int, bool]:
        """The column to fill, and whether it is new: the one called like the assignment, or `wanted`."""
        own = [GRADE] if self.worksheet else [self.about.title, self.about.name, self.about.id]
        names = [wanted] if wanted else own
        known, header = {name.strip().casefold() for name in names}, self.listing.header
        taken = {*self.keys.values(), *self.names}
        free = {index: title for index, title in enumerate(header) if index not in taken}
        found = [index for index, title in free.items() if title.casefold() in known]
        found = found or [index for index, title in free.items() if titles(title) & known and extra(title) not in OTHER]
        if len(found) > 1:
            columns = ", ".join(repr(header[index]) for index in found)
            raise CourseError(f"{len(found)} columns could be {self.about.name}: say --column, one of {columns}")
        if found and any("(read only)" in self.listing.value(row, found[0]) for row in self.heads):
            raise CourseError(f"the column {header[found[0]]!r} is read only: Canvas would ignore what stands in it")
        if not found and self.worksheet:
            raise CourseError(f"the grading worksheet has no column {wanted!r}, and Moodle would ignore a new one")
        return (found[0], False) if found else (self.listing.add_column(names[0]), True)

    def finish_column(self, column: int, standings: list[Standing]) -> None:
        """What else a new column needs: Canvas the points one can have, Moodle a sign where nobody has judged."""
        most = next((standing.max_score for standing in standings), 0.0)
        for row in self.heads:
            if "Points Possible" in self.listing.value(row, 0):
                self.listing.fill(row, column, self.decimal(most))
        for person in self.people:
            if self.system == "moodle" and not self.listing.value(self.rows[person.row], column):
                self.listing.fill(self.rows[person.row], column, "-")

    def other_points(self, column: int, standings: list[Standing]) -> list[str]:
        """A warning where their assignment is worth something else than ours."""
        there = (
            [self.cell(row, MOST) for row in self.rows]
            if self.worksheet
            else [self.listing.value(row, column) for row in self.heads]
        )
        worth = {points for cell in there if (points := points_of(cell)) is not None}
        ours = {standing.max_score for standing in standings[:1]}
        return [
            f"{self.listing.header[column]!r} is worth {number(theirs)} points there and {number(most)} here: "
            "the points are written as they are"
            for theirs in worth
            for most in ours - worth
        ]

    def cell(self, row: Row, title: str) -> str:
        """What the column of that title says; nothing where there is none."""
        column = place(self.listing.header, title)
        return "" if column is None else self.listing.value(row, column).strip()

    # The cells

    def write(self, row: Row, column: int, standing: Standing) -> str:
        """Write a mark, or say why not."""
        if (there := self.listing.value(row, column).strip().upper()) in DECIDED:
            return f"{there} stands in their list, and stays"
        if self.worksheet and self.cell(row, LOCKED).casefold() == "no":
            return "the worksheet says that this grade cannot be changed, so no mark is written"
        if self.worksheet and standing.score > (points_of(self.cell(row, MOST)) or standing.score):
            return "more than the worksheet's maximum, which Moodle would pass over, so no mark is written"
        if not standing.submitted:
            return "handed in nothing, so no mark is written, and what their list has stays"
        if not finished(standing):
            return "a person has yet to judge a part, so no mark is written, and what their list has stays"
        self.listing.fill(row, column, self.decimal(standing.score))
        return ""

    def decimal(self, value: float) -> str:
        text = f"{value:.5f}".rstrip("0").rstrip(".")  # five digits are what Moodle keeps
        return text.replace(".", ",") if self.comma else text

    def comment(self, title: str, standings: list[Standing], found: Matching) -> list[str]:
        """Put what persons wrote into the column of comments; a new one where there is none and one is read."""
        said = {one.student: comments(one) for one in standings if one.student in found.rows and one.comments}
        wanted = COMMENTS if self.worksheet else f"{bare_title(title)} (Feedback)"
        column = place(self.listing.header, wanted)
        if said and column is None and self.worksheet:
            return [f"the worksheet has no column {wanted!r}, so these comments are not in it: {', '.join(said)}"]
        if said and column is None:
            column = self.listing.add_column(wanted)
        for student, text in said.items():
            text = escape(text, quote=False).replace("\n", "<br>") if self.worksheet else text
            self.listing.fill(self.rows[found.rows[student]], column, text)
        return []

    # What there is to say

    def about_new(self, title: str) -> str:
        return (
            f"{title!r} is a new column, and {NEW[self.system]}; to fill one that is there instead, say --column with "
            "its title"
        )

    def about_keys(self) -> list[str]:
        """By which column Moodle finds everybody, where it does not by all of them."""
        cells = {title: [person.keys[title].strip() for person in self.people] for title in self.keys}
        whole = [title for title, values in cells.items() if all(values) and len(set(values)) == len(values)]
        parts = ", ".join(repr(title) for title in cells if title not in whole)
        if self.worksheet or not parts or not whole:
            return []
        return [f"not everybody has their own {parts}: while importing, identify people by {whole[0]!r}"]

    def left_over(self, found: Matching, standings: list[Standing]) -> tuple[list[str], list[str]]:
        called = {standing.student: standing.name for standing in standings}
        ours = [
            f"{student}{f' ({called[student]})' * (called[student] != student)} {reason}{self.lines(found, student)}"
            for student, reason in sorted(found.ours.items())
        ]
        people = {person.row: person for person in self.people}
        theirs = [
            f"line {self.rows[row].line}, {people[row].name.strip() or 'without a name'}, {reason}"
            for row, reason in sorted(found.theirs.items())
            if people[row].name.strip().casefold() not in TEST_STUDENTS
        ]
        return ours, theirs

    def lines(self, found: Matching, student: str) -> str:
        lines = sorted(self.rows[row].line for row in found.doubts.get(student, ()))
        return f": line {' or '.join(map(str, lines))}" if lines else ""

    def by_name(self, found: Matching) -> list[str]:
        return [
            f"{student} was found by nothing but the name, in line {self.rows[found.rows[student]].line}: "
            "look whether it is the same person"
            for student in found.by_name
        ]


def comments(standing: Standing) -> str:
    return guard("\n\n".join(f"{cell}: {text}" for cell, text in standing.comments))


def told(done: Filled) -> Iterable[str]:
    """The lines for a person: who was left over on either side, and what is worth a look."""
    yield from (f"no mark: {line}" for line in done.ours)
    yield from (f"no mark in their list: {line}" for line in done.theirs)
    if done.ours or done.theirs:
        yield (
            "what to do: where they are the same people, give ours the email of the list in formgrader, under "
            "Manage Students, and export again; else enter the marks by hand"
        )
    yield from (f"note: {line}" for line in done.notes)
