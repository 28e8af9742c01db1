"""What benchmarks/grading.py found, as records and as the Markdown of grading.md."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

TARGETS = {"ratio": 30.0, "empty": 70.0, "baseline": 2.5, "memory": 60.0}
TITLES = {"a01_tensors": "torch allowed, 10 tests", "a03_optimizers": "numpy only (a03), 62 tests"}


class Spent(NamedTuple):
    """What some submissions took: seconds of wall time and of work."""

    count: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.count / self.wall

    @property
    def wall_ms(self) -> float:
        return 1000 * self.wall / self.count

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu / self.count


class ClassRun(NamedTuple):
    """One class on both sides."""

    ours: Spent
    steady: float  # submissions a second once the first results are there
    stock: Spent
    tier: str
    jobs: int
    differences: list[str]


class OneRun(NamedTuple):
    """One empty submission, and one in flight."""

    graded: Spent  # by a warm grader
    recorded: Spent  # each more of a class: read, graded, recorded
    start: float  # seconds before a class's first submission
    baseline: Spent
    memory: float  # MiB
    parts: list[float]


def row(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def met(good: bool) -> str:
    return "yes" if good else "**no**"


def machine() -> str:
    models = [line.split(":", 1)[1].strip() for line in cpu_lines() if line.startswith("model name")]
    names = ("nbgrader", "numpy", "torch", "pytest")
    return (
        f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}), Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in names)
    )


def cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.is_file() else []


def class_rows(classes: dict[str, ClassRun]) -> list[str]:
    lines = [
        row(
            "class", "ours, submissions/s", "stock nbgrader", "ratio", "per core", "work of one: ours, stock", "30 met"
        ),
        row(*["---"] * 7),
    ]
    for name, run in classes.items():
        ratio = run.ours.rate / run.stock.rate
        lines.append(
            row(
                f"{run.ours.count} notebooks, {TITLES[name]}",
                f"{run.ours.rate:.2f} ({run.steady:.1f} once started)",
                f"{run.stock.rate:.3f}" + (f" (of {run.stock.count})" if run.stock.count < run.ours.count else ""),
                f"{ratio:.1f}",
                f"{ratio / run.jobs:.1f}",
                f"{run.ours.cpu_ms:.0f} ms, {run.stock.cpu_ms:.0f} ms",
                met(ratio >= TARGETS["ratio"]),
            )
        )
    return lines


def one_rows(ones: dict[str, OneRun]) -> list[str]:
    lines = []
    for name, run in ones.items():
        ratio = run.graded.cpu / run.baseline.cpu
        parts = " + ".join(f"{size:.0f}" for size in run.parts[:3])
        lines += [
            "",
            row(f"one submission on one core, {TITLES[name]}", "work, ms", "wall, ms", "target", "met"),
            row(*["---"] * 5),
            row(
                "empty, graded by a warm grader",
                f"{run.graded.cpu_ms:.0f}",
                f"{run.graded.wall_ms:.0f}",
                "70 ms of work",
                met(run.graded.cpu_ms <= TARGETS["empty"]),
            ),
            row("the same, read and recorded", f"{run.recorded.cpu_ms:.0f}", f"{run.recorded.wall_ms:.0f}", "", ""),
            row(
                "warm fork, one process, no isolation",
                f"{run.baseline.cpu_ms:.0f}",
                f"{run.baseline.wall_ms:.0f}",
                "",
                "",
            ),
            row(
                "ours against that fork",
                f"{ratio:.2f} times",
                f"{run.graded.wall / run.baseline.wall:.2f} times",
                "2.5 times",
                met(ratio <= TARGETS["baseline"]),
            ),
            row(
                "private memory in flight",
                f"{run.memory:.0f} MiB ({parts})",
                "",
                "60 MB",
                met(0 < run.memory * 1.048576 <= TARGETS["memory"]),
            ),
            row("before the first of a class", "", f"{1000 * run.start:.0f}", "", ""),
        ]
    return lines


def report(classes: dict[str, ClassRun], ones: dict[str, OneRun], command: str) -> str:
    """Return the tables as Markdown."""
    jobs = next(iter(classes.values())).jobs
    tiers = ", ".join(sorted({run.tier for run in classes.values()}))
    stock = [run for run in classes.values() if run.stock.count < run.ours.count]
    scaled = f"; stock graded {stock[0].stock.count} of them, and its rate is taken to hold for all" if stock else ""
    unequal = [line for run in classes.values() for line in run.differences]
    compared = sum(run.stock.count for run in classes.values())
    equal = f"Scores of ours and of stock, question by question, for {compared} submissions: "
    equal += "all equal." if not unequal else "**not equal**: " + "; ".join(unequal[:10])
    lines = [
        "# How fast the grader is",
        "",
        f"Written by `{command}`. {machine()}. Sandbox: {tiers}. All notebooks differ, nothing is known from another; "
        f"{jobs} jobs, recording into the gradebook included, from a cold start to the last record{scaled}. Stock is "
        "`nbgrader autograde` with its own configuration; its hidden tests are the same functions, written into the "
        "grade cells. It runs every cell of a notebook, those tagged `explore` too, which ours leaves out: a03 has "
        "five that draw or simulate.",
        "",
        *class_rows(classes),
        "",
        equal,
        *one_rows(ones),
        "",
        "Work is CPU time of all processes: coordinator, supervisor, tests and students. Empty is the released "
        "notebook, unanswered, one job. The warm fork has pytest, numpy, torch and the instructor's program loaded "
        "before it forks; the student's cells and the hidden tests then run in that one process. Private memory is "
        "USS of the processes that one submission adds, while the instructor's solution is graded and rests in each "
        "call: the largest sum seen, its largest parts in brackets.",
    ]
    return "\n".join(lines) + "\n"
