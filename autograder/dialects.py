"""How Canvas and Moodle write their lists: which columns say who somebody is, what a column's title means.

>>> titles("Optimizers (4711)") >= {"optimizers (4711)", "optimizers"}                # Canvas adds its number
True
>>> "optimizers" in titles("Assignment: Optimizers (Real)")                           # Moodle the kind and the display
True
"""

import re

from autograder.course import CourseError
from autograder.listing import Listing

KEYS = {  # columns that say who somebody is, the more telling first
    "canvas": ("SIS Login ID", "SIS User ID", "Integration ID", "ID"),
    "moodle": ("Username", "ID number", "Email address", "Email"),
}
NAMES = (("Student",), ("FirstName", "LastName"), ("First name", "Last name"), ("First name", "Surname"))
OTHER = ("percentage", "letter", "feedback")  # columns of Moodle about a grade that do not hold its points


def check_header(listing: Listing, system: str) -> None:
    """Refuse what is no export of that system's, in a line that says what was expected."""
    header = listing.header
    canvas = "Student" in header[0] or header[:2] == ["LastName", "FirstName"]
    if system == "canvas" and not (canvas and "ID" in header and "Section" in header):
        expected = "expected the columns Student, ID, SIS Login ID, Section, as Canvas exports its gradebook"
    elif system == "moodle" and not key_columns(listing, system):
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
