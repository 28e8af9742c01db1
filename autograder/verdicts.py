"""What the tests found, in words: each verdict, each test, and one question as a fragment of the autograded notebook.

question_html(outcomes), question_text(outcomes)
"""

from collections import Counter
from typing import Any, NamedTuple

from autograder.policy import permitted
from autograder.results import TestOutcome
from autograder.templating import template
from autograder.text import clean, counted, cut, number


class Verdict(NamedTuple):
    """How a verdict is shown: a mark, a word, a kind that carries the colour, and what the word means."""

    mark: str
    word: str
    kind: str
    meaning: str


VERDICTS = {
    "pass": Verdict("✓", "right", "right", "The result is what was asked for."),
    "partial": Verdict("◐", "partly right", "part", "Part of it is what was asked for, and so are some of the points."),
    "fail": Verdict("✗", "not yet", "next", "Your function gave a result, but not the one that was asked for."),
    "error": Verdict("!", "error", "next", "Your function ended with an exception. Lines of code are yours."),
    "timeout": Verdict("∞", "too slow", "next", "Your function took longer than the limit and was stopped."),
    "memory": Verdict("▲", "too large", "next", "Your function asked for more memory than there is."),
    "crash": Verdict("×", "crashed", "next", "The process that ran your function ended without an answer."),
    "forbidden": Verdict("⊘", "not allowed", "next", "Your function did something that is closed off while grading."),
    "skipped": Verdict("–", "not tried", "wait", "It builds on another test, which has to be right first."),
    "infrastructure": Verdict("?", "not judged", "person", "The grader failed, not you. A person looks; it is no 0."),
}
NOT_STARTED = Verdict("○", "not started", "wait", "The function is still the one you were given.")


# One test, and one question


class Said(NamedTuple):
    """One test as it is shown. `repeats` is True when its message has just been shown for another test."""

    test: TestOutcome
    verdict: Verdict
    message: str
    repeats: bool
    builds_on: tuple[TestOutcome, ...] = ()

    @property
    def brief(self) -> str:
        """The points without their unit: "1 of 2", or "2 open" where nobody could judge."""
        most = number(self.test.max_points)
        return f"{most} open" if self.test.verdict == "infrastructure" else f"{number(self.test.points)} of {most}"

    @property
    def points(self) -> str:
        return f"{self.brief} point{'' if self.test.max_points == 1 else 's'}"

    @property
    def share(self) -> float:
        return 100 * self.test.points / self.test.max_points


def say(
    outcomes: list[TestOutcome], needs: dict[str, tuple[str, ...]] | None = None, policy: str = "full"
) -> list[Said]:
    """Each test with its verdict in words; a message that repeats is shown once, and a stub's needs none."""
    by_name = {test.name: permitted(test, number, policy) for number, test in enumerate(outcomes, 1)}
    needs = needs or {}
    shown, said = set(), []
    blank = not_started(outcomes)
    for name, test in by_name.items():
        verdict = NOT_STARTED if blank else VERDICTS[test.verdict]
        message = cut(test.message) if test.verdict != "pass" and not blank else ""
        known = tuple(by_name[needed] for needed in needs.get(name, ()) if needed in by_name)
        builds_on = tuple(other for other in known if other.verdict != "pass") if test.verdict == "skipped" else ()
        said.append(Said(test, verdict, message, bool(message) and message in shown, builds_on))
        shown.add(message)
    return said


def mistakes_in(tests: list[Said]) -> list[tuple[str, int]]:
    """The known mistakes whose numbers these are: what to tell, and in how many tests."""
    return list(Counter(said.test.mistake.message for said in tests if said.test.mistake is not None).items())


def not_started(outcomes: list[TestOutcome]) -> bool:
    """Whether the stub is still there: every test that was tried met its NotImplementedError."""
    tried = [test for test in outcomes if test.verdict != "skipped"]
    return bool(tried) and all(
        test.verdict == "error" and test.message.strip().rpartition("\n")[2].startswith("NotImplementedError")
        for test in tried
    )


def question_html(outcomes: list[TestOutcome], policy: str = "full") -> str:
    """One question as a fragment for the autograded notebook, readable on light and dark ground."""
    return template("question.html").render(**_question_parts(outcomes, policy))


def question_text(outcomes: list[TestOutcome], policy: str = "full") -> str:
    """The same in plain text, where no HTML is shown."""
    parts = _question_parts(outcomes, policy)
    lines = [parts["total"]]
    for message, count in parts["mistakes"]:
        lines += [f"{MISTAKE} ({counted(count, 'test')}): {clean(message)}"]
    for said in parts["tests"]:
        lines += [f"{said.verdict.mark} {said.verdict.word}, {said.points}: {clean(said.test.title or said.test.name)}"]
        if said.message and not said.repeats:
            lines += [f"    {line}" for line in said.message.split("\n")]
    return "\n".join(lines)


MISTAKE = "Your numbers are those of a known mistake"


def _question_parts(outcomes: list[TestOutcome], policy: str) -> dict[str, Any]:
    points, most = sum(test.points for test in outcomes), sum(test.max_points for test in outcomes)
    unjudged = sum(test.verdict == "infrastructure" for test in outcomes)
    total = f"{number(points)} of {number(most)} point{'' if most == 1 else 's'}"
    if unjudged:
        total = f"{total} so far" if unjudged < len(outcomes) else f"{number(most)} open points"
        total += f"; {counted(unjudged, 'test')} could not be judged, a person will look"
    tests = say(outcomes, policy=policy)
    return {"total": total, "tests": tests, "mistakes": mistakes_in(tests), "heading": MISTAKE}
