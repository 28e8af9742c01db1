"""What has been graded and what is being graded: one SQLite file a course, which a kill at any moment leaves whole.

    with Ledger(course.results / "ledger.db") as ledger:
        if (result := ledger.result(key)) is None and ledger.lease(key):
            ledger.keep(key, grade(...))            # whoever hands in the same code has the same result
        ledger.note_recorded("a03_optimizers", [("hopper", submission, key)])

Three tables. `results` has one row for each content key (code x tests x environment): what was found out about it, of
nobody in particular. `leases` says who is at work on which key, so that two batches do nothing twice. `records` says
which submission of a student, judged under which key, stands in the gradebook: what is there was written completely.

A lease ends with its owner, with the machine's next start, when its time is over, or when it claims more time than any
lease can have (the clock was set back). Times are this machine's wall clock; nothing but leases depends on them.
A ledger belongs to one machine: SQLite's files are not to be shared over a network.
"""

import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import msgspec

from autograder.course import MachineError
from autograder.results import Result

LEASE = 900.0  # seconds; more than a submission can take, with its second try
PATIENCE = 30.0  # seconds to wait for another process that is writing
GO_ON = "once that is put right, run the command again: it goes on where it stopped"
DAMAGED = "if the file is damaged, move it away: everybody is graded again, and no mark of a person is lost"

TABLES = """
CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, result BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS leases (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (
    assignment TEXT NOT NULL, student TEXT NOT NULL, submission TEXT NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (assignment, student)) WITHOUT ROWID;
"""


class LedgerError(MachineError):
    """The ledger cannot be read or written; the message says why, and what to do."""


@dataclass(frozen=True)
class Record:
    """What stands in the gradebook for one student: digest of the submission, and the key it was judged under.

    Without a key it is not `whole`: it was being written anew when the last batch ended.
    """

    submission: str
    key: str

    @property
    def whole(self) -> bool:
        return bool(self.key)


