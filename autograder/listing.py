"""Another system's CSV file with a few cells filled in: every other byte stays as it was.

    listing = Listing.read(Path("Grades-MM101.csv").read_bytes())
    listing.fill(listing.rows[2], listing.header.index("A3 (77)"), "7.5")
    Path("filled.csv").write_bytes(listing.content())

`csv` would read the values well and forget how they were written: which were quoted, how lines end, what stood behind a
closing quote. So a row is kept as its raw fields here, and the file is its fields joined again.

>>> listing = Listing.read(b'Name;Points\\r\\n"O\\'Neil; Ann";\\r\\n')
>>> listing.fill(listing.rows[1], 1, "7,5")
>>> listing.value(listing.rows[1], 0), listing.content()
("O'Neil; Ann", b'Name;Points\\r\\n"O\\'Neil; Ann";7,5\\r\\n')
"""

import codecs
import re
from dataclasses import dataclass

from autograder.course import CourseError

DELIMITERS = ",;\t"
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass
class Row:
    """One record: its fields as they are written, quotes included, and what ended it."""

    line: int  # where it begins in the file, from 1
    fields: list[str]
    end: str

    @property
    def blank(self) -> bool:
        return self.fields == [""]


@dataclass
class Listing:
    """All rows of a file; the first one that is not blank is the header."""

    rows: list[Row]
    delimiter: str
    encoding: str
    mark: bytes = b""  # byte order mark

    @classmethod
    def read(cls, content: bytes) -> "Listing":
        """Take a file apart: UTF-8 or UTF-16 with a mark, UTF-8 without one, or else a text of one byte a letter."""
        mark = next((mark for mark in MARKS if content.startswith(mark)), b"")
        text, encoding = decoded(content[len(mark) :], MARKS.get(mark))
        found = [(delimiter, split(text, delimiter)) for delimiter in DELIMITERS]
        delimiter, rows = max(found, key=lambda one: len(next((row.fields for row in one[1] if not row.blank), [])))
        if all(row.blank for row in rows):
            raise CourseError("the list of students is empty: export it again")
        return cls(rows, delimiter, encoding, mark)

    @property
    def head(self) -> Row:
        return next(row for row in self.rows if not row.blank)

    @property
    def header(self) -> list[str]:
        return [unquoted(field).strip() for field in self.head.fields]

    @property
    def body(self) -> list[Row]:
        """The rows after the header that hold anything."""
        return [row for row in self.rows if not row.blank and row is not self.head]

    def value(self, row: Row, column: int) -> str:
        """What a cell says; nothing where the row is too short to have it."""
        return unquoted(row.fields[column]) if column < len(row.fields) else ""

    def fill(self, row: Row, column: int, text: str) -> None:
        """Write `text` into a cell; a row that is too short gets the cells up to there."""
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            raise CourseError(
                f"{text[:60]!r} cannot be written in a file of one byte a letter: save the list of students as UTF-8"
            ) from None
        row.fields += [""] * (column + 1 - len(row.fields))
        row.fields[column] = quoted(text, self.delimiter)

    def add_column(self, title: str) -> int:
        """A new last column; all rows get as many cells as the widest has, since importers refuse shorter ones."""
        column = max(len(row.fields) for row in self.rows)
        for row in [self.head, *self.body]:
            self.fill(row, column, title if row is self.head else "")
        return column

    def content(self) -> bytes:
        text = "".join(self.delimiter.join(row.fields) + row.end for row in self.rows)
        return self.mark + text.encode(self.encoding)


def decoded(content: bytes, encoding: str | None) -> tuple[str, str]:
    """The text and how to write it again. Latin-1 gives every byte back, whatever it once stood for."""
    for name in [encoding] if encoding else ["utf-8", "latin-1"]:
        try:
            return content.decode(name), name
        except UnicodeDecodeError as error:
            reason = f"byte {error.start}"
    raise CourseError(f"the list of students says it is {encoding}, and is not ({reason}): export it again")


def split(text: str, delimiter: str) -> list[Row]:
    """The records of a CSV text. A line break within quotes is part of its field, as is all that follows the quotes."""
    plain = f"[^{delimiter}\r\n]*+"
    field = re.compile(rf'(?:"(?:[^"]|"")*+(?:"|\Z))?{plain}')
    rows, at, line = [], 0, 1
    while at < len(text):
        row = Row(line, [], "")
        while True:
            found = field.match(text, at)
            row.fields.append(found[0])
            at = found.end()
            if not text.startswith(delimiter, at):
                break
            at += 1
        row.end = re.compile(r"\r\n|\r|\n|\Z").match(text, at)[0]
        at += len(row.end)
        rows.append(row)
        line += sum(len(re.findall(r"\r\n|\r|\n", field)) for field in row.fields) + 1
    return rows


def unquoted(field: str) -> str:
    """What a field says, by the rules of Python's own csv module."""
    if not field.startswith('"'):
        return field
    found = re.match(r'"((?:[^"]|"")*+)"?', field)
    return found[1].replace('""', '"') + field[found.end() :]


def quoted(text: str, delimiter: str) -> str:
    special = any(letter in text for letter in f'{delimiter}"\r\n') or text != text.strip()
    return '"{}"'.format(text.replace('"', '""')) if special else text
