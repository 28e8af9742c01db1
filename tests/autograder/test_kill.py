"""kill -9 of anything at any time, then the same command again: equal to a run that nobody disturbed."""

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from distributed import Client, LocalCluster

from autograder.course import Course
from autograder.feedback import write_feedback
from autograder.marks import read_standings

pytestmark = pytest.mark.slow

NAME, STUDENTS, KILLS = "a01_toy", 100, 16
ANSWERS = ("x.sum()", "x.mean()", "np.nansum(x)", "sum(x)", "1 / 0", "float(sum(v for row in x for v in row))")


@pytest.fixture
def a_class(released_toy, hand_in) -> Course:
    for number in range(STUDENTS):
        code = number // 2 * 2 if number < 20 else number  # some share theirs
        body = f"return {ANSWERS[code % len(ANSWERS)]}  # {code}"
        path = hand_in(released_toy, f"s{number:03d}", total=f"def total(x):\n    {body}")
        path.with_name("timestamp.txt").write_text("2026-10-01 12:00:00 UTC")
    (released_toy.submissions / "s050" / NAME / f"{NAME}.ipynb").write_text("no notebook")
    (released_toy.root / ".course_secret").write_text("the same in both")
    return released_toy


def twin(course: Course, folder: Path) -> Course:
    shutil.copytree(course.root, folder)
    return Course(folder)


def start(course: Course, *words: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "autograder", "grade", NAME, *words]
    return subprocess.Popen(command, cwd=course.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(course: Course, *words: str) -> None:
    process = start(course, *words)
    said = process.communicate(timeout=300)[1]
    assert process.returncode == 0, said


def outcome(course: Course) -> tuple[list, dict]:
    """Rows of the gradebook, and feedback byte by byte, as grading.md defines equality."""
    rows = sorted(
        (mark.student, mark.cell, mark.auto, mark.manual, mark.extra_credit, mark.needs_manual, standing.late_penalty)
        for standing in read_standings(course, NAME)
        for mark in standing.marks
    )
    pages = {path.relative_to(course.feedback): path.read_bytes() for path in write_feedback(course, NAME)}
    return rows, pages


def cast(coordinator: int) -> dict[str, list[int]]:
    """Who is there to be killed, by their part: T and S are forks of zygotes, which are the supervisor's children."""
    found: dict[str, list[int]] = {"coordinator": [coordinator], "supervisor": [], "T": [], "S": []}
    with contextlib.suppress(psutil.Error):
        for supervisor in psutil.Process(coordinator).children():
            found["supervisor"].append(supervisor.pid)
            for zygote in supervisor.children():
                part = "T" if "judge" in " ".join(zygote.cmdline()) else "S"
                found[part] += [zygote.pid, *(fork.pid for fork in zygote.children())]
    return {part: pids for part, pids in found.items() if pids}


def known(course: Course) -> int:
    """How many codes have a result already."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(course.results / "ledger.db")) as file:
        return file.execute("SELECT count(*) FROM results").fetchone()[0]
    return 0


def test_whatever_is_killed_the_same_command_ends_as_if_nothing_had_been(a_class, tmp_path):
    undisturbed = twin(a_class, tmp_path / "undisturbed")
    finish(undisturbed)
    assert len(read_standings(undisturbed, NAME)) == STUDENTS
    moment, killed = random.Random(20), []
    process = start(a_class, "--jobs", "1")
    parts = ["coordinator", "T", "supervisor", "S"] * (KILLS // 4)
    while parts and known(a_class) < 75:  # what is hit a second time, alone at the end, is for a person: not tried here
        time.sleep(moment.uniform(0.05, 0.8))
        there = cast(process.pid)
        if parts[0] not in there:
            continue
        part = parts.pop(0)
        with contextlib.suppress(ProcessLookupError):
            os.kill(moment.choice(there[part]), signal.SIGKILL)
            killed.append(part)
        if part == "coordinator":
            process.communicate()
            process = start(a_class, "--jobs", "1")
    process.communicate(timeout=300)
    assert len(killed) == KILLS, f"the class was graded before all had been killed: {killed}"
    finish(a_class)
    assert outcome(a_class) == outcome(undisturbed)
    assert not list(a_class.root.rglob(".new-*"))  # half-written files


def test_dask_workers_may_be_killed_too(a_class, tmp_path):
    undisturbed = twin(a_class, tmp_path / "undisturbed")
    finish(undisturbed)
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as workers:
        process = start(a_class, "--cluster", workers.scheduler_address)
        for goal in (5, 15, 25, 35):
            while known(a_class) < goal and process.poll() is None:
                time.sleep(0.02)
            with Client(workers) as client:
                pids = list(client.run(os.getpid, on_error="return").values())
            with contextlib.suppress(ProcessLookupError):
                os.kill(next(pid for pid in pids if isinstance(pid, int)), signal.SIGKILL)
        process.communicate(timeout=300)
        finish(a_class, "--cluster", workers.scheduler_address)
    assert outcome(a_class) == outcome(undisturbed)
