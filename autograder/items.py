"""Questions and tests of an assignment as a class met them: who answered, who passed, and whether a test separates.

>>> round(point_biserial([True, True, False, False], [4.0, 2.0, 2.0, 0.0]), 3)
0.707
"""

import math
from collections import defaultdict
from dataclasses import dataclass

from autograder.manifest import HiddenQuestion, HiddenTest, Manifest
from autograder.results import Result
from autograder.verdicts import not_started

SMALL = 10  # who answered: with fewer, a correlation says nothing
FEW = 3  # on each side of a test: likewise


# Records


@dataclass(frozen=True)
class MistakeShare:
    """How many of those who answered a question made a known mistake."""

    question: str
    name: str
    message: str
    erratum: str | None
    students: list[str]
    answered: int

    @property
    def share(self) -> float:
        return 100 * len(self.students) / self.answered


@dataclass(frozen=True)
class ItemFigures:
    """One hidden test among those who answered its question; `why_not` says why there is no discrimination."""

    question: str
    name: str
    title: str
    points: float
    answered: int
    passed: int
    partly: int
    discrimination: float | None = None
    between: tuple[float, float] | None = None  # 95 % interval of the discrimination
    why_not: str = ""

    @property
    def share(self) -> float:
        return 100 * self.passed / self.answered if self.answered else 0.0

    @property
    def partly_share(self) -> float:
        return 100 * self.partly / self.answered if self.answered else 0.0

    @property
    def word(self) -> str:
        """What the discrimination means, in words; nothing where there is none."""
        if self.discrimination is None:
            return ""
        words = ((0.3, "tells apart"), (0.1, "tells a little"), (-0.1, "tells nothing"))
        return next((word for least, word in words if round(self.discrimination, 2) >= least), "look at it")


@dataclass(frozen=True)
class QuestionFigures:
    """One question: who answered it, and its share of points among them."""

    id: str
    title: str
    points: float
    answered: int
    not_started: int
    share: float
    tests: list[ItemFigures]
    mistakes: list[MistakeShare]
    unmade: list[str]  # known mistakes nobody made


# Statistics


def point_biserial(passed: list[bool], rest: list[float]) -> float | None:
    """Correlation of passing a test with the score in all others.

    r = (M_pass - M_fail) / s * sqrt(p (1 - p)), with the mean scores M of those who pass and of those who fail, the
    standard deviation s of all (divided by their number), and the share p who pass. "Corrected" means that the test's
    own points are no part of `rest`. None where everybody or nobody passes, or where all scores are equal.
    """
    groups = {side: [score for one, score in zip(passed, rest, strict=True) if one is side] for side in (True, False)}
    p, mean = len(groups[True]) / max(1, len(rest)), math.fsum(rest) / max(1, len(rest))
    s = math.sqrt(math.fsum((score - mean) ** 2 for score in rest) / max(1, len(rest)))
    if not 0 < p < 1 or s < 1e-9 * (1 + abs(mean)):
        return None
    means = {side: math.fsum(scores) / len(scores) for side, scores in groups.items()}
    return max(-1.0, min(1.0, (means[True] - means[False]) / s * math.sqrt(p * (1 - p))))


def interval(r: float, n: int) -> tuple[float, float]:
    """95 % of a correlation `r` of `n` pairs, by Fisher's transformation: tanh(artanh r -+ 1.96 / sqrt(n - 3))."""
    if abs(r) >= 1 - 1e-12 or n <= 3:
        return (r, r) if n > 3 else (-1.0, 1.0)
    half = 1.959964 / math.sqrt(n - 3)
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


# From results


def answered(result: Result, question: str) -> bool:
    """Whether somebody tried: some of the code ran, and the function is not the one that was given."""
    return bool(result.cells) and not not_started(result.of(question))


def question_figures(question: HiddenQuestion, judged: list[Result], manifest: Manifest) -> QuestionFigures:
    tried = [result for result in judged if answered(result, question.id)]
    made = mistake_shares(question.id, tried)
    known = [mistake.name for mistake in manifest.mistakes if mistake.question == question.id]
    return QuestionFigures(
        id=question.id,
        title=question.title,
        points=question.points,
        answered=len(tried),
        not_started=len(judged) - len(tried),
        share=100 * sum(result.question_score(question.id) for result in tried) / (question.points * len(tried) or 1),
        tests=[test_figures(question.id, test, tried) for test in question.tests],
        mistakes=made,
        unmade=sorted(set(known) - {one.name for one in made}),
    )


def mistake_shares(question: str, tried: list[Result]) -> list[MistakeShare]:
    """Known mistakes of a question, the most common first."""
    students, known = defaultdict(set), {}
    for result in tried:
        for test in result.of(question):
            if test.mistake is not None:
                students[test.mistake.name].add(result.student)
                known[test.mistake.name] = test.mistake
    found = [
        MistakeShare(question, name, known[name].message, known[name].erratum, sorted(who), len(tried))
        for name, who in students.items()
    ]
    return sorted(found, key=lambda one: (-len(one.students), one.name))


def test_figures(question: str, test: HiddenTest, tried: list[Result]) -> ItemFigures:
    """Difficulty and discrimination of one test among those who answered its question."""
    outcomes = [(result, one) for result in tried for one in result.of(question) if one.name == test.name]
    passed = [one.verdict == "pass" for _, one in outcomes]
    rest = [result.score - one.points for result, one in outcomes]
    partly = sum(one.verdict == "partial" for _, one in outcomes)
    why_not = too_little(passed)
    r = None if why_not else point_biserial(passed, rest)
    if r is None:
        why_not = why_not or "all other scores are equal"
    return ItemFigures(
        question, test.name, test.title, test.points, len(passed), sum(passed), partly,
        r, None if r is None else interval(r, len(passed)), why_not,
    )  # fmt: skip


def too_little(passed: list[bool]) -> str:
    """Why a correlation with `passed` would say nothing; empty when it would."""
    right, wrong = sum(passed), len(passed) - sum(passed)
    if len(passed) < SMALL:
        return f"only {len(passed)} answered"
    if not wrong or not right:
        return "everybody passes" if not wrong else "nobody passes"
    return f"only {min(right, wrong)} {'pass' if right < wrong else 'fail'}" if min(right, wrong) < FEW else ""
