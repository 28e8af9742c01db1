"""What a machine does to a batch: a full disk, a locked database, files nobody can read, a clock that goes back.

Each time the command says what is wrong and ends; what was graded stays; given again, once the trouble is over, it
ends as if there had been none.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading

import pytest

from autograder import ledger as ledgers
from autograder.batch import grade_class
from autograder.course import Course
from autograder.gradebook import GradebookError
from autograder.ledger import LedgerError
from autograder.marks import read_standings

pytestmark = pytest.mark.slow

NAME = "a01_toy"


def scores(course: Course) -> dict[str, float]:
    return {one.student: one.score for one in read_standings(course, NAME)}


def small_class(course: Course, hand_in, count: int = 12, size: int = 0) -> dict[str, float]:
    """A class of which every third is wrong; each prints `size` letters. Returns what each will have."""
    for number in range(count):
        body = f"return x.{'sum' if number % 3 else 'mean'}()  # {number}"
        hand_in(course, f"s{number:02d}", total=f"print('x' * {size})\ndef total(x):\n    {body}")
    return {f"s{number:02d}": 6.0 if number % 3 else 4.0 for number in range(count)}


def test_a_disk_that_is_full_is_named_and_once_there_is_room_it_goes_on(released_toy, hand_in, tmp_path):
    """The course lies on a disk of a few megabytes, which a log fills to the last but some hundred kilobytes."""
    expected = small_class(released_toy, hand_in, size=30_000)
    place, out = tmp_path / "disk", tmp_path / "out"
    place.mkdir()
    script = textwrap.dedent(f"""
        set -eu
        mount -t tmpfs -o size=6m,mode=755 none {place}
        cp -r {released_toy.root}/. {place}
        cd {place}
        dd if=/dev/zero of=log bs=1k count=$(( $(df --output=avail -k . | tail -1) - 300 )) 2>/dev/null
        echo first; {sys.executable} -m autograder grade {NAME} >/dev/null 2>{tmp_path}/said && exit 7
        echo $?
        rm log
        {sys.executable} -m autograder grade {NAME} >/dev/null 2>{tmp_path}/again
        mkdir {out} && cp -r . {out}
    """)
    alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    done = subprocess.run([*alone, "sh", "-c", script], capture_output=True, text=True, timeout=500, check=False)
    said = (tmp_path / "said").read_text()
    assert done.returncode == 0, done.stderr + said
    assert done.stdout.split() == ["first", "3"]  # infrastructure
    assert "the disk is full" in said or "No space left" in said
    assert "Traceback" not in said and "run the command again" in said
    assert scores(Course(out)) == expected
    assert not list(out.rglob(".new-*"))


def test_a_locked_gradebook_is_waited_for_and_then_named(released_toy, hand_in, monkeypatch):
    expected = small_class(released_toy, hand_in, 3)
    monkeypatch.setattr("autograder.gradebook.PATIENCE", 1.0)
    other = sqlite3.connect(released_toy.root / "gradebook.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(GradebookError, match=r"gradebook sqlite:.*another program keeps it locked.*it goes on"):
        list(grade_class(released_toy, NAME))
    assert [one.news for one in read_all(released_toy)] == []
    threading.Timer(0.4, other.rollback).start()  # in time
    assert {one.news for one in grade_class(released_toy, NAME)} == {"shared"}  # found out before, and kept
    assert scores(released_toy) == expected
    other.close()


def read_all(course: Course) -> list:
    return [one for one in read_standings(course, NAME) if one.submitted]


def test_a_locked_ledger_ends_the_batch_with_a_message(released_toy, hand_in, monkeypatch):
    expected = small_class(released_toy, hand_in, 3)
    list(grade_class(released_toy, NAME, ["s00"]))
    monkeypatch.setattr(ledgers, "PATIENCE", 0.2)
    other = sqlite3.connect(released_toy.results / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="keeps it locked"):
        list(grade_class(released_toy, NAME))
    other.rollback()
    other.close()
    list(grade_class(released_toy, NAME))
    assert scores(released_toy) == expected


def test_a_submission_that_cannot_be_read_costs_only_itself(released_toy, hand_in):
    """A folder where the notebook should be, and a file without the right to read it, for all but root."""
    expected = small_class(released_toy, hand_in, 3)
    folder = released_toy.submissions / "folder" / NAME / f"{NAME}.ipynb"
    folder.mkdir(parents=True)
    secret = hand_in(released_toy, "secret")
    secret.chmod(0)
    found = {one.student: one.result for one in grade_class(released_toy, NAME)}
    assert "is not a regular file" in found["folder"].notes[0]
    readable = os.geteuid() == 0
    assert scores(released_toy) == expected | {"folder": 0.0, "secret": 6.0 if readable else 0.0}
    if not readable:
        assert "cannot be opened (Permission denied)" in found["secret"].notes[0]
    secret.chmod(0o644)
    shutil.rmtree(folder)
    hand_in(released_toy, "folder")
    list(grade_class(released_toy, NAME))
    assert scores(released_toy) == expected | {"folder": 6.0, "secret": 6.0}


def test_a_clock_that_goes_back_keeps_nobody_waiting(released_toy, hand_in, monkeypatch):
    """A batch on another machine died and left its leases, taken when the clock was a year ahead."""
    expected = small_class(released_toy, hand_in, 4)
    monkeypatch.setattr(ledgers, "process_name", lambda pid: "another-machine:1:1")
    batch = grade_class(released_toy, NAME, jobs=1)
    next(batch)
    with contextlib.closing(sqlite3.connect(released_toy.results / "ledger.db", isolation_level=None)) as file:
        leases = file.execute("SELECT key, owner, until + 365 * 86400 FROM leases").fetchall()
        batch.close()
        file.executemany("INSERT OR REPLACE INTO leases VALUES (?, ?, ?)", leases)  # as a kill would have left them
    assert leases and leases[0][1] == "another-machine:1:1"
    monkeypatch.undo()
    list(grade_class(released_toy, NAME))
    assert scores(released_toy) == expected
