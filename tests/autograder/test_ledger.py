"""The ledger: what was found out once is known, nobody works twice, and trouble with the file is explained."""

import os
import sqlite3
import subprocess
import sys

import pytest

from autograder import ledger as ledgers
from autograder.ledger import LEASE, Ledger, LedgerError, Record, alive, process_name, what_to_do
from autograder.results import CellRun, Result
from autograder.results import TestOutcome as Outcome  # pytest would take the name for a test class's


def result(verdict: str = "pass", **more) -> Result:
    return Result("a01_toy", "hopper", [Outcome("test_a", "q", 1.0, 2.0, verdict)], "tier 2", **more)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results" / "ledger.db"


def test_a_result_is_kept_for_everyone_with_the_same_code_and_for_nobody_in_particular(path):
    found = result(cells=[CellRun(0, "ok", "drawn", images=[b"\x89PNG\x00"])], notes=["hopper's file was renamed"])
    with Ledger(path) as ledger:
        assert ledger.result("k") is None
        ledger.keep("k", found)
    with Ledger(path) as ledger:
        kept = ledger.result("k")
        assert (kept.student, kept.notes, kept.score) == ("", [], 1.0)
        assert kept.cells == found.cells
        assert ledger.result("other") is None


def test_what_we_could_not_judge_is_not_kept_and_may_be_tried_again(path):
    with Ledger(path) as ledger:
        assert ledger.lease("k")
        ledger.keep("k", result("infrastructure"))
        assert ledger.result("k") is None
    with Ledger(path, owner="elsewhere:1:1") as other:
        assert other.lease("k")


def test_a_lease_keeps_others_away_until_it_is_given_back(path):
    with Ledger(path) as ours, Ledger(path, owner="elsewhere:1:1") as other:
        assert ours.lease("a") and ours.lease("a") and ours.lease("b")
        assert not other.lease("a") and other.lease("c") and not ours.lease("c")
        ours.give_back(["a"])
        assert other.lease("a") and not other.lease("b")
        ours.keep("b", result("infrastructure"))
        assert other.lease("b")
        other.keep("b", result())
        assert not ours.lease("b") and ours.result("b")  # found out between our look and our lease
        other.give_back(["x"])  # which nobody has


@pytest.mark.parametrize(("later", "free"), [(0, False), (LEASE - 1, False), (LEASE, True), (LEASE + 1, True)])
def test_a_lease_is_over_after_its_time(path, later, free):
    with Ledger(path, owner="elsewhere:1:1", now=lambda: 1000.0) as first:
        assert first.lease("k")
    with Ledger(path, owner="here:1:1", now=lambda: 1000.0 + later) as second:
        assert second.lease("k") is free


def test_a_clock_that_was_set_back_keeps_nobody_waiting(path):
    with Ledger(path, owner="elsewhere:1:1", now=lambda: 1e9) as first:
        assert first.lease("k")
    with Ledger(path, owner="here:1:1", now=lambda: 1e9 - 86400.0) as second:
        assert second.lease("k")  # it claims a day, and no lease lasts a day


def test_a_lease_ends_with_its_owner(path):
    code = f"from autograder.ledger import Ledger; print(Ledger({str(path)!r}).lease('k'), flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"True\n"
        with Ledger(path) as ledger:
            assert not ledger.lease("k")
            child.kill()
            child.wait()
            assert ledger.lease("k")


def test_names_of_processes():
    mine = process_name(os.getpid())
    assert alive(mine) and mine != process_name(os.getppid())
    machine, pid, start = mine.split(":")
    assert not alive(f"{machine}x:{pid}:{start}")  # this machine, before it was started again
    assert not alive(f"{machine}:{pid}:{int(start) + 1}")  # the number was given to another process since
    assert not alive(f"{machine}:{2**22 + 1}:{start}")
    assert alive(f"another-machine:{pid}:{start}") and alive("nonsense")


def test_without_proc_a_process_is_known_by_its_number(monkeypatch):
    monkeypatch.setattr(ledgers.Path, "exists", lambda path: False)
    assert ledgers.started(os.getpid()) == "?" and ledgers.started(2**22 + 1) == ""


def test_who_is_at_work_is_named(path):
    with Ledger(path, owner="node7/abc:41:1", now=lambda: 1000.0) as first:
        assert first.holder("k") == "" and first.lease("k")
        assert first.holder("k") == f"process 41 on node7, for {LEASE:.0f} s at most"


def test_a_damaged_row_is_no_result(path):
    with Ledger(path) as ledger:
        ledger.keep("k", result())
        ledger.connection.execute("UPDATE results SET result = x'00ff'")
        assert ledger.result("k") is None and ledger.lease("k")
        ledger.keep("k", result())
        assert ledger.result("k").score == 1.0


def test_records_say_what_stands_in_the_gradebook(path):
    with Ledger(path) as ledger:
        ledger.note_recorded("a01_toy", [("hopper", "s1", "k1"), ("turing", "s2", "k1")])
        ledger.note_recorded("a01_toy", [("hopper", "s3", "k2")])
        ledger.note_recorded("a02_toy", [("hopper", "s9", "k9")])
        assert ledger.record_of("a01_toy", "hopper") == Record("s3", "k2")
        assert ledger.record_of("a01_toy", "turing") == Record("s2", "k1")
        assert ledger.record_of("a01_toy", "lovelace") is None
        ledger.mark("a01_toy", ["hopper", "lovelace"])
        marked = ledger.record_of("a01_toy", "hopper")
        assert (marked.submission, marked.whole) == ("s3", False)
        assert ledger.record_of("a01_toy", "turing").whole and ledger.record_of("a02_toy", "hopper").whole
        assert ledger.record_of("a01_toy", "lovelace") is None


def test_a_write_that_fails_halfway_leaves_nothing(path):
    with Ledger(path) as ledger:
        with pytest.raises(LedgerError):
            ledger.note_recorded("a01_toy", [("hopper", "s", "k"), ("turing", "s", None)])
        assert ledger.record_of("a01_toy", "hopper") is None
        ledger.note_recorded("a01_toy", [("hopper", "s", "k")])  # and the next one works


def test_a_locked_ledger_says_so(path):
    with Ledger(path, patience=0.1) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match=r"ledger\.db: another program keeps it locked"):
            ledger.lease("k")
        assert ledger.result("k") is None  # reading goes on
        other.rollback()
        assert ledger.lease("k")
        other.close()


def test_a_damaged_ledger_says_what_to_do(path):
    path.parent.mkdir()
    path.write_bytes(b"this is no database, but long enough to be taken for one" * 100)
    with pytest.raises(LedgerError, match="move it away: everybody is graded again, and no mark of a person is lost"):
        Ledger(path)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.OperationalError("database or disk is full"), "the disk is full"),
        (OSError(28, "No space left on device"), "the disk is full"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "cannot be written"),
        (sqlite3.OperationalError("database is locked"), "keeps it locked"),
        (sqlite3.DatabaseError("file is not a database"), "run the command again: it goes on where it stopped"),
    ],
)
def test_each_trouble_has_its_advice(error, said):
    assert said in what_to_do(error)
