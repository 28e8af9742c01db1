"""Text as it may be shown: strangers' text made harmless and short, ours set, numbers and lists as one writes them.

>>> clean("a\\x1b[31mb"), number(2.50), counted(2, "test"), listed(["one", "two"])
('ab', '2.5', '2 tests', '“one” and “two”')
"""

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

LINE, MESSAGE = 1_000, 6_000  # characters shown of one line, and of one message
LINES = 80  # of a message or an output

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
INVISIBLE = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n"}
INVISIBLE |= {0x7F: "\u2421", 0x2028: "\n", 0x2029: "\n"}
INVISIBLE |= dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF], "\ufffd")
INVISIBLE |= dict.fromkeys(range(0xE0000, 0xE0080), "\ufffd")  # tags: a hidden alphabet
# Marks that reorder text on the screen can make a line read as what it is not: they are named instead.
INVISIBLE |= {c: f"‹U+{c:04X}›" for c in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def clean(text: str) -> str:
    """`text` with nothing in it that a terminal or a browser would obey; line ends and tabs stay.

    >>> clean("a\\x1b[31mb\\x00c\\r\\n\\u202ed")
    'ab␀c\\n‹U+202E›d'
    """
    return ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n").translate(INVISIBLE)


def cut(text: str, most: int = MESSAGE, lines: int = LINES) -> str:
    """`text` in a size that can be read: long lines lose their end, long texts their middle, and it says so."""
    rows = [
        row if len(row) <= LINE else f"{row[:LINE]} … ({len(row) - LINE:,} more characters)"
        for row in clean(text).strip("\n").split("\n")
    ]
    if len(rows) > lines:
        half = lines // 2
        rows = [*rows[:half], f"… ({len(rows) - 2 * half:,} lines left out) …", *rows[-half:]]
    text = "\n".join(rows)
    if len(text) > most:
        half = most // 2
        text = f"{text[:half]}\n… ({len(text) - 2 * half:,} characters left out) …\n{text[-half:]}"
    return text


def prose(text: str) -> Markup:
    """The course's own sentences: escaped, and `code` between backticks set as code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(clean(text)))))


def number(value: float) -> str:
    """Points as one writes them: two digits at most.

    >>> number(2.0), number(0.125), number(10)
    ('2', '0.12', '10')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(titles: Iterable[str]) -> str:
    *most, last = [f"“{title}”" for title in titles]
    return f"{', '.join(most)} and {last}" if most else last
