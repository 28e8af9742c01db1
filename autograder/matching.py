"""Who is who: our students found in another system's list, each in at most one row, and nobody by a guess.

    found = match(standings, people)
    found.rows["hopper"]                # -> 4, the index of the row that is hers
    found.ours, found.theirs            # who was left over on either side

Three passes, each among those the one before left over. First ids and emails as a whole: our ids are looked up in that
one column of theirs in which most of them stand, our emails likewise, so that a number which happens to be another
system's number for somebody else leads nowhere. Then what stands before an @. Then names, and that is said. What is
not one to one is nobody's: two rows for a student, or two students for a row, are left to a person.

>>> grace = Standing("hopper", "Grace", "Hopper", "g.hopper@navy.example", 0.0, ())
>>> match([grace], [Person(0, "Hopper, Grace", {"Email address": "G.Hopper@navy.example"})]).rows
{'hopper': 0}
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from autograder.marks import Standing

INTERNAL = "ID"  # Canvas's own number of a person: compared as a whole only


@dataclass(frozen=True)
class Person:
    """One row of their list. `keys` are its ids, logins and emails by column, the more telling columns first."""

    row: int
    name: str
    keys: Mapping[str, str]


@dataclass
class Matching:
    """`rows` leads from our students to their rows. `ours` and `theirs` are left over, each with the reason.

    `doubts` are the rows that a student of `ours` could be in.
    """

    rows: dict[str, int] = field(default_factory=dict)
    by_name: list[str] = field(default_factory=list)  # found by nothing but the name
    ours: dict[str, str] = field(default_factory=dict)
    theirs: dict[int, str] = field(default_factory=dict)
    doubts: dict[str, set[int]] = field(default_factory=dict)


def match(students: list[Standing], people: list[Person]) -> Matching:
    """Find each student's row."""
    found = Matching()
    settle(whole_keys(students, people), found)
    settle(local_parts(students, people), found)
    by_key = set(found.rows)
    settle(names(students, people), found)
    found.by_name = sorted(found.rows.keys() - by_key)
    for student in students:
        if student.student not in found.rows:
            found.ours.setdefault(student.student, "is not in the list")
    taken = set(found.rows.values())
    for person in people:
        if person.row not in taken:
            found.theirs.setdefault(person.row, "is none of our students")
    return found


def settle(claims: Mapping[str, set[int]], found: Matching) -> None:
    """Accept what is one to one, among those whom no earlier pass has settled or found in doubt."""
    claimants = defaultdict(set)
    for student, rows in claims.items():
        for row in rows:
            claimants[row].add(student)
    taken, doubtful = set(found.rows.values()), set(found.theirs)
    for student, rows in claims.items():
        if not rows or student in found.rows or student in found.ours:
            continue
        rivals = set().union(*(claimants[row] for row in rows)) - {student}
        if len(rows) == 1 and not rivals and not rows & (taken | doubtful):
            found.rows[student] = next(iter(rows))
            continue
        found.doubts[student] = rows
        found.ours[student] = "could be in more than one row" if len(rows) > 1 else "could be in a row with others"
        for row in rows - taken:
            found.theirs[row] = "could be several of our students, or one who is there twice"


# The three passes: each says which rows a student could be


def whole_keys(students: list[Standing], people: list[Person]) -> dict[str, set[int]]:
    claims = defaultdict(set)
    for ours in (
        {student.student: key(student.student) for student in students},
        {student.student: key(student.email) for student in students if key(student.email)},
    ):
        column = telling_column(set(ours.values()), people)
        theirs = index((key(person.keys.get(column)), person.row) for person in people)
        for student, value in ours.items():
            claims[student] |= theirs.get(value, set())
    return claims


def telling_column(values: set[str], people: list[Person]) -> str:
    """The column of theirs in which most of `values` stand; the first of several."""
    columns = dict.fromkeys(column for person in people for column in person.keys)
    counts = {column: sum(key(person.keys.get(column)) in values for person in people) for column in columns}
    return max(counts, key=counts.__getitem__, default="")


def local_parts(students: list[Standing], people: list[Person]) -> dict[str, set[int]]:
    """Equal before the @, where at least one side has an @: two bare numbers prove nothing."""
    mails, logins = defaultdict(set), defaultdict(set)
    for person in people:
        for column, value in person.keys.items():
            if column != INTERNAL and key(value):
                (mails if "@" in value else logins)[local(value)].add(person.row)
    claims = {}
    for student in students:
        own = [value for value in (student.student, student.email) if key(value)]
        rows = [mails[local(value)] | (logins[local(value)] if "@" in value else set()) for value in own]
        claims[student.student] = set().union(*rows)
    return claims


def names(students: list[Standing], people: list[Person]) -> dict[str, set[int]]:
    theirs = index((plain_name(person.name), person.row) for person in people)
    return {
        student.student: theirs.get(plain_name(student.name), set())
        for student in students
        if student.first_name or student.last_name
    }


def index(pairs: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    found = defaultdict(set)
    for value, row in pairs:
        if value:
            found[value].add(row)
    return found


def key(value: str | None) -> str:
    return (value or "").strip().casefold()


def local(value: str) -> str:
    return key(value).partition("@")[0]


def plain_name(name: str) -> str:
    """A name as it is compared: first name first, one space between words.

    >>> plain_name("Hopper,  Grace") == plain_name("grace hopper")
    True
    """
    last, comma, first = name.partition(",")
    return " ".join(f"{first} {last}".split() if comma else name.split()).casefold()
