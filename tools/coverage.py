"""Does the course teach what it owes? Compares coverage.toml, syllabus.toml and the cells of written lectures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from autograder.course import Course, load_coverage


def problems(course: Course) -> Iterator[str]:
    """One line for each id that nobody teaches, that nobody knows, or that a lecture claims wrongly."""
    known = load_coverage(course.root / "coverage.toml")
    assigned: set[str] = set()
    for lecture in course.syllabus.lectures:
        assigned |= set(lecture.covers)
        for id in lecture.covers:
            if id not in known:
                yield f"lecture {lecture.number} covers {id}, which coverage.toml does not have"
        if lecture.status == "written":
            yield from differences(course.lectures / f"{lecture.name}.ipynb", set(lecture.covers))
    for id in known:
        if id not in assigned:
            yield f"{id} ({known[id]}) is covered by no lecture: add it to a row of the syllabus"
    for assignment in course.syllabus.assignments:
        notebook = course.solutions / assignment.name / f"{assignment.name}.ipynb"
        if assignment.status == "written" and not notebook.is_file():
            yield f"assignment {assignment.id} is written, but {notebook} does not exist"


def differences(notebook: Path, covers: set[str]) -> Iterator[str]:
    """How the claims of a notebook's cells differ from the row of its lecture."""
    if not notebook.is_file():
        yield f"{notebook} does not exist, but the syllabus says it is written"
        return
    claims = claimed(notebook)
    for id in sorted(covers - claims):
        yield f"{notebook}: no cell claims {id}, which the syllabus lists"
    for id in sorted(claims - covers):
        yield f"{notebook}: a cell claims {id}, which the syllabus does not list"


def claimed(notebook: Path) -> set[str]:
    """The ids that the cells of a notebook claim in their metadata, `mmcourse.covers`."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return {id for cell in cells for id in cell["metadata"].get("mmcourse", {}).get("covers", [])}
