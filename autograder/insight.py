"""What a class did in an assignment, for its instructor: known mistakes, tests, failures nobody foresaw, who waits.

    found = gather(course, "a03_optimizers")     # plain records
    write_insight(course, found)                 # exports/a03_optimizers_insight.html: no script, nothing fetched

The results say what each test found, the gradebook who handed in and what counts. Texts of submissions are strangers'
texts: the template cleans and escapes them, as in feedback.

>>> pattern("after step 2, params['w'][0, 13]: expected -0.93, got 1e-3 in float32")
"after step #, params['w'][#]: expected #, got # in float32"
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import quote

import msgspec

from autograder.course import Course, CourseError
from autograder.grading import load_manifest
from autograder.items import QuestionFigures, answered, question_figures
from autograder.marks import Standing, read_standings
from autograder.results import Result, TestOutcome, load_result, result_path, write_atomically
from autograder.templating import COURSE_TITLE, template
from autograder.text import counted
from autograder.verdicts import VERDICTS

SHOWN = 15  # failures that are listed
SLOWEST = 5
MISTAKES = 5  # of a question that are explained; rarer ones are named
BANDS = ((1.0, "all points"), (0.8, "80 to 99 %"), (0.6, "60 to 79 %"), (0.4, "40 to 59 %"), (0.2, "20 to 39 %"))


# What was found


@dataclass(frozen=True)
class Failure:
    """Failures that no known mistake explains, alike but for their numbers."""

    question: str
    verdict: str
    text: str
    students: list[str]
    tests: list[str]  # titles


@dataclass(frozen=True)
class Attention:
    """Somebody a person should look at, and why."""

    student: str
    reasons: list[str]


@dataclass(frozen=True)
class Insight:
    """All of it. Students stand by their ids; `names` gives those the gradebook knows."""

    assignment: str
    title: str
    graded: int
    max_score: float
    median: float | None
    bands: list[tuple[str, int]]
    questions: list[QuestionFigures]
    failures: list[Failure]
    left_out: int  # failures beyond those listed
    slowest: list[tuple[str, float]]
    seconds: float  # median
    attention: list[Attention]
    by_hand: int  # students with a mark that a person gave
    unjudged: int  # students left out of the tests' figures
    names: dict[str, str] = field(default_factory=dict)


def gather(course: Course, assignment: str) -> Insight:
    """Everything the page says, from the results and the gradebook."""
    name = course.assignment(assignment).name
    manifest, standings = load_manifest(course, name), read_standings(course, name)
    results = read_results(course, name, standings)
    if not results:
        raise CourseError(f"there are no results of {name} to look at: run `autograder grade {name}` first")
    judged = [result for result in results.values() if not result.needs_attention]
    groups = failures(results.values())
    handed_in = [standing for standing in standings if standing.submitted]
    shares = [standing.score / (standing.max_score or 1.0) for standing in handed_in]
    seconds = sorted(((student, result.seconds) for student, result in results.items()), key=lambda one: -one[1])
    return Insight(
        assignment=name,
        title=course.assignment(name).title,
        graded=len(results),
        max_score=manifest.points,
        median=median(standing.score for standing in handed_in) if handed_in else None,
        bands=bands(shares),
        questions=[question_figures(question, judged, manifest) for question in manifest.questions],
        failures=groups[:SHOWN],
        left_out=len(groups[SHOWN:]),
        slowest=seconds[:SLOWEST],
        seconds=median(value for _, value in seconds),
        attention=attention(standings, results),
        by_hand=sum(any(mark.manual is not None for mark in standing.marks) for standing in handed_in),
        unjudged=len(results) - len(judged),
        names={standing.student: standing.name for standing in standings},
    )


def read_results(course: Course, name: str, standings: list[Standing]) -> dict[str, Result]:
    found = {}
    for standing in standings:
        if Path(standing.student).name == standing.student:  # else no folder of a submission can be called so
            try:
                found[standing.student] = load_result(result_path(course.results, name, standing.student))
            except (OSError, msgspec.MsgspecError):
                continue  # `attention` tells of who handed in and has none
    return found


def bands(shares: list[float]) -> list[tuple[str, int]]:
    """How many have all points, 80 % of them, and so on."""
    counts = Counter(next((label for least, label in BANDS if share >= least - 1e-9), "below 20 %") for share in shares)
    return [(label, counts[label]) for label in (*(label for _, label in BANDS), "below 20 %")]


# What nobody foresaw


def failures(results: Iterable[Result]) -> list[Failure]:
    """Failures without a known mistake, grouped by what their messages share; the most common first."""
    groups: dict[tuple[str, str, str], list[tuple[str, TestOutcome]]] = defaultdict(list)
    for result in results:
        for test in result.tests:
            explained = test.verdict in ("pass", "skipped", "infrastructure") or test.mistake is not None
            if not explained and answered(result, test.question):
                groups[test.question, test.verdict, pattern(test.message)].append((result.student, test))
    found = [
        Failure(
            *key,
            students=sorted({student for student, _ in group}),
            tests=list(dict.fromkeys(test.title or test.name for _, test in group)),
        )
        for key, group in groups.items()
    ]
    return sorted(found, key=lambda one: (-len(one.students), -len(one.tests), one.question, one.text))


def pattern(message: str) -> str:
    """The last line of a message with numbers, indices and addresses replaced, so that equal failures look equal.

    Numbers within names stay (float32), and so do nan and inf, which are news.
    """
    text = next((line.strip() for line in reversed(message[-4_000:].splitlines()) if line.strip()), "")
    text = re.sub(r"\b0x[0-9a-fA-F]+", "#", text)
    text = re.sub(r"(?<![\w.])[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:e[-+]?\d++)?(?!\w)", "#", text)
    return re.sub(r"\[#(?:, ?#)*\]", "[#]", text)[:300]


def attention(standings: list[Standing], results: dict[str, Result]) -> list[Attention]:
    """Who waits for a person, or did what a person should see; those who wait come first."""
    found = []
    for standing in standings:
        result, reasons = results.get(standing.student), []
        if result is None:
            reasons += ["handed in, but there is no result: grade again"] if standing.submitted else []
        else:
            reasons += reasons_of(result)
        if standing.needs_manual and not (result and result.needs_attention):
            reasons.insert(0, "a cell waits for your marks, in formgrader")
        if reasons:
            found.append(Attention(standing.student, reasons))
    waiting = {one.student for one in standings if one.needs_manual}
    return sorted(found, key=lambda one: (one.student not in waiting, one.student))


def reasons_of(result: Result) -> list[str]:
    counts = Counter(test.verdict for test in result.tests)
    number = {verdict: counted(count, "test") for verdict, count in counts.items()}
    reasons = []
    if "infrastructure" in number:
        reasons.append(f"not judged, for a reason that is ours, in {number['infrastructure']}: grade again")
    if flagged := {test.verdict for test in result.tests if test.flagged}:
        what = "found no processor time, even alone" if flagged == {"timeout"} else "ended the judge itself, twice"
        reasons.append(f"{what}: read the code")
    if "forbidden" in number:
        reasons.append(f"did what is closed off while grading, in {number['forbidden']}: read the code")
    if "crash" in number:
        reasons.append(f"its process ended without an answer in {number['crash']}")
    if result.notes and not result.cells:
        reasons.append(f"nothing of it ran: {result.notes[0].partition(';')[0]}")
    return reasons


# The page


def write_insight(course: Course, found: Insight, path: Path | None = None) -> Path:
    """Write the page, by default below exports/; returns its path."""
    path = path or course.exports / f"{found.assignment}_insight.html"
    write_atomically(path, page(found, feedback_links(course, found, path.parent)).encode())
    return path


def feedback_links(course: Course, found: Insight, folder: Path) -> dict[str, str]:
    """Where each student's feedback page lies, seen from `folder`; only of those who have one."""
    pages = {name: course.feedback / name / found.assignment / f"{found.assignment}.html" for name in found.names}
    return {
        name: quote(Path(os.path.relpath(page, folder)).as_posix())
        for name, page in pages.items()
        if Path(name).name == name and page.is_file()
    }


