"""The marks of a class as a file: one row a student, for a spreadsheet, a script or another system.

    export(course, "a03_optimizers", "csv")         # -> exports/a03_optimizers.csv
    read_csv(Path("exports/a03_optimizers.csv"))    # its rows again, every name as it was

Names are strangers' text, and a spreadsheet obeys a cell that starts like a formula. So in CSV a text that begins with
`=`, `+`, `-`, `@` (or their full-width forms), a tab or a line break, also behind spaces or apostrophes, gets one
apostrophe in front, as OWASP recommends; `read_csv` takes it off again. JSON has the texts as they are.

>>> guard("=HYPERLINK(1)"), unguard(guard("=HYPERLINK(1)")), guard("O'Neil")
("'=HYPERLINK(1)", '=HYPERLINK(1)', "O'Neil")
"""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.course import Course, CourseError
from autograder.marks import Mark, Standing, read_standings
from autograder.results import write_atomically

FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")


def export(course: Course, assignment: str, format: str = "csv", path: Path | None = None) -> Path:
    """Write the marks of `assignment` and return the file's path, by default exports/<assignment>.<format>.

    A question that nobody has judged has no score (empty, or null), and a student for whom a person has yet to look has
    no total: `needs_manual` says why.
    """
    if format not in FORMATS:
        raise CourseError(f"no export format {format!r}: there are {', '.join(sorted(FORMATS))}")
    standings = read_standings(course, assignment)
    path = course.exports / f"{assignment}.{format}" if path is None else Path(path)
    write_atomically(path, FORMATS[format](assignment, standings))
    return path


def to_csv(assignment: str, standings: list[Standing]) -> bytes:
    """One line a student. With a byte order mark, without which a spreadsheet garbles letters beyond ASCII."""
    rows = [csv_row(standing) for standing in standings]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([guard(name) for name in rows[0]] if rows else ["student"])
    writer.writerows([csv_value(value) for value in row.values()] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def csv_row(standing: Standing) -> dict[str, Any]:
    row: dict[str, Any] = {
        "student": standing.student,
        "first_name": standing.first_name,
        "last_name": standing.last_name,
        "email": standing.email,
        "submitted": standing.submitted,
    }
    for mark in standing.marks:
        row[f"{mark.cell} score"] = counted(mark, standing)  # grade ids have no spaces: no two columns are called alike
        row[f"{mark.cell} max"] = mark.max_score
        row[f"{mark.cell} manual"] = mark.manual is not None
        row[f"{mark.cell} extra"] = mark.extra_credit
    return row | {
        "late_penalty": standing.late_penalty,
        "total": total(standing),
        "max": standing.max_score,
        "needs_manual": not finished(standing),
    }


def finished(standing: Standing) -> bool:
    """Whether every question has been judged and no person is asked to look: before, a total would be no mark."""
    return not standing.submitted or all(mark.judged and not mark.needs_manual for mark in standing.marks)


def total(standing: Standing) -> float | None:
    """What counts: the sum of the marks less the penalty for lateness, or None as long as it may change."""
    return standing.score if finished(standing) else None


def counted(mark: Mark, standing: Standing) -> float | None:
    """The score of a question with its extra credit; None where an answer still waits to be judged."""
    return mark.score if mark.judged or not standing.submitted else None


def csv_value(value: str | float | bool | None) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return guard(value)
    return "" if value is None else repr(round(value, 9)).removesuffix(".0")


def guard(text: str) -> str:
    """`text` as a spreadsheet may see it: one apostrophe in front of what it would take for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def unguard(text: str) -> str:
    """The text that `guard` was given."""
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of an exported CSV file, every text as it stands in the gradebook. Numbers stay texts."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        header, *rows = ([unguard(value) for value in row] for row in csv.reader(file))
    return [dict(zip(header, row, strict=True)) for row in rows]


def to_json(assignment: str, standings: list[Standing]) -> bytes:
    content = {"assignment": assignment, "students": [json_record(standing) for standing in standings]}
    return (json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def json_record(standing: Standing) -> dict[str, Any]:
    questions = {
        mark.cell: {
            "score": counted(mark, standing),
            "max": mark.max_score,
            "auto": mark.auto,
            "manual": mark.manual,
            "extra": mark.extra_credit,
            "needs_manual": mark.needs_manual,
        }
        for mark in standing.marks
    }
    return {
        "student": standing.student,
        "first_name": standing.first_name,
        "last_name": standing.last_name,
        "email": standing.email,
        "submitted": standing.submitted,
        "questions": questions,
        "comments": dict(standing.comments),
        "late_penalty": standing.late_penalty,
        "total": total(standing),
        "max": standing.max_score,
        "needs_manual": not finished(standing),
    }


FORMATS: dict[str, Callable[[str, list[Standing]], bytes]] = {"csv": to_csv, "json": to_json}
