"""Grades the whole corpus as one class and reports, as plain data, what came of it and what it left behind.

    python -m tests.hostile.runner COURSE TIER > report.json

COURSE is a released toy course that nobody else uses. Each specimen is a student of it, and so are two honest ones, the
first and the last of the class. The report is about the students (verdicts, points, notes, the gradebook's scores), and
about the machine: files that changed or are new, processes and connections that are left.
"""

import contextlib
import ctypes
import hashlib
import json
import os
import re
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat

from autograder import doctor
from autograder.batch import grade_class
from autograder.course import Course
from autograder.feedback import write_feedback
from autograder.manifest import solution_sources
from autograder.marks import read_standings
from autograder.release import read_released
from autograder.results import load_result, result_path
from tests.hostile.specimen import MARK, POINTS, Specimen, corpus

NAME = "a01_toy"
HONEST = ("AAA the first", "zzz-the-last")
CLOCKS = {"cell": 3.0, "call": 1.0, "test": 3.0, "wall": 4.0}  # exhausting takes as long as one lets it
WHOLE = 20.0  # seconds for a submission
OURS = ("autograded", "feedback", "results", "gradebook.db", ".course_secret", ".autograder")  # what grading writes
SUBREAPER = 36


def run(course: Course, tier: int) -> dict:
    """Hand in, grade and give feedback; returns the report."""
    specimens = corpus()
    insist(tier)
    with listening() as (port, connections):
        facts = {"@COURSE@": str(course.root), "@PORT@": str(port), "@PID@": str(os.getpid())}
        hand_in(course, specimens, facts)
        before, processes = snapshot(course), adopt_orphans()
        results, trouble = grade(course, specimens, tier)
        changed = sorted(path for path, digest in before.items() if snapshot_of(Path(path)) != digest)
        late = {name for one in specimens if "during" in one.functions for name in before if f"/{one.student}/" in name}
        return {
            "user": os.geteuid(),
            "trouble": trouble,
            "students": {student: told(course, result) for student, result in results.items()},
            "gradebook": {one.student: [one.score, [mark.manual for mark in one.marks]] for one in standings(course)},
            "changed": [path for path in changed if path not in late],
            "new": sorted(set(snapshot(course)) - set(before) - late),
            "marks": marks(course),
            "processes": left_running(processes),
            "connections": connections(),
        }


def insist(tier: int) -> None:
    """Strangers run only where the doctor has found that the sandbox holds: at tier 0 they would do what they say."""
    examination = doctor.examine(tier)
    if tier == 0 or not examination.held:
        broken = [attempt.name for attempt in examination.attempts if not attempt.held]
        raise SystemExit(
            f"the corpus is not run: the sandbox of tier {tier} does not hold against: {', '.join(broken)}"
        )


def hand_in(course: Course, specimens: list[Specimen], facts: dict[str, str]) -> None:
    notebook = read_released(course, NAME)
    answers = solution_sources(course.solutions / NAME / f"{NAME}.ipynb")
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    plain = json.loads(json.dumps(notebook))
    for student in HONEST:
        folder(course, student).joinpath(f"{NAME}.ipynb").write_text(json.dumps(plain))
    for specimen in specimens:
        specimen.hand_in(folder(course, specimen.student), plain, facts)


def folder(course: Course, student: str) -> Path:
    path = course.submissions / student / NAME
    path.mkdir(parents=True)
    return path


def grade(course: Course, specimens: list[Specimen], tier: int) -> tuple[dict, str]:
    """Grade the class; those who resubmit do it when the first result is there."""
    results, late = {}, [one for one in specimens if "during" in one.functions]
    options = {"tier": tier, "clocks": CLOCKS, "wall_seconds": WHOLE}
    try:
        for graded in grade_class(course, NAME, jobs=2, **options):
            results[graded.student] = graded.result
            while late:
                one = late.pop()
                one.function("during")(course.submissions / one.student / NAME)
        results = {student: load_result(result_path(course.results, NAME, student)) for student in results}
        write_feedback(course, NAME)
        results = {student: load_result(result_path(course.results, NAME, student)) for student in results}
    except Exception as error:  # a batch that ends early is what the corpus looks for
        return results, f"{type(error).__name__}: {error}"
    return results, ""


def told(course: Course, result) -> dict:
    """What the report says about one student."""
    notebook = course.autograded / result.student / NAME / f"{NAME}.ipynb"
    page = course.feedback / result.student / NAME / f"{NAME}.html"
    return {
        "verdicts": {test.name: test.verdict for test in result.tests},
        "points": {test.name: test.points for test in result.tests},
        "messages": {test.name: test.message[:300] for test in result.tests},
        "score": result.score,
        "notes": [note[:300] for note in result.notes],
        "cells": [run.error[-300:] for run in result.cells],
        "sandbox": result.sandbox,
        "seconds": result.seconds,
        "shown": shown(notebook) + (page.read_text() if page.is_file() else ""),
    }


