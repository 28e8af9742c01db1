"""How fast the grader is, beside stock nbgrader and beside the least that grading can cost.

    python -m benchmarks.grading                      # everything; some minutes, most of them stock's
    python -m benchmarks.grading --submissions 6      # a look
    python -m benchmarks.grading --stock 10           # time only ten on stock's side, and say so
    python -m benchmarks.grading --scale              # instead: a thousand students, and Dask (grading_scale.py)

prints the tables and writes benchmarks/grading.md. Both sides get the same programs in the same run, and it fails when
their scores differ for any student and question. Targets are those of the project; what misses one is marked.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import nbformat

from autograder.batch import grade_class
from autograder.course import Course
from autograder.grading import Grader, Task
from autograder.release import read_released
from autograder.repair import cells_to_run
from benchmarks import grading_scale
from benchmarks.grading_class import (
    distinct_answers,
    make_ours,
    make_stock,
    nbgrader,
    notebook_of,
    scores,
    source_of,
    unanswered,
)
from benchmarks.grading_report import TITLES, ClassRun, OneRun, Spent, report
from benchmarks.processes import cpu_seconds, watching

REPORT = Path(__file__).with_suffix(".md")
SUBMISSIONS = 60
JOBS = 2
EMPTY = 40  # empty submissions that are timed
HOLD = "\n    import time\n    time.sleep(0.03)\n"


class Clock:
    """Measures a block: wall time, and the work of this process and all below it."""

    def __enter__(self) -> "Clock":
        self.cpu, self.wall = cpu_seconds(), time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.wall, self.cpu = time.perf_counter() - self.wall, cpu_seconds() - self.cpu

    def spent(self, count: int) -> Spent:
        return Spent(count, self.wall, self.cpu)


# A class


def run_class(name: str, folder: Path, count: int, stock_count: int) -> ClassRun:
    """Grade `count` distinct notebooks, and `stock_count` of them on the stock side; compare all scores."""
    source, manifest, solutions = source_of(name)
    answers = distinct_answers(manifest, solutions, count)
    course = make_ours(source, name, folder / "ours", answers)
    done, tiers = [], set()
    with Clock() as clock:
        for graded in grade_class(course, name, jobs=JOBS, unsafe=True):
            done.append(time.perf_counter())
            tiers.add(graded.result.sandbox)
    ours = clock.spent(count)
    head = min(2 * JOBS, count // 2)  # the first of each job pay for its start
    steady = (count - 1 - head) / (done[-1] - done[head])
    make_stock(source, name, folder / "stock", answers[:stock_count])
    with Clock() as clock:
        nbgrader(folder / "stock", "autograde", name)
    stock = clock.spent(stock_count)
    mine = scores(course.gradebook_url, name, manifest)
    theirs = scores(f"sqlite:///{folder / 'stock' / 'gradebook.db'}", name, manifest)
    differences = [
        f"{name}, {student}, {question}: ours {mine[student][question]}, stock {score}"
        for student, marks in theirs.items()
        for question, score in marks.items()
        if mine[student][question] != score
    ]
    if len(theirs) != stock_count or len(mine) != count:
        differences.append(
            f"{name}: {len(mine)} of {count} were graded by ours, {len(theirs)} of {stock_count} by stock"
        )
    return ClassRun(ours, steady, stock, ", ".join(sorted(tiers)), JOBS, differences)


# One submission


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this thread, and all that it starts meanwhile, on one core, where that can be asked."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def run_one(name: str, folder: Path, count: int) -> OneRun:
    source, manifest, solutions = source_of(name)
    few, many = max(2, count // 5), count
    small = make_ours(source, name, folder / "few", unanswered(solutions, few))
    large = make_ours(source, name, folder / "many", unanswered(solutions, many))
    cells = [cells_of(large, name, student) for student in range(many)]
    with Grader(large, name, jobs=1) as grader:
        warm = [Task("warm", cells_of(small, name, student)) for student in range(2)]
        list(grader.grade(warm))
        with Clock() as clock:
            list(grader.grade([Task(f"student{number}", sources) for number, sources in enumerate(cells)]))
        held = read_released(large, name)
        for cell in held.cells:
            answer = solutions.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            cell.source = slowed(answer) if answer is not None else cell.source
        with watching() as watch:
            list(grader.grade([Task("held", cells_to_run(held))]))
    graded, walls, works = clock.spent(many), [], []
    for course in (small, large):
        with Clock() as clock:
            list(grade_class(course, name, jobs=1, unsafe=True))
        walls.append(clock.wall)
        works.append(clock.cpu)
    recorded = Spent(many - few, walls[1] - walls[0], works[1] - works[0])
    start = walls[0] - few * recorded.wall / recorded.count
    parts = sorted(watch.parts.values(), reverse=True)
    return OneRun(graded, recorded, start, baseline(source, name, folder, cells), watch.most, parts)


def cells_of(course: Course, name: str, number: int) -> list[tuple[int, str]]:
    path = course.submissions / f"student{number:03d}" / name / f"{name}.ipynb"
    return cells_to_run(nbformat.read(path, as_version=4))


def slowed(source: str) -> str:
    """The solution, resting a while before it returns, so that its processes can be looked at when they are full."""
    return source.replace("\n    return ", HOLD + "    return ")


def baseline(source: Course, name: str, folder: Path, cells: list) -> Spent:
    """The same empty submissions, in a warm fork of one process without any isolation."""
    job = {
        "folder": str(source.hidden / name),
        "notebook": str(notebook_of(source, name)),
        "packages": ["numpy", "torch", "torch._dynamo", "matplotlib.pyplot"],  # _dynamo: torch.optim loads it late
        "submissions": [[text for _, text in one] for one in cells],
    }
    path = folder / "baseline.json"
    path.write_text(json.dumps(job))
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "MPLBACKEND": "agg"}
    environment |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "benchmarks.warm_fork", str(path)]
    done = subprocess.run(command, env=environment, cwd=Path(__file__).parent.parent, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the warm fork failed:\n{done.stderr[-3000:]}")
    said = json.loads(done.stdout)
    if any(said["points"]):
        raise RuntimeError("the warm fork gave points to an empty submission")
    return Spent(len(cells), said["wall"], said["cpu"])


# All of it


@click.command()
@click.option("--submissions", type=click.IntRange(4), help="Notebooks of a class [default: 60, --scale: 1000].")
@click.option("--stock", type=click.IntRange(1), help="Grade only so many on the stock side [default: all].")
@click.option("--only", type=click.Choice(list(TITLES)), help="Only this assignment; nothing is written.")
@click.option("--scale", is_flag=True, help="What holds for a thousand students, instead.")
def main(submissions: int | None, stock: int | None, only: str | None, scale: bool) -> None:
    """Measure everything, print the tables and write them beside this module; exit 1 when scores differ."""
    if scale:
        if stock or only:
            raise click.UsageError("--scale goes with --submissions alone")
        sys.exit(grading_scale.measure(submissions or grading_scale.SUBMISSIONS))
    submissions = submissions or SUBMISSIONS
    names = [only] if only else list(TITLES)
    classes, ones = {}, {}
    for name in names:
        with tempfile.TemporaryDirectory(prefix="mmcourse-benchmark-") as folder:
            classes[name] = run_class(name, Path(folder), submissions, min(stock or submissions, submissions))
        with tempfile.TemporaryDirectory(prefix="mmcourse-benchmark-") as folder, one_core():
            ones[name] = run_one(name, Path(folder), min(EMPTY, submissions))
    given = [f"--submissions {submissions}"] * (submissions != SUBMISSIONS) + [f"--stock {stock}"] * bool(stock)
    text = report(classes, ones, " ".join(["python -m benchmarks.grading", *given]))
    if not only:
        REPORT.write_text(text, encoding="utf-8")
    print(text)
    sys.exit(any(run.differences for run in classes.values()))


if __name__ == "__main__":
    main()
