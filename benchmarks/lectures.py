"""How long every written lecture takes from a clean kernel, and how large its page is.

    python -m benchmarks.lectures            # one after the other; a minute each at most
    python -m benchmarks.lectures 04 05      # only these; nothing is written

prints the table and writes benchmarks/lectures.md. Targets: 60 s for each lecture, 30 s on average, 8 MB for a page;
what misses one is marked.
"""

import os
import platform
import time
from pathlib import Path
from typing import NamedTuple

import click
import nbformat

from autograder.course import Course, Lecture
from tools.pages import page, run

REPORT = Path(__file__).with_suffix(".md")
LONGEST, AVERAGE, LARGEST = 60.0, 30.0, 8.0  # seconds, seconds, MB


class Run(NamedTuple):
    """One lecture, run once."""

    lecture: Lecture
    seconds: float
    slowest: float  # seconds of the slowest cell
    where: str  # its id
    megabytes: float  # of the page


def measure(course: Course, lecture: Lecture) -> Run:
    notebook = nbformat.read(course.lectures / f"{lecture.name}.ipynb", as_version=4)
    started = time.perf_counter()
    run(notebook, course.lectures)
    seconds = time.perf_counter() - started
    took = {cell.id: cell_seconds(cell) for cell in notebook.cells if cell.cell_type == "code"}
    slowest = max(took, key=took.get)
    return Run(lecture, seconds, took[slowest], slowest, len(page(notebook, lecture.title).encode()) / 1e6)


def cell_seconds(cell: nbformat.NotebookNode) -> float:
    """How long a cell ran, by the times that its kernel reported."""
    from dateutil.parser import isoparse

    told = cell.metadata.get("execution", {})
    begin, end = told.get("iopub.execute_input"), told.get("iopub.status.idle")
    return (isoparse(end) - isoparse(begin)).total_seconds() if begin and end else 0.0


def report(runs: list[Run]) -> str:
    rows = [
        f"| {one.lecture.number:02d} {one.lecture.title} | {marked(one.seconds, LONGEST)} | {one.slowest:.1f} "
        f"(`{one.where}`) | {marked(one.megabytes, LARGEST)} |"
        for one in runs
    ]
    mean = sum(one.seconds for one in runs) / len(runs)
    return "\n".join(
        [
            "# How long the lectures take",
            "",
            f"Written by `python -m benchmarks.lectures`. {os.cpu_count()} cores ({platform.machine()}), Python "
            f"{platform.python_version()}; each from a clean kernel, its start included.",
            "",
            f"| lecture | seconds ({LONGEST:.0f} at most) | slowest cell, seconds | page, MB ({LARGEST:.0f} at most) |",
            "| --- | --- | --- | --- |",
            *rows,
            f"| average | {marked(mean, AVERAGE)} ({AVERAGE:.0f} at most) | | |",
            "",
        ]
    )


def marked(value: float, most: float) -> str:
    return f"{value:.1f}" if value <= most else f"**{value:.1f}**"


@click.command()
@click.argument("numbers", nargs=-1, type=int)
def main(numbers: tuple[int, ...]) -> None:
    """Run all written lectures, or those with the given NUMBERS; print the table, and keep it when all were run."""
    course = Course.find(Path(__file__))
    written = [lecture for lecture in course.syllabus.lectures if lecture.status == "written"]
    runs = [measure(course, lecture) for lecture in written if not numbers or lecture.number in numbers]
    if not runs:
        raise click.UsageError(f"no written lecture has one of the numbers {numbers}")
    text = report(runs)
    if not numbers:
        REPORT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