def shown(path: Path) -> str:
    """What formgrader would obey as HTML in an autograded notebook: its text cells and its HTML outputs."""
    if not path.is_file():
        return ""
    notebook = nbformat.read(path, as_version=4)
    texts = [cell.source for cell in notebook.cells if cell.cell_type != "code"]
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(
        texts + [text for out in outputs for kind, text in out.get("data", {}).items() if "plain" not in kind]
    )


def standings(course: Course) -> list:
    return read_standings(course, NAME)


# The machine


def snapshot(course: Course) -> dict[str, str]:
    """Every file around the course that grading has no business with, and a digest of each."""
    found = {}
    for where, folders, files in os.walk(course.root.parent):
        inside = Path(where) == course.root
        folders[:] = [name for name in folders if not (inside and name in OURS)]
        names = [name for name in files if not (inside and name.startswith(OURS))]
        if len(names) > 10_000:
            found[where] = snapshot_of(Path(where))
        else:
            found |= {f"{where}/{name}": snapshot_of(Path(where, name)) for name in names}
    return found


def snapshot_of(path: Path) -> str:
    if path.is_symlink() or not path.exists():
        return os.readlink(path) if path.is_symlink() else "gone"
    if path.is_dir():
        return " ".join(sorted(os.listdir(path)))
    if not path.is_file():
        return "no file"
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def marks(course: Course) -> list[str]:
    """Files that a specimen wrote, wherever strangers like to write; specimens put `MARK` into their names."""
    places = {
        course.root,
        course.root.parent,
        tempfile.gettempdir(),
        "/tmp",
        "/dev/shm",
        "/var/tmp",
        Path.home(),
        os.getcwd(),
    }
    found = [str(path) for place in places for path in Path(place).glob(f"*{MARK}*")]
    return sorted(found + [str(path) for path in course.root.rglob(f"*{MARK}*")])


def adopt_orphans() -> set[int]:
    """From now on whoever loses its parent below this process becomes its child; returns the children it has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    return set(children())


def children() -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == os.getpid() and state != "Z":
                yield int(path.parent.name)


def left_running(before: set[int]) -> list[str]:
    """Descendants that still run, some seconds after the class was graded."""
    deadline = time.monotonic() + 10
    while (found := set(children()) - before) and time.monotonic() < deadline:
        time.sleep(0.1)
    lines = []
    for pid in found:
        with contextlib.suppress(OSError):
            lines.append(f"{pid} {Path(f'/proc/{pid}/cmdline').read_bytes()[:200]!r}")
    return lines


@contextlib.contextmanager
def listening():
    """A server on this machine; gives its port and a function that counts who has connected."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        server.setblocking(False)

        def connections() -> int:
            count = 0
            with contextlib.suppress(BlockingIOError):
                while True:
                    server.accept()[0].close()
                    count += 1
            return count

        yield server.getsockname()[1], connections


def problems(report: dict, specimen: Specimen, tier: int) -> list[str]:
    """What is wrong with the outcome of one specimen, one line each; nothing when all is as it must be."""
    told = report["students"].get(specimen.student)
    if told is None:
        return [] if specimen.declared.get("REFUSED") else ["it was not graded"]
    expected, found = specimen.expected(tier), []
    for test, verdict in told["verdicts"].items():
        unneeded = test == "test_zero" and verdict == "skipped" and "pass" not in expected["test_matrix"]
        if verdict not in expected[test].split("|") and not unneeded:
            found.append(f"{test}: {verdict} instead of {expected[test]} ({told['messages'][test]})")
        points = POINTS[test] if verdict == "pass" else 0
        if told["points"][test] != points:
            found.append(f"{test}: {told['points'][test]} points for {verdict}")
    if report["gradebook"].get(specimen.student) != [told["score"], [None, None]]:
        found.append(f"the gradebook says {report['gradebook'].get(specimen.student)}, the result {told['score']}")
    for where, name in (("notes", "NOTES"), ("cells", "CELL")):
        if not re.search(specimen.declared.get(name, ""), "\n".join(told[where])):
            found.append(f"the {where} do not say {specimen.declared[name]!r}: {told[where]}")
    found += [f"{text!r} is shown" for text in specimen.declared.get("ABSENT", []) if text in told["shown"]]
    return found


def main(root: str, tier: str) -> None:
    report = run(Course(root), int(tier))
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
