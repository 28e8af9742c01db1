"""What two texts have in common, as lines to lay side by side.

    for passage in passages(mine, {"adam": theirs}):
        print(passage.left, passage.right, passage.literal)

Where both have a fingerprint, the run of equal symbols around it is as long as it can be.

>>> (one,) = passages("def f(x):\\n    return [x + 1, x + 2, x]", {"q": "# b\\ndef g(a): return [a + 1, a + 2, a]"})
>>> one.left_lines, one.right_lines, one.literal
((1, 2), (2, 2), False)
"""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace

from autograder.fingerprints import K, fingerprints
from autograder.text import cut
from autograder.tokens import Token, tokens

LINES, CHARACTERS = 40, 4_000  # that are shown of a passage
MOST = 4  # passages of a pair of texts


@dataclass(frozen=True)
class Passage:
    """One run of equal symbols. Lines count from 1, within their cells; `literal` is equal to the letter."""

    left: str
    right: str
    left_lines: tuple[int, int]
    right_lines: tuple[int, int]
    left_part: str
    right_part: str
    symbols: int
    literal: bool


def passages(
    left: str, rights: Mapping[str, str], part: str = "", ignored: frozenset[int] = frozenset(), most: int = MOST
) -> list[Passage]:
    """The longest passages of `left` that stand in one of `rights`, in their order; from each place of left one.

    `part` is what `left` is called, as the keys of `rights` are what those are called; its namesake comes first.
    """
    ours, found = tokens(left), []
    places = fingerprints([token.symbol for token in ours])
    for name, right in rights.items():
        theirs = tokens(right)
        there = fingerprints([token.symbol for token in theirs])
        seen: dict[int, int] = {}  # how far the texts are known to run side by side, by their distance
        for value in sorted(places.keys() & there.keys() - ignored, key=places.__getitem__):
            here, distance = places[value], places[value] - there[value]
            if here >= seen.get(distance, 0):
                start, other, length = stretch(ours, theirs, here, there[value])
                seen[distance] = start + length
                found.append((start, other, length, name))
    chosen: list[tuple[int, int, int, str]] = []
    for start, other, length, name in sorted(found, key=lambda one: (one[3] != part, -one[2], one)):
        apart = all(start + length <= begin or begin + size <= start for begin, _, size, _ in chosen)
        if apart and length >= K and len(chosen) < most:
            chosen.append((start, other, length, name))
    return [
        side_by_side((left, ours[start:][:length]), (rights[name], tokens(rights[name])[other:][:length]), part, name)
        for start, other, length, name in sorted(chosen)
    ]


def stretch(ours: list[Token], theirs: list[Token], here: int, there: int) -> tuple[int, int, int]:
    """The longest run of equal symbols around two places: where it begins on either side, and its length."""
    before = after = 0
    while here > before < there and ours[here - before - 1].symbol == theirs[there - before - 1].symbol:
        before += 1
    room = min(len(ours) - here, len(theirs) - there)
    while after < room and ours[here + after].symbol == theirs[there + after].symbol:
        after += 1
    return here - before, there - before, before + after


def side_by_side(left: tuple[str, list[Token]], right: tuple[str, list[Token]], *parts: str) -> Passage:
    (ours, here), (theirs, there) = (lines_of(*side) for side in (left, right))
    return Passage(
        *(cut(textwrap.dedent(text), CHARACTERS, LINES) for text in (ours, theirs)),
        left_lines=here,
        right_lines=there,
        left_part=parts[0],
        right_part=parts[1],
        symbols=len(left[1]),
        literal=ours.split() == theirs.split(),
    )


def lines_of(source: str, run: list[Token]) -> tuple[str, tuple[int, int]]:
    """The whole lines that a run stands on, and their numbers."""
    first, last = run[0].line, run[-1].line
    return "\n".join(source.split("\n")[first : last + 1]), (first + 1, last + 1)


def turned(passage: Passage) -> Passage:
    """The same passage with its sides exchanged."""
    return replace(
        passage,
        left=passage.right,
        right=passage.left,
        left_lines=passage.right_lines,
        right_lines=passage.left_lines,
        left_part=passage.right_part,
        right_part=passage.left_part,
    )
