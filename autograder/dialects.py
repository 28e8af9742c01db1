"""How Canvas and Moodle write their lists: which columns say who somebody is, what a column's title means.

Canvas, as its lib/gradebook_importer.rb and lib/gradebook_exporter.rb say: the columns Student (or LastName,
FirstName), ID, SIS User ID, SIS Login ID, Section; a column is an existing assignment by the number in `Title (123)` or
by its title, and else a new one; the row that begins with `Points Possible` changes the points of what it has a number
for, so it is only filled in a new column. A cell that is empty takes a mark away that stands in Canvas: so who gets
none keeps what the list has. Numbers may have a comma.

Moodle's gradebook, as grade/import/csv/classes/load_data.php, grade/export/lib.php and
grade/export/txt/grade_export_txt.php (3.x, 4.x) and its page "Grade import" (4.5) say: people are found by the one
column that is chosen while importing, which must name everybody; `Assignment: Title (Real)` holds the grade,
`... (Feedback)` the comments, and whoever imports one should import the other. In a new column an empty cell becomes 0
(its database layer makes it so), and `-` no grade: so there `-` is written, Moodle's own sign for it. A comma is
written where the file's own numbers have one, else a point.

Moodle's grading worksheet of one assignment, as mod/assign/feedback/offline says: `Grade` and `Feedback comments` are
filled. It takes no other column, passes over grades above the maximum and those that cannot be changed, and reads
comments as HTML, so they are written as such.

>>> titles("Optimizers (4711)") >= {"optimizers (4711)", "optimizers"}                # Canvas adds its number
True
>>> "optimizers" in titles("Assignment: Optimizers (Real)")                           # Moodle the kind and the display
True
"""

import re

from autograder.course import CourseError
from autograder.listing import Listing, Row

KEYS = {  # columns that say who somebody is, the more telling first
    "canvas": ("SIS Login ID", "SIS User ID", "Integration ID", "ID"),
    "moodle": ("Username", "ID number", "Email address", "Email"),
}
NAMES = (
    ("Student",), ("FirstName", "LastName"), ("First name", "Last name"), ("First name", "Surname"), ("Full name",),
)  # fmt: skip
OTHER = ("percentage", "letter", "feedback")  # columns of Moodle about a grade that do not hold its points

# Of the worksheet, as Moodle calls them in English
GRADE, MOST, LOCKED, COMMENTS = "Grade", "Maximum Grade", "Grade can be changed", "Feedback comments"
WORKSHEET = {"Identifier", GRADE, "Last modified (grade)"}


def check_header(listing: Listing, system: str) -> None:
    """Refuse what is no export of that system's, in a line that says what was expected."""
    header = listing.header
    canvas = "Student" in header[0] or header[:2] == ["LastName", "FirstName"]
    if system == "canvas" and not (canvas and "ID" in header and "Section" in header):
        expected = "expected the columns Student, ID, SIS Login ID, Section, as Canvas exports its gradebook"
    elif system == "moodle" and is_worksheet(header) and not (key_columns(listing, system) or name_columns(header)):
        expected = "expected names or emails; as long as submissions are anonymous, its worksheet tells nobody's"
    elif system == "moodle" and not is_worksheet(header) and not key_columns(listing, system):
        expected = "expected a column ID number, Username or Email address, as Moodle exports its grades"
    else:
        return
    raise CourseError(f"the list of students has the columns {', '.join(header)[:200]}: {expected}")


def key_columns(listing: Listing, system: str) -> dict[str, int]:
    """Title -> place of the columns that say who somebody is; in any language, one that is full of email addresses."""
    header = [title.casefold() for title in listing.header]
    found = {title: header.index(title.casefold()) for title in KEYS[system] if title.casefold() in header}
    for column, title in enumerate(listing.header):
        cells = [cell for row in listing.body if (cell := listing.value(row, column).strip())]
        if column not in found.values() and cells and all(re.fullmatch(r"[^@\s]+@[^@\s]+", cell) for cell in cells):
            found[title] = column
    return found


def is_worksheet(header: list[str]) -> bool:
    """Whether it is Moodle's grading worksheet.

    >>> is_worksheet(["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)"])
    True
    """
    return {title.casefold() for title in WORKSHEET} <= {title.casefold() for title in header}


def about_nobody(listing: Listing, row: Row, system: str) -> bool:
    """Whether a row is about nobody: Canvas has some on the columns, and anyone may have one of nothing."""
    cells = [listing.value(row, column) for column in range(len(row.fields))]
    canvas = system == "canvas"
    nothing = r"\s*(Muted|Manual Posting.*)?\s*" if canvas else r"\s*"
    return (canvas and "Points Possible" in cells[0]) or all(re.fullmatch(nothing, cell, re.I) for cell in cells)


def place(header: list[str], title: str) -> int | None:
    """Where the column of that title stands, in upper case or lower."""
    return next((index for index, name in enumerate(header) if name.casefold() == title.casefold()), None)


def name_columns(header: list[str]) -> list[int]:
    """The places of the first and the last name, or of the whole name."""
    known = [name.casefold() for name in header]
    wanted = ([part.casefold() for part in parts] for parts in NAMES)
    return next(([known.index(part) for part in parts] for parts in wanted if set(parts) <= set(known)), [])


def decimal_comma(listing: Listing) -> bool:
    """Whether the file writes 7,5: some of its numbers do, and none has a point."""
    cells = [listing.value(row, column).strip() for row in listing.body for column in range(len(row.fields))]
    commas, points = (
        any(re.fullmatch(rf"\d+{mark}\d{{1,2}}|\d+{mark}\d{{4,}}", cell) for cell in cells) for mark in (",", r"\.")
    )
    return commas and not points


def points_of(cell: str) -> float | None:
    """The number in a cell, with a point or a comma; None where there is none.

    >>> points_of("6,00"), points_of(" 10 "), points_of("(read only)")
    (6.0, 10.0, None)
    """
    number = cell.replace(",", ".").strip()
    return float(number) if re.fullmatch(r"\d+(\.\d+)?", number) else None


def titles(title: str) -> set[str]:
    """All that a column's title may be read as: without what stands in brackets at its end, or before a colon."""
    whole = {title.strip(), bare_title(title)}
    return {name.casefold() for name in whole | {re.sub(r"^[^:()]+: ", "", name) for name in whole}}


def bare_title(title: str) -> str:
    return re.sub(r"\s*\([^()]*\)$", "", title.strip())


def extra(title: str) -> str:
    """What stands in brackets at the end."""
    found = re.search(r"\(([^()]*)\)$", title.strip())
    return found[1].casefold() if found else ""