class Ledger:
    """The ledger at `path`, made at first use. `owner` says who leases; `now` is a clock, for tests.

    Raises
    ------
    LedgerError
        From every method: where the file is locked for longer than `patience` seconds, damaged, or its disk is full.
    """

    def __init__(
        self, path: Path, *, owner: str = "", now: Callable[[], float] = time.time, patience: float | None = None
    ) -> None:
        self.path, self.owner, self.now = Path(path), owner or process_name(os.getpid()), now
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(
                self.path,
                timeout=PATIENCE if patience is None else patience,
                isolation_level=None,
                check_same_thread=False,
            )
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may take the last rows, none by half
            self.connection.executescript(TABLES)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.connection.close()

    # Results

    def result(self, key: str) -> Result | None:
        """What was found out under `key`: a result of no student, without notes; None when nobody was judged yet.

        A row that a failing disk has damaged is none: that code is graded again.
        """
        row = self._one("SELECT result FROM results WHERE key = ?", key)
        try:
            return None if row is None else msgspec.json.decode(zlib.decompress(row[0]), type=Result)
        except (zlib.error, msgspec.DecodeError):
            with self._writing() as write:
                write("DELETE FROM results WHERE key = ?", (key,))
            return None

    def keep(self, key: str, result: Result) -> None:
        """Keep `result` for everyone with this key, and give the lease back.

        What could not be judged for a reason of ours is not kept: the next batch tries again.
        """
        with self._writing() as write:
            if not result.needs_attention:
                plain = msgspec.structs.replace(result, student="", notes=[])
                blob = zlib.compress(msgspec.json.encode(plain), 1)
                write("INSERT OR REPLACE INTO results VALUES (?, ?)", (key, blob))
            write("DELETE FROM leases WHERE key = ? AND owner = ?", (key, self.owner))

    # Leases

    def lease(self, key: str) -> bool:
        """Take `key` for ourselves; False when somebody else, who still lives, is at work on it, or has just been."""
        with self._writing() as write:
            if write("SELECT 1 FROM results WHERE key = ?", (key,)).fetchone():
                return False
            row = write("SELECT owner, until FROM leases WHERE key = ?", (key,)).fetchone()
            if row is not None and row[0] != self.owner and self._holds(*row):
                return False
            write("INSERT OR REPLACE INTO leases VALUES (?, ?, ?)", (key, self.owner, self.now() + LEASE))
            return True

    def give_back(self, keys: Iterable[str]) -> None:
        with self._writing() as write:
            for key in keys:
                write("DELETE FROM leases WHERE key = ? AND owner = ?", (key, self.owner))

    def holder(self, key: str) -> str:
        """Who is at work on `key`, and until when nobody else may be, in words; "" when nobody is."""
        row = self._one("SELECT owner, until FROM leases WHERE key = ?", key)
        if row is None or not self._holds(*row):
            return ""
        machine, _, rest = row[0].partition(":")
        left = row[1] - self.now()
        return f"process {rest.partition(':')[0]} on {machine.partition('/')[0]}, for {left:.0f} s at most"

    def _holds(self, owner: str, until: float) -> bool:
        left = until - self.now()
        return 0 < left <= LEASE and alive(owner)

    # Records

    def record_of(self, assignment: str, student: str) -> Record | None:
        row = self._one("SELECT submission, key FROM records WHERE assignment = ? AND student = ?", assignment, student)
        return None if row is None else Record(*row)

    def note_recorded(self, assignment: str, rows: Iterable[tuple[str, str, str]]) -> None:
        """Say of each (student, submission, key) that it stands in the gradebook; only once it does."""
        with self._writing() as write:
            for student, submission, key in rows:
                write("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", (assignment, student, submission, key))

    def mark(self, assignment: str, students: Iterable[str]) -> None:
        """Say that what stands of `students` is about to be written anew: until it is noted, it is not whole.

        Of all that is written here, this alone has to be on the disk before anything else is done.
        """
        with self._writing(synced=True) as write:
            for student in students:
                write("UPDATE records SET key = '' WHERE assignment = ? AND student = ?", (assignment, student))

    # The file

    def _one(self, query: str, *values: str) -> tuple | None:
        with self._explained():
            return self.connection.execute(query, values).fetchone()

    @contextmanager
    def _writing(self, synced: bool = False):
        """One transaction, with the only right to write from its start; on the disk at its end, if `synced`."""
        with self._explained():
            self.connection.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}")
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection.execute
            except BaseException:
                self.connection.rollback()
                raise
            self.connection.commit()

    @contextmanager
    def _explained(self):
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(f"{self.path}: {what_to_do(error, DAMAGED)}") from error


def what_to_do(error: Exception, otherwise: str = GO_ON) -> str:
    """Why a database or a file could not be written, and what helps; nothing that was recorded is lost.

    `otherwise` is what helps where no more is known than what the error says.

    >>> what_to_do(sqlite3.OperationalError("database is locked"))
    'another program keeps it locked (database is locked); end that program and run the command again: it goes on'
    """
    text = str(error)
    if "locked" in text or "busy" in text:
        return f"another program keeps it locked ({text}); end that program and run the command again: it goes on"
    if "disk is full" in text or "No space left" in text or "disk I/O" in text:
        return f"the disk is full ({text}); make room and run the command again: it goes on where it stopped"
    if "readonly" in text or "Permission denied" in text or "unable to open" in text:
        return f"cannot be written ({text}); give yourself the right to write there and run the command again"
    return f"{text}; {otherwise}"


def process_name(pid: int) -> str:
    """A process so that nobody else is ever called the same: machine and its start, number, own start."""
    return f"{os.uname().nodename}/{boot()}:{pid}:{started(pid)}"


def alive(owner: str) -> bool:
    """Whether a process of that name runs. Of another machine's we cannot know, so it does until its time is over.

    What ran on this machine before it was started again does not run any more.
    """
    machine, _, rest = owner.partition(":")
    pid, _, start = rest.partition(":")
    name, _, when = machine.rpartition("/")
    if name != os.uname().nodename or not pid.isdigit():
        return True
    return when == boot() and started(int(pid)) == start != ""


def boot() -> str:
    """A name of this start of this machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return os.uname().nodename


def started(pid: int) -> str:
    """When a process was started, in the kernel's own count; "" when there is none or it has ended."""
    if Path("/proc/self/stat").exists():
        try:
            state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if state == "Z" else rest[18]
    try:  # a system without /proc tells only whether there is one
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "?"
