"""Marks into the gradebook of Canvas or Moodle: their own export in, the same file with our column filled out.

    done = fill(course, "a03_optimizers", "canvas", Path("Grades-MM101.csv"))
    done.path, done.written             # exports/a03_optimizers_canvas.csv, 31
    done.ours, done.theirs              # who is not in their list, and which of their rows are nobody of ours

Rows, order, other columns, quotes, encoding and line ends are theirs and stay, byte for byte. A mark goes only to a
student who is found in exactly one row (matching.py). What nobody has judged, or was never handed in, is not written;
nor is anything over `EX` (excused) and `N/A` (not assigned), which somebody decided there.

Canvas, as its importer and exporter were read (app/models/gradebook_importer.rb of 2024, gradebook_exporter.rb of
2018): the columns Student (or LastName, FirstName), ID, SIS User ID, SIS Login ID, Section; a column is an existing
assignment by the number in `Title (123)` or by its title, and else a new one; the row that begins with
`Points Possible` changes the points of what it has a number for, so it is only filled in a new column. A cell that is
empty takes a mark away that stands in Canvas: so who gets none keeps what the list has. Numbers may have a comma.

Moodle, as grade/import/csv/classes/load_data.php, grade/export/lib.php and grade/export/txt/grade_export_txt.php (3.x,
4.x) and its page "Grade import" (4.5) say: people are found by the one column that is chosen while importing;
`Assignment: Title (Real)` holds the grade, `... (Feedback)` the comments, and whoever imports one should import the
other. In a new column an empty cell becomes 0 (its database layer makes it so), and `-` no grade: so there `-` is
written, Moodle's own sign for it. A comma is written where the file's own numbers have one, else a point.

Formulas: what they wrote is not guarded, since a name with an apostrophe in front is another name to an importer. The
numbers are ours, and no formulas; comments are guarded as in export.py.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course import Assignment, Course, CourseError
from autograder.dialects import (
    OTHER,
    bare_title,
    check_header,
    decimal_comma,
    extra,
    key_columns,
    name_columns,
    titles,
)
from autograder.export import guard
from autograder.listing import Listing, Row
from autograder.marks import Standing, read_standings
from autograder.matching import Matching, Person, match
from autograder.results import write_atomically
from autograder.text import number

TEST_STUDENTS = ("student, test", "test student")  # Canvas's own, for trying a course out
DECIDED = ("EX", "N/A")


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
        self.keys = key_columns(listing, system)
        self.names = name_columns(listing.header)
        self.rows = listing.body
        self.people = [self.person(index, row) for index, row in enumerate(self.rows) if not self.is_head(row)]
        self.comma = decimal_comma(listing)

    def fill(self, standings: list[Standing], wanted: str = "") -> tuple:
        """Write the marks; returns the parts of `Filled` after its path."""
        found = match(standings, self.people)
        column, new = self.find_column(wanted)
        title = self.listing.header[column]
        notes = [] if new else self.other_points(column, standings)
        reasons = defaultdict(list)
        for standing in standings:
            if standing.student in found.rows:
                reasons[self.write(self.rows[found.rows[standing.student]], column, standing)].append(standing.student)
        written = len(reasons.pop("", []))
        notes += [f"{reason}: {', '.join(students)}" for reason, students in reasons.items()]
        if new:
            self.finish_column(column, standings)
        if self.system == "moodle":
            self.comment(title, standings, found)
        return (title, written, *self.left_over(found), self.by_name(found) + notes)

    # Who is there

    def is_head(self, row: Row) -> bool:
        """Whether a row is about nobody: Canvas has some on the columns, and anyone may have one of nothing."""
        cells = [self.listing.value(row, column) for column in range(len(row.fields))]
        canvas = self.system == "canvas"
        nothing = r"\s*(Muted|Manual Posting.*)?\s*" if canvas else r"\s*"
        return (canvas and "Points Possible" in cells[0]) or all(re.fullmatch(nothing, cell, re.I) for cell in cells)

    def person(self, index: int, row: Row) -> Person:
        keys = {title: self.listing.value(row, column) for title, column in self.keys.items()}
        return Person(index, " ".join(self.listing.value(row, column) for column in self.names), keys)

    # The column

    def find_column(self, wanted: str) -> tuple[int, bool]:
        """The column to fill, and whether it is new: the one called like the assignment, or `wanted`."""
        names = [wanted] if wanted else [self.about.title, self.about.name, self.about.id]
        known, header = {name.strip().casefold() for name in names}, self.listing.header
        taken = {*self.keys.values(), *self.names}
        free = {index: title for index, title in enumerate(header) if index not in taken}
        found = [index for index, title in free.items() if title.casefold() in known]
        found = found or [index for index, title in free.items() if titles(title) & known and extra(title) not in OTHER]
        if len(found) > 1:
            columns = ", ".join(repr(header[index]) for index in found)
            raise CourseError(f"{len(found)} columns could be {self.about.name}: say --column, one of {columns}")
        return (found[0], False) if found else (self.listing.add_column(names[0]), True)

    def finish_column(self, column: int, standings: list[Standing]) -> None:
        """What else a new column needs: Canvas the points one can have, Moodle a sign where nobody has judged."""
        most = next((standing.max_score for standing in standings), 0.0)
        for row in self.rows:
            if self.is_head(row) and "Points Possible" in self.listing.value(row, 0):
                self.listing.fill(row, column, self.decimal(most))
            elif self.system == "moodle" and not self.is_head(row) and not self.listing.value(row, column):
                self.listing.fill(row, column, "-")

    def other_points(self, column: int, standings: list[Standing]) -> list[str]:
        """A warning where their assignment is worth something else than ours."""
        heads = [row for row in self.rows if self.is_head(row)]
        cells = [self.listing.value(row, column).replace(",", ".").strip() for row in heads]
        worth = {float(cell) for cell in cells if re.fullmatch(r"\d+(\.\d+)?", cell)}
        ours = {standing.max_score for standing in standings[:1]}
        return [
            f"{self.listing.header[column]!r} is worth {number(theirs)} points there and {number(most)} here: "
            "the points are written as they are"
            for theirs in worth
            for most in ours - worth
        ]

    # The cells

    def write(self, row: Row, column: int, standing: Standing) -> str:
        """Write a mark, or say why not."""
        if (there := self.listing.value(row, column).strip().upper()) in DECIDED:
            return f"{there} stands in their list, and stays"
        if not standing.submitted:
            return "handed in nothing, so no mark is written, and what their list has stays"
        if not finished(standing):
            return "a person has yet to judge a part, so no mark is written, and what their list has stays"
        self.listing.fill(row, column, self.decimal(standing.score))
        return ""

    def decimal(self, value: float) -> str:
        text = f"{value:.5f}".rstrip("0").rstrip(".")  # five digits are what Moodle keeps
        return text.replace(".", ",") if self.comma else text

    def comment(self, title: str, standings: list[Standing], found: Matching) -> None:
        """Put what persons wrote into the column of comments beside the grade's; a new one where there is none."""
        said = {one.student: comments(one) for one in standings if one.student in found.rows and one.comments}
        if not said:
            return
        wanted = f"{bare_title(title)} (feedback)".casefold()
        there = [column for column, name in enumerate(self.listing.header) if name.casefold() == wanted]
        column = there[0] if there else self.listing.add_column(f"{bare_title(title)} (Feedback)")
        for student, text in said.items():
            self.listing.fill(self.rows[found.rows[student]], column, text)

    # What there is to say

    def left_over(self, found: Matching) -> tuple[list[str], list[str]]:
        ours = [f"{student} {reason}" for student, reason in sorted(found.ours.items())]
        people = {person.row: person for person in self.people}
        theirs = [
            f"line {self.rows[row].line}, {people[row].name.strip() or 'without a name'}, {reason}"
            for row, reason in sorted(found.theirs.items())
            if people[row].name.strip().casefold() not in TEST_STUDENTS
        ]
        return ours, theirs

    def by_name(self, found: Matching) -> list[str]:
        return [
            f"{student} was found by nothing but the name, in line {self.rows[found.rows[student]].line}: "
            "look whether it is the same person"
            for student in found.by_name
        ]


def finished(standing: Standing) -> bool:
    """Whether every question has been judged: before, a total would be no mark."""
    return all(mark.judged and not mark.needs_manual for mark in standing.marks)


def comments(standing: Standing) -> str:
    return guard("\n\n".join(f"{cell}: {text}" for cell, text in standing.comments))


def told(done: Filled) -> Iterable[str]:
    """The lines for a person: who was left over on either side, and what is worth a look."""
    yield from (f"no mark: {line}" for line in done.ours)
    yield from (f"no mark in their list: {line}" for line in done.theirs)
    yield from (f"note: {line}" for line in done.notes)
