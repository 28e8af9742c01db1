"""The page on which submissions are alike: self-contained, without a script, in words that accuse nobody.

    write_similarity(course, gather(course, "a03_optimizers"))       # exports/a03_optimizers_similar.html

All code on it is strangers' text, which the template cleans and escapes.
"""

from pathlib import Path

from autograder.course import Course
from autograder.insight import feedback_links
from autograder.results import write_atomically
from autograder.similarity import Alike, Similarity
from autograder.templating import COURSE_TITLE, template


def write_similarity(course: Course, found: Similarity, path: Path | None = None) -> Path:
    """Write the page, by default below exports/; returns its path."""
    path = path or course.exports / f"{found.assignment}_similar.html"
    write_atomically(path, page(found, feedback_links(course, found, path.parent)).encode())
    return path


def page(found: Similarity, links: dict[str, str] | None = None) -> str:
    """The whole page as HTML. `links` leads from a student to a page of theirs."""
    return template("similar.html").render(
        found=found,
        course=COURSE_TITLE,
        links=links or {},
        sections=sections(found),
        titles=found.titles,
        percent=percent,
        where=where,
        opening=opening(found),
    )


def opening(found: Similarity) -> str:
    """The first sentence: how much there is to read."""
    count, least = len(found.pairs) + found.left_out["pairs"], percent(found.least)
    if not count:
        return f"No two submissions are alike to {least} or more."
    people = len({student for one in found.pairs for student in (one.left, one.right)})
    pairs = "One pair of submissions is" if count == 1 else f"{count:,} pairs of submissions are"
    return f"{pairs} alike to {least} or more; {people} students are in those shown. Read before you judge."


def sections(found: Similarity) -> list[tuple[str, str, str, list[Alike]]]:
    """The sections of the page: anchor, heading, what they are about, and their entries."""
    return [
        (
            "pairs",
            "Two submissions",
            "Code that two students have in common, beyond what all were given, what the lectures show, and what many "
            "write alike.",
            found.pairs,
        ),
        (
            "lectures",
            "A submission and a lecture",
            "Code that also stands in a module of the course. Everybody may read those, and an assignment may allow or "
            "expect it; it is here so that you need not wonder.",
            found.lectures,
        ),
        (
            "solutions",
            "A submission and the instructor's solution",
            "Students have not seen the solution. A right answer in few lines looks like it all the same; a long one "
            "that is equal down to its odd turns hints that the solution got out, or that both come from elsewhere.",
            found.solutions,
        ),
    ]


def where(one: Alike) -> str:
    """In which questions two texts are alike: by name, as long as that is short."""
    titles = [part.title for part in one.parts]
    return "; ".join(titles) if len(titles) < 3 else f"{titles[0]} and {len(titles) - 1} more"


def percent(likeness: float) -> str:
    """A likeness as it is written: never 100 % for what is not, nor 0 %.

    >>> percent(0.9999), percent(1.0), percent(0.503)
    ('99 %', '100 %', '50 %')
    """
    return f"{int(likeness * 100 + 1e-9)} %"
