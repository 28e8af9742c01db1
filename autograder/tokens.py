"""Code as a sequence of symbols that stays the same when somebody renames, comments, annotates or lays it out anew.

    [token.symbol for token in tokens("def f(x: int):  # double\\n    return 2 * x")]

Names of a program's own are all one symbol, numbers another, texts a third; comments, docstrings, type hints, line
breaks and indentation are gone. Keywords, builtins and what stands behind a dot (`np.exp`, but not `self.rate`) stay:
they are what an answer is made of, and cannot be renamed. It is read by a regular expression, not by `tokenize` or
`ast`: those refuse code that does not parse, and what somebody hands in need not.

>>> [token.symbol for token in tokens("total: float = np.sum(values[3:])  # all but three")]
['n', '=', 'n', '.', 'sum', '(', 'n', '[', '0', ':', ']', ')']
"""

import builtins
import keyword
import re
from typing import NamedTuple

KEPT = frozenset(keyword.kwlist) | {name for name in dir(builtins) if name.islower() and not name.startswith("_")}
OWN = ("self", "cls")
OPEN, CLOSE = frozenset("([{"), frozenset(")]}")

LEXEME = re.compile(
    r"""
    (?P<gap> [ \t\f\r]+ | \\\r?\n | \#[^\n]* )
  | (?P<end> \n | ; )
  | (?P<text> (?i:[rbuf]{0,2}) (?: \"{3} (?:[^\\]|\\.)*? (?:\"{3}|\Z) | '{3} (?:[^\\]|\\.)*? (?:'{3}|\Z)
                                 | " (?:[^"\\\n]|\\.)*+ "? | ' (?:[^'\\\n]|\\.)*+ '? ) )
  | (?P<number> \.?\d (?:[\w.]|(?<=[eE])[+-])*+ )
  | (?P<name> \w+ )
  | (?P<sign> -> | := | \*\*=? | //=? | [!=<>+\-*/%&|^@]= | << | >> | \S )
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """One symbol, and the line of the source, from 0, on which it stands."""

    symbol: str
    line: int


class Lexeme(NamedTuple):
    """A piece of code as it is written; `depth` counts the brackets around it."""

    kind: str
    text: str
    line: int
    depth: int


def tokens(source: str) -> list[Token]:
    """The symbols of `source`, in order; never fails, whatever `source` is."""
    pieces = without_hints(without_docstrings(lexemes(source)))
    pieces = [piece for piece in pieces if piece.kind != "end"]
    return [Token(symbol(pieces, index), piece.line) for index, piece in enumerate(pieces)]


def lexemes(source: str) -> list[Lexeme]:
    """What a program consists of, without gaps; a line break within brackets is one."""
    found, line, depth = [], 0, 0
    for match in LEXEME.finditer(source):
        kind, text = match.lastgroup, match[0]
        depth = max(0, depth - (text in CLOSE))
        if kind != "gap" and not (text == "\n" and depth):
            found.append(Lexeme(kind, text, line, depth))
        depth += text in OPEN
        line += text.count("\n")
    return found


def without_docstrings(pieces: list[Lexeme]) -> list[Lexeme]:
    """All but texts that are a statement of their own."""
    ends = [True, *(piece.kind == "end" for piece in pieces), True]
    return [
        piece for index, piece in enumerate(pieces) if not (piece.kind == "text" and ends[index] and ends[index + 2])
    ]


def without_hints(pieces: list[Lexeme]) -> list[Lexeme]:
    """All but annotations: of parameters and results in the head of a `def`, and of names at a statement's start."""
    kept: list[Lexeme] = []
    head = None  # the depth of the brackets around the `def` whose head this is
    index = start = 0
    while index < len(pieces):
        piece = pieces[index]
        if piece.text == "def":
            head = piece.depth
        if head is not None and piece.text == ":" and piece.depth == head + 1:
            index = after(pieces, index, head + 1, (",", "="))
        elif head is not None and piece.text == "->" and piece.depth == head:
            index = after(pieces, index, head, (":",))
        elif piece.text == ":" and piece.depth == 0 and head is None and is_target(pieces[start:index]):
            index = after(pieces, index, 0, ("=",))
        else:
            head = None if head is not None and piece.text == ":" and piece.depth == head else head
            kept.append(piece)
            index += 1
            start = index if piece.kind == "end" else start
    return kept


def after(pieces: list[Lexeme], index: int, depth: int, stops: tuple[str, ...]) -> int:
    """Where a hint ends: at one of `stops`, at the bracket around it, or with the statement."""
    while index < len(pieces):
        piece = pieces[index]
        if (piece.depth == depth and piece.text in stops) or piece.depth < depth or piece.kind == "end":
            break
        index += 1
    return index


def is_target(statement: list[Lexeme]) -> bool:
    """Whether a statement so far is a name that may be annotated: `x` or `self.x`, not `else`."""
    names, dots = statement[::2], statement[1::2]
    named = all(piece.kind == "name" and piece.text not in keyword.kwlist for piece in names)
    return named and len(statement) % 2 == 1 and len(statement) < 9 and all(piece.text == "." for piece in dots)


def symbol(pieces: list[Lexeme], index: int) -> str:
    piece = pieces[index]
    if piece.kind == "text":
        return "s"
    if piece.kind == "number":
        return "0"
    if piece.kind != "name" or piece.text in keyword.kwlist:
        return piece.text
    if index and pieces[index - 1].text == ".":
        return "n" if index > 1 and pieces[index - 2].text in OWN else piece.text
    return piece.text if piece.text in KEPT else "n"