def page(found: Insight, links: dict[str, str] | None = None) -> str:
    """The whole page as HTML. `links` leads from a student to a page of theirs."""
    return template("insight.html").render(
        found=found,
        course=COURSE_TITLE,
        opening=opening(found),
        verdicts=VERDICTS,
        most_shown=MISTAKES,
        links=links or {},
        titles={question.id: question.title for question in found.questions},
        largest=max((count for _, count in found.bands), default=0) or 1,
        longest=max((seconds for _, seconds in found.slowest), default=0.0) or 1.0,
    )


def opening(found: Insight) -> list[str]:
    """The first sentences: what stands out."""
    sentences = []
    mistakes = [one for question in found.questions for one in question.mistakes]
    figures = [test for question in found.questions for test in question.tests if test.answered]
    titles = {question.id: question.title for question in found.questions}
    if mistakes:
        most = max(mistakes, key=lambda one: (len(one.students), one.share))
        if len(most.students) > 1:
            sentences.append(
                f"The most common known mistake is “{most.name.replace('_', ' ')}” in “{titles[most.question]}”: "
                f"{len(most.students)} of the {most.answered} who answered made it."
            )
        else:
            sentences.append(f"{len(mistakes)} known mistakes were made, none by more than one student.")
    if figures and (hardest := min(figures, key=lambda one: one.share)).share < 100:
        sentences.append(
            f"The hardest test, in “{titles[hardest.question]}”, was passed by {hardest.passed} of {hardest.answered}: "
            f"{hardest.title}"
        )
    if odd := [test for test in figures if test.word == "look at it"]:
        sentences.append(
            f"{counted(len(odd), 'test')} deserve{'s' if len(odd) == 1 else ''} a look: who fails there does better "
            "elsewhere than who passes."
        )
    if found.attention:
        needs = "needs" if len(found.attention) == 1 else "need"
        sentences.append(f"{counted(len(found.attention), 'submission')} {needs} your attention, below.")
    return sentences
