"""A submission as the tests see it: calls that run in the sandbox, with clocks, and a fresh process after a crash.

    submission = Submission(control, cells, packages=("numpy",))
    submission.call("adam_step", args, kwargs)     # a plain value, or StudentError

The submission's cells run once, one request each, when its first process starts. When that process dies (a segfault, an
`os._exit`, a call out of time), the next call gets a fresh one, in which the good cells run again: it costs one test.
A process that ends before any of the student's code ran in it is our failure, an `OSError`, and never the student's.
"""

import contextlib
import os
import socket
import time
from dataclasses import dataclass
from typing import Any

from autograder import wire
from autograder.testing import StudentError

TICK = 0.05  # seconds between looks at the clocks


@dataclass(frozen=True)
class Clocks:
    """CPU seconds for a cell, a call and a test; wall time is a backstop for code that waits instead of working."""

    cell: float = 10.0
    call: float = 4.0
    test: float = 12.0
    wall: float = 25.0
    timeouts: int = 2  # of one function, before it is not called any more
    processes: int = 30  # of one submission


class Control:
    """The judge's line to its supervisor: asks for sandboxed processes, reports what was found."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel

    def spawn(self, packages: tuple[str, ...]) -> tuple[int, socket.socket]:
        wire.send(self.channel, ["spawn", list(packages)])
        _, pid = wire.receive(self.channel)
        _, descriptors, _, _ = socket.recv_fds(self.channel, 1, 1)
        return pid, socket.socket(fileno=descriptors[0])

    def kill(self, pid: int) -> None:
        wire.send(self.channel, ["kill", pid])

    def report(self, kind: str, record: dict) -> None:
        wire.send(self.channel, [kind, record])


class Process:
    """One sandboxed process. Trouble with it ends it and becomes a `StudentError`, before it is ready an `OSError`."""

    def __init__(self, control: Control, packages: tuple[str, ...], clocks: Clocks) -> None:
        self.control, self.clocks, self.alive, self.worked = control, clocks, True, 0.0
        self.pid, self.channel = control.spawn(packages)
        self.channel.settimeout(TICK)
        try:
            self._receive(clocks.cell)
        except (StudentError, wire.Disconnected) as error:
            self.end()
            raise ConnectionError(f"a sandboxed process did not start: {error}") from None

    def ask(self, request: list, cpu_limit: float) -> list:
        """Send one request and wait for its answer, as long as the clocks allow."""
        try:
            self.channel.settimeout(self.clocks.wall)
            wire.send(self.channel, request)
            self.channel.settimeout(TICK)
            return self._receive(cpu_limit)
        except wire.Disconnected:
            self.end()
            why = "the process ended without an answer (a crash, os._exit or memory)"
            raise StudentError("crash", message=why) from None

    def _receive(self, cpu_limit: float) -> list:
        started = looked = time.monotonic()
        cpu_started = self.cpu_seconds()

        def patience() -> None:
            nonlocal looked
            if time.monotonic() - looked < TICK:
                return
            looked = time.monotonic()
            used, waited = self.cpu_seconds() - cpu_started, looked - started
            if used > cpu_limit or waited > self.clocks.wall:
                spent = f"{used:.0f} s of work" if used > cpu_limit else f"{waited:.0f} s of waiting"
                self.end()
                raise StudentError("timeout", message=f"stopped after {spent}")

        try:
            answer = wire.receive(self.channel, patience)
        except wire.Disconnected:
            raise
        except wire.WireError as error:
            self.end()
            raise StudentError("forbidden", message=f"the answer could not be read: {error}") from None
        if type(answer) is not list or not answer or type(answer[0]) is not str:
            self.end()
            raise StudentError("forbidden", message="the answer was none of the protocol's")
        return answer

    def cpu_seconds(self) -> float:
        """What it has worked so far; kept, so that a dead process has not worked less."""
        self.worked = max(self.worked, cpu_seconds(self.pid))
        return self.worked

    def end(self) -> None:
        if self.alive:
            self.alive = False
            self.channel.close()
            self.control.kill(self.pid)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far; 0 where there is no /proc, so that only the wall clock counts."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Submission:
    """One student's code in one kind of sandbox. `cells` are (index, source) in notebook order."""

    def __init__(self, control: Control, cells: list, packages: tuple[str, ...], clocks: Clocks | None = None) -> None:
        self.control, self.packages, self.clocks = control, packages, clocks or Clocks()
        self.cells, self.bad, self.ran = cells, set(), set()
        self.process, self.started = None, 0
        self.timeouts: dict[str, int] = {}
        self.test_cpu = 0.0

    def start_test(self) -> None:
        self.test_cpu = 0.0

    def call(self, name: str, args: tuple, kwargs: dict) -> Any:
        """Call `name` of the submission; returns plain values, raises `StudentError` for whatever goes wrong there."""
        if self.timeouts.get(name, 0) >= self.clocks.timeouts:
            why = f"`{name}` ran out of time in {self.clocks.timeouts} tests: not called again"
            raise StudentError("timeout", message=why)
        process = self._running()
        limit = max(0.1, min(self.clocks.call, self.clocks.test - self.test_cpu))
        before = process.worked
        try:
            answer = process.ask(["call", name, wire.pack(args), wire.pack(kwargs)], limit)
            self.test_cpu += process.worked - before
        except StudentError as error:
            if error.kind == "timeout":
                self.timeouts[name] = self.timeouts.get(name, 0) + 1
            raise
        return self._value(answer)

    def _value(self, answer: list) -> Any:
        try:
            if answer[0] == "value" and len(answer) == 3:
                return wire.unpack(answer[1])
            if answer[0] == "error" and len(answer) == 5 and all(type(part) is str for part in answer):
                kind = answer[1] if answer[1] in ("error", "memory", "forbidden") else "error"
                raise StudentError(kind, answer[2][:200], answer[3][:2000], answer[4][-4000:])
        except (wire.WireError, RecursionError) as error:
            raise StudentError("forbidden", message=f"the answer could not be read: {error}") from None
        raise StudentError("forbidden", message="the answer was none of the protocol's")

    def _running(self) -> Process:
        """The process that answers: the one at hand, or a fresh one in which the good cells have run."""
        while self.process is None or not self.process.alive:
            if self.started >= self.clocks.processes:
                raise StudentError("crash", message=f"{self.started} processes died: no more are started")
            self.started += 1
            self.process = Process(self.control, self.packages, self.clocks)
            for index, source in self.cells:
                if index not in self.bad and not self._run_cell(index, source):
                    break
        return self.process

    def _run_cell(self, index: int, source: str) -> bool:
        """Run one cell; a cell that ends its process is left out of the next one. Returns whether the process lives."""
        try:
            answer = self.process.ask(["cell", index, source], self.clocks.cell)
        except StudentError as error:
            self.bad.add(index)
            self._report_cell(index, "timeout" if error.kind == "timeout" else "error", "", str(error))
            return False
        fine = len(answer) == 4 and answer[0] == "ran" and all(type(part) is str for part in answer)
        if index not in self.ran:
            self._report_cell(index, *(answer[1:] if fine else ("error", "", "the answer was none of the protocol's")))
        return True

    def _report_cell(self, index: int, status: str, stdout: str, error: str) -> None:
        self.ran.add(index)
        status = status if status in ("ok", "error", "timeout", "skipped") else "error"
        record = {"index": index, "status": status, "stdout": stdout[:25_000], "error": error[-20_000:]}
        self.control.report("cell", record)

    def warm_up(self) -> None:
        """Run the cells now, so that their outputs are known even when no test calls anything."""
        with contextlib.suppress(StudentError, OSError):  # the first test to call something meets it again
            self._running()

    def end(self) -> None:
        if self.process is not None:
            self.process.end()
