"""What a check tells the student: plain records, and apart from them the two ways to show them, as text and as a page.

>>> lines = Line("from rest", True), Line("twice", False, "result: expected 1, got 2")
>>> verdict = Verdict("a03.momentum", 5.0, 10.0, lines)
>>> verdict
5.0
>>> print(verdict)
a03.momentum: 5 of 10 points
  passed  from rest
  FAILED  twice
          result: expected 1, got 2
"""

import re
from dataclasses import dataclass
from html import escape

from mmcourse.plaindata import shorten


@dataclass(frozen=True)
class Line:
    """One check of a verdict: its name, whether it passed, what is wrong (or ""), and its calls as Python."""

    name: str
    passed: bool
    detail: str = ""
    calls: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a check found out. `repr` is the score, `text` the explanation; a notebook shows the explanation.

    `message` replaces the lines when there is nothing to compare, `mistake` describes the known mistake whose results
    equal the answer's, `notes` are what the answer printed and warned, `hints` is how many hints there are.
    """

    key: str
    score: float = 0.0
    max_score: float = 0.0
    lines: tuple[Line, ...] = ()
    message: str = ""
    mistake: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    hints: int = 0

    @property
    def passed(self) -> bool:
        return bool(self.lines) and all(line.passed for line in self.lines)

    @property
    def text(self) -> str:
        """The whole explanation as plain text."""
        return verdict_text(self)

    def __repr__(self) -> str:
        return repr(self.score)

    def __str__(self) -> str:
        return self.text

    def __float__(self) -> float:
        return self.score

    def _repr_html_(self) -> str:
        return verdict_html(self)


@dataclass(frozen=True)
class Hint:
    """One hint, or why there is none."""

    text: str
    title: str = ""

    def __repr__(self) -> str:
        return f"{self.title}: {self.text}" if self.title else self.text

    def _repr_html_(self) -> str:
        return hint_html(self)


def verdict_text(verdict: Verdict) -> str:
    """Return the explanation as plain text."""
    rows = [f"{verdict.key}: {_points(verdict)}"] + [verdict.message] * bool(verdict.message)
    for line in verdict.lines:
        rows += [f"  {'passed' if line.passed else 'FAILED'}  {line.name}", *_indented(line.detail)]
    if verdict.mistake:
        rows.append(f"A known mistake: {verdict.mistake}")
    for title, body in verdict.notes:
        rows += [f"{title}:", *_indented(body)]
    return "\n".join(rows + [_offer(verdict)] * bool(_offer(verdict)))


def verdict_html(verdict: Verdict) -> str:
    """Return the explanation as HTML without scripts; every text in it is escaped."""
    parts = [_div(f"<b>{escape(verdict.key)}</b><span>{escape(_points(verdict))}</span>", HEAD)]
    parts += [_div(escape(verdict.message), BODY)] * bool(verdict.message)
    parts += [_line_html(line) for line in verdict.lines]
    if verdict.mistake:
        parts.append(_div(f"<b>A known mistake</b><br>{_prose(verdict.mistake)}", ASIDE))
    for title, body in verdict.notes:
        parts.append(_div(escape(title), QUIET) + _div(escape(body), CODE))
    parts += [_div(escape(_offer(verdict)), QUIET)] * bool(_offer(verdict))
    return _div("".join(parts), BOX)


def hint_html(hint: Hint) -> str:
    """Return a hint as HTML."""
    title = f"<b>{escape(hint.title)}</b><br>" if hint.title else ""
    return _div(_div(title + _prose(hint.text), ASIDE), BOX)


def _prose(text: str) -> str:
    """Escape a sentence of the course's own, and set `code` between backticks as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text))


def _points(verdict: Verdict) -> str:
    return f"{verdict.score:g} of {verdict.max_score:g} points" if verdict.max_score else "no points"


def _offer(verdict: Verdict) -> str:
    if verdict.passed or not verdict.hints:
        return ""
    return (
        f"Stuck? There are {verdict.hints} hints: hint() shows the next." if verdict.hints > 1 else "Stuck? Try hint()."
    )


def _indented(text: str) -> list[str]:
    return [f"          {row}" for row in text.splitlines()]


# Styles are inline, since an untrusted notebook keeps nothing else; colours come from Jupyter's theme. The box has the
# measures of the explorer's cards, which this module does not know: the grader's sandbox has it without them.

MONO = "font-family: var(--jp-code-font-family, ui-monospace, monospace); font-size: 0.92em"
RULE = "var(--jp-border-color1, rgba(128, 128, 128, 0.5))"
BOX = (
    "box-sizing: border-box; max-width: 680px; margin: 8px 0; padding: 12px 14px; border-radius: 8px; "
    "border: 1px solid var(--jp-border-color2, rgba(128, 128, 128, 0.35)); "
    "font: 14px/1.45 system-ui, sans-serif; color: var(--jp-ui-font-color0, inherit)"
)
HEAD = (
    f"display: flex; justify-content: space-between; gap: 1em; padding-bottom: 0.3em; border-bottom: 1px solid {RULE}"
)
BODY = "padding: 0.4em 0"
ROW = "display: flex; gap: 0.6em; padding-top: 0.4em"
DETAIL = f"{MONO}; padding-left: 1.7em; white-space: pre-wrap; overflow-wrap: anywhere"
ASIDE = f"margin-top: 0.6em; padding: 0.1em 0 0.1em 0.8em; border-left: 3px solid {RULE}"
QUIET = "padding-top: 0.6em; color: var(--jp-ui-font-color1, inherit); font-size: 0.92em"
CODE = f"{MONO}; padding-left: 0.8em; white-space: pre-wrap; overflow-wrap: anywhere; border-left: 1px solid {RULE}"
MARKS = {True: ("✓", "#009E73", "passed"), False: ("✗", "#D55E00", "failed")}  # Okabe-Ito green and vermilion


def _div(content: str, style: str) -> str:
    return f'<div style="{escape(style)}">{content}</div>'


def _line_html(line: Line) -> str:
    mark, colour, word = MARKS[line.passed]
    row = (
        f'<span aria-hidden="true" style="color: {colour}; font-weight: bold; width: 1em">{mark}</span>'
        f'<span style="width: 4em">{word}</span><span>{escape(line.name)}</span>'
    )
    detail = _div(escape(line.detail), DETAIL) if line.detail else ""
    if line.calls:
        code = _div(escape(shorten(line.calls, 4000)), CODE)
        keys = 'data-lm-suppress-shortcuts="true"'  # JupyterLab leaves it its Enter and Space
        summary = f'<summary {keys} style="cursor: pointer">the calls, to try yourself</summary>'
        detail += f'<details style="{escape(QUIET)}; padding-left: 1.8em">{summary}{code}</details>'
    return _div(row, ROW) + detail
